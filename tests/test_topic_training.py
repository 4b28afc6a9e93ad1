"""Topics that are learnt from labelled articles: as scikit-learn's classifiers, and to a file."""

import io
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

import newsnlp
from newsnlp import Archive, Article
from newsnlp.cli import main
from newsnlp.errors import ModelError, OptionError, SourceError

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from newsnlp.topic_training import NONE, TopicClassifier, _scores, learn_topics

SENTENCES = {
    "Деньги": (
        "Центробанк повысил ключевую ставку.", "Инфляция замедлилась, рубль укрепился.",
        "Банк выдал заёмщикам новые кредиты.", "Акции компании на бирже подешевели.",
        "Минфин разместил облигации.", "Вкладчики получили проценты по депозитам.",
    ),
    "Спорт": (
        "Вратарь отбил буллит в матче чемпионата.", "Форвард забил гол, и клуб вышел в финал.",
        "Биатлонистка выиграла гонку кубка.", "Тренер сборной назвал состав на турнир.",
        "Хоккеисты победили соперника в овертайме.", "Гимнастка завоевала золотую медаль.",
    ),
    "Стихия": (
        "Паводок затопил дома у реки.", "Землетрясение разрушило посёлок.",
        "Ураган повалил деревья и оборвал провода.", "Лесной пожар подошёл к деревне.",
        "Лавина сошла на горную дорогу.", "Спасатели вывезли жителей из подтопленных домов.",
    ),
}  # fmt: skip
TOPICS = tuple(SENTENCES)
NEW = {
    "Деньги": "Заёмщики банка рассчитались по кредитам.",
    "Спорт": "Хоккейный клуб выиграл матч.",
    "Стихия": "Река затопила посёлок.",
}
N = 45


def article(number):
    """The article of a number: every third is of one topic, and some have a title."""
    topic = TOPICS[number % len(TOPICS)]
    sentences = SENTENCES[topic]
    one, two = (sentences[(number // 3 + step) % len(sentences)] for step in (0, 1 + number % 2))
    title, text = ((None, f"{one} {two}"), (one, two), (one, None))[number // 9 % 3]
    return Article(doc_id=str(number), title=title, text=text, rubric=topic)


ARTICLES = [article(number) for number in range(N)]
LABELS = [each.rubric for each in ARTICLES]
TEXTS = [" ".join(filter(None, (each.title, each.text))) for each in ARTICLES]
NUMBERS = [TOPICS.index(label) for label in LABELS]


@pytest.fixture(scope="module")
def fitted():
    return TopicClassifier().fit(ARTICLES, LABELS)


@pytest.fixture(scope="module")
def plain():
    return learn_topics(ARTICLES)


@pytest.fixture(scope="module")
def learnt():
    rare = [Article(title="Театр показал балет.", rubric="Культура")] * 3
    silent = [Article(text=text, rubric=" Стихия\n") for text in ("Ъыъ.", "Ыъы.")]
    passed_over = [
        Article(text="Клуб выиграл матч."), Article(text=" ", title=" ", rubric="Спорт"),
        Article(text="Клуб.", rubric=float("nan")), Article(text=float("nan"), rubric="Спорт"),
        Article(text=5, rubric="Спорт"),
    ]  # fmt: skip
    return learn_topics([*rare, *ARTICLES, *silent, *passed_over])


@pytest.fixture(scope="module")
def topics_file(learnt, tmp_path_factory):
    path = tmp_path_factory.mktemp("topics") / "my.topics"
    with path.open("wb") as file:
        learnt.model.save(file)
    return path


# --- as scikit-learn's classifiers ---------------------------------------------------------------


def test_options_are_scikit_learns():
    one = TopicClassifier(regularisation=0.5, layout="plain")
    assert clone(one).get_params() == one.get_params()
    assert one.get_params() == {
        "regularisation": 0.5, "min_df": 2, "class_weight": "balanced", "max_iter": 60,
        "layout": "plain",
    }  # fmt: skip
    assert one.set_params(max_iter=5) is one and one.max_iter == 5
    with pytest.raises(NotFittedError):
        one.predict(TEXTS)


def test_new_articles(fitted):
    assert fitted.classes_.tolist() == list(TOPICS)
    assert fitted.predict(list(NEW.values())).tolist() == list(NEW)
    assert fitted.score(list(NEW.values()), list(NEW)) == 1
    assert not hasattr(clone(fitted), "classes_")


def test_cross_validation_in_a_pipeline():
    frame = pd.DataFrame({"head": TEXTS, "views": range(N)}, index=[7] * N)
    rename = FunctionTransformer(lambda table: table.rename(columns={"head": "text"}))
    model = Pipeline([("rename", rename), ("topics", TopicClassifier(max_iter=20))])
    assert cross_val_score(model, frame, LABELS, cv=2).min() > 0.5
    # Of an article with a title both views stay on one side.
    assert cross_val_score(TopicClassifier(max_iter=20), ARTICLES, LABELS, cv=2).min() > 0.5


def test_a_search_for_the_regularisation():
    search = GridSearchCV(
        TopicClassifier(max_iter=20), {"regularisation": [1e-9, 1.0]}, cv=2, scoring="neg_log_loss"
    ).fit(TEXTS, LABELS)
    assert search.best_params_ == {"regularisation": 1.0}
    assert search.predict(list(NEW.values())).tolist() == list(NEW)


SAME_TEXTS = {
    "tuple": tuple(TEXTS),
    "array": np.array(TEXTS),
    "objects": np.array(TEXTS, object),
    "series": pd.Series(TEXTS, index=["a"] * N),
    "frame": pd.DataFrame({"text": TEXTS, "id": [7] * N}),
    "articles": [Article(doc_id="1", text=text) for text in TEXTS],
    "series of articles": pd.Series([Article(doc_id="1", text=text) for text in TEXTS]),
}


@pytest.mark.parametrize("kind", SAME_TEXTS)
def test_kinds_of_sources(fitted, kind):
    expected = fitted.predict_proba(TEXTS)
    np.testing.assert_array_equal(fitted.predict_proba(SAME_TEXTS[kind]), expected)


def test_titles_are_learnt_too(fitted):
    frame = pd.DataFrame(
        {"title": [each.title for each in ARTICLES], "text": [each.text for each in ARTICLES]}
    )
    again = TopicClassifier().fit(frame, pd.Series(LABELS))
    np.testing.assert_array_equal(again.model_.weights, fitted.model_.weights)
    np.testing.assert_array_equal(again.predict_proba(frame), fitted.predict_proba(ARTICLES))
    joined = TopicClassifier().fit(TEXTS, LABELS)
    assert (joined.model_.weights != fitted.model_.weights).any()


@pytest.mark.parametrize("kind", [int, float, bool, "category", "str"])
def test_kinds_of_labels(kind):
    labels = pd.Series(NUMBERS if kind is not bool else [n == 1 for n in NUMBERS]).astype(kind)
    model = TopicClassifier(max_iter=10).fit(TEXTS, labels)
    assert model.classes_.tolist() == sorted(set(labels))
    assert (model.predict(TEXTS) == labels.to_numpy()).mean() > 0.9
    assert model.model_.topics == tuple(map(str, sorted(set(labels))))


def test_of_two_topics_the_decision_is_for_the_second():
    labels = np.array(["не спорт", "спорт"])[[int(label == "Спорт") for label in LABELS]]
    model = TopicClassifier(max_iter=10).fit(TEXTS, labels)
    texts = [*TEXTS, *NEW.values(), "", "Ъыъ."]
    decision = model.decision_function(texts)
    assert decision.shape == (len(texts),)
    assert ((decision > 0) == (model.predict(texts) == "спорт")).all()
    assert ((decision > 0) == (model.predict_proba(texts)[:, 1] > 0.5)).all()


def test_rare_topics_count_as_much_as_others():
    few = [number for number, label in enumerate(LABELS) if label != "Спорт" or number % 4 == 1]
    texts, labels = [TEXTS[row] for row in few], [LABELS[row] for row in few]
    balanced, counted = (
        TopicClassifier(class_weight=weight).fit(texts, labels).predict_proba(["", NEW["Спорт"]])
        for weight in ("balanced", None)
    )
    assert (balanced[:, 1] > counted[:, 1]).all()


def test_every_lemma_may_go_without_a_weight_of_its_own():
    model = TopicClassifier(min_df=N + 1).fit(TEXTS, LABELS)
    assert model.predict(list(NEW.values())).tolist() == list(NEW)


@pytest.mark.parametrize(
    ("lemma", "topic"), [("голкипер", "Спорт"), ("ипотека", "Деньги"), ("цунами", "Стихия")]
)
def test_a_lemma_that_no_article_has_is_weighed_by_its_vector(fitted, lemma, topic):
    assert not any(lemma in text.lower() for text in TEXTS)
    model = fitted.model_
    weights = model.weights[model.lexicon.lemmas.index(lemma)]
    assert TOPICS[weights.argmax()] == topic and weights.max() > 0
    assert fitted.predict([lemma]).tolist() == [topic]


def test_pickling(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(TEXTS), fitted.predict_proba(TEXTS))
    lexicon = replace(fitted.model_.lexicon, lemmas=fitted.model_.lexicon.lemmas[::-1])
    again.model_ = replace(again.model_, lexicon=lexicon)
    with pytest.raises(ModelError, match="fitted by another version of newsnlp: fit it again"):
        again.predict(TEXTS)


def test_several_at_once_and_blas_as_it_was_before():
    def blas_threads():
        return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}

    with threadpool_limits(2):
        before = blas_threads()
        with ThreadPoolExecutor(3) as pool:
            models = [TopicClassifier(max_iter=10) for _ in range(3)]
            results = list(pool.map(lambda model: model.fit(TEXTS, LABELS).predict(TEXTS), models))
        assert blas_threads() == before
    assert results[0].tolist() == results[1].tolist() == results[2].tolist()


TWO = ["Клуб выиграл матч.", "Банк снизил ставку."]
BAD = {
    "only one topic": (TWO, ["спорт"] * 2, {}, r"all topics there are: \['спорт'\]"),
    "no article": ([], [], {}, r"all topics there are: \[\]"),
    "fewer topics": (TWO, ["спорт"], {}, r"2 articles have topics of the shape \(1,\)"),
    "table of topics": (TWO, [["спорт"]] * 2, {}, r"of the shape \(2, 1\)"),
    "no topic": (TWO, ["спорт", None], {}, "row 1 has no topic"),
    "NaN": (TWO, pd.Series([float("nan"), 1.0]), {}, "row 0 has no topic"),
    "mixed": (TWO, np.array(["спорт", 1], object), {}, "cannot be sorted .* make them strings"),
    "unknown words": (["Ъыъ.", ""], ["а", "б"], {}, "no word of the articles is known"),
    "class_weight": (TWO, ["а", "б"], {"class_weight": "even"}, "neither 'balanced' nor None"),
    "regularisation": (TWO, ["а", "б"], {"regularisation": 0}, "0 is no number above 0"),
    "min_df": (TWO, ["а", "б"], {"min_df": 0}, "min_df=0 is no whole number from 1 up"),
    "max_iter": (TWO, ["а", "б"], {"max_iter": 0}, "max_iter=0 is no whole number from 1 up"),
    "layout": (TWO, ["а", "б"], {"layout": "book"}, "layout='book' is none of auto"),
    "value": (["Клуб.", 5], ["а", "б"], {}, "row 1: text is an int"),
    "no text": (pd.DataFrame({"a": TWO}), ["а", "б"], {}, "needs a column with texts or titles"),
}
KINDS = dict.fromkeys(("class_weight", "regularisation", "min_df", "max_iter", "layout"))


@pytest.mark.parametrize("case", BAD)
def test_errors_of_a_fit(case):
    articles, labels, options, message = BAD[case]
    kind = TypeError if case == "value" else OptionError if case in KINDS else SourceError
    model = TopicClassifier(**options)
    with pytest.raises(kind, match=message):
        model.fit(articles, labels)
    assert not hasattr(model, "classes_")


WORDS = st.sampled_from(["клуб", "гол", "банк", "рубль", "река", "паводок", "матч", "ъыъ", "и"])
SOME_TEXTS = st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=1, max_size=5)


@settings(max_examples=15, deadline=None)
@given(texts=SOME_TEXTS)
def test_probabilities(fitted, texts):
    together = fitted.predict_proba(texts)
    assert together.shape == (len(texts), len(TOPICS))
    assert (together >= 0).all() and (together <= 1).all()
    np.testing.assert_allclose(together.sum(axis=1), 1)
    assert (together.argmax(axis=1) == fitted.decision_function(texts).argmax(axis=1)).all()
    assert fitted.predict(texts).tolist() == [TOPICS[best] for best in together.argmax(axis=1)]
    for text, row in zip(texts, together, strict=True):
        np.testing.assert_allclose(fitted.predict_proba([text])[0], row, rtol=1e-6)


# --- learnt and scored ---------------------------------------------------------------------------


def test_learnt_topics_are_scored(learnt):
    assert learnt.model.topics == learnt.model.labels == TOPICS
    assert learnt.model.threshold == 0.5
    assert learnt.left_out == {"Культура": 1}  # the same text, three times
    summary = learnt.summary.iloc[0]
    assert (summary["n_articles"], summary["n_topics"]) == (N + 2, 3)
    assert 0.6 < summary["accuracy"] <= summary["accuracy_given"] <= 1
    assert summary["macro_f1"] == pytest.approx(learnt.scores["f1"].mean())
    assert 0 <= summary["calibration_error"] < 0.3
    counts = learnt.confusion
    assert counts.index.tolist() == list(TOPICS) and counts.columns.tolist() == [*TOPICS, NONE]
    assert counts.sum(axis=1).tolist() == learnt.scores["n_articles"].tolist() == [15, 15, 17]
    assert counts[NONE].sum() == round((1 - summary["coverage"]) * (N + 2))
    assert counts.loc["Стихия", NONE] >= 2  # in whose text no word is known


def test_few_articles_prove_little(plain):
    """Nearly all are told right, which does not make sure of others."""
    assert plain.summary["accuracy"][0] > 0.95
    assert 0.005 < plain.summary["calibration_error"][0] < 0.15


def test_the_same_articles_teach_the_same(plain):
    again = learn_topics(iter(ARTICLES))
    assert again.model.calibration == plain.model.calibration
    np.testing.assert_array_equal(again.model.weights, plain.model.weights)
    pd.testing.assert_frame_equal(again.confusion, plain.confusion)


def test_how_sure_is_sure_enough(annotator):
    wrong = [replace(each, rubric=TOPICS[n % 2]) for n, each in enumerate(ARTICLES[::7])]
    sure, unsure = (learn_topics([*ARTICLES, *wrong], min_score=least) for least in (0.9, 0))
    assert sure.summary["coverage"][0] < unsure.summary["coverage"][0] == 1
    assert sure.summary["accuracy"][0] == unsure.summary["accuracy"][0]
    assert sure.confusion[NONE].sum() > 0
    assert unsure.confusion[NONE].sum() == 0
    file = io.BytesIO()
    sure.model.save(file)
    topics = annotator.with_options(topics=("my.topics", file.getvalue())).annotate(TEXTS).topics
    assert (topics["score"] >= 0.9).all() and topics["doc_id"].nunique() < N


def test_a_classifier_of_ones_own_is_what_is_learnt(annotator):
    articles = [article(number) for number in range(40)]
    usual, other = (
        learn_topics(articles, min_articles=5, classifier=classifier)
        for classifier in (None, TopicClassifier(regularisation=0.01, class_weight=None))
    )
    assert not np.array_equal(usual.model.weights, other.model.weights)
    own = annotator.with_options(topics=other.model)
    assert own.annotate(articles[0]).info["topics"] == list(other.model.topics)
    assert own.options.topics[0] == "learnt.topics"


def test_the_same_text_comes_once():
    articles = [article(number) for number in range(40)]
    once, twice = (learn_topics(some, min_articles=5) for some in (articles, articles * 2))
    assert once.summary.equals(twice.summary)


def test_options_and_sources_of_learning():
    with pytest.raises(OptionError, match="min_articles=4 is below 5, the number of folds"):
        learn_topics(ARTICLES, min_articles=4)
    with pytest.raises(OptionError, match=r"min_score=1\.5 is no number from 0 to 1"):
        learn_topics(ARTICLES, min_score=1.5)
    with pytest.raises(OptionError, match="regularisation=-1 is no number above 0"):
        learn_topics(ARTICLES, classifier=TopicClassifier(regularisation=-1))
    with pytest.raises(OptionError, match="layout='book' is none of"):
        learn_topics(iter(()), layout="book")
    with pytest.raises(SourceError, match="0 of 3 topics have 16 articles or more"):
        learn_topics(ARTICLES, min_articles=16)
    with pytest.raises(SourceError, match="1 of 1 topics have 10 articles or more"):
        learn_topics([each for each in ARTICLES if each.rubric == "Спорт"])
    with pytest.raises(SourceError, match="none of 2 articles has a rubric and a text"):
        learn_topics([Article(text="Клуб."), Article(rubric="Спорт")])
    with pytest.raises(SourceError, match="no word of the articles is known"):
        learn_topics(Article(text="Ъ" * (n + 1), rubric=f"{n % 2}") for n in range(20))


def test_just_enough_articles_and_names_that_are_odd():
    odd = {"Спорт": NONE, "Деньги": "\ud800 деньги", "Стихия": "Стихия"}
    some = [replace(each, rubric=odd[each.rubric]) for each in ARTICLES[:15]]
    learnt = learn_topics(some, min_articles=5)
    assert learnt.model.topics == (NONE, "? деньги", "Стихия")
    assert learnt.confusion.to_numpy().sum(axis=1).tolist() == [5, 5, 5]
    learnt.model.save(io.BytesIO())


CHANCES = st.integers(2, 4).flatmap(
    lambda n: st.lists(
        st.tuples(st.integers(0, n - 1), st.lists(st.floats(0, 1), min_size=n, max_size=n)),
        max_size=20,
    ).map(lambda rows: [*((topic, [0.0] * n) for topic in range(n)), *rows])
)


@settings(max_examples=15, deadline=None)
@given(rows=CHANCES, min_score=st.floats(0, 1))
def test_scores_are_shares(rows, min_score):
    codes, chance = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    topics = list("абвг")[: chance.shape[1]]
    scores, summary, confusion = _scores(topics, codes, chance, min_score)
    assert scores[["precision", "recall", "f1"]].to_numpy().min() >= 0
    assert scores[["precision", "recall", "f1"]].to_numpy().max() <= 1
    shares = summary.iloc[0].drop(["n_articles", "n_topics"]).dropna()
    assert shares.between(0, 1).all()
    assert confusion.sum(axis=1).tolist() == np.bincount(codes).tolist()
    assert confusion[NONE].sum() == round(len(rows) * (1 - summary["coverage"][0]))


# --- in a file -----------------------------------------------------------------------------------


def test_learnt_topics_are_those_of_articles(annotator, topics_file):
    own = annotator.with_options(topics=topics_file)
    frames = own.annotate([*NEW.values(), "Ъыъ.", None])
    assert frames.info["topics"] == list(TOPICS)
    assert frames.info["options"]["topics"]["name"].endswith("my.topics")
    for name in ("articles", "topics"):
        assert frames[name]["topic"].cat.categories.tolist() == list(TOPICS)
    assert frames.articles["topic"].tolist()[:3] == list(NEW)
    assert frames.articles["topic_label"].tolist()[:3] == list(NEW)
    assert frames.articles["topic"].isna().tolist() == [False] * 3 + [True] * 2
    assert frames.topics["score"].between(0.5, 1).all()
    assert own.explain(NEW["Спорт"])["topic"][0] == "Спорт"
    rubric = Article(text=NEW["Спорт"], rubric="Экономика")
    assert own.annotate(rubric).articles["topic_score"][0] == frames.articles["topic_score"][1]


@settings(max_examples=10, deadline=None)
@given(texts=SOME_TEXTS)
def test_an_article_alone_and_in_a_batch(annotator, topics_file, texts):
    own = annotator.with_options(topics=topics_file)
    together = own.annotate(texts, frames=["topics"]).topics
    for number, text in enumerate(texts):
        alone = own.annotate(text, frames=["topics"]).topics
        there = together[together["doc_id"] == str(number)]
        assert alone["topic"].tolist() == there["topic"].tolist()
        np.testing.assert_allclose(alone["score"], there["score"], rtol=1e-6)


def test_what_was_learnt_is_what_is_read(annotator, learnt, topics_file):
    own = annotator.with_options(topics=topics_file)._topics()
    assert own.calibration.slope == pytest.approx(learnt.model.calibration.slope)
    vectors = annotator.topic_vectors([Article(text=text) for text in TEXTS])
    one, two = (model.probabilities(vectors, N) for model in (own, learnt.model))
    np.testing.assert_allclose(one, two, atol=2e-3)


def test_a_file_holds_no_pickle(topics_file):
    with np.load(topics_file, allow_pickle=False) as arrays:
        assert {"topics", "lemmas", "weights", "calibration"} <= set(arrays.files)
        assert all(arrays[name].dtype != object for name in arrays.files)


@pytest.mark.parametrize("size", [4, 100, -1000, -1])
def test_a_damaged_file_is_named(annotator, topics_file, tmp_path, size):
    damaged = tmp_path / "damaged.topics"
    damaged.write_bytes(topics_file.read_bytes()[:size])
    with pytest.raises(OptionError, match=r"damaged\.topics' holds no topics"):
        annotator.with_options(topics=damaged)


@pytest.mark.parametrize("name", ["topics", "labels", "parents", "weights", "calibration"])
def test_a_file_of_other_shapes_is_named(annotator, topics_file, tmp_path, name):
    with np.load(topics_file) as arrays:
        changed = dict(arrays)
    del changed[name]
    np.savez_compressed(tmp_path / "less.npz", **changed)
    with pytest.raises(OptionError, match=r"less\.npz' holds no topics"):
        annotator.with_options(topics=tmp_path / "less.npz")


# --- from the command line -----------------------------------------------------------------------


@pytest.fixture
def run(annotator, capsys, monkeypatch, tmp_path):
    """Run a command in an empty folder: status, output, messages."""
    monkeypatch.setattr(newsnlp, "Annotator", annotator.with_options)
    monkeypatch.chdir(tmp_path)

    def run(command):
        status = main(command.split())
        return status, *capsys.readouterr()

    return run


def write(path, articles=ARTICLES, label="rubric"):
    columns = {"title": "title", "text": "text", "rubric": label}
    frame = pd.DataFrame(
        [{to: getattr(each, of) for of, to in columns.items()} for each in articles]
    )
    frame.to_csv(path, index=False)


def test_train_then_annotate(run, tmp_path):
    few = [Article(text=f"Театр показал {what}.", rubric="Культура") for what in ("балет", "оперу")]
    write("labelled.csv", [*ARTICLES, *few], label="subject")
    status, output, messages = run(
        "topics train labelled.csv -o my.topics --columns rubric=subject --min-score 0.4"
    )
    assert status == 0
    for word in ("accuracy_given", "calibration_error", "precision", *TOPICS, NONE, "given"):
        assert word in output
    assert max(map(len, output.splitlines())) <= 100
    assert "rubric ← subject" in messages
    assert "my.topics: 3 topics" in messages
    assert "1 left out, of under 10 articles: Культура 2" in messages
    pd.DataFrame({"text": NEW.values()}).to_csv("new.csv", index=False)
    status, _, messages = run("annotate new.csv -o archive --topics my.topics")
    assert status == 0 and "3 ok" in messages
    articles = Archive("archive").frames("articles")
    assert articles["topic"].tolist() == list(NEW)
    assert articles["topic"].cat.categories.tolist() == list(TOPICS)
    assert Archive("archive").manifest["topics"] == list(TOPICS)
    for command in ("show new.csv --topics my.topics", "show archive"):
        status, output, _ = run(f"{command} --doc new.csv#2")
        assert status == 0 and "Спорт 0." in output
    assert run("annotate new.csv -o archive")[0] == 1  # topics of other kinds do not mix


def test_many_topics_with_long_names_fit_into_the_width(run):
    names = [f"Новости большого отдела и его соседей, часть {n}" for n in range(14)]
    many = [replace(each, rubric=names[n % 14]) for n, each in enumerate([*ARTICLES, *ARTICLES])]
    write("labelled.csv", many)
    status, output, messages = run("topics train labelled.csv -o my.topics --min-articles 5")
    assert status == 0 and "14 topics" in messages and "left out" not in messages
    assert max(map(len, output.splitlines())) <= 100
    confusion = output[output.index("\ngiven") :]
    assert "\n14 Новости большого отдела…" in confusion and "none" in confusion
    assert all(name in output[: output.index("\ngiven")] for name in names)


def test_what_cannot_be_read_is_told(run, tmp_path):
    write("labelled.csv")
    (tmp_path / "broken.jsonl").write_text("{", "utf-8")
    status, _, messages = run("topics train labelled.csv broken.jsonl -o my.topics")
    assert status == 1 and "broken.jsonl" in messages and "3 topics" in messages
    assert (tmp_path / "my.topics").is_file()
    for path in ("broken.jsonl", "none.csv"):
        status, output, messages = run(f"topics train {path} -o other.topics")
        assert (status, output) == (3, "")
        assert path in messages
    assert not (tmp_path / "other.topics").exists()


WRONG = {
    "topics": (2, "required"),
    "topics train labelled.csv": (2, "-o"),
    "topics train labelled.csv -o none/my.topics": (2, "there is no folder none"),
    "topics train labelled.csv -o .": (2, "is a folder"),
    "topics train labelled.csv -o my.topics --min-articles 4": (2, "below 5"),
    "topics train labelled.csv -o my.topics --min-articles 0": (2, "whole number"),
    "topics train labelled.csv -o my.topics --min-score 2": (2, "from 0 to 1"),
    "topics train labelled.csv -o my.topics --columns rubric=kind": (2, "'kind', which is not"),
    "topics train labelled.csv -o my.topics --columns rubric=": (1, "name the column of their"),
    "topics train labelled.csv -o my.topics --min-articles 16": (1, "0 of 3 topics have 16"),
    "annotate labelled.csv -o archive --topics none.topics": (2, "none.topics' cannot be read"),
    "annotate labelled.csv -o archive --topics labelled.csv": (2, "its columns are title"),
    "show labelled.csv --topics labelled.csv --doc labelled.csv#1": (2, "its columns are title"),
}


@pytest.mark.parametrize("command", WRONG)
def test_errors_are_told_with_the_right_status(run, tmp_path, command):
    write("labelled.csv")
    expected, message = WRONG[command]
    status, output, messages = run(command)
    assert (status, output) == (expected, "")
    assert message in messages and "Traceback" not in messages
    assert {path.name for path in tmp_path.iterdir()} == {"labelled.csv"}


def test_without_scikit_learn(run, monkeypatch):
    write("labelled.csv")
    monkeypatch.delitem(sys.modules, "newsnlp.topic_training")
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    status, output, messages = run("topics train labelled.csv -o my.topics")
    assert (status, output) == (1, "")
    assert 'pip install "newsnlp[train]"' in messages and messages.count("\n") == 1


@pytest.mark.parametrize("command", ["topics", "topics train"])
def test_help_shows_training_use_and_seed_words(run, tmp_path, annotator, command):
    status, output, _ = run(f"{command} --help")
    assert status == 0
    steps = ("topics train", "--topics my.topics", "--topics subjects.toml", "[[topic]]")
    places = [output.index(step, output.index("examples")) for step in steps]
    assert places == sorted(places)
    table = output[places[-1] :].partition("\n\n")[0]
    assert len(table.splitlines()) == 6
    (tmp_path / "subjects.toml").write_text(table, "utf-8")
    assert annotator.with_options(topics="subjects.toml").info()["topics"] == ["Хлопок", "Вода"]
