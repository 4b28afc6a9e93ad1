"""Reads the package's data tables: tab-separated text, one fact a line, `#` for comments."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def read_table(name: str) -> tuple[tuple[str, ...], ...]:
    """Rows of a table under `newsnlp/data`.

    Args:
        name: File name with its ending, such as "topics.tsv".
    """
    lines = files("newsnlp").joinpath("data", name).read_text("utf-8").splitlines()
    return tuple(
        tuple(cell.strip() for cell in line.split("\t"))
        for line in lines
        if line.strip() and not line.startswith("#")
    )
