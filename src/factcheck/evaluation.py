"""Measure a checker, a pair verifier, a claim classifier or a statement index on labelled rows, in memory or in a file.

Every result is a JSON-ready dictionary of plain Python values, scored by `factcheck.metrics`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score

from factcheck.checker import FactChecker, bundle_path
from factcheck.classification import KIND, ClaimClassifier
from factcheck.errors import InputError
from factcheck.metrics import Array, classification_report, probability_report, ranking_report
from factcheck.persistence import load_bundle
from factcheck.records import STANCES, Label, Reason, Statement, Verdict
from factcheck.tables import read_rows
from factcheck.verification import EncoderVerifier, Verifier

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


# ---------------------------------------------------------------------------------------------------------------------
# Models on rows in memory
# ---------------------------------------------------------------------------------------------------------------------


def score_pairs(verifier: Verifier | EncoderVerifier, pairs: Sequence[tuple[str, str]], y_true: Sequence[str]) -> dict[str, Any]:
    """Score a verifier on labelled (claim, evidence) pairs.

    Parameters
    ----------
    verifier : LinearVerifier, EncoderVerifier or PooledVerifier
        Or what has their ``predict_proba``.
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
    checker: FactChecker | ClaimClassifier,
    claims: Sequence[str],
    y_true: Sequence[str],
    *,
    groups: Sequence[str] | None = None,
    slices: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Score a checker's verdicts, or a claim classifier's labels, on labelled claims.

    Parameters
    ----------
    checker : FactChecker or ClaimClassifier
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
    if hasattr(checker, "check_many"):
        return _score_verdicts(checker, claims, y_true, groups, slices)
    return _score_classes(checker, claims, y_true, groups, slices)


def _score_verdicts(
    checker: FactChecker, claims: Sequence[str], y_true: Sequence[str], groups: Sequence[str], slices: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    return score_verdicts(checker.check_many(claims), y_true, groups=groups, slices=slices)


def score_verdicts(
    verdicts: Sequence[Verdict], y_true: Sequence[str], *, groups: Sequence[str], slices: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """Score verdicts that a checker has given already; arguments and result as those of `score_claims`."""
    given, chosen, slices = [verdict.label for verdict in verdicts], scored_labels(verdicts, y_true), slices or {}
    if set(y_true) <= set(STANCES[:2]):
        report = classification_report(y_true, chosen, *_of_stances(_stances(verdicts), y_true), groups)
    else:
        labels = [*STANCES, *({Label.CONFLICTING.value} & set(y_true))]
        report = classification_report(y_true, chosen, labels, groups=groups)
        rows = [i for i, label in enumerate(y_true) if label in STANCES]  # no probability speaks of CONFLICTING
        if rows:
            report |= probability_report([y_true[i] for i in rows], _stances(verdicts)[rows], STANCES)
    decided = [(true, verdict.label) for true, verdict in zip(y_true, verdicts, strict=True) if verdict.decisive]
    report["coverage"] = len(decided) / len(verdicts)
    report["decided"] = {"n": len(decided), "accuracy": sum(true == label for true, label in decided) / len(decided) if decided else None}
    report["errors"] = sum(verdict.reason == Reason.ERROR for verdict in verdicts)
    return report | _slices(y_true, chosen, given, slices)


def scored_labels(verdicts: Sequence[Verdict], y_true: Sequence[str]) -> list[str]:
    """Return the label by which each verdict is scored: its own, or the likelier of two where the truth knows no third; empty on error."""
    if not set(y_true) <= set(STANCES[:2]):
        return [verdict.label for verdict in verdicts]
    likeliest = _likeliest(*_of_stances(_stances(verdicts), y_true))
    return [label if verdict.label else "" for label, verdict in zip(likeliest, verdicts, strict=True)]


def _stances(verdicts: Sequence[Verdict]) -> Array:
    unknown = dict.fromkeys(STANCES, 1 / len(STANCES))  # a claim that failed has no probabilities
    stances = np.array([[(verdict.probabilities or unknown)[stance] for stance in STANCES] for verdict in verdicts], dtype=np.float64)
    normalised: Array = stances / stances.sum(axis=1, keepdims=True)  # a verdict may carry rounded ones
    return normalised


def _score_classes(
    classifier: Any, claims: Sequence[str], y_true: Sequence[str], groups: Sequence[str], slices: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    y_pred = [str(name) for name in classifier.predict(claims)]
    probabilities = np.asarray(classifier.predict_proba(claims))
    report = classification_report(y_true, y_pred, _class_names(classifier), probabilities, groups)
    return report | _slices(y_true, y_pred, y_pred, slices)


def _class_names(classifier: Any) -> list[str]:
    return [str(name) for name in classifier.classes_]


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
    for name, labels, pairs in (("y_train", y_train, train_pairs), ("y_test", y_test, test_pairs)):
        if len(labels) != len(pairs):
            raise InputError(f"{name}: {len(labels)} labels for {len(pairs)} pairs; give one for each.")
    names = sorted(set(y_test))
    kept = [i for i, label in enumerate(y_train) if label in names]
    labels = [y_train[i] for i in kept]
    if not labels:
        raise InputError(f"y_train: holds none of the labels of the test, {', '.join(names) or 'which has no rows'}.")
    majority = min(set(labels), key=lambda label: (-labels.count(label), label))
    answers = {"majority": [majority] * len(y_test)}
    for side, name in enumerate(("claim_only", "evidence_only")):
        train, test = [train_pairs[i][side] for i in kept], [pair[side] for pair in test_pairs]
        answers[name] = _text_answers(train, labels, test) or answers["majority"]
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
    checker_or_verifier : FactChecker, LinearVerifier, EncoderVerifier or PooledVerifier
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
    verifier = getattr(checker_or_verifier, "verifier", checker_or_verifier)
    return score_pairs(verifier, pairs, [y_true[i] for i in kept]) | {"left_out": len(rows) - len(kept)}


def evaluate_claims(
    checker: FactChecker | ClaimClassifier,
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
    names = None if hasattr(checker, "check_many") else _class_names(checker)
    rows = read_labelled(path, text_column=text_column, label_column=label_column, limit=limit, where=where, names=names)
    claims, y_true = [cells[text_column] for cells, _ in rows], [label for _, label in rows]
    groups = [cells.get("statement_id") or cells[text_column] for cells, _ in rows]
    slices = {name: [cells.get(name, "") for cells, _ in rows] for name in ("kind", "topic") if any(name in cells for cells, _ in rows)}
    return score_claims(checker, claims, y_true, groups=groups, slices=slices)


def read_labelled(
    path: str | Path,
    *,
    text_column: str = "claim",
    label_column: str = "label",
    limit: int | None = None,
    where: Mapping[str, str] | None = None,
    names: Sequence[str] | None = None,
) -> list[tuple[dict[str, str], str]]:
    """Read a file of labelled claims.

    Parameters
    ----------
    path, text_column, label_column, limit, where
        As in `evaluate_claims`.
    names : sequence of str, optional
        The labels that may stand there. None: those of a verdict and their unambiguous synonyms.

    Returns
    -------
    list of (dict, str)
        Cells by column, and label, of each row; at least one.

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
    synonyms = _STANCE_NAMES if names is None else {_folded(name): name for name in names}
    labels = _labels(rows, label_column, list(_SYNONYMS) if names is None else names, synonyms)
    return [(cells, label) for (_, cells), label in zip(rows, labels, strict=True)]


def load_model(
    model: str | Path | None = None, *, statements: str | Path | None = None, max_error: float | None = None
) -> FactChecker | ClaimClassifier:
    """Load what a bundle holds: a `FactChecker`, or a claim-only classifier, which needs no statements and keeps no error budget.

    Raises
    ------
    BundleError, StatementError
        As `FactChecker.load` and `ClaimClassifier.load` raise them.
    """
    path = bundle_path(model)
    if load_bundle(path).manifest.get("kind") == KIND:
        return ClaimClassifier.load(path)
    return FactChecker.load(path, statements=statements, max_error=max_error)


def evaluate_matching(
    index: Any, path: str | Path, *, limit: int | None = None, statements: Sequence[Statement] | None = None
) -> dict[str, Any]:
    """Score the search of a statement index on a file of queries and the statements that they should find.

    Parameters
    ----------
    index : FactChecker or StatementIndex
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
    indices, scores = getattr(index, "index", index).search(list(queries.values()), SEARCH_DEPTH)
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
