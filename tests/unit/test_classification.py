"""The claim-only classifier: a scikit-learn estimator on raw texts, with a bundle of its own."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

from factcheck import persistence
from factcheck.classification import ClaimClassifier
from factcheck.errors import BundleError

SHOUTED = (
    "MIRACLE cure they hide!!!",
    "SHOCKING truth, share before it is gone!!",
    "They LIE to you!!! Wake up",
    "Secret cure EXPOSED!!! share now",
)
SOBER = ("The ministry counted 12 cases.", "The council meets on Monday.", "A study of 40 people is out.", "Rain is expected in the north.")
TEXTS = [*SHOUTED, *SOBER]
LABELS = ["loud"] * 4 + ["calm"] * 4
THREE = [*LABELS[:6], "odd", "odd"]


@pytest.fixture
def fitted():
    return ClaimClassifier().fit(TEXTS, LABELS)


def test_it_learns_what_tells_the_labels_apart(fitted):
    assert list(fitted.predict(["SECRET truth they hide!!!", "The ministry counted 40 people."])) == ["loud", "calm"]
    assert list(fitted.classes_) == ["calm", "loud"]


@pytest.mark.parametrize("labels", [LABELS, THREE])
def test_probabilities_have_a_column_for_each_class_sum_to_one_and_agree_with_the_prediction(labels):
    model = ClaimClassifier().fit(TEXTS, labels)
    probabilities = model.predict_proba(TEXTS)
    assert probabilities.shape == (len(TEXTS), len(set(labels)))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert list(model.classes_[probabilities.argmax(axis=1)]) == list(model.predict(TEXTS))


def test_scores_of_two_classes_are_those_of_the_second_as_in_scikit_learn(fitted):
    scores = fitted.decision_function(TEXTS)
    assert scores.shape == (len(TEXTS),)
    np.testing.assert_array_equal(scores > 0, fitted.predict(TEXTS) == fitted.classes_[1])
    np.testing.assert_allclose(1 / (1 + np.exp(-scores)), fitted.predict_proba(TEXTS)[:, 1])


def test_a_negation_is_not_lost_among_the_words():
    texts = ["vaccines do cause autism", "vaccines do not cause autism"] * 4
    model = ClaimClassifier().fit(texts, ["yes", "no"] * 4)
    assert list(model.predict(texts[:2])) == ["yes", "no"]


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, lambda texts: np.array(texts, dtype=object)])
def test_texts_and_labels_may_come_in_any_container(fitted, kind):
    model = ClaimClassifier().fit(kind(TEXTS), kind(LABELS))
    np.testing.assert_array_equal(model.predict_proba(kind(TEXTS)), fitted.predict_proba(TEXTS))


def test_a_series_with_a_strange_index_is_read_by_position(fitted):
    index = [5, 5, 0, -1, 9, 2, 2, 7]
    model = ClaimClassifier().fit(pd.Series(TEXTS, index=index), pd.Series(LABELS))
    np.testing.assert_array_equal(model.predict_proba(TEXTS), fitted.predict_proba(TEXTS))


def test_labels_that_are_numbers_stay_numbers():
    model = ClaimClassifier().fit(TEXTS, [1] * 4 + [0] * 4)
    assert model.classes_.dtype.kind == "i"
    assert model.predict(SHOUTED[:1])[0] == 1


def test_it_can_be_cross_validated_and_searched():
    texts, labels = TEXTS * 2, LABELS * 2
    assert cross_val_score(ClaimClassifier(), texts, labels, cv=2).shape == (2,)
    search = GridSearchCV(ClaimClassifier(), {"C": [0.1, 30.0], "min_df": [1, 2]}, cv=2).fit(texts, labels)
    assert set(search.best_params_) == {"C", "min_df"}
    assert list(search.classes_) == ["calm", "loud"]


def test_a_clone_has_the_parameters_and_nothing_learned(fitted):
    copy = clone(fitted.set_params(C=2.0, word_ngrams=(1, 1)))
    assert copy.get_params() == fitted.get_params()
    assert copy.C == 2.0
    with pytest.raises(NotFittedError):
        copy.predict(TEXTS)


def test_parameters_are_stored_as_given_and_looked_at_in_fit():
    ngrams = (1, 3)
    model = ClaimClassifier(word_ngrams=ngrams, C=-1.0)
    assert model.word_ngrams is ngrams
    with pytest.raises(ValueError, match="C"):
        model.fit(TEXTS, LABELS)


def test_a_second_fit_forgets_the_first(fitted):
    fitted.fit(["alpha beta", "gamma delta"] * 3, ["x", "y"] * 3)
    fresh = ClaimClassifier().fit(["alpha beta", "gamma delta"] * 3, ["x", "y"] * 3)
    assert list(fitted.classes_) == ["x", "y"]
    np.testing.assert_array_equal(fitted.predict_proba(TEXTS), fresh.predict_proba(TEXTS))


def test_the_same_texts_give_the_same_weights(fitted):
    again = ClaimClassifier().fit(TEXTS, LABELS)
    np.testing.assert_array_equal(again.coef_, fitted.coef_)


def test_what_it_is_given_is_not_changed():
    texts, labels = list(TEXTS), list(LABELS)
    ClaimClassifier().fit(texts, labels).predict_proba(texts)
    assert (texts, labels) == (TEXTS, LABELS)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_an_unfitted_one_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(ClaimClassifier(), method)(TEXTS)


def test_no_texts_give_no_answers_and_cannot_be_learned_from(fitted):
    assert fitted.predict([]).shape == (0,)
    assert fitted.predict_proba([]).shape == (0, 2)
    with pytest.raises(ValueError, match="empty"):
        ClaimClassifier().fit([], [])


@pytest.mark.parametrize("text", ["", "   ", "ψωξ", "🙂"])
def test_a_text_without_a_known_word_still_gets_probabilities(fitted, text):
    assert fitted.predict_proba([text]).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("texts", "labels", "words"),
    [
        ("one string", LABELS, "one string"),
        ([*TEXTS[:-1], None], LABELS, r"X\[7\] is NoneType"),
        ([*TEXTS[:-1], float("nan")], LABELS, r"X\[7\] is float"),
        ([*TEXTS[:-1], b"bytes"], LABELS, r"X\[7\] is bytes"),
        (TEXTS, LABELS[:-1], "8 texts but 7 labels"),
        (TEXTS, ["loud"] * 8, "class"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_with_what_was_seen(texts, labels, words):
    with pytest.raises(ValueError, match=words):
        ClaimClassifier().fit(texts, labels)


def test_a_missing_text_among_those_to_predict_is_named(fitted):
    with pytest.raises(ValueError, match=r"X\[1\] is NoneType"):
        fitted.predict(["fine", None])


# ---------------------------------------------------------------------------------------------------------------------
# Bundles
# ---------------------------------------------------------------------------------------------------------------------


def saved(model, path):
    model.save(path, manifest={"name": "tiny"}, documents={"metrics": {}}, card="# Tiny\n")
    return path


@pytest.mark.parametrize("labels", [LABELS, THREE])
def test_a_saved_classifier_answers_as_before(tmp_path, labels):
    model = ClaimClassifier(C=3.0, character_ngrams=(2, 3)).fit(TEXTS, labels)
    again = ClaimClassifier.load(saved(model, tmp_path / "b"))
    assert again.get_params() == model.get_params()
    assert list(again.classes_) == list(model.classes_)
    np.testing.assert_array_equal(again.predict_proba([*TEXTS, "quite new words"]), model.predict_proba([*TEXTS, "quite new words"]))


def test_a_loaded_classifier_can_be_fitted_anew(fitted, tmp_path):
    again = ClaimClassifier.load(saved(fitted, tmp_path / "b")).fit(["alpha beta", "gamma delta"] * 3, ["x", "y"] * 3)
    assert list(again.predict(["alpha beta"])) == ["x"]


def test_the_bundle_says_its_kind_and_labels_and_holds_no_pickle(fitted, tmp_path):
    folder = saved(fitted, tmp_path / "b")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["kind"], manifest["labels"], manifest["name"]) == ("claims", ["calm", "loud"], "tiny")
    assert {path.suffix for path in folder.iterdir()} == {".json", ".npz", ".md"}


def test_an_unfitted_one_cannot_be_saved(tmp_path):
    with pytest.raises(NotFittedError):
        saved(ClaimClassifier(), tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_bundle_of_another_kind_is_refused_with_the_way_to_load_it(tmp_path):
    persistence.save_bundle(tmp_path / "b", manifest={"kind": "linear"}, arrays={}, documents={})
    with pytest.raises(BundleError, match=r"'linear'.*FactChecker\.load"):
        ClaimClassifier.load(tmp_path / "b")


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("arrays", lambda arrays: {"classifier": {k: v for k, v in arrays["classifier"].items() if k != "coef"}}),
        ("arrays", lambda arrays: {"classifier": {**arrays["classifier"], "coef": arrays["classifier"]["coef"][:, :-1]}}),
        ("arrays", lambda arrays: {"classifier": {**arrays["classifier"], "word_idf": arrays["classifier"]["word_idf"][:-1]}}),
        ("arrays", lambda arrays: {"classifier": {**arrays["classifier"], "intercept": np.zeros(2)}}),
        ("documents", lambda documents: {**documents, "terms": {"words": []}}),
        ("documents", lambda documents: {**documents, "parameters": {"nosuch": 1}}),
        ("documents", lambda documents: {**documents, "parameters": []}),
        ("manifest", lambda manifest: {**manifest, "labels": ["calm"]}),
    ],
)
def test_a_bundle_whose_parts_do_not_fit_together_is_refused_before_the_first_answer(fitted, tmp_path, part, change):
    bundle = persistence.load_bundle(saved(fitted, tmp_path / "b"))
    manifest = {key: value for key, value in bundle.manifest.items() if key not in {"format", "factcheck", "files"}}
    parts = {"manifest": manifest, "arrays": bundle.arrays, "documents": bundle.documents}
    parts[part] = change(parts[part])
    persistence.save_bundle(tmp_path / "c", **parts)
    with pytest.raises(BundleError, match="do not fit together"):
        ClaimClassifier.load(tmp_path / "c")
