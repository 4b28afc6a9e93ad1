"""Counts on unlabelled news what `lemma_preferences.tsv` and `participles.tsv` are made from.

    python training/lemmas/count.py

`NEWSNLP_DATA` names the folder of the data. Printed are rows of both tables, the most frequent
first; they were read and cut by hand, and a few known pairs and participles added.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from newsnlp import Annotator, read
from newsnlp.dictionary import Dictionary
from newsnlp.lemmas import Reading, contenders, lemma_of
from newsnlp.words import fold

SOURCES = ("russia_today", "ria", "tengrinews")
ROUNDS = 12
# What a lemma counts that no form has spoken for yet.
SMALLEST = 0.1
# A participle is listed from so many full forms, and so great a share of adjectives and nouns.
FEWEST, SHARE = 8, 0.5


def main() -> None:
    readings = count_readings(Path(os.environ["NEWSNLP_DATA"]) / "articles")
    dictionary = Dictionary()
    print("# lemma\tnot\tform\tn")
    for (lemma, other), (form, n) in preferences(dictionary, readings):
        print(f"{lemma}\t{other}\t{form}\t{n}")
    print("\n# participle\tADJ, NOUN, VERB")
    for participle, tags in participles(dictionary, readings):
        print(f"{participle}\t{tags['ADJ']}, {tags['NOUN']}, {tags['VERB']}")


def count_readings(folder: Path) -> Counter[Reading]:
    """How often the tagger reads each word how."""
    annotator, readings = Annotator(), Counter[Reading]()
    for source in SOURCES:
        articles = read(folder / f"{source}.jsonl.gz")
        for frames in annotator.stream(articles, frames=["tokens"]):
            tokens = frames.tokens
            upos, feats = tokens["upos"].astype(str), tokens["feats"].fillna("")
            readings.update(zip(map(fold, tokens["text"]), upos, feats, strict=True))
    return readings


def preferences(
    dictionary: Dictionary, readings: Mapping[Reading, int]
) -> list[tuple[tuple[str, str], tuple[str, int]]]:
    """Lemmas more frequent than the one chosen now: expectation maximisation over the readings."""
    lemmas = {
        reading: set(contenders(dictionary, *reading))
        for reading in readings
        if reading[1] in ("NOUN", "ADJ", "VERB") and dictionary.find(reading[0])
    }
    weight: Mapping[str, float] = {}
    for _ in range(ROUNDS):
        counted: defaultdict[str, float] = defaultdict(float)
        for reading, options in lemmas.items():
            shares = {lemma: weight.get(lemma, 0.0) + SMALLEST for lemma in options}
            for lemma, share in shares.items():
                counted[lemma] += readings[reading] * share / sum(shares.values())
        weight = counted
    pairs: dict[tuple[str, str], tuple[str, int]] = {}
    for reading, options in lemmas.items():
        chosen = lemma_of(dictionary, *reading)
        best = max(options, key=lambda lemma: weight[lemma], default=chosen)
        if best != chosen and chosen in options:
            form, n = pairs.get((best, chosen), (reading[0], 0))
            pairs[best, chosen] = form, n + readings[reading]
    return sorted(pairs.items(), key=lambda pair: -pair[1][1])


def participles(
    dictionary: Dictionary, readings: Mapping[Reading, int]
) -> list[tuple[str, Counter[str]]]:
    """Participles and how often their full forms are read as which part of speech."""
    tags: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (word, upos, _), n in readings.items():
        parses = dictionary.parses(word)
        full = [parse for parse in parses if parse.known and "PRTF" in parse.grammemes]
        if full and upos in ("ADJ", "NOUN", "PROPN", "VERB"):
            participle = full[0].form("nomn", "sing", "masc")
            tags[participle or word]["NOUN" if upos == "PROPN" else upos] += n
    listed = [
        (participle, counts)
        for participle, counts in tags.items()
        if counts.total() >= FEWEST and counts["VERB"] <= (1 - SHARE) * counts.total()
    ]
    return sorted(listed, key=lambda row: -row[1].total())


if __name__ == "__main__":
    main()
