"""Scores zones of pages dumped as text against trafilatura on their HTML: see `README.md`.

    python benchmarks/layout.py --peer-python .venv-trafilatura/bin/python

Word F1 of title, lead, dateline and body against the reference (words with their counts), mean
over the pages. Sites fall in two halves by a hash of their names: rules may be tuned on the
development half, the check half only says whether they hold elsewhere.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from statistics import mean

from newsnlp.columns import Texts
from newsnlp.composition import compose, line_spans
from newsnlp.languages import LanguageDetector
from newsnlp.schema import ZONES
from newsnlp.zones import find_zones

PEERS = Path(__file__).parent / "peers"
sys.path.insert(0, str(PEERS))

from protocol import Peer  # noqa: E402

HALVES = ("development", "check")
OWN = ("title", "lead", "dateline", "body")
WORD = re.compile(r"\w+")
TAG = re.compile(r"<[^>]*>")
CODE = ("script", "style", "noscript", "textarea", "template")
BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br center dd div dl dt fieldset figcaption figure"
        " footer form h1 h2 h3 h4 h5 h6 head header hr html iframe legend li main nav ol option p"
        " pre section select table tbody td tfoot th thead title tr ul",
    )
)
LONG_LINE = 80


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its half of the sites, its HTML and the words of its article."""

    half: str
    html: str
    reference: Counter[str]


class Dump(HTMLParser):
    """Text of a page: every text node a line, or a line for each block element without code."""

    def __init__(self, *, nodes: bool) -> None:
        super().__init__()
        self.nodes = nodes
        self.parts: list[str] = []
        self.code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break the line before a block element."""
        self.code += tag in CODE
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        """Break the line after a block element."""
        if tag in CODE:
            self.code = max(0, self.code - 1)
        self._break(tag)

    def handle_data(self, data: str) -> None:
        """Take a text node."""
        if self.nodes:
            self.parts.append(data.strip() + "\n")
        elif not self.code:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if not self.nodes and tag in BLOCKS:
            self.parts.append("\n")


def main() -> None:
    options = _options()
    pages = list(read_pages(options.data / "html/waddle_ru.jsonl.gz"))
    detector = LanguageDetector()
    find([dump(pages[0].html, nodes=True)], detector)  # tables and models are loaded here
    sides: dict[str, tuple[list[str], float | None]] = {}
    for name, nodes in (("text nodes", True), ("blocks", False)):
        dumps = [dump(page.html, nodes=nodes) for page in pages]
        sides[f"{name}: whole dump"] = dumps, None
        sides[f"{name}: longest run of long lines"] = [*map(longest_run, dumps)], None
        started = time.process_time()
        found = find(dumps, detector)
        sides[f"{name}: newsnlp"] = found, time.process_time() - started
    if options.peer_python:
        with Peer(options.peer_python, PEERS / "trafilatura_pages.py") as peer:
            answer = peer.call("extract", pages=[page.html for page in pages])
        sides["HTML: trafilatura"] = answer["texts"], answer["seconds"]
    _print(pages, sides)


def read_pages(path: Path) -> Iterator[Page]:
    """Yield the pages of a file.

    Args:
        path: JSON lines with `domain, html, reference`, gzipped.
    """
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            site = ".".join(record["domain"].split(".")[-2:])
            half = HALVES[sha256(site.encode()).digest()[0] % 2]
            reference = unescape(TAG.sub(" ", record["reference"]))
            yield Page(half, record["html"], words(reference))


def words(text: str) -> Counter[str]:
    """Count the words of a text, without case.

    Args:
        text: Any text.
    """
    return Counter(WORD.findall(text.lower()))


def f1(found: Counter[str], reference: Counter[str]) -> float:
    """Harmonic mean of precision and recall of words.

    Args:
        found: Words with their counts.
        reference: The words that should be there.
    """
    return 2 * (found & reference).total() / max(1, found.total() + reference.total())


def dump(html: str, *, nodes: bool) -> str:
    """Text of a page.

    Args:
        html: Its HTML.
        nodes: Every text node is a line, else every block element, without scripts and styles.
    """
    parser = Dump(nodes=nodes)
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def longest_run(text: str) -> str:
    """Take the neighbouring long lines with the most characters.

    Args:
        text: A dump.
    """
    runs = [""]
    for start, stop in line_spans(text):
        line = text[start:stop]
        if len(line) < LONG_LINE:
            runs.append("")
        else:
            runs[-1] += line + "\n"
    return max(runs, key=len)


def find(dumps: list[str], detector: LanguageDetector) -> list[str]:
    """Texts of the articles that newsnlp's layout finds.

    Args:
        dumps: Pages as text.
        detector: Tells the languages of lines.
    """
    composed = [compose(None, None, text) for text in dumps]
    texts = Texts.join([one.text for one in composed])
    zones = find_zones(composed, texts, layout="auto", detector=detector).zones
    own = [ZONES.index(kind) for kind in OWN]
    found = [""] * len(dumps)
    for doc, kind, start, stop in zip(zones.doc, zones.kind, zones.start, zones.stop, strict=True):
        if kind in own:
            found[doc] += texts.text[start:stop] + "\n"
    return found


def _print(pages: list[Page], sides: dict[str, tuple[list[str], float | None]]) -> None:
    print(f"| text: side | {' | '.join(HALVES)} | all | seconds |\n|---|---|---|---|---|")
    sizes = [sum(page.half == half for page in pages) for half in HALVES]
    print(f"| pages | {' | '.join(map(str, sizes))} | {len(pages)} | |")
    for name, (texts, seconds) in sides.items():
        scores = [
            (page.half, f1(words(text), page.reference))
            for page, text in zip(pages, texts, strict=True)
        ]
        figures = [_mean(score for of, score in scores if of == half) for half in HALVES]
        whole = _mean(score for _, score in scores)
        took = "" if seconds is None else f"{seconds:.1f}"
        print(f"| {name} | {' | '.join(figures)} | {whole} | {took} |")


def _mean(scores: Iterable[float]) -> str:
    return f"{mean(scores):.3f}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--peer-python", type=Path, help="interpreter of an environment with trafilatura"
    )
    data = os.environ.get("NEWSNLP_DATA")
    parser.add_argument("--data", type=Path, default=data, required=data is None)
    return parser.parse_args()


if __name__ == "__main__":
    main()
