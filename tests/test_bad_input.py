"""Input that is no clean text: each has its status, in linear time, and its neighbours stay."""

import gc
from time import perf_counter

import numpy as np
import pandas as pd
import pytest

from newsnlp import Annotator, Article
from newsnlp.errors import OptionError

GOOD = "Токаев прибыл в Минск. Саммит ОДКБ пройдёт в четверг."
ANY = "ok not_russian"

# Texts, whole: what they are | the text as Python writes it | statuses that are right.
WHOLE = r"""
nothing                  |                                                        | empty
blanks                   | \x20\t\r\n\x0b\x0c\u2028\u2029\x85                      | empty
no-break spaces          | \xa0\u2007\u202f\u3000                                 | empty
zero-width spaces        | \u200b\u200b\ufeff                                     | not_russian
control characters       | Саммит\x07 прошёл\x1b[0m в\x08 Минске.                 | ok
NUL                      | Саммит\x00прошёл в Минске.                             | ok
a lone surrogate         | Саммит прошёл\ud83d в Минске.                          | ok
surrogates the wrong way | \ude00\ud83d                                           | not_russian
lost letters             | ??????? ?????? ? ??????, ???????? ????.                | not_russian
replaced letters         | \ufffd\ufffd\ufffd \ufffd\ufffd                        | not_russian
only punctuation         | … — «» () [] !!! ???                                   | not_russian
only numbers             | 12 345,67 89 10.11.12                                  | not_russian
mixed scripts            | Саммит summit 峰会 قمة прошёл в Минске.                   | ok
two scripts in a word    | Президeнт прибыл в Mинcк и выcтупил c речью.           | ok
emoji                    | Саммит 🎉 прошёл 👨‍👩‍👧 в Минске 🇧🇾.                     | ok
stress marks             | За\u0301мок Ми\u0301р принял тури\u0301стов в Ми\u0301нске.   | ok
soft hyphens             | Прези\xadдент при\xadбыл в Минск.                      | ok
no-break spaces in text  | Саммит\xa0прошёл в\u202fМинске\u2009и Астане.          | ok
zero-width in text       | Сам\u200bмит про\u200dшёл в\ufeff Минске.              | ok
decomposed letters       | Саммит проше\u0308л в Минске, Толсто\u0438\u0306 приехал. | ok
right-to-left marks      | Саммит \u202eпрошёл\u202c в Минске.                    | ok
mojibake of cp1251       | РџСЂРёРІРµС‚, РєР°Рє РґРµР»Р°?                          | ok not_russian
mojibake of latin-1      | ÐŸÑ€Ð¸Ð²ÐµÑ‚, ÐºÐ°Ðº Ð´ÐµÐ»Ð°?                          | ok not_russian
mojibake of koi8-r       | оПХБЕР, ЙЮЙ ДЕКЮ?                                      | ok not_russian
HTML                     | <p>Саммит&nbsp;прошёл в&#160;Минске.</p>               | ok
beyond the basic plane   | 𐍈𝕊𝕒𝕞 Саммит прошёл в Минске.                             | ok
last code point          | \U0010ffff\uffff                                       | not_russian
"""
TEXTS = [[cell.strip(" ") for cell in row.split("|")] for row in WHOLE.strip().splitlines()]


def unescaped(text):
    """The text that a table's cell writes with escapes."""
    pieces = text.encode("ascii", "backslashreplace").decode("ascii")
    return pieces.encode().decode("unicode-escape")


@pytest.mark.parametrize(("name", "text", "statuses"), TEXTS, ids=[row[0] for row in TEXTS])
def test_status_and_neighbours(annotator, name, text, statuses):
    text = unescaped(text)
    frames = annotator.annotate([GOOD, text, GOOD])
    first, status, last = frames.articles["status"]
    assert status in statuses.split()
    assert first == last == "ok"
    assert len(frames.articles["text"][1]) == len(text)
    alone = annotator.annotate(GOOD).tokens[["start", "stop", "text", "lemma", "upos"]]
    for doc_id in "02":
        tokens = frames.tokens[frames.tokens["doc_id"] == doc_id].reset_index(drop=True)
        pd.testing.assert_frame_equal(tokens[alone.columns], alone)
    for row in frames.tokens.itertuples():
        assert frames.articles["text"][int(row.doc_id)][row.start : row.stop] == row.text


@pytest.mark.parametrize(
    ("text", "mention", "lemma"),
    [
        ("Саммит\xa0прошёл в\u202fМинске.", "Минске", "минск"),
        ("Замок Ми\u0301р под Ми\u0301нском принял гостей.", "Ми\u0301нском", "минск"),
        ("Саммит прошёл в Мин\xadске.", "Мин\xadске", "минск"),
        ("Саммит\x00 прошёл в Минске.", "Минске", "минск"),
        ("🎉 Саммит прошёл в Минске 🎉", "Минске", "минск"),
    ],
)
def test_names_are_still_found(annotator, text, mention, lemma):
    frames = annotator.annotate(text)
    assert mention in frames.mentions["text"].tolist()
    assert frames.tokens.set_index("text").loc[mention, "lemma"] == lemma


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, pd.NaT, float("nan")])
def test_missing(annotator, value):
    frames = annotator.annotate([GOOD, value, GOOD])
    assert frames.articles["status"].tolist() == ["ok", "empty", "ok"]


@pytest.mark.parametrize(
    "value", [7, 7.5, True, b"text", ["text"], {"text": 1}, object(), np.int64(3)]
)
def test_no_strings(annotator, value):
    with pytest.raises(TypeError, match="row 1"):
        annotator.annotate([GOOD, value])
    (frames,) = annotator.stream([GOOD, value, GOOD])
    assert frames.articles["status"].tolist() == ["ok", "failed", "ok"]
    assert type(value).__name__ in frames.articles["error"][1]


@pytest.mark.parametrize("value", [7.5, True, (), b"7", object()])
def test_no_ids(annotator, value):
    source = [Article(text=GOOD), Article(text=GOOD, doc_id=value), Article(text=GOOD)]
    with pytest.raises(TypeError, match="row 1: doc_id is a"):
        annotator.annotate(source)
    (frames,) = annotator.stream(source)
    assert frames.articles["doc_id"].tolist() == ["0", str(value), "2"]
    assert frames.articles["status"].tolist() == ["ok", "failed", "ok"]
    assert frames.articles["error"][1].startswith("doc_id is a")


@pytest.mark.parametrize("field", ["title", "lead", "rubric", "author", "url", "source"])
def test_unwritable_fields(annotator, field):
    article = Article(doc_id="а", text=GOOD, **{field: "Минск\x00\ud800"})
    frames = annotator.annotate([article])
    assert frames.articles["status"].tolist() == ["ok"]
    assert field in frames.articles["error"][0]
    assert not any(
        "\x00" in value or "\ud800" in value
        for value in frames.articles.loc[0].tolist()
        if isinstance(value, str)
    )


def test_too_long():
    annotator = Annotator(max_length=len(GOOD))
    frames = annotator.annotate([GOOD, GOOD + ".", GOOD])
    assert frames.articles["status"].tolist() == ["ok", "too_long", "ok"]
    assert str(len(GOOD) + 1) in frames.articles["error"][1]
    assert pd.isna(frames.articles["text"][1])
    begin = perf_counter()
    frames = annotator.annotate(["а" * 5_000_000, GOOD])
    assert frames.articles["status"].tolist() == ["too_long", "ok"]
    assert perf_counter() - begin < 5
    with pytest.raises(OptionError, match="max_length"):
        Annotator(max_length=0)


# A million characters, which cost next to nothing, and what is beyond them.


@pytest.mark.parametrize(
    ("unit", "statuses"),
    [
        ("а", ANY),
        ("А", ANY),
        ("1", ANY),
        ("a", ANY),
        ("\n", "empty"),
        ("\r\n", "empty"),
        (" ", "empty"),
    ],
)
def test_a_million_characters(annotator, unit, statuses):
    text = unit * (1_000_000 // len(unit))
    begin = perf_counter()
    frames = annotator.annotate([text, GOOD, text + "аа"])
    assert perf_counter() - begin < 15
    assert frames.articles["status"][0] in statuses.split()
    assert frames.articles["status"].tolist()[1:] == ["ok", "too_long"]


# Texts made of one piece over and over: the time grows as the length does.
REPEATED = {
    "prose": "Президент Касым-Жомарт Токаев прибыл с визитом в Минск, сообщила пресс-служба. ",
    "one word": "а", "capitals in one word": "Аа", "digits and letters": "1а", "digits": "1 ",
    "punctuation": ".", "question marks": "?! ", "quotes": "«»", "brackets": "((", "dashes": "-",
    "words and dashes": "Минск-", "glued sentences": "Минск.", "initials": "И.О. ", "bullets": "■",
    "lines": "Минск\n",
    "blank lines": "Минск\n\n\n", "times": "12:30\n",
    "markers": "Читайте также\n", "a script in a word": "аa", "Kazakh letters": "Қазақстан ",
    "emoji": "😀", "NUL": "\x00",
    "surrogates": "\ud800", "stress marks": "за\u0301", "combining marks": "\u0301",
    "soft hyphens": "Мос\xadква ", "zero width": "Минск\u200b", "no-break spaces": "Минск\xa0",
    "mojibake": "РџСЂРёРІРµС‚ ", "addresses": "http://а.б/", "tags": "<p>", "at signs": "@",
    "names": "Иван Петров ", "slashes": "/",
}  # fmt: skip
SIZES = (4_000, 8_000, 16_000)


@pytest.mark.parametrize("unit", REPEATED.values(), ids=REPEATED)
def test_time_is_linear(annotator, unit):
    gc.collect()
    tries = [seconds_by_size(annotator, unit)]
    while not is_linear(tries[-1]) and len(tries) < 3:  # a busy machine is no quadratic loop
        tries.append(seconds_by_size(annotator, unit))
    assert is_linear(tries[-1]), tries


def seconds_by_size(annotator, unit):
    seconds = []
    for size in SIZES:
        text = (unit * (size // len(unit) + 1))[:size]
        begin = perf_counter()
        annotator.annotate(text)
        seconds.append(perf_counter() - begin)
    return seconds


def is_linear(seconds):
    return seconds[2] < 2 * (SIZES[2] / SIZES[0]) * seconds[0] + 0.25
