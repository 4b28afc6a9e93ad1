"""Pages of HTML: what is read of them, however they are written."""

import gzip
import json
import re
from collections import Counter
from hashlib import sha256
from html import unescape

import pytest

from newsnlp.errors import MissingExtraError
from newsnlp.html_heads import without_site
from newsnlp.html_pages import read_page

PAGES_HASH = "44aff9be9845eee987bf40e300e7f981b42a889f83392281bf54b08098686820"
FLOOR, AHEAD = 0.91, 0.2

TITLE = "В Пскове открыли мост через Великую"
FIRST = (
    "Новый мост через реку Великую открыли в Пскове во вторник, сообщила пресс-служба"
    " администрации города."
)
SECOND = (
    "По словам мэра Анны Котовой, строительство заняло три года и обошлось бюджету в два"
    " миллиарда рублей."
)
THIRD = "«Теперь дорога в центр займёт десять минут», — сказала она на церемонии открытия моста."
TEXT = "\n\n".join((FIRST, SECOND, THIRD))
PARAGRAPHS = f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
MENU = "".join(
    f'<li><a href="/{name}">{name}</a></li>' for name in ("Политика", "Экономика", "Спорт", "Афиша")
)
TEASERS = "".join(
    f'<div><a href="/{n}">В Великих Луках закрыли на ремонт старый вокзал и площадь {n}</a></div>'
    for n in range(8)
)


@pytest.fixture(autouse=True, scope="module")
def trafilatura():
    return pytest.importorskip("trafilatura")


def page(body, head=""):
    return (
        f"<!DOCTYPE html><html><head><title>{TITLE} | Псковские новости</title>{head}</head>"
        f"<body><ul>{MENU}</ul>{body}<div>{TEASERS}</div></body></html>"
    )


LAYOUTS = {
    "article": f"<article><h1>{TITLE}</h1>{PARAGRAPHS}</article>",
    "divs": f"<div><div><h2>{TITLE}</h2></div><div>{FIRST}</div><div>{SECOND}</div>{THIRD}</div>",
    "breaks": f"<td><b>{TITLE}</b><br>{FIRST}<br><br>{SECOND}<br /><br />{THIRD}</td>",
    "table": f"<table><tr><td><h1>{TITLE}</h1></td></tr><tr><td>{PARAGRAPHS}</td></tr></table>",
    "unclosed": f"<h1>{TITLE}</h1><p>{FIRST}<p>{SECOND}<p>{THIRD}",
    "form around all": f"<form><h1>{TITLE}</h1>{PARAGRAPHS}</form>",
    "named as with a sidebar": f'<div class="has-sidebar"><h1>{TITLE}</h1>{PARAGRAPHS}</div>',
    "comments": f"<h1>{TITLE}</h1>{PARAGRAPHS}<h3>Комментарии (2)</h3>"
    + '<ul class="comments"><li>Наконец-то, ездить в объезд больше не придётся.</li></ul>',
    "counter in a paragraph": f"<h1>{TITLE}</h1>"
    + PARAGRAPHS.replace("<p>", '<p><a class="comments_count" href="#c">12</a>'),
    "hidden": f'<h1>{TITLE}</h1>{PARAGRAPHS}<div style="display:none">{"Скрытое. " * 9}</div>',
    "site speaks": f"<h1>{TITLE}</h1>{PARAGRAPHS}<p>При перепечатке материалов сайта ссылка на"
    + " редакцию обязательна, комментарии проверяет модератор.</p>",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_title_and_text_of_a_layout(name):
    found = read_page(page(LAYOUTS[name]))
    assert found["title"] == TITLE
    assert found["text"] == TEXT


def test_scripts_and_styles_stay_out():
    noise = "<script>var текст = 'код';</script><style>.текст {}</style><noscript>код</noscript>"
    found = read_page(page(f"<h1>{TITLE}</h1>{noise}{PARAGRAPHS.replace('</p>', noise + '</p>')}"))
    assert found["text"] == TEXT


def test_entities_are_characters():
    text = "&laquo;Мост&nbsp;&mdash; это &#1083;учшее, что случилось с&nbsp;городом&raquo;,"
    text += " &mdash; сказали в&nbsp;мэрии Пскова."
    found = read_page(page(f"<h1>{TITLE}</h1><p>{text}</p>{PARAGRAPHS}"))
    assert found["text"].startswith("«Мост — это лучшее, что случилось с городом», — сказали")


def test_quotes_lists_and_tables_of_the_article_are_read():
    rows = "<table><tr><td>Длина моста составляет четыреста двадцать метров.</td></tr></table>"
    quote = "<blockquote>Мы ждали этого дня очень долго, и вот он наконец настал.</blockquote>"
    items = "<ul><li>Проезд по мосту бесплатный для всех жителей города и гостей.</li></ul>"
    found = read_page(page(f"<h1>{TITLE}</h1><p>{FIRST}</p>{rows}{quote}{items}<p>{SECOND}</p>"))
    for part in ("Длина моста", "Мы ждали", "Проезд по мосту"):
        assert part in found["text"]


def test_links_inside_a_paragraph_stay():
    linked = FIRST.replace("Пскове", '<a href="/pskov">Пскове</a>')
    found = read_page(page(f"<h1>{TITLE}</h1>{PARAGRAPHS.replace(FIRST, linked)}"))
    assert found["text"] == TEXT


def test_json_ld():
    data = {
        "@context": "https://schema.org",
        "@graph": [
            {
                "@type": "NewsArticle",
                "headline": TITLE,
                "author": [{"@type": "Person", "name": "Анна Котова"}, {"name": "Пётр Лис"}],
                "datePublished": "2024-08-04T10:00:00+03:00",
                "articleSection": "Общество",
                "keywords": ["мост", "Псков"],
            },
        ],
    }
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    head += '<link rel="canonical" href="/news/1">'
    found = read_page(page(LAYOUTS["article"], head), url="https://example.org/news/1?from=main")
    assert found == {
        "title": TITLE,
        "text": TEXT,
        "author": "Анна Котова, Пётр Лис",
        "published": "2024-08-04T10:00:00+03:00",
        "rubric": "Общество",
        "tags": ("мост", "Псков"),
        "url": "https://example.org/news/1",
    }


def test_opengraph_and_lead():
    told = {
        "og:title": TITLE,
        "og:description": FIRST,
        "og:url": "https://example.org/news/1",
        "article:published_time": "2024-08-04T10:00:00+03:00",
        "article:section": "Общество",
        "article:author": "Анна Котова",
        "article:tag": "мост",
    }
    head = "".join(f'<meta property="{name}" content="{text}">' for name, text in told.items())
    found = read_page(page(LAYOUTS["article"], head))
    assert found["lead"] == FIRST
    assert found["rubric"] == "Общество"
    assert found["author"] == "Анна Котова"
    assert found["published"] == "2024-08-04T10:00:00+03:00"
    assert found["url"] == "https://example.org/news/1"
    assert found["tags"] == ("мост",)


def test_a_description_that_is_not_in_the_text_is_no_lead():
    head = '<meta name="description" content="Все новости Пскова и области за день.">'
    assert "lead" not in read_page(page(LAYOUTS["article"], head))


def test_breadcrumbs_and_microdata():
    crumbs = '<div class="breadcrumbs"><a href="/">Главная</a> <a href="/city">Город</a></div>'
    signed = '<span itemprop="author">Анна Котова</span><time itemprop="datePublished" '
    signed += 'datetime="2024-08-04T10:00">сегодня</time>'
    found = read_page(page(crumbs + LAYOUTS["article"] + signed))
    assert found["rubric"] == "Город"
    assert found["author"] == "Анна Котова"
    assert found["published"] == "2024-08-04T10:00"


def test_what_is_not_said_is_not_there():
    assert read_page(page(LAYOUTS["article"])).keys() <= {"title", "text"}


@pytest.mark.parametrize(
    "html",
    [
        "",
        " ",
        "\0",
        "\ud800",
        "<",
        "<!-- -->",
        "<html>",
        "<html><head><title></title></head><body></body></html>",
        "<?xml version='1.0' encoding='cp1251'?><html><body></body></html>",
        "просто текст без разметки",
        '{"json": true}',
        "<script>while (true) {}</script>",
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": 7}</script>',
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>",
        '<link rel="canonical" href="http://[broken"><p>Текст</p>',
        "<p>" + "\x01\x02" * 20,
        "</div>" * 1000,
        "<b><i>" * 1000 + "Текст",
    ],
)
def test_broken_pages_raise_nothing(html):
    found = read_page(html)
    assert all(found.values())


@pytest.mark.parametrize("tag", ["div", "b", "table", "ul", 'div class="menu"'])
def test_deep_nesting(tag):
    closed = f"</{tag.split()[0]}>"
    body = f"<h1>{TITLE}</h1>{PARAGRAPHS}" + f"<{tag}>" * 50_000 + "дно" + closed * 50_000
    assert read_page(page(body))["title"] == TITLE


def test_a_huge_page_is_read_in_bounds():
    body = f"<h1>{TITLE}</h1>{PARAGRAPHS}" + "<div>слово</div>" * 400_000
    assert read_page(page(body))["text"].startswith(FIRST)


def test_no_body_and_a_title_only():
    assert read_page(f"<title>{TITLE} — Псковские новости</title>") == {"title": TITLE}


def test_the_given_address_stays_where_the_page_names_none():
    assert read_page("", url="https://example.org/1") == {"url": "https://example.org/1"}
    found = read_page(page(LAYOUTS["article"]), url="https://example.org/1")
    assert found["url"] == "https://example.org/1"


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Мост открыли раньше срока", "Мост открыли раньше срока"),
        ("Мост открыли раньше срока — Псков.ру", "Мост открыли раньше срока"),
        ("ПСКОВ / Мост открыли раньше срока", "Мост открыли раньше срока"),
        ("Псков.ру :: Мост открыли раньше срока", "Мост открыли раньше срока"),
        ("Москва–Псков: поезда пошли чаще", "Москва–Псков: поезда пошли чаще"),
    ],
)
def test_headline_without_the_site(title, headline):
    assert without_site(title) == headline


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "trafilatura", None)
    with pytest.raises(MissingExtraError, match=r"newsnlp\[html\]"):
        read_page(page(LAYOUTS["article"]))


def test_the_same_page_gives_the_same(monkeypatch):
    html = page(LAYOUTS["article"])
    assert read_page(html) == read_page(html)


def words(text):
    return Counter(re.findall(r"\w+", text.lower()))


def f1(text, reference):
    found = words(text)
    return 2 * (found & reference).total() / max(1, found.total() + reference.total())


def test_floor_on_pages_of_news_sites(data, annotator, trafilatura):
    file = data / "html/waddle_ru.jsonl.gz"
    assert sha256(file.read_bytes()).hexdigest() == PAGES_HASH
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    from newsnlp import Article
    from newsnlp.schema import ANNOTATED_ZONES

    articles = [
        Article(doc_id=n, **{**read_page(one["html"]), "published": None})
        for n, one in enumerate(records)
    ]
    frames = annotator.annotate(articles, frames=["zones"])
    zones = frames.zones[frames.zones["zone"].isin(ANNOTATED_ZONES)]
    texts = dict(zip(frames.articles["doc_id"], frames.articles["text"], strict=True))
    found = dict.fromkeys(texts, "")
    for doc_id, start, stop in zip(zones["doc_id"], zones["start"], zones["stop"], strict=True):
        found[doc_id] += texts[doc_id][start:stop] + "\n"
    references = [words(unescape(re.sub("<[^>]*>", " ", one["reference"]))) for one in records]
    ours = [f1(found[str(n)], reference) for n, reference in enumerate(references)]
    plain = [
        f1(trafilatura.extract(one["html"]) or "", reference)
        for one, reference in zip(records, references, strict=True)
    ]
    assert sum(ours) / len(ours) >= FLOOR
    assert (sum(ours) - sum(plain)) / len(ours) >= AHEAD
