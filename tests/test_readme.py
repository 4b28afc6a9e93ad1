"""What the README shows is what comes out."""

import doctest
from pathlib import Path

import pandas as pd
import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.skipif(pd.__version__ < "3", reason="pandas 2 prints frames otherwise")
def test_examples():
    with pd.option_context("display.width", 120, "display.max_columns", 20):
        failed, tried = doctest.testfile(
            str(README), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
        )
    assert tried and not failed
