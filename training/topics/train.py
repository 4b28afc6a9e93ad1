"""Trains the topic model from news with rubrics, editors' tags and seed words.

    python training/topics/train.py                    # train on all, write the weights
    python training/topics/train.py --leave-out lenta  # score on an outlet not seen

`NEWSNLP_DATA` names the folder of the data; scikit-learn is needed (`newsnlp[train]`). The README
beside this file is the model card.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

import newsnlp.topics
from newsnlp import Annotator, Article, Frames, read
from newsnlp.dictionary import Dictionary
from newsnlp.schema import TOPICS, ZONES
from newsnlp.weights import WordKeys, WordVectors, load_vectors, parts_of_keys
from newsnlp.words import fold

HERE = Path(__file__).parent
WEIGHTS = Path(newsnlp.topics.__file__).parent / "data" / newsnlp.topics.WEIGHTS
SEED = 20240501
N_TOPICS = len(TOPICS)

ARTICLES = ("russia_today", "ria", "tengrinews", "lenta_headlines")
UNLABELLED = ("collection5", "nerel_train", "nerel_dev", "factrueval_devset")
SCORED = ("russia_today", "ria", "lenta")

UPOS_WEIGHT = {"NOUN": 1.0, "PROPN": 1.0, "ADJ": 1.0, "X": 1.0, "VERB": 0.5, "ADV": 0.5}
ZONE_WEIGHT = {"title": 2.0, "lead": 1.0, "body": 1.0}
DICTIONARY_UPOS = ("NOUN", "ADJ", "VERB", "ADV")
VIEWS = ("title", "opening", "all")

N_FEATURES = 60_000
MIN_ARTICLES, MIN_OUTLETS = 3, 2  # a lemma of one outlet may be its habit
REGULARISATION = 0.5  # scikit-learn's C
ROUNDS = 2  # the second takes up what the first says within a rubric's set
MIN_VOTES = 1.5  # below, an article without a rubric that says something is left out
BROAD_RUBRIC = 6  # a rubric with so many topics says nothing without votes
LEAD_VOTE = 0.4  # a seed in the lead beside one in the title
SEED_DRAWS, SEED_WEIGHT = 200, 10.0  # made headlines a subject; weight of a draw
WINDOWS, WINDOW_WEIGHT = 1500, 500.0  # stretches of text with seeds a topic; weight of a topic
ABSTENTION = 0.05  # on the outlet and view with the most

Floats = npt.NDArray[np.float32]
Word = tuple[str, float]  # its lemma and the weight of its part of speech
Words = list[Word]
Rubrics = dict[tuple[str, str], frozenset[int]]


def lemma_key(lemma: str) -> str:
    """A lemma in the spelling that the model knows: lower case, ё as е."""
    return fold(lemma).replace("ё", "е")


@dataclass(frozen=True, slots=True)
class Doc:
    """An article with its lemmas and their weights by part of speech."""

    source: str
    rubric: str
    tags: tuple[str, ...]
    title: Words
    lead: Words
    body: Words

    def view(self, name: str) -> Words:
        """The article's title, its title and opening, or all of it."""
        if name == "title":
            return self.title
        twice = [(lemma, weight * ZONE_WEIGHT["title"]) for lemma, weight in self.title]
        if name == "opening":
            return twice + (self.lead or self.body[:25])
        return twice + self.lead + self.body


# --- reading -------------------------------------------------------------------------------------


def table(name: str) -> Iterator[list[str]]:
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split("\t")


def topic_set(cell: str) -> frozenset[int]:
    return frozenset(
        TOPICS.index(f"medtop:{code.removeprefix('medtop:')}") for code in cell.split()
    )


def rubric_topics(data: Path) -> Rubrics:
    lines = (data / "rubric_topics.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")][1:]
    return {(source, rubric): topic_set(cell) for source, rubric, cell in rows if cell != "-"}


def data_files(data: Path) -> list[Path]:
    names = [f"articles/{name}" for name in ARTICLES] + [f"ner/{name}" for name in UNLABELLED]
    return [data / f"{name}.jsonl.gz" for name in names]


def data_hash(data: Path) -> str:
    digest = hashlib.sha256()
    tables = [
        data / "rubric_topics.tsv",
        *(HERE / name for name in ("seeds.tsv", "tags.tsv", "stop.tsv")),
    ]
    for path in [*data_files(data), *tables]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def raw_articles(path: Path) -> Iterator[Article]:
    """Articles of a file; in the corpora of names a short first line is the headline."""
    if path.parent.name == "articles":
        yield from read(path)
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            text = json.loads(line)["text"]
            head, _, rest = text.partition("\n")
            title, body = (head, rest) if len(head) < 200 and rest.strip() else (None, text)
            yield Article(doc_id=number, title=title, text=body)


@dataclass(frozen=True, slots=True)
class Tagged:
    """An article as the tagger read it: codes into the distinct readings of all articles."""

    source: str
    rubric: str
    tags: tuple[str, ...]
    title: list[int]
    lead: list[int]
    body: list[int]


Reading = tuple[int, str, float]  # row of the word's vector, its lemma, weight of its UPOS


def read_tagged(data: Path) -> tuple[list[Reading], list[Tagged]]:
    """All articles, tagged, and the distinct readings of their words."""
    annotator = Annotator(layout="plain")
    codes: dict[Reading, int] = {}
    result = []
    for path in data_files(data):
        source = path.name.removesuffix(".jsonl.gz").removesuffix("_headlines")
        source = source if path.parent.name == "articles" else "corpora of names"
        articles = {str(n): article for n, article in enumerate(raw_articles(path))}
        inputs = (
            Article(doc_id=n, title=a.title, lead=a.lead, text=a.text) for n, a in articles.items()
        )
        for frames in annotator.stream(inputs, frames=["zones", "sentences", "tokens"]):
            for doc_id, words in codes_by_zone(frames, annotator.models.keys, codes).items():
                article = articles[doc_id]
                tags = tuple(tag.strip().lower() for tag in article.tags)
                result.append(Tagged(source, article.rubric or "", tags, *words))
    return list(codes), result


def codes_by_zone(
    frames: Frames, keys: WordKeys, codes: dict[Reading, int]
) -> dict[str, tuple[list[int], list[int], list[int]]]:
    """Codes of the readings of title, lead and body of each article; new ones are added."""
    tokens = frames.tokens[["doc_id", "sentence_id", "text", "lemma", "upos"]]
    sentences = frames.sentences[["doc_id", "sentence_id", "zone_id"]]
    zones = frames.zones[["doc_id", "zone_id", "zone"]]
    tokens = tokens.merge(sentences, on=["doc_id", "sentence_id"]).merge(
        zones, on=["doc_id", "zone_id"]
    )
    result: dict[str, tuple[list[int], list[int], list[int]]] = {
        doc_id: ([], [], []) for doc_id in frames.articles["doc_id"]
    }
    place = {"title": 0, "lead": 1, "body": 2}
    row, _ = parts_of_keys(keys.of(tokens["text"].tolist()))
    columns = (tokens[name].tolist() for name in ("doc_id", "zone", "lemma", "upos"))
    for number, doc_id, zone, lemma, upos in zip(row.tolist(), *columns, strict=True):
        if zone in place:
            reading = number, lemma_key(lemma), UPOS_WEIGHT.get(upos, 0.0)
            result[doc_id][place[zone]].append(codes.setdefault(reading, len(codes)))
    return result


def cached_tagged(data: Path, cache: Path | None) -> tuple[list[Reading], list[Tagged]]:
    if cache and cache.exists():
        with gzip.open(cache, "rt", encoding="utf-8") as lines:
            readings = [tuple(reading) for reading in json.loads(next(lines))]
            return readings, [Tagged(*json.loads(line)) for line in lines]
    readings, tagged = read_tagged(data)
    if cache:
        with gzip.open(cache, "wt", encoding="utf-8", compresslevel=1) as file:
            for record in (readings, *map(astuple, tagged)):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return readings, tagged


# --- words ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forms:
    """What each word that has a vector counts as; None for those that say nothing of a topic.

    `known` are the lemmas that the dictionary has, and that have a vector.
    """

    words: list[Word | None]
    known: frozenset[str]

    @classmethod
    def build(
        cls, vectors: WordVectors, readings: Sequence[Reading], tagged: Sequence[Tagged]
    ) -> Forms:
        """Each word's most frequent reading in the articles, else the dictionary's first."""
        words, known = dictionary_readings(vectors)
        counts: Counter[int] = Counter()
        for doc in tagged:
            counts.update(doc.title + doc.lead + doc.body)
        for code, _ in reversed(counts.most_common()):
            row, *word = readings[code]
            words[row] = tuple(word)
        words[vectors.unknown] = None
        return cls([word if word and word[1] else None for word in words], known)

    def docs(self, readings: Sequence[Reading], tagged: Sequence[Tagged]) -> list[Doc]:
        """Articles whose words count as their forms tell."""
        words = [self.words[row] for row, _, _ in readings]

        def known_words(codes: list[int]) -> Words:
            return [word for code in codes if (word := words[code])]

        return [
            Doc(
                doc.source, doc.rubric, doc.tags, *map(known_words, (doc.title, doc.lead, doc.body))
            )
            for doc in tagged
        ]


def dictionary_readings(vectors: WordVectors) -> tuple[list[Word | None], frozenset[str]]:
    """The dictionary's first reading of each word that has a vector, and its lemmas among them."""
    dictionary = Dictionary()
    words: list[Word | None] = [None] * len(vectors.rows)
    known = set()
    for word, row in vectors.rows.items():
        parses = dictionary.parses(word) if word.isalpha() else []
        if parses:
            lemma, upos = lemma_key(parses[0].lemma), parses[0].upos
            words[row] = lemma, UPOS_WEIGHT.get(upos, 0.0)
            if lemma == word and len(word) > 2 and word[0] >= "а" and upos in DICTIONARY_UPOS:
                known.add(lemma)
    return words, frozenset(known)


# --- features ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the tables say: seed lemmas by subject, topics of a lemma, topics of a tag."""

    subjects: tuple[tuple[int, tuple[str, ...]], ...]
    lemmas: dict[str, frozenset[int]]
    tags: dict[str, frozenset[int]]
    stop: frozenset[str]

    @classmethod
    def read(cls) -> Evidence:
        """Read the tables beside this file."""
        rows = [
            (TOPICS.index(topic), tuple(lemma_key(lemma) for lemma in lemmas.split()))
            for topic, _, lemmas in table("seeds.tsv")
        ]
        topics: dict[str, set[int]] = {}
        for topic, lemmas in rows:
            for lemma in lemmas:
                topics.setdefault(lemma, set()).add(topic)
        return cls(
            tuple(rows),
            {lemma: frozenset(found) for lemma, found in topics.items()},
            {tag: topic_set(cell) for tag, cell in table("tags.tsv")},
            frozenset(lemma_key(word) for _, words in table("stop.tsv") for word in words.split()),
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The features: row, idf and word vector of a lemma; `own` are those with own weights."""

    rows: dict[str, int]
    idf: Floats
    vectors: Floats
    own: npt.NDArray[np.int64]

    @classmethod
    def build(cls, docs: Sequence[Doc], evidence: Evidence, known: frozenset[str]) -> Lexicon:
        """Lemmas of several outlets, seeds, and what word vectors and dictionary know."""
        articles: Counter[str] = Counter()
        outlets: dict[str, set[str]] = {}
        for doc in docs:
            for lemma in {lemma for lemma, _ in doc.view("all")} - evidence.stop:
                articles[lemma] += 1
                outlets.setdefault(lemma, set()).add(doc.source)
        navec = load_vectors()
        common = {
            lemma
            for lemma, count in articles.items()
            if len(lemma) > 1 and count >= MIN_ARTICLES and len(outlets[lemma]) >= MIN_OUTLETS
        } | set(evidence.lemmas)
        seen = {lemma for lemma in articles if len(lemma) > 1 and lemma in navec.rows}
        lemmas = sorted((common | seen | known) - evidence.stop)
        counts = np.array([max(articles[lemma], 2) for lemma in lemmas])
        row = np.array([navec.rows.get(lemma, -1) for lemma in lemmas])
        vectors = np.zeros((len(lemmas), 300), np.float32)
        found = navec[row[row >= 0]]
        found -= found.mean(axis=0)  # what all words share tells no topic
        vectors[row >= 0] = found / np.linalg.norm(found, axis=1, keepdims=True)
        own = np.array([n for n, lemma in enumerate(lemmas) if lemma in common])
        idf = (np.log((1 + len(docs)) / (1 + counts)) + 1).astype(np.float32)
        return cls({lemma: n for n, lemma in enumerate(lemmas)}, idf, vectors, own)

    def matrix(self, views: Iterable[Words]) -> sp.csr_matrix:
        """Views as rows of length one, as `TopicModel.vectors` makes them."""
        starts, columns, values = [0], [], []
        for words in views:
            counts: dict[int, float] = {}
            for lemma, weight in words:
                if (row := self.rows.get(lemma)) is not None:
                    counts[row] = counts.get(row, 0.0) + weight
            column = np.fromiter(counts, np.int64, len(counts))
            value = np.log1p(np.fromiter(counts.values(), float, len(counts))) * self.idf[column]
            columns.append(column)
            values.append(value / max(np.sqrt(value @ value), 1e-9))
            starts.append(starts[-1] + len(column))
        data = np.concatenate(values).astype(np.float32)
        return sp.csr_matrix(
            (data, np.concatenate(columns), np.array(starts)), (len(starts) - 1, len(self.rows))
        )

    def inputs(self, matrix: sp.csr_matrix) -> sp.csr_matrix:
        """What the regression sees: the lemmas with own weights, and the summed word vectors."""
        return sp.hstack([matrix[:, self.own], sp.csr_matrix(matrix @ self.vectors)]).tocsr()


# --- labels --------------------------------------------------------------------------------------


def votes(doc: Doc, evidence: Evidence) -> Floats:
    result = np.zeros(N_TOPICS, np.float32)
    ballots = [(1.0, evidence.tags.get(tag)) for tag in doc.tags]
    ballots += [(1.0, evidence.lemmas.get(lemma)) for lemma in {lemma for lemma, _ in doc.title}]
    opening = {lemma for lemma, _ in doc.lead or doc.body[:25]}
    ballots += [(LEAD_VOTE, evidence.lemmas.get(lemma)) for lemma in opening]
    for weight, topics in ballots:
        for topic in topics or ():
            result[topic] += weight / len(topics or ())
    return result


def allowed(doc: Doc, rubrics: Rubrics) -> Floats:
    topics = rubrics.get((doc.source, doc.rubric))
    result = np.ones(N_TOPICS, np.float32)
    if topics is not None:
        result[[topic for topic in range(N_TOPICS) if topic not in topics]] = 0
    return result


def made_headlines(
    docs: Sequence[Doc], evidence: Evidence, rng: random.Random
) -> tuple[list[Words], list[int]]:
    """Seeds of one subject among lemmas of headlines that are no seeds."""
    filler = [pair for doc in docs for pair in doc.title if pair[0] not in evidence.lemmas]
    views, topics = [], []
    for topic, seeds in evidence.subjects:
        for _ in range(SEED_DRAWS):
            drawn = rng.sample(seeds, min(len(seeds), rng.choice((1, 2, 3))))
            noise = rng.sample(filler, rng.choice((0, 1, 2, 3, 4)))
            views.append([(lemma, 1.0) for lemma in drawn] + noise)
            topics.append(topic)
    return views, topics


def seeded_windows(
    docs: Sequence[Doc], evidence: Evidence, rng: random.Random
) -> tuple[list[Words], list[int]]:
    """Stretches of text with several seeds of one topic, half of the seeds taken out.

    They bring what is said of a topic in articles about others: the small classes live on it.
    """
    single = {lemma: min(topics) for lemma, topics in evidence.lemmas.items() if len(topics) == 1}
    found: list[list[Words]] = [[] for _ in TOPICS]
    for doc in docs:
        words = doc.lead + doc.body
        size = rng.choice((6, 8, 10, 14))
        for start in range(0, len(words) - size, size):
            window = words[start : start + size]
            seeds = {lemma for lemma, _ in window} & single.keys()
            ranked = Counter(single[lemma] for lemma in seeds).most_common(2)
            if not ranked or ranked[0][1] < max(2, 0.15 * size):
                continue
            if len(ranked) == 1 or ranked[1][1] * 2 < ranked[0][1]:
                found[ranked[0][0]].append(window)
    views, topics = [], []
    for topic, windows in enumerate(found):
        for window in rng.sample(windows, min(WINDOWS, len(windows))):
            kept = [pair for pair in window if single.get(pair[0]) != topic or rng.random() > 0.5]
            views.append(kept)
            topics.append(topic)
    return views, topics


# --- training ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of all lemmas, those by way of word vectors added in: (features, 17); and biases."""

    lexicon: Lexicon
    weights: Floats
    bias: Floats


def fit(docs: Sequence[Doc], evidence: Evidence, rubrics: Rubrics, known: frozenset[str]) -> Fitted:
    rng = random.Random(SEED)
    lexicon = Lexicon.build(docs, evidence, known)
    vote = np.array([votes(doc, evidence) for doc in docs])
    mask = np.array([allowed(doc, rubrics) for doc in docs])
    prior = mask * np.exp(vote - vote.max(axis=1, keepdims=True))
    known = (mask.sum(axis=1) < BROAD_RUBRIC) | (vote.max(axis=1) >= MIN_VOTES)
    labels = prior / prior.sum(axis=1, keepdims=True)
    views = [lexicon.inputs(lexicon.matrix(doc.view(name) for doc in docs)) for name in VIEWS]
    extra = []
    for make, weight in ((made_headlines, None), (seeded_windows, WINDOW_WEIGHT)):
        words, topics = make(docs, evidence, rng)
        size = np.bincount(topics, minlength=N_TOPICS)
        per_topic = (
            SEED_WEIGHT * SEED_DRAWS / size if weight is None else weight / np.maximum(size, 200)
        )
        extra.append((lexicon.inputs(lexicon.matrix(words)), np.array(topics), per_topic))
    for _ in range(ROUNDS):
        model = regress(views, labels, known, extra)
        guess = np.mean([model.predict_proba(view) for view in views], axis=0)
        labels = prior * np.maximum(guess, 1e-4)
        labels /= labels.sum(axis=1, keepdims=True)
    weights = lexicon.vectors @ model.coef_[:, len(lexicon.own) :].T
    weights[lexicon.own] += model.coef_[:, : len(lexicon.own)].T
    weights -= weights.mean(axis=1, keepdims=True)  # the softmax does not see it
    return Fitted(lexicon, weights.astype(np.float32), model.intercept_.astype(np.float32))


def regress(
    views: Sequence[sp.csr_matrix],
    labels: Floats,
    known: npt.NDArray[np.bool_],
    extra: Sequence[tuple[sp.csr_matrix, npt.NDArray[np.int64], Floats]],
) -> LogisticRegression:
    """Logistic regression; an article counts once for each topic that it may have."""
    mass = labels[known].sum(axis=0)
    balance = mass.sum() / N_TOPICS / np.maximum(mass, 5)
    doc, topic = np.nonzero((labels > 0.08) & known[:, None])
    weight = labels[doc, topic] * balance[topic] / len(views)
    rows = [view[doc] for view in views] + [matrix for matrix, _, _ in extra]
    targets = [topic] * len(views) + [topics for _, topics, _ in extra]
    weights = [weight] * len(views) + [per_topic[topics] for _, topics, per_topic in extra]
    model = LogisticRegression(C=REGULARISATION, max_iter=60, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(sp.vstack(rows).tocsr(), np.concatenate(targets), np.concatenate(weights))


# --- scoring and writing -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Logits of an outlet's articles whose rubric says something, with the right topics.

    `size` counts the distinct known lemmas of an article: the longer, the larger its logits.
    """

    name: str
    rubric: list[str]
    right: npt.NDArray[np.bool_]
    logits: Floats
    size: Floats


@dataclass(frozen=True, slots=True)
class Softness:
    """Temperature of an article: `temperature * size ** exponent`."""

    temperature: float
    exponent: float

    def probabilities(self, held_out: HeldOut) -> Floats:
        """Shape (articles, 17)."""
        divisor = self.temperature * np.maximum(held_out.size, 1)[:, None] ** self.exponent
        logits = held_out.logits / divisor
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def hold_out(
    outlet: str,
    docs: Sequence[Doc],
    evidence: Evidence,
    rubrics: Rubrics,
    known: frozenset[str],
) -> list[HeldOut]:
    """Train without an outlet and read it, from headlines alone and whole."""
    fitted = fit([doc for doc in docs if doc.source != outlet], evidence, rubrics, known)
    tested = [doc for doc in docs if doc.source == outlet and (outlet, doc.rubric) in rubrics]
    right = np.array([allowed(doc, rubrics) for doc in tested]) > 0
    rubric = [doc.rubric for doc in tested]
    result = []
    for view in ("title", "all") if any(doc.body for doc in tested) else ("title",):
        matrix = fitted.lexicon.matrix(doc.view(view) for doc in tested)
        logits = matrix @ fitted.weights + fitted.bias
        result.append(HeldOut(f"{outlet}, {view}", rubric, right, logits, np.diff(matrix.indptr)))
    return result


def soften(held_out: Sequence[HeldOut]) -> Softness:
    """The temperature under which the right sets of narrow rubrics are the most likely."""

    def loss(softness: Softness) -> float:
        losses = []
        for one in held_out:
            narrow = one.right.sum(axis=1) < BROAD_RUBRIC
            chance = (softness.probabilities(one) * one.right).sum(axis=1)[narrow]
            losses.append(-np.log(np.maximum(chance, 1e-6)).mean())
        return float(np.mean(losses))

    grid = [
        Softness(temperature, exponent)
        for temperature in np.geomspace(0.2, 4, 40).round(3).tolist()
        for exponent in np.linspace(-0.4, 0.8, 25).round(2).tolist()
    ]
    return min(grid, key=loss)


def report(held_out: HeldOut, softness: Softness, threshold: float) -> pd.DataFrame:
    """Share of hits by rubric; an abstention is a miss."""
    chance = softness.probabilities(held_out)
    best = chance.argmax(axis=1)
    sure = chance.max(axis=1) >= threshold
    hit = held_out.right[np.arange(len(best)), best] & sure
    rows = pd.DataFrame({"rubric": held_out.rubric, "hit": hit, "abstained": ~sure})
    return rows.groupby("rubric").agg(
        n=("hit", "size"), hit=("hit", "mean"), abstained=("abstained", "mean")
    )


def calibration_error(held_out: HeldOut, softness: Softness) -> float:
    """Expected calibration error of the first topic, ten bins."""
    chance = softness.probabilities(held_out)
    best, top = chance.argmax(axis=1), chance.max(axis=1)
    hit = held_out.right[np.arange(len(best)), best]
    bins = np.minimum((top * 10).astype(int), 9)
    return float(sum(abs((hit - top)[bins == b].sum()) for b in range(10)) / len(hit))


def write(fitted: Fitted, forms: Forms, softness: Softness, threshold: float, path: Path) -> None:
    """Write the lemmas that say most, with weights in eight bits, and what each word counts as."""
    strength = np.abs(fitted.weights).max(axis=1) * fitted.lexicon.idf
    kept = np.sort(np.argsort(-strength, kind="stable")[:N_FEATURES])
    names = list(fitted.lexicon.rows)
    lemmas = [names[row] for row in kept]
    rows = {lemma: row for row, lemma in enumerate(lemmas)}
    word_lemma = [rows.get(word[0], N_FEATURES) if word else N_FEATURES for word in forms.words]
    word_weight = [word[1] if word else 0.0 for word in forms.words]
    scale = np.abs(fitted.weights[kept]).max() / 127
    np.savez_compressed(
        path,
        lemmas=np.frombuffer("\n".join(lemmas).encode(), np.uint8),
        idf=fitted.lexicon.idf[kept].astype(np.float16),
        weights=np.round(fitted.weights[kept] / scale).astype(np.int8),
        scale=np.float32(scale),
        bias=fitted.bias - fitted.bias.mean(),
        temperature=np.float32(softness.temperature),
        length_exponent=np.float32(softness.exponent),
        threshold=np.float32(threshold),
        word_lemma=np.array(word_lemma, np.uint16),
        word_weight=np.array(word_weight, np.float16),
        zone_weight=np.array([ZONE_WEIGHT.get(name, 0) for name in ZONES], np.float32),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--leave-out", choices=SCORED, help="only score on this outlet")
    parser.add_argument("--cache", type=Path, help="file that keeps the lemmatised articles")
    options = parser.parse_args()
    data = Path(os.environ["NEWSNLP_DATA"])
    print("data", data_hash(data), "seed", SEED)
    evidence, rubrics = Evidence.read(), rubric_topics(data)
    readings, tagged = cached_tagged(data, options.cache)
    forms = Forms.build(load_vectors(), readings, tagged)
    docs = forms.docs(readings, tagged)
    print(len(docs), "articles:", dict(Counter(doc.source for doc in docs)))
    outlets = [options.leave_out] if options.leave_out else list(SCORED)
    held_out = [
        one for outlet in outlets for one in hold_out(outlet, docs, evidence, rubrics, forms.known)
    ]
    softness = soften(held_out)
    tops = [softness.probabilities(one).max(axis=1) for one in held_out]
    threshold = round(float(min(np.quantile(top, ABSTENTION) for top in tops)), 3)
    print(softness, "threshold", threshold)
    for one in held_out:
        scores = report(one, softness, threshold)
        many = scores.loc[scores["n"] >= 10, "hit"].mean()
        print(
            f"\n{one.name}: balanced accuracy {scores['hit'].mean():.3f} "
            f"({many:.3f} over rubrics of at least 10), "
            f"calibration error {calibration_error(one, softness):.3f}"
        )
        print(scores.round(3).to_string())
    if not options.leave_out:
        fitted = fit(docs, evidence, rubrics, forms.known)
        write(fitted, forms, softness, threshold, WEIGHTS)
        print(WEIGHTS.name, WEIGHTS.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
