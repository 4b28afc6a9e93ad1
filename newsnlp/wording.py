"""How messages word numbers."""

from __future__ import annotations


def noun(n: int, one: str, many: str | None = None) -> str:
    """Word what a number counts, as one or as several.

    Args:
        n: The number.
        one: What is said of one, such as "article".
        many: What is said of several or none; by default with an "s" at the end.

    Example:
        >>> noun(1, "article"), noun(3, "article"), noun(0, "text has", "texts have")
        ('article', 'articles', 'texts have')
    """
    return one if n == 1 else many or f"{one}s"
