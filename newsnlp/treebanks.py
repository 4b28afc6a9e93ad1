r"""Layer *over*: frames as CoNLL-U, and treebanks as frames; public in `newsnlp.convert`.

Lines are read and written here and not by the library `conllu`: it tells no line of an error, takes
lines of any number of columns, cuts words at two spaces and values at a second "=", strips white
space that is part of a word, and knows neither documents nor offsets.

What a column cannot hold as it is stands in MISC: `Form`, `Lemma` and `Feats`, where there is a
line break, a tab or a lone "_" in one. MISC is escaped as UDPipe does it: `\s` for a space, `\t`,
`\n`, `\r`, `\p` for a vertical bar, `\\`; and `\uXXXX` for other white space and controls.
Mentions stand in `Entity`, in the brackets of CorefUD, with percent escapes within them.

https://universaldependencies.org/format.html, https://ufal.mff.cuni.cz/corefud
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd

import newsnlp
from newsnlp.frames import Frames, check_frames
from newsnlp.interchange import (
    BODY,
    CONTROLS,
    GENERATOR,
    NEWDOC,
    PARAGRAPH,
    TOLD,
    Document,
    Mention,
    Place,
    Sentence,
    Word,
    Written,
    articles_to_write,
    escaped,
    escaped_id,
    frames_of,
    lines_of,
    unescaped,
)
from newsnlp.schema import FUNCTIONS, MENTION_KINDS, TYPES, UPOS, ZONES

ENTITY = "# global.Entity = eid-etype-other"
_FIXED = {"kind": MENTION_KINDS, "function": FUNCTIONS}
_N_COLUMNS = 10
_CONTROL = re.compile(f"[{CONTROLS}]")
_UNWRITABLE = re.compile(rf"[{CONTROLS}]|^\s|\s$|\s\s|^_?$")
_TO_QUOTE = re.compile(rf"[%()|,:=\-\s{CONTROLS}]")
_NUMBER = re.compile(r"([1-9]\d*)(?:-([1-9]\d*))?|(\d+)\.[1-9]\d*")
_NEWPAR = re.compile(r"# ?newpar\b.*")
_BRACKET = re.compile(r"\(([^-()]+)-([^-()]*)-([^()]*)(\))?|([^-()]+)\)")
_SPACES = re.compile(r"\s*")


def to_conllu(frames: Frames) -> str:
    r"""Tokens, lemmas, parts of speech, features and mentions as CoNLL-U.

    Every article is a document with its `doc_id`; the kind of a zone stands in a comment `# zone`.
    White space is kept, in `SpacesAfter`. What is not annotated (menus, other languages) is left
    out, and a blank line stands for it; so is an article without a sentence. There is no syntax.

    Args:
        frames: Frames with `articles` and `tokens`; `mentions`, and the zones where `sentences`
            and `zones` were computed, are told too.

    Returns:
        The text of a file: `Path(…).write_text(text, encoding="utf-8")`.

    Raises:
        FrameNotComputedError: `tokens` were not computed.

    Example:
        >>> import newsnlp
        >>> text = newsnlp.convert.to_conllu(newsnlp.annotate("Токаев в Минске."))
        >>> print(text.splitlines()[6])
        # text = Токаев в Минске.
        >>> text.splitlines()[8].split("\t")[:4]
        ['2', 'в', 'в', 'ADP']
    """
    check_frames(frames)
    with_mentions = "mentions" in frames.names
    numbers: dict[Any, int] = {}
    lines: list[str] = []
    for article in articles_to_write(frames, with_mentions=with_mentions):
        lines += _document_lines(article, _brackets(article, numbers) if with_mentions else {})
    if not lines:
        return ""
    head = [f"{GENERATOR} {newsnlp.__version__}", *[ENTITY] * with_mentions]
    return "\n".join([*head, *lines, ""])


def _document_lines(article: Written, brackets: Mapping[int, str]) -> Iterator[str]:
    """Lines of an article; none where it has no sentence.

    Args:
        article: An article.
        brackets: What `Entity` says at a token, by row.
    """
    tokens, gaps, sentences = article.tokens, article.gaps(), article.sentences()
    zones = article.zones or [BODY] * (max(tokens["sentence_id"], default=-1) + 1)
    kinds = [zones[tokens["sentence_id"][first]] for first, _ in sentences]
    before = ["", *(_between(gaps[first - 1]) for first, _ in sentences[1:])]
    new_zone = [kind != last for last, kind in pairwise(["", *kinds])]
    new_paragraph = [new or "\n" in gap for new, gap in zip(new_zone, before, strict=False)]
    for place, (first, stop) in enumerate(sentences):
        if place == 0:
            yield f"# newdoc id = {escaped_id(article.doc_id)}"
        if new_paragraph[place]:
            yield "# newpar"
        if new_zone[place]:
            yield f"# zone = {kinds[place]}"
        yield f"# sent_id = {_in_sentence_id(article.doc_id)}-{tokens['sentence_id'][first]}"
        inner = [*(_CONTROL.sub(" ", gap) for gap in gaps[first : stop - 1]), ""]
        words = map(_shown, tokens["text"][first:stop])
        yield f"# text = {''.join(chain.from_iterable(zip(words, inner, strict=True)))}"
        for row in range(first, stop):
            misc = {"Entity": brackets[row]} if row in brackets else {}
            if row == 0:
                misc |= _space_before(article.text[: tokens["start"][0]])
            if row < stop - 1:  # where a word begins that begins with a space has to be told
                odd = tokens["text"][row + 1][0].isspace()
                misc |= _space_after(gaps[row], usual=None if odd else " ")
            elif stop < len(gaps):  # a paragraph ends with a blank line where nothing is told
                usual = None if new_paragraph[place + 1] else " "
                misc |= _space_after(before[place + 1], usual=usual)
            else:
                misc |= _space_after("" if gaps[row].strip() else gaps[row], usual=None)
            yield _word_line(row - first + 1, tokens, row, misc)
        yield ""


def _in_sentence_id(doc_id: str) -> str:
    """An identifier in that of a sentence, where a slash would set apart the language."""
    return escaped(doc_id).replace("/", f"\\u{ord('/'):04x}")


def _space_before(gap: str) -> dict[str, str]:
    """White space that a text begins with; what is not annotated is left out."""
    return {"SpacesBefore": escaped(gap)} if gap and not gap.strip() else {}


def _between(gap: str) -> str:
    """What stands between two sentences: a blank line for what is not annotated."""
    return PARAGRAPH if gap.strip() else gap


def _space_after(gap: str, usual: str | None) -> dict[str, str]:
    """White space after a word, where it is not the usual one."""
    if gap == usual:
        return {}
    return {"SpacesAfter": escaped(gap)} if gap else {"SpaceAfter": "No"}


def _word_line(number: int, tokens: Mapping[str, list[Any]], row: int, misc: dict[str, str]) -> str:
    form, lemma, upos, feats = (tokens[name][row] for name in ("text", "lemma", "upos", "feats"))
    if form != "_" and _UNWRITABLE.search(form):
        misc["Form"] = escaped(form)
    cells = [str(number), _shown(form)]
    for name, value in (("Lemma", lemma), ("Feats", feats)):
        is_there = isinstance(value, str)
        is_mark = name == "Lemma" and value == form == "_"  # which is read as the lemma of «_»
        if is_there and _UNWRITABLE.search(value) and not is_mark:
            misc[name] = escaped(value)
        cells.append(value if is_there and name not in misc else "_")
    if form == "_" and not isinstance(lemma, str):
        misc["NoLemma"] = "Yes"  # «_» alone would be the lemma of «_»
    cells[3:3] = [upos if isinstance(upos, str) else "_", "_"]
    told = "|".join(f"{name}={misc[name]}" for name in sorted(misc))
    return "\t".join([*cells, "_", "_", "_", told or "_"])


def _shown(form: str) -> str:
    """A form in its column, of the same length."""
    return _CONTROL.sub("\ufffd", form)


def _brackets(article: Written, numbers: dict[Any, int]) -> dict[int, str]:
    """What opens and closes at each token that a mention starts or ends at.

    Args:
        article: An article with its mentions.
        numbers: Numbers of the entities of the file, of which new ones are added.
    """
    mentions = article.mentions
    brackets: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    spans = zip(mentions["token_start"], mentions["token_stop"], strict=True)
    for row, (start, stop) in enumerate(spans):
        told = {name: mentions[name][row] for name in TOLD}
        told = {name: value for name, value in told.items() if not pd.isna(value)}
        if "score" in told:
            told["score"] = np.float32(told["score"])  # which prints no more digits than it has
        entity = told.get("entity_id", (article.doc_id, row))  # without an id it is one of its own
        number = numbers.setdefault(entity, len(numbers) + 1)
        pairs = [f"{name}:{_quoted(str(value))}" for name, value in told.items()]
        end = ")" if stop - start == 1 else ""
        brackets.setdefault(start, []).append(
            f"(e{number}-{mentions['type'][row]}-{','.join(pairs)}{end}"
        )
        if not end:
            closing.setdefault(stop - 1, []).insert(0, f"e{number})")
    return {
        row: "".join([*brackets.get(row, ()), *closing.get(row, ())])
        for row in (*brackets, *closing)
    }


def _quoted(value: str) -> str:
    """A value in a bracket of `Entity`."""
    return _TO_QUOTE.sub(lambda match: "".join(f"%{n:02X}" for n in match[0].encode()), value)


# --- CoNLL-U, read -------------------------------------------------------------------------------


def from_conllu(source: str | Path) -> Frames:
    r"""Frames of a treebank, or of what `to_conllu` wrote.

    A document without an identifier has its number for one, from 0; a file without documents is
    one. A multiword token (1-2) is one token, with the lemma, part of speech and features of its
    first word; empty nodes (1.1) are left out. White space is that of `# text` and `SpacesAfter`.
    Mentions are read from the file of `to_conllu` only.

    Args:
        source: CoNLL-U itself as a `str`, or the `Path` of a file, gzipped or not.

    Returns:
        `articles, zones, sentences, tokens, mentions`; `.info` says that they were converted.

    Raises:
        ReadError: There is no sentence, or a line is not as it has to be; it is named.
        DuplicateIdError: A document comes twice.

    Example:
        >>> import newsnlp
        >>> rows = ["1", "Снег", "снег", "NOUN", "_", "Case=Nom", "_", "_", "_", "_"]
        >>> frames = newsnlp.convert.from_conllu("# newdoc id = а\n" + "\t".join(rows) + "\n")
        >>> frames.tokens[["doc_id", "text", "lemma", "upos"]].values.tolist()
        [['а', 'Снег', 'снег', 'NOUN']]
    """
    reading = _Reading()
    block: list[tuple[Place, str]] = []
    for place, line in lines_of(source):
        if line:
            block.append((place, line))
        elif block:
            reading.block(block)
            block = []
    if block:
        reading.block(block)
    return frames_of(reading.documents, "CoNLL-U", between=" ")


@dataclass(slots=True)
class _Reading:
    """What is read so far, and what its comments say of what follows."""

    documents: list[Document] = field(default_factory=list)
    is_ours: bool = False
    has_entities: bool = False
    zone: str = BODY

    def block(self, lines: Sequence[tuple[Place, str]]) -> None:
        """A sentence with its comments.

        Args:
            lines: Its lines, none of them blank.
        """
        n_comments = next((n for n, (_, line) in enumerate(lines) if line[0] != "#"), len(lines))
        sentence, text = Sentence(), None
        n_documents = len(self.documents)
        for place, line in lines[:n_comments]:
            if self.comment(place, line):
                if len(self.documents) > n_documents + 1:  # «# newdoc» and «# newdoc_id» of one
                    last = self.documents.pop()
                    self.documents[-1].doc_id = last.doc_id or self.documents[-1].doc_id
            elif _NEWPAR.fullmatch(line):
                sentence.new_paragraph = True
            elif line.startswith("# text = "):
                text = line.removeprefix("# text = ")
        sentence.zone = self.zone
        if n_comments == len(lines):
            return
        if not self.documents:
            self.documents.append(Document(None, lines[0][0]))
        _read_words(lines[n_comments:], text, sentence, has_entities=self.has_entities)
        self.documents[-1].sentences.append(sentence)

    def comment(self, place: Place, line: str) -> bool:
        """Whether a document begins with a comment; it may say other things of what follows.

        Args:
            place: Where it stands.
            line: The comment.
        """
        if line.startswith(GENERATOR):
            self.is_ours = True
        elif line.startswith("# global.Entity"):
            self.has_entities = line == ENTITY
        elif line.startswith("# zone = "):
            self.zone = line.removeprefix("# zone = ")
            if self.zone not in ZONES:
                raise place.error(f"zone {self.zone!r} is none of {', '.join(ZONES)}")
        elif newdoc := NEWDOC.fullmatch(line):
            doc_id = newdoc[1] or None
            self.documents.append(
                Document(unescaped(doc_id) if doc_id and self.is_ours else doc_id, place)
            )
            self.zone = BODY
            return True
        return False


def _read_words(
    lines: Sequence[tuple[Place, str]], text: str | None, sentence: Sentence, *, has_entities: bool
) -> None:
    """Put the words of a sentence, and mentions, into it."""
    words, mentions = sentence.words, _Mentions()
    position = 0
    for place, surface, cells in _tokens(lines):
        misc = _misc(surface[9])
        form = surface[1]
        after = unescaped(misc["SpacesAfter"]) if "SpacesAfter" in misc else None
        if misc.get("SpaceAfter") == "No":
            after = ""
        if text is not None:
            position = _found(text, form, position, place)
            if after is None and position < len(text):
                gap = _SPACES.match(text, position)
                after = gap[0] if gap else ""
            if after and text.startswith(_CONTROL.sub(" ", after), position):
                position += len(after)
        if not words and "SpacesBefore" in misc:
            sentence.before = unescaped(misc["SpacesBefore"])
        if has_entities and "Entity" in misc:
            mentions.read(misc["Entity"], len(words), place)
        words.append(_word(form, cells, misc, after, place))
    if text is not None and text[position:].strip():
        raise place.error(f"the words end, and # text goes on with {text[position:]!r:.60}")
    sentence.mentions = mentions.ended(place)


def _tokens(
    lines: Sequence[tuple[Place, str]],
) -> Iterator[tuple[Place, Sequence[str], Sequence[str]]]:
    """Each token's place, the cells that it is spelled by and those of its first word."""
    expected, last, multiword = 1, 0, None
    for place, line in lines:
        cells = line.split("\t")
        number = _NUMBER.fullmatch(cells[0])
        if len(cells) != _N_COLUMNS or number is None:
            raise place.error(
                f"{_N_COLUMNS} columns with tabs between them are expected, the first a number; "
                f"here are {len(cells)}: {line[:60]!r}"
            )
        first = int(number[1] or number[3])
        if first != (expected if number[1] else expected - 1):
            raise place.error(f"word {expected} is expected, here is {cells[0]}")
        if number[2]:
            if first <= last or int(number[2]) <= first:
                raise place.error(f"{cells[0]} is no range of words after those of the one before")
            last, multiword = int(number[2]), cells
        elif number[1]:
            expected += 1
            if multiword or first > last:
                yield place, multiword or cells, cells
                multiword = None
    if expected <= last:
        raise place.error(f"word {expected} is expected, of a token that ends with {last}")


def _found(text: str, form: str, position: int, place: Place) -> int:
    """Where a form ends in `# text`."""
    if not text.startswith(form, position):
        position += len(text[position:]) - len(text[position:].lstrip())
    if not text.startswith(form, position):
        raise place.error(f"{form!r} is not what follows in # text: {text[position:]!r:.60}")
    return position + len(form)


def _misc(cell: str) -> dict[str, str]:
    if cell == "_":
        return {}
    return {name: value for name, _, value in (part.partition("=") for part in cell.split("|"))}


def _word(
    form: str, cells: Sequence[str], misc: Mapping[str, str], after: str | None, place: Place
) -> Word:
    _, _, lemma, upos, _, feats, *_ = cells
    if upos not in UPOS and upos != "_":
        raise place.error(f"the part of speech {upos!r} is none of {', '.join(UPOS)}")
    lemmas = lemma if lemma != "_" or (form == "_" and "NoLemma" not in misc) else None
    return Word(
        unescaped(misc["Form"]) if "Form" in misc else form,
        after,
        unescaped(misc["Lemma"]) if "Lemma" in misc else lemmas,
        None if upos == "_" else upos,
        unescaped(misc["Feats"]) if "Feats" in misc else None if feats == "_" else feats,
    )


@dataclass(slots=True)
class _Mentions:
    """Mentions of a sentence in the order in which they open, and which of them are open."""

    found: list[Mention] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)

    def read(self, brackets: str, word: int, place: Place) -> None:
        """What opens and closes at a word.

        Args:
            brackets: Value of `Entity`.
            word: Place of the word in the sentence.
            place: Where it stands.
        """
        pieces = list(_BRACKET.finditer(brackets))
        if "".join(piece[0] for piece in pieces) != brackets:
            raise place.error(f"Entity is not of (eid-etype-other) or eid): {brackets[:60]!r}")
        for piece in pieces:
            number, type_, others, is_one, closed = piece.groups()
            if closed:
                row = self._open(closed)
                if row is None:
                    raise place.error(f"{piece[0]} closes a mention that is not open")
                self.found[row] = self.found[row]._replace(stop=word + 1)
                continue
            told = {
                name: unquote(value)
                for name, _, value in (pair.partition(":") for pair in others.split(",") if pair)
            }
            _check_told(type_, told, place)
            self.numbers.append(number)
            self.found.append(Mention(word, word + 1 if is_one else -1, type_, told))

    def _open(self, number: str) -> int | None:
        rows = reversed(range(len(self.found)))
        return next(
            (row for row in rows if self.numbers[row] == number and self.found[row].stop < 0), None
        )

    def ended(self, place: Place) -> list[Mention]:
        """The mentions, none of which may be open.

        Args:
            place: Where the sentence ends.
        """
        for number, mention in zip(self.numbers, self.found, strict=True):
            if mention.stop < 0:
                raise place.error(f"the sentence ends, and its mention {number} is not closed")
        return self.found


def _check_told(type_: str, told: Mapping[str, str], place: Place) -> None:
    for name, value, some in (
        ("type", type_, TYPES),
        *((name, told.get(name, some[0]), some) for name, some in _FIXED.items()),
    ):
        if value not in some:
            raise place.error(f"{name} {value!r} of a mention is none of {', '.join(some)}")
    try:
        float(told.get("score", 0))
    except ValueError:
        raise place.error(f"score {told['score']!r} of a mention is no number") from None
