"""One article as a reader sees it: its zones, who is named in it, its keywords and its topics."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice, zip_longest
from typing import Any

import pandas as pd
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.jupyter import JupyterMixin
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from newsnlp.archives import Archive
from newsnlp.errors import OptionError
from newsnlp.frames import Frames
from newsnlp.pipeline import annotate
from newsnlp.sources import Source

# Black on the colours that Okabe and Ito chose for readers with any kind of colour vision:
# legible on a light and on a dark screen.
TYPE_STYLES = {"PER": "black on #56b4e9", "ORG": "black on #e69f00", "LOC": "black on #4fc79f"}
TYPE_NAMES = {"PER": "person", "ORG": "organisation", "LOC": "place"}
ZONE_STYLES = {"title": "bold", "lead": "italic", "body": "", "dateline": "", "notice": "italic"}
SET_APART = "dim"
SHOWN_FRAMES = ("articles", "zones", "mentions", "entities", "keywords", "topics")
# What the first rows of a frame are shown by.
HEADS = {
    "articles": "title day topic_label source status",
    "tags": "tag",
    "zones": "zone_id zone lang start stop",
    "sentences": "sentence_id zone_id start stop text",
    "tokens": "token_id text lemma upos feats",
    "mentions": "mention_id zone text type normal start stop",
    "entities": "name type n_mentions first_name last_name",
    "keywords": "rank keyword kind score n",
    "topics": "rank topic label score",
}
N_ROWS = 3
MAX_NAMES = 8
MAX_IDS = 5
MAX_WIDTH = 100

Row = tuple[str, RenderableType]
BLANK: Row = ("", "")


def show(source: Source | Frames | Archive, *, doc_id: str | None = None) -> ArticleView:
    """A view of one article: coloured in a terminal or a notebook, marked plain text elsewhere.

    Args:
        source: What `newsnlp.annotate` takes, the frames that it gave, or an archive.
        doc_id: Which article, where the source holds several.

    Raises:
        OptionError: There is no such article, or there are several and none is named.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate("Токаев прибыл в Минск.")  # doctest: +SKIP
        >>> newsnlp.show(frames)  # doctest: +SKIP
            topic  политика 0.62
         keywords  Токаев, Минск
        <BLANKLINE>
             body  [Токаев PER] прибыл в [Минск LOC].
    """
    if isinstance(source, Archive):
        doc_id = _chosen(source, doc_id)
        frames = source.select([doc_id])
    else:
        frames = source if isinstance(source, Frames) else annotate(source, frames=SHOWN_FRAMES)
        doc_id = _chosen(frames.articles["doc_id"].tolist(), doc_id)
    shown = [name for name in SHOWN_FRAMES if name in frames.names]
    return ArticleView({name: frames[name][frames[name]["doc_id"] == doc_id] for name in shown})


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ArticleView(JupyterMixin):
    """What `show` returns: rich prints it, a notebook shows it, and `str` is its plain text.

    Args:
        frames: Frame name -> rows of one article.
    """

    frames: Mapping[str, pd.DataFrame]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = console.color_system is not None and not console.no_color
        table = Table.grid(Column(justify="right", style="dim"), Column(ratio=1), padding=(0, 2))
        for label, cell in _rows(self.frames, coloured=coloured):
            table.add_row(label, cell)
        width = min(options.max_width, MAX_WIDTH)
        yield from console.render(table, options.update(width=width))

    def __str__(self) -> str:
        file = io.StringIO()
        Console(file=file, width=MAX_WIDTH, color_system=None).print(self)
        return "\n".join(line.rstrip() for line in file.getvalue().splitlines())

    __repr__ = __str__


def _chosen(doc_ids: Collection[str], doc_id: str | None) -> str:
    """The article to show; where there are several it has to be named."""
    if doc_id is not None and doc_id in doc_ids:
        return doc_id
    if doc_id is None and len(doc_ids) == 1:
        return next(iter(doc_ids))
    some = ", ".join(islice(doc_ids, MAX_IDS)) or "none"
    rest = f" and {len(doc_ids) - MAX_IDS} more" if len(doc_ids) > MAX_IDS else ""
    asked = "choose one article by its doc_id" if doc_id is None else f"no article is {doc_id!r}"
    raise OptionError(f"{asked}; there are {some}{rest}")


def _rows(frames: Mapping[str, pd.DataFrame], *, coloured: bool) -> Iterator[Row]:
    """Label and cell of every line of the view, from top to bottom."""
    article = frames["articles"].iloc[0]
    yield from _facts(article)
    yield from _described(frames)
    yield BLANK
    yield from _zones(article["text"], frames, coloured=coloured)
    if len(frames.get("entities", ())):
        yield BLANK
        yield "entities", _entities(frames["entities"], coloured=coloured)


def _facts(article: pd.Series[Any]) -> Iterator[Row]:
    """What came with the article, and whether it could be annotated."""
    facts = {
        "source": " · ".join(_given(article, "source", "day", "url")),
        "author": "".join(_given(article, "author")),
        "rubric": "".join(_given(article, "rubric")),
        "status": ": ".join(_given(article, "status", "error")),
    }
    for label, value in facts.items():
        if value and value != "ok":
            yield label, Text(_safe(value), style="bold" if label == "status" else "")


def _given(article: pd.Series[Any], *names: str) -> list[str]:
    return [cell for name in names if (cell := _cell(article[name]))]


def _described(frames: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    """Topics and keywords; a frame that was not computed is said to be so."""
    for name, columns in {"topics": ("label", "score"), "keywords": ("keyword",)}.items():
        if name not in frames:
            yield name, Text("not computed", style="dim")
        else:
            found = (" ".join(map(_cell, row)) for row in _values(frames[name], *columns))
            yield name, Text(_safe(", ".join(found)) or "none found")


def _zones(text: object, frames: Mapping[str, pd.DataFrame], *, coloured: bool) -> Iterator[Row]:
    """The text by zone, its mentions marked; where no zones were computed, all of it as one."""
    if not isinstance(text, str):
        yield "text", Text("none")
        return
    zones = [("text", 0, len(text))]
    if "zones" in frames:
        zones = list(_values(frames["zones"], "zone", "start", "stop"))
    mentions = []
    if "mentions" in frames:
        mentions = _flat(list(_values(frames["mentions"], "type", "start", "stop")))
    last, last_stop = "", 0
    for zone, start, stop in zones:
        if last and "\n" in text[last_stop:start]:
            yield BLANK
        inside = [mention for mention in mentions if start <= mention[1] < stop]
        cell = _marked(text, start, stop, inside, coloured=coloured)
        cell.style = ZONE_STYLES.get(zone, SET_APART)
        yield "" if zone == last else zone, cell
        last, last_stop = zone, stop
    if coloured and mentions:
        legend = [Text(f" {name} ", style=TYPE_STYLES[type_]) for type_, name in TYPE_NAMES.items()]
        yield BLANK
        yield "colours", Text(" ").join(legend)


def _values(table: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    yield from table[list(columns)].itertuples(index=False, name=None)


def _flat(mentions: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Mentions without those that hold another one: «лидера Казахстана»."""
    following = [start for _, start, _ in mentions[1:]]
    return [
        mention
        for mention, start in zip_longest(mentions, following)
        if start is None or start >= mention[2]
    ]


def _by_mentions(entities: pd.DataFrame) -> pd.DataFrame:
    return entities.sort_values("n_mentions", ascending=False, kind="stable")


def _marked(
    text: str, start: int, stop: int, mentions: list[tuple[str, int, int]], *, coloured: bool
) -> Text:
    """A stretch of the text: mentions in the colour of their type, or in brackets with its name."""
    marked = Text()
    for type_, mention_start, mention_stop in mentions:
        marked.append(_safe(text[start:mention_start]))
        mention = _safe(text[mention_start:mention_stop])
        if coloured:
            marked.append(mention, style=TYPE_STYLES[type_])
        else:
            marked.append(f"[{mention} {type_}]")
        start = mention_stop
    return marked.append(_safe(text[start:stop]))


def _entities(entities: pd.DataFrame, *, coloured: bool) -> Table:
    table = Table("name", "type", Column("n", justify="right"), box=None, padding=(0, 2, 0, 0))
    for name, type_, n in _values(_by_mentions(entities), "name", "type", "n_mentions"):
        table.add_row(
            Text(_safe(name)), Text(type_, TYPE_STYLES[type_] if coloured else ""), str(n)
        )
    return table


@cache
def _controls() -> dict[int, str]:
    """Control characters that a terminal would obey: none of them may come from an article."""
    controls = (code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc")
    return dict.fromkeys(controls, "\ufffd") | {ord("\n"): "\n", ord("\t"): " ", ord("\r"): "\n"}


def _safe(text: str) -> str:
    return text.replace("\r\n", "\n").translate(_controls())


def overview(frames: Frames) -> Iterator[RenderableType]:
    """Articles in short, then the first rows of every frame, for a first look at results.

    Args:
        frames: Few articles with all frames.
    """
    for doc_id, title, topic in _values(frames.articles, "doc_id", "title", "topic_label"):
        entities = frames.entities[frames.entities["doc_id"] == doc_id]
        keywords = frames.keywords[frames.keywords["doc_id"] == doc_id]
        names = _values(_by_mentions(entities).head(MAX_NAMES), "name", "type")
        lines = {
            "topic": _cell(topic) or "none found",
            "entities": ", ".join(f"{name} ({type_})" for name, type_ in names),
            "keywords": ", ".join(keywords["keyword"]),
        }
        yield Text(_safe(_cell(title) or doc_id), style="bold")
        yield Padding(grid(lines), (0, 0, 1, 2))
    for name in frames:
        table = frames[name]
        yield Text.assemble((name, "bold"), f"  {len(table)} rows, {len(table.columns)} columns")
        yield Padding(_head(table[HEADS[name].split()].head(N_ROWS)), (0, 0, 1, 2))


def grid(lines: Mapping[str, str]) -> Table:
    """Names and values, one a line.

    Args:
        lines: Value by name.
    """
    table = Table.grid(
        Column(style="dim", no_wrap=True), Column(overflow="fold"), padding=(0, 2, 0, 0)
    )
    for name, value in lines.items():
        table.add_row(name, Text(_safe(value)))
    return table


def _head(rows: pd.DataFrame) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False)
    for column in rows.columns:
        table.add_column(column, no_wrap=True, overflow="ellipsis", max_width=40)
    for row in _values(rows, *rows.columns):
        table.add_row(*(Text(_safe(_cell(value))) for value in row))
    return table


def _cell(value: Any) -> str:
    """A value as a table shows it: a missing one as nothing, a score with two digits."""
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
