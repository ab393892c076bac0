"""The nouns of the tool: claims, statements, evidence, verdicts; their labels and reasons."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Label(StrEnum):
    """What a verdict says of a claim. The first three are also the stances of a claim-statement pair."""

    SUPPORTS = "SUPPORTS"
    REFUTES = "REFUTES"
    NOT_ENOUGH_INFO = "NOT ENOUGH INFO"
    CONFLICTING = "CONFLICTING"


STANCES: tuple[str, str, str] = (Label.SUPPORTS.value, Label.REFUTES.value, Label.NOT_ENOUGH_INFO.value)
"""Order of the columns of every probability array in this library."""

SUPPORTS, REFUTES, NOT_ENOUGH_INFO = range(3)


class Relation(StrEnum):
    """How a post stands to a known claim."""

    SAME = "same claim"
    OPPOSITE = "opposite claim"
    DENIES_OR_REPORTS = "denies or reports the claim"
    OTHER_DETAIL = "same topic, other number, entity or date"
    RELATED = "related"


RELATIONS: tuple[str, ...] = tuple(relation.value for relation in Relation)
"""Order of the columns of the relations' probabilities."""


_LIKELY = 0.5
"""Probability of the same claim from which on a rating goes over."""


class Reason(StrEnum):
    """Why a verdict is what it is."""

    DECIDED = "decided"
    NO_RELEVANT_STATEMENT = "no_relevant_statement"
    LOW_PROBABILITY = "low_probability"
    CONFLICTING_EVIDENCE = "conflicting_evidence"
    NOT_A_CLAIM = "not_a_claim"
    OUTDATED_STATEMENT = "outdated_statement"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says.

    Parameters
    ----------
    text : str
        The words as they were written; never altered.
    id : str
        The caller's own name for it, carried through to the verdict. May be empty.
    """

    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What an authority says: one row of the statement base.

    Parameters
    ----------
    id, topic, text, publisher, url : str
        ``text`` is the column ``statement`` of the base.
    published, valid_until : datetime.date or None
        First and last day of the statement's validity, None where unknown.
    rating : str
        Of a known claim: what a fact-check found, in its publisher's words. Empty for an authority's statement, which stands for itself.
    """

    id: str
    topic: str
    text: str
    publisher: str
    url: str
    published: datetime.date | None = None
    valid_until: datetime.date | None = None
    rating: str = ""

    @property
    def citable(self) -> bool:
        """Whether a verdict can stand on it: an authority's own statement, with publisher and address, and not a claim that was rated."""
        return bool(self.publisher and self.url and not self.rating)

    def valid_on(self, day: datetime.date) -> bool:
        """Tell whether it was published by a day and is still valid on it; a date that is not known speaks against neither."""
        return not ((self.published and self.published > day) or (self.valid_until and self.valid_until < day))

    def to_dict(self) -> dict[str, str]:
        """Return the row of the statement base, dates as ISO strings or empty; ``rating`` where there is one."""
        return {
            "id": self.id,
            "topic": self.topic,
            "statement": self.text,
            "publisher": self.publisher,
            "url": self.url,
            "published": self.published.isoformat() if self.published else "",
            "valid_until": self.valid_until.isoformat() if self.valid_until else "",
            **({"rating": self.rating} if self.rating else {}),
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """A statement that was found for a claim.

    Parameters
    ----------
    statement : Statement
    score : float
        Relevance in [0, 1], higher is closer; compares across claims.
    stance : str
        SUPPORTS, REFUTES or NOT ENOUGH INFO: the likeliest of ``probabilities``.
    probabilities : mapping of str to float
        Of the three stances; they sum to 1.
    sentence : str
        The sentence of a longer statement that carries its stance; empty where the statement is one sentence or decides nothing.
    """

    statement: Statement
    score: float
    stance: str
    probabilities: Mapping[str, float]
    sentence: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            **self.statement.to_dict(),
            "score": round(self.score, 6),
            "stance": self.stance,
            "probabilities": _rounded(self.probabilities),
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True)
class Match:
    """A known claim, or a statement, that is near to a post.

    Parameters
    ----------
    statement : Statement
    score : float
        Relevance in [0, 1], higher is closer; compares across posts.
    relation : str
        A value of `Relation`, the likeliest of ``relations``.
    relations : mapping of str to float
        Probabilities of the relations; they sum to 1.
    strength : str
        ``confirmed`` for what is surely the same claim, ``suggested`` for what is relevant and worth a look, else empty.
    stance : str
        What the statement says of the post: SUPPORTS, REFUTES or NOT ENOUGH INFO.
    """

    statement: Statement
    score: float
    relation: str
    relations: Mapping[str, float]
    strength: str
    stance: str

    @property
    def rating(self) -> str:
        """The statement's rating, where the post more likely than not makes the same claim.

        The opposite of a claim inherits nothing: that it was false makes no other true.
        """
        return self.statement.rating if self.strength and self.relations[Relation.SAME] >= _LIKELY else ""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            **self.statement.to_dict(),
            "score": round(self.score, 6),
            "relation": self.relation,
            "relations": _rounded(self.relations),
            "strength": self.strength,
            "stance": self.stance,
            "rating": self.rating,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one claim.

    Parameters
    ----------
    claim : Claim
    label : str
        SUPPORTS, REFUTES, NOT ENOUGH INFO or CONFLICTING; the empty string when ``reason`` is ``error``.
    probability : float
        Calibrated probability of ``label``, in [0, 1]. For CONFLICTING, of the decisive labels together.
    reason : str
        A value of `Reason`.
    probabilities : mapping of str to float
        Of SUPPORTS, REFUTES and NOT ENOUGH INFO; they sum to 1. Empty on error.
    evidence : tuple of Evidence
        The statements that were read, the deciding one first, then by relevance.
    error : str
        What went wrong, when ``reason`` is ``error``.
    span : tuple of (int, int) or None
        Where in ``claim.text`` the sentences stand that were checked, ``text[start:end]``: one of a long post, those of a short one without
        what no statement speaks of. None: all of it was.
    reports_claim : str
        The words of ``claim.text`` that it only reports as what others say; the verdict is on what the writer says. Empty otherwise.
    """

    claim: Claim
    label: str
    probability: float
    reason: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    error: str = ""
    span: tuple[int, int] | None = None
    reports_claim: str = ""

    @property
    def decisive(self) -> bool:
        """Whether the verdict says more than NOT ENOUGH INFO."""
        return self.label in (Label.SUPPORTS, Label.REFUTES, Label.CONFLICTING)

    @property
    def statement(self) -> Statement | None:
        """The statement that decided a decisive verdict; None otherwise."""
        return self.evidence[0].statement if self.decisive else None

    def to_dict(self) -> dict[str, Any]:
        """Return the whole verdict as a JSON-ready dictionary."""
        return {
            "id": self.claim.id,
            "claim": self.claim.text,
            "verdict": self.label,
            "probability": round(self.probability, 6),
            "reason": self.reason,
            "statement": self.statement.to_dict() if self.statement else None,
            "probabilities": _rounded(self.probabilities),
            "evidence": [item.to_dict() for item in self.evidence],
            "span": list(self.span) if self.span else None,
            "reports_claim": self.reports_claim,
            "error": self.error,
        }


def _rounded(probabilities: Mapping[str, float]) -> dict[str, float]:
    return {label: round(float(value), 6) for label, value in probabilities.items()}
