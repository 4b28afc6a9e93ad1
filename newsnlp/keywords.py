"""Layer *describe*: lemmatised keywords, ranked by a small model.

A logistic model over features of a candidate ranks the candidates of an article;
`training/keywords` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newsnlp.candidates import ENTITY, PHRASE, WORD, Candidates, find_candidates, spellings
from newsnlp.columns import Entities, Floats, Ints, Keywords, Reading, Spans
from newsnlp.dictionary import Dictionary
from newsnlp.schema import TYPES
from newsnlp.weights import load_bundled

WEIGHTS = "keywords.npz"
# Candidates of an article that are looked at for each keyword that is wanted.
_LOOKED_AT = 3

FEATURES = (
    "bias", "person", "organisation", "place", "phrase", "word", "count", "share", "spread",
    "title", "lead", "early", "rarity", "unseen", "long", "title entity", "title rarity",
    "count rarity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeywordModel:
    """Weights of the features, and in how many of `n_articles` news articles a keyword stands."""

    weights: npt.NDArray[np.float64]
    frequencies: Mapping[str, int]
    n_articles: int
    hash: str

    @classmethod
    def load(cls) -> KeywordModel:
        """Load the model that comes with the package.

        Raises:
            ModelError: The file is missing or damaged.
        """
        return load_bundled(WEIGHTS, cls._parse)

    @classmethod
    def _parse(cls, arrays: Mapping[str, Any], digest: str) -> KeywordModel:
        keys = arrays["keys"].tobytes().decode("utf-8").split("\n")
        frequencies = dict(zip(keys, arrays["counts"].tolist(), strict=True))
        weights = arrays["weights"]
        if len(weights) != len(FEATURES):
            raise ValueError(f"{len(weights)} weights for {len(FEATURES)} features")
        return cls(weights, frequencies, int(arrays["n_articles"]), digest)

    def scores(self, candidates: Candidates, n_tokens: Ints) -> Floats:
        """Probability that an editor would have chosen each candidate: shape (candidates,).

        Args:
            candidates: The candidates.
            n_tokens: Tokens of each article.
        """
        logits = self.features(candidates, n_tokens) @ self.weights
        return (1 / (1 + np.exp(-logits))).astype(np.float32)

    def features(self, candidates: Candidates, n_tokens: Ints) -> npt.NDArray[np.float64]:
        """Features of the candidates: shape (candidates, features), in the order of `FEATURES`.

        Args:
            candidates: The candidates.
            n_tokens: Tokens of each article.
        """
        c = candidates
        frequency = np.array([self.frequencies.get(key, 0) for key in c.key], np.float64)
        rarity = np.log((self.n_articles + 1) / (frequency + 1)) / np.log(self.n_articles + 1)
        is_entity = c.kind == ENTITY
        count = np.log1p(c.n)
        columns = {
            "bias": np.ones(len(c.doc)),
            "person": is_entity & (c.type == TYPES.index("PER")),
            "organisation": is_entity & (c.type == TYPES.index("ORG")),
            "place": is_entity & (c.type == TYPES.index("LOC")),
            "phrase": c.kind == PHRASE,
            "word": c.kind == WORD,
            "count": count,
            "share": np.sqrt(c.n / np.maximum(n_tokens[c.doc], 1)),
            "spread": np.log1p(c.sentences),
            "title": c.title,
            "lead": c.lead,
            "early": 1 / (1 + c.first / 50),
            "rarity": rarity,
            "unseen": frequency == 0,
            "long": c.length > 2,
            "title entity": c.title & is_entity,
            "title rarity": c.title * rarity,
            "count rarity": count * rarity,
        }
        return np.stack([np.asarray(columns[name], np.float64) for name in FEATURES], axis=1)


def extract_keywords(
    model: KeywordModel,
    dictionary: Dictionary,
    reading: Reading,
    spans: Spans,
    entities: Entities,
    *,
    limit: int,
) -> Keywords:
    """Keywords of every article, best first.

    Args:
        model: Ranks the candidates.
        dictionary: Inflects phrases.
        reading: What the batch says.
        spans: Mentions.
        entities: Entities of the mentions.
        limit: Most keywords of an article.
    """
    candidates = find_candidates(reading, spans, entities)
    n_articles = len(reading.texts.start)
    score = model.scores(candidates, np.bincount(reading.tokens.doc, minlength=n_articles))
    chosen = choose(candidates, score, limit)
    return Keywords(
        candidates.doc[chosen],
        spellings(chosen, candidates, reading, entities, dictionary),
        candidates.kind[chosen],
        score[chosen],
        candidates.n[chosen],
    )


def choose(candidates: Candidates, score: Floats, limit: int) -> Ints:
    """Rows of the best candidates, by article; none whose words a better one has already.

    Args:
        candidates: The candidates.
        score: Their scores.
        limit: Most keywords of an article.
    """
    order = np.lexsort((candidates.first, -score, candidates.doc))
    doc = candidates.doc[order]
    place = np.arange(len(order)) - np.searchsorted(doc, doc)
    chosen: list[int] = []
    words_of: dict[int, list[set[str]]] = {}
    for row in order[place < limit * _LOOKED_AT].tolist():
        taken = words_of.setdefault(int(candidates.doc[row]), [])
        words = set(candidates.key[row].split())
        if len(taken) < limit and not any(words <= other for other in taken):
            taken.append(words)
            chosen.append(row)
    return np.array(chosen, np.int64)
