"""Which pairs a verifier learns from the labelled claims: each with its own statement, and with near ones that do not decide it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from factcheck import text as words
from factcheck.claims import LabelledClaim
from factcheck.features import Pair
from factcheck.records import Label
from factcheck.retrieval import StatementIndex

_NEI, _SUPPORTS, _REFUTES = Label.NOT_ENOUGH_INFO.value, Label.SUPPORTS.value, Label.REFUTES.value
# Statements that do not decide a claim, shown to the verifier as NOT ENOUGH INFO; docs/decisions/0004 says how they were chosen.
_NEAREST = 8
_SISTER = 0.5
"""Relevance of one statement to another from which on the two may decide the same claims."""
_TIED_NEGATIVES, _TIED_WEIGHT = 1, 0.3
_UNTIED_NEGATIVES, _UNTIED_WEIGHT = 3, 0.5


class WeightedPair(NamedTuple):
    """A pair to learn from, its stance, and how much it counts."""

    pair: Pair
    stance: str
    weight: float = 1.0


def own_pairs(
    claims: Sequence[LabelledClaim], index: StatementIndex, texts: Sequence[str], position: Mapping[str, int]
) -> list[WeightedPair]:
    """Pair each claim with its own statement, and with near ones that do not decide it, as NOT ENOUGH INFO.

    Each of their statements supports itself.

    What makes a good negative is near enough to be found and far enough not to decide the claim as well: for a tied claim
    the nearest statement that is no sister of its own, at a low weight, for it may still decide; for an untied one the
    nearest few.

    Parameters
    ----------
    claims : sequence of LabelledClaim
    index : StatementIndex
        Of the statements.
    texts : sequence of str
        The statements.
    position : mapping of str to int
        Where a statement's id stands among the texts.
    """
    tied = [claim for claim in claims if claim.statement_id in position]
    found = [WeightedPair((claim.claim, texts[position[claim.statement_id]]), claim.label) for claim in tied]
    repeated = [texts[i] for i in sorted({position[claim.statement_id] for claim in tied})]
    found += [WeightedPair((text, text), _SUPPORTS) for text in repeated]  # nobody writes such a claim down, and somebody will paste one
    sisters = _sisters(index, texts)
    nearest, scores = index.search([claim.claim for claim in claims], _NEAREST)
    for claim, near, relevance in zip(claims, nearest, scores, strict=True):
        own = position.get(claim.statement_id, -1)
        others = [int(i) for i, score in zip(near, relevance, strict=True) if score > 0 and i not in sisters.get(own, ())]
        most, weight = (_TIED_NEGATIVES, _TIED_WEIGHT) if own >= 0 else (_UNTIED_NEGATIVES, _UNTIED_WEIGHT)
        found += [WeightedPair((claim.claim, texts[i]), _NEI, weight) for i in others[:most]]
    return found


def _sisters(index: StatementIndex, texts: Sequence[str]) -> dict[int, set[int]]:
    """Return for each statement those that speak of the same matter, itself included."""
    nearest, scores = index.search(texts, len(texts))
    return {
        i: {i, *(int(j) for j, score in zip(found, relevance, strict=True) if score >= _SISTER)}
        for i, (found, relevance) in enumerate(zip(nearest, scores, strict=True))
    }


# ---------------------------------------------------------------------------------------------------------------------
# Counterfactuals
# ---------------------------------------------------------------------------------------------------------------------

_DENYING = (
    "It is not true that {}",
    "It isn't true that {}",
    "It is false that {}",
    "It's a myth that {}",
    "It is a lie that {}",
    "There is no evidence that {}",
    "There is no proof at all that {}",
    "There's no truth to the claim that {}",
    "The claim that {} is false",
    "The idea that {} is nonsense",
    "The theory that {} was disproved years ago",
    "The rumour that {} has been debunked",
    "No, it is not the case that {}",
    "Nothing suggests that {}",
    "Studies do not show that {}",
    "Not a single study has found that {}",
    "Researchers found no sign that {}",
    "Experts have refuted the claim that {}",
    "Health authorities deny that {}",
    "I don't believe for a second that {}",
    "Stop saying that {}",
    "Stop spreading the hoax that {}",
    "You were lied to if you were told that {}",
    "Despite the rumours, it is not so that {}",
    "We looked into the story that {}, and it is made up",
    "FALSE: {}",
    "Myth: {}. It does not hold up",
    "{} - this is simply wrong",
    "{}? No. That is not so",
    "{} is what they tell you, and it is not true",
)
_REPORTING = (
    "Some people say that {}",
    "Many still believe that {}",
    "They say that {}",
    "A post on social media claims that {}",
    "A video that went around says that {}",
    "People are sharing a message that says that {}",
    "My uncle keeps telling everybody that {}",
    "My neighbour is convinced that {}",
    "A politician said on television that {}",
    "The article discusses the claim that {}",
    "According to a rumour, {}",
    "I keep reading everywhere that {}",
)
_AUXILIARY = re.compile(r" (is|are|was|were|can|will|does|do|has|have|should|must|could|would) (?!not\b|n't)", re.IGNORECASE)
_VERB = re.compile(
    r"^((?:\S+ ){1,3})(caus|cur|prevent|kill|contain|spread|reduc|increas|damag|weaken|protect|produc|improv|trigger|boost|treat)(e?)(s?)\b"
)
_PLAIN_KINDS = frozenset(("myth", "fact", "paraphrase", "headline", "number-swap", "entity-swap", "time-swap", "causal-swap"))
_COUNTERFACTUAL_WEIGHT = 0.5


def counterfactuals(claims: Sequence[LabelledClaim], texts: Sequence[str], position: Mapping[str, int]) -> list[WeightedPair]:
    """Make from each plain claim that its statement decides denials, which turn the stance, and a report, which takes it away.

    Arguments as in `own_pairs`. Each claim without a negation gets a denying frame, and half of those with just one verb that
    can be negated a "not" there; a third of all get a reporting frame. Which, and the frame, goes by the sha256 of the claim.
    """
    found = []
    for claim in claims:
        if claim.kind in _PLAIN_KINDS and claim.label != _NEI and claim.statement_id in position:
            statement = texts[position[claim.statement_id]]
            found += [WeightedPair((said, statement), stance, _COUNTERFACTUAL_WEIGHT) for said, stance in _turned(claim.claim, claim.label)]
    return found


def _turned(claim: str, label: str) -> Iterator[tuple[str, str]]:
    number = int(hashlib.sha256(claim.encode()).hexdigest()[:8], 16)
    other = _REFUTES if label == _SUPPORTS else _SUPPORTS
    inside, choice = _inside(claim), number // 6
    if not {token.lower() for token in claim.split()} & words.NEGATIONS:
        yield _DENYING[choice % len(_DENYING)].format(inside), other
        negated = _negated(claim)
        if negated and number % 2:
            yield negated, other
    if number % 3 == 0:
        yield _REPORTING[choice % len(_REPORTING)].format(inside), _NEI


def _negated(claim: str) -> str:
    """Return a claim with its verb negated, nothing when it is not plain which verb that is."""
    if len(_AUXILIARY.findall(claim)) == 1:
        return _AUXILIARY.sub(r" \1 not ", claim)
    if verb := _VERB.match(claim):
        before, stem, e, s = verb.groups()
        return f"{before}{'does' if s else 'do'} not {stem}{e}{claim[verb.end() :]}"
    return ""


def _inside(claim: str) -> str:
    """Return a claim as it stands inside a sentence: without its full stop, and without the capital that only began it."""
    first, _, rest = claim.rstrip(".! ").partition(" ")
    only_begins = first.lower() in words.FUNCTION_WORDS and first != "I" and first[1:] == first[1:].lower()
    return f"{first.lower() if only_begins else first} {rest}".rstrip()
