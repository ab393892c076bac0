"""What a row gets when its text is checked: a verdict as cells, or what is wrong with the row. The same for tables and clusters."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from factcheck.checker import FactChecker, fingerprint_cell
from factcheck.errors import FactcheckError
from factcheck.records import STANCES, Claim, Evidence, Label, Reason, Statement, Verdict
from factcheck.text import signature

ADDED_COLUMNS = (
    "factcheck_verdict",
    "factcheck_probability",
    "factcheck_reason",
    "factcheck_statement_id",
    "factcheck_statement",
    "factcheck_publisher",
    "factcheck_url",
    "factcheck_published",
    "factcheck_reports_claim",
    "factcheck_cluster",
    "factcheck_decided_by",
    "factcheck_error",
)
"""What a batch adds to each row."""

ADDED_IN_FULL = ("factcheck_probabilities", "factcheck_evidence")
"""What JSON, JSON Lines and Parquet carry besides."""

ADDED = ADDED_COLUMNS + ADDED_IN_FULL

Answer = dict[str, Any]
"""Cells by added column."""


def text_problem(value: object, column: str) -> str:
    """Return what keeps the cell of a row from being checked, to be read behind "row N"; empty when nothing does."""
    if isinstance(value, str):
        return ""
    seen = "has no" if value is None else f"has a {type(value).__name__} and no text in"
    return f"{seen} {column!r}; give the claim as a text"


def not_checked(problem: str) -> str:
    """Return what a row says whose check failed, to be read behind "row N"."""
    return f"could not be checked: {problem}"


def answer_texts(checker: FactChecker, texts: list[str], *, full: bool) -> list[Answer]:
    """Check texts.

    Parameters
    ----------
    checker : FactChecker
        Should it raise after all, the texts that it can answer are still answered.
    texts : list of str
    full : bool
        Whether the answers have the columns of `ADDED_IN_FULL`.

    Returns
    -------
    list of dict of str to object
        An answer for each text, in order.

    Raises
    ------
    FactcheckError
        If the checker gives more or fewer verdicts than there are texts.
    """
    by = fingerprint_cell(checker.fingerprint) if texts else ""
    return [_answer(verdict, by, full=full) for verdict in _verdicts(checker, texts)]


def _verdicts(checker: FactChecker, texts: list[str]) -> list[Verdict]:
    if not texts:
        return []
    try:
        verdicts = checker.check_many(texts)
    except Exception as error:  # noqa: BLE001 (a row is never lost, whatever the checker does)
        if len(texts) == 1:
            return [Verdict(Claim(texts[0]), label="", probability=0.0, reason=Reason.ERROR, error=f"{type(error).__name__}: {error}")]
        return [verdict for text in texts for verdict in _verdicts(checker, [text])]
    if len(verdicts) != len(texts):
        raise FactcheckError(f"the checker gave {len(verdicts)} verdicts for {len(texts)} claims; it must give one for each")
    return verdicts


def _answer(verdict: Verdict, by: str, *, full: bool) -> Answer:
    """Return the added columns of one verdict; None where there is nothing to say."""
    if verdict.reason == Reason.ERROR:
        return failed(verdict.error or "no reason was given")
    statement = verdict.statement.to_dict() if verdict.statement else {}
    answer = {
        "factcheck_verdict": verdict.label,
        "factcheck_probability": round(verdict.probability, 6),
        "factcheck_reason": str(verdict.reason),
        "factcheck_statement_id": statement.get("id") or None,
        "factcheck_statement": statement.get("statement") or None,
        "factcheck_publisher": statement.get("publisher") or None,
        "factcheck_url": statement.get("url") or None,
        "factcheck_published": statement.get("published") or None,
        "factcheck_reports_claim": verdict.reports_claim or None,
        "factcheck_cluster": signature(verdict.claim.text) or None,
        "factcheck_decided_by": by,
        "factcheck_error": None,
    }
    if not full:  # the evidence of a verdict takes longer to write down than all the rest
        return answer
    whole = verdict.to_dict()
    return {**answer, "factcheck_probabilities": whole["probabilities"], "factcheck_evidence": whole["evidence"]}


def failed(error: str) -> Answer:
    """Return the answer of a row that was not checked."""
    return {**dict.fromkeys(ADDED), "factcheck_reason": Reason.ERROR.value, "factcheck_error": error}


def example() -> Answer:
    """Return an answer with a value in every column that is not text, from which Parquet takes the types."""
    probabilities = dict.fromkeys(STANCES, 0.0)
    evidence = (Evidence(Statement("", "", "", "", ""), 0.0, "", probabilities),)
    verdict = Verdict(Claim(""), Label.SUPPORTS.value, 0.0, Reason.DECIDED.value, probabilities, evidence)
    return {name: value for name, value in _answer(verdict, "", full=True).items() if value is not None and not isinstance(value, str)}


_HELD: dict[str, FactChecker] = {}
_LOCK = threading.Lock()


def held(load: Callable[[], FactChecker], token: str) -> FactChecker:
    """Return the checker of this process; pools and clusters keep their processes, so it is loaded once and not for every chunk.

    Parameters
    ----------
    load : callable
        Returns a checker; called when the process has none for this token.
    token : str
        Names the checker. One is held; another token takes its place.
    """
    with _LOCK:  # a worker of Dask has threads
        if token not in _HELD:
            _HELD.clear()
            _HELD[token] = load()
        return _HELD[token]
