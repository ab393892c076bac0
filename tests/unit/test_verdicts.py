"""What a batch wrote is read again in every format, whatever the cells hold, and refused where it is something else."""

import json

import pytest

from factcheck import batch
from factcheck.checker import FactChecker
from factcheck.errors import InputError
from factcheck.records import Statement
from factcheck.verdicts import MAX_POST, read_verdicts, visible

POSTS = (
    "id,text,posted\n"
    '1,5G masts spread the coronavirus,2024-03-01T08:00:00Z\n2,"5G masts spread the coronavirus!",03/04/2024\n'
    "3,My sister bakes bread on Sundays,2024-03-02\n4,,2024-03-09\n5,Does 5G spread the coronavirus?,31/03/2024\n"
)
STATEMENT = {
    "factcheck_statement_id": "hon-1",
    "factcheck_statement": "Honey does not heal a cough.",
    "factcheck_publisher": "Bee Board",
    "factcheck_url": "https://bees.example.org/honey",
    "factcheck_published": "2020-05-01",
}


def row(text="honey heals every cough", verdict="REFUTES", reason="decided", probability=0.9, **more):
    own = {"text": text, "factcheck_verdict": verdict, "factcheck_probability": probability, "factcheck_reason": reason}
    return {**own, **(STATEMENT if reason == "decided" else dict.fromkeys(STATEMENT)), "factcheck_error": None, **more}


def read(path, *rows, most=100, topics=None, date_column=None):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_verdicts(path, text_column="text", date_column=date_column, topics=topics or {}, most=most)


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The same posts with verdicts in every format."""
    folder = tmp_path_factory.mktemp("verdicts")
    (folder / "posts.csv").write_text(POSTS, encoding="utf-8")
    checker = FactChecker.load("linear")
    for form in ("csv", "tsv", "jsonl", "json", "parquet", "xlsx"):
        batch.run(checker, folder / "posts.csv", folder / f"verdicts.{form}")
    return folder


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "json", "parquet", "xlsx"])
def test_each_format_that_a_batch_writes_is_read_alike(checked, form):
    topics = {statement.id: statement for statement in FactChecker.load("linear").statements}
    found = read_verdicts(checked / f"verdicts.{form}", text_column="text", date_column="posted", topics=topics, most=100)
    first = found.posts[0]
    assert (first.text, first.verdict, first.reason, first.day) == ("5G masts spread the coronavirus", "REFUTES", "decided", "2024-03-01")
    assert 0.5 < first.probability <= 1
    assert found.cited[first.cited].topic == "5g-emf"
    assert found.cited[first.cited].url.startswith("https://")
    assert [post.verdict for post in found.posts] == ["REFUTES", "REFUTES", "NOT ENOUGH INFO", "NOT ENOUGH INFO", "NOT ENOUGH INFO"]
    assert [post.day for post in found.posts] == ["2024-03-01", "", "2024-03-02", "2024-03-09", "2024-03-31"]
    assert found.counts["REFUTES", "decided"] == 2
    assert found.refuted == {"5g-emf": {"2024-03-01": 1, "": 1}}
    assert [len(post.probabilities) for post in found.posts] == [3 * (form in batch.IN_FULL)] * 5


def test_counts_are_of_all_rows_and_posts_of_the_first_ones(tmp_path):
    found = read(tmp_path / "v.jsonl", *[row(f"post {i}") for i in range(7)], row("last", "NOT ENOUGH INFO", "low_probability"), most=3)
    assert (found.rows, len(found.posts)) == (8, 3)
    assert found.counts == {("REFUTES", "decided"): 7, ("NOT ENOUGH INFO", "low_probability"): 1}
    assert found.decided == {(0, "REFUTES"): 7}


def test_the_topic_comes_from_the_evidence_else_from_the_base_where_the_words_are_the_same(tmp_path):
    known = Statement("hon-1", "remedies", STATEMENT["factcheck_statement"], "", "")
    other = Statement("hon-1", "remedies", "Honey is sweet.", "", "")
    evidence = [{"id": "hon-1", "topic": "bees", "statement": STATEMENT["factcheck_statement"]}]
    path = tmp_path / "v.jsonl"
    assert read(path, row(factcheck_evidence=evidence), topics={"hon-1": known}).cited[0].topic == "bees"
    assert read(path, row(), topics={"hon-1": known}).cited[0].topic == "remedies"
    assert read(path, row(), topics={"hon-1": other}).cited[0].topic == ""


def test_of_an_undecided_post_the_nearest_statement_is_kept_and_decides_nothing(tmp_path):
    evidence = [{"id": "x", "topic": "bees", "statement": "Bees dance.", "publisher": "Bee Board", "url": "https://bees.example.org/"}]
    found = read(tmp_path / "v.jsonl", row("bees dance?", "NOT ENOUGH INFO", "low_probability", factcheck_evidence=evidence))
    assert (found.posts[0].cited, found.cited[found.posts[0].nearest].text) == (-1, "Bees dance.")
    assert not found.decided


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example/", "https://a b.example/", "//x.example/", "x"]
)
def test_an_address_that_is_none_of_the_web_is_left_out(tmp_path, url):
    assert read(tmp_path / "v.jsonl", row(factcheck_url=url)).cited[0].url == ""


def test_signs_that_cannot_be_seen_stand_as_the_replacement_character_and_writing_systems_stay(tmp_path):
    found = read(tmp_path / "v.jsonl", row("a\x00b\x1b[31mc\u202ed\ud800e\r\nf\rg"), row("سعال \u200f\u2067עסל\u2069 咳"))
    assert found.posts[0].text == "a\ufffdb\ufffd[31mc\ufffdd\ufffde\nf\ng"
    assert found.posts[1].text == "سعال \u200f\u2067עסל\u2069 咳"
    assert visible(7) == "7"


def test_a_post_is_kept_up_to_the_length_of_a_claim(tmp_path):
    assert len(read(tmp_path / "v.jsonl", row("a" * 100_000)).posts[0].text) == MAX_POST + 1


def test_a_row_that_cannot_be_read_is_an_error_among_the_others(tmp_path):
    path = tmp_path / "v.jsonl"
    path.write_text(json.dumps(row()) + "\n{broken\n" + json.dumps(row()) + "\n", encoding="utf-8")
    found = read_verdicts(path, text_column="text", date_column=None, topics={}, most=9)
    assert [post.reason for post in found.posts] == ["decided", "error", "decided"]
    assert found.posts[1].error.startswith("v.jsonl:2: row 2 ")


@pytest.mark.parametrize(
    ("cells", "seen"),
    [
        ({"verdict": "FALSE"}, "'FALSE'"),
        ({"verdict": ""}, "the verdict ''"),
        ({"reason": "because"}, "'because'"),
        ({"verdict": "REFUTES", "reason": "error"}, "'error'"),
        ({"probability": 1.5}, "'1.5'"),
        ({"probability": "much"}, "'much'"),
        ({"factcheck_probabilities": {"SUPPORTS": -1}}, "'-1'"),
    ],
)
def test_what_no_batch_writes_is_refused_with_its_row(tmp_path, cells, seen):
    with pytest.raises(InputError, match=r"v\.jsonl:2: row 2 holds .*give the file as the batch wrote it") as caught:
        read(tmp_path / "v.jsonl", row(), row(**cells))
    assert seen in str(caught.value)


def test_a_table_without_verdicts_is_refused_with_the_command_that_makes_them(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text(POSTS, encoding="utf-8")
    with pytest.raises(InputError, match=r"posts\.csv: is no table of verdicts, .*'factcheck_verdict'; .*factcheck batch posts\.csv -o"):
        read_verdicts(path, text_column="text", date_column=None, topics={}, most=9)
    with pytest.raises(InputError, match="is no table of verdicts"):
        read(tmp_path / "posts.jsonl", {"text": "honey heals"})


@pytest.mark.parametrize(("column", "option"), [("body", "--text-column"), ("text", "--date-column")])
def test_a_column_that_is_not_there_is_named_with_its_option(tmp_path, column, option):
    path = tmp_path / "v.jsonl"
    path.write_text(json.dumps(row()) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=option):
        read_verdicts(path, text_column=column, date_column="texd" if column == "text" else None, topics={}, most=9)
