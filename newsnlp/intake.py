"""What is given as articles, checked: a text to annotate each, or a status that says why not."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any

from newsnlp.article import Article
from newsnlp.composition import Composed, compose
from newsnlp.fields import STRING_FIELDS, fault, host, is_missing
from newsnlp.wording import noun

# Code points that no UTF-8 file can hold, and NUL, which ends strings elsewhere.
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")
_NOTHING = compose(None, None, None)
UNREAD_DATE = "published is no date that can be read: "
_LONGEST_DATE = 60


@dataclass(frozen=True, slots=True)
class Intake:
    """One article as it will be annotated, and as it will stand in the frame `articles`.

    `article` has its final `doc_id`, and in `text` the whole text (None where there was none or
    it is kept out); `status` is a value of `schema.STATUSES`, "ok" until a later stage knows
    better.
    """

    article: Article
    composed: Composed
    status: str
    error: str | None


def take_in(article: Article, *, max_length: int) -> Intake:
    """Check an article and make its text.

    Args:
        article: An article with its final `doc_id`.
        max_length: Longest text that is annotated, in code points.

    Example:
        >>> take_in(Article(doc_id="7", text=" "), max_length=100).status
        'empty'
        >>> take_in(Article(doc_id="7", text="Минск", title="ОДКБ"), max_length=5).error
        'text has 11 characters, more than max_length=5; raise max_length or split it'
    """
    doc_id, _ = _writable("doc_id", str(article.doc_id))
    error = fault(article)
    if error is not None:
        return Intake(Article(doc_id=doc_id), _NOTHING, "failed", error)
    values: dict[str, Any] = {}
    notes: list[str] = []
    for field in STRING_FIELDS:
        value = getattr(article, field)
        blank = is_missing(value) or (field != "text" and not value.strip())
        values[field], note = (None, None) if blank else _writable(field, value)
        notes.extend([note] if note else [])
    composed = compose(values["title"], values["lead"], values["text"])
    status = "ok"
    if not composed.text.strip():
        status = "empty"
        notes.append("there is no text")
    elif len(composed.text) > max_length:
        status = "too_long"
        notes = [
            f"text has {len(composed.text)} characters, more than max_length={max_length}; "
            "raise max_length or split it"
        ]
    values["text"] = {"ok": composed.text, "empty": values["text"], "too_long": None}[status]
    values["source"] = values["source"] or host(values["url"])
    clean = Article(
        doc_id=doc_id,
        published=None if is_missing(article.published) else article.published,
        tags=tuple(dict.fromkeys(_writable("tags", tag)[0] for tag in article.tags)),
        **values,
    )
    text = composed if status == "ok" else _NOTHING
    return Intake(clean, text, status, "; ".join(notes) or None)


def with_unread_date(taken: Intake) -> Intake:
    """An article with a note that its time of publication is missing though one was given.

    Args:
        taken: The article, whose `published` could not be read.

    Example:
        >>> taken = take_in(Article(doc_id="7", text="Минск", published="вчера"), max_length=100)
        >>> with_unread_date(taken).error
        "published is no date that can be read: 'вчера'"
    """
    given: object = taken.article.published
    if is_missing(given) or (isinstance(given, str) and not given.strip()):
        return taken
    note = f"{UNREAD_DATE}{given!r:.{_LONGEST_DATE}}"
    return replace(taken, error="; ".join(filter(None, (taken.error, note))))


def text_hash(text: str | None) -> str | None:
    """SHA-256 of an article's whole text, in hexadecimal digits; None where it has none.

    Args:
        text: `articles.text`.
    """
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def _writable(field: str, value: str) -> tuple[str, str | None]:
    """A string that any file can hold, and a note of what it took."""
    fixed, n = _UNWRITABLE.subn("\ufffd", value)
    what = noun(n, "unwritable character")
    return fixed, f"{n} {what} of {field} became U+FFFD" if n else None
