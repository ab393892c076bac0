"""A checker over a Spark frame: its rows with their verdicts, checked where they lie. Needs the extra ``spark`` and Java.

The rows pass through Python as Arrow (``mapInArrow``) and not as pandas (``mapInPandas``): what is not the claim goes through as it came,
where pandas has no form for some values of Spark and ends the job on others, such as a day in the year 3000.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factcheck.batch import Summary
from factcheck.errors import FactcheckError
from factcheck.frames import PIECE, Check, added_schema, cells_of, no_text, prepare, run_folder, tasks
from factcheck.lines import required
from factcheck.records import Statement

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def check_frame(
    df: DataFrame, column: str, *, model: str | Path | None = None, statements: str | Path | Iterable[Statement] | None = None
) -> DataFrame:
    """Return a frame with the verdicts of its rows; nothing runs before somebody asks for the rows.

    Every worker needs claim-factcheck in the same version, which brings the shipped bundles (a virtual environment in ``spark.archives``,
    or the image of the workers); each of its Python processes loads bundle and statements once.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
    column : str
        Of the claims, of type string.
    model : str or Path, optional
        As in `FactChecker.load`. A folder of one's own must be at the same path on every worker: Spark's ``addFile`` takes no folder of
        the driver's disk but in local mode.
    statements : path or iterable of Statement, optional
        As in `FactChecker.load`. A path must be the same on every worker; statements travel with the job.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of ``df`` as they are, and behind them those that ``factcheck batch`` adds in Parquet. A row whose claim is null, not
        UTF-8, too long or fails in the checker has the reason ``error``. Spark keeps no order of rows: carry a column that names them.

    Raises
    ------
    InputError
        If there is no such column, it holds no text, or a column has a name of ours.
    BundleError, StatementError
        If the checker cannot be loaded here. A worker that cannot load it, or has another one, fails the job with the same words.

    Examples
    --------
    >>> from pyspark.sql import SparkSession  # doctest: +SKIP
    >>> posts = SparkSession.builder.getOrCreate().read.parquet("posts")  # doctest: +SKIP
    >>> check_frame(posts, "text").write.parquet("verdicts")  # doctest: +SKIP
    """
    return _checked(df, prepare(df.columns, column, model=model, statements=statements))


def check_folder(
    source: str | Path,
    target: str | Path,
    *,
    text_column: str = "text",
    model: str | Path | None = None,
    statements: str | Path | None = None,
    fail_on: Mapping[str, float] | None = None,
) -> Summary:
    """Check a folder of Parquet files into another one, on the cluster that Spark is set up for, else on the cores of this machine.

    Parameters, result and errors are those of `factcheck.frames.run_folder`; without the extra ``spark`` an `InputError`.
    """
    required("pyspark", "--engine spark", extra="spark")
    return run_folder(source, target, _write, text_column=text_column, model=model, statements=statements, fail_on=fail_on)


def _write(files: Sequence[Path], folder: Path, check: Check, rows: int) -> None:
    from py4j.protocol import Py4JError  # noqa: PLC0415 (an extra)
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    there = SparkSession.getActiveSession()
    try:
        session = there or SparkSession.builder.appName("factcheck").getOrCreate()
        try:
            context = session.sparkContext
            if context.master.startswith("local") and "PYSPARK_PYTHON" not in os.environ:
                context.pythonExec = sys.executable  # Spark takes the first python3 that it finds, whatever is installed there
            session.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")  # the older form holds no far years
            # file:// because on a cluster a bare path may be another file system's
            posts = session.read.parquet(*(f"file://{path}" for path in files)).repartition(tasks(rows, context.defaultParallelism))
            _checked(posts, check).write.parquet(f"file://{folder}")
        finally:
            if there is None:
                session.stop()
    except (PySparkException, Py4JError) as error:
        words = _last_words(str(error))
        advice = "; install Java 17 or newer, on PATH or in JAVA_HOME" if "JAVA_GATEWAY_EXITED" in words else ""
        raise FactcheckError(f"Spark: the job failed: {words}{advice}") from error


def _checked(df: DataFrame, check: Check) -> DataFrame:
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 (an extra)
    from pyspark.sql.types import StringType, StructType  # noqa: PLC0415

    kind = df.schema[check.column].dataType
    if not isinstance(kind, StringType):
        raise no_text(check.column, kind.simpleString())
    schema = StructType([*df.schema.fields, *from_arrow_schema(added_schema()).fields])
    return df.mapInArrow(partial(_answered, check=check, place=df.columns.index(check.column)), schema)


def _answered(batches: Iterator[Any], *, check: Check, place: int) -> Iterator[Any]:
    """Yield the record batches of a partition with the added columns."""
    arrow = required("pyarrow", "Spark", extra="spark")
    for batch in batches:
        for start in range(0, batch.num_rows, PIECE):
            piece = batch.slice(start, PIECE)
            added = check.added(cells_of(piece.column(place)))
            yield arrow.RecordBatch.from_arrays([*piece.columns, *added.columns], schema=arrow.schema([*piece.schema, *added.schema]))


def _last_words(error: str) -> str:
    """Return the line of a Spark error that says what happened: of one in Python the last of the traceback, else the first."""
    lines = [line.strip(": ") for line in error.splitlines() if line.strip(": ") and not line.startswith("An error occurred while calling")]
    if any(line.startswith("Traceback") for line in lines):
        lines = [line for line in reversed(lines) if not line.startswith("SQLSTATE")]
    return lines[0] if lines else "Spark does not say why"
