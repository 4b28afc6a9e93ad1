"""Layer *resolve*: first, middle and last name and gender of a person out of a name."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from newsnlp.columns import Morphology, Spans, Tokens
from newsnlp.dictionary import Dictionary
from newsnlp.register import PERSON, Register
from newsnlp.words import fold, name_key

_PATRONYMIC = re.compile(r".+(?:[оеё]вич|ьич|мич|кич)|.+(?:[оеё]вна|[иы]чна)")
_FEMININE_SURNAME = re.compile(r".{2,}(?:[оеё]ва|[иы]на|ская|цкая|зкая|кызы)")
_MASCULINE_SURNAME = re.compile(r".{2,}(?:[оеё]в|[иы]н|ский|цкий|зкий|улы|оглы)")
_PATRONYMIC_ENDINGS = ("ич", "на")
_FULL = 3  # words of a name with a patronymic
_INITIAL = re.compile(r"\w\.?")
_INSTRUMENTAL = re.compile(r".{2,}(?:[оеё]м|[ыи]м)")  # of men
_CONSONANTS = tuple("бвгджзйклмнпрстфхцчшщ")


class PersonName(NamedTuple):
    """Parts of a person's name, "" for those that are not there; gender is "m", "f" or ""."""

    first: str
    middle: str
    last: str
    gender: str


def parts_of_name(dictionary: Dictionary, name: str) -> PersonName:
    """Parts of a person's name in the nominative.

    Args:
        dictionary: Tells first names from surnames.
        name: The name; its words may come in any usual order.

    Example:
        >>> tuple(parts_of_name(Dictionary(), "Касым-Жомарт Кемелевич Токаев"))
        ('Касым-Жомарт', 'Кемелевич', 'Токаев', 'm')
        >>> tuple(parts_of_name(Dictionary(), "Иванова Анна"))
        ('Анна', '', 'Иванова', 'f')
    """
    words = name.split()
    middle = next((word for word in words[1:] if is_patronymic(dictionary, word)), "")
    if not middle and len(words) == _FULL:  # of a name that the dictionary does not know
        middle = next((word for word in words[1:] if _PATRONYMIC.fullmatch(fold(word))), "")
    if middle:
        words.remove(middle)
    first, last = _first_and_last(dictionary, words, has_middle=bool(middle))
    return PersonName(first, middle, last, _gender(dictionary, first, middle, last))


def is_patronymic(dictionary: Dictionary, word: str) -> bool:
    """Whether a word is a patronymic, which surnames in -вич are not.

    Args:
        dictionary: Knows the patronymics of Russian first names.
        word: A word of a name in the nominative.

    Example:
        >>> is_patronymic(Dictionary(), "Кемелевич"), is_patronymic(Dictionary(), "Абраткевич")
        (False, False)
        >>> is_patronymic(Dictionary(), "Николаевна")
        True
    """
    return fold(word).endswith(_PATRONYMIC_ENDINGS) and any(
        {"Patr", "nomn"} <= tag.grammemes for tag in dictionary.known_tags(word)
    )


def _first_and_last(
    dictionary: Dictionary, words: list[str], *, has_middle: bool
) -> tuple[str, str]:
    if len(words) == 1:
        is_first = has_middle or is_first_name(dictionary, words[0])
        return (words[0], "") if is_first else ("", words[0])
    if not is_first_name(dictionary, words[0]) and is_first_name(dictionary, words[-1]):
        return words[-1], " ".join(words[:-1])
    given = [word for word in words[:-1] if not _INITIAL.fullmatch(word)]
    return (" ".join(words[:-1]) if given else "", words[-1])


def is_first_name(dictionary: Dictionary, word: str) -> bool:
    """Whether a word is a first name in the nominative.

    Args:
        dictionary: Knows first names.
        word: A word of a name.

    Example:
        >>> is_first_name(Dictionary(), "Евгения"), is_first_name(Dictionary(), "Токаев")
        (True, False)
    """
    return any({"Name", "nomn", "sing"} <= tag.grammemes for tag in dictionary.known_tags(word))


def _gender(dictionary: Dictionary, first: str, middle: str, last: str) -> str:
    """By the patronymic, else the first name, else the surname's ending."""
    if middle:
        return "f" if fold(middle).endswith("на") else "m"
    genders = {
        gender
        for tag in (dictionary.known_tags(first.split(maxsplit=1)[0]) if first else ())
        if {"Name", "nomn", "sing"} <= tag.grammemes
        for gender in ("masc", "femn")
        if gender in tag.grammemes
    }
    if len(genders) == 1:
        return "m" if genders == {"masc"} else "f"
    surname = fold(last)
    if _FEMININE_SURNAME.fullmatch(surname):
        return "f"
    return "m" if first and _MASCULINE_SURNAME.fullmatch(surname) else ""


def with_people_apart(
    dictionary: Dictionary,
    register: Register,
    tokens: Tokens,
    morphology: Morphology,
    spans: Spans,
) -> Spans:
    """Mentions in which a man in the instrumental and another in the nominative are two.

    «С Ильхамом Алиевым Путин встретился …»: words of one name share their case.

    Args:
        dictionary: Tells «Максим» from an instrumental.
        register: Knows whom a bare surname means.
        tokens: Tokens of the batch.
        morphology: Part of speech and features of the names' tokens.
        spans: Mentions.
    """
    several = (spans.type == PERSON) & (spans.token_stop - spans.token_start > 1)
    rows = []
    for row in np.flatnonzero(several).tolist():
        last = int(spans.token_stop[row]) - 1
        before, surname = (tokens.words[word] for word in tokens.word[[last - 1, last]].tolist())
        if (
            _INSTRUMENTAL.fullmatch(before)
            and surname.endswith(_CONSONANTS)
            and "Case=Ins" in morphology.feats[morphology.tag[last - 1]]
            and register.prominent(name_key(surname)) is not None
            and not any("nomn" in tag.grammemes for tag in dictionary.known_tags(before))
        ):
            rows.append(row)
    if not rows:
        return spans
    cut = spans.token_stop[rows] - 1
    stop = spans.token_stop.copy()
    stop[rows] = cut
    at = np.array(rows) + 1
    return Spans(
        np.insert(spans.doc, at, spans.doc[rows]),
        np.insert(spans.token_start, at, cut),
        np.insert(stop, at, cut + 1),
        np.insert(spans.type, at, PERSON),
        np.insert(spans.score, at, spans.score[rows]),
    )
