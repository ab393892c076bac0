"""The verdict rule: gate before stance, one label and one deciding statement, abstaining where it must."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from factcheck.decision import VerdictRule, budget_threshold
from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES, SUPPORTS, Label, Reason

FOR, AGAINST, NEITHER = [0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]


def calibration(n=240):
    """Claims whose first statement says what they are, nine times in ten."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, n)
    said = np.where(random.random(n) < 0.9, truth, random.integers(0, 3, n))
    probabilities = np.array([[(FOR, AGAINST, NEITHER)[stance], NEITHER] for stance in said]) + random.uniform(0, 0.05, (n, 2, 3))
    probabilities /= probabilities.sum(axis=2, keepdims=True)
    scores = np.column_stack([random.uniform(0.6, 1.0, n), random.uniform(0.0, 0.3, n)])
    return probabilities, scores, [STANCES[label] for label in truth]


@pytest.fixture(scope="module")
def rule():
    probabilities, scores, labels = calibration()
    return VerdictRule(max_error=0.3).fit_gate([0.5] * 20).fit(probabilities, scores, labels, [True] * len(labels))


def decide(rule, stances, scores, *, asserts=True, words=1):
    (decision,) = rule.decide(np.array([stances], dtype=float), np.array([scores], dtype=float), [words if asserts else 0])
    return decision


@pytest.mark.parametrize(("stances", "label"), [(FOR, "SUPPORTS"), (AGAINST, "REFUTES")])
def test_a_clear_stance_of_a_relevant_statement_decides(rule, stances, label):
    given, probability, reason, position, probabilities = decide(rule, [stances, NEITHER], [0.9, 0.8])
    assert (given, reason, position) == (label, Reason.DECIDED, 0)
    assert probability == probabilities[STANCES.index(label)] == probabilities.max()


def test_the_deciding_statement_is_the_one_that_takes_that_side(rule):
    assert decide(rule, [NEITHER, AGAINST], [0.9, 0.9])[3] in {-1, 1}
    given, _, _, position, _ = decide(rule, [[0.02, 0.5, 0.48], AGAINST, NEITHER], [0.9, 0.89, 0.7])
    assert (given, position) == ("REFUTES", 1)


def test_nothing_is_decided_by_a_statement_below_the_gate(rule):
    """The stance is never looked at, however sure it is."""
    given, probability, reason, position, probabilities = decide(rule, [[0, 1, 0], [1, 0, 0]], [0.49, 0.1])
    assert (given, reason, position) == (Label.NOT_ENOUGH_INFO, Reason.NO_RELEVANT_STATEMENT, -1)
    np.testing.assert_array_equal(probabilities, rule.unmatched_)
    assert probability == rule.unmatched_[NOT_ENOUGH_INFO]


def test_a_statement_below_the_gate_does_not_change_the_verdict(rule):
    alone = decide(rule, [FOR, NEITHER], [0.9, 0.1])
    beside = decide(rule, [FOR, AGAINST], [0.9, 0.4])
    assert alone[:4] == beside[:4]


def test_a_text_that_asserts_nothing_is_not_a_claim_whatever_is_found(rule):
    given, _, reason, position, probabilities = decide(rule, [FOR, FOR], [1.0, 1.0], asserts=False)
    assert (given, reason, position) == (Label.NOT_ENOUGH_INFO, Reason.NOT_A_CLAIM, -1)
    np.testing.assert_array_equal(probabilities, rule.not_a_claim_)


def test_two_statements_at_odds_are_conflicting_evidence(rule):
    given, probability, reason, position, probabilities = decide(rule, [FOR, AGAINST], [0.9, 0.88])
    assert (given, reason) == (Label.CONFLICTING, Reason.CONFLICTING_EVIDENCE)
    assert probability == pytest.approx(probabilities[SUPPORTS] + probabilities[REFUTES])
    assert position in {0, 1}


def test_one_statement_cannot_be_at_odds_with_itself(rule):
    assert decide(rule, [[0.5, 0.5, 0.0], NEITHER], [1.0, 0.6])[0] != Label.CONFLICTING


def test_statements_that_take_no_side_decide_nothing(rule):
    given, _, reason, position, _ = decide(rule, [NEITHER, NEITHER], [0.9, 0.8])
    assert (given, reason, position) == (Label.NOT_ENOUGH_INFO, Reason.NO_RELEVANT_STATEMENT, -1)


def test_a_probability_below_the_threshold_abstains_and_says_so():
    probabilities, scores, labels = calibration()
    rule = VerdictRule(max_error=0.3).fit_gate([0.5] * 20).fit(probabilities, scores, labels, [True] * len(labels))
    sure = decide(rule, [AGAINST, NEITHER], [0.9, 0.8])
    rule.threshold_ = sure[1] + 1e-9
    given, _, reason, position, _ = decide(rule, [AGAINST, NEITHER], [0.9, 0.8])
    assert (given, reason, position) == (Label.NOT_ENOUGH_INFO, Reason.LOW_PROBABILITY, -1)
    rule.threshold_ = sure[1]
    assert decide(rule, [AGAINST, NEITHER], [0.9, 0.8])[0] == "REFUTES"


def test_a_budget_that_nothing_keeps_decides_nothing_and_another_one_decides_again():
    probabilities, scores, labels = calibration()
    rule = VerdictRule(max_error=0.01).fit_gate([0.5] * 20).fit(probabilities, scores, labels, [True] * len(labels))
    assert rule.threshold_ == np.inf
    assert decide(rule, [AGAINST, NEITHER], [0.9, 0.8])[:3:2] == (Label.NOT_ENOUGH_INFO, Reason.LOW_PROBABILITY)
    rule.set_budget(0.3)
    assert rule.max_error == 0.3
    assert decide(rule, [AGAINST, NEITHER], [0.9, 0.8])[0] == "REFUTES"


@pytest.mark.parametrize("budget", [0, 1, -0.1, float("nan")])
def test_a_budget_that_is_no_share_is_refused(rule, budget):
    with pytest.raises(ValueError, match="give a share between 0 and 1"):
        rule.set_budget(budget)


def test_the_threshold_is_chosen_by_models_that_never_saw_the_claim_or_its_like():
    """Every group has a label of its own, told by a trait of its own: seen, it is learned by heart; unseen, it cannot be known."""
    random = np.random.default_rng(3)
    groups = np.repeat(np.arange(30), 8)
    probabilities = np.repeat(random.dirichlet([1, 1, 1], (30, 1)), 8, axis=0)
    labels = [STANCES[label] for label in np.repeat(random.integers(0, 3, 30), 8)]
    rule = VerdictRule().fit_gate([0.5] * 20)
    traits = np.column_stack([np.ones(240), np.eye(30)[groups]])
    rule.fit(probabilities, np.full((240, 1), 0.9), labels, traits)
    assert rule.mistakes_.mean() < 0.1
    rule.fit(probabilities, np.full((240, 1), 0.9), labels, traits, groups.astype(str))
    assert rule.mistakes_.mean() > 0.4


def test_a_text_of_many_words_is_not_supported_but_may_be_refuted(rule):
    assert decide(rule, [FOR, NEITHER], [0.9, 0.8], words=20)[0] == "SUPPORTS"
    assert decide(rule, [FOR, NEITHER], [0.9, 0.8], words=21)[:3:2] == (Label.NOT_ENOUGH_INFO, Reason.LOW_PROBABILITY)
    assert decide(rule, [AGAINST, NEITHER], [0.9, 0.8], words=21)[0] == "REFUTES"


def test_the_threshold_is_chosen_by_claims_that_could_be_decided_and_by_no_long_one_that_seems_supported():
    probabilities, scores, labels = calibration()
    short, long = (VerdictRule().fit_gate([0.5] * 20).fit(probabilities, scores, labels, [words] * len(labels)) for words in (20, 21))
    supported = labels.count("SUPPORTS")
    assert len(short.confidences_) - len(long.confidences_) == pytest.approx(supported, rel=0.15)


def test_an_empty_statement_base_decides_nothing(rule):
    (decision,) = rule.decide(np.zeros((1, 0, 3)), np.zeros((1, 0)), [True])
    assert decision[:4] == ("NOT ENOUGH INFO", rule.unmatched_[NOT_ENOUGH_INFO], "no_relevant_statement", -1)


def test_no_claims_give_no_decisions(rule):
    assert rule.decide(np.zeros((0, 2, 3)), np.zeros((0, 2)), []) == []
    assert rule.predict_proba(np.zeros((0, 2, 3)), np.zeros((0, 2)), []).shape == (0, 3)


def test_a_claim_has_the_same_verdict_alone_and_among_others(rule):
    probabilities, scores, labels = calibration(60)
    together = rule.predict_proba(probabilities, scores, [True] * len(labels))
    for row in range(len(labels)):
        np.testing.assert_array_equal(rule.predict_proba(probabilities[[row]], scores[[row]], [True])[0], together[row])


def test_the_gate_lets_the_asked_share_of_deciding_statements_pass():
    scores = np.linspace(0.01, 1.0, 100)
    for recall in (0.5, 0.9, 0.95):
        gate = VerdictRule(gate_recall=recall).fit_gate(scores).gate_
        assert np.mean(scores >= gate) == pytest.approx(recall, abs=0.011)


def test_a_statement_that_shares_nothing_passes_no_gate():
    """Though more than one deciding statement in twenty was not found at all."""
    assert VerdictRule().fit_gate([0.0] * 10 + [0.9] * 10).gate_ > 0


def test_without_deciding_statements_there_is_a_gate_all_the_same():
    assert 0 < VerdictRule().fit_gate([]).gate_ < 1


def test_calibrating_before_the_gate_is_set_is_refused():
    probabilities, scores, labels = calibration(30)
    with pytest.raises(NotFittedError):
        VerdictRule().fit(probabilities, scores, labels, [True] * 30)


@pytest.mark.parametrize("missing", [SUPPORTS, REFUTES, NOT_ENOUGH_INFO])
def test_a_label_that_calibration_never_saw_is_never_given(missing):
    probabilities, scores, labels = calibration()
    kept = [row for row, label in enumerate(labels) if label != STANCES[missing]]
    truth = [labels[row] for row in kept]
    rule = VerdictRule().fit_gate([0.5] * 20).fit(probabilities[kept], scores[kept], truth, [True] * len(kept))
    given = rule.predict_proba(probabilities[kept], scores[kept], [True] * len(kept))
    assert (given[:, missing] < 1e-6).all()
    assert np.mean([STANCES[i] for i in given.argmax(axis=1)] == np.array(truth)) > 0.85


def test_a_label_that_is_alone_in_calibration_or_in_a_part_of_it_is_the_one_given():
    probabilities, scores, _ = calibration(40)
    for labels in (["REFUTES"] * 40, ["SUPPORTS"] * 20 + ["REFUTES"] * 20):
        rule = VerdictRule().fit_gate([0.5] * 20).fit(probabilities, scores, labels, [True] * 40, labels)
        given = rule.predict_proba(probabilities, scores, [True] * 40)
        assert np.isfinite(given).all()
        assert given[:, REFUTES].mean() > 0.4


def test_where_no_calibration_claim_finds_a_statement_nothing_is_decided():
    probabilities, scores, labels = calibration(40)
    rule = VerdictRule().fit_gate([0.5] * 20).fit(probabilities, scores * 0.0, labels, [True] * 40)
    assert rule.threshold_ == np.inf
    assert decide(rule, [AGAINST, NEITHER], [0.9, 0.8])[0] == Label.NOT_ENOUGH_INFO


def test_no_threshold_is_found_among_few_claims_however_right_they_are():
    sure = np.linspace(0.6, 0.99, 40)
    assert budget_threshold(sure, np.zeros(40, dtype=bool), 0.05) == np.inf


def test_the_threshold_lets_in_all_claims_of_its_value_or_none():
    confidences = np.repeat([0.9, 0.7], [200, 200])
    mistakes = np.zeros(400, dtype=bool)
    mistakes[-100:] = True  # half of the second value are wrong, and the order within it says nothing
    assert budget_threshold(confidences, mistakes, 0.1) == 0.9
    assert budget_threshold(confidences[::-1], mistakes[::-1], 0.1) == 0.9
    assert budget_threshold(confidences, mistakes, 0.5) == 0.7


@pytest.mark.parametrize(("answers", "kept"), [(58, False), (59, True)])
def test_few_answers_that_are_all_right_keep_a_budget(answers, kept):
    """1 - 0.05 ** (1 / 59) is the first below 0.05; the bound of the surest alone, which keeps nothing, is not looked at."""
    sure = np.linspace(0.9, 0.6, answers)
    assert budget_threshold(sure, np.zeros(answers, dtype=bool), 0.05) == (pytest.approx(0.6) if kept else np.inf)


@pytest.mark.parametrize(("answers", "kept"), [(233, False), (234, True)])
def test_the_search_begins_where_half_of_the_budget_would_pass(answers, kept):
    """Of 234 answers six may be wrong for an upper bound of 5 %, of 233 too many for half of the budget: those further down stop it."""
    confidences = np.repeat([0.9, 0.5], [answers, 200])
    assert budget_threshold(confidences, confidences < 0.9, 0.05) == (0.9 if kept else np.inf)


@pytest.mark.parametrize(("size", "expected"), [(1, 0.9), (4, np.inf)])
def test_answers_that_are_wrong_together_count_as_fewer(size, expected):
    """A twentieth is wrong; in groups of four that are right or wrong as one, 400 answers are 100: not enough for a budget of 8 %."""
    mistakes = np.repeat(np.arange(400 // size) % 20 == 0, size)
    assert budget_threshold(np.full(400, 0.9), mistakes, 0.08, groups=np.repeat(np.arange(400 // size), size)) == expected
    assert budget_threshold(np.full(400, 0.9), mistakes, 0.08) == 0.9


def test_answers_of_one_group_tell_as_much_as_one():
    assert budget_threshold(np.full(400, 0.9), np.zeros(400, dtype=bool), 0.2, groups=np.zeros(400)) == np.inf


@pytest.mark.parametrize(("answers", "kept"), [(92, False), (93, True)])
def test_the_bound_of_answers_with_a_mistake_is_that_of_clopper_and_pearson(answers, kept):
    """93 answers are the fewest of which one may be wrong for an upper bound of 5 %, as any table of them says."""
    assert budget_threshold(np.full(answers, 0.9), np.arange(answers) == 0, 0.05) == (0.9 if kept else np.inf)


def test_the_threshold_stays_above_the_first_bound_that_breaks_though_one_further_down_keeps():
    """Each place further down would be another test of the same claims."""
    confidences = np.repeat([0.9, 0.8, 0.7], [120, 10, 300])
    mistakes = confidences == 0.8
    assert budget_threshold(confidences, mistakes, 0.1) == 0.9


def test_without_claims_there_is_no_threshold():
    assert budget_threshold(np.zeros(0), np.zeros(0, dtype=bool), 0.1) == np.inf
