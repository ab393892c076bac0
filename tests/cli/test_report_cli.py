"""`factcheck report`: what it writes, what it says, and how it ends."""

import json

import pytest
from click.testing import CliRunner

from factcheck import cli
from factcheck.errors import EXIT_DONE, EXIT_USAGE

ROW = {
    "body": "honey heals every cough",
    "posted": "2024-03-01",
    "factcheck_verdict": "REFUTES",
    "factcheck_probability": 0.9,
    "factcheck_reason": "decided",
    "factcheck_statement": "Honey does not heal a cough.",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in a folder with a file of verdicts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "verdicts.jsonl").write_text(json.dumps(ROW) + "\n", encoding="utf-8")
    (tmp_path / "posts.csv").write_text("body\nhoney heals\n", encoding="utf-8")

    def run(*arguments, given=None):
        return CliRunner().invoke(cli.main, ["report", *arguments], input=given, catch_exceptions=False, prog_name="factcheck")

    return run


def test_report_writes_a_page_and_says_so_on_stderr(run, tmp_path):
    done = run("verdicts.jsonl", "-o", "report.html", "--text-column", "body", "--date-column", "posted")
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert done.stderr == f"report.html: 1 rows; {(tmp_path / 'report.html').stat().st_size // 1000} kB.\n"
    assert page.startswith("<!doctype html>\n")
    assert "<time>2024-03-01</time>" in page


def test_report_reads_standard_input_in_the_format_that_is_given(run, tmp_path):
    done = run("-", "-o", "report.html", "--text-column", "body", "--input-format", "jsonl", given=json.dumps(ROW) + "\n")
    assert done.exit_code == EXIT_DONE
    assert "honey heals every cough" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("posts.csv", "--text-column", "body"), "Error: posts.csv: is no table of verdicts, as it lacks the column 'factcheck_verdict'"),
        (("verdicts.jsonl",), "Error: verdicts.jsonl: there is no column 'text'"),
        (("verdicts.jsonl", "--text-column", "body", "--date-column", "day"), "--date-column"),
        (("verdicts.jsonl", "--text-column", "body", "--summary", "none.json"), "Error: none.json: there is no such file"),
        (("none.jsonl",), "Error: none.jsonl: there is no such file"),
    ],
)
def test_report_ends_with_one_line_and_no_page_where_it_cannot_be_made(run, tmp_path, arguments, message):
    done = run(*arguments, "-o", "report.html")
    assert done.exit_code == EXIT_USAGE
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "report.html").exists()
