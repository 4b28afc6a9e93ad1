"""What an archive holds, article by article, and what a run still has to do."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from newsnlp import parts
from newsnlp.intake import UNREAD_DATE, Intake, text_hash
from newsnlp.manifests import readable
from newsnlp.rejects import Inputs
from newsnlp.runs import Stop, Summary
from newsnlp.schema import BAD_STATUSES

if TYPE_CHECKING:
    import pandas as pd

_HASH_DIGITS = 16
_RECEIPT = ("doc_id", "text_hash", "status")


@dataclass(frozen=True, slots=True)
class Undated:
    """How many articles have no time of publication, and of how many it could not be read.

    `example` is one of these: what was given, and the `doc_id`.
    """

    n: int = 0
    n_unread: int = 0
    example: str = ""

    @classmethod
    def of(cls, articles: pd.DataFrame) -> Undated:
        """Those of some articles; what was not annotated is told otherwise.

        Args:
            articles: The frame of that name.
        """
        undated = articles[articles["published"].isna() & ~articles["status"].isin(BAD_STATUSES)]
        unread = undated[undated["error"].str.contains(UNREAD_DATE, regex=False, na=False)]
        if unread.empty:
            return cls(len(undated))
        doc_id, error = unread[["doc_id", "error"]].iloc[0]
        example = f"{error.partition(UNREAD_DATE)[2]} of article {doc_id}"
        return cls(len(undated), len(unread), example)

    def __add__(self, other: Undated) -> Undated:
        return Undated(
            self.n + other.n, self.n_unread + other.n_unread, self.example or other.example
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """A part that a process of another machine has put in place."""

    part: str
    doc_ids: Sequence[str]
    hashes: Sequence[str | None]
    statuses: Sequence[str]
    undated: Undated = Undated()


@dataclass(slots=True)
class Index:
    """What is stored: of each article the first digits of its text's hash, and its part.

    `parts` holds the articles by status of each part, `bad` the articles that could not be
    annotated, `doubles` parts whose articles are all in others.
    """

    articles: dict[str, tuple[str, str]] = field(default_factory=dict)
    parts: dict[str, Counter[str]] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folders: Sequence[Path]) -> Index:
        """What some parts hold.

        Args:
            folders: Folders of the parts.
        """
        index = cls()
        for folder in folders:
            file = folder / "articles.parquet"
            with readable(folder, [file], _RECEIPT, passing=FileNotFoundError):
                receipt = read_receipt(folder)
            if receipt.doc_ids and index.articles.keys() >= set(receipt.doc_ids):
                index.doubles.append(folder.name)
            else:
                index.add(receipt)
        return index

    def is_of(self, path: Path) -> bool:
        """Whether the parts on disk are those of this index.

        Args:
            path: Folder of the archive.
        """
        return {part.name for part in parts.listed(path)} == self.parts.keys()

    def add(self, receipt: Receipt) -> None:
        """Note a part that is in place; its articles are in no other any more.

        Args:
            receipt: What it holds.
        """
        part = receipt.part
        rows = zip(receipt.doc_ids, receipt.hashes, receipt.statuses, strict=True)
        for doc_id, digits, status in rows:
            self.articles[doc_id] = (digits or "")[:_HASH_DIGITS], part
            if status in BAD_STATUSES:
                self.bad[doc_id] = status
            else:
                self.bad.pop(doc_id, None)
        self.parts[part] = Counter(receipt.statuses)


@dataclass(slots=True)
class Run:
    """What a run wants, and what it has done so far."""

    inputs: Inputs
    batch_size: int = 256
    update: bool = False
    again: frozenset[str] = frozenset()
    remembers: bool = True
    stop: Stop = field(default_factory=Stop)
    n_skipped: int = 0
    n_changed: int = 0
    n_updated: int = 0
    n_bad_before: int = 0
    undated: Undated = Undated()
    statuses: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)

    def wants(self, taken: Intake, stored: Index) -> bool:
        """Whether an article is to be annotated; one that is not is counted.

        Args:
            taken: The article.
            stored: What the archive holds.
        """
        doc_id = str(taken.article.doc_id)
        known = stored.articles.get(doc_id)
        if known is None or doc_id in self.again:
            return True
        # Of what failed no text is stored that this one could be compared with.
        is_bad = doc_id in stored.bad
        is_changed = known[0] != digits_of(taken) and not is_bad
        if self.update and (is_changed or is_bad):
            return True
        self.n_skipped += 1
        self.n_changed += is_changed
        self.n_bad_before += is_bad
        return False

    def note(self, statuses: Iterable[str], n_updated: int) -> None:
        """Note what was stored.

        Args:
            statuses: Of the articles.
            n_updated: How many of them were stored before.
        """
        self.statuses.update(statuses)
        self.n_updated += n_updated

    def note_undated(self, undated: Undated) -> None:
        """Note which articles have no time of publication.

        Args:
            undated: Those of the articles that were stored.
        """
        self.undated += undated

    def summary(self) -> Summary:
        """What the run has done so far."""
        return Summary(
            n_articles=self.statuses.total() - self.n_updated,
            n_skipped=self.n_skipped,
            n_changed=self.n_changed,
            statuses=dict(self.statuses),
            seconds=time.monotonic() - self.started,
            n_updated=self.n_updated,
            n_rejected=self.inputs.n_rejected,
            n_bad_before=self.n_bad_before,
            n_undated=self.undated.n,
            n_unread_dates=self.undated.n_unread,
            unread_date=self.undated.example,
        )


def digits_of(taken: Intake, *, whole: bool = False) -> str:
    """Hash of the text that an article has when it is annotated, or the first digits of it.

    Args:
        taken: The article.
        whole: All digits.
    """
    digits = text_hash(taken.article.text) or ""
    return digits if whole else digits[:_HASH_DIGITS]


def read_receipt(folder: Path) -> Receipt:
    """What a part holds.

    Args:
        folder: Folder of the part.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(folder / "articles.parquet", columns=list(_RECEIPT), partitioning=None)
    return Receipt(folder.name, *(table[name].to_pylist() for name in _RECEIPT))
