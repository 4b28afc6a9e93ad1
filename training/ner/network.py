"""The network of `newsnlp.taggers` in PyTorch, so that it can be trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from newsnlp.weights import Convolution, TaggerWeights

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG")
DROPOUT_IN, DROPOUT = 0.25, 0.25
UNKNOWN = 0.1  # words whose vector is replaced by that of unknown words: names are often rare

# Instead of a tag.
ANY, NONE = -1, -2
UNFIT = -1e4

Floats = npt.NDArray[np.float32]


class Network(nn.Module):
    """Convolutions over word vectors and shapes, then tags of names under a CRF.

    Args:
        vectors: Vectors of all words, which are not trained: shape (words, 300).
        unknown: Row of the vector for unknown words.
        weights: Where training starts from.
    """

    def __init__(self, vectors: Tensor, unknown: int, weights: TaggerWeights) -> None:
        super().__init__()
        self.vectors, self.unknown = vectors, unknown
        self.shapes = _parameter(weights.shape_vectors)
        self.kernels = nn.ParameterList([_parameter(layer.kernel) for layer in weights.layers])
        self.biases = nn.ParameterList([_parameter(layer.bias) for layer in weights.layers])
        self.scales = nn.ParameterList([_parameter(layer.scale) for layer in weights.layers])
        self.shifts = nn.ParameterList([_parameter(layer.shift) for layer in weights.layers])
        order = [weights.tags.index(tag) for tag in TAGS]
        assert weights.transitions is not None
        self.projection = _parameter(weights.projection[:, order])
        self.bias = _parameter(weights.bias[order])
        self.transitions = _parameter(weights.transitions[order][:, order])

    @property
    def reach(self) -> int:
        """Tokens on each side that the convolutions see."""
        return len(self.kernels)

    def hidden(self, row: Tensor, form: Tensor) -> Tensor:
        """What the last convolution says: shape (examples, tokens without their reach, outputs).

        Args:
            row: Rows of vectors, -1 beyond the ends of an article: shape (examples, tokens).
            form: Rows of shapes, likewise.
        """
        there = (row >= 0)[:, :, None]
        if self.training:
            row = torch.where((torch.rand(row.shape) < UNKNOWN) & (row >= 0), self.unknown, row)
        parts = (self.vectors[row.clamp(min=0)], self.shapes[form])
        # Vectors take no gradient: a product of their own saves a third of the work.
        parts = tuple(nn.functional.dropout(p, DROPOUT_IN, self.training) * there for p in parts)
        width = parts[0].shape[2]
        kernel = self.kernels[0]
        hidden = _convolved(parts[0], kernel[:, :width]) + _convolved(parts[1], kernel[:, width:])
        hidden = torch.relu(hidden + self.biases[0]) * self.scales[0] + self.shifts[0]
        for layer in range(1, self.reach):
            hidden = nn.functional.dropout(hidden, DROPOUT, self.training)
            hidden = hidden * there[:, layer:-layer]
            hidden = torch.relu(_convolved(hidden, self.kernels[layer]) + self.biases[layer])
            hidden = hidden * self.scales[layer] + self.shifts[layer]
        return hidden

    def forward(self, row: Tensor, form: Tensor) -> Tensor:
        """Emissions of the inner tokens: shape (examples, tokens, tags)."""
        return self.hidden(row, form) @ self.projection + self.bias

    def loss(self, row: Tensor, form: Tensor, labels: Tensor) -> Tensor:
        """Negative log-likelihood of the names' tags under the CRF, a token.

        Args:
            row: As for `hidden`.
            form: As for `hidden`.
            labels: Tags of the inner tokens, in a first row of tasks; `ANY` where nothing is
                known, `NONE` after the end.
        """
        return names_loss(self(row, form), self.transitions, labels[0])

    def weights(self, shapes: dict[str, int]) -> TaggerWeights:
        """Weights as `newsnlp.taggers` reads them.

        Args:
            shapes: Rows of shapes.
        """
        parts = (self.kernels, self.biases, self.scales, self.shifts)
        layers = tuple(Convolution(*map(_array, layer)) for layer in zip(*parts, strict=True))
        return TaggerWeights(
            shapes, list(TAGS), _array(self.shapes), layers,
            _array(self.projection), _array(self.bias), _array(self.transitions),
        )  # fmt: skip


def mean_state(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Mean of several states of a network."""
    return {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}


def names_loss(emissions: Tensor, transitions: Tensor, tag: Tensor) -> Tensor:
    """Negative log-likelihood of tags under a CRF, a token; `ANY` tag fits where none is known."""
    there = tag != NONE
    fits = (tag[:, :, None] == torch.arange(len(TAGS))) | (tag[:, :, None] == ANY)
    fitting = emissions.masked_fill(~fits, UNFIT)
    every = log_sum(emissions, transitions, there)
    return (every - log_sum(fitting, transitions, there)).sum() / there.sum()


@torch.jit.script
def log_sum(emissions: Tensor, transitions: Tensor, there: Tensor) -> Tensor:
    """Logarithm of the sum over all paths: shape (examples,); `there` is False after the end."""
    paths = emissions[:, 0]
    for step in range(1, emissions.shape[1]):
        onward = torch.logsumexp(paths.unsqueeze(2) + transitions, dim=1) + emissions[:, step]
        paths = torch.where(there[:, step].unsqueeze(1), onward, paths)
    return torch.logsumexp(paths, dim=1)


def _convolved(inputs: Tensor, kernel: Tensor) -> Tensor:
    left, middle, right = (inputs @ part for part in kernel)
    return left[:, :-2] + middle[:, 1:-1] + right[:, 2:]


def _parameter(values: Floats) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.array(values, np.float32)))


def _array(values: Tensor) -> Floats:
    return values.detach().numpy().copy()
