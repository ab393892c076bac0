"""A file from the web, whole and verified: https only, a pinned checksum, no more bytes than it has, resumed where it was cut off.

The only code of this library that goes out on its own account, and `factcheck data fetch` alone asks it to.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from factcheck.errors import FactcheckError, InputError
from factcheck.lines import reason

TIMEOUT = 60.0
"""Seconds without a byte after which a download is given up."""

_SCHEMES = frozenset({"https"})
_PIECE = 1 << 16
_AGAIN = "the same command goes on from there"


@dataclass(frozen=True, slots=True)
class Remote:
    """A file that somebody publishes.

    Parameters
    ----------
    url : str
    sha256 : str
        Of its bytes, hexadecimal; empty where none is known, and then it is not downloaded.
    size : int
        Its bytes.
    """

    url: str
    sha256: str = ""
    size: int = 0

    @property
    def file(self) -> str:
        """The name under which it is kept: the last part of its address."""
        return Path(urlsplit(self.url).path).name


def download(remote: Remote, folder: str | Path) -> Path:
    """Download a file; it stands under its name only when it is complete and has its checksum.

    What has come is kept beside it (``.NAME.CHECKSUM.part``), and the next call asks for the rest only. A file that is
    there already is not downloaded again.

    Parameters
    ----------
    remote : Remote
        With a checksum.
    folder : str or Path
        Made where it is not there.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        When another file has its name, or the folder cannot be written.
    FactcheckError
        When the address is not https or leads elsewhere, the server does not answer or sends another file: too large,
        or with another checksum, of which nothing is kept.
    """
    _require_https(remote.url, remote.url)
    target = Path(folder) / remote.file
    part = target.with_name(f".{remote.file}.{remote.sha256[:12]}.part")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        if target.exists():
            if _sha256(target) == remote.sha256:
                return target
            raise InputError(f"{target}: is there and is another file than {remote.url}; move it away or give another folder")
        with part.open("ab") as file:
            _fill(file, remote)
        if (seen := _sha256(part)) != remote.sha256:
            part.unlink()
            raise FactcheckError(
                f"{remote.url}: has the sha256 {seen}, not {remote.sha256}: it was changed at its source or on the way; "
                "nothing was kept. Download it by hand if you trust it"
            )
        part.replace(target)
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {reason(error)}; make room or give another folder") from error
    finally:
        with contextlib.suppress(OSError):
            if not part.stat().st_size:
                part.unlink()
    return target


def _fill(file: IO[bytes], remote: Remote) -> None:
    """Append to a file what it lacks of the published one."""
    have = file.tell()
    if have > remote.size:
        have = _restart(file)
    if have == remote.size:
        return
    with _ask(remote, have) as answer:
        if answer.status == 416:
            _restart(file)
            raise FactcheckError(f"{remote.url}: is shorter than its {remote.size:,} bytes: it was changed at its source; nothing was kept")
        if have and answer.status != 206:  # the server sends all of it again
            have = _restart(file)
        have = _copy(answer, file, have, remote)
    if have < remote.size:
        raise FactcheckError(f"{remote.url}: the connection ended after {have:,} of {remote.size:,} bytes, which are kept; {_AGAIN}")


def _ask(remote: Remote, have: int) -> Any:
    """Return the answer of the server, whose body is still to be read."""
    headers = {"User-Agent": "factcheck", "Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        return build_opener(_Redirects()).open(Request(remote.url, headers=headers), timeout=TIMEOUT)  # noqa: S310 (its scheme was looked at)
    except HTTPError as error:
        if error.code == 416:
            return error
        error.close()
        raise FactcheckError(f"{remote.url}: the server answered {error.code} {error.reason}; try again later, or by hand") from error
    except (OSError, HTTPException) as error:
        cause = getattr(error, "reason", error)  # urllib wraps what went wrong
        why = reason(cause) if isinstance(cause, Exception) else cause
        raise FactcheckError(f"{remote.url}: cannot be reached: {why}; check the network, then {_AGAIN}") from error


def _copy(answer: Any, file: IO[bytes], have: int, remote: Remote) -> int:
    """Append the body of an answer and return how many bytes the file has then; a connection that breaks ends it early."""
    begin = answer.headers.get("Content-Range", f"bytes {have}-")
    coming = answer.headers.get("Content-Length", "0")
    if not begin.startswith(f"bytes {have}-") or (coming.isdecimal() and have + int(coming) > remote.size):
        _restart(file)
        raise FactcheckError(
            f"{remote.url}: the server sends {begin} and {coming} bytes of it, where the file has {remote.size:,}: "
            "it was changed at its source; nothing was kept"
        )
    while piece := _read(answer):
        have += len(piece)
        if have > remote.size:
            _restart(file)
            raise FactcheckError(f"{remote.url}: is larger than its {remote.size:,} bytes: it was changed at its source; nothing was kept")
        file.write(piece)
    file.flush()
    os.fsync(file.fileno())
    return have


def _read(answer: Any) -> bytes:
    try:
        piece: bytes = answer.read(_PIECE)
    except (HTTPException, OSError):  # what came before it is kept
        return b""
    return piece


def _restart(file: IO[bytes]) -> int:
    file.seek(0)
    file.truncate()
    return 0


class _Redirects(HTTPRedirectHandler):
    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        _require_https(newurl, req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_https(url: str, given: str) -> None:
    if urlsplit(url).scheme not in _SCHEMES:
        leads = f"leads to {url}, which" if url != given else "it"
        raise FactcheckError(f"{given}: {leads} is not https, so anybody on the way could change it; it is not downloaded")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
