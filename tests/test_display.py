import io
import re

import pytest
from rich.console import Console

import newsnlp
from newsnlp.article import Article
from newsnlp.display import overview
from newsnlp.errors import OptionError

ARTICLE = Article(
    doc_id="1",
    url="https://news.example.com/1",
    rubric="Политика",
    title="Токаев прибыл в Минск",
    lead="Президент Казахстана примет участие в саммите ОДКБ.",
    text="Касым-Жомарт Токаев прибыл в Минск с рабочим визитом. В столице Белоруссии пройдёт "
    "саммит ОДКБ.\n\nПрезидент Казахстана проведёт двусторонние переговоры.",
    published="2024-01-02",
)


@pytest.fixture(scope="module")
def frames(annotator):
    other = Article(doc_id="2", text="В Барнауле потушили пожар на складе мебели.")
    return annotator.annotate([ARTICLE, other])


def coloured(view):
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=True, color_system="truecolor", width=100, no_color=False
    )
    console.print(view)
    return file.getvalue()


def test_plain_text_says_zone_and_type(frames):
    text = str(newsnlp.show(frames, doc_id="1"))
    for line in (
        "news.example.com · 2024-01-02 · https://news.example.com/1",
        "title  [Токаев PER] прибыл в [Минск LOC]",
        "lead  [Президент [Казахстана LOC] PER] примет",
        "body  [Касым-Жомарт Токаев PER] прибыл в [Минск LOC]",
    ):
        assert line in text
    assert "\x1b" not in text


def test_a_view_has_entities_keywords_and_topics(frames):
    text = str(newsnlp.show(frames, doc_id="1"))
    table = text[text.rindex("entities") :]
    assert "Касым-Жомарт Токаев" in table
    assert "ОДКБ" in text[text.index("keywords") : text.index("title")]
    assert "topics" in text


def test_colour_replaces_the_brackets(frames):
    text = coloured(newsnlp.show(frames, doc_id="1"))
    assert "\x1b[" in text
    assert "PER]" not in text
    assert "person" in text


def test_the_text_is_complete(frames):
    view = coloured(newsnlp.show(frames, doc_id="1"))
    words = re.sub(r"\x1b\[[\d;]*m", "", view).split()
    assert " ".join(ARTICLE.text.split()) in " ".join(words)


@pytest.mark.parametrize("text", ["[red]Минск[/red]", "[/]", ":smile: [link=x]ОДКБ[/link]"])
def test_text_is_never_markup(annotator, text):
    view = str(newsnlp.show(annotator.annotate([text])))
    assert text.split("Минск")[0].split("ОДКБ")[0] in view


def test_control_characters_never_reach_the_terminal(annotator):
    article = Article(doc_id="1", title="Минск\x1b]0;x\x07", text="Сессия прошла\x1b[31m.\x9b2J")
    view = coloured(newsnlp.show(annotator.annotate([article])))
    assert not {"\x07", "\x9b"} & set(view)
    assert "\x1b]" not in view
    assert "\x1b[31m" not in view


def test_several_articles_need_an_id(frames):
    with pytest.raises(OptionError, match="there are 1, 2"):
        newsnlp.show(frames)
    with pytest.raises(OptionError, match="no article is '3'; there are 1, 2"):
        newsnlp.show(frames, doc_id="3")
    how = r"1, 2: show\(…, doc_id='1'\) \(on the command line: --doc 1\)$"
    with pytest.raises(OptionError, match=how):
        newsnlp.show(frames)
    with pytest.raises(OptionError, match=r"no article is '3'; there are none$"):
        newsnlp.show([], doc_id="3")
    many = [Article(doc_id=number, text=" ") for number in range(9)]
    with pytest.raises(OptionError, match="there are 0, 1, 2, 3, 4 and 4 more"):
        newsnlp.show(newsnlp.annotate(many))


def test_frames_that_were_not_computed_are_said_to_be_so(annotator):
    text = str(newsnlp.show(annotator.annotate([ARTICLE], frames=["mentions"])))
    assert "keywords  not computed" in text
    assert "[Токаев PER]" in text
    text = str(newsnlp.show(annotator.annotate([ARTICLE], frames=["topics"])))
    for name in ("zones", "mentions", "entities"):
        assert f"{name}  not computed" in text
    assert ARTICLE.title in text


def test_an_id_may_be_a_number(frames):
    assert str(newsnlp.show(frames, doc_id=1)) == str(newsnlp.show(frames, doc_id="1"))


@pytest.mark.parametrize("source", [ARTICLE, "Токаев прибыл в Минск.", ["Токаев в Минске."]])
def test_whatever_annotate_takes_is_shown(source):
    assert "Токаев" in str(newsnlp.show(source))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "status  empty"),
        (
            "The president arrived in Minsk on Thursday for talks with his colleagues.",
            "not_russian",
        ),
    ],
)
def test_what_was_not_annotated_says_why(annotator, text, told):
    assert told in str(newsnlp.show(annotator.annotate([Article(doc_id="1", text=text)])))


def test_overview_names_every_frame(frames):
    file = io.StringIO()
    console = Console(file=file, width=100)
    for part in overview(frames):
        console.print(part)
    text = file.getvalue()
    assert all(f"{name}  {len(frames[name])} rows" in text for name in frames)
    assert "Токаев прибыл в Минск" in text
