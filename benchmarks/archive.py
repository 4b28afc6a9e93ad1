"""A large archive by the command line: speed, memory, size, time outside `annotate`, questions.

    NEWSNLP_DATA=… python benchmarks/archive.py --articles 200000 --folder /tmp/large

Articles are those of the corpora over and over, with ids, days and outlets of their own and a line
of their own at the end, as gzipped JSON lines. Two workers; memory is that of each process, sampled
once a second. The time outside `annotate` is what the run takes beyond `Annotator.stream` of the
same articles with as many processes, results dropped, on a sample.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from threading import Thread

import psutil

import newsnlp
from newsnlp import Annotator, Article, read

FILES = ("russia_today", "ria", "tengrinews", "lenta_headlines")
PER_FILE = 20_000
DAYS = 365
OUTLETS = ("вестник", "хроника", "обозрение", "курьер")
QUESTIONS = {
    "counts by day and outlet": "SELECT day, source, count(*) FROM articles GROUP BY ALL",
    "topics by outlet": "SELECT source, topic_label, count(*) FROM articles GROUP BY ALL",
    "a person by day": "SELECT day, count(DISTINCT m.doc_id) FROM mentions m JOIN articles USING "
    "(doc_id) WHERE m.normal LIKE '%Путин%' GROUP BY ALL",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, required=True, help="made if need be")
    parser.add_argument("--sample", type=int, default=5_000, help="of the time outside annotate")
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    options = parser.parse_args()
    source = options.folder / "news"
    make(options.data, source, options.articles)
    archive = options.folder / "archive"
    seconds, memory = run([source], archive)
    print(f"{options.articles / seconds:.0f} articles a second, {seconds:.0f} seconds")
    for name, samples in memory.items():
        cuts = [len(samples) * part // 3 for part in range(4)]
        thirds = [samples[first:last] for first, last in pairwise(cuts)]
        told = ", ".join(f"{max(third) / 2**20:.0f}" for third in thirds if third)
        print(f"{name}: most MiB in each third of the run: {told}")
    size = sum(file.stat().st_size for file in archive.rglob("*") if file.is_file())
    print(f"{size / options.articles / 1024:.1f} KiB an article on disk")
    for name, question in QUESTIONS.items():
        newsnlp.Archive(archive).sql(question)
        started = time.perf_counter()
        n_rows = len(newsnlp.Archive(archive).sql(question))
        print(f"{name}: {n_rows} rows in {time.perf_counter() - started:.2f} s")
    outside(source, options.folder, options.sample)


def make(data: Path, folder: Path, n_articles: int) -> None:
    """Write the articles, if they are not there."""
    if folder.is_dir():
        return
    temporary = folder.with_suffix(".tmp")
    temporary.mkdir(parents=True)
    articles = enumerate(islice(_over_and_over(data), n_articles))
    for number in range(0, n_articles, PER_FILE):
        path = temporary / f"{number:07}.jsonl.gz"
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
            for row, article in islice(articles, PER_FILE):
                day = time.gmtime(1_700_000_000 + row % DAYS * 86_400)
                record = {
                    "id": f"{article.doc_id}#{row}",
                    "title": article.title,
                    "text": f"{article.text or ''}\nЗапись номер {row}.",
                    "published": time.strftime("%Y-%m-%d", day),
                    "source": OUTLETS[row % len(OUTLETS)],
                }
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    temporary.rename(folder)


def _over_and_over(data: Path) -> Iterator[Article]:
    while True:
        for name in FILES:
            yield from read(data / "articles" / f"{name}.jsonl.gz")


def run(paths: list[Path], archive: Path) -> tuple[float, dict[str, list[int]]]:
    """Annotate by the command line; seconds, and samples of each process's memory."""
    command = [sys.executable, "-m", "newsnlp", "annotate", *map(str, paths), "-o", str(archive)]
    started = time.perf_counter()
    process = subprocess.Popen([*command, "--workers", "2", "--quiet"])
    memory: dict[str, list[int]] = {}
    watch = Thread(target=_watch, args=(process.pid, memory))
    watch.start()
    if process.wait():
        raise SystemExit(f"newsnlp ended with {process.returncode}")
    seconds = time.perf_counter() - started
    watch.join()
    return seconds, memory


def _watch(pid: int, memory: dict[str, list[int]]) -> None:
    while True:
        try:
            parent = psutil.Process(pid)
            processes = [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for process in processes:
            try:
                size, is_zombie = process.memory_info().rss, process.status() == "zombie"
            except psutil.NoSuchProcess:
                continue
            name = "parent" if process.pid == pid else f"process {process.pid}"
            if size and not is_zombie:
                memory.setdefault(name, []).append(size)
        time.sleep(1)


def outside(source: Path, folder: Path, n_articles: int) -> None:
    """Print the share of a run's time that is not `annotate`'s."""
    sample = folder / "sample.jsonl"
    with sample.open("w", encoding="utf-8") as file:
        for article in islice(read(source), n_articles):
            record = {"id": article.doc_id, "title": article.title, "text": article.text}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    archive = folder / f"sample-{os.getpid()}"
    whole, _ = run([sample], archive)
    names = newsnlp.Archive(archive).names
    started = time.perf_counter()
    for _ in Annotator().stream(list(read(sample)), processes=2, frames=names):
        pass
    alone = time.perf_counter() - started
    print(f"{n_articles} articles: {whole:.1f} s, annotate alone {alone:.1f} s", end="")
    print(f": {1 - alone / whole:.1%} outside")


if __name__ == "__main__":
    main()
