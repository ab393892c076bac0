"""A batch answers every row once, in order, and says what became of it."""

import csv
import datetime
import io
import json
import subprocess
import sys
import tracemalloc
from collections import Counter
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factcheck import batch
from factcheck.batch import ADDED_COLUMNS, ADDED_IN_FULL, Progress, run
from factcheck.checker import fingerprint_cell
from factcheck.errors import FactcheckError, InputError
from factcheck.records import Claim, Evidence, Statement, Verdict
from factcheck.tables import read_rows
from factcheck.text import signature

STATEMENT = Statement("bee-1", "bees", "=Honey bees make honey.", "Bee Board", "https://bees.example.org/", datetime.date(2020, 5, 1))
PROBABILITIES = {"SUPPORTS": 0.9, "REFUTES": 0.04, "NOT ENOUGH INFO": 0.06}


class FakeChecker:
    """Supports what speaks of honey, fails on "bad", raises on "boom"."""

    fingerprint: ClassVar = {"bundle": "b" * 64, "statements": "s" * 64, "version": "1"}

    def __init__(self):
        self.asked = []

    def check_many(self, claims, /):
        claims = list(claims)
        self.asked.append(claims)
        if "boom" in claims:
            raise RuntimeError("the checker broke")
        return [self.answer(Claim(text)) for text in claims]

    def answer(self, claim):
        if claim.text == "bad":
            return Verdict(claim, label="", probability=0.0, reason="error", error="too long")
        if "honey" in claim.text:
            evidence = (Evidence(STATEMENT, 0.8, "SUPPORTS", PROBABILITIES),)
            return Verdict(claim, label="SUPPORTS", probability=0.9, reason="decided", probabilities=PROBABILITIES, evidence=evidence)
        return Verdict(claim, label="NOT ENOUGH INFO", probability=0.7, reason="no_relevant_statement", probabilities=PROBABILITIES)


@pytest.fixture
def checker():
    return FakeChecker()


@pytest.fixture
def posts(tmp_path):
    """Write an input file and return its path."""

    def write(content, name="posts.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def read_csv(path, delimiter=","):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def read_json(path):
    return [json.loads(line, parse_constant=pytest.fail) for line in path.read_text("utf-8").split("\n") if line]


MIXED = 'id,text,@note\n007,Bees make honey,=1+1\nNA,"hello, ""you""\nthere",\n9,short\n10,bad,x\n11,boom,-y\n12,,null\n'


def test_each_row_comes_out_in_order_with_its_columns_untouched_and_its_verdict(posts, checker, tmp_path):
    target = tmp_path / "out.csv"
    summary = run(checker, posts(MIXED), target)
    rows = read_csv(target)
    assert list(rows[0]) == ["id", "text", "@note", *ADDED_COLUMNS]
    assert [(row["id"], row["text"], row["@note"]) for row in rows] == [
        ("007", "Bees make honey", "=1+1"),
        ("NA", 'hello, "you"\nthere', ""),
        ("9", "short", ""),
        ("10", "bad", "x"),
        ("11", "boom", "-y"),
        ("12", "", "null"),
    ]
    assert {name: rows[0][name] for name in ADDED_COLUMNS} == {
        "factcheck_verdict": "SUPPORTS",
        "factcheck_probability": "0.9",
        "factcheck_reason": "decided",
        "factcheck_statement_id": "bee-1",
        "factcheck_statement": "'=Honey bees make honey.",
        "factcheck_publisher": "Bee Board",
        "factcheck_url": "https://bees.example.org/",
        "factcheck_published": "2020-05-01",
        "factcheck_reports_claim": "",
        "factcheck_cluster": signature("Bees make honey"),
        "factcheck_decided_by": fingerprint_cell(checker.fingerprint),
        "factcheck_error": "",
    }
    assert [row["factcheck_reason"] for row in rows[1:]] == ["no_relevant_statement", "error", "error", "error", "no_relevant_statement"]
    assert [row["factcheck_verdict"] for row in rows[2:5]] == [""] * 3
    assert rows[1]["factcheck_statement"] == ""
    assert (summary.rows, summary.errors, summary.complete) == (6, 3, True)
    assert summary.verdicts == {"NOT ENOUGH INFO": 2, "SUPPORTS": 1}
    assert summary.reasons == {"decided": 1, "error": 3, "no_relevant_statement": 2}
    assert summary.errors_by_kind == {"check": 2, "ragged": 1}
    assert json.loads(json.dumps(summary.to_dict()))["rows"] == 6


def test_errors_name_file_line_and_row(posts, checker, tmp_path):
    target = tmp_path / "out.csv"
    run(checker, posts(MIXED), target)
    errors = [row["factcheck_error"] for row in read_csv(target)]
    assert errors[2].startswith("posts.csv:5: row 3 has 2 cells where the header has 3")
    assert errors[3] == "posts.csv:6: row 4 could not be checked: too long"
    assert errors[4] == "posts.csv:7: row 5 could not be checked: RuntimeError: the checker broke"


def test_json_lines_carries_everything_and_null_where_there_is_nothing(posts, checker, tmp_path):
    target = tmp_path / "out.jsonl"
    source = posts('{"id": 7, "text": "Bees make honey", "x": NaN, "s": "\\ud800"}\nno json\n{"id": 1.5, "text": "hello"}\n', "posts.jsonl")
    summary = run(checker, source, target)
    good, bad, other = read_json(target)
    assert list(good) == ["id", "text", "x", "s", *ADDED_COLUMNS, *ADDED_IN_FULL]
    assert (good["id"], good["x"], good["s"], other["id"]) == (7, None, "\ud800", 1.5)
    assert good["factcheck_probability"] == 0.9
    assert good["factcheck_probabilities"] == PROBABILITIES
    assert good["factcheck_evidence"][0]["statement"] == good["factcheck_statement"] == "=Honey bees make honey."
    assert other["factcheck_statement_id"] is None
    assert set(bad) == {*ADDED_COLUMNS, *ADDED_IN_FULL}
    assert (bad["factcheck_verdict"], bad["factcheck_probability"], bad["factcheck_reason"]) == (None, None, "error")
    assert summary.errors_by_kind == {"json": 1}


@pytest.mark.parametrize(
    ("value", "words"), [("null", "has no 'text'"), ("7", "has a int and no text"), ('["a"]', "has a list and no text")]
)
def test_a_json_row_without_a_text_is_a_bad_row(posts, checker, tmp_path, value, words):
    target = tmp_path / "out.jsonl"
    summary = run(checker, posts(f'{{"text": "a"}}\n{{"text": {value}, "id": 3}}\n{{"id": 4}}\n', "posts.jsonl"), target, limit=2)
    rows = read_json(target)
    assert words in rows[1]["factcheck_error"]
    assert rows[1]["id"] == 3
    assert (summary.rows, summary.errors_by_kind) == (2, {"text": 1})


def test_a_row_is_named_by_its_id_too(posts, checker, tmp_path):
    target = tmp_path / "out.jsonl"
    run(checker, posts('{"text": "a", "id": 1}\n{"id": 42}\n', "posts.jsonl"), target, id_column="id")
    assert read_json(target)[1]["factcheck_error"].startswith("posts.jsonl:2: row 2 (id '42') has no 'text'")


def test_json_lines_become_a_table_with_every_key_of_the_file(posts, checker, tmp_path):
    source = posts('{"text": "a"}\n{"text": "b", "late": [1, {"x": null}], "n": 1}\n', "posts.jsonl")
    target = tmp_path / "out.tsv"
    run(checker, source, target, chunk_size=1)
    rows = read_csv(target, "\t")
    assert list(rows[0])[:3] == ["text", "late", "n"]
    assert [row["late"] for row in rows] == ["", '[1, {"x": null}]']


def test_of_json_the_columns_are_those_of_the_rows_that_are_written(posts, checker, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "_AHEAD", 1)
    source = posts('{"text": "a"}\n{"text": "b", "n": 1}\n' + "".join(f'{{"text": "c", "k{n}": 1}}\n' for n in range(1_001)), "posts.jsonl")
    run(checker, source, tmp_path / "out.csv", limit=2)
    assert list(read_csv(tmp_path / "out.csv")[0])[:2] == ["text", "n"]
    assert list(read_csv(tmp_path / "out.csv")[0])[2:] == list(ADDED_COLUMNS)
    run(checker, source, tmp_path / "sample.csv", limit=2, sample=1)
    assert list(read_csv(tmp_path / "sample.csv")[0])[:3] == ["text", "n", ADDED_COLUMNS[0]]


@pytest.mark.parametrize("chunk_size", [1, 2_000])
@pytest.mark.parametrize(("before", "refused"), [(1, True), (1_023, True), (1_024, False)])
def test_what_is_refused_does_not_depend_on_the_chunks(posts, checker, tmp_path, chunk_size, before, refused):
    source = posts('{"text": "a"}\n' * before + '{"text": "b", "factcheck_url": 1}\n', "posts.jsonl")
    if refused:
        with pytest.raises(InputError, match="has the column 'factcheck_url'"):
            run(checker, source, tmp_path / "out.jsonl", chunk_size=chunk_size)
    else:
        assert run(checker, source, tmp_path / "out.jsonl", chunk_size=chunk_size).errors_by_kind == {"columns": 1}


def test_a_key_that_comes_late_in_a_stream_is_an_error_and_not_lost_in_silence(checker, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "_AHEAD", 1)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"text": "a"}\n{"text": "b", "late": 1}\n')))
    target = tmp_path / "out.csv"
    summary = run(checker, "-", target, input_format="jsonl", chunk_size=1)
    assert "new key 'late'" in read_csv(target)[1]["factcheck_error"]
    assert summary.errors_by_kind == {"columns": 1}


def test_a_csv_becomes_json_lines(posts, checker, tmp_path):
    target = tmp_path / "out.jsonl"
    run(checker, posts("id,text\n007,NA\n"), target)
    assert read_json(target)[0]["id"] == "007"


def test_the_same_text_is_checked_once_in_a_chunk_and_answered_in_each_row(posts, checker, tmp_path):
    target = tmp_path / "out.csv"
    run(checker, posts("text\na\nb\na\nhoney\na\nhoney\n"), target, chunk_size=5)
    assert checker.asked == [["a", "b", "honey"], ["honey"]]
    assert [row["factcheck_verdict"] == "SUPPORTS" for row in read_csv(target)] == [False, False, False, True, False, True]


@pytest.mark.parametrize("chunk_size", [1, 2, 5, 1000])
def test_the_bytes_do_not_depend_on_the_chunks(posts, checker, tmp_path, chunk_size):
    source = posts(MIXED)
    run(checker, source, tmp_path / "one.csv")
    run(FakeChecker(), source, tmp_path / "other.csv", chunk_size=chunk_size)
    assert (tmp_path / "other.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()


@pytest.mark.parametrize(("limit", "expected"), [(0, 0), (2, 2), (3, 3), (99, 6), (None, 6)])
def test_limit_takes_the_first_rows(posts, checker, tmp_path, limit, expected):
    target = tmp_path / "out.csv"
    assert run(checker, posts(MIXED), target, limit=limit, chunk_size=2).rows == expected
    assert len(read_csv(target)) == expected


def test_a_table_without_rows_gives_a_table_without_rows(posts, checker, tmp_path):
    target = tmp_path / "out.csv"
    assert run(checker, posts("id,text\n"), target).rows == 0
    assert target.read_text() == ",".join(["id", "text", *ADDED_COLUMNS]) + "\n"
    assert checker.asked == []


def test_progress_is_told_after_each_chunk(posts, checker, tmp_path):
    told = []
    run(checker, posts(MIXED), tmp_path / "out.csv", chunk_size=4, progress=told.append)
    assert [(step.rows, step.errors) for step in told] == [(4, 2), (6, 3)]
    assert isinstance(told[0], Progress)
    assert told[-1].fraction == 1.0
    assert told[-1].verdicts == {"SUPPORTS": 1, "NOT ENOUGH INFO": 2}


@pytest.mark.parametrize(
    ("content", "name", "options", "words"),
    [
        ("id,post\n1,a\n", "posts.csv", {}, "no column 'text'; the columns are 'id', 'post'"),
        ("id,text\n1,a\n", "posts.csv", {"id_column": "nr"}, "no column 'nr'.*--id-column"),
        ('{"post": "a"}\n{"id": 1}\n', "posts.jsonl", {}, "no column 'text'; the columns are 'post', 'id'"),
        ("text,factcheck_verdict\na,b\n", "posts.csv", {}, "has the column 'factcheck_verdict', which the output adds; rename it"),
        ("text,factcheck_evidence\na,b\n", "posts.csv", {}, "has the column 'factcheck_evidence'"),
        ('{"text": "a", "factcheck_url": 1}\n', "posts.jsonl", {}, "has the column 'factcheck_url'"),
        ("", "posts.csv", {}, "the file is empty"),
        (b"id,text\n1,caf\xe9\n", "posts.csv", {"encoding": "utf-99"}, "unknown encoding"),
        ("text\na\n", "posts.csv", {"limit": -1}, "--limit: -1 is too small; give 0 or more"),
        ("text\na\n", "posts.csv", {"chunk_size": 0}, "chunk_size: 0 is too small"),
        ("text\na\n", "posts.csv", {"workers": 0}, "--workers: 0 is too small"),
        ("text\na\n", "posts.csv", {"workers": 2}, "needs load"),
        ("text\na\n", "posts.csv", {"output_format": "xml"}, "unknown format 'xml'"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(posts, checker, tmp_path, content, name, options, words):
    source, target = posts(content, name), tmp_path / "out.csv"
    target.write_text("old\n")
    with pytest.raises(InputError, match=words) as caught:
        run(checker, source, target, **options)
    assert "\n" not in str(caught.value)
    assert target.read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", name]
    assert checker.asked == []


@pytest.mark.parametrize("way", ["same", "relative", "symbolic link", "hard link"])
def test_the_input_is_never_its_own_output(posts, checker, tmp_path, monkeypatch, way):
    source = posts("text\na\n")
    monkeypatch.chdir(tmp_path)
    target = {"same": source, "relative": "./posts.csv"}.get(way, tmp_path / "other.csv")
    if way == "symbolic link":
        target.symlink_to(source)
    if way == "hard link":
        target.hardlink_to(source)
    with pytest.raises(InputError, match="is the input itself"):
        run(checker, source, target)
    assert source.read_text() == "text\na\n"


def test_a_key_of_ours_that_comes_late_is_a_bad_row(posts, checker, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "_AHEAD", 1)
    target = tmp_path / "out.jsonl"
    run(checker, posts('{"text": "a"}\n{"text": "b", "factcheck_url": "x"}\n', "posts.jsonl"), target, chunk_size=1)
    last = read_json(target)[1]
    assert (last["factcheck_reason"], last["factcheck_url"]) == ("error", None)
    assert "has the key 'factcheck_url'" in last["factcheck_error"]


def _interrupted(checker, source, target):
    def stop(step):
        if step.rows >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(checker, source, target, chunk_size=2, progress=stop)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx"])
def test_an_interrupted_batch_leaves_no_half_written_table_and_what_was_answered(posts, checker, tmp_path, ending):
    target = tmp_path / f"out.{ending}"
    target.write_text("old\n")
    _interrupted(checker, posts(MIXED), target)
    assert target.read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [target.name, f"{target.name}.unfinished", "posts.csv"]


def test_a_checker_that_answers_too_few_claims_is_found_out(posts, tmp_path):
    class Short:
        fingerprint: ClassVar = {}

        def check_many(self, claims, /):
            return []

    with pytest.raises(FactcheckError, match="0 verdicts for 1 claims"):
        run(Short(), posts("text\na\n"), tmp_path / "out.csv")


def test_standard_streams_take_the_format_of_the_input(checker, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("text\nhoney é\n".encode())))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-8"))
    run(checker, "-", "-")
    assert raw.getvalue().decode().startswith("text,factcheck_verdict,")
    assert "honey é,SUPPORTS,0.9,decided" in raw.getvalue().decode()


BROKEN_PIPE = """
import sys
from factcheck.batch import run
from factcheck.records import Verdict, Claim
class Echo:
    fingerprint = {}
    def check_many(self, claims, /):
        return [Verdict(Claim(c), label="NOT ENOUGH INFO", probability=0.5, reason="no_relevant_statement") for c in claims]
summary = run(Echo(), sys.argv[1], "-", chunk_size=16)
print(summary.complete, summary.rows < 20_000, file=sys.stderr)
"""


def test_a_reader_that_goes_away_ends_the_batch_quietly(posts):
    source = posts("text\n" + "a post\n" * 20_000)
    with subprocess.Popen([sys.executable, "-c", BROKEN_PIPE, str(source)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
    assert (process.returncode, said) == (0, "False True\n")


def test_a_broken_pipe_that_is_not_the_output_s_is_no_end_of_a_batch(posts, checker, tmp_path):
    def gone(step):
        raise BrokenPipeError(32, "Broken pipe")  # as of a closed standard error

    with pytest.raises(BrokenPipeError):
        run(checker, posts(MIXED), tmp_path / "out.csv", chunk_size=2, progress=gone)
    assert not (tmp_path / "out.csv").exists()
    assert run(checker, posts(MIXED), tmp_path / "out.csv", resume=True).complete


@pytest.mark.parametrize("kind", ["binary", "text", "list", "number"])
def test_a_cell_too_long_for_excel_is_cut_whatever_it_holds(posts, checker, tmp_path, kind):
    value = {"binary": b"\xff" * 16_384, "text": "x" * 32_768, "list": ["x" * 32_765], "number": 10**400}[kind]
    target = tmp_path / "out.xlsx"
    if kind == "binary":
        source = tmp_path / "posts.parquet"
        pq.write_table(pa.table({"text": ["honey", "a"], "cell": [value, b"\x01"]}), source)
    else:
        source = posts(json.dumps([{"text": "honey", "cell": value}, {"text": "a", "cell": 1}]), "posts.json")
    summary = run(checker, source, target)
    with read_rows(target) as reader:
        rows = [row.values for row in reader]
    assert summary.errors_by_kind == ({} if kind == "number" else {"cell_too_long": 1})
    if kind == "number":
        assert rows[0]["cell"] == str(value)
    else:
        assert "32,768" in rows[0]["factcheck_error"] or "32,769" in rows[0]["factcheck_error"]
        assert len(rows[0]["cell"]) == 32_767
    assert rows[1]["factcheck_reason"] == "no_relevant_statement"


def test_memory_does_not_grow_with_the_rows(posts, tmp_path):
    class Forgetful(FakeChecker):
        def check_many(self, claims, /):
            return [self.answer(Claim(text)) for text in claims]

    def peak(rows):
        source = posts("id,text\n" + "".join(f"{number},a post about number {number % 500}\n" for number in range(rows)))
        tracemalloc.start()
        run(Forgetful(), source, tmp_path / "out.csv", chunk_size=64)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1_000)  # fills what is kept of the texts
    assert peak(6_000) < 1.2 * peak(1_500)


# ---------------------------------------------------------------------------------------------------------------------
# Workers
# ---------------------------------------------------------------------------------------------------------------------


def make_load(loads=None, *, die=False):
    """Return a loader that travels by value, as this file is no module that a worker could import."""

    def load():
        import os

        from factcheck.records import Claim, Verdict

        class Worker:
            fingerprint = {}  # noqa: RUF012 (a stand-in)

            def check_many(self, claims, /):
                if die and "die" in claims:
                    os._exit(1)
                threads = os.environ.get("OMP_NUM_THREADS", "")
                return [
                    Verdict(Claim(text), label="NOT ENOUGH INFO", probability=0.5, reason="low_probability", probabilities={threads: 1.0})
                    for text in claims
                ]

        if loads:
            with loads.open("a") as file:
                file.write(f"{os.getpid()}\n")
        return Worker()

    return load


@pytest.fixture
def many(posts):
    return posts("id,text\n" + "".join(f"{number},post {number % 50}\n" for number in range(300)) + "x\n")


def test_workers_give_the_same_bytes_as_one_and_load_once_each(many, tmp_path):
    loads = tmp_path / "loads"
    load = make_load(loads)
    one = run(make_load()(), many, tmp_path / "one.csv", chunk_size=5)
    two = run(FakeChecker(), many, tmp_path / "two.csv", chunk_size=5, workers=2, load=load)
    assert (tmp_path / "two.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()
    assert (
        (two.rows, two.reasons, two.errors_by_kind)
        == (one.rows, one.reasons, one.errors_by_kind)
        == (301, {"error": 1, "low_probability": 300}, {"ragged": 1})
    )
    processes = Counter(loads.read_text().split())
    assert 1 <= len(processes) <= 2
    assert set(processes.values()) == {1}


def test_each_worker_has_one_thread_for_linear_algebra(many, tmp_path):
    run(FakeChecker(), many, tmp_path / "out.jsonl", workers=2, load=make_load(), limit=3)
    assert [row["factcheck_probabilities"] for row in read_json(tmp_path / "out.jsonl")] == [{"1": 1.0}] * 3


def test_no_more_is_read_ahead_for_workers_than_a_window(many, tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "_WINDOW", 2)
    ahead = []
    taken = written = 0
    take = batch._Chunks.take

    def spy(chunks, count):
        nonlocal taken
        rows = take(chunks, count)
        taken += len(rows)
        ahead.append(taken - written)
        return rows

    def tell(step):
        nonlocal written
        written = step.rows

    monkeypatch.setattr(batch._Chunks, "take", spy)
    run(FakeChecker(), many, tmp_path / "out.csv", chunk_size=10, workers=2, load=make_load(), progress=tell)
    assert (taken, written) == (301, 301)
    assert max(ahead) == 2 * 2 * 10  # workers, chunks for each, rows of a chunk


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_workers_have_answered_is_gone_on_from_with_one(many, tmp_path):
    def stop(step):
        if step.rows >= 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(make_load()(), many, tmp_path / "out.csv", chunk_size=5, workers=2, load=make_load(), progress=stop)
    assert len((tmp_path / "out.csv.unfinished").read_bytes().splitlines()) >= 2 + 100 // 5
    run(make_load()(), many, tmp_path / "out.csv", resume=True)
    run(make_load()(), many, tmp_path / "one.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()


# joblib's own thread may trip over a task that was called off a moment ago; what is tested is what is left behind
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_interruption_with_workers_leaves_no_half_written_table(many, tmp_path):
    def stop(step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(FakeChecker(), many, tmp_path / "out.csv", chunk_size=5, workers=2, load=make_load(), progress=stop)
    assert {path.name for path in tmp_path.iterdir()} == {"out.csv.unfinished", "posts.csv"}


@pytest.mark.filterwarnings("ignore:.*A worker stopped.*:UserWarning")
def test_a_worker_that_dies_is_a_clear_error_and_leaves_no_half_written_table(posts, tmp_path):
    with pytest.raises(FactcheckError, match=r"a worker process died.*use fewer workers"):
        run(FakeChecker(), posts("text\na\ndie\nb\n"), tmp_path / "out.csv", chunk_size=1, workers=2, load=make_load(die=True))
    assert {path.name for path in tmp_path.iterdir()} <= {"posts.csv", "out.csv.unfinished"}
