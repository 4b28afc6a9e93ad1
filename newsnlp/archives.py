"""An annotated archive on disk: one folder a batch, in place once and whole, or not at all.

    ARCHIVE/manifest.json                    versions, models, options, and the frames that it holds
    ARCHIVE/part=<id>/<frame>.parquet        one batch; the id hashes what the batch holds

Readers glob `part=*/mentions.parquet`. A part is written under a temporary name and renamed, so
that an article counts as done only when its folder is in place.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, groupby
from pathlib import Path
from typing import Any, cast

import pandas as pd

from newsnlp import queries
from newsnlp.article import Article
from newsnlp.errors import ArchiveError, DuplicateIdError
from newsnlp.fields import Columns
from newsnlp.frames import (
    Frames,
    check_columns,
    conform,
    empty_frame,
    frame_names,
    topics_of,
)
from newsnlp.intake import Intake, text_hash
from newsnlp.linking import link_tables
from newsnlp.pipeline import Annotator, annotate_batches, cut
from newsnlp.schema import FRAMES, SCHEMA_VERSION
from newsnlp.sources import Source, iter_articles

MANIFEST = "manifest.json"
TEMPORARY = ".tmp-"
# When pages were fetched belongs to the pages: every run that adds some may name another time.
# Where a user's file lies does not matter, what it holds does.
OF_A_RUN = (
    "options.fetched", "options.register.name", "options.tags.name", "options.topics.name",
)  # fmt: skip
_HASH_DIGITS = 16
DEFAULT_FRAMES = tuple(name for name in FRAMES if name != "tokens")


@dataclass(frozen=True, slots=True)
class Summary:
    """What one run of `Archive.annotate` did.

    Args:
        n_articles: Articles that the run added.
        n_skipped: Articles that were stored before.
        n_changed: Those of them that have another text now; what is stored stays.
        statuses: Articles added, by status.
        seconds: Wall-clock time of the run.
    """

    n_articles: int
    n_skipped: int
    n_changed: int
    statuses: Mapping[str, int]
    seconds: float


class Archive:
    """Annotated articles on disk; what is stored stays, and what is added is whole or not there.

    Args:
        path: Folder of the archive: one made before, or a new or empty one to fill.

    Raises:
        ArchiveError: The path is taken by something else, or its manifest cannot be read.

    Example:
        >>> from tempfile import mkdtemp
        >>> archive = Archive(mkdtemp())
        >>> archive.manifest, len(archive)
        ({}, 0)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.manifest: dict[str, Any] = _open(self.path)
        self._ids: dict[str, str] | None = None

    @staticmethod
    def is_at(path: str | os.PathLike[str]) -> bool:
        """Whether an archive has been written at a path.

        Args:
            path: A folder, or anything else.
        """
        return (Path(path) / MANIFEST).is_file()

    def __repr__(self) -> str:
        return f"Archive({str(self.path)!r})"

    def __len__(self) -> int:
        """Articles stored."""
        return len(self._stored())

    def __iter__(self) -> Iterator[str]:
        """Ids of the articles stored, sorted."""
        return iter(sorted(self._stored()))

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._stored()

    def annotate(
        self,
        source: Source,
        *,
        annotator: Annotator | None = None,
        frames: Sequence[str] | None = None,
        columns: Columns | None = None,
        on_duplicate: str = "error",
        batch_size: int = 256,
        processes: int = 1,
        progress: Callable[[Summary], None] | None = None,
    ) -> Summary:
        """Annotate the articles that are not stored yet and store them, batch by batch.

        Args:
            source: What `newsnlp.annotate` takes; it is read once and never held as a whole.
            annotator: Its options are the archive's; the default options where it is not given.
            frames: Frames to store; by default those that the archive has, all but tokens if new.
            columns: Field of `Article` -> column of the source.
            on_duplicate: "error", "first" or "last", for a `doc_id` that comes twice.
            batch_size: Articles a batch at most, and so a part; its characters are bounded as well.
            processes: Worker processes, as for `Annotator.stream`.
            progress: Called after every batch with what the run has done so far.

        Raises:
            ArchiveError: The archive was made by another version, with other options or frames.
            WorkerError: A worker process died; the documents that it worked on are named.
        """
        started = time.monotonic()
        annotator = annotator or Annotator()
        names = frame_names(self.names or DEFAULT_FRAMES if frames is None else frames)
        self._check(annotator.info(), names)
        n_skipped = n_changed = 0
        statuses: Counter[str] = Counter()

        def summary() -> Summary:
            seconds = time.monotonic() - started
            return Summary(statuses.total(), n_skipped, n_changed, dict(statuses), seconds)

        def fresh() -> Iterator[list[Intake]]:
            """Drop what is stored: only now, so that a resumed run cuts the same batches."""
            nonlocal n_skipped, n_changed
            for batch in batches:
                stored = [taken for taken in batch if taken.article.doc_id in self]
                n_skipped += len(stored)
                n_changed += sum(
                    self._stored()[str(taken.article.doc_id)] != _digits(taken) for taken in stored
                )
                if len(stored) < len(batch):
                    yield [taken for taken in batch if taken.article.doc_id not in self]
                elif progress is not None:
                    progress(summary())

        articles = iter_articles(source, columns=columns, on_duplicate=on_duplicate, strict=False)
        max_length = annotator.options.max_length
        batches = chain.from_iterable(
            cut(group, max_length=max_length, batch_size=batch_size)
            for _, group in groupby(articles, _file)
        )
        results = annotate_batches(annotator, fresh(), names, processes=processes)
        with closing(results):
            for result in results:
                self.append(result)
                statuses.update(result.articles["status"].astype(str))
                if progress is not None:
                    progress(summary())
        return summary()

    def append(self, frames: Frames) -> None:
        """Store annotated articles as one part; those that are stored already are left out.

        Args:
            frames: The result of `newsnlp.annotate`, with the frames that the archive has.

        Raises:
            ArchiveError: The frames are of another version, or made with other options.
        """
        self._check(frames.info, frames.names)
        articles = frames.articles
        if not articles["doc_id"].is_unique:
            twice = articles["doc_id"][articles["doc_id"].duplicated()].iloc[0]
            raise DuplicateIdError(f"doc_id {twice!r} comes twice: give each article its own")
        fresh = ~articles["doc_id"].isin(list(self._stored()))
        if not fresh.any():
            return
        ids = articles.loc[fresh, "doc_id"].tolist()
        with _named_errors(self.path):
            if not self.manifest:
                self._write_manifest(frames.info, frames.names)
            rows = {name: frames[name] for name in frames.names}
            if not fresh.all():
                rows = {name: rows[name][rows[name]["doc_id"].isin(ids)] for name in rows}
            self._write_part(_part_id(articles[fresh]), rows)
        hashes = articles.loc[fresh, "text_hash"].fillna("").str[:_HASH_DIGITS].tolist()
        self._stored().update(zip(ids, hashes, strict=True))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the frames that the archive holds, in the schema's order."""
        return tuple(self.manifest.get("frames", ()))

    def frames(
        self,
        name: str,
        *,
        where: str | None = None,
        doc_ids: Collection[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """One frame of the archive, with the columns and dtypes of the schema.

        Args:
            name: Name of the frame.
            where: Only the rows for which this holds, in SQL: "type = 'PER' AND score > 0.9".
            doc_ids: Only the rows of these articles.
            columns: Only these columns, in this order; the others are not read.

        Raises:
            OptionError: There is no frame or column of that name, or `where` is no condition.
            MissingExtraError: `where` is given and DuckDB is not installed.
            FrameNotComputedError: The archive does not hold the frame.
            ArchiveError: There is no archive, or a part of it is damaged.
        """
        frame_names([name])
        if not self.manifest:
            raise ArchiveError(
                f"there is no archive at {self.path}: "
                f"make one with newsnlp annotate PATH -o {self.path}"
            )
        if name not in self.names:
            raise queries.not_held(self, name)
        check_columns(name, columns)
        if where is not None:
            return queries.rows(self, name, where, doc_ids=doc_ids, columns=columns)
        return self._read(name, doc_ids=doc_ids, columns=columns)

    def sql(
        self,
        query: str,
        parameters: queries.Parameters | None = None,
        *,
        threads: int | None = None,
    ) -> pd.DataFrame:
        """The answer to a query in SQL, by DuckDB: the frames are tables by their names.

        The archive is only read, and nothing but the archive. `docs/queries.md` has ten queries.

        Args:
            query: One statement that selects, such as "SELECT day, count(*) FROM articles
                GROUP BY day". A categorical is a string there and `day` a DATE.
            parameters: Values of `?` in a list, or of `$name` by name.
            threads: Threads of DuckDB; by default as many as there are cores.

        Raises:
            OptionError: The query is none, does more than read, or asks for what is not there.
            FrameNotComputedError: The archive does not hold a frame that it asks for.
            ArchiveError: There is no archive, or a part of it is damaged.
            MissingExtraError: DuckDB is not installed: `pip install newsnlp[sql]`.

        Example:
            >>> archive = Archive("архив")  # doctest: +SKIP
            >>> archive.sql(  # doctest: +SKIP
            ...     "SELECT count(*) AS n FROM entities WHERE name = ?", ["Касым-Жомарт Токаев"]
            ... )
               n
            0  3
        """
        return queries.sql(self, query, parameters, threads=threads)

    def select(self, doc_ids: Collection[str]) -> Frames:
        """All frames of some articles, held in memory.

        Args:
            doc_ids: Ids of the articles.

        Raises:
            ArchiveError: There is no archive, or a part of it is damaged.
        """
        names = self.names or ("articles",)
        return Frames({name: self.frames(name, doc_ids=doc_ids) for name in names}, self.manifest)

    def link(self) -> pd.DataFrame:
        """Join entities of different articles, as `newsnlp.link` does; the archive stays as it is.

        Raises:
            FrameNotComputedError: The archive does not hold `mentions` or `entities`.
            ArchiveError: There is no archive, or a part of it is damaged.
        """
        return link_tables(*map(self.frames, ("articles", "mentions", "entities")))

    def _parts(self) -> list[Path]:
        return sorted(self.path.glob("part=*"))

    def _read(
        self,
        name: str,
        *,
        doc_ids: Collection[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Rows of a frame from every part."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.dataset as pads  # noqa: PLC0415  costs 0.1 s that only archives need

        files = [str(part / f"{name}.parquet") for part in self._parts()]
        if not files:
            topics = topics_of(self.manifest)
            return conform(name, empty_frame(name, topics), topics, columns)
        chosen = (
            None
            if doc_ids is None
            else pads.field("doc_id").isin(pa.array(list(doc_ids), pa.large_string()))
        )
        with _named_errors(self.path):
            names = None if columns is None else list(columns)
            table = pads.dataset(files, format="parquet").to_table(names, filter=chosen)
        return conform(name, table.to_pandas(), topics_of(self.manifest), columns)

    def _stored(self) -> dict[str, str]:
        """The ids of all articles stored, with the first digits of their texts' hashes.

        The one thing of an archive that is held in memory.
        """
        if self._ids is None:
            import pyarrow.parquet as pq  # noqa: PLC0415

            self._ids = {}
            for part in self._parts():
                with _named_errors(part):
                    table = pq.read_table(
                        part / "articles.parquet", columns=["doc_id", "text_hash"]
                    )
                hashes = (value or "" for value in table["text_hash"].to_pylist())
                pairs = zip(table["doc_id"].to_pylist(), hashes, strict=True)
                self._ids.update((str(doc_id), value[:_HASH_DIGITS]) for doc_id, value in pairs)
        return self._ids

    def _check(self, info: Mapping[str, Any], names: Sequence[str]) -> None:
        """Refuse what was not made as the archive's articles were."""
        if not self.manifest:
            return
        here, there = _flat(self.manifest), _flat(_manifest(info, names))
        differences = [
            f"{key} is {here.get(key, 'not set')} there and {there.get(key, 'not set')} here"
            for key in sorted(here | there)
            if here.get(key) != there.get(key) and key not in (*OF_A_RUN, "topics")
        ]
        differences += _topic_differences(topics_of(self.manifest), topics_of(info))
        if differences:
            raise ArchiveError(
                f"{self.path} was made otherwise: {'; '.join(differences)}. "
                "Use the same version, options and frames, or write to another archive"
            )

    def _write_manifest(self, info: Mapping[str, Any], names: Sequence[str]) -> None:
        manifest = _manifest(info, names)
        self.path.mkdir(parents=True, exist_ok=True)
        temporary = self.path / f"{TEMPORARY}{uuid.uuid4().hex}"
        text = json.dumps(manifest, ensure_ascii=False, indent=2)
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path / MANIFEST)
        self.manifest = manifest

    def _write_part(self, part_id: str, rows: Mapping[str, pd.DataFrame]) -> None:
        """Write a folder under a temporary name, then rename it into place."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        temporary = self.path / f"{TEMPORARY}{uuid.uuid4().hex}"
        temporary.mkdir()
        try:
            for name, frame in rows.items():
                table = pa.Table.from_pandas(frame, preserve_index=False)
                with (temporary / f"{name}.parquet").open("wb") as file:
                    pq.write_table(table, file, compression="zstd")
                    file.flush()
                    os.fsync(file.fileno())
            _sync_folder(temporary)
            temporary.rename(self.path / f"part={part_id}")
            _sync_folder(self.path)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _open(path: Path) -> dict[str, Any]:
    """The manifest of the archive at a path; empty where one can be made."""
    if path.exists() and not path.is_dir():
        raise ArchiveError(f"{path} is a file: an archive is a folder, name a new or empty one")
    if not Archive.is_at(path):
        others = path.iterdir() if path.exists() else ()
        taken = next((each.name for each in others if not each.name.startswith(TEMPORARY)), None)
        if taken is not None:
            raise ArchiveError(
                f"{path} is no archive but holds other files ({taken}): name a new or empty folder"
            )
        return {}
    try:
        manifest: dict[str, Any] = json.loads((path / MANIFEST).read_text("utf-8"))
        version, _ = manifest["schema"], manifest["frames"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArchiveError(
            f"{path / MANIFEST} cannot be read ({error!r}): restore it from a copy, "
            "or annotate into a new folder"
        ) from error
    if version != SCHEMA_VERSION:
        raise ArchiveError(
            f"{path} has schema version {version}, this newsnlp has {SCHEMA_VERSION}: "
            "use the newsnlp that made it, or annotate the articles into a new folder"
        )
    return manifest


def _manifest(info: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """What is kept beside the parts, as it reads back from JSON."""
    manifest = {**info, "frames": list(names)}
    return cast(dict[str, Any], json.loads(json.dumps(manifest, default=str)))


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one, with dotted keys: `options.layout`."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _topic_differences(there: Sequence[str], here: Sequence[str]) -> Iterator[str]:
    """How topics differ, in few words: there may be hundreds."""
    if there == here:
        return
    only = {
        "there": [name for name in there if name not in here],
        "here": [name for name in here if name not in there],
    }
    counts = " and ".join(
        f"{len(some)} only {side}, such as {some[0]!r}" for side, some in only.items() if some
    )
    yield f"topics differ: {counts or 'they stand in another order'}"


def _digits(taken: Intake) -> str:
    """First digits of the hash of the text that an article has when it is annotated."""
    return (text_hash(taken.article.text) or "")[:_HASH_DIGITS]


def _file(article: Article) -> str | None:
    return article.file


def _part_id(articles: pd.DataFrame) -> str:
    """The name of what a part holds: the same articles with the same texts have the same one."""
    lines = articles["doc_id"] + "\t" + articles["text_hash"].fillna("")
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Errors of the file system and of Parquet, told with the place and what to do."""
    import pyarrow as pa  # noqa: PLC0415

    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(
            f"archive {path}: {error}. What was stored before is whole; "
            "make the folder readable and writable, with space left, and run again"
        ) from error


def _sync_folder(path: Path) -> None:
    """Make a folder's entries durable, where the system lets a folder be opened."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
