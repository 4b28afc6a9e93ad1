"""A stream of one format -> its records; what is broken is reported, and the rest goes on."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from threading import Lock
from typing import IO, Any, BinaryIO, Final, cast

from newsnlp.containers import BUFFER, HEAD, Member, held, layer, reported, taken
from newsnlp.encodings import (
    Decoded,
    UndecodableError,
    declared_encoding,
    decode,
    find_encoding,
)
from newsnlp.errors import MissingExtraError, NewsNLPError, ReadError
from newsnlp.fields import map_fields
from newsnlp.limits import LimitReached, Limits, Meter, shown_size

_PARQUET_ROWS = 64
# csv's limit on a field holds for the whole process: it is lifted only while a row is read.
_FIELD_LIMIT = 2**31 - 1
_FIELD_LIMIT_LOCK = Lock()
_DELIMITERS = ",;\t"
_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDE = ("utf-16", "utf-32")
_DEEPEST = 200  # JSON values in one another
# Python writes no longer ints in digits, and the parser of JSON does not survive them.
_LONGEST_INT = 4300
_DIGITS = re.compile(rb"[0-9]{%d}" % (_LONGEST_INT - 300))
# A workbook is laid out as a full table of its cells, of about this size each.
_CELL_SIZE = 16
_REFERENCES = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,3})([0-9]{1,9})[\"']")
_LONGEST_REFERENCE = 64


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a file.

    Args:
        number: Its number, from 1.
        values: Column -> value; of a text and of a page, field -> value.
        place: Where it stands, for messages.
        line: Line, row or number of it, from 1.
        offset: Its first byte.
        length: Its bytes.
        head: First bytes of it.
        table: Sheet that it is in, where it is not in the first.
    """

    number: int
    values: dict[str, Any]
    place: str
    line: int | None = None
    offset: int | None = None
    length: int | None = None
    head: bytes = b""
    table: str = ""


# A format's reader yields its records; what it cannot read it reports, and goes on if it can.
Reader = Callable[[Member], Iterator[Record]]


def read_text(member: Member) -> Iterator[Record]:
    """Read a text: one record, without any change to it.

    Args:
        member: A stream.
    """
    with reported(member):
        if (data := _whole(member, "text")) is None:
            return
        if data[:HEAD] and not data.strip(b"\0") and len(data) >= HEAD:
            member.broken("the file holds only zeros", offset=0, length=len(data), head=data[:HEAD])
        elif (decoded := _decoded(member, data)) is not None:
            yield Record(1, {"text": decoded.text}, member.place, length=len(data))


def read_html(member: Member) -> Iterator[Record]:
    """Read a page: one record with the fields that are found in it.

    Args:
        member: A stream.

    Raises:
        MissingExtraError: The extra `[html]` is not installed.
    """
    with reported(member):
        if (data := _whole(member, "page")) is not None:
            record = Record(1, {}, member.place, offset=0, length=len(data), head=data[:HEAD])
            yield from _page(member, record, data, None, None)


def read_warc(member: Member) -> Iterator[Record]:
    """Read the pages of a web archive.

    Args:
        member: A stream.

    Raises:
        MissingExtraError: The extra `[warc]` or `[html]` is not installed.
    """
    from newsnlp.warc import pages  # noqa: PLC0415  an extra

    with reported(member):
        found = pages(cast(BinaryIO, _Short(member.file)))
        for number in count(1):
            try:
                page = next(found, None)
            except ReadError as error:
                member.broken(str(error), offset=error.offset, length=error.length, head=error.head)
                return
            if page is None:
                return
            place = f"{member.place}: page {number} ({page.url})"
            record = Record(number, {}, place, number, page.offset, page.length, page.html[:HEAD])
            if len(page.html) > member.limits.record_size:
                _report(member, record, _too_large("page", len(page.html), member.limits))
            elif not page.html:
                _report(member, record, "the page is empty, or the compression of it is broken")
            else:
                yield from _page(member, record, page.html, page.url, page.charset)


def read_json_lines(member: Member) -> Iterator[Record]:
    """Read JSON lines: a record is an object on a line.

    Args:
        member: A stream.
    """
    number = 0
    with reported(member):
        file, likely, wide = _as_utf8(member)
        for line_number, offset, data, length, whole in _lines(file, member.limits):
            if not data.strip():
                continue
            number += 1
            record = Record(
                number, {}, f"{member.place}:{line_number}", line_number,
                None if wide else offset, length, data[:HEAD],
            )  # fmt: skip
            if not whole:
                _report(member, record, _too_large("line", length, member.limits))
                continue
            try:
                decoded = decode(data, likely=likely)
                values = json.loads(decoded.text)
            except UndecodableError as error:
                _report(member, record, f"the line {error.problem}")
            except (ValueError, RecursionError) as error:
                _report(member, record, f"the line is no JSON ({error})")
            else:
                if isinstance(values, dict):
                    yield replace(record, values=values)
                else:
                    _report(member, record, _no_object(values))


def read_json(member: Member) -> Iterator[Record]:
    """Read a JSON file: an array of objects, an object that holds one, one object, or JSON lines.

    Args:
        member: A stream.
    """
    with reported(member):
        head = member.file.peek(BUFFER)
        first, newline, _ = head.partition(b"\n")
        if newline and _is_object(first.removeprefix(codecs.BOM_UTF8)):
            yield from read_json_lines(member)
            return
        file, _, _ = _as_utf8(member, whole=True)
        stream = _JsonStream(file, member.limits)
        if file.peek(3).startswith(codecs.BOM_UTF8):
            file.read(3)
        if not file.peek(1):
            return  # nothing is in an empty file, as of the other formats
        try:
            yield from _json_records(member, stream)
        except NewsNLPError:
            raise
        except Exception as error:
            member.broken(
                f"the file is no JSON after record {stream.number} "
                f"({' '.join(str(error).split())[:HEAD]})",
                line=stream.number + 1, offset=stream.start, head=stream.chunk,
            )  # fmt: skip


def read_csv(member: Member) -> Iterator[Record]:
    """Read comma-, semicolon- or tab-separated values under a header.

    Args:
        member: A stream.
    """
    return _separated(member, None)


def read_tsv(member: Member) -> Iterator[Record]:
    """Read tab-separated values under a header, with or without quotes.

    Args:
        member: A stream.
    """
    return _separated(member, "\t")


def read_parquet(member: Member) -> Iterator[Record]:
    """Read the rows of a Parquet file, some at a time.

    Args:
        member: A stream.
    """
    import pyarrow as pa  # noqa: PLC0415  0.1 s that only these files need
    import pyarrow.parquet as pq  # noqa: PLC0415

    number = 0
    with reported(member):
        try:
            # Without its buffer Arrow would hold a whole column of a group of rows.
            with pq.ParquetFile(held(member), buffer_size=BUFFER, pre_buffer=False) as file:
                problem = _repeated(file.schema_arrow.names)
                batches = () if problem else file.iter_batches(batch_size=_PARQUET_ROWS)
                for batch in batches:
                    for values in _rows_of(batch):
                        number += 1
                        place = f"{member.place}: row {number}"
                        record = Record(number, {}, place, number)
                        if isinstance(values, Exception):
                            _report(member, record, f"the row cannot be read ({values})")
                        elif size := _oversize(values, member.limits):
                            _report(
                                member, replace(record, length=size),
                                _too_large("row", size, member.limits),
                            )  # fmt: skip
                        else:
                            yield replace(record, values=values)
        except LimitReached:
            raise
        except (pa.ArrowException, OSError, OverflowError, MemoryError) as error:
            problem = f"the file is broken after row {number} ({error})"
        if problem:
            member.broken(problem, line=number + 1)


def read_workbook(member: Member) -> Iterator[Record]:
    """Read the rows of an Excel workbook, sheet by sheet, each under a header.

    Args:
        member: A stream.
    """
    import python_calamine as calamine  # noqa: PLC0415  only these files need it

    with reported(member):
        file = held(member)
        if problem := _workbook_problem(file, member.limits):
            member.broken(problem)
            return
        file.seek(0)
        book = _guarded(calamine.CalamineWorkbook.from_filelike, file)
        for sheet_number, sheet in enumerate(book.sheet_names):
            rows = iter(_guarded(_rows_of_sheet, book, sheet))
            yield from _sheet_records(member, rows, sheet if sheet_number else "")


FORMATS: Final[dict[str, Reader]] = {
    ".txt": read_text,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".xlsx": read_workbook,
    ".parquet": read_parquet,
    ".html": read_html,
    ".htm": read_html,
    ".warc": read_warc,
}
ONE_TEXT: Final = (".txt", ".html", ".htm")  # formats of one article a file


def _report(member: Member, record: Record, reason: str) -> None:
    member.broken(
        reason, place=record.place, line=record.line, offset=record.offset,
        length=record.length, head=record.head,
    )  # fmt: skip


def _too_large(what: str, size: int, limits: Limits) -> str:
    return (
        f"the {what} has {shown_size(size)}, more than {shown_size(limits.record_size)}: "
        "raise the limit: record_size"
    )


def _no_object(value: object) -> str:
    return f"a record is a JSON object, this is a {type(value).__name__}"


def _whole(member: Member, what: str) -> bytes | None:
    """All bytes of a member; None where there are too many, which is reported."""
    limit = member.limits.record_size
    if member.file.seekable():  # its size is known before it is read
        size = member.file.seek(0, io.SEEK_END)
        member.file.seek(0)
        if size > limit:
            head = member.file.read(HEAD)
            reason = _too_large(what, size, member.limits)
            member.broken(reason, offset=0, length=size, head=head)
            return None
    data = taken(member.file, limit + 1)
    if len(data) <= limit:
        return data
    size, head = len(data), data[:HEAD]
    del data
    while more := member.file.read(BUFFER):
        size += len(more)
    member.broken(_too_large(what, size, member.limits), offset=0, length=size, head=head)
    return None


def _decoded(
    member: Member, data: bytes, *, declared: str | None = None, record: Record | None = None
) -> Decoded | None:
    try:
        decoded = decode(data, declared=declared)
    except UndecodableError as error:
        _report(
            member,
            record or Record(1, {}, member.place, None, 0, len(data), data[:HEAD]),
            str(error),
        )
        return None
    _note_encoding(member, decoded.encoding)
    return decoded


def _note_encoding(member: Member, encoding: str | None) -> None:
    if encoding is not None and encoding != "utf-8":
        member.on_note(f"{member.place}: its encoding is {encoding}")


def _page(
    member: Member, record: Record, data: bytes, url: str | None, charset: str | None
) -> Iterator[Record]:
    """The record of a page, if it can be read."""
    from newsnlp.html_pages import read_page  # noqa: PLC0415  an extra

    declared = charset or declared_encoding(data)
    decoded = _decoded(member, data, declared=declared, record=record)
    if decoded is None:
        return
    try:
        values = read_page(decoded.text, url=url)
    except MissingExtraError:
        raise
    except Exception as error:  # whatever a parser may say to hostile input
        _report(member, record, f"the page cannot be read ({type(error).__name__}: {error})")
    else:
        yield replace(record, values=values)


def _as_utf8(member: Member, *, whole: bool = False) -> tuple[io.BufferedReader, str | None, bool]:
    """A member in UTF-8, or in an encoding that is found record by record, where it is likely.

    Args:
        member: A stream.
        whole: All of it is to be in UTF-8, not only what is in an encoding of 2 or 4 bytes.

    Returns:
        The stream; the encoding that its beginning is in, if it is not UTF-8; whether the
        stream was recoded, so that its offsets are not those of the file.
    """
    encoding = find_encoding(member.file.peek(BUFFER))
    if encoding.startswith("utf-8"):
        return member.file, None, False
    _note_encoding(member, encoding)
    if not (whole or encoding.startswith(_WIDE)):
        return member.file, encoding, False
    return layer(_Recoded(member.file, encoding).read, Meter(member.limits)), None, True


class _Short(io.RawIOBase):
    """A stream that gives what it has, so that nothing is lost where it breaks off."""

    def __init__(self, file: io.BufferedReader) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Recoded:
    """A stream of another encoding in UTF-8."""

    def __init__(self, file: io.BufferedReader, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._left = b""

    def read(self, n: int) -> bytes:
        while not self._left:
            data = self._file.read1(BUFFER)
            self._left = self._decoder.decode(data, not data).encode("utf-8", "surrogatepass")
            if not data:
                break
        data, self._left = self._left[:n], self._left[n:]
        return data


def _lines(file: IO[bytes], limits: Limits) -> Iterator[tuple[int, int, bytes, int, bool]]:
    """Lines of a stream: number, offset, bytes, length, whether it is whole.

    Of one that is too long there is only the head.
    """
    number = offset = 0
    most = limits.record_size
    while data := file.readline(most + 2):
        number += 1
        length = len(data)
        whole = length <= most or len(data.rstrip(b"\r\n")) <= most
        if not whole:
            ended = data.endswith(b"\n")
            data = data[:HEAD]
            while not ended and (more := file.readline(BUFFER)):
                length += len(more)
                ended = more.endswith(b"\n")
        if number == 1 and data.startswith(codecs.BOM_UTF8):
            data, length, offset = data[3:], length - 3, 3
        yield number, offset, data, length, whole
        offset += length


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


class _JsonStream:
    """What a parser of JSON reads, and how much of it since the last record."""

    def __init__(self, file: io.BufferedReader, limits: Limits) -> None:
        self._file, self._limits = file, limits
        self._since = 0
        self.number = self.start = 0
        self.chunk = b""

    def read(self, n: int) -> bytes:
        """Read the next bytes; called by the parser.

        Raises:
            LimitReached: The record is too large.
        """
        if n == 0:
            return b""  # the parser asks of which type the stream is
        tail = self.chunk[-_LONGEST_INT:]
        self.start += len(self.chunk)
        self.chunk = self._file.read1(n)  # where the file is broken, what is before it stays
        self._since += len(self.chunk)
        if self._since > self._limits.record_size + 2 * BUFFER:
            raise LimitReached(_too_large("record", self._since, self._limits))
        if _DIGITS.search(tail + self.chunk):
            raise ValueError("a number of thousands of digits")
        return self.chunk

    def next(self) -> int:
        """Number the next record."""
        self._since = 0
        self.number += 1
        return self.number


def _json_records(member: Member, stream: _JsonStream) -> Iterator[Record]:
    """Records of an array, of an array in an object, or the object itself."""
    import ijson  # noqa: PLC0415  only these files need it

    events = ijson.basic_parse(stream, buf_size=BUFFER, multiple_values=True)
    for event, value in events:
        if event == "start_array":
            yield from _json_items(member, stream, events, next(events))
        elif event == "start_map":
            yield from _json_object(member, stream, events)
        else:
            member.broken(_no_object(value), line=stream.next())


def _json_items(
    member: Member, stream: _JsonStream, events: Iterator[tuple[str, Any]], event: tuple[str, Any]
) -> Iterator[Record]:
    while event[0] != "end_array":
        value = _built(event, events)
        number = stream.next()
        record = Record(number, {}, f"{member.place}: record {number}", number)
        if isinstance(value, dict):
            yield replace(record, values=value)
        else:
            shown = json.dumps(value, ensure_ascii=False)[:HEAD].encode("utf-8", "replace")
            _report(member, replace(record, head=shown[:HEAD]), _no_object(value))
        event = next(events)


def _json_object(
    member: Member, stream: _JsonStream, events: Iterator[tuple[str, Any]]
) -> Iterator[Record]:
    """An object is a record, unless an array in it holds objects that are."""
    values: dict[str, Any] = {}
    n_before = stream.number
    while (key := next(events))[0] != "end_map":
        event = next(events)
        if event[0] != "start_array":
            values[key[1]] = _built(event, events)
            continue
        event = next(events)
        first = _built(event, events) if event[0] == "start_map" else None
        if isinstance(first, dict) and _is_article(first) and not _has_text(values):
            number = stream.next()
            yield Record(number, first, f"{member.place}: record {number}", number)
            yield from _json_items(member, stream, events, next(events))
            continue
        items = [] if first is None else [first]
        event = next(events) if first is not None else event
        while event[0] != "end_array":
            items.append(_built(event, events))
            event = next(events)
        values[key[1]] = items
    if stream.number == n_before or _has_text(values):
        number = stream.next()
        yield Record(number, values, f"{member.place}: record {number}", number)


def _is_article(values: dict[str, Any]) -> bool:
    return bool(map_fields(values).columns.keys() & {"text", "title"})


def _has_text(values: dict[str, Any]) -> bool:
    return "text" in map_fields(values).columns


def _built(event: tuple[str, Any], events: Iterator[tuple[str, Any]]) -> Any:
    """The value that begins with an event, numbers as int or float.

    Raises:
        ValueError: It is nested too deeply.
    """
    top: list[Any] = []
    stack: list[Any] = [top]
    keys: list[Any] = [None]
    while True:
        kind, value = event
        if kind == "map_key":
            keys[-1] = value
        elif kind in ("end_map", "end_array"):
            stack.pop()
            keys.pop()
        else:
            if kind == "number" and not isinstance(value, int):
                value = float(value)
            new: Any = {} if kind == "start_map" else [] if kind == "start_array" else value
            if isinstance(stack[-1], dict):
                stack[-1][keys[-1]] = new
            else:
                stack[-1].append(new)
            if kind in ("start_map", "start_array"):
                stack.append(new)
                keys.append(None)
                if len(stack) > _DEEPEST:
                    raise ValueError(f"more than {_DEEPEST} values in one another")
        if len(stack) == 1:
            return top[0]
        event = next(events)


def _separated(member: Member, delimiter: str | None) -> Iterator[Record]:
    with reported(member):
        file, likely, _ = _as_utf8(member)
        # What is not UTF-8 is found row by row, so that the other rows are read.
        text = io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="")
        try:
            yield from _table(member, text, likely, delimiter)
        finally:
            text.detach()


def _table(
    member: Member, text: io.TextIOWrapper, likely: str | None, delimiter: str | None
) -> Iterator[Record]:
    lines = _CsvLines(text, member.limits)
    first = lines.first()
    rows = _csv_rows(lines, delimiter or max(_DELIMITERS, key=first.count))
    found = next(rows, None)
    if found is None:
        return
    header = _cells(found, likely)
    record = _csv_record(member, 0, found)
    problem = found.problem or (header if isinstance(header, str) else _repeated(header))
    if problem or isinstance(header, str):
        _report(member, record, f"the header {problem}" if problem == header else str(problem))
        return
    for number, given in enumerate(rows, start=1):
        row = _unquoted(given, len(header)) if delimiter == "\t" else given
        record = _csv_record(member, number, row)
        cells = _cells(row, likely)
        if row.problem:
            _report(member, record, row.problem)
        elif isinstance(cells, str):
            _report(member, record, f"the row {cells}")
        elif len(cells) != len(header):
            reason = f"the row has {len(cells)} cells, the header {len(header)}"
            _report(member, record, reason)
        else:
            yield replace(record, values=dict(zip(header, cells, strict=True)), head=b"")


def _unquoted(row: _Row, n_cells: int) -> _Row:
    """A row whose quotes are broken, read as if a quote were a character as any other."""
    if row.problem is None or len(row.raw) != 1:
        return row
    cells = row.raw[0].rstrip("\r\n").split("\t")
    return replace(row, cells=cells, problem=None) if len(cells) == n_cells else row


@dataclass(frozen=True, slots=True)
class _Row:
    """Cells of a row, or what is wrong with it; the line that it begins on, and its lines."""

    cells: list[str]
    problem: str | None
    line: int
    raw: list[str]
    length: int | None = None


class _RowTooLargeError(Exception):
    pass


class _CsvLines:
    """Lines for the parser of CSV: those of the row at hand are kept, to be read again."""

    def __init__(self, text: io.TextIOWrapper, limits: Limits) -> None:
        self._text, self._most = text, limits.record_size
        self._again: list[str] = []
        self._n_again = 0
        self.line = 0
        self.row: list[str] = []
        self.size = 0

    def first(self) -> str:
        """The first line, which is read again."""
        line = self._text.readline(self._most + 2)
        self._again = [line] if line else []
        return line

    def begin(self) -> None:
        """Begin a row: forget the lines of the last one."""
        self.row, self.size = [], 0

    def back(self) -> bool:
        """Go back to the second line of the row; False where that was done too often."""
        self._n_again += self.size
        if self._n_again > 4 * self._most or len(self.row) < 2:
            return False
        self._again = self.row[:0:-1] + self._again
        self.line -= len(self.row) - 1
        self.row = self.row[:1]
        return True

    def skip(self) -> int:
        """Skip the rest of a line that is too long; returns its length, in characters."""
        n = len(self.row[-1])
        while not self.row[-1].endswith("\n") and (more := self._text.readline(BUFFER)):
            n += len(more)
            if more.endswith(("\n", "\r")):
                break
        self.row[-1] = self.row[-1][:HEAD]
        return n

    def __iter__(self) -> _CsvLines:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else self._text.readline(self._most + 2)
        if not line:
            raise StopIteration
        self.line += 1
        self.row.append(line)
        self.size += len(line)
        if self.size > self._most:
            raise _RowTooLargeError
        return line


def _csv_rows(lines: _CsvLines, delimiter: str) -> Iterator[_Row]:
    """Rows of a CSV file that are not blank; a quote that is never closed ends with its line."""
    while True:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        start, problem, cells, length = lines.line + 1, None, None, None
        lines.begin()
        try:
            with _FIELD_LIMIT_LOCK:
                limit = csv.field_size_limit(_FIELD_LIMIT)
                try:
                    cells = next(reader, None)
                finally:
                    csv.field_size_limit(limit)
        except csv.Error as error:
            problem = f"the row is no CSV ({error})"
            if "unexpected end" in str(error):
                lines.back()
        except _RowTooLargeError:
            n_lines = len(lines.row)
            if n_lines > 1 and lines.back():
                problem = "the row is no CSV (a quote is not closed)"
            else:
                length = lines.size - len(lines.row[-1]) + lines.skip()
                problem = (
                    f"the row has {shown_size(length)}, more than the limit: raise record_size"
                )
        if cells is None and problem is None:
            return
        if cells or problem:
            yield _Row(cells or [], problem, start, lines.row, length)


def _cells(row: _Row, likely: str | None) -> list[str] | str:
    """The cells decoded; a message where they cannot be."""
    if not any(map(_SURROGATE.search, row.cells)):
        return row.cells
    data = "\0".join(row.cells).encode("utf-8", "surrogateescape")
    try:
        # Cells are apart by what no text has, which an encoding is not found by.
        encoding = decode(data.replace(b"\0", b" "), likely=likely).encoding
        return data.decode(encoding).split("\0")
    except UndecodableError as error:
        return error.problem
    except UnicodeError as error:
        return f"cannot be decoded: {error}"


def _csv_record(member: Member, number: int, row: _Row) -> Record:
    head = ""
    for line in row.raw:
        if len(head) >= HEAD:
            break
        head += line[:HEAD]
    data = head[:HEAD].encode("utf-8", "surrogateescape")[:HEAD]
    length = row.length
    if length is None and row.problem:
        length = sum(len(line.encode("utf-8", "surrogateescape")) for line in row.raw)
    place = f"{member.place}:{row.line}"
    return Record(number, {}, place, row.line, None, length, data)


def _rows_of(batch: Any) -> Iterator[dict[str, Any] | Exception]:
    """Rows of a batch; where one cannot be made a dict of, the others still are."""
    try:
        rows: list[Any] = batch.to_pylist()
    except Exception:
        rows = []
        for row in range(batch.num_rows):
            try:
                rows += batch.slice(row, 1).to_pylist()
            except Exception as error:
                rows.append(error)
    return iter(rows)


def _oversize(values: dict[str, Any], limits: Limits) -> int:
    """Characters of a row that is too large; 0 of others."""
    size = sum(len(value) for value in values.values() if isinstance(value, str | bytes))
    return size if size > limits.record_size else 0


def _repeated(names: Iterable[str]) -> str | None:
    name = next((name for name, n in Counter(names).items() if n > 1 and name), None)
    return None if name is None else f"the column {name!r} is there twice"


def _guarded(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call what may panic, as Rust says, on hostile input.

    Raises:
        ValueError: It did, or the workbook is broken.
    """
    try:
        return function(*arguments)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic is no Exception
        raise ValueError(f"the workbook is broken: {error}") from None


def _rows_of_sheet(book: Any, sheet: str) -> Any:
    return book.get_sheet_by_name(sheet).iter_rows()


def _sheet_records(member: Member, rows: Iterator[Any], table: str) -> Iterator[Record]:
    sheet = f"{member.place}!{table}" if table else member.place
    header: list[str] | None = None
    number = 0
    for line in count(1):
        row = _guarded(next, rows, None)
        if row is None:
            return
        if all(cell in ("", None) for cell in row):
            continue
        if header is None:
            header = [str(cell).strip() for cell in row]
            if problem := _repeated(header):
                member.broken(problem, place=f"{sheet}:{line}", line=line)
                return
            continue
        number += 1
        record = Record(number, {}, f"{sheet}: row {line}", line, table=table)
        values = {name: cell for name, cell in zip(header, row, strict=False) if name}
        if size := _oversize(values, member.limits):
            _report(
                member, replace(record, length=size), _too_large("row", size, member.limits)
            )  # fmt: skip
        else:
            yield replace(record, values=values)


def _workbook_problem(file: IO[bytes], limits: Limits) -> str | None:
    """Whether a workbook would fill the memory, whatever it declares of its size."""
    most = limits.held_size
    n_bytes = last_row = last_column = 0
    try:
        with zipfile.ZipFile(file) as book:
            for info in book.infolist():
                rest = b""
                with book.open(info) as entry:
                    while chunk := entry.read(BUFFER):
                        n_bytes += len(chunk)
                        if n_bytes > most:
                            return (
                                f"the workbook unpacks to more than {shown_size(most)}: save it "
                                "as .csv, or raise the limit: held_size"
                            )
                        data = rest + chunk
                        for letters, digits in _REFERENCES.findall(data):
                            last_row = max(last_row, int(digits))
                            last_column = max(last_column, _column(letters))
                        rest = data[-_LONGEST_REFERENCE:]
    except Exception as error:
        return f"the file is no workbook of Excel ({error})"
    if last_row * last_column > most // _CELL_SIZE:
        return (
            f"a cell of the workbook is in row {last_row} and column {last_column}, too far for "
            f"a table that is held as a whole: save it as .csv, or raise the limit: held_size"
        )
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
