"""An explanation points at words of the user's own text, and leaving out what carried the stance weakens it."""

from dataclasses import replace

import numpy as np
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
        + "5G masts spread the coronavirus. "
        + "Then we drove home and slept until noon. " * 4
    )
    found = explain(checker, post)
    assert found.verdict.span
    assert [post[word.start : word.end] for word in found.claim_words] == ["5G", "masts", "spread", "the", "coronavirus"]


def test_where_no_label_is_sure_enough_the_stance_of_the_nearest_statement_is_explained():
    found = explain(FactChecker.load("linear", max_error=0.001), "5G causes COVID-19")
    assert found.verdict.label == "NOT ENOUGH INFO"
    assert found.stance == found.evidence.stance == "REFUTES"
    assert found.thresholds["probability"] == 1.0


def test_an_explanation_is_ready_for_json(checker):
    written = explain(checker, "5G causes COVID-19").to_dict()
    assert set(written["claim_words"][0]) == {"start", "end", "text", "weight"}
    assert set(written["explained"]["probabilities"]) == set(STANCES)


def test_addresses_and_last_hashtags_are_no_words_of_the_claim_and_weigh_nothing(checker):
    plain = explain(checker, "5G causes COVID-19")
    post = "https://example.org/5g 5G causes COVID-19 #wake #up www.example.org"
    dressed = explain(checker, post)
    assert [post[word.start : word.end] for word in dressed.claim_words] == ["5G", "causes", "COVID-19"]
    for of in ("claim_words", "statement_words"):
        assert [word.weight for word in getattr(dressed, of)] == [word.weight for word in getattr(plain, of)]


def test_accents_behind_their_letters_and_emoji_move_no_word(checker):
    claim = "\U0001f468\u200d\U0001f469\u200d\U0001f467 5G cause\u0301s COVID-19 \U0001f4e1"
    found = explain(checker, claim)
    assert [claim[word.start : word.end] for word in found.claim_words] == ["5G", "cause\u0301s", "COVID-19"]


@pytest.mark.parametrize("model", ["linear", "encoder"])
def test_of_a_long_statement_the_words_of_the_clearest_sentence_are_explained(model):
    """Each word costs a reading of the whole statement: those of a book would take for ever."""
    (statement,) = (one for one in FactChecker.load("linear").statements if one.id == "emf-052")
    clear = statement.text.rstrip(".") + "."
    long = replace(statement, text=clear + " Masts stand on hills and on roofs of houses." * 40)
    checker = FactChecker.load(model, statements=[long], max_error=0.3)
    checker.rule.gate_ = 0.01  # so long a statement is near nothing
    asked = []
    predict = checker.verifier.predict_proba
    checker.verifier.predict_proba = lambda pairs: asked.append(len(pairs)) or predict(pairs)
    found = explain(checker, "5G causes COVID-19")
    assert found.evidence.statement.id == "emf-052"
    assert found.statement_words
    assert max(word.end for word in found.statement_words) <= len(clear)
    assert all(long.text[word.start : word.end] == word.text for word in found.statement_words)
    assert max(asked) <= 64


def test_a_claim_of_many_words_is_explained_some_at_a_time(checker):
    claim = "5G causes COVID-19 " + "in the town " * 40
    asked = []
    predict = checker.verifier.predict_proba
    checker.verifier.predict_proba = lambda pairs: asked.append(len(pairs)) or predict(pairs)
    try:
        found = explain(checker, claim)
    finally:
        del checker.verifier.predict_proba
    assert len(found.claim_words) == 3 + 3 * 40
    assert max(asked) <= 64
    whole, without = checker.verifier.predict_proba([(text, found.evidence.statement.text) for text in (claim.strip(), claim.strip()[:-5])])
    column = STANCES.index(found.stance)
    odds = [np.log(row[column] / (1 - row[column])) for row in (whole, without)]
    assert found.claim_words[-1].weight == pytest.approx(odds[0] - odds[1])


def test_the_words_of_a_disguised_and_mistyped_claim_are_those_that_the_user_wrote(checker):
    claim = "#5G c4uses the cor\u043enaivrus"
    found = explain(checker, claim)
    assert (
        [word.text for word in found.claim_words][-1]
        == "cor\u043enaivrus"
        == claim[found.claim_words[-1].start : found.claim_words[-1].end]
    )
    assert found.claim_words[-1].weight > 0.5
    plain = explain(checker, "5G causes the coronavirus")
    assert found.verdict.probability == plain.verdict.probability
