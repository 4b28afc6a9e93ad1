"""The command line `newsnlp`: a thin layer over the library.

Exit status: 0 every article is ok, empty or not Russian; 1 some failed or were too long, a file
or line could not be read (`--fail-on` says which count), or an error ended the run; 2 wrong usage;
3 nothing was read; 130 interrupted.
"""

from __future__ import annotations

import os
import platform
import sys
from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import as_file, files
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from rich.console import Console, RenderableType

import newsnlp
from newsnlp.article import ARTICLE_FIELDS
from newsnlp.errors import (
    ArchiveError,
    NewsNLPError,
    OptionError,
    ReadError,
    UnknownColumnsError,
)
from newsnlp.schema import BAD_STATUSES, FRAMES
from newsnlp.wording import noun

if TYPE_CHECKING:
    import pandas as pd

    from newsnlp.archives import Archive
    from newsnlp.article import Article
    from newsnlp.fields import Columns
    from newsnlp.limits import Limits
    from newsnlp.pipeline import Annotator
    from newsnlp.rejects import Inputs
    from newsnlp.runs import Progress, Share, Summary

OK, FAILED, USAGE, NOTHING_READ, INTERRUPTED = 0, 1, 2, 3, 130
ERROR_EXITS = {OptionError: USAGE, ReadError: NOTHING_READ}
# What makes a run fail: failed articles, rejected lines, changed texts that are not stored.
FAIL_ON: Mapping[str, Callable[[bool, bool, bool], bool]] = {
    "any": lambda failed, rejected, changed: failed or rejected or changed,
    "failed": lambda failed, rejected, changed: failed,
    "rejected": lambda failed, rejected, changed: rejected,
    "never": lambda failed, rejected, changed: False,
}
RETRY_OPTIONS = (
    "layout", "timezone", "fetched", "top_k", "min_score", "tags", "topics", "register", "surnames",
    "roles", "max_length",
)  # fmt: skip
STDIN = "-"
PAGE_ENDINGS = (".html", ".htm")
MAX_IDS = 5
MAX_VALUES = 3
MAX_NAME = 24  # characters of a topic in a table that is too wide
WIDTH = 100  # of what is not a terminal
DEPENDENCIES = (
    "pandas", "numpy", "pyarrow", "pymorphy3", "pymorphy3-dicts-ru", "razdel", "loky",
)  # fmt: skip

CSV_FOR_EXCEL = "CSV for Excel: ; between columns, formulas made harmless"

ABOUT = """\
Reads Russian news: articles in, tidy frames out.

examples:
  newsnlp annotate --example               a few bundled articles, with what is found in them
  newsnlp annotate --example -o example    many more: a made-up archive of three months
  newsnlp annotate news/ -o archive        a folder of articles into an archive of Parquet files
  newsnlp show article.txt                 one article, marked
  newsnlp COMMAND --help                   options and examples of a command

exit status:
  0 every article is ok, empty or not Russian; 1 some failed or could not be read;
  2 wrong usage; 3 nothing was read; 130 interrupted
"""
NEXT_STEPS = """\
The same in Python:

    import newsnlp
    frames = newsnlp.annotate("Касым-Жомарт Токаев прибыл в Минск.")
    frames.entities
"""
ABOUT_ANNOTATE = """\
Annotate articles from files into an archive: ARCHIVE/part=*/FRAME.parquet. Read are .txt, .html,
.jsonl, .json, .csv, .tsv, .xlsx, .parquet and .warc, also compressed (.gz, .bz2, .xz, .zst) and in
.zip and .tar. Articles that the archive has already, by doc_id, are skipped: the same
command goes on where it was stopped. Ctrl-C ends a run after the batches at work, a second one at
once.

examples:
  newsnlp annotate --example
  newsnlp annotate --example -o example
  newsnlp annotate news.jsonl.gz -o archive
  newsnlp annotate news.csv more/ -o archive --columns text=content,title=head
  newsnlp annotate pages/ -o archive --layout page --fetched 2024-03-14T09:30+03:00
  newsnlp annotate news.jsonl -o archive --frames mentions,entities
  newsnlp annotate news.jsonl.gz -o archive --workers 4
  newsnlp annotate news.jsonl.gz -o archive --update    articles with another text now, too
  newsnlp annotate news/ -o archive --sample 0.01       every hundredth, the same ones each time
  newsnlp annotate news/ -o /shared/archive --scheduler tcp://10.0.0.1:8786
  newsnlp annotate news.jsonl.gz -o archive --topics my.topics
  newsnlp annotate 'news/**/*.jsonl.zst' pages.tar.gz -o archive
  cat article.txt | newsnlp annotate - -o archive
  zcat news.jsonl.gz | newsnlp annotate - --format jsonl -o archive
"""
ABOUT_COMPACT = """\
Merge the small parts of an archive into larger ones; it can be read meanwhile.

example:
  newsnlp compact archive
"""
ABOUT_RETRY = """\
Read again the files in which something could not be read, and annotate again the articles that
failed or were too long, with the archive's own options. What is mended is no reject any more.

examples:
  newsnlp retry archive
  newsnlp retry archive news/2024-03.jsonl       only this file
"""
ABOUT_SHOW = """\
Show one article with its zones, names, keywords and topics: coloured on a terminal.

examples:
  newsnlp show article.txt
  newsnlp show news.jsonl --doc https://example.com/news/1
  newsnlp show archive --doc https://example.com/news/1
  cat article.txt | newsnlp show -
"""
ABOUT_EVALUATE = """\
Annotate gold data and score the result.

examples:
  newsnlp evaluate ner gold.jsonl.gz       JSON lines: id, text, entities [[start, stop, type]]
  newsnlp evaluate normal gold.jsonl.gz    the same with gold forms: [start, stop, type, form]
  newsnlp evaluate keywords news.jsonl     articles with their editors' tags
  newsnlp evaluate topics lenta.jsonl      articles with rubrics; rubric_topics.tsv beside them
  newsnlp evaluate lemma gold.conllu       a treebank of Universal Dependencies
"""
ABOUT_KEYWORDS = """\
Learn from articles with tags which tags a new article supports, spelled there or not.

examples:
  newsnlp keywords train tagged.jsonl.gz -o my.keywords
  newsnlp annotate news.jsonl.gz -o archive --tags my.keywords

Needs scikit-learn: pip install "newsnlp[train]"
"""
ABOUT_TOPICS = """\
Learn topics of your own from articles whose rubric, or another column, names theirs.

examples:
  newsnlp topics train labelled.csv -o my.topics
  newsnlp topics train labelled.csv -o my.topics --columns rubric=my_label
  newsnlp annotate news.jsonl.gz -o archive --topics my.topics

Where no article is labelled, seed words do, in TOML (or CSV with columns of these names):
  newsnlp annotate news.jsonl.gz -o archive --topics subjects.toml

subjects.toml:
  [[topic]]
  name = "Хлопок"
  seeds = ["хлопок", "пряжа", "ткань"]
  [[topic]]
  name = "Вода"
  seeds = ["водохранилище", "орошение", "полив"]

Training needs scikit-learn: pip install "newsnlp[train]"
"""
ABOUT_QUERY = """\
Ask an archive in SQL; the frames are tables by their names. The archive is only read.
Ten useful queries: docs/guide/exports.md

examples:
  newsnlp query archive "SELECT day, source, count(*) FROM articles GROUP BY ALL"
  newsnlp query archive --file question.sql --rows all
  newsnlp query archive "SELECT * FROM entities" -o entities.parquet
  newsnlp query archive "SELECT title, day FROM articles" --excel -o articles.csv
  cat question.sql | newsnlp query archive - --csv

--excel is for Excel with a decimal comma: columns parted by ;, a byte order mark, and text that
would be taken for a formula with an apostrophe before it.

Needs DuckDB: pip install "newsnlp[sql]"
"""
ABOUT_EXPORT = """\
Write an archive for other programs: its frames as files, or one JSON object an article.

examples:
  newsnlp export archive -o folder                    folder/articles.csv, folder/entities.csv, …
  newsnlp export archive -o folder --excel            for Excel with a decimal comma
  newsnlp export archive -o folder --format parquet --frames entities,mentions
  newsnlp export archive -o articles.jsonl.gz --nested
  newsnlp export archive -o - --nested --frames entities | head -1
"""
ABOUT_REPORT = """\
Write one page to explore an archive with, in Russian: articles by day, topic and outlet, people,
organisations and places with what stands together with them, texts with names marked, and CSV of
what is filtered. A browser opens it without a network. Full texts are in it of the newest articles
that fit, and of the others the sentences that name somebody or something.

examples:
  newsnlp report archive -o report.html
  newsnlp report archive -o report.html --title "Новости марта"
  newsnlp report archive -o small.html --max-size 5M
"""
ABOUT_INFO = """\
Versions, models with their hashes, and threads: for a bug report or a paper.

example:
  newsnlp info
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Args:
        argv: Arguments without the program's name; by default those of the process.
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or OK)
    console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    try:
        return int(arguments.run(arguments, console))
    except KeyboardInterrupt:
        console.print("newsnlp: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has what it wanted; nothing may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except NewsNLPError as error:
        if arguments.debug:
            raise
        console.print(f"newsnlp: {error}")
        return next((code for kind, code in ERROR_EXITS.items() if isinstance(error, kind)), FAILED)


def _annotate(arguments: Namespace, console: Console) -> int:
    if bool(arguments.paths) == arguments.example:
        raise OptionError("name files or folders to annotate, or else --example")
    if not (arguments.output or arguments.example):
        raise OptionError("name the archive to write: -o ARCHIVE")
    if arguments.frames and not arguments.output:
        raise OptionError("--frames says what an archive stores: name it with -o ARCHIVE")
    reading = _reading(arguments, console, tell_columns=not (arguments.example or arguments.quiet))
    bundled = _examples(few=not arguments.output) if arguments.example else None
    with bundled or nullcontext(arguments.paths) as paths:
        articles = _chosen(reading.articles(paths), arguments)
        if not arguments.output:
            from newsnlp.display import overview  # noqa: PLC0415

            _write(*overview(_annotator(arguments).annotate(articles)), NEXT_STEPS)
            return OK
        archive = newsnlp.Archive(arguments.output)
        if arguments.example:
            _check_made_up(archive)
        reading.inputs, reading.archive = _inputs(paths, arguments), arguments.output
        reading.has_archive = newsnlp.Archive.is_at(arguments.output)
        summary = _fill(archive, articles, reading, arguments, console)
    if not arguments.quiet:
        _report(summary, reading.n_broken, console)
        _report_repaired(reading.n_repaired, console)
    elif summary.n_changed:
        n = summary.n_changed
        texts, them = noun(n, "text has", "texts have"), noun(n, "it", "them")
        console.print(f"newsnlp: {n} {texts} changed: --update stores {them}")
    if summary.n_articles + summary.n_updated + summary.n_skipped == 0:
        console.print("newsnlp: nothing was read: no article in what is named")
        return NOTHING_READ
    failed, rejected = bool(summary.n_bad), bool(reading.n_broken)
    return FAILED if FAIL_ON[arguments.fail_on](failed, rejected, bool(summary.n_changed)) else OK


def _check_made_up(archive: Archive) -> None:
    """Refuse to mix what is made up with what is not: nothing would tell them apart.

    Raises:
        OptionError: The archive holds other articles than the bundled ones.
    """
    if len(archive) and set(archive) - {each.doc_id for each in newsnlp.example_articles()}:
        raise OptionError(
            f"-o {archive.path} holds other articles than those of --example, which are made up: "
            "name another one"
        )


def _chosen(articles: Iterator[Article], arguments: Namespace) -> Iterator[Article]:
    """A sample of the articles, or the first of them."""
    if arguments.sample is not None:
        from newsnlp.runs import sampled  # noqa: PLC0415

        articles = sampled(articles, arguments.sample, seed=arguments.seed)
    return articles if arguments.limit is None else islice(articles, arguments.limit)


def _inputs(paths: Sequence[str | Path], arguments: Namespace) -> Inputs:
    from newsnlp.rejects import Inputs  # noqa: PLC0415

    # The bundled examples may lie in a folder that is gone after the run.
    named = () if arguments.example else [path for path in paths if path != STDIN]
    return replace(Inputs.of(named, arguments.columns), has_stream=STDIN in paths)


def _fill(
    archive: Archive,
    articles: Iterator[Article],
    reading: _Reading,
    arguments: Namespace,
    console: Console,
) -> Summary:
    """Annotate into an archive; an interrupted run says what it leaves."""
    from newsnlp.runs import Share  # noqa: PLC0415

    named = [Path(path) for path in arguments.paths if path != STDIN]
    share = Share(named, arguments.limit)
    with ExitStack() as stack:
        stack.enter_context(_told_how_to_go_on(archive, console))
        work = None
        if arguments.scheduler:
            from newsnlp import distributed  # noqa: PLC0415

            client = stack.enter_context(distributed.connected(arguments.scheduler))
            work = partial(distributed.on_workers, client)
        summary = archive.annotate(
            share.watch(articles),
            annotator=_annotator(arguments),
            frames=arguments.frames,
            on_duplicate=arguments.on_duplicate,
            batch_size=arguments.batch_size,
            processes=arguments.workers,
            update=arguments.update,
            inputs=reading.inputs,
            work=work,
            progress=stack.enter_context(_progress(arguments, console, share)),
            on_stop=_say_stopping,
        )
    if archive.manifest and not arguments.quiet:
        console.print(f"{archive.path}: {_articles(len(archive))}")
    return summary


@contextmanager
def _told_how_to_go_on(archive: Archive, console: Console) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        n_stored = len(newsnlp.Archive(archive.path))
        console.print(
            f"{_articles(n_stored)} {noun(n_stored, 'is', 'are')} stored in {archive.path}; "
            "the same command goes on from there"
        )
        raise


@contextmanager
def _progress(
    arguments: Namespace, console: Console, share: Share | None = None
) -> Iterator[Progress | None]:
    """A moving line on a terminal, one now and then elsewhere."""
    from newsnlp.runs import shown  # noqa: PLC0415

    if arguments.quiet:
        yield None
        return
    with shown(share=share or (lambda: None), console=console) as progress:
        yield progress


def _say_stopping() -> None:
    """Written past rich, which may be at work on its own line when the signal comes."""
    os.write(2, b"\nnewsnlp: ending after the batches at work; Ctrl-C again stops at once\n")


def _report(summary: Summary, n_broken: int, console: Console) -> None:
    """What a run did: on standard error, so that a pipe stays clean."""
    from newsnlp.runs import line  # noqa: PLC0415

    console.print(f"{line(summary)}; {summary.seconds:.1f} seconds in all")
    counts = {
        **summary.statuses,
        "annotated again": summary.n_updated,
        "stored before": summary.n_skipped,
        "of them with another text now, which is not stored; --update does": summary.n_changed,
        f"of them failed or {noun(summary.n_bad_before, 'was', 'were')} too long then; "
        "--update or newsnlp retry": summary.n_bad_before,
        "without a date": summary.n_undated - summary.n_unread_dates,
        f"with a date that could not be read, such as {summary.unread_date}": (
            summary.n_unread_dates
        ),
        f"{_files_or_lines(n_broken)} that could not be read, named above": n_broken,
    }
    for what, n in counts.items():
        if n:
            console.print(f"{n:>9} {what}")


def _archive_to_read(arguments: Namespace) -> Archive:
    """The archive that is asked for: who only reads has no use for an empty folder.

    Raises:
        ArchiveError: There is none.
    """
    if not newsnlp.Archive.is_at(arguments.archive):
        raise ArchiveError(
            f"there is no archive at {arguments.archive}: name the folder that "
            "newsnlp annotate … -o made"
        )
    return newsnlp.Archive(arguments.archive)


def _compact(arguments: Namespace, console: Console) -> int:
    archive = _archive_to_read(arguments)
    before, after = archive.compact()
    console.print(f"{archive.path}: {before} {noun(before, 'part')} before, {after} now")
    return OK


def _retry(arguments: Namespace, console: Console) -> int:
    from newsnlp.rejects import of_stream  # noqa: PLC0415

    archive = _archive_to_read(arguments)
    options = {name: getattr(arguments, name) for name in RETRY_OPTIONS}
    given = {name: value for name, value in options.items() if value is not None}
    with ExitStack() as stack:
        stack.enter_context(_told_how_to_go_on(archive, console))
        summary = archive.retry(
            arguments.paths,
            annotator=archive.annotator(**given),
            columns=arguments.columns,
            limits=_limits(arguments),
            batch_size=arguments.batch_size,
            processes=arguments.workers,
            progress=stack.enter_context(_progress(arguments, console)),
            on_stop=_say_stopping,
        )
    counts, rejects = archive.counts, archive.rejects()
    is_of_stream = of_stream(rejects)
    n_of_stream, rejects = int(is_of_stream.sum()), rejects[~is_of_stream]
    if not arguments.quiet:
        added = f"{_articles(summary.n_articles)} added"
        console.print(f"{added}, {summary.n_updated} annotated again")
        for reason in rejects["reason"].head(MAX_IDS):
            console.print(f"newsnlp: {reason}")
    left = {status: counts.get(status, 0) for status in BAD_STATUSES} | {
        f"{_files_or_lines(len(rejects))} that cannot be read": len(rejects)
    }
    for what, n in left.items():
        if n:
            console.print(f"{n:>9} {what}, left")
    if n_of_stream:
        console.print(
            f"{n_of_stream:>9} of standard input, which cannot be read again: give it once more to "
            f"newsnlp annotate - -o {archive.path}"
        )
    return FAILED if any(left.values()) else OK


def _articles(n: int) -> str:
    return f"{n} {noun(n, 'article')}"


def _files_or_lines(n: int) -> str:
    return noun(n, "file or line", "files or lines")


def _report_repaired(n_repaired: int, console: Console) -> None:
    if n_repaired:
        articles = noun(n_repaired, "article")
        console.print(f"{n_repaired:>9} {articles} with a text that was decoded wrongly, repaired")


def _show(arguments: Namespace, console: Console) -> int:
    if arguments.path != STDIN and newsnlp.Archive.is_at(arguments.path):
        _write(newsnlp.show(newsnlp.Archive(arguments.path), doc_id=arguments.doc))
        return OK
    articles = _reading(arguments, console).articles([arguments.path])
    article = _find(articles, arguments.doc)
    if article is None:
        hint = "; an archive is the folder that newsnlp annotate … -o made"
        where = f"{arguments.path}{hint if Path(arguments.path).is_dir() else ''}"
        console.print(f"newsnlp: nothing was read: no article in {where}")
        return NOTHING_READ
    # A stream takes an article that is none as a row that says so.
    frames = next(_annotator(arguments).stream([article]))
    _write(newsnlp.show(frames))
    return FAILED if frames.articles["status"].iloc[0] in BAD_STATUSES else OK


def _find(articles: Iterator[Article], doc_id: str | None) -> Article | None:
    """The article of an id, or the only one that there is; None where there is none at all."""
    if doc_id is not None:
        found = next((article for article in articles if article.doc_id == doc_id), None)
        if found is None:
            raise OptionError(f"no article is {doc_id!r}; leave --doc out to see some ids")
        return found
    some = list(islice(articles, MAX_IDS + 1))
    if len(some) > 1:
        ids = ", ".join(str(article.doc_id) for article in some[:MAX_IDS])
        more = " and more" if len(some) > MAX_IDS else ""
        raise OptionError(f"choose one article with --doc ID; there are {ids}{more}")
    return some[0] if some else None


def _evaluate(arguments: Namespace, console: Console) -> int:
    from newsnlp.scoring import evaluate  # noqa: PLC0415

    scores = evaluate(arguments.task, arguments.data)
    _write(scores.to_string(index=False, float_format="{:.4f}".format))
    return OK


def _train_keywords(arguments: Namespace, console: Console) -> int:
    from newsnlp.tag_training import learn_tags  # noqa: PLC0415

    _check_output(arguments.output, arguments.paths)
    reading = _reading(arguments, console, tell_columns=True)
    learnt = learn_tags(
        _at_least_one(reading.articles(arguments.paths)),
        newsnlp.Annotator(
            layout=arguments.layout,
            register=arguments.register,
            surnames=arguments.surnames,
        ),
        min_articles=arguments.min_articles,
    )
    _save(learnt.tags.save, arguments.output)
    _write(learnt.scores.to_string(index=False, float_format="{:.4f}".format))
    n_tags = len(learnt.tags.tags)
    console.print(f"{arguments.output}: {n_tags} {noun(n_tags, 'tag')}")
    return FAILED if reading.n_broken else OK


def _train_topics(arguments: Namespace, console: Console) -> int:
    _check_output(arguments.output, arguments.paths)
    from newsnlp.topic_training import MIN_SCORE, learn_topics  # noqa: PLC0415

    reading = _reading(arguments, console, tell_columns=True)
    learnt = learn_topics(
        _at_least_one(reading.articles(arguments.paths)),
        layout=arguments.layout,
        min_articles=arguments.min_articles,
        min_score=MIN_SCORE if arguments.min_score is None else arguments.min_score,
    )
    _save(learnt.model.save, arguments.output)
    tables = (
        table.to_string(index=False, float_format="{:.4f}".format, line_width=_width())
        for table in (learnt.summary, learnt.scores)
    )
    _write("\n\n".join([*tables, _confusion(learnt.confusion, _width())]))
    n_topics = len(learnt.model.topics)
    console.print(f"{arguments.output}: {n_topics} {noun(n_topics, 'topic')}")
    if left_out := [f"{topic} {n}" for topic, n in learnt.left_out.items()]:
        few = f"{len(left_out)} left out, of under {arguments.min_articles} articles"
        console.print(f"{few}: {', '.join(left_out)}")
    return FAILED if reading.n_broken else OK


def _confusion(counts: pd.DataFrame, width: int) -> str:
    """Articles by topic (rows) and given topic; its names are numbers where they are too wide."""
    table = counts.map(lambda n: str(n or "·"))
    text: str = table.to_string()
    if len(text.partition("\n")[0]) <= width:
        return text
    names = [f"{number:>3} {_short(name)}" for number, name in enumerate(table.index, start=1)]
    table = table.set_axis(names).set_axis([*range(1, len(names) + 1), "none"], axis="columns")
    numbered = table.rename_axis(index="topic", columns="given")
    return str(numbered.to_string(line_width=width))


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


def _check_output(path: Path, inputs: Sequence[str]) -> None:
    """Whether a file can be written is best known before the work.

    Raises:
        OptionError: There is no such folder, a folder is in its place, or it is an input.
    """
    place = path.resolve()
    for given in (Path(each).resolve() for each in inputs if each != STDIN):
        if path.exists() and (place == given or given in place.parents):
            raise OptionError(f"-o {path} would overwrite what is read: name another file")
    if not path.parent.is_dir():
        raise OptionError(f"-o {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise OptionError(f"-o {path} is a folder: name a file in it")


def _save(save: Callable[[IO[bytes]], None], path: Path) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            with temporary.open("wb") as file:
                save(file)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OptionError(f"-o {path} cannot be written: {error}") from error


def _at_least_one(articles: Iterator[Article]) -> Iterator[Article]:
    """The articles.

    Raises:
        ReadError: There is none.
    """
    some = list(islice(articles, 1))
    if not some:
        raise ReadError("nothing was read: no article in what is named")
    return chain(some, articles)


def _query(arguments: Namespace, console: Console) -> int:
    from newsnlp import exports, queries  # noqa: PLC0415

    query = _query_text(arguments)
    kind, output = arguments.kind, arguments.output
    if kind is None and output is not None:
        kind = {".csv": "csv", ".parquet": "parquet"}.get(Path(output).suffix)
        if kind is None:
            raise OptionError(f"-o {output}: say what to write: --csv, --excel or --parquet")
    if kind == "parquet" and output is None:
        raise OptionError("--parquet is not for a terminal: name a file with -o FILE")
    archive = _archive_to_read(arguments)
    with queries.answered(archive, query, threads=arguments.threads) as answer:
        if kind is None:
            shown = exports.printed(answer, max_rows=arguments.rows, width=_width())
            _write(shown.table)
            for note in shown.notes:
                console.print(note)
            return OK
        write = {
            "csv": exports.write_csv,
            "excel": exports.write_excel,
            "parquet": exports.write_parquet,
        }[kind]
        with exports.written(STDIN if output is None else output) as file:
            write(answer, file)
    return OK


def _query_text(arguments: Namespace) -> str:
    """The query that is given, in a file or on standard input.

    Raises:
        OptionError: There is none, there are two, or it cannot be read.
    """
    given, file = arguments.query, arguments.file
    if (given is None) == (file is None):
        raise OptionError('give one query: "SELECT …", - for standard input, or --file FILE')
    if given not in (None, STDIN):
        return str(given)
    try:
        data = sys.stdin.buffer.read() if file is None else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        where = "standard input" if file is None else f"--file {file}"
        raise OptionError(f"{where} cannot be read: {error}; it takes SQL in UTF-8") from error


def _export(arguments: Namespace, console: Console) -> int:
    from newsnlp import exports  # noqa: PLC0415

    archive = _archive_to_read(arguments)
    if arguments.nested:
        if arguments.format is not None:
            raise OptionError("--nested writes JSON lines: leave --format out")
        if arguments.excel:
            raise OptionError("--nested writes JSON lines: leave --excel out")
        articles = exports.nested(archive, arguments.frames)
        n_articles = 0
        with exports.written(arguments.output) as file:
            for article in articles:
                file.write(exports.json_line(article))
                n_articles += 1
        console.print(f"{arguments.output}: {_articles(n_articles)}")
        return OK
    if arguments.excel and arguments.format == "parquet":
        raise OptionError("--excel writes CSV: leave --format parquet out")
    folder = Path(arguments.output)
    if arguments.output == STDIN:
        raise OptionError("-o - is for --nested: frames are several files, name a folder")
    if folder.suffix in (".jsonl", ".json", ".csv", ".parquet", ".gz", ".bz2", ".xz", ".zst"):
        raise OptionError(f"-o {folder}: one file for all is --nested, else name a folder")
    kind = "excel" if arguments.excel else arguments.format or "csv"
    for path, n_rows in exports.export_frames(archive, folder, names=arguments.frames, kind=kind):
        console.print(f"{path}: {n_rows} {noun(n_rows, 'row')}")
    return OK


def _make_report(arguments: Namespace, console: Console) -> int:
    _check_output(arguments.output, [arguments.archive])
    ending = arguments.output.suffix
    if str(arguments.output) != STDIN and ending.lower() not in PAGE_ENDINGS:
        raise OptionError(
            f"-o {arguments.output} ends in {ending or 'nothing'}: a report is a page of HTML, "
            f"name a file that ends in {' or '.join(PAGE_ENDINGS)}"
        )
    with _counted(arguments, console) as progress:
        made = _archive_to_read(arguments).report(
            arguments.output,
            title=arguments.title,
            **({} if arguments.max_size is None else {"max_size": arguments.max_size}),
            link=arguments.link,
            progress=progress,
        )
    if not arguments.quiet:
        console.print(f"{arguments.output}: {_articles(made.n_articles)}")
        which = "the first sentences" if made.first_only else "the sentences"
        counts = {
            "in full": made.n_full,
            f"by {which} with names; a larger --max-size has room for more": made.n_sentences,
            "of the oldest without a text": made.n_bare,
        }
        for what, n in counts.items():
            if n:
                console.print(f"{n:>9} {what}")
    return OK


@contextmanager
def _counted(arguments: Namespace, console: Console) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal for what is done in a minute."""
    from rich.progress import Progress as Bar  # noqa: PLC0415

    if arguments.quiet or not console.is_terminal:
        yield None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda n_done, n_all: bar.update(
            task, description="texts", completed=n_done, total=n_all
        )


def _info(arguments: Namespace, console: Console) -> int:
    import threadpoolctl  # noqa: PLC0415

    from newsnlp.display import grid  # noqa: PLC0415

    info = newsnlp.Annotator().info()
    lines = {
        "python": platform.python_version(),
        **{name: version(name) for name in DEPENDENCIES},
        **dict(_lines(info)),
        **{
            f"{each['internal_api']} threads": str(each["num_threads"])
            for each in threadpoolctl.threadpool_info()
        },
    }
    _write(grid(lines))
    return OK


def _lines(value: object, *path: str) -> Iterator[tuple[str, str]]:
    """A nested mapping as lines: where a value stands, and the value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _lines(inner, *path, str(key))
    elif isinstance(value, list):
        yield " ".join(path), _in_short(value)
    else:
        yield " ".join(path), str(value)


def _in_short(values: Sequence[object]) -> str:
    """The number of values, and the first of them: there may be hundreds."""
    first = ", ".join(map(str, values[:MAX_VALUES]))
    return f"{len(values)}: {first}{', …' if len(values) > MAX_VALUES else ''}"


def _write(*renderables: RenderableType) -> None:
    """Print on standard output, by way of a string: at a closed pipe rich would end the process."""
    console = Console(highlight=False, markup=False, emoji=False, width=_width())
    with console.capture() as capture:
        for renderable in renderables:
            console.print(renderable)
    for line in capture.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def _width() -> int:
    return Console().width if sys.stdout.isatty() else WIDTH


@dataclass(slots=True)
class _Reading:
    """Articles of what is named; what cannot be read is told and counted."""

    console: Console
    columns: Columns | None
    limits: Limits
    format: str | None
    tell_columns: bool = False
    n_broken: int = 0
    n_repaired: int = 0
    inputs: Inputs | None = None
    archive: Path | None = None  # that is written, perhaps in a folder that is read
    has_archive: bool = False  # there is one already, or an article to make it of
    unnamed: list[UnknownColumnsError] = field(default_factory=list)

    def articles(self, paths: Sequence[str | Path]) -> Iterator[Article]:
        for article in self._all(paths):
            self._keep_unnamed()
            yield article
        if self.inputs is not None:
            self.inputs.is_complete = True

    def _all(self, paths: Sequence[str | Path]) -> Iterator[Article]:
        options: dict[str, Any] = {
            "columns": self.columns,
            "limits": self.limits,
            "on_error": self._broken,
            "on_columns": self.console.print if self.tell_columns else None,
            "on_repair": self._repaired,
        }
        if STDIN in paths:
            yield from _from_stdin(self.format, options)
        named = [path for path in paths if path != STDIN]
        without = [] if self.archive is None else [self.archive]
        # A shell makes of `*` the archive, too, that the run before has written there.
        if len(named) > 1 and without:
            written = without[0].resolve()
            named = [path for path in named if Path(path).resolve() != written]
        if named:
            yield from newsnlp.read(named, without=without, **options)

    def _broken(self, error: ReadError) -> None:
        self.n_broken += 1
        if isinstance(error, UnknownColumnsError) and not self.has_archive:
            self.unnamed.append(error)
        elif self.inputs is not None:
            self.inputs.add(error)
        self.console.print(f"newsnlp: {error}")

    def _keep_unnamed(self) -> None:
        """Note files whose columns are to be named, now that there is an archive to note them in.

        Of them alone none is made: whoever names their columns begins anew.
        """
        self.has_archive = True
        if self.inputs is not None:
            for error in self.unnamed:
                self.inputs.add(error)
        self.unnamed.clear()

    def _repaired(self, _: str) -> None:
        self.n_repaired += 1


def _reading(arguments: Namespace, console: Console, *, tell_columns: bool = False) -> _Reading:
    limits = _limits(arguments)
    return _Reading(console, arguments.columns, limits, arguments.format, tell_columns)


def _limits(arguments: Namespace) -> Limits:
    from newsnlp.limits import Limits  # noqa: PLC0415

    given = {name: getattr(arguments, name) for name in LIMITS}
    return Limits(**{name: value for name, value in given.items() if value is not None})


def _from_stdin(format_: str | None, options: dict[str, Any]) -> Iterator[Article]:
    """Articles of standard input; the id of one text comes from it, so that it is stored once."""
    from newsnlp.readers import read_stream  # noqa: PLC0415

    for article in read_stream(sys.stdin.buffer, format_ or "txt", **options):
        if article.doc_id == "stdin" and isinstance(article.text, str):
            data = article.text.encode("utf-8", "surrogatepass")
            article = replace(article, doc_id=f"stdin#{sha256(data).hexdigest()[:16]}")  # noqa: PLW2901
        yield article


def _add_limits(parser: ArgumentParser) -> None:
    """Options of what is read at most, and of what standard input holds."""
    add = parser.add_argument_group("what is read").add_argument
    add(
        "--format", metavar="FORMAT",
        help="what standard input holds, compressed or not: txt (as without it), jsonl, json, "
        "csv, tsv, …",
    )  # fmt: skip
    add(
        "--max-length", type=_count, metavar="N",
        help="longest text that is annotated, in characters; a longer one is too_long",
    )  # fmt: skip
    for name, (type_, help_) in LIMITS.items():
        metavar = "N" if type_ is _count else "SIZE"
        add(
            f"--max-{name.replace('_', '-')}", dest=name, type=type_, metavar=metavar, help=help_
        )  # fmt: skip


@contextmanager
def _examples(*, few: bool) -> Iterator[list[Path]]:
    """The bundled articles, as files: the few to look at, or the made-up archive."""
    with as_file(files("newsnlp") / "examples") as folder:
        archive = folder / "archive"
        yield [path for path in sorted(folder.iterdir()) if path != archive] if few else [archive]


def _annotator(arguments: Namespace) -> Annotator:
    return newsnlp.Annotator(
        layout=arguments.layout,
        timezone=arguments.timezone,
        fetched=arguments.fetched,
        top_k=arguments.top_k,
        min_score=arguments.min_score,
        keywords="assigned" if arguments.tags else "extracted",
        tags=arguments.tags,
        topics=arguments.topics,
        register=arguments.register,
        surnames=arguments.surnames,
        roles=arguments.roles,
        **({} if arguments.max_length is None else {"max_length": arguments.max_length}),
    )


def _shared_options() -> tuple[ArgumentParser, ArgumentParser, ArgumentParser]:
    """How texts are read, how what is in them is, and what is told of them."""
    texts = ArgumentParser(add_help=False)
    add = texts.add_argument_group("how articles are read").add_argument
    add(
        "--columns", type=_columns, metavar="FIELD=COLUMN,…",
        help="which column is which field, where its name does not tell; nothing after the = "
        "leaves a field out; fields: "
        + ", ".join(ARTICLE_FIELDS),
    )  # fmt: skip
    add(
        "--layout", default="auto", choices=("auto", "plain", "page"),
        help="plain: a text as it is; page: a scraped page; auto: a page on strong evidence only",
    )  # fmt: skip
    _add_limits(texts)
    reading = ArgumentParser(add_help=False)
    # Of one title, and so one group of the command that has both.
    add = reading.add_argument_group("how articles are read").add_argument
    add("--timezone", default="Europe/Moscow", metavar="ZONE", help="of dates without one")
    add(
        "--register", metavar="FILE",
        help="CSV of your own names: alias, type, and any of name, id, country",
    )  # fmt: skip
    add(
        "--no-surnames", action="store_false", dest="surnames",
        help="a bare surname is nobody of the register",
    )  # fmt: skip
    add(
        "--no-roles", action="store_false", dest="roles",
        help="«Глава государства» and the like are no mentions",
    )  # fmt: skip
    add("--fetched", type=_time, metavar="TIME", help="what «Вчера 23:54» counts from, ISO 8601")
    telling = ArgumentParser(add_help=False)
    add = telling.add_argument_group("keywords").add_argument
    add("--top-k", type=_count, default=10, metavar="N", help="most keywords of an article")
    add(
        "--min-score", type=float, default=0.0, metavar="P",
        help="least score of a keyword, from 0 to 1; that of a topic is in the file of --topics",
    )  # fmt: skip
    add(
        "--tags", metavar="FILE",
        help="assign tags as well: a tag a line, or what `newsnlp keywords train` made",
    )  # fmt: skip
    telling.add_argument(
        "--topics", metavar="FILE",
        help="topics of your own: seed words in TOML or CSV, or what `newsnlp topics train` made",
    )  # fmt: skip
    return texts, reading, telling


class _Parser(ArgumentParser):
    """A parser that answers wrong usage with what is wrong, and not with the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"newsnlp: {message}\n{self.prog} --help tells what it takes\n")


def _parser() -> ArgumentParser:
    common = ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show where an error comes from")
    texts, reading, telling = _shared_options()
    parser = _Parser(prog="newsnlp", description=ABOUT, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"newsnlp {newsnlp.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[Namespace, Console], int], help_: str, about: str,
        *parents: ArgumentParser, among: Any = commands,
    ) -> Callable[..., Any]:  # fmt: skip
        made: ArgumentParser = among.add_parser(
            name, help=help_, description=about, parents=[*parents, common],
            formatter_class=RawDescriptionHelpFormatter,
        )  # fmt: skip
        made.set_defaults(run=run)
        return made.add_argument

    add = command(
        "annotate", _annotate, "annotate articles into an archive", ABOUT_ANNOTATE,
        texts, reading, telling,
    )  # fmt: skip
    add(
        "paths",
        nargs="*",
        metavar="PATH",
        help="file, folder, archive, pattern such as 'news/**/*.gz', or - for standard input",
    )
    add("--example", action="store_true", help="bundled articles, in place of PATH")
    add("-o", "--output", type=Path, metavar="ARCHIVE", help="archive to make or to add to")
    add(
        "--frames", type=_frame_names, metavar="NAME,…",
        help=f"frames to store, or all; without it all but tokens: {', '.join(FRAMES)}",
    )  # fmt: skip
    _add_options_of_work(add)
    add(
        "--on-duplicate", default="error", choices=("error", "first", "last"),
        help="which article stays where a doc_id comes twice",
    )  # fmt: skip
    _add_options_of_a_run(add)

    _add_care_of_archives(command)

    add = command("show", _show, "show one article, marked", ABOUT_SHOW, texts, reading, telling)
    add("path", metavar="PATH", help="file, folder or archive, or - for standard input")
    add("--doc", metavar="ID", help="doc_id of the article, where there are several")

    add = command("evaluate", _evaluate, "score on gold data", ABOUT_EVALUATE)
    add("task", choices=("ner", "normal", "entities", "keywords", "topics", "lemma"))
    add("data", metavar="DATA", type=Path, help="file of gold data")

    keywords = commands.add_parser(
        "keywords", help="learn an archive's tags", description=ABOUT_KEYWORDS,
        formatter_class=RawDescriptionHelpFormatter,
    ).add_subparsers(metavar="COMMAND", required=True)  # fmt: skip
    add = command(
        "train", _train_keywords, "learn tags from articles that have some", ABOUT_KEYWORDS,
        texts, reading, among=keywords,
    )  # fmt: skip
    add("paths", nargs="+", metavar="PATH", help="file or folder of articles with tags")
    add("-o", "--output", type=Path, required=True, metavar="FILE", help="file to write")
    add(
        "--min-articles", type=_count, default=10, metavar="N",
        help="articles that a tag must have",
    )  # fmt: skip

    topics = commands.add_parser(
        "topics", help="learn topics of your own", description=ABOUT_TOPICS,
        formatter_class=RawDescriptionHelpFormatter,
    ).add_subparsers(metavar="COMMAND", required=True)  # fmt: skip
    add = command(
        "train", _train_topics, "learn topics from articles that have one each", ABOUT_TOPICS,
        texts, among=topics,
    )  # fmt: skip
    add("paths", nargs="+", metavar="PATH", help="file or folder of articles with rubrics")
    add("-o", "--output", type=Path, required=True, metavar="FILE", help="file to write")
    add(
        "--min-articles", type=_count, default=10, metavar="N",
        help="articles that a topic must have, 5 or more",
    )  # fmt: skip
    add(
        "--min-score", type=float, metavar="P",
        help="least probability of a topic that an article is given, without it 0.5",
    )  # fmt: skip

    _add_questions_to_archives(command)

    command("info", _info, "versions, models and threads", ABOUT_INFO)
    return parser


def _add_care_of_archives(command: Callable[..., Callable[..., Any]]) -> None:
    add = command("compact", _compact, "merge an archive's small parts", ABOUT_COMPACT)
    add("archive", type=Path, metavar="ARCHIVE", help="archive to compact")

    add = command(
        "retry", _retry, "annotate what failed before", ABOUT_RETRY, *_unset(*_shared_options())
    )
    add("archive", type=Path, metavar="ARCHIVE", help="archive to mend")
    add("paths", nargs="*", metavar="PATH", help="files to read; without them all that were read")
    _add_options_of_work(add)


def _add_questions_to_archives(command: Callable[..., Callable[..., Any]]) -> None:
    add = command("query", _query, "ask an archive in SQL", ABOUT_QUERY)
    add("archive", metavar="ARCHIVE", help="archive to ask")
    add("query", nargs="?", metavar="QUERY", help="one SELECT, or - to read it on standard input")
    add("--file", type=Path, metavar="FILE", help="file with the query, in place of QUERY")
    for kind, help_ in (
        ("csv", "write CSV"),
        ("excel", f"write {CSV_FOR_EXCEL}"),
        ("parquet", "write a Parquet file"),
    ):
        add(f"--{kind}", action="store_const", const=kind, dest="kind", help=help_)
    add(
        "-o", "--output", metavar="FILE",
        help="file to write; .csv and .parquet say what, where no option does",
    )  # fmt: skip
    add("--rows", type=_rows, default=40, metavar="N", help="rows to show, or all; without it 40")
    add(
        "--threads", type=_count, metavar="N", help="threads, without it as many as there are cores"
    )

    add = command("export", _export, "write an archive as other files", ABOUT_EXPORT)
    add("archive", metavar="ARCHIVE", help="archive to read")
    add(
        "-o", "--output", required=True, metavar="PATH",
        help="folder to write, or with --nested a file (.jsonl, .jsonl.gz) or -",
    )  # fmt: skip
    add("--nested", action="store_true", help="one JSON object an article, with lists by frame")
    add("--format", choices=("csv", "parquet"), help="of frames, without it csv")
    add("--excel", action="store_true", help=f"write {CSV_FOR_EXCEL}")
    add(
        "--frames", type=_frame_names, metavar="NAME,…",
        help=f"frames to write, or all; without it all but tokens: {', '.join(FRAMES)}",
    )  # fmt: skip

    add = command("report", _make_report, "write a page to explore an archive with", ABOUT_REPORT)
    add("archive", metavar="ARCHIVE", help="archive to read")
    add("-o", "--output", type=Path, required=True, metavar="FILE", help="page to write, .html")
    add("--title", metavar="TEXT", help="of the page, without it the name of the archive's folder")
    add(
        "--max-size", type=_size, metavar="SIZE",
        help="largest page, such as 10M; without it 30 million bytes",
    )  # fmt: skip
    add(
        "--no-link", action="store_false", dest="link",
        help="leave entities of different articles apart where they have different ids",
    )  # fmt: skip
    add("--quiet", action="store_true", help="tell errors only")


def _add_options_of_work(add: Callable[..., Any]) -> None:
    add(
        "--batch-size", type=_count, default=256, metavar="N",
        help="most articles of a part of the archive",
    )  # fmt: skip
    add(
        "--workers", type=_count, default=1, metavar="N",
        help="processes at work, each with models of its own: as many as there are cores",
    )  # fmt: skip
    add("--quiet", action="store_true", help="tell errors only")


def _add_options_of_a_run(add: Callable[..., Any]) -> None:
    add("--limit", type=_count, metavar="N", help="read N articles and stop")
    add(
        "--sample", type=_sample, metavar="SIZE",
        help="a share such as 0.01, or a number of articles; by doc_id, so always the same ones",
    )  # fmt: skip
    add("--seed", type=int, default=0, metavar="N", help="another sample")
    add("--update", action="store_true", help="annotate articles again whose text has changed")
    add(
        "--scheduler", metavar="ADDRESS",
        help="of a Dask cluster that sees the archive at the same path, such as tcp://host:8786",
    )  # fmt: skip
    add(
        "--fail-on", default="any", choices=tuple(FAIL_ON),
        help="what makes the exit status 1: articles that failed or were too long, files and lines "
        "that could not be read (rejected), any of them or a changed text that is not stored (any) "
        "or never",
    )  # fmt: skip


def _unset(*parsers: ArgumentParser) -> tuple[ArgumentParser, ...]:
    """The same options without defaults: those of the archive hold."""
    for parser in parsers:
        for action in parser._actions:
            action.default = None
    return parsers


def _sample(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    if not 0 < size < 1 and (size < 1 or not size.is_integer()):
        raise ArgumentTypeError(f"{text!r} is neither a share such as 0.01 nor a number from 1 up")
    return size


def _frame_names(text: str) -> tuple[str, ...]:
    names = FRAMES if text == "all" else tuple(text.split(","))
    if unknown := [name for name in names if name not in FRAMES]:
        raise ArgumentTypeError(f"no frame is named {unknown[0]!r}; all, or {', '.join(FRAMES)}")
    return names


def _columns(text: str) -> dict[str, str | None]:
    columns: dict[str, str | None] = {}
    for pair in text.split(","):
        field, equals, column = pair.partition("=")
        if field not in ARTICLE_FIELDS or not equals:
            raise ArgumentTypeError(
                f"{pair!r} is not FIELD=COLUMN; fields are {', '.join(ARTICLE_FIELDS)}"
            )
        columns[field] = column or None
    return columns


def _size(text: str) -> int:
    from newsnlp.limits import as_bytes  # noqa: PLC0415

    try:
        return as_bytes(text)
    except OptionError as error:
        raise ArgumentTypeError(str(error)) from None


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time such as 2024-03-14T09:30+03:00") from None


def _rows(text: str) -> int | None:
    return None if text == "all" else _count(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 up")
    return int(text)


# Limits of reading: how each is given, and what it is.
LIMITS: dict[str, tuple[Callable[[str], int], str]] = {
    "file_size": (_size, "largest file that is read, such as 500M or 2G; without it 256G"),
    "record_size": (_size, "largest text, page, line or row; without it 32M"),
    "held_size": (
        _size, "largest workbook, and largest Parquet file or zip in another file; without it 128M",
    ),
    "unpacked_size": (_size, "most that a compressed file or archive unpacks to; without it 1T"),
    "ratio": (_count, "most bytes that a packed one unpacks to, after 64M; without it 200"),
    "nesting": (_count, "most layers of compression and archives; without it 8"),
    "members": (_count, "most members of an archive; without it 1000000"),
}  # fmt: skip
