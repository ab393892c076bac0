"""What carried a verdict: the words of claim and statement, the pair's probabilities, the thresholds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from factcheck import text as words
from factcheck.checker import FactChecker
from factcheck.features import Pair
from factcheck.records import STANCES, Claim, Evidence, Verdict
from factcheck.verification import Verifier, deciding_sentence

_LETTERS = r"(?:[^\W_][\u0300-\u036f]*)+"  # an accent may stand behind its letter
_WORD = re.compile(rf"{_LETTERS}(?:[-'\u2019.,]{_LETTERS})*%?")
_LEAST = 1e-6
_LONG_STATEMENT = 1_000
"""Characters from which on only the words of the deciding sentence are left out one by one: each costs a reading of the whole."""
_TOGETHER = 64
"""Texts without a word that are held at a time."""


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
        In the order of their text. For a verdict with a span, the claim's words are those of the sentence, counted in the whole text;
        what no check reads (`text.spoken`) has none. Of a statement of more than 1,000 characters, those of its clearest sentence.
    thresholds : dict of str to float
        ``relevance`` and ``probability``: what a statement must reach to be read, and a label to be given; 1, which none reaches, where
        nothing keeps the error budget.
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
    told, statement = words.spoken_in_place(verdict.claim.text[start:end]), evidence.statement.text
    said = checker.reading(verdict.claim.text[start:end])
    column = STANCES.index(stance)
    first, last = 0, len(statement)
    if last > _LONG_STATEMENT and (sentence := deciding_sentence(checker.verifier, said, statement, column)):
        first = statement.index(sentence)
        last = first + len(sentence)
    claim_words = _weighed(checker.verifier, told, (0, len(told)), lambda text: (checker.reading(text), statement), column, start)
    statement_words = _weighed(checker.verifier, statement, (first, last), lambda text: (said, text), column, 0)
    return Explanation(verdict, evidence, stance, claim_words, statement_words, thresholds, rule.max_error)


def _weighed(
    verifier: Verifier, text: str, within: tuple[int, int], pair: Callable[[str], Pair], stance: int, offset: int
) -> tuple[Word, ...]:
    places = [match.span() for match in _WORD.finditer(text, *within)]
    odds = []
    for begin in range(0, len(places) + 1, _TOGETHER):
        cut = [(0, 0), *places][begin : begin + _TOGETHER]  # the first leaves nothing out
        pairs = [pair(f"{text[:start]}{text[end:]}") for start, end in cut]
        likely = np.clip(verifier.predict_proba(pairs)[:, stance], _LEAST, 1 - _LEAST)
        odds += np.log(likely / (1 - likely)).tolist()
    return tuple(
        Word(offset + start, offset + end, text[start:end], odds[0] - less) for (start, end), less in zip(places, odds[1:], strict=True)
    )


def _row(word: Word) -> dict[str, Any]:
    return {"start": word.start, "end": word.end, "text": word.text, "weight": round(word.weight, 4)}
