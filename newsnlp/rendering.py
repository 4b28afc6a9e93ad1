"""What all views have in common: colours of types, values as a reader sees them, templates."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from jinja2 import Environment

# Black on the colours that Okabe and Ito chose for readers with any kind of colour vision:
# legible on a light and on a dark screen.
TYPE_COLOURS = {"PER": "#56b4e9", "ORG": "#e69f00", "LOC": "#4fc79f"}
TYPE_NAMES = {"PER": "person", "ORG": "organisation", "LOC": "place"}
_WEB = re.compile(r"https?://[^\s\\]+", re.IGNORECASE)


def render(template: str, **values: Any) -> str:
    """HTML of a template, in which every value is text: no markup and no control characters.

    Args:
        template: File name under `newsnlp/templates`.
        values: What the template names.
    """
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Environment:
    """Templates of the package; jinja2 is loaded by whoever first renders one."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    templates = Environment(
        loader=PackageLoader("newsnlp"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["type_colours"] = TYPE_COLOURS
    return templates


def _finalize(value: Any) -> Any:
    """What a template prints; of markup, which a macro made, every value was here before."""
    return value if hasattr(value, "__html__") or not isinstance(value, str) else safe(value)


def safe(text: str) -> str:
    r"""Text without what a terminal would obey and no HTML may hold, line breaks as "\n".

    Args:
        text: Text of an article, or anything else that came with one.

    Example:
        >>> safe("Минск\x1b[31m")
        'Минск�[31m'
    """
    return text.replace("\r\n", "\n").translate(_controls())


@cache
def _controls() -> dict[int, str]:
    controls = (code for code in range(0xA0) if unicodedata.category(chr(code)) == "Cc")
    return dict.fromkeys(controls, "\ufffd") | {ord("\n"): "\n", ord("\t"): " ", ord("\r"): "\n"}


def cell(value: Any) -> str:
    """A value as a table shows it: a missing one as nothing, a score with two digits.

    Args:
        value: A cell of a frame.

    Example:
        >>> cell(0.973), cell(float("nan"))
        ('0.97', '')
    """
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def day_text(day: pd.Timestamp) -> str:
    """A day as it is written in Russian.

    Args:
        day: A date that is not missing.

    Example:
        >>> day_text(pd.Timestamp("2024-01-02"))
        '02.01.2024'
    """
    return f"{day:%d.%m.%Y}"


def web_address(url: Any) -> str | None:
    """An address that may be linked to; None for any other, such as a script.

    Args:
        url: A cell of `articles.url`.

    Example:
        >>> web_address("https://example.com/1"), web_address("javascript:alert(1)")
        ('https://example.com/1', None)
    """
    return url if isinstance(url, str) and _WEB.fullmatch(url) and safe(url) == url else None
