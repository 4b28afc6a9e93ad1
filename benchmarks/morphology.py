"""Scores parts of speech and lemmas given the treebanks' tokens: see `README.md`.

    python benchmarks/morphology.py

All tokens count for parts of speech, all but punctuation for lemmas (without case and ё). "slovnet"
is the tagger alone, "newsnlp" what `newsnlp.readings` makes of it.
"""

from __future__ import annotations

import argparse
import gzip
import os
from pathlib import Path

import numpy as np

from newsnlp import Annotator
from newsnlp.columns import Morphology, Tokens
from newsnlp.readings import in_context
from newsnlp.schema import UPOS
from newsnlp.taggers import tag_morphology

TREEBANKS = ("taiga_lenta_news", "gsd_test", "taiga_test", "gsd_dev", "taiga_dev")


def main() -> None:
    parser = argparse.ArgumentParser(description="Score morphology given gold tokens.")
    data = os.environ.get("NEWSNLP_DATA")
    parser.add_argument("--data", type=Path, default=data, required=data is None)
    options = parser.parse_args()
    models = Annotator(layout="plain").models
    print("| treebank | tokens | UPOS, slovnet | UPOS, newsnlp | lemmas |\n|---|---|---|---|---|")
    for name in TREEBANKS:
        tokens, lemma, upos = gold_tokens(options.data / "morph" / f"{name}.conllu.gz")
        tagged = tag_morphology(models.morphology, tokens, models.keys.of(tokens.words))
        lemmas, corrected = models.lemmatizer.read(tokens, in_context(tokens, tagged))
        found = np.array([spelled(each) for each in lemmas.lemmas])[lemmas.lemma]
        counted = upos != UPOS.index("PUNCT")
        right = (found == lemma)[counted].mean()
        cells = f"{accuracy(tagged, upos):.2%} | {accuracy(corrected, upos):.2%} | {right:.2%}"
        print(f"| {name} | {len(upos):,} | {cells} |", flush=True)


def gold_tokens(path: Path) -> tuple[Tokens, np.ndarray, np.ndarray]:
    """Tokens of a treebank, each sentence a text, with their lemmas and parts of speech.

    Args:
        path: CoNLL-U.
    """
    rows: list[tuple[int, str, str, str]] = []
    n_sentences = 0
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if len(cells) == 10 and cells[0].isdigit():
                rows.append((n_sentences, cells[1], spelled(cells[2]), cells[3]))
            n_sentences += not line.strip()
    sentence, spellings, lemma, upos = zip(*rows, strict=True)
    words = {word: row for row, word in enumerate(dict.fromkeys(spellings))}
    parent, place = np.array(sentence), np.arange(len(rows))
    word = np.array([words[each] for each in spellings])
    tokens = Tokens(parent, parent, place, place + 1, word, list(words))
    return tokens, np.array(lemma), np.array([UPOS.index(each) for each in upos])


def spelled(lemma: str) -> str:
    """A lemma without case and ё."""
    return lemma.lower().replace("ё", "е")


def accuracy(morphology: Morphology, upos: np.ndarray) -> float:
    """Share of tokens with the right part of speech.

    Args:
        morphology: What was found.
        upos: Codes of the right ones.
    """
    return float((morphology.upos[morphology.tag] == upos).mean())


if __name__ == "__main__":
    main()
