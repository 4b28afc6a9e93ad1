"""The pages of a web archive in the WARC format."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from newsnlp.errors import MissingExtraError, ReadError

_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml"))
_FOUND = 200
_ANSWER_HEAD = (
    b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
    b"Content-Length: %d\r\n\r\n"
)
_GZIP = b"\x1f\x8b\x08"
_TAIL = 600  # bytes in which a compressed record has begun to give text


@dataclass(frozen=True, slots=True)
class WarcPage:
    """One page of a web archive.

    Args:
        url: Its address.
        date: When it was fetched, as the archive writes it.
        charset: Encoding that the server named, or None.
        html: The page as it was sent, without the compression of the connection; empty where that
            is broken.
        offset: Where its record starts, in bytes of the file as it is stored.
        length: Length of the record's content with the headers of HTTP, in bytes.
    """

    url: str
    date: str | None
    charset: str | None
    html: bytes
    offset: int
    length: int


def pages(file: BinaryIO) -> Iterator[WarcPage]:
    r"""Read the pages of a web archive: responses with status 200 that are HTML.

    Args:
        file: The archive, plain or with each record compressed by itself.

    Raises:
        MissingExtraError: fastwarc is not installed.
        ReadError: The file is broken or cut off; what is whole before was yielded.

    Example:
        >>> import io
        >>> body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>News</h1>"
        >>> head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/1\r\n"
        >>> head += f"Content-Type: application/http\r\nContent-Length: {len(body)}\r\n\r\n"
        >>> [page.url for page in pages(io.BytesIO(head.encode() + body + b"\r\n\r\n"))]
        ['https://example.org/1']
    """
    # Found out at the call, not where the first page is asked for.
    warc = _fastwarc()
    return _pages(_Watched(file), warc)


def _fastwarc() -> Any:
    try:
        from fastwarc import warc  # noqa: PLC0415  an extra
    except ImportError as error:
        raise MissingExtraError(
            "web archives are read with fastwarc, which is not installed: "
            'pip install "newsnlp[warc]"'
        ) from error
    return warc


class _Watched(io.RawIOBase):
    """A file that remembers its first and last bytes.

    A member that is cut off after a few of them looks like the end of the file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._head = b""
        self._tail = b""
        self._n_read = 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def tell(self) -> int:
        """Bytes read so far."""
        return self._n_read

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._file.read(size)
        self._n_read += len(data)
        self._head = (self._head + data[: len(_GZIP)])[: len(_GZIP)]
        self._tail = (self._tail + data[-_TAIL:])[-_TAIL:]
        return data

    def cut_member(self) -> int | None:
        """Where the last compressed member begins, if it does not end."""
        place = self._tail.rfind(_GZIP)
        if self._head != _GZIP or place < 0:
            return None
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        with suppress(zlib.error):
            member.decompress(self._tail[place:])
            return None if member.eof else self._n_read - len(self._tail) + place
        return None


def _pages(file: _Watched, warc: Any) -> Iterator[WarcPage]:
    offset = 0
    response = warc.WarcRecordType.response
    try:
        # fastwarc takes a record that ends with the file for whole: lengths are compared here.
        for record in warc.ArchiveIterator(file, parse_http=False):
            offset, length = record.stream_pos, record.content_length
            if "Content-Length" not in record.headers:
                raise _broken("its head is cut off", offset)
            wanted = record.record_type == response
            content = record.reader.read() if wanted else b""
            if (len(content) if wanted else record.reader.consume()) != length:
                raise _broken(f"it is cut off, of its {length} bytes", offset, length, content)
            page = _page(record, content, warc) if wanted else None
            if page is not None:
                yield page
    except (OSError, EOFError) as error:
        raise _broken(f"the archive is broken in it or behind it ({error})", offset) from error
    if (place := file.cut_member()) is not None:
        raise _broken("it is cut off", place)


def _page(record: Any, content: bytes, warc: Any) -> WarcPage | None:
    """Page of a response, or None where it is none."""
    if not record.is_http:
        return None
    # A record of its own: where decoding fails, the archive's reader is left as it is.
    head = _ANSWER_HEAD % len(content)
    answer = next(iter(warc.ArchiveIterator(io.BytesIO(head + content), parse_http=False)))
    html = b""
    # A body that is not compressed as its head says is a fault of this page, not of the archive.
    with suppress(OSError):
        answer.parse_http(auto_decode="all")
        html = answer.reader.read()
    http = answer.http_headers
    if http is None or http.status_code != _FOUND or answer.http_content_type not in _HTML_TYPES:
        return None
    return WarcPage(
        url=(record.headers.get("WARC-Target-URI") or "").strip("<>"),
        date=record.headers.get("WARC-Date"),
        charset=answer.http_charset,
        html=html,
        offset=record.stream_pos,
        length=len(content),
    )


def _broken(
    problem: str, offset: int, length: int | None = None, content: bytes = b""
) -> ReadError:
    return ReadError(
        f"the record at byte {offset} cannot be read: {problem}",
        offset=offset,
        length=length,
        head=content,
    )
