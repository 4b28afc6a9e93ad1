"""Times newsnlp's segmentation against razdel's on the same articles: see `README.md`.

    python benchmarks/segmentation.py

The sides take turns in one process on one core, in seconds of processor time. Every round has
articles of its own; a side starts each with nothing remembered.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import razdel

from newsnlp.columns import Texts, Zones
from newsnlp.segmentation import _chunks, _sentences, _tokens, segment

OUTLETS = ("russia_today", "ria", "tengrinews")
FIELDS = ("title", "summary", "text", "content")
BATCH_CHARACTERS = 1_000_000

Batch = tuple[Texts, Zones]


def main() -> None:
    options = _options()
    print("| outlet | task | razdel, characters a second | newsnlp | newsnlp is faster by |")
    print("|---|---|---|---|---|")
    for outlet in OUTLETS:
        source = read_texts(options.data / "articles" / f"{outlet}.jsonl.gz")
        rounds = [list(islice(source, options.articles)) for _ in range(options.rounds + 1)]
        times = [timed(texts) for texts in rounds if texts]
        n_characters = [sum(map(len, texts)) for texts in rounds]
        for task in times[0]:
            runs = [  # the first round warms up
                (n, *run[task]) for n, run in zip(n_characters[1:], times[1:], strict=False)
            ]
            theirs, ours, ratio = (
                median(values)
                for values in zip(*((n / a, n / b, a / b) for n, a, b in runs), strict=True)
            )
            print(f"| {outlet} | {task} | {theirs:,.0f} | {ours:,.0f} | {ratio:.1f} |")


def timed(texts: list[str]) -> dict[str, tuple[float, float]]:
    """Seconds of razdel and of newsnlp by task.

    Args:
        texts: One text an article.
    """
    batches = list(joined(texts))

    def theirs(cut: Callable[[str], Iterator[object]]) -> float:
        return seconds(lambda: [list(cut(text)) for text in texts])

    def ours(cut: Callable[[Texts, Zones], object]) -> float:
        return seconds(lambda: [cut(*batch) for batch in batches])

    tokens = theirs(razdel.tokenize), ours(lambda *batch: _tokens(_chunks(*batch)))
    sentences = (
        theirs(razdel.sentenize),
        ours(lambda *batch: _sentences(*batch, _chunks(*batch))),
    )
    return {
        "tokens": tokens,
        "sentences": sentences,
        "both": (tokens[0] + sentences[0], ours(segment)),
    }


def joined(texts: list[str]) -> Iterator[Batch]:
    """Yield batches as newsnlp takes them, each text one zone.

    Args:
        texts: One text an article.
    """
    batch: list[str] = []
    for text in texts:
        if batch and sum(map(len, batch)) + len(text) > BATCH_CHARACTERS:
            yield _one_zone_each(batch)
            batch = []
        batch.append(text.strip())
    yield _one_zone_each(batch)


def seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time that some work takes.

    Args:
        work: What to time.
    """
    before = time.process_time()
    work()
    return time.process_time() - before


def read_texts(path: Path) -> Iterator[str]:
    """Yield the articles of an outlet: title, lead and text.

    Args:
        path: A file of the data folder.
    """
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for line in file:
            text = "\n\n".join(filter(None, map(json.loads(line).get, FIELDS)))
            if text.strip():
                yield text


def _one_zone_each(texts: list[str]) -> Batch:
    joined = Texts.join(texts)
    rows = np.arange(len(texts))
    zones = Zones(rows, rows, rows, joined.start, joined.stop, np.ones(len(texts), np.bool_))
    return joined, zones


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time newsnlp's segmentation against razdel's.")
    parser.add_argument("--articles", type=int, default=60, help="articles a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    options.data = Path(options.data)
    return options


if __name__ == "__main__":
    main()
