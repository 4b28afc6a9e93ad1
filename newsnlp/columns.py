"""The columns that stages hand on: positions, codes and ids of a whole batch as arrays.

All texts of a batch lie end to end in one string, so that one scan serves every article; positions
are code points into that string until the frames are made. A row names its parent (a token its
sentence, a sentence its zone, a zone its article) by row number; rows are in order of position.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from newsnlp.schema import FUNCTIONS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a batch, end to end, a blank line between two of them.

    `start` and `stop` have shape (articles,).
    """

    text: str
    start: Ints
    stop: Ints

    @classmethod
    def join(cls, texts: list[str]) -> Texts:
        """Lay texts end to end.

        Args:
            texts: One text an article.
        """
        lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
        stop = np.cumsum(lengths + len(SEPARATOR)) - len(SEPARATOR)
        return cls(SEPARATOR.join(texts), stop - lengths, stop)


@dataclass(frozen=True, slots=True)
class Zones:
    """Stretches of one kind and language: all arrays of shape (zones,).

    `kind` and `lang` are codes into `schema.ZONES` and `schema.LANGS`; `annotated` marks those
    that later stages read.
    """

    doc: Ints
    kind: Ints
    lang: Ints
    start: Ints
    stop: Ints
    annotated: Bools


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences of the annotated zones: arrays of shape (sentences,)."""

    doc: Ints
    zone: Ints
    start: Ints
    stop: Ints


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of the sentences: arrays of shape (tokens,).

    `word` is the row of the token's spelling in `words`, the distinct spellings of the batch.
    """

    doc: Ints
    sentence: Ints
    start: Ints
    stop: Ints
    word: Ints
    words: list[str]


@dataclass(frozen=True, slots=True)
class Morphology:
    """Part of speech and features of the tokens: `tag` of shape (tokens,) into `tags`.

    `upos` and `feats` have shape (tags,): codes into `schema.UPOS`, and UD notation ("" if none).
    Tokens that nobody asked for have a tag of "X" without features.
    """

    tag: Ints
    upos: Ints
    feats: list[str]


@dataclass(frozen=True, slots=True)
class Lemmas:
    """Lemmas of the tokens: `lemma` of shape (tokens,) into the distinct `lemmas`."""

    lemma: Ints
    lemmas: list[str]


@dataclass(frozen=True, slots=True)
class Segments:
    """What every frame stands on: a batch's texts, cut up."""

    texts: Texts
    zones: Zones
    sentences: Sentences
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Reading(Segments):
    """A batch's texts, cut up, tagged and lemmatised."""

    morphology: Morphology
    lemmas: Lemmas


@dataclass(frozen=True, slots=True)
class Spans:
    """Names found by the tagger: arrays of shape (mentions,); token rows are half-open.

    `type` holds codes into `schema.TYPES`, `score` probabilities.
    """

    doc: Ints
    token_start: Ints
    token_stop: Ints
    type: Ints
    score: Floats

    def take(self, rows: Ints) -> Spans:
        """Some spans.

        Args:
            rows: Their rows.
        """
        return Spans(*(getattr(self, field.name)[rows] for field in fields(self)))

    def cover(self, n_tokens: int) -> Bools:
        """Which tokens stand in a span: shape (tokens,).

        Args:
            n_tokens: Tokens of the batch.
        """
        change = np.zeros(n_tokens + 1, np.int64)
        np.add.at(change, self.token_start, 1)
        np.add.at(change, self.token_stop, -1)
        inside: Bools = np.cumsum(change[:-1]) > 0
        return inside


class Entry(NamedTuple):
    """What is known of one entity; what it has not is empty or NaN.

    `kind` is an organisation's kind or a place's of `schema.PLACES`; `country` ISO 3166-1,
    `region` ISO 3166-2; `gender` "m" or "f".
    """

    id: str
    type: int
    name: str
    kind: str = ""
    country: str = ""
    region: str = ""
    latitude: float = float("nan")
    longitude: float = float("nan")
    population: int = 0
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    gender: str = ""


@dataclass(frozen=True, slots=True)
class Entities:
    """Entities of the articles, by article and first mention: `mention` has shape (mentions,).

    `mention` is the row of each mention's entity, `rule` what joined it to that, None where nothing
    had to; `type` holds codes into `schema.TYPES`; `first_mention` is the row of the first mention;
    `linked` tells entries of the register from those that only the article makes. All but the first
    two have shape (entities,).
    """

    mention: Ints
    doc: Ints
    entry: list[Entry]
    type: Ints
    linked: Bools
    first_mention: Ints
    rule: list[str | None]

    @property
    def name(self) -> list[str]:
        """The usual names."""
        return [entry.name for entry in self.entry]

    @property
    def id(self) -> list[str]:
        """Stable identifiers."""
        return [entry.id for entry in self.entry]


@dataclass(frozen=True, slots=True)
class Mentions:
    """Names and nouns that stand for them: all of shape (mentions,), in order of position.

    `kind` and `function` are codes into `schema.MENTION_KINDS` and `schema.FUNCTIONS`; `normal` is
    the normal form, `role` what is said before a person's name, None where nothing is.
    """

    spans: Spans
    normal: list[str]
    kind: Ints
    role: list[str | None]
    function: Ints
    entities: Entities

    def names(self) -> tuple[Spans, Entities, Bools]:
        """Spans of names alone, the entities with these as their mentions, and which are content.

        The last tells what is said of someone from what is only credited: shape (names,).
        """
        names = np.flatnonzero(self.kind == 0)
        mention, first = self.entities.mention[names], np.zeros_like(self.entities.doc)
        first[mention[::-1]] = np.arange(len(names))[::-1]
        entities = replace(
            self.entities,
            mention=mention,
            first_mention=first,
            rule=[self.entities.rule[row] for row in names.tolist()],
        )
        return self.spans.take(names), entities, self.function[names] == FUNCTIONS.index("content")


@dataclass(frozen=True, slots=True)
class Keywords:
    """Ranked keywords: arrays and lists of shape (keywords,), by article and rank."""

    doc: Ints
    keyword: list[str]
    kind: Ints
    score: Floats
    n: Ints


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics above their thresholds: arrays of shape (topics,), by article, best first."""

    doc: Ints
    topic: Ints
    score: Floats
