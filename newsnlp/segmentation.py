"""Layer *segment*: sentences and tokens of the annotated zones.

Tokens are razdel's, with two differences: no rule looks across a space, and glued words are cut
(«АкордыГлава», «■Курс»). A text is cut at white space into chunks; chunks repeat, so each distinct
one is cut once and its tokens are laid out by index. Sentences are razdel's too, within
paragraphs: a line break ends one unless a line plainly goes on, and so does a full stop to which
the next sentence is glued.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
from razdel import tokenize
from razdel.segmenters.sentenize import DELIMITER, RULES, SentSplit
from razdel.segmenters.sokr import HEAD_SOKRS, SOKRS

from newsnlp.columns import Bools, Ints, Sentences, Texts, Tokens, Zones
from newsnlp.tables import read_table

# White space as `str.split` knows it, by code point; all of it lies below this bound.
_SPACE_BOUND = 0x3001
_SPACES = np.array([chr(code).isspace() for code in range(_SPACE_BOUND + 1)])

# One word with at most one mark before and two after: no rule of razdel's joins any of these.
_SIMPLE_CHUNK = re.compile(
    r"([«\"(„“]?)([а-яё]+(?:-[а-яё]+)*|[a-z]+|\d+)([»\")”]?)([,.;:!?…]?)", re.IGNORECASE
)
_JOINED_TO_MARK = "yahoo"  # razdel keeps "Yahoo!" in one piece
_ATOM = re.compile(r"[^\W\d_]+|\d+|\S")
# Longer chunks are no words: they are cut into plain atoms, in linear time.
_LONGEST_WORD = 200

# Cyrillic letters of Russian and Kazakh.
_LOWER, _UPPER = "а-яёәғқңөұүһі", "А-ЯЁӘҒҚҢӨҰҮҺІ"
_BULLETS = "■□▪▫●•◆►▶"
_GLUED_WORD = re.compile(
    rf"(?<![#@{_LOWER}{_UPPER}])[{_LOWER}{_UPPER}]*[{_LOWER}][{_UPPER}][{_LOWER}{_UPPER}]*|[{_BULLETS}]"
)
_INNER_CAPITAL = re.compile(rf"(?<=[{_LOWER}])(?=[{_UPPER}])")
_LONGEST_PREFIX = 5  # letters before an abbreviation in one word: «АвтоВАЗ»

_LINE_BREAKS = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_BORDER = re.compile(
    rf"(?P<line>[{_LINE_BREAKS}]\s*)|(?P<bullet>(?=[{_BULLETS}]))"
    rf"|(?P<seam>(?=[{_UPPER}][{_LOWER}])(?<=[{_LOWER}]))"
    rf"|(?<=[{_LOWER}a-z\d»”)%])(?P<glued>[.!?…]+[»”)]?)(?=[\"«“„(]?[{_UPPER}][{_LOWER}])"
    rf"|{DELIMITER}(?=\s)(?!\s+[а-яё]+\b)",
)
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST_NAME = 30  # letters of a word on either side of a seam that are looked at
_SHORTEST_BEFORE_SEAM = 4  # letters; shorter words are prepositions glued to a name
_LINE_BREAK = re.compile(rf"\r\n|[{_LINE_BREAKS}]")
_WINDOW = 10  # characters that razdel's rules see on each side of a border
# Marks that no line of its own begins with, and ones after which a line is not at its end.
_GOES_ON = frozenset(",.)!?;:»…")
_OPEN_END = frozenset("(«,–—")
_LINE_END = frozenset('.!?…:;»"”)')


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
    sentences = _sentences(texts.text, zones)
    chunks, start = _chunks(texts.text, zones)
    token_start, token_stop, word, words = _tokens(chunks, start)
    sentence = np.searchsorted(sentences.start, token_start, "right") - 1
    tokens = Tokens(sentences.doc[sentence], sentence, token_start, token_stop, word, words)
    return sentences, tokens


def _is_space(text: str) -> Bools:
    """Which characters of a text are white space: shape (characters,)."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    return _SPACES[np.minimum(codes, _SPACE_BOUND)]


def _chunks(text: str, zones: Zones) -> tuple[list[str], Ints]:
    """Stretches without white space in the annotated zones, and where they start."""
    start, stop = zones.start[zones.annotated], zones.stop[zones.annotated]
    chunks: list[str] = []
    for zone_start, zone_stop in zip(start.tolist(), stop.tolist(), strict=True):
        chunks.extend(text[zone_start:zone_stop].split())
    inside = np.zeros(len(text) + 1, np.int8)
    inside[start] += 1
    inside[stop] -= 1
    solid = np.cumsum(inside[:-1], dtype=np.int8).astype(np.bool_) & ~_is_space(text)
    first = solid.copy()
    first[1:] &= ~solid[:-1]
    first[start] = True  # zones may touch without white space between them
    return chunks, np.flatnonzero(first)


def _tokens(chunks: list[str], chunk_start: Ints) -> tuple[Ints, Ints, Ints, list[str]]:
    """Start, stop and spelling of every token, and the distinct spellings."""
    chunk_rows: dict[str, int] = {}
    chunk_row = np.fromiter(
        (chunk_rows.setdefault(chunk, len(chunk_rows)) for chunk in chunks), np.int64, len(chunks)
    )
    word_rows: dict[str, int] = {}
    lengths: list[int] = []
    words: list[int] = []
    counts: list[int] = []
    for chunk in chunk_rows:
        pieces = _pieces(chunk)
        counts.append(len(pieces))
        lengths.extend(map(len, pieces))
        words.extend(word_rows.setdefault(piece, len(word_rows)) for piece in pieces)
    # Row of each token among the pieces of the distinct chunks.
    count = np.array(counts, np.int64)
    piece_stop = np.cumsum(count)
    n_pieces = count[chunk_row]
    row = np.arange(n_pieces.sum()) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    row += np.repeat((piece_stop - count)[chunk_row], n_pieces)
    length = np.array(lengths, np.int64)
    length_before = np.cumsum(length) - length
    offset = length_before - np.repeat(length_before[piece_stop - count], count)
    start = np.repeat(chunk_start, n_pieces) + offset[row]
    return start, start + length[row], np.array(words, np.int64)[row], list(word_rows)


def _pieces(chunk: str) -> list[str]:
    """Tokens of one stretch without white space; end to end they are the stretch."""
    if _GLUED_WORD.search(chunk):
        parts = _unglued(chunk)
        if len(parts) > 1:
            return [piece for part in parts for piece in _pieces(part)]
    simple = _SIMPLE_CHUNK.fullmatch(chunk)
    if simple and simple[2].lower() != _JOINED_TO_MARK:
        return [piece for piece in simple.groups() if piece]
    if len(chunk) > _LONGEST_WORD:
        return _ATOM.findall(chunk)
    pieces = [token.text for token in tokenize(chunk)]
    if pieces[-1] == "-" and len(pieces) > 1 and pieces[-2].isalpha() and pieces[-2].islower():
        pieces[-2:] = [pieces[-2] + "-"]  # «нефте- и газопровод»: the word goes with its hyphen
    return pieces


def _unglued(chunk: str) -> list[str]:
    """Parts of a chunk in which words stand without a space between them."""
    cuts = {0, len(chunk)}
    for match in _GLUED_WORD.finditer(chunk):
        start, stop = match.span()
        if chunk[start] in _BULLETS:
            cuts |= {start, stop}
        elif not _is_one_word(match[0]):
            cuts |= {start + seam.start() for seam in _INNER_CAPITAL.finditer(match[0])}
    borders = sorted(cuts)
    return [chunk[a:b] for a, b in pairwise(borders)]


def _is_one_word(word: str) -> bool:
    """Whether a word has a capital inside by itself: a known one, or «АвтоВАЗ», «КазНИТУ»."""
    if word.startswith(_with_inner_capitals()):
        return True
    first, *rest = _INNER_CAPITAL.split(word)
    return first[0].isupper() and len(first) <= _LONGEST_PREFIX and "".join(rest).isupper()


@cache
def _with_inner_capitals() -> tuple[str, ...]:
    return tuple(beginning for beginning, _ in read_table("inner_capitals.tsv"))


def _sentences(text: str, zones: Zones) -> Sentences:
    rows = [
        (doc, zone, start, stop)
        for zone, (doc, zone_start, zone_stop) in enumerate(
            zip(zones.doc.tolist(), zones.start.tolist(), zones.stop.tolist(), strict=True)
        )
        if zones.annotated[zone]
        for start, stop in _sentence_borders(text, zone_start, zone_stop)
    ]
    doc, zone, start, stop = np.array(rows, np.int64).reshape(-1, 4).T
    return Sentences(doc, zone, start, stop)


def _sentence_borders(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Start and stop of each sentence of a zone; `stop` is exclusive, white space is left out."""
    for match in _BORDER.finditer(text, start, stop):
        following = match.end()
        while following < stop and text[following].isspace():
            following += 1
        if following == stop:
            break
        if match["line"] is not None:
            ends = _line_ends(text, start, match, following)
        elif match["bullet"] is not None:
            ends = True
        elif match["seam"] is not None:
            ends = _seam_ends(text, start, match.start(), stop)
        elif match["glued"] is not None:
            ends = not _is_abbreviation(text[max(start, match.start() - _WINDOW) : match.start()])
        else:
            ends = not _joins(text, start, match, following, stop)
        if ends and match.end() > start:
            yield start, start + len(text[start : match.end()].rstrip())
            start = following
    yield start, stop


def _joins(text: str, start: int, match: re.Match[str], following: int, stop: int) -> bool:
    """Whether razdel's rules carry a sentence on over a full stop, quote or bracket."""
    border, after = match.span()
    right = text[after] + text[following : min(following + _WINDOW - 1, stop)]
    split = SentSplit(text[max(start, border - _WINDOW) : border], text[border:after], right)
    split.buffer = text[start:border]
    for rule in RULES:
        action = rule(split)
        if action:
            return bool(action == "join")
    return False


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
    return word is not None and (len(word[0]) == 1 or word[0].lower() in HEAD_SOKRS | SOKRS)


def _line_ends(text: str, start: int, match: re.Match[str], following: int) -> bool:
    """Whether a line break ends a sentence; it does not where a wrapped line goes on."""
    line = text[start : match.start()].rstrip()
    if not line or len(_LINE_BREAK.findall(match["line"])) > 1:
        return True
    if text[following] in _GOES_ON or line[-1] in _OPEN_END:
        return False
    return not text[following].islower() or line[-1] in _LINE_END
