"""Zones of a batch: the kind and language of every stretch of its texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import chain

import numpy as np

from newsnlp.columns import Ints, Texts, Zones
from newsnlp.composition import Composed, Span, compose, line_spans
from newsnlp.errors import OptionError
from newsnlp.languages import RUSSIAN, LanguageDetector
from newsnlp.lines import BODY, BOILERPLATE, LEAD, TITLE, Line, Look, look_at, parts
from newsnlp.menus import MENU_LINES, repeats_title
from newsnlp.pages import STRONG_EVIDENCE, certain_kinds, read_page
from newsnlp.schema import ANNOTATED_ZONES, LANGS, ZONES

LAYOUTS = ("auto", "plain", "page")
_ANNOTATED = np.array([kind in ANNOTATED_ZONES for kind in ZONES])
_OWN_TEXT = np.array([kind in ("title", "lead", "body") for kind in ZONES])


@dataclass(frozen=True, slots=True)
class Found:
    """What the pages of a batch say of themselves, one entry an article, None where nothing."""

    title: list[str | None]
    rubric: list[str | None]
    lead: list[str | None]
    author: list[str | None]
    published: list[str | None]


@dataclass(frozen=True, slots=True)
class Layout:
    """The zones of a batch and what its pages say."""

    zones: Zones
    found: Found


@dataclass(frozen=True, slots=True)
class _Reading:
    """One article: its pieces in order, and what its page says in the order of `Found`.

    A piece is (row of its line, kind, start, stop).
    """

    pieces: list[tuple[int, int, int, int]]
    says: tuple[str | None, ...] = (None,) * len(fields(Found))


def find_zones(
    composed: Sequence[Composed], texts: Texts, *, layout: str, detector: LanguageDetector
) -> Layout:
    """Find the zones of a batch of articles.

    What a page says depends on its text alone; a given title or lead wins over a found one.

    Args:
        composed: One text an article, with the places of its given title and lead.
        texts: The same texts end to end; zones hold positions in them.
        layout: "plain" takes a text as it is, "page" finds the parts of a page dumped as text,
            "auto" does so only on strong evidence.
        detector: Tells the languages of lines.

    Raises:
        OptionError: `layout` is none of the three.

    Example:
        >>> one = compose("Саммит в Минске", None, "Лидеры встретились.")
        >>> layout = find_zones(
        ...     [one], Texts.join([one.text]), layout="plain", detector=LanguageDetector()
        ... )
        >>> [ZONES[kind] for kind in layout.zones.kind]
        ['title', 'body']
    """
    if layout not in LAYOUTS:
        raise OptionError(f"layout={layout!r}: takes one of {', '.join(map(repr, LAYOUTS))}")
    spans = np.array(list(line_spans(texts.text)), np.int64).reshape(-1, 2)
    start, stop = spans[:, 0], spans[:, 1]
    first = np.searchsorted(start, texts.start)
    last = np.searchsorted(start, texts.stop)
    doc = np.repeat(np.arange(len(composed)), last - first)

    see = cache(look_at)  # the menus of a site come again on each of its pages
    readings = [
        _read(one, (spans[first[row] : last[row]] - texts.start[row]).tolist(), layout, see)
        for row, one in enumerate(composed)
    ]
    flat = chain.from_iterable(chain.from_iterable(reading.pieces for reading in readings))
    row, kind, begin, end = np.fromiter(flat, np.int64).reshape(-1, 4).T
    doc_of_piece = np.repeat(np.arange(len(composed)), [len(one.pieces) for one in readings])
    lang = detector.detect(texts.text, doc, start, stop)[first[doc_of_piece] + row]
    offset = texts.start[doc_of_piece]
    found = Found(
        *([reading.says[column] for reading in readings] for column in range(len(fields(Found))))
    )
    return Layout(_runs(doc_of_piece, kind, lang, offset + begin, offset + end), found)


def article_languages(zones: Zones, n_articles: int) -> Ints:
    """Find the language of most of each article's own text; Russian where it has none.

    Args:
        zones: The zones of a batch.
        n_articles: Articles in the batch.

    Returns:
        Codes into `schema.LANGS`, shape (articles,).
    """
    own = _OWN_TEXT[zones.kind]
    size = np.zeros((n_articles, len(LANGS)), np.int64)
    np.add.at(size, (zones.doc[own], zones.lang[own]), (zones.stop - zones.start)[own])
    return np.where(size.any(axis=1), size.argmax(axis=1), RUSSIAN)


def _read(
    composed: Composed, spans: list[Span], layout: str, see: Callable[[str], Line]
) -> _Reading:
    if layout == "plain":
        kinds = _given([BODY] * len(spans), spans, composed.title, composed.lead)
        return _Reading([(row, kinds[row], *span) for row, span in enumerate(spans)])
    lines = [see(composed.text[start:stop]) for start, stop in spans]
    signs = any(
        line.look is Look.TIME or (line.marker is not None and line.sure_kind is None)
        for line in lines
    )
    if layout == "page" or signs or len(lines) >= MENU_LINES or repeats_title(lines):
        page = read_page(lines)
        if layout == "page" or page.evidence >= STRONG_EVIDENCE:
            title, lead, placed = _place(composed, page.title, page.lead)
            kinds = _given(list(page.kinds), spans, placed.title, placed.lead)
            says = (title, page.rubric, lead, page.author, page.published)
            return _Reading(list(_pieces(composed.text, kinds, spans)), says)
    kinds = certain_kinds(lines)
    kinds = _given(kinds, spans, composed.title, composed.lead)
    return _Reading(list(_pieces(composed.text, kinds, spans)))


def _pieces(
    text: str, kinds: Sequence[int], spans: Sequence[Span]
) -> Iterator[tuple[int, int, int, int]]:
    """Lines, and where the body holds a dateline or a chain of headlines, parts of lines."""
    for row, (kind, (start, stop)) in enumerate(zip(kinds, spans, strict=True)):
        found = parts(text[start:stop]) if kind == BODY else None
        if not found:
            yield row, kind, start, stop
            continue
        position = start
        for first, last, part in found:
            yield from _stripped(text, row, kind, position, start + first)
            yield from _stripped(text, row, part, start + first, start + last)
            position = start + last
        yield from _stripped(text, row, kind, position, stop)


def _stripped(
    text: str, row: int, kind: int, start: int, stop: int
) -> Iterator[tuple[int, int, int, int]]:
    """Yield a piece without the whitespace at its ends, if anything is left."""
    piece = text[start:stop]
    start += len(piece) - len(piece.lstrip())
    stop -= len(piece) - len(piece.rstrip())
    if start < stop:
        yield row, kind, start, stop


def _place(
    composed: Composed, title: str | None, lead: str | None
) -> tuple[str | None, str | None, Composed]:
    """Title and lead as they would stand if they were given, so that giving them changes nothing.

    A found one that `compose` would not find in the text is dropped.
    """
    text = composed.text
    given_title, given_lead = (
        None if span is None else text[slice(*span)] for span in (composed.title, composed.lead)
    )
    for found_title, found_lead in ((title, lead), (title, None), (None, lead)):
        placed = compose(given_title or found_title, given_lead or found_lead, text)
        if placed.text == text:
            return (
                found_title if placed.title else None,
                found_lead if placed.lead else None,
                placed,
            )
    return None, None, composed


def _given(kinds: list[int], spans: list[Span], title: Span | None, lead: Span | None) -> list[int]:
    """Kinds of lines with title and lead in these places and nowhere else."""
    elsewhere = {TITLE: BOILERPLATE if title else BODY, LEAD: BODY}
    kinds = [elsewhere.get(kind, kind) for kind in kinds]
    for kind, place in ((TITLE, title), (LEAD, lead)):
        if place is None:
            continue
        for row, (start, stop) in enumerate(spans):
            if start >= place[1]:
                break
            if stop > place[0]:
                kinds[row] = kind
    return kinds


def _runs(doc: Ints, kind: Ints, lang: Ints, start: Ints, stop: Ints) -> Zones:
    """Join neighbouring lines of one article, kind and language."""
    rows = np.stack([doc, kind, lang])
    begins = np.ones(len(doc), np.bool_)
    begins[1:] = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(doc)) - 1 if len(first) else first
    kind, lang = kind[first], lang[first]
    annotated = _ANNOTATED[kind] & (lang == RUSSIAN)
    return Zones(doc[first], kind, lang, start[first], stop[last], annotated)
