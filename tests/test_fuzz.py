"""Arbitrary bytes and texts: readers report, annotators give a row, and neither raises.

NEWSNLP_FUZZ_SECONDS is how long each slow test looks; a quarter of an hour without it. The others
take about a minute together.
"""

import bz2
import gzip
import json
import lzma
import os
import random
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_files import tarred, workbook, zipped

from newsnlp import read
from newsnlp.errors import OptionError
from newsnlp.limits import MIB, Limits

RECORDS = [
    {"id": number, "title": "Дождь в Минске", "text": f"Шёл «весь» день, {number}.\nИ ночь.",
     "tags": ["лето", "дождь"], "published": "2024-03-14T09:30+03:00"}
    for number in range(5)
]  # fmt: skip
FRAME = pd.DataFrame(RECORDS)
JSONL = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS).encode()
ROWS = [list(RECORDS[0])[:3], *([row["id"], row["title"], row["text"]] for row in RECORDS)]
SEEDS = {
    "a.txt": RECORDS[0]["text"].encode(),
    "b.txt": RECORDS[0]["text"].encode("utf-16"),
    "c.txt": RECORDS[0]["text"].encode("cp1251"),
    "a.jsonl": JSONL,
    "b.jsonl": JSONL.decode().encode("koi8-r", "replace"),
    "a.json": json.dumps(RECORDS, ensure_ascii=False).encode(),
    "b.json": json.dumps({"articles": RECORDS, "n": 5}, indent=1).encode(),
    "a.csv": FRAME.to_csv(index=False).encode(),
    "a.tsv": FRAME.to_csv(index=False, sep="\t").encode(),
    "a.parquet": FRAME.to_parquet(),
    "a.xlsx": workbook(ROWS),
    "a.jsonl.gz": gzip.compress(JSONL),
    "a.jsonl.bz2": bz2.compress(JSONL),
    "a.jsonl.xz": lzma.compress(JSONL),
    "a.jsonl.zst": pa.compress(JSONL, "zstd", asbytes=True),
    "a.zip": zipped({"a.jsonl": JSONL, "b.csv": FRAME.to_csv().encode()}),
    "a.tar": tarred({"a.jsonl": JSONL, "b.txt": b"text"}),
    "a.tar.gz": gzip.compress(tarred({"a.jsonl": JSONL, "b.txt": b"text"})),
}
LIMITS = Limits(record_size=MIB, held_size=4 * MIB, unpacked_size=16 * MIB, members=100)
PIECES = [b"", b"\0", b"\xff", b'"', b"'", b"\n", b"\r", b",", b"[", b"{", b"}", b"\\u", b"9" * 30,
          b"\xef\xbb\xbf", b"\xff\xfe",
          b"PK\x03\x04", b"\x1f\x8b", b"../", b"NaN", b"1e999"]  # fmt: skip

mutations = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 20),
        st.sampled_from(PIECES) | st.binary(max_size=8),
    ),
    min_size=1,
    max_size=6,
)


def mutated(data, changes):
    for place, n_removed, piece in changes:
        at = int(place * len(data))
        data = data[:at] + piece + data[at + n_removed :]
    return data


def check(name, data):
    """What is read or reported of a file, with a good one beside it."""
    with TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(data)
        Path(folder, "z.txt").write_text("Дождь.", "utf-8")
        errors = []
        articles = list(read(folder, limits=LIMITS, on_error=errors.append))
    assert articles[-1].doc_id == "z.txt"
    assert all(isinstance(article.doc_id, str) for article in articles)
    assert all(error.path and str(error).startswith(error.path) for error in errors)
    assert all(len(error.head) <= 4096 for error in errors)
    assert len(articles) + len(errors) < 2000


fuzzed = settings(
    deadline=None,
    max_examples=1400,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("name", SEEDS)
@fuzzed
@given(changes=mutations)
def test_changed_files(name, changes):
    check(name, mutated(SEEDS[name], changes))


@pytest.mark.parametrize("ending", sorted({name.partition(".")[2] for name in SEEDS}))
@settings(fuzzed, max_examples=200)
@given(data=st.binary(max_size=300) | st.sampled_from(list(SEEDS.values())))
def test_any_bytes(ending, data):
    check(f"a.{ending}", data)


def test_columns_that_are_not_there_are_no_matter_of_a_file(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(JSONL)
    with pytest.raises(OptionError):
        list(read(tmp_path, columns={"text": "none"}, on_error=lambda _: None))


def one_change(chance):
    """A place in a file, how many bytes are taken out there, and what is put in."""
    piece = chance.choice([*PIECES, chance.randbytes(chance.randrange(1, 5))])
    return chance.random(), chance.choice([0, 0, 1, 1, 4, 64]), piece


@pytest.mark.slow
def test_changed_files_for_long():
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    end = monotonic() + float(os.environ.get("NEWSNLP_FUZZ_SECONDS", "900"))
    number = 0
    while monotonic() < end:
        name = chance.choice(list(SEEDS))
        changes = [one_change(chance) for _ in range(chance.randrange(1, 8))]
        number += 1
        try:
            check(name, mutated(SEEDS[name], changes))
        except BaseException as error:
            error.add_note(f"seed {seed}, file {number}: {name} changed by {changes}")
            raise


# Any text: one row, offsets that hold.

texts = st.text(max_size=300) | st.lists(
    st.sampled_from(
        [
            "Путин ",
            "в Минске",
            "ОДКБ",
            ". ",
            "\n",
            "«",
            "»",
            "\xa0",
            "\u0301",
            "\0",
            "\ud800",
            "<b>",
            "http://а.б/",
            "И. ",
            "12:30",
            "—",
            "Читайте также",
            "қ",
            "😀",
        ]
    ),
    max_size=40,
).map("".join)


@settings(fuzzed, max_examples=600)
@given(given_texts=st.lists(texts, min_size=1, max_size=4))
def test_any_text_has_its_row(annotator, given_texts):
    check_rows(annotator, given_texts)


@pytest.mark.slow
def test_any_text_for_long(annotator):
    end = monotonic() + float(os.environ.get("NEWSNLP_FUZZ_SECONDS", "900"))

    @settings(fuzzed, max_examples=200, database=None)
    @given(given_texts=st.lists(texts, min_size=1, max_size=4))
    def look(given_texts):
        check_rows(annotator, given_texts)

    while monotonic() < end:
        look()


def check_rows(annotator, given_texts):
    """Every text has its row, and offsets hold."""
    frames = annotator.annotate(given_texts)
    articles = frames.articles
    assert articles["doc_id"].tolist() == [str(number) for number in range(len(given_texts))]
    assert set(articles["status"]) <= {"ok", "empty", "not_russian"}
    by_id = articles.set_index("doc_id")["text"]
    for name in ("zones", "sentences", "tokens", "mentions"):
        rows = frames[name]
        for doc_id, start, stop in zip(rows["doc_id"], rows["start"], rows["stop"], strict=True):
            assert 0 <= start < stop <= len(by_id[doc_id])
    for name in ("sentences", "tokens", "mentions"):
        rows = frames[name]
        for row in rows.itertuples():
            assert by_id[row.doc_id][row.start : row.stop] == row.text
