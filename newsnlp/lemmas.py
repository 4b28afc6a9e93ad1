"""Layer *resolve*: lemmas, chosen among the dictionary's parses by the tagger's reading.

Reference for what a lemma is: the Russian Universal Dependencies treebanks; lemmas are in lower
case, as the dictionary spells them (ё where it has it).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

import numpy as np

from newsnlp.caches import Remembered
from newsnlp.columns import Lemmas, Morphology, Tokens
from newsnlp.dictionary import CASES, GENDERS, Dictionary, Found, Paradigm, Parse, Tag
from newsnlp.name_endings import indeclinable_endings, nominative_by_ending
from newsnlp.readings import (
    MASCULINE,
    ORDINAL,
    Agreement,
    Correction,
    DistinctReadings,
    best_parse,
    correction_of,
    participles,
)
from newsnlp.schema import UPOS
from newsnlp.tables import read_table
from newsnlp.weights import load_bundled
from newsnlp.words import fold

_WITHOUT_FORMS = frozenset({"PUNCT", "SYM", "X"})
_NOUNS = frozenset({"NOUN", "PROPN"})
_LONGEST_ABBREVIATION = 6
_NAME_OR_NOMINATIVE = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "nomn"})
_NOMINAL = frozenset({"NOUN", "ADJ"})
_NOMINATIVE = frozenset({"nomn"})
_NEUTER_ADJECTIVE = frozenset({"ADJF", "neut"})
_NEUTER = frozenset({"nomn", "sing", "neut"})
_NOMINATIVE_SINGULAR = frozenset({"nomn", "sing"})
_ADVERB = frozenset({"ADJS", "neut"})
# How much less a reading may agree and still be taken for its frequency.
_REACH = 1.0
_PARTICIPLE_TAGS = frozenset({"ADJ", "NOUN"})
# Of these the form that stands for all is the lemma also in names.
_SAME_LEMMA = frozenset({"plur", "neut"})
_ORDINAL_TAGS = frozenset({"ADJ", "NUM"})
_CYRILLIC = re.compile("[а-яё]")
# Readings that a lemmatizer remembers: some 45 MB.
_REMEMBERED = 150_000
LEXICON = "readings.npz"

# A word with the tagger's part of speech and features.
Reading = tuple[str, str, str]


class Lemmatizer:
    """Lemmas of whole batches; each distinct word with its tag is read once and remembered.

    Args:
        dictionary: The dictionary.
    """

    def __init__(self, dictionary: Dictionary) -> None:
        # Of a word that is corrected the lemma and the correction: most are not.
        self._read: Remembered[Reading, str | tuple[str, Correction]] = Remembered(
            partial(read_anew, dictionary), _REMEMBERED, load_lexicon()
        )

    def read(self, tokens: Tokens, morphology: Morphology) -> tuple[Lemmas, Morphology]:
        """Lemmas of all tokens, and their morphology as the dictionary allows it.

        Args:
            tokens: Tokens of the batch.
            morphology: Their part of speech and features, as tagged.
        """
        found = DistinctReadings.of(tokens, morphology)
        readings = zip(found.words, found.upos, found.feats, strict=True)
        answers: list[Any] = [self._read[reading] for reading in readings]
        corrections: dict[int, Correction] = {}
        for reading, answer in enumerate(answers):
            if not isinstance(answer, str):
                answers[reading], corrections[reading] = answer
        rows: dict[str, int] = {}
        row = np.array([rows.setdefault(lemma, len(rows)) for lemma in answers], np.int64)
        row_of_token = row[found.row]
        corrected = found.corrected(morphology, corrections)
        for token, of_place in _before_names(tokens, corrected):
            row_of_token[token] = rows.setdefault(of_place, len(rows))
        return Lemmas(row_of_token, list(rows)), corrected


def load_lexicon() -> dict[Reading, str]:
    """Lemmas of frequent readings, which `training/lemmas/lexicon.py` found by `read_anew`.

    Raises:
        ModelError: The file is missing or damaged.
    """
    return load_bundled(LEXICON, lambda arrays, _: _parse_lexicon(arrays))


def _parse_lexicon(arrays: Mapping[str, Any]) -> dict[Reading, str]:
    words, lemmas, tags = (
        arrays[name].tobytes().decode("utf-8").split("\n") for name in ("words", "lemmas", "tags")
    )
    pairs = [tag.split("\t") for tag in tags]
    # Parts of speech and features are the tagger's own strings.
    upos, feats = ([sys.intern(pair[at]) for pair in pairs] for at in (0, 1))
    rows = arrays["tag"].tolist()
    return {
        (word, upos[row], feats[row]): lemma
        for word, row, lemma in zip(words, rows, lemmas, strict=True)
    }


def read_anew(dictionary: Dictionary, reading: Reading) -> str | tuple[str, Correction]:
    """Lemma of a word, and what it is if not what the tagger says.

    Args:
        dictionary: The dictionary.
        reading: The word, and part of speech and features as tagged.
    """
    word, upos, feats = reading
    lower = fold(word)
    found = dictionary.find(lower)
    correction = correction_of(dictionary, word, lower, found, upos, feats)
    if correction is None:
        return _lemma_of(dictionary, word, lower, found, upos, feats)
    return _lemma_of(dictionary, word, lower, found, *correction), correction


def _before_names(tokens: Tokens, morphology: Morphology) -> Iterator[tuple[int, str]]:
    """Tokens that a name makes a place, with lemmas: «в г. Минске», but not «в 2024 г. Минск»."""
    words, places = tokens.words, _places()
    rows = [row for row, word in enumerate(words) if word in places]
    is_name = (morphology.upos == UPOS.index("PROPN"))[morphology.tag]
    for i in np.flatnonzero(np.isin(tokens.word, rows)).tolist() if rows else ():
        abbreviation = words[tokens.word[i]]
        name = i + (1 if abbreviation.endswith(".") else 2)
        if name < len(is_name) and is_name[name] and tokens.sentence[name] == tokens.sentence[i]:
            first = i - (i > 0 and tokens.sentence[i - 1] == tokens.sentence[i])
            before, *stops, of_name = (words[row] for row in tokens.word[first : name + 1])
            is_abbreviated = abbreviation.endswith(".") or stops[-1:] == ["."]
            if is_abbreviated and of_name[:1].isupper() and not before[:1].isdigit():
                yield i, places[abbreviation]


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
    lower = fold(word)
    return _lemma_of(dictionary, word, lower, dictionary.find(lower), upos, feats)


def _lemma_of(
    dictionary: Dictionary, word: str, lower: str, found: Found, upos: str, feats: str
) -> str:
    if upos in _WITHOUT_FORMS:
        return word.lower()
    exceptions = _exceptions()
    lemma = exceptions.get((lower, upos)) or exceptions.get((lower, "*"))
    if lemma is not None:
        return lemma
    if upos in _ORDINAL_TAGS and (ordinal := ORDINAL.fullmatch(lower)):
        return f"{ordinal[1]}-й"
    if not _CYRILLIC.search(lower):
        return lower
    if upos in _NOUNS and _stays(dictionary, found, word, upos, feats):
        return lower
    by_ending = _by_ending(dictionary, found, upos, feats)
    return _by_parse(dictionary, lower, upos, feats) if by_ending is None else by_ending


def _stays(dictionary: Dictionary, found: Found, word: str, upos: str, feats: str) -> bool:
    """Whether a noun is its own lemma: an abbreviation, a name that never declines or is tagged so.

    A tagged nominative that the dictionary knows is read there: for its ё, and because the tagger
    errs where no form is a nominative.
    """
    is_abbreviation = word.isupper() and len(word) <= _LONGEST_ABBREVIATION
    is_nominative = upos == "PROPN" and "Case=Nom" in feats and "Number=Plur" not in feats
    if not is_abbreviation and not is_nominative:
        return upos == "PROPN" and fold(word).endswith(indeclinable_endings())
    tags = (dictionary.paradigm(number).tags[row] for _, places in found for number, row in places)
    if is_abbreviation:
        return not any(tag.upos == "NOUN" for tag in tags)
    return not any(
        tag.upos in _NOMINAL
        and "sing" in tag.grammemes
        and not _NAME_OR_NOMINATIVE.isdisjoint(tag.grammemes)
        for tag in tags
    )


def _by_parse(dictionary: Dictionary, word: str, upos: str, feats: str) -> str:
    parses = dictionary.parses(word)
    if upos in _NOUNS and parses and not parses[0].known:
        lemma = _of_unknown_noun(dictionary, word, upos, feats)
        if lemma is not None:
            return lemma
    lemmas = contenders(dictionary, word, upos, feats)
    lemma = next(lemmas, word)
    better = _preferences().get(lemma, frozenset())
    return next((other for other in lemmas if other in better), lemma) if better else lemma


def contenders(dictionary: Dictionary, word: str, upos: str, feats: str) -> Iterator[str]:
    """Lemmas of the readings that agree about as well as the best one, the likeliest first.

    Args:
        dictionary: The dictionary.
        word: A word, folded.
        upos: The tagger's part of speech.
        feats: The tagger's features in UD notation.

    Example:
        >>> list(contenders(Dictionary(), "стоя", "VERB", "VerbForm=Conv"))[:2]
        ['стоить', 'стоять']
    """
    parses = dictionary.parses(word)
    best = best_parse(dictionary, parses, upos, feats)
    if best is None:
        return
    yield _of_parse(best, upos, feats)
    agreement = dictionary.once(Agreement, (upos, feats))
    for parse in parses:
        if parse is not best and agreement[parse.tag] > agreement[best.tag] - _REACH:
            yield _of_parse(parse, upos, feats)


def _of_parse(parse: Parse, upos: str, feats: str) -> str:
    """Lemma of one reading."""
    if upos in _PARTICIPLE_TAGS and "PRTF" in parse.grammemes:
        return _of_participle(parse, upos, feats)
    wanted = _grammemes_of_lemma(parse.tag, upos)
    return (parse.form(*wanted) if wanted else None) or parse.variant


def _of_participle(parse: Parse, upos: str, feats: str) -> str:
    """Lemma of a participle that is tagged as an adjective or noun: most are verbs all the same."""
    adjective = parse.form(*MASCULINE)
    if adjective not in participles():
        return parse.lemma
    is_thing = upos == "NOUN" and "Animacy=Inan" in feats and "Number=Plur" not in feats
    return (parse.form(*_NOMINATIVE_SINGULAR) if is_thing else None) or adjective


def _of_unknown_noun(dictionary: Dictionary, word: str, upos: str, feats: str) -> str | None:
    """Lemma by pymorphy3's guess if the tagger says the same, by the ending of a name, or None."""
    tagged = dict(feature.split("=") for feature in feats.split("|") if feature)
    case, number, gender = (tagged.get(name, "") for name in ("Case", "Number", "Gender"))
    said = {f"{name}={tagged[name]}" for name in ("Case", "Number") if name in tagged}
    fitting = [
        guess
        for guess in dictionary.parses(word)
        if guess.upos == "NOUN" and said <= guess.tag.feats and "Fixd" not in guess.grammemes
    ]
    alike = [
        guess for guess in fitting if number == "Plur" or f"Gender={gender}" in guess.tag.feats
    ]
    if upos == "PROPN" and not alike:
        by_ending = nominative_by_ending(word, CASES.get(case, ""), GENDERS.get(gender, ""))
        if by_ending is not None:
            return by_ending
        alike = [guess for guess in fitting if "Surn" in guess.grammemes]
    guess = best_parse(dictionary, alike, upos, feats)
    if guess is None:
        return word if upos == "PROPN" else None
    lemma = _of_parse(guess, upos, feats)
    return lemma if upos == "NOUN" or "ё" in word else lemma.replace("ё", "е")


def _grammemes_of_lemma(tag: Tag, upos: str) -> frozenset[str]:
    """What to ask for where the form that stands for all in the dictionary is not the lemma.

    A name keeps its gender; «высший» stands under «высокий», a participle in a name under its
    verb, «быстрее» that is read as an adverb under «быстрый».
    """
    grammemes = tag.grammemes
    if upos == "PROPN" and tag.upos == "NOUN" and grammemes.isdisjoint(_SAME_LEMMA):
        return _NOMINATIVE
    if upos == "PROPN" and grammemes >= _NEUTER_ADJECTIVE:
        return _NEUTER
    if upos == "ADV" and ("COMP" in grammemes or grammemes >= _ADVERB):
        return _ADVERB
    if "Supr" in grammemes or (upos == "PROPN" and "PRTF" in grammemes):
        return MASCULINE
    return frozenset()


# The spelling (of those with е and ё), letters cut off before and after the stem, and those put on.
_Change = tuple[int, int, int, str, str]


def _by_ending(dictionary: Dictionary, found: Found, upos: str, feats: str) -> str | None:
    """Lemma of a word of the dictionary where the rows that it stands in tell it."""
    rows = tuple([tuple(places) for _, places in found])
    change = dictionary.once(_change, (rows, upos, feats)) if rows else None
    if change is None:
        return None
    spelling, before, after, prefix, suffix = change
    word, _ = found[spelling]
    return prefix + word[before : len(word) - after] + suffix


def _change(
    dictionary: Dictionary, reading: tuple[tuple[tuple[tuple[int, int], ...], ...], str, str]
) -> _Change | None:
    """How all words of the same rows become lemmas, None if that depends on how frequent each is.

    Most words share their rows with many others: they are asked for once.
    """
    rows, upos, feats = reading
    places = [
        (spelling, dictionary.paradigm(number), row)
        for spelling, places in enumerate(rows)
        for number, row in places
    ]
    if len(places) == 1:
        return _change_by_row(*places[0], upos)
    agreement = dictionary.once(Agreement, (upos, feats))
    agrees = [agreement[paradigm.tags[row]] for _, paradigm, row in places]
    reach = max(agrees) - _REACH
    changes = {
        _change_by_row(*place, upos)
        for place, well in zip(places, agrees, strict=True)
        if well >= reach
    }
    return changes.pop() if len(changes) == 1 else None


def _change_by_row(spelling: int, paradigm: Paradigm, row: int, upos: str) -> _Change | None:
    tag = paradigm.tags[row]
    if "Supr" in tag.grammemes or (upos in _PARTICIPLE_TAGS and "PRTF" in tag.grammemes):
        return None  # its stem decides
    wanted = _grammemes_of_lemma(tag, upos)
    nearest = paradigm.nearest(row, wanted) if wanted else None
    lemma = paradigm.base(row) if nearest is None else nearest
    before, after = paradigm.prefixes[row], paradigm.suffixes[row]
    return spelling, len(before), len(after), paradigm.prefixes[lemma], paradigm.suffixes[lemma]


@cache
def _exceptions() -> dict[tuple[str, str], str]:
    return {(word, upos): lemma for word, upos, lemma, _ in read_table("lemmas.tsv")}


@cache
def _preferences() -> dict[str, frozenset[str]]:
    """Lemmas that are better than one, where a form can be of both."""
    better: dict[str, frozenset[str]] = {}
    for lemma, other, _ in read_table("lemma_preferences.tsv"):
        better[other] = better.get(other, frozenset()) | {lemma}
    return better


@cache
def _places() -> dict[str, str]:
    return {word: lemma for word, lemma, _ in read_table("places_abbreviated.tsv")}
