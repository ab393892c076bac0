"""Measure what a core does in one process, in Spark and in Dask, and what a number of posts a day comes to.

    python benchmarks/scale.py [--rows N] [--encoder-rows N] [--seed N] [--posts N] [--output FOLDER]

The posts are those of benchmarks/batch.py, from Parquet to Parquet. One process is the command ``factcheck batch`` with one worker and one
thread, timed from when its checker is loaded; Spark (``local[2]``) and Dask (two worker processes) check with two at a time, timed from when both
have answered a post. The figures hold for one machine; that all three give the same verdicts must hold on any, and the command ends with
an error where they do not. Needs the extras ``spark`` and ``dask``, and Java.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from batch import posts
from speed import RESULTS, run

WORKERS = 2
PARTS = 8
DAY = 86_400  # seconds
SPARE = 0.7  # share of a day that a core is kept busy: the rest is for peaks, restarts and what else runs there


def main() -> None:
    """Measure, print the tables and write scale.md and scale.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=20_000, help="posts for the bundle linear (default 20000)")
    parser.add_argument("--encoder-rows", type=int, default=2_000, help="posts for the bundle encoder (default 2000)")
    parser.add_argument("--seed", type=int, default=0, help="of the made-up posts (default 0)")
    parser.add_argument("--posts", type=float, default=1e9, help="posts a day to plan for (default 1e9)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for scale.md and scale.json")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        engine, *arguments = options.child
        print(json.dumps({"spark": in_spark, "dask": in_dask}[engine](*arguments)))
        return
    command = f"python benchmarks/scale.py --rows {options.rows} --encoder-rows {options.encoder_rows} --seed {options.seed} --posts {options.posts:g}"
    runs = [
        run_ for model, rows in (("linear", options.rows), ("encoder", options.encoder_rows)) for run_ in measure(model, rows, options.seed)
    ]
    document = {"command": command, "python": platform.python_version(), "cores": os.cpu_count(), "posts": options.posts, "runs": runs}
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "scale.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    page = render(document)
    (options.output / "scale.md").write_text(page, encoding="utf-8")
    print(page)


def measure(model: str, rows: int, seed: int) -> list[dict[str, Any]]:
    """Check the same posts three ways."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = pa.table({"id": range(rows), "text": list(posts(rows, seed))})
        pq.write_table(table, folder / "posts.parquet")
        for name_, size in (("posts", -(-rows // PARTS)), ("warm", 4)):
            (folder / name_).mkdir()
            for part in range(PARTS):
                pq.write_table(table.slice(part * size, size), folder / name_ / f"{part}.parquet")
        print(f"{rows} posts, {model}, one process", file=sys.stderr)
        command = [sys.executable, "-m", "factcheck", "batch", str(folder / "posts.parquet"), "-o", str(folder / "one.parquet")]
        _, _, memory = run([*command, "--model", model, "--threads", "1", "--summary", str(folder / "summary.json")])
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        runs = [row("one process", model, rows, 1, summary["seconds"], folder / "one.parquet") | {"memory": round(memory)}]
        for engine in ("spark", "dask"):
            print(f"{rows} posts, {model}, {engine}", file=sys.stderr)
            child = [sys.executable, __file__, "--child", engine, *(str(folder / name_) for name_ in ("warm", "posts", engine)), model]
            seconds = json.loads(run(child)[0].splitlines()[-1])
            runs.append(row(engine, model, rows, WORKERS, seconds, folder / engine))
            if verdicts(folder / engine) != verdicts(folder / "one.parquet"):
                raise SystemExit(f"{engine} gave other verdicts than one process")
    return runs


def row(way: str, model: str, rows: int, cores: int, seconds: float, written: Path) -> dict[str, Any]:
    """Return the figures of one run."""
    size = sum(path.stat().st_size for path in (written.glob("*.parquet") if written.is_dir() else [written]))
    rate = rows / seconds / cores
    return {
        "way": way,
        "model": model,
        "rows": rows,
        "cores": cores,
        "seconds": round(seconds, 1),
        "rate": round(rate),
        "bytes": round(size / rows),
    }


def verdicts(written: Path) -> Counter[tuple[Any, ...]]:
    """Count the rows of an output by id and verdict."""
    table = pq.ParquetDataset(written).read(["id", "factcheck_verdict", "factcheck_probability"])
    return Counter(tuple(found.values()) for found in table.to_pylist())


def in_spark(warm: str, source: str, target: str, model: str) -> float:
    """Check a folder with two Python processes of Spark; return the seconds."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 (the other side does without)

    from factcheck.spark import check_frame  # noqa: PLC0415

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(f"local[{WORKERS}]")
    for name, value in {"ui.enabled": "false", "driver.bindAddress": "127.0.0.1", "driver.host": "127.0.0.1", "log.level": "ERROR"}.items():
        builder = builder.config(f"spark.{name}", value)
    session = builder.getOrCreate()
    try:
        first, frame = (check_frame(session.read.parquet(folder).repartition(PARTS), "text", model=model) for folder in (warm, source))
        first.write.parquet(f"{target}.warm")
        start = time.perf_counter()
        frame.write.parquet(target)
        return time.perf_counter() - start
    finally:
        session.stop()


def in_dask(warm: str, source: str, target: str, model: str) -> float:
    """Check a folder with two worker processes of Dask; return the seconds."""
    import dask.dataframe as dd  # noqa: PLC0415 (the other side does without)
    from distributed import Client, LocalCluster  # noqa: PLC0415

    from factcheck.dask import check_frame  # noqa: PLC0415

    options = {"n_workers": WORKERS, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None, "silence_logs": logging.ERROR}
    with LocalCluster(**options) as cluster, Client(cluster):
        first, frame = (check_frame(dd.read_parquet(folder, dtype_backend="pyarrow"), "text", model=model) for folder in (warm, source))
        first.to_parquet(f"{target}.warm", write_index=False)
        start = time.perf_counter()
        frame.to_parquet(target, write_index=False)
        return time.perf_counter() - start


def render(document: dict[str, Any]) -> str:
    """Write the figures as a Markdown page."""
    lines = [
        "# Scale",
        "",
        f"`{document['command']}`: made-up posts of which a tenth is near a statement, from Parquet to Parquet, after loading. Memory is that of the process that checks.",
        "",
        "| bundle | way | posts | cores | seconds | posts/s/core | memory, MB | bytes written a post |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for run_ in document["runs"]:
        numbers = (f"{run_[name]:,}" if name in run_ else "" for name in ("rows", "cores", "seconds", "rate", "memory", "bytes"))
        lines.append(f"| {run_['model']} | {run_['way']} | {' | '.join(numbers)} |")
    lines += [
        "",
        f"For {document['posts']:,.0f} posts a day, cores busy {SPARE:.0%} of it: cores = posts / ({DAY:,} s x posts/s/core x {SPARE}), memory = cores x memory of a process,",
        "disk = posts x bytes.",
        "",
        "| bundle | way | core-hours | cores | memory, GB | disk, GB |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for run_ in document["runs"]:
        memory = next(one["memory"] for one in document["runs"] if one["model"] == run_["model"])
        seconds = document["posts"] / run_["rate"]
        cores = math.ceil(seconds / DAY / SPARE)
        numbers = (seconds / 3600, cores, cores * memory / 1e3, document["posts"] * run_["bytes"] / 1e9)
        lines.append(f"| {run_['model']} | {run_['way']} | {' | '.join(f'{number:,.0f}' for number in numbers)} |")
    return "\n".join([*lines, "", f"Python {document['python']}, {document['cores']} cores.", ""])


if __name__ == "__main__":
    main()
