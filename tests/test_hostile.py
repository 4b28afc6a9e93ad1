"""Broken, lying and huge files: each is reported, memory stays, and its neighbours are read."""

import bz2
import gzip
import io
import json
import lzma
import os
import socket
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from time import perf_counter

import pandas as pd
import pyarrow as pa
import pytest
from made_files import tarred, workbook, zipped

from newsnlp import read
from newsnlp.limits import MIB, Limits

GOOD = "Саммит ОДКБ пройдёт в Минске в четверг."
LINE = json.dumps({"text": GOOD}, ensure_ascii=False).encode() + b"\n"
LINES = b"".join(
    json.dumps({"text": f"{number} {number * 7919 % 104729} {GOOD}"}).encode() + b"\n"
    for number in range(3000)
)
PARQUET = pd.DataFrame({"text": [f"{number} {GOOD}" for number in range(1000)]}).to_parquet()
BOOK = workbook([["text"], [GOOD]])
SMALL = Limits(record_size=64 * 1024, held_size=MIB, unpacked_size=16 * MIB, nesting=4, members=100)


def zstd(data):
    return pa.compress(data, "zstd", asbytes=True)


def cut(data, share=0.5):
    return data[: int(len(data) * share)]


def damaged(data, n=200):
    """Bytes with some in the middle that are other ones."""
    middle = len(data) // 2
    return (
        data[:middle]
        + bytes(byte ^ 0x5A for byte in data[middle : middle + n])
        + data[middle + n :]
    )


def member(name, **fields):
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def nested(levels, wrap, data=LINE):
    for _ in range(levels):
        data = wrap(data)
    return data


def nested_zip(levels, data=LINE, name="a.jsonl"):
    for _ in range(levels):
        data, name = zipped({name: data}), "a.zip"
    return data


def linked_zip(target):
    info = zipfile.ZipInfo("link.txt")
    info.external_attr = 0o120777 << 16
    return zip_of(info, target)


def zip_of(info, data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, data)
    return file.getvalue()


def encrypted_zip():
    data = bytearray(zipped({"a.txt": b"text"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def wrong_sum():
    data = bytearray(zipped({"a.txt": b"text"}))
    data[data.index(b"PK\x01\x02") + 16] ^= 0xFF
    data[14] ^= 0xFF
    return bytes(data)


def unknown_method():
    data = bytearray(zipped({"a.txt": b"text"}))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 99
    return bytes(data)


def gz_of_zeros(size):
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb") as packed:
        for _ in range(size // MIB):
            packed.write(b"\0" * MIB)
    return file.getvalue()


def zip_of_zeros(name, size):
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as big,
    ):
        for _ in range(size // MIB):
            big.write(b"\0" * MIB)
    return file.getvalue()


def sparse_tar(size):
    """A tar whose one member is a hole of a size, as GNU tar writes it."""
    info = member("a.jsonl", type=tarfile.GNUTYPE_SPARSE, size=0)
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:398], header[398:410] = b"%011o\0" % size, b"%011o\0" % 0
    header[483:495] = b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    return bytes(header) + b"\0" * 1024


def long_name_tar(size):
    """A tar with a header that says the next name has so many bytes, packed."""
    info = member("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=size)
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb") as packed:
        packed.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(size // MIB):
            packed.write(b"a" * MIB)
    return file.getvalue()


def damaged_header_tar():
    data = bytearray(tarred({"a.txt": b"text", "b.txt": b"text"}))
    data[1024:1124] = b"\xff" * 100
    return bytes(data)


def xz_of_much_memory():
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    return lzma.compress(LINE, filters=filters)


def bad_row_parquet():
    column = pa.array([b"\xff\xfe", GOOD.encode()], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 2, column.buffers())
    sink = io.BytesIO()
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": text}), sink)
    return sink.getvalue()


def wide_workbook():
    return BOOK_OF('<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>a</t></is></c></row>')


def BOOK_OF(row):  # noqa: N802
    source = zipfile.ZipFile(io.BytesIO(BOOK))
    contents = {name: source.read(name) for name in source.namelist()}
    name = "xl/worksheets/sheet1.xml"
    contents[name] = contents[name].replace(b"</sheetData>", row.encode() + b"</sheetData>")
    return zipped(contents)


def entity_workbook():
    source = zipfile.ZipFile(io.BytesIO(BOOK))
    contents = {name: source.read(name) for name in source.namelist()}
    laughs = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    name = "xl/worksheets/sheet1.xml"
    contents[name] = laughs.encode() + contents[name].replace(GOOD.encode(), b"&b;")
    return zipped(contents)


# Name => bytes of it, number of articles that can be read, what is reported (nothing, if empty).
KINDS = {
    # empty everything
    "empty.txt": (b"", 1, ""),
    "empty.jsonl": (b"", 0, ""),
    "empty.json": (b"", 0, ""),
    "empty.csv": (b"", 0, ""),
    "empty.tsv": (b"", 0, ""),
    "empty.parquet": (b"", 0, "broken after row 0"),
    "empty.xlsx": (b"", 0, "no workbook"),
    "empty.jsonl.gz": (b"", 0, "no gzip, as its ending says, but empty"),
    "empty.csv.bz2": (b"", 0, "no bzip2"),
    "empty.csv.xz": (b"", 0, "no xz"),
    "empty.csv.zst": (b"", 0, "no zstandard"),
    "empty.zip": (b"", 0, "no zip archive"),
    "empty.tar": (b"", 0, "empty|cannot be read"),
    "nothing-in.zip": (zipped({}), 0, "no member ends in"),
    "nothing-in.tar": (tarred({}), 0, "no member ends in"),
    "nothing-in.jsonl.gz": (gzip.compress(b""), 0, ""),
    "brackets.json": (b"[]", 0, ""),
    "braces.json": (b"{}", 0, "the records are empty"),
    "blank.jsonl": (b"\n \n\r\n\t\n", 0, ""),
    "header.csv": (b"id,text\n", 0, ""),
    "only-mark.txt": (b"\xef\xbb\xbf", 1, ""),
    # cut short and damaged
    "cut.jsonl.gz": (cut(gzip.compress(LINES)), None, "cannot be read any further"),
    "cut.jsonl.bz2": (cut(bz2.compress(LINES * 10)), None, "within a compressed stream"),
    "cut.jsonl.xz": (cut(lzma.compress(LINES)), None, "within a compressed stream"),
    "cut.jsonl.zst": (cut(zstd(LINES)), None, "cannot be read any further"),
    "cut.parquet": (cut(PARQUET), 0, "broken after row 0"),
    "cut.zip": (cut(zipped({"a.jsonl": LINES})), 0, "no directory of its members"),
    "cut.tar": (cut(tarred({"a.jsonl": LINES})), None, "cannot be read any further"),
    "cut.tar.gz": (cut(gzip.compress(tarred({"a.jsonl": LINES}))), None, "any further"),
    "cut.xlsx": (cut(BOOK), 0, "no workbook"),
    "cut.jsonl": (LINE + LINE[:-19], 1, "the line is no"),
    "cut-letter.jsonl": (LINE + LINE[:30], 1, "is not UTF-8|no JSON"),
    "cut.json": (b"[" + LINE + b"," + LINE[:-20], 1, "no JSON after record 1"),
    "cut-word.json": (b"[" + LINE + b", nul", 1, "no JSON after record 1"),
    "damaged.jsonl.gz": (damaged(gzip.compress(LINES)), None, "any further|no JSON|binary"),
    "damaged.jsonl.bz2": (damaged(bz2.compress(LINES * 20)), None, "cannot be read any further"),
    "damaged.jsonl.xz": (damaged(lzma.compress(LINES)), None, "cannot be read any further"),
    "damaged.jsonl.zst": (damaged(zstd(LINES)), None, "any further|no JSON|binary|not UTF-8|^$"),
    "damaged.parquet": (damaged(PARQUET, 20), None, "broken|cannot be read|^$"),
    "damaged-header.tar": (damaged_header_tar(), 1, "damaged or cut"),
    "wrong-sum.zip": (wrong_sum(), 0, "Bad CRC"),
    "rubbish-after.jsonl.gz": (gzip.compress(LINE) + b"rubbish", 1, "cannot be read any further"),
    "rubbish-after.jsonl.bz2": (bz2.compress(LINE) + b"rubbish", 1, "cannot be read any further"),
    "rubbish-after.json": (b"[" + LINE + b"]]", 1, "no JSON after record 1"),
    "bad-row.parquet": (bad_row_parquet(), 1, "row 1: the row cannot be read"),
    # of another kind than the ending says
    "text.jsonl.gz": (LINE, 1, ""),
    "gzip.jsonl": (gzip.compress(LINE), 1, ""),
    "gzip.csv.xz": (gzip.compress(b"text\na\n"), 1, ""),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, 0, "binary data"),
    "picture.jsonl.gz": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 0, "damaged or of another kind"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 0, "header|row"),
    "book.zip": (BOOK, 0, "no member ends in"),
    "tar.zip": (tarred({"a.txt": b"text"}), 1, ""),
    "zip.tar": (zipped({"a.txt": b"text"}), 1, ""),
    "text.zip": (LINE, 0, "no zip archive"),
    "text.tar": (LINE, 0, "cannot be read"),
    "text.parquet": (LINE, 0, "broken after row 0"),
    "text.xlsx": (LINE, 0, "no workbook"),
    "old-excel.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 0, "no workbook"),
    "page.csv": (b"<!DOCTYPE html>\n<html><body>404</body></html>\n", 0, "no column is known"),
    "page.json": (b"<!DOCTYPE html>", 0, "no JSON after record 0"),
    "number.json": (b"17", 0, "this is a int"),
    # encodings
    "mixed.txt": (GOOD.encode() + GOOD.encode("cp1251"), None, "UTF-8|^$"),
    "mixed.jsonl": (LINE + LINE.decode().encode("cp1251") + b'{"text": "\xff"}\n' + LINE, 3,
                    "mixed.jsonl:3: the line is not UTF-8"),
    "odd.txt": (b"\xff\xfe" + GOOD.encode("utf-16le") + b"\0", 0, "not UTF-16"),
    "odd.csv": (b"\xff\xfe" + "text\na\n".encode("utf-16le") + b"\0", 1, "cannot be read any"),
    "zeros.txt": (b"\0" * 9000, 0, "holds only zeros"),
    "zeros.jsonl": (b"\0" * 9000, 0, "no JSON"),
    "zeros.csv": (b"\0" * 9000, 0, ""),
    "surrogates.jsonl": (b'{"text": "\\ud800 a"}\n', 1, ""),
    # CSV
    "open-quote.csv": (b'text,id\n"a,1\nb,2\nc,3\n', 2, "open-quote.csv:2: the row is no CSV"),
    "quotes.csv": (b'text,id\n"a"b,1\n"c",2\n', 1, "quotes.csv:2: the row is no CSV"),
    "cells.csv": (b"text,id\na\nb,1,2\nc,3\n", 1, "the row has 1 cells.*the row has 3 cells"),
    "twice.csv": (b"text,text\na,b\n", 0, "there twice"),
    "old-mac.csv": (b"text,id\ra,1\rb,2\r", 2, ""),
    "quotes-for-ever.csv": (b"text,id\n" + b'ab",x,"d\n' * 3000, 0, "no CSV"),
    "many-columns.csv": (b"text" + b",a" * 20_000 + b"\n", 0, "there twice"),
    # JSON
    "deep.jsonl": (b'{"a":' * 20_000 + b"\n" + LINE, 1, "deep.jsonl:1: the line"),
    "deep.json": (b'{"a":' * 20_000, 0, "more than 200 values"),
    "digits.jsonl": (b'{"text": "a", "id": ' + b"1" * 10_000 + b"}\n" + LINE, 1, "no JSON"),
    "digits.json": (b'[{"id": ' + b"1" * 10_000 + b"}]", 0, "thousands of digits"),
    "keys.jsonl": (b"".join(b'{"text": "a", "%d": 1}\n' % n for n in range(3000)), 3000, ""),
    "no-objects.jsonl": (b"1\n[]\nnull\n" + LINE, 1, "this is a int.*this is a NoneType"),
    "infinite.jsonl": (b'{"text": "a", "id": 1e999}\n' + LINE, 1, "doc_id is a float"),
    # archives
    "out.zip": (zipped({"../out.txt": b"a", "b.txt": b"b"}), 1, "leads out of the archive"),
    "root.zip": (zipped({"/etc/out.txt": b"a", "b.txt": b"b"}), 1, "leads out of the archive"),
    "drive.zip": (zipped({"C:\\out.txt": b"a", "b.txt": b"b"}), 1, "leads out of the archive"),
    "out.tar": (tarred({"a/../../out.txt": b"a", "b.txt": b"b"}), 1, "leads out"),
    "link.zip": (linked_zip("/etc/passwd"), 0, "it is a link"),
    "link.tar": (tarred({"b.txt": b"b"}, member("a.txt", type=tarfile.SYMTYPE, linkname="/etc")),
                 1, "it is a link to /etc"),
    "hard-link.tar": (tarred({}, member("a.txt", type=tarfile.LNKTYPE, linkname="../b")), 0,
                      "it is a link to"),
    "device.tar": (tarred({"b.txt": b"b"}, member("zero.txt", type=tarfile.CHRTYPE)), 1, "device"),
    "pipe.tar": (tarred({"b.txt": b"b"}, member("pipe.txt", type=tarfile.FIFOTYPE)), 1, "a pipe"),
    "encrypted.zip": (encrypted_zip(), 0, "encrypted"),
    "no-name.zip": (zipped({"a": b"text"}).replace(b"\x01\0\0\0a", b"\0\0\0\0a"), 0, "no-name.zip"),
    "method.zip": (unknown_method(), 0, "cannot be read"),
    "twice.tar": (tarred({"a.txt": b"a"}, member("a.txt")), 2, ""),
    "long-name.zip": (zipped({"a" * 5000 + ".txt": b"a", "b.txt": b"b"}), 1, "too long"),
    "many.zip": (zipped({f"{n}.txt": b"a" for n in range(200)}), 0, "more than 100 members"),
    "many.tar": (tarred({f"{n}.txt": b"a" for n in range(200)}), 100, "more than 100 members"),
    "deep.jsonl.gz.gz.gz.gz.gz.gz": (nested(6, gzip.compress), 0, "more than 4 layers"),
    "deep.zip": (nested_zip(8), 0, "more than 4 layers"),
    "parquet-too-large.parquet.gz": (gzip.compress(b"PAR1" + b"a" * 2 * MIB), 0, "held as a whole"),
    "zip-too-large.tar": (tarred({"a.zip": zipped({"a.txt": os.urandom(2 * MIB)})}), 0, "held as"),
    # too large, and packed too tightly
    "line.jsonl": (LINE + b'{"text": "' + b"a" * MIB + b'"}\n' + LINE, 2, "the line has 1 MiB"),
    "row.csv": (b"text,id\na,1\n" + b"a" * MIB + b",2\nb,3\n", 2, "row.csv:3: the row has 1 MiB"),
    "quoted.csv": (b'text,id\n"' + b"a\n" * 60_000, None, "quoted.csv:2: the row is no CSV"),
    "item.json": (b'[{"text": "a"}, {"text": "' + b"a" * MIB + b'"}]', 1, "the record has"),
    "large.txt": (b"a" * MIB, 0, "the text has 1 MiB"),
    "large.txt.gz": (gzip.compress(b"a" * MIB), 0, "the text has 1 MiB"),
    "row.parquet": (pd.DataFrame({"text": ["a" * MIB, "b"]}).to_parquet(), 1, "row 1: the row has"),
    "cell.xlsx": (workbook([["text"], ["a" * 70_000], ["b"]]), 1, "the row has"),
    "wide.xlsx": (wide_workbook(), 0, "too far for a table"),
    "entities.xlsx": (entity_workbook(), None, ""),
    "large.xlsx": (workbook([["text"], ["a" * 2 * MIB]]), 0, "the workbook unpacks to more"),
    "bomb.jsonl.gz": (gz_of_zeros(32 * MIB), 0, "unpacks to more than 16 MiB"),
    "bomb.zip": (zip_of_zeros("a.jsonl", 32 * MIB), 0, "unpacks to more than 16 MiB"),
    "bomb.jsonl.zst": (zstd(b"\0" * 32 * MIB), 0, "unpacks to more than 16 MiB"),
    "bomb.jsonl.xz": (lzma.compress(b"\0" * 32 * MIB), 0, "unpacks to more than 16 MiB"),
    "hole.tar": (sparse_tar(8 << 30), 0, "unpacks to more than 16 MiB"),
    "name.tar.gz": (long_name_tar(8 * MIB), 0, "a header of more than 1 MiB"),
    "memory.jsonl.xz": (xz_of_much_memory(), 0, "[Mm]emory"),
}  # fmt: skip
assert len(KINDS) >= 60


@pytest.mark.parametrize("name", KINDS)
def test_hostile(tmp_path, name):
    data, n_articles, message = KINDS[name]
    (tmp_path / name).write_bytes(data)
    found, errors, peak, seconds = read_beside(tmp_path)
    assert n_articles in (None, len(found)), errors
    text = " ".join(str(error) for error in errors)
    if message:
        import re

        assert re.search(message, text), text
    else:
        assert not errors or n_articles is None, text
    assert all(error.path and len(error.head) <= 4096 for error in errors)
    assert len({article.doc_id for article in found}) == len(found)
    most = 32 if name.startswith("quoted") else 12  # its errors are kept here, one a line
    assert peak < most * MIB + 3 * len(data)
    assert seconds < 20


def read_beside(folder, limits=SMALL):
    """Articles of a folder but those of its good files; errors, peak of memory, seconds."""
    (folder / "a-good.txt").write_text(GOOD, "utf-8")
    (folder / "zz-good.jsonl").write_bytes(LINE)
    import ijson  # noqa: F401  not to be measured

    errors = []
    begin = perf_counter()
    tracemalloc.start()
    try:
        articles = list(read(folder, limits=limits, on_error=errors.append))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    seconds = perf_counter() - begin
    assert articles[0].doc_id == "a-good.txt"
    assert (articles[-1].doc_id, articles[-1].text) == ("zz-good.jsonl#1", GOOD)
    return articles[1:-1], errors, peak, seconds


def hole(path, size):
    """A file of zeros that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)


@pytest.mark.parametrize(
    ("name", "message"),
    [("hole.txt", "the text has 2 GiB"), ("hole.parquet", "broken"), ("hole.xlsx", "no workbook"),
     ("hole.zip", "no zip archive"), ("hole.jsonl.gz", "no gzip"), ("hole.html", "the page has")],
)  # fmt: skip
def test_two_gigabytes_of_zeros(tmp_path, name, message):
    hole(tmp_path / name, 2 << 30)
    found, [error], peak, seconds = read_beside(tmp_path, Limits())
    assert found == []
    assert message in str(error)
    assert peak < 4 * MIB
    assert seconds < 5


def test_a_file_larger_than_the_limit(tmp_path):
    hole(tmp_path / "hole.jsonl", 1 << 30)
    found, [error], _, _ = read_beside(tmp_path, Limits(file_size=MIB))
    assert found == []
    assert "the file has 1 GiB, more than 1 MiB: raise the limit: file_size" in str(error)
    assert error.length == 1 << 30


def test_a_bomb_is_known_by_its_ratio(tmp_path):
    (tmp_path / "bomb.jsonl.gz").write_bytes(gz_of_zeros(100 * MIB))
    found, errors, peak, _ = read_beside(tmp_path, Limits(record_size=MIB))
    assert found == []
    assert "more than 200 times its size" in " ".join(map(str, errors))
    assert peak < 8 * MIB


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hole.jsonl", "hole.csv", "hole.json"])
def test_two_gigabytes_of_zeros_in_lines(tmp_path, name):
    hole(tmp_path / name, 2 << 30)
    found, errors, peak, seconds = read_beside(tmp_path, Limits())
    assert found == []
    assert errors
    assert peak < 160 * MIB
    assert seconds < 120


@pytest.mark.slow
@pytest.mark.parametrize("name", ["big.jsonl", "big.csv", "big.json", "big.txt", "big.jsonl.gz"])
def test_a_hundred_megabytes_on_one_line(tmp_path, name):
    begin = {"big.csv": b"text,id\n", "big.json": b'[{"text": "'}.get(name, b'{"text": "')
    data = begin + b"a" * 100 * MIB + b'"}\n'
    (tmp_path / name).write_bytes(gzip.compress(data, 1) if name.endswith("gz") else data)
    del data
    found, [error, *_], peak, seconds = read_beside(tmp_path, Limits())
    assert found == []
    assert "record_size" in str(error) or "200 times" in str(error)
    assert peak < 160 * MIB
    assert seconds < 60


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    (tmp_path / "lost.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    (tmp_path / "folder.txt").mkdir()
    listening = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(tmp_path)  # the path of a socket is short
    try:
        listening.bind("socket.csv")
    finally:
        os.chdir(here)
        listening.close()
    found, errors, _, seconds = read_beside(tmp_path)
    assert found == []
    assert seconds < 5
    text = "\n".join(map(str, errors))
    for part in ("pipe.jsonl: it is no file but a pipe", "device.txt: it is no file but a device",
                 "lost.txt: the file cannot be opened", "self.txt: the file cannot be opened",
                 "socket.csv: it is no file but a socket"):  # fmt: skip
        assert part in text
    assert len(errors) == 5


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="all may be read")
def test_what_may_not_be_read(tmp_path):
    (tmp_path / "mine.txt").write_text(GOOD)
    (tmp_path / "mine.txt").chmod(0)
    found, [error], _, _ = read_beside(tmp_path)
    assert found == []
    assert "mine.txt: the file cannot be opened" in str(error)


def test_names_that_no_text_can_hold(tmp_path):
    try:
        (tmp_path / os.fsdecode(b"b\xff.txt")).write_text(GOOD, "utf-8")
    except OSError:
        pytest.skip("the file system takes no such names")
    [article], errors, _, _ = read_beside(tmp_path)
    assert errors == []
    assert article.doc_id.encode() == b"b\\udcff.txt"


def test_a_stream_that_unpacks_to_itself_for_ever(tmp_path):
    """Deflate blocks of zeros that are stored, over and over, in a member that has no end."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = packed.compress(b"\0" * MIB) + packed.flush(zlib.Z_FULL_FLUSH)
    (tmp_path / "endless.txt.gz").write_bytes(block + b"")
    found, [error, *_], peak, _ = read_beside(tmp_path)
    assert found == []
    assert "text has" in str(error) or "any further" in str(error)
    assert peak < 8 * MIB


def test_a_directory_that_lies(tmp_path):
    """A zip whose list says that it is huge."""
    data = bytearray(zipped({"a.txt": b"text"}))
    at = data.rindex(b"PK\x05\x06")
    data[at + 12 : at + 16] = struct.pack("<I", 0xFFFFFFF0)
    (tmp_path / "lies.zip").write_bytes(data)
    found, [error, *_], _, _ = read_beside(tmp_path)
    assert found == []
    assert "lies.zip" in str(error)
