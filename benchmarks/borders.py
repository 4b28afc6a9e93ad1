"""Counts border errors of razdel and of newsnlp on the treebanks' raw text: see `README.md`.

    python benchmarks/borders.py
    python benchmarks/borders.py --show sentences --file gsd_dev --genre all

The sentences (`# text`) of a document are joined by one space in their order; where the documents
are unknown (GSD), all sentences of the file are, shuffled with a fixed seed. HTML entities, which
GSD's text has for quotes, are read as their characters. Each side cuts the joined text.

A border is a sentence's stop, a token's start or a token's stop, in code points of the joined text.
An error is a border that the treebank has and the side has not, or the other way round; the figure
is errors per 1,000 sentences or tokens of the treebank. A word written as one and analysed as
several (range 1-2) is one token; what is not in the text (8.1) is none. So a token cut in two is
two errors, for its inner stop and start, and a sentence cut in two is one.

Where the treebank ends a sentence after a letter or a digit, nothing in the text says so: the line
breaks of headings and verses, which would, are not in `# text`. The columns "with a mark" leave
those borders out.
"""

from __future__ import annotations

import argparse
import gzip
import html
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import razdel

from newsnlp.columns import Texts, Zones
from newsnlp.segmentation import segment

FILES = ("gsd_dev", "gsd_test", "taiga_dev", "taiga_test", "taiga_lenta_news")
SEED = 0
UNITS = ("sentences", "tokens")
CONTEXT = 40  # characters shown on each side of an error

Borders = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """A text's borders by unit: what they are ("start" or "stop") and where."""

    sentences: Borders
    tokens: Borders


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """A joined text with its right borders; `sizes` counts the treebank's sentences and tokens.

    `unmarked` are the sentence borders that no mark in the text shows.
    """

    genre: str
    text: str
    cut: Cut
    unmarked: Borders
    sizes: dict[str, int]


def main() -> None:
    options = _options()
    sides = {"razdel": cut_by_razdel, "newsnlp": cut_by_newsnlp}
    if options.show:
        for name in options.file or FILES:
            gold = read_documents(options.data / "morph" / f"{name}.conllu.gz")
            chosen = [each for each in gold if options.genre in ("all", each.genre)]
            show(chosen, options.show, sides[options.side], options.examples)
        return
    sizes = "| file | genre | sentences | razdel | newsnlp | with a mark: razdel | newsnlp "
    print(f"{sizes}| tokens | razdel | newsnlp |\n|---|---|---|---|---|---|---|---|---|---|")
    for name in options.file or FILES:
        gold = read_documents(options.data / "morph" / f"{name}.conllu.gz")
        genres = {"all": gold}
        for document in gold:
            genres.setdefault(document.genre, []).append(document)
        for genre, documents in genres.items():
            if genre == "all" or len(genres) > 2:
                print(f"| {name} | {genre} | {row(documents, sides)} |")


def row(gold: list[GoldDocument], sides: dict[str, Callable[[str], Cut]]) -> str:
    """Sizes and errors per 1,000 of both sides, as cells of a table.

    Args:
        gold: Documents of a file.
        sides: What cuts a text, by name.
    """
    sizes = {unit: sum(document.sizes[unit] for document in gold) for unit in UNITS}
    rates: dict[str, list[float]] = defaultdict(list)
    for side in sides.values():
        errors = Counter[str]()
        for document in gold:
            found = side(document.text)
            sentences = document.cut.sentences ^ found.sentences
            errors["sentences"] += len(sentences)
            errors["marked"] += len(sentences - document.unmarked)
            errors["tokens"] += len(document.cut.tokens ^ found.tokens)
        for what, n_errors in errors.items():
            unit = "tokens" if what == "tokens" else "sentences"
            rates[what].append(1000 * n_errors / sizes[unit])
    cells = [f"{sizes['sentences']:,}", *map(_rate, rates["sentences"] + rates["marked"])]
    return " | ".join([*cells, f"{sizes['tokens']:,}", *map(_rate, rates["tokens"])])


def _rate(rate: float) -> str:
    return f"{rate:.1f}"


def show(gold: list[GoldDocument], unit: str, side: Callable[[str], Cut], n_examples: int) -> None:
    """Print a side's errors by kind, the most frequent first.

    Args:
        gold: Documents of a file.
        unit: "sentences" or "tokens".
        side: What cuts a text.
        n_examples: Examples printed of each kind.
    """
    examples = defaultdict(list)
    for document in gold:
        right, found = getattr(document.cut, unit), getattr(side(document.text), unit)
        for border in sorted(right ^ found, key=lambda border: border[1]):
            place = border[1]
            left, after = document.text[:place], document.text[place:]
            kind = "missing" if border in right else "extra"
            shape = f"{_shape(left[-2:])}|{_shape(after.lstrip()[:2])}"
            examples[kind, border[0], shape].append(f"{left[-CONTEXT:]}|{after[:CONTEXT]}")
    for (kind, what, shape), found in sorted(examples.items(), key=lambda item: -len(item[1])):
        print(f"{len(found)} {kind} {what} {shape}")
        for example in found[:n_examples]:
            print(f"    {example}")


def cut_by_razdel(text: str) -> Cut:
    """Borders that razdel finds.

    Args:
        text: A joined text.
    """
    sentences, tokens = razdel.sentenize(text), razdel.tokenize(text)
    return _cut(
        [(each.start, each.stop) for each in sentences],
        [(each.start, each.stop) for each in tokens],
    )


def cut_by_newsnlp(text: str) -> Cut:
    """Borders that newsnlp finds, the text taken as one zone.

    Args:
        text: A joined text.
    """
    zero = np.zeros(1, np.int64)
    texts = Texts.join([text])
    zones = Zones(zero, zero, zero, texts.start, texts.stop, np.ones(1, np.bool_))
    return _cut(
        *(
            list(zip(unit.start.tolist(), unit.stop.tolist(), strict=True))
            for unit in segment(texts, zones)
        )
    )


def read_documents(path: Path) -> list[GoldDocument]:
    """Documents of a treebank; one with all sentences, shuffled, where documents are unknown.

    Args:
        path: CoNLL-U with `# text` of every sentence, gzipped.
    """
    with gzip.open(path, "rt", encoding="utf-8") as file:
        blocks = [block for block in file.read().split("\n\n") if block.strip()]
    documents: list[list[str]] = [[]]
    for block in blocks:
        if re.search(r"^# newdoc", block, re.MULTILINE) and documents[-1]:
            documents.append([])
        documents[-1].append(block)
    if len(documents) == 1:
        random.Random(SEED).shuffle(documents[0])
    return [_joined(document) for document in documents]


def _joined(blocks: list[str]) -> GoldDocument:
    """The sentences of a document, in CoNLL-U, as one text with its borders."""
    text, sentences, tokens = "", [], []
    for block in blocks:
        sentence = html.unescape(_comment(block, "text")).strip()
        text = f"{text} {sentence}" if text else sentence
        start = len(text) - len(sentence)
        sentences.append((start, len(text)))
        for form in _forms(block):
            start = text.index(form, start)
            tokens.append((start, start + len(form)))
            start += len(form)
    sizes = {"sentences": len(sentences), "tokens": len(tokens)}
    cut = _cut(sentences, tokens)
    unmarked = frozenset(border for border in cut.sentences if text[border[1] - 1].isalnum())
    return GoldDocument(_comment(blocks[0], "genre"), text, cut, unmarked, sizes)


def _forms(block: str) -> Iterator[str]:
    """Spellings of a sentence's tokens."""
    last_of_multiword = 0
    for line in block.splitlines():
        number = re.match(r"(\d+)(?:-(\d+))?\t([^\t]+)", line)
        if number and int(number[1]) > last_of_multiword:
            yield html.unescape(number[3])
            last_of_multiword = int(number[2] or 0)


def _comment(block: str, name: str) -> str:
    match = re.search(rf"^# {name} = (.*)$", block, re.MULTILINE)
    return match[1] if match else ""


def _cut(sentences: list[tuple[int, int]], tokens: list[tuple[int, int]]) -> Cut:
    return Cut(
        frozenset(("stop", stop) for _, stop in sentences),
        frozenset(
            border for token in tokens for border in zip(("start", "stop"), token, strict=True)
        ),
    )


def _shape(text: str) -> str:
    """Small letters as а, capitals as А, digits as 0, marks as they are."""
    return re.sub(r"\d", "0", re.sub("[^\\W\\d_]", lambda m: "А" if m[0].isupper() else "а", text))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Count border errors on the treebanks.")
    parser.add_argument("--file", action="append", help="such as gsd_dev; may be repeated")
    parser.add_argument("--show", choices=UNITS, help="print the errors, by kind, instead")
    parser.add_argument("--side", default="newsnlp", choices=("razdel", "newsnlp"))
    parser.add_argument("--genre", default="all", help="errors of this genre of Taiga only")
    parser.add_argument("--examples", type=int, default=3, help="printed of each kind of error")
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    options.data = Path(options.data)
    return options


if __name__ == "__main__":
    main()
