"""The wheel carries all that `factcheck check` needs offline, and nothing that runs when it is loaded."""

import email
import json
import subprocess
import sys
import zipfile

import pytest

import factcheck
from factcheck.checker import SHIPPED


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        yield archive


def test_wheel_holds_every_module_and_the_type_marker(wheel, root):
    modules = {path.relative_to(root / "src").as_posix() for path in (root / "src/factcheck").rglob("*.py")}
    assert modules | {"factcheck/py.typed"} <= set(wheel.namelist())


def test_wheel_holds_templates_styles_and_scripts_of_report_and_review(wheel, root):
    for file in ("report.html", "report.css", "report.js", "review.html", "review_card.html", "review.css", "review.js"):
        name = f"templates/{file}"
        assert wheel.read(f"factcheck/{name}") == (root / "src" / "factcheck" / name).read_bytes()


@pytest.mark.parametrize("name", ["statements.csv", "ratings.toml"])
def test_wheel_holds_the_statement_base_and_the_map_of_ratings_as_they_stand(wheel, root, name):
    assert wheel.read(f"factcheck/data/{name}") == (root / "data" / name).read_bytes()


@pytest.mark.parametrize("model", SHIPPED)
def test_wheel_holds_every_file_that_a_shipped_bundle_lists(wheel, model):
    manifest = json.loads(wheel.read(f"factcheck/models/{model}/manifest.json"))
    listed = {f"factcheck/models/{model}/{name}" for name in manifest["files"]}
    assert listed
    assert listed <= set(wheel.namelist())


def test_wheel_holds_no_pickle_no_tests_and_no_labelled_claims(wheel):
    names = wheel.namelist()
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib", ".pyc"))]
    assert not [name for name in names if name.endswith("claims.csv") or "test" in name]
    assert {name.split("/")[0] for name in names} == {"factcheck", f"claim_factcheck-{factcheck.__version__}.dist-info"}


def test_wheel_names_command_version_and_both_licences(wheel):
    info = f"claim_factcheck-{factcheck.__version__}.dist-info"
    metadata = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
    assert (metadata["Name"], metadata["Version"]) == ("claim-factcheck", factcheck.__version__)
    assert metadata["License-Expression"] == "Apache-2.0 AND CC-BY-4.0"
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/data/LICENSE"} <= set(wheel.namelist())
    assert b"factcheck = factcheck.cli:main" in wheel.read(f"{info}/entry_points.txt")
