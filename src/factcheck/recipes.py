"""Recipes: TOML files that say how a bundle is trained, and the research pairs that they name."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from factcheck.decision import VerdictRule
from factcheck.errors import InputError, RecipeError
from factcheck.features import Pair
from factcheck.formats import fraction_of
from factcheck.records import STANCES, Label
from factcheck.verification import LinearVerifier

DATA_VARIABLE = "FACTCHECK_DATA"
"""Environment variable: the folder under which a recipe's research pairs are looked for."""

_COLUMNS = ("claim", "evidence")


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
    rows : int
        How many an epoch of a stage takes: drawn anew each time when fewer than there are, repeated when more. 0: all, once.
    negatives : float
        Further pairs an epoch of a stage, as a share of the rows: a claim with another claim's evidence, NOT ENOUGH INFO.
    held_out : float
        Share of the rows that is never trained on, in [0, 1).
    held_out_by : {"claim", "evidence"}
        All rows with one text of this column are held out, or none.
    """

    file: str
    licence: str = "none stated"
    weight: float = 1.0
    rows: int = 0
    negatives: float = 0.0
    held_out: float = 0.0
    held_out_by: str = "claim"


@dataclass(frozen=True)
class Stage:
    """How a network learns from one mixture of pairs.

    Parameters
    ----------
    name : str
    pairs : tuple of PairSet
    epochs : int
        Passes over the mixture, >= 1.
    learning_rate : float
        At its highest, > 0.
    own : int
        How often an epoch takes each pair of the recipe's own claims.
    batch_size : int
    dropout : float
        In [0, 1).
    label_smoothing : float
        In [0, 1).
    seeds : int
        How often the stage is run from the state before it, each time with draws of its own; the weights are then averaged.
    """

    name: str
    pairs: tuple[PairSet, ...] = ()
    epochs: int = 1
    learning_rate: float = 1e-4
    own: int = 0
    batch_size: int = 64
    dropout: float = 0.0
    label_smoothing: float = 0.05
    seeds: int = 1


@dataclass(frozen=True)
class Encoder:
    """The network that a recipe begins with.

    Parameters
    ----------
    base : str
        A BERT model's name on the Hugging Face hub, or its folder.
    longest : int
        Tokens of the longest pair in training.
    precision : {"bf16", "fp32"}
        Of the products in training; weights and their updates are always fp32. bf16 is twice as fast where the processor has it.
    random_state : int
    """

    base: str
    longest: int = 160
    precision: str = "bf16"
    random_state: int = 0


@dataclass(frozen=True)
class Recipe:
    """How to train a checker; the keys of the TOML file.

    Parameters
    ----------
    name : str
    claims, statements : Path
        Tables, relative to the recipe's folder.
    relations : Path or None
        Table of posts and known claims with their relation, written by hand; its part ``dev`` is learned from.
    split : str
        ``statement`` or ``topic``: which split column of the claims is used.
    verifier, rule : mapping
        Parameters of `LinearVerifier` and `VerdictRule`.
    pairs : tuple of PairSet
        For the linear verifier.
    encoder : Encoder or None
        The network beside the linear verifier; None for a linear checker.
    stages : tuple of Stage
        For the network.
    measured : tuple of str
        Files of pairs to score the encoder on, found as those of `PairSet` are.
    folder : Path
        Where the recipe lies.
    """

    name: str
    claims: Path
    statements: Path
    relations: Path | None
    split: str
    verifier: Mapping[str, Any]
    rule: Mapping[str, Any]
    pairs: tuple[PairSet, ...]
    encoder: Encoder | None
    stages: tuple[Stage, ...]
    measured: tuple[str, ...]
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
    strings, tables, lists = (
        ("name", "claims", "statements", "relations", "split"),
        ("verifier", "rule", "encoder"),
        ("pairs", "stages", "measured"),
    )
    known = {key: kind for keys, kind in ((strings, str), (tables, dict), (lists, list)) for key in keys}
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
    if ("encoder" in content) != ("stages" in content):
        raise RecipeError(f"{file}: a network has [encoder] and [[stages]]; give both or neither.")
    _check_parameters(file, "verifier", content.get("verifier", {}), LinearVerifier().get_params(), most=math.inf)
    _check_parameters(file, "rule", content.get("rule", {}), VerdictRule().get_params(), most=1.0)
    if (budget := content.get("rule", {}).get("max_error", 0)) == 1:
        raise RecipeError(f"{file}: rule.max_error is {budget}; it must be below 1.")
    folder = file.resolve().parent
    return Recipe(
        name=content["name"],
        claims=folder / content["claims"],
        statements=folder / content["statements"],
        relations=folder / content["relations"] if "relations" in content else None,
        split=split,
        verifier=content.get("verifier", {}),
        rule=content.get("rule", {}),
        pairs=tuple(_table(file, "pairs", PairSet, entry) for entry in content.get("pairs", [])),
        encoder=_table(file, "encoder", Encoder, content["encoder"]) if "encoder" in content else None,
        stages=tuple(_stage(file, entry) for entry in content.get("stages", [])),
        measured=tuple(map(str, content.get("measured", []))),
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


# What a value of a table may be, beyond its type: number or choice, and the words for it.
_LIMITS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "weight": (lambda value: 0 < value < math.inf, "a number above 0"),
    "rows": (lambda value: value >= 0, "a whole number from 0"),
    "negatives": (lambda value: 0 <= value <= 10, "a number from 0 to 10"),
    "held_out": (lambda value: 0 <= value < 1, "a number from 0 to below 1"),
    "held_out_by": (lambda value: value in _COLUMNS, " or ".join(map(repr, _COLUMNS))),
    "epochs": (lambda value: value >= 1, "a whole number from 1"),
    "learning_rate": (lambda value: 0 < value <= 1, "a number above 0 and at most 1"),
    "own": (lambda value: value >= 0, "a whole number from 0"),
    "batch_size": (lambda value: value >= 1, "a whole number from 1"),
    "dropout": (lambda value: 0 <= value < 1, "a number from 0 to below 1"),
    "label_smoothing": (lambda value: 0 <= value < 1, "a number from 0 to below 1"),
    "seeds": (lambda value: value >= 1, "a whole number from 1"),
    "longest": (lambda value: 16 <= value <= 512, "a whole number from 16 to 512"),
    "precision": (lambda value: value in ("bf16", "fp32"), "'bf16' or 'fp32'"),
    "random_state": (lambda value: value >= 0, "a whole number from 0"),
}
_KINDS: Mapping[str, Any] = {"str": str, "int": int, "float": (int, float), "tuple[PairSet, ...]": tuple}


def _table(file: Path, name: str, kind: Any, entry: Any) -> Any:
    """Return a table of a recipe as what it stands for, after a look at every key and value."""
    known = {part.name: str(part.type) for part in fields(kind)}
    if not isinstance(entry, dict):
        raise RecipeError(f"{file}: {name} holds {entry!r}; it must be a table with {', '.join(known)}.")
    for key, value in entry.items():
        if key not in known:
            raise RecipeError(f"{file}: {name}.{key} is unknown; allowed are {', '.join(known)}.")
        fits, words = _LIMITS.get(key, (lambda _: True, "a string"))
        if not isinstance(value, _KINDS[known[key]]) or isinstance(value, bool) or not fits(value):
            raise RecipeError(f"{file}: {name}.{key} is {value!r}; it must be {words}.")
    try:
        return kind(**entry)
    except TypeError as error:
        raise RecipeError(f"{file}: {name} lacks {next(iter(known))}.") from error


def _stage(file: Path, entry: Any) -> Stage:
    pairs = entry.get("pairs", []) if isinstance(entry, dict) else []
    if not isinstance(pairs, list):
        raise RecipeError(f"{file}: stages.pairs is {pairs!r}; write [[stages.pairs]] for each set.")
    sets = tuple(_table(file, "stages.pairs", PairSet, one) for one in pairs)
    stage: Stage = _table(file, "stages", Stage, {**entry, "pairs": sets} if isinstance(entry, dict) else entry)
    return stage


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


# ---------------------------------------------------------------------------------------------------------------------
# Research pairs
# ---------------------------------------------------------------------------------------------------------------------


def find_pairs(recipe: Recipe, entry: PairSet) -> Path | None:
    """Return the file of a set of pairs, None where it is not at hand."""
    folder = os.environ.get(DATA_VARIABLE)
    file = (Path(folder) if folder else recipe.folder) / entry.file
    return file if file.is_file() else None


def sha256_of(file: Path) -> str:
    """Return the sha256 of a file's bytes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_pairs(file: Path) -> list[tuple[Pair, str]]:
    """Return the (claim, evidence) pairs of a file with their stances; CONFLICTING is the stance of no pair.

    Raises
    ------
    InputError
        When a line is no pair, or its label is unknown; names file and line.
    """
    return list(_read_pairs(file))


def held_out(pairs: Sequence[Pair], entry: PairSet) -> list[bool]:
    """Say of each pair whether the recipe keeps it from training: by the sha256 of a text, so that it is the same everywhere."""
    side = _COLUMNS.index(entry.held_out_by)
    return [fraction_of(pair[side]) < entry.held_out for pair in pairs]


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
