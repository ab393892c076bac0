"""What a checker does with perturbed claims is counted by kind, against the label that must follow."""

import json
from types import SimpleNamespace

import pytest

from factcheck import robustness
from factcheck.errors import InputError
from factcheck.metrics import wilson_interval
from factcheck.records import STANCES
from factcheck.robustness import KINDS, LEAST_JUDGED, Must, below, kinds_table, markdown, measure, perturb, run

S, R, N = STANCES
C = "CONFLICTING"


class Answers:
    """A checker that looks its labels up; a function of the text says the others."""

    def __init__(self, otherwise=lambda _: N, **labels):
        self.labels, self.otherwise = labels, otherwise

    def check_many(self, claims):
        found = [self.labels.get(claim, None) or self.otherwise(claim) for claim in claims]
        return [
            SimpleNamespace(label="" if label == "ERROR" else label, reason="error" if label == "ERROR" else "decided") for label in found
        ]


def upper(answers, claims, labels):
    """Measure one kind of the same verdict, by the answer to each claim in capitals."""
    checker = Answers(**dict(zip(claims, [before for before, _ in answers], strict=True)))
    checker.labels |= {claim.upper(): after for claim, (_, after) in zip(claims, answers, strict=True)}
    return measure(checker, claims, labels, kinds=["upper-case"])["kinds"]["upper-case"]


# --- The kinds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_does_something_to_its_example(name):
    kind = KINDS[name]
    assert kind.name == name
    made = {perturb(name, kind.example, state) for state in range(20)}
    assert all(made)
    assert kind.example not in made
    assert len(made) > 1 or name in {"upper-case", "lower-case", "full-width", "contractions", "no-punctuation", "negated-verb"}


def test_only_claims_whose_other_label_is_known_are_turned():
    assert {kind.labels for kind in KINDS.values() if kind.must is not Must.OPPOSITE_OR_NONE} == {()}
    assert {name for name, kind in KINDS.items() if kind.labels == (S,)} == {"other-number", "other-unit", "other-date", "other-entity"}
    assert all(kind.labels in {(S,), (S, R)} for kind in KINDS.values() if kind.must is Must.OPPOSITE_OR_NONE)


@pytest.mark.parametrize(
    ("name", "expected", "passing", "misleading"),
    [
        # label -> label that follows; of the verdicts after S before, which pass, which mislead
        ("typos", {S: S, R: R, N: N, C: C}, {S}, {R}),
        ("denied-before", {S: R, R: S}, {R, N}, {S}),
        ("other-date", {S: R}, {R, N}, {S}),
        ("asked", {S: N, R: N, N: N, C: N}, {N}, {S, R, C}),
        ("reported", {S: N, R: N, N: N, C: N}, {N}, {S, R, C}),
        ("hedged", {S: S, R: R, N: N, C: C}, {S, N}, {R}),
    ],
)
def test_each_kind_says_what_must_follow(name, expected, passing, misleading):
    kind = KINDS[name]
    assert {label: kind.expected(label) for label in expected} == expected
    assert {after for after in (S, R, N, C, "") if kind.passes(S, after)} == passing
    assert {after for after in (S, R, N, C, "") if kind.misleads(S, after)} == misleading


def test_a_verdict_is_judged_where_it_is_decided_and_where_its_label_turns_if_it_is_right():
    judged = {(name, label, before) for name in ("typos", "asked", "denied-after") for label in (S, R) for before in (S, R, N, C, "") if KINDS[name].judges(label, before)}  # fmt: skip
    assert judged == {("denied-after", S, S), ("denied-after", R, R), *((name, label, before) for name in ("typos", "asked") for label in (S, R) for before in (S, R))}  # fmt: skip


def test_an_unknown_kind_is_an_error_that_names_the_others():
    with pytest.raises(InputError, match=r"no 'tpyos'.*typos, upper-case"):
        perturb("tpyos", "Masks work")
    with pytest.raises(InputError, match="no 'tpyos'"):
        measure(Answers(), ["Masks work"], [S], kinds=["typos", "tpyos"])


# --- Randomness ------------------------------------------------------------------------------------------------------


def test_perturbations_are_the_same_in_every_process(run_python, monkeypatch):
    wanted = {name: perturb(name, kind.example, 3) for name, kind in KINDS.items()}
    code = (
        "import json, sys; from factcheck.robustness import KINDS, perturb\n"
        "print(json.dumps({name: perturb(name, kind.example, 3) for name, kind in KINDS.items()}))"
    )
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        assert json.loads(run_python(code)) == wanted


def test_a_claim_is_perturbed_alike_whatever_stands_beside_it_and_otherwise_by_another_random_state():
    claims = ["Vaccines cause autism", "Masks cause pneumonia", "Mosquitoes spread malaria"]

    def seen(claims, kinds, random_state):
        texts = []
        checker = Answers(otherwise=lambda text: texts.append(text) or N)
        measure(checker, claims, [S] * len(claims), kinds=kinds, random_state=random_state)
        return set(texts)

    kinds = ["typos", "homoglyphs", "denied-before"]
    together = seen(claims, kinds, 0)
    assert together == set().union(*(seen([claim], [kind], 0) for claim in claims for kind in kinds)) == seen(claims[::-1], kinds[::-1], 0)
    assert together != seen(claims, kinds, 1)


def test_half_a_pair_of_surrogates_is_no_reason_to_stop():
    assert perturb("upper-case", "masks \ud800") == "MASKS \ud800"


# --- Counting --------------------------------------------------------------------------------------------------------


def test_counts_are_those_that_one_makes_by_hand():
    answers = [(S, S), (S, N), (R, S), (R, R), (R, C), (N, N), (N, R), (N, S), (N, ""), (C, S)]
    labels = [S, S, R, S, R, N, R, N, S, S]
    claims = [f"claim {letter}" for letter in "abcdefghij"]
    row = upper([(before or "ERROR", after or "ERROR") for before, after in answers], claims, labels)
    assert {name: row[name] for name in ("must", "n", "judged", "undecided")} == {"must": "same", "n": 10, "judged": 5, "undecided": 4}
    assert row["rate"] == 2 / 5
    assert row["interval"] == list(wilson_interval(2, 5))
    assert row["wrongly_decisive"] == 1 / 5
    assert row["newly_decisive"] == 2 / 4
    assert row["newly_wrong"] == 1 / 4
    assert [failure["claim"] for failure in row["failures"]] == ["claim c", "claim b", "claim e"]  # the misleading one first
    assert row["failures"][0] == {"claim": "claim c", "perturbed": "CLAIM C", "label": R, "before": R, "after": S}


def test_a_denial_is_judged_on_right_verdicts_of_claims_that_have_an_opposite():
    claims = ["Masks cause pneumonia", "Vaccines cause autism", "5G causes COVID-19", "Wine cures gout"]
    checker = Answers(lambda text: R if "autism" in text else S, **dict(zip(claims, [R, R, S, R], strict=True)))
    row = measure(checker, claims, [R, R, R, N], kinds=["denied-before"])["kinds"]["denied-before"]
    assert (row["n"], row["judged"], row["rate"], row["wrongly_decisive"]) == (3, 2, 1 / 2, 1 / 2)


def test_an_undecided_claim_that_becomes_decisive_is_wrong_where_its_turned_label_says_so():
    claims = ["Masks cause pneumonia", "Vaccines cause autism", "Mosquitoes spread malaria"]
    row = measure(Answers(lambda text: N if text in claims else S), claims, [R, R, S], kinds=["denied-before"])["kinds"]["denied-before"]
    assert (row["undecided"], row["newly_decisive"], row["newly_wrong"]) == (3, 1.0, 1 / 3)


def test_shares_of_nothing_are_none_and_the_report_is_json():
    report = measure(Answers(), ["Masks work", "COVID-19 is mild"], [S, R])
    assert list(report["kinds"]) == list(KINDS)
    assert report["kinds"]["typos"]["rate"] is report["kinds"]["typos"]["interval"] is None
    assert report["kinds"]["other-unit"]["newly_decisive"] is None
    assert json.loads(json.dumps(report)) == report
    assert {name: report[name] for name in report if name != "kinds"} == {"n": 2, "decided": 0, "errors": 0, "random_state": 0}


def test_texts_that_cannot_be_checked_are_counted_and_fail():
    row = upper([(S, "ERROR"), ("ERROR", S)], ["claim a", "claim b"], [S, S])
    assert (row["judged"], row["rate"], row["wrongly_decisive"], row["undecided"]) == (1, 0.0, 0.0, 0)
    report = measure(Answers(lambda _: "ERROR"), ["claim a", "claim b"], [S, S], kinds=["upper-case"])
    assert report["errors"] == 4


def test_a_kind_that_is_named_twice_is_tried_once():
    assert list(measure(Answers(), ["Masks work"], [S], kinds=["emoji", "typos", "emoji"])["kinds"]) == ["emoji", "typos"]


@pytest.mark.parametrize(("claims", "labels"), [([], []), (["a"], [S, S])])
def test_claims_without_their_labels_are_refused(claims, labels):
    with pytest.raises(InputError, match="y_true"):
        measure(Answers(), claims, labels)


# --- Files -----------------------------------------------------------------------------------------------------------


def test_a_file_is_read_as_evaluation_reads_it(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("post,verdict,part\nmasks work,supports,a\nmasks fail,false,b\nmasks help,true,b\n", encoding="utf-8")
    asked = []
    checker = Answers(lambda text: asked.append(text) or N)
    report = run(checker, path, text_column="post", label_column="verdict", where={"part": "b"}, limit=1, kinds=["upper-case"])
    assert report["n"] == 1
    assert asked == ["masks fail", "MASKS FAIL"]


def test_a_label_that_is_not_known_names_its_row(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("claim,label\nmasks work,SUPPORTS\nmasks fail,perhaps\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"claims.csv:3: row 2: the label 'perhaps'"):
        run(Answers(), path)


# --- Bars and tables -------------------------------------------------------------------------------------------------


def report_of(**kinds):
    rows = {name.replace("_", "-"): {"rate": rate, "judged": judged} for name, (rate, judged) in kinds.items()}
    return {"n": 99, "decided": 50, "kinds": rows}


def test_kinds_with_enough_judged_claims_are_held_against_the_bar():
    report = report_of(typos=(0.8, LEAST_JUDGED), upper_case=(0.9, 40), emoji=(0.1, LEAST_JUDGED - 1), asked=(None, 0))
    assert below(report, 0.9) == ["typos"]
    assert below(report, 0.8) == []


def test_where_nothing_could_be_judged_nothing_has_passed():
    with pytest.raises(InputError, match="50 of 99 were decided"):
        below(report_of(typos=(1.0, LEAST_JUDGED - 1)), 0.5)


def test_the_report_is_a_markdown_table_of_the_same_numbers():
    report = measure(
        Answers(lambda text: S if text.islower() else N), ["masks work", "masks fail"], [S, S], kinds=["upper-case", "other-unit"]
    )
    head, _, *table = markdown(report).splitlines()
    assert head == "2 claims, 2 decided, 0 errors, random state 0; shares in percent."
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert {len(line) for line in cells} == {10}
    assert cells[2] == ["upper-case", "same", "2", "2", "0.0", "0.0 to 65.8", "0.0", "0", "", ""]
    assert cells[3] == ["other-unit", "opposite or none", "0", "0", "", "", "", "0", "", ""]


def test_the_documentation_shows_the_kinds_as_they_are(root):
    assert kinds_table() in (root / "docs/robustness.md").read_text(encoding="utf-8")


def test_a_bar_in_a_cell_does_not_end_it():
    assert robustness._table(["a"], [["b|c"]]).splitlines()[-1] == "| b\\|c |"
