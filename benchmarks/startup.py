"""Times the import and the first article of a new process: see `README.md`.

    python benchmarks/startup.py

Each figure is the median of several new processes, wall time, after one that warms the page cache.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

PEERS = Path(__file__).parent / "peers"
sys.path.insert(0, str(PEERS))

from protocol import ONE_THREAD  # noqa: E402

PROGRAMS = {
    "Python alone": "pass",
    "import pandas": "import pandas",
    "import pandas, newsnlp": "import pandas, newsnlp",
    "annotate one sentence": "import newsnlp; newsnlp.annotate('Токаев прибыл в Минск.')",
    "annotate --example": "from newsnlp.cli import main; main(['annotate', '--example'])",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time newsnlp's import and its first article.")
    parser.add_argument("--processes", type=int, default=7)
    options = parser.parse_args()
    for code in PROGRAMS.values():
        seconds(code)  # what is read from disk stays in memory from here on
    rounds = [
        {name: seconds(code) for name, code in PROGRAMS.items()} for _ in range(options.processes)
    ]
    print("| new process | seconds |\n|---|---|")
    for name in PROGRAMS:
        print(f"| {name} | {median(each[name] for each in rounds):.2f} |")
    added = median(each["import pandas, newsnlp"] - each["import pandas"] for each in rounds)
    print(f"| newsnlp over pandas | {added:.2f} |")


def seconds(code: str) -> float:
    """Wall time of a new process.

    Args:
        code: The program that it runs.
    """
    before = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=os.environ | ONE_THREAD,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - before


if __name__ == "__main__":
    main()
