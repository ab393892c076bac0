"""Exceptions of the library and the exit codes that the command line gives them.

Every message says what was wrong (file and row, or parameter), what was seen, what is allowed and what to do.
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_BAD_ROWS = 3


class FactcheckError(Exception):
    """Base of every error that this library raises on purpose."""

    exit_code = EXIT_FAILED


class InputError(FactcheckError):
    """A file, a row or a value that the user gave cannot be used."""

    exit_code = EXIT_USAGE


class StatementError(InputError):
    """A statement base that breaks its rules."""


class RecipeError(InputError):
    """A training recipe with an unknown key, a wrong type or a missing file."""


class BundleError(FactcheckError):
    """A bundle that cannot be loaded: missing, damaged, too new, or holding what is not allowed."""
