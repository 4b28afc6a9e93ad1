"""rutermextract and YAKE, served to the benchmarks: see `protocol.py` and `README.md`.

Runs in an environment of its own: rutermextract needs pymorphy2, which fails on Python 3.11 and
newer; pymorphy3 takes its place, with the same dictionary interface.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from protocol import serve

for name in ("pymorphy3", "pymorphy3.analyzer", "pymorphy3.tagset"):
    sys.modules[name.replace("pymorphy3", "pymorphy2")] = import_module(name)

from rutermextract import TermExtractor  # noqa: E402
from yake import KeywordExtractor  # noqa: E402

MOST = 10


@cache
def rutermextract() -> Callable[[str], list[str]]:
    """Terms in the nominative, the best first."""
    extractor = TermExtractor()
    return lambda text: [term.normalized for term in extractor(text, limit=MOST)]


@cache
def yake() -> Callable[[str], list[str]]:
    """Phrases of up to three words as they are spelled, the best first."""
    extractor = KeywordExtractor(lan="ru", n=3, top=MOST)
    return lambda text: [phrase for phrase, _ in extractor.extract_keywords(text)]


EXTRACTORS = {"rutermextract": rutermextract, "YAKE": yake}


def extract(side: str, texts: list[str]) -> dict[str, Any]:
    """Keywords of texts, and seconds of processor time.

    Args:
        side: One of `EXTRACTORS`.
        texts: The texts.
    """
    extractor = EXTRACTORS[side]()
    extractor("Токаев прибыл в Минск.")
    before = time.process_time()
    keywords = [extractor(text) for text in texts]
    return {"keywords": keywords, "seconds": time.process_time() - before}


if __name__ == "__main__":
    serve({"extract": extract})
