"""`factcheck compare`: what it prints, when it fails, and what it puts in the place of another bundle."""

import json

import pytest
from click.testing import CliRunner

from factcheck import cli
from factcheck.checker import FactChecker, bundle_path
from factcheck.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from factcheck.persistence import load_bundle, save_bundle
from factcheck.records import Claim, Verdict


class Checker:
    """Knows what each claim says of itself, or calls it all REFUTES where it is a bad one."""

    def __init__(self, folder):
        self.manifest, self.fingerprint = {"name": folder.name}, {"bundle": load_bundle(folder).sha256, "statements": ""}
        self.bad = load_bundle(folder).documents["bad"]

    def check_many(self, claims):
        unknown = dict.fromkeys(("SUPPORTS", "REFUTES", "NOT ENOUGH INFO"), 1 / 3)
        return [
            Verdict(Claim(text), "SUPPORTS" if "good" in text and not self.bad else "REFUTES", 0.9, "decided", unknown) for text in claims
        ]


@pytest.fixture
def world(monkeypatch, tmp_path):
    """A folder with twenty labelled claims and two bundles, one of which is worse."""
    for name in ("good", "bad"):
        save_bundle(tmp_path / name, manifest={"kind": "linear"}, arrays={}, documents={"bad": name == "bad"})
    rows = [
        f"The {kind} mill {i} causes floods,{label},{i % 2}"
        for i in range(10)
        for kind, label in (("good", "SUPPORTS"), ("ill", "REFUTES"))
    ]
    (tmp_path / "claims.csv").write_text("\n".join(["claim,label,part", *rows]) + "\n", encoding="utf-8")
    monkeypatch.setattr(FactChecker, "load", classmethod(lambda _, model, **__: Checker(bundle_path(model))))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(world):
    def run(*arguments):
        options = ["--on", "claims.csv", "--kinds", "asked"]
        return CliRunner().invoke(cli.main, ["compare", *arguments, *options], catch_exceptions=False, prog_name="factcheck")

    return run


def test_a_bundle_beside_itself_is_no_worse_and_the_page_says_so(run):
    done = run("good", "good")
    assert (done.exit_code, done.stderr) == (EXIT_DONE, "")
    assert done.stdout.startswith("**No worse**: macro-F1 changes by +0.0 points")
    assert "| asked | none |" in done.stdout


def test_a_worse_bundle_makes_the_exit_code_one(run):
    done = run("good", "bad")
    assert done.exit_code == EXIT_FAILED
    assert done.stdout.startswith("**Worse**: ")
    assert run("bad", "good").exit_code == EXIT_DONE


def test_json_is_one_object(run):
    done = run("good", "bad", "--json", "--where", "part=1", "--limit", "8", "--random-state", "7")
    report = json.loads(done.stdout)
    assert (report["n"], report["random_state"], list(report["robustness"]["kinds"])) == (8, 7, ["asked"])


def test_a_worse_bundle_is_promoted_only_by_force(run, world, tmp_path):
    live = tmp_path / "live"
    refused = run("good", "bad", "--promote", str(live))
    assert refused.exit_code == EXIT_FAILED
    assert "because bad is worse" in refused.stderr
    assert refused.stdout.startswith("**Worse**")
    assert not live.exists()
    forced = run("good", "bad", "--promote", str(live), "--force")
    assert forced.exit_code == EXIT_DONE
    assert load_bundle(live).sha256 == load_bundle(world / "bad").sha256
    replaced = run(str(live), "good", "--promote", str(live))
    assert (replaced.exit_code, replaced.stderr) == (EXIT_DONE, f"{live}: holds good now.\n")
    assert load_bundle(live).sha256 == load_bundle(world / "good").sha256


def test_kinds_none_leaves_robustness_out(world):
    arguments = ["compare", "good", "good", "--on", "claims.csv", "--kinds", "none", "--json"]
    report = json.loads(CliRunner().invoke(cli.main, arguments, catch_exceptions=False).stdout)
    assert report["robustness"] == {"n": 0, "kinds": {}}
    assert list(report["harm"]) == ["wrong of decided"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("good", "good", "--force"), EXIT_USAGE, "--force goes with --promote"),
        (("good", "nowhere"), EXIT_FAILED, "nowhere: no such bundle"),
        (("good", "good", "--text-column", "post"), EXIT_USAGE, "--text-column"),
        (("good",), EXIT_USAGE, "NEW"),
    ],
)
def test_what_is_wrong_is_said_on_stderr(run, arguments, code, said):
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr
