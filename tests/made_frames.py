"""Frames made by hand for tests: what is not given is missing, or 0 where it is a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from newsnlp.frames import conform
from newsnlp.schema import BOOL, INT32, SCHEMA


def made_frame(name: str, n_rows: int, /, **values: Sequence[Any]) -> pd.DataFrame:
    """A frame with the schema's columns and dtypes.

    Args:
        name: One of `schema.FRAMES`.
        n_rows: Number of rows.
        values: Columns that are given.
    """
    columns = {
        column: pd.Series([0 if dtype in (INT32, BOOL) else None] * n_rows, dtype=object)
        for column, dtype in SCHEMA[name].columns.items()
    }
    return conform(name, pd.DataFrame(columns | values, index=range(n_rows)))
