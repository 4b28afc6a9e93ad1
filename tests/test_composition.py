"""Title, lead and text become one text; doing it again changes nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsnlp.composition import compose

LONG = (
    "Лидеры обсудили торговлю, транспорт и энергетику, после чего подписали восемь документов. " * 2
)

# title, lead, text -> composed; «/» is a line break
CASES = [
    ("Саммит", "Кратко.", "Текст.", "Саммит//Кратко.//Текст."),
    ("Саммит", None, "Текст.", "Саммит//Текст."),
    (None, "Кратко.", "Текст.", "Кратко.//Текст."),
    (None, None, " Текст. /", " Текст. /"),
    ("Саммит", None, None, "Саммит"),
    ("Саммит", None, "  /", "Саммит"),
    (" /", "", "Текст.", "Текст."),
    ("Саммит", "Саммит", "Текст.", "Саммит//Текст."),
    # held by the text
    ("Саммит", None, "Саммит/Текст.", "Саммит/Текст."),
    ("Саммит", "Кратко.", "Саммит//Кратко.//Текст.", "Саммит//Кратко.//Текст."),
    ("Саммит", "Кратко.", "Кратко./Саммит/Текст.", "Кратко./Саммит/Текст."),
    ("Саммит", None, "Политика/ Саммит /Текст.", "Политика/ Саммит /Текст."),
    ("Новый  саммит", None, "Новый\xa0саммит/Текст.", "Новый\xa0саммит/Текст."),
    ("Саммит", "Кратко.", "Кратко./Текст.", "Саммит//Кратко./Текст."),
    # not held: within a line, or below the body
    ("Саммит", None, "Саммит прошёл.", "Саммит//Саммит прошёл."),
    ("Саммит", None, LONG + "/Саммит", "Саммит//" + LONG + "/Саммит"),
]


def lines(text):
    return None if text is None else text.replace("/", "\n")


@pytest.mark.parametrize(("title", "lead", "text", "expected"), CASES)
def test_cases(title, lead, text, expected):
    assert compose(lines(title), lines(lead), lines(text)).text == lines(expected)


def test_a_long_lead_does_not_hide_the_title_below_it():
    text = f"{LONG}\nСаммит\nТекст."
    composed = compose("Саммит", LONG, text)
    assert composed.text == text
    assert text[slice(*composed.title)] == "Саммит"
    assert text[slice(*composed.lead)] == LONG.strip()


def test_title_and_lead_that_overlap_in_the_text_are_both_there():
    composed = compose("а\nб", "б\nв", "а\nб\nв")
    assert composed.text == "б\nв\n\nа\nб\nв"
    assert composed.title is not None
    assert composed.lead is not None


TINY = st.none() | st.text("a b\n", max_size=9)


@given(TINY, TINY, TINY)
def test_composing_again_changes_nothing(title, lead, text):
    first = compose(title, lead, text)
    again = compose(title, lead, first.text)
    assert (again.text, again.title, again.lead) == (first.text, first.title, first.lead)


@given(TINY, TINY, TINY)
def test_title_and_lead_stand_where_the_spans_say(title, lead, text):
    composed = compose(title, lead, text)
    for value, span in ((title, composed.title), (lead, composed.lead)):
        if span is not None:
            assert composed.text[slice(*span)].split() == value.split()
    assert (composed.title is not None) == bool(title and title.strip())


@given(TINY, TINY, TINY)
def test_pieces_lead_back_to_the_fields(title, lead, text):
    fields = {"title": title, "lead": lead, "text": text or ""}
    composed = compose(title, lead, text)
    covered = set()
    for field, start, stop in composed.pieces:
        assert fields[field].startswith(composed.text[start:stop])
        covered.update(range(start, stop))
    left = [place for place in range(len(composed.text)) if place not in covered]
    assert all(composed.text[place] == "\n" for place in left)


@given(st.none() | st.text(), st.text())
def test_a_plain_string_is_unchanged(blank, text):
    assert compose(None, blank if blank and not blank.strip() else None, text).text == text


@pytest.mark.parametrize(
    ("title", "lead", "text"),
    [
        ("а", "б", "а " * 500_000),
        ("а\nа\n" * 1000, "а\n" * 1000 + "б", "а\n" * 500_000),
        ("а\nб", None, "\n" * 1_000_000),
    ],
)
def test_time_is_linear(title, lead, text):
    started = time.perf_counter()
    compose(title, lead, text)
    assert time.perf_counter() - started < 5
