"""What the page of an archive holds: articles, entities, and the parts of texts."""

import base64
import gzip
import json
import re
from collections import Counter
from functools import partial
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newsnlp
from newsnlp import Article, Frames, reports
from newsnlp.errors import ArchiveError, FrameNotComputedError, OptionError

ARTICLES = [
    Article(
        doc_id="речь",
        title="Министр Аскар Жумалиев выступил в Астане 🚀",
        text="По словам Жумалиева, дамбы готовы.  \n\nВода спадает 👩‍👩‍👧 медленно. "
        "Касым-Жомарт Токаев прибыл в Атырау.\nПрезидент Казахстана осмотрел дамбы. "
        "Об этом сообщает ТАСС.",
        published="2026-03-02T10:00",
        source="вестник.example",
        author="Н. Алябьева",
        url="https://vestnik.example/1",
    ),
    Article(
        doc_id="поездка",
        text="Глава ведомства Жумалиев прибыл в Актобе.",
        published="2026-03-02T12:00",
        source="курьер.example",
    ),
    Article(doc_id="пусто", text="", published="2026-03-03", source="курьер.example"),
    Article(doc_id="без даты", text="Вера Лаптева выиграла марафон в Казани. Шёл дождь."),
    Article(
        doc_id="разметка",
        title="</script><script>alert(1)</script>",
        text="Клуб «Барыс» проиграл в Минске. Счёт не важен.",
        published="2026-02-01",
        source="курьер.example",
    ),
]
NEWEST_FIRST = ["пусто", "поездка", "речь", "разметка", "без даты"]


@pytest.fixture(scope="module")
def frames(annotator):
    return annotator.annotate(ARTICLES)


@pytest.fixture(scope="module")
def read(frames):
    return reports.reader(frames)


@pytest.fixture(scope="module")
def overview(read):
    return reports.overview_of(read, "Вести")


@pytest.fixture(scope="module")
def texts(read, overview):
    """Every article in full, by sentences and by first sentences, by its id."""
    (packing,) = reports.packings_of(read, overview)
    kinds = [unpacked(pack()) for pack in packing]
    return dict(zip(overview.doc_ids, zip(*kinds, strict=True), strict=True))


def unpacked(block):
    return json.loads(gzip.decompress(block))


def text_of(part):
    return part if isinstance(part, str) else part[0]


def named(article):
    """Entities that the parts of an article's sentences name."""
    return {
        part[1]
        for _, sentences in article["zones"]
        for sentence in sentences
        for part in sentence
        if not isinstance(part, str) and part[4] == "content" and part[1] >= 0
    }


# --- the overview -----------------------------------------------------------------------------


def test_articles_are_columns_the_newest_first(overview):
    core = overview.core
    assert overview.doc_ids == NEWEST_FIRST == core["articles"]["id"]
    assert {len(column) for column in core["articles"].values()} == {len(ARTICLES)}
    assert core["articles"]["day"] == ["2026-03-03", "2026-03-02", "2026-03-02", "2026-02-01", None]
    assert core["articles"]["status"] == ["empty", "ok", "ok", "ok", "ok"]
    assert core["articles"]["title"][:3] == [None, None, ARTICLES[0].title]
    assert core["articles"]["author"][2] == "Н. Алябьева"
    assert core["outlets"] == ["курьер.example", "вестник.example"]
    assert core["articles"]["outlet"] == [0, 0, 1, 0, -1]
    assert (core["title"], core["made"], core["n_articles"]) == ("Вести", "2026-03-03", 5)


def test_articles_of_no_day_at_all(annotator):
    frames = annotator.annotate(["Дождь в Минске.", "Снег в Астане."])
    core = reports.overview_of(reports.reader(frames), "Вести").core
    assert core["made"] is None
    assert core["articles"]["day"] == [None, None]
    assert core["outlets"] == []


def test_entities_are_counted_as_the_frames_count_them(frames, read):
    core = reports.overview_of(read, "Вести", link=False).core
    told = {
        (id_, core["entities"]["id"][entity]): n
        for id_, pairs in zip(core["articles"]["id"], core["articles"]["entities"], strict=True)
        for entity, n in zip(pairs[::2], pairs[1::2], strict=True)
    }
    content = frames.entities[frames.entities["n_mentions"] > 0]
    expected = content.set_index(["doc_id", "entity_id"])["n_mentions"].to_dict()
    assert told == expected
    n_articles = Counter(entity for _, entity in told)
    assert core["entities"]["n_articles"] == [n_articles[id_] for id_ in core["entities"]["id"]]
    assert core["entities"]["n_articles"] == sorted(n_articles.values(), reverse=True)
    assert sum(core["entities"]["n_mentions"]) == sum(told.values())


def test_a_source_that_is_only_credited_is_no_entity(frames, overview):
    assert "ТАСС" in set(frames.entities["name"])
    assert "ТАСС" not in overview.core["entities"]["name"]


def test_linked_entities_are_one(read, overview):
    names = overview.core["entities"]["name"]
    assert "Аскар Жумалиев" in names and "Жумалиев" not in names
    entity = names.index("Аскар Жумалиев")
    assert overview.core["entities"]["n_articles"][entity] == 2
    apart = reports.overview_of(read, "Вести", link=False).core["entities"]["name"]
    assert {"Аскар Жумалиев", "Жумалиев"} <= set(apart)


def test_topics_are_those_that_occur(frames, overview, texts):
    topics = [topic["id"] for topic in overview.core["topics"]]
    expected = frames.topics.sort_values(["doc_id", "rank"]).groupby("doc_id")
    for id_, some in zip(overview.doc_ids, overview.core["articles"]["topic"], strict=True):
        rows = expected.get_group(id_) if id_ in expected.groups else frames.topics.head(0)
        assert [topics[number] for number in some] == rows["topic"].tolist()
        assert texts[id_][0]["scores"] == pytest.approx(rows["score"].tolist(), abs=1e-3)
    assert set(topics) == set(frames.topics["topic"].unique())
    assert all(topic["label"] for topic in overview.core["topics"])


def test_topics_of_ones_own(tmp_path):
    path = tmp_path / "subjects.toml"
    path.write_text('[[topic]]\nname = "Погода"\nseeds = ["дождь", "снег"]\n', "utf-8")
    frames = newsnlp.Annotator(topics=path).annotate(["В Минске дождь и снег.", "Дождь и снег."])
    core = reports.overview_of(reports.reader(frames), "Вести").core
    assert core["topics"] == [{"id": "Погода", "label": "Погода"}]
    assert core["articles"]["topic"] == [[0], [0]]


# --- texts --------------------------------------------------------------------------------------


def test_parts_make_up_the_zones(frames, texts):
    text = frames.articles.set_index("doc_id")["text"]
    for id_, (full, *_) in texts.items():
        zones = frames.zones[frames.zones["doc_id"] == id_]
        spans = zip(zones["zone"], zones["start"], zones["stop"], strict=True)
        told = [
            [zone, "".join(text_of(part) for sentence in sentences for part in sentence)]
            for zone, sentences in full["zones"]
        ]
        assert told == [[zone, text[id_][start:stop]] for zone, start, stop in spans]
        in_zone = Counter(frames.sentences[frames.sentences["doc_id"] == id_]["zone_id"])
        assert [len(sentences) for _, sentences in full["zones"]] == [
            max(1, in_zone[zone_id]) for zone_id in zones["zone_id"]
        ]


def test_keywords_are_in_their_order(frames, texts):
    for id_, (full, short, _) in texts.items():
        rows = frames.keywords[frames.keywords["doc_id"] == id_]
        assert full["keywords"] == short["keywords"] == rows["keyword"].tolist()


def test_every_entity_has_a_sentence(overview, texts):
    for id_, pairs in zip(overview.doc_ids, overview.core["articles"]["entities"], strict=True):
        full, short, first = texts[id_]
        assert full["full"] and not short["full"]
        assert set(pairs[::2]) == named(full) == named(short)
        in_several = named(short) & overview.in_several
        assert named(first) & overview.in_several == in_several


def test_sentences_without_an_entity_are_left_out(texts):
    full, short, _ = texts["без даты"]
    assert len(full["zones"][0][1]) == 2
    assert short["zones"] == [["body", full["zones"][0][1][:1]]]
    said = json.dumps(texts["речь"][1], ensure_ascii=False)
    assert "Атырау" in said and "Вода" not in said and "ТАСС" not in said


def test_first_sentences_are_of_entities_of_several_articles(read, overview, texts):
    first = texts["речь"][2]["zones"]
    assert [zone for zone, _ in first] == ["title"] and len(first[0][1]) == 1
    assert "Аскар Жумалиев" in map(text_of, first[0][1][0])
    assert texts["разметка"][2]["zones"] == []
    (packing,) = reports.packings_of(read, overview)
    assert reports.shortened(overview, packing.sentences()) == packing.first()


def test_a_mention_around_another_keeps_what_is_left(overview, texts):
    sentence = next(
        sentence
        for _, sentences in texts["речь"][0]["zones"]
        for sentence in sentences
        if "Казахстана" in map(text_of, sentence)
    )
    parts = [(text_of(part), None if isinstance(part, str) else part[2]) for part in sentence]
    assert parts[:3] == [("Президент", "PER"), (" ", None), ("Казахстана", "LOC")]
    assert sentence[2][3] == "Казахстан"


LETTERS = st.text(st.sampled_from("аЯё 👩🏽‍🚀𝕏\u0301\n\t\xa0«»"), min_size=1, max_size=40)


@given(LETTERS, st.data())
@settings(max_examples=200, deadline=None)
def test_any_parts_make_up_the_text(text, data):
    n = len(text)
    borders = sorted(data.draw(st.sets(st.integers(0, n), max_size=6)) | {0, n})
    zones = []
    for start, stop in pairwise(borders):
        inner = data.draw(st.sets(st.integers(start, stop - 1), max_size=3))
        zones.append(("body", start, stop, sorted({start} | inner) if inner else []))
    inside = [
        st.tuples(st.integers(start, stop), st.integers(start, stop)).map(sorted)
        for _, zone_start, zone_stop, starts in zones
        for start, stop in pairwise([zone_start, *starts[1:], zone_stop])
    ]
    spans = data.draw(st.lists(st.one_of(inside).filter(lambda span: span[0] < span[1])))
    mentions = [(*span, (row, "PER", "", "content")) for row, span in enumerate(spans)]
    told = reports.zone_parts(text, zones, sorted(mentions))
    assert len(told) == len(zones)
    place = 0
    for (_, start, stop, starts), (_, sentences) in zip(zones, told, strict=True):
        assert place == start
        assert len(sentences) == max(1, len(starts))
        for part in (part for sentence in sentences for part in sentence):
            after = place + len(text_of(part))
            assert text_of(part) == text[place:after] and part
            if not isinstance(part, str):
                around = spans[part[1]]
                assert around[0] <= place and after <= around[1]
                # None that lies in it is around all of the part.
                assert not any(
                    around[0] <= span[0] <= place
                    and after <= span[1] <= around[1]
                    and span != around
                    for span in spans
                )
            place = after
        assert place == stop


# --- what fits ------------------------------------------------------------------------------------

# Bytes of each of three blocks in full, by sentences, by first ones; room; how many are full, how
# many are taken, which sentences the others have.
FITS = """
900 300 100 | 2700 | 3 3 all
900 300 100 | 2100 | 2 3 all
900 300 100 | 1600 | 1 3 all
900 300 100 | 1000 | 0 3 all
300 300 100 |  900 | 3 3 all
900 300 100 |  800 | 0 3 first
500 300 100 |  850 | 1 3 first
500 300 200 |  550 | 0 2 first
300 250 200 |  550 | 1 2 first
300 300 300 |  950 | 3 3 all
300 300 300 |  800 | 2 2 first
900 300 300 |  200 | 0 0 first
"""


@pytest.mark.parametrize("line", FITS.strip().splitlines())
def test_what_fits(line, monkeypatch):
    sizes, (room,), expected = (each.split() for each in line.split("|"))
    full, sentences, first = (partial(bytes, int(size)) for size in sizes)
    monkeypatch.setattr(reports, "_size", len)
    packings = iter([reports.Packing(full, sentences, first)] * 3)
    chosen = reports.choose(packings, int(room), lambda block: first())
    which = "first" if chosen.first_only else "all"
    assert [str(chosen.n_full), str(len(chosen.blocks)), which] == expected
    assert sum(map(len, chosen.blocks)) <= int(room)


def test_texts_are_not_packed_after_the_room_is_taken():
    def packings():
        small = partial(bytes, 300)
        yield reports.Packing(partial(bytes, 900), small, small)
        yield reports.Packing(partial(bytes, 900), small, small)
        yield reports.Packing(partial(pytest.fail, "packed"), small, small)
        yield reports.Packing(partial(pytest.fail, "packed"), *[partial(bytes, 30_000)] * 2)
        pytest.fail("read")

    assert reports.choose(packings(), 2400, bytes).n_full == 1


@pytest.fixture
def many(annotator, monkeypatch):
    monkeypatch.setattr(reports, "CHUNK", 2)
    monkeypatch.setattr(reports, "_AT_ONCE", 2)
    text = "На встрече номер {0} был Токаев. Речь шла о {1}. Прогноз {2} года хорош."
    return annotator.annotate(
        [
            Article(
                doc_id=str(number),
                text=text.format(number, hash(number) * 7919, number + 1900),
                published=f"2026-03-{number + 1:02d}",
            )
            for number in range(11)
        ]
    )


def blocks_of(report):
    found = re.findall(rb'id="(core|texts-\d+)"[^>]*>([^<]*)<', report.html)
    return {id_.decode(): unpacked(base64.b64decode(data)) for id_, data in found}


def test_a_page_is_never_larger_than_it_may_be(many):
    whole = reports.report(many)
    assert (whole.n_articles, whole.n_full, whole.n_sentences, whole.n_bare) == (11, 11, 0, 0)
    size, seen = len(whole.html) + 2048, set()
    while True:
        try:
            report = reports.report(many, max_size=size)
        except OptionError as error:
            assert "without any text" in str(error)
            break
        assert len(report.html) <= size
        blocks = blocks_of(report)
        core = blocks.pop("core")
        told = core["n_full"], core["n_sentences"], core["n_bare"]
        assert told == (report.n_full, report.n_sentences, report.n_bare) and sum(told) == 11
        full = [article["full"] for block in blocks.values() for article in block]
        assert full == [True] * report.n_full + [False] * report.n_sentences
        seen.add(tuple(map(bool, told)))
        size -= 97
    assert {(True, False, False), (True, True, False), (False, False, True)} <= seen


def test_what_is_told_of_texts_has_its_room(overview):
    told = {"n_full": 10_457, "n_sentences": 36_928, "n_bare": 71_630, "first_only": False}
    sizes = [reports._size(reports.packed(core)) for core in (overview.core, overview.core | told)]
    assert sizes[1] - sizes[0] <= reports._COUNTS_BYTES


def test_the_same_articles_give_the_same_bytes(annotator, frames, tmp_path):
    for name, batch_size in (("а", 1), ("б", 3)):
        archive = newsnlp.Archive(tmp_path / name)
        archive.annotate(ARTICLES, annotator=annotator, batch_size=batch_size)
        archive.report(tmp_path / f"{name}.html", title="Вести")
    reports.write(frames, tmp_path / "в.html", title="Вести")
    first, *others = [(tmp_path / f"{name}.html").read_bytes() for name in "абв"]
    assert all(other == first for other in others)
    assert b"alert(1)</script>" not in first


def test_the_title_is_the_name_of_the_folder(annotator, frames, tmp_path):
    archive = newsnlp.Archive(tmp_path / "март")
    archive.append(frames)
    done = []
    report = archive.report(tmp_path / "р.html", progress=lambda *counts: done.append(counts))
    assert blocks_of(report)["core"]["title"] == "март"
    assert done == [(5, 5)]
    assert (tmp_path / "р.html").read_bytes() == report.html
    assert "html" not in repr(report)


# --- errors ---------------------------------------------------------------------------------------


def test_frames_that_are_not_there_are_named(annotator, frames, tmp_path):
    few = annotator.annotate(ARTICLES, frames=["mentions", "entities"])
    with pytest.raises(FrameNotComputedError, match="zones"):
        reports.report(few)
    archive = newsnlp.Archive(tmp_path / "мало")
    archive.append(few)
    with pytest.raises(FrameNotComputedError, match=r"a report needs .*'zones'.*'topics'"):
        archive.report(tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_nothing_to_report(frames, tmp_path):
    with pytest.raises(ArchiveError, match="there is no archive"):
        newsnlp.Archive(tmp_path / "нет").report(tmp_path / "report.html")
    nothing = {name: frames[name].head(0) for name in frames.names}
    with pytest.raises(OptionError, match="no articles"):
        reports.report(Frames(nothing, frames.info))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("нет/report.html", r"^\S+report\.html: there is no folder \S+нет$"),
        ("папка", r"^\S+папка is a folder: name a file in it$"),
        ("report.html.zst", r"^\S+report\.html\.zst: only \.gz is written compressed$"),
    ],
)
def test_where_a_page_goes_is_known_before_the_work(frames, tmp_path, monkeypatch, name, message):
    (tmp_path / "папка").mkdir()
    monkeypatch.setattr(reports, "report", lambda *_, **__: pytest.fail("it was made"))
    for write in (
        lambda path: reports.write(frames, path),
        newsnlp.Archive(tmp_path / "архив").report,
    ):
        with pytest.raises(OptionError, match=message):
            write(tmp_path / name)


def test_a_damaged_part_is_named(annotator, tmp_path):
    archive = newsnlp.Archive(tmp_path / "архив")
    archive.annotate(ARTICLES, annotator=annotator, batch_size=3)
    _, part = sorted(archive.path.glob("part=*"))
    whole = (part / "zones.parquet").read_bytes()
    for damaged in (b"PAR1", whole[:4] + bytes(40) + whole[44:]):
        (part / "zones.parquet").write_bytes(damaged)
        with pytest.raises(ArchiveError, match=rf"{part.name}.zones\.parquet cannot be read.*copy"):
            archive.report(tmp_path / "report.html")
    (part / "zones.parquet").unlink()
    with pytest.raises(ArchiveError, match=r"zones\.parquet.*ask again"):
        archive.report(tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_only_columns_that_are_needed_are_read(frames, read):
    assert read("articles", ["doc_id", "day"]).columns.tolist() == ["doc_id", "day"]
    table = read("mentions", ["doc_id", "start"], ["речь"])
    assert set(table["doc_id"]) == {"речь"}
    assert isinstance(table, pd.DataFrame)
