"""Worker processes: batches go out to them, results come back in order.

A worker is a fresh Python at the other end of a pipe of its own. Whichever end dies, the other one
reads the end of the pipe: so the parent knows which batch is lost, and a worker never outlives its
parent. loky starts the processes, since it never runs the caller's main module again; its executor
is not used: its workers share a queue that the parent holds open too, so that it waits for ever for
the rest of a result whose sender was killed.

Nothing heavy is imported here: from its first moments a worker ignores Ctrl-C, which is for the
parent.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from newsnlp.errors import WorkerError

# Batches given to a worker and not back yet: one it works on, one that it finds when it is done.
_BATCHES_A_WORKER = 2
_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_TO_END = 5.0
_PROTOCOL = pickle.HIGHEST_PROTOCOL
_ONE_THREAD = dict.fromkeys(
    (
        "BLIS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)  # fmt: skip

Batch = TypeVar("Batch")
Result = TypeVar("Result")


def map_batches(
    function: Callable[[Batch], Result],
    batches: Iterable[Batch],
    *,
    processes: int,
    doc_ids: Callable[[Batch], Sequence[str]],
) -> Generator[Result, None, None]:
    """Call a function on batches in worker processes; results come in the order of the batches.

    Batches are read only as far as results are, and two a worker ahead. A worker starts when there
    is work for it; all end when the iterator ends, is closed or is forgotten.

    Args:
        function: What a worker does with a batch; it is pickled once a worker.
        batches: What is worked on. An error in it is raised after the results of what came before.
        processes: Most workers.
        doc_ids: Tells the documents of a batch, for errors.

    Raises:
        WorkerError: A worker died; the documents that it worked on are named.
    """
    pool = _Pool(pickle.dumps(function, _PROTOCOL), processes)
    source = _UntilError(batches)
    tasks: deque[_Task] = deque()
    try:
        for batch in source:
            tasks.append(pool.submit(batch, doc_ids(batch)))
            if len(tasks) == processes * _BATCHES_A_WORKER:
                yield pool.result(tasks.popleft())
        while tasks:
            yield pool.result(tasks.popleft())
        if source.error is not None:
            raise source.error
    finally:
        pool.stop()


@dataclass(slots=True)
class _UntilError:
    """Items up to an error, which is kept: what was read before it is not lost."""

    items: Iterable[Any]
    error: Exception | None = None

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self.items
        except Exception as error:
            self.error = error


@dataclass(slots=True, eq=False)
class _Task:
    """A batch that is out: its documents, and what came back: whether all went well, and what."""

    doc_ids: Sequence[str]
    outcome: tuple[bool, Any] | None = None


@dataclass(slots=True, eq=False)
class _Worker:
    """A process, the parent's end of its pipe, and what it was given, in the order of its work."""

    process: Any
    connection: Connection
    tasks: deque[_Task] = field(default_factory=deque)

    @classmethod
    def start(cls, function: bytes) -> _Worker:
        import loky  # noqa: F401, PLC0415  makes its way to start processes known

        connection, theirs = Pipe()
        context: Any = get_context("loky")
        # At the parent's regular end, multiprocessing ends what is a daemon.
        process = context.Process(
            target=_serve, args=(theirs, os.getpid(), function), env=_ONE_THREAD, daemon=True
        )
        with _without_interrupts():
            process.start()
        # While the parent held that end as well, it would not read the end of a dead worker's pipe.
        theirs.close()
        return cls(process, connection)

    def receive(self) -> bytes:
        """What the worker sends; it may be waited for.

        Raises:
            EOFError, OSError: The worker has ended.
        """
        if not (self.process.is_alive() or self.connection.poll()):
            raise EOFError  # on Windows the pipe of one that ended as it began has no end
        return self.connection.recv_bytes()

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.join()

    def lost(self) -> WorkerError:
        """The error of a worker whose pipe has ended: it was at work on the first of its tasks."""
        self.process.join(_SECONDS_TO_END)
        self.stop()
        ids = self.tasks[0].doc_ids
        return WorkerError(
            f"a worker process ended ({_how(self.process.exitcode)}) at work on {_named(ids)}, all "
            "named in doc_ids: where memory was short, use fewer processes or a smaller "
            "batch_size; else annotate these articles one by one",
            ids,
        )


class _Pool:
    """Workers that are started as they are needed."""

    def __init__(self, function: bytes, most: int) -> None:
        self._function = function
        self._most = most
        self._workers: list[_Worker] = []

    def submit(self, batch: object, doc_ids: Sequence[str]) -> _Task:
        """Give a batch to the worker with the least to do."""
        worker = min(self._workers, key=lambda each: len(each.tasks), default=None)
        if worker is None or (worker.tasks and len(self._workers) < self._most):
            worker = _Worker.start(self._function)
            self._workers.append(worker)
        task = _Task(doc_ids)
        worker.tasks.append(task)
        # That a worker has died is seen at the end of its results, some of which may be to come.
        with suppress(OSError):
            worker.connection.send_bytes(pickle.dumps(batch, _PROTOCOL))
        return task

    def result(self, task: _Task) -> Any:
        """What came of the earliest task that is out."""
        while task.outcome is None:
            busy = {
                handle: worker
                for worker in self._workers
                if worker.tasks
                for handle in (worker.connection, worker.process.sentinel)
            }
            for worker in {busy[handle] for handle in wait(list(busy))}:
                self._receive(worker)
        went_well, value = task.outcome
        if not went_well:
            raise value
        return value

    def _receive(self, worker: _Worker) -> None:
        try:
            reply = worker.receive()
        except (EOFError, OSError):
            # Its later tasks stay without an outcome: the error of the first ends it all.
            self._workers.remove(worker)
            worker.tasks[0].outcome = False, worker.lost()
        else:
            task = worker.tasks.popleft()
            went_well, value = task.outcome = pickle.loads(reply)
            if not went_well:
                value.add_note(f"It was at work on {_named(task.doc_ids)}.")

    def stop(self) -> None:
        while self._workers:
            self._workers.pop().stop()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """A process that starts meanwhile never gets Ctrl-C, not even before it runs our code."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, parent: int, pickled: bytes) -> None:
    """Work until the pipe ends, in the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_receive, args=(connection, parent, requests), daemon=True).start()
    function = cache(partial(pickle.loads, pickled))
    with suppress(OSError):  # the parent has ended
        while True:
            connection.send_bytes(_reply(function, requests.get()))


def _reply(function: Callable[[], Callable[[Any], Any]], request: bytes) -> bytes:
    """What a worker answers: that all went well with the result, or that it did not with the error.

    The function is loaded here, so that an error of that comes back as well.
    """
    try:
        return pickle.dumps((True, function()(pickle.loads(request))), _PROTOCOL)
    except Exception as error:
        return _error_reply(error)


def _receive(connection: Connection, parent: int, requests: SimpleQueue[bytes]) -> None:
    """Take in what is sent, while work goes on, and end the process when its parent has ended.

    A process that the parent forks holds the pipe open after it: so its number is looked at too.
    """
    with suppress(EOFError, OSError):
        while os.getppid() == parent:
            if connection.poll(_SECONDS_BETWEEN_LOOKS):
                requests.put(connection.recv_bytes())
    os._exit(1)


def _error_reply(error: Exception) -> bytes:
    """An error as it can be sent; where it cannot, its traceback."""
    text = "".join(traceback.format_exception(error))
    error.add_note(f"In a worker process:\n{text}")
    try:
        reply = pickle.dumps((False, error), _PROTOCOL)
        pickle.loads(reply)
    except Exception:
        return pickle.dumps((False, RuntimeError(text)), _PROTOCOL)
    return reply


def _named(doc_ids: Sequence[str]) -> str:
    if len(doc_ids) == 1:
        return f"1 article, {doc_ids[0]!r}"
    return f"{len(doc_ids)} articles, {doc_ids[0]!r} to {doc_ids[-1]!r}"


def _how(exit_code: int | None) -> str:
    """How a process ended, in words."""
    if exit_code is not None and exit_code < 0 and sys.platform != "win32":
        return f"killed by {signal.Signals(-exit_code).name}"
    return f"exit status {exit_code}"
