"""Layer *over*: copies and near copies of a text, by datasketch's means.

A text is the set of its runs of words. Two texts are copies where most of the runs of the shorter
stand in the longer too: so is a text with other words here and there, and one that was cut.
Candidates come from hashes of the sets (MinHash), and are compared in full (Broder 1997, "On the
resemblance and containment of documents", https://doi.org/10.1109/SEQUEN.1997.666900).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsnlp.columns import Ints
from newsnlp.errors import MissingExtraError, OptionError
from newsnlp.frames import Frames, check_frames, pandas_dtype
from newsnlp.schema import ANNOTATED_ZONES, FLOAT32, INT32, STR, Dtype

COPIES: dict[str, Dtype] = {"doc_id": STR, "group": INT32, "similarity": FLOAT32, "first": STR}
# A shorter text is a piece of the longer, not a copy: a digest is no copy of each of its items.
LEAST_LENGTH = 0.5
# Titles are each outlet's own, and notices are the same below all its articles.
COPIED_ZONES = ("lead", "body")
_WORD = re.compile(r"\w+")
_N_HASHES = 128
_SEED = 1
_MISSED, _IN_VAIN = 0.95, 0.05  # what a copy that is missed weighs, and a comparison in vain
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)

Runs = npt.NDArray[np.uint64]


def duplicates(frames: Frames, *, threshold: float = 0.8, n_words: int = 4) -> pd.DataFrame:
    """Copies and near copies of articles, in groups.

    An article is a copy of the first of its group, the earliest by `published` or `day`, else by
    the order of the articles. So the articles that are left, when of each group the first alone is
    kept, are no copies of each other. Where zones were computed, lead and body are compared, of
    an article without them its other text; else the whole text, with all that stands around it.

    Args:
        frames: Frames with `articles`, and `zones` where texts are of pages.
        threshold: Share of the shorter text's runs of words that must stand in the longer, from
            above 0 to 1. A text of less than half of the other's length is no copy of it.
        n_words: Words of a run.

    Returns:
        By group, the earliest article first: `doc_id`; `group` (int32, from 0); `similarity` to
        the first (float32, the share that `threshold` is of, 1 for a text that is the same); and
        `first`, its `doc_id`. Articles that have no copy have no row.

    Raises:
        OptionError: An option with a value that it does not take.
        MissingExtraError: datasketch is not installed.

    Example:
        >>> import newsnlp
        >>> text = "Президент прибыл в Минск на саммит ОДКБ, сообщила его пресс-служба в среду."
        >>> frames = newsnlp.annotate([text, "Дожди продолжатся до пятницы.", text + " Подробнее…"])
        >>> newsnlp.duplicates(frames).values.tolist()
        [['0', 0, 1.0, '0'], ['2', 0, 1.0, '0']]
    """
    check_frames(frames)
    _check(threshold, n_words)
    datasketch = _datasketch()
    articles = frames.articles.reset_index(drop=True)
    order = _by_time(articles)
    same = _same(articles["text_hash"], order)
    rows = order[same[order] == order]
    runs = [_runs(words, n_words) for words in _hashed(_texts(frames, rows))]
    nearest, share = _nearest(datasketch, runs, float(threshold))
    first, similarity = np.arange(len(articles)), np.ones(len(articles), np.float32)
    first[rows], similarity[rows] = rows[nearest], share
    told = np.flatnonzero(same >= 0)
    first[told], similarity[told] = first[same[told]], similarity[same[told]]
    return _table(articles["doc_id"], order, first, similarity)


def _check(threshold: Any, n_words: Any) -> None:
    is_number = isinstance(threshold, float | int | np.number) and not isinstance(threshold, bool)
    if not is_number or not 0 < threshold <= 1:
        raise OptionError(f"threshold={threshold!r}: takes a number above 0, up to 1")
    if isinstance(n_words, bool) or not isinstance(n_words, int | np.integer) or n_words < 1:
        raise OptionError(f"n_words={n_words!r}: takes a whole number from 1 up")


def _datasketch() -> Any:
    try:
        import datasketch  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            'near copies need datasketch: pip install "newsnlp[duplicates]"'
        ) from error
    return datasketch


def _by_time(articles: pd.DataFrame) -> Ints:
    """Rows of the articles, the earliest first and those without a time last."""
    day = articles["day"].astype("datetime64[us]").dt.tz_localize("UTC")
    times = articles["published"].fillna(day)
    return np.asarray(times.sort_values(kind="stable").index, np.int64)  # NaT goes last


def _same(hashes: pd.Series, order: Ints) -> Ints:
    """The earliest row with the same text for each row, -1 for one without a text."""
    earliest = hashes.iloc[order].dropna().drop_duplicates()
    rows = pd.Series(earliest.index, earliest.to_numpy())
    return np.asarray(hashes.map(rows).fillna(-1), np.int64)


def _texts(frames: Frames, rows: Ints) -> list[str]:
    """What is compared of some articles: the texts of their zones, where zones were computed."""
    articles = frames.articles.iloc[rows]
    texts: list[str] = articles["text"].tolist()
    if "zones" not in frames.names:
        return texts
    zones = frames.zones[frames.zones["doc_id"].isin(articles["doc_id"])]
    whole = dict(zip(articles["doc_id"], texts, strict=True))
    pieces: dict[str, list[str]] = {doc_id: [] for doc_id in whole}
    for kinds in (COPIED_ZONES, ANNOTATED_ZONES):
        some = zones[zones["zone"].isin(kinds)]
        zones = zones[~zones["doc_id"].isin(some["doc_id"])]  # what has none of these has others
        for doc_id, start, stop in zip(some["doc_id"], some["start"], some["stop"], strict=True):
            pieces[doc_id].append(whole[doc_id][start:stop])
    return ["\n".join(pieces[doc_id]) or text for doc_id, text in whole.items()]


def _hashed(texts: Sequence[str]) -> list[Runs]:
    """Hashes of the words of each text in their order, case and ё ignored."""
    words = [_WORD.findall(text.lower().replace("ё", "е")) for text in texts]
    hashes = pd.util.hash_array(np.array([*chain.from_iterable(words)], object))
    return np.split(hashes, np.cumsum([len(each) for each in words])[:-1]) if words else []


def _runs(words: Runs, n_words: int) -> Runs:
    """Hashes of the distinct runs of words, sorted; a text of fewer words is one run.

    Args:
        words: Hashes of the words of a text, of shape (words,).
        n_words: Words of a run.
    """
    n_runs = len(words) - n_words + 1
    if n_runs < 1:
        n_words, n_runs = len(words), min(len(words), 1)
    hashes = np.zeros(n_runs, np.uint64)
    for place in range(n_words):
        hashes = (hashes ^ words[place : place + n_runs]) * _ODD  # modulo 2 to the 64th
        hashes ^= hashes >> _HALF
    return np.unique(hashes)


def _least_jaccard(threshold: float) -> float:
    """Jaccard similarity of the two least alike texts that are copies."""
    common = threshold * LEAST_LENGTH
    return common / (1 + LEAST_LENGTH - common)


def _nearest(
    datasketch: Any, runs: Sequence[Runs], threshold: float
) -> tuple[Ints, npt.NDArray[np.float32]]:
    """The text that each is a copy of, itself if there is none before it, and the share they have.

    Args:
        datasketch: The library.
        runs: Hashes of the runs of each text, the earliest text first.
        threshold: As for `duplicates`.
    """
    index = datasketch.MinHashLSH(
        threshold=_least_jaccard(threshold), num_perm=_N_HASHES, weights=(_IN_VAIN, _MISSED)
    )
    none = datasketch.MinHash(num_perm=_N_HASHES, seed=_SEED, hashfunc=int)
    nearest, shares = np.arange(len(runs)), np.ones(len(runs), np.float32)
    for number, some in enumerate(runs):
        if not len(some):
            continue
        hashes = none.copy()
        hashes.update_batch((some >> _HALF).tolist())
        found = ((_share(some, runs[other]), -other) for other in index.query(hashes))
        share, other = max(found, default=(0.0, 0))
        if share >= threshold:
            nearest[number], shares[number] = -other, share
        else:
            index.insert(number, hashes)
    return nearest, shares


def _share(one: Runs, other: Runs) -> float:
    """Share of the shorter text's runs that stand in the longer; 0 where it is far shorter."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < LEAST_LENGTH * len(longer):
        return 0.0
    return len(np.intersect1d(shorter, longer, assume_unique=True)) / len(shorter)


def _table(doc_ids: pd.Series, order: Ints, first: Ints, similarity: Any) -> pd.DataFrame:
    """Rows of `duplicates`: those of an article with a copy, and of its copies."""
    n_copies = np.bincount(first, minlength=len(first))
    rows = order[n_copies[first[order]] > 1]
    groups, _ = pd.factorize(first[rows])
    rows, groups = rows[np.argsort(groups, kind="stable")], np.sort(groups)
    columns = {
        "doc_id": doc_ids.to_numpy()[rows],
        "group": groups,
        "similarity": similarity[rows],
        "first": doc_ids.to_numpy()[first[rows]],
    }
    return pd.DataFrame(columns).astype(
        {name: pandas_dtype(dtype) for name, dtype in COPIES.items()}
    )
