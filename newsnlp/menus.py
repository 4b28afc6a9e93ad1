"""Where among menus and lists an article stands: its headline and the densest run of prose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, islice, takewhile

from newsnlp.composition import is_sentence
from newsnlp.lines import (
    BOILERPLATE,
    HEADLINE_WORDS,
    LONGEST_HEADLINE,
    PARAGRAPH_LENGTH,
    RELATED,
    RUBRIC,
    Line,
    Look,
    goes_on,
    key,
    shared_words,
    word_stems,
    words,
)
from newsnlp.tables import read_table

# A page with its menus, weighed: running text counts by its characters, all else against it.
MENU_LINES = 25  # a page with menus has that many short lines at least
_MENU_LENGTH = 80
_MENU = 23  # neighbouring lines without a sentence are a menu,
_MENU_SERVICES = 2  # if that many different lines of the page are services
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
_RUSSIAN = re.compile(r"[а-яё]", re.IGNORECASE)
_CODE = re.compile(
    r"[{}\[\]<>|]|==|\(\)|\);|\b(?:var|function|document|return|if)\b|[\w-]+\s?[=:]\s?['\"\d#]"
)
_SURE_CODE = re.compile(r"[\w.$]+\s?[:=]\s?['\"]|<!--|/\*|document\.|var ")
_CALL = re.compile(r"\w\.\w+\(")
_CODE_SIGN = re.compile(r"[{};=<>]|['\"]\+")
_CODE_SHARE = 12  # letters for each sign of code
_OPEN_ENDS = ',(«„"–—-'
_ONLY_GOES_ON = re.compile(r"[,.;:)»]")
_BEFORE_LINK = 30  # characters of a paragraph before its first link
_ALONE = ("TIME", "MARKER", "SYMBOLS", "TEASER")
Run = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A paragraph, or a line that is none: its rows, the look of its first line, `_prose`."""

    rows: Run
    look: Look
    prose: float


@dataclass(frozen=True, slots=True)
class MenuArticle:
    """Rows of an article on a page with menus, its title's among them."""

    own: frozenset[int]
    title: int | None


def find_article(lines: Sequence[Line]) -> MenuArticle | None:
    """Find an article among menus and lists: the headline and the densest run of prose below it.

    None where the text has no menus or no prose.
    """
    titled, services = repeats_title(lines), _services(lines)
    certain = services >= _SERVICES
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
        # A list of many names, medals or matches is an article's own: no line of it is a site's.
        likely = menu >= _MENU and services >= _MENU_SERVICES
        if run is None or not (certain or likely):
            return None
        title = _title_above(lines, code, units, run)
    own = {row for at in range(*run) if _is_own(units, at) for row in range(*units[at].rows)}
    if not own:
        return None
    return MenuArticle(frozenset(own if title is None else own | {title}), title)


def _services(lines: Sequence[Line]) -> int:
    """Count the different lines that only a page around an article holds."""
    return len(
        {
            key(line.text)
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
        and _TITLE_LETTERS <= len(line.text) <= LONGEST_HEADLINE
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
    if len(above.text) > 3 and not ended and goes_on(line.text):
        return True
    if len(above.text) <= _BEFORE_LINK:
        return False
    return above.text[-1] in _OPEN_ENDS or above.text.rsplit(None, 1)[-1] in _open_words()


def _is_beginning(lines: Sequence[Line], code: Sequence[bool], row: int) -> bool:
    line = lines[row]
    unended = len(line.text) >= _BEFORE_LINK and not is_sentence(line.text)
    return unended and not code[row] and line.look not in (Look.TIME, Look.MARKER)


def _stands_alone(line: Line) -> bool:
    return line.look is Look.TIME or (line.look is Look.MARKER and not line.is_rubric)


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
        prose = size if len(text) >= PARAGRAPH_LENGTH and not question else -_SENTENCE_COST
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
            said = words(" ".join(line.text for line in lines[slice(*unit.rows)]))
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
    said = [words(lines[unit.rows[0]].text) for unit in units]
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
        and said[at].count(" ") >= HEADLINE_WORDS - 1
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
    stems = word_stems(text)
    best, title = _TITLE_SHARE, None
    for row in range(first - 1, max(-1, first - _TITLE_DISTANCE), -1):
        line = lines[row]
        if code[row] or line.look is not Look.HEADLINE:
            continue
        share = shared_words(line.text, stems)
        share += _TITLE_NEXT * (row == first - 1) - _TITLE_AWAY * (first - row)
        if share > best:
            best, title = share, row
    return title


@cache
def _site_words() -> re.Pattern[str]:
    return re.compile(r"\b(" + "|".join(row[0] for row in read_table("site_words.tsv")) + ")")


@cache
def _open_words() -> frozenset[str]:
    return frozenset(row[0] for row in read_table("open_words.tsv"))
