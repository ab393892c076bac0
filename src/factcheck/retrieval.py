"""Find the statements that speak about a claim: BM25 over words, a cosine over word parts, where there is a network a cosine over meanings.

A statement is a row of weights, one for each of its words and word parts; a claim is such a row too, and their product is the
score. Words weigh as in BM25 (Robertson and Zaragoza, 2009); word parts, which find ``vacines`` and ``coronavirus``, as in a cosine.
A sentence encoder adds the cosine of two vectors, which finds what is said in other words. In a large base common words find
nobody that the rarer ones do not: the statements that share most of the rarer ones, and those of the nearest vectors, are
looked up first, and only those are scored in full.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from factcheck import text as words
from factcheck.networks import SentenceEncoder
from factcheck.text import FUNCTION_WORDS, NEGATIONS

Array = np.ndarray[Any, np.dtype[Any]]
_SILENT = FUNCTION_WORDS | NEGATIONS
_Bag = dict[str, None]
"""The distinct stems of a claim, in order."""

MEASURES = ("bm25", "character_cosine", "sentence_cosine")
"""What the relevance of a statement to a claim is a logistic function of, the last with a sentence encoder only; docs/decisions/0007
has those that got no place."""

_SATURATION, _BY_LENGTH = 1.2, 0.6
"""BM25's k1 and b, chosen on the matching train set and on the calibration split."""
_TYPICAL_WORDS = 17.0
"""Content words of a usual statement. BM25 takes the mean of its base here, and then a statement that is added moves every score."""
_CHARACTER_GRAM = 4
_CHARACTER_BUCKETS = 1 << 16
"""Columns of word parts; `_character_rows` sorts them as numbers of 16 bits."""
_LENGTH_POWER = 0.6
"""The cosine divides a statement by this power of its length: by all of it, the shortest win too often; by none, the longest
(Singhal, Buckley and Mitra, 1996, Pivoted document length normalization). Chosen as k1 and b were."""
_TYPICAL_LENGTH = 17.0
"""Length of a usual statement; sets the scale and nothing else."""

_SMALL = 2000
"""Statements up to which all are scored."""
_COMMON = 10_000
"""Statements that share a word, from which on it finds nobody: it counts only for those that were found."""
_ALWAYS = 3
"""Words of a claim, its rarest, that find statements however common they are."""
_CANDIDATES = 100
"""Statements that are found and then scored in full, at the least."""
_CHUNK = 10_000
"""Statements that are indexed together; bounds the memory of `fit`."""
_BLOCK = 4_000_000
"""Claim-statement scores held at once; bounds the memory of a search over a large base."""

_RIVALS = 20
"""Statements that the right one must come before, when weights are learned."""
_MOST_LOGIT = 500.0
"""Keeps the exponential of a score finite."""
_LEARNED_TOGETHER = 256
"""Claims whose measures are held at once."""
_UNTRAINED = {2: (np.array([1.7, 9.2]), -6.5), 3: (np.array([0.5, 4.0, 18.6]), -12.2)}
"""Weights and intercept by how many measures there are, as the matching train set has them."""


class StatementIndex(BaseEstimator):
    """Search statements by the words and word parts that they share with a claim.

    The weight of a word comes from the texts that `fit_weights` saw, not from the indexed statements, when such
    weights were fitted: so a statement that is added or removed never changes the score of another one.

    Parameters
    ----------
    encoder : SentenceEncoder, optional
        Reads claims and statements for the last of `MEASURES`.

    Attributes
    ----------
    idf_ : dict of str to float or None
        Weight of each stem; None until `fit_weights`, then `fit` weighs by the indexed texts alone.
    weights_ : ndarray of shape (2,) or (3,)
        Weights of `MEASURES` in the relevance.
    intercept_ : float
    vectors_ : ndarray of float16, shape (n_statements, width)
        Of the statements; of width 0 without an encoder.

    Examples
    --------
    >>> index = StatementIndex().fit(["Radio waves do not carry viruses.", "The Earth is nearly a sphere."])
    >>> indices, scores = index.search(["earth is flat"], k=1)
    >>> int(indices[0, 0])
    1
    """

    def __init__(self, encoder: SentenceEncoder | None = None) -> None:
        self.encoder = encoder

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
        self.vocabulary_: dict[str, int] = {}
        return self._take(self._statement_rows(bags), self._embed_statements(X))

    def parts(self, X: Sequence[str], before: StatementIndex | None, places: Array) -> Iterator[tuple[sparse.csr_matrix, Array]]:
        """Yield the rows and the vectors of statements, some thousand at a time, for a base that is larger than the memory it is built in.

        Words get their columns as they come: ``vocabulary_`` is whole after the last part.

        Parameters
        ----------
        X : sequence of str, length n
        before : StatementIndex or None
            An index with the same weights of words that has some of the statements; its vocabulary is taken over.
        places : ndarray of int, shape (n,)
            Where the earlier index has a statement, -1 where it has not.
        """
        self.vocabulary_ = dict(before.vocabulary_) if before is not None else {}
        for start in range(0, len(X), _CHUNK):
            texts, known = X[start : start + _CHUNK], places[start : start + _CHUNK]
            yield self._fresh(texts) if before is None else self._updated(texts, before, known)

    def _fresh(self, texts: Sequence[str]) -> tuple[sparse.csr_matrix, Array]:
        return self._statement_rows([_content(text) for text in texts]), self._embed_statements(texts)

    def _updated(self, texts: Sequence[str], before: StatementIndex, places: Array) -> tuple[sparse.csr_matrix, Array]:
        new: list[int] = np.flatnonzero(places < 0).tolist()
        fresh, vectors = self._fresh([texts[i] for i in new])
        kept = before._rows[places[places >= 0]]
        kept = sparse.csr_matrix((kept.data, kept.indices, kept.indptr), shape=(kept.shape[0], fresh.shape[1]))
        order = np.argsort(np.concatenate([np.flatnonzero(places >= 0), new]), kind="stable")
        vectors = np.concatenate([before.vectors_[places[places >= 0]], vectors])
        return sparse.csr_matrix(sparse.vstack([kept, fresh]))[order], vectors[order]

    def fingerprint(self) -> str:
        """Return a sha256 of what the statements' rows depend on besides the statements."""
        weights = sorted((getattr(self, "idf_", None) or {}).items())
        network = hashlib.sha256(self.encoder.network).hexdigest() if self.encoder else ""
        settings = [_SATURATION, _BY_LENGTH, _TYPICAL_WORDS, _CHARACTER_GRAM, _CHARACTER_BUCKETS, _LENGTH_POWER, _TYPICAL_LENGTH]
        return hashlib.sha256(json.dumps([weights, network, settings]).encode()).hexdigest()

    @property
    def n_features(self) -> int:
        """Columns of the statements' rows: first those of the word parts, then those of the words."""
        return _CHARACTER_BUCKETS + max(1, len(self.vocabulary_))

    def restore(self, arrays: Mapping[str, Array], vocabulary: Sequence[str], n_statements: int) -> Self:
        """Take the rows of statements that `parts` gave, their transpose and the vectors, mapped into memory or not.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            ``rows_`` and ``postings_`` with ``data``, ``indices`` and ``indptr``; ``vectors``.
        vocabulary : sequence of str
            The keys of ``vocabulary_``.
        n_statements : int

        Raises
        ------
        ValueError
            When they do not hold together.
        """
        self.vocabulary_ = {stem: place for place, stem in enumerate(vocabulary)}
        vectors = arrays["vectors"]
        if vectors.shape != (n_statements, self.encoder.width if self.encoder else 0):
            raise ValueError(f"vectors of shape {vectors.shape}")
        rows, postings = (
            _restored(arrays, name, shape)
            for name, shape in (("rows", (n_statements, self.n_features)), ("postings", (self.n_features, n_statements)))
        )
        return self._take(rows, vectors, postings)

    def _take(self, rows: sparse.csr_matrix, vectors: Array, postings: sparse.csr_matrix | None = None) -> Self:
        self.unseen_ = max(self._idf().values(), default=1.0)
        self.n_statements_ = rows.shape[0]
        self._rows = rows
        self._postings = rows.T.tocsr() if postings is None else postings
        self._frequency = np.diff(self._postings.indptr)
        self.vectors_ = vectors
        self._directions = vectors.astype(np.float32)
        return self

    def remember(self, digests: Sequence[str], vectors: Array) -> Self:
        """Take the vectors of statements as known, so that `fit` need not read them again.

        Parameters
        ----------
        digests : sequence of str, length n
            Of the statements' texts, as `digest` gives them.
        vectors : ndarray of float16, shape (n, width)
            As ``vectors_`` had them.
        """
        self._known = dict(zip(digests, vectors, strict=True))
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
        gaps: list[Array] = []  # of each claim, the measures of its statement less those of each rival
        rows, targets = [], []
        for start in range(0, len(claims), _LEARNED_TOGETHER):
            measures = self.measure(claims[start : start + _LEARNED_TOGETHER])
            closest = np.argsort(-(measures @ _UNTRAINED[measures.shape[2]][0]), axis=1, kind="stable")[:, :_RIVALS]
            for row, gold in enumerate(relevant[start : start + _LEARNED_TOGETHER]):
                others = [int(i) for i in closest[row] if i != gold]
                if gold >= 0:
                    gaps.append(measures[row, gold] - measures[row, others])
                # The hardest others (but no sibling on the same matter: the first two may well be relevant too), and some middling ones.
                chosen = others[2:10:3] if gold >= 0 else others[:10:3]
                rows += [*measures[row, chosen], *([measures[row, gold]] if gold >= 0 else [])]
                targets += [*[0] * len(chosen), *([1] if gold >= 0 else [])]
        # First what puts the right statement before its rivals, then how likely a statement with such a score is the right one.
        weights = _preferred(gaps)
        scale = LogisticRegression(C=10.0).fit((np.array(rows) @ weights)[:, None], targets)
        self.weights_ = weights * max(float(scale.coef_[0, 0]), 0.0)
        self.intercept_ = float(scale.intercept_[0])
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
        totals = np.zeros((len(claims), k))
        if k == 0:
            return indices, totals
        weights, intercept = self._relevance()
        block = max(1, _BLOCK // self.n_statements_)
        for start in range(0, len(claims), block):
            part = slice(start, start + block)
            bags = _claim_bags(claims[part])
            asked, vectors = self._claim_rows(bags, weights), self._claim_vectors(claims[part], bags) * weights[2:].sum()
            if self.n_statements_ <= _SMALL:
                indices[part], totals[part] = self._best_of_all(asked, vectors, k)
            else:
                indices[part], totals[part] = self._best_of_found(self._leads(bags, asked, weights), asked, vectors, k)
        return indices, np.where(totals > 0, expit(totals + intercept), 0.0)

    def measure(self, claims: Sequence[str]) -> Array:
        """Return the measures of every claim against every statement, shape (n, n_statements, 2), with an encoder 3."""
        check_is_fitted(self, "vocabulary_")
        bags = _claim_bags(claims)
        sparse_measures = [(self._claim_rows(bags, weights) @ self._postings).toarray() for weights in np.eye(2)]
        dense_measures = [self._claim_vectors(claims, bags) @ self._directions.T] if self.encoder else []
        return np.stack([*sparse_measures, *dense_measures], axis=-1)

    def _relevance(self) -> tuple[Array, float]:
        weights, intercept = _UNTRAINED[3 if self.encoder else 2]
        return getattr(self, "weights_", weights), getattr(self, "intercept_", intercept)

    def _best_of_all(self, asked: sparse.csr_matrix, vectors: Array, k: int) -> tuple[Array, Array]:
        totals = (asked @ self._postings).toarray()
        if self.encoder:
            totals = totals + _row_by_row(vectors, self._directions)
        best = _top(totals, k)
        return best, np.take_along_axis(totals, best, axis=1)

    def _best_of_found(self, leads: sparse.csr_matrix, asked: sparse.csr_matrix, vectors: Array, k: int) -> tuple[Array, Array]:
        """Return the best of those statements that share most of a claim's leads or have the nearest vectors."""
        first = leads @ self._postings
        near = _row_by_row(vectors, self._directions) if self.encoder else None
        most = min(max(k, _CANDIDATES), self.n_statements_)
        claim = np.zeros(asked.shape[1])
        indices, totals = np.zeros((asked.shape[0], k), dtype=np.int64), np.zeros((asked.shape[0], k))
        for row in range(asked.shape[0]):
            features, values = _row(asked, row)
            found, partial = _row(first, row)
            if len(found) > most:
                found = found[np.argpartition(-partial, most - 1)[:most]]
            if near is not None:
                found = np.union1d(found, np.argpartition(-near[row], most - 1)[:most])
            if len(found) < k:  # what shares nothing fills the rest, as it does in a small base
                found = np.r_[found, np.setdiff1d(np.arange(k), found)]
            found = np.sort(found)  # so that ties go by position
            claim[features] = values
            total = _products(self._rows, found, claim)
            claim[features] = 0.0
            if near is not None:
                total += near[row, found]
            best = np.argsort(-total, kind="stable")[:k]
            indices[row], totals[row] = found[best], total[best]
        return indices, totals

    def _leads(self, bags: Sequence[_Bag], asked: sparse.csr_matrix, weights: Array) -> sparse.csr_matrix:
        """Return of the claims' rows what finds statements: the rarer words, and the parts of words that no statement has."""
        frequency = self._frequency[asked.indices]
        plain = asked.indices >= _CHARACTER_BUCKETS
        rarer = plain & (frequency <= _COMMON)
        for start, end in pairwise(asked.indptr):
            places = start + np.flatnonzero(plain[start:end])
            rarer[places[np.argsort(frequency[places], kind="stable")[:_ALWAYS]]] = True
        known = sparse.csr_matrix((np.where(rarer, asked.data, np.float32(0)), asked.indices, asked.indptr), shape=asked.shape)
        unknown = [[stem for stem in bag if stem not in self.vocabulary_] for bag in bags]
        values, columns, ends = _character_rows(unknown, self._weights_of(unknown))
        values[self._frequency[columns] > _COMMON] = 0.0
        parts = sparse.csr_matrix((values * np.float32(weights[1]), columns, ends), shape=asked.shape)
        leads = sparse.csr_matrix(known + parts)
        leads.eliminate_zeros()
        return leads

    def _statement_rows(self, bags: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """Return the statements' weights: first the word parts, then the words."""
        self.unseen_ = max(self._idf().values(), default=1.0)
        for bag in bags:
            for stem in bag:
                self.vocabulary_.setdefault(stem, len(self.vocabulary_))
        parts = []
        for start in range(0, len(bags), _CHUNK):
            counted = [Counter(bag) for bag in bags[start : start + _CHUNK]]
            weights = self._weights_of(counted)
            sizes = np.array([len(counts) for counts in counted])
            rows = np.repeat(np.arange(len(counted)), sizes)
            lengths = np.array([squares**0.5 for squares in np.bincount(rows, weights * weights, minlength=len(counted)).tolist()])
            longer = (np.maximum(lengths, 1e-9) / _TYPICAL_LENGTH) ** (1 - _LENGTH_POWER)
            counts = np.array([count for counts in counted for count in counts.values()], dtype=np.int64)
            totals = np.bincount(rows, counts, minlength=len(counted))[rows]
            columns = [self.vocabulary_[stem] for counts in counted for stem in counts]
            plain = _rows(columns, weights * _saturated(counts, totals), sizes)
            characters = _divided(_character_rows(counted, weights), 1 / longer)
            parts.append(sparse.csr_matrix(_beside(characters, plain), shape=(len(counted), self.n_features)))
        none = sparse.csr_matrix(_rows([], np.zeros(0), []), shape=(0, self.n_features))
        return sparse.csr_matrix(sparse.vstack(parts)) if parts else none

    def _claim_rows(self, bags: Sequence[_Bag], weights: Array) -> sparse.csr_matrix:
        """Return claims as rows over the statements' features, so that a product with a statement's row is its score."""
        stems = self._weights_of(bags)
        columns: list[int] = []
        sizes, values, start = [], [], 0
        for bag in bags:
            known = [self.vocabulary_[stem] for stem in bag if stem in self.vocabulary_]
            # A long claim shares more with everybody; words that no statement has count here as well.
            values.append(weights[0] / max(sum(stems[start : start + len(bag)].tolist()), 1e-9) ** 0.5)
            columns += known
            sizes.append(len(known))
            start += len(bag)
        characters = _character_rows(bags, stems)
        np.multiply(characters.values, np.float32(weights[1]), out=characters.values)
        return sparse.csr_matrix(_beside(characters, _rows(columns, np.repeat(values, sizes), sizes)), shape=(len(bags), self.n_features))

    def _weights_of(self, bags: Iterable[Iterable[str]]) -> Array:
        """Return the weight of each stem of each bag, one after the other."""
        idf, unseen = self._idf(), self.unseen_
        return np.array([idf.get(stem, unseen) for bag in bags for stem in bag], dtype=np.float64)

    def _claim_vectors(self, claims: Sequence[str], bags: Sequence[_Bag]) -> Array:
        """Return the claims' vectors; without a word that can make a statement relevant, all zeros."""
        if not self.encoder:
            return np.zeros((len(claims), 0), dtype=np.float32)
        speaking = [row for row, bag in enumerate(bags) if bag]
        vectors = np.zeros((len(claims), self.encoder.width), dtype=np.float32)
        vectors[speaking] = self.encoder.embed([claims[row] for row in speaking])
        return vectors

    def _embed_statements(self, texts: Sequence[str]) -> Array:
        if not self.encoder:
            return np.zeros((len(texts), 0), dtype=np.float16)
        digests = [digest(text) for text in texts]
        known: dict[str, Array] = dict(getattr(self, "_known", {}))
        fresh = {name: text for name, text in zip(digests, texts, strict=True) if name not in known}
        known.update(zip(fresh, self.encoder.embed(list(fresh.values())), strict=True))
        return np.array([known[name] for name in digests], dtype=np.float16).reshape(len(texts), self.encoder.width)

    def _idf(self) -> Mapping[str, float]:
        fitted = getattr(self, "idf_", None)
        return self.local_idf_ if fitted is None else fitted


class _Rows(NamedTuple):
    """Sparse rows as arrays: a matrix of them takes scipy as long as half a search for a claim, so it is made once, of what is whole."""

    values: Array
    columns: Array
    ends: Array


def digest(text: str) -> str:
    """Return the name under which a statement's vector is kept: enough of its sha256 that no two of millions share it."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _preferred(gaps: Sequence[Array]) -> Array:
    """Return the weights of measures, none below 0, with which statements are chosen most likely before their rivals.

    A conditional logit (McFadden, 1974): a statement's chance is its share in the exponentials of all scores. With too few claims the
    penalty of half a square keeps the weights small.

    Parameters
    ----------
    gaps : sequence of ndarray of shape (n_rivals, n_measures)
        Of each choice, what the chosen one measures more than each rival.
    """
    ends = np.cumsum([len(gap) for gap in gaps if len(gap)])
    behind = -np.concatenate(gaps)
    starts = np.r_[0, ends[:-1]]

    def cost(weights: Array) -> tuple[float, Array]:
        scores = np.exp(np.minimum(behind @ weights, _MOST_LOGIT))
        totals = 1 + np.add.reduceat(scores, starts)
        pull = behind.T @ (scores / np.repeat(totals, np.diff(ends, prepend=0)))
        return float(np.log(totals).sum() + weights @ weights / 2), pull + weights

    width = behind.shape[1]
    return np.asarray(minimize(cost, np.ones(width), jac=True, bounds=[(0, None)] * width).x)


def _content(text: str) -> tuple[str, ...]:
    """Return the stems that can make a statement relevant: no function word, no negation, no address."""
    _, tokens = words.read(text)
    return tuple([words.stem(t) for t in tokens if t not in _SILENT and t[0] not in "<#"])


def _claim_bags(claims: Sequence[str]) -> list[_Bag]:
    return [dict.fromkeys(_content(claim)) for claim in claims]


def _inverse_frequency(bags: Sequence[Iterable[str]]) -> dict[str, float]:
    frequency = Counter(stem for bag in bags for stem in set(bag))
    return {stem: float(np.log1p(len(bags) / count)) for stem, count in sorted(frequency.items())}


def _saturated(count: Array, length: Array) -> Array:
    """Return what words that stand ``count`` times in texts of ``length`` content words count for in BM25."""
    return count * (_SATURATION + 1) / (count + _SATURATION * (1 - _BY_LENGTH + _BY_LENGTH * length / _TYPICAL_WORDS))


@lru_cache(maxsize=1 << 15)
def _grams(stem: str) -> Array:
    padded = f" {stem} "
    size = _CHARACTER_GRAM
    parts = [zlib.crc32(padded[i : i + size].encode()) % _CHARACTER_BUCKETS for i in range(max(1, len(padded) - size + 1))]
    return np.array(parts, dtype=np.int32)


def _character_rows(bags: Sequence[Collection[str]], weights: Array) -> _Rows:
    """Return unit rows of the word parts of texts, each row in the order in which they come, from the weights of all words.

    The parts of a word share its weight so that their squares sum to the word's.
    """
    grams = [_grams(stem) for bag in bags for stem in bag]
    sizes = np.array([len(parts) for parts in grams], dtype=np.int64)
    columns = np.concatenate([np.empty(0, dtype=np.int32), *grams])
    shares = np.repeat(weights / np.sqrt(sizes), sizes)
    rows = np.repeat(np.repeat(np.arange(len(bags)), [len(bag) for bag in bags]), sizes)
    # Sum what falls into the same column of a row, in its order. Rows ascend: sorted by column, and by 16 bits fast, they stand together
    order = np.argsort(columns.astype(np.uint16), kind="stable")
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(columns[order]) != 0) | (np.diff(rows[order]) != 0)
    summed, is_first = np.zeros(len(order)), np.zeros(len(order), dtype=bool)
    summed[order[begins]] = np.bincount(np.cumsum(begins) - 1, shares[order])
    is_first[order[begins]] = True
    first = np.flatnonzero(is_first)
    owners = rows[first]
    found = _rows(columns[first], summed[first], np.bincount(owners, minlength=len(bags)))
    return _divided(found, np.sqrt(np.bincount(owners, found.values * found.values, minlength=len(bags))))


def _rows(columns: Sequence[int] | Array, values: Array, sizes: Sequence[int] | Array) -> _Rows:
    """Return rows of values by column, one after the other; ``sizes`` says how many stand in each."""
    ends = np.zeros(len(sizes) + 1, dtype=np.int32)
    np.cumsum(sizes, out=ends[1:])
    return _Rows(values.astype(np.float32), np.asarray(columns, dtype=np.int32), ends)


def _beside(characters: _Rows, plain: _Rows) -> _Rows:
    """Return the rows of word parts with those of words behind them."""
    ends = characters.ends + plain.ends
    values, columns = np.empty(ends[-1], dtype=np.float32), np.empty(ends[-1], dtype=np.int32)
    for part, shift, before in ((characters, 0, plain.ends[:-1]), (plain, _CHARACTER_BUCKETS, characters.ends[1:])):
        places = np.arange(len(part.values)) + np.repeat(before, np.diff(part.ends))
        values[places], columns[places] = part.values, part.columns + shift
    return _Rows(values, columns, ends)


def _restored(arrays: Mapping[str, Array], name: str, shape: tuple[int, int]) -> sparse.csr_matrix:
    """Return a matrix after a look at its parts: what reads it does not look, and would read beside it."""
    data, indices, indptr = (arrays[f"{name}_{part}"] for part in ("data", "indices", "indptr"))
    kinds = [(part.ndim, part.dtype.name) for part in (data, indices, indptr)]
    whole = len(indptr) == shape[0] + 1 and len(data) == len(indices) == indptr[-1] and indptr[0] == 0 and (np.diff(indptr) >= 0).all()
    inside = not len(indices) or (indices.min() >= 0 and indices.max() < shape[1])
    if kinds != [(1, "float32"), (1, "int32"), (1, "int32")] or not whole or not inside:
        raise ValueError(f"{name} do not hold together")
    return sparse.csr_matrix((data, indices, indptr), shape=shape)


def _row_by_row(vectors: Array, others: Array) -> Array:
    """Return the products of each of two sets of vectors; one at a time, for in a larger product the last digits depend on its size."""
    return np.stack([others @ vector for vector in vectors]) if len(vectors) else np.zeros((0, len(others)))


def _row(matrix: sparse.csr_matrix, row: int) -> tuple[Array, Array]:
    """Return the columns and values of a row."""
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[part], matrix.data[part]


def _products(matrix: sparse.csr_matrix, rows: Array, vector: Array) -> Array:
    """Return the products of some rows with a vector, shape (n_rows,)."""
    starts = matrix.indptr[rows]
    sizes = matrix.indptr[rows + 1] - starts
    ends = np.cumsum(sizes)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + sizes, sizes)
    terms = matrix.data[places] * vector[matrix.indices[places]]
    return np.bincount(np.repeat(np.arange(len(rows)), sizes), terms, minlength=len(rows))


def _divided(rows: _Rows, lengths: Array) -> _Rows:
    """Divide each row by its length; a row of length 0 stays 0."""
    divisors = np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(rows.ends))
    return rows._replace(values=(rows.values / divisors).astype(np.float32))


def _top(scores: Array, k: int) -> Array:
    """Return the positions of the k largest of each row, largest first, ties by position."""
    if k < scores.shape[1]:
        # argpartition breaks ties as it likes: everything as large as the k-th is sorted, so that the same claim finds the same statements
        smallest = scores.shape[1] - k
        rows, columns = np.nonzero(scores >= np.partition(scores, smallest, axis=1)[:, smallest, None])
        order = columns[np.lexsort((-scores[rows, columns], rows))]
        starts = np.searchsorted(rows, np.arange(len(scores)))
        return np.asarray(order[starts[:, None] + np.arange(k)])
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]
