"""Layer *over*: the page of a report, one HTML file that opens without a network."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from newsnlp.errors import OptionError

CORE = "core"
LIBRARIES = (
    "chart-4.6.1.umd.min.js",
    "preact-10.29.8.min.umd.js",
    "preact-hooks-10.29.8.umd.js",
    "htm-3.1.1.umd.js",
)
# The page's own script: one scope, each file uses only what stands in those before it.
SCRIPTS = (
    "report_format.js",
    "report_store.js",
    "report_counts.js",
    "report_csv.js",
    "report_routes.js",
    "report_charts.js",
    "report_parts.js",
    "report_filters.js",
    "report_search.js",
    "report_views.js",
    "report_article.js",
    "report.js",
)
_BLOCK_ID = re.compile(r"[a-z]+(-[0-9]+)?")


def page(title: str, blocks: Mapping[str, bytes]) -> bytes:
    """A report as one self-contained HTML file; its content security policy allows no request.

    Args:
        title: What the browser calls the page until its data are read.
        blocks: Id -> UTF-8 JSON in gzip: "core", which the page reads when it opens, and
            "texts-0", "texts-1" …, which it reads when an article of theirs is opened.

    Returns:
        UTF-8; the same bytes for the same arguments.

    Raises:
        OptionError: There is no block "core", or an id is not of that form.

    Example:
        >>> import gzip, json
        >>> from newsnlp.report_pages import page
        >>> core = gzip.compress(json.dumps({"title": "Вести"}).encode(), mtime=0)
        >>> page("Вести", {"core": core}).decode().splitlines()[:2]
        ['<!doctype html>', '<html lang="ru">']
    """
    if CORE not in blocks:
        raise OptionError(f"a page needs the block {CORE!r}; there are {sorted(blocks) or 'none'}")
    for block_id in blocks:
        if not _BLOCK_ID.fullmatch(block_id):
            raise OptionError(f"no id of a block: {block_id!r}; they are like 'texts-0'")
    scripts = _scripts()
    encoded = {block_id: _base64(block) for block_id, block in blocks.items()}
    return (
        _environment()
        .get_template("report.html")
        .render(
            title=title,
            style=Markup(_text("report.css")),
            scripts=scripts,
            hashes=[_hash(script) for script in scripts],
            core=encoded.pop(CORE),
            blocks=encoded,
        )
        .encode("utf-8", "replace")
    )


@cache
def _scripts() -> tuple[Markup, ...]:
    """Libraries, each a script, and the page's own, in one function that keeps its names."""
    own = "".join(map(_text, SCRIPTS))
    return (*(Markup(_text(name)) for name in LIBRARIES), Markup(f"(() => {{\n{own}}})();\n"))


def _hash(script: str) -> Markup:
    return Markup("'sha256-{}'").format(_base64(hashlib.sha256(script.encode()).digest()))


def _base64(data: bytes) -> Markup:
    return Markup(base64.b64encode(data).decode("ascii"))


def _text(name: str) -> str:
    return files("newsnlp").joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
