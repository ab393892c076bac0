"""A review: what is asked first, what is on the disk, who is answered, and that hostile posts stay text."""

import json
import re
import sys

import pytest

pytest.importorskip("fastapi", reason="the extra review is not installed")
pytest.importorskip("httpx2", reason="httpx2 is not installed")

from fastapi.testclient import TestClient

from factcheck import review
from factcheck.corrections import read, settle, text_sha256
from factcheck.errors import FactcheckError, InputError
from factcheck.review import DecisionFile, Review, page, read_queue, serve

HERE = "http://127.0.0.1:8000"
HOSTILE = "</blockquote><script>window.hit = 1</script><img src=https://hit.example onerror=hit()> {{ 7 * 7 }} \u202e"


def row(text, probability=0.9, verdict="REFUTES", cluster=None, **more):
    decided = verdict != "NOT ENOUGH INFO"
    own = {
        "text": text,
        "factcheck_verdict": verdict,
        "factcheck_probability": probability,
        "factcheck_reason": "decided" if decided else "low_probability",
        "factcheck_statement_id": "hon-1" if decided else None,
        "factcheck_statement": "Honey does not heal a cough." if decided else None,
        "factcheck_publisher": "Bee Board",
        "factcheck_url": "https://bees.example.org/honey",
        "factcheck_published": "2020-05-01",
        "factcheck_cluster": cluster,
        "factcheck_decided_by": "version=1 bundle=b",
    }
    return {**own, **more}


BROKEN = {
    **row("broken"),
    "factcheck_verdict": None,
    "factcheck_probability": None,
    "factcheck_reason": "error",
    "factcheck_statement": None,
}


@pytest.fixture
def table(tmp_path):
    """A function that writes a table of verdicts."""

    def table(*rows):
        path = tmp_path / "verdicts.jsonl"
        path.write_text("".join(json.dumps(own) + "\n" for own in rows), encoding="utf-8")
        return path

    return table


@pytest.fixture
def opened(tmp_path):
    """A function that begins or goes on with the review of a table, as Ann."""
    files = []

    def opened(path, reviewer="ann"):
        for file in files:
            file.close()
        files.append(DecisionFile(tmp_path / "d.jsonl"))
        return Review(read_queue(path), files[-1], reviewer)

    yield opened
    for file in files:
        file.close()


@pytest.fixture
def client(opened, table):
    """A client of the page of three texts that knows its address and comes from it."""
    app = page(opened(table(row("one", 0.5), row("two", 0.6), row(HOSTILE, 0.7))), token="secret", port=8000)
    return TestClient(app, base_url=HERE, headers={"Origin": HERE})


def decisions(tmp_path):
    return [(own.reviewer, own.text, own.label) for own in settle(read(tmp_path / "d.jsonl"))]


def shown(reply):
    return re.search(r'<blockquote id="text" dir="auto">(.*?)</blockquote>', reply.text, re.DOTALL)[1]


# ---------------------------------------------------------------------------------------------------------------------
# What is asked
# ---------------------------------------------------------------------------------------------------------------------


def test_first_comes_the_text_for_which_most_rows_are_expected_to_be_wrong(table):
    surest, doubtful, many = row("sure", 0.99), row("doubtful", 0.4), row("many", 0.8)
    queue = read_queue(table(surest, doubtful, *[many] * 4))  # 0.01, 0.6 and 4 * 0.2 rows
    assert [(item.text, item.copies) for item in queue.items] == [("many", 4), ("doubtful", 1), ("sure", 1)]


def test_texts_with_the_same_words_count_together_and_all_but_the_commonest_come_last(table):
    queue = read_queue(
        table(
            row("Honey heals", 0.8, cluster="a"),
            *[row("honey heals!", 0.8, cluster="a")] * 2,
            row("ferry", 0.5, cluster="b"),
            row("kite", 0.95),
        )
    )
    assert [(item.text, item.copies, item.alike) for item in queue.items] == [
        ("honey heals!", 2, 3),
        ("ferry", 1, 1),
        ("kite", 1, 1),
        ("Honey heals", 1, 3),
    ]


def test_rows_without_a_verdict_are_left_out_and_counted(table):
    queue = read_queue(table(BROKEN, row("one")))
    assert ([item.text for item in queue.items], queue.left_out) == (["one"], 1)
    with pytest.raises(InputError, match=r"verdicts\.jsonl: no row has a verdict"):
        read_queue(table(BROKEN))


def test_texts_above_the_most_are_left_out_and_their_copies_of_those_before_still_count(table, monkeypatch):
    monkeypatch.setattr(review, "MAX_TEXTS", 1)
    queue = read_queue(table(row("one"), row("two"), row("one")))
    assert ([(item.text, item.copies) for item in queue.items], queue.left_out) == ([("one", 2)], 1)


# ---------------------------------------------------------------------------------------------------------------------
# What is on the disk
# ---------------------------------------------------------------------------------------------------------------------


def test_a_decision_says_who_said_what_of_which_verdict(opened, table, tmp_path):
    opened(table(row("lone \ud800", 0.6))).decide(0, "CONFLICTING", "see the annex")
    (line,) = (tmp_path / "d.jsonl").read_bytes().splitlines()
    found = json.loads(line)
    assert found.pop("at").endswith("+00:00")
    assert found == {
        "reviewer": "ann",
        "text": "lone \ud800",
        "text_sha256": text_sha256("lone \ud800"),
        "verdict": "REFUTES",
        "probability": 0.6,
        "statement_id": "hon-1",
        "label": "CONFLICTING",
        "note": "see the annex",
        "fingerprint": "version=1 bundle=b",
    }


def test_a_review_goes_on_where_it_was_for_each_reviewer(opened, table):
    path = table(row("one", 0.5), row("two", 0.6), row("three", 0.7))
    begun = opened(path)
    begun.decide(0, "REFUTES", "")
    begun.decide(1, "SUPPORTS", "why")
    again = opened(path)
    assert (again.decided, again.next_open(-1), again.standing(1).label, again.standing(1).note) == (2, 2, "SUPPORTS", "why")
    assert opened(path, "ben").next_open(-1) == 0


def test_an_undo_is_a_line_and_takes_back_what_is_shown_or_else_the_latest(opened, table, tmp_path):
    path = table(row("one", 0.5), row("two", 0.6), row("three", 0.7))
    begun = opened(path)
    for place, label in ((0, "REFUTES"), (1, "REFUTES"), (0, "SUPPORTS")):
        begun.decide(place, label, "")
    assert begun.undo(1) == 1  # shown
    assert decisions(tmp_path) == [("ann", "one", "SUPPORTS")]
    assert begun.undo(2) == 0  # open: the latest, and what stood before stands again
    assert decisions(tmp_path) == [("ann", "one", "REFUTES")]
    again = opened(path)
    assert again.undo(2) == 0
    assert again.undo(2) is None
    assert decisions(tmp_path) == []
    assert (tmp_path / "d.jsonl").read_bytes().count(b"\n") == 6


def test_one_undo_after_the_other_goes_back_through_the_decisions_in_turn(opened, table):
    begun = opened(table(row("one", 0.5), row("two", 0.6), row("three", 0.7)))
    for place in (0, 1, 0):
        begun.decide(place, "REFUTES", "")
    assert [begun.undo(2) for _ in range(4)] == [0, 1, 0, None]


def test_a_last_line_that_was_cut_off_is_removed_and_what_follows_is_whole(opened, table, tmp_path):
    path = table(row("one", 0.5), row("two", 0.6))
    opened(path).decide(0, "REFUTES", "")
    line = (tmp_path / "d.jsonl").read_bytes()
    (tmp_path / "d.jsonl").write_bytes(line + line[:40])
    again = opened(path)
    assert again._file.cut == 40
    again.decide(1, "SUPPORTS", "")
    assert decisions(tmp_path) == [("ann", "one", "REFUTES"), ("ann", "two", "SUPPORTS")]


def test_a_line_that_lacks_only_its_end_gets_it(opened, table, tmp_path):
    path = table(row("one", 0.5), row("two", 0.6))
    opened(path).decide(0, "REFUTES", "")
    (tmp_path / "d.jsonl").write_bytes((tmp_path / "d.jsonl").read_bytes()[:-1])
    opened(path).decide(1, "SUPPORTS", "")
    assert decisions(tmp_path) == [("ann", "one", "REFUTES"), ("ann", "two", "SUPPORTS")]


@pytest.mark.parametrize("content", ["id,text\n1,honey\n", '{"text": "honey"}', "\x00\x01"])
def test_a_file_that_is_no_file_of_decisions_is_refused_and_left_as_it_is(tmp_path, content):
    (tmp_path / "mine").write_text(content)
    with pytest.raises(InputError, match="mine, line 1: "):
        DecisionFile(tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == content


def test_two_reviews_do_not_write_one_file(opened, table, tmp_path):
    pytest.importorskip("fcntl")
    opened(table(row("one")))
    with pytest.raises(InputError, match="another review writes these decisions"):
        DecisionFile(tmp_path / "d.jsonl")


def test_a_decision_that_cannot_be_written_leaves_no_half_line_and_does_not_stand(opened, table, tmp_path, monkeypatch):
    begun = opened(table(row("one", 0.5), row("two", 0.6)))
    begun.decide(0, "REFUTES", "")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(review.os, "fsync", full)
    with pytest.raises(FactcheckError, match="no space left on device; make room and decide again"):
        begun.decide(1, "SUPPORTS", "")
    assert begun.standing(1) is None
    assert decisions(tmp_path) == [("ann", "one", "REFUTES")]


def test_a_decision_is_on_the_disk_before_it_stands(opened, table, monkeypatch):
    begun = opened(table(row("one")))
    synced = []
    monkeypatch.setattr(review.os, "fsync", lambda _: synced.append(begun.standing(0)))
    begun.decide(0, "REFUTES", "")
    assert synced == [None]
    assert begun.standing(0).label == "REFUTES"


def test_the_folding_of_the_page_is_that_of_settle(opened, table, tmp_path):
    begun = opened(table(*[row(f"text {place}", 0.5) for place in range(4)]))
    for place, label in (
        (0, "REFUTES"),
        (1, "SUPPORTS"),
        (0, "SUPPORTS"),
        (0, None),
        (2, "CONFLICTING"),
        (1, None),
        (1, None),
        (3, "REFUTES"),
        (3, "SUPPORTS"),
    ):
        begun._write(place, label, "")
    stands = {begun.queue.items[place].text: begun.standing(place).label for place in range(4) if begun.standing(place)}
    assert (
        stands
        == {text: label for _, text, label in decisions(tmp_path)}
        == {"text 0": "REFUTES", "text 2": "CONFLICTING", "text 3": "SUPPORTS"}
    )


# ---------------------------------------------------------------------------------------------------------------------
# The page
# ---------------------------------------------------------------------------------------------------------------------


def test_the_page_shows_text_verdict_probability_statement_source_and_progress(client):
    text = client.get("/secret/").text
    for words in (
        "one",
        "REFUTES",
        "50.0%",
        "Honey does not heal a cough.",
        "Bee Board",
        "<time>2020-05-01</time>",
        "bees.example.org",
        "0 of 3 decided",
        "Text 1 of 3",
    ):
        assert words in text
    assert 'href="https://bees.example.org/honey" target="_blank" rel="noopener noreferrer external"' in text


def test_a_decision_shows_the_next_open_text_and_the_last_one_says_that_all_are_decided(client, tmp_path):
    assert shown(client.post("/secret/decide", json={"place": 1, "label": "SUPPORTS", "note": "n"})).startswith("&lt;/blockquote&gt;")
    assert shown(client.post("/secret/decide", json={"place": 2, "label": "REFUTES"})) == "one"
    done = client.post("/secret/decide", json={"place": 0, "label": "REFUTES"})
    assert "All texts are decided" in done.text
    assert decisions(tmp_path) == [("ann", "two", "SUPPORTS"), ("ann", HOSTILE, "REFUTES"), ("ann", "one", "REFUTES")]
    assert shown(client.post("/secret/undo", json={"place": 1})) == "two"
    assert "2 of 3 decided" in client.get("/secret/card", params={"place": 1}).text


def test_the_card_of_a_decided_text_holds_label_and_note(client):
    client.post("/secret/decide", json={"place": 0, "label": "SUPPORTS", "note": "\n<b>why</b>"})
    text = client.get("/secret/card", params={"place": 0}).text
    assert "Text 1 of 3, decided" in text
    assert re.search(r'data-label="SUPPORTS"[^>]*aria-pressed="true"', text)
    assert text.count('aria-pressed="true"') == 1
    assert "&lt;b&gt;why&lt;/b&gt;</textarea>" in text


@pytest.mark.parametrize(("place", "wanted"), [(-5, "one"), (99, "&lt;/blockquote&gt;")])
def test_beyond_the_ends_the_nearest_text_is_shown(client, place, wanted):
    assert shown(client.get("/secret/card", params={"place": place})).startswith(wanted)


@pytest.mark.parametrize(
    ("address", "body", "status"),
    [
        ("decide", {"place": 3, "label": "REFUTES"}, 404),
        ("decide", {"place": -1, "label": "REFUTES"}, 404),
        ("decide", {"place": 0, "label": "MAYBE"}, 422),
        ("decide", {"label": "REFUTES"}, 422),
        ("decide", {"place": 0, "label": "REFUTES", "note": "n" * 2001}, 400),
        ("decide", {"place": 0, "label": "REFUTES", "note": "n" * 70_000}, 413),
        ("undo", {"place": 0}, 409),
        ("undo", {"place": 77}, 409),
    ],
)
def test_what_is_no_decision_is_refused_and_leaves_no_line(client, tmp_path, address, body, status):
    assert client.post(f"/secret/{address}", json=body).status_code == status
    assert (tmp_path / "d.jsonl").read_bytes() == b""


def test_a_full_disk_is_told_and_the_text_stays_open(client, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(review.os, "fsync", full)
        reply = client.post("/secret/decide", json={"place": 0, "label": "REFUTES"})
    assert reply.status_code == 507
    assert "make room and decide again" in reply.text
    assert "0 of 3 decided" in client.get("/secret/").text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Host": "evil.example"}, 421),  # a name that leads to 127.0.0.1
        ({"Host": "127.0.0.1:9"}, 421),
        ({"Host": "localhost:8000"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9"}, 403),
        ({"Origin": None}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_what_does_not_come_from_the_page_decides_nothing(client, tmp_path, change, status):
    headers = {"Origin": HERE, "Content-Type": "application/json", **change}
    del client.headers["Origin"]
    body = json.dumps({"place": 0, "label": "REFUTES"})
    reply = client.post("/secret/decide", content=body, headers={name: value for name, value in headers.items() if value})
    assert reply.status_code == status
    assert (tmp_path / "d.jsonl").read_bytes() == b""
    assert client.post("/secret/decide", content=body, headers={"Origin": HERE, "Content-Type": "application/json"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/secre/", "/secret2/", "/secret2/decide", "/docs", "/openapi.json", "//secret/"])
def test_who_does_not_know_the_address_gets_nothing(client, path, tmp_path):
    for reply in (client.get(path), client.post(path, json={"place": 0, "label": "REFUTES"})):
        assert (reply.status_code, reply.text) == (404, "open the address that factcheck review printed")
    assert (tmp_path / "d.jsonl").read_bytes() == b""


def test_the_page_has_four_addresses_and_none_that_describes_them(client):
    assert {route.path for route in client.app.routes} == {"/secret/", "/secret/card", "/secret/decide", "/secret/undo"}


def test_a_page_of_another_does_not_read_this_one(client):
    assert client.get("/secret/", headers={"Origin": "https://evil.example"}).status_code == 403


def test_every_answer_forbids_a_browser_all_but_the_page_s_own_style_and_script(client):
    page_ = client.get("/secret/")
    policy = page_.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)[1]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page_.text.count(f'nonce="{nonce}"') == 2 == page_.text.count("<script") + page_.text.count("<style")
    assert client.get("/secret/").headers["content-security-policy"] != policy  # a nonce is used once
    for reply in (page_, client.get("/nothing"), client.get("/secret/card?place=0"), client.post("/secret/undo", json={})):
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
        assert (reply.headers["referrer-policy"], reply.headers["x-content-type-options"], reply.headers["cache-control"]) == (
            "no-referrer",
            "nosniff",
            "no-store",
        )


def test_what_hostile_rows_hold_reaches_the_page_as_text(opened, table):
    names = ("statement", "statement_id", "publisher", "url", "published")
    rows = [
        row(HOSTILE, cluster=HOSTILE, **{f"factcheck_{name}": HOSTILE for name in names}),
        row("javascript", factcheck_url="javascript:hit()"),
    ]
    client = TestClient(page(opened(table(*rows), reviewer=HOSTILE), token="t", port=8000), base_url=HERE)
    for place in range(2):
        for text in (client.get("/t/").text, client.get(f"/t/card?place={place}").text):
            assert "<img" not in text
            assert "window.hit = 1</script>" not in text
            assert 'href="javascript' not in text
            assert "49 " not in text
            assert "\u202e" not in text.partition("<main>")[2].partition("</main>")[0]


def test_a_reviewer_without_a_name_is_refused(opened, table):
    client = TestClient(page(opened(table(row("one")), reviewer=" "), token="t", port=8000), base_url=HERE, headers={"Origin": HERE})
    reply = client.post("/t/decide", json={"place": 0, "label": "REFUTES"})
    assert (reply.status_code, reply.text) == (400, "reviewer is empty; name who decides")


# ---------------------------------------------------------------------------------------------------------------------
# Serving
# ---------------------------------------------------------------------------------------------------------------------


def served(source, target=None, **options):
    return serve(source, target, tell=lambda _: None, ready=lambda _: None, **options)


def test_what_cannot_be_served_is_refused_before_a_page_is_there(table, tmp_path, monkeypatch):
    path = table(row("one"))
    with pytest.raises(InputError, match="is the input"):
        served(path, path)
    with pytest.raises(InputError, match="stdin: has no name"):
        served("-")
    with pytest.raises(InputError, match="cannot be opened: no such file or directory; give the decisions another name or folder"):
        served(path, tmp_path / "none" / "d.jsonl")
    with review._listening(0) as taken, pytest.raises(InputError, match=r"--port: \d+ cannot be used: address already in use"):
        served(path, port=taken.getsockname()[1])
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(InputError, match=r"pip install 'claim-factcheck\[review\]'"):
        served(path)


def test_the_page_is_reached_on_127_0_0_1_alone():
    with review._listening(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_reading_and_comparing_decisions_needs_nothing_of_the_web(run_python):
    code = "import sys, factcheck.corrections, factcheck.review; print(sorted({'fastapi', 'uvicorn', 'jinja2'} & set(sys.modules)))"
    assert run_python(code).strip() == "[]"
