"""The language of each line: letters decide most, py3langid the doubtful rest."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from newsnlp.columns import Ints
from newsnlp.schema import LANGS
from newsnlp.tables import read_table

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

RUSSIAN = LANGS.index("ru")
OTHER = LANGS.index("other")
UNKNOWN = -1

_NONE, _COMMON, _FOREIGN, _LATIN, _OTHER_SCRIPT = range(5)
_CYRILLIC_BLOCKS = ((0x400, 0x530), (0x1C80, 0x1C90), (0x2DE0, 0x2E00), (0xA640, 0xA6A0))
_LATIN_BLOCKS = ((0x41, 0x250), (0x1E00, 0x1F00))
_RUSSIAN_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_RUSSIAN_ONLY = "ыэёЫЭЁ"  # letters that Bulgarian, Serbian, Macedonian and Ukrainian lack
_BEFORE_SOFT_VOWEL = "еёюяЕЁЮЯ"  # where Russian writes «ъ»; Bulgarian writes it anywhere

_FOREIGN_LETTER = re.compile(
    r"(?![а-яё])[\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f]|ъ(?=[^\W\d_])(?![еёюя])",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?<![\w-])[^\W\d_]+")  # «3-е» holds no word
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_ADDRESS = re.compile(r"\S*(?:://|www\.|@|#)\S*")

_SAMPLE = 400  # characters of a line that are looked at when letters leave a doubt
_MIN_LETTERS = 15  # shorter lines without foreign letters are Russian, in Latin ones unknown
_MIN_LATIN_WORDS = 4
_LATIN_SHARE = 0.85
_FOREIGN_SHARE = 0.1
_FOREIGN_SHARE_CAPITALS = 0.4  # names cannot be left out where all is in capitals


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
        it in its article, else of the one after it, else Russian.

        Args:
            text: The texts of a batch end to end.
            doc: Article of each line, in order; shape (lines,).
            start: First code point of each line; lines are not empty and do not overlap.
            stop: End of each line.
        """
        if not len(start):
            return np.empty(0, np.int64)
        counts, russian_only = _count_letters(text, start, stop)
        letters = counts.sum(axis=1)
        latin = counts[:, _LATIN] >= _LATIN_SHARE * letters
        other = counts[:, _OTHER_SCRIPT] > letters / 2
        codes = np.full(len(start), RUSSIAN, np.int64)
        codes[letters == 0] = UNKNOWN
        codes[other] = OTHER
        known = other | (letters == 0)
        bare = ~russian_only & (letters >= _MIN_LETTERS)
        doubtful = latin | (counts[:, _FOREIGN] > 0) | bare
        for row in np.flatnonzero(doubtful & ~known):
            codes[row] = self._decide(text[start[row] : min(stop[row], start[row] + _SAMPLE)])
        return _fill(codes, doc)

    def _decide(self, line: str) -> int:
        """By words in lower case: a Kazakh name in a Russian line says nothing of the line."""
        share = _FOREIGN_SHARE_CAPITALS if line.isupper() else _FOREIGN_SHARE
        line = _ADDRESS.sub(" ", line.lower() if line.isupper() else line)
        latin = _LATIN_WORD.findall(line)
        words = _WORD.findall(line)
        if len(latin) >= _LATIN_SHARE * len(words):
            enough = len(latin) >= _MIN_LATIN_WORDS and sum(map(len, latin)) >= _MIN_LETTERS
            return self._classify(line, "latin") if enough else UNKNOWN
        small = [word for word in words if word[0].islower()]
        if not small:
            return UNKNOWN if _FOREIGN_LETTER.search(line) else RUSSIAN
        hints = _foreign_words()
        foreign = sum(word in hints or bool(_FOREIGN_LETTER.search(word)) for word in small)
        if foreign < share * len(small):
            return RUSSIAN
        return self._classify(line, "cyrillic")

    def _classify(self, line: str, script: str) -> int:
        ours = _languages()[script]
        ranking = self._load().rank(line)
        return next((ours[label] for label, _ in ranking if label in ours), OTHER)

    def _load(self) -> LanguageIdentifier:
        if self._identifier is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

            identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
            identifier.set_languages({label for ours in _languages().values() for label in ours})
            self._identifier = identifier
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


def _count_letters(text: str, start: Ints, stop: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Letters of each class in each line, shape (lines, 5), and whether it has «ы», «э» or «ё»."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    classes = _letter_classes()
    kinds = classes[np.minimum(codes, len(classes) - 1)]
    hard = np.flatnonzero((codes[:-1] == ord("ъ")) | (codes[:-1] == ord("Ъ")))
    following = codes[hard + 1]
    foreign_hard = hard[
        (kinds[hard + 1] > 0) & ~np.isin(following, [*map(ord, _BEFORE_SOFT_VOWEL)])
    ]
    kinds[foreign_hard] = _FOREIGN

    borders = np.stack([start, stop], axis=1).ravel()
    counts = np.zeros((len(start), 5), np.int64)
    for kind in (_COMMON, _FOREIGN, _LATIN, _OTHER_SCRIPT):
        counts[:, kind] = _count(kinds == kind, borders)
    own = np.isin(codes, [*map(ord, _RUSSIAN_ONLY)])
    return counts, _count(own, borders) > 0


def _count(mask: npt.NDArray[np.bool_], borders: Ints) -> Ints:
    places = np.flatnonzero(mask)
    return np.diff(np.searchsorted(places, borders))[::2]


@cache
def _letter_classes() -> npt.NDArray[np.uint8]:
    """Class of each code point of the basic plane; what lies beyond is no letter."""
    classes = np.zeros(0x10001, np.uint8)
    for code in range(0x10000):
        letter = chr(code)
        if not letter.isalpha():
            continue
        if letter.lower() in _RUSSIAN_LETTERS:
            classes[code] = _COMMON
        elif any(first <= code < last for first, last in _CYRILLIC_BLOCKS):
            classes[code] = _FOREIGN
        elif any(first <= code < last for first, last in _LATIN_BLOCKS):
            classes[code] = _LATIN
        else:
            classes[code] = _OTHER_SCRIPT
    return classes


@cache
def _foreign_words() -> frozenset[str]:
    return frozenset(word for word, *_ in read_table("foreign_words.tsv"))


@cache
def _languages() -> dict[str, dict[str, int]]:
    """By script: our code of each label of the model."""
    languages: dict[str, dict[str, int]] = {}
    for label, script, code, *_ in read_table("languages.tsv"):
        languages.setdefault(script, {})[label] = LANGS.index(code)
    return languages
