"""Layer *resolve*: which mentions of an article are one entity.

Mentions of one type with the same normal form are one; so are a person's surname, first name or
initials with the full name in the same article that has them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from itertools import groupby

import numpy as np

from newsnlp.columns import Entities, Spans
from newsnlp.schema import TYPES
from newsnlp.words import fold

_BORDER_MARKS = " \t\n«»\"„“”'‘’().,"
_QUOTES = (("«", "»"), ("„", "“"))
_OPENING = {")": "(", "»": "«", "“": "„", "”": "“", '"': '"'}
_UNQUOTED = str.maketrans({".": " ", **dict.fromkeys('«»"„“”')})
_ID_DIGITS = 16
_PERSON = TYPES.index("PER")


def resolve_entities(spans: Spans, normal: list[str]) -> Entities:
    """Group the mentions of each article into entities.

    Args:
        spans: Mentions of the batch.
        normal: Their normal forms.

    Example:
        >>> spans = Spans(np.zeros(2, int), np.array([0, 5]), np.array([2, 6]), np.zeros(2, int),
        ...               np.ones(2, np.float32))
        >>> resolve_entities(spans, ["Касым-Жомарт Токаев", "Токаев"]).name
        ['Касым-Жомарт Токаев']
    """
    types = spans.type.tolist()
    keys = {form: _key(form) for form in set(normal)}
    key_of = [keys[form] for form in normal]
    mention = [0] * len(normal)
    doc: list[int] = []
    first: list[int] = []
    names: list[tuple[int, str]] = []
    for article, rows in groupby(range(len(normal)), spans.doc.tolist().__getitem__):
        for group in sorted(_groups(rows, types, key_of), key=min):
            for row in group:
                mention[row] = len(names)
            doc.append(article)
            first.append(min(group))
            names.append((types[group[0]], _fullest([normal[row] for row in group], keys)))
    clean = {name: _clean(name) for _, name in names}
    ids = {name: entity_id(TYPES[name[0]], clean[name[1]]) for name in set(names)}
    return Entities(
        np.array(mention, np.int64),
        np.array(doc, np.int64),
        [ids[name] for name in names],
        np.array([type_ for type_, _ in names], np.int64),
        [clean[name] for _, name in names],
        np.array(first, np.int64),
    )


def entity_id(type_: str, name: str) -> str:
    """Identifier of an entity that no register has: a hash of its type and name.

    Args:
        type_: One of `schema.TYPES`.
        name: The canonical name.

    Example:
        >>> entity_id("ORG", "ОДКБ") == entity_id("ORG", "одкб")
        True
    """
    digest = hashlib.sha256(f"{type_}\t{_key(name)}".encode()).hexdigest()
    return f"{type_.lower()}:{digest[:_ID_DIGITS]}"


def _groups(rows: Iterable[int], types: list[int], keys: list[str]) -> list[list[int]]:
    """Rows of an article's mentions, those of one entity together.

    Args:
        rows: The article's rows.
        types: Type of every mention.
        keys: Key of every mention's normal form.
    """
    groups: dict[tuple[int, str], list[int]] = {}
    for row in rows:
        groups.setdefault((types[row], keys[row]), []).append(row)
    people = [key for key in groups if key[0] == _PERSON]
    by_word: dict[str, list[tuple[int, str]]] = {}
    for key in people:
        words = key[1].split()
        for word in {words[0], words[-1]} if len(words) > 1 else ():
            by_word.setdefault(word, []).append(key)
    # Fuller names come first: «Токаев» then finds the name that took another one in.
    for key in sorted(people, key=lambda key: -len(key[1].split())):
        fuller = [
            groups[other]
            for other in by_word.get(key[1].split()[-1], ())
            if other in groups and other != key and _is_part(key[1], other[1])
        ]
        if fuller:
            home = _last_named_before(min(groups[key]), fuller)
            home.extend(groups.pop(key))
    return list(groups.values())


def _last_named_before(row: int, groups: list[list[int]]) -> list[int]:
    """The group with the last mention before a row, else the one with the first after it."""

    def nearness(group: list[int]) -> tuple[int, int]:
        before = max((mention for mention in group if mention < row), default=-1)
        return before, -min(group)

    return max(groups, key=nearness)


def _fullest(forms: list[str], keys: dict[str, str]) -> str:
    """The fullest form; of equals one not in capitals, then the most frequent."""
    counts = Counter(forms) if len(forms) > 1 else {forms[0]: 1}

    def fullness(form: str) -> tuple[int, bool, int]:
        words = keys[form].split()
        return sum([len(word) > 1 for word in words]), not form.isupper(), counts[form]

    return max(counts, key=fullness) if len(counts) > 1 else forms[0]


def _is_part(name: str, other: str) -> bool:
    """Whether a person's name is a shorter way to write another one: a surname, with initials."""
    words, full = name.split(), other.split()
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


def _key(name: str) -> str:
    """Form of a name under which it is compared: case, ё, initials' full stops and quotes aside."""
    words = fold(name).replace("ё", "е").translate(_UNQUOTED).split()
    return " ".join(word.strip(_BORDER_MARKS) for word in words).strip() or name
