"""Tags that an article supports: of a list, and learnt."""

import io

import numpy as np
import pytest

from newsnlp import Annotator, Article
from newsnlp.assignment import LearntTags
from newsnlp.errors import OptionError, SourceError
from newsnlp.tag_training import learn_tags

pytest.importorskip("sklearn")

SPORT = "Хоккеисты выиграли матч чемпионата. Нападающий забил две шайбы, вратарь отбил буллит."
MONEY = "Центробанк повысил ключевую ставку. Инфляция замедлилась, выросли вклады."
FLOOD = "Паводок затопил дома. Спасатели вывезли жителей, река вышла из берегов, дамбу укрепили."


def archive():
    """A tagged archive of three subjects, each article a little different."""
    subjects = ((SPORT, "Спорт"), (MONEY, "Экономика"), (FLOOD, "Происшествия"))
    for number in range(60):
        text, tag = subjects[number % 3]
        first, second = text.split(". ")
        shown = (f"{first}.", second, text)[number // 3 % 3]
        tags = (tag, "Регион") if number % 2 else (tag,)
        yield Article(doc_id=str(number), text=f"{shown} Об этом сообщили {number} мая.", tags=tags)


@pytest.fixture(scope="module")
def learnt(annotator):
    return learn_tags(archive(), annotator, min_articles=5)


@pytest.fixture(scope="module")
def tags_file(learnt, tmp_path_factory):
    path = tmp_path_factory.mktemp("tags") / "my.keywords"
    with path.open("wb") as file:
        learnt.tags.save(file)
    return path


def assigned(annotator, text, **options):
    keywords = annotator.with_options(keywords="assigned", **options).annotate(text).keywords
    return keywords[keywords["kind"] == "assigned"]


def test_tags_of_a_list(annotator):
    tags = ["Хоккей\tматч шайба вратарь", "Банки\tставка вклад инфляция"]
    assert assigned(annotator, SPORT, tags=tags)["keyword"].tolist() == ["Хоккей"]


def test_a_tag_that_is_spelled_stays_what_it_is(annotator):
    options = {"keywords": "assigned", "tags": ["Паводок", "Хоккей"]}
    keywords = annotator.with_options(**options).annotate(FLOOD).keywords
    assert keywords.set_index("keyword").loc["паводок", "kind"] == "word"
    few = annotator.with_options(**options, top_k=1, min_score=0.2).annotate(FLOOD).keywords
    assert few[["keyword", "kind", "n"]].to_numpy().tolist() in (
        [["Паводок", "word", 1]], [["паводок", "word", 1]],
    )  # fmt: skip


def test_learnt_tags(annotator, learnt, tags_file):
    assert learnt.tags.tags == ["Происшествия", "Регион", "Спорт", "Экономика"]
    assert learnt.scores["n_articles"].tolist() == [60]
    for text, tag in ((SPORT, "Спорт"), (MONEY, "Экономика"), (FLOOD, "Происшествия")):
        found = assigned(annotator, text, tags=tags_file)
        assert found["keyword"].iloc[0] == tag and found["n"].iloc[0] == 0


def test_a_file_gives_back_what_was_learnt(learnt):
    file = io.BytesIO()
    learnt.tags.save(file)
    again = LearntTags.parse(file.getvalue())
    assert (again.tags, again.row) == (learnt.tags.tags, learnt.tags.row)
    assert np.allclose(again.weight, learnt.tags.weight, rtol=1e-3, atol=1e-4)


def test_an_article_alone_and_in_a_batch(annotator, tags_file):
    some = annotator.with_options(keywords="assigned", tags=tags_file)
    texts = [SPORT, MONEY, "", FLOOD, None, "The committee will meet in London next week again."]
    together = some.annotate(texts).keywords
    assert set(together["doc_id"]) == {"0", "1", "3"}
    for number, text in ((0, SPORT), (1, MONEY), (3, FLOOD)):
        alone = some.annotate(text).keywords.drop(columns="doc_id")
        there = together[together["doc_id"] == str(number)].drop(columns="doc_id")
        assert alone["keyword"].tolist() == there["keyword"].tolist()
        assert np.allclose(alone["score"], there["score"], atol=1e-3)


def test_most_and_least(annotator, tags_file):
    options = {"keywords": "assigned", "tags": tags_file}
    keywords = annotator.with_options(top_k=2, **options).annotate(SPORT).keywords
    assert len(keywords) == 2 and (np.diff(keywords["score"]) <= 0).all()
    sure = annotator.with_options(min_score=0.3, **options).annotate(SPORT).keywords
    assert (sure["score"] >= 0.3).all()


BAD = {
    "b.txt": ("Спорт\nНаука\nСпорт\n".encode(), "line 3: 'Спорт' is on line 1 too"),
    "b2.txt": ("Спорт\nспорт\n".encode(), "line 2: 'спорт' is on line 1 too"),
    "c.txt": ("Спорт\nЪъъ\n".encode(), "line 2: no word of 'Ъъъ' is known"),
    "d.txt": (b"\n \n", "there is no tag in it"),
    "e.txt": ("Спорт".encode("cp1251"), "not UTF-8 at byte 0"),
    "f.keywords": (b"PK\x03\x04 no archive", "holds no learnt tags"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files(annotator, tmp_path, name):
    content, message = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(OptionError, match=message):
        annotator.with_options(keywords="assigned", tags=tmp_path / name)


def test_options():
    with pytest.raises(OptionError, match="needs tags="):
        Annotator(keywords="assigned")
    with pytest.raises(OptionError, match="only it takes them"):
        Annotator(tags=["Спорт"])
    with pytest.raises(OptionError, match=r"none\.txt' cannot be read"):
        Annotator(keywords="assigned", tags="none.txt")
    with pytest.raises(OptionError, match="there is no tag in it"):
        Annotator(keywords="assigned", tags=[])
    with pytest.raises(OptionError, match="item 1 is 7, not a string"):
        Annotator(keywords="assigned", tags=["Спорт", 7])
    with pytest.raises(OptionError, match="tags=5 is neither a file nor a list"):
        Annotator(keywords="assigned", tags=5)
    with pytest.raises(OptionError, match="keywords='all' is none of extracted, assigned"):
        Annotator(keywords="all")
    with pytest.raises(OptionError, match="min_score=2 is no number from 0 to 1"):
        Annotator(min_score=2)


def test_nothing_to_learn_from(annotator):
    with pytest.raises(SourceError, match="nothing to learn from"):
        learn_tags([Article(doc_id="1", text=SPORT, tags=("Спорт",))], annotator)
    same = [Article(doc_id=str(n), text=SPORT, tags=("Спорт",)) for n in range(20)]
    with pytest.raises(SourceError, match="nothing to learn from"):
        learn_tags(same, annotator)
    broken = [Article(doc_id="5", text=SPORT, tags=(5,)), *same]
    with pytest.raises(SourceError, match="20 articles have tags"):
        learn_tags(broken, annotator)
    apart = [
        Article(doc_id=str(n), text=SPORT, tags=("Спорт",) if n % 5 else ("Хоккей",))
        for n in range(20)
    ]
    with pytest.raises(SourceError, match="each 5th article is left out"):
        learn_tags(apart, annotator)


@pytest.mark.filterwarnings("error")
def test_articles_that_say_nothing_do_not_bend_the_calibration(annotator, learnt):
    """Every sixth article, of those left out to calibrate too, has no key that is known."""
    silent = (Article(doc_id=f"s{n}", text="…", tags=("Спорт",)) for n in range(0, 60, 5))
    mixed = []
    for number, article in enumerate(archive()):
        mixed.append(article)
        if number % 5 == 4:
            mixed.append(next(silent))
    slope, _ = learn_tags(mixed, annotator, min_articles=5).tags.calibration
    assert slope > learnt.tags.calibration[0] / 2
