"""Two bundles on the same labelled claims: what is counted, what makes one worse, and what is then not promoted."""

import json
import re

import numpy as np
import pytest

from factcheck import comparison
from factcheck.checker import FactChecker
from factcheck.comparison import Outcome, compare, markdown, promote
from factcheck.errors import BundleError, FactcheckError, InputError
from factcheck.evaluation import evaluate_claims
from factcheck.persistence import save_bundle
from factcheck.records import STANCES, Claim, Reason, Verdict

S, R, N = STANCES
C = "CONFLICTING"


class Checker:
    """Answers by a function of the text; "" is an error."""

    def __init__(self, answer, sure=0.9, name="stub", sha256="0" * 64, statements="s"):
        self.answer, self.sure, self.manifest = answer, sure, {"name": name}
        self.fingerprint = {"bundle": sha256, "statements": statements}

    def check_many(self, claims):
        return [self._verdict(text, self.answer(text)) for text in claims]

    def _verdict(self, text, label):
        if not label:
            return Verdict(Claim(text), "", 0.0, Reason.ERROR.value, error="too long")
        top = label if label in STANCES else S
        shares = {stance: self.sure if stance == top else (1 - self.sure) / 2 for stance in STANCES}
        return Verdict(Claim(text), label, self.sure, Reason.DECIDED.value, probabilities=shares)


@pytest.fixture
def claims(tmp_path):
    """Return a function that writes labelled claims, three to a statement; the text says its label and its number."""

    def write(n=90, labels=(S, R, N), columns="claim,label,statement_id"):
        rows = [f"The {labels[i % len(labels)][0]}-mill {i} causes floods,{labels[i % len(labels)]},s{i // 3}" for i in range(n)]
        (tmp_path / "claims.csv").write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
        return tmp_path / "claims.csv"

    return write


MILL = re.compile("([srnc])-mill ([0-9]+)")


def right(text):
    found = MILL.search(text.casefold())
    return next(label for label in (S, R, N, C) if label[0].casefold() == found[1]) if found else N


def number(text):
    found = MILL.search(text.casefold())
    return int(found[2]) if found else 1


def right_but(label, *, every, among=STANCES):
    """Answer right, but this label on each so manieth statement's claims of some labels."""

    def answer(text):
        return label if number(text) // 3 % every == 0 and right(text) in among else right(text)

    return answer


def silent(_):
    return N


# --- What is counted -------------------------------------------------------------------------------------------------


def test_the_scores_are_those_of_evaluate_claims(claims):
    old, new = Checker(right_but(N, every=3)), Checker(right_but(R, every=4), sure=0.7)
    report = compare(old, new, claims(), kinds=())
    for side, checker in (("old", old), ("new", new)):
        alone = evaluate_claims(checker, claims())
        for name in ("accuracy", "macro_f1", "coverage", "decided", "ece", "brier", "errors", "per_label"):
            assert report[side][name] == alone[name], (side, name)
    for name in ("accuracy", "macro_f1", "coverage", "ece", "brier"):
        assert report["difference"][name] == pytest.approx(report["new"][name] - report["old"][name])
    assert (report["n"], report["groups"]) == (90, 30)


def test_changes_are_counted_by_verdict_and_by_label_and_shown(claims):
    old, new = Checker(right_but(N, every=5, among=(R,))), Checker(right_but("", every=3, among=(S,)))
    changes = compare(old, new, claims(), kinds=())["changes"]
    # statements 0, 5 ... 25 had N on their R claim and have it right now; 0, 3 ... 27 lose their S claim to an error
    assert changes["verdicts"] == {
        S: {S: 20, R: 0, N: 0, "error": 10},
        R: {S: 0, R: 24, N: 0, "error": 0},
        N: {S: 0, R: 6, N: 30, "error": 0},
        "error": {S: 0, R: 0, N: 0, "error": 0},
    }
    assert changes["labels"] == {
        S: {"n": 30, "gained": 0, "lost": 10},
        R: {"n": 30, "gained": 6, "lost": 0},
        N: {"n": 30, "gained": 0, "lost": 0},
    }
    assert [len(changes[name]) for name in ("gained", "lost")] == [comparison.EXAMPLES] * 2
    assert all((one["label"], one["old"], one["new"]) == (R, N, R) for one in changes["gained"])
    assert all((one["label"], one["old"], one["new"]) == (S, S, "") for one in changes["lost"])


def test_a_fourth_label_has_its_row_where_it_occurs(claims):
    report = compare(Checker(silent), Checker(right), claims(80, (S, R, N, C)), kinds=())
    assert list(report["changes"]["verdicts"]) == [S, R, N, C]
    assert report["changes"]["verdicts"][N][C] == 20
    assert report["changes"]["labels"][C] == {"n": 20, "gained": 20, "lost": 0}


def test_where_the_truth_knows_two_labels_the_likelier_counts_as_in_evaluate(claims):
    file = claims(60, (S, R))
    report = compare(Checker(silent), Checker(right), file, kinds=())
    assert report["old"]["macro_f1"] == evaluate_claims(Checker(silent), file)["macro_f1"]
    assert N not in report["changes"]["verdicts"]


def test_rows_and_columns_are_chosen_as_in_evaluate(claims):
    file = claims(columns="post,truth,part")
    report = compare(
        Checker(right), Checker(right), file, text_column="post", label_column="truth", where={"part": "s1"}, limit=2, kinds=()
    )
    assert (report["n"], report["groups"]) == (2, 2)  # without the column of statements each claim stands for itself


def test_claims_of_one_statement_are_drawn_together(claims):
    worse = Checker(right_but(R, every=3, among=(S, N)))
    apart = claims(columns="claim,label,other")
    wide = np.diff(compare(Checker(right), worse, claims(), kinds=())["difference"]["interval"])
    claims(columns="claim,label,other")
    assert np.diff(compare(Checker(right), worse, apart, kinds=())["difference"]["interval"]) < wide


def test_robustness_counts_what_measure_counts_on_the_claims_that_one_decides(claims):
    fooled = Checker(lambda text: S if "floods" in text.casefold() else N)
    report = compare(Checker(silent), fooled, claims(), kinds=["upper-case", "asked"])
    assert report["robustness"]["n"] == 90
    assert report["robustness"]["kinds"]["upper-case"] == {
        "must": "same",
        "old": {"judged": 0, "rate": None, "wrongly_decisive": None},
        "new": {"judged": 90, "rate": 1.0, "wrongly_decisive": 0.0},
    }
    assert report["robustness"]["kinds"]["asked"]["new"] == {"judged": 90, "rate": 0.0, "wrongly_decisive": 1.0}
    assert report["harm"]["asked"] == {"old": None, "new": 1.0, "p": None, "adjusted": None}


def test_the_sample_is_drawn_from_the_decided_by_the_random_state(claims):
    seen = []

    def answer(text):
        seen.append(text)
        return right(text)

    first, again, other = (
        (seen.clear(), compare(Checker(answer), Checker(right), claims(), kinds=["address"], sample=20, random_state=state), [t for t in seen if not t.endswith("floods")])[1:]
        for state in (0, 0, 1)
    )  # fmt: skip
    assert first == again
    assert first[0]["robustness"]["n"] == len(first[1]) == 20
    assert not any("N-mill" in text for text in first[1])
    assert first[1] != other[1]


# --- The rule --------------------------------------------------------------------------------------------------------


def test_a_bundle_is_no_worse_than_itself(claims):
    report = compare(Checker(right_but(R, every=4)), Checker(right_but(R, every=4)), claims())
    assert report["outcome"] == Outcome.NO_WORSE
    assert report["difference"]["interval"] == [0, 0]
    assert report["difference"]["mcnemar"] == 1
    assert {name: row["adjusted"] for name, row in report["harm"].items() if row["old"] is not None} == dict.fromkeys(
        ("wrong of decided", "typos", "homoglyphs", "denied-after", "reported", "asked"), 1
    )


def test_more_right_and_no_harm_is_better(claims):
    report = compare(Checker(right_but(N, every=2)), Checker(right), claims(), kinds=())
    assert report["outcome"] == Outcome.BETTER
    assert "it rises" in report["why"][0]


def test_a_macro_f1_that_falls_is_worse(claims):
    report = compare(Checker(right), Checker(right_but(N, every=2)), claims(), kinds=())
    assert report["outcome"] == Outcome.WORSE
    assert "it falls" in report["why"][0]
    assert report["harm"]["wrong of decided"]["new"] == 0  # silence misleads nobody


def test_a_fall_that_chance_may_have_made_is_no_worse_and_its_size_is_said(claims):
    report = compare(Checker(right), Checker(right_but(N, every=30)), claims(), kinds=())
    assert report["outcome"] == Outcome.NO_WORSE
    low = report["difference"]["interval"][0]
    assert low < 0
    assert f"a fall of up to {-100 * low:.1f} cannot be ruled out" in report["why"][0]


def test_more_wrong_among_the_decided_is_worse_even_where_macro_f1_rises(claims):
    def bold(text):  # decides all it was silent on, and all without a label as REFUTES every third time
        return R if right(text) == N and number(text) // 3 % 3 == 0 else right(text)

    old = Checker(lambda text: right(text) if number(text) // 3 % 3 == 1 else N)
    report = compare(old, Checker(bold), claims(), kinds=())
    assert report["difference"]["interval"][0] > 0
    assert report["outcome"] == Outcome.WORSE
    assert report["why"] == [
        f"of the decided claims, the share that is wrong rises from 0.0 to 14.3 % (p = {report['harm']['wrong of decided']['adjusted']:.4f}, corrected for all tests)"
    ]


def test_a_kind_that_misleads_more_is_worse(claims):
    def gullible(text):  # takes a question for the claim
        return right(text)

    def careful(text):
        return gullible(text) if text.startswith("The ") and text.endswith("floods") else N

    report = compare(Checker(careful), Checker(gullible), claims(), kinds=["asked", "address"])
    assert report["difference"]["macro_f1"] == 0
    assert report["outcome"] == Outcome.WORSE
    assert len(report["why"]) == 1
    assert report["why"][0].startswith("asked: the share of wrongly decisive verdicts rises from 0.0 to 100.0 %")
    assert compare(Checker(gullible), Checker(careful), claims(), kinds=["asked"])["outcome"] == Outcome.NO_WORSE


def test_what_misleads_on_one_statement_alone_is_one_surprise(claims, tmp_path):
    def careful(text):
        return right(text) if text.startswith("The ") and text.endswith("floods") else N

    def tested(statement):
        rows = [f"The R-mill {i} causes floods,REFUTES,{statement.format(i)}" for i in range(20)]
        (tmp_path / "one.csv").write_text("\n".join(["claim,label,statement_id", *rows]) + "\n", encoding="utf-8")
        return compare(Checker(careful), Checker(right), tmp_path / "one.csv", kinds=["asked"])["harm"]["asked"]["p"]

    assert tested("s{}") < 0.001
    assert tested("s") == pytest.approx(0.5, abs=0.02)


def test_p_values_are_corrected_for_their_number_as_holm_does():
    harm = {name: {"p": p, "adjusted": None} for name, p in {"a": 0.04, "b": 0.01, "c": None, "d": 0.03}.items()}
    comparison._adjust(harm)
    assert {name: row["adjusted"] for name, row in harm.items()} == {"a": 0.06, "b": 0.03, "c": None, "d": 0.06}


@pytest.mark.parametrize(
    ("options", "said"), [({"sample": 0}, "sample: 0"), ({"kinds": ["typo"]}, "there is no 'typo'; choose from"), ({"where": {"label": "x"}}, "no row has label=x")]
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_anything_is_checked(claims, options, said):
    with pytest.raises(InputError, match=said):
        compare(None, None, claims(), **options)


# --- Showing ---------------------------------------------------------------------------------------------------------


def test_a_report_is_json_and_the_same_for_the_same_seed(claims):
    reports = [compare(Checker(right), Checker(right_but(R, every=4)), claims(), random_state=3) for _ in range(2)]
    assert json.loads(json.dumps(reports[0])) == reports[1]


def test_the_page_begins_with_the_outcome_and_holds_the_tables(claims):
    old, new = Checker(right_but(N, every=2), name="live"), Checker(right, name="next", sha256="ab" * 32, statements="t")
    report = compare(old, new, claims(), kinds=["upper-case"])
    page = markdown(report)
    assert page.startswith("**Better**: macro-F1 changes by +")
    assert "old is live (sha256 000000000000), new is next (sha256 abababababab)." in page
    assert "other statements" in page
    assert f"| macro-F1 | {report['old']['macro_f1']:.4f} | 1.0000 | {report['difference']['macro_f1']:+.4f} |" in page
    assert "Right only now: 30; right no more: 0 (McNemar's exact test: p < 0.0001)." in page
    assert f"| {N} | 15 | 15 | 30 |" in page
    assert "| upper-case | same | 30 | 60 |" in page
    assert "Right no more, for example" not in page


def test_a_claim_cannot_break_out_of_the_page(claims, tmp_path):
    hostile = "The S-mill 1 <img src=x> [here](http://x.example) `a` | b\u2028# head"
    (tmp_path / "claims.csv").write_text(f'claim,label\n"{hostile}",SUPPORTS\nThe N-mill 2,NOT ENOUGH INFO\n', encoding="utf-8")
    page = markdown(compare(Checker(silent), Checker(right), tmp_path / "claims.csv", kinds=()))
    line = next(line for line in page.split("\n") if "S-mill" in line)
    assert line == r"- The S-mill 1 \<img src=x\> \[here\](http://x.example) \`a\` \| b # head (NOT ENOUGH INFO -> SUPPORTS)"
    assert len(page.split("\n")) == len(page.splitlines())


# --- Promoting -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(tmp_path):
    save_bundle(tmp_path / "new", manifest={"kind": "linear"}, arrays={}, documents={"a": 1})
    return tmp_path / "new"


def sha256_of(folder):
    from factcheck.persistence import load_bundle

    return load_bundle(folder).sha256


@pytest.mark.parametrize(("outcome", "force"), [("better", False), ("no worse", False), ("worse", True)])
def test_a_bundle_that_is_not_worse_is_promoted_and_a_worse_one_when_told_to(bundle, tmp_path, outcome, force):
    promote({"outcome": outcome, "new": {"sha256": sha256_of(bundle)}}, bundle, tmp_path / "live", force=force)
    assert sha256_of(tmp_path / "live") == sha256_of(bundle)


def test_a_worse_bundle_is_not_promoted(bundle, tmp_path):
    save_bundle(tmp_path / "live", manifest={"kind": "linear"}, arrays={}, documents={"a": 2})
    before = sha256_of(tmp_path / "live")
    with pytest.raises(FactcheckError, match="left as it is, because"):
        promote({"outcome": "worse", "new": {"sha256": sha256_of(bundle)}}, bundle, tmp_path / "live")
    assert sha256_of(tmp_path / "live") == before


def test_another_bundle_than_was_measured_is_not_promoted(bundle, tmp_path):
    report = {"outcome": "better", "new": {"sha256": sha256_of(bundle)}}
    save_bundle(bundle, manifest={"kind": "linear"}, arrays={}, documents={"a": 3})
    with pytest.raises(BundleError, match="changed meanwhile"):
        promote(report, bundle, tmp_path / "live")
    assert not (tmp_path / "live").exists()


def test_a_disk_that_is_full_is_an_error_with_words(bundle, tmp_path, monkeypatch):
    report = {"outcome": "better", "new": {"sha256": sha256_of(bundle)}}
    monkeypatch.setattr("pathlib.Path.write_bytes", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(FactcheckError, match="cannot be written: No space left on device"):
        promote(report, bundle, tmp_path / "live")


def test_the_shipped_bundle_compares_with_itself(root):
    checker = FactChecker.load("linear")
    report = compare(checker, checker, root / "data/claims.csv", where={"split": "test"}, limit=60, kinds=["asked"], sample=10)
    assert report["outcome"] == Outcome.NO_WORSE
    assert report["old"]["sha256"] == checker.fingerprint["bundle"] == report["new"]["sha256"]
    assert report["robustness"]["kinds"]["asked"]["old"] == report["robustness"]["kinds"]["asked"]["new"]
