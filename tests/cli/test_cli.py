"""The command line: arguments, exit codes, what goes to which stream, and that each command has a library twin."""

import csv
import importlib
import io
import json
import os
import statistics
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from factcheck import __version__, cli
from factcheck.batch import ADDED_COLUMNS, Progress, Summary
from factcheck.checker import FactChecker
from factcheck.errors import EXIT_BAD_ROWS, EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from factcheck.statements import read_statements
from factcheck.tables import read_rows
from factcheck.training import train_claims

TWINS = {
    "check": ("factcheck.checker", "FactChecker.check"),
    "batch": ("factcheck.batch", "run"),
    "explain": ("factcheck.explanation", "explain"),
    "recheck": ("factcheck.rechecking", "recheck"),
    "report": ("factcheck.report", "write"),
    "review": ("factcheck.review", "serve"),
    "agreement": ("factcheck.corrections", "read", "settle", "agreement", "merge"),
    "match": ("factcheck.checker", "FactChecker.match"),
    "train": ("factcheck.training", "train", "train_claims"),
    "evaluate pairs": ("factcheck.evaluation", "evaluate_pairs"),
    "evaluate claims": ("factcheck.evaluation", "evaluate_claims"),
    "evaluate matching": ("factcheck.evaluation", "evaluate_matching"),
    "robustness": ("factcheck.robustness", "run"),
    "compare": ("factcheck.comparison", "compare", "promote"),
    "statements lint": ("factcheck.statements", "lint"),
    "statements add": ("factcheck.statements", "add"),
    "statements build": ("factcheck.bases", "build"),
    "statements diff": ("factcheck.statements", "diff"),
    "statements import": ("factcheck.statements", "import_rows"),
    "claimreview import": ("factcheck.claimreview", "import_reviews"),
    "claimreview export": ("factcheck.claimreview", "export_reviews"),
    "claimreview lint": ("factcheck.claimreview", "lint_reviews"),
    "data list": ("factcheck.datasets", "describe"),
    "data fetch": ("factcheck.datasets", "fetch"),
    "data convert": ("factcheck.datasets", "convert"),
    "data predictions": ("factcheck.datasets", "write_predictions"),
    "claims lint": ("factcheck.claims", "lint_claims"),
    "info": ("factcheck.checker", "FactChecker.manifest", "FactChecker.fingerprint"),
}
"""Each command and the library's names for the same; `FactChecker.manifest` is an attribute of the object."""

MYTH = "Vaccines cause autism in children"
HOSTILE = "5G \x1b[31mcauses\x1b]0;owned\x07 \u202eCOVID\u2066 \x9b31m\x7f-19\u200b"
BASE = (
    "id,topic,statement,publisher,url,published,valid_until\n"
    "bee-1,bees,Honey bees collect nectar from flowers and turn it into honey.,Bee Board,https://bees.example.org/,2020-05-01,\n"
    "ant-1,ants,Ants live in colonies with at least one egg-laying queen.,Ant Board,https://ants.example.org/,,\n"
)


def commands(group=cli.main, above=()):
    """Yield name and command of every command, groups left out."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*above, name))
        else:
            yield " ".join((*above, name)), command


@pytest.fixture(scope="session")
def shipped_checker():
    """The checker that answers by default."""
    return FactChecker.load()


@pytest.fixture
def run(monkeypatch, tmp_path, shipped_checker):
    """Run a command in an empty folder; the shipped checker with its own statements is the one loaded for all tests."""
    load = FactChecker.load.__func__

    def kept(cls, model=None, **options):
        return shipped_checker if model is None and not any(options.values()) else load(cls, model, **options)

    monkeypatch.setattr(FactChecker, "load", classmethod(kept))
    monkeypatch.chdir(tmp_path)

    def run(*arguments, given=None):
        done = CliRunner().invoke(
            cli.main, [str(argument) for argument in arguments], input=given, catch_exceptions=False, prog_name="factcheck"
        )
        assert not [line for line in done.stdout.splitlines() if line.startswith(("Error:", "Warning:"))]
        return done

    return run


def invisible(text):
    """Return the signs of a text that steer a terminal or hide its order."""
    return sorted({c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs"} and c != "\n"})


def rows_of(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


# ---------------------------------------------------------------------------------------------------------------------
# Every command
# ---------------------------------------------------------------------------------------------------------------------


def test_every_command_has_a_library_twin_and_no_twin_is_left_over():
    assert {name for name, _ in commands()} == set(TWINS)


@pytest.mark.parametrize("name", sorted(TWINS))
def test_the_twin_of_a_command_is_there_and_documented(name, shipped_checker):
    module, *names = TWINS[name]
    for path in names:
        owner, _, attribute = path.rpartition(".")
        if not owner:
            assert getattr(importlib.import_module(module), attribute).__doc__
        else:
            assert getattr(shipped_checker, attribute) is not None


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_has_help_an_example_and_words_for_every_option(name, command, run):
    shown = run(*name.split(), "--help")
    assert shown.exit_code == EXIT_DONE
    assert shown.stderr == ""
    assert f"factcheck {name}" in shown.stdout.partition("Examples:")[2]
    assert command.help
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help or parameter.name == "help", parameter.name
    assert max(map(len, shown.stdout.splitlines())) <= 120


def test_the_groups_say_what_is_in_them(run):
    shown = run("--help").stdout
    for name in cli.main.commands:
        assert f"\n  {name} " in shown
    assert "statement" in shown


def test_the_version_is_the_package_s(run):
    assert run("--version").stdout.split()[-1] == __version__


@pytest.mark.parametrize(
    "arguments", [("nosuch",), ("check",), ("check", "x", "--format", "xml"), ("match", "x", "-k", "0"), ("train", "t.csv")]
)
def test_wrong_usage_ends_with_two_and_says_so_on_stderr(arguments, run):
    done = run(*arguments)
    assert done.exit_code == EXIT_USAGE
    assert done.stdout == ""
    assert "Usage:" in done.stderr


# ---------------------------------------------------------------------------------------------------------------------
# check
# ---------------------------------------------------------------------------------------------------------------------


def test_check_as_json_prints_the_whole_verdict_of_the_library(run, shipped_checker):
    done = run("check", "--format", "json", MYTH, "Is the Earth flat?")
    assert done.exit_code == EXIT_DONE
    assert done.stderr == ""
    assert json.loads(done.stdout) == [shipped_checker.check(text).to_dict() for text in (MYTH, "Is the Earth flat?")]


def test_check_as_json_lines_prints_one_object_a_line(run, shipped_checker):
    lines = run("check", "--format", "jsonl", MYTH, "Is the Earth flat?").stdout.splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == [shipped_checker.check(text).label for text in (MYTH, "Is the Earth flat?")]


def test_check_as_csv_prints_a_header_and_a_row_for_each_claim(run, shipped_checker):
    rows = rows_of(run("check", "--format", "csv", MYTH, "x" * 6_000).stdout)
    verdict = shipped_checker.check(MYTH)
    assert (rows[0]["claim"], rows[0]["verdict"], rows[0]["reason"]) == (MYTH, verdict.label, verdict.reason)
    assert rows[0]["statement_id"] == (verdict.statement.id if verdict.statement else "")
    assert (rows[1]["verdict"], rows[1]["reason"]) == ("", "error")
    assert "6000 characters" in rows[1]["error"]


def test_check_for_a_person_prints_verdict_probability_reason_and_citation(run, shipped_checker, root):
    with (root / "data/claims.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["claim"] for row in csv.DictReader(file) if row["kind"] == "myth"]
    verdict = next(verdict for verdict in shipped_checker.stream(texts, chunk_size=32) if verdict.reason == "decided")
    shown = " ".join(run("check", verdict.claim.text).stdout.split())
    for part in (verdict.label, f"{verdict.probability:.0%}", verdict.statement.publisher, verdict.statement.url):
        assert part in shown
    assert " ".join(verdict.statement.text.split()) in shown


def test_check_reads_a_claim_a_line_from_standard_input_and_skips_blank_lines(run):
    done = run("check", "--format", "jsonl", "-", given=f"\ufeff{MYTH}\n\n  Is the Earth flat?\r\n")
    assert [json.loads(line)["claim"] for line in done.stdout.splitlines()] == [MYTH, "Is the Earth flat?"]


def test_check_survives_bytes_that_are_no_utf_8_on_standard_input(run):
    done = run("check", "--format", "jsonl", "-", given=b"\xff\xfe\x80 vaccines cause autism\nThe Earth is flat\n")
    assert done.exit_code == EXIT_DONE
    claims = [json.loads(line)["claim"] for line in done.stdout.splitlines()]
    assert claims[0].endswith(" vaccines cause autism")
    assert claims[1] == "The Earth is flat"


@pytest.mark.parametrize(("style", "shown"), [("table", ""), ("json", "[]"), ("jsonl", ""), ("csv", "claim,verdict")])
def test_check_of_an_empty_standard_input_prints_no_verdict(run, style, shown):
    done = run("check", "--format", style, "-", given="")
    assert done.exit_code == EXIT_DONE
    assert done.stdout.startswith(shown)
    assert len(done.stdout.splitlines()) <= 1


def test_a_text_that_cannot_be_checked_is_shown_as_an_error_and_not_as_a_verdict(run):
    shown = run("check", "x" * 6_000).stdout
    assert "ERROR  6000 characters" in shown
    assert "NOT ENOUGH INFO" not in shown


@pytest.mark.parametrize("style", ["table", "json", "jsonl"])
def test_signs_that_steer_a_terminal_or_turn_its_order_are_never_printed(run, style):
    assert len(invisible(HOSTILE)) == 7
    done = run("check", "--format", style, HOSTILE, "lone \udcff surrogate here")
    assert done.exit_code == EXIT_DONE
    assert invisible(done.stdout) == []


@pytest.mark.parametrize("style", ["json", "jsonl"])
def test_json_escapes_such_signs_without_losing_them(run, style):
    found = json.loads(run("check", "--format", style, HOSTILE).stdout)
    assert (found[0] if style == "json" else found)["claim"] == HOSTILE


def test_letters_of_other_scripts_and_emoji_are_printed_as_they_are(run):
    assert "Ωμέγα 🦠 Žluťoučký" in run("check", "--format", "json", "Ωμέγα 🦠 Žluťoučký").stdout


def test_an_error_message_carries_no_such_sign_either(run):
    done = run("check", "x", "--model", "no\x1b[31m\u202esuch")
    assert done.exit_code == EXIT_FAILED
    assert invisible(done.stderr) == []


def test_a_bundle_that_is_not_there_fails_with_one_line(run):
    done = run("check", "x", "--model", "nosuch")
    assert done.exit_code == EXIT_FAILED
    assert done.stdout == ""
    assert done.stderr.startswith("Error: nosuch: no such bundle")
    assert done.stderr.count("\n") == 1


def test_a_statement_base_that_is_not_there_is_a_wrong_input(run):
    done = run("check", "x", "--statements", "none.csv")
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    assert "none.csv" in done.stderr


def test_check_against_a_base_of_ones_own_cites_only_that(run, tmp_path):
    (tmp_path / "base.csv").write_text(BASE, encoding="utf-8")
    done = run("check", "--statements", "base.csv", "--format", "json", "Honey bees collect nectar from flowers")
    cited = {item["id"] for item in json.loads(done.stdout)[0]["evidence"]}
    assert "bee-1" in cited <= {"bee-1", "ant-1"}


# ---------------------------------------------------------------------------------------------------------------------
# batch
# ---------------------------------------------------------------------------------------------------------------------

POSTS = [("007", MYTH), ("", "Is the Earth flat?"), ("NA", "We had soup, and bread")]


def posts(path, rows=POSTS):
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps({"nr": nr, "text": text}) + "\n" for nr, text in rows), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",").writerows([("nr", "text"), *rows])
    return path


def read(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return rows_of(text, "\t" if path.suffix == ".tsv" else ",")


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize("written", ["csv", "tsv", "jsonl"])
def test_batch_carries_the_columns_through_and_adds_the_verdict_of_each_row(run, tmp_path, ending, written, shipped_checker):
    source, target = posts(tmp_path / f"posts.{ending}"), tmp_path / f"out.{written}"
    done = run("batch", source, "-o", target)
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    rows = read(target)
    assert [(row["nr"], row["text"]) for row in rows] == POSTS
    assert [row["factcheck_verdict"] for row in rows] == [shipped_checker.check(text).label for _, text in POSTS]
    assert set(rows[0]) >= {"nr", "text", *ADDED_COLUMNS}
    assert "3 rows" in done.stderr
    assert "0 with an error" in done.stderr


@pytest.mark.parametrize("style", ["csv", "tsv", "jsonl"])
def test_batch_between_the_standard_streams_keeps_its_words_off_stdout(run, tmp_path, style):
    source = posts(tmp_path / f"posts.{style}")
    run("batch", source, "-o", "file." + style)
    piped = run("batch", "-", "-o", "-", "--input-format", style, given=source.read_bytes())
    assert piped.exit_code == EXIT_DONE
    assert piped.stdout_bytes == (tmp_path / f"file.{style}").read_bytes()
    assert "3 rows" in piped.stderr


def test_bad_rows_come_out_in_their_place_with_an_error_and_end_with_three(run, tmp_path):
    (tmp_path / "posts.csv").write_text(f"nr,text\n1,{MYTH}\n2\n3,{'x' * 6_000}\n4,Is the Earth flat?\n", encoding="utf-8")
    done = run("batch", "posts.csv", "-o", "out.csv", "--id-column", "nr")
    assert done.exit_code == EXIT_BAD_ROWS
    rows = read(tmp_path / "out.csv")
    assert [row["nr"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["factcheck_reason"] == "error" for row in rows] == [False, True, True, False]
    assert [bool(row["factcheck_verdict"]) for row in rows] == [True, False, False, True]
    assert "6000 characters" in rows[2]["factcheck_error"]
    assert "2 with an error" in done.stderr
    assert "ragged" in done.stderr


def test_a_bad_line_of_json_does_not_lose_the_others(run, tmp_path):
    (tmp_path / "posts.jsonl").write_text(f'{{"text": "{MYTH}"}}\n{{oops\n{{"text": null}}\n', encoding="utf-8")
    assert run("batch", "posts.jsonl", "-o", "out.jsonl").exit_code == EXIT_BAD_ROWS
    assert [row["factcheck_reason"] == "error" for row in read(tmp_path / "out.jsonl")] == [False, True, True]


def test_a_wrong_column_ends_with_two_names_the_columns_and_writes_nothing(run, tmp_path):
    done = run("batch", posts(tmp_path / "posts.csv"), "-o", "out.csv", "--text-column", "body")
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    for part in ("posts.csv", "'body'", "'nr', 'text'", "--text-column"):
        assert part in done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.csv", None, "no such file"),
        ("empty.csv", "", "empty"),
        ("empty.jsonl", "", "empty"),
        ("posts.ods", "x", ".ods"),
        (".", None, "folder"),
    ],
)
def test_an_input_that_is_no_table_ends_with_two_and_writes_nothing(run, tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = run("batch", name, "-o", "out.csv", "--input-format", "csv") if name == "." else run("batch", name, "-o", "out.csv")
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    assert words in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_a_table_without_rows_gives_one_with_the_columns_only(run, tmp_path):
    (tmp_path / "posts.csv").write_text("nr,text\n", encoding="utf-8")
    assert run("batch", "posts.csv", "-o", "out.csv").exit_code == EXIT_DONE
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines() == [",".join(("nr", "text", *ADDED_COLUMNS))]


@pytest.mark.parametrize("written", ["json", "parquet", "xlsx"])
def test_batch_writes_other_formats_with_the_same_verdicts(run, tmp_path, written, shipped_checker):
    run("batch", posts(tmp_path / "posts.csv"), "-o", f"out.{written}")
    with read_rows(tmp_path / f"out.{written}") as reader:
        rows = [row.values for row in reader]
    assert [(row["nr"] or "", row["text"]) for row in rows] == POSTS
    assert [row["factcheck_verdict"] for row in rows] == [shipped_checker.check(text).label for _, text in POSTS]


def test_batch_reads_several_files_and_a_pattern_as_one(run, tmp_path):
    posts(tmp_path / "b-1.csv", POSTS[:1])
    posts(tmp_path / "b-2.csv", POSTS[1:2])
    posts(tmp_path / "a.csv", POSTS[2:])
    assert run("batch", "b-*.csv", "a.csv", "-o", "out.jsonl").exit_code == EXIT_DONE
    assert [row["nr"] for row in read(tmp_path / "out.jsonl")] == [nr for nr, _ in POSTS]
    (tmp_path / "c.csv").write_text("text\na\n")
    done = run("batch", "a.csv", "c.csv", "-o", "out.jsonl")
    assert done.exit_code == EXIT_USAGE
    assert "c.csv: lacks the column 'nr' of a.csv" in done.stderr


def test_a_sample_is_the_same_for_a_seed_another_for_another_and_in_the_order_of_the_rows(run, tmp_path):
    source = posts(tmp_path / "posts.csv", [(f"{number:03}", "soup") for number in range(300)])
    taken = []
    for seed in (1, 1, 2):
        run("batch", source, "-o", "out.csv", "--sample", "40", "--seed", seed)
        taken.append([row["nr"] for row in read(tmp_path / "out.csv")])
    assert taken[0] == taken[1] == sorted(taken[0])
    assert taken[1] != taken[2]
    assert [len(set(rows)) for rows in taken] == [40] * 3
    run("batch", source, "-o", "out.csv", "--limit", "20", "--sample", "40")
    assert len(read(tmp_path / "out.csv")) == 20


def test_the_summary_counts_rows_errors_and_verdicts_and_says_what_answered(run, tmp_path, shipped_checker):
    (tmp_path / "posts.csv").write_text(f"nr,text\n1,{MYTH}\n2\n3,{'x' * 6_000}\n", encoding="utf-8")
    run("batch", "posts.csv", "-o", "out.csv", "--summary", "summary.json", "--fail-on", "REFUTES")
    summary = json.loads((tmp_path / "summary.json").read_text())
    label = shipped_checker.check(MYTH).label
    assert summary.pop("seconds") > 0
    assert summary == {
        "rows": 3,
        "errors": 2,
        "verdicts": {label: 1},
        "reasons": {shipped_checker.check(MYTH).reason: 1, "error": 2},
        "errors_by_kind": {"check": 1, "ragged": 1},
        "complete": True,
        "flagged": int(label == "REFUTES"),
        "fingerprint": shipped_checker.fingerprint,
    }


def test_a_summary_that_cannot_be_written_is_said_before_anything_is_checked(run, tmp_path):
    posts(tmp_path / "posts.csv")
    for name in ("none/summary.json", "."):
        assert run("batch", "posts.csv", "-o", "out.csv", "--summary", name).exit_code == EXIT_USAGE
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("name", ["posts-1.csv", "./posts-2.csv", "out.csv", "link.csv"])
def test_a_summary_never_takes_the_place_of_the_input_or_the_output(run, tmp_path, name):
    sources = [posts(tmp_path / f"posts-{number}.csv") for number in (1, 2)]
    before = [source.read_bytes() for source in sources]
    (tmp_path / "link.csv").symlink_to(sources[1])
    done = run("batch", "posts-*.csv", "-o", "out.csv", "--summary", name)
    assert done.exit_code == EXIT_USAGE
    assert f"Invalid value for --summary: {name}: is the input or the output; give another name" in done.stderr
    assert [source.read_bytes() for source in sources] == before
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], EXIT_BAD_ROWS),
        (["{label}"], EXIT_FAILED),
        (["{label}:{below}"], EXIT_FAILED),
        (["{label}:{above}"], EXIT_BAD_ROWS),
        (["conflicting", "{label}"], EXIT_FAILED),
        (["CONFLICTING:0.1"], EXIT_BAD_ROWS),
        (["MAYBE"], EXIT_USAGE),
        (["REFUTES:high"], EXIT_USAGE),
        (["REFUTES:1.5"], EXIT_USAGE),
    ],
)
def test_a_verdict_changes_the_exit_code_only_with_fail_on(run, tmp_path, shipped_checker, options, code):
    text = "The flu vaccine gives you the flu"
    verdict = shipped_checker.check(text)
    (tmp_path / "posts.csv").write_text(f"nr,text\n1,{text}\n2\n", encoding="utf-8")
    names = {"label": verdict.label, "below": verdict.probability - 0.01, "above": min(1.0, verdict.probability + 0.01)}
    given = [part for option in options for part in ("--fail-on", option.format(**names))]
    done = run("batch", "posts.csv", "-o", "out.csv", *given)
    assert done.exit_code == code
    assert (tmp_path / "out.csv").exists() == (code != EXIT_USAGE)
    assert ("1 rows have a verdict of --fail-on" in done.stderr) == (code == EXIT_FAILED)


def test_a_command_that_was_killed_is_resumed_to_the_same_bytes(tmp_path):
    posts(tmp_path / "posts.csv", [(str(number), f"{MYTH}, they say, number {number}") for number in range(5_000)])
    command = [sys.executable, "-m", "factcheck", "batch", "posts.csv", "--model", "linear", "-o"]
    assert subprocess.run([*command, "whole.csv"], cwd=tmp_path, capture_output=True, check=False).returncode == EXIT_DONE
    held = tmp_path / "out.csv.unfinished"
    for more in (1_000, 2_500):
        with subprocess.Popen([*command, "out.csv", "--resume"], cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and not (held.exists() and held.stat().st_size > more * 300):
                time.sleep(0.02)
            process.kill()
        assert not (tmp_path / "out.csv").exists()
    done = subprocess.run([*command, "out.csv", "--resume"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == EXIT_DONE
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "posts.csv", "whole.csv"]


def test_ctrl_c_says_how_to_go_on(run, tmp_path, monkeypatch):
    source = posts(tmp_path / "posts.csv", [(str(number), "soup") for number in range(3_000)])

    def stop(self, progress):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cli._progress, "_tell", stop)
        done = run("batch", source, "-o", "out.csv")
    assert done.exit_code == EXIT_FAILED
    assert "The same command with --resume goes on." in done.stderr
    assert run("batch", source, "-o", "out.csv", "--resume").exit_code == EXIT_DONE
    assert len(read(tmp_path / "out.csv")) == 3_000


def test_a_batch_whose_standard_error_nobody_reads_is_done_all_the_same(tmp_path):
    posts(tmp_path / "posts.csv")
    reading, writing = os.pipe()
    os.close(reading)
    code = "from factcheck import cli; cli._QUIET_SECONDS = 0; cli.main()"
    command = [sys.executable, "-c", code, "batch", "posts.csv", "-o", "out.csv", "--model", "linear", "--summary", "summary.json"]
    done = subprocess.run(command, cwd=tmp_path, stderr=writing, timeout=120, check=False)
    os.close(writing)
    assert done.returncode == EXIT_DONE
    assert len(read(tmp_path / "out.csv")) == json.loads((tmp_path / "summary.json").read_text())["rows"] == len(POSTS)


def test_progress_goes_quiet_where_the_terminal_has_gone(monkeypatch):
    class Gone(io.StringIO):
        def isatty(self):
            return True

        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stderr", Gone())
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((80, 24)))
    with cli._progress() as tell:
        tell(Progress(1, 0, 1.0, 0.5, {}))
        tell(Progress(2, 0, 2.0, 1.0, {}))


def test_batch_takes_the_first_rows_only(run, tmp_path):
    run("batch", posts(tmp_path / "posts.csv"), "-o", "out.csv", "--limit", "2")
    assert [row["nr"] for row in read(tmp_path / "out.csv")] == ["007", ""]


@pytest.mark.parametrize("engine", ["spark", "dask"])
def test_an_engine_gets_folders_and_options_and_its_summary_is_shown_like_any(run, tmp_path, monkeypatch, engine):
    asked = {}

    def check_folder(*folders, **options):
        asked.update(options, folders=folders)
        return Summary(rows=3, errors=1, seconds=2.0, verdicts={"REFUTES": 2}, reasons={}, errors_by_kind={"text": 1}, flagged=flagged)

    monkeypatch.setattr(importlib.import_module(f"factcheck.{engine}"), "check_folder", check_folder)
    flagged = 0
    told = ("--text-column", "body", "--fail-on", "REFUTES:0.9", "--model", "linear", "--statements", "mine.csv")
    done = run("batch", "posts", "-o", "out", "--engine", engine, *told, "--summary", "summary.json")
    assert (done.exit_code, done.stdout) == (EXIT_BAD_ROWS, "")
    assert "3 rows in 2.0 s: 2 REFUTES; 1 with an error." in done.stderr
    wanted = {"text_column": "body", "fail_on": {"REFUTES": 0.9}, "model": "linear", "statements": "mine.csv"}
    assert asked == {"folders": ("posts", "out"), **wanted}
    assert json.loads((tmp_path / "summary.json").read_text())["rows"] == 3
    flagged = 2
    assert run("batch", "posts", "-o", "out", "--engine", engine).exit_code == EXIT_FAILED


@pytest.mark.parametrize(
    "options",
    [
        ["--resume"],
        ["--sample", "5"],
        ["--seed", "0"],
        ["--limit", "5"],
        ["--workers", "2"],
        ["--threads", "2"],
        ["--format", "parquet"],
        ["--input-format", "parquet"],
        ["--encoding", "utf-8"],
        ["--id-column", "nr"],
        ["--max-error", "0.1"],
        ["--as-of", "2021-01-01"],
    ],
    ids=lambda options: options[0],
)
def test_what_does_not_go_with_an_engine_is_said(run, options):
    done = run("batch", "posts", "-o", "out", "--engine", "dask", *options)
    assert done.exit_code == EXIT_USAGE
    assert f"{options[0]} does not go with --engine; leave it away, or check without an engine" in done.stderr


@pytest.mark.parametrize("names", [("posts", "more", "-o", "out"), ("-", "-o", "out"), ("posts", "-o", "-")])
def test_an_engine_reads_one_folder_and_writes_one(run, names):
    done = run("batch", *names, "--engine", "spark")
    assert done.exit_code == EXIT_USAGE
    assert "--engine reads one folder of Parquet files and writes another" in done.stderr


def test_a_summary_never_takes_the_place_of_a_file_of_the_folder(run, tmp_path):
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "0.parquet").write_text("rows")
    done = run("batch", "posts", "-o", "out", "--engine", "dask", "--summary", "posts/0.parquet")
    assert (done.exit_code, (tmp_path / "posts" / "0.parquet").read_text()) == (EXIT_USAGE, "rows")
    assert "posts/0.parquet: is the input or the output" in done.stderr


@pytest.mark.parametrize(("engine", "package"), [("spark", "pyspark"), ("dask", "dask.dataframe")])
def test_an_engine_that_is_not_installed_says_how_to_install_it(run, tmp_path, monkeypatch, engine, package):
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / "posts").mkdir()
    done = run("batch", "posts", "-o", "out", "--engine", engine)
    assert done.exit_code == EXIT_USAGE
    assert f"--engine {engine} needs the package {package.partition('.')[0]}, which is not installed" in done.stderr
    assert f"pip install 'claim-factcheck[{engine}]'" in done.stderr


# ---------------------------------------------------------------------------------------------------------------------
# match and evaluate
# ---------------------------------------------------------------------------------------------------------------------


def test_match_prints_what_the_library_finds_in_each_format(run, shipped_checker):
    found = [item.to_dict() for item in shipped_checker.match(MYTH, 3)]
    assert json.loads(run("match", MYTH, "-k", "3", "--format", "json").stdout) == found
    assert [json.loads(line) for line in run("match", MYTH, "-k", "3", "--format", "jsonl").stdout.splitlines()] == found
    assert [row["id"] for row in rows_of(run("match", MYTH, "-k", "3", "--format", "csv").stdout)] == [item["id"] for item in found]
    shown = run("match", MYTH, "-k", "3").stdout
    assert all(item["id"] in shown and item["publisher"] in shown for item in found)


def test_match_finds_among_claims_that_were_checked_elsewhere(run, tmp_path):
    (tmp_path / "known.jsonl").write_text(
        '{"id": 3, "text": "Garlic soup cures the plague"}\n{"id": 4, "text": "The tower will be sold"}\n', encoding="utf-8"
    )
    done = run("match", "can garlic cure plague?", "-k", "1", "--statements", "known.jsonl", "--format", "json")
    assert [item["id"] for item in json.loads(done.stdout)] == ["3"]


def test_match_of_a_text_too_long_ends_with_two(run):
    assert run("match", "x" * 6_000).exit_code == EXIT_USAGE


KEYS = {"n", "labels", "accuracy", "macro_f1", "weighted_f1", "per_label", "ece", "coverage", "interval"}
PAIRS = [
    ("Tin melts at 232 degrees", "Tin melts at 232 degrees.", "SUPPORTS"),
    ("Tin never melts", "Tin melts at 232 degrees.", "REFUTES"),
    ("Soup is on the table", "Tin melts at 232 degrees.", "NOT ENOUGH INFO"),
    ("Zinc does not rust", "Zinc does not rust.", "SUPPORTS"),
]


def pairs_file(path, rows):
    keys = ("claim", "evidence", "label")
    path.write_text("".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows), encoding="utf-8")
    return path


def test_evaluate_pairs_prints_one_json_object_with_the_promised_keys(run, tmp_path):
    done = run("evaluate", "pairs", pairs_file(tmp_path / "dev.jsonl", PAIRS), "--json")
    assert (done.exit_code, done.stderr) == (EXIT_DONE, "")
    report = json.loads(done.stdout)
    assert set(report) >= KEYS
    assert report["n"] == 4
    assert set(report["per_label"]["REFUTES"]) == {"precision", "recall", "f1", "support"}
    assert 0 <= report["interval"][0] <= report["interval"][1] <= 1


def test_evaluate_pairs_of_two_labels_is_scored_by_the_larger_of_the_two_and_says_so(run, tmp_path):
    report = json.loads(run("evaluate", "pairs", pairs_file(tmp_path / "dev.jsonl", [*PAIRS[:2], PAIRS[3]]), "--json").stdout)
    assert report["labels"] == ["SUPPORTS", "REFUTES"]
    assert set(report["per_label"]) == {"SUPPORTS", "REFUTES"}
    assert report["coverage"] == 1


def test_evaluate_pairs_maps_columns_and_takes_the_first_rows(run, tmp_path):
    (tmp_path / "dev.csv").write_text("c,e,l\n" + "".join(f"{c},{e},{label}\n" for c, e, label in PAIRS), encoding="utf-8")
    mapped = ("--text-column", "c", "--evidence-column", "e", "--label-column", "l")
    assert json.loads(run("evaluate", "pairs", "dev.csv", *mapped, "--limit", "2", "--json").stdout)["n"] == 2
    done = run("evaluate", "pairs", "dev.csv", "--json")
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    assert "--text-column" in done.stderr


def test_evaluate_claims_prints_the_promised_keys_and_takes_the_rows_asked_for(run, root):
    done = run("evaluate", "claims", root / "data/claims.csv", "--where", "split=test", "--limit", "40", "--json")
    assert (done.exit_code, done.stderr) == (EXIT_DONE, "")
    report = json.loads(done.stdout)
    assert KEYS | {"decided", "slices"} <= set(report)
    assert report["n"] == 40


def test_evaluate_claims_without_json_prints_the_same_numbers_for_a_person(run, root):
    arguments = ("evaluate", "claims", root / "data/claims.csv", "--limit", "40")
    report, shown = json.loads(run(*arguments, "--json").stdout), run(*arguments).stdout
    assert f"{report['macro_f1']:.4f}" in shown
    assert "REFUTES" in shown


def test_a_where_that_is_no_pair_is_wrong_usage(run, root):
    done = run("evaluate", "claims", root / "data/claims.csv", "--where", "split")
    assert done.exit_code == EXIT_USAGE
    assert "COLUMN=VALUE" in done.stderr


def test_evaluate_matching_prints_the_promised_keys(run, tmp_path):
    (tmp_path / "base.csv").write_text(BASE, encoding="utf-8")
    (tmp_path / "queries.csv").write_text(
        "query_id,query,statement_id\nq1,who makes honey from nectar,bee-1\nq2,do ants have a queen,ant-1\n", encoding="utf-8"
    )
    done = run("evaluate", "matching", "queries.csv", "--statements", "base.csv", "--json")
    assert (done.exit_code, done.stderr) == (EXIT_DONE, "")
    assert json.loads(done.stdout) == {"n": 2, "map_at_5": 1.0, "recall_at_1": 1.0, "recall_at_5": 1.0, "mrr": 1.0}


# ---------------------------------------------------------------------------------------------------------------------
# train
# ---------------------------------------------------------------------------------------------------------------------


def test_a_table_is_trained_measured_and_refused_as_a_checker(run, tmp_path):
    words = "one two three four five six seven eight nine ten".split()
    rows = [(f"SHOCKING!!! They hide cure {word}", "fake") for word in words] + [
        (f"The office counted {word} cases", "real") for word in words
    ]
    (tmp_path / "t.csv").write_text("tweet,kind\n" + "".join(f"{text},{label}\n" for text, label in rows), encoding="utf-8")
    mapped = ("--text-column", "tweet", "--label-column", "kind")
    done = run("train", "t.csv", "-o", "model", *mapped)
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    assert "20 texts" in done.stderr
    report = json.loads(run("evaluate", "claims", "t.csv", "--model", "model", *mapped, "--json").stdout)
    assert set(report) >= KEYS
    assert (report["n"], report["labels"], report["accuracy"]) == (20, ["fake", "real"], 1.0)
    refused = run("check", "x", "--model", "model")
    assert refused.exit_code == EXIT_FAILED
    assert "factcheck evaluate claims" in refused.stderr


def test_a_recipe_with_an_unknown_key_ends_with_two_and_names_it(run, tmp_path):
    (tmp_path / "r.toml").write_text('name = "x"\nclaim = "y"\n', encoding="utf-8")
    done = run("train", "r.toml", "-o", "model")
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    assert "r.toml: unknown key 'claim'" in done.stderr
    assert not (tmp_path / "model").exists()


# ---------------------------------------------------------------------------------------------------------------------
# statements, claims, info
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base.csv"
    path.write_text(BASE, encoding="utf-8")
    return path


def test_train_hands_corrections_to_a_recipe_and_refuses_them_with_a_table(run, tmp_path, write_world):
    write_world(tmp_path)
    (tmp_path / "ann.jsonl").write_bytes(b"")
    done = run("train", "recipe.toml", "--corrections", "ann.jsonl", "-o", "model")
    assert done.exit_code == EXIT_DONE
    assert "corrections: 0 join the train split" in done.stderr
    refused = run("train", "t.csv", "--corrections", "ann.jsonl", "-o", "model2", "--text-column", "a", "--label-column", "b")
    assert refused.exit_code == EXIT_USAGE
    assert "--corrections goes with a recipe" in refused.stderr


def test_a_good_base_has_no_problems_and_a_bad_one_ends_with_one_naming_row_and_column(run, base):
    good = run("statements", "lint", base, "--stats")
    assert good.exit_code == EXIT_DONE
    assert json.loads(good.stdout)["statements"] == 2
    base.write_text(BASE.replace("https://ants", "ftp://ants").replace("2020-05-01", "May"), encoding="utf-8")
    bad = run("statements", "lint", base)
    assert (bad.exit_code, bad.stdout) == (EXIT_FAILED, "")
    assert "row 3, column url" in bad.stderr
    assert "row 2, column published" in bad.stderr


def test_an_added_statement_is_there_and_a_contradiction_is_not_added(run, base):
    fields = ("--id", "wasp-1", "--topic", "wasps", "--publisher", "Wasp Board", "--url", "https://wasps.example.org/")
    done = run("statements", "add", base, "Wasps build nests of paper that they chew from wood.", *fields)
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    assert [statement.id for statement in read_statements(base)] == ["bee-1", "ant-1", "wasp-1"]
    opposed = ("statements", "add", base, "Wasps do not build nests of paper that they chew from wood.", "--id", "wasp-2", *fields[2:])
    assert run(*opposed).exit_code == EXIT_USAGE
    assert len(read_statements(base)) == 3
    forced = run(*opposed, "--force")
    assert forced.exit_code == EXIT_DONE
    assert "may contradict wasp-1" in forced.stderr
    assert len(read_statements(base)) == 4


def test_a_difference_is_shown_by_kind_for_people_and_as_json(run, base, tmp_path):
    new = tmp_path / "new.csv"
    rows = BASE.replace("at least one egg-laying", "one or more egg-laying").replace("2020-05-01", "2021-05-01")
    new.write_text(
        rows + "fly-1,flies,Flies have two wings and a pair of halteres.,Fly Board,https://flies.example.org/,,\n", encoding="utf-8"
    )
    changes = json.loads(run("statements", "diff", base, new, "--json").stdout)
    assert {name: len(items) for name, items in changes.items()} == {"added": 1, "removed": 0, "reworded": 1, "redated": 1, "resourced": 0}
    assert changes["redated"][0]["old"]["published"] == "2020-05-01"
    shown = run("statements", "diff", base, new).stdout.splitlines()
    assert [line.split()[:2] for line in shown] == [["added", "fly-1"], ["reworded", "ant-1"], ["redated", "bee-1"]]


def test_statements_of_a_foreign_table_are_imported_all_or_none(run, base, tmp_path):
    (tmp_path / "facts.csv").write_text(
        "key,fact,page\nfly-1,Flies have two wings and a pair of halteres.,https://flies.example.org/\n", encoding="utf-8"
    )
    mapped = ("--map", "id=key", "--map", "statement=fact", "--map", "url=page", "--map", "publisher==Fly Board", "--map", "topic==flies")
    done = run("statements", "import", "facts.csv", *mapped, "-o", base)
    assert (done.exit_code, done.stdout) == (EXIT_DONE, "")
    assert [statement.publisher for statement in read_statements(base)] == ["Bee Board", "Ant Board", "Fly Board"]
    before = base.read_bytes()
    assert run("statements", "import", "facts.csv", *mapped, "-o", base).exit_code == EXIT_USAGE  # the id is taken
    assert run("statements", "import", "facts.csv", "--map", "statement", "-o", base).exit_code == EXIT_USAGE
    assert base.read_bytes() == before


def test_labelled_claims_are_linted_by_row_and_column(run, base, tmp_path):
    (tmp_path / "claims.csv").write_text(
        "id,claim,label,statement_id,topic,kind\nc1,Bees never make any honey,REFUTES,bee-1,bees,myth\n", encoding="utf-8"
    )
    good = run("claims", "lint", "claims.csv", "--statements", base, "--stats")
    assert good.exit_code == EXIT_DONE
    assert json.loads(good.stdout)["claims"] == 1
    (tmp_path / "claims.csv").write_text(
        "id,claim,label,statement_id,topic,kind\nc1,Bees make honey,MAYBE,bee-1,bees,myth\n", encoding="utf-8"
    )
    bad = run("claims", "lint", "claims.csv", "--statements", base)
    assert (bad.exit_code, bad.stdout) == (EXIT_FAILED, "")
    assert "row 2, column label" in bad.stderr


def test_a_message_about_a_hostile_row_is_safe_to_print(run, base):
    base.write_text(BASE.replace("bee-1", "bee\x1b[2J\u202e1"), encoding="utf-8")
    shown = run("statements", "lint", base)
    assert shown.exit_code == EXIT_FAILED
    assert invisible(shown.stdout + shown.stderr) == []


def test_of_a_long_statement_the_deciding_sentence_is_shown(run, base):
    long = "The committee met in spring. 5G technology does not spread the coronavirus. It will meet again in autumn."
    base.write_text(f'{BASE.splitlines()[0]}\nlong-1,towns,"{long}",Register,https://example.org/,,\n', encoding="utf-8")
    shown = run("check", long.split(". ")[1], "--model", "linear", "--statements", base).stdout
    answer = json.loads(run("check", long.split(". ")[1], "--model", "linear", "--statements", base, "--format", "jsonl").stdout)
    assert answer["verdict"] == "SUPPORTS", answer
    assert answer["evidence"][0]["sentence"] == "5G technology does not spread the coronavirus."
    assert "of this: 5G technology does not spread the coronavirus." in shown


def test_without_the_extra_the_linear_bundle_answers_and_one_line_says_how_to_get_the_better_one(monkeypatch):
    monkeypatch.setattr("factcheck.checker.find_spec", lambda _: None)
    done = CliRunner().invoke(cli.main, ["check", MYTH, "--format", "jsonl"], catch_exceptions=False)
    about = CliRunner().invoke(cli.main, ["info", "--json"], catch_exceptions=False)
    (line,) = done.stderr.splitlines()
    assert "'linear'" in line
    assert "pip install 'claim-factcheck[encoder]'" in line
    assert len(done.stdout.splitlines()) == 1
    bundle = json.loads(about.stdout)["bundle"]
    assert bundle["name"] == "linear"
    assert "pip install 'claim-factcheck[encoder]'" in bundle["why"]


def test_info_says_when_a_bundle_was_asked_for(run):
    assert "it was asked for" in run("info", "--model", "linear").stdout


def test_info_names_bundle_statements_and_version(run, shipped_checker):
    about = json.loads(run("info", "--json").stdout)
    assert about["version"] == __version__
    assert about["bundle"]["sha256"] == shipped_checker.fingerprint["bundle"]
    assert about["bundle"]["name"] == shipped_checker.manifest["name"]
    assert about["statements"]["sha256"] == shipped_checker.fingerprint["statements"]
    assert about["statements"]["statements"] == len(shipped_checker.statements)
    shown = run("info").stdout
    assert "it is the best that ships" in shown
    for part in (__version__, shipped_checker.fingerprint["bundle"], shipped_checker.fingerprint["statements"]):
        assert part in shown


# ---------------------------------------------------------------------------------------------------------------------
# Why, and what changes
# ---------------------------------------------------------------------------------------------------------------------


def test_explain_prints_the_words_the_pair_and_what_a_label_needs(run):
    done = run("explain", "5G causes COVID-19", "--model", "linear", "--max-error", "0.3")
    assert done.exit_code == 0
    assert "A label needs a probability of" in done.stdout
    assert "Words for REFUTES (+) and against it (-)" in done.stdout
    assert "claim: COVID-19 +" in done.stdout
    found = json.loads(run("explain", "5G causes COVID-19", "--model", "linear", "--max-error", "0.3", "--json").stdout)
    assert (found["stance"], found["max_error"]) == ("REFUTES", 0.3)


def test_a_budget_that_nothing_keeps_is_said_and_no_probability_is_named_for_it(run):
    done = run("explain", "5G causes COVID-19", "--model", "linear", "--max-error", "0.001")
    assert "--max-error 0.001 cannot be kept" in done.stderr
    assert "No label is given: nothing keeps max-error 0.001" in done.stdout
    assert "A label needs" not in done.stdout


@pytest.mark.parametrize("budget", ["0", "1", "1.5", "-0.1"])
def test_a_budget_that_is_no_share_is_refused(run, budget):
    done = run("check", "5G causes COVID-19", "--max-error", budget)
    assert done.exit_code == EXIT_USAGE
    assert "--max-error" in done.stderr


def test_as_of_a_day_leaves_out_statements_published_later(run, tmp_path):
    (tmp_path / "base.csv").write_text(
        "id,topic,statement,publisher,url,published,valid_until\n"
        "m,masts,5G masts do not cause or spread COVID-19.,Board,https://ants.example.org/,2021-03-01,\n",
        encoding="utf-8",
    )
    told = ("check", "5G masts cause COVID-19", "--model", "linear", "--statements", "base.csv", "--format", "json")
    (before,), (after,) = (json.loads(run(*told, "--as-of", day).stdout) for day in ("2021-02-28", "2021-03-01"))
    assert (len(before["evidence"]), len(after["evidence"])) == (0, 1)


def test_recheck_prints_what_changes_and_counts_it(run, tmp_path):
    (tmp_path / "posts.csv").write_text("text\n5G causes COVID-19\nThe train was late again\n", encoding="utf-8")
    run("batch", "posts.csv", "-o", "out.csv", "--model", "linear", "--max-error", "0.3")
    done = run("recheck", "out.csv", "--model", "linear", "--max-error", "0.01")
    assert done.exit_code == 0
    assert "row 1: REFUTES -> NOT ENOUGH INFO  (max_error was 0.3, is 0.01)" in done.stdout
    assert "1 of 2 verdicts change; 0 rows were left out" in done.stderr
    (change,) = json.loads(run("recheck", "out.csv", "--model", "linear", "--max-error", "0.01", "--format", "json").stdout)
    assert (change["row"], change["old"], change["new"]) == (1, "REFUTES", "NOT ENOUGH INFO")


@pytest.mark.parametrize("command", ["explain", "recheck"])
def test_a_claim_classifier_explains_and_rechecks_nothing_and_says_what_it_is_for(run, tmp_path, command):
    rows = [
        f"{said} {word} now,{label}"
        for word in ("one", "two", "red", "blue", "green")
        for said, label in (("cats purr", 1), ("dogs bark", 2))
    ]
    (tmp_path / "table.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    train_claims(tmp_path / "table.csv", tmp_path / "bundle", text_column="text", label_column="label")
    done = run(command, "table.csv", "--model", "bundle")
    assert done.exit_code == EXIT_FAILED
    assert "holds a bundle of kind 'claims'" in done.stderr


# ---------------------------------------------------------------------------------------------------------------------
# As a process
# ---------------------------------------------------------------------------------------------------------------------


def process(*arguments, cwd, given=None):
    command = [sys.executable, "-m", "factcheck", *map(str, arguments)]
    environment = {**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8:strict"}
    return subprocess.run(command, input=given, capture_output=True, cwd=cwd, env=environment, timeout=120, check=False)


def processor_seconds():
    """Return what the processes started here have taken of the processor: unlike the clock, it leaves out waiting for others."""
    spent = os.times()
    return spent.children_user + spent.children_system


def test_a_pipe_of_posts_gives_verdicts_on_stdout_words_on_stderr_and_three_for_a_bad_row(tmp_path):
    done = process("batch", "-", "-o", "-", cwd=tmp_path, given=f"nr,text\n1,{MYTH}\n2\n".encode())
    assert done.returncode == EXIT_BAD_ROWS, done.stderr
    rows = rows_of(done.stdout.decode())
    assert [row["nr"] for row in rows] == ["1", "2"]
    assert rows[1]["factcheck_reason"] == "error"
    assert b"1 with an error" in done.stderr


def test_an_error_in_a_process_is_one_line_without_a_traceback(tmp_path):
    done = process("check", "x", "--model", "nosuch", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (EXIT_FAILED, b"")
    assert done.stderr.startswith(b"Error: nosuch")
    assert b"Traceback" not in done.stderr


def test_help_imports_no_heavy_package_and_is_there_at_once(tmp_path):
    heavy = ("numpy", "pandas", "scipy", "sklearn", "nltk", "joblib")
    code = (
        "import sys\nfrom factcheck.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print(*sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.split() == []
    assert "Check claims" in done.stdout
    seconds = []
    for _ in range(5):
        before = processor_seconds()
        assert process("--help", cwd=tmp_path).returncode == EXIT_DONE
        seconds.append(processor_seconds() - before)
    assert statistics.median(seconds) < 0.3


def test_the_library_is_imported_loaded_and_has_checked_a_claim_within_seconds(run_python):
    before = processor_seconds()
    label = run_python(f"from factcheck import FactChecker; print(FactChecker.load().check({MYTH!r}).label)").strip()
    assert processor_seconds() - before < 5.0  # the aim is 3 s; a machine that does other work takes longer
    assert label


def test_the_command_that_is_installed_is_this_one():
    installed = Path(sys.executable).with_name("factcheck")
    done = subprocess.run([installed, "--version"], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split()[-1] == __version__
