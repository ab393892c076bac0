"""Downloads: whole and verified or not at all, resumed, https only; against a server on this machine."""

import ast
import hashlib
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from factcheck import downloads
from factcheck.downloads import Remote, download
from factcheck.errors import FactcheckError, InputError

BODY = bytes(range(256)) * 800  # three pieces and a bit
SHA256 = hashlib.sha256(BODY).hexdigest()


class Site(BaseHTTPRequestHandler):
    """Answers as `server.plan` says: what to send, where to break off, where to lead."""

    def do_GET(self):
        plan, begin = self.server.plan, 0
        self.server.asked.append(self.headers.get("Range"))
        body = plan.get("body", BODY)
        if leads := plan.get("leads", {}).get(self.path):
            self.send_response(302)
            self.send_header("Location", leads)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if plan.get("status"):
            self.send_error(plan["status"])
            return
        if (asked := self.headers.get("Range")) and plan.get("ranges", True):
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            if begin >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", plan.get("range", f"bytes {begin}-{len(body) - 1}/{len(body)}"))
        else:
            self.send_response(200)
        if plan.get("chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n" % len(body) + body[:100_000])  # less than it says
            return
        if plan.get("length", True):
            self.send_header("Content-Length", str(len(body) - begin))
        self.end_headers()
        self.wfile.write(body[begin : plan.get("breaks_at")])

    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture
def site(monkeypatch):
    """A server on 127.0.0.1, which alone can be reached, and by plain http, which the library refuses."""
    refuse = socket.socket.connect

    def connect(self, address):
        return super(socket.socket, self).connect(address) if address[0] == "127.0.0.1" else refuse(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(downloads, "_SCHEMES", frozenset({"https", "http"}))
    monkeypatch.setattr(downloads, "TIMEOUT", 5.0)
    monkeypatch.setenv("no_proxy", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.plan, server.asked = {}, []
        server.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def remote(site):
    return Remote(f"{site.address}/raw/tin.jsonl", SHA256, len(BODY))


def names(folder):
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def part_of(folder):
    return folder / f".tin.jsonl.{SHA256[:12]}.part"


def test_a_file_stands_under_its_name_when_it_is_whole_and_verified(site, remote, tmp_path):
    folder = tmp_path / "new" / "folder"
    assert download(remote, folder) == folder / "tin.jsonl"
    assert (folder / "tin.jsonl").read_bytes() == BODY
    assert names(folder) == ["tin.jsonl"]


def test_a_file_that_is_there_already_is_not_asked_for_again_and_another_is_left_alone(site, remote, tmp_path):
    download(remote, tmp_path)
    assert download(remote, tmp_path) == tmp_path / "tin.jsonl"
    assert len(site.asked) == 1
    (tmp_path / "tin.jsonl").write_text("mine")
    with pytest.raises(InputError, match=r"tin\.jsonl: is there and is another file"):
        download(remote, tmp_path)
    assert (tmp_path / "tin.jsonl").read_text() == "mine"


@pytest.mark.parametrize("plan", [{"breaks_at": 100_000}, {"breaks_at": 100_000, "length": False}, {"chunked": True}])
def test_after_a_break_the_next_call_asks_for_the_rest_only(site, remote, tmp_path, plan):
    site.plan = plan
    with pytest.raises(FactcheckError, match=r"ended after [\d,]+ of 204,800 bytes, which are kept"):
        download(remote, tmp_path)
    kept = part_of(tmp_path).stat().st_size
    assert 0 < kept <= 100_000
    assert names(tmp_path) == [part_of(tmp_path).name]
    site.plan = {}
    assert download(remote, tmp_path).read_bytes() == BODY
    assert site.asked == [None, f"bytes={kept}-"]
    assert names(tmp_path) == ["tin.jsonl"]


def test_a_server_that_knows_no_ranges_sends_all_of_it_again(site, remote, tmp_path):
    part_of(tmp_path).write_bytes(BODY[:5])
    site.plan = {"ranges": False}
    assert download(remote, tmp_path).read_bytes() == BODY
    assert site.asked == ["bytes=5-"]


def test_a_part_that_was_complete_but_not_renamed_is_only_verified(site, remote, tmp_path):
    part_of(tmp_path).write_bytes(BODY)
    assert download(remote, tmp_path).read_bytes() == BODY
    assert site.asked == []


@pytest.mark.parametrize("left", [BODY + b"x", b"\xff" * 10])
def test_a_part_that_cannot_be_the_begin_of_the_file_does_no_lasting_harm(site, remote, tmp_path, left):
    part_of(tmp_path).write_bytes(left)
    if len(left) < len(BODY):
        with pytest.raises(FactcheckError, match="has the sha256"):
            download(remote, tmp_path)
    assert download(remote, tmp_path).read_bytes() == BODY


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"body": BODY[:-1] + b"x"}, rf"has the sha256 [0-9a-f]{{64}}, not {SHA256}"),
        ({"body": BODY + b"x"}, "204801 bytes of it, where the file has 204,800"),
        ({"body": BODY + b"x", "length": False}, "is larger than its 204,800 bytes"),
        ({"status": 404}, "the server answered 404 Not Found; try again later"),
        ({"status": 503}, "the server answered 503"),
    ],
)
def test_what_is_not_the_file_is_refused_and_nothing_of_it_is_kept(site, remote, tmp_path, plan, words):
    site.plan = plan
    with pytest.raises(FactcheckError, match=words) as caught:
        download(remote, tmp_path)
    assert not isinstance(caught.value, InputError)
    assert str(caught.value).startswith(remote.url)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("plan", "words"), [({"body": BODY[:50]}, "is shorter than its"), ({"range": "bytes 0-9/10"}, "sends bytes 0-9/10")]
)
def test_an_answer_to_another_range_is_refused_and_the_next_call_begins_anew(site, remote, tmp_path, plan, words):
    part_of(tmp_path).write_bytes(BODY[:100])
    site.plan = plan
    with pytest.raises(FactcheckError, match=words):
        download(remote, tmp_path)
    assert names(tmp_path) == []
    site.plan = {}
    assert download(remote, tmp_path).read_bytes() == BODY


def test_a_server_that_is_not_there_says_so_and_keeps_what_came_before(site, remote, tmp_path):
    part_of(tmp_path).write_bytes(BODY[:100])
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = Remote(f"http://127.0.0.1:{unused.getsockname()[1]}/tin.jsonl", SHA256, len(BODY))
    with pytest.raises(FactcheckError, match=r"cannot be reached: connection refused; check the network"):
        download(nowhere, tmp_path)
    assert part_of(tmp_path).read_bytes() == BODY[:100]


def test_a_redirect_is_followed_where_it_leads_to_an_allowed_address(site, remote, tmp_path):
    site.plan = {"leads": {"/raw/tin.jsonl": "/other/place"}}
    assert download(remote, tmp_path).name == "tin.jsonl"


def test_a_redirect_away_from_https_is_refused(site, remote, tmp_path, monkeypatch):
    site.plan = {"leads": {"/raw/tin.jsonl": "ftp://127.0.0.1/tin.jsonl"}}
    with pytest.raises(FactcheckError, match=r"leads to ftp://127\.0\.0\.1/tin\.jsonl, which is not https"):
        download(remote, tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1/tin.jsonl", "ftp://host.example/tin.jsonl", "file:///etc/hostname", "tin.jsonl"])
def test_an_address_that_is_not_https_is_not_asked(tmp_path, url):
    with pytest.raises(FactcheckError, match="is not https"):
        download(Remote(url, SHA256, 1), tmp_path / "new")
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(remote, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"file/tin\.jsonl: cannot be written"):
        download(remote, tmp_path / "file")


def test_no_other_module_of_the_library_can_go_out(root):
    """Of the standard library's ways out, and of the common packages'; what trains asks the hub for its base model through a package.

    `review` opens a socket to listen on 127.0.0.1, which its own tests hold it to.
    """
    ways = {"socket", "ssl", "http", "urllib.request", "ftplib", "smtplib", "xmlrpc", "requests", "httpx", "aiohttp", "urllib3"}
    going = set()
    for file in (root / "src/factcheck").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            going |= {file.name for name in names if name in ways or name.split(".")[0] in ways}
    assert going == {"downloads.py", "review.py"}
