"""`factcheck compare`: what it prints, what it copies, and when it fails."""

import json

import pytest
from click.testing import CliRunner

from factcheck import cli, comparison, persistence
from factcheck.checker import FactChecker
from factcheck.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE


class Checker:
    def __init__(self):
        self.fingerprint = {"bundle": "abc"}


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command on a comparison that came out as told; return the result and what was copied."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new").mkdir()
    monkeypatch.setattr(FactChecker, "load", classmethod(lambda *_, **__: Checker()))
    copied = []
    monkeypatch.setattr(persistence, "copy_bundle", lambda source, path, *, sha256: copied.append((source.name, path, sha256)))
    monkeypatch.setattr(comparison, "markdown", lambda report: report["verdict"])

    def run(verdict, *arguments):
        monkeypatch.setattr(comparison, "compare", lambda *_, **options: {"verdict": verdict, "kinds": list(options["kinds"])})
        done = CliRunner().invoke(
            cli.main, ["compare", "old", "new", "--on", "claims.csv", *arguments], catch_exceptions=False, prog_name="factcheck"
        )
        return done, copied

    return run


@pytest.mark.parametrize(("verdict", "code"), [("worse", EXIT_FAILED), ("no worse", EXIT_DONE), ("better", EXIT_DONE)])
def test_only_a_worse_bundle_fails(run, verdict, code):
    done, copied = run(verdict)
    assert (done.exit_code, done.stdout, copied) == (code, f"{verdict}\n", [])


def test_a_bundle_that_is_not_worse_is_copied_as_it_was_measured(run):
    done, copied = run("no worse", "--promote", "now")
    assert (done.exit_code, copied) == (EXIT_DONE, [("new", "now", "abc")])


def test_a_worse_bundle_is_not_copied_unless_forced(run):
    done, copied = run("worse", "--promote", "now")
    assert (done.exit_code, copied) == (EXIT_FAILED, [])
    assert "was not copied to now; --force copies it" in done.stderr
    done, copied = run("worse", "--promote", "now", "--force")
    assert (done.exit_code, copied) == (EXIT_DONE, [("new", "now", "abc")])


def test_json_is_one_object_and_kinds_can_be_left_out(run):
    done, _ = run("better", "--json", "--kinds", "none")
    assert json.loads(done.stdout) == {"verdict": "better", "kinds": []}


def test_a_file_is_needed():
    done = CliRunner().invoke(cli.main, ["compare", "old", "new"], prog_name="factcheck")
    assert (done.exit_code, "--on" in done.stderr) == (EXIT_USAGE, True)


def test_a_table_takes_no_corrections(tmp_path):
    done = CliRunner().invoke(cli.main, ["train", "t.csv", "-o", str(tmp_path / "b"), "--corrections", "d.jsonl"], prog_name="factcheck")
    assert (done.exit_code, "goes with a recipe" in done.stderr) == (EXIT_USAGE, True)
