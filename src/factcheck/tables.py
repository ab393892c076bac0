"""Rows in and out of CSV, TSV and JSON Lines: streaming, in constant memory, with an error for each bad row.

A cell comes in as the text that it is: ``007``, ``NA`` and the empty cell stay so. A row that cannot be read comes back
as a row with an error, in its place, and reading goes on behind it. What makes the whole table unreadable (a missing
file, no header, another encoding) is an `InputError` of one line that says what was seen and what to do.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import difflib
import io
import json
import os
import re
import secrets
import shutil
import sys
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from factcheck.errors import FactcheckError, InputError

STREAM = "-"
"""Stands for standard input as a source and for standard output as a target."""

FORMATS = ("csv", "tsv", "jsonl")
INPUT_FORMAT = "--input-format"
OUTPUT_FORMAT = "--format"

MAX_CELL = 131_072
"""Longest cell of a CSV or TSV row, in characters."""

MAX_RECORD = 1_048_576
"""Longest row of any format, in characters, line breaks inside quotes included."""

MAX_DEPTH = 100
"""Deepest nesting of lists and objects in a line of JSON."""

_FORMAT_OF_ENDING = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_UNREAD_ENDINGS = {
    ".gz": ("gzip", "unpack it first (gunzip)"),
    ".zst": ("zstd", "unpack it first (unzstd)"),
    ".bz2": ("bzip2", "unpack it first (bunzip2)"),
    ".xz": ("xz", "unpack it first (unxz)"),
    ".zip": ("ZIP", "unpack it first (unzip)"),
    ".json": ("one JSON document", "write JSON Lines instead, one object a line, ending .jsonl"),
    ".xlsx": ("Excel", "save it as CSV (UTF-8)"),
    ".xls": ("Excel", "save it as CSV (UTF-8)"),
    ".parquet": ("Parquet", "convert it to CSV or JSON Lines"),
}
_MAGIC = (
    (b"\x1f\x8b", "gzip data; unpack it first (gunzip)"),
    (b"\x28\xb5\x2f\xfd", "zstd data; unpack it first (unzstd)"),
    (b"\xfd7zXZ\x00", "xz data; unpack it first (unxz)"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV (UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV (UTF-8)"),
    (b"PAR1", "Parquet; convert it to CSV or JSON Lines"),
    (b"%PDF-", "a PDF; give a table of text"),
    (b"version https://git-lfs", "a Git-LFS pointer and not the file itself; fetch it (git lfs pull)"),
)

_BAD_QUOTE = (
    f"opens a quote that is not closed (within {MAX_RECORD:,} characters), or has a quote inside a quoted cell that is not doubled; "
    'write such a cell as "say ""no"" twice"'
)
_BAD_BYTE = "factcheck-bad-byte"
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_LINE_END = ("\n", "\r")
# What a spreadsheet takes for the start of a formula, in ASCII and in full width.
_FORMULA_START = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    number : int
        1 for the first row after the header; blank lines do not count.
    values : dict of str to object
        Cell by column, in the order of the columns. For a bad row, what could be read of it (an unreadable character
        as U+FFFD, a missing cell as the empty string); it may be empty.
    error : str
        What is wrong with it, beginning ``file:line: row N``; empty for a good row.
    kind : str
        One word for the error, to count by: ``ragged``, ``quote``, ``cell_too_long``, ``line_too_long``, ``encoding``,
        ``nul``, ``json``, ``not_an_object``, ``duplicate_key``; empty for a good row.
    line : int
        Line of the file where it starts, 1 for the first.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    kind: str = ""
    line: int = 0


class TableReader:
    r"""Rows of an open table, one by one; a context manager. Made by `read_rows`.

    Parameters
    ----------
    source : _Source
        Bytes of the table.
    format : str
        ``csv``, ``tsv`` or ``jsonl``.
    encoding : str
        Name of a codec.

    Attributes
    ----------
    name : str
        File name for messages; ``stdin`` for standard input.
    format : str
    columns : tuple of str
        Of the header; empty for JSON Lines, which has none.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "posts.csv")
    >>> _ = path.write_text("id,text\n007,Garlic cures flu\n008\n")
    >>> with read_rows(path) as reader:
    ...     for row in reader:
    ...         print(row.number, row.values["id"], row.error or row.values["text"])
    1 007 Garlic cures flu
    2 008 posts.csv:3: row 2 has 1 cell where the header has 2; a cell with a comma or a line break in it belongs in quotes
    """

    def __init__(self, source: _Source, *, format: str, encoding: str) -> None:  # noqa: A002 (the word that users say)
        self.name = source.name
        self.format = format
        self.columns: tuple[str, ...] = ()
        self._source = source
        self._encoding = encoding
        self._number = 0
        self._lines = _Lines(_text_stream(source, encoding), source.name, encoding)
        self._records = self._json_records() if format == "jsonl" else _CsvRecords(self._lines, _DELIMITERS[format]).records()
        if format != "jsonl":
            self.columns = self._header()
        elif not self._lines.has_more():
            raise InputError(f"{self.name}: the file is empty; expected one JSON object a line")

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file."""
        self.close()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that were not yet read."""
        for record in self._records:
            self._number += 1
            row = Row(self._number, self._values(record), line=record.line)
            kind, problem = self._check(record)
            yield self.bad(row, kind, problem) if kind else row

    def bad(self, row: Row, kind: str, problem: str) -> Row:
        """Return the row with an error.

        Parameters
        ----------
        row : Row
        kind : str
            One word to count by.
        problem : str
            What is wrong and what to do, to be read behind "row N".
        """
        return replace(row, kind=kind, error=f"{self.name}:{row.line}: row {row.number} {problem}")

    @property
    def fraction(self) -> float | None:
        """Share of the file that was read, in [0, 1]; None where its size is unknown."""
        return min(1.0, self._source.position / self._source.size) if self._source.size else None

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._source.close()

    def _header(self) -> tuple[str, ...]:
        record = next(self._records, None)
        if record is None:
            raise InputError(f"{self.name}: the file is empty; expected a header line with the names of the columns")
        kind, problem = self._check(record)
        if kind:
            raise InputError(f"{self.name}:{record.line}: the header {problem}")
        columns = tuple(record.cells)
        twice = sorted({name for name in columns if columns.count(name) > 1})
        if twice:
            raise InputError(
                f"{self.name}: the header names {_listed(twice)} more than once; "
                "the first line must hold the names of the columns, each different"
            )
        return columns

    def _values(self, record: _Record) -> dict[str, Any]:
        if self.format == "jsonl":
            return record.values
        cells = record.cells
        if len(cells) == len(self.columns) and not record.kind and not record.suspect:
            return dict(zip(self.columns, cells, strict=True))
        padded = [*cells, *[""] * (len(self.columns) - len(cells))] if cells else []
        return {name: _UNWRITABLE.sub("\ufffd", cell[:MAX_CELL]) for name, cell in zip(self.columns, padded, strict=False)}

    def _check(self, record: _Record) -> tuple[str, str]:
        """Return the kind and the words of what is wrong; two empty strings for a good record."""
        if record.kind:
            return record.kind, record.problem
        if record.suspect:
            kind, problem = _unreadable(record.suspect, self._encoding)
            if kind:
                return kind, problem
            longest = max(map(len, record.cells), default=0)
            if longest > MAX_CELL:
                return "cell_too_long", _too_long("a cell", longest, MAX_CELL)
        seen, wanted = len(record.cells), len(self.columns)
        if seen != wanted and wanted and self.format != "jsonl":
            sign = "comma" if self.format == "csv" else "tab"
            many = f"has {seen} cell{'s' * (seen != 1)} where the header has {wanted}"
            return "ragged", f"{many}; a cell with a {sign} or a line break in it belongs in quotes"
        return "", ""

    def _json_records(self) -> Iterator[_Record]:
        while line := self._lines.take():
            start = self._lines.number
            if len(line) > MAX_RECORD:
                yield _Record(start, kind="line_too_long", problem=_too_long("the line", MAX_RECORD, MAX_RECORD, at_least=True))
            elif line.strip():
                kind, problem = _unreadable(line, self._encoding) if _is_suspect(line) else ("", "")
                yield _Record(start, kind=kind, problem=problem) if kind else _json_record(start, line)


def read_rows(source: str | Path, *, format: str | None = None, encoding: str = "utf-8") -> TableReader:  # noqa: A002 (as above)
    """Open a table and read its header.

    Memory does not grow with the file, nor with a line of any length. A quoted cell may hold line breaks. Where a
    closing quote is missing, the row where the quote opens is bad and reading goes on with the next *line*, so that one
    such row takes no other with it; the price is that the lines of a quoted cell over the size limit come back as
    rows, mostly bad ones. Blank lines are skipped, except between the rows of a table of one column, where a blank
    line is an empty cell.

    In JSON Lines, ``NaN`` and ``Infinity`` (which JSON does not have) are read as null, a number that no float or
    integer here can hold stays the text that it is, and a key given twice makes the row bad.

    Parameters
    ----------
    source : str or Path
        Path, or ``-`` for standard input.
    format : {"csv", "tsv", "jsonl"}, optional
        By default from the ending of the path; csv for standard input.
    encoding : str
        Name of a Python codec, such as ``utf-8`` (with or without byte-order mark), ``utf-16``, ``cp1252``.

    Returns
    -------
    TableReader
        A table with a header and no rows is good and yields nothing.

    Raises
    ------
    InputError
        For a path that is missing, a folder, or unreadable; a format or an encoding that is unknown or not what the
        file holds; an empty file; a header that cannot be read or names a column twice.
    """
    chosen = format_of(source, format, option=INPUT_FORMAT)
    opened = _Source(source)
    try:
        _sniff(opened, encoding)
        return TableReader(opened, format=chosen, encoding=encoding)
    except BaseException:
        opened.close()
        raise


def format_of(path: str | Path, given: str | None, *, option: str) -> str:
    """Return the format of a table: the given one, else the one of the path's ending, else (for ``-``) csv.

    Parameters
    ----------
    path : str or Path
    given : str or None
        A value of `FORMATS`.
    option : str
        How the user gives it, for the message.

    Raises
    ------
    InputError
        If the format is unknown or cannot be told from the ending.
    """
    allowed = ", ".join(FORMATS)
    if given is not None and given not in FORMATS:
        raise InputError(f"{option}: unknown format {given!r}; allowed are {allowed}")
    if str(path) == STREAM:
        return given or "csv"
    ending = Path(path).suffix.lower()
    if ending in _UNREAD_ENDINGS and not (given == "jsonl" and ending == ".json"):
        what, advice = _UNREAD_ENDINGS[ending]
        advice = advice if option == INPUT_FORMAT else "choose another ending"
        raise InputError(f"{path}: the ending {ending} means {what}, which is not among {allowed}; {advice}")
    if given or ending in _FORMAT_OF_ENDING:
        return given or _FORMAT_OF_ENDING[ending]
    raise InputError(f"{path}: the ending {ending or '(none)'} tells no format; give {option} ({allowed})")


def require_column(columns: Sequence[str], wanted: str, *, name: str, option: str) -> None:
    """Check that a table has a column.

    Parameters
    ----------
    columns : sequence of str
    wanted : str
    name : str
        Of the table, for the message.
    option : str
        How the user names the column, for the message.

    Raises
    ------
    InputError
        If it has not; the message names the columns that there are.
    """
    if wanted in columns:
        return
    folded = {column.strip().casefold(): column for column in columns}
    near = difflib.get_close_matches(wanted.strip().casefold(), list(folded), n=1)
    hint = f"; did you mean {option} {folded[near[0]]!r}?" if near else f"; give its name with {option}, or add a header line"
    delimiter = next((sign for sign in ";\t|" if len(columns) == 1 and sign in columns[0]), "")
    if delimiter:
        way_out = "give the format tsv" if delimiter == "\t" else "save it with commas"
        hint = f"; its cells seem to be separated by {delimiter!r}: {way_out}"
    raise InputError(f"{name}: there is no column {wanted!r}; the columns are {_listed(columns)}{hint}")


class RowWriter:
    r"""Write rows as CSV, TSV or JSON Lines in UTF-8, lines ended by ``\n``; a context manager.

    A CSV or TSV file is written beside its target under another name (``.factcheck-....part``) and takes the target's
    name when it is complete: an error or Ctrl-C leaves what was there before; only a killed process leaves the
    part file behind. A JSON Lines file is written in its place and grows by whole rows: an error or Ctrl-C leaves
    the rows written so far; a process killed in the middle of a write may leave the beginning of one row at the end.
    So does standard output.

    **Formulas.** A spreadsheet runs a cell of a CSV file that begins with ``=``, ``+``, ``-`` or ``@``. In the columns
    that this program adds such a cell gets an apostrophe before it. The columns of the input are written as they came,
    harmful or not: a handle ``@WHO``, a number ``-5`` and a post ``=...`` must still be equal to those of the input
    when the two are joined, and a table that was changed on the way is no evidence of what was posted. Who opens
    hostile posts in a spreadsheet imports them as text, or reads JSON Lines, where nothing is ever changed.

    In CSV a list, an object, a number or a truth value of JSON is written as JSON, null as the empty cell; a character
    that CSV cannot carry (NUL, a lone surrogate) becomes U+FFFD. JSON Lines keeps both, and writes null for NaN and
    infinities.

    Parameters
    ----------
    target : str or Path
        Path, or ``-`` for standard output.
    format : {"csv", "tsv", "jsonl"}
    columns : sequence of str
        Of CSV and TSV, in order; not used for JSON Lines.
    added : collection of str
        The columns among them that did not come from the input.

    Raises
    ------
    InputError
        On entering, if the target cannot be opened.
    FactcheckError
        If writing fails, as on a full disk.
    BrokenPipeError
        If the reader of the pipe has gone.
    """

    def __init__(
        self,
        target: str | Path,
        *,
        format: str,  # noqa: A002 (as above)
        columns: Sequence[str] = (),
        added: Collection[str] = (),
    ) -> None:
        self.format = format
        self.columns = tuple(columns)
        self._added = frozenset(added)
        self._target = _Target(target, whole=format != "jsonl")
        self._csv = None if format == "jsonl" else csv.writer(_LineEnds(self._target), delimiter=_DELIMITERS[format], lineterminator="\r\n")

    def __enter__(self) -> Self:
        """Open the target and write the header."""
        self._target.open()
        if self._csv:
            try:
                self._csv.writerow([_csv_cell(name) for name in self.columns])
            except BaseException:
                self._target.close(failed=True)
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Complete the file; after an error, leave what the class says."""
        self._target.close(failed=kind is not None)

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row.

        Parameters
        ----------
        row : mapping of str to object
            Value by column. In CSV a column without a value is an empty cell, a value without a column is left out.
        """
        if self._csv is None:
            self._target.add(_json_text(row) + "\n")
        else:
            self._csv.writerow([_csv_cell(row.get(name), guard=name in self._added) for name in self.columns])

    def flush(self) -> None:
        """Hand the rows written so far to the system."""
        self._target.flush()


# ---------------------------------------------------------------------------------------------------------------------
# Reading: bytes, lines, records
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Record:
    line: int
    cells: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    suspect: str = ""  # the raw text, where it is long or holds a NUL or an undecodable byte
    kind: str = ""
    problem: str = ""


class _OverrunError(Exception):
    """The record may take no further line."""


class _Source(io.RawIOBase):
    """Bytes of a file or of standard input, whose beginning can be looked at and whose errors are `InputError`."""

    HEAD = 4096

    def __init__(self, source: str | Path) -> None:
        self._own = str(source) != STREAM
        self._binary: Any = None
        self.position = 0
        self.size = 0
        self.name = Path(source).name if self._own else "stdin"
        self._binary = _open_binary(source) if self._own else _stdin()
        if self._own:
            with contextlib.suppress(OSError):
                self.size = os.fstat(self._binary.fileno()).st_size
        self.head = b""
        while len(self.head) < self.HEAD and (piece := self._read(self.HEAD - len(self.head))):
            self.head += piece
        self._left = self.head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._left[: len(buffer)] or self._read(len(buffer))
        self._left = self._left[len(piece) :]
        self.position += len(piece)
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if self._own and self._binary is not None:
            self._binary.close()
        super().close()

    def _read(self, size: int) -> bytes:
        try:
            # read1 gives what a pipe has now, where read would wait for all of it.
            return bytes(self._binary.read1(size))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.name}: cannot be read: {_reason(error)}") from error


def _open_binary(path: str | Path) -> Any:
    try:
        if Path(path).is_dir():
            raise InputError(f"{path}: is a folder; give a file")
        return Path(path).open("rb")
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path (- reads standard input)") from error
    except PermissionError as error:
        raise InputError(f"{path}: may not be read by this user; change its permissions or copy it") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path!s}: cannot be opened: {_reason(error)}".replace("\0", "\\0")) from error


def _stdin() -> Any:
    binary = getattr(sys.stdin, "buffer", None)
    if binary is None:
        raise InputError("stdin: there is no standard input to read; give a path")
    return binary


def _sniff(source: _Source, encoding: str) -> None:
    """Raise `InputError` where the first bytes show that the file is not text in the given encoding."""
    head = source.head
    if not head:
        seen = "nothing came in; pipe" if source.name == "stdin" else "the file is empty; give"
        raise InputError(f"{source.name}: {seen} a table with a header line, or JSON Lines")
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise InputError(f"{source.name}: holds {what}")
    try:
        codec = codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise InputError(f"--encoding: unknown encoding {encoding!r}; use utf-8, utf-16, cp1252, latin-1 or the like") from error
    if codec.startswith(("utf-16", "utf-32")):
        if b"\0" not in head:
            raise InputError(f"{source.name}: has no NUL bytes, so it is not {encoding}; leave --encoding away (utf-8) or give another")
        return
    looks = _wide_encoding(head)
    if looks:
        raise InputError(f"{source.name}: looks like {looks.upper()}, not {encoding}; give --encoding {looks}, or save it as UTF-8")


def _wide_encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half >= 2 and max(even, odd) > half * 0.6 and min(even, odd) == 0:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _text_stream(source: _Source, encoding: str) -> io.TextIOWrapper:
    # The name is ours alone, and registering it twice changes nothing.
    codecs.register_error(_BAD_BYTE, _mark_bad_byte)
    codec = codecs.lookup(encoding).name
    try:
        return io.TextIOWrapper(
            io.BufferedReader(source, 1 << 16), encoding="utf-8-sig" if codec == "utf-8" else codec, errors=_BAD_BYTE, newline=""
        )
    except LookupError as error:
        raise InputError(f"--encoding: {encoding!r} is no encoding of text; use utf-8, utf-16, cp1252 or latin-1") from error


def _mark_bad_byte(error: UnicodeError) -> tuple[str, int]:
    """Stand a lone surrogate for what cannot be decoded: no encoding of text yields one otherwise."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(0xDC00 + error.object[error.start]), error.end


class _Lines:
    """Lines of a text, each of bounded length, that can be given back.

    A line over `MAX_RECORD` characters is cut to one character more than that; the rest is read over.
    """

    def __init__(self, stream: io.TextIOWrapper, name: str, encoding: str) -> None:
        self.number = 0
        self.characters = 0
        self._stream = stream
        self._name = name
        self._encoding = encoding
        self._back: deque[str] = deque()

    def take(self) -> str:
        """Return the next line with its end; the empty string when there is none."""
        line = self._back.popleft() if self._back else self._read()
        if line:
            self.number += 1
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    def has_more(self) -> bool:
        """Whether a line follows that is not blank; blank ones are taken."""
        while line := self.take():
            if line.strip():
                self.give_back([line])
                return True
        return False

    def _read(self) -> str:
        line = self._piece(MAX_RECORD + 1)
        if not self.characters:
            line = line.removeprefix("\ufeff")  # left by utf-16-le and -be
        self.characters += len(line)
        if len(line) > MAX_RECORD:
            piece = line
            while piece and not piece.endswith(_LINE_END):
                piece = self._piece(1 << 16)
        return line

    def _piece(self, size: int) -> str:
        try:
            return self._stream.readline(size)
        except UnicodeError as error:
            raise InputError(f"{self._name}: cannot be decoded as {self._encoding} behind line {self.number}; give --encoding") from error


class _CsvRecords:
    """Records of a CSV text; also the iterator of lines from which `csv.reader` draws them."""

    def __init__(self, lines: _Lines, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._taken: list[str] = []
        self._size = 0
        self._again = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        # What was given back is read again. A hostile file could make that quadratic; so no more is read twice than
        # the file is long (and a little), and beyond that a quote must close on its own line.
        if self._taken and self._again > 16 * MAX_RECORD + self._lines.characters:
            raise _OverrunError
        line = self._lines.take()
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._size += len(line)
        if self._size > MAX_RECORD:
            raise _OverrunError
        return line

    def records(self) -> Iterator[_Record]:
        """Yield the records; a blank line counts only between the rows of a table of one column."""
        reader = csv.reader(self, delimiter=self._delimiter, strict=True)
        width = blanks = 0
        while record := self._next(reader):
            if not record.cells and not record.kind:
                blanks += width == 1
                continue
            for back in range(blanks, 0, -1):
                yield _Record(record.line - back, [""])
            blanks = 0
            width = width or len(record.cells)
            yield record

    def _next(self, reader: Iterator[list[str]]) -> _Record | None:
        self._taken, self._size = [], 0
        start = self._lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return None
        except (csv.Error, _OverrunError):
            return self._broken(start)
        raw = self._taken[0] if len(self._taken) == 1 else "".join(self._taken)
        return _Record(start, cells, suspect=raw if self._size > MAX_CELL or _is_suspect(raw) else "")

    def _broken(self, start: int) -> _Record:
        """Return the bad record of the first line that was taken, and give the others back."""
        first, rest = self._taken[0], self._taken[1:]
        self._lines.give_back(rest)
        self._again += sum(map(len, rest))
        if len(first) > MAX_RECORD:
            return _Record(start, kind="line_too_long", problem=_too_long("the line", MAX_RECORD, MAX_RECORD, at_least=True))
        try:
            cells = next(csv.reader([first.rstrip("\r\n")], delimiter=self._delimiter))
        except csv.Error:
            return _Record(start, kind="cell_too_long", problem=_too_long("a cell", MAX_CELL, MAX_CELL, at_least=True))
        return _Record(start, cells, suspect=first if _is_suspect(first) else "", kind="quote", problem=_BAD_QUOTE)


def _is_suspect(raw: str) -> bool:
    return "\0" in raw or (not raw.isascii() and _SURROGATE.search(raw) is not None)


def _unreadable(raw: str, encoding: str) -> tuple[str, str]:
    found = _SURROGATE.search(raw)
    if found:
        byte = ord(found.group()) & 0xFF
        return "encoding", (
            f"has the byte 0x{byte:02x}, which is not {encoding}; "
            "save the file as UTF-8, or give the encoding that it has (as in --encoding cp1252)"
        )
    if "\0" in raw:
        return "nul", "has a NUL character; remove it, or give the encoding that the file has (as in --encoding utf-16)"
    return "", ""


def _json_record(line: int, text: str) -> _Record:
    try:
        if _depth_over(text, MAX_DEPTH):
            return _Record(line, kind="json", problem=f"is nested more than {MAX_DEPTH} deep; flatten it")
        value = _JSON.decode(text.strip())
    except _DuplicateKeyError as error:
        return _Record(line, kind="duplicate_key", problem=f"gives the key {_short(str(error))} twice; keep one")
    except json.JSONDecodeError as error:
        return _Record(line, kind="json", problem=f"is not JSON: {error.msg} (character {error.pos + 1}); write one object a line")
    except (ValueError, RecursionError) as error:
        return _Record(line, kind="json", problem=f"cannot be read as JSON: {_short(str(error))}; write one object a line")
    if not isinstance(value, dict):
        kind = {list: "a list", str: "a text", type(None): "null", bool: "a truth value"}.get(type(value), "a number")
        return _Record(line, kind="not_an_object", problem=f'is {kind} and no object; write one object a line, as {{"text": "..."}}')
    return _Record(line, values=value)


class _DuplicateKeyError(ValueError):
    """A key stands twice in one object."""


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        raise _DuplicateKeyError(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return values


def _json_float(digits: str) -> float | str:
    value = float(digits)
    return digits if value in (float("inf"), float("-inf")) else value


def _json_int(digits: str) -> int | str:
    return int(digits) if len(digits) < 4000 else digits


_JSON = json.JSONDecoder(object_pairs_hook=_unique_pairs, parse_constant=lambda _: None, parse_float=_json_float, parse_int=_json_int)


def _depth_over(text: str, limit: int) -> bool:
    if text.count("[") + text.count("{") <= limit:
        return False
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', text):
        sign = token.group()[0]
        depth += (sign in "[{") - (sign in "]}")
        if depth > limit:
            return True
    return False


# ---------------------------------------------------------------------------------------------------------------------
# Writing
# ---------------------------------------------------------------------------------------------------------------------


class _LineEnds:
    r"""Turns the ``\r\n`` that ends each row into ``\n``.

    The csv module quotes a lone carriage return only where the line end contains one.
    """

    def __init__(self, target: _Target) -> None:
        self._target = target

    def write(self, text: str) -> None:
        self._target.add(text[:-2] + "\n")


class _Target:
    """Bytes to a file or standard output, handed over row by whole row."""

    BUFFER = 1 << 20

    def __init__(self, target: str | Path, *, whole: bool) -> None:
        self._stdout = str(target) == STREAM
        self._name = "stdout" if self._stdout else str(target)
        self._whole = whole and not self._stdout
        self._path = self._written = Path(target)
        self._file: IO[bytes] | None = None
        self._pending: list[str] = []
        self._length = 0
        self._done = 0

    def open(self) -> None:
        if self._stdout:
            return
        try:
            # Through a link the file that it points to is replaced, not the link.
            self._path = self._written = Path(os.path.realpath(self._path))
            there = self._path.exists()
            if self._path.is_dir():
                raise InputError(f"{self._name}: is a folder; give the name of a file to write")
            if not self._path.parent.is_dir():
                raise InputError(f"{self._name}: the folder {self._path.parent} does not exist; create it first")
            if there and not os.access(self._path, os.W_OK):
                raise InputError(f"{self._name}: may not be written by this user; give another name or change its permissions")
            self._whole = self._whole and (self._path.is_file() or not there)  # a pipe or device is no file to replace
            if self._whole:
                self._written = self._path.with_name(f".factcheck-{secrets.token_hex(6)}.part")
            self._file = self._written.open("xb" if self._whole else "wb", buffering=0)
        except (OSError, ValueError) as error:
            name = self._name.replace("\0", "\\0")
            raise InputError(f"{name}: cannot be written: {_reason(error)}; give another name or folder") from error

    def add(self, text: str) -> None:
        self._pending.append(text)
        self._length += len(text)
        if self._length > self.BUFFER:
            self.flush()

    def flush(self) -> None:
        block = "".join(self._pending).encode("utf-8")
        self._pending, self._length = [], 0
        with self._failing():
            if self._file is None:
                _to_stdout(block)
                return
            view = memoryview(block)
            while view:
                view = view[self._file.write(view) :]
            self._done += len(block)

    def close(self, *, failed: bool) -> None:
        complete = False
        try:
            if not failed:
                self.flush()
                if self._whole and self._file:
                    with self._failing():
                        os.fsync(self._file.fileno())
                complete = True
        finally:
            self._end(complete=complete)

    def _end(self, *, complete: bool) -> None:
        if self._file is None:
            return
        if not complete and not self._whole and self._path.is_file():
            with contextlib.suppress(OSError):
                self._file.truncate(self._done)  # no half row at the end
        self._file.close()
        self._file = None
        try:
            if complete and self._whole:
                with self._failing():
                    if self._path.exists():
                        shutil.copymode(self._path, self._written)
                    self._written.replace(self._path)
        finally:
            if self._whole:
                self._written.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn an error of the system into one that says what is left; a broken pipe is for the caller to end."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            left = "nothing was left behind" if self._whole else "the rows written before are whole"
            reason = _reason(error)
            raise FactcheckError(f"{self._name}: writing failed: {reason}; {left}; make room or give another place") from error


def _to_stdout(block: bytes) -> None:
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:  # a notebook's
        sys.stdout.write(block.decode("utf-8"))
        sys.stdout.flush()
        return
    binary.write(block)
    binary.flush()


def _csv_cell(value: Any, *, guard: bool = False) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _json_text(value)
    if not text.isascii() or "\0" in text:
        text = _UNWRITABLE.sub("\ufffd", text)
    if guard and isinstance(value, str) and text.lstrip()[:1] in _FORMULA_START and text.strip():
        return "'" + text
    return text


def _json_text(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)
    if not text.isascii() and _SURROGATE.search(text):
        # A lone surrogate cannot be encoded; as an escape it comes through as it was.
        return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return text


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


# ---------------------------------------------------------------------------------------------------------------------
# Words for messages
# ---------------------------------------------------------------------------------------------------------------------


def _too_long(what: str, seen: int, limit: int, *, at_least: bool = False) -> str:
    size = f"more than {limit:,}" if at_least else f"{seen:,}"
    return f"is too long: {what} has {size} characters, at most {limit:,} are read; shorten or split it"


def _listed(names: Sequence[str], most: int = 20) -> str:
    shown = ", ".join(_short(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"


def _short(text: str, most: int = 60) -> str:
    return repr(text if len(text) <= most else text[: most - 3] + "...")


def _reason(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error)).strip().lower()
