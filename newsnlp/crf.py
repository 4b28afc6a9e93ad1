"""Decoding of tag sequences: Viterbi over all sequences in step, spans from BIO tags."""

from __future__ import annotations

import numpy as np

from newsnlp.columns import Bools, Floats, Ints

# How often Viterbi looks for a token that is certain, and at how many tokens on each side of it.
_STRIDE = 24
_VIEW = 6
# What sums may be off by.
_ROUNDING = 1e-3


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
    tag = np.zeros(len(emissions), np.int64)
    if not len(tag):
        return tag
    # A token whose tag is certain opens a sequence of its own: in step, short ones take few steps.
    common, certain = _certain(emissions, transitions, start)
    opens = np.union1d(start, certain)
    length = np.diff(opens, append=len(tag))
    longest_first = np.argsort(-length, kind="stable")
    opens, length = opens[longest_first], length[longest_first]
    # Sequences that have a token at each step: they are the first so many.
    n_active = np.searchsorted(-length, -np.arange(length[0])).tolist()
    score = emissions[opens].T.copy()
    known = np.isin(opens, certain)
    score[:, known] = np.where(np.arange(len(score)) == common, 0, -np.inf)[:, None]
    scores = [score]
    for step, n in enumerate(n_active[1:], 1):
        paths = score[:, None, :n] + transitions[:, :, None]
        score = paths.max(0) + emissions[opens[:n] + step].T
        scores.append(score)
    onward = np.outer(transitions[:, common], np.isin(opens + length, certain))
    for step in range(len(scores) - 1, -1, -1):
        n = n_active[step]
        best = (scores[step] + onward[:, :n]).argmax(0)
        tag[opens[:n] + step] = best
        onward[:, :n] = transitions[:, best]
    return tag


def _certain(emissions: Floats, transitions: Floats, start: Ints) -> tuple[int, Ints]:
    """The most common tag, and some tokens that have it whatever lies beyond their neighbours.

    A few tokens on each side bound how much a path through another tag can have gained on the
    one through the common tag, both before and after.
    """
    common = int(np.bincount(emissions[::_STRIDE].argmax(1)).argmax())
    token = np.arange(_VIEW, len(emissions) - _VIEW - 1, _STRIDE)
    # Where a sequence ends nothing lies beyond: the bounds hold inside of it only.
    sequence = np.searchsorted(start, token - _VIEW, "left")
    token = token[sequence == np.searchsorted(start, token + _VIEW + 1, "right")]
    lead = emissions[token[:, None] + np.arange(-_VIEW, _VIEW + 1)].transpose(1, 2, 0)
    lead = lead - lead[:, common, None]
    before = _most_gained(lead[:_VIEW], transitions, common)
    after = _most_gained(lead[:_VIEW:-1], transitions.T, common)
    most = lead[_VIEW] + before + after
    most[common] = -np.inf
    return common, token[most.max(0) < -_ROUNDING]


def _most_gained(lead: Floats, transitions: Floats, common: int) -> Floats:
    """Most that paths to a tag can have gained on paths to the common tag: shape (tags, paths).

    Args:
        lead: Emissions above the common tag's, step by step: shape (steps, tags, paths).
        transitions: As for `viterbi`.
        common: The common tag.
    """
    gained: Floats = (transitions - transitions[:, common, None]).max(0)[:, None]
    for step in lead:
        most = step + gained
        most[common] = 0
        paths = most[:, None] + transitions[:, :, None]
        gained = paths.max(0) - transitions[common, common]
    return gained


def path_probability(
    emissions: Floats, transitions: Floats, tag: Ints, start: Ints, token: Ints
) -> Floats:
    """Probability of some tokens' tags, their neighbours' tags given: shape (asked tokens,).

    Args:
        emissions: As for `viterbi`.
        transitions: As for `viterbi`.
        tag: Chosen tags of all tokens.
        start: As for `viterbi`.
        token: Tokens that are asked about: shape (asked tokens,).
    """
    opens = np.zeros(len(tag) + 1, np.bool_)
    opens[start] = opens[-1] = True
    score = emissions[token]
    inner, final = ~opens[token], opens[token + 1]
    score[inner] += transitions[tag[token[inner] - 1]]
    score[~final] += transitions[:, tag[token[~final] + 1]].T
    score -= score.max(1, keepdims=True)
    np.exp(score, out=score)
    chosen: Floats = score[np.arange(len(token)), tag[token]]
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
