# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Write statements for a new topic
#
# The checker knows what its statements say. A new statement works at once, without training. Here: bees, which the shipped base
# does not speak of. Publisher, addresses and posts are made up.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from factcheck import FactChecker, Statement
from factcheck.batch import run
from factcheck.errors import StatementError
from factcheck.rechecking import recheck
from factcheck.statements import add, lint, read_statements

pd.set_option("display.max_colwidth", None)
folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## The posts, and what is said of them before

# %%
posts = pd.DataFrame(
    {
        "text": [
            "A honey bee dies after it stings a person",
            "Bumblebees cannot sting at all",
            "Bumblebees can sting more than once",
            "Male honey bees have no sting",
            "A drone can sting you",
            "Bees can sting you as often as they like",
            "My sister keeps bees in her garden",
            "5G causes COVID-19",
        ]
    }
)
posts.to_csv(folder / "posts.csv", index=False)

before = FactChecker.load("linear")
run(before, folder / "posts.csv", folder / "verdicts.csv")
columns = ["text", "factcheck_verdict", "factcheck_probability", "factcheck_reason", "factcheck_statement"]
pd.read_csv(folder / "verdicts.csv", dtype=str, keep_default_na=False)[columns]

# %% [markdown]
# No statement speaks of bees, so nothing about them is decided. That is what a gap in the base looks like: it says nothing of
# whether the posts are true.
#
# ## Write the statements
#
# One sentence each, that can be read alone, names its subject and says what is so. `add` refuses what nearly repeats or
# contradicts a statement of the table, and then writes nothing.

# %%
base = folder / "bees.csv"
source = {"topic": "bees", "publisher": "Bee Board", "url": "https://bees.example.org/"}
for name, text in {
    "bee-1": "A honey bee worker usually dies after it stings a person, because its barbed sting stays in the skin.",
    "bee-2": "Drones, the male honey bees, have no sting.",
    "bee-3": "Bumblebees can sting, and they can sting more than once.",
}.items():
    add(base, Statement(id=name, text=text, **source))

try:
    add(base, Statement(id="bee-4", text="Bumblebees cannot sting, and they cannot sting more than once.", **source))
except StatementError as error:
    print(error)

print("the lint finds:", lint(base) or "nothing")

# %% [markdown]
# ## The verdicts after

# %%
after = FactChecker.load("linear", statements=[*read_statements(), *read_statements(base)])
changes = pd.DataFrame(change.to_dict() for change in recheck(after, folder / "verdicts.csv"))
changes[["claim", "old", "new", "why", "new_statement"]]

# %% [markdown]
# `recheck` lists only what changes: another label, or another statement that decides. The post on 5G is not among them.
#
# Read each new verdict beside its statement. With this bundle not all are as you would have them: that a drone can sting is taken
# to be supported by a sentence that says the opposite, and of a post that one statement settles it is said that statements
# conflict. A statement that is found need not be read right.

# %%
COLOURS = {"REFUTES": "#b5483a", "SUPPORTS": "#2f7d5b", "NOT ENOUGH INFO": "#c8cdd1"}

figure, pair = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True, layout="constrained")
for axes, title, checker in zip(pair, ("before", "after"), (before, after), strict=True):
    verdicts = checker.check_many(posts["text"])
    left = [0.0] * len(verdicts)
    for label, colour in COLOURS.items():
        shares = [verdict.probabilities[label] for verdict in verdicts]
        axes.barh(posts["text"], shares, left=left, color=colour, label=label)
        left = [start + share for start, share in zip(left, shares, strict=True)]
    for place, verdict in enumerate(verdicts):
        axes.text(0.02, place, verdict.label if verdict.decisive else "", va="center", color="white", fontsize=8)
    axes.set(title=title, xlim=(0, 1), xlabel="probability")
    axes.spines[["top", "right"]].set_visible(False)
pair[0].invert_yaxis()
legend = figure.legend(*pair[0].get_legend_handles_labels(), ncols=3, frameon=False, loc="outside lower center")

# %% [markdown]
# A bar with a word on it is a verdict that was given; the others were not sure enough for the error budget. A red or green bar
# without a word is a post for a person to read.
#
# On a topic that calibration never saw, the probabilities have no ground to stand on. Label some posts of your own and measure:
# the notebook `3-errors` shows how. The commands are `factcheck statements add`, `factcheck statements lint` and
# `factcheck recheck`.
