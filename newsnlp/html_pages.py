"""One page of HTML as the fields of an article.

A page is read in five steps: its blocks (`html_blocks`); its headline, which its head names and a
block repeats; what trafilatura takes for the text; the stretch of blocks with most running text
and fewest links, in which trafilatura's answer counts as a vote; and what the head says of author,
date, rubric and tags. What is left in between (bylines, dates, teasers) is found by the layout.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from newsnlp.html_blocks import Block, Blocks, find_blocks, missing_html, own_blocks, parse_html
from newsnlp.html_heads import Head, clean, read_head, without_site
from newsnlp.tables import read_table

_WORD = re.compile(r"\w+")
_ENDED = re.compile(r"[.!?…:;][»”\"')\]]*\Z")
_PERSON = re.compile(r"[A-ZА-ЯЁ][\w.’'-]*(?: [A-ZА-ЯЁ][\w.’'-]*){1,2}")
# trafilatura's caches grow with every page; no counter of pages is kept, so that nothing is shared.
_RESET_EVERY = 199
_ZONE_TWICE = re.compile(r"([+-]\d\d:?\d\d)Z\Z")  # 20120105T0659+0400Z
_DEEPEST = 200
_MOST_BLOCKS = 20_000
_LONGEST_TITLE = 250
_SHORTEST_TITLE = 2  # words
_ALIKE = 0.6
_LONGEST_END = 70


@dataclass(frozen=True, slots=True)
class Weights:
    """What a block adds to the stretch that it is in, in characters."""

    running: int = 80  # shortest block that is running text whatever its end is
    sentence: int = 40  # shortest one that is, where it ends as a sentence does
    most: int = 400  # no block counts for more
    voted: float = 1.6  # running text that trafilatura has
    unvoted: float = 0.4  # running text that it has not
    short: int = 25  # lost for a short block
    links: float = 1.5  # lost for a character of links
    site: int = 200  # lost where a site speaks of itself
    end: int = 300  # lost where other things begin
    title: float = 1.0  # least score of a headline
    gap: float = 0.3  # share of what is lost between headline and text that counts


_WEIGHTS = Weights()


def read_page(html: str, *, url: str | None = None) -> dict[str, object]:
    """Read a page of HTML: the fields of `Article` that are found in it.

    Args:
        html: The page. A broken one gives what is there; what is beyond 4 million characters is
            not read.
        url: Address that it was fetched from; the page's own, where it names one, wins.

    Returns:
        Some of `text` (paragraphs apart by a blank line), `title`, `lead`, `author`, `published`
        (as the page writes it), `url`, `rubric` and `tags`; no key where nothing was found.

    Raises:
        MissingExtraError: trafilatura or lxml is not installed.

    Example:
        >>> page = read_page('''<title>Мост открыли — Новости</title><h1>Мост открыли</h1>
        ...     <p>В Пскове во вторник открыли мост через реку Великую, сообщили в мэрии.</p>''')
        >>> page["title"]
        'Мост открыли'
        >>> page["text"]
        'В Пскове во вторник открыли мост через реку Великую, сообщили в мэрии.'
    """
    tree = parse_html(html)
    if tree is None:
        return {} if url is None else {"url": url}
    head = read_head(tree, url)
    page = find_blocks(tree)
    answer = _ask(tree, page, url)
    title, rows = _select(page, head, answer.text)
    paragraphs = [page.blocks[row].text for row in rows]
    found = {
        "text": "\n\n".join(paragraphs),
        "title": _headline(page, head, title),
        "lead": head.description if head.description in paragraphs[:1] else None,
        "author": head.author or _person(answer.author, head),
        "published": _ZONE_TWICE.sub(r"\1", head.published or answer.published or ""),
        "url": head.url,
        "rubric": head.rubric,
        "tags": head.tags,
    }
    return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What trafilatura says of a page."""

    text: str = ""
    author: str | None = None
    published: str | None = None


def _ask(tree: Any, page: Blocks, url: str | None) -> _Answer:
    """Ask trafilatura; a page that it cannot read is one that it says nothing of."""
    try:
        from trafilatura import bare_extraction  # noqa: PLC0415  an extra
        from trafilatura.meta import reset_caches  # noqa: PLC0415
    except ImportError as error:
        raise missing_html() from error
    if page.depth > _DEEPEST or len(page.blocks) > _MOST_BLOCKS:
        return _Answer()
    try:
        found = bare_extraction(
            tree,
            url=url,
            favor_precision=True,
            include_comments=False,
            with_metadata=True,
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except Exception:  # any page whatever, and what it raises is its own
        return _Answer()
    if found is None:
        return _Answer()
    if len(page.blocks) % _RESET_EVERY == 0:
        reset_caches()
    author = clean(found.author)
    return _Answer(
        text=found.text or "",
        # Its guesses are often a word of a menu: what looks like a person's name is taken.
        author=author if author and _PERSON.fullmatch(author) else None,
        published=clean(found.date),
    )


def _person(name: str | None, head: Head) -> str | None:
    """Author that trafilatura found, unless it is the name of the site."""
    said = " ".join(head.headlines).casefold()
    return None if name is None or name.casefold() in said else name


def _select(page: Blocks, head: Head, voted: str) -> tuple[int | None, list[int]]:
    """Row of the headline and the rows of the text."""
    title = _title_row(page.blocks, head.headlines)
    own = own_blocks(page, title)
    text = _key(voted)
    values = [_value(block, mine, text) for block, mine in zip(page.blocks, own, strict=True)]
    first, stop = _stretch(values, 0 if title is None else title + 1)
    kept = [row for row in range(first, stop) if own[row] and _is_text(page.blocks[row])]
    return title, kept


def _is_text(block: Block) -> bool:
    return not _is_linked(block) and _WORD.search(block.text) is not None


def _is_linked(block: Block) -> bool:
    return 2 * block.n_linked > len(block.text)


def _value(block: Block, own: bool, voted: str) -> float:
    """What a block adds to a stretch of text; below zero where it speaks against it."""
    weights = _WEIGHTS
    length = len(block.text)
    plain = length - block.n_linked
    if not own:
        return -min(length + block.n_linked, weights.most) - 10
    if _is_linked(block):
        return -10 - weights.links * min(block.n_linked, weights.most)
    ended = _ENDED.search(block.text, max(length - 8, 0)) is not None
    if _is_end(block.text):
        return -weights.end
    if _is_site(block.text):
        return -weights.site
    if plain < weights.running and not (plain >= weights.sentence and ended):
        return -10 if block.heading else -weights.short
    return min(plain, weights.most) * (
        weights.voted if _key(block.text) in voted else weights.unvoted
    )


def _stretch(values: Sequence[float], first: int) -> tuple[int, int]:
    """First row and end of the stretch with the highest sum, counted from the headline."""
    total = lost = 0.0
    start, base = first, 0.0
    best = (0.0, first, first)
    for row in range(first, len(values)):
        entry = total + _WEIGHTS.gap * lost
        if entry < base:
            start, base = row, entry
        total += values[row]
        lost -= min(values[row], 0.0)
        if total - base > best[0]:
            best = (total - base, start, row + 1)
    return best[1], best[2]


def _title_row(blocks: Sequence[Block], headlines: Sequence[str]) -> int | None:
    """Row of the block that repeats the headline, or of the first heading of the first level."""
    told = [Counter(_words(without_site(text))) for text in headlines]
    scores = [_title_score(block, told) for block in blocks]
    best = max(scores, default=0.0)
    return scores.index(best) if best >= _WEIGHTS.title else None


def _title_score(block: Block, told: Sequence[Counter[str]]) -> float:
    if len(block.text) > _LONGEST_TITLE:
        return 0.0
    words = Counter(_words(block.text))
    if words.total() < _SHORTEST_TITLE:
        return 0.0
    alike = max((_alike(words, other) for other in told), default=0.0)
    level = 1.0 if block.heading == 1 else 0.5 if block.heading else 0.0
    return level + 2 * alike * (alike >= _ALIKE) - 0.7 * _is_linked(block) - 0.3 * bool(block.marks)


def _alike(words: Counter[str], other: Counter[str]) -> float:
    return 2 * (words & other).total() / max(1, words.total() + other.total())


def _headline(page: Blocks, head: Head, row: int | None) -> str | None:
    if row is not None:
        return page.blocks[row].text
    return without_site(head.headlines[0]) if head.headlines else None


def _is_end(text: str) -> bool:
    return len(text) <= _LONGEST_END and _key(text).startswith(_ends())


def _is_site(text: str) -> bool:
    found = set(_site_words().findall(text.casefold()))
    return len(found) >= 2


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("ё", "е"))


def _key(text: str) -> str:
    return " ".join(_words(text))


@cache
def _ends() -> tuple[str, ...]:
    return tuple(row[0] for row in read_table("html_ends.tsv"))


@cache
def _site_words() -> re.Pattern[str]:
    words = (row[0] for row in read_table("site_words.tsv"))
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + ")")
