"""Layer *resolve*: lemmas, chosen among the dictionary's parses by the tagger's reading.

Reference for what a lemma is: the Russian Universal Dependencies treebanks; lemmas are in lower
case, as the dictionary spells them (ё where it has it).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from newsnlp.columns import Lemmas, Morphology, Tokens
from newsnlp.dictionary import Dictionary, Parse, Tag
from newsnlp.schema import UPOS
from newsnlp.tables import read_table
from newsnlp.words import fold

# Tagged parts of speech that the dictionary writes under another name.
_SAME_UPOS = {
    "PROPN": {"NOUN"},
    "AUX": {"VERB"},
    "SCONJ": {"CCONJ"},
    "DET": {"ADJ"},
    "NUM": {"ADJ"},
}
_AGREES_IN_UPOS = 5.0
# What agreement in a feature says about the reading, against the part of speech's 5.
_FEATURE_WEIGHTS = {
    "Case": 2.0, "Number": 2.0, "Gender": 2.0, "Tense": 2.0, "Aspect": 2.0, "Degree": 2.0,
    "Variant": 3.0, "VerbForm": 3.0, "Person": 1.0, "Mood": 1.0, "Voice": 1.0, "Animacy": 0.5,
}  # fmt: skip
_WITHOUT_FORMS = frozenset({"PUNCT", "SYM", "X"})


# Readings that a lemmatizer remembers: some 20 MB.
_REMEMBERED = 200_000


class Lemmatizer:
    """Lemmas of whole batches; each distinct (word, tag) is read once and remembered.

    Args:
        dictionary: The dictionary.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._lemmas: dict[tuple[str, str, str], str] = {}

    def lemmatize(self, tokens: Tokens, morphology: Morphology) -> Lemmas:
        """Lemmas of all tokens.

        Args:
            tokens: Tokens of the batch.
            morphology: Their part of speech and features.
        """
        n_tags = len(morphology.feats)
        reading, row = np.unique(tokens.word * n_tags + morphology.tag, return_inverse=True)
        word, tag = np.divmod(reading, n_tags)
        rows: dict[str, int] = {}
        lemma = [
            rows.setdefault(lemma, len(rows))
            for lemma in self._lemmas_of(tokens.words, word.tolist(), tag.tolist(), morphology)
        ]
        return Lemmas(np.array(lemma, np.int64)[row], list(rows))

    def _lemmas_of(
        self, words: list[str], word: list[int], tag: list[int], morphology: Morphology
    ) -> Iterator[str]:
        """Lemmas of words in order; the parses of one are not kept, which would tire the collector."""
        upos = [UPOS[code] for code in morphology.upos.tolist()]
        parsed, parses = -1, None
        for w, t in zip(word, tag, strict=True):
            reading = words[w], upos[t], morphology.feats[t]
            lemma = self._lemmas.get(reading)
            if lemma is None:
                if w != parsed:
                    parsed, parses = w, None
                if parses is None:
                    parses = self._dictionary.parses(words[w])
                if len(self._lemmas) >= _REMEMBERED:
                    self._lemmas.clear()
                lemma = self._lemmas[reading] = _lemma(self._dictionary, parses, *reading)
            yield lemma


def lemma_of(dictionary: Dictionary, word: str, upos: str, feats: str) -> str:
    """Lemma of a word that the tagger has read.

    Args:
        dictionary: The dictionary.
        word: The token.
        upos: Its part of speech.
        feats: Its features in UD notation.

    Example:
        >>> lemma_of(Dictionary(), "стали", "NOUN", "Case=Gen|Gender=Fem|Number=Sing")
        'сталь'
        >>> lemma_of(Dictionary(), "стали", "VERB", "Number=Plur|Tense=Past|VerbForm=Fin")
        'стать'
    """
    return _lemma(dictionary, dictionary.parses(word), word, upos, feats)


def _lemma(dictionary: Dictionary, parses: list[Parse], word: str, upos: str, feats: str) -> str:
    if upos in _WITHOUT_FORMS:
        return word.lower()
    lower = fold(word)
    exceptions = _exceptions()
    lemma = exceptions.get((lower, upos)) or exceptions.get((lower, "*"))
    if lemma is not None:
        return lemma
    parse = best_parse(dictionary, parses, upos, feats)
    if parse is None:
        return lower
    if upos == "PROPN":
        return _name_lemma(parse, lower, feats)
    return _own_nominative(parse, upos) or parse.lemma


def _own_nominative(parse: Parse, upos: str) -> str | None:
    """Nominative of a word that the dictionary has under another's lemma.

    «высший» stands under «высокий»; a participle read as an adjective or noun under its verb.
    """
    if "Supr" in parse.grammemes:
        return parse.form("nomn", "masc", "sing")
    if "PRTF" in parse.grammemes and upos in ("ADJ", "NOUN"):
        return parse.form("nomn", "sing", *(() if upos == "NOUN" else ("masc",)))
    return None


def best_parse(dictionary: Dictionary, parses: list[Parse], upos: str, feats: str) -> Parse | None:
    """The reading of a word that agrees best with the tagger's, the more frequent of equals.

    Args:
        dictionary: The dictionary that the readings are from.
        parses: Readings, the most frequent first.
        upos: The tagger's part of speech.
        feats: The tagger's features in UD notation.
    """
    if len(parses) < 2:
        return parses[0] if parses else None
    agreement = dictionary.once(_Agreement, (upos, feats))
    return max(parses, key=lambda parse: agreement[parse.tag] + parse.score)


class _Agreement(dict[Tag, float]):
    """How well each tag of the dictionary agrees with one of the tagger, found when asked for."""

    def __init__(self, _: Dictionary, tagged: tuple[str, str]) -> None:
        upos, feats = tagged
        self._upos = _SAME_UPOS.get(upos, set()) | {upos}
        self._feats = frozenset(feats.split("|"))

    def __missing__(self, tag: Tag) -> float:
        names = (feature.partition("=")[0] for feature in tag.feats & self._feats)
        features = sum(_FEATURE_WEIGHTS.get(name, 0.0) for name in names)
        self[tag] = (_AGREES_IN_UPOS if tag.upos in self._upos else 0.0) + features
        return self[tag]


def _name_lemma(parse: Parse, lower: str, feats: str) -> str:
    """Nominative of a name: gender and number stay, a name that is not known is not guessed at."""
    if "Case=Nom" in feats:
        return lower
    return parse.form("nomn") or parse.lemma


@cache
def _exceptions() -> dict[tuple[str, str], str]:
    return {(word, upos): lemma for word, upos, lemma, _ in read_table("lemmas.tsv")}
