"""Measure a batch at full length: posts a second, peak memory at two sizes, and one worker against two.

    python benchmarks/batch.py [--rows N] [--seed N] [--model linear] [--format csv] [--name batch] [--output FOLDER]
    python benchmarks/batch.py --rows 1000000 --name million

The posts are made up from the templates below; every tenth is near a statement of the shipped base. Each run is the whole command
``factcheck batch`` in a fresh process, from the file to the finished file. The figures hold for one machine; what must hold on any is that the
memory does not grow with the rows and that two workers write the same bytes as one, and the command ends with an error where they do not.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import platform
import random
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speed import RESULTS, run

NEAR = 10  # every tenth post is near a statement
MOST_GROWTH = 1.25  # peak memory of all rows over that of a tenth of them
LONG, MOST_GROWTH_OF_LONG = 100_000, 1.05  # the same where a tenth are so many rows: by then all that is kept is full

PARTS = {
    "who": "my aunt|the plumber|our team|two students|the whole office|that shop|her brother|the band|our club|a courier|the bus driver|my old teacher",
    "did": "missed|fixed|lost|sold|carried|drew|cooked|opened|bought|counted|folded|hid|washed|traded|dropped|wrapped",
    "what": "a red jacket|the tickets|some soup|four chairs|his guitar|the map|our tent|a lamp|the old radio|three puzzles|a bag of apples|the parcel",
    "where": "at the harbour|near platform {n}|in the kitchen|behind the school|by the river|on floor {n}|at the fair|under the stairs|in room {n}",
    "when": "on Monday|at {n} o'clock|last night|before lunch|in May|after the show|{n} days ago|during the storm",
    "end": "and nobody minded|so we laughed|what a day|which was odd|and it rained|never again|worth it though|anyone else?|:)|#mondays",
    "said": "They say|I read that|Fact:|Wake up:|My feed is full of it,|Apparently|So it turns out|Honestly,|Nobody tells you that|",
    "near": "5G masts spread the coronavirus|5G does not spread the coronavirus|vaccines cause autism in children|childhood vaccines do not cause autism"
    "|the flu shot gives you the flu|antibiotics kill viruses|antibiotics do not work against viruses|the Earth is flat|the Moon landings were filmed in a studio"
    "|drinking bleach cures an infection|masks lower the oxygen in your blood|garlic stops the virus|climate has always changed so it is not our doing"
    "|carbon dioxide from fuels warms the planet|sugar makes children hyperactive|humans use only ten percent of their brain|phones at the pump set stations on fire"
    "|mercury in vaccines poisons babies|a glass of warm water kills the virus|wind turbines cause cancer",
}
TEMPLATES = (
    "{who} {did} {what} {where} {when}, {end}",
    "{when} {who} {did} {what}. {end}",
    "{who} {did} {what} {when}; {who} {did} {what} {where}",
)
NEAR_TEMPLATES = ("{said} {near}", "{said} {near}, {who} told me {when}", "{near}! {end}", "{near}? {said} {near}")


def main() -> None:
    """Measure, print the table and write NAME.md and NAME.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=100_000, help="posts, 1000 or more (default 100000)")
    parser.add_argument("--seed", type=int, default=0, help="of the made-up posts (default 0)")
    parser.add_argument("--model", default="linear", help="bundle (default linear)")
    parser.add_argument("--format", default="csv", choices=["csv", "jsonl", "parquet", "xlsx"], help="of the output (default csv)")
    parser.add_argument("--name", default="batch", help="of the files of results, NAME.md and NAME.json (default batch)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of these files")
    options = parser.parse_args()
    if options.rows < 1_000:
        parser.error("--rows must be 1000 or more")
    document = measure(options.rows, options.seed, options.model, options.format)
    if options.name != "batch":
        document["command"] += f" --name {options.name}"
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / f"{options.name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    page = render(document)
    (options.output / f"{options.name}.md").write_text(page, encoding="utf-8")
    print(page)
    small, large, two = document["runs"]
    if large["sha256"] != two["sha256"]:
        raise SystemExit("two workers wrote other bytes than one")
    if large["memory"] > (MOST_GROWTH_OF_LONG if small["rows"] >= LONG else MOST_GROWTH) * small["memory"]:
        raise SystemExit(f"memory grew from {small['memory']} MB to {large['memory']} MB with the rows")


def measure(rows: int, seed: int, model: str, form: str) -> dict[str, Any]:
    """Run the command over a tenth of the rows, over all, and over all with two workers."""
    runs = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, workers in ((rows // 10, 1), (rows, 1), (rows, 2)):
            source, target = folder / f"posts-{size}.csv", folder / f"verdicts.{form}"
            if not source.exists():
                write_posts(source, size, seed)
            command = [sys.executable, "-m", "factcheck", "batch", str(source), "-o", str(target), "--model", model]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            _, seconds, memory = run([*command, "--workers", str(workers), "--summary", str(folder / "summary.json")])
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            with target.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            runs.append(
                {
                    "rows": size,
                    "workers": workers,
                    "seconds": round(seconds, 1),
                    "processor_seconds": round(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, 1),
                    "rate": round(size / summary["seconds"]),
                    "command_rate": round(size / seconds),
                    "memory": round(memory),
                    "decisive": sum(count for label, count in summary["verdicts"].items() if label != "NOT ENOUGH INFO"),
                    "errors": summary["errors"],
                    "sha256": digest,
                }
            )
            print(runs[-1], file=sys.stderr)
    command_line = f"python benchmarks/batch.py --rows {rows} --seed {seed} --model {model} --format {form}"
    return {"command": command_line, "python": platform.python_version(), "cores": os.cpu_count(), "runs": runs}


def write_posts(path: Path, count: int, seed: int) -> None:
    """Write made-up posts with an id; the same for the same seed, and the first ones the same for every count."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows(enumerate(posts(count, seed)))


def posts(count: int, seed: int) -> Iterator[str]:
    """Yield made-up posts."""
    choose = random.Random(seed)
    parts = {name: words.split("|") for name, words in PARTS.items()}
    for number in range(count):
        template = choose.choice(NEAR_TEMPLATES if number % NEAR == 0 else TEMPLATES)
        text = template.format(**{name: choose.choice(words) for name, words in parts.items()})
        yield text.format(n=choose.randrange(2, 60)).strip()


def render(document: dict[str, Any]) -> str:
    """Write the figures as a Markdown page."""
    lines = [
        "# Batch",
        "",
        f"`{document['command']}`: made-up posts of which a tenth is near a statement; the whole command, from file to file. Memory is that of its largest process;",
        "processor seconds are those of all its processes, and tell what a run costs where others take their share of the machine.",
        "",
        "| posts | workers | seconds | processor seconds | posts/s | posts/s after loading | peak memory, MB | decisive | rows with an error |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in document["runs"]:
        cells = (
            row[name]
            for name in ("rows", "workers", "seconds", "processor_seconds", "command_rate", "rate", "memory", "decisive", "errors")
        )
        lines.append(f"| {' | '.join(f'{cell:,}' for cell in cells)} |")
    same = "the same bytes" if document["runs"][1]["sha256"] == document["runs"][2]["sha256"] else "OTHER BYTES"
    return "\n".join([*lines, "", f"One worker and two wrote {same}. Python {document['python']}, {document['cores']} cores.", ""])


if __name__ == "__main__":
    main()
