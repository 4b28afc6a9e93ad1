"""Layer *resolve*: who or what the mentions of an article name.

Mentions of one type with the same normal form are one entity; `joins.RULES` join different forms,
and so does the register where it knows both.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import groupby

import numpy as np

from newsnlp.columns import Entities, Entry, Spans, Tokens
from newsnlp.dictionary import Dictionary
from newsnlp.joins import RULES, Form, Forms, Tests, expansion, sound
from newsnlp.people import is_first_name, is_patronymic, parts_of_name
from newsnlp.register import ORGANISATION, PERSON, PLACE, Register
from newsnlp.schema import TYPES
from newsnlp.tables import read_table
from newsnlp.words import fold, name_key

_BORDER_MARKS = ' \t\n«»"„“”‘’().,'
_QUOTES = (("«", "»"), ("„", "“"))
_OPENING = {")": "(", "»": "«", "“": "„", "”": "“", '"': '"'}
_ID_DIGITS = 16
_SHORTEST_STEM = 4
_FORMER = "former"  # in the table of words in brackets
_OPENING_BRACKETS, _CLOSING_QUOTES = frozenset("(["), frozenset('»"”“')
# Kinds of entries whose names are of no other type.
_OF_ONE_TYPE = frozenset({"union", "state", "country", "region"})
# Rules that join a name which is not shown.
_NO_NAME_RULES = frozenset({"common", "renamed"})
_MUCH = 2  # times as often as another is a type seen that counts for all
_MAIN = 3  # times as often as all others of the surname is a person named who is the main one
_MEANT = 2  # mentions of a bare surname that make it the first person's
_FULL = 3  # words of a name with a patronymic
_LONGEST_GAP = 5  # tokens between a name and one in brackets: «(далее —»
# People of a town whose name others have too make it the likelier one.
_LARGE = 300_000


def resolve_entities(
    dictionary: Dictionary,
    register: Register,
    tokens: Tokens,
    spans: Spans,
    forms: list[str],
    *,
    surnames: bool = True,
) -> tuple[Entities, list[str]]:
    """Group the mentions of each article into entities.

    Args:
        dictionary: The dictionary, for the parts of people's names.
        register: What is known of entities.
        tokens: Tokens of the batch.
        spans: Mentions of the batch.
        forms: Their normal forms.
        surnames: Whether a bare surname may mean a prominent person.

    Returns:
        The entities, and the normal forms, where those of an article's other mentions are better
        («Асию Биби», where «Асия Биби» stands there too).
    """
    normal = list(forms)
    tests = Tests(
        partial(dictionary.once, is_first_name),
        partial(dictionary.once, is_patronymic),
        partial(
            register.is_place_in_genitive,
            may_be_genitive=lambda word: dictionary.may_be(word, "gent"),
        ),
    )
    keys = {form: name_key(form) for form in set(normal)}
    types = dict(enumerate(spans.type.tolist()))
    bracketed = _bracketed(tokens, spans)
    countries = _countries_before(dictionary, register, tokens, spans)
    mention = np.zeros(len(normal), np.int64)
    rule: list[str | None] = [None] * len(normal)
    doc: list[int] = []
    first: list[int] = []
    entries: list[Entry] = []
    linked: list[bool] = []
    for article, rows in groupby(range(len(normal)), spans.doc.tolist().__getitem__):
        some = list(rows)
        types |= _supported_types(register, [(row, types[row], keys[normal[row]]) for row in some])
        names = _forms(register, some, types, normal, keys, bracketed, countries)
        text = partial(_words, tokens, article)
        groups = _Article(register, names, text, tests).groups(surnames=surnames)
        for group in sorted(groups, key=lambda group: group.first):
            for form, why in group.forms:
                mention[form.rows] = len(entries)
                for row in form.rows:
                    rule[row] = why
                    if why == "inflected":
                        normal[row] = form.normal
            entry = group.entry or _own_entry(dictionary, group)
            doc.append(article)
            first.append(group.first)
            entries.append(entry)
            linked.append(group.entry is not None)
    entities = Entities(
        mention,
        np.array(doc, np.int64),
        entries,
        np.array([entry.type for entry in entries], np.int64),
        np.array(linked, np.bool_),
        np.array(first, np.int64),
        rule,
    )
    return entities, normal


def _words(tokens: Tokens, doc: int) -> str:
    """Words of an article, folded, a space before each."""
    first, last = np.searchsorted(tokens.doc, [doc, doc + 1])
    return fold(" ".join(["", *(tokens.words[row] for row in tokens.word[first:last].tolist())]))


def entity_id(type_: str, name: str) -> str:
    """Identifier of an entity that no register has: a hash of its type and name.

    Args:
        type_: One of `schema.TYPES`.
        name: The canonical name.

    Example:
        >>> entity_id("ORG", "ОДКБ") == entity_id("ORG", "одкб")
        True
    """
    digest = hashlib.sha256(f"{type_}\t{name_key(name)}".encode()).hexdigest()
    return f"{type_.lower()}:{digest[:_ID_DIGITS]}"


def _countries_before(
    dictionary: Dictionary, register: Register, tokens: Tokens, spans: Spans
) -> dict[int, str]:
    """Countries whose adjective stands before an organisation: «сирийский МИД»; by mention."""
    rows = np.flatnonzero((spans.type == ORGANISATION) & (spans.token_start > 0))
    before = spans.token_start[rows] - 1
    rows = rows[tokens.sentence[before] == tokens.sentence[before + 1]]
    before = spans.token_start[rows] - 1
    opens = np.insert(tokens.sentence, 0, -1)[before] != tokens.sentence[before]
    found: dict[int, str] = {}
    for row, word, is_first in zip(
        rows.tolist(), tokens.word[before].tolist(), opens.tolist(), strict=True
    ):
        text = tokens.words[word]
        country = dictionary.once(_adjective, text.lower() if is_first else text)
        if country in register.demonyms:
            found[row] = register.demonyms[country]
    return found


def _adjective(dictionary: Dictionary, word: str) -> str:
    """Lemma of a word that is an adjective, "" of others."""
    if not word.islower():
        return ""
    return next((p.lemma for p in dictionary.parses(word) if "ADJF" in p.grammemes), "")


def _office(register: Register, key: str, expanded: str, country: str) -> Entry | None:
    return register.office(key, country) or register.office(expanded, country)


def _forms(
    register: Register,
    rows: Iterable[int],
    types: Mapping[int, int],
    normal: list[str],
    keys: dict[str, str],
    bracketed: dict[int, str],
    countries: dict[int, str],
) -> list[Form]:
    """Distinct names of an article; those of offices of different countries are different.

    Args:
        register: Knows offices.
        rows: The article's mentions.
        types: Type of every mention.
        normal: Normal forms of the batch.
        keys: Their keys.
        bracketed: What brackets say of the next mention, by the row of the mention before.
        countries: Countries whose adjective stands before, by row.
    """
    forms: dict[tuple[int, str, str], Form] = {}
    of_row: dict[int, Form] = {}
    for row in rows:
        key, country = keys[normal[row]], countries.get(row, "")
        if country and _office(register, key, expansion(key), country) is None:
            country = ""
        form = forms.get((types[row], key, country))
        if form is None:
            form = Form(types[row], key, normal[row], [], tuple(key.split()), country=country)
            if form.type == ORGANISATION:
                form.expansion = expansion(key)
            forms[types[row], key, country] = form
        form.rows.append(row)
        form.spellings.append(normal[row])
        of_row[row] = form
    for row, form in of_row.items():
        bracket = bracketed.get(row)
        other = of_row.get(row + 1)
        if bracket is not None and other is not None and other is not form:
            if bracket == _FORMER:
                other.former_of.append(form)
            else:
                form.bracketed.append(other)
                other.bracketed.append(form)
    return list(forms.values())


def _supported_types(
    register: Register, mentions: Iterable[tuple[int, int, str]]
) -> dict[int, int]:
    """Types of mentions that the tagger saw as another one than the register or the article does.

    Args:
        register: «Евросоюз» is an organisation there, and nothing else.
        mentions: Rows of an article's mentions, with type and key.
    """
    by_key: dict[str, list[tuple[int, int]]] = {}
    for row, type_, key in mentions:
        by_key.setdefault(key, []).append((row, type_))
    changed: dict[int, int] = {}
    for key, found in by_key.items():
        counts = Counter(type_ for _, type_ in found)
        if len(counts) > 1 or PERSON not in counts or key in register.own_types:
            supported = _supported_type(register, key, counts)
            if supported is not None:
                changed |= {row: supported for row, type_ in found if type_ != supported}
    return changed


def _supported_type(register: Register, key: str, counts: Counter[int]) -> int | None:
    """The type that the register knows for sure, else that which the article mostly has.

    None where neither tells: buildings are places and offices, towns have clubs.
    """
    if key in register.own_types:
        return register.own_types[key]
    known = [entry for type_ in range(len(TYPES)) for entry in register.find(type_, key)]
    if len(known) == 1 and known[0].kind in _OF_ONE_TYPE and PERSON not in counts:
        return known[0].type
    (most, n), *others = counts.most_common()
    return most if others and not known and n >= _MUCH * others[0][1] else None


def _bracketed(tokens: Tokens, spans: Spans) -> dict[int, str]:
    """Mentions after which another one stands alone in brackets: what of, its former or same name.

    Args:
        tokens: Tokens of the batch.
        spans: Mentions of the batch.
    """
    found: dict[int, str] = {}
    words, word, sentence = tokens.words, tokens.word.tolist(), tokens.sentence.tolist()
    starts, stops = spans.token_start.tolist(), spans.token_stop.tolist()
    for row, (stop, start) in enumerate(zip(stops[:-1], starts[1:], strict=True)):
        if 0 < start - stop <= _LONGEST_GAP and sentence[stop - 1] == sentence[start]:
            between = [words[word[at]] for at in range(stop, start)]
            while between and between[0] in _CLOSING_QUOTES:
                del between[0]
            said = {_bracket_words().get(fold(each), "") for each in between[1:]}
            if between and between[0] in _OPENING_BRACKETS and "" not in said:
                found[row] = _FORMER if _FORMER in said else "same"
    return found


@cache
def _bracket_words() -> dict[str, str]:
    return {word: which for word, which, _ in read_table("bracket_words.tsv")}


class _Group:
    """Forms of one entity, each with the rule that joined it, None for the first."""

    def __init__(self, form: Form, entry: Entry | None) -> None:
        self.forms: list[tuple[Form, str | None]] = [(form, None)]
        self.entry = entry

    @property
    def first(self) -> int:
        """Row of the first mention."""
        return min(form.rows[0] for form, _ in self.forms)

    @property
    def type(self) -> int:
        """Type of the entity."""
        return self.forms[0][0].type


class _Article:
    """Forms of one article on their way to entities."""

    def __init__(
        self, register: Register, forms: list[Form], text: Callable[[], str], tests: Tests
    ) -> None:
        self._register, self._text, self._tests = register, text, tests
        # Fuller names come first: «Токаев» then finds the name that took another one in.
        self._forms = sorted(forms, key=lambda form: (-len(form.words), -len(form.key)))
        self._found = {form: register.find(form.type, form.key) for form in forms}
        self._group: dict[Form, _Group] = {}

    def groups(self, *, surnames: bool) -> list[_Group]:
        """Join what is one entity."""
        for form in self._forms:
            self._group[form] = _Group(form, self._known(form))
        self._choose_by_words()
        self._choose_places()
        for form in self._forms:
            entry = self._group[form].entry
            if entry is not None:
                form.first_words = self._register.first_words.get(entry.id, frozenset())
        self._join_same_entries()
        by_rule = Forms(self._forms, self._tests)
        for name, types, rule in RULES:
            for type_ in types:
                for form in by_rule.of_type[type_]:
                    found = list(rule(form, by_rule))
                    if found and self._is_first(form):
                        self._apply(name, form, found)
        if surnames:
            self._link_surnames()
        self._link_offices()
        self._join_same_entries()
        return list(dict.fromkeys(self._group.values()))

    def _is_first(self, form: Form) -> bool:
        """Whether a form is still what it was, not joined to another or shared out."""
        group = self._group.get(form)
        return group is not None and group.forms[0][0] is form

    def _known(self, form: Form) -> Entry | None:
        """What the register has under a name that means it everywhere."""
        if form.country:
            return self._office(form, form.country)
        found = self._found[form]
        if len(found) != 1 or (form.key, found[0].id) in self._register.words:
            return None
        return found[0]

    def _choose_places(self) -> None:
        """Of places of one name that of a country which the article speaks of, else a large one."""
        votes = self._countries()
        for form in self._forms:
            found = self._found[form]
            if form.type == PLACE and len(found) > 1:
                of_country = [entry for entry in found if votes[entry.country]]
                largest = found[0]
                if largest.kind == "country" or largest.population >= _LARGE:
                    self._group[form].entry = largest
                elif of_country:
                    self._group[form].entry = of_country[0]

    def _countries(self) -> Counter[str]:
        """How often mentions speak for a country."""
        votes: Counter[str] = Counter()
        for group in dict.fromkeys(self._group.values()):
            if group.entry is not None and group.entry.country:
                votes[group.entry.country] += sum(len(form.rows) for form, _ in group.forms)
        return votes

    def _join_same_entries(self) -> None:
        home: dict[str, _Group] = {}
        for group in dict.fromkeys(self._group.values()):
            if group.entry is not None:
                first = home.setdefault(group.entry.id, group)
                if first is not group:
                    self._join(group, first, "register")

    def _apply(self, name: str, form: Form, found: list[Form]) -> None:
        own = self._group[form]
        homes = [
            group
            for group in dict.fromkeys(self._group[one] for one in found if one in self._group)
            if group is not own
            and _can_be_one(own, group)
            and (form.type != PERSON or self._share_middle_names(own, group, name))
        ]
        if name == "acronym" and own.entry is not None:
            return
        if len(homes) == 1:
            if name == "inflected":
                form.normal = found[0].normal
            self._join(own, homes[0], name)
        elif homes and form.type == PERSON and own.entry is None and len(own.forms) == 1:
            self._share_out(form, homes, name)

    def _share_middle_names(self, group: _Group, home: _Group, rule: str) -> bool:
        """Whether no middle name of one speaks against those of the other."""
        others = self._middle_names(home)
        return all(
            _may_be_middle(one, other)
            for one in self._middle_names(group, rule)
            for other in others
        )

    def _middle_names(self, group: _Group, rule: str = "") -> set[str]:
        """Keys of a person's middle names and their initials, in the article and in the register.

        Args:
            group: Names of the person.
            rule: What joins them to another, if anything does.
        """
        said = {self._middle_name(form, why or rule) for form, why in group.forms}
        known = name_key(group.entry.middle_name) if group.entry is not None else ""
        return (said | {known}) - {""}

    def _middle_name(self, form: Form, rule: str) -> str:
        if len(form.words) == 2:  # the second word may be a surname: «Александр Лукашевич»
            return form.words[1] if rule == "patronymic" else ""
        if len(form.words) != _FULL:
            return ""
        first, second, _ = form.words
        if len(first) == len(second) == 1:
            return second
        return next((word for word in form.words[1:] if self._tests.is_patronymic(word)), "")

    def _join(self, group: _Group, home: _Group, rule: str) -> None:
        for form, why in group.forms:
            home.forms.append((form, why or rule))
            self._group[form] = home
        home.entry = home.entry or group.entry

    def _share_out(self, form: Form, homes: list[_Group], rule: str) -> None:
        """Each mention of a surname means whoever of that name was named last before it."""
        share: dict[int, list[int]] = {}
        rows = [[row for other, _ in home.forms for row in other.rows] for home in homes]
        spelled = dict(zip(form.rows, form.spellings, strict=True))
        main = _main(form.rows, rows)
        for row in form.rows:
            number = _last_named_before(row, rows) if main is None else main
            share.setdefault(number, []).append(row)
        del self._group[form]
        self._forms = [other for other in self._forms if other is not form]
        for number, some in share.items():
            spellings = [spelled[row] for row in some]
            part = Form(form.type, form.key, form.normal, some, form.words, spellings=spellings)
            homes[number].forms.append((part, rule))
            self._group[part] = homes[number]

    def _link_surnames(self) -> None:
        """A bare surname means the one prominent person who has it."""
        for group in dict.fromkeys(self._group.values()):
            if group.entry is None and group.type == PERSON:
                entry = self._register.prominent(group.forms[0][0].words[-1])
                if entry is not None and all(_may_be(form, entry) for form, _ in group.forms):
                    group.entry = entry

    def _link_offices(self) -> None:
        """«Минобороны» is that of the article's country, «Минобороны России» that of Russia."""
        votes = self._countries()
        total = sum(votes.values())
        country = next((name for name, n in votes.most_common(1) if 2 * n > total), "")
        for group in dict.fromkeys(self._group.values()):
            if country and group.entry is None and group.type == ORGANISATION:
                names = [form for form, why in group.forms if why != "common"]
                offices = {self._office(form, country) for form in names}
                # «Верховный суд Пакистана» is none of another country's.
                group.entry = offices.pop() if len(offices) == 1 else None

    def _office(self, form: Form, country: str) -> Entry | None:
        return _office(self._register, form.key, form.expansion, country)

    def _choose_by_words(self) -> None:
        """«КТК» is a channel or a pipeline: what the article speaks of tells."""
        text = ""
        for form in self._forms:
            found = self._found[form]
            of_words = [entry for entry in found if (form.key, entry.id) in self._register.words]
            if of_words:
                text = text or self._text()
                hits = {
                    entry.id: sum(
                        f" {_stem(word)}" in text
                        for word in self._register.words[form.key, entry.id]
                    )
                    for entry in of_words
                }
                most = max(hits.values())
                best = [entry for entry in of_words if hits[entry.id] == most]
                if most and len(best) == 1:
                    self._group[form].entry = best[0]


def _stem(word: str) -> str:
    """What the forms of a lemma mostly begin with."""
    return word[: max(_SHORTEST_STEM, len(word) - 2)]


def _can_be_one(group: _Group, home: _Group) -> bool:
    return group.entry is None or home.entry is None or group.entry.id == home.entry.id


def _may_be_middle(one: str, other: str) -> bool:
    """Whether middle names are the same but for spelling, or one is the other's initial."""
    if 1 in (len(one), len(other)):
        return one[0] == other[0]
    one, other = (sound(name).replace("ие", "е") for name in (one, other))
    return one == other


def _may_be(form: Form, entry: Entry) -> bool:
    """Whether a surname, alone or with initials, may be a person's."""
    *given, surname = form.words
    names = [part for part in (entry.first_name, entry.middle_name) if part]
    initials = [name_key(part)[0] for part in names]
    return surname == name_key(entry.last_name) and (
        not given or (all(len(part) == 1 for part in given) and given == initials[: len(given)])
    )


def _main(bare: Sequence[int], groups: Sequence[Sequence[int]]) -> int | None:
    """Which of several people of one surname the surname means throughout, None if it varies.

    It is who is named much more often, or was meant by the surname before another was named.

    Args:
        bare: Rows of the surname's mentions.
        groups: Rows of the mentions of each of the people.
    """
    *_, second, most = sorted(map(len, groups))
    if most >= _MAIN * second:
        return max(range(len(groups)), key=lambda number: len(groups[number]))
    (_, first), (other, _), *_ = sorted((min(group), at) for at, group in enumerate(groups))
    return first if sum(row < other for row in bare) >= _MEANT else None


def _last_named_before(row: int, groups: Sequence[Sequence[int]]) -> int:
    """Which group has the last mention before a row, else the one with the first after it."""

    def nearness(number: int) -> tuple[int, int]:
        group = groups[number]
        before = max((mention for mention in group if mention < row), default=-1)
        return before, -min(group)

    return max(range(len(groups)), key=nearness)


def _own_entry(dictionary: Dictionary, group: _Group) -> Entry:
    """Facts of an entity that the register does not have."""
    return dictionary.once(_entry_of, (group.type, _fullest(group)))


def _entry_of(dictionary: Dictionary, named: tuple[int, str]) -> Entry:
    type_, name = named[0], _clean(named[1])
    id_ = entity_id(TYPES[type_], name)
    if type_ != PERSON:
        return Entry(id_, type_, name)
    first, middle, last, gender = parts_of_name(dictionary, name)
    return Entry(
        id_, type_, name, first_name=first, middle_name=middle, last_name=last, gender=gender
    )


def _fullest(group: _Group) -> str:
    """The fullest form; of equals one in Cyrillic, not in capitals, then the most frequent."""
    if len(group.forms) == 1 and len(group.forms[0][0].rows) == 1:
        return group.forms[0][0].normal
    forms = [form for form, why in group.forms if why not in _NO_NAME_RULES]
    counts = Counter(spelling for form in forms for spelling in form.spellings)
    words = {spelling: form.words for form in forms for spelling in form.spellings}

    def fullness(form: str) -> tuple[int, bool, bool, int]:
        n_words = sum([len(word) > 1 for word in words[form]])
        return n_words, words[form][0] >= "а", not form.isupper(), counts[form]

    return max(counts, key=fullness) if len(counts) > 1 else group.forms[0][0].normal


def _clean(name: str) -> str:
    """A name without marks around it; a mark that closes one inside the name stays."""
    clean = name.strip(_BORDER_MARKS)
    for mark in name[name.index(clean) + len(clean) :]:
        opening = _OPENING.get(mark)
        if opening is None or not _is_open(clean, opening, mark):
            break
        clean += mark
    return _paired(clean) or name


def _paired(name: str) -> str:
    """A name in which a quote that is not closed is closed, and one that closes none is dropped."""
    for opening, closing in _QUOTES:
        if name.count(opening) > name.count(closing):
            name += closing
        elif name.count(closing) > name.count(opening):
            name = name.replace(closing, "", 1)
    return f'{name}"' if name.count('"') % 2 else name


def _is_open(name: str, opening: str, closing: str) -> bool:
    if opening == closing:
        return name.count(opening) % 2 == 1
    return name.count(opening) > name.count(closing)
