"""The page that the library must read out of the box."""

import pytest

from newsnlp import annotate


@pytest.fixture(scope="module")
def frames(data):
    return annotate((data / "seed_page.txt").read_bytes().decode())


def test_zones(frames):
    text = frames.articles["text"][0]
    zones = [(row.zone, text[row.start : row.stop]) for row in frames.zones.itertuples()]
    kinds = [kind for kind, _ in zones]
    assert kinds == ["rubric", "title", "lead", "body", "byline", "related"]
    content = dict(zones)
    assert content["rubric"] == "Политика"
    assert content["title"] == "Токаев обозначил приоритеты председательства Казахстана в ОДКБ"
    assert content["lead"].startswith("Глава государства принял участие в сессии")
    assert content["body"].startswith("Касым-Жомарт Токаев заявил, что с 1 января 2024 года")
    assert content["body"].endswith("системы коллективной безопасности.")
    assert content["byline"] == "Насия Алябьева"
    assert content["related"].startswith("Recent Posts") and content["related"].endswith("ago")


def test_article(frames):
    article = frames.articles.iloc[0]
    assert article["rubric"] == "Политика"
    assert article["author"] == "Насия Алябьева"
    assert article["topic"] == "medtop:11000000"
    assert article["status"] == "ok"
    assert article["country"] == "KZ"


def test_entities(frames):
    entities, mentions = frames.entities, frames.mentions
    people = entities[entities["type"] == "PER"]
    assert people["name"].tolist() == ["Касым-Жомарт Токаев"]
    tokayev = mentions[mentions["entity_id"] == "per:tokayev"]
    own_text = frames.zones.query("zone == 'byline'")["start"].iloc[0]
    names = tokayev[tokayev["kind"] == "name"]
    assert len(names) == frames.articles["text"][0][:own_text].count("Токаев")
    roles = tokayev[tokayev["kind"] == "role"]["text"].tolist()
    assert roles == ["Глава государства", "президент", "лидера Казахстана", "Глава государства"]
    facts = entities.set_index("name")
    assert facts.loc["ОДКБ", ["entity_id", "linked"]].tolist() == ["org:csto", True]
    treaty = mentions[mentions["entity_id"] == "org:csto"]
    assert treaty["text"].isin(["ОДКБ", "Организации", "Организация"]).all()
    assert set(treaty["kind"]) == {"name", "common"}
    for name, place, country in (("Казахстан", "country", "KZ"), ("Минск", "city", "BY")):
        assert facts.loc[name, ["type", "place", "country"]].tolist() == ["LOC", place, country]
        assert facts.loc[name, ["latitude", "longitude"]].notna().all()
    akorda = mentions[mentions["text"] == "Акорды"].iloc[0]
    assert akorda[["function", "entity_id"]].tolist() == ["credit", "org:akorda"]
    assert "Политика" not in set(entities["name"])
    assert set(mentions["zone"]) <= {"title", "lead", "body"}


def test_keywords(frames):
    keywords = frames.keywords["keyword"].tolist()
    assert len(keywords) == 10
    assert "ОДКБ" in keywords
    assert any("председательств" in keyword for keyword in keywords)


def test_clubs_of_the_related_zone_read_as_plain_text(data):
    text = (data / "seed_page.txt").read_bytes().decode()
    mentions = annotate(text, layout="plain", frames=["mentions"]).mentions
    types = dict(zip(mentions["text"], mentions["type"], strict=True))
    assert {types[club] for club in ("Арлан", "Барыс", "Шанхай Дрэгонс")} == {"ORG"}
    assert "Фристайл-акробатика" not in types
