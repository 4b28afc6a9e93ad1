"""Layer *resolve*: which of the dictionary's readings of a word the tagger means, if any.

The tagger does not know every word; where it takes one for a part of speech that the word has in no
reading, the dictionary's reading counts that agrees best with it otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from unicodedata import category

import numpy as np

from newsnlp.columns import Bools, Ints, Morphology, Tokens
from newsnlp.dictionary import Dictionary, Found, Parse, Tag
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
# What the words of OpenCorpora's parts of speech may be in UD; the others may be much.
_ALLOWED = {
    "NOUN": {"NOUN"}, "ADJF": {"ADJ"}, "ADJS": {"ADJ"}, "COMP": {"ADV", "ADJ"},
    "VERB": {"VERB", "AUX"}, "INFN": {"VERB", "AUX"}, "GRND": {"VERB", "AUX"},
    "PRTF": {"VERB", "NOUN"}, "PRTS": {"VERB"}, "NPRO": {"PRON", "DET"},
}  # fmt: skip
_PRONOUNS_AND_MORE = frozenset({"Apro", "Anum", "Abbr", "Init"})
# No name of so many letters is spelled like one of their words: «Касательно мер …».
_NEVER_NAMES = frozenset({"INFN", "ADVB", "PRED", "PREP", "CONJ", "PRCL"})
_MANY_LETTERS = 6
# Verbs' forms are, in the past and the imperative («Строил», «Наполи»), but not those with -ся.
_NAMES_TOO = frozenset({"past", "impr"})
_REFLEXIVE = ("ся", "сь")
# «3-й», «2016-го»; «24-сильный», «152-мм гаубица»
ORDINAL = re.compile(r"(\d+)-(?:[йяемюх]|ая|ое|ую|ой|ый|ий|ые|ых|ым|ыми|го|го|му|ей)")
_ADJECTIVE = re.compile(
    r"[\d,.]*\d-(?:мм|им|[а-яё]{2,}(?:[ыи]й|ой|ая|яя|ое|ее|[ыи]е|[ое]го|[ое]му|[ыи]ми?|[ыи]х|ую|юю|[ое]м|ей))"
)
_FEW = re.compile(r"\d-х")  # «3-х городов», but «90-х годов»
# «3:0», «2007/08», «12,5»
_CARDINAL = re.compile(r"\d+[:/.,]\d+")
# «#Минск», «@tengrinews»
_MARKED = {"#": "X", "@": "PROPN"}
_SYMBOLS = frozenset({"So", "Sm", "Sc"})
_NO_SYMBOLS = frozenset("|\ufffd")
_RUSSIAN = re.compile("[а-яё]+(?:-[а-яё]+)*")
# What `in_context` asks of a token.
_OTHER, _POSSESSIVE, _AFTER_YEAR, _AFTER_COUNT, _MONTH = range(5)
_YEAR, _FIGURE, _SCORE, _OPENING, _CLOSING, _DASH = range(5, 11)
# «(6-4, 6-3)»; «1—2 мая» stands in no brackets.
_SCORES = re.compile("[0-9]{1,3}-[0-9]{1,3}")
# Years that news speak of; round ones may as well be counts.
_YEARS = re.compile("(?:1[7-9]|20)(?!00)[0-9]{2}")
_MARKS = {
    _OPENING: frozenset("("),
    _CLOSING: frozenset(")].,;:!?…»"),
    _DASH: frozenset({"-", "–", "—", "--"}),
}
_OF_NOUNS = ("Animacy", "Case", "Gender", "Number")
_DECLINED = frozenset({"ADJ", "NUM"})
_NAMES = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})

MASCULINE = frozenset({"nomn", "sing", "masc"})

Correction = tuple[str, str]


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
    agreement = dictionary.once(Agreement, (upos, feats))
    return max(parses, key=lambda parse: agreement[parse.tag] + parse.score)


class Agreement(dict[Tag, float]):
    """How well each tag of the dictionary agrees with one of the tagger, found when asked for."""

    def __init__(self, _: Dictionary, tagged: tuple[str, str]) -> None:
        upos, feats = tagged
        self._upos = _SAME_UPOS.get(upos, set()) | {upos}
        self._weights = {
            feature: _FEATURE_WEIGHTS.get(feature.partition("=")[0], 0.0)
            for feature in feats.split("|")
        }

    def __missing__(self, tag: Tag) -> float:
        features = sum([self._weights[feature] for feature in tag.feats & self._weights.keys()])
        self[tag] = (_AGREES_IN_UPOS if tag.upos in self._upos else 0.0) + features
        return self[tag]


@dataclass(frozen=True, slots=True)
class DistinctReadings:
    """Distinct words with their tags: `words`, `upos`, `feats` and `tag` have shape (readings,).

    `row` is the reading of each token that was asked for, which `token` tells: shape (tokens,).
    """

    words: list[str]
    upos: list[str]
    feats: list[str]
    tag: Ints
    row: Ints
    token: Ints

    @classmethod
    def of(
        cls, tokens: Tokens, morphology: Morphology, wanted: Bools | None = None
    ) -> DistinctReadings:
        """Readings of tokens.

        Args:
            tokens: Tokens of the batch.
            morphology: What the tagger says of them.
            wanted: Tokens that were tagged, all by default.
        """
        n_tags = len(morphology.feats)
        token = np.arange(len(tokens.word)) if wanted is None else np.flatnonzero(wanted)
        keys = tokens.word[token] * n_tags + morphology.tag[token]
        reading, row = np.unique(keys, return_inverse=True)
        word, tag = np.divmod(reading, n_tags)
        upos = [UPOS[code] for code in morphology.upos.tolist()]
        words, feats, tags = tokens.words, morphology.feats, tag.tolist()
        return cls(
            [words[w] for w in word.tolist()],
            [upos[t] for t in tags],
            [feats[t] for t in tags],
            tag, row, token,
        )  # fmt: skip

    def corrected(self, morphology: Morphology, corrections: dict[int, Correction]) -> Morphology:
        """The morphology with other tags for some readings.

        Args:
            morphology: What the tagger says.
            corrections: Part of speech and features by reading.
        """
        n_tags, tag = len(morphology.feats), self.tag.copy()
        added: dict[Correction, int] = {}
        for reading, correction in corrections.items():
            tag[reading] = added.setdefault(correction, n_tags + len(added))
        tag_of_token = morphology.tag.copy()
        tag_of_token[self.token] = tag[self.row]
        upos = np.array([UPOS.index(name) for name, _ in added], np.int64)
        feats = [each for _, each in added]
        return Morphology(
            tag_of_token, np.concatenate([morphology.upos, upos]), [*morphology.feats, *feats]
        )


def in_context(tokens: Tokens, morphology: Morphology) -> Morphology:
    """Parts of speech that the next token tells: «его брат» has a determiner, «(1904)» an ordinal.

    Args:
        tokens: Tokens of the batch.
        morphology: What the tagger says of all of them.
    """
    words, sentence = tokens.words, tokens.sentence
    if not len(sentence):
        return morphology

    def at(distance: int, values: Bools) -> Bools:
        """Which tokens have one at a distance, in their sentence, for which it holds."""
        place = np.arange(len(sentence)) + distance
        inside = (place >= 0) & (place < len(sentence))
        place[~inside] = 0
        result: Bools = inside & values[place] & (sentence[place] == sentence)
        return result

    kind = np.fromiter(map(_kind, words), np.int8, len(words))[tokens.word]
    upos = morphology.upos[morphology.tag]
    noun, adjective, number = (upos == UPOS.index(name) for name in ("NOUN", "ADJ", "NUM"))
    # «Признал его виновным», «назвал его героем»: what is said of him follows.
    predicate = np.array(["Case=Ins" in feats for feats in morphology.feats])[morphology.tag]
    head = noun | (adjective & at(1, noun | adjective))
    possessive = (upos == UPOS.index("PRON")) & (kind == _POSSESSIVE)
    possessive &= at(1, head & ~predicate) | (at(1, head) & at(-1, upos == UPOS.index("ADP")))
    year = kind == _YEAR
    ends = year & ~at(1, (kind != _CLOSING) & (kind != _AFTER_YEAR))
    ends |= year & at(-1, kind == _MONTH)
    # «В 1923—1924 он работал», but «1850—1950 рублей».
    ends |= year & at(-1, kind == _DASH) & at(-2, year) & ~at(1, noun | adjective)
    year = number & (ends | (year & at(1, kind == _DASH) & at(2, ends)))
    counted = ((kind == _YEAR) | (kind == _FIGURE)) & at(1, kind == _AFTER_COUNT)
    counted |= (kind == _SCORE) & at(-1, kind == _OPENING) & at(1, kind == _CLOSING)
    n_tags = len(morphology.feats)
    tag = np.select(
        [possessive, year, adjective & counted], n_tags + np.arange(3)[:, None], morphology.tag
    )
    added = np.array([UPOS.index(name) for name in ("DET", "ADJ", "NUM")])
    return Morphology(tag, np.append(morphology.upos, added), [*morphology.feats, "", "", ""])


def correct(
    dictionary: Dictionary, tokens: Tokens, morphology: Morphology, wanted: Bools
) -> Morphology:
    """Part of speech and features of some tokens as the dictionary allows them.

    Args:
        dictionary: The dictionary.
        tokens: Tokens of the batch.
        morphology: What the tagger says of them.
        wanted: Tokens that were tagged: shape (tokens,).
    """
    found = DistinctReadings.of(tokens, morphology, wanted)
    readings = zip(found.words, found.upos, found.feats, strict=True)
    corrections = (dictionary.once(_correction, reading) for reading in readings)
    return found.corrected(
        morphology, {row: each for row, each in enumerate(corrections) if each is not None}
    )


def _correction(dictionary: Dictionary, reading: tuple[str, str, str]) -> Correction | None:
    word, upos, feats = reading
    lower = fold(word)
    return correction_of(dictionary, word, lower, dictionary.find(lower), upos, feats)


def correction_of(
    dictionary: Dictionary, word: str, lower: str, found: Found, upos: str, feats: str
) -> Correction | None:
    """Part of speech and features of a word that the tagger cannot be right about, else None.

    Args:
        dictionary: The dictionary.
        word: The token.
        lower: The same, folded.
        found: Where the dictionary has it.
        upos: Its part of speech.
        feats: Its features in UD notation.

    Example:
        >>> dictionary = Dictionary()
        >>> tagged = "NOUN", "Animacy=Inan|Case=Gen|Gender=Fem|Number=Plur"
        >>> correction_of(dictionary, "РАДИОПРОЗРАЧНЫХ", "радиопрозрачных", [], *tagged)
        ('ADJ', 'Case=Gen|Degree=Pos|Number=Plur')
        >>> correction_of(dictionary, "стали", "стали", dictionary.find("стали"), *tagged)
    """
    # Most that has a capital may be a name: «Сигал».
    if upos == "PROPN" and not word.islower() and not _is_never_name(dictionary, lower, found):
        return None
    usual = None
    if lower in _usual_upos():
        usual = _usual_upos()[lower].get(upos)
    elif not word.isalpha():
        usual = _by_spelling(word, upos)
    if usual is not None:
        return usual, _feats_of_nouns(feats) if usual in _DECLINED else ""
    if not found and not _RUSSIAN.fullmatch(lower):
        return None
    if len(found) == 1:
        allowed = dictionary.once(_allowed_by_rows, tuple(found[0][1]))
    elif found:
        rows = tuple([place for _, places in found for place in places])
        allowed = dictionary.once(_allowed_by_rows, rows)
    else:
        allowed = _allowed(parse.tag for parse in dictionary.parses(lower))
    if allowed is None or upos in allowed:
        return None
    parse = best_parse(dictionary, dictionary.parses(lower), upos, feats)
    assert parse is not None, "a reading allows something"
    if upos == "ADJ" and "PRTF" in parse.grammemes and parse.form(*MASCULINE) in participles():
        return None
    is_name = not word.islower() and not _NAMES.isdisjoint(parse.grammemes)
    return "PROPN" if is_name else parse.upos, dictionary.once(_feats_of, parse.tag)


def _is_never_name(dictionary: Dictionary, lower: str, found: Found) -> bool:
    """Whether a word with a capital only opens its sentence: «Говорится о мерах …»."""
    if len(lower) < _MANY_LETTERS or not found:
        return False
    tags = [parse.tag for parse in dictionary.parses(lower)]
    verbs = lower.endswith(_REFLEXIVE) or all(_NAMES_TOO.isdisjoint(t.grammemes) for t in tags)
    never = _NEVER_NAMES | ({"VERB", "GRND"} if verbs else set())
    return all(str(tag.source.POS) in never for tag in tags)


def _feats_of(_: Dictionary, tag: Tag) -> str:
    """Features of a tag of the dictionary in UD notation."""
    positive = tag.upos == "ADJ" and not any(feat.startswith("Degree") for feat in tag.feats)
    return "|".join(sorted(tag.ud_feats | ({"Degree=Pos"} if positive else set())))


def _feats_of_nouns(feats: str) -> str:
    """Those of the tagger's features that an adjective or numeral has as well."""
    return "|".join(feat for feat in feats.split("|") if feat.startswith(_OF_NOUNS))


def _by_spelling(word: str, upos: str) -> str | None:
    """Part of speech that the spelling tells, if it is another than the tagger's."""
    if upos == "NUM" and (ORDINAL.fullmatch(word) or _ADJECTIVE.fullmatch(word)):
        return None if _FEW.fullmatch(word) else "ADJ"
    if upos == "ADJ" and _CARDINAL.fullmatch(word):
        return "NUM"
    if upos != "PUNCT" or word in _NO_SYMBOLS:
        return None
    if word[0] in _MARKED and word[1:2].isalnum():
        return _MARKED[word[0]]
    return "SYM" if category(word[0]) in _SYMBOLS else None


def _allowed_by_rows(
    dictionary: Dictionary, rows: tuple[tuple[int, int], ...]
) -> frozenset[str] | None:
    return _allowed(dictionary.paradigm(number).tags[row] for number, row in rows)


def _allowed(tags: Iterable[Tag]) -> frozenset[str] | None:
    """Parts of speech that a word may be in small letters, None where it may be much."""
    allowed: frozenset[str] = frozenset()
    for tag in tags:
        some = _ALLOWED.get(str(tag.source.POS))
        if some is None or not _PRONOUNS_AND_MORE.isdisjoint(tag.grammemes):
            return None
        allowed |= some
        if "Subx" in tag.grammemes:
            allowed |= {"NOUN"}
    return allowed or None


@cache
def participles() -> frozenset[str]:
    """Participles that are mostly read as adjectives or nouns, in the masculine nominative."""
    return frozenset(participle for participle, _ in read_table("participles.tsv"))


def _kind(word: str) -> int:
    if word.isdigit():
        return _YEAR if _YEARS.fullmatch(word) else _FIGURE
    if _SCORES.fullmatch(word):
        return _SCORE
    return _kinds().get(word, _OTHER)


@cache
def _kinds() -> dict[str, int]:
    """Kinds of words and marks; a possessive may open a sentence."""
    kinds = {mark: kind for kind, marks in _MARKS.items() for mark in marks}
    for word, _ in read_table("possessives.tsv"):
        kinds[word] = kinds[word.capitalize()] = _POSSESSIVE
    after = {"year": _AFTER_YEAR, "count": _AFTER_COUNT, "month": _MONTH}
    return kinds | {word: after[kind] for word, kind, _ in read_table("beside_figures.tsv")}


@cache
def _usual_upos() -> dict[str, dict[str, str]]:
    """Parts of speech by word and by what the tagger says."""
    usual: dict[str, dict[str, str]] = {}
    for word, tagged, upos, _ in read_table("parts_of_speech.tsv"):
        usual.setdefault(word, {})[tagged] = upos
    return usual
