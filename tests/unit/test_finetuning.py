"""Training an encoder, on a network of toy size: what it learns, that it goes on where it was cut off, and what it writes."""

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")
transformers = pytest.importorskip("transformers", reason="needs the extra train")

from factcheck import finetuning, training
from factcheck.checker import FactChecker, bundle_path
from factcheck.errors import InputError
from factcheck.finetuning import Example, Source
from factcheck.networks import SentenceEncoder
from factcheck.persistence import load_bundle
from factcheck.quantization import quantize, to_onnx, to_sentence_onnx, to_weights
from factcheck.recipes import DATA_VARIABLE, Stage
from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES, SUPPORTS
from factcheck.verification import PairEncoder, PooledVerifier

WORDS = "the tower of is was tall not low red blue in it opened never by mayor had since than we soup beside on sunday".split()
SAID = [
    ("the tower is tall", "the tower was opened", SUPPORTS),
    ("the tower is tall", "never opened", REFUTES),
    ("it is red", "soup on sunday", NOT_ENOUGH_INFO),
    ("it is low", "it was opened", SUPPORTS),
    ("it is low", "it was never opened", REFUTES),
]
EXAMPLES = [Example(*said) for said in SAID] * 8


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Write a BERT of two layers with a tiny vocabulary, as a model hub would hold it."""
    folder = tmp_path_factory.mktemp("base")
    signs = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [mark + letter for letter in "abcdefghijklmnopqrstuvwxyz0123456789" for mark in ("", "##")]
    (folder / "vocab.txt").write_text("\n".join([*signs, *WORDS, *letters, ".", ","]), encoding="utf-8")
    vocabulary = {word: number for number, word in enumerate((folder / "vocab.txt").read_text(encoding="utf-8").split("\n"))}
    config = transformers.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=512,
        initializer_range=0.4,
    )
    torch.manual_seed(1)
    transformers.BertForSequenceClassification(config).bert.save_pretrained(folder)
    transformers.BertTokenizerFast(vocab=vocabulary).save_pretrained(folder)
    return folder


@pytest.fixture
def network(base):
    return finetuning.load_base(str(base), offline=True)


def run(network, folder, stage, say=lambda _: None, examples=EXAMPLES, random_state=0):
    model, tokenizer, _ = network
    sources = [Source(examples, len(examples))]
    settings = {"precision": "fp32", "random_state": random_state, "checkpoints": folder, "ancestry": "base", "say": say}
    return finetuning.run_stage(model, PairEncoder(tokenizer, 64), stage, sources, **settings)


STAGE = Stage("toy", epochs=40, learning_rate=3e-3, batch_size=8, dropout=0.1)


def weights(network):
    return {name: value.detach().numpy().copy() for name, value in network[0].state_dict().items()}


def test_a_stage_teaches_the_network_its_examples(network, tmp_path):
    run(network, tmp_path, STAGE, print)
    verifier = finetuning.to_verifier(*network[:2], in_8_bits=False)
    right = [STANCES[stance] for _, _, stance in SAID]
    assert verifier.predict([said[:2] for said in SAID]).tolist() == right


def test_a_run_that_was_cut_off_goes_on_and_ends_in_the_same_weights(base, tmp_path, monkeypatch):
    monkeypatch.setattr(finetuning, "_SAY_EVERY", 10)
    monkeypatch.setattr(finetuning, "_SAVE_EVERY", 10)
    whole = finetuning.load_base(str(base), offline=True)
    name = run(whole, tmp_path / "whole", STAGE)

    def cut(line):
        if "step 60 of" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(finetuning.load_base(str(base), offline=True), tmp_path / "cut", STAGE, cut)
    again, said = finetuning.load_base(str(base), offline=True), []
    assert run(again, tmp_path / "cut", STAGE, said.append) == name
    assert "from step 50" in said[0]
    for key, value in weights(whole).items():
        np.testing.assert_array_equal(weights(again)[key], value, err_msg=key)
    assert [path.name for path in (tmp_path / "cut").iterdir()] == [f"{name}.safetensors"]


def test_a_finished_stage_is_not_run_again(base, tmp_path):
    first, second, said = finetuning.load_base(str(base), offline=True), finetuning.load_base(str(base), offline=True), []
    name = run(first, tmp_path, STAGE)
    assert run(second, tmp_path, STAGE, said.append) == name
    assert said == [f"toy: taken from {name}.safetensors"]
    np.testing.assert_array_equal(weights(second)["classifier.weight"], weights(first)["classifier.weight"])


def test_other_pairs_or_settings_are_another_stage(network, tmp_path):
    short = Stage("toy", epochs=1, learning_rate=1e-3)
    names = {
        run(network, tmp_path, stage, examples=examples)
        for stage in (short, Stage("toy", learning_rate=2e-3))
        for examples in (EXAMPLES, EXAMPLES[1:])
    }
    assert len(names) == 4


def test_a_stage_of_several_seeds_ends_in_the_mean_of_their_weights(base, tmp_path):
    apart = []
    for seed in (0, 1):
        network = finetuning.load_base(str(base), offline=True)
        run(network, tmp_path, STAGE, random_state=seed)
        apart.append(weights(network))
    both, said = finetuning.load_base(str(base), offline=True), []
    name = run(both, tmp_path, replace(STAGE, seeds=2), said.append)
    assert [line.partition(" taken from ")[0] for line in said] == ["toy:", "toy:"]  # each seed's run has its own checkpoint
    assert name not in {path.stem for path in tmp_path.iterdir()}
    for key, value in weights(both).items():
        np.testing.assert_allclose(value, (apart[0][key] + apart[1][key]) / 2, atol=1e-6, err_msg=key)
    assert not np.allclose(apart[0]["classifier.weight"], apart[1]["classifier.weight"])
    np.testing.assert_array_equal(weights(both)[finetuning_words], apart[0][finetuning_words])


def test_the_word_vectors_stay_as_they_were(base, network, tmp_path):
    before = weights(network)
    run(network, tmp_path, STAGE)
    after = weights(network)
    np.testing.assert_array_equal(after[finetuning_words], before[finetuning_words])
    assert not np.array_equal(after["classifier.weight"], before["classifier.weight"])


finetuning_words = "bert.embeddings.word_embeddings.weight"


def test_a_set_without_not_enough_info_says_nothing_about_that_stance(network, tmp_path):
    decided = [Example(*said, closed=True) for said in SAID if said[2] != NOT_ENOUGH_INFO] * 8
    model, tokenizer, _ = network
    before = weights(network)["classifier.bias"][NOT_ENOUGH_INFO]
    settings = {"precision": "fp32", "random_state": 0, "checkpoints": tmp_path, "ancestry": "base", "say": lambda _: None}
    finetuning.run_stage(model, PairEncoder(tokenizer, 64), STAGE, [Source(decided, len(decided))], **settings)
    assert weights(network)["classifier.bias"][NOT_ENOUGH_INFO] == before


def test_negatives_are_claims_with_the_statement_of_another_claim(network):
    encoder = PairEncoder(network[1], 64)
    source = Source([Example("the tower is tall", "tall", SUPPORTS), Example("it is low", "low", REFUTES)], 2, 10.0)
    encoded = [finetuning._encode(source, encoder)]
    drawn = [item for batch in finetuning._plan(encoded, [source], 4, np.random.default_rng(0)) for item in batch]
    assert len(drawn) == 22
    batch = finetuning._batch(drawn, encoded, [source], encoder)
    crossed = torch.tensor([item.claim != item.statement for item in drawn])
    assert 0 < int(crossed.sum()) <= 20
    assert (batch.stances[crossed] == NOT_ENOUGH_INFO).all()
    assert (batch.stances[~crossed] != NOT_ENOUGH_INFO).all()


def test_the_network_computes_what_transformers_computes(network):
    model, tokenizer, _ = network
    ids, segments = PairEncoder(tokenizer, 64).pair([7, 8, 9], [10, 11])
    ids, segments = torch.tensor([ids]), torch.tensor([segments])
    mask = torch.ones_like(ids)
    model.eval()
    with torch.no_grad():
        theirs = model(input_ids=ids, token_type_ids=segments, attention_mask=mask).logits
        np.testing.assert_allclose(finetuning.logits(model, ids, segments, mask), theirs, atol=1e-5)


def test_the_file_computes_what_the_network_computes_and_8_bits_come_near(network, tmp_path):
    run(network, tmp_path, STAGE)
    model, tokenizer, _ = network
    pairs = [said[:2] for said in SAID]
    single, rounded = (finetuning.to_verifier(model, tokenizer, in_8_bits=bits).predict_proba(pairs) for bits in (False, True))
    model.eval()
    for row, (claim, statement) in zip(single, pairs, strict=True):
        tokens = tokenizer.encode(claim, statement)
        with torch.no_grad():
            found = model(input_ids=torch.tensor([tokens.ids]), token_type_ids=torch.tensor([tokens.type_ids])).logits[0]
        np.testing.assert_allclose(row, torch.softmax(found, 0), atol=1e-5)
    np.testing.assert_allclose(rounded, single, atol=0.05)


def test_8_bits_take_a_third_of_the_room(network):
    model, _, _ = network
    file = to_onnx({name: value.numpy() for name, value in model.state_dict().items()}, layers=2, heads=4)
    assert len(quantize(file)) < len(file) * 0.75  # the places, of which a toy has as many as a real network, stay as they are


@pytest.mark.parametrize("bits", [32, 8])
def test_a_file_gives_back_the_weights_that_it_was_written_from(network, bits):
    model, _, _ = network
    before = {name: value.numpy() for name, value in model.state_dict().items()}
    file = to_onnx(before, layers=2, heads=4)
    file = quantize(file) if bits == 8 else file
    after, heads = to_weights(file)
    assert heads == 4
    assert after.keys() == before.keys()
    for name, value in before.items():
        np.testing.assert_allclose(after[name], value, atol=1e-6 if bits == 32 else np.abs(value).max() / 100)
    again = to_onnx(after, layers=2, heads=4)
    for name, value in to_weights(quantize(again) if bits == 8 else again)[0].items():
        np.testing.assert_allclose(value, after[name], atol=1e-6)


# ---------------------------------------------------------------------------------------------------------------------
# The whole training
# ---------------------------------------------------------------------------------------------------------------------

RECIPE = """name = "tiny"
claims = "claims.csv"
statements = "statements.csv"
measured = ["test.dev.jsonl", "absent.jsonl"]
[encoder]
base = "nobody/nothing"
longest = 64
precision = "fp32"
[[stages]]
name = "first"
learning_rate = 1e-3
[[stages.pairs]]
file = "test.train.jsonl"
licence = "CC0"
held_out = 0.3
[[stages]]
name = "last"
learning_rate = 1e-3
own = 1
"""


@pytest.fixture
def world(tmp_path, monkeypatch, write_world):
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    write_world(tmp_path)
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    rows = [
        {"claim": f"{claim} {n}", "evidence": statement, "label": STANCES[stance]} for n in range(12) for claim, statement, stance in SAID
    ]
    for name in ("train", "dev"):
        (tmp_path / f"test.{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_a_recipe_becomes_a_bundle_that_checks(world, base):
    said = []
    metrics = training.train(world / "recipe.toml", world / "bundle", base=base, say=said.append)
    checker = FactChecker.load(world / "bundle", statements=world / "statements.csv", threads=1)
    assert isinstance(checker.verifier, PooledVerifier)
    assert checker.check("The windmill of Brevik was never opened by any mayor").reason != "error"
    bundle = load_bundle(world / "bundle")
    assert bundle.manifest["kind"] == "encoder"
    assert set(bundle.manifest["versions"]) >= {"torch", "transformers", "onnxruntime"}
    (used,) = bundle.manifest["training"]["pairs"]
    assert (used["stage"], used["file"], used["rows"]) == ("first", "test.train.jsonl", 60)
    assert 0 < used["held_out"] < 60
    found = bundle.documents["pair_metrics"]
    assert set(found["sets"]) == {"test.train.jsonl, rows held out", "test.dev.jsonl"}
    assert found["sets"]["test.dev.jsonl"]["n"] == 60
    assert set(found["stages"]) == {"first", "last"}
    assert metrics["n"] == 16
    assert any("absent.jsonl" in line for line in said)
    card = (world / "bundle/card.md").read_text(encoding="utf-8")
    assert "| first | test.train.jsonl | 60 |" in card
    assert "claim-only" in card


def test_the_same_recipe_gives_the_same_bytes_with_and_without_its_checkpoints(world, base):
    for name, folder in (("a", "one"), ("b", "one"), ("c", "two")):
        training.train(world / "recipe.toml", world / name, base=base, checkpoints=world / folder)
    for file in (world / "a").iterdir():
        assert file.read_bytes() == (world / "b" / file.name).read_bytes() == (world / "c" / file.name).read_bytes(), file.name


def test_a_bundle_can_be_the_base_and_goes_on_to_learn(world, base):
    training.train(world / "recipe.toml", world / "first", base=base)
    training.train(world / "recipe.toml", world / "second", base=world / "first")
    first, second = (load_bundle(world / name) for name in ("first", "second"))
    parameters = second.manifest["training"]["parameters"]["verifier"]
    assert parameters["base"] == f"bundle {first.sha256}"
    assert [stage["name"] for stage in parameters["stages"]] == ["first", "last", "last"]
    assert second.manifest["training"]["pairs"] == first.manifest["training"]["pairs"]  # what the base learned from is still in it
    assert second.documents["pair_metrics"]["stages"].keys() == {"first", "last"}
    assert second.networks["sentences"] == first.networks["sentences"]
    assert second.networks["verifier"] != first.networks["verifier"]
    began = finetuning.load_base(str(world / "first"), offline=True)
    pairs = [said[:2] for said in SAID]
    goes_on = finetuning.to_verifier(*began[:2], in_8_bits=True).predict_proba(pairs)
    np.testing.assert_allclose(goes_on, FactChecker.load(world / "first").verifier.encoder.predict_proba(pairs), atol=1e-3)


def test_a_bundle_that_learned_what_the_recipe_holds_out_is_no_base(world, base):
    training.train(world / "recipe.toml", world / "first", base=base)
    (world / "topics.toml").write_text(RECIPE.replace('name = "tiny"', 'name = "tiny"\nsplit = "topic"'), encoding="utf-8")
    with pytest.raises(InputError, match="learned from claims split by statement, the recipe splits by topic"):
        training.train(world / "topics.toml", world / "second", base=world / "first")


def test_a_bundle_without_a_network_is_no_base():
    with pytest.raises(InputError, match=r"linear: a bundle without a network \(verifier, sentences\)"):
        finetuning.load_base(str(bundle_path("linear")), offline=True)


def test_a_model_that_is_not_there_is_named(world):
    with pytest.raises(InputError, match=r"nothing-here.*--base"):
        training.train(world / "recipe.toml", world / "bundle", base=world / "nothing-here")


def test_a_stage_whose_pairs_are_not_at_hand_is_refused_with_what_to_do(world, base):
    (world / "test.train.jsonl").unlink()
    with pytest.raises(InputError, match=r"stage 'first': none of its pairs is at hand; name their folder in FACTCHECK_DATA"):
        training.train(world / "recipe.toml", world / "bundle", base=base)


# --- sentence vectors ------------------------------------------------------------------------------------------------


def test_a_sentence_vector_is_the_mean_of_the_last_states(network):
    model, tokenizer, _ = network
    texts = ["the tower is tall", "soup on sunday", "it was opened by the mayor"]
    encoder = SentenceEncoder(to_sentence_onnx(*finetuning._weights(model)), tokenizer.to_str())
    vectors = encoder.embed(texts).astype(np.float64)
    for text, vector in zip(texts, vectors, strict=True):
        ids = torch.tensor(
            [[tokenizer.token_to_id("[CLS]"), *tokenizer.encode(text, add_special_tokens=False).ids, tokenizer.token_to_id("[SEP]")]]
        )
        with torch.inference_mode():
            mean = model.bert.eval()(input_ids=ids).last_hidden_state[0].mean(dim=0).numpy()
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=2e-3)  # half precision


def test_sentence_vectors_in_8_bits_are_the_same_alone_and_together_and_near_those_in_single_precision(network):
    encoder = finetuning.to_sentence_encoder(*network[:2])
    texts = ["the tower is tall", "", "soup on sunday", "it was opened by the mayor of the tower never"]
    together = encoder.embed(texts)
    np.testing.assert_array_equal(together, np.concatenate([encoder.embed([text]) for text in texts]))
    assert (together[1] == 0).all()
    model, tokenizer, _ = network
    single = SentenceEncoder(to_sentence_onnx(*finetuning._weights(model)), tokenizer.to_str()).embed(texts)
    assert (together.astype(float) * single.astype(float)).sum(axis=1)[[0, 2, 3]].min() > 0.98
