"""A checker over a Dask frame: its rows with their verdicts, checked where they lie. Needs the extra ``dask``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from factcheck.answers import example
from factcheck.batch import Summary
from factcheck.binary import arrow_schema
from factcheck.errors import FactcheckError
from factcheck.frames import PIECE, Check, added_schema, cells_of, no_text, prepare, run_folder, tasks
from factcheck.lines import required
from factcheck.records import Statement

if TYPE_CHECKING:
    from dask.dataframe import DataFrame


def check_frame(
    ddf: DataFrame, column: str, *, model: str | Path | None = None, statements: str | Path | Iterable[Statement] | None = None
) -> DataFrame:
    """Return a frame with the verdicts of its rows; nothing runs before somebody asks for the rows.

    Every worker needs claim-factcheck in the same version; each process loads bundle and statements once.

    Parameters
    ----------
    ddf : dask.dataframe.DataFrame
        Each partition is held as a whole with its answers, some kilobytes a row: repartition it where one has over 100,000 rows.
    column : str
        Of the claims, of a type of text (or object: what is no text in it is a row with an error).
    model : str or Path, optional
        As in `FactChecker.load`. A folder of one's own must be at the same path on every worker.
    statements : path or iterable of Statement, optional
        As in `FactChecker.load`. A path must be the same on every worker; statements travel with the tasks.

    Returns
    -------
    dask.dataframe.DataFrame
        Rows, index and columns of ``ddf`` as they are, and behind them the columns that ``factcheck batch`` adds in Parquet, as Arrow types
        (`pandas.ArrowDtype`). A row whose claim is missing, not UTF-8, too long or fails in the checker has the reason ``error``.

    Raises
    ------
    InputError
        If there is no such column, it holds no text, or a column has a name of ours.
    BundleError, StatementError
        If the checker cannot be loaded here. A worker that cannot load it, or has another one, fails with the same words.

    Examples
    --------
    >>> import dask.dataframe as dd  # doctest: +SKIP
    >>> posts = dd.read_parquet("posts", dtype_backend="pyarrow")  # doctest: +SKIP
    >>> check_frame(posts, "text").to_parquet("verdicts")  # doctest: +SKIP
    """
    return _checked(ddf, prepare([str(name) for name in ddf.columns], column, model=model, statements=statements))


def check_folder(
    source: str | Path,
    target: str | Path,
    *,
    text_column: str = "text",
    model: str | Path | None = None,
    statements: str | Path | None = None,
    fail_on: Mapping[str, float] | None = None,
) -> Summary:
    """Check a folder of Parquet files into another one, on the cluster that Dask is set up for, else on the cores of this machine.

    The cluster is that of the client of this process, or the one at Dask's ``scheduler-address``.
    Parameters, result and errors are those of `factcheck.frames.run_folder`; without the extra ``dask`` an `InputError`.
    """
    for package in ("dask.dataframe", "distributed"):
        required(package, "--engine dask", extra="dask")
    return run_folder(source, target, _write, text_column=text_column, model=model, statements=statements, fail_on=fail_on)


def _write(files: Sequence[Path], folder: Path, check: Check, rows: int) -> None:
    import dask.dataframe as dd  # noqa: PLC0415 (an extra)
    from distributed import Client, KilledWorker, get_client  # noqa: PLC0415

    try:
        client, own = get_client(), False
    except ValueError:
        client, own = Client(), True
    try:
        at_once = sum(client.nthreads().values())
        posts = dd.read_parquet([str(path) for path in files], dtype_backend="pyarrow")
        checked = _checked(posts.repartition(npartitions=tasks(rows, at_once)), check)
        # the types that came in: pandas would write texts as large ones, and codes of texts as codes
        kept = required("pyarrow.parquet", "Parquet").read_schema(files[0])
        checked.to_parquet(str(folder), write_index=False, schema=arrow_schema(checked.columns, schema=kept, example=example()))
    except KilledWorker as error:
        raise FactcheckError(f"Dask: the job failed: {error}") from error
    finally:
        if own:
            client.close()


def _checked(ddf: DataFrame, check: Check) -> DataFrame:
    kind = ddf.dtypes[check.column]
    if not pd.api.types.is_string_dtype(kind):
        raise no_text(check.column, kind)
    return ddf.map_partitions(_answered, check, meta=_answered(ddf._meta, check))  # noqa: SLF001 (Dask has no other name for it)


def _answered(frame: pd.DataFrame, check: Check) -> pd.DataFrame:
    """Return a partition with the added columns."""
    arrow = required("pyarrow", "Dask", extra="dask")
    cells = _cells(frame[check.column])
    pieces = [check.added(cells[start : start + PIECE]) for start in range(0, len(cells), PIECE)]
    added = arrow.Table.from_batches(pieces, added_schema()).to_pandas(types_mapper=pd.ArrowDtype)
    whole: pd.DataFrame = pd.concat([frame, added.set_axis(frame.index)], axis=1)
    return whole


def _cells(column: pd.Series[Any]) -> list[object]:
    """Return the cells of a column, what is missing as None."""
    if column.dtype != object:
        return cells_of(required("pyarrow", "Dask", extra="dask").array(column))
    return [None if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)) else cell for cell in column]
