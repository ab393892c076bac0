"""A report is one page that asks for nothing, in which every count is right and every post is text."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from factcheck import batch, report
from factcheck.checker import SHIPPED, FactChecker, bundle_path
from factcheck.errors import InputError
from factcheck.report import write
from factcheck.statements import fingerprint, read_statements

HOSTILE = (
    "<script>window.hit = 1</script>",
    "</script><script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "<!-- <script>",
    "{{ 7 * 7 }} {% raw %} ${7*7} \\u003c",
    "javascript:window.hit=1",
    "السعال لا يشفى \u202eآخر\u202c <b>",
    "nul \x00 and \x1b[31m \u2028 line \u2029 end \ud800",
    "&lt;i&gt; &amp; 'quoted'",
)
VOID = {"meta", "link", "input", "br", "img"}
INLINE = {"span", "time", "a", "cite", "bdi", "b", "code"}


def row(text="honey heals every cough", verdict="REFUTES", statement="hon-1", **more):
    reason = {"REFUTES": "decided", "SUPPORTS": "decided", "CONFLICTING": "conflicting_evidence"}.get(verdict, "no_relevant_statement")
    decided = reason != "no_relevant_statement"
    cells = {
        "text": text,
        "factcheck_verdict": verdict,
        "factcheck_probability": 0.9,
        "factcheck_reason": reason,
        "factcheck_statement_id": statement if decided else None,
        "factcheck_statement": f"The statement {statement} about honey." if decided else None,
        "factcheck_publisher": "Bee Board" if decided else None,
        "factcheck_url": f"https://bees.example.org/{statement}" if decided else None,
        "factcheck_published": "2020-05-01" if decided else None,
        "factcheck_error": None,
    }
    return {**cells, **more}


@pytest.fixture
def page(tmp_path):
    """Write a report on these rows and return the page as it stands in its file."""

    def page(*rows, **options):
        source = tmp_path / "verdicts.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        write(source, tmp_path / "report.html", **options)
        return Page((tmp_path / "report.html").read_text(encoding="utf-8"))

    return page


class Page(HTMLParser):
    """The page as a browser would take it apart: its text by section, its attributes, its data."""

    def __init__(self, source):
        super().__init__()
        self.source = source
        self.stack, self.attributes, self.scripts, self.sections, self.tags = [], [], [], {}, []
        self._section = "header"
        self.feed(source)
        self.close()
        self.data = json.loads(next(text for kind, text in self.scripts if kind == "application/json"))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        self._part(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "section":
            self._section = attributes["aria-labelledby"]
        if tag == "script":
            self.scripts.append([attributes.get("type"), ""])
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag, f"</{tag}> closes something else, at {self.getpos()}"
        self._part(tag)
        if tag == "section":
            self._section = "footer"

    def handle_data(self, data):
        if self.stack[-1:] == ["script"]:
            self.scripts[-1][1] += data
        elif self.stack[-1:] != ["style"]:
            self.sections[self._section] = self.sections.get(self._section, "") + data

    def _part(self, tag):
        if tag not in INLINE:
            self.sections[self._section] = self.sections.get(self._section, "") + " "

    def words(self, section):
        return " ".join(self.sections[section].split())

    def column(self, name):
        return [self.data["entries"][name][entry] for entry in self.data["rows"]]


# ---------------------------------------------------------------------------------------------------------------------
# Counts
# ---------------------------------------------------------------------------------------------------------------------


def test_counts_per_verdict_and_reason_are_those_of_the_table(page):
    found = page(
        *[row(f"claim {i}") for i in range(3)],
        row(verdict="SUPPORTS"),
        *[row(f"u{i}", "NOT ENOUGH INFO") for i in range(4)],
        row(verdict="CONFLICTING"),
    )
    words = found.words("h-counts")
    assert "Posts 9 REFUTES 3 33.3% SUPPORTS 1 11.1% CONFLICTING 1 11.1% NOT ENOUGH INFO 4 44.4%" in words
    assert "REFUTES a statement settles it decided 3 33.3%" in words
    assert "NOT ENOUGH INFO no statement is about it no_relevant_statement 4 44.4%" in words
    assert "CONFLICTING statements disagree conflicting_evidence 1 11.1%" in words


def test_a_table_without_rows_makes_a_page_that_says_so(tmp_path):
    source = tmp_path / "verdicts.csv"
    source.write_text(",".join(row()) + "\n", encoding="utf-8")
    assert write(source, tmp_path / "report.html", date_column="text").rows == 0
    found = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "The table has no rows." in found.words("h-counts")
    assert found.data["rows"] == []


def test_myths_stand_by_topic_the_most_refuted_first_with_the_post_that_came_most_often(page):
    evidence = [{"id": "hon-2", "topic": "remedies", "statement": "The statement hon-2 about honey."}]
    rows = [row(f"claim {letter} about honey", factcheck_evidence=[{**evidence[0], "topic": "food"}]) for letter in "abc"]
    rows += [row("rare words of one claim", statement="hon-2", factcheck_evidence=evidence)] * 1
    rows += [row("honey heals every single cough", statement="hon-2", factcheck_evidence=evidence)] * 4
    rows += [row("honey is fine", "SUPPORTS", statement="hon-3", factcheck_evidence=[{**evidence[0], "topic": "food"}])] * 9
    words = page(*rows).words("h-myths")
    myths = words[words.index("remedies 5 refuted by 1 statement") :]
    assert myths.startswith(
        "remedies 5 refuted by 1 statement 5 honey heals every single cough Refuted by The statement hon-2 about honey. Bee Board, 2020-05-01, bees.example.org"
    )
    assert "food 3 refuted by 1 statement 3" in myths
    assert "hon-3" not in myths


def test_the_statements_that_decided_most_come_with_their_counts_by_verdict(page):
    rows = (
        [row(f"a{i}") for i in range(3)]
        + [row(f"b{i}", "SUPPORTS") for i in range(1100)]
        + [row("c", statement="hon-2"), row("d", "CONFLICTING", "hon-2")]
    )
    words = page(*rows).words("h-statements")
    assert re.search(
        r"statement hon-1 about honey\. Bee Board, 2020-05-01, bees\.example\.org \D*3 1,100 0 1,103 .*statement hon-2 .*\D1 0 1 2 ", words
    )


def test_over_time_is_told_where_a_date_column_is_named(page):
    rows = [row(f"claim {day}", posted=f"2024-03-{day:02}") for day in (1, 2, 2, 9)] + [row("undated", posted="03/04/2024")]
    dated = page(*rows, date_column="posted")
    assert "2024-03-01 to 2024-03-09; 1 without a certain day" in dated.words("h-counts")
    assert "Posts by day" in dated.words("h-time")
    assert "2024-03-02 2 2" in dated.words("h-time")
    assert [dated.data["days"][day] for day in dated.data["day"]] == ["2024-03-01", "2024-03-02", "2024-03-02", "2024-03-09", ""]
    undated = page(*rows)
    assert "h-time" not in undated.sections
    assert "day" not in [value for _, name, value in undated.attributes if name == "data-key"]


def test_posts_that_repeat_each_other_are_one_cluster_with_its_size(page):
    found = page(
        *[row("honey heals every bad cough within two days")] * 3,
        row("Honey heals EVERY bad cough within two days!"),
        row("honey heals every bad cough within two short days", "NOT ENOUGH INFO"),
        row("kites nest on the water tower", "NOT ENOUGH INFO"),
    )
    words = found.words("h-repeated")
    assert "5 of 6 posts stand in 1 cluster of near-duplicates" in words
    assert "5 2 honey heals every bad cough within two days REFUTES 4 NOT ENOUGH INFO 1" in words
    assert found.data["sizes"] == {str(found.column("cluster")[0]): 5}


def test_a_column_of_clusters_groups_posts_first_and_near_ones_join_these_groups(page):
    found = page(
        row("honey heals every bad cough within two days", factcheck_cluster="aa"),
        row("wholly other words, but the batch says the same", factcheck_cluster="aa"),
        row("honey heals every bad cough within two short days", factcheck_cluster="bb"),
        row("kites nest", factcheck_cluster="cc"),
    )
    cluster = found.column("cluster")
    assert cluster[0] == cluster[1] == cluster[2] != cluster[3]


def test_rows_without_a_text_repeat_none(page):
    found = page(row(""), row(" "), row("", factcheck_cluster="aa"), row("", factcheck_cluster="aa"))
    assert found.data["sizes"] == {}


def test_what_no_statement_settles_is_gathered_by_subject_without_what_claims_nothing(page):
    circus = (
        "A circus has bought the lighthouse at Brevik",
        "the Brevik lighthouse was sold to a circus",
        "Brevik: lighthouse bought by circus folk",
    )
    near = [
        {
            "id": "n",
            "topic": "towns",
            "statement": "Brevik owns its lighthouse.",
            "publisher": "Register",
            "url": "https://brevik.example.org/",
        }
    ]
    found = page(
        *[row(text, "NOT ENOUGH INFO") for text in circus],
        row(circus[0], "NOT ENOUGH INFO", factcheck_reason="low_probability", factcheck_evidence=near),
        *[row("is the lighthouse at Brevik sold?", "NOT ENOUGH INFO", factcheck_reason="not_a_claim")] * 5,
        row("soup tastes better with lemon", "NOT ENOUGH INFO"),
        row("the lighthouse at Brevik was bought by a circus"),
    )
    words = found.words("h-subjects")
    assert re.search(r" 4 A circus has bought the lighthouse at Brevik .*For 1 of them a statement is near", words)
    assert "soup" not in words
    assert "is the lighthouse" not in words
    assert "Nearest" not in words  # of one post in four only
    assert found.column("subject") == [0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1]


def test_the_nearest_statement_is_named_where_it_is_that_of_most_posts_of_a_subject(page):
    near = [
        {
            "id": "n",
            "topic": "towns",
            "statement": "Brevik owns its lighthouse.",
            "publisher": "Register",
            "url": "https://brevik.example.org/",
        }
    ]
    undecided = {"verdict": "NOT ENOUGH INFO", "factcheck_reason": "low_probability", "factcheck_evidence": near}
    found = page(row("circus buys Brevik lighthouse", **undecided), row("Brevik lighthouse bought by circus", **undecided))
    assert (
        "For all of them a statement is near, but not sure enough to decide. Nearest Brevik owns its lighthouse. Register, brevik.example.org"
        in found.words("h-subjects")
    )


def test_behind_the_most_rows_that_are_listed_only_counting_goes_on(page, monkeypatch):
    monkeypatch.setattr(report, "MAX_POSTS", 5)
    found = page(*[row(f"claim number {i}") for i in range(8)])
    assert "Posts 8 REFUTES 8" in found.words("h-counts")
    assert len(found.data["rows"]) == 5
    assert "are of the first 5 rows; the counts above are of all 8" in found.words("posts")


def test_posts_that_are_too_long_together_are_cut_to_one_length_and_the_page_says_so(page, monkeypatch):
    monkeypatch.setattr(report, "MAX_TEXT", 40_000)
    found = page(*[row(f"{i} " + "honey <b> heals " * 250) for i in range(20)], row("short"))
    texts = found.data["texts"]
    assert 20_000 < sum(len(text) for text in texts) < 40_000
    assert texts[-1] == "short"
    assert all(text.endswith("…") and len(text) == found.data["cut"] + 1 for text in texts[:-1])


def test_words_that_post_and_statement_share_are_listed_in_every_form_that_either_has(page):
    statement = "5G technology does not cause or spread COVID-19."
    found = page(
        row("5G spreads the coronavirus with technology", factcheck_statement=statement),
        row("c0vid spr\u0435ading", factcheck_statement=statement),
    )
    assert found.column("words") == ["5g coronavirus covid-19 spread spreads technology", "c0vid covid-19 spread spr\u0435ading"]


# ---------------------------------------------------------------------------------------------------------------------
# What was checked with what
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A batch with its summary."""
    folder = tmp_path_factory.mktemp("checked")
    (folder / "posts.csv").write_text("text\n5G masts spread the coronavirus\nMy sister bakes bread on Sundays\n", encoding="utf-8")
    done = batch.run(FactChecker.load("linear"), folder / "posts.csv", folder / "verdicts.csv")
    (folder / "summary.json").write_text(json.dumps(done.to_dict()), encoding="utf-8")
    return folder


def test_the_summary_tells_bundle_statements_and_version(checked, tmp_path):
    write(checked / "verdicts.csv", tmp_path / "report.html", summary=checked / "summary.json")
    words = Page((tmp_path / "report.html").read_text(encoding="utf-8")).words("h-counts")
    manifest = (bundle_path("linear") / "manifest.json").read_bytes()
    base = read_statements()
    assert f"Bundle linear, as it ships with factcheck {report.__version__} sha256 {hashlib.sha256(manifest).hexdigest()}" in words
    assert f"Statements {len(base)} in the base sha256 {fingerprint(base)}" in words
    assert f"checked by factcheck {report.__version__}, report by {report.__version__}" in words


def test_a_bundle_and_a_base_that_do_not_ship_are_not_taken_for_those_that_do(checked, tmp_path):
    summary = json.loads((checked / "summary.json").read_text(encoding="utf-8"))
    summary["fingerprint"] = {"bundle": "0" * 64, "statements": "1" * 64, "version": "0.0.9"}
    (tmp_path / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    write(checked / "verdicts.csv", tmp_path / "report.html", summary=tmp_path / "summary.json")
    words = Page((tmp_path / "report.html").read_text(encoding="utf-8")).words("h-counts")
    assert "not one that ships with factcheck" in words
    assert "another base than the one that named the topics here" in words
    assert "checked by factcheck 0.0.9" in words
    assert not [name for name in SHIPPED if f"{name}, as it ships" in words]


def test_without_a_summary_the_page_says_how_to_get_one(page):
    assert "not known: factcheck report --summary FILE" in page(row()).words("h-counts")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 3}, "is the summary of another batch: its rows are 3, those of verdicts.csv 2"),
        ({"verdicts": {"REFUTES": 2}}, "is the summary of another batch: its verdicts are"),
        ({"fingerprint": None}, "is no summary, as it lacks 'fingerprint'"),
        ({"fingerprint": {"bundle": 7}}, "is no summary"),
    ],
)
def test_a_summary_of_something_else_is_refused(checked, tmp_path, change, message):
    summary = {**json.loads((checked / "summary.json").read_text(encoding="utf-8")), **change}
    (tmp_path / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        write(checked / "verdicts.csv", tmp_path / "report.html", summary=tmp_path / "summary.json")
    assert not (tmp_path / "report.html").exists()


def test_a_summary_that_is_no_json_is_refused(checked, tmp_path):
    with pytest.raises(InputError, match=r"verdicts\.csv: is no JSON; give what `factcheck batch --summary` wrote"):
        write(checked / "verdicts.csv", tmp_path / "report.html", summary=checked / "verdicts.csv")


# ---------------------------------------------------------------------------------------------------------------------
# Text stays text
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hostile(page):
    """A page in which everything that people wrote is hostile."""
    rows = [
        row(text, factcheck_statement=other, factcheck_publisher=text, factcheck_url=f"javascript:{i}")
        for i, (text, other) in enumerate(zip(HOSTILE, HOSTILE[::-1], strict=True))
    ]
    rows += [row(text, "NOT ENOUGH INFO") for text in HOSTILE for _ in range(2)]
    rows += [row(text, verdict=None, factcheck_reason="error", factcheck_error=text) for text in HOSTILE]
    rows = [
        {**own, "factcheck_evidence": [{"topic": text, "statement": text, "url": "javascript:1"}]}
        for own, text in zip(rows, HOSTILE * 4, strict=True)
    ]
    return page(*rows)


def test_no_text_adds_a_tag_or_an_attribute_to_the_page(hostile, page):
    plain = page(row())
    assert len(hostile.scripts) == len(plain.scripts) == 2
    assert set(hostile.tags) - {"text"} <= set(plain.tags) | {"tr", "li", "ol", "blockquote", "h3"}
    assert "img" not in hostile.tags
    assert not [name for _, name, _ in hostile.attributes if name.startswith("on")]
    assert hostile.stack == []


def test_each_text_stands_in_the_page_as_it_was_written_but_for_signs_that_cannot_be_seen(hostile):
    assert hostile.data["texts"][:6] == list(HOSTILE[:6])
    assert hostile.data["texts"][6] == HOSTILE[6].replace("\u202e", "\ufffd").replace("\u202c", "\ufffd")
    assert hostile.data["texts"][7] == "nul \ufffd and \ufffd[31m \u2028 line \u2029 end \ufffd"
    assert HOSTILE[0] in hostile.words("h-myths")
    assert "49" not in hostile.words("h-myths").split()


def test_the_block_of_rows_holds_no_sign_that_ends_or_turns_it(hostile):
    block = hostile.source.split('<script type="application/json" id="rows">')[1].split("</script>")[0]
    assert not re.search("[<>&\u2028\u2029\ud800-\udfff\x00-\x08]", block)
    assert json.loads(block) == hostile.data


def test_only_addresses_of_the_web_become_links(hostile, page):
    assert [value for tag, name, value in hostile.attributes if tag == "a" and name == "href" and not value.startswith("#")] == []
    assert all(own[4] == "" for own in hostile.data["statements"])
    links = [value for tag, name, value in page(row()).attributes if tag == "a" and name == "href" and not value.startswith("#")]
    assert set(links) == {"https://bees.example.org/hon-1"}


def test_the_page_asks_for_nothing_and_its_policy_lets_only_its_own_script_run(page):
    found = page(row(posted="2024-03-01"), date_column="posted")
    assert {value for tag, name, value in found.attributes if name == "src" or (tag == "link" and name == "href")} == {"data:,"}
    assert not re.search(r"@import|url\((?!#)|\bfetch\(|XMLHttpRequest|sendBeacon|import\(", found.source.replace("url(#", ""))
    policy = next(value for _, name, value in found.attributes if name == "content" and "default-src" in value)
    script = next(text for kind, text in found.scripts if kind is None)
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy


def test_the_page_says_what_a_verdict_is_no_ground_for(page):
    assert "A verdict alone is no ground to remove somebody\u2019s words." in page(row()).words("header")


# ---------------------------------------------------------------------------------------------------------------------
# The file
# ---------------------------------------------------------------------------------------------------------------------


def test_the_same_rows_give_the_same_bytes_in_any_process(tmp_path):
    source = tmp_path / "verdicts.jsonl"
    rows = [
        row(
            f"claim {i % 7} about the honey of {'abcdefg'[i % 5]}",
            ("REFUTES", "NOT ENOUGH INFO")[i % 2],
            f"s-{i % 3}",
            posted=f"2024-03-{1 + i % 9:02}",
        )
        for i in range(60)
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    pages = []
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.html"
        code = f"from factcheck.report import write; write({str(source)!r}, {str(target)!r}, date_column='posted')"
        subprocess.run(
            [sys.executable, "-c", code], check=True, timeout=120, env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        )
        pages.append(target.read_bytes())
    assert pages[0] == pages[1]


def test_what_is_told_of_the_page_is_so(tmp_path):
    source = tmp_path / "verdicts.jsonl"
    source.write_text(json.dumps(row("hönig")) + "\n", encoding="utf-8")
    done = write(source, tmp_path / "report.html")
    assert (done.rows, done.listed, done.size) == (1, 1, (tmp_path / "report.html").stat().st_size)


def test_an_input_is_never_overwritten(tmp_path):
    source = tmp_path / "verdicts.jsonl"
    source.write_text(json.dumps(row()) + "\n", encoding="utf-8")
    for options in ({}, {"summary": source}):
        with pytest.raises(InputError, match="is an input; give the page another name"):
            write(source, tmp_path / "." / "verdicts.jsonl", **options)
    assert json.loads(source.read_text(encoding="utf-8"))["text"] == "honey heals every cough"


@pytest.mark.parametrize("target", ["none/report.html", "folder", "nul\0.html"])
def test_a_page_that_cannot_be_written_leaves_nothing_behind(tmp_path, target):
    (tmp_path / "folder").mkdir()
    source = tmp_path / "verdicts.jsonl"
    source.write_text(json.dumps(row()) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write(source, tmp_path / target)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["folder", "verdicts.jsonl"]


def test_a_page_goes_into_a_file(tmp_path):
    with pytest.raises(InputError, match="stdout: a page is one file"):
        write(tmp_path / "verdicts.jsonl", "-")


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf"the report needs the package {package}, .*: pip install 'claim-factcheck\[report\]'"):
        write(tmp_path / "verdicts.jsonl", tmp_path / "report.html")
