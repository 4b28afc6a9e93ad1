"""Parts that are exchanged and merged: readers see one state, and each step may be the last."""

import threading

import pandas as pd
import pytest

from newsnlp import Archive, Article, parts
from newsnlp.errors import ArchiveError

TEXTS = (
    "Касым-Жомарт Токаев прибыл в Минск.",
    "В Барнауле потушили пожар, сообщили в МЧС.",
    "Вера Лаптева выиграла марафон в Казани.",
    None,
    "Учёные РАН изучили дно Байкала.",
    "Центробанк сохранил ключевую ставку.",
)


class Cut(BaseException):
    """The end of a process."""


def articles(**others):
    texts = {str(number): text for number, text in enumerate(TEXTS)} | others
    return [Article(doc_id=doc_id, text=text) for doc_id, text in texts.items()]


def same(found, expected):
    assert found.names == expected.names
    for name in expected.names:
        left, right = (
            frame.sort_values(list(frame.columns[:2]), ignore_index=True)
            for frame in (found.frames(name), expected.frames(name))
        )
        pd.testing.assert_frame_equal(left, right)


def same_rows(archive, frames):
    """In the same order, too."""
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(archive.frames(name), frame)


def globbed(path):
    """Articles as another program sees them."""
    files = sorted(path.glob("part=*/articles.parquet"))
    return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)


@pytest.fixture
def path(annotator, tmp_path):
    path = tmp_path / "archive"
    Archive(path).annotate(articles(), annotator=annotator, batch_size=2)
    return path


@pytest.fixture
def changed(annotator, tmp_path):
    """What comes of it where the text of one article is another."""
    archive = Archive(tmp_path / "changed")
    archive.annotate(articles(**{"1": "Саммит сорван."}), annotator=annotator, batch_size=2)
    return archive


@pytest.fixture(params=["exchange", "two renames"])
def system(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(parts, "_exchange", lambda one, other: False)
    elif parts._exchanger() is None:
        pytest.skip("the system cannot exchange two names")
    return request.param


def update(archive, annotator):
    return archive.annotate(
        articles(**{"1": "Саммит сорван."}), annotator=annotator, batch_size=2, update=True
    )


def test_an_article_with_another_text_is_annotated_again(annotator, path, changed, system):
    before = {part.name for part in path.glob("part=*")}
    archive = Archive(path)
    assert update(archive, annotator).n_changed == 0
    again = update(Archive(path), annotator)
    assert (again.n_articles, again.n_updated, again.n_skipped) == (0, 0, 6)
    # The whole part is another, with its articles in their order; the others are untouched.
    after = {part.name for part in path.glob("part=*")}
    assert len(before & after) == 2
    assert after == {part.name for part in changed.path.glob("part=*")}
    for each in (archive, Archive(path)):
        for name in changed.names:
            pd.testing.assert_frame_equal(each.frames(name), changed.frames(name))


def test_what_an_update_tells(annotator, path):
    archive = Archive(path)
    without = archive.annotate(articles(**{"1": "Саммит сорван."}), annotator=annotator)
    assert (without.n_changed, without.n_updated, without.n_skipped) == (1, 0, 6)
    told = archive.annotate(
        articles(**{"1": "Саммит сорван.", "6": "Саммит прошёл."}), annotator=annotator, update=True
    )
    assert (told.n_articles, told.n_updated, told.n_skipped) == (1, 1, 5)
    assert told.statuses == {"ok": 2}
    assert archive.counts == archive.manifest["counts"]
    assert archive.counts["articles"] == 7


@pytest.mark.parametrize("step", ["journal", "exchange", "name", "end"])
def test_an_update_that_is_cut_off(annotator, path, changed, monkeypatch, system, step):
    reader = Archive(path)
    assert len(reader) == 6

    def cut(name):
        if name == step:
            raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(parts, "_step", cut)
        with pytest.raises(Cut):
            update(Archive(path), annotator)
    seen = globbed(path)
    assert seen["doc_id"].is_unique
    if system == "exchange":
        assert len(seen) == 6
        text = seen.set_index("doc_id")["text"]["1"]
        assert text in ("Саммит сорван.", TEXTS[1])
    # The journal is the moment of change, for one that had opened the archive before, too.
    same(reader, changed)
    recovered = Archive(path)
    assert not (path / parts.JOURNAL).exists()
    same(recovered, changed)
    assert sorted(globbed(path)["doc_id"]) == sorted(recovered)
    assert update(recovered, annotator).n_updated == 0
    assert recovered.manifest["counts"] == recovered.counts
    assert not list(path.glob(".old-*")) + list(path.glob(".tmp-*"))


def test_an_update_that_is_cut_off_before_it_counts(annotator, path, monkeypatch):
    before = globbed(path)
    with monkeypatch.context() as patched:
        patched.setattr(parts, "swap", lambda *_: (_ for _ in ()).throw(Cut))
        with pytest.raises(Cut):
            update(Archive(path), annotator)
    pd.testing.assert_frame_equal(globbed(path), before)
    update(Archive(path), annotator)
    assert not list(path.glob(".tmp-*"))


def test_small_parts_are_merged(annotator, path, tmp_path):
    archive = Archive(path)
    expected = {name: archive.frames(name) for name in archive.names}
    assert archive.compact() == (3, 1)
    for each in (archive, Archive(path)):
        same_rows(each, expected)
    assert archive.manifest["counts"] == archive.counts
    assert archive.counts["parts"] == 1
    assert archive.compact() == (1, 1)
    # What is stored is still known, and what is added goes into parts of its own.
    summary = archive.annotate(
        articles(**{"6": "Саммит прошёл."}), annotator=annotator, batch_size=2
    )
    assert (summary.n_articles, summary.n_skipped) == (1, 6)
    assert Archive(path).compact(most=6) == (2, 2)
    assert Archive(path).compact() == (2, 1)


def test_parts_of_many_pieces_are_merged(annotator, path, monkeypatch):
    archive = Archive(path)
    expected = {name: archive.frames(name) for name in archive.names}
    monkeypatch.setattr(parts, "_MERGED_BYTES", 1)
    archive.compact()
    same_rows(Archive(path), expected)


def test_large_parts_stay(path):
    before = sorted(path.glob("part=*"))
    assert Archive(path).compact(small=2) == (3, 3)
    assert sorted(path.glob("part=*")) == before


@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("merged", 1), ("journal", 1), ("hide", 1), ("hide", 2), ("exchange", 1), ("name", 1),
        ("end", 1),
    ],
)  # fmt: skip
def test_a_merge_that_is_cut_off(path, tmp_path, annotator, monkeypatch, system, step, number):
    reader = Archive(path)
    whole = Archive(tmp_path / "whole")
    whole.annotate(articles(), annotator=annotator, batch_size=2)
    seen = []

    def cut(name):
        assert globbed(path)["doc_id"].is_unique if list(path.glob("part=*")) else True
        same(reader, whole)
        seen.append(name)
        if seen.count(step) == number:
            raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(parts, "_step", cut)
        with pytest.raises(Cut):
            Archive(path).compact()
    if list(path.glob("part=*")):
        assert globbed(path)["doc_id"].is_unique
    same(reader, whole)
    recovered = Archive(path)
    same(recovered, whole)
    assert sorted(globbed(path)["doc_id"]) == sorted(whole)
    recovered.compact()
    assert len(list(path.glob("part=*"))) == 1
    same(Archive(path), whole)
    assert not list(path.glob(".old-*")) + list(path.glob(".tmp-*"))


def test_readers_see_one_state_while_parts_are_exchanged(annotator, path, system):
    """A thread reads all the time; so does one that globs, where one part takes another's place."""
    errors, reads, stop = [], [], threading.Event()

    def read():
        try:
            while not stop.is_set():
                frames = Archive(path).select([str(number) for number in range(6)])
                assert sorted(frames.articles["doc_id"]) == list("012345")
                assert frames.articles["doc_id"].is_unique
                # Both frames are of one state.
                is_new = (frames.articles["text"] == "Саммит сорван.").any()
                assert is_new == (frames.sentences["text"] == "Саммит сорван.").any()
                reads.append(is_new)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    archive = Archive(path)
    for text in [TEXTS[1], "Саммит сорван."] * 6:
        archive.annotate(articles(**{"1": text}), annotator=annotator, batch_size=2, update=True)
    archive.compact()
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors, errors
    assert len(reads) > 4


def test_nobody_else_writes_meanwhile(annotator, path):
    with parts.held(path):
        for write in (
            lambda: update(Archive(path), annotator),
            lambda: Archive(path).compact(),
            lambda: Archive(path).retry(annotator=annotator),
            lambda: Archive(path).append(annotator.annotate(articles())),
        ):
            with pytest.raises(ArchiveError, match=r"another run is writing to it \(process"):
                write()
    assert len(Archive(path)) == 6


def test_counts_that_are_wrong_are_made_right(annotator, path):
    right = Archive(path).counts
    assert right == {"parts": 3, "articles": 6, "empty": 1, "ok": 5, "rejects": 0}
    archive = Archive(path)
    archive._write_manifest(archive.manifest | {"counts": {"articles": 1}})
    Archive(path).annotate([], annotator=annotator)
    assert Archive(path).manifest["counts"] == right


def test_a_part_that_came_twice_is_dropped(annotator, path):
    """As of a process that was thought lost."""
    late = Archive(path).select(["0", "1"])
    folder = parts.write(path, {name: late[name].iloc[::-1] for name in late.names})
    folder.rename(path / "part=ffff")
    archive = Archive(path)
    archive.annotate([], annotator=annotator)
    assert sorted(archive.frames("articles")["doc_id"]) == list("012345")
    assert not (path / "part=ffff").exists()


def test_a_part_of_a_dead_run_is_not_put_in_place(path):
    with parts.held(path) as run:
        pass
    frames = Archive(path).select(["0"])
    with pytest.raises(ArchiveError, match="has ended"):
        Archive(path).store_part(frames, run)
    assert len(list(path.glob("part=*"))) == 3
    assert not list(path.glob(".tmp-*"))
