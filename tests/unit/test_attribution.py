"""Whose claim a text makes: what is only passed on is found, what is asserted, judged or argued is the writer's own."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck.attribution import denied_claim, reported_claim

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


@pytest.mark.parametrize(
    "frame",
    [
        "Police arrested two men who thought {}",
        "Two men burned a pole because they believed that {}",
        "A nurse was struck off for claiming {}",
        "A doctor was fined for telling patients that {}",
        "Villagers refused the drops after a rumour went round that {}",
        "The court heard that the defendant was convinced {}",
        "It was claimed at the meeting that {}",
        "Residents marched through the town, saying that {}",
        "Campaigners gathered in Denver to argue that {}",
        "In a clip in which a doctor speaks, he says that {}",
        "Asked why, the shopkeeper replied that {}",
        "Word on the street is that {}",
        "Shares fell when newspapers carried the story that {}",
        "Mr Jones, 51, said: {}",
        "The woman told officers it was known that {}",
        "According to a message that is doing the rounds on the net, {}",
        "He is on trial over letters in which he stated that {}",
        "She won't move there because she's heard {}",
    ],
)
def test_what_somebody_held_is_found_within_what_is_told(frame):
    text = frame.format(MYTH)
    start, end = reported_claim(text)
    assert text[start:end].endswith(MYTH)
    assert len(text[start:end]) < len(text)


def test_a_report_may_name_the_belief_and_not_who_holds_it():
    for text in (
        "That radio masts spread the virus is a view held by few",
        "Stories of masts causing the illness still circulate",
        "He blamed the mast near his house for his illness",
        "Many websites promote masts as a cure for loneliness",
        "A bracelet is advertised as a guard against masts",
        "At school we were told that radio masts spread the virus",
        "The mast was described on the show as a secret weapon",
        "Engineers' vans were stoned by someone who blames masts for the illness",
    ):
        assert reported_claim(text), text


def test_what_is_said_may_judge_something_itself():
    """A sceptic's "hoax" is the sceptic's; behind a comma the writer speaks."""
    assert reported_claim("The senator said in a speech that the virus is a hoax")
    assert not reported_claim("The senator said in a speech that masts spread the virus, which is false")


@pytest.mark.parametrize(
    "text",
    [
        "Scientists proved that radio masts spread the virus",
        "Everyone knows that radio masts spread the virus",
        "They hide that radio masts spread the virus",
        "The reason so many are ill is that radio masts spread the virus",
        "The fact that radio masts spread the virus is hushed up",
        "They banned me for saying that radio masts spread the virus",
        "Even the WHO says radio masts spread the virus",
        "WHO says radio masts spread the virus",
        "He says that radio masts spread the virus, so that settles it",
        "Radio masts spread the virus, and they say that they are safe",
        "Whoever says that radio masts are safe lives far from one",
        "You can't say that radio masts are safe",
        "It's a fairy tale that radio masts spread the virus",
        "Officials rejected rumours that radio masts spread the virus",
        "The idea that radio masts spread the virus is contradicted by all that we know",
        "The claim that radio masts spread the virus is false",
        "Folk who say masts harm them are making it up",
        "Medics agree: masts make sensitive patients ill",
        "Reading under the covers ruins your eyes",
        "Foggy thinking drags on many months after the infection",
        "There is no way of telling one sort of carbon from the other",
        "Sunscreen, not sunshine, blamed for skin tumours",
    ],
)
def test_what_only_looks_like_a_report_is_the_writer_s_own(text):
    assert reported_claim(text) is None


@given(st.text(max_size=300))
def test_any_text_gives_a_place_in_it_or_none(text):
    found = reported_claim(text)
    assert found is None or text[slice(*found)].strip()


def test_a_long_hostile_text_is_read_in_no_time():
    """A frame must not try every way to part a text of thousands of words."""
    began = time.perf_counter()
    for text in (
        "some " + "who is a " * 500,
        "a " + "post that " * 400,
        "according to " + "a " * 2_000,
        "the claim " + "in it " * 800,
        "he said " * 600,
        "claims of " + "a " * 2_400,
        "telling a b c d " * 300,
        "word on the street " * 250,
        "They think, " * 400,
    ):
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


@pytest.mark.parametrize(
    "frame",
    [
        "It is not true that {}",
        "No, it isn't so that {}",
        "It has long been debunked that {}",
        "There is no good evidence that {}",
        "There's no truth in the story that {}",
        "Myth: {}",
        "The ministry denied reports that {}",
        "Not a single trial has shown that {}",
        "We do not believe that {}",
        "Stop telling people that {}",
        "The old theory that {} is a myth",
        "The claim that {} isn't true",
        "{}. That is false",
        "{}? No!",
        "{} - simply wrong.",
        "{}. This is a lie, says the agency",
        "{}, but that claim was made up",
        "\u201c{}\u201d Rubbish.",
    ],
)
def test_what_a_text_denies_is_found_word_for_word(frame):
    text = frame.format(MYTH)
    assert text[slice(*denied_claim(text))] == MYTH


@pytest.mark.parametrize(
    "text",
    [
        MYTH,
        "Honey does not cure every fever",
        "The moon landing is a hoax",
        "It is true that honey cures every fever",
        "False teeth were made of wood",
        "It is false",
        "There is evidence that honey cures every fever",
        "Nobody likes honey",
        "",
    ],
)
def test_a_text_that_denies_no_claim_within_it_has_none(text):
    assert denied_claim(text) is None


@given(st.text(max_size=300))
def test_a_denied_claim_is_a_place_in_the_text_or_none(text):
    found = denied_claim(text)
    assert found is None or (0 <= found[0] < found[1] <= len(text) and text[slice(*found)].strip() == text[slice(*found)])


@pytest.mark.parametrize(
    "part", ["it is ", "the claim that a ", "- ", "no, ", "not a single study ", " and it is all ", "there is no ", "is false. "]
)
def test_a_long_hostile_text_is_searched_for_a_denial_in_no_time(part):
    text = (part * 5_000)[:5_000]
    start = time.perf_counter()
    denied_claim(text)
    assert time.perf_counter() - start < 0.2
