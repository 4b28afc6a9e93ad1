"""Which input column becomes which field of an article, and how its values are read."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from newsnlp.article import ARTICLE_FIELDS, Article
from newsnlp.errors import OptionError
from newsnlp.tables import read_table

Columns = Mapping[str, str | None]

# Columns that newsnlp adds: where one is present, `topic` is a label of ours, not a site's rubric.
_OUR_COLUMNS = ("topic_label", "topic_score", "text_hash")
# Fields of an article that are strings.
STRING_FIELDS = ("text", "title", "lead", "url", "source", "author", "rubric")
_REMEDIES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    ((bytes, bytearray), "decode it, as in value.decode('utf-8')"),
    (Mapping, "make a DataFrame of records, or an Article of each"),
    (os.PathLike, "read files with newsnlp.read(paths)"),
    (object, "give a str, or None where there is none"),
)
_PUNCTUATION = re.compile(r"[\W_]+")
_URL = re.compile(r"https?://\S.*", re.IGNORECASE)
_HOST_TWICE = re.compile(r"https?://[^/?#\s]+?(https?://\S.*)", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*\[(.*)\]\s*", re.DOTALL)
# A string as Python writes it, and several with white space between them, as NumPy does.
_STRING = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_STRINGS = re.compile(rf"(?:\s*(?:{_STRING}))*\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Field of `Article` -> the column that it is read from, and the columns that are left."""

    columns: dict[str, str]
    left: tuple[str, ...]


def map_fields(names: Iterable[object], *, columns: Columns | None = None) -> FieldMap:
    """Find the fields of an article among the columns of a source.

    Args:
        names: Names of the columns, or keys of a record.
        columns: Field -> column, for what the names do not tell; None leaves a field out. A column
            that is not among the names is a missing value here: see `check_columns`.

    Example:
        >>> found = map_fields(["Headline", "content", "views_count"])
        >>> found.columns, found.left
        ({'text': 'content', 'title': 'Headline'}, ('views_count',))
    """
    present: list[Any] = list(names)
    ours = any(name in present for name in _OUR_COLUMNS)
    by_key: dict[str, str] = {}
    for name in present:
        if isinstance(name, str):
            by_key.setdefault(_key(name), name)
    found: dict[str, str] = {}
    chosen = columns or {}
    for field, aliases in _aliases().items():
        if field in chosen:
            column = chosen[field]
            match = column if column in present else None
        else:
            known = (by_key.get(key) for key in aliases if not (ours and key == "topic"))
            match = next((name for name in known if name and name not in chosen.values()), None)
        if match is not None:
            found[field] = match
    return FieldMap(found, tuple(str(name) for name in present if name not in found.values()))


def check_columns(columns: Columns | None, names: Iterable[object] | None = None) -> None:
    """Refuse an option `columns` that names what is not there.

    Args:
        columns: Field -> column.
        names: Names of the source's columns; without them only the fields are checked.

    Raises:
        OptionError: A field is none of `Article`'s, or a column none of the source's.
    """
    present = None if names is None else list(names)
    for field, column in (columns or {}).items():
        if field not in ARTICLE_FIELDS:
            raise OptionError(
                f"columns names {field!r}, which is no field of an article: "
                f"there are {', '.join(ARTICLE_FIELDS)}"
            )
        if column is not None and present is not None and column not in present:
            raise OptionError(
                f"columns says that {field} is in {column!r}, which is not there: "
                f"the columns are {', '.join(map(str, present))}"
            )


def describe(fields: FieldMap, record: Mapping[str, Any] | None = None) -> str:
    """One line: which column became which field, and which columns were left.

    Args:
        fields: What was found.
        record: A record of the source, which shows whether its ids are addresses.

    Example:
        >>> describe(map_fields(["headline", "content", "views_count"]))
        'columns: text ← content, title ← headline; left: views_count'
    """
    pairs = dict(fields.columns)
    if "url" not in pairs and "doc_id" in pairs and is_url((record or {}).get(pairs["doc_id"])):
        pairs["url"] = pairs["doc_id"]
    taken = ", ".join(f"{field} ← {pairs[field]}" for field in ARTICLE_FIELDS if field in pairs)
    left = f"; left: {', '.join(fields.left)}" if fields.left else ""
    return f"columns: {taken or 'none'}{left}"


def to_article(record: Mapping[str, Any], fields: FieldMap) -> Article:
    """Make an article of a record; a field that is missing or blank is None, the text stays.

    An id that is an address is the `url` too, without a host that stands there twice. What cannot
    be read as a field's type stays as it is: `fault` tells.

    Args:
        record: Column -> value.
        fields: Field -> column.

    Example:
        >>> record = {"id": "https://www.vesti.example/7", "headline": "Дождь", "tags": "['лето']"}
        >>> article = to_article(record, map_fields(record))
        >>> article.doc_id, article.url == article.doc_id, article.source, article.tags
        ('https://www.vesti.example/7', True, 'vesti.example', ('лето',))
    """
    values = {field: record.get(column) for field, column in fields.columns.items()}
    doc_id = values.pop("doc_id", None)
    doc_id = None if _is_blank(doc_id) else doc_id
    if _is_blank(values.get("url")) and is_url(doc_id):
        values["url"] = doc_id
    read: dict[str, Any] = {
        field: _READ.get(field, _as_given)(value)
        for field, value in values.items()
        if field == "text" or not _is_blank(value)
    }
    if read.get("source") is None:
        read["source"] = host(read.get("url"))
    return Article(doc_id=doc_id, **read)


def fault(article: Article) -> str | None:
    """Name the field whose type keeps an article from being annotated; None where all is well.

    Args:
        article: An article as it was given.

    Example:
        >>> fault(Article(text=7))
        'text is an int (7), not a string; give a str, or None where there is none'
    """
    for field in STRING_FIELDS:
        value = getattr(article, field)
        if not (isinstance(value, str) or is_missing(value)):
            return f"{field} is {kind(value)}, not a string; {remedy(value)}"
    published: object = article.published
    if not (isinstance(published, str | date | np.datetime64) or is_missing(published)):
        return f"published is {kind(published)}, neither a string nor a date; give a datetime"
    tags: object = article.tags
    if not isinstance(tags, tuple) or not all(isinstance(tag, str) for tag in tags):
        return f"tags is {kind(tags)}, not a tuple of strings; give the tags one by one"
    try:
        as_id(article.doc_id)
    except TypeError as error:
        return str(error)
    return None


def remedy(value: object) -> str:
    """What to do about a value that stands where a text should.

    Args:
        value: The value.

    Example:
        >>> remedy(b"text")
        "decode it, as in value.decode('utf-8')"
    """
    return next(text for kinds, text in _REMEDIES if isinstance(value, kinds))


def as_id(value: object) -> str | None:
    """Write an identifier as it stands in the frames; None where it is missing.

    Args:
        value: A str, an int, a float without a fraction (pandas makes them of ints), or missing.

    Raises:
        TypeError: The value is of another type.

    Example:
        >>> as_id(7), as_id(7.0), as_id("07"), as_id(None)
        ('7', '7', '07', None)
    """
    if _is_blank(value):
        return None
    if isinstance(value, str):
        # The name of a file and a JSON escape may hold what no UTF-8 file can.
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    raise TypeError(f"doc_id is {kind(value)}: it takes a str or an int")


def as_tags(value: object) -> Any:
    """Read tags out of a list, of "a, b" or of a list's repr: each once, in order.

    Args:
        value: The tags; what is none of these stays as it is.

    Example:
        >>> as_tags("обстрел, Израиль, обстрел"), as_tags("['банк, биржа', 'рубль']")
        (('обстрел', 'Израиль'), ('банк, биржа', 'рубль'))
    """
    if is_missing(value):
        return ()
    items = _split(value) if isinstance(value, str) else value
    if not isinstance(items, list | tuple | np.ndarray):
        return value
    present = [item for item in items if not is_missing(item)]
    texts = [item if isinstance(item, str) else _as_metadata(item) for item in present]
    if not all(isinstance(text, str) for text in texts):
        return value
    return tuple(dict.fromkeys(tag for tag in map(str.strip, texts) if tag))


def host(url: object) -> str | None:
    """Find the host of an address, without "www."; None where there is none.

    Example:
        >>> host("https://www.tengrinews.kz/news/1"), host("lenta.ru/news/1"), host("нет")
        ('tengrinews.kz', 'lenta.ru', None)
    """
    if not isinstance(url, str):
        return None
    try:
        name = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return None
    name = name.removeprefix("www.")
    return name if "." in name and " " not in name else None


def is_url(value: object) -> bool:
    """Whether a value is an address of the web."""
    return isinstance(value, str) and _URL.fullmatch(value.strip()) is not None


def is_missing(value: object) -> bool:
    """Whether a value is None, NaN, NaT or NA."""
    if value is None:
        return True
    if isinstance(value, str):
        return False
    scalar: Any = value
    return bool(pd.api.types.is_scalar(scalar) and pd.isna(scalar))


def kind(value: object) -> str:
    """Show a value in a message: its type, and itself where it is short."""
    name = type(value).__name__
    shown = repr(value)
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} {name}" + (f" ({shown})" if len(shown) <= 40 else "")


def _is_blank(value: object) -> bool:
    return not value.strip() if isinstance(value, str) else is_missing(value)


def _key(name: str) -> str:
    return _PUNCTUATION.sub("", name.casefold())


@cache
def _aliases() -> dict[str, tuple[str, ...]]:
    """Field -> keys of its column names, the preferred first."""
    rows = read_table("column_names.tsv")
    return {
        field: tuple(_key(name) for row_field, name, *_ in rows if row_field == field)
        for field in ARTICLE_FIELDS
    }


def _as_given(value: object) -> Any:
    return None if is_missing(value) else value


def _as_metadata(value: object) -> Any:
    """Metadata as text: numbers in digits, several values joined; the rest as it is."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else str(value)
    texts = _listed(value) if isinstance(value, str) else value
    if isinstance(texts, list | tuple | np.ndarray) and all(
        isinstance(text, str) for text in texts
    ):
        return ", ".join(text for text in texts if text.strip()) or None
    return value


def _as_url(value: object) -> Any:
    """Mend an address whose host stands there twice: "https://a.ruhttps://a.ru/1"."""
    if isinstance(value, str) and (twice := _HOST_TWICE.fullmatch(value.strip())):
        return twice[1]
    return value


def _as_published(value: object) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return _as_metadata(value)


def _split(text: str) -> list[str]:
    """Split a text into tags: a list's repr, or tags with commas between them."""
    if (listed := _listed(text)) is not None:
        return listed
    if bare := _BRACKETED.fullmatch(text):
        return [item.strip().strip("'\"") for item in bare[1].split(",")]
    return text.split(",")


def _listed(text: str) -> list[str] | None:
    """Read the strings of a list's repr, also as NumPy writes it; None if the text is none."""
    bare = _BRACKETED.fullmatch(text)
    if bare is None:
        return None
    strings = re.findall(_STRING, bare[1]) if _STRINGS.fullmatch(bare[1]) else None
    try:
        items = ast.literal_eval(text.strip() if strings is None else f"[{', '.join(strings)}]")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    whole = isinstance(items, list) and all(isinstance(item, str) for item in items)
    return items if whole else None


_READ = {
    "url": _as_url,
    "source": _as_metadata,
    "author": _as_metadata,
    "published": _as_published,
    "rubric": _as_metadata,
    "tags": as_tags,
}
