"""The record of one input article."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

ARTICLE_FIELDS = (
    "doc_id", "text", "title", "lead", "url", "source", "author", "published", "rubric", "tags",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One input: a text and what is known about it; a field that is missing is None.

    Args:
        doc_id: Identifier, unique in a result; an int is written in digits.
        text: The article's text, or a whole page dumped as text.
        title: Headline.
        lead: Summary paragraph under the headline.
        url: Address of the page.
        source: Outlet; the host of `url` where it is not given.
        author: Author or authors.
        published: Time of publication: a datetime, or a date as it stands in the data.
        rubric: Section of the site.
        tags: Tags that came with the article.
        file: File of records that it was read from, which `read` sets; not a part of its identity.
        line: Line, row or number of its record in `file`, from 1, but for other sheets than the
            first; as `file` is.

    Example:
        >>> from newsnlp import Article
        >>> Article(title="Токаев прибыл в Минск", doc_id="7").title
        'Токаев прибыл в Минск'
    """

    doc_id: str | int | None = None
    text: str | None = None
    title: str | None = None
    lead: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: datetime | str | None = None
    rubric: str | None = None
    tags: tuple[str, ...] = ()
    file: str | None = field(default=None, repr=False, compare=False)
    line: int | None = field(default=None, repr=False, compare=False)
