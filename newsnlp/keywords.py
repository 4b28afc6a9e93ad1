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

from newsnlp.assignment import Closeness
from newsnlp.candidates import (
    ENTITY,
    PHRASE,
    WORD,
    Candidates,
    keyword_key,
    spellings,
)
from newsnlp.columns import Entities, Floats, Ints, Keywords, Reading
from newsnlp.dictionary import Dictionary
from newsnlp.schema import TYPES
from newsnlp.tables import read_table
from newsnlp.weights import load_bundled

WEIGHTS = "keywords.npz"
# Candidates of an article that are looked at for each keyword that is wanted.
_LOOKED_AT = 3
# Nothing is more certain, or less, than so.
_LEAST = 1e-6

FEATURES = (
    "bias", "person", "organisation", "place", "phrase", "word", "count", "share", "spread",
    "title", "lead", "early", "rarity", "new", "long", "title entity", "title rarity",
    "count rarity", "count squared", "title count", "person rarity", "organisation rarity",
    "place rarity", "phrase rarity", "worth", "judged", "title worth", "count worth",
)  # fmt: skip
# Steps in which the worth of a keyword is stored.
WORTH_STEP = 0.05


@dataclass(frozen=True, slots=True)
class KnownKeywords:
    """What is known of keywords: `row` by key, and arrays of shape (keys + 1,), the last for none.

    `articles` is in how many news articles a keyword stands; `worth` are the log-odds that an
    editor who has it before them takes it as a tag, above those of any keyword; `judged` in how
    many articles editors had it before them.
    """

    row: Mapping[str, int]
    articles: npt.NDArray[np.float64]
    worth: npt.NDArray[np.float64]
    judged: npt.NDArray[np.float64]

    def rows(self, keys: list[str]) -> Ints:
        """Row of each key."""
        unknown = len(self.row)
        get = self.row.get
        return np.fromiter((get(key, unknown) for key in keys), np.int64, len(keys))


@dataclass(frozen=True, slots=True)
class KeywordModel:
    """Weights of the features, what is known of keywords from `n_articles`, and the calibration.

    A keyword of the score p that is chosen is an editor's tag with the probability of the log-odds
    `slope * logit(p) + offset`, which are `calibration`. `plurals` are keys of words that news
    mostly have in the plural, `closeness` is for tags of a list.
    """

    weights: npt.NDArray[np.float64]
    known: KnownKeywords
    n_articles: int
    plurals: frozenset[str]
    calibration: tuple[float, float]
    closeness: Closeness
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
        keys, plurals = (
            arrays[name].tobytes().decode("utf-8").split("\n") for name in ("keys", "plurals")
        )
        weights = arrays["weights"]
        if len(weights) != len(FEATURES):
            raise ValueError(f"{len(weights)} weights for {len(FEATURES)} features")
        articles, worth, judged = (
            np.append(arrays[name], 0).astype(np.float64)
            for name in ("articles", "worth", "judged")
        )
        row = {key: number for number, key in enumerate(keys)}
        known = KnownKeywords(row, articles, worth * WORTH_STEP, judged)
        slope, offset = arrays["calibration"].tolist()
        n_articles = int(arrays["n_articles"])
        of_cosine = tuple(arrays["closeness"].tolist())
        closeness = Closeness(arrays["mean_vector"].astype(np.float32), of_cosine)
        return cls(
            weights, known, n_articles, frozenset(plurals), (slope, offset), closeness, digest
        )

    def rarity(self, keys: list[str]) -> npt.NDArray[np.float64]:
        """How rare keywords are in news, 1 for those that never stood there: shape (keys,).

        Args:
            keys: Keys of keywords.
        """
        return self._rarity(self.known.articles[self.known.rows(keys)])

    def _rarity(self, articles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        most = np.log(self.n_articles + 1)
        rarity: npt.NDArray[np.float64] = 1 - np.log(articles + 1) / most
        return rarity

    def scores(self, candidates: Candidates, n_tokens: Ints) -> Floats:
        """How likely an editor is to choose each candidate: shape (candidates,).

        Args:
            candidates: The candidates.
            n_tokens: Tokens of each article.
        """
        logits = self.features(candidates, n_tokens) @ self.weights
        return (1 / (1 + np.exp(-logits))).astype(np.float32)

    def calibrated(self, score: Floats) -> Floats:
        """Probability that a keyword that was chosen is an editor's tag: shape (keywords,).

        Args:
            score: What `scores` and `choose` give.
        """
        slope, offset = self.calibration
        bounded = np.clip(score.astype(np.float64), _LEAST, 1 - _LEAST)
        odds = slope * np.log(bounded / (1 - bounded)) + offset
        return (1 / (1 + np.exp(-odds))).astype(np.float32)

    def features(self, candidates: Candidates, n_tokens: Ints) -> npt.NDArray[np.float64]:
        """Features of the candidates: shape (candidates, features), in the order of `FEATURES`.

        Args:
            candidates: The candidates.
            n_tokens: Tokens of each article.
        """
        c, known = candidates, self.known
        row = known.rows(c.key)
        frequency, worth = known.articles[row], known.worth[row]
        rarity = self._rarity(frequency)
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
            "new": (frequency == 0) & (c.n == 1) & ~c.title & ~c.lead,
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
            "worth": worth,
            "judged": np.log1p(known.judged[row]),
            "title worth": c.title * worth,
            "count worth": count * worth,
        }
        return np.stack([np.asarray(columns[name], np.float64) for name in FEATURES], axis=1)


def extract_keywords(
    model: KeywordModel,
    dictionary: Dictionary,
    reading: Reading,
    entities: Entities,
    candidates: Candidates,
    *,
    top_k: int,
    min_score: float,
) -> Keywords:
    """Keywords of every article, best first.

    Args:
        model: Ranks the candidates.
        dictionary: Inflects phrases.
        reading: What the batch says.
        entities: Entities of the batch.
        candidates: Its candidates.
        top_k: Most keywords of an article.
        min_score: Least score of a keyword.
    """
    n_articles = len(reading.texts.start)
    score = model.scores(candidates, np.bincount(reading.tokens.doc, minlength=n_articles))
    chosen, score = choose(candidates, score, top_k)
    score = model.calibrated(score)
    chosen, score = chosen[score >= min_score], score[score >= min_score]
    return Keywords(
        candidates.doc[chosen],
        spellings(chosen, candidates, reading, entities, dictionary, model.plurals),
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
        telling = (row for row in rows if tells(kind[row], key[row], named[row], n[row]))
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
    broad: frozenset[str]
    adjectives: frozenset[str]
    ordinals: frozenset[str]

    @classmethod
    @cache
    def load(cls) -> _Weak:
        rows = read_table("keyword_weak_words.tsv")
        nouns, broad, adjectives, ordinals = (
            frozenset(keyword_key(lemma) for lemma, of, _ in rows if of == part)
            for part in ("noun", "broad", "adjective", "ordinal")
        )
        stop = frozenset(keyword_key(lemma) for lemma, *_ in read_table("keyword_stopwords.tsv"))
        outlets = frozenset(keyword_key(name) for name, _ in read_table("outlets.tsv"))
        return cls(outlets, stop, nouns, broad, adjectives, ordinals)

    def tells(self, kind: int, key: str, named: bool, n: int) -> bool:
        """Whether a candidate says something of an article by itself.

        `named` where the title or the lead has it, `n` times in all.
        """
        if not named and key in self.outlets:
            return False
        if kind == ENTITY:
            return len(key) > 1 and key not in self.stop
        if kind == WORD:
            return key not in self.nouns and (named or n > 1 or key not in self.broad)
        words = key.split()
        return (
            self.adjectives.isdisjoint(words)
            and not (len(words) == 2 and words[0] in self.ordinals)
            and not all(word in self.nouns or word in self.stop for word in words)
        )
