"""The guide: its examples run, commands are known, tables are the code's, links lead on."""

import ast
import doctest
import re
import shlex
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pandas as pd
import pytest

import newsnlp
from newsnlp.cli import _parser
from newsnlp.errors import MissingExtraError
from newsnlp.schema import SCHEMA

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GUIDE = sorted((DOCS / "guide").glob("*.md"))
PAGES = [*sorted(DOCS.glob("*.md")), *GUIDE]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s:]+)\)")
NAMED_PAGE = re.compile(r"docs/[\w/-]+\.\w+")
EXTRAS = {"duplicates": "datasketch", "document_terms": "scipy", "plot.": "matplotlib"}
SCORE = re.compile(r"`\d\.\d\d`")  # may differ in the last digit between processors


def name_of(path):
    return str(path.relative_to(ROOT))


def blocks(path, *languages):
    """Blocks of a page in these languages, each with its line."""
    text = path.read_text("utf-8")
    for block in BLOCK.finditer(text):
        if block[1] in languages:
            yield text.count("\n", 0, block.start()), block[2]


@pytest.fixture(scope="module")
def tables():
    spec = spec_from_file_location("tables", DOCS / "tables.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_guide_is_short():
    assert 1 <= len(GUIDE) <= 10


@pytest.mark.skipif(pd.__version__ < "3", reason="pandas 2 prints frames otherwise")
@pytest.mark.parametrize("page", [DOCS / "index.md", *GUIDE], ids=name_of)
def test_examples(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # what an example writes
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    names = {}
    with pd.option_context("display.width", 100, "display.max_columns", 20):
        for line, code in blocks(page, "python"):
            if any(what in code and not find_spec(module) for what, module in EXTRAS.items()):
                continue
            example = doctest.DocTestParser().get_doctest(code, names, page.name, str(page), line)
            example.globs = names
            runner.run(example, clear_globs=False)
    assert not runner.failures


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_not_run_compiles_and_names_what_is_there(page):
    for _, code in blocks(page, "python"):
        if ">>>" not in code:
            for home, name in names_of_ours(ast.parse(code)):
                assert is_there(home, name), f"{home}.{name}"


def names_of_ours(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "newsnlp":
            yield "newsnlp", node.attr
        elif isinstance(node, ast.ImportFrom) and node.module.startswith("newsnlp"):
            yield from ((node.module, alias.name) for alias in node.names)


def is_there(home, name):
    try:
        return hasattr(import_module(home), name) or bool(find_spec(f"{home}.{name}"))
    except MissingExtraError as error:
        pytest.skip(str(error))


def commands(path):
    """Arguments of each command `newsnlp …` of a page, crontabs and services among them."""
    for _, code in blocks(path, "sh", "text", "ini"):
        for line in code.replace("\\\n", " ").splitlines():
            for part in re.split(r"\||&&|>>|2>&1", re.sub(r"^[\w]+=", "", line)):
                words = shlex.split(part, comments=True) if "newsnlp" in part else []
                words = words[next((n for n, word in enumerate(words) if is_ours(word)), None) :]
                if words and is_ours(words[0]):
                    yield words[1:]


def is_ours(word):
    return word.rpartition("/")[2] == "newsnlp"


@pytest.mark.parametrize("page", [*ROOT.glob("README*.md"), *PAGES], ids=name_of)
def test_commands_are_known(page):
    for arguments in commands(page):
        try:
            _parser().parse_args(arguments)
        except SystemExit as stop:
            assert not stop.code, arguments


def test_commands_are_found():
    assert sum(len(list(commands(page))) for page in GUIDE) > 30


def test_every_column_is_described(tables):
    described = tables.meanings("columns.tsv")
    assert {name: list(columns) for name, columns in described.items()} == {
        name: list(schema.columns) for name, schema in SCHEMA.items()
    }


def test_every_value_of_a_list_is_described(tables):
    described = {name: tuple(values) for name, values in tables.meanings("values.tsv").items()}
    described.pop("rule")
    lists = tables.lists()
    lists.pop("topic")  # the package's own table tells these
    assert described == lists


def test_every_rule_is_described(tables):
    from newsnlp.joins import RULES

    described = set(tables.meanings("values.tsv")["rule"])
    assert described == {name for name, *_ in RULES} | {"register", "role"}


@pytest.mark.skipif(sys.platform == "win32", reason="newlines")
def test_tables_are_what_the_code_says(tables):
    made = tables.pages(tables.examples())
    assert DOCS / "schema.md" in made
    n_ends = sum(page.read_text("utf-8").count("<!-- end -->") for page in PAGES)
    assert n_ends == sum(len(tables.MARKED.findall(text)) for text in made.values())
    for path, text in made.items():
        there = path.read_text("utf-8")
        assert SCORE.sub("", there) == SCORE.sub("", text), f"{path}: run python docs/tables.py"


@pytest.mark.parametrize(
    "page",
    [*ROOT.glob("*.md"), *PAGES, ROOT / "benchmarks/README.md", *ROOT.glob("training/*/README.md")],
    ids=name_of,
)
def test_links_lead_to_files(page):
    for link in LINK.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, link


def test_the_citation_has_the_version():
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {newsnlp.__version__}\n" in citation


def slug(heading):
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in ("newsnlp", "tests", "training", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".md")
    ],
    ids=name_of,
)
def test_pages_that_are_named_are_there(path):
    for name in NAMED_PAGE.findall(path.read_text("utf-8")):
        assert (ROOT / name).exists(), name
