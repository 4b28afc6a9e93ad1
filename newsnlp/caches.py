"""A dictionary of answers that does not grow beyond a bound."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_UNKNOWN: Any = object()


class Remembered(dict[Key, Value]):
    """Answers of a function, asked for by key; those not asked for lately are forgotten.

    The older half is forgotten as a whole, when the younger one is full; what is asked for again
    becomes young. So a hit costs no more than in a plain dictionary.

    Args:
        answer: The function.
        most: Most answers that are kept.
        known: Answers that are known already, as if they had been asked for.

    Example:
        >>> lengths = Remembered(len, 1000)
        >>> lengths["Минск"]
        5
    """

    def __init__(
        self, answer: Callable[[Key], Value], most: int, known: Mapping[Key, Value] | None = None
    ) -> None:
        super().__init__()
        self._answer, self._half = answer, most // 2
        self._older: dict[Key, Value] = dict(known or {})

    def __missing__(self, key: Key) -> Value:
        value: Value = self._older.get(key, _UNKNOWN)
        if value is _UNKNOWN:
            value = self._answer(key)
        if len(self) >= self._half:
            self._older = self.copy()
            self.clear()
        self[key] = value
        return value
