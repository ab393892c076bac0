"""The cells of a row: what a verdict says, column by column."""

import pytest

from factcheck.answers import ADDED, ADDED_IN_FULL, answer_texts
from factcheck.checker import FactChecker, fingerprint_cell


@pytest.fixture(scope="module")
def checker():
    return FactChecker.load("linear", max_error=0.3)


def test_a_report_says_what_it_reports_and_a_claim_reports_nothing(checker):
    report, claim = answer_texts(checker, ["Some people believe that 5G causes coronavirus", "5G causes coronavirus"], full=False)
    assert (report["factcheck_reports_claim"], claim["factcheck_reports_claim"]) == ("5G causes coronavirus", None)
    assert (report["factcheck_verdict"], claim["factcheck_verdict"]) == ("NOT ENOUGH INFO", "REFUTES")


def test_posts_of_the_same_words_share_a_cluster_and_a_text_without_words_has_none(checker):
    one, same, other, none = answer_texts(
        checker,
        ["5G causes coronavirus", "5G CAUSES CORONAVIRUS!! https://example.org #wake", "5G causes rain", "https://example.org"],
        full=False,
    )
    assert one["factcheck_cluster"] == same["factcheck_cluster"] != other["factcheck_cluster"]
    assert none["factcheck_cluster"] is None


def test_each_row_says_what_decided_it_and_has_the_columns_that_are_asked_for(checker):
    (short,), (full,) = (answer_texts(checker, ["5G causes coronavirus"], full=full) for full in (False, True))
    assert short["factcheck_decided_by"] == fingerprint_cell(checker.fingerprint)
    assert set(short) == set(ADDED) - set(ADDED_IN_FULL)
    assert set(full) == set(ADDED)
