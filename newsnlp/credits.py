"""Layer *resolve*: which mentions are no content but tell who reports, photographs or publishes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from urllib.parse import urlsplit

import numpy as np

from newsnlp.columns import Entry, Ints, Mentions, Segments
from newsnlp.schema import FUNCTIONS, TYPES, ZONES
from newsnlp.tables import read_table
from newsnlp.words import name_key

_CONTENT, _CREDIT, _NOTICE = (FUNCTIONS.index(name) for name in ("content", "credit", "notice"))
_NOTICE_ZONE, _DATELINE_ZONE = ZONES.index("notice"), ZONES.index("dateline")
_ORGANISATION, _PERSON = TYPES.index("ORG"), TYPES.index("PER")
_MEDIA_KINDS = frozenset({"media", "agency"})
_GAP_BEFORE, _GAP_AFTER = re.compile(r"(?:\s{2,}|\n|[.!?»]\s|^)$"), re.compile(r"\s{2}|\n|$")
_REACH = 80  # characters of the sentence before a name that are looked at
_OPENING = ' «"“„('
_CLOSING = '»"”“ ,)'
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:ru|kz|com|org|net|ua|by|uz|kg|info|news|рф)", re.I)


def functions(segments: Segments, mentions: Mentions, outlets: Sequence[frozenset[str]]) -> Ints:
    """Function of every mention: codes into `schema.FUNCTIONS`.

    Args:
        segments: The batch.
        mentions: Its mentions.
        outlets: Keys of what each article's publisher is called: see `outlet_keys`.
    """
    tokens, sentences, text = segments.tokens, segments.sentences, segments.texts.text
    spans, entities = mentions.spans, mentions.entities
    sentence = tokens.sentence[spans.token_start]
    kinds = [_kind(entry) if entry.type == _ORGANISATION else "" for entry in entities.entry]
    rows = zip(
        spans.doc.tolist(),
        entities.mention.tolist(),
        tokens.start[spans.token_start].tolist(),
        tokens.stop[spans.token_stop - 1].tolist(),
        sentences.start[sentence].tolist(),
        sentences.stop[sentence].tolist(),
        strict=True,
    )
    opens, closes = segments.texts.start.tolist(), segments.texts.stop.tolist()
    any_before = _pattern("any", "before")
    is_credit = np.zeros(len(spans.doc), np.bool_)
    for row, (doc, entity, start, stop, first, last) in enumerate(rows):
        kind = kinds[entity]
        before = text[max(first, start - _REACH) : start].rstrip(_OPENING)
        credit = any_before.search(before) is not None
        if kind and not credit:
            after = text[stop : min(last, stop + _REACH)].lstrip(_CLOSING)
            credit = (
                name_key(entities.entry[entity].name) in outlets[doc]
                or _pattern(kind, "before").search(before) is not None
                or (kind == "media" and _pattern(kind, "after").match(after) is not None)
                or _stands_apart(
                    text[max(opens[doc], start - 3) : start],
                    text[stop : min(stop + 2, closes[doc])],
                )
            )
        is_credit[row] = credit
    zone = segments.zones.kind[sentences.zone[sentence]]
    # A dateline names who reports beside where: «МИНСК, 14 мая – РИА Новости, Анна Иванова».
    reports = [
        kind == "media" or entry.type == _PERSON
        for kind, entry in zip(kinds, entities.entry, strict=True)
    ]
    is_credit |= (zone == _DATELINE_ZONE) & np.array(reports, np.bool_)[entities.mention]
    return np.select([zone == _NOTICE_ZONE, is_credit], [_NOTICE, _CREDIT], _CONTENT)


def _kind(entry: Entry) -> str:
    """Whether an organisation is of the "media" or a social "network", "" for neither."""
    if entry.kind == "network":
        return "network"
    is_media = (
        entry.kind in _MEDIA_KINDS
        or name_key(entry.name) in _outlets()
        or _DOMAIN.fullmatch(entry.name) is not None
    )
    return "media" if is_media else ""


def _stands_apart(before: str, after: str) -> bool:
    """Whether a name is a line by itself, or what a line ends with after a gap: a picture's."""
    return _GAP_BEFORE.search(before) is not None and _GAP_AFTER.match(after) is not None


@cache
def _outlets() -> frozenset[str]:
    return frozenset(name_key(name) for name, _ in read_table("outlets.tsv"))


@cache
def _pattern(whose: str, side: str) -> re.Pattern[str]:
    """What stands before or after a name that is credited."""
    found = [
        pattern.replace(" ", r"\s+")
        for one, where, pattern, _ in read_table("credit_patterns.tsv")
        if (one, where) == (whose, side)
    ]
    joined = "|".join(found)
    return re.compile(rf"(?<!\w)(?:{joined})$" if side == "before" else f"(?:{joined})", re.I)


def outlet_keys(source: str | None, url: str | None) -> frozenset[str]:
    """Keys of what an article's publisher may be called.

    Args:
        source: The article's source.
        url: Its address.

    Example:
        >>> sorted(outlet_keys(None, "https://www.tengrinews.kz/news/1"))
        ['tengrinews', 'tengrinews kz']
    """
    try:
        host = (urlsplit(url).hostname or "") if url else ""
    except ValueError:  # what is no address names no one
        host = ""
    names = [name.removeprefix("www.") for name in (source, host) if name]
    names += [".".join(name.split(".")[-2:]) for name in names if "." in name]
    return frozenset(map(name_key, names + [name.rpartition(".")[0] or name for name in names]))
