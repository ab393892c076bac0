"""How a post stands to a claim that is known: the same, its opposite, a word about it, the same with another detail, or merely near."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from factcheck import text as words
from factcheck.features import Pair, PairFeatures
from factcheck.networks import SentenceEncoder
from factcheck.records import RELATIONS, STANCES, Relation

Array = np.ndarray[Any, np.dtype[Any]]

_LEAST_LIKELY = 1e-4
_STANCE_WEIGHT, _CLOSENESS_WEIGHT = 0.3, 3.0
"""Scales of the stances' log-probabilities and of the closeness beside the other features."""
READINGS = 2 * len(STANCES) + 1
"""Columns of `read_pairs`."""
_PRECISION = 0.9
"""Share of the pairs confirmed as the same claim that must be so, on the pairs that `RelationClassifier.fit_confirmation` saw."""


class RelationClassifier(ClassifierMixin, BaseEstimator):
    """Multinomial logistic regression over `PairFeatures` and what a checker's other stages read in a pair.

    Parameters
    ----------
    C : float, default 0.01
        Inverse strength of the L2 penalty, > 0.
    max_iter : int, default 500

    Attributes
    ----------
    classes_ : ndarray of shape (5,)
        `records.RELATIONS`: the order of the columns of `predict_proba`.
    features_ : PairFeatures
    coef_ : ndarray of float32, shape (5, n_features)
    intercept_ : ndarray of float32, shape (5,)
    confirmation_ : float
        Probability of the same claim from which on it is confirmed; above 1 until `fit_confirmation`.
    """

    def __init__(self, C: float = 0.01, max_iter: int = 500) -> None:
        self.C = C
        self.max_iter = max_iter

    def fit(self, X: Sequence[Pair], readings: Array, y: Sequence[str], sample_weight: Array | None = None) -> Self:
        """Learn from pairs of post and known claim.

        Parameters
        ----------
        X : sequence of (str, str), length m
        readings : ndarray of float, shape (m, 7)
            As `read_pairs` gives them.
        y : sequence of str, length m
            Values of `Relation`.
        sample_weight : ndarray of float, shape (m,), optional
        """
        self.classes_ = np.array(RELATIONS)
        if missing := set(RELATIONS) - set(y):
            raise ValueError(f"no pair that is {' or '.join(sorted(missing))}; each relation needs examples")
        self.features_ = PairFeatures().fit(X)
        model = LogisticRegression(C=self.C, max_iter=self.max_iter, class_weight="balanced")
        model.fit(self._rows(X, readings), y, sample_weight=sample_weight)
        order = [model.classes_.tolist().index(relation) for relation in RELATIONS]
        # float16 is what a bundle keeps: rounded here, a checker answers alike before and after it was saved
        self.coef_ = model.coef_[order].astype(np.float16).astype(np.float32)
        self.intercept_ = model.intercept_[order].astype(np.float32)
        self.confirmation_ = np.inf
        return self

    def fit_confirmation(self, X: Sequence[Pair], readings: Array, y: Sequence[str]) -> Self:
        """Choose the least probability from which on nine in ten of the likeliest pairs are the same claim.

        Arguments as in `fit`, of pairs that it did not see.
        """
        same = self.predict_proba(X, readings)[:, RELATIONS.index(Relation.SAME)]
        order = np.argsort(-same, kind="stable")
        right = np.cumsum(np.array([y[i] == Relation.SAME for i in order])) / np.arange(1, len(order) + 1)
        last_of_its_height = np.append(same[order[1:]] < same[order[:-1]], True)  # equal probabilities stand or fall together
        enough = np.flatnonzero((right >= _PRECISION) & last_of_its_height)
        self.confirmation_ = float(same[order[enough[-1]]]) if len(enough) else np.inf
        return self

    def predict_proba(self, X: Sequence[Pair], readings: Array) -> Array:
        """Return the probabilities of the relations, shape (m, 5); arguments as in `fit`. A pair of equal words is the same claim."""
        check_is_fitted(self, "coef_")
        scores = np.asarray(self._rows(X, readings) @ self.coef_.T.astype(np.float64)) + self.intercept_
        probabilities = np.asarray(softmax(scores, axis=1)) if len(scores) else scores
        copies = [words.read(post)[1] == words.read(claim)[1] for post, claim in X]
        probabilities[copies] = np.eye(len(RELATIONS))[RELATIONS.index(Relation.SAME)]  # word for word: nothing is left to weigh
        return probabilities

    def predict(self, X: Sequence[Pair], readings: Array) -> Array:
        """Return the likeliest relation of each pair, shape (m,)."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X, readings), axis=1)])

    def _rows(self, X: Sequence[Pair], readings: Array) -> sparse.csr_matrix:
        stances, closeness = readings[:, :-1], readings[:, -1:]
        likely = _STANCE_WEIGHT * np.log(np.maximum(stances, _LEAST_LIKELY))
        beside = np.hstack([likely, _CLOSENESS_WEIGHT * closeness, _CLOSENESS_WEIGHT * closeness**2])
        return sparse.csr_matrix(sparse.hstack([self.features_.transform(X), sparse.csr_matrix(beside)]))


def read_pairs(verifier: Any, encoder: SentenceEncoder | None, pairs: Sequence[Pair]) -> Array:
    """Return what a checker's stages read in pairs: stances, stances of the pair turned round, and the cosine of the two texts.

    Parameters
    ----------
    verifier : LinearVerifier or PooledVerifier
    encoder : SentenceEncoder or None
        None leaves the cosine at 0.
    pairs : sequence of (str, str), length m

    Returns
    -------
    ndarray of float, shape (m, 7)
    """
    stances = [verifier.predict_proba(pairs), verifier.predict_proba([(second, first) for first, second in pairs])]
    closeness = np.zeros((len(pairs), 1))
    if encoder:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        vectors = dict(zip(texts, encoder.embed(texts).astype(np.float64), strict=True))
        closeness[:, 0] = [vectors[first] @ vectors[second] for first, second in pairs]
    return np.hstack([*stances, closeness])
