"""What the head of an HTML page and its marked-up parts say of the article."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

_MOST_ITEMS = 2000  # of the data of a page, so that a crafted page takes no longer than others
_LONGEST = 300
_CUT_WORDS = 4  # tags, at least, that are words of the headline,
_CUT_SHARE = 0.7  # and how many of all
_ARTICLES = ("Article", "BlogPosting", "Report")  # ends of the names of kinds
_SEPARATOR = re.compile(r"\s+(?:[|/\\»«•·—–-]|::+|//+|\|\|)\s+|\s*:::*\s+")
_CRUMBS = re.compile(r"bread-?_?crumb", re.IGNORECASE)
_HOME = frozenset(("главная", "главная страница", "на главную", "home", "новости", "все новости"))
_CYRILLIC = re.compile("[А-Яа-яЁё]")
_NOT_AUTHOR = re.compile(r"https?:|www\.|@|[<>{}]")


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says; what it does not say is None.

    `headlines` are the headline as told in several places, the surest first; the last may name
    the site as well.
    """

    headlines: tuple[str, ...]
    description: str | None
    author: str | None
    published: str | None
    url: str | None
    rubric: str | None
    tags: tuple[str, ...]


def read_head(tree: Any, url: str | None) -> Head:
    """Read the JSON-LD, OpenGraph, other `meta` and microdata of a page.

    Args:
        tree: The page.
        url: Its address, which relative addresses are resolved with.
    """
    items = list(islice(_items(tree), _MOST_ITEMS))
    article = next((item for item in items if _is_article(item)), {})
    metas = _metas(tree)
    marked = _microdata(tree)
    titles = [" ".join(node.itertext()) for node in tree.iter("title")][:1]
    headlines = (_text(article.get("headline")), *metas.get("og:title", ())[:1], *titles)

    def first(*names: str) -> str | None:
        return next((value for name in names for value in metas.get(name, ())), None)

    return Head(
        headlines=tuple(filter(None, map(clean, headlines))),
        description=clean(first("og:description", "description")),
        author=_author(article, metas, marked),
        published=clean(_text(article.get("datePublished")))
        or clean(first("article:published_time", "og:article:published_time", "datepublished"))
        or marked.get("datePublished"),
        url=_address(tree, first("og:url"), _text(article.get("url")), url),
        rubric=clean(_text(article.get("articleSection")))
        or clean(first("article:section", "og:article:section"))
        or marked.get("articleSection")
        or _crumb(tree, items),
        tags=_tags(article, metas, " ".join(headline for headline in headlines if headline)),
    )


def clean(value: str | None) -> str | None:
    """Value on one line, or None where nothing is left or it is longer than a value is.

    Args:
        value: Any string, or None.
    """
    text = " ".join((value or "").split())
    return text if 0 < len(text) <= _LONGEST else None


def without_site(title: str) -> str:
    """Headline in the title of a document, without the site's name and sections around it.

    Args:
        title: Text of the element `title`.

    Example:
        >>> without_site("Мост открыли раньше срока | Новости Пскова")
        'Мост открыли раньше срока'
    """
    parts = [part.strip() for part in _SEPARATOR.split(title) if part.strip()]
    return max(parts, key=lambda part: len(part.split()), default=title)


def _items(tree: Any) -> Iterator[dict[str, Any]]:
    """Objects of the page's JSON-LD, outer before inner ones."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            continue
        try:
            # Line breaks within strings are frequent, hence not strict.
            found: list[Any] = [json.loads(script.text or "", strict=False)]
        except (ValueError, RecursionError):
            continue
        for value in found:  # grows while it is read
            if isinstance(value, dict):
                yield value
                found += value.values()
            elif isinstance(value, list):
                found += value


def _is_article(item: dict[str, Any]) -> bool:
    kind = item.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(name, str) and name.endswith(_ARTICLES) for name in kinds)


def _text(value: Any) -> str | None:
    """String of a value of JSON-LD: itself, its name, or the first of a list."""
    if isinstance(value, list):
        return next(filter(None, map(_plain, value)), None)
    return _plain(value)


def _plain(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("name") or value.get("@id")
    return value if isinstance(value, str) else None


def _metas(tree: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = meta.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().casefold(), []).append(content)
    return found


def _microdata(tree: Any) -> dict[str, str]:
    """First value of each property of the page, by its `itemprop` and `rel`."""
    found: dict[str, str] = {}
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("meta", "link"):
            continue
        names = (element.get("itemprop") or "").split()
        names += ["author"] if element.get("rel") == "author" else []
        for name in names:
            told = element.get("datetime") or element.get("content")
            if name in found or name not in ("author", "name", "datePublished", "articleSection"):
                continue
            if value := clean(told or " ".join(islice(element.itertext(), 20))):
                found[name] = value
    return found


def _author(
    article: dict[str, Any], metas: dict[str, list[str]], marked: dict[str, str]
) -> str | None:
    value = article.get("author")
    names = [_plain(one) for one in (value if isinstance(value, list) else [value])]
    for found in (
        names,
        metas.get("article:author", ()),
        filter(_CYRILLIC.search, metas.get("author", ())),  # else it is who made the site
        [marked.get("author")],
    ):
        kept = [name for name in map(clean, found) if name and is_author(name)]
        if kept:
            return ", ".join(dict.fromkeys(kept))
    return None


def is_author(name: str) -> bool:
    """Whether a value may name an author: it has letters and is no address.

    Args:
        name: A value on one line.
    """
    return _NOT_AUTHOR.search(name) is None and any(map(str.isalpha, name)) and len(name) <= 150


def _address(tree: Any, *told: str | None) -> str | None:
    """Canonical address of the page, else the first one told; the last is the given one."""
    links: list[str | None] = [
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").casefold().split()
    ]
    base = told[-1] or next((node.get("href") for node in tree.iter("base")), None) or ""
    for found in (*links[:1], *told):
        if not found:
            continue
        try:
            address = urljoin(base, found.strip())
            parts = urlsplit(address)
        except ValueError:
            continue
        # The address of a site's front page is no article's, unless it is the one given.
        inner = parts.path.strip("/") or parts.query
        if parts.scheme in ("http", "https") and parts.netloc and (inner or found == told[-1]):
            return address
    return told[-1]


def _crumb(tree: Any, items: Iterable[dict[str, Any]]) -> str | None:
    """Last link of the way from the front page to the article."""
    for item in items:
        if item.get("@type") == "BreadcrumbList" and isinstance(item.get("itemListElement"), list):
            names = [
                _plain(one) or (_plain(one.get("item")) if isinstance(one, dict) else None)
                for one in item["itemListElement"]
            ]
            # The last one is the article itself.
            return _section(names[:-1] if len(names) > 2 else names)
    for element in tree.iter("div", "ul", "ol", "nav", "p", "span", "td", "section"):
        if _CRUMBS.search(f"{element.get('class') or ''} {element.get('id') or ''}"):
            links = islice(element.iter("a"), 20)
            return _section([" ".join(link.itertext()) for link in links])
    return None


def _section(names: Iterable[str | None]) -> str | None:
    kept = [name for name in map(clean, names) if name and name.casefold() not in _HOME]
    return kept[-1] if kept and len(kept[-1].split()) <= 5 else None


def _tags(article: dict[str, Any], metas: dict[str, list[str]], title: str) -> tuple[str, ...]:
    value = article.get("keywords")
    told = (
        [_plain(one) for one in value]
        if isinstance(value, list)
        else (_plain(value) or "").split(",")
    )
    found: Iterable[str | None] = metas.get("article:tag") or told
    if not any(found):
        found = [tag for line in metas.get("news_keywords", ()) for tag in line.split(",")]
    tags = tuple(dict.fromkeys(filter(None, map(clean, found))))
    # Some sites cut the headline into words and call them tags.
    cut = sum(tag in title for tag in tags) >= _CUT_SHARE * len(tags)
    return () if cut and " " not in "".join(tags) and len(tags) >= _CUT_WORDS else tags
