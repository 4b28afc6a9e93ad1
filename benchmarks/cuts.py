"""Counts what layout="auto" cuts from articles that are no pages: see `README.md`.

    python benchmarks/cuts.py
    python benchmarks/cuts.py --sample 300 --outlet ria

A cut is a stretch of an article's text between title, lead and body; the sample, the same for the
same texts, is there to be judged by eye.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path

from newsnlp.columns import Texts
from newsnlp.composition import Composed, compose
from newsnlp.languages import LanguageDetector
from newsnlp.schema import ZONES
from newsnlp.zones import find_zones

OWN = ("title", "lead", "body")
CONTEXT = 60
# Outlet: its files, and their fields for title, lead and text.
OUTLETS = {
    "russia_today": (("articles/russia_today",), ("title", "summary", "text")),
    "ria": (("articles/ria",), ("title", "summary", "text")),
    "tengrinews": (("articles/tengrinews",), ("title", "", "content")),
    "collection5": (("ner/collection5",), ("", "", "text")),
    "nerel": (("ner/nerel_train", "ner/nerel_dev"), ("", "", "text")),
    "factrueval": (("ner/factrueval_devset",), ("", "", "text")),
    "slavic": (
        ("ner/slavic_asia_bibi", "ner/slavic_brexit", "ner/slavic_covid_19"),
        ("", "", "text"),
    ),
}

Cut = tuple[int, str, str, str, str]  # article, zone, before, cut, after


def main() -> None:
    parser = argparse.ArgumentParser(description='Count what layout="auto" cuts.')
    data = os.environ.get("NEWSNLP_DATA")
    parser.add_argument("--data", type=Path, default=data, required=data is None)
    parser.add_argument("--outlet", choices=OUTLETS, action="append")
    parser.add_argument("--sample", type=int, default=0, help="cuts of each outlet to print")
    options = parser.parse_args()
    detector = LanguageDetector()
    print("| outlet | articles | with a cut | cuts by zone |\n|---|---|---|---|")
    for outlet in options.outlet or OUTLETS:
        articles = list(read_articles(options.data, outlet))
        found = list(chain.from_iterable(cuts(n, one, detector) for n, one in enumerate(articles)))
        share = len({article for article, *_ in found}) / len(articles)
        kinds = ", ".join(f"{kind} {n}" for kind, n in Counter(c[1] for c in found).most_common())
        print(f"| {outlet} | {len(articles)} | {share:.1%} | {kinds} |")
        by_hash = sorted(found, key=lambda cut: sha256(repr(cut).encode()).digest())
        for article, kind, before, cut, after in by_hash[: options.sample]:
            print(article, kind, f"{before!r} [[ {cut!r} ]] {after!r}", sep="\t")


def read_articles(folder: Path, outlet: str) -> Iterator[Composed]:
    """Yield the articles of an outlet as they are annotated.

    Args:
        folder: The data folder.
        outlet: A key of `OUTLETS`.
    """
    files, fields = OUTLETS[outlet]
    for file in files:
        with gzip.open(folder / f"{file}.jsonl.gz", "rt", encoding="utf-8", newline="") as lines:
            for line in lines:
                record = json.loads(line)
                yield compose(*(record.get(field) or None for field in fields))


def cuts(number: int, article: Composed, detector: LanguageDetector) -> Iterator[Cut]:
    """Yield the cuts of one article.

    Args:
        number: Its number.
        article: Its text.
        detector: Tells the languages of lines.
    """
    text = article.text
    zones = find_zones([article], Texts.join([text]), layout="auto", detector=detector).zones
    for kind, start, stop in zip(zones.kind, zones.start, zones.stop, strict=True):
        if ZONES[kind] not in OWN:
            before, after = text[max(0, start - CONTEXT) : start], text[stop : stop + CONTEXT]
            yield number, ZONES[kind], before, text[start:stop], after


if __name__ == "__main__":
    main()
