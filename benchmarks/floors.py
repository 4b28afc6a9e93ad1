"""Compares the time of each stage with what this machine cannot go below: see `README.md`.

    python benchmarks/floors.py

The floor of a network is its multiply-adds over the rate of this machine's matrix products of the
same shapes; that of another stage the bytes that it reads and writes, each once, over the rate at
which memory is copied. One BLAS thread; stages in seconds of wall time, rates the best of several.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
sys.path.insert(0, str(PEERS))

from protocol import ONE_THREAD  # noqa: E402

os.environ.update(ONE_THREAD)

import numpy as np  # noqa: E402

from newsnlp import Annotator, Article  # noqa: E402
from newsnlp.pipeline import timed_stages  # noqa: E402
from newsnlp.weights import TaggerWeights  # noqa: E402

BLOCK = 1024  # rows of a product
COPIED = 64 << 20  # bytes
TRIES = 7
INT, CHARACTER = 8, 4  # bytes


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare stages with their floors.")
    data = os.environ.get("NEWSNLP_DATA")
    parser.add_argument("--data", type=Path, default=data, required=data is None)
    parser.add_argument("--articles", type=int, default=500)
    options = parser.parse_args()
    annotator = Annotator()
    annotator.annotate("Минск.")
    articles = read_articles(options.data, options.articles)
    seconds = timed_stages(annotator, articles)
    frames = annotator.annotate(articles)
    n_tokens, n_words = len(frames.tokens), frames.tokens["text"].nunique()
    n_characters = int(frames.articles["text"].str.len().sum())
    copied = copy_rate()
    token_columns = n_tokens * INT
    floors = {
        "layout": 2 * n_characters * CHARACTER / copied,
        "segment": (n_characters * CHARACTER + 4 * token_columns) / copied,
        "morphology": network_floor(annotator.models.morphology.weights, n_tokens, n_words),
        "names": network_floor(
            annotator.models.names(annotator.options.ner).weights, n_tokens, n_words
        ),
        "lemmas": 3 * token_columns / copied,
        "frames": sum(int(frames[name].memory_usage().sum()) for name in frames.names) / copied,
    }
    print(f"{len(articles)} articles, {n_characters} characters, {n_tokens} tokens")
    print(f"{n_words} distinct words; {copied / 1e9:.1f} GB/s copied\n")
    print("| stage | seconds | floor | times the floor |\n|---|---|---|---|")
    for stage, took in seconds.items():
        floor = floors.get(stage)
        shown = ("", "") if floor is None else (f"{floor:.3f}", f"{took / floor:.1f}")
        print(f"| {stage} | {took:.2f} | {shown[0]} | {shown[1]} |")
    whole = sum(seconds.values())
    print(
        f"| all | {whole:.2f} | {sum(floors.values()):.2f} | {whole / sum(floors.values()):.1f} |"
    )


def read_articles(folder: Path, n: int) -> list[Article]:
    """Read articles of Russia Today.

    Args:
        folder: The data folder.
        n: How many.
    """
    path = folder / "articles" / "russia_today.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        records = [json.loads(line) for line in islice(lines, n)]
    return [
        Article(doc_id=str(row), title=r["title"], lead=r["summary"], text=r["text"])
        for row, r in enumerate(records)
    ]


def network_floor(weights: TaggerWeights, n_tokens: int, n_words: int) -> float:
    """Seconds for the products of a network: its first layer per word, the others per token.

    Args:
        weights: The network's weights.
        n_tokens: Tokens.
        n_words: Distinct words.
    """
    first, *others = (
        kernel.transpose(1, 0, 2).reshape(kernel.shape[1], -1)
        for kernel in (layer.kernel for layer in weights.layers)
    )
    per_token = sum(seconds_per_row(kernel) for kernel in (*others, weights.projection))
    return n_words * seconds_per_row(first) + n_tokens * per_token


def seconds_per_row(kernel: np.ndarray) -> float:
    """Seconds that one row of a product with this matrix takes.

    Args:
        kernel: Shape (inputs, outputs), float32.
    """
    rows = np.ones((BLOCK, len(kernel)), np.float32)
    kernel = np.ascontiguousarray(kernel)
    out = np.empty((BLOCK, kernel.shape[1]), np.float32)
    return best(lambda: np.matmul(rows, kernel, out=out)) / BLOCK


def copy_rate() -> float:
    """Bytes a second that are copied from memory to memory."""
    source = np.ones(COPIED, np.uint8)
    target = np.zeros_like(source)
    return COPIED / best(lambda: np.copyto(target, source))


def best(work: Callable[[], object]) -> float:
    """Fewest seconds that some work takes.

    Args:
        work: What is timed.
    """
    seconds = []
    for _ in range(TRIES):
        before = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - before)
    return min(seconds)


if __name__ == "__main__":
    main()
