"""Lemmas and normal forms as tables of cases; a known failure is marked in place."""

import pytest

from newsnlp.dictionary import Dictionary
from newsnlp.normal_forms import Word, normal_phrase, person_readings

LEMMAS = """
# sentence                                  | word         | lemma
Завод начал выпуск стали.                   | стали        | сталь
Жители стали получать воду.                 | стали        | стать
Выборы пройдут весной.                      | Выборы       | выборы
Полиция нашла украденные деньги.            | деньги       | деньги
Спасатели нашли пропавших туристов.         | нашли        | найти
Он должен ответить на вопрос.               | должен       | должен
Встреча прошла в воскресенье.               | воскресенье  | воскресенье
Со ссылкой на министерство.                 | Со           | с
Он рассказал об итогах года.                | об           | о
Касым-Жомарт Токаев прибыл в Минск.         | Минск        | минск
Переговоры с Узбекистаном завершены.        | Узбекистаном | узбекистан
Акимат Алматы выделил средства.             | Акимат       | акимат
В регионе выросли цены на газ.              | цены         | цена
Клуб вышел в высшую лигу.                   | высшую       | высший
Встреча пройдёт в ближайшие дни.            | ближайшие    | ближайший
Пострадавших доставили в больницу.          | Пострадавших | пострадавший
"""

PEOPLE = """
# words with gender and case of each         | normal form
Касым-Жомарта.mG Токаева.mG                  | Касым-Жомарт Токаев
Пола.mG Вайрауха.mG                          | Пол Вайраух
Джеффа.mG Шокки.mG                           | Джефф Шокки
Марка.mG Кумбса.mG                           | Марк Кумбс
Әлиханом.mI Смайыловым.mI                    | Әлихан Смайылов
Бахытжана.mG Байжанова.mG                    | Бахытжан Байжанов
Марии.fD Захаровой.fD                        | Мария Захарова
Ангелой.fI Меркель.fI                        | Ангела Меркель
Владимиру.mD Владимировичу.mD Путину.mD      | Владимир Владимирович Путин
Михаила.mG Саакашвили.mG                     | Михаил Саакашвили
Петром.mI Порошенко.mI                       | Петр Порошенко
Айгуль.fN Касымханулы.mN                     | Айгуль Касымханулы
Барак.mN Обама.mN                            | Барак Обама
Джо.mD Байдену.mD                            | Джо Байден
"""

PHRASES = """
# word.tag: part of speech, gender, number, case   | normal form
Совета.NmsG коллективной.AfsG безопасности.NfsG                  | Совет коллективной безопасности
Министерства.NnsG обороны.NfsG России.NfsG                       | Министерство обороны России
Карагандинской.AfsL области.NfsL                                 | Карагандинская область
Верховным.AmsI судом.NmsI Пакистана.NmsG                         | Верховный суд Пакистана
Соединённых.A-pG Штатов.NmpG Америки.NfsG                        | Соединённые Штаты Америки
Нью-Йорке.NmsL                                                   | Нью-Йорк
Минске.NmsL                                                      | Минск
ОДКБ.NfsG                                                        | ОДКБ
Ashmore.X--- Group.X---                                          | Ashmore Group
Высшей.AfsG школы.NfsG экономики.NfsG                            | Высшая школа экономики
Ростове-на-Дону.NmsL                                             | Ростов-на-Дону
Петропавловске-Камчатском.NmsL                                   | Петропавловск-Камчатский
Наполи.NmsG                                                      | Наполи
Европейским.AmsI союзом.NmsI                                     | Европейский союз
"""

CASES = {"N": "Nom", "G": "Gen", "D": "Dat", "A": "Acc", "I": "Ins", "L": "Loc"}
GENDERS = {"m": "Masc", "f": "Fem", "n": "Neut"}
NUMBERS = {"s": "Sing", "p": "Plur"}


def rows(table):
    lines = [line for line in table.strip().splitlines() if not line.startswith("#")]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


@pytest.fixture(scope="module")
def dictionary():
    return Dictionary()


@pytest.mark.parametrize(("sentence", "word", "lemma"), rows(LEMMAS))
def test_lemma(annotator, sentence, word, lemma):
    tokens = annotator.annotate(sentence, frames=["tokens"]).tokens
    assert tokens.loc[tokens["text"] == word, "lemma"].tolist() == [lemma]


@pytest.mark.parametrize(("words", "normal"), rows(PEOPLE))
def test_person(dictionary, words, normal):
    tagged = []
    for word in words.split():
        text, _, tag = word.partition(".")
        feats = f"Animacy=Anim|Case={CASES[tag[1]]}|Gender={GENDERS[tag[0]]}|Number=Sing"
        tagged.append(Word(text, "PROPN", feats))
    readings = person_readings(dictionary, tagged)
    assert " ".join(max(readings, key=readings.get)) == normal


@pytest.mark.parametrize(("words", "normal"), rows(PHRASES))
def test_phrase(dictionary, words, normal):
    tagged = []
    for word in words.split():
        text, _, (upos, gender, number, case) = word.partition(".")
        feats = {
            "Case": CASES.get(case), "Gender": GENDERS.get(gender), "Number": NUMBERS.get(number),
        }  # fmt: skip
        upos = {"N": "PROPN" if text[0].isupper() else "NOUN", "A": "ADJ", "X": "X"}[upos]
        tagged.append(Word(text, upos, "|".join(f"{k}={v}" for k, v in feats.items() if v)))
    assert " ".join(normal_phrase(dictionary, tagged)) == normal


def test_a_long_run_of_unknown_names_is_read_in_bounded_time(dictionary):
    words = [Word(f"Вайраух{i % 3 * 'у'}а", "PROPN", "Case=Gen|Gender=Masc") for i in range(60)]
    assert len(person_readings(dictionary, words)) <= 12


@pytest.mark.parametrize("word", ["\U00017000", "а\U00017000", "\U00017000а", "東京", "😀"])
def test_words_in_scripts_that_the_dictionary_cannot_read(dictionary, word):
    assert dictionary.parses(word) == []
