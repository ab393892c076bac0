"""Verdicts against another base or budget: exactly those that change are listed, each with what changed it."""

import csv
import json
from dataclasses import replace

import pytest

from factcheck.batch import run
from factcheck.checker import FactChecker
from factcheck.errors import InputError
from factcheck.rechecking import Tally, recheck
from factcheck.statements import read_statements

POSTS = ("5G causes COVID-19", "Antibiotics cure the flu", "The train was late again", "Vaccines cause autism")


@pytest.fixture(scope="module")
def base():
    return read_statements()


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory, base):
    """What a batch over four posts and a bad row wrote."""
    folder = tmp_path_factory.mktemp("recheck")
    (folder / "posts.csv").write_text(
        "text,n\n" + "\n".join(f"{post},{n}" for n, post in enumerate(POSTS)) + "\nragged\n", encoding="utf-8"
    )
    run(FactChecker.load("linear", max_error=0.3), folder / "posts.csv", folder / "verdicts.csv")
    return folder / "verdicts.csv"


def test_the_same_inputs_change_nothing(verdicts):
    tally = Tally()
    assert list(recheck(FactChecker.load("linear", max_error=0.3), verdicts, tally=tally)) == []
    assert (tally.rows, tally.changed, tally.skipped) == (4, 0, 1)


def test_a_statement_that_is_gone_or_says_something_else_is_named(verdicts, base):
    with verdicts.open(encoding="utf-8-sig", newline="") as file:
        first, second, *_ = csv.DictReader(file)
    gone, changed = first["factcheck_statement_id"], second["factcheck_statement_id"]
    assert gone
    assert changed
    new = [
        statement if statement.id != changed else replace(statement, text="Nothing is known of this.")
        for statement in base
        if statement.id != gone
    ]
    found = {change.row: change for change in recheck(FactChecker.load("linear", statements=new, max_error=0.3), verdicts)}
    assert found[1].why == f"the statement {gone} is not in the base any more"
    assert found[2].why == f"the statement {changed} says something else now"
    assert (found[1].old, found[1].old_statement_id) == ("REFUTES", gone)
    assert found[1].new_statement_id != gone


def test_a_smaller_budget_is_named_as_what_changed(verdicts):
    changes = list(recheck(FactChecker.load("linear", max_error=0.01), verdicts))
    assert {change.row for change in changes} == {1, 2, 4}
    assert {change.new for change in changes} == {"NOT ENOUGH INFO"}
    assert {change.why for change in changes} == {"max_error was 0.3, is 0.01"}


def test_a_table_without_verdicts_is_refused(tmp_path):
    (tmp_path / "posts.csv").write_text("text\nhello there\n", encoding="utf-8")
    with pytest.raises(InputError, match="factcheck batch"):
        list(recheck(FactChecker.load("linear"), tmp_path / "posts.csv"))


def test_a_larger_budget_is_named_as_what_changed_and_not_the_statement_that_now_decides(verdicts, tmp_path):
    run(FactChecker.load("linear", max_error=0.01), verdicts.parent / "posts.csv", tmp_path / "strict.csv")
    changes = list(recheck(FactChecker.load("linear", max_error=0.3), tmp_path / "strict.csv"))
    assert {change.row for change in changes} == {1, 2, 4}
    assert all(change.new_statement_id for change in changes)
    assert {change.why for change in changes} == {"max_error was 0.01, is 0.3"}


def test_a_statement_that_is_new_in_the_base_is_named(verdicts, base, tmp_path):
    with verdicts.open(encoding="utf-8-sig", newline="") as file:
        missing = next(csv.DictReader(file))["factcheck_statement_id"]
    without = [statement for statement in base if statement.id != missing]
    run(FactChecker.load("linear", statements=without, max_error=0.3), verdicts.parent / "posts.csv", tmp_path / "before.csv")
    change, *_ = recheck(FactChecker.load("linear", max_error=0.3), tmp_path / "before.csv")
    assert (change.row, change.why) == (1, f"the statement {missing} decides now")


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl", "parquet", "xlsx"])
def test_rows_of_every_format_that_hold_no_text_are_left_out(tmp_path, ending):
    rows = [{"text": POSTS[0]}, {"text": None}, {"text": 7}, {"n": 4}, {"text": POSTS[3]}]
    (tmp_path / "posts.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    checker, tally = FactChecker.load("linear", max_error=0.3), Tally()
    run(checker, tmp_path / "posts.jsonl", tmp_path / f"verdicts.{ending}")
    assert list(recheck(checker, tmp_path / f"verdicts.{ending}", tally=tally)) == []
    assert (tally.rows, tally.skipped) == (2, 3)


def test_an_id_that_a_spreadsheet_would_run_is_known_again(tmp_path, verdicts, base):
    named = FactChecker.load("linear", statements=[replace(statement, id=f"-{statement.id}") for statement in base], max_error=0.3)
    run(named, verdicts.parent / "posts.csv", tmp_path / "named.csv")
    assert "'-" in (tmp_path / "named.csv").read_text(encoding="utf-8")
    assert list(recheck(named, tmp_path / "named.csv")) == []


def test_a_text_column_that_is_not_there_is_refused_with_the_option(verdicts):
    with pytest.raises(InputError, match="--text-column"):
        list(recheck(FactChecker.load("linear"), verdicts, text_column="post"))
