import bz2
import csv
import gzip
import io
import json
import lzma
import re
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_files import tarred, workbook, zipped

from newsnlp import Article, read
from newsnlp.errors import OptionError, ReadError
from newsnlp.fields import as_tags, describe, host, map_fields, to_article
from newsnlp.readers import read_stream

TEXT = "Первая строка.\r\n\r\nВторая «строка».\n"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_bytes(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def jsonl(*records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def read_all(paths, **options):
    """Articles, what could not be read, and the lines on columns."""
    errors, lines = [], []
    articles = list(read(paths, on_error=errors.append, on_columns=lines.append, **options))
    return articles, [str(error) for error in errors], lines


# Columns => fields


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("url title text topic tags date", "text title url published=date rubric=topic tags"),
        ("page_url category page_id title content hashtags date_txt views_count datetime",
         "doc_id=page_id text=content title url=page_url published=datetime rubric=category "
         "tags=hashtags"),
        ("maintext title description date_publish source_domain authors",
         "text=maintext title lead=description source=source_domain author=authors "
         "published=date_publish"),
        ("Headline BODY pubDate GUID", "doc_id=GUID text=BODY title=Headline published=pubDate"),
        ("text topic category rubric", "text rubric"),
        ("text topic category", "text rubric=category"),
        ("text topic topic_label", "text"),
        ("text topic text_hash", "text"),
        ("doc_id id text", "doc_id text"),
        ("Заголовок Текст", "text=Текст title=Заголовок"),
        ("views", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_map_fields(names, expected):
    pairs = dict(cell.split("=") if "=" in cell else (cell, cell) for cell in expected.split())
    found = map_fields(names.split())
    assert found.columns == pairs
    assert set(found.left) == set(names.split()) - set(pairs.values())


def test_columns_by_option():
    names = ["text", "my_column", "category"]
    found = map_fields(names, columns={"text": "my_column", "rubric": None})
    assert found.columns == {"text": "my_column"}
    assert describe(found) == "columns: text ← my_column; left: text, category"


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        (["а", "б", "а"], ("а", "б")),
        ("а, б ,, а", ("а", "б")),
        ("['а, б', 'ГК \"Рубин\"']", ("а, б", 'ГК "Рубин"')),
        ('["а", "б"]', ("а", "б")),
        ("['а' 'б']", ("а", "б")),
        ("[а, б]", ("а", "б")),
        ("[__import__('os').getcwd()]", ("__import__('os').getcwd()",)),
        ('ГК "Рубин", б', ('ГК "Рубин"', "б")),
        ([2024, None, "б"], ("2024", "б")),
        ("[]", ()),
        (", []", ("[]",)),
        ("", ()),
        (None, ()),
        (float("nan"), ()),
    ],
)
def test_tags(value, tags):
    assert as_tags(value) == tags


@given(st.lists(st.text()))
@example([" "])
@example(["' '"])
def test_tags_out_of_a_repr(tags):
    expected = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    assert as_tags(repr(tags)) == as_tags(tags) == expected


@given(st.text() | st.text(alphabet="[]'\"\\, аб()"))
def test_tags_of_any_text(text):
    assert all(tag.strip() == tag != "" for tag in as_tags(text))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.Vesti.example/7", "vesti.example"),
        ("http://vesti.example:8080?7", "vesti.example"),
        ("vesti.example/7", "vesti.example"),
        ("https://новости.рф/7", "новости.рф"),
        ("https://", None),
        ("http://[", None),
        ("/news/7", None),
        ("новости", None),
        (None, None),
        (7, None),
    ],
)
def test_host(url, expected):
    assert host(url) == expected


def test_an_id_that_is_an_address():
    record = {"id": "https://vesti.example/7", "text": "Дождь."}
    article = to_article(record, map_fields(record))
    assert (article.doc_id, article.url, article.source) == (*[record["id"]] * 2, "vesti.example")
    assert "url ← id" in describe(map_fields(record), record)
    assert to_article(record | {"id": "7"}, map_fields(record)).url is None


def test_an_address_with_its_host_twice():
    record = {"id": "https://vesti.examplehttps://vesti.example/7", "text": "Дождь."}
    article = to_article(record, map_fields(record))
    assert article.doc_id == record["id"]
    assert (article.url, article.source) == ("https://vesti.example/7", "vesti.example")
    archived = {"url": "https://archive.example/2024/https://vesti.example/7"}
    assert to_article(archived, map_fields(archived)).url == archived["url"]


def test_metadata_of_other_types():
    record = {
        "text": "Дождь.", "rubric": 3, "authors": ["А. Ким", "Б. Ли"], "date": 1713000000,
        "lead": " ", "title": None,
    }  # fmt: skip
    expected = Article(text="Дождь.", rubric="3", author="А. Ким, Б. Ли", published="1713000000")
    assert to_article(record, map_fields(record)) == expected


# Files => articles


def test_text_stays_as_it_is(tmp_path):
    write(tmp_path / "а.txt", "\ufeff" + TEXT)
    write(tmp_path / "б.jsonl", jsonl({"text": TEXT}))
    pd.DataFrame({"text": [TEXT]}).to_csv(tmp_path / "в.csv", index=False)
    pd.DataFrame({"text": [TEXT]}).to_parquet(tmp_path / "г.parquet")
    assert [(article.doc_id, article.text) for article in read(tmp_path)] == [
        ("а.txt", TEXT), ("б.jsonl#1", TEXT), ("в.csv#1", TEXT), ("г.parquet#1", TEXT),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("n.jsonl", jsonl({"id": 7, "title": "Дождь"}, {"id": "8", "title": "Снег"})),
        ("n.NDJSON", '\ufeff{"id": 7, "title": "Дождь"}\r\n\n \n{"id": 8, "title": "Снег"}'),
        ("n.jsonl.gz", jsonl({"id": 7, "title": "Дождь"}, {"id": "8", "title": "Снег"})),
        ("n.csv", "id,title\r\n7,Дождь\r\n\r\n8,Снег\r\n"),
        ("n.csv", "\ufeffid;title\n7;Дождь\n8;Снег"),
        ("n.csv.gz", 'id\ttitle\n7\t"Дождь"\n8\tСнег\n'),
    ],
)  # fmt: skip
def test_formats(tmp_path, name, content):
    articles, errors, lines = read_all(write(tmp_path / name, content))
    assert [(article.doc_id, article.title) for article in articles] == [
        ("7", "Дождь"),
        ("8", "Снег"),
    ]
    assert errors == []
    assert lines == [f"{tmp_path / name}: columns: doc_id ← id, title ← title"]


def test_parquet(tmp_path):
    frame = pd.DataFrame(
        {
            "id": [7, 8],
            "title": ["Дождь", None],
            "tags": [["лето"], []],
            "published": pd.to_datetime(["2024-04-12 10:00", None]),
        }
    )
    frame.to_parquet(tmp_path / "n.parquet")
    assert list(read(tmp_path / "n.parquet")) == [
        Article(doc_id="7", title="Дождь", tags=("лето",), published=datetime(2024, 4, 12, 10)),
        Article(doc_id="8"),
    ]


def test_ids(tmp_path):
    records = [
        {"id": None, "url": "https://vesti.example/1", "text": "а"},
        {"id": "", "url": "", "text": "б"},
        {"id": 3.0, "url": "https://vesti.example/3", "text": "в"},
    ]
    write(tmp_path / "папка" / "n.jsonl", jsonl(*records))
    ids = {
        tmp_path: "папка/n.jsonl#2",
        tmp_path / "папка": "n.jsonl#2",
        tmp_path / "папка" / "n.jsonl": "n.jsonl#2",
    }
    for path, second in ids.items():
        assert [article.doc_id for article in read(path)] == [
            "https://vesti.example/1", second, "3",
        ]  # fmt: skip
    [_, article, _] = read(tmp_path / "папка" / "n.jsonl", root=tmp_path)
    assert article.doc_id == "папка/n.jsonl#2"
    with pytest.raises(OptionError, match="not below"):
        read(tmp_path, root=tmp_path / "папка")


def test_folders_in_order_of_names(tmp_path):
    for name in [
        "б.txt",
        "а/в.txt",
        "а/б/а.txt",
        "README.md",
        "LICENSE",
        ".скрыто/г.txt",
        ".д.txt",
    ]:
        write(tmp_path / name, "текст")
    articles, errors, lines = read_all(tmp_path)
    assert [article.doc_id for article in articles] == ["а/б/а.txt", "а/в.txt", "б.txt"]
    assert errors == []
    assert lines == [f"{tmp_path}: left out, not articles by their endings: 1 .md, 1 LICENSE"]


def test_an_archive_is_read_by_its_articles(tmp_path):
    part = tmp_path / "part=1"
    part.mkdir()
    frame = pd.DataFrame({"doc_id": ["7"], "text": ["Дождь в Минске."], "topic": ["medtop:1"]})
    frame.assign(text_hash="0").to_parquet(part / "articles.parquet")
    pd.DataFrame({"doc_id": ["7"], "text": ["Дождь"]}).to_parquet(part / "tokens.parquet")
    write(tmp_path / "manifest.json", "{}")
    assert list(read(tmp_path)) == [Article(doc_id="7", text="Дождь в Минске.")]


@pytest.mark.parametrize("given", [".", "*", "**/*.parquet", "а.txt", "архив"])
def test_an_archive_that_is_written_is_left_out(tmp_path, monkeypatch, given):
    for name in ("архив", "старый"):
        part = tmp_path / name / "part=1"
        part.mkdir(parents=True)
        pd.DataFrame({"doc_id": [name], "text": ["Дождь"]}).to_parquet(part / "articles.parquet")
        write(tmp_path / name / "manifest.json", "{}")
    write(tmp_path / "а.txt", "текст")
    monkeypatch.chdir(tmp_path)
    articles, errors, lines = read_all(given, without=[tmp_path / "старый" / ".." / "архив"])
    named_itself = {"а.txt": ["а.txt"], "архив": ["архив"], "**/*.parquet": ["старый"]}
    assert [article.doc_id for article in articles] == named_itself.get(given, ["а.txt", "старый"])
    assert errors == []
    told = [line for line in lines if "left out: it is the archive that is written" in line]
    assert len(told) == (given not in ("а.txt", "архив"))
    assert {article.doc_id for article in read(".")} == {"архив", "старый", "а.txt"}


def test_large_csv_field(tmp_path):
    limit = csv.field_size_limit()
    text = "слово " * 50_000
    [article] = read(write(tmp_path / "n.csv", f'text\n"{text}"\n'))
    assert article.text == text
    assert csv.field_size_limit() == limit


def test_columns_are_reported_for_each_set(tmp_path):
    records = [{"text": "а"}, {"headline": "б", "views": 1}, {"text": "в"}]
    _, _, lines = read_all(write(tmp_path / "n.jsonl", jsonl(*records)))
    assert [line.split(": ", 1)[1] for line in lines] == [
        "columns: text ← text",
        "columns: title ← headline; left: views",
    ]


def test_named_columns(tmp_path):
    path = write(tmp_path / "n.jsonl", jsonl({"note": "Дождь."}, {"note": "Снег.", "by": "А. Ким"}))
    articles = list(read(path, columns={"text": "note", "author": "by"}))
    assert [article.author for article in articles] == [None, "А. Ким"]
    with pytest.raises(OptionError, match=r"n\.jsonl: .*'byline'.*: the columns are note, by"):
        list(read(path, columns={"text": "note", "author": "byline"}))
    with pytest.raises(OptionError, match=r"'body'.*no field.*: there are doc_id, text"):
        read(path, columns={"body": "note"})


PAGE = (
    "<html><head><title>Мост открыли</title></head><body><h1>Мост открыли</h1><p>В Пскове во "
    "вторник открыли мост через реку Великую, сообщили в мэрии города: {}.</p></body></html>"
)


def web_archive(*pages):
    records = []
    for number, page in enumerate(pages, start=1):
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=cp1251\r\n\r\n" + page
        head = (
            "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\n"
            f"WARC-Target-URI: https://vesti.example/{number}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        records.append(gzip.compress(head.encode() + body + b"\r\n\r\n"))
    return records


def test_web_archives(tmp_path):
    pytest.importorskip("fastwarc")
    pytest.importorskip("trafilatura")
    pytest.importorskip("newsnlp.warc", exc_type=ImportError)
    pages = [PAGE.format(number).encode("cp1251") for number in range(20)]
    whole = web_archive(*pages)
    write_bytes(tmp_path / "a.warc.gz", b"".join(whole))
    write_bytes(tmp_path / "b.warc.gz", b"".join(whole)[:-40])
    write_bytes(tmp_path / "c.warc", gzip.decompress(b"".join(whole)))
    write_bytes(tmp_path / "d.warc", b"WARC/1.0\r\nrubbish")
    for name, n_articles, n_errors in [
        ("a.warc.gz", 20, 0),
        ("b.warc.gz", 19, 1),
        ("c.warc", 20, 0),
    ]:
        articles, errors, _ = read_all(tmp_path / name)
        assert (len(articles), len(errors)) == (n_articles, n_errors), errors
        assert [article.doc_id for article in articles[:2]] == [
            "https://vesti.example/1", "https://vesti.example/2",
        ]  # fmt: skip
        assert "открыли мост через реку" in articles[0].text
    assert read_all(tmp_path / "d.warc")[0] == []


# What is broken is named, and the rest goes on


@pytest.mark.parametrize(
    ("name", "content", "ids", "messages"),
    [
        ("n.jsonl", b'{"text": "1"}\n{"text": \n\n[1]\n"x"\n{"text": "\xff"}\n{"text": "6"}\n',
         ["n.jsonl#1", "n.jsonl#6"],
         ["n.jsonl:2: the line is no JSON", "n.jsonl:4: .* this is a list",
          "n.jsonl:5: .* this is a str", "n.jsonl:6: the line is not UTF-8: .*iconv"]),
        ("n.jsonl", b'{"id": true, "text": "a"}\n{"id": [2], "text": "b"}\n{"id": 3, "title": "c"}',
         ["3"], ["n.jsonl:1: doc_id is a bool", "n.jsonl:2: doc_id is a list"]),
        ("n.jsonl", b"[" * 100_000, [], ["n.jsonl:1: the line is no JSON"]),
        ("n.csv", b'id,text\n1,\xd0\xb0\n2,\xff\n3\n4,a,b\n"5"x,a\n6,"\n\n"\n7,b\n',
         ["1", "6", "7"],
         ["n.csv:3: the row is not UTF-8", "n.csv:4: the row has 1 cells, the header 2",
          "n.csv:5: the row has 3 cells", "n.csv:6: the row is no CSV"]),
        ("n.csv", b'id,text\n1,a\n2,"b\n3,c\n', ["1", "3"], ["n.csv:3: the row is no CSV"]),
        ("n.csv", b"text,text\na,b\n", [], ["n.csv:1: the column 'text' is there twice"]),
        ("n.csv", b"", [], []),
        ("n.csv", b"name,age\nA,7\n", [], ["n.csv: no column .*'name'.*: there are name, age"]),
        ("n.csv", b"link,body_html\nhttps://vesti.example/1,Rain\n", [],
         ["n.csv: no column .* --columns text=body_html or .*there are link, body_html"]),
        ("n.csv", b"link\nhttps://vesti.example/1\n", [], ["n.csv: no column .* text=COLUMN"]),
        ("n.jsonl", b"{}\n", [], ["n.jsonl: the records are empty"]),
        ("n.txt", b"\xff", [], ["n.txt: byte 0 is not UTF-8: .*iconv -f"]),
        ("n.txt", "Дождь идёт ".encode() + b"\xff", [], ["n.txt: byte 20 is not UTF-8, though"]),
        ("n.txt", bytes(range(256)), [], ["n.txt: byte 128 is not UTF-8: this is no text but bin"]),
        ("n.txt", b"\xff\xfe\x14", [], ["n.txt: byte 2 is not UTF-16, as the file says"]),
        ("n.tsv", 'id\ttext\n1\t"Рубин" победил\n2\t"а\n'.encode(), ["1", "2"], []),
        ("n.json", b'[{"id": 1, "text": "a"}, 2, {"id": 3, "text": "b"}, {"id": 4',
         ["1", "3"], ["n.json: record 2: .* this is a int", "n.json: the file is no JSON after"]),
        ("n.json", b'[{"id": 1, "text": "a"}, {"text": NaN}]', ["1"], ["no JSON after record 1"]),
        ("n.json", b"7", [], ["n.json: a record is a JSON object, this is a int"]),
        ("n.json", b"[" * 100_000, [], ["n.json: .*more than 200 values in one another"]),
        ("n.json", b"[" + b"1" * 10_000, [], ["n.json: .*a number of thousands of digits"]),
        ("n.xlsx", b"PK\x03\x04 but not really", [], ["n.xlsx: the file is no workbook of Excel"]),
        ("n.parquet", b"PAR1 but not really", [], ["n.parquet: the file is broken after row 0"]),
    ],
)  # fmt: skip
def test_broken(tmp_path, name, content, ids, messages):
    path = write(tmp_path / name, content)
    articles, errors, _ = read_all(path)
    assert [article.doc_id for article in articles] == ids
    assert len(errors) == len(messages)
    for error, message in zip(errors, messages, strict=True):
        assert re.search(message, error), error
    if messages:
        with pytest.raises(ReadError, match=messages[0]):
            list(read(path))


ENCODINGS = [
    "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32",
    "cp1251", "koi8-r", "cp866", "iso8859-5",
]  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("name", "content", "doc_id"),
    [
        ("n.txt", "{0}", "n.txt"),
        ("n.jsonl", '{{"text": "{0}"}}\n', "n.jsonl#1"),
        ("n.json", '[{{"text": "{0}"}}]', "n.json#1"),
        ("n.csv", "text,Рубрика\r\n{0},а\r\n", "n.csv#1"),
        ("n.csv.gz", "text,Рубрика\r\n{0},а\r\n", "n.csv.gz#1"),
    ],
)
def test_encodings(tmp_path, encoding, name, content, doc_id):
    text = "Дождь в Минске шёл весь день"
    path = write(tmp_path / name, content.format(text).encode(encoding))
    articles, errors, lines = read_all(path)
    assert [(article.doc_id, article.text) for article in articles] == [(doc_id, text)]
    assert errors == []
    assert any("encoding is" in line for line in lines) == (encoding != "utf-8-sig")


def test_lines_of_several_encodings(tmp_path):
    lines = [f'{{"text": "Дождь в Минске: {encoding}"}}\n'.encode(encoding)
             for encoding in ("utf-8", "cp1251", "koi8-r", "cp866", "utf-8")]  # fmt: skip
    articles, errors, _ = read_all(write(tmp_path / "n.jsonl", b"".join(lines)))
    assert errors == []
    assert all(article.text.startswith("Дождь в Минске: ") for article in articles)
    assert len(articles) == 5


def test_what_was_decoded_wrongly_is_repaired(tmp_path):
    wrong = "РџСЂРёРІРµС‚, РњРёРЅСЃРє!"
    records = [
        {"title": wrong, "text": f"{wrong}\nСёмга", "tags": [wrong]},
        {"text": "Сёмга, Рё РЎСЃ"},
        {"text": "ÐŸÑ€Ð¸Ð²ÐµÑ‚, ÐœÐ¸Ð½ÑÐº!".replace("ÑÐº", "Ñ\x81Ðº")},
    ]
    repaired = []
    path = write(tmp_path / "n.jsonl", jsonl(*records))
    first, second, third = read(path, on_repair=repaired.append)
    assert (first.title, first.text, first.tags) == (
        "Привет, Минск!", "Привет, Минск!\nСёмга", ("Привет, Минск!",),
    )  # fmt: skip
    assert second.text == records[1]["text"]
    assert third.text == "Привет, Минск!"
    assert repaired == [
        f"{path}:1: decoded wrongly before, repaired: text, title, tags",
        f"{path}:3: decoded wrongly before, repaired: text",
    ]


RECORDS = [{"id": 7, "title": "Дождь"}, {"id": 8, "title": "Снег"}]
IDS = ["7", "8"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("n.json", json.dumps(RECORDS)),
        ("n.json", json.dumps(RECORDS, indent=2, ensure_ascii=False)),
        ("n.json", "\ufeff" + json.dumps(RECORDS)),
        ("n.json", json.dumps({"status": "ok", "articles": RECORDS, "n": 2})),
        ("n.json", jsonl(*RECORDS)),
        ("n.json", "".join(json.dumps(record) for record in RECORDS)),
        ("n.tsv", "id\ttitle\n7\tДождь\n8\tСнег\n"),
    ],
)
def test_more_formats(tmp_path, name, content):
    articles, errors, _ = read_all(write(tmp_path / name, content))
    assert errors == []
    assert [(article.doc_id, article.title) for article in articles] == [
        ("7", "Дождь"),
        ("8", "Снег"),
    ]


def test_one_object(tmp_path):
    record = {"title": "Дождь", "text": "Шёл весь день.", "images": [{"title": "Зонт"}],
              "tags": ["лето"], "n": 1.5}  # fmt: skip
    [article] = read(write(tmp_path / "n.json", json.dumps(record, indent=1)))
    assert article == Article(
        doc_id="n.json#1", title="Дождь", text="Шёл весь день.", tags=("лето",)
    )


def test_workbook(tmp_path):
    book = workbook([["id", "title"], [7, "Дождь"], ["", ""], [8, "Снег"]], [["text"], ["Град"]])
    articles, errors, _ = read_all(write(tmp_path / "n.xlsx", book))
    assert errors == []
    assert [(article.doc_id, article.title or article.text) for article in articles] == [
        ("7", "Дождь"), ("8", "Снег"), ("n.xlsx!Лист2#1", "Град"),
    ]  # fmt: skip


COMPRESSORS = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
    "zst": lambda data: pa.compress(data, "zstd", asbytes=True),
}  # fmt: skip


@pytest.mark.parametrize("kind", COMPRESSORS)
@pytest.mark.parametrize("name", ["n.jsonl", "n.csv", "n.parquet", "n.txt"])
def test_compressed(tmp_path, kind, name):
    frame = pd.DataFrame({"text": [f"Дождь {number}" for number in range(1000)]})
    contents = {
        "n.jsonl": jsonl(*frame.to_dict("records")).encode(),
        "n.csv": frame.to_csv(index=False).encode(),
        "n.parquet": frame.to_parquet(),
        "n.txt": b"text",
    }
    compress, content = COMPRESSORS[kind], contents[name]
    middle = len(content) // 2
    data = compress(content[:middle]) + compress(content[middle:])  # two streams are one file
    (tmp_path / f"{name}.{kind}").write_bytes(data)
    (tmp_path / "a" / name).parent.mkdir()
    (tmp_path / "a" / name).write_bytes(data)  # its ending does not say so
    articles, errors, lines = read_all(tmp_path)
    assert errors == []
    assert len(articles) == (2 if name == "n.txt" else 2000)
    assert len({article.doc_id for article in articles}) == len(articles)
    assert sum("its ending says not compressed" in line for line in lines) == 1


@pytest.mark.parametrize("name", ["n.zip", "n.tar", "n.tar.gz", "n.tgz", "n.tar.bz2", "n.tar.xz",
                                  "n.tar.zst"])  # fmt: skip
def test_archives(tmp_path, name):
    inner = zipped({"б.jsonl.gz": gzip.compress(jsonl({"text": "Снег"}).encode())})
    contents = {
        "папка/а.jsonl": jsonl({"text": "Дождь"}, {"text": "Град", "id": "7"}).encode(),
        "ещё/в.zip": inner,
        "г.txt": "Туман".encode(),
        "д.docx": b"",
        "__MACOSX/._г.txt": b"\0",
    }
    data = zipped(contents) if name == "n.zip" else tarred(contents)
    kind = {"tgz": "gz"}.get(name.split(".")[-1], name.split(".")[-1])
    write_bytes(tmp_path / "папка" / name, COMPRESSORS.get(kind, bytes)(data))
    articles, errors, lines = read_all(tmp_path)
    assert errors == []
    place = f"папка/{name}"
    assert [(article.doc_id, article.text) for article in articles] == [
        (f"{place}!папка/а.jsonl#1", "Дождь"), ("7", "Град"),
        (f"{place}!ещё/в.zip!б.jsonl.gz#1", "Снег"), (f"{place}!г.txt", "Туман"),
    ]  # fmt: skip
    assert articles[0].file == f"{tmp_path}/{place}!папка/а.jsonl"
    assert f"{tmp_path}/{place}: left out, not articles by their endings: 1 .docx" in lines


def test_a_zip_of_windows(tmp_path):
    data = zipped({"xxxxxxx.txt": b"text"}).replace(b"xxxxxxx", "новости".encode("cp866"))
    [article] = read(write_bytes(tmp_path / "n.zip", data))
    assert article.doc_id == "n.zip!новости.txt"


def test_patterns(tmp_path):
    for name in ["а/2023/x.txt", "а/2024/y.txt", "а/2024/z.jsonl", "б/2024/y.txt"]:
        write(tmp_path / name, '{"text": "Дождь"}')
    ids = {
        "**/*.txt": ["а/2023/x.txt", "а/2024/y.txt", "б/2024/y.txt"],
        "а/**": ["2023/x.txt", "2024/y.txt", "2024/z.jsonl#1"],
        "а/202[4-9]": ["2024/y.txt", "2024/z.jsonl#1"],
        "*/2024/y.*": ["а/2024/y.txt", "б/2024/y.txt"],
    }
    for pattern, expected in ids.items():
        assert [article.doc_id for article in read(f"{tmp_path}/{pattern}")] == expected
    [article] = read(f"{tmp_path}/а/*/x.txt", root=tmp_path)
    assert article.doc_id == "а/2023/x.txt"
    with pytest.raises(ReadError, match="no file or folder of this pattern"):
        read(f"{tmp_path}/*.csv")
    write(tmp_path / "[а].txt", "Снег")
    assert [article.text for article in read(tmp_path / "[а].txt")] == ["Снег"]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_streams(compress):
    def stream(content, format):
        return list(read_stream(io.BytesIO(compress(content.encode())), format))

    assert [article.doc_id for article in stream(jsonl({"text": "а"}, {"id": 7}), "jsonl")] == [
        "stdin#1", "7",
    ]  # fmt: skip
    assert [article.text for article in stream("text\nа\n", "csv")] == ["а"]
    assert [article.text for article in stream(TEXT, "txt")] == [TEXT]
    with pytest.raises(OptionError, match="format is 'doc': it takes txt, jsonl"):
        read_stream(io.BytesIO(), "doc")


def test_errors_say_where_and_how_it_begins(tmp_path):
    path = write(tmp_path / "n.jsonl", '{"text": "а"}\n{"text": \n')
    csv_path = write(tmp_path / "n.csv", "id,text\n1,а,б\n")
    errors = []
    list(read([path, csv_path], on_error=errors.append))
    json_error, csv_error = errors
    assert json_error.path == str(path)
    assert (json_error.line, json_error.offset, json_error.length) == (2, 15, 10)
    assert json_error.head == b'{"text": \n'
    assert (csv_error.line, csv_error.head) == (2, "1,а,б\n".encode())


def test_pages(tmp_path):
    pytest.importorskip("trafilatura")
    pytest.importorskip("newsnlp.html_pages", exc_type=ImportError)
    page = (
        "<html><head><meta charset=windows-1251><title>Мост открыли</title></head><body>"
        "<h1>Мост открыли</h1><p>В Пскове во вторник открыли мост через реку Великую, "
        "сообщили в мэрии города.</p></body></html>"
    )
    write(tmp_path / "n.html", page.encode("cp1251"))
    [article] = read(tmp_path)
    assert (article.doc_id, article.title) == ("n.html", "Мост открыли")
    assert "мост через реку Великую" in article.text


@given(st.text())
def test_any_utf8_is_no_utf16(text):
    with TemporaryDirectory() as folder:
        [article] = read(write(Path(folder, "n.txt"), text.encode("utf-8", "replace")))
    assert article.text == text.encode("utf-8", "replace").decode("utf-8-sig")


@pytest.mark.parametrize("name", ["n.jsonl.gz", "n.csv.gz"])
@pytest.mark.parametrize("damage", ["cut", "garbage"])
def test_broken_gz(tmp_path, name, damage):
    texts = [f"{number} {number * 7919 % 104729}" for number in range(20_000)]
    lines = jsonl(*({"text": text} for text in texts))
    if "csv" in name:
        lines = "\n".join(["text", *texts])
    path = write(tmp_path / name, lines)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] if damage == "cut" else data[:middle] + b"\0" * 5000)
    articles, errors, _ = read_all([path, write(tmp_path / "z.txt", "Дождь.")])
    assert f"{path}: the file cannot be read any further" in errors[-1]
    assert len(articles) > 8_000
    assert articles[-1].doc_id == "z.txt"


def test_a_value_that_is_no_string_stays(tmp_path):
    path = write(tmp_path / "n.jsonl", jsonl({"text": 5}, {"title": {"ru": "Дождь"}, "text": "а"}))
    [first, second] = read(path)
    assert (first.text, second.title) == (5, {"ru": "Дождь"})


@pytest.mark.parametrize(
    ("name", "message"),
    [("nothing.jsonl", "no such file"), ("n.docx", r"ending is none of \.txt, \.jsonl")],
)
def test_paths_are_checked_at_once(tmp_path, name, message):
    write(tmp_path / "n.docx", "")
    with pytest.raises(ReadError, match=message):
        read(tmp_path / name, on_error=lambda _: None)


def test_a_folder_without_articles(tmp_path):
    with pytest.raises(ReadError, match="no file ends in"):
        list(read(tmp_path))


def test_reading_is_lazy(tmp_path):
    path = write(tmp_path / "n.jsonl", jsonl(*[{"text": "а"}] * 1000) + "{")
    articles = read(path)
    assert next(articles).doc_id == "n.jsonl#1"


# The corpora


@pytest.mark.parametrize(
    ("name", "n", "given"),
    [
        ("lenta_headlines", 24_908, "title published"),
        ("ria", 1450, "title text published rubric tags url source"),
        ("russia_today", 5999, "title text tags url source"),
        ("tengrinews", 349, "title text published rubric url source"),
    ],
)
def test_corpora_load_without_options(data, name, n, given):
    articles, errors, lines = read_all(data / "articles" / f"{name}.jsonl.gz")
    assert errors == []
    assert lines
    assert len(articles) == len({article.doc_id for article in articles}) == n
    for field in given.split():
        assert all(getattr(article, field) not in (None, ()) for article in articles), field
    assert not any(" " in article.source for article in articles if article.source)
