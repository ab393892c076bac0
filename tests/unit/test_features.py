"""Pair features by their contract alone: shape, finiteness, and what must and must not make a difference."""

import time

import numpy as np
import pytest
from scipy import sparse

from factcheck.features import TRAITS, PairFeatures, profile, traits

PAIRS = [
    ("5G spreads COVID-19", "Radio waves cannot carry viruses"),
    ("Masks help", "Masks reduce the spread of infections"),
    ("Measles killed 3.5% of them in 2019", "Measles killed 1% of them in 2018"),
    ("The Earth is flat", "The Earth is nearly a sphere"),
]
ODD = [
    "",
    "   ",
    "🙂",
    "?",
    "not",
    "#NoMasks",
    "https://example.org",
    "5G",
    "1",
    "\u200b",
    "Вакцины",
    "A",
    "no " * 50,
    "x" * 5000,
    "\ud800",
]


@pytest.fixture(scope="module")
def features():
    return PairFeatures().fit(PAIRS)


def rows(features, *pairs):
    return features.transform(list(pairs)).toarray()


def test_each_pair_gives_one_row_as_wide_as_promised(features):
    matrix = features.transform(PAIRS)
    assert sparse.issparse(matrix)
    assert matrix.shape == (len(PAIRS), features.width)


def test_no_pairs_give_a_matrix_without_rows(features):
    assert features.transform([]).shape == (0, features.width)


@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_on_either_side_gives_finite_numbers(features, text):
    matrix = features.transform([(text, PAIRS[0][1]), (PAIRS[0][0], text), (text, text)])
    assert matrix.shape == (3, features.width)
    assert np.isfinite(matrix.data).all()


def test_fitting_on_no_pairs_or_on_one_gives_finite_numbers():
    for pairs in ([], PAIRS[:1]):
        assert np.isfinite(PairFeatures().fit(pairs).transform(PAIRS).data).all()


@pytest.mark.parametrize(
    ("claim", "other"),
    [
        ("Vaccines cause autism", "Vaccines do not cause autism"),
        ("Vaccines cause autism", "Vaccines never cause autism"),
        ("Vaccines cause autism", "It is a myth that vaccines cause autism"),
        ("Vaccines cause autism", "Vaccines cannot cause autism"),
        ("Prices increase", "Prices decrease"),
        ("It kills 3%", "It kills 30%"),
        ("It began in 2018", "It began in 2019"),
    ],
)
def test_what_turns_the_meaning_of_a_claim_round_changes_its_row(features, claim, other):
    statement = "Vaccines do not cause autism, prices increase, it kills 3% and it began in 2018"
    one, two = rows(features, (claim, statement), (other, statement))
    assert not np.allclose(one, two)


def test_claim_and_statement_are_not_exchangeable(features):
    claim, statement = PAIRS[0]
    one, two = rows(features, (claim, statement), (statement, claim))
    assert not np.allclose(one, two)


@pytest.mark.parametrize(
    ("plain", "disguised"),
    [
        ("vaccines cause autism", "v@ccines c4use aut1sm"),
        ("vaccines cause autism", "ｖａccines  cause\u200b autism"),
        ("vaccines cause autism", "vассinеs cause autism"),
        ("masks do not work", "masks don’t work"),
    ],
)
def test_a_disguised_claim_has_the_row_of_the_plain_one(features, plain, disguised):
    one, two = rows(features, (plain, PAIRS[0][1]), (disguised, PAIRS[0][1]))
    np.testing.assert_allclose(one, two)


def test_a_row_does_not_depend_on_the_pairs_beside_it(features):
    together = features.transform(PAIRS)
    for position in range(len(PAIRS)):
        alone = features.transform([PAIRS[position]])
        np.testing.assert_array_equal(alone.toarray(), together[position].toarray())


def test_two_fits_on_the_same_pairs_give_the_same_rows(features):
    again = PairFeatures().fit(list(PAIRS))
    np.testing.assert_array_equal(again.transform(PAIRS).toarray(), features.transform(PAIRS).toarray())


def test_a_word_that_fit_never_saw_still_counts(features):
    statement = "Masks reduce the spread of infections"
    one, two = rows(features, ("Masks reduce infections", statement), ("Masks reduce zorbification", statement))
    assert not np.allclose(one, two)


@pytest.mark.parametrize("text", ["1 2 3 " * 830, "1-" * 2_490, "'98 " * 1_240])
def test_a_text_of_nothing_but_numbers_takes_no_time(text):
    """Looking for the negation of each number through all that stands before it took five seconds."""
    start = time.perf_counter()
    profile(text)
    assert time.perf_counter() - start < 1.5


def test_a_claim_denies_in_more_words_than_a_pair_counts():
    """The rule sees them, the shipped models learned without them."""
    seen = dict(zip(TRAITS, traits("Satellites disprove the flat Earth, and data contradict it"), strict=True))
    assert seen["denials"] == 2.0
    assert profile("Satellites disprove the flat Earth").counts[1] == 0
