"""Documents of a saved feed, page or answer: found one by one, in memory that does not grow with the file.

A file is JSON (one value, several, or one a line), or text with script elements of JSON-LD (a page, or a dump of one element a
line), packed with gzip or not; its first bytes say which, not its name. The elements of a long list, at the top of a file or under
a key of its outermost object, are documents of their own: so a feed of any length is read through a window of a few megabytes.
A document that cannot be read comes back with an error in its place, and reading goes on behind it.
"""

from __future__ import annotations

import codecs
import copy
import gzip
import html
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from factcheck.errors import InputError
from factcheck.scanning import JSON as ROW_JSON

MAX_DOCUMENT = 4 * 1024 * 1024
"""Longest document, in characters; a list of documents may be longer."""

MAX_UNPACKED = 8 * 1024**3
"""Characters of one file, unpacked, behind which reading stops."""

MAX_BROKEN = 1_000
"""Broken documents of one file behind which reading stops: a file of nothing else would take hours."""

_SIP = 1 << 13
"""Bytes that are read at once: no more of a damaged file is lost before the damage."""

_PIECE = 1 << 18
_AHEAD = 1 << 16
_LONGEST_MATCH = 4096
"""Characters; no pattern that is looked for across the window matches more."""

_LINES_TRIED = 8
"""Lines behind a broken document of which one may be where reading goes on."""

_NEAR_END = 16
"""Characters of the longest word of JSON that a window may cut (-Infinity, an escaped pair of surrogates), and a few more."""

_TOO_LONG = f"is longer than {MAX_DOCUMENT:,} characters, or is not closed; take it apart or mend it"
_SPACE = re.compile(r"[\s\ufeff\x1e]*")
_SPACE_OR_COMMA = re.compile(r"[\s,]*")
_LONG_NUMBER = re.compile(r"&#[0-9]{9,};?")
_HEAD = re.compile(r'\{\s*(?:"@(?:type|context)"\s*:\s*"[^"\\\n{}]{0,200}"|"[^"\\]{0,200}"\s*:)')
_BRACKET_OR_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_NEXT_DOCUMENT = re.compile(r"\n[\[{]")
_SCRIPT = re.compile(r"<script\b([^<>]{0,2000})>", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</script\s*>", re.IGNORECASE)
_NEXT_SCRIPT = re.compile(r"\n[ \t]{0,200}<script\b", re.IGNORECASE)
_BEFORE = re.compile(r"(?:\s|/\*|//|<!--|<!\[CDATA\[|\*/)*+")
_BEHIND = re.compile(r"(?:\s|;|\*/|//|-->|\]\]>|/\*)*+")
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
        window = _Window(_pieces(binary), Path(path).name)
        try:
            yield from _documents(window)
        except OSError as error:  # too long, or too much of it broken
            window.failure = error
        if window.failure:
            yield Document(window.place(), error=f"the rest of the file cannot be read: {window.failure}; fetch or save it again")
        if window.bad_byte:
            yield Document(window.name, error="has bytes that are not UTF-8, which became U+FFFD; save the file as UTF-8")


def unescaped(text: str) -> str:
    """Return text with its HTML entities resolved; a number of nine digits or more, which is no character, becomes U+FFFD."""
    return html.unescape(_LONG_NUMBER.sub("\ufffd", text))  # Python reads no number of more than 4,300 digits


def _open(path: str | Path) -> io.BufferedReader:
    try:
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"{path!s}: cannot be opened: {why}; give a file of JSON, HTML or CSV".replace("\0", "\\0")) from error


def _pieces(binary: io.BufferedReader) -> Iterator[str]:
    """Yield the text of a file; what stands before a place that cannot be read is yielded before the error."""
    head = binary.read(2)
    binary.seek(0)
    # read1 gives what it has at once, where read would gather more and lose it all at an error
    read = gzip.GzipFile(fileobj=binary).read1 if head == b"\x1f\x8b" else binary.read1
    raw = read(_SIP)
    wide = raw[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")("surrogateescape")
    while raw:
        yield decoder.decode(raw)
        raw = read(_SIP)
    yield decoder.decode(b"", final=True)


def _documents(window: _Window) -> Iterator[Document]:
    if not window.skip(_SPACE):
        if not window.failure:
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

    def __init__(self, pieces: Iterator[str], name: str) -> None:
        self.name = name
        self.text = ""
        self.at = 0
        self.ended = False
        self.failure: Exception | None = None
        self.bad_byte = False
        self.broken = 0
        self._pieces = pieces
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
        while held < size + _PIECE and not self.ended:  # a piece more, so that the held text is not copied for every sip
            piece = self._next_piece()
            held += len(piece)
            if not piece.isascii() and re.search("[\udc80-\udcff]", piece):
                self.bad_byte = True
                piece = re.sub("[\udc80-\udcff]", "\ufffd", piece)
            pieces.append(piece)
        self.text, self.at, self._counted = "".join(pieces), 0, 0
        if self._before > MAX_UNPACKED:
            raise OSError(f"it is longer than {MAX_UNPACKED:,} characters")

    def _next_piece(self) -> str:
        try:
            return next(self._pieces)
        except StopIteration:
            self.ended = True
        except (OSError, EOFError, zlib.error, UnicodeError) as error:  # what was read before it stays
            self.ended, self.failure = True, error
        return ""

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

    def part(self, end: int) -> _Window:
        """Return a window of what stands before a position of the held text."""
        part = copy.copy(self)
        part.text, part.ended = self.text[:end], True
        return part

    def bad(self, place: str, error: object) -> Document:
        """Return a broken document, unless there were too many."""
        self.broken += 1
        if self.broken > MAX_BROKEN:
            raise OSError(f"it has more than {MAX_BROKEN:,} broken documents")
        return Document(place, error=str(error))

    def _count_lines(self) -> None:
        self._lines += self.text.count("\n", self._counted, self.at)
        self._counted = self.at


# Numbers are those of a table's JSON: what Python cannot hold stays text. A raw line break in a string is forgiven.
_JSON = json.JSONDecoder(
    strict=False,
    parse_constant=ROW_JSON.parse_constant,
    parse_float=ROW_JSON.parse_float,
    parse_int=ROW_JSON.parse_int,
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
            if resume := _resume(window):  # it is read by itself, so that it cannot take that line with it
                part = window.part(resume)
                yield from _json_documents(part)
                window.at, window.broken = resume, part.broken
            else:
                yield from _opened(window, place, error)
        else:
            yield Document(place, value)


def _resume(window: _Window) -> int:
    """Return where, behind a broken document, a line begins that is a whole document by itself; 0 when none is near.

    A line behind a comma or an opening bracket may be the element of a list: it must be followed by another document, or by nothing.
    """
    window.reach(MAX_DOCUMENT)
    text = window.text
    for found in islice(_NEXT_DOCUMENT.finditer(text, window.at), _LINES_TRIED):
        start = found.start() + 1
        end = text.find("\n", start)
        if end < 0:
            end = len(text)
            if not window.ended:
                return 0
        try:
            _JSON.decode(text[start:end].strip())
        except (json.JSONDecodeError, RecursionError):
            continue
        before = text[max(start - _LONGEST_MATCH, window.at) : start].rstrip()
        behind = _SPACE.match(text, end)
        follows = text[behind.end() : behind.end() + 1] if behind else ""
        if not before.endswith((",", "[")) or follows in {"", "[", "{"}:
            return start
    return 0


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
        if "ld+json" not in unescaped(found.group(1)).lower():
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
    if not met and not window.failure:
        yield Document(window.name, error="holds no script element of the type application/ld+json")


def _script_value(content: str) -> Any:
    try:
        return _bare_value(content)
    except json.JSONDecodeError as error:
        if "&quot;" in content and '"' not in content:
            return _script_value(unescaped(content))
        raise _BrokenError(f"is not JSON: {error.msg} (character {error.pos + 1} of the element)") from error
    except RecursionError as error:
        raise _BrokenError("is nested too deep; flatten it") from error


def _bare_value(content: str) -> Any:
    """Return the value that stands between marks of comments and character sections."""
    before = _BEFORE.match(content)
    value, end = _JSON.raw_decode(content, before.end() if before else 0)
    if not _BEHIND.fullmatch(content, end):
        raise json.JSONDecodeError("Extra data", content, end)
    return value
