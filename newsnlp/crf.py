"""Decoding of tag sequences: Viterbi over all sequences in step, spans from BIO tags."""

from __future__ import annotations

import numpy as np

from newsnlp.columns import Bools, Floats, Ints


def viterbi(emissions: Floats, transitions: Floats, start: Ints) -> Ints:
    """Best tag of every token under a linear-chain CRF.

    Args:
        emissions: Scores of the tags: shape (tokens, tags); sequences lie end to end.
        transitions: Scores of a tag (row) before another (column): shape (tags, tags).
        start: First token of each sequence, ascending: shape (sequences,).

    Example:
        >>> emissions = np.array([[0, 1], [1, 0.9], [0, 1]], np.float32)
        >>> viterbi(emissions, np.array([[0, -1], [-1, 0]], np.float32), np.array([0]))
        array([1, 1, 1])
    """
    n_tokens, n_tags = emissions.shape
    length = np.diff(start, append=n_tokens)
    longest_first = np.argsort(-length, kind="stable")
    start, length = start[longest_first], length[longest_first]
    # Sequences that have a token at each step: they are the first so many.
    n_active = np.searchsorted(-length, -np.arange(length[0] if len(length) else 0))
    previous = np.zeros((n_tokens, n_tags), np.int8)
    score = emissions[start]
    for step, n in enumerate(n_active[1:].tolist(), 1):
        token = start[:n] + step
        paths = score[:n, :, None] + transitions
        best = paths.argmax(1)
        previous[token] = best
        score[:n] = np.take_along_axis(paths, best[:, None], 1)[:, 0] + emissions[token]
    tag = np.zeros(n_tokens, np.int64)
    current = score.argmax(1)
    for step in range(len(n_active) - 1, -1, -1):
        n = n_active[step]
        token = start[:n] + step
        tag[token] = current[:n]
        current[:n] = previous[token, current[:n]]
    return tag


def path_probability(emissions: Floats, transitions: Floats, tag: Ints, start: Ints) -> Floats:
    """Probability of each token's tag, its neighbours' tags given: shape (tokens,).

    Args:
        emissions: As for `viterbi`.
        transitions: As for `viterbi`.
        tag: Chosen tags: shape (tokens,).
        start: As for `viterbi`.
    """
    score = emissions.copy()
    inner = np.ones(len(tag), np.bool_)
    inner[start] = False
    follower = np.flatnonzero(inner)
    score[follower] += transitions[tag[follower - 1]]
    score[follower - 1] += transitions[:, tag[follower]].T
    score -= score.max(1, keepdims=True)
    np.exp(score, out=score)
    chosen: Floats = score[np.arange(len(tag)), tag]
    chosen /= score.sum(1)
    return chosen


def bio_spans(is_begin: Bools, is_inside: Bools, first: Bools) -> tuple[Ints, Ints]:
    """Token spans of BIO tags, half-open: a B and the Is after it, of whatever type.

    Args:
        is_begin: Tokens tagged B: shape (tokens,).
        is_inside: Tokens tagged I: shape (tokens,).
        first: Tokens that no span may reach over from before: shape (tokens,).

    Example:
        >>> no = np.zeros(4, np.bool_)
        >>> bio_spans(np.array([1, 0, 0, 1], np.bool_), np.array([0, 1, 0, 0], np.bool_), no)
        (array([0, 3]), array([2, 4]))
    """
    start = np.flatnonzero(is_begin)
    breaks = np.append(np.flatnonzero(~is_inside | first), len(is_inside))
    return start, breaks[np.searchsorted(breaks, start, "right")]
