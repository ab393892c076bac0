"""The page of a report in a real Chromium: found, filtered, sorted, opened, by mouse and by keyboard; nothing leaves it, and no post runs in it."""

import json
import random
import time

import pytest

from factcheck.report import write

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import expect

ROWS, SOON = 50_000, 3.0
HOSTILE = (
    "</script><script>window.hit = 1</script>",
    '"><img src="https://hit.example/x.png" onerror="window.hit = 1">',
    "<svg onload='window.hit = 1'> <!-- <style>body { display: none }",
    "javascript:window.hit=1",
    "nul \x00 line \u2028 lone \ud800 turned \u202e back",
)
STATEMENTS = [
    (f"s-{i}", ("bees", "ferries", "towers")[i % 3], f"Statement {i} says what is known about honey and ferries.") for i in range(40)
]
WORDS = "honey heals cough ferry sinks tower kite nests soup lemon mayor sold circus lighthouse bell rings storm broke roof baker found coin".split()


def rows(count, seed=0):
    """Yield made-up rows as a batch writes them."""
    choose = random.Random(seed)
    for number in range(count):
        verdict = choose.choices(["REFUTES", "SUPPORTS", "NOT ENOUGH INFO"], [2, 1, 7])[0]
        identifier, topic, statement = choose.choice(STATEMENTS)
        cells = {
            "id": identifier,
            "topic": topic,
            "statement": statement,
            "publisher": "Bee Board",
            "url": f"https://bees.example.org/{identifier}",
            "published": "2020-05-01",
        }
        decided = verdict != "NOT ENOUGH INFO"
        yield {
            "text": f"post {number}: {' '.join(choose.choices(WORDS, k=choose.randrange(12, 40)))}",
            "posted": f"2024-0{choose.randrange(1, 7)}-{choose.randrange(1, 29):02}",
            "factcheck_verdict": verdict,
            "factcheck_probability": round(choose.uniform(0.5, 1), 3),
            "factcheck_reason": "decided" if decided else choose.choice(["no_relevant_statement", "low_probability", "not_a_claim"]),
            **{f"factcheck_{name}": cells[name] if decided else None for name in ("statement", "publisher", "url", "published")},
            "factcheck_statement_id": identifier if decided else None,
            "factcheck_error": None,
            "factcheck_probabilities": {"SUPPORTS": 0.25, "REFUTES": 0.65, "NOT ENOUGH INFO": 0.1},
            "factcheck_evidence": [cells],
        }


def hostile_rows():
    made = list(rows(len(HOSTILE), seed=1))
    for own, text in zip(made, HOSTILE, strict=True):
        statement = {"id": text, "topic": text, "statement": text, "publisher": text, "url": text, "published": text}
        cells = {f"factcheck_{name}": text for name in ("statement", "publisher", "url", "published", "statement_id")}
        yield {
            **own,
            "text": text,
            "factcheck_verdict": "REFUTES",
            "factcheck_reason": "decided",
            **cells,
            "factcheck_evidence": [statement],
        }
    yield {
        **made[0],
        "text": "broken",
        "factcheck_verdict": None,
        "factcheck_probability": None,
        "factcheck_reason": "error",
        "factcheck_error": HOSTILE[1],
        "factcheck_statement": None,
        "factcheck_evidence": None,
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A function that writes a page of rows, each page once."""
    folder, known = tmp_path_factory.mktemp("pages"), {}

    def written(name, rows):
        if name not in known:
            source = folder / f"{name}.jsonl"
            with source.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
            write(source, folder / f"{name}.html", date_column="posted")
            known[name] = folder / f"{name}.html"
        return known[name]

    return written


@pytest.fixture
def view(chromium):
    """A function that opens a page and watches what it says and asks for."""
    noise, opened = [], []

    def view(path, **options):
        context = chromium.new_context(**options)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on("request", lambda request: noise.append(request.url) if request.url not in {path.as_uri(), "data:,"} else None)
        page.goto(path.as_uri())
        opened.append(context)
        return page

    yield view
    for context in opened:
        context.close()
    assert noise == []  # no error, no warning, no request


@pytest.fixture
def small(view, written):
    """The page of 400 posts, open."""
    return view(written("small", rows(400)))


def texts(page):
    return [text.split(":")[0] for text in page.locator("#list .open").all_inner_texts()]


def shown(page):
    return page.locator("#status").inner_text()


# ---------------------------------------------------------------------------------------------------------------------
# Finding
# ---------------------------------------------------------------------------------------------------------------------


def test_only_the_rows_of_one_page_are_drawn_and_the_others_are_a_button_away(small):
    assert shown(small) == "400 posts"
    assert texts(small) == [f"post {number}" for number in range(50)]
    small.get_by_role("button", name="Next").click()
    assert texts(small)[0] == "post 50"
    small.get_by_role("button", name="Last").click()
    assert texts(small)[-1] == "post 399"
    expect(small.get_by_role("button", name="Next")).to_be_disabled()
    small.get_by_role("button", name="First").click()
    expect(small.get_by_role("button", name="Previous")).to_be_disabled()


def test_search_takes_every_word_in_any_case_from_post_statement_and_publisher(small):
    small.get_by_label("Search", exact=True).fill("POST 17:")
    expect(small.locator("#status")).to_have_text("4 of 400 posts")  # 17, 117, 217 and 317
    small.get_by_label("Search", exact=True).fill("bee board")
    decided = sum(row["factcheck_verdict"] != "NOT ENOUGH INFO" for row in rows(400))
    expect(small.locator("#status")).to_have_text(f"{decided} of 400 posts")
    small.get_by_label("Search", exact=True).fill("no such word")
    expect(small.locator("#list tbody")).to_contain_text("No post fits")


def test_filters_count_as_the_rows_do_and_clear_takes_them_away(small):
    small.get_by_label("Verdict", exact=True).select_option("REFUTES")
    refuted = [row for row in rows(400) if row["factcheck_verdict"] == "REFUTES"]
    expect(small.locator("#status")).to_have_text(f"{len(refuted)} of 400 posts")
    small.get_by_label("Topic", exact=True).select_option("bees")
    bees = [row for row in refuted if row["factcheck_evidence"][0]["topic"] == "bees"]
    expect(small.locator("#status")).to_have_text(f"{len(bees)} of 400 posts")
    small.get_by_label("Reason", exact=True).select_option("not a claim")
    expect(small.locator("#status")).to_have_text("0 of 400 posts")
    small.get_by_role("button", name="Clear").click()
    expect(small.locator("#status")).to_have_text("400 posts")


def test_a_button_above_the_table_shows_the_posts_that_it_counts(small):
    myth = small.locator("section[aria-labelledby=h-myths] li").first
    myth.get_by_role("button").click()
    expect(small.locator("#status")).to_have_text(f"{myth.locator('.amount').inner_text()} of 400 posts")
    row = small.locator("section[aria-labelledby=h-statements] tbody tr").first
    count = row.locator("td.n").nth(3).inner_text()
    assert count not in {"0", row.locator("td.n").first.inner_text()}  # it supports some as well
    row.get_by_role("button").click()
    expect(small.locator("#status")).to_have_text(f"{count} of 400 posts")
    expect(small.get_by_text("Only posts that this statement decided")).to_be_visible()
    expect(small.get_by_role("heading", name="All posts")).to_be_focused()
    small.get_by_role("button", name="Show all posts again").click()
    expect(small.locator("#status")).to_have_text("400 posts")


@pytest.mark.parametrize(("column", "key"), [("Probability", "factcheck_probability"), ("Post", "text"), ("Day", "posted")])
def test_a_click_on_a_head_sorts_by_it_and_another_turns_it_round(small, column, key):
    head = small.locator("#list th", has_text=column)
    ordered = sorted(rows(400), key=lambda row: row[key])
    values = [row[key] for row in ordered]
    downwards = column == "Probability"
    for turned in (downwards, not downwards):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == ("descending" if turned else "ascending")
        cells = small.locator(
            f"#list tbody td:nth-child({[*'row text verdict probability reason topic day'.split()].index(head.get_attribute('data-key')) + 1})"
        ).all_inner_texts()
        wanted = (values[::-1] if turned else values)[:50]
        assert cells == [f"{value:.1%}" if key == "factcheck_probability" else value for value in wanted]
    assert small.locator("th[aria-sort=ascending], th[aria-sort=descending]").count() == 1


# ---------------------------------------------------------------------------------------------------------------------
# Opening
# ---------------------------------------------------------------------------------------------------------------------


def test_a_row_opens_to_statement_source_probabilities_and_shared_words(small):
    small.get_by_label("Verdict", exact=True).select_option("REFUTES")
    expect(small.locator("#status")).not_to_have_text("400 posts")
    button = small.locator("#list .open", has_text="honey").first
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    detail = small.locator("tr.detail")
    assert detail.get_attribute("id") == button.get_attribute("aria-controls")
    for words in ("says what is known about honey", "Bee Board", "2020-05-01", "SUPPORTS 25.0%", "REFUTES 65.0%", "NOT ENOUGH INFO 10.0%"):
        expect(detail).to_contain_text(words)
    link = detail.get_by_role("link")
    assert link.get_attribute("href") == link.inner_text()
    assert link.get_attribute("href").startswith("https://bees.example.org/s-")
    assert "noopener" in link.get_attribute("rel")
    marked = {text.lower() for text in small.locator("mark").all_inner_texts()}
    assert "honey" in marked
    assert marked <= {"honey", "ferry", "ferries"}
    button.click()
    expect(detail).to_have_count(0)


def test_all_is_reached_and_done_by_keyboard_and_the_focus_is_seen(small):
    small.get_by_label("Search", exact=True).focus()
    reached = []
    for _ in range(30):
        small.keyboard.press("Tab")
        reached.append(small.evaluate("document.activeElement.textContent.trim().split(':')[0]"))
        if reached[-1] == "post 0":
            break
    assert {"Clear", "Post", "Verdict", "Probability", "Day"} <= set(reached)
    assert small.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    small.keyboard.press("Enter")
    expect(small.locator("tr.detail")).to_have_count(1)
    assert small.evaluate("document.activeElement.dataset.row") == "0"
    small.keyboard.press("ArrowDown")
    assert small.evaluate("document.activeElement.dataset.row") == "1"
    small.keyboard.press("Space")
    expect(small.locator("tr.detail")).to_have_count(2)
    small.keyboard.press("Escape")
    expect(small.locator("tr.detail")).to_have_count(1)
    small.keyboard.press("ArrowUp")
    small.keyboard.press("Escape")
    expect(small.locator("tr.detail")).to_have_count(0)
    assert small.evaluate("document.activeElement.dataset.row") == "0"


def test_a_reader_of_the_screen_finds_a_table_with_heads_a_status_and_names_for_all_controls(small):
    table = small.get_by_role("table", name="Posts with their verdicts")
    assert table.get_attribute("aria-rowcount") == "401"
    assert table.get_by_role("columnheader").count() == 8
    assert table.locator("tbody tr").first.get_attribute("aria-rowindex") == "2"
    expect(small.get_by_role("status")).to_have_text("400 posts")
    nameless = """() => [...document.querySelectorAll("button, input, select, a[href], table, [role=region]")].filter((it) =>
        !it.textContent.trim() && !it.labels?.length && !it.getAttribute("aria-label") && !it.getAttribute("aria-labelledby")).length"""
    assert small.evaluate(nameless) == 0
    twice = "() => { const ids = [...document.querySelectorAll('[id]')].map((it) => it.id); return ids.length - new Set(ids).size; }"
    assert small.evaluate(twice) == 0


# ---------------------------------------------------------------------------------------------------------------------
# Looks, safety, size
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_page_is_light_or_dark_as_the_reader_likes_with_enough_contrast(view, written, scheme, dark):
    page = view(written("small", rows(400)), color_scheme=scheme)
    light = """(it) => { const [r, g, b] = getComputedStyle(document.querySelector(it[0]))[it[1]].match(/[\\d.]+/g).map(
        (c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)); return 0.2126 * r + 0.7152 * g + 0.0722 * b; }"""
    ground = page.evaluate(light, ["body", "backgroundColor"])
    assert (ground < 0.05) is dark
    for element in ("body", ".note", "cite", "cite a", "thead th", "#status", "figcaption"):
        ink = page.evaluate(light, [element, "color"])
        assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5, element


def test_on_a_narrow_screen_nothing_stands_outside(view, written):
    page = view(written("small", rows(400)), viewport={"width": 360, "height": 700})
    page.locator("#list .open").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_printed_the_controls_are_away_and_addresses_stand_in_full(small):
    small.emulate_media(media="print")
    for hidden in ("form.controls", "nav.pages", ".show"):
        expect(small.locator(hidden).first).to_be_hidden()
    assert "https://bees.example.org/" in small.evaluate("getComputedStyle(document.querySelector('cite a'), '::after').content")


def test_what_hostile_posts_hold_is_read_and_never_run(view, written):
    page = view(written("hostile", hostile_rows()))
    for number in range(len(HOSTILE) + 1):
        page.locator("#list .open").nth(number).click()
    expect(page.locator("tr.detail")).to_have_count(len(HOSTILE) + 1)
    assert page.locator("#list .open").nth(0).inner_text() == HOSTILE[0]
    assert page.locator("#list .open").nth(1).inner_text() == HOSTILE[1]
    assert page.locator("tr.detail").last.inner_text().split("\n")[0].strip() == "Error"
    expect(page.locator("tr.detail").last).to_contain_text(HOSTILE[1])
    assert page.evaluate("window.hit") is None
    assert page.locator("img, svg[onload], body script:not(#rows)").count() == 1  # the page's own script
    assert page.locator("a:not([href^='#'])").count() == 0
    expect(page.locator("body")).to_be_visible()


def test_fifty_thousand_posts_are_open_found_filtered_and_sorted_within_three_seconds_each(view, written):
    path = written("large", rows(ROWS))
    assert path.stat().st_size < 25_000_000
    seconds = {}

    def timed(name, act):
        start = time.perf_counter()
        act()
        seconds[name] = time.perf_counter() - start

    page = None

    def opened():
        nonlocal page
        page = view(path)
        expect(page.locator("#status")).to_have_text("50,000 posts")

    def searched():
        page.get_by_label("Search", exact=True).press_sequentially("post 49999:")
        expect(page.locator("#status")).to_have_text("1 of 50,000 posts")

    def cleared():
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("#status")).to_have_text("50,000 posts")

    def filtered():
        page.get_by_label("Verdict", exact=True).select_option("REFUTES")
        expect(page.locator("#status")).not_to_have_text("50,000 posts")

    def ordered():
        page.locator("#list th", has_text="Post").get_by_role("button").click()
        assert page.locator("#list th", has_text="Post").get_attribute("aria-sort") == "ascending"

    for name, act in (("open", opened), ("search", searched), ("clear", cleared), ("sort", ordered), ("filter", filtered)):
        timed(name, act)
    assert {name: spent for name, spent in seconds.items() if spent > SOON} == {}
    assert page.locator("#list tbody tr").count() == 50
