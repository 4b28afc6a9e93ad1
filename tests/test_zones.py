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
from newsnlp.tables import read_table
from newsnlp.zones import article_languages, find_zones

DETECTOR = LanguageDetector()
WORDED = read_table("layout_patterns.tsv")

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

# a ticker and a strip of languages above
boilerplate | Русский | Қазақша
boilerplate | Алматы +3°C
boilerplate | USD 520.14 EUR 601.30
rubric      | Общество
title       | В горах открыли канатную дорогу
date        | 24 ноября 2025 | Общество
body        | Дорога поднимает людей на высоту три тысячи метров. Путь занимает двенадцать минут.
body        | Билеты продают в кассе и на сайте. Пенсионеры и школьники ездят вдвое дешевле.

# chain of teasers in one line
rubric      | Спорт
date        | 4 августа 2025
title       | В Костанае открыли новый ледовый дворец
body        | Дворец строили три года. На лёд могут выйти двести человек, сообщил аким.
related     | ■ В Рудном отремонтируют бассейн ■ Лисаковск получит новый стадион
body        | Первыми по льду прокатились дети. Секции откроют в сентябре, занятия бесплатны.

# language letters and time above the headline
boilerplate | RU
boilerplate | KZ
boilerplate | EN
date        | 17:04, 24 Ноябрь 2025 | GMT +5
title       | Ученики из Актау построили робота
body        | Робот собирает мусор на пляже. Школьники потратили на него два года и сто тысяч тенге.
body        | Осенью ребята поедут на конкурс. За место в финале поборются команды из десяти стран.
related     | Другие новости
related     | На Каспии спасли двух тюленей
related     | 12 минут назад
related     | В школах введут урок плавания
related     | 40 минут назад

# relative date and photo credit under the headline
rubric      | Общество
title       | В Омске запустили ретротрамвай
date        | Сегодня, 12:26
caption     | Фото: пресс-служба мэрии
body        | Вагон собрали из деталей семидесятых годов. Он будет ходить по выходным до октября.
body        | Билет стоит столько же, сколько в обычном трамвае. Дети до семи лет едут бесплатно.

# author with a role in brackets, labelled, above the text
rubric      | Экономика
date        | 4 августа 2025
title       | Урожай яблок вырос вдвое
byline      | Автор: Ольга Зимина (редактор отдела)
body        | Сады Алматинской области дали рекордный урожай. Лето было тёплым, говорят агрономы.
body        | Хранилища уже заполнены. Часть яблок отправят на переработку в соседние районы.

# caption, agency and photographer
rubric      | Происшествия
date        | 4 августа 2025
title       | Вертолёт сел на лёд озера
caption     | Фото: Вертолёт на льду
caption     | © Пётр Иванов
body        | Пилот не пострадал и сам добрался до базы. Машину вытащат, когда лёд станет толще.
body        | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.

# bullets with date, views and comments
rubric      | Наука
title       | Астрономы нашли двойную комету
date        | • 24 ноября 2025
boilerplate | Просмотров: 1204
boilerplate | Комментариев: 3
body        | Комету заметили в телескоп на Кавказе. Она состоит из двух ядер, связанных перемычкой.
body        | К Земле она подойдёт в марте. Увидеть её можно будет в обычный бинокль до рассвета.

# calls with telephone and mail, address of the original
rubric      | Спорт
date        | 12 марта 2025, 09:15
title       | Марафон в Туле пройдёт в мае
body        | Бегуны стартуют от кремля. Трассу изменили, чтобы не перекрывать мост.
body        | Заявки принимают до апреля. В прошлом году на старт вышли четыре тысячи человек.
boilerplate | Стали очевидцем? Пишите нам на news@example.org или +7 700 000 00 00.
boilerplate | Оригинал статьи: https://example.org/sport/1

# feed's tail, cookies, subscription, notice
rubric      | В мире
date        | 12 марта 2025, 09:15
title       | Порт Роттердама расширит причалы
body        | На работы уйдёт три года. Причалы смогут принимать самые большие суда, сообщил порт.
body        | Деньги даст городской бюджет. Часть расходов покроют сборы с перевозчиков за пять лет.
notice      | * «Пример» — организация, запрещённая в России.
boilerplate | Сообщение Порт Роттердама расширит причалы появились сначала на Пример.
boilerplate | Мы используем файлы cookie, чтобы сайт работал лучше.
boilerplate | Подпишитесь на рассылку лучших материалов недели

# embed between paragraphs, material by courtesy
rubric      | Культура
date        | 12 марта 2025, 09:15
title       | Певица спела на крыше музея
body        | Концерт шёл без объявления. Прохожие слушали песни с площади и соседних балконов.
embed       | Посмотреть эту публикацию в Instagram
embed       | Публикация от Анны Ветровой (@anna.vetrova)
body        | Музей обещал повторить концерт. Следующий пройдёт летом во внутреннем дворе здания.
boilerplate | Материал предоставлен пресс-службой музея

# leftovers of HTML and scripts
rubric      | Культура
date        | 12 марта 2025, 09:15
title       | Библиотека собрала миллион книг
boilerplate | <p>
body        | Миллионной стала книга сказок. Её подарила читательница, которая ходит сюда сорок лет.
boilerplate | (function(d,s,id){var js,fjs=d.getElementsByTagName(s)[0];}(document,'script','x'));
body        | Для хранения строят новый корпус. Он откроется зимой и вместит ещё полмиллиона томов.
boilerplate | </p>&nbsp;

# one related headline with its time
rubric      | Политика
title       | Посол вручил верительные грамоты
lead        | Церемония прошла в столице и заняла около получаса, сообщила служба протокола.
body        | Стороны обсудили торговлю и туризм. Посол пригласил министра на выставку в Вене.
byline      | Анна Котова
related     | Читайте также
related     | Консульство в Актау переедет
related     | 2 часа назад

# two headlines stacked, of the section and of the article
rubric      | Общество
date        | 24 ноября 2025, 10:15
title       | Мост через Исеть закрыли на ремонт до осени следующего года
boilerplate | Мост через Исеть закрыли: что с объездом и автобусами
body        | Движение через Исеть прекратили утром. Ремонт закончат к осени следующего года.
body        | Рабочие заменят опоры и полотно. Пешеходам оставят временный переход через реку.

# two headlines stacked, the first of the article before
boilerplate | Общество
boilerplate | Певица спела на крыше музея
rubric      | Культура
boilerplate | Рисунки первоклассников показали космонавтам
title       | В Омске запустили ретротрамвай на линию вдоль набережной
date        | 24 ноября 2025, 10:15
body        | Ретротрамвай собрали из деталей старых вагонов. На линию он выйдет в пятницу утром.
body        | Ездить трамвай будет вдоль набережной Омска. Билет стоит столько же, сколько обычно.

# three headlines stacked, the same again and a short one
rubric      | Политика
title       | Министры обсудили общий рынок газа в Ереване
boilerplate | Министры обсудили общий рынок газа в Ереване
boilerplate | Общий рынок газа: министры встретились в Ереване
date        | 4 августа 2025
body        | Встреча прошла в Ереване. Стороны договорились подготовить соглашение к зиме.
body        | Следующая встреча назначена на октябрь. Её проведут в столице Киргизии Бишкеке.

# a strip of trending names
boilerplate | Сегодня 24 ноября, понедельник
boilerplate | Алматы +3°C
boilerplate | USD 520.14 EUR 601.30
boilerplate | В тренде:
boilerplate | Сергей Лапин
boilerplate | Анна Котова
boilerplate | Байконур
boilerplate | Выборы
rubric      | Общество
title       | В горах открыли канатную дорогу
date        | 24 ноября 2025, 10:15
body        | Дорога поднимает людей на высоту три тысячи метров. Путь занимает двенадцать минут.
body        | Билеты продают в кассе и на сайте. Пенсионеры и школьники ездят вдвое дешевле.

# tags above the headline
tags        | Теги: Урал, транспорт
rubric      | Авто
title       | На Урале начали собирать электробусы
date        | 24 ноября 2025, 10:15
body        | Первые десять машин выйдут на линию весной. Одной зарядки хватает на день работы.
body        | Завод рассчитан на тысячу машин в год. Половину деталей делают здесь же, на Урале.

# hash tags above the headline
tags        | #урал #транспорт #электробусы
title       | На Урале начали собирать электробусы
date        | 24 ноября 2025, 10:15
byline      | Автор: Пётр Лаптев
body        | Первые десять машин выйдут на линию весной. Одной зарядки хватает на день работы.
body        | Завод рассчитан на тысячу машин в год. Половину деталей делают здесь же, на Урале.

# a summary box that repeats the body
rubric      | Экономика
date        | 24 ноября 2025, 10:15
title       | Урожай яблок вырос вдвое
boilerplate | Коротко:
boilerplate | Сады Алматинской области дали рекордный урожай.
boilerplate | Хранилища уже заполнены.
body        | Сады Алматинской области дали рекордный урожай. Лето было тёплым, говорят агрономы.
body        | Хранилища уже заполнены. Часть яблок отправят на переработку в соседние районы.

# the text twice over
rubric      | Наука
date        | 24 ноября 2025, 10:15
title       | Астрономы нашли двойную комету
body        | Комету заметили в телескоп на Кавказе. Она состоит из двух ядер, связанных перемычкой.
body        | К Земле она подойдёт в марте. Увидеть её можно будет в обычный бинокль до рассвета.
boilerplate | Астрономы нашли двойную комету
boilerplate | Комету заметили в телескоп на Кавказе. Она состоит из двух ядер, связанных перемычкой.
boilerplate | К Земле она подойдёт в марте. Увидеть её можно будет в обычный бинокль до рассвета.
tags        | Теги: космос, кометы

# a live blog
rubric      | В мире
date        | 24 ноября 2025, 10:15
title       | Переговоры в Женеве: хроника дня
body        | Министры восьми стран собрались в Женеве. Мы следим за встречей с самого утра.
date        | 14:30
body        | Министры вышли к журналистам
body        | Они сообщили о подписании соглашения. Текст обещали показать до конца недели.
date        | 12:10
body        | Объявлен перерыв
body        | Делегации ушли на обед. Вторая часть встречи начнётся через час в том же зале.
date        | 09:00
body        | Встреча началась
body        | За столом двадцать человек. На переговоры отведено пять часов, сообщил секретариат.

# author's surname first, after the text
rubric      | Культура
date        | 05.02.2025, 10:00
title       | Музей покажет коллекцию старинных часов
body        | Выставка откроется в пятницу. На ней представят двести часов разных эпох и стран.
body        | Самому старому экспонату четыреста лет. Его привезли из частного собрания в Вене.
byline      | ВЕТРОВА Мария

# author's surname first, before the text, role in brackets
rubric      | Культура
date        | 05.02.2025, 10:00
title       | Музей покажет коллекцию старинных часов
byline      | Ветрова Мария (обозреватель)
body        | Выставка откроется в пятницу. На ней представят двести часов разных эпох и стран.
body        | Самому старому экспонату четыреста лет. Его привезли из частного собрания в Вене.

# author with a role, comma
rubric      | Культура
date        | 05.02.2025, 10:00
title       | Музей покажет коллекцию старинных часов
body        | Выставка откроется в пятницу. На ней представят двести часов разных эпох и стран.
body        | Самому старому экспонату четыреста лет. Его привезли из частного собрания в Вене.
byline      | Мария Ветрова, обозреватель

# a caption made of image keywords
rubric      | Происшествия
date        | 4 августа 2025
title       | Вертолёт сел на лёд озера
caption     | вертолёт, лёд, озеро, спасатели, зима
body        | Пилот не пострадал и сам добрался до базы. Машину вытащат, когда лёд станет толще.
body        | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.

# caption, agency and photographer on three lines
rubric      | Происшествия
date        | 4 августа 2025
title       | Вертолёт сел на лёд озера
caption     | Вертолёт на льду озера
caption     | РИА Новости
caption     | © Пётр Иванов
body        | Пилот не пострадал и сам добрался до базы. Машину вытащат, когда лёд станет толще.
body        | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.

# a bare view count
rubric      | Наука
title       | Телескоп увидел рождение звезды
date        | 24 ноября 2025
boilerplate | 1 204
body        | Снимки получены в январе. Астрономы изучали это облако газа более десяти лет.
body        | Звезда находится в тысяче световых лет. Её возраст не больше ста тысяч лет.
boilerplate | 57

# standings one cell a line
rubric      | Спорт
date        | 12 марта 2025, 09:15
title       | Заря стала чемпионом досрочно
body        | Команда обыграла соперника в гостях. До конца турнира остаются ещё три тура.
body        | Положение команд
body        | Заря
body        | 24
body        | Север
body        | 21
body        | Луч
body        | 17
body        | Награду вручат в последнем туре. Он пройдёт в субботу на стадионе чемпиона.

# interview turns
rubric      | Спорт
date        | 12 марта 2025, 09:15
title       | Юрий Петров: «Мы готовились к этому год»
body        | Тренер рассказал о победе и планах. Разговор состоялся сразу после матча в Туле.
body        | – Когда вы поверили в победу?
body        | – После второго гола. Команда заиграла свободно и перестала бояться соперника.
body        | – Что дальше?
body        | Ю. Петров.
body        | – Отпуск, а потом сборы в горах. Новичков пока не ищем, сил у нас достаточно.

# a digest of unrelated items
rubric      | Общество
date        | 12 марта 2025, 09:15
title       | Утренний обзор: что случилось за ночь
body        | В Омске запустили трамвай
body        | Вагон собрали из деталей семидесятых годов. Он будет ходить по выходным до октября.
body        | Порт Роттердама расширит причалы
body        | На работы уйдёт три года. Причалы смогут принимать самые большие суда, сообщил порт.
body        | Певица спела на крыше музея
body        | Концерт шёл без объявления. Прохожие слушали песни с площади и соседних балконов.
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
"""

# Plain articles with pieces that are certain anywhere.
CERTAIN = """
# caption, agency and photographer
body        | Вертолёт сел на лёд озера. Пилот не пострадал и сам добрался до базы.
caption     | Вертолёт на льду озера
caption     | РИА Новости
caption     | © Пётр Иванов
body        | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.

# photographer alone, below a paragraph
body        | Вертолёт сел на лёд озера. Пилот не пострадал и сам добрался до базы.
caption     | globallookpress.com
caption     | © Пётр Иванов
body        | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.

# author as the last line
body        | Вертолёт сел на лёд озера. Пилот не пострадал и сам добрался до базы.
body        | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.
byline      | Анна Котова

# a call that links cut into lines
body        | Вертолёт сел на лёд озера. Пилот не пострадал и сам добрался до базы.
boilerplate | Подписывайтесь на наш
boilerplate | Telegram
boilerplate | , чтобы быть в курсе самых важных новостей.
body        | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.

# a post with its address, signature and date
body        | Певица рассказала о концерте. Она спела десять песен на крыше музея.
embed       | pic.twitter.com/iVOsM12Zp
embed       | — Анна Ветрова (@anna)
embed       | 4 августа 2025 г.
body        | Следующий концерт пройдёт летом. Место обещают назвать весной.

# the text twice over
body        | Вертолёт сел на лёд озера. Пилот не пострадал и сам добрался до базы.
body        | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.
boilerplate | Вертолёт сел на лёд озера. Пилот не пострадал и сам добрался до базы.
boilerplate | Причины аварии выясняет комиссия. Её выводы обещают назвать через месяц.
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


@pytest.mark.parametrize("gap", ["\n", "\n\n", " \r\n\n \n", "\n" * 40])
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


@pytest.mark.parametrize("lines", blocks(CERTAIN))
def test_certain_pieces_of_plain_articles(lines):
    assert by_line(kinds_of(dump(lines))) == columns(lines)


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        ("Читайте также:Мост закрыли на ремонт до осени", "related"),
        ("Материал предоставлен мэрией Омска", "boilerplate"),
    ],
)
def test_what_is_glued_to_the_last_sentence(end, kind):
    text = "Дорогу открыли утром. Её строили три года."
    assert kinds_of(text + end) == [("body", text), (kind, end)]


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


@pytest.mark.parametrize("line", [row[3] for row in WORDED if row[2] == "line"])
def test_a_line_known_by_its_wording_is_cut_from_any_text(line):
    kind = next(row[1] for row in WORDED if row[3] == line)
    before, after = "Мост открыли утром. Проезд по нему свободный.", "Работы закончили в срок."
    assert kinds_of(f"{before}\n{line}\n{after}") == [
        ("body", before),
        (kind, line),
        ("body", after),
    ]


def test_news_of_a_designation_is_no_notice():
    text = "Автор канала признан иностранным агентом."
    assert kinds_of(text) == [("body", text)]


def test_an_author_without_the_role():
    page = dump(next(case.values[0] for case in blocks(PAGES) if "comma" in case.id))
    assert layout_of(page)[1].found.author == ["Мария Ветрова"]


DATELINES = [row[3] for row in WORDED if row[1] == "dateline"]
DATELINES += [row[1] for row in read_table("agencies.tsv")]
DATELINES += [
    "САНКТ-ПЕТЕРБУРГ, 4 авг — РИА Новости, Пётр Иванов.",
    "НЬЮ-ЙОРК, 4 августа. /Корр. ТАСС Анна Котова/.",
    "МОСКВА, 4 августа 2025 г., РИА Новости –",
]


@pytest.mark.parametrize("dateline", DATELINES)
def test_datelines(dateline):
    text = "Мост открыли утром. Проезд по нему свободный."
    assert kinds_of(f"{dateline} {text}") == [("dateline", dateline), ("body", text)]


@pytest.mark.parametrize(
    "text",
    [
        "Москва, 4 августа и весь месяц, ждёт гостей. РИА Новости и ТАСС расскажут о празднике.",
        "РИА Новости — крупное агентство. Оно работает в Москве с 4 августа.",
        "МОСКВА. Город готовится к празднику, сообщил ТАСС — агентство новостей.",
    ],
)
def test_what_is_no_dateline(text):
    assert kinds_of(text) == [("body", text)]


def test_a_chain_of_headlines_within_a_line():
    chain = "Продолжение■Мост закрыли15 апреля 2024 14:01■Театр открылиВчера 09:12"
    before, after = "Мост осмотрели инженеры, передаёт портал.", "Они нашли две трещины."
    zones = [("body", before), ("related", chain), ("body", after)]
    assert kinds_of(before + chain + after) == zones


# A page with its menus: title of the page, menu, article, foot.
MENU = [f"{one} {two}" for one in ("Новости", "Архив", "Фото", "Видео") for two in "АБВГДЕЖЗИК"]
STORY = [
    "В Бресте открыли музей железной дороги под открытым небом",
    "В музее шестьдесят паровозов и тепловозов. Самый старый построен сто двадцать лет назад.",
    "Во многие кабины можно подняться. Экскурсии ведут бывшие машинисты, объяснил директор музея.",
    "Сейчас реставраторы чинят вагон-салон. Его покажут посетителям к началу следующего лета.",
]
FOOT = ["Самое читаемое", *(f"Новость номер {n} о погоде" for n in range(9)), "О проекте", *MENU]


@pytest.mark.parametrize("page_title", [True, False])
def test_a_page_with_its_menus(page_title):
    head = [f"{STORY[0]} - Брестские новости"] if page_title else []
    page = "\n".join([*head, "<!--", "var a = {b: 1};", *MENU, *STORY, *FOOT])
    zones = by_line(kinds_of(page))
    assert [text for kind, text in zones if kind in ("title", "lead", "body")] == STORY
    assert ("title", STORY[0]) in zones


def test_a_paragraph_cut_by_links_stays_whole():
    cut = ["Об этом в четверг сообщила пресс-служба музея, которую возглавляет", "Анна Котова", "."]
    story = [*STORY[:2], *cut, *STORY[2:]]
    page = "\n".join([f"{STORY[0]} - Брестские новости", *MENU, *story, *FOOT])
    zones = by_line(kinds_of(page))
    assert [text for kind, text in zones if kind in ("title", "lead", "body")] == story


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
        *(row[3] for row in WORDED),
        *(f"{line}\n" for line in (*MENU, *STORY)),
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
        "а" * 500_000,
        "\n" * 500_000,
        "а\n" * 75_000,
        "Читайте также\n" * 35_000,
        "12:30\n" * 80_000,
        "А-" * 250_000,
        "Мост открыли утром в среду\n" * 18_000,
        "\n".join([*MENU, *STORY]) * 600,
        "■ Мост открыли утром в среду " * 18_000,
    ],
    ids=[
        "one word", "line breaks", "letters", "markers", "times", "hyphens", "headlines", "pages",
        "chain",
    ],
)  # fmt: skip
def test_time_is_linear(text, layout):
    started = time.perf_counter()
    layout_of(text, layout=layout)
    assert time.perf_counter() - started < 8
