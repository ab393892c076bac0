"""The journal of a batch: the answers so far and what they depend on, so that a batch that was cut off can go on."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows has none; there, two batches on one output are not told from one
    fcntl = None  # type: ignore[assignment]

from factcheck.errors import FactcheckError, InputError
from factcheck.lines import reason

Answers = Sequence[Mapping[str, Any]]

ENDING = ".unfinished"
"""What the name of an output has behind it in the name of its journal."""

_FORM = 1
_PART = re.compile(r"\.factcheck-[0-9a-f]{12}\.part")


class Journal:
    """Answers of an unfinished batch, chunk by chunk, in a file beside its output.

    The first line says what the answers depend on; every other line holds the answers of a chunk, or the name of the file
    that the output is written to until it is complete. A line is on the disk before the next chunk is checked. One that was
    cut off when the process was killed is left out, and what follows it. While it is open it is locked, so that no other batch
    writes the same output; the lock ends with the process, however that ends.

    Parameters
    ----------
    target : str or Path
        The output. A journal of an earlier batch is there under its name and `ENDING`, or none.
    identity : mapping of str to object
        What the answers depend on, by the name that a user has for it; JSON-ready.
    resume : bool
        Whether to go on from an earlier journal, if there is one. Otherwise it is replaced when this one is opened.

    Attributes
    ----------
    path : Path
    rows : int
        Whose answers the journal holds.

    Raises
    ------
    InputError
        If the earlier journal has another identity or cannot be read.
    """

    def __init__(self, target: str | Path, identity: Mapping[str, Any], *, resume: bool) -> None:
        self.path = unfinished(target)
        self.rows = 0
        self._identity = json.loads(json.dumps(identity))
        self._end = 0  # of the lines that hold
        self._parts: list[str] = []
        self._file: IO[bytes] | None = None
        for entry, end in self._lines():
            if resume and "form" in entry:
                self._require_same(entry)
            self._parts += [entry["part"]] if "part" in entry else []
            if resume:
                self._end = end
                self.rows += len(entry.get("answers", ()))

    def answers(self) -> Iterator[Answers]:
        """Yield the answers that were there when the batch began, a chunk at a time."""
        for entry, end in self._lines():
            if end > self._end:
                return
            if "answers" in entry:
                yield entry["answers"]

    def open(self, part: Path) -> None:
        """Begin to write, and remove what a killed process has left.

        Parameters
        ----------
        part : Path
            Where the output will be written until it is complete.

        Raises
        ------
        InputError
            If another batch has it open, or it cannot be opened. Nothing is removed then.
        """
        self._file = self._locked()
        with self._failing():
            for name in self._parts:
                if _PART.fullmatch(name):
                    self.path.with_name(name).unlink(missing_ok=True)
            self._file.truncate(self._end)
            if not self._end:
                self._put({"form": _FORM, "identity": self._identity})
            self._put({"part": part.name})

    def add(self, answers: Answers) -> None:
        """Append the answers of a chunk; they are on the disk when this returns."""
        with self._failing():
            self._put({"at": self.rows, "answers": answers})
        self.rows += len(answers)

    def close(self) -> None:
        """Stop writing; a journal with answers stays."""
        if self._file and not self.rows:
            self.remove()
        elif self._file:
            self._let_go(self._file)

    def remove(self) -> None:
        """Remove the journal: the output is complete."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)  # while it is locked: afterwards it may be another batch's
        if self._file:
            self._let_go(self._file)

    def _let_go(self, file: IO[bytes]) -> None:
        file.close()
        self._file = None

    def _locked(self) -> IO[bytes]:
        """Return the journal opened to append, made if there is none, and locked until it is closed."""
        while True:
            try:
                file = self.path.open("ab", buffering=0)
            except OSError as error:
                raise self._not_opened(error) from error
            try:
                lock(file)
                if os.path.samestat(os.fstat(file.fileno()), self.path.stat()):
                    return file
            except BlockingIOError as error:
                file.close()
                raise InputError(f"{self.path}: another batch is writing this output; let it end or give another name") from error
            except FileNotFoundError:
                pass
            file.close()  # a batch that ended has removed it between opening and locking

    def _not_opened(self, error: OSError) -> InputError:
        return InputError(f"{self.path}: cannot be opened: {reason(error)}; remove it, or give the output another name or folder")

    def _put(self, entry: Mapping[str, Any]) -> None:
        if self._file is None:
            raise ValueError("the journal is not open")
        view = memoryview(json.dumps(entry).encode("ascii") + b"\n")
        while view:
            view = view[self._file.write(view) :]
        os.fsync(self._file.fileno())

    def _lines(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield the lines that hold, each with the position where it ends."""
        end = rows = 0
        try:
            opened = self.path.open("rb")
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._not_opened(error) from error
        with opened as file:
            for line in file:
                try:
                    entry = json.loads(line)
                except ValueError:
                    return
                end += len(line)
                first = end == len(line)
                if not line.endswith(b"\n") or not isinstance(entry, dict) or first != ("form" in entry) or entry.get("at", rows) != rows:
                    return
                rows += len(entry.get("answers", ()))
                yield entry, end

    def _require_same(self, entry: Mapping[str, Any]) -> None:
        way_out = "give the command as it was then, or leave --resume away to begin anew"
        if entry["form"] != _FORM:
            raise InputError(f"{self.path}: was written by another version of factcheck; {way_out}")
        then = entry.get("identity", {})
        for name in sorted({*then, *self._identity}):
            if (old := then.get(name)) != (new := self._identity.get(name)):
                seen = f": {_shown(old)} then, {_shown(new)} now" if not isinstance(old, list) else ""
                raise InputError(f"{self.path}: cannot go on: this batch was begun with another {name}{seen}; {way_out}")

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise FactcheckError(f"{self.path}: writing failed: {reason(error)}; make room or give another place") from error


def unfinished(target: str | Path) -> Path:
    """Return where the journal of an output is; through a link, beside the file that it points to.

    Examples
    --------
    >>> unfinished("/data/verdicts.csv").name
    'verdicts.csv.unfinished'
    """
    return Path(os.path.realpath(target) + ENDING)


def lock(file: IO[bytes]) -> None:
    """Lock a file against other processes.

    Raises
    ------
    BlockingIOError
        If another has locked it.
    """
    if fcntl is None:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a file system without locks
        return


def _shown(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 20 else text[:12] + "..."
