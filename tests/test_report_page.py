"""The page of a report, as a reader in a browser has it: 200 made-up articles, no network."""

import copy
import csv
import gzip
import io
import json
import re
import shutil
from collections import Counter
from contextlib import contextmanager
from math import log
from urllib.parse import quote

import made_report
import pytest

from newsnlp.errors import OptionError
from newsnlp.report_pages import page

POLITICS = "medtop:11000000"
PHONE = {"width": 375, "height": 760}
DESK = {"width": 1200, "height": 900}
ARTICLE, OLD_ARTICLE = "https://vestnik.example/3", "https://vestnik.example/150"
VIEWS = {
    "overview": "#/",
    "filtered": f"#/?topic={quote(POLITICS)}&from=2026-04&to=2026-04",
    "names": "#/names",
    "entity": "#/entity/per%3Atokaev",
    "articles": "#/articles",
    "texts": f"#/articles?q={quote('заседание совета')}&in=texts",
    "article": f"#/article/{quote(ARTICLE, safe='')}",
    "sentences alone": f"#/article/{quote(OLD_ARTICLE, safe='')}",
    "nothing": "#/names?q=щщщ&from=2030-01",
    "unknown": "#/article/no",
}


@pytest.fixture(scope="module")
def made():
    return made_report.contents()


@pytest.fixture(scope="module")
def path(made, tmp_path_factory):
    return written(tmp_path_factory, made_report.blocks(*made))


def written(tmp_path_factory, blocks):
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_bytes(page("Вести за весну", blocks))
    return file


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    if not (executable := next(filter(None, found), None)):
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as running:
        options = ["--no-sandbox", "--disable-gpu"]
        with running.chromium.launch(executable_path=executable, args=options) as launched:
            yield launched


@contextmanager
def opened(browser, path, address="#/", *, viewport=None, faults=(), script=None, **options):
    """A tab with the report; it fails where the page complained, asked or went somewhere."""
    context = browser.new_context(viewport=viewport or DESK, locale="ru", **options)
    tab = context.new_page()
    happened = []
    tab.on("console", lambda message: happened.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: happened.append(f"error: {error}"))
    tab.on(
        "dialog", lambda dialog: (happened.append(f"dialog: {dialog.message}"), dialog.dismiss())
    )
    tab.on("request", lambda request: _asked(happened, request.url, path))
    context.on("page", lambda other: happened.append(f"window: {other.url}"))
    if script:
        tab.add_init_script(script)
    tab.goto(path.as_uri() + address)
    if options.get("java_script_enabled", True):
        tab.wait_for_selector("#heading, [role=alert]")
    yield tab
    context.close()
    assert [fault for fault in happened if not fault.startswith(tuple(faults) or "\0")] == []


def _asked(happened, url, path):
    if not url.startswith((path.as_uri(), "blob:")):
        happened.append(f"request: {url}")


@pytest.fixture
def tab(browser, path):
    with opened(browser, path) as tab:
        yield tab


def until(tab, condition):
    """Waits for what a script says; a function, for the page evaluates no text."""
    tab.wait_for_function(f"() => {condition}")


def arrives(tab, title):
    """Waits for the view with a heading."""
    until(tab, f"document.querySelector('h1').textContent.trim() === {json.dumps(title)}")


def says(tab, selector, start):
    """Waits for a text, or its beginning."""
    words = f"document.querySelector({json.dumps(selector)})?.textContent.trim()"
    until(tab, f"{words}.replace(/\\s+/g, ' ').startsWith({json.dumps(start)})")


def text(tab, selector):
    """Visible text with single blanks."""
    return re.sub(r"\s+", " ", tab.locator(selector).first.inner_text())


def heading(tab):
    return text(tab, "h1")


def shown_names(tab):
    return tab.locator(".names tbody th a").all_inner_texts()


def downloaded(tab, button):
    """Name and rows of what a button saves."""
    with tab.expect_download() as download:
        tab.get_by_role("button", name=button).click()
    raw = download.value.path().read_bytes().decode("utf-8")
    assert raw.startswith("\ufeff")
    return download.value.suggested_filename, list(csv.DictReader(io.StringIO(raw[1:])))


def rows_of(core, **wanted):
    """Numbers of articles by topic (one of its topics) and month."""
    articles = core["articles"]
    topics = [topic["id"] for topic in core["topics"]]
    return [
        row
        for row, (numbers, day) in enumerate(zip(articles["topic"], articles["day"], strict=True))
        if ("topic" not in wanted or topics.index(wanted["topic"]) in numbers)
        and ("month" not in wanted or (day or "").startswith(wanted["month"]))
    ]


def counts_of(core, rows):
    """Articles of each entity in some articles."""
    lists = (core["articles"]["entities"][row] for row in rows)
    return Counter(entity for pairs in lists for entity in pairs[::2])


# The file


def test_one_file_without_addresses_of_others(path):
    html = path.read_text("utf-8")
    assert not re.findall(r"<(?:link|img|iframe|object|embed|base)\b", html)
    assert not re.findall(r"\s(?:src|href)=[\"']?http", html.partition("<script")[0])
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy and "unsafe-inline" not in policy.partition("style-src")[0]


def test_the_same_bytes_again(made):
    blocks = made_report.blocks(*made)
    assert page("Вести", blocks) == page("Вести", blocks)


@pytest.mark.parametrize(
    "blocks", [{}, {"texts-0": b""}, {"core": b"", "Texts": b""}, {"core": b"", '"><b>': b""}]
)
def test_blocks_that_a_page_cannot_have(blocks):
    with pytest.raises(OptionError):
        page("Вести", blocks)


def test_title_is_text():
    assert b"<title>&lt;/title&gt;&lt;b&gt;</title>" in page("</title><b>", {"core": b""})


# Overview


def test_overview_counts_what_the_report_holds(tab, made):
    core, _ = made
    assert heading(tab) == "Обзор"
    assert tab.title() == "Обзор — Вести за весну"
    n_mentions = sum(core["entities"]["n_mentions"])
    numbers = text(tab, ".numbers").replace("\xa0", " ")
    assert re.sub(r"\s(?=\d{3}\b)", "", numbers).startswith(
        f"200 статей 4 издания 20 имён {n_mentions}"
    )
    assert "у 120 — полный текст; у 80 — предложения с именами." in text(tab, "main")
    assert "Последняя статья — 30 мая 2026 г." in text(tab, "footer")
    assert "Без даты, и потому не на графике: 2 статьи" in text(tab, "main")
    assert "Статьи по неделям" in text(tab, "main")


def test_chart_has_its_figures_in_a_table(tab, made):
    core, _ = made
    assert tab.locator("canvas").get_attribute("aria-label").startswith("Статьи по неделям.")
    assert text(tab, ".chart .quiet").replace("\u2009", " ") == "1 мар. – 30 мая 2026 г."
    tab.locator(".figures summary").click()
    tab.wait_for_selector(".figures table")
    cells = tab.locator(".figures td").all_inner_texts()
    assert sum(map(int, cells)) == sum(day is not None for day in core["articles"]["day"])
    assert tab.locator(".figures thead th").all_inner_texts()[-2:] == ["прочие", "без темы"]


def test_bar_becomes_the_period(tab, made):
    core, _ = made
    assert "Нажмите на столбик, чтобы отобрать эту неделю" in text(tab, ".chart")
    tab.locator(".figures summary").click()
    tab.locator(".figures tbody a").nth(7).click()
    says(tab, ".chips li", "Начало: 13 апреля 2026 г.")
    assert "from=2026-04-13&to=2026-04-19" in tab.url
    days = [day or "" for day in core["articles"]["day"]]
    n_articles = sum("2026-04-13" <= day <= "2026-04-19" for day in days)
    says(tab, ".selected", f"Отобрано: {n_articles} из 200 статей")
    assert tab.locator("#from option:checked").inner_text().strip() == "13 апреля 2026 г."
    says(tab, "#over-time", "Статьи по дням")
    tab.locator("canvas").click(position={"x": 500, "y": 100})
    until(tab, "/from=(2026-04-1\\d)&to=\\1$/.test(location.hash)")
    says(tab, "h1", "Обзор")
    assert "столбик" not in text(tab, ".chart")
    tab.go_back()
    says(tab, ".selected", f"Отобрано: {n_articles} из 200 статей")


def test_weeks_of_which_the_days_are_not_all_there_are_marked(tab):
    assert "Бледные столбики — неполные недели: данные есть не за все дни." in text(tab, ".chart")
    tab.locator(".figures summary").click()
    tab.wait_for_selector(".figures table")
    rows = tab.locator(".figures tbody th").all_inner_texts()
    partial = [row for row in rows if row.endswith(", неполная неделя")]
    assert partial == [rows[0], rows[-1]]  # 23 February – 1 March, and 25–31 May
    tab.locator(".several summary").first.click()
    tab.get_by_label("Погода", exact=True).check()
    says(tab, ".selected", "Отобрано")
    assert "неполн" not in " ".join(tab.locator(".figures tbody th").all_inner_texts()[1:-1])


def test_article_of_another_century_does_not_stretch_the_chart(browser, made, tmp_path_factory):
    core, texts = copy.deepcopy(made)
    core["articles"]["day"][198:] = ["2026-03-01", "1970-01-01"]
    with opened(browser, written(tmp_path_factory, made_report.blocks(core, texts))) as tab:
        says(tab, "#over-time", "Статьи по неделям")
        note = "Слишком далеко от остальных, и потому не на графике: 1 статья, 1 янв. 1970"
        assert note in text(tab, ".chart")
        assert "неполные недели" in text(tab, ".chart")
        tab.get_by_label("по", exact=True).select_option("1970-01")
        says(tab, ".selected", "Отобрано: 1 из 200 статей")
        assert "Слишком далеко" not in text(tab, ".chart")


def test_articles_of_the_first_century(browser, made, tmp_path_factory):
    core, texts = copy.deepcopy(made)
    core["articles"]["day"][199] = "0001-01-01"
    with opened(browser, written(tmp_path_factory, made_report.blocks(core, texts))) as tab:
        assert "Статьи по годам" in text(tab, "main")
        tab.locator(".figures summary").click()
        tab.locator(".figures tbody a").first.click()
        says(tab, ".selected", "Отобрано: 1 из 200 статей")
        assert "from=0001-01&to=0001-12" in tab.url


def test_places_say_that_datelines_count(tab):
    note = "Место в начале заметки"
    assert note in text(tab, "section[aria-labelledby=top-LOC]")
    assert note not in text(tab, "section[aria-labelledby=top-PER]")
    tab.get_by_role("link", name="Имена", exact=True).click()
    arrives(tab, "Имена")
    assert note not in text(tab, "main")
    tab.get_by_text("Места", exact=True).click()
    tab.get_by_text(note).wait_for()


# Filters


def test_topic_and_month_act_on_everything(tab, made):
    core, _ = made
    tab.locator(".several summary").first.click()
    tab.get_by_label("Политика", exact=True).check()
    tab.get_by_label("Период: с").select_option("2026-04")
    tab.get_by_label("по", exact=True).select_option("2026-04")
    rows = rows_of(core, topic=POLITICS, month="2026-04")
    counts = counts_of(core, rows)
    says(tab, ".selected", f"Отобрано: {len(rows)} из 200 статей")
    says(tab, ".numbers", f"{len(rows)} ")
    people = tab.locator("section[aria-labelledby=top-PER] .count").all_inner_texts()
    assert sum(int(count.split()[0]) for count in people) == sum(
        count for entity, count in counts.items() if core["entities"]["type"][entity] == "PER"
    )
    tab.get_by_role("link", name="Имена", exact=True).click()
    arrives(tab, "Имена")
    says(tab, ".found", f"Найдено: {len(counts)} имён")
    tab.locator(".names a").first.click()
    tab.wait_for_selector(".quotes")
    top = core["entities"]["name"].index(heading(tab))
    assert counts[top] == max(counts.values())
    assert f" {counts[top]} стат" in text(tab, ".facts")
    tab.get_by_role("link", name="Статьи", exact=True).click()
    arrives(tab, "Статьи")
    assert tab.locator(".articles li").count() == len(rows)
    tab.reload()
    tab.wait_for_selector("#heading")
    assert tab.locator(".articles li").count() == len(rows)
    tab.get_by_role("button", name="Снять фильтр «Тема: Политика»").click()
    says(tab, ".selected", f"Отобрано: {len(rows_of(core, month='2026-04'))} из")
    tab.get_by_role("button", name="Снять все").click()
    says(tab, ".selected", "Все статьи: 200")


def test_filters_without_a_value(tab, made):
    core, _ = made
    outlets = Counter(core["articles"]["outlet"])
    bars = tab.locator("section[aria-labelledby=outlets] .count").all_inner_texts()
    n_without = outlets.pop(-1)
    assert [int(count.split()[0]) for count in bars] == [*sorted(outlets.values())[::-1], n_without]
    tab.get_by_role("link", name="Без темы").click()
    n_without = core["articles"]["topic"].count([])
    says(tab, ".selected", f"Отобрано: {n_without} из")
    tab.locator(".several summary").nth(1).click()
    tab.get_by_label("Без издания").check()
    both = zip(core["articles"]["topic"], core["articles"]["outlet"], strict=True)
    n_both = sum(topics == [] and outlet == -1 for topics, outlet in both)
    says(tab, ".selected", f"Отобрано: {n_both} из")


def test_months_that_would_leave_nothing_cannot_be_chosen(tab):
    months = ["2026-03", "2026-04", "2026-05"]
    tab.get_by_label("Период: с").select_option("2026-04")
    says(tab, ".chips li", "Начало: апрель 2026")
    closed = {
        name: [month for month in months if tab.locator(f"#{name} [value='{month}']").is_disabled()]
        for name in ("from", "to")
    }
    assert closed == {"from": [], "to": ["2026-03"]}
    tab.get_by_label("по", exact=True).select_option("2026-04")
    says(tab, ".chips li", "апрель 2026")
    assert tab.locator("#from [value='2026-05']").is_disabled()


def test_filter_that_the_report_does_not_know_is_said(browser, path):
    with opened(browser, path, "#/?topic=medtop:99&from=Март&to=2026-02-30") as tab:
        assert tab.locator(".chips li").count() == 4
        assert "Такого в отчёте нет: medtop:99" in text(tab, ".chips")
        says(tab, ".selected", "Отобрано: 200 из 200 статей")


# Names


QUERIES = """
Токаев        Касым-Жомарт Токаев
ТОКАЕВ касым  Касым-Жомарт Токаев
жом           Касым-Жомарт Токаев
касым-жомарт  Касым-Жомарт Токаев
семенов       Пётр Семёнов
СЕМЁНОВ П     Пётр Семёнов
«волна»       Банк «Волна»
Токаевым      Касым-Жомарт Токаев    # nothing begins so: tried without its ending
окаев         -
<b>           -
—             -
"""


def test_search_of_names(tab):
    tab.get_by_role("link", name="Имена", exact=True).click()
    for line in QUERIES.strip().splitlines():
        query, found = re.split(r"\s{2,}", line.partition("#")[0].strip())
        tab.get_by_label("Найти имя").fill(query)
        until(tab, f"new URLSearchParams(location.hash.slice(8)).get('q') === {json.dumps(query)}")
        names = [] if found == "-" else [found]
        until(tab, f"document.querySelectorAll('.names tbody tr').length === {len(names)}")
        assert shown_names(tab) == names


def test_names_by_type_and_order(tab):
    tab.get_by_role("link", name="Имена", exact=True).click()
    tab.get_by_text("Места", exact=True).click()
    tab.get_by_text("алфавиту").click()
    says(tab, ".names tbody", "Актау")
    assert shown_names(tab) == ["Актау", "Астана", "Казань", "Минск", "Омск", "Тверь"]
    tab.get_by_text("упоминаниям").click()
    until(tab, "!document.querySelector('.names tbody').textContent.startsWith('Актау')")
    counts = [int(cell) for cell in tab.locator(".names td:last-child").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)


# An entity


def test_entity_from_search_to_its_sentences(tab, made):
    core, _ = made
    tab.get_by_role("link", name="Имена", exact=True).click()
    tab.get_by_label("Найти имя").fill("Токаев")
    until(tab, "document.querySelectorAll('.names tbody tr').length === 1")
    tab.get_by_role("link", name="Касым-Жомарт Токаев").click()
    arrives(tab, "Касым-Жомарт Токаев")
    entity = core["entities"]["id"].index("per:tokaev")
    rows = [row for row, pairs in enumerate(core["articles"]["entities"]) if entity in pairs[::2]]
    says(tab, ".facts", "человек")
    tab.wait_for_selector(".quotes .mention")
    assert tab.locator(".quotes > li").count() == 10
    titles = [core["articles"]["title"][row] for row in rows[:10]]
    assert tab.locator(".quotes h3").all_inner_texts() == titles
    assert tab.locator(".quotes .mention.focused").first.inner_text().startswith("Токаев")
    tab.get_by_role("link", name="Дальше →").click()
    until(tab, "location.hash.includes('page=2')")
    tab.wait_for_selector(".quotes .mention")
    assert "Страница 2 из" in text(tab, ".pager")
    titles = [core["articles"]["title"][row] for row in rows[10:20]]
    assert tab.locator(".quotes h3").all_inner_texts() == titles


def test_associates_by_significance(browser, path, made):
    core, _ = made
    entity = core["entities"]["id"].index("per:tokaev")
    for address, rows in {
        "": range(200),
        f"?topic={quote(POLITICS)}": rows_of(core, topic=POLITICS),
    }.items():
        expected = associates(core, list(rows), entity)
        with opened(browser, path, f"#/entity/per%3Atokaev{address}") as tab:
            names = tab.locator(".together tbody a").all_inner_texts()
            figures = tab.locator(".together td:last-child").all_inner_texts()
        assert names == [core["entities"]["name"][other] for other, _ in expected]
        assert [int(figure) for figure in figures] == [round(g2) for _, g2 in expected]


def associates(core, rows, entity):
    """The same from its definition: twice the sum of observed times log of observed by expected."""
    sets = [set(core["articles"]["entities"][row][::2]) for row in rows]
    found = []
    for other in range(len(core["entities"]["id"])):
        table = Counter((entity in names, other in names) for names in sets)
        n = len(sets)
        expected = {
            (one, two): sum(table[one, each] for each in (True, False))
            * sum(table[each, two] for each in (True, False))
            / n
            for one in (True, False)
            for two in (True, False)
        }
        g2 = 2 * sum(count * log(count / expected[cell]) for cell, count in table.items() if count)
        if other != entity and table[True, True] > expected[True, True] and g2 >= 10.83:
            found.append((other, g2))
    return sorted(found, key=lambda pair: -pair[1])


@pytest.mark.parametrize("measure", ["доля статей", "упоминания"])
def test_measures_of_the_timeline(browser, path, measure):
    with opened(browser, path, "#/entity/per%3Atokaev") as tab:
        tab.get_by_text(measure, exact=True).first.click()
        until(
            tab,
            "document.querySelector('canvas')?.ariaLabel"
            f".startsWith('Касым-Жомарт Токаев: {measure}')",
        )


# Articles


def test_articles_searched_and_turned_round(tab, made):
    core, _ = made
    tab.get_by_role("link", name="Статьи", exact=True).click()
    tab.get_by_text("сначала старые").click()
    until(tab, "location.hash.includes('sort=old')")
    says(tab, ".articles time", "1 марта")
    says(tab, ".articles .title", core["articles"]["title"][197])
    tab.get_by_label("Найти в заголовках").fill("премьеру покажет")
    until(tab, "document.querySelectorAll('.articles li').length < 50")
    titles = tab.locator(".articles .title").all_inner_texts()
    assert titles and all("покажет премьеру" in title for title in titles)


SEARCHED_APART = {"related", "boilerplate", "embed", "notice"}


def rows_with(made, *starts):
    """Articles of which title and text between them have words that begin so."""
    core, texts = made
    found = []
    for row, held in enumerate(texts):
        lines = [
            "".join(part if isinstance(part, str) else part[0] for part in line)
            for kind, zone in held["zones"]
            if kind not in SEARCHED_APART
            for line in zone
        ]
        words = re.findall(r"\w+", " ".join([core["articles"]["title"][row], *lines]).lower())
        words = [word.replace("ё", "е") for word in words]
        if all(any(word.startswith(start) for word in words) for start in starts):
            found.append(row)
    return found


def searched(tab, query):
    tab.locator("#search").fill(query)
    until(tab, f"new URLSearchParams(location.hash.slice(11)).get('q') === {json.dumps(query)}")
    says(tab, ".found", "Найдено: ")


# Query, the words that it finds, and one of the words that are marked
TEXT_QUERIES = """
заседание        заседание          заседание
СОВЕТА заседани  совета заседани    заседание
семенов перегов  семенов перегов    Семёновым
Учёные испытали  ученые испытали    Учёные
датч             датч               датчик
заседанием       заседание          заседание
седание          -
хроника          -
строева          строева            Строева
"""


def test_search_in_texts(tab, made):
    core, _ = made
    tab.get_by_role("link", name="Статьи", exact=True).click()
    tab.get_by_text("в текстах", exact=True).click()
    for line in TEXT_QUERIES.strip().splitlines():
        query, starts, *marked = re.split(r"\s{2,}", line)
        searched(tab, query)
        rows = [] if starts == "-" else rows_with(made, *starts.split())
        says(tab, ".found", f"Найдено: {len(rows)} стат")
        titles = tab.locator(".articles .title").all_inner_texts()
        assert titles == [core["articles"]["title"][row] for row in rows[:50]], query
        marks = {text_.strip() for text_ in tab.locator("mark").all_inner_texts()}
        assert set(marked) <= marks, query
        assert ("Точных совпадений нет" in text(tab, "main")) == (query == "заседанием")
    assert "80 из 200 статей в файле только предложения с именами" in text(tab, "main")


def test_search_in_texts_of_what_is_filtered_goes_with_the_address(browser, path, made):
    core, _ = made
    in_april = rows_of(core, topic=POLITICS, month="2026-04")
    expected = sorted(set(rows_with(made, "заседание", "токаев")) & set(in_april))
    address = f"#/articles?topic={quote(POLITICS)}&from=2026-04&to=2026-04"
    address += f"&q={quote('токаев заседание')}&in=texts&sort=old"
    with opened(browser, path, address) as tab:
        says(tab, ".found", f"Найдено: {len(expected)} стат")
        name, rows = downloaded(tab, "Скачать CSV")
        ids = [core["articles"]["id"][row] for row in reversed(expected)]
        assert [row["doc_id"] for row in rows] == ids and len(ids) > 1
        assert name == "статьи_политика_2026-04_токаев-заседание.csv"
        assert all("аседание" in row["sentence"] + row["title"] for row in rows)
        tab.locator(".articles .title").nth(1).click()
        tab.wait_for_selector("article")
        tab.go_back()
        arrives(tab, "Статьи")
        assert text(tab, ".found").startswith(f"Найдено: {len(expected)} стат")  # not anew
        tab.get_by_role("button", name="Снять все").click()
        says(tab, ".selected", "Все статьи: 200")
        says(tab, ".found", f"Найдено: {len(rows_with(made, 'заседание', 'токаев'))} стат")


# Unpacks a block of texts only when the test lets it.
HELD_BACK = """
window.held = [];
const json = Response.prototype.json;
Response.prototype.json = async function () {
  if (document.getElementById("heading")) await new Promise((go) => window.held.push(go));
  return json.call(this);
};
"""


def test_search_in_texts_goes_on_and_can_be_left(browser, path, made):
    with opened(browser, path, "#/articles", script=HELD_BACK) as tab:
        tab.get_by_text("в текстах", exact=True).click()
        tab.locator("#search").fill("датчик")
        says(tab, ".found", "Ищу в текстах")
        tab.get_by_label("Просмотрено статей").wait_for()
        assert tab.get_by_role("button", name="Ищу").get_attribute("aria-disabled") == "true"
        tab.locator("#search").fill("тарифы")
        until(tab, "location.hash.includes(encodeURIComponent('тарифы'))")
        tab.evaluate("() => setInterval(() => window.held.splice(0).forEach((go) => go()), 5)")
        says(tab, ".found", f"Найдено: {len(rows_with(made, 'тарифы'))} стат")
        assert set(tab.locator("mark").all_inner_texts()) == {"тарифы"}


def test_search_in_texts_that_are_damaged_or_left_out(browser, made, tmp_path_factory):
    core, texts = copy.deepcopy(made)
    core |= {"n_sentences": 30, "n_bare": 50}
    blocks = made_report.blocks(core, texts)
    address = f"#/articles?q={quote('переговоры')}&in=texts"
    with opened(browser, written(tmp_path_factory, blocks), address) as tab:
        says(tab, ".found", "Найдено: ")
        assert "У 50 из 200 статей текста в файле нет" in text(tab, "main")
    blocks["texts-1"] = b"no gzip"
    with opened(browser, written(tmp_path_factory, blocks), address) as tab:
        says(tab, ".found", "Поиск прерван: просмотрено ")
        assert "файл отчёта повреждён" in tab.get_by_role("alert").inner_text()


def test_article_with_marked_mentions(browser, path, made):
    core, texts = made
    with opened(browser, path, VIEWS["article"]) as tab:
        tab.wait_for_selector(".text .mention")
        words = [part for zone in texts[3]["zones"] for line in zone[1] for part in line]
        mentions = [part for part in words if not isinstance(part, str)]
        assert tab.locator("article .mention").count() == len(mentions)
        assert tab.locator("h1 .label").count() > 0
        assert tab.locator("a.mention.aside, .mention.focused").count() == 0
        assert tab.locator("span.mention.aside").inner_text().startswith("«Голос Степи»")
        labels = tab.locator(".zone.apart .zone-name").all_inner_texts()
        assert labels == ["Автор", "Другие новости", "Вставка, 570\xa0знаков"]
        assert not tab.get_by_text("window.player").is_visible()
        link = tab.get_by_role("link", name="Статья на сайте издания")
        assert link.get_attribute("href") == ARTICLE
        assert "noopener" in link.get_attribute("rel")
        assert ", ".join(texts[3]["keywords"]) in text(tab, ".described")
        mention = tab.locator(".text .mention").first
        mention.hover()
        [_, entity, _, normal, _] = next(
            part for line in texts[3]["zones"][1][1] for part in line if not isinstance(part, str)
        )
        tip = tab.get_by_role("tooltip").inner_text()
        assert normal in tip and core["entities"]["name"][entity] in tip
        tab.keyboard.press("Escape")
        tab.wait_for_selector("#tip", state="hidden")
        mention.click()
        arrives(tab, core["entities"]["name"][entity])


def test_every_name_of_an_article_has_its_number(browser, path, made):
    core, _ = made
    with opened(browser, path, VIEWS["article"]) as tab:
        pairs = core["articles"]["entities"][core["articles"]["id"].index(ARTICLE)]
        numbers = [int(item.split()[-1]) for item in tab.locator(".named li").all_inner_texts()]
        assert numbers == sorted(pairs[1::2], reverse=True) and 1 in numbers


def test_article_of_which_sentences_are_held(browser, path):
    with opened(browser, path, VIEWS["sentences alone"]) as tab:
        tab.wait_for_selector(".text .mention")
        assert "только предложения этой статьи" in text(tab, ".notice")
        body = text(tab, ".zone.body p:last-child")
        assert body.startswith("… ") and body.endswith("…")


def test_article_whose_texts_are_missing(browser, made, tmp_path_factory):
    blocks = made_report.blocks(*made)
    del blocks["texts-3"]
    core = made[0] | {"n_sentences": 30, "n_bare": 50}
    blocks["core"] = made_report.packed(core)
    with opened(browser, written(tmp_path_factory, blocks), VIEWS["sentences alone"]) as tab:
        tab.wait_for_selector(".notice")
        says(tab, ".notice", "Текста этой статьи в файле нет")
        assert core["articles"]["title"][150] == heading(tab)
        assert text(tab, ".named")


def test_article_whose_texts_were_not_saved(browser, made, tmp_path_factory):
    file = written(tmp_path_factory, made_report.blocks(*made))
    html = file.read_bytes()
    for end in (html.index(b'id="texts-0"') + 500, html.index(b"<script", html.index(b"texts-2"))):
        file.write_bytes(html[:end])
        with opened(browser, file, VIEWS["sentences alone"]) as tab:
            assert "не целиком" in tab.get_by_role("alert").inner_text()


def test_report_too_large_for_its_texts_says_so(browser, made, tmp_path_factory):
    core, texts = copy.deepcopy(made)
    core |= {"n_full": 50, "n_sentences": 100, "n_bare": 50, "first_only": True, "made": None}
    blocks = made_report.blocks(core, texts)
    del blocks["texts-3"]
    file = written(tmp_path_factory, blocks)
    with opened(browser, file) as tab:
        assert (
            "у 50 — полный текст; у 100 — первые предложения о тех, кто назван в нескольких "
            "статьях; у 50 — только заголовок и имена."
        ) in text(tab, "main")
        assert text(tab, "footer").startswith("newsnlp 0.1.0.")
        entity = core["entities"]["id"].index("loc:omsk")
        rows = [
            row for row, names in enumerate(core["articles"]["entities"]) if entity in names[::2]
        ]
        tab.goto(file.as_uri() + "#/entity/loc%3Aomsk?page=99")
        n_first, n_bare = (
            sum(low <= row < high for row in rows) for low, high in [(50, 150), (150, 200)]
        )
        says(tab, "#sentences", "В предложениях")
        tab.wait_for_selector("section[aria-labelledby=sentences][aria-busy=false]")
        held = text(tab, "section[aria-labelledby=sentences]")
        assert f"из {n_first} статей — только первые" in held
        assert f"Нет в файле предложений из {n_bare} статей" in held
        assert "они не поместились" in held


def test_articles_that_could_not_be_annotated(browser, made, tmp_path_factory):
    core, texts = copy.deepcopy(made)
    bare = {"title": None, "day": None, "outlet": -1, "topic": [], "url": None, "author": None}
    bare |= {"status": "too_long", "entities": []}
    for column, value in bare.items():
        core["articles"][column][0] = value
    texts[0] = {"full": True, "keywords": [], "scores": [], "zones": []}
    file = written(tmp_path_factory, made_report.blocks(core, texts))
    with opened(browser, file, "#/article/" + quote(core["articles"]["id"][0], safe="")) as tab:
        assert heading(tab) == "Без заголовка"
        says(tab, ".notice", "Статья слишком длинная и не размечена.")


def test_report_without_articles(browser, made, tmp_path_factory):
    core = copy.deepcopy(made[0])
    core |= {
        "n_articles": 0,
        "n_full": 0,
        "n_sentences": 0,
        "made": None,
        "topics": [],
        "outlets": [],
    }
    core |= {name: {column: [] for column in core[name]} for name in ("articles", "entities")}
    file = written(tmp_path_factory, made_report.blocks(core, []))
    for address in ("#/", "#/names", "#/articles"):
        with opened(browser, file, address) as tab:
            assert tab.locator(".nothing").count() == 1


# Export


def test_export_of_articles(browser, path, made):
    core, _ = made
    with opened(
        browser, path, f"#/articles?topic={quote(POLITICS)}&from=2026-04&to=2026-04"
    ) as tab:
        name, rows = downloaded(tab, "Скачать CSV")
    expected = rows_of(core, topic=POLITICS, month="2026-04")
    assert name == "статьи_политика_2026-04.csv"
    assert [row["doc_id"] for row in rows] == [core["articles"]["id"][row] for row in expected]
    assert [row["title"] for row in rows] == [core["articles"]["title"][row] for row in expected]
    assert {row["day"][:7] for row in rows} == {"2026-04"}


def test_export_of_names_and_sentences(browser, path, made):
    core, texts = made
    with opened(browser, path, "#/names?type=PER&q=токаев") as tab:
        name, rows = downloaded(tab, "Скачать CSV")
    assert name == "имена_токаев.csv"
    entity = core["entities"]["id"].index("per:tokaev")
    [row] = rows
    assert (row["entity_id"], row["type"]) == ("per:tokaev", "PER")
    assert int(row["n_articles"]) == core["entities"]["n_articles"][entity]
    assert int(row["n_mentions"]) == core["entities"]["n_mentions"][entity]
    with opened(browser, path, "#/entity/per%3Atokaev?from=2026-05") as tab:
        name, rows = downloaded(tab, "Скачать предложения, CSV")
    assert name == "предложения_касым-жомарт-токаев_2026-05.csv"
    months = [day or "" for day in core["articles"]["day"]]
    expected = [
        "".join(part if isinstance(part, str) else part[0] for part in line).strip()
        for day, held in zip(months, texts, strict=True)
        for _, lines in held["zones"]
        for line in lines
        if day >= "2026-05" and any(part[1] == entity for part in line if not isinstance(part, str))
    ]
    assert [row["sentence"] for row in rows] == expected
    assert {row["normal"] for row in rows} == {"Токаев"}


def test_cells_that_a_spreadsheet_would_run(browser, made, tmp_path_factory):
    core, texts = copy.deepcopy(made)
    titles = [
        "=1+1",
        "+7 мест",
        "-5 °C",
        "@имя",
        "\tтабуляция",
        "\n=1+1",
        "\u200b =1+1",
        "＝1+1",
        'В «"кавычках"», и\nдве строки',
        "да",
    ]
    core["articles"]["title"][: len(titles)] = titles
    file = written(tmp_path_factory, made_report.blocks(core, texts))
    with opened(browser, file, "#/articles") as tab:
        _, rows = downloaded(tab, "Скачать CSV")
    safe = [f"'{title}" for title in titles[:-2]] + titles[-2:]
    assert [row["title"] for row in rows][: len(titles)] == safe


# Addresses


def test_back_returns_to_what_was_left(tab):
    tab.get_by_role("link", name="Имена", exact=True).click()
    tab.get_by_label("Найти имя").fill("Токаев")
    until(tab, "document.querySelectorAll('.names tbody tr').length === 1")
    tab.locator(".names a").first.click()
    tab.wait_for_selector(".quotes .mention")
    tab.locator(".quotes h3 a").first.click()
    tab.wait_for_selector("article")
    tab.go_back()
    arrives(tab, "Касым-Жомарт Токаев")
    tab.go_back()
    arrives(tab, "Имена")
    assert tab.get_by_label("Найти имя").input_value() == "Токаев"
    tab.go_back()
    arrives(tab, "Обзор")
    tab.go_forward()
    arrives(tab, "Имена")
    assert shown_names(tab) == ["Касым-Жомарт Токаев"]


def test_place_on_a_page_is_kept_for_the_way_back(tab):
    tab.get_by_role("link", name="Статьи", exact=True).click()
    link = tab.locator(".articles .title").nth(30)
    link.scroll_into_view_if_needed()
    tab.wait_for_timeout(50)
    place = tab.evaluate("scrollY")
    link.click()
    tab.wait_for_selector("article")
    assert (place > 500, tab.evaluate("scrollY")) == (True, 0)
    tab.go_back()
    tab.wait_for_selector(".articles")
    assert tab.evaluate("scrollY") == place


NOWHERE = """
#/nowhere           Такой страницы в отчёте нет
#/article           Такой страницы в отчёте нет
#/names/x           Такой страницы в отчёте нет
#/article/%E0%A4    Такой страницы в отчёте нет
#/constructor       Такой страницы в отчёте нет
#core               Такой страницы в отчёте нет
#/article/no        Такой статьи в отчёте нет
#/entity/__proto__  Такого имени в отчёте нет
"""


def test_addresses_of_nothing_lead_back(browser, path):
    backs = {"страницы": "Обзор", "статьи": "Статьи", "имени": "Имена"}
    with opened(browser, path) as tab:
        for line in NOWHERE.strip().splitlines():
            address, said = re.split(r"\s{2,}", line)
            tab.goto(path.as_uri() + address)
            arrives(tab, said)
            tab.locator("main a").click()
            arrives(tab, backs[said.split()[1]])


# Readers with keyboards, phones, dark screens and screen readers


def pressed(tab, name):
    """Tab to something by its name, and Enter."""
    for _ in range(60):
        tab.keyboard.press("Tab")
        label = tab.evaluate("document.activeElement.textContent.trim()")
        if label == name:
            tab.keyboard.press("Enter")
            return
    raise AssertionError(f"the Tab key does not come to {name!r}")


def test_keyboard_alone(tab):
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.keyboard.press("Shift+Tab")
    tab.reload()
    tab.wait_for_selector("#heading")
    pressed(tab, "Имена")
    arrives(tab, "Имена")
    assert tab.evaluate("document.activeElement.id") == "heading"
    tab.keyboard.press("Tab")
    tab.keyboard.type("токаев")
    until(tab, "document.querySelectorAll('.names tbody tr').length === 1")
    assert tab.evaluate("document.activeElement.id") == "search"
    pressed(tab, "Касым-Жомарт Токаев")
    arrives(tab, "Касым-Жомарт Токаев")
    assert tab.evaluate("document.activeElement.textContent") == "Касым-Жомарт Токаев"
    tab.keyboard.press("Tab")
    tab.keyboard.press("ArrowRight")
    until(tab, "location.hash.includes('measure=share')")
    pressed(tab, "Числа таблицей")
    tab.wait_for_selector(".figures table")
    tab.wait_for_selector(".quotes .mention")
    tab.locator(".quotes .mention").first.focus()
    tab.get_by_role("tooltip").wait_for()
    assert tab.evaluate("document.activeElement.getAttribute('aria-describedby')") == "tip"


def test_filters_by_keyboard(tab):
    tab.locator(".several summary").first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".panel")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    says(tab, ".chips li", "Тема: ")
    tab.keyboard.press("Escape")
    tab.wait_for_selector(".panel", state="detached")
    assert tab.evaluate("document.activeElement.tagName") == "SUMMARY"


def views(tab, path):
    """Opens one view after the other, each with a panel of filters and the figures of its chart."""
    for view, address in VIEWS.items():
        tab.goto("about:blank")
        tab.goto(path.as_uri() + address)
        tab.wait_for_selector("#heading")
        until(tab, "!document.querySelector('[aria-busy=true]')")
        if tab.get_by_role("button", name="Фильтры").is_visible():
            tab.get_by_role("button", name="Фильтры").click()
        for summary in tab.locator(".several:first-child summary, .figures summary").all():
            summary.click()
        yield view


def test_phone_has_nothing_beside_the_screen(browser, path):
    with opened(browser, path, viewport=PHONE) as tab:
        assert not tab.locator("#filter-controls").is_visible()
        for view in views(tab, path):
            tab.wait_for_selector("#filter-controls")
            width = tab.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"], view


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(browser, path, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with opened(browser, path, color_scheme=scheme) as tab:
        for view in views(tab, path):
            found = axe.run(tab).response["violations"]
            faults = [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
            assert (view, faults) == (view, [])


def test_dark_screen(browser, path):
    colours = {}
    for scheme in ("light", "dark"):
        with opened(browser, path, color_scheme=scheme) as tab:
            colours[scheme] = tab.evaluate(
                "getComputedStyle(document.documentElement).backgroundColor"
            )
    assert colours == {"light": "rgb(250, 249, 246)", "dark": "rgb(21, 23, 26)"}


# What is hostile, and what is broken

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</script><script>alert(3)</script>",
    "</title><svg onload=alert(4)>",
    "{{constructor.constructor('alert(5)')()}} ${alert(6)}",
    "javascript:alert(7)",
    "<!--<script>",
    "Я" * 120,
)
IDS = (
    "__proto__",
    "constructor",
    "a/b?c#d%20&e",
    "%",
    "../..",
    "</script>",
    "hasOwnProperty",
    "💥",
)


@pytest.fixture(scope="module")
def hostile(made, tmp_path_factory):
    """The report with hostile text wherever an article or an outlet can have any."""
    core, texts = copy.deepcopy(made)
    articles, entities = core["articles"], core["entities"]
    core["title"] = HOSTILE[2]
    for column in ("title", "url", "author"):
        for row in range(len(articles[column])):
            articles[column][row] = HOSTILE[row % len(HOSTILE)]
    articles["id"][: len(IDS)] = IDS
    entities["id"][: len(IDS)] = IDS
    entities["name"] = [f"{HOSTILE[at % len(HOSTILE)]} {at}" for at in range(len(entities["id"]))]
    core["outlets"] = list(HOSTILE[: len(core["outlets"])])
    for at, topic in enumerate(core["topics"]):
        topic |= {"label": HOSTILE[at % len(HOSTILE)], "id": IDS[at] if at < len(IDS) else "x"}
    for text_ in texts:
        text_["keywords"] = list(HOSTILE)
        text_["zones"].append(["constructor", [[HOSTILE[0]]]])
        for _, lines in text_["zones"]:
            for line in lines:
                line[:] = [
                    HOSTILE[1]
                    if isinstance(part, str)
                    else [HOSTILE[0], *part[1:3], HOSTILE[1], "x"]
                    for part in line
                ]
    return core, written(tmp_path_factory, made_report.blocks(core, texts))


def test_hostile_text_stays_text(browser, hostile):
    core, path = hostile
    with opened(browser, path, viewport=PHONE) as tab:
        for address in ("#/", "#/names", "#/articles", f"#/names?q={quote(HOSTILE[0])}"):
            tab.goto(path.as_uri() + address)
            until(tab, "document.querySelector('#heading')")
            assert HOSTILE[2] in text(tab, ".brand")
            inert(tab)
        for at, id_ in enumerate(IDS):
            tab.goto(f"{path.as_uri()}#/article/{quote(id_, safe='')}")
            tab.wait_for_selector(f".text .mention >> nth={at % 2}")
            arrives(tab, core["articles"]["title"][at])
            tab.locator(".text .mention").first.hover()
            assert HOSTILE[1] in tab.get_by_role("tooltip").inner_text()
            assert HOSTILE[1] in text(tab, ".zone.apart:last-child")
            assert tab.locator(".facts a").count() == 0
            inert(tab)
            tab.goto(f"{path.as_uri()}#/entity/{quote(id_, safe='')}")
            arrives(tab, core["entities"]["name"][at])
            inert(tab)


def inert(tab):
    """Nothing became an element, nor does a long word leave the screen of a phone."""
    assert tab.locator("#app :is(script, img, svg)").count() == 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_hostile_ids_find_their_way_by_links(browser, hostile):
    core, path = hostile
    with opened(browser, path, "#/articles") as tab:
        for at in range(len(IDS)):
            tab.locator(".articles .title").nth(at).click()
            arrives(tab, core["articles"]["title"][at])
            tab.go_back()
            tab.wait_for_selector(".articles")
    with opened(browser, path) as tab:
        for at in range(len(IDS)):
            tab.goto(path.as_uri() + "#/")
            says(tab, ".selected", "Все статьи")
            tab.locator(".bars a").nth(at).click()
            says(tab, ".chips li", "Тема: ")


def test_script_that_gets_into_the_page_does_not_run(browser, path):
    inline = "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')"
    with opened(browser, path, faults=("console:", "request:")) as tab:
        tab.evaluate(inline)
        tab.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
            " document.body.append(s); }"
        )
        tab.wait_for_timeout(50)
        assert tab.evaluate("window.ran") is None


def test_without_scripts_the_page_says_what_it_needs(browser, path):
    with opened(browser, path, java_script_enabled=False) as tab:
        assert "Включите JavaScript" in text(tab, "main")


def test_old_browser_is_told_so(browser, path):
    with opened(browser, path, script="delete window.DecompressionStream") as tab:
        assert "свежем браузере" in tab.get_by_role("alert").inner_text()


@pytest.mark.parametrize("core", [b"", b"no gzip", gzip.compress(b"{", mtime=0)])
def test_broken_data_are_told_so(browser, tmp_path_factory, core):
    file = written(tmp_path_factory, {"core": core})
    with opened(browser, file, faults=("console:",)) as tab:
        assert "файл повреждён" in tab.get_by_role("alert").inner_text()


def test_broken_texts_are_told_so(browser, made, tmp_path_factory):
    blocks = made_report.blocks(*made) | {"texts-0": b"no gzip"}
    with opened(browser, written(tmp_path_factory, blocks), VIEWS["article"]) as tab:
        assert "файл отчёта повреждён" in tab.get_by_role("alert").inner_text()
        assert json.loads(gzip.decompress(blocks["core"]))["articles"]["title"][3] == heading(tab)
