"""Scores of predicted labels, probabilities and rankings: functions on arrays, which know no model and read no file.

Every report is a JSON-ready dictionary of plain Python values; scores are fractions in [0, 1].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from factcheck.errors import InputError
from factcheck.records import Label

Array = npt.NDArray[Any]

BINS = 15
"""Equal-width bins of the calibration error."""

DRAWS = 1_000
"""Bootstrap draws behind an interval."""

SHUFFLES = 9_999
"""Exchanges behind the p-value of `paired_rise`, whose smallest is one in ten thousand."""

_ROUNDING = 1e-12


def classification_report(
    y_true: Sequence[str],
    y_pred: Sequence[str],
    labels: Sequence[str],
    probabilities: Array | None = None,
    groups: Sequence[str] | None = None,
    random_state: int = 0,
) -> dict[str, Any]:
    """Score predicted labels, and their probabilities where they are given.

    Parameters
    ----------
    y_true : sequence of str, length n >= 1
        Each one of `labels`.
    y_pred : sequence of str, length n
        May hold others than `labels`, such as CONFLICTING: those are wrong.
    labels : sequence of str, length c
        What macro and weighted F1 average over; the order of the columns of `probabilities`.
    probabilities : ndarray of shape (n, c), optional
        Rows sum to 1.
    groups : sequence of str, length n, optional
        Rows of one group, such as the pairs of one claim, are drawn together by the bootstrap.
    random_state : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``n, labels, accuracy, macro_f1, interval, weighted_f1, per_label, coverage, confusion``, where ``interval`` is
        that of `bootstrap_interval`, ``coverage`` the share of predictions that say more than NOT ENOUGH INFO, and
        ``confusion[true][predicted]`` a count. With `probabilities` the keys of `probability_report`, too.

    Raises
    ------
    InputError
        If there are no rows, lengths differ, a true label is none of `labels` or `probabilities` do not fit.

    Examples
    --------
    >>> report = classification_report(["a", "b", "b", "b"], ["a", "b", "b", "a"], ["a", "b"])
    >>> report["accuracy"], round(report["macro_f1"], 3), report["confusion"]["b"]
    (0.75, 0.733, {'a': 1, 'b': 2})
    """
    _check_rows(y_true, labels, y_pred=y_pred, groups=groups)
    truth, answers, names = list(y_true), list(y_pred), list(labels)
    precision, recall, f1, support = precision_recall_fscore_support(truth, answers, labels=names, zero_division=0)
    counts = Counter(zip(truth, answers, strict=True))
    columns = names + sorted(set(answers) - set(names))
    report: dict[str, Any] = {
        "n": len(truth),
        "labels": names,
        "accuracy": float(accuracy_score(truth, answers)),
        "macro_f1": float(np.mean(f1)),
        "interval": list(bootstrap_interval(truth, answers, names, groups, random_state=random_state)),
        "weighted_f1": float(f1_score(truth, answers, labels=names, average="weighted", zero_division=0)),
        "per_label": {
            name: {"precision": float(precision[i]), "recall": float(recall[i]), "f1": float(f1[i]), "support": int(support[i])}
            for i, name in enumerate(names)
        },
        "coverage": sum(answer not in ("", Label.NOT_ENOUGH_INFO) for answer in answers) / len(answers),
        "confusion": {true: {answer: counts[true, answer] for answer in columns} for true in names},
    }
    return report if probabilities is None else report | probability_report(truth, probabilities, names)


def probability_report(y_true: Sequence[str], probabilities: Array, labels: Sequence[str]) -> dict[str, Any]:
    """Score probabilities by themselves: calibration, Brier score, log-loss, and what ranking by them is worth.

    Parameters
    ----------
    y_true : sequence of str, length n >= 1
    probabilities : ndarray of shape (n, c)
        Rows sum to 1.
    labels : sequence of str, length c
        Names of the columns.

    Returns
    -------
    dict
        ``ece``: expected calibration error of the largest probability, `BINS` equal-width bins (Naeini et al. 2015; Guo
        et al. 2017). ``reliability``: its bins, as of `reliability`. ``brier``: squared distance to the true label
        summed over the labels, mean over the rows, in [0, 2] (Brier 1950). ``log_loss``: mean of -ln of the probability
        of the true label, which is bounded below by the smallest step of a float. ``aurc`` and ``risk_coverage``: as of
        `risk_coverage`, when the rows with the largest probability are answered first.
    """
    _check_rows(y_true, labels)
    p = np.asarray(probabilities, dtype=np.float64)
    if p.shape != (len(y_true), len(labels)):
        raise InputError(f"probabilities: shape {p.shape}; {len(y_true)} rows and {len(labels)} labels need {(len(y_true), len(labels))}.")
    if not np.isfinite(p).all() or (np.abs(p.sum(axis=1) - 1) > 1e-3).any() or (p < 0).any():  # 1e-3: room for float16
        raise InputError("probabilities: every row must hold numbers from 0 to 1 that sum to 1.")
    column = {name: i for i, name in enumerate(labels)}
    truth = np.array([column[label] for label in y_true])
    confidence, correct = p.max(axis=1), p.argmax(axis=1) == truth
    bins = reliability(confidence, correct)
    of_truth = p[np.arange(len(p)), truth]
    return {
        "ece": sum(b["n"] * abs(b["accuracy"] - b["probability"]) for b in bins) / len(p),
        "brier": float(np.mean((p**2).sum(axis=1) - 2 * of_truth + 1)),
        "log_loss": float(-np.log(np.clip(of_truth, np.finfo(np.float64).eps, 1)).mean()),
        "reliability": bins,
        **risk_coverage(confidence, correct),
    }


def reliability(confidence: Array, correct: Array, bins: int = BINS) -> list[dict[str, Any]]:
    """Return how often each bin of probability is right: the points of a reliability diagram.

    Parameters
    ----------
    confidence : ndarray of float, shape (n,)
        Probability in [0, 1].
    correct : ndarray of bool, shape (n,)
    bins : int
        Of equal width; bin i holds the probabilities in (i / bins, (i + 1) / bins], the first also 0.

    Returns
    -------
    list of dict
        ``{"low", "high", "n", "probability", "accuracy"}`` of the bins that hold a row, lowest first.
    """
    place = np.clip(np.ceil(np.asarray(confidence) * bins).astype(int) - 1, 0, bins - 1)
    return [
        {
            "low": i / bins,
            "high": (i + 1) / bins,
            "n": int((place == i).sum()),
            "probability": float(np.mean(confidence[place == i])),
            "accuracy": float(np.mean(correct[place == i])),
        }
        for i in np.unique(place).tolist()
    ]


def risk_coverage(confidence: Array, correct: Array) -> dict[str, Any]:
    """Return the share of wrong answers when only the surest rows are answered.

    Rows of equal confidence share their errors evenly, so that the order of the rows does not matter.

    Parameters
    ----------
    confidence : ndarray of float, shape (n,), n >= 1
        Higher is answered first.
    correct : ndarray of bool, shape (n,)

    Returns
    -------
    dict
        ``aurc``: mean risk over the n coverages 1/n ... 1 (Geifman, Uziel & El-Yaniv 2019), lower is better;
        ``risk_coverage``: ``{"coverage", "risk"}`` at coverage 0.05, 0.10 ... 1.

    Examples
    --------
    >>> risk_coverage(np.array([0.9, 0.6]), np.array([True, False]))["aurc"]
    0.25
    """
    confidence, wrong = np.asarray(confidence), 1.0 - np.asarray(correct, dtype=np.float64)
    _, tied = np.unique(-confidence, return_inverse=True)
    shared = np.bincount(tied, weights=wrong) / np.bincount(tied)
    risk = np.cumsum(shared[np.sort(tied)]) / np.arange(1, len(wrong) + 1)
    steps = [(percent / 100, -(-percent * len(wrong) // 100)) for percent in range(5, 101, 5)]
    return {
        "aurc": float(risk.mean()),
        "risk_coverage": [{"coverage": coverage, "risk": float(risk[answered - 1])} for coverage, answered in steps],
    }


def bootstrap_interval(
    y_true: Sequence[str],
    y_pred: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    draws: int = DRAWS,
    random_state: int = 0,
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of macro-F1 (Efron & Tibshirani 1993), drawing groups with replacement.

    Parameters
    ----------
    y_true, y_pred : sequence of str, length n >= 1
    labels : sequence of str
        What macro-F1 averages over. A label that a draw neither holds nor predicts counts 0, as ``zero_division=0`` does.
    groups : sequence of str, length n, optional
        Rows of one group are drawn together. Without it every row is drawn by itself.
    draws : int
    random_state : int

    Returns
    -------
    (low, high) : tuple of float
    """
    _check_rows(y_true, labels, y_pred=y_pred, groups=groups)
    group = _places(groups, len(y_true))
    low, high = np.percentile(_macro_f1(_drawn(_f1_counts(y_true, y_pred, labels, group), draws, random_state)), [2.5, 97.5])
    return float(low), float(high)


def bootstrap_difference(
    y_true: Sequence[str],
    y_old: Sequence[str],
    y_new: Sequence[str],
    labels: Sequence[str],
    groups: Sequence[str] | None = None,
    *,
    draws: int = DRAWS,
    random_state: int = 0,
) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of how much macro-F1 rises from one set of answers to another.

    Both are scored on the same draw, so that what makes a draw easy or hard for both falls out of the difference.

    Parameters
    ----------
    y_true, y_old, y_new : sequence of str, length n >= 1
    labels, groups, draws, random_state
        As in `bootstrap_interval`.

    Returns
    -------
    (low, high) : tuple of float
        Of the new macro-F1 less the old.

    Examples
    --------
    >>> bootstrap_difference(["a", "b"] * 20, ["a", "b"] * 20, ["b", "b"] * 20, ["a", "b"])[1] < 0
    True
    """
    _check_rows(y_true, labels, y_old=y_old, y_new=y_new, groups=groups)
    group = _places(groups, len(y_true))
    drawn = _drawn(np.hstack([_f1_counts(y_true, answers, labels, group) for answers in (y_old, y_new)]), draws, random_state)
    old, new = (_macro_f1(half) for half in np.hsplit(drawn, 2))
    low, high = np.percentile(new - old, [2.5, 97.5])
    return float(low), float(high)


def mcnemar(old: Array, new: Array) -> float:
    """Return the two-sided p-value of McNemar's exact test of whether one of two is more often right (McNemar 1947).

    Only rows on which one of the two is right count; rows are taken for independent.

    Parameters
    ----------
    old, new : ndarray of bool, shape (n,)
        Where each was right.

    Returns
    -------
    float
        1 where the two are right on the same rows.

    Examples
    --------
    >>> mcnemar(np.array([False] * 6), np.array([True] * 6))
    0.03125
    """
    gained, lost = int((~old & new).sum()), int((old & ~new).sum())
    return float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0


def paired_rise(
    old: Array, new: Array, groups: Sequence[str] | None = None, *, shuffles: int = SHUFFLES, random_state: int = 0
) -> float | None:
    """Return the one-sided p-value of a randomisation test of whether a share is higher in the new than in the old (Fisher 1935).

    Were the two alike, it would be chance which of them gave which result. So the results of whole groups are exchanged between them
    at random, and the rise of the share is held against those that come out so.

    Parameters
    ----------
    old, new : ndarray of float, shape (n, 2)
        Of each row what counts into the numerator and into the denominator of the share, such as "decided and wrong" and "decided".
    groups : sequence of str, length n, optional
        Rows that are exchanged together. Without it every row by itself.
    shuffles : int
    random_state : int

    Returns
    -------
    float or None
        In (0, 1]; None where one of the two has no share, as nothing counts into its denominator.

    Examples
    --------
    >>> one = np.ones(40)
    >>> paired_rise(np.column_stack([0 * one, one]), np.column_stack([one, one]))
    0.0001
    """
    group = _places(groups, len(old))
    of_old, of_new = (np.column_stack([np.bincount(group, weights=column) for column in side.T]) for side in (old, new))
    total, difference = of_old + of_new, of_new - of_old
    if not of_old[:, 1].sum() or not of_new[:, 1].sum():
        return None
    rng = np.random.default_rng(random_state)
    # of each exchange, what falls to the new: half of all, and half of each group's difference up or down
    signs = (rng.integers(2, size=len(total)) * 2.0 - 1 for _ in range(shuffles))
    turned = np.array([difference.sum(axis=0), *(sign @ difference for sign in signs)])
    theirs, rest = (total.sum(axis=0) + turned) / 2, (total.sum(axis=0) - turned) / 2
    rise = _divided(theirs[:, 0], theirs[:, 1]) - _divided(rest[:, 0], rest[:, 1])
    return float((rise >= rise[0] - _ROUNDING).mean())


def wilson_interval(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927), which stays within [0, 1] and has a width where all or none are hits.

    Parameters
    ----------
    hits : int
        In [0, n].
    n : int
        Independent trials, >= 1.

    Returns
    -------
    (low, high) : tuple of float

    Examples
    --------
    >>> low, high = wilson_interval(9, 10)
    >>> round(low, 3), round(high, 3)
    (0.596, 0.982)
    """
    if not 0 <= hits <= n or n < 1:
        raise InputError(f"hits: {hits} of {n}; give at least one trial and no more hits than trials.")
    z = 1.959964  # of the normal distribution: 2.5 % lie above
    share = hits / n
    middle, half = share + z**2 / (2 * n), z * ((share * (1 - share) + z**2 / (4 * n)) / n) ** 0.5
    return max(0.0, (middle - half) / (1 + z**2 / n)), min(1.0, (middle + half) / (1 + z**2 / n))


def _places(groups: Sequence[str] | None, n: int) -> Array:
    """Give each of n rows the number of its group, from 0."""
    found: Array = np.arange(n) if groups is None else np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    return found


def _f1_counts(y_true: Sequence[str], y_pred: Sequence[str], labels: Sequence[str], group: Array) -> Array:
    """Count of each group and label: right answers; then answers and true labels together. They are all that F1 needs."""
    names = {name: i for i, name in enumerate(labels)}
    truth = np.array([names[label] for label in y_true])
    answer = np.array([names.get(label, -1) for label in y_pred])
    n_groups = int(group.max()) + 1
    right, known = answer == truth, answer >= 0
    together = _table(group, truth, n_groups, len(names)) + _table(group[known], answer[known], n_groups, len(names))
    return np.hstack([_table(group[right], truth[right], n_groups, len(names)), together])


def _drawn(counts: Array, draws: int, random_state: int) -> Array:
    """Return the counts of each bootstrap draw of the groups, one row a draw."""
    rng, n_groups = np.random.default_rng(random_state), len(counts)
    return np.array([np.bincount(rng.integers(n_groups, size=n_groups), minlength=n_groups) @ counts for _ in range(draws)])


def _macro_f1(counts: Array) -> Array:
    right, both = np.hsplit(counts, 2)
    f1: Array = _divided(2 * right, both).mean(axis=1)
    return f1


def _divided(part: Array, whole: Array) -> Array:
    """Divide, and give 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _table(rows: Array, columns: Array, n_rows: int, n_columns: int) -> Array:
    """Count how often each row meets each column, as floats."""
    return np.bincount(rows * n_columns + columns, minlength=n_rows * n_columns).reshape(n_rows, n_columns).astype(np.float64)


def _check_rows(y_true: Sequence[str], labels: Sequence[str], **others: Sequence[str] | None) -> None:
    if not len(y_true):
        raise InputError("y_true: there are no rows to score; give at least one.")
    if unknown := sorted(set(y_true) - set(labels)):
        raise InputError(f"y_true: holds {unknown[0]!r}; the labels are {', '.join(labels)}.")
    for name, values in others.items():
        if values is not None and len(values) != len(y_true):
            raise InputError(f"{name}: {len(values)} values for {len(y_true)} rows; give one for each.")


def ranking_report(ranked: Sequence[Sequence[str]], relevant: Sequence[Collection[str]]) -> dict[str, Any]:
    """Score rankings of statements against the statements that are right.

    Parameters
    ----------
    ranked : sequence of sequence of str, length n >= 1
        Statement ids of each query, best first.
    relevant : sequence of collection of str, length n
        The right ids of each query, at least one.

    Returns
    -------
    dict
        ``n``; ``map_at_5``: mean average precision of the first five, where a query with r right ids can reach 1 by
        min(r, 5) of them (Manning et al. 2008, ch. 8); ``recall_at_1``, ``recall_at_5``: mean share of a query's right
        ids among the first; ``mrr``: mean of 1 / rank of the first right id, 0 where `ranked` holds none.

    Examples
    --------
    >>> ranking_report([["b", "a"]], [{"a"}])
    {'n': 1, 'map_at_5': 0.5, 'recall_at_1': 0.0, 'recall_at_5': 1.0, 'mrr': 0.5}
    """
    if not len(ranked) or len(ranked) != len(relevant):
        raise InputError(f"ranked: {len(ranked)} rankings for {len(relevant)} queries; give one for each of at least one query.")
    hits = [[statement in right for statement in ranking] for ranking, right in zip(ranked, relevant, strict=True)]
    sizes = [len(right) for right in relevant]
    return {
        "n": len(hits),
        "map_at_5": _mean(
            sum(sum(hit[: rank + 1]) / (rank + 1) for rank in range(min(5, len(hit))) if hit[rank]) / min(size, 5)
            for hit, size in zip(hits, sizes, strict=True)
        ),
        "recall_at_1": _mean(sum(hit[:1]) / size for hit, size in zip(hits, sizes, strict=True)),
        "recall_at_5": _mean(sum(hit[:5]) / size for hit, size in zip(hits, sizes, strict=True)),
        "mrr": _mean(1 / (hit.index(True) + 1) if any(hit) else 0.0 for hit in hits),
    }


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
