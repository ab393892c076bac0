"""Measure a report at full length: seconds, size and peak memory, and how fast its page answers in Chromium.

    python benchmarks/report.py [--rows N] [--seed N] [--output FOLDER]

The posts are made up, of one to three sentences each from the templates of benchmarks/batch.py. They get made-up verdicts on the shipped statements:
every fourth is decided, every tenth repeats an earlier one word for word or nearly. The report is the whole command ``factcheck report`` in a fresh
process. What a person waits for in the page is timed in the Chromium that is installed, and left out where there is none. The command ends with an
error where a report takes more than it may.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from batch import posts
from speed import RESULTS, ROOT, run

MOST_SECONDS, MOST_BYTES, MOST_WAIT = 30.0, 25_000_000, 3.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Measure, print the table and write report.md and report.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=50_000, help="posts, 1000 or more (default 50000)")
    parser.add_argument("--seed", type=int, default=0, help="of the made-up posts (default 0)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for report.md and report.json")
    options = parser.parse_args()
    if options.rows < 1_000:
        parser.error("--rows must be 1000 or more")
    document = measure(options.rows, options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "report.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    page = render(document)
    (options.output / "report.md").write_text(page, encoding="utf-8")
    print(page)
    whole = document["runs"][-1]
    if whole["seconds"] > MOST_SECONDS or whole["bytes"] > MOST_BYTES:
        raise SystemExit(f"the report took {whole['seconds']} s and {whole['bytes']} bytes; it may take {MOST_SECONDS} and {MOST_BYTES}")
    if slow := [name for name, seconds in document["page"].items() if seconds > MOST_WAIT]:
        raise SystemExit(f"the page took more than {MOST_WAIT} s to {', '.join(slow)}")


def measure(rows: int, seed: int) -> dict[str, Any]:
    """Run the command over a tenth of the rows and over all, and use the page of all."""
    runs = []
    with tempfile.TemporaryDirectory() as name:
        page = Path(name, "report.html")
        for size in (rows // 10, rows):
            source = Path(name, f"verdicts-{size}.jsonl")
            write_verdicts(source, size, seed)
            print(f"{size} posts", file=sys.stderr)
            _, seconds, memory = run([sys.executable, "-m", "factcheck", "report", str(source), "-o", str(page), "--date-column", "posted"])
            runs.append({"rows": size, "seconds": round(seconds, 1), "bytes": page.stat().st_size, "memory": round(memory)})
        waits = use(page)
    command = f"python benchmarks/report.py --rows {rows} --seed {seed}"
    return {"command": command, "python": platform.python_version(), "cores": os.cpu_count(), "runs": runs, "page": waits}


def write_verdicts(path: Path, count: int, seed: int) -> None:
    """Write made-up posts with made-up verdicts as a batch writes JSON Lines; the same for the same seed."""
    with (ROOT / "data" / "statements.csv").open(encoding="utf-8", newline="") as file:
        statements = list(csv.DictReader(file))
    choose = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for text in texts(count, seed):
            row = verdict(text, statements)
            file.write(json.dumps({"text": text, "posted": f"2024-{choose.randrange(1, 7):02}-{choose.randrange(1, 29):02}", **row}) + "\n")


def texts(count: int, seed: int) -> Iterator[str]:
    """Yield made-up posts, every tenth an earlier one again, half of these with a word more."""
    choose = random.Random(seed)
    sentences = posts(4 * count, seed)
    earlier: list[str] = []
    for number in range(count):
        if number % 10 == 9:
            text = choose.choice(earlier[:200])
            yield text if number % 20 == 9 else f"{text} really"
        else:
            earlier.append(". ".join(islice(sentences, choose.randrange(1, 4))))
            yield earlier[-1]


def verdict(text: str, statements: list[dict[str, str]]) -> dict[str, Any]:
    """Return the columns that a batch adds, the same for the same text."""
    own = random.Random(text)
    statement = own.choice(statements[: 1 + own.randrange(len(statements))])  # the first ones come oftener
    label = own.choices(["REFUTES", "SUPPORTS", "CONFLICTING", "NOT ENOUGH INFO"], [18, 6, 1, 75])[0]
    decided = label != "NOT ENOUGH INFO"
    reason = (
        "decided"
        if label in {"REFUTES", "SUPPORTS"}
        else "conflicting_evidence"
        if decided
        else own.choice(["no_relevant_statement", "low_probability", "not_a_claim"])
    )
    parts = [own.random() for _ in range(3)]
    probabilities = dict(zip(("SUPPORTS", "REFUTES", "NOT ENOUGH INFO"), (round(part / sum(parts), 6) for part in parts), strict=True))
    near = (
        [{**statement, "score": 0.5, "stance": label, "probabilities": probabilities, "sentence": ""}]
        if reason != "no_relevant_statement"
        else []
    )
    return {
        "factcheck_verdict": label,
        "factcheck_probability": round(own.uniform(0.5, 1), 6),
        "factcheck_reason": reason,
        "factcheck_statement_id": statement["id"] if decided else None,
        "factcheck_statement": statement["statement"] if decided else None,
        "factcheck_publisher": statement["publisher"] if decided else None,
        "factcheck_url": statement["url"] if decided else None,
        "factcheck_published": (statement["published"] or None) if decided else None,
        "factcheck_error": None,
        "factcheck_probabilities": probabilities,
        "factcheck_evidence": near,
    }


def use(page: Path) -> dict[str, float]:
    """Return the seconds that a person waits in the page, by what for; empty where there is no browser."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser or not find_spec("playwright"):
        return {}
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (only where there is one)

    waits: dict[str, float] = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        view = chromium.new_page()
        view.set_default_timeout(60_000)
        status, line = view.locator("#status"), view.locator("#list tbody tr")

        def wait(name: str, act: Any, done: Any) -> None:
            start = time.perf_counter()
            act()
            done()
            waits[name] = round(time.perf_counter() - start, 2)

        def changed() -> Any:
            before = status.text_content()
            return lambda: view.wait_for_function("before => document.getElementById('status').textContent !== before", arg=before)

        wait("open", lambda: view.goto(page.as_uri()), line.first.wait_for)
        wait("search", lambda: view.locator("#search").press_sequentially("harbour soup"), changed())
        wait("clear", lambda: view.get_by_role("button", name="Clear").click(), changed())
        wait("filter", lambda: view.locator("#verdict").select_option(label="REFUTES"), changed())
        view.locator("#verdict").select_option(label="all")
        for column in ("Post", "Probability", "Alike"):
            head = view.get_by_role("button", name=column, exact=True)
            wait(f"sort by {column}", head.click, view.locator("th[aria-sort]:not([aria-sort=none])", has_text=column).wait_for)
        chromium.close()
    return waits


def render(document: dict[str, Any]) -> str:
    """Write the figures as a Markdown page."""
    lines = [
        "# Report",
        "",
        f"`{document['command']}`: made-up posts with made-up verdicts; the whole command `factcheck report`, from a JSON Lines file to the page.",
        "",
        "| posts | seconds | page, MB | peak memory, MB |",
        "|---:|---:|---:|---:|",
    ]
    lines += [f"| {run['rows']:,} | {run['seconds']} | {run['bytes'] / 1e6:.1f} | {run['memory']:,} |" for run in document["runs"]]
    if document["page"]:
        lines += ["", f"In Chromium, with {document['runs'][-1]['rows']:,} posts:", "", "| to | seconds |", "|---|---:|"]
        lines += [f"| {name} | {seconds:.2f} |" for name, seconds in document["page"].items()]
    return "\n".join([*lines, "", f"Python {document['python']}, {document['cores']} cores.", ""])


if __name__ == "__main__":
    main()
