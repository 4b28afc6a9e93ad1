"""Endings of names that the dictionary does not know: nominatives, and names that never decline."""

from __future__ import annotations

from functools import cache

from newsnlp.tables import read_table

_VOWELS = frozenset("аеёиоуыэюя")
_CONSONANTS = frozenset("бвгджзйклмнпрстфхцчшщь")
# Classes of a stem's last letter in name_endings.tsv.
_STEMS = {
    "any": _VOWELS | _CONSONANTS,
    "vowel": _VOWELS,
    "consonant": _CONSONANTS,
    "hushing": frozenset("гкхжчшщ"),
}
_SHORTEST_STEM = 2


def nominative_by_ending(word: str, case: str, gender: str) -> str | None:
    """Nominative of a name that the dictionary does not know, None where it has no ending of names.

    Args:
        word: A name, folded.
        case: Its case in OpenCorpora's terms.
        gender: Its gender in OpenCorpora's terms.

    Example:
        >>> nominative_by_ending("обаму", "accs", "masc")
        'обама'
    """
    for ending, nominative, stem_class in _name_endings().get((gender, case), ()):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM and stem[-1] in _STEMS[stem_class]:
            return stem + nominative
    return None


@cache
def indeclinable_endings() -> tuple[str, ...]:
    """Endings of names that never decline."""
    return tuple(ending for ending, _ in read_table("indeclinable.tsv"))


@cache
def _name_endings() -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    table: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for gender, case, ending, nominative, stem_class, _ in read_table("name_endings.tsv"):
        rows = table.setdefault((gender, case), [])
        rows.append((ending, nominative.strip("-"), stem_class))
    return table
