import json
from importlib.util import find_spec

import pandas as pd
import pytest

import newsnlp
from newsnlp import exports
from newsnlp.archives import DEFAULT_FRAMES, Archive
from newsnlp.article import Article
from newsnlp.errors import ArchiveError, FrameNotComputedError, OptionError
from newsnlp.frames import Frames
from newsnlp.schema import FRAMES, TOPICS

TEXTS = (
    "Касым-Жомарт Токаев прибыл в Минск.",
    "В Барнауле потушили пожар, сообщили в МЧС.",
    "Вера Лаптева выиграла марафон в Казани.",
    None,
    "Учёные РАН изучили дно Байкала.",
)


def articles(*numbers):
    return [Article(doc_id=f"№{number}", text=TEXTS[number]) for number in numbers]


def same(left, right):
    left, right = (
        table.sort_values(list(table.columns[:2]), ignore_index=True) for table in (left, right)
    )
    pd.testing.assert_frame_equal(left, right)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "архив"


def test_what_comes_back_is_what_annotate_gives(annotator, path):
    summary = Archive(path).annotate(articles(0, 1, 2, 3, 4), annotator=annotator, batch_size=2)
    assert (summary.n_articles, summary.n_skipped) == (5, 0)
    assert summary.statuses == {"ok": 4, "empty": 1}
    expected = annotator.annotate(articles(0, 1, 2, 3, 4))
    archive = Archive(path)
    assert archive.names == DEFAULT_FRAMES
    for name in archive.names:
        same(archive.frames(name), expected[name])


def test_the_layout_on_disk(annotator, path):
    Archive(path).annotate(articles(0, 1, 2), annotator=annotator, batch_size=2)
    parts = sorted(path.glob("part=*"))
    assert len(parts) == 2
    for part in parts:
        assert {file.name for file in part.iterdir()} == {
            f"{name}.parquet" for name in DEFAULT_FRAMES
        }
    assert {file.name for file in path.iterdir()} == {
        ".lock",
        "manifest.json",
        *(part.name for part in parts),
    }
    manifest = json.loads((path / "manifest.json").read_text("utf-8"))
    assert manifest["schema"] == 1
    assert manifest["package"] == newsnlp.__version__
    assert manifest["models"] == annotator.info()["models"]
    assert manifest["topics"] == list(TOPICS)
    assert manifest["options"]["layout"] == "auto"
    assert manifest["frames"] == list(DEFAULT_FRAMES)


def test_what_is_stored_is_skipped_and_parts_stay_the_same(annotator, path, tmp_path):
    once = Archive(tmp_path / "once")
    once.annotate(articles(0, 1, 2, 3, 4), annotator=annotator, batch_size=2)
    resumed = Archive(path)
    resumed.annotate(articles(0, 1), annotator=annotator, batch_size=2)
    summary = Archive(path).annotate(articles(0, 1, 2, 3, 4), annotator=annotator, batch_size=2)
    assert (summary.n_articles, summary.n_skipped) == (3, 2)
    names = [{part.name for part in folder.glob("part=*")} for folder in (path, tmp_path / "once")]
    assert names[0] == names[1]
    assert list(Archive(path)) == ["№0", "№1", "№2", "№3", "№4"]


def test_append_drops_what_is_stored(annotator, path):
    archive = Archive(path)
    archive.append(annotator.annotate(articles(0, 1)))
    archive.append(annotator.annotate(articles(1, 2)))
    archive.append(annotator.annotate(articles(0, 2)))
    assert archive.names == FRAMES
    assert len(archive) == len(archive.frames("articles")) == 3
    for name in FRAMES:
        same(archive.frames(name), annotator.annotate(articles(0, 1, 2))[name])


def test_articles_are_chosen_by_id(annotator, path):
    archive = Archive(path)
    archive.annotate(articles(0, 1, 2), annotator=annotator)
    assert archive.frames("articles", doc_ids=["№1"])["doc_id"].tolist() == ["№1"]
    assert set(archive.select(["№0", "№2"]).mentions["doc_id"]) == {"№0", "№2"}
    whole = archive.select(frames=["tags", "entities"])
    assert whole.names == ("articles", "tags", "entities") and len(whole.articles) == 3


def test_ids_that_are_not_there_are_named(annotator, path):
    reader = Archive(path)
    reader.annotate([*articles(0), Article(doc_id=7, text=" ")], annotator=annotator)
    assert len(reader) == 2
    Archive(path).annotate(articles(1), annotator=annotator)
    asked = [
        reader.select,
        lambda ids: reader.frames("tags", doc_ids=ids),
        lambda ids: reader.frames("mentions", doc_ids=ids, columns=["text"]),
    ]
    if find_spec("duckdb"):
        where = "lang = 'ru'"
        asked.append(lambda ids: reader.frames("articles", doc_ids=pd.Series(ids), where=where))
    for ask in asked:
        ask(["№0", "№1", 7])  # one that came meanwhile, one that has no rows
        with pytest.raises(OptionError, match="has no article 'нет и тут', 'нет': list"):
            ask(["нет и тут", "№1", "нет"])
    with pytest.raises(OptionError, match="has no article '1', '2', '3', '4', '5' and 1 more"):
        reader.select(list("1234567"))
    for ask in asked[:2]:
        with pytest.raises(OptionError, match=r"^doc_ids takes a list: \['https://a.example'\]$"):
            ask("https://a.example")


def test_progress_tells_what_is_done(annotator, path):
    seen = []
    archive = Archive(path)
    archive.annotate(articles(0, 1, 2), annotator=annotator, batch_size=2, progress=seen.append)
    assert [summary.n_articles for summary in seen] == [2, 3]


def test_an_interrupted_run_keeps_whole_batches(annotator, path):
    def source():
        yield from articles(0, 1, 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Archive(path).annotate(source(), annotator=annotator, batch_size=2)
    assert list(Archive(path)) == ["№0", "№1"]
    assert not list(path.glob(".tmp-*"))


def test_a_failed_write_leaves_nothing_behind(annotator, path, monkeypatch):
    archive = Archive(path)
    archive.append(annotator.annotate(articles(0)))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(ArchiveError, match="No space left"):
        archive.append(annotator.annotate(articles(1)))
    assert not list(path.glob(".tmp-*"))
    assert list(Archive(path)) == ["№0"]


def test_other_options_and_frames_are_refused(annotator, path):
    archive = Archive(path)
    archive.annotate(articles(0), annotator=annotator)
    with pytest.raises(ArchiveError, match=r"options\.layout is auto there and plain here"):
        archive.annotate(articles(1), annotator=newsnlp.Annotator(layout="plain"))
    with pytest.raises(ArchiveError, match="frames is"):
        archive.annotate(articles(1), annotator=annotator, frames=["mentions"])
    with pytest.raises(ArchiveError, match="frames is"):
        archive.append(annotator.annotate(articles(1)))
    assert len(Archive(path)) == 1


@pytest.mark.parametrize(
    ("key", "message"), [("schema", "schema version 9"), ("package", "package is 9 there")]
)
def test_another_version_is_refused(annotator, path, key, message):
    Archive(path).annotate(articles(0), annotator=annotator)
    manifest = path / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text("utf-8")) | {key: 9}), "utf-8")
    with pytest.raises(ArchiveError, match=message):
        Archive(path).annotate(articles(1), annotator=annotator)


def test_a_damaged_manifest_is_named(path):
    path.mkdir()
    (path / "manifest.json").write_text('{"schema": 1', "utf-8")
    with pytest.raises(ArchiveError, match=r"manifest\.json cannot be read"):
        Archive(path)


DAMAGED = {
    "mentions": lambda archive: archive.frames("mentions"),
    "entities": lambda archive: archive.select(),
    "articles": len,
    "topics": lambda archive: list(exports.nested(archive)),
}


def test_a_damaged_part_is_named(annotator, path):
    Archive(path).append(annotator.annotate(articles(0)))
    part = next(path.glob("part=*"))
    for name, read in DAMAGED.items():
        whole = (part / f"{name}.parquet").read_bytes()
        (part / f"{name}.parquet").write_bytes(b"PAR1")
        message = rf"{part.name}.{name}\.parquet cannot be read.*restore it from a copy"
        with pytest.raises(ArchiveError, match=message) as caught:
            read(Archive(path))
        assert "space left" not in str(caught.value)
        (part / f"{name}.parquet").write_bytes(whole)
    (part / "articles.parquet").unlink()
    for read in (len, lambda archive: archive.frames("articles")):
        with pytest.raises(ArchiveError, match=rf"{part.name}.*ask again.*from a copy"):
            read(Archive(path))


def test_other_files_are_never_overwritten(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("важное", "utf-8")
    with pytest.raises(ArchiveError, match="is a file"):
        Archive(file)
    with pytest.raises(ArchiveError, match=r"is no archive .*notes\.txt"):
        Archive(tmp_path)
    assert file.read_text("utf-8") == "важное"


def test_an_archive_without_articles_has_nothing_to_read(path):
    assert len(Archive(path)) == 0
    assert not path.exists()
    with pytest.raises(ArchiveError, match="there is no archive"):
        Archive(path).frames("articles")


def test_frames_that_are_not_there_are_named(annotator, path):
    archive = Archive(path)
    archive.annotate(articles(0), annotator=annotator, frames=["entities"])
    assert archive.names == ("articles", "entities")
    with pytest.raises(FrameNotComputedError, match="holds no 'mentions', only articles, entities"):
        archive.frames("mentions")
    with pytest.raises(FrameNotComputedError, match="holds no 'mentions', only articles, entities"):
        archive.select(frames=["mentions"])
    with pytest.raises(OptionError, match=r"frames=\['names'\]"):
        archive.frames("names")


def test_a_long_text_makes_a_batch_shorter(annotator, path, monkeypatch):
    monkeypatch.setattr("newsnlp.pipeline._BATCH_CHARACTERS", 80)
    Archive(path).annotate(articles(0, 1, 2), annotator=annotator)
    assert len(list(path.glob("part=*"))) == 2


def test_batches_are_cut_within_one_file(annotator, path, tmp_path):
    """So a new file changes no batch of the others; texts have a file each and go together."""
    folder = tmp_path / "новости"
    folder.mkdir()
    for name in ("а.jsonl", "в.jsonl"):
        lines = (json.dumps({"text": text}, ensure_ascii=False) for text in TEXTS[:3])
        (folder / name).write_text("\n".join(lines), "utf-8")
    for number in range(3):
        (folder / f"г{number}.txt").write_text(TEXTS[number], "utf-8")
    summary = Archive(path).annotate(folder, annotator=annotator, batch_size=2)
    assert summary.n_articles == 9
    sizes = sorted(len(pd.read_parquet(part / "articles.parquet")) for part in parts(path))
    assert sizes == [1, 1, 1, 2, 2, 2]
    before = parts(path)
    (folder / "б.jsonl").write_text('{"text": "Саммит прошёл."}', "utf-8")
    again = Archive(tmp_path / "another")
    again.annotate(folder, annotator=annotator, batch_size=2)
    names = {part.name for part in parts(tmp_path / "another")}
    assert {part.name for part in before} < names
    assert len(names) == len(before) + 1


def parts(path):
    return list(path.glob("part=*"))


def test_what_is_stored_is_told_batch_by_batch(annotator, path):
    archive = Archive(path)
    archive.annotate(articles(0, 1, 2), annotator=annotator, batch_size=1)
    seen = []
    archive.annotate(articles(0, 1, 2), annotator=annotator, batch_size=1, progress=seen.append)
    assert [summary.n_skipped for summary in seen] == [1, 2, 3]


def test_an_article_that_has_another_text_now_is_told(tmp_path, annotator):
    archive = Archive(tmp_path / "archive")
    archive.annotate([Article(doc_id="a.txt", text="Саммит прошёл.")], annotator=annotator)
    again = archive.annotate([Article(doc_id="a.txt", text="Саммит прошёл.")], annotator=annotator)
    assert (again.n_skipped, again.n_changed) == (1, 0)
    other = archive.annotate([Article(doc_id="a.txt", text="Саммит сорван.")], annotator=annotator)
    assert (other.n_skipped, other.n_changed) == (1, 1)
    assert archive.frames("articles")["text"].tolist() == ["Саммит прошёл."]


def test_no_article_is_selected(tmp_path, annotator):
    archive = Archive(tmp_path / "archive")
    archive.annotate(["Саммит прошёл."], annotator=annotator)
    assert len(archive.select([]).articles) == 0


# --- topics of a user's own ----------------------------------------------------------------------

FIELDS = ("вода", "хлопок", "газ")


def test_topics_of_a_user_come_back(own_topics, path):
    results = [own_topics({"1": "хлопок", "2": None}, FIELDS), own_topics({"3": "газ"}, FIELDS)]
    for result in results:
        Archive(path).append(result)
    archive, expected = Archive(path), Frames.concat(results)
    for name in expected.names:
        same(archive.frames(name), expected[name])
        same(archive.select(["1", "2", "3"])[name], expected[name])
        same(archive.select([])[name], expected[name].head(0))
    assert archive.manifest["topics"] == list(FIELDS)
    for part in parts(path):
        (part / "topics.parquet").unlink()
        (part / "articles.parquet").unlink()
        part.rmdir()
    assert tuple(archive.frames("topics")["topic"].cat.categories) == FIELDS


def test_other_topics_are_refused_in_few_words(annotator, own_topics, path):
    Archive(path).append(own_topics({"1": "газ"}, FIELDS))
    with pytest.raises(ArchiveError) as raised:
        Archive(path).append(annotator.annotate("Саммит.", frames=["topics"]))
    assert (
        "was made otherwise: topics differ: 3 only there, such as 'вода' "
        "and 17 only here, such as 'medtop:01000000'. Use the same"
    ) in str(raised.value)
    with pytest.raises(ArchiveError, match="topics differ: 1 only here, such as 'тарифы'"):
        Archive(path).append(own_topics({"2": "газ"}, (*FIELDS, "тарифы")))
    with pytest.raises(ArchiveError, match="topics differ: they stand in another order"):
        Archive(path).append(own_topics({"2": "газ"}, FIELDS[::-1]))
    assert list(Archive(path)) == ["1"]


def test_where_a_file_of_topics_lies_does_not_matter(own_topics, path):
    Archive(path).append(own_topics({"1": "газ"}, FIELDS, {"name": "a.txt", "sha256": "1f"}))
    Archive(path).append(own_topics({"2": "газ"}, FIELDS, {"name": "b.txt", "sha256": "1f"}))
    with pytest.raises(ArchiveError, match=r"options\.topics\.sha256 is 1f there and 2e here"):
        Archive(path).append(own_topics({"3": "газ"}, FIELDS, {"name": "a.txt", "sha256": "2e"}))


def test_an_archive_that_names_no_topics_has_the_usual_ones(annotator, own_topics, path):
    names = ("articles", "topics")
    Archive(path).append(annotator.annotate(articles(0), frames=names))
    manifest = path / "manifest.json"
    old = json.loads(manifest.read_text("utf-8"))
    del old["topics"]
    manifest.write_text(json.dumps(old), "utf-8")
    Archive(path).append(annotator.annotate(articles(1), frames=names))
    same(Archive(path).frames("topics"), annotator.annotate(articles(0, 1)).topics)
    with pytest.raises(ArchiveError, match="topics differ: 17 only there"):
        Archive(path).append(own_topics({"2": "газ"}, FIELDS))


def test_what_failed_is_annotated_again_with_update(annotator, path):
    archive = Archive(path)
    archive.annotate([Article(doc_id="1", text=5), *articles(0)], annotator=annotator)
    mended = [Article(doc_id="1", text=TEXTS[1]), *articles(0)]
    left = archive.annotate(mended, annotator=annotator)
    assert (left.n_skipped, left.n_changed, left.n_bad_before) == (2, 0, 1)
    updated = archive.annotate(mended, annotator=annotator, update=True)
    assert (updated.n_updated, updated.n_skipped, updated.n_bad_before) == (1, 1, 0)
    found = archive.frames("articles").set_index("doc_id")
    assert found.loc["1", "status"] == "ok" and found.loc["1", "text"] == TEXTS[1]


def test_a_file_of_a_users_own_is_found_from_any_folder(annotator, tmp_path, monkeypatch):
    (tmp_path / "own.csv").write_text("alias,type,name\nБайтерек,LOC,Байтерек\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    archive = Archive(tmp_path / "archive")
    archive.annotate(articles(0), annotator=annotator.with_options(register="own.csv"))
    monkeypatch.chdir("/")
    assert archive.annotator().options.register[0] == str(tmp_path / "own.csv")
    assert archive.annotate(articles(1), annotator=archive.annotator()).n_articles == 1
