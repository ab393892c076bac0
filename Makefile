# Each target makes what it needs, from nothing but Python 3.11 or newer. `make demo` is the place to start.
# Another interpreter: make PYTHON=/path/to/python3.12 setup

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
MODEL := models/linear
RECIPE := recipes/linear.toml
TRAIN_TOOLS := $(VENV)/.train-tools
CLUSTER_TOOLS := $(VENV)/.cluster-tools

.PHONY: help setup train-tools cluster-tools demo test check bench model encoder docs notebooks
.DEFAULT_GOAL := help

help:
	@echo "make setup   make $(VENV) and install factcheck into it with its developer tools"
	@echo "make demo    check the example posts and show the verdicts"
	@echo "make test    run every test"
	@echo "make check   linters, types, and the rules for statements and claims"
	@echo "make bench   measure quality and speed (benchmarks/results/)"
	@echo "make model   train the shipped bundle $(MODEL) anew"
	@echo "make encoder train the shipped bundle models/encoder anew: hours, needs FACTCHECK_DATA and BASE=FOLDER of all-MiniLM-L6-v2"
	@echo "make notebooks  bring each notebook and its .py together, the newer one wins, and take the outputs out"
	@echo "make train-tools  install PyTorch and what else trains an encoder; make test then tests the training too"
	@echo "make cluster-tools  install Spark (500 MB, Java besides) and Dask; make test then tests the clusters too"
	@echo "make docs    run the examples in README, docs and docstrings, and build the site into docs/_build/html"

setup: $(INSTALLED)

# The stamp is older than pyproject.toml when dependencies may have changed, and than __init__.py when the version may have.
$(INSTALLED): pyproject.toml src/factcheck/__init__.py
	@if ! $(BIN)/python -c "" 2>/dev/null; then \
	  found=; \
	  for python in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    if "$$python" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "factcheck needs Python 3.11 or newer; tried $(PYTHON), python3, python3.11 to python3.14 and python." >&2; \
	    echo "Install one, or name yours: make PYTHON=/path/to/python3.11 setup" >&2; \
	    exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$("$$found" --version)"; \
	  "$$found" -m venv --clear $(VENV) || { \
	    echo "This Python cannot make virtual environments (Debian and Ubuntu: install its package python3-venv)." >&2; exit 1; }; \
	fi
	@echo "Installing factcheck and its developer tools into $(VENV) (a minute or two the first time)"
	@$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@

# torch as the tests know it: another release gives other bytes, and on Linux a plain "torch" may be several gigabytes.
train-tools: $(TRAIN_TOOLS)

$(TRAIN_TOOLS): $(INSTALLED)
	@echo "Installing PyTorch and what else trains an encoder into $(VENV)"
	@$(BIN)/python -m pip install --quiet torch==2.13.0
	@$(BIN)/python -m pip install --quiet --editable ".[dev,train]"
	@touch $@

cluster-tools: $(CLUSTER_TOOLS)

$(CLUSTER_TOOLS): $(INSTALLED)
	@echo "Installing Spark and Dask into $(VENV)"
	@$(BIN)/python -m pip install --quiet --editable ".[dev,spark,dask]"
	@command -v java >/dev/null || [ -n "$$JAVA_HOME" ] || echo "There is no Java: the tests of Spark are skipped until Java 17 or newer is installed." >&2
	@touch $@

demo: $(INSTALLED) $(MODEL)/manifest.json
	@mkdir -p out
	$(BIN)/factcheck batch data/examples/posts.csv --text-column text -o out/verdicts.csv
	@$(BIN)/python -c "$$SHOW_VERDICTS" out/verdicts.csv

test: $(INSTALLED) $(MODEL)/manifest.json
	$(BIN)/python -m pytest

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/factcheck statements lint data/statements.csv
	$(BIN)/factcheck claims lint data/claims.csv

bench: $(INSTALLED) $(MODEL)/manifest.json
	$(BIN)/python benchmarks/quality.py
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/claimreview.py
	$(BIN)/python benchmarks/batch.py
	$(BIN)/python benchmarks/threads.py
	$(BIN)/python benchmarks/report.py

model: $(INSTALLED)
	$(BIN)/factcheck train $(RECIPE) -o $(MODEL)

encoder: $(TRAIN_TOOLS)
	$(BIN)/factcheck train recipes/encoder.toml --base "$(BASE)" -o models/encoder

# The bundle comes with the repository; this is for a copy without it.
$(MODEL)/manifest.json: | $(INSTALLED)
	$(BIN)/factcheck train $(RECIPE) -o $(MODEL)

docs: $(INSTALLED) $(MODEL)/manifest.json
	$(BIN)/python -m pytest --doctest-glob="*.md" README.md docs src/factcheck
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --builder html docs docs/_build/html

notebooks: $(INSTALLED)
	$(BIN)/jupytext --quiet --sync notebooks/*.ipynb
	$(BIN)/nbstripout notebooks/*.ipynb

define SHOW_VERDICTS
import csv, sys, textwrap
with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:
    rows = list(csv.DictReader(file))
for row in rows:
    probability = row["factcheck_probability"]
    print()
    print(textwrap.fill(row["text"], 110))
    print("  ->", row["factcheck_verdict"] or "ERROR", format(float(probability), ".2f") if probability else "", "(" + row["factcheck_reason"] + ")")
    if row["factcheck_statement"]:
        print(textwrap.fill(row["factcheck_statement"], 104, initial_indent="     ", subsequent_indent="     "))
        print("     " + ", ".join(filter(None, (row["factcheck_publisher"], row["factcheck_published"], row["factcheck_url"]))))
print()
print(len(rows), "posts checked; every column of every verdict stands in", sys.argv[1])
endef
export SHOW_VERDICTS
