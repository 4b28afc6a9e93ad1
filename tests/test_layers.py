"""Data flows one way: a module imports only from layers before its own."""

import ast
from pathlib import Path

import pytest

import newsnlp

LAYERS = """
base       errors schema article columns tables words caches undisturbed wording
records    fields dates html_blocks html_heads html_pages warc
read       limits encodings containers formats readers sources
layout     composition lines menus pages languages zones
segment    segmentation
tag        weights crf taggers
resolve    dictionary readings name_endings lemmas register normal_forms
entities   joins people entities nominals credits
describe   candidates assignment keywords rubrics taxonomies topics countries
frames     intake rendering frames summary tabulate
pipeline   workers pipeline
store      parts rejects runs manifests ledger
ask        queries exports linking questions copies interchange treebanks tagged convert
page       report_pages
over       reports archives scoring contrasts tag_training topic_training
show       marks article_views display
pictures   tallies labels plot
spread     distributed
command    cli __main__
"""
LEVEL = {
    module: level
    for level, line in enumerate(LAYERS.strip().splitlines())
    for module in line.split()[1:]
}
PACKAGE = Path(newsnlp.__file__).parent


def imported(path):
    """Modules of newsnlp that a file imports, those for type checking aside."""
    tree = ast.parse(path.read_text("utf-8"))
    checking = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and getattr(branch.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if id(node) in checking:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("newsnlp."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.ImportFrom) and node.module == "newsnlp":
            yield from (alias.name for alias in node.names if alias.name in LEVEL)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("newsnlp."):
                    yield alias.name.split(".")[1]


def test_every_module_has_a_layer():
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert modules == set(LEVEL)


@pytest.mark.parametrize("module", sorted(LEVEL))
def test_imports_only_from_its_layer_and_before(module):
    later = [name for name in imported(PACKAGE / f"{module}.py") if LEVEL[name] > LEVEL[module]]
    assert not later
