"""The checker as a whole: the same claim gets the same verdict, new statements work at once, failures are verdicts too.

The claims stand for every way through the stages; what the shipped model makes of them is not the matter here (the golden
tests freeze that).
"""

import csv
import datetime
import itertools
import json
import os
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from factcheck import persistence
from factcheck.checker import EVIDENCE, FactChecker, bundle_path, default_model
from factcheck.errors import BundleError, InputError, StatementError
from factcheck.records import STANCES, Claim, Label, Reason, Statement
from factcheck.text import MAX_CHARACTERS

BRIDGE = Statement(
    "bridge-1", "roads", "The Halvorsen bridge in Tromsdal opened to traffic in 1987.", "Tromsdal council", "https://example.org/bridge"
)
POTTERY = tuple(
    Statement(f"pot-{number}", "pottery", text, "Guild of Potters", "https://example.org/pots")
    for number, text in enumerate(
        (
            "Celadon glazes craze in a noborigama kiln.",
            "Tenmoku teabowls are bisqued before the slip dries.",
            "Porcelain tureens warp on unglazed feet.",
        )
    )
)


def model_of(checker):
    """Return the name under which a shipped checker is loaded."""
    return checker.manifest["name"]


@pytest.fixture(scope="module")
def claims(root):
    """Every fortieth labelled claim, some texts without a claim, and one text twice."""
    with (root / "data/claims.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["claim"] for row in itertools.islice(csv.DictReader(file), 0, None, 40)]
    return [*texts, "", "🙂🙂", "Is the Earth flat?", "La Tierra es plana y los expertos lo saben", texts[0]]


@pytest.fixture(scope="module")
def verdicts(shipped_checker, claims):
    return shipped_checker.check_many(claims)


# ---------------------------------------------------------------------------------------------------------------------
# The same verdict, whatever stands around the claim
# ---------------------------------------------------------------------------------------------------------------------


def test_claims_of_these_tests_take_more_than_one_way_through_the_stages(verdicts):
    reasons = {verdict.reason for verdict in verdicts}
    assert {Reason.DECIDED, Reason.NOT_A_CLAIM} < reasons
    assert {verdict.label for verdict in verdicts} >= set(STANCES)


def test_each_claim_has_one_verdict_in_the_order_of_the_claims(claims, verdicts):
    assert [verdict.claim for verdict in verdicts] == [Claim(text) for text in claims]


def test_a_claim_alone_gets_the_verdict_that_it_gets_among_others(shipped_checker, claims, verdicts):
    assert [shipped_checker.check(text) for text in claims] == verdicts


def test_the_order_of_the_claims_changes_no_verdict(shipped_checker, claims, verdicts):
    order = list(range(len(claims)))
    random.Random(7).shuffle(order)
    assert shipped_checker.check_many([claims[i] for i in order]) == [verdicts[i] for i in order]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_size_of_the_chunks_changes_no_verdict(shipped_checker, claims, verdicts, size):
    assert list(shipped_checker.stream(claims[:60], chunk_size=size)) == verdicts[:60]


def test_eight_threads_that_share_a_new_checker_get_the_same_verdicts(shipped_checker, claims, verdicts):
    checker = FactChecker.load(model_of(shipped_checker))  # nothing read ahead in it
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(checker.check, claims)) == verdicts


def test_a_fresh_process_with_another_hash_seed_gives_the_same_verdicts(
    shipped_checker, claims, verdicts, run_python, monkeypatch, tmp_path
):
    (tmp_path / "claims.json").write_text(json.dumps(claims), encoding="utf-8")
    monkeypatch.setenv("PYTHONHASHSEED", "4" if os.environ.get("PYTHONHASHSEED") != "4" else "5")
    said = run_python(
        "import json; from pathlib import Path; from factcheck import FactChecker\n"
        "claims = json.loads(Path('claims.json').read_text(encoding='utf-8'))\n"
        f"checker = FactChecker.load({model_of(shipped_checker)!r}, threads=1)\n"
        "print(json.dumps([[v.label, v.probability.hex(), v.reason, [e.statement.id for e in v.evidence]] for v in checker.check_many(claims)]))"
    )
    assert json.loads(said) == [[v.label, v.probability.hex(), v.reason, [e.statement.id for e in v.evidence]] for v in verdicts]


def test_an_endless_source_is_read_no_further_than_a_chunk(shipped_checker):
    taken = []
    source = (taken.append(number) or f"The Earth has {number} moons" for number in itertools.count())
    answers = shipped_checker.stream(source, chunk_size=3)
    assert next(answers).claim.text == "The Earth has 0 moons"
    assert len(taken) == 3


def test_no_claims_give_no_verdicts(shipped_checker):
    assert shipped_checker.check_many([]) == []


@pytest.mark.parametrize("one", ["Vaccines cause autism", Claim("Vaccines cause autism")])
def test_one_claim_in_place_of_several_is_refused_and_not_read_letter_by_letter(shipped_checker, one):
    with pytest.raises(TypeError, match=r"check\(\)"):
        shipped_checker.check_many(one)


@pytest.mark.parametrize("size", [0, -1])
def test_a_chunk_below_one_is_refused(shipped_checker, size):
    with pytest.raises(ValueError, match="chunk_size"):
        next(shipped_checker.stream(["The Earth is flat"], chunk_size=size))


# ---------------------------------------------------------------------------------------------------------------------
# What a verdict promises
# ---------------------------------------------------------------------------------------------------------------------


def test_every_decisive_verdict_cites_a_statement_of_the_base_that_can_be_looked_up(shipped_checker, verdicts):
    decisive = [verdict for verdict in verdicts if verdict.decisive]
    assert decisive
    for verdict in decisive:
        assert verdict.statement in shipped_checker.statements
        assert verdict.statement.publisher
        assert verdict.statement.url.startswith(("https://", "http://"))


def test_a_verdict_that_is_not_decisive_cites_nothing_and_is_not_enough_info(verdicts):
    undecided = [verdict for verdict in verdicts if not verdict.decisive]
    assert undecided
    assert {verdict.label for verdict in undecided} == {Label.NOT_ENOUGH_INFO}
    assert all(verdict.statement is None and verdict.reason != Reason.DECIDED for verdict in undecided)


def test_probabilities_of_claims_and_of_their_evidence_sum_to_one(verdicts):
    for verdict in verdicts:
        assert list(verdict.probabilities) == list(STANCES)
        assert sum(verdict.probabilities.values()) == pytest.approx(1)
        for item in verdict.evidence:
            assert sum(item.probabilities.values()) == pytest.approx(1)
            assert item.stance == max(item.probabilities, key=item.probabilities.get)


def test_evidence_passed_the_gate_and_follows_the_deciding_statement_by_relevance(shipped_checker, verdicts):
    for verdict in verdicts:
        scores = [item.score for item in verdict.evidence]
        assert len(scores) <= EVIDENCE
        assert all(shipped_checker.rule.gate_ <= score <= 1 for score in scores)
        rest = scores[1:] if verdict.decisive else scores
        assert rest == sorted(rest, reverse=True)


def test_the_text_and_the_id_of_a_claim_come_back_as_they_were_given(shipped_checker):
    claim = Claim("  5G  ｃａｕｓｅｓ c0v1d\u200b!!! ", id="007")
    assert shipped_checker.check(claim).claim == claim


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NOT_A_CLAIM),
        ("   \n", Reason.NOT_A_CLAIM),
        ("🙂🙂🙂", Reason.NOT_A_CLAIM),
        ("Vaccines", Reason.NOT_A_CLAIM),
        ("Does 5G cause COVID-19?", Reason.NOT_A_CLAIM),
        ("https://example.org/5g-causes-covid", Reason.NOT_A_CLAIM),
        ("Quxly zorbs frimble the vintok", Reason.NO_RELEVANT_STATEMENT),
    ],
)
def test_a_text_that_asserts_nothing_or_nothing_known_is_not_enough_info_with_its_reason(shipped_checker, text, reason):
    verdict = shipped_checker.check(text)
    assert (verdict.label, verdict.reason, verdict.evidence) == (Label.NOT_ENOUGH_INFO, reason, ())


# ---------------------------------------------------------------------------------------------------------------------
# Failures
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("x" * (MAX_CHARACTERS + 1), f"{MAX_CHARACTERS + 1} characters"),
        (None, "NoneType"),
        (7, "int"),
        (float("nan"), "float"),
        (b"The Earth is flat", "bytes"),
        (Claim(3), "int"),
    ],
)
def test_what_cannot_be_read_is_an_error_verdict_with_its_cause_and_stops_no_other(shipped_checker, bad, words):
    before, failed, after = shipped_checker.check_many(["Vaccines cause autism", bad, "The Earth is flat"])
    assert (failed.label, failed.probability, failed.reason, failed.evidence) == ("", 0.0, Reason.ERROR, ())
    assert words in failed.error
    assert not failed.decisive
    assert (before, after) == (shipped_checker.check("Vaccines cause autism"), shipped_checker.check("The Earth is flat"))


def test_the_longest_text_that_is_allowed_is_checked(shipped_checker):
    text = ("vaccines cause autism " * MAX_CHARACTERS)[:MAX_CHARACTERS]
    assert shipped_checker.check(text).reason != Reason.ERROR


@pytest.mark.parametrize("text", ["\ud800 the Earth is flat", "The\x00 Earth\x1b[31m is \u202eflat", "a." * 2_400, "🦠" * 4_000])
def test_hostile_text_is_checked_without_an_exception(shipped_checker, text):
    assert shipped_checker.check(text).reason != Reason.ERROR


# ---------------------------------------------------------------------------------------------------------------------
# Statements
# ---------------------------------------------------------------------------------------------------------------------


def test_a_statement_that_is_added_is_found_and_decides_without_training(shipped_checker):
    before = shipped_checker.check(BRIDGE.text)
    checker = FactChecker.load(model_of(shipped_checker), statements=[*shipped_checker.statements, BRIDGE], max_error=0.2)
    after = checker.check(BRIDGE.text)  # at a budget at which the linear bundle says something, too
    assert not before.decisive
    assert (after.label, after.statement) == (Label.SUPPORTS, BRIDGE)
    assert checker.match("the Halvorsen bridge in Tromsdal", 1)[0].statement == BRIDGE


@pytest.mark.parametrize("place", ["before", "behind"])
def test_statements_on_another_matter_change_no_verdict(shipped_checker, claims, verdicts, place):
    base = [*POTTERY, *shipped_checker.statements] if place == "before" else [*shipped_checker.statements, *POTTERY]
    for old, new in zip(verdicts, FactChecker.load(model_of(shipped_checker), statements=base).check_many(claims), strict=True):
        assert (new.label, new.reason, new.statement) == (old.label, old.reason, old.statement), old.claim
        assert new.probabilities == pytest.approx(old.probabilities, abs=0.15)  # one of five may have been pushed out


def test_the_order_of_the_statements_changes_no_label(shipped_checker, claims, verdicts):
    turned = FactChecker.load(model_of(shipped_checker), statements=shipped_checker.statements[::-1]).check_many(claims)
    assert [verdict.label for verdict in turned] == [verdict.label for verdict in verdicts]


def test_a_statement_that_is_taken_out_decides_nothing_more(shipped_checker, verdicts):
    decided = next(verdict for verdict in verdicts if verdict.decisive)
    checker = FactChecker.load(model_of(shipped_checker), statements=[s for s in shipped_checker.statements if s != decided.statement])
    cited = [item.statement for item in checker.check(decided.claim).evidence]
    assert decided.statement not in cited


def test_an_empty_base_decides_nothing_and_finds_nothing():
    checker = FactChecker.load(statements=[])
    verdict = checker.check("Vaccines cause autism")
    assert (verdict.label, verdict.reason, verdict.evidence) == (Label.NOT_ENOUGH_INFO, Reason.NO_RELEVANT_STATEMENT, ())
    assert checker.match("Vaccines cause autism") == ()


def test_a_base_is_read_from_a_file_as_from_statements(tmp_path):
    path = tmp_path / "base.jsonl"
    path.write_text(json.dumps(BRIDGE.to_dict()) + "\n", encoding="utf-8")
    from_file, from_memory = FactChecker.load(statements=path), FactChecker.load(statements=iter([BRIDGE]))
    assert from_file.statements == from_memory.statements == (BRIDGE,)
    assert from_file.check(BRIDGE.text) == from_memory.check(BRIDGE.text)


def test_a_base_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(StatementError, match=r"absent\.csv"):
        FactChecker.load(statements=tmp_path / "absent.csv")


def test_the_fingerprint_tells_bundle_statements_and_version_apart(shipped_checker):
    other = FactChecker.load(model_of(shipped_checker), statements=[BRIDGE]).fingerprint
    own = shipped_checker.fingerprint
    assert own["bundle"] == other["bundle"] == persistence.load_bundle(bundle_path(model_of(shipped_checker))).sha256
    assert own["statements"] != other["statements"]
    assert own["version"] == other["version"] == shipped_checker.manifest["factcheck"]


# ---------------------------------------------------------------------------------------------------------------------
# Matching
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [0, 100, -1])
def test_a_statement_is_the_best_match_of_its_own_words(shipped_checker, position):
    own = shipped_checker.statements[position]
    assert shipped_checker.match(own.text, 1)[0].statement == own


def test_matches_come_best_first_with_their_stance_and_no_more_than_k(shipped_checker):
    found = shipped_checker.match("Do masts of the 5G network spread the coronavirus?", 8)
    scores = [item.score for item in found]
    assert len(found) == 8
    assert scores == sorted(scores, reverse=True)
    assert all(item.stance in STANCES for item in found)
    assert found[:3] == shipped_checker.match("Do masts of the 5G network spread the coronavirus?", 3)


def test_k_over_the_size_of_the_base_gives_what_there_is():
    assert [item.statement for item in FactChecker.load(statements=[BRIDGE]).match("A bridge in Tromsdal", 50)] == [BRIDGE]


@pytest.mark.parametrize("text", ["", "🙂"])
def test_a_text_without_words_matches_nothing(bundle_name, text):
    assert FactChecker.load(bundle_name, statements=[BRIDGE]).match(text) == ()


def test_a_word_that_nobody_knows_suggests_nothing(bundle_name):
    """Sentence vectors are never quite unlike; what comes back says itself that it is nothing."""
    assert {item.strength for item in FactChecker.load(bundle_name, statements=[BRIDGE]).match("zzqx")} <= {""}


def test_a_text_too_long_to_match_is_refused(shipped_checker):
    with pytest.raises(InputError, match="characters"):
        shipped_checker.match("x" * (MAX_CHARACTERS + 1))


# ---------------------------------------------------------------------------------------------------------------------
# Bundles
# ---------------------------------------------------------------------------------------------------------------------


def rewritten(bundle, target, *, manifest=None, arrays=None, documents=None, networks=None):
    """Write a loaded bundle anew with changes, as a whole and well-formed one."""
    kept = {key: value for key, value in bundle.manifest.items() if key not in {"format", "factcheck", "files"}}
    persistence.save_bundle(
        target,
        manifest={**kept, **(manifest or {})},
        arrays={**bundle.arrays, **(arrays or {})},
        documents={**bundle.documents, **(documents or {})},
        networks=networks or bundle.networks,
    )
    return target


@pytest.fixture(scope="module")
def shipped_bundle():
    return persistence.load_bundle(bundle_path("linear"))


def test_a_shipped_bundle_loads_by_name_and_by_folder(shipped_checker):
    folder = bundle_path(model_of(shipped_checker))
    assert folder.is_dir()
    assert FactChecker.load(folder, statements=[]).fingerprint["bundle"] == shipped_checker.fingerprint["bundle"]


def test_by_default_the_best_bundle_answers_whose_needs_are_installed(monkeypatch):
    assert default_model() == ("encoder", "")
    assert bundle_path() == bundle_path("encoder")
    monkeypatch.setattr("factcheck.checker.find_spec", lambda name: None if name == "onnxruntime" else object())
    name, why = default_model()
    assert name == "linear"
    assert "needs onnxruntime: pip install 'claim-factcheck[encoder]'" in why
    assert bundle_path() == bundle_path("linear")


def test_the_encoder_without_its_needs_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr("factcheck.checker.find_spec", lambda _: None)
    with pytest.raises(
        BundleError, match=r"needs onnxruntime and tokenizers; pip install 'claim-factcheck\[encoder\]', or use .* 'linear'"
    ):
        FactChecker.load("encoder")


@pytest.mark.parametrize(
    ("documents", "networks"), [({"tokenizer": {}}, {}), ({}, {"verifier": b"no network"}), ({}, {"other": b""}), ({"parameters": {}}, {})]
)
def test_an_encoder_that_is_not_whole_is_refused_before_the_first_check(tmp_path, documents, networks):
    bundle = persistence.load_bundle(bundle_path("encoder"))
    kept = {} if "other" in networks else bundle.networks
    changed = rewritten(bundle, tmp_path / "b", documents=documents, networks={**kept, **networks})
    with pytest.raises(BundleError, match="do not fit together"):
        FactChecker.load(changed)


def test_a_folder_named_like_a_shipped_bundle_goes_first(tmp_path, monkeypatch, shipped_bundle):
    monkeypatch.chdir(tmp_path)
    rewritten(shipped_bundle, tmp_path / "linear", manifest={"name": "mine"})
    assert FactChecker.load("linear", statements=[]).manifest["name"] == "mine"


def test_a_saved_checker_loads_as_the_same_checker(shipped_checker, claims, verdicts, tmp_path):
    shipped_checker.save(tmp_path / "copy", manifest={"name": "copy"}, documents={"metrics": {}}, card="# Card\n")
    again = FactChecker.load(tmp_path / "copy")
    assert again.manifest["name"] == "copy"
    assert again.check_many(claims) == verdicts


def test_a_bundle_that_is_not_there_is_named_with_the_shipped_ones():
    with pytest.raises(BundleError, match=r"nosuch: no such bundle.*linear"):
        FactChecker.load("nosuch")


def test_a_bundle_of_another_kind_is_refused_by_name(tmp_path, shipped_bundle):
    with pytest.raises(BundleError, match=r"of kind 'claims'"):
        FactChecker.load(rewritten(shipped_bundle, tmp_path / "b", manifest={"kind": "claims"}))


@pytest.mark.parametrize("name", ["retrieval", "verification", "decision"])
def test_a_bundle_that_lacks_an_array_is_refused_before_the_first_check(tmp_path, shipped_bundle, name):
    lacking = dict(shipped_bundle.arrays[name])
    lacking.pop({"decision": "confidences"}.get(name, "idf"))
    with pytest.raises(BundleError, match="do not fit together"):
        FactChecker.load(rewritten(shipped_bundle, tmp_path / "b", arrays={name: lacking}))


@pytest.mark.parametrize(
    ("name", "array"), [("verification", "coef"), ("verification", "intercept"), ("decision", "coef"), ("retrieval", "weights")]
)
def test_a_bundle_with_weights_of_another_shape_is_refused_before_the_first_check(tmp_path, shipped_bundle, name, array):
    shortened = {**shipped_bundle.arrays[name], array: shipped_bundle.arrays[name][array][..., :-1]}
    with pytest.raises(BundleError, match="do not fit together"):
        FactChecker.load(rewritten(shipped_bundle, tmp_path / "b", arrays={name: shortened}))


@pytest.mark.parametrize("parameters", [{}, {"verification": {"nosuch": 1}, "decision": {}}, []])
def test_a_bundle_with_unknown_parameters_is_refused(tmp_path, shipped_bundle, parameters):
    with pytest.raises(BundleError, match="do not fit together"):
        FactChecker.load(rewritten(shipped_bundle, tmp_path / "b", documents={"parameters": parameters}))


def test_a_changed_byte_in_a_bundle_is_refused(tmp_path):
    shutil.copytree(bundle_path("linear"), tmp_path / "b")
    file = tmp_path / "b/decision.npz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BundleError, match=r"decision\.npz"):
        FactChecker.load(tmp_path / "b")


# --- long posts ------------------------------------------------------------------------------------------------------

MYTH = "5G masts spread the coronavirus"
STORY = (
    "We drove to the coast on Friday and the car broke down twice before lunch. My sister had packed sandwiches, the children sang, and nobody "
    "minded the rain. \U0001f327\ufe0f In the evening we sat by the window and talked about work and the neighbours. {} On Sunday we drove "
    "home again, slept early, and found that the cat had eaten the ham that we had left on the kitchen table for her."
)


def test_a_long_post_is_decided_by_the_sentence_that_claims_something(shipped_checker):
    text = STORY.format(MYTH + ".")
    verdict = shipped_checker.check(text)
    assert verdict.label == shipped_checker.check(MYTH + ".").label == "REFUTES"
    start, end = verdict.span
    assert text[start:end] == MYTH + "."
    assert verdict.to_dict()["span"] == [start, end]


@pytest.mark.parametrize(
    "said",
    [
        f"{MYTH}, some say. What a myth.",
        f'On the radio a man said "{MYTH}" and we laughed.',
        "The sea was grey and cold.",
    ],
)
def test_a_long_post_that_denies_quotes_or_claims_nothing_is_not_taken_for_the_myth(shipped_checker, said):
    verdict = shipped_checker.check(STORY.format(said))
    assert verdict.label != "REFUTES"
    assert verdict.span is None


@pytest.mark.parametrize(
    "frame",
    [
        "It is not true that {}",
        "The claim that {} is false",
        "There is no proof that {}",
        "{}. This is nonsense.",
        "{}? No.",
        "Not one study has shown that {}",
    ],
)
@pytest.mark.parametrize("myth", ["5G masts spread the coronavirus", "vaccines cause autism in children", "bleach cures COVID-19"])
def test_a_debunk_never_gets_the_verdict_of_the_myth(shipped_checker, frame, myth):
    probabilities = shipped_checker.check(myth).probabilities  # the bundle ``linear`` is not sure enough of each to say so
    assert max(probabilities, key=probabilities.get) == Label.REFUTES
    assert shipped_checker.check(frame.format(myth)).label != Label.REFUTES


def test_a_short_claim_has_no_span(shipped_checker):
    assert shipped_checker.check(MYTH).span is None


ASIDE = "The choir meets on Thursday evening."


@pytest.mark.parametrize("form", ["{claim}. {aside}", "{aside} {claim}.", "{aside} {claim}. {aside}", "{aside} {aside} {claim}"])
def test_a_sentence_on_something_else_at_either_end_changes_no_verdict(shipped_checker, form):
    text = form.format(claim=MYTH, aside=ASIDE)
    verdict, plain = shipped_checker.check(text), shipped_checker.check(MYTH)
    assert (verdict.label, verdict.probability) == (plain.label, plain.probability)
    assert text[slice(*verdict.span)].rstrip(".") == MYTH
    assert verdict.claim.text == text


@pytest.mark.parametrize(
    "form",
    [
        "{claim}. It is a lie.",
        "{claim}. You believe that?",
        "{claim}. Never in my life.",
        '"{claim}. The choir meets today." Nonsense.',
        "{claim}. That's what they say.",
    ],
)
def test_a_sentence_that_may_speak_of_the_claim_is_read_with_it(shipped_checker, form):
    assert shipped_checker.check(form.format(claim=MYTH)).span is None


def test_a_sentence_that_points_back_is_read_with_what_it_points_at(shipped_checker):
    assert shipped_checker.check(f"{ASIDE} They spread covid by 5G masts.").span is None


def test_an_aside_in_full_width_letters_is_one_too(shipped_checker):
    wide = f"{MYTH}. {ASIDE}".translate({sign: sign + 0xFEE0 for sign in range(0x21, 0x7F)})
    assert shipped_checker.check(wide).label == shipped_checker.check(MYTH).label


def test_a_post_of_nothing_but_asides_is_read_as_a_whole(shipped_checker):
    verdict = shipped_checker.check(f"{ASIDE} Somebody left an umbrella in the hall.")
    assert (verdict.label, verdict.span) == ("NOT ENOUGH INFO", None)


@pytest.mark.parametrize(
    "disguised",
    [
        "5G m4sts spr3ad the c0r0navirus",
        "5G masts sperad the coronaivrus",
        "5G masts spread the c o r o n a v i r u s",
        "5G masts spread the coronavirus.",
    ],
)
def test_a_disguised_and_a_mistyped_claim_is_read_as_the_plain_one(shipped_checker, disguised):
    assert shipped_checker.reading(disguised) == "5G masts spread the coronavirus"
    assert shipped_checker.check(disguised).probability == shipped_checker.check("5G masts spread the coronavirus").probability


def test_addresses_hashtags_and_disguises_change_no_match(shipped_checker):
    plain, disguised = (
        shipped_checker.match(text, 1)[0]
        for text in ("5G masts spread the coronavirus", "5G m4sts spread the #coronavirus https://example.org/x #wake #up")
    )
    assert (plain.statement, plain.score, plain.relation) == (disguised.statement, disguised.score, disguised.relation)


# ---------------------------------------------------------------------------------------------------------------------
# Budgets, days, reports
# ---------------------------------------------------------------------------------------------------------------------


def test_a_smaller_error_budget_decides_fewer_claims_and_changes_no_other_verdict(claims):
    wide, narrow = (FactChecker.load("linear", max_error=budget).check_many(claims) for budget in (0.3, 0.15))
    assert sum(verdict.decisive for verdict in narrow) < sum(verdict.decisive for verdict in wide)
    assert all(one.label == other.label for one, other in zip(wide, narrow, strict=True) if other.decisive)
    assert {one.probability for one in wide if one.decisive} >= {one.probability for one in narrow if one.decisive}


def test_a_budget_that_cannot_be_kept_decides_nothing_and_the_rule_says_so():
    checker = FactChecker.load("linear", max_error=0.001)
    assert checker.rule.threshold_ == float("inf")
    assert checker.check("5G causes COVID-19").reason == Reason.LOW_PROBABILITY


def test_the_budget_is_part_of_what_decides_a_verdict():
    one, other = (FactChecker.load("linear", max_error=budget).fingerprint for budget in (0.2, 0.3))
    assert (one.pop("max_error"), other.pop("max_error")) == ("0.2", "0.3")
    assert one == other


DAY = datetime.date(2021, 6, 1)


@pytest.mark.parametrize(
    ("published", "valid_until", "used"),
    [
        (None, None, True),
        (DAY, None, True),
        (DAY + datetime.timedelta(1), None, False),
        (None, DAY, True),
        (None, DAY - datetime.timedelta(1), False),
    ],
)
def test_as_of_a_day_only_what_was_published_by_then_and_is_still_valid_is_used(published, valid_until, used):
    bridge = replace(BRIDGE, published=published, valid_until=valid_until)
    checker = FactChecker.load("linear", statements=(bridge, *POTTERY), as_of=DAY)
    assert bool(checker.check("The Halvorsen bridge in Tromsdal opened to traffic in 1987").evidence) is used


MASTS = replace(
    BRIDGE,
    id="masts",
    text="5G masts do not cause or spread COVID-19: there is no scientific basis for any link.",
    published=datetime.date(2020, 4, 1),
)


@pytest.mark.parametrize(
    ("claim", "statement", "reason"),
    [
        ("5G masts cause and spread COVID-19", MASTS, Reason.DECIDED),
        ("5G masts cause and spread COVID-19 since 2019", MASTS, Reason.DECIDED),
        ("5G masts cause and spread COVID-19 since 2020", MASTS, Reason.DECIDED),
        ("5G masts cause and spread COVID-19 since 2021", MASTS, Reason.OUTDATED_STATEMENT),
        ("5G masts cause and spread COVID-19 since 2023", MASTS, Reason.OUTDATED_STATEMENT),
        ("5G masts cause and spread COVID-19 since 2023", replace(MASTS, published=None), Reason.DECIDED),
        ("5G masts cause and spread COVID-19 since 2023", replace(MASTS, text=MASTS.text[:-1] + " in 2020."), Reason.DECIDED),
    ],
)
def test_a_claim_of_a_later_year_is_not_refuted_by_an_older_statement_that_names_no_year(claim, statement, reason):
    checker = FactChecker.load("linear", statements=(statement, *POTTERY), max_error=0.3)
    verdict = checker.check(claim)
    assert verdict.reason == reason
    assert verdict.label == (Label.REFUTES if reason == Reason.DECIDED else Label.NOT_ENOUGH_INFO)
    assert verdict.evidence[0].statement.id == "masts"


def test_a_newer_statement_beside_the_one_that_refutes_speaks_for_the_later_year():
    newer = replace(MASTS, id="newer", text="People who fear COVID-19 set fire to 5G masts.", published=datetime.date(2024, 1, 1))
    checker = FactChecker.load("linear", statements=(MASTS, newer, *POTTERY), max_error=0.3)
    verdict = checker.check("5G masts cause and spread COVID-19 since 2023")
    assert [item.statement.id for item in verdict.evidence] == ["masts", "newer"]
    assert (verdict.label, verdict.reason) == (Label.REFUTES, Reason.DECIDED)


def test_a_later_year_takes_no_support_away():
    checker = FactChecker.load("linear", statements=(MASTS, *POTTERY), max_error=0.3)
    verdict = checker.check("5G masts do not cause or spread COVID-19, not in 2023")
    assert (verdict.label, verdict.reason) == (Label.SUPPORTS, Reason.DECIDED)


def test_a_report_of_a_myth_is_not_refuted_and_says_what_it_reports(shipped_checker):
    verdict = shipped_checker.check("Some people believe that 5G causes coronavirus")
    assert (verdict.label, verdict.reason) == (Label.NOT_ENOUGH_INFO, Reason.NOT_A_CLAIM)
    assert verdict.reports_claim == verdict.to_dict()["reports_claim"] == "5G causes coronavirus"
    assert not shipped_checker.check("5G causes coronavirus").reports_claim


@pytest.mark.parametrize(
    "post", ["5G causes coronavirus, people say https://example.org/a", "Some people believe that 5G causes coronavirus #hoax"]
)
def test_what_a_post_with_an_address_or_hashtags_reports_is_said_too(shipped_checker, post):
    verdict = shipped_checker.check(post)
    assert (verdict.reason, verdict.reports_claim) == (Reason.NOT_A_CLAIM, "5G causes coronavirus")


def test_addresses_and_hashtags_after_a_claim_change_nothing(shipped_checker):
    plain = shipped_checker.check("5G causes COVID-19")
    dressed = shipped_checker.check("5G causes COVID-19 #wakeup #truth https://example.org/a?b=c")
    assert (dressed.label, dressed.probability) == (plain.label, plain.probability)
