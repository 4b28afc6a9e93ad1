"""Lemmas and normal forms as tables of cases; a known failure is marked in place."""

import re

import pytest

from newsnlp.dictionary import Dictionary
from newsnlp.lemmas import lemma_of, load_lexicon, read_anew
from newsnlp.normal_forms import Word, normal_phrase, person_readings

# Words of a sentence with their lemmas; what is expected to fail has the reason behind it.
SENTENCES = """
# plural only, and plurals with a meaning of their own
Выборы=выборы пройдут весной.
Наблюдатели=наблюдатель следили за ходом=ход выборов=выборы.
Партия готовится к выборам=выборы в мажилис=мажилис.
У него не было другого выбора=выбор.
Полиция нашла=найти украденные=украсть деньги=деньги.
На ремонт дорог=дорога не хватило денег=деньги.
Он рассказал о потраченных деньгах=деньги.
Переговоры=переговоры завершились подписанием=подписание договора.
Министр прибыл на переговоры=переговоры в Астану=астана.
По итогам=итог переговоров=переговоры стороны обменялись нотами=нота.
Об=о этом=это сообщили местные СМИ=сми.
Журналисты российских СМИ=сми приехали утром.
Поиски=поиск продолжались двое суток=сутки.
За сутки=сутки выпало много снега=снег.
Часы=часы на башне остановились. | nothing but the meaning tells часы from час
Часы на башне=башня остановились.
Прошло три часа=час.
Министерство финансов=финансы опубликовало отчёт.
Команда=команда набрала десять очков=очко.
Каникулы=каникулы начнутся в пятницу=пятница.
Власти=власть города=город отменили концерт.
Похороны=похороны прошли=пройти на родине поэта=поэт.
Роды=роды приняли врачи скорой помощи. | nothing but the meaning tells роды from род
Роды приняли врачи=врач скорой помощи.
Дебаты=дебаты кандидатов покажут в прямом=прямой эфире.
Учения=учение пройдут на полигоне.
В Минске подписали соглашение о шахматах=шахматы.
Дети=ребёнок играли на улице=улица.
Тысячи=тысяча людей=человек вышли=выйти на площадь.
Погибли=погибнуть пять=пять человек=человек.
Прошло пять лет=год.
Работы ведутся=вестись второй год=год.
Ворота=ворота музея=музей закрыты=закрыть.
В продажу поступили новые духи=духи и джинсы. | nothing but the meaning tells духи from дух
В продажу поступили новые духи и джинсы=джинсы.
# -ье and -ие
Встреча прошла в воскресенье=воскресенье.
До воскресенья=воскресенье ожидаются дожди=дождь.
Жители пожелали молодым счастья=счастье.
К счастью=счастье, никто=никто не пострадал=пострадать.
Врачи следят за здоровьем=здоровье пациента.
Он получил новое жильё=жильё.
Цены=цена на жилье=жильё выросли.
Власти обсудили условия=условие труда=труд.
# verbs
Спасатели нашли=найти пропавших туристов=турист.
Учёный нашёл=найти решение=решение.
Геологи нашли новое=новый месторождение=месторождение.
Завод начал=начать выпуск стали=сталь.
Жители стали=стать получать=получать воду.
Он стал=стать министром=министр в прошлом=прошлый году=год.
Автобусы шли=идти по расписанию.
Суд дал=дать ему=он три года=год.
Депутаты дали=дать оценку бюджету.
Книга стоит=стоить две=два тысячи тенге=тенге.
Дом стоит на берегу=берег реки=река.
Власти провели=провести проверку=проверка.
Президент провёл=провести совещание.
Компания ведёт=вести строительство.
Полиция вела=вести расследование.
Экспедиция отправилась вести=вести раскопки=раскопка.
Он пошёл=пойти в школу.
Самолёт сел=сесть в Алматы=алматы.
Пожар произошёл=произойти ночью=ночь.
Об этом сообщает=сообщать пресс-служба=пресс-служба акимата=акимат.
Матч состоится=состояться завтра.
Решение считается=считаться окончательным=окончательный.
Школа будет=быть построена=построить к осени.
Закон был=быть принят=принять в июне=июнь.
Трое подозреваемых задержаны=задержать.
У нас=мы есть=быть план.
Данных=данные о пострадавших=пострадавший нет.
Выступая=выступать в парламенте, он поблагодарил коллег=коллега.
Прибыв=прибыть на место, спасатели=спасатель начали поиски.
Люди=человек хотят=хотеть жить=жить лучше.
Он ел=есть хлеб.
Дети едят=есть кашу.
Поезда едут=ехать медленнее обычного.
Рабочие=рабочий поднимают=поднимать флаг.
Суд признал его=он виновным=виновный.
Пишите=писать нам=мы.
# short adjectives and participles
Он должен=должен ответить на вопрос.
Она должна=должен ответить завтра.
Стороны=сторона должны=должен договориться.
Заседание должно=должен состояться в среду.
Министр готов=готовый ответить.
Стороны готовы=готовый к диалогу.
Он уверен=уверенный в победе.
Мы согласны=согласный с выводами=вывод комиссии.
Городу нужны=нужный новые школы=школа.
Причина пожара пока не известна=известный.
Завод способен=способный выпускать больше.
Он похож=похожий на отца=отец.
Жители рады=рад переменам.
Зимой дорога опасна=опасный.
# comparatives and superlatives
Цены стали выше=высокий.
Зарплаты учителей=учитель ниже.
Новый мост длиннее=длинный старого=старый.
Поезд едет быстрее=быстро автобуса.
Теперь жить стало лучше=хорошо. | tagged as an adjective
Чаще=часто всего жалуются на шум.
Более=более трёх=три тысяч=тысяча жителей остались без света=свет.
Ремонт занял менее=менее года=год.
Позже=позже выяснилось, что груз потерян=потерять.
Ранее=ранее сообщалось о пожаре.
Клуб вышел в высшую=высший лигу=лига.
Встреча пройдёт в ближайшие=ближайший дни=день.
Это крупнейший=крупнейший завод страны.
Он лучший=лучший игрок сезона.
Большая=большой часть дорог отремонтирована=отремонтировать.
В стране больше десяти=десять областей=область.
# pronouns and determiners
Их=их дом сгорел.
Он видел их=они вчера.
Её коллеги=коллега уехали.
Ей=она вручили медаль.
Мы=мы говорили с ним=он.
С ними=они поехал врач.
О себе=себя он не рассказывал.
Для меня=я это=это важно.
Его=его решение обжалуют.
Этот=этот закон=закон нужен всем.
На этой=этот неделе=неделя потеплеет.
В тех=тот районах=район воды нет.
Кроме того=то, подорожал хлеб.
Речь идёт о том=то, что сроки=срок сорваны=сорвать.
Все=весь страны=страна поддержали резолюцию.
Дом, в котором=который жил писатель, снесли=снести.
Люди, которые=который приехали первыми=первый, помогли всем.
Некоторые=некоторый жители против.
Каждого=каждый участника=участник наградили.
Никого=никто из пассажиров не нашли=найти.
Своих=свой целей=цель они добились.
Таких=такой случаев=случай много.
Сам=сам президент приехал позже.
Нашему=наш городу двести лет=год.
Чьи=чей это деньги?
# prepositions and other small words
Со=с ссылкой=ссылка на министерство.
Он рассказал об=о итогах=итог года.
Обо=о всём договорились заранее.
Во=в вторник=вторник ожидается снег.
Ко=к дню=день города открыли парк.
Передо=перед мной=я стояла задача.
Дорога изо льда=лёд закрыта.
Благодаря=благодаря помощи соседей=сосед дом спасли.
По словам=слово очевидцев=очевидец, никто не кричал.
Чтобы=чтобы успеть, нужно выехать рано.
# participles
Пострадавших=пострадавший доставили в больницу=больница.
Власти=власть назвали число=число погибших=погибнуть.
Ведущий=ведущий объявил победителя=победитель.
Следующий=следующий матч пройдёт дома.
Бывший=бывший министр дал показания=показание.
Действующая=действующий власть устояла. | tagged as a verb
Объединённая=объединённый команда победила.
Учёные=учёный открыли новый вид.
Военные=военный покинули базу.
Полицейские=полицейский задержали водителя=водитель.
Бастующие рабочие=рабочий вышли на площадь.
Принятый=принять парламентом закон вступит в силу=сила.
# surnames
Антон Силуанов=силуанов выступил в Думе=дума.
Слова Силуанова=силуанов вызвали спор.
Об этом сообщил Антону=антон Силуанову=силуанов помощник.
Стивен Сигал=сигал приехал в Казань=казань.
Интервью со Стивеном=стивен Сигалом=сигал вышло вчера.
Ерлан Абаев=абаев стал послом=посол.
Встреча с Ерланом=ерлан Абаевым=абаев прошла вчера.
Айбек Касымханулы=касымханулы возглавил фонд.
Письмо Айбека=айбек Касымханулы=касымханулы опубликовали.
Указом=указ Касым-Жомарта Токаева=токаев министр уволен.
Касым-Жомарт Токаев=токаев прибыл в Минск=минск.
Президент встретился с Владимиром=владимир Путиным=путин.
Марию=мария Захарову=захарова спросили о санкциях=санкция.
Об этом заявила Мария Захарова=захарова.
Речь Ангелы Меркель=меркель длилась час.
Дмитрия Медведева=медведев ждали в полдень=полдень.
Аким=аким области Берик Уали подал в отставку=отставка.
Глава МИД=мид Сергей Лавров=лавров вылетел в Анкару=анкара.
Сергею Лаврову=лавров вручили орден.
Дональд Трамп=трамп подписал указ.
Соратники Трампа=трамп вышли из партии=партия.
Победу одержал Геннадий Головкин=головкин.
Бой с Головкиным=головкин отменили.
Елена Рыбакина=рыбакина вышла в финал.
Елену Рыбакину=рыбакина поздравили болельщики=болельщик.
# toponyms
Область Жетысу=жетысу граничит с Китаем=китай.
В Жетысу=жетысу открыли школу.
Жетысуский=жетысуский район получил деньги.
В Жетысуском=жетысуский районе Алматы отключили воду.
Переговоры с Узбекистаном=узбекистан завершены.
Паводок пришёл в Карагандинскую=карагандинский область.
Жители Шымкента=шымкент жалуются на смог.
В Актобе=актобе прошёл форум.
Из Семея=семей в Павлодар=павлодар пустили поезд.
В Нью-Йорке=нью-йорк открылась выставка.
Дорога до Ростова-на-Дону=ростов-на-дону закрыта.
В США=сша выросла инфляция.
На Балканах=балканы идут дожди.
Сборная Нидерландов=нидерланды выиграла матч.
В Афинах=афины прошла встреча министров.
Жители Сочи=сочи встретили гостей=гость.
Снег выпал в Великобритании=великобритания.
Жители Москвы=москва и Киева=киев протестуют.
# Kazakhstan
Аким=аким города поручил отремонтировать дороги.
Акимы=аким районов отчитались перед жителями. | tagged as an adjective
Акимы районов=район отчитались перед жителями=житель.
Выборы акимов=аким пройдут осенью.
Акимат=акимат Алматы выделил средства=средство.
В акимате=акимат рассказали о ремонте.
Депутаты=депутат маслихата=маслихат утвердили бюджет.
Сессия прошла в маслихате=маслихат.
Депутат мажилиса=мажилис задал вопрос.
Курултай=курултай пройдёт в Туркестане.
Стоимость проезда=проезд выросла до двухсот тенге.
Курс тенге=тенге укрепился.
Жители аула=аул получили газ.
Праздник Наурыз=наурыз отметили в марте.
Наурыза=наурыз ждали все.
Полицейские нашли угнанный скот казахстанца=казахстанец.
Казахстанцы=казахстанец смогут вернуть налоги=налог.
Тенгизское=тенгизский месторождение остановили.
# abbreviations
Завод построили в 2019 г=год.
Он родился в г=город. Алматы.
Семья уехала в с=село. Кокпекты.
Зал на ул=улица. Абая закрыт.
Билет стоит 900 руб=рубль. за место.
Население выросло на 10 млн=миллион человек.
На ремонт выделили 3 млрд=миллиард тенге.
Продано 15 тыс=тысяча. билетов=билет.
РФ=рф и США подписали договор.
Послы РФ=рф прибыли в Вену.
Заседание Совбеза=совбез ООН=оон отложили.
Саммит ОДКБ=одкб прошёл в Минске=минск.
ВВП=ввп вырос на два процента=процент.
Сотрудники МВД=мвд и МЧС=мчс оцепили улицу.
Глава Минобороны=минобороны подал рапорт.
# hyphenated words
Премьер-министр=премьер-министр провёл совещание.
Указ подписан премьер-министром=премьер-министр.
Работой вице-премьера=вице-премьер довольны.
Экс-министра=экс-министр приговорили к сроку.
На пресс-конференции=пресс-конференция объявили итоги.
Северо-Казахстанскую=северо-казахстанский область затопило.
Во всех интернет-магазинах=интернет-магазин подорожали телефоны.
Российско-казахстанские=российско-казахстанский отношения крепнут.
Кто-то=кто-то позвонил в полицию.
Об этом спросили какого-то прохожего=прохожий.
18-летнего=18-летний юношу искали три дня.
По-прежнему=по-прежнему идёт дождь.
# ё
Ещё=ещё один самолёт=самолёт вылетел в Баку.
Еще=ещё один=один самолет=самолёт вылетел в Баку.
Пять самолетов=самолёт стоят на поле.
Министр назвал ее слова=слово шуткой.
Нефтяники приняли четвертый=четвёртый танкер.
Отчет=отчёт готов.
Полет=полёт прошел=пройти успешно.
Всё=всё изменилось.
# numbers and dates
Двух=два рыбаков=рыбак унесло в море=море.
Обеим=оба сторонам дали неделю.
С пятью=пять странами подписан договор.
Погода ухудшится в январе=январь.
В 1999 году=год открыли метро=метро.
Первого=первый сентября=сентябрь школы откроются.
Пятеро=пятеро шахтёров=шахтёр спасены.
Сотни=сотня домов=дом затоплены.
# homonyms that the tag decides
Банк=банк повысил ставку.
Клиенты банков=банк жалуются.
Судья=судья вынес приговор.
Судьи=судья международного класса приехали.
Решение суда=суд обжалуют.
Военные суда вышли из порта=порт.
Глава государства=государство выступил с речью=речь.
Главы=глава государств встретятся летом.
Цена нефти=нефть упала=упасть.
Мировые цены растут=расти.
Потери=потеря сторон уточняются.
Новые правила=правило въезда вступили=вступить в силу.
Он правил=править страной десять лет.
Президента=президент США избрали.
Мать=мать троих детей=ребёнок получила квартиру.
Дорожный знак=знак упал.
Знать=знать правила обязаны все.
Белый=белый дом отверг план.
Врачи борются за жизнь ребёнка=ребёнок.
Экономика=экономика страны растёт.
Экипаж судна=судно эвакуировали.
"""

# Words as a tagger reads them.
TAGGED = """
# word, part of speech, lemma, features
# one form, several lemmas
стали                  NOUN  сталь                  Case=Gen,Gender=Fem,Number=Sing
стали                  VERB  стать                  Aspect=Perf,Number=Plur,Tense=Past,VerbForm=Fin
шли                    VERB  идти                   Number=Plur,VerbForm=Fin
нашли                  VERB  найти                  Number=Plur,VerbForm=Fin
банка                  NOUN  банк                   Animacy=Inan,Case=Gen,Gender=Masc,Number=Sing
банка                  NOUN  банка                  Animacy=Inan,Case=Nom,Gender=Fem,Number=Sing
суда                   NOUN  суд                    Animacy=Inan,Case=Gen,Gender=Masc,Number=Sing
суда                   NOUN  судно                  Animacy=Inan,Case=Nom,Gender=Neut,Number=Plur
вести                  VERB  вести                  Aspect=Imp,VerbForm=Inf
вести                  NOUN  весть                  Animacy=Inan,Case=Nom,Gender=Fem,Number=Plur
знать                  VERB  знать                  Aspect=Imp,VerbForm=Inf
знать                  NOUN  знать                  Animacy=Anim,Case=Nom,Gender=Fem,Number=Sing
печь                   VERB  печь                   Aspect=Imp,VerbForm=Inf
дали                   VERB  дать                   Aspect=Perf,Mood=Ind,Number=Plur,Tense=Past
дали                   NOUN  даль                   Animacy=Inan,Case=Gen,Gender=Fem,Number=Sing
мыла                   NOUN  мыло                   Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
мыла                   VERB  мыть                   Gender=Fem,Number=Sing,Tense=Past,VerbForm=Fin
цели                   NOUN  цель                   Animacy=Inan,Case=Nom,Gender=Fem,Number=Plur
потери                 NOUN  потеря                 Animacy=Inan,Case=Nom,Gender=Fem,Number=Plur
дорога                 NOUN  дорога                 Animacy=Inan,Case=Nom,Gender=Fem,Number=Sing
дорога                 ADJ   дорогой                Gender=Fem,Number=Sing,Variant=Short
мой                    DET   мой                    Case=Nom,Gender=Masc,Number=Sing
мой                    VERB  мыть                   Mood=Imp,Number=Sing,Person=2,VerbForm=Fin
# variants in -ье and -ие
счастья                NOUN  счастье                Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
воскресеньям           NOUN  воскресенье            Animacy=Inan,Case=Dat,Gender=Neut,Number=Plur
воскресения            NOUN  воскресение            Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
здоровья               NOUN  здоровье               Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
Поволжьем              PROPN поволжье               Animacy=Inan,Case=Ins,Gender=Neut,Number=Sing
# comparatives and superlatives
быстрее                ADV   быстро                 Degree=Cmp
быстрее                ADJ   быстрый                Degree=Cmp
выше                   ADV   высоко                 Degree=Cmp
выше                   ADJ   высокий                Degree=Cmp
чаще                   ADV   часто                  Degree=Cmp
лучше                  ADJ   хороший                Degree=Cmp
хуже                   ADV   плохо                  Degree=Cmp
дольше                 ADV   долго                  Degree=Cmp
подольше               ADV   долго                  Degree=Cmp
активнее               ADJ   активный               Degree=Cmp
эффективнее            ADV   эффективно             Degree=Cmp
больше                 ADV   больше                 Degree=Cmp
более                  ADV   более                  Degree=Cmp
высшего                ADJ   высший                 Case=Gen,Degree=Sup,Gender=Masc,Number=Sing
крупнейших             ADJ   крупнейший             Case=Gen,Degree=Sup,Number=Plur
важнейшую              ADJ   важнейший              Case=Acc,Degree=Sup,Gender=Fem,Number=Sing
лучшей                 ADJ   лучший                 Case=Gen,Degree=Sup,Gender=Fem,Number=Sing
худшем                 ADJ   худший                 Case=Loc,Degree=Sup,Gender=Masc,Number=Sing
меньшего               ADJ   меньший                Case=Gen,Degree=Cmp,Gender=Masc,Number=Sing
старшая                ADJ   старший                Case=Nom,Gender=Fem,Number=Sing
# short forms
должен                 ADJ   должен                 Gender=Masc,Number=Sing,Variant=Short
должны                 ADJ   должен                 Number=Plur,Variant=Short
рад                    ADJ   рад                    Gender=Masc,Number=Sing,Variant=Short
рада                   ADJ   рад                    Gender=Fem,Number=Sing,Variant=Short
известно               ADJ   известный              Gender=Neut,Number=Sing,Variant=Short
известно               ADV   известно
намерен                ADJ   намеренный             Gender=Masc,Number=Sing,Variant=Short
готова                 ADJ   готовый                Gender=Fem,Number=Sing,Variant=Short
болен                  ADJ   больной                Gender=Masc,Number=Sing,Variant=Short
построен               VERB  построить              Gender=Masc,Number=Sing,Variant=Short
# participles: verbs, adjectives, nouns
принятого              VERB  принять                Case=Gen,Gender=Masc,Number=Sing,VerbForm=Part
объединённые           ADJ   объединённый           Case=Nom,Number=Plur
пострадавших           NOUN  пострадавший           Animacy=Anim,Case=Gen,Number=Plur
погибшая               NOUN  погибший               Animacy=Anim,Case=Nom,Gender=Fem,Number=Sing
обвиняемого            NOUN  обвиняемый             Animacy=Anim,Case=Gen,Gender=Masc,Number=Sing
задержанные            NOUN  задержанный            Animacy=Anim,Case=Nom,Number=Plur
управляющий            NOUN  управляющий            Animacy=Anim,Case=Nom,Gender=Masc,Number=Sing
# pronouns
его                    PRON  он                     Case=Gen,Gender=Masc,Number=Sing,Person=3
его                    DET   его
её                     DET   её
ее                     DET   её
их                     DET   их
их                     PRON  они                    Case=Acc,Number=Plur,Person=3
нём                    PRON  он                     Case=Loc,Gender=Masc,Number=Sing,Person=3
ней                    PRON  она                    Case=Loc,Gender=Fem,Number=Sing,Person=3
ею                     PRON  она                    Case=Ins,Gender=Fem,Number=Sing,Person=3
ними                   PRON  они                    Case=Ins,Number=Plur,Person=3
собой                  PRON  себя                   Case=Ins
чего                   PRON  что                    Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
кем                    PRON  кто                    Case=Ins
всего                  PRON  всё                    Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
всех                   PRON  все                    Animacy=Anim,Case=Gen,Number=Plur
всех                   DET   весь                   Case=Gen,Number=Plur
том                    DET   тот                    Case=Loc,Gender=Masc,Number=Sing
том                    PRON  то                     Animacy=Inan,Case=Loc,Gender=Neut,Number=Sing
этого                  DET   этот                   Case=Gen,Gender=Masc,Number=Sing
этого                  PRON  это                    Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
которыми               PRON  который                Case=Ins,Number=Plur
чьей                   DET   чей                    Case=Gen,Gender=Fem,Number=Sing
каких-либо             DET   какой-либо             Case=Gen,Number=Plur
какому-то              DET   какой-то               Case=Dat,Gender=Masc,Number=Sing
кого-нибудь            PRON  кто-нибудь             Case=Gen
# names
Силуанова              PROPN силуанов               Animacy=Anim,Case=Gen,Gender=Masc,Number=Sing
Сигалу                 PROPN сигал                  Animacy=Anim,Case=Dat,Gender=Masc,Number=Sing
Абаевым                PROPN абаев                  Animacy=Anim,Case=Ins,Gender=Masc,Number=Sing
Назарбаевой            PROPN назарбаева             Animacy=Anim,Case=Gen,Gender=Fem,Number=Sing
Демидовых              PROPN демидов                Animacy=Anim,Case=Gen,Number=Plur
Касымханулы            PROPN касымханулы            Animacy=Anim,Case=Gen,Gender=Masc,Number=Sing
Қасымханұлы            PROPN касымханулы            Animacy=Anim,Case=Dat,Gender=Masc,Number=Sing
Маратовкызы            PROPN маратовкызы            Animacy=Anim,Case=Ins,Gender=Fem,Number=Sing
Саакашвили             PROPN саакашвили             Animacy=Anim,Case=Gen,Gender=Masc,Number=Sing
Порошенко              PROPN порошенко              Animacy=Anim,Case=Ins,Gender=Masc,Number=Sing
Байдену                PROPN байден                 Animacy=Anim,Case=Dat,Gender=Masc,Number=Sing
Трампом                PROPN трамп                  Animacy=Anim,Case=Ins,Gender=Masc,Number=Sing
Королев                PROPN королёв                Animacy=Anim,Case=Nom,Gender=Masc,Number=Sing
Соловьеву              PROPN соловьёв               Animacy=Anim,Case=Dat,Gender=Masc,Number=Sing
Соловьев               PROPN соловьёв               Animacy=Anim,Case=Nom,Gender=Masc,Number=Sing
Жетысу                 PROPN жетысу                 Animacy=Inan,Case=Loc,Gender=Neut,Number=Sing
Алматы                 PROPN алматы                 Animacy=Inan,Case=Gen,Gender=Masc,Number=Sing
Астаной                PROPN астана                 Animacy=Inan,Case=Ins,Gender=Fem,Number=Sing
Караганде              PROPN караганда              Animacy=Inan,Case=Loc,Gender=Fem,Number=Sing
Шымкентом              PROPN шымкент                Animacy=Inan,Case=Ins,Gender=Masc,Number=Sing
Кызылорде              PROPN кызылорда              Animacy=Inan,Case=Loc,Gender=Fem,Number=Sing
Балканами              PROPN балканы                Animacy=Inan,Case=Ins,Number=Plur
Гималаев               PROPN гималаи                Animacy=Inan,Case=Gen,Number=Plur
Афин                   PROPN афины                  Animacy=Inan,Case=Gen,Gender=Fem,Number=Plur
Известиям              PROPN известия               Animacy=Inan,Case=Dat,Gender=Neut,Number=Plur
США                    PROPN сша                    Animacy=Inan,Case=Gen,Number=Plur
ОДКБ                   PROPN одкб                   Animacy=Inan,Case=Gen,Gender=Fem,Number=Sing
Минобороны             PROPN минобороны             Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
Reuters                X     reuters                Foreign=Yes
# Kazakhstan
акима                  NOUN  аким                   Animacy=Anim,Case=Gen,Gender=Masc,Number=Sing
акимами                NOUN  аким                   Animacy=Anim,Case=Ins,Gender=Masc,Number=Plur
акиматов               NOUN  акимат                 Animacy=Inan,Case=Gen,Gender=Masc,Number=Plur
маслихатом             NOUN  маслихат               Animacy=Inan,Case=Ins,Gender=Masc,Number=Sing
мажилиса               NOUN  мажилис                Animacy=Inan,Case=Gen,Gender=Masc,Number=Sing
мажилисменов           NOUN  мажилисмен             Animacy=Anim,Case=Gen,Gender=Masc,Number=Plur
тенге                  NOUN  тенге                  Animacy=Inan,Case=Gen,Gender=Neut,Number=Sing
тенге                  NOUN  тенге                  Animacy=Inan,Case=Gen,Gender=Masc,Number=Plur
курултая               NOUN  курултай               Animacy=Inan,Case=Gen,Gender=Masc,Number=Sing
аулах                  NOUN  аул                    Animacy=Inan,Case=Loc,Gender=Masc,Number=Plur
жузов                  NOUN  жуз                    Animacy=Inan,Case=Gen,Gender=Masc,Number=Plur
айтыса                 NOUN  айтыс                  Animacy=Inan,Case=Gen,Gender=Masc,Number=Sing
домбре                 NOUN  домбра                 Animacy=Inan,Case=Loc,Gender=Fem,Number=Sing
сумов                  NOUN  сум                    Animacy=Inan,Case=Gen,Gender=Masc,Number=Plur
Жетысуской             ADJ   жетысуский             Case=Gen,Gender=Fem,Number=Sing
Улытауской             ADJ   улытауский             Case=Gen,Gender=Fem,Number=Sing
Мангистаускую          ADJ   мангистауский          Case=Acc,Gender=Fem,Number=Sing
Алматинским            ADJ   алматинский            Case=Ins,Gender=Masc,Number=Sing
казахстанских          ADJ   казахстанский          Case=Gen,Number=Plur
қазақстандық           X     қазақстандық           Foreign=Yes
# abbreviations and numbers
млн                    NUM   миллион
млрд                   NOUN  миллиард               Animacy=Inan,Case=Gen,Gender=Masc,Number=Plur
тыс.                   NOUN  тысяча                 Animacy=Inan,Case=Gen,Gender=Fem,Number=Plur
гг                     NOUN  год                    Animacy=Inan,Case=Loc,Gender=Masc,Number=Plur
руб                    NOUN  рубль                  Animacy=Inan,Case=Gen,Gender=Masc,Number=Plur
2019                   NUM   2019
двумя                  NUM   два                    Case=Ins,Gender=Masc
двумстам               NUM   двести                 Case=Dat
обоих                  NUM   оба                    Case=Gen,Gender=Masc
полутора               NUM   полтора                Case=Gen
троих                  NUM   трое                   Case=Gen
третьего               ADJ   третий                 Case=Gen,Gender=Masc,Number=Sing
# plural only
деньгами               NOUN  деньги                 Animacy=Inan,Case=Ins,Gender=Fem,Number=Plur
переговорах            NOUN  переговоры             Animacy=Inan,Case=Loc,Gender=Masc,Number=Plur
выборами               NOUN  выборы                 Animacy=Inan,Case=Ins,Gender=Masc,Number=Plur
выборе                 NOUN  выбор                  Animacy=Inan,Case=Loc,Gender=Masc,Number=Sing
каникулам              NOUN  каникулы               Animacy=Inan,Case=Dat,Gender=Fem,Number=Plur
суткам                 NOUN  сутки                  Animacy=Inan,Case=Dat,Gender=Fem,Number=Plur
похоронах              NOUN  похороны               Animacy=Inan,Case=Loc,Gender=Fem,Number=Plur
ножницами              NOUN  ножницы                Animacy=Inan,Case=Ins,Gender=Fem,Number=Plur
финансами              NOUN  финансы                Animacy=Inan,Case=Ins,Gender=Masc,Number=Plur
данными                NOUN  данные                 Animacy=Inan,Case=Ins,Number=Plur
людьми                 NOUN  человек                Animacy=Anim,Case=Ins,Gender=Masc,Number=Plur
детьми                 NOUN  ребёнок                Animacy=Anim,Case=Ins,Gender=Masc,Number=Plur
# hyphens and ё
премьер-министра       NOUN  премьер-министр        Animacy=Anim,Case=Gen,Gender=Masc,Number=Sing
бизнес-центре          NOUN  бизнес-центр           Animacy=Inan,Case=Loc,Gender=Masc,Number=Sing
Восточно-Казахстанской ADJ   восточно-казахстанский Case=Loc,Gender=Fem,Number=Sing
Усть-Каменогорске      PROPN усть-каменогорск       Animacy=Inan,Case=Loc,Gender=Masc,Number=Sing
20-летней              ADJ   20-летний              Case=Gen,Gender=Fem,Number=Sing
самолетом              NOUN  самолёт                Animacy=Inan,Case=Ins,Gender=Masc,Number=Sing
самолётом              NOUN  самолёт                Animacy=Inan,Case=Ins,Gender=Masc,Number=Sing
еще                    ADV   ещё
ребенка                NOUN  ребёнок                Animacy=Anim,Case=Gen,Gender=Masc,Number=Sing
со                     ADP   с
об                     ADP   о
во                     ADP   в
"""

PEOPLE = """
# words with gender and case of each         | normal form
Касым-Жомарта.mG Токаева.mG                  | Касым-Жомарт Токаев
Пола.mG Вайрауха.mG                          | Пол Вайраух
Джеффа.mG Шокки.mG                           | Джефф Шокки
Марка.mG Кумбса.mG                           | Марк Кумбс
Әлиханом.mI Смайыловым.mI                    | Әлихан Смайылов
Бахытжана.mG Байжанова.mG                    | Бахытжан Байжанов
Марии.fD Захаровой.fD                        | Мария Захарова
Ангелой.fI Меркель.fI                        | Ангела Меркель
Владимиру.mD Владимировичу.mD Путину.mD      | Владимир Владимирович Путин
Михаила.mG Саакашвили.mG                     | Михаил Саакашвили
Петром.mI Порошенко.mI                       | Петр Порошенко
Айгуль.fN Касымханулы.mN                     | Айгуль Касымханулы
Барак.mN Обама.mN                            | Барак Обама
Джо.mD Байдену.mD                            | Джо Байден
Касым-Жомартом.mI ТОКАЕВЫМ.mI                | Касым-Жомарт ТОКАЕВ
ВЛАДИМИРА.mG ПУТИНА.mG                       | ВЛАДИМИР ПУТИН
"""

PHRASES = """
# word.tag: part of speech, gender, number, case   | normal form
Совета.NmsG коллективной.AfsG безопасности.NfsG                  | Совет коллективной безопасности
Министерства.NnsG обороны.NfsG России.NfsG                       | Министерство обороны России
Карагандинской.AfsL области.NfsL                                 | Карагандинская область
Верховным.AmsI судом.NmsI Пакистана.NmsG                         | Верховный суд Пакистана
Соединённых.A-pG Штатов.NmpG Америки.NfsG                        | Соединённые Штаты Америки
Нью-Йорке.NmsL                                                   | Нью-Йорк
Минске.NmsL                                                      | Минск
ОДКБ.NfsG                                                        | ОДКБ
Ashmore.X--- Group.X---                                          | Ashmore Group
Высшей.AfsG школы.NfsG экономики.NfsG                            | Высшая школа экономики
Ростове-на-Дону.NmsL                                             | Ростов-на-Дону
Петропавловске-Камчатском.NmsL                                   | Петропавловск-Камчатский
Наполи.NmsG                                                      | Наполи
Европейским.AmsI союзом.NmsI                                     | Европейский союз
Запорожской.AfsG областей.NfpG                                   | Запорожская область
Средиземном.AnsL морях.NnpL                                      | Средиземное море
Ленинского.AmsG округов.NmpG Мурманска.NmsG                      | Ленинский округ Мурманска
Ростове.NmsL Великом.AmsL                                        | Ростов Великий
БАШКИРИИ.NfsG                                                    | БАШКИРИЯ
присяжных.NmpG заседателей.NmpG                                  | присяжные заседатели
присяжного.NmsG заседателя.NmsG                                  | присяжный заседатель
Таза.NmsG Қазақстан.NmsN                                         | Таза Қазақстан
области.NfsG Жетісу.NmsN                                         | область Жетісу
ЮНЕСКО.NfsG                                                      | ЮНЕСКО
МЧС.NnsG КАЗАХСТАНА.NmsG                                         | МЧС КАЗАХСТАНА
"""

CASES = {"N": "Nom", "G": "Gen", "D": "Dat", "A": "Acc", "I": "Ins", "L": "Loc"}
GENDERS = {"m": "Masc", "f": "Fem", "n": "Neut"}
NUMBERS = {"s": "Sing", "p": "Plur"}


def rows(table):
    lines = [line for line in table.strip().splitlines() if not line.startswith("#")]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


@pytest.fixture(scope="module")
def dictionary():
    return Dictionary()


def sentence_cases():
    for line, *reason in rows(SENTENCES):
        marks = [pytest.mark.xfail(reason=reason[0], strict=False)] if reason else []
        sentence = re.sub(r"=[\w-]+", "", line)
        for word, lemma in re.findall(r"([\w-]+)=([\w-]+)", line):
            yield pytest.param(sentence, word, lemma, marks=marks)


@pytest.mark.parametrize(("sentence", "word", "lemma"), list(sentence_cases()))
def test_lemma_in_a_sentence(annotator, sentence, word, lemma):
    tokens = annotator.annotate(sentence, frames=["tokens"]).tokens
    # The full stop of an abbreviation may be a part of it.
    assert tokens.loc[tokens["text"].isin([word, f"{word}."]), "lemma"].tolist() == [lemma]


@pytest.mark.parametrize("before", ["Он умер в 2019", "", "Он родился в 2019 г. Минск рос"])
def test_what_stands_in_another_text_makes_no_place_a_year(annotator, before):
    tokens = annotator.annotate([before, "г. Минск"], frames=["tokens"]).tokens
    assert tokens.loc[tokens["doc_id"] == "1", "lemma"].iloc[0] == "город"
    assert "город" not in tokens.loc[tokens["doc_id"] == "0", "lemma"].tolist()


@pytest.mark.parametrize("line", [line for (line,) in rows(TAGGED)])
def test_lemma_of_a_tagged_word(dictionary, line):
    word, upos, lemma, *feats = line.split()
    assert lemma_of(dictionary, word, upos, "".join(feats).replace(",", "|")) == lemma


def test_the_lexicon_says_what_the_rules_say(dictionary):
    wrong = [
        (reading, lemma)
        for reading, lemma in load_lexicon().items()
        if read_anew(dictionary, reading) != lemma
    ]
    assert not wrong, f"run training/lemmas/lexicon.py; {len(wrong)} differ: {wrong[:5]}"


@pytest.mark.parametrize(("words", "normal"), rows(PEOPLE))
def test_person(dictionary, words, normal):
    tagged = []
    for word in words.split():
        text, _, tag = word.partition(".")
        feats = f"Animacy=Anim|Case={CASES[tag[1]]}|Gender={GENDERS[tag[0]]}|Number=Sing"
        tagged.append(Word(text, "PROPN", feats))
    readings = person_readings(dictionary, tagged)
    assert " ".join(max(readings, key=readings.get)) == normal


@pytest.mark.parametrize(("words", "normal"), rows(PHRASES))
def test_phrase(dictionary, words, normal):
    tagged = []
    for word in words.split():
        text, _, (upos, gender, number, case) = word.partition(".")
        feats = {
            "Case": CASES.get(case), "Gender": GENDERS.get(gender), "Number": NUMBERS.get(number),
        }  # fmt: skip
        upos = {"N": "PROPN" if text[0].isupper() else "NOUN", "A": "ADJ", "X": "X"}[upos]
        tagged.append(Word(text, upos, "|".join(f"{k}={v}" for k, v in feats.items() if v)))
    assert " ".join(normal_phrase(dictionary, tagged)) == normal


def test_a_long_run_of_unknown_names_is_read_in_bounded_time(dictionary):
    words = [Word(f"Вайраух{i % 3 * 'у'}а", "PROPN", "Case=Gen|Gender=Masc") for i in range(60)]
    assert len(person_readings(dictionary, words)) <= 12


@pytest.mark.parametrize("word", ["\U00017000", "а\U00017000", "\U00017000а", "東京", "😀"])
def test_words_in_scripts_that_the_dictionary_cannot_read(dictionary, word):
    assert dictionary.parses(word) == []
