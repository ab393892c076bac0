"""Perturb labelled claims and see what a checker's verdicts do.

Each kind of perturbation says what must follow: a disguise changes nothing, a denial turns the verdict or leaves none, what is only
reported or asked decides nothing. To test behaviour by kinds of change, each with its own expectation, is the idea of CheckList.

References
----------
Ribeiro, Wu, Guestrin, Singh (2020): Beyond accuracy: behavioral testing of NLP models with CheckList. ACL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from factcheck import disguises, rewordings
from factcheck.checker import FactChecker
from factcheck.errors import InputError
from factcheck.evaluation import read_labelled
from factcheck.metrics import wilson_interval
from factcheck.records import Label, Reason

LEAST_JUDGED = 20
"""Judged claims from which on a kind's rate is held against a bar: of fewer it says little."""

EXAMPLES = 3
"""Failures that a report shows of each kind."""

_OPPOSITE = {Label.SUPPORTS.value: Label.REFUTES.value, Label.REFUTES.value: Label.SUPPORTS.value}
_NONE = Label.NOT_ENOUGH_INFO.value


class Must(StrEnum):
    """What the verdict on a perturbed claim must be."""

    SAME = "same"
    OPPOSITE_OR_NONE = "opposite or none"
    NONE = "none"
    SAME_OR_NONE = "same or none"


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to perturb claims.

    Parameters
    ----------
    name : str
    about : str
        What is done.
    must : Must
        What has to follow; "none" is NOT ENOUGH INFO.
    make : callable
        Claim and random numbers in, perturbed claim out; empty or unchanged where the claim offers nothing to perturb.
    example : str
        A claim to show it on.
    labels : tuple of str
        Labels of the claims that are perturbed, empty for all: with another number a true claim is false, but a false one may be anything.
    """

    name: str
    about: str
    must: Must
    make: Callable[[str, Random], str]
    example: str = "Vaccines cause autism in children"
    labels: tuple[str, ...] = ()

    def expected(self, label: str) -> str:
        """Return the label of the perturbed claim, given that of the claim."""
        if self.must is Must.OPPOSITE_OR_NONE:
            return _OPPOSITE.get(label, label)
        return _NONE if self.must is Must.NONE else label

    def judges(self, label: str, before: str) -> bool:
        """Tell whether a claim with this label and this verdict can be judged: a decided one, and where its label turns, a right one."""
        return before in _OPPOSITE and (before == label or self.must is not Must.OPPOSITE_OR_NONE)

    def passes(self, before: str, after: str) -> bool:
        """Tell whether the verdict on the perturbed claim is one that may follow."""
        allowed = {
            Must.SAME: {before},
            Must.OPPOSITE_OR_NONE: {_OPPOSITE.get(before, before), _NONE},
            Must.NONE: {_NONE},
            Must.SAME_OR_NONE: {before, _NONE},
        }
        return after in allowed[self.must]

    def misleads(self, before: str, after: str) -> bool:
        """Tell whether the verdict on the perturbed claim is decisive and the wrong one."""
        if self.must is Must.NONE:
            return after not in {_NONE, ""}
        return after == (before if self.must is Must.OPPOSITE_OR_NONE else _OPPOSITE.get(before))


def _kinds() -> Iterable[Kind]:
    same, turned, silent = Must.SAME, Must.OPPOSITE_OR_NONE, Must.NONE
    either, true = tuple(_OPPOSITE), (Label.SUPPORTS.value,)
    framed = rewordings.framed
    yield Kind("typos", "slips of the keyboard in up to three longer words", same, disguises.typos)
    yield Kind("upper-case", "all in capitals", same, disguises.upper_case)
    yield Kind("lower-case", "no capitals", same, disguises.lower_case)
    yield Kind("homoglyphs", "letters of other scripts that look alike", same, disguises.homoglyphs)
    yield Kind("styled-letters", "bold, script, circled, squared and small capital letters", same, disguises.styled_letters)
    yield Kind("accents", "marks over, under and through letters", same, disguises.accents)
    yield Kind("zero-width", "signs that are not seen, within words", same, disguises.zero_width)
    yield Kind("full-width", "letters and digits of full width", same, disguises.full_width)
    yield Kind("leetspeak", "digits and signs for letters", same, disguises.leetspeak)
    yield Kind("drawn-apart", "the letters of one word drawn apart", same, disguises.drawn_apart)
    yield Kind("emoji", "up to three emoji before or behind", same, disguises.emoji)
    yield Kind("hashtags", "words made tags, or tags behind", same, disguises.hashtags)
    yield Kind("address", "a web address behind", same, disguises.address)
    yield Kind("sentence-after", "a sentence on something else behind", same, disguises.sentence_after)
    yield Kind("sentence-before", "a sentence on something else before", same, disguises.sentence_before)
    yield Kind("contractions", "short forms written out, or made", same, disguises.contractions, "Vaccines do not cause autism")
    yield Kind("no-punctuation", "commas and the last full stop dropped", same, disguises.no_punctuation, "Of course, vaccines are safe.")
    yield Kind("denied-before", "a denial before it", turned, partial(framed, frames=rewordings.DENIED_BEFORE), labels=either)
    yield Kind("denied-after", "a denial behind it", turned, partial(framed, frames=rewordings.DENIED_AFTER), labels=either)
    yield Kind("quoted-denied", "quoted, and denied", turned, partial(framed, frames=rewordings.QUOTED_AND_DENIED), labels=either)
    yield Kind("negated-verb", "its verb negated, or the negation dropped", turned, rewordings.negated_verb, labels=either)
    yield Kind("other-number", "a number at its double, half or more", turned, rewordings.other_number, "It takes 20 minutes", true)
    yield Kind("other-unit", "a larger or smaller unit", turned, rewordings.other_unit, "It takes 20 minutes", true)
    yield Kind("other-date", "years moved, or another month", turned, rewordings.other_date, "The trial ended in May 2020", true)
    yield Kind("other-entity", "another name of the same sort", turned, rewordings.other_entity, "Measles is back in Peru", true)
    yield Kind("reported", "told as what somebody says", silent, partial(framed, frames=rewordings.REPORTED))
    yield Kind("asked", "made a question", silent, partial(framed, frames=rewordings.ASKED))
    yield Kind("hedged", "said to be possible", Must.SAME_OR_NONE, partial(framed, frames=rewordings.HEDGED))


KINDS: dict[str, Kind] = {kind.name: kind for kind in _kinds()}
"""The kinds by their names, in the order of the reports."""


# ---------------------------------------------------------------------------------------------------------------------
# Measuring
# ---------------------------------------------------------------------------------------------------------------------


def run(
    checker: FactChecker,
    path: str | Path,
    *,
    text_column: str = "claim",
    label_column: str = "label",
    limit: int | None = None,
    where: Mapping[str, str] | None = None,
    kinds: Sequence[str] | None = None,
    random_state: int = 0,
) -> dict[str, Any]:
    """Measure how a checker stands the perturbations of the labelled claims in a file.

    Parameters
    ----------
    checker : FactChecker
    path : str or Path
        CSV or TSV with a header row, or JSON Lines; the ending says which. ``-`` is standard input, as CSV.
    text_column, label_column : str
        Labels are those of a verdict, or unambiguous synonyms, in any case.
    limit : int, optional
        Take the first rows only.
    where : mapping of str to str, optional
        Take only rows with these values, such as ``{"split": "test"}``.
    kinds, random_state
        As in `measure`.

    Returns
    -------
    dict
        As `measure` gives it.

    Raises
    ------
    InputError
        If the file, a column or a label cannot be read (it names the row), or there is no such kind.
    """
    rows = read_labelled(path, text_column=text_column, label_column=label_column, limit=limit, where=where)
    return measure(checker, [cells[text_column] for cells, _ in rows], [label for _, label in rows], kinds=kinds, random_state=random_state)


def measure(
    checker: FactChecker, claims: Sequence[str], y_true: Sequence[str], *, kinds: Sequence[str] | None = None, random_state: int = 0
) -> dict[str, Any]:
    """Measure how a checker stands the perturbations of labelled claims.

    Parameters
    ----------
    checker : FactChecker
        What has ``check_many``.
    claims : sequence of str, length n >= 1
    y_true : sequence of str, length n
        Values of `Label`.
    kinds : sequence of str, optional
        Names in `KINDS`; all of them by default.
    random_state : int
        Of the perturbations.

    Returns
    -------
    dict
        ``n``, ``decided`` (claims with SUPPORTS or REFUTES before they are perturbed), ``errors`` (texts that could not be checked),
        ``random_state`` and ``kinds``: by name a dictionary of

        - ``must``: what has to follow, a value of `Must`;
        - ``n``: claims that could be perturbed so;
        - ``judged``: of these, claims that were decided before; where the label turns, decided rightly;
        - ``rate``: share of the judged whose verdict is one that may follow, None when there are none; ``interval``: its 95 % interval
          (`metrics.wilson_interval`), for which claims are independent;
        - ``wrongly_decisive``: share of the judged whose verdict is decisive and misleads: the opposite one, where it must
          stay; the old one, where it must turn; any, where it must be none;
        - ``undecided``: claims that had NOT ENOUGH INFO before; ``newly_decisive``: share of these that are decisive now, and
          ``newly_wrong``: with another label than that which follows from ``y_true``;
        - ``failures``: up to `EXAMPLES` judged claims that failed, the misleading first, each with ``claim``, ``perturbed``,
          ``label``, ``before`` and ``after``.

    Raises
    ------
    InputError
        If there are no claims, lengths differ or there is no such kind.
    """
    if not claims or len(claims) != len(y_true):
        raise InputError(f"y_true: {len(y_true)} labels for {len(claims)} claims; give one for each of at least one claim.")
    chosen = [_kind(name) for name in (KINDS if kinds is None else dict.fromkeys(kinds))]
    verdicts = checker.check_many(claims)
    errors = sum(verdict.reason == Reason.ERROR for verdict in verdicts)
    given = [verdict.label for verdict in verdicts]
    rows: dict[str, Any] = {}
    for kind in chosen:
        tried = trials(checker, kind.name, claims, y_true, given, random_state)
        errors += sum(not one.after for one in tried)
        rows[kind.name] = _row(kind, tried)
    return {
        "n": len(claims),
        "decided": sum(label in _OPPOSITE for label in given),
        "errors": errors,
        "random_state": random_state,
        "kinds": rows,
    }


@dataclass(frozen=True, slots=True)
class Trial:
    """A claim that was perturbed, and the verdicts before and after.

    Parameters
    ----------
    place : int
        Of the claim among those that were given, from 0.
    claim, perturbed : str
    label : str
        The claim's own.
    before, after : str
        Labels of the verdicts; empty for one that could not be given.
    """

    place: int
    claim: str
    perturbed: str
    label: str
    before: str
    after: str


def trials(
    checker: FactChecker, kind: str, claims: Sequence[str], y_true: Sequence[str], before: Sequence[str], random_state: int = 0
) -> list[Trial]:
    """Perturb claims in one way and check them again.

    Parameters
    ----------
    checker : FactChecker
    kind : str
        A name in `KINDS`.
    claims : sequence of str, length n
    y_true, before : sequence of str, length n
        Label of each claim, and of the checker's verdict on it.
    random_state : int
        Of the perturbations.

    Returns
    -------
    list of Trial
        Of the claims that could be perturbed so, in their order; which these are does not depend on the checker.
    """
    way = _kind(kind)
    made = [perturb(kind, claim, random_state) if _concerns(way, label) else "" for claim, label in zip(claims, y_true, strict=True)]
    kept = [i for i, text in enumerate(made) if text]
    answers = checker.check_many([made[i] for i in kept])
    return [Trial(i, claims[i], made[i], y_true[i], before[i], answer.label) for i, answer in zip(kept, answers, strict=True)]


def perturb(kind: str, claim: str, random_state: int = 0) -> str:
    """Return a claim perturbed, the empty string where this kind finds nothing to do in it.

    Parameters
    ----------
    kind : str
        A name in `KINDS`.
    claim : str
    random_state : int
        The same claim is perturbed alike whatever stands beside it, in every process.

    Raises
    ------
    InputError
        When there is no such kind.

    Examples
    --------
    >>> perturb("lower-case", "Aspirin is a Metal")
    'aspirin is a metal'
    >>> perturb("negated-verb", "Aspirin is a metal")
    'Aspirin is not a metal'
    >>> perturb("negated-verb", "Aspirin, lead and iron")
    ''
    """
    # bytes seed by their SHA-512, the same in every process; JSON may hold half a pair of surrogates
    chance = Random(f"{random_state} {kind} {claim}".encode(errors="surrogatepass"))  # noqa: S311 (a perturbation is no secret)
    made = _kind(kind).make(claim, chance)
    return "" if made == claim else made


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise InputError(f"kinds: there is no {name!r}; choose from {', '.join(KINDS)}")
    return KINDS[name]


def _concerns(kind: Kind, label: str) -> bool:
    return not kind.labels or label in kind.labels


def _row(kind: Kind, tried: Sequence[Trial]) -> dict[str, Any]:
    judged = [one for one in tried if kind.judges(one.label, one.before)]
    failed = [one for one in judged if not kind.passes(one.before, one.after)]
    misled = [one for one in failed if kind.misleads(one.before, one.after)]
    undecided = [one for one in tried if one.before == _NONE]
    decisive = [one for one in undecided if one.after not in {_NONE, ""}]
    wrong = [one for one in decisive if one.after != kind.expected(one.label)]
    passed = len(judged) - len(failed)
    return {
        "must": kind.must.value,
        "n": len(tried),
        "judged": len(judged),
        "rate": _share(passed, len(judged)),
        "interval": list(wilson_interval(passed, len(judged))) if judged else None,
        "wrongly_decisive": _share(len(misled), len(judged)),
        "undecided": len(undecided),
        "newly_decisive": _share(len(decisive), len(undecided)),
        "newly_wrong": _share(len(wrong), len(undecided)),
        "failures": [
            {"claim": one.claim, "perturbed": one.perturbed, "label": one.label, "before": one.before, "after": one.after}
            for one in sorted(failed, key=lambda one: not kind.misleads(one.before, one.after))[:EXAMPLES]
        ],
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def below(report: Mapping[str, Any], rate: float) -> list[str]:
    """Return the kinds of a report that have enough judged claims and pass less often than a rate.

    Parameters
    ----------
    report : mapping
        Of `measure`.
    rate : float
        In [0, 1].

    Raises
    ------
    InputError
        When no kind has `LEAST_JUDGED` judged claims: then nothing was tested, and nothing has passed.
    """
    enough = {name: row["rate"] for name, row in report["kinds"].items() if row["judged"] >= LEAST_JUDGED}
    if not enough:
        decided = f"{report['decided']} of {report['n']} were decided"
        raise InputError(f"no kind has {LEAST_JUDGED} claims that were decided before ({decided}); give more labelled claims.")
    return [name for name, reached in enough.items() if reached < rate]


# ---------------------------------------------------------------------------------------------------------------------
# Showing
# ---------------------------------------------------------------------------------------------------------------------


def markdown(report: Mapping[str, Any]) -> str:
    """Return the report of `measure` as a Markdown table."""
    head = ["kind", "must be", "n", "judged", "passed", "95 %", "wrongly decisive", "undecided", "newly decisive", "newly wrong"]
    rows = [
        [
            name,
            row["must"],
            str(row["n"]),
            str(row["judged"]),
            _percent(row["rate"]),
            " to ".join(_percent(end) for end in row["interval"] or ()),
            _percent(row["wrongly_decisive"]),
            str(row["undecided"]),
            _percent(row["newly_decisive"]),
            _percent(row["newly_wrong"]),
        ]
        for name, row in report["kinds"].items()
    ]
    counts = f"{report['n']} claims, {report['decided']} decided, {report['errors']} errors"
    return f"{counts}, random state {report['random_state']}; shares in percent.\n\n{_table(head, rows)}"


def kinds_table() -> str:
    """Return the kinds as a Markdown table: name, what is done, an example, what must follow. Unseen signs stand by their numbers."""
    rows = [[kind.name, kind.about, _visible(perturb(kind.name, kind.example)), kind.must.value] for kind in KINDS.values()]
    return _table(["kind", "what is done", "example", "must be"], rows)


def _visible(text: str) -> str:
    return "".join(sign if sign.isprintable() and not 0xFE00 <= ord(sign) <= 0xFE0F else f"<U+{ord(sign):04X}>" for sign in text)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
