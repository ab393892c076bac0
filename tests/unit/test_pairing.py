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


def test_a_denied_claim_turns_its_stance_and_a_reported_one_has_none():
    found = counterfactuals(MYTHS, TEXTS, POSITION)
    stances = {stance: [pair[0] for pair, said, _ in found if said == stance] for stance in STANCES}
    assert stances["REFUTES"]
    assert all(
        text == text.lower() and text.startswith("the windmill number") for text in stances["REFUTES"]
    )  # as said, but in small letters
    for negated in (" is not made", " isn't made", " is never made"):
        assert any(negated in text for text in stances["SUPPORTS"])
    assert any("not true that the windmill" in text or "false that the windmill" in text for text in stances["SUPPORTS"])
    assert any("say that the windmill" in text or "claims that the windmill" in text for text in stances["NOT ENOUGH INFO"])
    assert all(pair[1] == TEXTS[0] for pair, _, _ in found)
    assert all(0 < weight < 1 for _, _, weight in found)


def test_a_denied_fact_is_refuted():
    facts = [claim(f"Tower {number} is tall", "SUPPORTS", kind="fact") for number in range(60)]
    found = counterfactuals(facts, TEXTS, POSITION)
    assert {stance for pair, stance, _ in found if pair[0] != pair[0].lower()} == {"REFUTES", "NOT ENOUGH INFO"}
    assert {stance for pair, stance, _ in found if pair[0] == pair[0].lower()} <= {"REFUTES", "SUPPORTS"}


@pytest.mark.parametrize(
    "untouched",
    [
        claim("Tin is said to melt", "NOT ENOUGH INFO"),
        claim("Somebody says tin melts", "SUPPORTS", kind="quote-and-refute"),
        claim("Tin is a metal", "REFUTES", statement="s-99"),
    ],
)
def test_what_is_undecided_denied_already_or_of_no_statement_is_left_alone(untouched):
    assert counterfactuals([untouched], TEXTS, POSITION) == []


def test_a_claim_that_negates_is_not_negated_again():
    found = counterfactuals([claim(f"Tower {number} is not tall", "REFUTES") for number in range(60)], TEXTS, POSITION)
    assert {stance for pair, stance, _ in found if "is not tall" in pair[0] and pair[0] != pair[0].lower()} == {"NOT ENOUGH INFO"}
    assert not [pair for pair, stance, _ in found if stance == "SUPPORTS"]


def test_a_claim_without_its_signs_keeps_its_stance_and_its_numbers():
    found = counterfactuals([claim(f"Tower {number}, in Brevik, is 1.5 m taller!", "REFUTES") for number in range(60)], TEXTS, POSITION)
    worn = [(pair[0], stance) for pair, stance, _ in found if pair[0].endswith("in brevik is 1.5 m taller")]
    assert len(worn) > 5
    assert {stance for _, stance in worn} == {"REFUTES"}


def test_a_name_keeps_its_capital_inside_a_sentence():
    found = counterfactuals([claim(f"WHO is in town number {number}", "REFUTES") for number in range(60)], TEXTS, POSITION)
    assert all("WHO" in pair[0] for pair, _, _ in found if pair[0] != pair[0].lower())
