"""What the README shows is what comes out, and the Russian one says the same."""

import doctest
import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from newsnlp.cli import _parser

ROOT = Path(__file__).parents[1]
README, RUSSIAN = ROOT / "README.md", ROOT / "README.ru.md"
PICTURES = ROOT / "docs" / "pictures"
BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
PICTURE = re.compile(r"!\[([^]]*)\]\(([^)]+)\)")
LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)]+)\)")
COMMAND = re.compile(r"^\| `newsnlp (.*?)` \|", re.MULTILINE)


def without_code(path):
    return BLOCK.sub("", path.read_text("utf-8"))


def without_anchor(link):
    return link.partition("#")[0]


@pytest.mark.skipif(pd.__version__ < "3", reason="pandas 2 prints frames otherwise")
def test_examples():
    with pd.option_context("display.width", 120, "display.max_columns", 20):
        failed, tried = doctest.testfile(
            str(README), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
        )
    assert tried and not failed


def test_both_show_the_same_code():
    english, russian = (BLOCK.findall(path.read_text("utf-8")) for path in (README, RUSSIAN))
    assert len(english) > 10
    assert russian == english


def test_both_show_the_same_pictures():
    english, russian = (PICTURE.findall(without_code(path)) for path in (README, RUSSIAN))
    assert [target for _, target in russian] == [target for _, target in english]
    assert all(re.search("[а-яё]{4}", told) for told, _ in russian)


def test_both_lead_to_the_same():
    english, russian = (LINK.findall(without_code(path)) for path in (README, RUSSIAN))
    assert (english[0], russian[0]) == (RUSSIAN.name, README.name)
    assert [*map(without_anchor, russian[1:])] == [*map(without_anchor, english[1:])]


def test_both_name_the_same_code():
    """Names of functions, extras and files between backticks; a translation may order them anew."""
    english, russian = (
        {" ".join(name.split()) for name in re.findall("`([^`]+)`", without_code(path))}
        for path in (README, RUSSIAN)
    )
    assert russian == english


@pytest.mark.parametrize("path", [README, RUSSIAN], ids=lambda path: path.name)
def test_commands_of_the_table_are_known(path):
    commands = COMMAND.findall(without_code(path))
    assert len(commands) > 10
    for command in commands:
        assert _parser().parse_args(shlex.split(command)), command


def test_pictures_are_described_and_small():
    told = PICTURE.findall(without_code(README))
    assert all(len(text) > 20 for text, _ in told)
    assert {ROOT / target for _, target in told} == set(PICTURES.iterdir())
    sizes = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert max(sizes.values()) < 200_000, sizes
    assert sum(sizes.values()) < 1_000_000, sizes
