"""Layer *over*: questions to frames, answered by a frame: words in context, who leads, terms.

Rows are looked for by whole columns; only what is found is cut out of its article's text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from newsnlp.columns import Bools, Ints, Texts, Zones
from newsnlp.composition import LINE_BREAKS
from newsnlp.dictionary import Dictionary
from newsnlp.errors import MissingExtraError, OptionError
from newsnlp.frames import Frames, check_frames, pandas_dtype
from newsnlp.schema import DAY, INT32, STR, TYPES, UPOS, Dtype
from newsnlp.segmentation import segment
from newsnlp.words import name_key, name_keys

KWIC: dict[str, Dtype] = {
    "doc_id": STR, "day": DAY, "source": STR, "start": INT32, "stop": INT32, "left": STR,
    "keyword": STR, "right": STR,
}  # fmt: skip
TOP: dict[str, Dtype] = {
    "rank": INT32, "entity_id": STR, "name": STR, "type": TYPES, "n_articles": INT32,
    "n_mentions": INT32, "first_day": DAY, "last_day": DAY,
}  # fmt: skip
ORDERS = {"articles": "n_articles", "mentions": "n_mentions"}
_NEAR = 5  # names that an error offers
_ALIKE = 0.6  # ratio of letters from which on a name is near another
_VERY_ALIKE = 0.75  # that from which on a word of it is
_BREAK = re.compile(rf"[\t{LINE_BREAKS}]")
_LETTER_YO = str.maketrans("ёЁ", "еЕ")


class Hits(NamedTuple):
    """Where something was found: row in `articles`, and offsets in its text, of shape (hits,)."""

    article: Ints
    start: Ints
    stop: Ints


class DocumentTerms(NamedTuple):
    """Which terms stand in which articles, and how often.

    Attributes:
        matrix: SciPy's CSR matrix of counts, int32 of shape (articles, terms).
        doc_ids: Identifiers of the rows: strings, of shape (articles,).
        terms: Terms of the columns in alphabetical order: strings, of shape (terms,).
    """

    matrix: Any
    doc_ids: npt.NDArray[np.object_]
    terms: npt.NDArray[np.object_]


# --- keyword in context --------------------------------------------------------------------------


def kwic(
    frames: Frames,
    *,
    lemma: str | None = None,
    entity: str | None = None,
    text: str | re.Pattern[str] | None = None,
    width: int = 50,
) -> pd.DataFrame:
    """Keyword in context: every place where something is said, with what stands around it.

    Args:
        frames: Frames with `articles`, and `tokens` for `lemma`, `mentions` and `entities` for
            `entity`.
        lemma: Words in any of their forms, one after another in a sentence: «саммит»,
            «Государственная дума». A word that is no lemma stands for its own lemmas.
        entity: An `entity_id`, or a name of `entities.name`, of one or of several entities: all
            their mentions, by role too.
        text: Words as they are spelled, whole, with any white space between them; or a compiled
            pattern, which is taken as it is.
        width: Most characters on either side.

    Case and ё are ignored, except in a pattern.

    Returns:
        By day, those without one last, then in the order of the articles: `doc_id, day, source`;
        `start` and `stop` in `articles.text` (int32, code points); `left`, `keyword` and `right`,
        where line breaks and tabs are shown as spaces. No row where there is no such word.

    Raises:
        OptionError: Not one of `lemma`, `entity` and `text` is given, it is blank, `width` is
            below 0, no entity has that id or name, or no token a lemma.
        FrameNotComputedError: A frame that is needed was not computed.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate("Саммит ОДКБ пройдёт в Минске. К саммиту всё готово.")
        >>> table = newsnlp.kwic(frames, lemma="саммит", width=10)
        >>> table[["left", "keyword", "right"]].values.tolist()
        [['', 'Саммит', ' ОДКБ прой'], ['Минске. К ', 'саммиту', ' всё готов']]
    """
    check_frames(frames)
    asked = {"lemma": lemma, "entity": entity, "text": text}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) != 1:
        raise OptionError(f"kwic takes one of lemma, entity and text; given: {given or 'none'}")
    check_whole("width", width, least=0)
    if isinstance(text, re.Pattern) and isinstance(text.pattern, str):
        hits = _hits_of_pattern(frames, text)
    elif text is not None:
        hits = _hits_of_pattern(frames, _pattern(_said("text", text)))
    elif lemma is not None:
        hits = _hits_of_lemmas(frames, _said("lemma", lemma))
    else:
        hits = _hits_of_entity(frames, _said("entity", entity))
    return _in_context(frames.articles, hits, int(width))


def check_whole(name: str, value: Any, *, least: int = 1) -> None:
    """Refuse a value of an option that takes whole numbers.

    Args:
        name: Its name.
        value: What was given.
        least: The least number that it takes.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise OptionError(f"{name}={value!r}: takes a whole number from {least} up")


def _said(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise OptionError(f"{name}={value!r}: takes a string that is not blank")
    return value.strip()


def _hits_of_pattern(frames: Frames, pattern: re.Pattern[str]) -> Hits:
    """Where a pattern matches more than nothing."""
    found = [
        (row, *match.span())
        for row, text in enumerate(frames.articles["text"])
        if isinstance(text, str)
        for match in pattern.finditer(text)
        if match.end() > match.start()
    ]
    return Hits(*np.array(found, np.int64).reshape(-1, 3).T)


def _pattern(words: str) -> re.Pattern[str]:
    """Pattern of whole words as they are spelled, ё and е being one."""
    spelled = r"\s+".join(map(re.escape, words.translate(_LETTER_YO).lower().split()))
    # A border has a meaning only beside a letter or digit.
    before = r"(?<!\w)" if re.match(r"\w", words) else ""
    after = r"(?!\w)" if re.match(r"\w", words[::-1]) else ""
    return re.compile(before + spelled.replace("е", "[её]") + after, re.IGNORECASE)


def _hits_of_lemmas(frames: Frames, words: str) -> Hits:
    """Where lemmas stand one after another in a sentence."""
    tokens = frames.tokens
    wanted = [_lemmas_of(word) for word in _cut(words)]
    _check_lemmas(tokens)
    codes, lemmas = _coded(tokens["lemma"])
    folded = [_folded(lemma) for lemma in lemmas]
    rows = np.flatnonzero(_among(codes, folded, wanted[0]))
    last = len(tokens) - len(wanted) + 1
    rows = rows[rows < last]
    for distance, some in enumerate(wanted[1:], 1):
        rows = rows[_among(codes[rows + distance], folded, some)]
    found, ends = tokens.iloc[rows], tokens.iloc[rows + len(wanted) - 1]
    if len(wanted) > 1:
        together = np.ones(len(rows), np.bool_)
        for column in ("doc_id", "sentence_id"):
            together &= found[column].to_numpy() == ends[column].to_numpy()
        found, ends = found[together], ends[together]
    return _hits(frames, found["doc_id"], found["start"], ends["stop"])


def _cut(words: str) -> list[str]:
    """Words as a text is cut into tokens: «5%» is two of them."""
    texts, first = Texts.join([words]), np.zeros(1, np.int64)
    zones = Zones(first, first, first, first, np.array([len(texts.text)]), np.ones(1, np.bool_))
    _, tokens = segment(texts, zones)
    return [tokens.words[word] for word in tokens.word]


def _check_lemmas(tokens: pd.DataFrame) -> None:
    """Refuse tokens that have no lemmas, in which nothing would be found."""
    if len(tokens) and tokens["lemma"].isna().all():
        raise OptionError(
            "the tokens have no lemmas, as those that were read from BIO; annotate the texts"
        )


def _among(codes: Ints, values: Sequence[str], wanted: Collection[str]) -> Bools:
    """Which codes are of wanted values; -1 is of none."""
    return np.array([*(value in wanted for value in values), False], np.bool_)[codes]


def _lemmas_of(word: str) -> frozenset[str]:
    """The word itself, and its lemmas by the dictionary where it is no lemma."""
    lemmas = {_folded(parse.lemma) for parse in _dictionary().parses(word)}
    own = _folded(word)
    return frozenset({own} if own in lemmas else {own, *lemmas})


@cache
def _dictionary() -> Dictionary:
    return Dictionary()


def _folded(word: str) -> str:
    return word.lower().translate(_LETTER_YO)


def _hits_of_entity(frames: Frames, entity: str) -> Hits:
    mentions = frames.mentions
    some = mentions[mentions["entity_id"].isin(entity_ids(frames, entity))]
    return _hits(frames, some["doc_id"], some["start"], some["stop"])


def entity_ids(frames: Frames, entity: str) -> list[str]:
    """The id itself, or the ids of all entities of that name.

    Args:
        frames: Frames with `entities`; `mentions` help an error to name what is near.
        entity: An id or a name.

    Raises:
        OptionError: There is no such entity.
    """
    told = frames.entities[["entity_id", "name"]].value_counts().reset_index()
    if told["entity_id"].eq(entity).any():
        return [entity]
    wanted, keys = name_key(entity), _keys(told["name"])
    ids: list[str] = told["entity_id"][keys == wanted].tolist()
    if ids:
        return ids
    # A name by which articles call an entity may be another one than its own.
    near: list[str] = []
    if "mentions" in frames:
        called = frames.mentions[["normal", "entity_id"]].drop_duplicates().dropna()
        called = called["entity_id"][_keys(called["normal"]) == wanted]
        near = told["name"][told["entity_id"].isin(called)].tolist()
    names = pd.Series(told["name"].to_numpy(), keys).groupby(level=0, sort=False).first()
    near += _near(wanted, names.to_dict())
    some = ", ".join(list(dict.fromkeys(near))[:_NEAR])
    offer = f"near ones: {some}" if some else "see frames.entities, or ask by text= of kwic"
    raise OptionError(f"entity={entity!r} is no entity_id and no name; {offer}")


def _keys(names: pd.Series) -> npt.NDArray[np.object_]:
    """Keys under which names are compared."""
    plain = [_BREAK.sub(" ", name) for name in names]
    return np.array(name_keys(plain) if plain else [], object)


def _near(key: str, names: Mapping[str, str]) -> list[str]:
    """Names that have the words of a key or words spelled like it, those of most articles first.

    Args:
        key: What no name is.
        names: Names by their keys, in order.
    """
    words = set(key.split())
    within = [other for other in names if words <= set(other.split())]
    alike = get_close_matches(key, names, _NEAR, _ALIKE)
    known = {word for other in names for word in other.split()}
    meant = set(get_close_matches(key, known, _NEAR, _VERY_ALIKE))
    with_meant = [other for other in names if not meant.isdisjoint(other.split())]
    return [names[other] for other in dict.fromkeys([*within, *with_meant, *alike])][:_NEAR]


def _hits(frames: Frames, doc_ids: pd.Series, start: pd.Series, stop: pd.Series) -> Hits:
    article = pd.Index(frames.articles["doc_id"]).get_indexer(doc_ids)
    return Hits(article, start.to_numpy(np.int64), stop.to_numpy(np.int64))


def _in_context(articles: pd.DataFrame, hits: Hits, width: int) -> pd.DataFrame:
    """Rows of `kwic`, in order."""
    days = articles["day"].to_numpy()[hits.article]  # NaT, that is no day, is ordered last
    hits = Hits(*(column[np.lexsort((hits.start, hits.article, days))] for column in hits))
    texts = articles["text"].tolist()  # each once: an article may have hundreds of hits
    places = [(texts[row], *span) for row, *span in zip(*map(np.ndarray.tolist, hits), strict=True)]
    cut = {
        "left": [text[max(0, start - width) : start] for text, start, _ in places],
        "keyword": [text[start:stop] for text, start, stop in places],
        "right": [text[stop : stop + width] for text, _, stop in places],
    }
    columns = articles[["doc_id", "day", "source"]].iloc[hits.article].to_dict("series")
    offsets = {"start": hits.start, "stop": hits.stop}
    lines = {name: [_BREAK.sub(" ", piece) for piece in pieces] for name, pieces in cut.items()}
    return _typed(
        {name: column.to_numpy() for name, column in columns.items()} | offsets | lines, KWIC
    )


# --- who leads -----------------------------------------------------------------------------------


def top(
    frames: Frames,
    *,
    type: str | None = None,
    by: str = "articles",
    n: int | None = 20,
    clusters: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Entities that most articles are about, or that are named most often.

    Only what an article says counts, no credits and notices.

    Args:
        frames: Frames with `articles` and `entities`.
        type: PER, ORG or LOC; all by default.
        by: "articles" or "mentions".
        n: Most rows, None for all.
        clusters: What `newsnlp.link` gave: entities of one cluster count as one, under the
            cluster's id and name.

    Returns:
        The greatest first: `rank, entity_id, name` (the most frequent one, where articles call an
        entity by different names), `type`; `n_articles` and `n_mentions` (int32); `first_day` and
        `last_day` (datetime64[s], missing where no article has a day).

    Raises:
        OptionError: An option with a value that it does not take.
        FrameNotComputedError: `entities` were not computed.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate(["Токаев прибыл в Минск.", "В Минске идёт снег."])
        >>> newsnlp.top(frames, type="LOC")[["rank", "name", "n_articles"]].values.tolist()
        [[1, 'Минск', 2]]
    """
    check_frames(frames)
    if type is not None and type not in TYPES:
        raise OptionError(f"type={type!r} is none of {', '.join(TYPES)}")
    if by not in tuple(ORDERS):  # what has no hash is none of them either
        raise OptionError(f"by={by!r} is none of {', '.join(ORDERS)}")
    if n is not None:
        check_whole("n", n)
    told = frames.entities[["doc_id", "entity_id", "type", "name", "n_mentions"]]
    told = told[told["n_mentions"] > 0]
    told = told.assign(cluster=cluster_ids(told, clusters))
    told = told.merge(frames.articles[["doc_id", "day"]], how="left", on="doc_id")
    table = told.groupby("cluster").agg(
        n_articles=("doc_id", "nunique"),
        n_mentions=("n_mentions", "sum"),
        first_day=("day", "min"),
        last_day=("day", "max"),
    )
    table = table.join(_usual_names(told)).rename_axis("entity_id").reset_index()
    if type is not None:
        table = table[table["type"] == type]
    first, then = sorted(ORDERS.values(), key=ORDERS[by].__ne__)
    table = table.sort_values(
        [first, then, "name", "entity_id"], ascending=[False, False, True, True]
    ).head(len(table) if n is None else n)
    return _typed(table.assign(rank=np.arange(1, len(table) + 1)), TOP)


def cluster_ids(entities: pd.DataFrame, clusters: pd.DataFrame | None) -> npt.NDArray[np.object_]:
    """Cluster of each entity of an article, its own id where `link` did not see it.

    Args:
        entities: Rows of `entities`.
        clusters: What `newsnlp.link` gave, or None: then every id is a cluster of its own.
    """
    if clusters is None:
        return np.asarray(entities["entity_id"], object)
    key = ["doc_id", "entity_id"]
    if not isinstance(clusters, pd.DataFrame) or not {*key, "cluster_id"} <= set(clusters.columns):
        raise OptionError("clusters takes the frame that newsnlp.link gave: doc_id, entity_id, …")
    found = entities[key].merge(clusters[[*key, "cluster_id"]].drop_duplicates(key), "left", key)
    return np.asarray(found["cluster_id"].fillna(found["entity_id"]), object)


def _usual_names(told: pd.DataFrame) -> pd.DataFrame:
    """Name and type under which most articles know an entity, by cluster.

    A cluster is called by the entity that the others were joined to: «Рааб» may be the more
    frequent name, but «Доминик Рааб» says more.
    """
    counts = told.assign(own=told["cluster"] == told["entity_id"]).groupby(
        ["cluster", "name", "type"], observed=True
    )
    counts = counts.agg(own=("own", "max"), n=("doc_id", "size"), m=("n_mentions", "sum"))
    ordered = counts.reset_index().sort_values(
        ["own", "n", "m", "name"], ascending=[False, False, False, True]
    )
    return ordered.drop_duplicates("cluster").set_index("cluster")[["name", "type"]]


# --- terms ---------------------------------------------------------------------------------------


def lemma_text(
    frames: Frames, *, upos: str | Iterable[str] | None = None, names: bool = False
) -> pd.Series[str]:
    """Lemmas of each article, as one text for tools that know no Russian morphology.

    Args:
        frames: Frames with `articles` and `tokens`, and for `names` also `mentions` and `entities`.
        upos: Parts of speech that are kept, such as ["NOUN", "ADJ"]; all but PUNCT by default.
        names: A name is one word, by what its entity is called: «Касым-Жомарт_Токаев». It counts
            as PROPN.

    Returns:
        One text an article by `doc_id`, its lemmas in order with a space between two; empty
        where there are none.

    Raises:
        OptionError: There is no such part of speech, or no token has a lemma.
        FrameNotComputedError: A frame that is needed was not computed.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate("Касым-Жомарт Токаев обозначил приоритеты.")
        >>> newsnlp.lemma_text(frames)["0"]
        'касым-жомарт токаев обозначить приоритет'
        >>> newsnlp.lemma_text(frames, upos=["NOUN", "PROPN"], names=True)["0"]
        'Касым-Жомарт_Токаев приоритет'
    """
    doc, terms = _terms(frames, upos, names=names)
    offsets = np.searchsorted(doc, np.arange(len(frames.articles) + 1)).astype(np.int64)
    lists = pa.LargeListArray.from_arrays(offsets, terms)
    joined = pd.array(
        pc.binary_join(lists, pa.scalar(" ", pa.large_string())), dtype=pandas_dtype(STR)
    )
    return pd.Series(joined, pd.Index(frames.articles["doc_id"]), name="lemmas")


def document_terms(
    frames: Frames,
    *,
    upos: str | Iterable[str] | None = None,
    names: bool = False,
    min_articles: int = 1,
) -> DocumentTerms:
    """How often each lemma stands in each article: the matrix that scikit-learn's models take.

    Args:
        frames: As for `lemma_text`.
        upos: As for `lemma_text`.
        names: As for `lemma_text`.
        min_articles: Articles that a term must stand in.

    Returns:
        `matrix, doc_ids, terms`. Every article has its row, in the order of `articles`, an empty
        one too.

    Raises:
        OptionError: An option with a value that it does not take, or no token has a lemma.
        FrameNotComputedError: A frame that is needed was not computed.
        MissingExtraError: SciPy is not installed.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate(["Суд отложил суд.", "Судьи ушли."])
        >>> matrix, doc_ids, terms = newsnlp.document_terms(frames, upos="NOUN")
        >>> terms.tolist(), matrix.toarray().tolist()
        (['суд', 'судья'], [[2, 0], [0, 1]])
    """
    check_whole("min_articles", min_articles)
    csr_matrix = _csr_matrix()
    doc, terms = _terms(frames, upos, names=names)
    coded = terms.dictionary_encode()
    distinct = np.array(coded.dictionary.to_pylist(), object)
    order = np.argsort(distinct)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    column = place[coded.indices.to_numpy()]
    shape = len(frames.articles), len(distinct)
    matrix = csr_matrix((np.ones(len(doc), np.int32), (doc, column)), shape=shape)  # sums repeats
    kept = np.bincount(matrix.indices, minlength=len(distinct)) >= min_articles
    return DocumentTerms(
        matrix[:, np.flatnonzero(kept)],
        frames.articles["doc_id"].to_numpy(object),
        distinct[order][kept],
    )


def _csr_matrix() -> Any:
    try:
        from scipy.sparse import csr_matrix  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            'a matrix of documents and terms needs SciPy: pip install "newsnlp[train]"'
        ) from error
    return csr_matrix


def _terms(frames: Frames, upos: str | Iterable[str] | None, *, names: bool) -> tuple[Ints, Any]:
    """Row of the article and term of each token that is kept, in the order of the articles."""
    check_frames(frames)
    tokens, parts = frames.tokens, None if upos is None else _parts(upos)
    kept = _is_of(tokens["upos"], parts)
    _check_lemmas(tokens)
    lemmas = _arrow(tokens["lemma"])
    doc = article_rows(tokens["doc_id"], frames.articles["doc_id"])
    if names:
        inside, first, name = _names(frames, doc)
        kept[inside] = False
        kept[first] = parts is None or "PROPN" in parts
        replaced = np.zeros(len(tokens), np.bool_)
        replaced[first] = True
        lemmas = pc.replace_with_mask(lemmas, pa.array(replaced), name)
    kept &= ~pc.is_null(lemmas).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(kept)
    rows = rows[np.argsort(doc[rows], kind="stable")]
    return doc[rows], lemmas.take(pa.array(rows))


def _names(frames: Frames, doc: Ints) -> tuple[Ints, Ints, Any]:
    """Rows of the tokens of names, of the first of each, and what its entity is called."""
    mentions = frames.mentions
    mentions = mentions[(mentions["kind"] == "name") & (mentions["token_stop"] > 0)]
    named = mentions.merge(
        frames.entities[["doc_id", "entity_id", "name"]], on=["doc_id", "entity_id"]
    )
    # A token's place among all: by its article and its number there.
    article = article_rows(named["doc_id"], frames.articles["doc_id"])
    number = frames.tokens["token_id"].to_numpy(np.int64)
    span = int(number.max(initial=0)) + 1
    places = doc * span + number
    order = np.argsort(places, kind="stable")
    first = order[np.searchsorted(places[order], article * span + named["token_start"].to_numpy())]
    first, once = np.unique(first, return_index=True)
    length = (named["token_stop"] - named["token_start"]).to_numpy(np.int64)[once]
    inside = np.repeat(first, length) + _counts_up(length)
    name = pc.replace_substring_regex(_arrow(named["name"]).take(pa.array(once)), r"\s+", "_")
    return inside, first, name


def _counts_up(lengths: Ints) -> Ints:
    """0, 1, 2 … for each length, one run after another."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _parts(upos: str | Iterable[str]) -> set[str]:
    parts = {upos} if isinstance(upos, str) else set(upos)
    if not parts or not parts <= set(UPOS):
        raise OptionError(f"upos={upos!r}: takes some of {', '.join(UPOS)}")
    return parts


def _is_of(column: pd.Series, parts: Collection[str] | None) -> Bools:
    """Which tokens are of some parts of speech; all but punctuation, where none are named."""
    codes = column.cat.codes.to_numpy()
    if parts is None:
        return np.asarray(codes != column.cat.categories.get_loc("PUNCT"))
    return _among(codes.astype(np.int64), list(column.cat.categories), parts)


# --- columns -------------------------------------------------------------------------------------


def _arrow(column: pd.Series) -> Any:
    """A column of strings as one Arrow array."""
    array = pa.array(column, pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _coded(column: pd.Series) -> tuple[Ints, list[str]]:
    """Codes of a column of strings, -1 for missing, and its distinct values."""
    coded = _arrow(column).dictionary_encode()
    return pc.fill_null(coded.indices, -1).to_numpy(), coded.dictionary.to_pylist()


def article_rows(doc_ids: pd.Series, known: pd.Series) -> Ints:
    """Row of each identifier among those of the articles.

    Args:
        doc_ids: Column of a frame; the rows of one article mostly stand together.
        known: `articles.doc_id`.
    """
    values = _arrow(doc_ids)
    if not len(values):
        return np.empty(0, np.int64)
    changes = pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.r_[True, changes])
    rows = pd.Index(known).get_indexer(doc_ids.iloc[starts])
    return np.repeat(rows, np.diff(np.r_[starts, len(values)]))


def _typed(columns: Any, dtypes: dict[str, Dtype]) -> pd.DataFrame:
    table = pd.DataFrame(columns).reset_index(drop=True)
    return table[list(dtypes)].astype({name: pandas_dtype(each) for name, each in dtypes.items()})
