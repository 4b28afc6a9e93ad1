"""Whatever is given as a source -> articles, each with its final and unique `doc_id`."""

from __future__ import annotations

import logging
import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias
from warnings import warn

import pandas as pd

from newsnlp.article import Article
from newsnlp.containers import ending
from newsnlp.errors import DuplicateIdError, OptionError, SourceError, SourceWarning
from newsnlp.fields import (
    Columns,
    FieldMap,
    as_id,
    as_tags,
    check_columns,
    describe,
    fault,
    host,
    is_missing,
    kind,
    map_fields,
    remedy,
    to_article,
)
from newsnlp.formats import FORMATS, ONE_TEXT
from newsnlp.readers import read

Source: TypeAlias = (
    "str | os.PathLike[str] | Article | Iterable[str | Article | None] | pd.Series[Any] | "
    "pd.DataFrame"
)

_log = logging.getLogger(__name__)
_LONGEST_PATH = 255  # characters; what is longer is a text, however it ends


def iter_articles(
    source: Source,
    *,
    columns: Columns | None = None,
    on_duplicate: str = "error",
    strict: bool = True,
) -> Iterator[Article]:
    """Turn a source into articles.

    Args:
        source: A text, a `Path` to read, an `Article`, several texts or articles, a Series of
            texts, or a DataFrame with a text or title column. None and NaN are articles without
            a text. One text that looks like the name of a file is a `SourceWarning`.
        columns: Field of `Article` -> column of the DataFrame or file; None leaves a field out.
        on_duplicate: What to do where a `doc_id` comes again: "error", keep the "first", or keep
            the "last" (which holds the whole source in memory).
        strict: Read the whole source and check it before the first article. Without it articles
            are streamed, and one with a value of a wrong type is passed on as it is; so are
            those of files always.

    Raises:
        TypeError: The source is nothing of the above, or a value is no string (`strict`).
        DuplicateIdError: A given `doc_id` is repeated or missing.
        SourceError: A DataFrame without a text or title column.
        OptionError: An option with a value that it does not take.

    Example:
        >>> [article.doc_id for article in iter_articles(["Дождь в Минске.", "Снег в Астане."])]
        ['0', '1']
    """
    if on_duplicate not in _UNIQUE:
        raise OptionError(f"on_duplicate is {on_duplicate!r}: it takes {', '.join(_UNIQUE)}")
    check_columns(columns)
    unique = _UNIQUE[on_duplicate]
    articles = _articles(source, columns)
    if not strict:
        return unique(articles)
    whole = list(articles)
    if not isinstance(source, os.PathLike):
        _check(whole)
    return iter(list(unique(whole)))


def _articles(source: object, columns: Columns | None) -> Iterator[Article]:
    """Articles of a source of any kind, each with an id that may come again."""
    if isinstance(source, os.PathLike):
        return _of_items(read(source, columns=columns))
    if isinstance(source, pd.DataFrame):
        return _of_frame(source, columns)
    if columns:
        raise OptionError("columns is for a DataFrame or files: this source has none")
    if isinstance(source, pd.Series):
        return _of_items(source, _labels(source.index))
    if isinstance(source, str | Article):
        if isinstance(source, str) and _is_like_a_file(source):
            warn(
                f"{source!r} is read as a text; for the file: "
                f"newsnlp.annotate(pathlib.Path({source!r}))",
                SourceWarning,
                stacklevel=5,  # who called newsnlp.annotate
            )
        return _of_items([source])
    if isinstance(source, bytes | bytearray | Mapping) or not isinstance(source, Iterable):
        raise TypeError(
            f"a source is a text, a pathlib.Path, an Article, texts or articles, a Series or a "
            f"DataFrame, not {kind(source)}: {remedy(source)}"
        )
    return _of_items(source)


def _is_like_a_file(text: str) -> bool:
    """Whether a text is the name of a file that is there, or of one that could be read."""
    if len(text) > _LONGEST_PATH or len(text.splitlines()) != 1:
        return False
    blank = any(map(str.isspace, text))
    stem, _, _ = text.rpartition(".")
    if stem and not blank and "://" not in text and ending(text, tuple(FORMATS)):
        return True
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # what no file can be called
        return False


def _of_items(items: Iterable[object], labels: Iterable[object] = ()) -> Iterator[Article]:
    """Articles of texts and articles; an id that is not given is the label, else the position."""
    for number, (item, label) in enumerate(zip(items, chain(labels, repeat(None)), strict=False)):
        article = item if isinstance(item, Article) else _of_text(item)
        doc_id, tags = _id(article.doc_id), as_tags(article.tags)
        yield replace(
            article,
            doc_id=_label(label) or str(number) if doc_id is None else doc_id,
            source=host(article.url) if is_missing(article.source) else article.source,
            tags=tags,
        )


def _of_text(value: object) -> Article:
    """Make an article of a text; what is none stays in it, to be refused or to fail."""
    text: Any = None if is_missing(value) else value
    return Article(text=text)


def _of_frame(frame: pd.DataFrame, columns: Columns | None) -> Iterator[Article]:
    """Check a frame's columns and return its articles."""
    names = list(frame.columns)
    check_columns(columns, names)
    fields = map_fields(names, columns=columns)
    if not fields.columns.keys() & {"text", "title"}:
        raise SourceError(
            "a DataFrame needs a column with texts or titles; name it, as in "
            f"columns={{'text': 'my_column'}}: there are {', '.join(map(str, names)) or 'none'}"
        )
    used = fields.columns.values()
    if twice := next((name for name in used if names.count(name) > 1), None):
        raise SourceError(f"the DataFrame has the column {twice!r} twice: rename one of them")
    records = (
        dict(zip(used, row, strict=True))
        for row in zip(*(frame[column] for column in used), strict=True)
    )
    return _of_records(records, fields, _labels(frame.index))


def _of_records(
    records: Iterable[Mapping[str, Any]], fields: FieldMap, labels: Iterable[object]
) -> Iterator[Article]:
    id_column = fields.columns.get("doc_id")
    pairs = zip(records, chain(labels, repeat(None)), strict=False)
    for number, (record, label) in enumerate(pairs):
        if number == 0:
            _log.info(describe(fields, record))
        article = to_article(record, fields)
        doc_id = _id(article.doc_id)
        if id_column is None:
            doc_id = _label(label) or str(number)
        elif doc_id is None:
            raise DuplicateIdError(
                f"row {number} has no doc_id, though the column {id_column!r} gives them: fill it, "
                "or pass columns={'doc_id': None} to leave the column out"
            )
        yield replace(article, doc_id=doc_id)


def _labels(index: pd.Index[Any]) -> Iterable[object]:
    """Labels that can tell rows apart; none where they cannot."""
    return index if index.nlevels == 1 and index.is_unique and not index.hasnans else ()


def _label(label: object) -> str | None:
    try:
        return as_id(label)
    except TypeError:
        return str(label)


def _id(value: object) -> Any:
    """Write an identifier; what is none stays as it is, to be refused or to fail."""
    try:
        return as_id(value)
    except TypeError:
        return value


def _check(articles: Iterable[Article]) -> None:
    for number, article in enumerate(articles):
        if problem := fault(article):
            raise TypeError(f"row {number}: {problem}")


def _unique_or_error(articles: Iterable[Article]) -> Iterator[Article]:
    rows: dict[str, int] = {}
    files: list[tuple[int, str | None]] = []  # from which row on articles are of which file
    lines = array("q")  # by row; a place each would take much more room
    for number, article in enumerate(articles):
        if not files or files[-1][1] != article.file:
            files.append((number, article.file))
        lines.append(article.line or 0)
        first = rows.setdefault(str(article.doc_id), number)
        if first != number:
            before = files[bisect_right(files, first, key=itemgetter(0)) - 1][1]
            raise DuplicateIdError(
                f"{_place(first, before, lines[first])} and "
                f"{_place(number, article.file, lines[number])} both have doc_id "
                f"{str(article.doc_id)!r}: "
                f"{_remedy_of_two(str(article.doc_id), before, article.file)}"
            )
        yield article


def _place(row: int, file: str | None, line: int) -> str:
    """Where an article stands, as errors of reading say it."""
    if file is None:
        return f"row {row}"
    return f"{file}:{line}" if line else f"row {row} ({file})"


def _remedy_of_two(doc_id: str, first: str | None, second: str | None) -> str:
    """What helps where two articles have one id."""
    keep = (
        "pass on_duplicate='first' or 'last' (on the command line: --on-duplicate first) to keep "
        "one of them"
    )
    own = ", or give each its own" if first is None and second is None else ""
    return f"{_way_out(doc_id, first, second)}{keep}{own}"


def _way_out(doc_id: str, first: str | None, second: str | None) -> str:
    """What helps where an id is the path of a file in the folder that was given."""
    if first is None and second is None:  # the id of a text is its whole path
        if ending(doc_id, tuple(FORMATS)) not in ONE_TEXT:
            return ""
        return (
            "it is the path of a file in each of two folders, or of one that is named twice: name "
            "the folder that both are in, once; or "
        )
    if first is None or second is None or not (_is_in(first, doc_id) and _is_in(second, doc_id)):
        return ""
    places = os.path.abspath(first), os.path.abspath(second)  # noqa: PTH100  keeps links
    if places[0] == places[1]:
        return "the file is named twice: name it once; or "
    try:
        folder = os.path.commonpath(places)
    except ValueError:  # drives of Windows
        return ""
    return f"files of two folders have equal names: name the folder that both are in, {folder}; or "


def _is_in(file: str, doc_id: str) -> bool:
    """Whether an id is a record's place in a file: `a.jsonl#3`, or `a.xlsx!sheet#3`."""
    path = doc_id.rpartition("#")[0]
    names = (path, path.rpartition("!")[0])
    return any(name and f"/{Path(file).as_posix()}".endswith(f"/{name}") for name in names)


def _first_of_each(articles: Iterable[Article]) -> Iterator[Article]:
    seen: set[str] = set()
    for article in articles:
        doc_id = str(article.doc_id)
        if doc_id not in seen:
            seen.add(doc_id)
            yield article


def _last_of_each(articles: Iterable[Article]) -> Iterator[Article]:
    kept: dict[str, Article] = {}
    for article in articles:
        kept.pop(str(article.doc_id), None)
        kept[str(article.doc_id)] = article
    yield from kept.values()


_UNIQUE: dict[str, Callable[[Iterable[Article]], Iterator[Article]]] = {
    "error": _unique_or_error,
    "first": _first_of_each,
    "last": _last_of_each,
}
