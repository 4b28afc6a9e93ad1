"""Pictures: what is drawn, that it can be read, and that nothing else changes."""

import re
import subprocess
import sys
from datetime import date
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsnlp import plot, tallies
from newsnlp.errors import MissingExtraError, OptionError
from newsnlp.frames import Frames, empty_frame
from newsnlp.labels import date_ticks, group_label, keep_apart
from newsnlp.rendering import TYPE_COLOURS
from newsnlp.schema import TYPES

matplotlib = pytest.importorskip("matplotlib")
pytest.importorskip("networkx")
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

PEOPLE = (
    "Касым-Жомарт Токаев", "Сергей Лавров", "Энтони Блинкен", "Реджеп Тайип Эрдоган",
    "Константин Константинопольский-Задунайский", "Пак", "Си Цзиньпин", "Эммануэль Макрон",
)  # fmt: skip
ORGANISATIONS = (
    "ОДКБ", "Министерство цифрового развития, инноваций и аэрокосмической промышленности", "НАТО",
    "Национальный совет по науке и технологиям", "Банк «$5 и $7»", "Евросоюз",
)  # fmt: skip
PLACES = (("Казахстан", "KZ"), ("Китай", "CN"), ("Франция", "FR"), ("США", "US"), ("Минск", "BY"))
TOPICS = (
    "Катастрофы, аварии и чрезвычайные происшествия", "Политика", "Спорт", "Труд",
    "Искусство, культура, развлечения и СМИ", "Экономика, бизнес и финансы", None,
)  # fmt: skip
WORDS = ("паводок", "электроэнергетика", "курс доллара", "чрезвычайное положение", "матч", "суд")


def made_up(n=240, *, first="2024-01-10", n_days=80, undated=0):
    """Frames of articles about a few topics, each with people, organisations and places."""
    draw = np.random.default_rng(7)
    topic = draw.choice(len(TOPICS), n, p=[0.3, 0.2, 0.15, 0.12, 0.1, 0.08, 0.05])
    articles = empty_frame("articles").reindex(range(n))
    articles["doc_id"] = pd.Series([str(number) for number in range(n)], dtype="str")
    days = pd.Timestamp(first) + pd.to_timedelta(draw.integers(0, n_days, n), "D")
    articles["day"] = pd.Series(days).astype("datetime64[s]")
    articles.loc[n - undated :, "day"] = pd.NaT
    articles["topic_label"] = pd.Series([TOPICS[one] for one in topic], dtype="str")
    articles["source"] = pd.Series(draw.choice(["«Степь»", "Газета"], n), dtype="str")
    names = [("PER", name, None) for name in PEOPLE]
    names += [("ORG", name, None) for name in ORGANISATIONS]
    names += [("LOC", name, country) for name, country in PLACES]
    rows, words = [], []
    for doc in range(n):
        # Each topic has a circle of its own, which overlaps the next one's.
        circle = [(3 * topic[doc] + step) % len(names) for step in range(5)]
        for number in draw.choice(circle, 3, replace=False):
            type_, name, country = names[number]
            n_mentions = int(draw.integers(1, 6))
            rows.append((str(doc), f"{type_}:{name}", type_, name, n_mentions, country))
        chosen = {WORDS[topic[doc] % len(WORDS)], WORDS[int(draw.integers(len(WORDS)))]}
        words += [(str(doc), word) for word in sorted(chosen)]
    columns = ["doc_id", "entity_id", "type", "name", "n_mentions", "country"]
    entities = pd.DataFrame(rows, columns=columns).astype({"type": pd.CategoricalDtype([*TYPES])})
    keywords = pd.DataFrame(words, columns=["doc_id", "keyword"])
    return Frames({"articles": articles, "entities": entities, "keywords": keywords}, {})


@pytest.fixture(scope="module")
def frames():
    return made_up()


@pytest.fixture(autouse=True)
def no_figure_is_left():
    pyplot.close("all")
    yield
    pyplot.close("all")


PICTURES = {
    "topics": plot.topics,
    "topics by week": lambda frames, **of: plot.topics(frames, freq="W", **of),
    "people": plot.entities,
    "organisations": lambda frames, **of: plot.entities(frames, type="ORG", by="mentions", **of),
    "all": lambda frames, **of: plot.entities(frames, type=None, **of),
    "one": lambda frames, **of: plot.timeline(frames, "ОДКБ", **of),
    "several": lambda frames, **of: plot.timeline(frames, [*PEOPLE[:5], "Банк «$5 и $7»"], **of),
    "shares": lambda frames, **of: plot.timeline(frames, PEOPLE[:2], freq="M", share=True, **of),
    "network": plot.cooccurrence,
    "communities": lambda frames, **of: plot.cooccurrence(frames, colour="community", **of),
    "matrix": lambda frames, **of: plot.cooccurrence(frames, kind="matrix", **of),
    "keywords": plot.keywords,
    "months": lambda frames, **of: plot.keywords(frames, by="month", of="entities", **of),
    "countries": plot.countries,
}


# --- what can be read ---------------------------------------------------------------------------


def written(ax):
    """Whatever is written in a picture, with its place in pixels."""
    texts = [*ax.texts, ax.title, ax.xaxis.label, ax.yaxis.label]
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        texts += [
            label
            for place, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            if low <= place <= high
        ]
    if ax.get_legend():
        texts += ax.get_legend().get_texts()
    for text in texts:
        if text.get_text() and text.get_visible():
            # What is written in a corner of the next one's box does not touch it.
            yield text.get_text(), text.get_window_extent().shrunk(0.98, 0.9)


def unreadable(ax):
    """Texts that overlap or that the picture's border cuts off."""
    ax.figure.draw_without_rendering()
    texts = list(written(ax))
    border = ax.figure.bbox.padded(1)
    outside = [
        text
        for text, box in texts
        if not (border.contains(box.x0, box.y0) and border.contains(box.x1, box.y1))
    ]
    return outside + [
        (text, other) for (text, box), (other, near) in combinations(texts, 2) if box.overlaps(near)
    ]


@pytest.mark.parametrize("name", PICTURES)
def test_a_small_picture_can_be_read_and_nothing_else_changes(frames, name):
    before = dict(matplotlib.rcParams)
    tables = {table: frames[table].copy() for table in frames}
    _, small = pyplot.subplots(figsize=(4, 3), layout="constrained")
    assert PICTURES[name](frames, ax=small) is small
    assert len(pyplot.get_fignums()) == 1 and len(small.figure.axes) == 1
    assert not unreadable(small)
    assert dict(matplotlib.rcParams) == before
    for table, rows in tables.items():
        pd.testing.assert_frame_equal(frames[table], rows)


@pytest.mark.parametrize("name", PICTURES)
def test_a_dark_picture_can_be_read_and_is_in_russian(frames, name):
    with pyplot.style.context("dark_background"):
        ax = PICTURES[name](frames)
        assert not unreadable(ax)
        in_cells = name in ("keywords", "months")
        for text in [*([] if in_cells else ax.texts), ax.title, *ax.get_yticklabels()]:
            assert matplotlib.colors.to_hex(text.get_color()) == "#ffffff"
    words = f"{ax.get_title()} {ax.get_xlabel()} {ax.get_ylabel()}"
    assert ax.get_title() and ax.get_xlabel()
    assert not re.findall("[a-z]+", words.replace("G²", "").replace("z", ""), re.IGNORECASE)


@pytest.mark.parametrize("dpi", [72, 150, 300])
def test_a_picture_saved_at_another_resolution_can_be_read(frames, dpi):
    _, ax = pyplot.subplots(figsize=(4, 3), layout="constrained")
    plot.entities(frames, type=None, ax=ax)
    ax.figure.set_dpi(dpi)
    assert not unreadable(ax)


@pytest.mark.parametrize("name", ["network", "matrix"])
def test_the_same_frames_give_the_same_picture(frames, name):
    pictures = []
    for _ in range(2):
        figure = PICTURES[name](frames).figure
        figure.canvas.draw()
        pictures.append(np.asarray(figure.canvas.buffer_rgba()).copy())
    assert (pictures[0] == pictures[1]).all()


def test_pictures_side_by_side(frames):
    figure, axes = pyplot.subplots(1, 2, figsize=(12, 5), layout="constrained")
    plot.topics(frames, ax=axes[0])
    plot.countries(frames, ax=axes[1])
    assert not unreadable(axes[0]) and not unreadable(axes[1])
    assert plot.entities(frames, ax=figure.add_subfigure(figure.add_gridspec(1, 1)[0]).subplots())


# --- what is drawn ------------------------------------------------------------------------------


def bars(ax):
    labels = [label.get_text() for label in ax.get_yticklabels()]
    return labels, [bar.get_width() for bar in ax.patches]


def test_bars_are_those_of_the_frame(frames):
    labels, widths = bars(plot.countries(frames))
    table = tallies.countries(frames)
    assert labels == table["name"].tolist() and widths == table["n_articles"].tolist()
    assert widths == sorted(widths, reverse=True)


def test_topics_without_one_come_last(frames):
    ax = plot.topics(frames)
    labels, widths = bars(ax)
    assert labels[-1] == "без темы" and sum(widths) == len(frames.articles)
    assert ax.patches[-1].get_facecolor() != ax.patches[0].get_facecolor()
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first is on top


def test_a_topic_of_ones_own_may_have_any_name():
    frames = made_up(60)
    articles = frames.articles.replace({"topic_label": {"Спорт": "без темы"}})
    frames = Frames({"articles": articles}, {})
    assert bars(plot.topics(frames))[0].count("без темы") == 2
    rows = [label.get_text() for label in plot.topics(frames, freq="M").get_yticklabels()]
    assert len(rows) == len(TOPICS) and sum("без темы" in row for row in rows) == 2


def test_colours_are_those_of_types(frames):
    ax = plot.entities(frames, type=None)
    types = tallies.entities(frames, type=None)["type"]
    for bar, type_ in zip(ax.patches, types, strict=True):
        assert matplotlib.colors.to_hex(bar.get_facecolor()) == TYPE_COLOURS[type_]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "люди", "организации", "места",
    ]  # fmt: skip


def test_long_labels_are_wrapped_or_cut(frames):
    labels, _ = bars(plot.entities(frames, type="ORG"))
    assert all(len(line) <= 30 for label in labels for line in label.splitlines())
    assert "Министерство цифрового\nразвития, инноваций и…" in labels
    labels, _ = bars(plot.entities(frames, type="ORG", ax=pyplot.subplots()[1]))
    assert "Министерство цифрового…" in labels


def test_dollars_are_no_formulas(frames):
    ax = plot.entities(frames, type="ORG")
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())
    assert not plot.timeline(frames, "Банк «$5 и $7»").title.get_parse_math()


@pytest.mark.parametrize("name", ["topics", "timeline"])
def test_periods_are_called_by_name_or_letter(frames, name):
    given = () if name == "topics" else (["ОДКБ", "НАТО"],)
    one, other = (getattr(plot, name)(frames, *given, freq=freq) for freq in ("month", "M"))
    assert one.get_xlabel() == other.get_xlabel()
    assert one.get_xlabel().startswith("По месяцам")
    assert one.get_xticks().tolist() == other.get_xticks().tolist()


def test_lines_are_those_of_the_frame(frames):
    names = ["ОДКБ", "НАТО"]
    ax = plot.timeline(frames, names)
    table = tallies.timeline(frames, names)
    whole = table[table["is_whole"]]
    assert not table["is_whole"].all()
    for name, line in zip(names, ax.get_legend().legend_handles, strict=True):
        (drawn,) = (
            other for other in ax.lines
            if other.get_color() == line.get_color() and other.get_linestyle() == "-"
            and len(other.get_xdata()) > 1
        )  # fmt: skip
        assert drawn.get_ydata().tolist() == whole[whole["name"] == name]["value"].tolist()
    assert {line.get_linestyle() for line in ax.lines} >= {"-", ":"}
    assert "неполные — пунктиром" in ax.get_xlabel()
    assert all(float(tick).is_integer() for tick in ax.get_yticks())


def test_articles_without_a_day_are_told():
    ax = plot.timeline(made_up(undated=12), "ОДКБ")
    assert ax.get_xlabel().endswith("без даты статей: 12")


def test_a_single_period_and_a_long_one():
    short, long = made_up(n_days=1), made_up(n_days=9000)
    for frames, freq in product((short, long), "WY"):
        assert not unreadable(plot.timeline(frames, ["ОДКБ", "НАТО"], freq=freq))
    assert not unreadable(plot.topics(long, freq="M"))


def test_a_single_period_that_is_not_whole_leaves_no_gap():
    ax = plot.timeline(made_up(n_days=2), "ОДКБ")
    ax.figure.draw_without_rendering()
    assert ax.yaxis.label.get_window_extent().x0 < 10


def test_network_has_the_pairs_of_the_frame(frames):
    ax = plot.cooccurrence(frames)
    pairs = tallies.cooccurrence(frames)
    nodes, edges = ax.collections[1], ax.collections[0]
    assert len(edges.get_segments()) == len(pairs)
    named = set(pairs["name_a"]) | set(pairs["name_b"])
    assert len(nodes.get_offsets()) == len(named) == len(ax.texts)
    widths = edges.get_linewidths() / np.sqrt(pairs["score"].to_numpy())
    assert np.allclose(widths, widths[0])


def test_area_of_a_node_is_its_articles(frames):
    ax = plot.cooccurrence(frames)
    pairs = tallies.cooccurrence(frames)
    n = dict(zip(pairs["entity_a"], pairs["n_a"], strict=True))
    n |= dict(zip(pairs["entity_b"], pairs["n_b"], strict=True))
    ratio = ax.collections[1].get_sizes() / np.array([n[node] for node in sorted(n)])
    assert np.allclose(ratio, ratio[0])


def test_very_many_edges_leave_each_node_its_best():
    rows = [
        (f"{doc}", f"PER:{name}", "PER", f"И{name}", 1, None)
        for doc in range(90)
        for name in range(doc % 3 * 12, doc % 3 * 12 + 12)
    ]
    columns = ["doc_id", "entity_id", "type", "name", "n_mentions", "country"]
    entities = pd.DataFrame(rows, columns=columns).astype({"type": pd.CategoricalDtype([*TYPES])})
    articles = empty_frame("articles").reindex(range(90))
    articles["doc_id"] = [str(number) for number in range(90)]
    ax = plot.cooccurrence(Frames({"articles": articles, "entities": entities}, {}))
    assert 100 <= len(ax.collections[0].get_segments()) < 198
    assert "из 198" in ax.get_xlabel()
    ends = {tuple(end) for edge in ax.collections[0].get_segments() for end in edge}
    assert len(ends) == len(ax.texts) == 36


def test_matrix_shows_communities_beside_each_other(frames):
    ax = plot.cooccurrence(frames, kind="matrix")
    shown = ax.images[0].get_array()
    pairs = tallies.cooccurrence(frames)
    assert (~shown.mask).sum() == 2 * len(pairs)
    assert np.ma.allequal(shown, shown.T)
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        label.get_text() for label in ax.get_yticklabels()
    ]
    inside = np.zeros(shown.shape, bool)
    for frame in ax.patches:
        start, length = round(frame.get_x() + 0.5), round(frame.get_width())
        inside[start : start + length, start : start + length] = True
    assert inside.diagonal().all()
    assert (~shown.mask)[inside].mean() > (~shown.mask)[~inside].mean()


@pytest.mark.parametrize("by", ["month", "M"])
def test_keywords_are_those_of_the_frame(frames, by):
    ax = plot.keywords(frames, by=by)
    table = tallies.keywords(frames, by="month")
    assert [text.get_text().replace("\n", " ") for text in ax.texts] == table["keyword"].tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "январь 2024", "февраль 2024", "март 2024",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "group", "label"),
    [
        ("day", "2024-05-19", "19 мая 2024"),
        ("week", "2024-01-15/2024-01-21", "15 янв – 21 янв 2024"),
        ("quarter", "2024Q1", "I квартал 2024"),
        ("year", "2024", "2024"),
        ("country", "KZ", "Казахстан"),
        ("source", "Газета", "Газета"),
    ],
)
def test_groups_are_named(by, group, label):
    assert group_label(group, by) == label


# --- dates and places ---------------------------------------------------------------------------

dates = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@given(dates, dates, st.sampled_from("DWMQY"), st.integers(2, 12))
@settings(max_examples=200, deadline=None)
def test_date_ticks(one, other, freq, most):
    first, last = sorted([one, other])
    ticks = date_ticks(first, last, freq, most=most)
    days = [day for day, _ in ticks]
    assert 1 <= len(ticks) <= most
    assert days == sorted(set(days)) and first <= days[0] and days[-1] <= last
    assert ticks[0][1].endswith(str(days[0].year))


@pytest.mark.parametrize(
    ("first", "last", "freq", "labels"),
    [
        ("2024-05-06", "2024-05-09", "D", "6 мая/2024, 7 мая, 8 мая, 9 мая"),
        ("2023-12-25", "2024-01-08", "W", "25 дек/2023, 1 янв/2024, 8 янв"),
        ("2024-04-29", "2024-07-29", "W", "май/2024, июн, июл"),
        ("2024-01-01", "2024-04-01", "M", "янв/2024, фев, мар, апр"),
        ("2019-01-01", "2024-01-01", "M", "2019, 2020, 2021, 2022, 2023, 2024"),
        ("1990-01-01", "2024-01-01", "Y", "1990, 2000, 2010, 2020"),
    ],
)
def test_labels_of_dates(first, last, freq, labels):
    ticks = date_ticks(date.fromisoformat(first), date.fromisoformat(last), freq, most=6)
    assert ", ".join(label.replace("\n", "/") for _, label in ticks) == labels


boxes = st.lists(st.tuples(*[st.floats(0, 1)] * 2, *[st.floats(1, 12)] * 2), max_size=14)


@given(boxes)
@settings(max_examples=150, deadline=None)
def test_boxes_are_kept_apart(some):
    table = np.array(some).reshape(-1, 4)
    box, room = table[:, 2:], np.array([100.0, 80.0])
    middle = keep_apart(table[:, :2] * room, box, room)
    assert middle is not None
    assert (middle >= box / 2 - 1e-6).all() and (middle <= room - box / 2 + 1e-6).all()
    for a, b in combinations(range(len(box)), 2):
        assert (np.abs(middle[a] - middle[b]) >= (box[a] + box[b]) / 2 - 1e-5).any()


def test_boxes_that_have_no_room():
    assert keep_apart(np.zeros((1, 2)), np.array([[3.0, 1.0]]), np.array([2.0, 2.0])) is None
    assert keep_apart(np.zeros((9, 2)), np.ones((9, 2)), np.array([2.0, 2.0])) is None


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in ("people", "all")])
def test_without_articles_nothing_is_drawn(name):
    with pytest.raises(OptionError, match=r"nothing to draw|names an entity"):
        PICTURES[name](made_up(0))
    assert not pyplot.get_fignums()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda frames: plot.topics(frames, freq="W"), "no article has a day"),
        (lambda frames: plot.timeline(frames, "ОДКБ"), "no article has a day"),
        (lambda frames: plot.timeline(frames, "ОДКБ "[:3]), "no article has a day"),
        (lambda frames: plot.cooccurrence(frames, min_articles=99), "no two entities are named"),
        (lambda frames: plot.cooccurrence(frames, kind="tree"), "kind='tree': takes network, mat"),
        (lambda frames: plot.cooccurrence(frames, colour="red"), "colour='red': takes type, comm"),
        (lambda frames: plot.keywords(frames, by="month"), "nothing sets the groups of by='month'"),
    ],
)
def test_what_cannot_be_drawn(call, message):
    with pytest.raises(OptionError, match=message):
        call(made_up(undated=240))
    assert not pyplot.get_fignums()


def test_frames_that_name_nothing():
    articles = made_up().articles
    frames = Frames({"articles": articles, "entities": empty_frame("entities")}, {})
    articles["topic_label"] = empty_frame("articles")["topic_label"].reindex(articles.index)
    with pytest.raises(OptionError, match="no article has a topic"):
        plot.topics(frames)
    with pytest.raises(OptionError, match="names an entity of type='PER'"):
        plot.entities(frames)
    with pytest.raises(OptionError, match="names a country"):
        plot.countries(frames)


@pytest.mark.parametrize(("module", "name"), [("matplotlib", "topics"), ("networkx", "network")])
def test_without_the_extra(frames, monkeypatch, module, name):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf'{module}: pip install "newsnlp\[plot\]"'):
        PICTURES[name](frames)


def test_matplotlib_is_imported_when_something_is_drawn():
    code = (
        "import sys, newsnlp; newsnlp.plot.topics; newsnlp.tallies.topics;"
        "assert not {'matplotlib', 'networkx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
