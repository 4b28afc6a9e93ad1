"""What takes frames says what to give where it is given something else."""

from inspect import isfunction, signature
from pathlib import Path

import pandas as pd
import pytest

import newsnlp
from newsnlp import convert, plot, tallies
from newsnlp.archives import Archive
from newsnlp.errors import FrameNotComputedError

ASKED = {
    "kwic": lambda frames: newsnlp.kwic(frames, text="Минск"),
    "top": newsnlp.top,
    "lemma_text": newsnlp.lemma_text,
    "document_terms": newsnlp.document_terms,
    "duplicates": newsnlp.duplicates,
    "shares": newsnlp.shares,
    "keyness": newsnlp.keyness,
    "link": newsnlp.link,
    "tallies.topics": tallies.topics,
    "tallies.entities": tallies.entities,
    "tallies.timeline": lambda frames: tallies.timeline(frames, "ОДКБ"),
    "tallies.cooccurrence": tallies.cooccurrence,
    "tallies.keywords": tallies.keywords,
    "tallies.countries": tallies.countries,
    "plot.topics": plot.topics,
    "plot.entities": plot.entities,
    "plot.timeline": lambda frames: plot.timeline(frames, "ОДКБ"),
    "plot.cooccurrence": plot.cooccurrence,
    "plot.keywords": plot.keywords,
    "plot.countries": plot.countries,
    "convert.to_spacy": convert.to_spacy,
    "convert.to_displacy": convert.to_displacy,
    "convert.to_conllu": convert.to_conllu,
    "convert.to_bio": convert.to_bio,
}
GIVEN = {
    "an archive": (Archive, r"of type Archive; give frames: archive\.select\(\)"),
    "a frame": (lambda path: pd.DataFrame({"text": []}), r"of type DataFrame; .*newsnlp\.annotate"),
    "a name": (str, r"of type str; .*newsnlp\.Archive\(path\)\.select\(\)"),
    "a path": (Path, r"of type .*Path; .*newsnlp\.Archive\(path\)\.select\(\)"),
    "a list": (lambda path: ["Минск."], r"of type list; .*newsnlp\.annotate"),
    "nothing": (lambda path: None, r"of type NoneType; .*newsnlp\.annotate"),
}


def takes_frames(module):
    names = getattr(module, "__all__", vars(module))
    functions = {name: getattr(module, name) for name in names if not name.startswith("_")}
    short = module.__name__.removeprefix("newsnlp").lstrip(".")
    return {
        f"{short}.{name}".lstrip(".")
        for name, function in functions.items()
        if isfunction(function) and next(iter(signature(function).parameters), "") == "frames"
        if hasattr(module, "__all__") or function.__module__ == module.__name__
    }


def test_all_that_take_frames_are_asked():
    assert set.union(*map(takes_frames, (newsnlp, tallies, plot, convert))) == set(ASKED)


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("name", ASKED)
def test_what_is_no_frames_is_refused(name, given, tmp_path):
    make, message = GIVEN[given]
    with pytest.raises(TypeError, match=message):
        ASKED[name](make(tmp_path))


def test_frames_of_an_archive_say_how_another_is_made(annotator, tmp_path):
    archive = Archive(tmp_path / "архив")
    archive.annotate(["Саммит прошёл."], annotator=annotator, frames=["keywords", "topics"])
    with pytest.raises(
        FrameNotComputedError, match=r"only articles, keywords, topics; .*frames all"
    ):
        newsnlp.lemma_text(archive.select())
    with pytest.raises(
        FrameNotComputedError, match=r"not selected, only articles, topics; .*select"
    ):
        newsnlp.keyness(archive.select(frames=["topics"]))
    with pytest.raises(
        FrameNotComputedError, match=r"only articles, topics; add it to frames=\[…\]"
    ):
        newsnlp.keyness(annotator.annotate(["Саммит прошёл."], frames=["topics"]))
