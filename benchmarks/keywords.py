"""Scores keywords against editors' tags, beside rutermextract, YAKE and counts: see `README.md`.

    python benchmarks/keywords.py --peer-python .venv-keywords/bin/python

Articles: the fifth of Russia Today with the highest numbers in their URLs, which
`training/keywords/train.py` leaves out, and RIA Novosti's, whose tags nothing is trained on.
Keywords and tags are compared in lower case, ё as е. Of RIA's tags what stands in brackets is left
out («Василий Орлов (губернатор)»), and the names of its rubrics are no tags. Every side gets title,
lead and text.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import mean
from typing import Any

from newsnlp import Annotator, Article, read
from newsnlp.candidates import keyword_key

PEERS = Path(__file__).parent / "peers"
sys.path.insert(0, str(PEERS))

from protocol import Peer  # noqa: E402

HELD_OUT = 0.2
CUTS = (5, 10)
MOST = 10
RUBRICS = frozenset({"экономика", "культура", "общество", "в мире", "политика", "технологии"})

Keywords = list[list[str]]


def main() -> None:
    options = _options()
    with Peer(options.peer_python, PEERS / "keyword_extractors.py") as peer:
        print("| articles | side | F1@5 | F1@10 | milliseconds an article |")
        print("|---|---|---|---|---|")
        outlets = {
            "Russia Today, newest fifth": newest(
                articles_of(options.data / "russia_today.jsonl.gz")
            ),
            "RIA Novosti": articles_of(options.data / "ria.jsonl.gz"),
        }
        for name, every in outlets.items():
            articles = every[: options.articles]
            texts = [text_of(article) for article in articles]
            sides = {
                "rutermextract": peer.call("extract", side="rutermextract", texts=texts),
                "YAKE": peer.call("extract", side="YAKE", texts=texts),
                **ours(articles),
            }
            tags = [tags_of(article) for article in articles]
            for side, result in sides.items():
                scores = " | ".join(f"{f1(result['keywords'], tags, cut):.3f}" for cut in CUTS)
                speed = 1000 * result["seconds"] / len(articles)
                print(f"| {name} | {side} | {scores} | {speed:.1f} |", flush=True)


def ours(articles: list[Article]) -> dict[str, dict[str, Any]]:
    """Keywords of newsnlp; counts of nouns, and of names first, stand on its tokens and names.

    The seconds of all three are those of `annotate` with what they need.

    Args:
        articles: Articles.
    """
    annotator = Annotator()
    bare = [
        Article(doc_id=str(number), title=article.title, lead=article.lead, text=article.text)
        for number, article in enumerate(articles)
    ]
    annotator.annotate(bare[:5])
    found, seconds = {}, {}
    for frame in ("tokens", "entities", "keywords"):
        before = time.process_time()
        found[frame] = annotator.annotate(bare, frames=[frame])[frame]
        seconds[frame] = time.process_time() - before
    tokens = found["tokens"]
    nouns = of_articles(tokens[tokens["upos"].isin(["NOUN", "PROPN"])], "lemma", len(articles))
    entities = found["entities"]
    content = entities[entities["n_mentions"] > 0].sort_values("n_mentions", ascending=False)
    names = of_articles(content, "name", len(articles))
    counted = [most_frequent(some) for some in nouns]
    with_names = [
        list(dict.fromkeys([*some, *more]))[:MOST]
        for some, more in zip(names, counted, strict=True)
    ]
    keywords = of_articles(found["keywords"], "keyword", len(articles))
    return {
        "counts of nouns": {"keywords": counted, "seconds": seconds["tokens"]},
        "names, then nouns": {
            "keywords": with_names,
            "seconds": seconds["tokens"] + seconds["entities"],
        },
        "newsnlp": {"keywords": keywords, "seconds": seconds["keywords"]},
    }


def of_articles(frame: Any, column: str, n_articles: int) -> Keywords:
    """Values of a frame by article.

    Args:
        frame: A frame.
        column: The column wanted.
        n_articles: How many articles there are, whose ids are their numbers.
    """
    rows: Keywords = [[] for _ in range(n_articles)]
    for doc, value in zip(frame["doc_id"].tolist(), frame[column].tolist(), strict=True):
        rows[int(doc)].append(value)
    return rows


def most_frequent(words: Iterable[str]) -> list[str]:
    """The most frequent words, of two letters or more."""
    counts = Counter(word for word in words if len(word) > 2)
    return [word for word, _ in counts.most_common(MOST)]


def f1(found: Keywords, tags: list[set[str]], cut: int) -> float:
    """Mean F1 of the first keywords, over articles with tags.

    Args:
        found: Keywords of each article.
        tags: Tags of each article.
        cut: How many keywords count.
    """
    values = []
    for keywords, right in zip(found, tags, strict=True):
        first = set(list(dict.fromkeys(map(keyword_key, keywords)))[:cut])
        if right:
            values.append(2 * len(first & right) / (len(first) + len(right)))
    return mean(values)


def newest(articles: list[Article]) -> list[Article]:
    """The fifth with the highest numbers."""
    ordered = sorted(articles, key=lambda article: int(re.findall(r"/(\d+)", article.doc_id)[-1]))
    return ordered[int(len(ordered) * (1 - HELD_OUT)) :]


def articles_of(path: Path) -> list[Article]:
    """Articles with a text.

    Args:
        path: Lines of JSON, gzipped.
    """
    return [article for article in read(path) if article.text and article.text.strip()]


def text_of(article: Article) -> str:
    """Title, lead and text."""
    return "\n\n".join(part for part in (article.title, article.lead, article.text) if part)


def tags_of(article: Article) -> set[str]:
    """Tags as they are compared."""
    given = [re.sub(r"\s*\([^)]*\)", "", tag) for tag in article.tags]
    is_ria = "//ria.ru/" in str(article.url or article.doc_id)
    return set(map(keyword_key, given)) - (RUBRICS if is_ria else set())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Score keywords against editors' tags.")
    parser.add_argument("--peer-python", required=True, help="with rutermextract and YAKE")
    parser.add_argument("--articles", type=int, help="of each outlet, all by default")
    parser.add_argument("--data", type=Path, default=os.environ.get("NEWSNLP_DATA"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the data is: --data or NEWSNLP_DATA")
    options.data = Path(options.data) / "articles"
    return options


if __name__ == "__main__":
    main()
