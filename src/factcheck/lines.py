"""Lines of a text file or of standard input: opened, unpacked, recognised, decoded, each of bounded length.

A file packed by gzip or zstd is unpacked on the way, up to `MAX_UNPACKED` bytes. What makes the whole file unreadable (it
is missing, cut off, or in another encoding) is an `InputError` of one line that says what was seen and what to do. A byte
that cannot be decoded does not stop the reading: it comes as a lone surrogate, by which `undecoded` finds it again.
"""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import os
import re
import sys
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from factcheck.errors import InputError

STREAM = "-"
"""Stands for standard input as a source and for standard output as a target."""

MAX_LINE = 1_048_576
"""Longest line, in characters."""

MAX_UNPACKED = 32 * 1024**3
"""Most bytes that a packed file may unpack to: a file of some kilobytes can hold so much of nothing that reading it never ends."""

PACKINGS = {".gz": "gzip", ".zst": "zstd"}
"""How the name of a packed file ends."""

SURROGATE = re.compile("[\ud800-\udfff]")
"""A character that UTF-8 cannot carry."""

NUL_OR_SURROGATE = re.compile("[\x00\ud800-\udfff]")
"""A character that a table of text cannot carry."""

_HEAD = 4096
"""Bytes by which a file is recognised."""

_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_ZSTD_PIECE = 256  # packed bytes unpacked together: at the most, and only from a hostile file, they become 8 MiB

_MAGIC = (
    (b"\x1f\x8b", "gzip data inside a packed file; unpack it first (gunzip)"),
    (b"\x28\xb5\x2f\xfd", "zstd data inside a packed file; unpack it first (unzstd)"),
    (b"\xfd7zXZ\x00", "xz data; unpack it first (unxz)"),
    (
        b"PK\x03\x04",
        "an Excel workbook or a ZIP archive; a workbook is read by the ending .xlsx or --input-format xlsx, an archive unpacked first",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save it as .xlsx or as CSV (UTF-8)"),
    (b"PAR1", "Parquet; it is read by the ending .parquet or --input-format parquet"),
    (b"%PDF-", "a PDF; give a table of text"),
    (b"version https://git-lfs", "a Git-LFS pointer and not the file itself; fetch it (git lfs pull)"),
)
_BAD_BYTE = "factcheck-bad-byte"


class Lines:
    """The lines of a source, one by one, which can be given back.

    Parameters
    ----------
    source : str or Path
        Path, or ``-`` for standard input.
    encoding : str
        Name of a Python codec. A byte-order mark is left out whatever the codec.

    Attributes
    ----------
    name : str
        File name for messages; ``stdin`` for standard input.
    encoding : str
    number : int
        Of the line taken last, 1 for the first.
    characters : int
        Read so far; of a line over `MAX_LINE` only those that are returned.

    Raises
    ------
    InputError
        If the source cannot be opened or does not hold text in this encoding.
    """

    def __init__(self, source: str | Path, encoding: str) -> None:
        self._source = _Source(source)
        self.name = self._source.name
        self.encoding = encoding
        self.number = 0
        self.characters = 0
        self._back: deque[str] = deque()
        self._cut = False  # whether the line read last was cut, and behind a carriage return
        try:
            unpacked = _unpacked(self._source)
            _sniff(unpacked, encoding)
            self._stream = _decoded(unpacked, encoding)
        except BaseException:
            self.close()
            raise

    @property
    def fraction(self) -> float | None:
        """Share of the file that was read, in [0, 1]; None where its size is unknown."""
        return min(1.0, self._source.position / self._source.size) if self._source.size else None

    def take(self) -> str:
        """Return the next line with its end, one over `MAX_LINE` cut to a character more; the empty string when there is none."""
        line = self._back.popleft() if self._back else self._read()
        self.number += bool(line)
        return line

    def piece(self) -> str:
        """Return the next characters, up to 64 Ki of them, wherever lines end; the empty string when there are none."""
        piece = self._decoded(self._stream.read, 1 << 16)
        if not self.characters:
            piece = piece.removeprefix("\ufeff")
        self.characters += len(piece)
        return piece

    def give_back(self, lines: Sequence[str]) -> None:
        """Let these lines, the last that were taken, be taken again."""
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._source.close()

    def _read(self) -> str:
        line = self._decoded(self._stream.readline, MAX_LINE + 1)
        if self._cut and line == "\n":  # the rest of the end of the line before
            line = self._decoded(self._stream.readline, MAX_LINE + 1)
        if not self.characters:
            line = line.removeprefix("\ufeff")
        self.characters += len(line)
        piece = line
        if len(line) > MAX_LINE:
            while piece and not piece.endswith(("\n", "\r")):
                piece = self._decoded(self._stream.readline, 1 << 16)
        self._cut = len(line) > MAX_LINE and piece.endswith("\r")
        return line

    def _decoded(self, read: Callable[[int], str], size: int) -> str:
        try:
            return read(size)
        except UnicodeError as error:
            raise InputError(f"{self.name}: cannot be decoded as {self.encoding} behind line {self.number}; give --encoding") from error


def undecoded(text: str) -> int | None:
    """Return the first byte of a taken text that could not be decoded, None when there is none."""
    found = None if text.isascii() else SURROGATE.search(text)
    return ord(found.group()) & 0xFF if found else None


def reason(error: BaseException) -> str:
    """Return what an error says, for the end of a message: the system's words, else the first line of its own, else its kind."""
    of_the_system = getattr(error, "strerror", None)
    text = of_the_system.lower() if of_the_system else str(error) or type(error).__name__
    return str(text).strip().split("\n")[0][:200]


def required(package: str, what: str, *, extra: str = "io") -> Any:
    """Import a package of an extra.

    Parameters
    ----------
    package : str
    what : str
        What needs it, for the message.
    extra : str, default "io"
        Its name.

    Raises
    ------
    InputError
        If it is not installed; the message holds the command that installs it.
    """
    try:
        return import_module(package)
    except ImportError as error:
        name = package.split(".", maxsplit=1)[0]
        raise InputError(f"{what} needs the package {name}, which is not installed: pip install 'claim-factcheck[{extra}]'") from error


def same_file(one: str | Path, other: str | Path) -> bool:
    """Tell whether two names are of one file, there or not, through links too; standard input and output are none."""
    if STREAM in (str(one), str(other)):
        return False
    with contextlib.suppress(OSError, ValueError):
        return os.path.realpath(one) == os.path.realpath(other) or Path(one).samefile(other)
    return False


class _Bytes(io.RawIOBase):
    """A stream of bytes whose beginning can be looked at."""

    def __init__(self, name: str, read: Callable[[int], bytes]) -> None:
        self.name = name
        self._next = read
        self.head = b""
        while len(self.head) < _HEAD and (piece := read(_HEAD - len(self.head))):
            self.head += piece
        self._left = self.head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.take(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def take(self, size: int) -> bytes:
        """Return the next bytes, at the most so many; none at the end."""
        piece = self._left[:size] or self._next(size)
        self._left = self._left[len(piece) :]
        return piece


class _Source(_Bytes):
    """Bytes of a file or of standard input, whose errors are `InputError`."""

    def __init__(self, source: str | Path) -> None:
        self._own = str(source) != STREAM
        self._binary = open_file(source) if self._own else _stdin()
        self.position = self.size = 0
        if self._own:
            with contextlib.suppress(OSError):
                self.size = os.fstat(self._binary.fileno()).st_size
        super().__init__(Path(source).name if self._own else "stdin", self._read)

    def take(self, size: int) -> bytes:
        piece = super().take(size)
        self.position += len(piece)
        return piece

    def close(self) -> None:
        if self._own:
            self._binary.close()
        super().close()

    def _read(self, size: int) -> bytes:
        try:
            # read1 gives what a pipe has now, where read would wait for all of it.
            return bytes(self._binary.read1(size))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.name}: cannot be read: {reason(error)}") from error


def _unpacked(source: _Source) -> _Bytes:
    """Return the bytes of a source unpacked where it is packed; its first bytes tell, and its name must not say otherwise."""
    packing = next((name for magic, name in _PACKED.items() if source.head.startswith(magic)), None)
    ending = Path(source.name).suffix.lower()
    if source.head and ending in PACKINGS and PACKINGS[ending] != packing:
        raise InputError(
            f"{source.name}: the ending {ending} means {PACKINGS[ending]}, but the file holds none; give it the ending that it has"
        )
    if packing is None:
        return source
    pieces = _gunzip(source) if packing == "gzip" else _unzstd(source)
    left, total = b"", 0

    def read(size: int) -> bytes:
        nonlocal left, total
        try:
            left = left or next(pieces, b"")
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(
                f"{source.name}: the {packing} data cannot be unpacked behind {total:,} bytes: {reason(error)}; fetch it again"
            ) from error
        piece, left = left[:size], left[size:]
        total += len(piece)
        if total > MAX_UNPACKED:
            raise InputError(f"{source.name}: unpacks to more than {MAX_UNPACKED:,} bytes; if it is meant to, unpack and split it first")
        return piece

    return _Bytes(source.name, read)


def _gunzip(source: _Source) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=io.BufferedReader(source, 1 << 16), mode="rb") as file:
        while piece := file.read1(1 << 16):
            yield piece


def _unzstd(source: _Source) -> Iterator[bytes]:
    zstandard = required("zstandard", f"{source.name}: zstd")
    frame = None
    packed = b""
    while packed or (packed := source.take(_ZSTD_PIECE)):
        frame = frame or zstandard.ZstdDecompressor().decompressobj()
        try:
            if piece := frame.decompress(packed):
                yield piece
        except zstandard.ZstdError as error:
            raise EOFError(str(error).removeprefix("zstd decompressor error: ")) from error
        packed = frame.unused_data if frame.eof else b""
        frame = None if frame.eof else frame
    if frame:
        raise EOFError("it ends in the middle")


def open_file(path: str | Path) -> Any:
    """Open a file to read its bytes.

    Raises
    ------
    InputError
        For a path that is missing, a folder or unreadable.
    """
    try:
        if Path(path).is_dir():
            raise InputError(f"{path}: is a folder; give a file")
        return Path(path).open("rb")
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; check the path (- reads standard input)") from error
    except PermissionError as error:
        raise InputError(f"{path}: may not be read by this user; change its permissions or copy it") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path!s}: cannot be opened: {reason(error)}".replace("\0", "\\0")) from error


def _stdin() -> Any:
    binary = getattr(sys.stdin, "buffer", None)
    if binary is None:
        raise InputError("stdin: there is no standard input to read; give a path")
    return binary


def _sniff(source: _Bytes, encoding: str) -> None:
    """Raise `InputError` where the first bytes show that the file is not text in the given encoding."""
    head = source.head
    if not head:
        seen = "nothing came in; pipe" if source.name == "stdin" else "the file is empty; give"
        raise InputError(f"{source.name}: {seen} a table with a header line, or JSON Lines")
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise InputError(f"{source.name}: holds {what}")
    if _codec(encoding).startswith(("utf-16", "utf-32")):
        if b"\0" not in head:
            raise InputError(f"{source.name}: has no NUL bytes, so it is not {encoding}; leave --encoding away (utf-8) or give another")
    elif looks := _wide_encoding(head):
        raise InputError(f"{source.name}: looks like {looks.upper()}, not {encoding}; give --encoding {looks}, or save it as UTF-8")


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise InputError(f"--encoding: unknown encoding {encoding!r}; use utf-8, utf-16, cp1252, latin-1 or the like") from error


def _wide_encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if half >= 2 and max(even, odd) > half * 0.6 and min(even, odd) == 0:
        return "utf-16-le" if odd > even else "utf-16-be"
    return ""


def _decoded(source: _Bytes, encoding: str) -> io.TextIOWrapper:
    # The name is ours alone, and registering it twice changes nothing.
    codecs.register_error(_BAD_BYTE, _mark_bad_byte)
    try:
        return io.TextIOWrapper(io.BufferedReader(source, 1 << 16), encoding=_codec(encoding), errors=_BAD_BYTE, newline="")
    except LookupError as error:
        raise InputError(f"--encoding: {encoding!r} is no encoding of text; use utf-8, utf-16, cp1252 or latin-1") from error


def _mark_bad_byte(error: UnicodeError) -> tuple[str, int]:
    """Stand a lone surrogate for what cannot be decoded: no encoding of text yields one otherwise."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(0xDC00 + error.object[error.start]), error.end
