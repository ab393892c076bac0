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


@pytest.fixture(scope="session")
def shipped_checker():
    """The checker that ships, loaded once: no check changes it."""
    from factcheck.checker import FactChecker

    return FactChecker.load()


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
