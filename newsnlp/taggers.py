"""Layer *tag*: parts of speech, features and names by natasha's networks, run over whole batches.

Both networks are three convolutions of width three over word and shape vectors, then a projection
to tags. All sequences of a batch lie end to end with one row between two of them that stands for a
missing neighbour, so nothing is padded. The first layer is computed per distinct word and
remembered, and only shifted and added per token. Architecture and weights: slovnet,
https://github.com/natasha/slovnet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from newsnlp.columns import Bools, Floats, Ints, Morphology, Spans, Tokens
from newsnlp.crf import bio_spans, path_probability, viterbi
from newsnlp.schema import TYPES, UPOS
from newsnlp.tables import read_table
from newsnlp.weights import Convolution, TaggerWeights, WordKeys, WordVectors, parts_of_keys

# Tokens worked on at once: their activations stay in the processor's cache.
_BLOCK = 512
# Tokens whose words are looked up at once.
_PIECE = 12 * _BLOCK
# Words whose products a first layer remembers, 3 kB each: more than a piece can have.
_REMEMBERED = 2 * _PIECE
_MISSING = _REMEMBERED
# Words that it forgets at once when it is full, and what the others' uses so far count for then.
_FORGOTTEN = _REMEMBERED // 8
_FADING = np.float32(0.98)
# Tokens on each side of a block that the three convolutions see.
_REACH = 3
# Nothing is more certain, or less, than so.
_LEAST = 1e-6
_FULL_STOP = "."
_INITIAL = 3  # tokens of an initial before a place: «С.-Петербург»
_OPENING = frozenset("«\"“„(‘'")
_CLOSING = frozenset("»\"”“)’'.!")
_SENTENCE_ENDS = frozenset('.!?…»"')

Item = TypeVar("Item", bound=np.generic)


class _FirstLayer:
    """The first convolution's products with the words used most, one row a word.

    `_products` has shape (3, words + 1, outputs): with the kernel's parts for the token after, the
    token itself and the token before. Its last row stands for a missing neighbour. A word is known
    by its key (see `weights.WordKeys`). Not for two threads.
    """

    def __init__(self, weights: TaggerWeights, vectors: WordVectors) -> None:
        self._weights, self._vectors = weights, vectors
        self._row: dict[int, int] = {}
        self._key = np.zeros(_REMEMBERED, np.int64)
        self._free = np.arange(_REMEMBERED)
        self._uses = np.zeros(_REMEMBERED, np.float32)
        width = len(weights.layers[0].bias)
        self._products = np.zeros((3, _REMEMBERED + 1, width), np.float32)

    def __call__(self, rows: Ints) -> Floats:
        """Outputs of all tokens but the first and the last, every second one apart.

        Products that are not known by the word (of context features) are to be added before the
        ReLU.

        Args:
            rows: Rows of neighbouring tokens in `_products`: shape (tokens,), an even number.

        Returns:
            Shape (2, pairs, outputs), as `_Layer` takes them.
        """
        before, itself, after = self._products
        hidden = before.take(_halves(rows[:-2]), 0, mode="clip")
        hidden += itself.take(_halves(rows[1:-1]), 0, mode="clip")
        hidden += after.take(_halves(rows[2:]), 0, mode="clip")
        return np.maximum(hidden, 0, out=hidden)

    def rows_at(self, keys: Ints, rank: Ints) -> Ints:
        """Rows of tokens.

        Args:
            keys: Distinct keys, ascending.
            rank: Which of `keys` each token is, their number for a missing neighbour.
        """
        present = np.flatnonzero(np.bincount(rank, minlength=len(keys) + 1)[:-1])
        row = np.full(len(keys) + 1, _MISSING)
        row[present] = self._rows(keys[present])
        return row[rank]

    def _rows(self, keys: Ints) -> Ints:
        """Rows of distinct words, at most a piece and its reach; new ones are computed."""
        row = np.fromiter((self._row.get(key, -1) for key in keys.tolist()), np.int64, len(keys))
        known = row >= 0
        self._uses[row[known]] += 1
        new = np.flatnonzero(~known)
        if len(new) > len(self._free):
            self._forget(len(new), row[known])
        free, self._free = np.split(self._free, [len(new)])
        row[new] = free
        self._key[free], self._uses[free] = keys[new], 1
        self._row.update(zip(keys[new].tolist(), free.tolist(), strict=True))
        for start in range(0, len(new), _BLOCK):
            block = slice(start, start + _BLOCK)
            self._compute(keys[new[block]], free[block])
        return row

    def _forget(self, n_needed: int, kept: Ints) -> None:
        """Free the rows of the words least used; the longer ago, the less a use counts."""
        uses = self._uses.copy()
        uses[kept] = uses[self._free] = np.inf
        n = max(n_needed, _FORGOTTEN)
        rows = np.argpartition(uses, n)[:n]
        for key in self._key[rows].tolist():
            del self._row[key]
        self._free = np.concatenate([self._free, rows])
        self._uses *= _FADING

    def _compute(self, keys: Ints, rows: Ints) -> None:
        vector, form = parts_of_keys(keys)
        inputs = np.concatenate([self._vectors[vector], self._weights.shape_vectors[form]], axis=1)
        layer = self._weights.layers[0]
        before, itself, after = self._products
        before[rows], after[rows] = inputs @ layer.kernel[0], inputs @ layer.kernel[2]
        itself[rows] = inputs @ layer.kernel[1] + layer.bias


@dataclass(frozen=True, slots=True)
class _Layer:
    """A later convolution and its ReLU; it takes in the scale and shift of the one before.

    Two outputs at a time cost four products instead of six: Winograd's F(2, 3), Lavin and Gray
    (2015), https://arxiv.org/abs/1509.09308. `kernel` has shape (4, inputs, outputs); `missing`
    is the input whose products make up for the shift of a neighbour that is not there.
    """

    kernel: Floats
    bias: Floats
    missing: Floats

    @classmethod
    def after(cls, before: Convolution, layer: Convolution) -> _Layer:
        bias = layer.bias + (before.shift @ layer.kernel).sum(0)
        left, middle, right = before.scale[:, None] * layer.kernel
        ends = left + right
        kernel = np.stack([left, (ends + middle) / 2, (ends - middle) / 2, right])
        return cls(kernel, bias, -before.shift / before.scale)

    def __call__(self, hidden: Floats) -> Floats:
        """Outputs of all tokens but the first and the last, every second one apart again.

        Args:
            hidden: Every second token and those between: shape (2, pairs, inputs).
        """
        (even, next_even), (odd, next_odd) = ((half[:-1], half[1:]) for half in hidden)
        sums = np.empty((4, *even.shape), np.float32)
        np.subtract(even, next_even, out=sums[0])
        np.add(odd, next_even, out=sums[1])
        np.subtract(next_even, odd, out=sums[2])
        np.subtract(odd, next_odd, out=sums[3])
        products = sums @ self.kernel
        first, second, difference, last = products
        second += self.bias
        first += second
        first += difference
        second -= difference
        second -= last
        return np.maximum(products[:2], 0, out=products[:2])


def _halves(rows: npt.NDArray[Item]) -> npt.NDArray[Item]:
    """Every second row and those between, apart: shape (2, rows / 2)."""
    return rows.reshape(-1, 2).T


@dataclass(frozen=True, slots=True)
class Tagger:
    """A network ready to run: see `build`.

    Thread-safe; pickled without what it remembers.
    """

    weights: TaggerWeights
    vectors: WordVectors
    layers: tuple[_Layer, ...]
    projection: Floats
    full_stop: int
    # First layers that no thread is working with: as many as threads once worked at a time.
    _idle: list[_FirstLayer] = field(default_factory=list, repr=False)

    @classmethod
    def build(cls, weights: TaggerWeights, vectors: WordVectors) -> Tagger:
        """Fold the scales between layers into the layers.

        Args:
            weights: A network's weights.
            vectors: The word vectors that it was trained on.
        """
        convolutions = weights.layers
        last = convolutions[-1]
        bias = weights.bias + last.shift @ weights.projection
        return cls(
            weights,
            vectors,
            tuple(map(_Layer.after, convolutions[:-1], convolutions[1:])),
            np.vstack([last.scale[:, None] * weights.projection, bias]),
            WordKeys(vectors, weights.shapes)[_FULL_STOP],
        )

    def __reduce__(self) -> tuple[Callable[..., Tagger], tuple[TaggerWeights, WordVectors]]:
        return Tagger.build, (self.weights, self.vectors)

    def emissions(
        self, keys: Ints, word: Ints, first: Bools, wanted: Bools | None = None
    ) -> Iterator[Floats]:
        """Scores of every tag for every token, block by block.

        Args:
            keys: Keys of distinct spellings, as `weights.WordKeys` gives them.
            word: Row of each token's spelling in `keys`: shape (tokens,).
            first: Whether a token opens a sequence: shape (tokens,).
            wanted: Tokens whose scores are asked for, all by default: shape (tokens,).

        Returns:
            Blocks of shape (wanted tokens of the block, tags), in order.
        """
        at = 0
        for hidden in self._hidden(keys, word, first):
            chosen = hidden if wanted is None else hidden[wanted[at : at + len(hidden)]]
            at += len(hidden)
            ones = np.ones((len(chosen), 1), np.float32)
            yield np.concatenate([chosen, ones], axis=1) @ self.projection

    def _hidden(self, keys: Ints, word: Ints, first: Bools) -> Iterator[Floats]:
        """What the last convolution says of every token, block by block: shape (tokens, 64)."""
        distinct, rank = np.unique(keys, return_inverse=True)
        # A row of its own before each sequence stands for a missing neighbour.
        place = np.arange(len(word)) + np.cumsum(first)
        n_rows = (len(word) + np.count_nonzero(first) + 1) // 2 * 2
        rank_at = np.full(n_rows + 2 * _REACH, len(distinct))
        rank_at[place + _REACH] = rank[word]
        try:
            first_layer = self._idle.pop()
        except IndexError:
            first_layer = _FirstLayer(self.weights, self.vectors)
        for start in range(0, n_rows, _PIECE):
            rows = first_layer.rows_at(distinct, rank_at[start : start + _PIECE + 2 * _REACH])
            for at in range(0, len(rows) - 2 * _REACH, _BLOCK):
                yield self._block(first_layer, rows[at : at + _BLOCK + 2 * _REACH])
        # Not where an error or Ctrl-C came between: it may be half changed.
        self._idle.append(first_layer)

    def _block(self, first_layer: _FirstLayer, rows: Ints) -> Floats:
        missing = rows == _MISSING
        hidden = first_layer(rows)
        for reach, layer in enumerate(self.layers, 1):
            hidden[_halves(missing[reach:-reach])] = layer.missing
            hidden = layer(hidden)
        wanted: Floats = hidden.swapaxes(0, 1)[~_halves(missing[_REACH:-_REACH]).T]
        return wanted


def tag_morphology(
    tagger: Tagger, tokens: Tokens, keys: Ints, wanted: Bools | None = None
) -> Morphology:
    """Part of speech and features of tokens; a sentence is a sequence.

    Args:
        tagger: The network of `weights.MORPHOLOGY`.
        tokens: Tokens of the batch.
        keys: Keys of `tokens.words`, as `weights.WordKeys` gives them.
        wanted: Tokens to tag, all by default; the others get the last tag, "X" without features.
    """
    names = [name.partition("|") for name in (*tagger.weights.tags, "X")]
    upos = [UPOS.index(name if name in UPOS else "X") for name, _, _ in names]
    row = np.arange(len(tokens.word))
    if wanted is None:
        wanted = np.ones(len(row), np.bool_)
    else:
        row = _in_reach(row[wanted], tokens.sentence)
    # Tokens at a gap see less than they should; none of them is wanted.
    first = _opens(tokens.sentence)[row] | (np.diff(row, prepend=-1) > 1)
    blocks = tagger.emissions(keys, tokens.word[row], first, wanted[row])
    tag = np.full(len(wanted), len(tagger.weights.tags))
    tag[wanted] = np.concatenate([np.zeros(0, np.int64), *(block.argmax(1) for block in blocks)])
    return Morphology(tag, np.array(upos), [feats for _, _, feats in names])


def _in_reach(rows: Ints, sentence: Ints) -> Ints:
    """Rows of some tokens, and of those of their sentences that their tags depend on."""
    near = rows[:, None] + np.arange(-_REACH, _REACH + 1)
    near = near.clip(0, max(len(sentence) - 1, 0))
    is_seen = np.zeros(len(sentence), np.bool_)
    is_seen[near[sentence[near] == sentence[rows, None]]] = True
    seen: Ints = np.flatnonzero(is_seen)
    return seen


def tag_names(tagger: Tagger, tokens: Tokens, keys: Ints) -> Spans:
    """Names in the tokens; an article is a sequence, but no name reaches over a sentence's end.

    The network misses names that nothing stands before: a sentence without a full stop before it
    (the first one, one after a headline) is read as if there were one.

    Args:
        tagger: The network of `weights.NER`.
        tokens: Tokens of the batch.
        keys: Keys of `tokens.words`, as `weights.WordKeys` gives them.

    Returns:
        Spans by position; a span's score is how likely it is to be right.
    """
    transitions = tagger.weights.transitions
    assert transitions is not None, "the network of names has a CRF"
    word, opens, row = with_full_stops(tokens)
    first = np.flatnonzero(opens)
    blocks = tagger.emissions(np.append(keys, tagger.full_stop), word, opens)
    emissions = np.concatenate([np.zeros((0, len(transitions)), np.float32), *blocks])
    tag = viterbi(emissions, transitions, first)
    start, stop, kind = _spans(tagger.weights.tags, tag[row], tokens)
    if not len(start):
        return Spans(tokens.doc[start], start, stop, kind, np.zeros(0, np.float32))
    length = stop - start
    at = np.cumsum(length) - length
    inside = np.arange(length.sum()) + np.repeat(start - at, length)
    probability = path_probability(emissions, transitions, tag, first, row[inside])
    score = _calibrated(np.minimum.reduceat(probability, at), *tagger.weights.calibration)
    return Spans(tokens.doc[start], start, stop, kind, score)


def _calibrated(probability: Floats, slope: float, offset: float) -> Floats:
    """Probability that a name is right, from that of its least probable tag."""
    bounded = np.clip(probability.astype(np.float64), _LEAST, 1 - _LEAST)
    odds = slope * np.log(bounded / (1 - bounded)) + offset
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def with_full_stops(tokens: Tokens) -> tuple[Ints, Bools, Ints]:
    """Articles as sequences in which a full stop stands before every sentence.

    Args:
        tokens: Tokens of the batch.

    Returns:
        Word of each token (a full stop that was put in has the number after the last), whether it
        opens an article, and the rows of the batch's own tokens.
    """
    missing = np.flatnonzero(_lacks_full_stop(tokens))
    word = np.insert(tokens.word, missing, len(tokens.words))
    real = np.ones(len(word), np.bool_)
    real[missing + np.arange(len(missing))] = False
    opens = _opens(np.insert(tokens.doc, missing, tokens.doc[missing]))
    return word, opens, np.flatnonzero(real)


def _spans(names: list[str], tag: Ints, tokens: Tokens) -> tuple[Ints, Ints, Ints]:
    """Starts, stops and types of the names that the tags mark."""
    part = np.array([name[:1] for name in names])
    begin, end = bio_spans((part == "B")[tag], (part == "I")[tag], _opens(tokens.sentence))
    start, stop = _trimmed(begin, end, tokens)
    types = np.array([TYPES.index(name[2:]) if name[2:] in TYPES else -1 for name in names])
    kind = types[tag[begin]]
    kept = start < stop
    single = np.flatnonzero(kept & (stop - start == 1) & (kind == TYPES.index("PER")))
    words = (tokens.words[row] for row in tokens.word[start[single]].tolist())
    kept[single] = [not _no_person().fullmatch(word) for word in words]
    return _with_initials(start[kept], stop[kept], kind[kept], tokens)


def _with_initials(start: Ints, stop: Ints, kind: Ints, tokens: Tokens) -> tuple[Ints, Ints, Ints]:
    """Places with what their names begin with in short: «С.-Петербург», not «С.» and a place."""
    words, word = tokens.words, tokens.word
    places = np.flatnonzero((kind == TYPES.index("LOC")) & (start >= _INITIAL))
    dash = np.array([text == "-" for text in words], np.bool_)
    kept = np.ones(len(start), np.bool_)
    start = start.copy()
    for place in places[dash[word[start[places] - 1]]].tolist():
        last = int(start[place])
        first = last - _INITIAL
        initial, mark = words[word[first]], words[word[first + 1]]
        is_glued = (tokens.stop[first:last] == tokens.start[first + 1 : last + 1]).all()
        is_free = place == 0 or stop[place - 1] <= first or start[place - 1] == first
        if len(initial) == 1 and initial.isupper() and mark == _FULL_STOP and is_glued and is_free:
            kept[place - 1 : place] = stop[place - 1 : place] <= first
            start[place] = first
    return start[kept], stop[kept], kind[kept]


@cache
def _no_person() -> re.Pattern[str]:
    """Words that alone are no person: what follows their hyphen is a word in small letters.

    Short ones may be of a person: «Чен-ын».
    """
    surnames = "|".join(beginning for beginning, _ in read_table("after_surnames.tsv"))
    return re.compile(f"[А-ЯЁ][а-яё]+-(?!{surnames})[а-яё]{{6,}}")


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
