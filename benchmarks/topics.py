"""Topics: speed of scoring, time to load, share of `annotate`; and scores on outlets left out.

    NEWSNLP_DATA=… python benchmarks/topics.py                       # speed
    NEWSNLP_DATA=… python benchmarks/topics.py --reliability topics.png [--cache FILE]

The second trains without each outlet in turn (`training/topics/train.py`, 5 minutes), prints Brier
scores and draws how often topics of each probability are right; it needs matplotlib.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from newsnlp import Annotator, read
from newsnlp.pipeline import cut, timed_stages
from newsnlp.schema import TOPICS
from newsnlp.topics import TopicModel

ROUNDS = 5
N_ARTICLES = 1500
TRAINING = Path(__file__).parent.parent / "training" / "topics"


def speed(data: Path) -> None:
    loading = []
    for _ in range(ROUNDS):
        started = perf_counter()
        TopicModel.load()
        loading.append(perf_counter() - started)
    print(f"load the model: {1000 * median(loading):.0f} ms")

    articles = [
        article
        for name in ("russia_today", "ria", "tengrinews")
        for article in list(read(data / "articles" / f"{name}.jsonl.gz"))[: N_ARTICLES // 3]
    ]
    annotator = Annotator()
    annotator.annotate(articles[:20])
    n_articles, seconds = 0, []
    batches = list(cut(articles, max_length=annotator.options.max_length))
    inputs = []
    for batch in batches:
        segments, _ = annotator.segments([taken.composed for taken in batch])
        inputs.append((segments, annotator.models.keys.of(segments.tokens.words)))
        n_articles += len(batch)
    for _ in range(ROUNDS):
        started = perf_counter()
        for segments, keys in inputs:
            annotator.models.topics.tag(segments, keys)
        seconds.append(perf_counter() - started)
    rate = n_articles / median(seconds)
    print(f"score {n_articles} whole articles: {rate:,.0f} a second")

    stages = timed_stages(annotator, articles)
    share = median(seconds) / sum(stages.values())
    print(f"share of annotate with all frames: {share:.1%}")


def reliability(data: Path, picture: Path, cache: Path | None) -> None:
    import matplotlib.pyplot as plt  # noqa: PLC0415

    sys.path.insert(0, str(TRAINING))
    import train  # noqa: PLC0415

    held_out = train.Corpus.read(data, cache).hold_out(train.GROUPS)
    figure, axes = plt.subplots(figsize=(6, 6))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for one in held_out:
        others = [other for other in held_out if other.group != one.group]
        chance = one.chance(train.calibrate(others))
        brier = ((chance - one.labels.told) ** 2).mean()
        name = f"{one.group}, {one.view}"
        print(f"{name:<24} {len(chance):>6} articles, {len(TOPICS)} topics: Brier {brier:.4f}")
        axes.plot(*_curve(chance, one.labels.told), marker="o", markersize=3, label=name)
    axes.set(
        title="Topics of outlets left out: probability and how often right",
        xlabel="probability that the article has the topic",
        ylabel="share that readers say so of",
    )
    axes.legend()
    figure.savefig(picture, dpi=100)


def _curve(chance: Any, right: Any) -> tuple[list[float], list[float]]:
    tenth = np.minimum((chance * 10).astype(int), 9)
    cells = [tenth == number for number in range(10)]
    return [chance[cell].mean() for cell in cells], [right[cell].mean() for cell in cells]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reliability", type=Path, metavar="PNG")
    parser.add_argument("--cache", type=Path, help="file of tagged articles, of train.py")
    options = parser.parse_args()
    data = Path(os.environ["NEWSNLP_DATA"])
    if options.reliability:
        reliability(data, options.reliability, options.cache)
    else:
        speed(data)


if __name__ == "__main__":
    main()
