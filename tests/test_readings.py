"""Parts of speech that the dictionary and the neighbours allow, as tables of cases."""

import numpy as np
import pytest

from newsnlp.columns import Morphology, Tokens
from newsnlp.dictionary import Dictionary
from newsnlp.readings import correction_of, in_context
from newsnlp.schema import UPOS


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
3:0               ADJ    -                      NUM
12,5              ADJ    -                      NUM
#Минск            PUNCT  -                      X
@tengrinews       PUNCT  -                      PROPN
€                 PUNCT  -                      SYM
«                 PUNCT  -                      -
Tesla             PROPN  -                      -
ᠪᠠᠶᠠᠷ             NOUN   -                      -
"""


@pytest.mark.parametrize("case", CORRECTIONS.strip().splitlines())
def test_correction(dictionary, case):
    word, upos, feats, expected = case.split()
    correction = correction_of(dictionary, (word, upos, "" if feats == "-" else feats))
    assert ("-" if correction is None else correction[0]) == expected


def test_a_correction_takes_over_the_features_that_agree(dictionary):
    reading = "радиопрозрачных", "NOUN", "Animacy=Inan|Case=Gen|Gender=Fem|Number=Plur"
    assert correction_of(dictionary, reading) == ("ADJ", "Case=Gen|Number=Plur")


# tokens with the part of speech that the tagger gives, and another one that it gets
CONTEXTS = """
видел/VERB его/PRON/DET брата/NOUN
её/PRON/DET новая/ADJ книга/NOUN
суд/NOUN признал/VERB его/PRON виновным/ADJ ./PUNCT
их/PRON не/PART было/VERB
о/ADP них/PRON
(/PUNCT 1904/NUM/ADJ —/PUNCT 1905/NUM/ADJ )/PUNCT
в/ADP 1767/NUM/ADJ г./NOUN
с/ADP 1990/NUM/ADJ по/ADP 2004/ADJ год/NOUN
1500/NUM человек/NOUN
1500/NUM $/SYM
12/NUM )/PUNCT
12/ADJ/NUM тыс./NOUN рублей/NOUN
12/ADJ мая/NOUN
"""


def morphology_of(cases):
    upos = [UPOS.index(case[1]) for case in cases]
    return Morphology(np.arange(len(cases)), np.array(upos), [""] * len(cases))


@pytest.mark.parametrize("case", CONTEXTS.strip().splitlines())
def test_in_context(case):
    cases = [token.split("/") for token in case.split()]
    row = np.arange(len(cases))
    tokens = Tokens(row * 0, row * 0, row, row + 1, row, [word for word, *_ in cases])
    found = in_context(tokens, morphology_of(cases))
    assert [UPOS[code] for code in found.upos[found.tag]] == [upos for *_, upos in cases]


def test_the_next_sentence_is_no_neighbour():
    cases = [("его", "PRON"), ("Брат", "NOUN"), ("1904", "NUM"), ("Человек", "NOUN")]
    row = np.arange(4)
    tokens = Tokens(row * 0, row, row, row + 1, row, [word for word, _ in cases])
    found = in_context(tokens, morphology_of(cases))
    assert [UPOS[code] for code in found.upos[found.tag]] == ["PRON", "NOUN", "ADJ", "NOUN"]


def test_nothing_is_no_error():
    nothing = np.zeros(0, np.int64)
    tokens = Tokens(*[nothing] * 5, [])
    assert len(in_context(tokens, Morphology(nothing, nothing, [])).tag) == 0


def test_tokens_have_the_corrected_part_of_speech_and_its_lemma(annotator):
    tokens = annotator.annotate("По его отзыву, это ложь.", frames=["tokens"]).tokens
    row = tokens.set_index("text").loc["его"]
    assert (row["upos"], row["lemma"]) == ("DET", "его")
