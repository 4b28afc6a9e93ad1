"""A run that can be watched, and a sample of what it reads."""

import gzip
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from newsnlp import Archive, Article, runs
from newsnlp.errors import OptionError
from newsnlp.runs import Share, Summary, line, sampled, shown

SUMMARY = Summary(90, 5, 0, {"ok": 88, "failed": 2}, 10.0, n_updated=10, n_rejected=3)


def articles(n):
    return [Article(doc_id=str(number)) for number in range(n)]


def ids(sample):
    return [article.doc_id for article in sample]


def test_a_sample_is_always_the_same():
    for size in (0.2, 40):
        first = ids(sampled(articles(200), size))
        assert first == ids(sampled(articles(200), size))
        assert first == sorted(first, key=int)
        assert first != ids(sampled(articles(200), size, seed=1))
    assert len(first) == 40
    # A part of the source has a part of the sample, and a smaller sample is a part of a larger.
    half = ids(sampled(articles(100), 0.2))
    assert half == [each for each in ids(sampled(articles(200), 0.2)) if int(each) < 100]
    assert set(ids(sampled(articles(200), 10))) < set(first)
    assert ids(sampled(articles(3), 10)) == ["0", "1", "2"]


@pytest.mark.parametrize("size", [0, -1, 1.5])
def test_what_is_no_size_of_a_sample(size):
    with pytest.raises(OptionError, match="sample="):
        sampled(articles(3), size)


def test_a_run_on_one_line():
    assert line(SUMMARY) == (
        "100 articles annotated, 10.0 a second, 5 stored before, 3 rejected, 2 failed or too long"
    )
    assert line(SUMMARY, 0.5).endswith(", 50 % read, about 0:10 left")
    assert line(SUMMARY, 0.0025).endswith("about 1:06:30 left")
    assert "left" not in line(SUMMARY, 0.0)


def test_a_line_now_and_then_where_there_is_no_terminal(monkeypatch):
    output = io.StringIO()
    with shown(console=Console(file=output)) as progress:
        progress(SUMMARY)
        assert output.getvalue() == ""
        monkeypatch.setattr(runs, "_SECONDS_BETWEEN_LINES", 0)
        progress(SUMMARY)
    assert output.getvalue().replace("\n", " ").startswith("100 articles annotated")
    assert "\x1b" not in output.getvalue()


def test_a_bar_on_a_terminal():
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=150)
    with shown(console=console, share=lambda: 0.5) as progress:
        progress(SUMMARY)
    assert "100 articles annotated, 10.0 a second" in output.getvalue()
    assert "50 % read, about 0:10 left" in output.getvalue()


def test_how_much_is_read(tmp_path):
    record = json.dumps({"text": "Саммит прошёл. " * 100})
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(f"{record}\n" * 400, "utf-8")
    import newsnlp

    share = Share([tmp_path])
    assert share() == 0
    seen = [share() for _ in share.watch(newsnlp.read(tmp_path))]
    assert seen == sorted(seen)
    assert len(seen) == 800
    assert seen[399] <= 0.5 <= seen[400]
    if Path("/proc/self/fdinfo").exists():  # a hundred records are read ahead
        assert 0.2 < seen[200] < 0.4
    assert Share()() is None
    limited = Share([tmp_path], limit=4)
    assert [limited() for _ in limited.watch(articles(4))] == [0.25, 0.5, 0.75, 1.0]


def test_how_much_of_a_compressed_file_is_read(tmp_path):
    import random

    rng = random.Random(1)
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for _ in range(400):
            file.write(json.dumps({"text": "".join(rng.choices("абвгдежз ", k=1000))}) + "\n")
    import newsnlp

    share = Share([path])
    seen = [share() for _ in share.watch(newsnlp.read(path))]
    assert seen == sorted(seen)
    if Path("/proc/self/fdinfo").exists():
        assert 0.4 < seen[200] < 0.7


def test_progress_of_an_archive(tmp_path, annotator, capsys, monkeypatch):
    monkeypatch.setattr(runs, "_SECONDS_BETWEEN_LINES", 0)
    (tmp_path / "a.txt").write_text("Саммит прошёл.", "utf-8")
    archive = Archive(tmp_path / "archive")
    archive.annotate(tmp_path / "a.txt", annotator=annotator, progress="auto")
    assert "1 article annotated" in capsys.readouterr().err
    with pytest.raises(OptionError, match="progress='yes'"):
        archive.annotate(["Саммит."], annotator=annotator, progress="yes")


def test_progress_in_a_notebook(tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    code = (
        "import newsnlp\n"
        f"archive = newsnlp.Archive({str(tmp_path / 'archive')!r})\n"
        "_ = archive.annotate(['Саммит прошёл.'] * 3, batch_size=1, progress='auto')"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    (output,) = notebook.cells[0].outputs  # one line, that has changed
    assert output["data"]["text/plain"].startswith("3 articles annotated")
