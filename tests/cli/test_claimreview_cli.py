"""The commands of `factcheck claimreview`: exit codes, streams, and that what they write can be used by the next command."""

import csv
import json

import pytest
from click.testing import CliRunner

from factcheck import cli
from factcheck.errors import EXIT_BAD_ROWS, EXIT_DONE, EXIT_FAILED, EXIT_USAGE

HOST = "https://desk.example.org"
REVIEW = {
    "@context": "https://schema.org",
    "@type": "ClaimReview",
    "url": f"{HOST}/1",
    "claimReviewed": "Tea cures colds",
    "author": {"@type": "Organization", "name": "Tea Desk"},
    "reviewRating": {"@type": "Rating", "alternateName": "False"},
}
DECIDED = (
    f"claim,url,rating,label,date,confirmed\nTea cures colds,{HOST}/1,False,REFUTES,2024-05-01,yes\nRain is wet,{HOST}/2,True,SUPPORTS,,\n"
)
OURS = ("--publisher", "Tea Desk", "--publisher-url", HOST)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run a command of the group in an empty folder that holds a good review, a broken one and a table of decisions."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.json").write_text(json.dumps(REVIEW))
    (tmp_path / "bad.json").write_text(json.dumps(REVIEW)[:-1])
    (tmp_path / "decided.csv").write_text(DECIDED)

    def run(*arguments):
        return CliRunner().invoke(cli.main, ["claimreview", *arguments], catch_exceptions=False, prog_name="factcheck")

    return run


def test_an_import_writes_the_table_and_counts_on_stderr(run, tmp_path):
    done = run("import", "good.json", "-o", "known.csv")
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    assert "1 reviews read, 1 kept (0 SUPPORTS, 1 REFUTES, 0 NOT ENOUGH INFO, 0 no label)." in done.stderr
    with (tmp_path / "known.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["text"], row["rating"], row["label"], row["publisher"]) == ("Tea cures colds", "False", "REFUTES", "Tea Desk")


def test_an_import_to_standard_output_is_a_table(run):
    done = run("import", "good.json", "-o", "-")
    assert done.exit_code == EXIT_DONE
    assert [row["url"] for row in csv.DictReader(done.stdout.splitlines())] == [f"{HOST}/1"]


def test_an_import_with_a_bad_document_keeps_the_others_and_ends_with_three(run, tmp_path):
    done = run("import", "bad.json", "good.json", "-o", "known.jsonl")
    assert done.exit_code == EXIT_BAD_ROWS
    assert done.stderr.startswith("bad.json:1, character 1: is not JSON")
    assert len((tmp_path / "known.jsonl").read_text().splitlines()) == 1


def test_the_counts_come_as_json_with_the_unmapped_ratings(run, tmp_path):
    (tmp_path / "odd.json").write_text(json.dumps({**REVIEW, "reviewRating": {"alternateName": "Three \u202elemons"}}))
    done = run("import", "odd.json", "-o", "known.jsonl", "--json")
    counts = json.loads(done.stdout)
    assert (done.exit_code, done.stderr) == (EXIT_DONE, "")
    assert (counts["read"], counts["kept"], counts["unmapped"]) == (1, 1, {"Three lemons": 1})


def test_the_users_ratings_label_what_the_shipped_ones_do_not_know(run, tmp_path):
    (tmp_path / "own.toml").write_text('SUPPORTS = ["false"]\n')
    run("import", "good.json", "-o", "known.jsonl", "--ratings", "own.toml")
    assert json.loads((tmp_path / "known.jsonl").read_text())["label"] == "SUPPORTS"


def test_what_was_imported_can_be_matched(run):
    run("import", "good.json", "-o", "known.csv")
    done = CliRunner().invoke(
        cli.main,
        ["match", "does tea cure colds?", "--statements", "known.csv", "--model", "linear", "--format", "json"],
        catch_exceptions=False,
    )
    assert [(found["statement"], found["url"]) for found in json.loads(done.stdout)] == [("Tea cures colds", f"{HOST}/1")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "none.json", "-o", "known.csv"),
        ("import", "good.json", "-o", "known.xyz"),
        ("import", "good.json", "-o", "known.csv", "--ratings", "none.toml"),
        ("import", "good.json", "-o", "-", "--json"),
        ("import", "good.json"),
        ("export", "decided.csv", "-o", "out.json"),
        ("export", "decided.csv", "-o", "out.json", "--publisher", "Tea Desk", "--publisher-url", "nowhere"),
        ("export", "decided.csv", "-o", "out.xml", *OURS),
        ("export", "none.csv", "-o", "out.json", *OURS),
        ("lint", "none.json"),
        ("lint",),
    ],
)
def test_what_cannot_be_used_is_an_error_of_usage_and_writes_nothing(run, tmp_path, arguments):
    before = sorted(tmp_path.iterdir())
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    assert "Error: " in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_an_export_writes_confirmed_rows_that_lint_and_import_accept(run, tmp_path):
    done = run("export", "decided.csv", "-o", "out.html", *OURS)
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    assert "1 reviews written; 1 rows not confirmed; 0 confirmed rows refused." in done.stderr
    assert run("lint", "out.html").exit_code == EXIT_DONE
    assert run("import", "out.html", "-o", "known.jsonl").exit_code == EXIT_DONE
    assert json.loads((tmp_path / "known.jsonl").read_text())["text"] == "Tea cures colds"


def test_an_export_with_a_refused_row_ends_with_three_and_says_why(run, tmp_path):
    (tmp_path / "decided.csv").write_text(DECIDED.replace(f"{HOST}/1", "https://others.example.net/1"))
    done = run("export", "decided.csv", "-o", "out.json", *OURS)
    assert done.exit_code == EXIT_BAD_ROWS
    assert done.stderr.startswith("decided.csv:2: url: is not on desk.example.org")


def test_lint_names_each_fault_and_ends_with_one(run, tmp_path):
    (tmp_path / "odd.json").write_text(json.dumps({**REVIEW, "author": "Tea \x1b[31mDesk", "url": None}))
    done = run("lint", "good.json", "odd.json")
    assert (done.exit_code, done.stdout) == (EXIT_FAILED, "")
    assert done.stderr.splitlines()[-1] == "2 problems in the reviews."
    assert "odd.json:1, character 1: url: is missing; fill it" in done.stderr
    assert "\x1b" not in done.stderr
