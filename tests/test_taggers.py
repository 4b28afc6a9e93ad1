"""The networks give slovnet's labels; decoding does what it says."""

import gzip
import json
import re
from itertools import pairwise

import numpy as np
import pytest
import razdel
from hypothesis import given
from hypothesis import strategies as st

from newsnlp.crf import bio_spans, path_probability, viterbi
from newsnlp.weights import MORPHOLOGY, NER, VECTORS, model_path

# Words that are looked up folded, which slovnet does not do.
FOLDED = re.compile(r"[әғқңөұүһі\u0300\u0301\u00ad\u200b-\u200d\u2060\ufeff]", re.IGNORECASE)


@pytest.fixture(scope="module")
def sequences(data):
    """Sequences of at least 200,000 tokens in all."""
    found, n_tokens = [], 0
    with gzip.open(data / "articles" / "russia_today.jsonl.gz", "rt", newline="") as file:
        while n_tokens < 200_000:
            text = json.loads(next(file))["text"]
            words = [token.text for token in razdel.tokenize(text)]
            if words and not FOLDED.search(text):
                found.append(words)
                n_tokens += len(words)
    return found


def laid_out(sequences):
    rows = {}
    word = np.array([rows.setdefault(word, len(rows)) for words in sequences for word in words])
    first = np.concatenate([np.arange(len(words)) == 0 for words in sequences])
    return list(rows), word, first


def test_names_as_slovnet(annotator, sequences):
    slovnet = pytest.importorskip("slovnet")
    navec = pytest.importorskip("navec")
    peer = slovnet.NER.load(model_path(NER)).navec(navec.Navec.load(model_path(VECTORS)))
    expected = [
        tag
        for words in sequences
        for tags in peer.infer.process(peer.infer.encoder([words]))
        for tag in tags
    ]
    words, word, first = laid_out(sequences)
    tagger = annotator.models.names
    emissions = np.concatenate(list(tagger.emissions(words, word, first)))
    found = viterbi(emissions, tagger.weights.transitions, np.flatnonzero(first))
    assert found.tolist() == expected


def test_morphology_as_slovnet(annotator, sequences):
    slovnet = pytest.importorskip("slovnet")
    navec = pytest.importorskip("navec")
    peer = slovnet.Morph.load(model_path(MORPHOLOGY)).navec(navec.Navec.load(model_path(VECTORS)))
    pieces = [words[i : i + 25] for words in sequences for i in range(0, len(words), 25)]
    expected = [
        tag
        for words in pieces
        for tags in peer.infer.process(peer.infer.encoder([words]))
        for tag in tags
    ]
    blocks = annotator.models.morphology.emissions(*laid_out(pieces))
    found = np.concatenate([block.argmax(1) for block in blocks])
    assert found.tolist() == expected


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_viterbi_finds_the_best_path_of_each_sequence(lengths, seed):
    random = np.random.default_rng(seed)
    emissions = random.normal(size=(sum(lengths), 3)).astype(np.float32)
    transitions = random.normal(size=(3, 3)).astype(np.float32)
    start = np.cumsum([0, *lengths[:-1]])
    found = viterbi(emissions, transitions, start)

    def score(path, at):
        steps = sum(transitions[a, b] for a, b in pairwise(path))
        return steps + sum(emissions[at + i, tag] for i, tag in enumerate(path))

    for at, length in zip(start, lengths, strict=True):
        paths = np.stack(np.meshgrid(*[range(3)] * length, indexing="ij"), -1).reshape(-1, length)
        best = max(score(path, at) for path in paths)
        assert score(found[at : at + length], at) == pytest.approx(best, abs=1e-4)
    every = np.arange(len(found))
    probability = path_probability(emissions, transitions, found, start, every)
    assert ((probability > 0) & (probability <= 1)).all()


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("O B I O B", [(1, 3), (4, 5)]),
        ("B B I", [(0, 1), (1, 3)]),
        ("I O I B", [(3, 4)]),
        ("B | I O", [(0, 1)]),
        ("O O", []),
    ],
)
def test_bio_spans(tags, spans):
    pieces = tags.split("|")
    names = np.array([tag for piece in pieces for tag in piece.split()])
    first = np.array([i == 0 for piece in pieces for i, _ in enumerate(piece.split())])
    start, stop = bio_spans(names == "B", names == "I", first)
    assert list(zip(start.tolist(), stop.tolist(), strict=True)) == spans
