"""What cannot be read or annotated is kept, and mended later."""

import gzip
import io
import json
import sys

import pandas as pd
import pytest

import newsnlp
from newsnlp import Archive, Article, Frames, rejects
from newsnlp.cli import main
from newsnlp.errors import ArchiveError, OptionError, ReadError
from newsnlp.rejects import Inputs

SNOW = gzip.compress("Снег в Астане.".encode())
GOOD = '{"id": 1, "text": "Касым-Жомарт Токаев прибыл в Минск."}\n'
BAD = '{"id": 2, "text": "В Барнауле потушили пожар'
MENDED = '{"id": 2, "text": "В Барнауле потушили пожар."}\n'
FAILED = '{"id": 3, "text": 7}\n'
LONG = json.dumps({"id": "4", "text": "Саммит прошёл. " * 20}, ensure_ascii=False) + "\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "news" / "март").mkdir(parents=True)
    (tmp_path / "news" / "март" / "a.jsonl").write_text(GOOD + BAD + "\n" + FAILED + LONG, "utf-8")
    (tmp_path / "news" / "b.txt.gz").write_bytes(SNOW[:-10])
    (tmp_path / "news" / "c.txt").write_text("Дождь в Минске.", "utf-8")
    return tmp_path / "news"


@pytest.fixture
def short(annotator):
    return annotator.with_options(max_length=100)


@pytest.fixture
def archive(folder, short, tmp_path):
    archive = Archive(tmp_path / "archive")
    archive.annotate(folder, annotator=short)
    return archive


def test_what_cannot_be_read_is_kept(archive, folder, short):
    counts = {"articles": 4, "failed": 1, "ok": 2, "parts": 2, "rejects": 2, "too_long": 1}
    assert archive.counts == archive.manifest["counts"] == counts
    table = archive.rejects()
    assert list(table.columns) == ["path", "line", "offset", "length", "reason", "head"]
    assert [str(dtype) for dtype in table.dtypes[1:4]] == ["Int64"] * 3
    reasons = table["reason"].tolist()
    assert any("a.jsonl:2" in reason for reason in reasons)
    assert any("b.txt.gz" in reason for reason in reasons)
    before = {file.name for file in (archive.path / "rejects").iterdir()}
    for _ in range(2):  # the same again is there once
        summary = Archive(archive.path).annotate(folder, annotator=short)
        assert (summary.n_rejected, summary.n_skipped, summary.n_changed) == (2, 4, 0)
        assert len(archive.rejects()) == 2
    assert {file.name for file in (archive.path / "rejects").iterdir()} == before


def test_what_a_reader_tells_is_kept(tmp_path):
    inputs = Inputs.of([tmp_path])
    head = bytes(range(256)) * 20
    place = {"path": f"{tmp_path}/a.zip!b.jsonl", "line": 7, "offset": 900, "length": 5120}
    for _ in range(2):
        inputs.add(ReadError("a.zip!b.jsonl:7: no JSON", head=head, **place))
    inputs.add(ReadError("a.zip!b.jsonl: cut", path=place["path"]))
    assert inputs.n_rejected == 2
    rejects.store(tmp_path, inputs)
    table = rejects.load(tmp_path)
    assert table.loc[table["line"] == 7].to_dict("records") == [
        {**place, "reason": "a.zip!b.jsonl:7: no JSON", "head": head[:4096]}
    ]
    assert table["line"].isna().sum() == 1


def test_nothing_but_rejects_is_an_archive_too(tmp_path, annotator):
    (tmp_path / "a.jsonl").write_text(BAD, "utf-8")
    archive = Archive(tmp_path / "archive")
    summary = archive.annotate(tmp_path / "a.jsonl", annotator=annotator)
    assert (summary.n_articles, summary.n_rejected) == (0, 1)
    assert len(Archive(archive.path).rejects()) == 1
    (tmp_path / "a.jsonl").write_text(MENDED, "utf-8")
    assert Archive(archive.path).retry(annotator=annotator).n_articles == 1
    assert Archive(archive.path).counts == {"parts": 1, "articles": 1, "ok": 1, "rejects": 0}


def test_a_mended_file_that_is_read_again_is_no_reject(archive, folder, short):
    (folder / "b.txt.gz").write_bytes(SNOW)
    archive.annotate(folder, annotator=short)
    assert len(archive.rejects()) == 1
    assert "b.txt.gz" in archive


def test_retry_mends_what_can_be_mended(archive, folder, short, monkeypatch, tmp_path):
    assert archive.retry(annotator=short).n_articles == 0
    assert len(archive.rejects()) == 2
    (folder / "b.txt.gz").write_bytes(SNOW)
    file = folder / "март" / "a.jsonl"
    failed = FAILED.replace("7", '"Вера Лаптева выиграла марафон."')
    file.write_text(GOOD + MENDED + failed + LONG, "utf-8")
    monkeypatch.chdir(tmp_path / "archive")  # whatever the folder is now
    summary = Archive(archive.path).retry(annotator=short)
    # Two are added; the failed one is mended, the long one is as it was.
    assert (summary.n_articles, summary.n_updated) == (2, 2)
    archive = Archive(archive.path)
    assert len(archive.rejects()) == 0
    assert archive.counts == {"parts": 4, "articles": 6, "ok": 5, "rejects": 0, "too_long": 1}
    statuses = archive.frames("articles").set_index("doc_id")["status"].astype(str).to_dict()
    assert statuses == {
        "1": "ok", "2": "ok", "3": "ok", "4": "too_long", "b.txt.gz": "ok", "c.txt": "ok",
    }  # fmt: skip
    file.write_text(GOOD + MENDED + failed + '{"id": 4, "text": "Саммит прошёл."}', "utf-8")
    assert archive.retry([file], annotator=short).n_updated == 1
    assert "too_long" not in archive.counts
    fresh = Archive(tmp_path / "fresh")
    fresh.annotate(folder, annotator=short)
    for name in fresh.names:
        left, right = (
            frame.sort_values(list(frame.columns[:2]), ignore_index=True)
            for frame in (archive.frames(name), fresh.frames(name))
        )
        pd.testing.assert_frame_equal(left, right)


def test_retry_of_one_path(archive, folder, short):
    (folder / "b.txt.gz").write_bytes(SNOW)
    (folder / "d.txt").write_text("Новая статья.", "utf-8")
    archive.retry([folder / "b.txt.gz"], annotator=short)
    assert "b.txt.gz" in archive  # by the id that it has in the folder
    assert "d.txt" not in archive
    assert len(archive.rejects()) == 1


def test_a_file_that_is_gone_stays_a_reject(archive, folder, short):
    (folder / "b.txt.gz").unlink()
    archive.retry([folder / "b.txt.gz"], annotator=short)
    assert len(archive.rejects()) == 2


def test_retry_takes_no_other_options(archive, annotator, tmp_path):
    with pytest.raises(ArchiveError, match=r"max_length is 100 there and 1000000 here"):
        archive.retry(annotator=annotator)
    assert archive.annotator().options.max_length == 100
    with pytest.raises(ArchiveError, match="there is no archive"):
        Archive(tmp_path / "none").retry()


def test_a_file_of_the_options_that_is_gone_is_named(tmp_path, annotator):
    register = tmp_path / "own.csv"
    register.write_text("alias,type,name\nСуперфонд,ORG,Суперфонд\n", "utf-8")
    archive = Archive(tmp_path / "archive")
    archive.annotate(["Саммит."], annotator=annotator.with_options(register=register))
    assert archive.annotator().options.register[0] == str(register)
    register.rename(tmp_path / "other.csv")
    with pytest.raises(OptionError, match=r"own\.csv.*register="):
        archive.annotator()
    archive.retry(annotator=archive.annotator(register=tmp_path / "other.csv"))


def test_an_archive_with_rejects_is_read_as_articles(archive):
    errors = []
    found = list(newsnlp.read(archive.path, on_error=errors.append))
    assert not errors
    assert len(found) == 4


def test_rejects_of_many_lines(tmp_path, annotator, monkeypatch):
    monkeypatch.setattr(rejects, "_HELD", 2)
    lines = [GOOD.replace("1", str(number), 1) + BAD + "\n" for number in range(5)]
    (tmp_path / "a.jsonl").write_text("".join(lines), "utf-8")
    archive = Archive(tmp_path / "archive")
    for _ in range(2):
        archive.annotate(tmp_path / "a.jsonl", annotator=annotator, batch_size=1)
        assert len(archive.rejects()) == 5


def test_articles_of_a_list_have_no_rejects(tmp_path, annotator):
    archive = Archive(tmp_path / "archive")
    assert archive.annotate([Article(text="Саммит.")], annotator=annotator).n_rejected == 0
    assert not (archive.path / "rejects").exists()
    assert len(archive.rejects()) == 0


def test_files_of_a_pattern_are_retried(tmp_path, annotator):
    for name in ("a", "b"):
        (tmp_path / "news" / name).mkdir(parents=True)
        (tmp_path / "news" / name / "x.jsonl").write_text(GOOD.replace("1", name, 1).replace(
            f": {name}", f': "{name}"') + BAD, "utf-8")  # fmt: skip
    archive = Archive(tmp_path / "archive")
    archive.annotate(tmp_path / "news" / "*" / "x.jsonl", annotator=annotator)
    assert archive.counts["rejects"] == 2
    (tmp_path / "news" / "a" / "x.jsonl").write_text(MENDED, "utf-8")
    assert Archive(archive.path).retry(annotator=annotator).n_articles == 1
    assert archive.rejects()["reason"].str.contains("b/x.jsonl").all()


@pytest.mark.parametrize(
    ("path", "pattern", "found"),
    [
        ("/n/2024/a.jsonl", "/n/*/*.jsonl", True),
        ("/n/2024/01/a.jsonl", "/n/*/*.jsonl", False),
        ("/n/2024/01/a.jsonl", "/n/**/*.jsonl", True),
        ("/n/a.jsonl", "/n/**/*.jsonl", True),
        ("/n/2024/a.txt", "/n/202?", True),
        ("/n/2024.zip!a.txt", "/n/202[34].zip", True),
        ("/n/2025.zip!a.txt", "/n/202[34].zip", False),
        ("/n/a+b.txt", "/n/a+*.txt", True),
    ],
)
def test_what_is_of_a_pattern(path, pattern, found):
    assert rejects.is_below(path, pattern) == found
    assert rejects.base_of(pattern) == "/n"


def test_many_broken_lines_are_never_held(tmp_path, annotator, monkeypatch):
    broken = '{"id": 2, "text": "' + "x" * 5000 + "\n"
    (tmp_path / "a.jsonl").write_text(GOOD + broken * 5000, "utf-8")
    held, added = [], Inputs.add

    def add(self, error):
        added(self, error)
        held.append(len(self.rows))

    loaded, rows_of = [], rejects._rows_of

    def read(file, columns):
        loaded.extend([file.name] * ("head" in columns))
        return rows_of(file, columns)

    monkeypatch.setattr(Inputs, "add", add)
    monkeypatch.setattr(rejects, "_rows_of", read)
    archive = Archive(tmp_path / "archive")
    for n_skipped in (0, 1):  # the second run finds all stored
        summary = archive.annotate(tmp_path / "a.jsonl", annotator=annotator)
        assert (summary.n_skipped, summary.n_rejected) == (n_skipped, 5000)
        assert len(held) == 5000 * (n_skipped + 1)
        assert max(held) <= rejects._HELD
        assert archive.counts["rejects"] == 5000
        assert len(loaded) == len(set(loaded))  # each file once a run, if at all
        loaded.clear()


def from_stdin(monkeypatch, archive, text, *paths):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    return main(["annotate", "-", *map(str, paths), "--format", "jsonl", "-o", str(archive)])


@pytest.mark.parametrize("others", [(), ("b.jsonl",)])
def test_rejects_of_standard_input(tmp_path, monkeypatch, capsys, others):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.jsonl").write_text(GOOD.replace("1", "7", 1), "utf-8")
    path = tmp_path / "archive"
    assert from_stdin(monkeypatch, path, GOOD + BAD, *others) == 1
    table = Archive(path).rejects()
    assert table["path"].isna().all()
    assert table["reason"].str.startswith("stdin:2").all()
    for _ in range(2):  # it stays, but there is nothing to be done about it here
        capsys.readouterr()
        assert main(["retry", str(path)]) == 0
        messages = capsys.readouterr().err
        assert "1 of standard input, which cannot be read again" in messages
        assert "left" not in messages
    (tmp_path / "c.jsonl").write_text(GOOD, "utf-8")
    assert main(["annotate", "c.jsonl", "-o", str(path)]) == 0
    assert len(Archive(path).rejects()) == 1
    assert from_stdin(monkeypatch, path, GOOD + MENDED, *others) == 0
    assert len(Archive(path).rejects()) == 0


def test_a_folder_may_be_called_as_standard_input_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stdin").mkdir()
    inputs = Inputs.of(["stdin"])
    inputs.add(ReadError("stdin: no file ends in .txt", path="stdin"))
    assert inputs.rows[0]["path"] == str(tmp_path / "stdin")
    assert not inputs.has_stream


@pytest.mark.parametrize("is_complete", [True, False])
def test_a_line_that_is_broken_otherwise_now(tmp_path, is_complete):
    file = str(tmp_path / "a.jsonl")
    for what in ("old", "new", "new"):
        inputs = Inputs.of([file])
        place = {"path": file, "line": 2, "offset": 60}
        inputs.add(ReadError(f"a.jsonl:2: {what}", **place, length=9, head=what.encode()))
        inputs.add(ReadError("a.jsonl:3: same", path=file, line=3, offset=90))
        (rejects.settle if is_complete else rejects.store)(tmp_path, inputs)
        table = rejects.load(tmp_path)
        assert table["reason"].tolist() == [f"a.jsonl:2: {what}", "a.jsonl:3: same"]
        assert table["head"].tolist() == [what.encode(), b""]
    files = [pd.read_parquet(each) for each in (tmp_path / "rejects").iterdir()]
    assert sum(map(len, files)) == 2  # as a question in SQL finds them


def test_a_file_is_one_reject_however_it_is_typed(tmp_path, monkeypatch, annotator):
    news = tmp_path / "news"
    news.mkdir()
    (news / "b.txt.gz").write_bytes(SNOW[:-10])
    (news / "c.txt").write_text("Дождь в Минске.", "utf-8")
    archive = Archive(tmp_path / "archive")
    monkeypatch.chdir(tmp_path)
    for folder in (news, "news", "news/../news", "../" + tmp_path.name + "/news"):
        inputs = Inputs.of([folder])
        articles = newsnlp.read(folder, on_error=inputs.add)
        assert archive.annotate(articles, annotator=annotator, inputs=inputs).n_rejected == 1
        assert len(archive.rejects()) == 1
    inputs = Inputs.of(["news"])
    for typed in ("news", ".", "../news", str(news)):
        inputs.add(ReadError(f"{typed}: no file ends in .txt", path=str(news)))
    assert inputs.n_rejected == 1
    inputs.add(ReadError("news: the folder cannot be read", path=str(news)))
    assert inputs.n_rejected == 2


def test_articles_annotated_from_their_stored_text_keep_their_tags(tmp_path, annotator):
    tags = ("погода, дожди", "Минск")
    articles = [
        Article(doc_id="1", text="Дождь в Минске.", tags=tags),
        Article(doc_id="2", text="Снег в Астане."),
    ]
    frames = annotator.annotate(articles)
    tables = {name: frames[name] for name in frames.names}
    status = tables["articles"]["status"]
    codes = [status.cat.categories.get_loc("failed")] * 2
    failed = pd.Series(pd.Categorical.from_codes(codes, dtype=status.dtype))
    tables["articles"] = tables["articles"].assign(status=failed)
    archive = Archive(tmp_path / "archive")
    archive.append(Frames(tables, frames.info))
    assert archive.counts["failed"] == 2
    assert archive.retry(annotator=annotator).n_updated == 2
    assert archive.counts["ok"] == 2
    found = archive.frames("tags")
    assert list(zip(found["doc_id"], found["tag"], strict=True)) == [("1", tag) for tag in tags]
