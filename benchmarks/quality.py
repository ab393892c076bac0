"""Measure what factcheck gets right: on its own claims, and on each research set that is at hand.

    FACTCHECK_DATA=FOLDER python benchmarks/quality.py [--only PART ...] [--model BUNDLE] [--output FOLDER]

Parts: pairs, claims, matching, own, topics, posts. A research set that is not in the folder is left out and named; without
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
from collections.abc import Callable, Iterable, Sequence
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
from factcheck.claims import LabelledClaim, read_claims
from factcheck.classification import ClaimClassifier
from factcheck.evaluation import SEARCH_DEPTH, evaluate_matching, partial_input_baselines, score_claims, score_pairs
from factcheck.metrics import ranking_report
from factcheck.records import STANCES, Label, Statement
from factcheck.retrieval import StatementIndex
from factcheck.rows import near_duplicates
from factcheck.training import DATA_VARIABLE, read_recipe, train
from factcheck.verification import LinearVerifier

ROOT = Path(__file__).resolve().parents[1]
RECIPE = ROOT / "recipes" / "linear.toml"
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("claim-factcheck", "numpy", "scipy", "scikit-learn", "pandas", "nltk")

SPLIT_SETS = ("check_covid", "scifact", "healthver", "conj_nli", "cad_nli")
TOGETHER = ("scifact", "check_covid", "healthver")
BARS = {"check_covid": 0.64, "scifact": 0.55, "healthver": 0.60, "constraint": 0.96}
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
    """What is measured and with what: a bundle, the research sets at hand, and those that were looked for in vain."""

    model: str | None
    folder: Path | None
    absent: list[str] = field(default_factory=list)

    def checker(self, statements: Iterable[Statement] | None = None) -> FactChecker:
        """Load the bundle."""
        return FactChecker.load(self.model, statements=statements)

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
    parser.add_argument("--model", help="the bundle to measure, a folder or a shipped name (default: the best shipped one)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for quality.md and quality.json")
    options = parser.parse_args()
    folder = os.environ.get(DATA_VARIABLE)
    if folder and not Path(folder).is_dir():
        parser.error(f"{DATA_VARIABLE} names no folder; give one that exists, or unset it to measure on the project's own claims alone")
    inputs = Inputs(options.model, Path(folder) if folder else None)
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
            "bundle": describe_bundle(inputs.checker()),
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
        "pairs": {item["file"]: item["weight"] for item in training["pairs"]},
    }


# ---------------------------------------------------------------------------------------------------------------------
# Pairs of claim and evidence
# ---------------------------------------------------------------------------------------------------------------------


def measure_pairs(inputs: Inputs) -> dict[str, Any]:
    """Score pair verifiers: one learnt on the set's own train part, one on three sets together, and the shipped one."""
    shipped = inputs.checker()
    taught = {item["file"] for item in shipped.manifest["training"]["pairs"]}
    files = {name: inputs.find(f"pairs/{name}.train.jsonl", f"pairs/{name}.dev.jsonl") for name in SPLIT_SETS}
    parts = {name: [read_pairs(file) for file in found] for name, found in files.items() if found}
    three = [parts[name][0] for name in TOGETHER if name in parts]
    together = fitted_verifier(([pair for part in three for pair in part[0]], [label for part in three for label in part[1]]))
    split = {}
    for name, (learning, test) in parts.items():
        progress(f"pairs: {name}")
        models = {"own": fitted_verifier(learning), "together": together, "shipped": shipped.verifier}
        evidence = {pair[1] for pair in learning[0]}
        split[name] = {
            "bar": BARS.get(name),
            "claims": len({pair[0] for pair in test[0]}),
            "evidence_seen": sum(pair[1] in evidence for pair in test[0]) / len(test[0]),
            "baselines": partial_input_baselines(*learning, *test),
            "models": {model: score_pairs(verifier, *test) for model, verifier in models.items() if verifier},
        }
    whole: dict[str, Any] = {}
    for name, unit in WHOLE_SETS.items():
        if found := inputs.find(f"pairs/{name}.jsonl"):
            progress(f"pairs: {name}")
            known = f"pairs/{name}.jsonl" in taught
            whole[name] = measure_whole(read_pairs(found[0]), unit, shipped.verifier, learn=name in LEARNT_FIFTHS) | {"trained_on": known}
    if not split and not whole:
        return {}
    return {"together": [name for name in TOGETHER if name in parts], "split": split, "whole": whole}


def measure_whole(rows: Pairs, unit: str, shipped: LinearVerifier, *, learn: bool) -> dict[str, Any]:
    """Score the shipped verifier on all rows, and what can be learnt from four fifths of them on the last one."""
    pairs, labels = rows
    score = score_pairs(shipped, pairs, labels)
    result: dict[str, Any] = {"claims": len({claim for claim, _ in pairs}), "held_out_by": unit, "shipped": score}
    if len(set(labels)) == 1:  # whoever always gives that label is right, and the F1 of the others is 0
        return result
    learning, test = held_out_fifth(labels, [pair[unit == "evidence"] for pair in pairs])
    halves = [([pairs[i] for i in part], [labels[i] for i in part]) for part in (learning, test)]
    result["fifth"] = {
        "n": len(test),
        "baselines": partial_input_baselines(*halves[0], *halves[1]),
        "shipped": score_pairs(shipped, *halves[1]),
    }
    if learn:
        result["fifth"]["own"] = score_pairs(LinearVerifier(class_weight="balanced").fit(*halves[0]), *halves[1])
    return result


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
            "bar": BARS.get(name),
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
    """Score the search for the fact-checked claim that a post repeats: claim and title are what is searched."""
    found = inputs.find(*(f"matching/checkthat2022.{part}.jsonl" for part in ("statements", "train", "dev")))
    if not found:
        return {}
    base = [Statement(row["id"], "", f"{row['text']} {row['title']}", "", "") for row in read_lines(found[0])]
    texts, position = [statement.text for statement in base], {statement.id: i for i, statement in enumerate(base)}
    learning = read_lines(found[1])
    progress("matching: learning weights")
    weighed = StatementIndex().fit_weights([row["query"] for row in learning], texts, [position[row["statement_id"]] for row in learning])
    indexes = {
        "TfidfVectorizer, cosine": CosineIndex(texts),
        "StatementIndex, nothing learnt": StatementIndex().fit(texts),
        "StatementIndex, weights of its train part": weighed,
        "StatementIndex, weights of the shipped bundle": inputs.checker(base).index,
    }
    return {
        "statements": len(base),
        "indexes": {name: evaluate_matching(index, found[2], statements=base) for name, index in indexes.items()},
    }


# ---------------------------------------------------------------------------------------------------------------------
# The project's own claims
# ---------------------------------------------------------------------------------------------------------------------


def measure_own(inputs: Inputs) -> dict[str, Any]:
    """Score the shipped bundle on the test split: statements that its training never saw."""
    return score_own(inputs.checker(), "split")


def measure_topics(_: Inputs) -> dict[str, Any]:
    """Train as the shipped bundle was, but with whole topics held out, and score it on them."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "topics"
        train(
            replace(read_recipe(RECIPE), name="topics", split="topic"),
            bundle,
            say=progress,
        )
        return score_own(FactChecker.load(bundle), "topic_split")


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
        verdicts = inputs.checker().check_many([row["text"] for row in csv.DictReader(lines)])
    counts = Counter((verdict.label or "(none)", verdict.reason) for verdict in verdicts)
    return {"n": len(verdicts), "counts": [{"verdict": label, "reason": reason, "n": n} for (label, reason), n in counts.most_common()]}


# ---------------------------------------------------------------------------------------------------------------------
# The page
# ---------------------------------------------------------------------------------------------------------------------


def render(document: dict[str, Any]) -> str:
    """Write the figures as a Markdown page."""
    bundle = document["bundle"]
    stale = [name for name in ("claims", "statements") if not bundle[f"{name}_as_trained"]]
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
            f"**The shipped bundle was trained on other {' and '.join(stale)} than those at hand: its figures on own claims are void.**",
        ]
    for name, figures in document["parts"].items():
        lines += ["", *(PARTS[name][1](figures) if figures else [f"## {name.capitalize()}", "", "Not measured: no set of it is at hand."])]
    if document["absent"]:
        lines += ["", f"Not at hand and left out: {', '.join(document['absent'])}."]
    versions = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    return "\n".join([*lines, "", f"Bundle {bundle['sha256'][:12]}. Python {document['python']}; {versions}.", ""])


def render_pairs(figures: dict[str, Any]) -> list[str]:
    """Write the tables of pair verifiers."""
    split = [
        [
            name, f"{one['models']['own']['n']} / {one['claims']}",
            *(with_interval(one["models"].get(model)) for model in ("own", "together", "shipped")),
            *(number(one["baselines"][side]) for side in ("majority", "claim_only", "evidence_only")),
            f"{one['evidence_seen']:.0%}", f">= {one['bar']:.2f}" if one["bar"] else "",
        ]
        for name, one in figures["split"].items()
    ]  # fmt: skip
    whole = [
        [
            name + (" (trained on it)" if one["trained_on"] else ""), f"{one['shipped']['n']} / {one['claims']}",
            ", ".join(label[0] for label in one["shipped"]["labels"]), with_interval(one["shipped"]) if "fifth" in one else "one label",
            number(one["shipped"]["accuracy"]), *whole_fifth(one),
        ]
        for name, one in figures["whole"].items()
    ]  # fmt: skip
    return [
        "## Pairs: claim and evidence -> stance",
        "",
        f"Macro-F1 on the dev part of a pair verifier that learnt the set's own train part, {' + '.join(figures['together']) or 'none of the three'} together, or is the shipped",
        "bundle's. *Seen*: share of the rows whose evidence text stands in the train part too.",
        "",
        *table("set|pairs / claims|own train part|three together|shipped|majority|claim-only|evidence-only|seen|bar", split),
        "",
        "Sets in one piece: the shipped bundle on all rows, then what four fifths teach about the last one (all claims of one text of the named",
        "column on one side). Labels S, R, N; sets of two labels are a choice between the two. *Trained on it*: no test, the bundle saw these rows.",
        "",
        *table(
            "set|pairs / claims|labels|shipped, all rows|accuracy|held out by|shipped|own four fifths|majority|claim-only|evidence-only",
            whole,
        ),
    ]


def whole_fifth(one: dict[str, Any]) -> list[str]:
    """Write the cells of the held-out fifth."""
    if "fifth" not in one:
        return [""] * 6
    fifth = one["fifth"]
    baselines = [number(fifth["baselines"][side]) for side in ("majority", "claim_only", "evidence_only")]
    return [one["held_out_by"], number(fifth["shipped"]["macro_f1"]), with_interval(fifth.get("own")), *baselines]


def render_claims(figures: dict[str, Any]) -> list[str]:
    """Write the table of claim-only classifiers."""
    rows = [
        [
            name + (" (held-out fifth)" if one["held_out"] else ""), str(one["train"]), str(one["model"]["n"]), str(len(one["model"]["labels"])),
            number(one["model"]["weighted_f1"]), with_interval(one["model"]), number(one["model"]["accuracy"]), number(one["model"]["ece"]),
            number(one["majority"]["weighted_f1"]), number(one["majority"]["accuracy"]), f"{one['seconds']:.0f}",
            f">= {one['bar']:.3f} in < 60 s" if one["bar"] else "",
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
    """Write the tables of the shipped bundle on the test split."""
    return ["## Own claims, unseen statements: the shipped bundle", "", *own_tables(figures)]


def render_topics(figures: dict[str, Any]) -> list[str]:
    """Write the tables of the same recipe on held-out topics."""
    return [f"## Own claims, unseen topics ({', '.join(figures['topics'])}): the same recipe", "", *own_tables(figures)]


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
    rows = [[row["verdict"], row["reason"], str(row["n"])] for row in figures["counts"]]
    return [
        "## Real posts about 5G and COVID-19",
        "",
        f"{figures['n']} posts without labels: what is given, not whether it is right.",
        "",
        *table("verdict|reason|posts", rows),
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
    "claims": (measure_claims, render_claims),
    "matching": (measure_matching, render_matching),
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
