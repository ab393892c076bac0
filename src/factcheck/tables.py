"""Rows in from CSV, TSV, JSON, JSON Lines, Parquet and Excel: one file or several, streaming, with an error for each bad row.

A cell of text comes in as the text that it is: ``007``, ``NA`` and the empty cell stay so. A row that cannot be read comes back
as a row with an error, in its place, and reading goes on behind it. What makes the whole table unreadable (a missing
file, no header, another encoding) is an `InputError` of one line that says what was seen and what to do.
"""

from __future__ import annotations

import difflib
import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from factcheck.binary import BINARY, ParquetTable, SheetTable
from factcheck.errors import InputError
from factcheck.lines import NUL_OR_SURROGATE, PACKINGS, STREAM, Lines
from factcheck.scanning import MAX_CELL, ArrayRecords, CsvRecords, Problem, Record, json_lines, shortened

FORMATS = ("csv", "tsv", "jsonl", "json", "parquet", "xlsx")
KEYED = ("jsonl", "json")
"""Formats whose rows bring their own keys, where others have a header."""

INPUT_FORMAT = "--input-format"
OUTPUT_FORMAT = "--format"

_FORMAT_OF_ENDING = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}
_UNREAD_ENDINGS = {
    ".bz2": ("bzip2", "unpack it first (bunzip2)"),
    ".xz": ("xz", "unpack it first (unxz)"),
    ".zip": ("ZIP", "unpack it first (unzip)"),
    ".xls": ("an old Excel workbook", "save it as .xlsx or as CSV (UTF-8)"),
}


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
        ``nul``, ``json``, ``not_an_object``, ``duplicate_key``, ``value``; empty for a good row.
    line : int
        Line of the file where it starts, 1 for the first; in Parquet, which has none, the row's number.
    file : str
        Name of the file.
    """

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    kind: str = ""
    line: int = 0
    file: str = ""

    def failed(self, kind: str, problem: str) -> Row:
        """Return the row with an error.

        Parameters
        ----------
        kind : str
            One word to count by.
        problem : str
            What is wrong and what to do, to be read behind "row N".
        """
        return replace(self, kind=kind, error=f"{self.file}:{self.line}: row {self.number} {problem}")


class TableReader:
    r"""Rows of an open table, one by one; a context manager. Made by `read_rows`.

    Parameters
    ----------
    source : Lines, ParquetTable or SheetTable
    format : str
        A value of `FORMATS`.

    Attributes
    ----------
    name : str
        File name for messages; ``stdin`` for standard input.
    format : str
    columns : tuple of str
        Of the header; empty for JSON, which has none.
    keyed : bool
        Whether the rows bring their own keys, as in JSON.
    schema : pyarrow.Schema or None
        Types of the columns, where the file is Parquet.

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

    def __init__(self, source: Lines | ParquetTable | SheetTable, *, format: str) -> None:  # noqa: A002 (the word that users say)
        self.name = source.name
        self.format = format
        self.keyed = format in KEYED
        self.columns: tuple[str, ...] = ()
        self.schema: Any = None
        self._source = source
        self._number = 0
        self._records: Iterator[Record]
        if not isinstance(source, Lines):
            self.columns = self._header(Record(1, list(source.columns)))
            self.schema = source.schema
            self._records = (Record(line, values=values, problem=("value", bad) if bad else None) for line, values, bad in source.rows())
            return
        if format == "json":
            self._records = ArrayRecords(source).records()
            return
        self._records = json_lines(source) if self.keyed else CsvRecords(source, "\t" if format == "tsv" else ",").records()
        first = next(self._records, None)
        if first is None:
            wanted = "one JSON object a line" if self.keyed else "a header line with the names of the columns"
            raise InputError(f"{self.name}: the file is empty; expected {wanted}")
        if self.keyed:
            self._records = chain([first], self._records)
        else:
            self.columns = self._header(first)

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
            problem = record.problem or self._ragged(record)
            row = Row(self._number, self._values(record, whole=not problem), line=record.line, file=self.name)
            yield row.failed(*problem) if problem else row

    @property
    def fraction(self) -> float | None:
        """Share of the file that was read, in [0, 1]; None where its size is unknown."""
        return self._source.fraction

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._source.close()

    def _header(self, record: Record) -> tuple[str, ...]:
        if record.problem:
            raise InputError(f"{self.name}:{record.line}: the header {record.problem[1]}")
        if twice := sorted(name for name, count in Counter(record.cells).items() if count > 1):
            raise InputError(
                f"{self.name}: the header names {_listed(twice)} more than once; "
                "the first line must hold the names of the columns, each different"
            )
        return tuple(record.cells)

    def _ragged(self, record: Record) -> Problem | None:
        seen, wanted = len(record.cells), len(self.columns)
        if seen == wanted or self.format not in {"csv", "tsv"}:
            return None
        sign = "comma" if self.format == "csv" else "tab"
        many = f"has {seen} cell{'s' * (seen != 1)} where the header has {wanted}"
        return "ragged", f"{many}; a cell with a {sign} or a line break in it belongs in quotes"

    def _values(self, record: Record, *, whole: bool) -> dict[str, Any]:
        """Return the cells by column; of a bad row what there is, cut and with U+FFFD for what cannot be read."""
        if self.format not in {"csv", "tsv"}:
            return record.values
        if whole:
            return dict(zip(self.columns, record.cells, strict=True))
        padded = chain(record.cells, [""] * len(self.columns)) if record.cells else ()
        return {name: NUL_OR_SURROGATE.sub("\ufffd", cell[:MAX_CELL]) for name, cell in zip(self.columns, padded, strict=False)}


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
        Path, or ``-`` for standard input. A file of text may be packed by gzip or zstd.
    format : {"csv", "tsv", "jsonl", "json", "parquet", "xlsx"}, optional
        By default from the ending of the path, as in ``posts.csv`` and ``posts.csv.gz``; csv for standard input.
    encoding : str
        Name of a Python codec, such as ``utf-8`` (with or without byte-order mark), ``utf-16``, ``cp1252``. Of text only.

    Returns
    -------
    TableReader
        A table with a header and no rows is good and yields nothing.

    Raises
    ------
    InputError
        For a path that is missing, a folder, or unreadable; a format or an encoding that is unknown or not what the
        file holds; an empty file; a header that cannot be read or names a column twice; a package of the extra ``io``
        that is not installed.
    """
    chosen = format_of(source, format, option=INPUT_FORMAT)
    opened: Lines | ParquetTable | SheetTable
    if chosen == "parquet":
        opened = ParquetTable(source)
    elif chosen == "xlsx":
        opened = SheetTable(source)
    else:
        opened = Lines(source, encoding)
    try:
        return TableReader(opened, format=chosen)
    except BaseException:
        opened.close()
        raise


class TableSeries:
    """Rows of several tables as if they were one; attributes and methods are those of `TableReader`. Made by `read_series`.

    Parameters
    ----------
    sources : sequence of str or Path
        In their order, of one format and with the same columns, which may stand in another order.
    format, encoding
        As in `read_rows`.
    """

    def __init__(self, sources: Sequence[str | Path], *, format: str | None, encoding: str) -> None:  # noqa: A002 (as above)
        self._sources = tuple(sources)
        self._format, self._encoding = format, encoding
        self._done = 0
        self._now = self._open(0)
        self.name, self.format, self.keyed = self._now.name, self._now.format, self._now.keyed
        self.columns, self.schema = self._now.columns, self._now.schema
        try:
            for position in range(1, len(self._sources)):
                with self._open(position) as other:  # so that what doesn't fit is said at once, and not after hours
                    self._require_same(other)
        except BaseException:
            self._now.close()
            raise

    def __enter__(self) -> Self:
        """Return the series."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the file that is open."""
        self.close()

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows of one table after the other; each counts its own."""
        for position in range(len(self._sources)):
            if position:
                self._now.close()
                self._now, self._done = self._open(position), position
                self._require_same(self._now)
            yield from self._now

    @property
    def fraction(self) -> float | None:
        """Share that was read, in [0, 1], each file counted alike; None where it is unknown."""
        now = self._now.fraction
        return None if now is None else (self._done + now) / len(self._sources)

    def close(self) -> None:
        """Close the file that is open."""
        self._now.close()

    def _open(self, position: int) -> TableReader:
        return read_rows(self._sources[position], format=self._format, encoding=self._encoding)

    def _require_same(self, other: TableReader) -> None:
        if other.format != self.format:
            raise InputError(
                f"{other.name}: is {other.format} where {self.name} is {self.format}; tables that are read as one have one format"
            )
        if set(other.columns) != set(self.columns):
            more = [name for name in other.columns if name not in self.columns]
            less = [name for name in self.columns if name not in other.columns]
            what = (
                f"has the column {shortened(more[0])}, which {self.name} lacks"
                if more
                else f"lacks the column {shortened(less[0])} of {self.name}"
            )
            raise InputError(f"{other.name}: {what}; tables that are read as one have the same columns")
        for field_ in other.schema or ():
            if (wanted := self.schema.field(field_.name).type) != field_.type:
                seen = f"has {field_.type} in the column {shortened(field_.name)} where {self.name} has {wanted}"
                raise InputError(f"{other.name}: {seen}; write both with one type")


Tables = TableReader | TableSeries


def read_series(sources: Sequence[str | Path], *, format: str | None = None, encoding: str = "utf-8") -> Tables:  # noqa: A002 (as above)
    """Open tables to be read as one.

    Parameters
    ----------
    sources : sequence of str or Path
        At least one, as `find_sources` returns them.
    format, encoding
        As in `read_rows`.

    Raises
    ------
    InputError
        If one cannot be read, or their formats or columns differ.
    """
    if len(sources) == 1:
        return read_rows(sources[0], format=format, encoding=encoding)
    return TableSeries(sources, format=format, encoding=encoding)


def find_sources(sources: Sequence[str | Path]) -> tuple[str | Path, ...]:
    """Return paths in place of patterns such as ``posts-*.csv``.

    Parameters
    ----------
    sources : sequence of str or Path
        A path that exists is never a pattern.

    Returns
    -------
    tuple of str or Path
        What a pattern finds is ordered by name, without what was found before it.

    Raises
    ------
    InputError
        If there is no source, a pattern finds nothing, or standard input is given beside others.
    """
    found: list[str | Path] = []
    for source in sources:
        name = str(source)
        if not glob.has_magic(name) or os.path.exists(name):  # noqa: PTH110 (a name that no path can be is no error here)
            found.append(source)
        elif names := sorted(glob.glob(name, recursive=True)):  # noqa: PTH207 (a pattern may begin at the root)
            known = {str(source) for source in found}
            found += [name for name in names if name not in known]
        else:
            raise InputError(f"{name}: no file fits this pattern; check it, and the folder that you are in")
    if not found:
        raise InputError("there is nothing to read; give a file, a pattern, or - for standard input")
    if len(found) > 1 and any(str(source) == STREAM for source in found):
        raise InputError("-: standard input cannot be read beside files; give one or the other")
    return tuple(found)


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
    if ending in PACKINGS and option == INPUT_FORMAT:
        ending = Path(Path(path).stem).suffix.lower()
        if (given or _FORMAT_OF_ENDING.get(ending)) in BINARY:
            raise InputError(f"{path}: Parquet and Excel are packed in themselves; unpack it first")
    elif ending in PACKINGS:
        raise InputError(
            f"{path}: the ending {ending} means {PACKINGS[ending]}, which is not written; leave it away, and pack the file afterwards"
        )
    if ending in _UNREAD_ENDINGS:
        what, advice = _UNREAD_ENDINGS[ending]
        advice = advice if option == INPUT_FORMAT else "choose another ending"
        raise InputError(f"{path}: the ending {ending} means {what}, which is not among {allowed}; {advice}")
    if given or ending in _FORMAT_OF_ENDING:
        return given or _FORMAT_OF_ENDING[ending]
    if Path(path).is_dir():
        raise InputError(f"{path}: is a folder; give a file, or several by a pattern such as '{Path(path) / '*.csv'}'")
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


def _listed(names: Sequence[str], most: int = 20) -> str:
    shown = ", ".join(shortened(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "none"
