"""Parses and forms are pymorphy3's own, and no answer depends on what was asked before."""

import pytest
from pymorphy3 import MorphAnalyzer

from newsnlp import dictionary as module
from newsnlp.dictionary import Dictionary
from newsnlp.lemmas import _by_ending, _by_parse, lemma_of
from newsnlp.normal_forms import Word, _likely_readings, normal_phrase, person_readings

KNOWN = "стали все еще выборам высшей лучший рублей пяти путина москву шел украденных и по-русски"
GUESSED = "вайрауха токаевым неразведанным суперлига хайпят человека-паука смотри-ка по-медвежьи"
FOREIGN = "brexit xiv 2018 19-летний ту-154 , ї"
TAGS = (
    ("NOUN", "Animacy=Inan|Case=Gen|Gender=Fem|Number=Sing"),
    ("NOUN", "Animacy=Anim|Case=Ins|Gender=Masc|Number=Sing"),
    ("PROPN", "Animacy=Anim|Case=Nom|Gender=Masc|Number=Sing"),
    ("PROPN", "Animacy=Inan|Case=Acc|Gender=Fem|Number=Sing"),
    ("ADJ", "Case=Gen|Degree=Pos|Gender=Fem|Number=Sing"),
    ("VERB", "Aspect=Perf|Mood=Ind|Number=Plur|Tense=Past|VerbForm=Fin|Voice=Act"),
    ("ADV", "Degree=Pos"),
    ("NUM", "Case=Gen"),
)
WORDS = f"{KNOWN} {GUESSED} {FOREIGN}".split()
NAMES = ("Пола Вайрауха", "Барак Обама", "Касым-Жомарта Токаева", "Джо Байден", "ОДКБ", "Ї")


@pytest.fixture(scope="module")
def dictionary():
    return Dictionary()


@pytest.fixture(scope="module")
def analyzer():
    return MorphAnalyzer()


@pytest.mark.parametrize("word", WORDS)
def test_parses(dictionary, analyzer, word):
    found = [
        (parse.word, parse.lemma, parse.grammemes, parse.score, parse.known)
        for parse in dictionary.parses(word)
    ]
    assert found == [
        (
            parse.word, parse.normal_form, parse.tag.grammemes, parse.score,
            analyzer.word_is_known(word),
        )
        for parse in analyzer.parse(word)
    ]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("grammemes", [{"nomn"}, {"nomn", "sing"}, {"nomn", "sing", "masc"}])
def test_forms(dictionary, analyzer, word, grammemes):
    for parse, reading in zip(dictionary.parses(word), analyzer.parse(word), strict=True):
        form = reading.inflect(grammemes)
        if "Supr" not in parse.grammemes:
            assert parse.form(*grammemes) == (None if form is None else form.word)


@pytest.mark.parametrize(("upos", "feats"), TAGS)
def test_the_short_way_to_a_lemma_ends_where_the_parse_does(dictionary, upos, feats):
    for word in WORDS:
        lemma = _by_ending(dictionary, dictionary.find(word), upos, feats)
        assert lemma in (None, _by_parse(dictionary, word, upos, feats))


@pytest.mark.parametrize("case", ["Nom", "Gen"])
@pytest.mark.parametrize("name", NAMES)
def test_readings_that_can_be_the_likeliest_hold_the_likeliest(dictionary, name, case):
    feats = f"Animacy=Anim|Case={case}|Gender=Masc|Number=Sing"
    words = tuple((word, "PROPN", feats) for word in name.split())
    readings = person_readings(dictionary, [Word(*word) for word in words])
    likely = dict(_likely_readings(dictionary, words))
    assert max(likely, key=likely.get) == max(readings, key=readings.get)


def test_what_was_asked_before_changes_no_answer(dictionary, monkeypatch):
    def answers(one):
        lemmas = [lemma_of(one, word, *tag) for word in WORDS for tag in TAGS]
        phrases = [normal_phrase(one, [Word(word, *tag)]) for word in WORDS for tag in TAGS]
        people = [person_readings(one, [Word(word, *tag)]) for word in WORDS for tag in TAGS]
        return lemmas, phrases, people

    monkeypatch.setattr(module, "_REMEMBERED", 3)
    forgetful = Dictionary()
    assert answers(forgetful) == answers(dictionary)
    assert all(len(known) <= 3 for known in forgetful._answers.values())
    assert answers(forgetful) == answers(dictionary)
