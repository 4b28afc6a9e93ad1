"""The exceptions of newsnlp.

- NewsNLPError
  + SourceError          a source that cannot be read as articles
    - DuplicateIdError   a `doc_id` that is missing or repeated
    - ReadError          a file or record that cannot be read
      + UnknownColumnsError   a file without a column that is known as a text
  + OptionError          an option with a value that it does not take
  + FrameNotComputedError   a frame that was not asked for
  + ModelError           a weights file that is missing or damaged
  + ArchiveError         an archive that cannot be opened or written
  + WorkerError          a worker process that died
  + MissingExtraError    an optional dependency that is not installed

And warnings:

- LargeResultWarning     a result that may not fit into memory
- RegisterWarning        aliases of a user's own that mean several entities
- SourceWarning          a text that looks like the name of a file
- TaxonomyWarning        seed words of a user's own that are not known
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "ArchiveError",
    "DuplicateIdError",
    "FrameNotComputedError",
    "LargeResultWarning",
    "MissingExtraError",
    "ModelError",
    "NewsNLPError",
    "OptionError",
    "ReadError",
    "RegisterWarning",
    "SourceError",
    "SourceWarning",
    "TaxonomyWarning",
    "UnknownColumnsError",
    "WorkerError",
]


HEAD_BYTES = 4096  # of what cannot be read that an error keeps


class NewsNLPError(Exception):
    """Base of every error that newsnlp raises by itself."""


class SourceError(NewsNLPError, ValueError):
    """A source that cannot be read as articles."""


class DuplicateIdError(SourceError):
    """A `doc_id` that is missing or repeated; both rows are named."""


class ReadError(SourceError):
    """A file or record that cannot be read; file and line are named.

    Args:
        message: What is wrong, where, and what to do.
        path: The file, with the member of an archive after `!`.
        line: Line or record of it, from 1.
        offset: Where the record starts, in bytes of what the file holds uncompressed.
        length: Length of the record, or of the file, in bytes.
        head: First bytes of it, of which 4 KiB are kept.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        offset: int | None = None,
        length: int | None = None,
        head: bytes = b"",
    ) -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.offset = offset
        self.length = length
        self.head = head[:HEAD_BYTES]


class UnknownColumnsError(ReadError):
    """A file none of whose columns is known as a text or a title; how to name one is told."""


class OptionError(NewsNLPError, ValueError):
    """An option with a value that it does not take; the ones it takes are named."""


class FrameNotComputedError(NewsNLPError, AttributeError, KeyError):
    """A frame that was not asked for in `frames=[...]`."""

    __str__ = Exception.__str__  # KeyError would quote the message


class ModelError(NewsNLPError, RuntimeError):
    """A weights file that is missing or damaged; file and remedy are named."""


class ArchiveError(NewsNLPError, RuntimeError):
    """An archive that cannot be opened or written."""


class WorkerError(NewsNLPError, RuntimeError):
    """A worker process that died; `doc_ids` names the documents that it was working on."""

    def __init__(self, message: str, doc_ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.doc_ids = tuple(doc_ids)


class MissingExtraError(NewsNLPError, ImportError):
    """An optional dependency that is not installed; the extra is named."""


class LargeResultWarning(UserWarning):
    """A result that may not fit into memory; its size and the remedy are named."""


class RegisterWarning(UserWarning):
    """Aliases of a user's register that mean several entities; their number and some are named."""


class SourceWarning(UserWarning):
    """A text that looks like the name of a file; how a file is read is named."""


class TaxonomyWarning(UserWarning):
    """Seed words of a user's topics that are not known; their number and some are named."""
