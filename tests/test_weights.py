"""Weights that are missing or damaged: the error names the file and the command that mends it."""

from dataclasses import replace

import numpy as np
import pytest

from newsnlp.errors import ModelError
from newsnlp.keywords import KeywordModel
from newsnlp.topics import TopicModel
from newsnlp.weights import (
    NER,
    VECTORS,
    load_names,
    load_tagger,
    load_vectors,
    model_path,
    parse_tagger,
    save_tagger,
)


def test_missing_natasha(monkeypatch):
    monkeypatch.setattr("newsnlp.weights.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="not installed; run: pip install"):
        load_vectors()


@pytest.mark.parametrize("content", [None, b"", b"no tar at all"])
def test_missing_or_damaged_file(monkeypatch, tmp_path, content):
    class Spec:
        submodule_search_locations = (str(tmp_path),)

    path = tmp_path / "data" / "model" / "slovnet_ner_news_v1.tar"
    path.parent.mkdir(parents=True)
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr("newsnlp.weights.find_spec", lambda _: Spec)
    with pytest.raises(ModelError, match=f"{path.name} is (missing|damaged).*pip install"):
        load_tagger(NER)


def test_cut_off_file(monkeypatch, tmp_path):
    whole = model_path(VECTORS).read_bytes()

    class Spec:
        submodule_search_locations = (str(tmp_path),)

    path = tmp_path / "data" / VECTORS
    path.parent.mkdir(parents=True)
    path.write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr("newsnlp.weights.find_spec", lambda _: Spec)
    with pytest.raises(ModelError, match="is damaged"):
        load_vectors()


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 broken", b"no archive"])
@pytest.mark.parametrize("load", [TopicModel.load, KeywordModel.load, load_names])
def test_our_own_missing_or_damaged(monkeypatch, tmp_path, load, content):
    for name in ("topics.npz", "keywords.npz", "ner.npz"):
        (tmp_path / "data").mkdir(exist_ok=True)
        if content is not None:
            (tmp_path / "data" / name).write_bytes(content)
    monkeypatch.setattr("newsnlp.weights.files", lambda _: tmp_path)
    with pytest.raises(ModelError, match=r"\.npz is (missing|damaged).*pip install.*newsnlp"):
        load()


def test_a_tagger_is_written_and_read_again(tmp_path):
    weights = replace(load_tagger(NER), calibration=(0.5, -0.25))
    save_tagger(tmp_path / "tagger.npz", weights)
    with np.load(tmp_path / "tagger.npz", allow_pickle=False) as arrays:
        again = parse_tagger(arrays)
    assert (again.tags, again.calibration) == (weights.tags, weights.calibration)
    assert again.shapes == weights.shapes
    for one, other in zip(again.layers, weights.layers, strict=True):
        np.testing.assert_array_equal(one.kernel, other.kernel)
    np.testing.assert_array_equal(again.transitions, weights.transitions)
