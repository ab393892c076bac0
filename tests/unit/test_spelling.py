"""The speller reads disguised and mistyped words as known ones, and leaves alone what is known, a name, a measure or another language."""

import time

import pytest

from factcheck.spelling import Speller

STATEMENTS = [
    "Vaccines do not cause autism in children, and no vaccine puts a giant chip into the arm.",
    "The climate is warming because greenhouse gases hold heat; a cloud could not.",
    "Wearing masks in a classroom is safe. Soap kills the virus, the police were told at the beach.",
]


@pytest.fixture(scope="module")
def speller():
    return Speller(
        STATEMENTS,
        stems={"volcan": 5.0, "measl": 5.0, "cloud": 4.5, "creep": 5.0, "studi": 5.0, "odd": 9.0},
        known={"caron": 12.0, "mask": 4.0, "quartz": 5.0},
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("V4ccin3$ c@use aut1sm", "Vaccines cause autism"),
        ("ch11dr3n", "children"),
        ("cl1m4te", "climate"),
        ("ki11s the v!rus!", "kills the virus!"),
        ("v*ccines c#use autism", "vaccines cause autism"),
        ("VACC1N3S", "VACCINES"),
        ("m3asles", "measles"),
        ("#v4ccines", "#vaccines"),
        ("(s0ap)", "(soap)"),
        ("ch\u16a0ldren", "children"),
        ("v4cines", "vaccines"),
    ],
)
def test_of_the_readings_of_a_disguise_the_one_that_is_a_word_is_taken(speller, written, meant):
    assert speller.read(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "5G, 4G, H1N1, B12, CO2, H2O, mp3, G20 and COVID-19 in 2020",
        "10mg at 5pm on the 21st, 60GHz for $100m",
        "top10 of the masks2020",
        "@vaccines and @masks wrote to me@example.org",
        "see https://example.org/v4ccines or example.org/ch11dren",
        "No masks!!! Really?! *masks*",
        "50% of them",
    ],
)
def test_names_measures_handles_and_addresses_are_no_disguises(speller, text):
    assert speller.read(text) == text


def test_what_may_be_a_name_is_a_disguise_among_disguises(speller):
    assert speller.read("t0 d0") == "t0 d0"
    assert speller.read("t0 d0 v@ccines") == "to do vaccines"
    assert speller.read("@nd masks") == "@nd masks"
    assert speller.read("@nd v4ccines") == "and vaccines"


@pytest.mark.parametrize(
    ("drawn", "joined"),
    [
        ("v a c c i n e", "vaccine"),
        ("a g i a n t chip", "a giant chip"),
        ("a g-i-a-n-t chip", "a giant chip"),
        ("it isn't s a f e", "it isn't safe"),
        ("m,a,s,k,s", "masks"),
        ("m / a / s / k / s", "masks"),
        ("k i l l s a virus", "kills a virus"),
        ("x y z w v", "x y z w v"),
        ("vitamins A, B, C, D", "vitamins A, B, C, D"),
    ],
)
def test_letters_drawn_apart_are_joined_to_a_known_word_and_no_further(speller, drawn, joined):
    assert speller.read(drawn) == joined


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vacicnes", "vaccines"),
        ("vaccinnes", "vaccines"),
        ("vaccimes", "vaccines"),
        ("vaccimes cuase auitsm", "vaccines cause autism"),
        ("VACICNES", "VACCINES"),
        ("Chilren", "Children"),
        ("volcamic", "volcanic"),
        ("creepng", "creeping"),
        ("sttudy", "study"),
        ("wearig", "wearing"),
        ("clss-room", "clss-room"),
    ],
)
def test_a_slip_of_the_keyboard_is_read_as_the_one_word_that_is_near(speller, typed, meant):
    assert speller.read(typed) == meant


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("colud", "cloud and could are both near"),
        ("quartz", "it is known"),
        ("masker", "it is a known word with an ending"),
        ("bask", "it looks like a word, and few letters say little"),
        ("cats", "nothing is near"),
        ("peach", "a slip of the first letter is rare"),
        ("dont", "it is a word without its apostrophe"),
        ("VACCA", "nothing is near"),
    ],
)
def test_a_word_that_may_well_be_meant_stays(speller, word, why):
    assert speller.read(f"the {word} here") == f"the {word} here", why


def test_a_rare_known_word_gives_way_only_to_a_far_more_usual_one():
    assert Speller(["carbon"], stems={"carbon": 5.0}, known={"caron": 12.0}).read("much caron") == "much carbon"
    assert Speller(["carbon"], stems={"carbon": 9.0}, known={"caron": 12.0}).read("much caron") == "much caron"
    assert Speller(["carbon"], stems={"carbon": 5.0}, known={"caron": 12.0}).read("Leslie Caron") == "Leslie Caron"
    assert Speller(["carbon"], stems={"carbon": 5.0}, further_words={"caron"}).read("much caron") == "much caron"


def test_of_two_near_words_the_far_more_usual_one_is_meant():
    assert Speller(["melting", "meltin"], stems={"melt": 3.0}).read("meltig") == "melting"


def test_a_known_word_with_an_ending_is_known():
    assert Speller(["cooled"], known={"cool": 4.0}).read("a cooler one") == "a cooler one"
    assert Speller(["cooled"]).read("a cooler one") == "a cooled one"


def test_another_language_is_left_alone(speller):
    text = "Los volcanas no son la causa, es que el climat y los vacunes"
    assert speller.read(text) == text
    assert speller.read("Вакцины не вызывают аутизм") == "Вакцины не вызывают аутизм"


def test_a_text_that_needs_no_mending_comes_back_as_it_is(speller):
    text = "  “Masks” – in a  classroom…  \u00e9 "
    assert speller.read(text) is text


def test_a_speller_without_statements_knows_the_commonest_words():
    assert Speller([]).read("Atuism n3ver comes") == "Atuism never comes"


@pytest.mark.parametrize(
    "text",
    [
        "1!1l" * 1250,
        "a1" * 2500,
        "v4ccin3 " * 600,
        "a b " * 1250,
        "a-" * 2500,
        "\u16a0a" * 2500,
        " ".join(f"xq{i}zjk" for i in range(600)),
        "a*" * 2500,
    ],
)
def test_no_text_takes_long(speller, text):
    speller.read("vacicnes")
    start = time.perf_counter()
    speller.read(text[:5000])
    assert time.perf_counter() - start < 0.5
