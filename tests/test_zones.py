"""Zones of pages dumped as text and of plain articles."""

import os
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsnlp.columns import Texts
from newsnlp.composition import compose
from newsnlp.errors import OptionError
from newsnlp.languages import LanguageDetector
from newsnlp.schema import LANGS, ZONES
from newsnlp.zones import article_languages, find_zones

DETECTOR = LanguageDetector()

# One page a block: its name, then the zone and the text of each line.
PAGES = """
# rubric, lead, list with relative times
rubric      | Экономика
title       | В Караганде построят завод по переработке шин
lead        | Новое предприятие начнёт работу осенью, сообщила пресс-служба акимата области.
body        | Завод будет принимать до десяти тысяч тонн сырья в год. Работу получат сто человек.
body        | Аким области осмотрел площадку. Он поручил закончить дорогу к заводу до сентября.
byline      | Анна Котова
related     | Последние новости
related     | На трассе столкнулись два автобуса
related     | Авария произошла утром на въезде в город, пострадавших везут в…
related     | 15 минут назад
related     | Синоптики обещают снег
related     | 2 часа назад

# a date line with its zone, labels, tags
rubric      | Спорт
date        | 17:04, 24 Ноябрь 2025 | GMT +5
title       | Сборная вышла в финал турнира в Софии
body        | Команда обыграла хозяев со счётом 3:1. Два мяча забил новичок сборной Олег Минин.
caption     | Фото: пресс-служба федерации
body        | Финал пройдёт в субботу. Соперник определится завтра во втором полуфинале турнира.
byline      | Автор: Пётр Лаптев
tags        | Теги: футбол, сборная

# no marker, but times
title       | Парламент принял закон о пляжах
body        | За документ проголосовали почти все депутаты. Закон вступит в силу первого мая.
body        | Теперь проход к воде будет свободным. Нарушителям грозит штраф до ста тысяч рублей.
related     | Мост через реку закрыли на ремонт
related     | вчера, 14:30
related     | Школьники победили на олимпиаде
related     | вчера, 13:05
related     | Театр открывает новый сезон
related     | вчера, 11:40

# no marker, times above the headlines
rubric      | Общество
title       | Парламент принял закон о пляжах
body        | За документ проголосовали почти все депутаты. Закон вступит в силу первого мая.
body        | Теперь проход к воде будет свободным. Нарушителям грозит штраф до ста тысяч рублей.
related     | 14:30
related     | Мост через реку закрыли на ремонт
related     | 13:05
related     | Школьники победили на олимпиаде
related     | 11:40
related     | Театр открывает новый сезон

# no rubric, no byline, bare headlines under a marker
title       | Учёные нашли в пещере древние рисунки
lead        | Археологи обнаружили наскальные рисунки возрастом около двенадцати тысяч лет.
body        | Пещера находится в горах. Попасть в неё можно только летом, когда сходит вода.
body        | Рисунки изображают охоту на быков. Краску древние люди делали из красной глины.
related     | Сейчас читают
related     | Цены на хлеб выросли на треть
related     | Где встретить Новый год за городом
related     | Кто стал лучшим учителем страны?

# a block of another article in mid-body, service lines
rubric      | Общество
title       | Врачи спасли альпиниста в горах Алтая
date        | 12 марта 2025, 09:15
body        | Мужчина сорвался со скалы в среду. Спасатели добирались до него шесть часов.
related     | Читайте также
related     | На Эвересте закрыли сезон восхождений
related     | Власти Непала объявили об окончании весеннего сезона раньше срока из-за...
body        | Пострадавшего доставили в больницу на вертолёте. Сейчас его жизни ничто не угрожает.
body        | Родные поблагодарили врачей. Альпинист намерен вернуться в горы следующим летом.
boilerplate | Поделиться
boilerplate | Версия для печати

# a related headline on the marker's own line
rubric      | Политика
date        | 4 августа 2025
title       | Министры обсудили общий рынок газа
body        | Встреча прошла в Ереване. Стороны договорились подготовить соглашение к зиме.
related     | Читайте также: Газ для соседей подешевеет
body        | Следующая встреча назначена на октябрь. Её проведут в столице Киргизии Бишкеке.

# author between headline and text
rubric      | Культура
title       | Музей покажет коллекцию старинных часов
byline      | Мария Ветрова
date        | Опубликовано: 05.02.2025, 10:00
body        | Выставка откроется в пятницу. На ней представят двести часов разных эпох и стран.
body        | Самому старому экспонату четыреста лет. Его привезли из частного собрания в Вене.

# menu above the rubric
boilerplate | Главная
boilerplate | Поиск
rubric      | Авто
title       | На Урале начали собирать электробусы
body        | Первые десять машин выйдут на линию весной. Одной зарядки хватает на день работы.
body        | Завод рассчитан на тысячу машин в год. Половину деталей делают здесь же, на Урале.
related     | Похожие новости
related     | Трамваи вернутся на набережную
related     | Метро закроют на два дня

# comments at the end
rubric      | Наука
title       | Телескоп увидел рождение звезды
body        | Снимки получены в январе. Астрономы изучали это облако газа более десяти лет.
body        | Звезда находится в тысяче световых лет. Её возраст не больше ста тысяч лет.
boilerplate | Распечатать
boilerplate | Комментарии
boilerplate | Очень красивые снимки, спасибо авторам за такую интересную новость.
boilerplate | Иван Сомов

# teasers that are not cut off, told apart by times
title       | Аэропорт Омска закрыли из-за тумана
body        | Задержаны двадцать рейсов. Пассажирам раздают воду и горячее питание бесплатно.
body        | Видимость не превышает ста метров. К вечеру синоптики обещают улучшение погоды.
related     | Главное за день
related     | Рубль укрепился к доллару и евро
related     | Биржевые торги завершились ростом российской валюты третий день подряд.
related     | 3 часа назад
related     | В зоопарке родился белый тигр
related     | Посетители смогут увидеть малыша не раньше начала лета этого года.
related     | 5 часов назад

# a marker in English, a Latin brand in the headline
rubric      | Технологии
title       | Apple покажет новые часы в сентябре
body        | Презентация пройдёт девятого числа. Вместе с часами ждут и обновлённые наушники.
body        | Цены вырастут примерно на десятую часть. Продажи начнутся через неделю после показа.
related     | Related Posts
related     | Google изменит поиск для школьников
related     | Во Франции ограничат доставку посылок

# tags one a line, time below the text
rubric      | Происшествия
title       | В Туле тушат склад мебели
body        | Огонь охватил две тысячи метров. На месте работают тридцать пожарных расчётов.
body        | Людей успели вывести. Причину пожара назовут после окончания экспертизы на месте.
date        | 24 ноября 2025 г., 12:10
tags        | Теги:
tags        | Тула
tags        | пожар

# cut-off teasers without times under a marker
rubric      | Бизнес
title       | Сеть пекарен откроет сто магазинов
lead        | Компания планирует выйти в двадцать новых городов до конца следующего года.
body        | На развитие потратят миллиард рублей. Половину этой суммы компания возьмёт в долг.
body        | Первые магазины появятся в Самаре. Там же построят вторую фабрику замороженного теста.
related     | Рекомендуем почитать
related     | Как банки меняют условия по вкладам
related     | Крупнейшие банки страны объявили о снижении ставок по вкладам для новых…
related     | Почему дорожает масло в магазинах
related     | Производители сливочного масла предупредили о росте цен с начала весны…

# related block right below the headline
title       | В Казани открыли школу на тысячу мест
related     | По теме
related     | Сколько школ построили за год
related     | За прошлый год в республике построили двадцать школ, а ещё пять зданий сдадут...
body        | В школе есть бассейн и две библиотеки. Учиться здесь будут дети из трёх районов.
body        | Строительство шло два года. Первого сентября сюда придут сорок первых классов.
byline      | Автор: Ольга Зимина
tags        | Теги: Казань, школа
"""

# Articles that "auto" must leave alone.
PLAIN = """
# a single headline
Токаев прибыл в Минск

# short article
Первого марта в городе открыли новый мост. Движение по нему началось сразу.

# headline and text
В городе открыли новый мост
Движение по мосту началось первого марта. Его строили три года.

# subheadings
Победа дня
Сборная выиграла эстафету. Это её третья победа подряд на чемпионатах мира.
Неудача дня
Лыжники остались без медалей. Тренер пообещал изменить подготовку к сезону.

# interview
— Как вы пришли в науку?
— Случайно. Мне попалась книга о звёздах, и я забыл про сон.
— Что посоветуете молодым?
— Не бояться вопросов, на которые ещё никто не ответил...

# questions by name
Корреспондент: Когда закончится ремонт?
Директор: Мы надеемся, что к осени.
Корреспондент: А сколько он стоит?
Директор: Двести миллионов рублей.

# list
Участникам выдали:
— палатки;
— спальные мешки;
— карты местности
Погода
Новости
Политика

# advice with a word that other pages use as a marker
Врачи дали советы на время жары. Жара продлится до конца недели.
Рекомендуем:
— пить больше воды;
— не выходить днём на солнце;
— носить светлую одежду

# poem
Зима пришла в наш тихий дом
И замела дороги
И только след за тем окном
И тени на пороге

# live text with times
Началась встреча министров в Женеве. На ней обсудят восемь вопросов.
14:30
Министры вышли к журналистам. Они сообщили о подписании соглашения.
15:10
Встреча закончилась. Следующая пройдёт в декабре в столице Австрии.

# programme of a feast
Праздник начнётся на площади в полдень. Вход на все площадки будет свободным.
12:00
Открытие выставки народных ремёсел
14:00
Концерт сводного хора ветеранов
16:30
Забег на пять километров
21:00
Праздничный салют над рекой

# standings
Положение команд после десятого тура определилось досрочно, лидер ушёл в отрыв.
Заря
24
Север
21

# caption and credit
Вертолёт сел на лёд озера. Пилот не пострадал и сам добрался до базы.
Вертолёт на льду озера
РИА Новости
© Пётр Иванов
Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.
"""


def blocks(table):
    """The blocks of a table as cases, each a list of lines."""
    cases = []
    for block in table.strip().split("\n\n"):
        name, *lines = block.splitlines()
        cases.append(pytest.param(lines, id=name.lstrip("# ")))
    return cases


def columns(lines):
    """(zone, text) of each line of a page."""
    return [tuple(part.strip() for part in line.split("|", 1)) for line in lines]


def dump(lines, gap="\n\n"):
    """The page as it is found: its text alone."""
    return gap.join(text for _, text in columns(lines))


def layout_of(text, layout="auto", title=None, lead=None):
    composed = compose(title, lead, text)
    texts = Texts.join([composed.text])
    found = find_zones([composed], texts, layout=layout, detector=DETECTOR)
    return composed.text, found


def kinds_of(text, **options):
    """(zone, text) of each zone."""
    text, layout = layout_of(text, **options)
    zones = layout.zones
    return [
        (ZONES[kind], text[start:stop])
        for kind, start, stop in zip(zones.kind, zones.start, zones.stop, strict=True)
    ]


def by_line(zones):
    return [
        (kind, line.strip()) for kind, text in zones for line in text.splitlines() if line.strip()
    ]


@pytest.mark.parametrize("gap", ["\n", "\n\n", " \r\n\n \n"])
@pytest.mark.parametrize("layout", ["auto", "page"])
@pytest.mark.parametrize("lines", blocks(PAGES))
def test_pages(lines, layout, gap):
    assert by_line(kinds_of(dump(lines, gap), layout=layout)) == columns(lines)


@pytest.mark.parametrize("lines", blocks(PAGES))
def test_a_page_with_its_own_title_and_lead_given_has_the_same_zones(lines):
    page = dump(lines)
    _, first = layout_of(page)
    title, lead = first.found.title[0], first.found.lead[0]
    text, again = layout_of(page, title=title, lead=lead)
    assert text == page
    for name in ("doc", "kind", "lang", "start", "stop", "annotated"):
        assert np.array_equal(getattr(first.zones, name), getattr(again.zones, name)), name
    assert again.found == first.found


@pytest.mark.parametrize("lines", blocks(PLAIN))
def test_plain_articles_pass_untouched(lines):
    text = "\n".join(lines)
    assert kinds_of(text) == [("body", text)]


@pytest.mark.parametrize("layout", ["auto", "plain"])
@pytest.mark.parametrize("lines", blocks(PLAIN))
def test_given_title_and_lead_are_zones_of_their_kind(lines, layout):
    text = "\n".join(lines)
    title, lead = "Заголовок дня о важном", "Коротко о том, что случилось."
    zones = kinds_of(text, layout=layout, title=title, lead=lead)
    assert zones == [("title", title), ("lead", lead), ("body", text)]


def test_plain_takes_a_page_as_it_is():
    page = dump(blocks(PAGES)[0].values[0])
    assert kinds_of(page, layout="plain") == [("body", page)]


def test_what_a_page_says():
    _, layout = layout_of(dump(blocks(PAGES)[1].values[0]))
    found = layout.found
    assert found.title == ["Сборная вышла в финал турнира в Софии"]
    assert found.rubric == ["Спорт"]
    assert found.lead == [None]
    assert found.author == ["Пётр Лаптев"]
    assert found.published == ["17:04, 24 Ноябрь 2025 | GMT +5"]


def test_a_given_title_wins_over_a_found_one():
    page = dump(blocks(PAGES)[0].values[0])
    zones = by_line(kinds_of(page, title="Завод шин построят в Караганде"))
    assert ("title", "Завод шин построят в Караганде") in zones
    assert ("boilerplate", "В Караганде построят завод по переработке шин") in zones


def test_a_mid_body_block_of_a_plain_article_ends_with_its_teaser():
    text = """Первый абзац статьи. В нём сказано главное о событии.
Также по теме
Старый мост закроют на ремонт
Мост через реку закроют на три месяца, объезд организуют по соседней улице, сообщили...
Второй абзац статьи. Он продолжает рассказ о событии."""
    kinds = [kind for kind, _ in by_line(kinds_of(text))]
    assert kinds == ["body", "related", "related", "related", "body"]


def test_an_uncertain_mid_body_block_stays_in_a_plain_article():
    text = """Первый абзац статьи. В нём сказано главное о событии.
Также по теме
Второй абзац статьи без точки в конце
Третий абзац статьи. Он продолжает рассказ о событии."""
    assert kinds_of(text) == [("body", text)]


def test_the_seed_page():
    if "NEWSNLP_DATA" not in os.environ:
        pytest.skip("needs NEWSNLP_DATA")
    page = (Path(os.environ["NEWSNLP_DATA"]) / "seed_page.txt").read_text("utf-8")
    zones = kinds_of(page)
    assert [kind for kind, _ in zones] == ["rubric", "title", "lead", "body", "byline", "related"]
    rubric, title, lead, body, byline, related = (text for _, text in zones)
    assert (rubric, byline) == ("Политика", "Насия Алябьева")
    assert title == "Токаев обозначил приоритеты председательства Казахстана в ОДКБ"
    assert lead.startswith("Глава государства принял участие")
    assert lead.endswith("Акорды.")
    assert body.startswith("Касым-Жомарт Токаев заявил, что с 1 января 2024 года")
    assert body.endswith("системы коллективной безопасности.")
    assert related.startswith("Recent Posts")
    assert layout_of(page)[1].found.author == ["Насия Алябьева"]


def test_languages_split_zones_and_only_russian_is_annotated():
    russian = "Президент прибыл в Минск."
    kazakh = "Президент Үкіметке жаңа тапсырмалар берді."
    composed = [compose(None, None, f"{russian}\n{kazakh}\n{kazakh}"), compose(None, None, "")]
    texts = Texts.join([one.text for one in composed])
    zones = find_zones(composed, texts, layout="auto", detector=DETECTOR).zones
    assert [LANGS[code] for code in zones.lang] == ["ru", "kk"]
    assert zones.annotated.tolist() == [True, False]
    assert [LANGS[code] for code in article_languages(zones, 2)] == ["kk", "ru"]


def test_an_unknown_layout_names_those_that_there_are():
    with pytest.raises(OptionError, match=r"'pages'.*'auto', 'plain', 'page'"):
        layout_of("Текст.", layout="pages")


PIECES = st.sampled_from(
    [
        *"\n\n\n \t\r\x00\x1c\x85\u2028\xad\u200b\ud800",
        *(text for block in blocks(PAGES) for _, text in columns(block.values[0])),
        "Үкімет жаңа бағдарламаны бекітті",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text()


@given(
    st.lists(st.tuples(st.none() | TEXTS, st.none() | TEXTS, TEXTS), max_size=4),
    st.sampled_from(["auto", "plain", "page"]),
)
def test_zones_leave_out_only_whitespace_and_do_not_overlap(articles, layout):
    composed = [compose(*article) for article in articles]
    texts = Texts.join([one.text for one in composed])
    zones = find_zones(composed, texts, layout=layout, detector=DETECTOR).zones
    end = 0
    for doc, start, stop in zip(zones.doc, zones.start, zones.stop, strict=True):
        assert texts.start[doc] <= start < stop <= texts.stop[doc]
        assert end <= start
        assert not texts.text[end:start].strip()
        assert texts.text[start:stop] == texts.text[start:stop].strip()
        end = stop
    assert not texts.text[end:].strip()
    rows = list(zip(zones.doc, zones.kind, zones.lang, strict=True))
    assert all(row != following for row, following in pairwise(rows))


@given(st.none() | TEXTS, st.none() | TEXTS, TEXTS, st.sampled_from(["auto", "page"]))
def test_what_is_found_given_again_changes_nothing(title, lead, text, layout):
    def held(composed, span, found):
        return composed.text[slice(*span)] if span else found

    composed = compose(title, lead, text)
    texts = Texts.join([composed.text])
    first = find_zones([composed], texts, layout=layout, detector=DETECTOR)
    again = compose(
        held(composed, composed.title, first.found.title[0]),
        held(composed, composed.lead, first.found.lead[0]),
        composed.text,
    )
    assert again.text == composed.text
    second = find_zones([again], texts, layout=layout, detector=DETECTOR)
    for name in ("kind", "lang", "start", "stop"):
        assert np.array_equal(getattr(first.zones, name), getattr(second.zones, name)), name


@given(st.lists(TEXTS, min_size=2, max_size=4))
def test_an_article_reads_the_same_alone_and_in_a_batch(articles):
    composed = [compose(None, None, text) for text in articles]
    texts = Texts.join([one.text for one in composed])
    batch = find_zones(composed, texts, layout="auto", detector=DETECTOR).zones
    for doc, one in enumerate(composed):
        alone = find_zones([one], Texts.join([one.text]), layout="auto", detector=DETECTOR).zones
        rows = batch.doc == doc
        assert np.array_equal(batch.start[rows] - texts.start[doc], alone.start)
        assert np.array_equal(batch.kind[rows], alone.kind)
        assert np.array_equal(batch.lang[rows], alone.lang)


@pytest.mark.parametrize("layout", ["auto", "plain", "page"])
@pytest.mark.parametrize(
    "text",
    [
        "а" * 1_000_000,
        "\n" * 1_000_000,
        "а\n" * 150_000,
        "Читайте также\n" * 70_000,
        "12:30\n" * 160_000,
    ],
    ids=["one word", "line breaks", "letters", "markers", "times"],
)
def test_time_is_linear(text, layout):
    started = time.perf_counter()
    layout_of(text, layout=layout)
    assert time.perf_counter() - started < 8
