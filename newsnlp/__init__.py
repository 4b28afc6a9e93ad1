"""Reads Russian news: articles in, tidy pandas frames out.

Example:
    >>> import newsnlp
    >>> frames = newsnlp.annotate("Касым-Жомарт Токаев прибыл в Минск.")
    >>> frames.entities[["type", "name"]].values.tolist()
    [['PER', 'Касым-Жомарт Токаев'], ['LOC', 'Минск']]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsnlp import errors, plot, tallies
    from newsnlp.archives import Archive
    from newsnlp.article import Article
    from newsnlp.contrasts import keyness, shares
    from newsnlp.display import show
    from newsnlp.frames import Frames
    from newsnlp.linking import link
    from newsnlp.pipeline import Annotator, annotate
    from newsnlp.readers import read

__version__ = "0.1.0"

# Public names and the modules that define them: loaded on first use, so that importing is free.
_MODULES = {
    "Annotator": "newsnlp.pipeline",
    "Archive": "newsnlp.archives",
    "Article": "newsnlp.article",
    "Frames": "newsnlp.frames",
    "annotate": "newsnlp.pipeline",
    "keyness": "newsnlp.contrasts",
    "link": "newsnlp.linking",
    "read": "newsnlp.readers",
    "shares": "newsnlp.contrasts",
    "show": "newsnlp.display",
}

__all__ = [
    "Annotator",
    "Archive",
    "Article",
    "Frames",
    "annotate",
    "errors",
    "keyness",
    "link",
    "plot",
    "read",
    "shares",
    "show",
    "tallies",
]


def __getattr__(name: str) -> Any:
    if name in ("errors", "plot", "tallies"):
        return import_module(f"newsnlp.{name}")
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'newsnlp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
