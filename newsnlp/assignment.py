"""Layer *describe*: tags that an article supports, whether or not it spells them.

Tags are learnt from a tagged archive (`tag_training`), a linear model over the candidates for
keywords, or are a list of a user's own, of which those whose words lie close to the article's are
taken. A file of learnt tags is a NumPy archive without pickles: `tags` and `keys`, names apart by
line feeds; `idf` (keys,); `start` (keys + 1,), `tag` and `weight`, the weights of each key's tags;
`bias` (tags,); `calibration`, slope and offset of the log-odds.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from newsnlp.candidates import Candidates, keyword_key
from newsnlp.columns import Floats, Ints, Keywords
from newsnlp.errors import OptionError
from newsnlp.schema import KEYWORD_KINDS
from newsnlp.weights import WordVectors

ASSIGNED = KEYWORD_KINDS.index("assigned")
# A less likely tag is not supported, whatever `min_score` is.
LEAST_SUPPORT = 0.25
_ZIP = b"PK\x03\x04"
# How much more a mention in the title counts.
_TITLE = 2
_SIZE = 300  # of navec's vectors
_MOST_ODDS = 500.0  # beyond which a probability is as good as sure

# How rare keys are, from 0 up.
Rarity = Callable[[list[str]], npt.NDArray[np.float64]]


class Assigned(NamedTuple):
    """Tags of articles: arrays of shape (assigned tags,)."""

    doc: Ints
    tag: Ints
    score: Floats


class Tagging(Protocol):
    """What assigns tags."""

    @property
    def tags(self) -> list[str]:
        """Their names."""

    def assign(self, candidates: Candidates, n_articles: int, min_score: float) -> Assigned:
        """Tags of each article, by article, the likeliest first."""


class Weighted(NamedTuple):
    """Keys of articles with their weights, of length 1 an article: shape (rows,)."""

    doc: Ints
    row: Ints
    weight: npt.NDArray[np.float64]


def weighted(
    candidates: Candidates, row: Mapping[str, int], idf: npt.NDArray[np.float64], n_articles: int
) -> Weighted:
    """Candidates as a vector an article: how often each stands there, times how rare it is.

    Args:
        candidates: The candidates.
        row: Rows of the keys that count.
        idf: How rare each is: shape (keys,).
        n_articles: Articles of the batch.
    """
    at = np.fromiter((row.get(key, -1) for key in candidates.key), np.int64, len(candidates.key))
    there = np.flatnonzero(at >= 0)
    doc, at = candidates.doc[there], at[there]
    count = candidates.n[there] * (1 + _TITLE * candidates.title[there])
    weight = np.log1p(count) * idf[at]
    length = np.sqrt(np.bincount(doc, weight * weight, n_articles))
    return Weighted(doc, at, weight / np.maximum(length[doc], 1e-9))


@dataclass(frozen=True, slots=True)
class LearntTags:
    """A linear model of each tag over the keys of an article; arrays as in the file."""

    tags: list[str]
    row: dict[str, int]
    idf: npt.NDArray[np.float64]
    start: Ints
    tag: Ints
    weight: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]
    calibration: tuple[float, float]

    def logits(self, candidates: Candidates, n_articles: int) -> npt.NDArray[np.float64]:
        """Log-odds before calibration: shape (articles, tags).

        Those of an article of whose keys none is known are `-inf`.

        Args:
            candidates: The candidates.
            n_articles: Articles of the batch.
        """
        found = weighted(candidates, self.row, self.idf, n_articles)
        n_weights = np.diff(self.start)[found.row]
        first = np.repeat(self.start[found.row] - np.cumsum(n_weights) + n_weights, n_weights)
        place = first + np.arange(n_weights.sum())
        cell = np.repeat(found.doc, n_weights) * len(self.tags) + self.tag[place]
        size = n_articles * len(self.tags)
        sums = np.bincount(cell, np.repeat(found.weight, n_weights) * self.weight[place], size)
        logits: npt.NDArray[np.float64] = sums.reshape(n_articles, -1) + self.bias
        logits[np.bincount(found.doc, minlength=n_articles) == 0] = -np.inf
        return logits

    def assign(self, candidates: Candidates, n_articles: int, min_score: float) -> Assigned:
        """Tags of each article, by article, the likeliest first."""
        logits = self.logits(candidates, n_articles)
        return _likeliest(logits, self.calibration, min_score)

    def save(self, file: IO[bytes]) -> None:
        """Write the file that `read_tags` reads."""
        np.savez_compressed(
            file,
            tags=np.frombuffer("\n".join(self.tags).encode(), np.uint8),
            keys=np.frombuffer("\n".join(self.row).encode(), np.uint8),
            idf=self.idf.astype(np.float32),
            start=self.start.astype(np.int32),
            tag=self.tag.astype(np.uint32),
            weight=self.weight.astype(np.float16),
            bias=self.bias.astype(np.float32),
            calibration=np.array(self.calibration),
        )

    @classmethod
    def parse(cls, content: bytes) -> LearntTags:
        """Read a file.

        Raises:
            KeyError, ValueError, zipfile.BadZipFile: The file is none of learnt tags.
        """
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            tags, keys = (arrays[name].tobytes().decode().split("\n") for name in ("tags", "keys"))
            slope, offset = arrays["calibration"].tolist()
            n_weights = len(arrays["weight"])
            sizes = len(arrays["bias"]), len(arrays["idf"]), len(arrays["start"]) - 1
            if sizes != (len(tags), len(keys), len(keys)) or len(arrays["tag"]) != n_weights:
                raise ValueError("its arrays do not fit each other")
            if n_weights and int(arrays["tag"].max()) >= len(tags):
                raise ValueError("a weight is of no tag")
            return cls(
                tags,
                {key: number for number, key in enumerate(keys)},
                arrays["idf"].astype(np.float64),
                arrays["start"].astype(np.int64),
                arrays["tag"].astype(np.int64),
                arrays["weight"].astype(np.float64),
                arrays["bias"].astype(np.float64),
                (slope, offset),
            )


@dataclass(frozen=True, slots=True)
class Closeness:
    """What is made of the cosine between a tag and an article.

    `mean` is the mean vector of articles, which both are seen from: shape (300,); `calibration`
    slope and offset of the log-odds over the cosine.
    """

    mean: Floats
    calibration: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ListedTags:
    """Tags of a list: those of which the words lie close to an article's.

    `vector` has shape (tags, 300), seen from the mean of articles, of length 1.
    """

    tags: list[str]
    vector: Floats
    vectors: WordVectors
    closeness: Closeness
    rarity: Rarity

    def assign(self, candidates: Candidates, n_articles: int, min_score: float) -> Assigned:
        """Tags of each article, by article, the likeliest first."""
        rarity = self.rarity(candidates.key)
        article = article_vectors(self.vectors, candidates, rarity, n_articles)
        cosine = seen_from(self.closeness.mean, article) @ self.vector.T
        cosine[~article.any(1)] = -np.inf
        return _likeliest(cosine.astype(np.float64), self.closeness.calibration, min_score)


def article_vectors(
    vectors: WordVectors, candidates: Candidates, rarity: npt.NDArray[np.float64], n_articles: int
) -> Floats:
    """Weighted means of the vectors of candidates, of length 1 or 0: shape (articles, 300).

    Args:
        vectors: Word vectors.
        candidates: The candidates.
        rarity: How rare each is: shape (candidates,).
        n_articles: Articles of the batch.
    """
    keys = {key: number for number, key in enumerate(dict.fromkeys(candidates.key))}
    row = np.fromiter((keys[key] for key in candidates.key), np.int64, len(candidates.key))
    count = candidates.n * (1 + _TITLE * candidates.title)
    weight = (np.log1p(count) * rarity).astype(np.float32)
    result = np.zeros((n_articles, _SIZE), np.float32)
    if keys:
        of_key = np.stack([phrase_vector(vectors, key) for key in keys])
        np.add.at(result, candidates.doc, of_key[row] * weight[:, None])
    return _unit(result)


def phrase_vector(vectors: WordVectors, phrase: str) -> Floats:
    """Mean vector of the words that navec knows, each of length 1; zeros for none: shape (300,)."""
    words = phrase.replace("-", " ").split()
    rows = [vectors.rows[word] for word in words if word in vectors.rows]
    if not rows:
        return np.zeros(_SIZE, np.float32)
    mean: Floats = _unit(vectors[np.array(rows)]).mean(0)
    return mean


def _unit(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = vectors / np.maximum(length, np.float32(1e-9))
    return scaled


def seen_from(mean: Floats, vectors: Floats) -> Floats:
    """Vectors of length 1 that lead from a mean to others."""
    return _unit(vectors - mean)


def probabilities(
    values: npt.NDArray[np.float64], calibration: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """Calibrated probabilities, 0 to 1: of the shape of the values.

    Args:
        values: Log-odds or cosines; of `-inf` the probability is 0.
        calibration: Slope and offset of the log-odds.
    """
    slope, offset = calibration
    told = np.isfinite(values)
    odds = np.clip(slope * np.where(told, values, 0) + offset, -_MOST_ODDS, _MOST_ODDS)
    return np.where(told, 1 / (1 + np.exp(-odds)), 0)


def _likeliest(
    values: npt.NDArray[np.float64], calibration: tuple[float, float], min_score: float
) -> Assigned:
    score = probabilities(values, calibration)
    doc, tag = np.nonzero(score >= max(min_score, LEAST_SUPPORT))
    found = score[doc, tag]
    order = np.lexsort((tag, -found, doc))
    return Assigned(doc[order], tag[order], found[order].astype(np.float32))


def read_tags(
    name: str,
    content: bytes,
    vectors: WordVectors,
    closeness: Closeness,
    rarity: Rarity,
) -> Tagging:
    """Tags of a file: learnt ones, or a list, a tag a line.

    Args:
        name: What the file is called in errors.
        content: The file: NumPy's, or UTF-8 text with a tag a line; after a tab words may follow
            that say what it is about.
        vectors: Word vectors, for a list.
        closeness: What close means there.
        rarity: How rare keys are.

    Raises:
        OptionError: The file holds no tags; the line is named.
    """
    if content.startswith(_ZIP):
        try:
            return LearntTags.parse(content)
        # What a damaged file raises depends on where it is damaged.
        except (
            KeyError, ValueError, EOFError, RuntimeError, OSError, zlib.error, zipfile.BadZipFile,
        ) as error:  # fmt: skip
            raise OptionError(f"tags={name!r} holds no learnt tags: {error}") from error
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise OptionError(f"tags={name!r} is not UTF-8 at byte {error.start}") from error
    return _listed(name, lines, vectors, closeness, rarity)


def _listed(
    name: str,
    lines: Sequence[str],
    vectors: WordVectors,
    closeness: Closeness,
    rarity: Rarity,
) -> ListedTags:
    tags: list[str] = []
    lines_of: dict[str, int] = {}
    rows = []
    for number, line in enumerate(lines, 1):
        tag, _, words = (part.strip() for part in line.partition("\t"))
        if not tag:
            continue
        key = keyword_key(tag)
        if key in lines_of:
            raise OptionError(
                f"tags={name!r}, line {number}: {tag!r} is on line {lines_of[key]} too"
            )
        vector = phrase_vector(vectors, keyword_key(f"{tag} {words}"))
        if not vector.any():
            raise OptionError(
                f"tags={name!r}, line {number}: no word of {line.strip()!r} is known; add words "
                f"that say what it is about, after a tab"
            )
        tags.append(tag)
        lines_of[key] = number
        rows.append(vector)
    if not tags:
        raise OptionError(f"tags={name!r}: there is no tag in it")
    return ListedTags(tags, seen_from(closeness.mean, np.stack(rows)), vectors, closeness, rarity)


def with_assigned(
    keywords: Keywords,
    assigned: Assigned,
    tags: Sequence[str],
    candidates: Candidates,
    top_k: int,
) -> Keywords:
    """Keywords with the tags that an article supports, the best of both.

    A tag that is a keyword already gets the better of both scores; one that only stands in the text
    is of the kind that it has there.

    Args:
        keywords: Keywords that are extracted.
        assigned: Tags of the articles.
        tags: Their names.
        candidates: What stands in the text.
        top_k: Most keywords of an article.
    """
    shown = zip(keywords.doc.tolist(), map(keyword_key, keywords.keyword), strict=True)
    row = {place: number for number, place in enumerate(shown)}
    spelled = zip(candidates.doc.tolist(), candidates.key, strict=True)
    standing = {place: number for number, place in enumerate(spelled)}
    score, new = keywords.score.copy(), []
    kind, n = [], []
    for number, (doc, tag) in enumerate(
        zip(assigned.doc.tolist(), assigned.tag.tolist(), strict=True)
    ):
        place = doc, keyword_key(tags[tag])
        known, at = row.get(place), standing.get(place)
        if known is not None:
            score[known] = max(score[known], assigned.score[number])
            continue
        new.append(number)
        kind.append(ASSIGNED if at is None else int(candidates.kind[at]))
        n.append(0 if at is None else int(candidates.n[at]))
    doc = np.concatenate([keywords.doc, assigned.doc[new]])
    score = np.concatenate([score, assigned.score[new]])
    names = [*keywords.keyword, *(tags[tag] for tag in assigned.tag[new].tolist())]
    order = np.lexsort((np.arange(len(doc)), -score, doc))
    doc_ = doc[order]
    rank = np.arange(len(doc_)) - np.searchsorted(doc_, doc_)
    order = order[rank < top_k]
    return Keywords(
        doc[order],
        [names[at] for at in order.tolist()],
        np.concatenate([keywords.kind, np.array(kind, np.int64)])[order],
        score[order],
        np.concatenate([keywords.n, np.array(n, np.int64)])[order],
    )
