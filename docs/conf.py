"""Settings of Sphinx, and the directive that documents whatever is public."""

from __future__ import annotations

import inspect
import re
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

import newsnlp

project = "newsnlp"
author = "The newsnlp developers"
copyright = author
release = version = newsnlp.__version__
language = "ru"
locale_dirs = ["locales"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

html_theme = "furo"
html_title = f"newsnlp {release}"
html_static_path = ["_static"]
html_css_files = ["own.css"]
html_show_sphinx = False

autodoc_preserve_defaults = True
smartquotes_action = "D"  # dashes alone: docstrings name strings in ""
python_maximum_signature_line_length = 88
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

nitpicky = True
default_role = "code"  # docstrings put names between single backticks

# Public by their names, but parts of the machinery that other modules need.
HIDDEN = {
    "Annotator": {"candidates", "mentions", "models", "reading", "segments", "topic_vectors"},
    "Archive": {"begin", "digits", "run", "store_part"},
}


def setup(app: Sphinx) -> None:
    """Add the directive, and what finds names where they are public.

    Args:
        app: The application.
    """
    app.add_directive("public-names", PublicNames)
    app.connect("missing-reference", find_public)
    app.connect("autodoc-process-docstring", to_restructured_text, priority=400)  # napoleon: 500


class PublicNames(SphinxDirective):
    """Documents names of a module's `__all__`: of one kind, or those that are listed.

    Its argument is the module; `:kind:` is function, class or module.
    """

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"kind": directives.unchanged_required}  # type: ignore[misc]

    def run(self) -> list[nodes.Node]:
        """Text of autodoc's directives, parsed."""
        module = __import__(self.arguments[0], fromlist=["__all__"])
        kind = self.options["kind"]
        lines = []
        for name in public_of(module):
            value = getattr(module, name)
            if kind_of(value) == kind:
                lines += _described(f"{module.__name__}.{name}", kind)
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def _described(name: str, kind: str) -> list[str]:
    if kind != "module":
        hidden = ", ".join(sorted(HIDDEN.get(name.rpartition(".")[2], ())))
        members = ["   :members:", f"   :exclude-members: {hidden}"] if kind == "class" else []
        return [f".. auto{kind}:: {name}", *members, ""]
    module = __import__(name, fromlist=["__all__"])
    head = [name, "-" * len(name), "", f".. automodule:: {name}", "   :no-members:", ""]
    described = [
        line
        for member in public_of(module)
        for line in _described(f"{name}.{member}", kind_of(getattr(module, member)))
    ]
    return head + described


def public_of(module: ModuleType) -> list[str]:
    """Public names of a module: its `__all__`, else what it defines itself.

    Args:
        module: The module.
    """
    defined = [
        name
        for name, value in vars(module).items()
        if name[0] != "_" and getattr(value, "__module__", "") == module.__name__
    ]
    return list(getattr(module, "__all__", defined))


def kind_of(value: object) -> str:
    """What a public name is: module, exception, class or function.

    Args:
        value: The object of that name.
    """
    if isinstance(value, ModuleType):
        return "module"
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function"


def to_restructured_text(
    app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]
) -> None:
    """Turn what docstrings write otherwise than reStructuredText, in place.

    Stars are stars; a list needs no blank line before it or within; what is returned is told
    without a type, which the signature has.

    Args:
        app: The application.
        what: What is documented.
        name: Its name.
        value: The object.
        options: Those of the directive.
        lines: The docstring.
    """
    found: list[str] = []
    for line in lines:
        marker = _MARKER.match(line)
        before = found[-1] if found else ""
        if marker and before.strip() and _bullet(before) != marker[1]:
            found.append("")
        text = line.lstrip()
        told = f": {text}" if before.strip() == "Returns:" else text
        found.append(line[: len(line) - len(text)] + _with_stars(told))
    lines[:] = found


def _with_stars(text: str) -> str:
    """A line in which a star is a star, outside of code."""
    if text.startswith((">>>", "...")):
        return text
    pieces = text.split("`")
    pieces[::2] = [piece.replace("*", "\\*") for piece in pieces[::2]]
    return "`".join(pieces)


_MARKER = re.compile(r"( *[-+] )")


def _bullet(line: str) -> str | None:
    marker = _MARKER.match(line)
    return marker and marker[1]


def find_public(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.Element | None:
    """Find a name that is defined in one module and documented as a name of another.

    What a signature names that is not documented, of ours or of pandas, stays plain text; whatever
    a text refers to must be there.

    Args:
        app: The application.
        env: Its environment.
        node: The reference that was not found.
        text: What it shows.
    """
    name = node.get("reftarget", "").rpartition(".")[2]
    public = next((f"{home}.{name}" for home in HOMES if name in HOMES[home]), None)
    if node.get("refdomain") != "py":
        return None
    if public is None:
        return text if node["reftype"] == "class" and "refwarn" not in node else None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, env.docname, app.builder, "obj", public, node, text)


_MODULES = [
    value for name in newsnlp.__all__ if kind_of(value := getattr(newsnlp, name)) == "module"
]
HOMES = {module.__name__: public_of(module) for module in (newsnlp, *_MODULES)}
