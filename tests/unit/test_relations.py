"""How a post stands to a known claim: what is learned from, what comes back, and when a match is confirmed."""

import datetime

import numpy as np
import pytest

from factcheck.checker import FactChecker
from factcheck.claims import LabelledClaim, read_relations
from factcheck.errors import InputError
from factcheck.pairing import relation_pairs
from factcheck.records import RELATIONS, Match, Relation, Statement
from factcheck.relations import READINGS, RelationClassifier, read_pairs

TOWERS = Statement("c-1", "towers", "The tower of Brevik leans to the north.", "Check Desk", "https://example.org/1", rating="False")
DATED = [
    Statement(
        f"c-{year}",
        "towers",
        f"The tower of Brevik was painted in {year}.",
        "Check Desk",
        "https://example.org/",
        datetime.date(year, 5, 1),
    )
    for year in (2019, 2021, 2023)
]


class Undecided:
    """A verifier that knows nothing."""

    def predict_proba(self, pairs):
        return np.full((len(pairs), 3), 1 / 3)


def examples(relation, text):
    made = {
        Relation.SAME: f"{text}!!",
        Relation.OPPOSITE: text.replace(" is ", " is not "),
        Relation.DENIES_OR_REPORTS: f"It is a myth that {text}",
        Relation.OTHER_DETAIL: text.replace("7", "12"),
        Relation.RELATED: "Somebody visited the town of that name",
    }
    return (made[relation], text)


PAIRS = [
    (examples(relation, f"the {thing} of Brevik is 7 metres {wide}"), relation.value)
    for thing in ("tower", "bridge", "pier", "wall")
    for wide in ("wide", "tall", "deep")
    for relation in Relation
]


@pytest.fixture(scope="module")
def classifier():
    pairs, relations = zip(*PAIRS, strict=True)
    return RelationClassifier(C=1.0).fit(pairs, read_pairs(Undecided(), None, pairs), relations)


def test_it_learns_the_relations_of_its_pairs(classifier):
    pairs, relations = zip(*PAIRS, strict=True)
    readings = read_pairs(Undecided(), None, pairs)
    assert readings.shape == (len(pairs), READINGS)
    assert np.mean(classifier.predict(pairs, readings) == np.array(relations)) > 0.9
    np.testing.assert_allclose(classifier.predict_proba(pairs, readings).sum(axis=1), 1.0)


def test_a_relation_without_examples_is_refused():
    pairs, relations = zip(*[pair for pair in PAIRS if pair[1] != Relation.SAME], strict=True)
    with pytest.raises(ValueError, match="same claim"):
        RelationClassifier().fit(pairs, read_pairs(Undecided(), None, pairs), relations)


def test_the_confirmation_keeps_nine_in_ten(classifier):
    pairs, relations = zip(*PAIRS, strict=True)
    readings = read_pairs(Undecided(), None, pairs)
    classifier.fit_confirmation(pairs, readings, relations)
    taken = classifier.predict_proba(pairs, readings)[:, 0] >= classifier.confirmation_
    assert taken.any()
    assert np.mean(np.array(relations)[taken] == Relation.SAME) >= 0.9
    classifier.fit_confirmation(pairs, readings, [Relation.RELATED.value] * len(pairs))
    assert classifier.confirmation_ == np.inf


def test_pairs_are_made_of_every_relation_and_never_across_statements_as_the_same():
    said = [
        ("myth", "REFUTES", "The old tower of Brevik is 7 metres tall"),
        ("paraphrase", "REFUTES", "The tower of Brevik is seven metres tall, they built it 7 metres"),
        ("fact", "SUPPORTS", "The old tower of Brevik is 40 metres tall"),
        ("number-swap", "REFUTES", "The old tower of Brevik is 90 metres tall"),
        ("quote-and-refute", "SUPPORTS", "The tower of Brevik is 7 metres tall? A myth, it is 40 metres tall"),
        ("near-miss", "NOT ENOUGH INFO", "The tower of Brevik sells ice cream"),
    ]
    claims = [LabelledClaim(f"a{i}", text, label, "s-1", "towns", kind) for i, (kind, label, text) in enumerate(said)]
    claims += [LabelledClaim("b1", "The mayor of Brevik can juggle", "REFUTES", "s-2", "towns", "myth")]
    pairs = relation_pairs(claims)
    assert {relation for _, relation in pairs} == set(RELATIONS)
    assert pairs == relation_pairs(claims)
    for (post, known), relation in pairs:
        if relation == Relation.SAME:
            assert ("juggle" in post) == ("juggle" in known)


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("strength", ["confirmed", "suggested", ""])
@pytest.mark.parametrize("probability", [0.45, 0.6])
def test_a_rating_goes_over_to_what_is_likely_the_same_claim_alone(relation, strength, probability):
    relations = dict.fromkeys(RELATIONS, (1 - probability) / 4) | {relation: probability}
    match = Match(TOWERS, 0.9, relation, relations, strength, "SUPPORTS")
    assert match.rating == ("False" if relation == Relation.SAME and strength and probability > 0.5 else "")
    assert match.to_dict()["rating"] == match.rating


def test_a_copy_of_a_known_claim_is_the_same_claim_and_takes_its_rating(bundle_name):
    checker = FactChecker.load(bundle_name, statements=[TOWERS, *DATED])
    match = checker.match(TOWERS.text, 1)[0]
    assert (match.relation, match.rating) == (Relation.SAME, "False")
    assert match.strength in ("confirmed", "suggested")


@pytest.mark.parametrize(
    "post", ["It is a myth that the tower of Brevik leans to the north", "Is it true that the tower of Brevik leans to the north?"]
)
def test_a_post_that_denies_or_asks_does_not_take_the_rating(bundle_name, post):
    match = FactChecker.load(bundle_name, statements=[TOWERS]).match(post, 1)[0]
    assert match.relation == Relation.DENIES_OR_REPORTS
    assert match.rating == ""


def test_a_known_claim_decides_no_verdict(bundle_name):
    """It may be false, and then what agrees with it is false too."""
    for known in (TOWERS, Statement("c-2", "towers", TOWERS.text, "", "")):
        verdict = FactChecker.load(bundle_name, statements=[known]).check(TOWERS.text)
        assert (verdict.label, verdict.evidence) == ("NOT ENOUGH INFO", ())


def test_a_short_text_is_never_confirmed(bundle_name):
    short = Statement("c-9", "towers", "Towers lean.", "Check Desk", "https://example.org/9", rating="False")
    assert FactChecker.load(bundle_name, statements=[short]).match("Towers lean", 1)[0].strength != "confirmed"


def test_since_leaves_out_what_is_older_or_has_no_day(bundle_name):
    checker = FactChecker.load(bundle_name, statements=[TOWERS, *DATED])
    found = checker.match("The tower of Brevik was painted", 2, since=datetime.date(2021, 5, 1))
    assert {item.statement.id for item in found} == {"c-2021", "c-2023"}
    assert len(checker.match("The tower of Brevik was painted", 9)) == 4


def test_relations_that_cannot_be_read_are_refused_by_row(tmp_path):
    file = tmp_path / "relations.csv"
    file.write_text("id,post,statement,relation,part\n1,a,b,same claim,dev\n2,a,b,alike,dev\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 3 has the relation 'alike'"):
        read_relations(file, "dev")
