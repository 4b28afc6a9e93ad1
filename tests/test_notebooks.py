"""Notebooks as a reader of a code host sees them; `.ci/run` executes them."""

import ast
import json
import re
from pathlib import Path

import pytest

from newsnlp.schema import FRAMES, SCHEMA, TOPICS

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
FIRST_STEPS = FOLDER / "01-first-steps.ipynb"
SHOWN = {"text/plain", "text/html", "image/png", "image/svg+xml"}  # what needs no script
MACHINE_PATH = re.compile(r"(?<![\w.])(?:/(?:home|root|tmp|usr|opt|var|work|Users)/|[A-Z]:\\)")
MAX_SIZE = 1_000_000

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def _cells(path, kind):
    notebook = json.loads(path.read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def _source(cell):
    return "".join(cell["source"])


def _outputs(path):
    return [output for cell in _cells(path, "code") for output in cell["outputs"]]


def _texts(path):
    """All text of a notebook's outputs, pictures aside."""
    for output in _outputs(path):
        yield "".join(output.get("text", ()))
        for kind, value in output.get("data", {}).items():
            if kind != "image/png":
                yield "".join(value)


def _shows(source):
    """Whether a cell is meant to show something: it ends with an expression, or prints."""
    body = ast.parse(source).body
    ends_with_value = bool(body) and isinstance(body[-1], ast.Expr)
    prints = any(isinstance(node, ast.Name) and node.id == "print" for node in ast.walk(body[-1]))
    return (ends_with_value or prints) and not source.rstrip().endswith(";")


@each_notebook
def test_is_valid(path):
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(nbformat.read(path, as_version=4))


@each_notebook
def test_was_run_from_a_clean_kernel_and_saved(path):
    cells = _cells(path, "code")
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert not [_source(cell) for cell in cells if _shows(_source(cell)) and not cell["outputs"]]


@each_notebook
def test_nothing_went_wrong(path):
    outputs = _outputs(path)
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output["text"] for output in outputs if output.get("name") == "stderr"]


@each_notebook
def test_shows_without_scripts(path):
    kinds = {kind for output in _outputs(path) for kind in output.get("data", {})}
    assert kinds <= SHOWN
    assert not [text for text in _texts(path) if re.search(r"<script|javascript:", text, re.I)]


@each_notebook
def test_tells_nothing_of_the_machine(path):
    notebook = json.loads(path.read_text("utf-8"))
    assert notebook["metadata"].keys() <= {"kernelspec", "language_info"}
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert not [cell["metadata"] for cell in notebook["cells"] if "execution" in cell["metadata"]]
    sources = [_source(cell) for cell in notebook["cells"]]
    found = [MACHINE_PATH.findall(text) for text in [*sources, *_texts(path)]]
    assert not [paths for paths in found if paths]


@each_notebook
def test_begins_in_english_and_goes_on_in_russian(path):
    first, *rest = _source(_cells(path, "markdown")[0]).splitlines()
    assert re.fullmatch(r"\*[ -~]+\*", first)
    assert re.search("[а-яё]{3}", "\n".join(rest))


@each_notebook
def test_takes_data_of_the_reader(path):
    assert any(re.search("^SOURCE = None", _source(c), re.M) for c in _cells(path, "code")[:2])


@each_notebook
def test_links_lead_somewhere(path):
    text = "\n".join(map(_source, _cells(path, "markdown")))
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert not [link for link in links if not (FOLDER / link).exists()]


@each_notebook
def test_is_small(path):
    assert path.stat().st_size < MAX_SIZE


def _section(name):
    """What the first notebook says of a frame, from its heading to the next one."""
    text = "\n".join(map(_source, _cells(FIRST_STEPS, "markdown")))
    _, _, after = text.partition(f"\n### `{name}`")
    return re.split(r"\n#+ ", after)[0]


@pytest.mark.parametrize("name", FRAMES)
def test_first_steps_explain_every_column(name):
    cells = re.findall(r"^\| (`.+?) \|", _section(name), re.M)
    explained = [column for cell in cells for column in re.findall(r"`(\w+)`", cell)]
    assert explained == list(SCHEMA[name].columns)


def test_first_steps_name_every_value_of_a_fixed_list():
    text = "\n".join(map(_section, FRAMES))
    dtypes = [dtype for name in FRAMES for dtype in SCHEMA[name].columns.values()]
    values = {v for each in dtypes if isinstance(each, tuple) and each != TOPICS for v in each}
    assert not [value for value in values if not re.search(rf"`[^`]*\b{value}\b[^`]*`", text)]


def test_first_steps_give_every_key():
    text = "\n".join(map(_source, _cells(FIRST_STEPS, "markdown")))
    rows = [rf"\| `{name}` \| [^|]+ \| `{', '.join(SCHEMA[name].key)}` \|" for name in FRAMES]
    assert not [row for row in rows if not re.search(row, text)]
