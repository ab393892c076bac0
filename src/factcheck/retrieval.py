"""Find the statements that speak about a claim: sparse word and character vectors, top-k, a relevance in [0, 1]."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Self

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from factcheck import text as words
from factcheck.text import FUNCTION_WORDS, NEGATIONS

Array = np.ndarray[Any, np.dtype[Any]]

_CHARACTER_GRAM = 4
_LENGTH_POWER = 0.6
"""Statements are divided by this power of their length: by all of it, the shortest win too often; by none, the longest (Singhal, Buckley
and Mitra, 1996, Pivoted document length normalization). Chosen on the calibration split and on the matching train set."""
_TYPICAL_LENGTH = 17.0
"""Length of a usual statement; sets the scale and nothing else."""
_CHARACTER_BUCKETS = 1 << 16
_BLOCK = 4_000_000
"""Claim-statement scores held at once; bounds the memory of a search over a large base."""

MEASURES = ("word_cosine", "character_cosine")
"""What the relevance of a statement to a claim is a logistic function of: cosines, with the statement's length in part.
The shares of the claim's and of the statement's words that the other covers got no weight beside these two."""

_UNTRAINED_WEIGHTS = np.array([7.0, 6.0])
_UNTRAINED_INTERCEPT = -4.0


class StatementIndex(BaseEstimator):
    """Search statements by the words and word parts that they share with a claim.

    The weight of a word comes from the texts that `fit_weights` saw, not from the indexed statements, when such
    weights were fitted: so a statement that is added or removed never changes the score of another one.

    Attributes
    ----------
    idf_ : dict of str to float or None
        Weight of each stem; None until `fit_weights`, then `fit` weighs by the indexed texts alone.
    weights_ : ndarray of shape (2,)
        Weights of `MEASURES` in the relevance.
    intercept_ : float

    Examples
    --------
    >>> index = StatementIndex().fit(["Radio waves do not carry viruses.", "The Earth is nearly a sphere."])
    >>> indices, scores = index.search(["earth is flat"], k=1)
    >>> int(indices[0, 0])
    1
    """

    def fit(self, X: Sequence[str], y: object = None) -> Self:
        """Index statements.

        Parameters
        ----------
        X : sequence of str
            The statements' texts; their positions are what `search` returns.
        y : ignored
        """
        bags = [_content(text) for text in X]
        if getattr(self, "idf_", None) is None:
            self.local_idf_ = _inverse_frequency(bags)
        idf = self._idf()
        self.vocabulary_: dict[str, int] = {}
        for bag in bags:
            for stem in bag:
                self.vocabulary_.setdefault(stem, len(self.vocabulary_))
        self.unseen_ = max(idf.values(), default=1.0)
        self.n_statements_ = len(bags)
        weighted, characters = self._rows(bags)
        lengths = np.array([sum(idf.get(stem, self.unseen_) ** 2 for stem in bag) ** 0.5 for bag in bags])
        shortened = (lengths / _TYPICAL_LENGTH) ** (1 - _LENGTH_POWER)
        self._weighted = _scaled(weighted, 1 / np.where(lengths > 0, shortened, 1.0)).T.tocsr()
        self._characters = _scaled(characters, 1 / np.where(lengths > 0, shortened, 1.0)).T.tocsr()
        return self

    def fit_weights(self, claims: Sequence[str], statements: Sequence[str], relevant: Sequence[int]) -> Self:
        """Learn the weight of words and of the measures from claims whose statement is known, and index the statements.

        Parameters
        ----------
        claims : sequence of str, length n
        statements : sequence of str
        relevant : sequence of int, length n
            Position of each claim's statement, -1 where there is none.
        """
        self.idf_: dict[str, float] | None = _inverse_frequency([_content(text) for text in [*claims, *statements]])
        self.fit(statements)
        rows, targets = [], []
        for start in range(0, len(claims), 512):
            measures = self.measure(claims[start : start + 512])
            closest = np.argsort(-(measures @ _UNTRAINED_WEIGHTS), axis=1, kind="stable")[:, :10]
            for row, gold in enumerate(relevant[start : start + 512]):
                # The hardest others (but no sibling on the same matter: the first two may well be relevant too), and some middling ones.
                others = [int(i) for i in closest[row] if i != gold]
                chosen = others[2::3] if gold >= 0 else others[::3]
                rows += [measures[row, i] for i in chosen]
                targets += [0] * len(chosen)
                if gold >= 0:
                    rows.append(measures[row, gold])
                    targets.append(1)
        model = LogisticRegression(C=10.0).fit(np.array(rows), np.array(targets))
        self.weights_ = np.maximum(model.coef_[0], 0.0)
        self.intercept_ = float(model.intercept_[0])
        return self

    def search(self, claims: Sequence[str], k: int) -> tuple[Array, Array]:
        """Return the most relevant statements of each claim.

        Parameters
        ----------
        claims : sequence of str, length n
        k : int
            How many at the most; capped at the number of statements.

        Returns
        -------
        indices : ndarray of int, shape (n, k)
            Positions in the fitted sequence, best first; ties by position.
        scores : ndarray of float, shape (n, k)
            Relevance in [0, 1], higher is closer; compares across claims. 0 when nothing is shared.
        """
        check_is_fitted(self, "vocabulary_")
        k = min(k, self.n_statements_)
        indices = np.zeros((len(claims), k), dtype=np.int64)
        scores = np.zeros((len(claims), k))
        if k == 0:
            return indices, scores
        block = max(1, _BLOCK // self.n_statements_)
        for start in range(0, len(claims), block):
            relevance = self._relevance(claims[start : start + block])
            best = _top(relevance, k)
            indices[start : start + block] = best
            scores[start : start + block] = np.take_along_axis(relevance, best, axis=1)
        return indices, scores

    def measure(self, claims: Sequence[str]) -> Array:
        """Return the `MEASURES` of every claim against every statement, shape (n, n_statements, 2)."""
        check_is_fitted(self, "vocabulary_")
        weighted, characters = self._rows([_content(claim) for claim in claims])
        return np.stack([(weighted @ self._weighted).toarray(), (characters @ self._characters).toarray()], axis=-1)

    def _relevance(self, claims: Sequence[str]) -> Array:
        weights = getattr(self, "weights_", _UNTRAINED_WEIGHTS)
        intercept = getattr(self, "intercept_", _UNTRAINED_INTERCEPT)
        measures = self.measure(claims)
        total = measures[:, :, 0] * weights[0] + measures[:, :, 1] * weights[1]
        return np.where(total > 0, expit(total + intercept), 0.0)

    def _rows(self, bags: Sequence[Sequence[str]]) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Return unit TF-IDF rows of words and of characters of texts; words outside the vocabulary count in the length alone."""
        idf = self._idf()
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        lengths: list[float] = []
        for bag in bags:
            length = 0.0
            for stem in bag:
                weight = idf.get(stem, self.unseen_)
                length += weight * weight
                column = self.vocabulary_.get(stem)
                if column is not None:
                    columns.append(column)
                    values.append(weight)
            ends.append(len(columns))
            lengths.append(length**0.5)
        shape = (len(bags), max(1, len(self.vocabulary_)))
        weighted = sparse.csr_matrix((np.array(values), np.array(columns, dtype=np.int64), ends), shape=shape)
        return _scaled(weighted, np.array(lengths)), _character_rows(bags, idf, self.unseen_)

    def _idf(self) -> Mapping[str, float]:
        fitted = getattr(self, "idf_", None)
        return self.local_idf_ if fitted is None else fitted


def _content(text: str) -> tuple[str, ...]:
    """Return the distinct stems that can make a statement relevant: no function word, no negation, no address."""
    _, tokens = words.read(text)
    return tuple(dict.fromkeys(words.stem(t) for t in tokens if t[0] not in "<#" and t not in FUNCTION_WORDS and t not in NEGATIONS))


def _inverse_frequency(bags: Sequence[Sequence[str]]) -> dict[str, float]:
    frequency = Counter(stem for bag in bags for stem in bag)
    return {stem: float(np.log1p(len(bags) / count)) for stem, count in sorted(frequency.items())}


@lru_cache(maxsize=1 << 17)
def _grams(stem: str) -> tuple[int, ...]:
    padded = f" {stem} "
    size = _CHARACTER_GRAM
    return tuple(zlib.crc32(padded[i : i + size].encode()) % _CHARACTER_BUCKETS for i in range(max(1, len(padded) - size + 1)))


def _character_rows(bags: Sequence[Sequence[str]], idf: Mapping[str, float], unseen: float) -> sparse.csr_matrix:
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for bag in bags:
        for stem in bag:
            grams = _grams(stem)
            columns += grams
            values += [idf.get(stem, unseen) / len(grams) ** 0.5] * len(grams)
        ends.append(len(columns))
    rows = sparse.csr_matrix((np.array(values), np.array(columns, dtype=np.int64), ends), shape=(len(bags), _CHARACTER_BUCKETS))
    rows.sum_duplicates()
    return _scaled(rows, np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel()))


def _scaled(rows: sparse.csr_matrix, lengths: Array) -> sparse.csr_matrix:
    """Divide each row by its length; a row of length 0 stays 0."""
    divisors = np.where(lengths > 0, lengths, 1.0)
    scaled = rows.copy()
    scaled.data = scaled.data / np.repeat(divisors, np.diff(scaled.indptr))
    return scaled


def _top(scores: Array, k: int) -> Array:
    """Return the positions of the k largest of each row, largest first, ties by position."""
    if k < scores.shape[1]:
        # argpartition breaks ties as it likes: everything as large as the k-th is sorted, so that the same claim finds the same statements
        kth = -np.partition(-scores, k - 1, axis=1)[:, k - 1 : k]
        order = np.empty((scores.shape[0], k), dtype=np.int64)
        for row, (values, bound) in enumerate(zip(scores, kth[:, 0], strict=True)):
            candidates = np.flatnonzero(values >= bound)
            order[row] = candidates[np.argsort(-values[candidates], kind="stable")[:k]]
        return order
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]
