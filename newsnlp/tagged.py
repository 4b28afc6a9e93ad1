"""Layer *over*: names as BIO, a token and its tag a line, and back; public in `newsnlp.convert`."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import newsnlp
from newsnlp.frames import Frames, check_frames
from newsnlp.interchange import (
    CONTROLS,
    GENERATOR,
    NAMES,
    NEWDOC,
    Document,
    Mention,
    Place,
    Sentence,
    Word,
    articles_to_write,
    check_kinds,
    escape_of,
    escaped_id,
    frames_of,
    lines_of,
    outermost,
    unescaped,
)
from newsnlp.schema import TYPES

_TO_ESCAPE = re.compile(rf"[\\{CONTROLS}]")
_BIO = re.compile(r"O|([BI])-(.+)")
_DOCSTART = "-DOCSTART-"


def to_bio(frames: Frames, *, kinds: Collection[str] = NAMES) -> str:
    r"""Tokens and types of mentions as BIO: a token, a tab and B-PER, I-PER … or O on each line.

    A blank line ends a sentence, a comment `# newdoc id = …` begins an article. Of mentions one in
    another the outermost counts. In a token a line break or tab is escaped, and a backslash:
    `\n`, `\t`, `\uXXXX`, `\\`.

    Args:
        frames: Frames with `articles`, `tokens` and `mentions`.
        kinds: Which mentions count, of name, role and common.

    Returns:
        The text of a file: `Path(…).write_text(text, encoding="utf-8")`.

    Raises:
        OptionError: There is no such kind.
        FrameNotComputedError: `tokens` or `mentions` were not computed.

    Example:
        >>> import newsnlp
        >>> text = newsnlp.convert.to_bio(newsnlp.annotate("Касым-Жомарт Токаев прибыл в Минск."))
        >>> [line.split("\t") for line in text.splitlines()[2:5]]
        [['Касым-Жомарт', 'B-PER'], ['Токаев', 'I-PER'], ['прибыл', 'O']]
    """
    check_frames(frames)
    kinds = check_kinds(kinds)
    lines = [f"{GENERATOR} {newsnlp.__version__}"]
    frames.mentions  # noqa: B018 - asked for before any work
    for article in articles_to_write(frames):
        lines.append(f"# newdoc id = {escaped_id(article.doc_id)}")
        mentions = article.mentions
        tags = ["O"] * len(article.tokens["text"])
        for row in outermost(article, kinds):
            start, stop = mentions["token_start"][row], mentions["token_stop"][row]
            tags[start:stop] = [f"I-{mentions['type'][row]}"] * (stop - start)
            tags[start] = f"B-{mentions['type'][row]}"
        for first, stop in article.sentences():
            words = map(_escaped_token, article.tokens["text"][first:stop])
            lines += [f"{word}\t{tag}" for word, tag in zip(words, tags[first:stop], strict=True)]
            lines.append("")
        if not tags:
            lines.append("")
    return "\n".join([*lines, ""])


def _escaped_token(word: str) -> str:
    if word.partition(" ")[0] == _DOCSTART:  # is a mark of other files
        return f"\\u{ord('-'):04x}{word[1:]}"
    return _TO_ESCAPE.sub(escape_of, word)


def from_bio(source: str | Path) -> Frames:
    r"""Frames of names that are marked in BIO, such as gold data or what `to_bio` wrote.

    A document begins with a comment `# newdoc id = …` or with a line «-DOCSTART-»; one without an
    identifier has its number for one, from 0. There is a space between two tokens of the text, and
    a line break between two sentences.

    Args:
        source: BIO itself as a `str`, or the `Path` of a file, gzipped or not.

    Returns:
        `articles, zones, sentences, tokens, mentions`, where lemmas, parts of speech and entities
        are missing; `.info` says that they were converted.

    Raises:
        ReadError: There is no sentence, or a line is not as it has to be; it is named.
        DuplicateIdError: A document comes twice.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.convert.from_bio("Аскар\tB-PER\nЖумалиев\tI-PER\nвыступил\tO\n")
        >>> frames.mentions[["text", "type", "start", "stop"]].values.tolist()
        [['Аскар Жумалиев', 'PER', 0, 14]]
    """
    documents: list[Document] = []
    is_ours, sentence = False, Sentence()
    for place, line in lines_of(source):
        newdoc = None if "\t" in line else NEWDOC.fullmatch(line)
        if newdoc or line.split("\t")[0].split(" ")[0] == _DOCSTART:
            doc_id = (newdoc and newdoc[1]) or None
            doc_id = unescaped(doc_id) if doc_id and is_ours else doc_id
            documents.append(Document(doc_id, place))
            sentence = Sentence()
        elif not line:
            sentence = Sentence()
        elif line.startswith("#") and "\t" not in line:
            is_ours = is_ours or line.startswith(GENERATOR)
        else:
            if not documents:
                documents.append(Document(None, place))
            if not sentence.words:
                documents[-1].sentences.append(sentence)
            _read_tagged(line, sentence, place, is_ours=is_ours)
    return frames_of(documents, "BIO", between="\n")


def _read_tagged(line: str, sentence: Sentence, place: Place, *, is_ours: bool) -> None:
    """Put a token into its sentence, and a mention that begins or goes on with it."""
    cells = line.split("\t")
    if len(cells) != 2 or not cells[0]:
        raise place.error(f"a token, one tab and a tag are expected: {line[:60]!r}")
    tag = _BIO.fullmatch(cells[1])
    if tag is None or (tag[2] and tag[2] not in TYPES):
        some = ", ".join(TYPES)
        raise place.error(f"the tag {cells[1]!r} is not O, B- or I- with one of {some}")
    words, mentions = sentence.words, sentence.mentions
    if tag[1] == "B":
        mentions.append(Mention(len(words), len(words) + 1, tag[2], {}))
    elif tag[1] == "I":
        if not mentions or mentions[-1].stop < len(words) or mentions[-1].type != tag[2]:
            raise place.error(f"{cells[1]} goes on with no {tag[2]}: B-{tag[2]} is expected first")
        mentions[-1] = mentions[-1]._replace(stop=len(words) + 1)
    words.append(Word(unescaped(cells[0]) if is_ours else cells[0]))
