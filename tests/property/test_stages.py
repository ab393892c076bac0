"""What holds at every stage between a text and its verdict, on any input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from factcheck.decision import VerdictRule
from factcheck.records import STANCES
from factcheck.retrieval import StatementIndex
from factcheck.verification import LinearVerifier

WORDS = "radio wave virus mask earth sphere moon honey bee vaccine autism not 5G covid-19 reduce spread".split()
PHRASE = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
TEXT = st.one_of(PHRASE, st.text(max_size=30))
BASE = st.lists(TEXT, max_size=9)
CLAIMS = st.lists(TEXT, max_size=5)


@pytest.fixture(scope="module")
def learned():
    """Word weights and measure weights of a trained index."""
    statements = ["radio wave virus", "earth sphere moon", "honey bee", "vaccine autism", "mask reduce spread", "5G covid-19"]
    claims = ["radio virus", "moon sphere", "bee", "vaccine autism not", "mask", "covid-19 5G", "reduce"]
    return StatementIndex().fit_weights(claims, statements, [0, 1, 2, 3, 4, 5, -1])


def index_with(learned, statements):
    index = StatementIndex()
    index.idf_, index.weights_, index.intercept_ = learned.idf_, learned.weights_, learned.intercept_
    return index.fit(statements)


@given(base=BASE, claims=CLAIMS, k=st.integers(0, 12), trained=st.booleans())
def test_a_search_gives_sorted_scores_in_the_unit_interval_of_distinct_statements(learned, base, claims, k, trained):
    index = index_with(learned, base) if trained else StatementIndex().fit(base)
    indices, scores = index.search(claims, k)
    assert indices.shape == scores.shape == (len(claims), min(k, len(base)))
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (np.diff(scores, axis=1) <= 0).all()
    for row in indices:
        assert len(set(row.tolist())) == len(row)
        assert set(row.tolist()) <= set(range(len(base)))


@given(base=BASE, claims=CLAIMS)
def test_measures_are_never_negative_and_finite(learned, base, claims):
    measures = index_with(learned, base).measure(claims)
    assert measures.shape[:2] == (len(claims), len(base))
    assert (measures >= 0).all()
    assert np.isfinite(measures).all()


@given(base=BASE, claims=CLAIMS, added=TEXT, position=st.integers(0, 9))
def test_an_added_statement_changes_no_other_ones_score(learned, base, claims, added, position):
    position = min(position, len(base))
    larger = [*base[:position], added, *base[position:]]
    before = by_statement(index_with(learned, base), claims)
    after = np.delete(by_statement(index_with(learned, larger), claims), position, axis=1)
    np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-15)


def by_statement(index, claims):
    indices, scores = index.search(claims, 99)
    found = np.zeros_like(scores)
    np.put_along_axis(found, indices, scores, axis=1)
    return found


@given(base=BASE, claims=CLAIMS)
def test_a_claim_finds_the_same_alone_and_among_others(learned, base, claims):
    index = index_with(learned, base)
    indices, scores = index.search(claims, 3)
    for row, claim in enumerate(claims):
        alone = index.search([claim], 3)
        np.testing.assert_array_equal(alone[0][0], indices[row])
        np.testing.assert_array_equal(alone[1][0], scores[row])


@pytest.fixture(scope="module")
def verifier():
    pairs = [("radio reduce virus", "radio not reduce virus"), ("mask reduce spread", "mask reduce spread"), ("honey bee", "earth sphere")]
    return LinearVerifier().fit(pairs * 2, ["REFUTES", "SUPPORTS", "NOT ENOUGH INFO"] * 2)


@given(pairs=st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_stances_are_probabilities_for_any_pair(verifier, pairs):
    probabilities = verifier.predict_proba(pairs)
    assert probabilities.shape == (len(pairs), 3)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)


@pytest.fixture(scope="module")
def rule():
    random = np.random.default_rng(3)
    probabilities = random.dirichlet([0.4] * 3, size=(400, 3))
    scores = -np.sort(-random.random((400, 3)), axis=1)
    truth = [STANCES[random.choice(3, p=row)] for row in probabilities[:, 0]]
    return VerdictRule(max_error=0.4, conflict=0.3).fit_gate([0.2] * 30).fit(probabilities, scores, truth, random.random(400) > 0.05)


@settings(max_examples=150)
@given(st.data())
def test_a_verdict_is_never_decisive_without_a_statement_that_passed_the_gate(rule, data):
    n, k = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 4))
    raw = data.draw(arrays.arrays(float, (n, k, 3), elements=st.sampled_from([0.0, 0.1, 1.0, 5.0, 50.0]))) + 1e-9
    probabilities = raw / raw.sum(axis=2, keepdims=True)
    scores = -np.sort(-data.draw(arrays.arrays(float, (n, k), elements=st.floats(0, 1))), axis=1)
    asserts = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    decisions = rule.decide(probabilities, scores, asserts)
    assert len(decisions) == n
    for row, (label, probability, reason, position, calibrated) in enumerate(decisions):
        assert 0 <= probability <= 1 + 1e-12
        assert calibrated.sum() == pytest.approx(1.0)
        if label == "NOT ENOUGH INFO":
            assert position == -1
            assert reason in {"no_relevant_statement", "low_probability", "not_a_claim"}
        else:
            assert asserts[row]
            assert scores[row, position] >= rule.gate_ > 0
            assert reason == ("conflicting_evidence" if label == "CONFLICTING" else "decided")
            assert position >= 0


def test_the_property_above_meets_decisive_verdicts(rule):
    """Else it would hold of a rule that never decides."""
    sides = np.array(
        [[[0.98, 0.01, 0.01], [0.01, 0.01, 0.98]], [[0.01, 0.98, 0.01], [0.01, 0.01, 0.98]], [[0.98, 0.01, 0.01], [0.01, 0.98, 0.01]]]
    )
    decided = rule.decide(sides, np.full((3, 2), 0.95), [True] * 3)
    assert [label for label, *_ in decided] == ["SUPPORTS", "REFUTES", "CONFLICTING"]
