"""A checker over a table: rows in chunks, in order, on one process or many, with every bad row answered by an error."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import random
import secrets
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from factcheck.answers import ADDED, ADDED_COLUMNS, ADDED_IN_FULL, Answer, answer_texts, example, failed, held, not_checked, text_problem
from factcheck.binary import BINARY, MAX_SHEET_TEXT, cell_text, too_long_for_excel
from factcheck.checker import FactChecker
from factcheck.errors import FactcheckError, InputError
from factcheck.journal import Answers, Journal
from factcheck.lines import STREAM, open_file, same_file
from factcheck.output import RowWriter
from factcheck.records import Label, Reason
from factcheck.tables import KEYED, OUTPUT_FORMAT, Row, Tables, find_sources, format_of, read_series, require_column

IN_FULL = ("jsonl", "json", "parquet")
"""Formats that carry these."""

MAX_JSON_COLUMNS = 1_000
"""Most keys that JSON may have when it is written as a table with columns."""

_RESERVED = frozenset(ADDED)
_AHEAD = 1_024  # rows of JSON whose keys are looked at before any is checked, however large the chunks are
_WINDOW = 16  # chunks that each worker gets at a time: few enough to be held, enough that none waits long for the others


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch has come.

    Parameters
    ----------
    rows, errors : int
        Rows written so far, and those of them with an error.
    seconds : float
        Since the start.
    fraction : float or None
        Share of the input that was read, in [0, 1]; None where its size is unknown.
    verdicts : mapping of str to int
        Rows by verdict, so far.
    """

    rows: int
    errors: int
    seconds: float
    fraction: float | None
    verdicts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch came to.

    Parameters
    ----------
    rows, errors : int
        Rows written, and those of them with an error.
    seconds : float
        From start to end; of a batch that was resumed, of this call.
    verdicts, reasons : mapping of str to int
        Rows by verdict (those with an error have none) and by reason.
    errors_by_kind : mapping of str to int
        Bad rows by `factcheck.tables.Row.kind`, or ``text`` (no text in the row), ``columns`` (a key that the table of the output
        has no column for) and ``check`` (the checker answered with an error).
    complete : bool
        False where the reader of standard output went away before the end.
    flagged : int
        Rows with a verdict of ``fail_on``.
    fingerprint : mapping of str to str
        Of the checker: sha256 of bundle and statements, version of the package.
    """

    rows: int
    errors: int
    seconds: float
    verdicts: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    errors_by_kind: Mapping[str, int] = field(default_factory=dict)
    complete: bool = True
    flagged: int = 0
    fingerprint: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "rows": self.rows,
            "errors": self.errors,
            "seconds": round(self.seconds, 3),
            "verdicts": dict(self.verdicts),
            "reasons": dict(self.reasons),
            "errors_by_kind": dict(self.errors_by_kind),
            "complete": self.complete,
            "flagged": self.flagged,
            "fingerprint": dict(self.fingerprint),
        }


def run(
    checker: FactChecker,
    source: str | Path | Sequence[str | Path],
    target: str | Path,
    *,
    text_column: str = "text",
    id_column: str | None = None,
    input_format: str | None = None,
    output_format: str | None = None,
    encoding: str = "utf-8",
    limit: int | None = None,
    sample: int | None = None,
    random_state: int = 0,
    fail_on: Mapping[str, float] | None = None,
    resume: bool = False,
    chunk_size: int = 1024,
    workers: int = 1,
    load: Callable[[], FactChecker] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Check every row of a table and write it with its verdict.

    Each row of the input is one row of the output, in order, its columns untouched; the columns of `ADDED_COLUMNS`
    follow, in the formats of `IN_FULL` those of `ADDED_IN_FULL` too. A row that cannot be read, has no text, or fails in
    the checker has the reason ``error``, no verdict, and the error in words. The same text is checked once in a chunk. The
    bytes of the output depend neither on ``chunk_size`` nor on ``workers``, given a checker that answers a claim alike
    alone and among others.

    A file appears under its name when it is complete; until then what was there before is still there. From files to a file, the
    answers so far are kept beside it (`factcheck.journal.Journal`): after an error, Ctrl-C, ``kill -9`` or a power cut the same
    call with ``resume`` goes on behind the last chunk that was answered, and gives the same bytes as if nothing had happened.
    Standard output grows by whole rows.

    Parameters
    ----------
    checker : FactChecker
        Answers the claims; with ``workers`` over 1 ``load`` does.
    source : str, Path or sequence of them
        Paths, patterns such as ``posts-*.csv``, or ``-`` for standard input. Several are read as one table (`read_series`).
    target : str or Path
        Path, or ``-`` for standard output. See `factcheck.output.RowWriter`.
    text_column : str
        Column of the claims.
    id_column : str, optional
        Column that names a row in the messages of errors.
    input_format, output_format : {"csv", "tsv", "jsonl", "json", "parquet", "xlsx"}, optional
        By default from the ending; csv for standard input, the input's format for standard output.
    encoding : str
        Of the input. Output is always UTF-8.
    limit : int, optional
        Check the first ``limit`` rows only.
    sample : int, optional
        Check so many rows only (of the first ``limit``), each as likely as any other, in their order. They are held in memory.
    random_state : int
        Of the sample.
    fail_on : mapping of str to float, optional
        Least probability, in [0, 1], by verdict: `Summary.flagged` counts the rows that have it.
    resume : bool
        Go on from where an earlier call with the same input, checker and options was cut off; begin, where there is none.
    chunk_size : int
        Rows that are read, checked and written together.
    workers : int
        Processes that check, each with one thread of its own for linear algebra.
    load : callable, optional
        Returns a checker equal to ``checker``; called once in each process when ``workers`` is over 1. It travels to
        them, so it is a function of a module, or ``functools.partial(FactChecker.load, path, statements=path)``.
    progress : callable, optional
        Called with a `Progress` after each chunk.

    Returns
    -------
    Summary

    Raises
    ------
    InputError
        If the input cannot be read, a column is missing or has a name of ours, an option is out of range, source
        and target are the same file, or a batch is resumed with another input, checker or option. Nothing is written then.
    FactcheckError
        If the output cannot be written to the end, or a worker dies.
    """
    sources = find_sources([source] if isinstance(source, str | Path) else source)
    least = {"--limit": (limit, 0), "--sample": (sample, 1), "chunk_size": (chunk_size, 1), "--workers": (workers, 1)}
    _check_options(sources, target, least, fail_on or {})
    if workers > 1 and load is None:
        raise InputError("workers: more than one needs load, a function that returns a checker")
    tally = _Tally(progress, fail_on or {}, checker)
    with read_series(sources, format=input_format, encoding=encoding) as reader:
        written = _output_format(target, output_format, reader.format)
        options: dict[str, Any] = {
            "--text-column": text_column,
            "--id-column": id_column,
            "--input-format": reader.format,
            "--format": written,
        }
        options |= {"--encoding": encoding, "--limit": limit, "--sample": sample, "--seed": random_state}
        journal = _journal(sources, target, checker, options, resume=resume)
        rows = itertools.islice(reader, limit)
        chunks = _Chunks(reader, rows if sample is None else _sampled(rows, sample, random_state), text_column, id_column, chunk_size)
        writer = _writer(target, written, chunks, sources, encoding, limit, journal)
        answered = _answered(chunks, checker, load, workers, journal, full=written in IN_FULL)
        try:
            _write(writer, answered, chunks, tally)
            if journal:
                journal.remove()
        except BrokenPipeError:
            if str(target) != STREAM:
                raise  # not the output's: its writer makes an error in words of it
            _let_go_of_stdout()
            return tally.summary(complete=False)
        except FactcheckError as error:
            if journal and journal.rows and _may_pass(error):
                raise type(error)(f"{error}; {journal.rows} rows are answered, and the same command with --resume goes on") from error
            raise
        finally:
            answered.close()
            if journal:
                journal.close()
    return tally.summary(complete=True)


def _may_pass(error: FactcheckError) -> bool:
    """Tell whether the same call may get further another time: after a full disk or a dead worker, not with the same bad input."""
    return isinstance(error.__cause__, OSError | BrokenProcessPool) and not isinstance(error, InputError)


def _writer(
    target: str | Path,
    written: str,
    chunks: _Chunks,
    sources: Sequence[str | Path],
    encoding: str,
    limit: int | None,
    journal: Journal | None,
) -> RowWriter:
    chunks.longest = MAX_SHEET_TEXT if written == "xlsx" else None
    columns = _output_columns(chunks, sources, encoding, limit) if written not in KEYED else ()
    added = ADDED_COLUMNS + (ADDED_IN_FULL if written in IN_FULL else ())
    return RowWriter(
        target,
        format=written,
        columns=(*columns, *added),
        added=added,
        schema=chunks.reader.schema,
        example=example() if written == "parquet" else None,
        announce=journal.open if journal else None,
    )


def _write(writer: RowWriter, answered: Iterable[_Answered], chunks: _Chunks, tally: _Tally) -> None:
    with writer:
        for rows, answers in answered:
            for row, answer in zip(rows, answers, strict=True):
                writer.write({**row.values, **answer})
                tally.add(row, answer)
            writer.flush()
            tally.tell(chunks.fraction)


def _check_options(
    sources: Sequence[str | Path], target: str | Path, least: Mapping[str, tuple[int | None, int]], fail_on: Mapping[str, float]
) -> None:
    for option, (value, lowest) in least.items():
        if value is not None and value < lowest:
            raise InputError(f"{option}: {value} is too small; give {lowest} or more")
    check_fail_on(fail_on)
    if any(same_file(source, target) for source in sources):
        raise InputError(f"{target}: is the input itself; give the output another name")


def check_fail_on(fail_on: Mapping[str, float]) -> None:
    """Check the least probability by verdict; an `InputError` says what it may be."""
    for label, probability in fail_on.items():
        if label not in set(Label):
            raise InputError(f"--fail-on: there is no verdict {label!r}; give one of {', '.join(Label)}")
        if not 0 <= probability <= 1:
            raise InputError(f"--fail-on: {probability} is no probability; give one from 0 to 1, as in {label}:0.9")


def _output_format(target: str | Path, given: str | None, read: str) -> str:
    if str(target) == STREAM and given is None and read not in BINARY:
        return read
    return format_of(target, given, option=OUTPUT_FORMAT)


def _journal(
    sources: Sequence[str | Path], target: str | Path, checker: FactChecker, options: Mapping[str, Any], *, resume: bool
) -> Journal | None:
    """Return the journal of a batch; None where the input cannot be read again or the output does not stand under a name."""
    try:
        files = str(target) != STREAM and (Path(target).is_file() or not Path(target).exists())
        files = files and all(str(source) != STREAM and Path(source).is_file() for source in sources)
    except (OSError, ValueError):
        files = False  # the writer says what is wrong with the target
    if not files:
        if resume:
            raise InputError("--resume: goes from files to a file only; a stream cannot be read or written again")
        return None
    read = [[Path(source).name, _sha256(source)] for source in sources]
    return Journal(target, {"input": read, **checker.fingerprint, **options}, resume=resume)


def _sha256(path: str | Path) -> str:
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sampled(rows: Iterable[Row], count: int, random_state: int) -> list[Row]:
    """Return so many rows, each as likely as any other, in their order.

    References
    ----------
    J. S. Vitter (1985), Random sampling with a reservoir, algorithm R.
    """
    generator = random.Random(random_state)  # noqa: S311 (a sample is no secret)
    kept: list[tuple[int, Row]] = []
    for place, row in enumerate(rows):
        if place < count:
            kept.append((place, row))
        elif (slot := generator.randrange(place + 1)) < count:
            kept[slot] = (place, row)
    return [row for _, row in sorted(kept, key=itemgetter(0))]


class _Chunks:
    """Rows of a table in chunks, each checked to have a text; reads ahead to check the columns."""

    def __init__(self, reader: Tables, rows: Iterable[Row], text_column: str, id_column: str | None, size: int) -> None:
        self.reader = reader
        self.text_column = text_column
        self.id_column = id_column
        self.columns: tuple[str, ...] = reader.columns
        self.fixed: tuple[str, ...] | None = None  # where the output has columns, all that a row may have
        self.longest: int | None = None  # text that a cell of the output holds
        self._sampled = len(rows) if isinstance(rows, list) else None
        self._taken = 0
        self._size = size
        wanted = [(text_column, "--text-column"), *([(id_column, "--id-column")] if id_column else [])]
        if not reader.keyed:
            _require_columns(reader.columns, wanted, reader.name)
        rows = iter(rows)
        first = list(itertools.islice(rows, _AHEAD if reader.keyed else size))
        good = [row.values for row in first if not row.error]
        if reader.keyed and good:
            self.columns = tuple(dict.fromkeys(itertools.chain.from_iterable(good)))
            _require_columns(self.columns, wanted, reader.name)
        self._rows = itertools.chain(first, rows)

    def __iter__(self) -> Iterator[list[Row]]:
        while rows := self.take(self._size):
            yield rows

    def take(self, count: int) -> list[Row]:
        """Return the next rows, at the most so many."""
        rows = [self._with_text(self._fitting(row)) for row in itertools.islice(self._rows, count)]
        self._taken += len(rows)
        return rows

    @property
    def fraction(self) -> float | None:
        """Share of the input, or of the sample, that was taken; None where it is unknown."""
        return self.reader.fraction if self._sampled is None else self._taken / max(1, self._sampled)

    def _fitting(self, row: Row) -> Row:
        """Return the row, with an error and cut where the output cannot hold a cell."""
        if self.longest is None:
            return row
        long = [name for name, value in row.values.items() if len(cell_text(value)) > self.longest]
        if not long:
            return row
        cut = replace(row, values={**row.values, **{name: cell_text(row.values[name])[: self.longest] for name in long}})
        problem = f"is cut: {long[0][:60]!r} {too_long_for_excel(len(cell_text(row.values[long[0]])))}"
        return cut if row.error else cut.failed("cell_too_long", problem)

    def _with_text(self, row: Row) -> Row:
        """Return the row, with an error where it cannot be checked."""
        if row.error:
            return row
        if problem := text_problem(row.values.get(self.text_column), self.text_column):
            return self._failed(row, "text", problem)
        if self.reader.keyed:
            ours = sorted(_RESERVED.intersection(row.values))
            if ours:
                return self._failed(row, "columns", f"has the key {ours[0]!r}, which the output adds; rename it")
            more = [key for key in row.values if key not in self.fixed] if self.fixed is not None else []
            if more:
                return self._failed(row, "columns", f"has the new key {more[0][:60]!r}, but the columns are set; write .jsonl")
        return row

    def _failed(self, row: Row, kind: str, problem: str) -> Row:
        """Return the row with an error that names it."""
        named = f"({self.id_column} {str(row.values.get(self.id_column, ''))[:60]!r}) " if self.id_column else ""
        return row.failed(kind, named + problem)


def _require_columns(columns: Sequence[str], wanted: Iterable[tuple[str, str]], name: str) -> None:
    for column, option in wanted:
        require_column(columns, column, name=name, option=option)
    ours = [column for column in columns if column in _RESERVED]
    if ours:
        raise InputError(f"{name}: has the column {ours[0]!r}, which the output adds; rename it in the input")


def _output_columns(chunks: _Chunks, sources: Sequence[str | Path], encoding: str, limit: int | None) -> tuple[str, ...]:
    """Return the input's columns; of JSON all keys of the rows up to the limit: files are read once more, of a stream the first rows."""
    reader = chunks.reader
    if not reader.keyed:
        return reader.columns
    keys = dict.fromkeys(chunks.columns)
    if all(str(source) != STREAM and Path(source).is_file() for source in sources):
        with read_series(sources, format=reader.format, encoding=encoding) as again:
            for row in itertools.islice(again, limit):
                keys.update(dict.fromkeys(row.values))
                if len(keys) > MAX_JSON_COLUMNS:
                    break
    if len(keys) > MAX_JSON_COLUMNS:
        raise InputError(f"{reader.name}: has more than {MAX_JSON_COLUMNS} different keys, too many for columns; write .jsonl")
    chunks.fixed = tuple(key for key in keys if key not in _RESERVED)
    return chunks.fixed


class _Tally:
    """Counts rows as they are written."""

    def __init__(self, progress: Callable[[Progress], None] | None, fail_on: Mapping[str, float], checker: FactChecker) -> None:
        self._progress = progress
        self._fail_on = fail_on
        self._fingerprint = checker.fingerprint
        self._flagged = 0
        self._started = time.perf_counter()
        self._verdicts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()

    def add(self, row: Row, answer: Mapping[str, Any]) -> None:
        self._reasons[answer["factcheck_reason"]] += 1
        if answer["factcheck_verdict"]:
            self._verdicts[answer["factcheck_verdict"]] += 1
            self._flagged += answer["factcheck_probability"] >= self._fail_on.get(answer["factcheck_verdict"], 2)
        if answer["factcheck_reason"] == Reason.ERROR:
            self._kinds[row.kind or "check"] += 1

    def tell(self, fraction: float | None) -> None:
        if self._progress:
            seconds = time.perf_counter() - self._started
            self._progress(Progress(self._reasons.total(), self._kinds.total(), seconds, fraction, dict(self._verdicts)))

    def summary(self, *, complete: bool) -> Summary:
        return Summary(
            rows=self._reasons.total(),
            errors=self._kinds.total(),
            seconds=time.perf_counter() - self._started,
            verdicts=dict(sorted(self._verdicts.items())),
            reasons=dict(sorted(self._reasons.items())),
            errors_by_kind=dict(sorted(self._kinds.items())),
            complete=complete,
            flagged=self._flagged,
            fingerprint=self._fingerprint,
        )


# ---------------------------------------------------------------------------------------------------------------------
# Answers: here or in worker processes
# ---------------------------------------------------------------------------------------------------------------------

_Answered = tuple[list[Row], Answers]


def _answered(
    chunks: _Chunks, checker: FactChecker, load: Callable[[], FactChecker] | None, workers: int, journal: Journal | None, *, full: bool
) -> Generator[_Answered]:
    """Yield each chunk with the added columns of its rows, in order: first those of the journal, then new ones, which go into it."""
    if journal:
        for known in journal.answers():
            yield chunks.take(len(known)), known
    with contextlib.closing(_checked(chunks, checker, load, workers, full=full)) as checked:
        for rows, answers in checked:
            if journal:
                journal.add(answers)
            yield rows, answers


def _checked(
    chunks: _Chunks, checker: FactChecker, load: Callable[[], FactChecker] | None, workers: int, *, full: bool
) -> Generator[_Answered]:
    """Yield the chunks that were not yet taken with the checker's answers, in order."""
    text = chunks.text_column
    if workers == 1 or load is None:
        for rows in chunks:
            texts = _texts(rows, text)
            yield rows, _spread(rows, texts, answer_texts(checker, texts, full=full), text)
        return
    from joblib import Parallel, delayed, parallel_config  # noqa: PLC0415 (one worker does without)

    token = secrets.token_hex(8)
    waiting = iter(chunks)
    one_thread_each = parallel_config(backend="loky", inner_max_num_threads=1)
    try:
        with one_thread_each, Parallel(n_jobs=workers, batch_size=1, return_as="generator") as pool:
            # Window by window, not in one go: joblib reads ahead of whoever takes the results without any bound,
            # and reads in a thread of its own, where an error of the input would be lost.
            while window := list(itertools.islice(waiting, workers * _WINDOW)):
                asked = [_texts(rows, text) for rows in window]
                tasks = (delayed(_answers_in_worker)(load, token, texts, full=full) for texts in asked)
                with _dropped_quietly(pool(tasks)) as results:
                    for rows, texts, answers in zip(window, asked, results, strict=True):
                        yield rows, _spread(rows, texts, answers, text)
    except BrokenProcessPool as error:
        raise FactcheckError("workers: a worker process died, most likely for lack of memory; use fewer workers") from error


@contextlib.contextmanager
def _dropped_quietly(results: Any) -> Iterator[Generator[list[Answer]]]:
    """Close the results of the workers without joblib's warning that some were not used: after an error none is."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.close()


def _answers_in_worker(load: Callable[[], FactChecker], token: str, texts: list[str], *, full: bool) -> list[Answer]:
    return answer_texts(held(load, token), texts, full=full)


def _texts(rows: Iterable[Row], column: str) -> list[str]:
    """Return the texts of the good rows, each once."""
    return list(dict.fromkeys(row.values[column] for row in rows if not row.error))


def _spread(rows: Sequence[Row], texts: Sequence[str], answers: Sequence[Answer], column: str) -> list[Answer]:
    """Return an answer for each row from those of the distinct texts."""
    known = dict(zip(texts, answers, strict=True))
    spread = []
    for row in rows:
        answer = failed(row.error) if row.error else known[row.values[column]]
        if not row.error and answer["factcheck_reason"] == Reason.ERROR:
            answer = {**answer, "factcheck_error": row.failed("check", not_checked(answer["factcheck_error"])).error}
        spread.append(answer)
    return spread


def _let_go_of_stdout() -> None:
    """Point standard output at nothing, lest the interpreter complain when it flushes it at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
