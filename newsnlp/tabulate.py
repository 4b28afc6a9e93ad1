"""From the columns of a batch to the frames of the schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from newsnlp.columns import Ints, Keywords, Mentions, Reading, Segments, Topics
from newsnlp.frames import Columns, Tables, columns_of, take_strings
from newsnlp.intake import Intake, text_hash
from newsnlp.schema import FUNCTIONS, GENDERS, PLACES, STATUSES, TYPES

_CONTENT = FUNCTIONS.index("content")
_PLACE = TYPES.index("LOC")


@dataclass(frozen=True, slots=True)
class Batch:
    """All columns of a batch; None where no frame that was asked for needs them.

    `topic_names` and `labels` are what the topics are called in `topic` and in `label`, by code.
    """

    articles: Sequence[Intake]
    lang: Ints
    country: Sequence[str | None]
    published: Any
    day: Any
    segments: Segments
    topics: Topics
    topic_names: Sequence[str]
    labels: Sequence[str]
    reading: Reading | None
    mentions: Mentions | None
    keywords: Keywords | None

    @property
    def doc_id(self) -> list[str]:
        """Identifiers of the articles."""
        return [str(taken.article.doc_id) for taken in self.articles]


def tabulate(batch: Batch, names: Sequence[str]) -> Tables:
    """Frames of a batch, each built when it is first read.

    Args:
        batch: Columns of a batch; nothing of it is kept but the columns of the frames.
        names: Frames to make.
    """
    return Tables({name: [_COLUMNS[name](batch)] for name in names})


def _articles(batch: Batch) -> Columns:
    articles = batch.articles
    n = len(articles)
    first = _first_rows(batch, batch.topics.doc)
    has_topic = np.bincount(batch.topics.doc, minlength=n) > 0
    topic, score = np.full(n, -1), np.full(n, np.nan)
    topic[has_topic] = batch.topics.topic[first[has_topic]]
    score[has_topic] = batch.topics.score[first[has_topic]]
    fields = ("title", "rubric", "lead", "author", "url", "source", "text")
    return columns_of(
        "articles",
        n,
        {field: [getattr(taken.article, field) for taken in articles] for field in fields}
        | {
            "doc_id": batch.doc_id,
            "published": batch.published,
            "day": batch.day,
            "lang": batch.lang,
            "country": batch.country,
            "text_hash": [text_hash(taken.article.text) for taken in articles],
            "topic": topic,
            "topic_label": [batch.labels[code] if code >= 0 else None for code in topic.tolist()],
            "topic_score": score,
            "n_sentences": np.bincount(batch.segments.sentences.doc, minlength=n),
            "n_tokens": np.bincount(batch.segments.tokens.doc, minlength=n),
            "status": np.array([STATUSES.index(taken.status) for taken in articles], np.int64),
            "error": [taken.error for taken in articles],
        },
        batch.topic_names,
    )


def _tags(batch: Batch) -> Columns:
    rows = [(t.article.doc_id, tag) for t in batch.articles for tag in t.article.tags]
    return columns_of(
        "tags", len(rows), {"doc_id": [row[0] for row in rows], "tag": [row[1] for row in rows]}
    )


def _zones(batch: Batch) -> Columns:
    zones = batch.segments.zones
    start = zones.start - batch.segments.texts.start[zones.doc]
    pieces = [
        next(piece for piece in batch.articles[doc].composed.pieces if piece[1] <= at < piece[2])
        for doc, at in zip(zones.doc.tolist(), start.tolist(), strict=True)
    ]
    return columns_of(
        "zones",
        len(zones.doc),
        {
            "doc_id": take_strings(batch.doc_id, zones.doc),
            "zone_id": _numbers(zones.doc),
            "zone": zones.kind,
            "lang": zones.lang,
            "start": start,
            "stop": zones.stop - batch.segments.texts.start[zones.doc],
            "field": [piece[0] for piece in pieces],
            "field_start": start - np.array([piece[1] for piece in pieces], np.int64),
        },
    )


def _sentences(batch: Batch) -> Columns:
    sentences = batch.segments.sentences
    offset = batch.segments.texts.start[sentences.doc]
    return columns_of(
        "sentences",
        len(sentences.doc),
        {
            "doc_id": take_strings(batch.doc_id, sentences.doc),
            "sentence_id": _numbers(sentences.doc),
            "zone_id": _numbers(batch.segments.zones.doc)[sentences.zone],
            "start": sentences.start - offset,
            "stop": sentences.stop - offset,
            "text": _slices(batch.segments.texts.text, sentences.start, sentences.stop),
        },
    )


def _tokens(batch: Batch) -> Columns:
    assert batch.reading is not None
    tokens, morphology, lemmas = (
        batch.reading.tokens, batch.reading.morphology, batch.reading.lemmas
    )  # fmt: skip
    offset = batch.segments.texts.start[tokens.doc]
    feats = [value or None for value in morphology.feats]
    return columns_of(
        "tokens",
        len(tokens.doc),
        {
            "doc_id": take_strings(batch.doc_id, tokens.doc),
            "token_id": _numbers(tokens.doc),
            "sentence_id": _numbers(batch.segments.sentences.doc)[tokens.sentence],
            "start": tokens.start - offset,
            "stop": tokens.stop - offset,
            "text": take_strings(tokens.words, tokens.word),
            "lemma": take_strings(lemmas.lemmas, lemmas.lemma),
            "upos": morphology.upos[morphology.tag],
            "feats": take_strings(feats, morphology.tag),
        },
    )


def _mentions(batch: Batch) -> Columns:
    assert batch.mentions is not None
    tokens, spans, entities = batch.segments.tokens, batch.mentions.spans, batch.mentions.entities
    n = len(spans.doc)
    start, stop = tokens.start[spans.token_start], tokens.stop[spans.token_stop - 1]
    offset = batch.segments.texts.start[spans.doc]
    sentence = tokens.sentence[spans.token_start]
    first = spans.token_start - _first_rows(batch, tokens.doc)[spans.doc]
    return columns_of(
        "mentions",
        n,
        {
            "doc_id": take_strings(batch.doc_id, spans.doc),
            "mention_id": _numbers(spans.doc),
            "sentence_id": sentence - _first_rows(batch, batch.segments.sentences.doc)[spans.doc],
            "zone": batch.segments.zones.kind[batch.segments.sentences.zone[sentence]],
            "start": start - offset,
            "stop": stop - offset,
            "token_start": first,
            "token_stop": first + spans.token_stop - spans.token_start,
            "text": _slices(batch.segments.texts.text, start, stop),
            "type": spans.type,
            "kind": batch.mentions.kind,
            "normal": batch.mentions.normal,
            "role": batch.mentions.role,
            "function": batch.mentions.function,
            "entity_id": take_strings(entities.id, entities.mention),
            "rule": entities.rule,
            "score": spans.score,
        },
    )


def _entities(batch: Batch) -> Columns:
    assert batch.mentions is not None
    spans, entities = batch.mentions.spans, batch.mentions.entities
    content = batch.mentions.function == _CONTENT
    start = batch.segments.tokens.start[spans.token_start[entities.first_mention]]
    n = len(entities.doc)
    return columns_of(
        "entities",
        n,
        {
            "doc_id": take_strings(batch.doc_id, entities.doc),
            "entity_id": entities.id,
            "type": entities.type,
            "name": entities.name,
            "linked": entities.linked,
            "n_mentions": np.bincount(entities.mention[content], minlength=n),
            "first_start": start - batch.segments.texts.start[entities.doc],
        }
        | {
            name: [getattr(entry, name) or None for entry in entities.entry]
            for name in ("first_name", "middle_name", "last_name", "country", "region")
        }
        | {
            "gender": _codes([entry.gender for entry in entities.entry], GENDERS),
            "place": _codes(
                [entry.kind if entry.type == _PLACE else "" for entry in entities.entry], PLACES
            ),
            "latitude": np.array([entry.latitude for entry in entities.entry]),
            "longitude": np.array([entry.longitude for entry in entities.entry]),
        },
    )


def _codes(values: Sequence[str], categories: Sequence[str]) -> Ints:
    """Codes of a categorical, -1 for what is none of its categories."""
    codes = {value: code for code, value in enumerate(categories)}
    return np.array([codes.get(value, -1) for value in values], np.int64)


def _keywords(batch: Batch) -> Columns:
    keywords = batch.keywords
    assert keywords is not None
    return columns_of(
        "keywords",
        len(keywords.doc),
        {
            "doc_id": take_strings(batch.doc_id, keywords.doc),
            "rank": _numbers(keywords.doc) + 1,
            "keyword": keywords.keyword,
            "kind": keywords.kind,
            "score": keywords.score,
            "n": keywords.n,
        },
    )


def _topics(batch: Batch) -> Columns:
    topics = batch.topics
    return columns_of(
        "topics",
        len(topics.doc),
        {
            "doc_id": take_strings(batch.doc_id, topics.doc),
            "rank": _numbers(topics.doc) + 1,
            "topic": topics.topic,
            "label": take_strings(batch.labels, topics.topic),
            "score": topics.score,
        },
        batch.topic_names,
    )


_COLUMNS: dict[str, Callable[[Batch], Columns]] = {
    "articles": _articles,
    "tags": _tags,
    "zones": _zones,
    "sentences": _sentences,
    "tokens": _tokens,
    "mentions": _mentions,
    "entities": _entities,
    "keywords": _keywords,
    "topics": _topics,
}


def _first_rows(batch: Batch, doc: Ints) -> Ints:
    """First row of each article; `doc` names the article of each row."""
    return np.searchsorted(doc, np.arange(len(batch.articles)))


def _numbers(doc: Ints) -> Ints:
    """Number of each row within its article, from 0; rows of an article are neighbours."""
    opens = np.flatnonzero(np.diff(doc, prepend=-1))
    return np.arange(len(doc)) - np.repeat(opens, np.diff(opens, append=len(doc)))


def _slices(text: str, start: Ints, stop: Ints) -> list[str]:
    return [text[a:b] for a, b in zip(start.tolist(), stop.tolist(), strict=True)]
