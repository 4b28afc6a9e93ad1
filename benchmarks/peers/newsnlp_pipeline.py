"""newsnlp, served to the benchmarks: see `protocol.py`."""

from __future__ import annotations

import time
from functools import cache
from typing import Any

from protocol import serve

from newsnlp import Annotator, Article
from newsnlp.pipeline import timed_stages


@cache
def annotator() -> Annotator:
    return Annotator()


def timed(articles: list[dict[str, Any]], frames: list[str] | None) -> dict[str, float]:
    """Return seconds of processor time for frames, each of them read.

    Args:
        articles: Fields of `Article`.
        frames: Their names, None for all.
    """
    source = [Article(**fields) for fields in articles]
    before = time.process_time()
    result = annotator().annotate(source, frames=frames)
    for name in result.names:
        result[name].memory_usage()
    return {"annotate": time.process_time() - before}


def stages(articles: list[dict[str, Any]]) -> dict[str, float]:
    """Return seconds by stage.

    Args:
        articles: Fields of `Article`.
    """
    source = [Article(doc_id=str(n), **fields) for n, fields in enumerate(articles)]
    return timed_stages(annotator(), source)


if __name__ == "__main__":
    serve({"timed": timed, "stages": stages})
