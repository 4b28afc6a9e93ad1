"""A file as what is in it: compressed files and archives are opened as streams of their members.

Nothing is written to disk. What a file is, its first bytes say; its ending says what they cannot
and is told where it lies. A layer gives no more bytes than the limits let it, whatever it declares.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final, cast

from newsnlp.encodings import UndecodableError, decode, is_binary
from newsnlp.errors import HEAD_BYTES, NewsNLPError, ReadError
from newsnlp.limits import KIB, MIB, LimitReached, Limits, Meter, shown_size

OnError = Callable[[ReadError], None]
OnNote = Callable[[str], None]

HEAD: Final = HEAD_BYTES
BUFFER: Final = 64 * KIB
_PIECE = 8 * KIB
_XZ_MEMORY = 256 * MIB
_HEADERS = MIB  # of a tar: what stands between two members' contents
_LONGEST_NAME = 4 * KIB
_ENTRY = struct.Struct("<4s24xHHH12x")  # of a zip's directory: its mark, three lengths
_DRIVE = re.compile(r"[A-Za-z]:")
_TAR_MARK = slice(257, 263)
COMPRESSED = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstandard"}
ARCHIVES = {".zip": "zip", ".tar": "tar"}
_SHORT = {".tgz": ".tar.gz", ".tbz2": ".tar.bz2", ".txz": ".tar.xz", ".tzst": ".tar.zst"}
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)")
_MARKS = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "bzip2": _BZIP2,
    "xz": re.compile(rb"\xfd7zXZ\x00"),
    "zstandard": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
    "zip": re.compile(rb"PK(\x03\x04|\x05\x06)"),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A stream of one format: a file, or a member of an archive.

    Args:
        place: Where it is, for people: "/data/news.zip!folder/a.jsonl".
        name: Where it is below the root that was given, for ids: "news.zip!folder/a.jsonl".
        ending: Ending that says the format, such as ".jsonl".
        file: The bytes, uncompressed; it can be sought in only where it says so.
        limits: What is read at most.
        on_error: Called with what cannot be read.
        on_note: Called with a line on what is remarkable, though it can be read.
    """

    place: str
    name: str
    ending: str
    file: io.BufferedReader
    limits: Limits
    on_error: OnError
    on_note: OnNote

    def broken(
        self,
        reason: str,
        *,
        place: str | None = None,
        line: int | None = None,
        offset: int | None = None,
        length: int | None = None,
        head: bytes = b"",
    ) -> None:
        """Report what cannot be read."""
        self.on_error(
            ReadError(
                f"{place or self.place}: {reason}",
                path=self.place,
                line=line,
                offset=offset,
                length=length,
                head=head,
            )
        )


class _Layer(io.RawIOBase):
    """Bytes of a stream, counted; what goes wrong is told only after the bytes before it."""

    def __init__(self, read: Callable[[int], bytes], meter: Meter) -> None:
        super().__init__()
        self._read, self._meter = read, meter
        self._error: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._error is not None:
            raise self._error
        view, filled = memoryview(buffer), 0
        while filled < len(view):
            try:
                data = self._read(len(view) - filled)
                self._meter.add(len(data))
            except Exception as error:
                if not filled:
                    raise
                self._error = error
                break
            if not data:
                break
            view[filled : filled + len(data)] = data
            filled += len(data)
        return filled


class _Streams:
    """Streams of bzip2 or xz behind one another, as one; what follows and is none is an error."""

    def __init__(self, make: Callable[[], Any], file: IO[bytes]) -> None:
        self._make, self._file = make, file
        self._current = make()

    def read(self, n: int) -> bytes:
        while True:
            if self._current.eof:
                rest = self._current.unused_data.lstrip(b"\0") or self._file.read(BUFFER)
                while rest and not (rest := rest.lstrip(b"\0")):
                    rest = self._file.read(BUFFER)
                if not rest:
                    return b""
                self._current = self._make()
            elif not self._current.needs_input:
                rest = b""
            elif not (rest := self._file.read(BUFFER)):
                raise EOFError("it ends within a compressed stream")
            data: bytes = self._current.decompress(rest, n)
            if data:
                return data


@dataclass(slots=True)
class _Headers:
    """A stream that gives only so many bytes between two allowances."""

    file: io.BufferedReader
    left: int

    def read(self, n: int) -> bytes:
        data = self.file.read1(n)
        self.left -= len(data)
        if self.left < 0:
            raise LimitReached(f"a header of more than {shown_size(_HEADERS)}")
        return data


class _TarInfo(tarfile.TarInfo):
    """A header of a tar; one that is damaged or missing is an error, not the archive's end."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> _TarInfo:
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"the archive is damaged or cut: {error}") from None


def ending(name: str, known: tuple[str, ...]) -> str | None:
    """Find the ending of a file's name that says what is in it, below any compression.

    Args:
        name: Name of the file.
        known: Endings of formats.

    Example:
        >>> ending("Новости.JSONL.gz", (".jsonl",)), ending("a.tgz", ()), ending("a.docx", ())
        ('.jsonl', '.tar', None)
    """
    bare, _ = _without_compression(name)
    return next((each for each in (*known, *ARCHIVES) if bare.endswith(each)), None)


def members(
    path: Path,
    name: str,
    known: tuple[str, ...],
    *,
    limits: Limits,
    on_error: OnError,
    on_note: OnNote,
) -> Iterator[Member]:
    """Open a file as the streams that are in it, one after another.

    Each is to be read before the next one is asked for.

    Args:
        path: The file.
        name: Its name below the root, for ids.
        known: Endings of formats.
        limits: What is read at most.
        on_error: Called with what cannot be opened, and the rest goes on.
        on_note: Called with a line on what was left out or is not what its ending says.
    """
    place = shown(path)
    whole = Member(place, name, path.name, cast(Any, None), limits, on_error, on_note)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            whole.broken(f"it is no file but {_kind(status.st_mode)}")
            return
        if status.st_size > limits.file_size:
            whole.broken(
                f"the file has {shown_size(status.st_size)}, more than "
                f"{shown_size(limits.file_size)}: raise the limit: file_size",
                length=status.st_size,
            )
            return
        file = cast(io.BufferedReader, path.open("rb", buffering=BUFFER))
    except (OSError, ValueError) as error:
        whole.broken(f"the file cannot be opened ({_reason(error)})")
        return
    with file:
        yield from _opened(replace(whole, file=file), known, status.st_size, 0)


def stream_members(
    file: IO[bytes],
    name: str,
    format_: str,
    known: tuple[str, ...],
    *,
    limits: Limits,
    on_error: OnError,
    on_note: OnNote,
) -> Iterator[Member]:
    """Open a stream, such as standard input, as `members` does a file.

    Args:
        file: The stream.
        name: What it is called.
        format_: What is in it: an ending without its dot.
        known: Endings of formats.
        limits: What is read at most; the ratio is not known of a stream.
        on_error: Called with what cannot be opened.
        on_note: Called with a line on what was left out.
    """
    read = cast(Callable[[int], bytes], getattr(file, "read1", file.read))
    counted = layer(read, Meter(replace(limits, unpacked_size=limits.file_size)))
    whole = Member(name, name, f"{name}.{format_}", counted, limits, on_error, on_note)
    yield from _opened(whole, known, None, 0)


def shown(path: object) -> str:
    """Write a path so that any file and terminal can hold it."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def held(member: Member) -> IO[bytes]:
    """A member that can be sought in: a file, or else held in memory.

    Raises:
        LimitReached: It is too large to be held.
    """
    if member.file.seekable():
        return member.file
    data = taken(member.file, member.limits.held_size + 1)
    if len(data) > member.limits.held_size:
        raise LimitReached(
            f"it has to be held as a whole but is larger than "
            f"{shown_size(member.limits.held_size)}: unpack it, or raise the limit: held_size"
        )
    return io.BytesIO(data)


def taken(file: IO[bytes], most: int) -> bytes:
    """Bytes of a stream, up to a number, without room for all of that number at once.

    Args:
        file: The stream.
        most: Most bytes that are read.
    """
    data = bytearray()
    while len(data) < most and (more := file.read(min(BUFFER, most - len(data)))):
        data += more
    return bytes(data)


def layer(read: Callable[[int], bytes], meter: Meter) -> io.BufferedReader:
    """A stream over a function that reads, whose bytes are counted.

    Args:
        read: Returns at most so many bytes; none at the end.
        meter: Counts them.
    """
    return io.BufferedReader(_Layer(read, meter), BUFFER)


@contextmanager
def reported(member: Member) -> Iterator[None]:
    """Report what ends the reading of a member; what was read before it stays.

    Hostile files make libraries raise whatever comes: an IndexError of zipfile was met.
    """
    try:
        yield
    except NewsNLPError:
        raise
    except Exception as error:
        member.broken(f"the file cannot be read any further ({_reason(error)})")


def _opened(
    whole: Member, known: tuple[str, ...], packed: int | None, depth: int
) -> Iterator[Member]:
    """Take off the layers of compression, then open what is an archive.

    `whole.ending` is the name that the layers are taken off.
    """
    name, expected = _without_compression(whole.ending)
    with reported(whole):
        file, found = whole.file, list[str]()
        while (kind := _sniff(head := file.peek(HEAD))) in COMPRESSED.values():
            depth += 1
            if depth > whole.limits.nesting:
                whole.broken(_too_deep(whole.limits))
                return
            found.append(str(kind))
            file = layer(_decompressor(str(kind), file), Meter(whole.limits, packed))
        agree = found == expected or packed is None  # a stream's name says nothing
        if not agree and not _readable(whole, expected, found, head):
            return
        format_ = ending(name, known)
        if kind is None and format_ == ".tar":
            kind = "tar"  # the oldest tars have no mark
        if kind == "tar" or (kind == "zip" and format_ != ".xlsx"):
            if format_ is not None and ARCHIVES.get(format_) != kind:
                whole.on_note(f"{whole.place}: it is a {kind} archive, whatever its ending says")
            if depth >= whole.limits.nesting:
                whole.broken(_too_deep(whole.limits))
                return
            opened = replace(whole, file=file)
            inside = _tar_members if kind == "tar" else _zip_members
            yield from _inside(opened, inside(opened, packed), known, packed, depth + 1)
        elif format_ in ARCHIVES:
            whole.broken(f"the file is no {ARCHIVES[format_]} archive", head=head)
        elif format_ is None:
            whole.broken(
                f"the ending is none of {', '.join((*known, *ARCHIVES))}", head=head[:HEAD]
            )
        else:
            yield replace(whole, ending=format_, file=file)


def _readable(whole: Member, expected: list[str], found: list[str], head: bytes) -> bool:
    """Whether a file can be read whose compression is not what its ending says."""
    if expected and not found and (not head or is_binary(head)):
        what = "empty" if not head else "damaged or of another kind"
        whole.broken(f"the file is no {expected[-1]}, as its ending says, but {what}", head=head)
        return False
    says = " in ".join(expected) or "not compressed"
    whole.on_note(f"{whole.place}: its ending says {says}, it is {' in '.join(found) or 'not'}")
    return True


def _inside(
    archive: Member,
    entries: Iterator[tuple[str, str | None, Callable[[], io.BufferedReader]]],
    known: tuple[str, ...],
    packed: int | None,
    depth: int,
) -> Iterator[Member]:
    """Members of an archive, and what is in those that are archives themselves."""
    left: Counter[str] = Counter()
    seen: set[int] = set()
    n_entries = n_found = 0
    for given, problem, open_ in entries:
        n_entries += 1
        name = given
        if hash(name) in seen:  # a later version of the file, or a mistake: nothing is lost
            name = f"{given}~{n_entries}"
        seen.add(hash(name))
        shown_name = shown(name[:_LONGEST_NAME])
        entry = replace(
            archive,
            place=f"{archive.place}!{shown_name}", name=f"{archive.name}!{shown_name}",
            ending=given.rpartition("/")[2],
        )  # fmt: skip
        if n_entries > archive.limits.members:
            archive.broken(_too_many(archive.limits))
            return
        if problem := problem or _name_problem(given):
            n_found += 1
            entry.broken(f"left out: {problem}")
        elif any(part.startswith((".", "__MACOSX")) for part in given.split("/")):
            continue
        elif ending(entry.ending, known) is None:
            left[Path(entry.ending).suffix or entry.ending] += 1
        else:
            n_found += 1
            with reported(entry):
                yield from _opened(replace(entry, file=open_()), known, packed, depth)
    if left:
        kinds = ", ".join(f"{n} {shown(kind)}" for kind, n in sorted(left.items()))
        archive.on_note(f"{archive.place}: left out, not articles by their endings: {kinds}")
    if not n_found:
        archive.broken(f"no member ends in {', '.join((*known, *ARCHIVES))}")


def _zip_members(
    archive: Member, packed: int | None
) -> Iterator[tuple[str, str | None, Callable[[], io.BufferedReader]]]:
    file = held(archive)
    if problem := _directory_problem(file, archive.limits):
        raise LimitReached(problem)
    meter = Meter(archive.limits, packed)
    with zipfile.ZipFile(file) as opened:
        for info in opened.infolist():
            if info.is_dir():
                continue
            mode = info.external_attr >> 16
            problem = None
            if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
                problem = f"it is {_kind(mode)}"
            elif info.flag_bits & 0x1:
                problem = "it is encrypted: unpack the archive with its password"

            def open_(info: zipfile.ZipInfo = info) -> io.BufferedReader:
                return layer(_by_pieces(cast(Any, opened.open(info)).read1), meter)

            yield _zip_name(info), problem, open_


def _directory_problem(file: IO[bytes], limits: Limits) -> str | None:
    """Whether a zip lists too many members: counted one by one, before any is held."""
    file.seek(0, io.SEEK_END)
    size = file.tell()
    tail_start = max(0, size - 66 * KIB)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 20:
        return "it has no directory of its members, as if it were cut"
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    end = tail_start + at
    if (locator := tail.rfind(b"PK\x06\x06", 0, at)) >= 0:  # of a large zip
        length = int.from_bytes(tail[locator + 40 : locator + 48], "little")
        end = tail_start + locator
    if length > limits.held_size:
        return (
            f"the list of its members has {shown_size(length)}, more than "
            f"{shown_size(limits.held_size)}: raise the limit: held_size"
        )
    file.seek(max(0, end - length))
    n = 0
    while len(entry := file.read(_ENTRY.size)) == _ENTRY.size:
        mark, *lengths = _ENTRY.unpack(entry)
        if mark != b"PK\x01\x02":
            break
        n += 1
        if n > limits.members:
            return _too_many(limits)
        file.seek(sum(lengths), io.SEEK_CUR)
    file.seek(0)
    return None


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name of a member: old zips write it in an encoding of DOS or Windows."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    try:
        return decode(info.filename.encode("cp437")).text
    except (UnicodeError, UndecodableError):
        return info.filename


def _tar_members(
    archive: Member, packed: int | None
) -> Iterator[tuple[str, str | None, Callable[[], io.BufferedReader]]]:
    headers = _Headers(archive.file, _HEADERS)
    meter = Meter(archive.limits, packed)
    with tarfile.open(
        fileobj=cast(Any, headers), mode="r|", bufsize=BUFFER // 2, tarinfo=_TarInfo
    ) as opened:
        while (info := opened.next()) is not None:
            cast(Any, opened).members = []  # it would remember all of them
            content = opened.extractfile(info) if info.isreg() else None
            if info.isdir():
                continue
            problem = None if content is not None else f"it is {_tar_kind(info)}"
            headers.left = info.size + 2 * _HEADERS

            def open_(content: IO[bytes] | None = content) -> io.BufferedReader:
                return layer(_by_pieces(cast(Any, content).read1), meter)

            yield _tar_name(info), problem, open_
            while content is not None and (skipped := content.read(BUFFER)):
                meter.add(len(skipped))
            headers.left = _HEADERS


def _tar_name(info: tarfile.TarInfo) -> str:
    data = info.name.encode("utf-8", "surrogateescape")
    try:
        return decode(data).text
    except UndecodableError:
        return shown(info.name)


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return f"a link to {shown(info.linkname[:_LONGEST_NAME])}"
    return "a device or a pipe" if info.isdev() else "no file"


def _name_problem(name: str) -> str | None:
    """Whether a member's name leads out of its archive."""
    path = name.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
        return "its name leads out of the archive"
    return "its name is too long" if len(name) > _LONGEST_NAME else None


def _without_compression(name: str) -> tuple[str, list[str]]:
    """A name in small letters without endings of compression, and the kinds, outermost first."""
    bare, kinds = name.casefold(), []
    for short, long in _SHORT.items():
        if bare.endswith(short):
            bare = bare.removesuffix(short) + long
    while (found := bare.rpartition(".")[2]) and f".{found}" in COMPRESSED:
        bare = bare.removesuffix(f".{found}")
        kinds.append(COMPRESSED[f".{found}"])
    return bare, kinds


def _sniff(head: bytes) -> str | None:
    """What the first bytes say: a kind of compression or of archive, if any."""
    found = next((kind for kind, pattern in _MARKS.items() if pattern.match(head)), None)
    if found is None and head[_TAR_MARK] in (b"ustar\x00", b"ustar "):
        return "tar"
    return found


def _decompressor(kind: str, file: io.BufferedReader) -> Callable[[int], bytes]:
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file).read1
    if kind == "bzip2":
        return _Streams(bz2.BZ2Decompressor, file).read
    if kind == "xz":
        return _Streams(lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY), file).read
    import pyarrow as pa  # noqa: PLC0415  0.1 s that only these files need

    return _by_pieces(pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd").read)


def _by_pieces(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """What reads little at a time: no more than that is lost where it fails."""
    return lambda n: read(min(n, _PIECE))


def _kind(mode: int) -> str:
    names: dict[Callable[[int], bool], str] = {
        stat.S_ISDIR: "a folder", stat.S_ISLNK: "a link", stat.S_ISFIFO: "a pipe",
        stat.S_ISSOCK: "a socket", stat.S_ISCHR: "a device", stat.S_ISBLK: "a device",
    }  # fmt: skip
    return next((name for is_kind, name in names.items() if is_kind(mode)), "of no known kind")


def _reason(error: Exception) -> str:
    """What an error says, in one line."""
    text = " ".join(str(error).split())
    told = isinstance(error, OSError | EOFError | ValueError | zipfile.BadZipFile)
    return (text if text and told else f"{type(error).__name__}: {text}")[:HEAD]


def _too_deep(limits: Limits) -> str:
    return (
        f"more than {limits.nesting} layers of compression and archives in one another: "
        "unpack it, or raise the limit: nesting"
    )


def _too_many(limits: Limits) -> str:
    return f"more than {limits.members} members: raise the limit: members"
