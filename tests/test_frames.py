"""Frames: exact columns and dtypes, also when empty, and clear errors."""

import json
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsnlp import Frames, keyness, shares
from newsnlp.errors import DuplicateIdError, FrameNotComputedError, OptionError
from newsnlp.frames import conform, dtypes_of, empty_frame, pandas_dtype
from newsnlp.schema import FRAMES, SCHEMA, TOPICS

ARTICLES = ["Токаев прибыл в Минск.", "", "ЦБ сохранил ставку. Рубль окреп.", None]


def assert_schema(name, table, topics=TOPICS):
    assert list(table.columns) == list(SCHEMA[name].columns)
    for column, dtype in dtypes_of(name, topics).items():
        assert table[column].dtype == pandas_dtype(dtype), column
        if isinstance(dtype, tuple):  # equal dtypes may have their categories in another order
            assert tuple(table[column].cat.categories) == dtype, column
    assert table.index.equals(pd.RangeIndex(len(table)))
    assert not table.duplicated(list(SCHEMA[name].key)).any()
    assert not table.attrs


@pytest.fixture(scope="module")
def frames(annotator):
    return annotator.annotate(ARTICLES)


@pytest.mark.parametrize("name", FRAMES)
def test_columns_and_dtypes(frames, name):
    assert_schema(name, frames[name])
    assert_schema(name, empty_frame(name))


@pytest.mark.parametrize("source", [[], ["", None, " "], pd.Series([], dtype="str")])
def test_nothing_to_annotate(annotator, source):
    frames = annotator.annotate(source)
    for name in FRAMES:
        assert_schema(name, frames[name])
    assert (frames.articles["status"] == "empty").all()


def test_string_columns_hold_nan(frames):
    assert frames.articles["url"].isna().all()
    assert frames.articles["url"].dtype == pd.StringDtype(na_value=np.nan)


def test_a_frame_that_was_not_asked_for(annotator):
    frames = annotator.annotate(ARTICLES, frames=["mentions"])
    assert frames.names == ("articles", "mentions")
    with pytest.raises(FrameNotComputedError, match="'tokens' was not computed"):
        _ = frames.tokens
    with pytest.raises(KeyError, match="no frame 'words'"):
        _ = frames["words"]
    assert not hasattr(frames, "words")


@pytest.mark.parametrize("wrong", [["words"], "mentions"])
def test_a_frame_that_does_not_exist(annotator, wrong):
    with pytest.raises(OptionError, match="takes a list of articles, tags"):
        annotator.annotate(ARTICLES, frames=wrong)


@pytest.mark.parametrize("name", FRAMES)
def test_what_is_computed_alone_is_as_in_the_full_run(annotator, frames, name):
    alone = annotator.annotate(ARTICLES, frames=[name])
    pd.testing.assert_frame_equal(alone[name], frames[name])
    pd.testing.assert_frame_equal(alone.articles, frames.articles)


def test_concat(annotator, frames):
    parts = list(annotator.stream(ARTICLES, batch_size=1))
    assert len(parts) == len(ARTICLES)
    for name in FRAMES:
        pd.testing.assert_frame_equal(Frames.concat(parts)[name], frames[name])
    with pytest.raises(OptionError, match="nothing to concatenate"):
        Frames.concat([])
    other = annotator.annotate(ARTICLES, frames=["tags"])
    with pytest.raises(OptionError, match="results differ"):
        Frames.concat([frames, other])


def test_concat_of_a_stream_and_of_one_article_twice(annotator, frames):
    joined = Frames.concat(annotator.stream(ARTICLES, batch_size=2))
    pd.testing.assert_frame_equal(joined.mentions, frames.mentions)
    with pytest.raises(DuplicateIdError, match="rows 0 and 4 of articles both have doc_id '0'"):
        Frames.concat([frames, frames])


@pytest.mark.parametrize("wrong", [{"frames": ["words"]}, {"batch_size": 1.5}, {"batch_size": 0}])
def test_a_stream_refuses_wrong_options_at_once(annotator, wrong):
    with pytest.raises(OptionError):
        annotator.stream(ARTICLES, **wrong)


def unbuilt(frames):
    return [name for name in frames.names if frames.tables.unbuilt(name) is not None]


def test_a_frame_is_built_when_it_is_first_read(annotator, frames):
    parts = list(annotator.stream(ARTICLES, batch_size=2))
    joined = Frames.concat(parts)
    assert repr(joined) == repr(frames)
    assert all(unbuilt(each) == list(FRAMES) for each in (*parts, joined))
    assert joined.mentions is joined["mentions"]
    assert unbuilt(joined) == [name for name in FRAMES if name != "mentions"]
    assert unbuilt(parts[0]) == list(FRAMES)
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda _: joined.tokens, range(20)))
    assert all(table is tables[0] for table in tables)


def test_concat_holds_what_its_parts_held(annotator, frames):
    parts = list(annotator.stream(ARTICLES, batch_size=2))
    assert len(parts[0].tokens)  # one part is read before, and changed afterwards
    joined = Frames.concat(parts)
    parts[0].tokens["lemma"] = ""
    parts[1].tokens["lemma"] = ""
    for name in FRAMES:
        pd.testing.assert_frame_equal(joined[name], frames[name])


def test_pickle_of_what_is_not_built(annotator, frames):
    new = annotator.annotate(ARTICLES)
    assert len(new.tokens)
    again = pickle.loads(pickle.dumps(new))
    assert unbuilt(again) == [name for name in FRAMES if name != "tokens"]
    for name in FRAMES:
        pd.testing.assert_frame_equal(again[name], frames[name])


def test_pickle_and_views(frames):
    again = pickle.loads(pickle.dumps(frames))
    assert again.names == FRAMES and again.info == frames.info
    assert "mentions: 3" in repr(frames)
    assert "<b>mentions</b>: 3 rows" in frames._repr_html_()


def test_html_is_escaped(annotator):
    frames = annotator.annotate("Сайт <script>alert(1)</script> закрыт.")
    assert "<script>" not in frames._repr_html_()


def test_conform_orders_columns(frames):
    table = frames.topics[frames.topics.columns[::-1]].astype({"rank": "int64"})
    assert_schema("topics", conform("topics", table))


# --- topics of a user's own ----------------------------------------------------------------------

FIELDS = ("вода", "хлопок", "газ")
TRADE = ("газ", "тарифы")


def topics_of_articles(frames):
    return [topic if isinstance(topic, str) else None for topic in frames.articles["topic"]]


def test_info_names_the_topics(annotator, frames):
    assert frames.info["topics"] == annotator.info()["topics"] == list(TOPICS)
    assert tuple(frames.articles["topic"].cat.categories) == TOPICS


def test_topics_of_a_user_are_the_categories(own_topics):
    result = own_topics({"1": "хлопок", "2": None, "3": "газ"}, FIELDS)
    for name in result.names:
        assert_schema(name, result[name], FIELDS)
        assert_schema(name, empty_frame(name, FIELDS), FIELDS)
    assert topics_of_articles(result) == ["хлопок", None, "газ"]
    assert result.topics["topic"].tolist() == ["хлопок", "газ"]
    assert result.topics["label"].tolist() == ["Хлопок", "Газ"]


def test_more_topics_than_a_small_integer_counts(own_topics):
    names = [f"тема {number}" for number in range(40_000)]
    assert own_topics({"1": names[-1]}, names).articles["topic"].tolist() == ["тема 39999"]


def test_concat_unites_topics(annotator, own_topics):
    files = [{"name": "поля.txt", "sha256": "1f"}, {"name": "торговля.txt", "sha256": "2e"}]
    fields = own_topics({"поля": "газ"}, FIELDS, files[0])
    trade = own_topics({"торг": "газ", "пошлины": "тарифы"}, TRADE, files[1])
    usual = annotator.annotate("Клуб выиграл чемпионат.", frames=["topics"])
    joined = Frames.concat([fields, trade])
    assert joined.info["topics"] == ["вода", "хлопок", "газ", "тарифы"]
    assert joined.info["options"]["topics"] == files
    assert json.loads(json.dumps(joined.info)) == joined.info
    for name in joined.names:
        assert_schema(name, joined[name], joined.info["topics"])
    assert joined.articles["topic"].tolist() == ["газ", "газ", "тарифы"]
    whole = Frames.concat([joined, usual])
    assert whole.info["topics"] == [*joined.info["topics"], *TOPICS]
    assert whole.info["options"]["topics"] == [*files, None]
    assert whole.topics["topic"].tolist() == ["газ", "газ", "тарифы", "medtop:15000000"]
    assert Frames.concat([fields, Frames.concat([trade, usual])]).info == whole.info


def test_concat_refuses_what_else_differs(annotator, own_topics):
    fields = own_topics({"1": "газ"}, FIELDS)
    plain = annotator.with_options(layout="plain").annotate("Саммит.", frames=["topics"])
    with pytest.raises(OptionError, match="results differ") as raised:
        Frames.concat([fields, plain])
    assert "хлопок" not in str(raised.value)  # topics are no reason


def test_topics_of_a_user_are_counted(own_topics):
    result = own_topics({"1": "хлопок", "2": None, "3": "газ"}, FIELDS)
    table = shares(result, by="status")
    assert dict(zip(table["value"], table["n_articles"], strict=True)) == {"Газ": 1, "Хлопок": 1}
    words = pd.DataFrame({"doc_id": ["1", "3"], "keyword": ["поле", "труба"]})
    result = Frames({"articles": result.articles, "keywords": words}, result.info)
    assert keyness(result, min_articles=1)["group"].tolist() == ["Газ", "Хлопок"]


names_of_topics = st.lists(st.sampled_from("абвгд"), min_size=1, max_size=4, unique=True)
parts_of_topics = names_of_topics.flatmap(
    lambda names: st.tuples(
        st.just(names),
        st.lists(st.none() | st.sampled_from(names), max_size=3),
        st.booleans(),
    )
)


@settings(max_examples=60, deadline=None)
@given(st.lists(parts_of_topics, min_size=1, max_size=4))
def test_topics_stay_and_empty_results_have_the_same_dtypes(own_topics, parts):
    """Whatever is empty, read before, or named by several; the order of results is kept."""
    results = []
    for number, (names, told, is_read) in enumerate(parts):
        by_id = {f"{number}-{row}": topic for row, topic in enumerate(told)}
        results.append(own_topics(by_id, names))
        if is_read:
            assert_schema("articles", results[-1].articles, names)
    joined = Frames.concat(results)
    united = list(dict.fromkeys(name for names, _, _ in parts for name in names))
    expected = [topic for _, told, _ in parts for topic in told]
    assert joined.info["topics"] == united
    for name in joined.names:
        assert_schema(name, joined[name], united)
    assert topics_of_articles(joined) == expected
    assert joined.topics["topic"].tolist() == [topic for topic in expected if topic]
    conformed = conform("topics", joined.topics, united[::-1])
    assert_schema("topics", conformed, united[::-1])
    assert conformed["topic"].tolist() == joined.topics["topic"].tolist()
