"""The blocks of an HTML page: what stands between two breaks of its layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from newsnlp.errors import MissingExtraError
from newsnlp.tables import read_table

_NAME = re.compile(r"\w+")
# Elements that begin and end a line.
_BREAKS = frozenset(
    _NAME.findall(
        "address article aside blockquote body br center dd div dl dt fieldset figcaption figure"
        " footer form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section table"
        " tbody td tfoot th thead tr ul"
    )
)
# Elements without text of the page.
_SILENT = frozenset(
    _NAME.findall(
        "applet audio button canvas embed head iframe input map math noscript object option script"
        " select style svg template textarea title video"
    )
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MOST_MARKS = 16  # of the elements around a block; what is nested deeper says nothing new
_MOST_CHARACTERS = 4_000_000
_ASIDE_SHARE = 0.35  # of the page's running text that no part beside the article holds
_RUNNING_LENGTH = 60
_LONGEST_NAMES = 300
_NUL = str.maketrans({"\0": "\ufffd"})


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its text, how many characters of it are links, and what stands around it.

    `marks` are numbers of elements around it whose names say that they are not the article.
    """

    text: str
    n_linked: int
    heading: int
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a page in order, and the kind of each marked element."""

    blocks: list[Block]
    kinds: list[str]
    depth: int


def parse_html(html: str) -> Any:
    """Tree of a page, or None where there is none.

    Args:
        html: The page; broken or cut off as it may be. What is beyond 4 million characters is not
            read, nor what is nested deeper than lxml reads.

    Raises:
        MissingExtraError: lxml is not installed.
    """
    try:
        from lxml import etree  # noqa: PLC0415  an extra
        from lxml.html import HTMLParser  # noqa: PLC0415
    except ImportError as error:
        raise missing_html() from error
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    data = html[:_MOST_CHARACTERS].translate(_NUL).encode("utf-8", "replace")
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None


def missing_html() -> MissingExtraError:
    """Make the error that names the extra for HTML."""
    return MissingExtraError(
        'HTML is read with trafilatura, which is not installed: pip install "newsnlp[html]"'
    )


def find_blocks(tree: Any) -> Blocks:
    """Find the blocks of a page, those of scripts, forms' fields and the like left out.

    Args:
        tree: Of `parse_html`.
    """
    reader = _Reader()
    for event, element in _walk(tree):
        (reader.start if event == "start" else reader.end)(element)
    reader.flush()
    return Blocks(reader.blocks, reader.kinds, reader.deepest)


def own_blocks(page: Blocks, title: int | None) -> list[bool]:
    """Whether each block may be the article's by the names of what stands around it.

    A name is not believed where its element holds the headline, nor, comments aside, where it
    holds a good part of the running text: sites call whole pages "with-sidebar".

    Args:
        page: The blocks of a page.
        title: Row of the headline, or None.
    """
    running = [_running(block) for block in page.blocks]
    held = [0] * len(page.kinds)
    said = {mark for mark, kind in enumerate(page.kinds) if kind == "comments"}
    total = 0
    for block, size in zip(page.blocks, running, strict=True):
        total += 0 if said.intersection(block.marks) else size
        for mark in block.marks:
            held[mark] += size
    doubted = {
        mark
        for mark, size in enumerate(held)
        if mark not in said and size > _ASIDE_SHARE * max(total, 1)
    }
    doubted.update(page.blocks[title].marks if title is not None else ())
    return [doubted.issuperset(block.marks) for block in page.blocks]


def _running(block: Block) -> int:
    own = len(block.text) - block.n_linked
    return own if own >= _RUNNING_LENGTH else 0


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:
    from lxml import etree  # noqa: PLC0415  an extra

    return iter(etree.iterwalk(tree, events=("start", "end")))


class _Reader:
    """Takes the starts and ends of elements in order and gathers blocks; no recursion."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.kinds: list[str] = []
        self.deepest = 0
        self._parts: list[str] = []
        self._linked = 0
        self._open: list[tuple[bool, bool, int, bool]] = []
        self._marks: list[int] = []
        self._silent = 0
        self._links = 0
        self._headings: list[int] = []

    def start(self, element: Any) -> None:
        """Enter an element."""
        tag = element.tag if isinstance(element.tag, str) else ""
        kind = _element_kind(tag, element)
        # The text of a button or counter inside a paragraph is no part of it.
        if tag in _BREAKS or kind is not None:
            self.flush()
        heading = int(tag[1]) if tag in _HEADINGS else 0
        silent = tag in _SILENT
        if kind is not None:
            self._marks.append(len(self.kinds))
            self.kinds.append(kind)
        self._open.append((silent, tag == "a", heading, kind is not None))
        self.deepest = max(self.deepest, len(self._open))
        self._silent += silent
        self._links += tag == "a"
        if heading:
            self._headings.append(heading)
        self._add(element.text)

    def end(self, element: Any) -> None:
        """Leave an element and read what follows it."""
        silent, link, heading, marked = self._open.pop()
        if marked or element.tag in _BREAKS:
            self.flush()
        self._silent -= silent
        self._links -= link
        if heading:
            self._headings.pop()
        if marked:
            self._marks.pop()
        self._add(element.tail)

    def flush(self) -> None:
        """End a block."""
        text = " ".join("".join(self._parts).split())
        if text:
            heading = self._headings[-1] if self._headings else 0
            linked = min(self._linked, len(text))
            self.blocks.append(Block(text, linked, heading, tuple(self._marks[:_MOST_MARKS])))
        self._parts.clear()
        self._linked = 0

    def _add(self, text: str | None) -> None:
        if text and not self._silent:
            self._parts.append(text)
            if self._links:
                self._linked += len(" ".join(text.split()))


def _element_kind(tag: str, element: Any) -> str | None:
    """Kind of an element that is marked as no part of the article, by its names or its style."""
    if tag in ("html", "body"):
        return None
    names = f"<{tag}> {element.get('class') or ''} {element.get('id') or ''}"
    kind = _kind(names[:_LONGEST_NAMES].casefold())
    if kind is None and _HIDDEN.search(element.get("style") or ""):
        return "aside"
    return kind


def _kind(names: str) -> str | None:
    if (found := _pattern().search(names)) is None:
        return None
    return _kinds()[found.group()]


@cache
def _kinds() -> dict[str, str]:
    return {word: kind for word, kind, _ in read_table("html_marks.tsv")}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _kinds())))
