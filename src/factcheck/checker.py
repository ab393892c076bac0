"""The checker: retrieval, verification and decision in their order, over one claim or many. It alone knows the order."""

from __future__ import annotations

import asyncio
import datetime
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib import resources
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np

import factcheck
from factcheck import bases, persistence
from factcheck import text as words
from factcheck.attribution import denied_claim, reported_claim
from factcheck.bases import StoredStatements
from factcheck.decision import VerdictRule
from factcheck.errors import BundleError, InputError
from factcheck.features import NUMBERS, TRAITS, PairFeatures, profile, traits
from factcheck.gathering import Gathered
from factcheck.networks import SentenceEncoder
from factcheck.records import (
    NOT_ENOUGH_INFO,
    REFUTES,
    RELATIONS,
    STANCES,
    SUPPORTS,
    Claim,
    Evidence,
    Label,
    Match,
    Reason,
    Relation,
    Statement,
    Verdict,
)
from factcheck.relations import READINGS, RelationClassifier, read_pairs
from factcheck.retrieval import MEASURES, StatementIndex, digest
from factcheck.spelling import Speller
from factcheck.statements import fingerprint, read_statements
from factcheck.verification import EncoderVerifier, LinearVerifier, PooledVerifier, Verifier, deciding_sentence

Array = np.ndarray[Any, np.dtype[Any]]

_Answer = tuple[str, float, str, dict[str, float], tuple[Evidence, ...]]
"""Label, probability, reason, probabilities and evidence of a text."""

KINDS = ("encoder", "linear")
"""What a bundle of a checker calls itself in its manifest: the kind of its verifier."""

SHIPPED = ("encoder", "linear")
"""Names of the bundles that come with the package, best first. The last needs no extra."""

ENCODER_NEEDS = ("onnxruntime", "tokenizers")
"""Packages of the extra ``encoder``."""

EVIDENCE = 5
"""Statements that are read for a claim."""

_LONG = 60
"""Words from which on a text is a post that says several things, and its sentences are read one by one."""

_LEAST_WORDS = 3
"""Words of a text that may be confirmed as the same claim, and of a sentence that is read by itself."""

_PARTED = re.compile(r"[.!?\uff0e\uff01\uff1f\"')\]\u201d\u2019]\s")
_YEAR = re.compile(r"(?:19|20)\d\d")

_BLOCK = 512
"""Claims that go through the stages together."""


class FactChecker:
    """Check claims against a statement base.

    Make one with `load` and keep it: it holds no state that a check changes, and threads may share it.

    Parameters
    ----------
    statements : sequence of Statement
    index : StatementIndex
        Fitted on the statements' texts, in this order.
    verifier : LinearVerifier or PooledVerifier
    rule : VerdictRule
    relations : RelationClassifier
    manifest : mapping, optional
        Of the bundle that this checker came from.
    sha256 : str
        Of that bundle.

    Examples
    --------
    >>> checker = FactChecker.load()
    >>> verdict = checker.check("5G masts spread the coronavirus")
    >>> verdict.label, verdict.reason
    ('REFUTES', 'decided')
    >>> checker.check("My sister bakes bread on Sundays").label
    'NOT ENOUGH INFO'
    """

    def __init__(
        self,
        *,
        statements: Sequence[Statement],
        index: StatementIndex,
        verifier: Verifier,
        rule: VerdictRule,
        relations: RelationClassifier,
        manifest: Mapping[str, Any] | None = None,
        sha256: str = "",
    ) -> None:
        self.statements = statements if isinstance(statements, StoredStatements) else tuple(statements)
        self.index = index
        self.verifier = verifier
        self.rule = rule
        self.relations = relations
        self.manifest = dict(manifest or {})
        self._sha256 = sha256

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        *,
        statements: str | Path | Iterable[Statement] | None = None,
        threads: int | None = None,
        max_error: float | None = None,
        as_of: datetime.date | None = None,
    ) -> Self:
        """Load a bundle and index a statement base.

        Parameters
        ----------
        model : str or Path, optional
            A bundle's folder or the name of a shipped bundle. None takes the best shipped one whose needs are installed
            (`default_model` says which, and why).
        statements : path or iterable of Statement, optional
            The statement base, a CSV or JSON Lines file, the folder of a base that was built, or statements. None takes the one
            that ships. Statements need not be those of the training.
        threads : int, optional
            Pairs that an encoder reads side by side, >= 1. None: as many as there are processors.
        max_error : float, optional
            Error budget, in (0, 1): with 95 % confidence at most this share of the decided claims is wrong, of claims like those of the
            calibration split. None keeps the bundle's own. Where nothing keeps to it (``rule.threshold_`` is infinite), all abstain.
        as_of : datetime.date, optional
            Use only the statements that were published by then and are still valid; those without a date stay.

        Raises
        ------
        InputError
            When ``as_of`` is to be applied to a base that was built.
        ValueError
            When ``max_error`` is no share between 0 and 1.
        BundleError
            When the bundle is absent, needs an extra that is not installed, damaged, too new, or holds something else than a checker.
        StatementError
            When the statement base cannot be read.
        """
        bundle = persistence.load_bundle(bundle_path(model))
        if bundle.manifest.get("kind") not in KINDS:
            seen = bundle.manifest.get("kind")
            raise BundleError(
                f"{bundle.path}: holds a bundle of kind {seen!r}, a checker's is {' or '.join(KINDS)}; "
                "measure a claim classifier with `factcheck evaluate claims`."
            )
        if bundle.manifest["kind"] == "encoder" and (missing := _missing()):
            raise BundleError(f"{bundle.path}: needs {' and '.join(missing)}; {_INSTALL}, or use the bundle {SHIPPED[-1]!r}.")
        folder = Path(statements) if isinstance(statements, (str, Path)) and Path(statements).is_dir() else None
        base: Sequence[Statement] = ()
        if statements is None or isinstance(statements, (str, Path)):
            base = () if folder else read_statements(statements)
        else:
            base = tuple(statements)
        if as_of and folder:
            raise InputError(f"{folder}: a built base holds all its statements; build one from those that were valid on {as_of}.")
        if as_of:
            base = [statement for statement in base if statement.valid_on(as_of)]
        try:
            index, verifier, rule, relations = _unpack(bundle, threads)
        except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            raise BundleError(
                f"{bundle.path}: its parts do not fit together ({error!r}); get the bundle again, or train it anew."
            ) from error
        if max_error is not None:
            rule.set_budget(max_error)
        if folder:
            base = bases.load(folder, index)
        else:
            index.fit([statement.text for statement in base])
        return cls(
            statements=base,
            index=index,
            verifier=verifier,
            rule=rule,
            relations=relations,
            manifest=bundle.manifest,
            sha256=bundle.sha256,
        )

    def save(self, path: str | Path, *, manifest: Mapping[str, Any], documents: Mapping[str, Any], card: str) -> None:
        """Write a bundle without the statements, which are kept and updated apart from it.

        Parameters
        ----------
        path : str or Path
            Folder of the bundle.
        manifest : mapping
            What the training has to say of it; ``kind`` and ``labels`` are added.
        documents : mapping of str to object
            Further JSON documents, such as the metrics.
        card : str
            The model card, Markdown.
        """
        kind = "linear" if isinstance(self.verifier, LinearVerifier) else "encoder"
        arrays, packed, networks = _pack(self)
        persistence.save_bundle(
            path,
            manifest={"kind": kind, "labels": list(STANCES), **manifest},
            arrays=arrays,
            documents={**documents, **packed},
            networks=networks,
            texts={"card.md": card},
        )

    @cached_property
    def fingerprint(self) -> dict[str, str]:
        """What decides a verdict: sha256 of ``bundle`` and of ``statements``, ``max_error``, and the package ``version``."""
        known = self.statements.fingerprint if isinstance(self.statements, StoredStatements) else fingerprint(self.statements)
        return {"bundle": self._sha256, "statements": known, "max_error": f"{self.rule.max_error:g}", "version": factcheck.__version__}

    def check(self, claim: str | Claim, *, timeout: float | None = None) -> Verdict:
        """Check one claim. What several threads ask at the same time goes through the stages together, which is faster for all of them.

        Parameters
        ----------
        claim : str or Claim
        timeout : float, optional
            Seconds to wait for the answer. A claim that is not yet being read is then dropped; one that is, is read to its end in a
            thread of its own, because nothing can stop a computation in the middle. None waits as long as it takes.

        Returns
        -------
        Verdict
            The same as in a batch. A text that cannot be read, or not in that time, gives a verdict with reason ``error``.
        """
        if timeout is None:
            return self._gathered.answer(claim)
        future = self._gathered.ask(claim)
        try:
            return future.result(timeout)
        except TimeoutError:
            future.cancel()
            return _unread(claim, _LATE.format(timeout))

    def check_many(self, claims: Iterable[str | Claim]) -> list[Verdict]:
        """Check claims; one verdict each, in their order. A claim that cannot be read never stops the others."""
        return list(self.stream(claims))

    def stream(self, claims: Iterable[str | Claim], *, chunk_size: int = _BLOCK) -> Iterator[Verdict]:
        """Check claims as they come.

        Parameters
        ----------
        claims : iterable of str or Claim
            May be endless.
        chunk_size : int, default 512
            Claims that are read ahead at the most, >= 1.

        Yields
        ------
        Verdict
            In the order of the claims.
        """
        if chunk_size < 1:
            raise ValueError(f"chunk_size is {chunk_size}; it must be at least 1")
        if isinstance(claims, (str, Claim)):
            raise TypeError("one claim goes to check(); check_many() and stream() take several, such as a list")
        source = iter(claims)
        while chunk := list(islice(source, chunk_size)):
            yield from self._check_chunk(chunk)

    def match(self, text: str, k: int = EVIDENCE, *, since: datetime.date | None = None) -> tuple[Match, ...]:
        """Return the k statements that are nearest to a text, best first, whatever their relevance, and how it stands to each.

        A text of less than three words, or that only asks, is never confirmed as the same claim: too much else may be meant.

        Parameters
        ----------
        text : str
        k : int, default 5
        since : datetime.date, optional
            Leave out what was published before, or on no known day.

        Raises
        ------
        InputError
            When the text is too long to be a claim.
        """
        if problem := _problem(text):
            raise InputError(problem)
        text = self.reading(text)
        depth, found = k, list[tuple[int, float]]()
        while True:
            indices, scores = self.index.search([text], depth)
            ranked = [(int(i), float(score)) for i, score in zip(indices[0], scores[0], strict=True) if score > 0]
            found = [(i, score) for i, score in ranked if since is None or _published_since(self.statements[i], since)][:k]
            if len(found) == k or len(ranked) < depth:
                break
            depth *= 4
        if not found:
            return ()
        statements = [self.statements[i] for i, _ in found]
        pairs = [(text, statement.text) for statement in statements]
        readings = read_pairs(self.verifier, self.index.encoder, pairs)
        relations = self.relations.predict_proba(pairs, readings)
        short = words.claim_length(text) < _LEAST_WORDS
        return tuple(
            Match(
                statement,
                score,
                relation=RELATIONS[int(np.argmax(likely))],
                relations={name: float(value) for name, value in zip(RELATIONS, likely, strict=True)},
                strength=self._strength(score, likely, short=short),
                stance=STANCES[int(np.argmax(reading[: len(STANCES)]))],
            )
            for statement, (_, score), likely, reading in zip(statements, found, relations, readings, strict=True)
        )

    def _strength(self, score: float, relations: Array, *, short: bool) -> str:
        if score < self.rule.gate_:
            return ""
        same = RELATIONS.index(Relation.SAME)
        confirmed = np.argmax(relations) == same and relations[same] >= self.relations.confirmation_ and not short
        return "confirmed" if confirmed else "suggested"

    def _check_chunk(self, chunk: Sequence[str | Claim]) -> list[Verdict]:
        claims = [claim if isinstance(claim, Claim) else Claim(claim) for claim in chunk]
        problems = [_problem(claim.text) for claim in claims]
        texts = dict.fromkeys(claim.text for claim, problem in zip(claims, problems, strict=True) if not problem)
        answers: dict[str, _Answer] = {}
        sentences = {text: _claim_sentences(text) for text in texts}
        self._answer((text[start:end] for text, spans in sentences.items() for start, end in spans), answers)
        parts = {text: _without_asides(text, spans, answers) for text, spans in sentences.items()}
        self._answer((text[start:end] for text, (start, end) in parts.items()), answers)
        return [
            _unread(claim, problem) if problem else _likeliest(claim, sentences[claim.text], parts[claim.text], answers)
            for claim, problem in zip(claims, problems, strict=True)
        ]

    def _answer(self, texts: Iterable[str], answers: dict[str, _Answer]) -> None:
        asked = [text for text in dict.fromkeys(texts) if text not in answers]
        answers.update(zip(asked, self._decide(asked), strict=True))

    def reading(self, text: str) -> str:
        """Return a text as it is read: what it says (`text.spoken`), with the words that nobody knows as they are meant (`Speller`)."""
        return self._speller.read(words.spoken(text))

    @cached_property
    def _speller(self) -> Speller:
        return speller((statement.text for statement in self.statements), self.index, self.verifier)

    def _decide(self, texts: Sequence[str]) -> list[_Answer]:
        """Return label, probability, reason, probabilities and evidence of each text."""
        if not texts:
            return []
        texts = [self.reading(text) for text in texts]
        marks = np.zeros((len(texts), len(TRAITS)))
        marks[:, 0] = [words.claim_length(text) for text in texts]
        indices, scores = self.index.search(texts, EVIDENCE)
        relevant = (scores >= self.rule.gate_) & (marks[:, :1] > 0)
        for row, column in np.argwhere(relevant):
            relevant[row, column] = self.statements[indices[row, column]].citable
        for row in np.flatnonzero(relevant.any(axis=1)):
            marks[row] = traits(texts[int(row)])
        stances = self._stances(texts, indices, relevant)
        answers = []
        for row, decision in enumerate(self.rule.decide(stances, scores, marks)):
            label, probability, reason, deciding, calibrated = decision
            found = [column for column in range(indices.shape[1]) if relevant[row, column]]
            found.sort(key=lambda column: column != deciding)
            evidence = tuple(self._evidence(int(indices[row, i]), float(scores[row, i]), stances[row, i]) for i in found)
            if label == Label.REFUTES and _is_newer(texts[row], evidence):
                label, probability, reason = (
                    Label.NOT_ENOUGH_INFO.value,
                    float(calibrated[NOT_ENOUGH_INFO]),
                    Reason.OUTDATED_STATEMENT.value,
                )
            elif deciding >= 0:
                evidence = (self._naming_sentence(texts[row], evidence[0]), *evidence[1:])
            answers.append((label, probability, reason, _named(calibrated), evidence))
        return self._unless_denied(texts, answers)

    def _unless_denied(self, texts: Sequence[str], answers: Sequence[_Answer]) -> list[_Answer]:
        """Take back the verdicts on texts that deny a claim where that claim leans to the same verdict: the denial was overlooked."""
        inside = {
            row: text[slice(*denied)]
            for row, text in enumerate(texts)
            if answers[row][0] in (Label.SUPPORTS, Label.REFUTES) and (denied := denied_claim(text))
        }
        kept = list(answers)
        for row, claimed in zip(inside, self._decide(list(inside.values())), strict=True):
            label, _, _, probabilities, evidence = answers[row]
            if claimed[3][label] >= claimed[3][Label.REFUTES if label == Label.SUPPORTS else Label.SUPPORTS]:
                abstained = (Label.NOT_ENOUGH_INFO.value, probabilities[Label.NOT_ENOUGH_INFO], Reason.LOW_PROBABILITY.value)
                kept[row] = (*abstained, probabilities, evidence)
        return kept

    def _stances(self, texts: Sequence[str], indices: Array, relevant: Array) -> Array:
        """Return the stances of the relevant statements, shape (n, k, 3); where none is read, NOT ENOUGH INFO."""
        stances = np.zeros((*indices.shape, len(STANCES)))
        stances[:, :, -1] = 1.0
        pairs = [(texts[row], self.statements[indices[row, column]].text) for row, column in np.argwhere(relevant)]
        if pairs:
            stances[relevant] = self.verifier.predict_proba(pairs)
        return stances

    def _evidence(self, position: int, score: float, stances: Array) -> Evidence:
        return Evidence(self.statements[position], score, STANCES[int(np.argmax(stances))], _named(stances))

    def _naming_sentence(self, claim: str, evidence: Evidence) -> Evidence:
        stance = max((SUPPORTS, REFUTES), key=lambda stance: evidence.probabilities[STANCES[stance]])
        return replace(evidence, sentence=deciding_sentence(self.verifier, claim, evidence.statement.text, stance))

    def predict(self, texts: Iterable[str | Claim]) -> Array:
        """Return the labels alone, as scikit-learn's classifiers do.

        Parameters
        ----------
        texts : iterable of str or Claim

        Returns
        -------
        ndarray of str, shape (n,)
            Label of each text, in order; the empty string where a text cannot be read.
        """
        return np.array([verdict.label for verdict in self.stream(texts)], dtype=np.str_)

    async def acheck(self, claim: str | Claim, *, timeout: float | None = None) -> Verdict:  # noqa: ASYNC109 (a verdict, no exception)
        """Check one claim from a coroutine, together with those that others ask for at the same time.

        Claims that come within `factcheck.gathering.LONGEST_WAIT` seconds go through the stages as one batch, in a thread; the event loop
        stays free. Any number of loops and threads may ask.

        Parameters
        ----------
        claim : str or Claim
        timeout : float, optional
            As in `check`.

        Returns
        -------
        Verdict
            The same as that of `check`.
        """
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._gathered.ask(claim)), timeout)
        except TimeoutError:
            return _unread(claim, _LATE.format(timeout))

    @cached_property
    def _gathered(self) -> Gathered[str | Claim, Verdict]:
        return Gathered(self.check_many, most=_BLOCK)


def speller(texts: Iterable[str], index: StatementIndex, verifier: Verifier) -> Speller:
    """Return what reads the words of claims: for those of the statements' texts, and by what the stages have learned."""
    linear = verifier.linear if isinstance(verifier, PooledVerifier) else verifier
    pieces = json.loads(verifier.encoder.tokenizer)["model"]["vocab"] if isinstance(verifier, PooledVerifier) else ()
    return Speller(texts, stems=index.idf_, known=linear.features_.idf_, further_words=frozenset(pieces))


def default_model() -> tuple[str, str]:
    """Return the name of the best shipped bundle whose needs are installed, and why no better one, empty when it is the best.

    Examples
    --------
    >>> default_model()
    ('encoder', '')
    """
    if missing := _missing():
        return SHIPPED[-1], f"the better bundle {SHIPPED[0]!r} needs {' and '.join(missing)}: {_INSTALL}"
    return SHIPPED[0], ""


def fingerprint_cell(fingerprint: Mapping[str, str]) -> str:
    """Return what decides a verdict (`FactChecker.fingerprint`) as the one cell that a batch writes, hashes by their first 12 digits."""
    return " ".join(f"{name}={fingerprint.get(name, '')[:12]}" for name in ("version", "max_error", "bundle", "statements"))


_INSTALL = "pip install 'claim-factcheck[encoder]'"


def _missing() -> list[str]:
    return [name for name in ENCODER_NEEDS if find_spec(name) is None]


def bundle_path(model: str | Path | None = None) -> Path:
    """Return the folder of a bundle: the one given, or a shipped one by its name (None: `default_model`).

    Raises
    ------
    BundleError
        When there is no such folder and no shipped bundle of that name.
    """
    if model is not None and (Path(model).is_dir() or str(model) not in SHIPPED):
        if not Path(model).exists():
            raise BundleError(
                f"{model}: no such bundle; give a folder that `factcheck train` wrote, or a shipped name ({', '.join(SHIPPED)})."
            )
        return Path(model)
    name = default_model()[0] if model is None else str(model)
    inside = Path(str(resources.files("factcheck"))) / "models" / name
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "models" / name


def _claim_sentences(text: str) -> list[tuple[int, int]]:
    """Return the sentences of a post that are read one by one.

    Of a long one, those that claim something by themselves; none where it denies or quotes: "They say that A. It is a myth." does not say
    A. Of a short one, those at its beginning and its end that speak of nothing beside them.
    """
    spans = words.sentences(text) if _PARTED.search(text) else []
    if len(spans) < 2:
        return []
    if _is_long(text):
        read = profile(text)
        if read.counts[1] or any(read.quoted):
            return []
        return [(start, end) for start, end in spans if words.claim_length(text[start:end]) >= _LEAST_WORDS]
    alone = [not words.refers(text[start:end]) for start, end in spans]
    first = alone.index(False) if False in alone else len(spans)
    last = alone[::-1].index(False) if False in alone else 0
    return [*spans[:first], *spans[len(spans) - last :]]


def _is_long(text: str) -> bool:
    return words.claim_length(text) >= _LONG


def _without_asides(text: str, sentences: Sequence[tuple[int, int]], answers: Mapping[str, _Answer]) -> tuple[int, int]:
    """Return what is left of a short post without the sentences at its ends that no statement speaks of, all where nothing is."""
    whole = (0, len(text))
    asides = [(start, end) for start, end in sentences if answers[text[start:end]][2] in _ASIDE]
    if not asides or _is_long(text):
        return whole
    kept = words.sentences(text)
    while kept and kept[-1] in asides:
        kept.pop()
    while kept and kept[0] in asides and len(kept) > 1 and not words.points_back(text[slice(*kept[1])]):
        kept.pop(0)
    part = (kept[0][0], kept[-1][1]) if kept else whole
    return part if text[slice(*part)].count('"') % 2 == 0 else whole


def _likeliest(claim: Claim, sentences: Sequence[tuple[int, int]], part: tuple[int, int], answers: Mapping[str, _Answer]) -> Verdict:
    """Return the verdict on a claim: of a long post, on its sentence that is decided most surely, where one is; else on its part."""
    if sentences and _is_long(claim.text):
        read = [Verdict(claim, *answers[claim.text[start:end]], span=(start, end)) for start, end in sentences]
        if decided := [verdict for verdict in read if verdict.decisive]:
            return max(decided, key=lambda verdict: verdict.probability)
    text = claim.text[slice(*part)]
    said = words.spoken(text)  # what was read: an address behind a report hides it, a hashtag judges it
    reported = reported_claim(said)
    span = part if text != claim.text else None
    return Verdict(claim, *answers[text], reports_claim=said[slice(*reported)] if reported else "", span=span)


_ASIDE = (Reason.NO_RELEVANT_STATEMENT, Reason.NOT_A_CLAIM)


def _is_newer(claim: str, evidence: Sequence[Evidence]) -> bool:
    """Tell whether a claim names a year that no statement found for it can know of.

    A deciding statement that names a year itself speaks of that time, whenever it was published.
    """
    years = [int(token) for token in profile(claim).numbers if _YEAR.fullmatch(token)]
    deciding = evidence[0].statement
    if not years or not deciding.published or any(_YEAR.fullmatch(token) for token in profile(deciding.text).numbers):
        return False
    return max(years) > max(item.statement.published.year for item in evidence if item.statement.published)


def _published_since(statement: Statement, day: datetime.date) -> bool:
    return statement.published is not None and statement.published >= day


def _problem(text: object) -> str:
    """Return what keeps a text from being read as a claim; empty when nothing does."""
    if not isinstance(text, str):
        return f"a claim is text, this is {type(text).__name__}; give a string"
    if len(text) > words.MAX_CHARACTERS:
        return f"{len(text)} characters; a claim has at most {words.MAX_CHARACTERS}: split the text into its sentences"
    return ""


_LATE = "no answer within {:g} s"


def _unread(claim: str | Claim, error: str) -> Verdict:
    """Return the verdict on a claim that was not read, with the reason why."""
    return Verdict(claim if isinstance(claim, Claim) else Claim(claim), "", 0.0, Reason.ERROR.value, error=error)


def _named(stances: Array) -> dict[str, float]:
    return dict(zip(STANCES, stances.tolist(), strict=True))


# ---------------------------------------------------------------------------------------------------------------------
# The fitted stages as arrays and JSON, and back
# ---------------------------------------------------------------------------------------------------------------------


def _pack(checker: FactChecker) -> tuple[dict[str, dict[str, Array]], dict[str, Any], dict[str, bytes]]:
    """Return arrays, documents and networks."""
    index, verifier, rule, relations = checker.index, checker.verifier, checker.rule, checker.relations
    networks: dict[str, bytes] = {}
    linear = verifier.linear if isinstance(verifier, PooledVerifier) else verifier
    frequencies = dict(zip(_PARTS, (index.idf_ or {}, linear.features_.idf_, relations.features_.idf_), strict=True))
    arrays = {
        "retrieval": {"idf": _column(frequencies["retrieval"]), "weights": index.weights_, "intercept": np.array(index.intercept_)},
        "decision": {
            name: np.asarray(getattr(rule, f"{name}_"))
            for name in ("gate", "coef", "intercept", "unmatched", "not_a_claim", "confidences", "mistakes", "groups")
        },
    }
    arrays["relations"] = {**_pack_linear(relations), "confirmation": np.array(relations.confirmation_)}
    if index.encoder:
        arrays["statements"] = {"sha256": np.array([digest(statement.text) for statement in checker.statements]), "vectors": index.vectors_}
        networks["sentences"] = index.encoder.network
    parameters, packed = linear.get_params(), {}
    arrays["verification"] = _pack_linear(linear)
    if isinstance(verifier, PooledVerifier):
        parameters |= {"longest": verifier.encoder.longest, "share": verifier.share}
        packed = {"tokenizer": json.loads(verifier.encoder.tokenizer)}
        networks["verifier"] = verifier.encoder.network
    named = {"verification": parameters, "decision": rule.get_params(), "relations": relations.get_params()}
    return arrays, {"stems": _in_one(frequencies), "parameters": named, **packed}, networks


_PARTS = ("retrieval", "verification", "relations")
"""What weighs stems, each with its own weights."""


def _in_one(frequencies: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """Return the stems by whose they are, a sum of powers of two, in one string: none holds a space."""
    owners: dict[int, list[str]] = defaultdict(list)
    for stem in sorted(set().union(*frequencies.values())):
        owners[sum(1 << i for i, part in enumerate(_PARTS) if stem in frequencies[part])].append(stem)
    return {str(owner): " ".join(stems) for owner, stems in sorted(owners.items())}


def _of_each(stems: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the stems of each part from `_in_one`, in alphabetical order, as their weights are."""
    return {
        part: sorted(stem for owner, joined in stems.items() if int(owner) >> i & 1 for stem in joined.split(" "))
        for i, part in enumerate(_PARTS)
    }


def _pack_linear(model: LinearVerifier | RelationClassifier) -> dict[str, Array]:
    features = model.features_
    return {
        "coef": model.coef_.astype(np.float16),
        "intercept": model.intercept_,
        "idf": _column(features.idf_),
        "unseen_idf": np.array(features.unseen_idf_),
        "mean": features.mean_,
        "scale": features.scale_,
    }


def _unpack(bundle: persistence.Bundle, threads: int | None) -> tuple[StatementIndex, Verifier, VerdictRule, RelationClassifier]:
    stems, parameters = _of_each(bundle.documents["stems"]), bundle.documents["parameters"]
    stored = bundle.arrays["retrieval"]
    tokenizer = json.dumps(bundle.documents.get("tokenizer"), ensure_ascii=False)
    index = StatementIndex()
    if "sentences" in bundle.networks:
        index.encoder = SentenceEncoder(bundle.networks["sentences"], tokenizer, threads=threads)
        known = bundle.arrays["statements"]
        index.remember(known["sha256"].tolist(), _shaped(known, "vectors", len(known["sha256"]), index.encoder.width))
    index.idf_ = dict(zip(stems["retrieval"], stored["idf"].tolist(), strict=True))
    index.weights_, index.intercept_ = (
        _shaped(stored, "weights", len(MEASURES) if index.encoder else len(MEASURES) - 1),
        float(_shaped(stored, "intercept")),
    )
    rule = VerdictRule(**parameters["decision"])
    stored = bundle.arrays["decision"]
    rule.gate_ = float(_shaped(stored, "gate"))
    rule.coef_ = _shaped(stored, "coef", len(STANCES), stored["coef"].shape[-1])
    rule.confidences_, rule.mistakes_, rule.groups_ = (
        _shaped(stored, name, len(stored["mistakes"])) for name in ("confidences", "mistakes", "groups")
    )
    rule.set_budget(rule.max_error)
    for name in ("intercept", "unmatched", "not_a_claim"):
        setattr(rule, f"{name}_", _shaped(stored, name, len(STANCES)))
    # fails when coef is of another width
    rule.predict_proba(np.full((1, 1, len(STANCES)), 1 / len(STANCES)), np.ones((1, 1)), np.ones((1, len(TRAITS))))
    stored = bundle.arrays["relations"]
    relations = RelationClassifier(**parameters["relations"])
    _fill(relations, stored, stems["relations"], RELATIONS, further=READINGS + 1)
    relations.confirmation_ = float(stored["confirmation"])
    parameters = dict(parameters["verification"])
    longest, share = parameters.pop("longest", 0), parameters.pop("share", 0.0)
    linear = LinearVerifier(**parameters)
    _fill(linear, bundle.arrays["verification"], stems["verification"], STANCES)
    if bundle.manifest["kind"] == "linear":
        return index, linear, rule, relations
    reader = EncoderVerifier(bundle.networks["verifier"], tokenizer, longest=longest, threads=threads)
    return index, PooledVerifier(reader, linear, share=share), rule, relations


def _fill(
    model: LinearVerifier | RelationClassifier, stored: Mapping[str, Array], stems: Sequence[str], classes: Sequence[str], further: int = 0
) -> None:
    """Give a model what it learned; ``further`` columns stand beside its features."""
    features = PairFeatures()
    features.idf_ = dict(zip(stems, stored["idf"].tolist(), strict=True))
    features.unseen_idf_ = float(stored["unseen_idf"])
    features.mean_, features.scale_ = _shaped(stored, "mean", len(NUMBERS)), _shaped(stored, "scale", len(NUMBERS))
    model.features_, model.classes_ = features, np.array(classes)
    model.coef_ = _shaped(stored, "coef", len(classes), features.width + further).astype(np.float32)
    model.intercept_ = _shaped(stored, "intercept", len(classes))


def _shaped(arrays: Mapping[str, Array], name: str, *shape: int) -> Array:
    """Return an array after a look at its shape and its numbers: one that only happens to broadcast would answer nonsense."""
    array = arrays[name]
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"{name} has the shape {array.shape} where this version reads {shape}, or holds what is no number")
    return array


def _column(weights: Mapping[str, float]) -> Array:
    """Return weights in the alphabetical order of their stems."""
    return np.array([weights[stem] for stem in sorted(weights)], dtype=np.float64)
