# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Train on your own labels
#
# Two ways, by what your labels come with:
#
# - claims, each with the statement that it was labelled against: a **checker**, which cites what decided;
# - texts and labels alone: a **claim-only classifier**, which learns how texts of a label are written, and cites nothing.
#
# Both can be told how much error you accept, and then stay silent where they cannot keep to it.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict, cross_val_score

from factcheck import ClaimClassifier, FactChecker
from factcheck.decision import budget_threshold
from factcheck.evaluation import evaluate_claims
from factcheck.training import train

# %% [markdown]
# ## Your labels
#
# Here three topics of the project's own claims stand for your labels, with the everyday sentences that belong to no statement. A
# row has a claim, its label, the statement that it was labelled against (`statement_id`), a topic and a kind. `split` is train,
# calibration or test, and all claims on one statement are in the same part. Leave the column out, and training makes it.

# %%
claims = pd.read_csv("../data/claims.csv", dtype=str, keep_default_na=False)
mine = claims[claims["topic"].isin(["climate", "vaccines", "infectious"]) | (claims["statement_id"] == "")]

folder = Path(tempfile.mkdtemp())
mine.to_csv(folder / "claims.csv", index=False)
pd.crosstab(mine["split"], mine["label"])

# %% [markdown]
# ## A checker from a recipe
#
# A recipe names the tables and the error budget. `max_error = 0.3` asks that, with 95 % confidence, at most 30 % of the claims
# that it decides are wrong. That is a loose budget: few labels can prove no strict one.

# %%
recipe = f"""
name = "mine"
claims = "claims.csv"
statements = "{Path("../data/statements.csv").resolve().as_posix()}"

[rule]
max_error = 0.3
"""
(folder / "recipe.toml").write_text(recipe, encoding="utf-8")
metrics = train(folder / "recipe.toml", folder / "bundle", say=print)

# %% [markdown]
# ## What a stricter budget costs
#
# Training keeps what the calibration claims said, so the budget can be changed on loading. Where no threshold keeps it, the
# threshold is infinite and nothing is decided. The threshold is chosen on the calibration part; the errors are counted on the
# test part.

# %%
rows = []
for max_error in (0.1, 0.2, 0.25, 0.3, 0.35, 0.4):
    checker = FactChecker.load(folder / "bundle", max_error=max_error)
    scores = evaluate_claims(checker, folder / "claims.csv", where={"split": "test"})
    right = scores["decided"]["accuracy"]
    rows.append(
        {
            "budget": max_error,
            "threshold": checker.rule.threshold_,
            "decided": scores["coverage"],
            "wrong of the decided": np.nan if right is None else 1 - right,
        }
    )
budgets = pd.DataFrame(rows).set_index("budget")
budgets.round(3)

# %%
figure, axes = plt.subplots(figsize=(6, 3.2))
axes.plot(budgets.index, budgets["decided"], "o-", color="#33638d", label="claims decided")
axes.plot(budgets.index, budgets["wrong of the decided"], "s-", color="#b5483a", label="wrong of the decided")
axes.plot(budgets.index, budgets.index, ":", color="#777777", label="the budget")
axes.set(xlabel="error budget", ylabel="share of the test claims", ylim=(0, None))
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# The promise is for claims like those of the calibration part: same topics, same ways of writing. On another topic it has no
# ground.
#
# ## Texts and labels alone
#
# `ClaimClassifier` is a scikit-learn estimator. Claims on one statement resemble each other, so keep them in one fold: a random
# split would measure memory.

# %%
labelled = mine[mine["split"] != "test"]
groups = labelled["statement_id"].where(labelled["statement_id"] != "", labelled["id"])
folds = StratifiedGroupKFold(n_splits=3, shuffle=True, random_state=0)
classifier = ClaimClassifier(character_ngrams=(2, 4))

scores = cross_val_score(classifier, labelled["claim"], labelled["label"], groups=groups, cv=folds, scoring="f1_macro")
print("macro-F1 of three folds:", scores.round(3), "mean", scores.mean().round(3))

# %% [markdown]
# ## A threshold that keeps a budget
#
# `budget_threshold` needs two things of texts that trained nothing: how sure the answer was, and whether it was wrong.
# Cross-validation gives both. It counts each text as drawn by itself. Claims on one statement are not quite that, so take the
# threshold as somewhat too low.

# %%
likely = cross_val_predict(classifier, labelled["claim"], labelled["label"], groups=groups, cv=folds, method="predict_proba")
names = np.unique(labelled["label"])  # the order of the columns
sure = likely.max(axis=1)
wrong = names[likely.argmax(axis=1)] != labelled["label"].to_numpy()

thresholds = {budget: budget_threshold(sure, wrong, max_error=budget) for budget in (0.1, 0.15, 0.2, 0.25)}
pd.DataFrame(
    {
        "threshold": thresholds,
        "answered": {budget: (sure >= least).mean() for budget, least in thresholds.items()},
    }
).rename_axis("budget").round(3)

# %%
order = np.argsort(-sure)
answered = np.arange(1, len(sure) + 1) / len(sure)
error = np.cumsum(wrong[order]) / np.arange(1, len(sure) + 1)

figure, axes = plt.subplots(figsize=(6, 3.2))
axes.plot(answered[100:], error[100:], color="#33638d")
for budget, least in thresholds.items():
    if np.isfinite(least):
        share = (sure >= least).mean()
        axes.plot(share, error[round(share * len(sure)) - 1], "o", color="#b5483a")
        axes.annotate(f"budget {budget:g}", (share, error[round(share * len(sure)) - 1]), xytext=(6, -12), textcoords="offset points")
axes.set(xlabel="texts answered, the surest first", ylabel="wrong of the answered", ylim=(0, None))
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# Each point lies below its budget, because the budget must hold with 95 % confidence and not just on these texts. A budget that
# no threshold keeps has no point.
#
# `factcheck.training.train_claims` does this part for a file and writes a bundle; `factcheck train` is the command for both.
