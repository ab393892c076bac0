"""The statement index: what is found, how it is scored, and the same scores by another implementation."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from factcheck.retrieval import MEASURES, StatementIndex, digest
from factcheck.text import stem

STATEMENTS = [
    "Radio waves do not carry viruses.",
    "The Earth is nearly a sphere.",
    "Vaccines do not cause autism.",
    "Masks reduce the spread of respiratory infections.",
    "Honey bees collect nectar.",
]


@pytest.fixture(scope="module")
def index():
    return StatementIndex().fit(STATEMENTS)


@pytest.fixture(scope="module")
def trained():
    claims = [
        "radio waves carry the virus",
        "earth is flat",
        "vaccine autism link",
        "masks do nothing",
        "bees like nectar",
        "my cat sleeps",
    ]
    return StatementIndex().fit_weights(claims, STATEMENTS, [0, 1, 2, 3, 4, -1])


@pytest.mark.parametrize(
    ("claim", "position"),
    [
        ("viruses travel on radio waves", 0),
        ("the earth is flat", 1),
        ("v@ccines cause aut1sm", 2),
        ("a mask reduces nothing", 3),
        ("honeybees and nectar", 4),
    ],
)
@pytest.mark.parametrize("kind", ["index", "trained"])
def test_the_statement_that_speaks_of_a_claim_comes_first(request, kind, claim, position):
    indices, scores = request.getfixturevalue(kind).search([claim], 1)
    assert indices[0, 0] == position
    assert scores[0, 0] > 0


@pytest.mark.parametrize("kind", ["index", "trained"])
def test_a_negated_claim_finds_the_same_statement_as_the_plain_one(request, kind):
    """Relevance says what a statement is about and not which side it takes."""
    _, scores = request.getfixturevalue(kind).search(["vaccines cause autism", "vaccines do not cause autism"], 1)
    assert scores[0, 0] == pytest.approx(scores[1, 0])


@pytest.mark.parametrize("claim", ["", "   ", "🙂", "the of and", "not never", "https://example.org", "@nasa"])
@pytest.mark.parametrize("kind", ["index", "trained"])
def test_a_claim_that_shares_nothing_scores_zero_everywhere(request, kind, claim):
    indices, scores = request.getfixturevalue(kind).search([claim], 9)
    assert (scores == 0).all()
    assert indices.tolist() == [[0, 1, 2, 3, 4]]


def test_a_statement_without_words_is_never_relevant():
    _, scores = StatementIndex().fit(["", "the", "🙂"]).search(["the earth", ""], 3)
    assert (scores == 0).all()


def test_k_is_capped_at_the_number_of_statements(index):
    indices, scores = index.search(["earth", "bees"], 99)
    assert indices.shape == scores.shape == (2, len(STATEMENTS))


def test_no_claims_give_no_rows(index):
    indices, scores = index.search([], 3)
    assert indices.shape == scores.shape == (0, 3)


def test_an_index_without_statements_finds_nothing():
    indices, scores = StatementIndex().fit([]).search(["earth", ""], 3)
    assert indices.shape == scores.shape == (2, 0)


def test_equal_scores_come_in_the_order_of_the_statements():
    index = StatementIndex().fit(["bees collect nectar"] * 40)
    for k in (1, 3, 39, 40, 60):
        indices, _ = index.search(["nectar"], k)
        assert indices[0].tolist() == list(range(min(k, 40)))


def test_the_few_best_are_the_first_of_all_that_are_found(trained):
    claims = ["masks reduce radio waves", "the earth", "nectar of autism"]
    whole_indices, whole_scores = trained.search(claims, len(STATEMENTS))
    for k in range(1, len(STATEMENTS)):
        indices, scores = trained.search(claims, k)
        np.testing.assert_array_equal(indices, whole_indices[:, :k])
        np.testing.assert_array_equal(scores, whole_scores[:, :k])


def test_a_search_in_blocks_finds_what_one_search_finds(trained, monkeypatch):
    claims = ["masks reduce radio waves", "the earth", "nectar of autism"] * 5
    whole = trained.search(claims, 2)
    monkeypatch.setattr("factcheck.retrieval._BLOCK", 11)
    for expected, found in zip(whole, trained.search(claims, 2), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_fitted_weights_never_punish_a_likeness(trained):
    assert trained.weights_.shape == (len(MEASURES) - 1,)  # the last needs a sentence encoder
    assert (trained.weights_ >= 0).all()
    assert trained.weights_.any()


def test_fitted_word_weights_outlive_a_new_statement_base(trained):
    claims = ["masks reduce radio waves", "the earth"]
    before = trained.search(claims, len(STATEMENTS))
    learned = dict(trained.idf_)
    trained.fit(["Something else entirely."])
    assert trained.idf_ == learned
    trained.fit(STATEMENTS)
    for expected, found in zip(before, trained.search(claims, len(STATEMENTS)), strict=True):
        np.testing.assert_array_equal(found, expected)


# --- against scikit-learn --------------------------------------------------------------------------------------------

WORDS = ["radio virus wave", "earth sphere moon", "virus mask infect", "mask earth radio mast", "honey bee", "moon moon honey"]
ASKED = ["virus radio", "earth flat", "mask unknown honey", "zorb", "bee bee bee", "moon virus infect bee"]


def reference(statements, claims, corpus):
    """BM25 and character cosine of claims and statements, by scikit-learn's counts and cosine alone.

    Words weigh log(1 + n / df) over ``corpus``, one that stands nowhere in it as much as its rarest. BM25 has k1 1.2, b 0.6 and a
    usual length of 17 words, and is divided by the root of the claim's weight. Characters are the 4-grams of each word, which share
    its weight so that their squares sum to the word's; a statement is divided by the power 0.6 of its length, in units of 17.
    """
    counter = CountVectorizer(token_pattern=r"\S+").fit([*statements, *claims])
    seen = (counter.transform(corpus).toarray() > 0).sum(axis=0)
    idf = np.log1p(len(corpus) / np.where(seen > 0, seen, 1))
    idf = np.where(seen > 0, idf, idf[seen > 0].max())
    counts = counter.transform(statements).toarray()
    left, right = (counter.transform(texts).toarray() > 0 for texts in (claims, statements))
    saturated = counts * 2.2 / (counts + 1.2 * (0.4 + 0.6 * counts.sum(axis=1, keepdims=True) / 17))
    bm25 = left @ (saturated * idf).T / np.sqrt(left @ idf)[:, None]
    grams = CountVectorizer(analyzer="char_wb", ngram_range=(4, 4)).fit(counter.get_feature_names_out())
    per_word = grams.transform(counter.get_feature_names_out()).toarray()
    per_word = per_word * (idf / np.sqrt(per_word.sum(axis=1)))[:, None]
    lengths = np.linalg.norm(right * idf, axis=1)
    return np.stack([bm25, cosine_similarity(left @ per_word, right @ per_word) * ((lengths / 17) ** 0.4)], axis=-1)


def test_the_words_of_the_reference_are_their_own_stems():
    """Else the comparison below would compare the stemmer too."""
    used = {word for text in [*WORDS, *ASKED] for word in text.split()}
    assert {word for word in used if stem(word) != word} == set()


def test_measures_of_an_untrained_index_agree_with_scikit_learn():
    measured = StatementIndex().fit(WORDS).measure(ASKED)
    np.testing.assert_allclose(measured, reference(WORDS, ASKED, WORDS), atol=1e-5)


def test_measures_and_scores_of_a_trained_index_agree_with_scikit_learn():
    index = StatementIndex().fit_weights(ASKED, WORDS, [0, 1, 2, -1, 4, 5])
    expected = reference(WORDS, ASKED, [*ASKED, *WORDS])
    np.testing.assert_allclose(index.measure(ASKED), expected, atol=1e-5)
    total = expected @ index.weights_
    relevance = np.where(total > 0, expit(total + index.intercept_), 0.0)
    indices, scores = index.search(ASKED, len(WORDS))
    np.testing.assert_allclose(scores, -np.sort(-relevance, axis=1), atol=1e-5)
    np.testing.assert_allclose(np.take_along_axis(relevance, indices, axis=1), scores, atol=1e-5)


# --- large bases -----------------------------------------------------------------------------------------------------


def test_a_large_base_finds_what_scoring_all_of_it_finds(monkeypatch):
    """Common words and the parts of known words find nobody, and yet nobody near is missed."""
    rng = np.random.default_rng(0)
    stems = [f"{a}{b}{c}o" for a in "bdfgklmnprst" for b in "aiu" for c in "bdfgklmnprst"]
    common, rare = stems[:12], stems[12:]
    statements = [" ".join([*rng.choice(common, 5), *rng.choice(rare, 6)]) for _ in range(400)]
    claims = [" ".join([*statement.split()[3:], "zorblax"]) for statement in statements[::7]] + ["babaoo kikoo", f"{rare[0]}x {rare[1]}x"]
    index = StatementIndex().fit(statements)
    everything = index.search(claims, 3)
    monkeypatch.setattr("factcheck.retrieval._SMALL", 10)
    monkeypatch.setattr("factcheck.retrieval._COMMON", 40)
    monkeypatch.setattr("factcheck.retrieval._CANDIDATES", 60)
    found = index.search(claims, 3)
    np.testing.assert_array_equal(found[0][:, 0], everything[0][:, 0])
    np.testing.assert_allclose(found[1][:, 0], everything[1][:, 0], rtol=1e-6)
    alone = [index.search([claim], 3) for claim in claims]
    np.testing.assert_array_equal(np.concatenate([indices for indices, _ in alone]), found[0])
    np.testing.assert_array_equal(np.concatenate([scores for _, scores in alone]), found[1])


def test_a_large_base_in_which_nothing_is_shared_fills_up_by_position(monkeypatch):
    index = StatementIndex().fit(["bees collect nectar", "honey is sweet", "wax is soft", "hives are warm"])
    monkeypatch.setattr("factcheck.retrieval._SMALL", 1)
    indices, scores = index.search(["xylophone", "the", "honey"], 3)
    assert indices.tolist() == [[0, 1, 2], [0, 1, 2], [1, 0, 2]]
    assert (scores[:2] == 0).all()
    assert scores[2, 0] > 0
    assert (scores[2, 1:] == 0).all()


# --- meanings --------------------------------------------------------------------------------------------------------


class Topics:
    """A sentence encoder for tests: a text's direction is the share of its words on each of three topics."""

    width = 3
    words = ({"bees", "honey", "insects", "sweet"}, {"earth", "globe", "planet"}, {"mask", "covering", "face"})

    def __init__(self):
        self.read = []

    def embed(self, texts):
        self.read += texts
        counts = np.array([[len(topic & set(text.lower().strip(".").split())) for topic in self.words] for text in texts], dtype=float)
        counts = counts.reshape(len(texts), 3)
        return (counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)).astype(np.float16)


@pytest.mark.parametrize("small", [1, 100])
def test_an_encoder_finds_what_is_said_in_other_words(small, monkeypatch):
    monkeypatch.setattr("factcheck.retrieval._SMALL", small)
    statements = ["honey is sweet", "the earth is round", "a mask helps"]
    index = StatementIndex(Topics()).fit(statements)
    indices, scores = index.search(["insects", "a covering", "the globe", "the of and"], 1)
    assert indices[:, 0].tolist() == [0, 2, 1, 0]
    assert (scores[:3, 0] > 0).all()
    assert scores[3, 0] == 0
    assert index.measure(["insects"]).shape == (1, 3, len(MEASURES))
    assert StatementIndex().fit(statements).search(["insects"], 1)[1].max() == 0


def test_vectors_that_are_known_are_not_made_again():
    encoder = Topics()
    index = StatementIndex(encoder).fit(STATEMENTS)
    vectors = index.vectors_
    again = Topics()
    other = StatementIndex(again).remember([digest(text) for text in STATEMENTS], vectors).fit([*STATEMENTS[1:], "A new planet"])
    assert again.read == ["A new planet"]
    np.testing.assert_array_equal(other.vectors_[:-1], vectors[1:])
