"""Sentences and tokens: razdel's, and where they differ on purpose."""

import gzip
import json
import re
from itertools import chain

import numpy as np
import pytest
import razdel
from hypothesis import given, settings
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
На yahoo!… и на myyahoo! :)))) --| На yahoo!… и на myyahoo ! :))) ) --
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
Было так. | 3 б. X. 3 2. а) 1) б. | 1) Иначе.
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


# Kind of difference | text | razdel's tokens | ours, one of each that the module lists.
TOKEN_DIFFERENCES = """
space    | дома 10, 12 и 14       | дома 10, 12 и 14       | дома 10 , 12 и 14
space    | Минск —город           | Минск —город           | Минск — город
hyphen   | нефте- (и газо-)       | нефте - ( и газо - )   | нефте- ( и газо - )
glued    | в АкордеГлава сказал   | в АкордеГлава сказал   | в Акорде Глава сказал
bullet   | курс■Доллар            | курс■Доллар            | курс ■ Доллар
"""

# Kind | text | where razdel begins a sentence | where we do; ¶ is a line break, ␣ a space.
SENTENCE_DIFFERENCES = """
glued    | Снег выпал в Акорде.Глава уехал. |  | Глава
glued    | Снег выпал в АкордеГлава уехал.  |  | Глава
bullet   | Снег выпал ■ Курс вырос          |  | ■
line     | Снег выпал¶Курс вырос            |  | Курс
line     | Снег выпал.¶«Да.»                | «Да.» | «Да.»
wide     | Снег выпал.␣␣␣␣␣␣␣␣␣␣Курс вырос  |  | Курс
"""


def table(lines):
    return [[cell.strip() for cell in line.split("|")] for line in lines.strip().splitlines()]


@pytest.mark.parametrize(("kind", "text", "theirs", "ours"), table(TOKEN_DIFFERENCES))
def test_listed_difference_of_tokens(kind, text, theirs, ours):
    _, tokens = cut(text)
    assert [token.text for token in razdel.tokenize(text)] == theirs.split()
    assert [tokens.words[word] for word in tokens.word] == ours.split()
    assert set(token_differences(text, tokens)) == {kind}


@pytest.mark.parametrize(("kind", "text", "theirs", "ours"), table(SENTENCE_DIFFERENCES))
def test_listed_difference_of_sentences(kind, text, theirs, ours):
    text = text.replace("¶", "\n").replace("␣", " ")
    sentences, _ = cut(text)
    begin = [sentence.start for sentence in razdel.sentenize(text)]
    assert begin == [0, *(text.index(first) for first in theirs.split())]
    assert sentences.start.tolist() == [0, *(text.index(first) for first in ours.split())]
    assert set(sentence_differences(text, sentences)) <= {kind}


BULLETS = "■□▪▫●•◆►▶"
SEAM = re.compile("[а-яёәғқңөұүһі][А-ЯЁӘҒҚҢӨҰҮҺІ]")
GLUED_STOP = re.compile('[.!?…][»”)]?["«“„(]?[А-ЯЁӘҒҚҢӨҰҮҺІ]')
LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def token_differences(text, tokens):
    """Kinds of the borders within chunks that razdel's tokens or ours alone have."""
    chunks = [match.span() for match in re.finditer(r"\S+", text)]
    ours = set(tokens.start.tolist())
    theirs = {token.start for token in razdel.tokenize(text)}
    for start, stop in chunks if ours != theirs else ():
        inside = range(start + 1, stop)
        for place in sorted((ours ^ theirs).intersection(inside)):
            if place in theirs:  # it is a border of razdel's that we do not have
                hanging = re.search(r"(?:^|\W)([^\W\d_]+)-\Z", text[start:stop])
                is_hyphen = place == stop - 1 and hanging and hanging[1].islower()
                yield "hyphen" if is_hyphen else f"? {text[start:place]}|{text[place:stop]}"
            elif text[place - 1] in BULLETS or text[place] in BULLETS:
                yield "bullet"
            elif SEAM.match(text, place - 1):
                yield "glued"
            elif place - start in {token.start for token in razdel.tokenize(text[start:stop])}:
                yield "space"  # razdel agrees once it does not see what is beyond the space
            else:
                yield f"? {text[start:place]}|{text[place:stop]}"


def sentence_differences(text, sentences):
    """Kinds of the sentence borders that razdel or we alone have in a paragraph.

    Paragraphs are apart by the line breaks at which we begin a sentence; what the others may be is
    checked as well.
    """
    ours = set(sentences.start.tolist())
    begins = [0]
    for gap in re.finditer(r"\s+", text):
        n_breaks = len(LINE_BREAK.findall(gap[0]))
        if n_breaks and gap.end() in ours:
            begins.append(gap.end())
            yield "line"
        elif n_breaks and gap.start() and gap.end() < len(text):
            last, following = text[gap.start() - 1], text[gap.end()]
            goes_on = following.islower() or following in ",.)!?;:»…" or last in "(«,–—"
            yield "line" if n_breaks == 1 and goes_on else f"? {text[: gap.end()][-40:]}"
    for start, stop in zip(begins, [*begins[1:], len(text)], strict=True):
        paragraph = text[start:stop]
        theirs = {start + each.start for each in razdel.sentenize(paragraph) if each.text}
        for place in sorted(theirs ^ {each for each in ours if start <= each < stop}):
            before = text[start:place]
            if place in theirs:
                yield f"? {before[-40:]}|{text[place : place + 40]} (razdel's)"
            elif text[place] in BULLETS:
                yield "bullet"
            elif SEAM.match(text, place - 1) or GLUED_STOP.search(text[place - 2 : place + 2]):
                yield "glued"
            elif len(before) - len(before.rstrip()) >= 10:
                yield "wide"
            else:
                yield f"? {before[-40:]}|{text[place : place + 40]} (ours)"


def corpora(data):
    """Texts of every article and sentence of the data."""
    fields = ("title", "summary", "text", "content")
    for path in sorted((data / "articles").glob("*.gz")) + sorted((data / "ner").glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for line in file:
                article = json.loads(line)
                yield "\n\n".join(filter(None, map(article.get, fields)))
    for path in sorted((data / "morph").glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from (line[9:].strip() for line in file if line.startswith("# text = "))


def assert_as_razdel(texts):
    unlisted = []
    for text in filter(str.strip, texts):
        sentences, tokens = cut(text)
        kinds = chain(token_differences(text, tokens), sentence_differences(text, sentences))
        unlisted += [kind for kind in kinds if kind.startswith("?")]
    assert not unlisted


def test_as_razdel_on_real_news(data):
    assert_as_razdel(text for row, text in enumerate(corpora(data)) if row % 60 == 0)


@pytest.mark.slow
def test_as_razdel_on_all_real_news(data):
    assert_as_razdel(corpora(data))


MARKS = """
. ! ? … ... ; : , - — – " ' « » „ “ ” ( ) [ ] } { :) ;-( =) 1 15 2.5 г т п е ул тыс Дж А IV а а) 2.
слово Слово тыс. руб. «Да.» "Нет" (да) США iPhone Yahoo! ё́ № * / \\ _ ΔP 😀 ә
"""


@settings(max_examples=500)
@given(
    st.lists(
        st.tuples(st.sampled_from(MARKS.split()), st.sampled_from(["", " ", " "])), max_size=12
    )
)
def test_as_razdel_on_any_marks(parts):
    """In one paragraph, with white space of one character, only glued pieces are ours alone."""
    text = "".join(chain.from_iterable(parts)).strip()
    if text:
        assert_as_razdel([text])
