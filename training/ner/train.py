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
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import itemgetter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from corpora import CORPORA, own_sentences, training_documents, with_latin_names
from examples import Examples, gold_names
from heldout import (
    COMMON,
    Gold,
    all_held_out,
    calibration_error,
    checking,
    deciding,
    outcomes,
    scores,
    whole,
)
from network import Batch, Network, mean_state
from torch import Tensor, nn

from newsnlp import Annotator
from newsnlp.weights import NER, TaggerWeights, load_tagger, save_tagger

EPOCHS = 16  # at most
PATIENCE = 4  # epochs without a better score before training stops
AVERAGED = 4  # last epochs whose weights are averaged
RATE = 1e-3
BATCH = 64
CAPITALS = 0.03  # examples turned to capitals, and those whose surnames are

# --- training ------------------------------------------------------------------------------------


def train(
    network: Network, examples: Examples, seed: int, score: Callable[[TaggerWeights], float]
) -> None:
    """Train while it helps: the best mean of neighbouring epochs' weights stays in the network.

    Args:
        network: The network.
        examples: What is trained on.
        seed: Of the order of examples and of what is dropped.
        score: Says how good weights are on held-out documents; more is better.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01)
    n_steps = EPOCHS * -(-len(examples) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / 100) * max(0.05, 1 - step / n_steps)
    )
    states: deque[dict[str, Tensor]] = deque(maxlen=AVERAGED)
    means = []
    for epoch in range(EPOCHS):
        start = time.monotonic()
        loss = _epoch(network, examples.batches(rng, BATCH, CAPITALS), optimizer, schedule)
        states.append(_state(network))
        network.load_state_dict(mean_state(states))
        means.append((score(network.weights()), epoch, _state(network)))
        network.load_state_dict(states[-1])
        seconds = time.monotonic() - start
        print(
            f"epoch {epoch + 1}: loss {loss:.4f}, F1 {means[-1][0]:.4f}, {seconds:.0f} s",
            flush=True,
        )
        best = max(means, key=itemgetter(0))
        means = [best]
        if epoch - best[1] == PATIENCE:
            break
    print(f"the mean of {AVERAGED} epochs up to {best[1] + 1}")
    network.load_state_dict(best[2])


def _epoch(
    network: Network,
    batches: Iterable[Batch],
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    """Train on every batch once; the mean loss."""
    network.train()
    losses = []
    for batch in batches:
        loss = network.loss(batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    network.eval()
    return float(np.mean(losses))


def _state(network: Network) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def calibrated(annotator: Annotator, weights: TaggerWeights, gold: Gold) -> TaggerWeights:
    """Weights with a calibration of scores, fitted on documents; prints its error on halves."""
    weights = replace(weights, calibration=(1.0, 0.0))
    score, right, number = outcomes(annotator, weights, gold)
    odds = np.log(score / (1 - score))
    error = 0.0
    for half in (0, 1):
        fitted = number % 2 == half
        slope, offset = fit_calibration(odds[fitted], right[fitted])
        other = 1 / (1 + np.exp(-(slope * odds[~fitted] + offset)))
        error += calibration_error(other, right[~fitted]) / 2
    slope, offset = fit_calibration(odds, right)
    print(
        f"calibration {slope:.3f}, {offset:.3f}; fitted on one half, error on the other {error:.4f}"
    )
    return replace(weights, calibration=(slope, offset))


def fit_calibration(
    odds: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]
) -> tuple[float, float]:
    """Slope and offset of the log-odds that make them those of being right."""
    inputs, target = torch.from_numpy(odds), torch.from_numpy(right.astype(np.float64))
    parameters = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([parameters], max_iter=100)

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = parameters[0] * inputs + parameters[1]
        result = nn.functional.binary_cross_entropy_with_logits(logits, target)
        result.backward()
        return result

    optimizer.step(loss)
    slope, offset = parameters.detach().tolist()
    return slope, offset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--leave-out", action="append", default=[], help="corpus to score on only")
    parser.add_argument("--out", type=Path, help="file that the weights are written to")
    options = parser.parse_args()
    data = Path(os.environ["NEWSNLP_DATA"])
    annotator = Annotator(layout="plain")
    vectors = annotator.models.vectors
    start = load_tagger(NER)
    dense = torch.from_numpy(vectors[np.arange(len(vectors.rows))])
    network = Network(dense, vectors.unknown, start)
    corpora = [corpus for corpus in CORPORA if corpus not in options.leave_out]
    documents = [each for corpus in corpora for each in training_documents(data, corpus)]
    documents += with_latin_names(documents, options.seed)
    documents += own_sentences(options.seed)
    examples = Examples(gold_names(annotator, documents))
    print(len(documents), "documents,", examples.n_tokens, "tokens")

    decides = deciding(data, corpora)
    train(
        network,
        examples,
        options.seed,
        lambda weights: scores(annotator, weights, decides).loc["mean", "all"],
    )
    weights = calibrated(annotator, network.weights(), all_held_out(data, COMMON))
    report(annotator, start, weights, data, options.leave_out)
    if options.out:
        save_tagger(options.out, weights)


def report(
    annotator: Annotator,
    start: TaggerWeights,
    weights: TaggerWeights,
    data: Path,
    left_out: list[str],
) -> None:
    """Print scores before and after training, on documents that decided nothing."""
    for what, gold in (
        ("half of what is held out", checking(data, COMMON)),
        ("held out", all_held_out(data, COMMON)),
        ("left out", whole(data, left_out)),
    ):
        for name, one in (("slovnet", start), ("trained", weights)):
            if gold:
                print(f"{name}, {what}\n{scores(annotator, one, gold).round(4)}")


if __name__ == "__main__":
    main()
