"""Read disguised and mistyped words as the words of a vocabulary: the second step of folding, after the rules of `text` that need none.

`text.normalize` knows no words, so it reads ``ch11dren`` as it must guess. Here the words of the statements and the stems that a bundle
learned from say which reading is a word. A word that is known is left alone, whatever stands near it.

References
----------
Damerau (1964): A technique for computer detection and correction of spelling errors. Communications of the ACM 7.
Mor and Fraenkel (1982): A hash code method for detecting and correcting spelling errors. Communications of the ACM 25. (Words found by
what is left of them without a letter.)
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, product
from math import prod
from typing import Any

import numpy as np

from factcheck import text as words

Array = np.ndarray[Any, np.dtype[Any]]

_LEET = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "t", "8": "b", "9": "gq", "@": "a", "$": "s", "!": "il", "|": "il", "+": "t",
    "€": "e", "£": "le", "×": "cx", "¢": "c", "¥": "y", "(": "c", "<": "c", "{": "c", "%": "x", "&": "a", "^": "a", "§": "s",
}  # fmt: skip
"""What a digit or sign may stand for within a word, likeliest first."""
_ANY = "etaoinsrhldcumfpgwybvkxjqz"
"""What a sign stands for of which nothing is known."""
_STANDS_FOR_ANY = frozenset("*#?_~")
_MOST_READINGS = 2000
_MOST_STEMMED = 16
"""Readings that are looked at, and that are stemmed, at the most."""
_SHORT = 3
"""Letters of a word that a name or a measure may well hold: of more, none does."""
_PIECE = re.compile(r"[^\s'\u2019\-/.,;:?\"\u201c\u201d)\[\]]+")
_CHUNK = re.compile(r"\S+")
_INNER = re.compile(r"([*_~(<{]*)(.*?)([!*_~>}]*)", re.DOTALL)
_ADDRESS = re.compile(r"://|^www\.|^\S+@\S+\.\w|\w\.[a-z]{2,}/", re.IGNORECASE)
_MEASURE = re.compile(
    r"[$€£]\d+(?:k|m|b|bn|mn)?|\d+(?:st|nd|rd|th|[sdhmgklcfvwxbtp]|m[gmlwb]|k[gmwb]|c[mc]|g[wb]|t[bw]|am|pm|hrs?|mins?|secs?|yrs?|bn|mn|[kmg]?hz|[kmg]wh|lbs?|oz|ft|mph|kph|km/?h|"
    r"pp[mb]|bpm|px|dpi|usd|eur)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[a-z]{1,3}\d{1,4}|[a-z]\d+[a-z]\d+|[a-z]\d{1,2}[a-z]|[a-z]{2,4}\d[a-z]", re.IGNORECASE)
"""``B12``, ``H1N1``, ``H2O``, ``TP53``: a name rather than a disguise, but among disguises."""
_NUMBERED = re.compile(r"(?P<head>[a-z]{3,})\d+", re.IGNORECASE)
_DRAWN = re.compile(r"(?<![^\W_])[^\W_](?P<between>[^\w\n]{1,3}|_)[^\W_](?:(?P=between)[^\W_])+(?![^\W_])")
_ALONE = "aAiIoO"
"""Letters that are words."""

_LEAST = 4
"""Letters of a word that may be mistyped: of fewer, too many other words are near."""
_BRIEF = 4
"""Letters of a word up to which it is only mistyped when it does not look like a word: when some three of its letters,"""
_USUAL = 30
"""its ends included, stand beside each other in fewer known words."""
_LEAST_HEAD = 3
_ENDINGS = (
    "", "s", "e", "d", "y", "ed", "es", "er", "ly", "al", "ic", "ing", "ers", "ies", "ied", "ity", "ive", "ion", "ism", "ist", "ous", "ial", "ate", "ize", "ise", "age",
    "ions", "able", "ible", "ment", "ness", "ally", "ence", "ance", "ings", "ated", "ates", "ical", "ists", "ives", "ians", "ation", "ating", "ments", "ingly", "ition",
    "ations", "ically", "ities", "ant", "ants", "ent", "ents", "eous", "ual", "ely", "ences", "ties", "ously", "ative",
)  # fmt: skip
_DERIVING = ("en", "ens", "ening", "s", "er", "ers", "est", "ish", "less", "like", "ful", "ness", "ings", "ing", "ed", "ly")
_UNSEEN = 99.0
"""Weight of a word that is not known."""
_RARE = 8.0
"""Weight from which on a known word is rare."""
_SEEN_TWICE = 8.5
"""Weight from which on a stem is too rare to be read for."""
_COMMON = 4.0
"""Weight of the commonest words, which have none."""
_FAR = 3.5
"""Weight by which a near word must be more usual than a rare one that stands there: about thirty times."""
_CLEARLY = 1.0
"""Weight by which one near word must be more usual than another."""
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    key: {
        other
        for r, there in enumerate(_ROWS)
        for c, other in enumerate(there)
        if other != key and abs(r - row) <= 1 and -1 <= (c - column) + (r - row) / 2 <= 1
    }
    for row, keys in enumerate(_ROWS)
    for column, key in enumerate(keys)
}
_STATEMENTS = 5_000
"""Statements whose words are read, at the most; bounds memory and time."""
_REMEMBERED = 1 << 16
"""Chunks of text that are read once."""


class Speller:
    """Read the words of a text that nobody knows as words that somebody does.

    Parameters
    ----------
    texts : iterable of str
        Whose words are read for: the statements. The first 5,000 are looked at.
    stems : mapping of str to float
        Further words that are read for, by their stems; the weight of each, higher is rarer, the logarithm of an inverse share.
    known : mapping of str to float
        Stems of words that are left alone, unless they are rare and a far more usual one is near; with their weights.
    further_words : collection of str
        Words that are left alone, as they are written.

    Examples
    --------
    >>> speller = Speller(["Vaccines do not cause autism in children."], stems={"measl": 5.0})
    >>> speller.read("V@cc1nes cuase atuism in ch11dr3n, m3asles too")
    'Vaccines cause autism in children, measles too'
    """

    def __init__(
        self,
        texts: Iterable[str],
        stems: Mapping[str, float] | None = None,
        known: Mapping[str, float] | None = None,
        further_words: Collection[str] = (),
    ) -> None:
        found = Counter(token for text in islice(texts, _STATEMENTS) for token in words.read(text)[1] if token[0] not in "<#")
        self._words = found | dict.fromkeys(words.COMMON_WORDS - found.keys(), 1)  # how often the statements have each
        self._stems = stems or {}
        self._further = known or {}
        self._further_words = further_words
        self._chunks: dict[bool, dict[str, str]] = {False: {}, True: {}}

    def read(self, text: str) -> str:
        """Return a text with its unknown words as they are meant, the same text where there is nothing to mend."""
        plain = text if text.isascii() else words.uncovered(text)
        drawn = _DRAWN.sub(self._together, plain)
        sure = self._mended(drawn, among=False)
        if sure == plain or not words.is_english(words.read(text)[1]):
            return text
        if _letters_of(sure) > _letters_of(drawn):  # among disguises, what may be a name is one too
            sure = self._mended(sure, among=True)
        return sure

    def _mended(self, text: str, *, among: bool) -> str:
        known = self._chunks[among]
        if len(known) > _REMEMBERED:
            self._chunks[among] = known = {}

        def chunk(match: re.Match[str]) -> str:
            found = known.get(match[0])
            if found is None:
                found = match[0]
                if not _ADDRESS.search(found):
                    found = _PIECE.sub(lambda piece: self._reading(piece[0], among=among), found)
                known[match[0]] = found
            return found

        return _CHUNK.sub(chunk, text)

    def _reading(self, piece: str, *, among: bool) -> str:
        if piece.isascii() and piece.isalpha():
            return self._corrected(piece)
        if piece[0] == "#":
            return f"#{self._reading(piece[1:], among=among)}" if len(piece) > 1 else piece
        if not any(c.isalpha() for c in piece) or len(piece) > 40:
            return piece
        before, core, behind = _INNER.fullmatch(piece).groups()  # type: ignore[union-attr]  # it takes every text
        plain = core.isascii() and core.isalpha()
        if not core or (plain and self._is_known(core.lower())):
            return piece
        # what stands around a word is first taken for punctuation, then for letters of it
        for left, whole, right in dict.fromkeys(
            ((before, core, behind), (before, core + behind, ""), ("", before + core, behind), ("", piece, ""))
        ):
            if not (plain and whole == core) and (found := self._undisguised(whole, among=among)):
                return left + _cased(whole, found) + right
        return before + self._corrected(core) + behind if plain else piece

    def _undisguised(self, piece: str, *, among: bool) -> str:
        """Return the word that a disguise hides, empty where it hides none."""
        small = piece.lower()
        numbered = _NUMBERED.fullmatch(small)
        if small in self._words or (numbered and not among and self._is_known(numbered["head"])):
            return ""
        readings = [self._letters(c) for c in small]
        if prod(map(len, readings)) not in range(1, _MOST_READINGS + 1):
            return ""
        made = ["".join(each) for each in product(*readings)]
        readable = [word for word in made if word in self._words]
        # of a digit no reading is likelier, of a letter of another script the first is
        found = (max(readable, key=self._words.__getitem__) if piece.isascii() else readable[0]) if readable else ""
        named = bool(_NAME.fullmatch(small) or _MEASURE.fullmatch(small) or (small[0] == "@" and small[1:].isalpha()))
        letters = sum(c.isalpha() for c in piece)
        if not among and (named or letters < 2):
            return found if len(found) > _SHORT and _NAME.fullmatch(small) else ""
        if not found and len(piece) > _SHORT:
            found = next((word for word in made[:_MOST_STEMMED] if words.stem(word) in self._stems), "")
        if not found and not named and letters * 2 >= len(piece):
            mended = {better for word in made[:_MOST_STEMMED] if (better := self._corrected(word)) != word}
            found = mended.pop() if len(mended) == 1 else ""
        return found

    def _letters(self, sign: str) -> str:
        if sign in _LEET:
            return _LEET[sign]
        if sign.isascii():
            return sign if sign.isalpha() else _ANY if sign in _STANDS_FOR_ANY else ""
        return words.letter_readings(sign) or _ANY

    def _together(self, match: re.Match[str]) -> str:
        """Return letters drawn apart as a word, with the one-letter word apart that may stand before it."""
        letters = re.sub(r"[\W_]", "", match[0])
        if self._is_word(letters):
            return letters
        if match["between"] == " ":
            behind = match.string[max(0, match.start() - 1) : match.start()] in {"'", "\u2019"}
            if (behind or letters[0] in _ALONE) and self._is_word(letters[1:]):
                return f"{letters[0]} {letters[1:]}"
            if letters[-1] in _ALONE and self._is_word(letters[:-1]):
                return f"{letters[:-1]} {letters[-1]}"
        return match[0]

    def _is_word(self, letters: str) -> bool:
        return len(letters) > 2 and (letters.lower() in self._words or words.stem(letters.lower()) in self._stems)

    def _is_known(self, word: str) -> bool:
        return word in self._words or (stem := words.stem(word)) in self._stems or stem in self._further

    # -----------------------------------------------------------------------------------------------------------------
    # Slips of the keyboard
    # -----------------------------------------------------------------------------------------------------------------

    def _corrected(self, word: str) -> str:
        """Return the one known word that a slip turned into this one; the word itself where it is known, or none or several are near.

        Of several near words one that is far more frequent is meant; so it is where the word as it stands is known, but as a rare one.
        """
        small = word.lower()
        if not self._may_be_mistyped(word):
            return word
        least = self._rarity(small)
        if least < _RARE or (least < _UNSEEN and not word.islower()):
            return word
        found: dict[str, tuple[int, bool, float, str]] = {}
        for cost, candidate in self._near(small):
            stem, near = words.stem(candidate), (cost, candidate not in self._words, self._rarity(candidate), candidate)
            found[stem] = min(found.get(stem, near), near)
        ordered = sorted(found.values())
        if not ordered or (len(ordered) > 1 and ordered[0][:2] == ordered[1][:2] and ordered[1][2] - ordered[0][2] < _CLEARLY):
            return word
        cost, _, usual, meant = ordered[0]
        if least < _UNSEEN and (least - usual < _FAR or cost > 1):
            return word
        return _cased(word, meant)

    def _may_be_mistyped(self, word: str) -> bool:
        small = word.lower()
        if len(word) < _LEAST or not (word.islower() or (len(word) > _LEAST and (word[1:].islower() or word.isupper()))):
            return False
        if small in self._words or small in self._further_words or words.stem(small) in self._stems or self._is_derived(small):
            return False
        return len(small) > _BRIEF or any(self._grams[gram] < _USUAL for gram in _grams(small))

    def _is_derived(self, word: str) -> bool:
        """Tell whether a word is one that is not rare, with an ending."""
        for ending in _DERIVING:
            head = word[: -len(ending)]
            if word.endswith(ending) and len(head) > _LEAST_HEAD:
                bases = (head, f"{head}e", f"{head}y", head[:-1] if head[-1] == head[-2] else head)
                if any(base in self._words or self._rarity(base) < _RARE for base in bases):
                    return True
        return False

    def _is_usual(self, stem: str) -> bool:
        return stem in self._stems and min(self._stems[stem], self._further.get(stem, _UNSEEN)) < _SEEN_TWICE

    def _rarity(self, word: str) -> float:
        """Return the weight that a word has for being rare, more than any for one that is not known."""
        if word in words.COMMON_WORDS:
            return _COMMON
        stem = words.stem(word)
        return min(self._stems.get(stem, _UNSEEN), self._further.get(stem, _UNSEEN))

    def _near(self, word: str) -> Iterator[tuple[int, str]]:
        """Yield cost and word of those that are one slip away: words as they are, and stems with an ending."""
        for entry in self._found(word):
            if entry in self._words and (cost := _word_slip(word, entry)):
                yield cost, entry
        if len(word) <= _LEAST:
            return
        for ending in _ENDINGS:
            if not word.endswith(ending) or len(word) - len(ending) < _LEAST_HEAD:
                continue
            head = word[: len(word) - len(ending)]
            softened = f"{head}i" if ending == "y" else head
            for entry in self._found(softened):
                made = f"{entry[:-1]}y" if ending == "y" else entry + ending
                if (
                    self._stems.get(entry, _UNSEEN) < _RARE
                    and softened[0] == entry[0]
                    and (cost := _slip(softened, entry))
                    and words.stem(made) == entry
                ):
                    yield cost, made
        for end in range(_LEAST_HEAD, len(word)):
            if self._is_usual(head := word[:end]):
                for ending in _ENDINGS:
                    if len(ending) > 1 and (cost := _slip(word[end:], ending)) and words.stem(head + ending) == head:
                        yield cost, head + ending

    def _found(self, word: str) -> Iterator[str]:
        keys, owners, entries = self._index
        wanted = np.unique(np.fromiter(map(_key, _shortened(word)), dtype=np.uint32))
        first, last = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, side="right")
        places = {int(owner) for start, end in zip(first, last, strict=True) for owner in owners[start:end]}
        return (entries[place] for place in sorted(places))

    @cached_property
    def _grams(self) -> Counter[str]:
        """How many of all words have three letters beside each other."""
        return Counter(gram for word in {*self._words, *self._stems, *self._further} for gram in _grams(word))

    @cached_property
    def _index(self) -> tuple[Array, Array, Sequence[str]]:
        """Keys of all words and stems with a letter left out, in order; which entry each belongs to; the entries."""
        entries = sorted(word for word in {*self._words, *self._stems} if len(word) >= _LEAST_HEAD and word.isalpha() and word.isascii())
        pairs = [(_key(short), place) for place, entry in enumerate(entries) for short in _shortened(entry)]
        found = np.array(pairs, dtype=np.uint32).reshape(-1, 2)
        found = found[np.argsort(found[:, 0], kind="stable")]
        return found[:, 0], found[:, 1], entries


def _letters_of(text: str) -> int:
    return sum(c.isascii() and c.isalpha() for c in text)


def _grams(word: str) -> set[str]:
    return {f" {word} "[i : i + 3] for i in range(len(word))}


def _shortened(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]


def _key(text: str) -> int:
    return zlib.crc32(text.encode())


def _word_slip(typed: str, meant: str) -> int:
    """Return `_slip` of whole words: their first letter is seldom missed, and of a short one only a letter within is left out, or two turned."""
    turned = sorted(typed) == sorted(meant)
    if typed[0] != meant[0] and not turned:
        return 0
    if len(typed) <= _LEAST and not turned and (len(meant) < len(typed) or typed[-1] != meant[-1]):
        return 0
    return _slip(typed, meant)


def _slip(typed: str, meant: str) -> int:
    """Return what one slip costs: 1 where fingers slip so, 2 where not, 0 where it is none or more than one."""
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    end = 0
    while end < min(len(typed), len(meant)) - start and typed[-1 - end] == meant[-1 - end]:
        end += 1
    has, wants = typed[start : len(typed) - end], meant[start : len(meant) - end]
    if (len(has), len(wants)) == (0, 1):
        return 1
    if (len(has), len(wants)) == (1, 0):
        around = typed[max(0, start - 1) : start] + typed[start + 1 : start + 2]
        return 1 if has in around or any(has in _NEIGHBOURS.get(key, ()) for key in around) else 2
    if (len(has), len(wants)) == (1, 1):
        return 1 if has in _NEIGHBOURS.get(wants, ()) else 2
    return int(len(has) == 2 and has == wants[::-1])


def _cased(like: str, word: str) -> str:
    letters = [c for c in like if c.isalpha()]
    if len(letters) > 1 and all(c.isupper() for c in letters):
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word
