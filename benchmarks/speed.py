"""Measure the speed and the memory of the shipped bundles beside a bare scikit-learn text classifier, in the same run.

    python benchmarks/speed.py [--rows N] [--repeats N] [--seed N] [--output FOLDER]

The bare classifier is ``TfidfVectorizer()`` and ``LogisticRegression()`` on the texts of data/claims.csv: what somebody would
put in place of factcheck without evidence, reasons or abstention. Timings differ between machines; the ratios much less.

Posts are made up from neutral words, and every tenth is a labelled claim with an opener, so that the late stages have work
to do. Every figure comes from a fresh interpreter; this one imports nothing heavy, because a child's peak memory counts its
parent's. The sides take turns, one unmeasured turn comes first, and a figure is the median of the turns.

A second table times the encoder's network alone on pairs of claim and statement: in 8 bits, in single precision, and the same weights
in PyTorch. It needs the extra ``train`` and is left out without it.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = ROOT / "data" / "claims.csv"
RESULTS = ROOT / "benchmarks" / "results"
PACKAGES = ("claim-factcheck", "numpy", "scipy", "scikit-learn", "pandas", "nltk", "onnxruntime", "tokenizers")
MODELS = ("linear", "encoder")
SIDES = (*MODELS, "bare")
SINGLE_CALLS = 500
PAIRS, PAIR_TOKENS, PAIR_TURNS = 256, 64, 3
CHUNK = 1024


@dataclass(frozen=True)
class Measure:
    """One line of the table: a figure of each side, and the bars that the bundles are held to."""

    key: str
    title: str
    unit: str
    digits: int
    bar: str = ""
    encoder_bar: str = ""


MEASURES = (
    Measure("batch_rate", "Library, a stream of posts", "claims/s", 0),
    Measure("command_rate", "Command `factcheck batch`, whole process", "claims/s", 0, ">= 1000"),
    Measure("p50", "One call after loading, a claim near a statement, p50", "ms", 2, "<= 15", "<= 60"),
    Measure("p95", "One call after loading, a claim near a statement, p95", "ms", 2, "", "<= 120"),
    Measure("load", "Import and load in a running interpreter", "s", 2, "< 3"),
    Measure("load_alone", "Load alone, after the import", "s", 2, "", "<= 1.5"),
    Measure("first", "Fresh process to the first answer", "s", 2),
    Measure("import", "Import alone, whole process", "s", 2),
    Measure("help", "`factcheck --help`, whole process (beside: import of scikit-learn)", "s", 2, "< 0.3"),
    Measure("first_memory", "Peak memory, first answer", "MB", 0, "", "<= 500"),
    Measure("small_memory", "Peak memory, command over a tenth of the rows", "MB", 0),
    Measure("large_memory", "Peak memory, command over all rows", "MB", 0, "", "<= 500"),
)


def main() -> None:
    """Measure, print the table and write speed.md and speed.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=20_000, help="posts in a batch, 100 or more (default 20000)")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each side (default 3)")
    parser.add_argument("--seed", type=int, default=0, help="of the made-up posts (default 0)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for speed.md and speed.json")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        role, *paths = options.child
        print(json.dumps(CHILDREN[role](*paths)))
        return
    if options.rows < 100 or options.repeats < 1:
        parser.error("--rows must be 100 or more and --repeats 1 or more")
    figures = measure(options.rows, options.repeats, options.seed)
    document = {
        "rows": options.rows,
        "repeats": options.repeats,
        "seed": options.seed,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in PACKAGES},
        "measures": figures,
        "pairs": measure_pairs(),
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "speed.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    page = render(document)
    (options.output / "speed.md").write_text(page, encoding="utf-8")
    print(page)


# ---------------------------------------------------------------------------------------------------------------------
# The parent: starts children in turn
# ---------------------------------------------------------------------------------------------------------------------


def measure(rows: int, repeats: int, seed: int) -> list[dict[str, Any]]:
    """Return one dictionary for each of `MEASURES`: the medians of the sides, and the bundles' ratio to the bare classifier."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_posts(folder / "large.csv", rows, seed)
        write_posts(folder / "small.csv", rows // 10, seed + 1)
        run_child("bare-fit", folder)
        turns: list[dict[str, dict[str, float]]] = []
        for turn in range(repeats + 1):
            print("warming up" if turn == 0 else f"turn {turn} of {repeats}", file=sys.stderr)
            ours = {model: factcheck_turn(folder, rows, model, warm_up=turn == 0) for model in MODELS}
            turns.append({**ours, "bare": bare_turn(folder, rows, warm_up=turn == 0)})
    figures = []
    for line in MEASURES:
        sides = {side: median(turn[side][line.key] for turn in turns[1:]) for side in SIDES if line.key in turns[1][side]}
        ratios = {f"{model}_ratio": round(sides[model] / sides["bare"], 3) for model in MODELS if "bare" in sides}
        rounded = {side: round(value, 4) for side, value in sides.items()}
        bars = {"bar": line.bar, "encoder_bar": line.encoder_bar}
        figures.append({"measure": line.key, "title": line.title, "unit": line.unit, **bars, **rounded, **ratios})
    return figures


def measure_pairs() -> list[dict[str, Any]]:
    """Time the encoder's network alone: pairs a second, in turns, medians; empty without the extra ``train``."""
    if any(find_spec(name) is None for name in ("torch", "transformers", "onnx")):
        print("pairs are not timed: pip install 'claim-factcheck[train]'", file=sys.stderr)
        return []
    print("pairs", file=sys.stderr)
    found: list[dict[str, Any]] = json.loads(run_child("pairs")[0])
    return found


def factcheck_turn(folder: Path, rows: int, model: str, *, warm_up: bool) -> dict[str, float]:
    """Measure a bundle once; a warm-up only fills the caches of the file system and of compiled modules."""
    command = [sys.executable, "-m", "factcheck"]
    batch = [*command, "batch", "--model", model, "--text-column", "text", "-o", str(folder / "verdicts.csv")]
    figures = {
        "help": run([*command, "--help"])[1],
        "import": run([sys.executable, "-c", "import factcheck; factcheck.FactChecker"])[1],
    }
    _, figures["first"], figures["first_memory"] = run_child("factcheck-first", model, folder / "small.csv")
    _, _, figures["small_memory"] = run([*batch, str(folder / "small.csv")])
    if not warm_up:
        output, _, _ = run_child("factcheck", model, folder / "large.csv")
        _, seconds, figures["large_memory"] = run([*batch, str(folder / "large.csv")])
        figures |= {"command_rate": rows / seconds, **json.loads(output)}
    return figures


def bare_turn(folder: Path, rows: int, *, warm_up: bool) -> dict[str, float]:
    """Measure the bare classifier once, in the same way."""
    figures = {"import": run([sys.executable, "-c", "import sklearn.feature_extraction.text, sklearn.linear_model"])[1]}
    figures["help"] = figures["import"]
    _, figures["first"], figures["first_memory"] = run_child("bare-first", folder, folder / "small.csv")
    _, _, figures["small_memory"] = run_child("bare-batch", folder, folder / "small.csv")
    if not warm_up:
        output, _, _ = run_child("bare", folder, folder / "large.csv")
        _, seconds, figures["large_memory"] = run_child("bare-batch", folder, folder / "large.csv")
        figures |= {"command_rate": rows / seconds, **json.loads(output)}
    return figures


def run_child(role: str, *arguments: Path | str) -> tuple[str, float, float]:
    """Run one of `CHILDREN` in a fresh interpreter; return what `run` does."""
    return run([sys.executable, __file__, "--child", role, *map(str, arguments)])


def run(command: list[str]) -> tuple[str, float, float]:
    """Run a command to its end.

    Returns
    -------
    output : str
    seconds : float
        From start to exit.
    peak : float
        Largest resident memory of any of its processes, in MB (10**6 bytes).

    Raises
    ------
    SystemExit
        When it fails, with its last words.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(command[1:])}\nended with exit code {process.returncode}:\n{errors.read()[-2000:]}")
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
        return output.read(), seconds, peak


def render(document: dict[str, Any]) -> str:
    """Write the figures as a Markdown page."""
    digits = {line.key: line.digits for line in MEASURES}
    lines = [
        "# Speed",
        "",
        f"`python benchmarks/speed.py --rows {document['rows']} --repeats {document['repeats']} --seed {document['seed']}`: {document['rows']} made-up",
        "posts of which a tenth is near a statement; medians; the bare side is `TfidfVectorizer()` and `LogisticRegression()` in the same run.",
        "",
        "| what | unit | linear | encoder | bare scikit-learn | linear / bare | encoder / bare | bar, linear | bar, encoder |",
        "|---|---|---:|---:|---:|---:|---:|---|---|",
    ]
    for row in document["measures"]:
        cells = [f"{row[side]:,.{digits[row['measure']]}f}" if side in row else "" for side in SIDES]
        cells += [f"{row[f'{model}_ratio']:.2f}" if f"{model}_ratio" in row else "" for model in MODELS]
        lines.append(f"| {row['title']} | {row['unit']} | {' | '.join(cells)} | {row['bar']} | {row['encoder_bar']} |")
    if document["pairs"]:
        lines += [
            "",
            f"The encoder's network alone, {PAIRS} pairs, medians of {PAIR_TURNS} turns; PyTorch runs the same weights in single precision, sorted by length and",
            "in padded batches of 32 (the ratio that matters is on the same pairs and the same number of threads).",
            "",
            "| pairs | threads | 8 bits, pairs/s | single precision | PyTorch | 8 bits / single | 8 bits / PyTorch |",
            "|---|---:|---:|---:|---:|---:|---:|",
        ]
        for row in document["pairs"]:
            rates = [row[side] for side in ("int8", "fp32", "torch")]
            ratios = [rates[0] / other for other in rates[1:]]
            lines.append(
                f"| {row['pairs']} | {row['threads']} | {' | '.join(f'{rate:,.0f}' for rate in rates)} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |"
            )
    versions = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    return "\n".join([*lines, "", f"Python {document['python']}, {document['cores']} cores; {versions}.", ""])


# ---------------------------------------------------------------------------------------------------------------------
# The children: each runs in an interpreter of its own and prints JSON
# ---------------------------------------------------------------------------------------------------------------------


def child_factcheck(model: str, posts: str) -> dict[str, float]:
    """Measure loading, a stream and single calls of a bundle."""
    start = time.perf_counter()
    from factcheck import FactChecker  # noqa: PLC0415  (the import is part of what is measured)

    imported = time.perf_counter()
    checker = FactChecker.load(model)
    loaded = time.perf_counter()
    return {"load": loaded - start, "load_alone": loaded - imported} | timed(read_posts(posts), checker.stream, checker.check)


def child_pairs() -> list[dict[str, Any]]:
    """Time the shipped network, the same in single precision and the same in PyTorch, on pairs of one length and on those of a batch."""
    import numpy as np  # noqa: PLC0415
    from peers import TorchVerifier, single_precision  # noqa: PLC0415

    from factcheck import FactChecker  # noqa: PLC0415

    rows = []
    for threads in (1, 2):
        checker = FactChecker.load("encoder", threads=threads)
        network = checker.verifier.encoder
        sides = {"int8": network, "fp32": single_precision(network), "torch": TorchVerifier(network, threads)}
        for name, pairs in pair_sets(checker).items():
            rates: dict[str, list[float]] = {side: [] for side in sides}
            for turn in range(PAIR_TURNS + 1):
                asked = [(f"{claim} {turn}", statement) for claim, statement in pairs]  # else the second turn would be remembered
                answers = {}
                for side, verifier in sides.items():
                    start = time.perf_counter()
                    answers[side] = verifier.predict_proba(asked)
                    rates[side] += [len(asked) / (time.perf_counter() - start)] if turn else []
                if np.abs(answers["fp32"] - answers["torch"]).max() > 1e-3:
                    raise SystemExit("single precision and PyTorch do not compute the same")
            rows.append({"pairs": name, "threads": threads, **{side: round(median(values), 1) for side, values in rates.items()}})
    return rows


def pair_sets(checker: Any) -> dict[str, list[tuple[str, str]]]:
    """Return pairs of `PAIR_TOKENS` tokens each, and claims with the statements that are found for them."""
    claims = labelled_claims()[: PAIRS // 2]
    indices, _ = checker.index.search(claims, 5)
    found = [(claim, checker.statements[i].text) for claim, row in zip(claims, indices, strict=True) for i in row]
    tokens = checker.verifier.encoder._encoder.tokens  # noqa: SLF001 (to make pairs of one length)
    equal = []
    for claim, statement in found:
        words, room = f"{statement} {statement} {statement} {statement}".split(), PAIR_TOKENS - 3 - len(tokens([f"{claim} 0"])[0])
        if room >= PAIR_TOKENS // 4:
            while len(tokens([" ".join(words)])[0]) > room:
                words.pop()
            equal.append((claim, " ".join(words)))
    return {f"{PAIR_TOKENS} tokens": equal[:PAIRS], "claims and the statements found for them": found[:PAIRS]}


def child_bare(folder: str, posts: str) -> dict[str, float]:
    """Measure the same of the bare classifier."""
    start = time.perf_counter()
    predict = bare_classifier(folder)
    load = time.perf_counter() - start

    def stream(texts: list[str]) -> Iterator[Any]:
        for chunk in chunks(texts):
            yield from predict(chunk)

    return {"load": load} | timed(read_posts(posts), stream, lambda text: predict([text]))


def timed(texts: list[str], stream: Callable[[list[str]], Iterator[Any]], check: Callable[[str], Any]) -> dict[str, float]:
    """Time a stream over all texts, then single calls over labelled claims, which find statements to read.

    Each claim is changed a little: what the stream held is remembered, and would cost nothing.
    """
    start = time.perf_counter()
    answers = sum(1 for _ in stream(texts))
    seconds = time.perf_counter() - start
    if answers != len(texts):
        raise SystemExit(f"{len(texts)} posts went in and {answers} answers came out")
    calls = []
    for text in [f"Listen: {claim}" for claim in labelled_claims()[:: 10_000 // SINGLE_CALLS]][:SINGLE_CALLS]:
        start = time.perf_counter()
        check(text)
        calls.append(1000 * (time.perf_counter() - start))
    return {"batch_rate": answers / seconds, "p50": median(calls), "p95": quantiles(calls, n=20)[-1]}


def labelled_claims() -> list[str]:
    """Return the labelled claims that were written for a statement."""
    with CLAIMS.open(encoding="utf-8-sig", newline="") as file:
        return [row["claim"] for row in csv.DictReader(file) if row["statement_id"]]


def child_factcheck_first(model: str, posts: str) -> dict[str, float]:
    """Load a bundle and check one post; the parent watches the clock."""
    from factcheck import FactChecker  # noqa: PLC0415

    return {"probability": FactChecker.load(model).check(read_posts(posts, limit=1)[0]).probability}


def child_bare_first(folder: str, posts: str) -> dict[str, float]:
    """Load the bare classifier and classify one post."""
    return {"probability": float(bare_classifier(folder)(read_posts(posts, limit=1))[0].max())}


def child_bare_batch(folder: str, posts: str) -> dict[str, float]:
    """Read a table, classify it chunk by chunk and write it again: what a batch command would do."""
    predict = bare_classifier(folder)
    with (
        Path(posts).open(encoding="utf-8", newline="") as source,
        Path(folder, "classified.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target)
        for chunk in chunks(csv.DictReader(source)):
            rows = predict([row["text"] for row in chunk])
            writer.writerows([*row.values(), *values] for row, values in zip(chunk, rows, strict=True))
    return {}


def child_bare_fit(folder: str) -> dict[str, float]:
    """Fit the bare classifier on the labelled claims and store its arrays; not measured."""
    import numpy as np  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    with CLAIMS.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    vectorizer = TfidfVectorizer()
    counts = vectorizer.fit_transform([row["claim"] for row in rows])
    model = LogisticRegression(solver="newton-cg").fit(counts, [row["label"] for row in rows])
    np.savez(Path(folder, "bare.npz"), idf=vectorizer.idf_, coef=model.coef_, intercept=model.intercept_, classes=model.classes_)
    vocabulary = {word: int(column) for word, column in vectorizer.vocabulary_.items()}
    Path(folder, "bare.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    return {}


def bare_classifier(folder: str) -> Callable[[list[str]], Any]:
    """Put the bare classifier together from its arrays; return its function from texts to probabilities."""
    import numpy as np  # noqa: PLC0415
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    arrays = np.load(Path(folder, "bare.npz"), allow_pickle=False)
    vectorizer = TfidfVectorizer(vocabulary=json.loads(Path(folder, "bare.json").read_text(encoding="utf-8")))
    vectorizer.idf_ = arrays["idf"]
    model = LogisticRegression()
    model.coef_, model.intercept_, model.classes_ = arrays["coef"], arrays["intercept"], arrays["classes"]
    return lambda texts: model.predict_proba(vectorizer.transform(texts))


CHILDREN: dict[str, Callable[..., Any]] = {
    "pairs": child_pairs,
    "factcheck": child_factcheck,
    "factcheck-first": child_factcheck_first,
    "bare": child_bare,
    "bare-first": child_bare_first,
    "bare-batch": child_bare_batch,
    "bare-fit": child_bare_fit,
}

# ---------------------------------------------------------------------------------------------------------------------
# The posts
# ---------------------------------------------------------------------------------------------------------------------

WORDS = {
    "who": "my neighbour|our cousin|the new colleague|a friend of ours|the baker|grandpa|the twins|our landlord|the choir|the whole street|my flatmate|the librarian",
    "did": "painted|repaired|borrowed|sold|cleaned|found|moved|photographed|ordered|returned|built|measured|wrapped|forgot|polished|labelled",
    "thing": "kitchen table|blue bicycle|garden bench|old piano|wooden ladder|picture frame|leather suitcase|kettle|jigsaw puzzle|tent|record player|bookshelf|umbrella|sewing kit",
    "place": "at the market|behind the station|in the attic|by the canal|near the bakery|in the back yard|on the third floor|next to the cinema|at the campsite|in the hallway",
    "when": "last Thursday|before breakfast|on Sunday afternoon|two weeks ago|just now|after the match|in the middle of the night|this morning|around half past six",
    "mood": "and I could not stop laughing|which took ages|so that was a surprise|and nobody noticed|what a day|and now the floor is wet|it looks lovely|not sure what to do next|and the dog is delighted",
    "ask": "does anyone know a good place for pancakes|who has a spare chair|which colour would you choose|what time does the library close|can somebody lend me a drill",
    "tag": "#weekend|#diy|#neighbours|#coffee|#throwback|#rainyday|🙂|😂😂|https://example.org/photo|@user|!!!|…",
}
FRAMES = (
    "{who} {did} a {thing} {place} {when}, {mood}",
    "{when} {who} {did} the {thing}. {mood} {tag}",
    "Guess what: {who} {did} our {thing} {place}! {tag} {tag}",
    "{ask}? {who} {did} mine {when}",
    "So {who} {did} {number} of them {when}, then {who} {did} the {thing} {place}, {mood}. {ask}? {tag}",
    "{thing} for sale, {number} euros, pick up {place}. {tag}",
    "LOL {who} says the {thing} was {place} all along {tag}",
    "long story: {when} {who} {did} a {thing}, {mood}, {who} {did} another {thing} {place}, {mood}, and {number} minutes later it was all over {tag}",
)
OPENERS = (
    "",
    "Just read this: ",
    "ok so ",
    "Saw it again today. ",
    "hmm ",
    "Good morning! ",
    "To whom it may concern: ",
    "fwiw ",
    "RT @user ",
)
NEAR = 10


def write_posts(path: Path, rows: int, seed: int) -> None:
    """Write a table of made-up posts, id and text; every tenth holds a labelled claim about a statement."""
    generator, claims = random.Random(seed), labelled_claims()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        for row in range(rows):
            near = row % NEAR == NEAR // 2
            writer.writerow([row, generator.choice(OPENERS) + generator.choice(claims) if near else made_up(generator)])


def made_up(generator: random.Random) -> str:
    """Fill a frame with neutral words, each slot anew."""
    parts = []
    for piece in generator.choice(FRAMES).split("{"):
        slot, brace, rest = piece.partition("}")
        if not brace:
            parts.append(piece)
        else:
            parts += [str(generator.randint(2, 9999)) if slot == "number" else generator.choice(WORDS[slot].split("|")), rest]
    return "".join(parts)


def chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut what comes into lists of `CHUNK` items."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def read_posts(path: str, limit: int | None = None) -> list[str]:
    """Return the texts of a table that `write_posts` wrote, the first ``limit`` of them."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in islice(csv.DictReader(file), limit)]


if __name__ == "__main__":
    main()
