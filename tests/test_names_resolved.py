"""Whom names, roles and common nouns mean, in whole sentences."""

import re

import pandas as pd
import pytest

import newsnlp
from newsnlp import Annotator
from newsnlp.countries import CountryFinder
from newsnlp.dictionary import Dictionary
from newsnlp.errors import OptionError, RegisterWarning
from newsnlp.linking import link_tables
from newsnlp.register import ORGANISATION, PERSON, PLACE, register
from newsnlp.words import name_key, name_keys

# Text, and below it mentions with what is told of them
SENTENCES = """
Президент Казахстана Касым-Жомарт Токаев прибыл в Минск.
    Касым-Жомарт Токаев: role=президент Казахстана entity_id=per:tokayev
С докладом выступил аким области Жетысу Бейбит Исабаев.
    Бейбит Исабаев: role=аким области Жетысу
Об этом сообщила официальный представитель МИД России Мария Захарова.
    Мария Захарова: role=официальный представитель МИД России
Он встретился с главой МИД Турции Хаканом Фиданом.
    Хаканом Фиданом: role=глава МИД Турции entity_id=per:fidan
В Минск прибыл Владимир Путин. Президент проведёт переговоры.
    Президент: kind=role entity_id=per:putin rule=role
В Минск прибыл Владимир Путин. Бывший президент Франции выступил позже.
    Бывший: none
Токаев выступил в Астане. Глава государства поручил построить дорогу.
    Глава государства: entity_id=per:tokayev
Мост откроют в мае, передаёт Tengrinews.kz.
    Tengrinews.kz: function=credit
Об этом сообщает пресс-служба Акорды.
    Акорды: function=credit entity_id=org:akorda
Мост откроют в мае, сообщили в МВД Казахстана.
    МВД Казахстана: function=content entity_id=org:mvd-kz
МИНСК, 14 мая – РИА Новости, Анна Иванова. Совещание по паводку началось.
    РИА Новости: function=credit
Рейс задержали со ссылкой на РИА Новости.
    РИА Новости: function=credit
В Минск прибыл Владимир Путин. Премьера балета прошла вечером.
    Премьера: none
Михаил Мишустин поблагодарил театр. За год было много открытий, премьер.
    премьер: none
Михаил Мишустин приехал в театр. Премьер было много.
    Премьер: none
Михаил Мишустин приехал в театр. За год у него много дел, отметил премьер.
    премьер: entity_id=per:mishustin rule=role
В Будапешт прибыл Владимир Путин. Премьер встретил гостя.
    Премьер: none
Премьер Владимир Путин прибыл в Минск. Премьер встретил гостя.
    Премьер: entity_id=per:putin
О встрече премьер-министра Венгрии Орбана и президента Путина рассказали в Москве.
    Орбана: role=премьер-министр Венгрии entity_id=per:orban
    Путина: role=президент entity_id=per:putin
Михаил Мишустин приехал. На встрече премьер-министра (Венгрии Орбана) говорили о газе.
    премьер-министра: none
Владимир Путин приехал. Решение президента (России. — Ред.) одобрили.
    президента: entity_id=per:putin rule=role
Владимир Путин и Дональд Трамп говорили час. Президент (Дональд Трамп. — Ред.) доволен.
    Президент: entity_id=per:trump rule=role
Об этом рассказал тренер Носова и Лисина Маркус Крамер.
    Маркус Крамер: role=тренер Носова и Лисина
Об этом рассказал пресс-секретарь президента Путина Дмитрий Песков.
    Дмитрий Песков: role=пресс-секретарь президента Путина
В Минск прибыл Владимир Путин. Президент «Реала» его не видел.
    Президент: none
Писатель Дональд Кинг (Donald King) прилетел в Алматы.
    Donald King: rule=defined
Тренер Иван Петров (Reuters) прилетел в Алматы.
    Reuters: rule=nan
Компания «Ромашка» (бывшая «Лютик») открыла завод. Раньше «Лютик» работал в Алматы.
    Лютик: rule=renamed name=Ромашка
Всемирный банк (англ. World Bank) открыл офис.
    World Bank: entity_id=org:worldbank
Отряд «Сокол» (в него вошли «Орлы») прибыл в Минск.
    Орлы: rule=nan
Крымский мост открыли, рассказала Мария Владимировна.
    Мария Владимировна: linked=False
Закон подписал Владимир Путин. Директор школы Владимир Николаевич выступил.
    Владимир Николаевич: linked=False rule=nan
Закон подписал Владимир Путин. Позже Владимир Владимирович выступил.
    Владимир Владимирович: entity_id=per:putin rule=patronymic
Закон подписал Владимир Путин. Учитель В. Н. Путин выступил.
    В. Н. Путин: linked=False rule=nan
Об этом заявил сирийский МИД. В польском МИД это опровергли.
    МИД: entity_id=org:mfa-pl
Переговоры завершились. Польский МИД выразил протест.
    МИД: entity_id=org:mfa-pl
Глава российского МИД Сергей Лавров прибыл в Минск. В МИД рассказали о визите.
    МИД: entity_id=org:mfa-ru rule=without_place
Переговоры прошли в Кремле и в Белом доме.
    Кремле: entity_id=org:kremlin type=ORG
    Белом доме: entity_id=org:white-house
Паводок отступил в Донецкой и Запорожской областях, а город Семей готовится к нему.
    Запорожской областях: normal=Запорожская область entity_id=region:UA-23
    Семей: normal=Семей
На встрече выступила Светлана Леонтьева. Как сказала Леонтьева, школу построят к осени.
    Леонтьева: normal=Леонтьева rule=part_of_name
Павел Дуров дал интервью. Дуров живёт в Дубае. Как отметил Дуров, команда невелика. Его брат \
Николай Дуров написал протокол. Дуров добавил, что доволен.
    Дуров: entity_id=per:durov rule=part_of_name
Билл Клинтон приехал первым. Хиллари Клинтон выступила позже. Клинтон говорила час.
    Клинтон: entity_id=per:clinton-hillary rule=part_of_name
Лидер Партии свободы отдыхал в Карловых Варах.
    Партии свободы: normal=Партия свободы
    Карловых Варах: normal=Карловы Вары country=CZ
Аким Костаная Айгуль Нурпеисова приехала.
    Костаная: normal=Костанай entity_id=city:1519928
    Айгуль Нурпеисова: role=аким Костаная
Фермерам Костаная отсрочат кредиты.
    Костаная: normal=Костанай entity_id=city:1519928
С главой Киргизии Садыром Жапаровым Путин говорил час.
    Садыром Жапаровым: normal=Садыр Жапаров role=глава Киргизии
    Путин: entity_id=per:putin role=nan
В Минск прилетел Максим Путин.
    Максим Путин: linked=False
Он говорил с Ангелой Меркель и Меланией Трамп.
    Меланией Трамп: normal=Мелания Трамп
Вечером С.-Петербург принял гостей.
    С.-Петербург: type=LOC entity_id=city:498817
    С.: none
Музей в С.-Петербурге открылся. Житель СПб рад.
    С.-Петербурге: normal=С.-Петербург entity_id=city:498817
С.-ПЕТЕРБУРГ, 20 окт – РИА Новости. Музей открыли.
    С.-ПЕТЕРБУРГ: entity_id=city:498817
Делегация посетила ФРГ и город Караганду.
    ФРГ: entity_id=country:DE
    Караганду: linked=True country=KZ
"""
CASES = [
    (text, mention)
    for text, *mentions in (
        case.split("\n    ") for case in re.split(r"\n(?! )", SENTENCES.strip())
    )
    for mention in mentions
]


def entities_of(text, **options):
    frames = newsnlp.annotate(text, frames=["mentions", "entities"], layout="plain", **options)
    facts = frames.entities[["entity_id", "linked", "country", "name"]]
    return frames.mentions.merge(facts, on="entity_id", how="left")


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_sentence(text, expected):
    mention, _, values = expected.partition(": ")
    rows = entities_of(text)
    rows = rows[rows["text"] == mention]
    if values == "none":
        assert rows.empty
        return
    found = rows.iloc[-1]
    for column, value in re.findall(r"(\w+)=(.+?)(?= \w+=|$)", values):
        assert str(found[column]) == value, column


def test_roles_and_surnames_can_be_turned_off():
    text = "Токаев выступил в Астане. Глава государства поручил построить дорогу."
    assert set(entities_of(text, roles=False)["kind"]) == {"name"}
    rows = entities_of(text, surnames=False)
    assert not rows[rows["text"] == "Токаев"]["linked"].iloc[0]


# --- the register --------------------------------------------------------------------------------


def test_register_is_sound():
    known = register()
    ids = [entry.id for entry in known.entries]
    assert len(ids) == len(set(ids))
    n_of_type = [sum(entry.type == type_ for entry in known.entries) for type_ in range(3)]
    assert n_of_type[PERSON] > 1000 and n_of_type[ORGANISATION] > 2000 and n_of_type[PLACE] > 4000
    assert not {entry.country for entry in known.entries if len(entry.country) not in (0, 2)}
    assert known.find(PLACE, "нур-султан")[0].name == "Астана"
    assert known.find(PLACE, "абайская область")[0].region == "KZ-10"


def test_keys_at_once_are_keys_one_by_one():
    names = ["К. Токаев", "«Барыс»", "Қазақстан", " а ", "", "A  b", "Ёж", "(ОДКБ)", "x\u0301y"]
    assert name_keys(names) == [name_key(name) for name in names]


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_own_register(tmp_path):
    path = write(
        tmp_path / "own.csv",
        "alias,type,name,id,country\n"
        "Байтерек,ORG,Холдинг «Байтерек»,,KZ\n"
        "Барыс,none,,,\n"
        "Петербург,LOC,,city:498817,\n",
    )
    annotator = Annotator(layout="plain", register=path)
    text = "Клуб «Барыс» и холдинг «Байтерек» заключили договор в Алматы."
    frames = annotator.annotate(text, frames=["entities"])
    facts = frames.entities.set_index("name")
    assert "Барыс" not in facts.index
    assert facts.loc["Холдинг «Байтерек»", ["linked", "country"]].tolist() == [True, "KZ"]
    assert frames.info["options"]["register"]["name"] == str(path)


# The file | what the error says
WRONG = """
name,type\\nа,ORG | line 1: there is no column 'alias'
alias,type,kind\\nа,ORG,б | line 1: column 'kind' is none of
alias,type,name\\nа,XXX,б | line 2, column type: 'XXX' is none of PER, ORG, LOC, none
alias,type,name\\n,ORG,б | line 2, column alias: is empty
alias,type,name\\nа,ORG, | line 2, column name: is empty, and so is id
alias,type,name\\nа,ORG | line 2: another number of cells
alias,type,id\\nа,ORG,country:KZ | line 2, column type: 'ORG', but 'country:KZ' is LOC
"""


@pytest.mark.parametrize("line", WRONG.strip().splitlines())
def test_wrong_register(tmp_path, line):
    content, _, message = line.partition(" | ")
    path = write(tmp_path / "own.csv", content.replace("\\n", "\n").replace("\\n", "\n"))
    with pytest.raises(OptionError) as raised:
        Annotator(register=path)
    assert message in str(raised.value) and "own.csv" in str(raised.value)


def test_missing_register():
    with pytest.raises(OptionError, match="cannot be read"):
        Annotator(register="nowhere.csv")


def test_ambiguous_aliases_are_reported(tmp_path):
    path = write(tmp_path / "own.csv", "alias,type,name\nМинск,LOC,Один\nМинск,LOC,Два\n")
    with pytest.warns(RegisterWarning, match="1 aliases mean several entities"):
        annotator = Annotator(layout="plain", register=path)
    assert not annotator.annotate("Поезд прибыл в Минск.").entities["linked"].any()


def test_own_register_wins(tmp_path):
    path = write(
        tmp_path / "own.csv",
        "alias,type,name,id,country\n"
        "КТК,ORG,Карагандинский театр,,KZ\n"
        "Акорда,ORG,Администрация президента,org:akorda,\n"
        "Лесной,ORG,Клуб «Лесной»,,\n",
    )
    annotator = Annotator(layout="plain", register=path)
    text = "Телеканал КТК снял передачу о нефти. Так решила Акорда. Клуб вышел из города Лесной."
    facts = annotator.annotate(text, frames=["mentions", "entities"]).entities
    names = dict(zip(facts["name"], facts["type"], strict=True))
    assert names["Карагандинский театр"] == names["Администрация президента"] == "ORG"
    assert names["Клуб «Лесной»"] == "ORG"


def test_surnames_option_changes_no_normal_form():
    text = "С Токаевым и Лукашенко встретился Путин. Об этом сказал Лавров."
    some, every = entities_of(text, surnames=False), entities_of(text)
    assert some["normal"].tolist() == every["normal"].tolist()


# --- countries -----------------------------------------------------------------------------------

# Text | country, "-" where it is unclear
COUNTRIES = """
Казахстанские врачи провели операцию в Караганде. | KZ
В Алматы и Шымкенте построят школы, заявил Токаев. | KZ
Россияне назвали лучший город. | RU
Россия и США обсудили договор. | -
Встреча прошла хорошо. | -
Победа досталась хозяевам. | -
Того, кто ждал, и Такому гостю рады, Стал он другом. | -
Крымские дороги ремонтируют в Симферополе. | -
"""


@pytest.mark.parametrize("line", COUNTRIES.strip().splitlines())
def test_country(line):
    text, expected = line.split(" | ")
    found = newsnlp.annotate(text, frames=["topics"]).articles["country"][0]
    assert (found if isinstance(found, str) else "-") == expected


def test_country_needs_no_names():
    text = "Токаев поручил казахстанским акимам подготовиться к паводкам в Актобе."
    some, every = newsnlp.annotate(text, frames=["topics"]), newsnlp.annotate(text)
    pd.testing.assert_series_equal(some.articles["country"], every.articles["country"])


def test_finder_knows_inhabitants():
    finder = CountryFinder(Dictionary(), register())
    assert finder._vote("казахстанцев")[0] == "KZ" and finder._vote("победа") == ("", 0.0)


# --- articles together ---------------------------------------------------------------------------


def test_link_leaves_frames_as_they_are_and_names_its_evidence():
    frames = newsnlp.annotate(
        [
            "Министр Аскар Жумалиев выступил. По словам Жумалиева, дамбы готовы.",
            "Глава ведомства Жумалиев прибыл в Актобе.",
            "Астана и Минск подписали договор.",
        ]
    )
    before = frames.entities.copy()
    table = newsnlp.link(frames)
    pd.testing.assert_frame_equal(frames.entities, before)
    assert table.columns.tolist() == ["doc_id", "entity_id", "cluster_id", "rule", "evidence"]
    assert len(table) == len(before)
    joined = table[table["rule"].notna()]
    assert joined["doc_id"].tolist() == ["1"]
    assert "«Аскар Жумалиев» in 1 of 1" in joined["evidence"].iloc[0]


def people_in(*articles):
    frames = newsnlp.annotate(pd.DataFrame(articles, columns=["published", "source", "text"]))
    table = newsnlp.link(frames).merge(frames.entities, on=["doc_id", "entity_id"])
    return table[table["type"] == "PER"].set_index("doc_id")


def test_link_of_a_surname_by_days():
    table = people_in(
        ("2024-03-01", "А", "Аким Аскар Жумалиев открыл школу в Актобе вместе с «Ромашкой»."),
        ("2024-03-02", "А", "Министр Жумалиев открыл мост в Актобе."),
        ("2021-03-02", "А", "Полузащитник Жумалиев забил гол в Лондоне."),
    )
    assert table.loc["1", "cluster_id"] == table.loc["0", "entity_id"]
    assert table.loc["1", "rule"] == "days"
    assert table.loc["2", "cluster_id"] == table.loc["2", "entity_id"]


def test_link_of_two_people_of_a_surname_by_company():
    table = people_in(
        (
            None,
            None,
            "Тренер Аскар Жумалиев возглавил клуб «Ромашка» в Актобе, помогает Олег Носов.",
        ),
        (None, None, "Министр Болат Жумалиев приехал в Лондон на встречу с банком «Лютик»."),
        (None, None, "Тренер Жумалиев и Олег Носов вывели клуб «Ромашка» в лидеры."),
    )
    assert table.loc["2"].set_index("name").loc["Жумалиев", "rule"] == "company"
    assert "Аскар Жумалиев" in table.loc["2"].set_index("name").loc["Жумалиев", "evidence"]


def test_link_of_names_that_are_each_others_alias():
    entities = pd.DataFrame(
        [("0", "a", "ORG", "А", False), ("1", "b", "ORG", "Б", False)],
        columns=["doc_id", "entity_id", "type", "name", "linked"],
    )
    mentions = pd.DataFrame(
        [("0", "a", "Б"), ("1", "b", "А")], columns=["doc_id", "entity_id", "normal"]
    ).assign(kind="name", rule=None)
    articles = pd.DataFrame({"doc_id": ["0", "1"], "day": pd.NaT, "source": None})
    table = link_tables(articles, mentions, entities)
    assert table["cluster_id"].nunique() == 1
    assert table["rule"].notna().tolist() == (table["cluster_id"] != table["entity_id"]).tolist()
    turned = link_tables(*(frame[::-1] for frame in (articles, mentions, entities)))
    pd.testing.assert_frame_equal(turned[::-1].reset_index(drop=True), table)


def test_a_dateline_names_who_reports(annotator):
    text = "МИНСК, 14 мая – ТАСС, Анна Иванова. Совещание по паводку началось в Минске."
    mentions = annotator.annotate(text).mentions
    assert mentions[["text", "zone", "function"]].values.tolist() == [
        ["МИНСК", "dateline", "content"],
        ["ТАСС", "dateline", "credit"],
        ["Анна Иванова", "dateline", "credit"],
        ["Минске", "body", "content"],
    ]
