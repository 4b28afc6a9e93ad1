"""Reads weights: natasha's from where pip put them, our own from the package.

natasha itself is never imported: its import needs pymorphy2 and pkg_resources, which break on
current Pythons. Formats: slovnet's pack (a tar of `model.json`, raw arrays and gzipped
vocabularies) and navec's (a tar of a gzipped vocabulary and product-quantised vectors).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from newsnlp.caches import Remembered
from newsnlp.columns import Floats, Ints
from newsnlp.errors import ModelError
from newsnlp.words import fold, shape

NAMES = "ner.npz"
NER = "model/slovnet_ner_news_v1.tar"
MORPHOLOGY = "model/slovnet_morph_news_v1.tar"
VECTORS = "emb/navec_news_v1_1B_250K_300d_100q.tar"

_REMEDY = "pip install --force-reinstall --no-deps "
# Spellings whose keys are remembered: some 16 MB.
_REMEMBERED = 65_536
_SHAPES = 128
_LAYERS = 3
Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class WordVectors:
    """navec's vectors of 250,002 word forms, product-quantised.

    `indexes` has shape (words, 100), `codes` (100, 256, 3); the last two words are <unk>, <pad>.
    """

    rows: dict[str, int]
    indexes: npt.NDArray[np.uint8]
    codes: Floats

    @property
    def unknown(self) -> int:
        """Row of the vector for words that are not known."""
        return self.rows["<unk>"]

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> Floats:
        """Vectors of some rows: shape (rows, 300)."""
        n_parts, n_codes, part_size = self.codes.shape
        code = self.indexes[rows] + np.arange(n_parts) * n_codes
        parts = np.take(self.codes.reshape(-1, part_size), code, axis=0)
        vectors: Floats = parts.reshape(len(rows), n_parts * part_size)
        return vectors


class WordKeys(Remembered[str, int]):
    """What the taggers know a spelling by: its vector's row times 128, plus the row of its shape.

    The keys of many spellings are remembered.

    Args:
        vectors: Word vectors.
        shapes: Rows of shapes, fewer than 128.
    """

    def __init__(self, vectors: WordVectors, shapes: Mapping[str, int]) -> None:
        super().__init__(self._key, _REMEMBERED)
        self._rows, self._unknown = vectors.rows, vectors.unknown
        self._shapes, self._other = shapes, shapes["OTHER"]

    def of(self, words: list[str]) -> Ints:
        """Keys of spellings: shape (words,).

        Args:
            words: Tokens as they are spelled.
        """
        return np.fromiter(map(self.__getitem__, words), np.int64, len(words))

    def _key(self, word: str) -> int:
        # As it is spelled in lower case, else folded.
        row = self._rows.get(word.lower())
        if row is None:
            row = self._rows.get(fold(word), self._unknown)
        return row * _SHAPES + self._shapes.get(shape(word), self._other)


def parts_of_keys(keys: Ints) -> tuple[Ints, Ints]:
    """Rows of vectors and rows of shapes of which keys are made.

    Args:
        keys: What `WordKeys` gives.
    """
    return np.divmod(keys, _SHAPES)


@dataclass(frozen=True, slots=True)
class Convolution:
    """One layer of the tagger: kernel of shape (3, inputs, outputs), then ReLU, then a scale."""

    kernel: Floats
    bias: Floats
    scale: Floats
    shift: Floats


@dataclass(frozen=True, slots=True)
class TaggerWeights:
    """Weights of a tagger as slovnet's: three convolutions, a projection, for names a CRF.

    `shape_vectors` has shape (66, 30), `projection` (64, tags), `transitions` (tags, tags). A name
    whose least certain tag has the probability p is right with the probability of the log-odds
    `slope * logit(p) + offset`, which are `calibration`.
    """

    shapes: dict[str, int]
    tags: list[str]
    shape_vectors: Floats
    layers: tuple[Convolution, ...]
    projection: Floats
    bias: Floats
    transitions: Floats | None
    calibration: tuple[float, float] = (1.0, 0.0)


def model_path(name: str) -> Path:
    """Where a file of natasha's is.

    Args:
        name: Path under `natasha/data`, such as `NER`.

    Raises:
        ModelError: natasha or the file is missing.
    """
    spec = find_spec("natasha")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"natasha's weights are not installed; run: {_REMEDY}natasha")
    path = Path(spec.submodule_search_locations[0], "data", *name.split("/"))
    if not path.is_file():
        raise ModelError(f"weights file {path} is missing; run: {_REMEDY}natasha")
    return path


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_vectors() -> WordVectors:
    """Load navec's word vectors.

    Raises:
        ModelError: The file is missing or damaged.
    """
    return _read(VECTORS, _parse_vectors)


def load_names() -> TaggerWeights:
    """Load our own tagger of names; `training/ner` makes it.

    Raises:
        ModelError: The file is missing or damaged.
    """
    return load_bundled(NAMES, lambda arrays, _: parse_tagger(arrays))


# Whose network finds names.
NAME_TAGGERS: dict[str, Callable[[], TaggerWeights]] = {
    "newsnlp": load_names,
    "slovnet": lambda: load_tagger(NER),
}


def load_tagger(name: str) -> TaggerWeights:
    """Load a tagger of natasha's.

    Args:
        name: `NER` or `MORPHOLOGY`.

    Raises:
        ModelError: The file is missing or damaged.
    """
    return _read(name, _parse_tagger)


def load_bundled(name: str, parse: Callable[[Mapping[str, Any], str], Loaded]) -> Loaded:
    """Load a NumPy archive of the package, without pickles.

    Args:
        name: A file under `newsnlp/data`, such as "topics.npz".
        parse: Makes the model of the arrays and of the file's SHA-256.

    Raises:
        ModelError: The file is missing or damaged.
    """
    path = files("newsnlp").joinpath("data", name)
    try:
        content = path.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return parse(arrays, hashlib.sha256(content).hexdigest())
    except FileNotFoundError as error:
        raise ModelError(f"weights file {path} is missing; run: {_REMEDY}newsnlp") from error
    # What a damaged file raises depends on where it is damaged.
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, TypeError) as error:
        raise _damaged(path, error, "newsnlp") from error


def parse_tagger(arrays: Mapping[str, Any]) -> TaggerWeights:
    """A tagger out of the arrays that `save_tagger` wrote."""

    def lines(name: str) -> list[str]:
        return str(arrays[name].tobytes(), "utf-8").split("\n")

    def layer(number: int) -> Convolution:
        return Convolution(
            *(arrays[f"{name}_{number}"] for name in ("kernel", "bias", "scale", "shift"))
        )

    return TaggerWeights(
        {shape: row for row, shape in enumerate(lines("shapes"))},
        lines("tags"),
        arrays["shape_vectors"],
        tuple(map(layer, range(_LAYERS))),
        arrays["projection"],
        arrays["bias"],
        arrays.get("transitions"),
        tuple(arrays["calibration"].tolist()),
    )


def save_tagger(path: Path, weights: TaggerWeights) -> None:
    """Write a tagger as `load_names` reads it: NumPy arrays, no pickle.

    Args:
        path: The file.
        weights: The tagger.
    """
    arrays = {
        f"{name}_{number}": getattr(layer, name)
        for number, layer in enumerate(weights.layers)
        for name in ("kernel", "bias", "scale", "shift")
    }
    if weights.transitions is not None:
        arrays["transitions"] = weights.transitions
    np.savez_compressed(
        path,
        shapes=np.frombuffer("\n".join(weights.shapes).encode(), np.uint8),
        tags=np.frombuffer("\n".join(weights.tags).encode(), np.uint8),
        shape_vectors=weights.shape_vectors,
        projection=weights.projection,
        bias=weights.bias,
        calibration=np.array(weights.calibration),
        **arrays,
    )


def _read(name: str, parse: Callable[[tarfile.TarFile], Loaded]) -> Loaded:
    path = model_path(name)
    try:
        with tarfile.open(path) as tar:
            return parse(tar)
    # What a damaged file raises depends on where it is damaged.
    except (tarfile.TarError, OSError, EOFError, KeyError, ValueError) as error:
        raise _damaged(path, error, "natasha") from error


def _damaged(path: object, error: Exception, package: str) -> ModelError:
    reason = str(error).partition("\n")[0]
    return ModelError(f"weights file {path} is damaged ({reason}); run: {_REMEDY}{package}")


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()


def _parse_vectors(tar: tarfile.TarFile) -> WordVectors:
    vocabulary = gzip.decompress(_member(tar, "vocab.bin"))
    n_words = int(np.frombuffer(vocabulary, np.uint32, 1)[0])
    words = vocabulary[4 + 4 * n_words :].decode("utf-8").splitlines()
    quantised = _member(tar, "pq.bin")
    n_vectors, _, n_parts, n_centroids = map(int, np.frombuffer(quantised, np.uint32, 4))
    if not n_vectors == n_words == len(words):
        raise ValueError(f"{len(words)} words for {n_vectors} vectors")
    n_indexes = n_vectors * n_parts
    return WordVectors(
        {word: row for row, word in enumerate(words)},
        np.frombuffer(quantised, np.uint8, n_indexes, 16).reshape(n_vectors, n_parts),
        np.frombuffer(quantised, np.float32, -1, 16 + n_indexes).reshape(n_parts, n_centroids, -1),
    )


def _parse_tagger(tar: tarfile.TarFile) -> TaggerWeights:
    def array(record: dict[str, Any]) -> Floats:
        values = np.frombuffer(_member(tar, f"arrays/{record['array']}.bin"), record["dtype"])
        return values.reshape(record["shape"])

    def vocabulary(name: str) -> list[str]:
        return gzip.decompress(_member(tar, f"vocabs/{name}.gz")).decode("utf-8").splitlines()

    model = json.loads(_member(tar, "model.json"))
    layers = []
    for layer in model["encoder"]["layers"]:
        norm = {key: array(layer["norm"][key]) for key in ("weight", "bias", "mean", "std")}
        scale = norm["weight"] / norm["std"]
        kernel = np.ascontiguousarray(array(layer["conv"]["weight"]).transpose(2, 1, 0))
        shift = norm["bias"] - norm["mean"] * scale
        layers.append(Convolution(kernel, array(layer["conv"]["bias"]), scale, shift))
    head = model["head"]
    return TaggerWeights(
        {shape: row for row, shape in enumerate(vocabulary("shape"))},
        vocabulary("tag"),
        array(model["emb"]["shape"]["weight"]),
        tuple(layers),
        array(head["proj"]["weight"]),
        array(head["proj"]["bias"]),
        array(head["crf"]["transitions"]) if "crf" in head else None,
    )
