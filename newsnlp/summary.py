"""Layer *frames*: a result as a notebook shows it, what is in it and the first rows of its frames.

Nothing is built that was not: a large result is counted by the few columns that are told of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from newsnlp.frames import count_rows, excerpt
from newsnlp.rendering import TYPE_NAMES, cell, day_text, render
from newsnlp.schema import STATUSES

if TYPE_CHECKING:
    from newsnlp.frames import Frames

_ROWS = 3
_OUTLETS = 5
_TOPICS = 8
_ENTITIES = 8
_WIDTH = 60
_LEFT_OUT = "text_hash"


@dataclass(frozen=True, slots=True)
class _Count:
    """A value, in how many articles it is, and how long its bar is, in percent of the longest."""

    text: str
    n: int
    percent: float
    about: str = ""

    @property
    def beside(self) -> str:
        """The number as it stands beside the value."""
        return f"{self.n:,}"


@dataclass(frozen=True, slots=True)
class _Head:
    """Number of rows of a frame, and its first ones as text."""

    n_rows: int
    columns: list[str]
    rows: list[list[str]]


def summary_html(frames: Frames) -> str:
    """HTML of a result: articles, days, outlets, topics and entities, and heads of its frames.

    Args:
        frames: A result with any of the frames.
    """
    tables = frames.tables
    return render(
        "frames.html",
        overview=_overview(tables) if "articles" in tables else None,
        type_names=TYPE_NAMES,
        entities=_entities(tables) if "entities" in tables else None,
        heads={name: _head(tables, name) for name in frames.names},
    )


def _overview(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the articles' own columns say."""
    columns = ("status", "day", "source", "topic_label")
    articles = excerpt(tables, "articles", columns=columns)
    status = articles["status"].value_counts()
    days = articles["day"].dropna()
    return {
        "n": len(articles),
        "statuses": [(name, status[name]) for name in STATUSES[1:] if status.get(name, 0)],
        "days": list(dict.fromkeys(map(day_text, (days.min(), days.max())))) if len(days) else [],
        "n_without_day": len(articles) - len(days),
        "n_outlets": articles["source"].nunique(),
        "outlets": _most_frequent(articles["source"], _OUTLETS),
        "n_topics": articles["topic_label"].nunique(),
        "topics": _most_frequent(articles["topic_label"], _TOPICS),
        "n_without_topic": int(articles["topic_label"].isna().sum()),
    }


def _most_frequent(values: pd.Series[str], top_k: int) -> list[_Count]:
    """The most frequent values; of equally frequent ones those that come first."""
    counts = values.value_counts(sort=False).sort_values(ascending=False, kind="stable")
    most = counts.max()
    return [_Count(str(value), n, 100 * n / most) for value, n in counts.head(top_k).items()]


def _entities(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[_Count]]:
    """Entities of each type that stand in the most articles, by their names."""
    columns = ("entity_id", "type", "name", "n_mentions")
    entities = excerpt(tables, "entities", columns=columns)
    entities = entities[entities["n_mentions"] > 0]
    return {type_: list(_named(entities[entities["type"] == type_])) for type_ in TYPE_NAMES}


def _named(entities: pd.DataFrame) -> Iterator[_Count]:
    """The most frequent entities, each with the name that it has first."""
    counts = _most_frequent(entities["entity_id"], _ENTITIES)
    told = entities[entities["entity_id"].isin([count.text for count in counts])]
    names = told.drop_duplicates("entity_id").set_index("entity_id")["name"]
    for count in counts:
        yield _Count(cell(names[count.text]) or count.text, count.n, count.percent, count.text)


def _head(tables: Mapping[str, pd.DataFrame], name: str) -> _Head:
    """First rows of a frame, without columns that have nothing there."""
    rows = excerpt(tables, name, max_rows=_ROWS).drop(columns=_LEFT_OUT, errors="ignore")
    rows = rows.dropna(axis=1, how="all") if len(rows) else rows
    cells = [[_clipped(cell(value)) for value in row] for row in rows.itertuples(index=False)]
    return _Head(count_rows(tables, name), list(rows.columns), cells)


def _clipped(text: str) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: 2 * _WIDTH].split())
    return line if len(line) <= _WIDTH and len(text) <= 2 * _WIDTH else f"{line[:_WIDTH]}…"
