"""Layer *over*: the frames behind the pictures of `newsnlp.plot`, one function to each of those.

A function reads only the frames that it counts. An entity that an article only credits («передаёт
РИА Новости») is not named in it. Copies of an article count as often as they come. What an entity
is called, and which of them lead, is what `newsnlp.top` says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

import numpy as np
import pandas as pd

from newsnlp.contrasts import PERIODS, keyness, period_name
from newsnlp.errors import OptionError
from newsnlp.frames import Frames, check_frames
from newsnlp.questions import check_whole, cluster_ids, entity_ids
from newsnlp.questions import top as leading
from newsnlp.schema import TYPES
from newsnlp.tables import read_table

FREQUENCIES = (*PERIODS.values(), *PERIODS)
COUNTED = ("articles", "mentions")
# G² that chance alone exceeds once in a thousand pairs (chi-squared, one degree of freedom).
SIGNIFICANT = 10.83
_STRING = pd.StringDtype(na_value=np.nan)
_DAY = "datetime64[s]"
_ONE_DAY = np.timedelta64(1, "D")


def topics(frames: Frames, *, freq: str | None = None) -> pd.DataFrame:
    """Articles by their first topic, in all or over time.

    Args:
        frames: Frames with `articles`.
        freq: None, or the periods to count in: D, W, M, Q or Y, or as for `newsnlp.shares` day,
            week, month, quarter or year.

    Returns:
        The greatest topic first: `topic` (its label; last those without a topic, missing),
        `n_articles`, and `share` of all articles. With `freq` by period and in the same order of
        topics: `period` (its first day), `is_whole`, and the columns above, where `share` is of
        the period's articles; from the first to the last day, 0 where there are none. A period
        that the articles cover in part, the first or the last, is not whole.

    Raises:
        OptionError: No article has a day, or `freq` is none that is taken.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate([
        ...     "Парламент принял закон о выборах.", "Депутаты парламента выступили за реформу.",
        ...     "Клуб выиграл матч чемпионата.",
        ... ])
        >>> topics(frames)[["topic", "n_articles"]].values.tolist()
        [['Политика', 2], ['Спорт', 1]]
    """
    check_frames(frames)
    labels = frames.articles["topic_label"].astype(_STRING)
    counts = labels.value_counts(dropna=False).rename_axis("topic").reset_index(name="n_articles")
    counts["is_missing"] = counts["topic"].isna()
    order = ["is_missing", "n_articles", "topic"]
    counts = counts.sort_values(order, ascending=[True, False, True], ignore_index=True)
    counts = counts[["topic", "n_articles"]].astype({"topic": _STRING, "n_articles": "int64"})
    if freq is None:
        return counts.assign(share=counts["n_articles"] / max(len(labels), 1))
    freq = frequency(freq)
    calendar = _calendar(frames.articles, freq)
    n_topics = len(counts)
    row = calendar.index.get_indexer(pd.PeriodIndex(frames.articles["day"], freq=freq))
    column = pd.Index(counts["topic"].dropna()).get_indexer(labels)
    column[labels.isna()] = n_topics - 1
    cells = (row * n_topics + column)[row >= 0]
    n_articles = np.bincount(cells, minlength=len(calendar) * n_topics)
    return pd.DataFrame(
        {
            "period": calendar["period"].repeat(n_topics).to_numpy(),
            "is_whole": calendar["is_whole"].repeat(n_topics).to_numpy(),
            "topic": pd.array(counts["topic"].tolist() * len(calendar), dtype=_STRING),
            "n_articles": n_articles,
            "share": _ratio(n_articles, calendar["n_articles"].repeat(n_topics).to_numpy()),
        }
    )


def entities(
    frames: Frames,
    *,
    type: str | None = "PER",
    by: str = "articles",
    n: int | None = 20,
    clusters: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Entities that most articles name, or that are named most often.

    Args:
        frames: As for `newsnlp.top`.
        type: PER, ORG or LOC; None for all of them.
        by: As for `newsnlp.top`.
        n: As for `newsnlp.top`.
        clusters: As for `newsnlp.top`.

    Returns:
        What `newsnlp.top` gives.

    Raises:
        OptionError: An option with a value that it does not take.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate(["Токаев прибыл в Минск.", "Токаев провёл совещание."])
        >>> entities(frames)[["rank", "name", "n_articles"]].values.tolist()
        [[1, 'Касым-Жомарт Токаев', 2]]
    """
    return leading(frames, type=type, by=by, n=n, clusters=clusters)


def timeline(
    frames: Frames,
    entities: str | Sequence[str],
    *,
    freq: str = "W",
    of: str = "articles",
    share: bool = False,
    clusters: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """How often entities are named over time.

    Args:
        frames: Frames with `articles` and `entities`.
        entities: One name or id, or several. Of entities with one name, the one that most
            articles name is meant; an id names any of them.
        freq: Periods to count in: D, W (from Monday), M, Q or Y, or day, week and so on.
        of: "articles" that name the entity, or its "mentions".
        share: Count them per article of the period, or per mention of any entity.
        clusters: What `newsnlp.link` gave: entities of one cluster count as one.

    Returns:
        By entity, as given, and period: `period` (its first day), `is_whole`, `entity_id, name,
        type`, `n_articles` and `n_mentions` of the entity, `n_all` of the period (articles, or
        mentions of all entities), and `value`, which is what `of` and `share` ask for. From the
        first to the last day of all articles; 0 where an entity is not named, a missing share
        where there is nothing to share. A period that the articles cover in part, the first or
        the last, is not whole: a count there is too low, and a share is of few.

    Raises:
        OptionError: No article has a day, there is no such entity, or an option takes no such
            value.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate([
        ...     newsnlp.Article(doc_id="1", published="2024-03-04", text="Саммит ОДКБ отложен."),
        ...     newsnlp.Article(doc_id="2", published="2024-03-19", text="Страны ОДКБ согласны."),
        ... ])
        >>> timeline(frames, "ОДКБ")[["period", "value"]].astype(str).values.tolist()
        [['2024-03-04', '1'], ['2024-03-11', '0'], ['2024-03-18', '1']]
    """
    check_frames(frames)
    check("of", of, COUNTED)
    freq = frequency(freq)
    calendar = _calendar(frames.articles, freq)
    named = _named(frames.entities, clusters)
    chosen = _chosen(frames, entities, clusters)
    period = pd.Series(
        frames.articles["day"].dt.to_period(freq).to_numpy(), frames.articles["doc_id"].to_numpy()
    ).dropna()
    named = named.assign(period=named["doc_id"].map(period)).dropna(subset="period")
    n_all = calendar["n_articles"]
    if of == "mentions":
        n_all = named.groupby("period")["n_mentions"].sum().reindex(calendar.index, fill_value=0)
    pieces = []
    for entity_id, name, type_ in chosen:
        found = named[named["cluster"] == entity_id].groupby("period")["n_mentions"]
        counts = found.agg(["size", "sum"]).reindex(calendar.index, fill_value=0).astype("int64")
        n = counts["size" if of == "articles" else "sum"].to_numpy()
        pieces.append(
            calendar[["period", "is_whole"]].assign(
                entity_id=entity_id, name=name, type=type_,
                n_articles=counts["size"].to_numpy(), n_mentions=counts["sum"].to_numpy(),
                n_all=n_all.to_numpy(np.int64),
                value=_ratio(n, n_all.to_numpy()) if share else n,
            )
        )  # fmt: skip
    types = {"entity_id": _STRING, "name": _STRING, "type": pd.CategoricalDtype(list(TYPES))}
    return pd.concat(pieces, ignore_index=True).astype(types)


def cooccurrence(
    frames: Frames,
    *,
    top: int = 40,
    type: str | Collection[str] | None = None,
    min_articles: int = 3,
    min_score: float = SIGNIFICANT,
    clusters: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Who is named with whom in an article more often than chance would have it.

    The score is the log-likelihood ratio G² of the table that counts the articles with both, with
    one, with the other and with none (Dunning 1993, https://aclanthology.org/J93-1003; Evert 2005,
    https://doi.org/10.18419/opus-2556). It holds for small counts too, and a country that every
    article names is nobody's company.

    Args:
        frames: Frames with `articles` and `entities`.
        top: Entities among which pairs are sought: those that most articles name.
        type: PER, ORG, LOC or several of these; None for all of them.
        min_articles: Articles that must name both.
        min_score: Least G²; chance exceeds 10.83 once in 1,000 pairs, 3.84 once in 20.
        clusters: What `newsnlp.link` gave: entities of one cluster count as one.

    Returns:
        The most significant pair first, each once: `entity_a, entity_b, name_a, name_b, type_a,
        type_b` (a is the one that more articles name), `n_articles` that name both, `n_a` and
        `n_b` that name each, `expected` to name both by chance, and `score`.

    Raises:
        OptionError: An option with a value that it does not take.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate(
        ...     ["Лавров встретился с Блинкеном."] * 4 + ["Мост открыли в Актау."] * 6
        ... )
        >>> cooccurrence(frames)[["name_a", "name_b", "n_articles", "expected"]].values.tolist()
        [['Сергей Лавров', 'Энтони Блинкен', 4, 1.6]]
    """
    check_whole("top", top, least=2)
    check_whole("min_articles", min_articles)
    if not min_score >= 0:
        raise OptionError(f"min_score={min_score!r}: takes a number from 0 up")
    types = [type] if isinstance(type, str) else list(TYPES if type is None else type)
    for one in types:
        check("type", one, TYPES)
    most = leading(frames, n=None, clusters=clusters)
    most = most[most["type"].isin(types)].head(top)
    named = _named(frames.entities, clusters)
    named = named[named["cluster"].isin(most["entity_id"])]
    doc, docs = pd.factorize(named["doc_id"])
    there = np.zeros((len(docs), len(most)))
    there[doc, pd.Index(most["entity_id"]).get_indexer(named["cluster"])] = 1
    n_both, n = there.T @ there, there.sum(0)
    a, b = np.triu_indices(len(most), k=1)
    both, n_articles = n_both[a, b], max(len(frames.articles), 1)
    expected = n[a] * n[b] / n_articles
    score = log_likelihood_ratio(both, n[a], n[b], n_articles)
    kept = (both >= min_articles) & (both > expected) & (score >= min_score)
    kept = np.flatnonzero(kept)[np.argsort(-score[kept], kind="stable")]
    ends = {"a": most.iloc[a[kept]], "b": most.iloc[b[kept]]}
    columns = {"entity": "entity_id", "name": "name", "type": "type"}
    return pd.DataFrame(
        {
            f"{name}_{end}": rows[column].array
            for name, column in columns.items()
            for end, rows in ends.items()
        }
        | {
            "n_articles": both[kept].astype(np.int64),
            "n_a": n[a[kept]].astype(np.int64),
            "n_b": n[b[kept]].astype(np.int64),
            "expected": expected[kept],
            "score": score[kept],
        }
    )


def keywords(
    frames: Frames,
    *,
    by: str = "topic",
    of: str = "keywords",
    top_k: int = 6,
    n: int = 12,
    min_articles: int = 3,
) -> pd.DataFrame:
    """What sets topics, months or outlets apart, those with most articles alone.

    Args:
        frames: As for `newsnlp.keyness`.
        by: As for `newsnlp.keyness`: topic, source, month …
        of: As for `newsnlp.keyness`: "keywords", "entities" or "tags".
        top_k: Most rows of a group.
        n: Most groups; of periods the latest, of others those with most articles.
        min_articles: Articles of its group that a keyword must stand in.

    Returns:
        The columns of `newsnlp.keyness`, periods in their order, other groups the greatest first.
        Groups that nothing sets apart have no row.

    Raises:
        OptionError: As for `newsnlp.keyness`, or `n` is below 1.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate([
        ...     newsnlp.Article(doc_id="1", rubric="Спорт", text="Клуб выиграл матч в Актау."),
        ...     newsnlp.Article(doc_id="2", rubric="Спорт", text="Матч отложен."),
        ...     newsnlp.Article(doc_id="3", rubric="Деньги", text="Банк в Актау снизил ставку."),
        ... ])
        >>> keywords(frames, by="rubric", min_articles=2)[["group", "keyword"]].values.tolist()
        [['Спорт', 'матч']]
    """
    check_whole("n", n)
    by = period_name(by)
    table = keyness(frames, by=by, of=of, top_k=top_k, min_articles=min_articles)
    sizes = _sizes(frames.articles, by)
    sizes = sizes[sizes.index.isin(table["group"])]
    if by in PERIODS:
        groups = sizes.index.tolist()[-n:]
    else:
        groups = sizes.sort_values(ascending=False, kind="stable").index.tolist()[:n]
    place = {group: number for number, group in enumerate(groups)}
    kept = table[table["group"].isin(groups)]
    return kept.sort_values(
        "group", key=lambda column: column.map(place), kind="stable", ignore_index=True
    )


def countries(frames: Frames, *, n: int = 20) -> pd.DataFrame:
    """Articles by the countries named in them: a country by itself, or a place in it.

    Args:
        frames: Frames with `articles` and `entities`.
        n: Most rows.

    Returns:
        The greatest first: `country` (ISO 3166-1 code), `name` in Russian, `n_articles`,
        `n_mentions` of the country and its places, and `share` of all articles. An article counts
        for each country that it names.

    Raises:
        OptionError: `n` is below 1.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate(["Саммит прошёл в Алматы.", "Казахстан и Китай согласны."])
        >>> countries(frames)[["country", "name", "n_articles"]].values.tolist()
        [['KZ', 'Казахстан', 2], ['CN', 'Китай', 1]]
    """
    check_whole("n", n)
    check_frames(frames)
    places = frames.entities[["doc_id", "type", "country", "n_mentions"]]
    places = places[(places["type"] == "LOC") & (places["n_mentions"] > 0)]
    counts = (
        places.groupby("country")
        .agg(n_articles=("doc_id", "nunique"), n_mentions=("n_mentions", "sum"))
        .reset_index()
    )
    names = country_names()
    counts["name"] = counts["country"].map(lambda code: names.get(code, code)).astype(_STRING)
    counts["share"] = counts["n_articles"] / max(len(frames.articles), 1)
    order = ["n_articles", "n_mentions", "country"]
    ordered = counts.sort_values(order, ascending=[False, False, True], ignore_index=True)
    columns = ["country", "name", "n_articles", "n_mentions", "share"]
    types = {"n_articles": "int64", "n_mentions": "int64", "share": "float64"}
    return ordered[columns].head(n).astype(types)


def log_likelihood_ratio(
    both: np.ndarray, n_a: np.ndarray, n_b: np.ndarray, n_all: int
) -> np.ndarray:
    """G² of tables of two by two, which is large for what is rare together as well.

    Args:
        both: Articles with both of a pair: shape (pairs,).
        n_a: Articles with the first.
        n_b: Articles with the second.
        n_all: Articles.

    Example:
        >>> log_likelihood_ratio(np.array([5.0]), np.array([5.0]), np.array([5.0]), 10).round(3)
        array([13.863])
    """
    observed = np.stack([both, n_a - both, n_b - both, n_all - n_a - n_b + both])
    rows = np.stack([n_a, n_a, n_all - n_a, n_all - n_a])
    columns = np.stack([n_b, n_all - n_b, n_b, n_all - n_b])
    ratio = np.ones(observed.shape)
    np.divide(observed * n_all, rows * columns, out=ratio, where=observed > 0)
    score: np.ndarray = np.maximum(2 * (observed * np.log(ratio)).sum(0), 0.0)
    return score


@cache
def country_names() -> dict[str, str]:
    """Russian names of countries by their ISO 3166-1 codes.

    Example:
        >>> country_names()["UZ"]
        'Узбекистан'
    """
    prefix = "country:"
    return {
        id_.removeprefix(prefix): name
        for id_, name, *_ in read_table("register_places.tsv")
        if id_.startswith(prefix)
    }


def _named(entities: pd.DataFrame, clusters: pd.DataFrame | None) -> pd.DataFrame:
    """Clusters that articles name and do not only credit, each once an article."""
    told = entities.loc[entities["n_mentions"] > 0, ["doc_id", "entity_id", "n_mentions"]]
    told = told.assign(cluster=cluster_ids(told, clusters))
    return told.groupby(["doc_id", "cluster"], as_index=False, sort=False)["n_mentions"].sum()


def _chosen(
    frames: Frames, asked: str | Sequence[str], clusters: pd.DataFrame | None
) -> list[tuple[str, str, str]]:
    """Id, name and type of the entities that are asked for, each once."""
    told = frames.entities
    told = told.assign(cluster=cluster_ids(told, clusters))
    leaders = leading(frames, n=None, clusters=clusters)[["entity_id", "name", "type"]]
    chosen = {}
    for one in [asked] if isinstance(asked, str) else asked:
        if not isinstance(one, str):
            raise OptionError(f"entities holds {one!r}: it takes names or ids of entities")
        meant = told["cluster"][told["entity_id"].isin(entity_ids(frames, one))]
        found = leaders[leaders["entity_id"].isin(meant)]
        if found.empty:
            raise OptionError(f"no article is about {one!r}: it is only credited, as who reports")
        chosen[found["entity_id"].iloc[0]] = tuple(found.iloc[0])
    if not chosen:
        raise OptionError("entities is empty: it takes a name or id of an entity, or several")
    return list(chosen.values())


def _sizes(articles: pd.DataFrame, by: str) -> pd.Series:
    """Articles of each group, in the order of the groups' names."""
    if by in PERIODS:
        values = articles["day"].dropna().dt.to_period(PERIODS[by])
    else:
        values = articles["topic_label" if by == "topic" else by]
    return values.astype(_STRING).value_counts().sort_index()


def _calendar(articles: pd.DataFrame, freq: str) -> pd.DataFrame:
    """Every period from the first to the last day: its first day, articles, and if it is whole."""
    days = articles["day"].dropna()
    if days.empty:
        raise OptionError(
            "no article has a day to count by: give `published` when annotating, "
            "as a field of Article or a column of the source"
        )
    found = days.dt.to_period(freq)
    periods = pd.period_range(found.min(), found.max(), freq=freq)
    starts = periods.to_timestamp().astype(_DAY)
    stops = (periods + 1).to_timestamp().astype(_DAY)
    return pd.DataFrame(
        {
            "period": starts,
            "is_whole": (starts >= days.min()) & (stops <= days.max() + _ONE_DAY),
            "n_articles": found.value_counts().reindex(periods, fill_value=0).to_numpy(np.int64),
        },
        index=periods,
    )


def _ratio(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Shares, missing where there is nothing to share."""
    shares = np.full(len(counts), np.nan)
    np.divide(counts, totals, out=shares, where=totals > 0)
    return shares


def frequency(freq: str) -> str:
    """Letter of periods that are given by letter or name.

    Args:
        freq: One of `FREQUENCIES`.

    Example:
        >>> frequency("month"), frequency("M")
        ('M', 'M')
    """
    check("freq", freq, FREQUENCIES)
    return PERIODS.get(freq, freq)


def check(option: str, value: object, taken: Sequence[str]) -> None:
    """Refuse a value that an option does not take.

    Args:
        option: Its name.
        value: What was given.
        taken: What it takes.
    """
    if value not in taken:
        raise OptionError(f"{option}={value!r}: takes {', '.join(taken)}")
