"""The statement base: what is read, what is refused and in which words, what is written."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck.errors import EXIT_USAGE, StatementError
from factcheck.records import Statement
from factcheck.statements import COLUMNS, add, diff, fingerprint, import_rows, lint, read_known_claims, read_statements, similar, stats

HEADER = ",".join(COLUMNS)
BEES = "bee-1,bees,Honey bees collect nectar from flowers and make honey of it.,Bee Board,https://bees.example.org/honey,2020-01-02,"
WASPS = "wasp-1,bees,Wasps do not make any honey and feed their larvae with insects.,Bee Board,https://bees.example.org/,,2031-12-31"


def statement(**changes):
    fields = {
        "id": "x-1",
        "topic": "bees",
        "text": "Bumblebees live in small colonies under the ground.",
        "publisher": "Bee Board",
        "url": "https://bees.example.org/",
    }
    return Statement(**{**fields, **changes})


@pytest.fixture
def write(tmp_path):
    def write(*rows, name="base.csv", header=HEADER, end="\n"):
        path = tmp_path / name
        path.write_bytes((end.join([header, *rows] if header else rows) + end).encode())
        return path

    return write


def test_rows_are_read_in_order_with_their_dates(write):
    first, second = read_statements(write(BEES, WASPS))
    assert (first.id, first.published, first.valid_until) == ("bee-1", datetime.date(2020, 1, 2), None)
    assert (second.text, second.valid_until) == (
        "Wasps do not make any honey and feed their larvae with insects.",
        datetime.date(2031, 12, 31),
    )


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(write):
    assert read_statements(write(BEES, header="\ufeff" + HEADER, end="\r\n")) == read_statements(write(BEES, name="other.csv"))


def test_json_lines_give_the_same_statements_as_csv(write, tmp_path):
    statements = read_statements(write(BEES, WASPS))
    path = tmp_path / "base.jsonl"
    path.write_text("".join(json.dumps(row.to_dict()) + "\n" for row in statements))
    assert read_statements(path) == statements


def test_no_path_reads_the_base_that_ships():
    assert len(read_statements()) >= 600


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",bees,Bees make honey of nectar.,Bee Board,https://a.org/,,", "id", "empty"),
        ("a b,bees,Bees make honey of nectar.,Bee Board,https://a.org/,,", "id", "letters, digits"),
        ("b,bees,,Bee Board,https://a.org/,,", "statement", "empty"),
        ("b,bees,Bees make honey of nectar.,,https://a.org/,,", "publisher", "empty"),
        ("b,bees,Bees make honey of nectar.,Bee Board,,,", "url", "empty"),
        ("b,bees,Bees make honey of nectar.,Bee Board,javascript:alert(1),,", "url", "http"),
        ("b,bees,Bees make honey of nectar.,Bee Board,ftp://a.org/x,,", "url", "http"),
        ("b,bees,Bees make honey of nectar.,Bee Board,https://,,", "url", "host"),
        ("b,bees,Bees make honey of nectar.,Bee Board,https://a.org/<b>,,", "url", "http"),
        ("b,bees,Bees make honey of nectar.,Bee Board,https://a.org:port/,,", "url", "http"),
        ("b,bees,Bees make honey of nectar.,Bee Board,https://a.org/,2020-02-30,", "published", "YYYY-MM-DD"),
        ("b,bees,Bees make honey of nectar.,Bee Board,https://a.org/,20200203,", "published", "YYYY-MM-DD"),
        ("b,bees,Bees make honey of nectar.,Bee Board,https://a.org/,,3.2.2020", "valid_until", "YYYY-MM-DD"),
        ("b,bees,Bees make honey of nectar.,Bee Board,https://a.org/,2020-02-03,2020-02-02", "valid_until", "before"),
        ('b,bees,"Bees make\nhoney of nectar.",Bee Board,https://a.org/,,', "statement", "line break"),
        ("b,bees,Bees make \u202ehoney of nectar.,Bee Board,https://a.org/,,", "statement", "control"),
        ("bee-1,bees,Wasps hunt.,Bee Board,https://a.org/,,", "id", "row 2"),
        ("b,bees,Bees make honey, of nectar.,Bee Board,https://a.org/,,", "", "8 cells"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_by_file_row_and_column(write, row, column, words):
    path = write(BEES, row)
    with pytest.raises(StatementError) as raised:
        read_statements(path)
    place = f"{path}, row 3" + (f", column {column}" if column else "")
    assert place in str(raised.value)
    assert words in str(raised.value)
    assert raised.value.exit_code == EXIT_USAGE


@pytest.mark.parametrize("url", ["https://\u043f\u0440\u0438\u043c\u0435\u0440.example/1", "https://[2001:db8::1]/1"])
def test_an_address_may_be_in_any_script_or_a_number(write, url):
    assert read_statements(write(f"b,bees,Bees make honey of nectar.,Bee Board,{url},,"))[0].url == url


@pytest.mark.parametrize(("date", "day"), [("1st May 2024", "2024-05-01"), ("May 1, 2024", "2024-05-01"), ("soon", "None")])
def test_the_day_of_a_known_claim_is_read_in_the_forms_that_reviews_have(tmp_path, date, day):
    (tmp_path / "known.jsonl").write_text(json.dumps({"id": "1", "text": "Bees sting", "date": date}))
    assert str(read_known_claims(tmp_path / "known.jsonl")[0].published) == day


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "column"),
        (b"id,text\n1,Bees\n", "'statement'|statement"),
        (b"id,id\n1,2\n", "two columns"),
        (b'id,statement,publisher,url\n"1,Bees', "not a CSV table"),
        (b"id,statement,publisher,url\n1,caf\xe9,B,https://a.org/\n", "line 2.*0xe9.*UTF-8"),
    ],
)
def test_what_is_no_base_is_refused_as_a_whole(tmp_path, content, words):
    path = tmp_path / "base.csv"
    path.write_bytes(content)
    with pytest.raises(StatementError, match=words):
        read_statements(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StatementError, match=r"gone\.csv.*no such file"):
        read_statements(tmp_path / "gone.csv")


@pytest.mark.parametrize(("line", "words"), [("{", "not JSON"), ("[1]", "one JSON object"), ("[" * 100_000, "not JSON")])
def test_a_bad_line_of_json_is_named_and_the_others_are_not_blamed(write, line, words):
    good = json.dumps(statement().to_dict())
    path = write(good, line, name="base.jsonl", header="")
    with pytest.raises(StatementError, match=words) as raised:
        read_statements(path)
    assert "row 2" in str(raised.value)
    assert "row 1" not in str(raised.value)


def test_lint_of_a_good_base_finds_nothing(write):
    assert lint(write(BEES, WASPS)) == []


def test_lint_lists_every_problem_not_only_the_first(write):
    problems = lint(write("1 1,bees,,Bee Board,nowhere,x,", WASPS, BEES, BEES))
    assert [(problem.row, problem.column) for problem in problems] == [(2, "statement"), (2, "id"), (2, "url"), (2, "published"), (5, "id")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bees " * 90, "400 characters"),
        ("Bees sting.", "20 characters"),
        ("Honey bees make honey of nectar that they collect from flowers.", "nearly the same"),
    ],
)
def test_lint_finds_what_can_be_used_but_is_poor(write, text, words):
    path = write(BEES, f"b,bees,{text.strip()},Bee Board,https://a.org/,,")
    (problem,) = lint(path)
    assert (problem.row, problem.column, problem.usable) == (3, "statement", True)
    assert words in str(problem)
    assert len(read_statements(path)) == 2


def test_lint_tells_a_contradiction_from_a_repetition(write):
    (problem,) = lint(
        write(BEES, "b,bees,Honey bees never collect nectar from flowers and make no honey of it.,Bee Board,https://a.org/,,")
    )
    assert "may contradict bee-1" in str(problem)


def test_lint_says_that_an_empty_base_is_empty(write):
    assert [problem.advice for problem in lint(write())] == ["the base has no statements"]


def test_stats_count_topics_and_publishers(write):
    counts = stats(read_statements(write(BEES, WASPS)))
    assert counts == {
        "statements": 2,
        "topics": {"bees": 2},
        "publishers": {"Bee Board": 2},
        "addresses": 2,
        "published": 1,
        "valid_until": 1,
    }


def test_the_fingerprint_is_of_what_is_said_not_of_how_it_is_filed(write, tmp_path):
    rows = read_statements(write(BEES, WASPS))
    assert fingerprint(rows) == fingerprint(rows[::-1]) == fingerprint(read_statements(write(WASPS, BEES, name="crlf.csv", end="\r\n")))
    assert len(fingerprint(rows)) == 64


@pytest.mark.parametrize(
    "change", [{"text": "Bees."}, {"url": "https://a.org/"}, {"published": datetime.date(2020, 1, 1)}, {"topic": "ants"}]
)
def test_the_fingerprint_changes_with_every_field(change):
    assert fingerprint([statement()]) != fingerprint([statement(**change)])


def test_diff_sorts_changes_by_what_they_are():
    old = [statement(id=name) for name in "abcde"]
    new = [
        statement(id="b"),
        statement(id="c", text="Bumblebees live alone."),
        statement(id="d", published=datetime.date(2024, 1, 1)),
        statement(id="e", publisher="Hive Council"),
        statement(id="f"),
    ]
    found = diff(old, new)
    assert [row.id for row in found.added] == ["f"]
    assert [row.id for row in found.removed] == ["a"]
    assert [(a.id, b.text) for a, b in found.reworded] == [("c", "Bumblebees live alone.")]
    assert [b.published for _, b in found.redated] == [datetime.date(2024, 1, 1)]
    assert [b.publisher for _, b in found.resourced] == ["Hive Council"]
    assert found
    assert not diff(old, old[::-1])


def test_add_appends_and_keeps_columns_that_it_does_not_know(write):
    path = write(BEES + ",true", header=HEADER + ",rating")
    assert add(path, statement()) == []
    assert path.read_text().splitlines() == [
        HEADER + ",rating",
        BEES + ",true",
        "x-1,bees,Bumblebees live in small colonies under the ground.,Bee Board,https://bees.example.org/,,,",
    ]


def test_add_begins_a_base_that_is_not_there(tmp_path):
    add(tmp_path / "new.jsonl", statement())
    assert read_statements(tmp_path / "new.jsonl") == (statement(),)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "bee-1"}, "the id is taken"),
        ({"text": ""}, "empty"),
        ({"text": "Too short."}, "20 characters"),
        ({"url": "file:///etc/passwd"}, "http"),
        ({"text": "From flowers, honey bees collect nectar and make honey."}, "nearly the same as bee-1"),
        ({"text": "Honey bees do not collect nectar from flowers to make honey."}, "may contradict bee-1"),
    ],
)
def test_add_refuses_and_leaves_the_file_as_it_was(write, changes, words):
    path = write(BEES)
    before = path.read_bytes()
    with pytest.raises(StatementError, match=words):
        add(path, statement(**changes))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["base.csv"]


def test_add_by_force_says_what_is_similar(write):
    path = write(BEES)
    (found,) = add(path, statement(text="Honey bees do not collect nectar from flowers to make honey."), force=True)
    assert (found.old.id, found.contradicts) == ("bee-1", True)
    assert len(read_statements(path)) == 2


def test_a_failure_while_writing_leaves_the_old_base(write, monkeypatch):
    path = write(BEES)
    before = path.read_bytes()

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("factcheck.rows.os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        add(path, statement())
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["base.csv"]


def test_similar_names_the_closest_first(write):
    rows = read_statements(write(BEES, WASPS))
    assert [item.old.id for item in similar(statement(text="Honey bees collect nectar from many flowers and make honey of it."), rows)] == [
        "bee-1"
    ]
    assert similar(rows[0], rows) == []


FOREIGN = "Nr,Satz,Link\n7,Hornets are large wasps that hunt bees.,https://a.org/1\n8,Beeswax melts at about 63 degrees Celsius.,https://a.org/2\n"
MAPPING = {"id": "Nr", "statement": "Satz", "url": "Link", "publisher": "=Bee Board", "topic": "=bees"}


def test_import_maps_fields_and_constants(write, tmp_path):
    source, path = tmp_path / "foreign.csv", write(BEES)
    source.write_text(FOREIGN)
    added = import_rows(source, MAPPING, path)
    assert [(row.id, row.publisher, row.text) for row in added] == [
        ("7", "Bee Board", "Hornets are large wasps that hunt bees."),
        ("8", "Bee Board", "Beeswax melts at about 63 degrees Celsius."),
    ]
    assert read_statements(path)[1:] == added


@pytest.mark.parametrize(
    ("source_text", "mapping", "words"),
    [
        (FOREIGN + "9,Short,https://a.org/3\n", MAPPING, "row 4, column statement"),
        (FOREIGN + "7,Queens lay up to two thousand eggs a day.,https://a.org/3\n", MAPPING, "row 4, column id.*row 2"),
        (FOREIGN + "9,Queens lay up to two thousand eggs a day.\n", MAPPING, "row 4.*2 cells"),
        (FOREIGN + "9,Hornets are big wasps that hunt large bees.,https://a.org/3\n", MAPPING, "nearly the same as 7"),
        (FOREIGN, {**MAPPING, "url": "Adresse"}, "no field 'Adresse'; it has Nr, Satz, Link"),
        (FOREIGN, {**MAPPING, "author": "Nr"}, "no column 'author'"),
    ],
)
def test_one_bad_row_stops_the_whole_import(write, tmp_path, source_text, mapping, words):
    source, path = tmp_path / "foreign.csv", write(BEES)
    source.write_text(source_text)
    before = path.read_bytes()
    with pytest.raises(StatementError, match=words):
        import_rows(source, mapping, path)
    assert path.read_bytes() == before


@given(st.permutations([statement(id=name, text=f"Bees of kind {name} live in hives.") for name in "abcd"]))
def test_the_fingerprint_ignores_the_order_of_rows(rows):
    assert fingerprint(rows) == fingerprint(sorted(rows, key=lambda row: row.id))
