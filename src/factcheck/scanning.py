"""Records of a text table: what stands between two ends that count, in CSV, TSV, JSON Lines or a JSON array.

Each comes with the line where it begins. One that cannot be read comes with what is wrong, and takes no other with it.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from factcheck.errors import InputError
from factcheck.lines import MAX_LINE, Lines, undecoded

MAX_CELL = 131_072
"""Longest cell of a CSV or TSV row, in characters."""

MAX_RECORD = MAX_LINE
"""Longest row of any format, in characters, line breaks inside quotes included."""

MAX_DEPTH = 100
"""Deepest nesting of lists and objects in a line of JSON."""

_BAD_QUOTE = (
    f"opens a quote that is not closed (within {MAX_RECORD:,} characters), or has a quote inside a quoted cell that is not doubled; "
    'write such a cell as "say ""no"" twice"'
)

Problem = tuple[str, str]
"""The kind of an error and its words, to be read behind "row N"."""


@dataclass(slots=True)
class Record:
    """One record: its cells, or the values by key of JSON; where it is bad, what could be read.

    Parameters
    ----------
    line : int
        Where it begins, 1 for the first.
    cells : list of str
    values : dict of str to object
    problem : (str, str), optional
        What is wrong with it.
    """

    line: int
    cells: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    problem: Problem | None = None


class CsvRecords:
    """Records of a CSV text; also the iterator of lines from which `csv.reader` draws them."""

    def __init__(self, lines: Lines, delimiter: str) -> None:
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
            raise csv.Error("too much was read twice")
        line = self._lines.take()
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._size += len(line)
        if self._size > MAX_RECORD:
            raise csv.Error("the record is too long")
        return line

    def records(self) -> Iterator[Record]:
        """Yield the records; a blank line counts only between the rows of a table of one column."""
        reader = csv.reader(self, delimiter=self._delimiter, strict=True)
        width = blanks = 0
        while record := self._next(reader):
            if not record.cells and not record.problem:
                blanks += width == 1
                continue
            for back in range(blanks, 0, -1):
                yield Record(record.line - back, [""])
            blanks = 0
            width = width or len(record.cells)
            yield record

    def _next(self, reader: Iterator[list[str]]) -> Record | None:
        self._taken, self._size = [], 0
        start = self._lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return None
        except csv.Error:
            return self._broken(start)
        problem = _unreadable("".join(self._taken), self._lines.encoding)
        if not problem and self._size > MAX_CELL and max(map(len, cells)) > MAX_CELL:  # another library raised csv's own limit
            problem = _too_long("a cell", MAX_CELL)
        return Record(start, cells, problem=problem)

    def _broken(self, start: int) -> Record:
        """Return the bad record of the first line that was taken, and give the others back."""
        first, rest = self._taken[0], self._taken[1:]
        self._lines.give_back(rest)
        self._again += sum(map(len, rest))
        if len(first) > MAX_RECORD:
            return Record(start, problem=_too_long("the line", MAX_RECORD))
        try:
            cells = next(csv.reader([first.rstrip("\r\n")], delimiter=self._delimiter))
        except csv.Error:
            return Record(start, problem=_too_long("a cell", MAX_CELL))
        return Record(start, cells, problem=("quote", _BAD_QUOTE))


def json_lines(lines: Lines) -> Iterator[Record]:
    """Yield the records of JSON Lines; blank lines are left out."""
    while line := lines.take():
        if len(line) > MAX_RECORD:
            yield Record(lines.number, problem=_too_long("the line", MAX_RECORD))
        elif line.strip():
            problem = _unreadable(line, lines.encoding)
            yield Record(lines.number, problem=problem) if problem else _json_record(lines.number, line)


class ArrayRecords:
    """Elements of a text that is one JSON array, found by brackets, quotes and commas, so that a bad one takes no other with it."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._line = 1  # where the element begins
        self._parts: list[str] = []
        self._size = self._breaks = self._count = 0

    def records(self) -> Iterator[Record]:
        """Yield the elements; where the array does not end as it should, a bad one follows."""
        piece = self._begin()
        depth, quoted, at = 1, False, 0
        while piece:
            start = 0
            while found := (_INSIDE if quoted else _OUTSIDE).search(piece, at):
                sign, at = found.group(), found.end()
                if quoted:
                    at, quoted = (at + 1, True) if sign == "\\" else (at, False)  # what stands behind a backslash ends no text
                elif sign == '"':
                    quoted = True
                elif sign in "[{":
                    depth += 1
                elif depth > 1:
                    depth -= sign != ","
                elif sign != "}":
                    yield from self._element(piece[start : at - 1], last=sign == "]")
                    start = at
                    if sign == "]":
                        yield from self._behind(piece[at:])
                        return
            at = max(0, at - len(piece))
            self._add(piece[start:])
            piece = self._lines.piece()
        line = self._line
        record = next(self._element("", last=True), None)
        if record and not record.problem:
            yield record
        yield Record(line, problem=("json", "is not whole: the file ends inside the array; is it cut off?"))

    def _begin(self) -> str:
        """Return the text behind the opening bracket."""
        while (piece := self._lines.piece()).isspace():
            self._line += piece.count("\n")
        body = piece.lstrip()
        if body.startswith("["):
            self._line += piece[: len(piece) - len(body)].count("\n")
            return body[1:] or self._lines.piece()
        if not body:
            raise InputError(f"{self._lines.name}: the file is empty; expected a JSON array of objects")
        seen = "one object; if each line holds one, it is JSON Lines: give --input-format jsonl" if body.startswith("{") else "no array"
        raise InputError(f"{self._lines.name}: holds {seen}; expected a JSON array of objects")

    def _add(self, text: str) -> None:
        if (room := MAX_RECORD + 1 - self._size) > 0:
            self._parts.append(text[:room])
        self._size += len(text)
        self._breaks += text.count("\n")

    def _element(self, text: str, *, last: bool) -> Iterator[Record]:
        self._add(text)
        raw, size = "".join(self._parts), self._size
        bare = raw.lstrip()
        line = self._line + raw[: len(raw) - len(bare)].count("\n")
        self._line += self._breaks
        self._parts, self._size, self._breaks = [], 0, 0
        self._count += 1
        if size > MAX_RECORD:
            yield Record(line, problem=_too_long("the object", MAX_RECORD))
        elif bare or not last or self._count > 1:  # [] has no element
            problem = _unreadable(raw, self._lines.encoding)
            yield Record(line, problem=problem) if problem else _json_record(line, bare)

    def _behind(self, rest: str) -> Iterator[Record]:
        while rest:
            if rest.strip():
                yield Record(self._line, problem=("json", "stands behind the end of the array; put all objects into one array"))
                return
            rest = self._lines.piece()


_OUTSIDE = re.compile(r'["\[\]{},]')
_INSIDE = re.compile(r'["\\]')


def _json_record(line: int, text: str) -> Record:
    try:
        value = JSON.decode(text.strip())
    except RecursionError:
        return Record(line, problem=_TOO_DEEP)
    except _DuplicateKeyError as error:
        return Record(line, problem=("duplicate_key", f"gives the key {shortened(str(error))} twice; keep one"))
    except json.JSONDecodeError as error:
        return Record(line, problem=("json", f"is not JSON: {error.msg} (character {error.pos + 1}); each row is one object"))
    if not isinstance(value, dict):
        kind = {list: "a list", str: "a text", type(None): "null", bool: "a truth value"}.get(type(value), "a number")
        return Record(line, problem=("not_an_object", f'is {kind} and no object; each row is one object, as {{"text": "..."}}'))
    if text.count("[") + text.count("{") > MAX_DEPTH and _too_deep(value):
        return Record(line, problem=_TOO_DEEP)
    return Record(line, values=value)


class _DuplicateKeyError(ValueError):
    """A key stands twice in one object."""


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise _DuplicateKeyError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return values


JSON = json.JSONDecoder(
    object_pairs_hook=_unique_pairs,
    parse_constant=lambda _: None,
    parse_float=lambda digits: digits if math.isinf(float(digits)) else float(digits),
    parse_int=lambda digits: int(digits) if len(digits) < 640 else digits,
)
"""Reads JSON so that nothing of it is lost: what Python cannot hold as the same number, or refuses to read (640 digits is the least limit
it can be set to), stays text; a key that stands twice is refused."""
_TOO_DEEP = ("json", f"is nested more than {MAX_DEPTH} deep; flatten it")


def _too_deep(value: Any, room: int = MAX_DEPTH) -> bool:
    if not isinstance(value, dict | list):
        return False
    return not room or any(_too_deep(item, room - 1) for item in (value.values() if isinstance(value, dict) else value))


def _unreadable(raw: str, encoding: str) -> Problem | None:
    if (byte := undecoded(raw)) is not None:
        advice = "save the file as UTF-8, or give the encoding that it has (as in --encoding cp1252)"
        return "encoding", f"has the byte 0x{byte:02x}, which is not {encoding}; {advice}"
    if "\0" in raw:
        return "nul", "has a NUL character; remove it, or give the encoding that the file has (as in --encoding utf-16)"
    return None


def _too_long(what: str, limit: int) -> Problem:
    kind = "cell_too_long" if what == "a cell" else "line_too_long"
    return kind, f"is too long: {what} has more than {limit:,} characters, at most {limit:,} are read; shorten or split it"


def shortened(text: str, most: int = 60) -> str:
    """Return a text in quotes, cut to so many characters."""
    return repr(text if len(text) <= most else text[: most - 3] + "...")
