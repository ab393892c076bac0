"""A base that is built: equal to one in memory, opened from the disk, updated in part, and refused when it is not whole."""

import json

import numpy as np
import pytest

from factcheck import bases
from factcheck.bases import StoredStatements
from factcheck.checker import FactChecker
from factcheck.errors import StatementError
from factcheck.records import Statement
from factcheck.statements import fingerprint

WORDS = "tower bridge pier wall mayor bakery school river ferry market".split()
STATEMENTS = [
    Statement(f"t-{i}-{j}", "town", f"The {a} of Brevik stands beside the {b}, 1{i}{j} steps away.", "Town Hall", "https://example.org/")
    for i, a in enumerate(WORDS)
    for j, b in enumerate(WORDS)
    if a != b
]
POSTS = [
    "the mayor stands beside the ferry",
    "a bakery in the river",
    "towr and brige",
    "nothing of the kind",
    "the school 163 steps from the wall",
]


@pytest.fixture
def index(bundle_name):
    return FactChecker.load(bundle_name, statements=()).index


@pytest.fixture
def built(tmp_path, index):
    folder = tmp_path / "base"
    bases.build(STATEMENTS, folder, index)
    return folder


def answers(checker):
    return [[(item.statement, item.score, item.relation) for item in checker.match(post, 4)] for post in POSTS]


def test_a_built_base_answers_as_one_in_memory(bundle_name, built):
    stored, held = (FactChecker.load(bundle_name, statements=statements) for statements in (built, STATEMENTS))
    assert answers(stored) == answers(held)
    assert stored.check_many(POSTS) == held.check_many(POSTS)
    assert stored.fingerprint == held.fingerprint
    assert isinstance(stored.statements, StoredStatements)
    assert list(stored.statements) == STATEMENTS
    assert stored.statements[-2:] == tuple(STATEMENTS[-2:])
    assert stored.statements.fingerprint == fingerprint(STATEMENTS)


def test_an_update_reads_what_is_new_and_answers_as_a_base_built_at_once(bundle_name, built, index):
    changed = [
        *STATEMENTS[40:],
        Statement("n-1", "town", "The lighthouse of Brevik was sold.", "Town Hall", "https://example.org/"),
        *STATEMENTS[:30],
    ]
    done = bases.build(changed, built, index)
    assert done == {"statements": len(changed), "read": 1, "removed": 10}
    stored, held = (FactChecker.load(bundle_name, statements=statements) for statements in (built, changed))
    assert list(stored.statements) == changed
    for post in (*POSTS, "the lighthouse was sold"):
        (mine, own), (theirs, their) = (checker.index.search([post], 5) for checker in (stored, held))
        np.testing.assert_allclose(own, their, rtol=1e-5)
        np.testing.assert_array_equal(mine[own > 0], theirs[their > 0])


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_base_built_and_updated_in_small_parts_is_the_same_to_the_byte(tmp_path, index, monkeypatch):
    changed = [
        *STATEMENTS[40:],
        Statement("n-1", "town", "The lighthouse was sold.", "Town Hall", "https://example.org/"),
        *STATEMENTS[:30],
    ]
    bases.build(STATEMENTS, tmp_path / "whole", index)
    bases.build(STATEMENTS, tmp_path / "updated", index)
    bases.build(changed, tmp_path / "updated", index)
    monkeypatch.setattr("factcheck.retrieval._CHUNK", 7)
    monkeypatch.setattr("factcheck.bases._TRANSPOSED", 11)
    for name, statements in (("whole", [STATEMENTS]), ("updated", [STATEMENTS, changed])):
        for now in statements:
            bases.build(now, tmp_path / "parts", index)
        assert contents(tmp_path / "parts") == contents(tmp_path / name)


def test_a_built_base_holds_the_rows_of_an_index_in_memory_and_their_transpose(built, index):
    held = index.fit([statement.text for statement in STATEMENTS])
    for name, matrix in (("rows", held._rows), ("postings", held._rows.T.tocsr())):
        for part in ("data", "indices", "indptr"):
            stored, expected = np.load(built / f"{name}_{part}.npy"), getattr(matrix, part)
            assert stored.dtype == expected.dtype
            np.testing.assert_array_equal(stored, expected)
    np.testing.assert_array_equal(np.load(built / "vectors.npy"), held.vectors_)


def test_building_leaves_the_index_as_it_was(tmp_path, index):
    index.fit(["The mayor sleeps in the tower."])
    bases.build(STATEMENTS, tmp_path / "base", index)
    assert index.search(["the mayor sleeps"], 3)[0].tolist() == [[0]]


def test_an_empty_base_can_be_built_and_filled(tmp_path, index, bundle_name):
    folder = tmp_path / "base"
    assert bases.build([], folder, index)["statements"] == 0
    assert FactChecker.load(bundle_name, statements=folder).check("The mayor sleeps").label == "NOT ENOUGH INFO"
    assert bases.build(STATEMENTS[:3], folder, index)["read"] == 3


def test_a_bundle_with_other_weights_refuses_it(built, index):
    index.idf_ = {**index.idf_, "tower": 1.0}
    with pytest.raises(StatementError, match="another bundle"):
        bases.load(built, index)


def damage_cut(folder):
    file = folder / "statements.jsonl"
    file.write_bytes(file.read_bytes()[:-40])


def damage_indices(folder):
    array = np.load(folder / "rows_indices.npy")
    array[3] = 2_000_000_000
    np.save(folder / "rows_indices.npy", array)


def damage_missing(folder):
    (folder / "postings_data.npy").unlink()


def damage_pickle(folder):
    np.save(folder / "vectors.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)


def damage_format(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")


@pytest.mark.parametrize("damage", [damage_cut, damage_indices, damage_missing, damage_pickle, damage_format])
def test_a_damaged_base_is_refused_with_advice(built, index, damage):
    damage(built)
    with pytest.raises(StatementError, match="build it again"):
        bases.load(built, index)


def test_a_folder_that_is_no_base_is_left_alone(tmp_path, index):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StatementError, match="no statement base"):
        bases.build(STATEMENTS, tmp_path, index)
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"
