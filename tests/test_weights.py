"""Weights that are missing or damaged: the error names the file and the command that mends it."""

import pytest

from newsnlp.errors import ModelError
from newsnlp.keywords import KeywordModel
from newsnlp.topics import TopicModel
from newsnlp.weights import NER, VECTORS, load_tagger, load_vectors, model_path


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
@pytest.mark.parametrize("model", [TopicModel, KeywordModel])
def test_our_own_missing_or_damaged(monkeypatch, tmp_path, model, content):
    for name in ("topics.npz", "keywords.npz"):
        (tmp_path / "data").mkdir(exist_ok=True)
        if content is not None:
            (tmp_path / "data" / name).write_bytes(content)
    monkeypatch.setattr("newsnlp.weights.files", lambda _: tmp_path)
    with pytest.raises(ModelError, match=r"s\.npz is (missing|damaged).*pip install.*newsnlp"):
        model.load()
