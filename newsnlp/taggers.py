"""Layer *tag*: parts of speech, features and names by natasha's networks, run over whole batches.

Both networks are three convolutions of width three over word and shape vectors, then a projection
to tags. All sequences of a batch lie end to end; where one ends its neighbour counts as missing,
so nothing is padded. The first layer is computed once per distinct word, and only shifted and
added per token. Architecture and weights: slovnet, https://github.com/natasha/slovnet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from newsnlp.columns import Bools, Floats, Ints, Morphology, Spans, Tokens
from newsnlp.crf import bio_spans, path_probability, viterbi
from newsnlp.schema import TYPES, UPOS
from newsnlp.weights import Convolution, TaggerWeights, WordVectors
from newsnlp.words import fold, shape

# Tokens worked on at once: their activations stay in the processor's cache.
_BLOCK = 1024
_FULL_STOP = "."
_OPENING = frozenset("«\"“„(‘'")
_CLOSING = frozenset("»\"”“)’'.!")
_SENTENCE_ENDS = frozenset('.!?…»"')
# Tokens on each side of a block that the second and third convolution need to see.
_MARGIN = 2


@dataclass(frozen=True, slots=True)
class _Layer:
    """A convolution that takes in the scale and shift of the one before.

    `kernel` has shape (inputs, 3 * outputs): products for the token after, the token itself and
    the token before lie side by side. `missing_left`, `missing_right` stand in for the product of
    a neighbour that is not there: they cancel its share of the shift in `bias`.
    """

    kernel: Floats
    bias: Floats
    missing_left: Floats
    missing_right: Floats

    @classmethod
    def after(cls, before: Convolution, layer: Convolution) -> _Layer:
        shifts = before.shift @ layer.kernel
        kernel = np.concatenate(list(before.scale[:, None] * layer.kernel), axis=1)
        bias = layer.bias + shifts.sum(0)
        return cls(np.ascontiguousarray(kernel), bias, -shifts[0], -shifts[2])

    def __call__(self, hidden: Floats, first: Bools, last: Bools) -> Floats:
        width = len(self.bias)
        products = hidden @ self.kernel
        products[last, :width] = self.missing_left
        products[first, 2 * width :] = self.missing_right
        out = products[:, width : 2 * width] + self.bias
        out[1:] += products[:-1, :width]
        out[0] += self.missing_left
        out[:-1] += products[1:, 2 * width :]
        out[-1] += self.missing_right
        return out


@dataclass(frozen=True, slots=True)
class Tagger:
    """A network ready to run: see `build`."""

    weights: TaggerWeights
    vectors: WordVectors
    layers: tuple[_Layer, ...]
    projection: Floats
    bias: Floats

    @classmethod
    def build(cls, weights: TaggerWeights, vectors: WordVectors) -> Tagger:
        """Fold the scales between layers into the layers.

        Args:
            weights: A network's weights.
            vectors: The word vectors that it was trained on.
        """
        convolutions = weights.layers
        last = convolutions[-1]
        return cls(
            weights,
            vectors,
            tuple(map(_Layer.after, convolutions[:-1], convolutions[1:])),
            last.scale[:, None] * weights.projection,
            weights.bias + last.shift @ weights.projection,
        )

    def emissions(self, words: list[str], word: Ints, first: Bools) -> Iterator[Floats]:
        """Scores of every tag for every token, block by block.

        Args:
            words: Distinct spellings.
            word: Row of each token's spelling in `words`: shape (tokens,).
            first: Whether a token opens a sequence: shape (tokens,).

        Returns:
            Blocks of shape (tokens of the block, tags), in order.
        """
        before, itself, after, row = self._first_products(words)
        token = row[word]
        last = np.roll(first, -1)
        nothing = len(itself) - 1
        left = np.where(first, nothing, np.roll(token, 1))
        right = np.where(last, nothing, np.roll(token, -1))
        for start in range(0, len(token), _BLOCK):
            stop = min(start + _BLOCK, len(token))
            block = slice(max(0, start - _MARGIN), min(stop + _MARGIN, len(token)))
            hidden = before[left[block]]
            hidden += itself[token[block]]
            hidden += after[right[block]]
            for layer in self.layers:
                np.maximum(hidden, 0, out=hidden)
                hidden = layer(hidden, first[block], last[block])
            np.maximum(hidden, 0, out=hidden)
            wanted = hidden[start - block.start : stop - block.start]
            yield wanted @ self.projection + self.bias

    def _first_products(self, words: list[str]) -> tuple[Floats, Floats, Floats, Ints]:
        """First layer's products of the distinct words with the three parts of its kernel.

        The last row of each stands for a missing neighbour. The fourth array maps `words` to rows.
        """
        rows, shapes = self.vectors.rows, self.weights.shapes
        unknown, other = self.vectors.unknown, shapes["OTHER"]
        vector = np.fromiter((_vector_row(rows, word, unknown) for word in words), np.int64)
        form = np.fromiter((shapes.get(shape(word), other) for word in words), np.int64)
        distinct, row = np.unique(vector * len(shapes) + form, return_inverse=True)
        vector, form = np.divmod(distinct, len(shapes))
        inputs = np.concatenate([self.vectors[vector], self.weights.shape_vectors[form]], axis=1)
        kernel, bias = self.weights.layers[0].kernel, self.weights.layers[0].bias
        missing = np.zeros((1, len(bias)), np.float32)
        before, itself, after = (np.concatenate([inputs @ part, missing]) for part in kernel)
        itself += bias
        return before, itself, after, row


def tag_morphology(tagger: Tagger, tokens: Tokens) -> Morphology:
    """Part of speech and features of every token; a sentence is a sequence.

    Args:
        tagger: The network of `weights.MORPHOLOGY`.
        tokens: Tokens of the batch.
    """
    blocks = tagger.emissions(tokens.words, tokens.word, _opens(tokens.sentence))
    tag = np.concatenate([np.zeros(0, np.int64), *(block.argmax(1) for block in blocks)])
    names = [name.partition("|") for name in tagger.weights.tags]
    upos = [UPOS.index(name if name in UPOS else "X") for name, _, _ in names]
    return Morphology(tag, np.array(upos), [feats for _, _, feats in names])


def tag_names(tagger: Tagger, tokens: Tokens) -> Spans:
    """Names in the tokens; an article is a sequence, but no name reaches over a sentence's end.

    The network misses names that nothing stands before: a sentence without a full stop before it
    (the first one, one after a headline) is read as if there were one.

    Args:
        tagger: The network of `weights.NER`.
        tokens: Tokens of the batch.

    Returns:
        Spans by position; a span's score is that of its least probable token.
    """
    transitions = tagger.weights.transitions
    assert transitions is not None, "the network of names has a CRF"
    missing = np.flatnonzero(_lacks_full_stop(tokens))
    words = [*tokens.words, _FULL_STOP]
    word = np.insert(tokens.word, missing, len(tokens.words))
    real = np.ones(len(word), np.bool_)
    real[missing + np.arange(len(missing))] = False
    opens = _opens(np.insert(tokens.doc, missing, tokens.doc[missing]))
    start = np.flatnonzero(opens)
    blocks = tagger.emissions(words, word, opens)
    emissions = np.concatenate([np.zeros((0, len(transitions)), np.float32), *blocks])
    tag = viterbi(emissions, transitions, start)
    probability = path_probability(emissions, transitions, tag, start)[real]
    return _spans(tagger.weights.tags, tag[real], probability, tokens)


def _spans(names: list[str], tag: Ints, probability: Floats, tokens: Tokens) -> Spans:
    part = np.array([name[:1] for name in names])[tag]
    begin, end = bio_spans(part == "B", part == "I", _opens(tokens.sentence))
    start, stop = _trimmed(begin, end, tokens)
    kept = start < stop
    type_code, start, stop = tag[begin[kept]], start[kept], stop[kept]
    types = np.array([TYPES.index(name[2:]) if name[2:] in TYPES else -1 for name in names])
    # Every second stretch between these borders lies between two names.
    borders = np.stack([start, stop], axis=1).ravel()
    padded = np.append(probability, np.float32(1))
    score = np.minimum.reduceat(padded, borders)[::2] if len(borders) else probability[:0]
    return Spans(tokens.doc[start], start, stop, types[type_code], score)


def _trimmed(start: Ints, stop: Ints, tokens: Tokens) -> tuple[Ints, Ints]:
    """Spans without marks at their ends that belong to no name, such as «©», «/» and «(»."""
    solid = np.array([any(map(str.isalnum, word)) for word in tokens.words], np.bool_)
    first = solid | np.array([word in _OPENING for word in tokens.words], np.bool_)
    last = solid | np.array([word in _CLOSING for word in tokens.words], np.bool_)
    first_rows = np.flatnonzero(first[tokens.word])
    last_rows = np.flatnonzero(last[tokens.word])
    start = np.append(first_rows, len(tokens.word))[np.searchsorted(first_rows, start)]
    stop = np.insert(last_rows, 0, -1)[np.searchsorted(last_rows, stop)] + 1
    return start, stop


def _lacks_full_stop(tokens: Tokens) -> Bools:
    """Tokens that open a sentence after one that does not end as sentences do."""
    ends = np.array([text in _SENTENCE_ENDS for text in tokens.words], np.bool_)[tokens.word]
    opens = _opens(tokens.sentence) & ~np.roll(ends, 1)
    return opens | _opens(tokens.doc)


def _opens(parent: Ints) -> Bools:
    """Which rows are the first of their parent."""
    opens: Bools = np.diff(parent, prepend=-1) != 0
    return opens


def _vector_row(rows: dict[str, int], word: str, unknown: int) -> int:
    """Row of a word's vector: as it is spelled in lower case, else folded, else the unknown's."""
    row = rows.get(word.lower())
    return rows.get(fold(word), unknown) if row is None else row
