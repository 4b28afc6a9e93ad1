"""Web archives: whole, compressed, cut off, broken."""

import gzip
import io

import pytest

from newsnlp.errors import MissingExtraError, ReadError
from newsnlp.warc import pages

HTML = "<title>Мост</title><p>В Пскове открыли мост через реку Великую.</p>".encode("cp1251")
CHARSET = "text/html; charset=windows-1251"


@pytest.fixture(autouse=True, scope="module")
def fastwarc():
    return pytest.importorskip("fastwarc")


def record(
    url="https://example.org/1", html=HTML, kind=CHARSET, status="200 OK", of="response", more=""
):
    http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}\r\n".encode() + html
    head = (
        f"WARC/1.0\r\nWARC-Type: {of}\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"WARC-Date: 2024-08-04T10:00:00Z\r\nWARC-Target-URI: {url}\r\n"
        f"Content-Type: application/http; msgtype={of}\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


def read(data):
    """Pages of an archive, and the error that ends it, or None."""
    found = []
    try:
        for page in pages(io.BytesIO(data)):
            found.append(page)
    except ReadError as error:
        return found, error
    return found, None


ONE, TWO = record(), record("https://example.org/2")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_pages_of_an_archive(pack):
    data = pack(ONE) + pack(TWO)
    found, error = read(data)
    assert error is None
    assert [page.url for page in found] == ["https://example.org/1", "https://example.org/2"]
    assert [page.offset for page in found] == [0, len(pack(ONE))]
    assert {(page.date, page.charset, page.html) for page in found} == {
        ("2024-08-04T10:00:00Z", "windows-1251", HTML)
    }


def test_an_archive_compressed_as_one():
    found, error = read(gzip.compress(ONE + TWO))
    assert error is None
    assert [page.url[-1] for page in found] == ["1", "2"]


@pytest.mark.parametrize(
    "other",
    [
        record(status="404 Not Found"),
        record(status="301 Moved Permanently"),
        record(kind="image/png"),
        record(kind="application/json"),
        record(of="request"),
        record(of="metadata"),
    ],
)
def test_other_records_are_passed_over(other):
    found, error = read(other + TWO)
    assert error is None
    assert [page.url[-1] for page in found] == ["2"]


def test_xhtml_and_no_charset():
    (page,), _ = read(record(kind="application/xhtml+xml"))
    assert page.charset is None


def test_the_compression_of_the_connection_is_undone():
    packed = gzip.compress(HTML)
    chunked = f"{len(packed):x}\r\n".encode() + packed + b"\r\n0\r\n\r\n"
    more = "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
    (page,), _ = read(record(html=chunked, more=more))
    assert page.html == HTML


def test_a_page_that_is_not_compressed_as_it_says_does_not_end_the_archive():
    found, error = read(record(html=b"\0" * 50, more="Content-Encoding: gzip\r\n") + TWO)
    assert error is None
    assert [page.html for page in found] == [b"", HTML]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("second", [TWO, record(of="metadata")])
def test_a_cut_file_gives_what_is_whole_and_then_an_error(pack, second):
    first, second = pack(ONE), pack(second)
    n_silent = 3 if pack is gzip.compress else 0  # too few bytes to tell
    ends = len(b"\r\n\r\n") if pack is bytes else 18  # nothing of the page is lost
    for kept in range(n_silent or 1, len(second) - ends, 7):
        found, error = read(first + second[:kept])
        assert [page.url[-1] for page in found] == ["1"], kept
        assert error is not None, kept
        assert error.offset is not None


def test_what_is_no_archive():
    found, error = read("Токаев прибыл в Минск. ".encode() * 50)
    assert not found
    assert "byte 0" in str(error)


def test_garbage_between_records():
    found, error = read(ONE + b"garbage " * 30 + TWO)
    assert [page.url[-1] for page in found] == ["1"]
    assert error is not None


def test_an_empty_file():
    assert read(b"") == ([], None)


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "fastwarc", None)
    with pytest.raises(MissingExtraError, match=r"newsnlp\[warc\]"):
        pages(io.BytesIO(ONE))
