"""Save a fitted checker as a folder and load it again, running nothing that the folder holds.

A bundle is a folder with ``manifest.json`` and the files that the manifest lists: arrays as ``.npz``, networks as ``.onnx``,
everything else as JSON or plain text. Nothing is pickled. Loading reads the manifest first and then only what it lists, each file after
its name, kind, size and sha256 have been checked; whatever does not fit is a `BundleError` that says what to do.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import secrets
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import factcheck
from factcheck.errors import BundleError, InputError

FORMAT = 1
"""Number of the layout that this module writes. It reads this one and every earlier one."""

MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 1 << 20
MAX_FILE_BYTES = 64 << 20
MAX_FILES = 64
_READABLE = 100_000
"""Characters of JSON up to which it is laid out for people."""
MAX_MEMBERS = 256
"""Arrays in one ``.npz``."""
MAX_UNPACKED_BYTES = 512 << 20
"""Arrays of a whole bundle together, in memory."""

_DISTRIBUTION = "claim-factcheck"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ARRAY_KINDS = "biufUS"
_HEADER_ROOM = 1024
"""Bytes at most that a stored array takes beyond its values."""
_OWN_KEYS = ("format", "factcheck", "files")
_READ_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}

_RESTORE = "Copy the bundle again from where it came, or train it again."
_DISTRUST = "factcheck writes no such bundle: do not use it, and ask whoever gave it to you."

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Bundle:
    """What a bundle held.

    Parameters
    ----------
    path : Path
        The folder it was read from. A listed file of another kind than the following lies there, checked.
    manifest : dict
        The whole manifest, with ``format``, ``factcheck`` (version that wrote it) and ``files``.
    arrays : dict of str to dict of str to ndarray
        By file name without ``.npz``, then by array name.
    documents : dict of str to object
        By file name without ``.json``.
    networks : dict of str to bytes
        By file name without ``.onnx``.
    sha256 : str
        Of the bytes of ``manifest.json``, in hex. As the manifest holds the sha256 of every file, it names them all.
    """

    path: Path
    manifest: dict[str, Any]
    arrays: dict[str, dict[str, Array]]
    documents: dict[str, Any]
    networks: dict[str, bytes]
    sha256: str


# ---------------------------------------------------------------------------------------------------------------------
# Saving
# ---------------------------------------------------------------------------------------------------------------------


def save_bundle(
    path: str | Path,
    *,
    manifest: Mapping[str, Any],
    arrays: Mapping[str, Mapping[str, Array]],
    documents: Mapping[str, Any],
    networks: Mapping[str, bytes] | None = None,
    texts: Mapping[str, str] | None = None,
) -> None:
    """Write a bundle, whole or not at all; the same content gives the same bytes.

    The files are written to a new folder beside `path`, which then takes its name.

    Parameters
    ----------
    path : str or Path
        Folder to write. A bundle that is there already is replaced; an empty folder is used.
    manifest : mapping
        What the bundle says of itself, JSON-ready. ``format``, ``factcheck`` and ``files`` are added.
    arrays : mapping of str to mapping of str to ndarray
        ``arrays[name]`` becomes ``name.npz``. Numbers, truth values and fixed-width strings; no objects.
    documents : mapping of str to object
        ``documents[name]`` becomes ``name.json``. JSON-ready, all keys strings, no NaN.
    networks : mapping of str to bytes, optional
        ``networks[name]``, an ONNX file, becomes ``name.onnx``.
    texts : mapping of str to str, optional
        File name, such as ``card.md``, to content.

    Raises
    ------
    InputError
        If something other than a bundle stands at `path`, a name is not a plain file name, or a value cannot be
        stored so that it comes back the same.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_bundle(f"{folder}/tiny", manifest={"kind": "demo"}, arrays={"weights": {"coef": np.ones(2)}}, documents={"labels": ["a"]})
    ...     load_bundle(f"{folder}/tiny").arrays["weights"]["coef"]
    array([1., 1.])
    """
    target = Path(path).resolve()
    _check_replaceable(target)
    payloads = _payloads(arrays, documents, networks or {}, texts or {})
    if taken := [key for key in _OWN_KEYS if key in manifest]:
        raise InputError(f"manifest: {', '.join(taken)} cannot be given; save_bundle writes {', '.join(_OWN_KEYS)} itself.")
    listing = {name: {"sha256": _sha256(content), "bytes": len(content)} for name, content in sorted(payloads.items())}
    written_by = {"format": FORMAT, "factcheck": factcheck.__version__}
    payloads[MANIFEST] = _to_json(MANIFEST, {**written_by, **manifest, "files": listing})
    if len(payloads[MANIFEST]) > MAX_MANIFEST_BYTES:
        raise InputError(f"manifest: {len(payloads[MANIFEST])} bytes, the limit is {MAX_MANIFEST_BYTES}; move what is long into documents.")
    _write(target, payloads)


def copy_bundle(source: str | Path, path: str | Path, *, sha256: str = "") -> None:
    """Copy a bundle, whole or not at all, after checking that it is what its manifest says.

    What the manifest does not list is left behind.

    Parameters
    ----------
    source : str or Path
        The bundle's folder.
    path : str or Path
        Folder to write, as in `save_bundle`.
    sha256 : str
        Of the bundle that is meant (`Bundle.sha256`); empty takes any.

    Raises
    ------
    BundleError
        If the source cannot be loaded, or is not the bundle that is meant any more.
    InputError
        If something other than a bundle stands at `path`.
    """
    folder, target = Path(source), Path(path).resolve()
    _check_replaceable(target)
    manifest, seen = _read_manifest(folder)
    if sha256 not in ("", seen):
        raise BundleError(f"{folder}: has the sha256 {seen} now, not {sha256}: it was changed meanwhile. Measure it again.")
    load_bundle(folder)  # nothing that it would refuse is handed on
    payloads = {name: _read_listed(folder / name, entry) for name, entry in manifest["files"].items()}
    payloads[MANIFEST] = _read(folder / MANIFEST, MAX_MANIFEST_BYTES, f"{folder}: has no {MANIFEST} any more. {_RESTORE}")
    if _sha256(payloads[MANIFEST]) != seen:
        raise BundleError(f"{folder}: was changed while it was copied. {_RESTORE}")
    _write(target, payloads)


def _write(target: Path, payloads: Mapping[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = _beside(target)
    fresh.mkdir()
    try:
        for name, content in payloads.items():
            (fresh / name).write_bytes(content)
        _swap_in(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_replaceable(target: Path) -> None:
    """Refuse to replace anything but a bundle: what is replaced is deleted."""
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"{target}: is a file; a bundle is a folder. Give another path.")
    present = {entry.name for entry in target.iterdir()}
    if not present:
        return
    way_out = "Give another folder, or empty this one yourself."
    try:
        listed = set(_read_manifest(target)[0]["files"])
    except BundleError as error:
        raise InputError(f"{target}: is a folder with content and not a bundle, so it is not replaced ({error}). {way_out}") from error
    if others := sorted(present - listed - {MANIFEST}):
        raise InputError(f"{target}: the bundle's folder also holds {_some(others)}, which replacing it would delete. {way_out}")


def _payloads(
    arrays: Mapping[str, Mapping[str, Array]], documents: Mapping[str, Any], networks: Mapping[str, bytes], texts: Mapping[str, str]
) -> dict[str, bytes]:
    names = (
        [f"{name}.npz" for name in arrays] + [f"{name}.json" for name in documents] + [f"{name}.onnx" for name in networks] + list(texts)
    )
    for name in names:
        if not _PLAIN_NAME.fullmatch(name) or name.lower() == MANIFEST:
            raise InputError(f"{name!r}: not a name for a file of a bundle; use letters, digits, '_', '-' and '.', and not {MANIFEST}.")
    if len({name.lower() for name in names}) < len(names):
        raise InputError(f"files of a bundle need names that differ in more than case: {_some(sorted(names))}.")
    for name in texts:
        if name.lower().endswith((".npz", ".json", ".onnx")):
            raise InputError(f"texts: {name!r} belongs under arrays, documents or networks; a text ends in .md, .txt or the like.")
    payloads = {f"{name}.npz": _to_npz(f"{name}.npz", members) for name, members in arrays.items()}
    payloads |= {f"{name}.json": _to_json(f"{name}.json", document) for name, document in documents.items()}
    payloads |= {f"{name}.onnx": content for name, content in networks.items()}
    payloads |= {name: content.encode() for name, content in texts.items()}
    if len(payloads) > MAX_FILES:
        raise InputError(f"a bundle holds at most {MAX_FILES} files, not {len(payloads)}.")
    for name, content in payloads.items():
        if len(content) > MAX_FILE_BYTES:
            raise InputError(f"{name}: {len(content)} bytes, the limit of a bundle's file is {MAX_FILE_BYTES}; split it.")
    unpacked = sum(np.asarray(array).nbytes + _HEADER_ROOM for members in arrays.values() for array in members.values())
    if unpacked > MAX_UNPACKED_BYTES:
        raise InputError(f"arrays: {unpacked} bytes together, the limit is {MAX_UNPACKED_BYTES}; use a smaller model or dtype.")
    return payloads


def _to_npz(file: str, members: Mapping[str, Array]) -> bytes:
    """Return a compressed archive without a trace of when or in which order it was made.

    Not `numpy.savez_compressed`: it pickles objects unasked and has no way to store an array named ``file``.
    """
    if len(members) > MAX_MEMBERS:
        raise InputError(f"{file}: {len(members)} arrays, the limit is {MAX_MEMBERS}.")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, values in sorted(members.items()):
            array = np.asarray(values, order="C")
            if not _PLAIN_NAME.fullmatch(name):
                raise InputError(f"{file}: {name!r} is not a name for an array; use letters, digits, '_', '-' and '.'.")
            if array.dtype.kind not in _ARRAY_KINDS:
                raise InputError(
                    f"{file}: array {name!r} has dtype {array.dtype}; a bundle holds numbers, truth values and fixed-width strings. "
                    "Turn it into one of them, or put it under documents."
                )
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, member.getvalue(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def _to_json(file: str, content: Any) -> bytes:
    try:
        written = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        if len(written) <= _READABLE:
            written = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: cannot be written as JSON: {error}. Use strings, finite numbers, lists and dicts.") from error
    if strange := [key for key in _keys(content) if not isinstance(key, str)]:
        raise InputError(f"{file}: the key {strange[0]!r} is not a string, and JSON would make it one. Use strings, or a list of pairs.")
    # Half of a surrogate pair has no UTF-8 form; with a backslash it is the escape that JSON has for it.
    return (written + "\n").encode("utf-8", "backslashreplace")


def _keys(content: Any) -> Iterator[Any]:
    if isinstance(content, Mapping):
        yield from content
        content = list(content.values())
    if isinstance(content, list | tuple):
        for item in content:
            yield from _keys(item)


def _swap_in(fresh: Path, target: Path) -> None:
    """Give `fresh` the name of `target`; on failure the former bundle stands as it was."""
    if not target.exists():
        fresh.rename(target)
        return
    former = _beside(target)
    target.rename(former)
    try:
        fresh.rename(target)
    except OSError:
        former.rename(target)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(6)}")


# ---------------------------------------------------------------------------------------------------------------------
# Loading
# ---------------------------------------------------------------------------------------------------------------------


def load_bundle(path: str | Path) -> Bundle:
    """Read a bundle after checking that it is what its manifest says and holds nothing that could run.

    A file that the manifest does not list is never opened.

    Parameters
    ----------
    path : str or Path
        The bundle's folder.

    Returns
    -------
    Bundle
        Arrays and documents in memory; nothing of it depends on the files any more.

    Raises
    ------
    BundleError
        If the folder or a file is missing, was changed or cut off, is a Git-LFS pointer or a link, has a newer format
        or a name outside the folder, unpacks to too much, or holds pickled objects.
    """
    folder = Path(path)
    if not folder.is_dir():
        seen = "is a file" if folder.exists() else "no such folder"
        raise BundleError(f"{folder}: {seen}; a bundle is a folder with {MANIFEST}. Check the path, or train one with 'factcheck train'.")
    manifest, sha256 = _read_manifest(folder)
    arrays: dict[str, dict[str, Array]] = {}
    documents: dict[str, Any] = {}
    networks: dict[str, bytes] = {}
    budget = MAX_UNPACKED_BYTES
    for name, entry in manifest["files"].items():
        content = _read_listed(folder / name, entry)
        if name.endswith(".npz"):
            arrays[name.removesuffix(".npz")], unpacked = _from_npz(folder / name, content, budget)
            budget -= unpacked
        elif name.endswith(".json"):
            documents[name.removesuffix(".json")] = _from_json(folder / name, content)
        elif name.endswith(".onnx"):
            networks[name.removesuffix(".onnx")] = content
    return Bundle(folder, manifest, arrays, documents, networks, sha256)


def _read_manifest(folder: Path) -> tuple[dict[str, Any], str]:
    file = folder / MANIFEST
    missing = f"{folder}: not a bundle, as it has no {MANIFEST}. Give the folder that 'factcheck train' wrote."
    content = _read(file, MAX_MANIFEST_BYTES, missing)
    manifest = _from_json(file, content)
    if not isinstance(manifest, dict):
        raise BundleError(f"{file}: must hold a JSON object, not a {type(manifest).__name__}. {_RESTORE}")
    _check_versions(file, manifest)
    _check_listing(file, manifest.get("files"))
    return manifest, _sha256(content)


def _check_versions(file: Path, manifest: Mapping[str, Any]) -> None:
    number, version = manifest.get("format"), manifest.get("factcheck")
    if type(number) is not int or number < 1:  # bool is an int, too
        raise BundleError(f"{file}: 'format' is {number!r}; a bundle of factcheck has a whole number from 1. {_RESTORE}")
    if number > FORMAT:
        raise BundleError(
            f"{file}: format {number}, written by factcheck {version}, is newer than this factcheck ({factcheck.__version__}) reads: "
            f"up to format {FORMAT}. Upgrade with 'pip install -U {_DISTRIBUTION}', or train the bundle again with this version."
        )
    if not isinstance(version, str) or not version:
        raise BundleError(f"{file}: 'factcheck' is {version!r}; it must name the version that wrote the bundle. {_RESTORE}")


def _check_listing(file: Path, files: Any) -> None:
    if not isinstance(files, dict):
        raise BundleError(f"{file}: 'files' must be an object of file names, not {type(files).__name__}. {_RESTORE}")
    if len(files) > MAX_FILES:
        raise BundleError(f"{file}: lists {len(files)} files, the limit is {MAX_FILES}. {_DISTRUST}")
    for name, entry in files.items():
        if not _PLAIN_NAME.fullmatch(name) or name.lower() == MANIFEST:
            raise BundleError(f"{file}: lists {name!r}; only plain names of files inside the bundle's own folder are read. {_DISTRUST}")
        if not isinstance(entry, dict) or set(entry) != {"sha256", "bytes"}:
            raise BundleError(f"{file}: the entry of {name!r} must be an object with exactly 'sha256' and 'bytes'. {_RESTORE}")
        digest, size = entry["sha256"], entry["bytes"]
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise BundleError(f"{file}: the sha256 of {name!r} is {digest!r}, not 64 hexadecimal digits. {_RESTORE}")
        if type(size) is not int or not 0 <= size <= MAX_FILE_BYTES:
            raise BundleError(f"{file}: the size of {name!r} is {size!r}; allowed are 0 to {MAX_FILE_BYTES}. {_DISTRUST}")
    if len({name.lower() for name in files}) < len(files):
        raise BundleError(f"{file}: lists names that differ only in case. {_DISTRUST}")


def _read_listed(file: Path, entry: Mapping[str, Any]) -> bytes:
    content = _read(file, MAX_FILE_BYTES, f"{file}: missing, though {MANIFEST} lists it. {_RESTORE}")
    if len(content) != entry["bytes"]:
        raise BundleError(f"{file}: {len(content)} bytes where {MANIFEST} lists {entry['bytes']}; it was changed or cut off. {_RESTORE}")
    if (digest := _sha256(content)) != entry["sha256"]:
        raise BundleError(f"{file}: sha256 {digest} where {MANIFEST} lists {entry['sha256']}; it was changed. {_RESTORE}")
    return content


def _read(file: Path, limit: int, missing: str) -> bytes:
    """Return the content of a regular file; links, folders and devices are refused before they are opened."""
    try:
        mode = file.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise BundleError(f"{file}: is a symbolic link, which could lead anywhere. Copy the bundle with its files, as 'cp -L' does.")
        if not stat.S_ISREG(mode):
            raise BundleError(f"{file}: is not a regular file. {_DISTRUST}")
        with file.open("rb") as stream:
            content = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise BundleError(missing) from error
    except OSError as error:
        raise BundleError(f"{file}: cannot be read: {error.strerror}. Check the permissions.") from error
    if len(content) > limit:
        raise BundleError(f"{file}: more than {limit} bytes, the limit. {_DISTRUST}")
    if content.startswith(_LFS_POINTER):
        raise BundleError(f"{file}: is a Git-LFS pointer, not the file itself. Run 'git lfs install' and 'git lfs pull', then try again.")
    return content


def _from_json(file: Path, content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{file}: not JSON that a bundle may hold: {error}. {_RESTORE}") from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("an object names one key twice")
    return content


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _from_npz(file: Path, content: bytes, budget: int) -> tuple[dict[str, Array], int]:
    """Return the arrays of an archive and their unpacked bytes; the directory is judged before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            unpacked = _check_directory(file, members, budget)
            return {member.filename.removesuffix(".npy"): _array(file, archive, member) for member in members}, unpacked
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OverflowError) as error:
        raise BundleError(f"{file}: not a whole .npz archive: {str(error) or type(error).__name__}. {_RESTORE}") from error


def _check_directory(file: Path, members: list[zipfile.ZipInfo], budget: int) -> int:
    if len(members) > MAX_MEMBERS:
        raise BundleError(f"{file}: {len(members)} arrays, the limit is {MAX_MEMBERS}. {_DISTRUST}")
    names = [member.filename for member in members]
    for member in members:
        name = member.filename
        if not name.endswith(".npy") or not _PLAIN_NAME.fullmatch(name.removesuffix(".npy")):
            raise BundleError(f"{file}: holds {name!r}; only plainly named .npy arrays are read. {_DISTRUST}")
        if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BundleError(f"{file}: {name!r} is encrypted or packed in a way that numpy never writes. {_DISTRUST}")
    if len(set(names)) < len(names):
        raise BundleError(f"{file}: holds two arrays of one name. {_DISTRUST}")
    unpacked = sum(member.file_size for member in members)
    if unpacked > budget:
        raise BundleError(f"{file}: unpacks to {unpacked} bytes where {budget} of {MAX_UNPACKED_BYTES} are left. {_DISTRUST}")
    return unpacked


def _array(file: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    with archive.open(member) as stream:
        # A bounded read: read() without a number would unpack more than the directory promised before noticing.
        content = stream.read(member.file_size) if member.file_size else b""
    if len(content) != member.file_size:
        raise BundleError(f"{file}: {member.filename!r} unpacks to less than its directory says. {_RESTORE}")
    buffer = io.BytesIO(content)
    try:
        shape, _, dtype = _READ_HEADER[np.lib.format.read_magic(buffer)](buffer)
    except (ValueError, KeyError, TypeError, SyntaxError, RecursionError) as error:
        raise BundleError(f"{file}: {member.filename!r} is no array as numpy writes it. {_RESTORE}") from error
    if dtype.hasobject:
        raise BundleError(f"{file}: {member.filename!r} holds pickled Python objects, which can run code; they are never read. {_DISTRUST}")
    if dtype.kind not in _ARRAY_KINDS or not dtype.itemsize:
        raise BundleError(f"{file}: {member.filename!r} has dtype {dtype}; allowed are numbers, truth values and strings. {_DISTRUST}")
    # numpy reserves what the header claims before it reads, so the claim is held against the bytes that are there.
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(content) - buffer.tell():
        raise BundleError(f"{file}: {member.filename!r} claims shape {shape} of {dtype}, which does not fit its bytes. {_DISTRUST}")
    buffer.seek(0)
    loaded: Array = np.lib.format.read_array(buffer, allow_pickle=False)
    return loaded


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _some(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
