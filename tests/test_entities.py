"""Which mentions of an article are one entity."""

import numpy as np
import pytest

from newsnlp.columns import Spans, Tokens
from newsnlp.dictionary import Dictionary
from newsnlp.entities import resolve_entities
from newsnlp.register import Register
from newsnlp.schema import TYPES

DICTIONARY = Dictionary()
# It knows some places' names, and nothing of them.
REGISTER = Register(rows=({}, {}, dict.fromkeys(["пакистан", "турция", "сербия"], 0)))

# Normal forms of an article's people in order | names of the entities, with how often each is named
PEOPLE = """
Касым-Жомарт Токаев, Токаев, К. Токаев            | Касым-Жомарт Токаев 3
Токаев, Касым-Жомарт Токаев                       | Касым-Жомарт Токаев 2
Касым-Жомарт Токаев, Касым-Жомарт Кемелевич Токаев, Токаев | Касым-Жомарт Кемелевич Токаев 3
Иван Петров, Анна Петрова                         | Иван Петров 1; Анна Петрова 1
Иван Петров, Пётр Петров, Петров, Иван Петров     | Иван Петров 2; Пётр Петров 2
Асия Биби, Асия, Биби                             | Асия Биби 3
А. Б. Иванов, Алексей Иванов                      | Алексей Иванов 2
Иванов, Петров                                    | Иванов 1; Петров 1
Семён Семенов, Семен Семёнов                      | Семён Семенов 2
Дэвид Девис, Дэвид Дэвис, Дэвид Дэвис             | Дэвид Дэвис 3
Асию Биби, Асия Биби, Асия Биби                   | Асия Биби 3
Светлана Леонтьева, Светлана Николаевна           | Светлана Леонтьева 2
Анна Петрова, Анна Симанович                      | Анна Петрова 1; Анна Симанович 1
Александр Петров, Александра Петров               | Александр Петров 1; Александра Петров 1
Евгений Мороз, Евгений Мороз, Евгения Мороз       | Евгений Мороз 2; Евгения Мороз 1
Светлана Николаевна Леонтьева, Светлана Николаевна | Светлана Николаевна Леонтьева 2
Леонтьева Светлана Николаевна, Светлана Николаевна | Леонтьева Светлана Николаевна 2
Иван Петров, Иван Сергеевич Петров, Иван Ильич    | Иван Сергеевич Петров 2; Иван Ильич 1
Юрий Геннадьевич Носов, Юрий Носов, Юрий Геннадиевич | Юрий Геннадьевич Носов 3
А. Б. Лисин, Андрей Лисин, Андрей Борисович Лисин | Андрей Борисович Лисин 3
А. Б. Лисин, Андрей Ильич Лисин                   | А. Б. Лисин 1; Андрей Ильич Лисин 1
Анна Ивановна Мороз, Анна Петровна | Анна Ивановна Мороз 1; Анна Петровна 1
"""


# Normal forms of an article's organisations and places | names of the entities, and how often
OTHERS = """
ORG | Верховный суд Пакистана, Верховный суд                  | Верховный суд Пакистана 2
ORG | МИД, МИД Турции                                         | МИД Турции 2
ORG | МИД, МИД Турции, МИД Сербии                             | МИД 1; МИД Турции 1; МИД Сербии 1
ORG | Минобороны Сербии, Министерство обороны Сербии          | Министерство обороны Сербии 2
ORG | Техрик-э-Лабаик Пакистан, ТЛП                           | Техрик-э-Лабаик Пакистан 2
ORG | Комитет по правам человека, КПЧ, МВД                    | Комитет по правам человека 2; МВД 1
ORG | ТОО «Думан Транс», Думан Транс                          | ТОО «Думан Транс» 2
ORG | ИА REGNUM, REGNUM                                       | ИА REGNUM 2
ORG | Реал Мадрид, Мадрид                                     | Реал Мадрид 1; Мадрид 1
ORG | Комитет рыбного хозяйства, Комитет, Фонд                | Комитет рыбного хозяйства 2; Фонд 1
ORG | BBC News, BBC                                           | BBC News 1; BBC 1
ORG | Совбез Сербия, Совбез                                   | Совбез Сербия 1; Совбез 1
ORG | Комитет рыб, Комитет рыб второй ступени | Комитет рыб 1; Комитет рыб второй ступени 1
ORG | Акимат, Акимат Карагандинской области                   | Акимат Карагандинской области 2
LOC | Северный Кавказ, Кавказ                                 | Северный Кавказ 1; Кавказ 1
"""


def resolve(names, types=None, docs=None):
    n = len(names)
    types = np.array([TYPES.index(type_) for type_ in types or ["PER"] * n])
    docs = np.array(docs or [0] * n)
    rows = np.arange(n)
    tokens = Tokens(docs, docs, rows, rows + 1, rows, names)
    spans = Spans(docs, rows, rows + 1, types, np.ones(n, np.float32))
    return resolve_entities(DICTIONARY, REGISTER, tokens, spans, names)[0]


@pytest.mark.parametrize("line", PEOPLE.strip().splitlines())
def test_people(line):
    names, expected = (part.strip() for part in line.split("|"))
    entities = resolve(names.split(", "))
    counts = np.bincount(entities.mention)
    found = [f"{name} {n}" for name, n in zip(entities.name, counts, strict=True)]
    assert found == expected.split("; ")


@pytest.mark.parametrize("line", OTHERS.strip().splitlines())
def test_organisations_and_places(line):
    type_, names, expected = (part.strip() for part in line.split("|"))
    names = names.split(", ")
    entities = resolve(names, [type_] * len(names))
    counts = np.bincount(entities.mention)
    found = [f"{name} {n}" for name, n in zip(entities.name, counts, strict=True)]
    assert found == expected.split("; ")


def test_types_and_articles_are_apart():
    entities = resolve(["Кремль", "Кремль", "Кремль"], ["LOC", "ORG", "LOC"], [0, 0, 1])
    assert entities.doc.tolist() == [0, 0, 1]
    assert entities.id[0] == entities.id[2] != entities.id[1]


def test_case_and_quotes_do_not_part():
    entities = resolve(["«Барыс»", "БАРЫС", "Барыс"], ["ORG"] * 3)
    assert len(entities.id) == 1 and entities.name[0].strip("«»") == entities.name[0]


@pytest.mark.parametrize(
    ("normal", "name"),
    [
        ("«Барыс»", "Барыс"),
        ("Михаил Толстых (Гиви)", "Михаил Толстых (Гиви)"),
        ("(ОДКБ)", "ОДКБ"),
        ('АО "КазТрансОйл"', 'АО "КазТрансОйл"'),
        ('АО "НК "КазАвтоЖол"', 'АО "НК "КазАвтоЖол'),
        ('ТОО "Думан Транс', 'ТОО "Думан Транс"'),
        ("Исламское государство» (ИГ)", "Исламское государство (ИГ)"),
        ("Компания «Барыс", "Компания «Барыс»"),
        ("АО «КТЖ»", "АО «КТЖ»"),
        ('КазТрансОйл"', "КазТрансОйл"),
        ("Центр (РЭЦ", "Центр (РЭЦ"),
        ("Р. И. Батыршин,", "Р. И. Батыршин"),
        ("».", "»."),
    ],
)
def test_marks_around_a_name(normal, name):
    assert resolve([normal], ["ORG"]).name == [name]


def test_none():
    assert resolve([]).id == []
