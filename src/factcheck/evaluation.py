"""Measure a checker, a pair verifier, a claim classifier or a statement index: scores, intervals, slices, baselines.

The functions on arrays come first: they take labels, probabilities and rankings and know no model. The readers of test
files stand on them. Every result is a JSON-ready dictionary of plain Python values; scores are fractions in [0, 1].
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from factcheck import classification
from factcheck.checker import FactChecker, bundle_path
from factcheck.errors import InputError
from factcheck.persistence import load_bundle
from factcheck.records import STANCES, Claim, Label, Reason, Statement, Verdict
from factcheck.tables import read_rows

Array = npt.NDArray[Any]

BINS = 15
"""Equal-width bins of the calibration error."""

DRAWS = 1_000
"""Bootstrap draws behind an interval."""

SEARCH_DEPTH = 100
"""How far down a ranking the first right statement is looked for."""

_SYNONYMS = {
    Label.SUPPORTS.value: "supports supported support entailment entails true",
    Label.REFUTES.value: "refutes refuted refute contradiction contradicts contradict false",
    Label.NOT_ENOUGH_INFO.value: "nei neutral not-enough-info not-enough-information not-enough-evidence notenoughinfo",
    Label.CONFLICTING.value: "conflicting conflicting-evidence conflicting-evidence/cherrypicking",
}
_STANCE_NAMES = {word.replace("-", " "): label for label, words in _SYNONYMS.items() for word in words.split()}
_WORD = r"\w+(?:[.,'-]\w+)*%?"
"""A token of the baselines: keeps "3.5%", "U.S" and "COVID-19" whole."""


class PairVerifier(Protocol):
    """What gives the probabilities of `factcheck.records.STANCES` for (claim, evidence) pairs, shape (m, 3)."""

    def predict_proba(self, pairs: Sequence[tuple[str, str]], /) -> Array: ...  # noqa: D102


@runtime_checkable
class ClaimChecker(Protocol):
    """What answers claims with verdicts, as `factcheck.checker.FactChecker` does."""

    def check_many(self, claims: Iterable[str | Claim], /) -> list[Verdict]: ...  # noqa: D102


class ClaimClassifier(Protocol):
    """What labels texts as a scikit-learn classifier does; ``classes_`` names the columns of `predict_proba`."""

    classes_: Any

    def predict(self, texts: Sequence[str], /) -> Any: ...  # noqa: D102

    def predict_proba(self, texts: Sequence[str], /) -> Any: ...  # noqa: D102


class Index(Protocol):
    """What finds statements, as `factcheck.retrieval.StatementIndex` does."""

    def search(self, claims: Sequence[str], k: int, /) -> tuple[Array, Array]: ...  # noqa: D102


# ---------------------------------------------------------------------------------------------------------------------
# Labels and probabilities
# ---------------------------------------------------------------------------------------------------------------------


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
    names = {name: i for i, name in enumerate(labels)}
    truth = np.array([names[label] for label in y_true])
    answer = np.array([names.get(label, -1) for label in y_pred])
    group = np.arange(len(truth)) if groups is None else np.unique(np.asarray(groups, dtype=str), return_inverse=True)[1]
    n_groups = int(group.max()) + 1
    # Of each group and label: right answers; then answers and true labels together. They are all that F1 needs.
    right, known = answer == truth, answer >= 0
    together = _table(group, truth, n_groups, len(names)) + _table(group[known], answer[known], n_groups, len(names))
    counts = np.hstack([_table(group[right], truth[right], n_groups, len(names)), together])
    rng = np.random.default_rng(random_state)
    drawn = np.array([np.bincount(rng.integers(n_groups, size=n_groups), minlength=n_groups) @ counts for _ in range(draws)])
    twice_right, both = 2 * drawn[:, : len(names)], drawn[:, len(names) :]
    f1 = np.divide(twice_right, both, out=np.zeros_like(both), where=both > 0).mean(axis=1)
    low, high = np.percentile(f1, [2.5, 97.5])
    return float(low), float(high)


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


# ---------------------------------------------------------------------------------------------------------------------
# Rankings
# ---------------------------------------------------------------------------------------------------------------------


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


# ---------------------------------------------------------------------------------------------------------------------
# Models on rows in memory
# ---------------------------------------------------------------------------------------------------------------------


def score_pairs(verifier: PairVerifier, pairs: Sequence[tuple[str, str]], y_true: Sequence[str]) -> dict[str, Any]:
    """Score a verifier on labelled (claim, evidence) pairs.

    Parameters
    ----------
    verifier : PairVerifier
    pairs : sequence of (str, str), length n >= 1
        Claim and evidence.
    y_true : sequence of str, length n
        Of SUPPORTS, REFUTES and NOT ENOUGH INFO. Where the last occurs nowhere, the larger of the other two
        probabilities decides, they are scaled to sum to 1, and ``labels`` says so.

    Returns
    -------
    dict
        As `classification_report` gives it; its interval draws claims, not pairs.
    """
    labels, probabilities = _of_stances(np.asarray(verifier.predict_proba(pairs)), y_true)
    y_pred = _likeliest(labels, probabilities)
    return classification_report(y_true, y_pred, labels, probabilities, groups=[claim for claim, _ in pairs])


def score_claims(
    checker: ClaimChecker | ClaimClassifier,
    claims: Sequence[str],
    y_true: Sequence[str],
    *,
    groups: Sequence[str] | None = None,
    slices: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Score a checker's verdicts, or a claim classifier's labels, on labelled claims.

    Parameters
    ----------
    checker : ClaimChecker or ClaimClassifier
        What has ``check_many`` is asked for verdicts, anything else for labels.
    claims : sequence of str, length n >= 1
    y_true : sequence of str, length n
        For a checker: SUPPORTS, REFUTES, NOT ENOUGH INFO or CONFLICTING; where NOT ENOUGH INFO occurs nowhere, the
        larger of the two labels' probabilities decides, as in `score_pairs`. For a classifier: its classes.
    groups : sequence of str, length n, optional
        Rows that the bootstrap draws together, such as the claims of one statement; by default equal claims.
    slices : mapping of str to sequence of str, optional
        Columns to slice by, such as ``{"kind": [...], "topic": [...]}``.

    Returns
    -------
    dict
        As `classification_report` gives it, and ``slices[column][value]`` with ``n, accuracy, macro_f1`` (over the
        labels that the slice holds) and ``verdicts``, the share of each answer. For a checker, ``coverage`` and
        ``decided`` (``n, accuracy``) speak of its decisive verdicts, ``errors`` counts those with reason ``error``.
    """
    groups, slices = groups or claims, slices or {}
    if isinstance(checker, ClaimChecker):
        return _score_verdicts(checker, claims, y_true, groups, slices)
    return _score_classes(checker, claims, y_true, groups, slices)


def _score_verdicts(
    checker: ClaimChecker, claims: Sequence[str], y_true: Sequence[str], groups: Sequence[str], slices: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    verdicts = checker.check_many(claims)
    given = [verdict.label for verdict in verdicts]
    unknown = dict.fromkeys(STANCES, 1 / len(STANCES))  # a claim that failed has no probabilities
    stances = np.array([[(verdict.probabilities or unknown)[stance] for stance in STANCES] for verdict in verdicts], dtype=np.float64)
    stances /= stances.sum(axis=1, keepdims=True)  # a verdict may carry rounded ones
    if set(y_true) <= set(STANCES[:2]):
        labels, probabilities = _of_stances(stances, y_true)
        chosen = [label if verdict.label else "" for label, verdict in zip(_likeliest(labels, probabilities), verdicts, strict=True)]
        report = classification_report(y_true, chosen, labels, probabilities, groups)
    else:
        chosen = given
        labels = [*STANCES, *({Label.CONFLICTING.value} & set(y_true))]
        report = classification_report(y_true, chosen, labels, groups=groups)
        rows = [i for i, label in enumerate(y_true) if label in STANCES]  # no probability speaks of CONFLICTING
        if rows:
            report |= probability_report([y_true[i] for i in rows], stances[rows], STANCES)
    decided = [(true, verdict.label) for true, verdict in zip(y_true, verdicts, strict=True) if verdict.decisive]
    report["coverage"] = len(decided) / len(verdicts)
    report["decided"] = {"n": len(decided), "accuracy": _mean(true == label for true, label in decided) if decided else None}
    report["errors"] = sum(verdict.reason == Reason.ERROR for verdict in verdicts)
    return report | _slices(y_true, chosen, given, slices)


def _score_classes(
    classifier: ClaimClassifier, claims: Sequence[str], y_true: Sequence[str], groups: Sequence[str], slices: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    labels = [str(name) for name in classifier.classes_]
    y_pred = [str(name) for name in classifier.predict(claims)]
    report = classification_report(y_true, y_pred, labels, np.asarray(classifier.predict_proba(claims)), groups)
    return report | _slices(y_true, y_pred, y_pred, slices)


def _of_stances(probabilities: Array, y_true: Sequence[str]) -> tuple[list[str], Array]:
    """Return the labels to score by and their probabilities: all three stances, or two where the truth knows no third."""
    if probabilities.shape != (len(y_true), len(STANCES)):
        raise InputError(f"probabilities: shape {probabilities.shape} for {len(y_true)} rows; columns are {', '.join(STANCES)}.")
    if Label.NOT_ENOUGH_INFO in y_true:
        return list(STANCES), probabilities
    two = probabilities[:, :2]
    total = two.sum(axis=1, keepdims=True)
    return list(STANCES[:2]), np.where(total > 0, two / np.where(total > 0, total, 1), 0.5)


def _likeliest(labels: Sequence[str], probabilities: Array) -> list[str]:
    return [labels[i] for i in probabilities.argmax(axis=1)]


def _slices(y_true: Sequence[str], y_pred: Sequence[str], given: Sequence[str], columns: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {"slices": {name: _slice(y_true, y_pred, given, values) for name, values in columns.items()}} if columns else {}


def _slice(y_true: Sequence[str], y_pred: Sequence[str], given: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for value in sorted(set(values)):
        rows = [i for i, other in enumerate(values) if other == value]
        truth, answers = [y_true[i] for i in rows], [y_pred[i] for i in rows]
        shares = Counter(given[i] for i in rows)
        scores[value] = {
            "n": len(rows),
            "accuracy": float(accuracy_score(truth, answers)),
            "macro_f1": float(f1_score(truth, answers, labels=sorted(set(truth)), average="macro", zero_division=0)),
            "verdicts": {label: count / len(rows) for label, count in sorted(shares.items())},
        }
    return scores


def partial_input_baselines(
    train_pairs: Sequence[tuple[str, str]], y_train: Sequence[str], test_pairs: Sequence[tuple[str, str]], y_test: Sequence[str]
) -> dict[str, float]:
    """Return what macro-F1 can be had without reading claim and evidence together (Poliak et al. 2018).

    A verifier that does no better has learnt the data set, not the task.

    Parameters
    ----------
    train_pairs, test_pairs : sequence of (str, str)
        Claim and evidence.
    y_train, y_test : sequence of str
        Labels of the pairs. Training rows whose label the test does not hold are left out, as a test of two labels is
        a choice between two.

    Returns
    -------
    dict
        ``majority`` (the commonest training label), ``claim_only`` and ``evidence_only`` (TF-IDF of words and word
        pairs, logistic regression with balanced classes): macro-F1 over the labels of the test.
    """
    _check_rows(y_test, sorted(set(y_test)), test_pairs=[claim for claim, _ in test_pairs])
    if len(train_pairs) != len(y_train):
        raise InputError(f"y_train: {len(y_train)} labels for {len(train_pairs)} pairs; give one for each.")
    kept = [i for i, label in enumerate(y_train) if label in set(y_test)]
    labels = [y_train[i] for i in kept]
    if not labels:
        raise InputError(f"y_train: holds none of the labels of the test, {', '.join(sorted(set(y_test)))}.")
    majority = min(set(labels), key=lambda label: (-labels.count(label), label))
    answers = {"majority": [majority] * len(y_test)}
    for side, name in enumerate(("claim_only", "evidence_only")):
        train, test = [train_pairs[i][side] for i in kept], [pair[side] for pair in test_pairs]
        answers[name] = _text_answers(train, labels, test) or answers["majority"]
    names = sorted(set(y_test))
    return {name: float(f1_score(list(y_test), answer, labels=names, average="macro", zero_division=0)) for name, answer in answers.items()}


def _text_answers(train: Sequence[str], labels: Sequence[str], test: Sequence[str]) -> list[str]:
    """Label texts by texts; nothing where there is nothing to learn from."""
    if len(set(labels)) == 1 or not any(re.search(_WORD, text) for text in train):
        return []
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), token_pattern=_WORD, sublinear_tf=True)
    # newton-cg: a third of lbfgs's time on sparse text
    model = LogisticRegression(class_weight="balanced", solver="newton-cg", max_iter=1_000)
    return [str(label) for label in model.fit(vectorizer.fit_transform(train), labels).predict(vectorizer.transform(test))]


# ---------------------------------------------------------------------------------------------------------------------
# Test files
# ---------------------------------------------------------------------------------------------------------------------


def evaluate_pairs(
    checker_or_verifier: Any,
    path: str | Path,
    *,
    limit: int | None = None,
    text_column: str = "claim",
    label_column: str = "label",
    evidence_column: str = "evidence",
) -> dict[str, Any]:
    """Score a verifier, or the one of a checker, on a file of claims with evidence.

    Parameters
    ----------
    checker_or_verifier : FactChecker or PairVerifier
    path : str or Path
        CSV or TSV with a header row, or JSON Lines; the ending says which. ``-`` is standard input, as CSV.
    limit : int, optional
        Take the first rows only.
    text_column, label_column, evidence_column : str
        Labels are SUPPORTS, REFUTES and NOT ENOUGH INFO or an unambiguous synonym, in any case. Rows that are labelled
        CONFLICTING are left out.

    Returns
    -------
    dict
        As `score_pairs` gives it, and ``left_out``, the number of CONFLICTING rows.

    Raises
    ------
    InputError
        If the file, a column or a label cannot be read; it names the row.
    """
    columns = {text_column: "text-column", evidence_column: "evidence-column", label_column: "label-column"}
    rows = _read(path, {name: f"name yours with --{option}" for name, option in columns.items()}, limit)
    y_true = _labels(rows, label_column, list(_SYNONYMS), _STANCE_NAMES)
    kept = [i for i, label in enumerate(y_true) if label != Label.CONFLICTING]
    if not kept:
        raise InputError(f"{path}: all {len(rows)} rows are labelled CONFLICTING, which a pair cannot be; give rows of other labels")
    pairs = [(rows[i][1][text_column], rows[i][1][evidence_column]) for i in kept]
    verifier: PairVerifier = getattr(checker_or_verifier, "verifier", checker_or_verifier)
    return score_pairs(verifier, pairs, [y_true[i] for i in kept]) | {"left_out": len(rows) - len(kept)}


def evaluate_claims(
    checker: ClaimChecker | ClaimClassifier,
    path: str | Path,
    *,
    text_column: str = "claim",
    label_column: str = "label",
    limit: int | None = None,
    where: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Score a checker or a claim classifier on a file of labelled claims.

    Parameters
    ----------
    checker : FactChecker or ClaimClassifier
    path : str or Path
        CSV or TSV with a header row, or JSON Lines; the ending says which. ``-`` is standard input, as CSV. Where it
        has the columns ``kind`` and ``topic`` the result has slices; where it has ``statement_id`` the bootstrap draws
        the claims of one statement together.
    text_column, label_column : str
        Labels are those of a verdict, or the classifier's own, in any case. Of a verdict's, unambiguous synonyms do.
    limit : int, optional
        Take the first rows only.
    where : mapping of str to str, optional
        Take only rows with these values, such as ``{"split": "test"}``.

    Returns
    -------
    dict
        As `score_claims` gives it.

    Raises
    ------
    InputError
        If the file, a column or a label cannot be read; it names the row.
    """
    columns = {text_column: "text-column", label_column: "label-column"}
    where = where or {}
    advice = {name: f"name yours with --{option}" for name, option in columns.items()}
    rows = _read(path, advice | dict.fromkeys(where, "give a column that is there"), None if where else limit)
    rows = [row for row in rows if all(row[1][name] == value for name, value in where.items())][:limit]
    if not rows:
        raise InputError(f"{path}: no row has {', '.join(f'{name}={value}' for name, value in where.items())}; give values that occur")
    if isinstance(checker, ClaimChecker):
        y_true = _labels(rows, label_column, list(_SYNONYMS), _STANCE_NAMES)
    else:
        names = [str(name) for name in checker.classes_]
        y_true = _labels(rows, label_column, names, {_folded(name): name for name in names})
    claims = [cells[text_column] for _, cells in rows]
    groups = [cells.get("statement_id") or cells[text_column] for _, cells in rows]
    slices = {name: [cells.get(name, "") for _, cells in rows] for name in ("kind", "topic") if any(name in cells for _, cells in rows)}
    return score_claims(checker, claims, y_true, groups=groups, slices=slices)


def load_model(model: str | Path | None = None, *, statements: str | Path | None = None) -> ClaimChecker | ClaimClassifier:
    """Load what a bundle holds: a `FactChecker`, or a claim-only classifier, which needs no statements.

    Raises
    ------
    BundleError, StatementError
        As `FactChecker.load` and `factcheck.classification.ClaimClassifier.load` raise them.
    """
    path = bundle_path(model)
    if load_bundle(path).manifest.get("kind") == classification.KIND:
        return classification.ClaimClassifier.load(path)
    return FactChecker.load(path, statements=statements)


def evaluate_matching(
    index: Any, path: str | Path, *, limit: int | None = None, statements: Sequence[Statement] | None = None
) -> dict[str, Any]:
    """Score the search of a statement index on a file of queries and the statements that they should find.

    Parameters
    ----------
    index : FactChecker or Index
        A checker is asked for its index and its statements.
    path : str or Path
        JSON Lines or CSV with ``query_id, query, statement_id``; a query with several right statements has several rows.
    limit : int, optional
        Take the first rows only.
    statements : sequence of Statement, optional
        What the positions that the index returns stand for; by default ``index.statements``.

    Returns
    -------
    dict
        As `ranking_report` gives it; ``mrr`` looks at the first `SEARCH_DEPTH` statements. A statement with score 0
        shares nothing with the query and was not found.

    Raises
    ------
    InputError
        If the file cannot be read, a query stands there with two texts, or a right statement is not in the base.
    """
    rows = _read(path, dict.fromkeys(("query_id", "query", "statement_id"), "rename yours"), limit)
    ids = [statement.id for statement in (index.statements if statements is None else statements)]
    base, queries, relevant = set(ids), dict[str, str](), dict[str, set[str]]()
    for place, cells in rows:
        query_id, query, statement_id = cells["query_id"], cells["query"], cells["statement_id"]
        if statement_id not in base:
            seen = f"statement_id {statement_id!r} is not among the {len(base)} statements of the base"
            raise InputError(f"{place}: {seen}; give the base that the file was made for, or leave the row out")
        if queries.setdefault(query_id, query) != query:
            raise InputError(f"{place}: query_id {query_id!r} stood above with another text; give each query its own id")
        relevant.setdefault(query_id, set()).add(statement_id)
    searcher: Index = getattr(index, "index", index)
    indices, scores = searcher.search(list(queries.values()), SEARCH_DEPTH)
    ranked = [[ids[i] for i, score in zip(*row, strict=True) if score > 0] for row in zip(indices, scores, strict=True)]
    return ranking_report(ranked, list(relevant.values()))


def _read(path: str | Path, columns: Mapping[str, str], limit: int | None) -> list[tuple[str, dict[str, str]]]:
    """Return place and cells of each row; `columns` says of each that must be there how to name it otherwise."""
    if limit is not None and limit < 1:
        raise InputError(f"limit: {limit}; give a whole number from 1, or none for all rows")
    rows = []
    with read_rows(path) as reader:
        if reader.format != "jsonl":
            _require(reader.name, reader.columns, columns)
        for row in islice(reader, limit):
            if row.error:
                raise InputError(row.error)
            place = f"{reader.name}:{row.line}: row {row.number}"
            _require(place, list(row.values), columns)
            rows.append((place, {name: _cell(value) for name, value in row.values.items()}))
    if not rows:
        raise InputError(f"{path}: there are no rows; give at least one")
    return rows


def _require(place: str, present: Sequence[str], columns: Mapping[str, str]) -> None:
    for column, advice in columns.items():
        if column not in present:
            raise InputError(f"{place}: there is no column {column!r}; the columns are {', '.join(map(repr, present))}; {advice}")


def _cell(value: object) -> str:
    """Return a JSON value as the text that a CSV file would hold."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _labels(rows: Sequence[tuple[str, Mapping[str, str]]], column: str, names: Sequence[str], synonyms: Mapping[str, str]) -> list[str]:
    """Return the label of each row: one of `names` as it stands, or what its folded form means where that is one thing only."""
    folded = Counter(map(_folded, names))
    labels = []
    for place, cells in rows:
        seen = cells[column]
        label = seen if seen in names else synonyms.get(_folded(seen))
        if label is None or (label != seen and folded[_folded(seen)] > 1):
            raise InputError(f"{place}: the label {seen!r} of column {column!r} is not known; allowed are {', '.join(names)}")
        labels.append(label)
    return labels


def _folded(label: str) -> str:
    return re.sub(r"[\s_-]+", " ", label).strip().casefold()
