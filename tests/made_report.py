"""Blocks of a made-up report, built by hand: 200 articles of three months.

Everything is invented, and drawn with a fixed seed: every run makes the same report.
"""

from __future__ import annotations

import datetime
import gzip
import json
import random
from collections import Counter

CHUNK = 50
N_ARTICLES = 200
N_FULL = 120

# Type, id, name, then the forms: who, of whom, to whom, by whom, about whom.
NAMES = """
PER per:tokaev    Касым-Жомарт_Токаев Токаев Токаева Токаеву Токаевым Токаеве
PER per:orlova    Марина_Орлова Орлова Орловой Орловой Орловой Орловой
PER per:semenov   Пётр_Семёнов Семёнов Семёнова Семёнову Семёновым Семёнове
PER per:bekova    Айгуль_Бекова Бекова Бековой Бековой Бековой Бековой
PER per:gromov    Илья_Громов Громов Громова Громову Громовым Громове
PER per:lisin     Олег_Лисин Лисин Лисина Лисину Лисиным Лисине
PER per:zhukova   Анна_Жукова Жукова Жуковой Жуковой Жуковой Жуковой
PER per:ermekov   Данияр_Ермеков Ермеков Ермекова Ермекову Ермековым Ермекове
ORG org:odkb      ОДКБ ОДКБ ОДКБ ОДКБ ОДКБ ОДКБ
ORG org:sokol     ФК_«Сокол» «Сокол» «Сокола» «Соколу» «Соколом» «Соколе»
ORG org:volna     Банк_«Волна» «Волна» «Волны» «Волне» «Волной» «Волне»
ORG org:minenergo Минэнерго Минэнерго Минэнерго Минэнерго Минэнерго Минэнерго
ORG org:kvant     Институт_«Квант» «Квант» «Кванта» «Кванту» «Квантом» «Кванте»
ORG org:raduga    Театр_«Радуга» «Радуга» «Радуги» «Радуге» «Радугой» «Радуге»
LOC loc:minsk     Минск Минск Минска Минску Минском Минске
LOC loc:astana    Астана Астана Астаны Астане Астаной Астане
LOC loc:tver      Тверь Тверь Твери Твери Тверью Твери
LOC loc:omsk      Омск Омск Омска Омску Омском Омске
LOC loc:kazan     Казань Казань Казани Казани Казанью Казани
LOC loc:aktau     Актау Актау Актау Актау Актау Актау
"""
CASES = ("nom", "gen", "dat", "ins", "loc")
# Topic, weight, who is drawn for it (tokaev is rather with odkb, and so on), and its sentences.
TOPICS = {
    ("medtop:11000000", "Политика", 30): (
        "tokaev orlova semenov odkb minsk astana",
        """
        {PER.nom} провёл переговоры с {PER.ins} в {LOC.loc}.
        Участники встречи обсудили повестку {ORG.gen} и сроки следующего саммита.
        По словам {PER.gen}, решение будет принято до конца месяца.
        В {LOC.loc} открылось заседание совета, которое ведёт {PER.nom}.
        """,
    ),
    ("medtop:04000000", "Экономика", 25): (
        "bekova lisin volna minenergo omsk aktau",
        """
        {ORG.nom} пересмотрит тарифы с начала квартала, сообщил {PER.nom}.
        Новый завод построят в {LOC.loc}: договор с {ORG.ins} уже подписан.
        {PER.nom} отметил, что спрос в {LOC.loc} вырос на треть.
        Прибыль {ORG.gen} оказалась выше ожиданий.
        """,
    ),
    ("medtop:15000000", "Спорт", 20): (
        "gromov ermekov sokol kazan tver",
        """
        {ORG.nom} выиграл в {LOC.loc} со счётом 2:1.
        Победный мяч забил {PER.nom} на последней минуте.
        Тренер {ORG.gen} поблагодарил {PER.gen} за игру.
        Следующий матч пройдёт в {LOC.loc} через неделю.
        """,
    ),
    ("medtop:13000000", "Наука и технологии", 12): (
        "zhukova kvant tver kazan",
        """
        Учёные {ORG.gen} под руководством {PER.gen} испытали новый датчик.
        Прибор собрали в {LOC.loc}, его точность втрое выше прежней.
        {PER.nom} рассказала о работе {ORG.gen} на конференции в {LOC.loc}.
        """,
    ),
    ("medtop:01000000", "Культура и развлечения", 8): (
        "zhukova raduga astana omsk",
        """
        {ORG.nom} покажет премьеру в {LOC.loc}.
        Главную роль сыграет {PER.nom}.
        Гастроли {ORG.gen} продлятся до осени и закончатся в {LOC.loc}.
        """,
    ),
    ("medtop:06000000", "Экология", 6): (
        "orlova minenergo aktau omsk",
        """
        В {LOC.loc} посадили десять тысяч деревьев.
        {ORG.nom} проверит выбросы, поручение дал {PER.nom}.
        """,
    ),
    ("medtop:17000000", "Погода", 5): (
        "minsk tver kazan omsk",
        """
        В {LOC.loc} ожидаются дожди и сильный ветер.
        К выходным в {LOC.loc} потеплеет до двадцати градусов.
        """,
    ),
    ("medtop:05000000", "Образование", 4): (
        "bekova kvant astana kazan",
        """
        В {LOC.loc} открыли школу при {ORG.loc}.
        {PER.nom} встретилась с выпускниками в {LOC.loc}.
        """,
    ),
    ("medtop:07000000", "Здоровье", 3): (
        "orlova omsk tver",
        """
        В {LOC.loc} заработала новая поликлиника, сообщила {PER.nom}.
        """,
    ),
}
OUTLETS = {"vestnik.example": 9, "stolica.example": 6, "Голос Степи": 4, "sport-den.example": 3}
KEYWORDS = ("переговоры", "саммит", "тариф", "завод", "матч", "премьера", "датчик", "договор")


def blocks(core: dict, texts: list[dict]) -> dict[str, bytes]:
    """Blocks of a report with this core and these texts."""
    made = {"core": packed(core)}
    for number in range(0, len(texts), CHUNK):
        made[f"texts-{number // CHUNK}"] = packed(texts[number : number + CHUNK])
    return made


def contents() -> tuple[dict, list[dict]]:
    """Core and texts of the made-up report."""
    articles, texts = made()
    return _core(articles), texts


def packed(value) -> bytes:
    return gzip.compress(json.dumps(value, ensure_ascii=False).encode(), mtime=0)


def names() -> list[dict]:
    table = []
    for line in NAMES.strip().splitlines():
        type_, id_, name, *forms = line.split()
        forms = dict(zip(CASES, forms, strict=True))
        table.append({"type": type_, "id": id_, "name": name.replace("_", " "), "forms": forms})
    return table


def made() -> tuple[list[dict], list[dict]]:
    """Columns of every article and what its block of texts says of it, the newest first."""
    draw = random.Random(7)
    entities = names()
    numbers = {entity["id"].partition(":")[2]: at for at, entity in enumerate(entities)}
    topics = list(TOPICS)
    start = datetime.date(2026, 3, 1)
    days = sorted(start + datetime.timedelta(int(91 * draw.random() ** 0.8)) for _ in range(198))
    days = [day.isoformat() for day in reversed(days)] + [None, None]
    articles, texts = [], []
    for number, day in enumerate(days):
        topic = draw.choices(range(len(topics)), [weight for *_, weight in topics])[0]
        cast, sentences = TOPICS[topics[topic]]
        cast = [numbers[name] for name in cast.split()]
        lines = [line.strip() for line in sentences.strip().splitlines()]
        title = _filled(draw.choice(lines).rstrip("."), cast, entities, draw)
        body = [
            _filled(draw.choice(lines), cast, entities, draw) for _ in range(draw.randint(3, 9))
        ]
        body = [[*sentence, "\n\n" if at % 3 == 2 else " "] for at, sentence in enumerate(body)]
        if number % 5 == 3:
            credit = ["«Голос Степи»", -1, "ORG", "«Голос Степи»", "credit"]
            body.append(["Об этом пишет ", credit, "."])
        counts = Counter(
            part[1] for line in [title, *body] for part in line if part[4:] == ["content"]
        )
        full = number < N_FULL
        if not full:
            body = [line for line in body if any(not isinstance(part, str) for part in line)]
        outlet = draw.choices(range(-1, len(OUTLETS)), [1, *OUTLETS.values()])[0]
        zones = [["title", [title]], ["body", body]]
        if full:
            zones += [
                ["byline", [["Автор: Ирина Строева"]]],
                ["related", [["Читайте также: хроника дня"]]],
                ["embed", [["window.player = 1; " * 30]]],
            ]
        all_topics = [topic]
        if draw.random() < 0.3:
            all_topics.append((topic + 1) % len(topics))
        articles.append(
            {
                "id": f"https://vestnik.example/{number}",
                "title": "".join(part if isinstance(part, str) else part[0] for part in title),
                "day": day,
                "outlet": outlet,
                "topic": [] if draw.random() < 0.05 else all_topics,
                "url": f"https://vestnik.example/{number}",
                "author": "Ирина Строева" if draw.random() < 0.5 else None,
                "status": "ok",
                "entities": [value for pair in counts.items() for value in pair],
            }
        )
        texts.append(
            {
                "full": full,
                "keywords": draw.sample(KEYWORDS, 4),
                "scores": [0.71, 0.22][: len(articles[-1]["topic"])],
                "zones": zones,
            }
        )
    return articles, texts


def _filled(line: str, cast: list[int], entities: list[dict], draw: random.Random) -> list:
    """Parts of a sentence: of each slot a name of the cast, of which none stands twice in it."""
    parts, used = [], set()
    for number, piece in enumerate(line.replace("{", "}").split("}")):
        if number % 2 == 0:
            parts += [piece] if piece else []
            continue
        type_, case = piece.split(".")
        fitting = [at for at in cast if entities[at]["type"] == type_]
        chosen = draw.choice([at for at in fitting if at not in used] or fitting)
        used.add(chosen)
        forms = entities[chosen]["forms"]
        parts.append([forms[case], chosen, type_, forms["nom"], "content"])
    return parts


def _core(articles: list[dict]) -> dict:
    entities = names()
    pairs = [
        (article["entities"][at], article["entities"][at + 1])
        for article in articles
        for at in range(0, len(article["entities"]), 2)
    ]
    n_articles = Counter(entity for entity, _ in pairs)
    n_mentions = Counter()
    for entity, count in pairs:
        n_mentions[entity] += count
    return {
        "title": "Вести за весну",
        "made": articles[0]["day"],
        "version": "0.1.0",
        "n_articles": len(articles),
        "n_full": N_FULL,
        "n_sentences": len(articles) - N_FULL,
        "n_bare": 0,
        "first_only": False,
        "chunk": CHUNK,
        "topics": [{"id": id_, "label": label} for id_, label, _ in TOPICS],
        "outlets": list(OUTLETS),
        "articles": {name: [article[name] for article in articles] for name in articles[0]},
        "entities": {
            "id": [entity["id"] for entity in entities],
            "name": [entity["name"] for entity in entities],
            "type": [entity["type"] for entity in entities],
            "n_articles": [n_articles[at] for at in range(len(entities))],
            "n_mentions": [n_mentions[at] for at in range(len(entities))],
        },
    }
