"""Text as the models read it: what is folded, what is kept, what counts as a word and as a claim."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from factcheck import text as words
from factcheck.text import (
    FUNCTION_WORDS,
    NEGATIONS,
    Kept,
    claim_length,
    is_english,
    is_opinion,
    is_question,
    normalize,
    read,
    signature,
    spoken,
    spoken_in_place,
    stem,
    tokenize,
)


def tokens(text):
    return tokenize(normalize(text))


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ｖａｃｃｉｎｅ", "vaccine"),
        ("𝐯𝐚𝐜𝐜𝐢𝐧𝐞", "vaccine"),
        ("ⓥaccine ①", "vaccine 1"),
        ("vac\u200bci\u2060ne", "vaccine"),
        ("\u202evaccine\u202c", "vaccine"),
        ("vac\u00adcine", "vaccine"),
        ("vассinе", "vaccine"),
        ("νaccinε", "vaccine"),
        ("váccïnê", "vaccine"),
        ("va××ine", "vaccine"),
        ("vacc1ne", "vaccine"),
        ("v@ccine", "vaccine"),
        ("va$$ports", "vassports"),
        ("$cam", "scam"),
        ("c0v1d", "covid"),
        ("vaccinat10n", "vaccination"),
        ("v a c c i n e", "vaccine"),
        ("v.a.c.c.i.n.e", "vaccine"),
        ("v-a-c-c-i-n-e", "vaccine"),
        ("coviiiiid", "covid"),
        ("ⱽᴀ𝖈𝒄𝗶ⓝ🄴", "Vaccine"),
        ("🅥🅐🅒🅒🅘🅝🅔", "vaccine"),
        ("⒱⒜⒞⒞⒤⒩⒠", "vaccine"),
        ("🇻🇦🇨🇨🇮🇳🇪", "vaccine"),
        ("from the 🇺🇸 today", "from the today"),
        ("vaↄcine ƙills", "vaccine kills"),
        ("v\u20e3a\u0488c\u034fc\u0334i\u0360n\u20dde", "vaccine"),
        ("løst łabs đo", "lost łabs đo"),
        ("vaꓚꓚine", "vaccine"),
        ("ꮩaccine", "vaccine"),
        ("va⊂cin℮", "vaccine"),
        ("c੦vid c٠vid", "covid covid"),
        ("vaccinҽ ҝills", "vaccine kills"),
        ("VAССIΝΕ", "VACCINE"),
        ("v·a·c·c·i·n·e", "vaccine"),
        ("for 100 € and 5 £", "for 100 € and 5 £"),
        ("nooooo", "noo"),
        ("the 💉 works", "the vaccine works"),
        ("🙂🙂 hello", "hello"),
        ("“don’t” – ever", '"don\'t" - ever'),
        ("two\n\n  lines\t", "two lines"),
        ("a\x00b\ud800c", "a b c"),
        ("", ""),
        (" \u200b\u00a0 ", ""),
    ],
)
def test_normalize_folds_what_evades_a_reader_of_words(written, folded):
    assert normalize(written) == folded


@pytest.mark.parametrize(
    "text",
    [
        "5G, 4G and 60GHz",
        "H1N1 and H5N1",
        "COVID-19 and covid19",
        "SARS-CoV-2",
        "B12, CO2, H2O and mp3",
        "3.5% of 1,000 in 2020",
        "$1,000 and £20",
        "the U.S. and the W.H.O.",
        "a 10mg dose at 5pm on the 21st",
        "Is it true?! Yes!",
        "https://example.org/a1b2c3?q=1",
        "snake_case and state-of-the-art",
        "I am a man",
    ],
)
def test_normalize_leaves_ordinary_numbers_names_and_punctuation_alone(text):
    assert normalize(text) == text


@pytest.mark.parametrize("text", ["Вакцины вызывают аутизм", "Вакцины, сказал Dr. Smith, безопасны", "Τα εμβόλια είναι ασφαλή", "ワクチン"])
def test_normalize_leaves_other_scripts_in_their_script(text):
    assert not normalize(text).isascii()


def test_normalize_folds_a_whole_look_alike_word_only_in_a_latin_text():
    assert normalize("the соре of the matter") == "the cope of the matter"
    assert normalize("соре") == "соре"


def test_a_handle_at_the_start_of_a_word_is_a_user_and_not_leetspeak():
    assert tokens("@nasa says so") == [words.USER_TOKEN, "says", "so"]


@pytest.mark.parametrize("text", ["3.5%", "COVID-19", "5G", "60GHz", "CO2", "SARS-CoV-2", "B12", "H1N1", "1.5"])
def test_a_number_with_its_unit_and_a_name_with_digits_are_one_token(text):
    assert tokens(f"so {text}, they say") == ["so", text.lower(), "they", "say"]


def test_abbreviations_and_single_letters_are_kept():
    assert tokens("the U.K. and vitamin C") == ["the", "uk", "and", "vitamin", "c"]


def test_the_country_is_not_mistaken_for_the_pronoun():
    (country,) = tokens("U.S.")
    assert country not in FUNCTION_WORDS
    assert stem(country) == stem("usa")


@pytest.mark.parametrize("written", ["cannot", "can't", "cant", "can’t"])
def test_every_spelling_of_cannot_gives_can_and_not(written):
    assert tokens(f"it {written} be") == ["it", "can", "not", "be"]


@pytest.mark.parametrize(
    ("written", "opened"),
    [
        ("don't", ["do", "not"]),
        ("DIDN'T", ["did", "not"]),
        ("isnt", ["is", "not"]),
        ("won't", ["will", "not"]),
        ("ain't", ["is", "not"]),
        ("they're", ["they", "are"]),
        ("we've", ["we", "have"]),
        ("I'm", ["i", "am"]),
        ("vaccine's", ["vaccine"]),
        ("O'Brien", ["o", "brien"]),
        ("o'clock", ["o", "clock"]),
    ],
)
def test_contractions_are_opened_and_lose_no_word(written, opened):
    assert tokens(written) == opened


@pytest.mark.parametrize("negation", ["not", "no", "never", "cannot", "doesn't", "without", "nobody"])
def test_negating_a_sentence_changes_its_tokens(negation):
    plain = tokens("Vaccines cause autism")
    negated = tokens(f"Vaccines {negation} cause autism")
    assert set(plain) < set(negated)
    assert set(negated) & NEGATIONS


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("WHO says that masks work", False),
        ("WHO SAYS THAT MASKS WORK", True),
        ("Who says that masks work", True),
        ("who made this virus", True),
        ("WHO recommends the vaccine?", True),
    ],
)
def test_the_health_organisation_is_no_question_word_and_a_shouted_question_is_one(text, asks):
    assert is_question(text) is asks


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5G causes COVID-19 #wake #up", "5G causes COVID-19"),
        ("5G causes COVID-19 #wake.", "5G causes COVID-19"),
        ("#5G kills #people", "5G kills people"),
        ("#5G causes covid", "5G causes covid"),
        ("Masks #work against #covid", "Masks work against covid"),
        ("#Masks #work and #stop a #virus", "Masks work and stop a virus"),
        ("#COVID19 needs #NoMasks at all", "COVID19 needs No Masks at all"),
        ("#Masks #stop the whole #flu", "Masks stop the whole flu"),
        ("Masks stop the #flu #wake #up", "Masks stop the flu"),
        ("Masks work, says example.org/a1", "Masks work, says"),
        ("Masks work, says news.example.co", "Masks work, says"),
        ("Masks work vs. nothing", "Masks work vs. nothing"),
        ("See www.example.org/a#b and HTTPS://example.org: masks work", "See and masks work"),
        ("https://example.org", ""),
        ("masks/respirators work", "masks/respirators work"),
    ],
)
def test_addresses_and_the_hashtags_after_what_is_said_are_left_out(text, said):
    assert spoken(text) == said
    place = spoken_in_place(text)
    assert len(place) == len(text)
    assert all(kept in {" ", sign} for kept, sign in zip(place, text, strict=True))
    assert " ".join(spoken(place).split()) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Masks work.", "Masks work"),
        ("Masks work 🙂. ", "Masks work 🙂"),
        ("Ｍａｓｋｓ ｗｏｒｋ．", "Ｍａｓｋｓ ｗｏｒｋ"),
        ("Masks work...", "Masks work..."),
        ("Masks work in the U.S.", "Masks work in the U.S."),
        ("Masks work. They do.", "Masks work. They do."),
        ("Ｍａｓｋｓ ｗｏｒｋ． Ｔｈｅｙ ｄｏ．", "Ｍａｓｋｓ ｗｏｒｋ． Ｔｈｅｙ ｄｏ．"),
        ("Masks work!", "Masks work!"),
    ],
)
def test_the_full_stop_of_a_single_sentence_is_left_out(text, said):
    assert spoken(text) == said


@pytest.mark.parametrize(
    "text", [" #tag" * 1000, " #tag" * 990 + " word", "#a " * 1600 + "!", "a.b-" * 1250, "example.com/ " * 380, "w" + " !" * 2400]
)
def test_what_is_said_is_found_in_a_time_that_grows_with_the_text(text):
    start = time.perf_counter()
    spoken(text)
    assert time.perf_counter() - start < 0.03


@pytest.mark.parametrize(
    ("sentence", "refers"),
    [
        ("It is a myth.", True),
        ("Is that so?", True),
        ("Who believes this?", True),
        ("Nope.", True),
        ("1t is ａ ｌｉｅ", True),
        ("Their lies never end", True),
        ("You can't make this up", True),
        ("My aunt bakes bread this evening.", False),
        ("The shop lent my brother his ladder.", False),
    ],
)
def test_a_sentence_that_points_judges_denies_or_asks_may_speak_of_another(sentence, refers):
    assert words.refers(sentence) is refers


@pytest.mark.parametrize(
    ("text", "points"),
    [("They hide it", True), ("And this kills", True), ("It is the Sun that warms us", False), ("The Sun warms us", False)],
)
def test_a_sentence_points_back_with_its_first_word_only(text, points):
    assert words.points_back(text) is points


def test_handles_last_hashtags_and_addresses_make_no_difference_to_a_signature():
    assert signature("Masks stop viruses @friend #wake #up https://example.org") == signature("Masks stop viruses")
    assert signature("#Masks stop viruses") == signature("Masks stop viruses") != signature("Masks stop")
    assert signature("@friend https://example.org") == ""


def test_a_hashtag_gives_itself_and_its_words():
    assert tokens("#NoMasks") == ["#nomasks", "no", "masks"]
    assert tokens("#5GKills") == ["#5gkills", "5g", "kills"]
    assert tokens("#5g") == ["#5g", "5g"]
    assert tokens("#COVID19") == ["#covid19", "covid", "19"]


def test_an_address_gives_one_token():
    assert tokens("see https://example.org/x?y=1#z now") == ["see", words.URL_TOKEN, "now"]


def test_one_amount_has_one_token_however_it_is_written():
    assert tokens("$1,000") == tokens("$1000") == tokens("1,000") == ["1000"]


def test_a_comma_that_marks_no_thousands_does_not_join_two_numbers():
    assert tokens("3,5%") != tokens("35%")


@pytest.mark.parametrize("text", ["", "   ", "?!...", "🙂", "\u200b", "—"])
def test_a_text_without_words_has_no_tokens(text):
    assert tokens(text) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("coronavirus", "COVID-19"),
        ("vaccinated", "vaccines"),
        ("jab", "vaccine"),
        ("spreading", "spreads"),
        ("seven", "7"),
        ("infants", "babies"),
        ("towers", "mast"),
    ],
)
def test_words_for_one_thing_share_a_stem(one, other):
    assert stem(one.lower()) == stem(other.lower())


@pytest.mark.parametrize(("one", "other"), [("virus", "bacteria"), ("5g", "4g"), ("no", "new"), ("cause", "cure"), ("h1n1", "h5n1")])
def test_words_for_two_things_do_not_share_a_stem(one, other):
    assert stem(one) != stem(other)


def test_read_returns_the_folded_text_and_its_tokens():
    assert read("C0vid  SPREADS") == ("Covid SPREADS", ("covid", "spreads"))


@pytest.mark.parametrize(
    "text",
    [
        "Does 5G cause COVID-19?",
        "is the Earth flat",
        "Who made it? And why?",
        "Really? Is it safe?",
        "I wonder whether 5G causes COVID-19",
        "I'd like to know if the Earth is flat.",
        "Please check whether 5G causes COVID-19",
        "Somebody sent me this, 5G causes COVID-19. Is that true?",
        "5G causes COVID-19. True or not?",
    ],
)
def test_a_text_that_only_asks_is_a_question_and_asserts_nothing(text):
    assert is_question(text)
    assert claim_length(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "5G causes COVID-19.",
        "5G causes COVID-19. Why is nobody talking?",
        "Is that true? 5G causes COVID-19.",
        "I wonder why. 5G causes it!",
        "May is the fifth month",
        "",
    ],
)
def test_a_text_that_states_something_is_no_question(text):
    assert not is_question(text)


@pytest.mark.parametrize(
    "text", ["", "   ", "🙂🙂", "vaccines", "https://example.org", "#5G", "@nasa", "!!!", "La Tierra es plana y los expertos lo saben"]
)
def test_a_fragment_or_an_unreadable_text_asserts_nothing(text):
    assert claim_length(text) == 0


@pytest.mark.parametrize("text", ["5G causes COVID-19", "Masks do not work", "earth flat", "ｍａｓｋｓ w0rk well"])
def test_a_short_statement_asserts_something(text):
    assert claim_length(text) > 0


def test_an_opinion_shows_by_its_marker():
    assert is_opinion("I love this vaccine")
    assert is_opinion("Masks should be banned")
    assert not is_opinion("Masks reduce the spread")


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("the vaccine is safe and it works", True),
        ("la vacuna es segura y los expertos lo saben", False),
        ("der Impfstoff ist sicher und wird nicht", False),
        ("Вакцины вызывают аутизм", False),
        ("vaccine autism", True),
        ("", True),
    ],
)
def test_other_languages_are_told_from_english(text, english):
    assert is_english(tokens(text)) is english


def test_nltk_stems_without_downloaded_data(monkeypatch):
    monkeypatch.setattr("nltk.data.path", [])
    assert stem.__wrapped__("spreading") == "spread"
    assert type(words._STEMMER)("english").stem("infections") == "infect"


HOSTILE = {
    "abbreviation": "a.",
    "one letter": "a",
    "one digit": "1",
    "leetspeak": "a1b1",
    "signs": "a@",
    "letters apart": "a ",
    "hyphens": "a-",
    "underscores": "_",
    "brackets after a stop": "!)",
    "apostrophes": "a'b ",
    "zero-width": "a\u200b",
    "combining marks": "a\u0301",
    "emoji": "💉",
    "hashtag": "#Aa",
    "address": "http://",
    "look-alikes": "aа",
    "thousands": "1,",
    "questions": "? ",
    "contractions": "n't ",
    "ligature of eighteen letters": "ﷺ",
    "square words": "㌖",
    "control characters": "\x00",
    "lone surrogates": "\ud800",
    "numbered names": "a-1-",
    "units": "abc1kg",
    "times signs": "a×",
    "lines": "\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_text_of_the_greatest_length_is_read_fast(kind):
    hostile = (HOSTILE[kind] * words.MAX_CHARACTERS)[: words.MAX_CHARACTERS]
    assert _seconds(hostile) < 0.2


@pytest.mark.parametrize("tail", ["1", "1x", "@", "12abcd", "abc1kg"])
def test_a_leetspeak_word_of_the_greatest_length_is_read_fast(tail):
    hostile = ("a1b" + tail * words.MAX_CHARACTERS)[: words.MAX_CHARACTERS]
    assert _seconds(hostile) < 0.2


def _seconds(text):
    """The quicker of three, so that a busy machine does not redden the test."""
    taken = []
    for _ in range(3):
        read.cache_clear()
        start = time.perf_counter()
        read(text)
        taken.append(time.perf_counter() - start)
        if taken[-1] < 0.1:
            break
    return min(taken)


class Counted:
    """A function of a text that remembers what it was asked, and answers with something that weighs as much as the text."""

    def __init__(self):
        self.asked = []

    def __call__(self, text):
        self.asked.append(text)
        return [text]


def test_the_same_text_is_read_once():
    function = Counted()
    kept = Kept(function, 1_000)
    assert [kept("a"), kept("b"), kept("a")] == [["a"], ["b"], ["a"]]
    assert function.asked == ["a", "b"]
    kept.cache_clear()
    kept("a")
    assert function.asked == ["a", "b", "a"]


@pytest.mark.parametrize("length", [0, 10, 100, 5_000])
def test_what_is_kept_of_texts_of_any_length_stays_within_its_characters(length):
    kept = Kept(Counted(), 50_000)
    for number in range(2_000):
        kept(f"{number:04d}".ljust(length, "x"))
    held = [*kept._young, *kept._old]
    assert 2 <= len(held) <= 52
    assert sum(map(len, held)) <= 50_000 + 2 * (length + 4)


def test_a_text_that_is_asked_for_again_and_again_outlives_those_that_are_not():
    function = Counted()
    kept = Kept(function, 20_000)
    for number in range(500):
        kept("a statement")
        kept(f"post {number}")
    assert function.asked.count("a statement") == 1


def test_threads_that_share_what_is_kept_get_the_answers_to_their_own_texts():
    kept = Kept(lambda text: text.upper(), 20_000)
    texts = [f"text {number % 37}" for number in range(4_000)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(kept, texts)) == [text.upper() for text in texts]


@pytest.mark.parametrize("piece", ["can't", "COVID-19,", "#NoMasks", "https://example.org/a,b", "p.m.", "3.5%", "x" * 60, "@who"])
def test_a_piece_between_spaces_has_the_same_tokens_wherever_and_however_often_it_stands(piece):
    assert tokenize(f"masks {piece}\u2003\n{piece}\x1f5G") == ["masks", *tokenize(piece), *tokenize(piece), "5g"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("www.a5b.org v4ccine", "www.a5b.org vaccine"),
        ("see https://t.co/a4bc soooo", "see https://t.co/a4bc soo"),
        ("$cam and a$b €uro", "scam and asb euro"),
        ("a  b  c  d  e", "abcde"),
        ("www.x wwww.x", "www.x w.x"),
    ],
)
def test_what_is_looked_for_by_its_rarest_sign_is_found(text, folded):
    assert normalize(text) == folded
