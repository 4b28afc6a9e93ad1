"""The parts of one page dumped as text: what each of its lines is.

A page is read in four steps: how each line looks by itself (`lines`), where among menus and lists
the article stands (`menus`), where the list of other articles at its foot and the blocks of them
inside the body lie, and what stands above the first and below the last paragraph. `evidence` says
how sure it is that the text is a page at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from newsnlp.composition import is_sentence
from newsnlp.lines import (
    BODY,
    BOILERPLATE,
    BYLINE,
    CAPTION,
    DATE,
    EMBED,
    LEAD,
    NOTICE,
    PARAGRAPH_LENGTH,
    RELATED,
    RUBRIC,
    TAGS,
    TITLE,
    Line,
    Look,
    goes_on,
    has_clock,
    is_agency,
    is_past,
    parts,
    shared_words,
    word_stems,
)
from newsnlp.menus import MenuArticle, find_article

STRONG_EVIDENCE = 2  # signs that a text must show before "auto" takes it for a page
_RUBRIC_WORDS = 3
_LIST_TIMES = 3  # a list without a marker must show that many times
_LIST_HEADLINES = 2
_LEAD_LENGTHS = (40, 350)
_LISTS = ("list", "also")
_SUMMARY_LINES = 12  # a box above the text ends within so many
_SUMMARY_WORDS = 3
_TITLE_SEEN = 5  # paragraphs that must speak of a headline
_TITLE_SHARE = 0.5  # of what they say of the headline that they speak of most
_VERSION_SHARE = 0.6  # of a headline's words make it another version of the title
_NEXT_SENTENCE = re.compile(r"[.!?…][»”\"')]*\s+[«“\"'(—–-]*\s*[A-ZА-ЯЁ]")
_ENTRIES = (Look.HEADLINE, Look.SHORT, Look.NAME)
_RUNNING = (Look.PARAGRAPH, Look.FRAGMENT)
_NEAR = 4  # lines above and below an article in which its labels stand
_WITHIN = {Look.TIME: DATE, Look.NAME: BYLINE}
_AROUND = {Look.TEASER: RELATED, Look.HEADLINE: RELATED, Look.PARAGRAPH: RELATED}
_COPIED = (Look.PARAGRAPH, Look.HEADLINE, Look.FRAGMENT, Look.TEASER)
_CAPTIONS = (Look.HEADLINE, Look.SHORT, Look.NAME)
_CREDIT = "©"
_REST_LINES = 4
_VALUES = (Look.SHORT, Look.NAME, Look.TIME, Look.FRAGMENT)


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


def read_page(lines: Sequence[Line]) -> Page:
    """Find the parts of a page.

    Args:
        lines: The lines of the page that are not blank, in order.
    """
    article = find_article(lines)
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
    copied = _mark_copies(body, kinds)
    _mark_summary(body, kinds)
    for first, stop, _ in _blocks(body):
        if BOILERPLATE not in kinds[first:stop]:
            kinds[first:stop] = [RELATED] * (stop - first)
    _mark_labelled(body, kinds)
    own = [row for row in range(foot) if kinds[row] == BODY and body[row].look in _RUNNING]
    top = next((row for row in own if len(body[row].text) >= PARAGRAPH_LENGTH), foot)
    title = _title(body, kinds, top)
    _mark_neighbours(body, kinds, title or 0)
    if title is not None:
        _mark_top(body[:top], kinds, title)
    _mark_times(body, kinds)
    _mark_bottom(body, kinds, own[-1] + 1 if own else foot)
    lead = _lead(body, kinds, top) if title is not None else None
    if lead is not None:
        kinds[lead] = LEAD
    kinds += [
        BOILERPLATE if line.marker and line.marker.kind == BOILERPLATE else RELATED
        for line in lines[foot:end]
    ]
    kinds += [BOILERPLATE] * (len(lines) - end)
    return title, lead, kinds, evidence + (STRONG_EVIDENCE if copied else 0)


def _read_article(
    lines: Sequence[Line], article: MenuArticle
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
        if lines[row].is_rubric:
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


def certain_kinds(lines: Sequence[Line]) -> list[int]:
    """Kinds of the lines of an article that is no page: all is body but what is certain anywhere.

    That is a block of another article (marker, headline, cut-off teaser), a second copy of the
    text, what a line's wording tells, a photographer's credit with its caption, and an author's
    name as the last line.

    Args:
        lines: The lines of a text that are not blank, in order.
    """
    kinds = [BODY] * len(lines)
    _mark_copies(lines, kinds)
    for first, stop, certain in _blocks(lines):
        if certain:
            kinds[first:stop] = [RELATED] * (stop - first)
    for row, line in enumerate(lines):
        # A first line that says who was declared what is news, further down it is a notice.
        kind = line.sure_kind
        if kind is not None and (row or kind != NOTICE):
            kinds[row] = kind
    _mark_neighbours(lines, kinds)
    signed = len(lines) > 2 and lines[-1].look is Look.NAME and kinds[-1] == BODY
    if signed and lines[-2].look is Look.PARAGRAPH and len(lines[-2].text) >= PARAGRAPH_LENGTH:
        kinds[-1] = BYLINE
    return kinds


def _mark_neighbours(lines: Sequence[Line], kinds: list[int], title: int = 0) -> None:
    """Mark the lines beside one whose kind is known that go with it."""
    for row, (line, kind) in enumerate(zip(lines, tuple(kinds), strict=True)):
        if kind == EMBED:
            for beside in (row - 1, row + 1):
                if _look(lines, beside) is Look.TIME and kinds[beside] == BODY:
                    kinds[beside] = EMBED
        elif kind == CAPTION and line.text.startswith(_CREDIT):
            _mark_caption(lines, kinds, row, title)
        elif kind in (BOILERPLATE, NOTICE) and line.sure_kind == kind:
            _mark_rest(lines, kinds, row)


def _mark_caption(lines: Sequence[Line], kinds: list[int], credit: int, title: int) -> None:
    """Mark the agency and the caption above a photographer's credit."""
    for row in range(credit - 1, max(title, credit - 3), -1):
        agency = is_agency(lines[row].text)
        if kinds[row] != BODY or not (agency or lines[row].look in _CAPTIONS):
            return
        kinds[row] = CAPTION
        if not agency:
            return


def _mark_rest(lines: Sequence[Line], kinds: list[int], row: int) -> None:
    """Mark the rest of a sentence that links cut into lines."""
    for below in range(row + 1, min(row + 1 + _REST_LINES, len(lines))):
        if is_sentence(lines[below - 1].text) or kinds[below] != BODY:
            return
        link = lines[below].look is Look.SHORT and below + 1 < len(lines)
        if not any(goes_on(lines[at].text) for at in (below, below + 1)[: 1 + link]):
            return
        kinds[below] = kinds[row]


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
    return lines[row].look if 0 <= row < len(lines) else None


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
    past = sum(line.look is Look.TIME and is_past(line.text) for line in lines[begin - 1 :])
    return begin - times_first, STRONG_EVIDENCE if past >= _LIST_TIMES else 1


def _mark_copies(lines: Sequence[Line], kinds: list[int]) -> bool:
    """Mark a second copy of the text below the first; tell whether there is one."""
    first: dict[str, int] = {}
    again = [first.setdefault(line.text, row) != row for row, line in enumerate(lines)]
    copied = [
        again[row] and line.look is Look.PARAGRAPH and len(line.text) >= PARAGRAPH_LENGTH
        for row, line in enumerate(lines)
    ]
    twice = next((row for row, pair in enumerate(pairwise(copied)) if all(pair)), None)
    if twice is None:
        return False
    while again[twice - 1]:  # the headline above the copy
        twice -= 1
    for row in range(twice, len(lines)):
        if again[row] and lines[row].look in _COPIED:
            kinds[row] = BOILERPLATE
    return True


def _mark_summary(lines: Sequence[Line], kinds: list[int]) -> None:
    """Mark a box of sentences above the text, two at least, that its paragraphs repeat."""
    said = [line.text.rstrip(".") for line in lines[: 3 * _SUMMARY_LINES]]
    held = [
        lines[row].look is Look.PARAGRAPH
        and text.count(" ") >= _SUMMARY_WORDS - 1
        and any(text in other and text != other for other in said[row + 1 :])
        for row, text in enumerate(said[:_SUMMARY_LINES])
    ]
    for row, pair in enumerate(pairwise(held)):
        if all(pair):
            heads = row > 0 and lines[row - 1].text.endswith(":")
            kinds[row - heads : row + 2] = [BOILERPLATE] * (2 + heads)


def _title(lines: Sequence[Line], kinds: Sequence[int], top: int) -> int | None:
    """Pick the headline: the first one after a rubric, else the first of all.

    Where several stand one below the other, one that the text says nothing of is passed over.
    """
    rows = [
        row
        for row, line in enumerate(lines[:top])
        if line.look is Look.HEADLINE and kinds[row] == BODY
    ]
    rubric = next((row for row, line in enumerate(lines[:top]) if line.is_rubric), -1)
    rows = [row for row in rows if row > rubric] or rows
    if len(rows) < 2:
        return next(iter(rows), None)
    stems = word_stems(" ".join(line.text for line in lines[top : top + _TITLE_SEEN]))
    shares = [shared_words(lines[row].text, stems) for row in rows]
    enough = _TITLE_SHARE * max(shares)
    return next(row for row, share in zip(rows, shares, strict=True) if share >= enough)


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
    rubrics = [row for row in range(title) if top[row].is_rubric] or [
        row
        for row in range(title)
        if top[row].look in (Look.SHORT, Look.NAME)
        and len(top[row].text.split()) <= _RUBRIC_WORDS
        and kinds[row] == BODY
    ]
    below = {Look.TIME: DATE, Look.NAME: BYLINE, Look.SYMBOLS: BOILERPLATE}
    stems = word_stems(top[title].text)
    times = [row for row, line in enumerate(top) if line.look is Look.TIME]
    beside = {title, *times}
    for row, line in enumerate(top):
        if kinds[row] != BODY:
            continue
        if row < title:
            # Of several times the first is today's, in the head of the page.
            is_date = line.look is Look.TIME and (row == times[-1] or row + 1 in beside)
            kinds[row] = DATE if is_date else BOILERPLATE
        elif line.look is Look.HEADLINE and shared_words(line.text, stems) >= _VERSION_SHARE:
            kinds[row] = BOILERPLATE
        else:
            kinds[row] = below.get(line.look, BODY)
    kinds[title] = TITLE
    if rubrics:
        kinds[rubrics[-1]] = RUBRIC


def _mark_times(lines: Sequence[Line], kinds: list[int]) -> None:
    """Mark the times of a live report's entries; «30 минут» is none."""
    for row, line in enumerate(lines):
        if kinds[row] == BODY and line.look is Look.TIME and has_clock(line.text):
            kinds[row] = DATE


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
    labels = {marker.kind for marker in markers if marker.scope in ("start", "line", "sure")}
    services = {
        line.text
        for line in lines
        if line.marker and line.marker.kind == BOILERPLATE and line.marker.scope != "sure"
    }
    below = lines[title : title + _NEAR] if title is not None else ()
    head = [
        *lines[: title or 0],
        *takewhile(lambda line: line.look is not Look.PARAGRAPH, below),
    ]
    return (
        len(labels & {BYLINE, DATE, TAGS})
        + min(len(services), 2)
        + any(line.is_rubric for line in head)
        + any(line.look is Look.TIME for line in head)
    )


def _first(kinds: Sequence[int], kind: int) -> int | None:
    return next((row for row, found in enumerate(kinds) if found == kind), None)


def _text(lines: Sequence[Line], row: int | None) -> str | None:
    return None if row is None else lines[row].text


def _first_value(lines: Sequence[Line], kinds: Sequence[int], kind: int) -> str | None:
    """Read what the first line of a kind says, without the word that names it."""
    said = (line.said for line, found in zip(lines, kinds, strict=True) if found == kind)
    return next(filter(None, said), None)
