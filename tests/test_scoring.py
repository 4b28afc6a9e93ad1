"""Scoring on frames and files made by hand: every rule has a case that would break without it."""

import gzip
import json

import pandas as pd
import pytest

from newsnlp.errors import OptionError, ReadError, SourceError
from newsnlp.scoring import (
    GoldDocument,
    GoldName,
    GoldSentence,
    GoldTopic,
    GoldWord,
    evaluate,
    read_names,
    read_sentences,
    score_keywords,
    score_lemmas,
    score_names,
    score_normal,
    score_topics,
)

TEXT = "Газета «Волна» пишет о Перу."

# gold; ignored; found (with kind where it is not a name); right, found, gold
NAMES = """
8-13 ORG, 23-27 LOC | | 8-13 ORG, 23-27 LOC        | 2 2 2 | all right
8-13 ORG            | | 7-14 ORG                   | 1 1 1 | found with quotes
7-14 ORG            | | 8-13 ORG                   | 1 1 1 | gold with quotes
7-14 ORG            | | 0-14 ORG                   | 0 1 1 | one border wrong
23-27 LOC           | | 23-27 ORG                  | 0 1 1 | type wrong
23-27 LOC           | | 23-27 LOC, 0-6 ORG role    | 1 1 1 | a role is no name
23-27 LOC           | 8-13 | 23-27 LOC, 7-14 ORG   | 1 1 1 | equal to an ignored span
23-27 LOC           | 8-13 | 23-27 LOC, 0-14 ORG   | 1 1 1 | overlaps an ignored span
23-27 LOC           | 8-13 | 23-27 LOC, 0-6 ORG    | 1 2 1 | beside an ignored span
23-27 LOC           | 20-28 | 23-27 LOC            | 1 1 1 | right though in an ignored span
23-27 LOC           | |                            | 0 0 1 | nothing found
"""


def spans(cell):
    for item in filter(None, (part.strip() for part in cell.split(","))):
        span, *more = item.split()
        yield (*map(int, span.split("-")), *more)


def mentions(rows, doc_id="1"):
    return pd.DataFrame(
        [(doc_id, start, stop, kind, *(more or ["name"]), "") for start, stop, kind, *more in rows],
        columns=["doc_id", "start", "stop", "type", "kind", "normal"],
    )


@pytest.mark.parametrize("case", NAMES.strip().splitlines())
def test_names(case):
    gold, ignored, found, counts, _ = case.split("|")
    names = tuple(GoldName(*span) for span in spans(gold))
    document = GoldDocument(TEXT, names, tuple(spans(ignored)))
    table = score_names({"1": document}, mentions(spans(found))).set_index("class")
    row = table.loc["all"]
    assert [row.n_correct, row.n_found, row.n_gold] == [int(n) for n in counts.split()]
    assert row.f1 == pytest.approx(2 * row.n_correct / (row.n_found + row.n_gold))
    assert list(table.index) == ["PER", "ORG", "LOC", "all"]


def test_names_are_compared_within_their_document():
    gold = {"1": GoldDocument(TEXT, (GoldName(23, 27, "LOC"),)), "2": GoldDocument(TEXT, ())}
    found = mentions([(23, 27, "LOC")], doc_id="2")
    assert score_names(gold, found)["n_correct"].sum() == 0


# gold form; found form; right
NORMAL_FORMS = """
Пётр Орлов  | Петр Орлов    | yes
ООН         | Оон           | yes
«Волна»     | Волна         | yes
Волна       | Газета «Волна»| no
Перу        |               | no
"""


@pytest.mark.parametrize("case", NORMAL_FORMS.strip().splitlines())
def test_normal_forms(case):
    right, found, verdict = (cell.strip() for cell in case.split("|"))
    gold = {
        "1": GoldDocument(TEXT, (GoldName(8, 13, "ORG", right), GoldName(23, 27, "LOC", "Перу")))
    }
    frame = mentions([(7, 14, "ORG")]).assign(normal=found)
    row = score_normal(gold, frame).set_index("class").loc["all"]
    assert (row.n_gold, row.n_found, row.n_correct) == (2, 1, verdict == "yes")


def test_keywords():
    frame = pd.DataFrame(
        [("1", rank, f"слово {rank}") for rank in range(7, 1, -1)] + [("1", 1, "Ёлка")],
        columns=["doc_id", "rank", "keyword"],
    )
    table = score_keywords({"1": ["елка", "слово 7"], "2": ["праздник"], "3": []}, frame)
    five, ten = table.set_index("class").to_dict("index").values()
    assert (five["n_gold"], five["n_found"], five["n_correct"]) == (3, 5, 1)
    assert (ten["n_found"], ten["n_correct"]) == (7, 2)
    # Means over the two articles with tags; the second got no keyword.
    assert five["precision"] == pytest.approx(1 / 5 / 2)
    assert five["recall"] == pytest.approx(1 / 2 / 2)
    assert ten["f1"] == pytest.approx(4 / 9 / 2)


def test_topics():
    sport, economy = frozenset(["medtop:15000000"]), frozenset(["medtop:04000000"])
    gold = dict(
        zip("1234", [GoldTopic("sport", sport)] * 3 + [GoldTopic("economy", economy)], strict=True)
    )
    topics = ["medtop:15000000", "medtop:04000000", None, "medtop:04000000"]
    frame = pd.DataFrame({"doc_id": list("1234"), "topic": pd.Categorical(topics)})
    table = score_topics(gold, frame).set_index("class")
    assert table["accuracy"].to_dict() == pytest.approx(
        {"economy": 1, "sport": 1 / 3, "all": 2 / 4, "balanced": (1 + 1 / 3) / 2}
    )
    assert table.loc["sport", ["n_gold", "n_found", "n_correct"]].tolist() == [3, 2, 1]


def test_lemmas():
    words = (GoldWord(0, 4, "Лёд", "NOUN"), GoldWord(5, 10, "таять", "VERB"))
    gold = {"1": GoldSentence("Льды таяли", words)}
    frame = pd.DataFrame(
        [("1", 0, 4, "лед", "PROPN"), ("1", 5, 8, "таять", "VERB")],
        columns=["doc_id", "start", "stop", "lemma", "upos"],
    )
    table = score_lemmas(gold, frame).set_index("class")
    assert table.loc["all"].to_dict() == {
        "lemma": 0.5, "upos": 0.0, "lemma_of_found": 1.0, "upos_of_found": 0.0,
        "n_gold": 2, "n_found": 1, "n_correct": 1,
    }  # fmt: skip
    assert list(table.index) == ["NOUN", "VERB", "all"]


CONLLU = """\
# sent_id = 1
# text = Дал по-моему 5 000.
1	Дал	дать	VERB	_	_	0	root	_	_
2-3	по-моему	_	_	_	_	_	_	_	_
2	по	по	ADP	_	_	3	case	_	_
3	моему	мой	DET	_	_	1	obl	_	_
3.1	рублей	рубль	NOUN	_	_	_	_	_	_
4	5 000	5000	NUM	_	_	1	obj	_	SpaceAfter=No
5	.	.	PUNCT	_	_	1	punct	_	_
"""


def test_a_treebank_is_read(tmp_path):
    path = tmp_path / "bank.conllu.gz"
    path.write_bytes(gzip.compress((CONLLU + "\n" + CONLLU).encode()))
    sentences = read_sentences(path)
    assert list(sentences) == ["0", "1"]
    assert sentences["0"] == sentences["1"]
    assert [(w.start, w.stop, w.upos) for w in sentences["0"].words] == [
        (0, 3, "VERB"), (-1, -1, "ADP"), (-1, -1, "DET"), (13, 18, "NUM"),
    ]  # fmt: skip


# replaced; by; the message names the line and says
DAMAGED_TREEBANKS = """
# text = Дал | # Дал        | line 1: the sentence that starts here has no '# text
дать/VERB     | дать         | line 3: not a number and nine more columns
1/Дал/        | один/Дал/    | line 3: not a number and nine more columns
1/Дал/        | 1/Взял/      | line 3: 'Взял' is not what follows
5 000/5000    | 000/5000     | line 8: '000' is not what follows
/VERB/        | /GLAGOL/     | line 3: the part of speech 'GLAGOL' is none of
"""


@pytest.mark.parametrize("case", DAMAGED_TREEBANKS.strip().splitlines())
def test_a_damaged_treebank_is_named_with_its_line(tmp_path, case):
    old, new, message = (cell.strip().replace("/", "\t") for cell in case.split("|"))
    assert old in CONLLU
    path = tmp_path / "bank.conllu"
    path.write_text(CONLLU.replace(old, new), encoding="utf-8")
    with pytest.raises(ReadError, match=f"bank.conllu, {message}"):
        read_sentences(path)


NAMED = {
    "id": "a",
    "text": TEXT,
    "entities": [[23, 27, "LOC", "Перу", "x"]],
    "ignore": [[0, 6, "X"]],
}


def write_lines(path, *records):
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_names_are_read(tmp_path):
    path = write_lines(tmp_path / "names.jsonl", NAMED, NAMED | {"id": "b"})
    document = GoldDocument(TEXT, (GoldName(23, 27, "LOC", "Перу", "x"),), ((0, 6),))
    assert read_names(path) == {"a": document, "b": document}
    assert read_names(path, documents=["b"]) == {"b": document}
    with pytest.raises(SourceError, match="no document 'c'"):
        read_names(path, documents=["b", "c"])


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{", "line 2: not a JSON object"),
        ({"id": "b", "text": TEXT}, "line 2: .*'entities'"),
        (NAMED | {"id": 7}, "line 2: .*7 is no string"),
        (NAMED, "line 2: the id 'a' stands on an earlier line"),
        (NAMED | {"id": "b", "entities": [[0, 6, "GPE"]]}, "line 2: .*'GPE' is none of PER"),
        (NAMED | {"id": "b", "entities": [[0, 99, "LOC"]]}, "line 2: .*0 to 99 is not in"),
        (NAMED | {"id": "b", "entities": [["0", 6, "LOC"]]}, "line 2: .*TypeError"),
    ],
)
def test_damaged_names_are_named_with_their_line(tmp_path, record, message):
    path = write_lines(tmp_path / "names.jsonl", NAMED, record)
    with pytest.raises(ReadError, match=f"names.jsonl, {message}"):
        read_names(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ReadError, match="nowhere"):
        read_names(tmp_path / "nowhere.jsonl")
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(json.dumps(NAMED).encode())[:-9])
    with pytest.raises(ReadError, match="cut"):
        read_names(cut)


class FakeAnnotator:
    """Finds the same in every article and keeps what it was given."""

    def __init__(self, **frame):
        self.frame = frame
        self.given = []

    def stream(self, source, *, frames):
        for article in source:
            self.given.append(article)
            yield {frames[0]: pd.DataFrame([{"doc_id": article.doc_id, **self.frame}])}


def test_evaluate_names_and_normal_forms(tmp_path):
    path = write_lines(tmp_path / "names.jsonl", NAMED, NAMED | {"id": "b"})
    fake = FakeAnnotator(start=23, stop=27, type="LOC", kind="name", normal="Перу")
    assert evaluate("ner", path, annotator=fake).iloc[-1]["f1"] == 1
    assert evaluate("normal", path, annotator=fake, documents=["b"]).iloc[-1]["n_correct"] == 1
    assert [article.text for article in fake.given] == [TEXT] * 3


def test_evaluate_lemmas(tmp_path):
    path = tmp_path / "bank.conllu"
    path.write_text(CONLLU, encoding="utf-8")
    fake = FakeAnnotator(start=0, stop=3, lemma="дать", upos="VERB")
    assert evaluate("lemma", path, annotator=fake).iloc[-1]["lemma"] == 1 / 4


ARTICLE = {
    "id": "https://novosti.example/sport/1",
    "title": "«Волна» победила",
    "text": "Команда выиграла матч.",
    "rubric": "Спорт",
    "tags": ["волна", "матч"],
}


def test_tags_rubric_and_address_are_withheld(tmp_path):
    path = write_lines(tmp_path / "novosti_2020.jsonl", ARTICLE, ARTICLE | {"id": "2", "tags": []})
    fake = FakeAnnotator(rank=1, keyword="Матч")
    assert evaluate("keywords", path, annotator=fake).iloc[0]["n_correct"] == 1
    (given,) = fake.given
    assert (given.title, given.text) == (ARTICLE["title"], ARTICLE["text"])
    assert (given.tags, given.rubric, given.url, given.source) == ((), None, None, None)
    assert given.doc_id == "0"


def test_evaluate_topics(tmp_path, monkeypatch):
    table = "# why\nsource\trubric\ttopics\nnovosti\tСпорт\t15000000\nnovosti\tМир\t-\nx\tМир\t1\n"
    (tmp_path / "rubric_topics.tsv").write_text(table, encoding="utf-8")
    folder = tmp_path / "articles"
    folder.mkdir()
    records = [
        ARTICLE,
        ARTICLE | {"id": "2", "rubric": "Мир"},
        ARTICLE | {"id": "3", "rubric": None},
    ]
    path = write_lines(folder / "novosti_2020.jsonl", *records)
    fake = FakeAnnotator(topic="medtop:15000000")
    result = evaluate("topics", path, annotator=fake)
    assert result["class"].tolist() == ["Спорт", "all", "balanced"]
    assert result["n_gold"].tolist() == [1, 1, 1]
    with pytest.raises(SourceError, match="starts with no source"):
        evaluate("topics", path.rename(folder / "drugie.jsonl"), annotator=fake)
    (tmp_path / "rubric_topics.tsv").unlink()
    monkeypatch.delenv("NEWSNLP_DATA", raising=False)
    with pytest.raises(SourceError, match="is in none of"):
        evaluate("topics", folder / "drugie.jsonl", annotator=fake)


def test_nothing_to_score_is_an_error(tmp_path):
    fake = FakeAnnotator()
    (tmp_path / "rubric_topics.tsv").write_text(
        "source\trubric\ttopics\nempty\tМир\t16000000\n", encoding="utf-8"
    )
    bare = {"id": "1", "text": "Команда выиграла матч.", "rubric": "Спорт"}
    articles = write_lines(tmp_path / "empty.jsonl", bare)
    nameless = write_lines(tmp_path / "nameless.jsonl", NAMED | {"entities": []})
    formless = write_lines(tmp_path / "formless.jsonl", NAMED | {"entities": [[23, 27, "LOC"]]})
    for task, path in {"keywords": articles, "topics": articles, "lemma": nameless}.items():
        with pytest.raises((SourceError, ReadError), match=path.name):
            evaluate(task, path, annotator=fake)
    with pytest.raises(SourceError, match="no document has names"):
        evaluate("ner", nameless, annotator=fake)
    with pytest.raises(SourceError, match="no name has a normal form"):
        evaluate("normal", formless, annotator=fake)
    assert not fake.given


def test_options_name_what_they_take(tmp_path):
    with pytest.raises(OptionError, match="ner, normal, entities, keywords, topics, lemma"):
        evaluate("grammar", tmp_path / "x")
    with pytest.raises(OptionError, match="not for 'lemma'"):
        evaluate("lemma", tmp_path / "x", documents=["1"])
