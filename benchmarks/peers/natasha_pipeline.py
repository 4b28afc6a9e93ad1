"""natasha 1.6 as its README uses it, served to the benchmarks: see `protocol.py` and `README.md`.

Runs in an environment of its own, for natasha needs `setuptools<70` and pymorphy2, which fails on
Python 3.11 and newer: pymorphy3 takes its place, with the same dictionary interface.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from protocol import serve

for name in ("pymorphy3", "pymorphy3.analyzer", "pymorphy3.units", "pymorphy3.units.base"):
    sys.modules[name.replace("pymorphy3", "pymorphy2")] = import_module(name)

from natasha import (  # noqa: E402
    Doc,
    MorphVocab,
    NewsEmbedding,
    NewsMorphTagger,
    NewsNERTagger,
    NewsSyntaxParser,
    Segmenter,
)

Stage = Callable[[Doc], None]


@cache
def stages() -> dict[str, Stage]:
    """Load the models; return the README's calls on a `Doc`, in its order."""
    embedding = NewsEmbedding()
    segmenter, vocabulary = Segmenter(), MorphVocab()
    morphology, names = NewsMorphTagger(embedding), NewsNERTagger(embedding)
    syntax = NewsSyntaxParser(embedding)

    def lemmas(doc: Doc) -> None:
        for token in doc.tokens:
            token.lemmatize(vocabulary)

    def normal_forms(doc: Doc) -> None:
        for span in doc.spans:
            span.normalize(vocabulary)

    return {
        "segment": lambda doc: doc.segment(segmenter),
        "morphology": lambda doc: doc.tag_morph(morphology),
        "syntax": lambda doc: doc.parse_syntax(syntax),
        "names": lambda doc: doc.tag_ner(names),
        "lemmas": lemmas,
        "normal forms": normal_forms,
    }


def timed(texts: list[str], without: list[str]) -> dict[str, float]:
    """Seconds of processor time by stage.

    Args:
        texts: One text an article.
        without: Stages to leave out.
    """
    chosen = [item for item in stages().items() if item[0] not in without]
    seconds = dict.fromkeys((name for name, _ in chosen), 0.0)
    for text in texts:
        doc = Doc(text)
        for name, stage in chosen:
            before = time.process_time()
            stage(doc)
            seconds[name] += time.process_time() - before
    return seconds


def mentions(texts: list[str]) -> list[list[tuple[int, int, str, str]]]:
    """Names of each text: start, stop, type, normal form.

    Args:
        texts: Texts, each tagged as a whole, as natasha does.
    """
    found = []
    for text in texts:
        doc = Doc(text)
        for stage in stages().values():
            stage(doc)
        found.append([(span.start, span.stop, span.type, span.normal) for span in doc.spans])
    return found


def tokens(texts: list[str]) -> list[list[tuple[int, int, str, str]]]:
    """Tokens of each text: start, stop, lemma, part of speech.

    Args:
        texts: Texts, split by natasha itself.
    """
    chosen = [stages()[name] for name in ("segment", "morphology", "lemmas")]
    found = []
    for text in texts:
        doc = Doc(text)
        for stage in chosen:
            stage(doc)
        found.append([(token.start, token.stop, token.lemma, token.pos) for token in doc.tokens])
    return found


def lemmas(sentences: list[list[str]]) -> list[list[tuple[str, str]]]:
    """Lemma and part of speech of the tokens of sentences that are already split.

    Args:
        sentences: The tokens of each sentence.
    """
    vocabulary, tagger = MorphVocab(), NewsMorphTagger(NewsEmbedding())
    return [
        [(vocabulary.lemmatize(t.text, t.pos, t.feats), t.pos) for t in markup.tokens]
        for markup in tagger.map(sentences)
    ]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "timed": timed,
    "mentions": mentions,
    "tokens": tokens,
    "lemmas": lemmas,
}

if __name__ == "__main__":
    serve(FUNCTIONS)
