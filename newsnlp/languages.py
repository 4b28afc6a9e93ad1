"""The language of each line: letters decide most, py3langid the doubtful rest."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from newsnlp.columns import Bools, Ints
from newsnlp.schema import LANGS
from newsnlp.tables import read_table

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

RUSSIAN = LANGS.index("ru")
OTHER = LANGS.index("other")
UNKNOWN = -1

Bytes = npt.NDArray[np.uint8]

# What is known of a code point: its class as a letter in the low bits, marks in the others.
_COMMON, _FOREIGN, _LATIN, _OTHER_SCRIPT = range(1, 5)
_CLASS = 7
_BLANK, _HARD, _OWN_LETTER, _WORD_LETTER = 8, 16, 32, 64
_CYRILLIC_BLOCKS = ((0x400, 0x530), (0x1C80, 0x1C90), (0x2DE0, 0x2E00), (0xA640, 0xA6A0))
_LATIN_BLOCKS = ((0x41, 0x250), (0x1E00, 0x1F00))
_RUSSIAN_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
# Where Russian writes «ъ»; Bulgarian writes it anywhere.
_BEFORE_SOFT_VOWEL = [*map(ord, "еёюяЕЁЮЯ")]

_FOREIGN_LETTER = re.compile(
    r"[\u0400\u0402-\u040f\u0450\u0452-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69fъЪ]"
    r"(?:(?<![ъЪ])|(?=[^\W\d_])(?![еёюяЕЁЮЯ]))"  # the set comes first: it is searched fast
)
_WORD = re.compile(r"(?<![\w-])[^\W\d_]+")  # «3-е» holds no word
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_ADDRESS_MARK = re.compile(r"://|www\.|[@#]")
_ADDRESS = re.compile(rf"\S*(?:{_ADDRESS_MARK.pattern})\S*")

_QUOTED = re.compile(r"«[^«»]*»|\"[^\"]*\"|“[^“”]*”|„[^„“”]*[“”]")

_SAMPLE = 250  # characters of a line that are looked at when letters leave a doubt
_MIN_LETTERS = 18  # shorter lines without foreign letters are Russian, in Latin ones unknown
_MIN_LATIN_WORDS = 4
_MIN_WORDS_OUTSIDE = 3  # of quotes
_LATIN_SHARE = 0.85
# Units of the model's log likelihood. No headline of 24,908 Russian ones is 20 away from Russian.
_WORD_WEIGHT = 10.0
_MARGIN = 20.0
_DECIDED = 2  # a line that is decided says as much as two that lean


@dataclass(frozen=True, slots=True)
class _Language:
    """A language: its code in `schema.LANGS`, words and endings of its own, letters it lacks.

    `lacking` finds such a letter with the rest of its word.
    """

    code: int
    words: frozenset[str]
    endings: tuple[str, ...]
    lacking: re.Pattern[str]

    def evidence(self, words: list[str], line: str) -> int:
        """Words in lower case that speak for the language, less those that speak against it."""
        own = sum(word in self.words or word.endswith(self.endings) for word in words)
        return own - len(self.lacking.findall(line))


class LanguageDetector:
    """Tells the language of lines; loads py3langid's model (0.5 s) at the first doubtful one.

    Example:
        >>> text = "Президент прибыл в Минск"
        >>> codes = LanguageDetector().detect(text, *np.array([[0], [0], [len(text)]]))
        >>> [LANGS[code] for code in codes]
        ['ru']
    """

    __slots__ = ("_identifier",)

    def __init__(self) -> None:
        self._identifier: LanguageIdentifier | None = None

    def __reduce__(self) -> tuple[type[LanguageDetector], tuple[()]]:
        return LanguageDetector, ()

    def detect(self, text: str, doc: Ints, start: Ints, stop: Ints) -> Ints:
        """Languages of lines, as codes into `schema.LANGS`, shape (lines,).

        A line that says nothing (a number, a name, a brand) takes the language of the line before
        it in its article, else of the one after it, else Russian. An article without letters is in
        no language that we know.

        Args:
            text: The texts of a batch end to end.
            doc: Article of each line, in order; shape (lines,).
            start: First code point of each line; lines are not empty and do not overlap.
            stop: End of each line.
        """
        if not len(start):
            return np.empty(0, np.int64)
        marks = _mark(text)
        letters, foreign, latin, other = _count_letters(marks, start, stop)
        sample_stop = np.minimum(stop, start + _SAMPLE)
        codes = np.full(len(start), RUSSIAN, np.int64)
        leans = np.full(len(start), UNKNOWN, np.int64)
        silent = (latin == letters) & (letters < _MIN_LETTERS)
        codes[silent] = UNKNOWN
        strange = other > letters / 2
        codes[strange] = OTHER
        doubtful = (latin >= _LATIN_SHARE * letters) | (foreign > 0)
        proved = (latin <= letters / 2) & _is_russian(marks, start, sample_stop)
        unsure = ~(silent | strange) & (doubtful | ((letters >= _MIN_LETTERS) & ~proved))
        sign = _russian_sign()
        decide = cache(self._decide)  # lines come again: names of sections, captions, agencies
        for row in np.flatnonzero(unsure).tolist():
            first, last = int(start[row]), int(sample_stop[row])
            if doubtful[row] or not sign.search(text, first, last):
                codes[row], leans[row] = decide(text[first:last])
        filled = _fill(codes, doc)
        _follow(filled, codes, leans, doc)
        filled[np.bincount(doc, letters)[doc] == 0] = OTHER  # letters may be lost
        return filled

    def _decide(self, line: str) -> tuple[int, int]:
        """Language of a line, and where it is unknown, the one that it leans to.

        Words count that are no names: a Kazakh name in a Russian line says nothing of the line.
        """
        line = line.lower() if line.isupper() else line
        line = _ADDRESS.sub(" ", line) if _ADDRESS_MARK.search(line) else line
        words = _WORD.findall(line)
        if _QUOTED.search(line):  # what is quoted may be in another language
            unquoted = _WORD.findall(_QUOTED.sub(" ", line))
            words = unquoted if len(unquoted) >= _MIN_WORDS_OUTSIDE else words
        latin = list(filter(_LATIN_WORD.fullmatch, words)) if _LATIN_WORD.search(line) else []
        if len(latin) >= _LATIN_SHARE * len(words):
            enough = len(latin) >= _MIN_LATIN_WORDS and sum(map(len, latin)) >= _MIN_LETTERS
            return self._classify(line, "latin") if enough else UNKNOWN, UNKNOWN
        small = [word for word in words if word[0].islower()]
        foreign = _FOREIGN_LETTER.search(line) is not None
        if not small:
            return UNKNOWN if foreign else RUSSIAN, UNKNOWN
        if words[0] != small[0]:  # a sentence's first word may be a name or not
            small.insert(0, words[0].lower())
        if not foreign and sum(map(len, small)) < _MIN_LETTERS:
            return RUSSIAN, UNKNOWN
        return self._weigh(small)

    def _weigh(self, words: list[str]) -> tuple[int, int]:
        """Language that words in Cyrillic letters speak for; against Russian it needs a margin."""
        languages = _languages()["cyrillic"]
        line = " ".join(words)
        known = words[1:] if _FOREIGN_LETTER.search(words[0]) else words
        ranking = [pair for pair in self._load().rank(" ".join(known)) if pair[0] in languages]

        def total(label: str, score: float) -> float:
            return score + _WORD_WEIGHT * languages[label].evidence(words, line)

        russian = total("ru", dict(ranking)["ru"])
        most = _WORD_WEIGHT * len(words)  # words add no more: who is farther away is no rival
        rivals = {
            label: total(label, score)
            for label, score in ranking
            if label != "ru" and score + most >= russian
        }
        best = max(rivals, key=rivals.__getitem__, default="ru")
        if best == "ru" or rivals[best] < russian:
            return RUSSIAN, UNKNOWN
        code = languages[best].code
        return (code, UNKNOWN) if rivals[best] >= russian + _MARGIN else (UNKNOWN, code)

    def _classify(self, line: str, script: str) -> int:
        ours = _languages()[script]
        ranking = self._load().rank(line)
        return next((ours[label].code for label, _ in ranking if label in ours), OTHER)

    def _load(self) -> LanguageIdentifier:
        if self._identifier is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

            every = LanguageIdentifier.from_model_file(MODEL_FILE)
            every.set_languages({label for ours in _languages().values() for label in ours})
            # One that does not hold on to the table of all languages.
            self._identifier = LanguageIdentifier(
                every.nb_ptc, every.nb_pc, every.nb_classes, every.tk_nextmove, every.tk_output,
                tk_row=every.tk_row,
            )  # fmt: skip
        return self._identifier


def _fill(codes: Ints, doc: Ints) -> Ints:
    """Give lines of unknown language that of a neighbour in the article, else Russian."""
    rows = np.arange(len(codes))
    before = np.maximum.accumulate(np.where(codes == UNKNOWN, 0, rows))
    after = np.minimum.accumulate(np.where(codes == UNKNOWN, len(codes) - 1, rows)[::-1])[::-1]
    filled = codes.copy()
    for neighbour in (before, after):
        take = (filled == UNKNOWN) & (doc[neighbour] == doc)
        filled[take] = codes[neighbour][take]
    filled[filled == UNKNOWN] = RUSSIAN
    return filled


def _follow(filled: Ints, codes: Ints, leans: Ints, doc: Ints) -> None:
    """Settle lines that lean to a language: so they are where their article says so too."""
    votes = np.zeros((doc[-1] + 1, len(LANGS)), np.int64)
    for said, weight in ((codes, _DECIDED), (leans, 1)):
        some = said != UNKNOWN
        np.add.at(votes, (doc[some], said[some]), weight)
    rows = np.flatnonzero((codes == UNKNOWN) & (leans != UNKNOWN))
    lead = votes[doc[rows], leans[rows]] - votes[doc[rows], RUSSIAN]
    filled[rows] = np.where(lead > _DECIDED, leans[rows], RUSSIAN)


def _mark(text: str) -> Bytes:
    """Class and marks of each code point of a text."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    marks = _letter_marks()[codes]
    hard = np.flatnonzero(marks[:-1] & _HARD)
    following = codes[hard + 1]
    strange = (marks[hard + 1] & _CLASS > 0) & ~np.isin(following, _BEFORE_SOFT_VOWEL)
    marks[hard[strange]] = _FOREIGN
    return marks


def _count_letters(marks: Bytes, start: Ints, stop: Ints) -> tuple[Ints, ...]:
    """Letters of each line, and those of them that are foreign, Latin or of another script."""
    classes = marks & _CLASS
    foreign, latin, other = (
        _count(classes == kind, start, stop) for kind in (_FOREIGN, _LATIN, _OTHER_SCRIPT)
    )
    return _count(classes > 0, start, stop), foreign, latin, other


def _is_russian(marks: Bytes, start: Ints, stop: Ints) -> Bools:
    """Whether lines without foreign letters are certainly Russian: most paragraphs are.

    Such a line holds a letter that Bulgarian, Macedonian, Serbian and Ukrainian lack (ы, э, ё), and
    a word that Belarusian and the languages of Asia lack (в, и, с).
    """
    blank = np.ones(len(marks) + 2, np.bool_)
    blank[1:-1] = marks & _BLANK
    word = (marks & _WORD_LETTER > 0) & blank[:-2] & blank[2:]
    return (_count(marks & _OWN_LETTER > 0, start, stop) > 0) & (_count(word, start, stop) > 0)


def _count(mask: Bools, start: Ints, stop: Ints) -> Ints:
    borders = np.stack([start, stop], axis=1).ravel()
    return np.diff(np.searchsorted(np.flatnonzero(mask), borders))[::2]


@cache
def _letter_marks() -> Bytes:
    """Class and marks of each code point; beyond the basic plane there are no letters."""
    marks = np.zeros(sys.maxunicode + 1, np.uint8)
    for code in range(0x10000):
        letter = chr(code)
        if letter.isspace():
            marks[code] = _BLANK
        if not letter.isalpha():
            continue
        if letter.lower() in _RUSSIAN_LETTERS:
            marks[code] = _COMMON
        elif any(first <= code < last for first, last in _CYRILLIC_BLOCKS):
            marks[code] = _FOREIGN
        elif any(first <= code < last for first, last in _LATIN_BLOCKS):
            marks[code] = _LATIN
        else:
            marks[code] = _OTHER_SCRIPT
    for letters, mark in (("ыэёЫЭЁ", _OWN_LETTER), ("висВИС", _WORD_LETTER), ("ъЪ", _HARD)):
        marks[[*map(ord, letters)]] |= mark
    return marks


@cache
def _languages() -> dict[str, dict[str, _Language]]:
    """By script: the languages by the model's labels."""
    languages: dict[str, dict[str, _Language]] = {}
    for label, script, code, lacks, *_ in read_table("languages.tsv"):
        lacking = _FOREIGN_LETTER.pattern if label == "ru" else f"(?i:[{lacks}])"
        languages.setdefault(script, {})[label] = _Language(
            LANGS.index(code),
            frozenset(_own(label)),
            tuple(ending.removeprefix("-") for ending in _own(label) if ending[0] == "-"),
            re.compile(rf"(?:{lacking})\w*"),
        )
    return languages


def _own(label: str) -> list[str]:
    """Words of a language, and endings with a hyphen in front."""
    return [word for word, language, *_ in read_table("language_words.tsv") if language == label]


@cache
def _russian_sign() -> re.Pattern[str]:
    """Pattern of endings and words that only Russian has; any of them settles a plain line."""
    russian = _languages()["cyrillic"]["ru"]
    endings = "|".join(russian.endings)
    words = "|".join(word for word in russian.words if word[0] != "-")
    return re.compile(rf"(?:{endings})(?![^\W\d_])(?<=[^\W\d_]{{4}})|\b(?:{words})(?![\w-])")
