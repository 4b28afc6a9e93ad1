"""Fits how the evidence of seed words becomes probability: `newsnlp.topics.SEEDED`.

    python training/topics/seeded.py

Topics have ten words each (`ten_words.toml`); a taxonomy has all 17 of them, or some drawn by
chance so that many an article is about something else. What readers said of the articles is right.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import train

from newsnlp import Annotator
from newsnlp.taxonomies import MIN_SCORE, Taxonomy
from newsnlp.topic_training import fit_calibration
from newsnlp.topics import SEEDED, of_taxonomy

SIZES = (17, 2, 3, 3, 4, 4, 5, 6, 8, 8, 10)
EVERY = {"lenta_headlines": 5}  # of many headlines some are enough


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, help="file that keeps the lemmatised articles")
    corpus = train.Corpus.read(Path(os.environ["NEWSNLP_DATA"]), parser.parse_args().cache)
    models = Annotator().models
    lexicon = models.topics.lexicon
    rows = {lemma: row for row, lemma in enumerate(lexicon.lemmas)}
    nothing = np.zeros(0)
    features = train.Features(rows, lexicon.idf, nothing, nothing)
    words = Taxonomy.from_file(train.HERE / "ten_words.toml")
    model = of_taxonomy(words, lexicon, models.vectors, models.keys)
    rng = np.random.default_rng(train.SEED)
    drawn = [np.sort(rng.choice(train.N_TOPICS, size, replace=False)) for size in SIZES]
    views = []
    for source in train.SCORED:
        for view in ("title", "all"):
            chosen = [
                row
                for row, doc in enumerate(corpus.docs)
                if doc.source == source and (doc.title if view == "title" else doc.body)
            ][:: EVERY.get(source, 1)]
            if not chosen:
                continue
            matrix = features.matrix(corpus.docs[row].view(view) for row in chosen)
            evidence = np.asarray(matrix @ model.weights, np.float64) * model.scale
            views.append((evidence, np.diff(matrix.indptr), corpus.labels.told[chosen]))
            right = corpus.labels.told[chosen, evidence.argmax(axis=1)]
            sure = SEEDED(evidence).max(axis=1) >= MIN_SCORE
            print(
                f"{source}, {view}: first of 17 among the readers' {right.mean():.3f}; "
                f"given {sure.mean():.3f}, of those {right[sure].mean():.3f}"
            )
    # Taxonomies of another size are fitted at once: a topic that is not there has no evidence.
    evidence, sizes, right, counts = [], [], [], []
    for topics in drawn:
        for values, size, told in views:
            laid_out = np.full((len(values), train.N_TOPICS), -np.inf)
            laid_out[:, : len(topics)] = values[:, topics]
            there = np.zeros(laid_out.shape, np.bool_)
            there[:, : len(topics)] = told[:, topics]
            evidence.append(laid_out)
            sizes.append(size)
            right.append(there)
            counts.append(np.full(len(values), 1 / len(values)))
    print(fit_calibration(*map(np.concatenate, (evidence, sizes, right, counts))))


if __name__ == "__main__":
    main()
