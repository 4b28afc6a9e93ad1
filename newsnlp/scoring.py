"""Scores annotations against gold data: names, normal forms, keywords, topics, lemmas.

Every task has a function that scores a frame (`score_names`, …); `evaluate` reads a file, annotates
it without what is to be found, and scores that. A ratio without a denominator is NaN.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsnlp.article import Article
from newsnlp.errors import OptionError, ReadError, SourceError
from newsnlp.pipeline import Annotator
from newsnlp.readers import read
from newsnlp.schema import TYPES, UPOS

_QUOTES = "«»„“”‟‘’‚‹›\"'`"
_OF_NAMES = ("ner", "normal", "entities")
_CUTS = (5, 10)
_COUNTS = ("n_gold", "n_found", "n_correct")
_RUBRIC_TABLE = "rubric_topics.tsv"

# A class and, of one thing that is scored, whether it is gold, found, and both.
_Row = tuple[str, bool, bool, bool]
_Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class GoldName:
    """A name of a document, with its gold normal form and entity, None where there are none."""

    start: int
    stop: int
    type: str
    normal: str | None = None
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """A text with its names and the spans that are neither right nor wrong."""

    text: str
    names: tuple[GoldName, ...]
    ignored: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class GoldWord:
    """A word of a treebank; both borders are -1 where it has none of its own in the text."""

    start: int
    stop: int
    lemma: str
    upos: str


@dataclass(frozen=True, slots=True)
class GoldSentence:
    """A sentence's text with its words, punctuation left out."""

    text: str
    words: tuple[GoldWord, ...]


@dataclass(frozen=True, slots=True)
class GoldTopic:
    """An article's rubric and the topics that count as right for it."""

    rubric: str
    topics: frozenset[str]


def evaluate(
    task: str,
    path: str | os.PathLike[str],
    *,
    annotator: Annotator | None = None,
    documents: Collection[str] | None = None,
) -> pd.DataFrame:
    """Annotate a file of gold data and score the result.

    Args:
        task: "ner", "normal", "entities", "keywords", "topics" or "lemma".
        path: Names, normal forms and entities: JSON lines with `id, text, entities, ignore`;
            keywords and topics: articles with tags or a rubric, as `read` takes them; lemmas:
            CoNLL-U with `# text`. All may be gzipped. For topics the file's name starts with its
            source in `rubric_topics.tsv`, looked for beside the file, one folder up and in
            `NEWSNLP_DATA`.
        annotator: What annotates; it should take texts as they are, as the default does.
        documents: Score these ids and no others; for names, normal forms and entities only.

    Returns:
        One row a class (type, cut, rubric or part of speech) and "all", with ratios and counts.

    Raises:
        OptionError: The task is unknown, or takes no `documents`.
        ReadError: The file cannot be read; the line is named.
        SourceError: The file has nothing of what is to be scored.
    """
    if task not in _TASKS:
        raise OptionError(f"task is {task!r}, it must be one of {', '.join(_TASKS)}")
    if documents is not None and task not in _OF_NAMES:
        raise OptionError(f"documents are chosen for {', '.join(_OF_NAMES)}, not for {task!r}")
    return _TASKS[task](Path(path), annotator or Annotator(layout="plain"), documents)


def read_names(path: Path, *, documents: Collection[str] | None = None) -> dict[str, GoldDocument]:
    """Documents with their gold names, by id.

    Args:
        path: JSON lines `id, text, entities, ignore`, gzipped or not; an entity is
            `[start, stop, type]` or `[start, stop, type, normal form, entity, …]`.
        documents: Ids to keep; all if None.

    Raises:
        ReadError: A line is damaged, an id missing or repeated, a span outside its text.
        SourceError: No document has a name, or one of `documents` is not there.
    """
    gold: dict[str, GoldDocument] = {}
    for place, line in _lines(path):
        doc_id, document = _gold_document(place, line)
        if doc_id in gold:
            raise ReadError(f"{place}: the id {doc_id!r} stands on an earlier line too")
        gold[doc_id] = document
    if documents is not None:
        if missing := sorted(set(documents) - gold.keys()):
            raise SourceError(f"{path}: there is no document {missing[0]!r} ({len(missing)} such)")
        gold = {doc_id: document for doc_id, document in gold.items() if doc_id in documents}
    if not any(document.names for document in gold.values()):
        raise SourceError(f"{path}: no document has names in 'entities', nothing to score")
    return gold


def read_sentences(path: Path) -> dict[str, GoldSentence]:
    """Sentences of a treebank, by position.

    Args:
        path: CoNLL-U with `# text` of every sentence, gzipped or not.

    Raises:
        ReadError: A line has not ten columns, or a form does not stand in `# text`.
        SourceError: There is no word to score.
    """
    sentences: list[GoldSentence] = []
    block: list[tuple[str, str]] = []
    for place, line in (*_lines(path), (str(path), "")):
        if line:
            block.append((place, line))
        elif block:
            sentences.append(_gold_sentence(block))
            block = []
    if not any(sentence.words for sentence in sentences):
        raise SourceError(f"{path}: no words, nothing to score; CoNLL-U is expected")
    return {str(number): sentence for number, sentence in enumerate(sentences)}


def score_names(gold: Mapping[str, GoldDocument], mentions: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall and F1 of strict spans: both borders and the type.

    Quotation marks at the borders do not count on either side; only mentions of kind "name" are
    scored, and of those that are wrong none that overlaps an ignored span.

    Args:
        gold: Documents by `doc_id`; mentions of others are left out.
        mentions: The frame of that name.

    Example:
        >>> gold = {"1": GoldDocument("ТАСС сообщает", (GoldName(0, 4, "ORG"),))}
        >>> found = pd.DataFrame(
        ...     [("1", 0, 4, "ORG", "name", "ТАСС")],
        ...     columns=["doc_id", "start", "stop", "type", "kind", "normal"],
        ... )
        >>> score_names(gold, found).set_index("class").loc["all", "f1"].item()
        1.0
    """
    found = _found_names(gold, mentions)
    rows = []
    for doc_id, document in gold.items():
        right = {_bare(document.text, name.start, name.stop, name.type) for name in document.names}
        for span in right | found[doc_id].keys():
            if span in right or not _is_ignored(document, span):
                is_found = span in found[doc_id]
                rows.append((span[2], span in right, is_found, span in right and is_found))
    counts = _counts(rows, TYPES)
    precision = counts["n_correct"] / counts["n_found"]
    recall = counts["n_correct"] / counts["n_gold"]
    f1 = 2 * counts["n_correct"] / (counts["n_gold"] + counts["n_found"])
    return _table(counts, precision=precision, recall=recall, f1=f1)


def score_normal(gold: Mapping[str, GoldDocument], mentions: pd.DataFrame) -> pd.DataFrame:
    """Share of right normal forms among the gold names that were found as strict spans.

    Forms are compared without case, ё and quotation marks at the borders.

    Args:
        gold: Documents by `doc_id`; names without a normal form are left out, and mentions of
            other documents.
        mentions: The frame of that name.
    """
    found = _found_names(gold, mentions)
    rows = []
    for doc_id, document in gold.items():
        for name in document.names:
            if name.normal is not None:
                normal = found[doc_id].get(_bare(document.text, name.start, name.stop, name.type))
                is_right = normal is not None and _name_form(normal) == _name_form(name.normal)
                rows.append((name.type, True, normal is not None, is_right))
    counts = _counts(rows, TYPES)
    return _table(counts, accuracy=counts["n_correct"] / counts["n_found"])


def score_entities(
    gold: Mapping[str, GoldDocument], mentions: pd.DataFrame, clusters: pd.DataFrame | None = None
) -> pd.DataFrame:
    """B-cubed precision, recall and F1 of the entities of the gold names found as strict spans.

    Method: Bagga and Baldwin (1998), Entity-Based Cross-Document Coreferencing.

    Args:
        gold: Documents by `doc_id`; names without an entity are left out, and mentions of other
            documents.
        mentions: The frame of that name.
        clusters: What `link` gives, instead of the mentions' own `entity_id`.

    Returns:
        A row "document", entities of different documents being different, and a row "all", ids
        meaning the same in all documents; `n_found` is the number of names that were found.

    Example:
        >>> text = "Токаев. Касым-Жомарт Токаев."
        >>> names = (GoldName(0, 6, "PER", "Токаев", "t"), GoldName(8, 27, "PER", "…", "t"))
        >>> found = pd.DataFrame({"doc_id": "1", "start": [0, 8], "stop": [6, 27], "type": "PER",
        ...                       "kind": "name", "normal": "", "entity_id": ["a", "b"]})
        >>> score_entities({"1": GoldDocument(text, names)}, found)["recall"].tolist()
        [0.5, 0.5]
    """
    column = "entity_id"
    if clusters is not None:
        column = "cluster_id"
        mentions = mentions.merge(clusters, how="left", on=["doc_id", "entity_id"])
    found = _found_names(gold, mentions, column)
    rows = [
        (doc_id, name.entity, found[doc_id][span])
        for doc_id, document in gold.items()
        for name in document.names
        if (span := _bare(document.text, name.start, name.stop, name.type)) in found[doc_id]
        and name.entity is not None
    ]
    table = pd.DataFrame(rows, columns=["doc_id", "gold", "found"])
    scores = {
        "document": _b_cubed(table, ["doc_id", "gold"], ["doc_id", "found"]),
        "all": _b_cubed(table, ["gold"], ["found"]),
    }
    return pd.DataFrame(
        [(name, *values, len(table)) for name, values in scores.items()],
        columns=["class", "precision", "recall", "f1", "n_found"],
    )


def _b_cubed(table: pd.DataFrame, gold: list[str], found: list[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of one grouping of rows against another."""
    both = table.groupby(list(dict.fromkeys(gold + found)))["doc_id"].transform("size")
    precision = float((both / table.groupby(found)["doc_id"].transform("size")).mean())
    recall = float((both / table.groupby(gold)["doc_id"].transform("size")).mean())
    return precision, recall, 2 * precision * recall / (precision + recall)


def score_keywords(tags: Mapping[str, Iterable[str]], keywords: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall and F1 of the first 5 and 10 keywords against editors' tags.

    A keyword is right if it equals a tag without case and ё.

    Args:
        tags: Tags by `doc_id`; articles without any are left out.
        keywords: The frame of that name.

    Returns:
        A row "@5" and a row "@10": ratios are means over the articles, counts are sums.
    """
    found = defaultdict(list)
    for doc_id, _, keyword in sorted(_rows(keywords, "doc_id", "rank", "keyword")):
        found[doc_id].append(_form(keyword))
    tables = []
    for cut in _CUTS:
        rows = []
        for doc_id, given in tags.items():
            if right := {_form(tag) for tag in given}:
                first = set(found[doc_id][:cut])
                rows.append((doc_id, len(right), len(first), len(right & first)))
        counts = pd.DataFrame(rows, columns=["class", *_COUNTS])
        n_gold, n_found, n_correct = (counts[name] for name in _COUNTS)
        tables.append(
            _table(
                counts[list(_COUNTS)].sum().to_frame(f"@{cut}").T,
                precision=(n_correct / n_found).fillna(0).mean(),
                recall=(n_correct / n_gold).mean(),
                f1=(2 * n_correct / (n_gold + n_found)).mean(),
            )
        )
    return pd.concat(tables, ignore_index=True)


def calibration_error(chance: npt.NDArray[Any], right: npt.NDArray[Any]) -> float:
    """Expected calibration error, ten bins: how far probabilities are from how often they hold.

    Naeini, Cooper and Hauskrecht (2015), https://doi.org/10.1609/aaai.v29i1.9602.

    Args:
        chance: Probabilities, of any shape.
        right: Whether each came true.

    Example:
        >>> import numpy as np
        >>> round(calibration_error(np.array([0.75, 0.75]), np.array([True, False])), 2)
        0.25
    """
    chance, right = chance.ravel(), right.ravel()
    tenth = np.minimum((10 * chance).astype(int), 9)
    sums = np.bincount(tenth, right - chance)
    return float(np.abs(sums).sum() / len(chance))


def score_topics(gold: Mapping[str, GoldTopic], articles: pd.DataFrame) -> pd.DataFrame:
    """Share of articles whose topic is one of those right for their rubric; none is a miss.

    Args:
        gold: Rubric and right topics by `doc_id`.
        articles: The frame of that name.

    Returns:
        One row a rubric, then "all" and "balanced", the mean over the rubrics.
    """
    found = dict(_rows(articles, "doc_id", "topic"))
    rows = []
    for doc_id, article in gold.items():
        topic = found.get(doc_id)
        rows.append((article.rubric, True, isinstance(topic, str), topic in article.topics))
    counts = _counts(rows, sorted({article.rubric for article in gold.values()}))
    counts.loc["balanced"] = counts.loc["all"]
    accuracy = counts["n_correct"] / counts["n_gold"]
    accuracy["balanced"] = accuracy.iloc[:-2].mean()
    return _table(counts, accuracy=accuracy)


def score_lemmas(gold: Mapping[str, GoldSentence], tokens: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of lemma and part of speech over the words, punctuation left out.

    A word that is no token of its own is wrong; the ratios over found words leave it out. Lemmas
    are compared without case and ё.

    Args:
        gold: Sentences by `doc_id`.
        tokens: The frame of that name.

    Returns:
        One row a gold part of speech, then "all"; `n_correct` counts lemmas.
    """
    found = {
        tuple(key): (_form(lemma), upos)
        for *key, lemma, upos in _rows(tokens, "doc_id", "start", "stop", "lemma", "upos")
    }
    rows, right_upos = [], []
    for doc_id, sentence in gold.items():
        for word in sentence.words:
            lemma, upos = found.get((doc_id, word.start, word.stop), (None, None))
            rows.append((word.upos, True, lemma is not None, lemma == _form(word.lemma)))
            right_upos.append((word.upos, True, upos is not None, upos == word.upos))
    present = {word.upos for sentence in gold.values() for word in sentence.words}
    classes = [upos for upos in UPOS if upos in present]
    counts = _counts(rows, classes)
    n_right_upos = _counts(right_upos, classes)["n_correct"]
    return _table(
        counts,
        lemma=counts["n_correct"] / counts["n_gold"],
        upos=n_right_upos / counts["n_gold"],
        lemma_of_found=counts["n_correct"] / counts["n_found"],
        upos_of_found=n_right_upos / counts["n_found"],
    )


def _evaluate_names(
    path: Path, annotator: Annotator, documents: Collection[str] | None
) -> pd.DataFrame:
    gold = read_names(path, documents=documents)
    return score_names(gold, _annotated(annotator, "mentions", _texts(gold)))


def _evaluate_normal(
    path: Path, annotator: Annotator, documents: Collection[str] | None
) -> pd.DataFrame:
    gold = _names_with("normal", path, documents, "no name has a normal form as its fourth value")
    return score_normal(gold, _annotated(annotator, "mentions", _texts(gold)))


def _evaluate_entities(
    path: Path, annotator: Annotator, documents: Collection[str] | None
) -> pd.DataFrame:
    gold = _names_with("entity", path, documents, "no name has an entity, nothing to score")
    return score_entities(gold, _annotated(annotator, "mentions", _texts(gold)))


def _names_with(
    what: str, path: Path, documents: Collection[str] | None, missing: str
) -> dict[str, GoldDocument]:
    gold = read_names(path, documents=documents)
    if all(getattr(name, what) is None for document in gold.values() for name in document.names):
        raise SourceError(f"{path}: {missing}")
    return gold


def _evaluate_keywords(path: Path, annotator: Annotator, _: object) -> pd.DataFrame:
    tagged = {str(number): article for number, article in enumerate(read(path)) if article.tags}
    if not tagged:
        raise SourceError(f"{path}: no article has tags, nothing to score")
    keywords = _annotated(annotator, "keywords", _contents(tagged))
    return score_keywords({doc_id: article.tags for doc_id, article in tagged.items()}, keywords)


def _evaluate_topics(path: Path, annotator: Annotator, _: object) -> pd.DataFrame:
    topics = _rubric_topics(path)
    articles: dict[str, Article] = {}
    gold: dict[str, GoldTopic] = {}
    for number, article in enumerate(read(path)):
        if article.rubric is not None and article.rubric in topics:
            articles[str(number)] = article
            gold[str(number)] = GoldTopic(article.rubric, topics[article.rubric])
    if not gold:
        raise SourceError(f"{path}: no rubric is one of {', '.join(topics)}, nothing to score")
    return score_topics(gold, _annotated(annotator, "articles", _contents(articles)))


def _evaluate_lemmas(path: Path, annotator: Annotator, _: object) -> pd.DataFrame:
    gold = read_sentences(path)
    return score_lemmas(gold, _annotated(annotator, "tokens", _texts(gold)))


_TASKS: dict[str, Callable[[Path, Annotator, Collection[str] | None], pd.DataFrame]] = {
    "ner": _evaluate_names,
    "normal": _evaluate_normal,
    "entities": _evaluate_entities,
    "keywords": _evaluate_keywords,
    "topics": _evaluate_topics,
    "lemma": _evaluate_lemmas,
}


def _texts(gold: Mapping[str, GoldDocument | GoldSentence]) -> list[Article]:
    return [Article(doc_id=doc_id, text=document.text) for doc_id, document in gold.items()]


def _contents(articles: Mapping[str, Article]) -> list[Article]:
    """Articles without tags and rubric, also without the address, which may hold the rubric."""
    return [
        Article(doc_id=doc_id, title=article.title, lead=article.lead, text=article.text)
        for doc_id, article in articles.items()
    ]


def _annotated(annotator: Annotator, frame: str, articles: list[Article]) -> pd.DataFrame:
    batches = [batch[frame] for batch in annotator.stream(articles, frames=[frame])]
    return pd.concat(batches, ignore_index=True)


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines of a text file, gzipped or not, each with its place."""
    number = 0
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="\n") as file:
            for line in file:
                number += 1
                yield f"{path}, line {number}", line.rstrip("\r\n")
    except FileNotFoundError as error:
        raise ReadError(f"{path}: no such file", path=str(path)) from error
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ReadError(f"{path}, line {number + 1}: cannot be read: {error}") from error


def _gold_document(place: str, line: str) -> tuple[str, GoldDocument]:
    try:
        record = json.loads(line)
        text = _string(record["text"])
        names = tuple(_gold_name(text, *entity) for entity in record["entities"])
        ignored = tuple((int(start), int(stop)) for start, stop, *_ in record.get("ignore", ()))
        return _string(record["id"]), GoldDocument(text, names, ignored)
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(
            f"{place}: not a JSON object with id, text and entities [[start, stop, type], …]: "
            f"{type(error).__name__}: {error}"
        ) from error


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no string")
    return value


def _gold_name(text: str, start: int, stop: int, kind: str, *more: Any) -> GoldName:
    if kind not in TYPES:
        raise ValueError(f"the type {kind!r} is none of {', '.join(TYPES)}")
    if not 0 <= start < stop <= len(text):
        raise ValueError(f"the span {start} to {stop} is not in the text of {len(text)} characters")
    return GoldName(start, stop, kind, *map(_string, more[:2]))


def _gold_sentence(block: list[tuple[str, str]]) -> GoldSentence:
    """One sentence from its lines; empty nodes, which are no words of the text, are left out."""
    mark = "# text = "
    text = next((line.removeprefix(mark) for _, line in block if line.startswith(mark)), None)
    if text is None:
        raise ReadError(f"{block[0][0]}: the sentence that starts here has no '{mark}…'")
    words: list[GoldWord] = []
    start = stop = last_of_multiword = 0
    for place, line in block:
        if line.startswith("#"):
            continue
        columns = line.split("\t")
        number = re.fullmatch(r"(\d+)(?:-(\d+)|(\.\d+))?", columns[0])
        if len(columns) != 10 or number is None:
            raise ReadError(f"{place}: not a number and nine more columns: {line[:60]!r}")
        if number[3]:
            continue
        _, form, lemma, upos, *_ = columns
        has_borders = int(number[1]) > last_of_multiword
        if has_borders:
            start = text.find(form, stop)
            if start < 0 or text[stop:start].strip():
                raise ReadError(
                    f"{place}: {form!r} is not what follows in # text: {text[stop:]!r:.60}"
                )
            stop = start + len(form)
        if number[2]:
            last_of_multiword = int(number[2])
        elif upos not in UPOS:
            raise ReadError(f"{place}: the part of speech {upos!r} is none of {', '.join(UPOS)}")
        elif upos != "PUNCT":
            borders = (start, stop) if has_borders else (-1, -1)
            words.append(GoldWord(*borders, lemma, upos))
    return GoldSentence(text, tuple(words))


def _rubric_topics(path: Path) -> dict[str, frozenset[str]]:
    """Right topics of the rubrics of the file's source, but of those that say nothing of it."""
    folders = [path.parent, path.parent.parent]
    if "NEWSNLP_DATA" in os.environ:
        folders.append(Path(os.environ["NEWSNLP_DATA"]))
    tables = [folder / _RUBRIC_TABLE for folder in folders if (folder / _RUBRIC_TABLE).is_file()]
    if not tables:
        raise SourceError(f"{_RUBRIC_TABLE} is in none of {', '.join(map(str, folders))}")
    rows = [line.split("\t") for _, line in _lines(tables[0]) if line and not line.startswith("#")]
    sources = {source for source, *_ in rows[1:] if path.name.startswith(source)}
    if not sources:
        raise SourceError(f"{path}: the name starts with no source of {tables[0]}")
    return {
        rubric: frozenset(f"medtop:{topic}" for topic in topics.split())
        for source, rubric, topics in rows[1:]
        if source == max(sources, key=len) and topics != "-"
    }


def _rows(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[column] for column in columns), strict=True)


def _found_names(
    gold: Mapping[str, GoldDocument], mentions: pd.DataFrame, column: str = "normal"
) -> dict[str, dict[_Span, str]]:
    """Map each document to a column's values for the names found in it, by span."""
    found: dict[str, dict[_Span, str]] = {doc_id: {} for doc_id in gold}
    names = mentions[(mentions["kind"] == "name") & mentions["doc_id"].isin(list(gold))]
    for doc_id, start, stop, kind, value in _rows(names, "doc_id", "start", "stop", "type", column):
        found[doc_id][_bare(gold[doc_id].text, start, stop, kind)] = value
    return found


def _bare(text: str, start: int, stop: int, kind: str) -> _Span:
    """Strip quotation marks at the borders of a span."""
    name = text[start:stop]
    return (
        start + len(name) - len(name.lstrip(_QUOTES)),
        stop - len(name) + len(name.rstrip(_QUOTES)),
        kind,
    )


def _is_ignored(document: GoldDocument, span: _Span) -> bool:
    return any(start < span[1] and span[0] < stop for start, stop in document.ignored)


def _form(text: str) -> str:
    return text.lower().replace("ё", "е")


def _name_form(text: str) -> str:
    return _form(text).strip(_QUOTES + " ")


def _counts(rows: list[_Row], classes: Iterable[str]) -> pd.DataFrame:
    """Sum the rows by class, and over all classes."""
    sums = pd.DataFrame(rows, columns=["class", *_COUNTS]).groupby("class").sum()
    counts = sums.reindex(list(classes), fill_value=0).astype("int64")
    counts.loc["all"] = counts.sum()
    return counts


def _table(counts: pd.DataFrame, **ratios: pd.Series[Any] | float) -> pd.DataFrame:
    """Ratios, then counts, with the class as a column."""
    table = counts.assign(**ratios)[[*ratios, *_COUNTS]]
    return table.rename_axis("class").reset_index()
