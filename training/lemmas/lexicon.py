"""Writes the lemmas of the most frequent readings of news: `newsnlp/data/readings.npz`.

    NEWSNLP_DATA=… python training/lemmas/lexicon.py

A reading is a word with the tagger's part of speech and features. The file is what a process would
otherwise find out anew, 20 microseconds a reading; `tests/test_lemmas.py` holds it against the
rules, so run this after a change of them. Readings that the dictionary corrects are left out.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from newsnlp import Annotator, read
from newsnlp.composition import compose
from newsnlp.dictionary import Dictionary
from newsnlp.lemmas import LEXICON, Reading, read_anew
from newsnlp.readings import DistinctReadings, in_context
from newsnlp.taggers import tag_morphology

SOURCES = ("russia_today", "ria", "tengrinews")
MOST = 50_000
BATCH = 100
PACKAGE = Path(__file__).parents[2] / "newsnlp" / "data"


def main() -> None:
    counts = count_readings(Path(os.environ["NEWSNLP_DATA"]) / "articles")
    dictionary = Dictionary()
    frequent = sorted(counts, key=lambda reading: (-counts[reading], reading))
    chosen = {}
    for reading in frequent:
        answer = read_anew(dictionary, reading)
        if isinstance(answer, str):
            chosen[reading] = answer
            if len(chosen) == MOST:
                break
    save(chosen)
    share = sum(counts[reading] for reading in chosen) / counts.total()
    print(f"{len(chosen)} of {len(counts)} readings, {share:.1%} of {counts.total()} tokens")


def count_readings(folder: Path) -> Counter[Reading]:
    """How often the tagger reads each word how.

    Args:
        folder: Files of articles.
    """
    annotator, counts = Annotator(), Counter[Reading]()
    tagger, keys = annotator.models.morphology, annotator.models.keys
    for source in SOURCES:
        articles = list(read(folder / f"{source}.jsonl.gz"))
        for first in range(0, len(articles), BATCH):
            some = articles[first : first + BATCH]
            with threadpool_limits(1, "blas"):
                composed = [compose(each.title, each.lead, each.text) for each in some]
                tokens = annotator.segments(composed)[0].tokens
                tagged = tag_morphology(tagger, tokens, keys.of(tokens.words))
            found = DistinctReadings.of(tokens, in_context(tokens, tagged))
            readings = zip(found.words, found.upos, found.feats, strict=True)
            times = np.bincount(found.row, minlength=len(found.words)).tolist()
            counts.update(dict(zip(readings, times, strict=True)))
    return counts


def save(lemmas: dict[Reading, str]) -> None:
    """Write the lexicon, without pickles.

    Args:
        lemmas: Lemma of each reading.
    """
    tags = {tag: row for row, tag in enumerate(sorted({reading[1:] for reading in lemmas}))}
    columns = {
        "words": [word for word, _, _ in lemmas],
        "lemmas": list(lemmas.values()),
        "tags": ["\t".join(tag) for tag in tags],
    }
    np.savez_compressed(
        PACKAGE / LEXICON,
        tag=np.array([tags[reading[1:]] for reading in lemmas], np.uint16),
        **{
            name: np.frombuffer("\n".join(lines).encode(), np.uint8)
            for name, lines in columns.items()
        },
    )


if __name__ == "__main__":
    main()
