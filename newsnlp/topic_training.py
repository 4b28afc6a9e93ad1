"""Layer *over*: learns topics from labelled articles, by scikit-learn's and SciPy's means.

A topic's weights are those of a multinomial logistic regression over an article's lemmas and the
sum of their word vectors. That sum is linear in the lemmas too, so it is folded into one weight a
lemma: a lemma that no labelled article has gets one by way of its vector.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from numbers import Integral, Real
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsnlp.article import Article
from newsnlp.columns import Floats, Ints
from newsnlp.errors import MissingExtraError, ModelError, OptionError, SourceError
from newsnlp.fields import fault
from newsnlp.pipeline import Annotator, default
from newsnlp.scoring import calibration_error
from newsnlp.sources import iter_articles
from newsnlp.topics import Calibration, TopicModel, quantised
from newsnlp.undisturbed import AtWork, at_work
from newsnlp.weights import WordVectors

try:
    import scipy.sparse as sp
    from scipy.optimize import minimize
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.model_selection import StratifiedKFold
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise MissingExtraError(
        'learning topics needs scikit-learn: pip install "newsnlp[train]"'
    ) from error

_BATCH = 200
_FOLDS = 5
_HISTORY = 10  # steps that L-BFGS remembers
# Probability from which on a topic is given: likelier than not.
MIN_SCORE = 0.5
# Before it is calibrated: what suits most sets.
_UNCALIBRATED = Calibration(0.2, 1.0, 0.5, -2.0)

Doubles = npt.NDArray[np.float64]


class Linear(NamedTuple):
    """Weights of shape (lemmas, topics), those by way of word vectors added in, and biases."""

    weights: Floats
    bias: Floats


def fit_linear(
    rows: Any,
    shares: Floats,
    counts: Floats,
    lemma_vectors: Floats,
    own: Ints,
    *,
    regularisation: float = 2.0,
    max_iter: int = 60,
) -> Linear:
    """Fit a multinomial logistic regression by L-BFGS.

    Args:
        rows: Articles by lemmas, sparse: shape (articles, lemmas).
        shares: How much of each topic an article has, 1 in all: shape (articles, topics).
        counts: How many articles each one counts as: shape (articles,).
        lemma_vectors: Vectors of all lemmas: shape (lemmas, size).
        own: Lemmas with weights of their own beside those of their vectors.
        regularisation: Inverse strength of the L2 penalty, as scikit-learn's C.
        max_iter: Most steps.
    """
    sparse = rows[:, own].astype(np.float32).tocsr()
    transposed = sparse.T.tocsr()
    dense = np.asarray(rows @ lemma_vectors, np.float32)
    n_own, n_topics = len(own), shares.shape[1]
    size = n_own + lemma_vectors.shape[1]

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        beta = flat.astype(np.float32).reshape(size + 1, n_topics)
        evidence = sparse @ beta[:n_own] + dense @ beta[n_own:size] + beta[size]
        evidence -= evidence.max(axis=1, keepdims=True)
        powers = np.exp(evidence)
        total = powers.sum(axis=1, keepdims=True)
        likelihood = (counts[:, None] * shares * (evidence - np.log(total))).sum(dtype=np.float64)
        penalty = (beta[:size].astype(np.float64) ** 2).sum() / (2 * regularisation)
        wrong = (powers / total - shares) * counts[:, None]
        slope = np.empty_like(beta)
        slope[:n_own] = transposed @ wrong
        slope[n_own:size] = dense.T @ wrong
        slope[:size] += beta[:size] / regularisation
        slope[size] = wrong.sum(axis=0)
        return float(penalty - likelihood), slope.ravel().astype(np.float64)

    with at_work(), _at_work_with_scipy():
        found = minimize(
            loss, np.zeros((size + 1) * n_topics), jac=True, method="L-BFGS-B",
            options={"maxiter": max_iter, "maxcor": _HISTORY},
        )  # fmt: skip
    beta = found.x.astype(np.float32).reshape(size + 1, n_topics)
    weights = lemma_vectors @ beta[n_own:size]
    weights[own] += beta[:n_own]
    # What all topics share is nothing to them.
    weights -= weights.mean(axis=1, keepdims=True)
    return Linear(weights, beta[size] - beta[size].mean())


@cache
def _at_work_with_scipy() -> AtWork:
    """Limits SciPy's BLAS too, which may not be loaded where annotators limit NumPy's.

    On two threads L-BFGS takes nine times as long. Entered within that of the annotators, it puts
    nothing back too early.
    """
    return AtWork()


def fit_calibration(
    evidence: Doubles, sizes: Ints, right: npt.NDArray[Any], counts: Doubles
) -> Calibration:
    """Fit how evidence becomes probability to articles that were not learnt from.

    Args:
        evidence: Products with the weights, not divided yet: shape (articles, topics).
        sizes: Known lemmas of each article.
        right: Whether each article has each topic, or with what probability.
        counts: How many articles each one counts as: shape (articles,).
    """
    weight = (counts / counts.sum())[:, None]

    def loss(values: Doubles) -> float:
        calibration = Calibration(*values.tolist())
        chance = np.clip(calibration(calibration.divided(evidence, sizes)), 1e-6, 1 - 1e-6)
        return -float((weight * (right * np.log(chance) + (1 - right) * np.log(1 - chance))).sum())

    bounds = [(0, 1), (0, None), (0, None), (None, None)]
    found = minimize(loss, astuple(_UNCALIBRATED), method="L-BFGS-B", bounds=bounds)
    return Calibration(*found.x.tolist())


def lemma_vectors(lemmas: Sequence[str], vectors: WordVectors, *, length: float = 0.3) -> Floats:
    """Directions of the lemmas' word vectors from their mean; zeros where there is none.

    Args:
        lemmas: The lemmas.
        vectors: Word vectors.
        length: Length of each: the shorter, the more they are penalised beside the lemmas' own
            weights.
    """
    row = np.array([vectors.rows.get(lemma, -1) for lemma in lemmas], np.int64)
    found = vectors[row[row >= 0]]
    found = found - found.mean(axis=0)  # what all words share tells no topic
    result = np.zeros((len(row), found.shape[1]), np.float32)
    result[row >= 0] = length * found / np.linalg.norm(found, axis=1, keepdims=True)
    return result


@dataclass(frozen=True, slots=True)
class _Seen:
    """Articles as they are learnt from: a row of `rows` an article, then one a title alone.

    `article` has the row of the article that each row is of, `usual` the lexicon that they are seen
    by, and `lemma_vectors` the vectors of its lemmas.
    """

    rows: Any
    article: Ints
    usual: TopicModel
    lemma_vectors: Floats


class TopicClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # no stubs
    """A classifier of articles as scikit-learn's are, for `Pipeline`, `GridSearchCV` and the like.

    Articles are texts, `Article`s, a Series or a DataFrame, as `newsnlp.annotate` takes them, but
    for ids, which do not matter; of an article with a title and a text the title is learnt alone
    too, so that headlines can be read.

    Args:
        regularisation: Inverse strength of the L2 penalty.
        min_df: Articles that a lemma must stand in for a weight of its own.
        class_weight: "balanced", or None: topics count by how many articles they have.
        max_iter: Most steps of the fit.
        layout: As for `Annotator`.

    Example:
        >>> texts = ["Клуб выиграл матч.", "Банк снизил ставку.", "Форвард забил гол."]
        >>> model = TopicClassifier().fit(texts, ["спорт", "деньги", "спорт"])
        >>> model.predict(["Рубль подорожал на бирже."]).tolist()
        ['деньги']
    """

    def __init__(
        self,
        *,
        regularisation: float = 2.0,
        min_df: int = 2,
        class_weight: str | None = "balanced",
        max_iter: int = 60,
        layout: str = "auto",
    ) -> None:
        self.regularisation = regularisation
        self.min_df = min_df
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.layout = layout

    def fit(self, X: Any, y: Any) -> TopicClassifier:  # noqa: N803
        """Learn.

        Args:
            X: Articles.
            y: Topic of each: strings, or anything of one type that can be sorted.

        Raises:
            TypeError: A text that is no string; its row is named.
            OptionError: An option with a value that it does not take.
            SourceError: Not as many topics as articles, one that is missing, only one topic, or no
                word is known.
        """
        self._check_options()
        annotator = self._annotator()
        articles, labels = _articles(X), np.asarray(y)
        if labels.shape != (len(articles),):
            raise SourceError(f"{len(articles)} articles have topics of the shape {labels.shape}")
        if (missing := np.flatnonzero(pd.isna(labels))).size:
            raise SourceError(f"row {missing[0]} has no topic: leave its article out")
        try:
            classes, codes = np.unique(labels, return_inverse=True)
        except TypeError as error:
            raise SourceError(f"the topics cannot be sorted ({error}): make them strings") from None
        if len(classes) < 2:
            raise SourceError(f"all topics there are: {classes.tolist()}; give articles of two")
        names = tuple(map(str, classes.tolist()))
        self.model_ = self._learn(_see(annotator, articles), codes, np.arange(len(codes)), names)
        self.classes_ = classes
        return self

    def decision_function(self, X: Any) -> Doubles:  # noqa: N803
        """Evidence for each topic: shape (articles, topics); of two, for the second: (articles,).

        Args:
            X: Articles.
        """
        evidence = self._evidence(X)
        return evidence[:, 1] - evidence[:, 0] if len(self.classes_) == 2 else evidence

    def predict_proba(self, X: Any) -> Doubles:  # noqa: N803
        """Probability that an article is of each topic, 1 in all: shape (articles, topics).

        Args:
            X: Articles.
        """
        evidence = self._evidence(X)
        powers = np.exp(evidence - evidence.max(axis=1, keepdims=True))
        chance: Doubles = powers / powers.sum(axis=1, keepdims=True)
        return chance

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Topic of each article, the likeliest, however unsure.

        Args:
            X: Articles.
        """
        evidence = self._evidence(X)
        best: npt.NDArray[Any] = self.classes_[evidence.argmax(axis=1)]
        return best

    def _check_options(self) -> None:
        if self.class_weight not in ("balanced", None):
            raise OptionError(f"class_weight={self.class_weight!r} is neither 'balanced' nor None")
        penalty: Any = self.regularisation
        if not isinstance(penalty, Real) or not 0 < float(penalty) < float("inf"):
            raise OptionError(f"regularisation={penalty!r} is no number above 0")
        for name in ("min_df", "max_iter"):
            value: Any = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise OptionError(f"{name}={value!r} is no whole number from 1 up")

    def _learn(self, seen: _Seen, codes: Ints, chosen: Ints, names: tuple[str, ...]) -> TopicModel:
        """A model of some of the articles.

        Args:
            seen: The articles.
            codes: Row in `names` of the topic of each.
            chosen: Rows of those to learn from.
            names: The topics.
        """
        rows = seen.rows[chosen]
        own = np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]) >= self.min_df)
        kept = np.isin(seen.article, chosen)
        rows, article = seen.rows[kept], seen.article[kept]
        if not rows.nnz:
            raise SourceError("no word of the articles is known: there is nothing to learn from")
        counts = 1 / np.bincount(article)[article]
        if self.class_weight:
            n_articles = np.bincount(codes[article], counts)
            counts *= (n_articles.mean() / n_articles)[codes[article]]
        found = fit_linear(
            rows, np.eye(len(names), dtype=np.float32)[codes[article]], counts.astype(np.float32),
            seen.lemma_vectors, own, regularisation=self.regularisation, max_iter=self.max_iter,
        )  # fmt: skip
        weights, scale = quantised(found.weights)
        return TopicModel(
            seen.usual.lexicon, names, names, (-1,) * len(names), seen.usual.idf, weights, scale,
            found.bias.astype(np.float64), _UNCALIBRATED, MIN_SCORE,
        )  # fmt: skip

    def _evidence(self, articles: Any) -> Doubles:
        check_is_fitted(self)
        annotator = self._annotator()
        if self.model_.lexicon.lemmas != annotator.models.topics.lexicon.lemmas:
            raise ModelError(
                "this TopicClassifier was fitted by another version of newsnlp: fit it again"
            )
        rows = _rows(annotator, _articles(articles))
        evidence = _products(self.model_, rows)
        return self.model_.calibration.divided(evidence, np.diff(rows.indptr))

    def _annotator(self) -> Annotator:
        return default().with_options(layout=self.layout)


def _articles(source: Any) -> list[Article]:
    """Articles without ids of their own, since a fold or a bootstrap may take one twice."""
    columns = None
    if isinstance(source, pd.DataFrame):
        source, columns = source.reset_index(drop=True), {"doc_id": None}
    elif isinstance(source, list | tuple | np.ndarray | pd.Series):
        source = [
            replace(each, doc_id=None) if isinstance(each, Article) else each for each in source
        ]
    return list(iter_articles(source, columns=columns))


def _see(annotator: Annotator, articles: Sequence[Article]) -> _Seen:
    """Articles, and the titles of those with both a title and a text, as they are learnt from."""
    titled = [row for row, one in enumerate(articles) if _says(one.title) and _says(one.text)]
    titles = [Article(title=articles[row].title) for row in titled]
    article = np.array([*range(len(articles)), *titled], np.int64)
    rows = _rows(annotator, [*articles, *titles])
    usual = annotator.models.topics
    vectors = lemma_vectors(usual.lexicon.lemmas, annotator.models.vectors)
    return _Seen(rows, article, usual, vectors)


def _rows(annotator: Annotator, articles: Sequence[Article]) -> Any:
    """Articles by lemmas, sparse: shape (articles, lemmas)."""
    n_lemmas = len(annotator.models.topics.lexicon.lemmas)
    parts = [sp.csr_matrix((0, n_lemmas))]
    for start in range(0, len(articles), _BATCH):
        batch = articles[start : start + _BATCH]
        found = annotator.topic_vectors(batch)
        shape = (len(batch), n_lemmas)
        parts.append(sp.csr_matrix((found.value, (found.doc, found.feature)), shape))
    return sp.vstack(parts).tocsr()


def _products(model: TopicModel, rows: Any) -> Doubles:
    """Evidence for each topic, not divided yet: shape (articles, topics)."""
    evidence: Doubles = (rows @ model.weights) * model.scale + model.bias
    return evidence


@dataclass(frozen=True, slots=True)
class LearntTopics:
    """What was learnt, and how right it is on articles that it was not learnt from.

    Args:
        model: The topics, to be saved.
        scores: A row a topic: `topic, n_articles, precision, recall, f1`; an article that is given
            none, because none is sure, is a miss.
        summary: One row: `n_articles, n_topics`, `accuracy` of the likeliest topics, `coverage`:
            the share of the articles that are given one, `accuracy_given` of those, `macro_f1` and
            `calibration_error` of the topics as they are given.
        confusion: Articles by their topic (rows) and the one that they were given (columns, the
            last of them for none).
        left_out: Topics with too few articles, and how many they have, the most first.
    """

    model: TopicModel
    scores: pd.DataFrame
    summary: pd.DataFrame
    confusion: pd.DataFrame
    left_out: dict[str, int]


NONE = "(none)"


def learn_topics(
    articles: Iterable[Article],
    *,
    layout: str = "auto",
    min_articles: int = 10,
    min_score: float = MIN_SCORE,
    classifier: TopicClassifier | None = None,
    seed: int = 1,
) -> LearntTopics:
    """Learn topics from articles whose rubric names theirs.

    Scores and calibration are those of five-fold cross-validation, in which the same text comes
    once. They tell nothing of articles that are about none of the topics: these are given one too.

    Args:
        articles: Articles; those without a rubric, or without a text or title, are passed over.
        layout: As for `Annotator`.
        min_articles: Articles that a topic must have, 5 or more.
        min_score: Least probability of a topic that an article is given.
        classifier: Its options are those of the fit, in place of the usual ones; its layout too.
        seed: Of how the articles are dealt out.

    Raises:
        OptionError: An option with a value that it does not take.
        SourceError: There are not two topics with enough articles, or no word is known.

    Example:
        >>> texts = {"спорт": "Клуб выиграл матч {}.", "деньги": "Банк снизил ставку {}."}
        >>> articles = [Article(rubric=n, text=texts[n].format(i)) for i in range(9) for n in texts]
        >>> learn_topics(articles, min_articles=5).model.topics
        ('деньги', 'спорт')
    """
    if min_articles < _FOLDS:
        raise OptionError(f"min_articles={min_articles} is below {_FOLDS}, the number of folds")
    if not 0 <= min_score <= 1:
        raise OptionError(f"min_score={min_score} is no number from 0 to 1")
    classifier = classifier or TopicClassifier(layout=layout)
    classifier._check_options()
    annotator = classifier._annotator()
    told, n_articles = _told(articles)
    left_out = {topic: n for topic, n in n_articles.most_common() if n < min_articles}
    topics = tuple(sorted(n_articles.keys() - left_out.keys()))
    if len(topics) < 2:
        raise SourceError(
            f"{len(topics)} of {len(n_articles)} topics have {min_articles} articles or more: "
            "give articles of two, or a lower min_articles"
        )
    row = {topic: number for number, topic in enumerate(topics)}
    codes = np.array([row[topic] for _, topic in told if topic in row], np.int64)
    seen = _see(annotator, [each for each, topic in told if topic in row])
    rows = seen.rows[: len(codes)]
    sizes, evidence = np.diff(rows.indptr), np.zeros((len(codes), len(topics)))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    for rest, fold in folds.split(codes, codes):
        evidence[fold] = _products(classifier._learn(seen, codes, rest, topics), rows[fold])
    known = sizes > 0
    right = _softened(np.eye(len(topics), dtype=np.bool_)[codes[known]])
    calibration = fit_calibration(evidence[known], sizes[known], right, np.ones(len(right)))
    chance = calibration(calibration.divided(evidence, sizes)) * known[:, None]
    model = classifier._learn(seen, codes, np.arange(len(codes)), topics)
    model = replace(model, calibration=calibration, threshold=float(min_score))
    return LearntTopics(model, *_scores(topics, codes, chance, min_score), left_out)


def _told(articles: Iterable[Article]) -> tuple[list[tuple[Article, str]], Counter[str]]:
    """Articles that something can be learnt from, each with its topic, and the topics counted."""
    n_all, told, texts = 0, [], set()
    for article in articles:
        if not isinstance(article, Article):
            raise TypeError(
                f"learn_topics takes articles with a rubric, not {type(article).__name__}: "
                "make them newsnlp.Article, or read them with newsnlp.read"
            )
        n_all += 1
        has_text = _says(article.text) or _says(article.title)
        if has_text and _says(article.rubric) and fault(article) is None:
            # A lone surrogate could not be written to a file.
            rubric = article.rubric.encode("utf-8", "replace").decode()
            topic = " ".join(rubric.split())
            # A text in two folds would be scored on itself.
            if (key := (topic, article.title, article.text)) not in texts:
                texts.add(key)
                told.append((article, topic))
    if not told:
        raise SourceError(
            f"none of {n_all} articles has a rubric and a text: name the column of their topics, "
            "--columns rubric=my_label, or newsnlp.read(…, columns={'rubric': 'my_label'})"
        )
    return told, Counter(topic for _, topic in told)


def _softened(right: npt.NDArray[np.bool_]) -> Doubles:
    """What is right with less than certainty, as Platt has it: few articles prove little."""
    softened: Doubles = np.where(right, 1 - 1 / (right.sum() + 2), 1 / ((~right).sum() + 2))
    return softened


def _says(value: object) -> TypeGuard[str]:
    """Whether a field is more than blank; what is missing may be NaN."""
    return isinstance(value, str) and bool(value.strip())


def _scores(
    topics: Sequence[str], codes: Ints, chance: Doubles, min_score: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What `LearntTopics` tells, of probabilities: shape (articles, topics), 0 where none is."""
    best, top = chance.argmax(axis=1), chance.max(axis=1)
    hit, sure = (best == codes) & (top > 0), (top >= min_score) & (top > 0)
    given, n = np.where(sure, best, len(topics)), len(topics)
    counts = np.bincount(codes * (n + 1) + given, minlength=n * (n + 1)).reshape(n, n + 1)
    hits, n_given, n_articles = np.diag(counts), counts[:, :n].sum(axis=0), counts.sum(axis=1)
    scores = pd.DataFrame(
        {
            "topic": topics,
            "n_articles": n_articles,
            "precision": hits / np.maximum(n_given, 1),
            "recall": hits / n_articles,
            "f1": 2 * hits / (n_given + n_articles),
        }
    )
    summary = {
        "n_articles": len(codes),
        "n_topics": n,
        "accuracy": hit.mean(),
        "coverage": sure.mean(),
        "accuracy_given": hit[sure].mean() if sure.any() else np.nan,
        "macro_f1": scores["f1"].mean(),
        "calibration_error": calibration_error(top, hit),
    }
    confusion = pd.DataFrame(
        counts, pd.Index(topics, name="topic"), pd.Index([*topics, NONE], name="given")
    )
    return scores, pd.DataFrame([summary]), confusion
