"""Research sets: the registry, tables that other commands read, splits without leaks, and predictions for scorers."""

import csv
import json
import re
from collections import defaultdict
from urllib.parse import urlsplit

import pytest

from factcheck import datasets
from factcheck.datasets import COLUMNS, DATASETS, PARTS, convert, describe, fetch, read_dataset, write_predictions
from factcheck.errors import InputError
from factcheck.evaluation import evaluate_pairs
from factcheck.recipes import PairSet, held_out, read_pairs

S, R, N = "SUPPORTS", "REFUTES", "NOT ENOUGH INFO"
ROWS = [
    ("Supports", "Masks help", "Masks stop drops."),
    ("Refutes", "Soup helps", "Soup is food."),
    ("Neutral", "Tea helps", "Tea is hot."),
]


def healthver(folder, rows=ROWS, name="healthver_dev.csv"):
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [("id", "evidence", "claim", "label"), *((i, text, claim, label) for i, (label, claim, text) in enumerate(rows))]
        )
    return folder / name


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# ---------------------------------------------------------------------------------------------------------------------
# The registry
# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset.name)
def test_a_set_is_described_whole_and_its_addresses_are_https(dataset):
    assert dataset.kind in COLUMNS
    assert all((dataset.licence, dataset.files, dataset.described, dataset.read.__doc__))
    for address in (dataset.home, *(remote.url for remote in dataset.remotes)):
        assert urlsplit(address).scheme == "https"
        assert urlsplit(address).hostname
    for remote in dataset.remotes:
        assert remote.file
        assert bool(remote.sha256) == bool(remote.size)
        assert re.fullmatch(r"([0-9a-f]{64})?", remote.sha256)


def test_what_is_known_of_the_sets_says_which_are_fetched():
    assert {about["fetch"] for about in describe()} == {"yes", "by hand", "no address"}
    json.dumps(describe())


@pytest.mark.parametrize("name", [name for name, dataset in DATASETS.items() if not any(remote.sha256 for remote in dataset.remotes)])
def test_a_set_without_a_checksum_is_not_fetched_and_the_message_says_what_to_do(tmp_path, name):
    with pytest.raises(
        InputError, match=rf"{name}: no checksum .* by hand from {re.escape(DATASETS[name].home)}.*factcheck data convert {name}"
    ):
        fetch(name, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_only_files_with_a_checksum_are_downloaded(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(datasets, "download", lambda remote, folder: asked.append(remote) or folder / remote.file)
    assert [file.name for file in fetch("check-covid", tmp_path)] == ["corpus.json", "covidCheck_train_writtenAuth.json"]
    assert all(remote.sha256 for remote in asked)


def test_an_unknown_set_is_named_with_the_nearest(tmp_path):
    for call in (
        lambda: fetch("SciFacts", tmp_path),
        lambda: convert("SciFacts", ["x"], "y.jsonl"),
        lambda: list(read_dataset("SciFacts", ["x"])),
    ):
        with pytest.raises(InputError, match="SciFacts: is no known set; did you mean scifact"):
            call()


# ---------------------------------------------------------------------------------------------------------------------
# Conversion
# ---------------------------------------------------------------------------------------------------------------------


def test_pairs_are_what_recipes_and_the_evaluation_read(tmp_path):
    done = convert("healthver", [healthver(tmp_path)], tmp_path / "pairs.jsonl")
    assert read_pairs(tmp_path / "pairs.jsonl") == [
        (("Masks help", "Masks stop drops."), S),
        (("Soup helps", "Soup is food."), R),
        (("Tea helps", "Tea is hot."), N),
    ]

    class Verifier:
        def predict_proba(self, pairs):
            return [[1.0, 0.0, 0.0] for _ in pairs]

    assert evaluate_pairs(Verifier(), tmp_path / "pairs.jsonl")["n"] == 3
    assert done.files == {str(tmp_path / "pairs.jsonl"): 3}
    assert done.labels == {S: 1, R: 1, N: 1}
    assert done.left_out == {}
    assert list(done.lines()) == [f"3 rows in {tmp_path / 'pairs.jsonl'}.", "Labels: 1 SUPPORTS, 1 REFUTES, 1 NOT ENOUGH INFO."]


@pytest.mark.parametrize("ending", ["csv", "tsv", "json"])
def test_the_ending_says_the_format(tmp_path, ending):
    convert("healthver", [healthver(tmp_path)], tmp_path / f"pairs.{ending}")
    text = (tmp_path / f"pairs.{ending}").read_text(encoding="utf-8")
    assert text.startswith({"csv": "id,claim,evidence,label\n", "tsv": "id\tclaim\tevidence\tlabel\n", "json": '[\n{"id"'}[ending])
    assert "Soup is food." in text


def test_a_pattern_stands_for_files_and_what_is_left_out_is_counted(tmp_path):
    healthver(tmp_path, name="a-1.csv")
    healthver(tmp_path, [("", "x", "y"), ("Neutral", "x", ""), ("Neutral", "x", "")], name="a-2.csv")
    done = convert("healthver", [tmp_path / "a-*.csv"], tmp_path / "pairs.jsonl")
    assert done.left_out == {"no evidence": 2, "no label": 1}
    assert list(done.lines())[-1] == "Left out: 2 no evidence, 1 no label."
    assert len(lines(tmp_path / "pairs.jsonl")) == 3


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("Maybe", "x", "y")], r"healthver_dev\.csv:2: row 1: the label 'Maybe'"),
        ([*ROWS, ("Maybe", "x", "y")], "the label 'Maybe'"),
        ([("", "x", "y")], r"no row can be made of the given files \(left out: 1 no label\); it reads healthver_train\.csv"),
        ([], "no row can be made of the given files; it reads"),
    ],
)
@pytest.mark.parametrize("split", [False, True])
def test_a_conversion_that_fails_leaves_what_was_there(tmp_path, rows, words, split):
    target = tmp_path / "pairs.jsonl"
    target.write_text("before")
    with pytest.raises(InputError, match=words):
        convert("healthver", [healthver(tmp_path, rows)], target, split=split)
    assert target.read_text() == "before"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["healthver_dev.csv", "pairs.jsonl"]


def test_a_file_is_never_replaced_by_what_is_made_of_it(tmp_path):
    source = healthver(tmp_path)
    (tmp_path / "link.csv").symlink_to(source)
    for target in (source, tmp_path / "link.csv"):
        with pytest.raises(InputError, match="would be replaced by what is made of it"):
            convert("healthver", [source], target)
    assert len(source.read_text().splitlines()) == 4


@pytest.mark.parametrize(
    ("sources", "target", "split", "words"),
    [
        (["-"], "out.jsonl", False, "-: healthver is read more than once"),
        (["none.csv"], "out.jsonl", False, "there is no such file"),
        (["none.csv"], "out.jsonl", True, "there is no such file"),
        (["none-*.csv"], "out.jsonl", False, "no file fits this pattern"),
        (["healthver_dev.csv"], "out.xyz", False, "tells no format"),
        (["healthver_dev.csv"], "-", True, "--split: writes three files"),
    ],
)
def test_what_cannot_be_read_or_written_is_said_before_anything_is(tmp_path, monkeypatch, sources, target, split, words):
    monkeypatch.chdir(tmp_path)
    healthver(tmp_path)
    with pytest.raises(InputError, match=words):
        convert("healthver", sources, target, split=split)
    assert [file.name for file in tmp_path.iterdir()] == ["healthver_dev.csv"]


# ---------------------------------------------------------------------------------------------------------------------
# Splits
# ---------------------------------------------------------------------------------------------------------------------


def split_of(folder, rows):
    done = convert("healthver", [healthver(folder, rows)], folder / "out.jsonl", split=True)
    assert list(done.files) == [str(folder / f"out.{part}.jsonl") for part in PARTS]
    parts = {part: lines(folder / f"out.{part}.jsonl") for part in PARTS}
    assert [len(rows) for rows in parts.values()] == list(done.files.values())
    return parts


def chained(count):
    """Return rows of which each has its claim or its evidence from the one before, in chains of six."""
    return [("Neutral", f"claim {(i + 1) // 2} of {i // 6}", f"evidence {i // 2} of {i // 6}") for i in range(count)]


def test_no_two_parts_of_a_split_share_a_claim_or_a_piece_of_evidence_in_whatever_case(tmp_path):
    rows = [(label, claim.upper() if i % 3 else claim, text) for i, (label, claim, text) in enumerate(chained(1200))]
    parts = split_of(tmp_path, rows)
    for column in ("claim", "evidence"):
        seen = defaultdict(set)
        for part, members in parts.items():
            for row in members:
                seen[row[column].casefold()].add(part)
        assert all(len(where) == 1 for where in seen.values())
    assert sum(map(len, parts.values())) == 1200
    for part, share in (("dev", 0.1), ("test", 0.1), ("train", 0.8)):
        assert share - 0.06 < len(parts[part]) / 1200 < share + 0.06


def test_a_chain_that_closes_only_at_its_end_is_one_group(tmp_path):
    links = [("a", "1"), ("b", "2"), ("c", "3"), ("a", "2"), ("c", "1")]
    rows = [("Neutral", f"{claim} {i}", f"{text} {i}") for i in range(60) for claim, text in links]
    for members in split_of(tmp_path, rows).values():
        assert len(members) % len(links) == 0


def test_a_split_is_the_same_whatever_the_order_of_the_rows(tmp_path):
    rows = chained(300)
    texts = lambda parts: {part: sorted((row["claim"], row["evidence"]) for row in members) for part, members in parts.items()}  # noqa: E731
    assert texts(split_of(tmp_path, rows)) == texts(split_of(tmp_path, rows[::-1]))


def test_the_test_part_is_what_a_recipe_that_holds_out_a_tenth_of_the_claims_keeps_from_training(tmp_path):
    parts = split_of(tmp_path, [("Neutral", f"claim {i}", f"evidence {i}") for i in range(400)])
    pairs = [(row["claim"], row["evidence"]) for members in parts.values() for row in members]
    out = {pair for pair, kept in zip(pairs, held_out(pairs, PairSet("x", held_out=0.1)), strict=True) if kept}
    assert out == {(row["claim"], row["evidence"]) for row in parts["test"]}
    assert len(out) > 20


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_group_that_holds_much_of_the_rows_is_trained_on_even_if_its_last_row_ties_it_together(tmp_path, pieces):
    for i in range(40):  # whatever part its claim alone would go to
        big = [("Neutral", f"claim {i} {j % pieces}", f"evidence {j}") for j in range(30)]
        ties = [("Neutral", f"claim {i} {j}", f"evidence {j + 1}") for j in range(pieces - 1)]
        rows = big + [("Neutral", f"other {j}", f"text {j}") for j in range(160)] + ties
        trained = {row["claim"] for row in split_of(tmp_path, rows)["train"]}
        assert trained >= {f"claim {i} {j}" for j in range(pieces)}


def test_a_base_has_no_parts(tmp_path):
    (tmp_path / "corpus.jsonl").write_text('{"doc_id": 1, "abstract": ["Tin melts."]}\n')
    with pytest.raises(InputError, match="--split: scifact-corpus makes statements, which have no parts"):
        convert("scifact-corpus", [tmp_path / "corpus.jsonl"], tmp_path / "out.jsonl", split=True)


# ---------------------------------------------------------------------------------------------------------------------
# Predictions
# ---------------------------------------------------------------------------------------------------------------------


def evidence(document, sentence, stance, form="{}.{}"):
    return {"id": form.format("abc", sentence), "topic": document, "statement": "unused", "stance": stance}


def verdicts(folder, rows):
    file = folder / "verdicts.jsonl"
    keyed = [{"id": i, "claim": "x", "factcheck_verdict": verdict, "factcheck_evidence": found} for i, verdict, found in rows]
    file.write_text("".join(json.dumps(row) + "\n" for row in keyed))
    return file


BATCH = [
    (
        5,
        S,
        [
            evidence("Tin_(metal)", 2, S),
            evidence("Tin_(metal)", 0, S),
            evidence("Lead", 1, R),
            evidence("Zinc", 7, S),
            evidence("Iron", 3, N),
        ],
    ),
    (3, N, [evidence("Tin_(metal)", 2, S)]),
    ("9", "CONFLICTING", [evidence("Lead", 1, R), evidence("Zinc", 7, S), evidence("Lead", 4, R), evidence("Lead", 5, S)]),
    (7, None, None),
]


def test_fever_s_predictions_cite_page_and_line_of_what_stands_for_the_verdict(tmp_path):
    assert write_predictions("fever", verdicts(tmp_path, BATCH), tmp_path / "out.jsonl") == 4
    assert lines(tmp_path / "out.jsonl") == [
        {"id": 5, "predicted_label": S, "predicted_evidence": [["Tin_(metal)", 2], ["Tin_(metal)", 0], ["Zinc", 7]]},
        {"id": 3, "predicted_label": N, "predicted_evidence": []},
        {"id": 9, "predicted_label": R, "predicted_evidence": [["Lead", 1], ["Lead", 4]]},
        {"id": 7, "predicted_label": N, "predicted_evidence": []},
    ]


def test_scifact_s_predictions_label_each_document(tmp_path):
    write_predictions("scifact", verdicts(tmp_path, BATCH), tmp_path / "out.jsonl")
    assert lines(tmp_path / "out.jsonl") == [
        {"id": 5, "evidence": {"Tin_(metal)": {"sentences": [2, 0], "label": "SUPPORT"}, "Zinc": {"sentences": [7], "label": "SUPPORT"}}},
        {"id": 3, "evidence": {}},
        {"id": 9, "evidence": {"Lead": {"sentences": [1, 4], "label": "CONTRADICT"}, "Zinc": {"sentences": [7], "label": "SUPPORT"}}},
        {"id": 7, "evidence": {}},
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([(5, N, []), (5, N, [])], r"verdicts\.jsonl:2: row 2: the id 5 stood above"),
        ([("a5", N, [])], "the id in 'id' is 'a5'; give the set's own, a whole number"),
        ([(True, N, [])], "the id in 'id' is 'True'"),
        ([(None, N, [])], "the id in 'id' is 'None'"),
        ([(5, S, [evidence("Tin", "x", S)])], r"the statement 'abc\.x' names no sentence"),
        ([(5, S, [evidence("", 1, S)])], r"the statement 'abc\.1' names no sentence"),
    ],
)
def test_a_verdict_that_cannot_be_scored_is_refused_and_nothing_is_written(tmp_path, rows, words):
    with pytest.raises(InputError, match=words):
        write_predictions("scifact", verdicts(tmp_path, rows), tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_verdicts_without_their_evidence_are_refused(tmp_path):
    (tmp_path / "verdicts.csv").write_text("id,factcheck_verdict\n5,SUPPORTS\n")
    with pytest.raises(
        InputError, match=r"verdicts\.csv:2: row 1: has no factcheck_evidence; give what `factcheck batch` wrote as JSON Lines"
    ):
        write_predictions("fever", tmp_path / "verdicts.csv", tmp_path / "out.jsonl")


def test_there_are_scorers_of_two_sets_only(tmp_path):
    with pytest.raises(InputError, match="liar: has no official scorer that is written for; allowed are fever, scifact"):
        write_predictions("liar", verdicts(tmp_path, []), tmp_path / "out.jsonl")
