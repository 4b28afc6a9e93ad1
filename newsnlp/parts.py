"""Parts of an archive on disk: written whole, put in place once, exchanged and merged.

    ARCHIVE/part=<id>/<frame>.parquet    a batch; the id hashes what it holds
    ARCHIVE/.lock, ARCHIVE/.run          held by the one run that writes, and who that is
    ARCHIVE/.tmp-*, ARCHIVE/.old-*       being written, being removed; of a dead run: cleared
    ARCHIVE/.swap.json                   the journal of an exchange of parts that is under way

A part is written under a temporary name, made durable and renamed: it is there whole, or not.

To put a new part in the place of old ones, the journal names both. It is the moment of change:
from then on `listed` gives the new part and none of the old, wherever their folders are, so that
a reader of this library sees either state and never a mixture. The folders follow: all old ones
but the first are hidden, the first and the new one change places in one step of the system, and
the new one gets its name. So one that globs `part=*/mentions.parquet` sees the old or the new
part where one replaces one; where one replaces several it may miss some for moments, but never
sees an article twice. Where the system cannot exchange two folders (Windows, some network
drives), two renames do it. After a crash at any step, the next who opens the archive completes
what the journal says.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import socket
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from newsnlp.errors import ArchiveError

PART = "part="
TEMPORARY = ".tmp-"
LOCK, RUN, JOURNAL = ".lock", ".run", ".swap.json"
_OLD = ".old-"
_OURS = (TEMPORARY, _OLD, LOCK, RUN, JOURNAL)
_ID_DIGITS = 16
_TRIES = 100
_SECONDS_BETWEEN_TRIES = 0.02
_MERGED_BYTES = 64 * 2**20  # held in memory while parts are merged
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
_HERE = -100  # AT_FDCWD

Result = TypeVar("Result")


def is_ours(name: str) -> bool:
    """Whether a name in an archive's folder is one that runs leave beside parts and manifest.

    Args:
        name: Name of a file or folder.
    """
    return name.startswith(_OURS)


def part_name(doc_ids: Iterable[str], hashes: Iterable[str | None]) -> str:
    """The name of what a part holds: the same articles with the same texts have the same one.

    Args:
        doc_ids: Articles of the part, in order.
        hashes: `text_hash` of each.

    Example:
        >>> part_name(["7"], [None])
        'part=e540a73f5241e955'
    """
    lines = (f"{doc_id}\t{digits or ''}" for doc_id, digits in zip(doc_ids, hashes, strict=True))
    return PART + sha256("\n".join(lines).encode()).hexdigest()[:_ID_DIGITS]


# --- the one that writes ----------------------------------------------------------------------


@contextmanager
def held(path: Path) -> Iterator[str]:
    """Hold an archive for writing: an exchange that was cut off is completed, leavings are cleared.

    Args:
        path: Folder of the archive, which is made.

    Yields:
        A name of the run, for `put` in other processes.

    Raises:
        ArchiveError: Another run holds it.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415

    was_there = path.exists()
    path.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ArchiveError(
            f"{path}: another run is writing to it{_who(path)}. Wait for its end or stop it; "
            "what is stored can be read meanwhile"
        ) from None
    run = uuid.uuid4().hex
    try:
        recover(path)
        clear(path)
        who = {"run": run, "process": os.getpid(), "host": socket.gethostname()}
        write_json(path / RUN, who | {"since": time.strftime("%Y-%m-%d %H:%M:%S")})
        yield run
    finally:
        with suppress(OSError):
            (path / RUN).unlink(missing_ok=True)
        with suppress(OSError):
            if not was_there and {entry.name for entry in path.iterdir()} <= {LOCK}:
                (path / LOCK).unlink(missing_ok=True)
                path.rmdir()
        lock.release()


def _who(path: Path) -> str:
    """Who holds an archive, as far as that is known."""
    try:
        who = json.loads((path / RUN).read_text("utf-8"))
        return f" (process {who['process']} on {who['host']}, since {who['since']})"
    except (OSError, ValueError, KeyError):
        return ""


def clear(path: Path) -> None:
    """Remove what dead runs left; only who holds the archive may do that.

    Args:
        path: Folder of the archive.
    """
    for pattern in (f"{TEMPORARY}*", f"{_OLD}*", f"*/{TEMPORARY}*"):
        for entry in path.glob(pattern):
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


# --- parts --------------------------------------------------------------------------------------


def temporary_in(path: Path) -> Path:
    """A new name in an archive for what is not in place yet.

    Args:
        path: Folder of the archive.
    """
    return path / f"{TEMPORARY}{uuid.uuid4().hex}"


def write(path: Path, rows: Mapping[str, pd.DataFrame]) -> Path:
    """Write a part under a temporary name, durably.

    Args:
        path: Folder of the archive.
        rows: Its frames.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    with _made(path) as folder:
        for name, frame in rows.items():
            table = pa.Table.from_pandas(frame, preserve_index=False)
            with (folder / f"{name}.parquet").open("wb") as file:
                pq.write_table(table, file, compression="zstd")
                _sync(file.fileno())
    return folder


@contextmanager
def _made(path: Path) -> Iterator[Path]:
    """A new temporary folder; nothing is left of it after an error."""
    folder = temporary_in(path)
    folder.mkdir()
    try:
        yield folder
        sync_folder(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def put(path: Path, temporary: Path, name: str, *, run: str | None = None) -> None:
    """Put a part in its place; one of the same name holds the same articles and stays.

    Args:
        path: Folder of the archive.
        temporary: What `write` gave.
        name: What `part_name` gives.
        run: The run for which another process writes; of one that is dead nothing is put in place.

    Raises:
        ArchiveError: That run does not hold the archive any more.
    """
    try:
        if run is not None and not _is_running(path, run):
            raise ArchiveError(f"{path}: the run that this part was for has ended")
        if not (path / name).exists():
            try:
                temporary.rename(path / name)
            except OSError:
                if not (path / name).exists():  # another process may have been faster
                    raise
            sync_folder(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _is_running(path: Path, run: str) -> bool:
    try:
        return bool(json.loads((path / RUN).read_text("utf-8"))["run"] == run)
    except (OSError, ValueError, KeyError):
        return False


# --- exchanging parts ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Swap:
    """An exchange that is under way: names of the old parts, of the new one, where that began.

    `digest` is that of the new part's articles: it tells the new folder wherever it is.
    """

    old: tuple[str, ...]
    new: str
    temporary: str
    digest: str

    @classmethod
    def read(cls, path: Path) -> _Swap | None:
        try:
            values = json.loads((path / JOURNAL).read_text("utf-8"))
        except FileNotFoundError:
            return None
        return cls(tuple(values["old"]), values["new"], values["temporary"], values["digest"])

    def write(self, path: Path) -> None:
        write_json(path / JOURNAL, {key: getattr(self, key) for key in self.__slots__})

    def is_new(self, folder: Path) -> bool:
        try:
            return _digest(folder) == self.digest
        except FileNotFoundError:
            return False

    def place(self, path: Path) -> Path:
        """Where the new part is.

        Raises:
            FileNotFoundError: It is being renamed.
        """
        for name in (self.new, self.temporary, self.old[0]):
            if self.is_new(path / name):
                return path / name
        raise FileNotFoundError(path / self.new)


def swap(path: Path, old: Sequence[str], temporary: Path, new: str) -> None:
    """Put a new part in the place of old ones; see the module's docstring.

    Args:
        path: Folder of the archive.
        old: Names of the old parts.
        temporary: What `write` gave.
        new: Name of the new part.
    """
    _Swap(tuple(old), new, temporary.name, _digest(temporary)).write(path)
    _step("journal")
    recover(path)


def recover(path: Path) -> None:
    """Complete an exchange, from whichever of its steps on.

    Args:
        path: Folder of the archive.
    """
    journal = _Swap.read(path)
    if journal is None:
        return
    first, *others = (path / name for name in journal.old)
    target, temporary = path / journal.new, path / journal.temporary
    for folder in others:
        _hide(folder)
        _step("hide")
    if journal.is_new(temporary) and first.exists() and not _exchange(temporary, first):
        _hide(first)
    _step("exchange")
    if not journal.is_new(target):
        (temporary if journal.is_new(temporary) else first).rename(target)
    sync_folder(path)
    _step("name")
    (path / JOURNAL).unlink()
    sync_folder(path)
    _step("end")
    clear(path)


def _step(name: str) -> None:
    """Where tests cut an exchange off."""


def _hide(folder: Path) -> None:
    with suppress(FileNotFoundError):
        folder.rename(folder.with_name(f"{_OLD}{uuid.uuid4().hex}"))


def _digest(folder: Path) -> str:
    with (folder / "articles.parquet").open("rb") as file:
        digest = sha256()
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


@cache
def _exchanger() -> Callable[[bytes, bytes], int] | None:
    """What exchanges two names in one step, where the system has it."""
    if sys.platform not in ("linux", "darwin"):
        return None
    library = ctypes.CDLL(None)  # what Python itself is linked with
    if sys.platform == "darwin":
        call = getattr(library, "renamex_np", None)
        return call and (lambda one, other: int(call(one, other, _EXCHANGE)))
    call = getattr(library, "renameat2", None)
    return call and (lambda one, other: int(call(_HERE, one, _HERE, other, _EXCHANGE)))


def _exchange(one: Path, other: Path) -> bool:
    """Whether two folders could change places in one step."""
    exchange = _exchanger()
    return exchange is not None and exchange(os.fsencode(one), os.fsencode(other)) == 0


def merge(path: Path, old: Sequence[str], frames: Sequence[str]) -> str:
    """Put one part in the place of several, with little in memory.

    Args:
        path: Folder of the archive.
        old: Names of the parts; their articles come in that order.
        frames: Names of the frames.

    Returns:
        Name of the new part.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    ids: list[str] = []
    hashes: list[str | None] = []
    with _made(path) as folder:
        for frame in frames:
            schema = pq.read_schema(path / old[0] / f"{frame}.parquet")
            with (folder / f"{frame}.parquet").open("wb") as file:
                with pq.ParquetWriter(file, schema, compression="zstd") as writer:
                    pieces: list[Any] = []
                    for name in old:
                        table = pq.read_table(path / name / f"{frame}.parquet", partitioning=None)
                        if frame == "articles":
                            ids += table["doc_id"].to_pylist()
                            hashes += table["text_hash"].to_pylist()
                        pieces.append(table.cast(schema))
                        if sum(piece.nbytes for piece in pieces) >= _MERGED_BYTES:
                            writer.write_table(pa.concat_tables(pieces).unify_dictionaries())
                            pieces = []
                    if pieces:
                        writer.write_table(pa.concat_tables(pieces).unify_dictionaries())
                _sync(file.fileno())
    new = part_name(ids, hashes)
    _step("merged")
    swap(path, old, folder, new)
    return new


# --- reading ------------------------------------------------------------------------------------


def listed(path: Path) -> dict[Path, int]:
    """Folders of the parts of an archive, in the order of their names, with their numbers.

    Args:
        path: Folder of the archive.

    Raises:
        FileNotFoundError: A part is being renamed; `steady` tries again.
    """
    while True:
        before = _Swap.read(path)
        found = sorted(path.glob(f"{PART}*"))
        # Renames meanwhile may show some names twice or not at all.
        if before == _Swap.read(path) and found == sorted(path.glob(f"{PART}*")):
            break
    if before is not None:
        gone = {*before.old, before.new}
        found = [*(part for part in found if part.name not in gone), before.place(path)]
    return {part: part.stat().st_ino for part in found}


def steady(path: Path, read: Callable[[list[Path]], Result]) -> Result:
    """Read parts of one state of the archive: where some are exchanged meanwhile, read again.

    Args:
        path: Folder of the archive.
        read: Reads folders of parts.

    Raises:
        FileNotFoundError: A part lacks a file.
    """
    before: dict[Path, int] = {}
    for tries in range(_TRIES):
        try:
            before = listed(path)
            result = read(list(before))
            if before.items() <= listed(path).items():
                return result
        except FileNotFoundError:
            if tries == _TRIES - 1 or (tries and _is_still(path, before)):
                raise
        time.sleep(_SECONDS_BETWEEN_TRIES)
    raise ArchiveError(f"{path} changes all the time: wait for the end of what writes to it")


def _is_still(path: Path, before: Mapping[Path, int]) -> bool:
    """Whether the parts are the same as before."""
    try:
        return bool(before.items() <= listed(path).items()) and _Swap.read(path) is None
    except FileNotFoundError:
        return False


# --- files --------------------------------------------------------------------------------------


def write_json(path: Path, values: object) -> None:
    """Write a file of JSON, whole and durable, in the place of another.

    Args:
        path: The file, in an archive's folder.
        values: What it holds.
    """
    text = json.dumps(values, ensure_ascii=False, indent=2)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", "utf-8")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file to write, which then takes the place of another, whole and durable.

    Args:
        path: The file to replace.
    """
    temporary = temporary_in(path.parent)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            _sync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    """Make a folder's entries durable, where the system lets a folder be opened.

    Args:
        path: The folder.
    """
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
