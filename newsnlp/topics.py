"""What an article is about: the top concepts of IPTC Media Topics, by a linear model over lemmas.

A word counts as the lemma that it mostly is in news, so that no tagger need run. An article is a
vector of its distinct lemmas: logarithm of the count (a count weighs by part of speech and zone)
times the inverse document frequency, of length one. A topic's score is the product with the topic's
weights, and scores become probabilities by a softmax whose temperature depends on the number of
lemmas and was fitted on outlets held out. `training/topics` makes the weights; its README is the
model card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsnlp.columns import Floats, Ints, Segments, Topics
from newsnlp.errors import OptionError
from newsnlp.rubrics import with_rubrics
from newsnlp.schema import TOPICS
from newsnlp.tables import read_table
from newsnlp.weights import load_bundled, parts_of_keys

WEIGHTS = "topics.npz"


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
    value: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TopicModel:
    """The weights of the topics.

    `lemmas` are the features: rows of `idf` (features,) and `weights` (features, 17), int8, to be
    multiplied by `scale`; `bias` has shape (17,). `word_lemma` has the row of the lemma of each
    word that has a vector (their number for none), `word_weight` says how much the word counts by
    its part of speech, `zone_weight` how much by zone, in the order of `schema.ZONES`.
    The softmax of an article with n known lemmas has the temperature `temperature *
    n**length_exponent`; an article has every topic whose probability is at least `threshold`.
    """

    lemmas: list[str]
    idf: Floats
    weights: npt.NDArray[np.int8]
    scale: float
    bias: Floats
    temperature: float
    length_exponent: float
    threshold: float
    word_lemma: Ints
    word_weight: Floats
    zone_weight: Floats
    labels: tuple[str, ...]
    hash: str

    @classmethod
    def load(cls) -> TopicModel:
        """Load the model that comes with the package.

        Raises:
            ModelError: The file is missing or damaged.
        """
        return load_bundled(WEIGHTS, cls._parse)

    @classmethod
    def _parse(cls, arrays: Mapping[str, Any], digest: str) -> TopicModel:
        lemmas = arrays["lemmas"].tobytes().decode("utf-8").split("\n")
        idf, weights = arrays["idf"].astype(np.float32), arrays["weights"]
        if not len(lemmas) == len(idf) == len(weights):
            raise ValueError(f"{len(lemmas)} lemmas for {len(weights)} rows of weights")
        return cls(
            lemmas=lemmas,
            idf=idf,
            weights=weights,
            scale=float(arrays["scale"]),
            bias=arrays["bias"],
            temperature=float(arrays["temperature"]),
            length_exponent=float(arrays["length_exponent"]),
            threshold=float(arrays["threshold"]),
            word_lemma=arrays["word_lemma"].astype(np.int64),
            word_weight=arrays["word_weight"].astype(np.float32),
            zone_weight=arrays["zone_weight"],
            labels=topic_labels(),
            hash=digest,
        )

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
        doc, topic = np.nonzero(probabilities >= self.threshold)
        score = probabilities[doc, topic]
        order = np.lexsort((topic, -score, doc))
        return Topics(doc[order], topic[order], score[order].astype(np.float32))

    def vectors(self, segments: Segments, keys: Ints) -> Vectors:
        """Articles as sparse vectors of length one; those without a known lemma have no entry.

        Args:
            segments: The batch.
            keys: Keys of its words, as `weights.WordKeys` gives them.
        """
        tokens, n_features = segments.tokens, len(self.lemmas)
        row, _ = parts_of_keys(keys)
        feature = self.word_lemma[row][tokens.word]
        zone = segments.zones.kind[segments.sentences.zone[tokens.sentence]]
        weight = self.word_weight[row][tokens.word] * self.zone_weight[zone]
        kept = np.flatnonzero((feature < n_features) & (weight > 0))
        cells, entry = np.unique(tokens.doc[kept] * n_features + feature[kept], return_inverse=True)
        counts = np.bincount(entry, weight[kept], len(cells))
        doc, feature = np.divmod(cells, n_features)
        value = np.log1p(counts) * self.idf[feature]
        length = np.sqrt(np.bincount(doc, value**2))
        return Vectors(doc, feature, value / length[doc])

    def probabilities(self, vectors: Vectors, n_articles: int) -> npt.NDArray[np.float64]:
        """Probability of each topic: shape (n_articles, 17); zeros for an article without entries.

        Args:
            vectors: Articles as sparse vectors.
            n_articles: Number of articles.
        """
        result = np.zeros((n_articles, len(TOPICS)))
        docs, first = np.unique(vectors.doc, return_index=True)
        if not len(docs):
            return result
        products = self.weights[vectors.feature] * (vectors.value * self.scale)[:, None]
        size = np.diff(first, append=len(vectors.doc))
        logits = np.add.reduceat(products, first) + self.bias
        logits /= (self.temperature * size**self.length_exponent)[:, None]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        result[docs] = powers / powers.sum(axis=1, keepdims=True)
        return result

    def explain(self, vectors: Vectors, article: int, topic: str) -> pd.DataFrame:
        """List the lemmas of one article that speak for a topic (weight above 0) and against it.

        Weights add up, with the topic's bias, to its score before the softmax.

        Args:
            vectors: Articles as sparse vectors.
            article: Row of the article in its batch.
            topic: QCode, such as "medtop:11000000".

        Raises:
            OptionError: `topic` is no top concept.
        """
        if topic not in TOPICS:
            raise OptionError(f"topic={topic!r} is none of {', '.join(TOPICS)}")
        entries = np.flatnonzero(vectors.doc == article)
        rows = vectors.feature[entries]
        column = self.weights[rows, TOPICS.index(topic)]
        divisor = self.temperature * max(len(entries), 1) ** self.length_exponent
        weight = column * vectors.value[entries] * self.scale / divisor
        lemmas = [self.lemmas[row] for row in rows.tolist()]
        table = pd.DataFrame({"lemma": lemmas, "weight": weight})
        table = table.astype({"lemma": pd.StringDtype(na_value=np.nan), "weight": "float32"})
        return table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)
