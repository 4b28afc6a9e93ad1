"""The network of `newsnlp.taggers` in PyTorch, so that it can be trained."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from newsnlp.weights import Convolution, TaggerWeights

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")
SHAPES = 128  # more than there are
DROPOUT = 0.2
UNKNOWN = 0.1  # words that are taken for unknown ones: names are often rare
REACH = 3  # tokens on each side that the convolutions see

# Instead of a tag: nothing is known, nothing is there.
ANY, NONE = -1, -2
UNFIT = -1e4

Floats = npt.NDArray[np.float32]


class Batch(NamedTuple):
    """Some examples: `vector` and `form` have `REACH` tokens around, -1 and 0 where there is none.

    `tag` is without these, `NONE` after the end.
    """

    vector: Tensor
    form: Tensor
    tag: Tensor


class Network(nn.Module):
    """Convolutions over word vectors and shapes, then tags of names under a CRF.

    Args:
        vectors: Vectors of all words, which are not trained: shape (words, 300).
        unknown: Row of the vector for unknown words.
        weights: Where training starts from.
    """

    def __init__(self, vectors: Tensor, unknown: int, weights: TaggerWeights) -> None:
        super().__init__()
        # A last row stands for a missing neighbour.
        self.vectors = torch.cat([vectors, torch.zeros(1, vectors.shape[1])])
        self.unknown = unknown
        self.form_rows = weights.shapes
        self.shapes = _parameter(weights.shape_vectors)
        self.kernels = nn.ParameterList([_parameter(layer.kernel) for layer in weights.layers])
        self.biases = nn.ParameterList([_parameter(layer.bias) for layer in weights.layers])
        self.scales = nn.ParameterList([_parameter(layer.scale) for layer in weights.layers])
        self.shifts = nn.ParameterList([_parameter(layer.shift) for layer in weights.layers])
        order = [weights.tags.index(tag) for tag in TAGS]
        assert weights.transitions is not None
        assert len(weights.layers) == REACH and len(weights.shapes) <= SHAPES
        self.projection = _parameter(weights.projection[:, order])
        self.bias = _parameter(weights.bias[order])
        self.transitions = _parameter(weights.transitions[order][:, order])

    def hidden(self, vector: Tensor, form: Tensor) -> Tensor:
        """What the last convolution says: shape (examples, tokens without their reach, outputs).

        Args:
            vector: Rows of vectors, -1 beyond the ends of a text: shape (examples, tokens).
            form: Rows of shapes, likewise.
        """
        there = (vector >= 0)[:, :, None]
        if self.training:
            replaced = (torch.rand(vector.shape) < UNKNOWN) & (vector >= 0)
            vector = torch.where(replaced, self.unknown, vector)
        hidden = self._activated(self._first(vector, form), 0)
        for layer in range(1, len(self.kernels)):
            hidden = nn.functional.dropout(hidden, DROPOUT, self.training)
            hidden = hidden * there[:, layer:-layer]
            left, middle, right = (hidden @ part for part in self.kernels[layer])
            hidden = left[:, :-2] + middle[:, 1:-1] + right[:, 2:]
            hidden = self._activated(hidden, layer)
        return hidden

    def _first(self, vector: Tensor, form: Tensor) -> Tensor:
        """The first convolution: its products once a distinct word, then shifted and added.

        So what is dropped of a word is dropped wherever it stands in the batch.
        """
        missing = len(self.vectors) - 1
        keys = torch.where(vector >= 0, vector * SHAPES + form, missing * SHAPES)
        distinct, word = torch.unique(keys, return_inverse=True)
        vector, form = distinct // SHAPES, distinct % SHAPES
        shapes = self.shapes[form] * (vector < missing)[:, None]
        inputs = torch.cat([self.vectors[vector], shapes], 1)
        inputs = nn.functional.dropout(inputs, DROPOUT, self.training)
        n_inputs, n_outputs = self.kernels[0].shape[1:]
        kernel = self.kernels[0].permute(1, 0, 2).reshape(n_inputs, 3 * n_outputs)
        products = (inputs @ kernel).reshape(-1, n_outputs)
        left, middle, right = (
            nn.functional.embedding(rows, products)
            for rows in (3 * word[:, :-2], 3 * word[:, 1:-1] + 1, 3 * word[:, 2:] + 2)
        )
        return left + middle + right

    def _activated(self, sums: Tensor, layer: int) -> Tensor:
        return torch.relu(sums + self.biases[layer]) * self.scales[layer] + self.shifts[layer]

    def loss(self, batch: Batch) -> Tensor:
        """Negative log-likelihood of the tags under the CRF, a token."""
        emissions = self.hidden(batch.vector, batch.form) @ self.projection + self.bias
        return names_loss(emissions, self.transitions, batch.tag)

    def weights(self) -> TaggerWeights:
        """Weights as `newsnlp.taggers` reads them."""
        parts = (self.kernels, self.biases, self.scales, self.shifts)
        layers = tuple(Convolution(*map(_array, layer)) for layer in zip(*parts, strict=True))
        return TaggerWeights(
            self.form_rows, list(TAGS), _array(self.shapes), layers,
            _array(self.projection), _array(self.bias), _array(self.transitions),
        )  # fmt: skip


def mean_state(states: Collection[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Mean of several states of a network."""
    return {
        name: torch.stack([state[name] for state in states]).mean(0) for name in next(iter(states))
    }


def names_loss(emissions: Tensor, transitions: Tensor, tag: Tensor) -> Tensor:
    """Negative log-likelihood of tags under a CRF, a token; `ANY` tag fits where none is known."""
    there = tag != NONE
    known = (tag != ANY).all(1)
    score = torch.zeros(len(tag))
    score[known] = path_score(emissions[known], transitions, tag[known])
    if not known.all():
        some, tag = emissions[~known], tag[~known, :, None]
        fits = (tag == torch.arange(len(TAGS))) | (tag < 0)
        score[~known] = log_sum(some.masked_fill(~fits, UNFIT), transitions, there[~known])
    return (log_sum(emissions, transitions, there) - score).sum() / there.sum()


def path_score(emissions: Tensor, transitions: Tensor, tag: Tensor) -> Tensor:
    """Score of one path: shape (examples,)."""
    there, tag = tag != NONE, tag.clamp(min=0)
    own = emissions.gather(2, tag[:, :, None])[:, :, 0]
    return (own * there).sum(1) + (transitions[tag[:, :-1], tag[:, 1:]] * there[:, 1:]).sum(1)


@torch.jit.script
def log_sum(emissions: Tensor, transitions: Tensor, there: Tensor) -> Tensor:
    """Logarithm of the sum over all paths: shape (examples,); `there` is False after the end."""
    paths = emissions[:, 0]
    for step in range(1, emissions.shape[1]):
        onward = torch.logsumexp(paths.unsqueeze(2) + transitions, dim=1) + emissions[:, step]
        paths = torch.where(there[:, step].unsqueeze(1), onward, paths)
    return torch.logsumexp(paths, dim=1)


def _parameter(values: Floats) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.array(values, np.float32)))


def _array(values: Tensor) -> Floats:
    result: Floats = values.detach().numpy().copy()
    return result
