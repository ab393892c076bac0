"""Which pairs a verifier learns from: a claim with its own statement, with near ones that decide nothing, and turned around."""

import pytest

from factcheck.claims import LabelledClaim
from factcheck.pairing import counterfactuals, own_pairs
from factcheck.records import STANCES
from factcheck.retrieval import StatementIndex

TEXTS = [
    "The windmill of Brevik was opened in 1808.",
    "The windmill of Brevik was opened by the mayor in the year 1808.",
    "Honey bees visit flowers in the gardens of Brevik.",
    "Tin melts at 232 degrees.",
]
POSITION = {f"s-{number}": number for number in range(len(TEXTS))}


@pytest.fixture(scope="module")
def index():
    return StatementIndex().fit(TEXTS)


def claim(text, label, statement="s-0", kind="myth"):
    return LabelledClaim("c", text, label, statement, "towns", kind)


def test_a_claim_stands_with_its_own_statement_and_the_statement_with_itself(index):
    found = own_pairs([claim("The windmill of Brevik never opened", "REFUTES")], index, TEXTS, POSITION)
    assert found[0] == (("The windmill of Brevik never opened", TEXTS[0]), "REFUTES", 1.0)
    assert found[1] == ((TEXTS[0], TEXTS[0]), "SUPPORTS", 1.0)


def test_a_near_statement_decides_nothing_unless_it_says_what_the_own_one_says(index):
    found = own_pairs([claim("The windmill of Brevik in the gardens never opened", "REFUTES")], index, TEXTS, POSITION)
    negatives = [(pair[1], weight) for pair, stance, weight in found if stance == "NOT ENOUGH INFO"]
    assert [text for text, _ in negatives] == [TEXTS[2]]
    assert 0 < negatives[0][1] < 1


def test_a_claim_of_no_statement_stands_with_its_nearest_as_not_enough_info(index):
    found = own_pairs([claim("A windmill in the gardens of Brevik", "NOT ENOUGH INFO", statement="")], index, TEXTS, POSITION)
    assert {pair[1] for pair, _, _ in found} == set(TEXTS[:3])
    assert {stance for _, stance, _ in found} == {"NOT ENOUGH INFO"}


MYTHS = [claim(f"The windmill number {number} is made of glass", "REFUTES") for number in range(60)]


def turned(claims):
    """Return what is made of claims, by stance."""
    found = counterfactuals(claims, TEXTS, POSITION)
    assert all(pair[1] in TEXTS and 0 < weight < 1 for pair, _, weight in found)
    return {stance: [pair[0] for pair, said, _ in found if said == stance] for stance in STANCES}


def test_a_denied_claim_turns_its_stance_and_a_reported_one_has_none():
    stances = turned(MYTHS)
    for negated in (" is not made", " isn't made", " is never made"):
        assert any(negated in text for text in stances["SUPPORTS"])
    assert any("not true that the windmill" in text or "false that the windmill" in text for text in stances["SUPPORTS"])
    assert any("say that the windmill" in text or "claims that the windmill" in text for text in stances["NOT ENOUGH INFO"])
    assert not any(" that the windmill" in text for text in stances["REFUTES"])


def test_a_denied_fact_is_refuted():
    stances = turned([claim(f"Tower {number} is tall", "SUPPORTS", kind="fact") for number in range(60)])
    assert any("false that Tower" in text for text in stances["REFUTES"])
    assert all(text.lower().startswith("tower") for text in stances["SUPPORTS"])


@pytest.mark.parametrize(
    "untouched",
    [
        [claim(f"Tin {number} is said to melt", "NOT ENOUGH INFO") for number in range(60)],
        [claim(f"Somebody says tin {number} melts", "SUPPORTS", kind="quote-and-refute") for number in range(60)],
    ],
)
def test_what_is_undecided_or_denied_already_is_worn_at_the_most(untouched):
    stances = turned(untouched)
    assert {stance for stance, texts in stances.items() if texts} == {untouched[0].label}
    assert all("melt" in text and "tin" in text.lower() for text in stances[untouched[0].label])


def test_what_is_of_no_statement_or_in_disguise_already_is_left_alone():
    assert counterfactuals([claim(f"Tin {number} is a metal", "REFUTES", statement="s-99") for number in range(60)], TEXTS, POSITION) == []
    assert (
        turned([claim(f"t1n {number} is a metal", "NOT ENOUGH INFO", kind="obfuscated") for number in range(60)])["NOT ENOUGH INFO"] == []
    )


@pytest.mark.parametrize("negated", ["is not tall", "isn't tall", "will never be tall"])
def test_a_claim_that_negates_is_denied_at_times_and_not_negated_again(negated):
    stances = turned([claim(f"Tower {number} {negated}", "REFUTES", kind="contrast") for number in range(60)])
    assert 5 < len(stances["SUPPORTS"]) < 40
    assert all(negated in text for text in stances["SUPPORTS"])


def test_a_claim_worn_by_haste_keeps_its_stance_and_its_numbers():
    stances = turned([claim(f"Tower {number}, in Brevik, is 1.5 m taller!", "REFUTES") for number in range(60)])
    small = [text for text in stances["REFUTES"] if text.endswith("in brevik is 1.5 m taller")]
    without_signs = [text for text in stances["REFUTES"] if text.endswith("in Brevik is 1.5 m taller")]
    mistyped = [text for text in stances["REFUTES"] if text.endswith("!") and not text.endswith("in Brevik, is 1.5 m taller!")]
    assert min(map(len, (small, without_signs, mistyped))) > 5
    assert all("1.5 m" in text and len(text) < 40 for text in mistyped)
    assert len(small) + len(without_signs) + len(mistyped) == len(stances["REFUTES"])


def test_a_question_keeps_its_mark():
    stances = turned([claim(f"Is tower {number}, in Brevik, taller?", "NOT ENOUGH INFO", kind="question") for number in range(60)])
    assert 5 < len(stances["NOT ENOUGH INFO"]) < 30
    assert all(text.endswith("?") for text in stances["NOT ENOUGH INFO"])


def test_a_name_keeps_its_capital_inside_a_sentence():
    found = counterfactuals([claim(f"WHO is in town number {number}", "REFUTES") for number in range(60)], TEXTS, POSITION)
    assert all("WHO" in pair[0] for pair, _, _ in found if pair[0] != pair[0].lower())
