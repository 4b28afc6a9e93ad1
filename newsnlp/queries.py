"""Questions to an archive in SQL, answered by DuckDB: every frame is a view over its files.

A query reads and nothing else. DuckDB is locked to the archive's folder, to one statement and to
one that selects: it cannot write a file, read another one, attach, install or load anything.
"""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from newsnlp.errors import (
    ArchiveError,
    FrameNotComputedError,
    MissingExtraError,
    NewsNLPError,
    OptionError,
)
from newsnlp.frames import conform, frame_names, topics_of
from newsnlp.schema import BOOL, DAY, FLOAT32, FLOAT64, FRAMES, INT32, SCHEMA, STR, TIME, Dtype

if TYPE_CHECKING:
    from newsnlp.archives import Archive

REJECTS = "rejects"
_BATCH_ROWS = 8192
_SQL_TYPES = {
    STR: "VARCHAR", INT32: "INTEGER", FLOAT32: "FLOAT", FLOAT64: "DOUBLE", BOOL: "BOOLEAN",
    TIME: "TIMESTAMPTZ", DAY: "DATE",
}  # fmt: skip
_NO_TABLE = re.compile(r"Table with name (\w+) does not exist")
_NO_FILE = re.compile(r"\.parquet\b|No such file|No files found")
_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)

Parameters = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of an answer as they are read, in Arrow's types: numbers, strings, days, times, lists.

    Args:
        schema: Names and types of the columns; no name comes twice.
        batches: The rows, to be read once.
    """

    schema: Any
    batches: Iterator[Any]


def sql(
    archive: Archive,
    query: str,
    parameters: Parameters | None = None,
    *,
    threads: int | None = None,
) -> pd.DataFrame:
    """The answer to a query, held in memory; as for `Archive.sql`.

    Args:
        archive: The archive to ask.
        query: One statement that selects, over the frames by their names.
        parameters: Values of `?` in a list, or of `$name` by name.
        threads: Threads of DuckDB; by default as many as there are cores.

    Raises:
        OptionError: The query is none, does more than read, or asks for what is not there.
        FrameNotComputedError: The archive does not hold a frame that it asks for.
        ArchiveError: There is no archive, or a part of it is damaged.
        MissingExtraError: DuckDB is not installed.
    """
    import pyarrow as pa  # noqa: PLC0415

    with answered(archive, query, parameters, threads=threads) as answer:
        return _to_pandas(pa.Table.from_batches(answer.batches, answer.schema))


def rows(
    archive: Archive,
    name: str,
    where: str,
    *,
    doc_ids: Collection[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Rows of a frame for which a condition in SQL holds, with the dtypes of the schema.

    Args:
        archive: The archive to ask.
        name: Name of the frame.
        where: The condition, such as "type = 'PER' AND score > 0.9".
        doc_ids: Only the rows of these articles.
        columns: Only these columns, in this order.

    Raises:
        OptionError: The condition is none.
        FrameNotComputedError: The archive does not hold the frame.
        ArchiveError: There is no archive, or a part of it is damaged.
        MissingExtraError: DuckDB is not installed.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    read = dict.fromkeys(["doc_id", *(columns or SCHEMA[name].columns)])
    chosen = ", ".join(f'"{column}"' for column in read)
    # A condition on a line of its own may end with a comment.
    query = f"SELECT {chosen} FROM {name} WHERE (\n{where}\n)"
    with answered(archive, query) as answer:
        table = pa.Table.from_batches(answer.batches, answer.schema)
    if doc_ids is not None:
        ids = pa.array(list(doc_ids), table.schema.field("doc_id").type)
        table = table.filter(pc.is_in(table["doc_id"], ids))
    return conform(name, table.to_pandas(), topics_of(archive.manifest), columns)


@contextmanager
def answered(
    archive: Archive,
    query: str,
    parameters: Parameters | None = None,
    *,
    threads: int | None = None,
) -> Iterator[Answer]:
    """The answer to a query, read batch by batch in bounded memory.

    Args:
        archive: The archive to ask.
        query: As for `sql`.
        parameters: As for `sql`.
        threads: As for `sql`.

    Raises:
        OptionError: The query is none, does more than read, or asks for what is not there.
        FrameNotComputedError: The archive does not hold a frame that it asks for.
        ArchiveError: There is no archive, or a part of it is damaged.
        MissingExtraError: DuckDB is not installed.
    """
    _check_threads(threads)
    duckdb = _duckdb()
    if not archive.manifest:
        raise ArchiveError(
            f"there is no archive at {archive.path}: "
            f"make one with newsnlp annotate PATH -o {archive.path}"
        )
    with closing(_connection(archive, threads)) as connection:
        views = _create_views(archive, connection)

        @contextmanager
        def told(*, wrapped: bool = True) -> Iterator[None]:
            try:
                yield
            except NewsNLPError:
                raise
            except duckdb.InterruptException as error:
                raise KeyboardInterrupt from error
            except Exception as error:
                # Arrow and DuckDB's Python layer hand on its errors under types of their own.
                if str(error) == "Query interrupted":
                    raise KeyboardInterrupt from error
                message = _own_lines(str(error)) if wrapped else str(error)
                raise _readable(message, archive, views, query) from error

        with told(wrapped=False):
            inner = _one_select(connection, query)
        with told():
            # Inside of a select no statement of `WITH` may write, as COPY may at the top.
            relation = connection.sql(f"SELECT * FROM (\n{inner}\n)", params=parameters)
            read = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
            reader = _stoppable(connection, lambda: read(_BATCH_ROWS))
        schema = _plain_schema(reader.schema)

        def batches() -> Iterator[Any]:
            while True:
                with told():
                    batch = _stoppable(connection, lambda: next(reader, None))
                    if batch is None:
                        return
                    plain = _plain(batch, schema)
                yield plain

        try:
            yield Answer(schema, batches())
        finally:
            # What is left of the answer is not wanted; the connection closes only after it.
            connection.interrupt()
            reader.close()


def _stoppable(connection: Any, call: Callable[[], Any]) -> Any:
    """The result of a call of DuckDB, which in this thread would not hear Ctrl-C before its end."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call)
        try:
            return future.result()
        except KeyboardInterrupt:
            # One that comes before the query has begun is not heard.
            while not wait([future], timeout=0.1).done:
                connection.interrupt()
            raise


def _duckdb() -> Any:
    try:
        import duckdb  # noqa: PLC0415  costs 0.1 s that only questions need
    except ImportError as error:
        raise MissingExtraError(
            'questions in SQL need DuckDB: pip install "newsnlp[sql]"'
        ) from error
    return duckdb


def _check_threads(threads: int | None) -> None:
    if threads is not None and threads < 1:
        raise OptionError(f"threads={threads}: takes a number from 1 up, or None for all cores")


def _connection(archive: Archive, threads: int | None) -> Any:
    """A connection that reads the archive's folder and nothing else."""
    # Where answers do not fit into memory; DuckDB makes the folder only then and removes it.
    spill = Path(tempfile.gettempdir()) / f"newsnlp-{uuid.uuid4().hex}"
    config: dict[str, Any] = {
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads is not None:
        config["threads"] = threads
    connection = _duckdb().connect(":memory:", config=config)
    connection.execute("SET timezone = 'UTC'")
    connection.execute("SET python_enable_replacements = false")
    # DuckDB follows links before it looks whether a file is in a folder.
    linked = [part.resolve() for part in archive._parts() if part.is_symlink()]
    folders = ", ".join(map(_quoted, [archive.path.resolve(), *linked]))
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _create_views(archive: Archive, connection: Any) -> dict[str, tuple[str, ...]]:
    """Make a view of each frame; the columns of each."""
    folder = archive.path.resolve()
    parts = [
        part.resolve() if part.is_symlink() else folder / part.name for part in archive._parts()
    ]
    views = {name: tuple(SCHEMA[name].columns) for name in archive.names}
    selects = {
        name: _frame_select(name, [part / f"{name}.parquet" for part in parts]) for name in views
    }
    if rejects := sorted(folder.glob(f"{REJECTS}/*.parquet")):
        selects[REJECTS] = f"SELECT * FROM {_files(rejects)}"
    try:
        for name, select in selects.items():
            connection.execute(f"CREATE VIEW {name} AS {select}")
        if rejects:
            described = connection.execute(f"DESCRIBE {REJECTS}").fetchall()
            views[REJECTS] = tuple(column for column, *_ in described)
    except _duckdb().Error as error:
        raise _damaged(archive, str(error)) from error
    return views


def _frame_select(name: str, files: Sequence[Path]) -> str:
    """A frame as the schema has it, `day` as the date that it is; no rows where no part is."""
    columns = SCHEMA[name].columns
    if not files:
        nothing = (f'CAST(NULL AS {_sql_type(dtype)}) AS "{key}"' for key, dtype in columns.items())
        return f"SELECT {', '.join(nothing)} WHERE false"
    chosen = (
        f'CAST("{key}" AS DATE) AS "{key}"' if dtype == DAY else f'"{key}"'
        for key, dtype in columns.items()
    )
    return f"SELECT {', '.join(chosen)} FROM {_files(files)}"


def _sql_type(dtype: Dtype) -> str:
    return _SQL_TYPES[STR if isinstance(dtype, tuple) else dtype]


def _files(paths: Sequence[Path]) -> str:
    names = ", ".join(map(_quoted, paths))
    return f"read_parquet([{names}], hive_partitioning = false, union_by_name = false)"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _one_select(connection: Any, query: str) -> str:
    """The text of the only statement, without its semicolon.

    Raises:
        OptionError: There are none or several, or it is another kind of statement.
    """
    statements = connection.extract_statements(query)
    if len(statements) != 1:
        raise OptionError(
            f"the query has {len(statements)} statements, it takes one: SELECT … FROM articles"
        )
    kind = statements[0].type.name
    if kind != "SELECT":
        remedy = "PIVOT needs IN (…) here" if kind == "MULTI" else "an archive is only read"
        raise OptionError(f"the query is a statement {kind}, it takes SELECT: {remedy}")
    text = bytearray(query.encode())
    for place, kind in _duckdb().tokenize(query):  # places are those of UTF-8
        if kind == _duckdb().token_type.operator and text[place : place + 1] == b";":
            text[place : place + 1] = b" "
    return text.decode()


def _own_lines(message: str) -> str:
    """An error's lines numbered as the query's: it stands from the second on in what is read."""
    return _LINE.sub(lambda match: f"LINE {max(int(match[1]) - 1, 1)}:", message)


def _readable(
    message: str, archive: Archive, views: Mapping[str, Sequence[str]], query: str
) -> NewsNLPError:
    """An error of DuckDB with what it is about and what to do."""
    message = message.strip()
    missing = _NO_TABLE.search(message)
    if missing and (name := missing[1].lower()) not in views:
        if name in FRAMES:
            return not_held(archive, name)
        if name == REJECTS:
            return FrameNotComputedError(
                f"{archive.path} holds no {REJECTS!r}: it has no record that could not be read"
            )
        return OptionError(f"the query asks for {missing[1]!r}; there are {', '.join(views)}")
    if "Permission Error" in message:
        return OptionError(f"the query may read only the frames of {archive.path}: {message}")
    if _NO_FILE.search(message):
        return _damaged(archive, message)
    asked = [name for name in views if re.search(rf"\b{name}\b", query, re.IGNORECASE)]
    hint = "".join(f"\n{name} has {', '.join(views[name])}" for name in asked)
    return OptionError(f"the query cannot be answered: {message}{hint}")


def _damaged(archive: Archive, message: str) -> ArchiveError:
    return ArchiveError(
        f"archive {archive.path}: {message}. Ask again if a run was rewriting its parts; "
        "else restore what is named from a copy, or annotate into a new folder"
    )


def not_held(archive: Archive, name: str) -> FrameNotComputedError:
    """The error of a frame that an archive does not hold.

    Args:
        archive: The archive that was asked.
        name: Name of the frame.
    """
    return FrameNotComputedError(
        f"{archive.path} holds no {name!r}, only {', '.join(archive.names)}; "
        "annotate the articles into another archive with it added to frames=[…]"
    )


def _plain_schema(schema: Any) -> Any:
    """Columns of an answer as they are given: whole numbers of DuckDB's 128 bits in 64."""
    import pyarrow as pa  # noqa: PLC0415

    def plain(kind: Any) -> Any:
        if pa.types.is_decimal(kind):
            return pa.float64() if kind.scale else pa.int64()
        if pa.types.is_dictionary(kind):
            return plain(kind.value_type)
        return pa.string() if pa.types.is_null(kind) else kind

    return pa.schema([(field.name, plain(field.type)) for field in schema])


def _plain(batch: Any, schema: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    if batch.schema.equals(schema):
        return batch
    try:
        columns = [
            column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)
        ]
    except pa.ArrowInvalid as error:
        raise OptionError(
            f"the query gives a number that is too long: {error}; CAST(… AS DOUBLE) rounds it"
        ) from error
    return pa.record_batch(columns, schema=schema)


def _to_pandas(table: Any) -> pd.DataFrame:
    """A frame with the conventions of newsnlp's own: strings as `str`, days in seconds."""
    import pyarrow as pa  # noqa: PLC0415

    days = [
        (field.name, pa.timestamp("s") if pa.types.is_date(field.type) else field.type)
        for field in table.schema
    ]
    string = pd.StringDtype(na_value=np.nan)
    kinds = {pa.string(): string, pa.large_string(): string}
    frame: pd.DataFrame = table.cast(pa.schema(days)).to_pandas(types_mapper=kinds.get)
    return frame


def names_to_ask(archive: Archive, names: Sequence[str] | None) -> tuple[str, ...]:
    """Frames of an archive that are asked for; by default those that it holds, tokens aside.

    Args:
        archive: The archive that is asked.
        names: Names of frames.

    Raises:
        OptionError: There is no frame of a name.
        FrameNotComputedError: The archive does not hold one.
    """
    if names is None:
        return tuple(name for name in archive.names if name != "tokens")
    wanted = frame_names(names)
    for name in wanted:
        if name not in archive.names:
            raise not_held(archive, name)
    return wanted
