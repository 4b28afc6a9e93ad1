"""Layer *over*: pictures of frames, drawn by matplotlib; `newsnlp.tallies` has what is behind them.

Each function takes an `Axes` and returns it. Without one it makes a figure of a size that fits;
the figure of a given one should have `layout="constrained"`, so that long names have room. Nothing
global is changed: no style, no locale, and nothing is shown. Colours are those that Okabe and Ito
chose for readers with any kind of colour vision, and go with light and dark styles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from newsnlp import tallies
from newsnlp.contrasts import period_name
from newsnlp.errors import MissingExtraError, OptionError
from newsnlp.frames import Frames, check_frames
from newsnlp.labels import (
    LABEL_WIDTH,
    LETTER,
    LINE_HEIGHT,
    arrange,
    describe,
    extent,
    font_size,
    group_label,
    in_digits,
    in_percent,
    in_points,
    keep_apart,
    shortened,
    wrapped,
    write_dates,
)
from newsnlp.rendering import TYPE_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TYPE_LABELS = {"PER": "люди", "ORG": "организации", "LOC": "места"}
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_MARKS = "os^DvP"  # with each colour, for lines that cross and for who sees no colours
_LINES = ("-", "--", "-.")  # a line that has a colour for the second time has another style
_BAR, _SHADE, _NONE = "#56b4e9", "#0072b2", "#999999"
_MOST = {
    "PER": "Люди, которых называют чаще всего", "ORG": "Организации, которые называют чаще всего",
    "LOC": "Места, которые называют чаще всего", None: "Кого и что называют чаще всего",
}  # fmt: skip
_NO_TOPIC = "без темы"
_COUNTS = {"articles": "Статей", "mentions": "Упоминаний"}
_PERIODS = {
    "D": "По дням", "W": "По неделям (с понедельника)", "M": "По месяцам", "Q": "По кварталам",
    "Y": "По годам",
}  # fmt: skip
_GROUPS = {
    "topic": "темы", "source": "издания", "country": "страны", "rubric": "рубрики",
    "author": "авторы", "day": "дни", "week": "недели", "month": "месяцы", "quarter": "кварталы",
    "year": "годы",
}  # fmt: skip
_MOST_MARKED = 60  # periods of a line with a mark at each
_NODE_WIDTH = 18
_ROW = 0.27  # inches that a bar takes
_TICK_HEIGHT = 20.0  # points between the numbers of a timeline
_LEAST_HEIGHT = 0.05  # of a row, so that a single article is seen beside hundreds
_GROUP_SHARE = 0.3  # the same where there are words in the axes too
_CELL_LETTERS = 12  # that a cell has room for
_LARGEST_NODE, _SMALLEST_NODE = 15.0, 2.0  # radius in points
_WIDEST_EDGE = 4.0  # points
_MOST_EDGES = 100  # and more, where a node would have none
_WEAK = 0.05  # of the strongest spring
_LEVELS = (10.83, 30.0, 100.0, 300.0, 1000.0)  # borders of the classes of G²
_SEED = 0


# --- pictures -----------------------------------------------------------------------------------


def topics(frames: Frames, *, freq: str | None = None, ax: Axes | None = None) -> Axes:
    """Articles by topic: a bar each, or with `freq` a row of bars each over time.

    Args:
        frames: As for `tallies.topics`.
        freq: None, or periods to count in: D, W, M, Q or Y, or day, week and so on.
        ax: Where to draw.

    Raises:
        OptionError: There is nothing to draw, or an option takes no such value.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> axes = newsnlp.plot.topics(frames, freq="W")  # doctest: +SKIP
        >>> axes.get_title()  # doctest: +SKIP
        'Статьи по темам'
    """
    _must_hold_articles(frames)
    table = tallies.topics(frames, freq=freq)
    if table["topic"].isna().all():
        raise OptionError(
            "no article has a topic: annotate them with topics among frames=[…], "
            "or with topics= of your own"
        )
    if freq is not None:
        return _rows_over_time(ax, frames, table, tallies.frequency(freq))
    return _bars(
        ax, table["topic"].fillna(_NO_TOPIC), table["n_articles"], _topic_colours(table["topic"]),
        title="Статьи по темам", unit=_COUNTS["articles"],
    )  # fmt: skip


def entities(
    frames: Frames,
    *,
    type: str | None = "PER",
    by: str = "articles",
    n: int = 20,
    clusters: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Entities that most articles name, or that are named most often: a bar each.

    Args:
        frames: As for `tallies.entities`.
        type: PER, ORG or LOC; None for all of them, each in its colour.
        by: "articles" or "mentions".
        n: Most bars.
        clusters: What `newsnlp.link` gave: entities of one cluster count as one.
        ax: Where to draw.

    Raises:
        OptionError: There is nothing to draw, or an option takes no such value.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> axes = newsnlp.plot.entities(frames, type="ORG", n=10)  # doctest: +SKIP
        >>> axes.get_title()  # doctest: +SKIP
        'Организации, которые называют чаще всего'
    """
    table = tallies.entities(frames, type=type, by=by, n=n, clusters=clusters)
    if table.empty:
        raise OptionError(
            f"no article names an entity of type={type!r}: annotate more articles, "
            "or ask for another type"
        )
    types = table["type"].tolist()
    colours = [TYPE_COLOURS[one] for one in types]
    return _bars(
        ax, table["name"], table[f"n_{by}"], colours, title=_MOST[type], unit=_COUNTS[by],
        types=types if type is None else (),
    )  # fmt: skip


def timeline(
    frames: Frames,
    entities: str | Sequence[str],
    *,
    freq: str = "W",
    of: str = "articles",
    share: bool = False,
    clusters: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How often entities are named over time: a line each.

    The count of a first or last period that the articles cover in part is too low, and a share is
    of few: the line to it is dotted and its mark hollow.

    Args:
        frames: As for `tallies.timeline`.
        entities: One name or id, or several.
        freq: Periods to count in: D, W (from Monday), M, Q or Y, or day, week and so on.
        of: "articles" that name the entity, or its "mentions".
        share: Draw the share of the period's articles, or of its mentions.
        clusters: What `newsnlp.link` gave: entities of one cluster count as one.
        ax: Where to draw.

    Raises:
        OptionError: No article has a day, there is no such entity, or an option takes no such
            value.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> axes = newsnlp.plot.timeline(frames, ["ОДКБ", "НАТО"], freq="M")  # doctest: +SKIP
        >>> axes.get_ylabel()  # doctest: +SKIP
        'Статей'
    """
    _must_hold_articles(frames)
    freq = tallies.frequency(freq)
    table = tallies.timeline(frames, entities, freq=freq, of=of, share=share, clusters=clusters)
    ax = _axes(ax, 8, 4)
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    if share:
        ax.yaxis.set_major_formatter(lambda value, _: in_percent(value))
        ax.set_ylabel("Доля статей" if of == "articles" else "Доля упоминаний")
    else:
        ax.set_ylabel(_COUNTS[of])
    handles = [
        _line(ax, rows, number)
        for number, (_, rows) in enumerate(table.groupby("entity_id", sort=False))
    ]
    ax.set_ylim(0, max(table["value"].max() * 1.06, 0.01 if share else 1))
    _quieten(ax)
    ax.grid(axis="y", color=_NONE, alpha=0.3)
    ax.set_xlabel(_about_periods(frames, table, freq, "пунктиром"))
    write_dates(ax, table["period"], freq)
    if len(handles) == 1:
        describe(ax, handles[0].get_label())
    else:
        describe(ax, "Кого и что называют", handles=handles)
    _, height = extent(ax)
    n_ticks = min(max(int(height / _TICK_HEIGHT), 1), 6)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=n_ticks, integer=not share))
    return ax


def cooccurrence(
    frames: Frames,
    *,
    top: int = 40,
    type: str | Collection[str] | None = None,
    min_articles: int = 3,
    min_score: float = tallies.SIGNIFICANT,
    kind: str = "network",
    colour: str = "type",
    clusters: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Who is named with whom more often than chance would have it: a network, or its matrix.

    In the network the area of a node is the number of articles that name the entity, and the width
    of an edge goes with the root of its G²; of very many edges the most significant are drawn. The
    matrix has the same pairs, all of them. Both put those beside each other that keep company: the
    communities that Louvain's method finds (Blondel et al. 2008,
    https://doi.org/10.1088/1742-5468/2008/10/P10008). The same frames give the same picture.

    Args:
        frames: As for `tallies.cooccurrence`.
        top: Entities among which pairs are sought: those that most articles name.
        type: PER, ORG, LOC or several of these; None for all of them.
        min_articles: Articles that must name both.
        min_score: Least G².
        kind: "network" or "matrix".
        colour: What the colour of a node means: its "type", or its "community".
        clusters: What `newsnlp.link` gave: entities of one cluster count as one.
        ax: Where to draw.

    Raises:
        OptionError: There is nothing to draw, or an option takes no such value.
        MissingExtraError: matplotlib or networkx is not installed.

    Example:
        >>> axes = newsnlp.plot.cooccurrence(frames, type="PER", kind="matrix")  # doctest: +SKIP
        >>> axes.get_title()  # doctest: +SKIP
        'Кого и что называют вместе'
    """
    tallies.check("kind", kind, ("network", "matrix"))
    tallies.check("colour", colour, ("type", "community"))
    _must_hold_articles(frames)
    pairs = tallies.cooccurrence(
        frames, top=top, type=type, min_articles=min_articles, min_score=min_score,
        clusters=clusters,
    )  # fmt: skip
    if pairs.empty:
        raise OptionError(
            f"no two entities are named together in min_articles={min_articles} articles and more "
            f"often than by chance, with min_score={min_score}: annotate more articles, lower "
            "these, or raise top"
        )
    graph = _graph(pairs)
    if kind == "matrix":
        return _matrix(ax, graph, pairs, min_score)
    return _network(ax, graph, pairs, colour)


def keywords(
    frames: Frames,
    *,
    by: str = "topic",
    of: str = "keywords",
    top_k: int = 6,
    n: int = 12,
    min_articles: int = 3,
    ax: Axes | None = None,
) -> Axes:
    """What sets topics, months or outlets apart: a row of words each, the most telling first.

    Args:
        frames: As for `tallies.keywords`.
        by: Topic, source, month and so on, as for `newsnlp.keyness`.
        of: "keywords", "entities" or "tags".
        top_k: Most words of a row.
        n: Most rows.
        min_articles: Articles of its group that a word must stand in.
        ax: Where to draw.

    Raises:
        OptionError: There is nothing to draw, or an option takes no such value.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> axes = newsnlp.plot.keywords(frames, by="month")  # doctest: +SKIP
        >>> axes.get_title()  # doctest: +SKIP
        'Чем отличаются месяцы'
    """
    _must_hold_articles(frames)
    by = period_name(by)
    table = tallies.keywords(frames, by=by, of=of, top_k=top_k, n=n, min_articles=min_articles)
    if table.empty:
        raise OptionError(
            f"nothing sets the groups of by={by!r} apart: there are too few articles; lower "
            f"min_articles={min_articles}, or group by something else"
        )
    groups = table["group"].drop_duplicates().tolist()
    shape = len(groups), int(table["rank"].max())
    row, column = table["group"].map(groups.index).to_numpy(), table["rank"].to_numpy() - 1
    z = np.full(shape, np.nan)
    z[row, column] = table["z"]
    letters = LABEL_WIDTH - (4 if ax is None else 10)
    ax = _axes(ax, 2.5 + 1.5 * shape[1], 1.2 + 0.5 * shape[0])
    image = ax.imshow(
        z, cmap=_shades(ax, _BAR), vmin=0, vmax=max(table["z"].max(), 4), aspect="auto"
    )
    labels = [wrapped(group_label(group, by), letters) for group in groups]
    ax.set_yticks(range(len(groups)), labels, parse_math=False)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.vlines(np.arange(1, shape[1]) - 0.5, -0.5, shape[0] - 0.5, color=_background(ax))
    ax.hlines(np.arange(1, shape[0]) - 0.5, -0.5, shape[1] - 0.5, color=_background(ax))
    ax.set_xlabel("Слева — что отличает сильнее всего; чем гуще цвет, тем больше z")
    arrange(
        ax,
        f"Чем отличаются {_GROUPS.get(by, f'группы ({by})')}",
        rows=len(groups),
        share=_GROUP_SHARE,
    )
    _write_in_cells(ax, image, row, column, table)
    return ax


def countries(frames: Frames, *, n: int = 20, ax: Axes | None = None) -> Axes:
    """Articles by the countries named in them: a bar each.

    Args:
        frames: As for `tallies.countries`.
        n: Most bars.
        ax: Where to draw.

    Raises:
        OptionError: There is nothing to draw, or `n` is below 1.
        MissingExtraError: matplotlib is not installed.

    Example:
        >>> axes = newsnlp.plot.countries(frames)  # doctest: +SKIP
        >>> axes.get_title()  # doctest: +SKIP
        'Страны, которые называют чаще всего'
    """
    _must_hold_articles(frames)
    table = tallies.countries(frames, n=n)
    if table.empty:
        raise OptionError("no article names a country or a place in one: annotate more articles")
    return _bars(
        ax, table["name"], table["n_articles"], [TYPE_COLOURS["LOC"]] * len(table),
        title="Страны, которые называют чаще всего", unit=_COUNTS["articles"],
    )  # fmt: skip


# --- checks -------------------------------------------------------------------------------------


def _must_hold_articles(frames: Frames) -> None:
    check_frames(frames)
    if frames.articles.empty:
        raise OptionError("frames holds no article, so there is nothing to draw: annotate some")


def _axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Axes to draw on: those given, or new ones.

    Args:
        ax: What was given.
        width: Of a new figure, in inches.
        height: Likewise.
    """
    try:
        from matplotlib import pyplot  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError('pictures need matplotlib: pip install "newsnlp[plot]"') from error
    if ax is None:
        _, ax = pyplot.subplots(figsize=(width, height), layout="constrained")
    return ax


def _networkx() -> Any:
    try:
        import networkx  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError('networks need networkx: pip install "newsnlp[plot]"') from error
    return networkx


# --- bars ---------------------------------------------------------------------------------------


def _bars(
    ax: Axes | None,
    labels: Sequence[str],
    counts: Sequence[int],
    colours: Sequence[str],
    *,
    title: str,
    unit: str,
    types: Sequence[str] = (),
) -> Axes:
    """Horizontal bars, the first on top, each with its count; a legend where types are given."""
    one_line = ax is not None
    ax = _axes(ax, 7, 1.2 + _ROW * len(labels))
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    places = np.arange(len(labels))
    bars = ax.barh(places, counts, color=colours, height=0.75)
    fit = shortened if one_line else wrapped
    ax.set_yticks(places, [fit(label) for label in labels], parse_math=False)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(0, max(counts) * 1.12)
    ax.xaxis.set_major_formatter(lambda value, _: in_digits(value))
    ax.set_xlabel(unit)
    ax.tick_params(axis="y", length=0)
    _quieten(ax)
    size = arrange(ax, title, rows=len(labels), handles=_type_patches(types))
    width, _ = extent(ax)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=min(max(int(width / 36), 1), 6), integer=True))
    ax.bar_label(bars, [in_digits(count) for count in counts], padding=3, fontsize=size)
    return ax


def _topic_colours(topics: pd.Series) -> list[str]:
    return [_NONE if is_missing else _BAR for is_missing in topics.isna()]


# --- time ---------------------------------------------------------------------------------------


def _line(ax: Axes, rows: pd.DataFrame, number: int) -> Any:
    """The line of one entity, dotted where it leads to a period that is not whole.

    Returns:
        What stands for the line in a legend.
    """
    period, value = rows["period"].to_numpy(), rows["value"].to_numpy(np.float64)
    whole = rows["is_whole"].to_numpy()
    style: dict[str, Any] = {
        "color": _COLOURS[number % len(_COLOURS)],
        "marker": _MARKS[number % len(_MARKS)] if len(rows) <= _MOST_MARKED else "",
        "markersize": 4.5,
        "clip_on": False,
        "in_layout": False,  # a line without a whole period would take room at the origin
        "label": shortened(rows["name"].iloc[0]),
    }
    line = _LINES[number // len(_COLOURS) % len(_LINES)]
    (handle,) = ax.plot(period[whole], value[whole], linestyle=line, **style)
    for place in np.flatnonzero(~whole):
        beside = slice(max(place - 1, 0), place + 2)
        ax.plot(period[beside], value[beside], linestyle=":", color=style["color"], clip_on=False)
        hollow: dict[str, Any] = {"marker": _MARKS[number % len(_MARKS)], "markerfacecolor": "none"}
        ax.plot(period[place : place + 1], value[place : place + 1], **style | hollow)
    return handle


def _rows_over_time(ax: Axes | None, frames: Frames, table: pd.DataFrame, freq: str) -> Axes:
    """A row of bars for each topic, all on one scale; pale where a period is not whole."""
    periods = table.drop_duplicates("period")
    whole = periods["is_whole"].to_numpy()
    topics = table["topic"].iloc[: len(table) // len(periods)]
    names, colours = topics.fillna(_NO_TOPIC).tolist(), _topic_colours(topics)
    counts = table["n_articles"].to_numpy().reshape(len(periods), len(names)).T
    one_line = ax is not None
    ax = _axes(ax, 9, 1.3 + 1.6 * _ROW * len(names))
    starts = pd.PeriodIndex(periods["period"], freq=freq)
    edges = np.append(starts, starts[-1:] + 1)
    edges = pd.PeriodIndex(edges, freq=freq).to_timestamp().to_numpy()
    highest = int(counts.max())
    for row, n in enumerate(counts):
        height = np.where(n > 0, np.maximum(n / highest * 0.9, _LEAST_HEIGHT), 0)
        for part in _runs(whole):
            top = row + 0.45 - np.append(height[part], height[part][-1])
            ax.fill_between(
                edges[part.start : part.stop + 1], row + 0.45, top, step="post", linewidth=0,
                color=colours[row], alpha=1 if whole[part.start] else 0.45,
            )  # fmt: skip
    fit = shortened if one_line else wrapped
    labels = [f"{fit(name)} ({in_digits(n.sum())})" for name, n in zip(names, counts, strict=True)]
    ax.set_yticks(range(len(names)), labels, parse_math=False)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(edges[0], edges[-1])
    ax.tick_params(axis="y", length=0)
    ax.hlines(np.arange(len(names)) + 0.45, *edges[[0, -1]], color=_NONE, linewidth=0.5)
    ax.spines[:].set_visible(False)
    about = _about_periods(frames, table, freq, "бледно")
    ax.set_xlabel(f"{about}\nСамый высокий столбик, статей: {in_digits(highest)}", loc="right")
    arrange(ax, "Статьи по темам", rows=len(names))
    write_dates(ax, table["period"], freq)
    describe(ax, "Статьи по темам")
    return ax


def _runs(whole: np.ndarray) -> Iterator[slice]:
    """Periods beside each other that are alike."""
    borders = np.flatnonzero(np.diff(whole)) + 1
    for start, stop in pairwise([0, *borders.tolist(), len(whole)]):
        yield slice(start, stop)


def _about_periods(frames: Frames, table: pd.DataFrame, freq: str, partly: str) -> str:
    """What the axis of time shows, and which articles it does not."""
    partial = "" if table["is_whole"].all() else f", неполные — {partly}"
    n_left_out = int(frames.articles["day"].isna().sum())
    left_out = f"; без даты статей: {in_digits(n_left_out)}" if n_left_out else ""
    return f"{_PERIODS[freq]}{partial}{left_out}"


# --- company ------------------------------------------------------------------------------------


def _graph(pairs: pd.DataFrame) -> Any:
    """Entities as nodes and pairs as edges; a node knows its community, the largest being 0."""
    networkx = _networkx()
    graph = networkx.Graph()
    for end in "ab":
        columns = [f"{name}_{end}" for name in ("entity", "name", "type", "n")]
        for node, name, type_, n in pairs[columns].itertuples(index=False):
            graph.add_node(node, name=name, type=type_, n=n)
    for a, b, score in pairs[["entity_a", "entity_b", "score"]].itertuples(index=False):
        graph.add_edge(a, b, weight=score**0.5)
    communities = networkx.community.louvain_communities(graph, seed=_SEED)
    communities.sort(key=lambda nodes: (-len(nodes), min(nodes)))
    for number, nodes in enumerate(communities):
        for node in nodes:
            graph.nodes[node]["community"] = number
    return graph


def _together(graph: Any) -> str:
    """The title of a picture of those nodes."""
    types = {graph.nodes[node]["type"] for node in graph}
    about = "Кого" if types == {"PER"} else "Что" if "PER" not in types else "Кого и что"
    return f"{about} называют вместе"


def _matrix(ax: Axes | None, graph: Any, pairs: pd.DataFrame, min_score: float) -> Axes:
    """Classes of significance, entities in the order of their communities."""
    nodes = sorted(graph, key=lambda node: (graph.nodes[node]["community"], -graph.degree(node)))
    side = 3 + 0.17 * len(nodes)
    ax = _axes(ax, side, side)
    from matplotlib.patches import Patch, Rectangle  # noqa: PLC0415

    levels = [min_score, *(level for level in _LEVELS if min_score < level <= pairs["score"].max())]
    place = {node: number for number, node in enumerate(nodes)}
    a, b = (pairs[f"entity_{end}"].map(place).to_numpy() for end in "ab")
    classes = np.full((len(nodes), len(nodes)), np.nan)
    classes[a, b] = classes[b, a] = np.searchsorted(levels, pairs["score"], side="right") - 1
    shades = _shades(ax, _SHADE).resampled(len(levels) + 1)
    colours = [shades(number + 1) for number in range(len(levels))]
    from matplotlib.colors import ListedColormap  # noqa: PLC0415

    ax.imshow(classes, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(levels) - 0.5)
    labels = [shortened(graph.nodes[node]["name"]) for node in nodes]
    ax.set_yticks(range(len(nodes)), labels, parse_math=False)
    ax.set_xticks(range(len(nodes)), labels, rotation=90, parse_math=False)
    ax.tick_params(length=0)
    communities = np.array([graph.nodes[node]["community"] for node in nodes])
    for part in _runs(communities):
        corner, length = part.start - 0.5, part.stop - part.start
        ax.add_patch(
            Rectangle((corner, corner), length, length, fill=False, edgecolor=_NONE, linewidth=1)
        )
    names = [f"{low:.0f}–{high:.0f}" for low, high in pairwise(levels)] + [f"от {levels[-1]:.0f}"]
    patches = [Patch(color=colour, label=name) for colour, name in zip(colours, names, strict=True)]
    ax.set_xlabel("Значимость G²; рамки — кто держится вместе")
    arrange(ax, _together(graph), rows=len(nodes), columns=len(nodes), handles=patches)
    return ax


def _network(ax: Axes | None, graph: Any, pairs: pd.DataFrame, colour: str) -> Axes:
    """Nodes with their names, none of which overlap, and the most significant edges."""
    ax = _axes(ax, 10, 8)
    from matplotlib.collections import LineCollection  # noqa: PLC0415
    from matplotlib.patheffects import withStroke  # noqa: PLC0415

    nodes = sorted(graph)
    _, first = np.unique(pairs[["entity_a", "entity_b"]].to_numpy(object), return_index=True)
    is_best = np.isin(pairs.index, first // 2)  # of a node, which would have none without
    shown = pairs[is_best | (pairs.index < _MOST_EDGES)]
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    left_out = f" (связей: {len(shown)} из {len(pairs)})" if len(shown) < len(pairs) else ""
    ax.set_xlabel(f"Площадь круга — статьи, толщина линии — значимость{left_out}")
    facts = [graph.nodes[node] for node in nodes]
    handles = _type_patches([each["type"] for each in facts]) if colour == "type" else ()
    describe(ax, _together(graph), handles=handles)
    width, height = extent(ax)
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    n = np.array([graph.nodes[node]["n"] for node in nodes], np.float64)
    texts = [
        ax.text(
            0, 0, wrapped(graph.nodes[node]["name"], _NODE_WIDTH), ha="center", va="top",
            parse_math=False, linespacing=1.0, zorder=4,
            path_effects=[withStroke(linewidth=2, foreground=_background(ax), alpha=0.8)],
        )
        for node in nodes
    ]  # fmt: skip
    wished = _spread(graph, nodes)
    centre, radius = _placed(ax, wished, n, texts, np.array([width, height]))
    at = dict(zip(nodes, centre, strict=True))
    ends = [(at[a], at[b]) for a, b in zip(shown["entity_a"], shown["entity_b"], strict=True)]
    strength = np.sqrt(shown["score"].to_numpy() / shown["score"].max())
    ax.add_collection(
        LineCollection(ends, linewidths=_WIDEST_EDGE * strength, colors=_NONE, alpha=0.5, zorder=2),
        autolim=False,
    )
    ax.scatter(
        centre[:, 0], centre[:, 1], s=(2 * radius) ** 2, zorder=3, linewidths=0.5,
        edgecolors=_background(ax),
        c=[TYPE_COLOURS[each["type"]] for each in facts] if colour == "type"
        else [_COLOURS[each["community"] % len(_COLOURS)] for each in facts],
    )  # fmt: skip
    return ax


def _spread(graph: Any, nodes: Sequence[str]) -> np.ndarray:
    """Where nodes would be, in a square of side 1: near their company, and evenly spread.

    Springs alone drive apart what no edge joins, and leave no room between those whom many join:
    so everything is joined weakly, and a place is halfway to that in order.
    """
    networkx = _networkx()
    weights = networkx.to_numpy_array(graph, nodelist=nodes)
    springs = networkx.from_numpy_array(weights / weights.max() + _WEAK)
    springs.remove_edges_from([(number, number) for number in range(len(nodes))])
    found = networkx.spring_layout(springs, seed=_SEED, iterations=300)
    places = np.array([found[number] for number in range(len(nodes))])
    low, high = places.min(0), places.max(0)
    order = places.argsort(0).argsort(0) / max(len(nodes) - 1, 1)
    spread: np.ndarray = ((places - low) / np.where(high > low, high - low, 1) + order) / 2
    return spread


def _placed(
    ax: Axes, wished: np.ndarray, n: np.ndarray, texts: Sequence[Any], room: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Put nodes and their names where none overlaps another, all smaller until they have room.

    Args:
        ax: Axes whose unit is a point.
        wished: Where nodes would be, from 0 to 1: shape (nodes, 2).
        n: What the area of a node stands for.
        texts: Their names, which are moved.
        room: Width and height in points.

    Returns:
        Centres, shape (nodes, 2), and radii of the nodes.
    """
    size = font_size(texts[0]) * 0.85
    for scale in 0.9 ** np.arange(30):
        radius = np.maximum(np.sqrt(n / n.max()) * _LARGEST_NODE, _SMALLEST_NODE) * scale
        for text in texts:
            text.set_fontsize(size * scale)
        below = np.array([in_points(ax, text.get_window_extent()) for text in texts])
        box = np.stack([np.maximum(2 * radius, below[:, 0]), 2 * radius + below[:, 1] + 1], axis=1)
        middle = keep_apart(box / 2 + wished * (room - box), box + 2, room)
        if middle is not None:
            break
    else:
        raise OptionError("the axes are too small for so many names: lower top, or enlarge them")
    centre = middle + np.stack([np.zeros(len(n)), (below[:, 1] + 1) / 2], axis=1)
    for text, (x, y), r in zip(texts, centre, radius, strict=True):
        text.set_position((x, y - r - 1))
    return centre, radius


# --- words --------------------------------------------------------------------------------------


def _write_in_cells(
    ax: Axes, image: Any, row: np.ndarray, column: np.ndarray, table: pd.DataFrame
) -> None:
    """Words in the cells of an image, black or white, wrapped and small enough to stay in them."""
    shape = image.get_array().shape
    width, height = (side / n for side, n in zip(extent(ax), shape[::-1], strict=True))
    size = min(
        font_size(ax.xaxis.label),
        height / 2 / LINE_HEIGHT,
        width / _CELL_LETTERS / LETTER,
    )
    for y, x, word, z in zip(row, column, table["keyword"], table["z"], strict=True):
        # A word is made smaller rather than broken.
        letters = max(int(width / size / LETTER), *map(len, word.replace("-", "- ").split()))
        text = ax.text(
            x, y, wrapped(word, letters), ha="center", va="center_baseline",
            fontsize=size, parse_math=False, linespacing=1.1,
            color=_ink(image.cmap(image.norm(z))),
        )  # fmt: skip
        word_width, _ = in_points(ax, text.get_window_extent())
        text.set_fontsize(size * min(1, 0.94 * width / word_width))


# --- looks --------------------------------------------------------------------------------------


def _quieten(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)


def _type_patches(types: Sequence[str]) -> list[Any]:
    from matplotlib.patches import Patch  # noqa: PLC0415

    return [
        Patch(color=colour, label=TYPE_LABELS[type_])
        for type_, colour in TYPE_COLOURS.items()
        if type_ in types
    ]


def _background(ax: Axes) -> Any:
    """Colour behind what is drawn; where axes are transparent, that of the figure."""
    from matplotlib.colors import to_rgba  # noqa: PLC0415

    colour = to_rgba(ax.get_facecolor())
    return colour if colour[3] > 0 else to_rgba(ax.figure.get_facecolor())


def _shades(ax: Axes, on_light: str) -> Any:
    """Colours from nearly the background to a strong one that stands out from it.

    Args:
        ax: The axes.
        on_light: The strong colour where the background is light.
    """
    from matplotlib.colors import LinearSegmentedColormap, to_rgb  # noqa: PLC0415

    background = np.array(_background(ax)[:3])
    strong = np.array([*to_rgb(on_light if _ink(background) == "black" else _BAR)])
    faint = background + (strong - background) * 0.12
    return LinearSegmentedColormap.from_list("shades", [faint, strong])


def _ink(colour: Any) -> str:
    """Black or white, whichever is easier to read on a colour."""
    channels = np.asarray(colour[:3])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ (0.2126, 0.7152, 0.0722) > 0.179 else "white"
