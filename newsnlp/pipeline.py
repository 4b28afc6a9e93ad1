"""The stages in order: articles in, frames out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import cache, partial
from io import BytesIO
from numbers import Integral, Real
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any, TypeGuard
from warnings import warn

import numpy as np
import pandas as pd

import newsnlp
from newsnlp.article import Article
from newsnlp.assignment import Tagging, read_tags, with_assigned
from newsnlp.caches import Remembered
from newsnlp.candidates import Candidates, find_candidates
from newsnlp.columns import (
    Ints,
    Keywords,
    Mentions,
    Morphology,
    Reading,
    Segments,
    Texts,
    Zones,
)
from newsnlp.composition import Composed, compose
from newsnlp.countries import CountryFinder
from newsnlp.credits import functions, outlet_keys
from newsnlp.dates import parse_dates
from newsnlp.dictionary import Dictionary
from newsnlp.entities import resolve_entities
from newsnlp.errors import LargeResultWarning, ModelError, OptionError
from newsnlp.frames import Frames, frame_names
from newsnlp.intake import Intake, take_in, with_unread_date
from newsnlp.keywords import WEIGHTS as KEYWORDS_FILE
from newsnlp.keywords import KeywordModel, extract_keywords
from newsnlp.languages import LanguageDetector
from newsnlp.lemmas import Lemmatizer
from newsnlp.nominals import find_nominals, merged, near_people, roles_of_names
from newsnlp.normal_forms import normal_forms
from newsnlp.people import with_people_apart
from newsnlp.readings import correct, in_context
from newsnlp.register import Register, register, register_hash, with_user_register
from newsnlp.rubrics import rubric_topics
from newsnlp.schema import FRAMES, LANGS, SCHEMA_VERSION, TOPICS
from newsnlp.segmentation import segment
from newsnlp.sources import iter_articles
from newsnlp.tabulate import Batch, tabulate
from newsnlp.taggers import Tagger, tag_morphology, tag_names
from newsnlp.taxonomies import Taxonomy
from newsnlp.topics import WEIGHTS as TOPICS_FILE
from newsnlp.topics import TopicModel, Vectors, read_topics
from newsnlp.undisturbed import at_work
from newsnlp.weights import (
    MORPHOLOGY,
    NAME_TAGGERS,
    NAMES,
    NER,
    VECTORS,
    WordKeys,
    file_hash,
    load_bundled,
    load_tagger,
    load_vectors,
    model_path,
)
from newsnlp.words import name_key
from newsnlp.workers import map_batches
from newsnlp.zones import LAYOUTS, Found, article_languages, find_zones

_BATCH_CHARACTERS = 300_000
# From here on a result with tokens is large; all frames take about so many bytes a character.
_LARGE_RESULT = 20_000
_BYTES_A_CHARACTER = 40
_NEEDS_NAMES = frozenset({"mentions", "entities", "keywords"})
_NEEDS_LEMMAS = frozenset({"tokens", "keywords"})
_REGISTERS = 4  # that annotators of the same models may share

# Name and contents of a user's register.
_OwnRegister = tuple[str, str] | None
# Name and contents of a file of tags or topics.
_File = tuple[str, bytes]
KEYWORDS = ("extracted", "assigned")
_FILES = ("register", "tags", "topics")  # options that are files of a user's own


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an `Annotator`; see there. Files are their names and what they hold."""

    layout: str = "auto"
    timezone: str = "Europe/Moscow"
    fetched: datetime | None = None
    max_length: int = 1_000_000
    top_k: int = 10
    min_score: float = 0.0
    keywords: str = "extracted"
    tags: _File | None = None
    topics: _File | None = None
    ner: str = "newsnlp"
    register: _OwnRegister = None
    surnames: bool = True
    roles: bool = True

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise OptionError(f"layout={self.layout!r} is none of {', '.join(LAYOUTS)}")
        if self.keywords not in KEYWORDS:
            raise OptionError(f"keywords={self.keywords!r} is none of {', '.join(KEYWORDS)}")
        if (self.keywords == "assigned") != (self.tags is not None):
            raise OptionError(
                "keywords='assigned' needs tags=…, a file or a list; only it takes them"
            )
        if self.ner not in NAME_TAGGERS:
            raise OptionError(f"ner={self.ner!r} is none of {', '.join(NAME_TAGGERS)}")
        _check_whole(max_length=self.max_length, top_k=self.top_k)
        _check_share(min_score=self.min_score)
        for name, kind in (("max_length", int), ("top_k", int), ("min_score", float)):
            object.__setattr__(self, name, kind(getattr(self, name)))  # NumPy's are no JSON
        parse_dates([], timezone=self.timezone, fetched=self.fetched)  # raises for a wrong zone


def _check_whole(**options: object) -> None:
    for name, value in options.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise OptionError(f"{name}={value!r} is no whole number from 1 up")


def _check_share(**options: object) -> None:
    for name, value in options.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= 1:
            raise OptionError(f"{name}={value!r} is no number from 0 to 1")


class Models:
    """The models of one or more annotators."""

    def __init__(self) -> None:
        self.vectors = load_vectors()
        dictionary = Dictionary()
        self.dictionary = dictionary
        self.morphology = Tagger.build(load_tagger(MORPHOLOGY), self.vectors)
        self.keys = WordKeys(self.vectors, self.morphology.weights.shapes)
        self._names: dict[str, Tagger] = {}
        self.lemmatizer = Lemmatizer(dictionary)
        self.topics = TopicModel.load()
        self.keywords = KeywordModel.load()
        self.languages = LanguageDetector()

    def names(self, ner: str) -> Tagger:
        """The tagger of names, loaded on first use.

        Args:
            ner: One of `weights.NAME_TAGGERS`.
        """
        tagger = self._names.get(ner)
        if tagger is None:
            loaded = Tagger.build(NAME_TAGGERS[ner](), self.vectors)
            tagger = self._names.setdefault(ner, loaded)
        return tagger


def _read_register(
    given: str | os.PathLike[str] | tuple[str, str] | None,
) -> tuple[str, str] | None:
    """Name and contents of a user's register, which are what an annotator carries."""
    if given is None or isinstance(given, tuple):
        return given
    try:
        return os.fspath(given), Path(given).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(f"register={os.fspath(given)!r} cannot be read: {error}") from error


GivenTags = str | os.PathLike[str] | Iterable[str] | _File | None
GivenTopics = str | os.PathLike[str] | Taxonomy | TopicModel | _File | None


def _read_topic_file(given: GivenTopics) -> _File | None:
    """Name and contents of a file of topics; a taxonomy is one that has no file."""
    if isinstance(given, Taxonomy):
        return "taxonomy.json", given.content()
    if isinstance(given, TopicModel):
        file = BytesIO()
        given.save(file)
        return "learnt.topics", file.getvalue()
    if given is None or _is_file(given):
        return given
    if not isinstance(given, str | os.PathLike):
        kind = type(given).__name__
        raise OptionError(f"topics= takes a file, a Taxonomy or a TopicModel, not {kind}")
    return _read_file("topics", given)


def _is_file(given: object) -> TypeGuard[_File]:
    """Whether name and contents are given, as an annotator carries them."""
    return isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], bytes)


def _read_file(option: str, path: str | os.PathLike[str]) -> _File:
    try:
        return os.fspath(path), Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise OptionError(f"{option}={os.fspath(path)!r} cannot be read: {error}") from error


def _read_tag_file(given: GivenTags) -> _File | None:
    """Name and contents of a file of tags; a list is one that has no file."""
    if given is None or _is_file(given):
        return given
    if not isinstance(given, str | os.PathLike):
        if not isinstance(given, Iterable):
            raise OptionError(f"tags={given!r} is neither a file nor a list of tags")
        tags: list[Any] = list(given)
        for row, tag in enumerate(tags):
            if not isinstance(tag, str):
                raise OptionError(f"tags: item {row} is {tag!r}, not a string")
        return "list", "\n".join(tags).encode("utf-8", "replace")
    return _read_file("tags", given)


def _register(own: _OwnRegister) -> Register:
    return register() if own is None else with_user_register(register(), *own)


@cache
def _register_hash() -> str:
    return register_hash()


def _described(file: tuple[str, str | bytes] | None) -> dict[str, str] | None:
    """Name and SHA-256 of a user's file."""
    if file is None:
        return None
    name, content = file
    content = content.encode() if isinstance(content, str) else content
    return {"name": name, "sha256": hashlib.sha256(content).hexdigest()}


def _model_hashes() -> dict[str, str]:
    """SHA-256 of every file of weights, for which no model is loaded."""
    natasha = {"slovnet": NER, "morphology": MORPHOLOGY, "vectors": VECTORS}
    bundled = {"ner": NAMES, "topics": TOPICS_FILE, "keywords": KEYWORDS_FILE}
    return {name: file_hash(model_path(file)) for name, file in natasha.items()} | {
        name: load_bundled(file, lambda _, digest: digest) for name, file in bundled.items()
    }


class _ModelHolder:
    """What annotators share, made by the first that needs it: models, their hashes, registers."""

    def __init__(self) -> None:
        self._models: Models | None = None
        self._hashes: dict[str, str] | None = None
        self._registers: Remembered[_OwnRegister, Register] = Remembered(_register, _REGISTERS)
        self._countries: Remembered[_OwnRegister, CountryFinder] = Remembered(
            lambda own: CountryFinder(self.get().dictionary, self.register(own)), _REGISTERS
        )
        self._taggings: Remembered[_File, Tagging] = Remembered(self._read_tags, _REGISTERS)
        self._topics: Remembered[_File, TopicModel] = Remembered(self._read_topics, _REGISTERS)
        self._lock = Lock()

    def register(self, own: _OwnRegister) -> Register:
        """The register, with a user's own names."""
        return self._registers[own]

    def countries(self, own: _OwnRegister) -> CountryFinder:
        """What finds the countries of articles by that register."""
        return self._countries[own]

    def check(self, options: Options) -> None:
        """Read a user's own files: an error in them is best known at once.

        Raises:
            OptionError: A line of one is wrong.
        """
        if options.register is not None:
            self.register(options.register)
        if options.tags is not None:
            self.tagging(options.tags)
        if options.topics is not None:
            self.topics(options.topics)

    def topics(self, own: _File | None) -> TopicModel:
        """What tells the topics: IPTC's, or a user's own."""
        return self.get().topics if own is None else self._topics[own]

    def _read_topics(self, own: _File) -> TopicModel:
        models = self.get()
        with at_work():  # the products of seed words are small too
            return read_topics(*own, models.topics.lexicon, models.vectors, models.keys)

    def tagging(self, tags: _File) -> Tagging:
        """What assigns tags of a user's own."""
        return self._taggings[tags]

    def _read_tags(self, tags: _File) -> Tagging:
        models = self.get()
        name, content = tags
        keywords = models.keywords
        return read_tags(name, content, models.vectors, keywords.closeness, keywords.rarity)

    def hashes(self) -> dict[str, str]:
        with self._lock:
            if self._hashes is None:
                self._hashes = _model_hashes()
            return self._hashes

    def get(self) -> Models:
        with self._lock:
            if self._models is None:
                self._models = Models()
            return self._models


Lap = Callable[[str], None]


def _no_lap(_: str) -> None:
    """Nothing is timed."""


class Annotator:
    """Annotates articles, with its options and models held in one object.

    Thread-safe; picklable by options and version, models are loaded again.

    While it works, BLAS runs on one thread, for the matrices are too small to share. BLAS has that
    setting once a process: products of other threads run on one thread too meanwhile, and a number
    of threads that another thread sets is undone when the last annotator at work is done. What was
    set before is then set again; nothing is set while none works. So is the collection of cyclic
    garbage: it waits for the end of a batch, a second or so.

    Args:
        layout: "plain" takes a text as it is, "page" finds the zones of a scraped page dumped as
            text, "auto" does so only on strong evidence.
        timezone: IANA name of the zone in which dates without one are read, and of `day`.
        fetched: When the pages were fetched: relative dates («Вчера 23:54») count from it; without
            it they are missing.
        max_length: Longest text that is annotated, in characters; longer ones get a status.
        top_k: Most keywords of an article.
        min_score: Least score of a keyword: the probability that an editor would have tagged with
            it, from 0 to 1.
        keywords: "extracted" from the text, or "assigned": with the `tags` that it supports.
        tags: A list of tags of your own, a text file with a tag a line (after a tab words that say
            what it is about), or a file that `newsnlp keywords train` made.
        topics: Topics of your own in place of IPTC's: a TOML or CSV file of seed words, a
            `topics.Taxonomy`, or a file that `newsnlp topics train` made.
        ner: Whose network finds the names: "newsnlp", or "slovnet" for natasha's.
        register: CSV file of your own names, with the columns `alias, type` (PER, ORG, LOC, or
            none for what is no name) and any of `name, id, country`; see the guide.
        surnames: Whether a bare surname means the one prominent person of the register who has it.
        roles: Whether «Глава государства» and the like are mentions of whom they mean.

    Raises:
        OptionError: An option with a value that it does not take, or a wrong line of the register.

    Example:
        >>> from newsnlp import Annotator
        >>> annotator = Annotator(layout="plain")
        >>> annotator.annotate("Саммит ОДКБ прошёл в Минске.").mentions["normal"].tolist()
        ['ОДКБ', 'Минск']
    """

    def __init__(
        self,
        *,
        layout: str = "auto",
        timezone: str = "Europe/Moscow",
        fetched: datetime | None = None,
        max_length: int = 1_000_000,
        top_k: int = 10,
        min_score: float = 0.0,
        keywords: str = "extracted",
        tags: GivenTags = None,
        topics: GivenTopics = None,
        ner: str = "newsnlp",
        register: str | os.PathLike[str] | tuple[str, str] | None = None,
        surnames: bool = True,
        roles: bool = True,
    ) -> None:
        own = _read_register(register)
        self.options = Options(
            layout, timezone, fetched, max_length, top_k, min_score, keywords, _read_tag_file(tags),
            _read_topic_file(topics), ner, own, surnames, roles,
        )  # fmt: skip
        self._holder = _ModelHolder()
        self._holder.check(self.options)

    def __repr__(self) -> str:
        values = asdict(self.options) | {
            name: (getattr(self.options, name) or (None,))[0] for name in _FILES
        }
        options = ", ".join(f"{name}={value!r}" for name, value in values.items())
        return f"Annotator({options})"

    def __reduce__(self) -> tuple[Callable[..., Annotator], tuple[str, dict[str, Any]]]:
        return _unpickled, (newsnlp.__version__, asdict(self.options))

    def with_options(self, **options: Any) -> Annotator:
        """The same models with other options.

        Args:
            options: Those of `Annotator`; the ones left out stay.

        Raises:
            OptionError: An option with a value that it does not take.
        """
        if "register" in options:
            options["register"] = _read_register(options["register"])
        if "tags" in options:
            options["tags"] = _read_tag_file(options["tags"])
        if "topics" in options:
            options["topics"] = _read_topic_file(options["topics"])
        other = object.__new__(Annotator)
        other.options = replace(self.options, **options)
        other._holder = self._holder
        other._holder.check(other.options)
        return other

    @property
    def models(self) -> Models:
        """The models, loaded on first use."""
        return self._holder.get()

    def info(self) -> dict[str, Any]:
        """Versions of schema, package, models and register, and what else results depend on.

        Those are the names of the topics, which are the categories of `topic`, and the options.
        """
        return {
            "schema": SCHEMA_VERSION,
            "package": newsnlp.__version__,
            "models": self._holder.hashes(),
            "register": _register_hash(),
            "topics": list(self._topics().topics) if self.options.topics else list(TOPICS),
            "options": {
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in asdict(self.options).items()
            }
            | {name: _described(getattr(self.options, name)) for name in _FILES},
        }

    def annotate(
        self,
        source: Any,
        *,
        frames: Sequence[str] | None = None,
        columns: Mapping[str, str] | None = None,
        on_duplicate: str = "error",
    ) -> Frames:
        """Annotate articles and hold the whole result in memory.

        Args:
            source: A text, an `Article`, an iterable of either, a Series, a DataFrame with a
                `text` or `title` column, or a `pathlib.Path` to read.
            frames: Names of the frames to compute, all by default; `articles` always comes.
            columns: Which column of `source` is which field: {"text": "my_column"}.
            on_duplicate: What to do with a repeated `doc_id`: "error", "first" or "last".

        Raises:
            TypeError: A value that is no string; its row is named.
            DuplicateIdError: A missing or repeated `doc_id`.
            OptionError: A frame or option that does not exist.
        """
        names = frame_names(frames)
        articles = list(
            iter_articles(source, columns=columns, on_duplicate=on_duplicate, strict=True)
        )
        if len(articles) > _LARGE_RESULT and "tokens" in names:
            _warn_of_size(articles)
        batches = cut(articles, max_length=self.options.max_length)
        results = annotate_batches(self, batches, names)
        return Frames.concat(list(results) or [self._batch([], names)])

    def stream(
        self,
        source: Any,
        *,
        batch_size: int = 256,
        processes: int = 1,
        frames: Sequence[str] | None = None,
        columns: Mapping[str, str] | None = None,
        on_duplicate: str = "error",
    ) -> Iterator[Frames]:
        """Annotate articles batch by batch, with flat memory; a bad article is a `failed` row.

        Args:
            source: As for `annotate`; iterated only as far as the results are, and with several
                processes two batches a process ahead.
            batch_size: Most articles of a batch; its characters are bounded as well.
            processes: Worker processes, each with models of its own and one BLAS thread; with 1
                the work is done in this one. Results are the same, in the same order. Workers end
                with the iterator; they need no `if __name__ == "__main__"`.
            frames: As for `annotate`.
            columns: As for `annotate`.
            on_duplicate: As for `annotate`.

        Raises:
            DuplicateIdError: A missing or repeated `doc_id`.
            OptionError: A frame or option that does not exist.
            WorkerError: A worker process died; the documents that it worked on are named.
        """
        names = frame_names(frames)
        articles = iter_articles(source, columns=columns, on_duplicate=on_duplicate, strict=False)
        batches = cut(articles, max_length=self.options.max_length, batch_size=batch_size)
        return annotate_batches(self, batches, names, processes=processes)

    def explain(
        self, article: Article | str, what: str = "topic", *, topic: str | None = None
    ) -> pd.DataFrame:
        """Lemmas that spoke for a topic of an article and against it.

        A rubric that helped a topic is not among them: it is no lemma.

        Args:
            article: One article.
            what: "topic".
            topic: The topic; by default the article's first, or the likeliest if none is sure.

        Returns:
            Columns `topic`, `lemma`, `weight` (above 0 for the topic), the strongest first.

        Raises:
            OptionError: `what` cannot be explained, or the text says nothing that the model knows.

        Example:
            >>> from newsnlp import Annotator
            >>> table = Annotator().explain("Клуб выиграл чемпионат мира по хоккею.", "topic")
            >>> table["topic"][0]
            'medtop:15000000'
        """
        if what != "topic":
            raise OptionError(f"explain(article, {what!r}): takes 'topic'")
        if not isinstance(article, Article | str):
            raise OptionError(f"explain takes one text or Article, not {type(article).__name__}")
        (given,) = iter_articles(article)
        taken = take_in(given, max_length=self.options.max_length)
        with at_work():
            segments, on_page = self.segments([taken.composed])
        model, keys = self._topics(), self.models.keys.of(segments.tokens.words)
        vectors = model.vectors(segments, keys)
        if not len(vectors.doc):
            raise OptionError("there is nothing to explain: the model knows no word of the text")
        if topic is None:
            tagged = model.tag(segments, keys, self._expected([taken], on_page)).topic
            topic = model.topics[
                tagged[0] if len(tagged) else model.evidence(vectors)[1][0].argmax()
            ]
        table = model.explain(vectors, 0, topic)
        table.insert(0, "topic", topic)
        return table

    def _batch(
        self,
        articles: Sequence[Intake],
        names: Sequence[str],
        lap: Lap = _no_lap,
    ) -> Frames:
        """Run the stages over one batch; an article that no stage foresaw is a `failed` row.

        `lap` is called with the name of each stage when it ends.
        """
        self.models.names(self.options.ner)  # an error of the models is no article's
        try:
            with at_work():
                return self._annotated(articles, names, lap)
        except Exception as error:
            if not articles:
                raise
            if len(articles) == 1:
                return self._annotated([_failed(articles[0], error)], names, lap)
            middle = len(articles) // 2
            halves = articles[:middle], articles[middle:]
            return Frames.concat([self._batch(half, names, lap) for half in halves])

    def _annotated(self, articles: Sequence[Intake], names: Sequence[str], lap: Lap) -> Frames:
        models, options = self.models, self.options
        segments, found = self.segments([taken.composed for taken in articles], lap)
        keys = models.keys.of(segments.tokens.words)
        model = self._topics()
        topics = model.tag(segments, keys, self._expected(articles, found))
        countries = self._holder.countries(options.register).find(segments)
        lap("topics")
        tagged = reading = mentions = keywords = None
        if not _NEEDS_LEMMAS.isdisjoint(names):
            tagged = tag_morphology(models.morphology, segments.tokens, keys)
            lap("morphology")
            reading = self.reading(segments, tagged, lap)
        if not _NEEDS_NAMES.isdisjoint(names):
            mentions = self.mentions(segments, keys, tagged, _outlets(articles), lap)
        if reading and mentions and "keywords" in names:
            keywords = self._keywords(reading, mentions)
            lap("keywords")
        zones = segments.zones
        articles = _judged(_with_found(articles, found), zones)
        published, day = parse_dates(
            [taken.article.published for taken in articles],
            timezone=options.timezone,
            fetched=options.fetched,
        )
        articles = [
            with_unread_date(taken) if is_missing else taken
            for taken, is_missing in zip(articles, np.isnat(published).tolist(), strict=True)
        ]
        batch = Batch(
            articles, article_languages(zones, len(articles)), countries,
            published, day, segments, topics, model.topics, model.labels, reading, mentions,
            keywords,
        )  # fmt: skip
        tables = tabulate(batch, names)
        lap("frames")
        return Frames(tables, self.info())

    def _keywords(self, reading: Reading, mentions: Mentions) -> Keywords:
        models, options = self.models, self.options
        spans, entities, content = mentions.names()
        candidates = find_candidates(reading, spans, entities, content)
        keywords = extract_keywords(
            models.keywords, models.dictionary, reading, entities, candidates,
            top_k=options.top_k, min_score=options.min_score,
        )  # fmt: skip
        if options.tags is None:
            return keywords
        tagging = self._holder.tagging(options.tags)
        n_articles = len(reading.texts.start)
        assigned = tagging.assign(candidates, n_articles, options.min_score)
        return with_assigned(keywords, assigned, tagging.tags, candidates, options.top_k)

    def candidates(self, articles: Sequence[Article]) -> Candidates:
        """What may become a keyword of some articles, for models that learn from tags.

        Args:
            articles: Articles with a text or a title.
        """
        taken = [take_in(article, max_length=self.options.max_length) for article in articles]
        with at_work():
            segments, _ = self.segments([one.composed for one in taken])
            keys = self.models.keys.of(segments.tokens.words)
            tagged = tag_morphology(self.models.morphology, segments.tokens, keys)
            names = self.mentions(segments, keys, tagged, _outlets(taken)).names()
            return find_candidates(self.reading(segments, tagged), *names)

    def topic_vectors(self, articles: Sequence[Article]) -> Vectors:
        """Some articles as the models of topics see them, for models that learn.

        Args:
            articles: Articles with a text or a title.
        """
        taken = [take_in(article, max_length=self.options.max_length) for article in articles]
        with at_work():
            segments, _ = self.segments([one.composed for one in taken])
            return self.models.topics.vectors(segments, self.models.keys.of(segments.tokens.words))

    def _expected(self, articles: Sequence[Intake], found: Found) -> list[frozenset[str]] | None:
        """What rubrics say of IPTC's topics; of a user's own they say nothing."""
        return None if self.options.topics else _expected_topics(articles, found)

    def _topics(self) -> TopicModel:
        return self._holder.topics(self.options.topics)

    def segments(self, composed: Sequence[Composed], lap: Lap = _no_lap) -> tuple[Segments, Found]:
        """Run the stages that every frame stands on.

        Args:
            composed: One text an article.
            lap: Called with the name of each stage when it ends.
        """
        models = self.models
        texts = Texts.join([one.text for one in composed])
        layout = find_zones(composed, texts, layout=self.options.layout, detector=models.languages)
        lap("layout")
        sentences, tokens = segment(texts, layout.zones)
        lap("segment")
        return Segments(texts, layout.zones, sentences, tokens), layout.found

    def reading(self, segments: Segments, tagged: Morphology, lap: Lap = _no_lap) -> Reading:
        """Run the stages on which lemmas and keywords stand.

        Args:
            segments: The batch.
            tagged: Its morphology, as tagged.
            lap: As for `segments`.
        """
        tokens = segments.tokens
        lemmas, morphology = self.models.lemmatizer.read(tokens, in_context(tokens, tagged))
        lap("lemmas")
        return Reading(
            segments.texts, segments.zones, segments.sentences, tokens, morphology, lemmas
        )

    def mentions(
        self,
        segments: Segments,
        keys: Ints,
        tagged: Morphology | None,
        outlets: Sequence[frozenset[str]],
        lap: Lap = _no_lap,
    ) -> Mentions:
        """Run the stages on which mentions and entities stand.

        Args:
            segments: The batch.
            keys: Keys of its words.
            tagged: Its morphology, as tagged; without it only what names need is tagged.
            outlets: Keys of what each article's publisher is called.
            lap: As for `segments`.
        """
        models, tokens = self.models, segments.tokens
        spans = tag_names(models.names(self.options.ner), tokens, keys)
        lap("names")
        inside = spans.cover(len(tokens.word))
        if tagged is None:
            told = inside | near_people(tokens, spans)
            tagged = tag_morphology(models.morphology, tokens, keys, told)
            lap("morphology")
        morphology = correct(models.dictionary, tokens, tagged, inside)
        dictionary, register = models.dictionary, self._holder.register(self.options.register)
        spans = with_people_apart(dictionary, register, tokens, morphology, spans)
        forms = normal_forms(dictionary, register, tokens, morphology, spans)
        lap("normal forms")
        if register.no_names:
            kept = np.flatnonzero([name_key(form) not in register.no_names for form in forms])
            spans, forms = spans.take(kept), [forms[row] for row in kept.tolist()]
        entities, normal = resolve_entities(
            dictionary, register, tokens, spans, forms, surnames=self.options.surnames
        )
        roles = roles_of_names(dictionary, tokens, morphology, spans)
        nominals = find_nominals(
            dictionary, register, tokens, spans, entities, roles, with_roles=self.options.roles
        )
        mentions = merged(tokens, spans, normal, entities, roles, nominals)
        result = replace(mentions, function=functions(segments, mentions, outlets))
        lap("entities")
        return result


def _expected_topics(articles: Sequence[Intake], found: Found) -> list[frozenset[str]]:
    """Topics that each article's rubric, given or found, or its address speaks for."""
    expected = []
    for one, on_page in zip(articles, found.rubric, strict=True):
        rubric = on_page if one.article.rubric is None else one.article.rubric
        is_read = one.status == "ok"
        expected.append(rubric_topics(rubric, one.article.url) if is_read else frozenset())
    return expected


def _outlets(articles: Sequence[Intake]) -> list[frozenset[str]]:
    """Keys of what each article's publisher is called."""
    return [
        outlet_keys(one.article.source, one.article.url) if one.status == "ok" else frozenset()
        for one in articles
    ]


def annotate(
    source: Any,
    *,
    layout: str = "auto",
    timezone: str = "Europe/Moscow",
    fetched: datetime | None = None,
    max_length: int = 1_000_000,
    top_k: int = 10,
    min_score: float = 0.0,
    keywords: str = "extracted",
    tags: GivenTags = None,
    topics: GivenTopics = None,
    ner: str = "newsnlp",
    register: str | os.PathLike[str] | None = None,
    surnames: bool = True,
    roles: bool = True,
    frames: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    on_duplicate: str = "error",
) -> Frames:
    """Annotate articles in one call; the models are loaded once and kept.

    Args:
        source: As for `Annotator.annotate`.
        layout: As for `Annotator`.
        timezone: As for `Annotator`.
        fetched: As for `Annotator`.
        max_length: As for `Annotator`.
        top_k: As for `Annotator`.
        min_score: As for `Annotator`.
        keywords: As for `Annotator`.
        tags: As for `Annotator`.
        topics: As for `Annotator`.
        ner: As for `Annotator`.
        register: As for `Annotator`.
        surnames: As for `Annotator`.
        roles: As for `Annotator`.
        frames: As for `Annotator.annotate`.
        columns: As for `Annotator.annotate`.
        on_duplicate: As for `Annotator.annotate`.

    Raises:
        TypeError: A value that is no string; its row is named.
        DuplicateIdError: A missing or repeated `doc_id`.
        OptionError: An option with a value that it does not take.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate(["Токаев прибыл в Минск.", "ЦБ сохранил ставку."])
        >>> frames.mentions[["doc_id", "normal", "type"]].values.tolist()
        [['0', 'Токаев', 'PER'], ['0', 'Минск', 'LOC'], ['1', 'ЦБ', 'ORG']]
    """
    annotator = default().with_options(
        layout=layout,
        timezone=timezone,
        fetched=fetched,
        max_length=max_length,
        top_k=top_k,
        min_score=min_score,
        keywords=keywords,
        tags=tags,
        topics=topics,
        ner=ner,
        register=register,
        surnames=surnames,
        roles=roles,
    )
    return annotator.annotate(source, frames=frames, columns=columns, on_duplicate=on_duplicate)


def cut(
    articles: Iterable[Article], *, max_length: int, batch_size: int | None = None
) -> Iterator[list[Intake]]:
    """Take in articles and cut them into batches of bounded length.

    Args:
        articles: Articles with their final `doc_id`.
        max_length: Longest text that is annotated, in characters.
        batch_size: Most articles of a batch.

    Raises:
        OptionError: `batch_size` is no whole number from 1 up.
    """
    if batch_size is not None:
        _check_whole(batch_size=batch_size)
    return _cut((take_in(article, max_length=max_length) for article in articles), batch_size)


def _cut(articles: Iterable[Intake], batch_size: int | None) -> Iterator[list[Intake]]:
    batch: list[Intake] = []
    characters = 0
    for article in articles:
        length = len(article.composed.text)
        if batch and characters + length > _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
        batch.append(article)
        characters += length
        if len(batch) == batch_size:  # goes at once, for the next article may be long in coming
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def annotate_batches(
    annotator: Annotator,
    batches: Iterable[list[Intake]],
    names: Sequence[str],
    *,
    processes: int = 1,
) -> Generator[Frames, None, None]:
    """Annotate batches one by one, in this process or in workers.

    Args:
        annotator: Holds the options and models; a worker makes its own of the options.
        batches: What `cut` gives.
        names: Frames to compute.
        processes: Most worker processes; with 1 the work is done in this one.

    Raises:
        OptionError: `processes` is no whole number from 1 up.
        WorkerError: A worker process died; the documents that it worked on are named.
    """
    _check_whole(processes=processes)
    annotate_batch = partial(annotator._batch, names=names)
    if processes == 1:
        return (annotate_batch(batch) for batch in batches)
    return map_batches(annotate_batch, batches, processes=processes, doc_ids=_doc_ids)


def _doc_ids(batch: Iterable[Intake]) -> list[str]:
    return [str(taken.article.doc_id) for taken in batch]


def timed_stages(annotator: Annotator, articles: Iterable[Article]) -> dict[str, float]:
    """Annotate and tell the seconds that each stage took, for benchmarks.

    Args:
        annotator: Its models are loaded if they are not yet.
        articles: Articles with a `doc_id`.
    """
    seconds: dict[str, float] = {}
    last = perf_counter()

    def lap(stage: str) -> None:
        nonlocal last
        now = perf_counter()
        seconds[stage] = seconds.get(stage, 0.0) + now - last
        last = now

    for batch in cut(articles, max_length=annotator.options.max_length):
        lap("read")
        frames = annotator._batch(batch, FRAMES, lap)
        for name in FRAMES:  # they are built when they are read
            frames[name]
        lap("frames")
    return seconds


def _warn_of_size(articles: Sequence[Article]) -> None:
    characters = sum(len(each.text) for each in articles if isinstance(each.text, str))
    gibibytes = characters * _BYTES_A_CHARACTER / 2**30
    warn(
        f"all frames of {len(articles)} articles take about {gibibytes:.1f} GiB: leave "
        "tokens out of frames=[…], take them batch by batch "
        "with Annotator.stream, or keep them on disk with newsnlp.Archive(path).annotate",
        LargeResultWarning,
        stacklevel=3,
    )


@cache
def default() -> Annotator:
    """The one object that is kept between calls."""
    return Annotator()


def _unpickled(version: str, options: dict[str, Any]) -> Annotator:
    if version != newsnlp.__version__:
        raise ModelError(
            f"this Annotator was pickled by newsnlp {version}, here is {newsnlp.__version__}; "
            "make it again with this version"
        )
    return Annotator(**options)


def _with_found(articles: Sequence[Intake], found: Found) -> list[Intake]:
    """Articles with what their pages say where nothing was given."""
    names = [field.name for field in fields(found)]
    rows = zip(*(getattr(found, name) for name in names), strict=True)
    return [
        replace(taken, article=_completed(taken.article, dict(zip(names, row, strict=True))))
        for taken, row in zip(articles, rows, strict=True)
    ]


def _completed(article: Article, found: dict[str, str | None]) -> Article:
    missing: dict[str, Any] = {
        name: value
        for name, value in found.items()
        if value is not None and getattr(article, name) is None
    }
    return replace(article, **missing) if missing else article


def _failed(taken: Intake, error: Exception) -> Intake:
    """An article that made a stage raise an error; its text is kept out."""
    why = f"{type(error).__name__}: {error}; annotate it alone to see where, and please report it"
    return Intake(replace(taken.article, text=None), compose(None, None, None), "failed", why)


def _judged(articles: Sequence[Intake], zones: Zones) -> list[Intake]:
    """Articles with their final status: those without any Russian are not annotated."""
    russian = np.bincount(zones.doc[zones.lang == LANGS.index("ru")], minlength=len(articles)) > 0
    return [
        taken
        if taken.status != "ok" or some
        else replace(taken, status="not_russian", error=_why_not_russian(taken))
        for taken, some in zip(articles, russian.tolist(), strict=True)
    ]


def _why_not_russian(taken: Intake) -> str:
    has_letters = any(map(str.isalpha, taken.composed.text))
    why = (
        "no paragraph is in Russian; the frame `zones` tells their languages"
        if has_letters
        else "the text has no letters: they may be lost in a change of encodings"
    )
    return "; ".join(filter(None, (taken.error, why)))
