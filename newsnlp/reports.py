"""Layer *over*: an archive as one page that opens without a network; here is what the page holds.

The page is handed blocks of gzipped JSON. `core`, which it reads when it opens, holds what it
lists, filters and draws: columns of articles, without texts, and columns of entities. The texts
are in blocks `texts-0`, `texts-1`, … of `CHUNK` articles each, newest first, which it reads when
an article is opened. A text is there in full or, where the page would be too large, by the
sentences that name an entity, or else by the first one of each that several articles name; of the
oldest articles of a very large archive not even those.

Nothing in a page tells when it was made: the same archive gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

import newsnlp
from newsnlp.errors import ArchiveError, FrameNotComputedError, OptionError
from newsnlp.frames import Frames, conform, topics_of
from newsnlp.limits import shown_size
from newsnlp.linking import link_tables
from newsnlp.manifests import readable
from newsnlp.wording import noun

if TYPE_CHECKING:
    from newsnlp.archives import Archive

MAX_SIZE = 30_000_000
CHUNK = 100  # articles in a block of texts
NEEDED = ("articles", "zones", "sentences", "mentions", "entities", "keywords", "topics")
CORE = "core"
_TITLE = "Новости"
_AT_ONCE = 20  # blocks whose texts are read together
_LEVEL = 7  # of compression: 9 takes half as long again for 1 % less
_SHARE_OF_SENTENCES = 0.85  # of the room for texts, where not even all first sentences fit
_TAG_BYTES = 128  # of a block in the page, the block itself aside
_COUNTS_BYTES = 128  # by which `core` may grow when it is told what has its text
_OF_LINKS = ("doc_id", "entity_id", "kind", "normal", "rule")
_CONTENT = "content"
_NONE = -1

# Reads columns of a frame by their names: of all articles, or of those in `doc_ids`.
Read = Callable[..., pd.DataFrame]
Progress = Callable[[int, int], None]
# Text, entity or -1, type, normal form, function; plain text is a string.
Part = str | tuple[str, int, str, str, str]
Sentence = list[Part]
# First and last character of a mention, or of what is left of one around another, and its row.
Piece = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Report:
    """A page, and of how many articles it has the texts.

    Args:
        html: The page, in UTF-8.
        n_articles: Articles that it lists.
        n_full: The newest of them, whose full texts it has.
        n_sentences: Those after them, of which it has the sentences that name an entity.
        first_only: Whether there was no room for all of these sentences, so that only the first
            one is there of each entity that several articles name.
    """

    html: bytes = field(repr=False)
    n_articles: int
    n_full: int
    n_sentences: int
    first_only: bool

    @property
    def n_bare(self) -> int:
        """The oldest articles, of whose texts it has nothing."""
        return self.n_articles - self.n_full - self.n_sentences


def write(
    source: Archive | Frames,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    max_size: int = MAX_SIZE,
    link: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Write one page to explore articles with: a browser opens it, without a network.

    Args:
        source: An archive, or frames; `tags` and `tokens` are not needed.
        path: The file to write, such as report.html; one that is there is replaced.
        title: Of the page; by default the name of the archive's folder.
        max_size: Bytes of the page at most. It has the full texts of the newest articles that fit,
            of the others the sentences that name an entity or, where these do not fit, the first
            one of each that several articles name; beyond that the oldest have no text.
        link: Join entities of different articles, as `newsnlp.link` does.
        progress: Called with the number of articles that are done, and of all.

    Returns:
        The page, and of how many articles it has the texts.

    Raises:
        FrameNotComputedError: A frame that the page shows is not there.
        ArchiveError: There is no archive, nothing in it, or a part of it is damaged.
        OptionError: There are no articles, the page is larger than `max_size` without any text, or
            it cannot be written.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate("Токаев прибыл в Минск.")  # doctest: +SKIP
        >>> write(frames, "report.html")  # doctest: +SKIP
        Report(n_articles=1, n_full=1, n_sentences=0, first_only=False)
    """
    from newsnlp.exports import check_place, written  # noqa: PLC0415  its tables load rich

    check_place(os.fspath(path), option="")
    made = report(source, title=title, max_size=max_size, link=link, progress=progress)
    with written(os.fspath(path), option="") as file:
        file.write(made.html)
    return made


def report(
    source: Archive | Frames,
    *,
    title: str | None = None,
    max_size: int = MAX_SIZE,
    link: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Make the page that `write` writes; see there.

    Args:
        source: As for `write`.
        title: As for `write`.
        max_size: As for `write`.
        link: As for `write`.
        progress: As for `write`.
    """
    from newsnlp.report_pages import page  # noqa: PLC0415  its template engine is for pages only

    read = reader(source)
    title = title or (_TITLE if isinstance(source, Frames) else source.path.resolve().name)
    overview = overview_of(read, title, link=link)
    without_texts = len(page(title, {CORE: packed(overview.core)})) + _COUNTS_BYTES
    if without_texts > max_size:
        n_articles, n_entities = len(overview.doc_ids), len(overview.core["entities"]["id"])
        raise OptionError(
            f"{n_articles} {noun(n_articles, 'article')} with {n_entities} "
            f"{noun(n_entities, 'entity', 'entities')} take {shown_size(without_texts)} "
            f"without any text, more than {shown_size(max_size)}: raise max_size (--max-size), or "
            "make the report of fewer articles: newsnlp.reports.write(archive.select(doc_ids), …)"
        )
    packings = packings_of(read, overview, progress)
    chosen = choose(packings, max_size - without_texts, partial(shortened, overview))
    n_articles = len(overview.doc_ids)
    n_full = min(chosen.n_full * CHUNK, n_articles)
    n_texts = min(len(chosen.blocks) * CHUNK, n_articles)
    counts = {"n_full": n_full, "n_sentences": n_texts - n_full, "n_bare": n_articles - n_texts}
    told = counts | {"first_only": chosen.first_only}
    blocks = {CORE: packed(overview.core | told)}
    blocks |= {f"texts-{number}": block for number, block in enumerate(chosen.blocks)}
    return Report(
        page(title, blocks), n_articles, n_full, n_texts - n_full, first_only=chosen.first_only
    )


def packed(value: object) -> bytes:
    """JSON, gzipped; the same value gives the same bytes.

    Args:
        value: What JSON can hold.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return gzip.compress(text.encode("utf-8", "replace"), _LEVEL, mtime=0)


# --- what fits ------------------------------------------------------------------------------------


class Packing(NamedTuple):
    """What packs a block of texts: in full, by sentences, by first sentences."""

    full: Callable[[], bytes]
    sentences: Callable[[], bytes]
    first: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Blocks of texts that fit, newest first: full ones, then those of sentences.

    Args:
        blocks: Packed.
        n_full: How many of them are full.
        first_only: Whether the others hold first sentences only.
    """

    blocks: list[bytes]
    n_full: int
    first_only: bool


def choose(packings: Iterator[Packing], room: int, shorten: Callable[[bytes], bytes]) -> Chosen:
    """Take the sentences of all blocks, then full texts of the first of them that fit.

    Where not all sentences fit, first sentences are taken of all blocks; where not even these do,
    the last blocks are left out. Some room is kept for full texts then: who opens the newest
    article wants to read it.

    Args:
        packings: Of each block, newest first.
        room: Bytes that the blocks may take in the page.
        shorten: Makes first sentences of a block of sentences.

    Example:
        >>> packing = Packing(lambda: bytes(600), lambda: bytes(300), lambda: bytes(90))
        >>> chosen = choose(iter([packing] * 3), 2200, lambda block: bytes(90))
        >>> [len(block) for block in chosen.blocks], chosen.n_full
        ([600, 300, 300], 1)
    """
    full: list[bytes] = []
    others: list[bytes] = []
    taken = taken_by_full = 0
    first_only = False
    for packing in packings:
        others.append(packing.first() if first_only else packing.sentences())
        taken += _size(others[-1])
        if taken > room and not first_only:
            first_only = True
            others = [shorten(block) for block in others]
            taken = sum(map(_size, others))
        if taken > room:
            break
        # One that does not fit even where all before it are full cannot be chosen, nor any after.
        if taken_by_full <= room:
            full.append(packing.full())
            taken_by_full += _size(full[-1])
    if taken > room:
        while taken > room * _SHARE_OF_SENTENCES:
            taken -= _size(others.pop())
    n_full = 0
    for block, other in zip(full, others, strict=False):
        taken += _size(block) - _size(other)
        if taken > room:
            break
        n_full += 1
    return Chosen(full[:n_full] + others[n_full:], n_full, first_only)


def _size(block: bytes) -> int:
    """Bytes of a block in the page, where it stands in base64."""
    return 4 * -(-len(block) // 3) + _TAG_BYTES


# --- reading --------------------------------------------------------------------------------------


def reader(source: Archive | Frames) -> Read:
    """What reads columns of frames: of an archive, from the parts that it has now.

    Args:
        source: An archive, or frames.

    Raises:
        FrameNotComputedError: A frame of `NEEDED` is not there.
        ArchiveError: There is no archive, or nothing in it.
    """
    return _of_frames(source) if isinstance(source, Frames) else _of_archive(source)


def _check_names(names: Sequence[str], where: str) -> None:
    if lacking := [name for name in NEEDED if name not in names]:
        raise FrameNotComputedError(
            f"a report needs {', '.join(map(repr, lacking))}, too, and {where} lack them: annotate "
            f"again with frames={list(NEEDED)}, or without frames=[…]"
        )


def _of_frames(frames: Frames) -> Read:
    _check_names(frames.names, "these frames")

    def read(
        name: str, columns: Sequence[str], doc_ids: Collection[str] | None = None
    ) -> pd.DataFrame:
        table = frames[name][list(columns)]
        return table if doc_ids is None else table[table["doc_id"].isin(list(doc_ids))]

    return read


def _of_archive(archive: Archive) -> Read:
    """Reads from the parts that hold an article, and from the same parts throughout."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.dataset as pads  # noqa: PLC0415

    archive._must_be_there()
    _check_names(archive.names, str(archive.path))
    topics = topics_of(archive.manifest)
    folders = archive._parts()

    def read_from(
        some: Sequence[Path], name: str, columns: Sequence[str], chosen: Any
    ) -> pd.DataFrame:
        files = [str(folder / f"{name}.parquet") for folder in some]
        with readable(archive.path, files, columns):
            dataset = pads.dataset(files, format="parquet")
            table = dataset.to_table(list(columns), filter=chosen)
        return conform(name, table.to_pandas(), topics, columns)

    part = {
        doc_id: number
        for number, folder in enumerate(folders)
        for doc_id in read_from([folder], "articles", ["doc_id"], None)["doc_id"]
    }
    if not part:
        raise ArchiveError(f"{archive.path} holds no articles: annotate some into it")

    def read(
        name: str, columns: Sequence[str], doc_ids: Collection[str] | None = None
    ) -> pd.DataFrame:
        if doc_ids is None:
            return read_from(folders, name, columns, None)
        some = [folders[number] for number in sorted({part[doc_id] for doc_id in doc_ids})]
        is_chosen = pads.field("doc_id").isin(pa.array(list(doc_ids), pa.large_string()))
        return read_from(some, name, columns, is_chosen)

    return read


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of a frame as lists, sorted by article.

    Args:
        columns: Values by column.
        first: Where the rows of each article start, and after the last one all end.
    """

    columns: tuple[list[Any], ...]
    first: list[int]

    @classmethod
    def of(cls, table: pd.DataFrame, doc_ids: Sequence[str], *by: str) -> Rows:
        """Sort the rows of a frame.

        Args:
            table: The frame; its other columns are kept, in their order.
            doc_ids: The articles, in order.
            by: Columns that order the rows of an article.
        """
        doc = pd.Index(doc_ids).get_indexer(pd.Index(table["doc_id"]))
        order = np.lexsort([table[column].to_numpy() for column in reversed(by)] + [doc])
        first = np.searchsorted(doc[order], np.arange(len(doc_ids) + 1))
        kept = table.drop(columns="doc_id").iloc[order]
        return cls(tuple(_values(kept[column]) for column in kept), first.tolist())

    def __getitem__(self, article: int) -> list[tuple[Any, ...]]:
        rows = slice(self.first[article], self.first[article + 1])
        return list(zip(*(column[rows] for column in self.columns), strict=True))


def _values(column: pd.Series[Any]) -> list[Any]:
    """Values as JSON has them: None for a missing string, numbers without digits of noise."""
    if pd.api.types.is_float_dtype(column.dtype):
        return list(np.round(column.to_numpy("float64"), 3).tolist())
    if pd.api.types.is_integer_dtype(column.dtype):
        return list(column.tolist())
    return list(column.astype("object").where(column.notna(), None).tolist())


# --- the overview: articles and entities ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page reads when it opens, and what its texts refer to.

    Args:
        core: The block `core`, but for what has its text.
        doc_ids: Articles, newest first.
        scores: Scores of the topics of each article.
        entity: Rows of `core`'s entities by article, then by its `entity_id`.
        in_several: Rows of those that more than one article names.
    """

    core: dict[str, Any]
    doc_ids: list[str]
    scores: list[list[float]]
    entity: list[Mapping[str, int]]
    in_several: frozenset[int]


def overview_of(read: Read, title: str, *, link: bool = True) -> Overview:
    """Everything but the texts.

    Args:
        read: Reads the frames.
        title: Of the page.
        link: Whether entities of different articles are joined.

    Raises:
        OptionError: There are no articles.
    """
    columns = ("doc_id", "title", "author", "published", "day", "url", "source", "status")
    articles = read("articles", columns)
    if articles.empty:
        raise OptionError("there are no articles to make a report of: annotate some")
    # Of one day by time, and then by id: the order of an archive's parts means nothing.
    articles = articles.sort_values("doc_id").sort_values(
        ["day", "published"], ascending=False, kind="stable", ignore_index=True
    )
    doc_ids = articles["doc_id"].tolist()
    days = _values(articles["day"].dt.strftime("%Y-%m-%d"))
    topics, of_articles, scores = _topics(read, doc_ids)
    outlets = _by_number(articles["source"])
    entities, counts, entity = _entities(read, doc_ids, link=link)
    core = {
        "title": title,
        "made": days[0],
        "version": newsnlp.__version__,
        "n_articles": len(doc_ids),
        "chunk": CHUNK,
        "topics": topics,
        "outlets": outlets,
        "articles": {
            "id": doc_ids,
            "title": _values(articles["title"]),
            "day": days,
            "outlet": pd.Index(outlets).get_indexer(pd.Index(articles["source"])).tolist(),
            "topic": of_articles,
            "url": _values(articles["url"]),
            "author": _values(articles["author"]),
            "status": _values(articles["status"]),
            "entities": counts,
        },
        "entities": entities,
    }
    in_several = frozenset(row for row, n in enumerate(entities["n_articles"]) if n > 1)
    return Overview(core, doc_ids, scores, entity, in_several)


def _by_number(values: pd.Series[Any]) -> list[str]:
    """Different values, the most frequent first."""
    counts = values.dropna().astype("object").value_counts()
    return sorted(counts.index, key=lambda value: (-counts[value], value))


def _topics(
    read: Read, doc_ids: Sequence[str]
) -> tuple[list[dict[str, str]], list[list[int]], list[list[float]]]:
    """Topics that occur, those of each article, and their scores."""
    table = read("topics", ("doc_id", "rank", "topic", "label", "score"))
    names = _by_number(table["topic"])
    label = table.drop_duplicates("topic").set_index("topic")["label"].to_dict()
    number = {name: place for place, name in enumerate(names)}
    rows = Rows.of(table[["doc_id", "rank", "topic", "score"]], doc_ids, "rank")
    found = [rows[article] for article in range(len(doc_ids))]
    return (
        [{"id": name, "label": label[name]} for name in names],
        [[number[topic] for _, topic, _ in some] for some in found],
        [[score for *_, score in some] for some in found],
    )


def _entities(
    read: Read, doc_ids: Sequence[str], *, link: bool
) -> tuple[dict[str, list[Any]], list[list[int]], list[Mapping[str, int]]]:
    """Entities that are content, those of each article with counts, and rows by `entity_id`."""
    table = read("entities", ("doc_id", "entity_id", "type", "name", "linked", "n_mentions"))
    cluster = table["entity_id"]
    if link:
        cluster = link_tables(
            read("articles", ("doc_id", "day", "source")),
            read("mentions", _OF_LINKS).drop_duplicates(),
            table,
        )["cluster_id"]
    table = table.assign(
        cluster=cluster.to_numpy(), doc=pd.Index(doc_ids).get_indexer(pd.Index(table["doc_id"]))
    )
    content = table[table["n_mentions"] > 0]
    of_article = content.groupby(["doc", "cluster"], sort=False)["n_mentions"].sum().reset_index()
    entities = of_article.groupby("cluster", sort=False)["n_mentions"].agg(["size", "sum"])
    entities = entities.join(_named(table)).reset_index()
    entities = entities.sort_values(
        ["size", "sum", "name", "cluster"],
        ascending=[False, False, True, True],
        ignore_index=True,
    )
    place = pd.Index(entities["cluster"])
    of_article = of_article.assign(entity=place.get_indexer(pd.Index(of_article["cluster"])))
    counts: list[list[int]] = [[] for _ in doc_ids]
    for doc, entity, n in _sorted(of_article, "doc", "entity", "n_mentions"):
        counts[doc] += (entity, n)
    table = table.assign(entity=place.get_indexer(pd.Index(table["cluster"])))
    rows: list[dict[str, int]] = [{} for _ in doc_ids]
    for doc, entity_id, entity in _sorted(table, "doc", "entity_id", "entity"):
        rows[doc][entity_id] = entity
    columns = {
        "id": "cluster", "name": "name", "type": "type", "n_articles": "size", "n_mentions": "sum",
    }  # fmt: skip
    told = {name: _values(entities[column]) for name, column in columns.items()}
    return told, counts, list(rows)


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Name and type of each cluster: of the entity whose id it has, as most articles name it."""
    names = table.groupby(["cluster", "entity_id", "type", "name"], observed=True, sort=False)
    counts = names.size().rename("n").reset_index()
    counts["is_own"] = counts["entity_id"] == counts["cluster"]
    ordered = counts.sort_values(
        ["is_own", "n", "name", "type"], ascending=[False, False, True, True]
    )
    return ordered.drop_duplicates("cluster").set_index("cluster")[["name", "type"]]


def _sorted(table: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    ordered = table.sort_values(list(columns[:2]))
    yield from zip(*(ordered[column].tolist() for column in columns), strict=True)


# --- texts ----------------------------------------------------------------------------------------


def packings_of(
    read: Read, overview: Overview, progress: Progress | None = None
) -> Iterator[Packing]:
    """Blocks of texts, newest first.

    Args:
        read: Reads the frames.
        overview: Of the same articles.
        progress: Called with the number of articles that are done, and of all.
    """
    doc_ids = overview.doc_ids
    for first in range(0, len(doc_ids), CHUNK * _AT_ONCE):
        some = doc_ids[first : first + CHUNK * _AT_ONCE]
        articles = _articles(read, some, overview, first)
        for start in range(0, len(some), CHUNK):
            block = [next(articles) for _ in some[start : start + CHUNK]]
            by_sentences = [_by_sentences(article) for article in block]
            yield Packing(
                partial(packed, block),
                partial(packed, by_sentences),
                partial(_packed_first, overview, by_sentences),
            )
            if progress is not None:
                progress(first + start + len(block), len(doc_ids))


def shortened(overview: Overview, block: bytes) -> bytes:
    """First sentences of a block of sentences.

    Args:
        overview: Of the same articles.
        block: Packed.
    """
    return _packed_first(overview, json.loads(gzip.decompress(block)))


def _packed_first(overview: Overview, articles: Sequence[Mapping[str, Any]]) -> bytes:
    return packed([_by_first_sentences(article, overview.in_several) for article in articles])


def _articles(
    read: Read, doc_ids: Sequence[str], overview: Overview, first: int
) -> Iterator[dict[str, Any]]:
    """Articles with their full texts."""

    def rows(name: str, columns: str, *by: str) -> Rows:
        return Rows.of(read(name, ("doc_id", *columns.split()), doc_ids), doc_ids, *by)

    texts = rows("articles", "text")
    zones = rows("zones", "zone_id zone start stop", "zone_id")
    sentences = rows("sentences", "zone_id start", "start")
    mentions = rows("mentions", "start stop type normal function entity_id", "start", "stop")
    keywords = rows("keywords", "rank keyword", "rank")
    for number in range(len(doc_ids)):
        starts: dict[int, list[int]] = defaultdict(list)
        for id_, start in sentences[number]:
            starts[id_].append(start)
        entity = overview.entity[first + number]
        yield {
            "full": True,
            "keywords": [keyword for _, keyword in keywords[number]],
            "scores": overview.scores[first + number],
            "zones": zone_parts(
                texts[number][0][0] or "",
                [
                    (zone, start, stop, starts.get(id_, []))
                    for id_, zone, start, stop in zones[number]
                ],
                [
                    (start, stop, (entity.get(id_, _NONE), type_, normal or "", function))
                    for start, stop, type_, normal, function, id_ in mentions[number]
                ],
            ),
        }


def zone_parts(
    text: str,
    zones: Sequence[tuple[str, int, int, Sequence[int]]],
    mentions: Sequence[tuple[int, int, tuple[int, str, str, str]]],
) -> list[tuple[str, list[Sentence]]]:
    """The text of an article by zone, sentence and part.

    The parts of a zone make up its text: white space after a sentence goes with it.

    Args:
        text: The text.
        zones: Kind, start and stop of each zone, and where its sentences start.
        mentions: Start and stop of each mention, and what is told of it.

    Example:
        >>> zone_parts("Глава Ромашки. Он.", [("body", 0, 18, [0, 15])],
        ...            [(0, 13, (1, "PER", "глава Ромашки", "content")),
        ...             (6, 13, (0, "ORG", "Ромашка", "content"))])[0][1][0]
        [('Глава', 1, 'PER', 'глава Ромашки', 'content'), ' ', \
('Ромашки', 0, 'ORG', 'Ромашка', 'content'), '. ']
    """
    pieces = _pieces(text, [mention[:2] for mention in mentions])
    piece = next(pieces, None)
    told = []
    for zone, zone_start, zone_stop, starts in zones:
        sentences = []
        for start, stop in pairwise([zone_start, *starts[1:], zone_stop]):
            parts: Sentence = []
            place = start
            while piece is not None and piece[0] < stop:
                if piece[0] >= start:
                    if piece[0] > place:
                        parts.append(text[place : piece[0]])
                    parts.append((text[piece[0] : piece[1]], *mentions[piece[2]][2]))
                    place = piece[1]
                piece = next(pieces, None)
            if place < stop:
                parts.append(text[place:stop])
            sentences.append(parts)
        told.append((zone, sentences))
    return told


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """Mentions in the order of the text; of one around another what is left of it on each side."""
    if not spans:
        return
    owner = np.full(len(text) + 1, _NONE)
    # The longest first, so that what is inside of it is painted over it.
    for row in sorted(range(len(spans)), key=lambda row: spans[row][0] - spans[row][1]):
        start, stop = spans[row]
        owner[start:stop] = row
    cuts = np.flatnonzero(owner[1:] != owner[:-1]) + 1
    for start, stop in pairwise([0, *cuts.tolist()]):
        row = int(owner[start])
        left = text[start:stop]
        if row != _NONE and (inner := left.strip()):
            start += len(left) - len(left.lstrip())  # noqa: PLW2901
            yield start, start + len(inner), row


def _by_sentences(article: Mapping[str, Any]) -> dict[str, Any]:
    """An article with those of its sentences only that name an entity."""
    return _with(article, lambda sentence: bool(_named_in(sentence)))


def _by_first_sentences(article: Mapping[str, Any], in_several: frozenset[int]) -> dict[str, Any]:
    """An article with the sentence only that is the first to name each of some entities."""
    seen: set[int] = set()

    def is_first(sentence: Sentence) -> bool:
        fresh = (_named_in(sentence) & in_several) - seen
        seen.update(fresh)
        return bool(fresh)

    return _with(article, is_first)


def _with(article: Mapping[str, Any], is_kept: Callable[[Sentence], bool]) -> dict[str, Any]:
    zones = ((zone, list(filter(is_kept, sentences))) for zone, sentences in article["zones"])
    return {**article, "full": False, "zones": [zone for zone in zones if zone[1]]}


def _named_in(sentence: Sentence) -> set[int]:
    """Entities that are content of a sentence."""
    return {
        part[1]
        for part in sentence
        if not isinstance(part, str) and part[1] != _NONE and part[4] == _CONTENT
    }
