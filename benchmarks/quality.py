"""Measure what factcheck gets right: on its own claims, and on each research set that is at hand.

    FACTCHECK_DATA=FOLDER python benchmarks/quality.py [--only PART ...] [--topics BUNDLE] [--output FOLDER]

Parts: pairs, abstracts, claims, matching, relations, own, topics, posts. Both shipped bundles stand side by side. The encoder on held-out topics takes a training of
hours: make that bundle with `factcheck train recipes/encoder-topics.toml` and name it with `--topics`. A research set that is not in the folder is left out and named; without
the folder the project's own claims are still measured. `--only` prints some parts and leaves the result files as they are,
because a page with figures of two models misleads.

Every metric is that of `factcheck.evaluation` and `factcheck.metrics`; here are only the sets, who learns from what,
and the page. No sentence of any set is printed or written.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from factcheck import text as words
from factcheck.checker import FactChecker
from factcheck.claims import LabelledClaim, read_claims, read_relations
from factcheck.classification import ClaimClassifier
from factcheck.evaluation import SEARCH_DEPTH, evaluate_matching, partial_input_baselines, score_claims, score_pairs
from factcheck.metrics import classification_report, ranking_report
from factcheck.recipes import DATA_VARIABLE, held_out, read_recipe
from factcheck.records import NOT_ENOUGH_INFO, REFUTES, RELATIONS, STANCES, SUPPORTS, Label, Statement
from factcheck.relations import read_pairs as read_pair_readings
from factcheck.retrieval import StatementIndex
from factcheck.rows import near_duplicates
from factcheck.statements import read_known_claims
from factcheck.training import train
from factcheck.verification import EncoderVerifier, LinearVerifier, PooledVerifier, Verifier, deciding_sentence

ROOT = Path(__file__).resolve().parents[1]
RECIPE = ROOT / "recipes" / "linear.toml"
RELATIONS_FILE = ROOT / "data" / "relations.csv"
ENCODER_RECIPE = ROOT / "recipes" / "encoder.toml"
MODELS = ("linear", "encoder")
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("claim-factcheck", "numpy", "scipy", "scikit-learn", "pandas", "nltk", "onnxruntime", "tokenizers")

SPLIT_SETS = ("check_covid", "scifact", "healthver", "conj_nli", "cad_nli")
TOGETHER = ("scifact", "check_covid", "healthver")
BARS = {"check_covid": 0.64, "scifact": 0.55, "healthver": 0.60, "constraint": 0.96}
ENCODER_BARS = {
    "check_covid": 0.72,
    "scifact": 0.72,
    "healthver": 0.74,
    "fm2.dev": 0.68,
    "covidfact.train": 0.68,
    "climate_fever.train": 0.56,
}
UNRELATED = 10_000
"""Random claims and statements, of different matters by all likelihood."""
# Apart from the frames that training makes denials with (factcheck.pairing).
DENYING = (
    "It is wrong to say that {}",
    "Nobody has ever shown that {}",
    "Do not believe that {}",
    "Doctors reject the idea that {}",
    "Contrary to what you may have read, it is untrue that {}",
)
# Sets in one piece, and what stays on one side when a fifth of their rows is held out. Where the claims are variants written for
# one evidence text, keeping only equal claims together would put a claim and its counter-claim on both sides.
WHOLE_SETS = {
    "covidfact.train": "evidence",
    "climate_fever.train": "claim",
    "fever_wiki.train": "evidence",
    "sufficient_facts.train": "claim",
    "averitec.train": "claim",
    "fm2.dev": "evidence",
}
LEARNT_FIFTHS = ("covidfact.train", "climate_fever.train")
# name: training file, test file (none: a held-out fifth), column of the text
CLAIM_SETS = {
    "constraint": ("constraint.train", "constraint.val", "tweet"),
    "liar": ("liar.train", "liar.valid", "claim"),
    "covid_rumor": ("covid_rumor.train", "", "claim"),
}
SAME_RUMOUR = 0.5
"""Texts that share this much of their words stay on one side of a held-out fifth."""

UNWRITTEN = ("reliability", "risk_coverage")
"""Parts of a score that fill pages and that no table shows."""

Pairs = tuple[list[tuple[str, str]], list[str]]


@dataclass
class Inputs:
    """What is measured and with what: the bundles, the research sets at hand, and those that were looked for in vain."""

    folder: Path | None
    topics: Path | None = None
    absent: list[str] = field(default_factory=list)

    def checker(self, model: str = "linear", statements: Iterable[Statement] | None = None) -> FactChecker:
        """Load a bundle."""
        return FactChecker.load(model, statements=statements)

    def checkers(self) -> dict[str, FactChecker]:
        """Load the shipped bundles."""
        return {model: self.checker(model) for model in MODELS}

    def find(self, *names: str) -> list[Path] | None:
        """Return the files of these names, or None when one is not there."""
        found = [] if self.folder is None else [file for name in names if (file := self.folder / name).is_file()]
        if len(found) == len(names):
            return found
        here = {file.name for file in found}
        self.absent += [name for name in names if Path(name).name not in here and name not in self.absent]
        return None


def main() -> None:
    """Measure, print the page, and write quality.md and quality.json when all parts ran."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"run and print these alone: {', '.join(PARTS)}")
    parser.add_argument("--topics", type=Path, help="the encoder's bundle of recipes/encoder-topics.toml")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for quality.md and quality.json")
    options = parser.parse_args()
    folder = os.environ.get(DATA_VARIABLE)
    if folder and not Path(folder).is_dir():
        parser.error(f"{DATA_VARIABLE} names no folder; give one that exists, or unset it to measure on the project's own claims alone")
    inputs = Inputs(Path(folder) if folder else None, options.topics)
    figures: dict[str, Any] = {}
    with threadpool_limits(limits=1):  # more threads than free cores make the solver many times slower
        for name in options.only or PARTS:
            start = time.perf_counter()
            figures[name] = PARTS[name][0](inputs)
            progress(f"{name}: {time.perf_counter() - start:.0f} s")
    document = rounded(
        {
            "python": platform.python_version(),
            "versions": {name: version(name) for name in PACKAGES},
            "bundles": {model: describe_bundle(checker) for model, checker in inputs.checkers().items()},
            "absent": inputs.absent,
            "parts": figures,
        }
    )
    page = render(document)
    print(page)
    if not options.only:
        options.output.mkdir(parents=True, exist_ok=True)
        (options.output / "quality.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (options.output / "quality.md").write_text(page, encoding="utf-8")


def describe_bundle(checker: FactChecker) -> dict[str, Any]:
    """Say which bundle was measured, and whether it was trained on the tables as they stand now.

    A bundle of older tables may have been trained on what is the test split today.
    """
    training = checker.manifest["training"]
    return {
        "sha256": checker.fingerprint["bundle"],
        "claims_as_trained": training["claims"]["sha256"] == hashlib.sha256(read_recipe(RECIPE).claims.read_bytes()).hexdigest(),
        "statements_as_trained": training["statements"]["sha256"] == checker.fingerprint["statements"],
        "pairs": sorted({item["file"] for item in training["pairs"]}),
    }


# ---------------------------------------------------------------------------------------------------------------------
# Pairs of claim and evidence
# ---------------------------------------------------------------------------------------------------------------------


def measure_pairs(inputs: Inputs) -> dict[str, Any]:
    """Score pair verifiers: linear ones learnt on the set's own train part and on three sets together, and the shipped ones."""
    shipped = inputs.checkers()
    verifiers = {model: checker.verifier for model, checker in shipped.items()}
    taught = {model: {item["file"] for item in checker.manifest["training"]["pairs"]} for model, checker in shipped.items()}
    files = {name: inputs.find(f"pairs/{name}.train.jsonl", f"pairs/{name}.dev.jsonl") for name in SPLIT_SETS}
    parts = {name: [read_pairs(file) for file in found] for name, found in files.items() if found}
    three = [parts[name][0] for name in TOGETHER if name in parts]
    together = fitted_verifier(([pair for part in three for pair in part[0]], [label for part in three for label in part[1]]))
    split = {}
    for name, (learning, test) in parts.items():
        progress(f"pairs: {name}")
        models = {"own": fitted_verifier(learning), "together": together, **verifiers}
        evidence = {pair[1] for pair in learning[0]}
        split[name] = {
            "claims": len({pair[0] for pair in test[0]}),
            "evidence_seen": sum(pair[1] in evidence for pair in test[0]) / len(test[0]),
            "baselines": partial_input_baselines(*learning, *test),
            "models": {model: score_pairs(verifier, *test) for model, verifier in models.items() if verifier},
        }
    whole: dict[str, Any] = {}
    for name, unit in WHOLE_SETS.items():
        if found := inputs.find(f"pairs/{name}.jsonl"):
            progress(f"pairs: {name}")
            unseen = {model: verifier for model, verifier in verifiers.items() if f"pairs/{name}.jsonl" not in taught[model]}
            whole[name] = measure_whole(read_pairs(found[0]), unit, unseen, learn=name in LEARNT_FIFTHS)
    kept = measure_kept(inputs, verifiers)
    if not split and not whole:
        return {}
    return {
        "together": [name for name in TOGETHER if name in parts],
        "split": split,
        "whole": whole,
        "kept": kept,
        "unrelated": {model: measure_unrelated(checker) for model, checker in shipped.items()},
    }


def measure_whole(rows: Pairs, unit: str, unseen: Mapping[str, Verifier], *, learn: bool) -> dict[str, Any]:
    """Score the verifiers that never saw the set on all rows, and what can be learnt from four fifths of them on the last one."""
    pairs, labels = rows
    scores = {model: score_pairs(verifier, pairs, labels) for model, verifier in unseen.items()}
    result: dict[str, Any] = {"n": len(pairs), "claims": len({claim for claim, _ in pairs}), "held_out_by": unit, "shipped": scores}
    result["labels"] = [stance for stance in STANCES if stance in labels]
    if len(result["labels"]) == 1:  # whoever always gives that label is right, and the F1 of the others is 0
        return result
    learning, test = held_out_fifth(labels, [pair[unit == "evidence"] for pair in pairs])
    halves = [([pairs[i] for i in part], [labels[i] for i in part]) for part in (learning, test)]
    result["fifth"] = {"n": len(test), "baselines": partial_input_baselines(*halves[0], *halves[1])}
    if learn:
        result["fifth"]["own"] = score_pairs(LinearVerifier(class_weight="balanced").fit(*halves[0]), *halves[1])
    return result


def measure_kept(inputs: Inputs, verifiers: Mapping[str, Verifier]) -> dict[str, Any]:
    """Score on the rows that the encoder's recipe keeps from training, beside a linear verifier learnt on the other rows."""
    results = {}
    for entry in {entry.file: entry for stage in read_recipe(ENCODER_RECIPE).stages for entry in stage.pairs if entry.held_out}.values():
        if found := inputs.find(entry.file):
            progress(f"kept rows: {entry.file}")
            pairs, labels = read_pairs(found[0])
            out = held_out(pairs, entry)
            halves = [
                ([pairs[i] for i in part], [labels[i] for i in part]) for part in (np.flatnonzero(~np.array(out)), np.flatnonzero(out))
            ]
            own = fitted_verifier(halves[0]) if entry.file.startswith("pairs/") else None
            models = {**({"own": own} if own else {}), **verifiers}
            results[entry.file] = {
                "by": entry.held_out_by,
                "baselines": partial_input_baselines(*halves[0], *halves[1]),
                "models": {model: score_pairs(verifier, *halves[1]) for model, verifier in models.items()},
            }
    return results


def measure_unrelated(checker: FactChecker) -> dict[str, float]:
    """Return how often a random statement is called decisive for a random claim of the test split, with and without the relevance gate."""
    rng = np.random.default_rng(0)
    claims = [claim for claim in read_claims(read_recipe(RECIPE).claims) if claim.split == "test"]
    drawn = [
        (int(i), int(j))
        for i, j in zip(rng.integers(len(claims), size=UNRELATED), rng.integers(len(checker.statements), size=UNRELATED), strict=True)
    ]
    drawn = [(i, j) for i, j in drawn if checker.statements[j].id != claims[i].statement_id]
    stances = checker.verifier.predict_proba([(claims[i].claim, checker.statements[j].text) for i, j in drawn]).argmax(axis=1)
    indices, scores = checker.index.search([claim.claim for claim in claims], len(checker.statements))
    relevance = np.zeros_like(scores)
    np.put_along_axis(relevance, indices, scores, axis=1)
    read = np.array([relevance[i, j] >= checker.rule.gate_ for i, j in drawn])
    return {
        "n": len(drawn),
        "passes the gate": float(read.mean()),
        "REFUTES without the gate": float((stances == REFUTES).mean()),
        "REFUTES with the gate": float(((stances == REFUTES) & read).mean()),
        "SUPPORTS without the gate": float((stances == SUPPORTS).mean()),
        "SUPPORTS with the gate": float(((stances == SUPPORTS) & read).mean()),
    }


def measure_abstracts(inputs: Inputs) -> dict[str, Any]:
    """Score on whole abstracts instead of chosen sentences, and see whether the sentence that is named is one that annotators chose.

    SciFact's development claims, each with the abstracts that it cites; one without annotated evidence counts as NOT ENOUGH INFO. Beside the
    encoder that reads in windows stands one that reads an abstract in one go, as far as it fits.
    """
    found = inputs.find("raw/scifact/claims_dev.jsonl", "raw/scifact/corpus.jsonl")
    if not found:
        return {}
    abstracts = {str(row["doc_id"]): row["abstract"] for row in read_lines(found[1])}
    stances = {"SUPPORT": STANCES[SUPPORTS], "CONTRADICT": STANCES[REFUTES]}
    pairs, labels, chosen = [], [], []
    for row in read_lines(found[0]):
        for document in map(str, row["cited_doc_ids"]):
            evidence = row["evidence"].get(document, [])
            pairs.append((row["claim"], " ".join(abstracts[document])))
            labels.append(stances[evidence[0]["label"]] if evidence else STANCES[NOT_ENOUGH_INFO])
            chosen.append([abstracts[document][i] for part in evidence for i in part["sentences"]])
    verifiers: dict[str, Any] = {model: checker.verifier for model, checker in inputs.checkers().items()}
    pooled = verifiers["encoder"]
    encoder = pooled.encoder
    in_one_go = EncoderVerifier(encoder.network, encoder.tokenizer, longest=480, threads=encoder.threads)
    verifiers["encoder, in one go"] = PooledVerifier(in_one_go, pooled.linear, share=pooled.share)
    figures = {}
    for name, verifier in verifiers.items():
        answers = verifier.predict(pairs)
        right = [i for i, label in enumerate(labels) if label == answers[i] != STANCES[NOT_ENOUGH_INFO]]
        named = [deciding_sentence(verifier, *pairs[i], STANCES.index(labels[i])) for i in right]
        hits = [any(same(sentence, gold) for gold in chosen[i]) for i, sentence in zip(right, named, strict=True)]
        figures[name] = score_pairs(verifier, pairs, labels) | {"named": float(np.mean(hits)) if hits else 0.0, "of": len(right)}
    chance = [len(golds) / max(1, len(words.sentences(text))) for golds, (_, text) in zip(chosen, pairs, strict=True) if golds]
    return {"models": figures, "chance": float(np.mean(chance))}


def same(sentence: str, other: str) -> bool:
    """Return whether two sentences are one, though two splitters may have cut them differently."""
    return bool(sentence) and (sentence in other or other in sentence)


def fitted_verifier(rows: Pairs) -> LinearVerifier | None:
    """Return a verifier fitted on pairs and labels, None where there are none."""
    return LinearVerifier(class_weight="balanced").fit(*rows) if rows[0] else None


def read_pairs(file: Path) -> Pairs:
    """Return the (claim, evidence) pairs of a file and their stances; CONFLICTING is the stance of no pair."""
    rows = [row for row in read_lines(file) if row["label"] in STANCES]
    return [(row["claim"], row["evidence"]) for row in rows], [row["label"] for row in rows]


def held_out_fifth(labels: Sequence[str], groups: Sequence[Any]) -> tuple[Sequence[int], Sequence[int]]:
    """Return the positions of four fifths and of one fifth of the rows, each group on one side."""
    folds = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=0)
    learning, test = next(folds.split(labels, labels, np.unique(groups, return_inverse=True)[1]))
    return learning.tolist(), test.tolist()


# ---------------------------------------------------------------------------------------------------------------------
# Claims alone
# ---------------------------------------------------------------------------------------------------------------------


def measure_claims(inputs: Inputs) -> dict[str, Any]:
    """Score the claim-only classifier on labelled texts, beside the commonest label."""
    results = {}
    for name, (learning_file, test_file, column) in CLAIM_SETS.items():
        found = inputs.find(*(f"claims/{file}.csv" for file in (learning_file, test_file) if file))
        if not found:
            continue
        progress(f"claims: {name}")
        texts, labels = read_texts(found[0], column)
        if test_file:
            test = read_texts(found[1], column)
        else:
            rows, held_out = held_out_fifth(labels, same_matter(texts))
            test = [texts[i] for i in held_out], [labels[i] for i in held_out]
            texts, labels = [texts[i] for i in rows], [labels[i] for i in rows]
        start = time.perf_counter()
        model = ClaimClassifier().fit(texts, labels)
        seconds = time.perf_counter() - start
        majority = DummyClassifier().fit(texts, labels)
        results[name] = {
            "train": len(texts),
            "held_out": not test_file,
            "seconds": seconds,
            "majority": score_claims(majority, *test),
            "model": score_claims(model, *test),
        }
    return results


def read_texts(file: Path, column: str) -> tuple[list[str], list[str]]:
    """Return the texts and the labels of a CSV file."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [row[column] for row in rows], [row["label"] for row in rows]


def same_matter(texts: Sequence[str]) -> list[int]:
    """Return a group for each text, one for all that are chained by sharing `SAME_RUMOUR` of their words."""
    alike = near_duplicates([frozenset(words.normalize(text).lower().split()) for text in texts], SAME_RUMOUR)
    links = coo_matrix((np.ones(len(alike)), ([a for a, _, _ in alike], [b for _, b, _ in alike])), shape=(len(texts), len(texts)))
    groups: list[int] = connected_components(links, directed=False)[1].tolist()
    return groups


# ---------------------------------------------------------------------------------------------------------------------
# Matching
# ---------------------------------------------------------------------------------------------------------------------


class CosineIndex:
    """The reference of matching: scikit-learn's TF-IDF as it comes, cosine similarity."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.vectorizer = TfidfVectorizer()
        self.rows = self.vectorizer.fit_transform(texts)

    def search(self, claims: Sequence[str], k: int) -> tuple[Any, Any]:
        """Return positions and similarities of the k closest texts."""
        similarities = (self.vectorizer.transform(claims) @ self.rows.T).toarray()
        indices = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
        return indices, np.take_along_axis(similarities, indices, axis=1)


def measure_matching(inputs: Inputs) -> dict[str, Any]:
    """Score the search for the fact-checked claim that a post repeats."""
    found = inputs.find(*(f"matching/checkthat2022.{part}.jsonl" for part in ("statements", "dev")))
    if not found:
        return {}
    progress("matching")
    base = read_known_claims(found[0])
    texts = [statement.text for statement in base]
    indexes = {
        "TfidfVectorizer, cosine": CosineIndex(texts),
        "StatementIndex, words weighed by these claims": StatementIndex().fit(texts),
        **{f"StatementIndex, bundle {model}": inputs.checker(model, statements=base).index for model in MODELS},
    }
    return {
        "statements": len(base),
        "indexes": {name: evaluate_matching(index, found[1], statements=base) for name, index in indexes.items()},
    }


def measure_relations(inputs: Inputs) -> dict[str, Any]:
    """Score how a post stands to a known claim on the hand-written pairs that trained nothing."""
    pairs, relations = zip(*read_relations(RELATIONS_FILE, "test"), strict=True)
    results = {}
    for model, checker in inputs.checkers().items():
        answers = checker.relations.predict(pairs, read_pair_readings(checker.verifier, checker.index.encoder, pairs))
        results[model] = classification_report(list(relations), answers.tolist(), labels=RELATIONS)
    return results


# ---------------------------------------------------------------------------------------------------------------------
# The project's own claims
# ---------------------------------------------------------------------------------------------------------------------


def measure_own(inputs: Inputs) -> dict[str, Any]:
    """Score the shipped bundles on the test split: statements that their training never saw."""
    return {model: score_own(checker, "split") | {"denials": measure_denials(checker)} for model, checker in inputs.checkers().items()}


def measure_topics(inputs: Inputs) -> dict[str, Any]:
    """Train as the shipped bundle was, but with whole topics held out, and score it on them; the encoder so trained is handed in."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "topics"
        train(
            replace(read_recipe(RECIPE), name="topics", split="topic"),
            bundle,
            say=progress,
        )
        figures = {"linear": score_own(FactChecker.load(bundle), "topic_split")}
    if inputs.topics:
        checker = FactChecker.load(inputs.topics)
        if checker.manifest["training"]["claims"]["split"] != "topic":
            raise SystemExit(f"{inputs.topics}: was not trained by topic; make it with recipes/encoder-topics.toml")
        figures["encoder"] = score_own(checker, "topic_split")
    return figures


def measure_denials(checker: FactChecker) -> dict[str, Any]:
    """Return how often a decided claim of the test split gets another verdict, or none, when it is put into a denying frame.

    Beside it the same of the verifier alone, reading the claim's own statement: how often it does not repeat its decisive stance.
    """
    claims = [
        c
        for c in read_claims(read_recipe(RECIPE).claims)
        if c.split == "test" and c.label in STANCES[:2] and c.kind in ("myth", "fact", "paraphrase")
    ]
    texts = [claim.claim for claim in claims]
    denials = [
        DENYING[i % len(DENYING)].format(text[:1].lower() + text[1:] if text[1:2].islower() else text) for i, text in enumerate(texts)
    ]
    before, after = checker.check_many(texts), checker.check_many(denials)
    decided = [(b.label, a.label) for b, a in zip(before, after, strict=True) if b.decisive]
    statements = {statement.id: statement.text for statement in checker.statements}
    own = [statements[claim.statement_id] for claim in claims]
    said, denied = (checker.verifier.predict_proba(list(zip(side, own, strict=True))).argmax(axis=1) for side in (texts, denials))
    decisive = said != NOT_ENOUGH_INFO
    return {
        "n": len(decided),
        "verdict flips or abstains": float(np.mean([b != a for b, a in decided])) if decided else 0.0,
        "pairs": int(decisive.sum()),
        "stance flips or abstains": float((said != denied)[decisive].mean()),
        "stance flips": float((said + denied == SUPPORTS + REFUTES)[decisive].mean()),
    }


class Forced:
    """A checker that may not abstain: it answers with the likeliest label, so that a classifier compares with it row for row."""

    classes_ = STANCES

    def __init__(self, checker: FactChecker) -> None:
        self.checker = checker

    def predict_proba(self, texts: Sequence[str]) -> Any:
        """Return the calibrated probabilities of the verdicts, shape (n, 3)."""
        return np.array([[verdict.probabilities[stance] for stance in STANCES] for verdict in self.checker.check_many(texts)])

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Return the likeliest labels."""
        return [STANCES[i] for i in self.predict_proba(texts).argmax(axis=1)]


def score_own(checker: FactChecker, column: str) -> dict[str, Any]:
    """Score a checker on the test rows of data/claims.csv, beside the commonest label and a classifier of the claim's words alone."""
    sides: dict[str, list[LabelledClaim]] = {"train": [], "calibration": [], "test": []}
    for claim in read_claims(read_recipe(RECIPE).claims):
        sides[getattr(claim, column)].append(claim)
    learning, test = ([claim.claim for claim in sides[side]] for side in ("train", "test"))
    labels, y_true = ([claim.label for claim in sides[side]] for side in ("train", "test"))
    groups = [claim.statement_id or claim.claim for claim in sides["test"]]
    slices = {name: [getattr(claim, name) for claim in sides["test"]] for name in ("kind", "topic")}
    models = {
        "checker": checker,
        "forced": Forced(checker),
        "claim_only": ClaimClassifier().fit(learning, labels),
        "majority": DummyClassifier().fit(learning, labels),
    }
    scores = {name: score_claims(model, test, y_true, groups=groups, slices=slices) for name, model in models.items()}
    return {
        "statements": len({claim.statement_id for claim in sides["test"]} - {""}),
        "topics": sorted(set(slices["topic"])),
        "scores": scores,
        "mistakes": {name: mistakes(score["slices"]["kind"]) for name, score in scores.items()},
        "retrieval": {
            "decided by it (SUPPORTS, REFUTES)": rank_statements(checker, [claim for claim in sides["test"] if claim.label in STANCES[:2]]),
            "all with a statement": rank_statements(checker, sides["test"]),
        },
    }


def mistakes(kinds: dict[str, Any]) -> dict[str, float]:
    """Return how often claims of some kinds get the verdict that they must not get."""

    def share(labels: Iterable[str], *names: str) -> float:
        found = [kinds[name] for name in names if name in kinds]
        given: float = sum(kind["n"] * kind["verdicts"].get(label, 0.0) for kind in found for label in labels)
        return given / max(1, sum(kind["n"] for kind in found))

    decisive = (*STANCES[:2], Label.CONFLICTING.value)
    return {
        "denials given REFUTES": share([Label.REFUTES.value], "denial"),
        "quote-and-refute given REFUTES": share([Label.REFUTES.value], "quote-and-refute"),
        "both together given REFUTES": share([Label.REFUTES.value], "denial", "quote-and-refute"),
        "myths given SUPPORTS": share([Label.SUPPORTS.value], "myth"),
        "everyday given a decisive verdict": share(decisive, "everyday"),
        "reports given REFUTES": share([Label.REFUTES.value], "report"),
        "reports given a decisive verdict": share(decisive, "report"),
        "mockery given REFUTES": share([Label.REFUTES.value], "mockery"),
        "questions given a decisive verdict": share(decisive, "question"),
        "near-misses given a decisive verdict": share(decisive, "near-miss"),
    }


def rank_statements(checker: FactChecker, claims: Sequence[LabelledClaim]) -> dict[str, Any]:
    """Score where the statement that a claim was written for stands in the search; another that says the same counts as wrong."""
    tied = [claim for claim in claims if claim.statement_id]
    indices, _ = checker.index.search([claim.claim for claim in tied], SEARCH_DEPTH)
    return ranking_report([[checker.statements[i].id for i in row] for row in indices], [{claim.statement_id} for claim in tied])


# ---------------------------------------------------------------------------------------------------------------------
# Posts without labels
# ---------------------------------------------------------------------------------------------------------------------


def measure_posts(inputs: Inputs) -> dict[str, Any]:
    """Count verdicts and reasons on real posts. They have no labels of ours: a count says nothing about being right."""
    found = inputs.find("claims/5g_posts.dev.csv")
    if not found:
        return {}
    with found[0].open(encoding="utf-8-sig", newline="") as lines:
        texts = [row["text"] for row in csv.DictReader(lines)]
    figures: dict[str, Any] = {}
    for model, checker in inputs.checkers().items():
        counts = Counter((verdict.label or "(none)", verdict.reason) for verdict in checker.check_many(texts))
        figures[model] = {
            "n": len(texts),
            "counts": [{"verdict": label, "reason": reason, "n": n} for (label, reason), n in counts.most_common()],
        }
    return figures


# ---------------------------------------------------------------------------------------------------------------------
# The page
# ---------------------------------------------------------------------------------------------------------------------


def render(document: dict[str, Any]) -> str:
    """Write the figures as a Markdown page."""
    stale = [
        f"{name} ({model})"
        for model, one in document["bundles"].items()
        for name in ("claims", "statements")
        if not one[f"{name}_as_trained"]
    ]
    lines = [
        "# Quality",
        "",
        f"`{DATA_VARIABLE}=FOLDER python benchmarks/quality.py`. Scores are fractions in [0, 1]; F1 without a further word is macro-F1. Intervals are 95 %",
        "bootstrap intervals of macro-F1 that draw equal claims together, or on the project's own claims those of one statement.",
        "*Majority* always answers the commonest training label; *claim-only* and *evidence-only* are TF-IDF and logistic regression that see one side:",
        "what is not above them has learnt the set and not the task.",
        "",
        "Left out on purpose: the sentence-pair sets of `nli/`, which only warm up a pair model, and CoAID's claims, nearly all of one label.",
    ]
    if stale:
        lines += [
            "",
            f"**Trained on others than those at hand: {', '.join(stale)}. Figures on own claims are void.**",
        ]
    for name, figures in document["parts"].items():
        lines += ["", *(PARTS[name][1](figures) if figures else [f"## {name.capitalize()}", "", "Not measured: no set of it is at hand."])]
    if document["absent"]:
        lines += ["", f"Not at hand and left out: {', '.join(document['absent'])}."]
    versions = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    bundles = ", ".join(f"{model} {one['sha256'][:12]}" for model, one in document["bundles"].items())
    return "\n".join([*lines, "", f"Bundles {bundles}. Python {document['python']}; {versions}.", ""])


def render_pairs(figures: dict[str, Any]) -> list[str]:
    """Write the tables of pair verifiers."""
    split = [
        [
            name, f"{one['models']['own']['n']} / {one['claims']}",
            *(with_interval(one["models"].get(model)) for model in ("own", "together", *MODELS)),
            *(number(one["baselines"][side]) for side in ("majority", "claim_only", "evidence_only")),
            f"{one['evidence_seen']:.0%}", bar(BARS, name), bar(ENCODER_BARS, name),
        ]
        for name, one in figures["split"].items()
    ]  # fmt: skip
    whole = [
        [
            name, f"{one['n']} / {one['claims']}", ", ".join(label[0] for label in one["labels"]), *shipped_cells(one),
            *whole_fifth(one), bar(ENCODER_BARS, name) if "encoder" in one["shipped"] else "",
        ]
        for name, one in figures["whole"].items()
    ]  # fmt: skip
    kept = [
        [
            file, str(one["models"]["encoder"]["n"]), one["by"], *(with_interval(one["models"].get(model)) for model in ("own", *MODELS)),
            number(one["models"]["encoder"]["accuracy"]), *(number(one["baselines"][side]) for side in ("majority", "claim_only", "evidence_only")),
            bar(ENCODER_BARS, Path(file).stem),
        ]
        for file, one in figures["kept"].items()
    ]  # fmt: skip
    unrelated = [
        [what, *(percent(figures["unrelated"][model][what]) for model in MODELS)] for what in list(figures["unrelated"]["linear"])[1:]
    ]
    return [
        "## Pairs: claim and evidence -> stance",
        "",
        f"Macro-F1 on the dev part of a linear verifier that learnt the set's own train part, {' + '.join(figures['together']) or 'none of the three'} together, and of the",
        "shipped bundles (the encoder learnt the train parts among the rest). *Seen*: share of the rows whose evidence text stands in the train part too.",
        "",
        *table(
            "set|pairs / claims|own train part|three together|linear|encoder|majority|claim-only|evidence-only|seen|bar, own|bar, encoder",
            split,
        ),
        "",
        "Sets in one piece: the shipped bundles on all rows (nothing where the bundle learnt from the set), then what four fifths teach about the last",
        "one (all claims of one text of the named column on one side). Labels S, R, N; sets of two labels are a choice between the two.",
        "",
        *table(
            "set|pairs / claims|labels|linear|linear, accuracy|encoder|encoder, accuracy|held out by|own four fifths|majority|claim-only|evidence-only|bar, encoder, accuracy",
            whole,
        ),
        "",
        "Rows that the encoder's recipe keeps from its training, all that share a text of the named column together; *own*: a linear verifier that learnt",
        "the other rows.",
        "",
        *table("set|pairs|kept by|own|linear|encoder|encoder, accuracy|majority|claim-only|evidence-only|bar, encoder", kept),
        "",
        f"{figures['unrelated']['linear']['n']} random claims of the test split with random statements that are not their own:",
        "",
        *table("|linear|encoder", unrelated),
    ]


def render_abstracts(figures: dict[str, Any]) -> list[str]:
    """Write the table of whole abstracts."""
    rows = [
        [name, with_interval(one), number(one["accuracy"]), f"{percent(one['named'])} of {one['of']}"]
        for name, one in figures["models"].items()
    ]
    return [
        "## Whole abstracts: claim and document -> stance and sentence",
        "",
        f"SciFact dev, {figures['models']['encoder']['n']} claims with a cited abstract. *Right sentence*: where the stance is decisive and right, the named sentence is one",
        f"that the annotators chose; a random sentence would be in {figures['chance']:.0%}.",
        "",
        *table("|macro-F1|accuracy|right sentence", rows),
    ]


def bar(bars: Mapping[str, float], name: str) -> str:
    """Write the bar of a set."""
    return f">= {bars[name]:.2f}" if name in bars else ""


def shipped_cells(one: dict[str, Any]) -> list[str]:
    """Write macro-F1 and accuracy of both bundles; of a set with one label the accuracy alone."""
    cells = []
    for model in MODELS:
        score = one["shipped"].get(model)
        cells += [with_interval(score) if score and "fifth" in one else "", number(score["accuracy"]) if score else "learnt from it"]
    return cells


def whole_fifth(one: dict[str, Any]) -> list[str]:
    """Write the cells of the held-out fifth."""
    if "fifth" not in one:
        return [""] * 5
    fifth = one["fifth"]
    return [
        one["held_out_by"],
        with_interval(fifth.get("own")),
        *(number(fifth["baselines"][side]) for side in ("majority", "claim_only", "evidence_only")),
    ]


def render_claims(figures: dict[str, Any]) -> list[str]:
    """Write the table of claim-only classifiers."""
    rows = [
        [
            name + (" (held-out fifth)" if one["held_out"] else ""), str(one["train"]), str(one["model"]["n"]), str(len(one["model"]["labels"])),
            number(one["model"]["weighted_f1"]), with_interval(one["model"]), number(one["model"]["accuracy"]), number(one["model"]["ece"]),
            number(one["majority"]["weighted_f1"]), number(one["majority"]["accuracy"]), f"{one['seconds']:.0f}",
            f"{bar(BARS, name)} in < 60 s" if name in BARS else "",
        ]
        for name, one in figures.items()
    ]  # fmt: skip
    return [
        "## Claims: text -> label, by the words of the text alone",
        "",
        f"In a held-out fifth, texts chained by sharing {SAME_RUMOUR:.0%} of their words stay on one side. The labels of these sets are a matter of style and source.",
        "",
        *table("set|train|test|labels|weighted F1|macro-F1|accuracy|ECE|majority, weighted F1|majority, accuracy|training, s|bar", rows),
    ]


def render_relations(figures: dict[str, Any]) -> list[str]:
    """Write the table of how posts stand to known claims."""
    rows = [
        [model, number(score["macro_f1"]), "{:.3f} to {:.3f}".format(*score["interval"])]
        + [number(score["per_label"][relation]["f1"]) for relation in RELATIONS]
        for model, score in figures.items()
    ]
    return [
        "## Relation of a post to a known claim",
        "",
        f"`data/relations.csv`, part `test`: {next(iter(figures.values()))['n']} pairs written by hand that trained nothing. F1 of each relation.",
        "",
        *table(f"bundle|macro-F1|95 % interval|{'|'.join(RELATIONS)}", rows),
    ]


def render_matching(figures: dict[str, Any]) -> list[str]:
    """Write the table of searches."""
    rows = [
        [name, *map(number, (one[key] for key in ("map_at_5", "recall_at_1", "recall_at_5", "mrr")))]
        for name, one in figures["indexes"].items()
    ]
    n = next(iter(figures["indexes"].values()))["n"]
    return [
        "## Matching: post -> fact-checked claim",
        "",
        f"CheckThat! 2022 task 2A, dev: {n} posts, {figures['statements']} fact-checked claims with their titles.",
        "",
        *table("search|MAP@5|recall@1|recall@5|MRR", rows),
    ]


def render_own(figures: dict[str, Any]) -> list[str]:
    """Write the tables of the shipped bundles on the test split."""
    denials = [
        [what, *(percent(one["denials"][what]) for one in figures.values())]
        for what in ("verdict flips or abstains", "stance flips or abstains", "stance flips")
    ]
    counts = ", ".join(f"{model} {one['denials']['n']} verdicts and {one['denials']['pairs']} pairs" for model, one in figures.items())
    return [
        "## Own claims, unseen statements",
        "",
        *side_by_side(figures),
        "",
        f"Decided claims put into a denying frame ({counts}; bar 92 %):",
        "",
        *table("|" + "|".join(figures), denials),
        *(line for model, one in figures.items() for line in ("", f"### {model.capitalize()}", "", *own_tables(one))),
    ]


def render_topics(figures: dict[str, Any]) -> list[str]:
    """Write the tables of the same recipes on held-out topics."""
    return [
        f"## Own claims, unseen topics ({', '.join(figures['linear']['topics'])}): the same recipes",
        "",
        *side_by_side(figures),
        *(line for model, one in figures.items() for line in ("", f"### {model.capitalize()}", "", *own_tables(one))),
        *([] if "encoder" in figures else ["", "The encoder was not measured: no bundle was named with `--topics`."]),
    ]


def side_by_side(figures: dict[str, Any]) -> list[str]:
    """Write macro-F1 of the bundles beside each other, whole and by kind."""
    rows = [
        [what, *(with_interval(one["scores"][key]) for one in figures.values())]
        for key, what in (("checker", "all claims, abstaining"), ("forced", "all claims, never abstaining"))
    ]
    for kind, first in figures["linear"]["scores"]["checker"]["slices"]["kind"].items():
        cells = []
        for one in figures.values():
            mine = [one["scores"][key]["slices"]["kind"][kind] for key in ("checker", "forced")]
            cells.append(" / ".join(number(score["macro_f1"]) for score in mine))
        rows.append([f"{kind} ({first['n']}), abstaining / never", *cells])
    return table("macro-F1|" + "|".join(figures), rows)


def own_tables(figures: dict[str, Any]) -> list[str]:
    """Write the scores on own claims: summary, mistakes, confusion, search, kinds and topics."""
    scores, checker = figures["scores"], figures["scores"]["checker"]
    names = {"checker": "factcheck", "forced": "factcheck, never abstaining", "claim_only": "claim-only", "majority": "majority"}
    summary = [
        [
            title,
            with_interval(scores[key]),
            *(number(scores[key][metric]) for metric in ("accuracy", "ece", "aurc", "coverage")),
            decided(scores[key]),
        ]
        for key, title in names.items()
    ]
    wrong = [[what, *(percent(figures["mistakes"][key][what]) for key in names)] for what in figures["mistakes"]["checker"]]
    answers = list(next(iter(checker["confusion"].values())))
    given = sorted(set(answers) | {label for kind in checker["slices"]["kind"].values() for label in kind["verdicts"]})
    confusion = [
        [true, *(str(row[answer]) for answer in answers), number(checker["per_label"][true]["f1"])]
        for true, row in checker["confusion"].items()
    ]
    search = [
        [what, str(one["n"]), *map(number, (one[key] for key in ("recall_at_1", "recall_at_5", "mrr")))]
        for what, one in figures["retrieval"].items()
    ]
    lines = [
        f"{checker['n']} claims on {figures['statements']} statements. *Coverage*: share with a decisive verdict; *right if decided*: among these. The claim-only classifier",
        "learnt on the same train split; its coverage counts every answer but NOT ENOUGH INFO. *Never abstaining*: the likeliest label, without the thresholds of the",
        "verdict rule. *AURC*: mean share of wrong answers when the surest are answered first, over all coverages; lower is better.",
        "",
        *table("|macro-F1|accuracy|ECE|AURC|coverage|right if decided", summary),
        "",
        *table("mistake|" + "|".join(names.values()), wrong),
        "",
        *table("true label|" + "|".join(f"given {answer}" for answer in answers) + "|F1", confusion),
        "",
        *table("its own statement is found, for claims|n|top 1|top 5|MRR", search),
    ]
    for column in ("kind", "topic"):
        rows = [
            [value, str(one["n"]), number(one["accuracy"]), number(scores["claim_only"]["slices"][column][value]["accuracy"]), *(percent(one["verdicts"].get(label, 0.0)) for label in given)]
            for value, one in checker["slices"][column].items()
        ]  # fmt: skip
        lines += ["", *table(f"{column}|n|accuracy|claim-only, accuracy|" + "|".join(f"given {label}" for label in given), rows)]
    return lines


def render_posts(figures: dict[str, Any]) -> list[str]:
    """Write the counts on posts."""
    counts = {model: {(row["verdict"], row["reason"]): row["n"] for row in one["counts"]} for model, one in figures.items()}
    keys = dict.fromkeys(key for found in counts.values() for key in found)
    return [
        "## Real posts about 5G and COVID-19",
        "",
        f"{figures['linear']['n']} posts without labels: what is given, not whether it is right.",
        "",
        *table("verdict|reason|" + "|".join(counts), [[*key, *(str(found.get(key, 0)) for found in counts.values())] for key in keys]),
    ]


def table(header: str, rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a Markdown table; the header's columns stand between bars."""
    columns = header.split("|")
    return [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns), *(f"| {' | '.join(row)} |" for row in rows)]


def number(value: float | None) -> str:
    """Write a score."""
    return "" if value is None else f"{value:.3f}"


def percent(value: float) -> str:
    """Write a share."""
    return f"{value:.1%}"


def with_interval(score: dict[str, Any] | None) -> str:
    """Write macro-F1 and its interval."""
    return f"{score['macro_f1']:.3f} ({score['interval'][0]:.3f}-{score['interval'][1]:.3f})" if score else ""


def decided(score: dict[str, Any]) -> str:
    """Write how many of the decisive verdicts are right, of a classifier those that are not NOT ENOUGH INFO."""
    if "decided" in score:
        return number(score["decided"]["accuracy"])
    nei = Label.NOT_ENOUGH_INFO.value
    given = {label: sum(row[label] for row in score["confusion"].values()) for label in score["labels"] if label != nei}
    right = sum(score["confusion"][label][label] for label in given)
    return number(right / total) if (total := sum(given.values())) else ""


# ---------------------------------------------------------------------------------------------------------------------
# Small things
# ---------------------------------------------------------------------------------------------------------------------

PARTS: dict[str, tuple[Callable[[Inputs], dict[str, Any]], Callable[[dict[str, Any]], list[str]]]] = {
    "own": (measure_own, render_own),
    "topics": (measure_topics, render_topics),
    "pairs": (measure_pairs, render_pairs),
    "abstracts": (measure_abstracts, render_abstracts),
    "claims": (measure_claims, render_claims),
    "matching": (measure_matching, render_matching),
    "relations": (measure_relations, render_relations),
    "posts": (measure_posts, render_posts),
}


def read_lines(file: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON Lines file."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def rounded(value: Any) -> Any:
    """Return a JSON document with four digits a number and without what no reader looks at."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items() if key not in UNWRITTEN}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


def progress(line: str) -> None:
    """Say on stderr what is being done."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
