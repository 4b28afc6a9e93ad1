"""Layer *describe*: which country an article is about.

Words of the register that mean one country speak for it: names of places, adjectives, inhabitants,
prominent people and offices. It needs no tagger, for every article has its country.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from newsnlp.caches import Remembered
from newsnlp.columns import Entry, Segments
from newsnlp.dictionary import Dictionary
from newsnlp.register import ORGANISATION, PLACE, Register
from newsnlp.schema import ZONES
from newsnlp.tables import read_table
from newsnlp.words import fold, name_key

# How much a word counts: as a place or adjective, as a person or office, and by zone.
_PLACE_WEIGHT, _OTHER_WEIGHT = 1.0, 0.5
_ZONE_WEIGHTS = {"title": 3.0, "lead": 2.0, "dateline": 0.0, "notice": 0.0}
_LEAST_SHARE, _LEAST_WEIGHT = 0.5, 1.0
_SMALLEST = 50_000  # people of a town that speaks for its country, where its name is no word
_REMEMBERED = 50_000
_SHORTEST_START = 3  # letters that no ending changes
_LONGEST_ENDING = 4
# Grammemes of names in the dictionary.
_NAMES = frozenset({"Geox", "Orgn", "Surn", "Name", "Abbr", "Trad"})

_NAMES_OF_PLACES = frozenset({"Geox", "Orgn", "Abbr"})
_NAMES_OF_ORGANISATIONS = frozenset({"Orgn", "Abbr"})
_FIRST_NAME = frozenset({"Name", "nomn", "sing"})
_PRONOUNS = frozenset({"Apro", "NPRO"})

# A word's country, "" for none, and its weight.
_Vote = tuple[str, float]
_NO_VOTE = "", 0.0


class CountryFinder:
    """Finds the country that each article is about.

    Args:
        dictionary: Tells names of places that are other words too.
        register: The register.
    """

    def __init__(self, dictionary: Dictionary, register: Register) -> None:
        self._dictionary = dictionary
        self._known = _known_words(dictionary, register)
        # Of words in any spelling, and of those in small letters.
        self._starts = (
            {word[:_SHORTEST_START] for word in self._known},
            {word[:_SHORTEST_START] for word, vote in self._known.items() if not vote[2]},
        )
        self._votes: Remembered[str, _Vote] = Remembered(self._vote, _REMEMBERED)

    def find(self, segments: Segments) -> list[str | None]:
        """ISO 3166-1 code of each article's country, None where that is unclear.

        Args:
            segments: The batch.
        """
        tokens = segments.tokens
        votes = [self._votes[word] for word in tokens.words]
        codes = {country: code for code, country in enumerate(sorted({vote[0] for vote in votes}))}
        names = list(codes)
        country = np.array([codes[vote[0]] for vote in votes], np.int64)[tokens.word]
        weight = np.array([vote[1] for vote in votes])[tokens.word]
        by_zone = np.array([_ZONE_WEIGHTS.get(zone, 1.0) for zone in ZONES])
        weight *= by_zone[segments.zones.kind[segments.sentences.zone[tokens.sentence]]]
        n_docs = len(segments.texts.start)
        shape = n_docs, max(len(names), 1)
        sums = np.bincount(tokens.doc * shape[1] + country, weight, shape[0] * shape[1])
        sums = sums.reshape(shape)
        best, total = sums.argmax(1), sums.sum(1)
        most = sums[np.arange(n_docs), best]
        is_clear = (most >= _LEAST_WEIGHT) & (most > _LEAST_SHARE * total)
        return (
            [
                names[code] if clear and names[code] else None
                for code, clear in zip(best.tolist(), is_clear.tolist(), strict=True)
            ]
            if names
            else [None] * n_docs
        )

    def _vote(self, word: str) -> _Vote:
        """Country of a word in any case."""
        key = fold(word).replace("ё", "е")
        asks_capital = not word[:1].isupper()
        if key[:_SHORTEST_START] not in self._starts[asks_capital]:
            return _NO_VOTE
        for form in _nominatives(key):
            found = self._known.get(form)
            if found is None or self._is_of_another(key, form):
                continue
            if not (found[2] and (asks_capital or self._is_common(key))):
                return found[0], found[1]
        return _NO_VOTE

    def _is_of_another(self, key: str, form: str) -> bool:
        """Whether the dictionary knows a word as a form of others: «груз» is none of «грузин»."""
        parses = self._dictionary.parses(key) if self._dictionary.known_tags(key) else []
        lemmas = {fold(parse.lemma).replace("ё", "е") for parse in parses}
        return bool(lemmas) and form not in {key, *lemmas}

    def _is_common(self, key: str) -> bool:
        """Whether a word is a pronoun or none of a name in the dictionary: «Того, кто …»."""
        tags = self._dictionary.known_tags(key)
        return any(not _PRONOUNS.isdisjoint(tag.grammemes) for tag in tags) or (
            bool(tags) and all(_NAMES.isdisjoint(tag.grammemes) for tag in tags)
        )


def _nominatives(key: str) -> Iterator[str]:
    """What the nominative of a word may be, the word itself first."""
    yield key
    for length in range(_LONGEST_ENDING + 1):
        stem, ending = key[: len(key) - length], key[len(key) - length :]
        for nominative in _endings().get(ending, ()):
            yield stem + nominative


def _known_words(dictionary: Dictionary, register: Register) -> dict[str, tuple[str, float, bool]]:
    """Country, weight and whether a capital is asked for, by word."""
    known: dict[str, tuple[str, float, bool]] = {}
    capitals = _capitals(register)
    for type_, weight in ((ORGANISATION, _OTHER_WEIGHT), (PLACE, _PLACE_WEIGHT)):
        for key, row in register.rows[type_].items():
            several = [register.entries[one] for one in register.several.get((type_, key), [row])]
            entry = several[0]
            is_capital = entry.id in capitals
            if (
                entry.country
                and " " not in key
                and (is_capital or len({one.country for one in several}) == 1)
                and _is_telling(dictionary, entry, key, is_capital=is_capital)
            ):
                known[key] = entry.country, weight, True
    for key, row in register.surnames.items():
        entry = register.entries[row]
        if entry.country:
            known.setdefault(key, (entry.country, _OTHER_WEIGHT, True))
    by_id = {entry.id: entry for entry in register.entries}
    by_name = {
        f"{entry.name}/{entry.country}": entry for entry in register.entries if entry.type == PLACE
    }
    for table in ("register_demonyms.tsv", "register_inhabitants.tsv"):
        for word, id_, _ in read_table(table):
            place = by_id.get(id_) or by_name.get(id_.removeprefix("city:"))
            if place is not None and place.country:
                known[name_key(word)] = place.country, _PLACE_WEIGHT, False
    return known


def _capitals(register: Register) -> set[str]:
    """Ids of the cities that the register has at the place of their country."""
    places = [entry for entry in register.entries if entry.type == PLACE]
    countries = {
        (one.country, one.latitude, one.longitude) for one in places if one.kind == "country"
    }
    return {
        one.id
        for one in places
        if one.kind == "city" and (one.country, one.latitude, one.longitude) in countries
    }


def _is_telling(dictionary: Dictionary, entry: Entry, key: str, *, is_capital: bool) -> bool:
    """Whether a name means an entry even where nothing else is known of it.

    A capital's name does where it is a common noun too («Рига»), but not where it is a first name.
    """
    if entry.kind in ("country", "region"):
        return True
    if entry.type == PLACE and entry.population < _SMALLEST:
        return False
    tags = dictionary.known_tags(key)
    names = _NAMES_OF_PLACES if entry.type == PLACE else _NAMES_OF_ORGANISATIONS
    others = [tag for tag in tags if names.isdisjoint(tag.grammemes)]
    if is_capital and len(others) < len(tags):
        return not any(tag.grammemes >= _FIRST_NAME for tag in others)
    return not others


@cache
def _endings() -> dict[str, list[str]]:
    endings: dict[str, list[str]] = {}
    for ending, nominative, _ in read_table("focus_endings.tsv"):
        endings.setdefault(ending, []).append(nominative)
    return endings
