"""Layer *over*: what is written in pictures: cut, wrapped and made to fit its room."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise, product
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from newsnlp.contrasts import PERIODS
from newsnlp.tallies import country_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL_WIDTH = 30  # letters of a line of a label, which has two at most
LINE_HEIGHT = 1.3  # of a line of text, in its font size
LETTER = 0.62  # width of a letter, in its font size
_LABEL_SHARE = 0.6  # of the width of axes as they are made that labels may take from them
_TICK_WIDTH = 42.0  # points that a date takes
_KEY_SHARE = 0.25  # of the height of the axes that a key may take
_SMALLEST = 0.55  # scale of the letters of a key
_KEY_PAD = 5.0  # points between a key and the title
_ROOM = 0.92  # that a line may take: at another resolution letters are up to 3 % wider
_MOST_PUSHES, _JOLTED = 300, 25  # until there is taken to be no room, and between jolts
_FULL = 0.5  # share of the room that boxes may take
_SEED = 0
_MONTHS = (
    "янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
)  # fmt: skip
_FULL_MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь",
    "ноябрь", "декабрь",
)  # fmt: skip
_MAY = "мая"  # after a day: the one short name that has a case
_QUARTERS = ("I", "II", "III", "IV")


# --- words --------------------------------------------------------------------------------------


def in_digits(value: float) -> str:
    r"""A whole number as it is written in Russian.

    Example:
        >>> in_digits(12500)
        '12\xa0500'
    """
    return f"{value:,.0f}".replace(",", "\xa0")


def in_percent(share: float) -> str:
    r"""A share in per cent.

    Example:
        >>> in_percent(0.125)
        '12,5\xa0%'
    """
    return f"{100 * share:.3g}".replace(".", ",") + "\xa0%"


def shortened(label: str, width: int = LABEL_WIDTH) -> str:
    """A label on one line, its end cut off where it is long.

    Args:
        label: The label.
        width: Most letters.

    Example:
        >>> shortened("Искусство, культура, развлечения и СМИ")
        'Искусство, культура…'
    """
    words = " ".join(label.split())
    return _cut(shorten(words, width, placeholder="…")) if len(words) > width else words


def wrapped(label: str, width: int = LABEL_WIDTH) -> str:
    r"""A label on at most two lines.

    Args:
        label: The label.
        width: Most letters of a line.

    Example:
        >>> wrapped("Искусство, культура, развлечения и СМИ")
        'Искусство, культура,\nразвлечения и СМИ'
    """
    return _cut("\n".join(wrap(label, width, max_lines=2, placeholder="…"))) or label


def _cut(label: str) -> str:
    """A label that may have been cut off, without the comma or hyphen where it was."""
    return f"{label[:-1].rstrip(' ,;:-–')}…" if label.endswith("…") else label


def group_label(group: str, by: str) -> str:
    """A group's name as it is read: periods as dates, countries by name.

    Args:
        group: As `newsnlp.keyness` names it.
        by: What the groups are.

    Example:
        >>> group_label("2024-01-15/2024-01-21", "week"), group_label("UZ", "country")
        ('15 янв – 21 янв 2024', 'Узбекистан')
    """
    if by == "country":
        return country_names().get(group, group)
    if by not in PERIODS:
        return group
    period = pd.Period(group, freq=PERIODS[by])
    first, last = period.start_time, period.end_time
    labels = {
        "day": f"{_day_label(first)} {first.year}",
        "week": f"{_day_label(first)} – {_day_label(last)} {last.year}",
        "month": f"{_FULL_MONTHS[first.month - 1]} {first.year}",
        "quarter": f"{_QUARTERS[(first.month - 1) // 3]} квартал {first.year}",
        "year": str(first.year),
    }
    return labels[by]


# --- dates --------------------------------------------------------------------------------------


def write_dates(ax: Axes, periods: pd.Series, freq: str) -> None:
    """Write dates below the axis, as many as there is room for.

    Args:
        ax: Axes whose axis is of time.
        periods: Periods that are shown, by their first days.
        freq: What they are: D, W, M, Q or Y.
    """
    width, _ = extent(ax)
    first, last = periods.min().date(), periods.max().date()
    ticks = date_ticks(first, last, freq, most=max(int(width / _TICK_WIDTH), 2))
    ax.set_xticks(*zip(*ticks, strict=True))


def date_ticks(first: date, last: date, freq: str, *, most: int) -> list[tuple[date, str]]:
    r"""Round dates with their Russian labels, the year below the first one and each new year.

    Args:
        first: First period, by its first day.
        last: Last period.
        freq: What the periods are: D, W, M, Q or Y.
        most: Most ticks.

    Example:
        >>> [label for _, label in date_ticks(date(2023, 11, 6), date(2024, 2, 5), "M", most=6)]
        ['дек\n2023', 'янв\n2024', 'фев']
        >>> [label for _, label in date_ticks(date(2024, 5, 6), date(2024, 5, 20), "W", most=6)]
        ['6 мая\n2024', '13 мая', '20 мая']
    """
    steps: list[tuple[str, int]] = []
    if freq in "DW":
        steps += [("day", n) for n in (1, 2, 3, 7, 14) if freq == "D" or n >= 7]
    if freq != "Y":
        steps += [("month", n) for n in (1, 2, 3, 6) if freq != "Q" or n >= 3]
    steps += [("year", n) for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)]
    for unit, n in steps:
        days = _days(first, last, unit, n)
        if len(days) <= most:
            break
    if not days:  # all within a month or a year
        days, unit = [first], "day"
    labels = []
    for day, before in zip(days, [None, *days], strict=False):
        label = _DATE_LABELS[unit](day)
        new_year = unit != "year" and (before is None or before.year != day.year)
        labels.append(f"{label}\n{day.year}" if new_year else label)
    return list(zip(days, labels, strict=True))


def _day_label(day: date) -> str:
    month = _MONTHS[day.month - 1]
    return f"{day.day} {_MAY if month == _MONTHS[4] else month}"


_DATE_LABELS: dict[str, Callable[[date], str]] = {
    "day": _day_label,
    "month": lambda day: _MONTHS[day.month - 1],
    "year": lambda day: str(day.year),
}


def _days(first: date, last: date, unit: str, n: int) -> list[date]:
    """Every n-th day from the first one, or first day of a month or year."""
    if unit == "day":
        return [first + timedelta(days) for days in range(0, (last - first).days + 1, n)]
    if unit == "month":
        months = range(12 * first.year, 12 * (last.year + 1), n)
        days = [date(month // 12, month % 12 + 1, 1) for month in months]
    else:
        days = [date(year, 1, 1) for year in range(first.year, last.year + 1) if year % n == 0]
    return [day for day in days if first <= day <= last]


# --- room ---------------------------------------------------------------------------------------


def extent(ax: Axes, *, lay_out: bool = True) -> tuple[float, float]:
    """Width and height of axes in points.

    Args:
        ax: The axes.
        lay_out: Whether everything gets its place first.
    """
    if lay_out:
        ax.figure.figure.draw_without_rendering()
    return in_points(ax, ax.get_window_extent())


def in_points(ax: Axes, box: Any) -> tuple[float, float]:
    """Width and height of a box of pixels.

    Args:
        ax: Axes of the figure.
        box: What `get_window_extent` of something in it gave.
    """
    inch = 72 / ax.figure.figure.dpi
    return box.width * inch, box.height * inch


def font_size(text: Any) -> float:
    """Size of a text's font, in points.

    Args:
        text: The text.
    """
    return float(text.get_fontsize())


def describe(ax: Axes, title: str, *, handles: Sequence[Any] = ()) -> None:
    """Write a title, and make it and the label of the axis below fit: in lines, then smaller.

    Args:
        ax: Axes that already have the label.
        title: The title.
        handles: What the key between the title and the axes tells, each with its label.
    """
    pad = _write_key(ax, handles) + _KEY_PAD if handles else None
    texts = ax.set_title(title, pad=pad, parse_math=False), ax.xaxis.label
    extent(ax)
    for text in texts:
        _fit_text(text, _ROOM * _room(ax, text.get_horizontalalignment()))


def _room(ax: Axes, side: str) -> float:
    """Pixels that a line has which begins at a side of the axes, ends there, or is centred."""
    box, whole = ax.get_window_extent(), ax.figure.bbox
    if len(ax.figure.axes) > 1:
        return float(box.width)
    # The room beside the axes is no other's.
    middle = (box.x0 + box.x1) / 2
    room = {
        "left": whole.x1 - box.x0,
        "center": 2 * min(middle - whole.x0, whole.x1 - middle),
        "right": box.x1 - whole.x0,
    }
    return float(room[side])


def _fit_text(text: Any, room: float) -> None:
    """Break a text into lines that have room, and make it smaller where they nearly have."""
    lines = text.get_text().splitlines()
    if not lines:
        return
    n_lines = math.ceil(0.8 * text.get_window_extent().width / room)
    if n_lines > 1:
        letters = max(map(len, lines)) // n_lines + 4
        text.set_text("\n".join(part for line in lines for part in wrap(line, letters)))
    shrink = room / text.get_window_extent().width
    text.set_fontsize(font_size(text) * min(max(shrink, 0.6), 1))


def _write_key(ax: Axes, handles: Sequence[Any]) -> float:
    """What colours and lines mean, in few rows above the axes; smaller where there is little room.

    Returns:
        The height that it takes, in points.
    """
    _, most = extent(ax)
    room = _ROOM * _room(ax, "left")
    rows = range(1, len(handles) + 1)
    for n_rows, scale in [*product(rows, (1, 0.85, 0.75)), *product(rows, (0.7, _SMALLEST))]:
        legend = ax.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 1), frameon=False,
            ncols=math.ceil(len(handles) / n_rows), fontsize=scale * font_size(ax.xaxis.label),
            borderaxespad=0, borderpad=0.3, handlelength=1.6, columnspacing=1.4,
        )  # fmt: skip
        for text in legend.get_texts():
            text.set_parse_math(False)
        box = legend.get_window_extent()
        _, height = in_points(ax, box)
        if box.width <= room and (height <= _KEY_SHARE * most or scale == _SMALLEST):
            break
    legend.set_in_layout(False)  # else long names would take room from the axes
    return height


def arrange(
    ax: Axes,
    title: str,
    *,
    rows: int,
    columns: int = 0,
    handles: Sequence[Any] = (),
    share: float = _LABEL_SHARE,
) -> float:
    """Write the title and make the labels of rows and columns fit between one another.

    What is made smaller leaves the axes more room, and what is written takes some: so labels are
    fitted to the axes as they are first, lest they crowd them out, and to the axes in the end.

    Args:
        ax: The axes.
        title: The title.
        rows: Number of rows, which have labels.
        columns: Number of columns that have labels.
        handles: As for `describe`.
        share: Of the axes as they are that labels may take.

    Returns:
        The font size of the rows.
    """
    for lay_out in (False, True, True):
        if lay_out:
            describe(ax, title, handles=handles)
        most = math.inf if lay_out else share
        size = _fit_tick_labels(ax, "y", rows, lay_out=lay_out, share=most)
        if columns:
            _fit_tick_labels(ax, "x", columns, lay_out=lay_out, share=most)
    return size


def _fit_tick_labels(
    ax: Axes, axis: Literal["x", "y"], n: int, *, lay_out: bool, share: float
) -> float:
    """Make the labels of rows or columns as small as these ask for.

    Args:
        ax: Axes with labels.
        axis: "x" or "y".
        n: Number of rows or columns.
        lay_out: Whether to lay out the figure first.
        share: Of the axes that labels may take.

    Returns:
        The font size.
    """
    labels = ax.get_yticklabels() if axis == "y" else ax.get_xticklabels()
    lines = [label.get_text().splitlines() for label in labels]
    width, height = extent(ax, lay_out=lay_out)
    along, across = (height, width) if axis == "y" else (width, height)
    # Between two neighbours there is half of each.
    n_lines = max(map(np.mean, pairwise(map(len, lines))), default=1)
    longest = max(len(line) for label in lines for line in label)
    size = min(
        font_size(labels[0]),
        along / n / n_lines / LINE_HEIGHT,
        share * across / longest / LETTER,
    )
    ax.tick_params(axis=axis, labelsize=size)
    return float(size)


# --- boxes --------------------------------------------------------------------------------------


def keep_apart(middle: np.ndarray, box: np.ndarray, room: np.ndarray) -> np.ndarray | None:
    """Push boxes apart until none overlaps another, each pair along its shorter way.

    Args:
        middle: Middles of the boxes: shape (boxes, 2).
        box: Their widths and heights.
        room: Width and height of what they stay in, from 0.

    Returns:
        Middles, or None where there was no room.

    Example:
        >>> middles, box = np.array([[5.0, 5.0], [6.0, 5.0]]), np.full((2, 2), 4.0)
        >>> left, right = keep_apart(middles, box, np.array([10.0, 10.0]))
        >>> float((right - left).max().round())
        4.0
    """
    if (box > room).any() or box.prod(1).sum() > _FULL * room.prod():
        return None
    jolt = np.random.default_rng(_SEED)
    middle = middle.copy()
    for push in range(_MOST_PUSHES):
        if push % _JOLTED == 0:  # out of jams and of one place
            middle += jolt.uniform(-0.05, 0.05, middle.shape) * box
        middle = np.clip(middle, box / 2, room - box / 2)
        away = middle[:, None] - middle[None]
        overlap = (box[:, None] + box[None]) / 2 - np.abs(away)
        np.fill_diagonal(overlap[:, :, 0], 0)
        touching = (overlap > 1e-6).all(2)
        if not touching.any():
            return middle
        sideways = overlap[:, :, 0] < overlap[:, :, 1]
        step = np.sign(away) * overlap / 2 * touching[:, :, None]
        middle[:, 0] += (step[:, :, 0] * sideways).sum(1)
        middle[:, 1] += (step[:, :, 1] * ~sideways).sum(1)
    return None
