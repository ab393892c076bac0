"""Rows of the small tables that people keep by hand, what is wrong with them, and which of them say the same.

The statement base and the labelled claims are such tables: CSV (UTF-8, one header row) or JSON Lines, read whole, every
cell a string. A row that cannot be read becomes a `Problem` with its number and is never dropped in silence. Rows are
numbered as a spreadsheet numbers them: the header of a CSV file is row 1; in JSON Lines the first line is row 1.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import os
import re
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from urllib.parse import urlsplit

from factcheck.errors import InputError

MAX_BYTES = 256 * 1024 * 1024
"""Largest table that is read, in bytes."""

_NOT_IN_ADDRESS = re.compile('[\\s<>"\\\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+|localhost|[0-9a-f.]*:[0-9a-f:.]+")

_YEAR, _MONTHS = r"(?:19|20)\d\d", "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DATE_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<!\d)(?P<y>{_YEAR})[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)(?!\d)",
        rf"(?<!\d)(?P<y>{_YEAR})(?P<m>\d\d)(?P<d>\d\d)(?=T|\b)",
        rf"\b(?P<d>\d\d?)(?:st|nd|rd|th)?\s+(?P<m>{'|'.join(_MONTHS)})[a-z]*\.?,?\s+(?P<y>{_YEAR})\b",
        rf"\b(?P<m>{'|'.join(_MONTHS)})[a-z]*\.?\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y>{_YEAR})\b",
        rf"(?<!\d)(?P<a>\d\d?)[-/.](?P<b>\d\d?)[-/.](?P<y>{_YEAR})(?!\d)",
    )
)
_MOMENT = re.compile(r"\d{10}(\d{3})?")
_DAY_FIRST = re.compile(rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")

_ROUNDING = 1e-9
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one cell of a table.

    Parameters
    ----------
    file : str
        Path or name of the table.
    row : int
        As a spreadsheet numbers it; 0 when the file as a whole, or a row that stands in no file, is meant.
    column : str
        Empty when the row as a whole is meant.
    seen : str
        What stands there, shortened; may be empty.
    advice : str
        What is wrong and what to do.
    usable : bool
        Whether the row can be used all the same. False stops the readers, True only the lint.
    """

    file: str
    row: int
    column: str
    seen: str
    advice: str
    usable: bool = False

    def __str__(self) -> str:
        """Return one line: file, row, column, what is wrong and what to do, what was seen."""
        place = self.file + (f", row {self.row}" if self.row else "") + (f", column {self.column}" if self.column else "")
        return f"{place}: {self.advice}" + (f" (seen: {self.seen})" if self.seen else "")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands in its file.

    Parameters
    ----------
    name : str
        As messages call it.
    columns : tuple of str
    rows : list of (int, dict of str to str)
        Number and cells of every row that could be read.
    problems : list of Problem
        One for every row that could not.
    """

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]
    problems: list[Problem]


def shipped(name: str) -> Traversable:
    """Return the file of that name that comes with the package, or in a checkout the one of the folder ``data``."""
    packaged = resources.files("factcheck").joinpath("data", name)
    return packaged if packaged.is_file() else Path(__file__).resolve().parents[2] / "data" / name


def read_table(source: Traversable, name: str, *, error: type[InputError] = InputError) -> Table:
    """Read a CSV file or, by its ending ``.jsonl`` or ``.ndjson``, JSON Lines.

    Parameters
    ----------
    source : Path or other Traversable
    name : str
        For messages.
    error : type of InputError
        What to raise.

    Returns
    -------
    Table
        Without rows for an empty file. Empty lines are left out and keep their number.

    Raises
    ------
    InputError
        When the file is absent, too large, not UTF-8 or no table.
    """
    if not source.is_file():
        raise error(f"{name}: there is no such file; give a CSV or JSON Lines file.")
    if isinstance(source, Path) and source.stat().st_size > MAX_BYTES:
        raise error(f"{name}: the file is larger than {MAX_BYTES // 2**20} MB; split it.")
    raw = source.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line, byte = raw.count(b"\n", 0, problem.start) + 1, raw[problem.start]
        raise error(f"{name}, line {line}: byte {byte:#04x} is not UTF-8; save the file as UTF-8.") from problem
    return _read_json_lines(text, name) if _is_json_lines(source.name) else _read_csv(text, name, error)


def _is_json_lines(name: str) -> bool:
    return name.lower().endswith((".jsonl", ".ndjson"))


def _read_csv(text: str, name: str, error: type[InputError]) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    problems: list[Problem] = []
    try:
        columns = tuple(cell.strip() for cell in next(reader, []))
        for number, cells in enumerate(reader, 2):
            if len(cells) == len(columns):
                rows.append((number, dict(zip(columns, cells, strict=True))))
            elif cells:
                advice = f"the row has {len(cells)} cells where the header has {len(columns)}; put cells that hold commas in quotes"
                problems.append(Problem(name, number, "", ",".join(cells)[:60], advice))
    except csv.Error as problem:
        raise error(f"{name}, line {reader.line_num}: {problem}; the file is not a CSV table.") from problem
    if twice := [column for column, count in Counter(columns).items() if count > 1]:
        raise error(f"{name}: two columns of the header are called {twice[0]!r}; rename one.")
    return Table(name, columns, rows, problems)


def _read_json_lines(text: str, name: str) -> Table:
    rows: list[tuple[int, dict[str, str]]] = []
    problems: list[Problem] = []
    columns: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError) as problem:
            problems.append(Problem(name, number, "", line[:60], f"not JSON: {problem}"))
            continue
        if not isinstance(cells, dict):
            problems.append(Problem(name, number, "", line[:60], "give one JSON object a line"))
        else:
            rows.append((number, {key: _as_text(cell) for key, cell in cells.items()}))
            columns.update(dict.fromkeys(cells))
    return Table(name, tuple(columns), rows, problems)


def _as_text(cell: object) -> str:
    """Return a JSON value as a cell: null is empty, what is no string stands as its JSON."""
    return cell if isinstance(cell, str) else "" if cell is None else json.dumps(cell, ensure_ascii=False)


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write a table in the format that the ending of ``path`` names; the file is replaced whole or left as it was.

    Parameters
    ----------
    path : Path
    columns : sequence of str
    rows : sequence of mapping
        A cell that a row lacks is written empty.
    """
    text = io.StringIO()
    if _is_json_lines(path.name):
        text.writelines(json.dumps({column: row.get(column, "") for column in columns}, ensure_ascii=False) + "\n" for row in rows)
    else:
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes its file private: a table keeps the rights that it had, a new one gets the usual
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def has_control_character(cell: str) -> bool:
    """Tell whether a cell holds a line break, another control character, a lone surrogate or a mark that turns the writing direction."""
    return any(unicodedata.category(character) in {"Cc", "Cs"} or character in _BIDI for character in cell)


def host_of(url: str) -> str:
    """Return the host of an http or https address in lower case and without www, the empty string when it is none.

    The host has a dot, is ``localhost`` or is an IPv6 address (without its brackets); its letters are those of any script.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
        _ = parts.port  # raises ValueError when it is no number
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or _NOT_IN_ADDRESS.search(url):
        return ""
    # in many scripts a letter has marks of its own
    letters = host if host.isascii() else "".join(sign for sign in host if not unicodedata.category(sign).startswith("M"))
    return host if _HOST.fullmatch(letters) else ""


def day_of(text: str) -> str:
    """Return the first certain day in a text as an ISO date, the empty string when there is none.

    The months are English, whatever the language of the system.

    Examples
    --------
    >>> day_of("1st May 2024 at noon"), day_of("05/31/2024"), day_of("05/06/2024")
    ('2024-05-01', '2024-05-31', '')
    """
    text = text.strip()[:200]
    if _MOMENT.fullmatch(text):  # seconds or milliseconds since 1970, unless it might as well be a day and an hour
        return "" if _DAY_FIRST.match(text) else dt.datetime.fromtimestamp(int(text[:10]), tz=dt.UTC).date().isoformat()
    return next(filter(None, (_day(found) for form in _DATE_FORMS if (found := form.search(text)))), "")


def _day(found: re.Match[str]) -> str:
    parts = found.groupdict()
    if "a" in parts:  # 3/4/2020 is the third of April or the fourth of March: only where one of the two can be no month is it certain
        first, second = int(parts["a"]), int(parts["b"])
        if first <= 12 and second <= 12 and first != second:
            return ""
        parts |= {"d": str(max(first, second)), "m": str(min(first, second))}
    month = parts["m"].lower()[:3]
    try:
        return dt.date(int(parts["y"]), _MONTHS.index(month) + 1 if month in _MONTHS else int(month), int(parts["d"])).isoformat()
    except ValueError:
        return ""


def refuse(problems: Sequence[object], *, error: type[InputError], advice: str) -> None:
    """Raise one error that names the first three of some problems and counts the rest; do nothing when there are none."""
    if problems:
        rest = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise error(f"{'; '.join(str(problem) for problem in problems[:3])}{rest}. {advice}")


def share(a: frozenset[str], b: frozenset[str]) -> float:
    """Return how much of the richer of two word sets they share, in [0, 1]; 0 when both are empty."""
    return len(a & b) / max(len(a), len(b), 1)


def near_duplicates(bags: Sequence[frozenset[str]], at_least: float = 0.8) -> list[tuple[int, int, float]]:
    """Find all pairs of word sets that share so much: ``|A & B| >= at_least * max(|A|, |B|)``.

    Parameters
    ----------
    bags : sequence of frozenset of str
        Empty sets match nothing.
    at_least : float
        In (0, 1].

    Returns
    -------
    list of (int, int, float)
        Positions ``i < j`` and the share, ordered by ``j``.

    Notes
    -----
    Only pairs that meet in the rarest words of both (a fifth of them for four fifths) are compared: prefix filtering
    (Chaudhuri et al., 2006), which loses none and spares a large base the comparison of all with all.
    """
    frequency = Counter(word for bag in bags for word in bag)
    seen: dict[str, list[int]] = defaultdict(list)
    pairs: list[tuple[int, int, float]] = []
    for j, bag in enumerate(bags):
        fewest = math.ceil(at_least * len(bag) - _ROUNDING)
        rarest = sorted(bag, key=lambda word: (frequency[word], word))[: len(bag) - fewest + 1]
        met = sorted({i for word in rarest for i in seen[word]})
        pairs += [(i, j, part) for i in met if (part := share(bag, bags[i])) >= at_least - _ROUNDING]
        for word in rarest:
            seen[word].append(j)
    return pairs
