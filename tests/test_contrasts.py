"""What sets groups of articles apart."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import newsnlp
from newsnlp import plot, tallies
from newsnlp.contrasts import COLUMNS, keyness, shares
from newsnlp.errors import FrameNotComputedError, OptionError
from newsnlp.frames import Frames, empty_frame


def frames_of(articles):
    """Frames with a day, a source and keywords of each article."""
    ids = [str(number) for number in range(len(articles))]
    days, sources, keywords = zip(*articles, strict=True) if articles else ((), (), ())
    table = empty_frame("articles").reindex(range(len(articles)))
    table["doc_id"] = ids
    table["day"] = pd.to_datetime(pd.Series(days, dtype="object")).astype("datetime64[s]")
    table["source"] = pd.Series(sources, dtype="str")
    rows = [(id_, word) for id_, words in zip(ids, keywords, strict=True) for word in words]
    told = pd.DataFrame(rows, columns=["doc_id", "keyword"])
    return Frames({"articles": table, "keywords": told}, {})


ARTICLES = [
    ("2024-03-01", "a", ["паводок", "акимат", "мост"]),
    ("2024-03-02", "a", ["паводок", "акимат"]),
    ("2024-03-03", "b", ["паводок", "выборы"]),
    ("2024-04-01", "b", ["выборы", "мост"]),
    ("2024-04-02", "b", ["выборы", "партия"]),
    (None, "a", ["партия"]),
]


def test_months():
    table = keyness(frames_of(ARTICLES), by="month", min_articles=2, prior=1)
    assert table["group"].tolist() == ["2024-03", "2024-03", "2024-04"]
    assert table["keyword"].tolist() == ["паводок", "акимат", "выборы"]
    assert table["n_articles"].tolist() == [3, 2, 2]
    assert table["n_others"].tolist() == [0, 0, 1]
    assert (table["log_odds"] > 0).all() and (table["z"] > 0).all()


def test_outlets_and_top():
    table = keyness(frames_of(ARTICLES), by="source", top_k=1, min_articles=1)
    assert dict(zip(table["group"], table["keyword"], strict=True)) == {
        "a": "акимат", "b": "выборы",
    }  # fmt: skip


def test_a_word_that_all_have_sets_nothing_apart():
    articles = [("2024-03-01", source, ["россия", source]) for source in "ab" * 10]
    assert "россия" not in set(keyness(frames_of(articles), by="source")["keyword"])


@pytest.mark.parametrize("n", [1, 3, 30])
@pytest.mark.parametrize("contrast", [keyness, tallies.keywords, plot.keywords])
def test_nothing_sets_a_single_group_apart(contrast, n):
    some = [("2024-03-01", "a", ["мост", "суд"][: number % 3]) for number in range(n)]
    some.append(("2024-03-01", None, ["выборы"]))
    with pytest.raises(OptionError, match="by='source' gives only one group, 'a'"):
        contrast(frames_of(some), by="source", min_articles=1)


def test_articles_without_a_keyword_are_among_the_rest():
    tagged = [("2024-03-01", "a", ["паводок"])] * 10
    bare = [("2024-03-01", "b", [])] * 20
    few, many = (
        keyness(frames_of(tagged + bare[:n]), by="source")["z"].max() for n in (1, len(bare))
    )
    assert many > 2 > few


words = st.lists(st.sampled_from(["паводок", "мост", "выборы", "суд"]), unique=True, max_size=4)
articles = st.lists(
    st.tuples(st.just("2024-03-01"), st.sampled_from(["a", "b", None]), words), max_size=12
)


@given(articles)
@settings(max_examples=60, deadline=None)
def test_rows_are_counts(some):
    assume(len({source for _, source, _ in some if source}) != 1)
    table = keyness(frames_of(some), by="source", min_articles=1)
    assert tuple(table.columns) == COLUMNS
    for row in table.itertuples():
        has = [source for _, source, keywords in some if source and row.keyword in keywords]
        assert row.n_articles == has.count(row.group)
        assert row.n_articles + row.n_others == len(has)
    for _, group in table.groupby("group"):
        assert group["rank"].tolist() == list(range(1, len(group) + 1))
        assert (np.diff(group["z"]) <= 0).all()


def test_shares():
    table = shares(frames_of(ARTICLES), by="month", of="source")
    assert table.to_numpy().tolist() == [
        ["2024-03", "a", 2, 2 / 3], ["2024-03", "b", 1, 1 / 3], ["2024-04", "b", 2, 1.0],
    ]  # fmt: skip
    assert shares(frames_of([]), by="month").empty


@given(articles)
@settings(max_examples=40, deadline=None)
def test_shares_are_of_all_articles_of_a_group(some):
    table = shares(frames_of(some), by="month", of="source")
    with_source = sum(source is not None for _, source, _ in some)
    assert table["n_articles"].sum() == with_source
    assert table["share"].sum() == pytest.approx(with_source / len(some) if some else 0)


def test_options():
    frames = frames_of(ARTICLES)
    with pytest.raises(OptionError, match="by='цвет' is no column"):
        keyness(frames, by="цвет")
    with pytest.raises(OptionError, match="of='слова' is none of keywords"):
        keyness(frames, of="слова")
    with pytest.raises(OptionError, match="top_k=0: takes a whole number from 1 up"):
        keyness(frames, by="source", top_k=0)
    with pytest.raises(OptionError, match="prior=0: takes a number above 0"):
        keyness(frames, by="source", prior=0)
    with pytest.raises(FrameNotComputedError):
        keyness(frames, by="source", of="entities")


def test_entities_that_are_only_credited_do_not_count(annotator):
    texts = ["Мост открыли в Актау, передаёт РИА Новости."] * 3
    frames = annotator.annotate(
        [newsnlp.Article(doc_id=str(n), text=text, source="a") for n, text in enumerate(texts)]
        + [newsnlp.Article(doc_id="other", text="Школу открыли в Таразе.", source="b")]
    )
    assert keyness(frames, by="source", of="entities")["keyword"].tolist() == ["Актау"]
