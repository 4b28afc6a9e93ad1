"""One text out of title, lead and text, nothing twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from newsnlp.columns import SEPARATOR

Span = tuple[int, int]

# Characters at which lines end, for a class of a pattern.
LINE_BREAKS = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_LINE = re.compile(rf"\S(?:[^{LINE_BREAKS}]*\S)?")
_PROSE_LENGTH = 120
_SENTENCE_END = re.compile(r"[.!?…][»”\"')\]]*\Z")


@dataclass(frozen=True, slots=True)
class Composed:
    """The text of an article and where its given title and lead stand in it.

    `pieces` names the input field of each stretch of the text: (field, start, stop), in order; a
    position in a piece less its `start` is a position in the field.
    """

    text: str
    title: Span | None
    lead: Span | None
    pieces: tuple[tuple[str, int, int], ...]


def line_spans(text: str) -> Iterator[Span]:
    """Lines that are not blank, without the whitespace at both ends.

    Args:
        text: Any text; a line ends where `str.splitlines` ends it.
    """
    return (match.span() for match in _LINE.finditer(text))


def is_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does.

    Args:
        line: A line without whitespace at its end.
    """
    return _SENTENCE_END.search(line, max(len(line) - 8, 0)) is not None


def compose(title: str | None, lead: str | None, text: str | None) -> Composed:
    r"""Join the fields that are present, one blank line between two of them.

    A title or lead is not added where lines of the text hold it already, before its first long
    paragraph. Composing the result with the same title and lead again changes nothing.

    Args:
        title: Headline, or None.
        lead: Summary, or None; one that equals the title counts as missing.
        text: Body, or a whole page, or None.

    Example:
        >>> compose("Саммит в Минске", None, "Саммит в Минске\nЛидеры встретились.").title
        (0, 15)
        >>> compose("Саммит в Минске", None, "Лидеры встретились.").text
        'Саммит в Минске\n\nЛидеры встретились.'
    """
    body = text or ""
    title_keys, lead_keys = _keys(title), _keys(lead)
    if lead_keys == title_keys:
        lead_keys = ()
    held_title, held_lead = _locate(title_keys, lead_keys, body)
    added = [
        (field, value)
        for field, value, missing in (
            ("title", title, bool(title_keys) and held_title is None),
            ("lead", lead, bool(lead_keys) and held_lead is None),
        )
        if value is not None and missing
    ]
    if not added:
        return Composed(body, held_title, held_lead, (("text", 0, len(body)),))

    parts: list[str] = []
    pieces: list[tuple[str, int, int]] = []
    position = 0
    for field, value in added:
        part = value.rstrip()  # blanks in front stay, so that positions in the field hold
        parts.append(part)
        pieces.append((field, position, position + len(part)))
        position += len(part) + len(SEPARATOR)
    if body.strip():
        parts.append(body)
        pieces.append(("text", position, position + len(body)))
    composed = SEPARATOR.join(parts)
    return Composed(composed, *_locate(title_keys, lead_keys, composed), tuple(pieces))


def _keys(value: str | None) -> tuple[str, ...]:
    """Lines by which a field is recognised, blanks made even."""
    if value is None:
        return ()
    return tuple(_key(value[start:stop]) for start, stop in line_spans(value))


def _key(line: str) -> str:
    return " ".join(line.split())


def _locate(
    title: tuple[str, ...], lead: tuple[str, ...], text: str
) -> tuple[Span | None, Span | None]:
    """Where title and lead stand in the text; both if they can, without overlap, else one.

    They are sought in the lines before the first long paragraph that is a part of neither. That
    border does not depend on what is found, so putting a missing field in front of the text only
    shifts it, and the second look finds what the first one found or put there.
    """
    if not title and not lead:
        return None, None
    own = {*title, *lead}

    def in_head(span: Span) -> bool:
        start, stop = span
        line = text[start:stop]
        return len(line) < _PROSE_LENGTH or not is_sentence(line) or _key(line) in own

    spans = list(takewhile(in_head, line_spans(text)))
    lines = "\n".join(["", *(_key(text[start:stop]) for start, stop in spans), ""])

    def find(keys: tuple[str, ...], begin: int = 0) -> Span | None:
        """First place of these lines in `lines`: from one line break to another."""
        if not keys:
            return None
        needle = "\n".join(["", *keys, ""])
        place = lines.find(needle, begin)
        return None if place < 0 else (place, place + len(needle) - 1)

    def in_text(place: Span | None) -> Span | None:
        if place is None:
            return None
        first = lines.count("\n", 0, place[0])
        last = first + lines.count("\n", *place) - 1
        return spans[first][0], spans[last][1]

    first_title, first_lead = find(title), find(lead)
    later_lead = find(lead, first_title[1]) if first_title else None
    if later_lead or not first_lead:
        return in_text(first_title), in_text(later_lead)
    later_title = find(title, first_lead[1])
    if later_title or not first_title:
        return in_text(later_title), in_text(first_lead)
    return in_text(first_title), None  # they overlap wherever they stand
