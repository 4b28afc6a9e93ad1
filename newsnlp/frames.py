"""Layer *frames*: tidy pandas frames of schema version 1, built column by column from arrays.

A frame is built when it is first read. Until then its rows are `Columns`: arrays of their final
dtype, codes, and words with their dictionary, in all a third of the size; nothing else of a batch
is kept. Results that are put together hand their columns on, so that each frame is built once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from newsnlp.columns import Ints
from newsnlp.errors import DuplicateIdError, FrameNotComputedError, OptionError
from newsnlp.schema import BOOL, FRAMES, SCHEMA, STR, TOPICS, Dtype

TOPIC = "topic"  # the one column whose categories follow the result
_MAX_INT16 = np.iinfo(np.int16).max


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Rows of a frame that is not built yet.

    Args:
        n_rows: Number of rows.
        values: Arrays of shape (n_rows,) by column; those of the schema that are not there are
            missing throughout. Numbers have their final dtype, categoricals are codes, strings
            Arrow arrays, plain or with a dictionary.
        topics: Names of the topics, which are the categories of a column `topic`.
    """

    n_rows: int
    values: Mapping[str, Any]
    topics: tuple[str, ...] = TOPICS


class Tables(Mapping[str, pd.DataFrame]):
    """Frames by name, each built when it is first read; thread-safe.

    Args:
        unbuilt: Columns of each frame, in pieces that lie one after another.
        built: Frames that are there already.

    Example:
        >>> tables = Tables({"tags": [columns_of("tags", 1, {"doc_id": ["0"], "tag": ["НАТО"]})]})
        >>> tables["tags"]["tag"].tolist()
        ['НАТО']
    """

    def __init__(
        self,
        unbuilt: Mapping[str, Sequence[Columns]],
        built: Mapping[str, pd.DataFrame] | None = None,
    ) -> None:
        self._unbuilt = dict(unbuilt)
        self._built = dict(built or {})
        self._lock = Lock()

    def __getitem__(self, name: str) -> pd.DataFrame:
        with self._lock:
            if name in self._unbuilt:
                self._built[name] = _build(name, self._unbuilt[name])
                del self._unbuilt[name]
            return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name in FRAMES if name in self])

    def __len__(self) -> int:
        with self._lock:
            return len(self._unbuilt) + len(self._built)

    def __contains__(self, name: object) -> bool:
        with self._lock:
            return name in self._unbuilt or name in self._built

    def __reduce__(self) -> tuple[Any, ...]:
        with self._lock:
            return Tables, (dict(self._unbuilt), dict(self._built))

    def unbuilt(self, name: str) -> Sequence[Columns] | None:
        """Columns of a frame, None once it is built.

        Args:
            name: One of `schema.FRAMES`.
        """
        with self._lock:
            return self._unbuilt.get(name)


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The result of annotating: one attribute and one item per frame.

    Args:
        tables: The frames that were computed, by name, such as `Tables`.
        info: Versions of schema, package and models, the names of the topics, and the options.

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
            raise FrameNotComputedError(_not_there(name, self)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.tables)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.names})

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}: {count_rows(self.tables, name)}" for name in self.names)
        return f"<Frames {counts}>"

    def _repr_html_(self) -> str:
        from newsnlp.summary import summary_html  # noqa: PLC0415

        return summary_html(self)

    @staticmethod
    def concat(frames: Iterable[Frames]) -> Frames:
        """Put results one after another, such as those of a stream.

        Results may differ in their topics: those of all are the categories of `topic`, the first
        result's first, and `info` names them all. Its option `topics` lists the different ones.

        Args:
            frames: Results with the same frames and the same `info`, its topics aside.

        Raises:
            OptionError: There are none, or they differ in frames, versions or other options.
            DuplicateIdError: An article comes twice.
        """
        frames = list(frames)
        if not frames:
            raise OptionError("nothing to concatenate; pass at least one Frames")
        first = frames[0]
        for other in frames[1:]:
            ours, theirs = _but_topics(first.info), _but_topics(other.info)
            if other.names != first.names or theirs != ours:
                raise OptionError(
                    f"results differ: frames {first.names} and {other.names}, made with "
                    f"{ours} and {theirs}; annotate them with the same options"
                )
        if len(frames) == 1:
            return first
        ids = pd.concat([_doc_ids(other.tables) for other in frames], ignore_index=True)
        if not ids.is_unique:
            twice = ids[ids.duplicated()].iloc[0]
            first_row, second_row, *_ = ids.index[ids == twice]
            raise DuplicateIdError(
                f"rows {first_row} and {second_row} of articles both have doc_id {twice!r}: "
                "annotate each article once, or give each an id of its own"
            )
        unbuilt: dict[str, list[Columns]] = {}
        built: dict[str, pd.DataFrame] = {}
        for name in first.names:
            pieces = [_unbuilt(other.tables, name) for other in frames]
            if None in pieces:
                built[name] = _stacked([other.tables[name] for other in frames])
            else:
                unbuilt[name] = [columns for piece in pieces for columns in piece or ()]
        return Frames(Tables(unbuilt, built), _united_info([other.info for other in frames]))


def _not_there(name: str, frames: Frames) -> str:
    """Why a frame is not there, and how one comes by it."""
    held = frames.info.get("frames")  # that an archive has, of which these are
    there = ", ".join(frames.names)
    if held is None:
        return f"frame {name!r} was not computed, only {there}; add it to frames=[…]"
    if name in held:
        return f"frame {name!r} was not selected, only {there}; add it to select(frames=[…])"
    return (
        f"frame {name!r} was not computed: the archive holds only {', '.join(held)}; annotate the "
        "articles into another archive: newsnlp annotate … --frames all"
    )


def check_frames(frames: object) -> None:
    """Refuse what is no result, such as an archive, which is first read.

    Args:
        frames: What a function that takes frames was given.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(frames, Frames):
        return
    kind = type(frames).__name__
    if kind == "Archive":  # which a later layer defines
        remedy = "archive.select()"
    elif isinstance(frames, str | os.PathLike):
        remedy = "newsnlp.Archive(path).select() of an archive, else newsnlp.annotate(…)"
    else:
        remedy = "what newsnlp.annotate gave, or archive.select()"
    raise TypeError(f"frames is of type {kind}; give frames: {remedy}")


def topics_of(info: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of a result's topics; one that names none was made when there were only the schema's.

    Args:
        info: The result's `info`, or an archive's manifest.

    Example:
        >>> topics_of({"topics": ["хлопок", "вода"]}), len(topics_of({}))
        (('хлопок', 'вода'), 17)
    """
    return tuple(info.get("topics", TOPICS))


def _united(topics: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Names of all topics: those of the first result, then new ones in their order."""
    return tuple(dict.fromkeys(chain.from_iterable(topics)))


def _but_topics(info: Mapping[str, Any]) -> dict[str, Any]:
    """What results that are put together have in common."""
    options = {key: value for key, value in info.get("options", {}).items() if key != "topics"}
    return {key: value for key, value in info.items() if key != "topics"} | {"options": options}


def _united_info(infos: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Info of results that differ at most in their topics: it names the topics of all."""
    first = infos[0]
    if all(info == first for info in infos):
        return first
    given: list[Any] = []
    for info in infos:
        option = info.get("options", {}).get("topics")
        some = option if isinstance(option, list) else [option]  # a list was united before
        given += [each for each in some if each not in given]
    options = {**first.get("options", {}), "topics": given if len(given) > 1 else given[0]}
    return {**first, "topics": list(_united(map(topics_of, infos))), "options": options}


def _unbuilt(tables: Mapping[str, pd.DataFrame], name: str) -> Sequence[Columns] | None:
    return tables.unbuilt(name) if isinstance(tables, Tables) else None


def count_rows(tables: Mapping[str, pd.DataFrame], name: str) -> int:
    """Number of rows of a frame, which need not be built for that.

    Args:
        tables: The frames of a result.
        name: One of them.
    """
    columns = _unbuilt(tables, name)
    return len(tables[name]) if columns is None else sum(piece.n_rows for piece in columns)


def excerpt(
    tables: Mapping[str, pd.DataFrame],
    name: str,
    *,
    columns: Sequence[str] | None = None,
    max_rows: int | None = None,
) -> pd.DataFrame:
    """A part of a frame; one that is not built stays so, and no more than the part is made.

    Args:
        tables: The frames of a result.
        name: One of them.
        columns: Names of its columns, None for all.
        max_rows: Only the first rows.

    Example:
        >>> tables = Tables({"tags": [columns_of("tags", 1, {"doc_id": ["0"], "tag": ["НАТО"]})]})
        >>> excerpt(tables, "tags", columns=["tag"], max_rows=1).values.tolist()
        [['НАТО']]
        >>> tables.unbuilt("tags") is None
        False
    """
    pieces = _unbuilt(tables, name)
    if pieces is None:
        table = tables[name].head(max_rows) if max_rows is not None else tables[name]
        return table if columns is None else table[list(columns)]
    return _build(name, pieces if max_rows is None else list(_first(pieces, max_rows)), columns)


def _first(pieces: Sequence[Columns], n_rows: int) -> Iterator[Columns]:
    """The first rows of what is not built; a piece without rows, where there are none."""
    for number, piece in enumerate(pieces):
        if number == 0 or n_rows > 0:
            values = {column: rows[:n_rows] for column, rows in piece.values.items()}
            yield Columns(min(n_rows, piece.n_rows), values, piece.topics)
            n_rows -= min(n_rows, piece.n_rows)


def _doc_ids(tables: Mapping[str, pd.DataFrame]) -> pd.Series[str]:
    """Identifiers of the articles, which need not be built for that."""
    return excerpt(tables, "articles", columns=["doc_id"])["doc_id"]


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables one under another, column by column: equal dtypes stay, whatever is missing in one."""
    columns = {
        column: _stacked_column([table[column] for table in tables]) for column in tables[0].columns
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(sum(map(len, tables))))


def _stacked_column(pieces: list[Any]) -> Any:
    """Columns one under another; categoricals stay one, with the categories of all."""
    dtypes = {piece.dtype for piece in pieces}
    if len(dtypes) > 1 and all(isinstance(dtype, pd.CategoricalDtype) for dtype in dtypes):
        return pd.api.types.union_categoricals(pieces)
    return pd.concat(pieces, ignore_index=True)


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


def check_columns(name: str, columns: Iterable[str] | None) -> None:
    """Refuse columns that a frame does not have.

    Args:
        name: One of `schema.FRAMES`.
        columns: Names of columns, None for all.

    Raises:
        OptionError: There is no such column, or `columns` is one string.
    """
    there = SCHEMA[name].columns
    if isinstance(columns, str) or not set(columns or ()) <= set(there):
        raise OptionError(f"columns={columns!r}: takes a list of {', '.join(there)}")


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


def dtypes_of(name: str, topics: Sequence[str] = TOPICS) -> dict[str, Dtype]:
    """Dtypes of the columns of a frame, in order.

    Args:
        name: One of `schema.FRAMES`.
        topics: Names of the topics, which are the categories of a column `topic`.

    Example:
        >>> dtypes_of("topics", ["хлопок", "вода"])["topic"]
        ('хлопок', 'вода')
    """
    columns = SCHEMA[name].columns
    return columns | {TOPIC: tuple(topics)} if TOPIC in columns else columns


def empty_frame(name: str, topics: Sequence[str] = TOPICS) -> pd.DataFrame:
    """A frame without rows, with its exact columns and dtypes.

    Args:
        name: One of `schema.FRAMES`.
        topics: As for `dtypes_of`.

    Example:
        >>> empty_frame("topics").dtypes["rank"].name
        'int32'
    """
    return conform(name, pd.DataFrame({column: [] for column in SCHEMA[name].columns}), topics)


def conform(
    name: str,
    table: pd.DataFrame,
    topics: Sequence[str] = TOPICS,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A table with the exact columns and dtypes of a frame, in order.

    Args:
        name: One of `schema.FRAMES`.
        table: A table with at least those columns, such as one read from disk.
        topics: As for `dtypes_of`; a topic that is none of them would be missing.
        columns: Only these columns of the frame, in this order.
    """
    dtypes = dtypes_of(name, topics)
    return pd.DataFrame(
        {
            column: _conformed(table[column], pandas_dtype(dtypes[column]))
            for column in (dtypes if columns is None else columns)
        }
    ).reset_index(drop=True)


def _conformed(column: Any, dtype: Any) -> Any:
    """A column of a dtype; `astype` would leave the same categories in another order."""
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(column, dtype=dtype)
    return column.astype(dtype)


def columns_of(
    name: str, n_rows: int, values: Mapping[str, Any], topics: Sequence[str] = TOPICS
) -> Columns:
    """Rows of a frame to be built later, in little memory.

    Args:
        name: One of `schema.FRAMES`.
        n_rows: Number of rows.
        values: Values by column: lists with None for missing, arrays, codes of categoricals
            (-1 for missing), or Arrow strings.
        topics: As for `dtypes_of`; codes of a column `topic` are places in it.
    """
    dtypes = dtypes_of(name, topics)
    compact = {key: _compact(each, dtypes[key]) for key, each in values.items()}
    return Columns(n_rows, compact, tuple(topics))


def take_strings(distinct: Sequence[str | None], codes: Ints) -> Any:
    """Strings laid out by code, without a Python string per row.

    Args:
        distinct: The distinct strings.
        codes: Row of each string in `distinct`.
    """
    strings = pa.array(distinct, pa.large_string())
    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), strings)


def _compact(values: Any, dtype: Dtype) -> Any:
    """Values of one column as `Columns` have them."""
    if isinstance(dtype, tuple):
        return np.asarray(values, np.int16 if len(dtype) <= _MAX_INT16 else np.int32)
    if dtype == STR:
        return values if isinstance(values, pa.Array) else pa.array(values, pa.large_string())
    if dtype.startswith("date"):
        return pd.Series(values, dtype=pandas_dtype(dtype))
    return np.asarray(values, dtype)


def _build(
    name: str, pieces: Sequence[Columns], columns: Sequence[str] | None = None
) -> pd.DataFrame:
    n_rows = sum(piece.n_rows for piece in pieces)
    topics = _united(piece.topics for piece in pieces)
    pieces = [_with_topics(piece, topics) for piece in pieces]
    dtypes = dtypes_of(name, topics)
    return pd.DataFrame(
        {
            column: _column([piece.values[column] for piece in pieces], dtypes[column])
            if column in pieces[0].values
            else _missing(n_rows, dtypes[column])
            for column in (dtypes if columns is None else columns)
        },
        index=pd.RangeIndex(n_rows),
    )


def _with_topics(columns: Columns, topics: tuple[str, ...]) -> Columns:
    """The same rows with codes of other topics, among which are all of their own."""
    if columns.topics == topics or TOPIC not in columns.values:
        return columns
    code = {name: number for number, name in enumerate(topics)}
    codes = np.array([*(code[name] for name in columns.topics), -1])  # -1, the last, stays missing
    values = {**columns.values, TOPIC: codes[columns.values[TOPIC]]}
    return Columns(columns.n_rows, values, topics)


def _column(pieces: Sequence[Any], dtype: Dtype) -> Any:
    """A column of a frame from its compact pieces."""
    if isinstance(dtype, tuple):
        return pd.Categorical.from_codes(np.concatenate(pieces), dtype=pandas_dtype(dtype))
    if dtype == STR:
        return _strings([_decoded(piece) for piece in pieces])
    if dtype.startswith("date"):
        return pd.concat(pieces, ignore_index=True)
    return np.concatenate(pieces)


def _decoded(strings: Any) -> Any:
    return strings.dictionary_decode() if isinstance(strings, pa.DictionaryArray) else strings


def _strings(pieces: Sequence[Any]) -> Any:
    return pandas_dtype(STR).__from_arrow__(pa.chunked_array(pieces, pa.large_string()))


def _missing(n_rows: int, dtype: Dtype) -> Any:
    if isinstance(dtype, tuple):
        return _column([np.full(n_rows, -1, np.int16)], dtype)
    if dtype == STR:
        return _strings([pa.nulls(n_rows, pa.large_string())])
    if dtype == BOOL:
        return np.zeros(n_rows, np.bool_)
    return pd.Series(np.full(n_rows, np.nan)).astype(pandas_dtype(dtype))
