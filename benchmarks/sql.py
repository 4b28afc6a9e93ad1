"""Times questions to a large archive: see `README.md`.

    python benchmarks/sql.py --articles 200000
    python benchmarks/sql.py --archive ARCHIVE

Questions are what is timed, so that the archive need not be true: some hundred annotated articles
stand in it many times, each time with ids, a day and an outlet of their own, in parts as large as
`newsnlp annotate` makes them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

import newsnlp
from newsnlp.archives import DEFAULT_FRAMES

OUTLETS = tuple(f"outlet{number:02d}.example" for number in range(40))
FIRST_DAY = date(2015, 1, 1)
DAYS = 3000
PART = 256
PERSON = "Владимир Путин"

QUESTIONS = {
    "counts by day and outlet": "SELECT day, source, count(*) AS n FROM articles GROUP BY ALL",
    "counts by day and outlet, one year": (
        "SELECT day, source, count(*) AS n FROM articles "
        "WHERE day BETWEEN '2019-01-01' AND '2019-12-31' GROUP BY ALL"
    ),
    "topics by outlet": (
        "SELECT source, topic_label, count(*) AS n FROM articles GROUP BY ALL ORDER BY n DESC"
    ),
    "a person by month": (
        "SELECT date_trunc('month', day) AS month, count(*) AS n FROM entities "
        "JOIN articles USING (doc_id) WHERE name = $person GROUP BY month ORDER BY month"
    ),
    "who is mentioned with a person": (
        "SELECT other.name, count(*) AS n FROM entities AS one JOIN entities AS other "
        "USING (doc_id) WHERE one.name = $person AND other.entity_id <> one.entity_id "
        "GROUP BY other.name ORDER BY n DESC LIMIT 20"
    ),
    "top keywords of a month": (
        "SELECT keyword, count(*) AS n FROM keywords JOIN articles USING (doc_id) "
        "WHERE day BETWEEN '2019-03-01' AND '2019-03-31' GROUP BY keyword ORDER BY n DESC LIMIT 20"
    ),
    "what is printed twice": (
        "SELECT text_hash, count(*) AS n FROM articles GROUP BY text_hash HAVING n > 1"
    ),
    "mentions by type": "SELECT type, count(*) AS n FROM mentions GROUP BY type",
    "sentences with a word": (
        "SELECT doc_id, text FROM sentences WHERE text LIKE '%хлопок%' LIMIT 20"
    ),
}


def main() -> None:
    options = _options()
    with _archive(options) as path:
        archive = newsnlp.Archive(path)
        parts = list(path.glob("part=*"))
        size = sum(file.stat().st_size for file in path.glob("part=*/*")) / 1e9
        print(f"{len(archive)} articles in {len(parts)} parts, {size:.1f} GB", file=sys.stderr)
        print("| question | rows | first, seconds | then, seconds |\n|---|---|---|---|")
        for name, query in QUESTIONS.items():
            parameters = {"person": PERSON} if "$person" in query else None
            seconds = []
            for _ in range(options.rounds + 1):
                started = time.perf_counter()
                n_rows = len(archive.sql(query, parameters, threads=options.threads))
                seconds.append(time.perf_counter() - started)
            first, *again = seconds
            print(f"| {name} | {n_rows:,} | {first:.2f} | {median(again):.2f} |")


def fill(path: Path, frames: newsnlp.Frames, n_articles: int) -> None:
    """Write an archive in which annotated articles stand again and again.

    Args:
        path: Folder to make.
        frames: Annotated articles, `PART` of them.
        n_articles: Articles to write.
    """
    rng = np.random.default_rng(0)
    archive = newsnlp.Archive(path)
    for number in range(-(-n_articles // PART)):
        n = min(PART, n_articles - number * PART)
        ids = set(frames.articles["doc_id"].head(n))
        tables = {}
        for name in frames.names:
            table = frames[name]
            table = table[table["doc_id"].isin(ids)]
            tables[name] = table.assign(doc_id=table["doc_id"] + f"/{number}")
        days = [FIRST_DAY + timedelta(int(day)) for day in rng.integers(DAYS, size=n)]
        tables["articles"]["day"] = pd.array(days, "datetime64[s]")
        tables["articles"]["source"] = rng.choice(OUTLETS, n)
        tables["articles"]["source"] = tables["articles"]["source"].astype(
            frames.articles["source"].dtype
        )
        archive.append(newsnlp.Frames(tables, frames.info))


@contextmanager
def _archive(options: argparse.Namespace) -> Iterator[Path]:
    """The archive that is named, made first where there is none, or else one for this run only."""
    with tempfile.TemporaryDirectory() as folder:
        path = options.archive or Path(folder) / "archive"
        if not newsnlp.Archive.is_at(path):
            articles = list(islice(_articles(options.data), PART))
            frames = newsnlp.annotate(articles, frames=DEFAULT_FRAMES)
            started = time.perf_counter()
            fill(path, frames, options.articles)
            print(f"written in {time.perf_counter() - started:.0f} seconds", file=sys.stderr)
        yield path


def _articles(folder: Path) -> Iterator[newsnlp.Article]:
    source = folder / "articles" / "russia_today.jsonl.gz"
    with gzip.open(source, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            record = json.loads(line)
            yield newsnlp.Article(
                doc_id=str(number), title=record["title"], lead=record["summary"],
                text=record["text"],
            )  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time questions to a large archive.")
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--archive", type=Path, help="ask this one, made first if it is not there")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="without it as many as there are cores")
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    options.data = Path(options.data)
    return options


if __name__ == "__main__":
    main()
