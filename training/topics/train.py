"""Trains the topic model from news that was read and labelled, and from seed words.

    python training/topics/train.py                    # train on all, write the weights
    python training/topics/train.py --leave-out ria    # score on an outlet not seen
    python training/topics/train.py --compare          # lemmas, word vectors, and both

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
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from scipy.optimize import minimize

import newsnlp.topics
from newsnlp import Annotator, Article, Frames, read
from newsnlp.dictionary import Dictionary
from newsnlp.rubrics import rubric_topics as told_by_rubric
from newsnlp.schema import TOPICS, ZONES
from newsnlp.scoring import calibration_error
from newsnlp.topic_training import Linear, fit_calibration, fit_linear, lemma_vectors
from newsnlp.topics import Calibration, Lexicon, TopicModel, quantised, topic_labels
from newsnlp.weights import WordKeys, WordVectors, load_vectors, parts_of_keys
from newsnlp.words import fold

HERE = Path(__file__).parent
WEIGHTS = Path(newsnlp.topics.__file__).parent / "data" / newsnlp.topics.WEIGHTS
SEED = 20240501
N_TOPICS = len(TOPICS)

ARTICLES = ("russia_today", "ria", "tengrinews", "lenta_headlines")
CORPORA = ("collection5", "nerel_train", "nerel_dev", "factrueval_devset")
SCORED = ("russia_today", "ria", "lenta_headlines")
# What is left out at once: outlets, and the rest.
GROUPS = {name: (name,) for name in SCORED} | {"rest": ("tengrinews", *CORPORA)}

UPOS_WEIGHT = {"NOUN": 1.0, "PROPN": 1.0, "ADJ": 1.0, "X": 1.0, "VERB": 0.5, "ADV": 0.5}
ZONE_WEIGHT = {"title": 2.0, "lead": 1.0, "body": 1.0}
DICTIONARY_UPOS = ("NOUN", "ADJ", "VERB", "ADV")
VIEWS = ("title", "opening", "all")
OPENING = 25  # words of an article without a lead

MIN_ARTICLES, MIN_OUTLETS = 3, 2  # a lemma of one outlet may be its habit
REGULARISATION = 2.0
VECTOR_LENGTHS = (0.3, 1.0)  # the mean of two fits wavers less
SHARES = {1: (1.0,), 2: (0.6, 0.4), 3: (0.5, 0.3, 0.2)}  # of topics, the main one first
BESIDE_RUBRIC = 0.05  # what a topic counts that the article's rubric does not have
SEED_DRAWS, SEED_WEIGHT = 200, 10.0  # made headlines a subject; weight of a draw
WINDOWS, WINDOW_WEIGHT = 1500, 500.0  # stretches of text with seeds a topic; weight of a topic
THRESHOLD = 0.25  # F1 of all topics hardly changes from 0.2 to 0.35
ABSTENTION = 0.15  # at which accuracy is told

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Word = tuple[str, float]  # its lemma and the weight of its part of speech
Words = list[Word]


def lemma_key(lemma: str) -> str:
    """A lemma in the spelling that the model knows: lower case, ё as е."""
    return fold(lemma).replace("ё", "е")


@dataclass(frozen=True, slots=True)
class Doc:
    """An article with its lemmas and their weights by part of speech."""

    source: str
    number: int
    rubric: str
    title: Words
    lead: Words
    body: Words

    def view(self, name: str) -> Words:
        """The article's title, its title and opening, or all of it."""
        if name == "title":
            return self.title
        twice = [(lemma, weight * ZONE_WEIGHT["title"]) for lemma, weight in self.title]
        if name == "opening":
            return twice + (self.lead or self.body[:OPENING])
        return twice + self.lead + self.body


# --- reading -------------------------------------------------------------------------------------


def table(path: Path) -> Iterator[list[str]]:
    for line in path.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split("\t")


def topic_rows(cell: str) -> list[int]:
    """Rows of topics that are told by the first digits of their QCodes."""
    return [int(code[:2]) - 1 for code in cell.split()]


@dataclass(frozen=True, slots=True)
class Labels:
    """What articles were read to be about, and what their rubrics say.

    `shares` (articles, 17): how much of each topic, by the mean of the readers; `told` whether
    any of them named it; `right` which topics count as right for the rubric, and `scored` whether
    the rubric says something.
    """

    shares: Floats
    told: Bools
    right: Bools
    scored: Bools

    @classmethod
    def read(cls, docs: Sequence[Doc], data: Path) -> Labels:
        """Read the table beside this file, and the one of rubrics."""
        readers = {
            (source, int(number)): [topic_rows(cell) for cell in cells.split("|")]
            for source, number, cells in table(HERE / "labels.tsv")
        }
        rubrics = {
            (source, rubric): topic_rows(cell)
            for source, rubric, cell in table(data / "rubric_topics.tsv")
            if source != "source" and cell != "-"
        }
        shares = np.zeros((len(docs), N_TOPICS), np.float32)
        right = np.zeros((len(docs), N_TOPICS), np.bool_)
        for row, doc in enumerate(docs):
            opinions = readers.get((doc.source, doc.number), ())
            for topics in opinions:
                shares[row, topics] += np.array(SHARES[len(topics)]) / len(opinions)
            right[row, rubrics.get((doc.source.removesuffix("_headlines"), doc.rubric), [])] = True
        return cls(shares, shares > 0, right, right.any(axis=1))

    def take(self, rows: Bools) -> Labels:
        """Those of some articles."""
        return Labels(*(getattr(self, name)[rows] for name in self.__slots__))


def data_files(data: Path) -> list[Path]:
    names = [f"articles/{name}" for name in ARTICLES] + [f"ner/{name}" for name in CORPORA]
    return [data / f"{name}.jsonl.gz" for name in names]


def data_hash(data: Path) -> str:
    digest = hashlib.sha256()
    tables = [
        data / "rubric_topics.tsv",
        *(HERE / name for name in ("labels.tsv", "seeds.tsv", "stop.tsv")),
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
    number: int
    rubric: str
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
        source = path.name.removesuffix(".jsonl.gz")
        articles = {str(n): article for n, article in enumerate(raw_articles(path))}
        inputs = (
            Article(doc_id=n, title=a.title, lead=a.lead, text=a.text) for n, a in articles.items()
        )
        for frames in annotator.stream(inputs, frames=["zones", "sentences", "tokens"]):
            for doc_id, words in codes_by_zone(frames, annotator.models.keys, codes).items():
                rubric = articles[doc_id].rubric or ""
                result.append(Tagged(source, int(doc_id), rubric, *words))
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
                doc.source,
                doc.number,
                doc.rubric,
                *map(known_words, (doc.title, doc.lead, doc.body)),
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
class Seeds:
    """Seed lemmas by subject, topics of a lemma, and lemmas that may say nothing."""

    subjects: tuple[tuple[int, tuple[str, ...]], ...]
    topics: dict[str, frozenset[int]]
    stop: frozenset[str]

    @classmethod
    def read(cls) -> Seeds:
        """Read the tables beside this file."""
        rows = [
            (TOPICS.index(topic), tuple(lemma_key(lemma) for lemma in lemmas.split()))
            for topic, _, lemmas in table(HERE / "seeds.tsv")
        ]
        topics: dict[str, set[int]] = {}
        for topic, lemmas in rows:
            for lemma in lemmas:
                topics.setdefault(lemma, set()).add(topic)
        stop = (words.split() for _, words in table(HERE / "stop.tsv"))
        return cls(
            tuple(rows),
            {lemma: frozenset(found) for lemma, found in topics.items()},
            frozenset(lemma_key(word) for words in stop for word in words),
        )


@dataclass(frozen=True, slots=True)
class Features:
    """Lemmas with their rows, how rare they are, their vectors; those with weights of their own."""

    rows: dict[str, int]
    idf: Floats
    vectors: Floats
    own: npt.NDArray[np.int64]

    @classmethod
    def build(cls, docs: Sequence[Doc], seeds: Seeds, known: frozenset[str]) -> Features:
        """Lemmas of several outlets, seeds, and what word vectors and dictionary know."""
        articles: Counter[str] = Counter()
        outlets: dict[str, set[str]] = {}
        for doc in docs:
            for lemma in {lemma for lemma, _ in doc.view("all")} - seeds.stop:
                articles[lemma] += 1
                outlets.setdefault(lemma, set()).add(doc.source)
        navec = load_vectors()
        common = {
            lemma
            for lemma, count in articles.items()
            if len(lemma) > 1 and count >= MIN_ARTICLES and len(outlets[lemma]) >= MIN_OUTLETS
        } | set(seeds.topics)
        seen = {lemma for lemma in articles if len(lemma) > 1 and lemma in navec.rows}
        lemmas = sorted((common | seen | known) - seeds.stop)
        counts = np.array([max(articles[lemma], 2) for lemma in lemmas])
        idf = (np.log((1 + len(docs)) / (1 + counts)) + 1).astype(np.float32)
        own = np.array([n for n, lemma in enumerate(lemmas) if lemma in common])
        return cls(
            {lemma: n for n, lemma in enumerate(lemmas)},
            idf,
            lemma_vectors(lemmas, navec, length=1.0),
            own,
        )

    def matrix(self, views: Iterable[Words]) -> sp.csr_matrix:
        """Views as rows of length one, as `Lexicon.vectors` makes them."""
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


# --- made examples -------------------------------------------------------------------------------


def made_headlines(
    docs: Sequence[Doc], seeds: Seeds, rng: random.Random
) -> tuple[list[Words], list[int]]:
    """Seeds of one subject among lemmas of headlines that are no seeds."""
    filler = [pair for doc in docs for pair in doc.title if pair[0] not in seeds.topics]
    views, topics = [], []
    for topic, lemmas in seeds.subjects:
        for _ in range(SEED_DRAWS):
            drawn = rng.sample(lemmas, min(len(lemmas), rng.choice((1, 2, 3))))
            noise = rng.sample(filler, rng.choice((0, 1, 2, 3, 4)))
            views.append([(lemma, 1.0) for lemma in drawn] + noise)
            topics.append(topic)
    return views, topics


def seeded_windows(
    docs: Sequence[Doc], seeds: Seeds, rng: random.Random
) -> tuple[list[Words], list[int]]:
    """Stretches of text with several seeds of one topic, half of the seeds taken out.

    They bring what is said of a topic in articles about others: the small classes live on it.
    """
    single = {lemma: min(topics) for lemma, topics in seeds.topics.items() if len(topics) == 1}
    found: list[list[Words]] = [[] for _ in TOPICS]
    for doc in docs:
        words = doc.lead + doc.body
        size = rng.choice((6, 8, 10, 14))
        for start in range(0, len(words) - size, size):
            window = words[start : start + size]
            there = {lemma for lemma, _ in window} & single.keys()
            ranked = Counter(single[lemma] for lemma in there).most_common(2)
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
    """Features and their weights."""

    features: Features
    linear: Linear

    def evidence(self, matrix: sp.csr_matrix) -> Doubles:
        """For each topic, before it is divided by the articles' lengths."""
        return np.asarray(matrix @ self.linear.weights + self.linear.bias, np.float64)


def fit(
    docs: Sequence[Doc],
    labels: Labels,
    seeds: Seeds,
    known: frozenset[str],
    inputs: str = "both",
) -> Fitted:
    """Fit the model; `inputs` are lemmas, vectors or both."""
    rng = random.Random(SEED)
    features = Features.build(docs, seeds, known)
    # What an article's editors filed it under decides among the topics that readers saw.
    shares = labels.shares * np.where(labels.right | ~labels.scored[:, None], 1, BESIDE_RUBRIC)
    read = shares.any(axis=1)
    shares[read] /= shares[read].sum(axis=1, keepdims=True)
    mass = shares.sum(axis=0)
    counts = shares @ (mass.mean() / mass) / len(VIEWS)
    rows, targets, weights = [], [], []
    for view in VIEWS:
        told = np.array([bool(doc.title if view == "title" else doc.body) for doc in docs]) & read
        chosen = np.flatnonzero(told)
        rows.append(features.matrix(docs[row].view(view) for row in chosen))
        targets.append(shares[chosen])
        weights.append(counts[chosen])
    for words, topics, per_topic in made(docs, seeds, rng):
        rows.append(features.matrix(words))
        targets.append(np.eye(N_TOPICS, dtype=np.float32)[topics])
        weights.append(per_topic[topics])
    own = features.own if inputs != "vectors" else np.zeros(0, np.int64)
    inputs_of = sp.vstack(rows).tocsr(), np.concatenate(targets), np.concatenate(weights)
    fits = []
    for length in VECTOR_LENGTHS if inputs != "lemmas" else (0.0,):
        fits.append(
            fit_linear(
                *(each.astype(np.float32) for each in inputs_of),
                length * features.vectors,
                own,
                regularisation=REGULARISATION,
            )
        )
    linear = Linear(*(np.mean(parts, axis=0) for parts in zip(*fits, strict=True)))
    return Fitted(features, linear)


def made(
    docs: Sequence[Doc], seeds: Seeds, rng: random.Random
) -> Iterator[tuple[list[Words], list[int], Floats]]:
    """Made examples: their words, their topics, and what one of each topic counts as."""
    words, topics = made_headlines(docs, seeds, rng)
    size = np.bincount(topics, minlength=N_TOPICS)
    yield words, topics, (SEED_WEIGHT * SEED_DRAWS / size).astype(np.float32)
    words, topics = seeded_windows(docs, seeds, rng)
    size = np.bincount(topics, minlength=N_TOPICS)
    yield words, topics, (WINDOW_WEIGHT / np.maximum(size, 200)).astype(np.float32)


# --- scoring and writing -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Articles that a model was not trained on, as it reads them in one view."""

    group: str
    view: str
    rubric: npt.NDArray[np.object_]
    labels: Labels
    evidence: Doubles
    size: npt.NDArray[np.int64]

    def chance(self, calibration: Calibration) -> Doubles:
        """Probability of each topic."""
        return calibration(calibration.divided(self.evidence, self.size))


def hold_out(
    group: str,
    docs: Sequence[Doc],
    labels: Labels,
    seeds: Seeds,
    known: frozenset[str],
    inputs: str = "both",
) -> list[HeldOut]:
    """Train without an outlet and read it, from headlines alone and whole."""
    out = np.array([doc.source in GROUPS[group] for doc in docs])
    trained = [doc for doc, left in zip(docs, out, strict=True) if not left]
    fitted = fit(trained, labels.take(~out), seeds, known, inputs)
    result = []
    for view in ("title", "all"):
        told = np.array([bool(doc.title if view == "title" else doc.body) for doc in docs])
        chosen = np.flatnonzero(out & told)
        if not len(chosen):
            continue
        matrix = fitted.features.matrix(docs[row].view(view) for row in chosen)
        rubric = np.array([docs[row].rubric for row in chosen], object)
        evidence, size = fitted.evidence(matrix), np.diff(matrix.indptr)
        result.append(HeldOut(group, view, rubric, labels.take(chosen), evidence, size))
    return result


def calibrate(held_out: Sequence[HeldOut]) -> Calibration:
    """Fit to what readers said of all topics, and to whether rubrics have the first one."""
    parts = []
    for one in held_out:
        told = one.labels.told
        parts.append((one.evidence, one.size, told, np.full(len(told), 1 / len(told))))
        # A rubric tells of the first topic alone; of the others it says what readers say.
        if one.labels.scored.any():
            scored, first = one.labels.scored, one.evidence.argmax(axis=1)
            judged = told.copy()
            each = np.flatnonzero(scored)
            judged[each, first[each]] = one.labels.right[each, first[each]]
            counts = np.where(scored, 1 / scored.sum(), 0.0)
            parts.append((one.evidence, one.size, judged, counts))
    evidence, size, right, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    return fit_calibration(evidence, size, right, counts)


def rubric_odds(held_out: Sequence[HeldOut], calibration: Calibration) -> tuple[float, float]:
    """How many times the odds of a topic a rubric makes, if it speaks for it and if for others."""
    log_odds, speaks, told = [], [], []
    for one in held_out:
        expected = [told_by_rubric(rubric) for rubric in one.rubric.tolist()]
        chosen = np.flatnonzero([bool(topics) for topics in expected])
        chance = np.clip(one.chance(calibration)[chosen], 1e-6, 1 - 1e-6)
        log_odds.append(np.log(chance / (1 - chance)))
        speaks.append([[topic in expected[row] for topic in TOPICS] for row in chosen])
        told.append(one.labels.told[chosen])
    odds, there, right = (
        np.concatenate([part for part in parts if len(part)]) for parts in (log_odds, speaks, told)
    )

    def loss(values: Doubles) -> float:
        moved = odds + np.where(there, *values)
        return float((np.logaddexp(0, moved) - right * moved).mean())

    found = np.exp(minimize(loss, [1.0, 0.0], method="Nelder-Mead").x)
    return float(found[0]), float(found[1])


def scores(one: HeldOut, calibration: Calibration) -> dict[str, float]:
    """Scores of the first topics against rubrics and against readers."""
    chance = one.chance(calibration)
    best, top = chance.argmax(axis=1), chance.max(axis=1)
    every = np.arange(len(best))
    told, given = one.labels.told, chance >= THRESHOLD
    seen, scored = told[every, best], one.labels.scored
    result = {
        "n": len(best),
        "in readers'": seen.mean(),
        "F1 of topics": 2 * (given & told).sum() / (given.sum() + told.sum()),
        "topics each": given.sum(axis=1).mean(),
        "abstained": (top < THRESHOLD).mean(),
        "Brier": ((chance - told) ** 2).mean(),
        "error, readers": calibration_error(top, seen),
    }
    sure = top >= np.quantile(top, ABSTENTION)
    result["readers', surest 85 %"] = seen[sure].mean()
    if scored.any():
        hit = one.labels.right[every, best][scored]
        by_rubric = hits_by_rubric(one, calibration)
        sure = top[scored] >= np.quantile(top[scored], ABSTENTION)
        result |= {
            "balanced": by_rubric["hit"].mean(),
            "balanced, none <10": by_rubric.loc[by_rubric["n"] >= 10, "hit"].mean(),
            "rubric's": hit.mean(),
            "rubric's, surest 85 %": hit[sure].mean(),
            "error, rubrics": calibration_error(top[scored], hit),
        }
    return result


def hits_by_rubric(one: HeldOut, calibration: Calibration) -> pd.DataFrame:
    """Share of first topics that are right for the rubric; an abstention is a miss."""
    chance = one.chance(calibration)
    best = chance.argmax(axis=1)
    sure = chance.max(axis=1) >= THRESHOLD
    hit = one.labels.right[np.arange(len(best)), best] & sure
    rows = pd.DataFrame({"rubric": one.rubric, "hit": hit})[one.labels.scored]
    return rows.groupby("rubric").agg(n=("hit", "size"), hit=("hit", "mean"))


def model_of(
    fitted: Fitted, forms: Forms, docs: Sequence[Doc], calibration: Calibration
) -> TopicModel:
    """The model as the package has it."""
    features = fitted.features
    lemmas = list(features.rows)
    nothing = len(lemmas)
    share = np.asarray(features.matrix(doc.view("all") for doc in docs).mean(axis=0)).ravel()
    lexicon = Lexicon(
        lemmas,
        features.idf,
        (share / share.sum()).astype(np.float32),
        np.array(
            [features.rows.get(word[0], nothing) if word else nothing for word in forms.words]
        ),
        np.array([word[1] if word else 0.0 for word in forms.words], np.float32),
        np.array([ZONE_WEIGHT.get(name, 0) for name in ZONES], np.float32),
    )
    weights, scale = quantised(fitted.linear.weights)
    return TopicModel(
        lexicon, TOPICS, topic_labels(), (-1,) * N_TOPICS, features.idf, weights, scale,
        fitted.linear.bias.astype(np.float64), calibration, THRESHOLD,
    )  # fmt: skip


def write(model: TopicModel, path: Path) -> None:
    """Write the weights, and beside them what words count as."""
    lexicon = model.lexicon
    np.savez_compressed(
        path,
        **model.arrays(),
        share=lexicon.share,
        word_lemma=lexicon.word_lemma.astype(np.int32),
        word_weight=lexicon.word_weight.astype(np.float16),
        zone_weight=lexicon.zone_weight,
    )


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that is trained on."""

    docs: list[Doc]
    labels: Labels
    seeds: Seeds
    forms: Forms

    @classmethod
    def read(cls, data: Path, cache: Path | None = None) -> Corpus:
        """Read and tag it, or take the tagged articles from a file."""
        readings, tagged = cached_tagged(data, cache)
        forms = Forms.build(load_vectors(), readings, tagged)
        docs = forms.docs(readings, tagged)
        return cls(docs, Labels.read(docs, data), Seeds.read(), forms)

    def hold_out(self, groups: Iterable[str], inputs: str = "both") -> list[HeldOut]:
        """Leave groups out one by one."""
        return [
            one
            for group in groups
            for one in hold_out(group, self.docs, self.labels, self.seeds, self.forms.known, inputs)
        ]


def report(held_out: Sequence[HeldOut], calibration: Calibration) -> pd.DataFrame:
    """Scores of several, a row each."""
    rows = {f"{one.group}, {one.view}": scores(one, calibration) for one in held_out}
    return pd.DataFrame.from_dict(rows, orient="index").round(3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--leave-out", choices=SCORED, help="only score on this outlet")
    parser.add_argument("--compare", action="store_true", help="only compare inputs")
    parser.add_argument("--cache", type=Path, help="file that keeps the lemmatised articles")
    options = parser.parse_args()
    data = Path(os.environ["NEWSNLP_DATA"])
    print("data", data_hash(data), "seed", SEED)
    corpus = Corpus.read(data, options.cache)
    docs = corpus.docs
    print(len(docs), "articles:", dict(Counter(doc.source for doc in docs)))
    pd.set_option("display.width", 250, "display.max_columns", None)
    if options.compare:
        for inputs in ("lemmas", "vectors", "both"):
            held_out = corpus.hold_out(SCORED, inputs)
            print("\n", inputs, "\n", report(held_out, calibrate(held_out)).to_string())
        return
    held_out = corpus.hold_out(GROUPS)
    if options.leave_out:
        others = [one for one in held_out if one.group != options.leave_out]
        held_out = [one for one in held_out if one.group == options.leave_out]
        calibration = calibrate(others)
    else:
        calibration = calibrate(held_out)
    print(calibration)
    print(report(held_out, calibration).T.to_string())
    for one in held_out:
        if one.labels.scored.any():
            print(f"\n{one.group}, {one.view}\n{hits_by_rubric(one, calibration).round(3)}")
    if not options.leave_out:
        print("odds by rubrics", rubric_odds(held_out, calibration))
        fitted = fit(docs, corpus.labels, corpus.seeds, corpus.forms.known)
        write(model_of(fitted, corpus.forms, docs, calibration), WEIGHTS)
        print(WEIGHTS.name, WEIGHTS.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
