"""Gold names of the corpora in `NEWSNLP_DATA/ner`, brought to one convention.

The convention is the one of `docs/guide/accuracy.md`. What is held out is scored with its own
labels; only what says when training stops is brought to the convention too.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

HELDOUT = Path(__file__).parents[1] / "heldout.tsv"
CORPORA = (
    "collection5",
    "factrueval_devset",
    "nerel_dev",
    "nerel_train",
    "slavic_asia_bibi",
    "slavic_brexit",
    "slavic_covid_19",
)

COPIES = 12  # of each of our own sentences, with other names
LATIN = 20  # documents with names in Latin letters
# Type of a stretch that may hold names or none.
DOUBTFUL = "?"

Name = tuple[int, int, str]
Rule = Callable[[str, list[Name]], list[Name]]


@dataclass(frozen=True, slots=True)
class Document:
    """A text and its names: start, stop and type of each, in order; none overlap.

    `open` are stretches of which the corpus does not say whether they are names.
    """

    corpus: str
    doc_id: str
    text: str
    names: list[Name]
    open: list[Name] = field(default_factory=list)


def read_corpus(data: Path, corpus: str) -> Iterator[Document]:
    """All documents of a corpus, as it has them."""
    with gzip.open(data / "ner" / f"{corpus}.jsonl.gz", "rt", encoding="utf-8", newline="") as file:
        for line in file:
            record = json.loads(line)
            names = sorted((start, stop, type_) for start, stop, type_, *_ in record["entities"])
            open_ = [(*span[:2], DOUBTFUL) for span in record.get("ignore", ()) if _is_open(span)]
            yield Document(corpus, str(record["id"]), record["text"], names, open_)


def _is_open(ignored: list[Any]) -> bool:
    """Whether it may be a name elsewhere: SlavicNER calls «РИА Новости» a product.

    Its events and its people in small letters («пакистанец») are none.
    """
    return ignored[2] not in ("EVT", "PER")


def held_out(corpus: str) -> frozenset[str]:
    """Documents of a corpus that nothing is trained on."""
    rows = [line.split("\t") for line in HELDOUT.read_text("utf-8").splitlines()]
    return frozenset(doc_id for name, *rest in rows if name == corpus for doc_id in rest)


def in_convention(data: Path, corpus: str) -> Iterator[Document]:
    """All documents of a corpus, in the common convention."""
    rules = RULES.get(corpus.partition("_")[0], ())
    for document in read_corpus(data, corpus):
        names = document.names
        for rule in rules:
            names = rule(document.text, names)
        yield replace(document, names=sorted(names + document.open))


def training_documents(data: Path, corpus: str) -> Iterator[Document]:
    """Documents to train on, in the common convention."""
    kept_out = held_out(corpus)
    return (each for each in in_convention(data, corpus) if each.doc_id not in kept_out)


def own_sentences(seed: int) -> Iterator[Document]:
    """Our own sentences, each with several names."""
    rng = random.Random(seed)
    words = {kind: cell.split() for kind, cell in _table("names.tsv")}
    for number, (sentence,) in enumerate(list(_table("sentences.tsv")) * COPIES):
        text, names = "", []
        for part in re.split(r"(\{(?:PER|LOC)\})", sentence):
            if part in ("{PER}", "{LOC}"):
                first, last, place = (
                    rng.choice(words[kind]) for kind in ("first", "last", "place")
                )
                name = f"{first} {last}" if part == "{PER}" else place
                names.append((len(text), len(text) + len(name), part[1:-1]))
                text += name
            else:
                text += part
        yield Document("own", str(number), text, names)


def with_latin_names(documents: list[Document], seed: int) -> Iterator[Document]:
    """Copies of a few documents whose people have names in Latin letters."""
    rng = random.Random(seed)
    words = {kind: cell.split() for kind, cell in _table("names.tsv")}
    for document in rng.sample(documents, LATIN):
        text, names, done = "", [], 0
        for start, stop, type_ in document.names:
            text, name = text + document.text[done:start], document.text[start:stop]
            if type_ == "PER":
                is_full = len(name.split()) > 1
                first = f"{rng.choice(words['latin_first'])} " if is_full else ""
                name = first + rng.choice(words["latin_last"])
            names.append((len(text), len(text) + len(name), type_))
            text, done = text + name, stop
        yield replace(document, text=text + document.text[done:], names=names, open=[])


def _table(name: str) -> Iterator[list[str]]:
    for line in (Path(__file__).parent / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


# --- rules ---------------------------------------------------------------------------------------

_BRACKETS = re.compile(r"(.+?)\s*\((.+)\)?")
_LEGAL_FORM = re.compile(
    r"(?:[ОЗП]?АО|ООО|ТОО|ОДО|ИП|НПО|НПП|НПЦ|АНО|НКО|ГУП|МУП|ФГУП|ФГБУ|ГБУ|МБУ|ГК|УК|ИА|ИК|СМУ|ЧОП|КБ|АКБ|СК)"
    r"\s+(?=[«\"“„])"
)
_ORGANISATION = re.compile(
    r"(?:ЕС|ООН|НАТО|СНГ|ОДКБ|ЕврАзЭС|ЕАЭС|ВТО|ШОС|БРИКС|АСЕАН|ОПЕК|ОБСЕ|ПАСЕ|ТС|ЛАГ|Евросоюз\w*"
    r"|Европейск\w+ [Сс]оюз\w*|Организаци\w+ Объедин[её]нных Наций"
    r"|Содружеств\w+ Независимых Государств|Кремл\w+|Бел\w+ [Дд]ом\w*|Таможенн\w+ [Сс]оюз\w*)"
)


def split_brackets(text: str, names: list[Name]) -> list[Name]:
    """«X (Y)» is two names."""
    result = []
    for start, stop, type_ in names:
        found = _BRACKETS.fullmatch(text[start:stop])
        if found and text[found.start(2) + start : found.end(2) + start][:1].isupper():
            result.append((start, start + found.end(1), type_))
            inner = found.group(2).rstrip(")")
            result.append((start + found.start(2), start + found.start(2) + len(inner), type_))
        else:
            result.append((start, stop, type_))
    return result


def drop_legal_forms(text: str, names: list[Name]) -> list[Name]:
    """«ООО «Ромашка»» is «Ромашка»."""
    result = []
    for start, stop, type_ in names:
        found = _LEGAL_FORM.match(text[start:stop])
        result.append((start + found.end(), stop, type_) if found else (start, stop, type_))
    return result


def unions_are_organisations(text: str, names: list[Name]) -> list[Name]:
    """ЕС, НАТО, the Kremlin and the White House are organisations."""
    return [
        (start, stop, "ORG" if _ORGANISATION.fullmatch(text[start:stop]) else type_)
        for start, stop, type_ in names
    ]


def join_places(text: str, names: list[Name]) -> list[Name]:
    """An organisation directly followed by a place is one name: «МИД России»."""
    result: list[Name] = []
    for start, stop, type_ in names:
        before = result[-1] if result else (0, 0, "")
        if type_ == "LOC" and before[2] == "ORG" and text[before[1] : start] == " ":
            result[-1] = before[0], stop, "ORG"
        else:
            result.append((start, stop, type_))
    return result


def join_organisations(text: str, names: list[Name]) -> list[Name]:
    """A part and its whole are one name: «ГУ МВД РФ», «УВД по Тверской области»."""
    result: list[Name] = []
    for start, stop, type_ in names:
        before = result[-1] if result else (0, 0, "")
        between = text[before[1] : start]
        whole = between == " " and text[start].isalpha() and type_ == before[2] != "PER"
        if whole or (between == " по " and (before[2], type_) == ("ORG", "LOC")):
            result[-1] = before[0], stop, before[2]
        else:
            result.append((start, stop, type_))
    return result


def drop_mass_media(text: str, names: list[Name]) -> list[Name]:
    """«СМИ» names no one."""
    return [name for name in names if text[name[0] : name[1]] != "СМИ"]


def drop_lower_case(text: str, names: list[Name]) -> list[Name]:
    """«полиция», «российский»: words without any capital are no names."""
    return [name for name in names if any(map(str.isupper, text[name[0] : name[1]]))]


def doubt_lower_case(text: str, names: list[Name]) -> list[Name]:
    """«сборная России»: the name in it is not labelled, so nothing is said of these words."""
    return [
        (start, stop, DOUBTFUL if text[start].islower() and type_ != "PER" else type_)
        for start, stop, type_ in names
    ]


_ADJECTIVE = re.compile(r"\w+[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую|ое|ие|их|ими)")


def drop_adjectives(text: str, names: list[Name]) -> list[Name]:
    """«Каннский фестиваль», «Московский вокзал»: an adjective alone is no name of a place."""
    return [
        (start, stop, type_)
        for start, stop, type_ in names
        if not (
            type_ == "LOC"
            and _ADJECTIVE.fullmatch(text[start:stop])
            and text[stop : stop + 2][1:].islower()
        )
    ]


def doubt_common_words(text: str, names: list[Name]) -> list[Name]:
    """«Власти США» at the start of a sentence is «власти США», as its first word mostly is."""
    return [
        (start, stop, DOUBTFUL if type_ != "PER" and _is_common(text, start, stop) else type_)
        for start, stop, type_ in names
    ]


def _is_common(text: str, start: int, stop: int) -> bool:
    opens = not text[:start].rstrip() or text[:start].rstrip()[-1] in ".!?…»\n"
    word = re.split(r"[\s-]", text[start:stop])[0].lower()
    return opens and word in common_words()


@cache
def common_words() -> frozenset[str]:
    """Words that the corpora mostly write in small letters."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for corpus in CORPORA:
        for document in read_corpus(Path(os.environ["NEWSNLP_DATA"]), corpus):
            for word in re.findall(r"[А-ЯЁа-яё]+", document.text):
                (small if word.islower() else large)[word.lower()] += 1
    return frozenset(word for word, n in small.items() if n >= 5 and n > 2 * large[word])


RULES: dict[str, tuple[Rule, ...]] = {
    "collection5": (
        split_brackets,
        drop_legal_forms,
        unions_are_organisations,
        join_organisations,
        join_places,
        drop_mass_media,
    ),
    "nerel": (drop_lower_case, drop_adjectives, doubt_lower_case, doubt_common_words),
    "factrueval": (doubt_lower_case,),
}
