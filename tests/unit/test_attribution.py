"""Whose claim a text makes: what is only passed on is found, what is asserted, judged or argued is the writer's own."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck.attribution import reported_claim

MYTH = "radio masts spread the virus"


@pytest.mark.parametrize(
    "frame",
    [
        "Some people believe that {}",
        "Everybody thinks that {}",
        "Allegedly, {}",
        "I heard that {}",
        "It is a common belief that {}",
        "Many still think {}",
        "They say that {}",
        "A video going around says that {}",
        "My uncle keeps telling everybody that {}",
        "It is widely believed that {}",
        "According to a neighbour, {}",
        "There is a rumour that {}",
        "I keep hearing that {}",
        "One in five adults thinks that {}",
        "In our village people say that {}",
        "A senator told reporters that {}",
        "Users are sharing the claim that {}",
        "{}, people say",
        "{}, or so they claim",
        "{}, my cousin tells me.",
        "{}, legend has it",
    ],
)
def test_what_others_say_is_found_word_for_word(frame):
    text = frame.format(MYTH)
    start, end = reported_claim(text)
    assert text[start:end] == MYTH


@pytest.mark.parametrize(
    "text",
    [
        "Radio masts spread the virus",
        "Radio masts spread the virus, according to the WHO",
        "I believe that radio masts spread the virus",
        "Scientists say that radio masts spread the virus",
        "The WHO says that radio masts spread the virus",
        "A study claims that radio masts spread the virus",
        "Some people say that radio masts spread the virus, and they are right",
        "My sister says radio masts spread the virus. She was ill the day they put one up, so it must be them",
        "They say that radio masts spread the virus, but a virus needs a host",
        "People say that radio masts spread the virus. Nonsense!",
        "The claim that radio masts spread the virus is false",
        'My aunt says "radio masts spread the virus". They don\'t.',
        "Nobody says that radio masts spread the virus",
        "It's wrong to say that radio masts spread the virus",
        "Some people say so",
        "They spread the virus with 5G masts",
        "People spread the virus by coughing",
        "Many people share the flu at work",
        "Certain vaccines are suspected to cause autism",
        "Radio masts spread the virus. I saw it, people say",
        "Radio masts spread the virus, says the WHO",
        "Radio masts spread the virus, scientists say",
        "",
    ],
)
def test_what_is_asserted_judged_argued_or_quoted_for_being_right_is_no_report(text):
    assert reported_claim(text) is None


@given(st.text(max_size=300))
def test_any_text_gives_a_place_in_it_or_none(text):
    found = reported_claim(text)
    assert found is None or text[slice(*found)].strip()


def test_a_long_hostile_text_is_read_in_no_time():
    """A frame must not try every way to part a text of thousands of words."""
    began = time.perf_counter()
    for text in ("some " + "who is a " * 500, "a " + "post that " * 400, "according to " + "a " * 2_000, "the claim " + "in it " * 800):
        reported_claim(text)
    assert time.perf_counter() - began < 1


def test_a_report_of_many_short_sentences_is_read_in_no_time():
    """What is argued behind the report is not sought again from each of its sentences."""
    began = time.perf_counter()
    assert reported_claim("They say that " + "!  x " * 990)
    assert time.perf_counter() - began < 0.1


def test_who_said_it_may_stand_at_the_end():
    text = "Cancer hates alkaline blood, according to a diet book"
    assert text[slice(*reported_claim(text))] == "Cancer hates alkaline blood"


def test_a_belief_that_is_said_to_be_common_is_reported():
    text = "Belief in contagious cancer is common in some places"
    assert text[slice(*reported_claim(text))].startswith("contagious cancer")
