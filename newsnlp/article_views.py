"""Layer *show*: one article as HTML for a notebook, without scripts, in the page's own colours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from newsnlp.marks import WHOLE, Mark, Mention, Piece, by_mentions, marked_zones, rows_of
from newsnlp.rendering import TYPE_NAMES, cell, day_text, render, web_address
from newsnlp.schema import ANNOTATED_ZONES, LANGS

_SHOWN = ("zones", "mentions", "entities")
_RUSSIAN, *_, _NO_LANGUAGE = LANGS
_BLANK_LINES = re.compile(r"[^\S\n]*\n\s*\n[^\S\n]*")


@dataclass(frozen=True, slots=True)
class _Chip:
    """A topic or keyword: what is shown, beside it in small, and on hover."""

    text: str
    beside: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class _ZoneView:
    """A zone: its label, its language where it is known, its pieces, and how it is set."""

    kind: str
    label: str
    lang: str | None
    pieces: tuple[Piece, ...]
    own_line: bool
    set_apart: bool


def article_html(frames: Mapping[str, pd.DataFrame]) -> str:
    """HTML of one article: topics, keywords, facts, zones with their mentions, and entities.

    Args:
        frames: Frame name -> rows of one article; `articles` among them, and of the others those
            that were computed.
    """
    names = {}
    if "entities" in frames:
        names = dict(rows_of(frames["entities"], "entity_id", "name"))
    zones = list(_zones(frames))
    mentions = list(_mentions(piece for zone in zones for piece in zone.pieces))
    article = frames["articles"].iloc[0]
    return render(
        "article.html",
        doc_id=article["doc_id"],
        described={name: _chips(frames, name) for name in ("topics", "keywords")},
        facts=_facts(article),
        zones=zones,
        about=lambda mention: _about(mention, names),
        label=_label,
        type_names=TYPE_NAMES if mentions else {},
        special=_special(mentions),
        missing=[name for name in _SHOWN if name not in frames],
        entities=_entities(frames),
    )


def _chips(frames: Mapping[str, pd.DataFrame], name: str) -> list[_Chip] | None:
    """Topics or keywords, the first ones first; None where they were not computed."""
    if name not in frames:
        return None
    if name == "topics":
        rows = rows_of(frames[name], "label", "score", "topic")
        return [_Chip(cell(label), cell(score), cell(topic)) for label, score, topic in rows]
    return [
        _Chip(cell(keyword), "", f"{cell(kind)} · score {cell(score)} · n {n}")
        for keyword, kind, score, n in rows_of(frames[name], "keyword", "kind", "score", "n")
    ]


def _facts(article: pd.Series[Any]) -> dict[str, Any]:
    """What came with the article; `status` is told where there is something to tell."""
    day, status, error = article["day"], cell(article["status"]), cell(article["error"])
    return {
        "source": cell(article["source"]),
        "day": cell(day),
        "day_text": "" if pd.isna(day) else day_text(day),
        "url": cell(article["url"]),
        "link": web_address(article["url"]),
        "author": cell(article["author"]),
        "rubric": cell(article["rubric"]),
        "status": "" if status == "ok" and not error else status,
        "error": error,
    }


def _zones(frames: Mapping[str, pd.DataFrame]) -> Iterator[_ZoneView]:
    """Zones as they are set; the label stands where another kind begins."""
    last = ""
    for zone in marked_zones(frames):
        known = zone.lang if zone.lang != _NO_LANGUAGE else ""
        set_apart = zone.kind not in (*ANNOTATED_ZONES, WHOLE)
        label = zone.kind if zone.lang in ("", _RUSSIAN) else f"{zone.kind} · {zone.lang}"
        yield _ZoneView(
            kind=zone.kind,
            label="" if label == last else label,
            lang=known or None,
            pieces=tuple(map(_without_blank_lines, zone.pieces)) if set_apart else zone.pieces,
            own_line=zone.own_line and bool(last),
            set_apart=set_apart,
        )
        last = label


def _without_blank_lines(piece: Piece) -> Piece:
    """Lists of links and the like, a line each: they are not what is read."""
    return _BLANK_LINES.sub("\n", piece) if isinstance(piece, str) else piece


def _mentions(pieces: Iterator[Piece] | tuple[Piece, ...]) -> Iterator[Mention]:
    """Mentions of pieces, those inside others too."""
    for piece in pieces:
        if isinstance(piece, Mark):
            yield piece.mention
            yield from _mentions(piece.pieces)


def _label(mention: Mention) -> str:
    """Type of a mention, and what sets it apart from a name in the article's content."""
    told = [mention.type]
    told += [mention.kind] if mention.kind != "name" else []
    told += [mention.function] if mention.function != "content" else []
    return " ".join(told)


def _about(mention: Mention, names: Mapping[str, str]) -> str:
    """What a mention tells on hover, a fact a line."""
    facts = {
        "form": mention.normal,
        "entity": names.get(mention.entity_id, ""),
        "id": mention.entity_id,
        "role": mention.role,
        "rule": mention.rule,
    }
    return "\n".join(f"{name}: {value}" for name, value in facts.items() if value)


def _special(mentions: list[Mention]) -> list[tuple[str, str]]:
    """Kinds and functions that the legend has to explain: class and name of each."""
    there = dict.fromkeys(
        value for mention in mentions for value in (mention.kind, mention.function)
    )
    return [(value, name) for value, name in _SPECIAL.items() if value in there]


_SPECIAL = {
    "role": "role",
    "common": "common noun",
    "credit": "credit",
    "notice": "legal notice",
}


def _entities(frames: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, int, str, bool]]:
    """Name, type, number of mentions and id of each entity, and whether that is the register's."""
    if "entities" not in frames:
        return []
    columns = ("name", "type", "n_mentions", "entity_id", "linked")
    return [
        (cell(name), cell(type_), n, cell(entity_id), bool(linked))
        for name, type_, n, entity_id, linked in rows_of(by_mentions(frames["entities"]), *columns)
    ]
