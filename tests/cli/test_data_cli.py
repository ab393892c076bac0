"""The commands of `factcheck data`: exit codes, streams, and that what they write can be used by the next command."""

import json

import pytest
from click.testing import CliRunner

from factcheck import cli
from factcheck.datasets import DATASETS, describe
from factcheck.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE, FactcheckError

CORPUS = [
    {
        "doc_id": 1,
        "title": "Bees",
        "abstract": ["Honey bees collect nectar from flowers and turn it into honey.", "Wax is made of it too."],
    },
    {"doc_id": 2, "title": "Ants", "abstract": ["Ants live in colonies with at least one egg-laying queen."]},
]
CLAIMS = [
    {
        "id": 4,
        "claim": "Honey bees collect nectar from flowers and turn it into honey",
        "evidence": {"1": [{"sentences": [0], "label": "SUPPORT"}]},
    },
    {"id": 6, "claim": "The ferry was late on Sunday", "evidence": {}, "cited_doc_ids": [2]},
]


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run a command in an empty folder that holds a tiny SciFact."""
    monkeypatch.chdir(tmp_path)
    for name, rows in (("corpus.jsonl", CORPUS), ("claims.jsonl", CLAIMS)):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(*arguments):
        return CliRunner().invoke(cli.main, arguments, catch_exceptions=False, prog_name="factcheck")

    return run


def test_the_list_shows_each_set_with_licence_page_and_whether_it_is_fetched(run):
    done = run("data", "list")
    assert (done.exit_code, done.stderr) == (EXIT_DONE, "")
    for about in describe():
        row = next(line for line in done.stdout.splitlines() if line.startswith(f"{about['name']} "))
        assert about["licence"] in row
        assert about["fetch"] in row
        assert about["home"] in done.stdout
    assert json.loads(run("data", "list", "--json").stdout) == describe()


def test_a_fetch_names_the_files_and_a_failure_ends_with_one(run, monkeypatch, tmp_path):
    monkeypatch.setattr("factcheck.datasets.download", lambda remote, folder: f"{folder}/{remote.file}")
    done = run("data", "fetch", "check-covid", "-o", "raw")
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    assert done.stderr.count("complete") == len(DATASETS["check-covid"].remotes)

    def fail(remote, folder):
        raise FactcheckError(f"{remote.url}: cannot be reached")

    monkeypatch.setattr("factcheck.datasets.download", fail)
    done = run("data", "fetch", "check-covid", "-o", "raw")
    assert (done.exit_code, done.stdout) == (EXIT_FAILED, "")
    assert done.stderr.startswith("Error: https://")


def test_a_set_is_converted_with_counts_on_stderr_or_to_standard_output(run, tmp_path):
    done = run("data", "convert", "scifact", "claims.jsonl", "corpus.jsonl", "-o", "pairs.jsonl")
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    assert done.stderr == "2 rows in pairs.jsonl.\nLabels: 1 SUPPORTS, 1 NOT ENOUGH INFO.\n"
    piped = run("data", "convert", "scifact", "claims.jsonl", "corpus.jsonl", "-o", "-")
    assert piped.stdout_bytes == (tmp_path / "pairs.jsonl").read_bytes()


def test_a_split_writes_three_files(run, tmp_path):
    assert run("data", "convert", "scifact", "claims.jsonl", "corpus.jsonl", "-o", "pairs.jsonl", "--split").exit_code == EXIT_DONE
    assert len(list(tmp_path.glob("pairs.*.jsonl"))) == 3


def test_claims_are_checked_against_a_corpus_and_their_verdicts_become_predictions(run, tmp_path):
    run("data", "convert", "scifact-corpus", "corpus.jsonl", "-o", "base.jsonl")
    run(
        "batch",
        "claims.jsonl",
        "--text-column",
        "claim",
        "--statements",
        "base.jsonl",
        "--model",
        "linear",
        "--max-error",
        "0.3",
        "-o",
        "verdicts.jsonl",
    )
    done = run("data", "predictions", "scifact", "verdicts.jsonl", "-o", "predictions.jsonl")
    assert (done.exit_code, done.stdout, done.stderr) == (EXIT_DONE, "", "2 predictions for the scorer of scifact.\n")
    assert [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()] == [
        {"id": 4, "evidence": {"1": {"sentences": [0], "label": "SUPPORT"}}},
        {"id": 6, "evidence": {}},
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fetch", "liar", "-o", "raw"), "by hand from"),
        (("fetch", "nosuch", "-o", "raw"), "is no known set"),
        (("fetch", "check-covid"), "Missing option"),
        (("convert", "nosuch", "claims.jsonl", "-o", "out.jsonl"), "is no known set"),
        (("convert", "scifact", "-o", "out.jsonl"), "Missing argument"),
        (("convert", "scifact", "claims.jsonl", "-o", "out.jsonl"), "none of the files has rows with 'abstract'"),
        (("convert", "scifact", "claims.jsonl", "none.jsonl", "-o", "out.jsonl"), "there is no such file"),
        (("convert", "scifact-corpus", "corpus.jsonl", "-o", "out.jsonl", "--split"), "which have no parts"),
        (("predictions", "liar", "claims.jsonl", "-o", "out.jsonl"), "allowed are fever, scifact"),
        (("predictions", "fever", "claims.jsonl", "-o", "out.jsonl"), "has no factcheck_evidence"),
    ],
)
def test_what_cannot_be_used_is_an_error_of_usage_and_writes_nothing(run, tmp_path, arguments, words):
    before = sorted(tmp_path.iterdir())
    done = run("data", *arguments)
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    assert words in done.stderr
    assert sorted(tmp_path.iterdir()) == before
