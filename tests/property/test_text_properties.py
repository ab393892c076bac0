"""What holds for every text, not only for those that somebody thought of."""

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from factcheck.text import claim_length, is_english, is_opinion, normalize, read, stem, tokenize

ANY = st.text(alphabet=st.characters(), max_size=60)  # lone surrogates too
# Characters that the folding looks for, in any order: far likelier to go wrong than text at large.
NASTY = st.lists(
    st.one_of(
        st.sampled_from(
            [*"aeiosl013457@$!×|€£+._*-' ,#<%\n\x00", "\u200b", "\u202e", "\u0301", "\u00ad", "ａ", "Ｖ", "а", "е", "ο", "ß", "İ", "ı"]
        ),
        st.sampled_from(
            ["💉", "ﬁ", "ﷺ", "㎏", "½", "²", "①", "℡", "www.", "https://", "v a c c", "c0v1d", "n't", "U.S.", "1,000", "\ud800"]
        ),
    ),
    max_size=14,
).map("".join)
TEXT = st.one_of(ANY, NASTY)

WORDS = (
    "vaccines cause autism masks reduce spread viruses radio waves carry measles climate honey doctors earth sphere infection dose".split()
)
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
LOOKALIKE = str.maketrans("aeopcyxi", "аеорсухі")
LEET = str.maketrans("aeios", "@310$")


@given(TEXT)
def test_normalizing_twice_changes_nothing_more(text):
    once = normalize(text)
    assert normalize(once) == once


@given(TEXT)
def test_no_text_makes_reading_fail(text):
    folded, tokens = read(text)
    assert claim_length(text) >= 0
    assert isinstance(is_opinion(folded), bool)
    assert isinstance(is_english(tokens), bool)


@given(TEXT)
def test_reading_leaves_the_original_as_it_was(text):
    before = [ord(character) for character in text]
    read(text)
    assert [ord(character) for character in text] == before


@given(TEXT)
def test_a_normalized_text_holds_no_invisible_mark_and_no_needless_space(text):
    folded = normalize(text)
    assert folded == re.sub(r"\s+", " ", folded).strip()
    assert not {unicodedata.category(character) for character in folded} & {"Cc", "Cs"}
    assert not set(folded) & set("\u200b\u200d\u202e\u2066\ufeff\u00ad")


@given(TEXT)
def test_no_token_is_empty_or_holds_a_space_or_an_upper_case_letter(text):
    for token in [*tokenize(text), *tokenize(normalize(text))]:
        assert token
        assert not re.search(r"\s", token)
        assert token == token.lower()
        assert stem(token)


@given(TEXT, st.sampled_from(WORDS))
def test_a_word_apart_from_the_rest_is_always_a_token(text, word):
    assume("\n" not in text)
    assert word in tokenize(f"{text} . {word}")


@given(
    st.lists(st.sampled_from([*WORDS, "not", "no", "5G", "COVID-19", "3.5%", "don't", "(see", "it)", "1,000", "A", "--"]), max_size=12),
    st.integers(1, 4),
)
def test_plain_english_in_ascii_changes_in_its_spaces_alone(parts, spaces):
    assume(not re.search(r"(?:\bA\b ?){2,}", " ".join(parts)))
    assert normalize((" " * spaces).join(parts)) == " ".join(parts)


@given(SENTENCE, st.lists(st.tuples(st.integers(0, 60), st.sampled_from("\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u2066")), max_size=6))
def test_invisible_marks_anywhere_leave_the_tokens_as_they_are(sentence, marks):
    hidden = sentence
    for position, mark in marks:
        hidden = hidden[:position] + mark + hidden[position:]
    assert tokenize(normalize(hidden)) == tokenize(sentence)


@given(SENTENCE)
def test_full_width_letters_leave_the_tokens_as_they_are(sentence):
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in sentence)
    assert wide != sentence
    assert tokenize(normalize(wide)) == tokenize(sentence)


@given(SENTENCE, st.integers(0, 7))
def test_look_alike_letters_inside_words_leave_the_tokens_as_they_are(sentence, skipped):
    """All but one letter kind is replaced, and in every word at least one letter stays Latin."""
    table = {letter: look for letter, look in LOOKALIKE.items() if letter != ord("aeopcyxi"[skipped])}
    disguised = " ".join(word[0] + word[1:].translate(table) for word in sentence.split())
    assert tokenize(normalize(disguised)) == tokenize(sentence)


@given(SENTENCE, st.integers(1, 3))
def test_one_leetspeak_letter_inside_each_word_leaves_the_tokens_as_they_are(sentence, position):
    disguised = []
    for word in sentence.split():
        inside = min(position, len(word) - 2)
        disguised.append(word[:inside] + word[inside].translate(LEET) + word[inside + 1 :])
    assert tokenize(normalize(" ".join(disguised))) == tokenize(sentence)


@pytest.mark.parametrize("word", WORDS)
def test_every_leetspeak_letter_of_a_word_at_once_is_read(word):
    disguised = word[0] + word[1:-1].translate(LEET) + word[-1]
    assert tokenize(normalize(disguised)) == [word]


@given(SENTENCE)
def test_letters_drawn_apart_leave_the_tokens_as_they_are(sentence):
    for word in sentence.split():
        for sign in " .*_-":
            assert tokenize(normalize(sign.join(word))) == [word]


@given(SENTENCE)
def test_a_negation_is_never_read_away(sentence):
    """No stop words: a sentence and its negation are two bags of words."""
    for negation in ("not", "never", "no"):
        assert set(read(f"{negation} {sentence}")[1]) - set(read(sentence)[1]) == {negation}
