"""The page of a review in a real Chromium: decided by keyboard, through a crash, with nothing lost; and hostile posts stay text."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from factcheck.corrections import read, settle

for package in ("playwright", "fastapi", "uvicorn"):
    pytest.importorskip(package, reason=f"{package} is not installed")

from playwright.sync_api import expect  # noqa: E402 (only where it is installed)

LABELS = {"s": "SUPPORTS", "r": "REFUTES", "n": "NOT ENOUGH INFO", "c": "CONFLICTING"}
HOSTILE = "</blockquote><script>window.hit = 1</script><img src='https://hit.example/x.png' onerror='window.hit = 1'>"


def row(text, probability, verdict="REFUTES"):
    return {
        "text": text,
        "factcheck_verdict": verdict,
        "factcheck_probability": probability,
        "factcheck_reason": "decided",
        "factcheck_statement_id": "hon-1",
        "factcheck_statement": f"Honey does not heal a cough. {text if text == HOSTILE else ''}",
        "factcheck_publisher": "Bee Board",
        "factcheck_url": "https://bees.example.org/honey",
        "factcheck_published": "2020-05-01",
        "factcheck_decided_by": "version=1",
    }


@pytest.fixture
def start(tmp_path):
    """A function that starts the review of rows, or goes on with it, and gives the process, its address and what it said."""
    processes = []

    def start(*rows):
        if rows:
            (tmp_path / "verdicts.jsonl").write_text("".join(json.dumps(own) + "\n" for own in rows), encoding="utf-8")
        command = [sys.executable, "-m", "factcheck", "review", "verdicts.jsonl", "-o", "d.jsonl", "--reviewer", "ann"]
        processes.append(subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True))
        told = ""
        while not (address := re.search(r"http://127\.0\.0\.1:\d+/\S+", told)):
            told += (line := processes[-1].stderr.readline())
            assert line, told
        return processes[-1], address[0], told

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def view(chromium):
    """A function that opens an address and watches what the page says and asks for; `view.noise` is what was not to be."""
    opened = []

    def view(address, **options):
        context = chromium.new_context(**options)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: view.noise.append(message.text))
        page.on("pageerror", lambda error: view.noise.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith((address, "data:,")) else view.noise.append(request.url))
        page.goto(address)
        opened.append(context)
        return page

    view.noise = []
    yield view
    for context in opened:
        context.close()
    assert view.noise == []  # no error, no warning, no request to elsewhere


def test_two_hundred_decisions_by_keyboard_with_a_crash_in_the_middle_and_nothing_is_lost(start, view, tmp_path):
    # the probability of a text is its number's, so that the order is known; the key, too
    rows = [row(f"post {place}", round(0.2 + place / 500, 4), "SUPPORTS" if place % 3 else "REFUTES") for place in range(200)]
    keys = [("s", "r", "n", "c", "Enter")[place % 5] for place in range(200)]
    wanted = [LABELS.get(key, own["factcheck_verdict"]) for key, own in zip(keys, rows, strict=True)]

    def go(page, places):
        for place in places:
            expect(page.locator("#text")).to_have_text(f"post {place}")
            page.keyboard.press(keys[place])
            expect(page.locator("#decided")).to_have_text(f"{place + 1} of 200 decided")

    process, address, _ = start(*rows)
    page = view(address)
    go(page, range(120))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    page.keyboard.press("r")  # nobody is there to write it
    expect(page.get_by_role("alert")).to_contain_text("Not written: factcheck review does not answer")
    expect(page.locator("#decided")).to_have_text("120 of 200 decided")
    assert all("ERR_CONNECTION" in line for line in view.noise)
    view.noise.clear()
    with (tmp_path / "d.jsonl").open("ab") as file:  # as if it had been killed while it wrote
        file.write(b'{"at": "2024-03-01T08:00')

    _, address, told = start()
    assert "d.jsonl: the last line was cut off as it was written; its 24 bytes were removed." in told
    page = view(address)
    expect(page.locator("#where")).to_have_text("Text 121 of 200")
    go(page, range(120, 200))
    expect(page.get_by_text("All texts are decided")).to_be_visible()
    assert [(own.text, own.label) for own in read(tmp_path / "d.jsonl")] == [(f"post {place}", wanted[place]) for place in range(200)]


def test_keys_move_undo_and_note_and_none_works_while_a_note_is_written(start, view, tmp_path):
    page = view(start(*[row(f"post {place}", 0.2 + place / 10) for place in range(4)])[1])
    page.keyboard.press("j")
    expect(page.locator("#text")).to_have_text("post 1")
    page.keyboard.press("e")
    page.keyboard.type("rescue srn")  # letters that are keys elsewhere
    expect(page.get_by_label("Note")).to_have_value("rescue srn")
    page.keyboard.press("Escape")
    page.keyboard.press("C")
    expect(page.locator("#text")).to_have_text("post 2")
    expect(page.get_by_role("status")).to_have_text("Written: CONFLICTING. 1 of 4 decided.")
    page.keyboard.press("u")
    expect(page.locator("#text")).to_have_text("post 1")
    expect(page.get_by_role("status")).to_have_text("Taken back. 0 of 4 decided.")
    page.keyboard.press("k")
    expect(page.locator("#text")).to_have_text("post 0")
    page.keyboard.press("k")  # there is none before
    page.keyboard.press("Control+s")
    page.get_by_label("These keys work").uncheck()
    page.locator("#card").focus()
    page.keyboard.press("r")
    page.get_by_label("These keys work").check()
    page.get_by_role("button", name="SUPPORTS", exact=False).last.focus()
    page.keyboard.press("Enter")  # the button, and not the verdict
    expect(page.locator("#decided")).to_have_text("1 of 4 decided")
    assert [(own.text, own.label, own.note) for own in read(tmp_path / "d.jsonl")] == [
        ("post 1", "CONFLICTING", "rescue srn"),
        ("post 1", None, ""),
        ("post 0", "SUPPORTS", ""),
    ]
    assert [own.text for own in settle(read(tmp_path / "d.jsonl"))] == ["post 0"]


def test_keys_before_the_next_text_is_shown_decide_nothing(start, view, tmp_path):
    page = view(start(*[row(f"post {place}", 0.2 + place / 10) for place in range(4)])[1])
    page.evaluate("for (let i = 0; i < 3; i += 1) document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'r', bubbles: true}))")
    expect(page.locator("#text")).to_have_text("post 1")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'r', repeat: true, bubbles: true}))")  # held down
    page.keyboard.press("j")
    expect(page.locator("#text")).to_have_text("post 2")
    assert [own.text for own in read(tmp_path / "d.jsonl")] == ["post 0"]


def test_a_reader_of_the_screen_is_led_to_the_text_and_finds_names_for_all_controls(start, view):
    page = view(start(row("post 0", 0.5), row("post 1", 0.6))[1])
    page.keyboard.press("r")
    expect(page.locator("#card")).to_be_focused()
    card = page.get_by_role("article", name=re.compile("Text 2 of 2 post 1 REFUTES 60.0%"))
    expect(card).to_be_visible()
    expect(page.get_by_role("group", name="Decision")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    nameless = """() => [...document.querySelectorAll("button, input, textarea, progress, a[href], [role=group]")].filter((it) =>
        !it.textContent.trim() && !it.labels?.length && !it.getAttribute("aria-label")).length"""
    assert page.evaluate(nameless) == 0
    for button in ("Confirm REFUTES", "SUPPORTS", "CONFLICTING", "Undo"):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", button


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_page_is_light_or_dark_with_enough_contrast_and_fits_a_narrow_screen(start, view, scheme, dark):
    page = view(start(row("post 0 " + "w" * 300, 0.5))[1], color_scheme=scheme, viewport={"width": 360, "height": 700})
    light = """(it) => { const [r, g, b] = getComputedStyle(document.querySelector(it[0]))[it[1]].match(/[\\d.]+/g).map(
        (c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; }"""
    ground = page.evaluate(light, ["body", "backgroundColor"])
    assert (ground < 0.05) is dark
    for element in ("body", ".note", "cite", "cite a", ".where", "kbd", "footer", "label[for=note]"):
        ink = page.evaluate(light, [element, "color"])
        assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5, element
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_hostile_posts_hold_is_read_and_never_run(start, view):
    page = view(start(row(HOSTILE, 0.3), row("post 1", 0.9))[1])
    assert page.locator("#text").inner_text() == HOSTILE  # as part of the page
    page.keyboard.press("r")
    expect(page.locator("#text")).to_have_text("post 1")
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("Taken back.")
    assert page.locator("#text").inner_text() == HOSTILE  # as a card that came later
    assert page.evaluate("window.hit") is None
    assert page.locator("img, body script").count() == 1  # the page's own script
