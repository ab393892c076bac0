"""Verdicts against another base or budget: exactly those that change are listed, each with what changed it."""

import csv

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
        statement if statement.id != changed else type(statement)(**{**_fields(statement), "text": "Nothing is known of this."})
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


def _fields(statement):
    return {name: getattr(statement, name) for name in ("id", "topic", "text", "publisher", "url", "published", "valid_until", "rating")}
