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
_ZIP = b"PK"
# How much more a mention in the title counts.
_TITLE = 2
_SIZE = 300  # of navec's vectors

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
            tag=self.tag.astype(np.uint16),
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
        cosine[~article.any(1)] = -1
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


def _likeliest(
    values: npt.NDArray[np.float64], calibration: tuple[float, float], min_score: float
) -> Assigned:
    slope, offset = calibration
    score = 1 / (1 + np.exp(-(slope * values + offset)))
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
        except (KeyError, ValueError, zipfile.BadZipFile) as error:
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
    tags: dict[str, int] = {}
    rows = []
    for number, line in enumerate(lines, 1):
        tag, _, words = (part.strip() for part in line.partition("\t"))
        if not tag:
            continue
        if tag in tags:
            raise OptionError(f"tags={name!r}, line {number}: {tag!r} is on line {tags[tag]} too")
        vector = phrase_vector(vectors, keyword_key(f"{tag} {words}"))
        if not vector.any():
            raise OptionError(
                f"tags={name!r}, line {number}: no word of {line.strip()!r} is known; add words "
                f"that say what it is about, after a tab"
            )
        tags[tag] = number
        rows.append(vector)
    if not tags:
        raise OptionError(f"tags={name!r}: there is no tag in it")
    return ListedTags(
        list(tags), seen_from(closeness.mean, np.stack(rows)), vectors, closeness, rarity
    )


def with_assigned(
    keywords: Keywords, assigned: Assigned, tags: Sequence[str], top_k: int
) -> Keywords:
    """Keywords with the tags that an article supports, the best of both.

    A tag that is a keyword already stays what it is, with the better of both scores.

    Args:
        keywords: Keywords that are extracted.
        assigned: Tags of the articles.
        tags: Their names.
        top_k: Most keywords of an article.
    """
    row = {
        (doc, keyword_key(keyword)): number
        for number, (doc, keyword) in enumerate(
            zip(keywords.doc.tolist(), keywords.keyword, strict=True)
        )
    }
    score, new = keywords.score.copy(), []
    for number, (doc, tag) in enumerate(
        zip(assigned.doc.tolist(), assigned.tag.tolist(), strict=True)
    ):
        known = row.get((doc, keyword_key(tags[tag])))
        if known is None:
            new.append(number)
        else:
            score[known] = max(score[known], assigned.score[number])
    n_new = len(new)
    doc = np.concatenate([keywords.doc, assigned.doc[new]])
    score = np.concatenate([score, assigned.score[new]])
    names = [*keywords.keyword, *(tags[tag] for tag in assigned.tag[new].tolist())]
    kind = np.concatenate([keywords.kind, np.full(n_new, ASSIGNED)])
    n = np.concatenate([keywords.n, np.zeros(n_new, np.int64)])
    order = np.lexsort((np.arange(len(doc)), -score, doc))
    doc_ = doc[order]
    rank = np.arange(len(doc_)) - np.searchsorted(doc_, doc_)
    order = order[rank < top_k]
    return Keywords(
        doc[order], [names[at] for at in order.tolist()], kind[order], score[order], n[order]
    )
