"""Questions in SQL, the page of useful ones, and the two commands that ask and export."""

import csv
import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib.resources import as_file, files
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import newsnlp
from newsnlp import exports, queries
from newsnlp.archives import Archive
from newsnlp.cli import main
from newsnlp.errors import (
    ArchiveError,
    FrameNotComputedError,
    MissingExtraError,
    OptionError,
)
from newsnlp.frames import dtypes_of, empty_frame, pandas_dtype
from newsnlp.schema import FRAMES, SCHEMA

pytest.importorskip("duckdb")

PAGE = Path(__file__).parents[1] / "docs" / "guide" / "exports.md"
HELD = tuple(name for name in FRAMES if name != "tokens")
TALKS = (
    "Президент Казахстана Касым-Жомарт Токаев провёл переговоры с Владимиром Путиным в Астане. "
    "Стороны договорились построить газопровод через Костанайскую область до конца года."
)
COPY = (
    "Завод по переработке зерна в Костанае заработает осенью, его строят на берегу Тобола. "
    "Новое предприятие обеспечит работой триста жителей города и соседних сёл."
)
MATCHES = (
    "Футболисты сборной сыграли вничью со сборной Сербии в товарищеском матче чемпионата.",
    "Хоккеисты «Барыса» выиграли матч чемпионата лиги в овертайме, голы забили нападающие.",
    "Теннисист выиграл турнир в Москве, в финале матча он победил первую ракетку мира.",
)


def article(doc_id, text, **fields):
    return newsnlp.Article(doc_id=doc_id, text=text, **fields)


OWN = (
    article("t1", TALKS, source="a.example", published="2024-02-10", title="Токаев и Путин"),
    article("t2", TALKS, source="b.example", published="2024-03-12", title="Токаев и Путин"),
    article("c1", f"{COPY} Об этом сообщил аким.", source="a.example", published="2024-03-13"),
    article("c2", f"Аким рассказал о планах. {COPY}", source="b.example", published="2024-03-14"),
    *(
        article(f"s{n}", text, rubric="Матчи", source="a.example", published="2024-03-20")
        for n, text in enumerate(MATCHES)
    ),
    article("s3", TALKS + " Саммит пройдёт в Минске.", rubric="Матчи", source="a.example"),
    article("x1", 5),
    article("x2", None),
)  # fmt: skip


@pytest.fixture(scope="module")
def path(annotator, tmp_path_factory):
    path = tmp_path_factory.mktemp("sql") / "архив 'o[1]*"
    archive = Archive(path)
    with as_file(files("newsnlp") / "examples") as folder:
        named = [folder / "articles.jsonl", folder / "page.txt"]
        archive.annotate(newsnlp.read(named), annotator=annotator)
    archive.annotate(iter(OWN), annotator=annotator, batch_size=3)
    return path


@pytest.fixture
def archive(path):
    return Archive(path)


@pytest.fixture
def run(capsysbinary):
    """Run a command: status, what it wrote, what it told."""

    def run(*argv):
        status = main([str(argument) for argument in argv])
        out, err = capsysbinary.readouterr()
        return status, out.decode(), err.decode()

    return run


def blocks():
    """The queries of the page by their heading, with a number where it has several."""
    found = {}
    for section in PAGE.read_text("utf-8").split("\n### ")[1:]:
        for number, query in enumerate(re.findall(r"```sql\n(.*?)```", section, re.DOTALL)):
            found[section.partition("\n")[0] + "+" * number] = query
    return found


# --- the page ---------------------------------------------------------------------------------


def together(answer):
    assert answer["name"].tolist()[0] == "Владимир Путин"
    assert answer["n_articles"].tolist()[0] == 3


def over_time(answer):
    assert answer["month"].tolist() == ["2024-01", "2024-02", "2024-03"]
    assert answer["n_articles"].tolist() == [0, 1, 1]
    assert answer["percent"].tolist()[1] == 33.3
    assert answer["n_mentions"].tolist()[0] == 0


def topics_by_outlet(answer):
    assert {"a.example", "b.example", "arena.example.com"} <= set(answer["source"])
    assert answer.groupby("source")["percent"].sum().round().eq(100).all()
    sport = answer[answer["topic_label"] == "Спорт"].set_index("source")["n_articles"]
    assert sport["a.example"] == 3


def new_entities(answer):
    assert "Костанай" in set(answer["name"])
    assert not {"Касым-Жомарт Токаев", "Казань"} & set(answer["name"])
    assert (answer["first_day"].dt.month == 3).all()


def printed_twice(answer):
    assert answer["title"].tolist() == ["Токаев и Путин"]
    assert answer["sources"].tolist() == ["a.example, b.example"]


def near_copies(answer):
    pairs = {(row.first, row.second): row.n_shared for row in answer.itertuples()}
    assert pairs[("c1", "c2")] == 2
    assert pairs[("t1", "t2")] == 2


def keywords_of_a_week(answer):
    assert (answer["n_week"] > 0).all()
    assert "Казань" not in set(answer["keyword"])
    assert len(answer) == 20


def roles(answer):
    found = set(zip(answer["normal"], answer["role"], strict=True))
    assert ("Павел Дорофеев", "генеральный директор") in found


def on_a_map(answer):
    places = answer.set_index("name")
    assert places.loc["Барнаул", "latitude"] == pytest.approx(53.36, abs=0.05)
    assert places.loc["Астана", "n_articles"] >= 3


def rubric_and_topic(answer):
    assert answer["doc_id"].tolist() == ["s3"]
    assert answer["usual_topic"].tolist() == ["Спорт"]


def concordance(answer):
    assert answer["keyword"].tolist() == ["Вера Лаптева"] * 2
    assert answer["right"].tolist()[0].startswith(" выиграла марафон")
    assert answer["left"].tolist()[1] == "Россиянка "


def failed(answer):
    assert dict(zip(answer["status"], answer["example"], strict=True)) == {
        "failed": "x1", "empty": "x2",
    }  # fmt: skip


CHECKS = (
    together, over_time, topics_by_outlet, new_entities, printed_twice, near_copies,
    keywords_of_a_week, roles, on_a_map, rubric_and_topic, concordance, failed,
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "check"),
    [
        pytest.param(query, check, id=check.__name__)
        for query, check in zip(blocks().values(), CHECKS, strict=True)
    ],
)
def test_the_page_of_useful_queries(archive, query, check):
    check(archive.sql(query))


# --- Archive.sql ------------------------------------------------------------------------------


def test_views_are_the_frames(archive):
    assert archive.sql("SHOW TABLES")["name"].tolist() == sorted(HELD)
    for name in HELD:
        answer = archive.sql(f"SELECT * FROM {name}")
        frame = archive.frames(name)
        assert answer.columns.tolist() == list(SCHEMA[name].columns)
        for column in answer:
            expected = frame[column]
            if isinstance(expected.dtype, pd.CategoricalDtype):
                expected = expected.astype(pandas_dtype("str"))
            pd.testing.assert_series_equal(answer[column], expected)


def test_categoricals_compare_as_strings(archive):
    n = (archive.frames("mentions")["type"] == "PER").sum()
    query = "SELECT count(*) AS n FROM mentions WHERE type = 'PER' AND kind IN ('name', 'role')"
    assert archive.sql(query)["n"].tolist() == [n]
    joined = "SELECT count(*) AS n FROM mentions JOIN entities USING (doc_id, entity_id, type)"
    assert archive.sql(joined)["n"].iloc[0] > 0


def test_dtypes_of_an_answer(archive):
    answer = archive.sql(
        "SELECT sum(n_tokens) AS n, 1.5 AS x, day, published, NULL AS nothing, title, title, "
        "topic_score, bool_or(true) AS b FROM articles GROUP BY ALL"
    )
    text = pd.StringDtype(na_value=float("nan"))
    assert answer.dtypes.astype(str).tolist()[:4] == [
        "int64", "float64", "datetime64[s]", "datetime64[us, UTC]",
    ]  # fmt: skip
    assert answer.columns.tolist()[5:7] == ["title", "title_1"]
    assert answer["title"].dtype == answer["nothing"].dtype == text
    assert answer["topic_score"].dtype == "float32" and answer["b"].dtype == bool


@pytest.mark.parametrize("parameters", [["PER"], {"type": "PER"}])
def test_parameters(archive, parameters):
    mark = "?" if isinstance(parameters, list) else "$type"
    answer = archive.sql(f"SELECT DISTINCT type FROM entities WHERE type = {mark}", parameters)
    assert answer["type"].tolist() == ["PER"]


@pytest.mark.parametrize(
    "query",
    ["SELECT 'a;' AS ы; -- то; сё\n", "/* ; */ SELECT 'a;' AS ы ; ;", "SELECT 'a;' AS ы -- ы"],
)
def test_a_semicolon_and_comments_at_the_end(archive, query):
    assert archive.sql(query).to_dict("list") == {"ы": ["a;"]}


def test_order_is_kept(archive):
    answer = archive.sql("SELECT doc_id FROM mentions ORDER BY doc_id DESC, mention_id")
    assert answer["doc_id"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "has 0 statements"),
        ("SELECT 1; SELECT 2", "has 2 statements"),
        ("SELEC 1", "syntax error"),
        ("SELECT nam FROM entities", "entities has doc_id, entity_id, type, name"),
        ("SELECT\nCAST(title AS INT)\nFROM articles", "LINE 2: CAST"),
        ("SELECT *\nFROM articles\nWERE title = 1", "LINE 3: WERE title"),
        ("SELECT * FROM article", "'article'; there are articles, tags"),
        ("SELECT CAST(title AS INT) FROM articles", "Conversion Error"),
        ("PIVOT articles ON lang USING count(*)", "PIVOT needs IN"),
        ("SELECT 10000000000 * sum(20000000000)", "CAST"),
    ],
)
def test_errors_of_a_query(archive, query, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        archive.sql(query)


def test_frames_that_are_not_there(archive):
    with pytest.raises(FrameNotComputedError, match="holds no 'tokens', only articles"):
        archive.sql("SELECT * FROM tokens")
    with pytest.raises(FrameNotComputedError, match="no record that could not be read"):
        archive.sql("SELECT * FROM rejects")
    named = "WITH tokens AS (SELECT 1 AS n) SELECT n FROM tokens"
    assert archive.sql(named)["n"].tolist() == [1]


HARMFUL = (
    "COPY (SELECT 1) TO '{there}'",
    "WITH w AS (COPY (SELECT 1) TO '{there}') SELECT 1",
    "WITH w AS (COPY (SELECT 1) TO '{part}') SELECT 1",
    "SELECT * FROM (WITH w AS (COPY (SELECT 1) TO '{part}') SELECT 1)",
    "SELECT * FROM query('COPY (SELECT 1) TO ''{there}''')",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{part}'",
    "SELECT 1) AS t; COPY (SELECT 1) TO '{there}'; SELECT * FROM (SELECT 1",
    "ATTACH '{there}' AS other",
    "EXPORT DATABASE '{there}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CREATE TABLE t AS SELECT 1",
    "INSERT INTO articles SELECT * FROM articles",
    "SET enable_external_access = true",
    "PRAGMA enable_profiling",
    "SELECT * FROM read_csv('{other}')",
    "SELECT * FROM read_text('{other}')",
    "SELECT * FROM read_text('{archive}/../other.csv')",
    "SELECT * FROM '{other}'",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM read_parquet('https://example.com/a.parquet')",
    "SELECT * FROM archive",
)


@pytest.mark.parametrize("query", HARMFUL)
def test_a_query_only_reads_and_only_the_archive(annotator, tmp_path, query):
    archive = Archive(tmp_path / "archive")
    archive.annotate([article("1", "Минск.")], annotator=annotator)
    (tmp_path / "other.csv").write_text("a\n1\n", "utf-8")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    names = {
        "there": tmp_path / "there", "other": tmp_path / "other.csv", "folder": tmp_path,
        "archive": archive.path, "part": next(archive.path.glob("part=*")) / "articles.parquet",
    }  # fmt: skip
    with pytest.raises((OptionError, ArchiveError)):
        archive.sql(query.format(**names))
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_an_archive_without_parts_has_empty_frames(annotator, tmp_path):
    archive = Archive(tmp_path / "archive")
    with pytest.raises(ArchiveError, match="there is no archive"):
        archive.sql("SELECT 1")
    archive.path.mkdir()
    archive.begin(annotator.info(), FRAMES)
    for name in FRAMES:
        answer = archive.sql(f"SELECT * FROM {name}")
        assert answer.columns.tolist() == list(SCHEMA[name].columns) and answer.empty
        assert archive.frames(name, where="true").dtypes.equals(empty_frame(name).dtypes)
        assert not list(exports.nested(archive))


def test_a_run_that_writes_is_not_seen(annotator, path, tmp_path):
    shutil.copytree(path, tmp_path / "archive")
    archive = Archive(tmp_path / "archive")
    n = len(archive)
    part = next(archive.path.glob("part=*"))
    shutil.copytree(part, archive.path / ".tmp-0")
    assert archive.sql("SELECT count(*) AS n FROM articles")["n"].tolist() == [n]
    (part / "articles.parquet").write_bytes(b"PAR1")
    with pytest.raises(ArchiveError, match=r"articles\.parquet"):
        archive.sql("SELECT max(n_tokens) FROM articles")


def test_rejects_are_a_view(path, tmp_path):
    shutil.copytree(path, tmp_path / "archive")
    folder = tmp_path / "archive" / "rejects"
    folder.mkdir()
    pq.write_table(pa.table({"file": ["a.jsonl"], "line": [7]}), folder / "1.parquet")
    archive = Archive(tmp_path / "archive")
    assert archive.sql("SELECT * FROM rejects").to_dict("list") == {
        "file": ["a.jsonl"],
        "line": [7],
    }


def test_an_archive_behind_a_link(path, tmp_path):
    (tmp_path / "link").symlink_to(path)
    archive = Archive(tmp_path / "link")
    assert archive.sql("SELECT count(*) AS n FROM articles")["n"].tolist() == [len(archive)]


def test_threads(archive):
    query = "SELECT value FROM duckdb_settings() WHERE name = 'threads'"
    assert archive.sql(query, threads=1)["value"].tolist() == ["1"]
    with pytest.raises(OptionError, match="threads=0"):
        archive.sql(query, threads=0)


def test_without_duckdb(archive, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match=r'pip install "newsnlp\[sql\]"'):
        archive.sql("SELECT 1")
    assert len(archive.frames("articles")) == len(archive)


# --- Archive.frames ---------------------------------------------------------------------------


def test_frames_where(archive):
    people = archive.frames("mentions", where="type = 'PER' AND doc_id LIKE 't%' -- все")
    everyone = archive.frames("mentions")
    chosen = everyone[(everyone["type"] == "PER") & everyone["doc_id"].str.startswith("t")]
    pd.testing.assert_frame_equal(people, chosen.reset_index(drop=True))
    some = archive.frames("mentions", where="type = 'PER'", doc_ids=["t2"], columns=["normal"])
    assert some.columns.tolist() == ["normal"] and len(some) == len(people) / 2
    assert archive.frames("articles", where="false")["lang"].dtype == pandas_dtype(
        dtypes_of("articles")["lang"]
    )


def test_frames_columns(archive):
    chosen = archive.frames("entities", columns=["name", "doc_id"])
    pd.testing.assert_frame_equal(chosen, archive.frames("entities")[["name", "doc_id"]])
    for where in (None, "true"):
        with pytest.raises(OptionError, match="takes a list of doc_id, entity_id"):
            archive.frames("entities", where=where, columns=["nam"])
    with pytest.raises(OptionError, match="nam"):
        archive.frames("entities", where="nam = 'Минск'")


# --- newsnlp query ----------------------------------------------------------------------------


def test_a_table(run, path):
    query = "SELECT doc_id, title, n_tokens FROM articles ORDER BY title NULLS LAST, doc_id"
    status, output, messages = run("query", path, query, "--rows", "2")
    lines = output.splitlines()
    assert status == 0 and len(lines) == 4
    assert lines[0].split() == ["doc_id", "title", "n_tokens"]
    assert "…" in output and lines[2][-3:].strip().isdigit()
    assert "13 more rows of 15: --rows all shows them" in messages
    assert len(run("query", path, query, "--rows", "all")[1].splitlines()) == 17


def test_a_table_that_is_too_wide(run, path):
    status, output, messages = run("query", path, "SELECT * FROM articles")
    assert status == 0 and max(map(len, output.splitlines())) <= 100
    assert "more columns: " in messages and "n_tokens" in messages


def test_a_table_does_not_steer_a_terminal(run, path):
    _, output, messages = run("query", path, "SELECT chr(27) || '[2J' || chr(10) || 'a' AS x")
    assert output.splitlines()[-1].strip() == "[2J a" and not messages
    assert "no rows" in run("query", path, "SELECT 1 WHERE false")[2]


def test_csv(run, path):
    query = "SELECT title, topic_score, day, [1, 2] AS l, true AS b, NULL AS n FROM articles"
    status, output, _ = run("query", path, f"{query} WHERE title LIKE 'Вера%'", "--csv")
    head, row = csv.reader(io.StringIO(output))
    assert status == 0 and head == ["title", "topic_score", "day", "l", "b", "n"]
    assert row[2:] == ["2024-02-25", "[1, 2]", "true", ""]
    assert len(row[1]) < 12


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a", " =1")


@pytest.mark.parametrize("formula", FORMULAS)
def test_excel_has_no_formulas(run, path, formula):
    letters = " || ".join(f"chr({ord(letter)})" for letter in formula)
    query = f'SELECT {letters} AS "=a", -5 AS n, -0.5::FLOAT AS x, \'а;"б\' AS t'
    status, output, _ = run("query", path, query, "--excel")
    assert status == 0 and output.startswith("\ufeff")
    head, row = csv.reader(io.StringIO(output[1:], newline=""), delimiter=";")
    assert head[0] == "'=a"
    assert row == [f"'{formula}", "-5", "-0,5", 'а;"б']


def test_files(run, path, tmp_path):
    query = "SELECT name, n_mentions FROM entities ORDER BY ALL"
    expected = Archive(path).sql(query)
    for name, options in (("a.csv", []), ("b.txt", ["--csv"]), ("c.parquet", [])):
        status, output, _ = run("query", path, query, "-o", tmp_path / name, *options)
        assert (status, output) == (0, "")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.txt").read_bytes()
    assert pd.read_csv(tmp_path / "a.csv")["name"].tolist() == expected["name"].tolist()
    assert pq.read_table(tmp_path / "c.parquet")["n_mentions"].to_pylist() == list(
        expected["n_mentions"]
    )
    assert {file.name for file in tmp_path.iterdir()} == {"a.csv", "b.txt", "c.parquet"}


def test_a_file_is_whole_or_as_it_was(run, path, tmp_path):
    there = tmp_path / "a.csv"
    there.write_text("before", "utf-8")
    query = "SELECT CAST(title AS INT) FROM articles"
    assert run("query", path, query, "-o", there)[0] == 2
    assert there.read_text("utf-8") == "before" and len(list(tmp_path.iterdir())) == 1


def test_where_a_query_comes_from(run, path, tmp_path, monkeypatch):
    file = tmp_path / "q.sql"
    file.write_text("SELECT 'ы' AS a", "utf-8")
    assert run("query", path, "--file", file, "--csv")[1] == "a\nы\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    assert run("query", path, "-", "--csv")[1] == "a\nы\n"


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        ([], 2, "give one query"),
        (["SELECT 1", "--file", "q.sql"], 2, "give one query"),
        (["--file", "nowhere.sql"], 2, "cannot be read"),
        (["SELECT 1", "-o", "a.txt"], 2, "--csv, --excel or --parquet"),
        (["SELECT 1", "--parquet"], 2, "name a file"),
        (["SELECT 1", "-o", "nowhere/a.csv"], 2, "-o nowhere/a.csv: there is no folder nowhere"),
        (["SELECT nam FROM entities"], 2, "entities has"),
        (["SELECT 1 FROM tokens"], 1, "holds no 'tokens'"),
        (["SELECT 1", "--rows", "0"], 2, "whole number"),
    ],
)
def test_wrong_usage(run, path, argv, status, message):
    assert run("query", path, *argv)[0] == status
    assert message in run("query", path, *argv)[2]


def test_no_archive(run, tmp_path):
    (tmp_path / "notes.txt").write_text("Не архив", "utf-8")
    for folder in (tmp_path / "no", tmp_path):
        for argv in (["query", folder, "SELECT 1"], ["export", folder, "-o", "x"]):
            status, _, messages = run(*argv)
            assert status == 1 and f"there is no archive at {folder}: name the folder" in messages


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_interrupt_and_closed_pipe(path):
    command = [sys.executable, "-m", "newsnlp", "query", str(path)]
    slow = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range < b.range"
    with subprocess.Popen([*command, slow], stderr=subprocess.PIPE, text=True) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=20)
        assert process.returncode == 130 and "interrupted" in messages
    long = "SELECT range AS n FROM range(10000000)"
    with subprocess.Popen(
        [*command, long, "--csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "n\n"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(20) == 0


# --- newsnlp export ---------------------------------------------------------------------------


def test_a_part_that_is_gone_meanwhile_is_told(archive, path, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(path, copy)
    articles = exports.nested(newsnlp.Archive(copy))
    next(articles)
    for part in copy.glob("part=*"):
        shutil.rmtree(part)
    with pytest.raises(ArchiveError, match=r"is gone: .* export again"):
        list(articles)


@pytest.mark.parametrize("name", ["a.jsonl.xz", "a.zst"])
def test_compression_that_is_not_written_is_refused(run, path, tmp_path, name):
    status, _, messages = run("export", path, "-o", tmp_path / name, "--nested")
    assert status == 2 and "only .gz" in messages and not (tmp_path / name).exists()


def test_nested(run, path, archive, tmp_path):
    there = tmp_path / "a.jsonl.gz"
    status, _, messages = run("export", path, "-o", there, "--nested")
    assert status == 0 and "15 articles" in messages
    with gzip.open(there, "rt", encoding="utf-8") as file:
        articles = [json.loads(line) for line in file]
    frames = {name: archive.frames(name) for name in HELD}
    assert [each["doc_id"] for each in articles] == frames["articles"]["doc_id"].tolist()
    for name in HELD[1:]:
        assert sum(len(each[name]) for each in articles) == len(frames[name])
    first = next(each for each in articles if each["doc_id"] == "t1")
    assert (first["day"], first["error"], first["tags"]) == ("2024-02-10", None, [])
    expected = frames["entities"].query("doc_id == 't1'")
    assert [each["name"] for each in first["entities"]] == expected["name"].tolist()
    assert "doc_id" not in first["entities"][0]
    status, output, _ = run("export", path, "-o", "-", "--nested", "--frames", "keywords")
    assert json.loads(output.splitlines()[0]).keys() == {*SCHEMA["articles"].columns, "keywords"}


def test_nested_rows_in_another_order(path, archive, tmp_path):
    expected = list(exports.nested(archive))
    shutil.copytree(path, tmp_path / "archive")
    for part in (tmp_path / "archive").glob("part=*"):
        table = pq.read_table(part / "entities.parquet").to_pandas()
        table = table.sort_values("doc_id", ascending=False, kind="stable")
        pq.write_table(pa.Table.from_pandas(table, preserve_index=False), part / "entities.parquet")
    assert list(exports.nested(Archive(tmp_path / "archive"))) == expected


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_frames_as_files(run, path, archive, tmp_path, kind):
    there = tmp_path / "out"
    status, _, messages = run("export", path, "-o", there, "--format", kind)
    assert status == 0 and "articles" in messages
    assert {file.name for file in there.iterdir()} == {f"{name}.{kind}" for name in HELD}
    read = pd.read_csv if kind == "csv" else pd.read_parquet
    for name in HELD:
        table = read(there / f"{name}.{kind}")
        assert table.columns.tolist() == list(SCHEMA[name].columns)
        assert len(table) == len(archive.frames(name))
    days = read(there / f"articles.{kind}")["day"].dropna().astype(str)
    assert "2024-03-14" in set(days)


def test_frames_as_files_for_excel(run, path, archive, tmp_path):
    status, _, _ = run("export", path, "-o", tmp_path / "out", "--excel", "--frames", "articles")
    assert status == 0
    (file,) = (tmp_path / "out").iterdir()
    assert file.name == "articles.csv" and file.read_bytes().startswith(b"\xef\xbb\xbfdoc_id;")
    assert len(pd.read_csv(file, sep=";", decimal=",")) == len(archive)


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        (["-o", "-"], 2, "name a folder"),
        (["-o", "a.jsonl"], 2, "--nested"),
        (["-o", "a.jsonl", "--nested", "--format", "csv"], 2, "leave --format out"),
        (["-o", "a.jsonl", "--nested", "--excel"], 2, "leave --excel out"),
        (["-o", "a", "--excel", "--format", "parquet"], 2, "leave --format parquet out"),
        (["-o", "a", "--frames", "tokens"], 1, "holds no 'tokens'"),
    ],
)
def test_wrong_exports(run, path, argv, status, message):
    given, _, messages = run("export", path, *argv)
    assert given == status and message in messages


def test_an_answer_that_is_left_before_its_end(archive):
    with queries.answered(archive, "SELECT range AS n FROM range(100000)") as answer:
        assert next(answer.batches).num_rows  # what is left is not read
    assert archive.sql("SELECT 1 AS n")["n"].tolist() == [1]
