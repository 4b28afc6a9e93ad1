"""Keywords: phrases in the agreed nominative, nothing vague, nothing twice."""

import numpy as np
import pytest

from newsnlp import Article
from newsnlp.tables import read_table

# Text | phrases that are found in it | words or phrases that are not.
PHRASES = """
Страны обсудили сокращение ядерного оружия. Договор о ядерном оружии подписан. | ядерное оружие | ядерный оружие
Комиссия защищает права человека. О правах человека говорили все. | права человека | право человека
Атлеты готовятся к зимним Олимпийским играм. | зимние Олимпийские игры | олимпийский игра
Суд рассмотрел уголовное дело. По уголовному делу проходят трое. | уголовное дело | дело
Власти ввели режим чрезвычайной ситуации. | режим чрезвычайной ситуации, чрезвычайная ситуация | ситуация
Итоги выборов подвели в понедельник. Выборы прошли спокойно. | выборы | выбор, понедельник
Ставка Банка России выросла. По словам экспертов, инфляция замедлится. | ставка, инфляция | слово, эксперт
Закон о борьбе с коррупцией принят. Борьба с коррупцией начата. | борьба с коррупцией | коррупция
Рубль подорожал на пять процентов за неделю. Курс рубля растёт. | курс | процент, неделя, рубль
"""  # noqa: E501


def rows(table):
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@pytest.fixture(scope="module")
def many(annotator):
    return annotator.with_options(top_k=40)


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


def test_a_phrase_takes_the_place_of_a_word_that_mostly_stands_in_it(many):
    text = "Грипп опасен. Искусственный интеллект ищет грипп. Искусственный интеллект учат врачи."
    keywords = many.annotate(text).keywords.set_index("keyword")
    assert keywords.loc["искусственный интеллект", "kind"] == "phrase"
    assert "интеллект" not in keywords.index
    assert keywords.loc["искусственный интеллект", "n"] == 2


def test_a_term_that_fits_a_pattern_too_counts_once(many):
    keywords = many.annotate("Судят за торговлю людей. Торговля людей запрещена.").keywords
    assert keywords.set_index("keyword").loc["торговля людей", "n"] == 2


def test_a_word_that_often_stands_alone_is_a_keyword_beside_its_phrase(many):
    text = "Цена на нефть растёт. Суда вывозят нефть. Добыча нефти упала. Добыча нефти растёт."
    assert {"нефть", "добыча нефти"} <= set(many.annotate(text).keywords["keyword"])


# What stands in the text | keywords that say too little.
TELLS_NOTHING = """
Данный случай изучили. Данный случай опасен. Попытка провалилась. | данный случай, случай, попытка
Первый матч отложили. Первый матч не начался. | первый матч
Реализация проекта начата. Реализация проекта идёт. | реализация проекта, реализация
Передали фото- и видеосъёмку (прим. ред.). Фото- и видеосъёмка готова. | фото-, прим
"""


@pytest.mark.parametrize(("text", "nothing"), rows(TELLS_NOTHING))
def test_what_says_too_little_is_no_keyword(many, text, nothing):
    assert set(many.annotate(text).keywords["keyword"]).isdisjoint(nothing.split(", "))


def test_an_outlet_is_a_keyword_only_where_title_or_lead_names_it(annotator):
    text = "Пожар потушили, рассказал Reuters директор завода. Reuters видел снимки пожара."
    source, subject = annotator.annotate(
        [Article(text=text), Article(text=text, title="Reuters открыл бюро на заводе")]
    ).keywords.groupby("doc_id")["keyword"]
    assert "Reuters" not in set(source[1])
    assert "Reuters" in set(subject[1])


@pytest.mark.parametrize(
    "table", ["keyword_stopwords.tsv", "keyword_weak_words.tsv", "keyword_terms.tsv", "outlets.tsv"]
)
def test_tables_say_nothing_twice(table):
    lines = [row[:-1] for row in read_table(table)]
    assert len(lines) == len(set(lines))


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
    few = annotator.with_options(top_k=2).annotate(Article(title=text))
    assert len(few.keywords) == 2
