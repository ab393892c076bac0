"""The labelled claims: what the lint finds, and the splits that everybody shares."""

import pytest

from factcheck.claims import (
    COLUMNS,
    LabelledClaim,
    claim_stats,
    lint_claims,
    pattern,
    read_claims,
    split_by_statement,
    split_by_topic,
    split_claims,
)
from factcheck.errors import InputError
from factcheck.records import Statement

HEADER = ",".join(COLUMNS[:6])
BASE = [
    Statement("bee-1", "bees", "Honey bees collect nectar and make honey.", "Bee Board", "https://bees.example.org/"),
    Statement("ant-1", "ants", "Ants live in colonies with at least one queen.", "Ant Board", "https://ants.example.org/"),
]
GOOD = "c1,Bees never make any honey,REFUTES,bee-1,bees,myth"


@pytest.fixture
def write(tmp_path):
    def write(*rows, header=HEADER):
        path = tmp_path / "claims.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write


def test_good_claims_have_no_problem(write):
    path = write(GOOD, "c2,Where can I buy honey?,NOT ENOUGH INFO,,everyday,question")
    assert lint_claims(path, BASE) == []
    assert read_claims(path)[1] == LabelledClaim("c2", "Where can I buy honey?", "NOT ENOUGH INFO", "", "everyday", "question")


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",Some claim,REFUTES,bee-1,bees,myth", "id", "empty"),
        ("c1,Some claim,REFUTES,bee-1,bees,myth", "id", "row 2"),
        ("c2,,REFUTES,bee-1,bees,myth", "claim", "empty"),
        ("c2,Some claim,FALSE,bee-1,bees,myth", "label", "SUPPORTS, REFUTES"),
        ("c2,Some claim,REFUTES,bee-1,bees,rumour", "kind", "myth"),
        ("c2,Some claim,SUPPORTS,bee-1,bees,myth", "kind", "cannot be SUPPORTS"),
        ("c2,Some claim,REFUTES,bee-1,bees,question", "kind", "cannot be REFUTES"),
        ("c2,Some claim,REFUTES,,bees,myth", "statement_id", "without a statement"),
        ("c2,Some claim,REFUTES,bee-9,bees,myth", "statement_id", "no such statement"),
        ("c2,Some claim,REFUTES,bee-1,ants,myth", "topic", "'bees'"),
        ("c2,Wild bees never make any honey,REFUTES,bee-1,bees,myth", "claim", "83%"),
        ("c2,BEES never make any honey,REFUTES,bee-1,bees,myth", "claim", "same text"),
        ('c2,"Some\nclaim",REFUTES,bee-1,bees,myth', "claim", "line break"),
    ],
)
def test_the_lint_names_row_and_column(write, row, column, words):
    problems = lint_claims(write(GOOD, row), BASE)
    assert (3, column) in [(problem.row, problem.column) for problem in problems]
    assert words in " ".join(map(str, problems))


@pytest.mark.parametrize(
    ("kind", "label", "alike"), [("contrast", "SUPPORTS", False), ("contrast", "REFUTES", True), ("tweet", "SUPPORTS", True)]
)
def test_only_claims_written_for_contrast_may_share_their_words_and_only_with_another_label(write, kind, label, alike):
    first, second = "All the bees in the world were counted by hand", "Not all the bees in the world were counted by hand"
    rows = [f"c1,{first},REFUTES,bee-1,bees,contrast", f"c2,{second},{label},bee-1,bees,{kind}"]
    assert [problem.row for problem in lint_claims(write(*rows), BASE) if "shares" in problem.advice] == [3] * alike


def test_a_pattern_may_stand_five_times_and_no_more(write):
    rows = [
        f"c{n},In {2000 + n} the {name} bees lost {n * 7} per cent of their hives,REFUTES,{'bee' if n % 2 else 'ant'}-1,{'bees' if n % 2 else 'ants'},number-swap"
        for n, name in enumerate(["Danish", "Dutch", "Irish", "Swiss", "Thai", "Czech"])
    ]
    assert not [problem for problem in lint_claims(write(*rows[:5]), BASE) if "pattern" in problem.advice]
    assert [problem.row for problem in lint_claims(write(*rows), BASE) if "pattern" in problem.advice] == [7]


def test_shouting_is_not_taken_for_names():
    assert pattern("BEES MAKE HONEY") == "bees make honey"
    assert pattern("Bees of New South Wales make 5 kg.") == "bees of N make # kg"


def test_an_unusable_row_stops_the_reader_and_is_named(write):
    with pytest.raises(InputError, match=r"claims\.csv, row 3, column label"):
        read_claims(write(GOOD, "c2,Some claim,,bee-1,bees,myth"))


def test_the_lint_finds_claims_in_the_wrong_split(write):
    (place,) = split_claims([LabelledClaim("c1", "x", "REFUTES", "bee-1")], BASE)
    other = "test" if place[0] != "test" else "train"
    header = ",".join(COLUMNS)
    assert lint_claims(write(f"{GOOD},{place[0]},{place[1]}", header=header), BASE) == []
    (problem,) = lint_claims(write(f"{GOOD},{other},{place[1]}", header=header), BASE)
    assert (problem.row, problem.column, problem.seen) == (2, "split", other)


def test_stats_count_by_kind_topic_and_label():
    claims = [
        LabelledClaim("1", "a", "REFUTES", "bee-1", "bees", "myth", "train", "test"),
        LabelledClaim("2", "b", "NOT ENOUGH INFO", "", "everyday", "question", "test", "test"),
    ]
    counts = claim_stats(claims)
    assert (counts["claims"], counts["statements"]) == (2, 1)
    assert counts["labels"] == {"SUPPORTS": 0, "REFUTES": 1, "NOT ENOUGH INFO": 1}
    assert counts["kinds"]["myth"] == {"SUPPORTS": 0, "REFUTES": 1, "NOT ENOUGH INFO": 0}
    assert list(counts["topics"]) == ["bees", "everyday"]


# Sixty facts with no word of four letters in common, so that none are twins.
MANY = [Statement(f"s-{n:02d}", f"topic-{n % 3}", f"word{n}a word{n}b word{n}c", "P", "https://p.example.org/") for n in range(60)]


def test_every_topic_is_dealt_out_in_three_two_two_fifths_whatever_the_order():
    side = split_by_statement(MANY)
    for topic in range(3):
        places = [side[row.id] for row in MANY if row.topic == f"topic-{topic}"]
        assert {name: places.count(name) for name in ("train", "calibration", "test")} == {"train": 12, "calibration": 4, "test": 4}
    assert split_by_statement(MANY[::-1]) == side


def test_statements_that_say_the_same_are_never_parted():
    twins = [Statement(f"t-{n:02d}", "topic-0", row.text + " said again", "Q", "https://q.example.org/") for n, row in enumerate(MANY)]
    side = split_by_statement([*MANY, *twins])
    assert all(side[row.id] == side[twin.id] for row, twin in zip(MANY, twins, strict=True))
    assert len(set(side.values())) == 3


def test_claims_without_a_statement_are_split_by_their_own_id():
    claims = [LabelledClaim(f"none-{n}", "x", "NOT ENOUGH INFO") for n in range(500)]
    places = split_claims(claims, BASE)
    assert all(split == topic_split for split, topic_split in places)
    shares = {name: [split for split, _ in places].count(name) / 500 for name in ("train", "calibration", "test")}
    assert shares == pytest.approx({"train": 0.6, "calibration": 0.2, "test": 0.2}, abs=0.05)


def test_whole_topics_are_held_out():
    assert (split_by_topic("space-earth"), split_by_topic("food"), split_by_topic("climate")) == ("test", "calibration", "train")
