"""An archive annotated by the workers of a Dask cluster, which write its parts to a shared folder.

This process holds the archive and hands out batches or partitions; workers annotate them, each
with models of its own that it loads once, and put parts in place. A part is named by what it holds:
a batch that a lost worker had done is not done again, and one that two have done is there once.

The extra `newsnlp[dask]` has what is needed. Every worker needs the same newsnlp, and the archive
at the same path.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pandas as pd

from newsnlp import parts
from newsnlp.archives import Archive
from newsnlp.errors import (
    ArchiveError,
    DuplicateIdError,
    MissingExtraError,
    OptionError,
    SourceError,
    WorkerError,
)
from newsnlp.fields import Columns, as_id
from newsnlp.frames import Frames
from newsnlp.intake import Intake
from newsnlp.ledger import Receipt, digits_of, read_receipt
from newsnlp.pipeline import Annotator, annotate_batches, cut
from newsnlp.runs import Progress, Summary
from newsnlp.sources import iter_articles

_IN_FLIGHT_A_THREAD = 2
_SECONDS_TO_CONNECT = 20

# Of articles that are stored: the first digits of their texts' hashes, None of those that failed.
_Stored = Mapping[str, str | None]
_Done = list["Frames | Receipt"]


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of a Dask scheduler.

    Args:
        address: Such as "tcp://10.0.0.1:8786".

    Raises:
        MissingExtraError: Dask is not installed.
        OptionError: There is no scheduler.
    """
    client_of = _distributed().Client
    try:
        client = client_of(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OptionError(
            f"there is no Dask scheduler at {address!r} ({error}): start one with dask scheduler"
        ) from error
    try:
        yield client
    finally:
        client.close()


def annotate(
    ddf: Any,
    archive: Archive | str | os.PathLike[str],
    *,
    annotator: Annotator | None = None,
    frames: Sequence[str] | None = None,
    columns: Columns | None = None,
    batch_size: int = 256,
    update: bool = False,
    client: Any = None,
    progress: Progress | None = None,
) -> Summary:
    """Annotate a Dask DataFrame into an archive, on the workers of its cluster.

    A partition is annotated where it is computed. Its ids are computed first: partitions of which
    nothing is lacking are left out, unless texts that have changed are looked for (`update`).

    Args:
        ddf: Has a column `doc_id`, and those that a DataFrame has for `newsnlp.annotate`.
        archive: An archive, or its path; workers must see it at the same path.
        annotator: As for `Archive.annotate`.
        frames: As for `Archive.annotate`.
        columns: Field of `Article` -> column of the frame.
        batch_size: As for `Archive.annotate`.
        update: As for `Archive.annotate`; all partitions are computed then.
        client: Client of the cluster; without it the present one.
        progress: As for `Archive.annotate`; called as partitions are done.

    Raises:
        MissingExtraError: Dask is not installed.
        SourceError: There is no column `doc_id`.
        DuplicateIdError: A `doc_id` is missing or comes twice.
        ArchiveError: As for `Archive.annotate`; also where a worker has other models.
        WorkerError: A partition killed several workers; its articles are named.
    """
    client = client or _distributed().get_client()
    archive = archive if isinstance(archive, Archive) else Archive(archive)
    id_column = (columns or {}).get("doc_id") or "doc_id"
    if id_column not in ddf.columns:
        raise SourceError(
            f"the Dask DataFrame has no column {id_column!r}, only "
            f"{', '.join(map(str, ddf.columns))}: its index does not tell articles apart"
        )
    ids = _ids(client, ddf[id_column])
    stop, counts = Event(), _Counts()

    def work(
        archive: Archive, annotator: Annotator, names: Sequence[str], _: object
    ) -> Generator[Frames | Receipt, None, None]:
        # What is stored is known only now, while this run holds the archive.
        spec = _Spec.of(archive, annotator, names)
        stored = [archive.digits(some) for some in ids]
        tasks = (
            _Task(_annotate_partition, (there, columns, batch_size, update), some, partition)
            for partition, some, there in zip(ddf.to_delayed(), ids, stored, strict=True)
            if not stop.is_set()
            if update or len(there) < len(some)
        )
        whole = [some for some, there in zip(ids, stored, strict=True) if len(there) == len(some)]
        counts.add(0 if update else sum(map(len, whole)), 0)
        for results, n_skipped, n_changed in _done(client, spec, tasks):
            counts.add(n_skipped, n_changed)
            yield from results

    summary = archive.annotate(
        (),
        annotator=annotator,
        frames=frames,
        work=work,
        progress=progress,
        on_stop=stop.set,
    )
    return replace(summary, n_skipped=counts.n_skipped, n_changed=counts.n_changed)


def on_workers(
    client: Any,
    archive: Archive,
    annotator: Annotator,
    names: Sequence[str],
    batches: Iterable[list[Intake]],
) -> Generator[Frames | Receipt, None, None]:
    """Annotate the batches of `Archive.annotate` on a cluster: its `work`, with a client.

    Args:
        client: Client of the cluster.
        archive: What is filled; this process holds it.
        annotator: Its options go to the workers.
        names: Frames to compute.
        batches: Batches, of which few are out at a time.

    Raises:
        ArchiveError: A worker has other models, or cannot write the archive.
        WorkerError: A batch killed several workers; its articles are named.
    """
    spec = _Spec.of(archive, annotator, names)
    tasks = (
        _Task(_annotate_batch, (batch, _is_new(batch, archive)), _doc_ids(batch))
        for batch in batches
    )
    yield from _done(client, spec, tasks)


@dataclass(slots=True)
class _Counts:
    """Articles that are stored and stay, and those of them that have another text now."""

    n_skipped: int = 0
    n_changed: int = 0

    def add(self, n_skipped: int, n_changed: int) -> None:
        self.n_skipped += n_skipped
        self.n_changed += n_changed


# --- handing out ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spec:
    """What a worker must know: archive, run, how to annotate, and what must come of it."""

    path: str
    run: str
    annotator: bytes
    names: tuple[str, ...]
    info: Mapping[str, Any]

    @classmethod
    def of(cls, archive: Archive, annotator: Annotator, names: Sequence[str]) -> _Spec:
        archive.begin(annotator.info(), names)  # workers open the archive
        path = os.path.abspath(archive.path)  # noqa: PTH100  as it is seen elsewhere too
        return cls(path, archive.run, pickle.dumps(annotator), tuple(names), annotator.info())


@dataclass(frozen=True, slots=True)
class _Task:
    """A call of a function with the worker's annotator, the spec and these arguments."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    doc_ids: Sequence[str]
    partition: Any = None

    def submit(self, client: Any, spec: _Spec) -> Any:
        # Pickled here, Dask does not search it for objects of its own.
        call = pickle.dumps((self.function, spec, self.arguments))
        partitions = () if self.partition is None else (client.compute(self.partition),)
        return client.submit(_call, call, *partitions, pure=False)


def _done(client: Any, spec: _Spec, tasks: Iterable[_Task]) -> Iterator[Any]:
    """Results of tasks as they are done, of which few are out at a time."""
    distributed = _distributed()
    out: dict[Any, Sequence[str]] = {}
    waiting = distributed.as_completed(loop=client.loop)

    def result() -> Any:
        future = next(waiting)
        doc_ids = out.pop(future)
        try:
            return future.result()
        except distributed.KilledWorker as error:
            raise WorkerError(
                f"several workers were lost at work on {len(doc_ids)} articles, "
                f"{doc_ids[0]!r} to {doc_ids[-1]!r}, all named in doc_ids: give workers more "
                "memory or use a smaller batch_size",
                doc_ids,
            ) from error

    try:
        for task in tasks:
            future = task.submit(client, spec)
            out[future] = task.doc_ids
            waiting.add(future)
            if len(out) >= _IN_FLIGHT_A_THREAD * max(1, sum(client.nthreads().values())):
                yield result()
        while out:
            yield result()
    finally:
        client.cancel(list(out))


def _ids(client: Any, column: Any) -> list[list[str]]:
    """Ids of the articles by partition.

    Raises:
        DuplicateIdError: One is missing or comes twice.
    """
    from dask import delayed  # noqa: PLC0415

    calls = [delayed(_id_list, pure=False)(partition) for partition in column.to_delayed()]
    found: list[list[str]] = client.gather(client.compute(calls))
    seen: dict[str, int] = {}
    for number, ids in enumerate(found):
        for doc_id in ids:
            if doc_id in seen:
                raise DuplicateIdError(
                    f"partition {seen[doc_id]} and partition {number} both have doc_id "
                    f"{doc_id!r}: give each article its own, as with ddf.drop_duplicates"
                )
            seen[doc_id] = number
    return found


def _is_new(batch: Sequence[Intake], archive: Archive) -> bool:
    """Whether a batch is a part by itself; else parts that are there are rewritten, here."""
    return not archive.digits(_doc_ids(batch))


def _doc_ids(batch: Iterable[Intake]) -> list[str]:
    return [str(taken.article.doc_id) for taken in batch]


# --- in workers -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Loaded:
    """The annotators of a worker, each loaded once."""

    lock: Any = field(default_factory=Lock)
    annotators: dict[bytes, Annotator] = field(default_factory=dict)

    def get(self, pickled: bytes) -> Annotator:
        with self.lock:
            if pickled not in self.annotators:
                self.annotators = {pickled: pickle.loads(pickled)}
            return self.annotators[pickled]


def _call(call: bytes, *partition: pd.DataFrame) -> Any:
    """Call a task's function with what the worker keeps.

    Raises:
        ArchiveError: The worker's models are others.
    """
    function, spec, arguments = pickle.loads(call)
    worker = _distributed().get_worker()
    annotator: Annotator = vars(worker).setdefault("_newsnlp", _Loaded()).get(spec.annotator)
    if annotator.info() != spec.info:
        raise ArchiveError(
            f"the worker {worker.address} has other models or another register than the one that "
            "gives it work: install the same newsnlp, with the same data, on both"
        )
    return function(annotator, spec, *partition, *arguments)


def _id_list(column: pd.Series[Any]) -> list[str]:
    ids = []
    for row, value in enumerate(column):
        doc_id = as_id(value)
        if doc_id is None:
            raise DuplicateIdError(f"row {row} of a partition has no doc_id: fill it")
        ids.append(doc_id)
    return ids


def _annotate_batch(
    annotator: Annotator, spec: _Spec, batch: list[Intake], is_new: bool
) -> Frames | Receipt:
    """Annotate a batch: put it in place, or give it back to be put where it was before."""
    path = Path(spec.path)
    hashes = [digits_of(taken, whole=True) for taken in batch]
    there = path / parts.part_name(_doc_ids(batch), hashes)
    if is_new and there.exists():  # a worker that was lost had done it
        return read_receipt(there)
    (frames,) = annotate_batches(annotator, [batch], spec.names)
    return Archive(path).store_part(frames, spec.run) if is_new else frames


def _annotate_partition(
    annotator: Annotator,
    spec: _Spec,
    partition: pd.DataFrame,
    stored: _Stored,
    columns: Columns | None,
    batch_size: int,
    update: bool,
) -> tuple[_Done, int, int]:
    """Annotate what is lacking of a partition; also how many are skipped, and have changed."""
    articles = iter_articles(partition, columns=columns, strict=False)
    done: _Done = []
    n_skipped = n_changed = 0
    for batch in cut(articles, max_length=annotator.options.max_length, batch_size=batch_size):
        fresh, changed = [], []
        for taken in batch:
            doc_id = str(taken.article.doc_id)
            if doc_id not in stored:
                fresh.append(taken)
            elif stored[doc_id] == digits_of(taken) or (stored[doc_id] is None and not update):
                n_skipped += 1
            elif update:
                changed.append(taken)
            else:
                n_skipped += 1
                n_changed += 1
        done += [_annotate_batch(annotator, spec, some, is_new)
                 for some, is_new in ((fresh, True), (changed, False)) if some]  # fmt: skip
    return done, n_skipped, n_changed


def _distributed() -> Any:
    """Dask's distributed.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import dask.dataframe  # noqa: F401, PLC0415
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError('Dask is not installed: pip install "newsnlp[dask]"') from error
    return distributed
