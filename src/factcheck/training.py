"""From a recipe, or from a plain table, to a fitted and calibrated bundle with the record of how it came about."""

from __future__ import annotations

import platform
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from factcheck import evaluation
from factcheck import text as words
from factcheck.cards import checker_card, claims_card
from factcheck.checker import EVIDENCE, FactChecker, speller
from factcheck.claims import MAX_LENGTH, SPLITS, LabelledClaim, read_claims, read_relations, split_claims
from factcheck.classification import ClaimClassifier
from factcheck.corrections import Decision, settle
from factcheck.corrections import read as read_decisions
from factcheck.decision import VerdictRule
from factcheck.errors import InputError
from factcheck.features import Pair, traits
from factcheck.learners import EncoderLearner, Learner, LinearLearner
from factcheck.pairing import counterfactuals, own_pairs, relation_pairs
from factcheck.recipes import Recipe, read_recipe, sha256_of
from factcheck.records import STANCES, Label, Statement
from factcheck.relations import RelationClassifier, read_pairs
from factcheck.retrieval import StatementIndex
from factcheck.rows import near_duplicates
from factcheck.statements import fingerprint, read_statements
from factcheck.tables import read_rows, require_column
from factcheck.verification import Verifier

Array = np.ndarray[Any, np.dtype[Any]]
Say = Callable[[str], None]

_CORRECTION = "correction"
"""Kind of a claim that somebody decided: no kind of `claims.KINDS`, whose sentences are known to be denials, reports or plain."""
_BY_HAND = 5.0
"""Weight of a pair whose relation was written by hand, beside one that a rule made."""


def train(
    recipe: Recipe | str | Path,
    output: str | Path,
    *,
    base: str | Path | None = None,
    checkpoints: str | Path | None = None,
    corrections: str | Path | None = None,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Train a checker as a recipe says, and write its bundle.

    Retrieval and verification are fitted on the train split, the verdict rule on the calibration split, and the metrics
    are taken on the test split. The same inputs give the same bytes, an encoder's on the same machine. An encoder's training
    that was cut off goes on from its last checkpoint.

    Parameters
    ----------
    recipe : Recipe, str or Path
    output : str or Path
        Folder of the bundle.
    base : str or Path, optional
        Of an encoder: the folder of the model to begin with. None looks the recipe's name for it up on the Hugging Face hub. An encoder's
        bundle goes on with the recipe's last stage alone, which takes minutes: on claims of one's own, or on more of them.
    checkpoints : str or Path, optional
        Of an encoder: folder for its checkpoints, ``<output>.checkpoints`` by default. It may be removed afterwards.
    corrections : str or Path, optional
        What people decided of verdicts, as `factcheck review` writes it. What stands of it joins the train split, and no other
        (`taught_claims` says what is left out); the manifest records the file and the counts.
    say : callable
        Takes each line of progress.

    Returns
    -------
    dict
        The metrics on the test split, as the bundle's ``metrics.json`` has them.

    Raises
    ------
    RecipeError, InputError
        When the recipe or a table cannot be used, or an encoder is to be trained without the extra ``train``.
    """
    if not isinstance(recipe, Recipe):
        recipe = read_recipe(recipe)
    statements = read_statements(recipe.statements)
    splits = _splits(recipe, read_claims(recipe.claims), statements)
    taught: dict[str, Any] = {}
    if corrections:
        decisions = read_decisions(corrections, tell=say)
        claims, taught = taught_claims(decisions, splits, statements, by=recipe.split)
        taught = {"file": Path(corrections).name, "sha256": sha256_of(Path(corrections)), **taught}
        splits["train"] += claims
        reasons = ", ".join(f"{count} {reason}" for reason, count in taught["left_out"].items())
        say(f"corrections: {taught['joined']} join the train split; left out: {reasons or 'none'}")
    say("claims: " + ", ".join(f"{len(rows)} {name}" for name, rows in splits.items()))
    kind = "encoder" if recipe.encoder else "linear"
    learner: Learner = (
        EncoderLearner(recipe, recipe.encoder, base, Path(checkpoints or f"{output}.checkpoints"), say)
        if recipe.encoder
        else LinearLearner(recipe, say)
    )
    checker = fit_checker(statements, splits["train"], splits["calibration"], recipe, learner)
    if np.isinf(checker.rule.threshold_):
        seen = f"{len(checker.rule.confidences_)} calibration claims that could be decided"
        say(f"no threshold keeps max_error {checker.rule.max_error:g} on {seen}: it decides nothing; label more, or raise rule.max_error")
    say("fitted and calibrated; measuring on the test split")
    test = splits["test"]
    metrics = evaluation.score_claims(
        checker,
        [claim.claim for claim in test],
        [claim.label for claim in test],
        groups=[claim.statement_id or claim.claim for claim in test],
        slices={"kind": [claim.kind for claim in test], "topic": [claim.topic for claim in test]},
    )
    manifest = {
        "name": recipe.name,
        "training": {
            "claims": {
                "sha256": sha256_of(recipe.claims),
                "split": recipe.split,
                "rows": {name: len(rows) for name, rows in splits.items()},
            },
            **({"corrections": taught} if taught else {}),
            "statements": {"sha256": fingerprint(statements), "rows": len(statements)},
            "pairs": learner.used,
            "pairs_not_found": learner.absent,
            "parameters": {"verifier": learner.parameters, "rule": checker.rule.get_params()},
        },
        "thresholds": {"relevance": round(checker.rule.gate_, 6), "probability": round(min(checker.rule.threshold_, 1.0), 6)},
        "versions": _versions(*learner.packages),
    }
    pairs = learner.measure()
    documents = {"metrics": metrics, **({"pair_metrics": pairs} if pairs else {})}
    checker.save(output, manifest=manifest, documents=documents, card=checker_card(kind, manifest, metrics, pairs))
    say(f"wrote {output}: macro-F1 {metrics['macro_f1']:.3f} on {metrics['n']} test claims")
    return metrics


def fit_checker(
    statements: Sequence[Statement],
    train_claims: Sequence[LabelledClaim],
    calibration_claims: Sequence[LabelledClaim],
    recipe: Recipe,
    learner: Learner | None = None,
) -> FactChecker:
    """Fit the three stages: retrieval and verification on one split, the verdict rule on another.

    Parameters
    ----------
    statements : sequence of Statement
    train_claims, calibration_claims : sequence of LabelledClaim
        They must share no statement.
    recipe : Recipe
        Its parameters are used, not its files.
    learner : Learner, optional
        Fits the verifier; None fits a linear one on the claims alone.

    Raises
    ------
    InputError
        When a statement has claims on both sides.
    """
    _refuse_shared({"train": train_claims, "calibration": calibration_claims})
    position = {statement.id: i for i, statement in enumerate(statements)}
    texts = [statement.text for statement in statements]
    learner = learner or LinearLearner(replace(recipe, pairs=()))
    index = StatementIndex(learner.sentence_encoder).fit_weights(
        [claim.claim for claim in train_claims], texts, [position.get(claim.statement_id, -1) for claim in train_claims]
    )
    verifier = learner.fit(own_pairs(train_claims, index, texts, position), counterfactuals(train_claims, texts, position))
    by_hand = read_relations(recipe.relations, "dev") if recipe.relations else []
    rule = _fit_rule(VerdictRule(**recipe.rule), index, verifier, texts, position, calibration_claims)
    return FactChecker(
        statements=statements,
        index=index,
        verifier=verifier,
        rule=rule,
        relations=_fit_relations(index, verifier, train_claims, calibration_claims, by_hand),
    )


def _fit_rule(
    rule: VerdictRule,
    index: StatementIndex,
    verifier: Verifier,
    texts: Sequence[str],
    position: Mapping[str, int],
    claims: Sequence[LabelledClaim],
) -> VerdictRule:
    reader = speller(texts, index, verifier)
    said = [reader.read(words.spoken(claim.claim)) for claim in claims]
    everywhere, relevance = index.search(said, len(texts))
    deciding = [
        float(relevance[row][everywhere[row] == position[claim.statement_id]][0])
        for row, claim in enumerate(claims)
        if claim.label != Label.NOT_ENOUGH_INFO and claim.statement_id in position
    ]
    found, scores = everywhere[:, :EVIDENCE], relevance[:, :EVIDENCE]
    pairs = [(text, texts[i]) for text, row in zip(said, found, strict=True) for i in row]
    stances = verifier.predict_proba(pairs).reshape(len(said), -1, len(STANCES))
    labels, groups = [claim.label for claim in claims], [claim.statement_id or claim.id for claim in claims]
    return rule.fit_gate(deciding).fit(stances, scores, labels, [traits(text) for text in said], groups)


def _fit_relations(
    index: StatementIndex,
    verifier: Verifier,
    train_claims: Sequence[LabelledClaim],
    calibration_claims: Sequence[LabelledClaim],
    by_hand: Sequence[tuple[Pair, str]],
) -> RelationClassifier:
    made = relation_pairs(train_claims)
    pairs, relations = zip(*made, *by_hand, strict=True)
    weights = np.repeat([1.0, _BY_HAND], [len(made), len(by_hand)])
    classifier = RelationClassifier().fit(pairs, read_pairs(verifier, index.encoder, pairs), relations, weights)
    others, theirs = zip(*relation_pairs(calibration_claims), strict=True)
    return classifier.fit_confirmation(others, read_pairs(verifier, index.encoder, others), theirs)


def _splits(recipe: Recipe, claims: Sequence[LabelledClaim], statements: Sequence[Statement]) -> dict[str, list[LabelledClaim]]:
    """Return the claims of each split, after a look at whether they can be learned from."""
    known = {statement.id for statement in statements}
    if adrift := [claim for claim in claims if claim.statement_id and claim.statement_id not in known]:
        seen = f"claim {adrift[0].id} names the statement {adrift[0].statement_id!r}"
        raise InputError(f"{recipe.claims}: {seen}, which {recipe.statements} does not hold; add the statement or take the claim out.")
    column, place = ("split", 0) if recipe.split == "statement" else ("topic_split", 1)
    names = [getattr(claim, column) for claim in claims]
    if not all(names):
        names = [pair[place] for pair in split_claims(claims, statements)]
    if strange := sorted(set(names) - set(SPLITS)):
        raise InputError(f"{recipe.claims}: {column} is {strange[0]!r}; allowed are {', '.join(SPLITS)}, or no such column.")
    splits = {name: [claim for claim, where in zip(claims, names, strict=True) if where == name] for name in SPLITS}
    for name, rows in splits.items():
        needed = STANCES if name != "test" else ()  # the test split is only measured
        if not rows or (lacking := [label for label in needed if label not in {claim.label for claim in rows}]):
            seen = f"no claim that is {lacking[0]}" if rows else "no claims"
            raise InputError(f"{recipe.claims}: the {name} split has {seen}; give more claims, over more statements.")
    _refuse_shared(splits)
    return splits


def _refuse_shared(splits: Mapping[str, Sequence[LabelledClaim]]) -> None:
    home: dict[str, str] = {}
    for name, rows in splits.items():
        for claim in rows:
            first = home.setdefault(claim.statement_id, name) if claim.statement_id else name
            if first != name:
                said = f"statement {claim.statement_id} has claims in {first} and in {name}"
                raise InputError(f"{said}; keep all claims of a statement on one side.")


# ---------------------------------------------------------------------------------------------------------------------
# What people decided
# ---------------------------------------------------------------------------------------------------------------------


def taught_claims(
    decisions: Iterable[Decision], splits: Mapping[str, Sequence[LabelledClaim]], statements: Sequence[Statement], *, by: str = "statement"
) -> tuple[list[LabelledClaim], dict[str, Any]]:
    """Turn what people decided of verdicts into claims for the train split, where nothing held out is given away.

    Parameters
    ----------
    decisions : iterable of Decision
        In their order; those that were taken back are left out without a count.
    splits : mapping of str to sequence of LabelledClaim
        ``train``, ``calibration`` and ``test``.
    statements : sequence of Statement
        The base.
    by : {"statement", "topic"}
        How the splits were made. It says where a statement stands on which there is no claim yet.

    Returns
    -------
    (claims, record) : tuple of list of LabelledClaim and dict
        Each claim has the statement that decided the verdict, and a kind of its own: no more is known of it than what the pair shows.
        The record has ``decisions`` (that stand), ``joined``, and ``left_out``, counts by the first of these reasons that fits:

        - ``reviewers disagree``: on a text, whatever its case and disguise, all of whose decisions are left out;
        - ``no label of a pair``: CONFLICTING;
        - ``no statement of the base``: none decided the verdict, or it is in the base no more;
        - ``statement held out``: it is one of calibration or test;
        - ``text held out``: the text or a sentence of it shares four fifths of its words with a claim of calibration or test;
        - ``too long``: for a labelled claim, `claims.MAX_LENGTH` characters;
        - ``known already``: the train split has this text on this statement, or an earlier decision said the same.
    """
    standing = settle(decisions)
    texts = [" ".join(decision.text.split()) for decision in standing]
    folded = [words.normalize(text).casefold() for text in texts]
    said: dict[str, set[str | None]] = defaultdict(set)
    for text, decision in zip(folded, standing, strict=True):
        said[text].add(decision.label)
    topics = {statement.id: statement.topic for statement in statements}
    home = _homes(splits, statements, by)
    held_out = [claim.claim for name in ("calibration", "test") for claim in splits[name]]
    given_away = _repeats(texts, held_out)
    known = {(words.normalize(claim.claim).casefold(), claim.statement_id) for claim in splits["train"]}
    claims: list[LabelledClaim] = []
    left_out: Counter[str] = Counter()
    for decision, text, fold, leaks in zip(standing, texts, folded, given_away, strict=True):
        identifier = decision.statement_id
        reasons = {
            "reviewers disagree": len(said[fold]) > 1,
            "no label of a pair": decision.label not in STANCES,
            "no statement of the base": identifier not in topics,
            "statement held out": home.get(identifier) != "train",
            "text held out": leaks,
            "too long": len(text) > MAX_LENGTH,
            "known already": (fold, identifier) in known,
        }
        if reason := next((reason for reason, fits in reasons.items() if fits), ""):
            left_out[reason] += 1
            continue
        known.add((fold, identifier))
        name = f"correction-{decision.text_sha256[:12]}-{identifier}"
        claims.append(LabelledClaim(name, text, str(decision.label), identifier, topics[identifier], _CORRECTION))
    return claims, {"decisions": len(standing), "joined": len(claims), "left_out": dict(sorted(left_out.items()))}


def _homes(splits: Mapping[str, Sequence[LabelledClaim]], statements: Sequence[Statement], by: str) -> dict[str, str]:
    """Return the split of every statement: that of its claims, and of one without a claim the one that the rule would give them."""
    place = 0 if by == "statement" else 1
    probes = [LabelledClaim(statement.id, "", "", statement.id) for statement in statements]
    home = {probe.id: pair[place] for probe, pair in zip(probes, split_claims(probes, statements), strict=True)}
    return home | {claim.statement_id: name for name, rows in splits.items() for claim in rows}


def _repeats(texts: Sequence[str], held_out: Sequence[str]) -> list[bool]:
    """Tell of each text whether it, or a sentence of it, nearly repeats a claim that is held out."""
    parts = [(i, part) for i, text in enumerate(texts) for part in (text, *(text[start:end] for start, end in words.sentences(text)))]
    bags = [
        frozenset(words.tokenize(words.spoken(words.normalize(text)))) - {words.URL_TOKEN, words.USER_TOKEN}
        for text in (*held_out, *(part for _, part in parts))
    ]
    first = len(held_out)
    found = {parts[j - first][0] for i, j, _ in near_duplicates(bags) if i < first <= j}
    return [i in found for i in range(len(texts))]


def train_claims(
    table: str | Path,
    output: str | Path,
    *,
    text_column: str,
    label_column: str,
    random_state: int = 0,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Train a claim-only classifier on a labelled table and write its bundle.

    A fifth of the rows, texts that normalise to the same on one side, is held out for the metrics; the bundle is then
    fitted on all rows.

    Parameters
    ----------
    table : str or Path
        CSV, TSV or JSON Lines.
    output : str or Path
        Folder of the bundle.
    text_column, label_column : str
        Any label names.
    random_state : int
        Of the held-out fifth.
    say : callable
        Takes each line of progress.

    Returns
    -------
    dict
        Metrics on the held-out fifth.

    Raises
    ------
    InputError
        When the table cannot be read, a row is bad, or there are fewer than two labels with five different texts each.
    """
    texts, labels = _read_table(table, text_column, label_column)
    say(f"{len(texts)} texts, labels {', '.join(sorted(set(labels)))}")
    folded = [words.normalize(text) for text in texts]
    counts = Counter(label for label, _ in set(zip(labels, folded, strict=True)))
    few = sorted(label for label, count in counts.items() if count < 5)
    if len(counts) < 2 or few:
        seen = f"label {few[0]!r} has {counts[few[0]]}" if few else f"the only label is {labels[0]!r}" if labels else "no rows"
        raise InputError(f"{table}: {seen}; give at least two labels with five different texts each.")
    groups = np.unique(folded, return_inverse=True)[1]
    folds = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=random_state)
    train_rows, test_rows = next(folds.split(texts, labels, groups))
    held_out = ClaimClassifier().fit([texts[i] for i in train_rows], [labels[i] for i in train_rows])
    metrics = evaluation.score_claims(held_out, [texts[i] for i in test_rows], [labels[i] for i in test_rows])
    model = ClaimClassifier().fit(texts, labels)
    manifest = {
        "name": Path(output).name,
        "training": {
            "table": {"sha256": sha256_of(Path(table)), "rows": len(texts), "text_column": text_column, "label_column": label_column},
            "held_out": {"rows": len(test_rows), "random_state": random_state},
        },
        "versions": _versions(),
    }
    model.save(output, manifest=manifest, documents={"metrics": metrics}, card=claims_card(manifest, metrics))
    say(f"wrote {output}: weighted F1 {metrics['weighted_f1']:.3f} on {metrics['n']} held-out texts")
    return metrics


def _read_table(table: str | Path, text_column: str, label_column: str) -> tuple[list[str], list[str]]:
    texts: list[str] = []
    labels: list[str] = []
    with read_rows(table) as rows:
        for row in rows:
            if row.error:
                raise InputError(f"{row.error}; training reads only tables without bad rows")
            require_column(tuple(row.values), text_column, name=rows.name, option="--text-column")
            require_column(tuple(row.values), label_column, name=rows.name, option="--label-column")
            text, label = row.values[text_column], str("" if row.values[label_column] is None else row.values[label_column])
            if not isinstance(text, str):
                seen = "empty" if text is None else f"{type(text).__name__} and not text"
                raise InputError(f"{table}:{row.line}: row {row.number}: {text_column} is {seen}; give each row a text or remove it.")
            if not label.strip():
                raise InputError(f"{table}:{row.line}: row {row.number}: {label_column} is empty; give each row a label or remove it.")
            texts.append(text)
            labels.append(label)
    return texts, labels


def _versions(*more: str) -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in ("numpy", "scipy", "scikit-learn", "nltk", *more)}}
