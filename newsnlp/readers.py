"""Articles out of files and folders, one after another and never all at once."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from newsnlp.article import Article
from newsnlp.errors import OptionError, ReadError
from newsnlp.fields import (
    Columns,
    FieldMap,
    as_id,
    check_columns,
    describe,
    map_fields,
    to_article,
)

if TYPE_CHECKING:
    from _csv import Reader as _CsvReader

PathLike = str | os.PathLike[str]
OnError = Callable[[ReadError], None]
OnColumns = Callable[[str], None]

# Records read before a source without a text, or without a named column, is refused.
_HEAD = 100
_PARQUET_ROWS = 64
# csv's limit on a field holds for the whole process: it is lifted only while a row is read.
_FIELD_LIMIT = 2**31 - 1
_FIELD_LIMIT_LOCK = Lock()
_DELIMITERS = ",;\t"
_SURROGATE = re.compile("[\ud800-\udfff]")
# Encodings that Russian texts were written in before UTF-8, the most frequent first.
_OLD_ENCODINGS = ("cp1251", "koi8-r", "cp866")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAD_BYTES = 4096
# Upper bytes of UTF-16 in a Russian text: Latin letters and blanks, Cyrillic letters, dashes, №.
_CYRILLIC_PAGE = 0x04
_PAGES = frozenset({0x00, _CYRILLIC_PAGE, 0x20, 0x21})
_SHORTEST_UTF16 = 8


@dataclass(frozen=True, slots=True)
class _Record:
    """A record of a file: its number from 1, and where it stands, for messages."""

    number: int
    place: str
    values: dict[str, Any]


# A format's reader yields its records; what it cannot read it reports, and goes on if it can.
_Reader = Callable[[Path, OnError], Iterator[_Record]]


def read(
    paths: PathLike | Iterable[PathLike],
    *,
    columns: Columns | None = None,
    root: PathLike | None = None,
    on_error: OnError | None = None,
    on_columns: OnColumns | None = None,
) -> Iterator[Article]:
    """Read articles from files and folders.

    A `.txt` file is one text; `.jsonl` (or `.ndjson`), `.csv` and `.parquet` hold one article a
    record, the first two also as `.gz`. Texts are UTF-8, their newlines stay as they are. A folder
    is read with all below it, in order of names; other files in it are left out. `doc_id` is the
    record's own id, else its URL, else `path#record` (of a text the path).

    Args:
        paths: A file or folder, or several.
        columns: Field of `Article` -> column, for names that are not known; None leaves a field
            out.
        root: Folder that paths in a `doc_id` are relative to; by default the folder that was given,
            or that of a file.
        on_error: Called with what could not be read, and the rest goes on; without it, it is
            raised.
        on_columns: Called with a line for each file and set of columns: which became what, and
            which were left; also with what was left out of a folder.

    Raises:
        ReadError: There is no such path, or nothing there that can be read; a file or record is
            broken.
        OptionError: `columns` names what is not there, or a path is not below `root`.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     _ = Path(folder, "минск.txt").write_text("Встреча прошла в Минске.", "utf-8")
        ...     [(article.doc_id, article.text) for article in read(folder)]
        [('минск.txt', 'Встреча прошла в Минске.')]
    """
    check_columns(columns)
    given = [Path(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    for path in given:
        _check_path(path, root)
    return _read_all(given, columns, root, on_error or _raise, on_columns or _ignore)


def _read_all(
    paths: list[Path],
    columns: Columns | None,
    root: PathLike | None,
    on_error: OnError,
    on_columns: OnColumns,
) -> Iterator[Article]:
    for path in paths:
        base = Path(root) if root is not None else path if path.is_dir() else path.parent
        for file in _files(path, on_error, on_columns):
            name = _relative(file, base)
            if _ending(file) == ".txt":
                yield from _read_text(file, name, on_error)
            else:
                yield from _read_records(file, name, columns, on_error, on_columns)


def _check_path(path: Path, root: PathLike | None) -> None:
    if not path.exists():
        raise ReadError(f"{path}: no such file or folder")
    if path.is_file() and _ending(path) is None:
        raise ReadError(f"{path}: the ending is none of {', '.join(_ENDINGS)}")
    if root is not None and _relative(path, Path(root)).startswith(".."):
        raise OptionError(f"root is {str(root)!r}, but {path} is not below it")


def _relative(path: Path, root: Path) -> str:
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # another drive of Windows
        return f"../{path.name}"


def _ending(path: Path) -> str | None:
    """Find the ending of a file's name that says how it is read."""
    name = path.name.casefold()
    return next((ending for ending in _ENDINGS if name.endswith(ending)), None)


def _files(path: Path, on_error: OnError, on_columns: OnColumns) -> Iterator[Path]:
    """Find the files to read at a path, and say what is left out of a folder."""
    if not path.is_dir():
        yield path
        return
    left: Counter[str] = Counter()
    n_found = 0
    for file in _walk(path, on_error):
        if _ending(file) is not None:
            n_found += 1
            yield file
        else:
            left[file.suffix or file.name] += 1
    if left:
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(left.items()))
        on_columns(f"{path}: left out, not articles by their endings: {kinds}")
    if not n_found:
        on_error(ReadError(f"{path}: no file ends in {', '.join(_ENDINGS)}"))


def _walk(folder: Path, on_error: OnError) -> Iterator[Path]:
    """All files below a folder in order of names, hidden ones aside."""
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        on_error(ReadError(f"{folder}: {error.strerror}"))
        return
    for entry in entries:
        if entry.name.startswith(".") or _is_of_archive(entry):
            continue
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _walk(entry, on_error)
        # A part of an archive holds frames: its articles are in one of them.
        elif not folder.name.startswith("part=") or entry.name == "articles.parquet":
            yield entry


def _is_of_archive(entry: Path) -> bool:
    """Whether a file or folder belongs to an archive but holds no articles."""
    folder = entry.parent
    return (
        entry.name in ("rejects", "manifest.json", "sources.json")
        and (folder / "manifest.json").is_file()
        and any(folder.glob("part=*"))
    )


def _read_text(path: Path, name: str, on_error: OnError) -> Iterator[Article]:
    with _reported(path, on_error):
        data = path.read_bytes()
        marked = data.startswith(_UTF16_MARKS)
        if not marked and _is_utf16(data[:_HEAD_BYTES]):
            on_error(ReadError(f"{path}: {_utf16_remedy(data)}"))
            return
        try:
            text = data.decode("utf-16" if marked else "utf-8-sig")
        except UnicodeDecodeError as error:
            problem = "is not UTF-16, as the file says it is" if marked else _not_utf8(data)
            on_error(ReadError(f"{path}: byte {error.start} {problem}"))
        else:
            yield Article(doc_id=name, text=text)


def _not_utf8(data: bytes) -> str:
    """Say what bytes that are no UTF-8 may be; in a wrong encoding capitals and marks prevail."""
    encoding = max(
        _OLD_ENCODINGS, key=lambda name: sum(map(str.islower, data.decode(name, "replace")))
    )
    return f"is not UTF-8: convert the file, for instance with iconv -f {encoding} -t utf-8"


def _is_utf16(head: bytes) -> bool:
    """Whether a file's first bytes are UTF-16: every second one is the upper byte of a letter."""
    if head.startswith(_UTF16_MARKS):
        return True
    return len(head) >= _SHORTEST_UTF16 and any(
        _CYRILLIC_PAGE in upper and _PAGES.issuperset(upper) for upper in (head[::2], head[1::2])
    )


def _utf16_remedy(head: bytes) -> str:
    little = head.startswith(codecs.BOM_UTF16_LE) or head[1:2] in (b"\x00", b"\x04")
    encoding = "utf-16le" if little else "utf-16be"
    return f"the file is UTF-16: convert it, for instance with iconv -f {encoding} -t utf-8"


def _read_records(
    path: Path,
    name: str,
    columns: Columns | None,
    on_error: OnError,
    on_columns: OnColumns,
) -> Iterator[Article]:
    records = _READERS[_ending(path) or ""](path, on_error)
    head = list(islice(records, _HEAD))
    if not _check_head(path, head, columns, on_error):
        return
    records = chain(head, records)
    del head  # a hundred whole pages are not to be held to the end of the file
    maps: dict[tuple[str, ...], FieldMap] = {}
    for record in records:
        keys = tuple(record.values)
        if keys not in maps:
            maps[keys] = map_fields(keys, columns=columns)
            on_columns(f"{path}: {describe(maps[keys], record.values)}")
        article = to_article(record.values, maps[keys])
        try:
            doc_id = as_id(article.doc_id)
        except TypeError as error:
            on_error(ReadError(f"{record.place}: {error}"))
            continue
        url = article.url if isinstance(article.url, str) else None
        yield replace(article, doc_id=doc_id or url or f"{name}#{record.number}", file=str(path))


def _check_head(
    path: Path, head: list[_Record], columns: Columns | None, on_error: OnError
) -> bool:
    """Whether the first records of a file have what is needed of them."""
    names = list(dict.fromkeys(name for record in head for name in record.values))
    if not head:
        return True
    try:
        check_columns(columns, names)
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from None
    if map_fields(names, columns=columns).columns.keys() & {"text", "title"}:
        return True
    on_error(
        ReadError(
            f"{path}: no column is known as a text or a title; name one, as in "
            f"columns={{'text': {names[0]!r}}}: there are {', '.join(names)}"
            if names
            else f"{path}: the records are empty"
        )
    )
    return False


def _read_jsonl(path: Path, on_error: OnError) -> Iterator[_Record]:
    number = 0
    with _reported(path, on_error), _open(path) as file:
        if _is_utf16(head := file.peek(_HEAD_BYTES)[:_HEAD_BYTES]):
            on_error(ReadError(f"{path}: {_utf16_remedy(head)}"))
            return
        for line_number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            number += 1
            place = f"{path}:{line_number}"
            try:
                values = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError:
                on_error(ReadError(f"{place}: the line {_not_utf8(line)}"))
            except (ValueError, RecursionError) as error:
                on_error(ReadError(f"{place}: the line is no JSON ({error})"))
            else:
                if isinstance(values, dict):
                    yield _Record(number, place, values)
                else:
                    kind = type(values).__name__
                    on_error(ReadError(f"{place}: a record is a JSON object, this is a {kind}"))


def _read_csv(path: Path, on_error: OnError) -> Iterator[_Record]:
    with _reported(path, on_error), _open(path) as binary:
        if _is_utf16(head := binary.peek(_HEAD_BYTES)[:_HEAD_BYTES]):
            on_error(ReadError(f"{path}: {_utf16_remedy(head)}"))
            return
        # What is not UTF-8 is found row by row, so that the other rows are read.
        file = io.TextIOWrapper(binary, "utf-8-sig", "surrogateescape", newline="")
        first = file.readline()
        delimiter = max(_DELIMITERS, key=first.count)
        lines = csv.reader(chain([first], file), delimiter=delimiter, strict=True)
        rows = _rows(path, lines)
        place, header, problem = next(rows, ("", [], None))
        if problem := problem or _undecoded(header, "header") or _repeated(header):
            on_error(ReadError(f"{place}: {problem}"))
            return
        for number, (place, row, problem) in enumerate(rows, start=1):
            if problem := problem or _row_problem(row, header):
                on_error(ReadError(f"{place}: {problem}"))
            else:
                yield _Record(number, place, dict(zip(header, row, strict=True)))


def _row_problem(row: list[str], header: list[str]) -> str | None:
    if len(row) != len(header):
        return f"the row has {len(row)} cells, the header {len(header)}"
    return _undecoded(row, "row")


def _undecoded(cells: list[str], name: str) -> str | None:
    if not any(map(_SURROGATE.search, cells)):
        return None
    return f"the {name} {_not_utf8(' '.join(cells).encode('utf-8', 'surrogateescape'))}"


def _rows(path: Path, lines: _CsvReader) -> Iterator[tuple[str, list[str], str | None]]:
    """Rows of a CSV file that are not blank: where each starts, its cells, what is wrong."""
    while True:
        place = f"{path}:{lines.line_num + 1}"
        try:
            with _FIELD_LIMIT_LOCK:
                limit = csv.field_size_limit(_FIELD_LIMIT)
                try:
                    row = next(lines, None)
                finally:
                    csv.field_size_limit(limit)
        except csv.Error as error:
            yield place, [], f"the row is no CSV ({error})"
            continue
        if row is None:
            return
        if row:
            yield place, row, None


def _read_parquet(path: Path, on_error: OnError) -> Iterator[_Record]:
    import pyarrow as pa  # noqa: PLC0415  0.1 s that only these files need
    import pyarrow.parquet as pq  # noqa: PLC0415

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            problem = _repeated(file.schema_arrow.names)
            batches = () if problem else file.iter_batches(batch_size=_PARQUET_ROWS)
            for batch in batches:
                for values in batch.to_pylist():
                    number += 1
                    yield _Record(number, f"{path}: row {number}", values)
    except (pa.ArrowException, OSError, OverflowError) as error:
        problem = f"the file is broken after row {number} ({error})"
    if problem:
        on_error(ReadError(f"{path}: {problem}"))


def _repeated(names: list[str]) -> str | None:
    name = next((name for name, n in Counter(names).items() if n > 1 and name), None)
    return None if name is None else f"the column {name!r} is there twice"


def _open(path: Path) -> io.BufferedReader:
    compressed = path.name.casefold().endswith(".gz")
    # A GzipFile reads, peeks and closes as a BufferedReader does.
    return cast(io.BufferedReader, gzip.open(path, "rb") if compressed else path.open("rb"))


@contextmanager
def _reported(path: Path, on_error: OnError) -> Iterator[None]:
    """Report what ends the reading of a file; what was read before it stays."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        on_error(ReadError(f"{path}: the file cannot be read any further ({error})"))


def _raise(error: ReadError) -> None:
    raise error


def _ignore(_: str) -> None:
    pass


_READERS: dict[str, _Reader] = {
    ".jsonl": _read_jsonl,
    ".jsonl.gz": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".ndjson.gz": _read_jsonl,
    ".csv": _read_csv,
    ".csv.gz": _read_csv,
    ".parquet": _read_parquet,
}
_ENDINGS = (".txt", *_READERS)
