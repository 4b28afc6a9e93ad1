"""Watches the memory of a long stream, on Linux: see `README.md`.

    python benchmarks/memory.py --articles 50000
    python benchmarks/memory.py --articles 50000 --processes 2

The corpus is repeated as often as needed; each article has an id and a line of its own. What a
process holds is noted after every batch, and its peak at the end. Exit status 1: a process grew by
more than a tenth after its start, or had more than 600 MiB.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import chain, count, islice
from multiprocessing import active_children
from pathlib import Path
from statistics import median

from throughput import read_articles

from newsnlp import Annotator, Article

START = 2_000
MOST_GROWTH = 1.1
MOST_MEBIBYTES = 600

Samples = dict[int, list[tuple[int, float]]]


def main() -> None:
    options = _options()
    samples: Samples = {}
    peaks: dict[int, float] = {}
    n = 0
    for frames in Annotator().stream(_articles(options), processes=options.processes):
        n += len(frames.articles)
        for pid in (os.getpid(), *(worker.pid for worker in active_children())):
            now, peaks[pid] = _mebibytes(pid, "VmRSS"), _mebibytes(pid, "VmHWM")
            samples.setdefault(pid, []).append((n, now))
        if n % 1000 < len(frames.articles):
            held = ", ".join(f"{each[-1][1]:.0f}" for each in samples.values())
            print(f"{n} articles: {held} MiB", file=sys.stderr)
    reports = [_report(pid, samples[pid], peaks[pid]) for pid in samples]
    sys.exit(not all(reports))


def _articles(options: argparse.Namespace) -> Iterator[Article]:
    again = chain.from_iterable(read_articles(options.data) for _ in count())
    for number, fields in enumerate(islice(again, options.articles)):
        text = f"{fields.pop('text')}\n\nМатериал номер {number} из архива."
        yield Article(doc_id=number, text=text, **fields)


def _mebibytes(pid: int, field: str) -> float:
    """A line of a process's status: memory held now (VmRSS), or at most until now (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 1024


def _report(pid: int, samples: list[tuple[int, float]], peak: float) -> bool:
    """Print what a process held, and whether that is within the bounds."""
    last = samples[-1][0]
    # A batch is larger than another: so halves of the start are compared, not moments.
    start = median(held for n, held in samples if START / 2 < n <= START)
    end = median(held for n, held in samples if n > last - START / 2)
    name = "this process" if pid == os.getpid() else f"worker {pid}"
    print(
        f"{name}: {start:.0f} MiB after {START} articles, {end:.0f} after {last} "
        f"({end / start - 1:+.1%}), at most {peak:.0f}"
    )
    return end <= MOST_GROWTH * start and peak < MOST_MEBIBYTES


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Watch the memory of a long stream.")
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    if options.articles <= START:
        parser.error(f"the start is {START} articles: take more")
    return options


if __name__ == "__main__":
    main()
