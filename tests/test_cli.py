import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import newsnlp
from newsnlp.cli import main
from newsnlp.schema import FRAMES

RECORDS = [
    {"id": 1, "title": "Токаев прибыл в Минск", "text": "Саммит ОДКБ начнётся завтра."},
    {"id": 2, "title": "Пожар в Барнауле", "text": "МЧС сообщило, что огонь потушили к утру."},
    {"id": 3, "title": "Марафон в Казани", "text": "Победила Вера Лаптева из Челябинска."},
]


def json_lines(records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


@pytest.fixture
def news(tmp_path):
    path = tmp_path / "news.jsonl"
    path.write_text(json_lines(RECORDS), "utf-8")
    return path


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "archive"


@pytest.fixture
def run(annotator, capsys, monkeypatch):
    """Run a command with the models that are loaded already: status, output, messages."""

    def made(**options):
        default = {
            "layout": "auto", "timezone": "Europe/Moscow", "fetched": None, "register": None,
            "surnames": True, "roles": True, "top_k": 10, "min_score": 0.0, "keywords": "extracted",
            "tags": None,
            "topics": None,
        }  # fmt: skip
        assert options.keys() <= {*default, "max_length"}
        return annotator if default | options == default else type(annotator)(**options)

    monkeypatch.setattr(newsnlp, "Annotator", made)

    def run(*argv):
        status = main([str(argument) for argument in argv])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def give(monkeypatch):
    def give(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


def test_the_example_shows_every_frame(run):
    status, output, _ = run("annotate", "--example")
    assert status == 0
    for line in ("Токаев предложил странам ОДКБ", "Вера Лаптева (PER)", "import newsnlp"):
        assert line in output
    assert all(f"\n{name}  " in output for name in FRAMES)


def test_the_example_archive_is_stored(run, archive):
    status, _, _ = run("annotate", "--example", "-o", archive)
    assert status == 0
    bundled = {each.doc_id for each in newsnlp.example_articles()}
    assert set(newsnlp.Archive(archive)) == bundled and len(bundled) >= 150
    status, _, messages = run("annotate", "--example", "-o", archive)
    assert status == 0 and f"{len(bundled)} stored before" in messages


def test_the_example_archive_is_not_mixed_with_others(run, news, archive):
    run("annotate", news, "-o", archive)
    status, _, messages = run("annotate", "--example", "-o", archive)
    assert status == 2
    assert f"{archive} holds other articles" in messages and "name another one" in messages
    assert len(newsnlp.Archive(archive)) == len(RECORDS)


def test_the_example_page_is_read_as_a_page(run, archive):
    run("annotate", Path(newsnlp.__file__).parent / "examples" / "page.txt", "-o", archive)
    stored = newsnlp.Archive(archive)
    articles = stored.frames("articles").set_index("title")
    page = articles.loc["Токаев предложил странам ОДКБ вместе бороться с паводками"]
    assert (page["rubric"], page["author"]) == ("Политика", "Айгерим Садыкова")
    zones = stored.frames("zones").query("doc_id == @page.doc_id")
    related = zones[zones["zone"] == "related"]
    assert page["text"][related["start"].iloc[0] :].startswith("Читайте также")
    mentions = stored.frames("mentions").query("doc_id == @page.doc_id")
    assert mentions["start"].max() < related["start"].min()


def test_an_archive_is_made_and_added_to(run, news, archive):
    status, output, messages = run("annotate", news, "-o", archive)
    assert (status, output) == (0, "")
    assert "3 articles annotated" in messages
    assert "3 ok" in messages
    more = json_lines([*RECORDS, {"id": 4, "title": "Дно Байкала", "text": "Его изучили учёные."}])
    news.write_text(more, "utf-8")
    status, _, messages = run("annotate", news, "-o", archive)
    assert status == 0
    assert "1 article annotated" in messages
    assert "3 stored before" in messages
    assert len(newsnlp.Archive(archive)) == 4


@pytest.mark.parametrize("folder", [".", None])
def test_an_archive_in_the_folder_that_is_read(run, news, archive, monkeypatch, folder):
    (news.parent / "б.txt").write_text("Дождь в Минске.", "utf-8")
    monkeypatch.chdir(news.parent)
    argv = ("annotate", folder or news.parent, "-o", "archive" if folder else archive)
    assert run(*argv)[0] == 0
    (news.parent / "в.txt").write_text("Снег в Астане.", "utf-8")
    status, _, messages = run(*argv)
    assert status == 0
    assert messages.count("archive: left out: it is the archive that is written") == 1
    assert "1 article annotated" in messages
    assert "4 stored before" in messages
    assert run("annotate", folder or news.parent, "-o", "archive", "--quiet") == (0, "", "")
    with news.open("a", encoding="utf-8") as file:
        file.write("{")
    assert run(*argv)[0] == 1
    news.write_text(json_lines([*RECORDS, {"id": 4, "text": "Его изучили учёные."}]), "utf-8")
    status, _, messages = run("retry", archive)
    assert status == 0
    assert "1 article added" in messages
    assert sorted(newsnlp.Archive(archive)) == ["1", "2", "3", "4", "б.txt", "в.txt"]


def test_an_archive_in_the_folder_that_python_reads(annotator, news, archive):
    for _ in range(2):
        newsnlp.Archive(archive).annotate(news.parent, annotator=annotator)
    assert sorted(newsnlp.Archive(archive)) == ["1", "2", "3"]


def test_an_archive_that_is_named_is_read(run, news, archive):
    run("annotate", news, "-o", archive)
    assert run("annotate", archive, "-o", news.parent / "archive2")[0] == 0
    assert sorted(newsnlp.Archive(news.parent / "archive2")) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ([], [name for name in FRAMES if name != "tokens"]),
        (["--frames", "mentions,keywords"], ["articles", "mentions", "keywords"]),
        (["--frames", "all"], list(FRAMES)),
    ],
)
def test_frames_are_chosen(run, news, archive, given, stored):
    assert run("annotate", news, "-o", archive, *given)[0] == 0
    assert list(newsnlp.Archive(archive).names) == stored


def test_a_broken_line_is_named_and_the_rest_goes_on(run, news, archive):
    lines = json_lines(RECORDS).splitlines()
    news.write_text("\n".join([lines[0], '{"id": 2, "text": "Пожар', lines[2]]), "utf-8")
    status, _, messages = run("annotate", news, "-o", archive)
    assert status == 1
    assert "news.jsonl" in messages
    assert "2" in messages[messages.index("news.jsonl") :].splitlines()[0]
    assert len(newsnlp.Archive(archive)) == 2


def test_a_broken_file_is_named_and_the_rest_goes_on(run, news, archive):
    whole = gzip.compress(json_lines(RECORDS).encode())
    (news.parent / "cut.jsonl.gz").write_bytes(whole[:-20])
    status, _, messages = run("annotate", news.parent / "cut.jsonl.gz", news, "-o", archive)
    assert status == 1
    assert "cut.jsonl.gz" in messages


def test_a_failed_article_is_told(run, news, archive):
    news.write_text(json_lines([*RECORDS, {"id": 4, "title": "Семь", "text": 7}]), "utf-8")
    status, _, messages = run("annotate", news, "-o", archive)
    assert status == 1
    assert "1 failed" in messages


def test_columns_are_told_and_can_be_named(run, tmp_path, archive):
    table = tmp_path / "news.csv"
    records = [{"number": 7, "head": "Токаев прибыл в Минск", "written": "Саммит начнётся завтра."}]
    pd.DataFrame(records).to_csv(table, index=False)
    columns = "doc_id=number,title=head,text=written"
    status, _, messages = run("annotate", table, "-o", archive, "--columns", columns)
    assert status == 0
    assert "written" in messages
    assert newsnlp.Archive(archive).frames("articles")["title"].tolist() == [records[0]["head"]]


def test_columns_that_are_to_be_named(run, give, tmp_path, archive, news):
    table = tmp_path / "links.csv"
    address = f"https://vesti.example/{'a' * 80}"
    records = [{"link": address, "body html": "Саммит прошёл в Минске.", "когда": "2024-03-04"}]
    pd.DataFrame(records).to_csv(table, index=False)
    status, _, messages = run("annotate", table, "-o", archive)
    assert status == 3 and not archive.exists()
    assert "--columns text='body html'" in messages
    assert run("annotate", table, "-o", archive, "--columns", "text=body html")[0] == 0
    # Among others it is to be read again, and kept as such.
    for other in ("other", "archive"):
        run("annotate", table, news, "-o", tmp_path / other)
        assert len(newsnlp.Archive(tmp_path / other).rejects()) == 1
    give(json_lines(RECORDS).encode())
    run("annotate", "-", table, "--format", "jsonl", "-o", tmp_path / "of a stream")
    assert len(newsnlp.Archive(tmp_path / "of a stream").rejects()) == 1


def test_an_article_that_comes_twice(run, tmp_path, archive):
    table = tmp_path / "twice.csv"
    table.write_text("id,text\n1,Саммит\n2,Дождь\n1,Саммит\n", "utf-8")
    status, _, messages = run("annotate", table, "-o", archive)
    assert status == 1
    assert f"{table}:2 and {table}:4 both have doc_id '1'" in messages
    assert "--on-duplicate first" in messages
    assert run("annotate", table, "-o", archive, "--on-duplicate", "first")[0] == 0


def test_dates_that_are_missing_or_cannot_be_read_are_told(run, news, archive):
    dates = ("2024-03-14", "32 мартобря", None)
    records = [record | {"date": date} for record, date in zip(RECORDS, dates, strict=True)]
    news.write_text(json_lines(records), "utf-8")
    status, _, messages = run("annotate", news, "-o", archive)
    assert status == 0
    assert "        1 without a date\n" in messages
    assert "1 with a date that could not be read, such as '32 мартобря' of article 2" in messages
    articles = newsnlp.Archive(archive).frames("articles").set_index("doc_id")
    assert articles["published"].isna().tolist() == [False, True, True]
    assert articles["error"].notna().tolist() == [False, True, False]


def test_a_limit_ends_the_run(run, news, archive):
    assert run("annotate", news, "-o", archive, "--limit", 2, "--batch-size", 1)[0] == 0
    assert len(list(archive.glob("part=*"))) == 2


def test_a_sample_is_always_the_same(run, news, archive):
    news.write_text(json_lines({"id": n, "text": f"Номер {n}."} for n in range(40)), "utf-8")
    for _ in range(2):
        assert run("annotate", news, "-o", archive, "--sample", 10)[0] == 0
        assert len(newsnlp.Archive(archive)) == 10
    assert run("annotate", news, "-o", archive, "--sample", 0.5, "--seed", 3)[0] == 0
    assert 10 < len(newsnlp.Archive(archive)) < 40


def test_an_update_stores_another_text(run, news, archive):
    run("annotate", news, "-o", archive)
    changed = [{**RECORDS[0], "text": "Саммит ОДКБ отложен."}, *RECORDS[1:]]
    news.write_text(json_lines(changed), "utf-8")
    status, _, messages = run("annotate", news, "-o", archive)
    assert status == 1
    assert "1 of them with another text now, which is not stored; --update does" in messages
    status, _, messages = run("annotate", news, "-o", archive, "--update")
    assert status == 0
    assert "1 annotated again" in messages
    assert "Саммит ОДКБ отложен." in newsnlp.Archive(archive).frames("articles")["text"][0]


@pytest.mark.parametrize(
    ("fail_on", "failed", "rejected"),
    [("any", 1, 1), ("failed", 1, 0), ("rejected", 0, 1), ("never", 0, 0)],
)
def test_what_makes_a_run_fail(run, news, archive, fail_on, failed, rejected):
    options = ["-o", archive, "--fail-on", fail_on]
    news.write_text(json_lines([*RECORDS, {"id": 4, "text": 7}]), "utf-8")
    assert run("annotate", news, *options)[0] == failed
    news.write_text(json_lines(RECORDS) + "{", "utf-8")
    assert run("annotate", news, *options)[0] == rejected


def test_quiet_tells_errors_only(run, news, archive):
    assert run("annotate", news, "-o", archive, "--quiet") == (0, "", "")
    news.write_text(json_lines(RECORDS) + "{", "utf-8")
    status, output, messages = run("annotate", news, "-o", archive, "--quiet")
    assert (status, output) == (1, "")
    assert messages.count("\n") == 1 and "news.jsonl:4" in messages


def test_what_was_mended_is_retried_with_the_archive_s_options(run, news, archive):
    lines = json_lines(RECORDS).splitlines()
    news.write_text("\n".join([lines[0], '{"id": 2, "text": "Пожар', lines[2]]), "utf-8")
    assert run("annotate", news, "-o", archive, "--top-k", 3)[0] == 1
    status, _, messages = run("retry", archive)
    assert status == 1
    assert "0 articles added" in messages
    assert "1 file or line that cannot be read, left" in messages
    news.write_text(json_lines(RECORDS), "utf-8")
    status, _, messages = run("retry", archive, "--top-k", 5)
    assert status == 1
    assert "options.top_k is 3 there and 5 here" in messages
    status, _, messages = run("retry", archive)
    assert status == 0
    assert "1 article added, 0 annotated again" in messages
    assert len(newsnlp.Archive(archive)) == 3
    status, _, messages = run("retry", archive.parent / "none")
    assert status == 1
    assert "there is no archive at" in messages


def test_small_parts_are_merged(run, news, archive):
    run("annotate", news, "-o", archive, "--batch-size", 1)
    status, _, messages = run("compact", archive)
    assert status == 0
    assert "3 parts before, 1 now" in messages
    assert len(newsnlp.Archive(archive)) == 3


def test_tags_are_learnt_and_assigned(run, tmp_path, archive):
    pytest.importorskip("sklearn")
    texts = {
        "Спорт": "Вратарь отбил шайбу в хоккейном матче",
        "Финансы": "Банк повысил ставку по вкладу",
    }
    records = [
        {"id": number, "text": f"{texts[tag]} номер {number}.", "tags": [tag]}
        for number, tag in enumerate([*texts] * 12)
    ]
    (tmp_path / "tagged.jsonl").write_text(json_lines(records), "utf-8")
    learnt = tmp_path / "my.keywords"
    status, output, messages = run("keywords", "train", tmp_path / "tagged.jsonl", "-o", learnt)
    assert status == 0 and "f1_at_5" in output and "2 tags" in messages
    (tmp_path / "new.jsonl").write_text(
        json_lines([{"id": 1, "text": "Шайбу отбил вратарь."}]), "utf-8"
    )
    assert run("annotate", tmp_path / "new.jsonl", "-o", archive, "--tags", learnt)[0] == 0
    keywords = newsnlp.Archive(archive).frames("keywords").query("kind == 'assigned'")
    assert keywords["keyword"].tolist() == ["Спорт"]


def test_workers(run, news, archive):
    status, _, messages = run("annotate", news, "-o", archive, "--workers", 2)
    assert status == 0
    assert "3 ok" in messages
    assert len(newsnlp.Archive(archive)) == 3


def test_a_text_on_standard_input_is_stored_once(run, give, archive):
    for _ in range(2):
        give("Токаев прибыл в Минск.\r\nСаммит начнётся завтра.".encode())
        assert run("annotate", "-", "-o", archive)[0] == 0
    texts = newsnlp.Archive(archive).frames("articles")["text"].tolist()
    assert texts == ["Токаев прибыл в Минск.\r\nСаммит начнётся завтра."]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_records_on_standard_input(run, give, archive, compress):
    give(compress(json_lines([*RECORDS, {"text": "РџСЂРёРІРµС‚, РњРёРЅСЃРє"}]).encode()))
    status, _, messages = run("annotate", "-", "--format", "jsonl", "-o", archive)
    assert status == 0
    assert "1 article with a text that was decoded wrongly, repaired" in messages
    articles = newsnlp.Archive(archive).frames("articles").set_index("doc_id")["text"]
    assert sorted(articles.index) == ["1", "2", "3", "stdin#4"]
    assert articles["stdin#4"] == "Привет, Минск"


def test_limits(run, news, archive):
    lengths = [len(line) for line in news.read_bytes().splitlines()]
    number, most = lengths.index(max(lengths)) + 1, max(lengths) - 1
    status, _, messages = run("annotate", news, "-o", archive, "--max-record-size", most)
    assert status == 1
    assert f"news.jsonl:{number}: the line has" in messages
    assert f"more than {most} bytes: raise the limit: record_size" in messages
    assert run("annotate", news, "-o", archive, "--max-file-size", "1K")[0] == 0


def test_a_text_that_is_too_long(run, news, archive):
    status, _, messages = run("annotate", news, "-o", archive, "--max-length", 10)
    assert status == 1
    assert "3 too_long" in messages


def test_an_interrupted_run_says_how_to_go_on(run, news, archive, monkeypatch):
    read = newsnlp.read

    def interrupted(*arguments, **options):
        yield from list(read(*arguments, **options))[:2]
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(newsnlp, "read", interrupted)
        status, _, messages = run("annotate", news, "-o", archive, "--batch-size", 2)
    assert status == 130
    assert "2 articles are stored" in messages
    assert "the same command goes on" in messages
    assert run("annotate", news, "-o", archive)[0] == 0
    assert len(newsnlp.Archive(archive)) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "annotate",
        "annotate news.jsonl",
        "annotate news.jsonl --example -o archive",
        "annotate news.jsonl -o archive --frames names",
        "annotate news.jsonl -o archive --columns head",
        "annotate news.jsonl -o archive --fetched вчера",
        "annotate news.jsonl -o archive --limit 0",
        "annotate news.jsonl -o archive --sample 1.5",
        "annotate news.jsonl -o archive --fail-on sometimes",
        "compact",
        "retry",
        "annotate news.jsonl -o archive --max-file-size much",
        "annotate news.jsonl -o archive --max-nesting 0",
        "annotate - -o archive --format doc",
        "annotate news.jsonl -o archive --workers 0",
        "annotate news.jsonl -o archive --timezone Moon/Base",
        "annotate news.jsonl -o archive --min-score 2",
        "annotate news.jsonl -o archive --tags none.keywords",
        "keywords train news.jsonl",
        "keywords train news.jsonl -o none/my.keywords",
        "evaluate style gold.jsonl",
        "show news.jsonl --doc 9",
        "show news.jsonl",
    ],
)
def test_wrong_usage_is_2(run, news, monkeypatch, arguments):
    monkeypatch.chdir(news.parent)
    status, output, messages = run(*arguments.split())
    assert (status, output) == (2, "")
    assert messages
    assert "Traceback" not in messages
    assert not (news.parent / "archive").exists()


def test_a_wrong_value_is_told_without_all_usage(run):
    _, _, messages = run("topics", "train", "news.jsonl", "-o", "my.topics", "--min-articles", "0")
    first, second = messages.splitlines()
    assert first.startswith("newsnlp: argument --min-articles: '0' is no whole number")
    assert second == "newsnlp topics train --help tells what it takes"


@pytest.mark.parametrize("content", ["", "\n"])
def test_nothing_read_is_3(run, news, archive, content):
    news.write_text(content, "utf-8")
    status, _, messages = run("annotate", news, "-o", archive)
    assert status == 3
    assert "nothing was read" in messages
    assert f"{news} is empty" in messages
    assert not archive.exists() and f"{archive}: 0 articles" not in messages


def test_an_error_is_one_line(run, news):
    status, output, messages = run("annotate", news, "-o", news.parent)
    assert (status, output) == (1, "")
    assert messages.startswith("newsnlp: ")
    assert messages.count("\n") == 1
    with pytest.raises(newsnlp.errors.ArchiveError):
        main(["annotate", str(news), "-o", str(news.parent), "--debug"])


def test_show_takes_files_archives_and_standard_input(run, give, news, archive):
    run("annotate", news, "-o", archive)
    for path in (news, archive):
        identifier = next(iter(newsnlp.Archive(archive)))
        status, output, _ = run("show", path, "--doc", identifier)
        assert status == 0
        assert "[Токаев PER] прибыл в [Минск LOC]" in output
    give("Токаев прибыл в Минск.".encode())
    status, output, _ = run("show", "-")
    assert status == 0
    assert "[Токаев PER] прибыл в [Минск LOC]" in output


def test_show_names_some_ids(run, news, archive):
    run("annotate", news, "-o", archive)
    for path in (news, archive):
        _, _, messages = run("show", path)
        assert all(identifier in messages for identifier in newsnlp.Archive(archive))


def test_evaluate_prints_a_table(run, tmp_path):
    gold = {
        "id": "1",
        "text": "Токаев прибыл в Минск.",
        "entities": [[0, 6, "PER"], [16, 21, "LOC"]],
    }
    path = tmp_path / "gold.jsonl"
    path.write_text(json_lines([gold]), "utf-8")
    status, output, _ = run("evaluate", "ner", path)
    assert status == 0
    assert output.split()[:4] == ["class", "precision", "recall", "f1"]
    assert output.splitlines()[-1].split()[:2] == ["all", "1.0000"]


def test_evaluate_of_a_file_that_is_not_there(run, tmp_path):
    for task in ("ner", "keywords", "lemma"):
        status, _, messages = run("evaluate", task, tmp_path / "нет.jsonl.gz")
        assert status == 3 and "нет.jsonl.gz: no such file" in messages


def test_report_writes_one_page(run, news, archive, tmp_path):
    run("annotate", news, "-o", archive)
    page = tmp_path / "report.html"
    for title in ("Вести", "Вести марта"):
        status, output, messages = run("report", archive, "-o", page, "--title", title)
        assert (status, output) == (0, "")
        assert messages.splitlines() == [f"{page}: 3 articles", "        3 in full"]
        assert f"<title>{title}</title>" in page.read_text("utf-8")
    assert run("report", archive, "-o", page, "--quiet", "--no-link") == (0, "", "")
    assert not list(tmp_path.glob(".*"))


def test_report_says_what_is_wrong(run, news, archive, tmp_path):
    run("annotate", news, "-o", archive, "--frames", "entities")
    page = tmp_path / "report.html"
    for argv, status, message in (
        ([tmp_path / "нет", "-o", page], 1, "there is no archive"),
        ([archive, "-o", page], 1, "a report needs 'zones'"),
        ([tmp_path, "-o", page], 1, "name the folder that newsnlp annotate … -o made"),
        ([archive, "-o", tmp_path], 2, "is a folder"),
        ([archive, "-o", tmp_path / "report.pdf"], 2, "ends in .pdf: a report is a page of HTML"),
        ([archive, "-o", tmp_path / "report"], 2, "ends in nothing"),
        ([archive, "-o", tmp_path / "нет" / "report.html"], 2, "there is no folder"),
        ([archive, "-o", archive / "manifest.json"], 2, "would overwrite what is read"),
        ([archive, "-o", page, "--max-size", "much"], 2, "no size such as"),
        ([archive], 2, "-o"),
    ):
        told, _, messages = run("report", *argv)
        assert (told, message in messages) == (status, True), messages
    assert not page.exists()


def test_report_of_little_room(run, news, archive, tmp_path):
    run("annotate", news, "-o", archive)
    status, _, messages = run("report", archive, "-o", tmp_path / "r.html", "--max-size", "5K")
    assert status == 2
    assert "3 articles with" in messages and "more than 5 KiB: raise" in messages


def test_info_names_versions_models_and_threads(annotator, capsys):
    assert main(["info"]) == 0
    output = capsys.readouterr().out
    for name in ("package", "schema", "python", "pandas", "numpy", "pyarrow", "threads"):
        assert name in output
    for digest in annotator.info()["models"].values():
        assert digest in output
    (topics,) = (line for line in output.splitlines() if line.startswith("topics"))
    assert topics.split(maxsplit=1)[1].startswith("17: medtop:01000000, medtop:02000000, ")


@pytest.mark.parametrize(
    "command",
    [
        "",
        "annotate",
        "compact",
        "retry",
        "show",
        "evaluate",
        "info",
        "keywords",
        "keywords train",
        "report",
    ],
)
def test_help_has_examples(run, command):
    status, output, _ = run(*command.split(), "--help")
    assert status == 0
    assert f"newsnlp {command}".strip() in output[output.index("example") :]


def test_version(run):
    assert run("--version") == (0, f"newsnlp {newsnlp.__version__}\n", "")


def start(*arguments, **options):
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "newsnlp", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, **options)


def test_a_pipe_closed_early_is_no_error(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("Токаев прибыл в Минск.\n\n" * 2000, "utf-8")
    with start("show", path, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_colour_only_on_a_terminal(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("Токаев прибыл в Минск.", "utf-8")
    output, messages = start("show", path, stdout=subprocess.PIPE).communicate()
    assert b"\x1b" not in output + messages
    assert "[Токаев PER]" in output.decode()


def test_the_archive_among_what_a_shell_names_is_no_source(run, tmp_path, monkeypatch):
    for name, text in (("a.txt", "Встреча прошла в Минске."), ("b.txt", "Матч сыграли в Казани.")):
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert run("annotate", "a.txt", "b.txt", "-o", "archive")[0] == 0
    status, _, messages = run("annotate", "a.txt", "archive", "b.txt", "-o", "archive")
    assert status == 0 and "2 stored before" in messages
