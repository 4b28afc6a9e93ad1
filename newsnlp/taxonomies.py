"""Layer *describe*: topics of a user's own by seed words, read from a file."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any
from unicodedata import category, normalize
from warnings import warn

import numpy as np

from newsnlp.columns import Floats, Ints
from newsnlp.errors import OptionError, TaxonomyWarning
from newsnlp.weights import WordKeys, WordVectors, parts_of_keys
from newsnlp.words import fold

# Least probability of a topic that is given: first topics by seed words are right in four of five
# cases from here on (`training/topics/README.md`).
MIN_SCORE = 0.2
_COLUMNS = ("name", "parent", "seeds", "examples")
# How much more a lemma counts that is close to a seed: e to this times their cosine.
_CLOSENESS = 5.0
# Lemmas looked at, and pairs of them and seeds compared, at once.
_MOST = 10.0  # deviations that one lemma may count: a headline with one seed word proves little
_CHUNK, _COMPARED = 4096, 1 << 20
_SHOWN = 10  # texts that an error names
# Also with stress marks, soft hyphens and characters without width, which are ignored.
_WORD = re.compile(r"\w[\w\u0300\u0301\u00ad\u200b-\u200d\u2060-]*")
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})  # categories of what ends a line, or is not shown


@dataclass(frozen=True, slots=True)
class OwnTopic:
    """A topic of a user's own.

    Args:
        name: What it is called, in one line.
        parent: Name of the topic above it.
        seeds: Words that speak for it, in any form; of a phrase each word does by itself.
        examples: A few titles of articles about it; each word speaks for it. Of many titles
            `newsnlp topics train` makes more.

    Raises:
        OptionError: A value of another kind.

    Example:
        >>> OwnTopic("Хоккей", parent="Спорт", seeds=["шайба", "вратарь"]).seeds
        ('шайба', 'вратарь')
    """

    name: str
    parent: str | None = None
    seeds: Sequence[str] = ()
    examples: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise OptionError(f"topic {self.name!r} has no name")
        name, parent = _clean(self.name), self.parent
        if not name or any(category(letter) in _CONTROLS for letter in name):
            raise OptionError(f"topic {self.name!r} needs a name, of one line")
        if parent is not None and not isinstance(parent, str):
            raise OptionError(f"topic {name!r}: parent={parent!r} is no name")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "parent", _clean(parent) or None if parent else None)
        for key in ("seeds", "examples"):
            object.__setattr__(self, key, _strings(name, key, getattr(self, key)))


def _strings(name: str, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise OptionError(f"topic {name!r}: {key}={value!r} is no list of strings")
    return tuple(filter(None, map(_clean, value)))


def _clean(text: str) -> str:
    """Text without blanks around it and lone surrogates, which no file can hold."""
    return text.strip().encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Topics of a user's own, each with seed words or example titles.

    A topic without either has the articles of the topics below it, and no others.

    Args:
        topics: The topics; a parent comes from among them.
        min_score: Least probability of a topic that an article is given.

    Raises:
        OptionError: There is no topic, one is there twice, has no words, or is below one that is
            not there or below itself; or `min_score` is no number from 0 to 1.

    Example:
        >>> sea = OwnTopic("Море", seeds=("море", "корабль", "порт"))
        >>> Taxonomy((sea, OwnTopic("Небо", seeds=("самолёт", "аэропорт")))).names
        ('Море', 'Небо')
    """

    topics: Sequence[OwnTopic]
    min_score: float = MIN_SCORE

    def __post_init__(self) -> None:
        object.__setattr__(self, "topics", tuple(self.topics))
        if not self.topics:
            raise OptionError("a taxonomy needs a topic; there is none in it")
        for topic in self.topics:
            if not isinstance(topic, OwnTopic):
                raise OptionError(f"topic {topic!r} is no OwnTopic")
        score: Any = self.min_score
        if isinstance(score, bool) or not isinstance(score, Real) or not 0 <= float(score) <= 1:
            raise OptionError(f"min_score={score!r} is no number from 0 to 1")
        object.__setattr__(self, "min_score", float(score))
        counts = Counter(self.names)
        above = {topic.parent for topic in self.topics}
        for topic in self.topics:
            if counts[topic.name] > 1:
                raise OptionError(f"topic {topic.name!r} is there {counts[topic.name]} times")
            if topic.parent is not None and topic.parent not in counts:
                raise OptionError(
                    f"topic {topic.name!r} has the parent {topic.parent!r}, which is no topic: "
                    f"there are {', '.join(counts)}"
                )
            if not topic.seeds and not topic.examples and topic.name not in above:
                raise OptionError(f"topic {topic.name!r} needs seed words or example titles")
        parents = self.parents
        for start in range(len(parents)):
            row, path = start, {start}
            while (row := parents[row]) >= 0:
                if row in path:
                    name = self.names[row]
                    raise OptionError(f"topic {name!r} is below itself: break the ring of parents")
                path.add(row)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the topics."""
        return tuple(topic.name for topic in self.topics)

    @property
    def parents(self) -> tuple[int, ...]:
        """Row of the topic above each one, -1 for none."""
        rows = {name: row for row, name in enumerate(self.names)}
        return tuple(-1 if t.parent is None else rows[t.parent] for t in self.topics)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Taxonomy:
        r"""Read topics from a TOML or CSV file.

        TOML has a table `[[topic]]` a topic with `name` and any of `parent`, `seeds` and `examples`
        (lists), and above them `min_score` where it is not the usual one. CSV has those columns;
        several seeds or examples of a cell are apart by semicolons, rows of one name add up.
        A topic without either is there for those below it, which name it as their parent.

        Args:
            path: The file, in UTF-8.

        Raises:
            OptionError: The file cannot be read, or says something that a taxonomy cannot have.

        Example:
            >>> from pathlib import Path
            >>> from tempfile import mkdtemp
            >>> path = Path(mkdtemp()) / "subjects.csv"
            >>> _ = path.write_text("name,seeds\nМоре,море;порт;моряк\nНебо,самолёт;лётчик\n")
            >>> Taxonomy.from_file(path).topics[0].seeds
            ('море', 'порт', 'моряк')
        """
        try:
            content = Path(path).read_bytes()
        except (OSError, ValueError) as error:
            raise OptionError(f"topics={os.fspath(path)!r} cannot be read: {error}") from error
        return cls.parse(os.fspath(path), content)

    @classmethod
    def parse(cls, name: str, content: bytes) -> Taxonomy:
        """Topics out of the contents of a file.

        Args:
            name: What the file is called; its ending tells CSV from TOML.
            content: What it holds.

        Raises:
            OptionError: As for `from_file`.
        """
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise OptionError(f"topics={name!r} is not UTF-8 at byte {error.start}") from error
        kind = Path(name).suffix.lower()
        if kind not in _READERS:
            raise OptionError(
                f"topics={name!r} ends in none of {', '.join(_READERS)}, and is no file that "
                "newsnlp topics train made"
            )
        try:
            return _READERS[kind](text)
        except (OptionError, ValueError, RecursionError) as error:
            raise OptionError(f"topics={name!r}: {error}") from error

    def content(self) -> bytes:
        """The taxonomy as the contents of a file that `parse` takes under the name `x.json`."""
        topics = [
            {"name": t.name, "parent": t.parent, "seeds": t.seeds, "examples": t.examples}
            for t in self.topics
        ]
        values = {"min_score": self.min_score, "topic": topics}
        return json.dumps(values, ensure_ascii=False).encode()


def _from_table(values: Any) -> Taxonomy:
    """A taxonomy of nested values, as TOML and JSON have them."""
    if not isinstance(values, Mapping) or not isinstance(values.get("topic"), list):
        raise OptionError("there is no [[topic]] in it")
    if unknown := set(values) - {"topic", "min_score"}:
        raise OptionError(f"{min(unknown)!r} is neither min_score nor [[topic]]")
    return Taxonomy(tuple(map(_topic, values["topic"])), values.get("min_score", MIN_SCORE))


def _topic(values: Any) -> OwnTopic:
    if not isinstance(values, Mapping) or not isinstance(values.get("name"), str):
        raise OptionError(f"topic {values!r} has no name")
    if unknown := set(values) - set(_COLUMNS):
        name = values["name"]
        raise OptionError(f"topic {name!r}: {min(unknown)!r} is none of {', '.join(_COLUMNS)}")
    return OwnTopic(**values)


def _from_csv(text: str) -> Taxonomy:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: dict[str, OwnTopic] = {}
    try:
        header = [column.strip() for column in next(rows, ())]
        if "name" not in header or not set(header) <= set(_COLUMNS):
            raise OptionError(
                f"its columns are {', '.join(header) or 'none'}: a taxonomy has "
                f"{', '.join(_COLUMNS)}, with commas between"
            )
        if len(set(header)) < len(header):
            raise OptionError(f"its columns are {', '.join(header)}: each may be there once")
        for cells in rows:
            if any(map(str.strip, cells)):
                topic = _of_row(header, cells)
                found[topic.name] = _sum(found.get(topic.name, topic), topic)
    except (OptionError, csv.Error) as error:
        raise OptionError(f"line {max(rows.line_num, 1)}: {error}") from error
    return Taxonomy(tuple(found.values()))


def _of_row(header: Sequence[str], cells: Sequence[str]) -> OwnTopic:
    if len(cells) != len(header):
        raise OptionError(f"{len(cells)} cells, and {len(header)} in the header")
    values = dict(zip(header, cells, strict=True))
    seeds, examples = (values.get(key, "").split(";") for key in ("seeds", "examples"))
    return OwnTopic(values["name"], values.get("parent"), seeds, examples)


def _sum(before: OwnTopic, topic: OwnTopic) -> OwnTopic:
    """A topic of what the rows of its name have."""
    if before is topic:
        return topic
    if topic.parent is not None and before.parent not in (None, topic.parent):
        raise OptionError(
            f"{topic.name!r} is below {before.parent!r} already, not {topic.parent!r}"
        )
    return OwnTopic(
        topic.name,
        before.parent or topic.parent,
        (*before.seeds, *topic.seeds),
        (*before.examples, *topic.examples),
    )


def _from_toml(text: str) -> Taxonomy:
    return _from_table(tomllib.loads(text))


def _from_json(text: str) -> Taxonomy:
    return _from_table(json.loads(text))


_READERS = {".csv": _from_csv, ".toml": _from_toml, ".json": _from_json}


def seed_weights(
    taxonomy: Taxonomy,
    lemmas: Sequence[str],
    share: Floats,
    word_lemma: Ints,
    vectors: WordVectors,
    keys: WordKeys,
) -> Floats:
    """Weight of every lemma for every topic: shape (lemmas, topics).

    A lemma speaks for a topic as it is close to the closest of its seed words. Its weight is told
    in standard deviations from the mean of what news is made of, so that the weighted sum over an
    article of any length tells how much more of the topic there is than in news at large.

    Args:
        taxonomy: The topics; one without words of its own has zeros.
        lemmas: What is weighed.
        share: Share of each lemma in news: shape (lemmas,).
        word_lemma: Row of the lemma of each word that has a vector, as `Lexicon` has it.
        vectors: Word vectors.
        keys: Keys of words.

    Raises:
        OptionError: No word of a topic is known; the topic is named.
    """
    row = _vector_rows(lemmas, word_lemma, vectors)
    known = np.flatnonzero(row >= 0)
    mean = np.zeros(vectors.codes.size // vectors.codes.shape[1], np.float32)
    for part in _chunks(known, _CHUNK):
        mean += vectors[row[part]].sum(axis=0) / len(known)
    rows = _seed_rows(taxonomy, lemmas, word_lemma, row, vectors, keys)
    size = np.array([len(these) for these in rows])
    told = np.flatnonzero(size)
    first = (np.cumsum(size) - size)[told]
    seeds = _directions(vectors[row[np.concatenate(rows)]] - mean).T
    weights: Floats = np.zeros((len(lemmas), len(rows)), np.float32)
    for part in _chunks(known, int(np.clip(_COMPARED // seeds.shape[1], 256, _CHUNK))):
        # One product for all topics: BLAS is slow to start on small ones.
        closeness = _directions(vectors[row[part]] - mean) @ seeds
        weights[np.ix_(part, told)] = np.maximum.reduceat(closeness, first, axis=1)
    np.expm1(_CLOSENESS * weights, out=weights)
    news: Floats = share / share.sum()
    weights -= news @ weights
    spread = np.sqrt(np.einsum("l,lt,lt->t", news, weights, weights))
    weights /= np.where(spread > 0, spread, 1)
    np.minimum(weights, _MOST, out=weights)
    weights[row < 0] = 0
    return weights


def _vector_rows(lemmas: Sequence[str], word_lemma: Ints, vectors: WordVectors) -> Ints:
    """Row of the vector of each lemma, else of a form of it that has one, else -1.

    Some lemmas are never met in news as they stand: «раскопки», not «раскопка».
    """
    form, first = np.unique(word_lemma, return_index=True)
    row = np.full(len(lemmas) + 1, -1, np.int64)
    row[form] = first
    for number, lemma in enumerate(lemmas):
        row[number] = vectors.rows.get(lemma, row[number])
    return row[:-1]


def _seed_rows(
    taxonomy: Taxonomy,
    lemmas: Sequence[str],
    word_lemma: Ints,
    row: Ints,
    vectors: WordVectors,
    keys: WordKeys,
) -> list[Ints]:
    """Rows of the lemmas of each topic's words, of those that have a vector."""
    named = {lemma: number for number, lemma in enumerate(lemmas)}

    def of_word(word: str) -> Iterator[int]:
        (vector,), _ = parts_of_keys(keys.of([word]))
        if vector != vectors.unknown:
            yield int(word_lemma[vector])
        elif (lemma := fold(word).replace("ё", "е")) in named:
            yield named[lemma]
        elif "-" in word:  # «онлайн-торговля» has no vector, its halves have
            for part in word.split("-"):
                yield from of_word(part)

    def rows_of(text: str) -> list[int]:
        words = _WORD.findall(normalize("NFC", text))
        numbers = (number for word in words for number in of_word(word))
        return [number for number in numbers if number < len(lemmas) and row[number] >= 0]

    result: list[Ints] = []
    unknown: list[str] = []
    for topic in taxonomy.topics:
        texts = (*topic.seeds, *topic.examples)
        unknown += [seed for seed in topic.seeds if not rows_of(seed)]
        found = sorted({number for text in texts for number in rows_of(text)})
        if texts and not found:
            shown = ", ".join(map(repr, texts[:_SHOWN])) + ", …" * (len(texts) > _SHOWN)
            raise OptionError(f"topic {topic.name!r}: no word of {shown} is known; add some")
        result.append(np.array(found, np.int64))
    if unknown:
        shown = ", ".join(map(repr, unknown[:_SHOWN])) + ", …" * (len(unknown) > _SHOWN)
        warn(
            f"{len(unknown)} seed words are not known and say nothing: {shown}",
            TaxonomyWarning,
            stacklevel=2,
        )
    return result


def _chunks(rows: Ints, size: int) -> Iterator[Ints]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _directions(vectors: Floats) -> Floats:
    length = np.sqrt(np.einsum("wd,wd->w", vectors, vectors))[:, None]
    unit: Floats = vectors / np.maximum(length, 1e-9)
    return unit
