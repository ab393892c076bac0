"""`factcheck review` and `factcheck agreement`: what they print where, and how they end."""

import json
import os
import re
import signal
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner

from factcheck import cli
from factcheck.corrections import Decision, merge, read, text_sha256
from factcheck.errors import EXIT_DONE, EXIT_USAGE

ROW = {
    "body": "honey heals",
    "factcheck_verdict": "REFUTES",
    "factcheck_probability": 0.9,
    "factcheck_reason": "decided",
    "factcheck_statement": "It does not.",
}


def decision(text, label, reviewer, minute=0, note=""):
    at = f"2024-03-01T08:{minute:02}:00+00:00"
    return Decision(at, reviewer, text, text_sha256(text), "REFUTES", 0.9, "hon-1", label, note, "version=1")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in a folder with the decisions of two people."""
    monkeypatch.chdir(tmp_path)
    ann = [decision("a", "REFUTES", "ann"), decision("b", "REFUTES", "ann", 2), decision("c\x1b[31m", "SUPPORTS", "ann", 4)]
    ben = [
        decision("a", "REFUTES", "ben", 1),
        decision("b", "SUPPORTS", "ben", 3, "see\nthe annex"),
        decision("c\x1b[31m", "SUPPORTS", "ben", 5),
    ]
    for name, own in (("ann", ann), ("ben", ben)):
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(item.to_line() for item in own))
    (tmp_path / "verdicts.jsonl").write_text(json.dumps(ROW) + "\n", encoding="utf-8")
    return lambda *arguments: CliRunner().invoke(cli.main, arguments, catch_exceptions=False, prog_name="factcheck")


def test_agreement_prints_kappa_and_where_the_two_differ(run):
    done = run("agreement", "ann.jsonl", "ben.jsonl")
    assert (done.exit_code, done.stderr) == (EXIT_DONE, "")
    # same 2 of 3; by chance (2/3 * 1/3 + 1/3 * 2/3) = 4/9: (2/3 - 4/9) / (5/9) = 0.4
    assert done.stdout == (
        "texts that both judged  3\nthe same label          2\nkappa                   0.400\n\n"
        "b\n    ann: REFUTES\n    ben: SUPPORTS; see the annex\n    the tool: REFUTES  90%\n"
    )


def test_agreement_as_json_and_the_merged_file(run, tmp_path):
    done = run("agreement", "ann.jsonl", "ben.jsonl", "--json", "-o", "both.jsonl")
    found = json.loads(done.stdout)
    assert (found["texts"], found["same"], round(found["kappa"], 6)) == (3, 2, 0.4)
    assert [[own["label"] for own in pair] for pair in found["disagreements"]] == [["REFUTES", "SUPPORTS"]]
    merged = read(tmp_path / "both.jsonl")
    assert [own.at[14:16] for own in merged] == ["00", "01", "02", "03", "04", "05"]
    assert merged == merge(read(tmp_path / "ann.jsonl"), read(tmp_path / "ben.jsonl"))


def test_agreement_without_a_text_in_common_says_that_kappa_is_not_defined(run, tmp_path):
    (tmp_path / "none.jsonl").write_bytes(decision("z", "REFUTES", "cleo").to_line()[:-9])
    done = run("agreement", "ann.jsonl", "none.jsonl")
    assert "kappa                   not defined" in done.stdout
    assert done.stderr.startswith("none.jsonl: the last line was cut off as it was written")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("agreement", "ann.jsonl", "none.jsonl"), "Error: none.jsonl: there is no such file"),
        (
            ("agreement", "ann.jsonl", "verdicts.jsonl"),
            "Error: verdicts.jsonl, line 1: lacks 'at'; give a file that factcheck review wrote",
        ),
        (("agreement", "ann.jsonl", "ben.jsonl", "-o", "ann.jsonl"), "ann.jsonl: is an input; give another name"),
        (("review", "verdicts.jsonl"), "Error: verdicts.jsonl: there is no column 'text'"),
        (("review", "ann.jsonl"), "Error: ann.jsonl: is no table of verdicts"),
        (("review", "verdicts.jsonl", "--text-column", "body", "-o", "verdicts.jsonl"), "Error: verdicts.jsonl: is the input"),
        (("review", "verdicts.jsonl", "--text-column", "body", "--port", "70000"), "70000"),
    ],
)
def test_what_cannot_be_done_ends_with_the_code_of_wrong_usage(run, tmp_path, arguments, message):
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (EXIT_USAGE, "")
    assert message in done.stderr
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_review_prints_its_address_keeps_decisions_beside_the_verdicts_and_ends_with_ctrl_c(run, run_python, tmp_path):
    pytest.importorskip("uvicorn", reason="the extra review is not installed")
    command = [sys.executable, "-m", "factcheck", "review", "verdicts.jsonl", "--text-column", "body", "--reviewer", "ann"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        watch = threading.Timer(60, process.kill)
        watch.start()
        try:
            address = re.fullmatch(r"Open (http://127\.0\.0\.1:\d+/[\w-]{40,}/)\n", process.stderr.readline())[1]
            body = json.dumps({"place": 0, "label": "REFUTES", "note": ""}).encode()
            headers = {"Origin": address.rsplit("/", 2)[0], "Content-Type": "application/json"}
            ask = f"urllib.request.urlopen(urllib.request.Request({address + 'decide'!r}, {body!r}, {headers!r}), timeout=20)"
            assert run_python(f"import urllib.request; print({ask}.status)") == "200\n"  # this process reaches no address
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        finally:
            watch.cancel()
            process.kill()
    assert (process.returncode, out) == (EXIT_DONE, "")
    assert err.endswith("1 of 1 texts are decided, in verdicts.jsonl.decisions.jsonl.\n")
    assert [(own.reviewer, own.label) for own in read(tmp_path / "verdicts.jsonl.decisions.jsonl")] == [("ann", "REFUTES")]
