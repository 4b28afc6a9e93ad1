"""Times newsnlp against natasha on the same articles: see `README.md`.

    python benchmarks/throughput.py --peer-python .venv-natasha/bin/python

Sides take turns within each round. Each is one long-lived process with one BLAS thread that times
its own work in seconds of processor time, so that neither start, loading nor a busy machine counts.
Every round has articles of its own, so that no cache knows their words beforehand.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median

PEERS = Path(__file__).parent / "peers"
sys.path.insert(0, str(PEERS))

from protocol import Peer  # noqa: E402

NATASHA = "natasha, as in its README"
WITHOUT_SYNTAX = "natasha without syntax"
NEWSNLP = "newsnlp, all frames"
SEGMENT_NAMES = "natasha's segment and names alone"
MENTIONS = "newsnlp, mentions and entities alone"
WARM_UP = 5

Seconds = dict[str, float]
Articles = list[dict[str, str]]


def main() -> None:
    options = _options()
    source = read_articles(options.data)
    warm_up = list(islice(source, WARM_UP))
    batches = [list(islice(source, options.articles)) for _ in range(options.rounds)]
    with (
        Peer(options.peer_python, PEERS / "natasha_pipeline.py") as natasha,
        Peer(sys.executable, PEERS / "newsnlp_pipeline.py") as newsnlp,
        # A process of its own: in the other one the caches would know the articles' words.
        Peer(sys.executable, PEERS / "newsnlp_pipeline.py") as few,
    ):
        sides: dict[str, Callable[[Articles], Seconds]] = {
            NATASHA: lambda batch: natasha.call("timed", texts=texts(batch), without=[]),
            WITHOUT_SYNTAX: lambda batch: natasha.call(
                "timed", texts=texts(batch), without=["syntax"]
            ),
            NEWSNLP: lambda batch: newsnlp.call("timed", articles=batch, frames=None),
            SEGMENT_NAMES: lambda batch: natasha.call(
                "timed",
                texts=texts(batch),
                without=["morphology", "syntax", "lemmas", "normal forms"],
            ),
            MENTIONS: lambda batch: few.call(
                "timed", articles=batch, frames=["mentions", "entities"]
            ),
        }
        for side in sides.values():  # models are loaded here, not in the first round
            side(warm_up)
        rounds: list[dict[str, Seconds]] = []
        stages: list[Seconds] = []
        for batch in batches:
            rounds.append({name: side(batch) for name, side in sides.items()})
            whole = {name: round(sum(run.values()), 1) for name, run in rounds[-1].items()}
            print(f"round {len(rounds)}: {whole}", file=sys.stderr)
        with Peer(sys.executable, PEERS / "newsnlp_pipeline.py") as fresh:
            fresh.call("timed", articles=warm_up, frames=None)
            stages = [fresh.call("stages", articles=batch) for batch in batches]
    n_characters = [sum(map(len, texts(batch))) for batch in batches]
    print(f"{options.rounds} rounds of {options.articles} articles, {n_characters} characters\n")
    _print_sides(rounds, n_characters)
    _print_stages(NATASHA, [each[NATASHA] for each in rounds])
    _print_stages(NEWSNLP, stages)


def texts(articles: Articles) -> list[str]:
    """One text an article: title, lead and text, as newsnlp joins them.

    Args:
        articles: Fields of each article.
    """
    return ["\n\n".join(filter(None, article.values())) for article in articles]


def read_articles(folder: Path) -> Iterator[dict[str, str]]:
    """Yield title, lead and text of Russia Today's articles.

    Args:
        folder: The data folder.
    """
    with gzip.open(folder / "articles" / "russia_today.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield {"title": record["title"], "lead": record["summary"], "text": record["text"]}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time newsnlp against natasha.")
    parser.add_argument("--peer-python", required=True, help="interpreter that has natasha")
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    return options


def _print_sides(rounds: list[dict[str, Seconds]], n_characters: list[int]) -> None:
    print("| side | seconds | characters a second | newsnlp is faster by |\n|---|---|---|---|")
    for side in rounds[0]:
        seconds = [sum(each[side].values()) for each in rounds]
        speed = median(n / s for n, s in zip(n_characters, seconds, strict=True))
        # Ratios within a round, so that a slower spell of the machine counts on both sides.
        ours = MENTIONS if side in (SEGMENT_NAMES, MENTIONS) else NEWSNLP
        ratio = median(sum(each[side].values()) / sum(each[ours].values()) for each in rounds)
        print(f"| {side} | {median(seconds):.1f} | {speed:,.0f} | {ratio:.1f} |")


def _print_stages(side: str, runs: list[Seconds]) -> None:
    stages = {name: median(run[name] for run in runs) for name in runs[0]}
    whole = sum(stages.values())
    print(f"\n| {side}: stage | seconds | share |\n|---|---|---|")
    for name, seconds in stages.items():
        print(f"| {name} | {seconds:.1f} | {seconds / whole:.0%} |")


if __name__ == "__main__":
    main()
