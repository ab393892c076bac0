"""An explanation points at words of the user's own text, and leaving out what carried the stance weakens it."""

import pytest

from factcheck.checker import FactChecker
from factcheck.explanation import explain
from factcheck.records import REFUTES, STANCES


@pytest.fixture(scope="module")
def checker():
    return FactChecker.load("linear")


def test_the_words_are_those_of_both_texts_where_they_stand(checker):
    claim = "  ５G causes COVID-19!!  "
    found = explain(checker, claim)
    assert (
        [claim[word.start : word.end] for word in found.claim_words]
        == [word.text for word in found.claim_words]
        == ["５G", "causes", "COVID-19"]
    )
    statement = found.evidence.statement.text
    assert found.statement_words
    assert all(statement[word.start : word.end] == word.text for word in found.statement_words)


def test_a_weight_is_how_much_the_stance_falls_without_the_word(checker):
    found = explain(checker, "5G causes COVID-19")
    assert found.stance == "REFUTES"
    statement = found.evidence.statement.text
    word = max(found.statement_words, key=lambda word: word.weight)
    without = statement[: word.start] + statement[word.end :]
    whole, less = checker.verifier.predict_proba([("5G causes COVID-19", statement), ("5G causes COVID-19", without)])[:, REFUTES]
    assert word.weight > 0
    assert less < whole


def test_what_no_statement_speaks_of_has_no_words_and_says_what_was_needed(checker):
    found = explain(checker, "qwertz asdfgh yxcvbn")
    assert (found.evidence, found.claim_words, found.stance) == (None, (), "")
    assert found.thresholds == {"relevance": checker.rule.gate_, "probability": checker.rule.threshold_}


def test_of_a_long_post_the_sentence_that_was_checked_is_explained(checker):
    post = (
        "We went to the lake on Sunday and stayed until it was dark. " * 6
        + "5G masts cause the coronavirus. "
        + "Then we drove home and slept until noon. " * 4
    )
    found = explain(checker, post)
    assert found.verdict.span
    assert [post[word.start : word.end] for word in found.claim_words] == ["5G", "masts", "cause", "the", "coronavirus"]


def test_an_explanation_is_ready_for_json(checker):
    written = explain(checker, "5G causes COVID-19").to_dict()
    assert set(written["claim_words"][0]) == {"start", "end", "text", "weight"}
    assert set(written["explained"]["probabilities"]) == set(STANCES)
