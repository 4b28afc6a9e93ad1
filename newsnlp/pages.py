"""The parts of one page dumped as text: what each of its lines is.

A page is read in three steps: how each line looks by itself (`Look`), where the list of other
articles at the foot and the blocks of them inside the body lie, and what stands above the first
and below the last paragraph. `evidence` says how sure it is that the text is a page at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from newsnlp.composition import is_sentence
from newsnlp.schema import ZONES
from newsnlp.tables import read_table

RUBRIC, TITLE, LEAD, BODY, BYLINE, DATE, CAPTION, TAGS, RELATED, BOILERPLATE = map(
    ZONES.index,
    (
        "rubric", "title", "lead", "body", "byline", "date", "caption", "tags", "related",
        "boilerplate",
    ),
)  # fmt: skip

STRONG_EVIDENCE = 2  # signs that a text must show before "auto" takes it for a page

_PARAGRAPH_LENGTH = 60  # from here on a line that ends as a sentence is running text
_LONG = 250  # no headline is longer, however it ends
_MARKER_LENGTH = 60
_TIME_LENGTH = 60
_NAME_LENGTH = 60
_FRAGMENT_LENGTH = 40
_TEASER_LENGTH = 500
_HEADLINE_WORDS = 3
_RUBRIC_WORDS = 3
_NAME_WORDS = (2, 3)
_LIST_TIMES = 3  # a list without a marker must show that many times
_LIST_HEADLINES = 2
_LEAD_LENGTHS = (40, 350)

_LISTS = ("list", "also")

_RUNNING_ON = re.compile(r"[-–—a-zа-яё]")  # how a headline does not begin
_CUT = re.compile(r"(?:…|\.\.\.)\W{0,2}\Z")
_TIME_PART = re.compile(r"[^\W\d_]+|\d+")
_CLOCK_OR_DATE = re.compile(r"\b\d{1,2}:\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_TIMES = ({"day"}, {"number", "unit"}, {"number", "month"}, {"unit", "ago"})
_NAME_WORD = re.compile(r"[А-ЯЁӘҒҚҢӨҰҮҺІ](?:\.|[а-яёәғқңөұүһі]+(?:-[А-ЯЁӘҒҚҢӨҰҮҺІ]?[а-яё]+)?)\Z")
_NEXT_SENTENCE = re.compile(r"[.!?…][»”\"')]*\s+[«“\"'(—–-]*\s*[A-ZА-ЯЁ]")


class Look(IntEnum):
    """How a line looks by itself."""

    MARKER = 0  # a line of the table of markers
    TIME = 1
    NAME = 2
    SYMBOLS = 3  # no letters
    TEASER = 4  # a paragraph cut off by an ellipsis
    FRAGMENT = 5  # a few words that go on from the line above, or an item of a list
    PARAGRAPH = 6  # running text
    HEADLINE = 7
    SHORT = 8  # one or two words


_ENTRIES = (Look.HEADLINE, Look.SHORT, Look.NAME)
_RUNNING = (Look.PARAGRAPH, Look.FRAGMENT)
_VALUES = (Look.SHORT, Look.NAME, Look.TIME, Look.FRAGMENT)


@dataclass(frozen=True, slots=True)
class Marker:
    """What a line of the table of markers announces; `value` is what follows it on the line."""

    kind: int
    scope: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text."""

    text: str
    look: Look
    marker: Marker | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What the lines of a page are: `kinds` holds a code into `schema.ZONES` for each line.

    `evidence` counts what speaks for a page dumped as text; `title`, `lead` and so on are what
    the page says.
    """

    kinds: tuple[int, ...]
    evidence: int
    title: str | None
    rubric: str | None
    lead: str | None
    author: str | None
    published: str | None


def look_at(text: str) -> Line:
    """See what a line looks like by itself.

    Args:
        text: A line without whitespace at its ends.

    Example:
        >>> look_at("2 часа назад").look.name, look_at("Читайте также:").look.name
        ('TIME', 'MARKER')
    """
    marker = _marker(text) if len(text) <= _LONG else None
    if marker is not None:
        return Line(text, Look.MARKER, marker)
    return Line(text, next(look for look, looks_so in _LOOKS if looks_so(text)))


def is_time(text: str) -> bool:
    """Whether a line says a time and nothing else.

    Args:
        text: A line.

    Example:
        >>> is_time("17:04, 24 Ноябрь 2025 | GMT +5"), is_time("24 ноября в Минске")
        (True, False)
    """
    parts = _TIME_PART.findall(text.lower())
    words = _time_words()
    sorts = {"number" if part.isdigit() else words.get(part) for part in parts}
    if not sorts or None in sorts:
        return False
    return any(sure <= sorts for sure in _TIMES) or _CLOCK_OR_DATE.search(text) is not None


def _is_past(text: str) -> bool:
    words = _time_words()
    return any(words.get(part) in ("day", "ago") for part in _TIME_PART.findall(text.lower()))


def is_name(text: str) -> bool:
    """Whether a line has the shape of a person's name: two or three capitalised words.

    Args:
        text: A line.
    """
    words = text.split()
    return _NAME_WORDS[0] <= len(words) <= _NAME_WORDS[1] and all(map(_NAME_WORD.match, words))


def _is_teaser(text: str) -> bool:
    cut = _CUT.search(text, max(len(text) - 6, 0)) is not None
    return cut and _PARAGRAPH_LENGTH <= len(text) <= _TEASER_LENGTH


def _is_fragment(text: str) -> bool:
    short = len(text) <= _FRAGMENT_LENGTH
    return short and _RUNNING_ON.match(text) is not None and not is_sentence(text)


def _is_paragraph(text: str) -> bool:
    if len(text) > _LONG or _RUNNING_ON.match(text):
        return True
    return is_sentence(text) and not text.endswith(("?", "!"))


# The first that holds.
_LOOKS: tuple[tuple[Look, Callable[[str], bool]], ...] = (
    (Look.TIME, lambda text: len(text) <= _TIME_LENGTH and is_time(text)),
    (Look.NAME, lambda text: len(text) <= _NAME_LENGTH and is_name(text)),
    (Look.SYMBOLS, lambda text: not any(map(str.isalpha, text))),
    (Look.TEASER, _is_teaser),
    (Look.FRAGMENT, _is_fragment),
    (Look.PARAGRAPH, _is_paragraph),
    (Look.HEADLINE, lambda text: len(text.split(None, _HEADLINE_WORDS)) >= _HEADLINE_WORDS),
    (Look.SHORT, lambda text: True),
)


def read_page(lines: Sequence[Line]) -> Page:
    """Find the parts of a page.

    Args:
        lines: The lines of the page that are not blank, in order.
    """
    end = _end(lines)
    foot, evidence = _foot(lines[:end])
    body = lines[:foot]
    kinds = [BODY] * foot
    for first, stop, _ in _blocks(body):
        kinds[first:stop] = [RELATED] * (stop - first)
    _mark_labelled(body, kinds)
    own = [row for row in range(foot) if kinds[row] == BODY and body[row].look in _RUNNING]
    top = next((row for row in own if len(body[row].text) >= _PARAGRAPH_LENGTH), foot)
    title = _title(body[:top], kinds)
    if title is not None:
        _mark_top(body[:top], kinds, title)
    _mark_bottom(body, kinds, own[-1] + 1 if own else foot)
    lead = _lead(body, kinds, top) if title is not None else None
    if lead is not None:
        kinds[lead] = LEAD
    kinds += [
        BOILERPLATE if line.marker and line.marker.kind == BOILERPLATE else RELATED
        for line in lines[foot:end]
    ]
    kinds += [BOILERPLATE] * (len(lines) - end)
    return Page(
        kinds=tuple(kinds),
        evidence=evidence + _signs(lines, title),
        title=_text(lines, title),
        rubric=_text(lines, _first(kinds, RUBRIC)),
        lead=_text(lines, lead),
        author=_first_value(lines, kinds, BYLINE),
        published=_first_value(lines, kinds, DATE),
    )


def related_blocks(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Blocks of other articles that are certain in any text: marker, headline, cut-off teaser.

    Args:
        lines: The lines of a text that are not blank, in order.

    Returns:
        Rows of lines, half-open.
    """
    return [(first, stop) for first, stop, certain in _blocks(lines) if certain]


def _blocks(lines: Sequence[Line]) -> Iterator[tuple[int, int, bool]]:
    """Rows of marker, headline and teaser, and whether the teaser or the marker's line proves it.

    One headline only: what follows may be a subheading of the article's own.
    """
    for first, line in enumerate(lines):
        if line.marker is None or line.marker.scope not in _LISTS:
            continue
        stop = first + 1
        if not line.marker.value and _look(lines, stop) in _ENTRIES:
            stop += 1
            while _look(lines, stop) is Look.TIME:
                stop += 1
            stop += _look(lines, stop) is Look.TEASER
        if line.marker.value or stop > first + 1:
            yield first, stop, bool(line.marker.value) or lines[stop - 1].look is Look.TEASER


def _look(lines: Sequence[Line], row: int) -> Look | None:
    return lines[row].look if row < len(lines) else None


def _end(lines: Sequence[Line]) -> int:
    """Row of the marker below which, as below «Комментарии», nothing is the article's own."""
    running = [len(line.text) if line.look in _RUNNING else 0 for line in lines]
    above, total = 0, sum(running)
    for row, line in enumerate(lines):
        if line.marker is not None and line.marker.scope == "rest" and above > total - above:
            return row
        above += running[row]
    return len(lines)


def _foot(lines: Sequence[Line]) -> tuple[int, int]:
    """Row where the list of other articles at the foot begins, and the evidence that it is one.

    A paragraph that is not cut off ends every list above it, unless times tell the entries.
    """
    looks = [line.look for line in lines]
    running = [row for row, look in enumerate(looks) if look in _RUNNING]
    if not running:
        return len(lines), 0
    left = Counter(looks[running[0] + 1 :])
    for row in range(running[0] + 1, len(lines)):
        left[looks[row]] -= 1
        marker = lines[row].marker
        if marker is None or marker.scope not in _LISTS or marker.value:
            continue
        paragraphs = sum(left[look] for look in _RUNNING)
        timed = paragraphs <= min(left[Look.HEADLINE], left[Look.TIME])
        if left[Look.HEADLINE] >= _LIST_HEADLINES and timed:
            return row, STRONG_EVIDENCE
    tail = looks[running[-1] + 1 :]
    if min(tail.count(Look.TIME), tail.count(Look.HEADLINE)) < _LIST_TIMES:
        return len(lines), 0
    begin = running[-1] + 1 + tail.index(Look.HEADLINE)
    times_first = looks[begin - 1] is Look.TIME and looks[-1] is not Look.TIME
    # Events of a programme stand beside times too, but not beside times that are past.
    past = sum(line.look is Look.TIME and _is_past(line.text) for line in lines[begin - 1 :])
    return begin - times_first, STRONG_EVIDENCE if past >= _LIST_TIMES else 1


def _title(top: Sequence[Line], kinds: Sequence[int]) -> int | None:
    """Pick the headline: the first one after a rubric, else the first of all."""
    rows = [
        row for row, line in enumerate(top) if line.look is Look.HEADLINE and kinds[row] == BODY
    ]
    rubric = next((row for row, line in enumerate(top) if _is_rubric(line)), -1)
    return next((row for row in rows if row > rubric), rows[0] if rows else None)


def _mark_labelled(lines: Sequence[Line], kinds: list[int]) -> None:
    """Mark the lines that name what they are, and the values on lines of their own below them."""
    for row, line in enumerate(lines):
        marker = line.marker
        if marker is None or marker.kind == RUBRIC or kinds[row] != BODY:
            continue
        if marker.scope not in ("start", "line"):
            continue
        kinds[row] = marker.kind
        if marker.scope == "start" and not marker.value:
            values = (Look.NAME,) if marker.kind == BYLINE else _VALUES
            below = row + 1
            while _look(lines, below) in values:
                kinds[below] = marker.kind
                below += 1


def _mark_top(top: Sequence[Line], kinds: list[int], title: int) -> None:
    """Mark what stands above the first paragraph."""
    rubrics = [row for row in range(title) if _is_rubric(top[row])] or [
        row
        for row in range(title)
        if top[row].look in (Look.SHORT, Look.NAME)
        and len(top[row].text.split()) <= _RUBRIC_WORDS
        and kinds[row] == BODY
    ]
    below = {Look.TIME: DATE, Look.NAME: BYLINE, Look.SYMBOLS: BOILERPLATE}
    for row, line in enumerate(top):
        if kinds[row] == BODY:
            above = DATE if line.look is Look.TIME else BOILERPLATE
            kinds[row] = above if row < title else below.get(line.look, BODY)
    kinds[title] = TITLE
    if rubrics:
        kinds[rubrics[-1]] = RUBRIC


def _mark_bottom(lines: Sequence[Line], kinds: list[int], bottom: int) -> None:
    """Mark what stands below the last paragraph."""
    by_look = {Look.NAME: BYLINE, Look.TIME: DATE, Look.SYMBOLS: BOILERPLATE}
    for row in range(bottom, len(lines)):
        if kinds[row] == BODY:
            kinds[row] = by_look.get(lines[row].look, BODY)


def _lead(lines: Sequence[Line], kinds: Sequence[int], top: int) -> int | None:
    """Take the first paragraph if it is one sentence and the article goes on in paragraphs."""
    if _look(lines, top) not in _RUNNING or _look(lines, top + 1) is not Look.PARAGRAPH:
        return None
    text = lines[top].text
    shortest, longest = _LEAD_LENGTHS
    alone = shortest <= len(text) <= longest and _NEXT_SENTENCE.search(text) is None
    body = sum(
        kind == BODY and line.look is Look.PARAGRAPH
        for kind, line in zip(kinds, lines, strict=True)
    )
    return top if alone and body > 2 else None


def _signs(lines: Sequence[Line], title: int | None) -> int:
    """Count what speaks for a page besides a list at the foot."""
    markers = [line.marker for line in lines if line.marker is not None]
    labels = {marker.kind for marker in markers if marker.scope == "start"}
    services = {line.text for line in lines if line.marker and line.marker.kind == BOILERPLATE}
    head = lines[: title + 2] if title is not None else ()
    return (
        len(labels & {BYLINE, DATE, TAGS})
        + min(len(services), 2)
        + any(map(_is_rubric, head))
        + any(line.look is Look.TIME for line in head)
    )


def _is_rubric(line: Line) -> bool:
    return line.marker is not None and line.marker.kind == RUBRIC


def _first(kinds: Sequence[int], kind: int) -> int | None:
    return next((row for row, found in enumerate(kinds) if found == kind), None)


def _text(lines: Sequence[Line], row: int | None) -> str | None:
    return None if row is None else lines[row].text


def _first_value(lines: Sequence[Line], kinds: Sequence[int], kind: int) -> str | None:
    """Read what the first line of a kind says, without the word that names it."""
    said = (
        line.marker.value if line.marker else line.text
        for line, found in zip(lines, kinds, strict=True)
        if found == kind
    )
    return next(filter(None, said), None)


def _marker(text: str) -> Marker | None:
    markers = _markers()
    if len(text) <= _MARKER_LENGTH and (found := markers.get(_key(text))):
        return Marker(*found, "")
    label, colon, value = text.partition(":")
    if not colon or len(label) > _MARKER_LENGTH or not (found := markers.get(_key(label))):
        return None
    kind, scope = found
    value = value.strip()
    named = kind != BYLINE or is_name(value.split(",")[0])
    return Marker(kind, scope, value) if scope in ("start", "also") and named else None


def _key(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").rstrip(" :.»>→").split())


@cache
def _markers() -> dict[str, tuple[int, str]]:
    return {
        _key(marker): (ZONES.index(kind), scope)
        for marker, kind, scope, *_ in read_table("layout_markers.tsv")
    }


@cache
def _time_words() -> dict[str, str]:
    return {word: sort for word, sort, *_ in read_table("time_words.tsv")}
