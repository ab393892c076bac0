"""From the stances of the statements that were found to one verdict: gate, aggregate, calibrate, abstain, label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy.special import softmax
from scipy.stats import beta, t
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_is_fitted

from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES, SUPPORTS, Label, Reason

Array = np.ndarray[Any, np.dtype[Any]]
Traits = Sequence[float] | Sequence[Sequence[float]] | Array

_DECISIVE = (SUPPORTS, REFUTES)
_SMALL = 1e-3
_SOME = 0.1  # so that what is hardly said counts for little
_ONE_ASSERTION = 18
"""Words that nine of ten single claims of the training data keep to."""
_FOLDS = 5
_REGULARISATION = 0.3
_ROUNDING = 1e-12
_LEAST_GATE = 1e-6
"""Above 0: a statement that shares nothing with the claim (score 0) is never read, however low the calibration split puts the gate."""


class VerdictRule(BaseEstimator):
    """Turn the stance probabilities of a claim's statements into a calibrated verdict.

    A statement counts when its relevance reaches the gate. For SUPPORTS and for REFUTES the strongest statement speaks
    (probability times relevance), so that a statement more on another matter changes nothing. A multinomial logistic
    regression over these strengths, what the statements say together and what the claim is like (`features.traits`), fitted on
    the calibration split, gives the claim's probabilities.

    Parameters
    ----------
    max_error : float, default 0.15
        The error budget, in (0, 1): with 95 % confidence, at most this share of the claims that are given SUPPORTS or REFUTES is
        wrong (`budget_threshold`), for claims like those of the calibration split. The rest abstains.
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
        Of the claim's probabilities, shapes (3, n) and (3,).
    confidences_, mistakes_, groups_ : ndarray of shape (m,)
        Probability of each calibration claim that could be decided, by models that did not learn from it or from another claim of its
        group, whether that label was wrong, and the number of its group. What `threshold_` is chosen by.
    threshold_ : float
        Least probability of a SUPPORTS or REFUTES verdict; infinite when no threshold keeps the budget, and nothing is decided.
    unmatched_, not_a_claim_ : ndarray of shape (3,)
        Probabilities where no statement passes the gate, and where the text asserts nothing.
    """

    def __init__(self, *, max_error: float = 0.15, gate_recall: float = 0.95, conflict: float = 0.7, longest_supported: int = 20) -> None:
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

    def fit(self, probabilities: Array, scores: Array, y: Sequence[str], traits: Traits, groups: Sequence[str] | None = None) -> Self:
        """Calibrate on data that trained nothing else, and choose the threshold that keeps the budget.

        Parameters
        ----------
        probabilities : ndarray of shape (n, k, 3)
            Stances of each claim's k statements; rows below the gate are not looked at.
        scores : ndarray of shape (n, k)
            Their relevance.
        y : sequence of str, length n
            Labels of the claims.
        traits : array-like of shape (n,) or (n, t)
            Of each claim what `features.traits` says; the first is its words, 0 where the text asserts nothing.
        groups : sequence of str, length n, optional
            Claims that are alike, such as those of one statement.
        """
        check_is_fitted(self, "gate_")
        targets = np.array([STANCES.index(label) for label in y])
        marks = _columns(traits, len(targets))
        asserting = marks[:, 0] > 0
        matched = (scores >= self.gate_).any(axis=1)
        self.not_a_claim_ = _shares(targets[~asserting])
        self.unmatched_ = _shares(targets[asserting & ~matched])
        chosen = np.flatnonzero(asserting & matched)
        rows = self._strengths(probabilities, scores, marks)[chosen]
        alike = np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1][chosen] if groups is not None else chosen
        self.confidences_, self.mistakes_, self.groups_ = self._apart(rows, targets[chosen], marks[chosen, 0], alike)
        self.coef_, self.intercept_ = _fit_logistic(rows, targets[chosen])
        return self.set_budget(self.max_error)

    def set_budget(self, max_error: float) -> Self:
        """Choose the threshold for another error budget, in (0, 1)."""
        if not 0 < max_error < 1:
            raise ValueError(f"max_error is {max_error}; give a share between 0 and 1, such as 0.05")
        check_is_fitted(self, "confidences_")
        self.max_error = max_error
        self.threshold_ = budget_threshold(self.confidences_, self.mistakes_, max_error, groups=self.groups_)
        return self

    def _apart(self, rows: Array, targets: Array, lengths: Array, groups: Array) -> tuple[Array, Array, Array]:
        """Return, by models that saw neither it nor its group, a claim's probability, whether its label is wrong, and its group."""
        folds = min(_FOLDS, len(np.unique(groups)))
        if folds < 2:
            return np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)
        calibrated = np.zeros((len(rows), len(STANCES)))
        for seen, unseen in GroupKFold(folds).split(rows, groups=groups):
            coef, intercept = _fit_logistic(rows[seen], targets[seen])
            calibrated[unseen] = softmax(rows[unseen] @ coef.T + intercept, axis=1)
        best = calibrated.argmax(axis=1)
        could = (best == REFUTES) | ((best == SUPPORTS) & (lengths <= self.longest_supported))
        order = np.argsort(-calibrated.max(axis=1)[could], kind="stable")
        return calibrated.max(axis=1)[could][order], (best != targets)[could][order], groups[could][order]

    def predict_proba(self, probabilities: Array, scores: Array, traits: Traits) -> Array:
        """Return the calibrated probabilities of each claim's label, shape (n, 3); arguments as in `fit`."""
        check_is_fitted(self, "coef_")
        marks = _columns(traits, len(scores))
        # no matrix product: its rounding depends on how many rows there are, and a verdict must not
        logits = (self._strengths(probabilities, scores, marks)[:, None, :] * self.coef_).sum(axis=2) + self.intercept_
        result = softmax(logits, axis=1)
        result[~(scores >= self.gate_).any(axis=1)] = self.unmatched_
        result[marks[:, 0] == 0] = self.not_a_claim_
        return np.asarray(result)

    def decide(self, probabilities: Array, scores: Array, traits: Traits) -> list[tuple[str, float, str, int, Array]]:
        """Return (label, probability, reason, position of the deciding statement or -1, probabilities) for each claim.

        Arguments as in `fit`.
        """
        calibrated = self.predict_proba(probabilities, scores, traits)
        lengths = _columns(traits, len(scores))[:, 0]
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
        if too_long or calibrated[best] < self.threshold_:
            return (*undecided, Reason.LOW_PROBABILITY.value, -1, calibrated)
        return STANCES[best], float(calibrated[best]), Reason.DECIDED.value, int(speakers[best]), calibrated

    def _strengths(self, probabilities: Array, scores: Array, marks: Array) -> Array:
        """Return what the verdict is a function of, one row a claim.

        The strength of SUPPORTS and of REFUTES and their logs, the best relevance and its log, the log-stances of the
        statement that speaks loudest (relevance times decisiveness), plain and weighted by its relevance, the mean
        log-stances of all statements, each as loud as it speaks, the length of the claim, as it is and beyond what one
        assertion takes (what is long is seldom settled by one statement), and its other traits.
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
        lengths = marks[:, 0]
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
                marks[:, 1:],
            ]
        )


def _shares(targets: Array) -> Array:
    """Return the share of each label, with one extra of each so that nothing is ever certain."""
    counts = np.bincount(targets, minlength=3) + 1.0
    return np.asarray(counts / counts.sum())


def _columns(traits: Traits, rows: int) -> Array:
    """Return traits as a matrix, though they be but one number a claim."""
    marks = np.asarray(traits, dtype=np.float64)
    return marks if marks.ndim == 2 else marks.reshape(rows, 1)


def _fit_logistic(rows: Array, targets: Array) -> tuple[Array, Array]:
    """Return weights and intercepts of the three labels; a label that is not among the targets is never given."""
    if len(np.unique(targets)) < 2:  # there is nothing to weigh
        return np.zeros((len(STANCES), rows.shape[1])), np.where(np.isin(range(len(STANCES)), targets), 0.0, -30.0)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    # what is the same in all rows varies by rounding: by that its weight must not be divided
    scale = np.where(scale > _ROUNDING * np.maximum(1.0, np.abs(mean)), scale, 1.0)
    model = LogisticRegression(C=_REGULARISATION, max_iter=1000).fit((rows - mean) / scale, targets)
    coef, intercept = np.zeros((len(STANCES), rows.shape[1])), np.full(len(STANCES), -30.0)
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        coef[model.classes_[1]], intercept[model.classes_[1]] = model.coef_[0], model.intercept_[0]
        intercept[model.classes_[0]] = 0.0
    else:
        coef[model.classes_], intercept[model.classes_] = model.coef_, model.intercept_
    coef /= scale
    return coef, intercept - coef @ mean


def budget_threshold(confidences: Array, mistakes: Array, max_error: float, confidence: float = 0.95, groups: Array | None = None) -> float:
    """Return the least probability from which on at most a share of the answers is wrong, with a confidence.

    Learn then Test by a fixed sequence (Angelopoulos et al. 2021), as selective classification has it (Geifman and El-Yaniv 2017): it
    begins where as many mistakes as half of the budget allows would pass, and goes down as long as the upper bound of the share of
    mistakes above keeps the budget. The bound is the exact binomial one (Clopper and Pearson 1934). Answers of one group tend to be
    wrong together and tell less than as many drawn one by one: they count as fewer, by the design effect (Kish 1965; in this bound Korn
    and Graubard 1998). It holds when the claims to come are like these.

    Parameters
    ----------
    confidences : ndarray of shape (m,)
        Probabilities of the answers on claims that trained nothing.
    mistakes : ndarray of bool, shape (m,)
        Which of them are wrong.
    max_error : float
        Share in (0, 1).
    confidence : float, default 0.95
        How sure the bound is, in (0, 1).
    groups : ndarray of shape (m,), optional
        What the answers have in common, such as the number of their statement. None: each was drawn alone.

    Returns
    -------
    float
        Infinity when no threshold keeps to it.

    Examples
    --------
    >>> [budget_threshold(np.full(n, 0.9), np.zeros(n, dtype=bool), max_error=0.05) for n in (100, 20)]
    [0.9, inf]
    """
    order = np.argsort(-np.asarray(confidences), kind="stable")
    values, wrong = np.asarray(confidences)[order], np.asarray(mistakes)[order]
    ends = np.flatnonzero(np.diff(values, append=-np.inf) != 0)  # a threshold lets in all claims of its value or none
    if not len(ends):
        return np.inf
    effects = _design_effects(wrong, np.asarray(groups)[order], confidence)[ends] if groups is not None else 1.0
    counts, mistaken = (ends + 1) / effects, np.cumsum(wrong)[ends] / effects
    # the budget and the counts alone say where to begin, never the mistakes: the bound would not hold
    below = np.flatnonzero(counts >= _first_place(max_error, 1 - confidence, counts.max()))
    kept = np.logical_and.accumulate(_upper_bound(mistaken, counts, 1 - confidence)[below] <= max_error)
    return float(values[ends[below[kept][-1]]]) if kept.any() else np.inf


def _upper_bound(wrong: Array, counts: Array, risk: float) -> Array:
    """Return the share of mistakes that is exceeded with no more than this risk, by Clopper and Pearson; counts need not be whole."""
    return np.where(wrong < counts, beta.ppf(1 - risk, wrong + 1, np.maximum(counts - wrong, _ROUNDING)), 1.0)


def _first_place(max_error: float, risk: float, most: float) -> float:
    """Return the least number of answers, up to a most, of which half of the budget may be wrong and the bound still keeps the budget."""
    counts = np.arange(1, int(most) + 1)
    kept = np.flatnonzero(_upper_bound(np.ceil(counts * max_error / 2), counts, risk) <= max_error)
    return float(counts[kept[0]]) if len(kept) else most


def _design_effects(wrong: Array, groups: Array, confidence: float) -> Array:
    """Return by how much the variance of the share of mistakes among the first n answers is larger than were they drawn one by one.

    How alike the answers of a group are comes from one-way analysis of variance (Ukoumunne et al. 1999), over the first n or over all
    answers, whichever says more: the surest may be wrong together for other reasons than the rest.
    """
    numbers = np.unique(groups, return_inverse=True)[1]
    by_group = np.argsort(numbers, kind="stable")
    firsts = np.flatnonzero(np.diff(numbers[by_group], prepend=-1))
    sizes, mistaken = np.empty(len(wrong)), np.empty(len(wrong))  # of an answer's group, it and what stands before it
    for members in np.split(by_group, firsts[1:]):
        sizes[members], mistaken[members] = np.arange(1, len(members) + 1), np.cumsum(wrong[members])
    answers, mistakes, seen = np.arange(1, len(wrong) + 1), np.cumsum(wrong), np.cumsum(sizes == 1)
    squared_sizes = np.cumsum(2 * sizes - 1)
    explained = np.cumsum(mistaken**2 / sizes - (mistaken - wrong) ** 2 / np.maximum(sizes - 1, 1))
    between = (explained - mistakes**2 / answers) / np.maximum(seen - 1, 1)
    within = (mistakes - explained) / np.maximum(answers - seen, 1)
    usual = (answers - squared_sizes / answers) / np.maximum(seen - 1, 1)
    spread = between + (usual - 1) * within
    alike = np.where(spread > _ROUNDING, (between - within) / np.maximum(spread, _ROUNDING), 0.0)
    alike = np.where(seen == 1, 1.0, np.where(seen == answers, 0.0, alike))  # a single group is one answer many times over
    effects = 1 + (squared_sizes / answers - 1) * np.maximum(0.0, np.maximum(alike, alike[-1]))
    few = t.ppf(confidence, np.maximum(seen - 1, 1)) / t.ppf(confidence, np.maximum(answers - 1, 1))
    return np.asarray(effects * few**2)  # how alike they are is itself only known from so many groups
