"""Check claims against what authorities have said.

>>> from factcheck import FactChecker
>>> FactChecker.load().check("5G masts spread the coronavirus").label
'REFUTES'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factcheck.checker import FactChecker
    from factcheck.classification import ClaimClassifier
    from factcheck.errors import FactcheckError
    from factcheck.records import Claim, Evidence, Label, Reason, Statement, Verdict

__version__ = "0.1.0"

__all__ = [
    "Claim",
    "ClaimClassifier",
    "Evidence",
    "FactChecker",
    "FactcheckError",
    "Label",
    "Reason",
    "Statement",
    "Verdict",
    "__version__",
]

_HOMES = {
    "FactChecker": "checker",
    "ClaimClassifier": "classification",
    "FactcheckError": "errors",
    **dict.fromkeys(("Claim", "Evidence", "Label", "Reason", "Statement", "Verdict"), "records"),
}


def __getattr__(name: str) -> object:
    """Resolve a public name on its first use, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
