"""Compare two bundles on the same labelled claims: which is better, by what, and may the new one take the place of the old.

Every difference is tested as a paired one: both bundles answer the same claims, and the claims of one statement stay together, because
they are alike. The new bundle is **worse** when one of these holds, each at 5 %:

- the 95 % interval of the difference of macro-F1 lies below 0;
- of what it decides, a larger share is wrong;
- its probabilities are further from the truth (Brier score);
- under a kind of perturbation, more verdicts end with the wrong label (the 5 % are shared among the kinds: Bonferroni).

It is **better** when none does and that interval lies above 0; otherwise the claims do not tell them apart. A small file tells little
apart: that no difference is shown does not show that there is none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from factcheck.checker import FactChecker
from factcheck.errors import InputError
from factcheck.evaluation import read_labelled, score_verdicts, scored_labels
from factcheck.metrics import Array, bootstrap_difference, mcnemar, paired_rise
from factcheck.records import STANCES, Label, Verdict
from factcheck.robustness import KINDS, trials

COMPARED_KINDS = ("typos", "homoglyphs", "address", "denied-before", "quoted-denied", "negated-verb", "reported")
"""Perturbations that are tried unless others are named: of each sort the ones that mislead most."""
SAMPLE = 300
"""Claims that are perturbed."""
LEVEL = 0.05
"""How often two equal bundles may be told apart by a test."""
EXAMPLES = 3
_FIGURES = ("accuracy", "macro_f1", "coverage", "ece", "brier")
_STATEMENT = "statement_id"


def compare(
    old: FactChecker,
    new: FactChecker,
    path: str | Path,
    *,
    text_column: str = "claim",
    label_column: str = "label",
    limit: int | None = None,
    where: Mapping[str, str] | None = None,
    kinds: Sequence[str] = COMPARED_KINDS,
    sample: int = SAMPLE,
    random_state: int = 0,
) -> dict[str, Any]:
    """Compare two checkers on a file of labelled claims that neither learned from.

    Parameters
    ----------
    old, new : FactChecker
    path, text_column, label_column, limit, where
        As in `evaluation.evaluate_claims`; a column ``statement_id`` says which claims belong together.
    kinds : sequence of str
        Names in `robustness.KINDS`; none leaves the perturbations out.
    sample : int
        Claims that are perturbed at most, drawn at random.
    random_state : int
        Of the intervals, the tests, the sample and the perturbations.

    Returns
    -------
    dict
        ``verdict`` ("better", "no worse" or "worse") and ``because`` (sentences); ``old`` and ``new`` with ``accuracy, macro_f1,
        coverage, ece, brier`` and ``decided``; ``tests`` with ``macro_f1`` (interval of the difference), ``mcnemar``,
        ``wrong_of_decided`` and ``brier`` (p-values); ``changes`` (verdict, verdict, label, count, examples), ``kinds``.

    Raises
    ------
    InputError
        If the file cannot be read, or a kind is not known.
    """
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise InputError(f"kinds: there is no {unknown[0]!r}; choose from {', '.join(KINDS)}")
    rows = read_labelled(path, text_column=text_column, label_column=label_column, limit=limit, where=where)
    claims, y_true = [cells[text_column] for cells, _ in rows], [label for _, label in rows]
    groups = [cells.get(_STATEMENT) or cells[text_column] for cells, _ in rows]
    verdicts = [checker.check_many(claims) for checker in (old, new)]
    reports = [score_verdicts(found, y_true, groups=groups) for found in verdicts]
    scored = [scored_labels(found, y_true) for found in verdicts]
    right = [np.array([given == true for given, true in zip(labels, y_true, strict=True)]) for labels in scored]
    known = [label for label in Label if label in {*y_true, *STANCES}]
    tests: dict[str, Any] = {
        "macro_f1": bootstrap_difference(y_true, scored[0], scored[1], list(map(str, known)), groups, random_state=random_state),
        "mcnemar": mcnemar(right[0], right[1]),
        "wrong_of_decided": _rise(_wrong_of_decided, verdicts, y_true, groups, random_state),
        "brier": _rise(_squared_errors, verdicts, y_true, groups, random_state),
    }
    chosen = np.sort(np.random.default_rng(random_state).permutation(len(claims))[:sample])
    tried = {kind: _perturbed((old, new), kind, chosen, claims, y_true, verdicts, groups, random_state) for kind in kinds}
    because = _reasons(tests, tried)
    rises = tests["macro_f1"][0] > 0
    return {
        "n": len(claims),
        "verdict": "worse" if because else "better" if rises else "no worse",
        "because": because or ["macro-F1 rises, and nothing else is shown to be worse" if rises else "the claims do not tell them apart"],
        **{
            name: {figure: report[figure] for figure in (*_FIGURES, "decided", "per_label") if figure in report}
            for name, report in zip(("old", "new"), reports, strict=True)
        },
        "tests": tests,
        "changes": _changes(claims, y_true, *verdicts),
        "kinds": tried,
        "random_state": random_state,
    }


def _rise(
    count: Callable[[Sequence[Verdict], Sequence[str]], Array],
    verdicts: Sequence[Sequence[Verdict]],
    y_true: Sequence[str],
    groups: Sequence[str],
    random_state: int,
) -> float | None:
    old, new = (count(found, y_true) for found in verdicts)
    return paired_rise(old, new, groups, random_state=random_state)


def _wrong_of_decided(verdicts: Sequence[Verdict], y_true: Sequence[str]) -> Array:
    decided = np.array([verdict.decisive for verdict in verdicts])
    wrong = np.array([verdict.label != true for verdict, true in zip(verdicts, y_true, strict=True)])
    return np.column_stack([decided & wrong, decided]).astype(np.float64)


def _squared_errors(verdicts: Sequence[Verdict], y_true: Sequence[str]) -> Array:
    """Return each claim's part of the Brier score, and whether it counts: without probabilities, or labelled CONFLICTING, it does not."""
    rows = []
    for verdict, true in zip(verdicts, y_true, strict=True):
        counts = bool(verdict.probabilities) and true in STANCES
        rows.append([sum((verdict.probabilities[name] - (name == true)) ** 2 for name in STANCES) if counts else 0.0, float(counts)])
    return np.array(rows)


def _perturbed(
    checkers: Sequence[FactChecker],
    kind: str,
    chosen: Array,
    claims: Sequence[str],
    y_true: Sequence[str],
    verdicts: Sequence[Sequence[Verdict]],
    groups: Sequence[str],
    random_state: int,
) -> dict[str, Any]:
    """Return of one kind, for both: how many were judged, the share that ended wrongly decisive, and the p-value of its rise."""
    way = KINDS[kind]
    sides = []
    for checker, found in zip(checkers, verdicts, strict=True):
        before = [found[i].label for i in chosen]
        done = trials(checker, kind, [claims[i] for i in chosen], [y_true[i] for i in chosen], before, random_state)
        counts = np.zeros((len(chosen), 2))
        for one in done:
            judged = way.judges(one.label, one.before)
            counts[one.place] = judged and not way.passes(one.before, one.after) and way.misleads(one.before, one.after), judged
        sides.append(counts)
    together = [groups[i] for i in chosen]
    shares = [float(side[:, 0].sum() / side[:, 1].sum()) if side[:, 1].any() else None for side in sides]
    return {
        "judged": [int(side[:, 1].sum()) for side in sides],
        "wrongly_decisive": shares,
        "p_value": paired_rise(sides[0], sides[1], together, random_state=random_state),
    }


def _reasons(tests: Mapping[str, Any], tried: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say by what the new bundle is worse; nothing where it is not."""
    low, high = tests["macro_f1"]
    found = [f"macro-F1 falls: the difference lies from {low:+.3f} to {high:+.3f}"] if high < 0 else []
    for name, about in (
        ("wrong_of_decided", "more of what it decides is wrong"),
        ("brier", "its probabilities are further from the truth"),
    ):
        if tests[name] is not None and tests[name] < LEVEL:
            found.append(f"{about} (p = {tests[name]:.4f})")
    return found + [
        f"under {kind} more verdicts end with the wrong label (p = {row['p_value']:.4f})"
        for kind, row in tried.items()
        if row["p_value"] is not None and row["p_value"] < LEVEL / len(tried)
    ]


def _changes(claims: Sequence[str], y_true: Sequence[str], old: Sequence[Verdict], new: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return which verdicts became which, by true label, the most frequent first, with examples."""
    moves = [
        (before.label or "ERROR", after.label or "ERROR", true)
        for before, after, true in zip(old, new, y_true, strict=True)
        if before.label != after.label
    ]
    places: dict[tuple[str, str, str], list[str]] = {}
    changed = (claim for claim, before, after in zip(claims, old, new, strict=True) if before.label != after.label)
    for claim, move in zip(changed, moves, strict=True):
        places.setdefault(move, []).append(claim)
    return [
        {"old": move[0], "new": move[1], "label": move[2], "n": count, "examples": places[move][:EXAMPLES]}
        for move, count in Counter(moves).most_common()
    ]


def markdown(report: Mapping[str, Any]) -> str:
    """Return a comparison as Markdown."""
    old, new, tests = report["old"], report["new"], report["tests"]
    lines = [
        f"**The new bundle is {report['verdict']}**: {'; '.join(report['because'])}.",
        "",
        f"{report['n']} claims, random state {report['random_state']}.",
        "",
        "| | old | new | test |",
        "|---|---:|---:|---|",
    ]
    low, high = tests["macro_f1"]
    said = {
        "accuracy": f"McNemar p = {tests['mcnemar']:.4f}",
        "macro_f1": f"difference {low:+.3f} to {high:+.3f}",
        "brier": _p_value(tests["brier"]),
    }
    lines += [
        f"| {name.replace('_', '-')} | {_figure(old.get(name))} | {_figure(new.get(name))} | {said.get(name, '')} |" for name in _FIGURES
    ]
    right = [side["decided"]["accuracy"] for side in (old, new)]
    wrong = [None if share is None else 1 - share for share in right]
    lines += [
        f"| wrong of the decided | {_figure(wrong[0])} | {_figure(wrong[1])} | {_p_value(tests['wrong_of_decided'])} |",
        "",
        "| old verdict | new verdict | label | claims |",
        "|---|---|---|---:|",
        *(f"| {row['old']} | {row['new']} | {row['label']} | {row['n']} |" for row in report["changes"]),
    ]
    if report["kinds"]:
        lines += ["", "| perturbed by | judged, old / new | wrongly decisive, old / new | test |", "|---|---:|---:|---|"]
        lines += [
            f"| {kind} | {' / '.join(map(str, row['judged']))} | {' / '.join(map(_figure, row['wrongly_decisive']))} | {_p_value(row['p_value'])} |"
            for kind, row in report["kinds"].items()
        ]
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _p_value(value: float | None) -> str:
    return "" if value is None else f"rises: p = {value:.4f}"
