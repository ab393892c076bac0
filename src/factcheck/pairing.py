"""Which pairs are learned from the labelled claims: a claim with its own statement and with near ones, a claim with another claim."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from factcheck import text as words
from factcheck.claims import LabelledClaim
from factcheck.features import ANTONYM_PAIRS, Pair, profile
from factcheck.records import Label, Relation
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
    "{}. False",
    "{}: that is a myth",
    "{}, I was told. They were wrong",
    "{}? Not at all",
    "You may have read that {}. It is not so",
    "No one has ever shown that {}",
    "Whoever told you that {} was mistaken",
    "Contrary to what goes around, it is untrue that {}",
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
    "Police say that the man believed that {}",
    "She was fined after she had claimed that {}",
    "One in five of those asked thinks that {}",
    "A banner at the protest said that {}",
    "It was rumoured at the time that {}",
    "The film is about a man who thinks that {}",
    "The belief that {} is old",
    "Several sites carried the story that {}",
)
_AUXILIARY = re.compile(r" (is|are|was|were|can|will|does|do|has|have|should|must|could|would) (?!not\b|n't)", re.IGNORECASE)
_VERB = re.compile(
    r"^((?:\S+ ){1,3})(caus|cur|prevent|kill|contain|spread|reduc|increas|damag|weaken|protect|produc|improv|trigger|boost|treat)(e?)(s?)\b"
)
_NEGATIONS = ("not", "never", "n't", "never")
_CONTRACTED = {"can": "can't", "will": "won't"}
_SIGN = re.compile(r"(?<!\d)[^\w\s%'](?!\d)|'")
_PLAIN_KINDS = frozenset(("myth", "fact", "paraphrase", "headline", "contrast", "number-swap", "entity-swap", "time-swap", "causal-swap"))
_ALREADY_WORN = frozenset(("obfuscated", "not-English"))
_COUNTERFACTUAL_WEIGHT = 0.5
_LONG_WORD = re.compile(r"[A-Za-z]{6,}")
_SLIPS = 2


def counterfactuals(claims: Sequence[LabelledClaim], texts: Sequence[str], position: Mapping[str, int]) -> list[WeightedPair]:
    """Make from the claims denials, which turn the stance, reports, which take it away, and claims worn by haste, which keep it.

    Arguments as in `own_pairs`. Each plain claim that its statement decides gets a denying frame, of those with a negation a third,
    and one with just one verb that can be negated a "not", an "n't" or a "never" there; half get a reporting frame. Of the claims of
    all kinds a quarter loses its capitals and signs, another its signs alone, and another has its longer words mistyped. Which, and the
    frame, goes by the sha256 of the claim.
    """
    found = []
    for claim in claims:
        if claim.statement_id not in position:
            continue
        made = list(_turned(claim.claim, claim.label)) if claim.kind in _PLAIN_KINDS and claim.label != _NEI else []
        if claim.kind not in _ALREADY_WORN and (worn := _worn(claim.claim)):
            made.append((worn, claim.label))
        statement = texts[position[claim.statement_id]]
        found += [WeightedPair((said, statement), stance, _COUNTERFACTUAL_WEIGHT) for said, stance in made]
    return found


def _turned(claim: str, label: str) -> Iterator[tuple[str, str]]:
    number = _number(claim)
    other = _REFUTES if label == _SUPPORTS else _SUPPORTS
    inside, choice = _inside(claim), number // 6
    negates = _negates(claim)
    if not negates or choice % 3 == 0:
        yield _DENYING[choice % len(_DENYING)].format(inside), other
    if not negates and (negated := _negated(claim, _NEGATIONS[number % len(_NEGATIONS)])):
        yield negated, other
    if number % 2:
        yield _REPORTING[choice % len(_REPORTING)].format(inside), _NEI


def _worn(claim: str) -> str:
    """Return a claim as somebody in haste types it, nothing for one in four; a question keeps its mark, without which it may assert."""
    number = _number(claim)
    if number % 4 == 2:
        return _mistyped(claim, number // 4)
    if number % 4 == 3 or "?" in claim:
        return ""
    return _SIGN.sub("", claim if number % 4 else claim.lower())


def _mistyped(claim: str, number: int) -> str:
    """Return a claim with slips inside its longest words: two letters change places, one is left out, or one comes twice.

    Not `disguises.typos`: that is what robustness is measured with, and what a network trained on it would pass for that reason.
    """
    longest = sorted(_LONG_WORD.finditer(claim), key=lambda word: word.start() - word.end())[:_SLIPS]
    for word in sorted(longest, key=lambda word: -word.start()):
        at = word.start() + 1 + number % (len(word[0]) - 3)
        first, second = claim[at], claim[at + 1]
        slip = (second + first, second, first + first + second)[number % 3]
        claim = claim[:at] + slip + claim[at + 2 :]
    return claim


def _number(claim: str) -> int:
    return int(hashlib.sha256(claim.encode()).hexdigest()[:8], 16)


def _negates(claim: str) -> bool:
    return profile(claim).counts[0] > 0


def _negated(claim: str, negation: str = "not") -> str:
    """Return a claim with its verb negated, nothing when it is not plain which verb that is."""
    if len(found := _AUXILIARY.findall(claim)) == 1:
        verb = found[0]
        said = _CONTRACTED.get(verb.lower(), f"{verb}n't") if negation == "n't" else f"{verb} {negation}"
        return _AUXILIARY.sub(f" {said} ", claim)
    if match := _VERB.match(claim):
        before, stem, e, s = match.groups()
        rest = claim[match.end() :]
        if negation == "never":
            return f"{before}never {stem}{e}{s}{rest}"
        return f"{before}{'does' if s else 'do'}{' ' * (negation == 'not')}{negation} {stem}{e}{rest}"
    return ""


def _inside(claim: str) -> str:
    """Return a claim as it stands inside a sentence: without its full stop, and without the capital that only began it."""
    first, _, rest = claim.rstrip(".! ").partition(" ")
    only_begins = first.lower() in words.FUNCTION_WORDS and first != "I" and first[1:] == first[1:].lower()
    return f"{first.lower() if only_begins else first} {rest}".rstrip()


# ---------------------------------------------------------------------------------------------------------------------
# Claim and claim
# ---------------------------------------------------------------------------------------------------------------------

_ASKING = (
    "Is it true that {}?",
    "Does anybody know whether {}?",
    "Has anyone else heard that {}? True or not?",
    "Can somebody confirm that {}?",
    "So now {}? Really?",
    "{}? Asking for a friend",
    "Sure, {}, and pigs fly",
    "Imagine thinking that {}",
)
_INFLECTED_ANTONYMS = (
    "causes prevents|increases reduces|raises lowers|strengthens weakens|works fails|helps harms|rising falling|cheaper dearer|"
    "banned allowed|open closed|harmless harmful|warmer colder|shrinking growing|gained lost"
)
_ANTONYMS: Mapping[str, str] = {
    word: other
    for pair in reversed(f"{_INFLECTED_ANTONYMS}|{ANTONYM_PAIRS}".split("|"))
    for word, other in (pair.split(), pair.split()[::-1])
}
"""One antonym of each word that has any, the first that is listed."""
_DRESSED = (
    "{claim}!!",
    "BREAKING: {inside}",
    "Did you know that {inside}? Tell everyone!",
    "{claim} #truth #wakeup",
    "{claim} \N{POUTING FACE}\N{POUTING FACE}",
    "So angry. {claim}. Shame on them!",
    "My cousin is the living proof: {inside}",
    "{claim}. And nobody talks about it.",
    "Fun fact: {inside}",
    "Wow. {claim}. Unbelievable",
)
_SAID_PLAINLY = frozenset(("myth", "fact", "paraphrase", "headline", "colloquial", "tweet", "obfuscated", "contrast"))
_SAID_OF = frozenset(("denial", "quote-and-refute", "report", "mockery", "question"))
_DETAIL_SWAPS = frozenset(("number-swap", "entity-swap", "time-swap"))
_ALIKE, _CLOSELY_ALIKE = 0.34, 0.5
"""Share of the shorter claim's content words that two claims of one statement have in common, when they speak of the same point."""
_OF_A_KIND = 2
_NEIGHBOURS = 60
_OF_A_RELATION = 1500
"""Pairs of one relation that are learned from at the most."""
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_YEAR = re.compile(r"(?:19|20)\d\d")
_HALVES = re.compile(
    r"^((?:\S+ ){0,6}\S+) ((?:is|are|was|were|can|will|does|do|has|have|causes?|cures?|prevents?|kills?|contains?|spreads?|reduces?"
    r"|increases?|protects?|makes?|works?|helps?|gives?|raises?|lowers?|came|began|comes?|needs?|leads?|killed|found|says?|said)\b.*)$"
)
"""Who is spoken of, and what is said."""


class _Claims(NamedTuple):
    """The claims that are said plainly: of each statement, of each topic, and in halves."""

    of_statement: Mapping[str, Sequence[LabelledClaim]]
    of_topic: Mapping[str, Sequence[LabelledClaim]]
    halves: Sequence[tuple[LabelledClaim, str, str]]


def relation_pairs(claims: Sequence[LabelledClaim], random_state: int = 0) -> list[tuple[Pair, str]]:
    """Make pairs of post and known claim, with their `Relation`, from claims that are tied to statements.

    Claims of one statement with the same label and much the same words make the same claim, with other labels the opposite, and so
    do a "not" and an antonym; another number or another subject is another detail; denials, reports and questions, found and
    framed, speak of the claim; near misses, the nearest claims of other statements and another predicate are merely related.
    The labels are as good as these rules: pairs written by hand belong beside them.

    Parameters
    ----------
    claims : sequence of LabelledClaim
    random_state : int
        Which pairs are drawn where there are many.
    """
    rng = np.random.default_rng(random_state)
    tied = [claim for claim in claims if claim.statement_id]
    plain = [claim for claim in tied if claim.kind in _SAID_PLAINLY and claim.label != _NEI]
    of_statement, of_topic = (_grouped(plain, key) for key in ("statement_id", "topic"))
    halves = [(claim, found[1], found[2]) for claim in plain if (found := _HALVES.match(claim.claim))]
    known = _Claims(of_statement, of_topic, halves)
    made = [pair for claim in plain for pair in _plain_pairs(claim, known, rng)]
    made += [pair for claim in tied for pair in _tied_pairs(claim, of_statement.get(claim.statement_id, ()), rng)]
    made += [pair for half in halves for pair in _crossed(half, _one(rng, halves))]
    drawn: list[tuple[Pair, str]] = []
    for relation in Relation:
        drawn += _some(rng, [pair for pair in made if pair[1] == relation], _OF_A_RELATION)
    return drawn


def _plain_pairs(claim: LabelledClaim, known: _Claims, rng: np.random.Generator) -> Iterator[tuple[Pair, str]]:
    alike = [other for other in known.of_statement[claim.statement_id] if other is not claim and _alike(claim, other) >= _ALIKE]
    same = [other.claim for other in alike if other.label == claim.label]
    text = claim.claim
    for other in _some(rng, same):
        yield (text, other), Relation.SAME.value
    for other in _some(rng, [other.claim for other in alike if other.label != claim.label], 1):
        yield (text, other), Relation.OPPOSITE.value
    told = _one(rng, same) if same and rng.random() < 0.5 else text
    yield (_dressed(text, rng), told if rng.random() < 0.5 else text), Relation.SAME.value
    yield (_one(rng, (*_DENYING, *_REPORTING, *_ASKING, *_ASKING)).format(_inside(text)), told), Relation.DENIES_OR_REPORTS.value
    for contrary in filter(None, (_negated(text), _with_antonym(text))):
        if not _negates(text):
            yield ((contrary, text) if rng.random() < 0.5 else (_dressed(text, rng), contrary)), Relation.OPPOSITE.value
    if number := _NUMBER.search(text):
        digits = number[0].replace(",", "").rstrip(".")
        if digits.isdigit():
            year = _YEAR.fullmatch(digits)
            value = int(digits) + _one(rng, (-7, -3, 2, 5)) if year else round(int(digits) * _one(rng, (0.5, 2, 3, 10))) + 1
            yield (f"{text[: number.start()]}{value}{text[number.end() :]}", text), Relation.OTHER_DETAIL.value
    neighbours = [o for o in _some(rng, known.of_topic[claim.topic], _NEIGHBOURS) if o.statement_id != claim.statement_id]
    if neighbours:
        yield (text, max(neighbours, key=lambda other: _alike(claim, other)).claim), Relation.RELATED.value


def _tied_pairs(claim: LabelledClaim, plain: Sequence[LabelledClaim], rng: np.random.Generator) -> Iterator[tuple[Pair, str]]:
    """Yield pairs of a claim that is not said plainly with the plain ones of its statement."""
    close = [other for other in plain if _alike(claim, other) >= _CLOSELY_ALIKE]
    if claim.kind in _SAID_OF:
        # "A is not B" is the opposite, "it is a myth that A is B" a word about it.
        flat = claim.kind == "denial" and not profile(claim.claim).counts[1]
        for other in [other for other in close if other.label == _REFUTES][:_OF_A_KIND]:
            yield (claim.claim, other.claim), (Relation.OPPOSITE if flat else Relation.DENIES_OR_REPORTS).value
    elif claim.kind in _DETAIL_SWAPS:
        for other in [other for other in close if other.label == _SUPPORTS][:_OF_A_KIND]:
            yield (claim.claim, other.claim), Relation.OTHER_DETAIL.value
            yield (other.claim, claim.claim), Relation.OTHER_DETAIL.value
    elif claim.kind == "near-miss":
        for other in _some(rng, plain):
            yield (claim.claim, other.claim), Relation.RELATED.value


def _crossed(half: tuple[LabelledClaim, str, str], other: tuple[LabelledClaim, str, str]) -> Iterator[tuple[Pair, str]]:
    """Yield a claim with another's predicate, which says something else of the same, and with another's subject."""
    (claim, subject, predicate), (second, their_subject, their_predicate) = half, other
    if claim.statement_id != second.statement_id:
        yield (f"{subject} {their_predicate}", claim.claim), Relation.RELATED.value
        yield (f"{their_subject} {predicate}", claim.claim), Relation.OTHER_DETAIL.value


def _with_antonym(claim: str) -> str:
    """Return a claim with the one word that has an antonym replaced, nothing where it is not just one."""
    tokens = claim.split(" ")
    found = [i for i, token in enumerate(tokens) if token.lower().strip(".,!") in _ANTONYMS]
    if len(found) != 1:
        return ""
    tokens[found[0]] = _ANTONYMS[tokens[found[0]].lower().strip(".,!")]
    return " ".join(tokens)


def _dressed(claim: str, rng: np.random.Generator) -> str:
    """Return a claim as somebody excited says it."""
    frame: str = _one(rng, _DRESSED)
    return frame.format(claim=claim.rstrip(".! "), inside=_inside(claim))


def _grouped(claims: Sequence[LabelledClaim], key: str) -> Mapping[str, Sequence[LabelledClaim]]:
    groups: dict[str, list[LabelledClaim]] = defaultdict(list)
    for claim in claims:
        groups[getattr(claim, key)].append(claim)
    return groups


def _alike(claim: LabelledClaim, other: LabelledClaim) -> float:
    mine, theirs = profile(claim.claim).content.keys(), profile(other.claim).content.keys()
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def _some(rng: np.random.Generator, among: Sequence[Any], most: int = _OF_A_KIND) -> list[Any]:
    return [among[i] for i in rng.choice(len(among), size=min(most, len(among)), replace=False)] if among else []


def _one(rng: np.random.Generator, among: Sequence[Any]) -> Any:
    return _some(rng, among, 1)[0]
