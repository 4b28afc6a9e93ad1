"""Layer *resolve*: nouns that tell who a person is, and nouns that stand for a name.

A role before a name («президент Казахстана Касым-Жомарт Токаев») is said of the mention. A role
without a name («Глава государства»), and a common noun with a capital («Организация»), are mentions
themselves where the article leaves no doubt whom they mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import NamedTuple

import numpy as np

from newsnlp.columns import Bools, Entities, Ints, Mentions, Morphology, Spans, Tokens
from newsnlp.dictionary import CASES, Dictionary
from newsnlp.joins import common_nouns
from newsnlp.normal_forms import Word, normal_phrase
from newsnlp.register import Register
from newsnlp.schema import MENTION_KINDS, TYPES, UPOS
from newsnlp.tables import read_table
from newsnlp.words import fold, name_key

ROLE, COMMON = (MENTION_KINDS.index(kind) for kind in ("role", "common"))
_PERSON, _ORGANISATION, _PLACE = (TYPES.index(type_) for type_ in ("PER", "ORG", "LOC"))
REACH = 12  # tokens before a name in which its role is looked for
_WITHIN = frozenset({"NOUN", "PROPN", "ADJ", "X"})
_BETWEEN = frozenset({"ADP", "CCONJ", "NUM"})
_QUOTES = frozenset('«»"„“”')
_AND = "и"
_JOINING = frozenset({"по", "при", "в", "на", _AND, "-", "за", "с", "для"})
_NEAR = 2  # tokens after a noun in which its verb is looked for


def roles_of_names(
    dictionary: Dictionary, tokens: Tokens, morphology: Morphology, spans: Spans
) -> list[tuple[int, str] | None]:
    """First token and normal form of the role before each person's name, None where there is none.

    Args:
        dictionary: The dictionary.
        tokens: Tokens of the batch.
        morphology: Part of speech and features of the tokens up to `REACH` before a person's name.
        spans: Mentions.
    """
    upos = [UPOS[code] for code in morphology.upos.tolist()]
    owner = _owners(spans, len(tokens.word))
    text = _Text(
        tokens.words,
        tokens.word.tolist(),
        tokens.sentence.tolist(),
        morphology.tag.tolist(),
        upos,
        morphology.feats,
        (owner >= 0).tolist(),
        np.append(spans.type, -1)[owner].tolist(),
    )
    roles: list[tuple[int, str] | None] = []
    columns = spans.type.tolist(), spans.token_start.tolist()
    for type_, stop in zip(*columns, strict=True):
        if type_ != _PERSON:
            roles.append(None)
            continue
        run = _run_before(text, stop)
        start = _role_start(dictionary, run, stop)
        words = [Word(*word) for word in run[start - stop :]] if start < stop else []
        roles.append((start, _spelled(dictionary, tokens, start, stop, words)) if words else None)
    return roles


Plain = tuple[str, str, str]


class _Text(NamedTuple):
    """Columns of the tokens as lists: few of them are looked at, one by one.

    `is_named` tells the tokens of names, `type` theirs, -1 of others; `upos` and `feats` are those
    of tags.
    """

    words: list[str]
    word: list[int]
    sentence: list[int]
    tag: list[int]
    upos: list[str]
    feats: list[str]
    is_named: list[bool]
    type: list[int]


def _run_before(text: _Text, stop: int) -> list[Plain]:
    """Words before a name that its role may be made of, in order."""
    run: list[Plain] = []
    sentence = text.sentence[stop]
    for row in range(stop - 1, max(stop - 1 - REACH, -1), -1):
        if text.sentence[row] != sentence:
            break
        word, tag = text.words[text.word[row]], text.tag[row]
        upos = text.upos[tag]
        if not run and text.type[row] == _PERSON and "Case=Ins" in text.feats[tag]:
            break  # «с премьером Орбаном Путин …»
        if not (
            text.is_named[row]
            or upos in _WITHIN
            or word in _QUOTES
            or (run and fold(word) in _JOINING)
        ):
            break
        if word == _AND and row and text.type[row - 1] == _PERSON != text.type[row + 1]:
            break  # «встреча премьера Орбана и президента Путина»: what is before is the other's
        run.append((word, upos, text.feats[tag]))
    return run[::-1]


def _role_start(dictionary: Dictionary, run: list[Plain], stop: int) -> int:
    """First token of the role that ends before a name, `stop` where there is none."""
    start = len(run)
    for at in range(len(run) - 1, -1, -1):
        if dictionary.once(_role, run[at][0]) is None:
            continue
        if start < len(run) and "Case=Gen" not in run[start][2]:
            break  # «президент и премьер-министр Иванов»: the nearer one is his
        if all(_depends(word) for word in run[at + 1 : start]):
            start = at
    if start == len(run):
        return stop
    while start and _agrees(run[start - 1], run[start]):
        start -= 1
    return stop - len(run) + start


def _depends(word: Plain) -> bool:
    """Whether a word may stand between a role and what it is the role of."""
    text, upos, feats = word
    return upos in _BETWEEN or text in _QUOTES or "Case=Nom" not in feats or not text.islower()


def _agrees(adjective: Plain, noun: Plain) -> bool:
    case = Word(*noun).case
    return adjective[1] == "ADJ" and adjective[0].islower() and Word(*adjective).case == case


def _role(dictionary: Dictionary, text: str) -> str | None:
    """Lemma of a word that says what a person is."""
    lemmas = [parse.lemma for parse in dictionary.parses(text) if parse.upos in ("NOUN", "ADJ")]
    return next((lemma for lemma in lemmas if lemma in _role_nouns()), None)


@cache
def _role_nouns() -> frozenset[str]:
    return frozenset(fold(noun) for noun, _, _ in read_table("roles.tsv"))


def _spelled(
    dictionary: Dictionary, tokens: Tokens, start: int, stop: int, words: list[Word]
) -> str:
    """A role with its head in the nominative, spaced as in the text."""
    normal = normal_phrase(dictionary, words)
    starts, stops = tokens.start[start:stop].tolist(), tokens.stop[start:stop].tolist()
    parts = [normal[0]]
    for number, form in enumerate(normal[1:], 1):
        parts.append(f" {form}" if starts[number] > stops[number - 1] else form)
    text = "".join(parts)
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _owners(spans: Spans, n_tokens: int) -> Ints:
    """Row of the mention that each token stands in, -1 for none."""
    owner = np.full(n_tokens, -1)
    length = spans.token_stop - spans.token_start
    at = np.repeat(spans.token_start - np.cumsum(length) + length, length)
    owner[at + np.arange(length.sum())] = np.repeat(np.arange(len(length)), length)
    return owner


def near_people(tokens: Tokens, spans: Spans) -> Bools:
    """Tokens whose morphology `roles_of_names` needs: shape (tokens,).

    Args:
        tokens: Tokens of the batch.
        spans: Mentions.
    """
    near = spans.token_start[spans.type == _PERSON][:, None] - np.arange(1, REACH + 1)
    wanted = np.zeros(len(tokens.word), np.bool_)
    wanted[near[near >= 0]] = True
    return wanted


# --- nouns that stand for a name -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nominals:
    """Nouns that stand for an entity, by position: all of shape (nominals,).

    `entity` is a row of `Entities`, `kind` a code into `schema.MENTION_KINDS`.
    """

    token_start: Ints
    token_stop: Ints
    kind: Ints
    entity: Ints
    normal: list[str]


def merged(
    tokens: Tokens,
    spans: Spans,
    normal: list[str],
    entities: Entities,
    roles: list[tuple[int, str] | None],
    nominals: Nominals,
) -> Mentions:
    """Names and nominals in order of position, all of them content so far.

    Args:
        tokens: Tokens of the batch.
        spans: Names.
        normal: Their normal forms.
        entities: Entities of the names.
        roles: What `roles_of_names` found.
        nominals: What `find_nominals` found.
    """
    n_names, n = len(spans.doc), len(spans.doc) + len(nominals.entity)
    first = entities.first_mention[nominals.entity]
    both = Spans(
        np.append(spans.doc, tokens.doc[nominals.token_start]),
        np.append(spans.token_start, nominals.token_start),
        np.append(spans.token_stop, nominals.token_stop),
        np.append(entities.type[entities.mention], spans.type[first]),
        np.append(spans.score, spans.score[first]),
    )
    order = np.argsort(both.token_start, kind="stable")
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    rules = [MENTION_KINDS[kind] for kind in nominals.kind.tolist()]
    forms, names_rules = normal + nominals.normal, entities.rule + rules
    told = [role and role[1] for role in roles] + [None] * (n - n_names)
    rows = order.tolist()
    return Mentions(
        both.take(order),
        [forms[row] for row in rows],
        np.append([COMMON if rule == "common" else 0 for rule in entities.rule], nominals.kind)[
            order
        ],
        [told[row] for row in rows],
        np.zeros(n, np.int64),
        replace(
            entities,
            mention=np.append(entities.mention, nominals.entity)[order],
            first_mention=place[entities.first_mention],
            rule=[names_rules[row] for row in rows],
        ),
    )


# What one nominal is: first token, token after the last, kind, entity, normal form.
_Nominal = tuple[int, int, int, int, str]


def find_nominals(
    dictionary: Dictionary,
    register: Register,
    tokens: Tokens,
    spans: Spans,
    entities: Entities,
    roles: list[tuple[int, str] | None],
    *,
    with_roles: bool = True,
) -> Nominals:
    """Roles and common nouns that leave no doubt whom they mean.

    Args:
        dictionary: The dictionary.
        register: Tells who heads which state.
        tokens: Tokens of the batch.
        spans: Mentions.
        entities: Entities of the mentions.
        roles: What `roles_of_names` found.
        with_roles: Whether roles without a name are mentions.
    """
    lemmas = dictionary.once(_forms_of_nominals, "")
    known = [lemmas.get(word) for word in tokens.words]
    is_head = np.array([lemma is not None for lemma in known], np.bool_)
    owner = _owners(spans, len(tokens.word))
    free = owner < 0
    for role, stop in zip(roles, spans.token_start.tolist(), strict=True):
        if role is not None:
            free[role[0] : stop] = False
    rows = np.flatnonzero(is_head[tokens.word] & free)
    batch = _Batch(dictionary, register, tokens, spans, entities, roles, owner)
    found: list[_Nominal] = []
    for doc, some in groupby(rows.tolist(), tokens.doc.tolist().__getitem__):
        heads = [(row, known[tokens.word[row]] or "") for row in some]
        if not with_roles:
            heads = [head for head in heads if head[1] not in _heads_of_phrases()]
        found += _Article(batch, doc).nominals(heads)
    found.sort()
    start, stop, kind, entity = np.array([one[:4] for one in found], np.int64).reshape(-1, 4).T
    return Nominals(start, stop, kind, entity, [form for *_, form in found])


@dataclass(frozen=True, slots=True)
class _Batch:
    """What every article of a batch is looked at with."""

    dictionary: Dictionary
    register: Register
    tokens: Tokens
    spans: Spans
    entities: Entities
    roles: list[tuple[int, str] | None]
    owner: Ints

    def word(self, row: int) -> str:
        """A token's spelling, "" beyond the ends of the batch."""
        inside = 0 <= row < len(self.tokens.word)
        return self.tokens.words[self.tokens.word[row]] if inside else ""

    def next_to(self, row: int, other: int) -> bool:
        """Whether a token stands in the sentence of another one."""
        inside = 0 <= other < len(self.tokens.word)
        return inside and bool(self.tokens.sentence[row] == self.tokens.sentence[other])


class _Article:
    """Entities of one article that nouns may stand for."""

    def __init__(self, batch: _Batch, doc: int) -> None:
        self._batch = batch
        entities = batch.entities
        first, last = np.searchsorted(entities.doc, [doc, doc + 1])
        self._entities = range(first, last)
        mentions = np.searchsorted(batch.spans.doc, [doc, doc + 1])
        self._mentions = range(*mentions.tolist())

    def nominals(self, heads: list[tuple[int, str]]) -> Iterator[_Nominal]:
        """Nominals with these nouns as heads: rows of tokens and lemmas."""
        offices = None
        common = [row for row, lemma in heads if lemma in common_nouns()]
        named = (
            {self._batch.word(row) for row in common if self._batch.next_to(row, row - 1)}
            if common
            else set()
        )
        lemmas_with_capital = {lemma for row, lemma in heads if self._batch.word(row) in named}
        for row, lemma in heads:
            if lemma in _heads_of_phrases():
                offices = self._offices() if offices is None else offices
                yield from self._role(row, lemma, offices)
            elif lemma in lemmas_with_capital:
                yield from self._common(row, lemma)

    def _offices(self) -> Mapping[str, dict[int, set[str]]]:
        """Countries of each person's offices, by office and entity; "" is the article's own say."""
        offices: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for entity in self._entities:
            for office, country in self._batch.register.heads.get(
                self._batch.entities.entry[entity].id, ()
            ):
                offices[office][entity].add(country)
        for mention in self._mentions:
            role = self._batch.roles[mention]
            if role is not None:
                first, *rest = role[1].split()
                told = _offices_of_nouns().get(fold(first))
                if told is not None and len(rest) <= 1:
                    offices[told][int(self._batch.entities.mention[mention])].add("")
        return offices

    def _role(
        self, row: int, lemma: str, offices: Mapping[str, dict[int, set[str]]]
    ) -> Iterator[_Nominal]:
        batch = self._batch
        following = fold(batch.word(row + 1)) if batch.next_to(row, row + 1) else ""
        stop = row + 2 if f"{lemma} {following}" in _phrases() else row + 1
        phrase = f"{lemma} {following}" if stop == row + 2 else lemma
        office = _phrases().get(phrase)
        if office is None or self._is_modified(row):
            return
        country = named = None
        told = stop + (batch.word(stop) == "(")  # «премьера (Венгрии Орбана)»
        if batch.next_to(row, told):
            owner = int(batch.owner[told])
            if owner >= 0:
                entity = int(batch.entities.mention[owner])
                entry = batch.entities.entry[entity]
                if told > stop and entry.type == _PERSON:
                    named = entity
                elif batch.spans.type[owner] != _PLACE or entry.kind != "country":
                    return
                else:
                    country = entry.country
                    stop = int(batch.spans.token_stop[owner]) if told == stop else stop
            elif batch.word(stop) in _QUOTES or (
                stop == row + 1 and batch.dictionary.may_be(batch.word(stop), "gent")
            ):
                return
        if phrase == "лидер" and country is None:
            return
        is_alone = stop == row + 1 and country is None and named is None
        if is_alone and not self._is_of_person(row):
            return
        who = [
            entity
            for entity, countries in offices.get(office, {}).items()
            if (country is None or country in countries) and named in (None, entity)
        ]
        if len(who) == 1:
            text = " ".join(
                [_nominative(batch.word(row), lemma), *map(batch.word, range(row + 1, stop))]
            )
            yield row, stop, ROLE, who[0], text

    def _is_modified(self, row: int) -> bool:
        """Whether an adjective before a role may say that it is another's: «бывший президент»."""
        batch = self._batch
        if not batch.next_to(row, row - 1):
            return False
        parses = batch.dictionary.parses(batch.word(row - 1))
        return bool(parses) and parses[0].upos == "ADJ"

    def _is_of_person(self, row: int) -> bool:
        """Whether a role is no form of another noun, or a verb beside it tells: «много премьер»."""
        batch = self._batch
        return batch.dictionary.once(_is_of_one_noun, fold(batch.word(row))) or any(
            batch.next_to(row, other) and batch.dictionary.once(_is_of_person, batch.word(other))
            for other in (row - 1, *range(row + 1, row + 1 + _NEAR))
        )

    def _common(self, row: int, lemma: str) -> Iterator[_Nominal]:
        batch = self._batch
        word = batch.word(row)
        if not word[:1].isupper() or word.isupper():
            return
        if batch.next_to(row, row + 1) and batch.owner[row + 1] >= 0:
            return
        who = [
            entity
            for entity in self._entities
            if batch.entities.entry[entity].type == _ORGANISATION and lemma in self._nouns(entity)
        ]
        if len(who) == 1:
            yield row, row + 1, COMMON, who[0], _nominative(word, lemma)

    def _nouns(self, entity: int) -> set[str]:
        """First words of an organisation's names, in the article and in the register."""
        entry = self._batch.entities.entry[entity]
        first = {name_key(entry.name).partition(" ")[0]}
        return first | self._batch.register.first_words.get(entry.id, frozenset())


def _nominative(word: str, lemma: str) -> str:
    return lemma.capitalize() if word[:1].isupper() else lemma


def _forms_of_nominals(dictionary: Dictionary, _: str) -> dict[str, str]:
    """Lemmas of the forms of all nouns that may stand for a name, by spelling."""
    forms: dict[str, str] = {}
    for lemma in _heads_of_phrases() | common_nouns():
        parse = next(parse for parse in dictionary.parses(lemma) if parse.upos == "NOUN")
        for case in CASES.values():
            form = parse.form(case, "sing")
            # «Премьера» is a first night as well.
            if form is not None and (form == lemma or _is_of_one_noun(dictionary, form)):
                forms[form.capitalize()] = lemma
                if lemma in _heads_of_phrases():
                    forms[form] = lemma
    return forms


def _is_of_one_noun(dictionary: Dictionary, form: str) -> bool:
    nouns = {parse.lemma for parse in dictionary.parses(form) if parse.upos == "NOUN"}
    return len(nouns) == 1


def _is_of_person(dictionary: Dictionary, word: str) -> bool:
    """Whether a word is a verb of one person: «заявил», not «было»."""
    return any(
        {"VERB", "sing"} <= parse.grammemes and "neut" not in parse.grammemes
        for parse in dictionary.parses(word)
    )


@cache
def _phrases() -> dict[str, str]:
    return {phrase: office for phrase, office, _ in read_table("role_phrases.tsv")}


@cache
def _heads_of_phrases() -> frozenset[str]:
    return frozenset(phrase.partition(" ")[0] for phrase in _phrases())


@cache
def _offices_of_nouns() -> dict[str, str]:
    return {fold(noun): office for noun, office, _ in read_table("roles.tsv") if office != "-"}
