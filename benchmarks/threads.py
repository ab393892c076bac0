"""Ask one checker from many threads at once: how long a call takes, and whether every caller gets the answer to its own post.

    python benchmarks/threads.py [--calls N] [--threads N] [--seed N] [--output FOLDER]

The posts are those of benchmarks/batch.py. Each thread asks for one post after another while the others do the same; afterwards the same posts go
through the checker as a table, and the command ends with an error where a call's answer is not that of the table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from threading import Barrier
from typing import Any

from batch import posts
from speed import MODELS, RESULTS

from factcheck import FactChecker

BARS = {"linear": 40, "encoder": 120}  # milliseconds, of 95 calls in 100


def main() -> None:
    """Measure, print the table and write threads.md and threads.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--calls", type=int, default=10_000, help="posts for each bundle (default 10000)")
    parser.add_argument("--threads", type=int, default=8, help="callers at once (default 8)")
    parser.add_argument("--seed", type=int, default=0, help="of the made-up posts (default 0)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for threads.md and threads.json")
    options = parser.parse_args()
    command = f"python benchmarks/threads.py --calls {options.calls} --threads {options.threads} --seed {options.seed}"
    runs = [measure(model, options.calls, options.threads, options.seed) for model in MODELS]
    document = {"command": command, "python": platform.python_version(), "cores": os.cpu_count(), "runs": runs}
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "threads.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    page = render(document)
    (options.output / "threads.md").write_text(page, encoding="utf-8")
    print(page)
    if any(row["mixed_up"] for row in runs):
        raise SystemExit("a call got another answer than the table")


def measure(model: str, calls: int, threads: int, seed: int) -> dict[str, Any]:
    """Let the threads share the posts of one bundle, then check them as a table."""
    checker = FactChecker.load(model)
    checker.check("a first post loads what is read late")
    texts = list(posts(calls, seed))
    ready = Barrier(threads)

    def caller(number: int) -> list[tuple[int, Any, float]]:
        ready.wait()
        answers = []
        for place in range(number, calls, threads):
            start = time.perf_counter()
            verdict = checker.check(texts[place])
            answers.append((place, verdict, 1000 * (time.perf_counter() - start)))
        return answers

    start, processor = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        answered = [answer for answers in pool.map(caller, range(threads)) for answer in answers]
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    table = checker.check_many(texts)
    times = [milliseconds for _, _, milliseconds in answered]
    return {
        "model": model,
        "calls": len(answered),
        "threads": threads,
        "seconds": round(seconds, 1),
        "processor_seconds": round(processor, 1),
        "p50": round(median(times), 2),
        "p95": round(quantiles(times, n=20)[-1], 2),
        "bar": BARS[model],
        "mixed_up": sum(verdict != table[place] for place, verdict, _ in answered),
    }


def render(document: dict[str, Any]) -> str:
    """Write the figures as a Markdown page."""
    lines = [
        "# Threads",
        "",
        f"`{document['command']}`: one checker, asked by all threads at once for one made-up post after another, a tenth of them near a statement. Times are in milliseconds.",
        "",
        "| bundle | threads | calls | seconds | processor seconds | p50 | p95 | bar of p95 | answers that were not the table's |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    names = ("threads", "calls", "seconds", "processor_seconds", "p50", "p95", "bar", "mixed_up")
    lines += [f"| {row['model']} | {' | '.join(f'{row[name]:,}' for name in names)} |" for row in document["runs"]]
    return "\n".join([*lines, "", f"Python {document['python']}, {document['cores']} cores.", ""])


if __name__ == "__main__":
    main()
