"""Layer *resolve*: the register of people, organisations and places that news name.

Text tables under `newsnlp/data/register_*.tsv`, and a file of a user's own. A name is looked up in
its normal form; more than one entry may have it.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from io import StringIO
from itertools import islice
from warnings import warn

from newsnlp.columns import Entry
from newsnlp.errors import OptionError, RegisterWarning
from newsnlp.schema import PLACES, TYPES
from newsnlp.tables import read_table
from newsnlp.words import name_key, name_keys

PERSON, ORGANISATION, PLACE = (TYPES.index(type_) for type_ in ("PER", "ORG", "LOC"))
NO_NAME = "none"  # in a user's file: this is not a name
_USER_COLUMNS = ("alias", "type", "name", "id", "country")
_VALIDITY = re.compile(r"\[[^\]]*\]")
_COUNTRY = "country:"
_DISPLAY = "="  # before a person's alias that is shown instead of first and last name


class Entries:
    """Entries of the register by row: lines of its tables, each read when it is first asked for.

    Args:
        lines: Type and line of every entry.
    """

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        self._rows: list[tuple[int, str] | Entry] = list(lines)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: int) -> Entry:
        found = self._rows[row]
        if not isinstance(found, Entry):
            type_, line = found
            found = self._rows[row] = _READERS[type_](line.split("\t"))
        return found

    def __iter__(self) -> Iterator[Entry]:
        return (self[row] for row in range(len(self)))

    def changed(self, more: Iterable[Entry], renamed: Mapping[int, Entry]) -> Entries:
        """These entries, some of them others, and more after them.

        Args:
            more: What comes after them.
            renamed: What stands in place of some, by row.
        """
        longer = Entries(())
        longer._rows = [*self._rows, *more]
        for row, entry in renamed.items():
            longer._rows[row] = entry
        return longer


@dataclass(frozen=True, slots=True)
class Register:
    """Entries, and what leads to them: rows of `entries`.

    `rows` gives the row that a key (`words.name_key`) means, apart for each type; `several` those
    of keys that mean more than one, the likeliest first. `surnames` are those of one prominent
    person each; `offices` what an institution is called in its own country, by key and country;
    `words` lemmas that speak for an entry, by key and id; `heads` offices and countries of those
    who head a state or its government, by id; `first_words` those of an organisation's names, by
    id; `demonyms` countries of adjectives; `own_types` types of the keys of a user's file;
    `no_names` keys of what is no name.
    """

    entries: Entries = field(default_factory=lambda: Entries(()))
    rows: tuple[dict[str, int], ...] = field(default_factory=lambda: tuple({} for _ in TYPES))
    several: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    surnames: dict[str, int] = field(default_factory=dict)
    offices: dict[tuple[str, str], int] = field(default_factory=dict)
    words: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    heads: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    first_words: dict[str, frozenset[str]] = field(default_factory=dict)
    demonyms: dict[str, str] = field(default_factory=dict)
    own_types: dict[str, int] = field(default_factory=dict)
    no_names: frozenset[str] = frozenset()

    def find(self, type_: int, key: str) -> list[Entry]:
        """Entries of a type with a name, the likeliest first.

        Args:
            type_: Code into `schema.TYPES`.
            key: What `words.name_key` makes of the name.

        Example:
            >>> [entry.id for entry in register().find(PLACE, "казахстан")]
            ['country:KZ']
        """
        row = self.rows[type_].get(key)
        if row is None:
            return []
        return [self.entries[row] for row in self.several.get((type_, key), [row])]

    def prominent(self, key: str) -> Entry | None:
        """The one person whom a bare surname means.

        Args:
            key: Key of the surname.
        """
        row = self.surnames.get(key)
        return None if row is None else self.entries[row]

    def office(self, key: str, country: str) -> Entry | None:
        """What an institution is called in its own country: «Минобороны».

        Args:
            key: Key of the name.
            country: ISO 3166-1 code.
        """
        row = self.offices.get((key, country))
        return None if row is None else self.entries[row]

    def has_name(self, key: str) -> bool:
        """Whether an organisation or place is called so.

        Args:
            key: What `words.name_key` makes of the name.
        """
        return key in self.rows[ORGANISATION] or key in self.rows[PLACE]

    def is_place_in_genitive(self, key: str, may_be_genitive: Callable[[str], bool]) -> bool:
        """Whether words are a place's name in the genitive, as news say whose an office is.

        Args:
            key: «пакистана», «львовской области».
            may_be_genitive: Whether a word may be one: «США», where the nominative is the same.
        """
        before, _, last = key.rpartition(" ")
        if last in _region_words():
            return True
        start = f"{before} " if before else ""
        return (key in self.rows[PLACE] and may_be_genitive(last)) or any(
            f"{start}{last.removesuffix(ending)}{nominative}" in self.rows[PLACE]
            for ending, nominatives in _GENITIVES
            if last.endswith(ending)
            for nominative in nominatives
        )

    def has_person(self, words: Sequence[str]) -> bool:
        """Whether a name is that of a person of the register, or the surname of a prominent one.

        Args:
            words: Keys of its words.
        """
        return " ".join(words) in self.rows[PERSON] or (
            len(words) == 1 and words[0] in self.surnames
        )


# Endings of the genitive, and what the nominative may have instead.
_GENITIVES = (("а", ("", "о")), ("я", ("й", "ь", "е")), ("ы", ("а",)), ("и", ("я", "а", "ь")))


@cache
def _region_words() -> frozenset[str]:
    return frozenset(word for word, _ in read_table("region_words.tsv"))


@cache
def register() -> Register:
    """The register that comes with the package."""
    lines = [(type_, line) for type_, name in _TABLES for line in _lines(name)]
    entries = Entries(lines)
    cells = [(type_, line.split("\t")) for type_, line in lines]
    row_of = {row[0]: number for number, (_, row) in enumerate(cells)}
    names = [_NAMES[type_](row) for type_, row in cells]
    keys = iter(name_keys([name for some in names for name in some]))
    rows: tuple[dict[str, int], ...] = tuple({} for _ in TYPES)
    several: dict[tuple[int, str], list[int]] = {}
    first_words: dict[str, frozenset[str]] = {}
    for number, ((type_, row), some) in enumerate(zip(cells, names, strict=True)):
        own = list(islice(keys, len(some)))
        for key in own:
            first = rows[type_].setdefault(key, number)
            if first != number:
                _add(several, type_, key, first, number)
        if type_ == ORGANISATION:
            first_words[row[0]] = frozenset([key.partition(" ")[0] for key in own])
    words = {}
    for alias, id_, lemmas in map(_cells, _lines("register_ambiguous.tsv")):
        key, number = name_key(alias), row_of[id_]
        type_ = cells[number][0]
        words[key, id_] = frozenset(lemmas.split())
        first = rows[type_].setdefault(key, number)
        if first != number:
            _add(several, type_, key, first, number)
    for alternatives in several.values():
        alternatives.sort(key=lambda number: _rank(entries[number]))
    adjectives = map(_cells, _lines("register_demonyms.tsv"))
    prominent = [row for type_, row in cells if type_ == PERSON and row[6] == "yes"]
    surnames = name_keys([row[3] for row in prominent])
    return Register(
        entries,
        rows,
        several,
        {key: row_of[row[0]] for key, row in zip(surnames, prominent, strict=True)},
        _offices(row_of),
        words,
        _heads(),
        first_words,
        {word: id_.removeprefix(_COUNTRY) for word, id_, *_ in adjectives if _COUNTRY in id_},
    )


def _heads() -> dict[str, set[tuple[str, str]]]:
    """Offices and countries of heads, by id; a past one says nothing beside one that lasts."""
    held: dict[str, list[tuple[str, str, str]]] = {}
    for id_, office, country, _, until, *_ in map(_cells, _lines("register_heads.tsv")):
        held.setdefault(id_, []).append((office, country, until))
    return {
        id_: {
            (office, country)
            for office, country, until in some
            if not until or not any(other != office and not end for other, _, end in some)
        }
        for id_, some in held.items()
    }


def _add(
    several: dict[tuple[int, str], list[int]], type_: int, key: str, first: int, row: int
) -> None:
    alternatives = several.setdefault((type_, key), [first])
    if row not in alternatives:
        alternatives.append(row)


def register_hash() -> str:
    """SHA-256 of all tables of the register."""
    folder = files("newsnlp").joinpath("data")
    digest = hashlib.sha256()
    for name in sorted(path.name for path in folder.iterdir() if path.name.startswith("register_")):
        digest.update(folder.joinpath(name).read_bytes())
    return digest.hexdigest()


def _offices(row_of: Mapping[str, int]) -> dict[tuple[str, str], int]:
    table = list(map(_cells, _lines("register_offices.tsv")))
    keys = name_keys([alias for alias, _, _ in table])
    return {(key, country): row_of[id_] for key, (_, country, id_) in zip(keys, table, strict=True)}


def with_user_register(base: Register, name: str, text: str) -> Register:
    r"""A register with a user's own names: they add, override and forbid.

    Args:
        base: What is added to.
        name: What the file is called in errors.
        text: CSV with the columns `alias, type` and any of `name, id, country`. An `id` of the
            register gives one of its entries another name; a type "none" says that the alias is no
            name. What an alias means in the register no longer counts.

    Raises:
        OptionError: A cell is wrong; line and column are named.

    Example:
        >>> text = "alias,type,name\nБайтерек,ORG,Холдинг Байтерек\n"
        >>> own = with_user_register(register(), "own.csv", text)
        >>> own.find(ORGANISATION, "байтерек")[0].name
        'Холдинг Байтерек'
    """
    row_of = {entry.id: row for row, entry in enumerate(base.entries)}
    more: list[Entry] = []
    renamed: dict[int, Entry] = {}
    meant: dict[tuple[int, str], list[int]] = {}
    no_names = set(base.no_names)
    for place, cells in _user_rows(name, text):
        key = name_key(cells["alias"])
        if cells["type"] == NO_NAME:
            no_names.add(key)
            continue
        type_ = TYPES.index(cells["type"])
        id_ = cells["id"] or f"user:{name_key(cells['name'])}"
        if id_ not in row_of:
            row_of[id_] = len(base.entries) + len(more)
            shown = cells["name"] or cells["alias"]
            more.append(Entry(id_, type_, shown, country=cells["country"]))
        row = row_of[id_]
        entry = base.entries[row] if row < len(base.entries) else more[row - len(base.entries)]
        if entry.type != type_:
            raise OptionError(
                f"{place}, column type: {cells['type']!r}, but {id_!r} is {TYPES[entry.type]}"
            )
        if row < len(base.entries):
            now = renamed.get(row, entry)
            renamed[row] = now._replace(
                name=cells["name"] or now.name, country=cells["country"] or now.country
            )
        for own in {key, name_key(cells["name"]) or key}:
            rows = meant.setdefault((type_, own), [])
            if row not in rows:
                rows.append(row)
    _warn_of_ambiguous(name, {key: rows for key, rows in meant.items() if len(rows) > 1})
    every = tuple(map(dict, base.rows))
    several = {key: rows for key, rows in base.several.items() if key not in meant}
    types = {key: type_ for type_, key in meant}
    for (type_, key), rows in meant.items():
        every[type_][key] = rows[0]
        if len(rows) > 1:
            del every[type_][key]
    return replace(
        base,
        entries=base.entries.changed(more, renamed),
        rows=every,
        several=several,
        words={pair: words for pair, words in base.words.items() if pair[0] not in types},
        own_types=types,
        no_names=frozenset(no_names),
    )


def _warn_of_ambiguous(name: str, meant: Mapping[tuple[int, str], list[int]]) -> None:
    if meant:
        first = ", ".join(repr(key) for _, key in list(meant)[:5])
        warn(
            f"register={name!r}: {len(meant)} aliases mean several entities and are linked to none "
            f"of them: {first}",
            RegisterWarning,
            stacklevel=2,
        )


def _user_rows(name: str, text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a user's file with their places, every column a string."""
    reader = csv.DictReader(StringIO(text), strict=True)
    columns = reader.fieldnames or []
    for column in ("alias", "type"):
        if column not in columns:
            raise OptionError(f"register={name!r}, line 1: there is no column {column!r}")
    for column in columns:
        if column not in _USER_COLUMNS:
            takes = ", ".join(_USER_COLUMNS)
            raise OptionError(f"register={name!r}, line 1: column {column!r} is none of {takes}")
    try:
        for row in reader:
            place = f"register={name!r}, line {reader.line_num}"
            yield place, _user_row(place, row)
    except csv.Error as error:
        raise OptionError(f"register={name!r}, line {reader.line_num}: {error}") from error


def _user_row(place: str, row: dict[str, str | None]) -> dict[str, str]:
    if None in row or None in row.values():
        raise OptionError(f"{place}: another number of cells than in line 1")
    clean = dict.fromkeys(_USER_COLUMNS, "") | {
        column: (value or "").strip() for column, value in row.items()
    }
    if not clean["alias"]:
        raise OptionError(f"{place}, column alias: is empty")
    if clean["type"] not in (*TYPES, NO_NAME):
        raise OptionError(
            f"{place}, column type: {clean['type']!r} is none of {', '.join(TYPES)}, {NO_NAME}"
        )
    if clean["type"] != NO_NAME and not (clean["name"] or clean["id"]):
        raise OptionError(f"{place}, column name: is empty, and so is id")
    return clean


def _rank(entry: Entry) -> tuple[int, int]:
    """Countries before regions before cities, the larger before the smaller."""
    order = PLACES.index(entry.kind) if entry.kind in PLACES else len(PLACES)
    return (0 if entry.kind == "country" else 1, -entry.population if entry.population else order)


def _place(row: list[str]) -> Entry:
    id_, name, place, _, country, region, latitude, longitude, population = row
    return Entry(
        id_, PLACE, name, place, country, region,
        float(latitude or "nan"), float(longitude or "nan"), int(population or 0),
    )  # fmt: skip


def _organisation(row: list[str]) -> Entry:
    id_, name, kind, _, country, _ = row
    # «Спартак (Москва)» is shown as news call it.
    return Entry(id_, ORGANISATION, name.partition(" (")[0], kind, country)


def _person(row: list[str]) -> Entry:
    id_, first, middle, last, gender, _, _, country, _ = row
    return Entry(
        id_, PERSON, _names_of_person(row)[0], "person", country,
        first_name=first, middle_name=middle, last_name=last, gender=gender,
    )  # fmt: skip


def _names_of_thing(row: list[str]) -> list[str]:
    return [row[1], *_split(row[3])]


def _names_of_person(row: list[str]) -> list[str]:
    """A person's names, the one that is shown first."""
    _, first, middle, last, _, aliases, *_ = row
    others = _split(aliases)
    shown = [alias.removeprefix(_DISPLAY) for alias in others if alias.startswith(_DISPLAY)]
    names = [*shown, f"{first} {last}".strip(), f"{last} {first}".strip()]
    if first and middle:
        names += [f"{first} {middle} {last}", f"{last} {first} {middle}"]
    return names + [alias for alias in others if not alias.startswith(_DISPLAY)]


def _split(cell: str) -> list[str]:
    """Aliases of a cell, without the dates between which they were in use."""
    if "[" in cell:
        cell = _VALIDITY.sub("", cell)
    return cell.split("; ") if cell else []


def _lines(name: str) -> list[str]:
    """Lines of a table, without comments."""
    text = files("newsnlp").joinpath("data", name).read_text("utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def _cells(line: str) -> list[str]:
    return line.split("\t")


# Tables of entries, and by type how a row is read and which names it has.
_TABLES = (
    (PLACE, "register_places.tsv"),
    (ORGANISATION, "register_organisations.tsv"),
    (PERSON, "register_people.tsv"),
)
_READERS = {PLACE: _place, ORGANISATION: _organisation, PERSON: _person}
_NAMES = {PLACE: _names_of_thing, ORGANISATION: _names_of_thing, PERSON: _names_of_person}
