import os
from pathlib import Path

import pytest

from newsnlp import Annotator


@pytest.fixture(scope="session")
def annotator():
    return Annotator()


@pytest.fixture(scope="session")
def data():
    if "NEWSNLP_DATA" not in os.environ:
        pytest.skip("NEWSNLP_DATA is not set")
    folder = Path(os.environ["NEWSNLP_DATA"])
    assert folder.is_dir(), f"NEWSNLP_DATA is {folder}, which is no folder"
    return folder
