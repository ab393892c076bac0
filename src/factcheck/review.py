"""A person confirms or corrects the verdicts of a batch, text by text, on a page of this machine. Needs the extra ``review``.

The page is served on 127.0.0.1 alone, under an address that nobody can guess, and asks for nothing from elsewhere. What people wrote
reaches it as text only. A decision is on the disk before the next text is shown.
"""

from __future__ import annotations

import contextlib
import datetime
import getpass
import os
import secrets
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from factcheck.corrections import MAX_NOTE, Decision, parse, text_sha256
from factcheck.errors import FactcheckError, InputError
from factcheck.journal import lock
from factcheck.lines import STREAM, reason, required, same_file
from factcheck.records import Label, Reason
from factcheck.rows import host_of
from factcheck.verdicts import MEANING, ROLE, Cited, Post, read_posts

EXTRA = "review"
"""The extra that installs what the page needs."""

ENDING = ".decisions.jsonl"
"""What the name of a table of verdicts has behind it in the name of its decisions."""

HOST = "127.0.0.1"

MAX_TEXTS = 100_000
"""Different texts that are asked about; rows with other texts behind them are left out."""

_MAX_BODY = 65_536
_KEYS = {"s": Label.SUPPORTS, "r": Label.REFUTES, "n": Label.NOT_ENOUGH_INFO, "c": Label.CONFLICTING}


@dataclass(frozen=True, slots=True)
class Item:
    """A text to decide on.

    Parameters
    ----------
    text : str
        As it stands in the table.
    post : Post
        Its first row, as it is shown.
    statement_id, fingerprint : str
    cited : Cited or None
        The statement that decided it or, where none did, the nearest.
    copies, alike : int
        Rows with this text, and rows with the same words.
    """

    text: str
    post: Post
    statement_id: str
    fingerprint: str
    cited: Cited | None
    copies: int = 1
    alike: int = 1


@dataclass(frozen=True, slots=True)
class Queue:
    """What is asked, in order.

    Parameters
    ----------
    name : str
        Of the table.
    items : tuple of Item
    left_out : int
        Rows that are not asked about: they have no verdict, or there were too many texts before them.
    """

    name: str
    items: tuple[Item, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How far a review has come.

    Parameters
    ----------
    decided, texts : int
        Texts that the reviewer has decided, of all of the table.
    target : Path
        The file of decisions.
    """

    decided: int
    texts: int
    target: Path


def serve(
    source: str | Path,
    target: str | Path | None = None,
    *,
    tell: Callable[[str], None],
    ready: Callable[[str], None],
    reviewer: str | None = None,
    text_column: str = "text",
    port: int = 0,
    input_format: str | None = None,
    encoding: str = "utf-8",
) -> Reviewed:
    """Serve the page on which a person decides, until the process is interrupted (Ctrl-C).

    Parameters
    ----------
    source : str or Path
        What `factcheck.batch.run` wrote, in any format.
    target : str or Path, optional
        File of decisions; those that are in it stand, and new ones are appended. By default the source's name with `ENDING` behind it.
    tell : callable of str to None
        Called with a sentence where something was left out.
    ready : callable of str to None
        Called with the address when the page can be opened.
    reviewer : str, optional
        Who decides. By default the name of the user.
    text_column : str
    port : int
        0 takes one that is free.
    input_format, encoding
        As in `factcheck.tables.read_rows`.

    Raises
    ------
    InputError
        If the source is no table of verdicts or has none, the target is no file of decisions or another review has it open, the port
        is taken, or a package of the extra is not installed.
    """
    for package in ("jinja2", "fastapi", "uvicorn"):
        required(package, "the review", extra=EXTRA)
    if target is None and str(source) == STREAM:
        raise InputError("stdin: has no name that the file of decisions could stand beside; give one with -o")
    path = Path(f"{source}{ENDING}") if target is None else Path(target)
    if same_file(path, source):
        raise InputError(f"{path}: is the input; give the decisions another name")
    queue = read_queue(source, text_column=text_column, input_format=input_format, encoding=encoding)
    if queue.left_out:
        tell(f"{queue.left_out} rows are left out: they have no verdict, or come after {MAX_TEXTS:,} different texts.")
    with DecisionFile(path) as file, _listening(port) as listening:
        if file.cut:
            tell(f"{path}: the last line was cut off as it was written; its {file.cut} bytes were removed.")
        review = Review(queue, file, reviewer or getpass.getuser())
        token = secrets.token_urlsafe(32)
        own_port = listening.getsockname()[1]
        ready(f"http://{HOST}:{own_port}/{token}/")
        _run(page(review, token=token, port=own_port), listening)
        return Reviewed(review.decided, len(queue.items), path)


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would share the port with another process
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(16)
    except (OSError, OverflowError) as error:
        listening.close()
        raise InputError(f"--port: {port} cannot be used: {reason(error)}; give another, or leave it away for one that is free") from error
    return listening


def _run(app: Any, listening: socket.socket) -> None:
    uvicorn = required("uvicorn", "the review", extra=EXTRA)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False, timeout_graceful_shutdown=1
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


# ---------------------------------------------------------------------------------------------------------------------
# What is asked
# ---------------------------------------------------------------------------------------------------------------------


def read_queue(source: str | Path, *, text_column: str = "text", input_format: str | None = None, encoding: str = "utf-8") -> Queue:
    """Read which texts are to be decided.

    A text that is in several rows is asked once. First come the texts for which most rows are expected to be wrong: the rows with the
    same words (``factcheck_cluster``) times the probability that their verdict is wrong. Of texts with the same words, all but the
    commonest come after all others.

    Raises
    ------
    InputError
        As in `factcheck.verdicts.read_verdicts`, and if no row has a verdict.
    """
    items: dict[str, Item] = {}
    copies, rows_alike = Counter[str](), Counter[str]()
    left_out = 0
    for row, post, cited in read_posts(source, text_column=text_column, input_format=input_format, encoding=encoding):
        text = row.values.get(text_column)
        if not post.verdict or not isinstance(text, str) or (text not in items and len(items) == MAX_TEXTS):
            left_out += 1
            continue
        if text not in items:
            statement_id = str(row.values.get("factcheck_statement_id") or "")
            items[text] = Item(text, post, statement_id, str(row.values.get("factcheck_decided_by") or ""), cited)
        copies[text] += 1
        rows_alike[post.cluster or text] += 1
    name = "stdin" if str(source) == STREAM else Path(source).name
    if not items:
        raise InputError(f"{name}: no row has a verdict, so there is nothing to decide")
    counted = [replace(item, copies=copies[text], alike=rows_alike[item.post.cluster or text]) for text, item in items.items()]
    commonest: dict[str, Item] = {}
    for item in counted:
        if item.copies > getattr(commonest.get(item.post.cluster or item.text), "copies", 0):
            commonest[item.post.cluster or item.text] = item
    ordered = sorted(counted, key=lambda item: (commonest[item.post.cluster or item.text] is not item, -_expected_wrong(item), -item.alike))
    return Queue(name, tuple(ordered), left_out)


def _expected_wrong(item: Item) -> float:
    return item.alike * (1 - (item.post.probability or 0.0))


# ---------------------------------------------------------------------------------------------------------------------
# What was decided
# ---------------------------------------------------------------------------------------------------------------------


class DecisionFile:
    """A file of decisions that only grows; a context manager.

    It is locked while it is open. A last line that was cut off when a process was killed is removed.

    Parameters
    ----------
    path : Path
        Made if it isn't there.

    Attributes
    ----------
    decisions : list of Decision
        That were in it when it was opened.
    cut : int
        Bytes of a last line that were removed.

    Raises
    ------
    InputError
        If it cannot be opened, another review has it open, or it is no file of decisions. It is left as it is then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: IO[bytes] = path.open("ab", buffering=0)
        except (OSError, ValueError) as error:
            name = str(path).replace("\0", "\\0")
            raise InputError(f"{name}: cannot be opened: {reason(error)}; give the decisions another name or folder") from error
        try:
            lock(self._file)
            with path.open("rb") as lines:
                self.decisions, end, size = parse(lines, str(path))
            self.cut = size - end
            self._file.truncate(end)
            if self.decisions and not _ends_in_line(path):
                self._put(b"\n")
        except BlockingIOError as error:
            self.close()
            raise InputError(f"{path}: another review writes these decisions; end it, or give another name (-o)") from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def add(self, decision: Decision) -> None:
        """Append a decision; it is on the disk when this returns.

        Raises
        ------
        FactcheckError
            If it cannot be written. Nothing of it is in the file then.
        """
        self._put(decision.to_line())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _put(self, line: bytes) -> None:
        before = os.fstat(self._file.fileno()).st_size
        view = memoryview(line)
        try:
            while view:
                view = view[self._file.write(view) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(before)
            raise FactcheckError(f"{self.path}: the decision could not be written: {reason(error)}; make room and decide again") from error


def _ends_in_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


class Review:
    """The texts of a batch and what one reviewer has decided on them.

    Parameters
    ----------
    queue : Queue
    file : DecisionFile
        What the reviewer decided on these texts before stands.
    reviewer : str
    """

    def __init__(self, queue: Queue, file: DecisionFile, reviewer: str) -> None:
        self.queue = queue
        self.reviewer = reviewer
        self._file = file
        self._places = {text_sha256(item.text): place for place, item in enumerate(queue.items)}
        self._made: dict[int, list[Decision]] = {}  # by place, those that were not taken back; the last stands
        self._order: list[int] = []  # places of these, in the order of the decisions
        for decision in file.decisions:
            if decision.reviewer == reviewer and decision.text_sha256 in self._places:
                self._fold(self._places[decision.text_sha256], decision)

    @property
    def decided(self) -> int:
        """Number of texts that are decided."""
        return len(self._made)

    def standing(self, place: int) -> Decision | None:
        """Return what stands of the text at a place; None where it is open."""
        return self._made[place][-1] if place in self._made else None

    def next_open(self, place: int) -> int | None:
        """Return the place of the first open text behind a place, else of the first of all; None when all are decided."""
        count = len(self.queue.items)
        return next((other % count for other in range(place + 1, place + 1 + count) if other % count not in self._made), None)

    def decide(self, place: int, label: str, note: str) -> None:
        """Write a decision on the text at a place."""
        self._write(place, label, note)

    def undo(self, place: int) -> int | None:
        """Take back the decision on the text at a place or, where it is open, the latest of all.

        Returns
        -------
        int or None
            The place of the text whose decision was taken back; None when there was nothing to take back.
        """
        if place not in self._made:
            if not self._order:
                return None
            place = self._order[-1]
        self._write(place, None, "")
        return place

    def _write(self, place: int, label: str | None, note: str) -> None:
        item = self.queue.items[place]
        decision = Decision(
            at=datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds"),
            reviewer=self.reviewer,
            text=item.text,
            text_sha256=text_sha256(item.text),
            verdict=item.post.verdict,
            probability=item.post.probability or 0.0,
            statement_id=item.statement_id,
            label=label,
            note=note,
            fingerprint=item.fingerprint,
        )
        self._file.add(decision)
        self._fold(place, decision)

    def _fold(self, place: int, decision: Decision) -> None:
        """Take a decision or an undo up, as `factcheck.corrections.settle` does."""
        if decision.label is not None:
            self._made.setdefault(place, []).append(decision)
            self._order.append(place)
        elif place in self._made:
            self._made[place].pop()
            if not self._made[place]:
                del self._made[place]
            del self._order[len(self._order) - 1 - self._order[::-1].index(place)]


# ---------------------------------------------------------------------------------------------------------------------
# The page
# ---------------------------------------------------------------------------------------------------------------------

_Choice = Literal["SUPPORTS", "REFUTES", "NOT ENOUGH INFO", "CONFLICTING"]


def page(review: Review, *, token: str, port: int) -> Any:
    """Return the page as an ASGI application.

    Parameters
    ----------
    review : Review
    token : str
        First part of every path; who doesn't know it gets nothing.
    port : int
        At which it is served: requests for another host, or that another page makes, are refused.
    """
    fastapi = required("fastapi", "the review", extra=EXTRA)
    responses = required("fastapi.responses", "the review", extra=EXTRA)
    # no pages of its own: those that describe an interface load scripts from elsewhere
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    # a Body is of one parameter alone; together they are the keys of a JSON object
    of_decide = {"place": fastapi.Body(), "label": fastapi.Body(), "note": fastapi.Body("")}
    of_undo = fastapi.Body(embed=True)
    views = _Views(review)

    def html(text: str, **headers: str) -> Any:
        return responses.HTMLResponse(text, headers=headers)

    # The handlers are coroutines that never wait: a decision is written whole before another request is looked at.
    async def whole() -> Any:
        nonce = secrets.token_urlsafe(16)
        return html(views.whole(nonce), **{"Content-Security-Policy": _policy(nonce)})

    async def card(place: int) -> Any:
        return html(views.card(place))

    async def decide(place: int = of_decide["place"], label: _Choice = of_decide["label"], note: str = of_decide["note"]) -> Any:
        if not 0 <= place < len(review.queue.items):
            raise fastapi.HTTPException(404, "there is no such text")
        review.decide(place, label, note)
        following = review.next_open(place)
        return html(views.card(place if following is None else following))

    async def undo(place: int = of_undo) -> Any:
        undone = review.undo(place)
        if undone is None:
            raise fastapi.HTTPException(409, "there is no decision to take back")
        return html(views.card(undone))

    async def failed(_: Any, error: Exception) -> Any:
        return responses.PlainTextResponse(str(error), status_code=400 if isinstance(error, InputError) else 507)

    app.add_api_route(f"/{token}/", whole, methods=["GET"])
    app.add_api_route(f"/{token}/card", card, methods=["GET"])
    app.add_api_route(f"/{token}/decide", decide, methods=["POST"])
    app.add_api_route(f"/{token}/undo", undo, methods=["POST"])
    app.add_exception_handler(FactcheckError, failed)
    app.middleware("http")(_Guard(token, f"{HOST}:{port}"))
    return app


class _Guard:
    """Answer only who has the address, and send with every answer what a browser must keep to."""

    def __init__(self, token: str, host: str) -> None:
        self._token = token.encode()
        self._host = host

    async def __call__(self, request: Any, call_next: Callable[[Any], Awaitable[Any]]) -> Any:
        code, problem = self._problem(request)
        if problem:
            answer = required("fastapi.responses", "the review", extra=EXTRA).PlainTextResponse(problem, status_code=code)
        else:
            answer = await call_next(request)
        for name, value in _HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    def _problem(self, request: Any) -> tuple[int, str]:
        """Return why a request is refused, as a status and in words; no words for one that is not."""
        headers, own = request.headers, f"http://{self._host}"
        if headers.get("host") != self._host:  # a name of another's that leads here
            return 421, f"this page is at {self._host} alone"
        if not secrets.compare_digest(request.url.path.split("/")[1].encode(), self._token):
            return 404, "open the address that factcheck review printed"
        changes = request.method not in {"GET", "HEAD"}
        if headers.get("origin", "" if changes else own) != own:
            return 403, "another page may not ask this"
        if changes and headers.get("content-type") != "application/json":
            return 415, "give JSON"
        if changes and not (headers.get("content-length", "").isdecimal() and int(headers["content-length"]) <= _MAX_BODY):
            return 413, f"give at most {_MAX_BODY:,} bytes, and say how many"
        return 200, ""


_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _policy(nonce: str) -> str:
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class _Views:
    """The page and its card, as HTML."""

    def __init__(self, review: Review) -> None:
        jinja = required("jinja2", "the review", extra=EXTRA)
        self._review = review
        folder = resources.files("factcheck").joinpath("templates")
        texts = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in _TEMPLATES}
        # the style begins with that of the report, whose colours, tags and buttons the page shares
        self._style = texts["report.css"] + texts["review.css"]
        self._script = texts["review.js"]
        self._environment = jinja.Environment(
            loader=jinja.DictLoader(texts), autoescape=True, undefined=jinja.StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters |= {"count": lambda number: f"{number:,}", "host": host_of}

    def whole(self, nonce: str) -> str:
        """Return the page with the first text that is not decided."""
        markup = required("markupsafe", "the review", extra=EXTRA).Markup
        shown = {"style": markup(self._style), "script": markup(self._script), "nonce": nonce}
        return self._render("review.html", self._review.next_open(-1) or 0, **shown)

    def card(self, place: int) -> str:
        """Return one text to decide on, the nearest to a place."""
        return self._render("review_card.html", min(max(place, 0), len(self._review.queue.items) - 1))

    def _render(self, name: str, place: int, **shown: Any) -> str:
        review = self._review
        item = review.queue.items[place]
        return str(
            self._environment.get_template(name).render(
                name=review.queue.name,
                reviewer=review.reviewer,
                item=item,
                place=place,
                texts=len(review.queue.items),
                decided=review.decided,
                standing=review.standing(place),
                meaning=MEANING[Reason(item.post.reason)],
                roles=ROLE,
                keys=_KEYS,
                max_note=MAX_NOTE,
                **shown,
            )
        )


_TEMPLATES = ("report.css", "review.css", "review.js", "review.html", "review_card.html")
