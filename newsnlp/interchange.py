"""Layer *over*: what files of tokens have in common: articles to be written, and lines read.

What is read are documents of sentences of words, of which frames are made.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import newsnlp
from newsnlp.errors import DuplicateIdError, OptionError, ReadError
from newsnlp.frames import Columns, Frames, Tables, columns_of
from newsnlp.intake import text_hash
from newsnlp.questions import article_rows
from newsnlp.schema import FUNCTIONS, LANGS, MENTION_KINDS, SCHEMA, SCHEMA_VERSION, STATUSES

GENERATOR = "# generator = newsnlp"
NEWDOC = re.compile(r"# ?newdoc(?:[ _]id *= *(.*)| *)")
CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
NAMES = ("name",)
BODY = "body"
PARAGRAPH = "\n\n"
# What is told of a mention beside its span and type.
TOLD = ("entity_id", "kind", "function", "normal", "role", "rule", "score")
_TO_ESCAPE = re.compile(rf"[\\|\s{CONTROLS}]")
_TO_ESCAPE_IN_ID = re.compile(rf"[\\{CONTROLS}]|^\s|\s$")
_ESCAPES = {"\\": "\\\\", " ": "\\s", "\t": "\\t", "\n": "\\n", "\r": "\\r", "|": "\\p"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|([\\stnrp]))")
_LETTERS = {escape[1]: letter for letter, escape in _ESCAPES.items()}


@dataclass(frozen=True, slots=True)
class Place:
    """A line, from 1, of a file or of a text, which has no path."""

    path: str | None
    line: int

    def error(self, message: str) -> ReadError:
        """An error that names the line.

        Args:
            message: What is wrong, and what is expected.
        """
        where = f"{self.path}, line {self.line}" if self.path else f"line {self.line}"
        return ReadError(f"{where}: {message}", path=self.path, line=self.line)


class Word(NamedTuple):
    """A token that is read, and the white space after it, None where that is not told."""

    text: str
    after: str | None = None
    lemma: str | None = None
    upos: str | None = None
    feats: str | None = None


class Mention(NamedTuple):
    """A mention that is read: the words from `start` to before `stop` of its sentence."""

    start: int
    stop: int
    type: str
    told: Mapping[str, str]


@dataclass(slots=True)
class Sentence:
    """A sentence that is read; `before` is white space that its document begins with."""

    zone: str = BODY
    new_paragraph: bool = False
    before: str = ""
    words: list[Word] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """A document that is read: its identifier, None where it has none, and where it begins."""

    doc_id: str | None
    place: Place
    sentences: list[Sentence] = field(default_factory=list)


# --- articles to be written ----------------------------------------------------------------------


class Written(NamedTuple):
    """An article that is written: its rows of the frames, as lists by column.

    `zones` has the kind of zone of each sentence, and is empty where that was not computed.
    """

    doc_id: str
    text: str
    tokens: Mapping[str, list[Any]]
    mentions: Mapping[str, list[Any]]
    zones: Sequence[str]

    def sentences(self) -> list[tuple[int, int]]:
        """Row of the first token of each sentence, and that after its last."""
        numbers = self.tokens["sentence_id"]
        firsts = [
            row for row, number in enumerate(numbers) if not row or number != numbers[row - 1]
        ]
        return list(pairwise([*firsts, len(numbers)]))

    def gaps(self) -> list[str]:
        """Text between each token and the next, of the last to the end."""
        nexts = [*self.tokens["start"], len(self.text)][1:]
        return [
            self.text[stop:start] for stop, start in zip(self.tokens["stop"], nexts, strict=True)
        ]


def articles_to_write(frames: Frames, *, with_mentions: bool = True) -> Iterator[Written]:
    """Each article with its tokens and mentions, in the order of the articles.

    Args:
        frames: Frames with `articles` and `tokens`; zones of sentences are told where `sentences`
            and `zones` are there.
        with_mentions: Whether `mentions` are there and wanted.
    """
    articles = frames.articles
    tokens = by_article(articles, frames.tokens)
    mentions = by_article(articles, frames.mentions if with_mentions else None)
    zones = by_article(articles, _zones_of_sentences(frames))
    rows = zip(articles["doc_id"], articles["text"], tokens, mentions, zones, strict=True)
    for doc_id, text, its_tokens, its_mentions, its_zones in rows:
        its_text = text if isinstance(text, str) else ""
        yield Written(doc_id, its_text, its_tokens, its_mentions, its_zones.get("zone", []))


def by_article(
    articles: pd.DataFrame, table: pd.DataFrame | None
) -> Iterator[dict[str, list[Any]]]:
    """Rows of each article as lists by column, in the order of the articles.

    Args:
        articles: The frame of that name.
        table: Another one; without one there is no column.
    """
    if table is None:
        yield from ({} for _ in range(len(articles)))
        return
    row = article_rows(table["doc_id"], articles["doc_id"])
    if (np.diff(row) < 0).any():
        order = np.argsort(row, kind="stable")
        row, table = row[order], table.iloc[order]
    borders = np.searchsorted(row, np.arange(len(articles) + 1)).tolist()
    for start, stop in pairwise(borders):
        rows = table.iloc[start:stop]
        yield {name: rows[name].tolist() for name in table.columns if name != "doc_id"}


def _zones_of_sentences(frames: Frames) -> pd.DataFrame | None:
    if not {"sentences", "zones"} <= set(frames.names):
        return None
    keys = ["doc_id", "zone_id"]
    return frames.sentences[keys].merge(frames.zones[[*keys, "zone"]], how="left", on=keys)


def outermost(article: Written, kinds: Collection[str]) -> list[int]:
    """Rows of the mentions of some kinds that lie in no longer one, in order.

    Args:
        article: An article with its mentions.
        kinds: Kinds of `schema.MENTION_KINDS`.
    """
    mentions = article.mentions
    rows = [row for row, kind in enumerate(mentions["kind"]) if kind in kinds]
    starts, stops = mentions["token_start"], mentions["token_stop"]
    chosen: list[int] = []
    taken: set[int] = set()
    for row in sorted(rows, key=lambda row: (starts[row] - stops[row], row)):
        tokens = range(starts[row], stops[row])
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            chosen.append(row)
    return sorted(chosen, key=starts.__getitem__)


def check_kinds(kinds: Any) -> tuple[str, ...]:
    """Kinds of mentions, checked.

    Args:
        kinds: What a user gave.

    Raises:
        OptionError: One is none of `schema.MENTION_KINDS`, or `kinds` is one string.
    """
    some = () if isinstance(kinds, str) else tuple(kinds)
    if not some or not set(some) <= set(MENTION_KINDS):
        raise OptionError(f"kinds={kinds!r}: takes a list of {', '.join(MENTION_KINDS)}")
    return some


# --- escapes --------------------------------------------------------------------------------------


def escaped(text: str) -> str:
    r"""A value of MISC, in UDPipe's escapes.

    Args:
        text: Any text.

    Example:
        >>> print(escaped("а |\u00a0"))
        а\s\p\u00a0
    """
    return _TO_ESCAPE.sub(escape_of, text)


def escape_of(match: re.Match[str]) -> str:
    """Escape of a letter.

    Args:
        match: What matched one letter.
    """
    letter = match[0]
    return _ESCAPES.get(letter) or f"\\u{ord(letter):04x}"


def unescaped(value: str) -> str:
    r"""What was escaped; a backslash before another letter stays.

    Args:
        value: A value of MISC.

    Example:
        >>> unescaped(r"а\s\p")
        'а |'
    """
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _LETTERS[m[2]], value)


def escaped_id(doc_id: str) -> str:
    """An identifier in a comment, where only what would not survive there is escaped.

    Args:
        doc_id: An article's.
    """
    return _TO_ESCAPE_IN_ID.sub(escape_of, doc_id)


# --- what is read --------------------------------------------------------------------------------


def lines_of(source: str | Path) -> Iterator[tuple[Place, str]]:
    """Lines of a text or of a file; nothing but a line feed ends one.

    Args:
        source: The text itself, or the path of a file, gzipped or not.

    Raises:
        OptionError: It is neither.
        ReadError: The file cannot be read; it names the line.
    """
    if isinstance(source, str):
        for number, line in enumerate(source.removeprefix("\ufeff").split("\n"), 1):
            yield Place(None, number), line.removesuffix("\r")
        return
    if not isinstance(source, Path):
        raise OptionError(f"source={source!r}: takes a text as str, or the Path of a file")
    number = 0
    try:
        opened = gzip.open if source.suffix == ".gz" else open
        with opened(source, "rt", encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                yield Place(str(source), number), line.removesuffix("\n").removesuffix("\r")
    except FileNotFoundError as error:
        raise ReadError(f"{source}: no such file", path=str(source)) from error
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise Place(str(source), number + 1).error(f"cannot be read: {error}") from error


def frames_of(documents: Sequence[Document], format: str, *, between: str) -> Frames:
    """Frames of what was read.

    Args:
        documents: In order.
        format: What they were converted from.
        between: White space between two sentences, where nothing else is told.

    Raises:
        ReadError: There is no sentence.
        DuplicateIdError: Two documents have one identifier.
    """
    if not any(document.sentences for document in documents):
        where = f"{documents[0].place.path}: " if documents and documents[0].place.path else ""
        raise ReadError(f"{where}there is no sentence; is it {format}?")
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("articles", "zones", "sentences", "tokens", "mentions")
    }
    seen: dict[str, Place] = {}
    for number, document in enumerate(documents):
        doc_id = document.doc_id or str(number)
        if doc_id in seen:
            raise DuplicateIdError(
                f"lines {seen[doc_id].line} and {document.place.line}: both documents are "
                f"{doc_id!r}; give each an id of its own"
            )
        seen[doc_id] = document.place
        for name, some in _rows(document, between).items():
            rows[name] += [{"doc_id": doc_id, **row} for row in some]
    tables = {name: [_columns(name, some)] for name, some in rows.items()}
    info = {
        "schema": SCHEMA_VERSION, "package": newsnlp.__version__, "converted_from": format,
    }  # fmt: skip
    return Frames(Tables(tables), info)


def _columns(name: str, rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Rows of a frame; what no row tells is missing."""
    values: dict[str, Any] = {}
    for column, dtype in SCHEMA[name].columns.items():
        if not rows or column in rows[0]:
            told = [row[column] for row in rows]
            if isinstance(dtype, tuple):
                codes = {value: code for code, value in enumerate(dtype)}
                told = [codes.get(value, -1) for value in told]
            values[column] = told
    return columns_of(name, len(rows), values)


def _rows(document: Document, between: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of the frames of a document, without its identifier."""
    sentences = document.sentences
    text = _Text()
    tokens: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    mentions: list[dict[str, Any]] = []
    zones: list[dict[str, Any]] = []
    for number, sentence in enumerate(sentences):
        if number == 0:
            text.add(sentence.before)
        first = len(tokens)
        following = sentences[number + 1] if number + 1 < len(sentences) else None
        usual = "" if following is None else PARAGRAPH if following.new_paragraph else between
        for place, word in enumerate(sentence.words):
            start = text.length
            text.add(word.text)
            is_last = place == len(sentence.words) - 1
            tokens.append(
                {
                    "token_id": len(tokens), "sentence_id": number, "start": start,
                    "stop": text.length, "text": word.text, "lemma": word.lemma,
                    "upos": word.upos, "feats": word.feats,
                }
            )  # fmt: skip
            text.add(word.after if word.after is not None else usual if is_last else " ")
        start, stop = tokens[first]["start"], tokens[-1]["stop"]
        if not zones or zones[-1]["zone"] != sentence.zone:
            zones.append(
                {
                    "zone_id": len(zones), "zone": sentence.zone, "lang": LANGS[0], "start": start,
                    "stop": stop, "field": "text", "field_start": start,
                }
            )  # fmt: skip
        zones[-1]["stop"] = stop
        told.append(
            {"sentence_id": number, "zone_id": zones[-1]["zone_id"], "start": start, "stop": stop}
        )
        mentions += [
            _mention_row(mention, tokens, first, sentence) for mention in sentence.mentions
        ]
    whole = "".join(text.pieces)
    for number, row in enumerate(mentions):
        row["mention_id"] = number
    for row in (*told, *mentions):
        row["text"] = whole[row["start"] : row["stop"]]
    article = {
        "lang": LANGS[0] if tokens else None, "text": whole, "text_hash": text_hash(whole),
        "n_sentences": len(told), "n_tokens": len(tokens),
        "status": STATUSES[0] if tokens else "empty",
        "error": None if tokens else "there is no text",
    }  # fmt: skip
    return {
        "articles": [article], "zones": zones, "sentences": told, "tokens": tokens,
        "mentions": mentions,
    }  # fmt: skip


@dataclass(slots=True)
class _Text:
    """A text that grows."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, piece: str) -> None:
        """Put a piece at its end.

        Args:
            piece: What follows.
        """
        self.pieces.append(piece)
        self.length += len(piece)


def _mention_row(
    mention: Mention, tokens: Sequence[Mapping[str, Any]], first: int, sentence: Sentence
) -> dict[str, Any]:
    """A row of `mentions`, but for its number and text."""
    start, stop = first + mention.start, first + mention.stop
    told = {"kind": MENTION_KINDS[0], "function": FUNCTIONS[0], **mention.told}
    return {
        **{name: told.get(name) for name in TOLD},
        "score": float(told.get("score", "nan")),
        "sentence_id": tokens[start]["sentence_id"],
        "zone": sentence.zone,
        "start": tokens[start]["start"],
        "stop": tokens[stop - 1]["stop"],
        "token_start": start,
        "token_stop": stop,
        "type": mention.type,
    }
