"""The laws of the frames, over texts that nobody would write and over ones that somebody might."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsnlp import Article, Frames
from newsnlp.schema import FRAMES, ZONES

PIECES = [
    "Политика", "Токаев прибыл в Минск", "Касым-Жомарт Токаев заявил о саммите ОДКБ в Минске.",
    "Глава государства принял участие в сессии Совета коллективной безопасности, которая прошла.",
    "Насия Алябьева", "Читайте также", "Recent Posts", "2 часа назад", "3 дня ago",
    "24 ноября 2025",
    "В Караганде задержали банду домушников…", "Қазақстан Президенті Астанада сөз сөйледі.",
    "The president arrived in Minsk on Monday morning.", "«Барыс» — «Шанхай Дрэгонс» 3:2",
    "", " ", "\t", "\x00", "\ud800", "😀", "за\u0301мок", "ооо" * 50, "1,5 млн", "…", "-",
]  # fmt: skip
pages = st.lists(st.sampled_from(PIECES), max_size=8).flatmap(
    lambda parts: st.sampled_from(["\n", "\n\n", " ", "\r\n", "\u2028"]).map(
        lambda gap: gap.join(parts)
    )
)
texts = pages | st.text(max_size=60)
fields = st.none() | st.sampled_from(PIECES)
articles = st.builds(
    lambda text, title, lead, rubric: Article(text=text, title=title, lead=lead, rubric=rubric),
    st.none() | texts, fields, fields, fields,
)  # fmt: skip
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def local(frames):
    """Texts of the articles by id."""
    return frames.articles.set_index("doc_id")["text"]


def assert_equal(found, expected):
    """Equal but for scores, which may differ by 1e-3."""
    pd.testing.assert_frame_equal(found, expected, atol=1e-3, rtol=0)


@quick
@given(st.lists(texts, max_size=4))
def test_texts_and_offsets(annotator, sources):
    frames = annotator.annotate(sources)
    assert frames.articles["doc_id"].tolist() == [str(i) for i in range(len(sources))]
    for given_text, row in zip(sources, frames.articles.itertuples(), strict=True):
        expected = "".join(
            "\ufffd" if letter == "\x00" or 0xD800 <= ord(letter) < 0xE000 else letter
            for letter in given_text
        )
        assert row.text == expected
        assert isinstance(row.error, str) == (expected != given_text or row.status != "ok")
    text = local(frames)
    for name in ("sentences", "tokens", "mentions"):
        for row in frames[name].itertuples():
            assert text[row.doc_id][row.start : row.stop] == row.text
            assert row.text == row.text.strip() != ""


@quick
@given(st.lists(articles, max_size=3))
def test_units_nest(annotator, sources):
    frames = annotator.annotate(sources)
    text = local(frames)
    for doc_id, zones in frames.zones.groupby("doc_id"):
        assert zones["zone_id"].tolist() == list(range(len(zones)))
        uncovered = list(text[doc_id])
        stop = 0
        kind = None
        for zone in zones.itertuples():
            assert stop <= zone.start < zone.stop
            stop = zone.stop
            uncovered[zone.start : zone.stop] = []
            uncovered[zone.start : zone.start] = [" "] * (zone.stop - zone.start)
            assert (zone.zone, zone.lang) != kind
            kind = zone.zone, zone.lang
            assert zone.zone in ZONES
        assert not "".join(uncovered).strip()
    inside(frames.sentences, frames.zones, "zone_id")
    inside(frames.tokens, frames.sentences, "sentence_id")
    inside(frames.mentions, frames.sentences, "sentence_id")
    tokens = frames.tokens.set_index(["doc_id", "token_id"])
    for row in frames.mentions.itertuples():
        assert row.start == tokens.loc[(row.doc_id, row.token_start), "start"]
        assert row.stop == tokens.loc[(row.doc_id, row.token_stop - 1), "stop"]
    counts = frames.mentions.groupby(["doc_id", "entity_id"]).size()
    entities = frames.entities.set_index(["doc_id", "entity_id"])
    assert set(counts.index) == set(entities.index)
    assert (entities["n_mentions"] <= counts.reindex(entities.index)).all()
    for name in ("mentions", "keywords", "topics"):
        scores = frames[name]["score"]
        assert scores.between(0, 1).all()


def inside(units, parents, key):
    """Every unit lies in its parent."""
    joined = units.merge(parents, on=["doc_id", key], suffixes=("", "_of_parent"))
    assert len(joined) == len(units)
    assert (joined["start"] >= joined["start_of_parent"]).all()
    assert (joined["stop"] <= joined["stop_of_parent"]).all()


@quick
@given(st.lists(articles, min_size=1, max_size=4))
def test_annotating_the_articles_again_changes_nothing(annotator, sources):
    first = annotator.annotate(sources)
    again = annotator.annotate(first.articles)
    for name in FRAMES:
        dropped = {"tags": ["tag"], "zones": ["field", "field_start"], "articles": ["error"]}
        columns = first[name].columns.difference(dropped.get(name, []), sort=False)
        if name != "tags":
            assert_equal(again[name][columns], first[name][columns])


@quick
@given(st.lists(articles, min_size=1, max_size=5), st.integers(1, 3))
def test_alone_or_in_a_batch_of_any_size(annotator, sources, batch_size):
    whole = annotator.annotate(sources)
    parts = list(annotator.stream(sources, batch_size=batch_size))
    joined = Frames.concat(parts)
    for name in FRAMES:
        assert_equal(joined[name], whole[name])


def test_alone_or_in_a_batch_on_long_articles(annotator):
    """Blocks of the taggers and of BLAS fall elsewhere; labels and ids stay."""
    body = " ".join(piece for piece in PIECES if piece.strip() and piece.isprintable())
    sources = [f"{body} " * n for n in (1, 7, 40, 3)]
    whole = annotator.annotate(sources)
    alone = Frames.concat(
        [annotator.annotate(Article(text=text, doc_id=i)) for i, text in enumerate(sources)]
    )
    for name in FRAMES:
        assert_equal(alone[name], whole[name])


def test_fields_of_a_page_map_back(annotator):
    article = Article(
        title="Токаев прибыл в Минск", text="Саммит прошёл в Минске.\n\nИтоги подведены."
    )
    frames = annotator.annotate(article)
    for zone in frames.zones.itertuples():
        source = getattr(article, zone.field)
        at = zone.field_start
        assert (
            source[at : at + zone.stop - zone.start]
            == frames.articles["text"][0][zone.start : zone.stop]
        )


@pytest.mark.parametrize(
    ("source", "status"),
    [
        (None, "empty"), (np.nan, "empty"), (pd.NA, "empty"), ("", "empty"), (" \n\t", "empty"),
        ("The president arrived in Minsk on Monday and met the prime minister.", "not_russian"),
        ("а" * 1_000_001, "too_long"),
        ("Саммит прошёл в Минске.", "ok"),
    ],
)  # fmt: skip
def test_status(annotator, source, status):
    frames = annotator.annotate(["Саммит прошёл.", source, "Саммит начался."])
    assert frames.articles["status"].tolist() == ["ok", status, "ok"]
    assert frames.articles["doc_id"].tolist() == ["0", "1", "2"]
    others = annotator.annotate(["Саммит прошёл.", "Саммит начался."])
    assert frames.tokens.query("doc_id != '1'")["text"].tolist() == others.tokens["text"].tolist()
    assert isinstance(frames.articles["error"][1], str) == (status != "ok")


def test_a_value_that_is_no_string(annotator):
    with pytest.raises(TypeError, match=r"row 1.*int"):
        annotator.annotate(["Саммит прошёл.", 7])
    (frames,) = annotator.stream(["Саммит прошёл.", 7])
    assert frames.articles["status"].tolist() == ["ok", "failed"]
    assert "text is an int" in frames.articles["error"][1]
