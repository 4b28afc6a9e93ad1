"""Runs that are killed, whose disk is full or that may not write: real processes, real archives."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import pytest

import newsnlp
from newsnlp import Archive

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

SENTENCES = (
    "Касым-Жомарт Токаев прибыл в Минск на саммит ОДКБ.",
    "В Барнауле потушили пожар, сообщили в МЧС России.",
    "Вера Лаптева выиграла марафон в Казани и поблагодарила тренера.",
    "Учёные РАН изучили дно Байкала, передаёт РИА Новости.",
    "Центробанк сохранил ключевую ставку на прежнем уровне.",
)


@pytest.fixture
def news(tmp_path):
    return made_up(tmp_path / "news.jsonl", 240)


def made_up(path, n):
    """A file of articles that take a while."""
    rng = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        for number in range(n):
            body = " ".join(rng.choices(SENTENCES, k=60))
            record = {"id": number, "title": f"Новость {number}", "text": f"{number}. {body}"}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def annotate(news, archive, *options, **given):
    command = [sys.executable, "-m", "newsnlp", "annotate", str(news), "-o", str(archive)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*command, *map(str, options)], start_new_session=True, **pipes | given)


def finished(process):
    """Standard error of a process that ends by itself, and its status."""
    _, messages = process.communicate(timeout=600)
    return process.returncode, messages


def processes_of(session):
    """Those of a session that have not ended."""
    command = ["ps", "-A", "-o", "pid=,sess=,stat="]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in lines.splitlines()]
    return [int(pid) for pid, sess, state in rows if sess == str(session) and state[0] != "Z"]


def wait_for(condition, seconds=20):
    start = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() - start < seconds
        time.sleep(0.02)
    return found


def parts(archive):
    return [part.name for part in archive.glob("part=*")]


def kill(number, pid):
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def killed(news, archive, rng, options, within):
    """A run that is killed at a random moment: a worker first, then the parent."""
    before = len(parts(archive)) if archive.exists() else 0
    process = annotate(news, archive, *options)
    if rng.random() < 0.8:  # else at its start
        wait_for(lambda: len(parts(archive)) > before or process.poll() is not None)
    time.sleep(rng.random() * within)
    if workers := [pid for pid in processes_of(process.pid) if pid != process.pid]:
        kill(signal.SIGKILL, rng.choice(workers))
        time.sleep(rng.random() * 0.2)
    kill(signal.SIGKILL, process.pid)
    process.communicate()
    wait_for(lambda: not processes_of(process.pid), 5)
    return process.returncode


def same(found, expected):
    assert found.names == expected.names
    for name in expected.names:
        pd.testing.assert_frame_equal(
            found.frames(name), expected.frames(name), check_exact=False, atol=1e-3, rtol=0
        )


def survives(news, folder, *, rounds, options, within=1.0, seed=1):
    """Kill runs, end the last one, compare with one that was left alone."""
    rng = random.Random(seed)
    hurt, whole = folder / "hurt", folder / "whole"
    ends = Counter(killed(news, hurt, rng, options, within) for _ in range(rounds))
    n_before = sum(len(pd.read_parquet(part)) for part in hurt.glob("part=*/articles.parquet"))
    status, messages = finished(annotate(news, hurt, *options))
    assert status == 0, messages
    assert finished(annotate(news, whole, *options))[0] == 0
    found, expected = Archive(hurt), Archive(whole)
    assert sorted(parts(hurt)) == sorted(parts(whole))
    assert found.frames("articles")["doc_id"].is_unique
    same(found, expected)
    assert found.manifest["counts"] == expected.manifest["counts"] == found.counts
    assert not [entry.name for entry in hurt.iterdir() if entry.name.startswith((".tmp", ".old"))]
    return ends, n_before


def test_a_killed_run_goes_on(tmp_path):
    # Each run is killed soon after its first part, long before it could end by itself: there is
    # work for several seconds. What a dead worker makes the parent say first is 1.
    news = made_up(tmp_path / "news.jsonl", 600)
    options = ["--workers", 2, "--batch-size", 8]
    ends, n_before = survives(news, tmp_path, rounds=3, options=options, within=0.2)
    assert not ends[0]
    assert 0 < n_before < 600


@pytest.mark.slow
def test_thirty_kills_of_five_thousand_articles(data, tmp_path):
    path = tmp_path / "news.jsonl"
    columns = {"lead": "summary"}
    with path.open("w", encoding="utf-8") as file:
        for number, article in enumerate(
            newsnlp.read(data / "articles" / "russia_today.jsonl.gz", columns=columns)
        ):
            if number == 5000:
                break
            record = {"id": article.doc_id, "title": article.title, "text": article.text}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    options = ["--workers", 2, "--batch-size", 10]
    start = time.monotonic()
    ends, n_before = survives(path, tmp_path, rounds=30, options=options, within=4.0)
    assert len(Archive(tmp_path / "hurt")) == 5000
    seconds = time.monotonic() - start
    sys.stdout.write(f"\n{dict(ends)}, {n_before} stored after 30 kills, {seconds:.0f} s\n")


# --- Ctrl-C -------------------------------------------------------------------------------------


def test_ctrl_c_ends_after_the_batches_at_work(news, tmp_path):
    archive = tmp_path / "archive"
    for options in (["--batch-size", 4], ["--batch-size", 4, "--workers", 2]):
        before = len(parts(archive)) if archive.exists() else 0
        process = annotate(news, archive, *options)
        wait_for(lambda n=before: archive.exists() and len(parts(archive)) > n)
        os.killpg(process.pid, signal.SIGINT)
        status, messages = finished(process)
        assert status == 130, messages
        assert "Ctrl-C again stops at once" in messages
        stored = len(Archive(archive))
        assert f"{stored} articles are stored in {archive}" in messages
        assert "the same command goes on from there" in messages
        assert "Traceback" not in messages
        assert 0 < stored < 240
        # All is as if the run had ended by itself: the last batch is there, and counted.
        assert Archive(archive).manifest["counts"]["articles"] == stored
        wait_for(lambda pid=process.pid: not processes_of(pid), 5)
    assert finished(annotate(news, archive, *options))[0] == 0
    assert len(Archive(archive)) == 240


def test_a_second_ctrl_c_stops_at_once(news, tmp_path):
    archive = tmp_path / "archive"
    options = ["--workers", 2, "--batch-size", 60]
    process = annotate(news, archive, *options)
    wait_for(lambda: len(processes_of(process.pid)) > 3)  # two keep track of resources
    time.sleep(0.5)  # while workers load their models, far from the end of a batch
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.2)
    start = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    status, messages = finished(process)
    assert time.monotonic() - start < 2
    assert status == 130, messages
    assert "Traceback" not in messages
    wait_for(lambda: not processes_of(process.pid), 5)
    stored = list(Archive(archive))
    assert len(stored) < 240
    assert finished(annotate(news, archive, *options))[0] == 0
    assert Archive(archive).frames("articles")["doc_id"].is_unique
    assert len(Archive(archive)) == 240


# --- disks --------------------------------------------------------------------------------------


@contextmanager
def small_disk(path, size):
    path.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=False,
        capture_output=True,
    ).returncode:  # fmt: skip
        pytest.skip("no tmpfs can be mounted")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def test_a_full_disk(news, tmp_path):
    disk = tmp_path / "disk"
    archive = disk / "archive"
    with small_disk(disk, "400k"):
        status, messages = finished(annotate(news, archive, "--batch-size", 8, "--workers", 2))
        assert status == 1
        assert os.strerror(errno.ENOSPC) in messages
        assert "with space left, and run again" in messages
        assert "Traceback" not in messages
        stored = len(Archive(archive))
        assert 0 < stored < 240
        assert not list(archive.glob(".tmp-*"))
        subprocess.run(["mount", "-o", "remount,size=50m", disk], check=True)
        assert finished(annotate(news, archive, "--batch-size", 8, "--workers", 2))[0] == 0
        assert finished(annotate(news, tmp_path / "whole", "--batch-size", 8))[0] == 0
        same(Archive(archive), Archive(tmp_path / "whole"))


def test_a_file_that_may_not_grow(news, tmp_path):
    """The same where no disk can be mounted: files of a size are refused."""
    archive = tmp_path / "archive"
    limit = annotate(
        news, archive, "--batch-size", 60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
    )  # fmt: skip
    status, messages = finished(limit)
    assert status == 1
    assert os.strerror(errno.EFBIG) in messages
    assert "Traceback" not in messages
    assert not list(archive.glob(".tmp-*")) + parts(archive)
    assert finished(annotate(news, archive, "--batch-size", 60))[0] == 0
    assert len(Archive(archive)) == 240


def test_an_output_that_is_read_only(news, tmp_path):
    disk = tmp_path / "disk"
    archive = disk / "archive"
    with small_disk(disk, "50m"):
        assert finished(annotate(news, archive, "--limit", 20))[0] == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        status, messages = finished(annotate(news, archive))
        assert status == 1
        assert os.strerror(errno.EROFS) in messages
        assert "Traceback" not in messages
        # It can be read all the same.
        assert len(Archive(archive).frames("articles")) == 20
        status, messages = finished(annotate(news, disk / "new"))
        assert status == 1 and str(disk / "new") in messages


# --- one run holds the lock ---------------------------------------------------------------------


def test_a_second_run_is_refused(news, tmp_path):
    archive = tmp_path / "archive"
    first = annotate(news, archive, "--batch-size", 8)
    wait_for(lambda: archive.exists() and parts(archive))
    status, messages = finished(annotate(news, archive, "--batch-size", 8))
    assert status == 1
    assert f"another run is writing to it (process {first.pid} on " in messages
    assert finished(first)[0] == 0
    assert len(Archive(archive)) == 240


def test_what_a_dead_run_left_is_cleared(news, tmp_path):
    archive = tmp_path / "archive"
    assert finished(annotate(news, archive, "--limit", 8))[0] == 0
    for leaving in (".tmp-1/articles.parquet", ".old-1/articles.parquet", ".tmp-2"):
        Path(archive, leaving).parent.mkdir(exist_ok=True)
        Path(archive, leaving).write_bytes(b"PAR1")
    assert finished(annotate(news, archive, "--limit", 8))[0] == 0
    assert not list(archive.glob(".tmp-*")) + list(archive.glob(".old-*"))
