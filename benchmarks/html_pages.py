"""Scores articles of HTML pages against plain trafilatura: see `README.md`.

    python benchmarks/html_pages.py

Word F1, precision and recall (words with their counts) of what newsnlp annotates of a page beside
`trafilatura.extract(html)`, mean over pages, and the paired difference with bootstrap intervals
over pages and over sites.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import numpy as np
import numpy.typing as npt
import trafilatura

from newsnlp.columns import Texts
from newsnlp.composition import compose
from newsnlp.html_pages import read_page
from newsnlp.languages import LanguageDetector
from newsnlp.schema import ANNOTATED_ZONES, ZONES
from newsnlp.zones import find_zones

Floats = npt.NDArray[np.float64]

WORD = re.compile(r"\w+")
TAG = re.compile(r"<[^>]*>")
ROUNDS = 10_000
SEED = 1


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its site, its HTML and the words of its article."""

    site: str
    html: str
    reference: Counter[str]


def main() -> None:
    options = _options()
    pages = read_pages(options.data / "html/waddle_ru.jsonl.gz")
    annotated([pages[0].html])  # tables and models are loaded here
    sides: dict[str, tuple[Floats, float]] = {}
    for name, side in SIDES:
        started = time.process_time()
        texts = side([page.html for page in pages])
        sides[name] = scores(texts, pages), time.process_time() - started
    print("| side | F1 | precision | recall | seconds |\n|---|---|---|---|---|")
    for name, (figures, seconds) in sides.items():
        means = " | ".join(f"{figure:.3f}" for figure in figures.mean(axis=1))
        print(f"| {name} | {means} | {seconds:.1f} |")
    ahead = sides["newsnlp"][0][0] - sides["trafilatura"][0][0]
    sites = np.unique([page.site for page in pages], return_inverse=True)[1]
    print("\n| newsnlp ahead of trafilatura | F1 | 95 % over pages | 95 % over sites |")
    print("|---|---|---|---|")
    over_pages, over_sites = interval(ahead, np.arange(len(pages))), interval(ahead, sites)
    print(
        f"| {len(pages)} pages, {sites.max() + 1} sites | {ahead.mean():.3f} |"
        f" {_range(over_pages)} | {_range(over_sites)} |"
    )


def read_pages(path: Path) -> list[Page]:
    """Read the pages of a file.

    Args:
        path: JSON lines with `domain, html, reference`, gzipped.
    """
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [
        Page(
            ".".join(record["domain"].split(".")[-2:]),
            record["html"],
            words(unescape(TAG.sub(" ", record["reference"]))),
        )
        for record in records
    ]


def words(text: str) -> Counter[str]:
    """Count the words of a text, without case.

    Args:
        text: Any text.
    """
    return Counter(WORD.findall(text.lower()))


def precise(pages: Sequence[str]) -> list[str]:
    """Texts that trafilatura extracts with the settings that are best here.

    Args:
        pages: The HTML of each page.
    """
    return [
        trafilatura.extract(page, favor_precision=True, include_comments=False) or ""
        for page in pages
    ]


def plain(pages: Sequence[str]) -> list[str]:
    """Texts that trafilatura extracts, as it does without settings.

    Args:
        pages: The HTML of each page.
    """
    return [trafilatura.extract(page) or "" for page in pages]


def annotated(
    pages: Sequence[str], read: Callable[[str], dict[str, object]] = read_page
) -> list[str]:
    """Texts of the zones that newsnlp annotates.

    Args:
        pages: The HTML of each page.
        read: Makes the fields of an article of a page.
    """
    fields = [read(page) for page in pages]
    composed = [
        compose(*(str(one[name]) if name in one else None for name in ("title", "lead", "text")))
        for one in fields
    ]
    texts = Texts.join([one.text for one in composed])
    zones = find_zones(composed, texts, layout="auto", detector=LanguageDetector()).zones
    own = [ZONES.index(kind) for kind in ANNOTATED_ZONES]
    found = [""] * len(pages)
    for doc, kind, start, stop in zip(zones.doc, zones.kind, zones.start, zones.stop, strict=True):
        if kind in own:
            found[doc] += texts.text[start:stop] + "\n"
    return found


def scores(texts: Sequence[str], pages: Sequence[Page]) -> Floats:
    """F1, precision and recall of words.

    Args:
        texts: What was found, one text a page.
        pages: The pages with their references.

    Returns:
        Shape (3, pages).
    """
    figures = []
    for text, page in zip(texts, pages, strict=True):
        found, shared = words(text), (words(text) & page.reference).total()
        n_found, n_reference = found.total(), page.reference.total()
        figures.append(
            (
                2 * shared / max(1, n_found + n_reference),
                shared / max(1, n_found),
                shared / max(1, n_reference),
            )
        )
    return np.array(figures).T


def interval(values: Floats, group: npt.NDArray[np.int64]) -> Floats:
    """95 % interval of the mean of values, drawn in groups.

    Args:
        values: Shape (pages,).
        group: Number of the group that each is in, from 0; shape (pages,).
    """
    generator = np.random.default_rng(SEED)
    total = np.bincount(group, values)
    size = np.bincount(group)
    drawn = generator.integers(len(size), size=(ROUNDS, len(size)))
    return np.quantile(total[drawn].sum(axis=1) / size[drawn].sum(axis=1), (0.025, 0.975))


SIDES = (
    ("trafilatura", plain),
    ("trafilatura, precision, no comments", precise),
    ("newsnlp", annotated),
)


def _range(ends: Floats) -> str:
    return f"{ends[0]:.3f} to {ends[1]:.3f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    data = os.environ.get("NEWSNLP_DATA")
    parser.add_argument("--data", type=Path, default=data, required=data is None)
    return parser.parse_args()


if __name__ == "__main__":
    main()
