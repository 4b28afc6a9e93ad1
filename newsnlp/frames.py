"""Layer *frames*: tidy pandas frames of schema version 1, built column by column from arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from newsnlp.columns import Ints
from newsnlp.errors import DuplicateIdError, FrameNotComputedError, OptionError
from newsnlp.schema import BOOL, FRAMES, SCHEMA, STR, Dtype

_SHOWN_ROWS = 3
_SHOWN_COLUMNS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The result of annotating: one attribute and one item per frame.

    Args:
        tables: The frames that were computed, by name.
        info: Versions of schema, package and models, and the options.

    Raises:
        FrameNotComputedError: On reading a frame that was not asked for.

    Example:
        >>> Frames({"tags": empty_frame("tags")}, {}).tags.columns.tolist()
        ['doc_id', 'tag']
    """

    tables: Mapping[str, pd.DataFrame]
    info: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the frames that are there, in the schema's order."""
        return tuple(name for name in FRAMES if name in self.tables)

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name not in SCHEMA:
            raise AttributeError(f"'Frames' has no attribute {name!r}; frames: {', '.join(FRAMES)}")
        return self[name]

    def __getitem__(self, name: str) -> pd.DataFrame:
        try:
            return self.tables[name]
        except KeyError:
            if name not in SCHEMA:
                raise KeyError(f"no frame {name!r}; frames: {', '.join(FRAMES)}") from None
            raise FrameNotComputedError(
                f"frame {name!r} was not computed, only {', '.join(self.names)}; "
                f"add it to frames=[…]"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.tables)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.names})

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}: {len(self.tables[name])}" for name in self.names)
        return f"<Frames {counts}>"

    def _repr_html_(self) -> str:
        parts = []
        for name in self.names:
            table = self.tables[name]
            head = table.head(_SHOWN_ROWS).drop(columns="text_hash", errors="ignore")
            shown = head.dropna(axis=1, how="all").to_html(
                max_cols=_SHOWN_COLUMNS, notebook=True, border=0, index=False
            )
            open_ = " open" if name in ("articles", "entities") else ""
            parts.append(
                f"<details{open_}><summary><b>{escape(name)}</b>: {len(table)} rows</summary>"
                f"{shown}</details>"
            )
        return "<div>" + "".join(parts) + "</div>"

    @staticmethod
    def concat(frames: Iterable[Frames]) -> Frames:
        """Put results one after another, such as those of a stream.

        Args:
            frames: Results with the same frames and the same `info`.

        Raises:
            OptionError: There are none, or they differ in frames or versions.
            DuplicateIdError: An article comes twice.
        """
        frames = list(frames)
        if not frames:
            raise OptionError("nothing to concatenate; pass at least one Frames")
        first = frames[0]
        for other in frames[1:]:
            if other.names != first.names or other.info != first.info:
                raise OptionError(
                    f"results differ: frames {first.names} and {other.names}, made with "
                    f"{first.info} and {other.info}; annotate them with the same options"
                )
        if len(frames) == 1:
            return first
        ids = pd.concat([other.articles["doc_id"] for other in frames], ignore_index=True)
        if not ids.is_unique:
            twice = ids[ids.duplicated()].iloc[0]
            first_row, second_row, *_ = ids.index[ids == twice]
            raise DuplicateIdError(
                f"rows {first_row} and {second_row} of articles both have doc_id {twice!r}: "
                "annotate each article once, or give each an id of its own"
            )
        return Frames(
            {name: _stacked([other.tables[name] for other in frames]) for name in first.names},
            first.info,
        )


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables one under another, column by column: equal dtypes stay, whatever is missing in one."""
    columns = {
        column: pd.concat([table[column] for table in tables], ignore_index=True)
        for column in tables[0].columns
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(sum(map(len, tables))))


def frame_names(names: Iterable[str] | None) -> tuple[str, ...]:
    """Names of frames in the schema's order, `articles` always among them.

    Args:
        names: The frames asked for, None for all.

    Raises:
        OptionError: There is no such frame, or `names` is one string.

    Example:
        >>> frame_names(["topics", "tags"])
        ('articles', 'tags', 'topics')
    """
    if names is None:
        return FRAMES
    wanted = set() if isinstance(names, str) else set(names)
    if isinstance(names, str) or not wanted <= set(FRAMES):
        raise OptionError(f"frames={names!r}: takes a list of {', '.join(FRAMES)}")
    return tuple(name for name in FRAMES if name in wanted or name == "articles")


def pandas_dtype(dtype: Dtype) -> Any:
    """The pandas dtype of a column of the schema.

    Args:
        dtype: A name such as "str" or the tuple of a categorical's categories.
    """
    if isinstance(dtype, tuple):
        return pd.CategoricalDtype(list(dtype))
    if dtype == STR:
        return pd.StringDtype(na_value=np.nan)
    return pd.api.types.pandas_dtype(dtype)


def empty_frame(name: str) -> pd.DataFrame:
    """A frame without rows, with its exact columns and dtypes.

    Args:
        name: One of `schema.FRAMES`.

    Example:
        >>> empty_frame("topics").dtypes["rank"].name
        'int32'
    """
    return conform(name, pd.DataFrame({column: [] for column in SCHEMA[name].columns}))


def conform(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table with the exact columns and dtypes of a frame, in order.

    Args:
        name: One of `schema.FRAMES`.
        table: A table with at least those columns, such as one read from disk.
    """
    return pd.DataFrame(
        {
            column: table[column].astype(pandas_dtype(dtype))
            for column, dtype in SCHEMA[name].columns.items()
        }
    ).reset_index(drop=True)


def build_frame(name: str, n_rows: int, columns: Mapping[str, Any]) -> pd.DataFrame:
    """A frame from the columns that are there; the others are missing throughout.

    Args:
        name: One of `schema.FRAMES`.
        n_rows: Number of rows.
        columns: Values by column: lists with None for missing, arrays, codes of categoricals
            (-1 for missing), or Arrow strings.
    """
    return pd.DataFrame(
        {
            column: _column(columns[column], dtype)
            if column in columns
            else _missing(n_rows, dtype)
            for column, dtype in SCHEMA[name].columns.items()
        },
        index=pd.RangeIndex(n_rows),
    )


def take_strings(distinct: Sequence[str | None], codes: Ints) -> Any:
    """Strings laid out by code, without a Python string per row.

    Args:
        distinct: The distinct strings.
        codes: Row of each string in `distinct`.
    """
    strings: Any = pa.array(distinct, pa.large_string())
    return strings.take(pa.array(codes, pa.int64()))


def _column(values: Any, dtype: Dtype) -> Any:
    if isinstance(dtype, tuple):
        if isinstance(values, np.ndarray):
            return pd.Categorical.from_codes(values, dtype=pandas_dtype(dtype))
        return pd.Categorical(values, dtype=pandas_dtype(dtype))
    if dtype == STR:
        return _strings(values)
    return (
        pd.array(values, dtype=pandas_dtype(dtype))
        if dtype.startswith("date")
        else np.asarray(values, dtype)
    )


def _strings(values: Any) -> Any:
    array = values if isinstance(values, pa.Array) else pa.array(values, pa.large_string())
    return pandas_dtype(STR).__from_arrow__(array)


def _missing(n_rows: int, dtype: Dtype) -> Any:
    if isinstance(dtype, tuple):
        return _column(np.full(n_rows, -1), dtype)
    if dtype == STR:
        return _strings(pa.nulls(n_rows, pa.large_string()))
    if dtype == BOOL:
        return np.zeros(n_rows, np.bool_)
    return pd.Series(np.full(n_rows, np.nan)).astype(pandas_dtype(dtype))
