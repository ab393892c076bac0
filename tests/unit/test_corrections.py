"""Decisions of people are read whole or refused by line, what was taken back stands no more, and two people are compared over what both judged."""

import dataclasses
import json

import pytest

from factcheck.corrections import MAX_NOTE, Decision, agreement, merge, read, settle, text_sha256
from factcheck.errors import InputError


def decision(text="honey heals", label="REFUTES", reviewer="ann", minute=0, **more):
    own = {
        "at": f"2024-03-01T08:{minute:02}:00+00:00",
        "reviewer": reviewer,
        "text": text,
        "text_sha256": text_sha256(text),
        "verdict": "SUPPORTS",
        "probability": 0.7,
        "statement_id": "hon-1",
        "label": label,
        "note": "",
        "fingerprint": "version=1",
    }
    return Decision(**{**own, **more})


def written(path, *decisions, tail=b""):
    path.write_bytes(b"".join(own.to_line() for own in decisions) + tail)
    return path


def labels(decisions):
    return [(own.reviewer, own.text, own.label) for own in decisions]


# ---------------------------------------------------------------------------------------------------------------------
# Reading
# ---------------------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_again_whatever_the_text_holds(tmp_path):
    texts = ["honey heals", "line\nbreak \u2028 and \x00", "lone \ud800 surrogate", "h\u00f6nig \U0001f36f", ""]
    made = [decision(text, minute=place, note="why\nnot") for place, text in enumerate(texts)] + [decision("", None, minute=9)]
    assert read(written(tmp_path / "d.jsonl", *made)) == made
    assert (tmp_path / "d.jsonl").read_bytes().count(b"\n") == len(made)


def test_a_line_has_the_keys_of_the_contract_in_their_order():
    keys = "at reviewer text text_sha256 verdict probability statement_id label note fingerprint".split()
    assert list(json.loads(decision().to_line())) == keys


@pytest.mark.parametrize("kept", [1, 20, -20, -2])
def test_a_last_line_that_was_cut_off_is_left_out_with_a_word(tmp_path, kept):
    told = []
    path = written(tmp_path / "d.jsonl", decision("a"), decision("b"), tail=decision("c").to_line()[:kept])
    assert labels(read(path, tell=told.append)) == labels([decision("a"), decision("b")])
    assert len(told) == 1
    assert "the last line was cut off" in told[0]


def test_a_last_line_that_lacks_only_its_end_is_read(tmp_path):
    told = []
    assert len(read(written(tmp_path / "d.jsonl", decision("a"), tail=decision("b").to_line()[:-1]), tell=told.append)) == 2
    assert told == []


def test_no_decisions_are_no_mistake_and_no_file_is(tmp_path):
    assert read(written(tmp_path / "d.jsonl")) == []
    with pytest.raises(InputError, match="there is no such file"):
        read(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "MAYBE"}, 'label is "MAYBE"; it must be one of "SUPPORTS", "REFUTES", "NOT ENOUGH INFO", "CONFLICTING", null'),
        ({"verdict": None}, "verdict is null, which is no text"),
        ({"probability": 1.5}, "probability is 1.5"),
        ({"probability": float("nan")}, "probability is NaN"),
        ({"probability": True}, "probability is true"),
        ({"reviewer": " "}, "reviewer is empty"),
        ({"text": "another"}, "text_sha256 is '257c866536c2'..., which is not that of the text"),
        ({"at": "2024-03-01T08:00:00"}, "no ISO time with an offset"),
        ({"at": "yesterday"}, "no ISO time with an offset"),
        ({"note": "n" * (MAX_NOTE + 1)}, "note has 2,001 characters"),
        ({"note": 7}, "note is 7, which is no text"),
    ],
)
def test_a_line_that_is_no_decision_is_refused_with_its_number(tmp_path, change, message):
    line = json.dumps({**dataclasses.asdict(decision()), **change}).encode() + b"\n"
    with pytest.raises(InputError) as caught:
        read(written(tmp_path / "d.jsonl", decision(), tail=line + decision().to_line()))
    assert str(caught.value).startswith(f"{tmp_path / 'd.jsonl'}, line 2: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [(b"{\n", "is no JSON"), (b"[]\n", "is no JSON object"), (b"{}\n", "lacks 'at'"), (b"[" * 99_999 + b"\n", "is no JSON")],
)
def test_what_is_no_object_with_all_keys_is_refused(tmp_path, line, message):
    with pytest.raises(InputError, match=message):
        read(written(tmp_path / "d.jsonl", tail=line))


# ---------------------------------------------------------------------------------------------------------------------
# Folding
# ---------------------------------------------------------------------------------------------------------------------


def test_the_last_decision_of_a_reviewer_on_a_text_stands():
    made = [decision("a"), decision("b"), decision("a", "SUPPORTS"), decision("a", "CONFLICTING", "bob")]
    assert labels(settle(made)) == [("ann", "b", "REFUTES"), ("ann", "a", "SUPPORTS"), ("bob", "a", "CONFLICTING")]


def test_an_undo_takes_back_one_decision_and_the_one_before_stands_again():
    made = [decision("a"), decision("a", "SUPPORTS"), decision("b"), decision("a", None)]
    assert labels(settle(made)) == [("ann", "a", "REFUTES"), ("ann", "b", "REFUTES")]
    assert labels(settle([*made, decision("a", None)])) == [("ann", "b", "REFUTES")]
    assert labels(settle([*made, decision("a", None), decision("a", None), decision("a", "CONFLICTING")]))[-1] == (
        "ann",
        "a",
        "CONFLICTING",
    )


def test_an_undo_of_one_reviewer_leaves_what_another_decided():
    assert labels(settle([decision("a"), decision("a", None, "bob")])) == [("ann", "a", "REFUTES")]


# ---------------------------------------------------------------------------------------------------------------------
# Two people
# ---------------------------------------------------------------------------------------------------------------------


def test_kappa_is_that_of_the_formula_over_the_texts_that_both_judged():
    # 10 texts; both REFUTES 4, both SUPPORTS 3, apart 3: observed 0.7, by chance 0.6 * 0.5 + 0.4 * 0.5 = 0.5
    one = ["REFUTES"] * 6 + ["SUPPORTS"] * 4
    other = ["REFUTES"] * 4 + ["SUPPORTS"] * 5 + ["REFUTES"]
    a = [decision(f"text {place}", label) for place, label in enumerate(one)]
    b = [decision(f"text {place}", label, "bob") for place, label in enumerate(other)]
    found = agreement([*a, decision("only ann")], [decision("only bob", "SUPPORTS", "bob"), *b])
    assert (found.texts, found.same) == (10, 7)
    assert found.kappa == pytest.approx((0.7 - 0.5) / (1 - 0.5))
    assert [(x.text, x.label, y.label) for x, y in found.disagreements] == [
        ("text 4", "REFUTES", "SUPPORTS"),
        ("text 5", "REFUTES", "SUPPORTS"),
        ("text 9", "SUPPORTS", "REFUTES"),
    ]


def test_what_was_taken_back_is_not_compared():
    found = agreement(
        [decision("a"), decision("b", "SUPPORTS"), decision("a", None)], [decision("a", "SUPPORTS", "bob"), decision("b", "REFUTES", "bob")]
    )
    assert [x.text for x, _ in found.disagreements] == ["b"]


def test_kappa_is_none_where_it_is_not_defined():
    assert agreement([], [decision()]) == agreement([decision()], []) == type(agreement([], []))(0, 0, None, ())
    alike = agreement([decision("a"), decision("b")], [decision("a", reviewer="bob"), decision("b", reviewer="bob")])
    assert (alike.texts, alike.same, alike.kappa) == (2, 2, None)


def test_files_are_merged_by_time_and_the_same_stands_as_before():
    a = [decision("x", minute=0), decision("x", "SUPPORTS", minute=3), decision("x", None, minute=4)]
    b = [decision("x", "CONFLICTING", "bob", minute=1), decision("y", reviewer="bob", minute=5)]
    merged = merge(a, b)
    assert [own.at[14:16] for own in merged] == ["00", "01", "03", "04", "05"]
    assert sorted(labels(settle(merged))) == sorted(labels(settle(a)) + labels(settle(b)))
    assert merge(merged, a) == merged
    assert merge() == []


def test_times_of_other_zones_are_compared_as_moments_and_a_file_keeps_its_order_where_a_clock_went_back():
    east = decision("x", at="2024-03-01T10:00:00+03:00")
    assert merge([decision("y", minute=0)], [east]) == [east, decision("y", minute=0)]
    back = [decision("x", minute=9), decision("x", None, minute=8)]
    assert [own for own in merge(back, [decision("y", minute=1)]) if own.text == "x"] == back
