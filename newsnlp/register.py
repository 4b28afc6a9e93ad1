"""Layer *resolve*: the register of people, organisations and places that news name.

Text tables under `newsnlp/data/register_*.tsv`, and a file of a user's own. A name is looked up in
its normal form; more than one entry may have it.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from io import StringIO
from itertools import islice
from warnings import warn

from newsnlp.columns import Entry
from newsnlp.errors import OptionError, RegisterWarning
from newsnlp.schema import PLACES, TYPES
from newsnlp.words import name_key, name_keys

PERSON, ORGANISATION, PLACE = (TYPES.index(type_) for type_ in ("PER", "ORG", "LOC"))
NO_NAME = "none"  # in a user's file: this is not a name
_USER_COLUMNS = ("alias", "type", "name", "id", "country")
_VALIDITY = re.compile(r"\[[^\]]*\]")
_DISPLAY = "="  # before a person's alias that is shown instead of first and last name


@dataclass(frozen=True, slots=True)
class Register:
    """Entries, and what leads to them.

    `rows` gives the row of the entry that a key (`words.name_key`) means, apart for each type;
    `several` the rows of keys that mean more than one, the likeliest first. `surnames` are those of
    one prominent person each; `offices` what an institution is called in its own country, by key
    and country; `words` lemmas that speak for an entry, by key and id; `heads` offices and
    countries of those who head a state or its government, by id; `first_words` those of an
    organisation's names, by id; `no_names` keys of what is no name.
    """

    entries: list[Entry] = field(default_factory=list)
    rows: tuple[dict[str, int], ...] = field(default_factory=lambda: tuple({} for _ in TYPES))
    several: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    surnames: dict[str, Entry] = field(default_factory=dict)
    offices: dict[tuple[str, str], Entry] = field(default_factory=dict)
    words: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    heads: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    first_words: dict[str, frozenset[str]] = field(default_factory=dict)
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

    def has_name(self, key: str) -> bool:
        """Whether an organisation or place is called so.

        Args:
            key: What `words.name_key` makes of the name.
        """
        return key in self.rows[ORGANISATION] or key in self.rows[PLACE]

    def has_person(self, words: Sequence[str]) -> bool:
        """Whether a name is that of a person of the register, or the surname of a prominent one.

        Args:
            words: Keys of its words.
        """
        return " ".join(words) in self.rows[PERSON] or (
            len(words) == 1 and words[0] in self.surnames
        )


@cache
def register() -> Register:
    """The register that comes with the package."""
    known = [*_places(), *_organisations(), *_people()]
    entries = [entry for entry, _ in known]
    by_id = {entry.id: entry for entry in entries}
    keys = iter(name_keys([name for _, names in known for name in names]))
    rows: tuple[dict[str, int], ...] = tuple({} for _ in TYPES)
    several: dict[tuple[int, str], list[int]] = {}
    first_words: dict[str, frozenset[str]] = {}
    for row, (entry, names) in enumerate(known):
        own = dict.fromkeys(islice(keys, len(names)))
        for key in own:
            _put(rows, several, entry.type, key, row)
        if entry.type == ORGANISATION:
            first_words[entry.id] = frozenset([key.partition(" ")[0] for key in own])
    words = {}
    row_of = {entry.id: row for row, entry in enumerate(entries)}
    for alias, id_, lemmas in _rows("register_ambiguous.tsv"):
        key = name_key(alias)
        words[key, id_] = frozenset(lemmas.split())
        _put(rows, several, by_id[id_].type, key, row_of[id_])
    for alternatives in several.values():
        alternatives.sort(key=lambda row: _rank(entries[row]))
    heads: dict[str, set[tuple[str, str]]] = {}
    for id_, office, country, *_ in _rows("register_heads.tsv"):
        heads.setdefault(id_, set()).add((office, country))
    surnames = {
        name_key(row[3]): by_id[row[0]] for row in _rows("register_people.tsv") if row[6] == "yes"
    }
    return Register(entries, rows, several, surnames, _offices(by_id), words, heads, first_words)


def _put(
    rows: tuple[dict[str, int], ...],
    several: dict[tuple[int, str], list[int]],
    type_: int,
    key: str,
    row: int,
) -> None:
    first = rows[type_].setdefault(key, row)
    if first != row:
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


def _offices(by_id: dict[str, Entry]) -> dict[tuple[str, str], Entry]:
    table = list(_rows("register_offices.tsv"))
    keys = name_keys([alias for alias, _, _ in table])
    return {(key, country): by_id[id_] for key, (_, country, id_) in zip(keys, table, strict=True)}


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
    entries = list(base.entries)
    row_of = {entry.id: row for row, entry in enumerate(entries)}
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
            row_of[id_] = len(entries)
            shown = cells["name"] or cells["alias"]
            entries.append(Entry(id_, type_, shown, country=cells["country"]))
        entry = entries[row_of[id_]]
        if entry.type != type_:
            raise OptionError(
                f"{place}, column type: {cells['type']!r}, but {id_!r} is {TYPES[entry.type]}"
            )
        for own in (key, name_key(entry.name)):
            rows = meant.setdefault((type_, own), [])
            if row_of[id_] not in rows:
                rows.append(row_of[id_])
    _warn_of_ambiguous(name, {key: rows for key, rows in meant.items() if len(rows) > 1})
    every = tuple(map(dict, base.rows))
    several = {key: rows for key, rows in base.several.items() if key not in meant}
    for (type_, key), rows in meant.items():
        every[type_][key] = rows[0]
        if len(rows) > 1:
            several[type_, key] = rows
    return replace(base, entries=entries, rows=every, several=several, no_names=frozenset(no_names))


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


def _places() -> Iterator[tuple[Entry, list[str]]]:
    for row in _rows("register_places.tsv"):
        id_, name, place, aliases, country, region, latitude, longitude, population = row
        yield (
            Entry(
                id_, PLACE, name, place, country, region,
                float(latitude or "nan"), float(longitude or "nan"), int(population or 0),
            ),
            [name, *_split(aliases)],
        )  # fmt: skip


def _organisations() -> Iterator[tuple[Entry, list[str]]]:
    for id_, name, kind, aliases, country, _ in _rows("register_organisations.tsv"):
        # «Спартак (Москва)» is shown as news call it.
        shown = name.partition(" (")[0]
        yield Entry(id_, ORGANISATION, shown, kind, country), [name, *_split(aliases)]


def _people() -> Iterator[tuple[Entry, list[str]]]:
    for row in _rows("register_people.tsv"):
        id_, first, middle, last, gender, aliases, _, country, _ = row
        others = _split(aliases)
        shown = [alias.removeprefix(_DISPLAY) for alias in others if alias.startswith(_DISPLAY)]
        name = shown[0] if shown else f"{first} {last}".strip()
        full = [name, f"{first} {last}".strip(), f"{last} {first}".strip()]
        if first and middle:
            full += [f"{first} {middle} {last}", f"{last} {first} {middle}", f"{first} {middle}"]
        entry = Entry(
            id_, PERSON, name, "person", country,
            first_name=first, middle_name=middle, last_name=last, gender=gender,
        )  # fmt: skip
        yield entry, full + others


def _split(cell: str) -> list[str]:
    """Aliases of a cell, without the dates between which they were in use."""
    if "[" in cell:
        cell = _VALIDITY.sub("", cell)
    return cell.split("; ") if cell else []


def _rows(name: str) -> Iterator[list[str]]:
    path = files("newsnlp").joinpath("data", name)
    for line in path.read_text("utf-8").split("\n"):
        if line and not line.startswith("#"):
            yield line.split("\t")
