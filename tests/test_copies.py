"""Copies and near copies of texts."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_frames import made_frame

from newsnlp import Frames
from newsnlp.copies import COPIES, LEAST_LENGTH, duplicates
from newsnlp.errors import MissingExtraError, OptionError
from newsnlp.frames import pandas_dtype
from newsnlp.intake import text_hash

pytest.importorskip("datasketch")

STORY = """
Президент Казахстана прибыл в Минск на саммит организации, сообщила его пресс-служба в среду.
В аэропорту главу государства встретил премьер-министр Белоруссии. Накануне в столице прошли
переговоры министров иностранных дел, на которых обсуждали границы, учения и торговлю зерном.
Итоговую декларацию лидеры шести стран подпишут в четверг утром, после чего выйдут к прессе.
""".strip().replace("\n", " ")
OTHER = """
Дожди в области продолжатся до пятницы, предупредили синоптики. Уровень воды в реке вырос на
метр, дамбу укрепляют сотни добровольцев с мешками песка. Школы двух районов закрыты до
понедельника, а жителей низин размещают у родственников и в спортивных залах города.
""".strip().replace("\n", " ")


def frames_of(texts, zones=None, **columns):
    ids = [str(number) for number in range(len(texts))]
    tables = {
        "articles": made_frame(
            "articles", len(texts), doc_id=ids, text=texts, text_hash=[*map(text_hash, texts)],
            **columns,
        ),
    }  # fmt: skip
    if zones is not None:
        ids, kinds, starts, stops = zip(*zones, strict=True)
        tables["zones"] = made_frame(
            "zones", len(zones), doc_id=ids, zone=kinds, start=starts, stop=stops
        )
    return Frames(tables, {})


def groups_of(table):
    return table.groupby("group")["doc_id"].agg(list).tolist()


def words_of(*places):
    """STORY with other words in some places."""
    words = STORY.split()
    return " ".join("иначе" if place in places else word for place, word in enumerate(words))


# What a text is made of STORY and OTHER; whether it is a copy.
CASES = {
    "the same": (STORY, True),
    "case, ё and marks": (STORY.upper().replace(".", "…").replace("Е", "Ё"), True),
    "a word here and there": (words_of(3, 40), True),
    "a word in every line": (words_of(*range(0, 50, 5)), False),
    "cut": (STORY[: STORY.index("Итоговую")], True),
    "cut and changed": (words_of(3)[: words_of(3).index("Итоговую")], True),
    "a piece": (STORY[: STORY.index("Накануне")], False),
    "with an ending": (STORY + " " + OTHER[:90], True),
    "half of it": (STORY[: len(STORY) // 2] + " " + OTHER, False),
    "in a digest": (STORY + " " + OTHER + " " + OTHER[::-1], False),
    "another": (OTHER, False),
    "empty": ("", False),
}


@pytest.mark.parametrize("case", CASES)
def test_copies(case):
    text, is_copy = CASES[case]
    for texts in ([STORY, text], [text, STORY]):
        table = duplicates(frames_of(texts))
        assert list(table.columns) == list(COPIES)
        assert [table[name].dtype for name in COPIES] == [*map(pandas_dtype, COPIES.values())]
        assert groups_of(table) == ([["0", "1"]] if is_copy else [])
        assert table["first"].tolist() == ["0", "0"] * is_copy
        assert table["similarity"].between(0.8, 1).all()
        assert table["similarity"].tolist()[:1] == [1] * is_copy


def test_the_first_is_the_earliest():
    texts = [STORY, OTHER, STORY + " Подробнее.", OTHER, STORY, OTHER]
    days = [None, "2024-03-03", "2024-03-02", "2024-03-03", "2024-03-01", None]
    published = ["2024-03-05T10:00Z", None, None, None, None, "2024-03-02T10:00Z"]
    table = duplicates(
        frames_of(texts, day=pd.to_datetime(days), published=pd.to_datetime(published, utc=True))
    )
    assert groups_of(table) == [["4", "2", "0"], ["5", "1", "3"]]
    assert table["first"].tolist() == ["4"] * 3 + ["5"] * 3
    table = duplicates(frames_of(texts))
    assert groups_of(table) == [["0", "2", "4"], ["1", "3", "5"]]


def test_menus_make_no_copies_where_zones_are_known():
    menu, story = OTHER, STORY[:60]
    texts = [f"{menu}\nВ реке тает лёд, катки закрыты.", f"{menu}\n{story}", f"Заголовок\n{story}"]
    assert groups_of(duplicates(frames_of(texts))) == [["0", "1"]]
    zones = [
        (str(row), kind, start, stop)
        for row, text in enumerate(texts)
        for border in [text.index("\n")]
        for kind, start, stop in [
            ("title" if row == 2 else "boilerplate", 0, border), ("body", border + 1, len(text)),
        ]
    ]  # fmt: skip
    assert groups_of(duplicates(frames_of(texts, zones))) == [["1", "2"]]


def test_headlines_without_a_body_are_compared():
    texts = ["Дожди продолжатся", "Дожди продолжатся!", "Дожди прошли"]
    zones = [(str(row), "title", 0, len(text)) for row, text in enumerate(texts)]
    assert groups_of(duplicates(frames_of(texts, zones))) == [["0", "1"]]


def test_no_copies():
    assert duplicates(frames_of([])).empty
    assert duplicates(frames_of([None, None, OTHER])).empty
    assert groups_of(duplicates(frames_of(["—", "!", "—"]))) == [["0", "2"]]


def likeness(one, other, n_words):
    """The share of the shorter text's runs that two texts have in common, and that of all."""
    sets = []
    for text in (one, other):
        words = text.lower().split()
        runs = [tuple(words[i : i + n_words]) for i in range(len(words) - n_words + 1)]
        sets.append(set(runs) if runs else {tuple(words)})
    shorter, longer = sorted(sets, key=len)
    if len(shorter) < LEAST_LENGTH * len(longer) or not any(shorter):
        return 0.0, 0.0
    common = len(shorter & longer)
    return common / len(shorter), common / len(shorter | longer)


words = st.lists(st.sampled_from(["а", "б", "в", "г", "д"]), max_size=12).map(" ".join)


@settings(max_examples=80, deadline=None)
@given(st.lists(words, max_size=6), st.sampled_from([0.5, 0.8, 1.0]), st.integers(1, 3))
def test_firsts_are_no_copies_and_others_are_of_the_nearest(texts, threshold, n_words):
    frames = frames_of(texts)
    table = duplicates(frames, threshold=threshold, n_words=n_words)
    assert table["doc_id"].is_unique and (table.groupby("group").size() > 1).all()
    pd.testing.assert_frame_equal(table, duplicates(frames, threshold=threshold, n_words=n_words))
    for row in table.itertuples():
        one, first = texts[int(row.doc_id)], texts[int(row.first)]
        assert int(row.first) <= int(row.doc_id)
        expected = 1.0 if one == first else likeness(one, first, n_words)[0]
        assert row.similarity == np.float32(expected) >= np.float32(threshold)
    copies = set(table["doc_id"][table["doc_id"] != table["first"]])
    kept = [text for number, text in enumerate(texts) if str(number) not in copies]
    for place, one in enumerate(kept):
        for other in kept[:place]:
            assert one != other or not one
            share, of_all = likeness(one, other, n_words)
            # What is less alike is nearly always among the candidates.
            assert share < threshold or of_all < 0.8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, "threshold=0"), ({"threshold": 1.2}, "threshold=1.2"),
        ({"threshold": True}, "threshold=True"),
        ({"threshold": "0.8"}, "threshold='0.8'"), ({"n_words": 0}, "n_words=0"),
        ({"n_words": 2.0}, "n_words=2.0"), ({"n_words": True}, "n_words=True"),
    ],
)  # fmt: skip
def test_duplicates_refuses(options, message):
    with pytest.raises(OptionError, match=message):
        duplicates(frames_of([]), **options)


def test_without_datasketch(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasketch", None)
    with pytest.raises(MissingExtraError, match=r"newsnlp\[duplicates\]"):
        duplicates(frames_of([]))
