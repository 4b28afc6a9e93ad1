"""What an article is about: topics by a linear model over lemmas.

A word counts as the lemma that it mostly is in news, so that no tagger need run. An article is a
vector of its distinct lemmas: logarithm of the count (a count weighs by part of speech and zone)
times the inverse document frequency, of length one. A topic's evidence is the product with the
topic's weights; from it, and from how far it is ahead of the other topics, comes the probability
that the article has the topic. It may have several, or none that is sure.

The topics are the top concepts of IPTC Media Topics (`training/topics` makes the weights; its
README is the model card), or a user's own: a `Taxonomy` of seed words, or a file that
`newsnlp topics train` made. Such a file is a NumPy archive without pickles: `topics`, `labels` and
`lemmas`, names apart by line feeds; `parents` (topics,), rows of `topics`, -1 for none; `idf`
(lemmas,); `weights` (lemmas, topics), int8, to be multiplied by `scale`; `bias` (topics,);
`calibration` (4,), the fields of `Calibration`; `threshold`.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsnlp.columns import Floats, Ints, Segments, Topics
from newsnlp.errors import OptionError
from newsnlp.rubrics import with_rubrics
from newsnlp.schema import TOPICS
from newsnlp.tables import read_table
from newsnlp.taxonomies import OwnTopic, Taxonomy, seed_weights
from newsnlp.weights import WordKeys, WordVectors, load_bundled, parts_of_keys

__all__ = [
    "Calibration",
    "Lexicon",
    "OwnTopic",
    "Taxonomy",
    "TopicModel",
    "Vectors",
    "topic_labels",
]

WEIGHTS = "topics.npz"
_ROWS = 4096
ZIP = b"PK\x03\x04"
Doubles = npt.NDArray[np.float64]


def topic_labels() -> tuple[str, ...]:
    """Russian labels of the topics, in the order of `schema.TOPICS`.

    Labels: IPTC NewsCodes, Media Topics (CC BY 4.0).

    Example:
        >>> topic_labels()[10]
        'Политика'
    """
    labels = {row[0]: row[1] for row in read_table("topics.tsv")}
    return tuple(labels[topic] for topic in TOPICS)


@dataclass(frozen=True, slots=True)
class Vectors:
    """Articles as sparse vectors: arrays of shape (entries,), by article and feature."""

    doc: Ints
    feature: Ints
    value: Doubles


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What words count as.

    `lemmas` are the features; `idf` (features,) says how rare each is and `share` (features,) its
    share of what news is made of. `word_lemma` has the row of the lemma of each word that has a
    vector (the number of lemmas for none), `word_weight` says how much the word counts by its part
    of speech, `zone_weight` how much by zone, in the order of `schema.ZONES`.
    """

    lemmas: list[str]
    idf: Floats
    share: Floats
    word_lemma: Ints
    word_weight: Floats
    zone_weight: Floats

    @classmethod
    def parse(cls, arrays: Mapping[str, Any]) -> Lexicon:
        """The lexicon out of the arrays of the file of weights."""
        lemmas = _lines(arrays["lemmas"])
        if not len(lemmas) == len(arrays["idf"]) == len(arrays["share"]):
            raise ValueError(f"{len(lemmas)} lemmas for {len(arrays['idf'])} frequencies")
        return cls(
            lemmas,
            arrays["idf"].astype(np.float32),
            arrays["share"].astype(np.float32),
            arrays["word_lemma"].astype(np.int64),
            arrays["word_weight"].astype(np.float32),
            arrays["zone_weight"],
        )

    def vectors(self, segments: Segments, keys: Ints, idf: Floats | None = None) -> Vectors:
        """Articles as sparse vectors of length one; those without a known lemma have no entry.

        Args:
            segments: The batch.
            keys: Keys of its words, as `weights.WordKeys` gives them.
            idf: How rare each lemma is, where not as here; a lemma of 0 is not known.
        """
        idf = self.idf if idf is None else idf
        tokens, n_features = segments.tokens, len(self.lemmas)
        row, _ = parts_of_keys(keys)
        feature = self.word_lemma[row][tokens.word]
        zone = segments.zones.kind[segments.sentences.zone[tokens.sentence]]
        weight = self.word_weight[row][tokens.word] * self.zone_weight[zone]
        kept = np.flatnonzero((feature < n_features) & (weight > 0))
        kept = kept[idf[feature[kept]] > 0]
        cells, entry = np.unique(tokens.doc[kept] * n_features + feature[kept], return_inverse=True)
        counts = np.bincount(entry, weight[kept], len(cells))
        doc, feature = np.divmod(cells, n_features)
        value = np.log1p(counts) * idf[feature]
        length = np.sqrt(np.bincount(doc, value**2))
        return Vectors(doc, feature, value / length[doc])


@dataclass(frozen=True, slots=True)
class Calibration:
    """How evidence becomes the probability that an article has a topic.

    The evidence of an article with n known lemmas is divided by `n**exponent`. The log-odds are
    `slope` times that, `margin` times its distance from the best of the other topics, and `offset`.
    """

    exponent: float
    slope: float
    margin: float
    offset: float

    def __call__(self, evidence: Doubles) -> Doubles:
        """Probabilities: shape (articles, topics), as the evidence, which is divided already."""
        log_odds = self.slope * evidence + self.offset
        if evidence.shape[1] > 1:
            two = np.partition(evidence, -2, axis=1)[:, -2:]
            other = np.where(evidence == two[:, 1:], two[:, :1], two[:, 1:])
            log_odds += self.margin * np.clip(evidence - other, -_MOST_AHEAD, _MOST_AHEAD)
        probabilities: Doubles = 1 / (1 + np.exp(np.clip(-log_odds, -_MOST_ODDS, _MOST_ODDS)))
        return probabilities

    def divided(self, evidence: Doubles, sizes: Ints) -> Doubles:
        """Evidence by the articles' lengths.

        Args:
            evidence: Products with the weights: shape (articles, topics).
            sizes: Known lemmas of each article.
        """
        divided: Doubles = evidence / np.maximum(sizes, 1)[:, None] ** self.exponent
        return divided


# Beyond which a topic is as far ahead, and a probability as sure, as can be.
_MOST_AHEAD, _MOST_ODDS = 20.0, 500.0
# Of topics by seed words; fitted by `training/topics/seeded.py` on ten seed words a topic.
SEEDED = Calibration(0.0, 1.0, 0.27, -2.33)


@dataclass(frozen=True, slots=True)
class TopicModel:
    """Topics with their weights.

    Arrays as in the file, `weights` and `idf` by the rows of `lexicon`. An article has every topic
    whose probability is at least `threshold`, and those above it in the taxonomy.
    """

    lexicon: Lexicon
    topics: tuple[str, ...]
    labels: tuple[str, ...]
    parents: tuple[int, ...]
    idf: Floats
    weights: npt.NDArray[np.int8]
    scale: float
    bias: Doubles
    calibration: Calibration
    threshold: float
    hash: str = ""

    @classmethod
    def load(cls) -> TopicModel:
        """Load the model of IPTC's topics, which comes with the package.

        Raises:
            ModelError: The file is missing or damaged.
        """
        return load_bundled(
            WEIGHTS, lambda arrays, digest: cls._parse(arrays, Lexicon.parse(arrays), digest)
        )

    @classmethod
    def _parse(cls, arrays: Mapping[str, Any], lexicon: Lexicon, digest: str = "") -> TopicModel:
        topics, lemmas = tuple(_lines(arrays["topics"])), _lines(arrays["lemmas"])
        idf, weights = arrays["idf"].astype(np.float32), arrays["weights"]
        if weights.shape != (len(lemmas), len(topics)) or len(idf) != len(lemmas):
            raise ValueError(f"weights of shape {weights.shape} for {len(lemmas)} lemmas")
        if {len(arrays[name]) for name in ("parents", "bias")} != {len(topics)}:
            raise ValueError(f"parents or biases are not of {len(topics)} topics")
        if lemmas != lexicon.lemmas:
            rows = {lemma: row for row, lemma in enumerate(lexicon.lemmas)}
            here = np.array([rows.get(lemma, -1) for lemma in lemmas], np.int64)
            known = here >= 0
            idf = _laid_out(idf[known], here[known], len(rows))
            weights = _laid_out(weights[known], here[known], len(rows))
        return cls(
            lexicon,
            topics,
            tuple(_lines(arrays["labels"])),
            tuple(arrays["parents"].tolist()),
            idf,
            weights,
            float(arrays["scale"]),
            arrays["bias"].astype(np.float64),
            Calibration(*arrays["calibration"].tolist()),
            float(arrays["threshold"]),
            digest,
        )

    def arrays(self) -> dict[str, Any]:
        """What a file of topics holds."""
        return {
            "topics": _text(self.topics),
            "labels": _text(self.labels),
            "parents": np.array(self.parents, np.int16),
            "lemmas": _text(self.lexicon.lemmas),
            "idf": self.idf.astype(np.float16),
            "weights": self.weights,
            "scale": np.float32(self.scale),
            "bias": self.bias.astype(np.float32),
            "calibration": np.array(astuple(self.calibration), np.float32),
            "threshold": np.float32(self.threshold),
        }

    def save(self, file: IO[bytes]) -> None:
        """Write the file that `read_topics` reads.

        Args:
            file: A file open for bytes.
        """
        np.savez_compressed(file, **self.arrays())

    def tag(
        self, segments: Segments, keys: Ints, expected: Sequence[frozenset[str]] | None = None
    ) -> Topics:
        """Topics of every article of a batch, best first; none where none is sure.

        Args:
            segments: The batch.
            keys: Keys of its words, as `weights.WordKeys` gives them.
            expected: Topics that each article's rubric speaks for.
        """
        vectors = self.vectors(segments, keys)
        probabilities = self.probabilities(vectors, len(segments.texts.start))
        if expected is not None:
            probabilities = with_rubrics(probabilities, expected)
        # An article that says nothing has no topic, whatever the threshold.
        doc, topic = np.nonzero((probabilities >= self.threshold) & (probabilities > 0))
        score = probabilities[doc, topic].astype(np.float32)
        # Of equals the one further down in the taxonomy says more.
        order = np.lexsort((topic, -self._depths()[topic], -score, doc))
        return Topics(doc[order], topic[order], score[order])

    def vectors(self, segments: Segments, keys: Ints) -> Vectors:
        """Articles as sparse vectors, as `Lexicon.vectors` makes them.

        Args:
            segments: The batch.
            keys: Keys of its words, as `weights.WordKeys` gives them.
        """
        return self.lexicon.vectors(segments, keys, self.idf)

    def evidence(self, vectors: Vectors) -> tuple[Ints, Doubles]:
        """Articles that have any entry, and the evidence for each topic in each of them.

        Args:
            vectors: Articles as sparse vectors.

        Returns:
            Rows of articles, shape (known articles,), and shape (known articles, topics).
        """
        docs, first = np.unique(vectors.doc, return_index=True)
        if not len(docs):
            return docs, np.zeros((0, len(self.topics)))
        products = self.weights[vectors.feature] * (vectors.value * self.scale)[:, None]
        size = np.diff(first, append=len(vectors.doc))
        evidence = np.add.reduceat(products, first) + self.bias
        return docs, self.calibration.divided(evidence, size)

    def probabilities(self, vectors: Vectors, n_articles: int) -> Doubles:
        """Probability of each topic: shape (n_articles, topics); 0 in an article without entries.

        Args:
            vectors: Articles as sparse vectors.
            n_articles: Number of articles.
        """
        result = np.zeros((n_articles, len(self.topics)))
        docs, evidence = self.evidence(vectors)
        # A topic without words of its own has no evidence: the others are not ahead of it.
        told = np.flatnonzero(self.bias > -_MOST_ODDS)
        result[np.ix_(docs, told)] = self.calibration(evidence[:, told])
        for topic in np.argsort(-self._depths(), kind="stable").tolist():
            parent = self.parents[topic]
            if parent >= 0:
                result[:, parent] = np.maximum(result[:, parent], result[:, topic])
        return result

    def explain(self, vectors: Vectors, article: int, topic: str) -> pd.DataFrame:
        """List the lemmas of one article that speak for a topic (weight above 0) and against it.

        Weights add up, with the topic's bias, to the evidence.

        Args:
            vectors: Articles as sparse vectors.
            article: Row of the article in its batch.
            topic: A topic's name, such as "medtop:11000000".

        Raises:
            OptionError: There is no such topic.
        """
        if topic not in self.topics:
            raise OptionError(f"topic={topic!r} is none of {', '.join(self.topics)}")
        entries = np.flatnonzero(vectors.doc == article)
        rows = vectors.feature[entries]
        column = self.weights[rows, self.topics.index(topic)]
        divisor = max(len(entries), 1) ** self.calibration.exponent
        weight = column * vectors.value[entries] * self.scale / divisor
        lemmas = [self.lexicon.lemmas[row] for row in rows.tolist()]
        table = pd.DataFrame({"lemma": lemmas, "weight": weight})
        table = table.astype({"lemma": pd.StringDtype(na_value=np.nan), "weight": "float32"})
        return table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)

    def _depths(self) -> Ints:
        """How many topics are above each one."""
        depths = []
        for topic in range(len(self.topics)):
            depth, above = 0, self.parents[topic]
            while above >= 0:
                depth, above = depth + 1, self.parents[above]
            depths.append(depth)
        return np.array(depths, np.int64)


def quantised(weights: npt.NDArray[np.floating[Any]]) -> tuple[npt.NDArray[np.int8], float]:
    """Weights in eight bits, and what they are to be multiplied by.

    Args:
        weights: Weights of any shape.
    """
    scale = float(max(weights.max(), -weights.min())) / 127 or 1.0
    result = np.empty(weights.shape, np.int8)
    for start in range(0, len(weights), _ROWS):  # copies of all weights would be large
        result[start : start + _ROWS] = np.round(weights[start : start + _ROWS] / scale)
    return result, scale


def read_topics(
    name: str, content: bytes, lexicon: Lexicon, vectors: WordVectors, keys: WordKeys
) -> TopicModel:
    """Topics of a user's own: what `newsnlp topics train` made, or a taxonomy of seed words.

    Args:
        name: What the file is called; its ending tells CSV from TOML.
        content: The file.
        lexicon: What words count as.
        vectors: Word vectors, for seed words.
        keys: Keys of words.

    Raises:
        OptionError: The file holds no topics; place and remedy are named.
    """
    if content.startswith(ZIP):
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return TopicModel._parse(arrays, lexicon)
        # What a damaged file raises depends on where it is damaged.
        except (
            KeyError, ValueError, TypeError, EOFError, RuntimeError, OSError, zlib.error,
            zipfile.BadZipFile,
        ) as error:  # fmt: skip
            raise OptionError(
                f"topics={name!r} holds no topics ({error}): make it with newsnlp topics train"
            ) from error
    return of_taxonomy(Taxonomy.parse(name, content), lexicon, vectors, keys)


def of_taxonomy(
    taxonomy: Taxonomy, lexicon: Lexicon, vectors: WordVectors, keys: WordKeys
) -> TopicModel:
    """A model of topics by seed words alone.

    Args:
        taxonomy: The topics.
        lexicon: What words count as.
        vectors: Word vectors, of which those of the seed words are compared with all.
        keys: Keys of words.

    Raises:
        OptionError: No word of a topic is known; the topic is named.
    """
    names = taxonomy.names
    weights = seed_weights(
        taxonomy, lexicon.lemmas, lexicon.share, lexicon.word_lemma, vectors, keys
    )
    eight_bits, scale = quantised(weights)
    # A topic without words of its own has what the topics below it have.
    bias = np.where(eight_bits.any(axis=0), 0.0, -_MOST_ODDS)
    return TopicModel(
        lexicon, names, names, taxonomy.parents, lexicon.idf, eight_bits, scale, bias, SEEDED,
        taxonomy.min_score,
    )  # fmt: skip


def _lines(array: Any) -> list[str]:
    return str(array.tobytes(), "utf-8").split("\n")


def _text(names: Sequence[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), np.uint8)


def _laid_out(values: Any, rows: Ints, n_rows: int) -> Any:
    """Values in their rows among others that are zero."""
    result = np.zeros((n_rows, *values.shape[1:]), values.dtype)
    result[rows] = values
    return result
