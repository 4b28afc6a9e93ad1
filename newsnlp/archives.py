"""An annotated archive on disk: one folder a batch, in place once and whole, or not at all.

    ARCHIVE/manifest.json                    versions, models, options, frames, counts
    ARCHIVE/part=<id>/<frame>.parquet        one batch; the id hashes what the batch holds
    ARCHIVE/rejects/, ARCHIVE/sources.json   what could not be read, and what was read from

Readers glob `part=*/mentions.parquet`. An article counts as done only when its folder is in place,
so the same command goes on where a run was stopped. How parts are written and exchanged is told in
`parts`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from threading import get_ident
from typing import Any, TypeAlias

import pandas as pd

from newsnlp import manifests, parts, queries, rejects, reports
from newsnlp.article import Article
from newsnlp.errors import (
    ArchiveError,
    DuplicateIdError,
    OptionError,
)
from newsnlp.fields import Columns
from newsnlp.frames import (
    Frames,
    check_columns,
    conform,
    empty_frame,
    frame_names,
    topics_of,
)
from newsnlp.intake import Intake
from newsnlp.ledger import Index, Receipt, Run, Undated
from newsnlp.limits import DEFAULT_LIMITS, Limits
from newsnlp.linking import link_tables
from newsnlp.manifests import named_errors, readable
from newsnlp.pipeline import Annotator, annotate_batches, cut
from newsnlp.rejects import Inputs, Origin
from newsnlp.runs import Progress, Share, Summary, shown, stoppable
from newsnlp.schema import FRAMES
from newsnlp.sources import Source, iter_articles

_FILES = ("register", "tags", "topics")  # options that are files of a user's own
DEFAULT_FRAMES = tuple(name for name in FRAMES if name != "tokens")
SMALL_PART = 5_000  # articles; smaller parts are merged
MERGED_PART = 10_000
_MAX_IDS = 5  # that an error names


# Annotates the batches that an archive lacks: results for the archive to store, or receipts.
Work: TypeAlias = Callable[
    ["Archive", Annotator, Sequence[str], Iterable[list[Intake]]],
    Generator["Frames | Receipt", None, None],
]


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
        self.manifest: dict[str, Any] = manifests.load(self.path)
        self._index: Index | None = None
        self._holder: tuple[int, str] | None = None  # the thread that writes, and its run
        if (self.path / parts.JOURNAL).exists():
            # A run died while it exchanged parts; a reader that may not write does without.
            with suppress(ArchiveError, OSError), parts.held(self.path):
                pass

    @staticmethod
    def is_at(path: str | os.PathLike[str]) -> bool:
        """Whether an archive has been written at a path.

        Args:
            path: A folder, or anything else.
        """
        return manifests.is_at(Path(path))

    def __repr__(self) -> str:
        return f"Archive({str(self.path)!r})"

    def __len__(self) -> int:
        """Articles stored."""
        return len(self._stored().articles)

    def __iter__(self) -> Iterator[str]:
        """Ids of the articles stored, sorted."""
        return iter(sorted(self._stored().articles))

    def __contains__(self, doc_id: object) -> bool:
        return doc_id in self._stored().articles

    def digits(self, doc_ids: Iterable[str]) -> dict[str, str | None]:
        """First digits of the texts' hashes of those articles that are stored.

        Args:
            doc_ids: Ids of articles; those that are not stored are left out.

        Returns:
            None for an article that failed or was too long, whose text is not known.
        """
        stored = self._stored()
        return {
            doc_id: None if doc_id in stored.bad else stored.articles[doc_id][0]
            for doc_id in doc_ids
            if doc_id in stored.articles
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the frames that the archive holds, in the schema's order."""
        return tuple(self.manifest.get("frames", ()))

    @property
    def counts(self) -> dict[str, int]:
        """Parts, articles, articles by status, and what could not be read, as they are on disk."""
        stored = self._stored()
        statuses: Counter[str] = Counter()
        for some in stored.parts.values():
            statuses.update(some)
        return {
            "parts": len(stored.parts),
            "articles": len(stored.articles),
            **dict(sorted(statuses.items())),
            "rejects": rejects.count(self.path),
        }

    # --- adding ---------------------------------------------------------------------------------

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
        update: bool = False,
        inputs: Inputs | None = None,
        work: Work | None = None,
        progress: Progress | str | None = None,
        on_stop: Callable[[], None] | None = None,
    ) -> Summary:
        """Annotate the articles that are not stored yet and store them, batch by batch.

        The same call goes on where a run was stopped. The first Ctrl-C ends the run after the
        batches at work, a second one at once; both are a KeyboardInterrupt, and what is stored is
        whole.

        Args:
            source: What `newsnlp.annotate` takes; it is read once and never held as a whole.
            annotator: Its options are the archive's; the default options where it is not given.
            frames: Frames to store; by default those that the archive has, all but tokens if new.
            columns: Field of `Article` -> column of the source.
            on_duplicate: "error", "first" or "last", for a `doc_id` that comes twice.
            batch_size: Articles a batch at most, and so a part; its characters are bounded as well.
            processes: Worker processes, as for `Annotator.stream`.
            update: Annotate articles again whose text has changed; their parts are rewritten.
            inputs: Files that the source is read from, where it is not a path, with what of them
                could not be read.
            work: Annotates the batches in place of this machine, such as `distributed.on_workers`.
            progress: Called after every batch with what the run has done so far; "auto" shows it
                in a notebook or on a terminal.
            on_stop: Called at the first Ctrl-C.

        Raises:
            ArchiveError: The archive was made by another version, with other options or frames, or
                another run writes to it.
            WorkerError: A worker process died; the documents that it worked on are named.
        """
        share = Share()
        if inputs is None and isinstance(source, os.PathLike):
            share = Share([Path(source)])
            inputs = Inputs.of([source], columns)
            source, columns = rejects.noting(source, columns, inputs, self.path), None
        articles = iter_articles(source, columns=columns, on_duplicate=on_duplicate, strict=False)
        run = Run(inputs or Inputs(), batch_size, update=update)
        if isinstance(progress, str):
            if progress != "auto":
                raise OptionError(f"progress={progress!r} is neither 'auto' nor a function")
            with shown(share=share) as shows:
                return self._annotate(
                    share.watch(articles), run, annotator, frames, processes, work, shows, on_stop
                )
        return self._annotate(articles, run, annotator, frames, processes, work, progress, on_stop)

    def _annotate(
        self,
        articles: Iterator[Article],
        run: Run,
        annotator: Annotator | None,
        frames: Sequence[str] | None,
        processes: int,
        work: Work | None,
        progress: Progress | None,
        on_stop: Callable[[], None] | None = None,
    ) -> Summary:
        annotator = annotator or Annotator()
        work = work or partial(_here, processes)
        with self._writing(), stoppable(on_stop) as stop:
            run.stop = stop
            names = frame_names(self.names or DEFAULT_FRAMES if frames is None else frames)
            self._check(annotator.info(), names)
            info = annotator.info()
            batches = chain.from_iterable(
                cut(group, max_length=annotator.options.max_length, batch_size=run.batch_size)
                for _, group in groupby(articles, partial(_file, run.inputs))
            )
            flush = partial(self._flush, run.inputs, info, names)
            with _at_end(partial(self._end, run, info, names)), rejects.flushed(run.inputs, flush):
                results = work(self, annotator, names, self._wanted(batches, run, progress))
                with closing(results):
                    for result in results:
                        run.note(*self._keep(result))
                        run.note_undated(
                            result.undated
                            if isinstance(result, Receipt)
                            else Undated.of(result.articles)
                        )
                        if progress is not None:
                            progress(run.summary())
        if run.stop.asked():
            raise KeyboardInterrupt
        return run.summary()

    def _wanted(
        self, batches: Iterable[list[Intake]], run: Run, progress: Progress | None
    ) -> Iterator[list[Intake]]:
        """Drop what is stored: only now, so that a resumed run cuts the same batches."""
        for batch in batches:
            if run.stop.asked():
                return
            wanted = [taken for taken in batch if run.wants(taken, self._stored())]
            if wanted:
                yield wanted
            elif progress is not None:
                progress(run.summary())
            if run.stop.asked():
                return

    def _flush(self, inputs: Inputs, info: Mapping[str, Any], names: Sequence[str]) -> None:
        """Store what could not be read so far, which is much."""
        with named_errors(self.path):
            self.begin(info, names)
            rejects.store_some(self.path, inputs)

    def _end(self, run: Run, info: Mapping[str, Any], names: Sequence[str]) -> None:
        """Store what a run leaves beside its parts."""
        if not self.manifest and not run.inputs.rows:
            return
        with named_errors(self.path):
            self.begin(info, names)
            if run.inputs.is_complete and not run.stop.asked():
                rejects.settle(self.path, run.inputs)
            else:
                rejects.store(self.path, run.inputs)
            if run.remembers:
                rejects.remember(self.path, run.inputs)

    def append(self, frames: Frames) -> None:
        """Store annotated articles as one part; those that are stored already are left out.

        Args:
            frames: The result of `newsnlp.annotate`, with the frames that the archive has.

        Raises:
            ArchiveError: The frames are of another version, or made with other options, or another
                run writes to the archive.
        """
        articles = frames.articles
        if not articles["doc_id"].is_unique:
            twice = articles["doc_id"][articles["doc_id"].duplicated()].iloc[0]
            raise DuplicateIdError(f"doc_id {twice!r} comes twice: give each article its own")
        with self._writing():
            self._check(frames.info, frames.names)
            fresh = ~articles["doc_id"].isin(list(self._stored().articles))
            if fresh.any():
                self._store(frames, articles[fresh])

    def begin(self, info: Mapping[str, Any], names: Sequence[str]) -> None:
        """Write the manifest of a new archive; one that is there stays.

        Args:
            info: Of results: versions, models, options.
            names: Frames that the archive will hold.
        """
        if not self.manifest:
            self._write_manifest(manifests.made_of(info, names))

    def store_part(self, frames: Frames, run: str | None = None) -> Receipt:
        """Store articles as a part, without a look at what is stored.

        Args:
            frames: Articles with all frames of the archive.
            run: As for `parts.put`.
        """
        articles = frames.articles
        name = parts.part_name(*_ids_and_hashes(articles))
        with named_errors(self.path):
            folder = parts.write(self.path, {each: frames[each] for each in frames.names})
            parts.put(self.path, folder, name, run=run)
        return _receipt(name, articles)

    @property
    def run(self) -> str:
        """Name of the run that holds the archive through this object."""
        return "" if self._holder is None else self._holder[1]

    def _keep(self, result: Frames | Receipt) -> tuple[Sequence[str], int]:
        """Store a result; its statuses, and how many articles took the place of stored ones."""
        if isinstance(result, Receipt):
            self._stored().add(result)
            return result.statuses, 0
        self._check(result.info, result.names)
        articles = result.articles
        is_stored = articles["doc_id"].isin(
            self._stored().articles.keys() & set(articles["doc_id"])
        )
        if not is_stored.all():
            self._store(result, articles[~is_stored])
        if is_stored.any():
            self._replace(result, articles.loc[is_stored, "doc_id"].tolist())
        return articles["status"].astype(str).tolist(), int(is_stored.sum())

    def _store(self, frames: Frames, articles: pd.DataFrame) -> None:
        """Store some articles of a result as a new part."""
        with named_errors(self.path):
            self.begin(frames.info, frames.names)
        if len(articles) < len(frames.articles):
            frames = _of(frames, set(articles["doc_id"]))
        self._stored().add(self.store_part(frames))

    def _replace(self, frames: Frames, doc_ids: Sequence[str]) -> None:
        """Rewrite the parts of articles that have been annotated again; the order stays."""
        stored = self._stored()
        for name, some in groupby(
            sorted(doc_ids, key=lambda doc_id: stored.articles[doc_id][1]),
            key=lambda doc_id: stored.articles[doc_id][1],
        ):
            again = set(some)
            folder = self.path / name
            with named_errors(folder):
                old = Frames(
                    {each: self._part_frame(folder, each) for each in frames.names}, frames.info
                )
                ids = old.articles["doc_id"].tolist()
                pieces = _of(old, set(ids) - again), _of(frames, again)
                united = Frames.concat([piece for piece in pieces if len(piece.articles)])
                row = {doc_id: number for number, doc_id in enumerate(ids)}
                rows = {each: _in_order(united[each], row) for each in united.names}
                new = parts.part_name(*_ids_and_hashes(rows["articles"]))
                parts.swap(self.path, [name], parts.write(self.path, rows), new)
            del stored.parts[name]
            stored.add(_receipt(new, rows["articles"]))

    def _part_frame(self, folder: Path, name: str) -> pd.DataFrame:
        import pyarrow.parquet as pq  # noqa: PLC0415

        file = folder / f"{name}.parquet"
        with readable(folder, [file]):
            table = pq.read_table(file, partitioning=None)
        return conform(name, table.to_pandas(), topics_of(self.manifest))

    # --- mending --------------------------------------------------------------------------------

    def annotator(self, **options: Any) -> Annotator:
        """An annotator with the options that the archive was made with.

        Args:
            options: Options of `Annotator` to change; files of a user's own that lie elsewhere now.

        Raises:
            OptionError: A file of a user's own is not where it was.
        """
        made: dict[str, Any] = dict(self.manifest.get("options", {}))
        if made.get("fetched"):
            made["fetched"] = datetime.fromisoformat(made["fetched"])
        for name in _FILES:
            described = made.get(name)
            if described is None or name in options:
                continue
            if not Path(described["name"]).is_file():
                raise OptionError(
                    f"{self.path} was made with {name}={described['name']!r}, which is not there "
                    f"now: name the file with {name}=…"
                )
            made[name] = described["name"]
        return Annotator(**made | options)

    def retry(
        self,
        paths: Iterable[str | os.PathLike[str]] = (),
        *,
        annotator: Annotator | None = None,
        columns: Columns | None = None,
        limits: Limits = DEFAULT_LIMITS,
        batch_size: int = 256,
        processes: int = 1,
        progress: Progress | None = None,
        on_stop: Callable[[], None] | None = None,
    ) -> Summary:
        """Annotate what could not be read or annotated before and can be now.

        Files with rejects are read again, and their articles that are not stored are added.
        Articles that failed or were too long are annotated again, from their text where it is
        stored, else from the files. What is mended is no reject any more.

        Args:
            paths: Files and folders to read; without them those that the archive was made from.
            annotator: As for `annotate`; with the archive's options where it is not given.
            columns: As for `read`, of `paths`; without it as they were read.
            limits: As for `read`.
            batch_size: As for `annotate`.
            processes: As for `annotate`.
            progress: As for `annotate`.
            on_stop: As for `annotate`.

        Raises:
            ArchiveError: There is no archive, the options are others than its own, or another run
                writes to it.
        """
        self._must_be_there()
        recorded = rejects.recall(self.path)
        sources = [rejects.origin(path, columns, recorded) for path in paths] or [
            Origin(name, rejects.base_of(name), each.columns)
            for each in recorded
            for name in each.paths
        ]
        bad = frozenset(self._stored().bad)
        inputs = Inputs([source.path for source in sources])
        run = Run(inputs, batch_size, again=bad, remembers=False)
        articles = iter_articles(
            self._to_retry(sources, inputs, bad, limits), on_duplicate="first", strict=False
        )
        return self._annotate(
            articles, run, annotator or self.annotator(), self.names, processes, None, progress,
            on_stop,
        )  # fmt: skip

    def _to_retry(
        self,
        sources: Sequence[Origin],
        inputs: Inputs,
        bad: frozenset[str],
        limits: Limits,
    ) -> Iterator[Article]:
        """Articles that failed, and those of files of which something could not be read."""
        table = self.frames("articles", doc_ids=bad) if bad else empty_frame("articles")
        kept = table[table["text"].notna()]
        if len(kept):
            has_tags = "tags" in self.names
            rows = self.frames("tags", doc_ids=kept["doc_id"]) if has_tags else empty_frame("tags")
            tags = rows.groupby("doc_id", sort=False)["tag"].agg(tuple).to_dict()
            for article in iter_articles(kept, strict=False):
                yield replace(article, tags=tags.get(article.doc_id, ()))
        wanted = bad - set(kept["doc_id"])
        with readable(self.path):
            files, has_unknown = rejects.files_to_read(self.path)
        for source in sources:
            below = sorted(file for file in files if rejects.is_below(file, source.path))
            to_read = [source.path] if wanted or has_unknown else below
            for article in rejects.read_below(to_read, source, inputs, limits, self.path):
                is_of_reject = has_unknown or rejects.file_on_disk(article, source.root) in files
                if article.doc_id in wanted or (is_of_reject and article.doc_id not in self):
                    yield article
        inputs.is_complete = True

    def rejects(self) -> pd.DataFrame:
        """Files, records and lines that could not be read.

        Returns:
            Columns `path, line, offset, length, reason, head`; `head` is the first 4 KiB.
        """
        with readable(self.path):
            return rejects.load(self.path)

    def compact(
        self,
        *,
        small: int = SMALL_PART,
        most: int = MERGED_PART,
        progress: Callable[[int, int], None] | None = None,
    ) -> tuple[int, int]:
        """Merge small parts; readers see each article once all the time.

        Args:
            small: Parts of fewer articles are merged.
            most: Articles of a merged part at most, where each part has fewer.
            progress: Called after each merge with the parts merged and to be merged.

        Returns:
            Number of parts before and after.

        Raises:
            ArchiveError: There is no archive, or another run writes to it.
        """
        self._must_be_there()
        with self._writing():
            stored = self._stored()
            sizes = {name: some.total() for name, some in sorted(stored.parts.items())}
            groups = _groups({name: n for name, n in sizes.items() if n < small}, most)
            n_done, n_all = 0, sum(map(len, groups))
            for group in groups:
                with named_errors(self.path):
                    parts.merge(self.path, group, self.names)
                n_done += len(group)
                if progress is not None:
                    progress(n_done, n_all)
            self._index = None
            return len(sizes), len(self._stored().parts)

    # --- asking ---------------------------------------------------------------------------------

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
            OptionError: There is no frame, column or article of that name, or `where` is no
                condition.
            MissingExtraError: `where` is given and DuckDB is not installed.
            FrameNotComputedError: The archive does not hold the frame.
            ArchiveError: There is no archive, or a part of it is damaged.
        """
        frame_names([name])
        self._must_be_there()
        if name not in self.names:
            raise queries.not_held(self, name)
        check_columns(name, columns)
        ids = _ids(doc_ids)
        if where is not None:
            table = queries.rows(self, name, where, doc_ids=ids, columns=columns)
        else:
            table = self._read([name], doc_ids=ids, columns=columns)[name]
        if ids is not None:
            self._check_ids(ids, table.get("doc_id", ()))
        return table

    def sql(
        self,
        query: str,
        parameters: queries.Parameters | None = None,
        *,
        threads: int | None = None,
    ) -> pd.DataFrame:
        """The answer to a query in SQL, by DuckDB: the frames are tables by their names.

        The archive is only read, and nothing but the archive. `docs/guide/exports.md` has queries
        to start from.

        Args:
            query: One statement that selects, such as "SELECT day, count(*) FROM articles
                GROUP BY day". A categorical is a string there and `day` a DATE.
            parameters: Values of `?` in a list, or of `$name` by name.
            threads: Threads of DuckDB; by default as many as there are cores.

        Raises:
            OptionError: The query is none, does more than read, or asks for what is not there.
            FrameNotComputedError: The archive does not hold a frame that it asks for.
            ArchiveError: There is no archive, or a part of it is damaged.
            MissingExtraError: DuckDB is not installed: `pip install "newsnlp[sql]"`.

        Example:
            >>> archive = Archive("архив")  # doctest: +SKIP
            >>> archive.sql(  # doctest: +SKIP
            ...     "SELECT count(*) AS n FROM entities WHERE name = ?", ["Касым-Жомарт Токаев"]
            ... )
               n
            0  3
        """
        return queries.sql(self, query, parameters, threads=threads)

    def select(
        self, doc_ids: Collection[str] | None = None, *, frames: Sequence[str] | None = None
    ) -> Frames:
        """Frames of some articles or of all, held in memory and of one state of the archive.

        This is how an archive is plotted and asked: `newsnlp.shares(archive.select(frames=[]))`.

        Args:
            doc_ids: Ids of the articles, None for all.
            frames: Names of the frames, by default all that the archive holds; `articles` always
                comes. The others are not read.

        Raises:
            OptionError: There is no frame or article of that name.
            FrameNotComputedError: The archive does not hold the frame.
            ArchiveError: There is no archive, or a part of it is damaged.
        """
        self._must_be_there()
        ids = _ids(doc_ids)
        names = self.names if frames is None else frame_names(frames)
        for name in names:
            if name not in self.names:
                raise queries.not_held(self, name)
        info = {key: value for key, value in self.manifest.items() if key != manifests.COUNTS}
        tables = self._read(names, doc_ids=ids)
        if ids is not None:
            self._check_ids(ids, tables["articles"]["doc_id"])
        return Frames(tables, info)

    def link(self) -> pd.DataFrame:
        """Join entities of different articles, as `newsnlp.link` does; the archive stays as it is.

        Raises:
            FrameNotComputedError: The archive does not hold `mentions` or `entities`.
            ArchiveError: There is no archive, or a part of it is damaged.
        """
        return link_tables(*map(self.frames, ("articles", "mentions", "entities")))

    def report(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        max_size: int = reports.MAX_SIZE,
        link: bool = True,
        progress: Callable[[int, int], None] | None = None,
    ) -> reports.Report:
        """Write one page to explore the archive with: a browser opens it, without a network.

        Args:
            path: The file to write, such as report.html; one that is there is replaced.
            title: Of the page; by default the name of the archive's folder.
            max_size: Bytes of the page at most. It has the full texts of the newest articles that
                fit, of the others the sentences that name an entity or, where these do not fit, the
                first one of each that several articles name; beyond that the oldest have no text.
            link: Join entities of different articles, as `link` does.
            progress: Called with the number of articles that are done, and of all.

        Returns:
            The page, and of how many articles it has the texts.

        Raises:
            FrameNotComputedError: The archive does not hold a frame that the page shows.
            ArchiveError: There is no archive, it holds no articles, or a part of it is damaged.
            OptionError: The page is larger than `max_size` without any text, or cannot be written.

        Example:
            >>> Archive("архив").report("report.html", title="Вести")  # doctest: +SKIP
            Report(n_articles=1200, n_full=1200, n_sentences=0, first_only=False)
        """
        return reports.write(
            self, path, title=title, max_size=max_size, link=link, progress=progress
        )

    def _check_ids(self, doc_ids: Iterable[str], found: Iterable[str]) -> None:
        """Refuse ids that the archive does not have; an article may well have no row in a frame."""
        known = set(found)
        unknown = [doc_id for doc_id in dict.fromkeys(doc_ids) if doc_id not in known]
        if unknown:  # what another run has added meanwhile is in no index of this object
            table = self._read(["articles"], doc_ids=unknown, columns=["doc_id"])["articles"]
            known = set(table["doc_id"])
            unknown = [doc_id for doc_id in unknown if doc_id not in known]
        if unknown:
            some = ", ".join(map(repr, unknown[:_MAX_IDS]))
            rest = f" and {len(unknown) - _MAX_IDS} more" if len(unknown) > _MAX_IDS else ""
            raise OptionError(
                f"{self.path} has no article {some}{rest}: list(archive) gives the ids that it has"
            )

    def _parts(self) -> list[Path]:
        """Folders of the parts, of one state of the archive."""
        with readable(self.path):
            return parts.steady(self.path, list)

    def _must_be_there(self) -> None:
        if not self.manifest:
            raise ArchiveError(
                f"there is no archive at {self.path}: "
                f"make one with newsnlp annotate PATH -o {self.path}"
            )

    def _read(
        self,
        names: Sequence[str],
        *,
        doc_ids: Collection[str] | None = None,
        columns: Sequence[str] | None = None,
    ) -> dict[str, pd.DataFrame]:
        """Rows of frames from every part, all of one state of the archive."""
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.dataset as pads  # noqa: PLC0415  costs 0.1 s that only archives need

        topics = topics_of(self.manifest)
        chosen = (
            None
            if doc_ids is None
            else pads.field("doc_id").isin(pa.array(list(doc_ids), pa.large_string()))
        )

        def tables(folders: list[Path]) -> dict[str, pd.DataFrame]:
            if not folders:
                return {
                    name: conform(name, empty_frame(name, topics), topics, columns)
                    for name in names
                }
            found = {}
            for name in names:
                files = [str(folder / f"{name}.parquet") for folder in folders]
                with readable(self.path, files, columns, passing=FileNotFoundError):
                    dataset = pads.dataset(files, format="parquet")
                    wanted = None if columns is None else list(columns)
                    table = dataset.to_table(wanted, filter=chosen)
                found[name] = conform(name, table.to_pandas(), topics, columns)
            return found

        with readable(self.path):
            return parts.steady(self.path, tables)

    def _stored(self) -> Index:
        """What is stored: the one thing of an archive that is held in memory."""
        if self._index is None:
            with readable(self.path):
                self._index = parts.steady(self.path, Index.read)
        return self._index

    # --- versions, options, counts ----------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the archive, as it is now; at the end its counts are right again."""
        if self._holder is not None and self._holder[0] == get_ident():
            yield
            return
        with ExitStack() as stack:
            with named_errors(self.path):
                run = stack.enter_context(parts.held(self.path))
                self.manifest = manifests.load(self.path)
                if self._index is None or not self._index.is_of(self.path):
                    self._index = None
                    self._drop_doubles()
            self._holder = get_ident(), run
            stack.callback(setattr, self, "_holder", None)
            with _at_end(self._count):
                try:
                    yield
                except BaseException:
                    self._index = None  # a change of it may be half done
                    raise

    def _count(self) -> None:
        """Write the counts into the manifest, where they are not those of the parts."""
        if self.manifest and self.manifest.get(manifests.COUNTS) != (counts := self.counts):
            with named_errors(self.path):
                self._write_manifest(self.manifest | {manifests.COUNTS: counts})

    def _drop_doubles(self) -> None:
        """Remove a part whose articles are all in others: a lost process put it in place late."""
        for name in self._stored().doubles:
            with named_errors(self.path):
                (self.path / name).rename(parts.temporary_in(self.path))
            self._index = None

    def _check(self, info: Mapping[str, Any], names: Sequence[str]) -> None:
        """Refuse what was not made as the archive's articles were."""
        if self.manifest:
            manifests.check(self.path, self.manifest, info, names)

    def _write_manifest(self, manifest: dict[str, Any]) -> None:
        parts.write_json(self.path / manifests.MANIFEST, manifest)
        self.manifest = manifest


def _here(
    processes: int,
    archive: Archive,
    annotator: Annotator,
    names: Sequence[str],
    batches: Iterable[list[Intake]],
) -> Generator[Frames, None, None]:
    """Annotate batches on this machine."""
    return annotate_batches(annotator, batches, names, processes=processes)


def _ids(doc_ids: Iterable[str] | None) -> list[str] | None:
    """Ids that are asked for, each written as it is stored."""
    if isinstance(doc_ids, str):
        raise OptionError(f"doc_ids takes a list: [{doc_ids!r}]")
    return None if doc_ids is None else [str(doc_id) for doc_id in doc_ids]


def _groups(sizes: Mapping[str, int], most: int) -> list[list[str]]:
    """Parts to merge into one each: at least two."""
    groups: list[list[str]] = []
    total = most
    for name, n in sizes.items():
        if total + n > most:
            groups.append([])
            total = 0
        groups[-1].append(name)
        total += n
    return [group for group in groups if len(group) > 1]


def _of(frames: Frames, doc_ids: Collection[str]) -> Frames:
    """The rows of some articles."""
    tables = {name: frames[name] for name in frames.names}
    chosen = list(doc_ids)
    return Frames(
        {
            name: table[table["doc_id"].isin(chosen)].reset_index(drop=True)
            for name, table in tables.items()
        },
        frames.info,
    )


def _in_order(table: pd.DataFrame, row: Mapping[str, int]) -> pd.DataFrame:
    order = table["doc_id"].map(row).to_numpy().argsort(kind="stable")
    return table.iloc[order].reset_index(drop=True)


def _ids_and_hashes(articles: pd.DataFrame) -> tuple[list[str], list[str]]:
    return articles["doc_id"].tolist(), articles["text_hash"].fillna("").tolist()


def _receipt(part: str, articles: pd.DataFrame) -> Receipt:
    statuses = articles["status"].astype(str).tolist()
    return Receipt(part, *_ids_and_hashes(articles), statuses, Undated.of(articles))


def _file(inputs: Inputs, article: Article) -> str | None:
    inputs.note_file(article.file)
    return article.file


@contextmanager
def _at_end(call: Callable[[], None]) -> Iterator[None]:
    """Call something at the end; its error hides none before, and an interrupt does not wait."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException:
        with suppress(ArchiveError):
            call()
        raise
    else:
        call()
