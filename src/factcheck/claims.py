"""The labelled claims: read them, lint them, count them, split them.

A table of labelled claims is CSV or JSON Lines with the columns of `COLUMNS`, rows numbered as in `factcheck.rows`. Each
claim is tied to the statement that it was written for, or to none. The two split columns follow a rule and nothing else
(`split_by_statement`, `split_by_topic`), so that everybody measures on the same rows; the lint checks that they do.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from factcheck.errors import InputError
from factcheck.records import RELATIONS, STANCES, Label, Statement
from factcheck.rows import Problem, Table, has_control_character, near_duplicates, read_table, refuse, shipped

COLUMNS = ("id", "claim", "label", "statement_id", "topic", "kind", "split", "topic_split")
"""Columns of a table of labelled claims; the last two may be absent."""

SPLITS = ("train", "calibration", "test")

_R, _S, _N = Label.REFUTES.value, Label.SUPPORTS.value, Label.NOT_ENOUGH_INFO.value
KINDS: Mapping[str, frozenset[str]] = {
    kind: frozenset(labels)
    for labels, kinds in {
        (_R,): ("myth", "insisting", "number-swap", "entity-swap", "time-swap", "causal-swap"),
        (_S,): ("fact", "denial", "quote-and-refute"),
        (_R, _S): ("paraphrase", "headline", "colloquial", "obfuscated"),
        (_N,): ("report", "mockery", "question", "opinion", "near-miss", "everyday", "not-English"),
        (_R, _S, _N): ("tweet", "two-claims", "contrast"),
    }.items()
    for kind in kinds
}
"""The kinds of claims and the labels that each can bear."""

TEST_TOPICS = frozenset({"space-earth", "covid-treatment", "ict"})
CALIBRATION_TOPICS = frozenset({"covid-prevention", "food"})
"""Topics held out by `split_by_topic`: physical science, medicine and institutions to test on, two of other kinds to calibrate on."""

MAX_PATTERN = 5
"""How often one pattern of words, masked for names and numbers, may stand in a table."""

MAX_LENGTH = 1_000

_WORD = re.compile(r"\w+(?:['\u2019]\w+)?")
_MARKS = ".,;:!?\"'()\u201c\u201d\u2018\u2019\u2026"
_NUMBER = re.compile(r"\d[\d.,]*%?")


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim with the label that it bears against one statement: one row of the table.

    Parameters
    ----------
    id, claim : str
    label : str
        SUPPORTS, REFUTES or NOT ENOUGH INFO.
    statement_id : str
        The statement that it was written for; empty for none.
    topic, kind : str
    split, topic_split : str
        train, calibration or test; empty where the table has no such column.
    """

    id: str
    claim: str
    label: str
    statement_id: str = ""
    topic: str = ""
    kind: str = ""
    split: str = ""
    topic_split: str = ""


def read_claims(path: str | Path | None = None) -> tuple[LabelledClaim, ...]:
    """Read a table of labelled claims.

    Parameters
    ----------
    path : str or Path, optional
        CSV or JSON Lines. None reads the table of the repository, which the installed package does not carry.

    Returns
    -------
    tuple of LabelledClaim
        In the order of the file.

    Raises
    ------
    InputError
        When the file or a row cannot be used; names file, row and column.
    """
    claims, problems = _parse(_read(path))
    refuse(problems, error=InputError, advice="`factcheck claims lint` lists all that is wrong.")
    return tuple(claim for _, claim in claims)


def read_relations(path: str | Path, part: str) -> list[tuple[tuple[str, str], str]]:
    """Read pairs of post and known claim with the `Relation` that was written down for them.

    Parameters
    ----------
    path : str or Path
        CSV or JSON Lines with ``post``, ``statement``, ``relation`` and ``part``.
    part : str
        Which rows to take, such as ``dev`` or ``test``.

    Raises
    ------
    InputError
        When the file cannot be read, a cell is empty or a relation is none.
    """
    table = _read(path)
    found = []
    for number, row in table.rows:
        post, statement, relation = (row.get(column, "").strip() for column in ("post", "statement", "relation"))
        if not post or not statement or relation not in RELATIONS:
            advice = f"give post, statement, and one of {', '.join(RELATIONS)}"
            raise InputError(f"{table.name}: row {number} has the relation {relation!r} or an empty cell; {advice}.")
        if row.get("part") == part:
            found.append(((post, statement), relation))
    return found


def lint_claims(path: str | Path | None, statements: Iterable[Statement]) -> list[Problem]:
    """List everything that is wrong with a table of labelled claims, in the order of its rows.

    Checks unique ids and texts, labels, kinds and whether they go together, statement ids and topics, the splits, that no
    two claims of a statement share four fifths of their words (but two of the kind ``contrast`` with other labels may), and that
    no pattern of words stands more than five times.

    Parameters
    ----------
    path : str or Path, optional
        As in `read_claims`.
    statements : iterable of Statement
        The base that the claims speak of.

    Returns
    -------
    list of Problem
        Empty when nothing is wrong.

    Raises
    ------
    InputError
        Only when the file is absent or is no table at all.
    """
    table = _read(path)
    numbered, problems = _parse(table)
    if not table.rows:
        problems.append(Problem(table.name, 0, "", "", "the table has no claims", usable=True))
    base = list(statements)
    problems += _ties(table.name, numbered, {statement.id: statement.topic for statement in base})
    problems += _repetitions(table.name, numbered)
    if {"split", "topic_split"} <= set(table.columns):
        problems += _misplaced(table.name, numbered, base)
    return sorted(problems, key=lambda problem: problem.row)


def claim_stats(claims: Iterable[LabelledClaim]) -> dict[str, Any]:
    """Count labelled claims.

    Returns
    -------
    dict
        ``claims``, ``statements`` (that have a claim), and counts by ``labels``, ``kinds``, ``topics``, ``split`` and
        ``topic_split``; the last four as ``{name: {label: count}}``, names in alphabetical order.
    """
    rows = list(claims)
    counts: dict[str, Any] = {
        "claims": len(rows),
        "statements": len({row.statement_id for row in rows} - {""}),
        "labels": {label: sum(row.label == label for row in rows) for label in STANCES},
    }
    for plural, column in (("kinds", "kind"), ("topics", "topic"), ("split", "split"), ("topic_split", "topic_split")):
        table: dict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            table[getattr(row, column)][row.label] += 1
        counts[plural] = {name: {label: table[name][label] for label in STANCES} for name in sorted(table)}
    return counts


def describe(counts: Mapping[str, Any]) -> str:
    """Return the counts of `claim_stats` as Markdown tables, one each for topics, kinds and the two splits."""
    lines = [f"{counts['claims']:,} claims; {counts['statements']:,} statements have one."]
    titles = (("topics", "Topic"), ("kinds", "Kind"), ("split", "Split by statement"), ("topic_split", "Split by topic"))
    for table, title in titles:
        lines += ["", f"| {title} | {' | '.join(STANCES)} | All |", "|---|" + "---:|" * 4]
        rows = {**counts[table], "All": counts["labels"]}
        for name, row in rows.items():
            cells = [*(row[label] for label in STANCES), sum(row.values())]
            lines.append(f"| {name} | {' | '.join(f'{cell:,}' for cell in cells)} |")
    shares = (f"{label} {counts['labels'][label] / max(counts['claims'], 1):.1%}" for label in STANCES)
    return "\n".join([*lines, "", f"Shares: {', '.join(shares)}."])


# ---------------------------------------------------------------------------------------------------------------------
# Splits
# ---------------------------------------------------------------------------------------------------------------------


def split_by_statement(statements: Iterable[Statement]) -> dict[str, str]:
    """Deal statements out to train, calibration and test, about 60, 20 and 20 in a hundred of every topic.

    Statements that share half of their words of four letters or more are twins (two publishers say the same) and stay
    together: each such family is dealt out as one, under the topic of its first id. Within a topic, families stand in the order
    of the sha256 of that id; those in the first fifth of the statements are test, in the second calibration, the rest train.

    Parameters
    ----------
    statements : iterable of Statement

    Returns
    -------
    dict of str to str
        Statement id to split; the order of the statements does not matter.
    """
    base = sorted(statements, key=lambda statement: statement.id)
    topics: dict[str, list[list[str]]] = defaultdict(list)
    for family in _families(base):
        topics[family[0].topic].append([statement.id for statement in family])
    side: dict[str, str] = {}
    for families in topics.values():
        size, before = sum(map(len, families)), 0
        for family_ids in sorted(families, key=lambda ids: _digest(ids[0])):
            side.update(dict.fromkeys(family_ids, _fifth((before + len(family_ids) / 2) / size)))
            before += len(family_ids)
    return side


def _families(base: Sequence[Statement]) -> list[list[Statement]]:
    """Put statements that are twins, directly or by way of others, into one list; most lists hold one."""
    bags = [frozenset(word for word in _WORD.findall(statement.text.lower()) if len(word) >= 4) for statement in base]
    first = list(range(len(base)))
    for i, j, _ in near_duplicates(bags, at_least=0.5):
        low, high = sorted((first[i], first[j]))
        first = [low if place == high else place for place in first]
    families: dict[int, list[Statement]] = defaultdict(list)
    for place, statement in zip(first, base, strict=True):
        families[place].append(statement)
    return list(families.values())


def split_by_topic(topic: str) -> str:
    """Return the split of a whole topic: `TEST_TOPICS`, `CALIBRATION_TOPICS`, and train for every other."""
    return "test" if topic in TEST_TOPICS else "calibration" if topic in CALIBRATION_TOPICS else "train"


def split_claims(claims: Sequence[LabelledClaim], statements: Iterable[Statement]) -> list[tuple[str, str]]:
    """Return ``(split, topic_split)`` of every claim.

    All claims of a statement go where `split_by_statement` puts it, and where `split_by_topic` puts its topic. A claim without a
    statement goes by the sha256 of its own id, in both columns.

    Parameters
    ----------
    claims : sequence of LabelledClaim
    statements : iterable of Statement

    Returns
    -------
    list of (str, str)
        In the order of the claims.
    """
    base = list(statements)
    side, topic = split_by_statement(base), {statement.id: statement.topic for statement in base}
    places: list[tuple[str, str]] = []
    for claim in claims:
        if claim.statement_id in side:
            places.append((side[claim.statement_id], split_by_topic(topic[claim.statement_id])))
        else:
            places.append((_fifth(int(_digest(claim.id)[:8], 16) / 2**32),) * 2)
    return places


def _digest(identifier: str) -> str:
    return hashlib.sha256(identifier.encode()).hexdigest()


def _fifth(position: float) -> str:
    return "test" if position < 0.2 else "calibration" if position < 0.4 else "train"


# ---------------------------------------------------------------------------------------------------------------------
# Rows
# ---------------------------------------------------------------------------------------------------------------------


def _read(path: str | Path | None) -> Table:
    if path is None:
        return read_table(shipped("claims.csv"), "data/claims.csv")
    return read_table(Path(path), str(path))


def _parse(table: Table) -> tuple[list[tuple[int, LabelledClaim]], list[Problem]]:
    """Turn rows into numbered claims; a row that cannot be used becomes problems instead."""
    if absent := [column for column in COLUMNS[:6] if column not in table.columns]:
        seen = ", ".join(table.columns)
        return [], [Problem(table.name, 0, column, seen, "labelled claims need this column; add it to the header") for column in absent]
    problems = list(table.problems)
    claims: list[tuple[int, LabelledClaim]] = []
    first: dict[str, int] = {}
    for number, row in table.rows:
        claim = LabelledClaim(**{column: row.get(column, "").strip() for column in COLUMNS})
        found = _check(claim)
        if claim.id in first:
            found["id"] = f"the id stands already in row {first[claim.id]}; give another"
        first.setdefault(claim.id, number)
        problems += [Problem(table.name, number, column, asdict(claim)[column][:60], advice) for column, advice in found.items()]
        if not found:
            claims.append((number, claim))
    return claims, problems


def _check(claim: LabelledClaim) -> dict[str, str]:
    """Return, by column, what makes a row unusable."""
    found = {column: "the cell is empty; fill it" for column, cell in asdict(claim).items() if column in {"id", "claim"} and not cell}
    if claim.label not in STANCES:
        found["label"] = f"use one of {', '.join(STANCES)}"
    if claim.kind not in KINDS:
        found["kind"] = f"use one of {', '.join(KINDS)}"
    elif claim.label in STANCES and claim.label not in KINDS[claim.kind]:
        found["kind"] = f"a claim of this kind cannot be {claim.label}; mend the kind or the label"
    if not claim.statement_id and claim.label != Label.NOT_ENOUGH_INFO:
        found["statement_id"] = "only a claim that is NOT ENOUGH INFO can be without a statement; name the one that decides it"
    if has_control_character(claim.claim):
        found["claim"] = "the cell holds a line break or another control character; take it out"
    elif len(claim.claim) > MAX_LENGTH:
        found["claim"] = f"a claim has at most {MAX_LENGTH} characters; shorten it"
    return found


def _ties(name: str, claims: Sequence[tuple[int, LabelledClaim]], topics: Mapping[str, str]) -> list[Problem]:
    """List claims whose statement is unknown or whose topic is not their statement's."""
    problems = []
    for row, claim in claims:
        if claim.statement_id and claim.statement_id not in topics:
            problems.append(Problem(name, row, "statement_id", claim.statement_id, "there is no such statement in the base", usable=True))
        elif claim.statement_id and claim.topic != topics[claim.statement_id]:
            advice = f"the topic of {claim.statement_id} is {topics[claim.statement_id]!r}; give the same"
            problems.append(Problem(name, row, "topic", claim.topic, advice, usable=True))
    return problems


def _repetitions(name: str, claims: Sequence[tuple[int, LabelledClaim]]) -> list[Problem]:
    """List claims that repeat another: word for word, in four fifths of the words, or in their pattern."""
    problems = []
    blocks: dict[str, list[tuple[int, LabelledClaim]]] = defaultdict(list)
    texts: dict[str, list[int]] = defaultdict(list)
    patterns: dict[str, list[int]] = defaultdict(list)
    for row, claim in claims:
        blocks[claim.statement_id].append((row, claim))
        texts[claim.claim.casefold()].append(row)
        patterns[pattern(claim.claim)].append(row)
    for block in blocks.values():
        bags = [frozenset(word.lower() for word in _WORD.findall(claim.claim)) for _, claim in block]
        for i, j, part in near_duplicates(bags):
            if {block[i][1].kind, block[j][1].kind} == {"contrast"} and block[i][1].label != block[j][1].label:
                continue  # what they are written for: one word turns the label
            advice = f"shares {part:.0%} of its words with row {block[i][0]}, a claim of the same statement; reword one"
            problems.append(Problem(name, block[j][0], "claim", block[j][1].claim[:60], advice, usable=True))
    for text, rows in texts.items():
        if len(rows) > 1:
            problems.append(Problem(name, rows[-1], "claim", text[:60], f"the same text stands in row {rows[0]}; reword one", usable=True))
    for words, rows in patterns.items():
        if len(rows) > MAX_PATTERN:
            advice = f"the pattern stands {len(rows)} times; reword"
            problems.append(Problem(name, rows[MAX_PATTERN], "claim", words[:60], advice, usable=True))
    return problems


def pattern(text: str) -> str:
    """Mask the numbers and names of a text: what is left is its pattern.

    Examples
    --------
    >>> pattern("In 1998 Andrew Wakefield wrote about 12 children.")
    'in # N wrote about # children'
    """
    words = _NUMBER.sub("#", text.lower() if text.isupper() else text).split()
    masked = ["N" if place and word[:1].isupper() else word.lower().strip(_MARKS) for place, word in enumerate(words)]
    return " ".join(masked[:1] + [word for before, word in pairwise(masked) if not before == word == "N"])


def _misplaced(name: str, claims: Sequence[tuple[int, LabelledClaim]], statements: Sequence[Statement]) -> list[Problem]:
    """List claims that do not stand in the split that the rule gives them."""
    places = split_claims([claim for _, claim in claims], statements)
    return [
        Problem(name, row, column, seen, f"by the rule of the splits this claim belongs to {due}", usable=True)
        for (row, claim), (split, topic_split) in zip(claims, places, strict=True)
        for column, seen, due in (("split", claim.split, split), ("topic_split", claim.topic_split, topic_split))
        if seen != due
    ]
