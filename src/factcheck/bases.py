"""A statement base that is built once and mapped into memory: indexed, opened in a moment, shared by processes, updated in part.

The folder holds the statements as JSON Lines, the index's rows and postings as ``.npy`` and a manifest. It belongs to the weights of
the bundle that it was built with; a bundle with others refuses it. It is made on the machine where it is used and is no way to
hand statements on: the table is that. Rows go to the disk in parts and are read from there to be transposed, so that a build takes
little more memory than the statements themselves.
"""

from __future__ import annotations

import datetime
import json
import mmap
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, overload

import numpy as np
from scipy import sparse

import factcheck
from factcheck.errors import StatementError
from factcheck.records import Statement
from factcheck.retrieval import StatementIndex, digest
from factcheck.statements import fingerprint

Array = np.ndarray[Any, np.dtype[Any]]

FORMAT = 1
"""Of the folder; a program refuses one that it does not know."""

_MANIFEST, _STATEMENTS, _VOCABULARY = "manifest.json", "statements.jsonl", "vocabulary.txt"
_ARRAYS = (
    *(f"{matrix}_{part}" for matrix in ("rows", "postings") for part in ("data", "indices", "indptr")),
    "vectors",
    "digests",
    "offsets",
)
_TRANSPOSED = 10_000
"""Rows that are transposed together; bounds the memory of `build`."""
_REMEMBERED = 1 << 12
"""Statements that are kept once they were read."""
_AGAIN = "build it again with `factcheck statements build`"


class StoredStatements(Sequence[Statement]):
    """Statements of a built base, read from the file one by one as they are asked for.

    Parameters
    ----------
    file : Path
        JSON Lines.
    offsets : ndarray of int64, shape (n + 1,)
        Where each line begins, and where the last ends.
    fingerprint : str
        As `statements.fingerprint` gives it.
    """

    def __init__(self, file: Path, offsets: Array, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._offsets = offsets
        with file.open("rb") as stream:
            self._lines = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if len(self) else b""
        self._read = lru_cache(_REMEMBERED)(self._parse)  # a check asks for the same statement at each of its stages

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, place: int) -> Statement: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Statement, ...]: ...
    def __getitem__(self, place: int | slice) -> Statement | tuple[Statement, ...]:
        """Return a statement, or several."""
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        return self._read(range(len(self))[place])

    def __iter__(self) -> Iterator[Statement]:
        return map(self._parse, range(len(self)))

    def _parse(self, place: int) -> Statement:
        row = json.loads(self._lines[self._offsets[place] : self._offsets[place + 1]])
        published, valid_until = (datetime.date.fromisoformat(row[name]) if row[name] else None for name in ("published", "valid_until"))
        fields = ("id", "topic", "statement", "publisher", "url")
        identifier, topic, text, publisher, url = (row[name] for name in fields)
        return Statement(identifier, topic, text, publisher, url, published, valid_until, row.get("rating", ""))


def build(statements: Sequence[Statement], folder: str | Path, index: StatementIndex) -> dict[str, int]:
    """Index statements and write the base, whole or not at all.

    A base that stands at ``folder`` and was built with the same weights is taken over for every statement whose text it has:
    only new texts are read.

    Parameters
    ----------
    statements : sequence of Statement
    folder : str or Path
    index : StatementIndex
        Of a bundle; its weights are used, its statements are not.

    Returns
    -------
    dict
        ``statements``; of these ``read`` anew; ``removed`` since the last time.

    Raises
    ------
    StatementError
        When something else than a built base stands at ``folder``.
    """
    target = Path(folder)
    digests = np.array([digest(statement.text) for statement in statements], dtype="S16")
    texts = [statement.text for statement in statements]
    before = _before(target, index)
    places = np.full(len(texts), -1)
    if before is not None:
        known = {name: place for place, name in enumerate(before[1].tolist())}
        places = np.array([known.get(name, -1) for name in digests.tolist()], dtype=np.int64)
    index = copy(index)  # the caller's keeps its statements
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    fresh.mkdir(parents=True)
    try:
        counts = _write_rows(fresh, index.parts(texts, before and before[0], places), index.encoder.width if index.encoder else 0)
        _write_postings(fresh, counts, index.n_features)
        np.save(fresh / "digests.npy", digests)
        np.save(fresh / "offsets.npy", _write_lines(fresh / _STATEMENTS, statements))
        (fresh / _VOCABULARY).write_text("\n".join(index.vocabulary_), encoding="utf-8")
        manifest = {
            "kind": "statement base",
            "format": FORMAT,
            "factcheck": factcheck.__version__,
            "statements": len(texts),
            "fingerprint": fingerprint(statements),
            "weights": index.fingerprint(),
            "arrays": sorted(_ARRAYS),
        }
        (fresh / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    removed = len(before[1]) - len(set(places[places >= 0].tolist())) if before is not None else 0
    return {"statements": len(texts), "read": int((places < 0).sum()), "removed": removed}


def load(folder: str | Path, index: StatementIndex) -> StoredStatements:
    """Return the statements of a built base and give the index their rows, both mapped into memory.

    Raises
    ------
    StatementError
        When the folder is no built base, was built with other weights or another version, or does not hold together.
    """
    path = Path(folder)
    manifest = _manifest(path)
    if manifest["weights"] != index.fingerprint():
        raise StatementError(f"{path}: was built with another bundle; {_AGAIN} and the bundle that is to use it.")
    try:
        arrays = {name: np.load(path / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in manifest["arrays"]}
        vocabulary = (path / _VOCABULARY).read_text(encoding="utf-8").split("\n")
        size = (path / _STATEMENTS).stat().st_size
        index.restore(arrays, [stem for stem in vocabulary if stem], manifest["statements"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StatementError(f"{path}: the base is damaged ({error}); {_AGAIN}.") from error
    offsets = arrays["offsets"]
    if offsets.ndim != 1 or len(offsets) != manifest["statements"] + 1 or offsets[-1] != size or (np.diff(offsets) <= 0).any():
        raise StatementError(f"{path}: the base is damaged (statements are missing); {_AGAIN}.")
    return StoredStatements(path / _STATEMENTS, offsets, manifest["fingerprint"])


def _before(path: Path, index: StatementIndex) -> tuple[StatementIndex, Array] | None:
    """Return the index and the digests of the base that stands there, None when there is none that helps."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return None
    manifest = _manifest(path)
    if manifest["weights"] != index.fingerprint():
        return None
    earlier = copy(index)
    load(path, earlier)
    return earlier, np.load(path / "digests.npy", mmap_mode="r", allow_pickle=False)


def _manifest(path: Path) -> Mapping[str, Any]:
    file = path / _MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StatementError(f"{path}: no statement base that was built ({error}); give a table, or the folder of one that was.") from error
    if not isinstance(manifest, dict) or manifest.get("kind") != "statement base":
        raise StatementError(f"{path}: holds something else than a statement base; give another folder.")
    if manifest.get("format") != FORMAT:
        raise StatementError(f"{path}: has format {manifest.get('format')!r}, this version reads {FORMAT}; {_AGAIN}.")
    return manifest


class _Growing:
    """A ``.npy`` file that is written row by row: numpy leaves room in the header for a length that is known last.

    Parameters
    ----------
    file : Path
    dtype : str
    row : tuple of int
        Shape of a row.
    """

    def __init__(self, file: Path, dtype: str, row: tuple[int, ...] = ()) -> None:
        self._stream = file.open("wb")
        self._header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False}
        self._row, self._length = row, 0
        self._write_header()

    def append(self, rows: Array) -> None:
        rows.tofile(self._stream)
        self._length += len(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.seek(0)
        self._write_header()
        self._stream.close()

    def _write_header(self) -> None:
        np.lib.format.write_array_header_1_0(self._stream, {**self._header, "shape": (self._length, *self._row)})


def _write_rows(folder: Path, parts: Iterator[tuple[sparse.csr_matrix, Array]], width: int) -> Array:
    """Write the rows and vectors as they come and return how often each column stands in them."""
    counts, sizes = np.zeros(0, dtype=np.int64), [np.zeros(1, dtype=np.int32)]
    with (
        _Growing(folder / "rows_data.npy", "float32") as data,
        _Growing(folder / "rows_indices.npy", "int32") as indices,
        _Growing(folder / "vectors.npy", "float16", (width,)) as vectors,
    ):
        for rows, directions in parts:
            data.append(rows.data)
            indices.append(rows.indices)
            vectors.append(directions)
            sizes.append(np.diff(rows.indptr))
            more = np.bincount(rows.indices, minlength=len(counts))
            more[: len(counts)] += counts
            counts = more
    np.save(folder / "rows_indptr.npy", np.cumsum(np.concatenate(sizes), dtype=np.int32))
    return counts


def _write_postings(folder: Path, counts: Array, width: int) -> None:
    """Write the transpose of the rows: each part's entries go where those of the part before ended.

    One file after the other, and both read again for each part: neither rows nor postings are ever in memory whole, together or twice.
    """
    ends = np.cumsum(np.pad(counts, (1, width - len(counts))))
    np.save(folder / "postings_indptr.npy", ends.astype(np.int32))
    indptr = np.load(folder / "rows_indptr.npy")
    for name, kind in (("data", np.float32), ("indices", np.int32)):
        target = np.lib.format.open_memmap(folder / f"postings_{name}.npy", mode="w+", dtype=kind, shape=(int(ends[-1]),))
        free = ends[:-1].copy()
        for start in range(0, len(indptr) - 1, _TRANSPOSED):
            bounds = indptr[start : start + _TRANSPOSED + 1]
            columns, values = (np.load(folder / f"rows_{part}.npy", mmap_mode="r")[bounds[0] : bounds[-1]] for part in ("indices", "data"))
            if name == "indices":
                values = np.repeat(np.arange(start, start + len(bounds) - 1, dtype=np.int32), np.diff(bounds))
            part = sparse.csr_matrix((values, columns, bounds - bounds[0]), shape=(len(bounds) - 1, width)).T.tocsr()
            sizes = np.diff(part.indptr)
            target[np.arange(part.nnz) + np.repeat(free - part.indptr[:-1], sizes)] = part.data
            free += sizes
        target.flush()


def _write_lines(file: Path, statements: Sequence[Statement]) -> Array:
    ends = [0]
    with file.open("wb") as stream:
        for statement in statements:
            ends.append(ends[-1] + stream.write(json.dumps(statement.to_dict(), ensure_ascii=False).encode() + b"\n"))
    return np.array(ends, dtype=np.int64)
