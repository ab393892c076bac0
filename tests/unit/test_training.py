"""From a recipe or a table to a bundle: what is read, what is refused, what is written down."""

import hashlib
import json
import shutil
from dataclasses import replace

import pytest

from factcheck import training
from factcheck.checker import FactChecker
from factcheck.claims import LabelledClaim, read_claims, split_by_statement
from factcheck.classification import ClaimClassifier
from factcheck.corrections import Decision, text_sha256
from factcheck.errors import InputError, StatementError
from factcheck.learners import LinearLearner
from factcheck.persistence import load_bundle
from factcheck.recipes import DATA_VARIABLE, read_recipe
from factcheck.records import Statement
from factcheck.statements import read_statements

RECIPE = 'name = "tiny"\nclaims = "claims.csv"\nstatements = "statements.csv"\n'
PAIRS = '\n[[pairs]]\nfile = "pairs/mine.jsonl"\nlicence = "CC0"\nweight = 0.5\n'
PAIR = {"claim": "Tin melts when it is hot", "evidence": "Tin melts at 232 degrees.", "label": "SUPPORTS"}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def trained(tmp_path_factory, write_world):
    """A world with its bundle, and what training said."""
    world = write_world(tmp_path_factory.mktemp("world"))
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(DATA_VARIABLE, raising=False)
        metrics = training.train(world / "recipe.toml", world / "bundle", say=said.append)
    return world, metrics, said


@pytest.fixture
def world(tmp_path, monkeypatch, write_world):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    return write_world(tmp_path)


# ---------------------------------------------------------------------------------------------------------------------
# What comes out
# ---------------------------------------------------------------------------------------------------------------------


def test_the_bundle_loads_as_a_checker_that_finds_the_right_statement(trained):
    world, _, _ = trained
    checker = FactChecker.load(world / "bundle", statements=world / "statements.csv")
    assert checker.match("Who opened the windmill of Brevik?", 1)[0].statement.id == "town-1"
    assert checker.manifest["name"] == "tiny"
    assert checker.check("The windmill of Brevik was never opened by any mayor").reason != "error"


def test_the_manifest_records_what_trained_it(trained):
    world, _, _ = trained
    manifest = load_bundle(world / "bundle").manifest
    record = manifest["training"]
    assert record["claims"] == {
        "sha256": sha256(world / "claims.csv"),
        "split": "statement",
        "rows": {"train": 40, "calibration": 16, "test": 16},
    }
    assert record["statements"]["rows"] == 18
    assert record["pairs"] == record["pairs_not_found"] == []
    assert set(record["parameters"]) == {"verifier", "rule"}
    assert set(manifest["thresholds"]) == {"relevance", "probability"}
    assert set(manifest["versions"]) >= {"python", "numpy", "scikit-learn"}


def test_the_metrics_are_those_of_the_test_split_and_lie_in_the_bundle(trained):
    world, metrics, said = trained
    assert metrics["n"] == 16
    assert set(metrics["slices"]) == {"kind", "topic"}
    assert json.loads((world / "bundle/metrics.json").read_text(encoding="utf-8")) == json.loads(json.dumps(metrics))
    assert "40 train, 16 calibration, 16 test" in said[0]
    assert f"{metrics['macro_f1']:.3f}" in said[-1]


def test_the_card_names_claims_research_sets_and_scores(trained):
    world, metrics, _ = trained
    card = (world / "bundle/card.md").read_text(encoding="utf-8")
    assert "# Model card: tiny" in card
    assert "40 labelled claims" in card
    assert "none were at hand" in card
    assert f"Macro-F1 {metrics['macro_f1']:.3f}" in card


def test_the_same_inputs_give_the_same_bytes_in_another_folder(trained, world, tmp_path):
    training.train(world / "recipe.toml", tmp_path / "again")
    files = sorted(path.name for path in (tmp_path / "again").iterdir())
    assert files == sorted(path.name for path in (trained[0] / "bundle").iterdir())
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (trained[0] / "bundle" / name).read_bytes(), name


def test_the_parameters_of_the_recipe_are_used(world, tmp_path):
    (world / "recipe.toml").write_text(RECIPE + "[verifier]\nC = 0.01\n[rule]\nmax_error = 0.3\n", encoding="utf-8")
    training.train(world / "recipe.toml", tmp_path / "b")
    checker = FactChecker.load(tmp_path / "b", statements=world / "statements.csv")
    assert (checker.verifier.C, checker.rule.max_error) == (0.01, 0.3)


def test_claims_without_split_columns_are_split_by_the_rule(tmp_path, write_world):
    recipe = read_recipe(write_world(tmp_path, with_splits=False) / "recipe.toml")
    splits = training._splits(recipe, read_claims(recipe.claims), read_statements(recipe.statements))
    assert list(splits) == ["train", "calibration", "test"]
    assert sum(map(len, splits.values())) == 72
    homes = [{claim.statement_id for claim in rows} for rows in splits.values()]
    assert not homes[0] & homes[1] | homes[0] & homes[2] | homes[1] & homes[2]


# ---------------------------------------------------------------------------------------------------------------------
# What people decided
# ---------------------------------------------------------------------------------------------------------------------

POST = "Folks, Brevik is proud: its windmill turned for the mayor in 1808, I saw the plaque"


def decided(text, label, statement_id="town-1", reviewer="Ann", verdict="REFUTES"):
    at = "2024-03-01T08:00:00+00:00"
    return Decision(at, reviewer, text, text_sha256(text), verdict, 0.6, statement_id, label, "", "version=1")


def write_decisions(path, *decisions):
    path.write_bytes(b"".join(decision.to_line() for decision in decisions))
    return path


@pytest.fixture(scope="module")
def splits(trained):
    """Splits and statements of the tiny world: towns 0 to 9 are of training, 10 to 13 of calibration, 14 to 17 of the test."""
    recipe = read_recipe(trained[0] / "recipe.toml")
    statements = read_statements(recipe.statements)
    return training._splits(recipe, read_claims(recipe.claims), statements), statements


def test_a_decision_that_stands_becomes_a_claim_on_the_statement_of_its_verdict(splits):
    claims, record = training.taught_claims([decided(f" {POST}\n", "SUPPORTS"), decided("Kites fly", "NOT ENOUGH INFO", "town-2")], *splits)
    assert [(claim.claim, claim.label, claim.statement_id, claim.topic) for claim in claims] == [
        (POST, "SUPPORTS", "town-1", "towns"),
        ("Kites fly", "NOT ENOUGH INFO", "town-2", "towns"),
    ]
    assert len({claim.id for claim in claims}) == 2
    assert record == {"decisions": 2, "joined": 2, "left_out": {}}


def test_what_was_taken_back_or_replaced_teaches_nothing(splits):
    decisions = [decided(POST, "REFUTES"), decided(POST, "SUPPORTS"), decided("Kites fly", "REFUTES"), decided("Kites fly", None)]
    claims, record = training.taught_claims(decisions, *splits)
    assert [claim.label for claim in claims] == ["SUPPORTS"]
    assert record == {"decisions": 1, "joined": 1, "left_out": {}}


HELD_OUT = "Marstow has had its windmill since 1927"  # a claim of the calibration split


@pytest.mark.parametrize(
    ("decisions", "reason", "count"),
    [
        ([decided(POST, "SUPPORTS"), decided(POST.upper(), "REFUTES", reviewer="Ben")], "reviewers disagree", 2),
        ([decided(POST, "CONFLICTING")], "no label of a pair", 1),
        ([decided(POST, "REFUTES", "")], "no statement of the base", 1),
        ([decided(POST, "REFUTES", "gone-1")], "no statement of the base", 1),
        ([decided(POST, "REFUTES", "town-10"), decided(f"{POST}!", "REFUTES", "town-17")], "statement held out", 2),
        ([decided("marstow has had its WINDMILL since 1885!! https://t.example/x @you", "REFUTES")], "text held out", 1),
        ([decided("m\u0430rstow has had its w1ndm1ll since 1927 https://t.example/x @you @me @them", "REFUTES")], "text held out", 1),
        ([decided(f"We were there in May and it rained all day long. {HELD_OUT}. Lovely people.", "REFUTES")], "text held out", 1),
        ([decided("word " * 201, "REFUTES")], "too long", 1),
        ([decided("brevik has had its windmill since 1808", "REFUTES")], "known already", 1),
    ],
)  # fmt: skip
def test_what_would_teach_the_wrong_thing_is_left_out_and_counted(splits, decisions, reason, count):
    parts, statements = splits
    marstow = replace(next(claim for claim in parts["calibration"] if claim.label == "SUPPORTS"), claim=HELD_OUT)
    parts = {**parts, "calibration": [*parts["calibration"], marstow]}
    claims, record = training.taught_claims(decisions, parts, statements)
    assert (claims, record) == ([], {"decisions": count, "joined": 0, "left_out": {reason: count}})


def test_two_reviewers_who_agree_teach_once_and_one_who_saw_another_statement_teaches_too(splits):
    decisions = [decided(POST, "SUPPORTS"), decided(POST, "SUPPORTS", reviewer="Ben"), decided(POST, "SUPPORTS", "town-7", reviewer="Cem")]
    claims, record = training.taught_claims(decisions, *splits)
    assert [claim.statement_id for claim in claims] == ["town-1", "town-7"]
    assert record["left_out"] == {"known already": 1}


def test_a_statement_without_claims_stands_where_the_rule_would_put_its_claims(splits):
    parts, statements = splits
    bare = [Statement(f"new-{i}", "towns", f"Harbour{i} has the crane{i} on quay{i}.", "P", "https://e.example") for i in range(40)]
    rule = split_by_statement([*statements, *bare])
    decisions = [decided(f"Kite number {i} flies", "REFUTES", f"new-{i}") for i in range(40)]
    claims, _ = training.taught_claims(decisions, parts, [*statements, *bare])
    assert {claim.statement_id for claim in claims} == {one.id for one in bare if rule[one.id] == "train"}
    assert 0 < len(claims) < 40


def test_corrections_teach_the_train_split_alone_and_the_manifest_names_them(trained, world, tmp_path):
    file = write_decisions(tmp_path / "ann.jsonl", decided(POST, "SUPPORTS"), decided("Kites fly", "CONFLICTING"))
    file.write_bytes(file.read_bytes() + b'{"at": "2024')
    said = []
    training.train(world / "recipe.toml", tmp_path / "b", corrections=file, say=said.append)
    manifest = load_bundle(tmp_path / "b").manifest
    assert manifest["training"]["corrections"] == {
        "file": "ann.jsonl",
        "sha256": sha256(file),
        "decisions": 2,
        "joined": 1,
        "left_out": {"no label of a pair": 1},
    }
    assert manifest["training"]["claims"]["rows"] == {"train": 41, "calibration": 16, "test": 16}
    assert any("the last line was cut off" in line for line in said)
    assert "corrections: 1 join the train split; left out: 1 no label of a pair" in said
    assert "1 verdicts that people decided (among the claims; ann.jsonl)" in (tmp_path / "b/card.md").read_text(encoding="utf-8")
    assert "corrections" not in load_bundle(trained[0] / "bundle").manifest["training"]
    assert (tmp_path / "b/verification.npz").read_bytes() != (trained[0] / "bundle/verification.npz").read_bytes()


def test_the_verifier_learns_the_pair_of_a_correction(world, tmp_path):
    learned = []

    class Learner(LinearLearner):
        def fit(self, own, turned):
            learned.extend(own)
            learned.extend(turned)
            return super().fit(own, turned)

    recipe = read_recipe(world / "recipe.toml")
    statements = read_statements(recipe.statements)
    parts = training._splits(recipe, read_claims(recipe.claims), statements)
    claims, _ = training.taught_claims([decided(POST, "SUPPORTS")], parts, statements)
    training.fit_checker(statements, [*parts["train"], *claims], parts["calibration"], recipe, Learner(recipe))
    text = next(statement.text for statement in statements if statement.id == "town-1")
    assert ((POST, text), "SUPPORTS", 1.0) in learned
    made = [pair for pair in learned if "plaque" in pair.pair[0] and pair.pair[0] != POST]
    assert {pair.stance for pair in made} <= {"SUPPORTS"}  # no denial is made of what may be one


def test_a_file_that_is_no_file_of_decisions_is_refused(world, tmp_path):
    (tmp_path / "x.jsonl").write_text('{"claim": "Kites fly", "label": "SUPPORTS"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.jsonl, line 1: lacks 'at'"):
        training.train(world / "recipe.toml", tmp_path / "b", corrections=tmp_path / "x.jsonl")
    assert not (tmp_path / "b").exists()


# ---------------------------------------------------------------------------------------------------------------------
# Research pairs
# ---------------------------------------------------------------------------------------------------------------------


def test_research_pairs_under_the_data_folder_are_used_and_written_down_and_absent_ones_are_named(world, tmp_path, monkeypatch, trained):
    data = tmp_path / "data"
    (data / "pairs").mkdir(parents=True)
    file = data / "pairs/mine.jsonl"
    rows = [PAIR, {**PAIR, "label": "REFUTES", "claim": "Tin never melts"}, {**PAIR, "label": "CONFLICTING"}]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    (world / "recipe.toml").write_text(RECIPE + PAIRS + '[[pairs]]\nfile = "pairs/absent.jsonl"\n', encoding="utf-8")
    monkeypatch.setenv(DATA_VARIABLE, str(data))
    said = []
    training.train(world / "recipe.toml", tmp_path / "b", say=said.append)
    record = load_bundle(tmp_path / "b").manifest["training"]
    assert record["pairs"] == [
        {"file": "pairs/mine.jsonl", "rows": 2, "held_out": 0, "sha256": sha256(file), "licence": "CC0", "weight": 0.5}
    ]
    assert record["pairs_not_found"] == ["pairs/absent.jsonl"]
    assert "| pairs/mine.jsonl | 2 | CC0 | 0.5 |" in (tmp_path / "b/card.md").read_text(encoding="utf-8")
    assert any("pairs/mine.jsonl (2)" in line for line in said)
    assert any("absent.jsonl" in line and "not found" in line for line in said)
    assert str(data) not in (tmp_path / "b/manifest.json").read_text(encoding="utf-8")
    assert (tmp_path / "b/verification.npz").read_bytes() != (trained[0] / "bundle/verification.npz").read_bytes()


def test_without_the_data_folder_the_recipe_trains_on_what_is_there_and_says_so(world, trained):
    (world / "recipe.toml").write_text(RECIPE + PAIRS, encoding="utf-8")
    said = []
    learner = LinearLearner(read_recipe(world / "recipe.toml"), said.append)
    assert (learner._research, learner.used, learner.absent) == ([], [], ["pairs/mine.jsonl"])
    assert "FACTCHECK_DATA is not set" in said[0]


# ---------------------------------------------------------------------------------------------------------------------
# What is refused
# ---------------------------------------------------------------------------------------------------------------------


def change(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("everyday,train,train\nc-1-0", "everyday,calibration,train\nc-1-0", "statement town-0 has claims in train and in calibration"),
        ("everyday,train,train\nc-1-0", "everyday,test,train\nc-1-0", "statement town-0 has claims in train and in test"),
        ("everyday,train,train\nc-1-0", "everyday,dev,train\nc-1-0", "split is 'dev'; allowed are train, calibration, test"),
        (",test,test", ",train,train", "the test split has no claims"),
        ("NOT ENOUGH INFO,town-13,towns,everyday,cal", "REFUTES,town-13,towns,tweet,cal", None),
        (",town-3,", ",town-99,", r"claim c-3-0 names the statement 'town-99'"),
    ],
)
def test_claims_that_leak_or_cannot_be_split_are_refused_before_anything_is_fitted(world, old, new, words, monkeypatch, tmp_path):
    monkeypatch.setattr(training, "fit_checker", lambda *_: pytest.fail("something was fitted"))
    change(world / "claims.csv", old, new)
    if words is None:  # the last NOT ENOUGH INFO of the calibration split goes
        for number in (10, 11, 12):
            change(world / "claims.csv", f"NOT ENOUGH INFO,town-{number},towns,everyday,cal", f"REFUTES,town-{number},towns,tweet,cal")
        words = "the calibration split has no claim that is NOT ENOUGH INFO"
    with pytest.raises(InputError, match=words):
        training.train(world / "recipe.toml", tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_claims_of_one_statement_on_both_sides_are_refused_by_the_library_too(world):
    recipe = read_recipe(world / "recipe.toml")
    claim = LabelledClaim("a", "The ferry of Dunmore was never opened", "REFUTES", "town-3")
    with pytest.raises(InputError, match="town-3 has claims in train and in calibration"):
        training.fit_checker(read_statements(recipe.statements), [claim], [replace(claim, id="b")], recipe)


@pytest.mark.parametrize(("file", "error"), [("claims.csv", InputError), ("statements.csv", StatementError)])
def test_a_table_that_is_not_there_is_named(world, file, error, tmp_path):
    (world / file).unlink()
    with pytest.raises(error, match=file.replace(".", r"\.")):
        training.train(world / "recipe.toml", tmp_path / "b")


def test_a_folder_of_somebody_else_is_not_replaced_by_a_bundle(world, trained, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/letter.txt").write_text("dear", encoding="utf-8")
    table = table_of(tmp_path, ROWS)
    with pytest.raises(InputError, match="home"):
        training.train_claims(table, tmp_path / "home", text_column="tweet", label_column="label")
    assert (tmp_path / "home/letter.txt").read_text(encoding="utf-8") == "dear"


# ---------------------------------------------------------------------------------------------------------------------
# A plain table
# ---------------------------------------------------------------------------------------------------------------------

ROWS = [
    *((f"SHOCKING!!! They hide cure number {word}", "fake") for word in "one two three four five six seven eight nine ten".split()),
    *((f"The office counted {word} cases on Monday", "real") for word in "one two three four five six seven eight nine ten".split()),
]


def table_of(folder, rows, name="posts.csv"):
    path = folder / name
    if name.endswith(".jsonl"):
        path.write_text("".join(json.dumps({"tweet": text, "label": label}) + "\n" for text, label in rows), encoding="utf-8")
    else:
        path.write_text("tweet,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows), encoding="utf-8")
    return path


def fit_table(table, output, **options):
    return training.train_claims(table, output, **{"text_column": "tweet", "label_column": "label", **options})


@pytest.fixture(scope="module")
def table_bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    table = table_of(folder, ROWS)
    said = []
    return table, folder / "posts", fit_table(table, folder / "posts", say=said.append), said


def test_a_labelled_table_gives_a_classifier_measured_on_rows_that_were_held_out(table_bundle):
    table, folder, metrics, said = table_bundle
    model = ClaimClassifier.load(folder)
    assert list(model.classes_) == ["fake", "real"]
    assert model.predict(["SHOCKING!!! They hide everything"])[0] == "fake"
    assert metrics["n"] == 4
    record = load_bundle(folder).manifest["training"]
    assert record["table"] == {"sha256": sha256(table), "rows": 20, "text_column": "tweet", "label_column": "label"}
    assert record["held_out"] == {"rows": 4, "random_state": 0}
    assert "20 texts, labels fake, real" in said[0]
    assert "20 rows" in (folder / "card.md").read_text(encoding="utf-8")


def test_the_same_table_gives_the_same_bytes_as_csv_and_another_seed_another_held_out_fifth(table_bundle, tmp_path):
    table, folder, _, _ = table_bundle
    again, other = tmp_path / "posts", tmp_path / "other"
    fit_table(table, again)
    fit_table(table, other, random_state=5)
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name
    assert load_bundle(other).manifest["training"]["held_out"]["random_state"] == 5


def test_json_lines_train_as_csv_does(table_bundle, tmp_path):
    fit_table(table_of(tmp_path, ROWS, "posts.jsonl"), tmp_path / "b")
    assert (tmp_path / "b/classifier.npz").read_bytes() == (table_bundle[1] / "classifier.npz").read_bytes()


def test_copies_of_a_text_are_held_out_together(tmp_path, monkeypatch):
    seen = []

    class Spy(ClaimClassifier):
        def fit(self, X, y):
            seen.append(list(X))
            return super().fit(X, y)

    monkeypatch.setattr(training, "ClaimClassifier", Spy)
    copies = [(text.replace("o", "ｏ"), label) for text, label in ROWS]  # the same once folded
    fit_table(table_of(tmp_path, [*ROWS, *copies]), tmp_path / "b")
    kept = {text.replace("ｏ", "o") for text in seen[0]}
    assert len(seen[0]) == 2 * len(kept) == 32


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no rows"),
        (ROWS[:10], "the only label is 'fake'"),
        (ROWS[:14], "label 'real' has 4"),
        ([*ROWS[:10], *[ROWS[10]] * 9], "label 'real' has 1"),
        ([*ROWS, ("a text", "")], r"posts\.csv:22: row 21: label is empty"),
        ([*ROWS, ("a text", "real,more")], "row 21"),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_refused_with_what_was_seen(tmp_path, rows, words):
    with pytest.raises(InputError, match=words):
        fit_table(table_of(tmp_path, rows), tmp_path / "b")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("row", "words"), [((None, "real"), "tweet is empty"), (("x", None), "label is empty"), ((["x"], "real"), "tweet is list and not text")]
)
def test_a_json_value_that_is_no_text_is_refused_and_not_learned_as_a_word(tmp_path, row, words):
    with pytest.raises(InputError, match=rf"posts\.jsonl:21: row 21: {words}"):
        fit_table(table_of(tmp_path, [*ROWS, row], "posts.jsonl"), tmp_path / "b")


@pytest.mark.parametrize("column", ["text_column", "label_column"])
def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path, column):
    with pytest.raises(InputError, match=rf"no column 'nosuch'; the columns are 'tweet', 'label'.*--{column.replace('_', '-')}"):
        fit_table(table_of(tmp_path, ROWS), tmp_path / "b", **{column: "nosuch"})


def test_the_folder_of_an_older_bundle_is_replaced(table_bundle, tmp_path):
    shutil.copytree(table_bundle[1], tmp_path / "b")
    fit_table(table_of(tmp_path, ROWS[:6] + ROWS[10:17]), tmp_path / "b")
    assert load_bundle(tmp_path / "b").manifest["training"]["table"]["rows"] == 13
