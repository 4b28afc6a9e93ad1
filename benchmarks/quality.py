"""Scores natasha and newsnlp alike on the gold data: see `README.md`.

    python benchmarks/quality.py --peer-python .venv-natasha/bin/python

natasha tags each text as a whole and splits it itself, as its users do. Names are scored on the
documents that nothing of ours is trained on; the interval holds 95 of 100 resamples of them.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from newsnlp import Annotator
from newsnlp.scoring import (
    GoldDocument,
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
WORD = re.compile(r"\w+")
SEED, RESAMPLES = 1, 1000
# Texts handed to the peer in one call.
CHUNK = 20
_NAMES = ["start", "stop", "type", "normal"]
_TOKENS = ["start", "stop", "lemma", "upos"]


def main() -> None:
    options = _options()
    with Peer(options.peer_python, PEERS / "natasha_pipeline.py") as natasha:
        sides: dict[str, _Natasha | _NewsNLP] = {"natasha": _Natasha(natasha)}
        if not options.natasha_only:
            annotator = Annotator(layout="plain")
            sides["newsnlp, slovnet's names"] = _NewsNLP(annotator.with_options(ner="slovnet"))
            sides["newsnlp"] = _NewsNLP(annotator)
        print("| names, held out | side | PER | ORG | LOC | all | interval | words |")
        print("|---|---|---|---|---|---|---|---|")
        for corpus in CORPORA:
            _print_names(corpus, options.data / "ner" / f"{corpus}.jsonl.gz", sides)
        print("\n| normal forms | side | PER | ORG | LOC | all |\n|---|---|---|---|---|---|")
        for corpus in filter(lambda corpus: corpus.startswith("slavic"), CORPORA):
            _print_normal_forms(corpus, options.data / "ner" / f"{corpus}.jsonl.gz", sides)
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
    gold = read_names(path, documents=_heldout(corpus))
    for name, side in sides.items():
        mentions = side.frame("mentions", _texts(gold))
        cells = [f"{value:.2%}" for value in score_names(gold, mentions)["f1"]]
        low, high = _interval(gold, mentions)
        cells += [f"{low:.1%} to {high:.1%}", f"{_words_f1(gold, mentions):.2%}"]
        print(f"| {corpus} | {name} | {' | '.join(cells)} |", flush=True)


def _print_normal_forms(corpus: str, path: Path, sides: Mapping[str, Any]) -> None:
    gold = read_names(path)
    for name, side in sides.items():
        accuracy = score_normal(gold, side.frame("mentions", _texts(gold)))["accuracy"]
        cells = " | ".join(f"{value:.2%}" for value in accuracy)
        print(f"| {corpus} | {name} | {cells} |", flush=True)


def _interval(gold: Mapping[str, GoldDocument], mentions: pd.DataFrame) -> tuple[float, float]:
    """F1 between which 95 % of resamples of the documents lie."""
    by_document = dict(list(mentions.groupby("doc_id", observed=True)))
    counts = np.array(
        [
            score_names({key: one}, by_document.get(key, mentions.iloc[:0]))
            .iloc[-1][["n_correct", "n_gold", "n_found"]]
            .to_numpy(np.float64)
            for key, one in gold.items()
        ]
    )
    draws = np.random.default_rng(SEED).integers(len(counts), size=(RESAMPLES, len(counts)))
    n_correct, n_gold, n_found = counts[draws].sum(axis=1).T
    low, high = np.quantile(2 * n_correct / (n_gold + n_found), [0.025, 0.975])
    return float(low), float(high)


def _words_f1(gold: Mapping[str, GoldDocument], mentions: pd.DataFrame) -> float:
    """F1 over words: those in names, with the type, whatever the borders."""
    found: dict[str, list[tuple[int, int, str]]] = {key: [] for key in gold}
    columns = (mentions[name].tolist() for name in ("doc_id", "start", "stop", "type"))
    for key, *span in zip(*columns, strict=True):
        found[key].append(tuple(span))
    n_correct = n_either = 0
    for key, document in gold.items():
        right = _words(document.text, [(n.start, n.stop, n.type) for n in document.names])
        ours = {
            (start, type_)
            for start, type_ in _words(document.text, found[key])
            if (start, type_) in right or not any(a <= start < b for a, b in document.ignored)
        }
        n_correct += len(right & ours)
        n_either += len(right) + len(ours)
    return 2 * n_correct / n_either


def _words(text: str, spans: Iterable[tuple[int, int, str]]) -> set[tuple[int, str]]:
    return {
        (word.start(), type_)
        for start, stop, type_ in spans
        for word in WORD.finditer(text, start, stop)
    }


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
