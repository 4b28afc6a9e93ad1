import logging
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import workbook

import newsnlp
from newsnlp import Article, read
from newsnlp.errors import DuplicateIdError, OptionError, ReadError, SourceError, SourceWarning
from newsnlp.fields import fault
from newsnlp.sources import iter_articles

RAIN, SNOW = "Дождь в Минске.", "Снег в Астане."


def rows(source, **options):
    return [(article.doc_id, article.text) for article in iter_articles(source, **options)]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (RAIN, [("0", RAIN)]),
        ("", [("0", "")]),
        ([], []),
        ([RAIN, SNOW], [("0", RAIN), ("1", SNOW)]),
        (np.array([RAIN, SNOW]), [("0", RAIN), ("1", SNOW)]),
        ([RAIN, None, float("nan"), pd.NA, " "],
         [("0", RAIN), ("1", None), ("2", None), ("3", None), ("4", " ")]),
        (Article(text=RAIN), [("0", RAIN)]),
        ([Article(text=RAIN, doc_id=7), SNOW], [("7", RAIN), ("1", SNOW)]),
        (pd.Series([RAIN, None]), [("0", RAIN), ("1", None)]),
        (pd.Series([RAIN, SNOW], index=["а", "б"]), [("а", RAIN), ("б", SNOW)]),
        (pd.Series([RAIN, SNOW], index=[5, 3]), [("5", RAIN), ("3", SNOW)]),
        (pd.Series([RAIN, SNOW], index=[5.0, 3.0]), [("5", RAIN), ("3", SNOW)]),
        (pd.Series([RAIN, SNOW], index=["а", "а"]), [("0", RAIN), ("1", SNOW)]),
        (pd.Series([RAIN], index=pd.MultiIndex.from_tuples([(1, 2)])), [("0", RAIN)]),
        (pd.Series([RAIN], index=pd.to_datetime(["2024-04-12"])), [("2024-04-12 00:00:00", RAIN)]),
        (pd.Series([RAIN, SNOW], dtype="category"), [("0", RAIN), ("1", SNOW)]),
        (pd.DataFrame({"content": [RAIN, SNOW]}, index=["а", "б"]), [("а", RAIN), ("б", SNOW)]),
        (pd.DataFrame({"content": [RAIN, None], "id": [7.0, 8.0]}), [("7", RAIN), ("8", None)]),
        (pd.DataFrame({"text": [RAIN], "id": [1], "doc_id": ["а"]}), [("а", RAIN)]),
        (pd.DataFrame({"title": [RAIN]}), [("0", None)]),
        (pd.DataFrame({"text": []}), []),
    ],
)  # fmt: skip
def test_sources(source, expected, strict):
    assert rows(source, strict=strict) == expected


@pytest.mark.parametrize(
    "text", ["news.csv", "вести/Новости.JSONL.gz", "вести/*.txt", "a.zip", "here.docx", "мои вести"]
)
def test_a_text_that_looks_like_a_file_is_a_text_with_a_warning(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("here.docx", "мои вести"):
        Path(name).touch()
    with pytest.warns(SourceWarning) as caught:
        assert rows(text) == [("0", text)]
    assert [str(each.message) for each in caught] == [
        f"{text!r} is read as a text; for the file: newsnlp.annotate(pathlib.Path({text!r}))"
    ]


@pytest.mark.parametrize(
    "text",
    ["not-here.docx", "Смотрите news.csv", "news.csv\nnews.csv", ".csv", "https://a.example/b.html",
     "\0", "\ud800", ".", "/", "а" * 300 + ".csv", "Минск"],
)  # fmt: skip
def test_other_texts_are_taken_without_a_word(text):
    assert rows(text) == [("0", text)]


def test_the_warning_names_the_line_that_called():
    with pytest.warns(SourceWarning) as caught:
        newsnlp.annotate("news.csv", frames=["articles"])
        newsnlp.show("news.csv")
    assert len(caught) == 2
    assert caught[0].filename == __file__


def test_fields_of_a_frame():
    frame = pd.DataFrame(
        {
            "Headline": ["Дождь"],
            "content": [RAIN],
            "link": ["https://www.vesti.example/7"],
            "tags": [["погода", "Минск", "погода"]],
            "date": pd.to_datetime(["2024-04-12 10:00"]).tz_localize("UTC"),
            "category": [None],
            "views": [5],
        }
    )
    assert list(iter_articles(frame)) == [
        Article(
            doc_id="0",
            title="Дождь",
            text=RAIN,
            url="https://www.vesti.example/7",
            source="vesti.example",
            tags=("погода", "Минск"),
            published=datetime(2024, 4, 12, 10, tzinfo=UTC),
        )
    ]


def test_frames_own_articles():
    articles = pd.DataFrame(
        {
            "doc_id": ["7"], "title": ["Дождь"], "rubric": [np.nan], "lead": [np.nan],
            "author": ["А. Ким"], "published": pd.to_datetime(["2024-04-12"], utc=True),
            "day": pd.to_datetime(["2024-04-12"]), "url": [np.nan], "source": [np.nan],
            "country": [np.nan], "lang": ["ru"], "text": [RAIN], "text_hash": ["0"],
            "topic": ["medtop:17000000"], "topic_label": ["погода"], "topic_score": [0.9],
            "n_sentences": [1], "n_tokens": [4], "status": ["ok"], "error": [np.nan],
        }
    )  # fmt: skip
    assert list(iter_articles(articles)) == [
        Article(
            doc_id="7",
            title="Дождь",
            author="А. Ким",
            text=RAIN,
            published=datetime(2024, 4, 12, tzinfo=UTC),
        )
    ]


def test_columns_by_option(caplog):
    frame = pd.DataFrame({"note": [RAIN], "text": ["служебное"], "id": ["7"], 0: [SNOW]})
    with caplog.at_level(logging.INFO, "newsnlp"):
        assert rows(frame, columns={"text": "note", "doc_id": None}) == [("0", RAIN)]
    assert caplog.messages == ["columns: text ← note; left: text, id, 0"]
    assert rows(frame, columns={"text": 0}) == [("7", SNOW)]
    with pytest.raises(OptionError, match=r"'body', which is no field .*there are doc_id, text"):
        rows(frame, columns={"body": "note"})
    with pytest.raises(OptionError, match=r"text is in 'notes'.*: the columns are note, text, id"):
        rows(frame, columns={"text": "notes"})
    with pytest.raises(OptionError, match="this source has none"):
        rows([RAIN], columns={"text": "note"})


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"note": [RAIN], "n": [1]}), "columns={'text': .*: there are note, n"),
        (pd.DataFrame(), "there are none"),
        (pd.DataFrame([[RAIN, SNOW]], columns=["text", "text"]), "'text' twice"),
    ],
)
def test_frames_that_are_no_articles(frame, message):
    with pytest.raises(SourceError, match=message):
        rows(frame)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"text", "not a bytes .*decode"),
        ({"text": RAIN}, "not a dict .*DataFrame"),
        (None, "not a NoneType"),
        (5, "not an int"),
        ([RAIN, 5], r"row 1: text is an int \(5\), not a string; give a str, or None"),
        ([b"text"], "row 0: text is a bytes.*decode"),
        ([{"text": RAIN}], "row 0: text is a dict.*DataFrame"),
        ([Path("а.txt")], "row 0: text is a .*Path.*newsnlp.read"),
        (pd.Series([RAIN, 5]), "row 1: text is an int"),
        (pd.Series([True]), "row 0: text is a bool"),
        (pd.DataFrame({"text": [RAIN, 5]}), "row 1: text is an int"),
        (pd.DataFrame({"text": [RAIN], "title": [{}]}), "row 0: title is a dict"),
        ([Article(text=RAIN, published=5)], "row 0: published is an int"),
        ([Article(text=RAIN, tags=5)], "row 0: tags is an int"),
        ([Article(text=RAIN, doc_id=True)], "row 0: doc_id is a bool"),
        ([Article(text=RAIN, doc_id=1.5)], "row 0: doc_id is a float"),
        (pd.DataFrame({"text": [RAIN, SNOW], "id": [1, ()]}), "row 1: doc_id is a tuple"),
    ],
)
def test_what_is_no_text_is_refused_before_any_work(source, message):
    with pytest.raises(TypeError, match=message):
        iter_articles(source)


@pytest.mark.parametrize("value", [5, b"text", {"text": RAIN}, ["а", "б"]])
def test_streams_pass_on_what_is_no_text(value):
    first, second = iter_articles([value, RAIN], strict=False)
    assert (first.text, second.doc_id) == (value, "1")
    assert fault(first).startswith("text is a")


@pytest.mark.parametrize("value", [1.5, True, (), [1], {}])
@pytest.mark.parametrize("on_duplicate", ["error", "first", "last"])
def test_streams_pass_on_what_is_no_id(value, on_duplicate):
    source = [Article(text=RAIN, doc_id=value), SNOW]
    first, second = iter_articles(source, strict=False, on_duplicate=on_duplicate)
    assert (first.doc_id, second.doc_id) == (value, "1")
    assert fault(first).startswith("doc_id is a ")
    frame = pd.DataFrame({"text": [RAIN, SNOW], "id": [value, "а"]})
    assert [article.doc_id for article in iter_articles(frame, strict=False)] == [value, "а"]


def test_files_pass_on_what_is_no_text(tmp_path):
    path = tmp_path / "n.jsonl"
    path.write_text('{"text": 5}\n{"text": "Дождь"}\n', "utf-8")
    assert rows(path) == [("n.jsonl#1", 5), ("n.jsonl#2", "Дождь")]
    with pytest.raises(ReadError, match="no such file"):
        iter_articles(tmp_path / "nothing")


TWICE = [Article(text=text, doc_id=doc_id) for text, doc_id in zip("абвг", "xyxz", strict=True)]


def test_on_duplicate():
    with pytest.raises(DuplicateIdError, match=r"row 0 and row 2 both have doc_id 'x'.*'first'"):
        iter_articles(TWICE)
    stream = iter_articles(TWICE, strict=False)
    assert [next(stream).text, next(stream).text] == ["а", "б"]
    with pytest.raises(DuplicateIdError):
        next(stream)
    for strict in (True, False):
        first = rows(TWICE, on_duplicate="first", strict=strict)
        assert first == [("x", "а"), ("y", "б"), ("z", "г")]
        last = rows(TWICE, on_duplicate="last", strict=strict)
        assert last == [("y", "б"), ("x", "в"), ("z", "г")]
    with pytest.raises(OptionError, match="'all': it takes error, first, last"):
        iter_articles(TWICE, on_duplicate="all")


@pytest.mark.parametrize(
    ("names", "paths", "expected"),
    [
        (["а.jsonl", "б.jsonl"], ["."],
         r"\S+а.jsonl:1 and \S+б.jsonl:1 both have doc_id '7': pass "
         "on_duplicate='first' .*--on-duplicate first"),
        (["а/n.csv", "б/n.csv"], ["а", "б"],
         r"\S+а.n.csv:2 and \S+б.n.csv:2 both have doc_id 'n.csv#1': files of two "
         r"folders have equal names: name the folder that both are in, {folder}; or pass "),
        (["а/n.csv"], ["а", "а/n.csv"],
         r"'n.csv#1': the file is named twice: name it once; or pass .*--on-duplicate first"),
        (["а/n.txt", "б/n.txt"], ["а", "б"],
         "row 0 and row 1 both have doc_id 'n.txt': it is the path of a file in each of two "
         "folders, .*: name the folder that both are in, once; or pass .*--on-duplicate first"),
    ],
)  # fmt: skip
def test_a_duplicate_names_its_files(tmp_path, names, paths, expected):
    contents = {".jsonl": '{"id": 7, "text": "Дождь"}', ".csv": "text\nДождь", ".txt": "Дождь"}
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(contents[Path(name).suffix], "utf-8")
    articles = read([tmp_path / path for path in paths])
    with pytest.raises(DuplicateIdError, match=expected.replace("{folder}", str(tmp_path))):
        list(iter_articles(articles, strict=False))


def test_a_duplicate_in_another_sheet(tmp_path):
    book = tmp_path / "n.xlsx"
    book.write_bytes(workbook(*[[["id", "text"], ["7", RAIN]]] * 2))
    with pytest.raises(DuplicateIdError, match=r"n\.xlsx:2 and row 1 \(\S+n\.xlsx\) both have"):
        list(iter_articles(book))


def test_ids_can_be_written():
    [article] = iter_articles([Article(text=RAIN, doc_id="а\ud800")])
    assert article.doc_id == "а\\ud800"


def test_a_position_may_be_taken():
    with pytest.raises(DuplicateIdError, match="row 0 and row 1 both have doc_id '1'"):
        iter_articles([Article(text=RAIN, doc_id="1"), SNOW])


def test_a_missing_id_in_a_column_of_ids():
    frame = pd.DataFrame({"text": [RAIN, SNOW], "page_id": [7, None]})
    with pytest.raises(DuplicateIdError, match=r"row 1 has no doc_id, .*'page_id'.*'doc_id': None"):
        iter_articles(frame)
    assert rows(frame, columns={"doc_id": None}) == [("0", RAIN), ("1", SNOW)]


def test_articles_keep_what_they_have():
    article = Article(
        doc_id="7", text=RAIN, url="https://www.vesti.example/7", source="Вести", tags=("погода",)
    )
    assert list(iter_articles([article])) == [article]


@given(st.lists(st.none() | st.text()))
def test_texts_stay_and_ids_are_positions(texts):
    expected = [(str(number), text) for number, text in enumerate(texts)]
    assert rows(texts) == rows(iter(texts), strict=False) == expected
    assert rows(pd.Series(texts, dtype=object)) == expected
