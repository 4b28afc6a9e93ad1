"""The networks give slovnet's labels; decoding does what it says."""

import gzip
import json
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import razdel
from hypothesis import given, settings
from hypothesis import strategies as st

from newsnlp.columns import Tokens
from newsnlp.crf import bio_spans, path_probability, viterbi
from newsnlp.taggers import Tagger, tag_morphology
from newsnlp.weights import MORPHOLOGY, NER, VECTORS, WordKeys, model_path, parts_of_keys

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


def laid_out(tagger, sequences):
    """Keys of the distinct words, and the tokens."""
    rows = {}
    word = np.array([rows.setdefault(word, len(rows)) for words in sequences for word in words])
    first = np.concatenate([np.arange(len(words)) == 0 for words in sequences])
    return keys_of(tagger, rows), word, first


def keys_of(tagger, words):
    return WordKeys(tagger.vectors, tagger.weights.shapes).of(list(words))


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
    tagger = annotator.models.names("slovnet")
    keys, word, first = laid_out(tagger, sequences)
    emissions = np.concatenate(list(tagger.emissions(keys, word, first)))
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
    tagger = annotator.models.morphology
    blocks = tagger.emissions(*laid_out(tagger, pieces))
    found = np.concatenate([block.argmax(1) for block in blocks])
    assert found.tolist() == expected


def in_pieces(tagger, keys, word, first, size):
    pieces = (slice(at, at + size) for at in range(0, len(word), size))
    blocks = (
        block for piece in pieces for block in tagger.emissions(keys, word[piece], first[piece])
    )
    return np.concatenate(list(blocks))


def test_scores_do_not_depend_on_what_is_remembered(annotator):
    network = annotator.models.names("slovnet")
    tagger = Tagger.build(network.weights, network.vectors)
    random = np.random.default_rng(0)
    # More words than are remembered, common ones among them.
    keys = keys_of(tagger, list(network.vectors.rows)[:40_000])
    word = np.where(random.random(60_000) < 0.5, random.integers(50, size=60_000), 0)
    word = np.where(word, word, random.integers(len(keys), size=60_000))
    first = np.arange(len(word)) % 20 == 0
    expected = in_pieces(tagger, keys, word, first, len(word))
    for size in (2_000, 30_000, 60_000):
        found = in_pieces(tagger, keys, word, first, size)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_tagger_survives_an_interruption(annotator):
    network = annotator.models.names("slovnet")
    tagger = Tagger.build(network.weights, network.vectors)
    keys, word = keys_of(tagger, list(network.vectors.rows)[:3_000]), np.arange(3_000)
    first = word == 0
    expected = in_pieces(tagger, keys, word, first, len(word))
    next(iter(tagger.emissions(keys, word[::-1], first)))
    np.testing.assert_array_equal(in_pieces(tagger, keys, word, first, len(word)), expected)


def test_threads_and_copies_give_the_same(annotator):
    network = annotator.models.names("slovnet")
    keys, word = keys_of(network, list(network.vectors.rows)[:3_000]), np.arange(3_000)
    expected = in_pieces(network, keys, word, word == 0, len(word))
    copy = pickle.loads(pickle.dumps(network))
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(in_pieces, tagger, keys, word, word == 0, len(word))
            for tagger in [network, copy] * 4
        ]
        for run in runs:
            np.testing.assert_allclose(run.result(), expected, atol=1e-4)


def test_keys_tell_vector_and_shape(annotator):
    keys = WordKeys(annotator.models.vectors, {"OTHER": 0, "RU_xx": 1, "RU_Xx": 2})
    row, form = parts_of_keys(keys.of(["год", "Год", "века", "Минск", "Тоқаев", "токаев"]))
    assert form.tolist() == [1, 2, 1, 2, 2, 1]
    assert row[0] == row[1] and row[4] == row[5] and len(set(row.tolist())) == 4


@given(wanted=st.lists(st.booleans(), max_size=60), sentence=st.integers(1, 20))
@settings(max_examples=20)
def test_morphology_of_some_tokens_is_that_of_all(annotator, wanted, sentence):
    models, n_tokens = annotator.models, len(wanted)
    words = ["Токаев", "прибыл", "в", "Минск", "на", "саммит", "ОДКБ", "сегодня", "."]
    row = np.arange(n_tokens)
    tokens = Tokens(row * 0, row // sentence, row, row + 1, row * 7 % len(words), words)
    keys = models.keys.of(words)
    wanted = np.array(wanted, np.bool_)
    every = tag_morphology(models.morphology, tokens, keys)
    some = tag_morphology(models.morphology, tokens, keys, wanted)
    assert some.tag[wanted].tolist() == every.tag[wanted].tolist()
    assert (some.tag[~wanted] == len(some.feats) - 1).all()


@given(st.integers(1, 400), st.floats(0, 12), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_viterbi_cut_at_certain_tokens(n_tokens, lead, seed):
    random = np.random.default_rng(seed)
    emissions = random.normal(scale=3, size=(n_tokens, 4)).astype(np.float32)
    emissions[:, 1] += lead
    transitions = random.normal(scale=3, size=(4, 4)).astype(np.float32)
    start = np.flatnonzero(random.random(n_tokens) < 0.02)
    start = np.union1d([0], start)
    found = viterbi(emissions, transitions, start)
    for first, stop in pairwise([*start, n_tokens]):
        score, back = emissions[first].astype(np.float64), []
        for emission in emissions[first + 1 : stop]:
            paths = score[:, None] + transitions
            back.append(paths.argmax(0))
            score = paths.max(0) + emission
        path = [int(score.argmax())]
        for step in reversed(back):
            path.append(int(step[path[-1]]))
        assert found[first:stop].tolist() == path[::-1]


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
