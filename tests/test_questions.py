"""Questions to frames: words in context, who leads, lemmas and terms."""

import re
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_frames import made_frame

import newsnlp
from newsnlp import Article, Frames
from newsnlp.errors import FrameNotComputedError, MissingExtraError, OptionError
from newsnlp.frames import empty_frame, pandas_dtype
from newsnlp.questions import KWIC, TOP, document_terms, kwic, lemma_text, top
from newsnlp.schema import UPOS

ARTICLES = [
    Article(
        doc_id="саммит",
        source="vesti.example",
        published="2024-03-02",
        title="Саммит ОДКБ открылся",
        text="Касым-Жомарт Токаев прибыл в Минск.\nК саммиту всё готово, сообщила Государственная "
        "дума. Глава государства выступит на саммите.",
    ),
    Article(
        doc_id="снег",
        source="pogoda.example",
        published="2024-03-01",
        text="В Минске идёт снег. Депутаты Государственной думы едут на санях. Ёлки стоят.",
    ),
    Article(doc_id="без дня", text="Думы о Минске: государственной границы нет.\nДума ждёт."),
    Article(doc_id="пусто", text=""),
]


@pytest.fixture(scope="module")
def frames():
    return newsnlp.annotate(ARTICLES)


@pytest.fixture(scope="module")
def nothing():
    return newsnlp.annotate([])


@pytest.fixture(scope="module")
def stored(frames, tmp_path_factory):
    """The same articles from a stream of single ones, and from an archive."""
    archive = newsnlp.Archive(tmp_path_factory.mktemp("questions") / "archive")
    archive.append(frames)
    stream = newsnlp.Annotator().stream(ARTICLES, batch_size=1)
    return [Frames.concat(stream), archive.select([article.doc_id for article in ARTICLES])]


def assert_dtypes(table, dtypes):
    assert list(table.columns) == list(dtypes)
    for name, dtype in dtypes.items():
        assert table[name].dtype == pandas_dtype(dtype), name
    assert isinstance(table.index, pd.RangeIndex)


# by; asked for; what is found: article: keyword, in order
FOUND = """
lemma   саммит                  саммит: Саммит, саммит: саммиту, саммит: саммите
lemma   Саммиту                 саммит: Саммит, саммит: саммиту, саммит: саммите
lemma   Государственная_дума    снег: Государственной думы, саммит: Государственная дума
lemma   государственный_дума    снег: Государственной думы, саммит: Государственная дума
lemma   елка                    снег: Ёлки
lemma   дума_ждать              без дня: Дума ждёт
lemma   нет_дума                -
lemma   слон                    -
entity  касым-жомарт_токаев     саммит: Касым-Жомарт Токаев, саммит: Глава государства
entity  per:tokayev             саммит: Касым-Жомарт Токаев, саммит: Глава государства
entity  МИНСК                   снег: Минске, саммит: Минск, без дня: Минске
text    минск                   саммит: Минск
text    МИНСКЕ                  снег: Минске, без дня: Минске
text    елки                    снег: Ёлки
text    идет_снег               снег: идёт снег
text    минск._к                саммит: Минск. К
text    .                       снег: ., снег: ., снег: ., саммит: ., саммит: ., саммит: ., без дня: ., без дня: .
text    сан                     -
text    (                       -
"""  # noqa: E501


@pytest.mark.parametrize("line", FOUND.strip().splitlines())
def test_what_is_found(frames, line):
    by, asked, found = re.split(r"\s{2,}", line.strip())
    table = kwic(frames, **{by: asked.replace("_", " ")})
    pairs = [f"{row.doc_id}: {row.keyword}" for row in table.itertuples()]
    assert pairs == ([] if found == "-" else found.split(", "))
    assert_dtypes(table, KWIC)


def test_context_is_cut_within_the_article_and_on_one_line(frames):
    table = kwic(frames, lemma="минск", width=12)
    assert table[["left", "keyword", "right"]].values.tolist() == [
        ["В ", "Минске", " идёт снег. "],
        ["ев прибыл в ", "Минск", ". К саммиту "],
        ["Думы о ", "Минске", ": государств"],
    ]
    assert table["source"].tolist()[:2] == ["pogoda.example", "vesti.example"]
    assert kwic(frames, lemma="минск", width=0)["right"].tolist() == ["", "", ""]


def test_a_pattern_is_taken_as_it_is(frames):
    assert kwic(frames, text=re.compile("МИНСК|x*")).empty  # nothing is no match
    found = kwic(frames, text=re.compile(r"(?<=идёт )\w+"))
    assert found[["doc_id", "keyword"]].values.tolist() == [["снег", "снег"]]


texts = st.text("абё е.\n\t-ЁА1", max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=4), texts.filter(str.strip), st.integers(0, 9))
def test_what_is_found_stands_in_the_text(sources, asked, width):
    ids = [str(number) for number in range(len(sources))]
    articles = made_frame("articles", len(sources), doc_id=ids, text=sources)
    frames = Frames({"articles": articles}, {})
    table = kwic(frames, text=asked, width=width)
    assert_dtypes(table, KWIC)
    blank = str.maketrans("\n\t", "  ")
    for row in table.itertuples():
        text = sources[int(row.doc_id)].translate(blank)
        assert row.keyword == text[row.start : row.stop]
        assert row.left == text[max(0, row.start - width) : row.start]
        assert row.right == text[row.stop : row.stop + width]
        folded = row.keyword.lower().replace("ё", "е")
        assert folded.split() == asked.lower().replace("ё", "е").split()
    for text in sources:
        if text == asked.strip():
            assert text in table["keyword"].str.strip().tolist() or "\n" in text or "\t" in text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "one of lemma, entity and text; given: none"),
        ({"lemma": "снег", "text": "снег"}, r"given: \['lemma', 'text'\]"),
        ({"lemma": " "}, "lemma=' '"),
        ({"text": 5}, "text=5"),
        ({"text": re.compile(b"x")}, "text=re.compile"),
        ({"lemma": "снег", "width": -1}, "width=-1"),
        ({"lemma": "снег", "width": 1.5}, "width=1.5"),
        ({"entity": "токаев"}, "near ones: Касым-Жомарт Токаев"),
        ({"entity": "Касим Токаев"}, "near ones: Касым-Жомарт Токаев"),
        ({"entity": "минсг"}, "near ones: Минск"),
        ({"entity": "Государственная дума"}, "near ones: Госдума"),
        ({"entity": "xyz"}, "ask by text="),
    ],
)
def test_kwic_refuses(frames, asked, message):
    with pytest.raises(OptionError, match=message):
        kwic(frames, **asked)


def test_frames_that_are_needed():
    frames = Frames({"articles": empty_frame("articles")}, {})
    for ask in ({"lemma": "снег"}, {"entity": "Минск"}):
        with pytest.raises(FrameNotComputedError):
            kwic(frames, **ask)
    with pytest.raises(FrameNotComputedError):
        top(frames)
    with pytest.raises(FrameNotComputedError):
        lemma_text(frames)


# text; lemmas asked for; what is found
CUT = """
Рост на 5 % и на 7%.            5%             5 %
Рост на 5 % и на 7%.            7 %            7%
Доклад ООН/ЕС готов.            ООН/ЕС         ООН/ЕС
Музей А. С. Пушкина открыт.     А. С. Пушкин   А. С. Пушкина
Журнал «Снег» вышел.            «снег»         «Снег»
Вирус COVID-19 изучают.         covid-19       COVID-19
"""


@pytest.mark.parametrize("line", CUT.strip().splitlines())
def test_lemmas_are_cut_as_texts_are(line):
    text, asked, found = re.split(r"\s{3,}", line.strip())
    assert kwic(newsnlp.annotate(text), lemma=asked)["keyword"].tolist() == [found]


def test_no_entities():
    for text in ([], "Снег идёт."):
        with pytest.raises(OptionError, match="no entity_id and no name"):
            kwic(newsnlp.annotate(text), entity="Минск")


ASKED = {
    "kwic by lemma": lambda frames: kwic(frames, lemma="государственная дума"),
    "kwic by entity": lambda frames: kwic(frames, entity="Минск"),
    "kwic by text": lambda frames: kwic(frames, text="минске"),
    "top": top,
    "lemma_text": lambda frames: lemma_text(frames, names=True).reset_index(),
}


@pytest.mark.parametrize("asked", ASKED)
def test_streams_and_archives_answer_alike(frames, stored, asked):
    for other in stored:
        pd.testing.assert_frame_equal(ASKED[asked](other), ASKED[asked](frames))


def test_no_articles(nothing):
    assert_dtypes(kwic(nothing, lemma="государственная дума"), KWIC)
    assert_dtypes(kwic(nothing, text="снег"), KWIC)
    assert_dtypes(top(nothing), TOP)
    assert lemma_text(nothing, names=True).empty
    assert document_terms(nothing).matrix.shape == (0, 0)


def test_tokens_without_lemmas():
    frames = newsnlp.convert.from_bio("Минск\tB-LOC\n")
    for ask in (lemma_text, document_terms, lambda frames: kwic(frames, lemma="минск")):
        with pytest.raises(OptionError, match="no lemmas"):
            ask(frames)
    assert kwic(frames, text="минск")["keyword"].tolist() == ["Минск"]


# --- top -----------------------------------------------------------------------------------------

# article, day; entity, type, name, mentions
ENTITIES = """
1  2024-01-01  per:a   PER  А. Иванов  1
1  2024-01-01  loc:m   LOC  Минск      5
2  2024-01-02  per:a   PER  Анна Иванова  1
2  2024-01-02  per:b   PER  Иванова    3
3  -           per:a   PER  Анна Иванова  2
4  2024-01-04  loc:m   LOC  Минск      0
5  2024-01-05  per:b   PER  Иванова    1
5  2024-01-05  org:z   ORG  Яхта       1
6  2024-01-06  org:y   ORG  Арфа       1
"""


def entities_of(lines):
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines.strip().splitlines()]
    names = ["doc_id", "day", "entity_id", "type", "name", "n_mentions"]
    told = pd.DataFrame(rows, columns=names)
    told["day"] = pd.to_datetime(told["day"].replace("-", None))
    days = told.drop_duplicates("doc_id")
    articles = made_frame("articles", len(days), doc_id=days["doc_id"].array, day=days["day"].array)
    entities = {name: told[name] for name in names if name != "day"}
    return Frames(
        {"articles": articles, "entities": made_frame("entities", len(told), **entities)}, {}
    )


def named(table, *columns):
    return [tuple(row) for row in table[["entity_id", *columns]].itertuples(index=False)]


def test_top_by_articles():
    table = top(entities_of(ENTITIES))
    assert_dtypes(table, TOP)
    assert named(table, "rank", "name", "n_articles", "n_mentions") == [
        ("per:a", 1, "Анна Иванова", 3, 4),
        ("per:b", 2, "Иванова", 2, 4),
        ("loc:m", 3, "Минск", 1, 5),
        ("org:y", 4, "Арфа", 1, 1),
        ("org:z", 5, "Яхта", 1, 1),
    ]
    assert table["first_day"].dt.day.tolist()[:3] == [1, 2, 1]
    assert table["last_day"].dt.day.tolist()[:3] == [2, 5, 1]  # a credit is no news


def test_top_by_mentions_of_a_type():
    table = top(entities_of(ENTITIES), by="mentions", n=2)
    assert named(table, "rank") == [("loc:m", 1), ("per:a", 2)]
    assert named(top(entities_of(ENTITIES), type="ORG", n=1), "rank") == [("org:y", 1)]
    assert len(top(entities_of(ENTITIES), n=None)) == 5


def test_clusters_count_as_one():
    frames = entities_of(ENTITIES)
    joined = pd.DataFrame(
        {"doc_id": ["2", "5"], "entity_id": "per:b", "cluster_id": ["per:a", "per:a"]}
    )
    table = top(frames, type="PER", clusters=joined)
    assert named(table, "name", "n_articles", "n_mentions") == [("per:a", "Анна Иванова", 4, 8)]
    assert table["last_day"].dt.day.tolist() == [5]
    with pytest.raises(OptionError, match=r"newsnlp\.link"):
        top(frames, clusters=joined[["doc_id"]])


def test_what_link_gives_is_taken(frames):
    clusters = newsnlp.link(frames)
    pd.testing.assert_frame_equal(top(frames, clusters=clusters), top(frames))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"type": "per"}, "PER, ORG, LOC"), ({"by": "score"}, "articles, mentions"),
        ({"by": ["articles"]}, "articles, mentions"),
        ({"n": 0}, "n=0"), ({"n": True}, "n=True"), ({"n": 2.5}, "n=2.5"),
    ],
)  # fmt: skip
def test_top_refuses(frames, options, message):
    with pytest.raises(OptionError, match=message):
        top(frames, **options)


# --- lemmas and terms ----------------------------------------------------------------------------


def test_lemma_text(frames):
    lemmas = lemma_text(frames)
    assert lemmas.index.tolist() == [article.doc_id for article in ARTICLES]
    assert lemmas["снег"].startswith("в минск идти снег депутат государственный дума ехать")
    assert lemmas["пусто"] == ""
    assert "." not in "".join(lemmas)
    assert lemma_text(frames, upos="PUNCT")["без дня"] == ": . ."


def test_names_are_one_word(frames):
    lemmas = lemma_text(frames, names=True)
    assert lemmas["снег"] == "в Минск идти снег депутат Госдума ехать на сани ёлка стоять"
    assert lemmas["саммит"].startswith("саммит ОДКБ открыться Касым-Жомарт_Токаев прибыть")
    nouns = lemma_text(frames, upos=iter(["NOUN"]), names=True)
    assert nouns["снег"] == "снег депутат сани"


def test_document_terms_count_lemmas(frames):
    matrix, doc_ids, terms = document_terms(frames)
    assert (matrix.format, matrix.dtype, matrix.shape) == ("csr", np.int32, (4, len(terms)))
    assert doc_ids.tolist() == [article.doc_id for article in ARTICLES]
    assert terms.tolist() == sorted(set(terms))
    for row, text in enumerate(lemma_text(frames)):
        words = text.split()
        counted = dict(zip(terms, matrix[[row]].toarray()[0], strict=True))
        assert {term: n for term, n in counted.items() if n} == {w: words.count(w) for w in words}
    kept = document_terms(frames, upos=["NOUN", "PROPN"], min_articles=2)
    assert kept.terms.tolist() == ["дума", "минск"]
    assert kept.matrix.toarray().tolist() == [[1, 1], [1, 1], [2, 1], [0, 0]]


def test_scikit_learn_takes_the_terms(frames):
    decomposition = pytest.importorskip("sklearn.decomposition")
    from sklearn.feature_extraction.text import TfidfTransformer

    weights = TfidfTransformer().fit_transform(document_terms(frames).matrix)
    topics = decomposition.NMF(2, init="nndsvda", random_state=0).fit_transform(weights)
    assert topics.shape == (4, 2)
    assert not topics[3].any()


rows = st.tuples(
    st.integers(0, 3), st.sampled_from(["суд", "ёж", "день", None]), st.sampled_from(UPOS)
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(rows, max_size=20).filter(lambda rows: any(row[1] for row in rows)),
    st.none() | st.sets(st.sampled_from(UPOS), min_size=1),
)
def test_terms_are_what_a_plain_count_gives(tokens, upos):
    tokens = sorted(tokens, key=lambda row: row[0])
    frames = Frames(
        {
            "articles": made_frame("articles", 4, doc_id=list("badc")),
            "tokens": made_frame(
                "tokens",
                len(tokens),
                doc_id=["badc"[row] for row, _, _ in tokens],
                lemma=[lemma for _, lemma, _ in tokens],
                upos=[part for _, _, part in tokens],
            ),
        },
        {},
    )
    kept = set(UPOS) - {"PUNCT"} if upos is None else upos
    expected = [
        " ".join(lemma for row, lemma, part in tokens if row == doc and lemma and part in kept)
        for doc in range(4)
    ]
    assert lemma_text(frames, upos=upos).tolist() == expected
    matrix, _, terms = document_terms(frames, upos=upos)
    for text, counts in zip(expected, matrix.toarray(), strict=True):
        assert [text.split().count(term) for term in terms] == counts.tolist()


def test_parts_of_speech_that_are_none(frames):
    for upos in ("noun", [], ["NOUN", "X1"]):
        with pytest.raises(OptionError, match="ADJ, ADP"):
            lemma_text(frames, upos=upos)
    with pytest.raises(OptionError, match="min_articles=0"):
        document_terms(frames, min_articles=0)


def test_without_scipy(frames, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    with pytest.raises(MissingExtraError, match=r"newsnlp\[train\]"):
        document_terms(frames)
