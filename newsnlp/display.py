"""One article as a reader sees it: its zones, who is named in it, its keywords and its topics."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pandas as pd
import rich
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from newsnlp.archives import Archive
from newsnlp.article_views import article_html
from newsnlp.errors import OptionError
from newsnlp.frames import Frames
from newsnlp.marks import WHOLE, Piece, by_mentions, marked_zones, rows_of
from newsnlp.pipeline import annotate
from newsnlp.rendering import TYPE_COLOURS, TYPE_NAMES, cell, safe
from newsnlp.sources import Source
from newsnlp.wording import noun

TYPE_STYLES = {type_: f"black on {colour}" for type_, colour in TYPE_COLOURS.items()}
ZONE_STYLES = {
    "title": "bold", "lead": "italic", "body": "", "dateline": "", "notice": "italic", WHOLE: "",
}  # fmt: skip
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


def show(source: Source | Frames | Archive, *, doc_id: str | int | None = None) -> ArticleView:
    """A view of one article: HTML in a notebook, coloured in a terminal, else marked plain text.

    Args:
        source: What `newsnlp.annotate` takes, the frames that it gave, or an archive.
        doc_id: Which article, where the source holds several.

    Returns:
        A view that a notebook shows, `rich.print` prints and `str` turns into plain text.

    Raises:
        OptionError: There is no such article, or there are several and none is named.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate("Токаев прибыл в Минск на саммит ОДКБ.", frames=["mentions"])
        >>> newsnlp.show(frames)
          topics  not computed
        keywords  not computed
        <BLANKLINE>
            text  [Токаев PER] прибыл в [Минск LOC] на саммит [ОДКБ ORG].
        <BLANKLINE>
           zones  not computed
        entities  not computed
    """
    doc_id = None if doc_id is None else str(doc_id)
    if isinstance(source, Archive):
        doc_id = _chosen(source, doc_id)
        frames = source.select([doc_id])
    else:
        frames = source if isinstance(source, Frames) else annotate(source, frames=SHOWN_FRAMES)
        doc_id = _chosen(frames.articles["doc_id"].tolist(), doc_id)
    shown = [name for name in SHOWN_FRAMES if name in frames.names]
    return ArticleView({name: frames[name][frames[name]["doc_id"] == doc_id] for name in shown})


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ArticleView:
    """What `show` returns: rich prints it, a notebook shows it, and `str` is its plain text.

    Args:
        frames: Frame name -> rows of one article.
    """

    frames: Mapping[str, pd.DataFrame]

    def _repr_html_(self) -> str:
        return article_html(self.frames)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        # IPython asks for this: its terminal shows colours, a saved notebook keeps plain text.
        console = rich.get_console()
        if console.is_jupyter or not console.is_terminal:
            printer.text(str(self))
            return
        with console.capture() as captured:
            console.print(self)
        printer.text(captured.get().rstrip("\n"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        coloured = console.color_system is not None and not console.no_color
        table = Table.grid(Column(justify="right", style="dim"), Column(ratio=1), padding=(0, 2))
        for row in _rows(self.frames, coloured=coloured):
            table.add_row(*row)
        width = min(options.max_width, MAX_WIDTH)
        yield from console.render(table, options.update(width=width))

    def __str__(self) -> str:
        file = io.StringIO()
        console = Console(file=file, width=MAX_WIDTH, color_system=None, force_jupyter=False)
        console.print(self)
        return "\n".join(line.rstrip() for line in file.getvalue().splitlines())

    __repr__ = __str__


def _chosen(doc_ids: Collection[str], doc_id: str | None) -> str:
    """The article to show; where there are several it has to be named."""
    if doc_id is not None and doc_id in doc_ids:
        return doc_id
    if doc_id is None and len(doc_ids) == 1:
        return next(iter(doc_ids))
    asked = "choose one article" if doc_id is None else f"no article is {doc_id!r}"
    some = list(islice(doc_ids, MAX_IDS))
    if not some:
        raise OptionError(f"{asked}; there are none")
    rest = f" and {len(doc_ids) - MAX_IDS} more" if len(doc_ids) > MAX_IDS else ""
    raise OptionError(
        f"{asked}; there are {', '.join(some)}{rest}: "
        f"show(…, doc_id={some[0]!r}) (on the command line: --doc {some[0]})"
    )


def _rows(frames: Mapping[str, pd.DataFrame], *, coloured: bool) -> Iterator[Row]:
    """Label and cell of every line of the view, from top to bottom."""
    article = frames["articles"].iloc[0]
    yield from _facts(article)
    yield from _described(frames)
    yield BLANK
    yield from _zones(frames, coloured=coloured)
    named: list[Row] = [
        (name, _not_computed()) for name in ("zones", "mentions", "entities") if name not in frames
    ]
    if len(frames.get("entities", ())):
        named.append(("entities", _entities(frames["entities"], coloured=coloured)))
    yield from (BLANK, *named) if named else ()


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
            yield label, Text(safe(value), style="bold" if label == "status" else "")


def _given(article: pd.Series[Any], *names: str) -> list[str]:
    return [value for name in names if (value := cell(article[name]))]


def _described(frames: Mapping[str, pd.DataFrame]) -> Iterator[Row]:
    """Topics and keywords; a frame that was not computed is said to be so."""
    for name, columns in {"topics": ("label", "score"), "keywords": ("keyword",)}.items():
        if name not in frames:
            yield name, _not_computed()
        else:
            found = (" ".join(map(cell, row)) for row in rows_of(frames[name], *columns))
            yield name, Text(safe(", ".join(found)) or "none found")


def _not_computed() -> Text:
    return Text("not computed", style="dim")


def _zones(frames: Mapping[str, pd.DataFrame], *, coloured: bool) -> Iterator[Row]:
    """The text by zone, its mentions marked."""
    last = ""
    for zone in marked_zones(frames):
        if last and zone.own_line:
            yield BLANK
        text = _marked(zone.pieces, coloured=coloured)
        text.style = ZONE_STYLES.get(zone.kind, SET_APART)
        yield "" if zone.kind == last else zone.kind, text
        last = zone.kind
    if not last:
        yield WHOLE, Text("none")
    if coloured and len(frames.get("mentions", ())):
        legend = [Text(f" {name} ", style=TYPE_STYLES[type_]) for type_, name in TYPE_NAMES.items()]
        yield BLANK
        yield "colours", Text(" ").join(legend)


def _marked(pieces: Iterable[Piece], *, coloured: bool) -> Text:
    """Text with its mentions in the colour of their type, or in brackets with its name."""
    text = Text()
    for piece in pieces:
        if isinstance(piece, str):
            text.append(safe(piece))
            continue
        inside, type_ = _marked(piece.pieces, coloured=coloured), piece.mention.type
        if coloured:
            inside.style = TYPE_STYLES[type_]
            text.append(inside)
        else:
            text.append(Text.assemble("[", inside, f" {type_}]"))
    return text


def _entities(entities: pd.DataFrame, *, coloured: bool) -> Table:
    table = Table("name", "type", Column("n", justify="right"), box=None, padding=(0, 2, 0, 0))
    for name, type_, n in rows_of(by_mentions(entities), "name", "type", "n_mentions"):
        table.add_row(Text(safe(name)), Text(type_, TYPE_STYLES[type_] if coloured else ""), str(n))
    return table


def overview(frames: Frames) -> Iterator[RenderableType]:
    """Articles in short, then the first rows of every frame, for a first look at results.

    Args:
        frames: Few articles with all frames.
    """
    for doc_id, title, topic in rows_of(frames.articles, "doc_id", "title", "topic_label"):
        entities = frames.entities[frames.entities["doc_id"] == doc_id]
        keywords = frames.keywords[frames.keywords["doc_id"] == doc_id]
        names = rows_of(by_mentions(entities).head(MAX_NAMES), "name", "type")
        lines = {
            "topic": cell(topic) or "none found",
            "entities": ", ".join(f"{name} ({type_})" for name, type_ in names),
            "keywords": ", ".join(keywords["keyword"]),
        }
        yield Text(safe(cell(title) or doc_id), style="bold")
        yield Padding(grid(lines), (0, 0, 1, 2))
    for name in frames:
        table = frames[name]
        rows = f"{len(table)} {noun(len(table), 'row')}"
        yield Text.assemble((name, "bold"), f"  {rows}, {len(table.columns)} columns")
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
        table.add_row(name, Text(safe(value)))
    return table


def _head(rows: pd.DataFrame) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), pad_edge=False)
    for column in rows.columns:
        table.add_column(column, no_wrap=True, overflow="ellipsis", max_width=40)
    for row in rows_of(rows, *rows.columns):
        table.add_row(*(Text(safe(cell(value))) for value in row))
    return table
