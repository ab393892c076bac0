"""The verdict rule on claims whose true probabilities are known, because they were drawn from them."""

import numpy as np
import pytest
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from factcheck.decision import VerdictRule, budget_threshold
from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES

N, FRESH = 2_000, 8_000


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

    return {max_error: [decided(max_error, seed) for seed in (21, 22, 23)] for max_error in (0.15, 0.25)}


@pytest.mark.parametrize("max_error", [0.15, 0.25])
def test_the_error_of_decisive_verdicts_on_fresh_claims_keeps_to_the_budget_and_is_near_it(fresh, decisions, max_error):
    _, truth, _ = fresh
    for decided in decisions[max_error]:
        wrong = [STANCES[truth[row]] != decision[0] for row, decision in enumerate(decided) if decision[3] >= 0]
        assert len(wrong) > 0.1 * FRESH  # a rule that never decides keeps every budget
        assert 0.4 * max_error < np.mean(wrong) <= max_error


def test_a_smaller_error_budget_decides_fewer_claims(decisions):
    few, many = (np.mean([[decision[3] >= 0 for decision in decided] for decided in decisions[budget]]) for budget in (0.15, 0.25))
    assert few < many


DRAWS = 1_000


def answers(seed, n, ability):
    """Return probabilities of answers and whether each is wrong; ``ability`` turns a probability into the true chance of being right."""
    random = np.random.default_rng(seed)
    confidences = random.uniform(0.4, 1.0, n)
    return confidences, random.random(n) > ability(confidences)


def true_error(threshold, ability):
    """Return the share of mistakes among all answers from a threshold on, by the law that they are drawn from."""
    grid = np.linspace(threshold, 1.0, 2_001)
    return 1 - ability(grid).mean()


ABILITIES = {
    "calibrated": lambda p: p,
    "too sure": lambda p: 0.35 + 0.6 * p,
    "surest answers no better than the next": lambda p: np.minimum(p, 0.9) + 0.04,
}


@pytest.mark.parametrize("max_error", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("ability", ABILITIES.values(), ids=ABILITIES)
def test_the_budget_is_broken_in_at_most_one_draw_of_twenty(ability, max_error):
    """Of the 1,000 thresholds, each chosen on 700 answers, 95 % must keep the promise on everything that could come."""
    thresholds = [budget_threshold(*answers(seed, 700, ability), max_error) for seed in range(DRAWS)]
    broken = [threshold != np.inf and true_error(threshold, ability) > max_error for threshold in thresholds]
    assert np.mean(broken) <= 0.05


def answers_in_groups(seed, n, size):
    """As `answers` of the calibrated ability, in groups of a size; in 15 % of the groups every answer is wrong."""
    random = np.random.default_rng(seed)
    groups = random.permutation(np.repeat(np.arange(n // size), size))
    confidences, mistakes = answers(seed + 10_000, len(groups), ABILITIES["calibrated"])
    return confidences, mistakes | (random.random(n // size) < 0.15)[groups], groups


@pytest.mark.parametrize("max_error", [0.3, 0.4])
def test_the_budget_holds_where_the_answers_of_a_group_are_wrong_together(max_error):
    """In 15 of 100 groups of ten all is wrong: taken for drawn one by one, the answers break the budget in more than one draw of twenty."""
    broken = {"groups": [], "one by one": []}
    for seed in range(DRAWS // 2):
        confidences, mistakes, groups = answers_in_groups(seed, 700, 10)
        for name, given in (("groups", groups), ("one by one", None)):
            threshold = budget_threshold(confidences, mistakes, max_error, groups=given)
            broken[name].append(threshold != np.inf and true_error(threshold, lambda p: 0.85 * p) > max_error)
    assert np.mean(broken["groups"]) <= 0.07  # 0.05, and twice what 500 draws vary by
    assert np.mean(broken["one by one"]) > 0.08


@pytest.mark.parametrize("max_error", [0.1, 0.2])
def test_the_budget_is_used_where_it_can_be(max_error):
    """Calibrated answers in [0.4, 1]: at a threshold t the error is (1 - t) / 2, so a budget e allows a share 2 e / 0.6 of them."""
    thresholds = np.array([budget_threshold(*answers(seed, 1_500, ABILITIES["calibrated"]), max_error) for seed in range(200)])
    coverage = np.where(thresholds < np.inf, (1 - np.minimum(thresholds, 1)) / 0.6, 0.0)
    assert coverage.mean() > 0.5 * 2 * max_error / 0.6


def test_where_nothing_keeps_the_budget_it_is_refused():
    """Answers that are wrong one time in five, however sure: hardly a draw of a thousand may find a threshold for one in ten."""
    thresholds = [budget_threshold(*answers(seed, 700, lambda p: np.full_like(p, 0.8)), 0.1) for seed in range(DRAWS)]
    assert np.mean(np.array(thresholds) < np.inf) <= 0.05


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
