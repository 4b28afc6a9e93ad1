"""Articles out of files, folders and archives, one after another and never all at once."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from glob import glob, has_magic
from importlib.resources import as_file, files
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from newsnlp.article import Article
from newsnlp.caches import Remembered
from newsnlp.containers import ARCHIVES, Member, ending, members, shown, stream_members
from newsnlp.encodings import repair
from newsnlp.errors import OptionError, ReadError, UnknownColumnsError
from newsnlp.fields import (
    STRING_FIELDS,
    Columns,
    FieldMap,
    as_id,
    check_columns,
    describe,
    is_url,
    map_fields,
    to_article,
)
from newsnlp.formats import FORMATS, ONE_TEXT, Record
from newsnlp.limits import DEFAULT_LIMITS, Limits

PathLike = str | os.PathLike[str]
OnError = Callable[[ReadError], None]
OnColumns = Callable[[str], None]
OnRepair = Callable[[str], None]

# Records read before a source without a text, or without a named column, is refused.
_HEAD = 100
# Sets of columns of one file that are told, and that are remembered.
_TOLD = 100
_REMEMBERED = 1000
_KNOWN = tuple(FORMATS)
_ENDINGS = (*_KNOWN, *ARCHIVES)
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class _Told:
    """How reading is done, and who is told what."""

    columns: Columns | None
    limits: Limits
    on_error: OnError
    on_columns: OnColumns
    on_repair: OnRepair
    without: frozenset[Path] = frozenset()


def read(
    paths: PathLike | Iterable[PathLike],
    *,
    columns: Columns | None = None,
    root: PathLike | None = None,
    without: Iterable[PathLike] = (),
    limits: Limits = DEFAULT_LIMITS,
    on_error: OnError | None = None,
    on_columns: OnColumns | None = None,
    on_repair: OnRepair | None = None,
) -> Iterator[Article]:
    """Read articles from files, folders and archives.

    A `.txt` file is one text, `.html` (`.htm`) one page; `.jsonl` (`.ndjson`), `.json`, `.csv`,
    `.tsv`, `.xlsx` and `.parquet` hold one article a record, `.warc` one a page. Each may be
    compressed (`.gz`, `.bz2`, `.xz`, `.zst`) and lie in a `.zip` or `.tar`, these too in one
    another. A folder is read with all below it, in order of names; other files in it are left out.

    Texts are UTF-8 or what they are found to be; their newlines stay as they are. UTF-8 that was
    decoded wrongly before («РџСЂРёРІРµС‚») is repaired where that is certain. `doc_id` is the
    record's own id, else its URL, else `path#record` (of a text the path), in an archive
    `news.zip!folder/a.jsonl#3`.

    Args:
        paths: A file, a folder or a pattern such as "news/**/*.jsonl.gz", or several.
        columns: Field of `Article` -> column, for names that are not known; None leaves a field
            out.
        root: Folder that paths in a `doc_id` are relative to; by default the folder that was given,
            or that of a file, or what stands before the first wildcard of a pattern.
        without: Archives that are written meanwhile: they are left out of a folder or pattern, and
            read only where they are named themselves.
        limits: Sizes, and how much may be packed in how little; what is beyond is not read, and
            is an error.
        on_error: Called with what could not be read, and the rest goes on; without it, it is
            raised. The error says where it is (`path`, `line`, `offset`, `length`) and how it
            begins (`head`).
        on_columns: Called with a line for each file and set of columns: which became what, and
            which were left; also with what was left out of a folder, which file of records is
            empty, in which encoding a file is if it is not UTF-8, and where an ending lies.
        on_repair: Called with a line for each article with a text that was repaired.

    Raises:
        ReadError: There is no such path, or nothing there that can be read; a file or record is
            broken or too large.
        OptionError: `columns` names what is not there, or a path is not below `root`.
        MissingExtraError: A page or web archive, without the extra that reads it.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     _ = Path(folder, "минск.txt").write_text("Встреча прошла в Минске.", "utf-8")
        ...     [(article.doc_id, article.text) for article in read(folder)]
        [('минск.txt', 'Встреча прошла в Минске.')]
    """
    check_columns(columns)
    told = _Told(
        columns, limits, on_error or _raise, on_columns or _ignore, on_repair or _ignore,
        frozenset(Path(path).resolve() for path in without),
    )  # fmt: skip
    given = [Path(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    found = [pair for path in given for pair in _expanded(path, told)]
    for path, _ in found:
        _check_path(path, root)
    return _read_all(found, None if root is None else Path(root), told)


def example_articles() -> list[Article]:
    """The bundled made-up archive: short articles of five outlets over three months.

    All of it is invented, for trying things: people, outlets and what they write. Some articles
    are pages dumped as text, a few are copies, and one is a title alone.

    Example:
        >>> articles = example_articles()
        >>> sorted({article.source for article in articles})[:2]
        ['arena.example', 'delo.example']
    """
    with as_file(files("newsnlp") / "examples" / "archive") as folder:
        return list(read(folder))


def read_stream(
    file: IO[bytes],
    format: str,
    *,
    name: str = "stdin",
    columns: Columns | None = None,
    limits: Limits = DEFAULT_LIMITS,
    on_error: OnError | None = None,
    on_columns: OnColumns | None = None,
    on_repair: OnRepair | None = None,
) -> Iterator[Article]:
    """Read articles from a stream, such as standard input, compressed or not.

    Args:
        file: The stream.
        format: What is in it: an ending without its dot, such as "jsonl".
        name: What the stream is called in a `doc_id`: `stdin#3`.
        columns: As for `read`.
        limits: As for `read`.
        on_error: As for `read`.
        on_columns: As for `read`.
        on_repair: As for `read`.

    Raises:
        OptionError: There is no such format.
        ReadError: As for `read`.

    Example:
        >>> from io import BytesIO
        >>> lines = BytesIO('{"text": "Дождь"}'.encode())
        >>> [article.text for article in read_stream(lines, "jsonl")]
        ['Дождь']
    """
    if f".{format}" not in _ENDINGS:
        raise OptionError(f"format is {format!r}: it takes {', '.join(formats())}")
    check_columns(columns)
    told = _Told(
        columns, limits, on_error or _raise, on_columns or _ignore, on_repair or _ignore
    )  # fmt: skip
    opened = stream_members(
        file, name, format, _KNOWN,
        limits=limits, on_error=told.on_error, on_note=told.on_columns,
    )  # fmt: skip
    return (article for member in opened for article in _read_member(member, told))


def formats() -> tuple[str, ...]:
    """Names of the formats that a stream may be in."""
    return tuple(each.removeprefix(".") for each in _ENDINGS)


def _read_all(found: list[tuple[Path, Path]], root: Path | None, told: _Told) -> Iterator[Article]:
    for path, base in found:
        for file in _files(path, told):
            opened = members(
                file, shown(_relative(file, root or base)), _KNOWN,
                limits=told.limits, on_error=told.on_error, on_note=told.on_columns,
            )  # fmt: skip
            for member in opened:
                yield from _read_member(member, told)


def _read_member(member: Member, told: _Told) -> Iterator[Article]:
    one_text = member.ending in ONE_TEXT
    articles = _read_one(member) if one_text else _read_records(member, told)
    for article, record in articles:
        yield _repaired(article, record, told.on_repair)


def _read_one(member: Member) -> Iterator[tuple[Article, Record]]:
    """The article of a text or page, whose fields are known."""
    for record in FORMATS[member.ending](member):
        article = to_article(record.values, map_fields(record.values))
        url = article.url if isinstance(article.url, str) else None
        yield replace(article, doc_id=url or member.name), record


def _expanded(path: Path, told: _Told) -> list[tuple[Path, Path]]:
    """The files and folders of a path or pattern, each with what its id is relative to."""
    if not has_magic(str(path)) or _exists(path):
        return [(path, path if path.is_dir() else path.parent)]
    base = Path(*path.parts[: next(_wildcards(path))])
    matched = [Path(each) for each in sorted(glob(str(path), recursive=True))]  # noqa: PTH207  absolute too
    deep = "**" in path.parts
    kept = [
        each
        for each in matched
        if (each.is_dir() and not deep) or (not each.is_dir() and ending(each.name, _KNOWN))
    ]
    written = {each: _written(each, told.without) for each in kept}
    for folder in sorted({folder for folder in written.values() if folder}):
        told.on_columns(_left_out(folder))
    kept = [each for each in kept if written[each] is None]
    if not kept:
        raise ReadError(f"{shown(path)}: no file or folder of this pattern can be read")
    return [(each, base) for each in kept]


def _written(path: Path, without: Collection[Path]) -> Path | None:
    """The archive that is written, of those that are to be left out, that a path is or is in."""
    if not without:
        return None
    place = path.resolve()
    return next((each for each in (place, *place.parents) if each in without), None)


def _left_out(archive: Path) -> str:
    return f"{shown(archive)}: left out: it is the archive that is written"


def _wildcards(path: Path) -> Iterator[int]:
    return (number for number, part in enumerate(path.parts) if has_magic(part))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _check_path(path: Path, root: PathLike | None) -> None:
    if not _exists(path):
        raise ReadError(f"{shown(path)}: no such file or folder", path=shown(path))
    if path.is_file() and ending(path.name, _KNOWN) is None:
        raise ReadError(
            f"{shown(path)}: the ending is none of {', '.join(_ENDINGS)}", path=shown(path)
        )
    if root is not None and _relative(path, Path(root)).startswith(".."):
        raise OptionError(f"root is {str(root)!r}, but {path} is not below it")


def _relative(path: Path, root: Path) -> str:
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # another drive of Windows
        return f"../{path.name}"


def _files(path: Path, told: _Told) -> Iterator[Path]:
    """Find the files to read at a path, and say what is left out of a folder."""
    if not path.is_dir():
        yield path
        return
    left: Counter[str] = Counter()
    n_found = 0
    for file in _walk(path, told):
        if file.is_dir():
            left["link to a folder"] += 1
        elif ending(file.name, _KNOWN) is not None:
            n_found += 1
            yield file
        else:
            left[shown(file.suffix or file.name)] += 1
    if left:
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(left.items()))
        told.on_columns(f"{shown(path)}: left out, not articles by their endings: {kinds}")
    if not n_found:
        message = f"{shown(path)}: no file ends in {', '.join(_ENDINGS)}"
        told.on_error(ReadError(message, path=shown(path)))


def _walk(folder: Path, told: _Told) -> Iterator[Path]:
    """All files below a folder in order of names, hidden ones aside, and links to folders."""
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        message = f"{shown(folder)}: the folder cannot be read ({error.strerror})"
        told.on_error(ReadError(message, path=shown(folder)))
        return
    entries = [entry for entry in entries if not entry.name.startswith(".")]
    names = {entry.name for entry in entries}
    # An archive of ours holds frames: its articles are in one of them.
    is_archive = _MANIFEST in names and any(name.startswith("part=") for name in names)
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            # What a run writes is no source of it: each article would come a second time.
            if told.without and entry.resolve() in told.without:
                told.on_columns(_left_out(entry))
            elif not is_archive or entry.name.startswith("part="):
                yield from _walk(entry, told)
        elif folder.name.startswith("part="):
            if entry.name == "articles.parquet":
                yield entry
        elif not is_archive:
            yield entry


def _read_records(member: Member, told: _Told) -> Iterator[tuple[Article, Record]]:
    n_broken = 0

    def broken(error: ReadError) -> None:
        nonlocal n_broken
        n_broken += 1
        member.on_error(error)

    records = FORMATS[member.ending](replace(member, on_error=broken))
    head = list(islice(records, _HEAD))
    if not (head or n_broken):
        told.on_columns(f"{member.place} is empty: there is no record in it")
    if not _check_head(member, head, told.columns):
        return
    records = chain(head, records)
    del head  # a hundred whole pages are not to be held to the end of the file

    def found(keys: tuple[str, ...]) -> FieldMap:
        return map_fields(keys, columns=told.columns)

    maps: Remembered[tuple[str, ...], FieldMap] = Remembered(found, _REMEMBERED)
    n_told = 0
    for record in records:
        keys = tuple(record.values)
        if n_told < _TOLD and keys not in maps:
            n_told += 1
            told.on_columns(f"{member.place}: {describe(maps[keys], record.values)}")
        article = to_article(record.values, maps[keys])
        try:
            doc_id = as_id(article.doc_id)
        except TypeError as error:
            member.broken(
                str(error), place=record.place, line=record.line, offset=record.offset,
                length=record.length, head=record.head,
            )  # fmt: skip
            continue
        url = article.url if isinstance(article.url, str) else None
        name = f"{member.name}!{record.table}" if record.table else member.name
        doc_id = doc_id or url or f"{name}#{record.number}"
        line = None if record.table else record.line  # which each sheet counts anew
        yield replace(article, doc_id=doc_id, file=member.place, line=line), record


def _check_head(member: Member, head: list[Record], columns: Columns | None) -> bool:
    """Whether the first records of a file have what is needed of them."""
    names = list(dict.fromkeys(name for record in head for name in record.values))
    if not head:
        return True
    try:
        check_columns(columns, names)
    except OptionError as error:
        raise OptionError(f"{member.place}: {error}") from None
    if map_fields(names, columns=columns).columns.keys() & {"text", "title"}:
        return True
    if names:
        column = _likely_text(head)
        member.on_error(
            UnknownColumnsError(
                f"{member.place}: no column is known as a text or a title; name one, as in "
                f"--columns text={shlex.quote(column)} or columns={{'text': {column!r}}}: "
                f"there are {', '.join(names)}",
                path=member.place, head=head[0].head,
            )
        )  # fmt: skip
    else:
        member.broken("the records are empty", head=head[0].head)
    return False


def _likely_text(head: list[Record]) -> str:
    """The column with the longest values that are no addresses: most likely a text."""
    lengths: Counter[str] = Counter()
    for record in head:
        for name, value in record.values.items():
            if isinstance(value, str) and not is_url(value):
                lengths[name] += len(value)
    return next((name for name, _ in lengths.most_common(1)), "COLUMN")


def _repaired(article: Article, record: Record, on_repair: OnRepair) -> Article:
    """An article whose texts are decoded rightly, where that is certain."""
    changed: dict[str, Any] = {}
    for field in STRING_FIELDS:
        value = getattr(article, field)
        if isinstance(value, str) and (fixed := repair(value)) != value:
            changed[field] = fixed
    if isinstance(article.tags, tuple) and all(isinstance(tag, str) for tag in article.tags):
        tags = tuple(map(repair, article.tags))
        if tags != article.tags:
            changed["tags"] = tags
    if not changed:
        return article
    on_repair(f"{record.place}: decoded wrongly before, repaired: {', '.join(changed)}")
    return replace(article, **changed)


def _raise(error: ReadError) -> None:
    raise error


def _ignore(_: str) -> None:
    pass
