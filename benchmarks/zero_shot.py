"""Scores topics by ten seed words each on the rubrics of Russia Today: see `README.md`.

    python benchmarks/zero_shot.py

Nothing is learnt from rubrics: seed words are in `zero_shot.toml`, rubrics and tags are withheld.
Articles count whose rubric tells a topic by `rubric_topics.tsv`. The first topic is right if it is
the rubric; accuracy is that of each rubric, and balanced the mean of the four.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from newsnlp import Annotator, Article, read
from newsnlp.taxonomies import MIN_SCORE, Taxonomy

SEEDS = Path(__file__).with_suffix(".toml")
SOURCE = "russia_today"


def main() -> None:
    options = _options()
    taxonomy = Taxonomy.from_file(options.topics)
    articles = scored_articles(options.data, taxonomy.names)
    rubrics = pd.Series([article.rubric for article in articles])
    views = {
        "headline": [Article(title=article.title) for article in articles],
        "whole": [Article(title=a.title, lead=a.lead, text=a.text) for a in articles],
    }
    annotator = Annotator()
    print(f"| read | abstains | {' | '.join(taxonomy.names)} | balanced | given | right of given |")
    print("|---" * (len(taxonomy.names) + 5) + "|")
    for view, some in views.items():
        for min_score in (MIN_SCORE, 0.0):
            own = annotator.with_options(topics=replace(taxonomy, min_score=min_score))
            topics = first_topics(own, some)
            hits = (topics == rubrics).groupby(rubrics).mean()[list(taxonomy.names)]
            given = topics.notna()
            right = (topics == rubrics)[given].mean()
            cells = " | ".join(
                f"{value:.3f}" for value in (*hits, hits.mean(), given.mean(), right)
            )
            print(f"| {view} | {'yes' if min_score else 'no'} | {cells} |", flush=True)


def scored_articles(data: Path, rubrics: Sequence[str]) -> list[Article]:
    """Articles whose rubric tells a topic.

    Args:
        data: The data folder.
        rubrics: The rubrics that there are seed words for.

    Raises:
        SystemExit: Those that tell a topic are others.
    """
    lines = (data / "rubric_topics.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.startswith(f"{SOURCE}\t")]
    telling = {rubric for _, rubric, topics in rows if topics != "-"}
    if telling != set(rubrics):
        raise SystemExit(f"seed words are for {sorted(rubrics)}, rubrics are {sorted(telling)}")
    articles = read(data / "articles" / f"{SOURCE}.jsonl.gz")
    return [article for article in articles if article.rubric in telling]


def first_topics(annotator: Annotator, articles: Sequence[Article]) -> pd.Series:
    """First topic of each article, missing where none is sure.

    Args:
        annotator: With topics of one's own.
        articles: Articles.
    """
    batches = annotator.stream(articles, frames=["articles"])
    return pd.concat(
        [batch.articles["topic"].astype(object) for batch in batches], ignore_index=True
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score topics by seed words alone.")
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    parser.add_argument("--topics", type=Path, default=SEEDS, help="other seed words")
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    options.data = Path(options.data)
    return options


if __name__ == "__main__":
    main()
