"""What a run reads from, and what of it could not be read: kept with the archive, to be retried.

ARCHIVE/rejects/<n>.parquet      files, records and lines: path, line, offset, length, reason, head
ARCHIVE/sources.json             the files and folders that were read, and how
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from glob import has_magic
from hashlib import sha256
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from newsnlp.article import Article
from newsnlp.errors import ReadError
from newsnlp.fields import Columns
from newsnlp.limits import Limits
from newsnlp.parts import replacing, temporary_in, write_json
from newsnlp.readers import read

FOLDER = "rejects"
SOURCES = "sources.json"
COLUMNS = ("path", "line", "offset", "length", "reason", "head")
_KEYS = ("path", "line", "offset", "reason")  # what tells them apart
_HELD = 1000  # before they are written
_DIGITS = 8  # of a file's number; in the order of numbers a later row replaces an earlier one
_PIECE = re.compile(r"\*|\?|\[[^]]+\]|[^*?[]+|\[")
_MEMBER = "!"  # between an archive's path and the file in it
_STREAM = "stdin"  # what readers call standard input; a file that is read has an ending
_OF_STREAM = rf"{_STREAM}(?![^\s:{_MEMBER}#,])"  # how a reason begins that is of it

_Row = dict[str, Any]


@dataclass(slots=True)
class Inputs:
    """Files that a run reads, and what of them could not be read.

    Args:
        paths: Files and folders; none where the source is no file.
        columns: Field of `Article` -> column, as for `read`.
        is_complete: Whether all of them has been read.
        has_stream: Whether standard input is read, too.
        rows: What could not be read and is not stored yet.
        keys: All that could not be read in this run.
        stored: Key -> digest of what is stored, once it is known.
        has_replaced: Whether some of that has been stored anew.
        on_many: Called where many rows are held.
    """

    paths: Sequence[str] = ()
    columns: Columns | None = None
    is_complete: bool = False
    has_stream: bool = False
    rows: list[_Row] = field(default_factory=list)
    keys: set[bytes] = field(default_factory=set)
    stored: dict[bytes, bytes] | None = None
    has_replaced: bool = False
    on_many: Callable[[], None] | None = None

    @classmethod
    def of(cls, paths: Iterable[str | os.PathLike[str]], columns: Columns | None = None) -> Inputs:
        """Inputs by paths, which are made absolute: an archive may be opened from elsewhere.

        Args:
            paths: Files and folders; where there are none, a stream is read.
            columns: As for `read`.
        """
        names = [os.path.abspath(path) for path in paths]  # noqa: PTH100  keeps links
        return cls(names, columns, has_stream=not names)

    @property
    def n_rejected(self) -> int:
        """Files, records and lines that could not be read."""
        return len(self.keys)

    def add(self, error: ReadError) -> None:
        """Note what could not be read.

        Args:
            error: What a reader tells.
        """
        row: _Row = {
            "path": self._path(error.path),
            "line": error.line,
            "offset": error.offset,
            "length": error.length,
            "reason": _writable(str(error)),
            "head": error.head,
        }
        self.has_stream |= _is_of_stream(row)
        key = _key(row)
        if key not in self.keys:
            self.keys.add(key)
            self.rows.append(row)
            if len(self.rows) >= _HELD and self.on_many is not None:
                self.on_many()

    def note_file(self, file: str | None) -> None:
        """Note what an article was read from.

        Args:
            file: As in `Article`.
        """
        self.has_stream |= file is not None and file.partition(_MEMBER)[0] == _STREAM

    def _path(self, path: str | None) -> str | None:
        """An absolute path; None for a stream, which has none."""
        if path is None:
            return None
        whole = os.path.abspath(path)  # noqa: PTH100
        if path.partition(_MEMBER)[0] == _STREAM:
            is_folder = any(is_below(whole, each) for each in self.paths) and Path(whole).is_dir()
            return _writable(whole) if is_folder else None
        return _writable(whole)


@contextmanager
def flushed(inputs: Inputs, flush: Callable[[], None]) -> Iterator[None]:
    """Have what cannot be read written while it is read: a file may be nothing but broken lines.

    Args:
        inputs: Whose rows are written.
        flush: Writes them, by `store_some`.
    """
    inputs.on_many = flush
    try:
        yield
    finally:
        inputs.on_many = None


def store_some(path: Path, inputs: Inputs) -> None:
    """Write what could not be read, as far as it is not there already.

    What was stored before is read once a run.

    Args:
        path: Folder of the archive.
        inputs: Whose rows are written.
    """
    if not inputs.rows:
        return
    if inputs.stored is None:
        inputs.stored = {_key(row): _digest(row) for row in _rows(path)}
    rows = {_key(row): row for row in inputs.rows}
    digests = {key: _digest(row) for key, row in rows.items()}
    changed = [key for key in rows if inputs.stored.get(key) != digests[key]]
    inputs.has_replaced |= any(key in inputs.stored for key in changed)
    _write(path, [rows[key] for key in changed])
    inputs.stored.update(digests)
    inputs.rows.clear()


def store(path: Path, inputs: Inputs) -> None:
    """Write what could not be read, at the end of a run; it replaces what was stored of the same.

    Args:
        path: Folder of the archive.
        inputs: Whose rows are written.
    """
    store_some(path, inputs)
    if inputs.has_replaced:
        _prune(path, lambda _: True)


def settle(path: Path, inputs: Inputs) -> None:
    """Remove what was stored of files that have been read again to the end, and is mended.

    Args:
        path: Folder of the archive.
        inputs: The files, and what of them still cannot be read.
    """
    store_some(path, inputs)
    _prune(path, lambda row: _key(row) in inputs.keys or not _is_of(row, inputs))


def load(path: Path) -> pd.DataFrame:
    """What could not be read, as a frame.

    Args:
        path: Folder of the archive.

    Returns:
        Columns `path` (absolute, with the member of an archive after `!`; missing for standard
        input), `line`, `offset`, `length` (missing where not known), `reason`, `head` (bytes,
        4 KiB at most).
    """
    unique = {_key(row): row for row in _rows(path)}.values()
    rows = sorted(unique, key=lambda row: (row["path"] or "", row["line"] or 0, row["reason"]))
    values: Mapping[str, list[Any]] = {name: [row[name] for row in rows] for name in COLUMNS}
    text = pd.StringDtype(na_value=np.nan)
    dtypes: dict[str, Any] = {"path": text, "reason": text, "head": object}
    return pd.DataFrame(
        {name: pd.Series(values[name], dtype=dtypes.get(name, "Int64")) for name in COLUMNS}
    )


def count(path: Path) -> int:
    """Number of files, records and lines that could not be read.

    Args:
        path: Folder of the archive.
    """
    return len({_key(row) for row in _rows(path, _KEYS)})


def files_to_read(path: Path) -> tuple[set[str], bool]:
    """Files of which something could not be read, and whether some are not known.

    Args:
        path: Folder of the archive.
    """
    rows = [row for row in _rows(path, ("path", "reason")) if not _is_of_stream(row)]
    paths = {row["path"] for row in rows}
    return {file_of(each) for each in paths if each is not None}, None in paths


def of_stream(table: pd.DataFrame) -> pd.Series[bool]:
    """Which rejects are of a stream, which cannot be read again.

    Args:
        table: As `load` returns.
    """
    return table["path"].isna() & table["reason"].str.match(_OF_STREAM).astype(bool)


def file_of(path: str) -> str:
    """The file on disk of a path that may name a member of it.

    Args:
        path: As in a reject.

    Example:
        >>> file_of("/data/news.zip!2024/01.jsonl")
        '/data/news.zip'
    """
    if os.path.exists(path):  # noqa: PTH110  a name may have the mark
        return path
    return path.partition(_MEMBER)[0]


def is_below(path: str, folder: str) -> bool:
    """Whether a file is a given one, below a given folder, or one of a pattern.

    Args:
        path: An absolute path, perhaps with a member.
        folder: An absolute path or pattern.

    Example:
        >>> is_below("/news/2024/01.zip!a.jsonl", "/news/**/*.zip"), is_below("/newsreel", "/news")
        (True, False)
    """
    if path == folder or path.startswith((folder.rstrip(os.sep) + os.sep, folder + _MEMBER)):
        return True
    return _is_pattern(folder) and _matcher(folder).match(path) is not None


def _is_pattern(path: str) -> bool:
    return has_magic(path) and not os.path.exists(path)  # noqa: PTH110


@lru_cache(maxsize=64)
def _matcher(pattern: str) -> re.Pattern[str]:
    """What matches the files of a pattern, and those below its folders."""
    separator = re.escape(os.sep)
    inside = f"[^{separator}]"
    wildcards = {"*": f"{inside}*", "?": inside}
    anchor, *names = Path(pattern).parts

    def part(piece: str) -> str:
        is_set = len(piece) > 2 and piece[0] == "["
        return wildcards.get(piece) or (piece if is_set else re.escape(piece))

    def step(name: str) -> str:
        if name == "**":
            return f"(?:{inside}+{separator})*"
        return "".join(map(part, _PIECE.findall(name))) + separator

    whole = re.escape(anchor) + "".join(map(step, names)).removesuffix(separator)
    return re.compile(f"{whole}(?:[{separator}{_MEMBER}].*)?$", re.DOTALL)


def base_of(path: str) -> str:
    """What the ids of a path's files are relative to, where it is no single file.

    Args:
        path: A file, folder or pattern.
    """
    if not _is_pattern(path):
        return path
    return str(Path(*takewhile(lambda part: not has_magic(part), Path(path).parts)))


def remember(path: Path, inputs: Inputs) -> None:
    """Note in the archive what it was read from, for `retry`.

    Args:
        path: Folder of the archive.
        inputs: Files and how they are read.
    """
    sources = [(list(each.paths), each.columns) for each in recall(path)]
    for name in inputs.paths:
        source = ([name], None if inputs.columns is None else dict(inputs.columns))
        if source not in sources:
            sources.append(source)
    entries = [{"paths": paths, "columns": columns} for paths, columns in sources]
    if len(entries) > len(recall(path)):
        write_json(path / SOURCES, entries)


def recall(path: Path) -> list[Inputs]:
    """What an archive was read from.

    Args:
        path: Folder of the archive.
    """
    try:
        entries = json.loads((path / SOURCES).read_text("utf-8"))
    except FileNotFoundError:
        return []
    return [Inputs(entry["paths"], entry["columns"]) for entry in entries]


def noting(
    path: str | os.PathLike[str], columns: Columns | None, inputs: Inputs, archive: Path
) -> Iterator[Article]:
    """Articles of files for an archive, which may lie among them; what cannot be read is noted."""
    yield from read(path, columns=columns, without=[archive], on_error=inputs.add)
    inputs.is_complete = True


@dataclass(frozen=True, slots=True)
class Origin:
    """A file or folder to read, the one that its ids are relative to, and its columns."""

    path: str
    root: str
    columns: Columns | None


def origin(
    path: str | os.PathLike[str], columns: Columns | None, recorded: Iterable[Inputs]
) -> Origin:
    """How a path is read again: as a part of what was read before, where it is one."""
    (name,) = Inputs.of([path]).paths
    for each in recorded:
        for root in each.paths:
            if is_below(name, root):
                return Origin(name, base_of(root), each.columns if columns is None else columns)
    return Origin(name, base_of(name), columns)


def read_below(
    paths: Sequence[str], source: Origin, inputs: Inputs, limits: Limits, archive: Path
) -> Iterator[Article]:
    """Articles of files at or below a source, with the ids that they have when that is read."""
    root = source.root if Path(source.root).is_dir() else None
    for path in paths:
        try:
            yield from read(
                path, root=root, columns=source.columns, without=[archive], limits=limits,
                on_error=inputs.add,
            )  # fmt: skip
        except ReadError as error:
            inputs.add(ReadError(str(error), path=error.path or path))


def file_on_disk(article: Article, root: str) -> str:
    """The file that an article was read from: a text has its path as its id."""
    if article.file is not None:
        return file_of(article.file)
    if not Path(root).is_dir():
        return root
    return file_of(os.path.join(root, str(article.doc_id)))  # noqa: PTH118


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _key(row: _Row) -> bytes:
    """What tells rejects apart: the place, where it is known."""
    told = [row["path"], row["line"], row["offset"]]
    if row["path"] is None:
        told = [row["reason"]]
    elif told[1:] == [None, None]:
        told = [row["path"], _without_path(row["reason"], row["path"])]
    return sha256(json.dumps(told).encode()).digest()[:16]


def _without_path(reason: str, path: str) -> str:
    """A reason as it is however the path was typed, which stands first in it.

    Example:
        >>> _without_path("./news/../a.gz: cut", "/data/a.gz"), _without_path(".: none", "/data")
        (': cut', ': none')
    """
    place, _, message = reason.partition(": ")
    _, found, rest = place.rpartition(os.path.basename(path))  # noqa: PTH119  with the member
    return f"{rest if found else ''}: {message}"


def _digest(row: _Row) -> bytes:
    """What tells whether a row is the same in all but the spelling of its path."""
    reason = row["reason"] if row["path"] is None else _without_path(row["reason"], row["path"])
    told = json.dumps([row["length"], reason]).encode()
    return sha256(told + row["head"]).digest()[:16]


def _is_of(row: _Row, inputs: Inputs) -> bool:
    """Whether a reject is of what a run reads; one without a path tells its file first."""
    if row["path"] is not None:
        return any(is_below(row["path"], folder) for folder in inputs.paths)
    if _is_of_stream(row):
        return inputs.has_stream
    reason = row["reason"]
    return any(reason.startswith((folder, os.path.relpath(folder))) for folder in inputs.paths)


def _is_of_stream(row: _Row) -> bool:
    return row["path"] is None and re.match(_OF_STREAM, row["reason"]) is not None


def _number(file: Path) -> int:
    """Number of a file; 0 of those that an earlier version wrote."""
    return int(file.stem) if len(file.stem) == _DIGITS and file.stem.isdecimal() else 0


def _files(path: Path) -> list[Path]:
    """Files, the latest last."""
    return sorted((path / FOLDER).glob("*.parquet"), key=lambda file: (_number(file), file.name))


def _rows(path: Path, columns: Sequence[str] = COLUMNS) -> Iterator[_Row]:
    """All rows, few at a time; of several with the same key the last one holds."""
    for file in _files(path):
        yield from _rows_of(file, columns)


def _rows_of(file: Path, columns: Sequence[str]) -> Iterator[_Row]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    with pq.ParquetFile(file) as table:
        for batch in table.iter_batches(_HELD, columns=list(columns)):
            yield from batch.to_pylist()


def _prune(path: Path, is_left: Callable[[_Row], bool]) -> None:
    """Remove rows, file by file, and those that have been replaced by later ones."""
    later: set[bytes] = set()
    for file in reversed(_files(path)):
        rows = {number: _key(row) for number, row in enumerate(_rows_of(file, _KEYS))}
        last = {key: number for number, key in rows.items()}
        left = {
            number
            for number, row in enumerate(_rows_of(file, _KEYS))
            if last[rows[number]] == number and rows[number] not in later and is_left(row)
        }
        later.update(last)
        if not left:
            file.unlink(missing_ok=True)
        elif len(left) < len(rows):
            kept = (row for number, row in enumerate(_rows_of(file, COLUMNS)) if number in left)
            _write_file(file, kept)


def _write(path: Path, rows: Sequence[_Row]) -> None:
    """Write rows as one more file."""
    if not rows:
        return
    folder = path / FOLDER
    if not folder.exists():
        temporary = temporary_in(path)
        temporary.mkdir()
        temporary.rename(folder)
    number = max(map(_number, folder.glob("*.parquet")), default=0) + 1
    _write_file(folder / f"{number:0{_DIGITS}}.parquet", rows)


def _write_file(file: Path, rows: Iterable[_Row]) -> None:
    """Write rows as a file, or in place of it, few at a time."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    types = {"path": pa.large_string(), "reason": pa.large_string(), "head": pa.large_binary()}
    schema = pa.schema([(name, types.get(name, pa.int64())) for name in COLUMNS])
    with (
        replacing(file) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        for some in _chunks(rows):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))


def _chunks(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    remaining = iter(rows)
    while some := list(islice(remaining, _HELD)):
        yield some
