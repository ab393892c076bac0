"""Measure the statement index: what it finds, how fast, against how many statements, beside bm25s with its defaults in the same run.

    FACTCHECK_DATA=FOLDER python benchmarks/retrieval.py

Posts and statements are CheckThat! 2022's (train and dev queries, all 14,231 claims); larger bases add claims joined of two halves,
drawn with a seed. Texts go in as strings on both sides: reading them is part of every time. Writes results/retrieval.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from factcheck import bases
from factcheck import text as words
from factcheck.checker import FactChecker
from factcheck.claims import read_claims
from factcheck.metrics import ranking_report
from factcheck.records import Label, Statement
from factcheck.retrieval import StatementIndex
from factcheck.statements import read_known_claims

SIZES = (1_000, 14_231, 300_000)
DEPTH = 10
RESULTS = Path(__file__).parent / "results" / "retrieval.json"
Search = Callable[[Sequence[str], int], np.ndarray]


def main() -> None:
    """Run everything and write the results."""
    folder = Path(os.environ["FACTCHECK_DATA"])
    results: dict[str, Any] = {"own claims": measure_own_claims()}
    tell(results)
    if (folder / "raw" / "scifact").is_dir():
        results["SciFact"] = measure_scifact(folder / "raw" / "scifact")
        tell(results["SciFact"])
    results["sizes"] = {str(size): measure_size(folder / "matching", size) for size in SIZES}
    tell(results["sizes"])
    results["built base"] = measure_built_base(folder / "matching")
    tell(results["built base"])
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def tell(results: Any) -> None:
    """Print what was measured as soon as it was."""
    print(json.dumps(results, indent=1), flush=True)


def measure_own_claims() -> dict[str, Any]:
    """Return how often the statement of a decided claim is among the first five and is the first, by split and bundle.

    Weights of the bundles come from the train split by statement; for the split by topic they are learned anew on its train split. A
    paraphrase without a shared content word is told apart.
    """
    found: dict[str, Any] = {}
    for name in ("linear", "encoder"):
        checker = FactChecker.load(name)
        texts, place = [s.text for s in checker.statements], {s.id: i for i, s in enumerate(checker.statements)}
        for split in ("split", "topic_split"):
            index = checker.index
            if split == "topic_split":
                train = [claim for claim in read_claims() if claim.topic_split == "train"]
                index = StatementIndex(checker.index.encoder)
                index.fit_weights([c.claim for c in train], texts, [place.get(c.statement_id, -1) for c in train])
            claims = [
                c for c in read_claims() if getattr(c, split) == "test" and c.statement_id in place and c.label != Label.NOT_ENOUGH_INFO
            ]
            gold = np.array([place[claim.statement_id] for claim in claims])
            indices, _ = index.search([claim.claim for claim in claims], 5)
            hits = indices == gold[:, None]
            word_measures = StatementIndex().fit(texts).measure([claim.claim for claim in claims])
            apart = word_measures[np.arange(len(claims)), gold, 0] == 0
            found[f"{name}, {split}"] = {
                "n": len(claims),
                "top_5": float(hits.any(axis=1).mean()),
                "top_1": float(hits[:, 0].mean()),
                "no_word_shared": int(apart.sum()),
                "no_word_shared_top_5": float(hits.any(axis=1)[apart].mean()),
            }
    return found


def measure_scifact(folder: Path) -> dict[str, Any]:
    """Score the search for the abstracts that SciFact's development claims cite among all 5,183."""
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    claims = [json.loads(line) for line in (folder / "claims_dev.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = [" ".join([row["title"], *row["abstract"]]) for row in corpus]
    place = {str(row["doc_id"]): i for i, row in enumerate(corpus)}
    asked = [(row["claim"], {place[str(cited)] for cited in row["cited_doc_ids"]}) for row in claims if row["cited_doc_ids"]]
    queries, relevant = [query for query, _ in asked], [gold for _, gold in asked]
    results = {}
    for name, search in {
        "bm25s": bm25s_search(texts),
        "sparse": index_search(StatementIndex().fit(texts)),
        "with sentence vectors": index_search(StatementIndex(FactChecker.load("encoder").index.encoder).fit(texts)),
    }.items():
        ranked = search(queries, DEPTH).tolist()
        results[name] = {"ndcg_at_10": ndcg(ranked, relevant), "recall_at_10": recall(ranked, relevant)}
    return results


def measure_size(folder: Path, size: int) -> dict[str, Any]:
    """Return posts a second and MAP@5 of both sides, each asked for all posts at once and after a first small question."""
    base, queries, relevant = matching_base(folder, size)
    if size > 100_000:
        queries, relevant = queries[:600], relevant[:600]
    results: dict[str, Any] = {}
    for name, build in (("StatementIndex", lambda: index_search(StatementIndex().fit(base))), ("bm25s", lambda: bm25s_search(base))):
        start = time.perf_counter()
        search = build()
        built = time.perf_counter() - start
        search([text[::-1] for text in queries[:20]], DEPTH)
        seconds = []
        for _ in range(3):
            from_scratch()
            start = time.perf_counter()
            ranked = search(queries, DEPTH)
            seconds.append(time.perf_counter() - start)
        report = ranking_report([[str(i) for i in row] for row in ranked.tolist()], [{str(i) for i in gold} for gold in relevant])
        results[name] = {
            "build_seconds": built,
            "posts_per_second": len(queries) / float(np.median(seconds)),
            "map_at_5": report["map_at_5"],
        }
    results["ratio"] = results["StatementIndex"]["posts_per_second"] / results["bm25s"]["posts_per_second"]
    return results


def from_scratch() -> None:
    """Forget what was read: a text that was asked before would cost nothing the second time."""
    words.read.cache_clear()


def measure_built_base(folder: Path) -> dict[str, Any]:
    """Build a base of 300,000 statements in a process of its own, then open it in another; seconds and peak memory of each."""
    base, _, _ = matching_base(folder, SIZES[-1])
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "base.jsonl"
        table.write_text("".join(json.dumps({"id": f"s{i}", "text": text}) + "\n" for i, text in enumerate(base)), encoding="utf-8")
        start = time.perf_counter()
        peak = run("build_base", str(table), f"{scratch}/base")
        built = {"seconds": time.perf_counter() - start, "peak_mb": peak["peak_mb"]}
        opened = run("open_base", f"{scratch}/base")
        size = sum(file.stat().st_size for file in (Path(scratch) / "base").iterdir()) / 1e6
        return {"build": built, "open": opened, "folder_mb": size}


def run(function: str, *paths: str) -> dict[str, float]:
    """Run a function of this file in a fresh interpreter and return what it prints."""
    code = f"import retrieval; retrieval.{function}(*{paths!r})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=Path(__file__).parent)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def build_base(table: str, target: str) -> None:
    """Build a base as `factcheck statements build` does and print the peak of memory."""
    bases.build(read_known_claims(table), target, FactChecker.load("linear", statements=()).index)
    print(json.dumps({"peak_mb": peak_mb()}))


def open_base(target: str) -> None:
    """Open a built base and print the seconds that this took after the bundle was loaded, and the peak of memory."""
    index = FactChecker.load("linear", statements=()).index
    start = time.perf_counter()
    statements = bases.load(target, index)
    seconds = time.perf_counter() - start
    index.search(["vaccines cause autism"], 5)
    print(json.dumps({"statements": len(statements), "seconds": seconds, "peak_mb": peak_mb()}))


def peak_mb() -> float:
    """Return this process's own peak of memory: that of getrusage goes over from the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def matching_base(folder: Path, size: int) -> tuple[list[str], list[str], list[set[int]]]:
    """Return a base of some size, and the posts whose claims are in it with their places."""
    known: list[Statement] = list(read_known_claims(folder / "checkthat2022.statements.jsonl"))
    place = {statement.id: i for i, statement in enumerate(known)}
    posts: dict[str, set[int]] = {}
    for part in ("train", "dev"):
        for line in (folder / f"checkthat2022.{part}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            posts.setdefault(row["query"], set()).add(place[row["statement_id"]])
    texts = [statement.text for statement in known]
    if size < len(texts):
        kept = sorted(set().union(*posts.values()))[:size]
        kept += [i for i in range(len(texts)) if i not in set(kept)][: size - len(kept)]
        moved = {old: new for new, old in enumerate(kept)}
        posts = {post: {moved[i] for i in gold} for post, gold in posts.items() if all(i in moved for i in gold)}
        texts = [texts[i] for i in kept]
    rng = np.random.default_rng(0)
    halves = [(text.split()[: len(text.split()) // 2], text.split()[len(text.split()) // 2 :]) for text in texts]
    texts += [" ".join(halves[i][0] + halves[j][1]) for i, j in rng.integers(len(halves), size=(max(0, size - len(texts)), 2))]
    return texts, list(posts), list(posts.values())


def index_search(index: StatementIndex) -> Search:
    """Return the search of a statement index, places alone."""
    return lambda queries, k: index.search(queries, k)[0]


def bm25s_search(texts: Sequence[str]) -> Search:
    """Return the search of bm25s with its defaults, on two threads."""
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)

    def search(queries: Sequence[str], k: int) -> np.ndarray:
        tokens = bm25s.tokenize(list(queries), stopwords="en", show_progress=False)
        return np.asarray(index.retrieve(tokens, k=k, show_progress=False, n_threads=2)[0])

    return search


def ndcg(ranked: Sequence[Sequence[int]], relevant: Sequence[set[int]]) -> float:
    """Return the mean normalised discounted cumulative gain of the first ten."""
    gains = []
    for row, gold in zip(ranked, relevant, strict=True):
        gain = sum(1 / np.log2(place + 2) for place, i in enumerate(row[:10]) if i in gold)
        gains.append(gain / sum(1 / np.log2(place + 2) for place in range(min(10, len(gold)))))
    return float(np.mean(gains))


def recall(ranked: Sequence[Sequence[int]], relevant: Sequence[set[int]]) -> float:
    """Return the mean share of the relevant ones among the first ten."""
    return float(np.mean([len(gold & set(row[:10])) / len(gold) for row, gold in zip(ranked, relevant, strict=True)]))


if __name__ == "__main__":
    main()
