"""The names that `import factcheck` promises, and what the import costs."""

import json
import re

import pytest

import factcheck

NAMES = {
    "Claim",
    "ClaimClassifier",
    "Evidence",
    "FactChecker",
    "FactcheckError",
    "Label",
    "Reason",
    "Statement",
    "Verdict",
    "__version__",
}
HEAVY = ("joblib", "nltk", "numpy", "pandas", "scipy", "sklearn", "click")


def test_public_names_are_the_promised_ones_and_at_most_ten():
    assert set(factcheck.__all__) == NAMES
    assert len(factcheck.__all__) == len(NAMES) <= 10


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__"}))
def test_public_name_resolves_to_the_object_of_that_name(name):
    resolved = getattr(factcheck, name)
    assert resolved.__name__ == name
    assert resolved.__module__.startswith("factcheck.")
    assert resolved.__doc__
    assert getattr(factcheck, name) is resolved


def test_dir_lists_public_names_before_they_are_used(run_python):
    listed = json.loads(run_python("import factcheck, json; print(json.dumps(dir(factcheck)))"))
    assert set(listed) >= NAMES


def test_star_import_brings_exactly_the_public_names(run_python):
    code = "before = set(globals()); from factcheck import *; import json; print(json.dumps(sorted(set(globals()) - before - {'before', 'json'})))"
    assert set(json.loads(run_python(code))) == NAMES


def test_unknown_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="NoSuchName"):
        factcheck.NoSuchName  # noqa: B018


@pytest.mark.parametrize(
    "statement", ["import factcheck", "import factcheck; factcheck.__version__; factcheck.Verdict; factcheck.FactcheckError"]
)
def test_import_loads_no_heavy_package(statement, run_python):
    loaded = run_python(f"{statement}; import sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)))").split()
    assert loaded == []


def test_import_writes_nothing_and_touches_no_global_setting(run_python):
    code = (
        "import locale, logging, sys, warnings\n"
        "def state(): return list(warnings.filters), logging.root.level, list(logging.root.handlers), list(sys.path), locale.getlocale()\n"
        "before = state()\n"
        "import factcheck\n"
        "factcheck.FactChecker, factcheck.ClaimClassifier\n"
        "after = state()\n"
        "print([name for name, a, b in zip(('filters', 'level', 'handlers', 'path', 'locale'), before, after) if a != b])\n"
    )
    assert run_python(code) in {"[]\n", "['filters']\n"}  # scikit-learn adds warning filters of its own
    assert run_python(code.replace("factcheck.FactChecker, factcheck.ClaimClassifier\n", "")) == "[]\n"


def test_version_is_a_release_number():
    assert re.fullmatch(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?", factcheck.__version__)
