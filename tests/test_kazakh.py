"""Kazakh letters in Russian text: names are found and lemmatised as their Russian twins are."""

import pytest

# What must be found in the Russian twin, and how it is spelled in Kazakh letters.
# sentence | mention | type | normal | lemmas of the mention
NAMES = """
Премьер-министр Әлихан Смайылов провёл совещание. | Әлихан Смайылов | PER | Әлихан Смайылов | алихан смайылов
Встреча с Қасым-Жомартом Тоқаевым прошла вчера. | Қасым-Жомартом Тоқаевым | PER | Қасым-Жомарт Тоқаев | касым-жомарт токаев
Депутат Нұрлан Әбдіров выступил с докладом. | Нұрлан Әбдіров | PER | Нұрлан Әбдіров | нурлан абдиров
Аким города Ғабит Сыздықбеков посетил школу. | Ғабит Сыздықбеков | PER | Ғабит Сыздықбеков | габит сыздыкбеков
Экономика Қазақстана растёт. | Қазақстана | LOC | Қазақстан | казахстан
В области Жетісу построят завод. | Жетісу | LOC | Жетісу |
В Өскемене и Қарағанде потеплеет. | Өскемене | LOC | Өскемен | оскемен
В Өскемене и Қарағанде потеплеет. | Қарағанде | LOC | Қарағанда | караганда
Компания «Қазақтелеком» повысила тарифы. | Қазақтелеком | ORG | Қазақтелеком | казактелеком
"""  # noqa: E501
CASES = [[cell.strip() for cell in row.split("|")] for row in NAMES.strip().splitlines()]


@pytest.mark.parametrize(("sentence", "text", "type_", "normal", "lemmas"), CASES)
def test_names_in_kazakh_letters(annotator, sentence, text, type_, normal, lemmas):
    frames = annotator.annotate(sentence)
    assert frames.articles["lang"].tolist() == ["ru"]
    found = frames.mentions.query("text == @text")[["type", "normal"]].values.tolist()
    assert found == [[type_, normal]]
    words = frames.tokens[frames.tokens["text"].isin(text.split())]
    assert not lemmas or words["lemma"].tolist() == lemmas.split()
    assert set(words["upos"]) <= {"PROPN", "NOUN", "ADJ"}


# Russian letters for Kazakh ones, as DESIGN.md folds them.
TO_RUSSIAN = str.maketrans("ӘәҒғҚқҢңӨөҰұҮүҺһІі", "АаГгКкНнОоУуУуХхИи")
TWINS = """
Мәжіліс одобрил поправки, сообщил Ерлан Қошанов.
Заместитель акима Ұлытау Ғалым Әбсаттаров рассказал о ремонте дорог.
Спортсменке Зүлфие Шыңғысовой вручили медаль в Қызылорде.
Министр Айдарбек Сапаров и Өмірзақ Шөкеев прибыли в Шымкент.
"""


@pytest.mark.parametrize("sentence", TWINS.strip().splitlines())
def test_twins_are_read_alike(annotator, sentence):
    frames = annotator.annotate([sentence, sentence.translate(TO_RUSSIAN)])
    for name, columns in (("mentions", "start stop type"), ("tokens", "start stop lemma upos")):
        rows = frames[name].groupby("doc_id")[columns.split()]
        kazakh, russian = (rows.get_group(doc_id).values.tolist() for doc_id in "01")
        assert kazakh == russian
