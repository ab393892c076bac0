"""A reworded claim is good English and has the label that must follow, or it is left out."""

from random import Random

import pytest

from factcheck import rewordings
from factcheck.rewordings import framed, negated_verb, other_date, other_entity, other_number, other_unit

DRAWS = range(40)
FRAMES = (
    rewordings.DENIED_BEFORE,
    rewordings.DENIED_AFTER,
    rewordings.QUOTED_AND_DENIED,
    rewordings.REPORTED,
    rewordings.ASKED,
    rewordings.HEDGED,
)


def drawn(reword, claim):
    return {reword(claim, Random(state)) for state in DRAWS}


# --- Frames ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frames", FRAMES)
def test_every_frame_holds_the_claim_once_and_is_drawn(frames):
    assert len(set(frames)) == len(frames)
    assert all(frame.count("{}") == 1 and frame.count("{") == 1 for frame in frames)
    found = {framed("The sea is salty.", Random(state), frames=frames) for state in range(400)}
    assert len(found) == len(frames)
    assert all("sea is salty" in text for text in found)
    assert {text.replace("The sea is salty", "the sea is salty") for text in found} == {
        frame.format("the sea is salty") for frame in frames
    }


@pytest.mark.parametrize(
    ("claim", "inside", "by_itself"),
    [
        ("The sea is salty!", "It may be that the sea is salty", "The sea is salty?"),
        ("masks are safe", "It may be that masks are safe", "Masks are safe?"),
        ("Germany is flat", "It may be that Germany is flat", "Germany is flat?"),
        ("American spies have lied about it", "", ""),
        ("American spies have left", "It may be that American spies have left", "American spies have left?"),
        ("Bill Gates has left", "It may be that Bill Gates has left", "Bill Gates has left?"),
        ("COVID-19 is mild", "It may be that COVID-19 is mild", "COVID-19 is mild?"),
        ("There's no cure", "It may be that there's no cure", "There's no cure?"),
        ("I have been cured", "It may be that I have been cured", "I have been cured?"),
    ],
)
def test_a_claim_loses_its_capital_within_a_sentence_unless_it_is_a_name_s(claim, inside, by_itself):
    assert framed(claim, Random(0), frames=("It may be that {}",)) == inside
    assert framed(claim, Random(0), frames=("{}?",)) == by_itself
    assert framed(claim, Random(0), frames=("“{}” - no.",)) == (f"“{by_itself[:-1]}” - no." if by_itself else "")


@pytest.mark.parametrize(
    "claim",
    [
        "Is the sea salty?",
        "Wash your hands before you eat",
        "Do not eat it",
        "No, the sea is not salty",
        'They call it "salty" here',
        "It is a myth that the sea is salty",
        "WHO says the sea is salty",
        "The sea is salty. So is the lake",
        "The sea is salty 🌊",
        "The sea is salty #sea",
        "The sea is salty, see example.org/sea",
        "Salty sea, sweet lake",
        "Salty sea",
        "Das Meer ist überall recht salzig",
        "The sea " + "very " * 30 + "is salty",
        "",
    ],
)
def test_what_is_no_plain_clause_is_put_into_no_frame(claim):
    assert framed(claim, Random(0), frames=("It may be that {}",)) == ""


# --- Negation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("5G is dangerous", "5G is not dangerous"),
        ("Masks are safe.", "Masks are not safe"),
        ("The jab was tested", "The jab was not tested"),
        ("Children can catch it", "Children cannot catch it"),
        ("The Sun will explode", "The Sun will not explode"),
        ("5G causes COVID-19", "5G does not cause COVID-19"),
        ("Vaccines cause autism", "Vaccines do not cause autism"),
        ("People carry it", "People do not carry it"),
        ("The virus carries a gene", "The virus does not carry a gene"),
        ("The convention took effect", "The convention did not take effect"),
        ("Spies have confirmed it", "Spies have not confirmed it"),
        ("Britain has proof", "Britain does not have proof"),
        ("Britain had its first hot day", "Britain did not have its first hot day"),
        ("5G does not cause COVID-19", "5G does cause COVID-19"),
        ("Masks don't kill", "Masks do kill"),
        ("The vaccine can't kill", "The vaccine can kill"),
        ("Insects cannot pass it on", "Insects can pass it on"),
        ("Hib isn’t a virus", "Hib is a virus"),
        ("It won't hurt", "It will hurt"),
    ],
)
def test_the_verb_is_negated_or_its_negation_dropped(claim, expected):
    assert negated_verb(claim, Random(0)) == expected


@pytest.mark.parametrize(
    "claim",
    [
        "All vaccines are safe",  # not all, or none?
        "Masks are often useless",
        "Masks are safe and cheap",
        "Masks are unsafe because they leak",
        "Vaccines may be unsafe",  # what may be so may also not be so
        "Everybody should be vaccinated",
        "Vaccines that contain lead are rare",
        "What gives villagers malaria is nets",
        "Five people were killed",
        "It does not contain any lead",
        "Masks do not help nobody",
        "The cause of malaria",
        "It ranked ninth among US causes of death",
        "Masks, they say, are safe",
        "Is it safe?",
        "The uses of masks are many",
        "Nobody is immune",
        "It is n0 danger for babies",
    ],
)
def test_a_verb_whose_negation_may_not_be_that_of_the_claim_is_left_alone(claim):
    assert negated_verb(claim, Random(0)) == ""


# --- Numbers, units, dates, names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("It takes 20 minutes", {f"It takes {n} minutes" for n in (5, 7, 10, 40, 60, 100)}),
        ("It takes ten minutes", {"It takes two minutes", "It takes three minutes", "It takes five minutes", "It takes twenty minutes", "It takes thirty minutes", "It takes fifty minutes"}),
        ("Ten people fell ill", {f"{n} people fell ill" for n in ("Two", "Three", "Five", "Twenty", "Thirty", "Fifty")}),
        ("About 1,500 people", {f"About {n} people" for n in ("375", "500", "750", "3,000", "4,500", "7,500")}),
        ("It has 1.5 litres", {f"It has {n} litres" for n in ("0.4", "0.5", "3.0", "4.5", "7.5", "0.8")} - {"It has 0.8 litres"}),
        ("It takes 2 minutes", {f"It takes {n} minutes" for n in (4, 6, 10)}),  # of 1 it would be a minute
        ("More than 20 people died", {f"More than {n} people died" for n in (40, 60, 100)}),
        ("Less than 20 people died", {f"Less than {n} people died" for n in (5, 7, 10)}),
        ("About 60 % recover", {f"About {n} % recover" for n in (15, 20, 30)}),
        ("At least 60 percent recover", {""}),  # twice as many would be more than all
        ("At least one of 2 died", {""}),
    ],
)  # fmt: skip
def test_a_number_at_least_doubles_or_halves_in_the_direction_that_makes_another_claim(claim, expected):
    assert drawn(other_number, claim) == expected


@pytest.mark.parametrize(
    "claim",
    [
        "COVID-19 is mild",
        "5G and PM2.5 differ",
        "It began in 1998",
        "It is not 20 minutes",
        "It takes 5-10 minutes",
        "A 20-minute walk helps",
        "Type 2 diabetes is curable",
        "On 11 March it began",
        "Two thirds recover",
        "3 out of 4 recover",
        "One in 5 recovers",
        "It costs $20",
        "Call 20 people?",
        "It is a lie that it takes 20 minutes",
        '"It takes 20 minutes" is wrong',
        "It is wetter than 20 years ago",
    ],
)
def test_a_number_that_is_no_amount_of_its_own_is_left_alone(claim):
    assert drawn(other_number, claim) == {""}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("It takes 20 minutes", {f"It takes 20 {unit}" for unit in ("seconds", "hours", "days")}),
        ("It takes more than 20 minutes", {f"It takes more than 20 {unit}" for unit in ("hours", "days")}),
        ("It takes up to 20 minutes", {"It takes up to 20 seconds"}),
        ("It warmed by 2 degrees Celsius", {"It warmed by 2 degrees Fahrenheit"}),
        ("Two million people", {f"Two {unit} people" for unit in ("hundred", "thousand", "billion", "trillion")}),
        ("The band is at 60 GHz", {f"The band is at 60 {unit}" for unit in ("kHz", "MHz", "THz")}),
        ("It takes minutes", {""}),
        ("It does not take 20 minutes", {""}),
        ("It takes 20 people", {""}),
    ],
)
def test_a_unit_becomes_another_of_its_dimension(claim, expected):
    assert drawn(other_unit, claim) == expected


def test_years_move_together_by_three_to_nine_and_long_ago_by_decades():
    found = {tuple(int(word) for word in text.split() if word.isdigit()) for text in drawn(other_date, "Between 2000 and 2010 it rose")}
    assert {last - first for first, last in found} == {10}
    assert {abs(first - 2000) for first, _ in found} <= set(range(3, 10))
    assert {first > 2000 for first, _ in found} == {True, False}
    assert {abs(int(text.split()[-1]) - 1796) for text in drawn(other_date, "He tried it in 1796")} == {20, 30, 40}
    assert drawn(other_date, "It rose since the 1950s") == {f"It rose since the {year}s" for year in (1910, 1920, 1930)}


@pytest.mark.parametrize(
    ("claim", "later"), [("It has been so since 2000", False), ("By 2000 it was gone", False), ("Until 2000 it was there", True)]
)
def test_a_year_moves_to_where_the_claim_is_no_longer_true(claim, later):
    years = [int(word) for text in drawn(other_date, claim) for word in text.split() if word.isdigit()]
    assert years
    assert all((year > 2000) == later for year in years)


def test_a_month_becomes_another_and_a_verb_is_no_month():
    found = drawn(other_date, "The trial ended in May")
    assert len(found) == 7
    assert not {text.split()[-1] for text in found} & {"April", "May", "June", "July"} - {"April"}
    assert "The trial ended on 3 May" not in drawn(other_date, "The trial ended on 3 May")
    assert drawn(other_date, "May it end soon") == drawn(other_date, "They March on") == {""}


@pytest.mark.parametrize(
    "claim", ["It was not in 2000", "After 2000 it fell", "2000 metres is deep", "In 2020–21 it rose", "Was it in 2000?"]
)
def test_what_is_no_year_or_may_stay_true_is_left_alone(claim):
    assert drawn(other_date, claim) == {""}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Measles are in Peru", {f"Measles are in {name}" for name in "Paraguay Bhutan Latvia Luxembourg Mongolia Malta Laos Suriname Belize Brunei".split()}),
        ("The Moon is a stone", {f"{name} is a stone" for name in ("Callisto", "Ganymede", "Vesta", "Ceres")}),
        ("Lungs and kneecaps ache", {""}),
        ("A flu jab helps", {f"A {name} jab helps" for name in ("scurvy", "rickets", "lumbago", "ringworm", "tinnitus", "glaucoma", "hay fever", "sciatica")}),
        ("An HIV test helps", {""}),  # no other of the sort that "an" fits
        ("HIV-positive people live long", {""}),
        ("Is it in Peru?", {""}),
        ("It is a myth that it is in Peru", {""}),
        ("It does not spread in Peru", {""}),  # nor, for all one knows, elsewhere
        ("All is well here", {""}),
    ],
)  # fmt: skip
def test_a_name_becomes_another_of_its_sort(claim, expected):
    assert drawn(other_entity, claim) == expected


def test_a_name_is_exchanged_wherever_it_stands():
    text = other_entity("WHO is WHO", Random(0))
    first, _, last = text.partition(" is ")
    assert first == last != "WHO"


def test_no_name_is_put_at_one_that_is_looked_for():
    known = {name for names, _ in rewordings._ENTITIES for name in names.split("|")}
    assert not known & {name for _, others in rewordings._ENTITIES for name in others.split("|")}
