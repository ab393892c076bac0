"""The verdict rule on claims whose true probabilities are known, because they were drawn from them."""

import numpy as np
import pytest
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from factcheck.decision import VerdictRule
from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES, SUPPORTS

N, FRESH = 2_000, 8_000
DECISIVE = (SUPPORTS, REFUTES)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """On a busy machine the threads of a small product wait for one another many times longer than they compute."""
    with threadpool_limits(1):
        yield


def draw(seed, *, sharpness=1.0, spread=2.0, n=N):
    """Return what a rule is given, the labels, and the probabilities that they were drawn from.

    The most relevant statement knows the truth, said with ``sharpness`` (1: as it is; 3: far too sure). The second one is
    below every gate here and takes sides at random.
    """
    random = np.random.default_rng(seed)
    logits = random.normal(0.0, spread, (n, 3))
    truth = softmax(logits, axis=1)
    targets = (random.random(n)[:, None] > truth.cumsum(axis=1)).sum(axis=1)
    noise = random.dirichlet([0.3] * 3, n)
    probabilities = np.stack([softmax(sharpness * logits, axis=1), noise], axis=1)
    scores = np.column_stack([random.uniform(0.7, 1.0, n), random.uniform(0.0, 0.2, n)])
    return (probabilities, scores), targets, truth


def labels(targets):
    return [STANCES[target] for target in targets]


def fitted(given, targets, **parameters):
    return VerdictRule(**parameters).fit_gate(np.full(20, 0.5)).fit(*given, labels(targets), [True] * len(targets))


@pytest.fixture(scope="module")
def calibrated():
    given, targets, _ = draw(1, sharpness=3.0)
    return fitted(given, targets)


@pytest.fixture(scope="module")
def fresh():
    return draw(2, sharpness=3.0, n=FRESH)


def test_probabilities_of_an_overconfident_verifier_come_out_as_the_true_ones(calibrated, fresh):
    given, _, truth = fresh
    found = calibrated.predict_proba(*given, [True] * FRESH)
    assert np.abs(given[0][:, 0] - truth).mean() > 0.1  # what the verifier said was far off
    assert np.abs(found - truth).mean() < 0.05


def test_of_the_claims_given_a_probability_that_share_is_right(calibrated, fresh):
    """Expected calibration error over ten equal bins, each label by itself; chance alone gives about 0.01 here."""
    given, targets, _ = fresh
    found = calibrated.predict_proba(*given, [True] * FRESH)
    for label in range(3):
        bins = np.minimum((found[:, label] * 10).astype(int), 9)
        gaps = [abs(found[bins == b, label].sum() - (targets[bins == b] == label).sum()) for b in range(10)]
        assert sum(gaps) / FRESH < 0.04


@pytest.fixture(scope="module")
def decisions(fresh):
    """For each error budget, what three rules, each calibrated on its own draw, decide of the fresh claims."""

    def decided(max_error, seed):
        given, targets, _ = draw(seed, sharpness=3.0)
        return fitted(given, targets, max_error=max_error, conflict=2.0).decide(*fresh[0], [True] * FRESH)

    return {max_error: [decided(max_error, seed) for seed in (21, 22, 23)] for max_error in (0.1, 0.2)}


@pytest.mark.parametrize("max_error", [0.1, 0.2])
def test_the_error_of_decisive_verdicts_on_fresh_claims_is_near_the_one_asked_for(fresh, decisions, max_error):
    _, truth, _ = fresh
    errors = []
    for decided in decisions[max_error]:
        for label in DECISIVE:
            wrong = [truth[row] != label for row, decision in enumerate(decided) if decision[0] == STANCES[label]]
            assert len(wrong) > 0.05 * FRESH  # a rule that never decides keeps every budget
            errors.append(np.mean(wrong))
    assert np.mean(errors) == pytest.approx(max_error, abs=0.03)
    assert max(errors) < max_error + 0.07


def test_a_smaller_error_budget_decides_fewer_claims(decisions):
    few, many = (np.mean([[decision[3] >= 0 for decision in decided] for decided in decisions[budget]]) for budget in (0.1, 0.2))
    assert few < many


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_nothing_is_decided_when_nothing_can_be(seed):
    """The labels have nothing to do with what the statements say."""
    given, targets, _ = draw(seed)
    shuffled = np.random.default_rng(seed).permutation(targets)
    rule = fitted(given, shuffled, conflict=2.0)
    unseen, _, _ = draw(seed + 100)
    decisive = [decision[0] in {"SUPPORTS", "REFUTES"} for decision in rule.decide(*unseen, [True] * N)]
    assert np.mean(decisive) < 0.01


def test_what_no_statement_speaks_to_and_what_asserts_nothing_get_the_shares_of_their_kind():
    (probabilities, scores), targets, _ = draw(5)
    kind = np.arange(N) % 4  # one claim in four is unmatched, one in four is no claim
    scores[kind == 0] *= 0.1
    targets[kind == 0] = np.where(np.arange(N)[kind == 0] % 5 == 0, REFUTES, NOT_ENOUGH_INFO)
    targets[kind == 1] = NOT_ENOUGH_INFO
    asserts = kind != 1
    rule = VerdictRule().fit_gate(np.full(20, 0.5)).fit(probabilities, scores, labels(targets), asserts)
    np.testing.assert_allclose(rule.unmatched_, [0.0, 0.2, 0.8], atol=0.01)
    np.testing.assert_allclose(rule.not_a_claim_, [0.0, 0.0, 1.0], atol=0.01)
    assert {d[0] for d, k in zip(rule.decide(probabilities, scores, asserts), kind, strict=True) if k < 2} == {"NOT ENOUGH INFO"}


def test_the_gate_keeps_its_recall_on_fresh_statements():
    random = np.random.default_rng(6)
    gate = VerdictRule(gate_recall=0.9).fit_gate(random.beta(5, 2, N)).gate_
    assert np.mean(random.beta(5, 2, N) >= gate) == pytest.approx(0.9, abs=0.02)


def test_unrelated_statements_refute_nothing_however_sure_the_verifier_is():
    """Ungated, a verifier that takes unrelated text for a contradiction would refute all of these."""
    given, targets, _ = draw(7)
    rule = fitted(given, targets)
    sure = np.tile([0.01, 0.98, 0.01], (N, 2, 1))
    unrelated = np.random.default_rng(8).uniform(0.0, 0.45, (N, 2))
    assert {decision[0] for decision in rule.decide(sure, unrelated, [True] * N)} == {"NOT ENOUGH INFO"}
    related = np.full((N, 2), 0.9)
    assert {decision[0] for decision in rule.decide(sure, related, [True] * N)} == {"REFUTES"}
