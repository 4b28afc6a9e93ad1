"""The language of lines: letters first, the model where they leave a doubt."""

import gzip
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from newsnlp.columns import Texts
from newsnlp.languages import LanguageDetector
from newsnlp.schema import LANGS

LINES = """
ru    Президент прибыл с визитом в Минск.
ru    Қасым-Жомарт Тоқаев прибыл в Минск
ru    Премьер-министр Әлихан Смайылов
ru    Жетісу и Қазақстан
ru    ПРЕМЬЕР-МИНИСТР ӘЛИХАН СМАЙЫЛОВ ПРОВЁЛ СОВЕЩАНИЕ
ru    Компания Apple показала iPhone 17 и MacBook Air
ru    Музыканты «Океан Ельзи» дали концерт в Алматы, собрав стадион
ru    Подробнее: https://example.org/news/politics/some-long-address.html
ru    Объём добычи и подъём цен объяснили съездом
ru    Матч за 3-е место и финал пройдут завтра
ru    Reuters
ru    2 : 1
ru    Илон Маск
kk    Президент Үкіметке жаңа тапсырмалар берді.
kk    Алматыда жаңа мектеп ашылды
kk    Биыл көктемде су тасқынынан мыңдаған тұрғын зардап шекті.
kk    Министр журналистерге баспасөз мәслихатын өткізді
kk    ҮКІМЕТ ЖАҢА БАҒДАРЛАМАНЫ БЕКІТТІ
uk    Президент підписав новий закон про освіту.
uk    У столиці відкрили нову станцію метро
uk    Синоптики попередили про сильний вітер і дощ
be    Прэзідэнт падпісаў новы ўказ аб адукацыі.
be    У Мінску адкрылі новую школу
ky    Президент жаңы мектептин ачылышына катышты.
ky    Өкмөт жаңы программаны бекитти жана каражат бөлдү
uz    Президент янги мактаб очилишида қатнашди.
uz    Prezident yangi maktab ochilishida ishtirok etdi va so‘z so‘zladi
en    The president signed a new law on education.
other Министърът заяви, че парите ще бъдат изплатени през март.
other Президентът се срещна с посланика на Германия
other Председник владе је најавио нове мере.
other Министар је отворио школу у Нишу
other Der Präsident hat ein neues Gesetz unterschrieben.
other 总统签署了新法律
"""
CASES = [tuple(line.split(None, 1)) for line in LINES.strip().splitlines()]
KAZAKH = "Президент Үкіметке жаңа тапсырмалар берді."


@pytest.fixture(scope="module")
def detector():
    return LanguageDetector()


def detect(detector, *articles):
    """Languages of the lines of some articles, each a list of lines."""
    rows = [(doc, line) for doc, article in enumerate(articles) for line in article]
    texts = Texts.join([line for _, line in rows])
    doc = np.array([doc for doc, _ in rows])
    return [LANGS[code] for code in detector.detect(texts.text, doc, texts.start, texts.stop)]


@pytest.mark.parametrize(("lang", "line"), CASES)
def test_lines(detector, lang, line):
    assert detect(detector, [line]) == [lang]


def test_a_batch_says_the_same_as_single_lines(detector):
    assert detect(detector, *([line] for _, line in CASES)) == [lang for lang, _ in CASES]


def test_a_line_that_says_nothing_follows_its_neighbour(detector):
    kazakh, english = KAZAKH, "The president signed a new law on education."
    assert detect(detector, [kazakh, "2024", "Reuters"], ["***", english], ["—"]) == [
        *["kk"] * 3,
        *["en"] * 2,
        "ru",
    ]


def test_nothing_to_detect(detector):
    empty = np.empty(0, np.int64)
    assert detector.detect("", empty, empty, empty).tolist() == []


def test_any_code_point(detector):
    line = "".join(map(chr, (0, 7, 0x301, 0xAD, 0x44A, 0xD800, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF)))
    assert detect(detector, [line]) == ["ru"]


def test_pickled_without_its_model(detector):
    detector.detect(KAZAKH, *np.array([[0], [0], [len(KAZAKH)]]))
    assert len(pickle.dumps(detector)) < 200


def test_russian_headlines_are_russian(detector):
    if "NEWSNLP_DATA" not in os.environ:
        pytest.skip("needs NEWSNLP_DATA")
    path = Path(os.environ["NEWSNLP_DATA"]) / "articles" / "lenta_headlines.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        titles = [json.loads(line)["title"].strip() for line in lines]
    foreign = sum(lang != "ru" for lang in detect(detector, *([title] for title in titles)))
    assert foreign <= len(titles) / 2000
