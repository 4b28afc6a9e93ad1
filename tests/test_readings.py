"""Parts of speech that the dictionary and the neighbours allow, as tables of cases."""

from itertools import zip_longest

import numpy as np
import pytest

from newsnlp.columns import Morphology, Tokens
from newsnlp.dictionary import Dictionary
from newsnlp.readings import correction_of, in_context
from newsnlp.schema import UPOS
from newsnlp.words import fold


@pytest.fixture(scope="module")
def dictionary():
    return Dictionary()


# token, tagged part of speech, features; part of speech that it gets, "-" where it stays
CORRECTIONS = """
радиопрозрачных   NOUN   Case=Gen|Number=Plur   ADJ
покрытий          ADJ    Case=Gen|Number=Plur   NOUN
подбассейн        ADJ    Case=Nom|Number=Sing   NOUN
расположены       ADJ    Variant=Short          VERB
описанного        ADJ    Case=Gen|Number=Sing   VERB
уверенного        ADJ    Case=Gen|Number=Sing   -
подозреваемый     NOUN   Case=Nom|Number=Sing   -
сказало           ADJ    -                      VERB
нём               NOUN   Case=Loc               PRON
бога              PROPN  Case=Gen|Number=Sing   NOUN
Бога              PROPN  Case=Gen|Number=Sing   -
Сигал             PROPN  Case=Nom|Number=Sing   -
Касательно        PROPN  -                      -
Говорится         PROPN  Case=Nom|Number=Sing   VERB
Признался         PROPN  Case=Nom|Number=Sing   VERB
Бытует            PROPN  Case=Nom|Number=Sing   VERB
Принять           PROPN  Case=Nom|Number=Sing   VERB
Смолов            PROPN  Case=Nom|Number=Sing   -
Строил            PROPN  Case=Nom|Number=Sing   -
Наполи            PROPN  Case=Nom|Number=Sing   -
Чиркова           PROPN  Case=Gen|Number=Sing   -
Лейся             PROPN  Case=Nom|Number=Sing   -
стали             NOUN   Case=Gen|Number=Sing   -
стали             VERB   Number=Plur            -
было              AUX    Number=Sing            -
который           PRON   Case=Nom               -
один              NUM    Case=Nom               -
можно             ADV    -                      VERB
больше            NUM    -                      ADV
Соединённых       VERB   -                      ADJ
3-й               NUM    -                      ADJ
24-сильный        NUM    -                      ADJ
90-х              NUM    -                      ADJ
152-мм            NUM    -                      ADJ
2-х               NUM    -                      -
20-ти             NUM    -                      -
2-НДФЛ            NUM    -                      -
И                 PROPN  -                      -
|                 PUNCT  -                      -
3:0               ADJ    -                      NUM
12,5              ADJ    -                      NUM
#Минск            PUNCT  -                      X
@tengrinews       PUNCT  -                      PROPN
€                 PUNCT  -                      SYM
«                 PUNCT  -                      -
Tesla             PROPN  -                      -
ᠪᠠᠶᠠᠷ             NOUN   -                      -
"""


def correction(dictionary, word, upos, feats):
    lower = fold(word)
    return correction_of(dictionary, word, lower, dictionary.find(lower), upos, feats)


@pytest.mark.parametrize("case", CORRECTIONS.strip().splitlines())
def test_correction(dictionary, case):
    word, upos, feats, expected = case.split()
    found = correction(dictionary, word, upos, "" if feats == "-" else feats)
    assert ("-" if found is None else found[0]) == expected


def test_a_correction_has_the_features_of_the_reading_that_agrees_best(dictionary):
    tagged = "NOUN", "Animacy=Inan|Case=Gen|Gender=Fem|Number=Plur"
    assert correction(dictionary, "радиопрозрачных", *tagged) == (
        "ADJ",
        "Case=Gen|Degree=Pos|Number=Plur",
    )


def test_a_correction_by_table_keeps_the_features_of_nouns(dictionary):
    feats = "Aspect=Perf|Case=Gen|Number=Plur|Tense=Past|VerbForm=Part|Voice=Pass"
    assert correction(dictionary, "Соединённых", "VERB", feats) == (
        "ADJ",
        "Case=Gen|Number=Plur",
    )
    assert correction(dictionary, "можно", "ADV", "Degree=Pos") == ("VERB", "")


# tokens with the part of speech that the tagger gives, and another one that it gets
CONTEXTS = """
видел/VERB его/PRON/DET брата/NOUN
её/PRON/DET новая/ADJ книга/NOUN
брат/NOUN видел/VERB его/PRON
суд/NOUN признал/VERB его/PRON виновным/ADJ ./PUNCT
назвал/VERB его/PRON героем/NOUN/Ins года/NOUN
задержала/VERB их/PRON утром/NOUN/Ins
под/ADP его/PRON/DET руководством/NOUN/Ins
их/PRON не/PART было/VERB
о/ADP них/PRON
(/PUNCT 1904/NUM/ADJ —/PUNCT 1905/NUM/ADJ )/PUNCT
(/PUNCT 1904/NUM/ADJ --/PUNCT 1905/ADJ )/PUNCT
в/ADP 1767/NUM/ADJ г./NOUN
1/ADJ мая/NOUN 1904/NUM/ADJ отряд/NOUN выступил/VERB
в/ADP мае/NOUN 1500/NUM человек/NOUN
в/ADP 1923/NUM/ADJ —/PUNCT 1924/NUM/ADJ он/PRON работал/VERB
с/ADP 1850/NUM до/ADP 1950/NUM рублей/NOUN
около/ADP 1850/NUM —/PUNCT 1950/NUM человек/NOUN
Эвакуированы/VERB 1850/NUM (/PUNCT из/ADP них/PRON 200/NUM детей/NOUN )/PUNCT
жертв/NOUN 1800/NUM ./PUNCT
1500/NUM человек/NOUN
1500/NUM $/SYM
12/NUM )/PUNCT
12/ADJ/NUM тыс./NOUN рублей/NOUN
12/ADJ мая/NOUN
победил/VERB (/PUNCT 24-11/ADJ/NUM )/PUNCT
победил/VERB (/PUNCT 6-4/ADJ/NUM ,/PUNCT 6-3/NUM )/PUNCT
24-25/ADJ мая/NOUN
"""


def morphology_of(upos, feats=None):
    codes = np.array([UPOS.index(each) for each in upos])
    return Morphology(np.arange(len(upos)), codes, feats or [""] * len(upos))


@pytest.mark.parametrize("case", CONTEXTS.strip().splitlines())
def test_in_context(case):
    words, *tags = zip_longest(*(token.split("/") for token in case.split()))
    upos, expected = tags[0], tags[1] if len(tags) > 1 else tags[0]
    feats = ["Case=Ins" if each == "Ins" else "" for each in expected]
    expected = [new if new in UPOS else old for old, new in zip(upos, expected, strict=True)]
    row = np.arange(len(words))
    tokens = Tokens(row * 0, row * 0, row, row + 1, row, list(words))
    found = in_context(tokens, morphology_of(upos, feats))
    assert [UPOS[code] for code in found.upos[found.tag]] == expected


def test_the_next_sentence_is_no_neighbour():
    cases = [("его", "PRON"), ("Брат", "NOUN"), ("1904", "NUM"), ("Человек", "NOUN")]
    row = np.arange(4)
    tokens = Tokens(row * 0, row, row, row + 1, row, [word for word, _ in cases])
    found = in_context(tokens, morphology_of([upos for _, upos in cases]))
    assert [UPOS[code] for code in found.upos[found.tag]] == ["PRON", "NOUN", "ADJ", "NOUN"]


def test_nothing_is_no_error():
    nothing = np.zeros(0, np.int64)
    tokens = Tokens(*[nothing] * 5, [])
    assert len(in_context(tokens, Morphology(nothing, nothing, [])).tag) == 0


def test_tokens_have_the_corrected_part_of_speech_and_its_lemma(annotator):
    tokens = annotator.annotate("По его отзыву, это ложь.", frames=["tokens"]).tokens
    row = tokens.set_index("text").loc["его"]
    assert (row["upos"], row["lemma"]) == ("DET", "его")
