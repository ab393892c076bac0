"""Rows out as CSV, TSV and JSON Lines: whole rows only, and a table under its name only when it is complete."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from factcheck.errors import FactcheckError, InputError
from factcheck.lines import STREAM

_BUFFER = 1 << 20
"""Characters that are held before they are handed to the system."""

_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
# What a spreadsheet takes for the start of a formula, in ASCII and in full width.
_FORMULA_START = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")


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
        format: str,  # noqa: A002 (the word that users say)
        columns: Sequence[str] = (),
        added: Collection[str] = (),
    ) -> None:
        self.format = format
        self.columns = tuple(columns)
        self._added = frozenset(added)
        self._target = target
        self._pending: list[str] = []
        self._length = 0
        # The csv module quotes a lone carriage return only where the line end holds one: so it writes \r\n, and _LineEnds \n.
        self._csv = csv.writer(_LineEnds(self._add), delimiter="\t" if format == "tsv" else ",", lineterminator="\r\n")

    def __enter__(self) -> Self:
        """Open the target and write the header."""
        with contextlib.ExitStack() as stack:
            self._put = stack.enter_context(_opened(self._target, whole=self.format != "jsonl"))
            stack.push(self._finish)
            if self.format != "jsonl":
                self._csv.writerow([_csv_cell(name) for name in self.columns])
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
            Value by column. In CSV a column without a value is an empty cell, a value without a column is left out.
        """
        if self.format == "jsonl":
            self._add(_json_text(row) + "\n")
        else:
            self._csv.writerow([_csv_cell(row.get(name), guard=name in self._added) for name in self.columns])

    def flush(self) -> None:
        """Hand the rows written so far to the system."""
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
            self.flush()

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        """Turn an error of the system into one that says what is left; a broken pipe is for the caller to end."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            name = "stdout" if str(self._target) == STREAM else self._target
            left = "the rows written before are whole" if name == "stdout" or self.format == "jsonl" else "nothing was left behind"
            raise FactcheckError(f"{name}: writing failed: {_reason(error)}; {left}; make room or give another place") from error


class _LineEnds:
    r"""A file that passes on lines ended by ``\r\n`` with ``\n``."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self._add = add

    def write(self, text: str) -> None:
        self._add(text[:-2] + "\n")


# ---------------------------------------------------------------------------------------------------------------------
# Where the bytes go
# ---------------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(target: str | Path, *, whole: bool) -> Iterator[Callable[[bytes], None]]:
    """Yield what writes a block of rows to the target; a whole file takes its name behind the last block."""
    if str(target) == STREAM:
        yield _to_stdout
        return
    path, written, file = _open(target, whole=whole)
    try:
        with file:
            yield partial(_append, file)
            if written != path:
                os.fsync(file.fileno())
        if written != path:
            if path.exists():
                shutil.copymode(path, written)
            written.replace(path)
    finally:
        if written != path:
            written.unlink(missing_ok=True)


def _open(target: str | Path, *, whole: bool) -> tuple[Path, Path, IO[bytes]]:
    """Return the path of the target, the path that is written until it is complete, and the file that is open there."""
    try:
        path = Path(target)
        there = path.exists()
        if path.is_file() or not there:  # a pipe or device is no file to replace, and its real path may be none that opens
            path = Path(os.path.realpath(path))  # through a link the file that it points to is replaced, not the link
        else:
            whole = False
        if path.is_dir():
            raise InputError(f"{target}: is a folder; give the name of a file to write")
        if not path.parent.is_dir():
            raise InputError(f"{target}: the folder {path.parent} does not exist; create it first")
        if there and not os.access(path, os.W_OK):
            raise InputError(f"{target}: may not be written by this user; give another name or change its permissions")
        written = path.with_name(f".factcheck-{secrets.token_hex(6)}.part") if whole else path
        return path, written, written.open("wb" if written == path else "xb", buffering=0)
    except (OSError, ValueError) as error:
        name = str(target).replace("\0", "\\0")
        raise InputError(f"{name}: cannot be written: {_reason(error)}; give another name or folder") from error


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
    text = value if isinstance(value, str) else _json_text(value)
    if not text.isascii() or "\0" in text:
        text = _UNWRITABLE.sub("\ufffd", text)
    if guard and isinstance(value, str) and text.lstrip()[:1] in _FORMULA_START:
        return "'" + text
    return text


def _json_text(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _reason(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error)).strip().lower()
