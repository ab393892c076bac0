"""Hold one bundle against another on the same labelled claims, and let it take a place only when it is not worse.

Both answer the same claims, so the tests are paired: what makes a claim easy or hard for both falls out. NEW is **worse** when one of these
is shown with 95 % confidence, and **better** when none is and its macro-F1 is shown to be higher:

- its macro-F1 is lower: the interval of the difference lies below 0;
- of the claims that it decides, a larger share is wrong;
- of one kind of perturbation, a larger share of the judged claims gets a decisive verdict that misleads.

Macro-F1 stands for quality, as the shares of the labels in a file are whoever's choice who collected it. The other two stand for harm: a
bundle that decides more may gain macro-F1 and mislead more people, and a wrong verdict does more harm than none. They are tested by
`metrics.paired_rise`, their p-values corrected together (Holm 1979), else seven tests would find fault with nearly every third twin.
McNemar's test is shown and decides nothing: it takes the claims of one statement for independent, so its p-value is too small. Nor does the
calibration error, which is biased upwards on few claims; what it would do to verdicts shows in the share that is wrong.

References
----------
Dietterich (1998): Approximate statistical tests for comparing supervised classification learning algorithms. Neural Computation 10(7).
Holm (1979): A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6(2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from factcheck.checker import FactChecker, bundle_path
from factcheck.errors import FactcheckError, InputError
from factcheck.evaluation import read_labelled, score_verdicts, scored_labels
from factcheck.metrics import Array, bootstrap_difference, mcnemar, paired_rise
from factcheck.persistence import copy_bundle
from factcheck.records import Label, Verdict
from factcheck.robustness import KINDS, trials

TRIED = ("typos", "homoglyphs", "denied-after", "negated-verb", "reported", "asked")
"""Kinds of perturbations that are tried by default: slips, disguises, denials in and around the claim, reports, questions."""

SAMPLE = 500
"""Claims that are perturbed by default."""

LEVEL = 0.05
"""Of all tests of harm together: how often they find something wrong with a bundle that is no worse."""

EXAMPLES = 5
"""Claims that a report shows of those that are right now, and of those that are right no more."""

_DECIDED = (Label.SUPPORTS.value, Label.REFUTES.value)
_SIDES = ("old", "new")
_SCORES = ("accuracy", "macro_f1", "coverage", "decided", "ece", "brier", "errors", "per_label")
_WRONG = "wrong of decided"


class Outcome(StrEnum):
    """What a comparison says of the new bundle."""

    BETTER = "better"
    NO_WORSE = "no worse"
    WORSE = "worse"


def compare(
    old: FactChecker,
    new: FactChecker,
    path: str | Path,
    *,
    text_column: str = "claim",
    label_column: str = "label",
    limit: int | None = None,
    where: Mapping[str, str] | None = None,
    kinds: Sequence[str] = TRIED,
    sample: int = SAMPLE,
    random_state: int = 0,
) -> dict[str, Any]:
    """Compare two checkers on a file of labelled claims.

    Parameters
    ----------
    old, new : FactChecker
        With the same statements, unless these are what is compared.
    path, text_column, label_column, limit, where
        As in `evaluation.evaluate_claims`. Where there is a column ``statement_id`` the claims of one statement are drawn, and
        exchanged, together.
    kinds : sequence of str
        Perturbations to try, names in `robustness.KINDS`; none leaves robustness out.
    sample : int
        Claims to perturb at the most, >= 1: drawn from those that one of the two decides.
    random_state : int
        Of the bootstrap, the exchanges, the sample and the perturbations.

    Returns
    -------
    dict
        - ``outcome``: a value of `Outcome`; ``why``: sentences;
        - ``n``, ``groups`` (statements, or different claims), ``random_state``;
        - ``old``, ``new``: ``name, sha256, statements`` of each, and of what `evaluation.score_claims` gives ``accuracy, macro_f1,
          coverage, decided, ece, brier, errors, per_label``;
        - ``difference``: new less old of ``accuracy, macro_f1, coverage, ece, brier``; ``interval`` of that of macro-F1
          (`metrics.bootstrap_difference`), ``mcnemar``, the p-value of `metrics.mcnemar`;
        - ``changes``: ``verdicts[old][new]`` counts; ``labels[label]`` has ``n, gained, lost``: claims of this label, those right only
          now, those right no more; ``gained`` and ``lost``: up to `EXAMPLES` of these, drawn, with ``claim, label, old, new``;
        - ``robustness``: ``n``, the claims that were perturbed, and of each kind ``must`` and for ``old`` and ``new`` what
          `robustness.measure` calls ``judged``, ``rate`` and ``wrongly_decisive``;
        - ``harm``: by test ``old`` and ``new`` (shares), ``p``, and ``adjusted``, the p-value corrected for all tests; the two are None
          where one side has no share.

    Raises
    ------
    InputError
        If the file, a column or a label cannot be read (it names the row), there is no such kind, or the sample is empty.
    """
    if sample < 1:
        raise InputError(f"sample: {sample}; give a whole number from 1.")
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise InputError(f"kinds: there is no {unknown[0]!r}; choose from {', '.join(KINDS)}")
    rows = read_labelled(path, text_column=text_column, label_column=label_column, limit=limit, where=where)
    claims, y_true = [cells[text_column] for cells, _ in rows], [label for _, label in rows]
    groups = [cells.get("statement_id") or cells[text_column] for cells, _ in rows]
    checkers = dict(zip(_SIDES, (old, new), strict=True))
    verdicts = {side: checker.check_many(claims) for side, checker in checkers.items()}
    answers = {side: scored_labels(given, y_true) for side, given in verdicts.items()}
    scores = {side: score_verdicts(given, y_true, groups=groups) for side, given in verdicts.items()}
    right = {side: np.array([answer == true for answer, true in zip(given, y_true, strict=True)]) for side, given in answers.items()}
    decided = {side: _wrong_of_decided(given, y_true) for side, given in verdicts.items()}
    harm = {_WRONG: _harm(decided, groups, random_state)}
    robust = _robustness(checkers, verdicts, claims, y_true, kinds=dict.fromkeys(kinds), sample=sample, random_state=random_state)
    for kind, (misled, places) in robust.pop("misled").items():
        harm[kind] = _harm(misled, [groups[place] for place in places], random_state)
    _adjust(harm)
    difference: dict[str, Any] = {name: _less(scores, name) for name in ("accuracy", "macro_f1", "coverage", "ece", "brier")}
    interval = bootstrap_difference(y_true, answers["old"], answers["new"], scores["old"]["labels"], groups, random_state=random_state)
    difference |= {"interval": list(interval), "mcnemar": mcnemar(right["old"], right["new"])}
    outcome, why = _judge(difference["macro_f1"], interval, harm)
    return {
        "outcome": outcome.value,
        "why": why,
        "n": len(claims),
        "groups": len(set(groups)),
        "random_state": random_state,
        **{side: _named(checkers[side]) | {name: scores[side][name] for name in _SCORES if name in scores[side]} for side in _SIDES},
        "difference": difference,
        "changes": _changes(claims, y_true, answers, right, random_state),
        "robustness": robust,
        "harm": harm,
    }


def promote(report: Mapping[str, Any], bundle: str | Path, target: str | Path, *, force: bool = False) -> None:
    """Copy the bundle that a comparison found not to be worse; the copy appears whole or not at all.

    Parameters
    ----------
    report : mapping
        Of `compare`.
    bundle : str or Path
        The new one: its folder, or the name of a shipped bundle.
    target : str or Path
        Folder to write. A bundle that is there is replaced, anything else is not.
    force : bool
        Copy a worse one, too.

    Raises
    ------
    FactcheckError
        If the bundle is worse, was changed since, or cannot be written.
    InputError
        If something other than a bundle stands at the target.
    """
    if report["outcome"] == Outcome.WORSE and not force:
        raise FactcheckError(f"{target}: left as it is, because {bundle} is worse. Read why, or promote it all the same with --force.")
    try:
        copy_bundle(bundle_path(bundle), target, sha256=report["new"]["sha256"])
    except OSError as error:
        raise FactcheckError(f"{target}: the bundle cannot be written: {error.strerror}; what was there is there still.") from error


# ---------------------------------------------------------------------------------------------------------------------
# What changed
# ---------------------------------------------------------------------------------------------------------------------


def _named(checker: FactChecker) -> dict[str, Any]:
    known = checker.fingerprint
    return {"name": checker.manifest.get("name", ""), "sha256": known["bundle"], "statements": known["statements"]}


def _less(scores: Mapping[str, Mapping[str, Any]], name: str) -> float | None:
    """Return the new score less the old, None where there is none, as that of calibration where all claims are CONFLICTING."""
    return scores["new"][name] - scores["old"][name] if name in scores["old"] else None


def _changes(
    claims: Sequence[str], y_true: Sequence[str], answers: Mapping[str, Sequence[str]], right: Mapping[str, Array], random_state: int
) -> dict[str, Any]:
    counts = Counter(zip(answers["old"], answers["new"], strict=True))
    names = [label.value for label in Label if any(label in pair for pair in counts)] + [""] * any("" in pair for pair in counts)
    moved = {"gained": ~right["old"] & right["new"], "lost": right["old"] & ~right["new"]}
    labels = {label.value: np.array([true == label for true in y_true]) for label in Label if label in y_true}
    rng = np.random.default_rng(random_state)
    shown = {name: _sampled(rng, np.flatnonzero(rows), EXAMPLES) for name, rows in moved.items()}
    return {
        "verdicts": {before or "error": {after or "error": counts[before, after] for after in names} for before in names},
        "labels": {
            label: {"n": int(rows.sum()), **{name: int((rows & which).sum()) for name, which in moved.items()}}
            for label, rows in labels.items()
        },
        **{
            name: [{"claim": claims[i], "label": y_true[i], **{side: answers[side][i] for side in _SIDES}} for i in places]
            for name, places in shown.items()
        },
    }


def _sampled(rng: np.random.Generator, places: Array, most: int) -> list[int]:
    return sorted(rng.choice(places, size=min(most, len(places)), replace=False).tolist())


def _wrong_of_decided(verdicts: Sequence[Verdict], y_true: Sequence[str]) -> Array:
    return np.array([(v.decisive and v.label != true, v.decisive) for v, true in zip(verdicts, y_true, strict=True)], dtype=np.float64)


def _robustness(
    checkers: Mapping[str, FactChecker],
    verdicts: Mapping[str, Sequence[Verdict]],
    claims: Sequence[str],
    y_true: Sequence[str],
    *,
    kinds: Mapping[str, None],
    sample: int,
    random_state: int,
) -> dict[str, Any]:
    """Perturb claims that one of the two decides, and count of each kind what was judged, held and misled, claim by claim."""
    either = [i for i, pair in enumerate(zip(*verdicts.values(), strict=True)) if any(verdict.label in _DECIDED for verdict in pair)]
    places = _sampled(np.random.default_rng(random_state), np.array(either, dtype=int), sample) if kinds else []
    report: dict[str, Any] = {"n": len(places), "kinds": {}, "misled": {}}
    for name in kinds:
        kind = KINDS[name]
        row: dict[str, Any] = {"must": kind.must.value}
        counts: dict[str, Array] = {}
        tried: list[int] = []
        for side, checker in checkers.items():
            before = [verdicts[side][i].label for i in places]
            done = trials(checker, name, [claims[i] for i in places], [y_true[i] for i in places], before, random_state)
            judged = [kind.judges(one.label, one.before) for one in done]
            misled = [known and kind.misleads(one.before, one.after) for known, one in zip(judged, done, strict=True)]
            held = sum(known and kind.passes(one.before, one.after) for known, one in zip(judged, done, strict=True))
            counts[side] = np.array([misled, judged], dtype=np.float64).T
            row[side] = {"judged": sum(judged), "rate": _share(held, sum(judged)), "wrongly_decisive": _share(sum(misled), sum(judged))}
            tried = [places[one.place] for one in done]  # the same of both: which claims can be perturbed does not depend on the checker
        report["kinds"][name], report["misled"][name] = row, (counts, tried)
    return report


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


# ---------------------------------------------------------------------------------------------------------------------
# The rule
# ---------------------------------------------------------------------------------------------------------------------


def _harm(counts: Mapping[str, Array], groups: Sequence[str], random_state: int) -> dict[str, float | None]:
    """Test whether a share rises; the counts are those of `metrics.paired_rise`, none where nothing could be perturbed."""
    shares = {side: _share(*of.sum(axis=0)) for side, of in counts.items()}
    p = paired_rise(counts["old"], counts["new"], groups, random_state=random_state) if groups else None
    return {**shares, "p": p, "adjusted": None}


def _adjust(harm: Mapping[str, dict[str, float | None]]) -> None:
    """Correct the p-values for there being several, step by step from the smallest (Holm 1979)."""
    tested = sorted((row for row in harm.values() if row["p"] is not None), key=lambda row: row["p"] or 0.0)
    reached = 0.0
    for rank, row in enumerate(tested):
        reached = max(reached, min(1.0, (len(tested) - rank) * (row["p"] or 0.0)))
        row["adjusted"] = reached


def _judge(difference: float, interval: tuple[float, float], harm: Mapping[str, Mapping[str, float | None]]) -> tuple[Outcome, list[str]]:
    low, high = interval
    told = f"macro-F1 changes by {_points(difference)} points (95 % interval {_points(low)} to {_points(high)})"
    rose = [(name, row) for name, row in harm.items() if row["adjusted"] is not None and row["adjusted"] < LEVEL]
    faults = [f"{told}: it falls"] if high < 0 else []
    for name, row in rose:
        what = "of the decided claims, the share that is wrong" if name == _WRONG else f"{name}: the share of wrongly decisive verdicts"
        faults.append(
            f"{what} rises from {_percent(row['old'])} to {_percent(row['new'])} % (p {_chance(row['adjusted'])}, corrected for all tests)"
        )
    if faults:
        return Outcome.WORSE, faults
    quiet = "no share of wrong verdicts is shown to rise"
    if low > 0:
        return Outcome.BETTER, [f"{told}: it rises", quiet]
    doubt = f"; on these claims a fall of up to {100 * -low:.1f} cannot be ruled out" if low < 0 else ""
    return Outcome.NO_WORSE, [f"{told}: no fall is shown{doubt}", quiet]


# ---------------------------------------------------------------------------------------------------------------------
# Showing
# ---------------------------------------------------------------------------------------------------------------------


def markdown(report: Mapping[str, Any]) -> str:
    """Return the report of `compare` as Markdown: the outcome and why, scores, changes with examples, robustness."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    old, new, difference, changes = (report[name] for name in ("old", "new", "difference", "changes"))
    yield f"**{report['outcome'].capitalize()}**: " + "; ".join(report["why"]) + "."
    yield ""
    named = (f"{side} is {_plain(report[side]['name'] or 'without a name')} (sha256 {report[side]['sha256'][:12]})" for side in _SIDES)
    groups = f"{report['groups']} groups (statements, or different claims)"
    yield f"{report['n']} claims in {groups}, random state {report['random_state']}; {', '.join(named)}."
    if old["statements"] != new["statements"]:
        yield "They were asked with other statements each: what changed may come from these."
    yield ""
    rows = [
        [name.replace("_", "-").replace("-f1", "-F1"), *(f"{side[name]:.4f}" for side in (old, new)), f"{difference[name]:+.4f}"]
        for name in ("macro_f1", "accuracy", "coverage", "ece", "brier")
        if difference[name] is not None
    ]
    rows.insert(
        3, ["right of decided", *(f"{_percent(side['decided']['accuracy'])} % of {side['decided']['n']}" for side in (old, new)), ""]
    )
    yield from _table(["", "old", "new", "difference"], rows)
    yield ""
    gained, lost = (sum(row[name] for row in changes["labels"].values()) for name in ("gained", "lost"))
    yield f"Right only now: {gained}; right no more: {lost} (McNemar's exact test: p {_chance(difference['mcnemar'])})."
    yield ""
    rows = [
        [label, *(str(row[name]) for name in ("n", "gained", "lost")), *(f"{side['per_label'][label]['f1']:.3f}" for side in (old, new))]
        for label, row in changes["labels"].items()
    ]
    yield from _table(["label", "claims", "right only now", "right no more", "F1, old", "F1, new"], rows)
    yield ""
    names = list(changes["verdicts"])
    rows = [[before, *(str(row[after]) for after in names)] for before, row in changes["verdicts"].items()]
    yield from _table(["old verdict \\ new", *names], rows)
    for name, heading in (("gained", "Right only now, for example:"), ("lost", "Right no more, for example:")):
        if changes[name]:
            yield from ("", heading, "")
            yield from (f"- {_plain(one['claim'])} ({one['old'] or 'error'} -> {one['new'] or 'error'})" for one in changes[name])
    if report["robustness"]["kinds"]:
        yield from ("", f"Perturbed, {report['robustness']['n']} of the claims that one of the two decides; shares in percent.", "")
        yield from _table(
            ["kind", "must be", *_heads("judged"), *_heads("passed"), *_heads("wrongly decisive"), "p, adjusted"], _kind_rows(report)
        )


def _heads(name: str) -> list[str]:
    return [f"{name}, {side}" for side in _SIDES]


def _kind_rows(report: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            name,
            row["must"],
            *(str(row[side]["judged"]) for side in _SIDES),
            *(_percent(row[side][share]) for share in ("rate", "wrongly_decisive") for side in _SIDES),
            _chance(report["harm"][name]["adjusted"]).removeprefix("= "),
        ]
        for name, row in report["robustness"]["kinds"].items()
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows)]


def _plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is: no link, image, tag or cell comes of it."""
    return re.sub(r"([\\`\[\]<>|])", r"\\\1", " ".join(text.split()))


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}"


def _chance(p: float | None) -> str:
    return "-" if p is None else "< 0.0001" if p < 0.0001 else f"= {p:.4f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
