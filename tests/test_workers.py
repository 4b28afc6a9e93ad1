"""Worker processes, real ones: in most tests a batch is an expression, which a worker evaluates."""

import gc
import os
import signal
import subprocess
import sys
import time
from itertools import count, islice
from multiprocessing import active_children

import pandas as pd
import pytest

import newsnlp
from newsnlp import Archive, Article, Frames
from newsnlp.errors import OptionError, WorkerError
from newsnlp.schema import FRAMES
from newsnlp.workers import map_batches

OS = "__import__('os')"
PID = f"{OS}.getpid()"
SLEEP = "__import__('time').sleep"
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert not active_children()


def evaluate(batches, processes=1):
    """Evaluate expressions; the documents of one are what stands between its "or"."""
    return map_batches(
        eval, batches, processes=processes, doc_ids=lambda batch: batch.split(" or ")
    )


def test_results_come_in_order_and_from_workers():
    batches = [f"{SLEEP}(0.4) or (0, {PID})", *(f"({number}, {PID})" for number in range(1, 8))]
    results = list(evaluate(batches, processes=2))
    assert [number for number, _ in results] == list(range(8))
    pids = {pid for _, pid in results}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_an_endless_source_is_read_two_batches_a_worker_ahead():
    read = []
    results = evaluate((read.append(n) or str(n) for n in count()), processes=2)
    for number in range(5):
        assert next(results) == number
        assert len(read) == number + 4
    results.close()


def test_workers_start_as_they_are_needed():
    results = evaluate([PID], processes=100)
    next(results)
    assert len(active_children()) == 1
    results.close()


def test_one_blas_thread_in_the_worker_alone(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    assert list(evaluate([f"{OS}.environ['OPENBLAS_NUM_THREADS']"])) == ["1"]
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2"


@pytest.mark.parametrize(
    ("end", "how"),
    [
        pytest.param(f"{OS}._exit(3)", "exit status 3", id="exit"),
        pytest.param(f"{OS}.kill({PID}, 9)", "killed by SIGKILL", id="killed", marks=posix),
        pytest.param("exit(4)", "exit status 4", id="SystemExit"),
    ],
)
def test_a_dead_worker_is_an_error_that_names_its_documents(end, how):
    batches = [f"{SLEEP}(0.4) or 0", "1", f"{SLEEP}(0.1) or {end}", "3", "4", "5", "6"]
    results = evaluate(batches, processes=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(WorkerError, match=how) as caught:
        list(results)
    assert caught.value.doc_ids == (f"{SLEEP}(0.1)", end)
    assert repr(end) in str(caught.value)


@posix
def test_a_worker_that_is_killed_while_it_sends_is_an_error():
    results = evaluate([PID, "bytes(50_000_000)", "2"])
    pid = next(results)
    time.sleep(0.5)  # it sends, and nobody reads
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(WorkerError) as caught:
        next(results)
    assert caught.value.doc_ids == ("bytes(50_000_000)",)


@posix
def test_a_worker_that_is_killed_without_work_is_an_error():
    batches = [PID, "1", "2"]
    results = evaluate(iter_slowly(batches))
    os.kill(next(results), signal.SIGKILL)
    with pytest.raises(WorkerError):
        list(results)


def iter_slowly(batches):
    for batch in batches:
        yield batch
        time.sleep(0.3)


def test_an_error_of_the_work_comes_after_the_results_before_it():
    results = evaluate(["0", "1 / 0", "2"], processes=2)
    assert next(results) == 0
    with pytest.raises(ZeroDivisionError) as caught:
        next(results)
    traceback, articles = caught.value.__notes__
    assert traceback.startswith("In a worker process:\nTraceback")
    assert articles == "It was at work on 1 article, '1 / 0'."


def test_an_error_that_cannot_be_sent_is_told():
    with pytest.raises(RuntimeError, match=r"ValueError: .*lambda"):
        next(evaluate(["(_ for _ in ()).throw(ValueError(lambda: 0))"]))


def test_an_error_of_the_source_comes_after_the_results_before_it():
    def source():
        yield from "01"
        raise OptionError("no more")

    results = evaluate(source(), processes=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(OptionError, match="no more"):
        next(results)


def test_an_iterator_that_is_closed_or_forgotten_ends_its_workers():
    for end in ("close", "forget"):
        results = evaluate(["0", *[f"{SLEEP}(60)"] * 9], processes=2)
        next(results)
        assert len(active_children()) == 2
        start = time.monotonic()
        if end == "close":
            results.close()
        del results
        gc.collect()
        assert not active_children()
        assert time.monotonic() - start < 5


# A script without a main guard, from standard input; its workers are at work when it is ended.
SCRIPT = f"""
import multiprocessing, os, sys, time
from newsnlp.workers import map_batches
batches = ["{PID}", *["{SLEEP}(60)"] * 9]
results = map_batches(eval, batches, processes=2, doc_ids=str.split)
next(results)
pids = [worker.pid for worker in multiprocessing.active_children()]
if sys.argv[1:] == ["fork"] and os.fork() == 0:
    time.sleep(5)  # and holds all pipes open
    os._exit(0)
print(*pids, flush=True)
next(results)
"""


def still_there(pids=(), *, group=None):
    """Processes that have not ended: some, or those of a process group."""
    command = ["ps", "-A", "-o", "pid=,pgid=,stat="]
    lines = subprocess.run(command, check=True, capture_output=True, text=True)
    rows = [line.split() for line in lines.stdout.splitlines()]
    return [
        pid
        for pid, pgid, state in rows
        if (pid in pids or pgid == str(group)) and not state.startswith("Z")
    ]


def ended(script, number, *, to_group=False, **processes):
    """Send a signal to a script whose workers are at work; all have ended within seconds."""
    script.stdin.write(SCRIPT)
    script.stdin.close()
    pids = sorted(script.stdout.readline().split())
    assert sorted(still_there(pids)) == pids
    assert len(pids) == 2
    (os.killpg if to_group else os.kill)(script.pid, number)
    script.wait(5)
    start = time.monotonic()
    while left := still_there(pids, **processes):
        assert time.monotonic() - start < 3, left
        time.sleep(0.05)


def from_stdin(*arguments):
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, "-", *arguments]
    return subprocess.Popen(command, **pipes, text=True, start_new_session=True)


@posix
@pytest.mark.parametrize(
    ("number", "to_group"),
    [
        pytest.param(signal.SIGINT, True, id="Ctrl-C"),
        pytest.param(signal.SIGINT, False, id="SIGINT"),
        pytest.param(signal.SIGTERM, False, id="SIGTERM"),
        pytest.param(signal.SIGKILL, False, id="SIGKILL"),
    ],
)
def test_a_parent_that_is_ended_leaves_no_process(number, to_group):
    with from_stdin() as script:
        ended(script, number, to_group=to_group, group=script.pid)
        messages = script.stderr.read()
    assert messages.count("Traceback") == (number == signal.SIGINT), messages


@posix
def test_a_fork_of_a_killed_parent_keeps_no_worker():
    with from_stdin("fork") as script:
        ended(script, signal.SIGKILL)


# Annotators in workers.

TEXTS = (
    "Касым-Жомарт Токаев прибыл в Минск.",
    "В Барнауле потушили пожар, сообщили в МЧС.",
    None,
    7,
    "Вера Лаптева выиграла марафон в Казани.",
    "The president arrived in Minsk on Monday.",
)


def test_workers_give_what_one_process_gives(annotator):
    articles = [Article(doc_id=f"№{number}", text=text) for number, text in enumerate(TEXTS)]
    options = {"batch_size": 4, "frames": FRAMES}
    expected = list(annotator.stream(articles, **options))
    found = list(annotator.stream(articles, processes=2, **options))
    assert len(found) == len(expected) == 2
    for one, other in zip(found, expected, strict=True):
        assert one.info == other.info
        for name in FRAMES:
            pd.testing.assert_frame_equal(one[name], other[name])


def russia_today(data, n):
    path = data / "articles" / "russia_today.jsonl.gz"
    return islice(newsnlp.read(path, columns={"lead": "summary"}), n)


@pytest.mark.slow
def test_workers_give_what_one_process_gives_on_a_corpus(annotator, data):
    expected = Frames.concat(annotator.stream(russia_today(data, 300)))
    found = Frames.concat(annotator.stream(russia_today(data, 300), processes=2, batch_size=50))
    for name in FRAMES:
        pd.testing.assert_frame_equal(found[name], expected[name], atol=1e-3, rtol=0)


@pytest.mark.slow
@posix
def test_an_annotator_that_is_killed_names_its_articles(annotator, data):
    ids = [article.doc_id for article in russia_today(data, 300)]
    stream = annotator.stream(russia_today(data, 300), processes=2, batch_size=20)
    first = [next(stream), next(stream)]
    os.kill(active_children()[0].pid, signal.SIGKILL)
    got = []
    with pytest.raises(WorkerError, match="killed by SIGKILL") as caught:
        got.extend(stream)
    n_before = 20 * len(first + got)
    assert list(caught.value.doc_ids) == ids[n_before : n_before + 20]


@pytest.mark.parametrize("processes", [0, -1, 1.5, True, None, "2"])
def test_what_is_no_number_of_processes(annotator, processes, tmp_path):
    with pytest.raises(OptionError, match="processes="):
        annotator.stream(["Саммит прошёл."], processes=processes)
    with pytest.raises(OptionError, match="processes="):
        Archive(tmp_path / "archive").annotate(
            ["Саммит прошёл."], annotator=annotator, processes=processes
        )
