"""Articles and results as HTML of a notebook: complete, legible in any theme, and all text."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from rich.console import Console

import newsnlp
from newsnlp.article import Article
from newsnlp.frames import Frames, excerpt
from newsnlp.marks import Mark, Mention, pieces_of
from newsnlp.rendering import TYPE_COLOURS, web_address
from newsnlp.schema import FRAMES, SCHEMA, STR

PAGE = """Политика

Токаев прибыл в Минск

Касым-Жомарт Токаев прибыл в Минск, передаёт Tengrinews.kz. Лидер Казахстана проведёт переговоры.

Саммит ОДКБ начнётся в четверг. Стороны обсудят безопасность на базе Организации.

Айгерим Садыкова

Читайте также

Через Тобол построят новый мост

1 час назад

Синоптики обещают снег на востоке страны

2 дня назад
"""
ARTICLES = [
    Article(doc_id="1", text=PAGE, url="https://news.example.com/1", published="2024-01-02"),
    Article(doc_id="2", text="Клуб «Барыс» выиграл матч в Астане.", published="2024-03-05"),
    Article(doc_id="3", text=" "),
    Article(doc_id="4", text="Дождь прошёл в Минске.", source="Погода"),
]
HOSTILE = (
    "</style></title></textarea><script>ran=1</script><img src=x onerror=ran=1>"
    "\"'><svg onload=ran=1> {{ 7 * 7 }} &lt;b&gt; \x1b[31m\x00\x9b"
)
SHOWN = HOSTILE.translate(dict.fromkeys((0x1B, 0x00, 0x9B), "\ufffd"))
TAGS = """
article a b code dd details div dl dt h3 mark p small span style summary table tbody td th
thead time tr
"""
ATTRIBUTES = """
aria-label class datetime href lang open rel role scope style tabindex target title
"""


@pytest.fixture(scope="module")
def frames(annotator):
    return annotator.annotate(ARTICLES)


@pytest.fixture(scope="module")
def hostile(frames):
    """A result in which every string is hostile."""
    tables = {
        name: frames[name].assign(
            **{
                column: pd.Series(HOSTILE, frames[name].index, dtype=frames[name][column].dtype)
                for column, dtype in SCHEMA[name].columns.items()
                if dtype == STR
            }
        )
        for name in FRAMES
    }
    tables["articles"] = tables["articles"].head(1)
    tables["entities"]["n_mentions"] += 1
    tables["tags"] = pd.DataFrame({"doc_id": [HOSTILE], "tag": [HOSTILE]})
    return Frames(tables, {})


def view_of(source, doc_id=None):
    return newsnlp.show(source, doc_id=doc_id)._repr_html_()


def parsed(text):
    return html.fragment_fromstring(text, create_parent=True)


def with_class(root, name):
    return root.find_class(f"newsnlp-{name}")


def own_text(element):
    """Text of an element without the labels of types."""
    for label in with_class(element, "type"):
        label.drop_tree()
    return element.text_content()


def spaced(element):
    """Texts of an element, with one space between."""
    return " ".join(" ".join(element.itertext()).split())


def chips(root):
    return [chip.find("span").text for chip in with_class(root, "chip")]


# --- marks -------------------------------------------------------------------------------------


def flat(pieces):
    return "".join(piece if isinstance(piece, str) else flat(piece.pieces) for piece in pieces)


@given(
    st.text(max_size=20),
    st.lists(st.tuples(st.integers(-2, 22), st.integers(-2, 22)), max_size=6),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_whatever_is_marked_no_text_is_lost(text, spans, start, stop):
    mentions = [Mention(first, last, "PER") for first, last in spans]
    assert flat(pieces_of(text, start, stop, mentions)) == text[start:stop]


def test_mentions_that_cross_are_not_both_marked():
    first, rest = pieces_of("Банк России и", 0, 13, [Mention(0, 11, "ORG"), Mention(5, 13, "LOC")])
    assert isinstance(first, Mark) and first.pieces == ("Банк России",) and rest == " и"


# --- the view of an article --------------------------------------------------------------------


def test_zones_hold_the_text(frames):
    root = parsed(view_of(frames, "1"))
    zones = frames.zones[frames.zones["doc_id"] == "1"]
    shown = [own_text(element) for element in with_class(root, "text")]
    expected = [PAGE[start:stop] for start, stop in zip(zones["start"], zones["stop"], strict=True)]
    assert [text.split() for text in shown] == [text.split() for text in expected]
    body = zones["zone"].tolist().index("body")
    assert shown[body] == expected[body] and "\n\n" in shown[body]


def test_zones_are_set_apart(frames):
    root = parsed(view_of(frames, "1"))
    assert own_text(root.find(".//h3")) == "Токаев прибыл в Минск"
    labels = [element[0].text for element in with_class(root, "apart")]
    assert labels == ["rubric", "byline", "related"]
    assert not with_class(with_class(root, "in-body")[0], "apart")


def test_other_languages_are_named(annotator):
    text = "Президент Беларусь еліне келді. Ол саммитке қатысады.\n\nТокаев прибыл в Минск."
    root = parsed(view_of(annotator.annotate([Article(text=text, title="Токаев в Минске")])))
    assert "body · kk" in [label.text for label in with_class(root, "label")]
    assert [element.get("lang") for element in with_class(root, "text")] == ["ru", "kk", "ru"]


def test_facts_stand_above_the_text(frames):
    root = parsed(view_of(frames, "1"))
    facts = with_class(root, "facts")[0].text_content()
    assert "news.example.com" in facts and "02.01.2024" in facts
    assert root.find(".//time").get("datetime") == "2024-01-02"
    assert root.find(".//a").get("href") == "https://news.example.com/1"
    assert {"Политика", "Касым-Жомарт Токаев", "Минск"} <= set(chips(root))
    assert re.fullmatch(r"[01]\.\d\d", with_class(root, "topic")[0][1].text)


@pytest.mark.parametrize(
    ("label", "text", "about"),
    [
        ("PER", "Токаев", "form: Токаев\nentity: Касым-Жомарт Токаев\nid: per:tokayev\nrule: part"),
        ("LOC", "Казахстана", "form: Казахстан\nentity: Казахстан\nid: country:KZ"),
        ("PER role", "Лидер Казахстана", "form: Лидер Казахстана\nentity: Касым-Жомарт Токаев"),
        ("ORG common", "Организации", "entity: ОДКБ\nid: org:csto\nrule: common"),
        ("ORG credit", "Tengrinews.kz", "form: Tengrinews.kz"),
    ],
)
def test_a_mention_tells_who_is_meant(frames, label, text, about):
    root = parsed(view_of(frames, "1"))
    marks = {
        (mark[-1].text.strip(), mark.get("title")): mark for mark in with_class(root, "mention")
    }
    titles = [
        title for (told, title), mark in marks.items() if told == label and own_text(mark) == text
    ]
    assert len(titles) == 1 and about in titles[0]
    assert all(mark.get("tabindex") == "0" for mark in marks.values())


def test_a_name_inside_a_role_is_marked(frames):
    root = parsed(view_of(frames, "1"))
    assert [mark[-1].text.strip() for mark in root.findall(".//mark/mark")] == ["LOC"]
    text = " ".join(str(newsnlp.show(frames, doc_id="1")).split())
    assert "[Лидер [Казахстана LOC] PER]" in text


def test_entities_are_listed(frames):
    table = parsed(view_of(frames, "1")).find(".//table")
    rows = [[cell.text_content() for cell in row] for row in table.iter("tr")]
    assert rows[0] == ["name", "type", "mentions", "id"]
    assert ["Касым-Жомарт Токаев", "PER", "3", "per:tokayev"] in rows


def test_frames_that_were_not_computed_are_said_to_be_so(annotator):
    root = parsed(view_of(annotator.annotate(ARTICLES[:1], frames=["articles"])))
    assert root.text_content().count("not computed") == 5
    assert own_text(with_class(root, "text")[0]) == PAGE
    assert not list(root.iter("mark", "table"))


def test_what_was_not_annotated_says_why(frames):
    facts = spaced(with_class(parsed(view_of(frames, "3")), "facts")[0])
    assert "status empty : there is no text" in facts


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.com/1?a=1&b=2", True),
        ("HTTP://пример.рф/новости", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("\x01javascript:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("vbscript:x", False),
        ("//example.com/1", False),
        ("https:example.com", False),
        ("https://example.com/\x07", False),
        ("https://example.com/ onclick=x", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_linked(annotator, url, linked):
    assert (web_address(url) == url and url is not None) == linked
    root = parsed(view_of(annotator.annotate([Article(text="Дождь в Минске.", url=url)])))
    assert [link.get("href") for link in root.iter("a")] == ([url] if linked else [])


# --- the summary of a result ---------------------------------------------------------------------


def facts_of(result):
    root = parsed(result._repr_html_())
    return dict(zip(map(spaced, root.iter("dt")), map(spaced, root.iter("dd")), strict=True)), root


def test_a_summary_tells_what_is_there(frames):
    facts, root = facts_of(frames)
    assert facts["articles"] == "4 1 empty"
    assert facts["days"] == "02.01.2024 – 05.03.2024 2 without"
    assert facts["outlets"] == "news.example.com 1 Погода 1"
    assert facts["topics"].startswith("Политика 1 Спорт 1")
    assert facts["entities"].startswith("PER Касым-Жомарт Токаев 1 ORG ")
    assert "Минск 2" in facts["entities"]
    assert with_class(root, "bar")[0].get("style") == "width: 100.0%"


def test_a_summary_holds_heads_of_all_frames(frames):
    _, root = facts_of(frames)
    heads = {part.find("summary/b").text: part.find(".//table") for part in root.iter("details")}
    assert tuple(heads) == FRAMES
    assert [len(table.findall(".//tbody/tr")) for table in heads.values()] == [
        min(3, len(frames[name])) for name in FRAMES
    ]
    assert "token_id" in heads["tokens"].text_content()


def test_a_summary_builds_nothing(annotator):
    result = annotator.annotate(ARTICLES)
    first = result._repr_html_()
    assert all(result.tables.unbuilt(name) is not None for name in FRAMES)
    assert [len(result[name]) for name in FRAMES]
    assert result._repr_html_() == first


def test_entities_count_by_articles(annotator):
    texts = ["Токаев прилетел в Минск. Минск встретил Токаева. Минск шумел.", "Дождь в Астане."]
    texts += ["Снег в Астане."]
    facts, _ = facts_of(annotator.annotate(texts))
    assert facts["entities"].endswith("LOC Астана 2 , Минск 1")


@pytest.mark.parametrize("names", [["tags"], ["topics"], ["entities"], ["keywords", "tokens"]])
def test_a_summary_of_some_frames(annotator, names):
    facts, root = facts_of(annotator.annotate(ARTICLES, frames=names))
    assert (facts["entities"] == "not computed") == ("entities" not in names)
    assert len(list(root.iter("details"))) == len(names) + 1


def test_a_summary_of_nothing(annotator):
    for result in (annotator.annotate([]), Frames({}, {}), Frames({"tags": pd.DataFrame()}, {})):
        assert "newsnlp-view" in result._repr_html_()
    facts, _ = facts_of(annotator.annotate([]))
    assert facts["articles"] == "0"


def test_a_summary_of_missing_values(frames):
    def emptied(name):
        table = frames[name]
        gone = [column for column in table.columns if column != "doc_id"]
        return table.assign(
            **{
                column: pd.Series([np.nan] * len(table)).astype(table[column].dtype)
                for column in gone
                if table[column].dtype.kind not in "ib"
            }
        )

    result = Frames({name: emptied(name) for name in FRAMES}, {})
    facts, _ = facts_of(result)
    assert (facts["days"], facts["outlets"], facts["topics"]) == ("none known",) * 3
    assert "newsnlp-view" in view_of(result, "1")


def test_a_summary_has_topics_of_a_users_own(own_topics):
    told = {"1": "хлопок & <b>", "2": "вода", "3": "вода", "4": None}
    result = own_topics(told, ["хлопок & <b>", "вода"])
    facts, _ = facts_of(result)
    assert facts["topics"] == "Вода 2 Хлопок & <b> 1 1 without"
    assert "Хлопок & <b>" in chips(parsed(view_of(result, "1")))


@pytest.mark.parametrize("max_rows", [None, 0, 1, 3, 100])
def test_an_excerpt_is_the_beginning_of_the_frame(annotator, frames, max_rows):
    parts = [annotator.annotate([article]) for article in ARTICLES]
    for result in (Frames.concat(parts), frames):
        for name in FRAMES:
            columns = list(SCHEMA[name].columns)[:2]
            some = excerpt(result.tables, name, columns=columns, max_rows=max_rows)
            rows = frames[name][columns]
            pd.testing.assert_frame_equal(some, rows if max_rows is None else rows.head(max_rows))


# --- all text is text ----------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["article", "frames"])
def test_hostile_text_stays_text(hostile, view):
    shown = view_of(hostile, HOSTILE) if view == "article" else hostile._repr_html_()
    root = parsed(shown)
    elements = list(root.iter())[1:]
    assert {element.tag for element in elements} <= set(TAGS.split())
    assert {name for element in elements for name in element.attrib} <= set(ATTRIBUTES.split())
    assert [element.tag for element in elements].count("style") == 1
    assert not list(root.iter("a"))
    assert root.text_content().count(SHOWN[:50]) > 5
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


def test_an_error_is_text(frames):
    articles = frames.articles.assign(error=HOSTILE).astype(frames.articles.dtypes)
    root = parsed(view_of(Frames({"articles": articles}, {}), "3"))
    assert f"empty: {SHOWN}" in root.text_content()


@pytest.mark.parametrize("view", ["article", "frames"])
def test_styles_are_the_views_own(frames, view):
    shown = view_of(frames, "1") if view == "article" else frames._repr_html_()
    root = parsed(shown)
    style = root.find(".//style").text
    rules = re.sub(r"@media[^{]+\{(.*?\})\s*\}", r"\1", style)
    selectors = [
        part.strip() for rule in re.findall(r"([^{}]+)\{", rules) for part in rule.split(",")
    ]
    assert selectors and all(selector.startswith(".newsnlp-view") for selector in selectors)
    assert not re.search(r"url\(|@import|expression", style)
    assert not root.xpath(".//*[@id or @src]")


# --- in a terminal -------------------------------------------------------------------------------


class Printer:
    def __init__(self):
        self.printed = ""

    def text(self, text):
        self.printed += text


@pytest.mark.parametrize("terminal", [True, False])
def test_ipython_shows_colours_in_a_terminal(frames, monkeypatch, terminal):
    console = Console(force_terminal=terminal, color_system="truecolor", width=100)
    monkeypatch.setattr("rich.get_console", lambda: console)
    printer = Printer()
    newsnlp.show(frames, doc_id="1")._repr_pretty_(printer, False)
    assert ("\x1b[" in printer.printed, "Tengrinews.kz ORG]" in printer.printed) == (
        terminal,
        not terminal,
    )


def test_plain_text_in_a_notebook_is_not_displayed(frames, monkeypatch):
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert "[Токаев PER]" in str(newsnlp.show(frames, doc_id="1"))


# --- in a browser --------------------------------------------------------------------------------

JUPYTER = (
    ".jp-RenderedHTMLCommon {{ color: {0}; }} .jp-RenderedHTMLCommon td {{ text-align: right; }}"
    " .jp-RenderedHTMLCommon tbody tr:nth-child(odd) {{ background: {1}; }}"
    " .jp-RenderedHTMLCommon a {{ color: {2}; }}"
)
VSCODE = (
    ":root {{ --vscode-editor-foreground: {0}; }}"
    " body {{ color: var(--vscode-editor-foreground); }}"
)
# Attributes of the body, styles of the page, its ground, and what the system prefers.
THEMES = {
    "jupyter light": (
        'data-jp-theme-light="true"', JUPYTER.format("rgba(0, 0, 0, .87)", "#fff", "#1976d2"),
        "#fff", "light",
    ),
    "jupyter dark": (
        'data-jp-theme-light="false"', JUPYTER.format("#fff", "#111", "#64b5f6"), "#111", "light",
    ),
    # Without the style element, which JupyterLab takes out of what others have run.
    "jupyter dark, untrusted": (
        'data-jp-theme-light="false"', JUPYTER.format("#fff", "#111", "#64b5f6"), "#111", "light",
    ),
    "vscode light": ('class="vscode-light"', VSCODE.format("#3b3b3b"), "#ffffff", "dark"),
    "vscode dark": ('class="vscode-dark"', VSCODE.format("#cccccc"), "#1f1f1f", "light"),
    "saved light": ("", "", "#fff", "dark"),
    "saved dark": ("", ":root { color-scheme: light dark; }", "#121212", "dark"),
}  # fmt: skip
# Of all text the least contrast with what is behind it, by the formula of WCAG 2.
LEAST_CONTRAST = """ground => {
  const parse = colour => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], opacity, below) =>
    [r, g, b].map((value, i) => value * a * opacity + below[i] * (1 - a * opacity));
  const luminance = colour => {
    const [r, g, b] = colour.map(value => value / 255).map(
      value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = [21, ''];
  while (walker.nextNode()) {
    const node = walker.currentNode, chain = [];
    if (!node.data.trim() || node.parentElement.closest('style')) continue;
    for (let element = node.parentElement; element; element = element.parentElement)
      chain.unshift(getComputedStyle(element));
    let below = ground, opacity = 1;
    for (const style of chain) {
      opacity *= Number(style.opacity);
      below = over(parse(style.backgroundColor), opacity, below);
    }
    const [a, b] = [over(parse(chain.at(-1).color), opacity, below), below].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < least[0]) least = [contrast, node.data];
  }
  return least;
}"""


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    with sync_api.sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=path, args=["--no-sandbox", "--disable-gpu"]
            )
        except sync_api.Error as error:
            pytest.skip(f"no Chromium: {error.message.splitlines()[0]}")
        yield chromium
        chromium.close()


def test_no_script_runs_in_a_browser(browser, hostile):
    page = browser.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.set_content(view_of(hostile, HOSTILE) + hostile._repr_html_())
    assert page.evaluate("typeof ran") == "undefined"
    assert page.evaluate("document.querySelectorAll('script, img, svg').length") == 0
    assert requests == []
    page.close()


@pytest.mark.parametrize("theme", THEMES)
def test_all_text_is_legible(browser, frames, theme):
    attributes, style, ground, preferred = THEMES[theme]
    digits = ground[1:] if len(ground) == 7 else "".join(digit * 2 for digit in ground[1:])
    page = browser.new_page(color_scheme=preferred)
    page.set_content(
        f"<!doctype html><html><head><style>{style}</style></head><body {attributes}>"
        f"<div class=jp-RenderedHTMLCommon>{view_of(frames, '1')}{frames._repr_html_()}</div>"
    )
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    if "untrusted" in theme:
        page.evaluate("document.querySelectorAll('body style').forEach(style => style.remove())")
    contrast, text = page.evaluate(LEAST_CONTRAST, list(bytes.fromhex(digits)))
    assert contrast >= 4.5, f"{text!r} has a contrast of {contrast:.2f}"
    page.close()


def test_types_have_their_colours(browser, frames):
    page = browser.new_page()
    page.set_content(view_of(frames, "1"))
    for type_, colour in TYPE_COLOURS.items():
        ground = page.locator(f"mark:has(> small:text-is(' {type_}'))").first.evaluate(
            "mark => getComputedStyle(mark).backgroundColor"
        )
        assert ground == f"rgb{tuple(bytes.fromhex(colour[1:]))}"
    page.close()


def test_a_focused_mention_shows_what_it_tells(browser, frames):
    page = browser.new_page()
    page.set_content(view_of(frames, "1"))
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.title") == "":
        page.keyboard.press("Tab")
    told = page.evaluate("getComputedStyle(document.activeElement, '::after').content")
    assert "per:tokayev" in told
    page.close()
