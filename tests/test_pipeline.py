"""What the pipeline does around its stages: batches, and a word of warning."""

import warnings
from itertools import count

import pytest

from newsnlp import Archive, Article, pipeline
from newsnlp.errors import LargeResultWarning, OptionError
from newsnlp.pipeline import cut
from newsnlp.segmentation import segment

TEXTS = ["Саммит прошёл.", "Токаев прибыл в Минск.", "ЦБ сохранил ставку."]


def sizes(texts, **options):
    articles = [Article(doc_id=str(number), text=text) for number, text in enumerate(texts)]
    return [len(batch) for batch in cut(articles, max_length=100, **options)]


def test_batches_are_bounded_in_articles_and_characters(monkeypatch):
    monkeypatch.setattr("newsnlp.pipeline._BATCH_CHARACTERS", 10)
    assert sizes([]) == []
    assert sizes(["аа"] * 7, batch_size=3) == [3, 3, 1]
    assert sizes(["а" * 5] * 5) == [2, 2, 1]
    assert sizes(["а" * 11, "а", "а" * 10, "а" * 101, None]) == [1, 1, 3]


def test_a_full_batch_does_not_wait_for_the_next_article():
    def articles():
        yield from (Article(doc_id=str(number), text="Саммит.") for number in range(2))
        raise AssertionError("read too far")

    assert len(next(cut(articles(), max_length=100, batch_size=2))) == 2


@pytest.mark.parametrize("batch_size", [0, 1.5, True, "2"])
def test_what_is_no_size(annotator, tmp_path, batch_size):
    with pytest.raises(OptionError, match="batch_size="):
        annotator.stream(TEXTS, batch_size=batch_size)
    with pytest.raises(OptionError, match="batch_size="):
        Archive(tmp_path / "archive").annotate(TEXTS, annotator=annotator, batch_size=batch_size)


def test_a_stream_is_read_as_far_as_its_results(annotator):
    read = []
    stream = annotator.stream((read.append(n) or "Саммит." for n in count()), batch_size=2)
    for n in range(1, 4):
        next(stream)
        assert len(read) == 2 * n
    stream.close()


def test_a_large_result_is_told_once(annotator, monkeypatch):
    monkeypatch.setattr("newsnlp.pipeline._LARGE_RESULT", 2)
    with pytest.warns(LargeResultWarning, match=r"3 articles .*GiB.*newsnlp\.Archive") as caught:
        annotator.annotate(TEXTS)
    assert [warning.filename for warning in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        annotator.annotate(TEXTS[:2])
        annotator.annotate(TEXTS, frames=["mentions", "entities"])
        list(annotator.stream(TEXTS))


def test_an_article_that_makes_a_stage_raise_fails_alone(annotator, monkeypatch):
    def raises_over(texts, zones):
        if "Ересь" in texts.text:
            raise ZeroDivisionError("no stage foresaw this")
        return segment(texts, zones)

    monkeypatch.setattr(pipeline, "segment", raises_over)
    texts = ["Саммит прошёл.", "Саммит в Минске. Ересь.", "Саммит начался.", "Итоги подведены."]
    frames = annotator.annotate(texts)
    assert frames.articles["status"].tolist() == ["ok", "failed", "ok", "ok"]
    assert frames.articles["error"][1].startswith("ZeroDivisionError: no stage foresaw this;")
    assert frames.articles["doc_id"].tolist() == ["0", "1", "2", "3"]
    others = annotator.annotate([texts[0], *texts[2:]])
    assert frames.tokens["text"].tolist() == others.tokens["text"].tolist()


def test_natashas_network_can_be_chosen(annotator):
    text = "В Минске прошёл саммит ОДКБ."
    slovnet = annotator.with_options(ner="slovnet")
    assert slovnet.annotate(text).mentions["normal"].tolist() == ["Минск", "ОДКБ"]
    assert slovnet.info()["options"]["ner"] == "slovnet"
    with pytest.raises(OptionError, match="ner='spacy' is none of newsnlp, slovnet"):
        annotator.with_options(ner="spacy")


# text; its mentions with their types
NAMES_AS_THEY_ARE_WRITTEN = """
Нурлан НОГАЕВ встретился с Касым-Жомартом ТОКАЕВЫМ. | Нурлан НОГАЕВ/PER; Касым-Жомартом ТОКАЕВЫМ/PER
ТОКАЕВ ПРИБЫЛ В МИНСК НА САММИТ ОДКБ. | ТОКАЕВ/PER; МИНСК/LOC; ОДКБ/ORG
МИНИСТЕРСТВО ОБОРОНЫ РОССИИ СООБЩИЛО О ПЕРЕГОВОРАХ С США. | МИНИСТЕРСТВО ОБОРОНЫ РОССИИ/ORG; США/LOC
В Пекин прибыл глава Tesla Илон Маск. | Пекин/LOC; Tesla/ORG; Илон Маск/PER
Сообщение передал Reuters.Глава МИД Китая прибыл в Минск. | Reuters/ORG; МИД Китая/ORG; Минск/LOC
Аким Ғабит Сыздықбеков посетил Шымкент. | Ғабит Сыздықбеков/PER; Шымкент/LOC
Фристайл-акробатика: сборная победила. |
Буш-младший прибыл в Минск. | Буш-младший/PER; Минск/LOC
Лидер КНДР Ким Чен-ын прибыл в Пекин. | КНДР/LOC; Ким Чен-ын/PER; Пекин/LOC
"""


@pytest.mark.parametrize("case", NAMES_AS_THEY_ARE_WRITTEN.strip().splitlines())
def test_names_as_they_are_written(annotator, case):
    text, _, expected = (part.strip() for part in case.partition("|"))
    mentions = annotator.annotate(text, frames=["mentions"]).mentions
    found = [f"{row.text}/{row.type}" for row in mentions.itertuples()]
    assert found == [name.strip() for name in expected.split(";") if name]
