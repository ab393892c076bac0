"""Writing tables: whole rows only, a table under its name only when it is complete, and nothing that a spreadsheet runs unasked."""

import io
import json
import os
import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck import output
from factcheck.errors import FactcheckError, InputError
from factcheck.output import RowWriter
from factcheck.tables import read_rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=8), ending=st.sampled_from(["csv", "tsv", "jsonl"]))
def test_what_is_written_is_read_back_the_same(tmp_path_factory, rows, ending):
    path = tmp_path_factory.getbasetemp() / f"round.{ending}"
    expected = [{"id": one, "text": two} for one, two in rows]
    with RowWriter(path, format=ending, columns=["id", "text"]) as writer:
        for row in expected:
            writer.write(row)
    if expected or ending != "jsonl":
        with read_rows(path) as reader:
            assert [(row.values, row.error) for row in reader] == [(row, "") for row in expected]


def test_lines_end_in_a_line_feed_and_a_lone_carriage_return_is_quoted(tmp_path):
    path = tmp_path / "a.csv"
    with RowWriter(path, format="csv", columns=["id", "text"]) as writer:
        writer.write({"id": "1", "text": "a\rb"})
    assert path.read_bytes() == b'id,text\n1,"a\rb"\n'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n@x", " =1", "\uff1d1+1"])
def test_a_formula_is_disarmed_in_our_columns_and_untouched_in_those_of_the_input(tmp_path, text):
    path = tmp_path / "a.csv"
    with RowWriter(path, format="csv", columns=["theirs", "ours"], added=["ours"]) as writer:
        writer.write({"theirs": text, "ours": text})
    with read_rows(path) as reader:
        (row,) = reader
    assert row.values == {"theirs": text, "ours": "'" + text}


def test_a_formula_is_left_alone_in_json_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    with RowWriter(path, format="jsonl", added=["ours"]) as writer:
        writer.write({"ours": "=1+1"})
    assert json.loads(path.read_text()) == {"ours": "=1+1"}


def test_json_lines_keeps_lone_surrogates_and_never_writes_nan(tmp_path):
    path = tmp_path / "a.jsonl"
    with RowWriter(path, format="jsonl") as writer:
        writer.write({"\udfffkey": "é\ud800", "x": float("nan"), "y": [float("inf"), {"z": -float("inf")}], "n": "\0"})
    text = path.read_bytes().decode("utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    assert "é" in text
    assert json.loads(text) == {"\udfffkey": "é\ud800", "x": None, "y": [None, {"z": None}], "n": "\0"}


def test_csv_writes_values_of_json_as_json_and_what_it_cannot_carry_as_a_replacement(tmp_path):
    path = tmp_path / "a.csv"
    values = {"a": None, "b": True, "c": 1.5, "d": {"k": ["é"]}, "e": "\ud800\0", "f": float("nan")}
    with RowWriter(path, format="csv", columns=list(values)) as writer:
        writer.write(values)
    with read_rows(path) as reader:
        (row,) = reader
    assert row.values == {"a": "", "b": "true", "c": "1.5", "d": '{"k": ["é"]}', "e": "\ufffd\ufffd", "f": "null"}


class Stop(Exception):  # noqa: N818 (stands for Ctrl-C)
    """Interrupts a batch."""


def _write_and_stop(path, form):
    with RowWriter(path, format=form, columns=["text"]) as writer:
        writer.write({"text": "first"})
        writer.flush()
        writer.write({"text": "second"})
        raise Stop


def test_an_interrupted_csv_leaves_what_was_there_before_and_nothing_else(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old\n")
    with pytest.raises(Stop):
        _write_and_stop(path, "csv")
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_json_lines_file_holds_whole_rows(tmp_path):
    path = tmp_path / "a.jsonl"
    with pytest.raises(Stop):
        _write_and_stop(path, "jsonl")
    assert path.read_text() == '{"text": "first"}\n'


def test_csv_stands_under_its_name_only_when_complete_while_json_lines_grows(tmp_path):
    for form in ("csv", "jsonl"):
        path = tmp_path / f"a.{form}"
        with RowWriter(path, format=form, columns=["text"]) as writer:
            writer.write({"text": "first"})
            writer.flush()
            assert path.exists() == (form == "jsonl")
        assert path.exists()


class FullDisk(io.FileIO):
    """Takes 25 bytes and then fails."""

    room = 25

    def write(self, block):
        if not self.room:
            raise OSError(28, "No space left on device")
        written = super().write(block[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize(("form", "left"), [("csv", None), ("jsonl", '{"text": "first"}\n')])
def test_a_full_disk_is_a_clear_error_and_leaves_no_half_row(tmp_path, monkeypatch, form, left):
    path = tmp_path / f"a.{form}"

    def fill():
        with RowWriter(path, format=form, columns=["text"]) as writer:
            writer.write({"text": "first"})
            writer.flush()
            writer.write({"text": "second and longer than the room"})

    with monkeypatch.context() as patch:
        patch.setattr(output.Path, "open", lambda path, mode, **_: FullDisk(path, mode.replace("b", "")))
        with pytest.raises(FactcheckError, match=r"writing failed: no space left on device; .*make room"):
            fill()
    assert (path.read_text() if path.exists() else None) == left
    assert len(list(tmp_path.iterdir())) == (left is not None)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("folder", "is a folder"),
        ("none/a.csv", "does not exist; create it first"),
        ("x" * 300 + ".jsonl", "file name too long"),
        ("x" * 300 + ".csv", "file name too long"),
        ("\0.csv", "cannot be written"),
    ],
)
def test_a_target_that_cannot_be_written_is_one_clear_line(tmp_path, path, words):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=words), RowWriter(tmp_path / path, format="jsonl" if "jsonl" in path else "csv"):
        pass


def test_an_existing_file_keeps_its_permissions_and_a_link_stays_a_link(tmp_path):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old\n")
    real.chmod(0o640)
    link.symlink_to(real)
    with RowWriter(link, format="csv", columns=["text"]) as writer:
        writer.write({"text": "new"})
    assert link.is_symlink()
    assert real.read_text() == "text\nnew\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_pipe_is_written_in_its_place(tmp_path):
    ends = os.pipe()
    with (
        os.fdopen(ends[0], "rb") as reading,
        os.fdopen(ends[1], "wb"),
        RowWriter(f"/dev/fd/{ends[1]}", format="csv", columns=["a"]) as writer,
    ):
        writer.write({"a": "1"})
        writer.flush()
        assert reading.read(4) == b"a\n1\n"


def test_standard_output_gets_utf8_whatever_the_terminal(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with RowWriter("-", format="csv", columns=["text"]) as writer:
        writer.write({"text": "é"})
    assert raw.getvalue() == "text\né\n".encode()


def test_a_standard_output_of_text_alone_is_served_too(monkeypatch):
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdout", text)
    with RowWriter("-", format="jsonl") as writer:
        writer.write({"text": "é"})
    assert text.getvalue() == '{"text": "é"}\n'
