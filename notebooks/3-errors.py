# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Read the errors
#
# One number says little about a checker that may be silent. Here: where it answers, whether its probabilities mean what they say,
# and what it did in the cases that it got wrong.

# %%
import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from factcheck import FactChecker
from factcheck.evaluation import score_claims
from factcheck.explanation import explain

pd.set_option("display.max_colwidth", None)
COLOURS = {"REFUTES": "#b5483a", "SUPPORTS": "#2f7d5b", "NOT ENOUGH INFO": "#c8cdd1", "CONFLICTING": "#d9b44a"}

# %% [markdown]
# The test split holds claims on statements that training never saw. Claims on one statement are drawn together for the interval.

# %%
claims = pd.read_csv("../data/claims.csv", dtype=str, keep_default_na=False)
test = claims[claims["split"] == "test"]

checker = FactChecker.load("linear")
report = score_claims(
    checker,
    test["claim"].tolist(),
    test["label"].tolist(),
    groups=test["statement_id"].where(test["statement_id"] != "", test["id"]).tolist(),
    slices={"kind": test["kind"].tolist(), "topic": test["topic"].tolist()},
)
low, high = report["interval"]
print(f"macro-F1 {report['macro_f1']:.3f}, 95 % interval {low:.3f} to {high:.3f}, of {report['n']} claims")
print(f"decides {report['coverage']:.1%} of them; of these {report['decided']['accuracy']:.1%} right")
pd.DataFrame(report["confusion"]).T.rename_axis("true label")

# %% [markdown]
# Most of the loss stands in the column NOT ENOUGH INFO. Those are silences. The mistakes that hurt are in the other two columns.
#
# ## By kind of claim, and by topic
#
# A myth should come out red and a fact green, or grey where the checker is not sure. Reports, questions, opinions and everyday
# talk should stay grey, whatever they speak of.


# %%
def draw_shares(slices, axes):
    """Draw the share of each answer, one bar a slice."""
    shares = pd.DataFrame({name: values["verdicts"] for name, values in slices.items()}).T.fillna(0)
    shares = shares.reindex(columns=[label for label in COLOURS if label in shares]).sort_values(list(COLOURS)[:2])
    left = np.zeros(len(shares))
    names = [f"{name} ({slices[name]['n']})" for name in shares.index]
    for label in shares:
        axes.barh(names, shares[label], left=left, color=COLOURS[label], label=label)
        left += shares[label].to_numpy()
    axes.set(xlim=(0, 1), xlabel="share of the answers")
    axes.spines[["top", "right"]].set_visible(False)


figure, (first, second) = plt.subplots(1, 2, figsize=(11, 5.5), layout="constrained")
draw_shares(report["slices"]["kind"], first)
draw_shares(report["slices"]["topic"], second)
legend = figure.legend(*first.get_legend_handles_labels(), ncols=4, frameon=False, loc="outside upper center")

# %%
pd.DataFrame(report["slices"]["kind"]).T[["n", "accuracy", "macro_f1"]].sort_values("accuracy").head(8)

# %% [markdown]
# ## Do the probabilities mean what they say, and what does silence buy?
#
# Left: among claims with a probability of 0.8, eight of ten should be right. Points on the line are honest, points below it too
# sure. The size of a point is the number of claims. Right: when only the surest claims are answered, how many answers are wrong.
# Both speak of the likeliest label, before the checker decides to be silent.

# %%
bins = pd.DataFrame(report["reliability"])
curve = pd.DataFrame(report["risk_coverage"])

figure, (first, second) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
first.plot([0, 1], [0, 1], ":", color="#777777")
first.scatter(bins["probability"], bins["accuracy"], s=bins["n"], color="#33638d", alpha=0.8)
first.set(xlabel="probability given", ylabel="share that is right", xlim=(0.3, 1), ylim=(0.3, 1))
first.set_title(f"reliability, expected calibration error {report['ece']:.3f}", fontsize=10)
second.plot(curve["coverage"], curve["risk"], "o-", color="#33638d", markersize=3)
second.set(xlabel="claims answered, the surest first", ylabel="wrong of the answered", xlim=(0, 1), ylim=(0, None))
second.set_title(f"risk and coverage, mean risk {report['aurc']:.3f}", fontsize=10)
for axes in (first, second):
    axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# ## The mistakes that hurt
#
# Decisive and wrong, the surest first. Read the cited statement beside the claim: was the wrong statement found, or the right one
# misread?

# %%
verdicts = checker.check_many(test["claim"])
answers = pd.DataFrame(
    {
        "claim": test["claim"].to_numpy(),
        "kind": test["kind"].to_numpy(),
        "true": test["label"].to_numpy(),
        "verdict": [verdict.label for verdict in verdicts],
        "probability": [round(verdict.probability, 2) for verdict in verdicts],
        "cited": [verdict.statement.text if verdict.statement else "" for verdict in verdicts],
        "cited id": [verdict.statement.id if verdict.statement else "" for verdict in verdicts],
        "right id": test["statement_id"].to_numpy(),
    }
)
mistakes = answers[(answers["cited"] != "") & (answers["verdict"] != answers["true"])].sort_values("probability", ascending=False)
mistakes.head(10)

# %%
found = mistakes["cited id"] == mistakes["right id"]
pd.crosstab(mistakes["kind"], found.map({True: "right statement, misread", False: "another statement"}).rename("cited"))

# %% [markdown]
# ## What the words did
#
# `explain` leaves out one word at a time and says how far the odds of the verdict fall. Above 0 the word spoke for the verdict.


# %%
def draw_words(claim):
    """Draw the weight of each word of a claim and of the statement that was read for it."""
    explanation = explain(checker, claim)
    figure, pair = plt.subplots(2, 1, figsize=(11, 5.5), layout="constrained")
    for axes, heading, words in zip(pair, ("claim", "statement"), (explanation.claim_words, explanation.statement_words), strict=True):
        weights = [word.weight for word in words]
        axes.bar(range(len(words)), weights, color=["#33638d" if weight > 0 else "#d9b44a" for weight in weights])
        axes.set_xticks(range(len(words)), [word.text for word in words], rotation=60, ha="right", fontsize=8)
        axes.axhline(0, color="#777777", linewidth=0.8)
        axes.set_title(f"words of the {heading}", loc="left", fontsize=10)
        axes.set_ylabel("log-odds")
        axes.spines[["top", "right"]].set_visible(False)
    verdict = explanation.verdict
    figure.suptitle(textwrap.fill(f"{verdict.label} {verdict.probability:.0%}: {claim}", 110), fontsize=10)


draw_words("5G masts spread the coronavirus")

# %% [markdown]
# Now the surest mistake of the table above.

# %%
draw_words(mistakes["claim"].iloc[0])

# %% [markdown]
# The command for one claim is `factcheck explain`; for the report above, `factcheck evaluate claims data/claims.csv --where
# split=test`.
