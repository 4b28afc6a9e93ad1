"""Sentences and tokens: razdel's, and where they differ on purpose."""

import gzip
import json

import numpy as np
import pytest
import razdel
from hypothesis import given
from hypothesis import strategies as st

from newsnlp.columns import Texts, Zones
from newsnlp.schema import LANGS, ZONES
from newsnlp.segmentation import segment

# Text | its tokens. The first rows are as razdel has them; those after the line differ on purpose.
TOKENS = """
Токаев прибыл в г. Минск.        | Токаев прибыл в г . Минск .
«Барыс» — «Шанхай Дрэгонс» 3:2   | « Барыс » — « Шанхай Дрэгонс » 3 : 2
из-за 1,5 млн руб. (или 3/4)...  | из-за 1,5 млн руб . ( или 3/4 ) ...
Касым-Жомарт; ПФК-ЦСКА?!         | Касым-Жомарт ; ПФК-ЦСКА ?!
iPhone 15Pro, Yahoo! и №1        | iPhone 15 Pro , Yahoo! и № 1
---
цены 10, 20 и 30                 | цены 10 , 20 и 30
нефте- и газопровод              | нефте- и газопровод
Россией- сказал                  | Россией - сказал
слово -нет                       | слово - нет
АкордыГлава наРИА вКНБ           | Акорды Глава на РИА в КНБ
КамАЗа АвтоВАЗ КазМунайГаза      | КамАЗа АвтоВАЗ КазМунайГаза
ДиКаприо купил 5 кВт             | ДиКаприо купил 5 кВт
передаетTengrinews.kzсо ссылкой  | передает Tengrinews . kz со ссылкой
курс■Доллар •Евро                | курс ■ Доллар • Евро
#СпартакЗенит и «ДинамоВчера»    | # СпартакЗенит и « Динамо Вчера »
"""

# Sentences of one text, apart by |; ¶ is a line break, ␣ further white space.
SENTENCES = """
Токаев прибыл в г. Минск. | Его встретил А. Г. Лукашенко.
Он сказал: «Да. | Нет». | И ушёл.
Цена 5 тыс. руб. за тонну. | Дорого!
---
Заголовок без точки | ¶ Глава государства выступил.
Первый абзац. | ¶¶ Второй абзац.
Строка обрывается ¶ посреди предложения.
Дождь прошёл. | ■ Курс вырос | ■Матч отложен
Снег выпал.| Дороги закрыты!| «Барыс» победил.
Об этом сообщили в Акорде|Глава государства прибыл в КамАЗе и наПетропавловск.
Встреча в г.Алматы, на ул.Абая у А.С.Пушкина.
По словам ¶ президента ¶, страна (Россия ¶) выстоит.
Ждём. | ␣␣␣␣␣␣␣␣␣␣␣␣␣␣␣ Идём.
"""


def rows(table):
    lines = [line for line in table.strip().splitlines() if line != "---"]
    return [pytest.param(*line.split("|", 1), id=line.split("|")[0].strip()) for line in lines]


def cut(text):
    texts = Texts.join([text])
    start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
    one = np.zeros(1, np.int64)
    some = np.array([stop > start])
    zones = Zones(
        one, one + ZONES.index("body"), one + LANGS.index("ru"), one + start, one + stop, some
    )
    return segment(texts, zones)


@pytest.mark.parametrize(("text", "expected"), rows(TOKENS))
def test_tokens(text, expected):
    _, tokens = cut(text)
    assert [tokens.words[word] for word in tokens.word] == expected.split()


@pytest.mark.parametrize("line", [line for line in SENTENCES.strip().splitlines() if line != "---"])
def test_sentences(line):
    parts = [part.strip() for part in line.replace("¶", "\n").replace("␣", " ").split("|")]
    text = line.replace("¶", "\n").replace("␣", " ")
    text = text.replace("| ", "").replace("|", "")
    sentences, _ = cut(text)
    found = [text[a:b] for a, b in zip(sentences.start, sentences.stop, strict=True)]
    assert found == parts


@given(st.text(alphabet='аБ 1.,-–"«»\n()x!:', max_size=40) | st.text(max_size=40))
def test_tokens_cover_all_but_white_space_and_lie_in_sentences(text):
    text = "".join(letter for letter in text if not 0xD800 <= ord(letter) < 0xE000)
    sentences, tokens = cut(text)
    covered = "".join(text[a:b] for a, b in zip(tokens.start, tokens.stop, strict=True))
    assert covered == "".join(text.split())
    assert [text[a:b] for a, b in zip(tokens.start, tokens.stop, strict=True)] == [
        tokens.words[word] for word in tokens.word
    ]
    assert (tokens.start >= sentences.start[tokens.sentence]).all()
    assert (tokens.stop <= sentences.stop[tokens.sentence]).all()
    assert (sentences.start[1:] >= sentences.stop[:-1]).all()
    assert (sentences.stop > sentences.start).all()


def test_zones_that_touch_inside_a_glued_word():
    texts = Texts.join(["словоГлава пришёл."])
    doc, kind = np.zeros(2, np.int64), np.full(2, ZONES.index("body"))
    start, stop = np.array([0, 5]), np.array([5, 18])
    sentences, tokens = segment(
        texts, Zones(doc, kind, doc + LANGS.index("ru"), start, stop, np.ones(2, np.bool_))
    )
    assert sentences.start.tolist() == [0, 5]
    assert [tokens.words[word] for word in tokens.word] == ["слово", "Глава", "пришёл", "."]


@pytest.mark.parametrize("length", [10_000, 1_000_000])
def test_one_word_without_spaces(length):
    _, tokens = cut("а1" * (length // 2))
    assert len(tokens.word) == length


def test_as_razdel_on_real_news(data):
    """Within stretches without white space, every token is razdel's."""
    with gzip.open(data / "articles" / "russia_today.jsonl.gz", "rt", newline="") as file:
        texts = [json.loads(next(file))["text"] for _ in range(40)]
    for text in filter(str.strip, texts):
        _, tokens = cut(text)
        found = set(zip(tokens.start.tolist(), tokens.stop.tolist(), strict=True))
        for token in razdel.tokenize(text):
            if (token.start, token.stop) not in found:
                # razdel joins "10," to the next number over a space, and "foo -bar".
                assert text[token.start : token.stop].strip(",.-–—/0123456789") != token.text
