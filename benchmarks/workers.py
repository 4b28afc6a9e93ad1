"""Times one process against several on the same articles, by the clock: see `README.md`.

    python benchmarks/workers.py --articles 1000 --processes 2

Sides take turns, each in a Python of its own. It is timed from its start to its end, so that every
process loads its models within the time; and at work, from its first results on (one a process of
the side with several), when as much is left to do for either side. Processor time is that of all
processes together: what is more of it with several is lost by them, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from statistics import median

from throughput import read_articles

from newsnlp import Annotator, Article


def main() -> None:
    options = _options()
    if options.side:
        print(_annotate(options))
        return
    sides = (1, options.processes)
    whole, work, processor = ({side: [] for side in sides} for _ in range(3))
    for number in range(options.rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            command = [sys.executable, __file__, *sys.argv[1:], "--side", str(side)]
            begin, used = time.perf_counter(), _used()
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            whole[side].append(time.perf_counter() - begin)
            work[side].append(float(done.stdout))
            processor[side].append(_used() - used)
            seconds = ", ".join(f"{each[side][-1]:.1f}" for each in (whole, work, processor))
            print(f"{side}: {seconds}", file=sys.stderr)
    print("| processes | start to end | at work | processor time |\n|---|---|---|---|")
    for side in sides:
        seconds = " | ".join(f"{median(each[side]):.1f}" for each in (whole, work, processor))
        print(f"| {side} | {seconds} |")
    print(f"| ratio | {_ratio(whole)} | {_ratio(work)} | {_ratio(processor)} |")


def _ratio(seconds: dict[int, list[float]]) -> str:
    """Compare the sides round by round: the median, and from where to where it goes."""
    ratios = [one / several for one, several in zip(*seconds.values(), strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _used() -> float:
    """Seconds of processor time of all processes that were started and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _annotate(options: argparse.Namespace) -> float:
    """Annotate with the processes of a side; seconds at work."""
    articles = islice(read_articles(options.data), options.articles)
    source = (Article(**fields) for fields in articles)
    begin = 0.0
    stream = Annotator().stream(source, processes=options.side)
    for number, frames in enumerate(stream, start=1):
        for name in frames.names:
            frames[name].memory_usage()
        if number == options.processes:
            begin = time.perf_counter()
    return time.perf_counter() - begin


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time one process against several.")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    parser.add_argument("--side", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    return options


if __name__ == "__main__":
    main()
