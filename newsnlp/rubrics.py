"""Layer *describe*: what an outlet's rubric says of an article's topic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsnlp.errors import OptionError
from newsnlp.schema import TOPICS
from newsnlp.tables import read_table

COLUMNS = ("doc_id", "rubric", "topic", "expected")
_SILENT = "-"  # of a rubric that tells no topic
# How many times greater a rubric makes the odds of a topic, if it speaks for it and if for others:
# fitted by `training/topics/train.py` on outlets left out. Too little against a text that is sure.
_FOR, _AGAINST = 3.5, 0.8
_SECTIONS = re.compile(r"[/?#]+")


def rubric_topics(rubric: str | None, url: str | None = None) -> frozenset[str]:
    """Topics that a rubric, or else a section of the address, speaks for; none where it is silent.

    Table: `newsnlp/data/rubrics.tsv`.

    Args:
        rubric: As the outlet spells it; of «Политика / Выборы» the last part that is known counts.
        url: The article's address.

    Returns:
        QCodes of top concepts of IPTC Media Topics.

    Example:
        >>> rubric_topics("Наука и техника")
        frozenset({'medtop:13000000'})
        >>> rubric_topics(None, "https://news.example/sport/2024/1")
        frozenset({'medtop:15000000'})
    """
    table = _table()
    for part in reversed(re.split(r"\s*[/|>»]\s*", _key(rubric or ""))):
        if table.get(part):
            return table[part]
    if not (rubric or "").strip() and url is not None:
        try:
            path = urlsplit(url).path
        except ValueError:  # what is no address has no sections
            return frozenset()
        for section in _SECTIONS.split(path.lower()):
            if table.get(section):
                return table[section]
    return frozenset()


def _key(rubric: str) -> str:
    return " ".join(rubric.lower().replace("ё", "е").split())


@cache
def _table() -> dict[str, frozenset[str]]:
    topics = {topic.partition(":")[2]: topic for topic in TOPICS}
    return {
        rubric: frozenset(topics[code] for code in codes.split() if code != _SILENT)
        for rubric, codes, _ in read_table("rubrics.tsv")
    }


def with_rubrics(
    probabilities: npt.NDArray[np.float64], expected: Sequence[frozenset[str]]
) -> npt.NDArray[np.float64]:
    """Probabilities of topics with the evidence of rubrics: shape (articles, 17).

    Args:
        probabilities: Those of the texts; what is 0 or 1 stays so.
        expected: Topics that each article's rubric speaks for; none where it is silent.
    """
    there = np.array([[topic in some for topic in TOPICS] for some in expected], np.bool_)
    there = there.reshape(probabilities.shape)
    factor = np.where(there, _FOR, np.where(there.any(1, keepdims=True), _AGAINST, 1.0))
    weighed = probabilities * factor
    result: npt.NDArray[np.float64] = weighed / (weighed + 1 - probabilities)
    return result


def disagreements(articles: pd.DataFrame) -> pd.DataFrame:
    """Articles whose topic is none that their rubric speaks for.

    Args:
        articles: The frame of that name.

    Returns:
        `doc_id, rubric, topic`, and `expected`, QCodes apart by spaces. Articles without a topic,
        and those whose rubric tells none, are left out.

    Raises:
        OptionError: A topic is of a user's own: rubrics speak for IPTC's alone.

    Example:
        >>> import newsnlp
        >>> text = "Нападающий забросил шайбу, и хоккейный клуб выиграл матч чемпионата."
        >>> frames = newsnlp.annotate([newsnlp.Article(doc_id="1", rubric="Политика", text=text)])
        >>> disagreements(frames.articles)[["topic", "expected"]].values.tolist()
        [['medtop:15000000', 'medtop:11000000']]
    """
    rows = []
    columns = (articles[name].tolist() for name in ("doc_id", "rubric", "url", "topic"))
    for doc_id, rubric, url, topic in zip(*columns, strict=True):
        given, address = (each if isinstance(each, str) else None for each in (rubric, url))
        expected = rubric_topics(given, address)
        if isinstance(topic, str) and topic not in TOPICS:
            raise OptionError(f"topic {topic!r} is none of IPTC's: rubrics speak for these alone")
        if expected and isinstance(topic, str) and topic not in expected:
            rows.append((doc_id, given, topic, " ".join(sorted(expected))))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=pd.StringDtype(na_value=np.nan))
