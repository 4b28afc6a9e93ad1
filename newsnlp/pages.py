"""The parts of one page dumped as text: what each of its lines is.

A page is read in four steps: how each line looks by itself (`Look`), where among menus and lists
the article stands (`_article`), where the list of other articles at its foot and the blocks of them
inside the body lie, and what stands above the first and below the last paragraph. `evidence` says
how sure it is that the text is a page at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from itertools import groupby, islice, takewhile

from newsnlp.composition import is_sentence
from newsnlp.schema import ZONES
from newsnlp.tables import read_table

(
    RUBRIC, TITLE, LEAD, BODY, DATELINE, BYLINE, DATE, CAPTION, TAGS, NOTICE, RELATED, BOILERPLATE,
) = map(
    ZONES.index,
    (
        "rubric", "title", "lead", "body", "dateline", "byline", "date", "caption", "tags",
        "notice", "related", "boilerplate",
    ),
)  # fmt: skip

STRONG_EVIDENCE = 2  # signs that a text must show before "auto" takes it for a page

_PARAGRAPH_LENGTH = 60  # from here on a line that ends as a sentence is running text
_LONG = 250  # no headline is longer, however it ends
_MARKER_LENGTH = 60
_WORDED_LENGTH = 450
_DATELINE_LENGTH = 120
_CHAIN = "■"
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

# A page with its menus, weighed: running text counts by its characters, all else against it.
MENU_LINES = 25  # a page with menus has that many short lines at least
_MENU_LENGTH = 80
_MENU = 23  # lines without a sentence between that no article has
_SERVICES = 4  # different lines such as «Поиск», «Спорт», «Картина дня» make a page too
_TITLED_MENU = 12  # the same, where the page's title is repeated above the text
_COSTS = {"TIME": 70, "MARKER": 90, "SYMBOLS": 6, "TEASER": 30, "HEADLINE": 45}
_COST = 35
_SENTENCE_COST = 10  # of a short sentence
_UNENDED_LENGTH = 150  # running text that is cut off or does not end
_UNENDED_SHARE = 0.6
_QUESTION = 100  # a longer question is running text
_HEADLINE_LENGTH = 25
_MOST = 500  # what one paragraph counts at most
_LONELY = 350  # a shorter paragraph among headlines is a teaser
_LONELY_SHARE = 0.15
_SITE_WORDS = 2  # different ones make a paragraph the site's own
_AGAIN = -40.0  # a paragraph that stood above already
_DEAR_LINES = 5  # of a gap cost their full price, those after them less: a box in the body
_CHEAP = 12
_BOX_LINES = 25
_GAP_LINES = 8  # end an article
_ENOUGH = 500  # characters, once it has that many
_TOO_LOW = -400
_SURE = 100  # characters below a headline that the page's title repeats
_TITLE_LETTERS = 15
_TITLE_LINES = 3
_MOST_TITLES = 20
_TITLE_DISTANCE = 40
_TITLE_SHARE = 0.35  # of a headline's words that its article must repeat,
_TITLE_AWAY = 0.02  # more for each line between them,
_TITLE_NEXT = 0.4  # less right above the text
_STEM = 5

_RUNNING_ON = re.compile(r"[-–—a-zа-яё]")  # how a headline does not begin
_CUT = re.compile(r"(?:…|\.\.\.)\W{0,2}\Z")
_TIME_PART = re.compile(r"[^\W\d_]+|\d+")
_CLOCK_OR_DATE = re.compile(r"\b\d{1,2}:\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
_TIMES = ({"day"}, {"number", "unit"}, {"number", "month"}, {"unit", "ago"})
_NAME_WORD = re.compile(r"[А-ЯЁӘҒҚҢӨҰҮҺІ](?:\.|[а-яёәғқңөұүһі]+(?:-[А-ЯЁӘҒҚҢӨҰҮҺІ]?[а-яё]+)?)\Z")
_WORD = re.compile(r"\w+")
_RUSSIAN = re.compile(r"[а-яё]", re.IGNORECASE)
_CODE = re.compile(
    r"[{}\[\]<>|]|==|\(\)|\);|\b(?:var|function|document|return|if)\b|[\w-]+\s?[=:]\s?['\"\d#]"
)
_SURE_CODE = re.compile(r"[\w.$]+\s?[:=]\s?['\"]|<!--|/\*|document\.|var ")
_CALL = re.compile(r"\w\.\w+\(")
_CODE_SIGN = re.compile(r"[{};=<>]|['\"]\+")
_CODE_SHARE = 12  # letters for each sign of code
_GOES_ON = re.compile(r"[,.;:!?)»…%]|[-–—]?\s?[a-zа-яё(]")
_ONLY_GOES_ON = re.compile(r"[,.;:)»]")
_OPEN_ENDS = ',(«„"–—-'
_BEFORE_LINK = 30  # characters of a paragraph before its first link
_NAME_END = re.compile(r"\s*[,(]")  # where an author's role begins
_NEXT_SENTENCE = re.compile(r"[.!?…][»”\"')]*\s+[«“\"'(—–-]*\s*[A-ZА-ЯЁ]")


_Pattern = tuple[re.Pattern[str], int]


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
_ALONE = ("TIME", "MARKER", "SYMBOLS", "TEASER")
_NEAR = 4  # lines above and below an article in which its labels stand
_WITHIN = {Look.TIME: DATE, Look.NAME: BYLINE}
_AROUND = {Look.TEASER: RELATED, Look.HEADLINE: RELATED, Look.PARAGRAPH: RELATED}
_VALUES = (Look.SHORT, Look.NAME, Look.TIME, Look.FRAGMENT)


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


Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A paragraph, or a line that is none: its rows, the look of its first line, `_prose`."""

    rows: Run
    look: Look
    prose: float


@dataclass(frozen=True, slots=True)
class _Article:
    """Rows of an article on a page with menus, its title's among them."""

    own: frozenset[int]
    title: int | None


def look_at(text: str) -> Line:
    """See what a line looks like by itself.

    Args:
        text: A line without whitespace at its ends.

    Example:
        >>> look_at("2 часа назад").look.name, look_at("Читайте также:").look.name
        ('TIME', 'MARKER')
    """
    marker = _marker(text) if len(text) <= _LONG else None
    if marker is None and len(text) <= _WORDED_LENGTH:
        marker = _marker_by_wording(text)
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
    article = _article(lines)
    if article is None:
        title, lead, kinds, evidence = _read_plain(lines)
    else:
        title, lead, kinds = _read_article(lines, article)
        evidence = STRONG_EVIDENCE
    return Page(
        kinds=tuple(kinds),
        evidence=evidence + _signs(lines, title),
        title=_text(lines, title),
        rubric=_text(lines, _first(kinds, RUBRIC)),
        lead=_text(lines, lead),
        author=_first_value(lines, kinds, BYLINE),
        published=_first_value(lines, kinds, DATE),
    )


def _read_plain(lines: Sequence[Line]) -> tuple[int | None, int | None, list[int], int]:
    """Rows of title and lead, kinds and evidence of a page without menus."""
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
    return title, lead, kinds, evidence


def _read_article(
    lines: Sequence[Line], article: _Article
) -> tuple[int | None, int | None, list[int]]:
    """Rows of title and lead and kinds of a page whose article stands among menus and lists."""
    kinds = [_AROUND.get(line.look, BOILERPLATE) for line in lines]
    own = sorted(article.own)
    first, stop = own[0], own[-1] + 1
    kinds[:first] = [BOILERPLATE] * first
    kinds[first:stop] = [
        _WITHIN.get(line.look, BOILERPLATE) if row not in article.own else BODY
        for row, line in enumerate(lines[first:stop], first)
    ]
    near = range(max(0, first - _NEAR), min(len(lines), stop + _NEAR))
    for row in near:
        marker = lines[row].marker
        if kinds[row] != BODY and marker is not None and marker.scope in ("start", "sure"):
            kinds[row] = marker.kind
    for row in range(stop, near.stop):
        if lines[row].look not in _WITHIN:
            break
        kinds[row] = _WITHIN[lines[row].look]
    for row in reversed(range(near.start, first)):
        if _is_rubric(lines[row]):
            kinds[row] = RUBRIC
            break
    title = article.title
    if title is not None:
        kinds[title] = TITLE
    top = next(row for row in own if row != title)
    lead = _lead(lines, kinds, top) if title is not None else None
    if lead is not None:
        kinds[lead] = LEAD
    return title, lead, kinds


def _article(lines: Sequence[Line]) -> _Article | None:
    """Find an article among menus and lists: the headline and the densest run of prose below it.

    None where the text has no menus or no prose.
    """
    titled, certain = repeats_title(lines), _services(lines) >= _SERVICES
    short = sum(len(line.text) < _MENU_LENGTH for line in lines)
    if not titled and (short < MENU_LINES or not (certain or _may_hold_menu(lines))):
        return None
    code = [_is_code(line) for line in lines]
    units = _units(lines, code)
    menu = _longest_menu(units)
    if menu < _TITLED_MENU and not certain and not titled:
        return None
    weights = _weights(lines, units)
    run, title = _titled_run(lines, units, weights)
    if run is None:
        run = _best_run(units, weights)
        if run is None or not (menu >= _MENU or certain):
            return None
        title = _title_above(lines, code, units, run)
    own = {row for at in range(*run) if _is_own(units, at) for row in range(*units[at].rows)}
    if not own:
        return None
    return _Article(frozenset(own if title is None else own | {title}), title)


def _services(lines: Sequence[Line]) -> int:
    """Count the different lines that only a page around an article holds."""
    return len(
        {
            _key(line.text)
            for line in lines
            if line.marker is not None
            and not line.marker.value
            and line.marker.scope not in ("start", "sure")
            and line.marker.kind in (BOILERPLATE, RUBRIC, RELATED)
        }
    )


def _may_hold_menu(lines: Sequence[Line]) -> bool:
    """Whether enough neighbouring lines are no long paragraphs: spares articles a closer look."""
    groups = groupby(lines, key=lambda line: len(line.text) < _UNENDED_LENGTH)
    return any(short and sum(1 for _ in group) >= _TITLED_MENU for short, group in groups)


def _longest_menu(units: Sequence[_Unit]) -> int:
    """Most neighbouring lines that are no sentences."""
    longest = length = 0
    for unit in units:
        length = length + 1 if unit.prose < -_SENTENCE_COST else 0
        longest = max(longest, length)
    return longest


def repeats_title(lines: Sequence[Line]) -> bool:
    """Whether a headline above all prose stands in the first line too, the title of the page.

    Args:
        lines: The lines of a text that are not blank, in order.
    """
    head = takewhile(lambda line: line.look is not Look.PARAGRAPH, lines)
    return any(
        line.look is Look.HEADLINE
        and _TITLE_LETTERS <= len(line.text) <= _LONG
        and line.text in lines[0].text
        for line in islice(head, _TITLE_LINES, None)
    )


def _is_own(units: Sequence[_Unit], at: int) -> bool:
    """Whether a unit within the run is text: a paragraph, or a subheading between two of them."""
    unit = units[at]
    if unit.prose > -_SENTENCE_COST - 1:
        return unit.look is not Look.SYMBOLS
    between = 0 < at < len(units) - 1 and units[at - 1].prose > 0 and units[at + 1].prose > 0
    return unit.look is Look.HEADLINE and between


def _units(lines: Sequence[Line], code: Sequence[bool]) -> list[_Unit]:
    """Paragraphs put together from the lines that links cut them into; code is left out."""
    units: list[list[int]] = []
    for row in range(len(lines)):
        if row and _continues(lines, code, row):
            units[-1][1] = row + 1
        else:
            units.append([row, row + 1])
    joined: list[list[int]] = []
    for first, stop in units:
        # A link opened this unit, so the line before it is the beginning of the paragraph.
        if joined and stop - first > 1 and _is_beginning(lines, code, first - 1):
            joined[-1][1] = stop
        else:
            joined.append([first, stop])
    return [
        _Unit((first, stop), lines[first].look, _prose(lines[first:stop]))
        for first, stop in joined
        if not code[first]
    ]


def _continues(lines: Sequence[Line], code: Sequence[bool], row: int) -> bool:
    """Whether a line goes on with the paragraph of the line above it."""
    above, line = lines[row - 1], lines[row]
    if code[row - 1] or code[row] or _stands_alone(above) or _stands_alone(line):
        return False
    if _ONLY_GOES_ON.match(line.text):
        return True
    ended = is_sentence(above.text) or above.text.endswith(":")
    if len(above.text) > 3 and not ended and _GOES_ON.match(line.text):
        return True
    if len(above.text) <= _BEFORE_LINK:
        return False
    return above.text[-1] in _OPEN_ENDS or above.text.rsplit(None, 1)[-1] in _open_words()


def _is_beginning(lines: Sequence[Line], code: Sequence[bool], row: int) -> bool:
    line = lines[row]
    unended = len(line.text) >= _BEFORE_LINK and not is_sentence(line.text)
    return unended and not code[row] and line.look not in (Look.TIME, Look.MARKER)


def _stands_alone(line: Line) -> bool:
    return line.look is Look.TIME or (line.look is Look.MARKER and not _is_rubric(line))


def _is_code(line: Line) -> bool:
    """Whether a line is left of a script or style."""
    text = line.text
    if line.look is Look.TIME:
        return False
    if _SURE_CODE.match(text) or _CALL.search(text):
        return True
    if _RUSSIAN.search(text) is None and (text.startswith("//") or _CODE.search(text)):
        return True
    return len(_CODE_SIGN.findall(text)) * _CODE_SHARE > len(text)


def _prose(lines: Sequence[Line]) -> float:
    """Characters of running text in a paragraph; below zero, what another line costs."""
    line = lines[0]
    text = " ".join(each.text for each in lines) if len(lines) > 1 else line.text
    if len(lines) == 1 and line.marker is not None and line.marker.scope in ("line", "sure"):
        return -_COST
    if len(lines) == 1 and line.look.name in _ALONE:
        return -_COSTS[line.look.name]
    size = min(len(text), _MOST)
    question = text.endswith("?") and len(text) < _QUESTION
    if not _RUSSIAN.search(text):
        prose: float = -_COST
    elif is_sentence(text):
        prose = size if len(text) >= _PARAGRAPH_LENGTH and not question else -_SENTENCE_COST
    elif len(text) >= _UNENDED_LENGTH:
        prose = size * _UNENDED_SHARE
    else:
        prose = -_COSTS["HEADLINE"] if len(text) > _HEADLINE_LENGTH else -_COST
    return prose


def _weights(lines: Sequence[Line], units: Sequence[_Unit]) -> list[float]:
    """What each unit counts where it stands: teasers little, boxes in the body not too much."""
    weights = [unit.prose for unit in units]
    seen: set[str] = set()
    gap = 0
    for at, unit in enumerate(units):
        if unit.prose > 0:
            said = _words(" ".join(line.text for line in lines[slice(*unit.rows)]))
            neighbours = [*units[max(0, at - 1) : at], *units[at + 1 : at + 2]]
            lonely = all(
                other.prose < -_SENTENCE_COST or other.look is Look.SYMBOLS for other in neighbours
            )
            if said in seen:
                weights[at] = _AGAIN
            elif (lonely and unit.prose < _LONELY) or _is_of_site(said):
                weights[at] *= _LONELY_SHARE
            seen.add(said)
            gap = 0
        else:
            gap += 1
            if _DEAR_LINES < gap <= _BOX_LINES and not _is_list(lines[unit.rows[0]]):
                weights[at] = max(weights[at], -_CHEAP)
    return weights


def _is_of_site(said: str) -> bool:
    """Whether words of a paragraph are those of a site's rules and licences."""
    return len({match[1] for match in _site_words().finditer(said)}) >= _SITE_WORDS


def _is_list(line: Line) -> bool:
    return line.marker is not None and line.marker.scope in ("rest", "list")


def _titled_run(
    lines: Sequence[Line], units: Sequence[_Unit], weights: Sequence[float]
) -> tuple[Run | None, int | None]:
    """Run of units below the headline that the page's title, one of its first lines, repeats."""
    said = [_words(lines[unit.rows[0]].text) for unit in units]
    head = " | ".join(
        text
        for text, unit in zip(said[:_TITLE_LINES], units, strict=False)
        if unit.look is Look.HEADLINE
    )
    titles = [
        at
        for at, unit in enumerate(units)
        if at >= _TITLE_LINES
        and unit.look is Look.HEADLINE
        and len(said[at]) >= _TITLE_LETTERS
        and said[at].count(" ") >= _HEADLINE_WORDS - 1
        and said[at] in head
    ]
    best, run, title = float(_SURE), None, None
    for at in titles[:_MOST_TITLES]:
        total, stop = _follow(units, weights, at + 1)
        if total > best:
            best, run, title = total, (at + 1, stop), units[at].rows[0]
    return run, title


def _follow(units: Sequence[_Unit], weights: Sequence[float], first: int) -> tuple[float, int]:
    """Weight and end of the heaviest run from here on."""
    total = best = text = 0.0
    gap, stop = 0, first
    for at in range(first, len(units)):
        prose = units[at].prose
        # The first paragraph below a headline is no teaser.
        total += weights[at] if text or prose <= 0 else prose
        gap = 0 if prose > 0 else gap + 1
        text += max(prose, 0)
        if total > best:
            best, stop = total, at + 1
        if total < _TOO_LOW or _is_over(gap, text):
            break
    return best, stop


def _best_run(units: Sequence[_Unit], weights: Sequence[float]) -> Run | None:
    """Heaviest run of all."""
    total = best = text = 0.0
    gap = first = 0
    run = None
    for at, unit in enumerate(units):
        gap = 0 if unit.prose > 0 else gap + 1
        text += max(unit.prose, 0)
        if total <= 0 or _is_over(gap, text):
            total, text, gap, first = 0.0, max(unit.prose, 0), 0, at
        total += weights[at]
        if total > best:
            best, run = total, (first, at + 1)
    return run


def _is_over(gap: int, text: float) -> bool:
    return gap >= _GAP_LINES and text >= _ENOUGH


def _title_above(
    lines: Sequence[Line], code: Sequence[bool], units: Sequence[_Unit], run: Run
) -> int | None:
    """Row of the line above a run whose words the run repeats most."""
    first = units[run[0]].rows[0]
    text = " ".join(lines[row].text for at in range(*run) for row in range(*units[at].rows))
    stems = {word[:_STEM] for word in _WORD.findall(text.lower())}
    best, title = _TITLE_SHARE, None
    for row in range(first - 1, max(-1, first - _TITLE_DISTANCE), -1):
        line = lines[row]
        words = [word for word in _WORD.findall(line.text.lower()) if len(word) > 3]
        if code[row] or line.look is not Look.HEADLINE or not words:
            continue
        share = sum(word[:_STEM] in stems for word in words) / len(words)
        share += _TITLE_NEXT * (row == first - 1) - _TITLE_AWAY * (first - row)
        if share > best:
            best, title = share, row
    return title


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def related_blocks(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Blocks of other articles that are certain in any text: marker, headline, cut-off teaser.

    Args:
        lines: The lines of a text that are not blank, in order.

    Returns:
        Rows of lines, half-open.
    """
    return [(first, stop) for first, stop, certain in _blocks(lines) if certain]


def parts(text: str) -> list[tuple[int, int, int]]:
    """Datelines and chains of other headlines within a line: (start, stop, kind), in order.

    Args:
        text: A line without whitespace at its ends.

    Example:
        >>> parts("МОСКВА, 4 авг — РИА Новости. Мост открыли.") == [(0, 28, DATELINE)]
        True
    """
    patterns = _patterns()
    found = [(*match.span(), kind) for kind, match in _matches(patterns["start"], text)][:1]
    if _CHAIN in text:
        found += [
            (*match.span(), kind)
            for pattern, kind in patterns["inside"]
            for match in pattern.finditer(text, found[0][1] if found else 0)
        ]
    return found


def _marker_by_wording(text: str) -> Marker | None:
    pattern, meanings = _line_pattern()
    match = pattern.fullmatch(text)
    return None if match is None else Marker(*meanings[match.lastgroup or ""], "")


def _matches(patterns: Sequence[_Pattern], text: str) -> Iterator[tuple[int, re.Match[str]]]:
    for pattern, kind in patterns:
        match = pattern.match(text, 0, _DATELINE_LENGTH)
        if match is not None:
            yield kind, match


@cache
def _patterns() -> dict[str, list[_Pattern]]:
    """Patterns and kinds of the table of wordings by their place."""
    patterns: dict[str, list[_Pattern]] = {}
    for pattern, kind, place, *_ in read_table("layout_patterns.tsv"):
        for name, meant in _pattern_words().items():
            pattern = pattern.replace(name, meant)  # noqa: PLW2901
        patterns.setdefault(place, []).append((re.compile(pattern), ZONES.index(kind)))
    return patterns


@cache
def _line_pattern() -> tuple[re.Pattern[str], dict[str, tuple[int, str]]]:
    """Patterns of whole lines as one, and the kind and scope that each of its groups shows."""
    patterns = [
        (pattern.pattern, (kind, scope))
        for place, scope in (("line", "sure"), ("page", "line"))
        for pattern, kind in _patterns()[place]
    ]
    joined = "|".join(f"(?P<k{at}>{pattern})" for at, (pattern, _) in enumerate(patterns))
    return re.compile(joined), {f"k{at}": meaning for at, (_, meaning) in enumerate(patterns)}


@cache
def _pattern_words() -> dict[str, str]:
    capital, small = "А-ЯЁӘҒҚҢӨҰҮҺІ", "а-яёәғқңөұүһі"
    months = "|".join(word for word, sort in _time_words().items() if sort == "month")
    agencies = "|".join(
        sorted((re.escape(row[0]) for row in read_table("agencies.tsv")), key=len, reverse=True)
    )
    city = rf"[{capital}][{capital}{small}-]+(?: [{capital}][{capital}{small}-]+)?"
    date = rf"\d{{1,2}}\s+(?:{months})\b[.]?(?:\s+\d{{4}}(?:\s*г(?:ода|[.])?)?)?"
    return {
        "<city>": rf"{city}(?:\s?[/–—-]\s?{city})?",
        "<date>": date,
        "<agency>": rf"(?:(?:ИА|МИА)\s)?(?:{agencies})(?![{capital}{small}\w])",
        "<name>": rf"[{capital}][{small}]+\s[{capital}][{small}]+(?:-[{capital}][{small}]+)?",
        "<time>": rf"(?:{date}|[Вв]чера|[Сс]егодня),?\s*\d{{1,2}}:\d\d",
    }


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
        headlines = _LIST_HEADLINES - (not paragraphs and left[Look.TIME] > 0)
        if left[Look.HEADLINE] >= headlines and timed:
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
        if marker.scope not in ("start", "line", "sure"):
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
    alone = alone and not parts(text)
    body = sum(
        kind == BODY and line.look is Look.PARAGRAPH
        for kind, line in zip(kinds, lines, strict=True)
    )
    return top if alone and body > 1 else None


def _signs(lines: Sequence[Line], title: int | None) -> int:
    """Count what speaks for a page besides a list at the foot."""
    markers = [line.marker for line in lines if line.marker is not None]
    labels = {marker.kind for marker in markers if marker.scope == "start"}
    services = {
        line.text
        for line in lines
        if line.marker and line.marker.kind == BOILERPLATE and line.marker.scope != "sure"
    }
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
    named = kind != BYLINE or is_name(_NAME_END.split(value)[0])
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


@cache
def _site_words() -> re.Pattern[str]:
    return re.compile(r"\b(" + "|".join(row[0] for row in read_table("site_words.tsv")) + ")")


@cache
def _open_words() -> frozenset[str]:
    return frozenset(row[0] for row in read_table("open_words.tsv"))
