"""Layer *over*: which entities of different articles are one.

What one article alone cannot tell, others can: «Рааб» is «Доминик Рааб» where all articles that
name both say so. Entities with one id are one already.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

import pandas as pd

from newsnlp.frames import Frames, check_frames
from newsnlp.words import name_key

COLUMNS = ("doc_id", "entity_id", "cluster_id", "rule", "evidence")
_SURE = 0.8  # share of articles in which an alias must mean one entity
_ALIKE = 0.75  # ratio of letters that two spellings of a first name share
_ACQUAINTED = 0.25  # similarity of company at which two names are one person
_DAYS = 3  # on each side of an article: who is in the news then
_KNOWN = 0.1  # similarity of company that then is enough
_MUCH = 2.0  # times as alike as any other one


class _Join(NamedTuple):
    """What an entity is joined to, and why."""

    cluster: str
    rule: str
    evidence: str


# Joins by entity; document and id of one article's entity.
_Joins = dict[str, _Join]
_OfArticle = tuple[str, str]


def link(frames: Frames) -> pd.DataFrame:
    """Join entities that one article alone cannot tell to be one.

    Args:
        frames: Frames with `mentions` and `entities`.

    Returns:
        One row an entity of an article: `doc_id, entity_id, cluster_id, rule, evidence`. Entities
        of one `cluster_id` are one; `rule` and `evidence` are missing where that is the id itself.

    Raises:
        FrameNotComputedError: `mentions` or `entities` were not computed.

    Example:
        >>> import newsnlp
        >>> frames = newsnlp.annotate([
        ...     "Министр Аскар Жумалиев выступил. По словам Жумалиева, дамбы готовы.",
        ...     "Глава ведомства Жумалиев прибыл в Актобе.",
        ... ])
        >>> table = newsnlp.link(frames)
        >>> table["cluster_id"].nunique(), table["evidence"][1]
        (2, '«Жумалиев» is «Аскар Жумалиев» in 1 of 1 articles')
    """
    check_frames(frames)
    return link_tables(frames.articles, frames.mentions, frames.entities)


def link_tables(
    articles: pd.DataFrame, mentions: pd.DataFrame, entities: pd.DataFrame
) -> pd.DataFrame:
    """Join entities; see `link`.

    Args:
        articles: The frame of that name.
        mentions: The frame of that name.
        entities: The frame of that name.
    """
    of_rows = zip(entities["doc_id"], entities["entity_id"], strict=True)
    string = entities["entity_id"].dtype
    # In doubt the first has it, by ids: the order of articles, as in an archive, means nothing.
    entities = entities[["doc_id", "entity_id", "type", "name", "linked"]]
    entities = entities.sort_values(["doc_id", "entity_id"])
    joins = _alias_joins(mentions, entities)
    joins |= {
        entity: join for entity, join in _spelling_joins(entities).items() if entity not in joins
    }
    clusters = _clusters(joins)
    of_article = dict(_surname_joins(articles, entities, joins))
    rows = []
    for doc, entity in of_rows:
        join = of_article.get((doc, entity)) or joins.get(entity)
        cluster = clusters.get(join.cluster, join.cluster) if join else entity
        why = join[1:] if join and cluster != entity else (None, None)
        rows.append((doc, entity, cluster, *why))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS, string))


def _clusters(joins: _Joins) -> dict[str, str]:
    """Where the joins of each joined entity end; of two that are joined to each other one stays."""
    clusters: dict[str, str] = {}

    def end(entity: str) -> str:
        while entity in clusters:
            entity = clusters[entity]
        return entity

    for entity, join in joins.items():
        cluster = end(join.cluster)
        if cluster != entity:
            clusters[entity] = cluster
    return {entity: end(entity) for entity in clusters}


def _alias_joins(mentions: pd.DataFrame, entities: pd.DataFrame) -> _Joins:
    """Entities whose name is, in other articles, a shorter or former name of another one."""
    names = mentions[mentions["kind"] == "name"][["doc_id", "entity_id", "normal", "rule"]]
    names = names.sort_values("doc_id", kind="stable")
    facts = entities.drop_duplicates("entity_id").set_index("entity_id")
    names = names.assign(key=_keys(names["normal"])).drop_duplicates(["doc_id", "entity_id", "key"])
    type_, name = (
        facts[column].reindex(names["entity_id"]).tolist() for column in ("type", "name")
    )
    meant: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    renamed: set[tuple[str, str]] = set()
    rows = zip(names["entity_id"], names["key"], names["rule"], type_, name, strict=True)
    for entity, key, rule, kind, full in rows:
        if key != name_key(full):
            meant[kind, key][entity] += 1
            if rule == "renamed":
                renamed.add((entity, key))
    joins = {}
    for entity, kind, own, linked in facts[["type", "name", "linked"]].itertuples():
        key = name_key(own)
        counts = meant.get((kind, key))
        if linked or counts is None:
            continue
        (cluster, n), total = counts.most_common(1)[0], counts.total()
        if cluster != entity and n >= _SURE * total:
            evidence = f"«{own}» is «{facts['name'][cluster]}» in {n} of {total} articles"
            rule = "renamed" if (cluster, key) in renamed else "alias"
            joins[entity] = _Join(cluster, rule, evidence)
    return joins


# --- people by surname ---------------------------------------------------------------------------


def _surname_joins(
    articles: pd.DataFrame, entities: pd.DataFrame, joined: _Joins
) -> Iterator[tuple[_OfArticle, _Join]]:
    """Bare surnames, each with the one full name that its article speaks for.

    Who is meant is in the news of the same days and known in that company, or in no other's.

    Args:
        articles: Days and outlets.
        entities: All entities.
        joined: Entities that need no more.
    """
    people = entities[entities["type"] == "PER"]
    full: dict[str, set[str]] = defaultdict(set)
    bare: list[tuple[str, str, str]] = []
    names: dict[str, str] = {}
    rows = zip(people["doc_id"], people["entity_id"], people["name"], people["linked"], strict=True)
    for doc, entity, name, linked in rows:
        words = name_key(name).split()
        names[entity] = name
        if len(words) > 1:
            full[words[-1]].add(entity)
        elif not linked and entity not in joined:
            bare.append((doc, entity, words[0]))
    sought = {other for _, _, surname in bare for other in full.get(surname, ())}
    if not sought:
        return
    news = _News(articles, entities, sought)
    for doc, entity, surname in bare:
        found = news.likeliest(doc, sorted(full.get(surname, ())))
        if found is not None:
            other, rule, evidence = found
            yield (doc, entity), _Join(other, rule, f"«{names[other]}» {evidence}")


class _News:
    """Where and in which company some people are named."""

    def __init__(self, articles: pd.DataFrame, entities: pd.DataFrame, some: set[str]) -> None:
        self._company = _company(entities, some)
        named = entities[entities["entity_id"].isin(some)]
        self._articles_of = named.groupby("entity_id")["doc_id"].agg(list).to_dict()
        # Not `agg(Counter)`: pandas would try to make one record of all counts, every id a field.
        in_article = entities.groupby("doc_id")["entity_id"].agg(list).to_dict()
        self._in_article = {doc: Counter(some) for doc, some in in_article.items()}
        days = articles["day"].to_numpy("datetime64[D]")
        self._day = dict(zip(articles["doc_id"], days.astype("int64").tolist(), strict=True))
        self._has_day = dict(zip(articles["doc_id"], articles["day"].notna(), strict=True))
        self._outlet = dict(zip(articles["doc_id"], articles["source"], strict=True))

    def likeliest(self, doc: str, candidates: list[str]) -> tuple[str, str, str] | None:
        """The one person whom an article can mean, with rule and evidence; None in doubt.

        Args:
            doc: Id of the article.
            candidates: Ids of people of one surname.
        """
        own = self._in_article[doc]
        near = {person: self._cosine(own, person) for person in candidates}
        if self._has_day[doc]:
            recent = [each for each in candidates if near[each] >= _KNOWN and self._near(doc, each)]
            in_outlet = [each for each in recent if self._near(doc, each, in_outlet=True)]
            for rule, some in (("days", recent), ("outlet", in_outlet)):
                if len(some) == 1:
                    n = self._near(doc, some[0], in_outlet=rule == "outlet")
                    return some[0], rule, f"is named in {n} articles of the same days"
        first, *others = sorted(candidates, key=near.__getitem__, reverse=True) or [""]
        likeness = near.get(first, 0.0)
        if likeness >= _ACQUAINTED and all(likeness >= _MUCH * near[other] for other in others):
            return first, "company", f"has the same company ({likeness:.2f})"
        return None

    def _cosine(self, company: Counter[str], person: str) -> float:
        return _cosine(company, self._company[person])

    def _near(self, doc: str, person: str, *, in_outlet: bool = False) -> int:
        """Articles of the same days, and of the same outlet, that name a person."""
        return sum(
            self._has_day[other]
            and abs(self._day[other] - self._day[doc]) <= _DAYS
            and not (in_outlet and self._outlet[other] != self._outlet[doc])
            for other in self._articles_of[person]
        )


def _keys(normal: pd.Series[str]) -> list[str]:
    known = {form: name_key(form) for form in normal.unique()}
    return [known[form] for form in normal]


def _spelling_joins(entities: pd.DataFrame) -> _Joins:
    """People whose first names differ in a letter and who are named in the same company."""
    people = entities[entities["type"] == "PER"]
    names = dict(zip(people["entity_id"], people["name"], strict=True))
    n_articles = Counter(people["entity_id"])
    by_surname: dict[str, list[str]] = defaultdict(list)
    for entity, name in names.items():
        words = name_key(name).split()
        if len(words) > 1:
            by_surname[words[-1]].append(entity)
    linked = set(people["entity_id"][people["linked"]])
    rivals = {entity for some in by_surname.values() if len(some) > 1 for entity in some}
    company = _company(entities, rivals)
    joins = {}
    for some in by_surname.values():
        some.sort(key=lambda entity: (entity in linked, n_articles[entity]), reverse=True)
        for place, entity in enumerate(some):
            for other in some[:place]:
                if (
                    entity not in linked
                    and _spelled_alike(names[entity], names[other])
                    and (near := _cosine(company[entity], company[other])) >= _ACQUAINTED
                ):
                    evidence = f"«{names[other]}» has the same company ({near:.2f})"
                    joins[entity] = _Join(other, "spelling", evidence)
                    break
    return joins


def _spelled_alike(name: str, other: str) -> bool:
    first, second = (name_key(each).split()[:-1] for each in (name, other))
    ratio = SequenceMatcher(None, " ".join(first), " ".join(second)).ratio()
    return len(first) == len(second) and ratio >= _ALIKE


def _company(entities: pd.DataFrame, some: Iterable[str]) -> dict[str, Counter[str]]:
    """In how many articles each of some entities is named with each other one."""
    by_doc = entities.groupby("doc_id")["entity_id"].agg(list)
    company: dict[str, Counter[str]] = {entity: Counter() for entity in some}
    for together in by_doc:
        for entity in together:
            if entity in company:
                company[entity].update(other for other in together if other != entity)
    return company


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    dot = sum(n * other[key] for key, n in one.items())
    norms = [sum(n * n for n in each.values()) ** 0.5 for each in (one, other)]
    return dot / (norms[0] * norms[1]) if all(norms) else 0.0
