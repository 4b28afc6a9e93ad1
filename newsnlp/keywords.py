"""Layer *describe*: lemmatised keywords, ranked.

Candidates are the entities by their names, noun phrases (adjectives and a noun, a noun and its
genitive) and single nouns. All candidates of a batch are rows of arrays; a logistic model over
features of a row ranks them within their article. `training/keywords` makes the model.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from newsnlp.columns import (
    Bools,
    Entities,
    Floats,
    Ints,
    Keywords,
    Lemmas,
    Morphology,
    Sentences,
    Spans,
    Tokens,
    Zones,
)
from newsnlp.dictionary import Dictionary
from newsnlp.errors import ModelError
from newsnlp.normal_forms import Word, normal_phrase
from newsnlp.schema import KEYWORD_KINDS, TYPES, UPOS, ZONES
from newsnlp.tables import read_table
from newsnlp.words import fold

WEIGHTS = "keywords.npz"
_REMEDY = "pip install --force-reinstall --no-deps newsnlp"
_ENTITY, _PHRASE, _WORD = (KEYWORD_KINDS.index(kind) for kind in ("entity", "phrase", "word"))
_TITLE, _LEAD = ZONES.index("title"), ZONES.index("lead")
_SHORTEST = 3  # letters of a keyword of one word
_MOST_WORDS = 4
# Candidates of an article that are looked at for each keyword that is wanted.
_LOOKED_AT = 3
_CREDIT_WINDOW = 3  # tokens before a name in which a word of credit counts

FEATURES = (
    "bias", "person", "organisation", "place", "phrase", "word", "count", "share", "spread",
    "title", "lead", "early", "rarity", "unseen", "long", "title entity", "title rarity",
    "count rarity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may become a keyword: arrays of shape (candidates,), by article.

    `key` is the candidate in lower case; `row` the entity's row, or the first token of an
    occurrence in the number that the article mostly uses; `length` its tokens; `n` how often it
    stands in the article, `sentences` in how many of its sentences, `first` its first token.
    """

    doc: Ints
    kind: Ints
    type: Ints
    key: list[str]
    row: Ints
    length: Ints
    n: Ints
    sentences: Ints
    first: Ints
    title: Bools
    lead: Bools


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
        file = files("newsnlp").joinpath("data", WEIGHTS)
        # What a damaged file raises depends on where it is damaged.
        try:
            content = file.read_bytes()
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                keys = arrays["keys"].tobytes().decode("utf-8").split("\n")
                counts = arrays["counts"].tolist()
                return cls(
                    arrays["weights"],
                    dict(zip(keys, counts, strict=True)),
                    int(arrays["n_articles"]),
                    hashlib.sha256(content).hexdigest(),
                )
        except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, TypeError) as error:
            raise ModelError(
                f"weights file {file} is missing or damaged ({error}); run: {_REMEDY}"
            ) from error

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
        is_entity = c.kind == _ENTITY
        count = np.log1p(c.n)
        columns = {
            "bias": np.ones(len(c.doc)),
            "person": is_entity & (c.type == TYPES.index("PER")),
            "organisation": is_entity & (c.type == TYPES.index("ORG")),
            "place": is_entity & (c.type == TYPES.index("LOC")),
            "phrase": c.kind == _PHRASE,
            "word": c.kind == _WORD,
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
    zones: Zones,
    sentences: Sentences,
    tokens: Tokens,
    morphology: Morphology,
    lemmas: Lemmas,
    spans: Spans,
    entities: Entities,
    *,
    n_articles: int,
    limit: int,
) -> Keywords:
    """Keywords of every article, best first.

    Args:
        model: Ranks the candidates.
        dictionary: Inflects phrases.
        zones: Zones of the batch.
        sentences: Their sentences.
        tokens: Their tokens.
        morphology: Part of speech and features of the tokens.
        lemmas: Lemmas of the tokens.
        spans: Mentions.
        entities: Entities of the mentions.
        n_articles: Articles in the batch.
        limit: Most keywords of an article.
    """
    candidates = find_candidates(zones, sentences, tokens, morphology, lemmas, spans, entities)
    score = model.scores(candidates, np.bincount(tokens.doc, minlength=n_articles))
    chosen = choose(candidates, score, limit)
    return Keywords(
        candidates.doc[chosen],
        spellings(chosen, candidates, dictionary, tokens, morphology, lemmas, entities),
        candidates.kind[chosen],
        score[chosen],
        candidates.n[chosen],
    )


@dataclass(frozen=True, slots=True)
class _Occurrences:
    """Every place where a candidate stands: arrays of shape (occurrences,).

    `unit` is the entity's row, or the same number for phrases or words of the same lemmas;
    `plural` tells the number of a phrase's head.
    """

    kind: Ints
    unit: Ints
    token: Ints
    length: Ints
    plural: Bools


def find_candidates(
    zones: Zones,
    sentences: Sentences,
    tokens: Tokens,
    morphology: Morphology,
    lemmas: Lemmas,
    spans: Spans,
    entities: Entities,
) -> Candidates:
    """Candidates of all articles.

    Args:
        zones: Zones of the batch.
        sentences: Their sentences.
        tokens: Their tokens.
        morphology: Part of speech and features of the tokens.
        lemmas: Lemmas of the tokens.
        spans: Mentions.
        entities: Entities of the mentions.
    """
    found = (
        _entity_occurrences(tokens, lemmas, spans, entities),
        _phrase_occurrences(tokens, morphology, lemmas, spans),
        _word_occurrences(tokens, morphology, lemmas, spans),
    )
    kind, unit, token, length, plural = (
        np.concatenate([getattr(part, field) for part in found])
        for field in _Occurrences.__dataclass_fields__
    )
    doc, sentence = tokens.doc[token], tokens.sentence[token]
    group = _ranks(doc, kind, unit)
    n = np.bincount(group)
    opens = np.cumsum(n) - n
    mostly_plural = np.bincount(group, plural) * 2 > n
    shown = np.lexsort((token, plural != mostly_plural[group], group))[opens]
    order = np.lexsort((token, group))
    first = order[opens]
    opens_sentence = np.diff(sentence[order], prepend=-1) != 0
    opens_sentence[opens] = True
    zone = zones.kind[sentences.zone[sentence]]
    is_entity = kind[first] == _ENTITY
    row = np.where(is_entity, unit[first], token[shown])
    type_ = np.full(len(first), -1)
    type_[is_entity] = entities.type[row[is_entity]]
    start_of_article = np.searchsorted(tokens.doc, doc[first])
    return Candidates(
        doc[first],
        kind[first],
        type_,
        _keys(is_entity, row, length[shown], lemmas, entities),
        row,
        length[shown],
        n,
        np.bincount(group[order], opens_sentence).astype(np.int64),
        token[first] - start_of_article,
        np.bincount(group, zone == _TITLE) > 0,
        np.bincount(group, zone == _LEAD) > 0,
    )


def _entity_occurrences(
    tokens: Tokens, lemmas: Lemmas, spans: Spans, entities: Entities
) -> _Occurrences:
    """Mentions, without organisations that are only credited with the report."""
    words = {lemma for lemma, _ in read_table("credit_words.tsv")}
    is_credit = _among(words, lemmas)
    credited = np.zeros(len(spans.doc), np.bool_)
    sentence = tokens.sentence[spans.token_start]
    for back in range(1, _CREDIT_WINDOW + 1):
        before = np.maximum(spans.token_start - back, 0)
        credited |= is_credit[before] & (tokens.sentence[before] == sentence)
    n_mentions = np.bincount(entities.mention, minlength=len(entities.doc))
    n_credits = np.bincount(entities.mention, credited, len(entities.doc))
    only_credited = (entities.type == TYPES.index("ORG")) & (n_credits == n_mentions)
    kept = ~only_credited[entities.mention]
    start, stop = spans.token_start[kept], spans.token_stop[kept]
    entity = entities.mention[kept]
    return _Occurrences(
        np.full(len(entity), _ENTITY), entity, start, stop - start, np.zeros(len(entity), np.bool_)
    )


def _word_occurrences(
    tokens: Tokens, morphology: Morphology, lemmas: Lemmas, spans: Spans
) -> _Occurrences:
    """Nouns outside of names that say something by themselves."""
    long_enough = np.array([len(lemma) >= _SHORTEST for lemma in lemmas.lemmas], np.bool_)
    is_keyword = long_enough & (_stopwords(lemmas) == _FREE)
    noun = _Grammar.of(morphology).noun[morphology.tag]
    free = ~_in_mention(tokens, spans) & _is_word(tokens)[tokens.word]
    token = np.flatnonzero(noun & free & is_keyword[lemmas.lemma])
    return _Occurrences(
        np.full(len(token), _WORD),
        lemmas.lemma[token],
        token,
        np.ones(len(token), np.int64),
        np.zeros(len(token), np.bool_),
    )


def _phrase_occurrences(
    tokens: Tokens, morphology: Morphology, lemmas: Lemmas, spans: Spans
) -> _Occurrences:
    """Noun phrases outside of names, by pattern of agreement and government."""
    grammar, tag = _Grammar.of(morphology), morphology.tag
    free = ~_in_mention(tokens, spans) & _is_word(tokens)[tokens.word]
    noun, adjective = grammar.noun[tag] & free, grammar.adjective[tag] & free
    stop = _stopwords(lemmas)[lemmas.lemma]
    joined = _shifted(free, 1) & (_shifted(tokens.sentence, 1) == tokens.sentence)
    agrees = adjective & joined & grammar.agreement(tag, _shifted(tag, 1))
    genitive = noun & (grammar.case[tag] == _GENITIVE)
    modified = agrees & _shifted(noun, 1)  # adjective and noun
    twice = agrees & _shifted(modified, 1)  # two adjectives and a noun
    governed = joined & _shifted(genitive, 1)
    governs = joined & _shifted(modified & _shifted(genitive, 1), 1)  # … and modified genitive
    # Pattern: where it starts, its length, the place of its head in it.
    patterns = (
        (modified & ~_shifted(stop == _NEVER, 1), 2, 1),
        (twice & ~_shifted(stop == _NEVER, 2), 3, 2),
        (noun & (stop == _FREE) & governed, 2, 0),
        (noun & (stop == _FREE) & governs, 3, 0),
        (modified & _shifted((stop == _FREE) & governed, 1), 3, 1),
        (modified & _shifted((stop == _FREE) & governs, 1), 4, 1),
    )
    starts = [np.flatnonzero(where) for where, _, _ in patterns]
    sizes = [len(at) for at in starts]
    start = np.concatenate(starts)
    length = np.repeat([size for _, size, _ in patterns], sizes)
    head = start + np.repeat([place for _, _, place in patterns], sizes)
    columns = [
        np.where(length > i, lemmas.lemma[np.minimum(start + i, len(tag) - 1)], -1)
        for i in range(_MOST_WORDS)
    ]
    return _Occurrences(
        np.full(len(start), _PHRASE),
        _ranks(*columns),
        start,
        length,
        grammar.plural[tag[head]],
    )


_NUMBERS = {"Sing": 1, "Plur": 2}
_GENDERS = {"Masc": 1, "Fem": 2, "Neut": 3}
_CASES = {"Nom": 1, "Gen": 2, "Dat": 3, "Acc": 4, "Ins": 5, "Loc": 6}
_GENITIVE = _CASES["Gen"]
# What a lemma of the table of stop words may not be: head of any phrase, head of a genitive only.
_FREE, _ONLY_MODIFIED, _NEVER = range(3)
_ONLY_MODIFIED_KINDS = frozenset({"vague", "weekday"})


@dataclass(frozen=True, slots=True)
class _Grammar:
    """What the patterns ask of a tag: arrays of shape (tags,)."""

    noun: Bools
    adjective: Bools
    case: Ints
    number: Ints
    gender: Ints

    @classmethod
    def of(cls, morphology: Morphology) -> _Grammar:
        feats = [dict(pair.split("=") for pair in f.split("|") if pair) for f in morphology.feats]
        upos = np.array([UPOS[code] for code in morphology.upos.tolist()])
        short = np.array([f.get("Variant") == "Short" for f in feats])
        case = np.array([_CASES.get(f.get("Case", ""), 0) for f in feats])
        participle = np.array([f.get("VerbForm") == "Part" for f in feats])
        adjective = ((upos == "ADJ") | participle) & (case > 0) & ~short
        return cls(
            upos == "NOUN",
            adjective,
            case,
            np.array([_NUMBERS.get(f.get("Number", ""), 0) for f in feats]),
            np.array([_GENDERS.get(f.get("Gender", ""), 0) for f in feats]),
        )

    @property
    def plural(self) -> Bools:
        plural: Bools = self.number == _NUMBERS["Plur"]
        return plural

    def agreement(self, tag: Ints, following: Ints) -> Bools:
        """Whether a tag agrees with another in case, number and, in the singular, gender."""
        agrees: Bools = (
            (self.case[tag] == self.case[following])
            & (self.number[tag] == self.number[following])
            & (self.plural[tag] | (self.gender[tag] == self.gender[following]))
        )
        return agrees


def _stopwords(lemmas: Lemmas) -> Ints:
    """How far each distinct lemma may be the head of a phrase."""
    kinds = {lemma: kind for lemma, kind, _ in read_table("keyword_stopwords.tsv")}
    return np.array(
        [
            _FREE
            if lemma not in kinds
            else _ONLY_MODIFIED
            if kinds[lemma] in _ONLY_MODIFIED_KINDS
            else _NEVER
            for lemma in lemmas.lemmas
        ],
        np.int64,
    )


def _among(words: set[str], lemmas: Lemmas) -> Bools:
    """Which tokens have a lemma of a set."""
    return np.array([lemma in words for lemma in lemmas.lemmas], np.bool_)[lemmas.lemma]


def _is_word(tokens: Tokens) -> Bools:
    """Which distinct spellings are words of letters."""
    return np.array(
        [len(word) > 1 and word.replace("-", "").isalpha() for word in tokens.words], np.bool_
    )


def _in_mention(tokens: Tokens, spans: Spans) -> Bools:
    change = np.zeros(len(tokens.word) + 1, np.int64)
    np.add.at(change, spans.token_start, 1)
    np.add.at(change, spans.token_stop, -1)
    inside: Bools = np.cumsum(change[:-1]) > 0
    return inside


def _shifted(values: Any, by: int) -> Any:
    """Values of the token that follows by so many places; nothing follows the last ones."""
    shifted = np.zeros_like(values) if values.dtype == np.bool_ else np.full_like(values, -1)
    shifted[: len(values) - by] = values[by:]
    return shifted


def _ranks(*columns: Ints) -> Ints:
    """Rank of each row among the distinct rows."""
    rank = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, values = np.unique(column, return_inverse=True)
        _, rank = np.unique(rank * (values.max(initial=0) + 1) + values, return_inverse=True)
    return rank


def _keys(
    is_entity: Bools, row: Ints, length: Ints, lemmas: Lemmas, entities: Entities
) -> list[str]:
    """Candidates under the names by which their frequency is known: lemmas, or an entity's name."""
    lemma, names = lemmas.lemma.tolist(), lemmas.lemmas
    return [
        keyword_key(
            entities.name[at] if entity else " ".join(names[code] for code in lemma[at : at + size])
        )
        for entity, at, size in zip(is_entity.tolist(), row.tolist(), length.tolist(), strict=True)
    ]


def keyword_key(keyword: str) -> str:
    """Form of a keyword under which it is counted and compared.

    Args:
        keyword: A keyword or a tag.

    Example:
        >>> keyword_key("Пётр Порошенко")
        'петр порошенко'
    """
    return fold(keyword).replace("ё", "е")


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


def spellings(
    rows: Ints,
    candidates: Candidates,
    dictionary: Dictionary,
    tokens: Tokens,
    morphology: Morphology,
    lemmas: Lemmas,
    entities: Entities,
) -> list[str]:
    """Candidates as keywords: entities by name, phrases in the nominative, words as lemmas.

    Args:
        rows: Rows of `candidates`.
        candidates: The candidates.
        dictionary: Inflects phrases.
        tokens: Tokens of the batch.
        morphology: Part of speech and features of the tokens.
        lemmas: Lemmas of the tokens.
        entities: Entities of the batch.
    """
    upos = [UPOS[code] for code in morphology.upos.tolist()]
    keywords = []
    for row in rows.tolist():
        at, length = int(candidates.row[row]), int(candidates.length[row])
        if candidates.kind[row] == _ENTITY:
            keywords.append(entities.name[at])
            continue
        texts = [tokens.words[word] for word in tokens.word[at : at + length].tolist()]
        if candidates.kind[row] == _WORD:
            lemma = lemmas.lemmas[lemmas.lemma[at]]
            keywords.append(lemma.upper() if texts[0].isupper() else lemma)
            continue
        tags = morphology.tag[at : at + length].tolist()
        words = [
            Word(text, upos[tag], morphology.feats[tag])
            for text, tag in zip(texts, tags, strict=True)
        ]
        phrase = " ".join(normal_phrase(dictionary, words))
        opens = at == 0 or tokens.sentence[at - 1] != tokens.sentence[at]
        keywords.append(
            phrase[0].lower() + phrase[1:] if opens and not texts[0].isupper() else phrase
        )
    return keywords
