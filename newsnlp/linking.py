"""Layer *over*: which entities of different articles are one.

What one article alone cannot tell, others can: «Рааб» is «Доминик Рааб» where all articles that
name both say so. Entities with one id are one already.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

import pandas as pd

from newsnlp.frames import Frames
from newsnlp.words import name_key

COLUMNS = ("doc_id", "entity_id", "cluster_id", "rule", "evidence")
_SURE = 0.8  # share of articles in which an alias must mean one entity
_ALIKE = 0.75  # ratio of letters that two spellings of a first name share
_ACQUAINTED = 0.25  # similarity of company at which two names of a spelling are one person


class _Join(NamedTuple):
    """What an entity is joined to, and why."""

    cluster: str
    rule: str
    evidence: str


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
    return link_tables(frames.mentions, frames.entities)


def link_tables(mentions: pd.DataFrame, entities: pd.DataFrame) -> pd.DataFrame:
    """Join entities; see `link`.

    Args:
        mentions: The frame of that name.
        entities: The frame of that name.
    """
    entities = entities[["doc_id", "entity_id", "type", "name", "linked"]]
    joins = _alias_joins(mentions, entities)
    joins |= {
        entity: join for entity, join in _spelling_joins(entities).items() if entity not in joins
    }
    table = entities[["doc_id", "entity_id"]].copy()
    found = [_followed(joins, entity) for entity in table["entity_id"]]
    own = table["entity_id"].tolist()
    table["cluster_id"] = [
        join.cluster if join else id_ for join, id_ in zip(found, own, strict=True)
    ]
    table["rule"] = [join.rule if join else None for join in found]
    table["evidence"] = [join.evidence if join else None for join in found]
    string = entities["entity_id"].dtype
    return table.astype(dict.fromkeys(COLUMNS, string)).reset_index(drop=True)


def _followed(joins: Mapping[str, _Join], entity: str) -> _Join | None:
    """Where an entity's joins end; the first one's reason counts."""
    join = joins.get(entity)
    if join is None:
        return None
    cluster, seen = join.cluster, {entity}
    while cluster in joins and cluster not in seen:
        seen.add(cluster)
        cluster = joins[cluster].cluster
    return join._replace(cluster=cluster)


def _alias_joins(mentions: pd.DataFrame, entities: pd.DataFrame) -> dict[str, _Join]:
    """Entities whose name is, in other articles, a shorter name of another one."""
    names = mentions[mentions["kind"] == "name"][["doc_id", "entity_id", "normal"]]
    facts = entities.drop_duplicates("entity_id").set_index("entity_id")
    names = names.assign(key=_keys(names["normal"])).drop_duplicates(["doc_id", "entity_id", "key"])
    type_, name = (
        facts[column].reindex(names["entity_id"]).tolist() for column in ("type", "name")
    )
    meant: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for entity, key, kind, full in zip(names["entity_id"], names["key"], type_, name, strict=True):
        if key != name_key(full):
            meant[kind, key][entity] += 1
    joins = {}
    for entity, kind, own, linked in facts[["type", "name", "linked"]].itertuples():
        counts = meant.get((kind, name_key(own)))
        if linked or counts is None:
            continue
        (cluster, n), total = counts.most_common(1)[0], counts.total()
        if cluster != entity and n >= _SURE * total:
            evidence = f"«{own}» is «{facts['name'][cluster]}» in {n} of {total} articles"
            joins[entity] = _Join(cluster, "alias", evidence)
    return joins


def _keys(normal: pd.Series[str]) -> list[str]:
    known = {form: name_key(form) for form in normal.unique()}
    return [known[form] for form in normal]


def _spelling_joins(entities: pd.DataFrame) -> dict[str, _Join]:
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
