"""Quantities are read with unit, hedge and bound, and compared as ranges; templates in the manner of CheckList."""

from datetime import date
from math import inf

import pytest

from factcheck.features import NUMBERS, PairFeatures
from factcheck.quantities import DATE, SHARE, clashes, quantities


def read(text):
    return [(round(q.low, 6), round(q.high, 6), q.unit) for q in quantities(text)]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("It takes 90 minutes", 5400, "s"),
        ("It takes about an hour and a half", 5400, "s"),
        ("It takes half an hour", 1800, "s"),
        ("a 5-year-old child", 5 * 31_557_600, "s"),
        ("It weighs 1.5kg", 1.5, "kg"),
        ("waves of 3.5GHz", 3.5e9, "Hz"),
        ("heated to 132 degrees Fahrenheit", 55.555556, "°C"),
        ("heated to 56 °C", 56, "°C"),
        ("It cost $5 million", 5e6, "$"),
        ("one hundred and five thousand cases", 105_000, "case"),
        ("twenty-five people", 25, "people"),
        ("half a dozen crews", 6, "crew"),
        ("half a million deaths", 500_000, "death"),
        ("one point six watts", 1.6, "W"),
        ("80 000 workers", 80_000, "worker"),
        ("1,234,567 tests", 1_234_567, "test"),
        ("5 percent", 5, SHARE),
        ("5 per cent", 5, SHARE),
        ("1 in 5 adults", 20, SHARE),
        ("three out of four doctors", 75, SHARE),
        ("3/4 of doctors", 75, SHARE),
        ("two thirds of adults", 66.666667, SHARE),
        ("half of all adults", 50, SHARE),
    ],
)
def test_a_value_is_read_in_its_base_unit(text, value, unit):
    assert read(text) == [(value, value, unit)]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("at least 20 seconds", 20, inf),
        ("more than 20 seconds", 20, inf),
        ("20 seconds or more", 20, inf),
        ("up to 20 seconds", -inf, 20),
        ("fewer than 20 seconds", -inf, 20),
        ("20 seconds or less", -inf, 20),
        ("between 20 and 30 seconds", 20, 30),
        ("20 to 30 seconds", 20, 30),
        ("20-30 seconds", 20, 30),
        ("1 to 2 minutes", 60, 120),
    ],
)
def test_a_bound_or_a_range_has_two_ends(text, low, high):
    assert read(text) == [(low, high, "s")]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("on 11 March 2020", date(2020, 3, 11), date(2020, 3, 11)),
        ("on March 11th, 2020", date(2020, 3, 11), date(2020, 3, 11)),
        ("on 2020-03-11", date(2020, 3, 11), date(2020, 3, 11)),
        ("in December 2020", date(2020, 12, 1), date(2020, 12, 31)),
        ("in 2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("summer of '98", date(1998, 1, 1), date(1998, 12, 31)),
        ("in the 1990s", date(1990, 1, 1), date(1999, 12, 31)),
    ],
)
def test_a_date_is_a_range_of_days(text, first, last):
    assert read(text) == [(first.toordinal(), last.toordinal(), DATE)]


@pytest.mark.parametrize(
    "text", ["5G spreads COVID-19", "H1N1", "mRNA-1273", "the 2nd dose", "B12", "One must not", "no one", "on 2020-02-31"]
)
def test_a_name_or_a_word_or_no_day_is_no_quantity(text):
    assert not quantities(text)


def test_what_looks_like_a_year_may_count():
    assert read("2000 people") == [(2000, 2000, "people")]
    assert read("more than 2000 died")[0][2] != DATE


@pytest.mark.parametrize("minutes", [5, 15, 90])
@pytest.mark.parametrize("frame", ["The test takes {}", "Wait {} first", "It was over after {}"])
def test_the_same_time_in_other_units_agrees_and_another_does_not(frame, minutes):
    claim = quantities(frame.format(f"{minutes} minutes"))
    assert clashes(claim, quantities(f"It needs {minutes * 60} seconds")) == (1, 0)
    assert clashes(claim, quantities(f"It needs {minutes / 60:.4f} hours")) == (1, 0)
    assert clashes(claim, quantities(f"It needs {minutes} seconds")) == (0, 1)
    assert clashes(claim, quantities(f"It needs {minutes * 2} minutes")) == (0, 1)


@pytest.mark.parametrize(
    ("claim", "statement", "expected"),
    [
        ("about 100 people", "110 people", (1, 0)),
        ("100 people", "110 people", (0, 1)),
        ("exactly 100 people", "101 people", (0, 1)),
        ("100 people", "101 people", (1, 0)),
        ("at least 100 people", "300 people", (1, 0)),
        ("fewer than 100 people", "300 people", (0, 1)),
        ("more than 100 people", "90 people", (0, 1)),
        ("100 people", "300 masts", (0, 0)),
        ("100 patients", "300 people", (0, 1)),
        ("a third of adults", "33 percent of adults", (1, 0)),
        ("a third of adults", "60% of adults", (0, 1)),
        ("in March 2020", "on 11 March 2020", (1, 0)),
        ("in 2021", "on 11 March 2020", (0, 1)),
        ("5 dollars", "6 euros", (0, 0)),
        ("20 seconds", "10 and 20 seconds", (1, 0)),
    ],
)
def test_quantities_of_one_unit_are_compared_as_ranges(claim, statement, expected):
    assert clashes(quantities(claim), quantities(statement)) == expected


def test_a_distance_is_a_ratio_of_values_and_the_years_between_dates():
    [ten], [twenty] = quantities("10 km"), quantities("20 km")
    assert ten.distance(twenty) == pytest.approx(0.693, abs=0.001)
    [then], [later] = quantities("in 2010"), quantities("in 2013")
    assert then.distance(later) == pytest.approx(2, abs=0.01)
    assert ten.distance(then) == 0


@pytest.mark.parametrize(
    ("claim", "contradicted"),
    [
        ("The Earth is 6,000 years old", True),
        ("The Earth is not 6,000 years old", False),
        ('"The Earth is 6,000 years old" is wrong', False),
        ("It isn't 6,000 years old, it is about 4.5 billion years old", False),
        ("The Earth is very old", False),
    ],
)
def test_only_what_a_claim_says_itself_is_contradicted(claim, contradicted):
    known = [(claim, "The Earth is about 4.54 billion years old"), ("Wait 5 minutes", "Wait 6 minutes"), ("Wait", "Go")]
    row = PairFeatures().fit(known).transform(known).toarray()[:, NUMBERS.index("quantities_only_differ")]
    assert row[0] == (row[1] if contradicted else row[2])
