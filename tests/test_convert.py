"""Frames in the formats of other tools, and back."""

import gzip
import re
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_frames import made_frame

import newsnlp
from newsnlp import Article, Frames, convert
from newsnlp.errors import (
    DuplicateIdError,
    FrameNotComputedError,
    MissingExtraError,
    OptionError,
    ReadError,
)
from newsnlp.frames import pandas_dtype
from newsnlp.intake import text_hash
from newsnlp.schema import FUNCTIONS, MENTION_KINDS, SCHEMA, TYPES, UPOS
from newsnlp.scoring import read_sentences

READ = ("articles", "zones", "sentences", "tokens", "mentions")
PAGE = (
    "\n Касым-Жомарт  Токаев прибыл в Минск. «Ещё  раз», —\u00a0сказал он.\n\n"
    "The president arrived in Minsk on Monday morning for talks. \n\n"
    "Пресс-служба МИД РФ: 5,5 млн. Президент Казахстана спешит. "
)


@pytest.fixture(scope="module")
def frames():
    return newsnlp.annotate(
        [
            Article(doc_id="с/1", title="Саммит ОДКБ", text=PAGE, published="2024-03-01"),
            Article(doc_id="пусто", text=""),
            Article(doc_id="три", text="Снег_ _ # |\\ \u2028 идёт."),
        ]
    )


# --- frames that nobody would make ---------------------------------------------------------------

letters = st.sampled_from("абвё_#\\|%=-(),:5 \t\n\r\x00\x1f\x85\u2028\u00a0\u0301\ufffd😀")
odd = st.text(letters, min_size=1, max_size=4)
gaps = st.sampled_from(["", " ", "  ", "\n", "\n\n", "\u00a0", " \t", "\u2028\r\n"])
missing = st.none()
told = missing | st.sampled_from(["", "_", "а б", "x|y=z", "\t", "-", "%2D", "é,(:)"])
words = st.tuples(
    odd, gaps, missing | odd | st.just(""), missing | st.sampled_from(UPOS),
    missing | st.sampled_from(["Case=Nom", "Case=Nom|Number=Sing", "_", ""]),
)  # fmt: skip
spans = st.tuples(
    st.integers(0, 4), st.integers(1, 5), st.sampled_from(TYPES), st.sampled_from(MENTION_KINDS),
    st.sampled_from(FUNCTIONS), missing | st.sampled_from(["per:a-b", "org:(x)", "e1"]), told, told,
    missing | st.floats(0, 1, width=32),
)  # fmt: skip
sentences = st.tuples(
    st.sampled_from(["title", "body", "notice"]), st.lists(words, min_size=1, max_size=5),
    st.lists(spans, max_size=4),
)  # fmt: skip
ids = st.text(letters, min_size=1, max_size=4)
documents = st.dictionaries(ids, st.tuples(gaps, st.lists(sentences, max_size=4)), max_size=3)


def nested(some, n_words):
    """Spans within a sentence that do not cross, an outer one before those in it."""
    kept = []
    for start, length, *rest in some:
        stop = min(start + length, n_words)
        if start < stop and not any(
            a < start < b < stop or start < a < stop < b for a, b, *_ in kept
        ):
            kept.append((start, stop, *rest))
    return sorted(kept, key=lambda span: (span[0], -span[1]))


def frames_of(made):
    """Frames of made-up documents."""
    rows = {name: [] for name in READ}
    for doc_id, (before, its_sentences) in made.items():
        text, n_tokens, n_mentions, zone_id, last = before, 0, 0, -1, None
        for sentence_id, (zone, its_words, its_spans) in enumerate(its_sentences):
            first, places = n_tokens, []
            for word, gap, lemma, upos, feats in its_words:
                start, stop = len(text), len(text) + len(word)
                places.append((start, stop))
                rows["tokens"].append(
                    (doc_id, n_tokens, sentence_id, start, stop, word, lemma, upos, feats)
                )
                text += word + gap
                n_tokens += 1
            start, stop = places[0][0], places[-1][1]
            if zone != last:
                zone_id, last = zone_id + 1, zone
                rows["zones"].append([doc_id, zone_id, zone, "ru", start, stop, "text", start])
            rows["zones"][-1][5] = stop
            rows["sentences"].append((doc_id, sentence_id, zone_id, start, stop, text[start:stop]))
            for a, b, type_, kind, function, entity, normal, role, score in nested(
                its_spans, len(places)
            ):
                start, stop = places[a][0], places[b - 1][1]
                rows["mentions"].append(
                    (
                        doc_id, n_mentions, sentence_id, zone, start, stop, first + a, first + b,
                        text[start:stop], type_, kind, normal, role, function, entity, None,
                        np.nan if score is None else score,
                    )
                )  # fmt: skip
                n_mentions += 1
        rows["articles"].append((doc_id, text, len(its_sentences), n_tokens))
    tables = {}
    for name in READ:
        columns = list(SCHEMA[name].columns)
        if name == "articles":
            columns = ["doc_id", "text", "n_sentences", "n_tokens"]
        cells = zip(*rows[name], strict=True) if rows[name] else [[] for _ in columns]
        tables[name] = made_frame(
            name, len(rows[name]), **dict(zip(columns, map(list, cells), strict=True))
        )
    tables["articles"]["text_hash"] = [*map(text_hash, tables["articles"]["text"])]
    tables["articles"]["text_hash"] = tables["articles"]["text_hash"].astype(pandas_dtype("str"))
    return Frames(tables, {})


def assert_schema(frames):
    assert frames.names == READ
    for name in READ:
        dtypes = {column: pandas_dtype(dtype) for column, dtype in SCHEMA[name].columns.items()}
        assert frames[name].dtypes.to_dict() == dtypes
        assert isinstance(frames[name].index, pd.RangeIndex)
    texts = frames.articles.set_index("doc_id")["text"]
    for name in ("sentences", "tokens", "mentions"):
        for row in frames[name].itertuples():
            assert texts[row.doc_id][row.start : row.stop] == row.text


thorough = settings(max_examples=50, deadline=None)


@thorough
@given(documents)
def test_conllu_and_back_loses_nothing(made):
    made = {doc_id: document for doc_id, document in made.items() if document[1]}
    frames = frames_of(made)
    text = convert.to_conllu(frames)
    assert text == convert.to_conllu(frames)
    if not made:
        assert text == ""
        return
    again = convert.from_conllu(text)
    assert_schema(again)
    for name in READ[1:]:
        pd.testing.assert_frame_equal(again[name], frames[name])
    columns = ["doc_id", "text", "text_hash", "n_sentences", "n_tokens"]
    pd.testing.assert_frame_equal(again.articles[columns], frames.articles[columns])
    for line in text.split("\n"):
        assert line == "" or line[0] == "#" or line.count("\t") == 9
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]", line)


@thorough
@given(documents)
def test_bio_and_back_keeps_tokens_borders_and_outermost_spans(made):
    frames = frames_of(made)
    text = convert.to_bio(frames, kinds=MENTION_KINDS)
    if not frames.tokens.size:
        with pytest.raises(ReadError, match="there is no sentence"):
            convert.from_bio(text)
        return
    again = convert.from_bio(text)
    assert_schema(again)
    assert again.articles["doc_id"].tolist() == list(made)
    columns = ["doc_id", "token_id", "sentence_id", "text"]
    pd.testing.assert_frame_equal(again.tokens[columns], frames.tokens[columns])
    columns = ["doc_id", "token_start", "token_stop", "type"]
    found = [tuple(row) for row in again.mentions[columns].itertuples(index=False)]
    spans = [tuple(row) for row in frames.mentions[columns].itertuples(index=False)]
    outer = [
        span for span in dict.fromkeys(spans)
        if not any(o[0] == span[0] and o != span and o[1] <= span[1] and span[2] <= o[2]
                   and (o[1:3] != span[1:3] or spans.index(o) < spans.index(span)) for o in spans)
    ]  # fmt: skip
    assert found == outer
    assert convert.to_bio(again) == text


@thorough
@given(documents)
def test_spacy_has_the_same_text(made):
    spacy = pytest.importorskip("spacy")
    frames = frames_of(made)
    docs = convert.to_spacy(frames, vocab=spacy.vocab.Vocab(), kinds=MENTION_KINDS)
    for doc, article in zip(docs, frames.articles.itertuples(), strict=True):
        assert doc.text == article.text
        assert doc.user_data["doc_id"] == article.doc_id
        mentions = frames.mentions[frames.mentions["doc_id"] == article.doc_id]
        assert [span.text for span in doc.spans["mentions"]] == mentions["text"].tolist()
        starts = frames.sentences["start"][frames.sentences["doc_id"] == article.doc_id]
        begun = {sent.start_char for sent in doc.sents} if len(doc) else set()
        assert begun - {0} == set(starts.iloc[1:]) - {0}


# --- frames that newsnlp makes -------------------------------------------------------------------


def carried(frames, doc_id):
    """What CoNLL-U carries of one article, offsets in the text of its sentences aside."""
    tables = {}
    for name in READ[2:]:
        table = frames[name][frames[name]["doc_id"] == doc_id]
        tables[name] = table.drop(columns=["start", "stop", "zone_id"], errors="ignore")
    return {name: table.reset_index(drop=True) for name, table in tables.items()}


def test_an_annotated_page_and_back(frames):
    again = convert.from_conllu(convert.to_conllu(frames))
    assert_schema(again)
    assert again.articles["doc_id"].tolist() == ["с/1", "три"]  # what has no sentence is not told
    for doc_id in ("с/1", "три"):
        for name, table in carried(frames, doc_id).items():
            pd.testing.assert_frame_equal(carried(again, doc_id)[name], table)
    assert again.zones["zone"].tolist() == ["title", "body", "body"]
    assert again.articles["text"][1] == frames.articles["text"][2]
    # A blank line stands for the English paragraph and what is around it.
    expected = re.sub(r"\s*The president.*?\s{2,}", "\n\n", "Саммит ОДКБ\n\n" + PAGE)
    assert again.articles["text"][0] == expected
    assert again.info["converted_from"] == "CoNLL-U"
    assert convert.to_conllu(again) == convert.to_conllu(frames)


def test_what_conllu_looks_like():
    lines = convert.to_conllu(newsnlp.annotate("Вот  Минск.\nСнег.")).split("\n")
    assert [line for line in lines if line.startswith("#")] == [
        f"# generator = newsnlp {newsnlp.__version__}",
        "# global.Entity = eid-etype-other",
        "# newdoc id = 0",
        "# newpar",
        "# zone = body",
        "# sent_id = 0-0",
        "# text = Вот  Минск.",
        "# newpar",
        "# sent_id = 0-1",
        "# text = Снег.",
    ]
    cells = [line.split("\t") for line in lines if "\t" in line]
    assert [row[0] + row[1] for row in cells] == ["1Вот", "2Минск", "3.", "1Снег", "2."]
    assert [row[9].split("|")[-1] for row in cells if row[9] != "_"] == [
        r"SpacesAfter=\s\s", "SpaceAfter=No", r"SpacesAfter=\n", "SpaceAfter=No", "SpaceAfter=No",
    ]  # fmt: skip
    assert cells[1][9].startswith("Entity=(e1-LOC-entity_id:city%3A625144,kind:name,")
    assert lines[-2:] == ["", ""]


def test_other_readers_of_conllu_read_it(frames):
    conllu = pytest.importorskip("conllu")
    read = conllu.parse(convert.to_conllu(frames))
    assert [sentence.metadata["text"] for sentence in read[:2]] == frames.sentences["text"][
        :2
    ].tolist()
    tokens = [token for sentence in read for token in sentence]
    assert [token["form"] for token in tokens] == frames.tokens["text"].tolist()
    assert [token["upos"] for token in tokens] == frames.tokens["upos"].tolist()


def test_no_slash_stands_in_a_sentence_id():
    # What follows one is a language to readers of Universal Dependencies.
    article = Article(doc_id="https://news.example.com/1", text="Снег идёт. Ветер стих.")
    lines = convert.to_conllu(newsnlp.annotate([article])).split("\n")
    assert "# newdoc id = https://news.example.com/1" in lines
    assert [line for line in lines if line.startswith("# sent_id")] == [
        r"# sent_id = https:\u002f\u002fnews.example.com\u002f1-0",
        r"# sent_id = https:\u002f\u002fnews.example.com\u002f1-1",
    ]


def test_only_tokens_are_needed():
    frames = newsnlp.annotate("Токаев в Минске.", frames=["tokens"])
    again = convert.from_conllu(convert.to_conllu(frames))
    pd.testing.assert_frame_equal(again.tokens, frames.tokens)
    assert again.mentions.empty
    for function in (convert.to_bio, convert.to_displacy):
        with pytest.raises(FrameNotComputedError, match="mentions"):
            function(frames)
    with pytest.raises(FrameNotComputedError, match="tokens"):
        convert.to_conllu(newsnlp.annotate("Снег.", frames=["articles"]))


def test_results_of_several_files_go_together(frames):
    first = convert.from_conllu(convert.to_conllu(frames))
    second = convert.from_conllu("1\tСнег" + "\t_" * 8 + "\n")
    both = Frames.concat([first, second])
    assert both.articles["doc_id"].tolist() == ["с/1", "три", "0"]
    assert_schema(both)


# --- treebanks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["gsd_dev", "gsd_test", "taiga_dev", "taiga_test", "taiga_lenta_news"]
)
def test_treebanks(data, name):
    path = data / "morph" / f"{name}.conllu.gz"
    frames = convert.from_conllu(path)
    gold = read_sentences(path)
    # Taiga tells the line breaks that its `# text` has not.
    found = [" ".join(text.split()) for text in frames.sentences["text"]]
    assert found == [" ".join(sentence.text.split()) for sentence in gold.values()]
    words = frames.tokens[frames.tokens["upos"] != "PUNCT"]
    told = [word for sentence in gold.values() for word in sentence.words]
    assert words["upos"].tolist() == [word.upos for word in told]
    assert words["lemma"].fillna("_").tolist() == [word.lemma for word in told]
    again = convert.from_conllu(convert.to_conllu(frames))
    for each in READ:
        pd.testing.assert_frame_equal(again[each], frames[each])


def lines_of(table):
    """CoNLL-U of short lines: number, form, lemma, part of speech, and MISC if there is any."""
    lines = []
    for line in table.strip().splitlines():
        cells = line.split()
        if not cells or cells[0].startswith("#"):
            lines.append(line.strip())
        else:
            number, form, lemma, upos, *misc = cells
            rest = ["_"] * 5 + (misc or ["_"])
            lines.append("\t".join([number, form, lemma, upos, *rest]))
    return "\n".join(lines) + "\n"


SPANISH = """
# newdoc id = а
# newpar
# sent_id = 1
# text = vámonos al  mar.
1-2  vámonos  _    _     _
1    vamos    ir   VERB  _
2    nos      nosotros  PRON  _
3-4  al       _    _     _
3    a        a    ADP   _
4    el       el   DET   _
4.1  _        dar  VERB  _
5    mar      mar  NOUN  SpaceAfter=No
6    .        .    PUNCT _

# sent_id = 2
# text = Sí
1    Sí       sí   INTJ  _

# newpar
# sent_id = 3
1    no       no   INTJ  _
2    sé       _    VERB  SpaceAfter=No
3    !        !    PUNCT _

# newdoc
# sent_id = 4
1    _        _    PUNCT _
"""


def test_multiword_tokens_and_empty_nodes():
    frames = convert.from_conllu(lines_of(SPANISH))
    assert_schema(frames)
    assert frames.articles["doc_id"].tolist() == ["а", "1"]
    assert frames.articles["text"].tolist() == ["vámonos al  mar. Sí\n\nno sé!", "_"]
    assert frames.tokens["text"].tolist() == "vámonos al mar . Sí no sé ! _".split()  # noqa: SIM905
    assert frames.tokens["lemma"].fillna("?").tolist() == [
        "ir", "a", "mar", ".", "sí", "no", "?", "!", "_",
    ]  # fmt: skip
    assert frames.tokens["upos"].tolist()[:2] == ["VERB", "ADP"]
    assert frames.zones["zone"].tolist() == ["body", "body"]


def test_files_and_line_ends(tmp_path):
    text = lines_of(SPANISH)
    expected = convert.from_conllu(text)
    plain, packed = tmp_path / "а.conllu", tmp_path / "а.conllu.gz"
    plain.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    packed.write_bytes(gzip.compress(text.strip().encode()))
    for path in (plain, packed):
        for name in READ:
            pd.testing.assert_frame_equal(convert.from_conllu(path)[name], expected[name])
    for read in (convert.from_conllu, convert.from_bio):
        with pytest.raises(ReadError, match=r"нет\.conllu: no such file"):
            read(tmp_path / "нет.conllu")
        with pytest.raises(OptionError, match="Path of a file"):
            read(str(plain).encode())


GOOD = """
# generator = newsnlp 0.1.0
# global.Entity = eid-etype-other
# text = Токаев в Минске
1  Токаев  токаев  PROPN  Entity=(e1-PER-kind:name)
2  в       в       ADP    Entity=(e2-LOC-|SpaceAfter=Yes
3  Минске  минск   PROPN  Entity=e2)
"""
# replaced; by; the message names the line and says what is expected
DAMAGED = """
2  в       в       ADP    | 2 в в GLAGOL    | line 5: the part of speech 'GLAGOL' is none of ADJ,
2  в       в       ADP    | 3 в в ADP       | line 5: word 2 is expected, here is 3
2  в       в       ADP    | 1 в в ADP       | line 5: word 2 is expected, here is 1
2  в       в       ADP    | 5.1 в в ADP     | line 5: word 2 is expected, here is 5.1
2  в       в       ADP    | два в в ADP     | line 5: 10 columns .* the first a number; here are 10
2  в       в       ADP    | 2-2 в в ADP     | line 5: 2-2 is no range of words
2  в       в       ADP    | 2 у в ADP       | line 5: 'у' is not what follows in # text: 'в Минске'
Токаев в Минске           | Токаев в Минске!| line 6: the words end, and # text goes on with '!'
Entity=e2)                | Entity=e3)      | line 6: e3\\) closes a mention that is not open
Entity=e2)                | _               | line 6: the sentence ends, and its mention e2 is not
Entity=(e2-LOC-           | Entity=(e2-CITY-| line 5: type 'CITY' of a mention is none of PER, ORG
kind:name                 | kind:nickname   | line 4: kind 'nickname' of a mention is none of name
kind:name                 | score:high      | line 4: score 'high' of a mention is no number
Entity=(e1-PER-kind:name) | Entity=e1-PER   | line 4: Entity is not of \\(eid-etype-other\\) or eid
# text                    | # zone = menu\\n# text | line 3: zone 'menu' is none of rubric, title,
"""


@pytest.mark.parametrize("case", DAMAGED.strip().splitlines())
def test_a_damaged_line_is_named(tmp_path, case):
    assert len(convert.from_conllu(lines_of(GOOD)).mentions) == 2
    old, new, message = (cell.strip() for cell in case.split("|"))
    assert old in GOOD
    text = lines_of(GOOD.replace(old, new.replace("\\n", "\n")))
    path = tmp_path / "bank.conllu"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReadError, match=f"^{message}"):
        convert.from_conllu(text)
    with pytest.raises(ReadError, match=f"bank.conllu, {message}") as raised:
        convert.from_conllu(path)
    assert raised.value.line == int(re.search(r"line (\d+)", message)[1])


def test_columns_are_ten():
    for line in ("1\tСнег\n", "1\tСнег" + "\t_" * 9, "1 Снег" + " _" * 8, "Снег идёт"):
        with pytest.raises(ReadError, match="line 1: 10 columns with tabs between them"):
            convert.from_conllu(line)
    word = "1\tСнег" + "\t_" * 8 + "\n"
    with pytest.raises(ReadError, match="line 2: 10 columns"):
        convert.from_conllu(word + "# newdoc id = а\n" + word)
    for text in ("", "\n\n", "# newdoc id = а\n"):
        with pytest.raises(ReadError, match="no sentence; is it CoNLL-U"):
            convert.from_conllu(text)


def test_documents_that_come_twice():
    word = "1\tСнег" + "\t_" * 8 + "\n\n"
    with pytest.raises(DuplicateIdError, match="lines 1 and 4: both documents are 'а'"):
        convert.from_conllu(f"# newdoc id = а\n{word}# newdoc id = а\n{word}")
    with pytest.raises(DuplicateIdError, match="lines 1 and 3: both documents are 'а'"):
        convert.from_bio("# newdoc id = а\nСнег\tO\n# newdoc id = а\n")


# --- BIO -----------------------------------------------------------------------------------------


def test_what_bio_looks_like(frames):
    lines = convert.to_bio(frames).split("\n")
    assert lines[:5] == [
        f"# generator = newsnlp {newsnlp.__version__}", "# newdoc id = с/1", "Саммит\tO",
        "ОДКБ\tB-ORG", "",
    ]  # fmt: skip
    assert "# newdoc id = пусто" in lines
    assert "Казахстана\tB-LOC" in lines
    nested = convert.to_bio(frames, kinds=["name", "role"]).split("\n")
    place = nested.index("Казахстана\tI-PER")  # in the role stands a name
    assert nested[place - 1] == "Президент\tB-PER"


@pytest.mark.parametrize("word", ["-DOCSTART-", "-DOCSTART- 1", "#newdoc_id=1", "# newdoc", "#"])
def test_a_word_is_no_mark_of_a_document(word):
    made = {"а": ("", [("body", [(word, "", None, None, None)], [])])}
    again = convert.from_bio(convert.to_bio(frames_of(made)))
    assert again.tokens[["doc_id", "text"]].values.tolist() == [["а", word]]


GOLD = """
Глава\tO
МИД\tB-ORG
РФ\tB-LOC
Сергей\tB-PER
Лавров\tI-PER

# comment
#\tO
-DOCSTART-\tO

Минск\tB-LOC
"""


def test_gold_bio():
    frames = convert.from_bio(GOLD)
    assert_schema(frames)
    assert frames.articles["text"].tolist() == ["Глава МИД РФ Сергей Лавров\n#", "Минск"]
    assert frames.mentions["text"].tolist() == ["МИД", "РФ", "Сергей Лавров", "Минск"]
    assert frames.mentions["type"].tolist() == ["ORG", "LOC", "PER", "LOC"]
    assert frames.info["converted_from"] == "BIO"
    assert frames.articles["status"].tolist() == ["ok", "ok"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Минск B-LOC", "line 1: a token, one tab and a tag are expected: 'Минск B-LOC'"),
        ("Минск\tNOUN\tB-LOC", "line 1: a token, one tab and a tag"),
        ("\tB-LOC", "line 1: a token, one tab and a tag"),
        ("в\tO\nМинск\tI-LOC", "line 2: I-LOC goes on with no LOC: B-LOC is expected first"),
        ("в\tB-LOC\n\nМинск\tI-LOC", "line 3: I-LOC goes on with no LOC"),
        ("в\tB-ORG\nМинск\tI-LOC", "line 2: I-LOC goes on with no LOC"),
        ("Минск\tB-CITY", "line 1: the tag 'B-CITY' is not O, B- or I- with one of PER, ORG, LOC"),
        ("Минск\tLOC", "line 1: the tag 'LOC' is not O"),
        ("", "no sentence; is it BIO"),
    ],
)
def test_damaged_bio(text, message):
    with pytest.raises(ReadError, match=message):
        convert.from_bio(text)


# --- spaCy ---------------------------------------------------------------------------------------


def test_spacy_documents(frames):
    pytest.importorskip("spacy")
    docs = list(convert.to_spacy(frames, kinds=["name", "role"]))
    assert [doc.text for doc in docs] == frames.articles["text"].fillna("").tolist()
    page = docs[0]
    assert page.user_data == {"doc_id": "с/1", "title": "Саммит ОДКБ", "day": "2024-03-01"}
    assert [sent.text.strip()[:9] for sent in page.sents] == [
        "Саммит ОД", "Касым-Жом", "«Ещё  раз", "The presi", "Пресс-слу", "Президент",
    ]  # fmt: skip
    assert [(ent.text, ent.label_) for ent in page.ents][-1] == ("Президент Казахстана", "PER")
    tokayev = next(ent for ent in page.ents if ent.label_ == "PER")
    assert (tokayev.kb_id_, tokayev.ent_id_) == ("per:tokayev", "per:tokayev")
    assert "Казахстана" in [span.text for span in page.spans["mentions"]]
    ours = [token for token in page if token.pos_ and not token.is_space]
    rows = frames.tokens[frames.tokens["doc_id"] == "с/1"]
    assert [token.lemma_ for token in ours] == rows["lemma"].tolist()
    assert [token.pos_ for token in ours] == rows["upos"].tolist()
    assert [str(token.morph) for token in ours] == rows["feats"].fillna("").tolist()
    assert [token.idx for token in ours] == rows["start"].tolist()
    assert {token.text for token in page if not token.pos_} >= {"The", "president"}
    assert len(docs[1]) == 0


def test_spacy_refuses_before_any_document(frames, monkeypatch):
    with pytest.raises(OptionError, match="name, role, common"):
        convert.to_spacy(frames, kinds="name")
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtraError, match=r"newsnlp\[spacy\]"):
        convert.to_spacy(frames)


def test_displacy(frames):
    drawn = convert.to_displacy(frames)
    assert [one["title"] for one in drawn] == ["Саммит ОДКБ", None, None]
    texts = [one["text"][ent["start"] : ent["end"]] for one in drawn for ent in one["ents"]]
    assert texts == frames.mentions["text"][frames.mentions["kind"] == "name"].tolist()
    displacy = pytest.importorskip("spacy.displacy")
    page = displacy.render(drawn, style="ent", manual=True, page=True, jupyter=False)
    assert page.count("<mark") == len(texts) and "Саммит ОДКБ" in page


def test_kinds_are_checked(frames):
    for function in (convert.to_bio, convert.to_displacy):
        for kinds in ("name", [], ["pronoun"]):
            with pytest.raises(OptionError, match="name, role, common"):
                function(frames, kinds=kinds)
