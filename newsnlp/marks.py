"""Layer *show*: the text of one article zone by zone, its mentions marked where they stand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from newsnlp.rendering import cell

WHOLE = "text"  # kind of the one zone of a text whose zones are not known
_TOLD = ("type", "kind", "function", "normal", "role", "entity_id", "rule")


@dataclass(frozen=True, slots=True)
class Mention:
    """What a view tells of a mention; what is missing is an empty string."""

    start: int
    stop: int
    type: str
    kind: str = "name"
    function: str = "content"
    normal: str = ""
    role: str = ""
    entity_id: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mention and its text, in which other mentions may be marked: «лидера Казахстана»."""

    mention: Mention
    pieces: tuple[Piece, ...]


Piece: TypeAlias = str | Mark


@dataclass(frozen=True, slots=True)
class MarkedZone:
    """A zone, its text in pieces, and whether it begins on a line of its own."""

    kind: str
    lang: str
    pieces: tuple[Piece, ...]
    own_line: bool


def marked_zones(frames: Mapping[str, pd.DataFrame]) -> Iterator[MarkedZone]:
    """Zones of an article from top to bottom; where none are known, all of its text as one.

    Args:
        frames: Frame name -> rows of one article: `articles`, and `zones` and `mentions` where
            they were computed.
    """
    text = frames["articles"]["text"].iloc[0]
    if not isinstance(text, str) or not text.strip():
        return
    zones = [(WHOLE, "", 0, len(text))]
    if len(frames.get("zones", ())):
        zones = list(rows_of(frames["zones"], "zone", "lang", "start", "stop"))
    mentions = mentions_of(frames["mentions"]) if "mentions" in frames else []
    last_stop = 0
    for kind, lang, start, stop in zones:
        inside = [mention for mention in mentions if start <= mention.start < stop]
        pieces = pieces_of(text, start, stop, inside)
        yield MarkedZone(kind, lang, pieces, "\n" in text[last_stop:start])
        last_stop = stop


def mentions_of(table: pd.DataFrame) -> list[Mention]:
    """Mentions of an article.

    Args:
        table: Rows of `mentions`.
    """
    return [
        Mention(start, stop, *map(cell, told))
        for start, stop, *told in rows_of(table, "start", "stop", *_TOLD)
    ]


def pieces_of(text: str, start: int, stop: int, mentions: Iterable[Mention]) -> tuple[Piece, ...]:
    """A stretch of the text in pieces: nothing is lost, whatever the mentions are.

    Args:
        text: Text of the article.
        start: Where the stretch begins.
        stop: Where it ends.
        mentions: Mentions that begin in it; one that crosses the border of another, or of the
            stretch, stays unmarked.

    Example:
        >>> leader = [Mention(0, 17, "PER"), Mention(7, 17, "LOC")]
        >>> (mark, rest) = pieces_of("лидера Казахстана сказал", 0, 24, leader)
        >>> mark.pieces[0], mark.pieces[1].pieces, rest
        ('лидера ', ('Казахстана',), ' сказал')
    """
    outer_first = sorted(mentions, key=lambda mention: (mention.start, -mention.stop))
    return tuple(_pieces(text, start, stop, deque(outer_first)))


def _pieces(text: str, start: int, stop: int, mentions: deque[Mention]) -> Iterator[Piece]:
    while mentions and mentions[0].start < stop:
        mention = mentions.popleft()
        if not start <= mention.start < mention.stop <= stop:
            continue
        if start < mention.start:
            yield text[start : mention.start]
        yield Mark(mention, tuple(_pieces(text, mention.start, mention.stop, mentions)))
        start = mention.stop
    if start < stop:
        yield text[start:stop]


def rows_of(table: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Rows of some columns of a table.

    Args:
        table: A frame.
        columns: Names of columns.
    """
    yield from table[list(columns)].itertuples(index=False, name=None)


def by_mentions(entities: pd.DataFrame) -> pd.DataFrame:
    """Entities, those named most often first.

    Args:
        entities: Rows of `entities`.
    """
    return entities.sort_values("n_mentions", ascending=False, kind="stable")
