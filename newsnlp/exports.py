"""Answers and archives as text and files: tables, CSV, Parquet, and JSON of one article a line.

Everything is written batch by batch, so that memory stays bounded over any length.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import re
import sys
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from rich import box
from rich.cells import cell_len
from rich.table import Table

from newsnlp.errors import ArchiveError, OptionError
from newsnlp.manifests import readable
from newsnlp.queries import Answer, names_to_ask
from newsnlp.schema import SCHEMA
from newsnlp.wording import noun

if TYPE_CHECKING:
    from newsnlp.archives import Archive

STDOUT = "-"
_BATCH_ROWS = 4096
_MAX_CELL = 48
_MIN_CELL = 10
_GAP = 3  # between columns of the table
# Spreadsheets take a cell that starts so for a formula, in full width as well.
_FORMULA_STARTS = "=+-@\t\r＝＋－＠"
_BOM = "\ufeff"

Write = Callable[[Answer, IO[bytes]], None]


@contextmanager
def written(path: Path | str, *, option: str = "-o ") -> Iterator[IO[bytes]]:
    """A file to write, in place under its name once it is whole; `-` is standard output.

    Args:
        path: The file; what ends in .gz is compressed.
        option: What an error names before the path.

    Raises:
        OptionError: It cannot be written.
    """
    if str(path) == STDOUT:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    check_place(path, option=option)
    path = Path(path)
    temporary = path.with_name(f".{path.name}.tmp-{uuid.uuid4().hex}")
    try:
        with _unwritable(path, option), temporary.open("xb") as file:
            if path.suffix == ".gz":
                # Neither time nor name: the same rows are the same bytes.
                with gzip.GzipFile("", "wb", 6, fileobj=file, mtime=0) as packed:
                    yield packed  # type: ignore[misc]  # as good as IO[bytes]
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        with _unwritable(path, option):
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def check_place(path: Path | str, *, option: str = "-o ") -> None:
    """Whether a file can be written is best known before the work.

    Args:
        path: As for `written`.
        option: As for `written`.

    Raises:
        OptionError: There is no such folder, a folder is in its place, or it would be compressed
            in a way that nothing is.
    """
    if str(path) == STDOUT:
        return
    path = Path(path)
    if not path.parent.is_dir():
        raise OptionError(f"{option}{path}: there is no folder {path.parent}")
    if path.is_dir():
        raise OptionError(f"{option}{path} is a folder: name a file in it")
    if path.suffix in (".bz2", ".xz", ".zst"):
        raise OptionError(f"{option}{path}: only .gz is written compressed")


@contextmanager
def _unwritable(path: Path, option: str = "-o ") -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OptionError(f"{option}{path} cannot be written: {error}") from error


def write_csv(answer: Answer, file: IO[bytes]) -> None:
    """Write rows as CSV: UTF-8, commas, a header; lists and the like as JSON.

    Args:
        answer: The rows.
        file: Where they go.
    """
    _write_csv(answer, file, delimiter=",", cell=_text)


def write_excel(answer: Answer, file: IO[bytes]) -> None:
    """Write rows as CSV that Excel opens where it counts with a decimal comma, as in Russian.

    It starts with a byte order mark, and columns are parted by `;`. Text that would be taken for
    a formula gets an apostrophe before it; numbers stay numbers.

    Args:
        answer: The rows.
        file: Where they go.
    """
    file.write(_BOM.encode())
    _write_csv(answer, file, delimiter=";", cell=_excel_cell)


def _write_csv(
    answer: Answer, file: IO[bytes], *, delimiter: str, cell: Callable[[Any], str]
) -> None:
    special = re.compile(f'[{delimiter}"\\r\\n]')

    def line(cells: Iterable[str]) -> str:
        # The module csv leaves a lone carriage return bare before Python 3.13.
        quoted = (
            '"' + text.replace('"', '""') + '"' if special.search(text) else text for text in cells
        )
        return delimiter.join(quoted) + "\n"

    file.write(line(map(cell, answer.schema.names)).encode("utf-8", "replace"))
    for batch in answer.batches:
        columns = [_cells(column, cell) for column in batch.columns]
        lines = map(line, zip(*columns, strict=True))
        file.write("".join(lines).encode("utf-8", "replace"))


def _cells(column: Any, cell: Callable[[Any], str]) -> list[str]:
    return [cell(value) for value in _values(column)]


def _values(column: Any) -> list[Any]:
    """Values of an Arrow column; those of 32 bits by their short form: 0.62, not 0.6200000048."""
    import pyarrow as pa  # noqa: PLC0415

    kind = column.type
    if pa.types.is_float32(kind):
        column = column.cast(pa.string()).cast(pa.float64())
    elif pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    values: list[Any] = column.to_pylist()
    return values


def _text(value: Any) -> str:
    """A value in a cell; a missing one is empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=_json_value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _excel_cell(value: Any) -> str:
    if isinstance(value, float):
        return _text(value).replace(".", ",")
    text = _text(value)
    if isinstance(value, int):
        return text
    return (
        f"'{text}"
        if text.lstrip(" \n\xa0\u200b\ufeff").startswith(tuple(_FORMULA_STARTS))
        else text
    )


def write_parquet(answer: Answer, file: IO[bytes]) -> None:
    """Write rows as a Parquet file.

    Args:
        answer: The rows.
        file: Where they go.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetWriter(file, answer.schema, compression="zstd") as writer:
            for batch in answer.batches:
                writer.write_batch(batch)
    except pa.ArrowNotImplementedError as error:
        raise OptionError(
            f"Parquet has no such values: {error}; cast them in the query: CAST(… AS VARCHAR)"
        ) from error


@dataclass(frozen=True, slots=True)
class Printed:
    """An answer for a terminal.

    Args:
        table: As many rows and columns as there is room for.
        notes: What was left out and how to get it, a sentence each.
    """

    table: Table
    notes: tuple[str, ...]


def printed(answer: Answer, *, max_rows: int | None, width: int) -> Printed:
    """First rows of an answer as a table: numbers to the right, long texts cut short.

    Args:
        answer: The rows; all are read, so that the others are counted.
        max_rows: Rows to show, None for all.
        width: Characters of a line.
    """
    shown: list[list[str]] = [[] for _ in answer.schema]
    n_rows = n_shown = 0
    for batch in answer.batches:
        n_rows += batch.num_rows
        room = batch.num_rows if max_rows is None else max(max_rows - n_shown, 0)
        head = batch.slice(0, room)
        n_shown += head.num_rows
        for cells, column in zip(shown, head.columns, strict=True):
            cells.extend(_clipped(_text(value)) for value in _values(column))
    names = [_clipped(name) for name in answer.schema.names]
    naturals = [
        max(map(cell_len, chain([name], cells))) for name, cells in zip(names, shown, strict=True)
    ]
    widths = _fitting(naturals, width)
    n_columns = len(widths)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, kind, room in zip(names, answer.schema.types, widths, strict=False):
        side: Literal["right", "left"] = "right" if _is_number(kind) else "left"
        table.add_column(name, justify=side, width=room, no_wrap=True, overflow="ellipsis")
    for row in zip(*shown[:n_columns], strict=True):
        table.add_row(*row)
    notes = []
    if n_rows > n_shown:
        notes.append(
            f"{n_rows - n_shown} more {noun(n_rows - n_shown, 'row')} of {n_rows}: "
            "--rows all shows them, --csv -o FILE writes them"
        )
    if n_left := len(names) - n_columns:
        notes.append(
            f"{n_left} more {noun(n_left, 'column')}: {', '.join(names[n_columns:])}; "
            "select fewer, or write all with --csv -o FILE"
        )
    if not n_rows:
        notes.append("no rows")
    return Printed(table, tuple(notes))


def _clipped(text: str) -> str:
    """A text in one line, without what would steer a terminal."""
    line = "".join(
        letter if unicodedata.category(letter)[0] != "C" else " "
        for letter in text[: 4 * _MAX_CELL]
    )
    line = " ".join(line.split())
    return (
        line
        if len(line) <= _MAX_CELL and len(text) <= 4 * _MAX_CELL
        else f"{line[: _MAX_CELL - 1]}…"
    )


def _fitting(naturals: Sequence[int], width: int) -> list[int]:
    """Widths of the columns that have room: none is cut to less than it takes to be of use."""
    taken, n_columns = -_GAP, 0
    for natural in naturals:
        taken += min(natural, _MIN_CELL) + _GAP
        if taken > width and n_columns:
            break
        n_columns += 1
    left = width - _GAP * (n_columns - 1)
    widths = [0] * n_columns
    # The narrow ones get what they need, the others an equal share of what is left.
    for done, column in enumerate(sorted(range(n_columns), key=naturals.__getitem__)):
        widths[column] = min(naturals[column], max(left // (n_columns - done), 1))
        left -= widths[column]
    return widths


def _is_number(kind: Any) -> bool:
    import pyarrow as pa  # noqa: PLC0415

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def export_frames(
    archive: Archive, folder: Path, *, names: Sequence[str] | None, kind: str
) -> Iterator[tuple[Path, int]]:
    """Write frames of an archive as a file each; yields each file with its rows.

    Args:
        archive: The archive.
        folder: Where the files go, made if it is not there; a file of that name is replaced.
        names: Frames; by default those that the archive holds, tokens aside.
        kind: "csv", "excel" (CSV as `write_excel` has it) or "parquet".

    Raises:
        OptionError: There is no frame of a name, or the folder cannot be written.
        FrameNotComputedError: The archive does not hold a frame.
        ArchiveError: There is no archive, or a part of it is damaged.
    """
    write, ending = _WRITTEN[kind]
    folders = archive._parts()  # of one state, whatever is added meanwhile
    for name in names_to_ask(archive, names):
        with _unwritable(folder):
            folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.{ending}"
        n_rows = 0

        def counted(batches: Iterator[Any]) -> Iterator[Any]:
            nonlocal n_rows
            for batch in batches:
                n_rows += batch.num_rows
                yield batch

        schema, batches = _batches(name, folders)
        with written(path) as file:
            write(Answer(schema, counted(batches)), file)
        yield path, n_rows


_WRITTEN: dict[str, tuple[Write, str]] = {
    "csv": (write_csv, "csv"),
    "excel": (write_excel, "csv"),
    "parquet": (write_parquet, "parquet"),
}


def _batches(name: str, folders: Sequence[Path]) -> tuple[Any, Iterator[Any]]:
    """Rows of a frame, part by part, its categoricals as strings and `day` as a date."""
    import pyarrow as pa  # noqa: PLC0415

    from newsnlp.frames import empty_frame  # noqa: PLC0415

    written_as = pa.Table.from_pandas(empty_frame(name), preserve_index=False).schema

    def plain(kind: Any) -> Any:
        if pa.types.is_dictionary(kind) or pa.types.is_large_string(kind):
            return pa.string()
        return pa.date32() if kind == pa.timestamp("s") else kind

    schema = pa.schema([(field.name, plain(field.type)) for field in written_as])

    def batches() -> Iterator[Any]:
        for part in folders:
            for batch in _part_batches(part, name):
                table = pa.Table.from_batches([batch]).select(schema.names)
                yield from table.cast(schema).to_batches()

    return schema, batches()


def _part_batches(part: Path, name: str) -> Iterator[Any]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = part / f"{name}.parquet"
    with _there(path), pq.ParquetFile(path) as file:
        yield from file.iter_batches(_BATCH_ROWS, columns=list(SCHEMA[name].columns))


def nested(archive: Archive, names: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Articles of an archive, each with its rows of the other frames in lists by frame.

    Args:
        archive: The archive; it is read part by part.
        names: Frames; by default those that the archive holds, tokens aside.

    Raises:
        OptionError: There is no frame of a name.
        FrameNotComputedError: The archive does not hold a frame.
        ArchiveError: There is no archive, or a part of it is damaged.

    Example:
        >>> from newsnlp import Archive
        >>> for article in nested(Archive("архив")):  # doctest: +SKIP
        ...     print(article["title"], [entity["name"] for entity in article["entities"]])
    """
    others = [name for name in names_to_ask(archive, names) if name != "articles"]
    for part in archive._parts():
        order = {doc_id: row for row, doc_id in enumerate(_doc_ids(part, "articles"))}
        groups = {name: _Groups(_grouped(part, name, order)) for name in others}
        for batch in _part_batches(part, "articles"):
            for article in _records(batch):
                doc_id = article["doc_id"]
                yield article | {name: rows.of(doc_id) for name, rows in groups.items()}


@dataclass(slots=True)
class _Groups:
    """Rows of articles in their order; an article without rows is passed over."""

    groups: Iterator[tuple[str, list[dict[str, Any]]]]
    ahead: tuple[str, list[dict[str, Any]]] | None = None

    def of(self, doc_id: str) -> list[dict[str, Any]]:
        self.ahead = self.ahead or next(self.groups, None)
        if self.ahead is None or self.ahead[0] != doc_id:
            return []
        rows = self.ahead[1]
        self.ahead = None
        return rows


def _grouped(
    part: Path, name: str, order: Mapping[str, int]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of a frame by article, in the order of the articles."""
    places = [order[doc_id] for doc_id in _doc_ids(part, name)]
    batches = _part_batches(part, name)
    records: Iterator[dict[str, Any]] = chain.from_iterable(map(_records, batches))
    if any(left > right for left, right in pairwise(places)):
        # A part is written in one order throughout; one that was put together elsewhere is sorted.
        records = iter(sorted(records, key=lambda record: order[record["doc_id"]]))
    for doc_id, rows in groupby(records, lambda record: str(record["doc_id"])):
        yield doc_id, [{key: row[key] for key in row if key != "doc_id"} for row in rows]


def _doc_ids(part: Path, name: str) -> list[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = part / f"{name}.parquet"
    with _there(path):
        ids: list[str] = pq.read_table(path, columns=["doc_id"])["doc_id"].to_pylist()
    return ids


@contextmanager
def _there(file: Path) -> Iterator[None]:
    """Errors of a part's file; one that is gone has been put together with others meanwhile."""
    try:
        with readable(file, passing=FileNotFoundError):
            yield
    except FileNotFoundError as error:
        raise ArchiveError(
            f"{file.parent} is gone: a run has rewritten parts of the archive meanwhile; "
            "export again"
        ) from error


def _records(batch: Any) -> Iterator[dict[str, Any]]:
    """Rows as JSON has them: times in ISO 8601, None for what is missing."""
    columns = [
        [_json_value(value) for value in _values(column)]
        if _is_time(column.type)
        else [
            None if isinstance(value, float) and math.isnan(value) else value
            for value in _values(column)
        ]
        for column in batch.columns
    ]
    names = batch.schema.names
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def _is_time(kind: Any) -> bool:
    import pyarrow as pa  # noqa: PLC0415

    return bool(pa.types.is_temporal(kind))


def _json_value(value: Any) -> Any:
    if value is None:
        return None
    if hasattr(value, "tzinfo") and value.tzinfo is None:  # a day: the schema's times have a zone
        return value.date().isoformat()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def json_line(article: Mapping[str, Any]) -> bytes:
    """An article as a line of JSON.

    Args:
        article: One of `nested`.
    """
    return json.dumps(article, ensure_ascii=False, allow_nan=False).encode() + b"\n"
