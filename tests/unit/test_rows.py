"""Tables kept by hand: which rows say the same, and writing whole or not at all."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck.rows import day_of, host_of, near_duplicates, read_table, share, write_table

BAGS = st.lists(st.frozensets(st.sampled_from("abcdefgh"), max_size=8), max_size=12)
CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


@given(BAGS, st.sampled_from([0.5, 0.8, 1.0]))
def test_near_duplicates_are_those_that_the_comparison_of_all_with_all_finds(bags, at_least):
    plain = {(i, j) for j in range(len(bags)) for i in range(j) if bags[i] and bags[j] and share(bags[i], bags[j]) >= at_least}
    assert {(i, j) for i, j, _ in near_duplicates(bags, at_least)} == plain


def test_exactly_four_fifths_are_a_near_duplicate_and_less_is_none():
    assert near_duplicates([frozenset("abcde"), frozenset("abcdx"), frozenset("abcxy")]) == [(0, 1, 0.8), (1, 2, 0.8)]
    assert near_duplicates([frozenset("abcd"), frozenset("abcx")]) == []


def test_what_is_written_is_read_back_from_both_formats(tmp_path_factory):
    @given(st.lists(st.tuples(CELL, CELL), min_size=1))
    def check(cells):
        rows = [{"id": f"r{number}", "text": text, "note": note} for number, (text, note) in enumerate(cells)]
        for name in ("table.csv", "table.jsonl"):
            path = tmp_path_factory.mktemp("rows") / name
            write_table(path, ("id", "text", "note"), rows)
            assert [row for _, row in read_table(path, name).rows] == rows

    check()


def test_a_csv_table_can_be_read_by_others(tmp_path):
    write_table(tmp_path / "t.csv", ("id", "text"), [{"id": "1", "text": 'says "yes", twice'}])
    with (tmp_path / "t.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [{"id": "1", "text": 'says "yes", twice'}]


def test_json_values_that_are_no_strings_become_text(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"id": 7, "text": None, "tags": ["a"]}) + "\n\n" + json.dumps({"id": "8"}) + "\n")
    assert read_table(path, "t").rows == [(1, {"id": "7", "text": "", "tags": '["a"]'}), (3, {"id": "8"})]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-01", "2024-05-01"), ("2024-05-01T23:59:59+02:00", "2024-05-01"), ("2024-5-1", "2024-05-01"), ("2024/05/01", "2024-05-01"),
        ("20240501", "2024-05-01"), ("20240501T101010Z", "2024-05-01"), ("May 1, 2024", "2024-05-01"), ("1st of", ""), ("1st May 2024", "2024-05-01"),
        ("Wed, 01 May 2024 10:00:00 GMT", "2024-05-01"), ("31/05/2024", "2024-05-31"), ("05/31/2024", "2024-05-31"), ("31.05.2024", "2024-05-31"),
        ("05/06/2024", ""), ("05/05/2024", "2024-05-05"), ("1714521600", "2024-05-01"), ("1714521600000", "2024-05-01"),
        ("2024050112", ""), ("2099123123", ""), ("2024990112", "2034-03-03"), ("2024-05-01 / 2024-06-01", "2024-05-01"), ("2024-02-30", ""), ("2024-05", ""), ("2024", ""),
        ("0000-00-00", ""), ("yesterday", ""), ("", ""), ("9999999999", "2286-11-20"), ("Sept. 3, 2023", "2023-09-03"),
    ],
)  # fmt: skip
def test_a_day_is_read_where_it_is_certain_and_not_guessed(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.A.example.org/1", "a.example.org"), ("http://a.example.org:8080", "a.example.org"), ("HTTPS://a.example.org", "a.example.org"),
        ("https://\u043f\u0440\u0438\u043c\u0435\u0440.example/", "\u043f\u0440\u0438\u043c\u0435\u0440.example"), ("javascript:alert(1)//a.example.org", ""),
        ("ftp://a.example.org", ""), ("a.example.org", ""), ("https://", ""), ("https://nodot", ""), ("https://a.example.org/<script>", ""),
        ("https://a.example.org:port", ""), ("https://[::1", ""), ("https://a.example.org/ x", ""), ("https://a.example.org/\u202e", ""), ("", ""),
        ("https://[2001:DB8::1]:8080/x", "2001:db8::1"), ("https://[::1]/", "::1"), ("https://[zz::1]/", ""), ("https://a.example.org/\ud800", ""),
        ("https://\u0939\u093f\u0928\u094d\u0926\u0940.\u092d\u093e\u0930\u0924/", "\u0939\u093f\u0928\u094d\u0926\u0940.\u092d\u093e\u0930\u0924"),
        ("https://localhost/", "localhost"), ("https://\u0301.example/", ""), ("https://xn--e1afmkfd.example/", "xn--e1afmkfd.example"),
    ],
)  # fmt: skip
def test_only_an_http_address_has_a_host(url, host):
    assert host_of(url) == host
