"""What every test runs under: the same examples each time, and no way out to the network."""

import os

os.environ.setdefault(
    "OMP_NUM_THREADS", "1"
)  # two test processes with two threads each are slower than with one; read when numpy is imported

import socket
import subprocess
import sys
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
