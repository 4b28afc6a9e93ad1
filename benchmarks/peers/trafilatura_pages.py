"""trafilatura on the HTML of pages, served to the benchmarks: see `protocol.py` and `README.md`."""

from __future__ import annotations

import time
from typing import Any

from protocol import serve
from trafilatura import extract as extract_text


def extract(pages: list[str]) -> dict[str, Any]:
    """Extract the articles' texts without comments; seconds of processor time.

    Args:
        pages: The HTML of each page.
    """
    started = time.process_time()
    texts = [extract_text(page, include_comments=False) or "" for page in pages]
    return {"texts": texts, "seconds": time.process_time() - started}


if __name__ == "__main__":
    serve({"extract": extract})
