"""Texts as the network reads them: rows of vectors and shapes with labels, and batches of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch
from corpora import DOUBTFUL, Document
from network import ANY, NONE, REACH, TAGS, Batch

from newsnlp import Annotator
from newsnlp.composition import compose
from newsnlp.taggers import with_full_stops
from newsnlp.weights import parts_of_keys

LENGTH = 48  # tokens of a training example, more where its last sentence is longer
QUOTES = "«»\"„“”'"

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Texts end to end, full stops put in before sentences that lack one: shape (tokens,) each.

    `vector` and `form` are rows of vectors and of shapes, `capitals` the shape's in capitals;
    `tag` is a BIO tag, `ANY` where nothing is known.
    """

    vector: npt.NDArray[np.int32]
    form: npt.NDArray[np.uint8]
    capitals: npt.NDArray[np.uint8]
    tag: npt.NDArray[np.int8]
    opens_text: Bools
    opens_sentence: Bools

    @classmethod
    def joined(cls, parts: Iterable[Labelled]) -> Labelled:
        """Several texts end to end."""
        parts = list(parts)
        names = (field.name for field in fields(cls))
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def __len__(self) -> int:
        return len(self.vector)


def gold_names(annotator: Annotator, documents: Iterable[Document]) -> Labelled:
    """Documents with their names."""
    return Labelled.joined(_labelled(annotator, document) for document in documents)


def _labelled(annotator: Annotator, document: Document) -> Labelled:
    segments, _ = annotator.segments([compose(None, None, document.text)])
    tokens, keys = segments.tokens, annotator.models.keys
    word, opens, row = with_full_stops(tokens)
    words = [*tokens.words, "."]
    vector, form = parts_of_keys(keys.of(words))
    _, capitals = parts_of_keys(keys.of([each.upper() for each in words]))
    # A full stop that is put in is no name, and belongs to the sentence after it.
    tag, sentence = np.zeros(len(word), np.int8), np.full(len(word), -1)
    tag[row], sentence[row] = name_tags(document, tokens.start, tokens.stop), tokens.sentence
    sentence = np.where(sentence < 0, np.roll(sentence, -1), sentence)
    return Labelled(
        vector[word].astype(np.int32),
        form[word].astype(np.uint8),
        capitals[word].astype(np.uint8),
        tag,
        opens,
        np.diff(sentence, prepend=-1) != 0,
    )


def name_tags(document: Document, start: Ints, stop: Ints) -> Ints:
    """BIO tags of tokens; a token that a name cuts through belongs to it."""
    result = np.zeros(len(start), np.int64)
    for name in document.names:
        begin, end = bare(document.text, *name[:2])
        inside = np.flatnonzero((stop > begin) & (start < end))
        if name[2] == DOUBTFUL:
            result[inside] = ANY
        elif len(inside):
            result[inside] = TAGS.index(f"I-{name[2]}")
            result[inside[0]] = TAGS.index(f"B-{name[2]}")
    return result


def bare(text: str, start: int, stop: int) -> tuple[int, int]:
    """A span without quotation marks at its borders."""
    left = len(text[start:stop]) - len(text[start:stop].lstrip(QUOTES))
    right = len(text[start:stop]) - len(text[start:stop].rstrip(QUOTES))
    return start + left, max(stop - right, start + left)


class Examples:
    """Neighbouring sentences of texts, of about `LENGTH` tokens, to be drawn in batches.

    Args:
        texts: The texts.
    """

    def __init__(self, texts: Labelled) -> None:
        self.texts = texts
        self._begin, self._stop = np.array(list(_spans(texts))).T
        first = np.flatnonzero(texts.opens_text)
        text = np.searchsorted(first, self._begin, side="right") - 1
        self._first, self._last = first[text], np.append(first[1:], len(texts))[text]

    def __len__(self) -> int:
        return len(self._begin)

    @property
    def n_tokens(self) -> int:
        """Tokens of an epoch."""
        return int((self._stop - self._begin).sum())

    def batches(self, rng: np.random.Generator, size: int, capitals: float) -> Iterator[Batch]:
        """Examples of about the same length together, in random order.

        Args:
            rng: Draws the order.
            size: Examples of a batch.
            capitals: Share of examples whose words are turned to capitals, and of those whose
                surnames are.
        """
        length = self._stop - self._begin
        order = np.argsort(length + rng.uniform(0, 16, len(length)))
        groups = [order[at : at + size] for at in range(0, len(order), size)]
        for number in rng.permutation(len(groups)):
            chosen = groups[number]
            yield self._batch(chosen, rng.random((len(chosen), 1)), capitals)

    def _batch(self, chosen: Ints, draw: npt.NDArray[np.float64], capitals: float) -> Batch:
        texts, begin, stop = self.texts, self._begin[chosen, None], self._stop[chosen, None]
        at = begin + np.arange(-REACH, (stop - begin).max() + REACH)
        there = (at >= self._first[chosen, None]) & (at < self._last[chosen, None])
        there &= at < stop + REACH
        at[~there] = 0
        inner = at[:, REACH:-REACH]
        is_inner = there[:, REACH:-REACH] & (inner < stop)
        tag = np.where(is_inner, texts.tag[inner], NONE)
        in_capitals = np.pad(tag == TAGS.index("I-PER"), ((0, 0), (REACH, REACH)))
        in_capitals = (in_capitals & (draw > 1 - capitals)) | (draw < capitals)
        form = np.where(in_capitals, texts.capitals[at], texts.form[at])
        arrays = np.where(there, texts.vector[at], -1), np.where(there, form, 0), tag
        return Batch(*(torch.from_numpy(each.astype(np.int64)) for each in arrays))


def _spans(texts: Labelled) -> Iterator[tuple[int, int]]:
    """Cut texts between sentences."""
    opens = np.flatnonzero(texts.opens_sentence | texts.opens_text)
    begin = 0
    for end in [*opens[1:].tolist(), len(texts)]:
        if end - begin >= LENGTH or end == len(texts) or texts.opens_text[end]:
            yield begin, end
            begin = end
