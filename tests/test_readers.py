import csv
import gzip
import json
import re
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsnlp import Article, read
from newsnlp.errors import OptionError, ReadError
from newsnlp.fields import as_tags, describe, host, map_fields, to_article

TEXT = "Первая строка.\r\n\r\nВторая «строка».\n"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
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
        ("n.csv", b'id,text\n1,a\n2,"b\n3,c\n', ["1"], ["n.csv:3: the row is no CSV"]),
        ("n.csv", b"text,text\na,b\n", [], ["n.csv:1: the column 'text' is there twice"]),
        ("n.csv", b"", [], []),
        ("n.csv", b"name,age\nA,7\n", [], ["n.csv: no column .*'name'.*: there are name, age"]),
        ("n.jsonl", b"{}\n", [], ["n.jsonl: the records are empty"]),
        ("n.txt", "Дождь".encode("cp1251"), [], ["n.txt: byte 0 is not UTF-8: .*iconv"]),
        ("n.txt", "Дождь идёт".encode("koi8-r"), [], ["n.txt: byte 0 is not UTF-8: .*-f koi8-r"]),
        ("n.txt", "Дождь идёт".encode("cp866"), [], ["n.txt: byte 0 is not UTF-8: .*-f cp866"]),
        ("n.txt", "Дождь идёт".encode("utf-16le"), [], ["n.txt: the file .*-f utf-16le"]),
        ("n.txt", "Дождь — идёт".encode("utf-16be"), [], ["n.txt: the file .*-f utf-16be"]),
        ("n.txt", b"\xff\xfe\x14", [], ["n.txt: byte 2 is not UTF-16, as the file says"]),
        ("n.csv", "id,text\n1,Дождь".encode("utf-16"), [], ["n.csv: the file is UTF-16: .*iconv"]),
        ("n.csv", "id,Текст\n1,а\n".encode("cp1251"), [], ["n.csv:1: the header is not .*cp1251"]),
        ("n.csv.gz", "id,text\n1,Дождь".encode("koi8-r"), [], ["gz:2: the row is not .*koi8-r"]),
        ("n.jsonl", jsonl({"text": "Дождь"}).encode("utf-16le"), [], ["the file .*-f utf-16le"]),
        ("n.jsonl", jsonl({"text": "Дождь"}).encode("cp1251"), [], ["n.jsonl:1: .*-f cp1251"]),
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


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_text_that_names_its_encoding(tmp_path, encoding):
    [article] = read(write(tmp_path / "n.txt", TEXT.encode(encoding)))
    assert article.text == TEXT


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
