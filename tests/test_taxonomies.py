"""Topics of a user's own, by seed words and example titles."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newsnlp
from newsnlp import Annotator, Article, Frames
from newsnlp.errors import OptionError, TaxonomyWarning
from newsnlp.schema import TOPICS
from newsnlp.taxonomies import MIN_SCORE, OwnTopic, Taxonomy
from newsnlp.topics import Lexicon, TopicModel, of_taxonomy

SPORT = "Хоккеисты выиграли матч чемпионата. Нападающий забил две шайбы, вратарь отбил буллит."
MONEY = "Центробанк повысил ключевую ставку. Инфляция замедлилась, выросли вклады."
FLOOD = "Паводок затопил дома. Спасатели вывезли жителей, река вышла из берегов, дамбу укрепили."
ART = "Музей открыл выставку акварелей. Художник показал портреты и пейзажи."
ILL = "Врачи провели операцию пациенту с редкой болезнью сердца."
TEXTS = [SPORT, MONEY, FLOOD, ART, ILL]

GAMES = OwnTopic("Спорт", seeds=["спорт", "чемпионат", "матч", "тренер"])
HOCKEY = OwnTopic("Хоккей", parent="Спорт", seeds=["хоккей", "шайба", "вратарь"])
BANKS = OwnTopic("Деньги", seeds=["банк", "вклад", "ставка", "инфляция"])
WATER = OwnTopic("Паводок", parent="Стихия", seeds=["паводок", "наводнение", "река", "дамба"])
TAXONOMY = Taxonomy([GAMES, HOCKEY, BANKS, OwnTopic("Стихия"), WATER])

CSV = """name,parent,seeds,examples
Спорт,,спорт;чемпионат; матч ;тренер,
Хоккей,Спорт,хоккей;шайба,
Деньги,,банк;вклад;ставка;инфляция,

Стихия,,,
Хоккей,,вратарь,
Паводок,Стихия,паводок;наводнение;река;дамба,
"""
TOML = """
[[topic]]
name = "Спорт"
seeds = ["спорт", "чемпионат", "матч", "тренер"]

[[topic]]
name = "Хоккей"
parent = "Спорт"
seeds = ["хоккей", "шайба", "вратарь"]

[[topic]]
name = "Деньги"
seeds = ["банк", "вклад", "ставка", "инфляция"]

[[topic]]
name = "Стихия"

[[topic]]
name = "Паводок"
parent = "Стихия"
seeds = ["паводок", "наводнение", "река", "дамба"]
"""


@pytest.fixture(scope="module")
def own(annotator):
    """An annotator with the taxonomy above."""
    return annotator.with_options(topics=TAXONOMY)


@pytest.fixture(scope="module")
def result(own):
    return own.annotate(TEXTS)


@pytest.fixture(scope="module")
def model_of(annotator):
    """The model of some topics."""

    def built(*topics, min_score=MIN_SCORE):
        models = annotator.models
        lexicon = models.topics.lexicon
        taxonomy = Taxonomy(topics, min_score)
        return of_taxonomy(taxonomy, lexicon, models.vectors, models.keys)

    return built


@pytest.fixture(scope="module")
def topics_of(annotator):
    """The topics of a text by some topics, best first, and their scores."""

    def told(text, *topics, min_score=MIN_SCORE):
        some = annotator.with_options(topics=Taxonomy(topics, min_score))
        frame = some.annotate(text, frames=["topics"]).topics
        return dict(zip(frame["topic"].tolist(), frame["score"].tolist(), strict=True))

    return told


def same(one, other):
    """Whether two results have the same rows, scores within 1e-3."""
    for name in one.names:
        pd.testing.assert_frame_equal(one[name], other[name], rtol=0, atol=1e-3)


def weights_of(model, name):
    """The weights of a topic, as they are multiplied."""
    return model.weights[:, model.topics.index(name)] * model.scale


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.csv", CSV),
        ("a.CSV", "\ufeff" + CSV.replace("\n", "\r\n")),
        ("a.toml", TOML),
        ("a.toml", "\ufeff" + TOML.replace("\n", "\r\n")),
        ("a.json", TAXONOMY.content().decode()),
    ],
)
def test_files_of_one_taxonomy(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, "utf-8", newline="")
    assert Taxonomy.from_file(path) == TAXONOMY
    assert Taxonomy.from_file(str(path)) == TAXONOMY


# what | ending | file | its topics, those above them after "<", seeds and examples in brackets
GOOD = r"""
one topic               | toml | [[topic]]\nname = "А"\nseeds = ["суд"]          | А(суд)
a score                 | toml | min_score = 0.5\n[[topic]]\nname="А"\nseeds=["суд"] | А(суд) 0.5
a whole number          | toml | min_score = 1\n[[topic]]\nname="А"\nseeds=["суд"]   | А(суд) 1.0
blanks                  | toml | [[topic]]\nname = " А "\nparent = " "\nseeds = [" ", " суд"] | А(суд)
examples                | toml | [[topic]]\nname = "А"\nexamples = ["Суд идёт"]   | А(Суд идёт)
two columns             | csv  | name,seeds\nА,суд                               | А(суд)
columns in any order    | csv  | seeds, name\nсуд;;вор ;,А                       | А(суд вор)
quoted cells            | csv  | name,examples\n"А, Б","Суд, «да»"";"" Вор"      | А, Б(Суд, «да»" " Вор)
rows add up             | csv  | name,seeds\nА,суд\nБ,банк\nА,вор;суд            | А(суд вор суд) Б(банк)
a parent in a later row | csv  | name,parent,seeds\nА,,суд\nА,Б,вор\nБ,,         | А<Б(суд вор) Б()
blank rows              | csv  | name,seeds\n\nА,суд\n , \n                      | А(суд)
a row without seeds     | csv  | name,parent,seeds\nБ,,\nА,Б,суд                 | Б() А<Б(суд)
"""  # noqa: E501


def rows_of(table):
    return [[cell.strip(" ") for cell in row.split(" | ")] for row in table.strip().splitlines()]


@pytest.mark.parametrize(
    ("what", "ending", "content", "expected"), rows_of(GOOD), ids=[row[0] for row in rows_of(GOOD)]
)
def test_good_files(what, ending, content, expected):
    content = content.replace("\\n", "\n").encode()
    taxonomy = Taxonomy.parse(f"my.{ending}", content)
    shown = []
    for topic in taxonomy.topics:
        above = f"<{topic.parent}" if topic.parent else ""
        shown.append(f"{topic.name}{above}({' '.join([*topic.seeds, *topic.examples])})")
    score = [] if taxonomy.min_score == MIN_SCORE else [str(taxonomy.min_score)]
    assert " ".join(shown + score) == expected


# what | ending | file | what the error says
BAD = r"""
empty                   | csv  |                                          | line 1: its columns are none
empty                   | toml |                                          | there is no [[topic]] in it
empty                   | json |                                          | line 1 column 1
no row                  | csv  | name,seeds\n                             | there is none in it
no topic                | toml | topic = []                               | there is none in it
no list of topics       | toml | topic = "А"                              | there is no [[topic]] in it
one table               | toml | [topic]\nname = "А"                      | there is no [[topic]] in it
topics of nothing       | toml | topic = [1]                              | topic 1 has no name
no list at all          | json | [1]                                      | there is no [[topic]] in it
a wrong column          | csv  | name,words\nА,суд                        | line 1: its columns are name, words: a taxonomy has name, parent, seeds, examples
no column of names      | csv  | parent,seeds\nА,суд                      | its columns are parent, seeds
semicolons for commas   | csv  | name;seeds\nА;суд                        | its columns are name;seeds: a taxonomy has name, parent, seeds, examples, with commas between
a column twice          | csv  | name,seeds,seeds\nА,суд,вор              | line 1: its columns are name, seeds, seeds: each may be there once
a short row             | csv  | name,seeds\nА,суд\n\nБ\n                 | line 4: 1 cells, and 2 in the header
a long row              | csv  | name,seeds\nА,суд,вор                    | line 2: 3 cells, and 2 in the header
a row without a name    | csv  | name,seeds\nА,суд\n ,вор                 | line 3: topic ' ' needs a name
a quote left open       | csv  | name,seeds\nА,"суд                       | line 2: unexpected end of data
a name of two lines     | csv  | name,seeds\n"А\nБ",суд                   | line 3: topic 'А\nБ' needs a name, of one line
two parents             | csv  | name,parent,seeds\nА,Б,суд\nА,В,суд      | line 3: 'А' is below 'Б' already, not 'В'
an unknown parent       | csv  | name,parent,seeds\nА,Спрт,суд\nСпорт,,матч | topic 'А' has the parent 'Спрт', which is no topic: there are А, Спорт
an unknown parent       | toml | [[topic]]\nname="А"\nparent="Б"\nseeds=["суд"] | topic 'А' has the parent 'Б'
below itself            | csv  | name,parent,seeds\nА,А,суд               | topic 'А' is below itself: break the ring
a ring of two           | csv  | name,parent,seeds\nВ,Б,суд\nА,Б,суд\nБ,А,суд | topic 'Б' is below itself: break the ring
no seeds                | csv  | name,seeds\nА,суд\nБ,                    | topic 'Б' needs seed words or example titles
no seeds                | toml | [[topic]]\nname = "А"                    | topic 'А' needs seed words or example titles
no column of seeds      | csv  | name\nА                                  | topic 'А' needs seed words or example titles
only blank seeds        | toml | [[topic]]\nname = "А"\nseeds = [" "]     | topic 'А' needs seed words or example titles
a name twice            | toml | [[topic]]\nname="А"\nseeds=["суд"]\n[[topic]]\nname="А "\nseeds=["вор"] | topic 'А' is there 2 times
no name                 | toml | [[topic]]\nseeds = ["суд"]               | topic {'seeds': ['суд']} has no name
a name that is a number | toml | [[topic]]\nname = 5\nseeds = ["суд"]     | has no name
an empty name           | toml | [[topic]]\nname = ""\nseeds = ["суд"]    | topic '' needs a name
seeds in one string     | toml | [[topic]]\nname = "А"\nseeds = "суд"     | topic 'А': seeds='суд' is no list of strings
seeds that are numbers  | toml | [[topic]]\nname = "А"\nseeds = [1]       | topic 'А': seeds=[1] is no list of strings
examples of a number    | toml | [[topic]]\nname = "А"\nexamples = 1.5    | topic 'А': examples=1.5 is no list of strings
a parent of a number    | toml | [[topic]]\nname="А"\nparent=1\nseeds=["суд"] | topic 'А': parent=1 is no name
a wrong key             | toml | [[topic]]\nname="А"\nseed=["суд"]        | topic 'А': 'seed' is none of name, parent, seeds, examples
a wrong key above       | toml | minscore = 1\n[[topic]]\nname="А"\nseeds=["суд"] | 'minscore' is neither min_score nor [[topic]]
a score that is no text | toml | min_score = "1"\n[[topic]]\nname="А"\nseeds=["суд"] | min_score='1' is no number from 0 to 1
a score that is a truth | toml | min_score = true\n[[topic]]\nname="А"\nseeds=["суд"] | min_score=True is no number from 0 to 1
too high a score        | toml | min_score = 1.1\n[[topic]]\nname="А"\nseeds=["суд"] | min_score=1.1 is no number from 0 to 1
too low a score         | toml | min_score = -1\n[[topic]]\nname="А"\nseeds=["суд"] | min_score=-1 is no number from 0 to 1
no number               | toml | min_score = nan\n[[topic]]\nname="А"\nseeds=["суд"] | min_score=nan is no number from 0 to 1
no TOML                 | toml | [[topic]]\nname = А                      | at line 2, column 8
a key twice             | toml | [[topic]]\nname="А"\nname="Б"            | Cannot overwrite a value
another ending          | txt  | name,seeds\nА,суд                        | ends in none of .csv, .toml, .json, and is no file that newsnlp topics train made
no ending               |      | name,seeds\nА,суд                        | ends in none of .csv, .toml, .json
"""  # noqa: E501


@pytest.mark.parametrize(
    ("what", "ending", "content", "message"),
    rows_of(BAD),
    ids=[f"{row[1]}: {row[0]}" for row in rows_of(BAD)],
)
def test_bad_files(annotator, tmp_path, what, ending, content, message):
    path = tmp_path / (f"my.{ending}" if ending else "my")
    path.write_text(content.replace("\\n", "\n"), "utf-8", newline="")
    for read in (Taxonomy.from_file, lambda path: annotator.with_options(topics=path)):
        with pytest.raises(OptionError) as raised:
            read(path)
        assert str(raised.value).startswith(f"topics={str(path)!r}")
        assert message in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "name,seeds\nА,суд".encode("cp1251"), "is not UTF-8 at byte 11"),
        ("a.toml", b"\xff\xfe\x00", "is not UTF-8 at byte 0"),
        ("a.toml", b"\x00\x01", "at line 1, column 1"),
        ("a.toml", b"a = " + b"[" * 9000, "a.toml': "),
        ("a.csv", b"PK\x03\x04 no archive", "holds no topics"),
        ("a.topics", b"PK\x03\x04 no archive", "make it with newsnlp topics train"),
        ("a.topics", b"", "ends in none of .csv, .toml, .json"),
    ],
)
def test_bad_bytes(annotator, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(OptionError) as raised:
        annotator.with_options(topics=path)
    assert message in str(raised.value) and name in str(raised.value)


def test_files_that_are_not_there(annotator, tmp_path):
    for path in (tmp_path / "none.csv", tmp_path, "a\x00.csv"):
        for read in (Taxonomy.from_file, lambda path: annotator.with_options(topics=path)):
            with pytest.raises(OptionError, match="cannot be read"):
                read(path)


# --- taxonomies in Python ------------------------------------------------------------------------


def test_a_taxonomy_in_python():
    assert TAXONOMY.names == ("Спорт", "Хоккей", "Деньги", "Стихия", "Паводок")
    assert TAXONOMY.parents == (-1, 0, -1, -1, 3)
    assert TAXONOMY.min_score == MIN_SCORE
    assert OwnTopic(" Спорт ", " ", ["матч", " "]) == OwnTopic("Спорт", None, ("матч",))
    assert len({TAXONOMY, Taxonomy(list(TAXONOMY.topics))}) == 1
    assert pickle.loads(pickle.dumps(TAXONOMY)) == TAXONOMY
    assert Taxonomy([GAMES], np.float32(0.5)).min_score == 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: OwnTopic(5), "topic 5 has no name"),
        (lambda: OwnTopic(" "), "topic ' ' needs a name, of one line"),
        (lambda: OwnTopic("А\u2028Б"), "needs a name, of one line"),
        (lambda: OwnTopic("А\x00"), "needs a name, of one line"),
        (lambda: OwnTopic("А", 5), "topic 'А': parent=5 is no name"),
        (lambda: OwnTopic("А", seeds="суд"), "topic 'А': seeds='суд' is no list of strings"),
        (lambda: OwnTopic("А", examples=[None]), r"examples=\[None\] is no list of strings"),
        (lambda: Taxonomy([]), "needs a topic; there is none in it"),
        (lambda: Taxonomy(["Спорт"]), "topic 'Спорт' is no OwnTopic"),
        (lambda: Taxonomy([GAMES, GAMES]), "topic 'Спорт' is there 2 times"),
        (lambda: Taxonomy([HOCKEY]), "'Хоккей' has the parent 'Спорт', which is no topic"),
        (lambda: Taxonomy([GAMES], "0"), "min_score='0' is no number from 0 to 1"),
        (lambda: Taxonomy([GAMES], 2), "min_score=2 is no number from 0 to 1"),
        (lambda: Annotator(topics=5), "takes a file, a Taxonomy or a TopicModel, not int"),
        (lambda: Annotator(topics=[GAMES]), "takes a file, a Taxonomy or a TopicModel, not list"),
    ],
)
def test_bad_values(make, message):
    with pytest.raises(OptionError, match=message):
        make()


def test_seeds_that_nobody_knows(annotator):
    for unknown in ("ъъъъ", "!?", "и", "ъъъ-ъъъ"):
        with pytest.raises(OptionError, match=r"topic 'Ъ': no word of '.*' is known; add some"):
            annotator.with_options(topics=Taxonomy([GAMES, OwnTopic("Ъ", seeds=[unknown])]))
    with pytest.raises(OptionError) as raised:
        topic = OwnTopic("Ъ", examples=[f"ъъъъ{number}" for number in range(1000)])
        annotator.with_options(topics=Taxonomy([topic]))
    assert "'ъъъъ9', … is known" in str(raised.value) and len(str(raised.value)) < 300


# --- the annotator -------------------------------------------------------------------------------


def test_topics_of_articles(result):
    topics = result.topics.groupby("doc_id", sort=False)["topic"].agg(list).to_dict()
    assert topics.keys() == {"0", "1", "2"}
    assert set(topics["0"]) == {"Хоккей", "Спорт"}
    assert topics["1"] == ["Деньги"] and topics["2"] == ["Паводок", "Стихия"]
    assert result.articles["topic"].tolist()[1:3] == ["Деньги", "Паводок"]
    assert result.articles["topic"].isna().tolist() == [False] * 3 + [True] * 2
    assert result.articles["topic_label"].tolist()[1] == "Деньги"
    assert result.topics["score"].between(MIN_SCORE, 1).all()


def test_every_way_to_give_topics_gives_the_same(annotator, own, result, tmp_path):
    path = tmp_path / "my.toml"
    path.write_text(TOML, "utf-8")
    by_path = annotator.with_options(topics=path)
    pickled = pickle.dumps(by_path)
    path.unlink()  # an annotator carries what the file holds
    same(by_path.annotate(TEXTS), result)
    unpickled = pickle.loads(pickled)
    same(unpickled.annotate(TEXTS), result)
    assert unpickled.info() == by_path.info()
    same(pickle.loads(pickle.dumps(own)).annotate(TEXTS), result)
    same(newsnlp.annotate(TEXTS, topics=TAXONOMY), result)
    assert "topics='" in repr(by_path) and "чемпионат" not in repr(by_path)
    assert newsnlp.annotate(SPORT).articles["topic"].tolist() == ["medtop:15000000"]


def test_alone_in_a_batch_and_in_processes(own, result):
    for number, text in enumerate(TEXTS):
        alone = own.annotate([Article(doc_id=str(number), text=text)]).topics
        there = result.topics[result.topics["doc_id"] == str(number)].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, there, rtol=0, atol=1e-3)
    for processes in (1, 2):
        stream = own.stream(TEXTS, batch_size=2, processes=processes)
        same(Frames.concat(stream), result)


def test_categories_and_info(own, result):
    for frame in (result.articles, result.topics):
        assert frame["topic"].cat.categories.tolist() == list(TAXONOMY.names)
    assert own.annotate([]).articles["topic"].cat.categories.tolist() == list(TAXONOMY.names)
    assert result.info["topics"] == list(TAXONOMY.names)
    described = result.info["options"]["topics"]
    assert described["name"] == "taxonomy.json" and len(described["sha256"]) == 64
    assert json.loads(json.dumps(result.info)) == result.info
    assert own.with_options(topics=None).info()["topics"] == list(TOPICS)
    assert own.with_options(top_k=3).info()["topics"] == list(TAXONOMY.names)


def test_results_of_other_taxonomies_are_put_together(annotator, result):
    other = annotator.with_options(topics=Taxonomy([BANKS, OwnTopic("Музеи", seeds=["музей"])]))
    more = other.annotate(
        [Article(doc_id=name, text=text) for name, text in zip("аб", TEXTS[2:4], strict=True)]
    )
    usual = annotator.annotate([Article(doc_id="в", text=SPORT)])
    whole = Frames.concat([result, more, usual])
    assert whole.info["topics"] == [*TAXONOMY.names, "Музеи", *TOPICS]
    assert whole.articles["topic"].cat.categories.tolist() == whole.info["topics"]
    told = whole.articles.set_index("doc_id")["topic"]
    assert told[["1", "б", "в"]].tolist() == ["Деньги", "Музеи", "medtop:15000000"]
    assert len(whole.info["options"]["topics"]) == 3


def test_rubrics_do_not_count(own):
    texts = (SPORT, MONEY, ART, "Саммит прошёл.")
    plain = [Article(doc_id=n, text=text) for n, text in enumerate(texts)]
    for rubric in ("Спорт", "Экономика"):
        filed = [replace(article, rubric=rubric) for article in plain]
        pd.testing.assert_frame_equal(own.annotate(filed).topics, own.annotate(plain).topics)


def test_no_topic_without_a_text(own):
    articles = own.annotate(["", None, "12345", "The committee met in London."]).articles
    assert articles["topic"].isna().all() and articles["topic_score"].isna().all()


def test_explanation(own, annotator):
    table = own.explain(MONEY, "topic")
    assert set(table["topic"]) == {"Деньги"}
    assert table["weight"].is_monotonic_decreasing
    assert {"вклад", "ставка", "инфляция"} == set(table["lemma"].head(3))
    vectors = own.topic_vectors([Article(text=MONEY)])
    model = own._topics()
    _, evidence = model.evidence(vectors)
    assert np.isclose(table["weight"].sum(), evidence[0, 2], atol=1e-4)
    with pytest.raises(OptionError, match="there is nothing to explain"):
        own.explain("Ъъъъ.")
    assert annotator.explain(MONEY)["topic"][0].startswith("medtop:")


# --- the tree ------------------------------------------------------------------------------------


def test_a_topic_gives_those_above_it(topics_of):
    tree = [
        OwnTopic("Жизнь", seeds=["дача", "огород"]),
        OwnTopic("Спорт", parent="Жизнь", seeds=["лыжи", "бассейн"]),
        OwnTopic("Хоккей", parent="Спорт", seeds=["хоккей", "шайба", "вратарь"]),
    ]
    for topics in (tree, tree[::-1]):
        found = topics_of(SPORT, *topics, BANKS)
        assert list(found) == ["Хоккей", "Спорт", "Жизнь"]  # the one that says most is first
        assert len(set(found.values())) == 1


def test_a_topic_is_not_given_for_the_one_above_it(topics_of):
    text = "Стадион открыли для спортсменов."
    assert list(topics_of(text, GAMES, HOCKEY, BANKS)) == ["Спорт"]


def test_a_topic_without_seeds_has_what_those_below_it_have(result, own):
    scores = result.topics[result.topics["doc_id"] == "2"]["score"]
    assert scores.nunique() == 1
    for text in (SPORT, MONEY, ART, ILL):
        assert "Стихия" not in own.annotate(text).topics["topic"].tolist()


def test_a_lone_topic_below_one_without_seeds(topics_of):
    for text in (MONEY, FLOOD, ART, ILL):
        assert topics_of(text, OwnTopic("Спорт"), HOCKEY) == {}
    assert list(topics_of(SPORT, OwnTopic("Спорт"), HOCKEY)) == ["Хоккей", "Спорт"]


def test_a_lone_topic(topics_of):
    assert list(topics_of(SPORT, GAMES)) == ["Спорт"]
    for text in (MONEY, FLOOD, ART, ILL):
        assert topics_of(text, GAMES) == {}


def test_least_score(topics_of):
    text = "Форвард выиграл гонку."
    every = topics_of(text, GAMES, BANKS, min_score=0)
    assert every.keys() == {"Спорт", "Деньги"} and every["Спорт"] > every["Деньги"]
    assert topics_of(text, GAMES, BANKS, min_score=every["Спорт"] + 0.01) == {}
    middle = (every["Спорт"] + every["Деньги"]) / 2
    assert list(topics_of(text, GAMES, BANKS, min_score=middle)) == ["Спорт"]


# --- words ---------------------------------------------------------------------------------------


def test_example_titles_in_place_of_seeds(topics_of):
    topics = [
        OwnTopic("Деньги", examples=["Центробанк снизил ставку", "Вклады подорожали"]),
        OwnTopic("Спорт", examples=["Форвард забил гол в матче чемпионата", "Хоккей: итоги"]),
    ]
    assert list(topics_of(MONEY, *topics)) == ["Деньги"]
    assert list(topics_of(SPORT, *topics)) == ["Спорт"]
    assert topics_of(ART, *topics) == {}


# Seeds, and others that are the same to the model
ALIKE = r"""
футбол                 | футбола
футбол                 | ФУТБОЛ
футбол                 | «Футболом»,
футбол                 | футбол, футболу, футбола
учёный                 | ученый
учёный                 | Учёными
замок                  | за\u0301мок
прошёл                 | проше\u0308л
нефть                  | неф\u00adть
раскопка               | раскопки
железная дорога        | железный, дорога
железная дорога        | дороги железные
онлайн-торговля        | онлайн, торговля
Санкт-Петербург        | Санкт-Петербурга
apple                  | Apple
нато                   | НАТО
"""


@pytest.mark.parametrize("line", ALIKE.strip().splitlines())
def test_spellings_of_seeds(model_of, line):
    one, other = (part.encode("ascii", "backslashreplace").decode("unicode-escape").split(", ")
                  for part in line.split(" | "))  # fmt: skip
    one, other = (weights_of(model_of(OwnTopic("А", seeds=seeds)), "А") for seeds in (one, other))
    assert np.array_equal(one, other)
    assert one.any()


def test_unknown_seeds_are_told_once_and_say_nothing(model_of):
    with pytest.warns(TaxonomyWarning, match="2 seed words .*'ъъъъ', 'ыыы'") as told:
        found = model_of(OwnTopic("А", seeds=["футбол", "ъъъъ", "ыыы"]))
    assert len(told) == 1
    known = model_of(OwnTopic("А", seeds=["футбол"]))
    assert np.array_equal(weights_of(found, "А"), weights_of(known, "А"))


def test_hyphens_do_not_cut_what_is_known(model_of):
    city = weights_of(model_of(OwnTopic("А", seeds=["Нью-Йорк"])), "А")
    assert not np.array_equal(city, weights_of(model_of(OwnTopic("А", seeds=["нью йорк"])), "А"))


def test_a_seed_speaks_most_and_words_near_it_speak(model_of):
    model = model_of(OwnTopic("Спорт", seeds=["футбол"]), BANKS)
    weights = weights_of(model, "Спорт")
    row = {lemma: number for number, lemma in enumerate(model.lexicon.lemmas)}
    assert weights.argmax() == row["футбол"]
    assert weights[row["хоккей"]] > 1 > weights[row["инфляция"]]


@pytest.mark.parametrize("n_topics", [1, 20])
def test_weights_are_deviations_from_what_news_is_made_of(model_of, annotator, n_topics):
    lexicon = annotator.models.topics.lexicon
    chosen = np.argsort(lexicon.share)[-10 * n_topics :]
    topics = [
        OwnTopic(f"{number}", seeds=[lexicon.lemmas[row] for row in chosen[number::n_topics]])
        for number in range(n_topics)
    ]
    weights = model_of(*topics).weights * model_of(*topics).scale
    average = lexicon.share @ weights / lexicon.share.sum()
    assert np.abs(average).max() < 0.2
    spread = np.sqrt(lexicon.share @ (weights - average) ** 2 / lexicon.share.sum())
    assert np.abs(spread - 1).max() < 0.15  # what one lemma may count is bounded


def test_a_model_of_seeds_can_be_saved(model_of, annotator, tmp_path):
    model = model_of(*TAXONOMY.topics)
    path = tmp_path / "my.topics"
    with path.open("wb") as file:
        model.save(file)
    assert isinstance(model, TopicModel) and isinstance(model.lexicon, Lexicon)
    again = annotator.with_options(topics=path)
    assert again.info()["topics"] == list(TAXONOMY.names)
    expected = annotator.with_options(topics=TAXONOMY).annotate(TEXTS).topics
    found = again.annotate(TEXTS).topics
    assert found["topic"].tolist() == expected["topic"].tolist()
    assert np.allclose(found["score"], expected["score"], atol=1e-2)


# --- properties ----------------------------------------------------------------------------------

LINE = st.text(max_size=12)
ROW = st.tuples(LINE, st.none() | st.integers(0, 4), st.lists(LINE, max_size=3), st.lists(LINE))


@given(rows=st.lists(ROW, min_size=1, max_size=5), min_score=st.floats(0, 1))
def test_what_is_valid_survives_its_contents(rows, min_score):
    """A row has a name, the row above it, seeds and examples; most rows make a taxonomy."""
    try:
        topics = [
            OwnTopic(name, None if above is None else rows[above % len(rows)][0], seeds, examples)
            for name, above, seeds, examples in rows
        ]
        taxonomy = Taxonomy(topics, min_score)
    except OptionError:
        return
    assert Taxonomy.parse("x.json", taxonomy.content()) == taxonomy


@given(
    rows=st.dictionaries(
        st.text("абв ;,\"'«\\", min_size=1).map(str.strip).filter(bool),
        st.lists(st.text("где «\"\\", min_size=1).map(str.strip).filter(bool), min_size=1),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_names_and_seeds_are_the_same_from_every_kind_of_file(rows):
    taxonomy = Taxonomy([OwnTopic(name, seeds=seeds) for name, seeds in rows.items()])
    table = pd.DataFrame(
        {"name": list(rows), "seeds": [";".join(seeds) for seeds in rows.values()]}
    )
    assert Taxonomy.parse("x.csv", table.to_csv(index=False).encode()) == taxonomy
    tables = [
        f"[[topic]]\nname = {json.dumps(name)}\nseeds = {json.dumps(seeds)}"
        for name, seeds in rows.items()
    ]
    assert Taxonomy.parse("x.toml", "\n".join(tables).encode()) == taxonomy
    assert Taxonomy.parse("x.json", taxonomy.content()) == taxonomy


WORDS = ["суд", "футбол", "врач", "храм", "погода", "нефть", "школа", "театр"]
SEEDS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)


@settings(max_examples=10, deadline=None)
@given(
    topics=st.lists(SEEDS, min_size=1, max_size=5),
    words=st.lists(st.sampled_from([*WORDS, "ъъъъ", "матч"]), max_size=8),
    drawn=st.randoms(use_true_random=False),
)
def test_scores_are_probabilities_and_do_not_depend_on_the_order_of_topics(
    annotator, topics, words, drawn
):
    topics = [OwnTopic(f"{number}", seeds=seeds) for number, seeds in enumerate(topics)]
    shuffled = drawn.sample(topics, len(topics))
    scores = []
    for some in (topics, shuffled):
        own = annotator.with_options(topics=Taxonomy(some, 0))
        frame = own.annotate(" ".join(words), frames=["topics"]).topics
        assert frame["score"].between(0, 1).all()
        scores.append(frame.set_index("topic")["score"].to_dict())
    assert scores[0] == pytest.approx(scores[1], abs=1e-3)
