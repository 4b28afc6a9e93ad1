"""Train the ranking of keywords: see `README.md`.

    NEWSNLP_DATA=… python training/keywords/train.py

Counts in how many news articles each candidate stands, fits a logistic model of what editors chose
on the articles of Russia Today with an even number in their URL, scores it on the others and on RIA
Novosti, and writes `newsnlp/data/keywords.npz`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from newsnlp import Annotator, Article, read
from newsnlp.candidates import Candidates, find_candidates, keyword_key, spellings
from newsnlp.composition import compose
from newsnlp.keywords import FEATURES, WEIGHTS, KeywordModel, choose
from newsnlp.taggers import tag_morphology

PACKAGE = Path(__file__).parents[2] / "newsnlp" / "data"
OUTLETS = ("russia_today", "ria", "tengrinews")
BATCH = 200
RAREST = 3  # articles that a candidate must stand in to be counted
REGULARISATION = 1.0
SEED = 1


class Batch(NamedTuple):
    """Candidates of some articles, how they are spelled, and the editors' tags."""

    candidates: Candidates
    keywords: list[str]
    n_tokens: np.ndarray
    tags: list[frozenset[str]]
    numbers: list[int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    data = parser.parse_args().data
    annotator = Annotator(layout="plain")
    files = {name: data / "articles" / f"{name}.jsonl.gz" for name in OUTLETS}
    batches = {name: list(batches_of(annotator, file)) for name, file in files.items()}
    n_articles = sum(len(batch.tags) for name in OUTLETS for batch in batches[name])
    counts = Counter(
        key for name in OUTLETS for batch in batches[name] for key in batch.candidates.key
    )
    frequencies = {key: n for key, n in sorted(counts.items()) if n >= RAREST}
    blank = KeywordModel(np.zeros(len(FEATURES)), frequencies, n_articles, "")
    model = fit(blank, batches["russia_today"])
    for name, cut in (("russia_today", 10), ("russia_today", 5), ("ria", 5)):
        print(
            f"{name}: F1@{cut} {score(model, batches[name], cut, held_out=name == OUTLETS[0]):.4f}"
        )
    save(PACKAGE / WEIGHTS, model)
    for file in files.values():
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")


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
    spans, entities = annotator.mentions(segments, keys, tagged, nowhere).names()
    candidates = find_candidates(reading, spans, entities)
    keywords = spellings(
        np.arange(len(candidates.key)), candidates, reading, entities, models.dictionary
    )
    return Batch(
        candidates,
        list(map(keyword_key, keywords)),
        np.bincount(reading.tokens.doc, minlength=len(articles)),
        [frozenset(map(keyword_key, article.tags)) for article in articles],
        [int(number_of(article)) for article in articles],
    )


def number_of(article: Article) -> str:
    """The number of an article in its URL, 0 where it has none."""
    found = re.findall(r"/(\d+)", str(article.doc_id))
    return found[-1] if found else "0"


def fit(blank: KeywordModel, batches: list[Batch]) -> KeywordModel:
    """Fit the weights on the articles with even numbers.

    Args:
        blank: The model without weights.
        batches: Candidates of Russia Today's articles.
    """
    inputs, labels = [], []
    for batch in batches:
        even = np.array(batch.numbers)[batch.candidates.doc] % 2 == 0
        chosen = [
            keyword in batch.tags[doc]
            for keyword, doc in zip(batch.keywords, batch.candidates.doc.tolist(), strict=True)
        ]
        inputs.append(blank.features(batch.candidates, batch.n_tokens)[even])
        labels.append(np.array(chosen)[even])
    regression = LogisticRegression(
        C=REGULARISATION, fit_intercept=False, max_iter=2000, random_state=SEED
    )
    regression.fit(np.concatenate(inputs), np.concatenate(labels))
    for name, weight in zip(FEATURES, regression.coef_[0], strict=True):
        print(f"{name:16} {weight:7.3f}")
    return KeywordModel(regression.coef_[0], blank.frequencies, blank.n_articles, "")


def score(model: KeywordModel, batches: list[Batch], cut: int, *, held_out: bool) -> float:
    """Mean F1 of the first keywords against the editors' tags, over articles that have some.

    Args:
        model: A model.
        batches: Candidates of articles.
        cut: How many keywords count.
        held_out: Only articles with odd numbers.
    """
    values = []
    for batch in batches:
        chosen, _ = choose(batch.candidates, model.scores(batch.candidates, batch.n_tokens), cut)
        found: dict[int, list[str]] = {}
        for row in chosen.tolist():
            found.setdefault(int(batch.candidates.doc[row]), []).append(batch.keywords[row])
        for doc, (tags, number) in enumerate(zip(batch.tags, batch.numbers, strict=True)):
            if tags and not (held_out and number % 2 == 0):
                hits = len(tags & set(found.get(doc, [])))
                values.append(2 * hits / (len(tags) + len(found.get(doc, []))))
    return float(np.mean(values))


def save(path: Path, model: KeywordModel) -> None:
    """Write a model's arrays, without pickles.

    Args:
        path: Where to.
        model: The model.
    """
    np.savez_compressed(
        path,
        weights=model.weights,
        keys=np.frombuffer("\n".join(model.frequencies).encode(), np.uint8),
        counts=np.array(list(model.frequencies.values()), np.uint16),
        n_articles=np.array(model.n_articles),
    )


if __name__ == "__main__":
    main()
