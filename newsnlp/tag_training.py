"""Layer *over*: learns from a tagged archive which tags an article supports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsnlp.article import Article
from newsnlp.assignment import LearntTags, probabilities, weighted
from newsnlp.candidates import Candidates, keyword_key
from newsnlp.errors import MissingExtraError, SourceError
from newsnlp.fields import fault
from newsnlp.scoring import calibration_error

if TYPE_CHECKING:
    from newsnlp.pipeline import Annotator

_BATCH = 200
_RAREST = 4  # articles that a key must stand in to count
_FOLDS = 5  # of which one is left out to score and to calibrate
_KEPT = 300  # weights of each tag, the largest
_ALPHA, _ROUNDS = 2e-5, 15  # of stochastic gradient descent
_CUTS = (5, 10)

Floats = npt.NDArray[np.float64]


class Learnt(NamedTuple):
    """What was learnt, and scores on the fifth of the articles that was left out meanwhile."""

    tags: LearntTags
    scores: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Tagged:
    """Keys of articles, a candidate a row, and keys of the articles' tags, with their spelling."""

    candidates: list[Candidates]
    sizes: list[int]
    tags: list[frozenset[str]]
    spelled: dict[str, str]


def learn_tags(
    articles: Iterable[Article], annotator: Annotator, *, min_articles: int = 10, seed: int = 1
) -> Learnt:
    """Learn tags from articles that have some.

    A logistic model of each tag over what may become a keyword of an article (scikit-learn), of
    which the largest weights are kept; scores are calibrated on a fifth of the articles that it
    was not fitted on.

    Args:
        articles: Articles; those without tags or text are passed over.
        annotator: Reads them.
        min_articles: Articles that a tag must have.
        seed: Of the order in which articles are seen.

    Returns:
        The tags, to be saved, and a row of scores: `n_articles, n_tags`, `f1_at_5`, `f1_at_10`
        and `calibration_error` of the tags alone.

    Raises:
        MissingExtraError: scikit-learn is not installed.
        SourceError: Too few articles have tags, or no tag has enough articles.
    """
    sgd = _classifier()
    tagged = _read(articles, annotator)
    counts = Counter(tag for tags in tagged.tags for tag in tags)
    names = sorted(tag for tag, n in counts.items() if min_articles <= n < len(tagged.tags))
    blank = _blank(names, tagged)
    if len(tagged.tags) < _FOLDS or not names or not blank.row:
        raise SourceError(
            f"{len(tagged.tags)} articles have tags, and of {len(counts)} tags {len(names)} stand "
            f"at {min_articles} articles or more, but not at all: there is nothing to learn from"
        )
    left_out = np.arange(len(tagged.tags)) % _FOLDS == 0
    trial = _fit(blank, tagged, ~left_out, sgd, seed)
    logits = _logits(trial, tagged, left_out)
    right = _right(names, tagged.tags)[left_out]
    calibration = _calibration(logits, right)
    scores = _scores(logits, right, calibration, [tagged.tags[i] for i in np.flatnonzero(left_out)])
    scores.insert(0, "n_tags", len(names))
    scores.insert(0, "n_articles", len(tagged.tags))
    final = _fit(blank, tagged, np.ones(len(left_out), np.bool_), sgd, seed)
    names = [tagged.spelled[name] for name in names]
    return Learnt(replace(final, tags=names, calibration=calibration), scores)


def _classifier() -> Any:
    try:
        from sklearn.linear_model import SGDClassifier  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            'learning tags needs scikit-learn: pip install "newsnlp[train]"'
        ) from error
    return SGDClassifier


def _read(articles: Iterable[Article], annotator: Annotator) -> _Tagged:
    """Candidates and tags of the articles that have both; of a tag the usual spelling counts."""
    tagged = _Tagged([], [], [], {})
    spellings: dict[str, Counter[str]] = {}
    for batch in _batches(each for each in articles if each.tags and _has_text(each)):
        tagged.candidates.append(annotator.candidates(batch))
        tagged.sizes.append(len(batch))
        for article in batch:
            given = [" ".join(tag.split()) for tag in article.tags]
            tagged.tags.append(frozenset(keyword_key(tag) for tag in given if tag))
            for tag in given:
                spellings.setdefault(keyword_key(tag), Counter())[tag] += 1
    tagged.spelled.update((key, each.most_common(1)[0][0]) for key, each in spellings.items())
    return tagged


def _has_text(article: Article) -> bool:
    """Whether there is something to learn from; articles that `annotate` would fail on are none."""
    return fault(article) is None and any(
        isinstance(part, str) and part.strip() for part in (article.text, article.title)
    )


def _batches(articles: Iterator[Article]) -> Iterator[list[Article]]:
    while batch := list(islice(articles, _BATCH)):
        yield batch


def _blank(names: list[str], tagged: _Tagged) -> LearntTags:
    """Tags without weights over the keys that stand in enough articles."""
    counts = Counter(key for candidates in tagged.candidates for key in candidates.key)
    keys = sorted(key for key, n in counts.items() if n >= _RAREST)
    idf = np.log(len(tagged.tags) / np.array([counts[key] for key in keys], np.float64))
    row = {key: number for number, key in enumerate(keys)}
    nothing = np.zeros(0, np.int64)
    start = np.zeros(len(keys) + 1, np.int64)
    return LearntTags(
        names,
        row,
        idf,
        start,
        nothing,
        nothing.astype(np.float64),
        np.zeros(len(names)),
        (1.0, 0.0),
    )


def _fit(
    blank: LearntTags, tagged: _Tagged, chosen: npt.NDArray[np.bool_], classifier: Any, seed: int
) -> LearntTags:
    """Fit each tag on the chosen articles."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  (comes with scikit-learn)

    parts, first = [], 0
    for candidates, size in zip(tagged.candidates, tagged.sizes, strict=True):
        found = weighted(candidates, blank.row, blank.idf, size)
        parts.append((found.doc + first, found.row, found.weight))
        first += size
    doc, row, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    inputs = csr_matrix((weight, (doc, row)), shape=(first, len(blank.row)))[chosen]
    right = _right(blank.tags, tagged.tags)[chosen]
    bias = np.zeros(len(blank.tags))
    rows, tags, values_ = [], [], []
    for number in range(len(blank.tags)):
        model = classifier(
            loss="log_loss", alpha=_ALPHA, max_iter=_ROUNDS, tol=None, average=True,
            random_state=seed,
        )  # fmt: skip
        if not right[:, number].any() or right[:, number].all():  # in these articles only
            bias[number] = 10.0 if right[:, number].all() else -10.0
            continue
        model.fit(inputs, right[:, number])
        coefficients = model.coef_[0]
        kept = np.argsort(-np.abs(coefficients), kind="stable")[:_KEPT]
        kept = np.sort(kept[coefficients[kept] != 0])
        rows.append(kept)
        tags.append(np.full(len(kept), number))
        values_.append(coefficients[kept])
        bias[number] = model.intercept_[0]
    nothing = [np.zeros(0, np.int64)]
    row, tag, values = (np.concatenate(part or nothing) for part in (rows, tags, values_))
    order = np.lexsort((tag, row))
    row, tag, values = row[order], tag[order], values[order].astype(np.float64)
    start = np.searchsorted(row, np.arange(len(blank.row) + 1))
    return LearntTags(blank.tags, blank.row, blank.idf, start, tag, values, bias, (1.0, 0.0))


def _logits(model: LearntTags, tagged: _Tagged, chosen: npt.NDArray[np.bool_]) -> Floats:
    """Log-odds of the tags of the chosen articles."""
    parts, first = [], 0
    for candidates, size in zip(tagged.candidates, tagged.sizes, strict=True):
        parts.append(model.logits(candidates, size)[chosen[first : first + size]])
        first += size
    return np.concatenate(parts)


def _right(names: Sequence[str], tags: Sequence[frozenset[str]]) -> npt.NDArray[np.bool_]:
    """Whether each article has each tag: shape (articles, tags)."""
    column = {name: number for number, name in enumerate(names)}
    right = np.zeros((len(tags), len(names)), np.bool_)
    for number, some in enumerate(tags):
        right[number, [column[tag] for tag in some if tag in column]] = True
    return right


def _calibration(logits: Floats, right: npt.NDArray[np.bool_]) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    told = np.isfinite(logits)
    if len(np.unique(right[told])) < 2:
        raise SourceError(
            f"each {_FOLDS}th article is left out to score the tags, and all or none of those have "
            f"one of the {right.shape[1]} tags that are common enough: give more articles"
        )
    model = LogisticRegression(C=1e6, max_iter=500).fit(logits[told].reshape(-1, 1), right[told])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _scores(
    logits: Floats,
    right: npt.NDArray[np.bool_],
    calibration: tuple[float, float],
    tags: Sequence[frozenset[str]],
) -> pd.DataFrame:
    """Scores of the first tags by calibrated probability, against all that an article has."""
    score = probabilities(logits, calibration)
    order = np.argsort(-score, axis=1)
    n_tags = np.array([len(some) for some in tags])
    f1 = {}
    for cut in _CUTS:
        first = order[:, :cut]
        hits = np.take_along_axis(right, first, 1).sum(1)
        f1[f"f1_at_{cut}"] = float((2 * hits / (n_tags + first.shape[1])).mean())
    return pd.DataFrame([f1 | {"calibration_error": calibration_error(score, right)}])
