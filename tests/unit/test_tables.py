"""Reading tables: what is malformed is named, in its place, and takes nothing else with it."""

import csv
import datetime
import gzip
import io
import json
import random
import sys
import tracemalloc
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from factcheck import binary, lines, scanning, tables
from factcheck.errors import InputError
from factcheck.scanning import MAX_CELL, MAX_RECORD
from factcheck.tables import find_sources, format_of, read_rows, read_series, require_column


@pytest.fixture
def read(tmp_path):
    """Write bytes to a file and read its rows."""

    def rows(content, name="posts.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        with read_rows(path, **options) as reader:
            return list(reader)

    return rows


@pytest.fixture
def stdin(monkeypatch):
    """Set what comes on standard input."""

    def put(content):
        stream = io.TextIOWrapper(io.BytesIO(content))
        monkeypatch.setattr(sys, "stdin", stream)
        return stream

    return put


# ---------------------------------------------------------------------------------------------------------------------
# Good tables
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "id,text\n007,NA\n,null\n", [{"id": "007", "text": "NA"}, {"id": "", "text": "null"}]),
        ("a.csv", "id,text\r\n1,a\r\n2,b", [{"id": "1", "text": "a"}, {"id": "2", "text": "b"}]),
        ("a.csv", "id,text\r1,a\r2,b\r", [{"id": "1", "text": "a"}, {"id": "2", "text": "b"}]),
        ("a.csv", 'id,text\n1,"a ""b"", c"\n', [{"id": "1", "text": 'a "b", c'}]),
        ("a.csv", 'id,text\n1,"a\nb\r\nc"\n2,d\n', [{"id": "1", "text": "a\nb\r\nc"}, {"id": "2", "text": "d"}]),
        ("a.csv", "id,text\n1,5' 10\" tall\n", [{"id": "1", "text": "5' 10\" tall"}]),
        ("a.csv", "id,text\n1, padded \n", [{"id": "1", "text": " padded "}]),
        ("a.csv", "id,text\n1,line\u2028sep\x0b\x0c\n", [{"id": "1", "text": "line\u2028sep\x0b\x0c"}]),
        ("a.csv", "\ufeffid,text\n1,a\n", [{"id": "1", "text": "a"}]),
        ("a.csv", "\n\nid,text\n\n1,a\n\n\n2,b\n\n", [{"id": "1", "text": "a"}, {"id": "2", "text": "b"}]),
        ("a.csv", "text\na\n\n\nb\n\n\n", [{"text": "a"}, {"text": ""}, {"text": ""}, {"text": "b"}]),
        ("a.csv", "id,text\n", []),
        ("a.csv", "id,text", []),
        ("a.CSV", "id,text\n1,a\n", [{"id": "1", "text": "a"}]),
        ("a.tsv", "id\ttext\n1\ta, b\n", [{"id": "1", "text": "a, b"}]),
        ("a.tab", 'id\ttext\n1\t"a\tb"\n', [{"id": "1", "text": "a\tb"}]),
        ("a.jsonl", '{"id": 7, "text": "a"}\n\n{"text": "b"}', [{"id": 7, "text": "a"}, {"text": "b"}]),
        ("a.ndjson", '\ufeff{"text": "a"}\r\n{"text": "b"}\r\n', [{"text": "a"}, {"text": "b"}]),
        ("a.jsonl", '{"text": "a\u2028b"}\n', [{"text": "a\u2028b"}]),
    ],
)
def test_a_good_table_is_read_as_it_stands(read, name, content, expected):
    rows = read(content, name)
    assert [row.values for row in rows] == expected
    assert [row.error for row in rows] == [""] * len(expected)
    assert [row.number for row in rows] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "utf-8", "UTF8", "gb18030"])
def test_another_encoding_is_read_when_it_is_named(read, encoding):
    (row,) = read("id,text\n1,café\n".encode(encoding), encoding=encoding)
    assert row.values == {"id": "1", "text": "café"}


def test_a_byte_order_mark_of_a_named_byte_order_does_not_join_the_header(read):
    (row,) = read("\ufeffid,text\n1,a\n".encode("utf-16-le"), encoding="utf-16-le")
    assert list(row.values) == ["id", "text"]


def test_the_format_can_be_given_against_the_ending(read):
    assert read('{"text": "a"}\n', "posts.txt", format="jsonl")[0].values == {"text": "a"}
    assert read('{"text": "a"}\n', "posts.json", format="jsonl")[0].values == {"text": "a"}


def test_standard_input_is_csv_unless_said_otherwise_and_stays_open(stdin):
    stream = stdin(b"text\na\n")
    with read_rows("-") as reader:
        assert [row.values for row in reader] == [{"text": "a"}]
        assert (reader.name, reader.fraction) == ("stdin", None)
    assert not stream.buffer.closed
    stdin(b'{"text": "a"}\n')
    with read_rows("-", format="jsonl") as reader:
        assert [row.values for row in reader] == [{"text": "a"}]


def test_fraction_tells_how_much_was_read(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("text\n" + "abcdefghi\n" * 100_000)
    with read_rows(path) as reader:
        rows = iter(reader)
        shares = [reader.fraction for _ in rows if reader.fraction is not None]
    assert shares[0] < 0.2
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


# ---------------------------------------------------------------------------------------------------------------------
# Bad rows: named in their place, the rest goes on
# ---------------------------------------------------------------------------------------------------------------------

# name of the case: (file name, what stands between the good rows "1" and "2", kind, words of the message)
GZIP = gzip.compress(b"id,text\n" + b"1,a post\n" * 9)
ZSTD = zstandard.ZstdCompressor().compress(b"id,text\n" + b"1,a post\n" * 9)
BAD_CSV = {
    "too few cells": ("a.csv", "x\n", "ragged", "has 1 cell where the header has 2"),
    "too many cells": ("a.csv", "x,y,z\n", "ragged", "has 3 cells where the header has 2"),
    "a cell too many that is empty": ("a.csv", "x,y,\n", "ragged", "has 3 cells"),
    "too few cells of tsv": ("a.tsv", "x y\n", "ragged", "a cell with a tab"),
    "white space alone": ("a.csv", "   \n", "ragged", "has 1 cell"),
    "NUL in a cell": ("a.csv", "x,a\0b\n", "nul", "NUL character"),
    "NULs alone": ("a.csv", "\0\0\0\n", "nul", "NUL character"),
    "Latin-1 in UTF-8": ("a.csv", b"x,caf\xe9\n", "encoding", "byte 0xe9, which is not utf-8"),
    "UTF-8 cut short": ("a.csv", b"x,caf\xc3\n", "encoding", "byte 0xc3"),
    "overlong UTF-8": ("a.csv", b"x,\xc0\xaf\n", "encoding", "byte 0xc0"),
    "encoded surrogate": ("a.csv", b"x,\xed\xa0\x80\n", "encoding", "byte 0xed"),
    "byte that no UTF-8 has": ("a.csv", b"x,\xff\n", "encoding", "--encoding"),
    "bad byte in a quoted line break": ("a.csv", b'x,"a\n\x80"\n', "encoding", "byte 0x80"),
    "text behind a closing quote": ("a.csv", 'x,"a"b\n', "quote", "not doubled"),
    "quote inside a quoted cell": ("a.csv", 'x,"say "no" twice"\n', "quote", "not doubled"),
    "quote inside a quoted cell of tsv": ("a.tsv", 'x\t"a" b\n', "quote", "not doubled"),
    "a long cell": ("a.csv", f"x,{'y' * (MAX_CELL + 1)}\n", "cell_too_long", "at most 131,072"),
    "a long quoted cell": ("a.csv", f'x,"{"y" * 200_000}"\n', "cell_too_long", "at most 131,072"),
    "a long line": ("a.csv", f"x,{'y' * (MAX_RECORD + 1)}\n", "line_too_long", "at most 1,048,576"),
    "a very long line": ("a.csv", f"x,{'y' * (3 * MAX_RECORD)}\n", "line_too_long", "at most 1,048,576"),
    "a long line of short cells": ("a.csv", "y," * MAX_RECORD + "\n", "line_too_long", "at most 1,048,576"),
    "many cells": ("a.csv", "y," * 20_000 + "\n", "ragged", "has 20001 cells"),
}
BAD_JSON = {
    "no JSON": ("hello\n", "json", "is not JSON: Expecting value (character 1)"),
    "cut object": ('{"text": "a"\n', "json", "is not JSON"),
    "trailing comma": ('{"text": "a",}\n', "json", "is not JSON"),
    "single quotes": ("{'text': 'a'}\n", "json", "is not JSON"),
    "two objects": ('{"text": "a"} {"text": "b"}\n', "json", "Extra data"),
    "raw tab in a text": ('{"text": "a\tb"}\n', "json", "Invalid control character"),
    "bad escape": (r'{"text": "\x41"}' + "\n", "json", "Invalid \\\\escape|Invalid"),
    "list": ('["a"]\n', "not_an_object", "is a list and no object"),
    "text": ('"a"\n', "not_an_object", "is a text and no object"),
    "number": ("1\n", "not_an_object", "is a number and no object"),
    "null": ("null\n", "not_an_object", "is null and no object"),
    "truth value": ("true\n", "not_an_object", "is a truth value and no object"),
    "NaN alone": ("NaN\n", "not_an_object", "is null and no object"),
    "open list": ("[\n", "json", "is not JSON"),
    "same key twice": ('{"text": "a", "text": "b"}\n', "duplicate_key", "gives the key 'text' twice"),
    "same key twice inside": ('{"text": "a", "x": {"k": 1, "k": 1}}\n', "duplicate_key", "gives the key 'k' twice"),
    "same key twice, escaped": ('{"text": "a", "\\u0074ext": "b"}\n', "duplicate_key", "'text'"),
    "deep": ('{"text": ' + "[" * 101 + "]" * 101 + "}\n", "json", "nested more than 100 deep"),
    "very deep": ("[" * 100_000 + "\n", "json", "nested more than 100 deep"),
    "NUL": ('{"text": "a\0"}\n', "nul", "NUL character"),
    "Latin-1": (b'{"text": "caf\xe9"}\n', "encoding", "byte 0xe9"),
    "long": ('{"text": "' + "y" * MAX_RECORD + '"}\n', "line_too_long", "at most 1,048,576"),
}


def _between(content, before, after):
    return before + (content if isinstance(content, bytes) else content.encode()) + after


@pytest.mark.parametrize("case", BAD_CSV)
def test_a_bad_row_of_csv_is_named_and_the_rows_around_it_are_read(read, case):
    name, content, kind, words = BAD_CSV[case]
    sign = b"\t" if name.endswith("tsv") else b","
    rows = read(_between(content, b"id%stext\n1%sa\n" % (sign, sign), b"2%sb\n" % sign), name)
    good, bad, last = rows
    assert (good.values, last.values) == ({"id": "1", "text": "a"}, {"id": "2", "text": "b"})
    assert (good.error, last.error) == ("", "")
    assert (bad.kind, bad.number, bad.line) == (kind, 2, 3)
    assert bad.error.startswith(f"{name}:3: row 2 ")
    assert words in bad.error
    assert "\n" not in bad.error
    assert len(bad.error) < 300


@pytest.mark.parametrize("case", BAD_JSON)
def test_a_bad_line_of_json_is_named_and_the_lines_around_it_are_read(read, case):
    content, kind, words = BAD_JSON[case]
    good, bad, last = read(_between(content, b'{"text": "a"}\n', b'{"text": "b"}\n'), "a.jsonl")
    assert (good.values, last.values) == ({"text": "a"}, {"text": "b"})
    assert (bad.kind, bad.number, bad.line, bad.values) == (kind, 2, 2, {})
    assert bad.error.startswith("a.jsonl:2: row 2 ")
    assert any(part in bad.error for part in words.split("|"))
    assert "\n" not in bad.error
    assert len(bad.error) < 300


@pytest.mark.parametrize(
    "rest",
    [
        "6,b\n7,c\n",
        '6,b\n7,"c, c"\n8,"d"\n',
        '6,b\n7,"c\nc"\n8,d\n',
        "".join(f"{number},post\n" for number in range(60_000)),
        "".join(f'{number},"post, {number}"\n' for number in range(2_000)),
    ],
)
def test_a_missing_closing_quote_costs_its_own_row_only(read, rest):
    rows = read('id,text\n5,"never closed\n' + rest)
    assert (rows[0].kind, rows[0].number, rows[0].line) == ("quote", 1, 2)
    assert rows[0].values == {"id": "5", "text": "never closed"}
    expected = list(csv.DictReader(io.StringIO("id,text\n" + rest, newline="")))
    assert [row.values for row in rows[1:]] == expected
    assert not any(row.error for row in rows[1:])
    assert rows[1].line == 3


def test_a_missing_closing_quote_in_the_last_row_is_a_bad_row(read):
    good, bad = read('id,text\n1,a\n2,"b')
    assert (good.error, bad.kind) == ("", "quote")


def test_a_file_of_open_quotes_is_read_in_time_that_grows_with_its_length(tmp_path, monkeypatch):
    # Each line leaves a quote open that the next line closes and opens again.
    monkeypatch.setattr(scanning, "MAX_RECORD", 2_000)
    path = tmp_path / "hostile.csv"
    path.write_text("id,text\n" + 'x","abc\n' * 20_000)
    with read_rows(path) as reader:
        taken = []
        take = reader._source.take
        monkeypatch.setattr(reader._source, "take", lambda: taken.append(1) or take())
        assert sum(bool(row.error) for row in reader) == 20_000
    assert len(taken) < 3 * 20_000


def test_a_line_without_end_takes_no_more_memory_than_a_short_file(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("id,text\n1,a\n")
        for _ in range(60):
            file.write("x" * MAX_RECORD)
        file.write("\n2,b\n")
    tracemalloc.start()
    with read_rows(path) as reader:
        kinds = [row.kind for row in reader]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kinds == ["", "line_too_long", ""]
    assert peak < 12 * MAX_RECORD


@pytest.mark.parametrize("beyond", [1, 1 << 16, 2 << 16])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_line_end_that_the_cut_of_a_long_line_falls_into_is_no_row(read, monkeypatch, name, beyond):
    monkeypatch.setattr(lines, "MAX_LINE", 1_000)
    monkeypatch.setattr(scanning, "MAX_RECORD", 1_000)
    first, last = ("text", "good") if name == "a.csv" else ('{"text": "good"}', '{"text": "good"}')
    for length in (1_000 + beyond - 1, 1_000 + beyond):  # the reading stops behind the \r, or behind what stands before it
        rows = read(f"{first}\r\n{'x' * length}\r\n{last}\r\n", name)
        assert [row.kind for row in rows][-2:] == ["line_too_long", ""]
        assert [row.line for row in rows][-2:] == [2, 3]


def test_what_can_be_read_of_a_bad_row_is_kept(read):
    short, long, odd = read(b"id,text,lang\n1,a\n2,b,c,d\n3,caf\xe9\0,en\n")
    assert short.values == {"id": "1", "text": "a", "lang": ""}
    assert long.values == {"id": "2", "text": "b", "lang": "c"}
    assert odd.values == {"id": "3", "text": "caf\ufffd\ufffd", "lang": "en"}


def test_utf16_that_ends_inside_a_character_is_a_bad_last_row(read):
    good, bad = read("id,text\n1,a\n2,b".encode("utf-16")[:-1], encoding="utf-16")
    assert (good.error, bad.kind) == ("", "encoding")


def test_json_keeps_what_json_can_hold_and_nulls_what_it_cannot(read):
    (row,) = read(
        '{"text": "\\ud800", "a": NaN, "b": -Infinity, "c": 1e999, "d": 12345678901234567890123, "e": ' + "9" * 5000 + "}\n", "a.jsonl"
    )
    assert row.error == ""
    assert row.values == {"text": "\ud800", "a": None, "b": None, "c": "1e999", "d": 12345678901234567890123, "e": "9" * 5000}


# ---------------------------------------------------------------------------------------------------------------------
# Tables that cannot be read at all
# ---------------------------------------------------------------------------------------------------------------------

UNREADABLE = {
    "empty": ("a.csv", b"", {}, "the file is empty"),
    "empty JSON Lines": ("a.jsonl", b"", {}, "the file is empty"),
    "blank lines alone": ("a.csv", b"\n\r\n\n", {}, "the file is empty"),
    "blank lines alone, JSON Lines": ("a.jsonl", b"\n  \n", {}, "the file is empty"),
    "byte-order mark alone": ("a.csv", b"\xef\xbb\xbf", {}, "the file is empty"),
    "UTF-16 with mark": ("a.csv", "id,text\n1,a\n".encode("utf-16"), {}, "looks like UTF-16, not utf-8; give --encoding utf-16"),
    "UTF-16 without mark": ("a.csv", "id,text\n1,a\n".encode("utf-16-le"), {}, "give --encoding utf-16-le"),
    "UTF-16 big-endian": ("a.csv", "id,text\n1,a\n".encode("utf-16-be"), {}, "give --encoding utf-16-be"),
    "UTF-16 JSON": ("a.jsonl", '{"text": "a"}\n'.encode("utf-16"), {}, "give --encoding utf-16"),
    "UTF-32": ("a.csv", "id,text\n1,a\n".encode("utf-32"), {}, "give --encoding utf-32"),
    "UTF-8 said to be UTF-16": ("a.csv", b"id,text\n1,a\n", {"encoding": "utf-16"}, "so it is not utf-16"),
    "Latin-1 header": ("a.csv", b"id,texte_fran\xe7ais\n1,a\n", {}, "a.csv:1: the header has the byte 0xe7"),
    "NUL in the header": ("a.csv", b"id,te\0xt\n1,a\n", {}, "the header has a NUL"),
    "open quote in the header": ("a.csv", b'id,"text\n1,a\n', {}, "the header opens a quote"),
    "long header": ("a.csv", b"x" * (MAX_RECORD + 9), {}, "the header is too long"),
    "column twice": ("a.csv", b"id,text,text\n1,a,b\n", {}, "names 'text' more than once"),
    "columns without names": ("a.csv", b"id,text,,\n1,a,,\n", {}, "names '' more than once"),
    "unknown encoding": ("a.csv", b"text\na\n", {"encoding": "utf-99"}, "unknown encoding 'utf-99'"),
    "encoding of no text": ("a.csv", b"text\na\n", {"encoding": "hex"}, "no encoding of text"),
    "unknown format": ("a.csv", b"text\na\n", {"format": "yaml"}, "allowed are csv, tsv, jsonl, json, parquet, xlsx"),
    "unknown ending": ("a.dat", b"text\na\n", {}, "the ending .dat tells no format"),
    "no ending": ("posts", b"text\na\n", {}, "the ending (none) tells no format"),
    "gzip by ending alone": ("a.csv.gz", b"text\na\n", {}, "the ending .gz means gzip, but the file holds none"),
    "zstd by ending alone": ("a.csv.zst", b"text\na\n", {"format": "csv"}, "the ending .zst means zstd, but the file holds none"),
    "zstd that ends in .gz": ("a.csv.gz", ZSTD, {}, "the ending .gz means gzip"),
    "gzip cut off": ("a.csv.gz", GZIP[:-12], {}, "the gzip data cannot be unpacked"),
    "gzip head alone": ("a.csv", b"\x1f\x8b\x08\0\0\0", {}, "cannot be unpacked behind 0 bytes"),
    "gzip with a wrong checksum": ("a.csv.gz", GZIP[:-8] + b"12345678", {}, "CRC check failed"),
    "gzip of gzip": ("a.csv.gz", gzip.compress(GZIP), {}, "holds gzip data inside a packed file"),
    "gzip of nothing": ("a.csv.gz", gzip.compress(b""), {}, "the file is empty"),
    "zstd cut off": ("a.csv.zst", ZSTD[:-4], {}, "it ends in the middle"),
    "zstd of another form": ("a.csv.zst", ZSTD[:4] + b"\xff" * 40, {}, "the zstd data cannot be unpacked"),
    "packed Parquet": ("a.parquet.gz", GZIP, {}, "Parquet and Excel are packed in themselves"),
    "text that ends in .xlsx": ("a.xlsx", b"id,text\n", {}, "is not Excel"),
    "text that ends in .parquet": ("a.parquet", b"id,text\n", {}, "is not Parquet"),
    "empty Parquet": ("a.parquet", b"", {}, "the file is empty"),
    "Parquet cut off": ("a.parquet", b"PAR1\x15\x04\x15", {}, "cannot be read as Parquet"),
    "Excel cut off": ("a.xlsx", b"PK\x03\x04\x14\0", {}, "cannot be read as Excel"),
    "Git-LFS pointer in place of Parquet": ("a.parquet", b"version https://git-lfs.github.com/spec/v1\n", {}, "git lfs pull"),
    "old Excel": ("a.xls", b"\xd0\xcf\x11\xe0", {}, "save it as .xlsx or as CSV"),
    "Excel by content": ("a.csv", b"PK\x03\x04\x14\0", {}, "Excel workbook"),
    "Parquet by content": ("a.csv", b"PAR1\x15\x04", {}, "--input-format parquet"),
    "one JSON object": ("a.json", b'{"text": "a"}', {}, "give --input-format jsonl"),
    "no JSON array": ("a.json", b'"text"', {}, "holds no array"),
    "blank JSON": ("a.json", b" \n \n", {}, "the file is empty"),
    "Git-LFS pointer": ("a.csv", b"version https://git-lfs.github.com/spec/v1\noid x\n", {}, "git lfs pull"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_table_that_cannot_be_read_is_one_clear_line(read, case):
    name, content, options, words = UNREADABLE[case]
    with pytest.raises(InputError) as caught:
        read(content, name, **options)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing.csv", "there is no such file"),
        ("folder.csv", "is a folder"),
        ("a\0b.csv", "a\\0b.csv: cannot be opened"),
        ("x" * 300 + ".csv", "too long"),
    ],
)
def test_a_path_that_is_no_file_is_one_clear_line(tmp_path, path, words):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"^[^\n\0]*$") as caught:
        read_rows(tmp_path / path)
    assert words in str(caught.value)


def test_a_file_that_may_not_be_read_is_one_clear_line(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tables.Path, "open", refuse)
    with pytest.raises(InputError, match="may not be read by this user"):
        read_rows(tmp_path / "posts.csv")


def test_a_disk_that_fails_while_reading_is_one_clear_line(stdin, monkeypatch):
    class Failing(io.BytesIO):
        def read1(self, size=-1):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Failing(b"text\n")))
    with pytest.raises(InputError, match="stdin: cannot be read: input/output error"):
        read_rows("-")


@pytest.mark.parametrize(("content", "words"), [(b"", "nothing came in"), (None, "no standard input")])
def test_no_standard_input_is_one_clear_line(stdin, monkeypatch, content, words):
    if content is None:
        monkeypatch.setattr(sys, "stdin", None)
    else:
        stdin(content)
    with pytest.raises(InputError, match=words):
        read_rows("-")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["id", "post"], "the columns are 'id', 'post'; give its name with --text-column"),
        (["id", "Text "], "did you mean --text-column 'Text '?"),
        (["id;text;lang"], "separated by ';'"),
        (["id\ttext"], "give the format tsv"),
        ([f"c{number}" for number in range(99)], "and 79 more"),
    ],
)
def test_a_missing_column_is_answered_with_those_that_there_are(columns, words):
    with pytest.raises(InputError, match="there is no column 'text'") as caught:
        require_column(columns, "text", name="a.csv", option="--text-column")
    assert words in str(caught.value)


@given(content=st.binary(max_size=200), ending=st.sampled_from(["csv", "tsv", "jsonl"]))
def test_no_bytes_at_all_raise_anything_but_an_input_error(tmp_path_factory, content, ending):
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(b"id,text\n" + content)
    try:
        with read_rows(path) as reader:
            for row in reader:
                assert bool(row.error) == bool(row.kind)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 (an error is allowed, not required)


@pytest.mark.parametrize(
    ("path", "given_format", "expected"),
    [("-", None, "csv"), ("-", "jsonl", "jsonl"), ("a.TSV", None, "tsv"), ("a.txt", "csv", "csv"), ("a.csv", "jsonl", "jsonl")],
)
def test_the_format_follows_the_ending_unless_given(path, given_format, expected):
    assert format_of(path, given_format, option="--format") == expected


def test_an_output_that_is_no_format_of_ours_is_refused():
    with pytest.raises(InputError, match="choose another ending"):
        format_of("a.xls", None, option="--format")
    with pytest.raises(InputError, match="pack the file afterwards"):
        format_of("a.csv.gz", "csv", option="--format")


# ---------------------------------------------------------------------------------------------------------------------
# Packed files, JSON arrays, Parquet, Excel
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv", "a.tsv.gz", "a.jsonl.gz", "a.json.zst", "a.csv.zst"])
def test_packed_files_are_read_by_their_first_bytes_in_one_piece_or_in_several(read, name):
    texts = {"csv": ("id,text\n1,a\n", "2,b\n"), "tsv": ("id\ttext\n1\ta\n", "2\tb\n")}
    texts |= {
        "jsonl": ('{"id": "1", "text": "a"}\n', '{"id": "2", "text": "b"}\n'),
        "json": ('[{"id": "1", "text": "a"}', ',{"id": "2", "text": "b"}]'),
    }
    pack = zstandard.ZstdCompressor().compress if name.endswith("zst") else gzip.compress
    parts = [pack(part.encode()) for part in texts[name.split(".")[1]]]
    for content in (b"".join(parts), pack("".join(texts[name.split(".")[1]]).encode())):
        assert [row.values for row in read(content, name)] == [{"id": "1", "text": "a"}, {"id": "2", "text": "b"}]


def test_a_packed_stream_is_unpacked_too(stdin):
    stdin(gzip.compress(b"text\na\n"))
    with read_rows("-") as reader:
        assert [row.values for row in reader] == [{"text": "a"}]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_bomb_ends_at_the_limit_in_little_memory(tmp_path, monkeypatch, pack):
    path = tmp_path / "bomb.csv"
    path.write_bytes(pack(b"text\n" + b"\0" * 60_000_000))
    monkeypatch.setattr(lines, "MAX_UNPACKED", 50_000_000)
    tracemalloc.start()
    with read_rows(path) as reader, pytest.raises(InputError, match="unpacks to more than 50,000,000 bytes"):
        list(reader)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000


@pytest.mark.parametrize(
    ("package", "name"), [("zstandard", "a.csv.zst"), ("pyarrow", "a.parquet"), ("python_calamine", "a.xlsx"), ("zstandard", "a.jsonl")]
)
def test_a_missing_package_is_answered_with_the_command_that_installs_it(read, monkeypatch, package, name):
    for module in [name for name in sys.modules if name.partition(".")[0] == package] + [package]:
        monkeypatch.setitem(sys.modules, module, None)
    content = {"parquet": b"PAR1", "xlsx": b"PK\x03\x04"}.get(name[2:], ZSTD)
    with pytest.raises(InputError, match=rf"needs the package {package}, which is not installed: pip install 'claim-factcheck\[io\]'"):
        read(content, name)


BAD_ARRAYS = {
    "trailing comma in an object": ('[{"text": "a"}, {"text": "x",}, {"text": "b"}]', ["", "json", ""]),
    "no object": ('[{"text": "a"}, 5, {"text": "b"}]', ["", "not_an_object", ""]),
    "nothing between commas": ('[{"text": "a"},, {"text": "b"}]', ["", "json", ""]),
    "comma at the end": ('[{"text": "a"},]', ["", "json"]),
    "cut behind an object": ('[{"text": "a"}', ["", "json"]),
    "cut behind a comma": ('[{"text": "a"},\n', ["", "json"]),
    "cut inside a text": ('[{"text": "a"}, {"text": "b', ["", "json"]),
    "cut behind a backslash": ('[{"text": "a"}, {"text": "b\\', ["", "json"]),
    "open bracket alone": ("[", ["json"]),
    "text behind the array": ('[{"text": "a"}]\n[{"text": "b"}]', ["", "json"]),
    "a brace too many": ('[{"text": "a"}}, {"text": "b"}]', ["json", ""]),
    "key twice": ('[{"text": "a"}, {"text": "b", "text": "c"}]', ["", "duplicate_key"]),
    "a long text": ('[{"text": "' + "y" * MAX_RECORD + '"}, {"text": "b"}]', ["line_too_long", ""]),
    "NUL": ('[{"text": "a\0"}, {"text": "b"}]', ["nul", ""]),
    "Latin-1": (b'[{"text": "caf\xe9"}, {"text": "b"}]', ["encoding", ""]),
    "deep": ("[" * 500 + "]" * 500, ["not_an_object"]),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_a_bad_element_of_a_json_array_takes_no_other_with_it(read, case):
    content, kinds = BAD_ARRAYS[case]
    rows = read(content, "a.json")
    assert [row.kind for row in rows] == kinds
    assert all("\n" not in row.error and len(row.error) < 300 for row in rows)


def test_elements_of_a_json_array_are_named_by_the_line_where_they_begin(read):
    rows = read('\n[\n{"text":\n"a"},\n\n5,\n{"text": "b"}\n]\n', "a.json")
    assert [row.line for row in rows] == [3, 6, 7]


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=6),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=3), x, max_size=3),
    max_leaves=8,
)


@given(
    rows=st.lists(st.dictionaries(st.text(max_size=4), TREES, max_size=3), max_size=5),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_a_json_array_is_read_as_json_reads_it_wherever_its_pieces_end(tmp_path_factory, rows, indent, ascii_only):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(json.dumps(rows, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "backslashreplace"))
    with pytest.MonkeyPatch.context() as patch:
        sizes = random.Random(len(rows))
        patch.setattr(lines.Lines, "piece", lambda self: self._stream.read(sizes.randrange(1, 5)))
        with read_rows(path) as reader:
            read = list(reader)
    nul = [row.kind == "nul" for row in read]
    assert [row.values for row, skip in zip(read, nul, strict=True) if not skip] == [
        row for row, skip in zip(rows, nul, strict=True) if not skip
    ]


TYPED = pa.table(
    {
        "id": pa.array([7, None, 2**60], pa.int64()),
        "text": pa.array(["a", "=1+1", None]),
        "when": pa.array([datetime.datetime(2020, 1, 2, 3, 4, 5, 678901)] * 3),
        "tags": pa.array([["x"], [], None], pa.list_(pa.string())),
        "kind": pa.array(["p", "q", "p"]).dictionary_encode(),
        "raw": pa.array([b"\xff", b"", None]),
    }
)


def test_parquet_comes_in_with_its_types(tmp_path):
    pq.write_table(TYPED, tmp_path / "a.parquet")
    with read_rows(tmp_path / "a.parquet") as reader:
        assert reader.columns == tuple(TYPED.column_names)
        rows = list(reader)
        assert reader.fraction == 1.0
    assert [row.values for row in rows] == TYPED.to_pylist()
    assert [row.number for row in rows] == [1, 2, 3]


def test_a_value_of_parquet_that_is_no_text_is_a_bad_row(tmp_path):
    broken = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xffa")])
    pq.write_table(pa.table({"text": broken}), tmp_path / "a.parquet")
    with read_rows(tmp_path / "a.parquet") as reader:
        bad, good = reader
    assert (bad.kind, good.values) == ("value", {"text": "a"})
    assert bad.error.startswith("a.parquet:1: row 1 has a value that cannot be read")


def test_parquet_is_read_in_memory_that_does_not_grow_with_it(tmp_path):
    def peak(rows):
        pq.write_table(pa.table({"text": [f"post number {number} with some words" for number in range(rows)]}), tmp_path / "a.parquet")
        before = pa.total_allocated_bytes()
        most = 0
        with read_rows(tmp_path / "a.parquet") as reader:
            for row in reader:
                most = max(most, pa.total_allocated_bytes() - before) if row.number % 1_000 == 0 else most
        return most

    assert peak(200_000) < 2 * peak(50_000)


def workbook(path, rows):
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime.date):
                sheet.write_datetime(number, column, cell, day)
            else:
                sheet.write(number, column, cell)
    book.close()


def test_a_workbook_comes_in_with_its_values_and_without_its_blank_rows(tmp_path):
    workbook(tmp_path / "a.xlsx", [["id", "text", 2020], ["007", "=1+1", 7], [], [1.5, "a\nb", True], ["x", "", datetime.date(2020, 1, 2)]])
    with read_rows(tmp_path / "a.xlsx") as reader:
        assert reader.columns == ("id", "text", "2020")
        rows = list(reader)
    assert [list(row.values.values()) for row in rows] == [["007", "=1+1", 7], [1.5, "a\nb", True], ["x", "", datetime.date(2020, 1, 2)]]
    assert [type(row.values["2020"]) for row in rows] == [int, bool, datetime.date]
    assert [row.line for row in rows] == [2, 4, 5]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "the first sheet is empty"),
        ([["text", "text"], ["a", "b"]], "names 'text' more than once"),
        ([["text", "", ""], ["a", "b", "c"]], "names '' more than once"),
        ([["text"], *[[]] * 1_048_574, ["", *[""] * 16_382, "x"]], "has a sheet of 17,179,869,184 cells"),
    ],
)
def test_a_workbook_that_is_no_table_or_would_not_fit_in_memory_is_refused(tmp_path, rows, words):
    workbook(tmp_path / "a.xlsx", rows)
    with pytest.raises(InputError, match=words):
        read_rows(tmp_path / "a.xlsx")


def test_a_sheet_is_measured_wherever_it_lies_in_the_workbook(tmp_path, monkeypatch):
    workbook(tmp_path / "a.xlsx", [["text"], ["a"], ["b"]])
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as moved:
        for name in archive.namelist():
            content = archive.read(name).replace(b"worksheets/sheet1.xml", b"elsewhere/one.xml")
            moved.writestr(name.replace("worksheets/sheet1.xml", "elsewhere/one.xml"), content)
    with read_rows(tmp_path / "b.xlsx") as reader:
        assert len(list(reader)) == 2
    monkeypatch.setattr(binary, "MAX_SHEET_CELLS", 2)
    with pytest.raises(InputError, match="has a sheet of 3 cells"):
        read_rows(tmp_path / "b.xlsx")


def test_a_text_that_looks_like_a_far_cell_is_none(tmp_path):
    text = '<worksheet><sheetData><c r="XFD1048576"> and r="XFD1048576" '
    workbook(tmp_path / "a.xlsx", [["text"], [text]])
    with read_rows(tmp_path / "a.xlsx") as reader:
        assert [row.values for row in reader] == [{"text": text}]


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    workbook(tmp_path / "a.xlsx", [["text"], ["a"]])
    monkeypatch.setattr(binary, "MAX_SHEET_BYTES", 100)
    with pytest.raises(InputError, match="unpacks to"):
        read_rows(tmp_path / "a.xlsx")


def test_a_workbook_with_a_damaged_part_is_refused(tmp_path):
    workbook(tmp_path / "a.xlsx", [["text"], ["a"]])
    content = bytearray((tmp_path / "a.xlsx").read_bytes())
    content[content.index(b"xl/worksheets/sheet1.xml") + 60] ^= 0xFF
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as Excel"):
        read_rows(tmp_path / "a.xlsx")


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_parquet_and_excel_are_not_read_from_a_stream(stdin, form):
    stdin(b"PAR1")
    with pytest.raises(InputError, match="cannot be read from standard input; give a file"):
        read_rows("-", format=form)


# ---------------------------------------------------------------------------------------------------------------------
# Several files as one
# ---------------------------------------------------------------------------------------------------------------------


def test_files_are_read_one_after_the_other_and_each_counts_its_own_rows(tmp_path):
    (tmp_path / "p-2.csv").write_text("text,id\nb,2\nc\n")
    (tmp_path / "p-1.csv.gz").write_bytes(gzip.compress(b"id,text\n1,a\n"))
    (tmp_path / "other.csv").write_text("x\n")
    with read_series(find_sources([tmp_path / "p-*"])) as reader:
        rows = list(reader)
        assert reader.fraction == 1.0
    assert reader.columns == ("id", "text")
    assert [(row.file, row.number, row.values) for row in rows[:2]] == [
        ("p-1.csv.gz", 1, {"id": "1", "text": "a"}),
        ("p-2.csv", 1, {"text": "b", "id": "2"}),
    ]
    assert rows[2].error.startswith("p-2.csv:3: row 2 has 1 cell")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("b.csv", "id,body\n1,a\n", "b.csv: has the column 'body', which a.csv lacks"),
        ("b.csv", "text\na\n", "b.csv: lacks the column 'id' of a.csv"),
        ("b.tsv", "id\ttext\n1\ta\n", "b.tsv: is tsv where a.csv is csv"),
        ("b.csv", "", "b.csv: the file is empty"),
        ("c*.csv", None, "no file fits this pattern"),
        ("-", None, "standard input cannot be read beside files"),
    ],
)
def test_files_that_do_not_fit_together_are_refused_before_a_row_is_read(tmp_path, monkeypatch, name, content, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("id,text\n1,a\n")
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=words.replace("*", r"\*")):
        read_series(find_sources(["a.csv", name]))


def test_a_file_that_two_patterns_find_is_read_once_and_one_named_twice_twice(tmp_path):
    for name in ("a-1.csv", "a-2.csv", "b.csv"):
        (tmp_path / name).write_text("text\na\n")
    found = find_sources([tmp_path / "b.csv", str(tmp_path / "a-*.csv"), str(tmp_path / "*.csv")])
    assert [str(path) for path in found] == [str(tmp_path / name) for name in ("b.csv", "a-1.csv", "a-2.csv")]
    assert find_sources([tmp_path / "b.csv"] * 2) == (tmp_path / "b.csv",) * 2


def test_a_path_that_exists_is_no_pattern(tmp_path):
    odd = tmp_path / "a[1].csv"
    odd.write_text("text\na\n")
    assert find_sources([odd]) == (odd,)
    with pytest.raises(InputError, match="there is nothing to read"):
        find_sources([])


def test_parquet_files_of_other_types_are_refused(tmp_path):
    pq.write_table(pa.table({"text": ["a"], "n": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["a"], "n": ["1"]}), tmp_path / "b.parquet")
    with pytest.raises(InputError, match=r"b\.parquet: has string in the column 'n' where a\.parquet has int64"):
        read_series([tmp_path / "a.parquet", tmp_path / "b.parquet"])


def test_a_folder_is_called_one_and_the_way_to_its_files_is_told(tmp_path):
    with pytest.raises(InputError, match=r"is a folder; give a file, or several by a pattern such as '.*\*\.csv'"), read_rows(tmp_path):
        pass
