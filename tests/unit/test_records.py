"""The nouns: what cannot be altered, what a decisive verdict is, and what goes into JSON."""

import dataclasses
import datetime
import json

import pytest

from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES, SUPPORTS, Claim, Evidence, Label, Reason, Statement, Verdict

STATEMENT = Statement("s1", "bees", "Bees make honey.", "Bee Board", "https://bees.example.org/", datetime.date(2020, 1, 2))
EVIDENCE = Evidence(STATEMENT, 0.123456789, "REFUTES", {"SUPPORTS": 0.1, "REFUTES": 0.8, "NOT ENOUGH INFO": 0.1})


def verdict(label, reason="decided", **parts):
    return Verdict(Claim("Bees make no honey", "7"), label, 0.87654321, reason, **parts)


def test_the_columns_of_probabilities_follow_the_stances():
    assert STANCES[SUPPORTS] == Label.SUPPORTS
    assert STANCES[REFUTES] == Label.REFUTES
    assert STANCES[NOT_ENOUGH_INFO] == Label.NOT_ENOUGH_INFO


def test_labels_and_reasons_have_the_names_that_the_documents_promise():
    assert set(Label) == {"SUPPORTS", "REFUTES", "NOT ENOUGH INFO", "CONFLICTING"}
    assert set(Reason) == {
        "decided",
        "no_relevant_statement",
        "low_probability",
        "conflicting_evidence",
        "not_a_claim",
        "outdated_statement",
        "error",
    }


@pytest.mark.parametrize("record", [Claim("a"), STATEMENT, EVIDENCE, verdict("REFUTES")])
def test_no_record_can_be_altered(record):
    name = dataclasses.fields(record)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(record, name, "other")


@pytest.mark.parametrize(
    ("label", "decisive"), [("SUPPORTS", True), ("REFUTES", True), ("CONFLICTING", True), ("NOT ENOUGH INFO", False), ("", False)]
)
def test_only_a_decisive_verdict_has_a_deciding_statement(label, decisive):
    given = verdict(label, evidence=(EVIDENCE,))
    assert given.decisive is decisive
    assert given.statement is (STATEMENT if decisive else None)


def test_a_verdict_keeps_the_claim_as_it_was_written():
    text = "  ｖａ××ine\u200b c0v1d 💉 "
    assert Verdict(Claim(text), "", 0.0, "error").to_dict()["claim"] == text


def test_a_verdict_as_json_holds_everything_and_comes_back_the_same():
    given = verdict("REFUTES", probabilities=EVIDENCE.probabilities, evidence=(EVIDENCE,)).to_dict()
    assert json.loads(json.dumps(given, allow_nan=False)) == given
    assert given["id"] == "7"
    assert given["verdict"] == "REFUTES"
    assert given["probability"] == 0.876543
    assert given["statement"] == STATEMENT.to_dict()
    assert given["evidence"][0]["score"] == 0.123457
    assert given["evidence"][0]["stance"] == "REFUTES"


def test_an_undecided_verdict_as_json_names_no_statement():
    assert verdict("NOT ENOUGH INFO", "low_probability", evidence=(EVIDENCE,)).to_dict()["statement"] is None


def test_a_statement_goes_out_with_iso_dates_and_an_empty_text_for_none():
    row = STATEMENT.to_dict()
    assert row["statement"] == "Bees make honey."
    assert row["published"] == "2020-01-02"
    assert row["valid_until"] == ""
