"""Layer *over*: frames in the formats of other tools, and back.

- spaCy: `to_spacy`, and `to_displacy` for its pictures
- CoNLL-U, the format of Universal Dependencies: `to_conllu`, `from_conllu`
- BIO, the format of names: `to_bio`, `from_bio`
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from newsnlp.errors import MissingExtraError
from newsnlp.frames import Frames, check_frames
from newsnlp.interchange import (
    NAMES,
    Written,
    articles_to_write,
    by_article,
    check_kinds,
    outermost,
)
from newsnlp.tagged import from_bio, to_bio
from newsnlp.treebanks import from_conllu, to_conllu

__all__ = ["from_bio", "from_conllu", "to_bio", "to_conllu", "to_displacy", "to_spacy"]

MENTIONS = "mentions"  # key of all mentions among the spans of a spaCy document
# What stands between two tokens: a space is the first token's, all other white space a token, and
# so is each word of what is not annotated.
_PIECE = re.compile(r"\s+|\S+")


class _Words(NamedTuple):
    """Words of a spaCy document, as lists of their facts, and the place of each token in them."""

    words: list[str]
    spaces: list[bool]
    starts: list[bool]
    tokens: list[int | None]
    places: list[int]


def to_spacy(frames: Frames, *, vocab: Any = None, kinds: Collection[str] = NAMES) -> Iterator[Any]:
    """Articles as spaCy documents, with our tokens, sentences, lemmas, morphology and names.

    `doc.text` is `articles.text`, whatever white space it has: what is more than one space between
    two words is a token, as in spaCy. What is not annotated (menus, other languages) is cut where
    it has white space, and has no analysis. An article without a text is a document without words.

    Args:
        frames: Frames with `articles` and `tokens`, and `mentions` if there are to be names.
        vocab: Vocabulary of the documents, `nlp.vocab` of a pipeline that they go to; by default
            that of `spacy.blank("ru")`.
        kinds: Kinds of mentions that are entities: name, role and common. Of those one in another
            the outermost is.

    Returns:
        Documents one by one. `doc.user_data` has `doc_id` and what is known of `title`, `source`,
        `url` and `day`; an entity has the type as its label and `entity_id` as `kb_id_` and
        `ent_id_`; `doc.spans["mentions"]` has all mentions, of any kind.

    Raises:
        OptionError: There is no such kind.
        FrameNotComputedError: `tokens` were not computed.
        MissingExtraError: spaCy is not installed.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate("Токаев прибыл в Минск.")
        >>> [doc] = newsnlp.convert.to_spacy(frames)  # doctest: +SKIP
        >>> [(ent.text, ent.label_, ent.kb_id_) for ent in doc.ents]  # doctest: +SKIP
        [('Токаев', 'PER', 'per:tokayev'), ('Минск', 'LOC', 'city:625144')]
    """
    check_frames(frames)
    kinds = check_kinds(kinds)
    spacy = _spacy()
    frames.tokens  # noqa: B018 - asked for now and not when the first document is
    vocab = spacy.blank("ru").vocab if vocab is None else vocab
    return _documents(frames, spacy, vocab, kinds)


def _spacy() -> Any:
    try:
        import spacy  # noqa: PLC0415
        import spacy.tokens  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            'documents of spaCy need spaCy: pip install "newsnlp[spacy]"'
        ) from error
    return spacy


def _documents(frames: Frames, spacy: Any, vocab: Any, kinds: Collection[str]) -> Iterator[Any]:
    with_mentions = "mentions" in frames.names
    facts = frames.articles[["doc_id", "title", "source", "url", "day"]]
    facts = facts.assign(day=facts["day"].dt.strftime("%Y-%m-%d"))
    articles = articles_to_write(frames, with_mentions=with_mentions)
    for article, known in zip(articles, facts.to_dict("records"), strict=True):
        words = _words(article)
        doc = spacy.tokens.Doc(
            vocab,
            words=words.words,
            spaces=words.spaces,
            sent_starts=words.starts,
            user_data={name: fact for name, fact in known.items() if isinstance(fact, str)},
            **_analysis(article.tokens, words),
        )
        if with_mentions:
            spans = _spans(article, words, doc, spacy.tokens.Span)
            doc.set_ents([spans[row] for row in outermost(article, kinds)])
            doc.spans[MENTIONS] = spans
        yield doc


def _words(article: Written) -> _Words:
    """Words of a document that together are the text of an article."""
    words = _Words([], [], [], [], [])
    tokens = article.tokens
    firsts = {first for first, _ in article.sentences()}
    before = article.text[: tokens["start"][0]] if tokens["start"] else article.text
    _add_between(words, before)
    for row, (word, gap) in enumerate(zip(tokens["text"], article.gaps(), strict=True)):
        words.places.append(len(words.words))
        # White space that a text begins with is part of its first sentence.
        starts = row in firsts and (row > 0 or bool(before.strip()))
        _add(words, word, starts=starts, token=row)
        _add_between(words, gap)
    if words.starts:
        words.starts[0] = True
    return words


def _add(words: _Words, word: str, *, starts: bool, token: int | None = None) -> None:
    words.words.append(word)
    words.spaces.append(False)
    words.starts.append(starts)
    words.tokens.append(token)


def _add_between(words: _Words, gap: str) -> None:
    """Words of what stands between two tokens; the first that is not blank starts a sentence."""
    starts = True
    for piece in _PIECE.findall(gap):
        blank = piece
        if piece[0] == " " and words.words and not words.words[-1].isspace():
            words.spaces[-1] = True
            blank = piece[1:]
        if blank:
            _add(words, blank, starts=starts and not piece.isspace())
            starts = starts and piece.isspace()


def _analysis(tokens: Mapping[str, list[Any]], words: _Words) -> dict[str, list[str]]:
    """Lemma, part of speech and morphology of each word, empty for what is no token of ours."""

    def of(column: str) -> list[str]:
        values = tokens[column]
        told = ["" if row is None else values[row] for row in words.tokens]
        return [value if isinstance(value, str) else "" for value in told]

    blank = [word.isspace() for word in words.words]
    pos = ["SPACE" if is_blank else part for is_blank, part in zip(blank, of("upos"), strict=True)]
    return {"lemmas": of("lemma"), "pos": pos, "morphs": of("feats")}


def _spans(article: Written, words: _Words, doc: Any, span: Any) -> list[Any]:
    """All mentions as spans."""
    mentions = article.mentions
    rows = zip(
        *(mentions[name] for name in ("token_start", "token_stop", "type", "entity_id")),
        strict=True,
    )
    return [
        span(
            doc,
            words.places[start],
            words.places[stop - 1] + 1,
            label=type_,
            kb_id=entity if isinstance(entity, str) else "",
            span_id=entity if isinstance(entity, str) else "",
        )
        for start, stop, type_, entity in rows
    ]


def to_displacy(frames: Frames, *, kinds: Collection[str] = NAMES) -> list[dict[str, Any]]:
    """Articles as spaCy's displaCy draws them: `displacy.render(…, style="ent", manual=True)`.

    spaCy is not needed for that.

    Args:
        frames: Frames with `articles` and `mentions`.
        kinds: As for `to_spacy`.

    Returns:
        One dict an article: `text`, which is empty where there is none; `title`, None where there
        is none; and `ents`, each with `start`, `end`, `label` and `kb_id`, the `entity_id`.

    Raises:
        OptionError: There is no such kind.
        FrameNotComputedError: `mentions` were not computed.

    Example:
        >>> import newsnlp
        >>> newsnlp.convert.to_displacy(newsnlp.annotate("Токаев в Минске."))[0]["ents"][1]
        {'start': 9, 'end': 15, 'label': 'LOC', 'kb_id': 'city:625144'}
    """
    check_frames(frames)
    kinds = check_kinds(kinds)
    articles = frames.articles
    drawn = []
    for mentions, doc_id, text, title in zip(
        by_article(articles, frames.mentions),
        *(articles[name] for name in ("doc_id", "text", "title")),
        strict=True,
    ):
        article = Written(doc_id, text if isinstance(text, str) else "", {}, mentions, [])
        rows = outermost(article, kinds)
        names = {"start": "start", "end": "stop", "label": "type", "kb_id": "entity_id"}
        ents = [{key: mentions[name][row] for key, name in names.items()} for row in rows]
        for ent in ents:
            ent["kb_id"] = ent["kb_id"] if isinstance(ent["kb_id"], str) else ""
        told = title if isinstance(title, str) else None
        drawn.append({"text": article.text, "ents": ents, "title": told})
    return drawn
