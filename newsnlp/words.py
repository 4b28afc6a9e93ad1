"""Forms of a word under which it is looked up: case and Kazakh letters folded, shape."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

_BORDER_MARKS = " \t\n«»\"„“”‘’'().,"
# What a character is in a key: nothing to do, an end, a space, or what asks for more.
_PLAIN, _END, _SPACE, _ODD = 0, 1, 2, 4
_TWO_GAPS = _END + _SPACE
_KINDS = np.full(0x0500, _ODD, np.uint8)
_KINDS[
    [
        ord(letter)
        for letter in "абвгдежзийклмнопрстуфхцчшщъыьэюяabcdefghijklmnopqrstuvwxyz0123456789-"
    ]
] = _PLAIN
_KINDS[ord("\n")], _KINDS[ord(" ")] = _END, _SPACE
_KAZAKHSTAN = re.compile("казакстан")
_UNQUOTED = str.maketrans({".": " ", "ё": "е", **dict.fromkeys('«»"„“”')})

# Kazakh letters to the Russian ones that Russian spelling uses for them (DESIGN.md, layers).
_FOLDED = str.maketrans("әғқңөұүһіӘҒҚҢӨҰҮҺІ", "агкноуухиАГКНОУУХИ")
_OF_KAZAKH_ALONE = frozenset("әғқңөұүһӘҒҚҢӨҰҮҺ")
# Combining acute and grave stress, soft hyphen, characters without width.
_IGNORED = str.maketrans("", "", "\u0301\u0300\u00ad\u200b\u200c\u200d\u2060\ufeff")

_CHANGED = re.compile(f"[{''.join(map(chr, _FOLDED | _IGNORED))}]")

_MARKS = "!#$%&()[]\\/*+,.:;<=>?@^_{|}~-‐−‒⁃–—―`\"'«»„“ʼʻ”№…"
_SCRIPT = re.compile(
    rf"(?P<RU>[а-яё]+)|(?P<EN>[a-z]+)|(?P<NUM>[+-]?\d+)|(?P<PUNCT>[{re.escape(_MARKS)}]+)",
    re.IGNORECASE,
)


def fold(word: str) -> str:
    """Look-up form of a word: lower case, Kazakh letters folded, stress and soft hyphens dropped.

    Args:
        word: A token as it is spelled.

    Example:
        >>> fold("Тоқаев"), fold("за\u0301мок")
        ('токаев', 'замок')
    """
    folded = word.lower()
    if _CHANGED.search(folded):  # most words need no more than that
        folded = folded.translate(_FOLDED).translate(_IGNORED)
    # «Қазақстан» is «Казахстан» in Russian: the one name in which қ is not written к.
    return "казахстан" + folded[9:] if folded.startswith("казакстан") else folded


def is_kazakh(word: str) -> bool:
    """Whether a word has a letter that Kazakh has, but no Slavic language.

    Args:
        word: A token as it is spelled.

    Example:
        >>> is_kazakh("Қазақстан"), is_kazakh("Казахстан")
        (True, False)
    """
    return not _OF_KAZAKH_ALONE.isdisjoint(word)


def name_key(name: str) -> str:
    """Form of a name under which it is compared: case, ё, initials' full stops and quotes aside.

    Args:
        name: A normal form.

    Example:
        >>> name_key("К. Токаев"), name_key("«Барыс»")
        ('к токаев', 'барыс')
    """
    words = fold(name).translate(_UNQUOTED).split()
    return " ".join(filter(None, [word.strip(_BORDER_MARKS) for word in words])) or name


def name_keys(names: Sequence[str]) -> list[str]:
    """Keys of many names at once, which is faster; see `name_key`.

    Args:
        names: Normal forms without line breaks.

    Example:
        >>> name_keys(["К. Токаев", "«Барыс»"])
        ['к токаев', 'барыс']
    """
    if not names:  # joined, none and one empty name are the same
        return []
    plain = "\n".join(names).lower().replace("ё", "е")
    keys = plain.split("\n")
    code = np.frombuffer(f"\n{plain}\n".encode("utf-32-le"), np.uint32)
    kind = _KINDS[np.minimum(code, len(_KINDS) - 1)]
    # Marks, and spaces beside a space or an end.
    odd = kind == _ODD
    odd[1:] |= (kind[1:] + kind[:-1] >= _TWO_GAPS) & (kind[1:] * kind[:-1] > 0)
    ends = np.flatnonzero(code == ord("\n"))
    rows = set((np.searchsorted(ends, np.flatnonzero(odd)) - 1).clip(0).tolist())
    rows |= {plain.count("\n", 0, found.start()) for found in _KAZAKHSTAN.finditer(plain)}
    for row in rows:
        if keys[row]:
            keys[row] = name_key(names[row])
    return keys


def shared_start(one: str, other: str) -> int:
    """How many letters two words begin with alike.

    Args:
        one: A word.
        other: Another one.

    Example:
        >>> shared_start("высшей", "высший")
        4
    """
    return next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )


def shape(word: str) -> str:
    """Shape of a word as slovnet's taggers know it: script and case, or the mark itself.

    Args:
        word: A token as it is spelled.

    Example:
        >>> shape("Минск"), shape("ОДКБ"), shape("Касым-Жомарт"), shape("2024"), shape("«")
        ('RU_Xx', 'RU_XX', 'RU_Xx-Xx', 'NUM', 'PUNCT_«')
    """
    # A letter tells the script, a sign and a digit the number.
    match = _SCRIPT.match(word[:2].translate(_FOLDED))
    script = match.lastgroup if match else "OTHER"
    if script in ("RU", "EN"):
        return f"{script}_{_case(word)}"
    if script == "PUNCT":
        return f"PUNCT_{word if len(word) == 1 else 'OTHER'}"
    return script or "OTHER"


def _case(word: str) -> str:
    if len(word) == 1:
        return "X" if word.isupper() else "x"
    if word.isupper():
        return "XX"
    if word.islower():
        return "xx"
    if _is_title(word):
        return "Xx"
    left, hyphen, right = word.partition("-")
    return "Xx-Xx" if hyphen and _is_title(left) and _is_title(right) else "OTHER"


def _is_title(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word[1:].islower()
