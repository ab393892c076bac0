"""The contracts of [tool.importlinter] in pyproject.toml hold."""

import pytest
from importlinter.cli import lint_imports


@pytest.mark.parametrize("contract", ["layers", "click", "nltk", "spark", "dask"])
def test_contract_holds(contract, root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    failed = lint_imports(limit_to_contracts=(contract,), no_cache=True, no_logo=True)
    assert not failed, capsys.readouterr().out
