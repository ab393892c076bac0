"""The statement base: read it, lint it, add to it, compare two of them, hash it.

A base is a CSV file (UTF-8, one header row) or JSON Lines with the keys of `COLUMNS`, rows numbered as in
`factcheck.rows`. Further columns are allowed, kept (as text) and not read. What makes a row unusable (no id, no text,
an address that is none, a date that is none) stops `read_statements`; what only makes it poor (too long, a
near-duplicate) is left to `lint`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factcheck.errors import StatementError
from factcheck.records import Statement
from factcheck.rows import (
    Problem,
    Table,
    day_of,
    has_control_character,
    host_of,
    near_duplicates,
    read_table,
    refuse,
    share,
    shipped,
    write_table,
)
from factcheck.text import DENIALS, FUNCTION_WORDS, NEGATIONS, normalize, stem, tokenize

COLUMNS = ("id", "topic", "statement", "publisher", "url", "published", "valid_until")
"""Columns of a statement base, in the order in which they are written."""

REQUIRED = ("id", "statement", "publisher", "url")
"""Columns without which a statement cannot be cited."""

MIN_LENGTH, MAX_LENGTH = 20, 400
"""Characters of a statement."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Similar:
    """Two statements that share four fifths of their content stems.

    Parameters
    ----------
    new, old : Statement
    share : float
        Shared content stems over those of the richer statement, in [0.8, 1].
    contradicts : bool
        Whether one of them negates or denies once more than the other.
    """

    new: Statement
    old: Statement
    share: float
    contradicts: bool

    def __str__(self) -> str:
        """Return one line that names both."""
        what = "may contradict" if self.contradicts else "is nearly the same as"
        return f"{self.new.id} {what} {self.old.id} (shares {self.share:.0%} of its words): {self.old.text}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from an old statement base to a new one; every tuple is ordered by id.

    Parameters
    ----------
    added, removed : tuple of Statement
    reworded : tuple of (Statement, Statement)
        Old and new; the text differs.
    redated : tuple of (Statement, Statement)
        ``published`` or ``valid_until`` differs.
    resourced : tuple of (Statement, Statement)
        Topic, publisher or address differs.
    """

    added: tuple[Statement, ...] = ()
    removed: tuple[Statement, ...] = ()
    reworded: tuple[tuple[Statement, Statement], ...] = ()
    redated: tuple[tuple[Statement, Statement], ...] = ()
    resourced: tuple[tuple[Statement, Statement], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything changed."""
        return any((self.added, self.removed, self.reworded, self.redated, self.resourced))


# ---------------------------------------------------------------------------------------------------------------------
# Read and lint
# ---------------------------------------------------------------------------------------------------------------------


def read_statements(path: str | Path | None = None) -> tuple[Statement, ...]:
    """Read a statement base.

    Parameters
    ----------
    path : str or Path, optional
        A CSV file or, by its ending ``.jsonl`` or ``.ndjson``, JSON Lines. None reads the base that ships.

    Returns
    -------
    tuple of Statement
        In the order of the file; empty for a base without rows.

    Raises
    ------
    StatementError
        When the file cannot be read or a row cannot be used; names file, row and column, and how many more there are.
    """
    pairs, problems = _parse(_read(path))
    refuse(problems, error=StatementError, advice="`factcheck statements lint` lists all that is wrong.")
    return tuple(statement for _, statement in pairs)


def lint(path: str | Path | None = None) -> list[Problem]:
    """List everything that is wrong with a statement base, in the order of its rows.

    Checks unique ids and their form, addresses (http or https with a host), ISO dates and their order, empty cells,
    control characters, statements that are too long or too short, and near-duplicates.

    Parameters
    ----------
    path : str or Path, optional
        As in `read_statements`.

    Returns
    -------
    list of Problem
        Empty when nothing is wrong.

    Raises
    ------
    StatementError
        Only when the file is absent or is no table at all.
    """
    table = _read(path)
    name = table.name
    pairs, problems = _parse(table)
    missing = [column for column in COLUMNS if column not in (*table.columns, *REQUIRED)]
    problems += [Problem(name, 0, column, "", "the column is missing; add it to the header", usable=True) for column in missing]
    if not table.rows:
        problems.append(Problem(name, 0, "", "", "the base has no statements", usable=True))
    for row, statement in pairs:
        problems += _style(name, row, statement)
    for i, j, part in near_duplicates([content_stems(statement.text) for _, statement in pairs]):
        (_, old), (row, new) = pairs[i], pairs[j]
        problems.append(Problem(name, row, "statement", new.text[:60], str(Similar(new, old, part, _opposed(new, old))), usable=True))
    return sorted(problems, key=lambda problem: problem.row)


def read_known_claims(path: str | Path | None = None) -> tuple[Statement, ...]:
    """Read what a post can be matched with: a statement base, or claims that were fact-checked elsewhere.

    Parameters
    ----------
    path : str or Path, optional
        A statement base as in `read_statements`, or a table with ``id`` and ``text`` and, where there are any, ``title``,
        ``subtitle``, ``publisher``, ``url``, ``rating`` and the day, ``published`` or ``date``. Such claims can be found, not cited.

    Returns
    -------
    tuple of Statement
        Title and subtitle, where they add something, follow the text. A day in a form that is not known counts as none.

    Raises
    ------
    StatementError
        When the file cannot be read, or a row has no id or text or repeats an id.
    """
    table = _read(path)
    if "statement" in table.columns or "text" not in table.columns:
        return read_statements(path)
    known: dict[str, Statement] = {}
    for row, cells in table.rows:
        found = {name: cells.get(name, "").strip() for name in ("id", "text", "title", "subtitle", "topic", "publisher", "url", "rating")}
        identifier, text = found["id"], found["text"]
        if not identifier or not text or identifier in known:
            what = "repeats the id" if identifier in known else "has no id or no text"
            raise StatementError(f"{table.name}: row {row} {what} {identifier!r}; give each claim an id of its own and a text.")
        title, subtitle = (found[name] if found[name] not in text else "" for name in ("title", "subtitle"))
        whole = " ".join(filter(None, (text, title and f"({title})", subtitle)))
        day = day_of(cells.get("published", "") or cells.get("date", ""))
        known[identifier] = Statement(
            identifier,
            found["topic"],
            whole,
            found["publisher"],
            found["url"],
            published=dt.date.fromisoformat(day) if day else None,
            rating=found["rating"],
        )
    return tuple(known.values())


def stats(statements: Iterable[Statement]) -> dict[str, Any]:
    """Count a statement base.

    Returns
    -------
    dict
        ``statements``, ``topics`` (name to count, by name), ``publishers`` (name to count, commonest first),
        ``addresses`` (distinct), ``published`` and ``valid_until`` (rows that have the date).
    """
    rows = list(statements)
    return {
        "statements": len(rows),
        "topics": dict(sorted(Counter(row.topic for row in rows).items())),
        "publishers": dict(sorted(Counter(row.publisher for row in rows).items(), key=lambda item: (-item[1], item[0]))),
        "addresses": len({row.url for row in rows}),
        "published": sum(row.published is not None for row in rows),
        "valid_until": sum(row.valid_until is not None for row in rows),
    }


def describe(counts: Mapping[str, Any]) -> str:
    """Return the counts of `stats` as Markdown: a table of the topics, a line of the dates and one of the publishers."""
    lines = [f"{counts['statements']:,} statements at {counts['addresses']:,} addresses.", "", "| Topic | Statements |", "|---|---:|"]
    lines += [f"| {topic} | {count:,} |" for topic, count in counts["topics"].items()]
    lines += [f"| All | {counts['statements']:,} |", ""]
    lines += [f"With the day of publication: {counts['published']:,}; with a last day of validity: {counts['valid_until']:,}.", ""]
    named = [f"{name} ({count:,})" for name, count in counts["publishers"].items()]
    rest = f", and {len(named) - 20:,} others" if len(named) > 20 else ""
    return "\n".join([*lines, f"Publishers: {', '.join(named[:20])}{rest}."])


def fingerprint(statements: Iterable[Statement]) -> str:
    """Return the sha256 of what a base says, whatever the order of its rows, its line ends and its file format.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    total = hashlib.sha256(b"[")
    for number, row in enumerate(sorted(list(statement.to_dict().values()) for statement in statements)):
        canonical = unicodedata.normalize("NFC", json.dumps(row, ensure_ascii=False, separators=(",", ":")))
        total.update(b"," * (number > 0) + canonical.encode())
    total.update(b"]")
    return total.hexdigest()


def diff(old: Iterable[Statement], new: Iterable[Statement]) -> Difference:
    """Compare two statement bases by id.

    Parameters
    ----------
    old, new : iterable of Statement

    Returns
    -------
    Difference
        False when the two say the same. A statement can be both reworded and redated.
    """
    before, after = ({row.id: row for row in rows} for rows in (old, new))
    both = [(before[key], after[key]) for key in sorted(before.keys() & after.keys())]
    return Difference(
        added=tuple(after[key] for key in sorted(after.keys() - before.keys())),
        removed=tuple(before[key] for key in sorted(before.keys() - after.keys())),
        reworded=tuple((a, b) for a, b in both if a.text != b.text),
        redated=tuple((a, b) for a, b in both if (a.published, a.valid_until) != (b.published, b.valid_until)),
        resourced=tuple((a, b) for a, b in both if (a.topic, a.publisher, a.url) != (b.topic, b.publisher, b.url)),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Change a base
# ---------------------------------------------------------------------------------------------------------------------


def statement_from(cells: Mapping[str, str]) -> Statement:
    """Make a statement of the cells of a row.

    Parameters
    ----------
    cells : mapping of str to str
        By the names of `COLUMNS`; dates ISO or empty.

    Raises
    ------
    StatementError
        When a cell cannot be used; names the column.
    """
    numbered, problems = _parse(Table("the statement", COLUMNS, [(0, dict(cells))], []))
    refuse(problems, error=StatementError, advice="")
    return numbered[0][1]


def add(path: str | Path, statement: Statement, *, force: bool = False) -> list[Similar]:
    """Append a statement to a base; the file is replaced whole or left as it was.

    Parameters
    ----------
    path : str or Path
        A base; it is begun when it does not exist.
    statement : Statement
    force : bool
        Add it even when a near-duplicate or a contradiction is there (see `similar`).

    Returns
    -------
    list of Similar
        What is nearly the same in the base; empty unless ``force``.

    Raises
    ------
    StatementError
        When the statement breaks a rule, its id is taken, or it resembles another and ``force`` is False.
    """
    return _extend(Path(path), Table("the new statement", COLUMNS, [(0, dict(statement.to_dict()))], []), force=force)[1]


def import_rows(source: str | Path, mapping: Mapping[str, str], path: str | Path, *, force: bool = False) -> tuple[Statement, ...]:
    """Append the rows of a foreign table to a base, all or none.

    Parameters
    ----------
    source : str or Path
        CSV or JSON Lines with fields of any name.
    mapping : mapping of str to str
        Column of the base to field of ``source``; a field that begins with ``=`` is a constant (``"=WHO"``). Columns that are
        not named are taken from the field of the same name, if there is one.
    path : str or Path
        The base; it is begun when it does not exist.
    force : bool
        Import even rows that resemble others.

    Returns
    -------
    tuple of Statement
        The rows that were added.

    Raises
    ------
    StatementError
        For an unknown column or field, and for bad rows, each named; nothing is written then.
    """
    table = _read(source)
    if unknown := [column for column in mapping if column not in COLUMNS]:
        raise StatementError(f"--map: a statement base has no column {unknown[0]!r}; use one of {', '.join(COLUMNS)}.")
    if absent := [field for field in mapping.values() if not field.startswith("=") and field not in table.columns]:
        raise StatementError(f"{source}: there is no field {absent[0]!r}; it has {', '.join(table.columns) or 'none'}.")
    fields = {column: mapping.get(column, column) for column in COLUMNS}
    rows = [(number, {c: f[1:] if f.startswith("=") else row.get(f, "") for c, f in fields.items()}) for number, row in table.rows]
    return _extend(Path(path), Table(table.name, COLUMNS, rows, table.problems), force=force)[0]


def similar(statement: Statement, statements: Sequence[Statement]) -> list[Similar]:
    """Find what in a base is nearly the same as a statement, or nearly the same with a negation more or less.

    Parameters
    ----------
    statement : Statement
    statements : sequence of Statement

    Returns
    -------
    list of Similar
        Closest first.
    """
    bag = content_stems(statement.text)
    found = [(other, share(bag, content_stems(other.text))) for other in statements if other.id != statement.id]
    close = [Similar(statement, other, part, _opposed(statement, other)) for other, part in found if part >= 0.8]
    return sorted(close, key=lambda item: -item.share)


def _extend(path: Path, new: Table, *, force: bool) -> tuple[tuple[Statement, ...], list[Similar]]:
    base = _read(path) if path.exists() else Table(str(path), COLUMNS, [], [])
    old, problems = _parse(base)
    refuse(problems, error=StatementError, advice="Mend the base first; `factcheck statements lint` lists all that is wrong.")
    rows, problems = _parse(new)
    taken = {statement.id for _, statement in old}
    problems += [Problem(new.name, row, "id", s.id, f"the id is taken in {path}; give another") for row, s in rows if s.id in taken]
    problems += [problem for row, statement in rows for problem in _style(new.name, row, statement)]
    problems.sort(key=lambda problem: problem.row)
    refuse(problems, error=StatementError, advice="Nothing was written.")
    together = [*old, *rows]
    stems = [content_stems(statement.text) for _, statement in together]
    met = [(together[j][1], together[i][1], part) for i, j, part in near_duplicates(stems) if j >= len(old)]
    close = [Similar(newer, older, part, _opposed(newer, older)) for newer, older, part in met]
    if not force:
        refuse(close, error=StatementError, advice=f"Nothing was written to {path}; reword, leave out, or force it.")
    columns = (*base.columns, *(column for column in COLUMNS if column not in base.columns))
    write_table(path, columns, [row for _, row in base.rows] + [statement.to_dict() for _, statement in rows])
    return tuple(statement for _, statement in rows), close


# ---------------------------------------------------------------------------------------------------------------------
# Near-duplicates
# ---------------------------------------------------------------------------------------------------------------------


def content_stems(text: str) -> frozenset[str]:
    """Return the stems that carry the content of a text: neither function words nor negations."""
    return frozenset(stem(token) for token in tokenize(normalize(text)) if token not in FUNCTION_WORDS and token not in NEGATIONS)


def _opposed(a: Statement, b: Statement) -> bool:
    """Tell whether one of two similar statements negates or denies once more than the other."""
    return _negations(a.text) != _negations(b.text)


def _negations(text: str) -> int:
    return sum(token in NEGATIONS or token in DENIALS for token in tokenize(normalize(text)))


# ---------------------------------------------------------------------------------------------------------------------
# Tables
# ---------------------------------------------------------------------------------------------------------------------


def _read(path: str | Path | None) -> Table:
    if path is None:
        return read_table(shipped("statements.csv"), "data/statements.csv", error=StatementError)
    return read_table(Path(path), str(path), error=StatementError)


def _parse(table: Table) -> tuple[list[tuple[int, Statement]], list[Problem]]:
    """Turn rows into numbered statements; a row that cannot be used becomes problems instead."""
    problems = list(table.problems)
    if absent := [column for column in REQUIRED if column not in table.columns]:
        seen = ", ".join(table.columns)
        return [], [Problem(table.name, 0, column, seen, "a statement base needs this column; add it to the header") for column in absent]
    pairs: list[tuple[int, Statement]] = []
    first: dict[str, int] = {}
    for number, row in table.rows:
        cells = {column: row.get(column, "").strip() for column in COLUMNS}
        found = _check(table.name, number, cells)
        if cells["id"] in first:
            found.append(Problem(table.name, number, "id", cells["id"], f"the id stands already in row {first[cells['id']]}; give another"))
        first.setdefault(cells["id"], number)
        problems += found
        if not found:
            published, valid_until = (dt.date.fromisoformat(cells[c]) if cells[c] else None for c in ("published", "valid_until"))
            text = cells["statement"]
            pairs.append((number, Statement(cells["id"], cells["topic"], text, cells["publisher"], cells["url"], published, valid_until)))
    return pairs, sorted(problems, key=lambda problem: problem.row)


def _check(name: str, number: int, cells: Mapping[str, str]) -> list[Problem]:
    """List what makes a row unusable."""
    advice = {column: "the cell is empty; fill it" for column in REQUIRED if not cells[column]}
    if cells["id"] and not _ID.fullmatch(cells["id"]):
        advice["id"] = "use letters, digits, dots, dashes and underscores, 64 at most, beginning with a letter or digit"
    if cells["url"] and not host_of(cells["url"]):
        advice["url"] = "give an address that begins with http:// or https:// and names a host"
    for column in ("published", "valid_until"):
        if cells[column] and not _is_date(cells[column]):
            advice[column] = "give the date as YYYY-MM-DD or leave it empty"
    dated = cells["published"] and cells["valid_until"] and not advice.keys() & {"published", "valid_until"}
    if dated and cells["valid_until"] < cells["published"]:
        advice["valid_until"] = f"the last day is before the first ({cells['published']}); mend one of the two"
    for column, cell in cells.items():
        if has_control_character(cell):
            advice[column] = "the cell holds a line break or another control character; take it out"
    return [Problem(name, number, column, repr(cells[column][:60]) if cells[column] else "", text) for column, text in advice.items()]


def _style(name: str, number: int, statement: Statement) -> list[Problem]:
    """List what makes a usable row poor."""
    length, problems = len(statement.text), []
    if not statement.topic:
        problems.append(("topic", "", "the cell is empty; name the topic"))
    if length > MAX_LENGTH:
        problems.append(("statement", f"{length} characters", f"a statement has at most {MAX_LENGTH} characters; split it"))
    elif length < MIN_LENGTH or len(statement.text.split()) < 4:
        problems.append(("statement", statement.text, f"a statement is a sentence of {MIN_LENGTH} characters and four words at least"))
    return [Problem(name, number, column, seen, advice, usable=True) for column, seen, advice in problems]


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text)) and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False
