"""Layer *resolve*: names in the nominative, with agreement, in the publication's spelling.

In a person's name every word is inflected, in the gender of the first name. In other names the
head is inflected with the adjectives before it that agree; what depends on the head stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from newsnlp.columns import Ints, Morphology, Spans, Tokens
from newsnlp.dictionary import CASES, GENDERS, Dictionary, Parse, Tag
from newsnlp.name_endings import indeclinable_endings, nominative_by_ending
from newsnlp.readings import best_parse
from newsnlp.register import Register
from newsnlp.schema import TYPES, UPOS
from newsnlp.words import fold, is_kazakh, name_key, shared_start

_NAME_GRAMMEMES = frozenset({"Name", "Surn", "Patr"})
_ADJECTIVES = frozenset({"ADJF", "PRTF"})
_NUMBERS = frozenset({"sing", "plur"})
_SINGULAR, _PLURAL = frozenset({"sing"}), frozenset({"plur"})
_GENDERS = frozenset(GENDERS.values())
_QUOTES = frozenset("«»\"„“”'‘’(")
_MOST_WORDS = 4  # of a name all of whose readings are weighed
_PERSON = TYPES.index("PER")
# How a person's name may be read.
_CASES_AND_GENDERS = tuple(product(CASES.values(), ("masc", "femn")))

# Weights of the evidence for a reading of a person's name.
_CASE_TAG, _GENDER_TAG = 2.0, 0.5
_SEEN, _SEEN_IN_FULL = 1.0, 2.0
_REGISTERED = 2.0
_ADJECTIVE_ENDINGS = ("ий", "ый", "ой", "ая", "яя", "ое", "ее", "ые", "ие")
# Endings of oblique cases, and what the nominative may have instead, of singulars and of plurals.
_OBLIQUE = (
    (("ой", "ей", "ом", "ем", "ью", "а", "у", "е", "ы", "и", "ю", "я"), ("", "а", "я", "й", "ь")),
    (("ами", "ями", "ов", "ев", "ам", "ям", "ах", "ях", ""), ("ы", "и", "а")),
)
_SHORTEST_INFLECTED = 4
_SHORTEST_IN_CAPITALS = 5  # letters of a word in capitals that may not be an abbreviation
_FLEETING_OUT, _FLEETING_IN = re.compile("[бвгджзлмнпрст][кцн]$"), re.compile("[ое][кц]$")
_NAME, _KNOWN, _GUESS, _ENDING, _NOTHING, _EXCLUDED = 1.0, 0.7, 0.6, 0.5, -0.2, -1.0
_FIXED = 0.45
# Endings that no nominative of a person's name has, and what speaks against leaving them.
_NO_NOMINATIVE, _LEFT = ("ию", "ую", "ому"), -3.0


class Word(NamedTuple):
    """A word of a name with the tagger's reading of it."""

    text: str
    upos: str
    feats: str

    def feature(self, name: str) -> str:
        """Value of a UD feature, "" where it has none."""
        _, _, rest = f"|{self.feats}".partition(f"|{name}=")
        return rest.partition("|")[0]

    @property
    def case(self) -> str:
        """Case in OpenCorpora's terms, "" where it has none."""
        return CASES.get(self.feature("Case"), "")

    @property
    def gender(self) -> str:
        """Gender in OpenCorpora's terms, "" where it has none."""
        return GENDERS.get(self.feature("Gender"), "")


def normal_forms(
    dictionary: Dictionary,
    register: Register,
    tokens: Tokens,
    morphology: Morphology,
    spans: Spans,
) -> list[str]:
    """Normal form of every mention.

    Args:
        dictionary: The dictionary.
        register: Its names speak for a reading.
        tokens: Tokens of the batch.
        morphology: Part of speech and features of the tokens.
        spans: The mentions.
    """
    names, row = _distinct_names(tokens, morphology, spans)
    readings = [
        _registered(register, dictionary.once(_likely_readings, name.words))
        if name.is_person
        else ((_registered_phrase(dictionary, register, name), 0.0),)
        for name in names
    ]
    # What else stands in an article decides how a person's name is read there.
    place, row = np.unique(spans.doc * len(names) + row, return_inverse=True)
    docs, rows = (part.tolist() for part in np.divmod(place, max(len(names), 1)))
    tagged = [name.in_nominative for name in names]
    in_nominative = {(doc, form) for doc, at in zip(docs, rows, strict=True) for form in tagged[at]}
    surnames = {
        (doc, tagged[at][-1])
        for doc, at in zip(docs, rows, strict=True)
        if len(tagged[at]) == len(names[at].words) > 1
    }
    normal = [
        _joined(_best(readings[at], doc, in_nominative, surnames), names[at].spaced)
        for doc, at in zip(docs, rows, strict=True)
    ]
    return [normal[at] for at in row.tolist()]


# Plain tuples, which the garbage collector need not look through: many are remembered.
Words = tuple[tuple[str, str, str], ...]
Readings = tuple[tuple[tuple[str, ...], float], ...]
Forms = tuple[tuple[str, float], ...]


class _Name(NamedTuple):
    """A name as it is written: fields of its words, and before which of them a space stands."""

    is_person: bool
    words: Words
    spaced: tuple[bool, ...]

    @property
    def in_nominative(self) -> list[str]:
        """Words of a person's name that are tagged so."""
        return [word[0] for word in self.words if self.is_person and Word(*word).case == "nomn"]


def _distinct_names(
    tokens: Tokens, morphology: Morphology, spans: Spans
) -> tuple[list[_Name], Ints]:
    """The distinct names, and the row of each mention's name among them."""
    spaced = np.zeros(len(tokens.start), np.int64)
    spaced[1:] = tokens.start[1:] > tokens.stop[:-1]
    n_tags = len(morphology.feats)
    codes = ((tokens.word * n_tags + morphology.tag) * 2 + spaced).tolist()
    rows: dict[tuple[bool, ...], int] = {}
    row = [
        rows.setdefault((is_person, *codes[start:stop]), len(rows))
        for is_person, start, stop in zip(
            (spans.type == _PERSON).tolist(),
            spans.token_start.tolist(),
            spans.token_stop.tolist(),
            strict=True,
        )
    ]
    upos = [UPOS[code] for code in morphology.upos.tolist()]

    def word(code: int) -> tuple[str, str, str]:
        spelling, tag = divmod(code // 2, n_tags)
        return tokens.words[spelling], upos[tag], morphology.feats[tag]

    names = [
        _Name(is_person, tuple(map(word, name)), tuple([code % 2 == 1 for code in name]))
        for is_person, *name in rows
    ]
    return names, np.array(row, np.int64)


def _best(
    readings: Readings,
    doc: int,
    in_nominative: set[tuple[int, str]],
    surnames: set[tuple[int, str]],
) -> tuple[str, ...]:
    """The likeliest reading; that its words stand in the article so speaks for it.

    A surname of a full name does most: «Леонтьева» beside «Светлана Леонтьева» is she, not his.
    """
    if len(readings) == 1:
        return readings[0][0]

    def weight(reading: tuple[tuple[str, ...], float]) -> float:
        forms, fit = reading
        seen = _SEEN * sum([(doc, form) in in_nominative for form in forms])
        return fit + seen + _SEEN_IN_FULL * (len(forms) == 1 and (doc, forms[0]) in surnames)

    return max(readings, key=weight)[0]


def _registered(register: Register, readings: Readings) -> Readings:
    """Readings, those of people whom the register knows likelier than they were."""
    if len(readings) == 1 and not any(_with_other_vowels(readings[0][0])):
        return readings
    known = []
    for forms, weight in readings:
        for spelled in (forms, *_with_other_vowels(forms)):
            is_known = register.has_person([name_key(form) for form in spelled])
            if is_known or spelled is forms:
                known.append((spelled, weight + _REGISTERED * is_known))
    return tuple(known)


def _registered_phrase(dictionary: Dictionary, register: Register, name: _Name) -> tuple[str, ...]:
    """A phrase whose last word is in an oblique case, in the nominative that the register has.

    «Алросе» may be of «Алрос» or «Алроса». What case a lone word is in that the dictionary does not
    know is no more than the tagger's guess: «Костаная» looks like an adjective.
    """
    forms = dictionary.once(_normal_phrase, name.words)
    last = Word(*name.words[-1])
    if len(name.words) == 1 and register.has_name(name_key(last.text)):
        return (last.text,)  # «Семей», not «Семьи»
    if register.has_name(name_key(_joined(forms, name.spaced))):
        return forms
    is_noun = last.case not in ("", "nomn") and last.upos in ("NOUN", "PROPN")
    is_guess = len(name.words) == 1 and _declines(last) and not dictionary.known_tags(last.text)
    if not (is_noun or is_guess) or _depends(name, forms) or len(last.text) < _SHORTEST_INFLECTED:
        return forms
    for other in _other_nominatives(last.text):
        phrase = (*forms[:-1], other)
        if register.has_name(name_key(_joined(phrase, name.spaced))):
            return phrase
    return forms


def _depends(name: _Name, forms: tuple[str, ...]) -> bool:
    """Whether the last word is a genitive that belongs to the noun before it: «Партии свободы»."""
    if len(forms) == 1:
        return False
    before, last = (Word(*word) for word in name.words[-2:])
    is_head = before.text != forms[-2] and before.upos in ("NOUN", "PROPN")
    is_adjective = forms[-2].endswith(_ADJECTIVE_ENDINGS)
    return is_head and not is_adjective and last.case == "gent" and last.text.islower()


def _other_nominatives(word: str) -> Iterator[str]:
    """What a word in an oblique case may be in the nominative, by its ending alone."""
    lower = word.lower()
    for endings, nominatives in _OBLIQUE:
        for ending in endings:
            if lower.endswith(ending):
                stem = word[: len(word) - len(ending)]
                for nominative in nominatives:
                    yield stem + (nominative.upper() if word.isupper() else nominative)


def _with_other_vowels(forms: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Readings with a vowel in the last word that oblique cases leave out: «Знарок», «Знарка»."""
    *given, surname = forms
    if _FLEETING_OUT.search(surname):
        for vowel in "ое":
            yield (*given, f"{surname[:-1]}{vowel}{surname[-1]}")
    elif _FLEETING_IN.search(surname):
        yield (*given, surname[:-2] + surname[-1])


def _joined(words: tuple[str, ...], spaced: tuple[bool, ...]) -> str:
    """A name out of its words."""
    rest = [f" {word}" if space else word for word, space in zip(words, spaced, strict=True)]
    return "".join((words[0], *rest[1:]))


def _likely_readings(dictionary: Dictionary, words: Words) -> Readings:
    """Readings of a person's name that can be the likeliest in some article."""
    name = [Word(*word) for word in words]
    if all(word.case == "nomn" and dictionary.once(_can_be_nominative, word.text) for word in name):
        # Then no other case can outweigh the tagger's, whatever forms stand in the article.
        return ((tuple([word.text for word in name]), 0.0),)
    readings = person_readings(dictionary, name)
    best = max(readings.values())
    most = _SEEN * len(words) + _SEEN_IN_FULL * (len(words) == 1)
    return tuple([reading for reading in readings.items() if reading[1] + most >= best])


def person_readings(dictionary: Dictionary, words: Sequence[Word]) -> dict[tuple[str, ...], float]:
    """Readings of a person's name: its words in the nominative, and how likely the reading is.

    All words share case and gender: each pair of the two is weighed by what the tagger says and by
    what forms the words can be.

    Args:
        dictionary: The dictionary.
        words: The name's words.

    Example:
        >>> words = [Word("Пола", "PROPN", "Case=Gen|Gender=Masc|Number=Sing"),
        ...          Word("Вайрауха", "PROPN", "Case=Gen|Gender=Masc|Number=Sing")]
        >>> readings = person_readings(Dictionary(), words)
        >>> max(readings, key=readings.get)
        ('Пол', 'Вайраух')
    """
    options = [
        dictionary.once(_nominatives, word.text) if _declines(word) else _as_it_is(word.text)
        for word in words
    ]
    if len(words) > _MOST_WORDS:
        options = [tuple([forms[:1] for forms in option]) for option in options]
    cases, genders = [word.case for word in words], [word.gender for word in words]
    readings: dict[tuple[str, ...], float] = {}
    for (case, gender), *forms_of_words in zip(_CASES_AND_GENDERS, *options, strict=True):
        tagged = _CASE_TAG * cases.count(case) + _GENDER_TAG * genders.count(gender)
        for choice in product(*forms_of_words):
            forms, fits = zip(*choice, strict=True)
            weight = tagged + sum(fits)
            readings[forms] = max(weight, readings.get(forms, weight))
    return readings


def normal_phrase(dictionary: Dictionary, words: Sequence[Word]) -> list[str]:
    """Words of an organisation's or place's name, its head in the nominative.

    Args:
        dictionary: The dictionary.
        words: The name's words.

    Example:
        >>> words = [Word("Совета", "NOUN", "Case=Gen|Gender=Masc|Number=Sing"),
        ...          Word("коллективной", "ADJ", "Case=Gen|Gender=Fem|Number=Sing"),
        ...          Word("безопасности", "NOUN", "Case=Gen|Gender=Fem|Number=Sing")]
        >>> normal_phrase(Dictionary(), words)
        ['Совет', 'коллективной', 'безопасности']
    """
    return list(dictionary.once(_normal_phrase, tuple([(*word,) for word in words])))


def _normal_phrase(dictionary: Dictionary, plain: Words) -> tuple[str, ...]:
    words = [Word(*word) for word in plain]
    forms = [word.text for word in words]
    parses = [_nominal_parses(dictionary, word) for word in words]
    row = _head(words, parses)
    if row is None or _is_kazakh_phrase(words, row):
        return tuple(forms)
    head = _head_reading(dictionary, words, parses, row)
    if head is None or "nomn" in head.grammemes:
        return tuple(forms)
    number = head.grammemes & _NUMBERS
    if _is_shared(words[:row], parses[:row], head):
        number = frozenset({"sing"})
    agreement = number if "plur" in number else number | (head.grammemes & _GENDERS)
    forms[row] = _respelled(words[row].text, head.form("nomn", *number))
    last = _after_place(words, head, row)
    for i in (*range(row), *last):
        adjective = _agreeing(parses[i], head, number)
        if adjective is not None:
            forms[i] = _respelled(words[i].text, adjective.form("nomn", *agreement))
    return tuple(forms)


def _is_kazakh_phrase(words: Sequence[Word], head: int) -> bool:
    """Whether a name is in Kazakh: «Таза Қазақстан», not «область Жетісу»."""
    after = words[head + 1 :]
    return words[head].text[:1].isupper() and any(is_kazakh(word.text) for word in after)


def _is_shared(before: Sequence[Word], parses: list[list[Parse]], head: Parse) -> bool:
    """Whether a plural is of several names of which one is here: «Донецкой областей»."""
    return "plur" in head.grammemes and any(
        options
        and _is_adjective(word, options)
        and _agreeing(options, head, _PLURAL) is None
        and _agreeing(options, head, _SINGULAR) is not None
        for word, options in zip(before, parses, strict=True)
    )


def _after_place(words: Sequence[Word], head: Parse, row: int) -> tuple[int, ...]:
    """Row of an adjective that ends a town's name: «Ростов Великий»."""
    is_last = row + 2 == len(words) and words[row + 1].text[:1].isupper()
    return (row + 1,) if is_last and "Geox" in head.grammemes else ()


def _nominal_parses(dictionary: Dictionary, word: Word) -> list[Parse]:
    if not _declines(word):
        return []
    parses = [
        parse
        for parse in dictionary.parses(word.text)
        if parse.upos == "NOUN" or not _ADJECTIVES.isdisjoint(parse.grammemes)
    ]
    # Abbreviations stay; words of the dictionary are inflected in capitals too: «БАШКИРИИ».
    is_word = parses and parses[0].known and not any("Abbr" in each.grammemes for each in parses)
    return parses if is_word or not word.text.isupper() else []


def _head_reading(
    dictionary: Dictionary, words: Sequence[Word], parses: list[list[Parse]], row: int
) -> Parse | None:
    """The head as the tagger reads it, if its adjectives can agree with that, else as they do."""
    word, options = words[row], parses[row]
    if not options:
        return None
    best = best_parse(dictionary, options, word.upos, word.feats)
    adjectives = [i for i in range(row) if parses[i] and _is_adjective(words[i], parses[i])]
    fitting = [
        parse
        for parse in options
        if all(_agreeing(parses[i], parse, parse.grammemes & _NUMBERS) for i in adjectives)
    ]
    if adjectives and fitting and best not in fitting:
        best = best_parse(dictionary, fitting, word.upos, word.feats)
    if best is None or (adjectives and best in fitting):
        return best
    # A name that is alone may look like another word's form, as «Семей» does.
    is_as_it_is = len(words) == 1 and _is_nominative_singular(word)
    is_sure = best.known and not (is_as_it_is and "plur" in best.grammemes)
    return best if is_sure or _agrees(best, word) else None


def _declines(word: Word) -> bool:
    """Whether a word can have case endings: not an abbreviation, a foreign word or a mark."""
    if word.upos in ("PUNCT", "NUM", "ADP", "CCONJ", "SYM"):
        return False
    folded = fold(word.text)
    return (
        folded[:1] >= "а"
        and not (word.text.isupper() and len(word.text) < _SHORTEST_IN_CAPITALS)
        and not folded.endswith(indeclinable_endings())
    )


def _as_it_is(text: str) -> tuple[Forms, ...]:
    return (((text, _NAME),),) * len(_CASES_AND_GENDERS)


def _nominatives(dictionary: Dictionary, text: str) -> tuple[Forms, ...]:
    """Nominatives of one word of a name, with how well each fits, for each case and gender."""
    parses = dictionary.parses(text)
    if not parses:
        return _as_it_is(text)
    known = parses[0].known
    named = known and any(_NAME_GRAMMEMES & parse.grammemes for parse in parses)
    excluded = known and not any({"nomn", "sing"} <= parse.grammemes for parse in parses)
    fitting: dict[tuple[str, str], list[Parse]] = {reading: [] for reading in _CASES_AND_GENDERS}
    for parse in parses:
        if known or "Fixd" not in parse.grammemes:
            for reading in dictionary.once(_cases_and_genders, parse.tag):
                fitting[reading].append(parse)
    folded = fold(text)
    left = _LEFT if folded.endswith(_NO_NOMINATIVE) else _EXCLUDED
    nominatives: list[Forms] = []
    for (case, gender), options in fitting.items():
        if case == "nomn":
            is_oblique = excluded or left == _LEFT
            fit = left if is_oblique else _NAME if named and options else _GUESS
            nominatives.append(((text, fit),))
        else:
            by_parse = _by_parse(text, options, _NAME if named else _KNOWN if known else _GUESS)
            is_sure = known and by_parse and by_parse[0][1] != _FIXED
            by_ending = () if is_sure else _by_ending(text, folded, case, gender)
            nominatives.append(
                (*by_parse, *by_ending) or ((text, left if named or left == _LEFT else _NOTHING),)
            )
    same = {forms: forms for forms in nominatives}  # most are like others: one object is kept
    return tuple([same[forms] for forms in nominatives])


def _can_be_nominative(dictionary: Dictionary, text: str) -> bool:
    tags = dictionary.known_tags(text)
    return not tags or any({"nomn", "sing"} <= tag.grammemes for tag in tags)


def _cases_and_genders(_: Dictionary, tag: Tag) -> tuple[tuple[str, str], ...]:
    """Cases and genders in which a word of this tag can stand in a person's name."""
    return tuple(
        [
            (case, gender)
            for case, gender in _CASES_AND_GENDERS
            if {case, "sing"} <= tag.grammemes and {gender, "ms-f", "GNdr"} & tag.grammemes
        ]
    )


def _by_parse(text: str, parses: list[Parse], fit: float) -> Forms:
    """Nominative of a word by its parses in a case and gender, none where it has none."""
    if not parses:
        return ()
    best = max(parses, key=lambda p: (bool(_NAME_GRAMMEMES & p.grammemes), p.score))
    is_fixed = "Fixd" in best.grammemes  # a name that never declines, or one of another
    return ((_respelled(text, best.form("nomn", "sing")), _FIXED if is_fixed else fit),)


def _by_ending(text: str, folded: str, case: str, gender: str) -> Forms:
    """Nominative by the endings of names, for a word that the dictionary cannot read so."""
    nominative = nominative_by_ending(folded, case, gender)
    return () if nominative is None else ((_respelled(text, nominative), _ENDING),)


def _head(words: Sequence[Word], parses: list[list[Parse]]) -> int | None:
    """Row of the head: the first noun, or the last of the adjectives where no noun follows."""
    adjective = None
    for i, (word, options) in enumerate(zip(words, parses, strict=True)):
        if word.text in _QUOTES and i:
            break
        if not options:
            if word.text in _QUOTES:
                continue
            break
        if _is_adjective(word, options) or _modifies_next(words, parses, i):
            adjective = i
        elif word.upos in ("NOUN", "PROPN") or any(parse.upos == "NOUN" for parse in options):
            return i
        else:
            break
    return adjective


def _modifies_next(words: Sequence[Word], parses: list[list[Parse]], i: int) -> bool:
    """Whether a noun that was an adjective is one here: «присяжный заседатель»."""
    adjectives = [parse for parse in parses[i] if "ADJF" in parse.grammemes]
    if not adjectives or i + 1 == len(words) or words[i + 1].upos not in ("NOUN", "PROPN"):
        return False
    case = words[i].case
    nouns = [parse for parse in parses[i + 1] if parse.upos == "NOUN" and case in parse.grammemes]
    return words[i + 1].case == case and any(
        _agreeing(adjectives, noun, noun.grammemes & _NUMBERS) for noun in nouns
    )


def _is_adjective(word: Word, options: list[Parse]) -> bool:
    if word.upos in ("ADJ", "DET"):
        return True
    first = options[0]
    return first.known and not _ADJECTIVES.isdisjoint(first.grammemes) and word.upos != "NOUN"


def _is_nominative_singular(word: Word) -> bool:
    """Whether a word is tagged as a nominative, or as an accusative that looks like one."""
    return word.case in ("nomn", "accs") and word.feature("Number") == "Sing"


def _agrees(parse: Parse, word: Word) -> bool:
    """Whether a reading has the case and number that the tagger gives the word."""
    number = {"Sing": "sing", "Plur": "plur"}.get(word.feature("Number"), "")
    return {word.case, number} <= parse.grammemes


def _agreeing(options: list[Parse], head: Parse, number: frozenset[str]) -> Parse | None:
    """An adjective's reading in the case and gender of its head, and in a number."""
    cases = head.grammemes & set(CASES.values())
    gender = head.grammemes & _GENDERS if "sing" in number else set()
    for parse in options:
        if (
            not _ADJECTIVES.isdisjoint(parse.grammemes)
            and cases | number | gender <= parse.grammemes
        ):
            return parse
    return None


def _respelled(text: str, form: str | None) -> str:
    """A form of the dictionary's in the spelling of the word that it comes from."""
    if form is None:
        return text
    base = text
    if len(fold(text)) < len(text):  # stress marks and soft hyphens
        base = "".join(letter for letter in text if fold(letter))
    parts, wanted = base.split("-"), form.split("-")
    if len(parts) != len(wanted):
        parts, wanted = [base], [form]
    return "-".join(map(_respelled_part, parts, wanted))


def _respelled_part(base: str, form: str) -> str:
    plain, wanted = fold(base).replace("ё", "е"), form.replace("ё", "е")
    same = shared_start(plain, wanted)
    ending = form[same:] if "ё" in plain else wanted[same:]
    return base[:same] + (ending.upper() if base.isupper() and len(base) > 1 else ending)
