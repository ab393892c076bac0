"""The shipped statements and claims keep the rules of their data card, and the card says what is so."""

import csv
import re
import subprocess
import sys
from collections import Counter, defaultdict
from urllib.parse import urlsplit

import pytest
from nltk.metrics.agreement import AnnotationTask

from factcheck import __version__
from factcheck.claims import KINDS, claim_stats, lint_claims, read_claims
from factcheck.records import STANCES
from factcheck.rows import near_duplicates
from factcheck.statements import content_stems, lint, read_statements


@pytest.fixture(scope="module")
def statements():
    return read_statements()


@pytest.fixture(scope="module")
def claims():
    return read_claims()


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_lints_find_nothing(root, statements):
    assert lint(root / "data" / "statements.csv") == []
    assert lint_claims(root / "data" / "claims.csv", statements) == []


def test_there_are_enough_statements_and_claims_in_the_promised_mix(statements, claims):
    counts = claim_stats(claims)
    assert len(statements) >= 600
    assert counts["claims"] >= 6000
    assert counts["statements"] == len(statements), "every statement has claims"
    mixed = claim_stats(claim for claim in claims if claim.kind != "contrast")  # those come in sets of a fixed mix
    shares = {label: mixed["labels"][label] / mixed["claims"] for label in STANCES}
    assert shares == pytest.approx({"REFUTES": 0.40, "SUPPORTS": 0.27, "NOT ENOUGH INFO": 0.33}, abs=0.04)
    assert set(counts["kinds"]) == set(KINDS)
    assert min(Counter(claim.statement_id for claim in claims if claim.statement_id).values()) >= 6


def test_both_tables_stand_in_the_order_of_the_ids(statements, claims):
    assert [row.id for row in statements] == sorted(row.id for row in statements)
    order = [(not claim.statement_id, claim.statement_id) for claim in claims]
    assert order == sorted(order)


def test_every_address_is_of_a_publisher_and_none_is_a_placeholder(statements):
    for row in statements:
        parts = urlsplit(row.url)
        assert parts.scheme == "https", row.id
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc), row.id
        assert not re.search(r"example|localhost|wikipedia|archive\.org|\s", row.url), row.id
        # a spreadsheet once counted this name up in a public collection of addresses
        assert not re.search(r"covid-(?!19|20\d\d)\d\d\b", row.url), row.id


@pytest.mark.parametrize(
    ("publisher", "host"),
    [
        ("World Health Organization", "who.int"),
        ("US CDC", "cdc.gov"),
        ("US FDA", "fda.gov"),
        ("NASA", "nasa.gov"),
        ("NOAA", "(noaa|climate|weather).gov"),
        ("IPCC", "ipcc.ch"),
        ("International Telecommunication Union", "itu.int"),
        ("NHS", "nhs.uk"),
        ("National Cancer Institute", "cancer.gov"),
        ("USGS", "usgs.gov"),
        ("European Medicines Agency", "ema.europa.eu"),
        ("ICNIRP", "icnirp.org"),
    ],
)
def test_the_addresses_of_the_large_publishers_are_theirs(statements, publisher, host):
    hosts = {urlsplit(row.url).netloc for row in statements if row.publisher == publisher}
    assert hosts
    assert all(re.search(rf"(^|\.){host}$", name) for name in hosts), hosts


def test_a_third_of_the_myths_and_facts_say_it_in_quite_different_words(statements, claims):
    """Beyond the name of the subject: what half of a statement's claims, or a tenth of its topic's statements, share with it."""
    stems = {row.id: content_stems(row.text) for row in statements}
    topic = {row.id: row.topic for row in statements}
    in_topic = defaultdict(Counter)
    for row in statements:
        in_topic[row.topic].update(stems[row.id])
    size = Counter(topic.values())
    shared = defaultdict(list)
    for claim in claims:
        if claim.label != "NOT ENOUGH INFO":
            shared[claim.statement_id].append((claim.kind, content_stems(claim.claim) & stems[claim.statement_id]))
    apart = []
    for statement_id, found in shared.items():
        often = Counter(stem for _, words in found for stem in words)
        name = {stem for stem, count in often.items() if count >= len(found) / 2}
        name |= {stem for stem, count in in_topic[topic[statement_id]].items() if count >= size[topic[statement_id]] / 10}
        apart += [not words - name for kind, words in found if kind in {"myth", "fact"}]
    assert sum(apart) / len(apart) >= 1 / 3


def test_what_is_derived_from_the_tables_is_up_to_date(root):
    done = subprocess.run([sys.executable, root / "data" / "refresh.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_card_gives_the_kappa_of_the_second_labels(root, claims):
    rows = rows_of(root / "data" / "relabelled.csv")
    known = {claim.id for claim in claims}
    assert len({row["id"] for row in rows} & known) == 500
    pairs = [(who, row["id"], row[who]) for row in rows for who in ("first_label", "label")]
    kappa = AnnotationTask(data=pairs).kappa()
    assert kappa >= 0.85
    assert f"**{kappa:.2f}**" in (root / "data" / "README.md").read_text(encoding="utf-8")


def test_the_example_posts_are_no_copies_of_the_claims(root, claims):
    posts = rows_of(root / "data" / "examples" / "posts.csv")
    assert list(posts[0]) == ["id", "posted", "text"]
    assert len({post["id"] for post in posts}) == len(posts) == 40
    assert not {post["text"].casefold() for post in posts} & {claim.claim.casefold() for claim in claims}
    assert sum(not post["text"] for post in posts) == 1
    assert any(post["text"] and not re.search(r"\w", post["text"]) for post in posts)


REGISTERS = (
    "family work shopping sport weather travel cooking school pets entertainment health technology covid-life politics money home-garden "
    "social-media signs literary sayings"
).split()
LEAST_OF_KIND = {"report": 60, "denial": 90, "mockery": 60, "quote-and-refute": 60, "question": 30, "double-negation": 5, "not-only": 5}
OF_THE_BASE = re.compile(
    r"\b(vaccin\w+|vax|jabs?|booster|masks?|5g|masts?|(?:mobile )?phones?|wi-?fi|satellite|climate|moon|sun|planets?|mars|earth|stars?|sugar|"
    r"vitamins?|cancer|virus|flu|cold|fever|measles|rabies|water|ice|salt|sleep|microwave|blood|coffee|eggs?|garlic|honey|milk|rice|whales?|"
    r"tests?|lockdown|pandemic|quarantine|corona|storm|bleach|volcano(?:es)?|glaciers)\b",
    re.IGNORECASE,
)


def words_of(text):
    return frozenset(re.findall(r"[\w']+", text.casefold()))


def near(texts, others):
    """Pairs of one of the texts and another text, or one of the others, that share four fifths of their words."""
    together = [*texts, *others]
    pairs = near_duplicates([words_of(text) for text in together])
    return [(together[i], together[j]) for i, j, _ in pairs if min(i, j) < len(texts)]


@pytest.mark.parametrize(
    ("name", "columns", "least"), [("everyday", ["id", "text", "register"], 1000), ("reports", ["id", "text", "kind", "myth_of"], 300)]
)
def test_the_sets_that_only_measure_repeat_neither_themselves_nor_a_claim(root, claims, name, columns, least):
    rows = rows_of(root / "data" / f"{name}.csv")
    assert list(rows[0]) == columns
    assert len({row["id"] for row in rows}) == len(rows) >= least
    assert len({row["text"].casefold() for row in rows}) == len(rows)
    assert all(cell and cell == cell.strip() for row in rows for cell in row.values())
    assert near([row["text"] for row in rows], [claim.claim for claim in claims]) == []


def test_the_everyday_sentences_are_of_all_registers_and_a_third_name_what_the_base_speaks_of(root):
    rows = rows_of(root / "data" / "everyday.csv")
    counts = Counter(row["register"] for row in rows)
    assert set(counts) == set(REGISTERS)
    assert min(counts.values()) >= 50
    assert sum(OF_THE_BASE.search(row["text"]) is not None for row in rows) >= len(rows) / 3
    lengths = [len(row["text"].split()) for row in rows]
    assert min(lengths) >= 2
    assert max(lengths) <= 40


def test_the_reports_are_of_all_kinds_and_of_known_myths_of_every_topic(root, statements):
    rows = rows_of(root / "data" / "reports.csv")
    counts = Counter(row["kind"] for row in rows)
    assert set(counts) == set(LEAST_OF_KIND)
    assert all(counts[kind] >= least for kind, least in LEAST_OF_KIND.items()), counts
    topic = {row.id: row.topic for row in statements}
    assert {row["myth_of"] for row in rows} <= set(topic)
    assert len({row["myth_of"] for row in rows}) >= 100
    assert {topic[row["myth_of"]] for row in rows} == set(topic.values())
    assert max(Counter(row["myth_of"] for row in rows).values()) <= 5


def test_the_card_counts_the_sets_that_only_measure(root):
    card = (root / "data" / "README.md").read_text(encoding="utf-8")
    everyday, reports = (rows_of(root / "data" / name) for name in ("everyday.csv", "reports.csv"))
    assert f"`everyday.csv` | {len(everyday):,} " in card
    assert f"`reports.csv` | {len(reports)} " in card
    assert all(f"| `{register}` |" in card for register in REGISTERS)
    for kind, count in Counter(row["kind"] for row in reports).items():
        assert f"| `{kind}` | {count} |" in card


def test_the_citation_is_of_this_version(root):
    assert re.search(rf"^version: {re.escape(__version__)}$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
