"""Model cards: what a bundle is for, what it learned from, what was measured, and what it is bad at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_MADE_OF = {
    "linear": """A pair classifier (multinomial logistic regression over alignment, polarity, number, name and wording features) behind a
sparse index of statements, with a verdict rule calibrated on claims that trained nothing else. English only.""",
    "encoder": """A small network (cross-encoder, six BERT layers of width 384, 8-bit weights) that reads claim and statement together,
behind a sparse index of statements, with a verdict rule calibrated on claims that trained nothing else. English only.""",
}
_BAD_AT = {
    "linear": """Claims that share no word with the statement that decides them; sarcasm; reasoning over several statements; arithmetic;
claims that hide a denial in unusual words.""",
    "encoder": """Claims for which the index finds no statement, as it looks for shared words; sarcasm; reasoning over several statements;
arithmetic; names and numbers that differ in a detail; long posts that say several things; evidence of a kind that is not in the
tables above.""",
}


def checker_card(kind: str, manifest: Mapping[str, Any], metrics: Mapping[str, Any], pairs: Mapping[str, Any] | None = None) -> str:
    """Return the card of a checker's bundle.

    Parameters
    ----------
    kind : str
        Of the verifier, ``linear`` or ``encoder``.
    manifest, metrics : mapping
        As the bundle has them.
    pairs : mapping, optional
        What `factcheck.training` measured of an encoder on research pairs.
    """
    training, claims = manifest["training"], manifest["training"]["claims"]
    low, high = metrics["interval"]
    rows = "\n".join(
        f"| {label} | {part['precision']:.3f} | {part['recall']:.3f} | {part['f1']:.3f} | {part['support']} |"
        for label, part in metrics["per_label"].items()
    )
    return f"""# Model card: {manifest["name"]}

{_MADE_OF[kind]}

## Meant for
Decision support: it finds the authoritative statement that speaks about a claim, and says whether the claim agrees.
A verdict alone is no ground to remove somebody's words. It knows nothing that no statement of the base says.

## Trained on
{claims["rows"]["train"]} labelled claims, split by {claims["split"]} (calibrated on {claims["rows"]["calibration"]} others),
{training["statements"]["rows"]} statements, {_taught(training)}and

{_sets(training["pairs"])}

The manifest holds the sha256 of every file.

## Measured on {metrics["n"]} claims of the test split (statements that training never saw)
Macro-F1 {metrics["macro_f1"]:.3f} (95 % interval {low:.3f} to {high:.3f}), accuracy {metrics["accuracy"]:.3f}, expected calibration
error {metrics["ece"]:.3f}. A decisive verdict is given for {metrics["coverage"]:.1%} of the claims, and is right for
{metrics["decided"]["accuracy"] or 0:.1%} of these; what stays below its threshold counts as NOT ENOUGH INFO.

| label | precision | recall | F1 | claims |
|---|---|---|---|---|
{rows}
{_pair_scores(pairs, training) if pairs else ""}
## Bad at
{_BAD_AT[kind]} See `metrics.json` for every kind and topic.
"""


def _taught(training: Mapping[str, Any]) -> str:
    taught = training.get("corrections")
    return f"{taught['joined']} verdicts that people decided (among the claims; {taught['file']}), " if taught else ""


def _sets(pairs: Sequence[Mapping[str, Any]]) -> str:
    if pairs and "stage" in pairs[0]:
        rows = [
            f"| {item['stage']} | {item['file']} | {item['rows']} | {item['held_out']} | {item['an_epoch']} | {item['licence']} |"
            for item in pairs
        ]
        return "\n".join(
            [
                "| stage | research pairs | rows | held out | drawn an epoch | licence as stated upstream |",
                "|---|---|---|---|---|---|",
                *rows,
            ]
        )
    rows = [f"| {item['file']} | {item['rows']} | {item['licence']} | {item['weight']:g} |" for item in pairs]
    return "\n".join(
        [
            "| research pairs | rows | licence as stated upstream | weight of a pair |",
            "|---|---|---|---|",
            *(rows or ["| none were at hand | 0 | | |"]),
        ]
    )


def _pair_scores(pairs: Mapping[str, Any], training: Mapping[str, Any]) -> str:
    unlicensed = [item["file"] for item in training["pairs"] if item["licence"].startswith("none stated")]
    rows = [
        f"| {name} | {one['n']} | {one['labels']} | {one['macro_f1']:.3f} ({one['interval'][0]:.3f}-{one['interval'][1]:.3f}) | "
        + " | ".join(f"{one[key]:.3f}" for key in ("accuracy", "fp32", "claim_only", "evidence_only"))
        + " |"
        for name, one in pairs["sets"].items()
    ]
    stages = "; ".join(f"{stage} {accuracy:.3f} on {file}" for stage, found in pairs["stages"].items() for file, accuracy in found.items())
    return "\n".join(
        [
            "",
            f"Research data whose publisher states no licence: {', '.join(dict.fromkeys(unlicensed)) or 'none'}.",
            "No row of any set is in the bundle.",
            "",
            "## Measured on research pairs that trained nothing",
            "",
            "Macro-F1 with its 95 % interval in 8 bits; then in single precision; then what a classifier gets that sees one side only.",
            "Sets of two labels are a choice between the two.",
            "",
            "| set | pairs | labels | macro-F1 | accuracy | fp32, macro-F1 | claim-only | evidence-only |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"Mean macro-F1 over these sets: {pairs['mean']:.4f} in 8 bits, {pairs['mean_fp32']:.4f} in single precision.",
            f"Accuracy after each stage, on rows kept from it: {stages or 'none were kept'}.",
            "",
        ]
    )


def claims_card(manifest: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return the card of a claim-only classifier's bundle."""
    training = manifest["training"]["table"]
    return f"""# Model card: {manifest["name"]}

A claim-only text classifier (word and character TF-IDF, logistic regression). It learns how texts of each label are
written, not whether they are true, and cites no statement.

Trained on {training["rows"]} rows (sha256 {training["sha256"]}). On {metrics["n"]} of them, held out before the last
fit: accuracy {metrics["accuracy"]:.3f}, macro-F1 {metrics["macro_f1"]:.3f}, weighted F1 {metrics["weighted_f1"]:.3f}.
A table from another source or time will score lower.
"""
