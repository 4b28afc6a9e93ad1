"""How a line of a text looks by itself: its length, its ending, the words of the tables.

A line may also hold a part that is none of the article's own, such as a dateline: `parts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from newsnlp.composition import is_sentence
from newsnlp.schema import ZONES
from newsnlp.tables import read_table

(
    RUBRIC, TITLE, LEAD, BODY, DATELINE, BYLINE, DATE, CAPTION, TAGS, EMBED, NOTICE, RELATED,
    BOILERPLATE,
) = map(
    ZONES.index,
    (
        "rubric", "title", "lead", "body", "dateline", "byline", "date", "caption", "tags",
        "embed", "notice", "related", "boilerplate",
    ),
)  # fmt: skip
PARAGRAPH_LENGTH = 60  # from here on a line that ends as a sentence is running text
LONGEST_HEADLINE = 250  # no headline is longer, however it ends
_MARKER_LENGTH = 60
_WORDED_LENGTH = 450
_DATELINE_LENGTH = 120
_TIME_LENGTH = 60
_NAME_LENGTH = 60
_FRAGMENT_LENGTH = 40
_TEASER_LENGTH = 500
HEADLINE_WORDS = 3
_NAME_WORDS = (2, 3)
_RUNNING_ON = re.compile(r"[-–—a-zа-яё]")  # how a headline does not begin
_CUT = re.compile(r"(?:…|\.\.\.)\W{0,2}\Z")
_TIME_PART = re.compile(r"[^\W\d_]+|\d+")
_CLOCK_OR_DATE = re.compile(r"\b\d{1,2}:\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_TIMES = ({"day"}, {"number", "unit"}, {"number", "month"}, {"unit", "ago"})
_NAME_WORD = re.compile(r"[А-ЯЁӘҒҚҢӨҰҮҺІ](?:\.|[а-яёәғқңөұүһі]+(?:-[А-ЯЁӘҒҚҢӨҰҮҺІ]?[а-яё]+)?)\Z")
_SCRIPT_SIGN = re.compile(r"[{}();:=<>'\"\\]")
_SCRIPT_SHARE = 15  # letters for each sign of a script
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_CYRILLIC_SHARE = 5
_WORD = re.compile(r"\w+")
_STEM = 5  # letters
_SHORTEST_WORD = 4  # that says something
_SURNAME_IN_CAPITALS = re.compile(r"\b[А-ЯЁ]{4,}\b")
_ROLE = re.compile(r"(?:\s*\([а-яё][^().]{2,60}\)|,\s*[а-яё][^,.:()]{2,60})\Z")
_SITE = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-zрф]{2,4}")
_GOES_ON = re.compile(r"[,.;:!?)»…%]|[-–—]?\s?[a-zа-яё(]")
_NAME_END = re.compile(r"\s*[,(]")  # where an author's role begins


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Patterns as one, and the zone that each of its groups shows."""

    pattern: re.Pattern[str]
    kinds: dict[str, int]

    def kind(self, match: re.Match[str]) -> int:
        """Zone of the pattern that matched."""
        return self.kinds[match.lastgroup or ""]


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


@dataclass(frozen=True, slots=True)
class Marker:
    """What a line of the tables announces; `value` is what follows it on the line.

    `scope` is that of the table of markers, or "sure" for a line known by its wording in any text.
    """

    kind: int
    scope: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text."""

    text: str
    look: Look
    marker: Marker | None = None

    @property
    def said(self) -> str:
        """What the line says without the word that names it, of an author without the role."""
        said = self.marker.value if self.marker else self.text
        name = _without_role(said)
        return name if is_name(name) else said

    @property
    def sure_kind(self) -> int | None:
        """What the wording alone tells of the line, in any text; None where it tells nothing."""
        return self.marker.kind if self.marker and self.marker.scope == "sure" else None

    @property
    def is_rubric(self) -> bool:
        """Whether the line is a section of a site, known by the table of markers."""
        return self.marker is not None and self.marker.kind == RUBRIC


def look_at(text: str) -> Line:
    """See what a line looks like by itself.

    Args:
        text: A line without whitespace at its ends.

    Example:
        >>> look_at("2 часа назад").look.name, look_at("Читайте также:").look.name
        ('TIME', 'MARKER')
    """
    marker = _marker(text) if len(text) <= LONGEST_HEADLINE else None
    if marker is None and len(text) <= _WORDED_LENGTH:
        marker = _marker_by_wording(text)
    if marker is None and is_script(text):
        marker = Marker(BOILERPLATE, "sure", "")
    if marker is not None:
        return Line(text, Look.MARKER, marker)
    return Line(text, next(look for look, looks_so in _LOOKS if looks_so(text)))


def is_script(text: str) -> bool:
    """Whether a line is left of a script: many of its signs, few Cyrillic letters.

    Args:
        text: A line.

    Example:
        >>> is_script('player.setup({ width: "100%", heading: "Видео" });')
        True
    """
    if "{" not in text and "}" not in text and ");" not in text and '="' not in text:
        return False
    dense = len(_SCRIPT_SIGN.findall(text)) * _SCRIPT_SHARE > len(text)
    return dense and len(_CYRILLIC.findall(text)) * _CYRILLIC_SHARE < len(text)


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
    return any(sure <= sorts for sure in _TIMES) or has_clock(text)


def is_agency(text: str) -> bool:
    """Whether a line is an agency that credits its photographs, or a site's address.

    Args:
        text: A line.
    """
    return text in _agencies() or _SITE.fullmatch(text) is not None


def goes_on(text: str) -> bool:
    """Whether a line goes on with the sentence of the line above it.

    Args:
        text: A line.
    """
    return _GOES_ON.match(text) is not None


def has_clock(text: str) -> bool:
    """Whether a time is one of the clock or a date in figures.

    Args:
        text: A line that says a time.
    """
    return _CLOCK_OR_DATE.search(text) is not None


def is_past(text: str) -> bool:
    """Whether a time lies in the past by its words: «вчера», «2 часа назад».

    Args:
        text: A line that says a time.
    """
    words = _time_words()
    return any(words.get(part) in ("day", "ago") for part in _TIME_PART.findall(text.lower()))


def is_name(text: str) -> bool:
    """Whether a line has the shape of a person's name: two or three capitalised words.

    The surname may be in capitals throughout.

    Args:
        text: A line.
    """
    words = _SURNAME_IN_CAPITALS.sub(lambda match: match[0].capitalize(), text, count=1).split()
    return _NAME_WORDS[0] <= len(words) <= _NAME_WORDS[1] and all(map(_NAME_WORD.match, words))


def _is_author(text: str) -> bool:
    return len(text) <= _NAME_LENGTH and is_name(_without_role(text))


def _without_role(text: str) -> str:
    return _ROLE.sub("", text)


def words(text: str) -> str:
    """Words of a text in lower case, a space between two.

    Args:
        text: Any text.
    """
    return " ".join(_WORD.findall(text.lower()))


def word_stems(text: str) -> frozenset[str]:
    """Beginnings of the words of a text, by which their forms are one.

    Args:
        text: Any text.
    """
    return frozenset(word[:_STEM] for word in _WORD.findall(text.lower()))


def shared_words(text: str, stems: frozenset[str]) -> float:
    """Share of a text's words, short ones left out, whose beginnings are among others'.

    Args:
        text: Any text.
        stems: Beginnings of words, of `word_stems`.
    """
    longer = [word for word in _WORD.findall(text.lower()) if len(word) >= _SHORTEST_WORD]
    return sum(word[:_STEM] in stems for word in longer) / max(1, len(longer))


def _is_teaser(text: str) -> bool:
    cut = _CUT.search(text, max(len(text) - 6, 0)) is not None
    return cut and PARAGRAPH_LENGTH <= len(text) <= _TEASER_LENGTH


def _is_fragment(text: str) -> bool:
    short = len(text) <= _FRAGMENT_LENGTH
    return short and _RUNNING_ON.match(text) is not None and not is_sentence(text)


def _is_paragraph(text: str) -> bool:
    if len(text) > LONGEST_HEADLINE or _RUNNING_ON.match(text):
        return True
    return is_sentence(text) and not text.endswith(("?", "!"))


# The first that holds.
_LOOKS: tuple[tuple[Look, Callable[[str], bool]], ...] = (
    (Look.TIME, lambda text: len(text) <= _TIME_LENGTH and is_time(text)),
    (Look.NAME, _is_author),
    (Look.SYMBOLS, lambda text: not any(map(str.isalpha, text))),
    (Look.TEASER, _is_teaser),
    (Look.FRAGMENT, _is_fragment),
    (Look.PARAGRAPH, _is_paragraph),
    (Look.HEADLINE, lambda text: len(text.split(None, HEADLINE_WORDS)) >= HEADLINE_WORDS),
    (Look.SHORT, lambda text: True),
)


def parts(text: str) -> list[tuple[int, int, int]]:
    """Datelines, chains of other headlines and tags within a line: (start, stop, kind), in order.

    Args:
        text: A line without whitespace at its ends.

    Example:
        >>> parts("МОСКВА, 4 авг — РИА Новости. Мост открыли.") == [(0, 28, DATELINE)]
        True
    """
    start = _joined_patterns("start")
    match = start.pattern.match(text, 0, _DATELINE_LENGTH)
    found = [] if match is None else [(*match.span(), start.kind(match))]
    if any(sign in text for sign in _inside_signs()):
        inside = _joined_patterns("inside")
        found += [
            (*match.span(), inside.kind(match))
            for match in inside.pattern.finditer(text, found[0][1] if found else 0)
        ]
    return found


def _marker_by_wording(text: str) -> Marker | None:
    for place, scope in (("line", "sure"), ("page", "line")):
        patterns = _joined_patterns(place)
        match = patterns.pattern.fullmatch(text)
        if match is not None:
            return Marker(patterns.kind(match), scope, "")
    return None


@cache
def _joined_patterns(place: str) -> _Patterns:
    """Patterns of one place of the table of wordings, joined to one; the first that fits counts."""
    rows = [row for row in read_table("layout_patterns.tsv") if row[2] == place]
    joined = "|".join(f"(?P<k{at}>{row[0]})" for at, row in enumerate(rows))
    for name, meant in _pattern_words().items():
        joined = joined.replace(name, meant)
    kinds = {f"k{at}": ZONES.index(row[1]) for at, row in enumerate(rows)}
    return _Patterns(re.compile(joined), kinds)


@cache
def _inside_signs() -> tuple[str, ...]:
    """What a part of the place "inside" holds at least one of: spares most lines the search."""
    return tuple(
        sign
        for _, _, place, *rest in read_table("layout_patterns.tsv")
        if place == "inside"
        for sign in rest[1].split("|")
    )


@cache
def _pattern_words() -> dict[str, str]:
    capital, small = "А-ЯЁӘҒҚҢӨҰҮҺІ", "а-яёәғқңөұүһі"
    months = "|".join(word for word, sort in _time_words().items() if sort == "month")
    agencies = "|".join(sorted(map(re.escape, _agencies()), key=len, reverse=True))
    city = (
        rf"(?:С[.]-)?[{capital}][{capital}{small}-]+(?: [{capital}][{capital}{small}-]+)?"
        rf"(?: \([{capital}][{capital}{small} -]+\))?"
    )
    date = rf"\d{{1,2}}\s+(?:{months})\b[.]?(?:\s+\d{{4}}(?:\s*г(?:ода|[.])?)?)?"
    return {
        "<city>": rf"{city}(?:\s?[/–—-]\s?{city})?",
        "<capitals>": rf"[{capital}-]{{4,}}(?: [{capital}-]{{2,}})?",
        "<date>": date,
        "<agency>": rf"(?:(?:ИА|МИА)\s)?(?:{agencies})(?![{capital}{small}\w])",
        "<name>": rf"[{capital}][{small}]+\s[{capital}][{small}]+(?:-[{capital}][{small}]+)?",
        "<time>": rf"(?:{date}|[Вв]чера|[Сс]егодня),?\s*\d{{1,2}}:\d\d",
    }


def _marker(text: str) -> Marker | None:
    markers = _markers()
    if len(text) <= _MARKER_LENGTH and (found := markers.get(key(text))):
        return Marker(*found, "")
    label, colon, value = text.partition(":")
    if not colon or len(label) > _MARKER_LENGTH or not (found := markers.get(key(label))):
        return None
    kind, scope = found
    value = value.strip()
    named = kind != BYLINE or is_name(_NAME_END.split(value)[0])
    return Marker(kind, scope, value) if scope in ("start", "also") and named else None


def key(text: str) -> str:
    """Form in which the lines of two texts or tables are compared.

    Args:
        text: A line.
    """
    return " ".join(text.casefold().replace("ё", "е").rstrip(" :.»>→").split())


@cache
def _markers() -> dict[str, tuple[int, str]]:
    return {
        key(marker): (ZONES.index(kind), scope)
        for marker, kind, scope, *_ in read_table("layout_markers.tsv")
    }


@cache
def _agencies() -> frozenset[str]:
    return frozenset(row[0] for row in read_table("agencies.tsv"))


@cache
def _time_words() -> dict[str, str]:
    return {word: sort for word, sort, *_ in read_table("time_words.tsv")}
