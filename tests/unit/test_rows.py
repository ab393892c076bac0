"""Tables kept by hand: which rows say the same, and writing whole or not at all."""

import csv
import json

from hypothesis import given
from hypothesis import strategies as st

from factcheck.rows import near_duplicates, read_table, share, write_table

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
