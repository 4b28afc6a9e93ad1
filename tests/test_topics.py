import io
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsnlp import Article, shares
from newsnlp.columns import Segments, Sentences, Texts, Tokens, Zones
from newsnlp.errors import OptionError
from newsnlp.rubrics import disagreements, rubric_topics, with_rubrics
from newsnlp.schema import LANGS, TOPICS, ZONES
from newsnlp.tables import read_table
from newsnlp.topics import (
    Calibration,
    Lexicon,
    OwnTopic,
    Taxonomy,
    TopicModel,
    quantised,
    topic_labels,
)

# Words of headlines, with the number of the topic; "miss" marks what the model does not know yet.
HEADLINES = """
01  премьера балет большой театр зритель
01  режиссер снять фильм роман писатель
02  суд приговорить мошенник шесть год колония
02  полиция задержать грабитель магазин
03  пожар склад тушить пожарный эвакуировать
03  автобус столкнуться грузовик авария погибнуть пассажир
03  землетрясение магнитуда разрушить дом спасатель завал
04  центробанк повысить ключевой ставка инфляция рубль
04  нефть подорожать биржа баррель
04  компания увеличить экспорт зерно прибыль
05  школьник сдать экзамен егэ учитель
05  университет студент стипендия вуз
06  свалка мусор экология загрязнение воздух
06  заповедник популяция тигр браконьер
07  врач симптом инсульт пациент
07  вакцина грипп эпидемия больница
08  юбилей долгожительница отметить столетие необычный рекорд
09  профсоюз забастовка работник зарплата увольнение
09  безработица вакансия работодатель
10  турист отель пляж отпуск курорт
10  рецепт салат повар ресторан блюдо
10  модель платье показ мода дизайнер
11  президент подписать указ правительство отставка премьер
11  парламент голосование депутат законопроект оппозиция
11  министр переговоры посол двусторонний отношение саммит
12  патриарх богослужение храм верующий пасха
12  мечеть имам мусульманин рамадан
13  ученый телескоп открыть планета звезда
13  нейросеть смартфон приложение разработчик
14  рождаемость многодетный семья пособие демография
14  мигрант беженец диаспора гражданство
15  матч гол форвард чемпионат тренер
15  биатлонист золото гонка олимпиада медаль
16  обстрел артиллерия фронт войска атака
16  перемирие боевик террорист теракт
17  синоптик дождь гроза ветер градус
17  мороз снегопад метель прогноз погода
"""


@pytest.fixture(scope="module")
def model():
    return TopicModel.load()


@pytest.fixture(scope="module")
def batch(annotator):
    """The batch of some articles of one sentence, each a list of words, and its words' keys."""

    def segments_and_keys(*articles, zone="title"):
        segments = in_one_sentence(*articles, zone=zone)
        return segments, annotator.models.keys.of(segments.tokens.words)

    return segments_and_keys


def in_one_sentence(*articles, zone):
    sizes = [len(words) for words in articles]
    doc = np.repeat(np.arange(len(articles)), sizes)
    position = np.arange(len(doc))
    spelled = [word for words in articles for word in words]
    words = sorted(set(spelled))
    word = np.array([words.index(each) for each in spelled], np.int64)
    one = np.arange(len(articles))
    ru = np.full(len(articles), LANGS.index("ru"))
    kind = np.full(len(articles), ZONES.index(zone))
    return Segments(
        Texts("", one, one),
        Zones(one, kind, ru, one, one + 1, np.ones(len(articles), bool)),
        Sentences(one, one, one, one + 1),
        Tokens(doc, doc, position, position + 1, word, words),
    )


def first_topic(model, segments, keys):
    topics = model.tag(segments, keys)
    return TOPICS[topics.topic[0]] if len(topics.topic) else None


@pytest.mark.parametrize("line", HEADLINES.strip().splitlines())
def test_headline(model, batch, line):
    number, *words = line.split()
    if words[0] == "miss":
        pytest.xfail("not known yet")
    assert first_topic(model, *batch(words)) == f"medtop:{number}000000"


def test_the_model_of_iptc(model):
    assert model.topics == TOPICS and model.labels == topic_labels()
    assert model.parents == (-1,) * len(TOPICS)
    n_lemmas = len(model.lexicon.lemmas)
    assert model.weights.shape == (n_lemmas, len(TOPICS))
    assert model.lexicon.idf.shape == model.idf.shape == model.lexicon.share.shape == (n_lemmas,)
    assert np.isclose(model.lexicon.share.sum(), 1, atol=1e-2)
    assert model.lexicon.word_lemma.max() == n_lemmas  # of words that say nothing
    assert 0 < model.threshold < 1


def test_every_topic_has_a_headline_code_label_and_note():
    assert {line.split()[0] for line in HEADLINES.strip().splitlines()} == {t[7:9] for t in TOPICS}
    assert [row[0] for row in read_table("topics.tsv")] == list(TOPICS)
    assert all(len(row) == 4 and all(row) for row in read_table("topics.tsv"))
    assert len(topic_labels()) == len(TOPICS)


@pytest.mark.parametrize(
    "words",
    ["учёный Ученый УЧЁНОГО учеными", "футбол футболу Футболом", "Казахстан Қазақстан Казахстану"],
)
def test_case_form_and_yo_do_not_matter(model, batch, words):
    scores = {tuple(model.tag(*batch([word])).score.tolist()) for word in words.split()}
    assert len(scores) == 1


@pytest.mark.parametrize(
    "words, zone",
    [
        ([], "body"),
        (["ъъъъ"], "body"),
        ([",", "и", "который"], "body"),
        (["футбол"], "dateline"),
        (["футбол"], "notice"),
    ],
)
def test_without_evidence_no_topic(model, batch, words, zone):
    assert first_topic(model, *batch(words, zone=zone)) is None


def test_topics_are_ranked_probabilities_above_the_threshold(model, batch):
    articles = [line.split()[1:] for line in HEADLINES.strip().splitlines()]
    topics = model.tag(*batch(*articles))
    assert (topics.score >= model.threshold).all() and (topics.score <= 1).all()
    assert (np.diff(topics.doc) >= 0).all()
    same = np.diff(topics.doc) == 0
    assert (np.diff(topics.score)[same] <= 0).all()


def test_an_article_may_have_several_topics(model, batch):
    both = ["суд", "приговорить", "мошенник", "вакцина", "эпидемия", "больница", "врач"]
    topics = model.tag(*batch(both))
    assert {TOPICS[row] for row in topics.topic} == {"medtop:02000000", "medtop:07000000"}


WORDS = st.sampled_from(["суд", "футбол", "врач", "храм", "погода", "нефть", "школа", "ъъъъ"])
ARTICLES = st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=6)


@given(articles=ARTICLES)
def test_an_article_alone_has_the_topics_that_it_has_in_a_batch(model, batch, articles):
    together = model.tag(*batch(*articles))
    for number, words in enumerate(articles):
        alone = model.tag(*batch(words))
        rows = together.doc == number
        assert alone.topic.tolist() == together.topic[rows].tolist()
        assert alone.score.tolist() == together.score[rows].tolist()


@given(articles=ARTICLES)
def test_the_same_articles_give_the_same_topics(model, batch, articles):
    one, two = (model.tag(*batch(*articles)) for _ in range(2))
    assert one.score.tolist() == two.score.tolist()


def test_explanation_adds_up_to_the_evidence(model, batch):
    vectors = model.vectors(*batch(["суда", "футбол", "футболу", "храм"]))
    tables = [model.explain(vectors, 0, topic) for topic in TOPICS]
    sums = np.array([table["weight"].sum() for table in tables])
    sums += model.bias / 3**model.calibration.exponent
    docs, evidence = model.evidence(vectors)
    assert docs.tolist() == [0]
    np.testing.assert_allclose(evidence[0], sums, rtol=1e-3, atol=1e-5)
    assert (model.probabilities(vectors, 1) == model.calibration(evidence)).all()
    sport = tables[TOPICS.index("medtop:15000000")]
    assert sport["lemma"].iloc[0] == "футбол"
    assert sport["weight"].is_monotonic_decreasing
    assert set(sport["lemma"]) == {"суд", "футбол", "храм"}


def test_explanation_of_an_unknown_topic_is_an_error(model, batch):
    with pytest.raises(OptionError, match="medtop:99"):
        model.explain(model.vectors(*batch(["суд"])), 0, "medtop:99000000")


def test_a_model_is_what_its_file_says(model, batch):
    file = io.BytesIO()
    model.save(file)
    arrays = np.load(io.BytesIO(file.getvalue()), allow_pickle=False)
    again = TopicModel._parse(arrays, model.lexicon)
    for field in fields(model):
        if field.name not in ("lexicon", "hash"):
            one, other = getattr(model, field.name), getattr(again, field.name)
            assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other
    # Of a lexicon that has some of the lemmas the others are not known.
    some = Lexicon(
        ["балет", "футбол"],
        *(np.ones(2, np.float32) for _ in range(2)),
        *(getattr(model.lexicon, name) for name in ("word_lemma", "word_weight", "zone_weight")),
    )
    fewer = TopicModel._parse(arrays, some)
    row = model.lexicon.lemmas.index("футбол")
    assert (fewer.weights[1] == model.weights[row]).all() and fewer.idf[1] == model.idf[row]


def test_weights_in_eight_bits():
    weights = np.array([[-2.0, 0.0], [1.0, 0.5]])
    eight_bits, scale = quantised(weights)
    assert eight_bits.dtype == np.int8
    assert np.abs(eight_bits * scale - weights).max() <= scale / 2
    assert quantised(np.zeros((2, 2)))[1] == 1


EVIDENCE = st.lists(
    st.lists(st.floats(-50, 50), min_size=3, max_size=3), min_size=1, max_size=4
).map(np.array)


@given(evidence=EVIDENCE, slope=st.floats(0, 5), margin=st.floats(0, 5), offset=st.floats(-5, 5))
def test_calibration(evidence, slope, margin, offset):
    """Probabilities in the order of the evidence, each article's by themselves."""
    calibration = Calibration(0.0, slope, margin, offset)
    chance = calibration(evidence)
    assert ((chance >= 0) & (chance <= 1)).all()
    for row in range(len(evidence)):
        assert (calibration(evidence[[row]]) == chance[row]).all()
        order = np.argsort(evidence[row], kind="stable")
        assert (np.diff(chance[row][order]) >= -1e-9).all()
    assert np.allclose(calibration(evidence[:, ::-1]), chance[:, ::-1], atol=1e-12)


def test_calibration_counts_how_far_a_topic_is_ahead():
    calibration = Calibration(0.0, 1.0, 1.0, 0.0)
    alone, ahead, level = (
        calibration(np.array([evidence]))[0, 0]
        for evidence in ([2.0], [2.0, 1.0, 0.0], [2.0, 2.0, 0.0])
    )
    assert np.allclose([alone, ahead, level], 1 / (1 + np.exp([-2, -3, -2])))


# --- rubrics -------------------------------------------------------------------------------------

# Rubric | address | numbers of the topics that it speaks for
RUBRICS = """
Политика            |                                  | 11
 ЭКОНОМИКА и бизнес |                                  | 04
Силовые структуры   |                                  | 02 03 16
Қоғам               |                                  | 14
Новости / Спорт     |                                  | 15
Спорт / Новости     |                                  | 15
                    | https://a.example/sport/1        | 15
Бывший СССР         |                                  |
Что почитать        |                                  |
В мире              | https://a.example/sport/1        |
                    | https://a.example/news/politics/ | 11
                    | https://a.example/2024/05/1.html |
                    | http://[                         |
"""


@pytest.mark.parametrize(
    ("rubric", "url", "numbers"),
    [[cell.strip() for cell in row.split("|")] for row in RUBRICS.strip("\n").splitlines()],
)
def test_rubric_topics(rubric, url, numbers):
    expected = {f"medtop:{number}000000" for number in numbers.split()}
    assert rubric_topics(rubric or None, url or None) == expected


def test_rubrics_are_many_and_spelled_once():
    rubrics = [rubric for rubric, *_ in read_table("rubrics.tsv")]
    assert len(rubrics) >= 300 and len(rubrics) == len(set(rubrics))
    assert all(rubric == rubric.lower().replace("ё", "е") for rubric in rubrics)


def test_a_rubric_is_evidence_but_not_the_last_word(annotator):
    hockey = "Хоккейный клуб выиграл."
    articles = [
        Article(doc_id=str(n), text=hockey, rubric=rubric)
        for n, rubric in enumerate([None, "Политика"])
    ]
    frames = annotator.annotate(articles, frames=["topics"])
    assert frames.articles["topic"].tolist()[:2] == ["medtop:15000000"] * 2
    assert frames.articles["rubric"].tolist()[1] == "Политика"
    sport = frames.topics.query("topic == 'medtop:15000000'").set_index("doc_id")["score"]
    assert sport["1"] < sport["0"]
    assert disagreements(frames.articles)["doc_id"].tolist() == ["1"]


PROBABILITIES = st.lists(
    st.sampled_from([0.0, 1.0]) | st.floats(0.01, 0.99), min_size=len(TOPICS), max_size=len(TOPICS)
)


@given(
    st.lists(
        st.tuples(PROBABILITIES, st.frozensets(st.sampled_from(TOPICS), max_size=3)), max_size=4
    )
)
def test_rubrics_move_odds(articles):
    before = np.array([chance for chance, _ in articles]).reshape(-1, len(TOPICS))
    expected = [topics for _, topics in articles]
    after = with_rubrics(before, expected)
    assert ((after >= 0) & (after <= 1)).all()
    sure = (before == 0) | (before == 1)
    assert (after[sure] == before[sure]).all()
    for row, topics in enumerate(expected):
        there = np.array([topic in topics for topic in TOPICS])
        if not topics:
            assert np.allclose(after[row], before[row])
            continue
        open_ = ~sure[row]
        assert (after[row] > before[row])[there & open_].all()
        assert (after[row] < before[row])[~there & open_].all()
        for chosen in (there & open_, ~there & open_):  # all odds alike
            new, old = after[row][chosen], before[row][chosen]
            times = new / (1 - new) * (1 - old) / old
            assert np.allclose(times, times[:1])
    assert np.allclose(with_rubrics(before[::-1], expected[::-1]), after[::-1])


def test_rubrics_say_nothing_of_topics_of_a_users_own(annotator):
    hockey = OwnTopic("Хоккей", seeds=("хоккей", "шайба", "вратарь"))
    own = annotator.with_options(topics=Taxonomy((hockey,)))
    text = "Вратарь отбил шайбу, хоккеисты победили."
    frames = own.annotate([Article(doc_id="1", text=text, rubric="Политика")])
    assert frames.articles["topic"].tolist() == ["Хоккей"]
    with pytest.raises(OptionError, match="Хоккей"):
        disagreements(frames.articles)


def test_the_explanation_is_of_the_topic_that_the_article_has(annotator):
    given = Article(doc_id="1", text="Клуб оспорил решение суда.", rubric="Спорт")
    topic = annotator.annotate([given]).articles["topic"][0]
    assert set(annotator.explain(given)["topic"]) == {topic} == {"medtop:15000000"}
    law = annotator.explain(given, "topic", topic="medtop:02000000")
    assert law["lemma"][0] == "суд" and set(law["topic"]) == {"medtop:02000000"}
    with pytest.raises(OptionError, match="нет такой"):
        annotator.explain(given, topic="нет такой")


def test_shares_of_every_topic_of_an_article(annotator):
    frames = annotator.annotate(
        "Суд приговорил к тюрьме министра здравоохранения: врачи больниц и депутаты ждут отставки."
    )
    found = shares(frames, by="lang", of="topics")
    assert sorted(found["value"]) == sorted(frames.topics["label"])
    assert found["share"].eq(1).all() and len(found) > 1


def test_a_rubric_for_others_counts_less():
    expected = [frozenset({TOPICS[0]})]
    after = with_rubrics(np.full((1, len(TOPICS)), 0.5), expected)[0]
    assert after[0] - 0.5 > 2 * (0.5 - after[1]) > 0
