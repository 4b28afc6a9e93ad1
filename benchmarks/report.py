"""The page of an archive: seconds and memory to make it, its size, and how soon it shows charts.

    NEWSNLP_DATA=… python benchmarks/report.py --articles 20000 --folder /tmp/report
    python benchmarks/report.py --archive ARCHIVE

Articles are those of `benchmarks/archive.py`: the corpora over and over, with ids, days and outlets
of their own; they are annotated once. The page is made by the command line in a process of its own.
With Playwright and Chromium (`--chromium PATH`) it is opened, too: seconds from its address to the
first charts, the best of five, without a network.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import archive as archives

import newsnlp

OPENED = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=Path("report"), help="made if need be")
    parser.add_argument("--archive", type=Path, help="an archive to take in place of the corpora")
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    parser.add_argument("--chromium", help="program to open the page with; without it Playwright's")
    options = parser.parse_args()
    archive = options.archive or annotated(options.data, options.folder, options.articles)
    options.folder.mkdir(parents=True, exist_ok=True)
    page = options.folder / "report.html"
    make(archive, page)
    opened(page, options.chromium)


def annotated(data: Path, folder: Path, n_articles: int) -> Path:
    """An archive of so many articles, made once."""
    source, archive = folder / f"news-{n_articles}", folder / f"archive-{n_articles}"
    archives.make(data, source, n_articles)
    if not newsnlp.Archive.is_at(archive) or len(newsnlp.Archive(archive)) < n_articles:
        command = ["annotate", str(source), "-o", str(archive), "--quiet"]
        subprocess.run([sys.executable, "-m", "newsnlp", *command], check=True)
    return archive


def make(archive: Path, page: Path) -> None:
    """Make the page by the command line and print what it took."""
    command = [sys.executable, "-m", "newsnlp", "report", str(archive), "-o", str(page)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    told = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(told)
    print(re.sub(r"^.*?report\.html: ", "", told.strip()))
    print(f"{seconds:.1f} s, {usage.ru_utime + usage.ru_stime:.1f} s of CPU")
    print(f"{usage.ru_maxrss / 1024:.0f} MiB of memory at most")
    print(f"{page.stat().st_size / 1e6:.2f} MB")


def opened(page: Path, chromium: str | None) -> None:
    """Open the page and print how long it takes until its first charts are there."""
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415
    except ImportError:
        print("Playwright is not installed: the page was not opened")
        return
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
        except Error as error:
            print(f"the page was not opened: {error.message.splitlines()[0]}")
            return
        seconds = []
        for _ in range(OPENED):
            tab = browser.new_page()
            started = time.perf_counter()
            tab.goto(page.resolve().as_uri(), wait_until="commit")
            tab.wait_for_selector('html[data-ready="true"]', state="attached")
            seconds.append(time.perf_counter() - started)
            tab.close()
        browser.close()
    print(f"{min(seconds):.2f} s until its first charts, the slowest {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
