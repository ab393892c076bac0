"""Which of many posts say nearly the same, and what else they are about.

Posts are compared as sets of words. That two sets are nearly the same is checked exactly; which sets are worth comparing is found
by MinHash, so that the time grows with the posts and not with their pairs. Hashes are fixed: the same posts fall into the same groups.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from scipy import sparse

from factcheck.rows import share
from factcheck.text import DENIALS, FUNCTION_WORDS, NEGATIONS, URL_TOKEN, USER_TOKEN, normalize, stem, tokenize

AT_LEAST = 0.8
"""Share of the words of the richer of two near-duplicates that both have."""

ON_A_SUBJECT = 0.4
"""Cosine of two posts from which on they are about the same: measured by reading, it joins rewordings of one claim and few others."""

_LONGEST = 5_000
_BANDS, _ROWS = 20, 4  # finds 99 of 100 pairs that are just near enough
_BLOCK = 4_096  # word sets that are hashed together
_MOST_LEADERS = 16  # of a bucket: one that holds more is of a common phrase, and tells little
_MOST_COMPARED = 8
_TURNING = NEGATIONS | DENIALS
_LETTER = re.compile(r"[^\W\d_]")
_MOST_READ = 8_000  # posts among which subjects are looked for
_PIECE = 500  # of them compared with all at a time

Array = np.ndarray[Any, np.dtype[Any]]


def words_of(text: str) -> frozenset[str]:
    """Return the words by which a post is compared: those of its first 5,000 characters, normalised, without addresses and handles.

    Examples
    --------
    >>> sorted(words_of("@you 5G MASTS!!! https://example.org 5g m\u0430sts"))
    ['5g', 'masts']
    """
    words = tokenize(normalize(text[:_LONGEST]))
    return frozenset(map(sys.intern, words)) - {URL_TOKEN, USER_TOKEN}  # one string a word, however many posts hold it


def near_duplicates(bags: Sequence[frozenset[str]]) -> list[int]:
    """Say for each word set which earlier one it nearly repeats.

    Parameters
    ----------
    bags : sequence of frozenset of str, length n
        Those that others are compared with first, such as the commonest. An empty set repeats none.

    Returns
    -------
    list of int, length n
        Position of the set that it shares most words with, at least `AT_LEAST` of the richer of the two; its own where there is
        none. Such a first of a group repeats no other; two that repeat it need not share as much with each other. "Nobody" and
        "hoax" turn a claim round, so sets that differ in such a word are never near.

    Notes
    -----
    MinHash with banding (Broder, 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, chapter 3); of the candidates those that
    meet in most bands are compared. A pair may be missed, none is joined wrongly.

    Examples
    --------
    >>> texts = ["garlic soup heals a cold in days", "garlic soup heals a cold in two days", "garlic soup heals no cold in days"]
    >>> near_duplicates([words_of(text) for text in texts])
    [0, 0, 2]
    """
    leader = list(range(len(bags)))
    places = [place for place, bag in enumerate(bags) if bag]
    buckets: dict[int, list[int]] = defaultdict(list)
    for place, keys in zip(places, _shared_buckets([bags[place] for place in places]), strict=True):
        bag = bags[place]
        met = Counter(chain.from_iterable(buckets[key] for key in keys))
        candidates = [other for other, _ in met.most_common(_MOST_COMPARED) if not (bag ^ bags[other]) & _TURNING]
        nearest = max(candidates, key=lambda other: share(bag, bags[other]), default=place)
        if share(bag, bags[nearest]) >= AT_LEAST:
            leader[place] = nearest
        if leader[place] == place:
            for key in keys:
                if len(buckets[key]) < _MOST_LEADERS:
                    buckets[key].append(place)
    return leader


def _shared_buckets(bags: Sequence[frozenset[str]]) -> list[list[int]]:
    """Return the buckets of each word set that it shares with others."""
    if not bags:
        return []
    bands = np.concatenate([_bands(bags[start : start + _BLOCK]) for start in range(0, len(bags), _BLOCK)])
    found = np.full(bands.shape, -1, dtype=np.int64)
    used = 0
    for band in range(_BANDS):
        _, inverse, counts = np.unique(bands[:, band], return_inverse=True, return_counts=True)
        shared = counts[inverse] > 1
        found[shared, band] = inverse[shared] + used
        used += len(counts)
    return [row[row >= 0].tolist() for row in found]


def _bands(bags: Sequence[frozenset[str]]) -> Array:
    """Return the hash of each band of each word set, shape (n, bands), dtype uint64."""
    hashes = np.fromiter((_hash(word) for bag in bags for word in bag), dtype=np.uint64)
    starts = np.cumsum([0, *(len(bag) for bag in bags[:-1])])
    # multiplication by an odd number and a shift is a fast family of hashes (Dietzfelbinger et al., 1997)
    smallest = np.minimum.reduceat((hashes[:, None] * _MULTIPLIERS) >> np.uint64(32), starts, axis=0)
    mixed = (smallest * _MIXERS).reshape(len(bags), _BANDS, _ROWS)
    return np.asarray(mixed.sum(axis=2, dtype=np.uint64))


@lru_cache(maxsize=1 << 16)
def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


_MULTIPLIERS, _MIXERS = (
    np.array([_hash(f"{name} {number}") | 1 for number in range(_BANDS * _ROWS)], dtype=np.uint64) for name in ("multiplier", "mixer")
)


def subjects(bags: Sequence[frozenset[str]], counts: Sequence[int], most: int) -> list[list[int]]:
    """Gather posts that are about the same, in whatever words.

    The post that most others are like is the first of a subject and takes them with it, then the next. Where there are very many
    different posts, firsts are looked for among the commonest and an even sample of the others; each takes from all.

    Parameters
    ----------
    bags : sequence of frozenset of str, length n
        As `words_of` returns them.
    counts : sequence of int, length n
        How often each was posted, >= 1.
    most : int
        Subjects at the most.

    Returns
    -------
    list of list of int
        Positions of the posts of each subject, its first before the others, these by their likeness to it; the largest subject first.

    Notes
    -----
    Cosine of tf-idf vectors of stems, without function words and numbers; two posts are alike from `ON_A_SUBJECT` on.
    """
    if not bags:
        return []
    vectors = _vectors(bags)
    weights = np.asarray(counts, dtype=np.int64)
    read = _commonest_and_others(weights)
    firsts = [int(read[i]) for i in _densest(vectors[read], weights[read], most)]
    if not firsts:
        return []
    likeness = (vectors @ vectors[firsts].T).toarray()
    owner = np.where(likeness.max(axis=1) >= ON_A_SUBJECT, likeness.argmax(axis=1), -1)
    owner[firsts] = range(len(firsts))
    gathered = []
    for number, first in enumerate(firsts):
        members = np.flatnonzero(owner == number)
        order = np.lexsort((members, -likeness[members, number].round(9), members != first))
        gathered.append([int(place) for place in members[order]])
    return sorted(gathered, key=lambda places: (-weights[places].sum(), places[0]))


def _vectors(bags: Sequence[frozenset[str]]) -> Any:
    """Return the tf-idf vectors of length 1, shape (n, stems), sparse: of the stems that are in two posts, so that one may be shorter."""
    stems = [{stem(word) for word in bag if word not in FUNCTION_WORDS and word[0] != "#" and _LETTER.search(word)} for bag in bags]
    frequency = Counter(chain.from_iterable(stems))
    names = sorted(name for name, count in frequency.items() if count > 1)
    position = {name: i for i, name in enumerate(names)}
    rarity = np.log(len(bags) / np.array([frequency[name] for name in names])) + 1
    found = [sorted(position[name] for name in own if name in position) for own in stems]
    indices = np.fromiter(chain.from_iterable(found), dtype=np.int64)
    pointers = np.cumsum([0, *map(len, found)])
    # what no other post holds makes a post longer all the same
    alone = np.array([sum(name not in position for name in own) for own in stems]) * (np.log(len(bags)) + 1) ** 2
    squares = np.add.reduceat(np.append(rarity[indices] ** 2, 0.0), pointers[:-1]) * (np.diff(pointers) > 0)
    lengths = np.sqrt(np.maximum(squares + alone, 1e-12))
    values = rarity[indices] / np.repeat(lengths, np.diff(pointers))
    return sparse.csr_matrix((values, indices, pointers), shape=(len(bags), len(names)))


def _commonest_and_others(weights: Array) -> Array:
    """Return the positions of the posts among which subjects are looked for."""
    order = np.argsort(-weights, kind="stable")
    if len(order) <= _MOST_READ:
        return order
    half = _MOST_READ // 2
    return np.concatenate([order[:half], order[half:][np.linspace(0, len(order) - half - 1, half).astype(np.int64)]])


def _densest(vectors: Any, weights: Array, most: int) -> list[int]:
    """Return posts, each the one that most posts are like which none before is like."""
    pieces = []
    for start in range(0, vectors.shape[0], _PIECE):  # by pieces: nearly all pairs share some word
        piece = (vectors[start : start + _PIECE] @ vectors.T).tocsr()
        piece.data[piece.data < ON_A_SUBJECT] = 0
        piece.eliminate_zeros()
        piece.data[:] = 1
        pieces.append(piece.astype(np.int64))
    # each is like itself, also where no other has a word of it
    alike = sparse.vstack(pieces, format="csr").maximum(sparse.identity(len(weights), dtype=np.int64, format="csr"))
    left = weights.copy()
    found: list[int] = []
    while len(found) < most:
        gains = alike @ left
        best = int(gains.argmax())
        if gains[best] < 2:
            break
        found.append(best)
        left[alike.indices[alike.indptr[best] : alike.indptr[best + 1]]] = 0
    return found
