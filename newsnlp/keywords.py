"""Layer *describe*: lemmatised keywords, ranked by a small model.

A logistic model over features of a candidate ranks the candidates of an article;
`training/keywords` makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from newsnlp.candidates import (
    ENTITY,
    PHRASE,
    WORD,
    Candidates,
    find_candidates,
    keyword_key,
    spellings,
)
from newsnlp.columns import Entities, Floats, Ints, Keywords, Reading, Spans
from newsnlp.dictionary import Dictionary
from newsnlp.schema import TYPES
from newsnlp.tables import read_table
from newsnlp.weights import load_bundled

WEIGHTS = "keywords.npz"
# Candidates of an article that are looked at for each keyword that is wanted.
_LOOKED_AT = 3

FEATURES = (
    "bias", "person", "organisation", "place", "phrase", "word", "count", "share", "spread",
    "title", "lead", "early", "rarity", "unseen", "long", "title entity", "title rarity",
    "count rarity", "count squared", "title count", "person rarity", "organisation rarity",
    "place rarity", "phrase rarity",
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
        person, organisation, place = (
            is_entity & (c.type == TYPES.index(type_)) for type_ in ("PER", "ORG", "LOC")
        )
        is_phrase = c.kind == PHRASE
        count = np.log1p(c.n)
        columns = {
            "bias": np.ones(len(c.doc)),
            "person": person,
            "organisation": organisation,
            "place": place,
            "phrase": is_phrase,
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
            "count squared": count * count,
            "title count": c.title * count,
            "person rarity": person * rarity,
            "organisation rarity": organisation * rarity,
            "place rarity": place * rarity,
            "phrase rarity": is_phrase * rarity,
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
    chosen, score = choose(candidates, score, limit)
    return Keywords(
        candidates.doc[chosen],
        spellings(chosen, candidates, reading, entities, dictionary),
        candidates.kind[chosen],
        score,
        candidates.n[chosen],
    )


def choose(candidates: Candidates, score: Floats, limit: int) -> tuple[Ints, Floats]:
    """Rows of the best candidates, by article, and what each scores there.

    A phrase in which a word or a shorter phrase mostly stands takes its place; none is taken that
    says a better one again.

    Args:
        candidates: The candidates.
        score: Their scores.
        limit: Most keywords of an article.
    """
    score = _standing_for_parts(candidates, score)
    order = np.lexsort((candidates.first, -candidates.length, -score, candidates.doc))
    named = (candidates.title | candidates.lead).tolist()
    kind, n, key = candidates.kind.tolist(), candidates.n.tolist(), candidates.key
    tells = _Weak.load().tells
    chosen: list[int] = []
    for _, rows in groupby(order.tolist(), candidates.doc.tolist().__getitem__):
        taken: list[tuple[set[str], int]] = []
        telling = (row for row in rows if tells(kind[row], key[row], named[row]))
        for row in islice(telling, limit * _LOOKED_AT):
            words = set(key[row].split())
            if not any(_says_again(words, n[row], *other) for other in taken):
                taken.append((words, n[row]))
                chosen.append(row)
                if len(taken) == limit:
                    break
    at = np.array(chosen, np.int64)
    return at, score[at]


def _says_again(words: set[str], n: int, taken: set[str], n_taken: int) -> bool:
    """Whether a candidate stands mostly inside one that is taken, or seldom completes it."""
    return (
        words == taken
        or (words < taken and n < 2 * n_taken)
        or (len(taken) > 1 and taken < words and n_taken >= 2 * n)
    )


def _standing_for_parts(candidates: Candidates, score: Floats) -> Floats:
    """Scores, where a phrase has that of its best part most occurrences of which stand in it."""
    doc, n, length = (c.tolist() for c in (candidates.doc, candidates.n, candidates.length))
    repeated = np.flatnonzero((candidates.n > 1) & (candidates.kind != ENTITY)).tolist()
    row_of = {(doc[row], candidates.key[row]): row for row in repeated}
    score = score.copy()
    phrases = [row for row in repeated if length[row] > 1]
    for row in sorted(phrases, key=length.__getitem__):
        for part in _parts(candidates.key[row].split()):
            at = row_of.get((doc[row], part))
            if at is not None and 2 * n[row] > n[at]:
                score[row] = max(score[row], score[at])
    return score


def _parts(words: list[str]) -> Iterator[str]:
    """What is shorter than the whole phrase and stands in it."""
    for length in range(1, len(words)):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


@dataclass(frozen=True, slots=True)
class _Weak:
    """Keys of words that say too little, and names of outlets."""

    outlets: frozenset[str]
    stop: frozenset[str]
    nouns: frozenset[str]
    adjectives: frozenset[str]
    ordinals: frozenset[str]

    @classmethod
    @cache
    def load(cls) -> _Weak:
        rows = read_table("keyword_weak_words.tsv")
        nouns, adjectives, ordinals = (
            frozenset(keyword_key(lemma) for lemma, of, _ in rows if of == part)
            for part in ("noun", "adjective", "ordinal")
        )
        stop = frozenset(keyword_key(lemma) for lemma, *_ in read_table("keyword_stopwords.tsv"))
        outlets = frozenset(keyword_key(name) for name, _ in read_table("outlets.tsv"))
        return cls(outlets, stop, nouns, adjectives, ordinals)

    def tells(self, kind: int, key: str, named: bool) -> bool:
        """Whether a candidate says something of an article by itself.

        `named` where the title or the lead has it.
        """
        if not named and key in self.outlets:
            return False
        if kind == ENTITY:
            return len(key) > 1 and key not in self.stop
        if kind == WORD:
            return key not in self.nouns
        words = key.split()
        return (
            self.adjectives.isdisjoint(words)
            and not (len(words) == 2 and words[0] in self.ordinals)
            and not all(word in self.nouns or word in self.stop for word in words)
        )
