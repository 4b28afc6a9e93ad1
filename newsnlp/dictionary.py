"""pymorphy3's dictionary in Universal Dependencies terms: parses of a word, forms of a parse.

A word of the dictionary is a stem and a row of a paradigm, the table of what stands around the
stem in each form. Its lemma and other forms follow from the table when they are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeVar

from pymorphy3 import MorphAnalyzer
from pymorphy3.units import DictionaryAnalyzer

from newsnlp.caches import Remembered
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
# Values of UD features in OpenCorpora's terms.
CASES = {"Nom": "nomn", "Gen": "gent", "Dat": "datv", "Acc": "accs", "Ins": "ablt", "Loc": "loct"}
GENDERS = {"Masc": "masc", "Fem": "femn", "Neut": "neut"}
_ANY_GENDER = frozenset({"GNdr", "Ms-f", "ms-f"})
_GENDER_FEATS = frozenset({"Gender=Masc", "Gender=Fem", "Gender=Neut"})
# Nouns that may have a variant in -ье beside that in -ие.
_WITH_VARIANTS = frozenset({"NOUN", "neut"})
_NOMINATIVE_SINGULAR = frozenset({"nomn", "sing"})
_NUMBERS_AND_GENDERS = frozenset({"plur", "masc", "femn", "neut"})
# Latin to Cyrillic, and dashes: pymorphy3 fails on letters without a Unicode name (Tangut).
_READABLE = re.compile(r"[\u0000-\u052f\u2010-\u2027]+")
# Words whose parses are remembered: some 2 KB each, and objects that every garbage collection sees.
_PARSED = 4_096
# Answers that are remembered of each function: some 0.5 KB each.
_REMEMBERED = 15_000

# Where the dictionary has a word: its spellings with е and ё, each with paradigms and rows.
Found = list[tuple[str, list[tuple[int, int]]]]
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """A tag of the dictionary: UD part of speech and features, and OpenCorpora's grammemes."""

    source: Any
    upos: str
    feats: frozenset[str]
    grammemes: frozenset[str]

    @property
    def ud_feats(self) -> frozenset[str]:
        """Features of which no two exclude each other."""
        return self.feats if len(self.feats & _GENDER_FEATS) < 2 else self.feats - _GENDER_FEATS


@dataclass(frozen=True, slots=True, eq=False)
class Paradigm:
    """How words of the dictionary inflect: what stands before and after the stem in each form."""

    prefixes: list[str]
    suffixes: list[str]
    tags: list[Tag]
    prefixed: bool
    _nearest: dict[tuple[int, frozenset[str]], int | None] = field(default_factory=dict)
    _base: dict[int, int] = field(default_factory=dict)

    def lemma(self, word: str, row: int) -> str:
        """Form that stands for all of a word that stands in a row."""
        return self._form(word, row, 0)

    def base(self, row: int) -> int:
        """Row of the form that stands for a word and its variant: «счастья» is of «счастье»."""
        if not self.tags[row].grammemes >= _WITH_VARIANTS:
            return 0
        if row not in self._base:
            variants = [
                other
                for other, tag in enumerate(self.tags)
                if tag.grammemes >= _NOMINATIVE_SINGULAR
            ]
            self._base[row] = max(
                variants or [0],
                key=lambda other: shared_start(self.suffixes[other], self.suffixes[row]),
            )
        return self._base[row]

    def variant(self, word: str, row: int) -> str:
        """That form of a word that stands in a row."""
        return self._form(word, row, self.base(row))

    def forms(self, word: str, row: int) -> list[tuple[str, Tag]]:
        """All forms of such a word."""
        return [(self._form(word, row, other), tag) for other, tag in enumerate(self.tags)]

    def inflected(self, word: str, row: int, grammemes: frozenset[str]) -> str | None:
        """Form of such a word with other grammemes, None where it has none."""
        other = self.nearest(row, grammemes)
        return None if other is None else self._form(word, row, other)

    def nearest(self, row: int, grammemes: frozenset[str]) -> int | None:
        """Row with the grammemes that is nearest to a row in the others, None without one."""
        wanted = row, grammemes
        if wanted not in self._nearest:
            aim = self.tags[row].source.updated_grammemes(grammemes)
            rows = [other for other, tag in enumerate(self.tags) if grammemes <= tag.grammemes]
            self._nearest[wanted] = max(
                rows, key=lambda other: _nearness(self.tags[other].grammemes, aim), default=None
            )
        return self._nearest[wanted]

    def _form(self, word: str, row: int, other: int) -> str:
        stem = word[len(self.prefixes[row]) : len(word) - len(self.suffixes[row])]
        return self.prefixes[other] + stem + self.suffixes[other]


def _nearness(grammemes: frozenset[str], aim: frozenset[str]) -> float:
    return len(aim & grammemes) - 0.1 * len(aim ^ grammemes)


@dataclass(frozen=True, slots=True, eq=False)
class _Guess:
    """How a word inflects that is not in the dictionary: as pymorphy3 guesses by its parts."""

    reading: Any
    tag: Callable[[Any], Tag]

    def lemma(self, word: str, row: int) -> str:
        return str(self.reading.normal_form)

    def variant(self, word: str, row: int) -> str:
        return self.lemma(word, row)

    def forms(self, word: str, row: int) -> list[tuple[str, Tag]]:
        return [(form.word, self.tag(form.tag)) for form in self.reading.lexeme]

    def inflected(self, word: str, row: int, grammemes: frozenset[str]) -> str | None:
        inflected = self.reading.inflect(set(grammemes))
        return None if inflected is None else str(inflected.word)


class Parse(NamedTuple):
    """One reading of a word: its tag, how likely that is, and its row of a paradigm.

    `word` has ё where the dictionary has it; `known` tells a word of the dictionary from a guess.
    """

    word: str
    tag: Tag
    score: float
    known: bool
    paradigm: Paradigm | _Guess
    row: int

    @property
    def lemma(self) -> str:
        """The form that stands for all."""
        return self.paradigm.lemma(self.word, self.row)

    @property
    def variant(self) -> str:
        """The form that stands for the variant at hand: «счастье», where `lemma` is «счастие»."""
        return self.paradigm.variant(self.word, self.row)

    @property
    def upos(self) -> str:
        """UD part of speech."""
        return self.tag.upos

    @property
    def grammemes(self) -> frozenset[str]:
        """OpenCorpora's grammemes."""
        return self.tag.grammemes

    def form(self, *grammemes: str) -> str | None:
        """The same word in another form, None where it has none.

        Args:
            grammemes: OpenCorpora's names, such as "nomn".
        """
        wanted = frozenset(grammemes)
        if "Supr" in self.grammemes:
            return self._superlative(wanted)
        return self.paradigm.inflected(self.word, self.row, wanted)

    def _superlative(self, wanted: frozenset[str]) -> str | None:
        """A form with the stem at hand: «высшей» gives «высший», not its fellow «высочайший»."""
        if wanted.isdisjoint(_NUMBERS_AND_GENDERS):
            wanted |= self.grammemes & _NUMBERS_AND_GENDERS
        wanted |= {"Supr"}
        forms = self.paradigm.forms(self.word, self.row)
        fitting = [form for form, tag in forms if wanted <= tag.grammemes]
        return max(fitting, key=lambda form: shared_start(form, self.word), default=None)


class Dictionary:
    """Parses of words, looked up folded; loads pymorphy3's dictionary once.

    Example:
        >>> [parse.lemma for parse in Dictionary().parses("выборам")]
        ['выборы', 'выбор']
    """

    def __init__(self) -> None:
        self._analyzer = MorphAnalyzer()
        self._parses: Remembered[str, list[Parse]] = Remembered(self._parse, _PARSED)
        self._answers: dict[Callable[..., Any], Remembered[Any, Any]] = {}
        self._tags: dict[str, Tag] = {}
        self._gramtab = [self._tag(tag) for tag in self._analyzer.dictionary.gramtab]
        self._paradigms: dict[int, Paradigm] = {}

    def once(self, question: Callable[[Dictionary, Key], Value], key: Key) -> Value:
        """Answer of a function of the dictionary, which is remembered.

        Args:
            question: A function of a module; its answer depends on `key` alone.
            key: What it is asked.
        """
        answers = self._answers.get(question)
        if answers is None:
            fresh = Remembered[Key, Value](partial(question, self), _REMEMBERED)
            answers = self._answers.setdefault(question, fresh)
        return answers[key]  # type: ignore[no-any-return]

    def parses(self, word: str) -> list[Parse]:
        """All readings of a word, the most frequent first; none in a script that it cannot have.

        Args:
            word: A token, in any spelling.
        """
        return self._parses[fold(word)]

    def may_be(self, word: str, *grammemes: str) -> bool:
        """Whether one of a word's readings has some grammemes.

        Args:
            word: A word in any spelling.
            grammemes: As pymorphy3 calls them: "gent".
        """
        wanted = set(grammemes)
        return any(wanted <= parse.grammemes for parse in self.parses(word))

    def known_tags(self, word: str) -> list[Tag]:
        """Tags under which the dictionary has a word; none where it would have to guess.

        Args:
            word: A word in any spelling.
        """
        found = self.find(fold(word))
        return [self.paradigm(number).tags[row] for _, places in found for number, row in places]

    def _parse(self, folded: str) -> list[Parse]:
        found = self.find(folded)
        if not found:
            return self._guesses(folded)
        rows = [(form, self.paradigm(n), row) for form, places in found for n, row in places]
        scores = self._scores(folded, [paradigm.tags[row] for _, paradigm, row in rows])
        parses = [
            Parse(form, paradigm.tags[row], score, True, paradigm, row)
            for (form, paradigm, row), score in zip(rows, scores, strict=True)
        ]
        return sorted(parses, key=lambda parse: parse.score, reverse=True)

    def find(self, folded: str) -> Found:
        """Where the dictionary has a word: spellings (е may stand for ё), paradigms and rows.

        Args:
            folded: A word, folded.
        """
        if not _READABLE.fullmatch(folded):
            return []
        words, substitutes = self._analyzer.dictionary.words, self._analyzer.char_substitutes
        return words.similar_items(folded, substitutes)  # type: ignore[no-any-return]

    def _scores(self, folded: str, tags: list[Tag]) -> list[float]:
        """How frequent each tag of a word is in OpenCorpora's texts, where they have the word."""
        if len(tags) > 1:
            probability = self._analyzer.prob_estimator.p_t_given_w.prob
            scores = [probability(folded, tag.source) for tag in tags]
            if any(scores):
                return scores
        return [1 / len(tags)] * len(tags)

    def _guesses(self, folded: str) -> list[Parse]:
        if not _READABLE.fullmatch(folded):
            return []
        return [self._guess(reading) for reading in self._analyzer.parse(folded)]

    def _guess(self, reading: Any) -> Parse:
        """A parse by pymorphy3's rules for words that the dictionary does not have."""
        word, tag = reading.word, self._tag(reading.tag)
        base = reading.methods_stack[0]
        # Most guesses are a word of the dictionary with something before it, or one by its ending.
        if isinstance(base[0], DictionaryAnalyzer) and word.endswith(base[1]):
            paradigm = self.paradigm(base[2])
            if len(base[1]) == len(word) or not paradigm.prefixed:
                return Parse(word, tag, reading.score, False, paradigm, base[3])
        return Parse(word, tag, reading.score, False, _Guess(reading, self._tag), 0)

    def paradigm(self, number: int) -> Paradigm:
        """A paradigm of the dictionary.

        Args:
            number: Its number, as `find` gives it.
        """
        paradigm = self._paradigms.get(number)
        if paradigm is None:
            dictionary = self._analyzer.dictionary
            codes = dictionary.paradigms[number]
            n_rows = len(codes) // 3
            suffixes, tags, prefixes = (codes[i * n_rows : (i + 1) * n_rows] for i in range(3))
            paradigm = self._paradigms[number] = Paradigm(
                [dictionary.paradigm_prefixes[code] for code in prefixes],
                [dictionary.suffixes[code] for code in suffixes],
                [self._gramtab[code] for code in tags],
                prefixed=any(prefixes),
            )
        return paradigm

    def _tag(self, tag: Any) -> Tag:
        name = str(tag)
        known = self._tags.get(name)
        if known is None:
            feats = frozenset(_FEATS[name] for name in tag.grammemes if name in _FEATS)
            if not _ANY_GENDER.isdisjoint(tag.grammemes):
                feats |= _GENDER_FEATS
            upos = _UPOS.get(str(tag.POS), "X")
            known = self._tags[name] = Tag(tag, upos, feats, tag.grammemes)
        return known
