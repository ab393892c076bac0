"""`factcheck robustness`: what it prints, and when it fails."""

import json

import pytest
from click.testing import CliRunner

from factcheck import cli
from factcheck.checker import FactChecker
from factcheck.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from factcheck.records import Claim, Verdict
from factcheck.robustness import KINDS, kinds_table

PLACES = "Aldin Brevik Corvan Dunmore Estrel Farholm Gladsby Harwen Istrad Jorvik Kelmar Lunde Marstow Norvald Orrin Pelham Quenby Rosvik Selby Tarn".split()


class Checker:
    """Refutes whatever mills do in small letters, as if a denial changed nothing."""

    def check_many(self, claims):
        return [Verdict(Claim(text), "REFUTES" if "mill" in text else "NOT ENOUGH INFO", 0.9, "decided") for text in claims]


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command in a folder with twenty labelled claims, and a checker of the test's own."""
    monkeypatch.setattr(FactChecker, "load", classmethod(lambda *_, **__: Checker()))
    monkeypatch.chdir(tmp_path)
    rows = [f"The mill of {place} causes floods,REFUTES,{'a' if place < 'N' else 'b'}" for place in PLACES]
    (tmp_path / "claims.csv").write_text("\n".join(["claim,label,part", *rows]) + "\n", encoding="utf-8")

    def run(*arguments):
        return CliRunner().invoke(cli.main, ["robustness", *arguments], catch_exceptions=False, prog_name="factcheck")

    return run


def test_json_is_one_object_with_a_row_for_each_kind(run):
    done = run("claims.csv", "--json")
    assert (done.exit_code, done.stderr) == (EXIT_DONE, "")
    report = json.loads(done.stdout)
    assert list(report["kinds"]) == list(KINDS)
    assert (report["n"], report["decided"]) == (20, 20)
    assert report["kinds"]["lower-case"]["rate"] == 1.0
    assert report["kinds"]["denied-after"]["wrongly_decisive"] == 1.0
    assert report["kinds"]["denied-after"]["failures"][0]["claim"] == "The mill of Aldin causes floods"


def test_kinds_rows_and_random_state_are_those_asked_for(run):
    done = run("claims.csv", "--kinds", "upper-case,asked", "--where", "part=a", "--limit", "5", "--random-state", "7", "--json")
    report = json.loads(done.stdout)
    assert (list(report["kinds"]), report["n"], report["random_state"]) == (["upper-case", "asked"], 5, 7)


def test_without_json_a_markdown_table_is_printed(run):
    lines = run("claims.csv", "--kinds", "lower-case,upper-case").stdout.splitlines()
    assert lines[0] == "20 claims, 20 decided, 0 errors, random state 0; shares in percent."
    assert lines[2].startswith("| kind | must be | n | judged | passed |")
    assert lines[4].startswith("| lower-case | same | 20 | 20 | 100.0 |")
    assert lines[5].startswith("| upper-case | same | 20 | 20 | 0.0 |")


def test_a_kind_under_the_bar_makes_the_exit_code_one_and_is_named_on_stderr(run):
    done = run("claims.csv", "--kinds", "lower-case,upper-case,reported", "--fail-under", "0.9")
    assert done.exit_code == EXIT_FAILED
    assert "upper-case (0.000), reported (0.000)" in done.stderr
    assert "lower-case" not in done.stderr
    assert "| lower-case |" in done.stdout
    held = run("claims.csv", "--kinds", "lower-case", "--fail-under", "1")
    assert (held.exit_code, held.stderr) == (EXIT_DONE, "")


def test_a_bar_that_nothing_could_be_held_against_is_no_success(run):
    done = run("claims.csv", "--kinds", "lower-case", "--limit", "19", "--fail-under", "0.5")
    assert done.exit_code == EXIT_USAGE
    assert "no kind has 20 claims that were decided" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("claims.csv", "--kinds", "typo"), "there is no 'typo'; choose from typos,"),
        (("claims.csv", "--fail-under", "90"), "0<=x<=1"),
        (("claims.csv", "--where", "part"), "COLUMN=VALUE"),
        (("claims.csv", "--text-column", "post"), "--text-column"),
        (("claims.csv", "--label-column", "part"), "claims.csv:2: row 1: the label 'a'"),
        (("nowhere.csv",), "nowhere.csv"),
        ((), "FILE"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_what_is_wrong(run, arguments, said):
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    assert said in done.stderr


def test_list_prints_the_kinds_and_needs_no_file(run):
    done = run("--list")
    assert (done.exit_code, done.stdout) == (EXIT_DONE, kinds_table() + "\n")


def test_the_checker_that_ships_answers_with_the_same_keys(monkeypatch, root):
    arguments = ["robustness", str(root / "data/claims.csv"), "--model", "linear", "--limit", "3", "--kinds", "typos,asked", "--json"]
    done = CliRunner().invoke(cli.main, arguments, catch_exceptions=False)
    assert done.exit_code == EXIT_DONE
    report = json.loads(done.stdout)
    assert report["n"] == 3
    assert report["errors"] == 0
    assert set(report["kinds"]) == {"typos", "asked"}
