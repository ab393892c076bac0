"""Parquet files and Excel workbooks: rows in and out by batches, through the packages of the extra ``io``.

A cell comes in as the value that it is: text, number, truth value, date, list. In Excel a whole number is one whether or not
the workbook stores it with a fraction of zero. Only the first sheet is read, only its values and no formats or formulas.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import math
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from factcheck.errors import FactcheckError, InputError
from factcheck.lines import STREAM, SURROGATE, open_file, reason, required

BINARY = ("parquet", "xlsx")
"""Formats that are no text."""

MAX_SHEET_CELLS = 20_000_000
"""Largest sheet, rows times columns between its first and last cell: the reader of workbooks holds all of them."""

MAX_SHEET_BYTES = 4 * 1024**3
"""Most bytes that a workbook may unpack to."""

MAX_SHEET_ROWS = 1_048_576
MAX_SHEET_COLUMNS = 16_384
MAX_SHEET_TEXT = 32_767
"""What Excel allows: rows with the header, columns, and characters in a cell."""

_ROWS = 1_024  # read or turned into columns together
_ROW_GROUP = 8_192  # written together: as many whatever the chunks of a batch, so that its bytes do not depend on them
_EXACT = 2**53  # whole numbers up to here are exact in Excel, which has floats only
_CELL = re.compile(rb"""\sr=["']([A-Z]{0,3})(\d{1,10})["']""")
_SHEET = re.compile(rb"<(?:[\w.-]+:)?sheetData[\s/>]")  # the element that the reader takes cells from; in a text < is written &lt;
_NOT_IN_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


class ParquetTable:
    """A Parquet file, row by row.

    Parameters
    ----------
    path : str or Path

    Attributes
    ----------
    name : str
        File name for messages.
    columns : list of str
    schema : pyarrow.Schema
    fraction : float
        Share of the rows that was read, in [0, 1].

    Raises
    ------
    InputError
        If it cannot be read or is not Parquet.
    """

    def __init__(self, path: str | Path) -> None:
        self.name = _name_of(path, "Parquet", b"PAR1")
        parquet = required("pyarrow.parquet", f"{self.name}: Parquet")
        self._failures = (OSError, ValueError, OverflowError, NotImplementedError, required("pyarrow", "Parquet").ArrowException)
        try:
            # Without a buffer of bounded size a whole column of a row group would be held.
            self._file = parquet.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
        except self._failures as error:
            raise InputError(f"{self.name}: cannot be read as Parquet: {reason(error)}; fetch or write it again") from error
        self.schema = self._file.schema_arrow
        self.columns = list(self.schema.names)
        self._read = 0

    @property
    def fraction(self) -> float:
        """Share of the rows that was read."""
        return min(1.0, self._read / max(1, int(self._file.metadata.num_rows)))

    def rows(self) -> Iterator[tuple[int, dict[str, Any], str]]:
        """Yield number, values and, of a row with a value that Python cannot hold, what is wrong."""
        batches = self._file.iter_batches(batch_size=_ROWS, use_threads=False)
        while True:
            try:
                batch = next(batches, None)
            except self._failures as error:
                raise InputError(f"{self.name}: is damaged behind row {self._read}: {reason(error)}; fetch or write it again") from error
            if batch is None:
                return
            for values, problem in self._values(batch):
                self._read += 1
                yield self._read, values, problem

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _values(self, batch: Any) -> Iterator[tuple[dict[str, Any], str]]:
        try:
            rows = batch.to_pylist()
        except self._failures as error:
            if batch.num_rows > 1:
                for i in range(batch.num_rows):
                    yield from self._values(batch.slice(i, 1))
                return
            yield {}, f"has a value that cannot be read: {reason(error)}; write it as text"
            return
        yield from ((row, "") for row in rows)


class SheetTable:
    """The first sheet of an Excel workbook (.xlsx), row by row; blank rows are left out.

    Parameters and attributes are those of `ParquetTable`, without ``schema``. The sheet is held in memory, in some 40 bytes a cell.
    """

    schema = None

    def __init__(self, path: str | Path) -> None:
        self.name = _name_of(path, "Excel", b"PK\x03\x04")
        calamine = required("python_calamine", f"{self.name}: Excel")
        _check_sheets(path, self.name)
        try:
            sheet = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
            self._height = max(1, int(sheet.total_height))
            self._rows = enumerate(sheet.iter_rows(), (sheet.start or (0, 0))[0] + 1)
        except Exception as error:
            raise InputError(f"{self.name}: cannot be read as Excel: {reason(error)}; save it again as .xlsx or as CSV (UTF-8)") from error
        self._read = 0
        header = next(self._filled(), (0, []))[1]
        if not header:
            raise InputError(f"{self.name}: the first sheet is empty; expected a header row with the names of the columns")
        self.columns = ["" if cell is None else str(cell) for cell in header]

    @property
    def fraction(self) -> float:
        """Share of the rows that was read."""
        return min(1.0, self._read / self._height)

    def rows(self) -> Iterator[tuple[int, dict[str, Any], str]]:
        """Yield number as Excel counts, values, and no problem."""
        for number, cells in self._filled():
            yield number, dict(zip(self.columns, cells, strict=True)), ""

    def close(self) -> None:
        """Let go of the sheet."""
        self._rows = enumerate(())

    def _filled(self) -> Iterator[tuple[int, list[Any]]]:
        for number, cells in self._rows:
            self._read += 1
            if any(cell != "" for cell in cells):
                yield number, [_whole(cell) for cell in cells]


class ParquetSink:
    """Write rows to a Parquet file.

    Parameters
    ----------
    file : binary file
    columns : sequence of str
    schema : pyarrow.Schema or None
        Of the columns that come from a Parquet file and keep their types. Without one they are text, as in CSV.
    example : mapping of str to object
        A value of each other column that is not text, which tells its type.
    """

    def __init__(self, file: IO[bytes], columns: Sequence[str], *, schema: Any, example: Mapping[str, Any]) -> None:
        self._arrow = required("pyarrow", "Parquet")
        if bad := next((name for name in columns if SURROGATE.search(name)), None):
            raise InputError(
                f"the column {bad[:60]!r} is named with a lone surrogate, which Parquet cannot hold; rename it or write .jsonl"
            )
        self._schema = arrow_schema(columns, schema=schema, example=example)
        typed = {*(schema.names if schema else ()), *example}
        self._texts = [name for name in columns if name not in typed]
        self._writer = required("pyarrow.parquet", "Parquet").ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[Mapping[str, Any]] = []
        self._batches: list[Any] = []

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row; a missing column is null."""
        self._rows.append({**row, **{name: _text_or_null(row.get(name)) for name in self._texts}})
        if len(self._rows) == _ROWS:
            self._pack()
            if len(self._batches) * _ROWS == _ROW_GROUP:
                self._put()

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        self._pack()
        self._put()
        self._writer.close()

    def discard(self) -> None:
        """Let go of what was written so far."""
        with contextlib.suppress(Exception):  # it wants to end the file all the same, even one that takes no more
            self._writer.close()

    def _pack(self) -> None:
        if self._rows:
            self._batches.append(self._arrow.RecordBatch.from_pylist(self._rows, schema=self._schema))
            self._rows = []

    def _put(self) -> None:
        if self._batches:
            self._writer.write_table(self._arrow.Table.from_batches(self._batches, self._schema), row_group_size=_ROW_GROUP)
            self._batches = []


class SheetSink:
    """Write rows to an Excel workbook of one sheet. Text is never a formula or a link, whatever it begins with.

    Parameters
    ----------
    file : binary file
    columns : sequence of str

    Notes
    -----
    The rows go through the system's folder for temporary files (TMPDIR), where they take their room unpacked.
    """

    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        xlsxwriter = required("xlsxwriter", "Excel")
        if len(columns) > MAX_SHEET_COLUMNS:
            raise InputError(f"Excel has {MAX_SHEET_COLUMNS:,} columns at the most, these are {len(columns):,}; write .csv or .parquet")
        if long := next((name for name in columns if len(name) > MAX_SHEET_TEXT), ""):
            raise InputError(f"the name of the column {long[:57] + '...'!r} {too_long_for_excel(len(long))}")
        options = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        self._file = file
        self._folder = tempfile.TemporaryDirectory(prefix="factcheck-")
        self._path = Path(self._folder.name, "rows.xlsx")
        self._book = xlsxwriter.Workbook(self._path, {**options, "constant_memory": True, "tmpdir": self._folder.name})
        self._book.set_properties({"created": datetime.datetime(2000, 1, 1)})  # noqa: DTZ001 (else the same rows give other bytes)
        self._failure = xlsxwriter.exceptions.XlsxFileError
        self._sheet = self._book.add_worksheet("verdicts")
        self._formats = {
            kind: self._book.add_format({"num_format": form})
            for kind, form in (
                (datetime.datetime, "yyyy-mm-dd hh:mm:ss"),
                (datetime.date, "yyyy-mm-dd"),
                (datetime.time, "hh:mm:ss"),
                (datetime.timedelta, "[h]:mm:ss"),
            )
        }
        self._columns = tuple(columns)
        self._number = 0
        self.write({name: name for name in columns})

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row; null is an empty cell."""
        if self._number == MAX_SHEET_ROWS:
            raise FactcheckError(f"Excel holds {MAX_SHEET_ROWS - 1:,} rows below the header, and there are more; write .csv or .parquet")
        for column, name in enumerate(self._columns):
            value = row.get(name)
            if value is not None and value != "":
                self._put(column, value)
        self._number += 1

    def close(self) -> None:
        """Write the workbook."""
        try:
            self._book.close()
            with self._path.open("rb") as written:
                shutil.copyfileobj(written, self._file)
        except self._failure as error:  # holds the error of the system, but is none
            raise error.args[0] if error.args and isinstance(error.args[0], OSError) else OSError(str(error)) from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Let go of what was written so far."""
        self._book.fileclosed = True
        self._sheet.row_data_fh.close()
        self._folder.cleanup()

    def _put(self, column: int, value: Any) -> None:
        place = (self._number, column)
        if isinstance(value, bool):
            self._sheet.write_boolean(*place, value)
        elif isinstance(value, int | float) and abs(value) <= _EXACT:
            self._sheet.write_number(*place, value)
        elif (form := self._formats.get(type(value))) and _fits_excel(value):
            self._sheet.write_datetime(*place, value, form)
        else:
            text = _NOT_IN_XML.sub("\ufffd", cell_text(value))
            if len(text) > MAX_SHEET_TEXT:
                raise FactcheckError(f"{self._columns[column]}: {too_long_for_excel(len(text))}")
            self._sheet.write_string(*place, text)


def arrow_schema(columns: Sequence[str], *, schema: Any = None, example: Mapping[str, Any]) -> Any:
    """Return the types of columns in Parquet.

    Parameters
    ----------
    columns : sequence of str
    schema, example
        As in `ParquetSink`.

    Returns
    -------
    pyarrow.Schema
    """
    arrow = required("pyarrow", "Parquet")
    known = {field.name: _plain_type(arrow, field.type) for field in schema or ()}
    known |= {name: arrow.infer_type([value]) for name, value in example.items()}
    return arrow.schema([(name, known.get(name, arrow.string())) for name in columns])


def json_text(value: Any) -> str:
    """Return a value as JSON; what JSON has no form for as the text that it is known by, NaN and infinities as null."""
    try:
        return _JSON.encode(value)
    except ValueError:
        return _JSON.encode(_finite(value))


def cell_text(value: Any) -> str:
    """Return a value as the text of one cell: null as the empty text, dates by ISO 8601, other values that are no text as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json_text(value) if isinstance(value, bool | int | float | list | dict | tuple) else _known_as(value)


def too_long_for_excel(length: int) -> str:
    """Return what is wrong with a text of such a length in an Excel cell."""
    return f"has {length:,} characters where a cell of Excel holds {MAX_SHEET_TEXT:,}; write .csv, .jsonl or .parquet"


# ---------------------------------------------------------------------------------------------------------------------
# What a file is, and whether it can be opened safely
# ---------------------------------------------------------------------------------------------------------------------


def _name_of(path: str | Path, what: str, magic: bytes) -> str:
    """Return the name of a file after a look at its first bytes."""
    if str(path) == STREAM:
        raise InputError(f"stdin: {what} cannot be read from standard input; give a file")
    name = Path(path).name
    with open_file(path) as file:
        try:
            head = file.read(64)
        except OSError as error:
            raise InputError(f"{name}: cannot be read: {reason(error)}") from error
    if not head:
        raise InputError(f"{name}: the file is empty")
    if head.startswith(b"version https://git-lfs"):
        raise InputError(f"{name}: holds a Git-LFS pointer and not the file itself; fetch it (git lfs pull)")
    if not head.startswith(magic):
        raise InputError(f"{name}: is not {what}; give it the ending, or --input-format the name, of what it is")
    return name


def _check_sheets(path: str | Path, name: str) -> None:
    """Refuse a workbook that is damaged, unpacks to too much, or has a cell far out: calamine ends the process where memory ends."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if (size := sum(member.file_size for member in members)) > MAX_SHEET_BYTES:
                raise InputError(f"{name}: unpacks to {size:,} bytes, at most {MAX_SHEET_BYTES:,} are read; save it as CSV (UTF-8)")
            for member in members:
                with archive.open(member) as file:
                    cells = _extent(file)  # reads to the end, where zipfile compares size and checksum
                if cells > MAX_SHEET_CELLS:
                    raise InputError(
                        f"{name}: has a sheet of {cells:,} cells from its first to its last, at most {MAX_SHEET_CELLS:,} are read; "
                        "delete what lies far outside, or save it as CSV (UTF-8)"
                    )
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise InputError(f"{name}: cannot be read as Excel: {reason(error)}; save it again as .xlsx or as CSV (UTF-8)") from error


def _extent(file: IO[bytes]) -> int:
    """Return rows times columns that the cells of a sheet reach to, 0 of another part: its name and place tell nothing."""
    row, column = 1, b"A"
    tail = b""
    sheet = False
    while piece := file.read(1 << 20):
        block = tail + piece
        sheet = sheet or bool(_SHEET.search(block))
        for letters, digits in _CELL.findall(block):
            row = max(row, int(digits))
            if letters and (len(letters), letters) > (len(column), column):
                column = letters
        tail = block[-32:]
    width = 0
    for letter in column:
        width = width * 26 + letter - 64
    return row * width if sheet else 0


# ---------------------------------------------------------------------------------------------------------------------
# Values
# ---------------------------------------------------------------------------------------------------------------------


def _whole(cell: Any) -> Any:
    return int(cell) if isinstance(cell, float) and cell.is_integer() and abs(cell) <= _EXACT else cell


def _plain_type(arrow: Any, kind: Any) -> Any:
    """Return the type of a column once its values are Python's: a dictionary of values is those values."""
    return kind.value_type if arrow.types.is_dictionary(kind) or arrow.types.is_run_end_encoded(kind) else kind


def _text_or_null(value: Any) -> str | None:
    return None if value is None else SURROGATE.sub("\ufffd", cell_text(value))


def _fits_excel(value: Any) -> bool:
    """Tell whether Excel, whose first day is in 1900, has no time zones and no fraction below a millisecond, can hold a date or time."""
    if isinstance(value, datetime.timedelta):
        return value >= datetime.timedelta()
    zone = getattr(value, "tzinfo", None)
    return zone is None and getattr(value, "year", 1900) >= 1900 and getattr(value, "microsecond", 0) % 1000 == 0


def _known_as(value: Any) -> str:
    if isinstance(value, datetime.date | datetime.time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_known_as)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
