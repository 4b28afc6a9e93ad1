"""Schema version 1: the nine frames, their columns and dtypes, and the fixed lists."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA_VERSION = 1

ZONES = (
    "rubric", "title", "lead", "body", "dateline", "byline", "date", "caption", "tags", "embed",
    "notice", "related", "boilerplate",
)  # fmt: skip
ANNOTATED_ZONES = ("title", "lead", "dateline", "body", "notice")
LANGS = ("ru", "kk", "ky", "uk", "be", "uz", "en", "other")
UPOS = (
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN",
    "PUNCT", "SCONJ", "SYM", "VERB", "X",
)  # fmt: skip
TYPES = ("PER", "ORG", "LOC")
MENTION_KINDS = ("name", "role", "common")
KEYWORD_KINDS = ("entity", "phrase", "word", "assigned")
FUNCTIONS = ("content", "credit", "notice")
PLACES = ("country", "region", "district", "city", "street", "water", "other")
GENDERS = ("m", "f")
STATUSES = ("ok", "empty", "not_russian", "too_long", "failed")
BAD_STATUSES = ("failed", "too_long")
TOPICS = tuple(f"medtop:{number:02d}000000" for number in range(1, 18))

STR = "str"
INT32 = "int32"
FLOAT32 = "float32"
FLOAT64 = "float64"
BOOL = "bool"
TIME = "datetime64[us, UTC]"
DAY = "datetime64[s]"

# A dtype is a name above or the tuple of a categorical's categories. Those of a column `topic` are
# the names of the result's topics: `TOPICS`, where they are not of a user's own.
Dtype = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrameSchema:
    """One frame: its columns with their dtypes, in order, and its key."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, Dtype]


def _frame(name: str, key: str, /, **columns: Dtype) -> FrameSchema:
    return FrameSchema(name, tuple(key.split()), {"doc_id": STR, **columns})


SCHEMA: dict[str, FrameSchema] = {
    frame.name: frame
    for frame in (
        _frame(
            "articles", "doc_id",
            title=STR, rubric=STR, lead=STR, author=STR, published=TIME, day=DAY, url=STR,
            source=STR, country=STR, lang=LANGS, text=STR, text_hash=STR, topic=TOPICS,
            topic_label=STR, topic_score=FLOAT32, n_sentences=INT32, n_tokens=INT32,
            status=STATUSES, error=STR,
        ),
        _frame("tags", "doc_id tag", tag=STR),
        _frame(
            "zones", "doc_id zone_id",
            zone_id=INT32, zone=ZONES, lang=LANGS, start=INT32, stop=INT32, field=STR,
            field_start=INT32,
        ),
        _frame(
            "sentences", "doc_id sentence_id",
            sentence_id=INT32, zone_id=INT32, start=INT32, stop=INT32, text=STR,
        ),
        _frame(
            "tokens", "doc_id token_id",
            token_id=INT32, sentence_id=INT32, start=INT32, stop=INT32, text=STR, lemma=STR,
            upos=UPOS, feats=STR,
        ),
        _frame(
            "mentions", "doc_id mention_id",
            mention_id=INT32, sentence_id=INT32, zone=ZONES, start=INT32, stop=INT32,
            token_start=INT32, token_stop=INT32, text=STR, type=TYPES, kind=MENTION_KINDS,
            normal=STR, role=STR, function=FUNCTIONS, entity_id=STR, rule=STR, score=FLOAT32,
        ),
        _frame(
            "entities", "doc_id entity_id",
            entity_id=STR, type=TYPES, name=STR, linked=BOOL, n_mentions=INT32, first_start=INT32,
            first_name=STR, middle_name=STR, last_name=STR, gender=GENDERS, place=PLACES,
            country=STR, region=STR, latitude=FLOAT64, longitude=FLOAT64,
        ),
        _frame(
            "keywords", "doc_id rank",
            rank=INT32, keyword=STR, kind=KEYWORD_KINDS, score=FLOAT32, n=INT32,
        ),
        _frame("topics", "doc_id rank", rank=INT32, topic=TOPICS, label=STR, score=FLOAT32),
    )
}  # fmt: skip

FRAMES = tuple(SCHEMA)
