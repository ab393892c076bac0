# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Check a spreadsheet
#
# You have a table of posts and want to know what is claimed in them, and what authorities have said about it. The posts in
# `data/examples/posts.csv` are made up. Put your own file in its place.

# %%
import textwrap

import matplotlib.pyplot as plt
import pandas as pd

from factcheck import FactChecker

pd.set_option("display.max_colwidth", None)

# %% [markdown]
# Read every cell as text. Otherwise pandas takes an id `007` for the number 7, and a post that says "None" for a missing one.

# %%
posts = pd.read_csv("../data/examples/posts.csv", dtype=str, keep_default_na=False)
posts.head()

# %% [markdown]
# ## A verdict for each post
#
# `linear` is the faster of the two bundles that ship. Without a name, `load` takes the better one that can run here. A post that
# asserts nothing, such as an empty one, is `not_a_claim`; one that cannot be read has the reason `error` and stops nothing.

# %%
checker = FactChecker.load("linear")
verdicts = checker.check_many(posts["text"])

posts["verdict"] = [verdict.label for verdict in verdicts]
posts["probability"] = [round(verdict.probability, 2) for verdict in verdicts]
posts["reason"] = [verdict.reason for verdict in verdicts]
posts["statement"] = [verdict.statement.text if verdict.statement else "" for verdict in verdicts]
posts["publisher"] = [verdict.statement.publisher if verdict.statement else "" for verdict in verdicts]
posts["url"] = [verdict.statement.url if verdict.statement else "" for verdict in verdicts]

decided = posts[posts["statement"] != ""]
decided[["id", "text", "verdict", "probability", "statement", "publisher"]]

# %% [markdown]
# Read before you count: with this bundle some of them are wrong, and the statement beside the post shows it.
#
# ## How many, and why the rest were not decided

# %%
COLOURS = {"REFUTES": "#b5483a", "SUPPORTS": "#2f7d5b", "CONFLICTING": "#d9b44a", "NOT ENOUGH INFO": "#9aa3ab", "error": "#555555"}

answers = posts["verdict"].where(posts["verdict"] != "", "error")
counts = answers.value_counts().reindex(COLOURS, fill_value=0)

figure, axes = plt.subplots(figsize=(7, 2.2))
bars = axes.barh(counts.index, counts, color=list(COLOURS.values()))
axes.bar_label(bars, padding=3)
axes.invert_yaxis()
axes.set_xlabel("posts")
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# CONFLICTING means that one statement supports the post and another refutes it. NOT ENOUGH INFO is the answer for everything that
# no statement settles. `reason` tells everyday talk and questions from posts that came close: those with `low_probability` are
# the ones that a person should read first.

# %%
pd.crosstab(posts["reason"], answers)

# %% [markdown]
# ## Which statements were cited

# %%
cited = pd.crosstab(decided["statement"], decided["verdict"])
cited = cited.loc[cited.sum(axis=1).sort_values().index]

figure, axes = plt.subplots(figsize=(7, 0.55 * len(cited) + 1))
names = [textwrap.shorten(text, 75, placeholder=" ...") for text in cited.index]
left = 0
for verdict in cited:
    axes.barh(names, cited[verdict], left=left, label=verdict, color=COLOURS[verdict])
    left = left + cited[verdict].to_numpy()
axes.set_xlabel("posts that the statement decides")
axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
axes.xaxis.get_major_locator().set_params(integer=True)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# ## Before you use it
#
# Read the statement beside each post: it is the ground of the verdict, and a wrong verdict mostly shows there. A verdict alone is
# no ground to remove somebody's words.
#
# For files too large for a data frame, `factcheck batch posts.csv --text-column text -o verdicts.csv` does the same a piece at a
# time, and `factcheck report` makes a page of it.
