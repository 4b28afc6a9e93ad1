"""Scores natasha and newsnlp alike on the gold data: see `README.md`.

    python benchmarks/quality.py --peer-python .venv-natasha/bin/python

natasha tags each text as a whole and splits it itself, as its users do.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from newsnlp import Annotator
from newsnlp.scoring import (
    read_names,
    read_sentences,
    score_lemmas,
    score_names,
    score_normal,
)

PEERS = Path(__file__).parent / "peers"
HELDOUT = Path(__file__).parents[1] / "training" / "heldout.tsv"
sys.path.insert(0, str(PEERS))

from protocol import Peer  # noqa: E402

CORPORA = (
    "collection5", "factrueval_devset", "nerel_dev", "nerel_train", "slavic_asia_bibi",
    "slavic_brexit", "slavic_covid_19",
)  # fmt: skip
TREEBANKS = ("taiga_lenta_news", "taiga_test", "gsd_test")
# Texts handed to the peer in one call.
CHUNK = 20
_NAMES = ["start", "stop", "type", "normal"]
_TOKENS = ["start", "stop", "lemma", "upos"]


def main() -> None:
    options = _options()
    with Peer(options.peer_python, PEERS / "natasha_pipeline.py") as natasha:
        sides = {"natasha": _Natasha(natasha)}
        if not options.natasha_only:
            sides["newsnlp"] = _NewsNLP(Annotator(layout="plain"))
        print("| task | corpus | side | PER | ORG | LOC | all |\n|---|---|---|---|---|---|---|")
        for corpus in CORPORA:
            _print_names(corpus, options.data / "ner" / f"{corpus}.jsonl.gz", sides)
        print("\n| treebank | side | lemma | UPOS | lemma of found | UPOS of found |")
        print("|---|---|---|---|---|---|")
        for treebank in TREEBANKS:
            gold = read_sentences(options.data / "morph" / f"{treebank}.conllu.gz")
            for name, side in sides.items():
                row = score_lemmas(gold, side.frame("tokens", _texts(gold))).iloc[-1]
                columns = ("lemma", "upos", "lemma_of_found", "upos_of_found")
                cells = " | ".join(f"{row[column]:.2%}" for column in columns)
                print(f"| {treebank} | {name} | {cells} |", flush=True)


class _Natasha:
    """The peer, answering with frames."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def frame(self, name: str, texts: dict[str, str]) -> pd.DataFrame:
        keys, values = list(texts), list(texts.values())
        found: list[list[tuple[Any, ...]]] = []
        for start in range(0, len(values), CHUNK):
            found += self._peer.call(name, texts=values[start : start + CHUNK])
        rows = [(key, *row) for key, each in zip(keys, found, strict=True) for row in each]
        columns = {"mentions": _NAMES, "tokens": _TOKENS}[name]
        return pd.DataFrame(rows, columns=["doc_id", *columns]).assign(kind="name")


class _NewsNLP:
    """The package, answering likewise."""

    def __init__(self, annotator: Annotator) -> None:
        self._annotator = annotator

    def frame(self, name: str, texts: dict[str, str]) -> pd.DataFrame:
        source = pd.DataFrame({"doc_id": list(texts), "text": list(texts.values())})
        return pd.concat(batch[name] for batch in self._annotator.stream(source, frames=[name]))


def _texts(gold: Mapping[str, Any]) -> dict[str, str]:
    return {doc_id: document.text for doc_id, document in gold.items()}


def _print_names(corpus: str, path: Path, sides: Mapping[str, Any]) -> None:
    gold = read_names(path)
    held_out = read_names(path, documents=_heldout(corpus))
    for name, side in sides.items():
        mentions = side.frame("mentions", _texts(gold))
        scores = {
            f"names, F1 | {corpus}": score_names(gold, mentions)["f1"],
            f"names, F1 | {corpus}, held out": score_names(held_out, mentions)["f1"],
        }
        if corpus.startswith("slavic"):
            scores[f"normal forms | {corpus}"] = score_normal(gold, mentions)["accuracy"]
        for label, values in scores.items():
            cells = " | ".join(f"{value:.2%}" for value in values)
            print(f"| {label} | {name} | {cells} |", flush=True)


def _heldout(corpus: str) -> list[str]:
    lines = HELDOUT.read_text(encoding="utf-8").splitlines()
    listed = [line.split("\t") for line in lines if not line.startswith("#")]
    return [doc_id for name, doc_id in listed if name == corpus]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score natasha and newsnlp on gold data.")
    parser.add_argument("--peer-python", required=True, help="interpreter that has natasha")
    parser.add_argument("--natasha-only", action="store_true", help="leave newsnlp out")
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    return options


if __name__ == "__main__":
    main()
