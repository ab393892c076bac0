"""Writing tables: whole rows only, a table under its name only when it is complete, and nothing that a spreadsheet runs unasked."""

import datetime
import io
import json
import os
import stat
import sys
import tempfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck import binary, output
from factcheck.errors import FactcheckError, InputError
from factcheck.output import RowWriter
from factcheck.tables import read_rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=8), ending=st.sampled_from(["csv", "tsv", "jsonl", "json", "parquet"]))
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


FORMATS = ["csv", "tsv", "jsonl", "json", "parquet", "xlsx"]


class Stop(Exception):  # noqa: N818 (stands for Ctrl-C)
    """Interrupts a batch."""


def _write_and_stop(path, form):
    with RowWriter(path, format=form, columns=["text"]) as writer:
        writer.write({"text": "first"})
        writer.flush()
        writer.write({"text": "second"})
        raise Stop


@pytest.mark.parametrize("form", FORMATS)
def test_an_interrupted_file_leaves_what_was_there_before_and_nothing_else(tmp_path, form):
    path = tmp_path / f"a.{form}"
    path.write_text("old\n")
    with pytest.raises(Stop):
        _write_and_stop(path, form)
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_stands_under_its_name_only_when_complete(tmp_path, form):
    path = tmp_path / f"a.{form}"
    announced = []
    with RowWriter(path, format=form, columns=["text"], announce=lambda part: announced.append((part, part.exists()))) as writer:
        assert [(part.parent, there) for part, there in announced] == [(tmp_path, False)]
        assert announced[0][0].exists()
        writer.write({"text": "first"})
        writer.flush()
        assert not path.exists()
    with read_rows(path) as reader:
        assert [row.values for row in reader] == [{"text": "first"}]


class FullDisk(io.FileIO):
    """Takes 25 bytes and then fails."""

    room = 25

    def write(self, block):
        if not self.room:
            raise OSError(28, "No space left on device")
        written = super().write(block[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_is_a_clear_error_and_leaves_nothing(tmp_path, monkeypatch, form):
    path = tmp_path / f"a.{form}"

    def fill():
        with RowWriter(path, format=form, columns=["text"]) as writer:
            writer.write({"text": "first"})
            writer.flush()
            writer.write({"text": "second and longer than the room"})

    with monkeypatch.context() as patch:
        opened = output.Path.open
        patch.setattr(output.Path, "open", lambda path, mode, **_: FullDisk(path, "x") if path.suffix == ".part" else opened(path, mode))
        with pytest.raises(FactcheckError, match=r"writing failed: no space left on device; .*make room"):
            fill()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")  # noqa: PTH110 (a device)
@pytest.mark.parametrize("form", FORMATS)
def test_a_full_device_is_a_clear_error(form):
    with (
        pytest.raises(FactcheckError, match=r"/dev/full: writing failed: no space left on device"),
        RowWriter("/dev/full", format=form) as writer,
    ):
        writer.write({"text": "first"})


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


def test_a_pipe_whose_reader_has_gone_is_a_clear_error(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with (
        os.fdopen(writing, "wb"),
        pytest.raises(FactcheckError, match="writing failed: broken pipe; the rows written before are whole"),
        RowWriter(f"/dev/fd/{writing}", format="csv", columns=["a"]) as writer,
    ):
        writer.write({"a": "1"})


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


# ---------------------------------------------------------------------------------------------------------------------
# JSON arrays, Parquet, Excel
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [[], [{"text": "é\ud800"}], [{"text": "a"}, {"text": "b"}]])
def test_a_json_file_is_one_array(tmp_path, rows):
    with RowWriter(tmp_path / "a.json", format="json") as writer:
        for row in rows:
            writer.write(row)
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == rows


def test_parquet_keeps_the_types_that_it_is_given_and_writes_the_rest_as_text(tmp_path):
    schema = pa.schema([pa.field("n", pa.int16(), nullable=False), pa.field("k", pa.dictionary(pa.int8(), pa.string()))])
    row = {"n": 7, "k": "x", "other": {"a": [1]}, "p": 0.5, "e": [{"s": "t"}]}
    with RowWriter(
        tmp_path / "a.parquet", format="parquet", columns=["n", "k", "other", "p", "e"], schema=schema, example={"p": 0.0, "e": [{"s": ""}]}
    ) as writer:
        writer.write(row)
        writer.write({})
    table = pq.read_table(tmp_path / "a.parquet")
    assert [str(kind) for kind in table.schema.types] == ["int16", "string", "string", "double", "list<element: struct<s: string>>"]
    assert table.to_pylist() == [{**row, "other": '{"a": [1]}'}, dict.fromkeys(row)]


def test_a_name_that_parquet_cannot_hold_is_said(tmp_path):
    with (
        pytest.raises(InputError, match=r"the column '\\ud800x' is named with a lone surrogate, which Parquet cannot hold; rename it"),
        RowWriter(tmp_path / "a.parquet", format="parquet", columns=["text", "\ud800x"]),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_bytes_of_parquet_do_not_depend_on_when_rows_are_flushed(tmp_path):
    for name, every in (("a", 7), ("b", 5_000)):
        with RowWriter(tmp_path / name, format="parquet", columns=["text"]) as writer:
            for number in range(20_000):
                writer.write({"text": f"post {number}"})
                if number % every == 0:
                    writer.flush()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_excel_keeps_values_and_runs_no_text(tmp_path):
    row = {
        "formula": "=1+1",
        "link": "https://example.org/",
        "digits": "007",
        "line": "a\r\nb",
        "control": "\x01",
        "escape": "_x0041_",
        "space": " a ",
        "int": 7,
        "big": 2**60,
        "float": 1.5,
        "truth": True,
        "day": datetime.date(2020, 1, 2),
        "old day": datetime.date(1815, 6, 18),
        "time": datetime.datetime(2020, 1, 2, 3, 4, 5, 678000),
        "fine time": datetime.datetime(2020, 1, 2, 3, 4, 5, 678901),
        "zone": datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC),
        "list": [1, None],
        "null": None,
        "surrogate": "\ud800",
        "nan": float("nan"),
    }
    with RowWriter(tmp_path / "a.xlsx", format="xlsx", columns=list(row)) as writer:
        writer.write(row)
    with read_rows(tmp_path / "a.xlsx") as reader:
        (read,) = reader
    changed = {name: value for name, value in read.values.items() if value != row[name]}
    assert changed == {
        "big": str(2**60),
        "old day": "1815-06-18",
        "fine time": "2020-01-02T03:04:05.678901",
        "zone": "2020-01-02T00:00:00+00:00",
        "list": "[1, null]",
        "null": "",
        "surrogate": "\ufffd",
        "nan": "null",
    }
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


@pytest.mark.parametrize(
    ("columns", "rows", "words"),
    [
        (["text"], [{"text": "x" * 32_768}], "32,768 characters where a cell of Excel holds 32,767"),
        ([str(n) for n in range(16_385)], [], "16,384 columns"),
        (["text", "x" * 32_768], [], r"the name of the column 'x{57}\.\.\.' has 32,768 characters where a cell of Excel holds 32,767"),
    ],
)
def test_what_excel_cannot_hold_is_an_error_and_not_cut_in_silence(tmp_path, monkeypatch, columns, rows, words):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    def write():
        with RowWriter(tmp_path / "a.xlsx", format="xlsx", columns=columns) as writer:
            for row in rows:
                writer.write(row)

    with pytest.raises(FactcheckError, match=words):
        write()
    assert [path.name for path in tmp_path.rglob("*")] == ["temporary"]


def test_more_rows_than_excel_has_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(binary, "MAX_SHEET_ROWS", 3)

    def write(count):
        with RowWriter(tmp_path / "a.xlsx", format="xlsx", columns=["text"]) as writer:
            for _ in range(count):
                writer.write({"text": "a"})

    write(2)
    with pytest.raises(FactcheckError, match="Excel holds 2 rows below the header"):
        write(3)


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_parquet_and_excel_do_not_go_to_standard_output(form):
    with pytest.raises(InputError, match="cannot be written to standard output"), RowWriter("-", format=form, columns=["a"]):
        pass
