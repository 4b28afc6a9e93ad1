"""Layer *segment*: sentences and tokens of the annotated zones.

Both are razdel's, but for these differences, each with a test of its own. Tokens:

- no rule looks across a space: «10, 20» is three tokens, for razdel two, «10,» among them;
- a word before a hanging hyphen keeps it whatever follows: «нефте- и газопровод»;
- glued words are cut, «АкордыГлава», and so are bullets, «■Курс»;
- web and mail addresses («добро.рф», and so the name «ВЭБ.РФ»), «#хештеги» and «@имена» are one
  token each;
- emoji are tokens apart from words, a run of them one token: «ура😀😀».

Sentences; which words are meant is said by tables, since the words are what makes a border:

- sentences that are glued, «в Акорде.Глава» or «АкордыГлава», or begin with a bullet are cut;
- a line break ends a sentence, unless the line plainly goes on in the next one;
- white space of any length between two sentences is one space to razdel's rules;
- a semicolon ends none, «(Иванов, 5; Петров, 20)», but before «– пункт»; in a list numbers stand
  after a semicolon or colon too, «Купить: 1. Хлеб; 2. Соль»;
- the stop in a bracket that opens inside a sentence is the bracket's: «(главой — ред.)»;
- two closing quotes after a stop end a sentence as one does; quotes before a stop begin none;
- letters after a digit, hyphen, slash or capital are no abbreviation: «в 1990-х», «15 м/с», «ВС»;
- «2010 г.» and «20 т.» may end a sentence, as do «млн.» and «др.» before a quote or a date;
- so do an abbreviation or initial before a word that opens sentences: «в серии А. После матча»,
  a letter that is a name: «в группе Б. Команда», and a full word: «взялся за ум. Тренер»;
- abbreviations that razdel does not know go on: «род. 5 мая», «Tesla Inc. Илон Маск»;
- a word that ends in a vowel is no abbreviation, so a sentence may begin with a small letter;
- emoji and smiles end a sentence before a capital, and go with the sentence whose stop they follow.

A text is cut at white space into chunks. Chunks repeat, so the distinct ones of a batch are cut,
all in one scan, and their tokens laid out by index. Where a sentence may end is found by classes of
neighbouring characters; most such places need no more than a look, the rest razdel's rules.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, count
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from razdel.segmenters.punct import CLOSE_BRACKETS, CLOSE_QUOTES, DASHES, ENDINGS, GENERIC_QUOTES
from razdel.segmenters.sentenize import BULLET_SIZE, DELIMITER, DELIMITERS, RULES, SentSplit
from razdel.segmenters.sokr import HEAD_PAIR_SOKRS, INITIALS, PAIR_SOKRS, SOKRS
from razdel.segmenters.tokenize import PUNCTS

from newsnlp.columns import Bools, Ints, Sentences, Texts, Tokens, Zones
from newsnlp.composition import LINE_BREAKS
from newsnlp.tables import read_table

# A token of razdel's within a chunk. Its atoms are runs of Russian letters, of Latin ones and of
# digits, single marks and other single characters, which join to each other and to letters.
_OTHER = rf"[^\sа-яёa-z\d{re.escape(PUNCTS)}]"
_ALPHABET = "(?:[а-яё]++|[a-z]++)"
_RUN = rf"(?:{_ALPHABET}(?:{_OTHER}++{_ALPHABET}?+)*+|(?:{_OTHER}++{_ALPHABET}?+)++|\d++)"
_TOKEN = re.compile(
    rf"{_RUN}(?:[{re.escape(DASHES)}_]{_RUN}|(?<=\d)[.,/\\]\d++)*+"
    rf"(?:(?<=yahoo)(?<![a-z]yahoo)![{ENDINGS}]*+|-(?!\S))?+"  # «Yahoo!», «нефте-»
    rf"|[{ENDINGS}]++|-{{2,}}+|\*{{2,}}+|[=:;][)(]{{1,3}}+|\S",
    re.IGNORECASE,
)

# Addresses and runs of emoji are one token each, and no emoji joins to letters. Few chunks have
# any, so marks of them are looked for first; the pattern begins with a set of characters, for which
# a scan is fast.
_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3\U0001f000-\U0001faff"
_SPECIAL_MARK = re.compile(
    rf"[@#:w.{_EMOJI}](?:(?<=[@#{_EMOJI}])|(?<=:)//|(?<=w)ww\.|(?<=[\w]\.)(?:рф|РФ)(?!\w))"
)
_SPECIAL = re.compile(
    r"(?:https?://|www\.)[!-~]*[a-z\d/]|[a-z\d][a-z\d._+-]{0,63}+@[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]+"
    rf"|[@#](?:[^\W\d]|\d+[^\W\d])[\w-]*(?<!-)|[{_EMOJI}]+|[а-яё\d-]+\.рф(?!\w)|"
    + _TOKEN.pattern.replace(_OTHER, rf"(?![{_EMOJI}]){_OTHER}"),
    re.IGNORECASE,
)
# Faces, hands, hearts and the like, which end a sentence rather than begin an item of a list.
_FACES = (
    "\u2639\u263a\u2640\u2642\u2665\u2764\u26aa\u26ea\u2728\u270a-\u270c\u2b50"
    "\U0001f300-\U0001f3a0\U0001f3a9-\U0001f445\U0001f44a-\U0001f4af\U0001f520-\U0001f52f"
    "\U0001f540-\U0001faff"
)

# Cyrillic letters of Russian and Kazakh.
_LOWER, _UPPER = "а-яёәғқңөұүһі", "А-ЯЁӘҒҚҢӨҰҮҺІ"
_BULLETS = "■□▪▫●•◆►▶"
_GLUED_WORD = re.compile(
    rf"(?<![#@{_LOWER}{_UPPER}])[{_LOWER}{_UPPER}]*[{_LOWER}][{_UPPER}][{_LOWER}{_UPPER}]*|[{_BULLETS}]"
)
# Where a chunk may need spaces; it begins with a set of characters, for which a scan is fast.
_NEEDS_CARE = re.compile(
    rf"[-{_UPPER}{_BULLETS}](?:(?<=[{_LOWER}][{_UPPER}])|(?<=[{_BULLETS}])|(?<=-)$)", re.MULTILINE
)
_INNER_CAPITAL = re.compile(rf"(?<=[{_LOWER}])(?=[{_UPPER}])")
_LONGEST_PREFIX = 5  # letters before an abbreviation in one word: «АвтоВАЗ»

_BORDER = re.compile(
    rf"(?P<line>[{LINE_BREAKS}]\s*)|(?P<bullet>(?=[{_BULLETS}]))"
    rf"|(?P<seam>(?=[{_UPPER}][{_LOWER}])(?<=[{_LOWER}]))"
    rf"|(?P<face>(?:[{_FACES}]|\ufe0f(?<=[{_FACES}]\ufe0f))(?=\s))"
    rf"|(?P<small>\.(?=\s+[а-яё])(?<=[а-яё]{{2}}[аеёиоуыэюяь]\.))"
    rf"|(?<=[{_LOWER}a-z\d»”)%])(?P<glued>[.!?…]+[»”)]?)(?=[\"«“„(]?[{_UPPER}][{_LOWER}])"
    rf"|{DELIMITER}(?=\s)(?!\s+[а-яё]+\b)",
)
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST_NAME = 30  # letters of a word on either side of a seam that are looked at
_SHORTEST_BEFORE_SEAM = 4  # letters; shorter words are prepositions glued to a name
_LINE_BREAK = re.compile(rf"\r\n|[{LINE_BREAKS}]")
_SPACE_IN_LINE = re.compile(rf"[^\S{LINE_BREAKS}]")
_WINDOW = 10  # characters that razdel's rules see on each side of a border
_STOPS = frozenset(ENDINGS)
_CLOSING = frozenset(GENERIC_QUOTES + CLOSE_QUOTES + CLOSE_BRACKETS)
# What a sentence may begin with; after a dash, a word in small letters would be joined.
_OPENING = re.compile(
    rf"[«“(\d{re.escape(GENERIC_QUOTES)}]|(?:[{re.escape(DASHES)}]\s)?[A-Z{_UPPER}]"
)
# Marks that no line of its own begins with, and ones after which a line is not at its end.
_GOES_ON = frozenset(",.)!?;:»…")
_OPEN_END = frozenset("(«,–—")
_LINE_END = frozenset('.!?…:;»"”)')

# What our rules look for before and after a mark.
_BEHIND, _AHEAD = 200, 30  # characters before and after a mark that they see
_LONGEST_DATE = 6  # words of a date that begins a sentence: «Напомним, в начале мая 2010 г.»
_CLOSING_QUOTES = CLOSE_QUOTES + GENERIC_QUOTES
_SUFFIX = re.compile(
    r"(?:\d-|/)[^\W\d_]{1,3}\Z|(?:\d|°\s?|[а-яa-z]-|[А-ЯA-Z])[А-ЯA-Z]\Z|[а-яё]\s[IVX]\Z"
)
_YEAR = re.compile(r"\d{4}\s*\w+\Z")
_LETTERED = re.compile(r"\b([^\W\d_]+)\s+(?:[А-ЯA-Z]\s+и\s+)?[А-ЯA-Z]\Z")
_PAIR = re.compile(r"\b(\w)\.\s*(\w)\Z")
_DAY = re.compile(r"\d\d?\s+([^\W\d_]+)")
_DASHED = re.compile(rf"[{re.escape(DASHES)}]{{1,2}}\s")
_ITEM = re.compile(r"[;:](?=\s)")  # before an item of a list
_BELONGS_BEFORE = re.compile(rf"[{_FACES}][{_FACES}\u200d\ufe0f]*(?!\S)|(?:''|``|[»”'\"])\s?[.,;]")
_CAPITAL_AHEAD = re.compile(rf"[«“„\"]?[A-Z{_UPPER}]")
_CAPITALISED = re.compile(rf"{_CAPITAL_AHEAD.pattern}(?![A-Z{_UPPER}])")
_NEXT_SPEAKER = re.compile(rf"@|{_CAPITAL_AHEAD.pattern}")

Classes = npt.NDArray[np.uint8]

# Classes of characters, as bits of a byte, by code point; all white space lies below the bound.
_BOUND = 0x3001
_SPACE, _BREAK, _BULLET, _SMALL, _CAPITAL, _ENDING, _DELIMITER, _SMILE = np.uint8(1) << np.arange(
    8, dtype=np.uint8
)


def _class_table() -> Classes:
    characters = "".join(map(chr, range(_BOUND)))
    members = {
        _SPACE: r"\s", _BREAK: f"[{LINE_BREAKS}]", _BULLET: f"[{_BULLETS}]",
        _SMALL: f"[{_LOWER}]", _CAPITAL: f"[{_UPPER}]", _ENDING: f"[{ENDINGS}]",
        _DELIMITER: rf"[{re.escape(DELIMITERS)}]|[{_FACES}\ufe0f]", _SMILE: "[=:;]",
    }  # fmt: skip
    table = np.zeros(_BOUND + 1, np.uint8)  # the last for all characters from the bound on
    for bit, pattern in members.items():
        table[[match.start() for match in re.finditer(pattern, characters)]] |= bit
    table[_BOUND] = _DELIMITER  # emoji are among them
    return table


_CLASSES = _class_table()


def segment(texts: Texts, zones: Zones) -> tuple[Sentences, Tokens]:
    """Cut the annotated zones into sentences and tokens.

    Args:
        texts: Texts of the batch.
        zones: Their zones.

    Example:
        >>> from newsnlp.columns import Texts, Zones
        >>> texts = Texts.join(["Токаев прибыл в г. Минск. Переговоры начались."])
        >>> one, text = np.zeros(1, np.int64), texts.text
        >>> zones = Zones(one, one, one, one, np.array([len(text)]), np.ones(1, np.bool_))
        >>> sentences, tokens = segment(texts, zones)
        >>> text[sentences.start[1] : sentences.stop[1]]
        'Переговоры начались.'
        >>> [tokens.words[word] for word in tokens.word[:6]]
        ['Токаев', 'прибыл', 'в', 'г', '.', 'Минск']
    """
    chunks = _chunks(texts, zones)
    sentences = _sentences(texts, zones, chunks)
    token_start, token_stop, word, words = _tokens(chunks)
    sentence = np.searchsorted(sentences.start, token_start, "right") - 1
    tokens = Tokens(sentences.doc[sentence], sentence, token_start, token_stop, word, words)
    return sentences, tokens


@dataclass(frozen=True, slots=True)
class _Chunks:
    """Stretches without white space in the annotated zones: `start`, `stop` of shape (chunks,).

    `letters` are the characters of the chunks end to end, `classes` those of the whole text.
    """

    start: Ints
    stop: Ints
    letters: npt.NDArray[np.uint32]
    classes: Classes


def _chunks(texts: Texts, zones: Zones) -> _Chunks:
    codes = np.frombuffer(texts.text.encode("utf-32-le"), np.uint32)
    classes = _CLASSES[np.minimum(codes, _BOUND)]
    start, stop = zones.start[zones.annotated], zones.stop[zones.annotated]
    edges = np.zeros(len(codes) + 1, np.int8)
    edges[start] += 1
    edges[stop] -= 1
    solid = np.zeros(len(codes) + 2, np.bool_)  # with nothing before and after the text
    solid[1:-1] = np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_) & (classes & _SPACE == 0)
    opens, closes = solid[1:-1] > solid[:-2], solid[1:-1] > solid[2:]
    opens[start] = closes[stop - 1] = True  # zones may touch without white space between them
    return _Chunks(np.flatnonzero(opens), np.flatnonzero(closes) + 1, codes[solid[1:-1]], classes)


def _tokens(chunks: _Chunks) -> tuple[Ints, Ints, Ints, list[str]]:
    """Start, stop and spelling of every token, and the distinct spellings."""
    chunk, distinct_stop, lines = _distinct(chunks)
    pieces = _pieces(_with_spaces(lines))
    word_rows: defaultdict[str, int] = defaultdict(count().__next__)
    word = np.fromiter(map(word_rows.__getitem__, pieces), np.int64, len(pieces))
    length = np.fromiter(map(len, pieces), np.int64, len(pieces))
    piece_stop = np.cumsum(length)
    # Pieces and distinct chunks are the same letters end to end: so a chunk knows its pieces.
    last = np.searchsorted(piece_stop, distinct_stop, "right")
    n_pieces = np.diff(last, prepend=0)[chunk]
    n_before = np.cumsum(n_pieces) - n_pieces
    piece = np.repeat(last[chunk] - n_pieces - n_before, n_pieces) + np.arange(n_pieces.sum())
    stop = np.repeat(chunks.stop - distinct_stop[chunk], n_pieces) + piece_stop[piece]
    return stop - length[piece], stop, word[piece], list(word_rows)


def _pieces(lines: str) -> list[str]:
    """The tokens of chunks, a line each."""
    pieces, done = [], 0
    for match in _SPECIAL_MARK.finditer(lines):
        if match.start() >= done:
            start = lines.rfind("\n", 0, match.start()) + 1
            stop = lines.index("\n", start)
            pieces += _TOKEN.findall(lines, done, start)
            pieces += _SPECIAL.findall(lines, start, stop)
            done = stop
    return pieces + _TOKEN.findall(lines, done)


def _distinct(chunks: _Chunks) -> tuple[Ints, Ints, str]:
    """Each chunk's row among the distinct ones, where those stop, and their text, a line each.

    The stops count the letters of the distinct chunks end to end.
    """
    letters, width = chunks.letters, chunks.letters.itemsize
    offsets = np.append(0, np.cumsum(chunks.stop - chunks.start)) * width
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(letters)]
    array = pa.Array.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)
    encoded = array.dictionary_encode()
    _, offset_buffer, letter_buffer = encoded.dictionary.buffers()
    stops = np.frombuffer(offset_buffer, np.int64)[1 : len(encoded.dictionary) + 1] // width
    distinct = np.frombuffer(letter_buffer, letters.dtype)[: stops[-1] if len(stops) else 0]
    lines = np.insert(distinct, stops, ord("\n")).tobytes().decode("utf-32-le")
    return encoded.indices.to_numpy().astype(np.int64), stops, lines


def _with_spaces(lines: str) -> str:
    """Chunks, a line each, with spaces where `_TOKEN` would not cut by itself."""
    parts, done = [], 0
    for match in _NEEDS_CARE.finditer(lines):
        if match.start() >= done:
            start = lines.rfind("\n", 0, match.start()) + 1
            stop = lines.index("\n", start)
            words = _GLUED_WORD.sub(_cut_word, lines[start:stop]).split()
            parts += [lines[done:start], " ".join(map(_cut_hyphen, words))]
            done = stop
    return "".join([*parts, lines[done:]])


def _cut_word(match: re.Match[str]) -> str:
    """Glued words, or a bullet, with spaces between them."""
    if match[0] in _BULLETS:
        return f" {match[0]} "
    return match[0] if _is_one_word(match[0]) else _INNER_CAPITAL.sub(" ", match[0])


def _cut_hyphen(chunk: str) -> str:
    """A hyphen at the end stays with a word in small letters only: «нефте- и газопровод»."""
    word = chunk[:-1]
    if chunk[-1] != "-" or not word or word.endswith("-"):
        return chunk
    last = _TOKEN.findall(word)[-1]
    return chunk if last.isalpha() and last.islower() else f"{word} -"


def _is_one_word(word: str) -> bool:
    """Whether a word has a capital inside by itself: a known one, or «АвтоВАЗ», «КазНИТУ»."""
    if word.startswith(_with_inner_capitals()):
        return True
    first, *rest = _INNER_CAPITAL.split(word)
    return first[0].isupper() and len(first) <= _LONGEST_PREFIX and "".join(rest).isupper()


@cache
def _with_inner_capitals() -> tuple[str, ...]:
    return tuple(beginning for beginning, _ in read_table("inner_capitals.tsv"))


def _sentences(texts: Texts, zones: Zones, chunks: _Chunks) -> Sentences:
    annotated = np.flatnonzero(zones.annotated)
    zone_start, zone_stop = zones.start[annotated], zones.stop[annotated]
    candidate = _candidates(chunks.classes)
    first, last = np.searchsorted(candidate, [zone_start, zone_stop]).tolist()
    after = np.append(chunks.start, len(texts.text))
    next_chunk = after[np.searchsorted(chunks.start, candidate, "right")]
    places = list(zip(candidate.tolist(), next_chunk.tolist(), strict=True))
    starts = [
        list(_sentence_starts(texts.text, places[a:b], start, stop))
        for a, b, start, stop in zip(
            first, last, zone_start.tolist(), zone_stop.tolist(), strict=True
        )
    ]
    zone = np.repeat(annotated, np.fromiter(map(len, starts), np.int64, len(starts)))
    start = np.fromiter(chain.from_iterable(starts), np.int64, len(zone))
    end = np.append(start, len(texts.text))[1:]  # of the sentence with the white space after it
    last_chunk = np.searchsorted(chunks.start, end) - 1
    return Sentences(zones.doc[zone], zone, start, np.minimum(chunks.stop[last_chunk], end))


def _candidates(classes: Classes) -> Ints:
    """Where `_BORDER` may match, told by the classes of a character and its neighbours."""
    before, after = np.append(_SPACE, classes[:-1]), np.append(classes[1:], _SPACE)

    def has(classes: Classes, bits: np.uint8) -> Bools:
        found: Bools = classes & bits != 0
        return found

    return np.flatnonzero(
        has(classes, _BREAK | _BULLET)
        | (has(classes, _CAPITAL) & has(before, _SMALL) & has(after, _SMALL))
        | (has(classes, _DELIMITER) & has(after, _SPACE))
        | (has(classes, _ENDING) & ~has(before | after, _SPACE))
        | (has(classes, _SMILE) & ~has(after, _SPACE))
    )


def _sentence_starts(
    text: str, places: list[tuple[int, int]], start: int, stop: int
) -> Iterator[int]:
    """Where the sentences of a zone start; `places` are candidates in it, with the next chunk."""
    yield start
    done = start
    for place, next_chunk in places:
        if place < done:
            continue
        plainly = _plainly_ends(text, start, place, next_chunk) if next_chunk < stop else None
        if plainly:
            yield next_chunk
            start = done = next_chunk
        match = _BORDER.match(text, place, stop) if plainly is None else None
        if match is None:
            continue
        done = following = match.end()
        while following < stop and text[following].isspace():
            following += 1
        if following == stop:
            break
        if done > start and _ends(text, start, match, following, stop):
            yield following
            start = done = following


def _ends(text: str, start: int, border: re.Match[str], following: int, stop: int) -> bool:
    """Whether a sentence ends at a match of `_BORDER`."""
    place = border.start()
    match border.lastgroup:
        case "line":
            return _line_ends(text, start, border, following)
        case "bullet" | "small":
            return True
        case "seam":
            return _seam_ends(text, start, place, stop)
        case "face":
            before = text[max(start, place - _BEHIND) : place]
            after = text[following : min(following + 2, stop)]
            return bool(_LETTERS.search(before) and _NEXT_SPEAKER.match(after))
        case "glued":
            return not _is_abbreviation(text[max(start, place - _WINDOW) : place])
    return not _joins(text, start, border, following, stop)


def _plainly_ends(text: str, start: int, border: int, following: int) -> bool | None:
    """Whether a mark ends a sentence, if its neighbours leave razdel's rules no doubt; else None.

    Every rule joins or says nothing: one that joins is enough, a border is what none would join.
    """
    mark, left = text[border], text[border - 1]
    if not text[border + 1].isspace() or left.isspace():
        return None
    if mark == ";":
        return None if _DASHED.match(text, following) else False
    if mark in _CLOSING and left not in ENDINGS and left not in _CLOSING:
        return False
    is_short = border - start <= BULLET_SIZE  # which may be a list's number
    if mark not in _STOPS or is_short or not _OPENING.match(text, following):
        return None
    if mark != "." or not left.isalpha():
        return None if _ITEM.search(text, border - BULLET_SIZE, border) else True
    word = _LAST_WORD.search(text, border - _WINDOW, border)
    plain = word is not None and len(word[0]) > 1 and word[0].lower() not in _abbreviations()
    return plain or None


def _joins(text: str, start: int, match: re.Match[str], following: int, stop: int) -> bool:
    """Whether a sentence goes on over a mark: by our rules or, where they say nothing, razdel's."""
    border, after = match.span()
    before = text[max(start, border - _BEHIND) : border]
    place = _Place.of(before, match[0], text[following : min(following + _AHEAD, stop)])
    for ours in _RULES_BY_MARK.get(place.mark, ()):
        joins = ours(place)
        if joins is not None:
            return joins
    right = text[after] + text[following : min(following + _WINDOW - 1, stop)]
    split = SentSplit(text[max(start, border - _WINDOW) : border], text[border:after], right)
    # razdel's list numbers are short sentences, the space before counted.
    opens = start - 1 if _SPACE_IN_LINE.match(text, start - 1) else start
    split.buffer = _ITEM.split(text[max(opens, border - BULLET_SIZE - 1) : border])[-1]
    for rule in RULES:
        action = rule(split)
        if action:
            return bool(action == "join")
    return False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a sentence may end: the sentence up to a mark, the mark, and what follows the space."""

    sentence: str
    mark: str
    following: str
    word: str  # the letters before the mark
    kind: str | None  # the kind of abbreviation that they are, as our table has it
    has_capital: bool  # whether what follows begins with a capital, maybe after a quote
    tail: str  # the end of the sentence, with two words or three

    @classmethod
    def of(cls, sentence: str, mark: str, following: str) -> _Place:
        word = _last_word(sentence)
        has_capital = _CAPITAL_AHEAD.match(following) is not None
        kind, tail = _kinds().get(word.lower()), sentence[-_LONGEST_NAME:]
        return cls(sentence, mark, following, word, kind, has_capital, tail)

    @property
    def opener(self) -> str | None:
        """The word that follows if it is one that opens sentences."""
        word = _LETTERS.match(self.following)
        is_initial = word is not None and self.following.startswith(".", word.end())
        return word[0] if word and word[0] in _openers() and not is_initial else None


def _last_word(text: str) -> str:
    """The letters that a text ends with."""
    match = _LAST_WORD.search(text, max(0, len(text) - _LONGEST_NAME))
    return match[0] if match else ""


# Rules say whether the sentence goes on (True), ends (False), or nothing (None).


def _semicolon(place: _Place) -> bool | None:
    """No border, unless the next item of a list follows."""
    return _DASHED.match(place.following) is None


def _what_follows(place: _Place) -> bool | None:
    """Faces, and quotes with a stop after them, belong to the sentence before."""
    return True if _BELONGS_BEFORE.match(place.following) else None


def _smile(place: _Place) -> bool | None:
    """«Спасибо))»: brackets that nothing opened."""
    is_smile = place.sentence.endswith(")")
    if is_smile and place.sentence.count("(") < place.sentence.count(")"):
        return _NEXT_SPEAKER.match(place.following) is None
    return None


def _inner_bracket(place: _Place) -> bool | None:
    """«… (главой МИД — ред.)»: the stop belongs to what is in the brackets, not to the sentence."""
    before, last = place.sentence[:-1], place.sentence[-1:]
    if last not in _STOPS or place.sentence.rfind("(") <= 0:
        return None
    is_inner = last != "." or _last_word(before).lower() in _abbreviations()
    return True if is_inner else None


def _two_quotes(place: _Place) -> bool | None:
    """«Это "Да!"»: the stop is before both quotes."""
    bare = place.sentence.rstrip(_CLOSING_QUOTES)
    has_stop = bare != place.sentence and bare[-1:] in _STOPS
    return not place.has_capital if has_stop else None


def _suffix(place: _Place) -> bool | None:
    """«в 1990-х», «5 м/с», «Су-24М», «Пётр I», «ВС»: neither abbreviation nor initial."""
    is_suffix = _SUFFIX.search(place.tail) and _CAPITALISED.match(place.following)
    return False if is_suffix else None


def _year(place: _Place) -> bool | None:
    """«в 2010 г.» ends a sentence that it does not begin, but before an adjective of its own."""
    if place.kind != "year" or not place.has_capital or not _YEAR.search(place.tail):
        return None
    words = _LETTERS.findall(place.sentence)
    if len(words) <= _LONGEST_DATE and _openers().get(words[0]) == "date":
        return True
    following = _LETTERS.match(place.following)
    is_oblique = following is not None and following[0].endswith(_oblique_endings())
    return is_oblique and place.opener is None


def _unit(place: _Place) -> bool | None:
    """«20 м.», «$10 млрд.»: not before the rest of the number."""
    day = _DAY.match(place.following)
    goes_on = not place.has_capital and (day is None or day[1] not in _months())
    if goes_on or place.kind != "unit":
        return None
    return False if _after_number().search(place.tail) else None


def _last(place: _Place) -> bool | None:
    """«и т. д.» before a capital."""
    return False if place.has_capital and _lasts().search(place.tail) else None


def _lettered(place: _Place) -> bool | None:
    """«в серии А.»: the letter is a name."""
    match = _LETTERED.search(place.tail) if place.has_capital else None
    return False if match and match[1].lower().startswith(_lettered_nouns()) else None


def _opener(place: _Place) -> bool | None:
    """An abbreviation or an initial before a word that opens sentences."""
    word = place.word
    if not word or not place.opener or place.kind == "part":
        return None
    pair = _PAIR.search(place.tail.lower())
    is_pair = pair is not None and pair.groups() in HEAD_PAIR_SOKRS
    is_item = word == place.sentence.strip("( ")
    return None if is_pair or is_item else False


def _abbreviation(place: _Place) -> bool | None:
    """Abbreviations of ours, and full words that razdel holds for ones."""
    before_number = place.following[:1].isdigit()
    match place.kind:
        case "name":
            return True
        case "number" if before_number:
            return True
        case "word" if not before_number:
            return not place.has_capital
    return None


# The marks that a rule looks at, and the rule. The first that says something decides; where none
# does, razdel's rules do.
_RULES = (
    (";", _semicolon),
    (DELIMITERS, _what_follows),
    (")", _smile),
    (CLOSE_BRACKETS, _inner_bracket),
    (_CLOSING_QUOTES, _two_quotes),
    (".", _suffix),
    (".", _year),
    (".", _unit),
    (".", _last),
    (".", _lettered),
    (".", _opener),
    (".", _abbreviation),
)
_RULES_BY_MARK = MappingProxyType(
    {mark: tuple(rule for marks, rule in _RULES if mark in marks) for mark in DELIMITERS}
)


@cache
def _kinds() -> dict[str, str]:
    return {words: kind for words, kind, _ in read_table("abbreviations.tsv")}


@cache
def _abbreviations() -> frozenset[str]:
    """Words that may stand before a full stop within a sentence, in lower case."""
    return frozenset(SOKRS | INITIALS | {pair[0] for pair in PAIR_SOKRS} | set(_kinds()))


@cache
def _after_number() -> re.Pattern[str]:
    """A unit, or several as in «5 тыс. кв. км», after a number."""
    units = "|".join(words for words, kind in _kinds().items() if kind == "unit")
    return re.compile(rf"\d\s*(?:(?:{units})\.?\s*)*\Z")


@cache
def _lasts() -> re.Pattern[str]:
    lasts = [re.escape(words) for words, kind in _kinds().items() if kind == "last"]
    return re.compile(rf"\b(?:{'|'.join(lasts)})\Z".replace(r"\ ", r"\s*"))


@cache
def _lettered_nouns() -> tuple[str, ...]:
    return tuple(beginning for beginning, _ in read_table("lettered_nouns.tsv"))


@cache
def _oblique_endings() -> tuple[str, ...]:
    return tuple(ending for ending, _ in read_table("oblique_endings.tsv"))


@cache
def _openers() -> dict[str, str]:
    return {word: use for word, use, _ in read_table("sentence_openers.tsv")}


@cache
def _months() -> frozenset[str]:
    return frozenset(word for word, kind, *_ in read_table("date_words.tsv") if kind == "month")


def _seam_ends(text: str, start: int, seam: int, stop: int) -> bool:
    """Whether a capital inside a word opens a sentence: «Акорды|Глава», but «на|Петропавловск»."""
    left = _LAST_WORD.search(text, max(start, seam - _LONGEST_NAME), seam)
    right = _LETTERS.match(text, seam, min(stop, seam + _LONGEST_NAME))
    if left is None or right is None:  # the word before lies in another zone
        return False
    is_hashtag = left.start() > start and text[left.start() - 1] in "#@"
    is_word = is_hashtag or _is_one_word(left[0] + right[0])
    return len(left[0]) >= _SHORTEST_BEFORE_SEAM and not is_word


def _is_abbreviation(left: str) -> bool:
    """Whether what a full stop follows is an abbreviation, such as «г» in «г.Алматы»."""
    word = _LAST_WORD.search(left)
    return word is not None and (len(word[0]) == 1 or word[0].lower() in SOKRS)


def _line_ends(text: str, start: int, match: re.Match[str], following: int) -> bool:
    """Whether a line break ends a sentence; it does not where a wrapped line goes on."""
    last = match.start() - 1
    while last > start and text[last].isspace():
        last -= 1
    if len(_LINE_BREAK.findall(match[0])) > 1:
        return True
    if text[following] in _GOES_ON or text[last] in _OPEN_END:
        return False
    return not text[following].islower() or text[last] in _LINE_END
