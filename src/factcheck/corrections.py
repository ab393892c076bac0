"""What people said of verdicts: decisions read from their files, what stands of them, how far two people agree, two files as one.

A file of decisions is JSON Lines that only grow: a line a decision, and an undo is a line too. So what was decided when, and by whom,
can be told afterwards.
"""

from __future__ import annotations

import datetime
import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from factcheck.errors import InputError
from factcheck.lines import open_file
from factcheck.records import Label

MAX_NOTE = 2_000
"""Characters of a note."""

_LABELS = tuple(map(str, Label))


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of one text, or took back.

    Parameters
    ----------
    at : str
        ISO time with its offset from UTC.
    reviewer : str
    text : str
        As it stands in the table of verdicts.
    text_sha256 : str
        Of the text, see `text_sha256`.
    verdict : str
        That the tool gave, a value of `Label`.
    probability : float
        Of the tool's verdict, in [0, 1].
    statement_id : str
        Of the statement that decided the verdict; empty where none did.
    label : str or None
        The person's, a value of `Label`. None takes back the latest decision of this reviewer on this text; what was decided before
        stands again.
    note : str
    fingerprint : str
        What the verdict was decided by: the column ``factcheck_decided_by`` of the batch.

    Raises
    ------
    InputError
        If a value is not what stands here.
    """

    at: str
    reviewer: str
    text: str
    text_sha256: str
    verdict: str
    probability: float
    statement_id: str
    label: str | None
    note: str
    fingerprint: str

    def __post_init__(self) -> None:
        for name in ("at", "reviewer", "text", "text_sha256", "verdict", "statement_id", "note", "fingerprint"):
            if not isinstance(getattr(self, name), str):
                raise InputError(f"{name} is {json.dumps(getattr(self, name))[:60]}, which is no text")
        for name, allowed in (("verdict", _LABELS), ("label", (*_LABELS, None))):
            if (seen := getattr(self, name)) not in allowed:
                raise InputError(f"{name} is {json.dumps(seen)[:60]}; it must be one of {json.dumps(allowed)[1:-1]}")
        probability: Any = self.probability  # whatever the line held
        if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 <= probability <= 1:
            raise InputError(f"probability is {json.dumps(probability)[:60]}, which is no number from 0 to 1")
        if not self.reviewer.strip():
            raise InputError("reviewer is empty; name who decides")
        if len(self.note) > MAX_NOTE:
            raise InputError(f"note has {len(self.note):,} characters; it may have {MAX_NOTE:,}")
        if self.text_sha256 != text_sha256(self.text):
            raise InputError(f"text_sha256 is {self.text_sha256[:12]!r}..., which is not that of the text")
        if not _is_moment(self.at):
            raise InputError(f"at is {self.at[:60]!r}, which is no ISO time with an offset, as in 2024-03-01T08:00:00+00:00")

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """Return the decision of a line; keys that it doesn't know are left out.

        Raises
        ------
        InputError
            If it is no object, a key is missing, or a value is not what it must be.
        """
        if not isinstance(values, dict):
            raise InputError("is no JSON object")
        names = [field.name for field in fields(cls)]
        if missing := next((name for name in names if name not in values), None):
            raise InputError(f"lacks {missing!r}")
        return cls(**{name: values[name] for name in names})

    def to_line(self) -> bytes:
        """Return the line of a file, with its end; ASCII, whatever the text holds."""
        return json.dumps(asdict(self)).encode("ascii") + b"\n"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people say the same of the same texts.

    Parameters
    ----------
    texts : int
        That both judged.
    same : int
        Of these, those with the same label.
    kappa : float or None
        Cohen's: agreement beyond what chance would give, 1 for full, 0 for none. None where it is not defined: no text in common, or a
        single label everywhere.
    disagreements : tuple of (Decision, Decision)
        What stands of both, by text, in the order of the first.
    """

    texts: int
    same: int
    kappa: float | None
    disagreements: tuple[tuple[Decision, Decision], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return asdict(self)


def text_sha256(text: str) -> str:
    """Return the sha256 of a text (UTF-8; a lone surrogate, which JSON can carry, as its three bytes) in hex.

    Examples
    --------
    >>> text_sha256("honey heals")[:12]
    '257c866536c2'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read(path: str | Path, *, tell: Callable[[str], None] | None = None) -> list[Decision]:
    """Read a file of decisions, in its order, undone ones and undos too.

    Parameters
    ----------
    path : str or Path
    tell : callable of str to None, optional
        Called with a sentence where the last line was cut off as it was written. That line is left out.

    Returns
    -------
    list of Decision
        Empty for an empty file.

    Raises
    ------
    InputError
        If there is no such file, or another line than the last is no decision.
    """
    with open_file(path) as file:
        decisions, end, size = parse(file, str(path))
    if end < size and tell:
        tell(f"{path}: the last line was cut off as it was written ({size - end} bytes); it is left out")
    return decisions


def parse(lines: Iterable[bytes], name: str) -> tuple[list[Decision], int, int]:
    r"""Return the decisions of lines, where the last whole one ends, and how long all are, in bytes.

    Parameters
    ----------
    lines : iterable of bytes
        With their ends. One without ``\n`` is the last; it was cut off, unless it holds a decision all the same.
    name : str
        For messages.

    Raises
    ------
    InputError
        If a line is no decision, and was not cut off.
    """
    decisions, end, size = [], 0, 0
    for number, line in enumerate(lines, 1):
        size += len(line)
        try:
            if line.strip():
                decisions.append(Decision.from_dict(_json(line)))
        except InputError as error:
            if not line.endswith(b"\n"):
                break
            raise InputError(f"{name}, line {number}: {error}; give a file that factcheck review wrote") from error
        end = size
    return decisions, end, size


def _json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError("is no JSON") from error


def settle(decisions: Iterable[Decision]) -> list[Decision]:
    """Return what stands: of each reviewer on each text the last decision that was not taken back.

    An undo without a decision before it changes nothing.

    Parameters
    ----------
    decisions : iterable of Decision
        In the order in which they were made.

    Returns
    -------
    list of Decision
        One for each reviewer and text at the most, in the order in which they were made; all have a label.
    """
    made: dict[tuple[str, str], list[tuple[int, Decision]]] = {}
    for place, decision in enumerate(decisions):
        own = made.setdefault((decision.reviewer, decision.text_sha256), [])
        if decision.label is not None:
            own.append((place, decision))
        elif own:
            own.pop()
    return [decision for _, decision in sorted((own[-1] for own in made.values() if own), key=lambda item: item[0])]


def agreement(a: Iterable[Decision], b: Iterable[Decision]) -> Agreement:
    """Compare what two people decided, over the texts that both judged.

    Parameters
    ----------
    a, b : iterable of Decision
        Each of one person. Where a text was judged by several in one of them, the latest counts.

    Returns
    -------
    Agreement

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20(1).
    """
    first, second = ({decision.text_sha256: decision for decision in settle(own)} for own in (a, b))
    pairs = [(decision, second[text]) for text, decision in first.items() if text in second]
    apart = tuple((one, other) for one, other in pairs if one.label != other.label)
    return Agreement(len(pairs), len(pairs) - len(apart), _kappa(pairs), apart)


def _kappa(pairs: Sequence[tuple[Decision, Decision]]) -> float | None:
    labels = [[str(decision.label) for decision in side] for side in zip(*pairs, strict=True)]
    if not labels or len(Counter(labels[0] + labels[1])) == 1:
        return None  # chance alone would agree on all of them
    from sklearn.metrics import cohen_kappa_score  # noqa: PLC0415 (takes a second, which reading decisions need not wait for)

    return float(cohen_kappa_score(*labels, labels=_LABELS))


def merge(*files: Iterable[Decision]) -> list[Decision]:
    """Return the decisions of several files as one, by time; each file's own order is kept, and a line that is in several counts once.

    Parameters
    ----------
    *files : iterable of Decision

    Returns
    -------
    list of Decision
        Undos too, so that the same stands as in the files.
    """
    return list(dict.fromkeys(heapq.merge(*files, key=lambda decision: datetime.datetime.fromisoformat(decision.at))))


def _is_moment(at: str) -> bool:
    try:
        return datetime.datetime.fromisoformat(at).tzinfo is not None
    except ValueError:
        return False
