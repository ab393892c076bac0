"""Verdicts of a batch against another statement base, bundle or version: which change, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from factcheck.checker import FactChecker, fingerprint_cell
from factcheck.errors import InputError
from factcheck.output import unguarded
from factcheck.records import Statement, Verdict
from factcheck.tables import Row, read_rows, require_column

_TOGETHER = 512
_VERDICT, _STATEMENT_ID, _STATEMENT, _DECIDED_BY = (f"factcheck_{name}" for name in ("verdict", "statement_id", "statement", "decided_by"))


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict that is not what it was.

    Parameters
    ----------
    row : int
        Of the table, 1 for the first.
    claim : str
    old, new : str
        Labels.
    why : str
        Which change of the base, the bundle or the version did it, as far as the two verdicts tell.
    old_statement_id, old_statement, new_statement_id, new_statement : str
        What decided; empty where nothing did.
    """

    row: int
    claim: str
    old: str
    new: str
    why: str
    old_statement_id: str = ""
    old_statement: str = ""
    new_statement_id: str = ""
    new_statement: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


@dataclass
class Tally:
    """How many rows were looked at.

    Parameters
    ----------
    rows, changed, skipped : int
        Rows that were checked again, those of them whose verdict changes, and rows without a verdict or that cannot be read.
    """

    rows: int = 0
    changed: int = 0
    skipped: int = 0


def recheck(checker: FactChecker, path: str | Path, *, text_column: str = "text", tally: Tally | None = None) -> Iterator[Change]:
    """Check the claims of a batch's output again, and yield the verdicts that change, in the order of the rows.

    A verdict changes when its label does, or when another statement decides it.

    Parameters
    ----------
    checker : FactChecker
        With the new base, bundle or version.
    path : str or Path
        What `factcheck batch` wrote, in any of its formats.
    text_column : str
        Column that holds the claims.
    tally : Tally, optional
        Is counted up as the rows go by.

    Raises
    ------
    InputError
        When the table cannot be read, or lacks the claims or the columns of a batch.
    """
    tally = tally or Tally()
    known = _Known(checker.statements)
    now = _parts(fingerprint_cell(checker.fingerprint))
    with read_rows(path) as rows:
        while chunk := list(islice(rows, _TOGETHER)):
            usable = [row for row in chunk if not row.error]
            for row in usable:
                if _VERDICT not in row.values:
                    raise InputError(f"{path}: has no column {_VERDICT!r}; give the output of `factcheck batch`.")
                if row.values[_VERDICT]:  # a row of JSON that was not checked may lack the text
                    require_column(tuple(row.values), text_column, name=rows.name, option="--text-column")
            asked = [row for row in usable if row.values[_VERDICT] and isinstance(row.values[text_column], str)]
            tally.rows += len(asked)
            tally.skipped += len(chunk) - len(asked)
            for row, verdict in zip(asked, checker.check_many([row.values[text_column] for row in asked]), strict=True):
                if change := _change(row, verdict, known, now):
                    tally.changed += 1
                    yield change


class _Known:
    """The statements of a base by their ids. Of a base that was built only the ids are held: it may be larger than the memory."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._statements = statements
        self._places = {statement.id: place for place, statement in enumerate(statements)}

    def text(self, identifier: str) -> str | None:
        """Return what a statement says, None when the base has none of this id."""
        place = self._places.get(identifier)
        return None if place is None else self._statements[place].text


def _change(row: Row, verdict: Verdict, known: _Known, now: Mapping[str, str]) -> Change | None:
    old, before, said = (unguarded(str(row.values.get(name) or "")) for name in (_VERDICT, _STATEMENT_ID, _STATEMENT))
    after = verdict.statement.id if verdict.statement else ""
    if old == verdict.label and before == after:
        return None
    return Change(
        row=row.number,
        claim=verdict.claim.text,
        old=old,
        new=verdict.label,
        why=_why(before, said, verdict, known, _parts(str(row.values.get(_DECIDED_BY) or "")), now),
        old_statement_id=before,
        old_statement=said,
        new_statement_id=after,
        new_statement=verdict.statement.text if verdict.statement else "",
    )


def _why(before: str, said: str, verdict: Verdict, known: _Known, was: Mapping[str, str], now: Mapping[str, str]) -> str:
    if verdict.error:
        return f"it can no longer be checked: {verdict.error}"
    if was.get("statements") != now["statements"]:  # in the same base another statement decides only because something else changed
        if before and (says := known.text(before)) != said:
            return f"the statement {before} {'is not in the base any more' if says is None else 'says something else now'}"
        if verdict.statement and verdict.statement.id != before:
            return f"the statement {verdict.statement.id} decides now"
    changed = [f"{name} was {was[name]}, is {value}" for name, value in now.items() if was.get(name, value) != value]
    return "; ".join(changed) or "another bundle, version, error budget or date"


def _parts(cell: str) -> dict[str, str]:
    """Return what decided a verdict by its name, from `checker.fingerprint_cell`."""
    return dict(part.split("=", 1) for part in cell.split() if "=" in part)
