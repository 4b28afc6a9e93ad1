"""What `import newsnlp` gives, and what it does not do."""

import pickle
import subprocess
import sys
from importlib.util import find_spec

import pytest

import newsnlp
from newsnlp import errors


def test_every_public_name_is_there():
    for name in newsnlp.__all__:
        assert getattr(newsnlp, name) is not None
        assert name in dir(newsnlp)


def test_no_module_has_the_name_of_a_public_function():
    modules = {"errors", "plot", "tallies"}
    functions = [name for name in newsnlp.__all__ if name[0].islower() and name not in modules]
    assert not [name for name in functions if find_spec(f"newsnlp.{name}")]


def test_unknown_name():
    with pytest.raises(AttributeError, match="no attribute 'natasha'"):
        _ = newsnlp.natasha


def test_all_errors_have_one_root():
    for name in errors.__all__:
        root = UserWarning if name.endswith("Warning") else errors.NewsNLPError
        assert issubclass(getattr(errors, name), root)
        assert name in errors.__doc__


def test_the_error_of_a_worker_is_picklable():
    error = pickle.loads(pickle.dumps(errors.WorkerError("killed", ["7", "8"])))
    assert (str(error), error.doc_ids) == ("killed", ("7", "8"))


def test_import_only_defines_names():
    code = (
        "import sys, logging, threading; before = set(sys.modules); import newsnlp;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(new - sys.stdlib_module_names);"
        "assert not logging.getLogger('newsnlp').handlers and threading.active_count() == 1"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'newsnlp'}"


def test_natasha_is_never_imported():
    code = (
        "import sys, newsnlp; newsnlp.annotate('Минск.');"
        "print({'natasha', 'pymorphy2', 'pkg_resources'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_annotator_is_picklable(annotator):
    again = pickle.loads(pickle.dumps(annotator.with_options(layout="plain", top_k=3)))
    assert again.options.layout == "plain" and again.options.top_k == 3


def test_annotator_of_another_version_refuses(annotator, monkeypatch):
    state = pickle.dumps(annotator)
    monkeypatch.setattr(newsnlp, "__version__", "9.9.9")
    with pytest.raises(errors.ModelError, match=r"pickled by newsnlp 0\.1\.0, here is 9\.9\.9"):
        pickle.loads(state)
