"""Two checkers on the same claims: what is worse is called so, and for its reason; what cannot be told apart is not."""

import csv

import pytest

from factcheck import FactChecker
from factcheck.comparison import compare, markdown
from factcheck.errors import InputError
from factcheck.records import STANCES, Claim, Evidence, Reason, Statement, Verdict

CLAIMS = [(f"Tower number {i} spreads a virus", ("SUPPORTS", "REFUTES", "NOT ENOUGH INFO")[i % 3]) for i in range(90)]
STATEMENT = Statement("s1", "towers", "Towers spread no virus.", "An authority", "https://example.org/")


class Fixed:
    """Answers as it is told, by the claim's number; what is perturbed as the claim was, or wrongly."""

    def __init__(self, answer, sure=0.9, perturbed=None):
        self.answer, self.sure, self.perturbed = answer, sure, perturbed

    def check_many(self, texts):
        return [self._verdict(text) for text in texts]

    def _verdict(self, text):
        known = dict(CLAIMS)
        number = int("".join(c for c in text if c.isdigit()) or 0)
        label = self.answer(number, CLAIMS[number][1]) if text in known or self.perturbed is None else self.perturbed
        rest = (1 - self.sure) / 2
        evidence = (Evidence(STATEMENT, 1.0, label, dict.fromkeys(STANCES, 1 / 3)),) if label != "NOT ENOUGH INFO" else ()
        reason = Reason.DECIDED.value if evidence else Reason.NO_RELEVANT_STATEMENT.value
        return Verdict(Claim(text), label, self.sure, reason, {name: self.sure if name == label else rest for name in STANCES}, evidence)


def right(_, label):
    return label


def mostly(share):
    return lambda number, label: label if number % share else "REFUTES" if label == "SUPPORTS" else "SUPPORTS"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "claims.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([("claim", "label"), *CLAIMS])
    return path


def test_a_bundle_that_errs_more_is_worse_and_the_reverse_is_better(file):
    old, new = Fixed(right), Fixed(mostly(3))
    report = compare(old, new, file, kinds=[])
    assert report["verdict"] == "worse"
    assert {reason.split()[0] for reason in report["because"]} == {"macro-F1", "more", "its"}
    assert compare(new, old, file, kinds=[])["verdict"] == "better"


def test_the_same_bundle_is_not_told_apart(file):
    report = compare(Fixed(mostly(4)), Fixed(mostly(4)), file, kinds=["upper-case"])
    assert (report["verdict"], report["changes"], report["tests"]["mcnemar"]) == ("no worse", [], 1.0)
    assert report["because"] == ["the claims do not tell them apart"]


def test_probabilities_alone_make_a_bundle_worse(file):
    report = compare(Fixed(right, sure=0.95), Fixed(right, sure=0.4), file, kinds=[])
    assert report["verdict"] == "worse"
    assert len(report["because"]) == 1
    assert "further from the truth" in report["because"][0]


def test_a_bundle_that_a_perturbation_misleads_is_worse(file):
    report = compare(Fixed(right), Fixed(right, perturbed="REFUTES"), file, kinds=["upper-case"])
    assert report["verdict"] == "worse"
    assert "under upper-case" in report["because"][0]
    assert report["kinds"]["upper-case"]["wrongly_decisive"] == [0.0, pytest.approx(0.5)]


def test_changes_are_counted_by_label_with_examples(file):
    report = compare(Fixed(right), Fixed(lambda number, label: "REFUTES" if number == 3 else label), file, kinds=[])
    assert report["changes"] == [
        {"old": "SUPPORTS", "new": "REFUTES", "label": "SUPPORTS", "n": 1, "examples": ["Tower number 3 spreads a virus"]}
    ]


def test_claims_of_one_statement_stay_together(tmp_path):
    path = tmp_path / "claims.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(
            [("claim", "label", "statement_id"), *((claim, label, f"s{i // 45}") for i, (claim, label) in enumerate(CLAIMS))]
        )
    report = compare(Fixed(right), Fixed(mostly(3)), path, kinds=[])
    assert report["tests"]["wrong_of_decided"] > 0.2  # two groups prove nothing, however many claims they hold


def test_an_unknown_kind_is_refused(file):
    with pytest.raises(InputError, match="there is no 'nonsense'"):
        compare(Fixed(right), Fixed(right), file, kinds=["nonsense"])


def test_the_page_says_what_was_found(file):
    page = markdown(compare(Fixed(right), Fixed(mostly(3)), file, kinds=["upper-case"]))
    assert page.startswith("**The new bundle is worse**: macro-F1 falls")
    assert "| SUPPORTS | REFUTES | SUPPORTS |" in page
    assert "| upper-case | 60 / " in page


def test_a_real_checker_is_compared(file):
    checker = FactChecker.load("linear")
    assert compare(checker, checker, file, kinds=[], limit=10)["n"] == 10
