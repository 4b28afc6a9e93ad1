"""The manifest of an archive: versions, models, options, frames, counts; what may go together."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from newsnlp.errors import ArchiveError
from newsnlp.frames import topics_of
from newsnlp.parts import is_ours
from newsnlp.schema import SCHEMA_VERSION

MANIFEST = "manifest.json"
COUNTS = "counts"
# When pages were fetched belongs to the pages: every run that adds some may name another time.
# Where a user's file lies does not matter, what it holds does.
OF_A_RUN = (
    "options.fetched", "options.register.name", "options.tags.name", "options.topics.name",
)  # fmt: skip


def is_at(path: Path) -> bool:
    """Whether an archive has been written at a path.

    Args:
        path: A folder, or anything else.
    """
    return (path / MANIFEST).is_file()


def load(path: Path) -> dict[str, Any]:
    """The manifest of the archive at a path; empty where one can be made.

    Args:
        path: Folder of the archive.

    Raises:
        ArchiveError: The path is taken by something else, or the manifest cannot be read.
    """
    if path.exists() and not path.is_dir():
        raise ArchiveError(f"{path} is a file: an archive is a folder, name a new or empty one")
    if not is_at(path):
        others = path.iterdir() if path.exists() else ()
        taken = next((each.name for each in others if not is_ours(each.name)), None)
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


def made_of(info: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """What is kept beside the parts, as it reads back from JSON.

    Args:
        info: Of results: versions, models, options.
        names: Frames that the archive holds.
    """
    manifest = json.loads(json.dumps({**info, "frames": list(names)}, default=str))
    # A user's file is found again from any folder.
    for described in manifest.get("options", {}).values():
        if isinstance(described, dict) and Path(described["name"]).is_file():
            described["name"] = os.path.abspath(described["name"])  # noqa: PTH100  keeps links
    return cast(dict[str, Any], manifest)


def check(
    path: Path, manifest: Mapping[str, Any], info: Mapping[str, Any], names: Sequence[str]
) -> None:
    """Refuse what was not made as an archive's articles were.

    Args:
        path: Folder of the archive.
        manifest: Its manifest.
        info: Of the results to add.
        names: Their frames.

    Raises:
        ArchiveError: They differ; every difference is named.
    """
    made = {key: value for key, value in manifest.items() if key != COUNTS}
    here, there = _flat(made), _flat(made_of(info, names))
    differences = [
        f"{key} is {here.get(key, 'not set')} there and {there.get(key, 'not set')} here"
        for key in sorted(here | there)
        if here.get(key) != there.get(key) and key not in (*OF_A_RUN, "topics")
    ]
    differences += _topic_differences(topics_of(manifest), topics_of(info))
    if differences:
        raise ArchiveError(
            f"{path} was made otherwise: {'; '.join(differences)}. "
            "Use the same version, options and frames, or write to another archive"
        )


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


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Errors of what is written, told with the place and what to do.

    Args:
        path: The archive, or a part of it.

    Raises:
        ArchiveError: In their place.
    """
    import pyarrow as pa  # noqa: PLC0415

    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(
            f"archive {path}: {error}. What was stored before is whole; "
            "make the folder readable and writable, with space left, and run again"
        ) from error


@contextmanager
def readable(
    path: Path,
    files: Sequence[Path | str] = (),
    columns: Sequence[str] | None = None,
    *,
    passing: type[Exception] | tuple[()] = (),
) -> Iterator[None]:
    """Errors of what is read, told with the file that is damaged and what to do.

    A file that is gone may have been put together with others meanwhile.

    Args:
        path: The archive, or a part of it.
        files: Files of Parquet that are read together.
        columns: Columns that are read of them, None for all.
        passing: Errors that are let through as they are.

    Raises:
        ArchiveError: In their place.
    """
    import pyarrow as pa  # noqa: PLC0415

    try:
        yield
    except passing:
        raise
    except FileNotFoundError as error:
        raise ArchiveError(
            f"archive {path}: {error}; where a run has rewritten parts of it meanwhile, ask again, "
            "else restore what is named from a copy"
        ) from error
    except (OSError, pa.ArrowException) as error:
        place = next((file for file in files if not _is_readable(file, columns)), path)
        what = " ".join(str(error).split())
        raise ArchiveError(
            f"{place} cannot be read ({what}): restore it from a copy, or annotate the articles "
            "into a new archive"
        ) from error


def _is_readable(file: Path | str, columns: Sequence[str] | None) -> bool:
    """Whether it is this file that is damaged: not every error of many tells which."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        pq.read_table(file, columns=None if columns is None else list(columns), partitioning=None)
    except (OSError, pa.ArrowException):
        return False
    return True
