"""What every test runs under: the same examples each time, and no way out to the network."""

import os

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # two test processes with two threads each are slower than with one; read when numpy is imported

import contextlib
import datetime
import json
import re
import signal
import socket
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# Derandomised, so that a red test is red again; no deadline, because the first call of a process pays for imports.
settings.register_profile("factcheck", derandomize=True, deadline=None, max_examples=60, print_blob=True)
settings.load_profile("factcheck")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


TOWNS = "Aldin Brevik Corvan Dunmore Estrel Farholm Gladsby Harwen Istrad Jorvik Kelmar Lunde Marstow Norvald Orrin Pelham Quenby Rosvik".split()
THINGS = ("lighthouse", "windmill", "clock tower", "ferry", "market hall", "observatory")
SPLIT_OF = ["train"] * 10 + ["calibration"] * 4 + ["test"] * 4


@pytest.fixture(scope="session")
def write_world():
    """A function that writes a base of eighteen statements and four claims on each, with a recipe for a linear checker."""
    return _write_world


def _write_world(folder, *, with_splits=True):
    """Write a base of eighteen statements and four claims on each."""
    statements = ["id,topic,statement,publisher,url,published,valid_until"]
    claims = ["id,claim,label,statement_id,topic,kind" + (",split,topic_split" if with_splits else "")]
    for number, (town, split) in enumerate(zip(TOWNS, SPLIT_OF, strict=True)):
        thing, year = THINGS[number % len(THINGS)], 1801 + 7 * number
        statements.append(
            f"town-{number},towns,The {thing} of {town} was opened by the mayor in {year}.,Register of {town},https://example.org/{number},,"
        )
        rows = [
            (f"{town} has had its {thing} since {year}", "SUPPORTS", "paraphrase"),
            (f"The {thing} of {town} was never opened by any mayor", "REFUTES", "myth"),
            (f"Not {year} but {year + 90} is when the {thing} of {town} was opened", "REFUTES", "time-swap"),
            (f"We had soup beside the {thing} of {town} on Sunday", "NOT ENOUGH INFO", "everyday"),
        ]
        tail = f",{split},{split}" if with_splits else ""
        claims += [f"c-{number}-{i},{text},{label},town-{number},towns,{kind}{tail}" for i, (text, label, kind) in enumerate(rows)]
    (folder / "statements.csv").write_text("\n".join(statements) + "\n", encoding="utf-8")
    (folder / "claims.csv").write_text("\n".join(claims) + "\n", encoding="utf-8")
    (folder / "recipe.toml").write_text('name = "tiny"\nclaims = "claims.csv"\nstatements = "statements.csv"\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="session", params=["linear", "encoder"])
def shipped_checker(request):
    """Each checker that ships, loaded once: no check changes it."""
    from factcheck.checker import FactChecker

    return FactChecker.load(request.param)


@pytest.fixture(params=["linear", "encoder"])
def bundle_name(request):
    """The name of each bundle of a checker that ships."""
    return request.param


@pytest.fixture
def run_python(tmp_path):
    """Run code in a fresh interpreter, outside the repository, and return its stdout; a failure there fails the test."""

    def run(code: str) -> str:
        environment = {**os.environ, "PYTHONWARNINGS": "error"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


# ---------------------------------------------------------------------------------------------------------------------
# Clusters: local ones, in a process of their own, because their parts talk over addresses of this machine
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def write_odd_posts():
    """A function that writes 200 posts into a folder of eight Parquet files, with columns that a way through pandas would change or end on.

    Beside it stands a folder ``damaged``.
    """
    return _write_odd_posts


def _write_odd_posts(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    zone = datetime.UTC
    said = ["5G masts spread the coronavirus", "Vaccines do not cause autism", "Antibiotics kill viruses", "The train was late again"]
    texts = [None if i % 50 == 49 else "x" * 6_000 if i == 33 else said[i % 4] + " " + "!" * (i % 7) for i in range(200)]
    table = pa.table(
        {
            "id": pa.array(range(200), pa.int64()),
            "text": texts,
            "account": pa.array([None if i % 7 == 0 else 1_234_567_890_123_456_789 + i for i in range(200)], pa.int64()),
            "far": pa.array([datetime.datetime(3000, 1, 1), None] * 100, pa.timestamp("us")),
            "old": pa.array([datetime.datetime(1500, 1, 1, tzinfo=zone)] * 200, pa.timestamp("us", "UTC")),
            "number": pa.array([float("nan"), None] * 100, pa.float64()),
            "price": pa.array([Decimal("1.50"), None] * 100, pa.decimal128(20, 2)),
            "tags": pa.array([["a", None], None] * 100, pa.list_(pa.string())),
            "place": pa.array([{"x": 1, "y": None}, None] * 100, pa.struct({"x": pa.int64(), "y": pa.string()})),
            "raw": pa.array([b"\xff", None] * 100, pa.binary()),
            "kind": pa.array(["a", "b"] * 100).dictionary_encode(),
        }
    )
    folder.mkdir()
    for number in range(8):
        pq.write_table(table.slice(25 * number, 25), folder / f"posts-{number}.parquet")
    damaged = folder.with_name("damaged")
    damaged.mkdir()
    whole = (folder / "posts-0.parquet").read_bytes()
    (damaged / "posts-0.parquet").write_bytes(whole[:8] + bytes(byte ^ 90 for byte in whole[8:600]) + whole[600:])


@pytest.fixture(scope="session")
def rows_by_id():
    """A function that reads a Parquet file or folder and returns its rows by id; an error without the place that only a batch knows."""
    import pyarrow.parquet as pq

    def read(path):
        rows = pq.ParquetDataset(path).read().to_pylist()
        assert len({row["id"] for row in rows}) == len(rows)
        for row in rows:
            row["factcheck_error"] = row["factcheck_error"] and re.sub(r"^(\S+: row \d+|the row) ", "", row["factcheck_error"])
        return {row["id"]: repr(row) for row in rows}  # repr, because NaN is not equal to itself

    return read


@pytest.fixture(scope="session")
def run_cluster():
    """A function that runs a script over a folder and returns the JSON of its last line; no process is left of it, however it ends."""

    def run(code: str, folder: Path) -> dict:
        script = folder / "script.py"
        script.write_text(code, encoding="utf-8")
        environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
        process = subprocess.Popen(
            [sys.executable, script, folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        try:
            said, errors = process.communicate(timeout=400)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == 0, errors[-5000:]
        return json.loads(said.splitlines()[-1])

    return run


@pytest.fixture(scope="session", autouse=True)
def _no_network():
    """Let no test reach another machine: everything in `factcheck` works offline."""
    connect = socket.socket.connect

    def refuse(self, address):
        if self.family == getattr(socket, "AF_UNIX", None):  # pools of worker processes talk over these
            return connect(self, address)
        self.close()
        message = f"a test tried to connect to {address!r}; factcheck works offline"
        raise RuntimeError(message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield
