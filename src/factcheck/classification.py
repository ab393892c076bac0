"""Classify a claim by its own words alone, for labelled tables that come without evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from factcheck import persistence
from factcheck.errors import BundleError

Array = np.ndarray[Any, np.dtype[Any]]

KIND = "claims"
"""What a bundle of this classifier calls itself in its manifest."""

# Addresses, handles and hashtags are words, and so is each mark: style carries the label in such tables. No stop words: they
# would take "not" with them.
_TOKEN = r"https?://\S+|[@#]\w+|\w+(?:['\u2019-]\w+)*|[^\w\s]"  # noqa: S105 a token is a word here


class ClaimClassifier(ClassifierMixin, BaseEstimator):
    """Logistic regression over word and character TF-IDF of the raw text; any label names.

    It learns how claims of each label are written, not whether they are true: it cites no statement, and on another
    source or topic it is often no better than chance. For verdicts use `FactChecker`.

    Parameters
    ----------
    C : float, default 30.0
        Inverse strength of the L2 penalty, > 0.
    word_ngrams, character_ngrams : (int, int), default (1, 2) and (2, 5)
        Shortest and longest n-gram.
    min_df : int, default 2
        Texts that a character n-gram must occur in.
    class_weight : dict, "balanced" or None, default None
    max_iter : int, default 1000

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels as they were given, sorted.

    Examples
    --------
    >>> texts = ["Miracle cure!!! Share now", "Cases rose by 3 % this week", "SHOCKING: they hide it", "The ministry reported 12 cases"]
    >>> model = ClaimClassifier(min_df=1).fit(texts, ["fake", "real", "fake", "real"])
    >>> str(model.predict(["SHOCKING cure they hide!!!"])[0])
    'fake'
    """

    def __init__(
        self,
        *,
        C: float = 30.0,
        word_ngrams: tuple[int, int] = (1, 2),
        character_ngrams: tuple[int, int] = (2, 5),
        min_df: int = 2,
        class_weight: Mapping[str, float] | str | None = None,
        max_iter: int = 1000,
    ) -> None:
        self.C = C
        self.word_ngrams = word_ngrams
        self.character_ngrams = character_ngrams
        self.min_df = min_df
        self.class_weight = class_weight
        self.max_iter = max_iter

    def fit(self, X: Iterable[str], y: Iterable[Any]) -> Self:
        """Learn vocabulary and weights; what an earlier fit learned is forgotten.

        Parameters
        ----------
        X : iterable of str
            List, tuple, array or Series of texts.
        y : iterable
            One label a text; at least two different ones.

        Raises
        ------
        ValueError
            When X is one string or holds no text, or lengths differ, or y has one label only.
        """
        texts, labels = _texts(X), np.asarray(list(y))
        if not texts:
            raise ValueError("X is empty; give at least two labelled texts")
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts but {len(labels)} labels; give one label a text")
        self.words_ = self._word_vectorizer()
        self.characters_ = self._character_vectorizer(min_df=min(self.min_df, len(texts)))
        rows = sparse.hstack([self.words_.fit_transform(texts), self.characters_.fit_transform(texts)]).tocsr()
        model = LogisticRegression(C=self.C, class_weight=self.class_weight, max_iter=self.max_iter, tol=1e-3).fit(rows, labels)
        self.classes_ = model.classes_
        self.coef_ = model.coef_.astype(np.float32)
        self.intercept_ = model.intercept_.astype(np.float32)
        return self

    def predict_proba(self, X: Iterable[str]) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : iterable of str, length n

        Returns
        -------
        ndarray of float, shape (n, n_classes)
            Columns as `classes_`; rows sum to 1.
        """
        decision = self.decision_function(X)
        if decision.ndim == 1:
            decision = np.column_stack([np.zeros_like(decision), decision])
        exponents = np.exp(decision - decision.max(axis=1, keepdims=True))
        return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))

    def decision_function(self, X: Iterable[str]) -> Array:
        """Return uncalibrated scores: shape (n,) for two classes (of the second one), else (n, n_classes)."""
        check_is_fitted(self, "coef_")
        texts = _texts(X)
        if not texts:  # scikit-learn's vectorizers refuse none
            return np.zeros(0 if len(self.coef_) == 1 else (0, len(self.coef_)))
        rows = sparse.hstack([self.words_.transform(texts), self.characters_.transform(texts)]).tocsr()
        scores = np.asarray(rows @ self.coef_.T + self.intercept_, dtype=np.float64)
        return scores[:, 0] if scores.shape[1] == 1 else scores

    def predict(self, X: Iterable[str]) -> Array:
        """Return the likeliest label of each text, shape (n,)."""
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[np.argmax(probabilities, axis=1)])

    def save(self, path: str | Path, *, manifest: Mapping[str, Any], documents: Mapping[str, Any], card: str) -> None:
        """Write a bundle; arguments as in `FactChecker.save`. Labels are stored as text."""
        check_is_fitted(self, "coef_")
        parameters = {name: list(value) if isinstance(value, tuple) else value for name, value in self.get_params().items()}
        persistence.save_bundle(
            path,
            manifest={"kind": KIND, "labels": [str(label) for label in self.classes_], **manifest},
            arrays={
                "classifier": {
                    "coef": self.coef_,
                    "intercept": self.intercept_,
                    "word_idf": self.words_.idf_,
                    "character_idf": self.characters_.idf_,
                }
            },
            documents={
                **documents,
                "terms": {"words": _terms(self.words_), "characters": _terms(self.characters_)},
                "parameters": parameters,
            },
            texts={"card.md": card},
        )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Load a classifier from the bundle that `save` wrote.

        Raises
        ------
        BundleError
            When the bundle is absent, damaged, too new, or holds something else.
        """
        bundle = persistence.load_bundle(path)
        if bundle.manifest.get("kind") != KIND:
            raise BundleError(
                f"{bundle.path}: holds a bundle of kind {bundle.manifest.get('kind')!r}, a claim classifier's is {KIND!r}; "
                "load it with FactChecker.load."
            )
        try:
            parameters: dict[str, Any] = {
                name: tuple(v) if isinstance(v, list) else v for name, v in bundle.documents["parameters"].items()
            }
            model = cls(**parameters)
            terms, arrays = bundle.documents["terms"], bundle.arrays["classifier"]
            model.words_ = _restored(model._word_vectorizer(), terms["words"], arrays["word_idf"])
            model.characters_ = _restored(model._character_vectorizer(min_df=1), terms["characters"], arrays["character_idf"])
            model.classes_ = np.array(bundle.manifest["labels"])
            model.coef_, model.intercept_ = arrays["coef"], arrays["intercept"]
            _check_shapes(model, arrays)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{bundle.path}: its parts do not fit together ({error!r}); train it anew.") from error
        return model

    def _word_vectorizer(self) -> TfidfVectorizer:
        return TfidfVectorizer(token_pattern=_TOKEN, ngram_range=self.word_ngrams, sublinear_tf=True)

    def _character_vectorizer(self, *, min_df: int) -> TfidfVectorizer:
        return TfidfVectorizer(analyzer="char", ngram_range=self.character_ngrams, min_df=min_df, sublinear_tf=True)


def _texts(X: Iterable[str]) -> list[str]:
    if isinstance(X, str):
        raise ValueError("X is one string; give a list of texts")  # noqa: TRY004 as scikit-learn's vectorizers answer
    texts = list(X)
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise ValueError(f"X[{position}] is {type(text).__name__}, not text; give strings, an empty one for a missing text")  # noqa: TRY004
    return texts


def _terms(vectorizer: TfidfVectorizer) -> list[str]:
    return [str(term) for term in vectorizer.get_feature_names_out()]


def _check_shapes(model: ClaimClassifier, arrays: Mapping[str, Array]) -> None:
    """Refuse arrays that do not belong together: some would only fail at the first text, some would answer nonsense."""
    n_words, n_characters = len(model.words_.vocabulary), len(model.characters_.vocabulary)
    rows = {1: 0, 2: 1}.get(len(model.classes_), len(model.classes_))  # two classes share a row, one is no classifier
    due = {"coef": (rows, n_words + n_characters), "intercept": (rows,), "word_idf": (n_words,), "character_idf": (n_characters,)}
    for name, shape in due.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise ValueError(
                f"{name} has the shape {arrays[name].shape} where its terms and labels need {shape}, or holds what is no number"
            )


def _restored(vectorizer: TfidfVectorizer, terms: Sequence[str], idf: Array) -> TfidfVectorizer:
    vectorizer.vocabulary = vectorizer.vocabulary_ = {term: column for column, term in enumerate(terms)}
    vectorizer.fixed_vocabulary_ = True
    vectorizer.idf_ = idf
    return vectorizer
