"""Models are scored on files as one would by hand, and a test file that cannot be scored says which row and why."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from factcheck.errors import InputError
from factcheck.evaluation import (
    evaluate_claims,
    evaluate_matching,
    evaluate_pairs,
    partial_input_baselines,
    score_claims,
    score_pairs,
)
from factcheck.records import STANCES, Claim, Statement, Verdict

S, R, N = STANCES
C = "CONFLICTING"


# --- Rankings --------------------------------------------------------------------------------------------------------


class Search:
    """Finds the statements whose text holds a query's word, the rest with score 0."""

    def __init__(self, *texts):
        self.statements = tuple(Statement(id=f"s{i}", topic="", text=text, publisher="", url="") for i, text in enumerate(texts))

    def search(self, claims, k):
        scores = np.array([[float(claim in statement.text) for statement in self.statements] for claim in claims])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return order, np.take_along_axis(scores, order, axis=1)


INDEX = Search("sun", "moon and sun", "star")
QUERIES = [("q1", "sun", "s0"), ("q2", "moon", "s0"), ("q1", "sun", "s1"), ("q3", "star", "s2")]


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def matching_file(path, rows=QUERIES):
    return write_lines(path / "queries.jsonl", [dict(zip(("query_id", "query", "statement_id"), row, strict=True)) for row in rows])


def test_matching_merges_the_statements_of_a_query_and_leaves_out_what_was_not_found(tmp_path):
    report = evaluate_matching(INDEX, matching_file(tmp_path))
    # q1 finds both; q2 finds s1 only, s0 comes after it with score 0; q3 finds its own
    assert report == {
        "n": 3,
        "map_at_5": pytest.approx(2 / 3),
        "recall_at_1": pytest.approx((1 / 2 + 0 + 1) / 3),
        "recall_at_5": pytest.approx(2 / 3),
        "mrr": pytest.approx(2 / 3),
    }


def test_matching_takes_the_index_of_a_checker_or_statements_from_outside(tmp_path):
    path = matching_file(tmp_path)
    checker = SimpleNamespace(index=SimpleNamespace(search=INDEX.search), statements=INDEX.statements)
    bare = SimpleNamespace(search=INDEX.search)
    assert evaluate_matching(checker, path) == evaluate_matching(bare, path, statements=INDEX.statements) == evaluate_matching(INDEX, path)


def test_matching_takes_the_first_rows(tmp_path):
    assert evaluate_matching(INDEX, matching_file(tmp_path), limit=1)["n"] == 1


def test_a_query_whose_statement_is_not_in_the_base_names_its_row(tmp_path):
    with pytest.raises(InputError, match=r"queries\.jsonl:2: row 2: statement_id 's9' is not among the 3"):
        evaluate_matching(INDEX, matching_file(tmp_path, [QUERIES[0], ("q2", "moon", "s9")]))


def test_a_query_with_two_texts_names_its_row(tmp_path):
    with pytest.raises(InputError, match="row 2: query_id 'q1' stood above with another text"):
        evaluate_matching(INDEX, matching_file(tmp_path, [QUERIES[0], ("q1", "moon", "s0")]))


# --- Pairs -----------------------------------------------------------------------------------------------------------


class Verifier:
    """Reads the probabilities off the evidence."""

    def predict_proba(self, pairs):
        return np.array([json.loads(evidence) for _, evidence in pairs])


def pair(label, probabilities, claim="claim"):
    return {"claim": claim, "evidence": json.dumps(probabilities), "label": label}


def test_pairs_are_scored_by_the_likeliest_of_three_labels(tmp_path):
    path = write_lines(tmp_path / "p.jsonl", [pair(S, [0.6, 0.1, 0.3]), pair(R, [0.2, 0.3, 0.5]), pair(N, [0.1, 0.1, 0.8])])
    report = evaluate_pairs(Verifier(), path)
    assert report["labels"] == [S, R, N]
    assert report["accuracy"] == pytest.approx(2 / 3)
    assert report["confusion"][R][N] == 1
    assert report["coverage"] == pytest.approx(1 / 3)
    assert report["log_loss"] == pytest.approx(-(math.log(0.6) + math.log(0.3) + math.log(0.8)) / 3)
    assert report["left_out"] == 0


def test_a_file_of_two_labels_is_scored_by_the_larger_of_the_two(tmp_path):
    rows = [pair(S, [0.2, 0.1, 0.7]), pair(R, [0.1, 0.3, 0.6]), pair(R, [0.3, 0.1, 0.6]), pair(S, [0, 0, 1])]
    report = evaluate_pairs(Verifier(), write_lines(tmp_path / "p.jsonl", rows))
    assert report["labels"] == [S, R]
    assert report["confusion"] == {S: {S: 2, R: 0}, R: {S: 1, R: 1}}
    assert report["coverage"] == 1
    assert report["log_loss"] == pytest.approx(-(math.log(2 / 3) + math.log(3 / 4) + math.log(1 / 4) + math.log(1 / 2)) / 4)


def test_whether_a_file_has_two_labels_is_told_by_the_rows_that_are_taken(tmp_path):
    path = write_lines(tmp_path / "p.jsonl", [pair(S, [0.2, 0.1, 0.7]), pair(N, [0.2, 0.1, 0.7])])
    assert evaluate_pairs(Verifier(), path, limit=1)["labels"] == [S, R]
    assert evaluate_pairs(Verifier(), path)["labels"] == [S, R, N]


def test_conflicting_pairs_are_left_out_and_counted(tmp_path):
    path = write_lines(tmp_path / "p.jsonl", [pair("CONFLICTING", [1, 0, 0]), pair(S, [1, 0, 0])])
    report = evaluate_pairs(Verifier(), path)
    assert (report["n"], report["left_out"], report["labels"]) == (1, 1, [S, R])
    with pytest.raises(InputError, match="all 1 rows are labelled CONFLICTING"):
        evaluate_pairs(Verifier(), path, limit=1)


def test_the_verifier_of_a_checker_is_asked(tmp_path):
    path = write_lines(tmp_path / "p.jsonl", [pair(S, [1, 0, 0])])
    assert evaluate_pairs(SimpleNamespace(verifier=Verifier()), path) == evaluate_pairs(Verifier(), path)


def test_the_interval_of_pairs_draws_claims(tmp_path):
    rows = [pair(S if i % 3 else R, [0.9, 0.1, 0], claim=f"claim {i}") for i in range(30) for _ in range(10)]
    alone = [row | {"claim": f"{i}"} for i, row in enumerate(rows)]
    grouped, ungrouped = (evaluate_pairs(Verifier(), write_lines(tmp_path / "p.jsonl", r))["interval"] for r in (rows, alone))
    assert grouped[1] - grouped[0] > 2 * (ungrouped[1] - ungrouped[0])


def test_a_verifier_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"shape \(1, 2\)"):
        score_pairs(Verifier(), [("claim", "[0.5, 0.5]")], [S])


@pytest.mark.parametrize(
    ("seen", "label"),
    [
        ("supports", S), ("SUPPORTED", S), ("Support", S), ("entailment", S), ("True", S), ("Refuted", R), ("CONTRADICT", R), ("false", R),
        ("nei", N), ("not_enough_info", N), ("Not Enough Evidence", N), ("NOT  ENOUGH-INFO", N), ("neutral", N), (" NOT ENOUGH INFO ", N),
    ],
)  # fmt: skip
def test_usual_names_of_the_labels_are_understood(tmp_path, seen, label):
    path = write_lines(tmp_path / "p.jsonl", [pair(seen, [0.2, 0.2, 0.6])])
    assert evaluate_pairs(Verifier(), path)["per_label"][label]["support"] == 1


@pytest.mark.parametrize("seen", ["mostly true", "", "unverified", "2", "S"])
def test_any_other_label_names_its_row_and_what_is_allowed(tmp_path, seen):
    path = write_lines(tmp_path / "p.jsonl", [pair(S, [1, 0, 0]), pair(seen, [1, 0, 0])])
    with pytest.raises(InputError, match=r"p\.jsonl:2: row 2: the label .* allowed are SUPPORTS, REFUTES, NOT ENOUGH INFO, CONFLICTING"):
        evaluate_pairs(Verifier(), path)


def test_csv_with_columns_of_other_names_is_read(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text('text,proof,gold\nclaim,"[1, 0, 0]",SUPPORTS\n', encoding="utf-8")
    report = evaluate_pairs(Verifier(), path, text_column="text", evidence_column="proof", label_column="gold")
    assert report["accuracy"] == 1
    with pytest.raises(InputError, match=r"no column 'claim'; the columns are 'text', 'proof', 'gold'; name yours with --text-column"):
        evaluate_pairs(Verifier(), path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("claim,evidence,label\n", "there are no rows"),
        ("claim,evidence,label\nonly one\n", "row 1 has 1 cell"),
    ],
)
def test_a_table_without_rows_or_with_a_bad_row_is_refused(tmp_path, text, message):
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        evaluate_pairs(Verifier(), path)


def test_a_line_of_json_without_a_label_names_its_row(tmp_path):
    path = write_lines(tmp_path / "p.jsonl", [pair(S, [1, 0, 0]), {"claim": "c", "evidence": "e"}])
    with pytest.raises(InputError, match="row 2: there is no column 'label'"):
        evaluate_pairs(Verifier(), path)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(tmp_path, limit):
    with pytest.raises(InputError, match="limit"):
        evaluate_pairs(Verifier(), write_lines(tmp_path / "p.jsonl", [pair(S, [1, 0, 0])]), limit=limit)


# --- Claims ----------------------------------------------------------------------------------------------------------


class Checker:
    """Reads label and probabilities off the claim: ``LABEL|[p, p, p]``; an empty label is a failure."""

    def check_many(self, claims):
        verdicts = []
        for claim in claims:
            label, _, given = claim.partition("|")
            probabilities = dict(zip(STANCES, json.loads(given), strict=True)) if given else {}
            verdicts.append(Verdict(Claim(claim), label, 0.5, "decided" if label else "error", probabilities))
        return verdicts


def claims_file(path, rows, columns=("claim", "label", "kind", "topic", "statement_id")):
    return write_lines(path / "claims.jsonl", [dict(zip(columns, row, strict=False)) for row in rows])


def test_verdicts_are_held_against_the_labels(tmp_path):
    rows = [(f"{S}|[0.8, 0.1, 0.1]", S), (f"{N}|[0.1, 0.5, 0.4]", R), (f"{C}|[0.5, 0.4, 0.1]", S), (f"{N}|[0, 0, 1]", N), ("", N)]
    report = evaluate_claims(Checker(), claims_file(tmp_path, rows))
    assert report["labels"] == [S, R, N]
    assert report["accuracy"] == pytest.approx(2 / 5)
    assert report["confusion"] == {
        S: {S: 1, R: 0, N: 0, "": 0, C: 1},
        R: {S: 0, R: 0, N: 1, "": 0, C: 0},
        N: {S: 0, R: 0, N: 1, "": 1, C: 0},
    }
    assert report["coverage"] == pytest.approx(2 / 5)
    assert report["decided"] == {"n": 2, "accuracy": 0.5}
    assert report["errors"] == 1
    assert report["log_loss"] == pytest.approx(-(math.log(0.8) + math.log(0.5) + math.log(0.5) + 0 + math.log(1 / 3)) / 5)
    assert "slices" not in report


def test_claims_of_two_labels_are_scored_by_the_larger_and_failures_stay_wrong(tmp_path):
    rows = [(f"{N}|[0.3, 0.1, 0.6]", "true"), (f"{R}|[0.1, 0.8, 0.1]", "false"), ("", "true")]
    report = evaluate_claims(Checker(), claims_file(tmp_path, rows))
    assert report["labels"] == [S, R]
    assert report["accuracy"] == pytest.approx(2 / 3)
    assert report["confusion"][S] == {S: 1, R: 0, "": 1}
    assert report["coverage"] == pytest.approx(1 / 3)
    assert report["decided"] == {"n": 1, "accuracy": 1}


def test_a_claim_labelled_conflicting_is_met_by_that_verdict_and_has_no_probability(tmp_path):
    rows = [(f"{C}|[0.5, 0.5, 0]", C), (f"{S}|[0.9, 0.1, 0]", S)]
    report = evaluate_claims(Checker(), claims_file(tmp_path, rows))
    assert report["labels"] == [S, R, N, C]
    assert report["accuracy"] == 1
    assert report["log_loss"] == pytest.approx(-math.log(0.9))
    only = evaluate_claims(Checker(), claims_file(tmp_path, rows[:1]))
    assert only["accuracy"] == 1
    assert "log_loss" not in only


def test_nothing_decided_has_no_accuracy_of_decisions():
    assert score_claims(Checker(), [f"{N}|[0, 0, 1]"], [N])["decided"] == {"n": 0, "accuracy": None}


def test_slices_by_kind_and_topic(tmp_path):
    rows = [(f"{R}|[0, 1, 0]", R, "myth", "space"), (f"{N}|[0, 0, 1]", R, "myth", "health"), (f"{N}|[0, 0, 1]", N, "everyday", "")]
    slices = evaluate_claims(Checker(), claims_file(tmp_path, rows))["slices"]
    assert slices["kind"] == {
        "everyday": {"n": 1, "accuracy": 1, "macro_f1": 1, "verdicts": {N: 1}},
        "myth": {"n": 2, "accuracy": 0.5, "macro_f1": pytest.approx(2 / 3), "verdicts": {N: 0.5, R: 0.5}},
    }
    assert {topic: scores["n"] for topic, scores in slices["topic"].items()} == {"": 1, "health": 1, "space": 1}


def test_the_interval_of_claims_draws_statements_where_they_are_named(tmp_path):
    rows = [(f"{S}|[1, 0, {0 if copy else 0.0}]", S if i % 3 else R, "", "", f"s{i}") for i in range(30) for copy in range(10)]
    named, alone = (
        evaluate_claims(Checker(), claims_file(tmp_path, r))["interval"] for r in (rows, [(*row[:4], f"{i}") for i, row in enumerate(rows)])
    )
    assert named[1] - named[0] > 2 * (alone[1] - alone[0])


class Classifier:
    """Says real with the probability that the text holds."""

    classes_ = np.array(["fake", "real"])

    def predict(self, texts):
        return self.classes_[(self.predict_proba(texts)[:, 1] > 0.5).astype(int)]

    def predict_proba(self, texts):
        return np.array([[1 - float(text), float(text)] for text in texts])


def test_a_classifier_is_scored_by_its_own_labels_in_any_case(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("tweet,class\n0.9,real\n0.2,Fake\n0.6,FAKE\n0.7,real\n", encoding="utf-8")
    report = evaluate_claims(Classifier(), path, text_column="tweet", label_column="class")
    assert report["labels"] == ["fake", "real"]
    assert report["confusion"] == {"fake": {"fake": 1, "real": 1}, "real": {"fake": 0, "real": 2}}
    assert report["weighted_f1"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert report["log_loss"] == pytest.approx(-(math.log(0.9) + math.log(0.8) + math.log(0.4) + math.log(0.7)) / 4)
    assert report["coverage"] == 1
    assert evaluate_claims(Classifier(), path, text_column="tweet", label_column="class", limit=2)["n"] == 2


def test_a_label_that_the_classifier_never_learnt_names_its_row(tmp_path):
    with pytest.raises(InputError, match=r"row 1: the label 'SUPPORTS' .* allowed are fake, real"):
        evaluate_claims(Classifier(), claims_file(tmp_path, [("0.5", S)]))


def test_classes_that_differ_in_case_alone_are_told_apart(tmp_path):
    classifier = Classifier()
    classifier.classes_ = np.array(["a", "A"])
    report = evaluate_claims(classifier, claims_file(tmp_path, [("0.1", "a"), ("0.9", "A")]))
    assert report["accuracy"] == 1
    classifier.classes_ = np.array(["aa", "AA"])
    with pytest.raises(InputError, match=r"'Aa' .* not known"):
        evaluate_claims(classifier, claims_file(tmp_path, [("0.1", "Aa")]))


def test_classes_that_are_numbers_match_the_cells_of_a_table(tmp_path):
    classifier = Classifier()
    classifier.classes_ = np.array([0, 1])
    assert evaluate_claims(classifier, claims_file(tmp_path, [("0.1", 0), ("0.9", "1")]))["accuracy"] == 1


# --- Baselines -------------------------------------------------------------------------------------------------------


def test_baselines_find_the_label_where_it_leaks_and_only_there():
    pairs = [(f"tail {i % 2}", f"{'good' if i % 4 < 2 else 'bad'} proof") for i in range(80)]
    labels = [S if i % 4 < 2 else R for i in range(80)]
    scores = partial_input_baselines(pairs, labels, pairs, labels)
    assert scores["evidence_only"] == 1
    assert scores["claim_only"] <= 0.5
    assert scores["majority"] == pytest.approx(1 / 3)  # always REFUTES, of two labels of the same size
    flipped = partial_input_baselines([p[::-1] for p in pairs], labels, [p[::-1] for p in pairs], labels)
    assert (flipped["claim_only"], flipped["evidence_only"]) == (scores["evidence_only"], scores["claim_only"])


def test_majority_is_that_of_training():
    pairs = [("a", "b")] * 4
    scores = partial_input_baselines(pairs, [S, S, S, R], pairs, [S, R, R, R])
    assert scores["majority"] == pytest.approx((2 * 1 / (4 + 1)) / 2)


def test_a_test_of_two_labels_is_a_choice_between_two():
    train = [("a", "yes")] * 3 + [("a", "no")] * 3 + [("a", "maybe")] * 9
    scores = partial_input_baselines(train, [S] * 3 + [R] * 3 + [N] * 9, [("a", "yes"), ("a", "no")], [S, R])
    assert scores["evidence_only"] == 1
    assert scores["majority"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("pairs", [[("", "")] * 4, [("!", "?")] * 4])
def test_texts_without_words_leave_the_majority(pairs):
    scores = partial_input_baselines(pairs, [S, S, S, R], pairs, [S, S, R, R])
    assert len(set(scores.values())) == 1


def test_training_on_one_label_leaves_the_majority():
    scores = partial_input_baselines([("a", "b")] * 2, [S, S], [("a", "b")] * 2, [S, R])
    assert scores == pytest.approx(dict.fromkeys(("majority", "claim_only", "evidence_only"), 1 / 3))


def test_baselines_refuse_rows_that_do_not_fit_together():
    with pytest.raises(InputError, match="none of the labels of the test"):
        partial_input_baselines([("a", "b")], [N], [("a", "b")], [S])
    with pytest.raises(InputError, match="one for each"):
        partial_input_baselines([("a", "b")], [N, S], [("a", "b")], [S])
    with pytest.raises(InputError, match="one for each"):
        partial_input_baselines([("a", "b")], [S], [("a", "b")] * 2, [S])
