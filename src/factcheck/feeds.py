"""Documents of a saved feed, page or answer: found one by one, in memory that does not grow with the file.

A file is JSON (one value, several, or one a line), or text with script elements of JSON-LD (a page, or a dump of one element a
line), packed with gzip or not; its first bytes say which, not its name. The elements of a long list, at the top of a file or under
a key of its outermost object, are documents of their own: so a feed of any length is read through a window of a few megabytes.
A document that cannot be read comes back with an error in its place, and reading goes on behind it.
"""

from __future__ import annotations

import codecs
import gzip
import html
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from factcheck.errors import InputError

MAX_DOCUMENT = 4 * 1024 * 1024
"""Longest document, in characters; a list of documents may be longer."""

MAX_UNPACKED = 8 * 1024**3
"""Characters of one file, unpacked, behind which reading stops."""

MAX_BROKEN = 1_000
"""Broken documents of one file behind which reading stops: a file of nothing else would take hours."""

_PIECE = 1 << 18
_AHEAD = 1 << 16
_LONGEST_MATCH = 4096
"""Characters; no pattern that is looked for across the window matches more."""

_NEAR_END = 16
"""Characters of the longest word of JSON that a window may cut (-Infinity, an escaped pair of surrogates), and a few more."""

_TOO_LONG = f"is longer than {MAX_DOCUMENT:,} characters, or is not closed; take it apart or mend it"
_SPACE = re.compile(r"[\s\ufeff\x1e]*")
_SPACE_OR_COMMA = re.compile(r"[\s,]*")
_HEAD = re.compile(r'\{\s*(?:"@(?:type|context)"\s*:\s*"[^"\\]{0,200}"|"[^"\\]{0,200}"\s*:)')
_BRACKET_OR_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
_NEXT_DOCUMENT = re.compile(r"\n[\[{]")
_SCRIPT = re.compile(r"<script\b([^<>]{0,2000})>", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script\s*>", re.IGNORECASE)
_NEXT_SCRIPT = re.compile(r"\n[ \t]{0,200}<script\b", re.IGNORECASE)
_OPENINGS = ("/*", "//", "<!--", "<![CDATA[", "*/")
_ENDINGS = (";", "*/", "//", "-->", "]]>", "/*")
"""What old tools write around the JSON of a script element."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON value that stood in a file, or what kept it from being read.

    Parameters
    ----------
    place : str
        ``file:line, character N``, both counted from 1 and in the unpacked file.
    value : object
        None when there is an error.
    error : str
        What is wrong and what to do; empty for a good document.
    element : bool
        Whether it stood in a longer list, so that what holds for the whole (such as a context) was said elsewhere.
    """

    place: str
    value: Any = None
    error: str = ""
    element: bool = False


def read_documents(path: str | Path) -> Iterator[Document]:
    r"""Yield the documents of a file, in their order.

    Control characters inside strings, ``NaN``, and a number that no float or integer here can hold (it stays text) are forgiven,
    because they are common and harmless. A byte that is not UTF-8 becomes U+FFFD, and a last document with an error says so.

    Parameters
    ----------
    path : str or Path
        A local file: JSON or HTML in UTF-8, or in UTF-16 with a byte-order mark, packed with gzip or not.

    Yields
    ------
    Document
        One with an error for a file that is empty, is neither JSON nor HTML, or holds no script element of JSON-LD.

    Raises
    ------
    InputError
        If the file is missing, a folder, or may not be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "saved.json")
    >>> _ = path.write_text('{"n": 1}\n{"n": oops}\n{"n": 3}\n')
    >>> for document in read_documents(path):
    ...     print(document.place, document.error or document.value)
    saved.json:1, character 1 {'n': 1}
    saved.json:2, character 10 is not JSON: Expecting value (character 16)
    saved.json:3, character 22 {'n': 3}
    """
    with _open(path) as binary:
        window = _Window(binary, Path(path).name)
        try:
            yield from _documents(window)
        except (OSError, EOFError, zlib.error, UnicodeError) as error:
            yield Document(window.place(), error=f"the rest of the file cannot be read: {error}; fetch or save it again")
        if window.bad_byte:
            yield Document(window.name, error="has bytes that are not UTF-8, which became U+FFFD; save the file as UTF-8")


def _open(path: str | Path) -> IO[bytes]:
    try:
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"{path!s}: cannot be opened: {why}; give a file of JSON, HTML or CSV".replace("\0", "\\0")) from error


def _decoded(binary: IO[bytes]) -> IO[str]:
    head = binary.read(2)
    binary.seek(0)
    unpacked: Any = gzip.GzipFile(fileobj=binary) if head == b"\x1f\x8b" else binary
    buffered = io.BufferedReader(unpacked, _PIECE)
    wide = buffered.peek(2)[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} if head else False
    return io.TextIOWrapper(buffered, encoding="utf-16" if wide else "utf-8-sig", errors="surrogateescape", newline="")


def _documents(window: _Window) -> Iterator[Document]:
    if not window.skip(_SPACE):
        yield Document(window.name, error="the file is empty")
        return
    sign = window.text[window.at]
    if sign == "<":
        yield from _script_documents(window)
    elif sign in "[{":
        yield from _json_documents(window)
    else:
        yield Document(window.place(), error=f"is neither JSON nor HTML (it begins with {sign!r}); unpack a table, ending .csv")


# ---------------------------------------------------------------------------------------------------------------------
# A window that moves over the text
# ---------------------------------------------------------------------------------------------------------------------


class _BrokenError(Exception):
    """A value cannot be read."""


class _TooLongError(_BrokenError):
    """A value does not end within the longest document."""


class _Window:
    """The part of a text that is held: ``text[at:]`` is still to be read."""

    def __init__(self, binary: IO[bytes], name: str) -> None:
        self.name = name
        self.text = ""
        self.at = 0
        self.ended = False
        self.bad_byte = False
        self.broken = 0
        self._binary = binary
        self._stream: IO[str] | None = None
        self._before = 0
        self._lines = self._counted = 0

    def reach(self, size: int) -> None:
        """Hold so many characters behind ``at``, or all that there are."""
        held = len(self.text) - self.at
        if held >= size or self.ended:
            return
        self._count_lines()
        self._before += self.at
        pieces = [self.text[self.at :]]
        if self._stream is None:
            self._stream = _decoded(self._binary)
        while held < size and not self.ended:
            piece = self._stream.read(_PIECE)
            self.ended = not piece
            held += len(piece)
            if not piece.isascii() and re.search("[\udc80-\udcff]", piece):
                self.bad_byte = True
                piece = re.sub("[\udc80-\udcff]", "\ufffd", piece)
            pieces.append(piece)
        self.text, self.at, self._counted = "".join(pieces), 0, 0
        if self._before > MAX_UNPACKED:
            raise OSError(f"it is longer than {MAX_UNPACKED:,} characters")

    def place(self) -> str:
        """Return where ``at`` is."""
        self._count_lines()
        return f"{self.name}:{self._lines + 1}, character {self._before + self.at + 1}"

    def skip(self, what: re.Pattern[str]) -> bool:
        """Move behind what the pattern matches; tell whether anything follows."""
        while True:
            self.reach(_AHEAD)
            if found := what.match(self.text, self.at):
                self.at = found.end()
            if self.at < len(self.text) or self.ended:
                return self.at < len(self.text)

    def decode(self) -> Any:
        """Return the value that begins at ``at`` and move behind it; stay there when it is broken."""
        size = _AHEAD
        while True:
            self.reach(size)
            try:
                value, self.at = _JSON.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos >= len(self.text) - _NEAR_END
                if self.ended or not cut:
                    raise _BrokenError(f"is not JSON: {error.msg} (character {self._before + error.pos + 1})") from error
            except RecursionError as error:
                raise _BrokenError("is nested too deep; flatten it") from error
            else:
                return value
            if size >= MAX_DOCUMENT:
                raise _TooLongError(_TOO_LONG)
            size *= 4

    def find(self, what: re.Pattern[str]) -> re.Match[str] | None:
        """Return the next match behind ``at``, however far it is; let go what stands before it. At the end of the file, None."""
        while True:
            self.reach(MAX_DOCUMENT + _LONGEST_MATCH)
            if found := what.search(self.text, self.at):
                return found
            if self.ended:
                self.at = len(self.text)
                return None
            self.at = max(self.at, len(self.text) - _LONGEST_MATCH)

    def bad(self, place: str, error: object) -> Document:
        """Return a broken document, unless there were too many."""
        self.broken += 1
        if self.broken > MAX_BROKEN:
            raise OSError(f"it has more than {MAX_BROKEN:,} broken documents")
        return Document(place, error=str(error))

    def _count_lines(self) -> None:
        self._lines += self.text.count("\n", self._counted, self.at)
        self._counted = self.at


# What Python cannot hold as the same number, or refuses to read, stays text; a raw line break in a string is forgiven.
_JSON = json.JSONDecoder(
    strict=False,
    parse_constant=lambda _: None,
    parse_int=lambda digits: int(digits) if len(digits) < 640 else digits,
)


# ---------------------------------------------------------------------------------------------------------------------
# JSON
# ---------------------------------------------------------------------------------------------------------------------


def _json_documents(window: _Window) -> Iterator[Document]:
    while window.skip(_SPACE):
        place = window.place()
        try:
            value = window.decode()
        except _BrokenError as error:
            yield from _opened(window, place, error)
        else:
            yield Document(place, value)


def _opened(window: _Window, place: str, why: _BrokenError) -> Iterator[Document]:
    """Yield what can be read of a value that is too long or broken: the elements of its lists, and what is wrong with it."""
    told = any_element = False
    try:
        for document in _parts(window):
            told = told or bool(document.error)
            any_element = True
            yield document
    except _BrokenError as error:
        if not told:
            yield window.bad(place, error if any_element else why)
        at_next = window.text[window.at - 1 : window.at] == "\n" and window.text[window.at : window.at + 1] in ("[", "{")
        if not at_next and (found := window.find(_NEXT_DOCUMENT)):
            window.at = found.start()
        return
    if not told and not (any_element and isinstance(why, _TooLongError)):
        yield window.bad(place, why)


def _parts(window: _Window) -> Iterator[Document]:
    """Yield the elements of a list, or of the lists that stand in an object; move behind it."""
    sign = window.text[window.at]
    if sign == "[":
        yield from _elements(window)
        return
    if sign != "{":
        raise _BrokenError("is neither an object nor a list")
    window.at += 1
    while window.skip(_SPACE_OR_COMMA):
        if window.text[window.at] == "}":
            window.at += 1
            return
        if window.text[window.at] != '"':
            raise _BrokenError("is not JSON: a key belongs here")
        window.decode()
        if not window.skip(_SPACE) or window.text[window.at] != ":":
            raise _BrokenError("is not JSON: a colon belongs here")
        window.at += 1
        if window.skip(_SPACE) and window.text[window.at] == "[":
            yield from _elements(window)
        else:
            window.decode()
    raise _BrokenError("is not closed: the file ends before it does")


def _elements(window: _Window) -> Iterator[Document]:
    window.at += 1
    while window.skip(_SPACE_OR_COMMA):
        if window.text[window.at] == "]":
            window.at += 1
            return
        place = window.place()
        try:
            value = window.decode()
        except _BrokenError as error:
            yield window.bad(place, error)
            _skip_element(window)
        else:
            yield Document(place, value, element=True)
    raise _BrokenError("is not closed: the file ends before it does")


def _skip_element(window: _Window) -> None:
    """Move behind a broken element: to where its brackets close, or to where the next begins as it does, whichever is nearer."""
    window.reach(MAX_DOCUMENT)
    head = _HEAD.match(window.text, window.at)
    if not head:
        window.at += 1
        if found := window.find(re.compile(r"[,\]{]")):
            window.at = found.start()
        return
    sibling = re.compile(r"[,}\]]\s{0,200}(" + re.escape(head.group()) + ")")
    found = sibling.search(window.text, window.at + 1)
    end = _closed(window.text, window.at, found.start(1) if found else len(window.text))
    if end:
        window.at = end
    elif found or (found := window.find(sibling)):
        window.at = found.start(1)


def _closed(text: str, start: int, end: int) -> int:
    """Return the position behind the bracket that closes the one at ``start``, 0 when it is not before ``end``."""
    depth = 0
    for found in _BRACKET_OR_STRING.finditer(text, start, end):
        sign = found.group()[0]
        depth += (sign in "[{") - (sign in "]}")
        if not depth:
            return found.end()
    return 0


# ---------------------------------------------------------------------------------------------------------------------
# Script elements
# ---------------------------------------------------------------------------------------------------------------------


def _script_documents(window: _Window) -> Iterator[Document]:
    met = False
    while found := window.find(_SCRIPT):
        window.at = found.start()
        place = window.place()
        if "ld+json" not in html.unescape(found.group(1)).lower():
            window.at = found.end()
            continue
        met = True
        window.at = found.end()
        window.reach(MAX_DOCUMENT)
        begin, closing = window.at, _SCRIPT_END.search(window.text, window.at, window.at + MAX_DOCUMENT)
        content = window.text[begin : closing.start() if closing else begin + MAX_DOCUMENT]
        try:
            if not closing:
                raise _TooLongError(_TOO_LONG)
            value = _script_value(content)
        except _BrokenError as error:
            yield window.bad(place, error)
            # An element that is not closed must not take the next line's with it.
            following = _NEXT_SCRIPT.search(content)
            window.at = begin + following.start() if following else closing.end() if closing else begin
        else:
            window.at = closing.end()
            yield Document(place, value)
    if not met:
        yield Document(window.name, error="holds no script element of the type application/ld+json")


def _script_value(content: str) -> Any:
    text = _bare(content)
    try:
        return _JSON.decode(text)
    except json.JSONDecodeError as error:
        if "&quot;" in text and '"' not in text:
            return _script_value(html.unescape(text))
        raise _BrokenError(f"is not JSON: {error.msg} (character {error.pos + 1} of the element)") from error
    except RecursionError as error:
        raise _BrokenError("is nested too deep; flatten it") from error


def _bare(content: str) -> str:
    """Return the content without the marks of comments and character sections around it."""
    text = content.strip()
    while opening := next((mark for mark in _OPENINGS if text.startswith(mark)), ""):
        text = text[len(opening) :].lstrip()
    while ending := next((mark for mark in _ENDINGS if text.endswith(mark)), ""):
        text = text[: -len(ending)].rstrip()
    return text
