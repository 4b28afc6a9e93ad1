"""What a run reads from, and what of it could not be read: kept with the archive, to be retried.

ARCHIVE/rejects/<id>.parquet     files, records and lines: path, line, offset, length, reason, head
ARCHIVE/sources.json             the files and folders that were read, and how
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from glob import has_magic
from hashlib import sha256
from itertools import takewhile
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
HEAD_BYTES = 4096
_HELD = 1000  # before they are written
_PIECE = re.compile(r"\*|\?|\[[^]]+\]|[^*?[]+|\[")
_MEMBER = "!"  # between an archive's path and the file in it

_Row = dict[str, Any]


@dataclass(slots=True)
class Inputs:
    """Files that a run reads, and what of them could not be read.

    Args:
        paths: Files and folders; none where the source is no file.
        columns: Field of `Article` -> column, as for `read`.
        is_complete: Whether all of them has been read.
        rows: What could not be read and is not stored yet.
        keys: All that could not be read in this run.
    """

    paths: Sequence[str] = ()
    columns: Columns | None = None
    is_complete: bool = False
    rows: list[_Row] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, paths: Iterable[str | os.PathLike[str]], columns: Columns | None = None) -> Inputs:
        """Inputs by paths, which are made absolute: an archive may be opened from elsewhere.

        Args:
            paths: Files and folders.
            columns: As for `read`.
        """
        return cls([os.path.abspath(path) for path in paths], columns)  # noqa: PTH100  keeps links

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
            "path": None if error.path is None else _writable(os.path.abspath(error.path)),  # noqa: PTH100
            "line": error.line,
            "offset": error.offset,
            "length": error.length,
            "reason": _writable(str(error)),
            "head": error.head[:HEAD_BYTES],
        }
        key = _key(row)
        if key not in self.keys:
            self.keys.add(key)
            self.rows.append(row)


def store(path: Path, inputs: Inputs, *, at_least: int = 1) -> None:
    """Write what could not be read, as far as it is not there already.

    Args:
        path: Folder of the archive.
        inputs: Whose rows are written.
        at_least: With fewer rows nothing is written yet.
    """
    if len(inputs.rows) >= at_least:
        known = {_key(row) for row in _rows(path, _KEYS)}
        _write(path, [row for row in inputs.rows if _key(row) not in known])
        inputs.rows.clear()


def store_some(path: Path, inputs: Inputs) -> None:
    """Write what could not be read where that has become much.

    Args:
        path: Folder of the archive.
        inputs: Whose rows are written.
    """
    store(path, inputs, at_least=_HELD)


def settle(path: Path, inputs: Inputs) -> None:
    """Remove what was stored of files that have been read again to the end, and is mended.

    Args:
        path: Folder of the archive.
        inputs: The files, and what of them still cannot be read.
    """
    store(path, inputs)

    def is_left(row: _Row) -> bool:
        return _key(row) in inputs.keys or not _is_of(row, inputs.paths)

    if not all(map(is_left, _rows(path, _KEYS))):
        before = _files(path)
        kept = _write(path, [row for row in _rows(path) if is_left(row)])
        for file in before:
            if file != kept:
                file.unlink(missing_ok=True)


def load(path: Path) -> pd.DataFrame:
    """What could not be read, as a frame.

    Args:
        path: Folder of the archive.

    Returns:
        Columns `path` (absolute, with the member of an archive after `!`), `line`, `offset`,
        `length` (missing where not known), `reason`, `head` (bytes, 4 KiB at most).
    """
    rows = sorted(_rows(path), key=lambda row: (row["path"] or "", row["line"] or 0, row["reason"]))
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
    return len(_rows(path, _KEYS))


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
    path: str | os.PathLike[str], columns: Columns | None, inputs: Inputs
) -> Iterator[Article]:
    """Articles of files; what cannot be read is noted."""
    yield from read(path, columns=columns, on_error=inputs.add)
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
    paths: Sequence[str], source: Origin, inputs: Inputs, limits: Limits
) -> Iterator[Article]:
    """Articles of files at or below a source, with the ids that they have when that is read."""
    root = source.root if Path(source.root).is_dir() else None
    for path in paths:
        try:
            yield from read(
                path, root=root, columns=source.columns, limits=limits, on_error=inputs.add
            )
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


def _key(row: _Row) -> str:
    """What tells rejects apart: the place, where it is known."""
    place = [row["path"], row["line"], row["offset"]]
    told = place if row["path"] and place[1:] != [None, None] else [row["path"], row["reason"]]
    return sha256(json.dumps(told).encode()).hexdigest()[:32]


def _is_of(row: _Row, paths: Collection[str]) -> bool:
    """Whether a reject is of one of some files and folders; one without a path tells it first."""
    if row["path"] is not None:
        return any(is_below(row["path"], folder) for folder in paths)
    reason = row["reason"]
    return any(reason.startswith((folder, os.path.relpath(folder))) for folder in paths)


def _files(path: Path) -> list[Path]:
    return sorted((path / FOLDER).glob("*.parquet"))


def _rows(path: Path, columns: Sequence[str] = COLUMNS) -> list[_Row]:
    """All rows, each once: a file that is about to be removed may hold some again."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    rows = [
        row
        for file in _files(path)
        for row in pq.read_table(file, columns=list(columns)).to_pylist()
    ]
    return list({_key(row): row for row in rows}.values())


def _write(path: Path, rows: Sequence[_Row]) -> Path | None:
    """Write rows as one file; None where there are none."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    if not rows:
        return None
    types = {"path": pa.large_string(), "reason": pa.large_string(), "head": pa.large_binary()}
    schema = pa.schema([(name, types.get(name, pa.int64())) for name in COLUMNS])
    table = pa.Table.from_pylist(list(rows), schema=schema)
    digest = sha256("\n".join(map(_key, rows)).encode()).hexdigest()[:16]
    file = path / FOLDER / f"{digest}.parquet"
    if not file.parent.exists():
        temporary = temporary_in(path)
        temporary.mkdir()
        temporary.rename(file.parent)
    with replacing(file) as temporary:
        pq.write_table(table, temporary, compression="zstd")
    return file
