"""What carried a verdict: the words of claim and statement, the pair's probabilities, the thresholds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from factcheck.checker import FactChecker
from factcheck.records import STANCES, Claim, Evidence, Verdict
from factcheck.verification import Verifier

_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.,][^\W_]+)*%?")
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it did.

    Parameters
    ----------
    start, end : int
        Where it stands in its text, ``text[start:end]``.
    text : str
    weight : float
        Fall of the log-odds of the stance when the word is left out (occlusion; Li et al. 2016, arXiv 1612.08220): above 0 it spoke for
        the stance, below 0 against it.
    """

    start: int
    end: int
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a verdict is what it is.

    Parameters
    ----------
    verdict : Verdict
    evidence : Evidence or None
        What is explained: the deciding statement, or the most relevant one where none decides. None where nothing was read.
    stance : str
        Whose log-odds the words changed: that of the verdict, or of the evidence where the verdict takes none.
    claim_words, statement_words : tuple of Word
        In the order of their text. For a verdict with a span, the claim's words are those of the sentence, counted in the whole text.
    thresholds : dict of str to float
        ``relevance`` and ``probability``: what a statement must reach to be read, and a label to be given.
    max_error : float
        The error budget that the threshold of the probability keeps.
    """

    verdict: Verdict
    evidence: Evidence | None
    stance: str
    claim_words: tuple[Word, ...]
    statement_words: tuple[Word, ...]
    thresholds: dict[str, float]
    max_error: float

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "verdict": self.verdict.to_dict(),
            "explained": self.evidence.to_dict() if self.evidence else None,
            "stance": self.stance,
            "claim_words": [_row(word) for word in self.claim_words],
            "statement_words": [_row(word) for word in self.statement_words],
            "thresholds": self.thresholds,
            "max_error": self.max_error,
        }


def explain(checker: FactChecker, claim: str | Claim) -> Explanation:
    """Check a claim and say which words carried the verdict.

    Parameters
    ----------
    checker : FactChecker
    claim : str or Claim

    Examples
    --------
    >>> found = explain(FactChecker.load("linear"), "5G causes COVID-19")
    >>> found.stance, [word.text for word in found.claim_words]
    ('REFUTES', ['5G', 'causes', 'COVID-19'])
    """
    verdict = checker.check(claim)
    rule = checker.rule
    thresholds = {"relevance": rule.gate_, "probability": rule.threshold_ if np.isfinite(rule.threshold_) else 1.0}
    if not verdict.evidence:
        return Explanation(verdict, None, "", (), (), thresholds, rule.max_error)
    evidence = verdict.evidence[0]
    stance = verdict.label if verdict.label in STANCES and verdict.decisive else evidence.stance
    start, end = verdict.span or (0, len(verdict.claim.text))
    said, statement = verdict.claim.text[start:end], evidence.statement.text
    claim_words = _weighed(checker.verifier, said, lambda text: (text, statement), stance, start)
    statement_words = _weighed(checker.verifier, statement, lambda text: (said, text), stance, 0)
    return Explanation(verdict, evidence, stance, claim_words, statement_words, thresholds, rule.max_error)


def _weighed(verifier: Verifier, text: str, pair: Any, stance: str, offset: int) -> tuple[Word, ...]:
    places = [match.span() for match in _WORD.finditer(text)]
    pairs = [pair(text), *(pair(f"{text[:start]}{text[end:]}") for start, end in places)]
    likely = np.clip(verifier.predict_proba(pairs)[:, STANCES.index(stance)], _LEAST, 1 - _LEAST)
    odds = np.log(likely / (1 - likely))
    return tuple(
        Word(offset + start, offset + end, text[start:end], float(odds[0] - less))
        for (start, end), less in zip(places, odds[1:], strict=True)
    )


def _row(word: Word) -> dict[str, Any]:
    return {"start": word.start, "end": word.end, "text": word.text, "weight": round(word.weight, 4)}
