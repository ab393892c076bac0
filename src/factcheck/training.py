"""From a recipe, or from a plain table, to a fitted and calibrated bundle with the record of how it came about."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from factcheck import evaluation
from factcheck import text as words
from factcheck.checker import EVIDENCE, FactChecker
from factcheck.claims import SPLITS, LabelledClaim, read_claims, split_claims
from factcheck.classification import ClaimClassifier
from factcheck.decision import VerdictRule
from factcheck.errors import InputError, RecipeError
from factcheck.features import Pair
from factcheck.records import STANCES, Label, Statement
from factcheck.retrieval import StatementIndex
from factcheck.statements import fingerprint, read_statements
from factcheck.tables import read_rows, require_column
from factcheck.verification import LinearVerifier

Array = np.ndarray[Any, np.dtype[Any]]
Say = Callable[[str], None]

DATA_VARIABLE = "FACTCHECK_DATA"
"""Environment variable: the folder under which a recipe's research pairs are looked for."""

_NEI = Label.NOT_ENOUGH_INFO.value
# Statements that do not decide a claim, shown to the verifier as NOT ENOUGH INFO; docs/decisions/0004 says how they were chosen.
_NEAREST = 8
_SISTER = 0.5
"""Relevance of one statement to another from which on the two may decide the same claims."""
_TIED_NEGATIVES, _TIED_WEIGHT = 1, 0.3
_UNTIED_NEGATIVES, _UNTIED_WEIGHT = 3, 0.5


@dataclass(frozen=True)
class PairSet:
    """Research pairs that a recipe names.

    Parameters
    ----------
    file : str
        JSON Lines with ``claim``, ``evidence``, ``label``; relative to the folder of `DATA_VARIABLE`, or to the recipe.
    licence : str
        As its publisher states it; goes into the card.
    weight : float
        Of each pair against a pair of the recipe's own claims, > 0.
    """

    file: str
    licence: str = "none stated"
    weight: float = 1.0


@dataclass(frozen=True)
class Recipe:
    """How to train a checker; the keys of the TOML file.

    Parameters
    ----------
    name : str
    claims, statements : Path
        Tables, relative to the recipe's folder.
    split : str
        ``statement`` or ``topic``: which split column of the claims is used.
    verifier, rule : mapping
        Parameters of `LinearVerifier` and `VerdictRule`.
    pairs : tuple of PairSet
    folder : Path
        Where the recipe lies.
    """

    name: str
    claims: Path
    statements: Path
    split: str
    verifier: Mapping[str, Any]
    rule: Mapping[str, Any]
    pairs: tuple[PairSet, ...]
    folder: Path


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    RecipeError
        When the file is no TOML, a key is unknown or missing, or a value is of the wrong kind; names file and key.
    """
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{file}: cannot be read ({error.strerror}); give the path of a recipe, such as recipes/linear.toml.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{file}: is not TOML ({error}); mend it there.") from error
    known = {"name": str, "claims": str, "statements": str, "split": str, "verifier": dict, "rule": dict, "pairs": list}
    for key, value in content.items():
        if key not in known:
            raise RecipeError(f"{file}: unknown key {key!r}; allowed are {', '.join(known)}.")
        if not isinstance(value, known[key]):
            raise RecipeError(f"{file}: {key} is {type(value).__name__}, it must be {known[key].__name__}.")
    if missing := [key for key in ("name", "claims", "statements") if key not in content]:
        raise RecipeError(f"{file}: {', '.join(missing)} missing; a recipe names itself, its claims and its statements.")
    split = content.get("split", "statement")
    if split not in ("statement", "topic"):
        raise RecipeError(f"{file}: split is {split!r}; allowed are 'statement' and 'topic'.")
    _check_parameters(file, "verifier", content.get("verifier", {}), LinearVerifier().get_params(), most=math.inf)
    _check_parameters(file, "rule", content.get("rule", {}), VerdictRule().get_params(), most=1.0)
    pairs = tuple(_pair_set(file, entry) for entry in content.get("pairs", []))
    folder = file.resolve().parent
    return Recipe(
        name=content["name"],
        claims=folder / content["claims"],
        statements=folder / content["statements"],
        split=split,
        verifier=content.get("verifier", {}),
        rule=content.get("rule", {}),
        pairs=pairs,
        folder=folder,
    )


def _check_parameters(file: Path, table: str, given: Mapping[str, Any], defaults: Mapping[str, Any], *, most: float) -> None:
    """Refuse parameters that the estimator does not have, and numbers that are none or not above 0 and up to ``most``."""
    for name, value in given.items():
        if name not in defaults:
            raise RecipeError(f"{file}: {table}.{name} is unknown; allowed are {', '.join(defaults)}.")
        if not _is_number(defaults[name]):
            continue
        whole = isinstance(defaults[name], int)
        if not _is_number(value) or (whole and not isinstance(value, int)) or not 0 < value <= most:
            kind = "a whole number" if whole else "a number"
            limit = "" if math.isinf(most) else f" and at most {most:g}"
            raise RecipeError(f"{file}: {table}.{name} is {value!r}; it must be {kind} above 0{limit}.")


def _pair_set(file: Path, entry: Any) -> PairSet:
    try:
        pairs = PairSet(**entry)
    except TypeError as error:
        raise RecipeError(f"{file}: an entry of [[pairs]] has a wrong key ({error}); allowed are file, licence, weight.") from error
    for key in ("file", "licence"):
        if not isinstance(getattr(pairs, key), str):
            raise RecipeError(f"{file}: pairs.{key} is {getattr(pairs, key)!r}; it must be a string.")
    if not _is_number(pairs.weight) or not 0 < pairs.weight < math.inf:
        raise RecipeError(f"{file}: pairs.weight is {pairs.weight!r} for {pairs.file}; it must be a number above 0.")
    return pairs


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def train(recipe: Recipe | str | Path, output: str | Path, *, say: Say = lambda _: None) -> dict[str, Any]:
    """Train a checker as a recipe says, and write its bundle.

    Retrieval and verification are fitted on the train split, the verdict rule on the calibration split, and the metrics
    are taken on the test split. The same inputs give the same bytes.

    Parameters
    ----------
    recipe : Recipe, str or Path
    output : str or Path
        Folder of the bundle.
    say : callable
        Takes each line of progress.

    Returns
    -------
    dict
        The metrics on the test split, as the bundle's ``metrics.json`` has them.

    Raises
    ------
    RecipeError, InputError
        When the recipe or a table cannot be used.
    """
    if not isinstance(recipe, Recipe):
        recipe = read_recipe(recipe)
    statements = read_statements(recipe.statements)
    splits = _splits(recipe, read_claims(recipe.claims), statements)
    say("claims: " + ", ".join(f"{len(rows)} {name}" for name, rows in splits.items()))
    research, used, absent = _research_pairs(recipe, say)
    checker = fit_checker(statements, splits["train"], splits["calibration"], recipe, research)
    say("fitted and calibrated; measuring on the test split")
    test = splits["test"]
    metrics = evaluation.score_claims(
        checker,
        [claim.claim for claim in test],
        [claim.label for claim in test],
        groups=[claim.statement_id or claim.claim for claim in test],
        slices={"kind": [claim.kind for claim in test], "topic": [claim.topic for claim in test]},
    )
    manifest = {
        "name": recipe.name,
        "training": {
            "claims": {"sha256": _sha256(recipe.claims), "split": recipe.split, "rows": {name: len(rows) for name, rows in splits.items()}},
            "statements": {"sha256": fingerprint(statements), "rows": len(statements)},
            "pairs": used,
            "pairs_not_found": absent,
            "parameters": {"verifier": checker.verifier.get_params(), "rule": checker.rule.get_params()},
        },
        "thresholds": {
            "relevance": round(checker.rule.gate_, 6),
            **{label: round(float(value), 6) for label, value in zip(STANCES, checker.rule.thresholds_, strict=False)},
        },
        "versions": _versions(),
    }
    checker.save(output, manifest=manifest, documents={"metrics": metrics}, card=_card(recipe, manifest, metrics))
    say(f"wrote {output}: macro-F1 {metrics['macro_f1']:.3f} on {metrics['n']} test claims")
    return metrics


def fit_checker(
    statements: Sequence[Statement],
    train_claims: Sequence[LabelledClaim],
    calibration_claims: Sequence[LabelledClaim],
    recipe: Recipe,
    research: Sequence[tuple[Pair, str, float]] = (),
) -> FactChecker:
    """Fit the three stages: retrieval and verification on one split, the verdict rule on another.

    Parameters
    ----------
    statements : sequence of Statement
    train_claims, calibration_claims : sequence of LabelledClaim
        They must share no statement.
    recipe : Recipe
        Its parameters are used, not its files.
    research : sequence of (pair, stance, weight)
        Further pairs for the verifier.

    Raises
    ------
    InputError
        When a statement has claims on both sides.
    """
    _refuse_shared({"train": train_claims, "calibration": calibration_claims})
    position = {statement.id: i for i, statement in enumerate(statements)}
    texts = [statement.text for statement in statements]
    index = StatementIndex().fit_weights(
        [claim.claim for claim in train_claims], texts, [position.get(claim.statement_id, -1) for claim in train_claims]
    )
    pairs, stances, weights = _own_pairs(train_claims, index, texts, position)
    pairs += [pair for pair, _, _ in research]
    stances += [stance for _, stance, _ in research]
    weights += [weight for _, _, weight in research]
    verifier = LinearVerifier(**recipe.verifier).fit(pairs, stances, np.array(weights))
    rule = _fit_rule(VerdictRule(**recipe.rule), index, verifier, texts, position, calibration_claims)
    return FactChecker(statements=statements, index=index, verifier=verifier, rule=rule)


def _own_pairs(
    claims: Sequence[LabelledClaim], index: StatementIndex, texts: Sequence[str], position: Mapping[str, int]
) -> tuple[list[Pair], list[str], list[float]]:
    """Pair each claim with its own statement, and with near ones that do not decide it, as NOT ENOUGH INFO.

    Each of their statements supports itself.

    What makes a good negative is near enough to be found and far enough not to decide the claim as well: for a tied claim
    the nearest statement that is no sister of its own, at a low weight, for it may still decide; for an untied one the
    nearest few.
    """
    tied = [claim for claim in claims if claim.statement_id in position]
    pairs = [(claim.claim, texts[position[claim.statement_id]]) for claim in tied]
    stances, weights = [claim.label for claim in tied], [1.0] * len(tied)
    repeated = [texts[i] for i in sorted({position[claim.statement_id] for claim in tied})]
    pairs += [(text, text) for text in repeated]  # nobody writes such a claim down, and somebody will paste one
    stances += [Label.SUPPORTS.value] * len(repeated)
    weights += [1.0] * len(repeated)
    sisters = _sisters(index, texts)
    nearest, scores = index.search([claim.claim for claim in claims], _NEAREST)
    for claim, found, relevance in zip(claims, nearest, scores, strict=True):
        own = position.get(claim.statement_id, -1)
        others = [int(i) for i, score in zip(found, relevance, strict=True) if score > 0 and i not in sisters.get(own, ())]
        most, weight = (_TIED_NEGATIVES, _TIED_WEIGHT) if own >= 0 else (_UNTIED_NEGATIVES, _UNTIED_WEIGHT)
        for i in others[:most]:
            pairs.append((claim.claim, texts[i]))
            stances.append(_NEI)
            weights.append(weight)
    return pairs, stances, weights


def _sisters(index: StatementIndex, texts: Sequence[str]) -> dict[int, set[int]]:
    """Return for each statement those that speak of the same matter, itself included."""
    nearest, scores = index.search(texts, len(texts))
    return {
        i: {i, *(int(j) for j, score in zip(found, relevance, strict=True) if score >= _SISTER)}
        for i, (found, relevance) in enumerate(zip(nearest, scores, strict=True))
    }


def _fit_rule(
    rule: VerdictRule,
    index: StatementIndex,
    verifier: LinearVerifier,
    texts: Sequence[str],
    position: Mapping[str, int],
    claims: Sequence[LabelledClaim],
) -> VerdictRule:
    said = [claim.claim for claim in claims]
    everywhere, relevance = index.search(said, len(texts))
    deciding = [
        float(relevance[row][everywhere[row] == position[claim.statement_id]][0])
        for row, claim in enumerate(claims)
        if claim.label != _NEI and claim.statement_id in position
    ]
    found, scores = everywhere[:, :EVIDENCE], relevance[:, :EVIDENCE]
    pairs = [(text, texts[i]) for text, row in zip(said, found, strict=True) for i in row]
    stances = verifier.predict_proba(pairs).reshape(len(said), -1, len(STANCES))
    return rule.fit_gate(deciding).fit(stances, scores, [claim.label for claim in claims], [words.claim_length(text) for text in said])


def _splits(recipe: Recipe, claims: Sequence[LabelledClaim], statements: Sequence[Statement]) -> dict[str, list[LabelledClaim]]:
    """Return the claims of each split, after a look at whether they can be learned from."""
    known = {statement.id for statement in statements}
    if adrift := [claim for claim in claims if claim.statement_id and claim.statement_id not in known]:
        seen = f"claim {adrift[0].id} names the statement {adrift[0].statement_id!r}"
        raise InputError(f"{recipe.claims}: {seen}, which {recipe.statements} does not hold; add the statement or take the claim out.")
    column, place = ("split", 0) if recipe.split == "statement" else ("topic_split", 1)
    names = [getattr(claim, column) for claim in claims]
    if not all(names):
        names = [pair[place] for pair in split_claims(claims, statements)]
    if strange := sorted(set(names) - set(SPLITS)):
        raise InputError(f"{recipe.claims}: {column} is {strange[0]!r}; allowed are {', '.join(SPLITS)}, or no such column.")
    splits = {name: [claim for claim, where in zip(claims, names, strict=True) if where == name] for name in SPLITS}
    for name, rows in splits.items():
        needed = STANCES if name != "test" else ()  # the test split is only measured
        if not rows or (lacking := [label for label in needed if label not in {claim.label for claim in rows}]):
            seen = f"no claim that is {lacking[0]}" if rows else "no claims"
            raise InputError(f"{recipe.claims}: the {name} split has {seen}; give more claims, over more statements.")
    _refuse_shared(splits)
    return splits


def _refuse_shared(splits: Mapping[str, Sequence[LabelledClaim]]) -> None:
    home: dict[str, str] = {}
    for name, rows in splits.items():
        for claim in rows:
            first = home.setdefault(claim.statement_id, name) if claim.statement_id else name
            if first != name:
                said = f"statement {claim.statement_id} has claims in {first} and in {name}"
                raise InputError(f"{said}; keep all claims of a statement on one side.")


def _research_pairs(recipe: Recipe, say: Say) -> tuple[list[tuple[Pair, str, float]], list[dict[str, Any]], list[str]]:
    """Return the pairs that are there, what the manifest says of their files, and the files that are not there."""
    folder = os.environ.get(DATA_VARIABLE)
    pairs: list[tuple[Pair, str, float]] = []
    used: list[dict[str, Any]] = []
    absent: list[str] = []
    for entry in recipe.pairs:
        file = (Path(folder) if folder else recipe.folder) / entry.file
        if not file.is_file():
            absent.append(entry.file)
            continue
        rows = list(_read_pairs(file))
        pairs += [(pair, stance, entry.weight) for pair, stance in rows]
        used.append({"file": entry.file, "rows": len(rows), "sha256": _sha256(file), "licence": entry.licence, "weight": entry.weight})
    if used:
        say("research pairs: " + ", ".join(f"{item['file']} ({item['rows']})" for item in used))
    if absent:
        where = f"under {DATA_VARIABLE}" if folder else f"({DATA_VARIABLE} is not set)"
        say(f"not found {where}, trained without: {', '.join(absent)}")
    return pairs, used, absent


def _read_pairs(file: Path) -> Iterator[tuple[Pair, str]]:
    # read by bytes: str.splitlines also parts at signs that may stand inside a JSON string
    for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            pair, stance = (str(row["claim"]), str(row["evidence"])), str(row["label"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{file}:{number}: not a pair ({error!r}); each line is an object with claim, evidence and label.") from error
        if stance in STANCES:
            yield pair, stance
        elif stance != Label.CONFLICTING:
            raise InputError(f"{file}:{number}: unknown label {stance!r}; allowed are {', '.join(STANCES)}.")


def train_claims(
    table: str | Path,
    output: str | Path,
    *,
    text_column: str,
    label_column: str,
    random_state: int = 0,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Train a claim-only classifier on a labelled table and write its bundle.

    A fifth of the rows, texts that normalise to the same on one side, is held out for the metrics; the bundle is then
    fitted on all rows.

    Parameters
    ----------
    table : str or Path
        CSV, TSV or JSON Lines.
    output : str or Path
        Folder of the bundle.
    text_column, label_column : str
        Any label names.
    random_state : int
        Of the held-out fifth.
    say : callable
        Takes each line of progress.

    Returns
    -------
    dict
        Metrics on the held-out fifth.

    Raises
    ------
    InputError
        When the table cannot be read, a row is bad, or there are fewer than two labels with five different texts each.
    """
    texts, labels = _read_table(table, text_column, label_column)
    say(f"{len(texts)} texts, labels {', '.join(sorted(set(labels)))}")
    folded = [words.normalize(text) for text in texts]
    counts = Counter(label for label, _ in set(zip(labels, folded, strict=True)))
    few = sorted(label for label, count in counts.items() if count < 5)
    if len(counts) < 2 or few:
        seen = f"label {few[0]!r} has {counts[few[0]]}" if few else f"the only label is {labels[0]!r}" if labels else "no rows"
        raise InputError(f"{table}: {seen}; give at least two labels with five different texts each.")
    groups = np.unique(folded, return_inverse=True)[1]
    folds = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=random_state)
    train_rows, test_rows = next(folds.split(texts, labels, groups))
    held_out = ClaimClassifier().fit([texts[i] for i in train_rows], [labels[i] for i in train_rows])
    metrics = evaluation.score_claims(held_out, [texts[i] for i in test_rows], [labels[i] for i in test_rows])
    model = ClaimClassifier().fit(texts, labels)
    manifest = {
        "name": Path(output).name,
        "training": {
            "table": {"sha256": _sha256(Path(table)), "rows": len(texts), "text_column": text_column, "label_column": label_column},
            "held_out": {"rows": len(test_rows), "random_state": random_state},
        },
        "versions": _versions(),
    }
    model.save(output, manifest=manifest, documents={"metrics": metrics}, card=_claims_card(manifest, metrics))
    say(f"wrote {output}: weighted F1 {metrics['weighted_f1']:.3f} on {metrics['n']} held-out texts")
    return metrics


def _read_table(table: str | Path, text_column: str, label_column: str) -> tuple[list[str], list[str]]:
    texts: list[str] = []
    labels: list[str] = []
    with read_rows(table) as rows:
        for row in rows:
            if row.error:
                raise InputError(f"{row.error}; training reads only tables without bad rows")
            require_column(tuple(row.values), text_column, name=rows.name, option="--text-column")
            require_column(tuple(row.values), label_column, name=rows.name, option="--label-column")
            text, label = row.values[text_column], str("" if row.values[label_column] is None else row.values[label_column])
            if not isinstance(text, str):
                seen = "empty" if text is None else f"{type(text).__name__} and not text"
                raise InputError(f"{table}:{row.line}: row {row.number}: {text_column} is {seen}; give each row a text or remove it.")
            if not label.strip():
                raise InputError(f"{table}:{row.line}: row {row.number}: {label_column} is empty; give each row a label or remove it.")
            texts.append(text)
            labels.append(label)
    return texts, labels


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in ("numpy", "scipy", "scikit-learn", "nltk")}}


# ---------------------------------------------------------------------------------------------------------------------
# Model cards
# ---------------------------------------------------------------------------------------------------------------------


def _card(recipe: Recipe, manifest: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    training, claims = manifest["training"], manifest["training"]["claims"]
    low, high = metrics["interval"]
    rows = "\n".join(
        f"| {label} | {part['precision']:.3f} | {part['recall']:.3f} | {part['f1']:.3f} | {part['support']} |"
        for label, part in metrics["per_label"].items()
    )
    sets = "\n".join(f"| {item['file']} | {item['rows']} | {item['licence']} | {item['weight']:g} |" for item in training["pairs"])
    return f"""# Model card: {recipe.name}

A pair classifier (multinomial logistic regression over alignment, polarity, number, name and wording features) behind a
sparse index of statements, with a verdict rule calibrated on claims that trained nothing else. English only.

## Meant for
Decision support: it finds the authoritative statement that speaks about a claim, and says whether the claim agrees.
A verdict alone is no ground to remove somebody's words. It knows nothing that no statement of the base says.

## Trained on
{claims["rows"]["train"]} labelled claims, split by {claims["split"]} (calibrated on {claims["rows"]["calibration"]} others),
{training["statements"]["rows"]} statements, and

| research pairs | rows | licence as stated upstream | weight of a pair |
|---|---|---|---|
{sets or "| none were at hand | 0 | | |"}

The manifest holds the sha256 of every file.

## Measured on {metrics["n"]} claims of the test split (statements that training never saw)
Macro-F1 {metrics["macro_f1"]:.3f} (95 % interval {low:.3f} to {high:.3f}), accuracy {metrics["accuracy"]:.3f}, expected calibration
error {metrics["ece"]:.3f}. A decisive verdict is given for {metrics["coverage"]:.1%} of the claims, and is right for
{metrics["decided"]["accuracy"] or 0:.1%} of these; what stays below its threshold counts as NOT ENOUGH INFO.

| label | precision | recall | F1 | claims |
|---|---|---|---|---|
{rows}

## Bad at
Claims that share no word with the statement that decides them; sarcasm; reasoning over several statements; arithmetic;
claims that hide a denial in unusual words. See `metrics.json` for every kind and topic.
"""


def _claims_card(manifest: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    training = manifest["training"]["table"]
    return f"""# Model card: {manifest["name"]}

A claim-only text classifier (word and character TF-IDF, logistic regression). It learns how texts of each label are
written, not whether they are true, and cites no statement.

Trained on {training["rows"]} rows (sha256 {training["sha256"]}). On {metrics["n"]} of them, held out before the last
fit: accuracy {metrics["accuracy"]:.3f}, macro-F1 {metrics["macro_f1"]:.3f}, weighted F1 {metrics["weighted_f1"]:.3f}.
A table from another source or time will score lower.
"""
