"""What a fact checker's rating says of the claim: its words by a map that can be replaced, its number by its scale.

Words are read whole or not at all: what is not in the map has no label, however much it looks like something that is.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from factcheck.errors import InputError
from factcheck.records import STANCES, Label
from factcheck.rows import read_table, shipped

MAX_BYTES = 16 * 1024 * 1024
"""Largest map of ratings in TOML, in bytes."""

_QUOTES = "\"'`\u00a1\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb "
_SPACE = re.compile(r"[\s_-]+")
_DOTLESS_I = str.maketrans({"\u0131": "i", "\u0307": None})


@dataclass(frozen=True, slots=True)
class RatingMap:
    """A map from the words of a rating to a label; made by `read_ratings`.

    Parameters
    ----------
    version : str
        Of the map that ships; with the user's own entries, followed by ``+`` and the name of their file.
    labels : mapping of str to str
        Folded words to SUPPORTS, REFUTES, NOT ENOUGH INFO or, for ratings that shall have no label, the empty string.
    """

    version: str
    labels: Mapping[str, str]

    def label(self, rating: str) -> str:
        """Return what a rating says of the claim, the empty string when the map does not know it.

        Examples
        --------
        >>> ratings = read_ratings()
        >>> [ratings.label(words) for words in ("FALSE.", "half-true", "True, but not in winter")]
        ['REFUTES', 'NOT ENOUGH INFO', '']
        """
        return self.labels.get(_folded(rating), "")


def read_ratings(path: str | Path | None = None) -> RatingMap:
    """Read the map that ships and, over it, the user's own.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file with a list of ratings under each label (`SUPPORTS`, `REFUTES`, ``"NOT ENOUGH INFO"``), or under ``""`` those
        that shall have none; or CSV or JSON Lines with the columns ``rating`` and ``label``.

    Raises
    ------
    InputError
        When the file cannot be read, names another label, or gives one rating two labels.
    """
    ours = _parse_toml(shipped("ratings.toml").read_bytes(), "data/ratings.toml")
    if path is None:
        return ours
    theirs = _read_own(Path(path))
    return replace(ours, version=f"{ours.version}+{Path(path).name}", labels={**ours.labels, **theirs.labels})


def _read_own(path: Path) -> RatingMap:
    if path.suffix.lower() != ".toml":
        table = read_table(path, str(path))
        if table.problems:
            raise InputError(f"{table.problems[0]}")
        if not {"rating", "label"} <= set(table.columns):
            raise InputError(f"{path}: a map of ratings needs the columns rating and label; seen: {', '.join(table.columns) or 'none'}")
        pairs = ((f"row {number}", row.get("rating", ""), row.get("label", "")) for number, row in table.rows)
        return RatingMap("", _labels(pairs, str(path)))
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: is larger than {MAX_BYTES // 2**20} MB; a map of ratings is a small file")
        return _parse_toml(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}; give a TOML or CSV file") from error


def _parse_toml(raw: bytes, name: str) -> RatingMap:
    try:
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: is not TOML: {error}; see docs/claimreview.md") from error
    version = str(content.pop("version", ""))
    for label, words in content.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise InputError(f'{name}: {label!r} must be a list of ratings in quotes, as in REFUTES = ["false"]')
    pairs = ((f"list {label!r}", word, label) for label, words in content.items() for word in words)
    return RatingMap(version, _labels(pairs, name))


def _labels(pairs: Iterable[tuple[str, str, str]], name: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for place, rating, label in pairs:
        words, wanted = _folded(rating), label.strip().upper()
        if wanted and wanted not in STANCES:
            raise InputError(f"{name}: {place}: {label!r} is no label; use {', '.join(STANCES)}, or leave it empty for none")
        if not words:
            raise InputError(f"{name}: {place}: the rating is empty; write the words of a rating or take it out")
        if labels.setdefault(words, wanted) != wanted:
            raise InputError(f"{name}: {place}: {rating!r} stands under {labels[words]!r} too; keep one of the two")
    return labels


def _folded(rating: str) -> str:
    """Return the words of a rating in one form: case, width, marks around them and the kind of space say nothing."""
    text = unicodedata.normalize("NFKC", rating).casefold().translate(_DOTLESS_I)
    text = _SPACE.sub(" ", text.replace("\u2019", "'"))
    return text.strip(_QUOTES).rstrip(".!\u3002" + _QUOTES)


# ---------------------------------------------------------------------------------------------------------------------
# Numbers
# ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """What the number of a rating says.

    Parameters
    ----------
    label : str
        REFUTES at the worst end of the scale, SUPPORTS at the best, NOT ENOUGH INFO between; empty when it says nothing.
    fault : str
        Why it says nothing: ``sentinel``, ``no_scale``, ``reversed_scale``, ``out_of_scale``; empty when there is no number or it is good.
    """

    label: str = ""
    fault: str = ""


def read_number(value: Any, best: Any = None, worst: Any = None) -> Number:
    """Read the number of a rating on its scale.

    Parameters
    ----------
    value, best, worst : object
        ``ratingValue``, ``bestRating``, ``worstRating`` as they came, numbers or strings. Ends that are absent are 5 and 1, as
        schema.org has it.

    Returns
    -------
    Number
        A scale whose best is below its worst says nothing: as many publishers mean it as have mixed the two up.

    Examples
    --------
    >>> read_number("1", 5, 1).label, read_number(-1, -1, -1).fault, read_number(1, 1, 5).fault
    ('REFUTES', 'sentinel', 'reversed_scale')
    """
    number, top, bottom = number_of(value), number_of(best), number_of(worst)
    if number is None:
        return Number()
    top, bottom = 5.0 if top is None else top, 1.0 if bottom is None else bottom
    faults = {
        "sentinel": number == -1 and (bottom >= 0 or top == bottom == -1),
        "no_scale": top == bottom,
        "reversed_scale": top < bottom,
        "out_of_scale": not min(top, bottom) <= number <= max(top, bottom),
    }
    if fault := next((name for name, there in faults.items() if there), ""):
        return Number(fault=fault)
    return Number(Label.REFUTES.value if number == bottom else Label.SUPPORTS.value if number == top else Label.NOT_ENOUGH_INFO.value)


def number_of(value: Any) -> float | None:
    """Return a finite number, given as one or in a string, None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value.strip().replace(",", ".")[:40] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
