"""How much is read at most: what is larger is reported, and what stands beside it goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Final

from newsnlp.errors import OptionError

KIB: Final = 1024
MIB: Final = KIB**2
GIB: Final = KIB**3
_UNITS = {"": 1, "K": KIB, "M": MIB, "G": GIB, "T": KIB**4}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?\s*", re.IGNORECASE)
# A short text may be packed as tightly as it likes: it does no harm.
_HARMLESS = 64 * MIB


class LimitReached(OSError):  # noqa: N818  it ends a stream as an error of the disk does
    """Where a stream ends because more of it would be too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a reader takes at most; sizes are in bytes.

    Args:
        file_size: A file as it lies on disk.
        record_size: A text, a page, or a line, row or item of a file of records.
        held_size: What has to be held as a whole: a workbook, and a Parquet file or a zip that is
            compressed or lies in another archive.
        unpacked_size: All that a compressed file or an archive unpacks to.
        ratio: Unpacked bytes for each packed one, once there are more than 64 MiB.
        nesting: Layers of compression and archives in one another.
        members: Members of an archive.

    Raises:
        OptionError: A limit is under 1.

    Example:
        >>> Limits(record_size=as_bytes("2M")).record_size
        2097152
    """

    file_size: int = 256 * GIB
    record_size: int = 32 * MIB
    held_size: int = 128 * MIB
    unpacked_size: int = 1024 * GIB
    ratio: int = 200
    nesting: int = 8
    members: int = 1_000_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or value < 1:
                raise OptionError(f"{field.name} is {value!r}: a limit is a whole number from 1 up")


DEFAULT_LIMITS: Final = Limits()


@dataclass(slots=True)
class Meter:
    """Bytes that one layer of a file gave, against the bytes that it was packed in.

    Args:
        limits: What it may give.
        packed: Bytes that all of it is packed in; None while that is not known.
    """

    limits: Limits
    packed: int | None = None
    n: int = 0

    def add(self, n: int) -> None:
        """Count bytes.

        Raises:
            LimitReached: There are too many.
        """
        self.n += n
        if self.n > self.limits.unpacked_size:
            raise LimitReached(
                f"it unpacks to more than {shown_size(self.limits.unpacked_size)}; if it is to be "
                "trusted, raise the limit: unpacked_size"
            )
        if self.packed is not None and self.n > max(_HARMLESS, self.limits.ratio * self.packed):
            raise LimitReached(
                f"it unpacks to more than {self.limits.ratio} times its size; if it is to be "
                "trusted, raise the limit: ratio"
            )


def as_bytes(text: str) -> int:
    """Read a size such as "500M" or "2G" (of 1024s).

    Raises:
        OptionError: It is none.

    Example:
        >>> as_bytes("1.5K"), as_bytes("2 GiB"), as_bytes("7")
        (1536, 2147483648, 7)
    """
    size = _SIZE.fullmatch(text)
    n = int(float(size[1]) * _UNITS[size[2].upper()]) if size else 0
    if n < 1:
        raise OptionError(f"{text!r} is no size such as 500M or 2G")
    return n


def shown_size(n: int) -> str:
    """Write a number of bytes for people.

    Example:
        >>> shown_size(1536), shown_size(32 * 1024**2), shown_size(7)
        ('1.5 KiB', '32 MiB', '7 bytes')
    """
    unit, size = next(
        ((unit, size) for unit, size in reversed(_UNITS.items()) if n >= size), ("", 1)
    )
    return f"{n / size:.1f}".removesuffix(".0") + (f" {unit}iB" if unit else " bytes")
