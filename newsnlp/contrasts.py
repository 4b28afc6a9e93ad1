"""Layer *over*: how groups of articles differ, by shares of topics and by their keywords."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newsnlp.errors import OptionError
from newsnlp.frames import Frames, check_frames

COLUMNS = ("group", "rank", "keyword", "n_articles", "n_others", "log_odds", "z")
# Frames that may be counted, and the column that says what stands in an article.
UNITS = {"keywords": "keyword", "entities": "name", "tags": "tag"}
# Periods by their names, and by the letters of pandas: either is taken wherever one is asked for.
PERIODS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
_NAMES = {letter: name for name, letter in PERIODS.items()}
_LABELS = {"topic": "topic_label"}


def shares(frames: Frames, *, by: str = "month", of: str = "topic") -> pd.DataFrame:
    """Shares of topics, outlets or countries in groups of articles: over time, by outlet.

    Args:
        frames: Frames with `articles`.
        by: As for `keyness`.
        of: A column of `articles`: topic, source, country, rubric …; or "topics": every topic that
            an article has, not the first alone, so that shares may sum to more than 1.

    Returns:
        By group, the greatest first: `group, value` (of topics the label), `n_articles`, and
        `share` of the group's articles. Those without a value are counted among these, so that
        what is lacking to 1 is theirs.

    Raises:
        OptionError: `by` or `of` is no column to group by.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate([
        ...     newsnlp.Article(doc_id="1", source="а", text="Клуб выиграл матч чемпионата."),
        ...     newsnlp.Article(doc_id="2", source="а", text="Парламент принял закон о выборах."),
        ... ])
        >>> newsnlp.shares(frames, by="source")[["value", "share"]].values.tolist()
        [['Политика', 0.5], ['Спорт', 0.5]]
    """
    check_frames(frames)
    articles = frames.articles
    groups = _groups(articles, by)
    values = (
        frames.topics.set_index("doc_id")["label"] if of == "topics" else _groups(articles, of)
    ).rename("value")
    table = values.to_frame().join(groups.rename("group"), how="inner")
    sizes = groups.value_counts()
    counts = table.dropna().groupby(["group", "value"]).size().rename("n_articles").reset_index()
    counts["share"] = counts["n_articles"] / counts["group"].map(sizes).astype("float64")
    ordered = counts.sort_values(
        ["group", "n_articles", "value"], ascending=[True, False, True], ignore_index=True
    )
    string = pd.StringDtype(na_value=np.nan)
    types = {"group": string, "value": string, "n_articles": "int64", "share": "float64"}
    return ordered[list(types)].astype(types)


def keyness(
    frames: Frames,
    *,
    by: str = "topic",
    of: str = "keywords",
    top_k: int = 20,
    min_articles: int = 3,
    prior: float = 100.0,
) -> pd.DataFrame:
    """Keywords that stand in more articles of one group than in the others.

    Log-odds with an informative Dirichlet prior, which is the share of all articles: Monroe,
    Colaresi and Quinn (2008), https://doi.org/10.1093/pan/mpn018. A keyword is counted once an
    article, so that a long article weighs no more than a short one.

    Args:
        frames: Frames with `articles` and the one that is counted.
        by: A column of `articles` (topic, source, country, rubric, author …), or day, week, month,
            quarter or year of `day`, which may be called D, W, M, Q or Y. Articles without a value
            are left out.
        of: What is counted: "keywords", "entities" (that are content) or "tags".
        top_k: Most rows of a group.
        min_articles: Articles of its group that a keyword must stand in.
        prior: How many articles the prior counts as: the more, the less do rare keywords matter.

    Returns:
        By group, the most telling first: `group, rank, keyword`; `n_articles` of the group and
        `n_others` that have the keyword; `log_odds` of the group against the rest, and `z`, those
        in standard deviations. From about 2 up a difference is hardly chance.

    Raises:
        FrameNotComputedError: The frame that is counted was not computed.
        OptionError: An option with a value that it does not take, or there is only one group.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate([
        ...     newsnlp.Article(doc_id="1", rubric="Спорт", text="Клуб выиграл матч в Актау."),
        ...     newsnlp.Article(doc_id="2", rubric="Спорт", text="Матч отложен."),
        ...     newsnlp.Article(doc_id="3", rubric="Деньги", text="Банк в Актау снизил ставку."),
        ... ])
        >>> newsnlp.keyness(frames, by="rubric", min_articles=2)["keyword"].tolist()
        ['матч']
    """
    check_frames(frames)
    if of not in UNITS:
        raise OptionError(f"of={of!r} is none of {', '.join(UNITS)}")
    for option, value in {"top_k": top_k, "min_articles": min_articles}.items():
        if value < 1:
            raise OptionError(f"{option}={value!r}: takes a whole number from 1 up")
    if prior <= 0:
        raise OptionError(f"prior={prior!r}: takes a number above 0")
    group, told = _groups(frames.articles, by), frames[of]
    if group.nunique() == 1:  # log-odds against nothing would still be above 0
        raise OptionError(
            f"by={by!r} gives only one group, {group.iloc[0]!r}, and no others to set it apart "
            "from: group by something else, or take more articles"
        )
    if of == "entities":
        told = told[told["n_mentions"] > 0]
    pairs = told[["doc_id", UNITS[of]]].drop_duplicates()
    pairs = pairs.assign(group=pairs["doc_id"].map(group)).dropna(subset="group")
    if pairs.empty:
        return _empty()
    groups, keywords = (pairs[name].astype("category") for name in ("group", UNITS[of]))
    names, words = groups.cat.categories, keywords.cat.categories
    counts = np.zeros((len(names), len(words)))
    np.add.at(counts, (groups.cat.codes.to_numpy(), keywords.cat.codes.to_numpy()), 1)
    sizes = group.value_counts().reindex(names, fill_value=0).to_numpy(np.float64)
    log_odds, z = _contrast(counts, sizes, len(group), prior)
    rows = []
    for number, name in enumerate(names):
        chosen = np.flatnonzero((counts[number] >= min_articles) & (log_odds[number] > 0))
        best = chosen[np.lexsort((chosen, -z[number, chosen]))][:top_k]
        n_others = counts[:, best].sum(0) - counts[number, best]
        rows.append(
            pd.DataFrame(
                {
                    "group": str(name),
                    "rank": np.arange(1, len(best) + 1),
                    "keyword": words[best],
                    "n_articles": counts[number, best].astype(np.int64),
                    "n_others": n_others.astype(np.int64),
                    "log_odds": log_odds[number, best],
                    "z": z[number, best],
                }
            )
        )
    return _typed(pd.concat(rows, ignore_index=True))


def _contrast(
    counts: np.ndarray, sizes: np.ndarray, n_articles: int, prior: float
) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of each keyword in each group against the rest, and those over their deviation.

    Args:
        counts: Articles with the keyword: shape (groups, keywords).
        sizes: Articles of each group: shape (groups,).
        n_articles: Articles of all groups, those without any keyword among them.
        prior: Articles that the prior counts as.
    """
    share = counts.sum(0) / n_articles
    there, size = counts + prior * share, (sizes + prior)[:, None]
    others = counts.sum(0) - counts + prior * share
    rest = (n_articles - sizes + prior)[:, None]
    tiny = 0.5  # articles without the keyword, where all have it
    log_odds = np.log(there / np.maximum(size - there, tiny)) - np.log(
        others / np.maximum(rest - others, tiny)
    )
    return log_odds, log_odds / np.sqrt(1 / there + 1 / others)


def _groups(articles: pd.DataFrame, by: str) -> pd.Series:
    """Group of each article that has one, by `doc_id`."""
    by = period_name(by)
    if by in PERIODS:
        values = articles["day"].dt.to_period(PERIODS[by]).astype("string")
        values = values.where(articles["day"].notna())
    elif by in articles.columns and by not in ("doc_id", "text", "text_hash"):
        values = articles[_LABELS.get(by, by)].astype("string")
    else:
        periods = ", ".join((*PERIODS, *_NAMES))
        raise OptionError(f"by={by!r} is no column to group by, and none of {periods}")
    return pd.Series(values.to_numpy(), articles["doc_id"].to_numpy()).dropna()


def period_name(by: str) -> str:
    """Name of a period that is given by its letter; what is none stays as it is.

    Args:
        by: A period, or a column of `articles`.

    Example:
        >>> period_name("M"), period_name("month"), period_name("source")
        ('month', 'month', 'source')
    """
    return _NAMES.get(by, by)


def _empty() -> pd.DataFrame:
    return _typed(pd.DataFrame(columns=list(COLUMNS)))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    string = pd.StringDtype(na_value=np.nan)
    types = {"group": string, "keyword": string} | dict.fromkeys(("log_odds", "z"), "float64")
    return table.astype(types | dict.fromkeys(("rank", "n_articles", "n_others"), "int64"))
