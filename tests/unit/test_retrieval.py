"""The statement index: what is found, how it is scored, and the same scores by another implementation."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from factcheck.retrieval import MEASURES, StatementIndex
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
    assert trained.weights_.shape == (len(MEASURES),)
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
    """Word and character cosine of claims and statements, by scikit-learn's counts and cosine alone.

    Words weigh log(1 + n / df) over ``corpus``, one that stands nowhere in it as much as its rarest; characters are the
    4-grams of each word, which share its weight so that their squares sum to the word's. A statement is divided by the
    power 0.6 of its length, in units of 17.
    """
    presence = CountVectorizer(binary=True, token_pattern=r"\S+").fit([*statements, *claims])
    seen = presence.transform(corpus).toarray().sum(axis=0)
    idf = np.log1p(len(corpus) / np.where(seen > 0, seen, 1))
    idf = np.where(seen > 0, idf, idf[seen > 0].max())
    grams = CountVectorizer(analyzer="char_wb", ngram_range=(4, 4)).fit(presence.get_feature_names_out())
    per_word = grams.transform(presence.get_feature_names_out()).toarray()
    per_word = per_word * (idf / np.sqrt(per_word.sum(axis=1)))[:, None]
    left, right = presence.transform(claims).toarray(), presence.transform(statements).toarray()
    cosines = np.stack([cosine_similarity(left * idf, right * idf), cosine_similarity(left @ per_word, right @ per_word)], axis=-1)
    lengths = np.linalg.norm(right * idf, axis=1)
    return cosines * ((lengths / 17) ** 0.4)[None, :, None]


def test_the_words_of_the_reference_are_their_own_stems():
    """Else the comparison below would compare the stemmer too."""
    used = {word for text in [*WORDS, *ASKED] for word in text.split()}
    assert {word for word in used if stem(word) != word} == set()


def test_measures_of_an_untrained_index_agree_with_scikit_learn():
    measured = StatementIndex().fit(WORDS).measure(ASKED)
    np.testing.assert_allclose(measured, reference(WORDS, ASKED, WORDS), atol=1e-12)


def test_measures_and_scores_of_a_trained_index_agree_with_scikit_learn():
    index = StatementIndex().fit_weights(ASKED, WORDS, [0, 1, 2, -1, 4, 5])
    expected = reference(WORDS, ASKED, [*ASKED, *WORDS])
    np.testing.assert_allclose(index.measure(ASKED), expected, atol=1e-12)
    total = expected @ index.weights_
    relevance = np.where(total > 0, expit(total + index.intercept_), 0.0)
    indices, scores = index.search(ASKED, len(WORDS))
    np.testing.assert_allclose(scores, -np.sort(-relevance, axis=1), atol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(relevance, indices, axis=1), scores, atol=1e-12)
