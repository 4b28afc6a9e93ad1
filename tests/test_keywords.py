"""Keywords: phrases in the agreed nominative, nothing vague, nothing twice."""

import numpy as np
import pytest

from newsnlp import Article

# Text | phrases that are found in it | words or phrases that are not.
PHRASES = """
Страны обсудили сокращение ядерного оружия. Договор о ядерном оружии подписан. | ядерное оружие | ядерный оружие
Комиссия защищает права человека. О правах человека говорили все. | права человека | право человека
Атлеты готовятся к зимним Олимпийским играм. | зимние Олимпийские игры | олимпийский игра
Суд рассмотрел уголовное дело. По уголовному делу проходят трое. | уголовное дело | дело
Власти ввели режим чрезвычайной ситуации. | режим чрезвычайной ситуации, чрезвычайная ситуация | ситуация
Итоги выборов подвели в понедельник. Выборы прошли спокойно. | выборы | выбор, понедельник
Ставка Банка России выросла. По словам экспертов, инфляция замедлится. | ставка, инфляция | слово, эксперт
Рубль подорожал на пять процентов за неделю. Курс рубля растёт. | курс | процент, неделя, рубль
"""  # noqa: E501


def rows(table):
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@pytest.fixture(scope="module")
def many(annotator):
    return annotator.with_options(n_keywords=40)


@pytest.mark.parametrize(("text", "found", "not_found"), rows(PHRASES))
def test_phrases(many, text, found, not_found):
    keywords = set(many.annotate(text).keywords["keyword"])
    for phrase in found.split(", "):
        # A word inside a better phrase is not said twice.
        assert any(phrase in keyword for keyword in keywords), keywords
    assert keywords.isdisjoint(not_found.split(", "))


def test_entities_go_by_name(annotator):
    text = "Касым-Жомарта Токаева встретили в Минске. Токаев выступил на саммите ОДКБ."
    keywords = annotator.annotate(text).keywords
    names = keywords[keywords["kind"] == "entity"]
    assert set(names["keyword"]) == {"Касым-Жомарт Токаев", "Минск", "ОДКБ"}
    assert names.set_index("keyword")["n"].to_dict()["Касым-Жомарт Токаев"] == 2


def test_ranks_and_scores(annotator):
    texts = ["Саммит ОДКБ прошёл в Минске. Саммит обсудил безопасность границ.", "Да.", ""]
    keywords = annotator.annotate(texts).keywords
    for _, group in keywords.groupby("doc_id"):
        assert group["rank"].tolist() == list(range(1, len(group) + 1))
        assert (np.diff(group["score"]) <= 0).all()
        assert group["keyword"].is_unique


def test_an_agency_that_is_only_credited_is_no_keyword(annotator):
    text = "Дорогу у Караганды перекрыли из-за метели, передаёт агентство «Степные вести»."
    assert not annotator.annotate(text).keywords["keyword"].str.contains("вести").any()


def test_at_most_so_many(annotator):
    text = "Завод, школа, больница, театр, музей, стадион и вокзал закрыты из-за метели и мороза."
    few = annotator.with_options(n_keywords=2).annotate(Article(title=text))
    assert len(few.keywords) == 2
