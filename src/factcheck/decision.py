"""From the stances of the statements that were found to one verdict: gate, aggregate, calibrate, abstain, label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES, SUPPORTS, Label, Reason

Array = np.ndarray[Any, np.dtype[Any]]

_DECISIVE = (SUPPORTS, REFUTES)
_SMALL = 1e-3
_SOME = 0.1  # so that what is hardly said counts for little
_ONE_ASSERTION = 18
"""Words that nine of ten single claims of the training data keep to."""
_LEAST_GATE = 1e-6
"""Above 0: a statement that shares nothing with the claim (score 0) is never read, however low the calibration split puts the gate."""


class VerdictRule(BaseEstimator):
    """Turn the stance probabilities of a claim's statements into a calibrated verdict.

    A statement counts when its relevance reaches the gate. For SUPPORTS and for REFUTES the strongest statement speaks
    (probability times relevance), so that a statement more on another matter changes nothing. A multinomial logistic
    regression over these strengths and what the statements say together, fitted on the calibration split, gives the claim's probabilities.

    Parameters
    ----------
    max_error : float, default 0.2
        The share of wrong verdicts among the decisive ones, per label, that the thresholds were chosen to keep to on
        the calibration split, in (0, 1). An estimate from that split, not a guarantee.
    gate_recall : float, default 0.95
        Share of the calibration split's deciding statements that must pass the relevance gate.
    conflict : float, default 0.7
        Both decisive stances at this strength or more, from two statements: CONFLICTING.
    longest_supported : int, default 20
        Words of the longest text that is given SUPPORTS. A longer one says more than one thing, and is supported only
        when all of it is, which one statement seldom does; one refuted part is enough for REFUTES.

    Attributes
    ----------
    gate_ : float
        Least relevance of a statement that is read.
    coef_, intercept_ : ndarray
        Of the claim's probabilities, shapes (3, 17) and (3,).
    thresholds_ : ndarray of shape (2,)
        Least probability of a SUPPORTS and of a REFUTES verdict.
    unmatched_, not_a_claim_ : ndarray of shape (3,)
        Probabilities where no statement passes the gate, and where the text asserts nothing.
    """

    def __init__(self, *, max_error: float = 0.2, gate_recall: float = 0.95, conflict: float = 0.7, longest_supported: int = 20) -> None:
        self.max_error = max_error
        self.gate_recall = gate_recall
        self.conflict = conflict
        self.longest_supported = longest_supported

    def fit_gate(self, deciding_scores: Sequence[float]) -> Self:
        """Set the relevance gate.

        Parameters
        ----------
        deciding_scores : sequence of float
            On the calibration split: relevance of the statement that decides, one a decided claim.
        """
        gate = float(np.quantile(deciding_scores, 1 - self.gate_recall)) if len(deciding_scores) else 0.5
        self.gate_ = max(gate, _LEAST_GATE)
        return self

    def fit(self, probabilities: Array, scores: Array, y: Sequence[str], lengths: Sequence[int]) -> Self:
        """Calibrate on data that trained nothing else.

        Parameters
        ----------
        probabilities : ndarray of shape (n, k, 3)
            Stances of each claim's k statements; rows below the gate are not looked at.
        scores : ndarray of shape (n, k)
            Their relevance.
        y : sequence of str, length n
            Labels of the claims.
        lengths : sequence of int, length n
            Words of each claim, 0 where the text asserts nothing (`text.claim_length`).
        """
        check_is_fitted(self, "gate_")
        targets = np.array([STANCES.index(label) for label in y])
        words = np.asarray(lengths)
        asserting = words > 0
        matched = (scores >= self.gate_).any(axis=1)
        self.not_a_claim_ = _shares(targets[~asserting])
        self.unmatched_ = _shares(targets[asserting & ~matched])
        chosen = asserting & matched
        model = LogisticRegression(C=10.0, max_iter=1000).fit(self._strengths(probabilities, scores, words)[chosen], targets[chosen])
        self.coef_ = np.zeros((3, model.coef_.shape[1]))
        self.intercept_ = np.full(3, -30.0)  # a label that calibration never saw is never given
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            self.coef_[model.classes_[1]], self.intercept_[model.classes_[1]] = model.coef_[0], model.intercept_[0]
            self.intercept_[model.classes_[0]] = 0.0
        else:
            self.coef_[model.classes_], self.intercept_[model.classes_] = model.coef_, model.intercept_
        calibrated = self.predict_proba(probabilities, scores, words)
        self.thresholds_ = np.array([_threshold(calibrated[chosen], targets[chosen], label, self.max_error) for label in _DECISIVE])
        return self

    def predict_proba(self, probabilities: Array, scores: Array, lengths: Sequence[int] | Array) -> Array:
        """Return the calibrated probabilities of each claim's label, shape (n, 3); arguments as in `fit`."""
        check_is_fitted(self, "coef_")
        words = np.asarray(lengths)
        # no matrix product: its rounding depends on how many rows there are, and a verdict must not
        logits = (self._strengths(probabilities, scores, words)[:, None, :] * self.coef_).sum(axis=2) + self.intercept_
        result = softmax(logits, axis=1)
        result[~(scores >= self.gate_).any(axis=1)] = self.unmatched_
        result[words == 0] = self.not_a_claim_
        return np.asarray(result)

    def decide(self, probabilities: Array, scores: Array, lengths: Sequence[int] | Array) -> list[tuple[str, float, str, int, Array]]:
        """Return (label, probability, reason, position of the deciding statement or -1, probabilities) for each claim.

        Arguments as in `fit`.
        """
        calibrated = self.predict_proba(probabilities, scores, lengths)
        weighted = np.where((scores >= self.gate_)[:, :, None], probabilities * scores[:, :, None], 0.0)
        return [
            self._decide_one(calibrated[row], weighted[row], words=int(lengths[row]), matched=bool((scores[row] >= self.gate_).any()))
            for row in range(len(scores))
        ]

    def _decide_one(self, calibrated: Array, weighted: Array, *, words: int, matched: bool) -> tuple[str, float, str, int, Array]:
        undecided = (Label.NOT_ENOUGH_INFO.value, float(calibrated[NOT_ENOUGH_INFO]))
        if not words:
            return (*undecided, Reason.NOT_A_CLAIM.value, -1, calibrated)
        if not matched:
            return (*undecided, Reason.NO_RELEVANT_STATEMENT.value, -1, calibrated)
        speakers = weighted.argmax(axis=0)
        strong = weighted.max(axis=0)[list(_DECISIVE)] >= self.conflict
        if strong.all() and speakers[SUPPORTS] != speakers[REFUTES]:
            both = float(calibrated[SUPPORTS] + calibrated[REFUTES])
            first = int(speakers[int(np.argmax(calibrated[:2]))])
            return Label.CONFLICTING.value, both, Reason.CONFLICTING_EVIDENCE.value, first, calibrated
        best = int(np.argmax(calibrated))
        if best == NOT_ENOUGH_INFO:
            return (*undecided, Reason.NO_RELEVANT_STATEMENT.value, -1, calibrated)
        too_long = best == SUPPORTS and words > self.longest_supported
        if too_long or calibrated[best] < self.thresholds_[best]:
            return (*undecided, Reason.LOW_PROBABILITY.value, -1, calibrated)
        return STANCES[best], float(calibrated[best]), Reason.DECIDED.value, int(speakers[best]), calibrated

    def _strengths(self, probabilities: Array, scores: Array, lengths: Array) -> Array:
        """Return what the verdict is a function of, one row a claim.

        The strength of SUPPORTS and of REFUTES and their logs, the best relevance and its log, the log-stances of the
        statement that speaks loudest (relevance times decisiveness), plain and weighted by its relevance, the mean
        log-stances of all statements, each as loud as it speaks, and the length of the claim, as it is and beyond what one
        assertion takes: what is long is seldom settled by one statement.
        """
        passing = np.where(scores >= self.gate_, scores, 0.0)
        strength = (probabilities * passing[:, :, None]).max(axis=1, initial=0.0)[:, list(_DECISIVE)]
        relevance = passing.max(axis=1, initial=0.0)[:, None]
        rows = np.arange(len(scores))
        voices = passing * (1 - probabilities[:, :, NOT_ENOUGH_INFO])
        loudest = voices.argmax(axis=1) if scores.shape[1] else rows
        first = np.log(probabilities[rows, loudest] + _SMALL) if scores.shape[1] else np.zeros((len(scores), 3))
        near = passing[rows, loudest][:, None] if scores.shape[1] else relevance
        together = (np.log(probabilities + _SMALL) * voices[:, :, None]).sum(axis=1) / (voices.sum(axis=1)[:, None] + _SOME)
        beyond = np.maximum(0.0, lengths - _ONE_ASSERTION) / _ONE_ASSERTION
        return np.column_stack(
            [
                strength,
                np.log(strength + _SMALL),
                relevance,
                np.log(relevance + _SMALL),
                first,
                first * near,
                together,
                np.log1p(lengths),
                beyond,
            ]
        )


def _shares(targets: Array) -> Array:
    """Return the share of each label, with one extra of each so that nothing is ever certain."""
    counts = np.bincount(targets, minlength=3) + 1.0
    return np.asarray(counts / counts.sum())


def _threshold(calibrated: Array, targets: Array, label: int, max_error: float) -> float:
    """Return the least probability from which on at most ``max_error`` of the claims given ``label`` are wrong."""
    given = calibrated.argmax(axis=1) == label
    order = np.argsort(-calibrated[given, label], kind="stable")
    values = calibrated[given, label][order]
    wrong = np.cumsum(targets[given][order] != label) / np.arange(1, len(order) + 1)
    last_of_its_value = np.diff(values, append=-1.0) != 0  # a threshold lets in all claims of its value or none
    kept = np.flatnonzero((wrong <= max_error) & last_of_its_value)
    return float(values[kept[-1]]) if len(kept) else 1.0
