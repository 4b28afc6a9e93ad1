"""Archives annotated on a Dask cluster of this machine: real workers, which may be lost."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

from newsnlp import Archive, Article
from newsnlp.errors import DuplicateIdError, MissingExtraError, OptionError, SourceError

dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("default")

SENTENCES = (
    "Касым-Жомарт Токаев прибыл в Минск на саммит ОДКБ.",
    "В Барнауле потушили пожар, сообщили в МЧС России.",
    "Вера Лаптева выиграла марафон в Казани.",
)


@pytest.fixture(scope="module")
def client():
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        yield client


def table(n, length=1):
    texts = [f"{' '.join(SENTENCES * length)} Номер {number}." for number in range(n)]
    return pd.DataFrame({"doc_id": [f"№{number}" for number in range(n)], "text": texts})


def articles(frame):
    return [Article(doc_id=row.doc_id, text=row.text) for row in frame.itertuples()]


@pytest.fixture
def run():
    from newsnlp.distributed import annotate

    return annotate


def same(found, expected):
    assert found.names == expected.names
    for name in expected.names:
        left, right = (
            frame.sort_values(list(frame.columns[:2]), ignore_index=True)
            for frame in (found.frames(name), expected.frames(name))
        )
        pd.testing.assert_frame_equal(left, right, check_exact=False, atol=1e-3, rtol=0)


def test_two_workers_give_what_one_process_gives(client, annotator, tmp_path, run):
    frame = table(24)
    ddf = dd.from_pandas(frame, npartitions=4)
    summary = run(ddf, tmp_path / "dask", batch_size=3, annotator=annotator, client=client)
    assert (summary.n_articles, summary.statuses) == (24, {"ok": 24})
    one = Archive(tmp_path / "one")
    alone = one.annotate(articles(frame), annotator=annotator, batch_size=3)
    assert (summary.n_undated, summary.n_unread_dates) == (alone.n_undated, alone.n_unread_dates)
    assert summary.n_undated == 24
    found = Archive(tmp_path / "dask")
    same(found, one)
    assert {part.name for part in found.path.glob("part=*")} == {
        part.name for part in one.path.glob("part=*")
    }
    assert found.manifest == one.manifest
    again = run(ddf, tmp_path / "dask", annotator=annotator, client=client)
    assert (again.n_articles, again.n_skipped) == (0, 24)


def test_what_is_new_and_what_has_changed(client, annotator, tmp_path, run):
    frame = table(10)
    run(dd.from_pandas(frame, npartitions=2), tmp_path / "dask", annotator=annotator, client=client)
    frame = table(12)
    frame.loc[3, "text"] = "Саммит сорван."
    ddf = dd.from_pandas(frame, npartitions=3)
    summary = run(ddf, tmp_path / "dask", annotator=annotator, client=client, update=True)
    assert (summary.n_articles, summary.n_updated, summary.n_skipped) == (2, 1, 9)
    one = Archive(tmp_path / "one")
    one.annotate(articles(frame), annotator=annotator)
    same(Archive(tmp_path / "dask"), one)


def test_ids_that_are_missing_or_come_twice(client, annotator, tmp_path, run):
    options = {"annotator": annotator, "client": client}
    twice = dd.from_pandas(pd.concat([table(4), table(1)], ignore_index=True), npartitions=2)
    with pytest.raises(DuplicateIdError, match="'№0'"):
        run(twice, tmp_path / "archive", **options)
    none = dd.from_pandas(table(4).assign(doc_id=None), npartitions=1)
    with pytest.raises(DuplicateIdError, match="has no doc_id"):
        run(none, tmp_path / "archive", **options)
    with pytest.raises(SourceError, match="no column 'doc_id', only text"):
        run(dd.from_pandas(table(4)[["text"]], npartitions=1), tmp_path / "archive", **options)
    assert not (tmp_path / "archive").exists()


def test_a_lost_worker_is_made_good(annotator, tmp_path, run):
    frame = table(120, length=15)
    whole = Archive(tmp_path / "whole")
    whole.annotate(articles(frame), annotator=annotator, batch_size=5)
    path = tmp_path / "dask"

    def lose(cluster):
        while len(list(path.glob("part=*"))) < 3:
            time.sleep(0.01)
        os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)

    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster, set_as_default=False) as client:
        thread = threading.Thread(target=lose, args=[cluster], daemon=True)
        thread.start()
        ddf = dd.from_pandas(frame, npartitions=8)
        summary = run(ddf, path, annotator=annotator, batch_size=5, client=client)
        thread.join()
    assert summary.n_articles == 120
    found = Archive(path)
    assert found.frames("articles")["doc_id"].is_unique
    same(found, whole)
    assert found.manifest["counts"] == whole.manifest["counts"]


def test_the_command_line_takes_a_scheduler(client, tmp_path, annotator):
    frame = table(30)
    news = tmp_path / "news.jsonl"
    frame.to_json(news, orient="records", lines=True, force_ascii=False)
    command = [
        sys.executable, "-m", "newsnlp", "annotate", news, "-o", tmp_path / "dask",
        "--batch-size", "4", "--scheduler", client.scheduler.address,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "30 articles annotated" in done.stderr
    one = Archive(tmp_path / "one")
    one.annotate(news, annotator=annotator, batch_size=4)
    same(Archive(tmp_path / "dask"), one)
    frame.loc[3, "text"] = "Саммит сорван."
    frame.to_json(news, orient="records", lines=True, force_ascii=False)
    done = subprocess.run([*command, "--update"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "1 annotated again" in done.stderr
    text = Archive(tmp_path / "dask").frames("articles", doc_ids=["№3"])["text"]
    assert text.tolist() == ["Саммит сорван."]
    assert json.loads((tmp_path / "dask" / "manifest.json").read_text("utf-8"))["counts"][
        "articles"
    ] == 30  # fmt: skip


def test_no_scheduler(monkeypatch):
    from newsnlp import distributed as module

    monkeypatch.setattr(module, "_SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(OptionError, match=r"no Dask scheduler at 'tcp://127\.0\.0\.1:1'"):
        module.connected("tcp://127.0.0.1:1").__enter__()


def test_without_dask(monkeypatch, tmp_path, run):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"newsnlp\[dask\]"):
        run(None, tmp_path / "archive")
