"""Writes the tables of the documentation that are made from the code: columns, dtypes, fixed lists.

    python docs/tables.py

`columns.tsv` and `values.tsv` say what columns and values mean; dtypes, keys and lists come from
`newsnlp.schema`, the values from annotating a bundled example. A test compares the pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pandas as pd

import newsnlp
from newsnlp.schema import BOOL, SCHEMA, SCHEMA_VERSION, Dtype
from newsnlp.tables import read_table

DOCS = Path(__file__).parent
EXAMPLE = "https://arena.example.com/news/5512"  # the article whose rows are shown
EXAMPLES = ("articles.jsonl", "page.txt")  # where values come from that it lacks
LONGEST = 60
MARKED = re.compile(r"(<!-- (\w+) (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def pages(frames: newsnlp.Frames) -> dict[Path, str]:
    """Pages with tables, as they are to be.

    Args:
        frames: The bundled examples with all frames.
    """
    tables = {
        "columns": partial(table_of_columns, frames),
        "dtypes": table_of_dtypes,
        "values": table_of_values,
        "names": table_of_names,
    }

    def filled(marked: re.Match[str]) -> str:
        begin, kind, name, end = marked.groups()
        return f"{begin}\n{tables[kind](name)}\n{end}"

    found = {}
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text("utf-8")
        if path == DOCS / "schema.md":
            text = schema_page()
        if MARKED.search(text):
            found[path] = MARKED.sub(filled, text)
    return found


def examples() -> newsnlp.Frames:
    """The bundled articles, annotated."""
    with as_file(files("newsnlp") / "examples") as folder:
        return newsnlp.annotate(list(newsnlp.read([folder / name for name in EXAMPLES])))


def meanings(name: str) -> dict[str, dict[str, str]]:
    """Meaning by frame and column, or by list and value.

    Args:
        name: File beside this one.
    """
    found: dict[str, dict[str, str]] = {}
    for line in (DOCS / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            group, key, meaning = line.split("\t")
            found.setdefault(group, {})[key] = meaning
    return found


def lists() -> dict[str, tuple[str, ...]]:
    """Fixed lists by column, or by frame and column where two columns of a name differ."""
    columns: dict[str, dict[str, tuple[str, ...]]] = {}
    for frame in SCHEMA.values():
        for column, dtype in frame.columns.items():
            if isinstance(dtype, tuple):
                columns.setdefault(column, {})[frame.name] = dtype
    found = {}
    for column, by_frame in columns.items():
        if len(set(by_frame.values())) == 1:
            found[column] = next(iter(by_frame.values()))
        else:
            found |= {f"{frame}.{column}": values for frame, values in by_frame.items()}
    return found


def list_name(frame: str, column: str) -> str:
    """Name of the fixed list of a categorical column.

    Args:
        frame: Name of the frame.
        column: Name of the column.
    """
    return column if column in lists() else f"{frame}.{column}"


def table_of_columns(frames: newsnlp.Frames, name: str) -> str:
    """Each column of a frame with its meaning and a real value.

    Args:
        frames: The bundled examples with all frames.
        name: Name of the frame.
    """
    told = meanings("columns.tsv")[name]
    schema = SCHEMA[name]
    rows = [
        (
            f"**`{column}`**" if column in schema.key else f"`{column}`",
            told[column],
            f"`{dtype_name(dtype)}`",
            value,
        )
        for (column, dtype), value in zip(
            schema.columns.items(), values(frames[name], EXAMPLE), strict=True
        )
    ]
    return _table(("столбец", "что значит", "тип", "значение"), rows)


def table_of_dtypes(name: str) -> str:
    """Each column of a frame with its dtype and, of a categorical, its list.

    Args:
        name: Name of the frame.
    """
    rows = [
        (
            f"**`{column}`**" if column in SCHEMA[name].key else f"`{column}`",
            f"`{dtype_name(dtype)}`"
            + (f": [{listed}](#{_anchor(listed)})" if isinstance(dtype, tuple) else ""),
        )
        for column, dtype in SCHEMA[name].columns.items()
        for listed in [list_name(name, column)]
    ]
    return _table(("столбец", "тип"), rows)


def table_of_values(name: str) -> str:
    """Each value of a fixed list with its meaning.

    Args:
        name: Name of the list.
    """
    if name == "topic":
        rows = [(f"`{code}`", label, scope) for code, label, _, scope in read_table("topics.tsv")]
        return _table(("код", "тема", "о чём"), rows)
    rows = [(f"`{value}`", meaning) for value, meaning in meanings("values.tsv")[name].items()]
    return _table(("значение", "что значит"), rows)


def table_of_names(_: str) -> str:
    """Names of input columns that are known, by field of an article."""
    names: dict[str, list[str]] = {}
    for field, name, _use in read_table("column_names.tsv"):
        names.setdefault(field, []).append(f"`{name}`")
    return _table(("поле", "столбцы"), [(f"`{key}`", ", ".join(names[key])) for key in names])


def schema_page() -> str:
    """The page of the schema, its tables empty."""
    parts = [
        "# Схема",
        f"Версия {SCHEMA_VERSION}. Столбцы, их порядок и типы всегда одни и те же, и у пустых "
        "таблиц тоже. Эта страница сделана из `newsnlp.schema` (`python docs/tables.py`); "
        "что значит каждый столбец — на странице [«Таблицы и столбцы»](guide/columns.md).",
        "- Ключ таблицы выделен. Номера (`zone_id`, `sentence_id`, `token_id`, `mention_id`) идут "
        "в каждой статье подряд с нуля, `rank` — с единицы.\n"
        "- `start` и `stop` — позиции в `articles.text` в символах Unicode (code points), правая "
        "граница не входит: `text[start:stop]` и есть текст строки.\n"
        "- `str` — это `pandas.StringDtype(na_value=np.nan)`; пропуск — NaN.\n"
        "- `category` — категории из списка ниже, все и всегда, даже если в данных их нет. Если "
        "темы свои, категории `topic` — ваши темы; их называет `frames.info`.\n"
        "- `score` — от 0 до 1. Координаты в градусах. Внутри ячеек ничего не упаковано, кроме "
        "`feats`.",
        "## Таблицы",
    ]
    for name in SCHEMA:
        parts += [f"### {name}", f"<!-- dtypes {name} -->\n<!-- end -->"]
    parts.append("## Списки")
    for name in [*lists(), "rule"]:
        parts.append(f"### {name}")
        if name == "rule":
            parts.append("Не категории, а строки: правила `mentions.rule`.")
        parts.append(f"<!-- values {name} -->\n<!-- end -->")
    return "\n\n".join(parts) + "\n"


def _anchor(name: str) -> str:
    """Anchor of a list's heading, as GitHub and MyST make it."""
    return name.replace(".", "")


def values(table: pd.DataFrame, doc_id: str) -> Iterator[str]:
    """Value of each column in the fullest row of an article; with an asterisk of another row.

    Args:
        table: A frame.
        doc_id: Id of the article.
    """
    own = table[table["doc_id"] == doc_id]
    fullest = own.loc[own.notna().sum(axis=1).idxmax()]
    others = pd.concat([own, table])
    for column in table.columns:
        value = fullest[column]
        if not pd.isna(value):
            yield shown(value, column)
            continue
        there = others[column].dropna()
        yield f"{shown(there.iloc[0], column)} \\*" if len(there) else "—"


def shown(value: Any, column: str) -> str:
    """A value as it stands in a table of a page.

    Args:
        value: The value.
        column: Name of its column.
    """
    if isinstance(value, pd.Timestamp):
        text = f"{value:%Y-%m-%d %H:%M:%S%z}" if value.tzinfo else f"{value:%Y-%m-%d}"
    elif isinstance(value, float) or column.endswith("score"):
        text = f"{float(value):.2f}"
    else:
        text = " ".join(str(value).split())
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"
    return f"`{short}`"


def dtype_name(dtype: Dtype) -> str:
    """A dtype as pandas calls it.

    Args:
        dtype: One of the schema.
    """
    if isinstance(dtype, tuple):
        return "category"
    return "bool" if dtype == BOOL else dtype


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(head), line(("---",) * len(head)), *map(line, rows)]) + "\n"


def write(found: Mapping[Path, str]) -> None:
    """Write pages.

    Args:
        found: Text by path.
    """
    for path, text in found.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    write(pages(examples()))
