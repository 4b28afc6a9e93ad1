"""Layer *resolve*: rules by which different names in one article are one entity.

Each rule looks at one name and answers which other name of the article, of the same type, it stands
for. They are tried in the order of `RULES`; precision comes first, so a rule that sees two answers
gives none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from newsnlp.schema import TYPES
from newsnlp.tables import read_table
from newsnlp.words import shared_start

PERSON, ORGANISATION, PLACE = (TYPES.index(type_) for type_ in ("PER", "ORG", "LOC"))
_SHORTEST_STEM = 3
_LONGEST_ENDING = 3
_LONGEST_ACRONYM = 8
_SHORTEST_CORE = 4
_QUOTED = re.compile(r"[«\"“„]\s*(.+?)\s*[»\"”“]?$")
# Letters that spellings of one foreign name differ in.
_SOUND = str.maketrans({"э": "е", "ё": "е", "й": "и", "ъ": None, "ь": None, "-": None, " ": None})
_TWICE = re.compile(r"(\w)\1")


@dataclass(slots=True, eq=False)
class Form:
    """One name of an article in its normal form, with the rows of its mentions.

    `words` are those of its key (`words.name_key`); `bracketed` are forms that stand in brackets
    after it or before whose brackets it stands, `former_of` those whose former name brackets call
    it; `spellings` its normal form in every mention;
    `first_words` those of all names that the register knows for it; `expansion` is the key with
    abbreviations spelled out; `country` is that of an office whose adjective stands before it.
    """

    type: int
    key: str
    normal: str
    rows: list[int]
    words: tuple[str, ...] = ()
    bracketed: list[Form] = field(default_factory=list)
    former_of: list[Form] = field(default_factory=list)
    spellings: list[str] = field(default_factory=list)
    first_words: frozenset[str] = frozenset()
    expansion: str = ""
    country: str = ""

    @property
    def is_acronym(self) -> bool:
        """Whether it is one word in capitals."""
        return self.normal.isupper() and 2 <= len(self.key) <= _LONGEST_ACRONYM


Rule = Callable[[Form, "Forms"], Iterable[Form]]


class Tests(NamedTuple):
    """What rules ask about words: of keys, whether they are so."""

    is_first_name: Callable[[str], bool]
    is_patronymic: Callable[[str], bool]
    is_place_in_genitive: Callable[[str], bool]


class Forms:
    """The forms of one article, by what rules look them up by.

    Args:
        forms: The forms.
        tests: What rules ask about words.
    """

    def __init__(self, forms: Sequence[Form], tests: Tests) -> None:
        self.tests = tests
        self.of_type: dict[int, list[Form]] = {type_: [] for type_ in range(len(TYPES))}
        for form in forms:
            self.of_type[form.type].append(form)
        people, organisations = self.of_type[PERSON], self.of_type[ORGANISATION]
        self._by_word = _index(people, lambda form: _ends(form.words))
        self._by_rest = _index(people, lambda form: _but_one(form.words))
        self._by_sound = _index(people, lambda form: {sound(form.key)})
        self._by_expansion = _index(organisations, lambda form: {form.expansion})
        self._by_first = _index(organisations, lambda form: {form.expansion.partition(" ")[0]})
        self._by_last = _index(organisations, lambda form: {form.words[-1]})

    def like(self, form: Form) -> Iterator[Form]:
        """Other forms of the same type."""
        return (other for other in self.of_type[form.type] if other is not form)

    def people_with(self, word: str) -> list[Form]:
        """People whose first or last word this is, of names with several words."""
        return self._by_word.get(word, [])

    def but_for_one_word(self, form: Form) -> Iterator[Form]:
        """Other people whose names differ in one word."""
        found = (other for rest in _but_one(form.words) for other in self._by_rest[rest])
        return (other for other in dict.fromkeys(found) if other is not form)

    def sounding_like(self, form: Form) -> Iterator[Form]:
        """Other people whose names differ in letters alone that spellings differ in."""
        return (other for other in self._by_sound[sound(form.key)] if other is not form)

    def expanded_like(self, form: Form) -> Iterator[Form]:
        """Other organisations whose names are the same with abbreviations spelled out."""
        return (other for other in self._by_expansion[form.expansion] if other is not form)

    def starting_with(self, form: Form) -> Iterator[Form]:
        """Other organisations whose names begin with the same word."""
        first = form.expansion.partition(" ")[0]
        return (other for other in self._by_first[first] if other is not form)

    def ending_with(self, form: Form) -> Iterator[Form]:
        """Other organisations whose names end with the same word."""
        return (other for other in self._by_last[form.words[-1]] if other is not form)


def _index(forms: Iterable[Form], keys: Callable[[Form], set[str]]) -> dict[str, list[Form]]:
    found: dict[str, list[Form]] = {}
    for form in forms:
        for key in keys(form):
            found.setdefault(key, []).append(form)
    return found


def _but_one(words: Sequence[str]) -> set[str]:
    """Names of several words with each word left out in turn."""
    if len(words) == 1:
        return set()
    return {" ".join((*words[:at], "", *words[at + 1 :])) for at in range(len(words))}


def _ends(words: Sequence[str]) -> set[str]:
    return {words[0], words[-1]} if len(words) > 1 else set()


# --- people --------------------------------------------------------------------------------------


def inflected(form: Form, forms: Forms) -> Iterator[Form]:
    """«Асию Биби» is «Асия Биби», where the nominative was not found."""
    for other in forms.but_for_one_word(form):
        if (
            len(other.words) == len(form.words)
            and _differ_in_ending(form.words, other.words)
            and _is_commoner(other, form)
            and not _are_first_names(form.words[0], other.words[0], forms.tests)
        ):
            yield other


def _are_first_names(word: str, other: str, tests: Tests) -> bool:
    """Whether words are two first names, as «Евгений» and «Евгения» are."""
    return word != other and tests.is_first_name(word) and tests.is_first_name(other)


def _is_commoner(other: Form, form: Form) -> bool:
    """Whether the article has another form more often, or of equals earlier."""
    return (len(other.rows), -other.rows[0]) > (len(form.rows), -form.rows[0])


def _differ_in_ending(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether names are the same but for the ending of one word; first names tell the gender."""
    pairs = [pair for pair in zip(words, others, strict=True) if pair[0] != pair[1]]
    if len(pairs) != 1:
        return False
    one, other = pairs[0]
    same = shared_start(one, other)
    endings = one[same:], other[same:]
    if words[0] != others[0] and "" in endings:
        return False
    return (
        same >= _SHORTEST_STEM
        and max(map(len, endings)) <= _LONGEST_ENDING
        and all(ending in _case_endings() for ending in endings)
    )


@cache
def _case_endings() -> frozenset[str]:
    return frozenset({"", *(ending for ending, _ in read_table("case_endings.tsv"))})


def part_of_name(form: Form, forms: Forms) -> Iterator[Form]:
    """«Токаев», «К. Токаев», «Касым-Жомарт» are «Касым-Жомарт Токаев»."""
    for other in forms.people_with(form.words[-1]):
        if other is not form and _is_part(form.words, other.words):
            yield other


def _is_part(words: Sequence[str], full: Sequence[str]) -> bool:
    """Whether a person's name is a shorter way to write another one: a surname, with initials."""
    if len(full) < 2 or len(full[0]) == 1:
        return False
    *given, surname = words
    if not given:
        return surname in (full[-1], full[0])
    if surname != full[-1]:
        return False
    is_initial = len(given[0]) == 1
    same_given = full[0].startswith(given[0]) if is_initial else full[0] == given[0]
    return same_given and (is_initial or len(words) < len(full))


def patronymic(form: Form, forms: Forms) -> Iterator[Form]:
    """«Светлана Николаевна» is «Светлана Леонтьева», or «Светлана Николаевна Леонтьева»."""
    if len(form.words) == 2:
        first, middle = form.words
        with_first = [other for other in forms.people_with(first) if other.words[0] == first]
        with_middle = [
            other for other in forms.people_with(middle) if other.words[1:] == form.words
        ]
        others = [other for other in with_first + with_middle if other is not form]
        if others and forms.tests.is_patronymic(middle):
            for other in others:
                short = len(other.words) == 2 and not forms.tests.is_patronymic(other.words[1])
                if short or form.words in (other.words[:2], other.words[1:]):
                    yield other


def same_sound(form: Form, forms: Forms) -> Iterator[Form]:
    """«Дэвид Девис» is «Дэвид Дэвис», «Мей» is «Мэй»."""
    return (other for other in forms.sounding_like(form) if _is_commoner(other, form))


def sound(key: str) -> str:
    """A name without what spellings of one foreign name differ in.

    Args:
        key: What `words.name_key` makes of a name.

    Example:
        >>> sound("дэвид девис") == sound("дэвид дэвис")
        True
    """
    return _TWICE.sub(r"\1", key.translate(_SOUND))


# --- organisations and places --------------------------------------------------------------------


def defined(form: Form, forms: Forms) -> Iterator[Form]:
    """«ОДКБ» in «Организация Договора о коллективной безопасности (ОДКБ)»."""
    return (
        other
        for other in form.bracketed
        if other.type == form.type
        and (
            _is_spelling(form, other)
            if form.type == PERSON
            else len(other.key) > len(form.key) and _is_short_for(form, other)
        )
    )


def _is_short_for(form: Form, other: Form) -> bool:
    """Whether a shorter name in brackets is of an organisation or place, not beside it."""
    if form.is_acronym and _may_abbreviate(form.key, other.key):
        return True
    return form.type == ORGANISATION and _script(form.key) != _script(other.key)


def _is_spelling(latin: Form, other: Form) -> bool:
    """Whether a person's name is another one in Latin letters: words begin with the same sounds."""
    sounds = _sounds_of_latin()
    return len(latin.words) == len(other.words) and all(
        russian[0] in sounds.get(word[0], "")
        for word, russian in zip(latin.words, other.words, strict=True)
    )


@cache
def _sounds_of_latin() -> dict[str, str]:
    return {latin: cyrillic for latin, cyrillic, _ in read_table("latin_letters.tsv")}


def renamed(form: Form, forms: Forms) -> Iterator[Form]:
    """«Twitter» in «X (бывший Twitter)»."""
    return (other for other in form.former_of if other.type == form.type)


def _may_abbreviate(acronym: str, key: str) -> bool:
    """Whether most letters of an acronym are initials of a name, or the name is foreign to it."""
    if _script(acronym) != _script(key):
        return True
    initials = {word[0] for word in key.replace("-", " ").split()}
    return acronym[0] in initials and 2 * sum(a in initials for a in acronym) > len(acronym)


def _script(key: str) -> str:
    return "Latin" if key[:1] < "а" else "Cyrillic"


def acronym(form: Form, forms: Forms) -> Iterator[Form]:
    """«ТЛП» is «Техрик-э-Лабаик Пакистан»."""
    if form.is_acronym:
        for other in forms.like(form):
            several = len(other.words) > 1 or "-" in other.key
            if several and other.key[0] == form.key[0] and form.key in _initials(other.key):
                yield other


def _initials(key: str) -> set[str]:
    """Acronyms that a name may have: of all its words, and of its longer ones."""
    words = key.replace("-", " ").split()
    longer = [word for word in words if len(word) > 3 or word not in _short_words()]
    return {"".join(word[0] for word in some) for some in (words, longer)}


@cache
def _short_words() -> frozenset[str]:
    return frozenset(word for word, _ in read_table("acronym_skips.tsv"))


def expanded(form: Form, forms: Forms) -> Iterator[Form]:
    """«Минобороны РФ» is «Министерство обороны России»."""
    return (other for other in forms.expanded_like(form) if len(other.key) > len(form.key))


@cache
def _abbreviations() -> tuple[re.Pattern[str], dict[str, str]]:
    table = {short: long for short, long, _ in read_table("expansions.tsv")}
    longest_first = sorted(table, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(longest_first)})(?![\w-])"), table


def expansion(key: str) -> str:
    """A name of an organisation with what news abbreviate spelled out.

    Args:
        key: What `words.name_key` makes of a name.

    Example:
        >>> expansion("мид рф")
        'министерство иностранных дел россии'
    """
    pattern, table = _abbreviations()
    return pattern.sub(lambda found: table[found[0]], key)


def without_place(form: Form, forms: Forms) -> Iterator[Form]:
    """«Верховный суд» is «Верховный суд Пакистана», «МИД» is «сирийский МИД»."""
    if form.country:
        return
    start = f"{form.expansion} "
    for other in forms.starting_with(form):
        place = other.expansion.removeprefix(start) if other.expansion.startswith(start) else ""
        is_of_country = bool(other.country) and other.expansion == form.expansion
        if is_of_country or (place and forms.tests.is_place_in_genitive(place)):
            yield other


def core(form: Form, forms: Forms) -> Iterator[Form]:
    """«Вектор» is «ГНЦ ВБ «Вектор»», «REGNUM» is «ИА REGNUM»."""
    if len(form.key) >= _SHORTEST_CORE:
        for other in forms.ending_with(form):
            if other.key.endswith(f" {form.key}") and _is_core(other, len(form.words)):
                yield other


def _is_core(form: Form, n_words: int) -> bool:
    """Whether the last words of a name are in quotes, or stand behind legal forms alone."""
    quoted = _QUOTED.search(form.normal)
    if quoted is not None and len(quoted.group(1).split()) == n_words:
        return True
    before = form.normal.split()[:-n_words]
    return all(word in _legal_forms() for word in before)


@cache
def _legal_forms() -> frozenset[str]:
    return frozenset(word for word, _ in read_table("legal_forms.tsv"))


def common(form: Form, forms: Forms) -> Iterator[Form]:
    """«Организация» is «Организация Договора о коллективной безопасности», or ОДКБ."""
    if form.key in common_nouns():
        for other in forms.like(form):
            if other.words[0] == form.key or form.key in other.first_words:
                yield other


@cache
def common_nouns() -> frozenset[str]:
    """Nouns that, with a capital, may stand for a longer name of an organisation."""
    return frozenset(noun for noun, _ in read_table("common_nouns.tsv"))


# A rule's name is what `mentions.rule` tells; it is asked about forms of these types.
RULES: tuple[tuple[str, tuple[int, ...], Rule], ...] = (
    ("common", (ORGANISATION,), common),
    ("inflected", (PERSON,), inflected),
    ("part_of_name", (PERSON,), part_of_name),
    ("patronymic", (PERSON,), patronymic),
    ("same_sound", (PERSON,), same_sound),
    ("renamed", (PERSON, ORGANISATION, PLACE), renamed),
    ("defined", (PERSON, ORGANISATION, PLACE), defined),
    ("acronym", (ORGANISATION, PLACE), acronym),
    ("expanded", (ORGANISATION,), expanded),
    ("without_place", (ORGANISATION,), without_place),
    ("core", (ORGANISATION,), core),
)
