"""The examples in docstrings run and say what they say."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import newsnlp
from newsnlp.errors import MissingExtraError

# Modules that need an extra when they are called -> what it brings.
EXTRAS = {
    "copies": "datasketch", "html_pages": "trafilatura", "questions": "scipy", "warc": "fastwarc",
}  # fmt: skip
MODULES = sorted(path.stem for path in Path(newsnlp.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__main__"])
def test_examples(name):
    if name in EXTRAS:
        pytest.importorskip(EXTRAS[name])
    try:
        module = import_module("newsnlp" if name == "__init__" else f"newsnlp.{name}")
    except MissingExtraError as error:
        pytest.skip(str(error))
    failed, _ = doctest.testmod(module)
    assert not failed
