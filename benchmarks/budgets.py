"""Measure how far a verdict can be trusted: error budgets, everyday text and reports, and statements that have nothing to do with the matter.

    FACTCHECK_DATA=FOLDER python benchmarks/budgets.py [--topics BUNDLE] [--output FOLDER]

For each error budget: the share of the decided claims that is wrong, on the test split and, with a bundle that was trained and
calibrated on other topics (`factcheck train recipes/encoder-topics.toml`), on topics that neither saw. Then, at the bundle's own budget, what is
said of `data/everyday.csv` and `data/reports.csv`, which trained nothing, and how many verdicts change when statements of other matters are
added to the base: evidence sentences of FEVER under FACTCHECK_DATA, left out where there are none.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from factcheck.checker import SHIPPED, FactChecker
from factcheck.claims import LabelledClaim, read_claims
from factcheck.recipes import DATA_VARIABLE, read_pairs
from factcheck.records import Label, Statement, Verdict
from factcheck.statements import read_statements

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
BUDGETS = (0.05, 0.08, 0.10, 0.12, 0.15, 0.20, 0.25)
APART = {"contrast": ("contrast",), "insisting and mockery": ("insisting", "mockery")}
"""Kinds of claims that are written to mislead; "the others" are all that remain."""
ADDED = (1_000, 14_000)
DISTRACTORS = "pairs/fever_wiki.train.jsonl"


def main() -> None:
    """Measure and write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--topics", type=Path, metavar="BUNDLE", help="of recipes/encoder-topics.toml")
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    document: dict[str, Any] = {model: measure(model, "split") for model in SHIPPED}
    if given.topics:
        document["encoder, unseen topics"] = {"budgets": budgets(FactChecker.load(given.topics), test_claims("topic_split"))}
    (given.output / "budgets.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (given.output / "budgets.md").write_text(page(document), encoding="utf-8")
    print(page(document))


def test_claims(column: str) -> list[LabelledClaim]:
    """Return the claims of the test part of a split."""
    return [claim for claim in read_claims() if getattr(claim, column) == "test"]


def measure(model: str, column: str) -> dict[str, Any]:
    """Return everything that is measured of a shipped bundle."""
    checker = FactChecker.load(model)
    claims, own = test_claims(column), checker.rule.max_error
    found = {"max_error": own, "budgets": budgets(checker, claims)}
    checker.rule.set_budget(own)
    everyday, reports = table("everyday.csv"), table("reports.csv")
    found["everyday"] = float(np.mean([verdict.decisive for verdict in checker.check_many([row["text"] for row in everyday])]))
    verdicts = checker.check_many([row["text"] for row in reports])
    kinds = sorted({row["kind"] for row in reports})
    found["reports"] = {"all": refuted(verdicts)} | {
        kind: refuted([verdict for verdict, row in zip(verdicts, reports, strict=True) if row["kind"] == kind]) for kind in kinds
    }
    found["distractors"] = distractors(model, checker, claims)
    return found


def budgets(checker: FactChecker, claims: Sequence[LabelledClaim]) -> list[dict[str, Any]]:
    """Return for each budget the threshold, the decided share, and the share of it that is wrong."""
    decidable = sum(claim.label != Label.NOT_ENOUGH_INFO for claim in claims)
    rows = []
    for budget in BUDGETS:
        checker.rule.set_budget(budget)
        answers = list(zip(checker.check_many([claim.claim for claim in claims]), claims, strict=True))
        together = apart(answers)
        known = np.isfinite(checker.rule.threshold_)
        rows.append(
            {
                "max_error": budget,
                "threshold": float(checker.rule.threshold_) if known else None,
                "decided": together["decided"],
                "decided_of_decidable": together["decided"] * len(claims) / decidable,
                "wrong": together["wrong"] if known and together["decided"] else None,
                "parts": {name: apart(part) for name, part in parts(answers).items()},
            }
        )
    return rows


def parts(answers: Sequence[tuple[Verdict, LabelledClaim]]) -> dict[str, list[tuple[Verdict, LabelledClaim]]]:
    """Return the answers to the kinds of claims that are looked at apart, and before them those to all others."""
    found = {name: [(verdict, claim) for verdict, claim in answers if claim.kind in kinds] for name, kinds in APART.items()}
    seen = {kind for kinds in APART.values() for kind in kinds}
    return {"the others": [(verdict, claim) for verdict, claim in answers if claim.kind not in seen], **found}


def apart(answers: Sequence[tuple[Verdict, LabelledClaim]]) -> dict[str, float]:
    """Return the decided share of some claims, the share of it that is wrong, and how many of those that nothing decides are decided."""
    wrong = [verdict.label != claim.label for verdict, claim in answers if verdict.decisive]
    open_ones = [verdict.decisive for verdict, claim in answers if claim.label == Label.NOT_ENOUGH_INFO]
    return {
        "decided": len(wrong) / max(1, len(answers)),
        "wrong": sum(wrong) / max(1, len(wrong)),
        "open_decided": sum(open_ones) / max(1, len(open_ones)),
    }


def distractors(model: str, checker: FactChecker, claims: Sequence[LabelledClaim]) -> list[dict[str, Any]]:
    """Return how many verdicts, and by how much probabilities, change when statements of other matters join the base."""
    file = Path(os.environ.get(DATA_VARIABLE, "")) / DISTRACTORS
    if not file.is_file():
        return []
    others = list(dict.fromkeys(evidence for (_, evidence), _ in read_pairs(file)))
    texts = [claim.claim for claim in claims]
    before = checker.check_many(texts)
    rows = []
    for count in ADDED:
        drawn = np.random.default_rng(0).permutation(len(others))[:count]
        more = [Statement(f"other-{i}", "other", others[i], "An encyclopedia", "https://example.org/") for i in drawn]
        after = FactChecker.load(model, statements=[*read_statements(), *more]).check_many(texts)
        moved = [abs(one.probability - other.probability) for one, other in zip(before, after, strict=True)]
        rows.append(
            {
                "added": len(drawn),
                "changed": float(np.mean([one.label != other.label for one, other in zip(before, after, strict=True)])),
                "mean_change_of_probability": float(np.mean(moved)),
                "changed_by_a_tenth": float(np.mean(np.array(moved) > 0.1)),
            }
        )
    return rows


def refuted(verdicts: Sequence[Verdict]) -> float:
    """Return the share of REFUTES."""
    return float(np.mean([verdict.label == Label.REFUTES for verdict in verdicts]))


def table(name: str) -> list[dict[str, str]]:
    """Read a table of `data/`."""
    with (ROOT / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page(document: dict[str, Any]) -> str:
    """Return the page."""
    lines = [
        "# Trust",
        "",
        "`python benchmarks/budgets.py --topics BUNDLE`: with 95 % confidence at most the share `--max-error` of the decided claims is",
        "wrong, for claims like those of the calibration split; what came of it on claims that neither trained nor calibrated anything.",
    ]
    for name, found in document.items():
        lines += ["", f"## {name}", ""]
        lines += [
            "| `--max-error` | least probability | claims decided | of those that a statement decides | decided wrongly |",
            "|---:|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {row['max_error']:.2f} | {row['threshold']:.3f} | {row['decided']:.1%} | {row['decided_of_decidable']:.1%} | {row['wrong']:.1%} |"
            if row["wrong"] is not None
            else f"| {row['max_error']:.2f} | none keeps it | 0 % | 0 % | |"
            for row in found["budgets"]
        ]
        lines += [
            "",
            "By kind of claim: decided, wrong of these, and decided of the open ones, which their statement does not settle.",
            "",
            "| `--max-error` | " + " | ".join(found["budgets"][0]["parts"]) + " |",
            "|---:|" + "---:|" * len(found["budgets"][0]["parts"]),
        ]
        lines += [
            f"| {row['max_error']:.2f} | "
            + " | ".join(f"{part['decided']:.1%}, {part['wrong']:.1%}, {part['open_decided']:.1%}" for part in row["parts"].values())
            + " |"
            for row in found["budgets"]
            if row["wrong"] is not None
        ]
        if "everyday" not in found:
            continue
        lines += ["", f"At its own budget, {found['max_error']:g}:", "", "| what | share |", "|---|---:|"]
        lines += [f"| everyday sentences given a decisive verdict (`data/everyday.csv`; bar 0.5 %) | {found['everyday']:.1%} |"]
        lines += [
            f"| posts about a myth given REFUTES (`data/reports.csv`; bar 2 %), {kind} | {share:.1%} |"
            for kind, share in found["reports"].items()
        ]
        lines += [
            f"| verdicts that change with {row['added']:,} statements of other matters (bar 1 %); probability by more than 0.1 | {row['changed']:.1%}; {row['changed_by_a_tenth']:.1%} |"
            for row in found["distractors"]
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
