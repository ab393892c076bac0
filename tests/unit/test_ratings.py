"""What a rating says: its words whole or not at all, its number only on a scale that makes sense."""

import pytest

from factcheck.errors import InputError
from factcheck.ratings import number_of, read_number, read_ratings

S, R, N = "SUPPORTS", "REFUTES", "NOT ENOUGH INFO"


@pytest.fixture(scope="module")
def ours():
    return read_ratings()


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("True", S), ("  TRUE. ", S), ("\u201ctrue\u201d", S), ("It\u2019s true", S), ("VERDADERO", S), ("\uff34\uff32\uff35\uff25", S),
        ("False", R), ("false!", R), ("Pants on Fire!", R), ("pants-fire", R), ("Faux", R), ("YANLI\u015e", R), ("Falsch.", R), ("\u00a1Falso!", R), ("Unfounded", R),
        ("Half True", N), ("half-true", N), ("Mostly_false", N), ("Mostly True", N), ("Misleading", N), ("Unproven", N), ("Partly\u00a0false", N),
    ],
)  # fmt: skip
def test_words_are_read_whatever_their_case_width_quotes_and_spaces(ours, words, label):
    assert ours.label(words) == label


@pytest.mark.parametrize(
    "words",
    ["True, but late", "not false", "Not exactly true", "true?", "false?", "Rating: false", "True/False", "half", "", "5", "untruer"],
)
def test_words_that_only_resemble_a_rating_have_no_label(ours, words):
    assert ours.label(words) == ""


def test_true_but_misleading_is_not_true(ours):
    assert ours.label("True, but misleading") != S


@pytest.mark.parametrize("label", [S, R, N])
def test_the_map_that_ships_has_ratings_of_every_label_and_a_version(ours, label):
    assert label in ours.labels.values()
    assert ours.version


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("own.csv", "label,rating\nREFUTES,Three lemons\n,True\n"),
        ("own.jsonl", '{"rating": "Three lemons", "label": "refutes"}\n{"rating": "true", "label": null}\n'),
        ("own.toml", 'REFUTES = ["three lemons"]\n"" = ["True"]\n'),
    ],
)
def test_the_users_own_map_stands_over_the_one_that_ships(tmp_path, ours, name, content):
    (tmp_path / name).write_text(content)
    own = read_ratings(tmp_path / name)
    assert [own.label(words) for words in ("Three Lemons!", "True", "False")] == [R, "", R]
    assert own.version == f"{ours.version}+{name}"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.toml", "REFUTES = [", "is not TOML"),
        ("a.toml", 'REFUTES = "false"', "must be a list"),
        ("a.toml", 'WRONG = ["false"]', "'WRONG' is no label; use SUPPORTS"),
        ("a.toml", 'REFUTES = ["x"]\nSUPPORTS = ["X."]', "stands under 'REFUTES' too"),
        ("a.toml", 'REFUTES = [" . "]', "the rating is empty"),
        ("a.csv", "rating,verdict\na,b\n", "needs the columns rating and label; seen: rating, verdict"),
        ("a.csv", "rating,label\nfalse,NO\n", "row 2: 'NO' is no label"),
        ("a.csv", "rating,label\nfalse\n", "has 1 cells"),
    ],
)
def test_a_map_that_cannot_be_used_says_where_and_what(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        read_ratings(tmp_path / name)


def test_a_missing_map_is_an_error_of_the_input(tmp_path):
    for name in ("none.toml", "none.csv"):
        with pytest.raises(InputError, match=r"none\."):
            read_ratings(tmp_path / name)


@pytest.mark.parametrize(
    ("numbers", "label", "fault"),
    [
        ((1, 5, 1), R, ""), (("5", "5", "1"), S, ""), ((3, 5, 1), N, ""), ((1,), R, ""), ((5.0,), S, ""), (("0", 10, 0), R, ""), (("4,5", 5, 1), N, ""),
        ((-1, 5, 1), "", "sentinel"), ((-1, -1, -1), "", "sentinel"), (("-1",), "", "sentinel"), ((-1, 1, -1), R, ""),
        ((1, 1, 5), "", "reversed_scale"), ((0, 0, 0), "", "no_scale"), ((7, 5, 1), "", "out_of_scale"), ((0,), "", "out_of_scale"),
        ((None,), "", ""), (("False", 5, 1), "", ""), ((True,), "", ""), (("nan",), "", ""), (([1],), "", ""), ((float("inf"),), "", ""),
    ],
)  # fmt: skip
def test_a_number_says_something_only_on_a_scale_that_makes_sense(numbers, label, fault):
    number = read_number(*numbers)
    assert (number.label, number.fault) == (label, fault)


@pytest.mark.parametrize(("value", "number"), [("1e400", None), (10**400, None), (" 2 ", 2.0), ("4/5", None), ("", None), ({}, None)])
def test_what_is_no_finite_number_is_none(value, number):
    assert number_of(value) == number
