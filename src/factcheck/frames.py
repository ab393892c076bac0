"""A checker over tables that a cluster holds in parts: what `factcheck.spark` and `factcheck.dask` share.

What travels to a worker is a `Check`: names, paths and checksums, no fitted model. Each worker process loads the checker once, and answers
only when bundle, statements and version are the same as where the work began: two workers never decide differently in silence.
"""

from __future__ import annotations

import math
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factcheck.answers import ADDED, Answer, answer_texts, example, failed, held, not_checked, text_problem
from factcheck.batch import Summary, check_fail_on
from factcheck.binary import arrow_schema
from factcheck.checker import FactChecker, default_model
from factcheck.errors import BundleError, FactcheckError, InputError
from factcheck.lines import reason, required
from factcheck.records import Reason, Statement
from factcheck.tables import read_series, require_column

PIECE = 1_024
"""Rows that are answered together: the evidence of so many is held, some kilobytes a row."""

TASK = 50_000
"""Most rows of a task when a folder is checked: what is done again when a worker dies, at the most a few minutes of one core."""

_ROW = "the row "  # a part of a table knows no row numbers


@dataclass(frozen=True, slots=True)
class Check:
    """What a worker needs to know. Made by `prepare`.

    Parameters
    ----------
    column : str
        Of the claims.
    model : str
        Name of a shipped bundle, or absolute path of one's own.
    statements : str, tuple of Statement or None
        Absolute path of the base, the statements themselves, or None for the base that ships.
    fingerprint : mapping of str to str
        Of the checker where the work began.
    """

    column: str
    model: str
    statements: str | tuple[Statement, ...] | None
    fingerprint: Mapping[str, str]

    def added(self, cells: Sequence[object]) -> Any:
        """Check cells, at best `PIECE` of them; what is no text gets the reason ``error``, and the same text is checked once.

        Returns
        -------
        pyarrow.RecordBatch
            The added columns, typed as in the Parquet file of a batch; a row for each cell, in order.

        Raises
        ------
        FactcheckError
            If this process cannot load the checker, or has another one than where the work began.
        """
        texts = list(dict.fromkeys(cell for cell in cells if isinstance(cell, str)))
        known: dict[object, Answer] = {}
        if texts:
            known = dict(zip(texts, answer_texts(held(self._load, str(self.fingerprint)), texts, full=True), strict=True))
        answers = [_placed(known[cell]) if isinstance(cell, str) else failed(_ROW + text_problem(cell, self.column)) for cell in cells]
        return required("pyarrow", "a cluster").RecordBatch.from_pylist(answers, schema=added_schema())

    def _load(self) -> FactChecker:
        checker = FactChecker.load(self.model, statements=self.statements, threads=1)  # a cluster counts on one thread a task
        for name, wanted in self.fingerprint.items():
            if (seen := checker.fingerprint[name]) != wanted:
                raise BundleError(
                    f"this worker has the {name} {seen} where the work began with {wanted}; install one version of claim-factcheck "
                    "everywhere, and keep a bundle and a base of your own in a folder that all workers see"
                )
        return checker


def _placed(answer: Answer) -> Answer:
    if answer["factcheck_reason"] != Reason.ERROR:
        return answer
    return {**answer, "factcheck_error": _ROW + not_checked(answer["factcheck_error"])}


def prepare(columns: Sequence[str], column: str, *, model: str | Path | None, statements: str | Path | Iterable[Statement] | None) -> Check:
    """Load the checker here, so that what is wrong is said before any worker begins, and return what the workers need.

    Parameters
    ----------
    columns : sequence of str
        Of the table.
    column : str
        Of the claims.
    model, statements
        As in `FactChecker.load`.

    Raises
    ------
    InputError
        If there is no such column, two have one name, or one has a name of ours.
    BundleError, StatementError
        If the checker cannot be loaded.
    """
    require_column(columns, column, name="the table", option="column")
    if twice := next((name for name, count in Counter(columns).items() if count > 1), None):
        raise InputError(f"the table: two columns are called {twice!r}; rename one")
    if ours := next((name for name in columns if str(name).casefold() in ADDED), None):  # Spark takes upper and lower case for one
        raise InputError(f"the table: has the column {ours!r}, which is added; rename it")
    chosen = str(model or default_model()[0])
    if Path(chosen).is_dir():
        chosen = str(Path(chosen).absolute())  # a worker has another folder to work in
    base = str(Path(statements).absolute()) if isinstance(statements, str | Path) else None if statements is None else tuple(statements)
    return Check(column, chosen, base, FactChecker.load(chosen, statements=base, threads=1).fingerprint)


def no_text(column: str, kind: object) -> InputError:
    """Return the error of a column of another type than text."""
    return InputError(f"the table: the column {column!r} holds {kind} and no text; name the column of the claims, or make it text first")


def added_schema() -> Any:
    """Return the types of the added columns as a ``pyarrow.Schema``: those of the Parquet file of a batch."""
    return arrow_schema(ADDED, example=example())


def cells_of(column: Any) -> list[object]:
    """Return the values of an Arrow column; text that is not UTF-8 as its bytes, which are no text."""
    try:
        values: list[object] = column.to_pylist()
    except UnicodeDecodeError:
        return [_cell(item) for item in column]
    return values


def _cell(item: Any) -> object:
    try:
        value: object = item.as_py()
    except UnicodeDecodeError:
        return item.as_buffer().to_pybytes()
    return value


# ---------------------------------------------------------------------------------------------------------------------
# From folder to folder
# ---------------------------------------------------------------------------------------------------------------------


def run_folder(
    source: str | Path,
    target: str | Path,
    write: Callable[[Sequence[Path], Path, Check, int], None],
    *,
    text_column: str,
    model: str | Path | None,
    statements: str | Path | None,
    fail_on: Mapping[str, float] | None,
) -> Summary:
    """Check a folder of Parquet files into another, which stands under its name when it is complete.

    Parameters
    ----------
    source : str or Path
        Its files ``*.parquet`` are read as one table, in no order that lasts; all workers must see the folder.
    target : str or Path
        Must not be there yet, in a folder that all workers see.
    write : callable
        Called with the files, the folder to write, the check, and the number of rows.
    text_column, model, statements, fail_on
        As in `factcheck.batch.run` and `FactChecker.load`.

    Returns
    -------
    Summary

    Raises
    ------
    InputError
        If source or target do not fit, or the files differ in their columns. Nothing was begun then.
    FactcheckError
        If not every row came out, or the target cannot be put in its place.
    """
    started = time.perf_counter()
    check_fail_on(fail_on or {})
    source, target = Path(source).absolute(), Path(target).absolute()
    files = _files(source)
    _require_room(target)
    with read_series(files, format="parquet") as tables:
        columns = tables.columns
    rows = sum(_rows(file) for file in files)
    check = prepare(columns, text_column, model=model, statements=statements)
    part = target.with_name(f".factcheck-{secrets.token_hex(6)}.part")
    try:
        write(files, part, check, rows)
        counts = _counted(part, fail_on or {})
        if counts["rows"] != rows:
            raise FactcheckError(f"{target}: {counts['rows']} rows came out of {rows}; nothing was left under this name")
        part.rename(target)
    except (OSError, required("pyarrow", "Parquet").ArrowException) as error:
        raise FactcheckError(f"{target}: {reason(error)}; nothing was left under this name") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Summary(**counts, seconds=time.perf_counter() - started, fingerprint=check.fingerprint)


def tasks(rows: int, at_once: int) -> int:
    """Return in how many tasks so many rows are checked where so many run at once.

    Examples
    --------
    >>> tasks(200, 4), tasks(20_000, 4), tasks(10_000_000, 4)
    (1, 4, 200)
    """
    return max(math.ceil(rows / TASK), min(at_once, math.ceil(rows / PIECE)), 1)


def _files(source: Path) -> list[Path]:
    if not source.is_dir():
        seen = "is no folder" if source.exists() else "does not exist"
        raise InputError(f"{source}: {seen}; --engine reads a folder of Parquet files (*.parquet)")
    files = sorted(path for path in source.glob("*.parquet") if path.is_file() and not path.name.startswith((".", "_")))
    if not files:
        raise InputError(f"{source}: holds no Parquet file (*.parquet), folders within it left aside; give the folder that does")
    return files


def _require_room(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise InputError(f"{target}: is already there; give another name, or remove it first")
    if not target.parent.is_dir():
        raise InputError(f"{target}: the folder {target.parent} does not exist; create it first")


def _rows(file: Path) -> int:
    return int(required("pyarrow.parquet", "Parquet").read_metadata(file).num_rows)


def _counted(folder: Path, fail_on: Mapping[str, float]) -> dict[str, Any]:
    """Return the counts of a summary, from what was written."""
    compute, parquet = required("pyarrow.compute", "Parquet"), required("pyarrow.parquet", "Parquet")
    names = [f"factcheck_{name}" for name in ("verdict", "probability", "reason", "error")]
    rows = flagged = failures = 0
    verdicts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for path in folder.glob("*.parquet"):
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=names):
                verdict, probability, why, error = (batch.column(name) for name in names)
                rows += batch.num_rows
                for counter, column in ((verdicts, verdict), (reasons, why)):
                    counter.update({item["values"].as_py(): item["counts"].as_py() for item in compute.value_counts(column.drop_null())})
                failures += compute.sum(compute.starts_with(error, _ROW + not_checked(""))).as_py() or 0
                for label, least in fail_on.items():
                    fits = compute.and_(compute.equal(verdict, label), compute.greater_equal(probability, least))
                    flagged += compute.sum(fits).as_py() or 0
    errors = reasons[Reason.ERROR.value]
    kinds = {"check": failures, "text": errors - failures}
    return {
        "rows": rows,
        "errors": errors,
        "verdicts": dict(sorted(verdicts.items())),
        "reasons": dict(sorted(reasons.items())),
        "errors_by_kind": {kind: count for kind, count in kinds.items() if count},
        "flagged": flagged,
    }
