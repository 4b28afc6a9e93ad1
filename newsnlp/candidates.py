"""Layer *describe*: what may become a keyword of an article.

Candidates are the entities by their names, noun phrases (adjectives and a noun, a noun and its
genitive) and single nouns; all candidates of a batch are rows of arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from newsnlp.columns import Bools, Entities, Ints, Lemmas, Morphology, Reading, Spans, Tokens
from newsnlp.dictionary import Dictionary
from newsnlp.normal_forms import Word, normal_phrase
from newsnlp.schema import KEYWORD_KINDS, UPOS, ZONES
from newsnlp.tables import read_table
from newsnlp.words import fold

ENTITY, PHRASE, WORD = (KEYWORD_KINDS.index(kind) for kind in ("entity", "phrase", "word"))
_TITLE, _LEAD = ZONES.index("title"), ZONES.index("lead")
# Zones that say where a report is from and what the law asks, not what it is about.
_BESIDE = [ZONES.index(kind) for kind in ("dateline", "notice")]
_SHORTEST = 3  # letters of a keyword of one word
_MOST_WORDS = 4
_LARGEST = np.iinfo(np.int64).max

_NUMBERS = {"Sing": 1, "Plur": 2}
_GENDERS = {"Masc": 1, "Fem": 2, "Neut": 3}
_CASES = {"Nom": 1, "Gen": 2, "Dat": 3, "Acc": 4, "Ins": 5, "Loc": 6}
_GENITIVE = _CASES["Gen"]
# What a lemma of the table of stop words may not be: head of any phrase, head of a genitive only.
_FREE, _ONLY_MODIFIED, _NEVER = range(3)
_ONLY_MODIFIED_KINDS = frozenset({"vague", "weekday"})


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
    reading: Reading, spans: Spans, entities: Entities, content: Bools
) -> Candidates:
    """Candidates of all articles; who is only credited is none.

    Args:
        reading: What the batch says.
        spans: Mentions.
        entities: Entities of the mentions.
        content: Which mentions are content: shape (mentions,).
    """
    tokens, morphology, lemmas = reading.tokens, reading.morphology, reading.lemmas
    outside = ~spans.cover(len(tokens.word))
    free = outside & _is_word(tokens)[tokens.word]
    stop = _stopwords(lemmas)
    names = [keyword_key(lemma) for lemma in lemmas.lemmas]
    terms = _terms(names, lemmas, tokens, outside)
    found = (
        _entity_occurrences(spans, entities, content),
        _phrase_occurrences(tokens, morphology, lemmas, free, stop, terms),
        _word_occurrences(morphology, lemmas, free, stop),
    )
    kind, unit, token, length, plural = (
        np.concatenate([getattr(part, field) for part in found])
        for field in _Occurrences.__dataclass_fields__
    )
    zone = reading.zones.kind[reading.sentences.zone[tokens.sentence[token]]]
    told = ~np.isin(zone, _BESIDE)
    kind, unit, token, length, plural, zone = (
        column[told] for column in (kind, unit, token, length, plural, zone)
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
    is_entity = kind[first] == ENTITY
    row = np.where(is_entity, unit[first], token[shown])
    type_ = np.full(len(first), -1)
    type_[is_entity] = entities.type[row[is_entity]]
    start_of_article = np.searchsorted(tokens.doc, doc[first])
    return Candidates(
        doc[first],
        kind[first],
        type_,
        _keys(is_entity, row, length[shown], names, lemmas, entities),
        row,
        length[shown],
        n,
        np.bincount(group[order], opens_sentence).astype(np.int64),
        token[first] - start_of_article,
        np.bincount(group, zone == _TITLE) > 0,
        np.bincount(group, zone == _LEAD) > 0,
    )


def _entity_occurrences(spans: Spans, entities: Entities, content: Bools) -> _Occurrences:
    """Mentions that are content."""
    start, stop = spans.token_start[content], spans.token_stop[content]
    entity = entities.mention[content]
    return _Occurrences(
        np.full(len(entity), ENTITY), entity, start, stop - start, np.zeros(len(entity), np.bool_)
    )


def _word_occurrences(
    morphology: Morphology, lemmas: Lemmas, free: Bools, stop: Ints
) -> _Occurrences:
    """Nouns outside of names that say something by themselves; arguments as for phrases."""
    long_enough = np.array([len(lemma) >= _SHORTEST for lemma in lemmas.lemmas], np.bool_)
    is_keyword = long_enough & (stop == _FREE)
    noun = _Grammar.of(morphology).noun[morphology.tag]
    token = np.flatnonzero(noun & free & is_keyword[lemmas.lemma])
    return _Occurrences(
        np.full(len(token), WORD),
        lemmas.lemma[token],
        token,
        np.ones(len(token), np.int64),
        np.zeros(len(token), np.bool_),
    )


def _phrase_occurrences(
    tokens: Tokens,
    morphology: Morphology,
    lemmas: Lemmas,
    free: Bools,
    stop: Ints,
    terms: Iterable[tuple[Ints, int]],
) -> _Occurrences:
    """Noun phrases outside of names, by pattern of agreement and government, and `terms`.

    `free` marks the tokens outside of names, `stop` is that of `_stopwords`.
    """
    grammar, tag = _Grammar.of(morphology), morphology.tag
    noun, adjective = grammar.noun[tag] & free, grammar.adjective[tag] & free
    stop = stop[lemmas.lemma]
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
    found = [(np.flatnonzero(where), size, place) for where, size, place in patterns]
    found += [(at, size, 0) for at, size in terms]
    sizes = [len(at) for at, _, _ in found]
    start = np.concatenate([at for at, _, _ in found])
    length = np.repeat([size for _, size, _ in found], sizes)
    head = start + np.repeat([place for _, _, place in found], sizes)
    # A term may fit a pattern as well.
    once = np.unique(start * (_MOST_WORDS + 1) + length, return_index=True)[1]
    start, length, head = start[once], length[once], head[once]
    columns = [
        np.where(length > i, lemmas.lemma[np.minimum(start + i, len(tag) - 1)], -1)
        for i in range(_MOST_WORDS)
    ]
    return _Occurrences(
        np.full(len(start), PHRASE),
        _ranks(*columns),
        start,
        length,
        grammar.plural[tag[head]],
    )


def _terms(
    names: list[str], lemmas: Lemmas, tokens: Tokens, outside: Bools
) -> Iterator[tuple[Ints, int]]:
    """Where the terms of `keyword_terms.tsv` stand, and how many tokens each has.

    `names` are the keys of the distinct lemmas, `outside` marks the tokens outside of names.
    """
    row = {name: number for number, name in enumerate(names)}
    for term in _term_lemmas():
        rows = [row.get(lemma, -1) for lemma in term]
        if min(rows) >= 0:
            at = np.flatnonzero(lemmas.lemma == rows[0])
            at = at[at + len(rows) <= len(lemmas.lemma)]
            for place, number in enumerate(rows):
                at = at[(lemmas.lemma[at + place] == number) & outside[at + place]]
            last = at + len(rows) - 1
            yield at[tokens.sentence[at] == tokens.sentence[last]], len(rows)


@cache
def _term_lemmas() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(keyword_key(term).split()) for term, _ in read_table("keyword_terms.tsv"))


def keyword_key(keyword: str) -> str:
    """Form of a keyword under which it is counted and compared.

    Args:
        keyword: A keyword or a tag.

    Example:
        >>> keyword_key("Пётр Порошенко")
        'петр порошенко'
    """
    return fold(keyword).replace("ё", "е")


def spellings(
    rows: Ints,
    candidates: Candidates,
    reading: Reading,
    entities: Entities,
    dictionary: Dictionary,
    plurals: Set[str],
) -> list[str]:
    """Candidates as keywords: entities by name, phrases in the nominative, words as lemmas.

    Args:
        rows: Rows of `candidates`.
        candidates: The candidates.
        reading: What the batch says.
        entities: Entities of the batch.
        dictionary: Inflects phrases.
        plurals: Keys of words that news mostly have in the plural: «россияне», «санкции».
    """
    tokens, morphology, lemmas = reading.tokens, reading.morphology, reading.lemmas
    upos = [UPOS[code] for code in morphology.upos.tolist()]
    keywords = []
    for row in rows.tolist():
        at, length = int(candidates.row[row]), int(candidates.length[row])
        if candidates.kind[row] == ENTITY:
            keywords.append(entities.entry[at].name)
            continue
        texts = [tokens.words[word] for word in tokens.word[at : at + length].tolist()]
        if candidates.kind[row] == WORD:
            lemma = lemmas.lemmas[lemmas.lemma[at]]
            if candidates.key[row] in plurals:
                lemma = dictionary.once(_plural, lemma)
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


def _plural(dictionary: Dictionary, lemma: str) -> str:
    """Plural of a noun, itself where it has none."""
    for parse in dictionary.parses(lemma):
        if {"NOUN", "nomn", "sing"} <= parse.grammemes:
            return parse.form("nomn", "plur") or lemma
    return lemma


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
    levels = {
        lemma: _ONLY_MODIFIED if kind in _ONLY_MODIFIED_KINDS else _NEVER
        for lemma, kind, _ in read_table("keyword_stopwords.tsv")
    }
    return np.array([levels.get(lemma, _FREE) for lemma in lemmas.lemmas], np.int64)


def _is_word(tokens: Tokens) -> Bools:
    """Which distinct spellings are whole words of letters, not «фото-»."""
    return np.array(
        [
            len(word) > 1
            and (word.isalpha() or (word[-1] != "-" and word.replace("-", "").isalpha()))
            for word in tokens.words
        ],
        np.bool_,
    )


def _shifted(values: Any, by: int) -> Any:
    """Values of the token that follows by so many places; nothing follows the last ones."""
    shifted = np.zeros_like(values) if values.dtype == np.bool_ else np.full_like(values, -1)
    shifted[: len(values) - by] = values[by:]
    return shifted


def _ranks(*columns: Ints) -> Ints:
    """Rank of each row among the distinct rows; values from -1 up."""
    rank, n_ranks = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        size = int(column.max(initial=-1)) + 2
        if n_ranks * size > _LARGEST:
            rank = np.unique(rank, return_inverse=True)[1]
            n_ranks = len(rank)
        rank, n_ranks = rank * size + column + 1, n_ranks * size
    ranks: Ints = np.unique(rank, return_inverse=True)[1]
    return ranks


def _keys(
    is_entity: Bools,
    row: Ints,
    length: Ints,
    names: list[str],
    lemmas: Lemmas,
    entities: Entities,
) -> list[str]:
    """Candidates under the names by which their frequency is known: lemmas, or an entity's name."""
    lemma = lemmas.lemma.tolist()
    return [
        keyword_key(entities.entry[at].name)
        if entity
        else " ".join([names[i] for i in lemma[at:stop]])
        for entity, at, stop in zip(
            is_entity.tolist(), row.tolist(), (row + length).tolist(), strict=True
        )
    ]
