"""Texts as the network reads them: rows of vectors and shapes, with labels, cut into examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from corpora import DOUBTFUL, Document
from network import ANY, NONE, TAGS
from torch import Tensor

from newsnlp import Annotator
from newsnlp.columns import Segments
from newsnlp.composition import compose
from newsnlp.taggers import with_full_stops
from newsnlp.weights import parts_of_keys

REACH = 3  # tokens on each side that the convolutions see
LENGTH = 48  # tokens of a training example, more where its last sentence is longer
BATCH = 64
QUOTES = "«»\"„“”'"

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Text:
    """A text, full stops put in before sentences that lack one: arrays of shape (tokens,).

    `labels` has a row a task; `ANY` stands where nothing is known.
    """

    row: Ints
    form: Ints
    sentence: Ints
    labels: Ints


@dataclass(frozen=True, slots=True)
class Example:
    """Neighbouring sentences with `REACH` tokens around them (row -1 is none); labels without."""

    row: Ints
    form: Ints
    labels: Ints


def texts(
    annotator: Annotator, segments: Segments, labels: Sequence[tuple[Ints, int]]
) -> Iterator[Text]:
    """Every text of a batch with labels of its tokens.

    Args:
        annotator: Knows the words.
        segments: The batch.
        labels: A task's labels of the tokens, and that of a full stop that is put in.
    """
    tokens, keys_of = segments.tokens, annotator.models.keys
    word, opens, row = with_full_stops(tokens)
    keys = np.append(keys_of.of(tokens.words), keys_of["."])[word]
    every = np.empty((len(labels), len(word)), np.int64)
    for task, (known, full_stop) in enumerate(labels):
        every[task] = full_stop
        every[task, row] = known
    sentence = np.zeros(len(word), np.int64)
    sentence[row] = tokens.sentence + 1
    sentence = np.maximum.accumulate(sentence)
    vector, form = parts_of_keys(keys)
    first = np.flatnonzero(opens).tolist()
    for start, stop in zip(first, [*first[1:], len(word)], strict=True):
        part = slice(start, stop)
        yield Text(vector[part], form[part], sentence[part], every[:, part])


def segments_of(annotator: Annotator, plain: Iterable[str]) -> Segments:
    """Texts cut up, one batch."""
    return annotator.segments([compose(None, None, text) for text in plain])[0]


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


def gold_names(annotator: Annotator, documents: Iterable[Document]) -> Iterator[Text]:
    """Documents with the tags of their names."""
    for document in documents:
        segments = segments_of(annotator, [document.text])
        tags = name_tags(document, segments.tokens.start, segments.tokens.stop)
        yield from texts(annotator, segments, [(tags, 0)])


def examples(text: Text) -> Iterator[Example]:
    """Cut a text between sentences."""
    n_tokens = len(text.row)
    opens = np.flatnonzero(np.diff(text.sentence, prepend=-1))
    begin = 0
    for end in [*opens[1:].tolist(), n_tokens]:
        if end - begin >= LENGTH or end == n_tokens:
            before, after = max(begin - REACH, 0), min(end + REACH, n_tokens)
            pad = (REACH - (begin - before), REACH - (after - end))
            yield Example(
                np.pad(text.row[before:after], pad, constant_values=-1),
                np.pad(text.form[before:after], pad, constant_values=0),
                text.labels[:, begin:end],
            )
            begin = end


def batches(
    found: Sequence[Example], rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Examples of about the same length together, in random order: rows, shapes, labels by task."""
    length = np.array([each.labels.shape[1] for each in found]) + rng.uniform(0, 16, len(found))
    order = np.argsort(length)
    groups = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    for number in rng.permutation(len(groups)):
        chosen = [found[row] for row in groups[number]]
        n_tasks, longest = len(chosen[0].labels), max(each.labels.shape[1] for each in chosen)
        row = np.full((len(chosen), longest + 2 * REACH), -1)
        form = np.zeros_like(row)
        labels = np.full((n_tasks, len(chosen), longest), NONE)
        for place, each in enumerate(chosen):
            row[place, : len(each.row)] = each.row
            form[place, : len(each.form)] = each.form
            labels[:, place, : each.labels.shape[1]] = each.labels
        yield torch.from_numpy(row), torch.from_numpy(form), torch.from_numpy(labels)
