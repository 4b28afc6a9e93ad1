"""Frames: exact columns and dtypes, also when empty, and clear errors."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from newsnlp import Frames
from newsnlp.errors import DuplicateIdError, FrameNotComputedError, OptionError
from newsnlp.frames import conform, empty_frame, pandas_dtype
from newsnlp.schema import FRAMES, SCHEMA

ARTICLES = ["Токаев прибыл в Минск.", "", "ЦБ сохранил ставку. Рубль окреп.", None]


def assert_schema(name, table):
    assert list(table.columns) == list(SCHEMA[name].columns)
    for column, dtype in SCHEMA[name].columns.items():
        assert table[column].dtype == pandas_dtype(dtype), column
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
