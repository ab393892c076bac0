"""Decide the stance of one statement towards one claim: SUPPORTS, REFUTES or NOT ENOUGH INFO."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, Self

import numpy as np
from scipy.sparse import diags_array
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from factcheck import text as words
from factcheck.features import NUMBERS, Pair, PairFeatures
from factcheck.networks import Network
from factcheck.records import NOT_ENOUGH_INFO, STANCES

Array = np.ndarray[Any, np.dtype[Any]]

_ENOUGH_PAIRS = 5_500
"""Pairs from which on the wording block counts in full. With fewer, wording is learned by heart: 1,067 pairs of Check-COVID
gave a cross-validated macro-F1 of .58 with the full block, .62 in proportion."""
_MOST_TOKENS = 512
"""Tokens for which the network has a place."""
_LEAST_ROOM = 32
"""Tokens of a statement that must find room beside a claim."""
_REMEMBERED = 1 << 13
"""Pairs whose stances are kept."""
_LEAST_VOICE = 1e-4
"""Added to a probability before its logarithm: no verifier alone rules a stance out."""


class LinearVerifier(ClassifierMixin, BaseEstimator):
    """Multinomial logistic regression over `PairFeatures`.

    Parameters
    ----------
    C : float, default 0.3
        Inverse strength of the L2 penalty, > 0.
    max_iter : int, default 300
    class_weight : {"balanced"} or None, default None
        Whether each stance counts as much as every other, however rare it is.

    Attributes
    ----------
    classes_ : ndarray of shape (3,)
        `records.STANCES`: the order of the columns of `predict_proba`.
    features_ : PairFeatures
    coef_ : ndarray of float32, shape (3, n_features)
    intercept_ : ndarray of float32, shape (3,)

    Examples
    --------
    >>> pairs = [("A causes B", "A does not cause B"), ("A causes B", "A causes B"), ("C is D", "A causes B")] * 4
    >>> verifier = LinearVerifier().fit(pairs, ["REFUTES", "SUPPORTS", "NOT ENOUGH INFO"] * 4)
    >>> str(verifier.predict([("X causes Y", "X does not cause Y")])[0])
    'REFUTES'
    """

    def __init__(self, *, C: float = 0.3, max_iter: int = 300, class_weight: str | None = None) -> None:
        self.C = C
        self.max_iter = max_iter
        self.class_weight = class_weight

    def fit(self, X: Sequence[Pair], y: Sequence[str], sample_weight: Array | None = None) -> Self:
        """Fit features and weights.

        Parameters
        ----------
        X : sequence of (str, str), length m
            Claim and statement.
        y : sequence of str, length m
            Stances.
        sample_weight : ndarray of shape (m,), optional

        Raises
        ------
        ValueError
            When X and y differ in length, or y holds something else than the three stances.
        """
        if len(X) != len(y):
            raise ValueError(f"{len(X)} pairs but {len(y)} stances; give one stance a pair")
        unknown = sorted(set(map(str, y)) - set(STANCES))
        if unknown:
            raise ValueError(f"unknown stance {unknown[0]!r}; allowed are {', '.join(STANCES)}")
        self.classes_ = np.array(STANCES)
        self.features_ = PairFeatures().fit(X)
        targets = np.array([STANCES.index(str(label)) for label in y])
        trust = np.ones(self.features_.width)
        trust[len(NUMBERS) :] = min(1.0, len(X) / _ENOUGH_PAIRS)
        model = LogisticRegression(C=self.C, max_iter=self.max_iter, tol=1e-3, class_weight=self.class_weight)
        model.fit(self.features_.transform(X) @ diags_array(trust), targets, sample_weight=sample_weight)
        coef = np.zeros((len(STANCES), self.features_.width))
        intercept = np.full(len(STANCES), -30.0)  # a stance that training never saw is never given
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            coef[model.classes_[1]], intercept[model.classes_[1]] = model.coef_[0] * trust, model.intercept_[0]
            intercept[model.classes_[0]] = 0.0
        else:
            coef[model.classes_], intercept[model.classes_] = model.coef_ * trust, model.intercept_
        # half precision loses nothing that shows, and the bundle a half; computing goes on in single precision
        self.coef_ = coef.astype(np.float16).astype(np.float32)
        self.intercept_ = intercept.astype(np.float32)
        return self

    def predict_proba(self, X: Sequence[Pair]) -> Array:
        """Return the probabilities of the three stances.

        Parameters
        ----------
        X : sequence of (str, str), length m

        Returns
        -------
        ndarray of float, shape (m, 3)
            Columns as `records.STANCES`; rows sum to 1. An empty X gives (0, 3).
        """
        check_is_fitted(self, "coef_")
        return np.asarray(softmax(self.features_.transform(X) @ self._columns() + self.intercept_, axis=1), dtype=np.float64)

    def predict(self, X: Sequence[Pair]) -> Array:
        """Return the likeliest stance of each pair, shape (m,)."""
        probabilities = self.predict_proba(X)  # first: it is this call that says when nothing is fitted
        return np.asarray(self.classes_[np.argmax(probabilities, axis=1)])

    def _columns(self) -> Array:
        """Return the weights one row a feature, laid out so that a product needs no copy of them."""
        if getattr(self, "_laid_out", (None,))[0] is not self.coef_:
            self._laid_out = (self.coef_, np.ascontiguousarray(self.coef_.T))
        return self._laid_out[1]


class EncoderVerifier:
    """A small network that reads claim and statement together (a cross-encoder), run by onnxruntime on the CPU.

    Trained and written by `factcheck.training`, it is only used here. Every pair runs alone, so its probabilities do not
    depend on what else is asked. A statement that is longer than ``longest`` is read in windows of whole sentences; the best
    support and the best contradiction among them decide. What was asked lately is remembered. Threads may share one.

    Parameters
    ----------
    network : bytes
        ONNX file as `factcheck.quantization` writes it.
    tokenizer : str
        The tokenizer's ``tokenizer.json``.
    longest : int, default 128
        Tokens of a statement that are read at once, in [32, 480].
    threads : int, optional
        Pairs that are read side by side, >= 1. None: as many as this process may use processors.

    Attributes
    ----------
    classes_ : ndarray of shape (3,)
        `records.STANCES`: the order of the columns of `predict_proba`.

    Raises
    ------
    ImportError
        When the extra ``encoder`` is not installed.
    ValueError
        When network or tokenizer is not what it should be.
    """

    def __init__(self, network: bytes, tokenizer: str, *, longest: int = 128, threads: int | None = None) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self.longest = longest
        self.classes_ = np.array(STANCES)
        self._network = Network(network, tokenizer, inputs=["ids", "segments"], output="logits", width=len(STANCES), threads=threads)
        self._encoder = PairEncoder(self._network.tokenizer, _MOST_TOKENS)
        self._known: OrderedDict[Pair, Array] = OrderedDict()
        self._lock = Lock()

    def predict_proba(self, X: Sequence[Pair]) -> Array:
        """Return the probabilities of the three stances.

        Parameters
        ----------
        X : sequence of (str, str), length m
            Claim and statement. A claim is read whole or not at all: one that leaves no room for a statement gets NOT ENOUGH INFO.

        Returns
        -------
        ndarray of float, shape (m, 3)
            Columns as `records.STANCES`; rows sum to 1. An empty X gives (0, 3).
        """
        pairs: list[Pair] = [(claim, statement) for claim, statement in X]
        answers = self._remembered(pairs)
        fresh = [pair for pair, answer in answers.items() if answer is None]
        windows = self._windows(fresh)
        runs = [(number, window) for number, found in enumerate(windows) for window in found]
        runs.sort(key=lambda run: -len(run[1][0]))  # the longest first, so that no thread is left with one at the end
        inputs = ({"ids": np.array(ids, dtype=np.int64), "segments": np.array(segments, dtype=np.int64)} for _, (ids, segments) in runs)
        read: list[list[Array]] = [[] for _ in fresh]
        for (number, _), logits in zip(runs, self._network.run(inputs), strict=True):
            read[number].append(np.asarray(softmax(logits.astype(np.float64))))
        answers.update(zip(fresh, map(_strongest, read), strict=True))
        self._remember({pair: answers[pair] for pair in fresh})
        return np.array([answers[pair] for pair in pairs], dtype=np.float64).reshape(-1, len(STANCES))

    def predict(self, X: Sequence[Pair]) -> Array:
        """Return the likeliest stance of each pair, shape (m,)."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X), axis=1)])

    @property
    def threads(self) -> int:
        """Pairs that are read side by side."""
        return self._network.threads

    def _windows(self, pairs: Sequence[Pair]) -> list[list[tuple[list[int], list[int]]]]:
        """Return what is run for each pair: one input, several for a long statement, none for a claim without room beside it."""
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        tokens = dict(zip(texts, self._encoder.tokens(texts), strict=True))
        found = []
        for claim, statement in pairs:
            room = min(self.longest, self._encoder.longest - len(tokens[claim]) - 3)
            parts = [tokens[statement]] if len(tokens[statement]) <= room else self._parts(statement, room)
            found.append([self._encoder.pair(tokens[claim], part) for part in parts] if room >= _LEAST_ROOM else [])
        return found

    def _parts(self, statement: str, room: int) -> list[list[int]]:
        """Return the tokens of overlapping windows of whole sentences; a sentence without room is cut."""
        sentences = [ids for ids in self._encoder.tokens([statement[start:end] for start, end in words.sentences(statement)]) if ids]
        pieces = [ids[start : start + max(room, 1)] for ids in sentences for start in range(0, len(ids), max(room, 1))]
        parts: list[list[int]] = []
        start = 0
        while start < len(pieces):
            end = start + 1
            while end < len(pieces) and sum(map(len, pieces[start : end + 1])) <= room:
                end += 1
            parts.append([token for piece in pieces[start:end] for token in piece])
            if end == len(pieces):
                break
            start = max(start + 1, end - 1)  # the last sentence of a window begins the next
        return parts

    def _remembered(self, pairs: Sequence[Pair]) -> dict[Pair, Any]:
        with self._lock:
            for pair in pairs:
                if pair in self._known:
                    self._known.move_to_end(pair)
            return {pair: self._known.get(pair) for pair in pairs}

    def _remember(self, answers: Mapping[Pair, Array]) -> None:
        with self._lock:
            self._known.update(answers)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


def _strongest(windows: Sequence[Array]) -> Array:
    """Return the stances of a statement from those of its windows: the best support and the best contradiction."""
    if not windows:
        return np.array([0.0, 0.0, 1.0])
    if len(windows) == 1:
        return windows[0]
    found = np.array(windows)
    together = np.append(found[:, :NOT_ENOUGH_INFO].max(axis=0), found[:, NOT_ENOUGH_INFO].min())
    return np.asarray(together / together.sum())


class PooledVerifier:
    """A network and a linear verifier, each for the mistakes of the other, as one.

    Their probabilities are pooled by logarithms (Genest and Zidek, 1986, Statistical Science 1): the weighted geometric mean, scaled to sum
    to 1. The network reads sentences and overlooks a detail now and then; numbers, names and negations are what the linear verifier counts.

    Parameters
    ----------
    encoder : EncoderVerifier
    linear : LinearVerifier
        Fitted.
    share : float, default 0.4
        Weight of the linear verifier in the mean, in [0, 1].

    Attributes
    ----------
    classes_ : ndarray of shape (3,)
        `records.STANCES`: the order of the columns of `predict_proba`.
    """

    def __init__(self, encoder: EncoderVerifier, linear: LinearVerifier, *, share: float = 0.4) -> None:
        self.encoder = encoder
        self.linear = linear
        self.share = share
        self.classes_ = np.array(STANCES)

    def predict_proba(self, X: Sequence[Pair]) -> Array:
        """Return the probabilities of the three stances, shape (m, 3); as `EncoderVerifier.predict_proba`."""
        voices = ((1 - self.share, self.encoder), (self.share, self.linear))
        return np.asarray(softmax(sum(weight * np.log(voice.predict_proba(X) + _LEAST_VOICE) for weight, voice in voices), axis=1))

    def predict(self, X: Sequence[Pair]) -> Array:
        """Return the likeliest stance of each pair, shape (m,)."""
        return np.asarray(self.classes_[np.argmax(self.predict_proba(X), axis=1)])


Verifier = LinearVerifier | PooledVerifier
"""What says the stance of pairs: one interface, ``predict_proba`` and ``predict``."""


def deciding_sentence(verifier: Verifier, claim: str, statement: str, stance: int) -> str:
    """Return the sentence of a statement that says a stance most clearly, empty where the statement has a single one.

    Parameters
    ----------
    verifier : LinearVerifier or PooledVerifier
    claim, statement : str
    stance : int
        Position in `records.STANCES`.
    """
    sentences = [statement[start:end] for start, end in words.sentences(statement)]
    if len(sentences) < 2:
        return ""
    clearness = verifier.predict_proba([(claim, sentence) for sentence in sentences])[:, stance]
    return sentences[int(np.argmax(clearness))]


class PairEncoder:
    """Turn claim and statement into the token ids that the network reads: ``[CLS] claim [SEP] statement [SEP]``.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        Without padding and truncation of its own; set to read its special signs as text.
    longest : int
        Tokens of the longest pair, signs between the parts included. A longer pair loses the end of its statement, never
        a word of its claim.
    """

    def __init__(self, tokenizer: Any, longest: int) -> None:
        self.tokenizer = tokenizer
        self.longest = longest
        self._first, self._parting = (tokenizer.token_to_id(sign) for sign in ("[CLS]", "[SEP]"))

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text after `text.normalize`, without the signs around them."""
        return [found.ids for found in self.tokenizer.encode_batch([words.normalize(text) for text in texts], add_special_tokens=False)]

    def pair(self, claim: Sequence[int], statement: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return ids and segments (0 the claim's, 1 the statement's) of a pair."""
        room = max(0, self.longest - len(claim) - 3)
        ids = [self._first, *claim, self._parting, *statement[:room], self._parting]
        return ids, [0] * (len(claim) + 2) + [1] * (len(ids) - len(claim) - 2)
