"""Read quantities and dates in a text, with their units and hedges, and compare them.

"About 20 minutes", "at least a third", "between 5 and 10 km", "in March 2020": each becomes a range in the base unit of what it
measures, so that 90 minutes and an hour and a half are the same, and 20 seconds and 20 minutes are not. English only. What the text
calls a thing (COVID-19, 5G, H1N1, mRNA-1273, 4th) is no quantity.
"""

from __future__ import annotations

import re
from calendar import month_abbr, month_name
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf, isfinite, log

_EXACT = 0.03
"""Relative difference up to which two numbers are the same: one of them may be rounded."""
_ABOUT = 0.2
"""The same where one of them is hedged."""

_TINY = 1e-9

DATE = "date"
"""Unit of a point in time, in days since the year 1."""
SHARE = "%"
"""Unit of percentages and fractions."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A range of values of one unit.

    Parameters
    ----------
    low, high : float
        In the base unit (s, m, kg, °C, %, ...), the same where the text gives one value, infinite where it gives one end.
    unit : str
        Base unit, `DATE`, `SHARE`, what is counted (a noun in the singular), or nothing.
    slack : float
        Relative difference up to which another value is the same; where one of the two is exact, none.
    start, end : int
        Where it stands in the text.
    """

    low: float
    high: float
    unit: str
    slack: float
    start: int
    end: int

    def agrees(self, other: Quantity) -> bool | None:
        """Tell whether two quantities can be the same, None where they measure different things."""
        if self.unit != other.unit and not (self.unit in _PEOPLE and other.unit in _PEOPLE):
            return None
        slack = max(self.slack, other.slack) if self.slack and other.slack else 0.0
        low, high = max(self.low, other.low), min(self.high, other.high)
        if self.unit == DATE:
            return low <= high
        return low <= high + (slack * max(abs(low), abs(high)) if isfinite(low) and isfinite(high) else 0.0)

    def distance(self, other: Quantity) -> float:
        """Return how far two quantities of one unit lie apart: the logarithm of their ratio, of dates the years; 0 where they agree."""
        if self.agrees(other) is not False:
            return 0.0
        low, high = max(self.low, other.low), min(self.high, other.high)
        if self.unit == DATE:
            return (low - high) / 365.25
        return abs(log((abs(low) + _TINY) / (abs(high) + _TINY)))


# Base unit -> factor or function of each way to write a unit.
_MEASURES: dict[str, dict[str, float]] = {
    "s": {
        "millisecond milliseconds ms": 1e-3, "second seconds sec secs s": 1, "minute minutes min mins": 60, "hour hours hr hrs h": 3600,
        "day days": 86_400, "week weeks": 604_800, "fortnight": 1_209_600, "month months": 2_629_800, "year years yr yrs": 31_557_600,
        "decade decades": 315_576_000, "century centuries": 3_155_760_000,
    },
    "m": {
        "nanometre nanometres nanometer nanometers nm": 1e-9, "micrometre micrometres micrometer micrometers micron microns µm μm um": 1e-6,
        "millimetre millimetres millimeter millimeters mm": 1e-3, "centimetre centimetres centimeter centimeters cm": 1e-2,
        "metre metres meter meters m": 1, "kilometre kilometres kilometer kilometers km kms": 1e3, "inch inches": 0.0254,
        "foot feet ft": 0.3048, "yard yards": 0.9144, "mile miles": 1609.344,
    },
    "kg": {
        "microgram micrograms mcg µg μg ug": 1e-9, "milligram milligrams mg": 1e-6, "gram grams gramme grammes g": 1e-3,
        "kilogram kilograms kilo kilos kg": 1, "tonne tonnes ton tons": 1e3, "gigatonne gigatonnes gigaton gigatons gt": 1e12,
        "ounce ounces oz": 0.02835, "pound pounds lb lbs": 0.4536,
    },
    "l": {"millilitre millilitres milliliter milliliters ml": 1e-3, "litre litres liter liters l": 1, "gallon gallons": 3.785},
    "Hz": {"hertz hz": 1, "kilohertz khz": 1e3, "megahertz mhz": 1e6, "gigahertz ghz": 1e9, "terahertz thz": 1e12},
    "W": {"milliwatt milliwatts mw": 1e-3, "watt watts w": 1, "kilowatt kilowatts kw": 1e3, "megawatt megawatts": 1e6, "gigawatt gigawatts gw": 1e9},
    "B": {"kilobyte kilobytes kb": 1e3, "megabyte megabytes mb": 1e6, "gigabyte gigabytes gb": 1e9, "terabyte terabytes tb": 1e12},
    "kcal": {"calorie calories kcal kilocalorie kilocalories": 1},
    "ppm": {"ppm": 1, "ppb": 1e-3},
    "Sv": {"sievert sieverts sv": 1, "millisievert millisieverts msv": 1e-3},
    "°": {"degree degrees": 1},
    "°C": {"°c celsius": 1},
    SHARE: {"% percent percents pct": 1, "percentage": 1},
    "$": {"dollar dollars usd": 1},
    "€": {"euro euros eur": 1},
    "£": {"gbp": 1},
    "times": {"times fold": 1},
}  # fmt: skip
_UNITS = {name: (base, factor) for base, table in _MEASURES.items() for names, factor in table.items() for name in names.split()}
_PEOPLE = frozenset("person people patient adult participant human individual".split())
_ATTACHABLE = {name for name in _UNITS if len(name) <= 3 or name in {"fold", "percent"}} - {"g", "s", "h", "w", "l"}
"""Units that are written right behind the number; a single letter there is part of a name, such as 5G or 3D."""

_ONES = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_SCALES = {
    "hundred": 1e2, "dozen": 12.0, "dozens": 12.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "bn": 1e9, "mln": 1e6, "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9,
}  # fmt: skip
_FRACTIONS = {
    "half": 1 / 2,
    "halves": 1 / 2,
    "third": 1 / 3,
    "quarter": 1 / 4,
    "fifth": 1 / 5,
    "sixth": 1 / 6,
    "eighth": 1 / 8,
    "tenth": 1 / 10,
}
_FRACTIONS |= {f"{name}s": value for name, value in _FRACTIONS.items() if not name.startswith("hal")}
_MONTHS = {name.lower(): i for names in (month_name, month_abbr) for i, name in enumerate(names) if name} | {"sept": 9}
_NO_NOUN = frozenset(
    "of in on at to for from by with and or but as than that the a an is are was were be been has have had will would can could may might must it "
    "they he she we you i this these those not no more less fewer most all after before per over under later ago old long since until when while if "
    "so then there here out about only also just even into up down during between within without i.e e.g new other such".split()
)

_FROM = "at least|no less than|no fewer than|not less than|minimum of|more than|greater than|higher than|larger than|longer than|above|exceed|exceeds|exceeding|exceeded|upwards of"
_TO = "at most|no more than|not more than|maximum of|less than|fewer than|lower than|shorter than|smaller than|below|under|up to|as many as|as much as|within"
_HEDGED = "about|around|roughly|approximately|approx|approx.|nearly|almost|circa|some|close to|over|an estimated|estimated|~|≈|c."
_JOINED = re.compile(r"-([^\W\d_]+)")
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_SHORT_SCALES = {"k": 1e3, "bn": 1e9, "m": 1e6}
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_TEMPORAL = frozenset("in since by of until from during before after".split())
_BEFORE = re.compile(
    "(?:^|(?<=[\\s(,]))(?:"
    + "|".join(
        f"(?P<{kind}>{'|'.join(map(re.escape, words.split('|')))})"
        for kind, words in (("from", _FROM), ("to", _TO), ("about", _HEDGED), ("exact", "exactly|precisely"))
    )
    + r")\s*(?:the |a |an )?$"
)
"""A bound or a hedge right before a quantity. "Over" is a hedge: over two weeks may be during two weeks."""
_NEAR = 24
"""Characters before a quantity within which a bound stands."""
_BETWEEN = re.compile(r"between\s+$")
_MORE = re.compile(r"\s*(?:or|and) (?:more|over|above|older|longer|higher|up)\b")
_LESS = re.compile(r"\s*or (?:less|fewer|under|younger|lower)\b")
_NUMBER = r"\d{1,3}(?:[, ]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_FIRST_NUMBER = re.compile(_NUMBER)
_TOKEN = re.compile(
    rf"""(?P<iso>\d{{4}}-\d\d-\d\d)(?!\d)
    | (?P<money>[$€£])\s?(?P<amount>{_NUMBER})
    | (?<=\s)'(?P<short>\d\d)(?![\w'])
    | (?<![\w.,$€£-])(?P<decade>(?:1[5-9]|20)\d0)s\b
    | (?<![\w.])(?<![^\W\d_]-)(?P<sign>(?<![\d)])[-−](?=\d))?(?P<number>{_NUMBER})(?P<attached>[^\W\d_]+(?!\w)|%|°\s?[CcFf]\b|°|\+)?
    | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)
    | (?P<other>\S)
    """,
    re.VERBOSE,
)


_HINT = re.compile(rf"\d|\b(?:{'|'.join((*_ONES, *_TENS, *_SCALES, *_FRACTIONS))})\b")
"""What a text must have to hold a quantity."""


@dataclass(slots=True)
class _Token:
    kind: str
    """number, ordinal, word, date or other."""
    start: int
    end: int
    word: str = ""
    value: float = 0.0
    unit: str = ""
    """What is written right at the number."""
    until: float = 0.0


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities and dates of a text, in its order.

    Parameters
    ----------
    text : str
        Best after `text.normalize`, which folds odd digits and signs.

    Examples
    --------
    >>> [(q.low, q.high, q.unit) for q in quantities("It takes about an hour and a half, or 90 minutes, not 5G")]
    [(5400.0, 5400.0, 's'), (5400.0, 5400.0, 's')]
    >>> [(round(q.low), q.high, q.unit) for q in quantities("At least two thirds of 1,200 people")]
    [(67, inf, '%'), (1200, 1200.0, 'people')]
    """
    text = text.lower()
    if not _HINT.search(text):
        return ()
    tokens = list(_tokens(text))
    found: list[Quantity] = []
    at = 0
    while at < len(tokens):
        read = _date(tokens, at) or _number(tokens, at)
        if read is None:
            at += 1
            continue
        low, high, unit, after = read
        start, end = tokens[at].start, tokens[after - 1].end
        found.append(_bounded(text, low, high, unit, start, end))
        at = after
    return tuple(_joined(found, text))


def clashes(claim: Sequence[Quantity], statement: Sequence[Quantity]) -> tuple[int, int]:
    """Return how many quantities of a claim the statement has, and how many it only has otherwise.

    Parameters
    ----------
    claim, statement : sequence of Quantity

    Examples
    --------
    >>> clashes(quantities("Wash for 20 minutes"), quantities("Wash your hands for at least 20 seconds"))
    (1, 0)
    >>> clashes(quantities("Wash for 5 seconds"), quantities("Wash your hands for at least 20 seconds"))
    (0, 1)
    """
    same = differ = 0
    for quantity in claim:
        compared = [verdict for other in statement if (verdict := quantity.agrees(other)) is not None]
        same += any(compared)
        differ += bool(compared) and not any(compared)
    return same, differ


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match["iso"]:
            try:
                day = date.fromisoformat(match["iso"]).toordinal()
            except ValueError:
                continue
            yield _Token("date", start, end, value=day, until=day)
        elif match["money"]:
            yield _Token("number", start, end, value=_float(match["amount"]), unit=match["money"])
        elif match["short"]:  # '98
            year = int(match["short"]) + (2000 if int(match["short"]) < 50 else 1900)
            yield _Token("date", start, end, value=date(year, 1, 1).toordinal(), until=date(year, 12, 31).toordinal())
        elif match["decade"]:
            year = int(match["decade"])
            yield _Token("date", start, end, value=date(year, 1, 1).toordinal(), until=date(year + 9, 12, 31).toordinal())
        elif match["number"]:
            attached = (match["attached"] or "").replace(" ", "")
            unit = not attached or attached[0] in "%°+" or attached in _ATTACHABLE or attached in _SHORT_SCALES
            joined = _JOINED.match(text, end)
            kind = "ordinal" if attached in _ORDINAL else "number" if unit and (not joined or joined[1] in _UNITS) else "other"
            value = _float(match["number"]) * (-1 if match["sign"] else 1)
            yield _Token(kind, start, end, word=match["number"], value=value, unit=attached)
        elif match["word"]:
            yield _Token("word", start, end, word=match["word"])
        else:
            yield _Token("other", start, end, word=match["other"])


def _float(digits: str) -> float:
    return float(digits.replace(",", "").replace(" ", ""))


def _word(tokens: Sequence[_Token], at: int) -> str:
    return tokens[at].word if at < len(tokens) and tokens[at].kind == "word" else ""


def _date(tokens: Sequence[_Token], at: int) -> tuple[float, float, str, int] | None:
    """Return a date as days, its unit, and where the text goes on: 11 March 2020, March 11th, 2020, March 2020, in 2020, 1990s."""
    token = tokens[at]
    if token.kind == "date":
        return token.value, token.until, DATE, at + 1
    day = _day(tokens, at) if _word(tokens, at + 1) in _MONTHS else 0
    after = at + (day > 0)
    month = _MONTHS.get(_word(tokens, after), 0)
    after += month > 0
    if month and not day and (day := _day(tokens, after)):
        after += 1
        after += after < len(tokens) and tokens[after].word == ","
    year = _year(tokens, after)
    if not year or not (month or _alone(tokens, after)):
        return None
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    following = first if day else date(year + (month in {0, 12}), month % 12 + 1 if month else 1, 1)
    return first.toordinal(), following.toordinal() - (not day), DATE, after + 1


def _day(tokens: Sequence[_Token], at: int) -> int:
    """Return a day of a month, 0 where there is none."""
    token = tokens[at] if at < len(tokens) else None
    said = token and (token.kind == "ordinal" or (token.kind == "number" and not token.unit and token.word.isdigit()))
    return int(token.value) if token and said and 1 <= token.value <= 31 else 0


def _year(tokens: Sequence[_Token], at: int) -> int:
    """Return a year, 0 where there is none."""
    token = tokens[at] if at < len(tokens) else None
    return int(token.value) if token and token.kind == "number" and not token.unit and _YEAR.fullmatch(token.word) else 0


def _alone(tokens: Sequence[_Token], at: int) -> bool:
    """Tell whether a number that could be a year is one, and counts nothing, as in "2000 people"."""
    before, follows = _word(tokens, at - 1) if at else "", _word(tokens, at + 1)
    if before in {"about", "than"} or follows in _UNITS or follows in _SCALES:
        return False
    return not follows or follows in _NO_NOUN or before in _TEMPORAL


def _number(tokens: Sequence[_Token], at: int) -> tuple[float, float, str, int] | None:
    """Return a value twice, its unit, and where the text goes on."""
    read = _value(tokens, at)
    if read is None:
        return None
    value, unit, after = read
    if unit in {"", "+", "°"} or unit in _SCALES:
        unit, factor, after, noun = _unit(tokens, after, unit)
    else:
        base, factor = _UNITS.get(unit, (unit, 1.0))
        unit, noun = base, ""
    value *= factor
    if unit == "°F":
        value, unit = (value - 32) / 1.8, "°C"
    if unit in {"s", "m", "kg", "l"} and _words(tokens, after, "and", "a", "half"):
        value, after = value + factor / 2, after + 3
    return value, value, unit or noun, after


def _words(tokens: Sequence[_Token], at: int, *expected: str) -> bool:
    return all(_word(tokens, at + i) == word for i, word in enumerate(expected))


def _value(tokens: Sequence[_Token], at: int) -> tuple[float, str, int] | None:  # noqa: PLR0911
    """Return number, unit written at it, and where the text goes on; digits, words, fractions, "2 in 3", "a third of"."""
    token = tokens[at]
    if token.kind == "number":
        value, unit, after = token.value, token.unit, at + 1
        if unit in {"k", "bn"} or (unit == "m" and at and tokens[at - 1].word in {"$", "€", "£"}):
            value, unit = value * _SHORT_SCALES[unit], ""
        part = _part(tokens, after, value) if not unit else None
        if part:
            return part
        while _word(tokens, after) in _SCALES:
            value, after = value * _SCALES[tokens[after].word], after + 1
        return value, unit, after
    word = _word(tokens, at)
    if word in {"a", "an", "one"} and _word(tokens, at + 1) in _FRACTIONS:
        return 100 * _FRACTIONS[tokens[at + 1].word], "%", at + 2
    if word == "half":
        if _words(tokens, at + 1, "a", "dozen"):
            return 6.0, "", at + 3
        if _word(tokens, at + 1) in {"a", "an"} and _word(tokens, at + 2) in _SCALES:
            return _SCALES[tokens[at + 2].word] / 2, "", at + 3
        if _word(tokens, at + 1) in {"a", "an"} and _word(tokens, at + 2) in _UNITS:
            return 0.5, "", at + 2
        return (50.0, "%", at + 1) if _word(tokens, at + 1) in {"of", "the", "all"} else None
    if word in {"a", "an"} and _word(tokens, at + 1) in _SCALES:
        return _SCALES[tokens[at + 1].word], "", at + 2
    if word in {"a", "an"} and _word(tokens, at + 1) in _UNITS and _word(tokens, at + 1) not in {"second", "minute", "foot", "pound"}:
        return (1.0, "", at + 1) if _words(tokens, at + 2, "and", "a", "half") else None
    return _spelled(tokens, at)


def _spelled(tokens: Sequence[_Token], at: int) -> tuple[float, str, int] | None:
    """Return a number in words, such as "one hundred and twenty-five thousand"."""
    total = current = 0.0
    after, seen = at, False
    while word := _word(tokens, after):
        if word in _ONES or word in _TENS:
            current += _ONES.get(word, _TENS.get(word, 0))
        elif word in _SCALES and seen:
            current *= _SCALES[word]
            if _SCALES[word] >= 1e3:
                total, current = total + current, 0.0
        elif word in _FRACTIONS and seen:
            return 100 * (total + current) * _FRACTIONS[word], "%", after + 1
        elif not (
            word == "and"
            and seen
            and tokens[after - 1].word in _SCALES
            and (_word(tokens, after + 1) in _ONES or _word(tokens, after + 1) in _TENS)
        ):
            break
        seen = True
        after += 1
        if after < len(tokens) and tokens[after].word == "-" and _word(tokens, after + 1) in (_ONES | _FRACTIONS):
            after += 1
    if not seen:
        return None
    value = total + current
    if _word(tokens, after) == "point":
        value, after = _decimals(tokens, after + 1, value)
    if part := _part(tokens, after, value):
        return part
    if value == 1 and not (_word(tokens, after) in _UNITS or after - at > 1):
        return None  # "one" is more often a pronoun than a number
    return value, "", after


def _decimals(tokens: Sequence[_Token], at: int, value: float) -> tuple[float, int]:
    """Return a number with the digits that are said after its point, and where the text goes on."""
    weight = 0.1
    while (digit := _ONES.get(_word(tokens, at), 10)) < 10:
        value, weight, at = value + digit * weight, weight / 10, at + 1
    return value, at


def _part(tokens: Sequence[_Token], at: int, value: float) -> tuple[float, str, int] | None:
    """Return "VALUE in 5", "VALUE out of 10" or "VALUE/4" as a share."""
    after = (
        at + 1
        if _word(tokens, at) == "in"
        else at + 2
        if _words(tokens, at, "out", "of")
        else at + 1
        if at < len(tokens) and tokens[at].word == "/"
        else 0
    )
    if not after or after >= len(tokens):
        return None
    whole = tokens[after].value if tokens[after].kind == "number" and not tokens[after].unit else float(_ONES.get(tokens[after].word, 0))
    after += 1
    while _word(tokens, after) in _SCALES:
        whole, after = whole * _SCALES[tokens[after].word], after + 1
    return (100 * value / whole, "%", after) if whole > 1 and value <= whole and not _YEAR.fullmatch(f"{whole:g}") else None


def _unit(tokens: Sequence[_Token], at: int, attached: str) -> tuple[str, float, int, str]:
    """Return base unit, factor, where the text goes on, and the noun that is counted where there is no unit."""
    at += at < len(tokens) and tokens[at].word == "-" and bool(_word(tokens, at + 1))
    if at < len(tokens) and tokens[at].word in {"%", "°"}:
        attached, at = tokens[at].word, at + 1
    if attached == "%":
        return SHARE, 1.0, at, ""
    word = _word(tokens, at)
    if word == "per" and _word(tokens, at + 1) == "cent":
        return SHARE, 1.0, at + 2, ""
    if word in {"degree", "degrees"} or attached.startswith("°"):
        at += word in {"degree", "degrees"}
        scale = attached[1:] or _word(tokens, at)[:1] * (_word(tokens, at) in {"c", "f", "celsius", "fahrenheit", "centigrade"})
        at += not attached[1:] and bool(scale)
        return ("°F" if scale == "f" else "°C" if scale == "c" else "°"), 1.0, at, ""
    if word in _UNITS:
        base, factor = _UNITS[word]
        return base, factor, at + 1, ""
    if not word or word in _NO_NOUN:
        return "", 1.0, at, ""
    return "", 1.0, at, _singular(word)


def _singular(noun: str) -> str:
    if noun.endswith("ies") and len(noun) > 4:
        return f"{noun[:-3]}y"
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "us", "is")) else noun


def _bounded(text: str, low: float, high: float, unit: str, start: int, end: int) -> Quantity:
    """Return a quantity with what stands before it: a bound or a hedge."""
    before = _BEFORE.search(text, max(0, start - _NEAR), start)
    kind = before.lastgroup if before else ""
    slack = _ABOUT if kind == "about" else 0.0 if kind == "exact" else _EXACT
    if unit == DATE:
        return Quantity(low, high, unit, 0.0, start, end)
    if text[end - 1] == "+" or kind == "from" or _MORE.match(text, end):
        high = inf
    elif kind == "to" or _LESS.match(text, end):
        low = -inf
    return Quantity(low, high, unit, slack, start, end)


def _joined(found: Sequence[Quantity], text: str) -> Iterator[Quantity]:
    """Yield the quantities, two ends of a range as one: "5 to 10 km", "between 5 and 10 %"."""
    at = 0
    while at < len(found):
        first = found[at]
        second = found[at + 1] if at + 1 < len(found) else None
        between = text[first.end : second.start].strip() if second else ""
        ranged = between in {"to", "-", "–"} or (between == "and" and _BETWEEN.search(text, max(0, first.start - _NEAR), first.start))
        if second and ranged and first.low < second.high and (first.unit == second.unit or not first.unit):
            factor = _scale_of(first, second, text)
            yield Quantity(first.low * factor, second.high, second.unit, max(first.slack, second.slack), first.start, second.end)
            at += 2
            continue
        yield first
        at += 1


def _scale_of(first: Quantity, second: Quantity, text: str) -> float:
    """Return what the first end of a range is multiplied by: in "5 to 10 km" its unit stands behind the second."""
    if second.unit in {first.unit, DATE}:
        return 1.0
    read = _FIRST_NUMBER.match(text, second.start, second.end)
    return second.high / _float(read[0]) if read and _float(read[0]) else 1.0
