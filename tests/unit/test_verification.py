"""The pair model: what it learns from a few pairs, what it refuses, and how it meets missing stances."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from factcheck.features import profile
from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES, SUPPORTS
from factcheck.verification import LinearVerifier

THINGS = [("radio", "fever"), ("honey", "cough"), ("masks", "asthma"), ("garlic", "rash"), ("tea", "pain"), ("zinc", "stroke")]
PAIRS, LABELS = [], []
for one, two in THINGS:
    PAIRS += [
        (f"{one} causes {two}", f"{one} does not cause {two}"),
        (f"{one} causes {two}", f"{one} causes {two}"),
        (f"{one} does not cause {two}", f"{one} does not cause {two}"),
        (f"my neighbour sells {one}", f"{one} causes {two}"),
    ]
    LABELS += ["REFUTES", "SUPPORTS", "SUPPORTS", "NOT ENOUGH INFO"]


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """On a busy machine the threads of a small product wait for one another many times longer than they compute."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def verifier():
    return LinearVerifier().fit(PAIRS, LABELS)


def test_columns_follow_the_stances_whatever_order_training_had():
    verifier = LinearVerifier().fit(PAIRS[::-1], LABELS[::-1])
    assert verifier.classes_.tolist() == list(STANCES)
    assert verifier.predict_proba(PAIRS).shape == (len(PAIRS), 3)


def test_it_learns_negation_and_not_the_topic(verifier):
    """Pairs over things that training never named."""
    pairs = [("copper causes gout", "copper does not cause gout"), ("copper causes gout", "copper causes gout")]
    assert verifier.predict(pairs).tolist() == ["REFUTES", "SUPPORTS"]


def test_the_predicted_stance_is_the_likeliest(verifier):
    probabilities = verifier.predict_proba(PAIRS)
    assert verifier.predict(PAIRS).tolist() == [STANCES[i] for i in probabilities.argmax(axis=1)]


def test_no_pairs_give_no_rows(verifier):
    assert verifier.predict_proba([]).shape == (0, 3)
    assert verifier.predict([]).shape == (0,)


def test_texts_that_are_read_already_give_the_same_probabilities(verifier):
    read = [(profile(claim), profile(statement)) for claim, statement in PAIRS]
    np.testing.assert_array_equal(verifier.predict_proba_profiles(read), verifier.predict_proba(PAIRS))


def test_a_pair_has_the_same_probabilities_alone_and_among_others(verifier):
    together = verifier.predict_proba(PAIRS)
    for position, pair in enumerate(PAIRS[:6]):
        np.testing.assert_array_equal(verifier.predict_proba([pair])[0], together[position])


@pytest.mark.parametrize("missing", [SUPPORTS, REFUTES, NOT_ENOUGH_INFO])
def test_a_stance_that_training_never_saw_is_never_given(missing):
    kept = [i for i, label in enumerate(LABELS) if label != STANCES[missing]]
    verifier = LinearVerifier().fit([PAIRS[i] for i in kept], [LABELS[i] for i in kept])
    probabilities = verifier.predict_proba(PAIRS)
    assert (probabilities[:, missing] < 1e-6).all()
    assert verifier.predict([PAIRS[i] for i in kept]).tolist() == [LABELS[i] for i in kept]


def test_pairs_and_stances_of_different_length_are_refused():
    with pytest.raises(ValueError, match="24 pairs but 23 stances"):
        LinearVerifier().fit(PAIRS, LABELS[:-1])


def test_an_unknown_stance_is_refused_by_its_name():
    with pytest.raises(ValueError, match="unknown stance 'TRUE'; allowed are SUPPORTS, REFUTES, NOT ENOUGH INFO"):
        LinearVerifier().fit(PAIRS, ["TRUE", *LABELS[1:]])


def test_a_pair_of_weight_zero_might_as_well_be_absent():
    """The wrong rows are the right ones turned round: were the weights not looked at, the two would cancel."""
    wrong = ["SUPPORTS" if label == "REFUTES" else "REFUTES" for label in LABELS]
    weights = np.repeat([1.0, 0.0], len(PAIRS))
    weighted = LinearVerifier().fit(PAIRS * 2, LABELS + wrong, sample_weight=weights)
    assert weighted.predict(PAIRS).tolist() == LABELS


def test_a_smaller_c_makes_milder_probabilities(verifier):
    mild = LinearVerifier(C=1e-4).fit(PAIRS, LABELS)
    assert mild.predict_proba(PAIRS).max(axis=1).mean() < verifier.predict_proba(PAIRS).max(axis=1).mean()
