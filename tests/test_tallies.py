"""The frames behind the pictures."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import newsnlp
from newsnlp import tallies
from newsnlp.contrasts import PERIODS
from newsnlp.errors import FrameNotComputedError, OptionError
from newsnlp.frames import Frames, empty_frame
from newsnlp.tallies import SIGNIFICANT, log_likelihood_ratio

TYPES = pd.CategoricalDtype(["PER", "ORG", "LOC"])


def frames_of(articles):
    """Frames of articles, each a day, a topic and what it names: "PER Токаев 2 KZ"."""
    ids = [str(number) for number in range(len(articles))]
    days, topics, named = zip(*articles, strict=True) if articles else ((), (), ())
    table = empty_frame("articles").reindex(range(len(articles)))
    table["doc_id"] = ids
    table["day"] = pd.to_datetime(pd.Series(days, dtype="object")).astype("datetime64[s]")
    table["topic_label"] = pd.Series(topics, dtype="str")
    rows = [
        (id_, f"{type_}:{name}", type_, name, int(n), country[0] if country else None)
        for id_, entities in zip(ids, named, strict=True)
        for type_, name, n, *country in (entity.split() for entity in entities)
    ]
    columns = ["doc_id", "entity_id", "type", "name", "n_mentions", "country"]
    entities = pd.DataFrame(rows, columns=columns).astype({"type": TYPES, "n_mentions": "int32"})
    return Frames({"articles": table, "entities": entities}, {})


# 2024-03-04 is a Monday; the week of the 11th has no article.
ARTICLES = [
    ("2024-03-06", "Политика", ["PER Токаев 2", "ORG ОДКБ 1", "LOC Астана 1 KZ"]),
    ("2024-03-08", "Спорт", ["PER Токаев 1", "LOC Актау 3 KZ", "LOC Китай 1 CN"]),
    ("2024-03-18", "Политика", ["ORG ОДКБ 4", "PER Рахмон 1"]),
    ("2024-03-24", None, ["ORG ОДКБ 1", "PER Токаев 0"]),
    (None, "Спорт", ["PER Токаев 5"]),
]


@pytest.fixture(scope="module")
def frames():
    return frames_of(ARTICLES)


# --- topics -------------------------------------------------------------------------------------


def test_topics_are_all_articles(frames):
    table = tallies.topics(frames)
    assert table["topic"].tolist()[:2] == ["Политика", "Спорт"] and table["topic"].isna()[2]
    assert table["n_articles"].tolist() == [2, 2, 1]
    assert table["share"].sum() == pytest.approx(1)


def test_topics_over_time(frames):
    table = tallies.topics(frames, freq="W")
    counts = table.pivot(index="period", columns="topic", values="n_articles")
    assert counts["Политика"].tolist() == [1, 0, 1]
    assert counts["Спорт"].tolist() == [1, 0, 0]
    assert table[table["topic"].isna()]["n_articles"].tolist() == [0, 0, 1]
    assert table["topic"].tolist()[:2] == ["Политика", "Спорт"]
    assert table["share"].tolist()[:3] == [0.5, 0.5, 0] and table["share"][3:6].isna().all()
    # From Wednesday the 6th to Sunday the 24th: only the first week is not whole.
    assert table.drop_duplicates("period")["is_whole"].tolist() == [False, True, True]


def test_no_articles_no_topics():
    assert tallies.topics(frames_of([])).empty
    with pytest.raises(OptionError, match="no article has a day"):
        tallies.topics(frames_of([]), freq="W")


# --- entities -----------------------------------------------------------------------------------


def test_entities(frames):
    table = tallies.entities(frames)
    assert table[["rank", "name", "n_articles", "n_mentions"]].values.tolist() == [
        [1, "Токаев", 3, 8], [2, "Рахмон", 1, 1],
    ]  # fmt: skip
    for asked in ({"type": None, "n": 3}, {"type": "LOC", "by": "mentions"}):
        pd.testing.assert_frame_equal(
            tallies.entities(frames, **asked), newsnlp.top(frames, **asked)
        )


def test_who_is_only_credited_is_not_named(annotator):
    frames = annotator.annotate(
        newsnlp.Article(published="2024-03-04", text="Мост открыли в Актау, передаёт РИА Новости.")
    )
    assert tallies.entities(frames, type=None)["name"].tolist() == ["Актау"]
    with pytest.raises(OptionError, match="no article is about 'РИА Новости': it is only credited"):
        tallies.timeline(frames, "РИА Новости")


# --- names and clusters -------------------------------------------------------------------------


def under_other_names(frames, entity_id, names):
    """The same frames, where articles in turn call an entity by one name or another."""
    entities = frames.entities.copy()
    rows = entities.index[entities["entity_id"] == entity_id]
    entities.loc[rows, "name"] = names[: len(rows)]
    return Frames({"articles": frames.articles, "entities": entities}, {})


def test_an_entity_has_one_name_everywhere():
    pair = ["PER Лавров 1", "PER Блинкен 1"]
    frames = frames_of([("2024-03-04", None, pair)] * 5 + [("2024-03-04", None, [])] * 20)
    frames = under_other_names(frames, "PER:Лавров", ["С. Лавров", *["Сергей Лавров"] * 4])
    assert "Сергей Лавров" in tallies.entities(frames)["name"].tolist()
    row = tallies.cooccurrence(frames).iloc[0]
    assert {row["name_a"], row["name_b"]} == {"Сергей Лавров", "Блинкен"}
    for asked in ("С. Лавров", "Сергей Лавров", "PER:Лавров"):
        found = tallies.timeline(frames, asked)
        assert found[["entity_id", "name", "n_articles"]].values.tolist() == [
            ["PER:Лавров", "Сергей Лавров", 5]
        ]


def test_entities_of_a_cluster_are_one():
    frames = frames_of(
        [("2024-03-04", None, ["PER Рааб 2", "PER Доминик 1", "PER Песков 1"])] * 2
        + [("2024-03-12", None, ["PER Рааб 1", "PER Песков 1"])] * 3
        + [("2024-03-12", None, [])] * 20
    )
    clusters = frames.entities[["doc_id", "entity_id"]]
    clusters = clusters.assign(cluster_id=clusters["entity_id"].replace("PER:Рааб", "PER:Доминик"))
    table = tallies.entities(frames, clusters=clusters)
    assert table[["name", "n_articles", "n_mentions"]].values.tolist() == [
        ["Доминик", 5, 9], ["Песков", 5, 5],
    ]  # fmt: skip
    for asked in ("Рааб", "Доминик", "PER:Рааб"):
        table = tallies.timeline(frames, asked, clusters=clusters)
        assert table["name"].tolist() == ["Доминик"] * 2
        assert table["n_articles"].tolist() == [2, 3] and table["n_mentions"].tolist() == [6, 3]
    (pair,) = tallies.cooccurrence(frames, clusters=clusters).itertuples()
    assert (pair.name_a, pair.name_b, pair.n_articles) == ("Доминик", "Песков", 5)
    assert len(tallies.cooccurrence(frames, min_articles=1, min_score=0)) == 3


# --- timelines ----------------------------------------------------------------------------------


def test_timeline(frames):
    table = tallies.timeline(frames, ["ОДКБ", "PER:Токаев"])
    assert table["name"].tolist() == ["ОДКБ"] * 3 + ["Токаев"] * 3
    assert table["period"].astype(str).tolist() == ["2024-03-04", "2024-03-11", "2024-03-18"] * 2
    assert table["n_articles"].tolist() == [1, 0, 2, 2, 0, 0]
    assert table["n_mentions"].tolist() == [1, 0, 5, 3, 0, 0]
    assert table["n_all"].tolist() == [2, 0, 2] * 2
    assert table["value"].tolist() == table["n_articles"].tolist()


@pytest.mark.parametrize(
    ("of", "share", "value"),
    [
        ("articles", False, [1, 0, 2]),
        ("mentions", False, [1, 0, 5]),
        ("articles", True, [1 / 2, None, 2 / 2]),
        ("mentions", True, [1 / 9, None, 5 / 6]),
    ],
)
def test_what_a_timeline_counts(frames, of, share, value):
    found = tallies.timeline(frames, "ОДКБ", of=of, share=share)["value"]
    np.testing.assert_allclose(found.to_numpy(float), np.array(value, float))


@pytest.mark.parametrize(
    ("freq", "first", "n", "whole"),
    [
        ("D", "2024-03-06", 19, [True] * 19),
        ("W", "2024-03-04", 3, [False, True, True]),
        ("M", "2024-03-01", 1, [False]),
        ("Q", "2024-01-01", 1, [False]),
        ("Y", "2024-01-01", 1, [False]),
    ],
)
def test_periods(frames, freq, first, n, whole):
    table = tallies.timeline(frames, "ОДКБ", freq=freq)
    assert len(table) == n and str(table["period"][0].date()) == first
    assert table["is_whole"].tolist() == whole
    assert table["n_articles"].sum() == 3


@pytest.mark.parametrize(("name", "letter"), PERIODS.items())
def test_a_period_is_called_by_name_or_letter(frames, name, letter):
    for ask in (
        lambda period: tallies.timeline(frames, "ОДКБ", freq=period),
        lambda period: tallies.topics(frames, freq=period),
        lambda period: newsnlp.shares(frames, by=period),
    ):
        pd.testing.assert_frame_equal(ask(name), ask(letter))


def test_names_are_compared_as_names(frames):
    assert tallies.timeline(frames, "«одкб»")["name"][0] == "ОДКБ"
    assert len(tallies.timeline(frames, ["ОДКБ", "одкб", "ORG:ОДКБ"])) == 3


def test_of_entities_with_one_name_that_of_most_articles():
    frames = frames_of(
        [("2024-03-04", None, ["LOC Вашингтон 1"])]
        + [("2024-03-05", None, ["PER Вашингтон 1"])] * 2
    )
    assert tallies.timeline(frames, "Вашингтон")["entity_id"][0] == "PER:Вашингтон"
    assert tallies.timeline(frames, "LOC:Вашингтон")["type"][0] == "LOC"


def test_unknown_entities(frames):
    with pytest.raises(OptionError, match=r"entity='Рахмонов' is no .* near ones: Рахмон$"):
        tallies.timeline(frames, "Рахмонов")
    with pytest.raises(OptionError, match="entity='НАТО' is no entity_id and no name; see frames"):
        tallies.timeline(frames, ["ОДКБ", "НАТО"])
    with pytest.raises(OptionError, match="entity='НАТО' is no entity_id and no name"):
        tallies.timeline(frames_of([("2024-03-04", None, [])]), "НАТО")
    with pytest.raises(OptionError, match="entities is empty"):
        tallies.timeline(frames, [])
    with pytest.raises(OptionError, match="entities holds 7"):
        tallies.timeline(frames, [7])


def test_a_surname_is_near_a_full_name(annotator):
    frames = annotator.annotate(
        [newsnlp.Article(doc_id="1", published="2024-03-04", text="Касым-Жомарт Токаев прибыл.")]
    )
    with pytest.raises(OptionError, match="near ones: Касым-Жомарт Токаев"):
        tallies.timeline(frames, "Токаев")


def test_without_days_there_is_no_timeline():
    frames = frames_of([(None, "Спорт", ["PER Токаев 1"])])
    with pytest.raises(OptionError, match="no article has a day to count by: give `published`"):
        tallies.timeline(frames, "Токаев")


# --- company ------------------------------------------------------------------------------------


def g2(both, n_a, n_b, n):
    """G² as the textbook has it: twice the sum of O ln(O / E) over the four cells."""
    observed = [both, n_a - both, n_b - both, n - n_a - n_b + both]
    expected = [
        row * column / n for row in (n_a, n - n_a) for column in (n_b, n - n_b)
    ]  # a and b, a without b, b without a, neither
    pairs = zip(observed, expected, strict=True)
    return 2 * sum(o * math.log(o / e) for o, e in pairs if o)


def test_log_likelihood_ratio_of_a_table_computed_by_hand():
    # Dunning (1993), table of "the swiss": 110 2,442; 111 29,114, where -2 log λ is 270.72.
    found = log_likelihood_ratio(
        np.array([110.0]),
        np.array([110.0 + 2442]),
        np.array([110.0 + 111]),
        110 + 2442 + 111 + 29114,
    )
    assert found[0] == pytest.approx(270.72, abs=0.01)


tables = st.tuples(*[st.integers(0, 60)] * 4)


@given(tables)
@settings(deadline=None)
def test_log_likelihood_ratio(cells):
    both, only_a, only_b, _ = cells
    n_a, n_b, n = both + only_a, both + only_b, sum(cells)
    assume(n_a and n_b and n_a < n and n_b < n)
    found = log_likelihood_ratio(*(np.array([float(x)]) for x in (both, n_a, n_b)), n)[0]
    assert found == pytest.approx(g2(both, n_a, n_b, n), abs=1e-8)


def company(n_together, n_apart):
    """Articles that name two together, and as many that name one, the other and neither."""
    pair = ["PER Лавров 1", "PER Блинкен 1"]
    return frames_of(
        [("2024-03-04", None, pair)] * n_together
        + [("2024-03-04", None, [name]) for name in pair] * n_apart
        + [("2024-03-04", None, ["LOC Актау 1 KZ"])] * n_apart
    )


def test_cooccurrence():
    table = tallies.cooccurrence(company(8, 2))
    assert table.columns.tolist() == [
        "entity_a", "entity_b", "name_a", "name_b", "type_a", "type_b", "n_articles", "n_a", "n_b",
        "expected", "score",
    ]  # fmt: skip
    assert tallies.cooccurrence(company(8, 2), min_score=0).shape[0] == 1
    assert table.empty  # G² is 1.17: chance has as much

    table = tallies.cooccurrence(company(8, 2), min_score=1)
    row = table.iloc[0]
    assert (row["n_articles"], row["n_a"], row["n_b"]) == (8, 10, 10)
    assert row["expected"] == pytest.approx(10 * 10 / 14)
    assert row["score"] == pytest.approx(g2(8, 10, 10, 14))


def test_what_every_article_names_is_nobodys_company():
    frames = frames_of(
        [("2024-03-04", None, ["LOC Россия 1 RU", "PER Песков 1"])] * 20
        + [("2024-03-04", None, ["LOC Россия 1 RU"])] * 20
    )
    assert tallies.cooccurrence(frames).empty


def test_rare_company_is_left_out_and_types_are_chosen():
    together = ["PER Лавров 1", "PER Блинкен 1", "ORG МИД 1"]
    frames = frames_of(
        [("2024-03-04", None, together)] * 6 + [("2024-03-04", None, ["LOC Актау 1 KZ"])] * 14
    )
    assert len(tallies.cooccurrence(frames)) == 3
    assert len(tallies.cooccurrence(frames, type="PER")) == 1
    assert len(tallies.cooccurrence(frames, type=["PER", "ORG"])) == 3
    assert len(tallies.cooccurrence(frames, top=3)) == 1
    assert tallies.cooccurrence(frames, min_articles=7).empty


names = st.lists(st.sampled_from("абвгд"), unique=True)


@given(st.lists(names, min_size=1, max_size=25))
@settings(max_examples=60, deadline=None)
def test_cooccurrence_counts_articles(articles):
    frames = frames_of(
        [("2024-03-04", None, [f"PER {name} 1" for name in some]) for some in articles]
    )
    table = tallies.cooccurrence(frames, min_articles=1, min_score=0)
    for row in table.itertuples():
        has = [{row.name_a, row.name_b} & set(some) for some in articles]
        assert row.n_articles == sum(len(both) == 2 for both in has)
        assert row.n_a == sum(row.name_a in some for some in has) >= row.n_b
        assert row.n_articles > row.expected == pytest.approx(row.n_a * row.n_b / len(articles))
    assert not table.duplicated(["entity_a", "entity_b"]).any()
    assert table["score"].is_monotonic_decreasing


# --- keywords and countries ---------------------------------------------------------------------


def test_keywords_of_the_greatest_groups():
    sources = ["а"] * 4 + ["б"] * 6 + ["в"] * 5
    articles = empty_frame("articles").reindex(range(len(sources)))
    articles["doc_id"] = [str(number) for number in range(len(sources))]
    articles["source"] = pd.Series(sources, dtype="str")
    articles["day"] = pd.to_datetime(
        pd.Series([f"2024-0{'абв'.index(source) + 1}-01" for source in sources])
    ).astype("datetime64[s]")
    told = pd.DataFrame({"doc_id": articles["doc_id"], "keyword": [f"{s}{s}" for s in sources]})
    frames = Frames({"articles": articles, "keywords": told}, {})
    assert tallies.keywords(frames, by="source")["group"].tolist() == ["б", "в", "а"]
    assert tallies.keywords(frames, by="source", n=2)["keyword"].tolist() == ["бб", "вв"]
    assert tallies.keywords(frames, by="month", n=2)["group"].tolist() == ["2024-02", "2024-03"]


def test_countries(frames):
    table = tallies.countries(frames)
    assert table[["country", "name", "n_articles", "n_mentions"]].values.tolist() == [
        ["KZ", "Казахстан", 2, 4], ["CN", "Китай", 1, 1],
    ]  # fmt: skip
    assert table["share"].tolist() == [2 / 5, 1 / 5]


# --- options ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda frames: tallies.topics(frames, freq="H"), "freq='H': takes D, W, M, Q, Y, day"),
        (
            lambda frames: tallies.entities(frames, type="GPE"),
            "type='GPE' is none of PER",
        ),
        (lambda frames: tallies.entities(frames, by="n"), "by='n' is none of articles, mentions"),
        (lambda frames: tallies.entities(frames, n=0), "n=0: takes a whole number from 1 up"),
        (lambda frames: tallies.timeline(frames, "ОДКБ", of="n"), "of='n': takes articles, mentio"),
        (lambda frames: tallies.cooccurrence(frames, top=1), "top=1: takes a whole number from 2 "),
        (lambda frames: tallies.cooccurrence(frames, min_articles=0), "min_articles=0: takes"),
        (lambda frames: tallies.cooccurrence(frames, min_score=-1), "min_score=-1: takes a number"),
        (lambda frames: tallies.keywords(frames, top_k=0), "top_k=0: takes a whole number"),
        (lambda frames: tallies.cooccurrence(frames, type=["GPE"]), "type='GPE': takes"),
        (lambda frames: tallies.keywords(frames, n=0), "n=0: takes a whole number"),
        (lambda frames: tallies.countries(frames, n=0), "n=0: takes a whole number"),
    ],
)
def test_wrong_options(frames, call, message):
    with pytest.raises(OptionError, match=message):
        call(frames)


def test_only_the_frames_that_are_counted_are_read(frames):
    articles = Frames({"articles": frames.articles}, {})
    assert len(tallies.topics(articles)) == 3
    with pytest.raises(FrameNotComputedError, match="'entities' was not computed"):
        tallies.countries(articles)


def test_the_floor_is_that_of_one_in_a_thousand():
    assert math.erfc(math.sqrt(SIGNIFICANT / 2)) == pytest.approx(0.001, rel=0.01)
