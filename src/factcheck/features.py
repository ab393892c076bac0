"""What a pair model looks at in a claim and a statement: alignment, polarity, direction, quantities, quotes, names, wording.

`PairFeatures` turns (claim, statement) pairs into a sparse matrix: a block of named numbers, standardised, and a block
of hashed wording features. It knows no topic by heart: what it learns on one topic is meant to hold on the next.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Self

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from factcheck import text as words
from factcheck.quantities import Quantity, clashes, quantities
from factcheck.text import DENIALS, FUNCTION_WORDS, HEDGES, NEGATIONS, REPORTING

Hashes = np.ndarray[Any, np.dtype[np.uint64]]
Pair = tuple[str, str]
"""A claim and a statement (or another piece of evidence), in this order."""

BUCKETS = 1 << 16
_SHIFT = np.uint64(64 - 16)
"""Leaves as many bits of a mixed hash as there are buckets."""
_HASHED_WEIGHT = 4.0
"""Scale of a pair's wording block against its numbers, after each row of wording has length 1. Chosen on the development split."""
_NUMBERS_WEIGHT = 0.3
_MIX = np.uint64(0x9E3779B97F4A7C15)
"""Multiplier of Fibonacci hashing (Knuth, 1998, The Art of Computer Programming, volume 3, section 6.4)."""
_FORM_BLOCK, _CLAIM_BLOCK, _STATEMENT_BLOCK, _CLASH_BLOCK, _CONTEXT_BLOCK = (i << 33 for i in range(5))
_NEGATION_REACH = 6
"""Tokens that a negation covers to its right, unless a clause ends first."""
_LOOKED_BACK = 100
"""Characters before a quantity in which its negation is looked for; bounds the time that a text of nothing but numbers takes."""
_NEAR = 5
"""Tokens on either side of a shared word where a negation speaks about it."""
_GRAM = 4
_DEVIATIONS = 3.0
"""Where a standardised number is cut off: one odd text must not decide."""
_CLAUSE_END = frozenset({"but", "because", "although", "though", "while", "however"})
_FORM = FUNCTION_WORDS | NEGATIONS | DENIALS | HEDGES | REPORTING
_CAPITALISED = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w-]*")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d$")
_CLAUSE_MARK = re.compile(r"[.,;:!?]\s|\s-+\s|\"")
_QUOTE = '"'
_PIECE = re.compile(r"""((?<!\w)"[^"]{8,}"|(?<!\w)'[^']{8,}'(?!\w)|[.,;:!?]+(?=\s|$)|\s-+\s)""")
"""What stands between the pieces of a text: something quoted, or punctuation."""

# Words that negate without being a negation, and words that tell what kind of claim or finding a text is.
_NEGATIVE = (
    NEGATIONS
    | DENIALS
    | frozenset(
        "fail fails failed failing failure lacked unaffected unchanged instead rather except insufficient unlikely inability impossible few little ineffective "
        "absent negligible insignificant ceased rarely seldom".split()
    )
)
_DENYING = DENIALS | frozenset(
    "contradict contradicts contradicted disprove disproves disproving refute refutes dispute disputes disputed dismiss dismisses dismissed fraudulent "
    "groundless fallacy misconception misunderstood fooled dispel dispels dispelled quash quashed contrary".split()
)
"""What denies in a claim; `Profile.counts` keeps to fewer, by which the shipped models learned."""
_UNIVERSAL = frozenset(
    "all every always never none only completely entirely totally everyone nobody everything nothing 100% any must cannot impossible proven exclusively "
    "solely guaranteed".split()
)
_PARTIAL = frozenset(
    "some may might can could few many most sometimes often rarely usually partly partially possible possibly potential potentially likely about "
    "approximately nearly almost suggest suggests limited certain".split()
)
_AIMING = frozenset(
    "whether aim aims aimed investigate investigated investigates examine examined objective objectives methods method background purpose evaluate "
    "evaluated assess assessed study studied conducted determine explored review hypothesis hypothesize hypothesized unclear unknown question here".split()
)
_FINDING = frozenset(
    "found show shows showed shown demonstrate demonstrates demonstrated results result conclude conclusion conclusions confirm confirmed reveal revealed "
    "significantly indicate indicates indicated evidence observed".split()
)
_CAUSAL = frozenset(
    "cause causes caused causing lead leads led due because trigger triggers result results induce induces produce produces create creates".split()
)

# Words that point up or down, towards or against; the sign of a claim against the sign of a statement.
_UP = (
    "increase increases increased increasing rise rises rising rose risen grow grows growing grew higher high more raise raises raised gain gains boost "
    "boosts improves improve improved worsen worsens worse greater larger bigger stronger longer faster elevated enhance enhanced enhances promote "
    "promotes upregulated accelerates accelerate expand expanding positive above exceed exceeds cause causes caused causing trigger triggers lead leads "
    "led produce produces creates create spreads transmit transmits induces induce associated linked effective safe protects protect helps help works "
    "benefit beneficial necessary essential common frequent majority many first before oldest largest always all every elevate stimulate activate "
    "upregulate augment amplify double triple severe likely successful susceptible prolong strengthen intensify surge excess favor favour"
)
_DOWN = (
    "decrease decreases decreased decreasing fall falls falling fell drop drops dropping shrink shrinks shrinking lower low less fewer reduce reduces "
    "reduced reducing reduction decline declines declining loss lose loses diminish diminished weaken weakens weaker smaller shorter slower inhibit "
    "inhibits inhibited suppress suppresses suppressed prevent prevents prevented preventing downregulated slows slow negative below stop stops block "
    "blocks blocked kill kills cure cures cured eliminate eliminates avoid avoids unrelated independent ineffective useless unsafe dangerous harmful harm "
    "harms toxic deadly damages destroys unnecessary pointless rare rarely uncommon minority few last after youngest smallest never none impair attenuate deplete abolish disrupt mild unlikely "
    "deficient lack absence absent delay downregulate antagonize abrogate minimize mitigate limit hinder restrict resistant impede alleviate"
)
_DIRECTION = {words.stem(word): 1 for word in _UP.split()} | {words.stem(word): -1 for word in _DOWN.split()}
"""Stem -> sign."""
ANTONYM_PAIRS = (
    "cause prevent|cause cure|cause treat|increase decrease|increase reduce|raise lower|rise fall|grow shrink|gain lose|higher lower|high low|more less|"
    "more fewer|better worse|improve worsen|strengthen weaken|boost weaken|safe dangerous|safe unsafe|safe harmful|safe toxic|safe risky|safe deadly|helpful harmful|"
    "effective ineffective|effective useless|work fail|protect harm|protect damage|protect endanger|help harm|natural artificial|natural made|natural engineered|"
    "real fake|true false|proven unproven|possible impossible|necessary unnecessary|common rare|always never|all none|everyone nobody|present absent|positive negative|"
    "old young|older younger|adult child|men women|male female|summer winter|hot cold|heat cold|warm cool|dry humid|wet dry|day night|fast slow|long short|"
    "large small|big small|major minor|many few|most few|majority minority|early late|before after|first last|start end|begin end|open close|alive dead|live dead|"
    "live inactivated|survive die|contain lack|contain free|with without|inside outside|indoors outdoors|near far|up down|above below|over under|virus bacteria|"
    "virus radiation|virus parasite|viral bacterial|bacterium virus|legal illegal|allow ban|approve reject|approve ban|approved unapproved|mandatory optional|mandatory voluntary|"
    "temporary permanent|permanent reversible|reversible irreversible|contagious noncontagious|flat round|flat sphere|flat curved|melt freeze|expand shrink|"
    "advance retreat|human natural|human animal|acid alkaline|acid basic|public private|rich poor|north south|east west|raw cooked|fresh stale|organic conventional|"
    "direct indirect|same different|similar different|equal unequal|include exclude|accept deny|confirm deny|support contradict|agree disagree|recommend discourage|"
    "eradicated spreading|curable incurable|treatable untreatable|preventable unavoidable|stable unstable|constant changing|visible invisible|ionising non-ionising|"
    "severe mild|unrelated associated|unrelated related|associated independent|constant vary|likely unlikely|symptomatic asymptomatic|single many|"
    "activate inhibit|activation inhibition|activate suppress|upregulate downregulate|promote inhibit|promote prevent|promote suppress|induce suppress|"
    "induce inhibit|induce prevent|sensitive resistant|enhance impair|enhance reduce|enhance inhibit|enhance suppress|increase inhibit|increase suppress|"
    "improve impair|positively negatively|full partial|benefit harm|increase decline|decrease enhance|decrease elevate|decrease rise|reduce raise|"
    "reduce worsen|lower elevate|lower higher|higher less|greater less|greater lower|stimulate inhibit|block enhance|block promote|block allow|gain loss|"
    "deficient sufficient|sufficient insufficient|dependent independent|require independent|absence presence|lack presence|essential dispensable|"
    "required dispensable|heavier lighter|hotter colder|stronger weaker|closer farther|speed slow|accelerate slow|accelerate delay|warming cooling|emit absorb|inhale exhale"
)


@lru_cache(maxsize=1)
def _antonyms() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in ANTONYM_PAIRS.split("|"):
        left, right = (words.stem(word) for word in pair.split())
        table.setdefault(left, set()).add(right)
        table.setdefault(right, set()).add(left)
    return {word: frozenset(opposites) for word, opposites in table.items()}


@lru_cache(maxsize=1 << 16)
def _hash(feature: str) -> int:
    return zlib.crc32(feature.encode())


def _hashes(features: Iterable[str]) -> Hashes:
    return np.fromiter(map(_hash, features), dtype=np.uint64)


def _buckets(hashes: Hashes, blocks: Hashes) -> Hashes:
    """Return the columns of hashed features, each in its block of wording; the blocks share the buckets, each mixed in its own way."""
    return (hashes + blocks) * _MIX >> _SHIFT


@dataclass(frozen=True, slots=True)
class Profile:
    """One text, read once: what both sides of a pair are compared by."""

    tokens: tuple[str, ...]
    content: Mapping[str, int]
    """Stem of each content word -> position of its first token."""
    negated: tuple[bool, ...]
    """For each token, whether a negation reaches it."""
    negatives: tuple[int, ...]
    """Positions of what negates, denies or lacks."""
    clauses: tuple[int, ...]
    """For each token, which piece between punctuation marks it stands in."""
    quoted: tuple[bool, ...]
    """For each token, whether it stands between quotation marks."""
    bigrams: frozenset[tuple[str, str]]
    grams: frozenset[str]
    """Character n-grams of the content words."""
    numbers: frozenset[str]
    names: frozenset[str]
    quantities: tuple[Quantity, ...]
    asserted: tuple[bool, ...]
    """For each quantity, whether it is neither negated nor quoted."""
    direction: int
    """Words that point up less those that point down, each turned by a negation."""
    ups: int
    downs: int
    """How many of each."""
    kinds: tuple[int, int, int, int, int]
    """Universal, partial, aiming, finding, causal words."""
    counts: tuple[int, int, int, int]
    """Negations, denials, hedges, reporting words."""
    form: Hashes
    """Hashes of the wording n-grams: function, negating and reporting words and punctuation kept, content words masked, a quote one mark."""
    stems: Hashes
    """Hashes of the content stems, in the order of ``content``."""
    asks: bool
    opines: bool


def _profile(text: str) -> Profile:
    """Read a text for comparison; the last readings are kept, as a statement stands in pair after pair.

    Parameters
    ----------
    text : str
        Claim or statement, not yet normalised.
    """
    folded, whole = words.read(text)
    tokens, clauses, quoted, marked = _pieces(folded, whole)
    stems = [words.stem(token) for token in tokens]
    content: dict[str, int] = {}
    for position, (token, stem) in enumerate(zip(tokens, stems, strict=True)):
        if token not in FUNCTION_WORDS and token not in NEGATIONS:
            content.setdefault(stem, position)
    ordered = list(content)
    negated = _negation_scope(tokens)
    found = quantities(folded)
    signs = [-_DIRECTION[stem] if turned else _DIRECTION[stem] for stem, turned in zip(stems, negated, strict=True) if stem in _DIRECTION]
    return Profile(
        tokens=tokens,
        content=content,
        negated=negated,
        negatives=tuple(i for i, token in enumerate(tokens) if token in _NEGATIVE),
        clauses=clauses,
        quoted=quoted,
        bigrams=frozenset(pairwise(ordered)),
        grams=frozenset().union(*map(_grams, content)),
        numbers=frozenset(stem for stem in content if stem[0].isdigit()),
        names=frozenset(words.stem(name.lower()) for name in _CAPITALISED.findall(folded)) if not folded.isupper() else frozenset(),
        quantities=found,
        asserted=_asserted(folded, found),
        direction=sum(signs),
        ups=sum(sign > 0 for sign in signs),
        downs=sum(sign < 0 for sign in signs),
        kinds=(
            sum(map(_UNIVERSAL.__contains__, tokens)),
            sum(map(_PARTIAL.__contains__, tokens)),
            sum(map(_AIMING.__contains__, tokens)),
            sum(map(_FINDING.__contains__, tokens)),
            sum(map(_CAUSAL.__contains__, tokens)),
        ),
        counts=(
            sum(map(NEGATIONS.__contains__, tokens)),
            sum(map(DENIALS.__contains__, tokens)),
            sum(map(HEDGES.__contains__, tokens)),
            sum(map(REPORTING.__contains__, tokens)),
        ),
        form=_hashes(_form(marked)),
        stems=_hashes(content),
        asks=words.is_question(folded),
        opines=words.is_opinion(folded),
    )


profile = words.Kept(_profile, words.MOST_KEPT)  # 30 MB of posts, 200 MB of the longest texts


def _pieces(folded: str, whole: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, ...], tuple[bool, ...], list[str]]:
    """Return a text's tokens, the clause of each, whether it is quoted, and the tokens with punctuation and one mark for a quote.

    ``whole`` are the tokens of the text in one piece.
    """
    tokens: list[str] = []
    clauses: list[int] = []
    quoted: list[bool] = []
    marked: list[str] = []
    clause = 0
    for i, piece in enumerate(_PIECE.split(folded)):
        quote = i % 2 == 1 and piece[0] in "\"'"
        if i % 2 and not quote:
            marked.append(piece.strip()[0])
            clause += 1
            continue
        found = [token for token in (words.tokenize(piece) if len(piece) < len(folded) else whole) if token[0] not in "<#"]
        clause += quote
        tokens += found
        clauses += [clause] * len(found)
        quoted += [quote] * len(found)
        marked += [_QUOTE] if quote else found
        clause += quote
    return tuple(tokens), tuple(clauses), tuple(quoted), marked


@lru_cache(maxsize=1 << 14)
def _grams(stem: str) -> frozenset[str]:
    padded = f" {stem}"
    return frozenset(padded[i : i + _GRAM] for i in range(max(1, len(padded) - _GRAM + 1)))


def _asserted(folded: str, found: Sequence[Quantity]) -> tuple[bool, ...]:
    """Return for each quantity whether the text says it: it neither quotes it nor has a negation shortly before it in the same clause."""
    clauses = [0, *(mark.end() for mark in _CLAUSE_MARK.finditer(folded))] if found else []
    said = []
    for quantity in found:
        clause = folded[max(clauses[bisect(clauses, quantity.start) - 1], quantity.start - _LOOKED_BACK) : quantity.start]
        before = words.tokenize(clause)[-_NEGATION_REACH:]
        said.append(folded.count(_QUOTE, 0, quantity.start) % 2 == 0 and NEGATIONS.isdisjoint(before))
    return tuple(said)


def _negation_scope(tokens: Sequence[str]) -> tuple[bool, ...]:
    reach, scope = 0, []
    for token in tokens:
        if token in NEGATIONS:
            reach = _NEGATION_REACH
        elif token in _CLAUSE_END:
            reach = 0
        scope.append(reach > 0)
        reach -= 1
    return tuple(scope)


def _form(tokens: Sequence[str]) -> tuple[str, ...]:
    masked: list[str] = ["^"]
    for token in tokens:
        shown = token if token in _FORM or not token[0].isalnum() else "_"
        if shown != "_" or masked[-1] != "_":
            masked.append(shown)
    masked.append("$")
    twos = [f"{first} {second}" for first, second in pairwise(masked)]
    threes = [f"{two} {third}" for two, third in zip(twos, masked[2:], strict=False)]
    return (*masked, *twos, *threes)


TRAITS: tuple[str, ...] = (
    "words", "negations", "denials", "hedges", "reports", "quotes", "opines", "clauses", "universal", "partial", "finds", "causes",
    "reports_without_denial", "denies_and_negates", "exclaims_or_asks", "asks_last",
)  # fmt: skip
"""What `traits` says of a claim, in its order."""


def traits(text: str) -> tuple[float, ...]:
    """Return what a claim is like whatever it is about: how long it is, how it denies, hedges, reports and quotes.

    Parameters
    ----------
    text : str

    Returns
    -------
    tuple of float
        As `TRAITS` names them; the first is `text.claim_length`, 0 for a text that asserts nothing.

    Examples
    --------
    >>> dict(zip(TRAITS, traits("It is false that 5G spreads COVID-19")))["denials"]
    1.0
    """
    read = profile(text)
    negations, _, hedges, reports = read.counts
    denials = sum(map(_DENYING.__contains__, read.tokens))
    universal, partial, _, finding, causal = read.kinds
    return tuple(
        map(
            float,
            (
                words.claim_length(text), min(negations, 3), min(denials, 2), min(hedges, 3), min(reports, 3), any(read.quoted), read.opines,
                len(set(read.clauses)), universal > 0, partial > 0, finding > 0, causal > 0,
                reports > 0 and not denials, denials > 0 and negations > 0, "!" in text or "?" in text, text.rstrip().endswith("?"),
            ),
        )
    )  # fmt: skip


class PairFeatures(TransformerMixin, BaseEstimator):
    """Turn (claim, statement) pairs into the rows that a linear pair model reads.

    Attributes
    ----------
    idf_ : dict of str to float
        Inverse document frequency of stems over the texts seen in fit: ``log(1 + n / df)``.
    unseen_idf_ : float
        What a stem that fit did not see weighs.
    mean_, scale_ : ndarray of shape (n_numbers,)
        Standardisation of the numbers.

    Examples
    --------
    >>> pairs = [("5G spreads COVID-19", "Radio waves cannot carry viruses"), ("Masks help", "Masks reduce spread")]
    >>> PairFeatures().fit(pairs).transform(pairs).shape[0]
    2
    """

    @property
    def width(self) -> int:
        """Columns of a row."""
        return len(NUMBERS) + BUCKETS

    def fit(self, X: Sequence[Pair], y: object = None) -> Self:
        """Learn document frequencies and the scale of the numbers.

        Parameters
        ----------
        X : sequence of (str, str)
            Pairs of claim and statement.
        y : ignored
        """
        profiles = _profiles(text for pair in X for text in pair)
        frequency = Counter(stem for seen in profiles.values() for stem in seen.content)
        self.idf_ = {stem: float(np.log1p(len(profiles) / count)) for stem, count in sorted(frequency.items())}
        self.unseen_idf_ = float(np.log1p(len(profiles)))
        numbers = np.array(self._numbers([(profiles[claim], profiles[statement]) for claim, statement in X]), dtype=np.float64)
        self.mean_ = numbers.mean(axis=0) if len(numbers) else np.zeros(len(NUMBERS))
        deviation = numbers.std(axis=0) if len(numbers) else np.ones(len(NUMBERS))
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        return self

    def transform(self, X: Sequence[Pair]) -> sparse.csr_matrix:
        """Return one row a pair.

        Parameters
        ----------
        X : sequence of (str, str)

        Returns
        -------
        scipy.sparse.csr_matrix of shape (n_pairs, len(NUMBERS) + BUCKETS)
            An empty sequence gives a matrix without rows.
        """
        check_is_fitted(self, "idf_")
        profiles = _profiles(text for pair in X for text in pair)
        read = [(profiles[claim], profiles[statement]) for claim, statement in X]
        numbers = np.array(self._numbers(read), dtype=np.float64).reshape(len(read), len(NUMBERS))
        numbers = _NUMBERS_WEIGHT * np.clip((numbers - self.mean_) / self.scale_, -_DEVIATIONS, _DEVIATIONS)
        columns, lengths = _wordings(read)
        values = np.repeat(_HASHED_WEIGHT / np.sqrt(np.maximum(lengths, 1)), lengths)
        hashed = sparse.csr_matrix((values, columns, np.cumsum([0, *lengths])), shape=(len(read), BUCKETS))
        hashed.sum_duplicates()
        return sparse.csr_matrix(sparse.hstack([sparse.csr_matrix(numbers), hashed]))

    def _numbers(self, pairs: Sequence[tuple[Profile, Profile]]) -> list[list[float]]:
        weights: dict[int, Mapping[str, float]] = {}  # by identity: a text of a batch stands in several pairs
        for side in (side for pair in pairs for side in pair):
            if id(side) not in weights:
                weights[id(side)] = {stem: self.idf_.get(stem, self.unseen_idf_) for stem in side.content}
        return [_pair_numbers(claim, statement, weights[id(claim)], sum(weights[id(statement)].values())) for claim, statement in pairs]


def _profiles(texts: Iterable[str]) -> dict[str, Profile]:
    found: dict[str, Profile] = {}
    for text in texts:
        if text not in found:
            found[text] = profile(text)
    return found


NUMBERS: tuple[str, ...] = (
    "coverage", "coverage_squared", "fully_covered", "statement_coverage", "cosine", "shared", "claim_only", "statement_only", "rarest_claim_only",
    "shared_bigrams", "bigram_coverage", "same_polarity", "other_polarity", "claim_negations", "statement_negations", "claim_denials",
    "statement_denials", "claim_hedges", "statement_hedges", "claim_reports", "both_same_sign", "only_claim_negative", "only_statement_negative",
    "same_sign_covered", "other_sign_covered", "direction_product", "direction_product_covered", "antonyms", "antonyms_same_polarity",
    "numbers_shared", "numbers_claim_only", "numbers_clash", "numbers_clash_covered", "years_clash", "names_shared", "names_claim_only",
    "names_claim_only_covered", "claim_asks", "claim_opines", "claim_length", "statement_length",
    "alike", "alike_coverage", "near_negatives", "far_negatives", "near_sign_differs", "near_sign_differs_covered", "only_statement_near_negative",
    "claim_ups", "claim_downs", "statement_ups", "statement_downs", "up_against_down", "claim_universal", "statement_universal", "claim_partial",
    "statement_partial", "universal_against_partial", "partial_against_universal", "statement_aims", "statement_finds", "statement_only_aims",
    "claim_causal", "statement_causal", "claim_only_causal", "quantities_same", "quantities_differ", "quantities_distance",
    "quantities_only_differ", "quantities_differ_covered", "denied_quantities_same", "denied_quantities_differ", "claim_quotes",
    "negatives_outside_quote", "coverage_outside_quote", "coverage_last_clause", "negative_first_clause", "negative_last_clause", "claim_clauses",
)  # fmt: skip
"""Names of the numbers, in column order."""


def _pair_numbers(claim: Profile, statement: Profile, weights: Mapping[str, float], statement_weight: float) -> list[float]:
    """Return the `NUMBERS` of a pair; ``weights`` are those of the claim's stems."""
    shared, claim_only = list[str](), list[str]()
    for stem in claim.content:
        (shared if stem in statement.content else claim_only).append(stem)
    claim_weight, statement_weight = sum(weights.values()) or 1.0, statement_weight or 1.0
    shared_weight = sum(weights[stem] for stem in shared)
    coverage = shared_weight / claim_weight
    same = sum(claim.negated[claim.content[stem]] == statement.negated[statement.content[stem]] for stem in shared)
    claim_negative = (claim.counts[0] + claim.counts[1]) % 2 == 1
    statement_negative = statement.counts[0] + statement.counts[1] > 0
    same_sign = claim_negative == statement_negative
    direction = float(np.sign(claim.direction) * np.sign(statement.direction))
    antonyms, antonyms_same = _count_antonyms(claim, statement, claim_only)
    new_numbers, other_numbers = claim.numbers - statement.numbers, statement.numbers - claim.numbers
    clash = bool(new_numbers) and bool(other_numbers)
    years = bool(clash and any(map(_YEAR.match, new_numbers)) and any(map(_YEAR.match, other_numbers)))
    new_names = len(claim.names - statement.content.keys())
    shared_bigrams = len(claim.bigrams & statement.bigrams)
    alike = sum(weights[stem] * _alike(stem, statement.grams) for stem in claim_only) / claim_weight
    return [
        coverage,
        coverage**2,
        float(not claim_only),
        shared_weight / statement_weight,
        shared_weight / (claim_weight * statement_weight) ** 0.5,
        len(shared) / 8,
        len(claim_only) / 8,
        (len(statement.content) - len(shared)) / 20,
        max((weights[stem] for stem in claim_only), default=0.0) / 10,
        shared_bigrams / 4,
        shared_bigrams / max(1, len(claim.bigrams)),
        same / max(1, len(shared)),
        (len(shared) - same) / max(1, len(shared)),
        min(claim.counts[0], 3),
        min(statement.counts[0], 3),
        min(claim.counts[1], 2),
        min(statement.counts[1], 2),
        min(claim.counts[2], 3),
        min(statement.counts[2], 3),
        min(claim.counts[3], 3),
        float(same_sign),
        float(claim_negative and not statement_negative),
        float(statement_negative and not claim_negative),
        float(same_sign) * coverage,
        float(not same_sign) * coverage,
        direction,
        direction * coverage,
        min(antonyms, 3),
        min(antonyms_same, 3),
        len(claim.numbers & statement.numbers),
        min(len(new_numbers), 3),
        float(clash),
        float(clash) * coverage,
        float(years),
        len(claim.names & statement.content.keys()) / 4,
        new_names / 4,
        float(new_names > 0) * coverage,
        float(claim.asks),
        float(claim.opines),
        float(np.log1p(len(claim.tokens))),
        float(np.log1p(len(statement.tokens))),
        alike,
        coverage + alike,
        *_nearby(claim, statement, shared, coverage),
        *_kinds(claim, statement, coverage),
        *_compare_quantities(claim, statement, coverage),
        *_denying(claim, statement, weights),
    ]


def _alike(stem: str, grams: frozenset[str]) -> float:
    """Return the square of the share of a stem's character n-grams that the statement has."""
    own = _grams(stem)
    return float((len(own & grams) / len(own)) ** 2)


def _nearby(claim: Profile, statement: Profile, shared: Sequence[str], coverage: float) -> list[float]:
    """Compare polarity again, counting only what negates close to a shared word."""
    theirs = _count_near(statement.negatives, [statement.content[stem] for stem in shared])
    mine = _count_near(claim.negatives, [claim.content[stem] for stem in shared]) if shared else len(claim.negatives)
    differs = (mine % 2 == 1) != (theirs > 0)
    return [
        min(theirs, 3),
        min(len(statement.negatives) - theirs, 3),
        float(differs),
        float(differs) * coverage,
        float(theirs > 0 and not mine) * coverage,
    ]


def _count_near(positions: Iterable[int], places: Sequence[int]) -> int:
    return sum(any(-_NEAR <= position - place <= _NEAR for place in places) for position in positions)


def _kinds(claim: Profile, statement: Profile, coverage: float) -> list[float]:
    """Say what either side points to, how far it goes, and whether a statement finds or only sets out to find."""
    universal, partial, _, _, causal = claim.kinds
    their_universal, their_partial, aims, finds, their_causal = statement.kinds
    claim_up, claim_down = claim.ups > 0 and not claim.downs, claim.downs > 0 and not claim.ups
    statement_up, statement_down = statement.ups > 0 and not statement.downs, statement.downs > 0 and not statement.ups
    return [
        min(claim.ups, 3),
        min(claim.downs, 3),
        min(statement.ups, 3),
        min(statement.downs, 3),
        float((claim_up and statement_down) or (claim_down and statement_up)),
        min(universal, 2),
        min(their_universal, 2),
        min(partial, 3),
        min(their_partial, 3),
        float(universal > 0 and their_partial > 0 and not their_universal),
        float(partial > 0 and their_universal > 0 and not universal),
        min(aims, 3),
        min(finds, 3),
        float(aims > 0 and not finds),
        float(causal > 0),
        float(their_causal > 0),
        float(causal > 0 and not their_causal) * coverage,
    ]


def _compare_quantities(claim: Profile, statement: Profile, coverage: float) -> list[float]:
    """Count the claim's quantities that the statement has and those that it has otherwise, said and denied, and how far off those are."""
    said = [quantity for quantity, asserted in zip(claim.quantities, claim.asserted, strict=True) if asserted]
    denied = [quantity for quantity, asserted in zip(claim.quantities, claim.asserted, strict=True) if not asserted]
    same, differ = clashes(said, statement.quantities)
    denied_same, denied_differ = clashes(denied, statement.quantities)
    return [
        min(same, 3),
        min(differ, 3),
        min(max((quantity.distance(other) for quantity in said for other in statement.quantities), default=0.0), 3.0) if differ else 0.0,
        float(differ > 0 and not same),
        float(differ > 0) * coverage,
        min(denied_same, 2),
        min(denied_differ, 2),
    ]


def _denying(claim: Profile, statement: Profile, weights: Mapping[str, float]) -> list[float]:
    """Say how the claim goes on after what it quotes, and in its last clause: that is where a denial says what it holds instead."""
    last = claim.clauses[-1] if claim.clauses else 0
    quotes = any(claim.quoted)
    return [
        float(quotes),
        float(quotes) * min(sum(not claim.quoted[i] for i in claim.negatives), 2),
        _share(weights, statement, [stem for stem, i in claim.content.items() if not claim.quoted[i]]) if quotes else 0.0,
        _share(weights, statement, [stem for stem, i in claim.content.items() if claim.clauses[i] == last]),
        float(any(claim.clauses[i] == claim.clauses[0] for i in claim.negatives)),
        float(any(claim.clauses[i] == last for i in claim.negatives)),
        min(last, 4) / 2,
    ]


def _share(weights: Mapping[str, float], statement: Profile, stems: Sequence[str]) -> float:
    total = sum(weights[stem] for stem in stems)
    return sum(weights[stem] for stem in stems if stem in statement.content) / total if total else 0.0


def _count_antonyms(claim: Profile, statement: Profile, claim_only: Iterable[str]) -> tuple[int, int]:
    """Count the claim's words whose opposite stands in the statement, and those where both are under the same polarity."""
    found = same = 0
    table = _antonyms()
    for stem in claim_only:
        for opposite in table.get(stem, ()):
            if opposite in statement.content:
                found += 1
                same += claim.negated[claim.content[stem]] == statement.negated[statement.content[opposite]]
    return found, same


def _wordings(pairs: Sequence[tuple[Profile, Profile]]) -> tuple[Hashes, Hashes]:
    """Return the columns of all pairs' wording, one pair after the other, and how many each has.

    A pair's wording is the claim's form, alone and in its context, and the words that only one side has.
    """
    parts: list[Hashes] = []
    blocks: list[int] = []
    for claim, statement in pairs:
        mine, turned = [], list[str]()
        for i, (stem, position) in enumerate(claim.content.items()):
            other = statement.content.get(stem)
            if other is None:
                mine.append(i)
            elif claim.negated[position] != statement.negated[other]:
                turned.append(f"{claim.negated[position]:d} {stem}")
        theirs = [i for i, stem in enumerate(statement.content) if stem not in claim.content]
        negative = statement.counts[0] + statement.counts[1] > 0
        close = 2 * (len(claim.content) - len(mine)) > len(claim.content)
        parts += (claim.form, claim.form, claim.stems[mine], statement.stems[theirs], _hashes(turned))
        blocks += (_FORM_BLOCK, _CONTEXT_BLOCK + (2 * negative + close + 1 << 36), _CLAIM_BLOCK, _STATEMENT_BLOCK, _CLASH_BLOCK)
    sizes = np.fromiter(map(len, parts), dtype=np.int64)
    hashes = np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)
    columns = _buckets(hashes, np.repeat(np.array(blocks, dtype=np.uint64), sizes))
    return columns.astype(np.int64), sizes.reshape(len(pairs), -1 if pairs else 0).sum(axis=1)
