"""The bundle that ships: whole, small, without code, and with the record of what it was trained on."""

import json
import re

import pytest

from factcheck.checker import SHIPPED, bundle_path
from factcheck.persistence import load_bundle
from factcheck.recipes import read_recipe
from factcheck.records import STANCES
from factcheck.statements import fingerprint, read_statements

MEGABYTES = {"linear": 10, "encoder": 50}
NETWORK_MEGABYTES = 25


@pytest.fixture(params=SHIPPED)
def folder(request):
    return bundle_path(request.param)


@pytest.fixture
def manifest(folder):
    return load_bundle(folder).manifest


def test_a_shipped_bundle_loads_and_says_what_it_is(folder, manifest):
    assert manifest["name"] == folder.name
    assert manifest["labels"] == list(STANCES)
    assert {"relevance", "probability"} == set(manifest["thresholds"])
    assert all(0 < value <= 1 for value in manifest["thresholds"].values())


def test_it_holds_no_pickle_and_nothing_that_the_manifest_does_not_list(folder, manifest):
    names = {path.name for path in folder.iterdir()}
    assert names == {"manifest.json", *manifest["files"]}
    assert {name.rpartition(".")[2] for name in names} <= {"json", "npz", "md", "onnx"}
    for path in folder.iterdir():
        assert not path.read_bytes().startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")), path.name


def test_it_is_small_enough_for_the_wheel(folder):
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert sum(sizes.values()) <= MEGABYTES[folder.name] * 10**6
    assert sizes.get("verifier.onnx", 0) <= NETWORK_MEGABYTES * 10**6


def test_its_manifest_names_each_training_set_with_sha256_rows_and_licence(manifest, root):
    training = manifest["training"]
    for record in (training["claims"], training["statements"], *training["pairs"]):
        assert re.fullmatch(r"[0-9a-f]{64}", record["sha256"])
    assert all(pairs["rows"] > 0 and pairs["licence"] for pairs in training["pairs"])
    recipe = read_recipe(root / f"recipes/{manifest['name']}.toml")
    named = {pairs.file for pairs in (*recipe.pairs, *(pairs for stage in recipe.stages for pairs in stage.pairs))}
    assert {pairs["file"] for pairs in training["pairs"]} | set(training["pairs_not_found"]) == named
    assert training["claims"]["rows"].keys() == {"train", "calibration", "test"}


def test_its_card_names_each_training_set_and_its_metrics(folder, manifest):
    card = (folder / "card.md").read_text(encoding="utf-8")
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    for pairs in manifest["training"]["pairs"]:
        assert pairs["file"] in card
        assert pairs["licence"] in card
    assert f"{metrics['macro_f1']:.3f}" in card
    assert metrics["n"] == manifest["training"]["claims"]["rows"]["test"]


def test_it_was_trained_on_the_statements_that_ship(manifest):
    assert manifest["training"]["statements"]["sha256"] == fingerprint(read_statements())


def test_the_encoder_learned_from_every_set_of_its_recipe_and_its_card_has_every_score():
    bundle = load_bundle(bundle_path("encoder"))
    assert bundle.manifest["training"]["pairs_not_found"] == []
    card = (bundle.path / "card.md").read_text(encoding="utf-8")
    scores = bundle.documents["pair_metrics"]["sets"]
    assert {"pairs/check_covid.dev.jsonl", "pairs/fm2.dev.jsonl", "pairs/averitec.train.jsonl"} <= set(scores)
    for name, score in scores.items():
        assert f"| {name} | {score['n']} |" in card
        assert f"{score['macro_f1']:.3f} (" in card
    for item in bundle.manifest["training"]["pairs"]:
        assert item["licence"] != "none stated" or item["file"] in card.partition("no licence: ")[2].partition("\n")[0]
