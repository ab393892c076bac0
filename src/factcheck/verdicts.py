"""What a batch wrote, read again: each row's verdict and the statement it stands on, and the counts over all rows.

Any file that `factcheck.batch.run` writes can be read, in any format. Counts are of all rows; the posts themselves are kept up to a number,
so that memory is bounded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from factcheck.binary import cell_text
from factcheck.errors import InputError
from factcheck.records import STANCES, Label, Reason, Statement
from factcheck.rows import day_of, host_of
from factcheck.tables import Row, TableReader, read_rows, require_column

NEEDED = ("factcheck_verdict", "factcheck_probability", "factcheck_reason", "factcheck_statement")
"""Columns without which a table is none that a batch wrote."""

MAX_POST, MAX_STATEMENT, MAX_ERROR = 5_000, 2_000, 500
"""Characters that are kept of a post, of a statement and of an error. A longer post, which is no claim, keeps one more to be known by."""

MEANING = {
    Reason.DECIDED: "a statement settles it",
    Reason.NO_RELEVANT_STATEMENT: "no statement is about it",
    Reason.LOW_PROBABILITY: "a statement is near, but it is not sure enough",
    Reason.CONFLICTING_EVIDENCE: "statements disagree",
    Reason.NOT_A_CLAIM: "not a claim in English: a question, a fragment",
    Reason.OUTDATED_STATEMENT: "the statement is older than the claim",
    Reason.ERROR: "could not be read or checked",
}
"""What a page says of a reason."""

ROLE = {
    Label.REFUTES: "refutes",
    Label.SUPPORTS: "supports",
    Label.CONFLICTING: "conflicting",
    Label.NOT_ENOUGH_INFO: "undecided",
    "": "error",
}
"""What the style of a page calls a verdict."""

_VERDICTS, _REASONS = frozenset(Label), frozenset(Reason)
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement that decided a post or came nearest to it.

    Parameters
    ----------
    id, topic, text, publisher, published : str
        Empty where the table doesn't say; the topic may come from the statement base.
    url : str
        An http or https address, or empty.
    """

    id: str
    topic: str
    text: str
    publisher: str
    url: str
    published: str


@dataclass(frozen=True, slots=True)
class Post:
    """One row.

    Parameters
    ----------
    text : str
        Without what is no character, and without signs that turn the writing direction of what follows; these stand as U+FFFD.
    verdict, reason : str
        The verdict is empty where the reason is ``error``.
    probability : float or None
        Of the verdict, in [0, 1].
    probabilities : tuple of float
        Of `factcheck.records.STANCES`, in their order; empty where the table doesn't hold them.
    cited, nearest : int
        Position in `Verdicts.cited` of the statement that decided it, and of the nearest where none did; -1 for none.
    day : str
        ISO date, or empty.
    cluster : str
        Equal for posts with the same words; empty where the table doesn't say.
    error : str
    """

    text: str
    verdict: str
    reason: str
    probability: float | None
    probabilities: tuple[float, ...]
    cited: int
    nearest: int
    day: str
    cluster: str
    error: str


@dataclass(slots=True)
class Verdicts:
    """A table of verdicts.

    Parameters
    ----------
    name : str
        Of the file.
    posts : list of Post
        The first rows, up to a number.
    rows : int
        All of them.
    counts : Counter of (str, str)
        Rows by verdict and reason.
    cited : list of Cited
    decided : Counter of (int, str)
        Rows by position of the statement that decided them and by verdict.
    days : Counter of str
        Rows by day; the empty string for a row without a certain one.
    refuted : dict of str to Counter of str
        Refuted rows by topic and day.
    """

    name: str
    posts: list[Post] = field(default_factory=list)
    rows: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    cited: list[Cited] = field(default_factory=list)
    decided: Counter[tuple[int, str]] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    refuted: dict[str, Counter[str]] = field(default_factory=dict)


def read_verdicts(
    source: str | Path,
    *,
    text_column: str,
    date_column: str | None,
    topics: Mapping[str, Statement],
    most: int,
    input_format: str | None = None,
    encoding: str = "utf-8",
) -> Verdicts:
    """Read what a batch wrote.

    Parameters
    ----------
    source : str or Path
        As in `factcheck.tables.read_rows`.
    text_column : str
    date_column : str or None
        A day that is certain is taken from any text of its cell; of 3/4/2020 none is.
    topics : mapping of str to Statement
        By id, for tables without evidence: the topic counts where the statement's words are the same.
    most : int
        Posts that are kept at the most.
    input_format, encoding
        As in `factcheck.tables.read_rows`.

    Raises
    ------
    InputError
        If the table cannot be read, has not the columns that a batch writes, or a cell of them holds something else.
    """
    with read_rows(source, format=input_format, encoding=encoding) as reader:
        reading = _Reading(reader, topics, text_column, date_column)
        for _, post in reading.posts():
            reading.count(post)
            if len(reading.found.posts) < most:
                reading.found.posts.append(post)
    return reading.found


def read_posts(
    source: str | Path, *, text_column: str, input_format: str | None = None, encoding: str = "utf-8"
) -> Iterator[tuple[Row, Post, Cited | None]]:
    """Yield each row of what a batch wrote, as it stands and as it is shown, with the statement that decided it or came nearest.

    Parameters
    ----------
    source, text_column, input_format, encoding
        As in `read_verdicts`.

    Raises
    ------
    InputError
        As in `read_verdicts`.
    """
    with read_rows(source, format=input_format, encoding=encoding) as reader:
        reading = _Reading(reader, {}, text_column, None)
        for row, post in reading.posts():
            place = max(post.cited, post.nearest)
            yield row, post, reading.found.cited[place] if place >= 0 else None


def _require(columns: tuple[str, ...], named: list[tuple[str, str]], name: str) -> None:
    if missing := next((column for column in NEEDED if column not in columns), None):
        raise InputError(
            f"{name}: is no table of verdicts, as it lacks the column {missing!r}; check it first (factcheck batch {name} -o verdicts.csv)"
        )
    for column, option in named:
        require_column(columns, column, name=name, option=option)


class _Reading:
    """Rows as they become posts, statements and counts."""

    def __init__(self, reader: TableReader, topics: Mapping[str, Statement], text_column: str, date_column: str | None) -> None:
        self.found = Verdicts(reader.name)
        self._reader = reader
        self._topics = topics
        self._text, self._date = text_column, date_column
        self._places: dict[tuple[str, str], int] = {}
        self._days: dict[str, str] = {}

    def posts(self) -> Iterator[tuple[Row, Post]]:
        """Yield every row with what it becomes, and refuse a table that lacks a column."""
        reader = self._reader
        columns = [(self._text, "--text-column"), *([(self._date, "--date-column")] if self._date else [])]
        if not reader.keyed:
            _require(reader.columns, columns, reader.name)
        seen = not reader.keyed
        for row in reader:
            if not seen and not row.error:
                _require(tuple(row.values), columns, reader.name)
                seen = True
            yield row, self._post(row)

    def _post(self, row: Row) -> Post:
        values = row.values
        if row.error:
            error = visible(row.error)[:MAX_ERROR]
            return Post(visible(values.get(self._text))[: MAX_POST + 1], "", Reason.ERROR.value, None, (), -1, -1, "", "", error)
        verdict, reason = str(values.get("factcheck_verdict") or ""), str(values.get("factcheck_reason") or "")
        if reason not in _REASONS or (verdict not in _VERDICTS if reason != Reason.ERROR else verdict):
            raise _wrong(row, f"holds the verdict {verdict[:60]!r} with the reason {reason[:60]!r}, which no batch writes")
        evidence = values.get("factcheck_evidence")
        nearest = evidence[0] if isinstance(evidence, list) and evidence and isinstance(evidence[0], dict) else {}
        cited = -1
        if values.get("factcheck_statement"):
            own = {name: values.get(f"factcheck_{name}") for name in ("statement", "publisher", "url", "published")}
            cited = self._place({"id": values.get("factcheck_statement_id"), **own}, str(nearest.get("topic") or ""))
        return Post(
            text=visible(values.get(self._text))[: MAX_POST + 1],
            verdict=verdict,
            reason=reason,
            probability=_probability(row, values.get("factcheck_probability")),
            probabilities=_probabilities(row, values.get("factcheck_probabilities")),
            cited=cited,
            nearest=self._place(nearest, str(nearest.get("topic") or "")) if nearest.get("statement") and cited < 0 else -1,
            day=self._day(cell_text(values.get(self._date))) if self._date else "",
            cluster=cell_text(values.get("factcheck_cluster"))[:64],
            error=visible(values.get("factcheck_error"))[:MAX_ERROR],
        )

    def count(self, post: Post) -> None:
        found = self.found
        found.rows += 1
        found.counts[post.verdict, post.reason] += 1
        if self._date:
            found.days[post.day] += 1
        if post.cited >= 0:
            found.decided[post.cited, post.verdict] += 1
            if post.verdict == Label.REFUTES:
                found.refuted.setdefault(found.cited[post.cited].topic, Counter())[post.day] += 1

    def _place(self, statement: Mapping[str, Any], topic: str) -> int:
        """Return where a statement stands among those cited, as the last of them when it is new."""
        cells = {name: visible(statement.get(name)) for name in ("id", "statement", "publisher", "url", "published")}
        key = (cells["id"], cells["statement"])
        if key not in self._places:
            known = self._topics.get(cells["id"])
            if not topic and known and known.text == cells["statement"]:
                topic = known.topic
            url = cells["url"] if host_of(cells["url"]) else ""
            text = cells["statement"][:MAX_STATEMENT]
            self._places[key] = len(self.found.cited)
            self.found.cited.append(Cited(cells["id"], visible(topic), text, cells["publisher"], url, cells["published"]))
        return self._places[key]

    def _day(self, cell: str) -> str:
        if cell not in self._days:
            if len(self._days) > 100_000:  # times to the second: few come twice
                self._days.clear()
            self._days[cell] = day_of(cell)
        return self._days[cell]


def visible(value: Any) -> str:
    r"""Return a cell as text in which every sign can be seen: U+FFFD stands for control characters, lone surrogates and overrides.

    Examples
    --------
    >>> visible("a\x00b\u202ec"), visible(None)
    ('a\ufffdb\ufffdc', '')
    """
    text = cell_text(value)
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _probability(row: Row, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 1:
        raise _wrong(row, f"holds {cell_text(value)[:60]!r} in factcheck_probability, which is no number from 0 to 1")
    return number


def _probabilities(row: Row, value: Any) -> tuple[float, ...]:
    if not isinstance(value, dict) or not value:
        return ()
    return tuple(_probability(row, value.get(stance)) or 0.0 for stance in STANCES)


def _wrong(row: Row, what: str) -> InputError:
    return InputError(row.failed("verdict", f"{what}; give the file as the batch wrote it").error)
