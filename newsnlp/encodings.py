"""Bytes -> text: in which encoding they are, and whether the text was decoded wrongly before.

A mark at the beginning tells; then UTF-16 and UTF-8 tell by themselves; then comes what is
declared, unless the letters say clearly that it lies; then what the letters say: of the encodings
that Russian was written in the one in which they are as frequent as in Russian; then
charset-normalizer, for the languages that are left.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import log

from newsnlp.tables import read_table

# Encodings that Russian texts were written in before UTF-8, the most frequent first.
_OLD_ENCODINGS = ("cp1251", "koi8-r", "cp866", "iso8859-5")
# UTF-32 first: its mark begins as that of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHECKED = 4096
_SAMPLE = 1 << 16
# Upper bytes of UTF-16 in a Russian text: Latin letters and blanks, Cyrillic letters, dashes, №.
_CYRILLIC_PAGE = 0x04
_PAGES = frozenset({0x00, _CYRILLIC_PAGE, 0x20, 0x21})
_SHORTEST_UTF16 = 8
# Encodings that a page or a header may declare; others of Python's are no encodings of texts.
_DECLARABLE = re.compile(
    r"(windows|cp|koi8|iso|(x-)?mac|latin|(us-)?ascii|gb|big5|shift|sjis|euc|utf-?(8|16|32))[\w-]*",
    re.IGNORECASE,
)
_DECLARED = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w-]{2,30})"
    rb"|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w-]{2,30})",
    re.IGNORECASE,
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROLS = 0.01
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
# Logarithms of how often a character is met: of a Russian text the mean is -3.1, and in a wrong
# encoding -5 or less.
_PUNCTUATION = dict.fromkeys("«»—–…“”„№\xa0©°·•", -4.5)
_OTHER_CYRILLIC = -6.0
_STRANGE = -9.0
_CASE_CHANGE = -3.0
_CAPITAL = -0.3
_LEAST_SCORE = -4.2
_LEAST_MARGIN = 0.3
_LEAST_LETTERS = 3
# charset-normalizer guesses boldly where there is little to go by.
_LEAST_GUESSED = 40
_CHANGES = re.compile("[а-яё][А-ЯЁ]")
# "Привет" in UTF-8, read as cp1251 or as cp1252: pairs that begin with the two letters which
# the lead bytes of Cyrillic letters became.
_TAILS = bytes(range(0x80, 0xC0))
_PAIRS = re.compile(
    "|".join(
        f"[{lead}][\x80-\xbf{re.escape(_TAILS.decode(encoding, 'ignore'))}]"
        for lead, encoding in (("РС", "cp1251"), ("ÐÑ", "cp1252"))
    )
)
_LEAST_PAIRS = 3
# Characters that are in any such text, and hardly in others: to look for them costs next to
# nothing. They are what the second bytes of frequent letters became, and the first ones in cp1252.
_TELLTALES = (*"оеантАОНКМ".encode()[1::2].decode("cp1251"), "Ð", "Ñ")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and the encoding that it was found to be in."""

    text: str
    encoding: str


class UndecodableError(ValueError):
    """Bytes that are no text, or in an encoding that cannot be told.

    Args:
        start: The first byte that is wrong.
        problem: What it is: "is not UTF-8: …".
    """

    def __init__(self, start: int, problem: str) -> None:
        super().__init__(f"byte {start} {problem}")
        self.start, self.problem = start, problem


def decode(data: bytes, *, declared: str | None = None, likely: str | None = None) -> Decoded:
    """Decode the bytes of a text; its newlines stay as they are.

    Args:
        data: All of the text.
        declared: Encoding that is declared for it.
        likely: Encoding of what stands around it: taken where its own letters do not tell.

    Raises:
        UndecodableError: It cannot be told in which encoding they are.

    Example:
        >>> decode("Саммит прошёл в Минске.".encode("koi8-r"))
        Decoded(text='Саммит прошёл в Минске.', encoding='koi8-r')
    """
    if marked := mark(data) or is_utf16(data[:_CHECKED]):
        try:
            return Decoded(data.decode(marked), marked.removesuffix("-sig"))
        except UnicodeDecodeError as error:
            name = marked.removesuffix("-sig").upper()[:6]
            raise UndecodableError(error.start, f"is not {name}, as the file says it is") from None
    try:
        return Decoded(data.decode(), "utf-8")
    except UnicodeDecodeError as error:
        start = error.start
    encoding = _not_utf8(data, start, declared, likely)
    if encoding is None:
        best = _best(_sample(data, start))[1]
        raise UndecodableError(
            start,
            "is not UTF-8: no other encoding is certain; convert it, for instance with "
            f"iconv -f {best} -t utf-8",
        )
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        raise UndecodableError(error.start, f"is not {encoding}, as the rest is") from None


def find_encoding(data: bytes, *, declared: str | None = None) -> str:
    r"""Find the encoding of a file by its beginning, which may end within a character.

    Args:
        data: First bytes of the file.
        declared: Encoding that is declared for it.

    Returns:
        Name of the encoding: "utf-8" also where nothing is certain.

    Example:
        >>> find_encoding("title;text\nДождь;Саммит прошёл в Минске".encode("cp1251"))
        'cp1251'
    """
    if marked := mark(data) or is_utf16(data[:_CHECKED]):
        return marked
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError as error:
        try:
            return _not_utf8(data, error.start, declared, None) or "utf-8"
        except UndecodableError:
            return "utf-8"
    return "utf-8"


def mark(data: bytes) -> str | None:
    """The encoding that the first bytes are the mark of."""
    return next((name for begin, name in _MARKS if data.startswith(begin)), None)


def is_utf16(head: bytes) -> str | None:
    """The order of bytes of UTF-16 without a mark: every second one is a letter's upper byte."""
    if len(head) < _SHORTEST_UTF16:
        return None
    for encoding, upper in (("utf-16-be", head[::2]), ("utf-16-le", head[1::2])):
        if _CYRILLIC_PAGE in upper and _PAGES.issuperset(upper):
            return encoding
    return None


def declared_encoding(head: bytes) -> str | None:
    """The encoding that a page declares in its head.

    Args:
        head: First bytes of the page.

    Example:
        >>> declared_encoding(b'<html><meta charset="windows-1251"><title>...')
        'windows-1251'
    """
    found = _DECLARED.search(head[:_CHECKED])
    return (found[1] or found[2]).decode("ascii", "replace") if found else None


def is_binary(data: bytes) -> bool:
    """Whether bytes are certainly no text: many of them are control characters."""
    sample = data[:_CHECKED]
    return len(_CONTROLS.findall(sample)) > _MOST_CONTROLS * len(sample)


def repair(text: str) -> str:
    """Undo that UTF-8 was read as cp1251 or cp1252, line by line; only where it is certain.

    Args:
        text: A text; almost always there is nothing to repair, and it is returned as it is.

    Example:
        >>> repair("РџСЂРёРІРµС‚, РњРёРЅСЃРє"), repair("Семга и Сёмга")
        ('Привет, Минск', 'Семга и Сёмга')
    """
    if len(text) < 2 * _LEAST_PAIRS:
        return text
    for char in _TELLTALES:
        if char in text:
            return "\n".join(map(_repaired_line, text.split("\n")))
    return text


def _repaired_line(line: str) -> str:
    n_pairs = len(_PAIRS.findall(line))
    n_other = len(line) - sum(map(str.isascii, line)) - 2 * n_pairs
    if n_pairs < _LEAST_PAIRS or n_other > n_pairs:
        return line
    import ftfy  # noqa: PLC0415  for the few texts that need it

    fixed: str = ftfy.fix_encoding(line)
    certain = (
        len(fixed) < len(line)
        and "\ufffd" not in fixed
        and _PAIRS.search(fixed) is None
        and _score(fixed) >= _LEAST_SCORE
    )
    return fixed if certain else line


def _not_utf8(data: bytes, start: int, declared: str | None, likely: str | None) -> str | None:
    """The encoding of what is no UTF-8 from a byte on; None where none is certain.

    Raises:
        UndecodableError: It is no text, or UTF-8 with some bytes that are none.
    """
    sample = _sample(data, start)
    if is_binary(sample) or is_binary(data):
        raise UndecodableError(start, "is not UTF-8: this is no text but binary data")
    as_utf8 = sample.decode("utf-8", "replace")
    n_bad = as_utf8.count("\ufffd")
    n_good = len(as_utf8) - sum(map(str.isascii, as_utf8)) - n_bad
    if n_good > 4 * n_bad or _is_good(data[max(0, start - _SAMPLE) : start], n_bad):
        raise UndecodableError(start, "is not UTF-8, though the text around it is")
    certain, best = _best(sample)
    if certain:
        return best
    for name in (declared, likely):
        if name is not None and _DECLARABLE.fullmatch(name) and _decodes(data, name):
            return name.lower()
    if len(sample) < _LEAST_GUESSED or len(_NOT_ASCII.findall(sample)) <= _LEAST_LETTERS:
        return None
    from charset_normalizer import from_bytes  # noqa: PLC0415  0.1 s that few files need

    guess = from_bytes(sample).best()
    return guess.encoding if guess is not None and _decodes(data, guess.encoding) else None


def _is_good(before: bytes, n_bad: int) -> bool:
    """Whether what stands before the first byte that is no UTF-8 is, with letters beyond ASCII."""
    return len(_NOT_ASCII.findall(before)) > 8 * n_bad


def _sample(data: bytes, start: int) -> bytes:
    begin = max(0, start - _CHECKED)
    return data[begin : start + _SAMPLE] if begin else data[: start + _SAMPLE]


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def _best(sample: bytes) -> tuple[bool, str]:
    """The encoding in which a text is most like Russian, and whether that is certain."""
    texts = {name: sample.decode(name, "replace") for name in _OLD_ENCODINGS}
    scores = sorted(((_score(text), name) for name, text in texts.items()), reverse=True)
    (first, best), (second, _) = scores[:2]
    n_letters = sum(char in _logarithms() for char in texts[best].lower())
    certain = first >= _LEAST_SCORE and first - second >= _LEAST_MARGIN
    return certain and n_letters >= _LEAST_LETTERS, best


def _score(text: str) -> float:
    """How Russian the characters beyond ASCII are, on the average."""
    counts = Counter(char for char in text if not char.isascii())
    if not counts:
        return _STRANGE
    total = sum(n * _of_character(char) for char, n in counts.items())
    total += _CASE_CHANGE * len(_CHANGES.findall(text))
    return total / counts.total()


def _of_character(char: str) -> float:
    if (known := _logarithms().get(char.lower())) is not None:
        return known + (_CAPITAL if char.isupper() else 0)
    if char in _PUNCTUATION:
        return _PUNCTUATION[char]
    return _OTHER_CYRILLIC if "\u0400" <= char <= "\u04ff" else _STRANGE


@cache
def _logarithms() -> dict[str, float]:
    counts = {letter: int(n) for letter, n in read_table("russian_letters.tsv")}
    whole = sum(counts.values())
    return {letter: log(n / whole) for letter, n in counts.items()}
