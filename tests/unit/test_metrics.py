"""Scores are what one gets by hand, or from scikit-learn, and intervals hold what they say."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, log_loss

from factcheck.errors import InputError
from factcheck.metrics import (
    bootstrap_difference,
    bootstrap_interval,
    classification_report,
    mcnemar,
    paired_rise,
    probability_report,
    ranking_report,
    reliability,
    risk_coverage,
    wilson_interval,
)
from factcheck.records import STANCES

S, R, N = STANCES
C = "CONFLICTING"
TRUTH = [S, S, S, R, R, N]
ANSWERS = [S, S, R, R, N, N]


# --- Labels ----------------------------------------------------------------------------------------------------------


def test_label_scores_are_those_computed_by_hand():
    report = classification_report(TRUTH, ANSWERS, STANCES)
    assert report["n"] == 6
    assert report["labels"] == [S, R, N]
    assert report["accuracy"] == pytest.approx(4 / 6)
    assert report["per_label"] == {
        S: {"precision": pytest.approx(1), "recall": pytest.approx(2 / 3), "f1": pytest.approx(0.8), "support": 3},
        R: {"precision": pytest.approx(1 / 2), "recall": pytest.approx(1 / 2), "f1": pytest.approx(0.5), "support": 2},
        N: {"precision": pytest.approx(1 / 2), "recall": pytest.approx(1), "f1": pytest.approx(2 / 3), "support": 1},
    }
    assert report["macro_f1"] == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)
    assert report["weighted_f1"] == pytest.approx((3 * 0.8 + 2 * 0.5 + 2 / 3) / 6)
    assert report["coverage"] == pytest.approx(4 / 6)
    assert report["confusion"] == {S: {S: 2, R: 1, N: 0}, R: {S: 0, R: 1, N: 1}, N: {S: 0, R: 0, N: 1}}
    assert not {"ece", "brier", "log_loss", "aurc"} & set(report)


def test_a_label_that_nobody_holds_or_predicts_counts_zero():
    report = classification_report([S, S], [S, S], STANCES)
    assert report["macro_f1"] == pytest.approx(1 / 3)
    assert report["per_label"][R] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_an_answer_outside_the_labels_is_wrong_and_stands_in_the_confusion():
    report = classification_report([S, R], [C, R], [S, R])
    assert report["accuracy"] == 0.5
    assert report["macro_f1"] == pytest.approx(0.5)
    assert report["confusion"] == {S: {S: 0, R: 0, C: 1}, R: {S: 0, R: 1, C: 0}}
    assert report["coverage"] == 1
    assert classification_report([S, R], ["", R], [S, R])["coverage"] == 0.5


def test_a_report_is_plain_json():
    probabilities = np.full((6, 3), 1 / 3)
    report = classification_report(np.array(TRUTH), np.array(ANSWERS), STANCES, probabilities, groups=list("aabbcc"))
    assert json.loads(json.dumps(report, allow_nan=False)) == report


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [], [S]), "no rows"),
        (([S, "?"], [S, S], [S]), "holds '\\?'"),
        (([S], [S, S], [S]), "y_pred: 2 values for 1 rows"),
        (([S], [S], [S], np.ones((2, 1))), r"shape \(2, 1\)"),
        (([S], [S], [S, R], np.array([[0.5, np.nan]])), "sum to 1"),
        (([S], [S], [S, R], np.array([[1.5, -0.5]])), "sum to 1"),
        (([S], [S], [S, R], np.array([[0.5, 0.4]])), "sum to 1"),
        (([S], [S], [S], None, ["a", "b"]), "groups: 2 values"),
    ],
)
def test_rows_that_do_not_fit_together_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        classification_report(*arguments)


# --- Probabilities ---------------------------------------------------------------------------------------------------

P = np.array([[0.9, 0.1], [0.9, 0.1], [0.42, 0.58], [0.55, 0.45]])
P_TRUTH = ["a", "b", "b", "b"]  # right, wrong, right, wrong


def test_probability_scores_are_those_computed_by_hand():
    report = probability_report(P_TRUTH, P, ["a", "b"])
    # (0.9, 0.9) fall in one bin, half of them right; (0.58, 0.55) in another, half of them right
    assert report["ece"] == pytest.approx(0.5 * abs(0.5 - 0.9) + 0.5 * abs(0.5 - 0.565))
    assert report["brier"] == pytest.approx((2 * 0.1**2 + 2 * 0.9**2 + 2 * 0.42**2 + 2 * 0.55**2) / 4)
    assert report["log_loss"] == pytest.approx(-(math.log(0.9) + math.log(0.1) + math.log(0.58) + math.log(0.45)) / 4)
    assert report["aurc"] == pytest.approx((1 / 2 + 2 / 4 + 1 / 3 + 2 / 4) / 4)  # the tie at 0.9 shares its error
    assert [(b["n"], b["probability"], b["accuracy"]) for b in report["reliability"]] == [
        (2, pytest.approx(0.565), 0.5),
        (2, pytest.approx(0.9), 0.5),
    ]


def test_the_order_of_columns_is_that_of_the_labels_and_not_of_the_alphabet():
    swapped, report = probability_report(P_TRUTH, P[:, ::-1], ["b", "a"]), probability_report(P_TRUTH, P, ["a", "b"])
    for score in ("ece", "brier", "log_loss", "aurc"):
        assert swapped[score] == pytest.approx(report[score])


def test_log_loss_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    p, y = rng.dirichlet([1, 1, 1], 200), rng.choice(["a", "b", "c"], 200)
    assert probability_report(list(y), p, ["a", "b", "c"])["log_loss"] == pytest.approx(log_loss(y, p))


def test_certainty_scores_zero_when_right_and_stays_finite_when_wrong():
    right = probability_report(["a", "b"], np.eye(2), ["a", "b"])
    assert (right["ece"], right["brier"], right["log_loss"], right["aurc"]) == (0, 0, 0, 0)
    wrong = probability_report(["b", "a"], np.eye(2), ["a", "b"])
    assert (wrong["ece"], wrong["brier"], wrong["aurc"]) == (1, 2, 1)
    assert 30 < wrong["log_loss"] < 40


def test_calibrated_probabilities_have_a_small_calibration_error_and_overconfident_ones_a_known_one():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 20_000)
    truth = np.where(rng.random(20_000) < confidence, "a", "b")
    report = probability_report(list(truth), np.column_stack([confidence, 1 - confidence]), ["a", "b"])
    assert report["ece"] < 0.015
    sure = np.full(20_000, 0.95)
    report = probability_report(list(truth), np.column_stack([sure, 1 - sure]), ["a", "b"])
    assert report["ece"] == pytest.approx(0.2, abs=0.01)


def test_bins_include_their_upper_edge_and_the_first_also_zero():
    bins = reliability(np.array([0.0, 0.25, 0.26, 1.0]), np.array([False, True, True, True]), bins=4)
    assert [(b["low"], b["high"], b["n"]) for b in bins] == [(0.0, 0.25, 2), (0.25, 0.5, 1), (0.75, 1.0, 1)]


def test_risk_falls_with_coverage_when_the_sure_rows_are_right():
    curve = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, False]))
    risks = {point["coverage"]: point["risk"] for point in curve["risk_coverage"]}
    assert len(risks) == 20
    assert (risks[0.05], risks[0.5], risks[0.75], risks[1.0]) == (0, 0, pytest.approx(1 / 3), 0.5)
    assert curve["aurc"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_risk(rows, random):
    shuffled = random.sample(rows, len(rows))
    curves = [risk_coverage(np.array([c for c, _ in order]), np.array([r for _, r in order])) for order in (rows, shuffled)]
    assert curves[0]["aurc"] == pytest.approx(curves[1]["aurc"])
    assert [p["risk"] for p in curves[0]["risk_coverage"]] == pytest.approx([p["risk"] for p in curves[1]["risk_coverage"]])


# --- Intervals -------------------------------------------------------------------------------------------------------


def answers_right_in(share, n, rng):
    truth = rng.choice([S, R], n)
    flipped = np.where(truth == S, R, S)
    return truth.tolist(), np.where(rng.random(n) < share, truth, flipped).tolist()


def test_the_interval_is_the_same_for_the_same_seed_and_another_for_another():
    y_true, y_pred = answers_right_in(0.8, 100, np.random.default_rng(1))
    first = bootstrap_interval(y_true, y_pred, [S, R])
    assert bootstrap_interval(y_true, y_pred, [S, R]) == first
    assert bootstrap_interval(y_true, y_pred, [S, R], random_state=1) != first
    assert list(first) == classification_report(y_true, y_pred, [S, R])["interval"]


def test_draws_are_those_of_scikit_learns_macro_f1():
    rng = np.random.default_rng(2)
    y_true, y_pred = rng.choice(STANCES, 40), rng.choice([*STANCES, C], 40)
    draw = np.random.default_rng(7).integers(40, size=40)
    expected = f1_score(y_true[draw], y_pred[draw], labels=list(STANCES), average="macro", zero_division=0)
    assert bootstrap_interval(y_true, y_pred, STANCES, draws=1, random_state=7) == pytest.approx((expected, expected))


def test_rows_of_one_group_are_drawn_together():
    y_true, y_pred = answers_right_in(0.7, 50, np.random.default_rng(3))
    repeated = [[value for value in column for _ in range(8)] for column in (y_true, y_pred, [f"claim {i:02}" for i in range(50)])]
    alone = bootstrap_interval(y_true, y_pred, [S, R])
    assert bootstrap_interval(*repeated[:2], [S, R], repeated[2]) == pytest.approx(alone)
    ungrouped = bootstrap_interval(*repeated[:2], [S, R])
    assert ungrouped[1] - ungrouped[0] < 0.6 * (alone[1] - alone[0])


def test_perfect_answers_have_no_width():
    assert bootstrap_interval([S, R] * 20, [S, R] * 20, [S, R]) == (1, 1)


def test_the_interval_holds_the_true_value_about_as_often_as_it_says():
    rng = np.random.default_rng(4)
    intervals = [bootstrap_interval(*answers_right_in(0.8, 150, rng), [S, R], draws=200) for _ in range(100)]
    held = sum(low <= 0.8 <= high for low, high in intervals)  # with balanced labels, F1 of each is the share of right answers
    assert 0.88 <= held / 100 < 1


# --- Two sets of answers on the same rows ----------------------------------------------------------------------------


def test_the_difference_of_equal_answers_has_no_width_and_that_of_its_mirror_the_other_sign():
    assert bootstrap_difference(TRUTH, ANSWERS, ANSWERS, STANCES) == (0, 0)
    low, high = bootstrap_difference(TRUTH * 9, ANSWERS * 9, TRUTH * 9, STANCES)
    assert 0 < low < high
    assert bootstrap_difference(TRUTH * 9, TRUTH * 9, ANSWERS * 9, STANCES) == pytest.approx((-high, -low))


def test_the_interval_of_the_difference_is_that_of_both_scored_on_one_draw():
    rng = np.random.default_rng(5)
    truth, old = rng.choice(STANCES, 200), rng.choice(STANCES, 200)
    new = np.where(rng.random(200) < 0.1, truth, old)  # hardly another: on draws of its own each would vary far more than the two differ
    differences = []
    for draw in range(200):
        rows = np.random.default_rng(1000 + draw).integers(200, size=200)
        differences.append(f1_score(truth[rows], new[rows], average="macro") - f1_score(truth[rows], old[rows], average="macro"))
    expected = np.percentile(differences, [2.5, 97.5])
    assert bootstrap_difference(truth, old, new, STANCES) == pytest.approx(expected, abs=0.015)


def test_the_difference_draws_rows_of_one_group_together():
    truth, old, new = [S, R] * 40, [S, R] * 20 + [R, S] * 20, [S, R] * 40
    alone, together = (bootstrap_difference(truth, old, new, [S, R], groups) for groups in (None, ["a"] * 40 + ["b"] * 40))
    assert together == (0, 1)
    assert together[0] < alone[0] < alone[1] < together[1]


@pytest.mark.parametrize(("gained", "lost", "p"), [(0, 0, 1), (6, 0, 2 / 64), (0, 6, 2 / 64), (3, 3, 1), (8, 1, 20 / 512)])
def test_mcnemar_is_the_sign_test_of_the_rows_on_which_one_is_right(gained, lost, p):
    old = np.array([False] * gained + [True] * lost + [True, False] * 5)
    new = np.array([True] * gained + [False] * lost + [True, False] * 5)
    assert mcnemar(old, new) == pytest.approx(p)


def counts(hits, of):
    return np.column_stack([hits, of]).astype(float)


def test_a_rise_is_as_surprising_as_its_signs_and_a_fall_or_no_change_is_not():
    none, four, rows = np.zeros(20), np.arange(20) < 4, np.ones(20)
    assert paired_rise(counts(none, rows), counts(four, rows)) == pytest.approx(1 / 16, abs=0.01)
    assert paired_rise(counts(four, rows), counts(none, rows)) == 1
    assert paired_rise(counts(four, rows), counts(four, rows)) == 1


def test_a_rise_within_one_group_is_one_surprise():
    none, eight, rows = np.zeros(20), np.arange(20) < 8, np.ones(20)
    assert paired_rise(counts(none, rows), counts(eight, rows)) < 0.01
    assert paired_rise(counts(none, rows), counts(eight, rows), ["a"] * 8 + ["b"] * 12) == pytest.approx(0.5, abs=0.02)


def test_a_share_counts_what_it_is_a_share_of():
    old_of, new_of = np.arange(40) < 10, np.arange(40) < 40
    old, new = counts(np.arange(40) % 5 < 1, old_of), counts(np.arange(40) % 5 < 1, new_of)
    old[:, 0] *= old_of  # a fifth of ten and a fifth of forty: four times as many wrong, and no rise
    assert paired_rise(old, new) > 0.3


def test_the_p_value_is_that_of_all_exchanges():
    rng = np.random.default_rng(8)
    for _ in range(5):
        old, new = (np.column_stack([hits, hits + rng.integers(4, size=10)]).astype(float) for hits in rng.integers(3, size=(2, 10)))

        def rise(swapped, old=old, new=new):
            theirs, rest = (np.where(swapped[:, None], *pair).sum(axis=0) for pair in ((old, new), (new, old)))
            return theirs[0] / theirs[1] - rest[0] / rest[1]

        seen = rise(np.zeros(10, dtype=bool))
        every = [rise((place >> np.arange(10)) % 2 == 1) for place in range(2**10)]
        assert paired_rise(old, new) == pytest.approx(np.mean(np.array(every) >= seen - 1e-12), abs=0.02)


def test_where_one_of_the_two_has_no_share_there_is_no_test():
    assert paired_rise(counts(np.zeros(3), np.zeros(3)), counts(np.ones(3), np.ones(3))) is None


def test_without_a_rise_one_test_in_twenty_finds_one():
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(200):
        ease, groups = np.repeat(rng.random(20), 4), np.repeat(np.arange(20), 4)  # rows of a group are alike
        old, new = (counts(rng.random(80) < ease, np.ones(80)) for _ in range(2))
        found += paired_rise(old, new, groups, shuffles=199) <= 0.05
    assert found <= 20


# --- Rankings --------------------------------------------------------------------------------------------------------


def test_ranking_scores_are_those_computed_by_hand():
    ranked = [["a", "x", "b", "y", "z"], ["x", "y", "z", "v", "w", "a"], []]
    report = ranking_report(ranked, [{"a", "b"}, {"a"}, {"a"}])
    assert report == {
        "n": 3,
        "map_at_5": pytest.approx(((1 + 2 / 3) / 2 + 0 + 0) / 3),
        "recall_at_1": pytest.approx((1 / 2 + 0 + 0) / 3),
        "recall_at_5": pytest.approx((1 + 0 + 0) / 3),
        "mrr": pytest.approx((1 + 1 / 6 + 0) / 3),
    }


def test_average_precision_can_reach_one_with_more_than_five_right_statements():
    assert ranking_report([list("abcdef")], [set("abcdef")])["map_at_5"] == pytest.approx(1)


def test_no_query_is_refused():
    with pytest.raises(InputError, match="at least one"):
        ranking_report([], [])


# --- Shares ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "n", "interval"), [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))]
)
def test_the_interval_of_a_share_is_the_published_one(hits, n, interval):
    """The score intervals of Newcombe (1998), table I."""
    assert wilson_interval(hits, n) == pytest.approx(interval, abs=5e-5)
    assert wilson_interval(n - hits, n) == pytest.approx((1 - interval[1], 1 - interval[0]), abs=5e-5)


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_a_share_of_nothing_or_of_more_than_all_has_no_interval(hits, n):
    with pytest.raises(InputError, match="hits"):
        wilson_interval(hits, n)
