"""A disguise changes how a claim is written, and leaves what a reader takes from it."""

import re
import unicodedata
from random import Random

import pytest

from factcheck import disguises

CLAIMS = (
    "Vaccines cause autism in children",
    "Measles never killed seven million people in 1998, says nobody",
    "Masks don't stop droplets: 95 % of them get through!",
    "5G masts spread the coronavirus #5G",
)
DRAWS = range(30)


def made(disguise, claims=CLAIMS):
    """Yield each claim with its disguises by several random states."""
    for claim in claims:
        for state in DRAWS:
            yield claim, disguise(claim, Random(state))


def test_typos_change_a_letter_or_two_of_some_long_words_and_no_word_that_carries_the_sense():
    seen = set()
    for claim, slipped in made(disguises.typos):
        pairs = list(zip(claim.split(), slipped.split(), strict=True))
        changed = [(a, b) for a, b in pairs if a != b]
        assert len(changed) <= 3
        assert all(len(a) >= 5 and abs(len(a) - len(b)) <= 1 and a[0] == b[0] and a[-1] == b[-1] for a, b in changed)
        assert not {a for a, _ in changed} & {"never", "seven", "million", "nobody", "1998,", "don't"}
        seen |= {len(b) - len(a) for a, b in changed}
    assert seen == {-1, 0, 1}  # letters are dropped, exchanged and doubled


def test_case_is_changed_everywhere():
    assert disguises.upper_case("Some Claim", Random(0)) == "SOME CLAIM"
    assert disguises.lower_case("Some Claim", Random(0)) == "some claim"


def test_homoglyphs_are_letters_of_other_scripts_in_the_place_of_their_look_alikes():
    letter_of = {glyph: letter for letter, glyphs in disguises._LOOKALIKES.items() for glyph in glyphs}
    drawn = set()
    for claim, disguised in made(disguises.homoglyphs):
        assert disguised != claim
        assert len(disguised) == len(claim)
        exchanged = [(a, b) for a, b in zip(claim, disguised, strict=True) if a != b]
        assert len(exchanged) <= 6
        assert all(letter_of[b] == a and not b.isascii() for a, b in exchanged)
        drawn |= {b for _, b in exchanged}
    assert {unicodedata.name(b).split()[0] for b in drawn} >= {"CYRILLIC", "GREEK", "ARMENIAN"}


def test_every_styled_letter_is_named_by_unicode_as_the_letter_that_it_stands_for():
    for style in disguises._STYLES:
        assert "".join(unicodedata.name(disguises._style(letter, style))[-1] for letter in "amzAMZ") == "AMZAMZ"
    small = [unicodedata.name(disguises._style(letter, "small capitals"))[-1] for letter in "abcdefghijklmnoprstuvwxyz"]
    assert "".join(small) == "ABCDEFGHIJKLMNOPRSTUVWXYZ"  # there is no small capital Q: an o with a tail stands for it


def test_styles_are_all_drawn_and_touch_three_words_at_most():
    claim = CLAIMS[0]
    drawn = {disguises.styled_letters(claim, Random(state)) for state in range(200)}
    assert len({max(text) for text in drawn}) > len(disguises._STYLES)
    assert all(sum(a != b for a, b in zip(claim.split(), text.split(), strict=True)) == 3 for text in drawn)


@pytest.mark.parametrize(("disguise", "signs"), [(disguises.zero_width, disguises._INVISIBLE), (disguises.accents, disguises._ACCENTS)])
def test_without_the_signs_that_were_strewn_in_the_claim_is_what_it_was(disguise, signs):
    drawn = set()
    for claim, disguised in made(disguise):
        assert len(disguised) > len(claim)
        assert "".join(c for c in disguised if c not in signs) == claim
        assert not re.search(rf"[{signs}](?!\w|[{signs}])", disguised)  # never behind a word's last letter
        drawn |= set(disguised) & set(signs)
    assert drawn == set(signs)


@pytest.mark.parametrize("sign", disguises._INVISIBLE)
def test_signs_of_no_width_are_fillers_marks_and_format_characters(sign):
    assert unicodedata.category(sign) in {"Cf", "Mn"} or "FILLER" in unicodedata.name(sign)


def test_full_width_is_undone_by_compatibility_folding():
    disguised = disguises.full_width("Nine in 10, 5G!", Random(0))
    assert disguised == "Ｎｉｎｅ ｉｎ １０, ５Ｇ!"
    assert unicodedata.normalize("NFKC", disguised) == "Nine in 10, 5G!"


def test_leetspeak_puts_up_to_three_signs_a_word_for_the_letters_that_they_look_like():
    for claim, disguised in made(disguises.leetspeak):
        assert disguised != claim
        exchanged = [(a, b) for a, b in zip(claim, disguised, strict=True) if a != b]
        assert 1 <= len(exchanged) <= 9
        assert all(b in disguises._LEET[a] for a, b in exchanged)


def test_one_word_is_drawn_apart_by_one_sign():
    assert {disguises.drawn_apart("No autism", Random(state)) for state in DRAWS} == {f"No {s.join('autism')}" for s in ".-_ *·"}
    for claim, disguised in made(disguises.drawn_apart):
        rest = set(claim.split()) - set(disguised.split())
        assert len(rest) == 1


def test_nothing_to_disguise_leaves_the_text_as_it_is():
    for disguise in (disguises.typos, disguises.homoglyphs, disguises.leetspeak, disguises.drawn_apart, disguises.zero_width):
        assert disguise("5G is ok, 2 € on!", Random(0)) == "5G is ok, 2 € on!"


@pytest.mark.parametrize("disguise", [disguises.emoji, disguises.address, disguises.sentence_after, disguises.sentence_before])
def test_what_stands_beside_a_claim_leaves_its_words_alone(disguise):
    for claim, disguised in made(disguise):
        assert claim in disguised
        assert len(disguised) > len(claim)


def test_addresses_stand_on_names_that_are_kept_for_examples():
    for _, disguised in made(disguises.address):
        assert re.fullmatch(r"(?:https?://)?(?:\w+\.)?example\.(?:org|com|net)/\S*[0-9a-f]{5,}", disguised.split()[-1])


def test_a_sentence_on_something_else_follows_a_full_stop():
    assert re.fullmatch(r"Masks work\. [A-Z][\w ]+\.", disguises.sentence_after("Masks work", Random(0)))
    assert re.fullmatch(r"Masks work! [A-Z][\w ]+\.", disguises.sentence_after("Masks work!", Random(0)))
    assert re.fullmatch(r"[A-Z][\w ]+\. Masks work", disguises.sentence_before("masks work", Random(0)))


def test_tags_are_made_of_words_or_put_behind():
    seen = {re.sub(r"#\w+", "#", disguises.hashtags("Vaccines cause autism", Random(state))) for state in DRAWS}
    assert seen == {"# # #", *(f"Vaccines cause autism {' '.join('#' * n)}" for n in (1, 2, 3))}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Vaccines do not cause autism", "Vaccines don't cause autism"),
        ("It is safe and they are good", "It's safe and they're good"),
        ("You cannot catch it", "You can't catch it"),
        ("It won't help", "It will not help"),
        ("It’s safe", "It is safe"),
        ("It's been years", ""),  # "it has"
        ("That is what it is", "That's what it is"),  # nothing is contracted at the end
        ("Isn't it so?", ""),
        ("So why won't they tell", ""),
        ("Masks help", ""),
    ],
)
def test_short_forms_are_made_where_words_are_written_out_else_written_out(claim, expected):
    assert {disguises.contractions(claim, Random(state)).replace("’", "'") for state in DRAWS} == {expected}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Of course, masks work.", "Of course masks work"),
        ("About 1,500 people, at 3.5 degrees!", "About 1,500 people at 3.5 degrees"),
        ("The fact: masks work", ""),
        ("Masks work. They do", ""),
        ('They say "masks work".', ""),
        ("Masks work, right?", ""),
        ("Masks work", "Masks work"),
    ],
)
def test_punctuation_goes_where_it_says_nothing(claim, expected):
    assert disguises.no_punctuation(claim, Random(0)) == expected
