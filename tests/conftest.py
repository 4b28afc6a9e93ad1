import os
from pathlib import Path

import numpy as np
import pytest

from newsnlp import Annotator, Article, Frames
from newsnlp.columns import Topics
from newsnlp.dates import parse_dates
from newsnlp.intake import take_in
from newsnlp.tabulate import Batch, tabulate


@pytest.fixture(scope="session")
def annotator():
    return Annotator()


@pytest.fixture(scope="session")
def data():
    if "NEWSNLP_DATA" not in os.environ:
        pytest.skip("NEWSNLP_DATA is not set")
    folder = Path(os.environ["NEWSNLP_DATA"])
    assert folder.is_dir(), f"NEWSNLP_DATA is {folder}, which is no folder"
    return folder


@pytest.fixture(scope="session")
def own_topics(annotator):
    """Makes results whose topics are of a user's own; `told` is the topic of each article, by id.

    The option is a description of where the topics come from, as of other files of a user.
    """

    def annotated(told, names, option=None):
        taken = [
            take_in(Article(doc_id=doc_id, text="Саммит прошёл."), max_length=100)
            for doc_id in told
        ]
        segments, _ = annotator.segments([one.composed for one in taken])
        doc = np.array([row for row, topic in enumerate(told.values()) if topic], np.int64)
        code = np.array([names.index(topic) for topic in told.values() if topic], np.int64)
        n = len(taken)
        published, day = parse_dates([None] * n, timezone="UTC", fetched=None)
        batch = Batch(
            articles=taken, lang=np.zeros(n, np.int64), country=[None] * n, published=published,
            day=day, segments=segments, topics=Topics(doc, code, np.ones(len(doc), np.float32)),
            topic_names=names, labels=[name.capitalize() for name in names],
            reading=None, mentions=None, keywords=None,
        )  # fmt: skip
        info = annotator.info()
        options = info["options"] | {"topics": option}
        tables = tabulate(batch, ("articles", "topics"))
        return Frames(tables, info | {"topics": list(names), "options": options})

    return annotated
