"""Rows out as CSV, TSV, JSON, JSON Lines, Parquet and Excel: a file stands under its name only when it is complete."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from factcheck.binary import BINARY, ParquetSink, SheetSink, cell_text, json_text
from factcheck.errors import FactcheckError, InputError
from factcheck.lines import NUL_OR_SURROGATE, STREAM, reason

_BUFFER = 1 << 20
"""Characters that are held before they are handed to the system."""

# What a spreadsheet takes for the start of a formula, in ASCII and in full width.
_FORMULA_START = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")


class RowWriter:
    r"""Write rows as CSV, TSV, JSON, JSON Lines (UTF-8, lines ended by ``\n``), Parquet or Excel; a context manager.

    A file is written beside its target under another name (``.factcheck-....part``) and takes the target's name when
    it is complete: an error or Ctrl-C leaves what was there before; only a killed process leaves the part file behind.
    Standard output, a pipe or a device gets whole rows as they come; after an error those written so far remain.

    **Formulas.** A spreadsheet runs a cell of a CSV file that begins with ``=``, ``+``, ``-`` or ``@``. In the columns
    that this program adds such a cell gets an apostrophe before it. The columns of the input are written as they came,
    harmful or not: a handle ``@WHO``, a number ``-5`` and a post ``=...`` must still be equal to those of the input
    when the two are joined, and a table that was changed on the way is no evidence of what was posted. Who opens
    hostile posts in a spreadsheet writes Excel, where text is never a formula.

    In CSV and Excel a list, an object or another value that is no text is written as JSON, null as the empty cell; in CSV, numbers
    and truth values too. A character that a format cannot carry (in CSV NUL, everywhere but in JSON a lone surrogate) becomes
    U+FFFD. JSON writes null for NaN and infinities. Parquet keeps the types of a Parquet input; any other column of the input is text.

    Parameters
    ----------
    target : str or Path
        Path, or ``-`` for standard output.
    format : {"csv", "tsv", "jsonl", "json", "parquet", "xlsx"}
    columns : sequence of str
        In order; not used for JSON.
    added : collection of str
        The columns among them that did not come from the input.
    schema : pyarrow.Schema, optional
        Of the columns that came from a Parquet file.
    example : mapping of str to object, optional
        A value of each other column that Parquet is to hold as something else than text.
    announce : callable, optional
        Called with the path of the part file before there is one, so that whoever comes after a killed process knows what to remove.

    Raises
    ------
    InputError
        On entering, if the target cannot be opened or a package of the extra ``io`` is not installed.
    FactcheckError
        If writing fails, as on a full disk.
    BrokenPipeError
        If the reader of standard output has gone.
    """

    def __init__(
        self,
        target: str | Path,
        *,
        format: str,  # noqa: A002 (the word that users say)
        columns: Sequence[str] = (),
        added: Collection[str] = (),
        schema: Any = None,
        example: Mapping[str, Any] | None = None,
        announce: Callable[[Path], None] | None = None,
    ) -> None:
        self.format = format
        self.columns = tuple(columns)
        self._added = frozenset(added)
        self._announce = announce
        self._types = {"schema": schema, "example": example or {}}
        self._target = target
        self._sink: ParquetSink | SheetSink | None = None
        self._pending: list[str] = []
        self._length = 0
        self._first = True
        # The csv module quotes a lone carriage return only where the line end holds one: so it writes \r\n, and _LineEnds \n.
        self._csv = csv.writer(_LineEnds(self._add), delimiter="\t" if format == "tsv" else ",", lineterminator="\r\n")
        self._guarded = [name in self._added for name in self.columns]

    def __enter__(self) -> Self:
        """Open the target and write the header."""
        with contextlib.ExitStack() as stack:
            opened = stack.enter_context(_opened(self._target, binary=self.format in BINARY, announce=self._announce))
            self._put, self._whole = opened.put, opened.whole
            stack.push(self._finish)
            if self.format in {"csv", "tsv"}:
                self._csv.writerow([_csv_cell(name) for name in self.columns])
            elif self.format == "json":
                self._add("[")
            elif self.format == "parquet":
                self._sink = ParquetSink(opened.file, self.columns, **self._types)
            elif self.format == "xlsx":
                self._sink = SheetSink(opened.file, self.columns)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Complete the file; after an error, leave what the class says."""
        with self._failing():
            self._stack.__exit__(kind, error, trace)

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row.

        Parameters
        ----------
        row : mapping of str to object
            Value by column. Where there are columns, one without a value is an empty cell, and a value without a column is left out.
        """
        if self._sink:
            with self._failing():
                self._sink.write(row)
        elif self.format == "jsonl":
            self._add(json_text(row) + "\n")
        elif self.format == "json":
            self._add(("\n" if self._first else ",\n") + json_text(row))
            self._first = False
        else:
            self._csv.writerow([_csv_cell(row.get(name), guard=guard) for name, guard in zip(self.columns, self._guarded, strict=True)])

    def flush(self) -> None:
        """Hand the rows written so far to the system; Parquet and Excel keep them until there are enough."""
        # A lone surrogate has no UTF-8 form; with a backslash it is the escape that JSON has for it. In CSV there is none left.
        block = "".join(self._pending).encode("utf-8", "backslashreplace")
        self._pending, self._length = [], 0
        with self._failing():
            self._put(block)

    def _add(self, text: str) -> None:
        self._pending.append(text)
        self._length += len(text)
        if self._length > _BUFFER:
            self.flush()

    def _finish(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            if self.format == "json":
                self._add("]\n" if self._first else "\n]\n")
            if self._sink:
                self._sink.close()
            self.flush()
        elif self._sink:
            self._sink.discard()

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn an error of the system into one that says what is left; a standard output that nobody reads is for the caller to end."""
        try:
            yield
        except OSError as error:
            if isinstance(error, BrokenPipeError) and str(self._target) == STREAM:
                raise
            name = "stdout" if str(self._target) == STREAM else self._target
            left = "nothing was left under this name" if self._whole else "the rows written before are whole"
            raise FactcheckError(f"{name}: writing failed: {reason(error)}; {left}; make room or give another place") from error


def write_whole(path: Path, text: str) -> None:
    """Write a text (UTF-8) that stands under its name when it is complete; until then what was there before is.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    part = path.with_name(f".factcheck-{secrets.token_hex(6)}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
    except (OSError, ValueError) as error:
        name = str(path).replace("\0", "\\0")
        raise InputError(f"{name}: cannot be written: {reason(error)}; give another name or folder") from error
    finally:
        with contextlib.suppress(OSError, ValueError):
            part.unlink(missing_ok=True)


def script_safe(json: str) -> str:
    r"""Return a JSON text that stays JSON inside a script element, whatever its strings hold.

    Examples
    --------
    >>> print(script_safe('{"claim":"</script><!--"}'))
    {"claim":"\u003c/script\u003e\u003c!--"}
    """
    return _SCRIPT_SIGN.sub(lambda sign: f"\\u{ord(sign.group()):04x}", json)


_SCRIPT_SIGN = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


class _LineEnds:
    r"""A file that passes on lines ended by ``\r\n`` with ``\n``."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self._add = add

    def write(self, text: str) -> None:
        self._add(text[:-2] + "\n")


# ---------------------------------------------------------------------------------------------------------------------
# Where the bytes go
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Opened:
    put: Callable[[bytes], None]  # writes a block of rows
    file: Any  # the file itself, for what writes it in its own way
    whole: bool  # whether it takes its name only when it is complete


@contextlib.contextmanager
def _opened(target: str | Path, *, binary: bool, announce: Callable[[Path], None] | None) -> Iterator[_Opened]:
    """Yield the open target; a file takes its name behind the last block."""
    if str(target) == STREAM:
        if binary:
            raise InputError("stdout: Parquet and Excel cannot be written to standard output; give a file")
        yield _Opened(_to_stdout, None, whole=False)
        return
    path, written, file = _open(target, announce)
    part = written if written != path else None
    try:
        with file, io.BufferedWriter(file) if binary else contextlib.nullcontext() as buffered:
            yield _Opened(partial(_append, file), buffered, whole=part is not None)
            if buffered:
                buffered.flush()
            if part:
                os.fsync(file.fileno())
        if part:
            if path.exists():
                shutil.copymode(path, part)
            part.replace(path)
    finally:
        if part:
            part.unlink(missing_ok=True)


def _open(target: str | Path, announce: Callable[[Path], None] | None) -> tuple[Path, Path, io.FileIO]:
    """Return the path of the target, the path that is written until it is complete, and the file that is open there."""
    try:
        path = Path(target)
        there = path.exists()
        whole = path.is_file() or not there
        if whole:  # a pipe or device is no file to replace, and its real path may be none that opens
            path = Path(os.path.realpath(path))  # through a link the file that it points to is replaced, not the link
        if path.is_dir():
            raise InputError(f"{target}: is a folder; give the name of a file to write")
        if not path.parent.is_dir():
            raise InputError(f"{target}: the folder {path.parent} does not exist; create it first")
        if there and not os.access(path, os.W_OK):
            raise InputError(f"{target}: may not be written by this user; give another name or change its permissions")
        written = path.with_name(f".factcheck-{secrets.token_hex(6)}.part") if whole else path
        if whole and announce:
            announce(written)
        return path, written, written.open("xb" if whole else "wb", buffering=0)
    except (OSError, ValueError) as error:
        name = str(target).replace("\0", "\\0")
        raise InputError(f"{name}: cannot be written: {reason(error)}; give another name or folder") from error


def _append(file: IO[bytes], block: bytes) -> None:
    """Write a block, or on an error nothing of it: no half row at the end. What a pipe got cannot be taken back."""
    before = file.tell() if file.seekable() else None
    view = memoryview(block)
    try:
        while view:
            view = view[file.write(view) :]
    except BaseException:
        if before is not None:
            with contextlib.suppress(OSError):
                file.truncate(before)
        raise


def _to_stdout(block: bytes) -> None:
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:  # a notebook's
        sys.stdout.write(block.decode("utf-8"))
        sys.stdout.flush()
        return
    binary.write(block)
    binary.flush()


# ---------------------------------------------------------------------------------------------------------------------
# Cells
# ---------------------------------------------------------------------------------------------------------------------


def _csv_cell(value: Any, *, guard: bool = False) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else cell_text(value)
    if not text.isascii() or "\0" in text:
        text = NUL_OR_SURROGATE.sub("\ufffd", text)
    if guard and isinstance(value, str) and text.lstrip()[:1] in _FORMULA_START:
        return "'" + text
    return text


def unguarded(cell: str) -> str:
    """Return what a cell of an added column said before `RowWriter` put an apostrophe before it.

    Examples
    --------
    >>> unguarded("'-5 degrees"), unguarded("'tis -5 degrees")
    ('-5 degrees', "'tis -5 degrees")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip()[:1] in _FORMULA_START else cell
