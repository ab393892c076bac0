# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Compare with plain baselines
#
# Data that people write for a purpose gives its label away: denials sound one way and myths another. So a score means little
# without the score of a model that cannot see half of the input. Here: what scikit-learn does with the words alone, and what the
# checker adds.

# %%
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold, StratifiedGroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from factcheck import FactChecker
from factcheck.evaluation import partial_input_baselines, score_claims
from factcheck.statements import read_statements

# %% [markdown]
# Each claim beside the statement that it was written for; everyday sentences have none. All claims on one statement lie in the
# same part of the split.

# %%
claims = pd.read_csv("../data/claims.csv", dtype=str, keep_default_na=False)
texts = {statement.id: statement.text for statement in read_statements()}
claims["evidence"] = claims["statement_id"].map(texts).fillna("")
train, test = claims[claims["split"] == "train"], claims[claims["split"] == "test"]
pd.crosstab(claims["split"], claims["label"])

# %% [markdown]
# ## Half of the input
#
# `majority` answers the commonest label, `claim_only` never sees a statement, `evidence_only` never sees the claim.

# %%
pairs = [list(zip(part["claim"], part["evidence"], strict=True)) for part in (train, test)]
scores = partial_input_baselines(pairs[0], train["label"].tolist(), pairs[1], test["label"].tolist())
{name: round(score, 3) for name, score in scores.items()}

# %% [markdown]
# ## Words of claim and statement in one bag
#
# The same model over both texts. It is handed the right statement, which the checker has to find. No stop words are taken out:
# "not" is one of them.


# %%
def words_and_regression():
    """TF-IDF of words and word pairs, then logistic regression; keeps "3.5%" and "COVID-19" whole."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+(?:[.,'-]\w+)*%?", sublinear_tf=True)
    return make_pipeline(vectorizer, LogisticRegression(class_weight="balanced", solver="newton-cg", max_iter=1000))


def macro_f1(answers):
    """Return the macro-F1 of answers on the test claims over the three labels."""
    return f1_score(test["label"], answers, labels=sorted(set(test["label"])), average="macro", zero_division=0)


together = words_and_regression().fit(train["claim"] + " " + train["evidence"], train["label"])
scores["claim and statement"] = macro_f1(together.predict(test["claim"] + " " + test["evidence"]))
round(scores["claim and statement"], 3)

# %% [markdown]
# That is less than the claim alone: a bag of words cannot set one text against the other.
#
# ## The checker
#
# Once as it answers, silent where it is not sure, and once by its likeliest label, as the baselines answer.

# %%
checker = FactChecker.load("linear")
verdicts = checker.check_many(test["claim"])
likeliest = [max(verdict.probabilities, key=verdict.probabilities.get) for verdict in verdicts]
report = score_claims(checker, test["claim"].tolist(), test["label"].tolist())
scores["checker, abstaining"] = report["macro_f1"]
scores["checker, likeliest label"] = macro_f1(likeliest)

order = ["majority", "evidence_only", "claim_only", "claim and statement", "checker, abstaining", "checker, likeliest label"]
figure, axes = plt.subplots(figsize=(7, 3))
bars = axes.barh(order, [scores[name] for name in order], color=["#9aa3ab"] * 4 + ["#33638d"] * 2)
axes.bar_label(bars, fmt="%.3f", padding=3)
axes.invert_yaxis()
axes.set(xlim=(0, 1), xlabel="macro-F1, test split")
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# The claim alone goes most of the way to the likeliest label, without a statement to cite. Macro-F1 counts each silence on a
# claim that could be decided as a mistake, which is why the abstaining checker looks worse. So let the claim-only model decide as
# many claims as the checker does, its surest, and compare how many are right.

# %%
claim_only = words_and_regression().fit(train["claim"], train["label"])
likely = claim_only.predict_proba(test["claim"])
decisive = claim_only.classes_[likely.argmax(axis=1)]
sure = pd.Series(likely.max(axis=1)).where(decisive != "NOT ENOUGH INFO").nlargest(report["decided"]["n"]).index
pd.DataFrame(
    {
        "claims decided": [len(sure), report["decided"]["n"]],
        "of these right": [(decisive[sure] == test["label"].to_numpy()[sure]).mean(), report["decided"]["accuracy"]],
    },
    index=["claim alone, its surest", "checker"],
).round(3)

# %% [markdown]
# ## Does the split flatter?
#
# The same claim-only model on the training part, once with folds drawn at random and once with all claims on a statement in one
# fold. If the first is much higher, the model remembers what others said on the same statement.

# %%
groups = train["statement_id"].where(train["statement_id"] != "", train["id"])
model = words_and_regression()
at_random = cross_val_score(model, train["claim"], train["label"], cv=KFold(3, shuffle=True, random_state=0), scoring="f1_macro")
by_statement = cross_val_score(
    model, train["claim"], train["label"], groups=groups, cv=StratifiedGroupKFold(3, shuffle=True, random_state=0), scoring="f1_macro"
)
print(f"folds at random {at_random.mean():.3f}, by statement {by_statement.mean():.3f}")

# %% [markdown]
# Here it is not. On a set of your own it may be: look before you quote a score from a random split, and give the figures of the
# baselines beside your own. Those of the shipped bundles, with intervals, are made by `make bench`.
