"""Held-out documents: one half says when training stops, the other half checks what came out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from corpora import CORPORA, DOUBTFUL, Document, held_out, in_convention
from examples import bare

from newsnlp import Annotator, Article
from newsnlp.scoring import GoldDocument, GoldName, read_names, score_names
from newsnlp.taggers import Tagger
from newsnlp.weights import TaggerWeights

# Collection5 aside, whose labels follow another convention.
COMMON = tuple(corpus for corpus in CORPORA if corpus != "collection5")

# Documents by corpus and id.
Gold = dict[str, dict[str, GoldDocument]]


def deciding(data: Path, corpora: Iterable[str]) -> Gold:
    """Every second held-out document, with the names of the convention that is trained."""
    return {
        corpus: {
            document.doc_id: _gold(document)
            for document in in_convention(data, corpus)
            if document.doc_id in set(sorted(held_out(corpus))[::2])
        }
        for corpus in corpora
    }


def checking(data: Path, corpora: Iterable[str]) -> Gold:
    """The other held-out documents, with the names that their corpus has."""
    return {
        corpus: read_names(_path(data, corpus), documents=sorted(held_out(corpus))[1::2])
        for corpus in corpora
    }


def all_held_out(data: Path, corpora: Iterable[str]) -> Gold:
    """Both halves, with the names that their corpus has."""
    return {
        corpus: read_names(_path(data, corpus), documents=held_out(corpus)) for corpus in corpora
    }


def whole(data: Path, corpora: Iterable[str]) -> Gold:
    """All documents, with the names that their corpus has."""
    return {corpus: read_names(_path(data, corpus)) for corpus in corpora}


def _path(data: Path, corpus: str) -> Path:
    return data / "ner" / f"{corpus}.jsonl.gz"


def _gold(document: Document) -> GoldDocument:
    known = tuple(GoldName(*name) for name in document.names if name[2] != DOUBTFUL)
    doubtful = tuple(name[:2] for name in document.names if name[2] == DOUBTFUL)
    return GoldDocument(document.text, known, doubtful)


def scores(annotator: Annotator, weights: TaggerWeights, gold: Gold) -> pd.DataFrame:
    """F1 of strict spans by corpus and type, and the mean of the corpora."""
    rows = {}
    for corpus, documents in gold.items():
        table = score_names(documents, _mentions(annotator, weights, documents))
        rows[corpus] = dict(zip(table["class"], table["f1"], strict=True))
    result = pd.DataFrame(rows).T
    result.loc["mean"] = result.mean()
    return result


def outcomes(
    annotator: Annotator, weights: TaggerWeights, gold: Gold
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Score of each mention, whether it is right, and the number of its document."""
    rows = []
    for documents in gold.values():
        numbers = {doc_id: number for number, doc_id in enumerate(sorted(documents))}
        mentions = _mentions(annotator, weights, documents)
        columns = (mentions[name].tolist() for name in ("doc_id", "start", "stop", "type", "score"))
        for doc_id, start, stop, type_, score in zip(*columns, strict=True):
            document = documents[doc_id]
            span = (*bare(document.text, start, stop), type_)
            is_right = any(
                span == (*bare(document.text, name.start, name.stop), name.type)
                for name in document.names
            )
            if is_right or not any(a < stop and start < b for a, b in document.ignored):
                rows.append((score, is_right, numbers[doc_id]))
    score, right, number = (np.array(column) for column in zip(*rows, strict=True))
    return np.clip(score.astype(np.float64), 1e-6, 1 - 1e-6), right, number


def _mentions(
    annotator: Annotator, weights: TaggerWeights, documents: dict[str, GoldDocument]
) -> pd.DataFrame:
    annotator.models._names["newsnlp"] = Tagger.build(weights, annotator.models.vectors)
    articles = [Article(doc_id=doc_id, text=each.text) for doc_id, each in documents.items()]
    return annotator.annotate(articles, frames=["mentions"]).mentions


def calibration_error(
    score: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], n_bins: int = 10
) -> float:
    """Expected calibration error over bins of equal width."""
    bins = np.minimum((score * n_bins).astype(int), n_bins - 1)
    return float(sum(abs((right - score)[bins == b].sum()) for b in range(n_bins)) / len(score))
