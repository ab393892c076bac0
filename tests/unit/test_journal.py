"""A batch that was cut off goes on behind the last chunk that was answered, and gives the same bytes as if nothing had happened."""

import gzip
import io
import json
import multiprocessing
import os
import random
import sys
import time
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factcheck import binary, journal
from factcheck.batch import run
from factcheck.errors import FactcheckError, InputError
from factcheck.journal import Journal, unfinished
from factcheck.records import Claim, Evidence, Statement, Verdict

STATEMENT = Statement("bee-1", "bees", "=Honey bees make honey.", "Bee Board", "https://bees.example.org/")


class Checker:
    """Supports every third text, and remembers what it was asked."""

    fingerprint: ClassVar = {"bundle": "b" * 64, "statements": "s" * 64, "version": "1"}

    def __init__(self, seconds=0.0, die_after=None):
        self.asked = []
        self.seconds = seconds
        self.die_after = die_after

    def check_many(self, claims, /):
        if self.die_after is not None and len(self.asked) >= self.die_after:
            raise KeyboardInterrupt
        time.sleep(self.seconds)
        self.asked += claims
        return [self.answer(text) for text in claims]

    def answer(self, text):
        probability = (hash_of(text) % 999_983) / 1e6
        probabilities = {"SUPPORTS": probability, "REFUTES": 0.0, "NOT ENOUGH INFO": 1 - probability}
        if hash_of(text) % 3:
            return Verdict(Claim(text), "NOT ENOUGH INFO", 1 - probability, "no_relevant_statement", probabilities)
        evidence = (Evidence(STATEMENT, probability, "SUPPORTS", probabilities),)
        return Verdict(Claim(text), "SUPPORTS", probability, "decided", probabilities, evidence)


def hash_of(text):
    return int.from_bytes(text.encode("utf-8", "replace")[-6:], "big")


@pytest.fixture
def source(tmp_path):
    """Four hundred posts, some of them bad rows."""
    path = tmp_path / "posts.csv"
    path.write_text("id,text\n" + "".join(f"{n},é post {n % 350}\n" if n % 37 else f"{n}\n" for n in range(400)), encoding="utf-8")
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def begin(source, target, rows, **options):
    """Cut a batch off when so many rows are answered."""
    with pytest.raises(KeyboardInterrupt):
        run(Checker(die_after=rows), source, target, chunk_size=10, **options)


# ---------------------------------------------------------------------------------------------------------------------
# Going on
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "json", "parquet", "xlsx"])
def test_what_was_answered_is_not_checked_again_and_the_bytes_are_the_same(source, tmp_path, ending):
    whole = Checker()
    expected = run(whole, source, tmp_path / f"whole.{ending}", chunk_size=10)
    target = tmp_path / f"out.{ending}"
    begin(source, target, 100)
    begin(source, target, 50, resume=True)
    last = Checker()
    summary = run(last, source, target, chunk_size=33, resume=True)
    assert target.read_bytes() == (tmp_path / f"whole.{ending}").read_bytes()
    assert (summary.rows, summary.verdicts, summary.errors_by_kind) == (400, expected.verdicts, expected.errors_by_kind)
    assert 200 < len(last.asked) < 260
    assert names(tmp_path) == sorted([target.name, f"whole.{ending}", "posts.csv"])


def test_types_of_parquet_outlive_an_interruption(tmp_path):
    table = pa.table({"text": [f"post {n}" for n in range(50)], "n": pa.array(range(50), pa.int16()), "b": [b"\xff"] * 50})
    pq.write_table(table, tmp_path / "in.parquet")
    begin(tmp_path / "in.parquet", tmp_path / "out.parquet", 20)
    run(Checker(), tmp_path / "in.parquet", tmp_path / "out.parquet", resume=True)
    written = pq.read_table(tmp_path / "out.parquet")
    assert written.select(table.column_names).equals(table)
    assert written.column("factcheck_probability").type == pa.float64()
    assert written.column("factcheck_probabilities")[0].as_py().keys() == {"SUPPORTS", "REFUTES", "NOT ENOUGH INFO"}


def test_without_resume_a_batch_begins_anew(source, tmp_path):
    begin(source, tmp_path / "out.csv", 100)
    last = Checker()
    run(last, source, tmp_path / "out.csv")
    assert len(last.asked) > 300
    assert names(tmp_path) == ["out.csv", "posts.csv"]


def test_resume_begins_where_there_is_nothing_to_go_on_from(source, tmp_path):
    assert run(Checker(), source, tmp_path / "out.csv", resume=True).rows == 400


def test_a_sample_goes_on_with_the_same_rows(source, tmp_path):
    run(Checker(), source, tmp_path / "whole.csv", sample=70, random_state=3)
    begin(source, tmp_path / "out.csv", 30, sample=70, random_state=3)
    run(Checker(), source, tmp_path / "out.csv", sample=70, random_state=3, resume=True)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_link_is_kept_and_its_journal_lies_beside_the_file(source, tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "real" / "out.csv")
    begin(source, link, 50)
    assert names(tmp_path / "real") == ["out.csv.unfinished"]
    run(Checker(), source, link, resume=True)
    assert link.is_symlink()
    assert names(tmp_path / "real") == ["out.csv"]


@pytest.mark.parametrize("cut", [1, 2, 40, 300, 2_000, 5_000])
def test_a_journal_that_ends_anywhere_is_gone_on_from(source, tmp_path, cut):
    run(Checker(), source, tmp_path / "whole.jsonl")
    begin(source, tmp_path / "out.jsonl", 100)
    path = unfinished(tmp_path / "out.jsonl")
    path.write_bytes(path.read_bytes()[:-cut] + b"\0" * (cut // 2))  # a file system may fill with zeros what it lost
    run(Checker(), source, tmp_path / "out.jsonl", resume=True)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


# ---------------------------------------------------------------------------------------------------------------------
# Refusing
# ---------------------------------------------------------------------------------------------------------------------


class Other(Checker):
    fingerprint: ClassVar = {**Checker.fingerprint, "bundle": "c" * 64}


class Reworded(Checker):
    fingerprint: ClassVar = {**Checker.fingerprint, "statements": "t" * 64}


@pytest.mark.parametrize(
    ("checker", "options", "words"),
    [
        (Other, {}, "begun with another bundle: bbbbbbbbbbbb... then, cccccccccccc... now"),
        (Reworded, {}, "begun with another statements: ssssssssssss... then"),
        (Checker, {"limit": 300}, "another --limit: none then, 300 now"),
        (Checker, {"sample": 3}, "another --sample: none then"),
        (Checker, {"text_column": "id"}, "another --text-column: text then, id now"),
        (Checker, {"id_column": "id"}, "another --id-column: none then"),
        (Checker, {"encoding": "latin-1"}, "another --encoding: utf-8 then"),
        (Checker, {"output_format": "jsonl"}, "another --format: csv then"),
    ],
)
def test_another_checker_or_option_is_refused(source, tmp_path, checker, options, words):
    begin(source, tmp_path / "out.csv", 100)
    before = unfinished(tmp_path / "out.csv").read_bytes()
    with pytest.raises(InputError) as caught:
        run(checker(), source, tmp_path / "out.csv", resume=True, **options)
    assert words in str(caught.value)
    assert "leave --resume away to begin anew" in str(caught.value)
    assert unfinished(tmp_path / "out.csv").read_bytes() == before
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("change", ["content", "name", "more files"])
def test_another_input_is_refused(source, tmp_path, change):
    begin(source, tmp_path / "out.csv", 100)
    sources = [source]
    if change == "content":
        source.write_bytes(source.read_bytes().replace(b"post 399", b"post 398").replace(b"post 49", b"post 48"))
    elif change == "name":
        sources = [source.rename(tmp_path / "renamed.csv")]
    else:
        sources = [source, source]
    with pytest.raises(InputError, match="begun with another input; give"):
        run(Checker(), sources, tmp_path / "out.csv", resume=True)


@pytest.mark.parametrize(("source_", "target"), [("-", "out.csv"), ("posts.csv", "-"), ("posts.csv", "/dev/null")])
def test_streams_cannot_be_resumed(source, tmp_path, monkeypatch, source_, target):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source.read_bytes())))
    with pytest.raises(InputError, match="--resume: goes from files to a file only"):
        run(Checker(), source_, target, resume=True, output_format="csv")


def test_a_journal_of_another_form_is_refused(tmp_path, source):
    begin(source, tmp_path / "out.csv", 100)
    path = unfinished(tmp_path / "out.csv")
    path.write_text(path.read_text().replace('{"form": 1', '{"form": 2', 1))
    with pytest.raises(InputError, match="was written by another version of factcheck"):
        run(Checker(), source, tmp_path / "out.csv", resume=True)


@pytest.mark.parametrize("resume", [False, True])
def test_a_second_batch_on_one_output_is_refused_and_the_first_goes_on(source, tmp_path, resume):
    target = tmp_path / "out.csv"
    run(Checker(), source, tmp_path / "whole.csv")
    begin(source, target, 100)
    refused = []

    def second(progress):
        if not refused:
            with pytest.raises(InputError) as caught:
                run(Checker(), source, target, resume=resume)
            refused.append(str(caught.value))

    run(Checker(), source, target, resume=True, progress=second)
    assert refused[0].endswith("another batch is writing this output; let it end or give another name")
    assert target.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert names(tmp_path) == ["out.csv", "posts.csv", "whole.csv"]


def test_a_journal_is_let_go_of_with_the_batch_that_was_cut_off(tmp_path):
    first = Journal(tmp_path / "out.csv", {}, resume=False)
    first.open(tmp_path / "part")
    first.add([{"x": 1}])
    first.close()
    second = Journal(tmp_path / "out.csv", {}, resume=False)
    second.open(tmp_path / "part")
    assert list(Journal(tmp_path / "out.csv", {}, resume=True).answers()) == []
    second.close()
    assert names(tmp_path) == []


def test_a_journal_that_was_removed_before_it_was_locked_is_made_anew(tmp_path, monkeypatch):
    locked = []

    def lock(file):
        if not locked:
            unfinished(tmp_path / "out.csv").unlink()  # the batch that had it ends in this moment
        locked.append(file)

    monkeypatch.setattr(journal, "lock", lock)
    book = Journal(tmp_path / "out.csv", {}, resume=False)
    book.open(tmp_path / "part")
    book.add([{"x": 1}])
    book.close()
    assert len(locked) == 2
    assert Journal(tmp_path / "out.csv", {}, resume=True).rows == 1


@pytest.mark.parametrize("where", ["file system", "system"])
def test_where_there_are_no_locks_a_batch_runs_without(source, tmp_path, monkeypatch, where):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    if where == "file system":
        monkeypatch.setattr(journal.fcntl, "flock", refuse)
    else:
        monkeypatch.setattr(journal, "fcntl", None)
    assert run(Checker(), source, tmp_path / "out.csv").rows == 400


@pytest.mark.parametrize("way", ["a folder", "no permission", "a name that is too long"])
def test_a_journal_that_cannot_be_opened_is_one_clear_line(source, tmp_path, monkeypatch, way):
    target = tmp_path / ("x" * 245 + ".csv" if way == "a name that is too long" else "out.csv")
    if way == "a folder":
        unfinished(target).mkdir()
    if way == "no permission":
        opened = journal.Path.open

        def refuse(path, *arguments, **options):  # root may open everything
            if path == unfinished(target):
                raise PermissionError(13, "Permission denied")
            return opened(path, *arguments, **options)

        monkeypatch.setattr(journal.Path, "open", refuse)
    with pytest.raises(InputError, match=r"\.unfinished: cannot be opened: .*; remove it, or give the output another name"):
        run(Checker(), source, target)
    assert not target.exists()


# ---------------------------------------------------------------------------------------------------------------------
# Being killed, and running out of room
# ---------------------------------------------------------------------------------------------------------------------


def _batch(source, target, seconds):
    run(Checker(seconds), source, target, chunk_size=4, resume=True)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="a fresh interpreter each time would take too long")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize(("ending", "kills", "seed"), [("csv", 20, 1), ("jsonl", 10, 2), ("parquet", 6, 3), ("xlsx", 6, 4)])
def test_a_batch_killed_at_random_points_gives_the_same_bytes(source, tmp_path, ending, kills, seed):
    whole = tmp_path / f"whole.{ending}"
    run(Checker(), source, whole)
    target = tmp_path / f"out.{ending}"
    target.write_text("old\n")
    moments = random.Random(seed)
    held = []
    for _ in range(kills):
        process = multiprocessing.get_context("fork").Process(target=_batch, args=(source, target, 0.03))
        process.start()
        process.join(moments.uniform(0.0, 0.15))  # all together less than the batch takes
        process.kill()
        process.join()
        assert process.exitcode == -9
        assert target.read_text() == "old\n"
        held.append(unfinished(target).stat().st_size if unfinished(target).exists() else 0)
    assert held == sorted(held)
    assert held[-1] > 0
    last = Checker()
    run(last, source, target, resume=True)
    assert 0 < len(last.asked) < 380
    assert target.read_bytes() == whole.read_bytes()
    assert names(tmp_path) == sorted([target.name, "posts.csv", whole.name])


@pytest.mark.parametrize("where", ["journal", "output"])
def test_a_full_disk_names_the_way_to_go_on_and_going_on_gives_the_same_bytes(source, tmp_path, monkeypatch, where):
    run(Checker(), source, tmp_path / "whole.csv")
    target = tmp_path / "out.csv"

    def no_room(file, block=None):
        raise OSError(28, "No space left on device")

    calls = []

    def full(self, entry):
        calls.append(entry)
        if len(calls) > 12:
            self._file.write(b'{"at": 100, "answ')  # what fitted
            no_room(None)
        put(self, entry)

    put = Journal._put
    with monkeypatch.context() as patch:
        if where == "journal":
            patch.setattr(Journal, "_put", full)
        else:
            patch.setattr("factcheck.output._append", no_room)
        with pytest.raises(FactcheckError, match=r"no space left on device.*rows are answered, and the same command with --resume goes on"):
            run(Checker(), source, target, chunk_size=10)
    assert names(tmp_path) == ["out.csv.unfinished", "posts.csv", "whole.csv"]
    last = Checker()
    run(last, source, target, resume=True)
    assert len(last.asked) < 390
    assert target.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("way", ["rows of Excel", "damaged input"])
def test_the_way_to_go_on_is_not_named_where_it_leads_to_the_same_error(source, tmp_path, monkeypatch, way):
    target = tmp_path / "out.xlsx"
    if way == "rows of Excel":
        monkeypatch.setattr(binary, "MAX_SHEET_ROWS", 300)
    else:
        noise = random.Random(1).randbytes(100_000).hex()
        packed = gzip.compress(source.read_bytes() + "".join(f"1,{noise[n : n + 100]}\n" for n in range(0, 200_000, 100)).encode())
        source = tmp_path / "posts.csv.gz"
        source.write_bytes(packed[:-4] + b"\0\0\0\0")
    with pytest.raises(FactcheckError) as caught:
        run(Checker(), source, target, chunk_size=10)
    assert unfinished(target).stat().st_size > 1_000
    assert "--resume" not in str(caught.value)


def test_what_is_no_part_of_ours_is_never_removed(source, tmp_path):
    begin(source, tmp_path / "out.csv", 50)
    path = unfinished(tmp_path / "out.csv")
    with path.open("a") as file:
        file.write(json.dumps({"part": "../posts.csv"}) + "\n" + json.dumps({"part": "posts.csv"}) + "\n")
    run(Checker(), source, tmp_path / "out.csv", resume=True)
    assert source.exists()


def test_a_batch_that_fails_before_the_first_answer_leaves_no_journal(source, tmp_path):
    begin(source, tmp_path / "out.csv", 0)
    assert names(tmp_path) == ["posts.csv"]


def test_a_line_is_on_the_disk_before_the_next_chunk_is_checked(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(journal.os, "fsync", lambda number: synced.append(os.fstat(number).st_size))
    book = Journal(tmp_path / "out.csv", {"a": 1}, resume=False)
    book.open(tmp_path / "part")
    book.add([{"x": 1}])
    assert synced[-1] == book.path.stat().st_size
    assert len(synced) == 3
    book.close()
    assert [list(answers) for answers in Journal(tmp_path / "out.csv", {"a": 1}, resume=True).answers()] == [[{"x": 1}]]


def test_answers_of_rows_that_are_there_already_are_left_out(tmp_path):
    book = Journal(tmp_path / "out.csv", {}, resume=False)
    book.open(tmp_path / "part")
    book.add([{"x": 1}, {"x": 2}])
    book.close()
    with book.path.open("a") as file:
        file.write(json.dumps({"at": 0, "answers": [{"x": 3}]}) + "\n")  # of another process that writes the same output
    again = Journal(tmp_path / "out.csv", {}, resume=True)
    assert (again.rows, list(again.answers())) == (2, [[{"x": 1}, {"x": 2}]])
