"""pymorphy3's dictionary in Universal Dependencies terms: parses of a word, forms of a parse."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pymorphy3 import MorphAnalyzer

from newsnlp.words import fold, shared_start

# OpenCorpora's parts of speech and grammemes (http://opencorpora.org/dict.php?act=gram) in UD.
_UPOS = {
    "NOUN": "NOUN", "ADJF": "ADJ", "ADJS": "ADJ", "COMP": "ADV", "VERB": "VERB", "INFN": "VERB",
    "PRTF": "VERB", "PRTS": "VERB", "GRND": "VERB", "NUMR": "NUM", "ADVB": "ADV", "NPRO": "PRON",
    "PRED": "ADV", "PREP": "ADP", "CONJ": "CCONJ", "PRCL": "PART", "INTJ": "INTJ",
}  # fmt: skip
_FEATS = {
    "nomn": "Case=Nom", "voct": "Case=Nom", "gent": "Case=Gen", "gen1": "Case=Gen",
    "gen2": "Case=Gen", "datv": "Case=Dat", "accs": "Case=Acc", "ablt": "Case=Ins",
    "loct": "Case=Loc", "loc1": "Case=Loc", "loc2": "Case=Loc",
    "sing": "Number=Sing", "plur": "Number=Plur",
    "masc": "Gender=Masc", "femn": "Gender=Fem", "neut": "Gender=Neut",
    "anim": "Animacy=Anim", "inan": "Animacy=Inan",
    "impf": "Aspect=Imp", "perf": "Aspect=Perf",
    "past": "Tense=Past", "pres": "Tense=Pres", "futr": "Tense=Fut",
    "1per": "Person=1", "2per": "Person=2", "3per": "Person=3",
    "indc": "Mood=Ind", "impr": "Mood=Imp", "actv": "Voice=Act", "pssv": "Voice=Pass",
    "ADJS": "Variant=Short", "PRTS": "Variant=Short", "COMP": "Degree=Cmp", "Supr": "Degree=Sup",
    "GRND": "VerbForm=Conv", "INFN": "VerbForm=Inf", "PRTF": "VerbForm=Part",
    "VERB": "VerbForm=Fin",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parse:
    """One reading of a word: UD part of speech and features, and OpenCorpora's grammemes.

    `known` tells a dictionary word from a guess by its ending.
    """

    word: str
    lemma: str
    upos: str
    feats: frozenset[str]
    grammemes: frozenset[str]
    score: float
    known: bool
    reading: Any

    def form(self, *grammemes: str) -> str | None:
        """The same word in another form, None where it has none.

        Args:
            grammemes: OpenCorpora's names, such as "nomn".
        """
        if "Supr" in self.grammemes:
            return self._superlative(set(grammemes))
        inflected = self.reading.inflect(set(grammemes))
        return None if inflected is None else str(inflected.word)

    def _superlative(self, grammemes: set[str]) -> str | None:
        """A form with the stem at hand: «высшей» gives «высший», not its fellow «высочайший»."""
        if not grammemes & {"masc", "femn", "neut", "plur"}:
            grammemes |= self.grammemes & {"masc", "femn", "neut", "plur"}
        forms = [
            str(form.word)
            for form in self.reading.lexeme
            if grammemes | {"Supr"} <= form.tag.grammemes
        ]
        return max(forms, key=lambda form: shared_start(form, self.word), default=None)


# Latin to Cyrillic, and dashes: pymorphy3 fails on letters without a Unicode name (Tangut).
_READABLE = re.compile(r"[\u0000-\u052f\u2010-\u2027]+")
# Words whose parses are remembered: some 40 MB.
_REMEMBERED = 20_000


class Dictionary:
    """Parses of words, looked up folded; loads pymorphy3's dictionary once.

    Example:
        >>> [parse.lemma for parse in Dictionary().parses("выборам")]
        ['выборы', 'выбор']
    """

    def __init__(self) -> None:
        self._analyzer = MorphAnalyzer()
        self._parses: dict[str, list[Parse]] = {}
        # A few thousand tags describe all words.
        self._tags: dict[Any, tuple[str, frozenset[str], frozenset[str]]] = {}

    def parses(self, word: str) -> list[Parse]:
        """All readings of a word, the most frequent first; none in a script that it cannot have.

        Args:
            word: A token, in any spelling.
        """
        folded = fold(word)
        parses = self._parses.get(folded)
        if parses is None:
            if len(self._parses) >= _REMEMBERED:
                self._parses.clear()
            parses = self._read(folded) if _READABLE.fullmatch(folded) else []
            self._parses[folded] = parses
        return parses

    def _read(self, folded: str) -> list[Parse]:
        known = self._analyzer.word_is_known(folded)
        return [self._parse(reading, known) for reading in self._analyzer.parse(folded)]

    def _parse(self, reading: Any, known: bool) -> Parse:
        tag = self._tags.get(reading.tag)
        if tag is None:
            grammemes = reading.tag.grammemes
            feats = frozenset(_FEATS[name] for name in grammemes if name in _FEATS)
            tag = _UPOS.get(str(reading.tag.POS), "X"), feats, grammemes
            self._tags[reading.tag] = tag
        word, lemma = reading.word, reading.normal_form
        return Parse(word, lemma, *tag, score=reading.score, known=known, reading=reading)
