"""Train the ranking of keywords: see `README.md`.

    NEWSNLP_DATA=… python training/keywords/train.py

Counts in how many news articles each candidate stands and how often editors took it as a tag, fits
a logistic model of what they took on the articles of Russia Today but for the newest fifth, scores
it on these and on RIA Novosti, and writes `newsnlp/data/keywords.npz`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from newsnlp import Annotator, Article, read
from newsnlp.assignment import Closeness, article_vectors, phrase_vector, seen_from
from newsnlp.candidates import Candidates, find_candidates, keyword_key, spellings
from newsnlp.columns import Reading
from newsnlp.composition import compose
from newsnlp.keywords import FEATURES, WEIGHTS, WORTH_STEP, KeywordModel, KnownKeywords, choose
from newsnlp.schema import UPOS
from newsnlp.taggers import tag_morphology
from newsnlp.weights import WordVectors

PACKAGE = Path(__file__).parents[2] / "newsnlp" / "data"
JUDGED, *OTHERS = OUTLETS = ("russia_today", "ria", "tengrinews")
HELD_OUT = 0.2  # of the judged outlet's articles, those with the highest numbers
BATCH = 200
RAREST = 3  # articles that a candidate must stand in to be known
# A word is shown in the plural from so many occurrences, and so great a share of plurals.
FEWEST_NOUNS, MOSTLY_PLURAL = 12, 0.75
DOUBT = 20  # articles without a verdict that each keyword's worth starts from
FOLDS = 5  # a keyword's worth in an article is told by the other folds
MASKED = 0.5  # share of candidates whose worth is hidden in training
REGULARISATION = 1.0
LISTED = 150  # tags that tell what closeness to an article means
NOT_CLOSE = Closeness(np.zeros(300, np.float32), (0.0, 0.0))  # before that is known
CHOSEN = 10  # keywords of an article that the calibration looks at
SEED = 1

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Batch(NamedTuple):
    """Candidates of some articles, how they are spelled in both numbers, and the editors' tags.

    `nouns` counts singulars and plurals of nouns by their keys.
    """

    candidates: Candidates
    keywords: list[str]
    plurals: list[str]
    n_tokens: npt.NDArray[np.int64]
    tags: list[frozenset[str]]
    numbers: npt.NDArray[np.int64]
    nouns: Counter[tuple[str, bool]]

    def spelled(self, plurals: frozenset[str]) -> list[str]:
        """Keywords, those of some keys in the plural."""
        rows = zip(self.candidates.key, self.keywords, self.plurals, strict=True)
        return [plural if key in plurals else keyword for key, keyword, plural in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    data = parser.parse_args().data
    files = {name: data / "articles" / f"{name}.jsonl.gz" for name in OUTLETS}
    with threadpool_limits(1, "blas"):
        annotator = Annotator()
        batches = {name: list(batches_of(annotator, file)) for name, file in files.items()}
    numbers = np.sort(np.concatenate([batch.numbers for batch in batches[JUDGED]]))
    first_held_out = int(numbers[int(len(numbers) * (1 - HELD_OUT))])
    print(f"{JUDGED}: held out from number {first_held_out}")
    old = [taken(batch, batch.numbers < first_held_out) for batch in batches[JUDGED]]
    new = [taken(batch, batch.numbers >= first_held_out) for batch in batches[JUDGED]]
    rest = [batch for name in OTHERS for batch in batches[name]]
    plurals = mostly_plural([*old, *rest])
    print(f"{len(plurals)} words in the plural")
    model = fit(old, rest, plurals)
    model = replace(model, closeness=closeness(model, annotator.models.vectors, old))
    for name, some, cut in ((JUDGED, new, 10), (JUDGED, new, 5), ("ria", batches["ria"], 5)):
        print(f"{name}: F1@{cut} {score(model, some, cut):.4f}")
    report_calibration(model, new)
    save(PACKAGE / WEIGHTS, model)
    for file in files.values():
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")


# --- candidates ----------------------------------------------------------------------------------


def batches_of(annotator: Annotator, file: Path) -> Iterator[Batch]:
    """Candidates of a file of articles, batch by batch.

    Args:
        annotator: Its models are used.
        file: A file that `newsnlp.read` reads.
    """
    articles = (article for article in read(file) if article.text and article.text.strip())
    while articles_of_batch := list(islice(articles, BATCH)):
        yield candidates_of(annotator, articles_of_batch)


def candidates_of(annotator: Annotator, articles: list[Article]) -> Batch:
    """Candidates of some articles.

    Args:
        annotator: Its models are used.
        articles: The articles.
    """
    models = annotator.models
    composed = [compose(article.title, article.lead, article.text) for article in articles]
    segments, _ = annotator.segments(composed)
    keys = models.keys.of(segments.tokens.words)
    tagged = tag_morphology(models.morphology, segments.tokens, keys)
    reading = annotator.reading(segments, tagged)
    nowhere = [frozenset[str]()] * len(articles)
    spans, entities, content = annotator.mentions(segments, keys, tagged, nowhere).names()
    candidates = find_candidates(reading, spans, entities, content)
    rows = np.arange(len(candidates.key))
    keywords, plurals = (
        spellings(rows, candidates, reading, entities, models.dictionary, shown)
        for shown in (frozenset[str](), frozenset(candidates.key))
    )
    return Batch(
        candidates,
        list(map(keyword_key, keywords)),
        list(map(keyword_key, plurals)),
        np.bincount(reading.tokens.doc, minlength=len(articles)),
        [frozenset(map(keyword_key, article.tags)) for article in articles],
        np.array([number_of(article) for article in articles]),
        count_nouns(reading),
    )


def count_nouns(reading: Reading) -> Counter[tuple[str, bool]]:
    """How often each noun stands in the singular and in the plural."""
    morphology, lemmas = reading.morphology, reading.lemmas
    is_plural = np.array(["Number=Plur" in feats for feats in morphology.feats])[morphology.tag]
    is_noun = (morphology.upos == UPOS.index("NOUN"))[morphology.tag]
    pairs = Counter(zip(lemmas.lemma[is_noun].tolist(), is_plural[is_noun].tolist(), strict=True))
    counts: Counter[tuple[str, bool]] = Counter()
    for (lemma, plural), n in pairs.items():
        counts[keyword_key(lemmas.lemmas[lemma]), plural] += n
    return counts


def number_of(article: Article) -> int:
    """The number of an article in its URL, 0 where it has none."""
    found = re.findall(r"/(\d+)", str(article.doc_id))
    return int(found[-1]) if found else 0


def taken(batch: Batch, articles: Bools) -> Batch:
    """Some articles of a batch; their nouns are counted as those of all were.

    Args:
        batch: The batch.
        articles: Which of its articles.
    """
    rows = np.flatnonzero(articles[batch.candidates.doc])
    fields = batch.candidates.__dataclass_fields__
    columns = {name: getattr(batch.candidates, name) for name in fields}
    candidates = replace(
        batch.candidates,
        **{
            name: [column[row] for row in rows.tolist()] if name == "key" else column[rows]
            for name, column in columns.items()
        },
    )
    kept = np.flatnonzero(articles).tolist()
    place = np.cumsum(articles) - 1
    return Batch(
        replace(candidates, doc=place[candidates.doc]),
        [batch.keywords[row] for row in rows.tolist()],
        [batch.plurals[row] for row in rows.tolist()],
        batch.n_tokens[articles],
        [batch.tags[row] for row in kept],
        batch.numbers[articles],
        batch.nouns,
    )


def mostly_plural(batches: Iterable[Batch]) -> frozenset[str]:
    """Keys of nouns that mostly stand in the plural.

    Args:
        batches: Of all outlets.
    """
    counts = sum((batch.nouns for batch in batches), Counter[tuple[str, bool]]())
    return frozenset(
        key
        for key, plural in counts
        if plural
        and counts[key, True] + counts[key, False] >= FEWEST_NOUNS
        and counts[key, True] >= MOSTLY_PLURAL * (counts[key, True] + counts[key, False])
    )


# --- the model -----------------------------------------------------------------------------------


def fit(judged: list[Batch], rest: list[Batch], plurals: frozenset[str]) -> KeywordModel:
    """A model of what editors took.

    Args:
        judged: Articles with editors' tags.
        rest: Articles of other outlets, for the frequencies.
        plurals: Keys of words that are shown in the plural.
    """
    every = [*judged, *rest]
    n_articles = Counter(key for batch in every for key in batch.candidates.key)
    known = sorted(key for key, n in n_articles.items() if n >= RAREST)
    row = {key: number for number, key in enumerate(known)}
    labels = [is_tag(batch, plurals) for batch in judged]
    key = [np.array([row.get(key, len(row)) for key in batch.candidates.key]) for batch in judged]
    fold = [batch.numbers[batch.candidates.doc] % FOLDS for batch in judged]
    articles = np.append([n_articles[each] for each in known], 0).astype(np.float64)
    inputs = []
    for number in range(FOLDS):
        others = [each != number for each in fold]
        there = known_keywords(row, articles, key, labels, others)
        blank = KeywordModel(np.zeros(len(FEATURES)), there, sum(len(b.tags) for b in every),
                             plurals, (1.0, 0.0), NOT_CLOSE, "")  # fmt: skip
        inputs.append([blank.features(batch.candidates, batch.n_tokens) for batch in judged])
    features = [
        np.select([(each == number)[:, None] for number in range(FOLDS)], choices)
        for each, choices in zip(fold, zip(*inputs, strict=True), strict=True)
    ]
    weights = regression(masked(np.concatenate(features)), np.concatenate(labels))
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"{name:18} {weight:7.3f}")
    everywhere = [np.ones(len(each), np.bool_) for each in fold]
    model = replace(blank, weights=weights,
                    known=known_keywords(row, articles, key, labels, everywhere))  # fmt: skip
    scores = [(1 / (1 + np.exp(-each @ weights))).astype(np.float32) for each in features]
    score, right = outcomes(judged, scores, labels)
    odds = np.log(score / (1 - score))
    slope, offset = regression(np.column_stack([odds, np.ones(len(odds))]), right)
    print(f"calibration {slope:.3f}, {offset:.3f}")
    return replace(model, calibration=(slope, offset))


def closeness(model: KeywordModel, vectors: WordVectors, batches: list[Batch]) -> Closeness:
    """What the cosine of a tag and an article tells, by the most frequent tags.

    Args:
        model: Tells how rare a keyword is.
        vectors: Word vectors.
        batches: Articles with editors' tags.
    """
    articles = np.concatenate(
        [
            article_vectors(
                vectors, batch.candidates, model.rarity(batch.candidates.key), len(batch.tags)
            )
            for batch in batches
        ]
    )
    counts = Counter(tag for batch in batches for tags in batch.tags for tag in tags)
    names = [tag for tag, _ in counts.most_common(LISTED)]
    tags = np.stack([phrase_vector(vectors, name) for name in names])
    mean = articles.mean(0)
    cosine = seen_from(mean, articles) @ seen_from(mean, tags).T
    right = np.array([[name in some for name in names] for batch in batches for some in batch.tags])
    inputs = np.column_stack([cosine.ravel(), np.ones(cosine.size)]).astype(np.float64)
    slope, offset = regression(inputs, right.ravel())
    print(f"closeness {slope:.3f}, {offset:.3f}")
    return Closeness(mean.astype(np.float32), (slope, offset))


def masked(features: Floats) -> Floats:
    """Features in which the worth of many candidates is not known, as it is of other outlets'."""
    result = features.copy()
    hidden = np.random.default_rng(SEED).random(len(features)) < MASKED
    columns = [FEATURES.index(name) for name in FEATURES if "worth" in name or name == "judged"]
    result[np.ix_(hidden, columns)] = 0
    return result


def is_tag(batch: Batch, plurals: frozenset[str]) -> Bools:
    """Which candidates are tags of their article."""
    rows = zip(batch.spelled(plurals), batch.candidates.doc.tolist(), strict=True)
    return np.array([keyword in batch.tags[doc] for keyword, doc in rows], np.bool_)


def known_keywords(
    row: dict[str, int],
    articles: Floats,
    key: list[npt.NDArray[np.int64]],
    labels: list[Bools],
    counted: list[Bools],
) -> KnownKeywords:
    """What articles tell of keywords; those that are not known have no worth of their own.

    Args:
        row: Rows of the known keys.
        articles: In how many articles each stands.
        key: Row of each candidate, by batch.
        labels: Whether it is a tag.
        counted: Whether it counts.
    """
    size = len(row) + 1
    rows, right, some = np.concatenate(key), np.concatenate(labels), np.concatenate(counted)
    judged = np.bincount(rows[some], minlength=size).astype(np.float64)
    tags = np.bincount(rows[some], right[some], minlength=size)
    mean = tags.sum() / judged.sum()
    share = (tags + DOUBT * mean) / (judged + DOUBT)
    worth = np.log(share / (1 - share)) - np.log(mean / (1 - mean))
    worth = np.round(worth / WORTH_STEP) * WORTH_STEP
    worth[-1] = judged[-1] = 0
    return KnownKeywords(row, articles, worth, judged)


def regression(inputs: Floats, labels: Bools) -> Floats:
    """Weights of a logistic model without an intercept of its own."""
    model = LogisticRegression(
        C=REGULARISATION, fit_intercept=False, max_iter=2000, random_state=SEED
    )
    weights: Floats = model.fit(inputs, labels).coef_[0]
    return weights


def outcomes(
    batches: list[Batch], scores: list[npt.NDArray[np.float32]], labels: list[Bools]
) -> tuple[Floats, Bools]:
    """Score of each keyword that is chosen in an article with tags, and whether it is one."""
    found = []
    for batch, score_, right in zip(batches, scores, labels, strict=True):
        rows, chosen = choose(batch.candidates, score_, CHOSEN)
        tagged = np.array([bool(tags) for tags in batch.tags])[batch.candidates.doc[rows]]
        found.append((chosen[tagged], right[rows[tagged]]))
    score_, right = (np.concatenate(column) for column in zip(*found, strict=True))
    return np.clip(score_.astype(np.float64), 1e-6, 1 - 1e-6), right


# --- scores --------------------------------------------------------------------------------------


def score(model: KeywordModel, batches: list[Batch], cut: int) -> float:
    """Mean F1 of the first keywords against the editors' tags, over articles that have some.

    Args:
        model: A model.
        batches: Candidates of articles.
        cut: How many keywords count.
    """
    values = []
    for batch in batches:
        chosen, _ = choose(batch.candidates, model.scores(batch.candidates, batch.n_tokens), cut)
        spelled = batch.spelled(model.plurals)
        found: dict[int, list[str]] = {}
        for row in chosen.tolist():
            found.setdefault(int(batch.candidates.doc[row]), []).append(spelled[row])
        for doc, tags in enumerate(batch.tags):
            if tags:
                hits = len(tags & set(found.get(doc, [])))
                values.append(2 * hits / (len(tags) + len(found.get(doc, []))))
    return float(np.mean(values))


def report_calibration(model: KeywordModel, batches: list[Batch]) -> None:
    """Print how often keywords of each score are tags.

    Args:
        model: A model.
        batches: Candidates of articles.
    """
    scores = [model.scores(batch.candidates, batch.n_tokens) for batch in batches]
    labels = [is_tag(batch, model.plurals) for batch in batches]
    score_, right = outcomes(batches, scores, labels)
    score_ = model.calibrated(score_.astype(np.float32)).astype(np.float64)
    tenth = np.minimum((10 * score_).astype(int), 9)
    error = 0.0
    for number in range(10):
        some = tenth == number
        if some.any():
            print(f"{some.sum():6} {score_[some].mean():.3f} {right[some].mean():.3f}")
            error += abs((score_ - right)[some].sum()) / len(right)
    print(f"expected calibration error {error:.4f}")


def save(path: Path, model: KeywordModel) -> None:
    """Write a model's arrays, without pickles.

    Args:
        path: Where to.
        model: The model.
    """
    known = model.known
    np.savez_compressed(
        path,
        weights=model.weights,
        keys=np.frombuffer("\n".join(known.row).encode(), np.uint8),
        articles=known.articles[:-1].astype(np.uint16),
        worth=np.round(known.worth[:-1] / WORTH_STEP).astype(np.int8),
        judged=known.judged[:-1].astype(np.uint16),
        plurals=np.frombuffer("\n".join(sorted(model.plurals)).encode(), np.uint8),
        calibration=np.array(model.calibration),
        n_articles=np.array(model.n_articles),
        mean_vector=model.closeness.mean,
        closeness=np.array(model.closeness.calibration),
    )


if __name__ == "__main__":
    main()
