"""Whatever somebody hands to a batch: a clear one-line error and no output, or every row in its place and every good one answered."""

import gzip
import io
import json
import os
import stat

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import zstandard
from click.testing import CliRunner

from factcheck import cli, lines
from factcheck.checker import FactChecker
from factcheck.errors import EXIT_BAD_ROWS, EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from factcheck.records import Claim, Verdict
from factcheck.tables import read_rows


def parquet(**columns):
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def workbook(*rows):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return file.getvalue()


GOOD = b"id,text\n1,good\n2,good\n"
ZSTD = zstandard.ZstdCompressor().compress(GOOD)
LONG = 200_000

# name of the case: (file name, content, for each row whether it is good)
ROWS = {
    "ids that look like numbers": ("a.csv", b"id,text\n007,good\n1e5,good\n", "++"),
    "cells that look like missing values": ("a.csv", b"id,text\nNA,good\nnull,good\nNone,NaN\n", "+++"),
    "byte-order mark": ("a.csv", b"\xef\xbb\xbfid,text\n1,good\n", "+"),
    "Windows line ends": ("a.csv", b"id,text\r\n1,good\r\n2,good\r\n", "++"),
    "old Mac line ends": ("a.csv", b"id,text\r1,good\r2,good\r", "++"),
    "mixed line ends": ("a.csv", b"id,text\n1,good\r\n2,good\r3,good", "+++"),
    "no line end at the end": ("a.csv", b"id,text\n1,good", "+"),
    "blank lines": ("a.csv", b"\n\nid,text\n\n1,good\n\n", "+"),
    "rows without text": ("a.csv", b"id,text\n1,\n2,good\n", "++"),
    "header alone": ("a.csv", b"id,text\n", ""),
    "columns with odd names": ("a.csv", "i d,text,ü\n1,good,x\n".encode(), "+"),
    "formula and handle": ("a.csv", b"id,text\n=1+1,@WHO says good\n-5,+good\n", "++"),
    "emoji and other scripts": ("a.csv", "id,text\n1,🙂 хорошо 好\n".encode(), "+"),
    "direction marks": ("a.csv", "id,text\n1,\u202egood\u202c\n".encode(), "+"),
    "line separator in a cell": ("a.csv", "id,text\n1,go\u2028od\n".encode(), "+"),
    "quoted line breaks": ("a.csv", b'id,text\n1,"go\nod"\n2,good\n', "++"),
    "first row ragged": ("a.csv", b"id,text\n1,good,x\n2,good\n", "-+"),
    "rows ragged": ("a.csv", b"id,text\n1\n2,good\n3,a,b,c\n4,good\n", "-+-+"),
    "quote never closed": ("a.csv", b'id,text\n1,"good\n2,good\n3,good\n', "-++"),
    "quote inside a quoted cell": ("a.csv", b'id,text\n1,"go"od"\n2,good\n', "-+"),
    "NUL in a cell": ("a.csv", b"id,text\n1,go\0od\n2,good\n", "-+"),
    "NULs as a row": ("a.csv", b"id,text\n\0\0\0\0\n2,good\n", "-+"),
    "Latin-1 in UTF-8": ("a.csv", b"id,text\n1,caf\xe9\n2,good\n", "-+"),
    "UTF-8 cut in a character": ("a.csv", b"id,text\n1,good\n2,caf\xc3", "+-"),
    "encoded surrogate": ("a.csv", b"id,text\n1,\xed\xa0\x80\n2,good\n", "-+"),
    "a line of 200 kB": ("a.csv", b"id,text\n1," + b"x" * LONG + b"\n2,good\n", "-+"),
    "a line of 200 kB in short cells": ("a.csv", b"id,text\n" + b"x," * (LONG // 2) + b"\n2,good\n", "-+"),
    "a line of 2 MB": ("a.csv", b"id,text\n1," + b"x" * 10 * LONG + b"\n2,good\n", "-+"),
    "a long line without its end": ("a.csv", b"id,text\n1,good\n2," + b"x" * 10 * LONG, "+-"),
    "a post over the limit of the checker": ("a.csv", b"id,text\n1," + b"long " * 2_000 + b"\n2,good\n", "-+"),
    "tabs": ("a.tsv", b"id\ttext\n1\tgood\n2\t\tx\n", "+-"),
    "a text that breaks the checker": ("a.csv", b"id,text\n1,boom\n2,good\n", "-+"),
    "JSON Lines with NaN": ("a.jsonl", b'{"text": "good", "x": NaN}\n', "+"),
    "JSON Lines with large numbers": ("a.jsonl", b'{"text": "good", "x": 1e999, "y": ' + b"9" * 5_000 + b"}\n", "+"),
    "JSON Lines with a lone surrogate": ("a.jsonl", b'{"text": "good \\ud800"}\n', "+"),
    "JSON Lines, one no JSON": ("a.jsonl", b'{"text": "good"}\noops\n{"text": "good"}\n', "+-+"),
    "JSON Lines cut off": ("a.jsonl", b'{"text": "good"}\n{"text": "go', "+-"),
    "JSON Lines, texts that are none": ("a.jsonl", b'{"text": "good"}\n{"text": 7}\n{"text": null}\n{}\n', "+---"),
    "JSON Lines, rows that are none": ("a.jsonl", b'{"text": "good"}\n[1]\nnull\n"x"\n', "+---"),
    "JSON Lines, a key twice": ("a.jsonl", b'{"text": "good"}\n{"text": "a", "text": "b"}\n', "+-"),
    "JSON Lines, nested deep": ("a.jsonl", b'{"text": "good"}\n' + b"[" * 100_000 + b"\n", "+-"),
    "JSON Lines, a key of ours": ("a.jsonl", b'{"text": "good"}\n' * 2_000 + b'{"text": "a", "factcheck_url": 1}\n', "+" * 2_000 + "-"),
    "JSON array": ("a.json", b'[{"text": "good"},\n {"text": "good"}]', "++"),
    "JSON array of nothing": ("a.json", b"[]", ""),
    "JSON array cut off": ("a.json", b'[{"text": "good"}, {"text": "go', "+-"),
    "JSON array, one broken": ("a.json", b'[{"text": "good"}, {"text": }, {"text": "good"}]', "+-+"),
    "gzip": ("a.csv.gz", gzip.compress(GOOD), "++"),
    "gzip under another name": ("a.csv", gzip.compress(GOOD), "++"),
    "gzip in two pieces": ("a.csv.gz", gzip.compress(GOOD) + gzip.compress(b"3,good\n"), "+++"),
    "gzip with a bad row": ("a.csv.gz", gzip.compress(GOOD + b"3\n"), "++-"),
    "zstd": ("a.csv.zst", ZSTD, "++"),
    "Parquet": ("a.parquet", parquet(id=[1, None], text=["good", "good"]), "++"),
    "Parquet, texts that are none": ("a.parquet", parquet(text=["good", None, "good"]), "+-+"),
    "Parquet, numbers for texts": ("a.parquet", parquet(text=[1, 2]), "--"),
    "Parquet without rows": ("a.parquet", parquet(text=pa.array([], pa.string())), ""),
    "Excel": ("a.xlsx", workbook(["id", "text"], ["007", "good"], [7, "good"]), "++"),
    "Excel, numbers for texts": ("a.xlsx", workbook(["id", "text"], [1, 2020], [2, "good"]), "-+"),
}

# name of the case: (file name, content, words of the error)
REFUSED = {
    "no such file": ("a.csv", None, "there is no such file"),
    "empty": ("a.csv", b"", "the file is empty"),
    "empty JSON Lines": ("a.jsonl", b"", "the file is empty"),
    "empty JSON": ("a.json", b"", "the file is empty"),
    "empty Parquet": ("a.parquet", b"", "the file is empty"),
    "empty Excel": ("a.xlsx", b"", "the file is empty"),
    "line ends alone": ("a.csv", b"\n\n\n", "the file is empty"),
    "column missing": ("a.csv", b"id,post\n1,good\n", "there is no column 'text'; the columns are 'id', 'post'"),
    "column missing in JSON": ("a.json", b'[{"post": "good"}]', "there is no column 'text'"),
    "column missing in Parquet": ("a.parquet", parquet(post=["good"]), "there is no column 'text'"),
    "no header": ("a.csv", b"1,good\n2,good\n", "add a header line"),
    "semicolons": ("a.csv", b"id;text\n1;good\n", "separated by ';'"),
    "header twice the same": ("a.csv", b"text,text\ngood,good\n", "names 'text' more than once"),
    "Excel header twice the same": ("a.xlsx", workbook(["text", "text"], ["good", "good"]), "names 'text' more than once"),
    "column of ours": ("a.csv", b"text,factcheck_verdict\ngood,x\n", "which the output adds; rename it"),
    "UTF-16": ("a.csv", "id,text\n1,good\n".encode("utf-16"), "give --encoding utf-16"),
    "gzip cut off": ("a.csv.gz", gzip.compress(GOOD * 9)[:-9], "the gzip data cannot be unpacked"),
    "gzip damaged": ("a.csv.gz", gzip.compress(GOOD)[:-8] + b"\0" * 8, "the gzip data cannot be unpacked"),
    "zstd cut off": ("a.csv.zst", ZSTD[:-3], "the zstd data cannot be unpacked"),
    "no gzip": ("a.csv.gz", GOOD, "the ending .gz means gzip, but the file holds none"),
    "xz": ("a.csv", b"\xfd7zXZ\0\0", "holds xz data"),
    "PDF": ("a.csv", b"%PDF-1.7\n", "holds a PDF"),
    "Parquet under another name": ("a.csv", parquet(text=["good"]), "holds Parquet"),
    "Parquet cut off": ("a.parquet", parquet(text=["good"])[:-9], "cannot be read as Parquet"),
    "Excel under another name": ("a.csv", workbook(["text"]), "holds an Excel workbook"),
    "Excel cut off": ("a.xlsx", workbook(["text"], ["good"])[:-40], "cannot be read as Excel"),
    "ZIP of something else": ("a.xlsx", b"PK\x05\x06" + b"\0" * 18, "is not Excel"),
    "old Excel": ("a.xls", b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    "Git-LFS pointer": ("a.csv", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "JSON object": ("a.json", b'{"text": "good"}', "give --input-format jsonl"),
    "unknown ending": ("a.doc", b"x", "the ending .doc tells no format"),
}


class Checker:
    """Answers everything but "boom" and long texts."""

    fingerprint = {}  # noqa: RUF012 (a stand-in)

    def check_many(self, claims, /):
        if "boom" in claims:
            raise RuntimeError("the checker broke")
        return [self.answer(text) for text in claims]

    def answer(self, text):
        if len(text) > 5_000:
            return Verdict(Claim(text), "", 0.0, "error", error="too long")
        return Verdict(Claim(text), "NOT ENOUGH INFO", 0.7, "low_probability", {"SUPPORTS": 0.2, "REFUTES": 0.1, "NOT ENOUGH INFO": 0.7})


@pytest.fixture
def batch(monkeypatch, tmp_path):
    """Run the command on a file in an empty folder."""
    monkeypatch.setattr(FactChecker, "load", classmethod(lambda *_, **__: Checker()))
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        done = CliRunner().invoke(cli.main, ["batch", *arguments], catch_exceptions=False)
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        return done

    return command


@pytest.mark.parametrize("case", ROWS)
def test_each_row_comes_out_in_its_place_and_every_good_one_is_answered(batch, tmp_path, case):
    name, content, signs = ROWS[case]
    (tmp_path / name).write_bytes(content)
    done = batch(name, "-o", "out.jsonl")
    assert done.exit_code == (EXIT_BAD_ROWS if "-" in signs else EXIT_DONE)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").split("\n") if line]
    assert "".join("-" if row["factcheck_reason"] == "error" else "+" for row in rows) == signs
    for row in rows:
        bad = row["factcheck_reason"] == "error"
        assert (row["factcheck_verdict"] is None) == bad
        assert bool(row["factcheck_error"]) == bad
        if bad:
            assert row["factcheck_error"].startswith(f"{name}:")
            assert "\n" not in row["factcheck_error"]
            assert len(row["factcheck_error"]) < 400


@pytest.mark.parametrize("written", ["csv", "tsv", "json", "parquet", "xlsx"])
@pytest.mark.parametrize(
    "case", ["rows ragged", "JSON Lines with a lone surrogate", "a line of 200 kB", "Excel", "Parquet, texts that are none"]
)
def test_a_bad_row_comes_out_in_every_format(batch, tmp_path, case, written):
    name, content, signs = ROWS[case]
    (tmp_path / name).write_bytes(content)
    assert batch(name, "-o", f"out.{written}").exit_code == (EXIT_BAD_ROWS if "-" in signs else EXIT_DONE)
    with read_rows(tmp_path / f"out.{written}") as reader:
        rows = list(reader)
    assert [row.error for row in rows] == [""] * len(signs)
    assert "".join("-" if row.values["factcheck_reason"] == "error" else "+" for row in rows) == signs


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_one_clear_line_and_leaves_what_was_there(batch, tmp_path, case):
    name, content, words = REFUSED[case]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    (tmp_path / "out.csv").write_text("old\n")
    done = batch(name, "-o", "out.csv")
    assert done.exit_code == EXIT_USAGE
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert words in line
    assert (tmp_path / "out.csv").read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({"out.csv", name} if content is not None else {"out.csv"})


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "xlsx"])
def test_a_folder_is_no_table(batch, tmp_path, ending):
    (tmp_path / f"a.{ending}").mkdir()
    done = batch(f"a.{ending}", "-o", "out.csv")
    assert (done.exit_code, done.stderr.count("\n")) == (EXIT_USAGE, 1)
    assert "is a folder; give a file" in done.stderr


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.xlsx"])
def test_a_file_that_may_not_be_read_is_one_clear_line(batch, tmp_path, monkeypatch, name):
    def refuse(*_, **__):  # root may read everything
        raise PermissionError(13, "Permission denied")

    (tmp_path / name).write_bytes(GOOD)
    monkeypatch.setattr(lines.Path, "open", refuse)
    done = batch(name, "-o", "out.csv")
    assert (done.exit_code, done.stderr.count("\n")) == (EXIT_USAGE, 1)
    assert "may not be read by this user" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full") or not stat.S_ISCHR(os.stat("/dev/full").st_mode), reason="a device of Linux")  # noqa: PTH110, PTH116
@pytest.mark.parametrize("written", ["csv", "jsonl", "json", "parquet", "xlsx"])
def test_a_full_disk_ends_with_one_and_one_clear_line(batch, tmp_path, written):
    (tmp_path / "a.csv").write_bytes(GOOD)
    done = batch("a.csv", "-o", "/dev/full", "--format", written)
    assert (done.exit_code, done.stderr.count("\n")) == (EXIT_FAILED, 1)
    assert "/dev/full: writing failed: no space left on device" in done.stderr


@pytest.mark.parametrize("target", ["none/out.csv", ".", "out.csv.gz", "out.xls", "out", "a.csv"])
def test_a_target_that_cannot_be_is_one_clear_line(batch, tmp_path, target):
    (tmp_path / "a.csv").write_bytes(GOOD)
    done = batch("a.csv", "-o", target)
    assert (done.exit_code, done.stderr.count("\n")) == (EXIT_USAGE, 1)
    assert (tmp_path / "a.csv").read_bytes() == GOOD
