"""A run that can be watched and stopped: what it has done, how that is shown, Ctrl-C, a sample."""

from __future__ import annotations

import heapq
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from newsnlp.article import Article
from newsnlp.errors import OptionError
from newsnlp.schema import BAD_STATUSES
from newsnlp.wording import noun

if TYPE_CHECKING:
    from rich.console import Console

_SECONDS_BETWEEN_LINES = 30.0
_PER_MINUTE, _PER_HOUR = 60, 3600
_SHARE_WORTH_TELLING = 0.002  # of the input, before which the time left is a guess


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run of `Archive.annotate` did.

    Args:
        n_articles: Articles that the run added.
        n_skipped: Articles that were stored before and stay as they are.
        n_changed: Those of them that have another text now; what is stored stays.
        statuses: Articles added or annotated again, by status.
        seconds: Wall-clock time of the run.
        n_updated: Articles that were stored before and were annotated again.
        n_rejected: Files, records and lines that could not be read.
        n_bad_before: Articles stored before that had failed or were too long, and still are.
        n_undated: Articles added or annotated again that have no time of publication.
        n_unread_dates: Those of them with one that could not be read.
        unread_date: One of these: what was given, and the `doc_id`.
    """

    n_articles: int
    n_skipped: int
    n_changed: int
    statuses: Mapping[str, int]
    seconds: float
    n_updated: int = 0
    n_rejected: int = 0
    n_bad_before: int = 0
    n_undated: int = 0
    n_unread_dates: int = 0
    unread_date: str = ""

    @property
    def speed(self) -> float:
        """Articles annotated a second."""
        return (self.n_articles + self.n_updated) / max(self.seconds, 1e-9)

    @property
    def n_bad(self) -> int:
        """Articles annotated that failed or were too long."""
        return sum(self.statuses.get(status, 0) for status in BAD_STATUSES)


Progress = Callable[[Summary], None]


# --- Ctrl-C -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Stop:
    """Whether a run was asked to end after its batch."""

    is_asked: bool = False

    def asked(self) -> bool:
        """Whether it was, by now."""
        return self.is_asked


@contextmanager
def stoppable(on_stop: Callable[[], None] | None = None) -> Iterator[Stop]:
    """The first Ctrl-C asks to stop, a second one interrupts at once.

    Only in the main thread, and only where nobody else handles Ctrl-C.

    Args:
        on_stop: Called at the first one.
    """
    stop = Stop()
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield stop
        return

    def ask(*_: object) -> None:
        stop.is_asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if on_stop is not None:
            on_stop()

    signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# --- a sample -----------------------------------------------------------------------------------


def sampled(articles: Iterable[Article], size: float, *, seed: int = 0) -> Iterator[Article]:
    """A sample of articles that depends only on their ids and the seed, in the order of reading.

    With more articles in the source, those of a smaller sample are among them again.

    Args:
        articles: Articles with a `doc_id`.
        size: A share under 1, or a number of articles, which are held in memory.
        seed: Another one gives another sample.

    Raises:
        OptionError: The size is neither.

    Example:
        >>> some = [Article(doc_id=str(number)) for number in range(1000)]
        >>> len(list(sampled(some, 10))), 80 < len(list(sampled(some, 0.1))) < 120
        (10, True)
    """
    if not 0 < size < 1 and (size < 1 or size != int(size)):
        raise OptionError(f"sample={size!r} is neither a share under 1 nor a whole number from 1")
    return _share(articles, size, seed) if size < 1 else _number(articles, int(size), seed)


def _share(articles: Iterable[Article], share: float, seed: int) -> Iterator[Article]:
    return (article for article in articles if _place(article, seed) < share)


def _number(articles: Iterable[Article], number: int, seed: int) -> Iterator[Article]:
    placed = ((_place(each, seed), row, each) for row, each in enumerate(articles))
    for _, _, article in sorted(
        heapq.nsmallest(number, placed, key=lambda each: each[:2]), key=lambda each: each[1]
    ):
        yield article


def _place(article: Article, seed: int) -> float:
    """A number from 0 to 1 that an id always has."""
    digest = sha256(f"{seed}:{article.doc_id}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


# --- how much is read -----------------------------------------------------------------------------


@dataclass(slots=True)
class Share:
    """How much of a run's input has been read, as a share of bytes or of a number of articles.

    Args:
        paths: Files and folders to be read.
        limit: Most articles that are read.
        sizes: Bytes by file.
    """

    paths: Sequence[Path] = ()
    limit: int | None = None
    sizes: dict[str, int] = field(default_factory=dict)
    _total: int = 0
    _n_articles: int = 0
    _before: int = 0
    _file: str | None = None

    def __post_init__(self) -> None:
        for path in self.paths:
            files = sorted(path.rglob("[!.]*")) if path.is_dir() else [path]
            for file in files:
                with suppress(OSError):
                    if file.is_file():
                        self.sizes[str(file)] = file.stat().st_size
        self._total = sum(self.sizes.values())

    def watch(self, articles: Iterable[Article]) -> Iterator[Article]:
        """The same articles; how far they are is noted.

        Args:
            articles: What is read.
        """
        for article in articles:
            self._n_articles += 1
            if article.file is None:
                self._before += len((article.text or "").encode("utf-8", "replace"))
            elif article.file != self._file:
                self._before += self._size()
                self._file = article.file
            yield article

    def _size(self) -> int:
        return 0 if self._file is None else self.sizes.get(self._file.partition("!")[0], 0)

    def __call__(self) -> float | None:
        """The share, from 0 to 1; None where it is not known."""
        shares = [self._n_articles / self.limit] if self.limit else []
        if self._total:
            now = 0 if self._file is None else _position(self._file, self._size())
            shares.append((self._before + now) / self._total)
        return min(max(shares), 1.0) if shares else None


def _position(file: str, size: int) -> int:
    """How far this process has read a file, where the system tells (Linux); else nothing of it."""
    with suppress(OSError, ValueError):
        wanted = Path(file.partition("!")[0]).resolve()
        for link in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                if link.readlink() == wanted:
                    info = Path("/proc/self/fdinfo", link.name).read_text("ascii")
                    return min(int(info.split(maxsplit=2)[1]), size)
        return size  # it has been closed
    return 0


# --- how a run is shown ---------------------------------------------------------------------------


def line(summary: Summary, share: float | None = None) -> str:
    """A run so far, on one line.

    Args:
        summary: What it has done.
        share: How much of its input has been read.

    Example:
        >>> line(Summary(1200, 0, 0, {"ok": 1200}, 10.0, n_rejected=2), 0.25)
        '1200 articles annotated, 120.0 a second, 2 rejected, 25 % read, about 0:30 left'
    """
    n_annotated = summary.n_articles + summary.n_updated
    told = [f"{n_annotated} {noun(n_annotated, 'article')} annotated"]
    told.append(f"{summary.speed:.1f} a second")
    told += [f"{summary.n_skipped} stored before"] if summary.n_skipped else []
    told += [f"{summary.n_rejected} rejected"] if summary.n_rejected else []
    told += [f"{summary.n_bad} failed or too long"] if summary.n_bad else []
    if share is not None and share > _SHARE_WORTH_TELLING:
        left = summary.seconds * (1 - share) / share
        told.append(f"{share:.0%} read, about {_duration(left)} left".replace("%", " %"))
    return ", ".join(told)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // _PER_HOUR, whole % _PER_HOUR // _PER_MINUTE
    rest = f"{whole % _PER_MINUTE:02d}"
    return f"{hours}:{minutes:02d}:{rest}" if hours else f"{minutes}:{rest}"


class _Shown(Protocol):
    def update(self, text: str, share: float | None) -> None: ...


@contextmanager
def shown(
    *, share: Callable[[], float | None] = lambda: None, console: Console | None = None
) -> Iterator[Progress]:
    """Show a run: a moving bar on a terminal, a line that changes in a notebook, else a line
    every half a minute.

    Args:
        share: Tells how much of the input has been read.
        console: Where; standard error, without one.

    Yields:
        What is called with the run so far.
    """  # noqa: D205  one sentence
    with _display(console) as display:

        def progress(summary: Summary) -> None:
            now = share()
            display.update(line(summary, now), now)

        yield progress


@contextmanager
def _display(console: Console | None) -> Iterator[_Shown]:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn  # noqa: PLC0415

    if in_notebook():
        yield _NotebookLine()
        return
    console = console or Console(stderr=True, highlight=False, markup=False)
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (SpinnerColumn(), BarColumn(20), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar, bar.add_task("reading", total=None))


def in_notebook() -> bool:
    """Whether this runs in a notebook."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


@dataclass(slots=True)
class _Bar:
    bar: Any
    task: Any

    def update(self, text: str, share: float | None) -> None:
        done = {} if share is None else {"total": 1.0, "completed": share}
        self.bar.update(self.task, description=text, **done)


@dataclass(slots=True)
class _Lines:
    console: Console
    last: float = field(default_factory=time.monotonic)

    def update(self, text: str, share: float | None) -> None:
        now = time.monotonic()
        if now - self.last >= _SECONDS_BETWEEN_LINES:
            self.last = now
            self.console.print(text)


@dataclass(slots=True)
class _NotebookLine:
    handle: Any = None

    def update(self, text: str, share: float | None) -> None:
        from IPython import display as displays  # noqa: PLC0415

        display: Any = displays.display
        content = {"text/plain": text}
        if self.handle is None:
            self.handle = display(content, raw=True, display_id=True)
        else:
            self.handle.update(content, raw=True)
