"""The notebooks: each runs from its first cell to its last, offline and without a warning, and is the same as its text."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

if missing := [name for name in ("ipykernel", "jupytext", "nbmake") if find_spec(name) is None]:
    pytest.skip(f"not installed: {', '.join(missing)}", allow_module_level=True)

import jupytext

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

# A kernel is a process of its own, which the closed network and the filter of warnings of this one do not reach. What pyzmq sends
# to the kernel does not pass by Python's sockets.
STARTUP = """
import socket, warnings
def refuse(self, address):
    raise RuntimeError(f"a notebook tried to connect to {address!r}; factcheck works offline")
socket.socket.connect = refuse
warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="ipykernel")  # its own matters
"""
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture
def run_notebook(tmp_path):
    """A function that executes a notebook and returns whether it went through, and what was said."""

    def run(notebook):
        startup = tmp_path / "ipython/profile_default/startup"
        startup.mkdir(parents=True, exist_ok=True)
        (startup / "closed.py").write_text(STARTUP, encoding="utf-8")
        environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "MPLCONFIGDIR": str(tmp_path / "matplotlib")}
        environment |= {"OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path / "jupyter")}
        options = ["-c", os.devnull, "--rootdir", notebook.parent, "-p", "no:cacheprovider", "--nbmake", "--nbmake-timeout=120"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, notebook],
            capture_output=True,
            text=True,
            timeout=180,
            env=environment,
            cwd=tmp_path,
            check=False,
        )
        return done.returncode == 0, COLOUR.sub("", done.stdout + done.stderr)

    return run


def test_there_are_five_notebooks_each_with_its_text():
    assert len(NOTEBOOKS) == 5
    assert {path.stem for path in NOTEBOOKS} == {path.stem for path in FOLDER.glob("*.py")}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_to_its_last_cell(notebook, run_notebook):
    went_through, said = run_notebook(notebook)
    assert went_through, said


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_output(notebook):
    for cell in jupytext.read(notebook).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_its_text_says(notebook):
    shown, written = (jupytext.read(path) for path in (notebook, notebook.with_suffix(".py")))
    assert [(cell.cell_type, cell.source) for cell in shown.cells] == [(cell.cell_type, cell.source) for cell in written.cells]
    assert shown.metadata["kernelspec"] == written.metadata["kernelspec"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("import warnings; warnings.warn('old')", "UserWarning: old"),
        ("import socket; socket.create_connection(('127.0.0.1', 9))", "factcheck works offline"),
    ],
)
def test_a_notebook_that_warns_or_asks_the_network_fails(cell, expected, run_notebook, tmp_path):
    jupytext.write(jupytext.reads(f"# %%\n{cell}\n", fmt="py:percent"), tmp_path / "bad.ipynb")
    went_through, said = run_notebook(tmp_path / "bad.ipynb")
    assert not went_through
    assert expected in said
