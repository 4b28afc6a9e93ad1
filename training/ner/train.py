"""Trains the network of names on all corpora, from natasha's weights.

    python training/ner/train.py --seed 1 --out newsnlp/data/ner.npz
    python training/ner/train.py --leave-out slavic_brexit    # score on a corpus not seen

`NEWSNLP_DATA` names the folder of the data; PyTorch is needed (`newsnlp[train-ner]`). The README
beside this file is the model card.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from corpora import CORPORA, held_out, own_sentences, training_documents
from examples import Examples, bare, gold_names
from network import Network, mean_state
from torch import Tensor, nn

from newsnlp import Annotator, Article
from newsnlp.scoring import read_names, score_names
from newsnlp.taggers import Tagger
from newsnlp.weights import (
    NER,
    TaggerWeights,
    load_tagger,
    save_tagger,
)

EPOCHS = 16
RATE = 1e-3
BATCH = 64
CAPITALS = 0.03  # examples turned to capitals, and those whose surnames are
# Collection5 aside, whose convention is another.
CALIBRATED = [corpus for corpus in CORPORA if corpus != "collection5"]
AVERAGED = 4  # last epochs whose weights are averaged

# --- training ------------------------------------------------------------------------------------


def train(network: Network, examples: Examples, seed: int, epochs: int) -> None:
    """Train, and leave the mean of the last epochs' weights in the network."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01)
    n_steps = epochs * -(-len(examples) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / 100) * max(0.05, 1 - step / n_steps)
    )
    states = []
    for epoch in range(epochs):
        start, total = time.monotonic(), []
        network.train()
        for batch in examples.batches(rng, BATCH, CAPITALS):
            loss = network.loss(batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            total.append(loss.item())
        seconds = time.monotonic() - start
        print(f"epoch {epoch + 1}: loss {np.mean(total):.4f}, {seconds:.0f} s", flush=True)
        states.append({name: value.clone() for name, value in network.state_dict().items()})
    network.load_state_dict(mean_state(states[-AVERAGED:]))
    network.eval()


# --- scoring -------------------------------------------------------------------------------------


def scores(
    annotator: Annotator, weights: TaggerWeights, data: Path, corpora: Iterable[str], *, all_: bool
) -> pd.DataFrame:
    """F1 of strict spans by corpus and type: on what is held out, or on all documents."""
    models = annotator.models
    models._names["newsnlp"] = Tagger.build(weights, models.vectors)
    rows = {}
    for corpus in corpora:
        path = data / "ner" / f"{corpus}.jsonl.gz"
        gold = read_names(path, documents=None if all_ else held_out(corpus))
        articles = [Article(doc_id=doc_id, text=document.text) for doc_id, document in gold.items()]
        table = score_names(gold, annotator.annotate(articles, frames=["mentions"]).mentions)
        rows[corpus] = dict(zip(table["class"], table["f1"], strict=True))
    result = pd.DataFrame(rows).T
    result.loc["mean"] = result.mean()
    return result


def calibrated(annotator: Annotator, weights: TaggerWeights, data: Path) -> TaggerWeights:
    """Weights with a calibration fitted on every second held-out document, scored on the others."""
    weights = replace(weights, calibration=(1.0, 0.0))
    score, right, number = outcomes(annotator, weights, data)
    fitted = number % 2 == 0
    odds = torch.from_numpy(np.log(score / (1 - score)))[fitted]
    target = torch.from_numpy(right.astype(np.float64))[fitted]
    parameters = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=100)

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = parameters[0] * odds + parameters[1]
        result = nn.functional.binary_cross_entropy_with_logits(logits, target)
        result.backward()
        return result

    optimizer.step(loss)
    slope, offset = parameters.detach().tolist()
    weights = replace(weights, calibration=(slope, offset))
    score, right, number = outcomes(annotator, weights, data)
    error = calibration_error(score[number % 2 == 1], right[number % 2 == 1])
    print(f"calibration {slope:.3f}, {offset:.3f}: error {error:.4f} on the other documents")
    return weights


def outcomes(
    annotator: Annotator, weights: TaggerWeights, data: Path
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Score of each mention on held-out documents, whether it is right, number of its document."""
    annotator.models._names["newsnlp"] = Tagger.build(weights, annotator.models.vectors)
    rows = []
    number = 0
    for corpus in CALIBRATED:
        gold = read_names(data / "ner" / f"{corpus}.jsonl.gz", documents=held_out(corpus))
        for doc_id, document in gold.items():
            article = Article(doc_id=doc_id, text=document.text)
            mentions = annotator.annotate([article], frames=["mentions"]).mentions
            right = {(*bare(document.text, n.start, n.stop), n.type) for n in document.names}
            columns = (mentions[name].tolist() for name in ("start", "stop", "type", "score"))
            for start, stop, type_, score in zip(*columns, strict=True):
                is_right = (*bare(document.text, start, stop), type_) in right
                ignored = any(a < stop and start < b for a, b in document.ignored)
                if is_right or not ignored:
                    rows.append((score, is_right, number))
            number += 1
    score, right, numbers = map(np.array, zip(*rows, strict=True))
    return np.clip(score.astype(np.float64), 1e-6, 1 - 1e-6), right, numbers


def calibration_error(
    score: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], n_bins: int = 10
) -> float:
    """Expected calibration error over bins of equal width."""
    bins = np.minimum((score * n_bins).astype(int), n_bins - 1)
    return float(sum(abs((right - score)[bins == b].sum()) for b in range(n_bins)) / len(score))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--leave-out", action="append", default=[], help="corpus to score on only")
    parser.add_argument("--out", type=Path, help="file that the weights are written to")
    options = parser.parse_args()
    data = Path(os.environ["NEWSNLP_DATA"])
    annotator = Annotator(layout="plain")
    vectors = annotator.models.vectors
    start = load_tagger(NER)
    dense = torch.from_numpy(vectors[np.arange(len(vectors.rows))])
    network = Network(dense, vectors.unknown, start)
    documents = [
        document
        for corpus in CORPORA
        if corpus not in options.leave_out
        for document in training_documents(data, corpus)
    ]
    documents += own_sentences(options.seed)
    examples = Examples(gold_names(annotator, documents))
    print(len(documents), "documents,", examples.n_tokens, "tokens")
    train(network, examples, options.seed, options.epochs)
    weights = calibrated(annotator, network.weights(start.shapes), data)
    for name, one in (("slovnet", start), ("trained", weights)):
        print(f"{name}, held out\n{scores(annotator, one, data, CORPORA, all_=False).round(4)}")
        if options.leave_out:
            table = scores(annotator, one, data, options.leave_out, all_=True)
            print(f"{name}, left out\n{table.round(4)}")
    if options.out:
        save_tagger(options.out, weights)


if __name__ == "__main__":
    main()
