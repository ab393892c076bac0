"""The pair models: what the linear one learns, refuses and does without a stance; how the encoder reads pairs of any length."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from factcheck import verification
from factcheck.checker import bundle_path
from factcheck.persistence import load_bundle
from factcheck.records import NOT_ENOUGH_INFO, REFUTES, STANCES, SUPPORTS
from factcheck.verification import EncoderVerifier, LinearVerifier, PooledVerifier, deciding_sentence

THINGS = [("radio", "fever"), ("honey", "cough"), ("masks", "asthma"), ("garlic", "rash"), ("tea", "pain"), ("zinc", "stroke")]
PAIRS, LABELS = [], []
for one, two in THINGS:
    PAIRS += [
        (f"{one} causes {two}", f"{one} does not cause {two}"),
        (f"{one} causes {two}", f"{one} causes {two}"),
        (f"{one} does not cause {two}", f"{one} does not cause {two}"),
        (f"my neighbour sells {one}", f"{one} causes {two}"),
    ]
    LABELS += ["REFUTES", "SUPPORTS", "SUPPORTS", "NOT ENOUGH INFO"]


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """On a busy machine the threads of a small product wait for one another many times longer than they compute."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def verifier():
    return LinearVerifier().fit(PAIRS, LABELS)


def test_columns_follow_the_stances_whatever_order_training_had():
    verifier = LinearVerifier().fit(PAIRS[::-1], LABELS[::-1])
    assert verifier.classes_.tolist() == list(STANCES)
    assert verifier.predict_proba(PAIRS).shape == (len(PAIRS), 3)


def test_it_learns_negation_and_not_the_topic(verifier):
    """Pairs over things that training never named."""
    pairs = [("copper causes gout", "copper does not cause gout"), ("copper causes gout", "copper causes gout")]
    assert verifier.predict(pairs).tolist() == ["REFUTES", "SUPPORTS"]


def test_the_predicted_stance_is_the_likeliest(verifier):
    probabilities = verifier.predict_proba(PAIRS)
    assert verifier.predict(PAIRS).tolist() == [STANCES[i] for i in probabilities.argmax(axis=1)]


def test_no_pairs_give_no_rows(verifier):
    assert verifier.predict_proba([]).shape == (0, 3)
    assert verifier.predict([]).shape == (0,)


def test_a_pair_has_the_same_probabilities_alone_and_among_others(verifier):
    together = verifier.predict_proba(PAIRS)
    for position, pair in enumerate(PAIRS[:6]):
        np.testing.assert_array_equal(verifier.predict_proba([pair])[0], together[position])


@pytest.mark.parametrize("missing", [SUPPORTS, REFUTES, NOT_ENOUGH_INFO])
def test_a_stance_that_training_never_saw_is_never_given(missing):
    kept = [i for i, label in enumerate(LABELS) if label != STANCES[missing]]
    verifier = LinearVerifier().fit([PAIRS[i] for i in kept], [LABELS[i] for i in kept])
    probabilities = verifier.predict_proba(PAIRS)
    assert (probabilities[:, missing] < 1e-6).all()
    assert verifier.predict([PAIRS[i] for i in kept]).tolist() == [LABELS[i] for i in kept]


def test_pairs_and_stances_of_different_length_are_refused():
    with pytest.raises(ValueError, match="24 pairs but 23 stances"):
        LinearVerifier().fit(PAIRS, LABELS[:-1])


def test_an_unknown_stance_is_refused_by_its_name():
    with pytest.raises(ValueError, match="unknown stance 'TRUE'; allowed are SUPPORTS, REFUTES, NOT ENOUGH INFO"):
        LinearVerifier().fit(PAIRS, ["TRUE", *LABELS[1:]])


def test_a_pair_of_weight_zero_might_as_well_be_absent():
    """The wrong rows are the right ones turned round: were the weights not looked at, the two would cancel."""
    wrong = ["SUPPORTS" if label == "REFUTES" else "REFUTES" for label in LABELS]
    weights = np.repeat([1.0, 0.0], len(PAIRS))
    weighted = LinearVerifier().fit(PAIRS * 2, LABELS + wrong, sample_weight=weights)
    assert weighted.predict(PAIRS).tolist() == LABELS


def test_a_smaller_c_makes_milder_probabilities(verifier):
    mild = LinearVerifier(C=1e-4).fit(PAIRS, LABELS)
    assert mild.predict_proba(PAIRS).max(axis=1).mean() < verifier.predict_proba(PAIRS).max(axis=1).mean()


# ---------------------------------------------------------------------------------------------------------------------
# The encoder
# ---------------------------------------------------------------------------------------------------------------------

MASTS = "5G masts spread the coronavirus"
DENIAL = "5G technology does not spread the coronavirus."
PADDING = "The committee met on Tuesday in the town hall. It spoke of the budget, of the roads and of the new library. Nobody objected."


@pytest.fixture(scope="module")
def shipped_encoder():
    return load_bundle(bundle_path("encoder"))


@pytest.fixture(scope="module")
def encoder(shipped_encoder):
    return encoder_of(shipped_encoder)


def encoder_of(bundle, **options):
    return EncoderVerifier(bundle.networks["verifier"], json.dumps(bundle.documents["tokenizer"]), **options)


def test_the_encoder_tells_a_myth_from_its_denial(encoder):
    found = encoder.predict([(MASTS, DENIAL), ("5G does not spread the coronavirus", DENIAL), ("The train was late again", DENIAL)])
    assert found.tolist() == ["REFUTES", "SUPPORTS", "NOT ENOUGH INFO"]


def test_a_pair_gets_the_same_bits_alone_among_others_and_on_any_number_of_threads(shipped_encoder):
    pairs = [(claim, statement) for claim in (MASTS, "A mask", PADDING, "") for statement in (DENIAL, PADDING, "Masks help.", PADDING * 9)]
    alone = np.vstack([encoder_of(shipped_encoder, threads=1).predict_proba([pair]) for pair in pairs])
    for threads in (1, 3):
        verifier = encoder_of(shipped_encoder, threads=threads)
        np.testing.assert_array_equal(verifier.predict_proba(pairs), alone)
        np.testing.assert_array_equal(verifier.predict_proba(pairs[::-1])[::-1], alone)


def test_threads_share_one_encoder_and_its_memory(encoder):
    pairs = [(f"{MASTS} in {year}", DENIAL) for year in range(2000, 2040)]
    right = encoder.predict_proba(pairs)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: encoder.predict_proba([pairs[i], pairs[-i - 1]]), [*range(40)] * 3))
    for i, answer in zip([*range(40)] * 3, answers, strict=True):
        np.testing.assert_array_equal(answer, right[[i, -i - 1]])


def test_what_was_asked_lately_is_not_read_again_and_what_was_asked_long_ago_is_forgotten(shipped_encoder, monkeypatch):
    monkeypatch.setattr(verification, "_REMEMBERED", 3)
    verifier, read = encoder_of(shipped_encoder, threads=1), []
    run = verifier._network.run
    monkeypatch.setattr(verifier._network, "run", lambda inputs: run(read.append(given) or given for given in inputs))
    pairs = [(f"Claim number {n}", DENIAL) for n in range(4)]
    verifier.predict_proba([pairs[0], pairs[0], pairs[1]])
    assert len(read) == 2
    verifier.predict_proba(pairs[:2])
    assert len(read) == 2
    verifier.predict_proba(pairs[2:])
    verifier.predict_proba(pairs[:1])
    assert len(read) == 5


def test_no_pairs_give_the_encoder_no_rows(encoder):
    assert encoder.predict_proba([]).shape == (0, 3)


def test_disguised_words_are_read_as_what_they_stand_for(encoder):
    plain = encoder.predict_proba([("vaccines cause autism", DENIAL)])
    np.testing.assert_array_equal(encoder.predict_proba([("v\u0430ccines \u200bcause aut1sm", DENIAL)]), plain)


@pytest.mark.parametrize("sign", ["[SEP]", "[CLS]", "[PAD]", "[MASK]"])
def test_a_sign_of_the_network_that_somebody_writes_is_text(encoder, sign):
    ((ids, _),) = encoder._windows([(f"masks {sign} help", DENIAL)])[0]
    number = encoder._encoder.tokenizer.token_to_id(sign)
    assert ids.count(number) == {"[CLS]": 1, "[SEP]": 2}.get(sign, 0)


@pytest.mark.parametrize("place", [0, 3, 7])
def test_the_sentence_that_matters_is_named_wherever_it_stands_in_a_long_statement(encoder, place):
    parts = [PADDING] * 7
    parts.insert(place, DENIAL)
    statement = " ".join(parts)
    assert encoder.predict_proba([(MASTS, statement)]).sum() == pytest.approx(1)
    assert deciding_sentence(encoder, MASTS, statement, REFUTES) == DENIAL


def test_of_several_windows_the_best_support_and_the_best_contradiction_decide():
    together = verification._strongest([np.array([0.6, 0.1, 0.3]), np.array([0.1, 0.1, 0.8]), np.array([0.1, 0.3, 0.6])])
    np.testing.assert_allclose(together, np.array([0.6, 0.3, 0.3]) / 1.2)


def test_a_statement_of_one_sentence_names_none(encoder, verifier):
    for one in (encoder, verifier):
        assert deciding_sentence(one, MASTS, DENIAL, REFUTES) == ""


def test_windows_hold_every_word_in_order_and_no_more_than_their_room(encoder):
    statement = " ".join(f"Sentence number {n} speaks of matter {n * n} in town {n + 7}." for n in range(80))
    (windows,) = encoder._windows([(MASTS, statement)])
    whole = encoder._encoder.tokens([statement])[0]
    claim = len(encoder._encoder.tokens([MASTS])[0])
    parts = [[*ids[claim + 2 : -1]] for ids, _ in windows]
    assert len(parts) > 1
    assert all(len(part) <= encoder.longest for part in parts)
    read = parts[0]
    for part in parts[1:]:
        overlap = max(size for size in range(len(part) + 1) if size == 0 or read[-size:] == part[:size])
        read = read + part[overlap:]
    assert read == whole


def test_a_sentence_longer_than_a_window_is_read_in_pieces(encoder):
    endless = "and so the report goes on " * 200
    (windows,) = encoder._windows([(MASTS, endless)])
    assert sum(len(ids) for ids, _ in windows) > 1_000


def test_a_claim_is_read_whole_or_not_at_all(encoder):
    long_claim = "word " * 400
    ((ids, _), *_), none = encoder._windows([(long_claim, DENIAL * 30), ("word " * 500, DENIAL)])
    assert ids[1:401] == encoder._encoder.tokens(["word"])[0] * 400
    assert len(ids) <= 512
    assert none == []
    assert encoder.predict_proba([("word " * 500, DENIAL)]).tolist() == [[0.0, 0.0, 1.0]]


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (b"", "cannot be read"),
        (b"no network", "cannot be read"),
        (b"x\n\x08location\x12\x0b/etc/passwd", "a file outside itself"),
    ],
)
def test_a_network_that_is_none_or_reaches_outside_is_refused(shipped_encoder, network, words):
    with pytest.raises(ValueError, match=words):
        EncoderVerifier(network, json.dumps(shipped_encoder.documents["tokenizer"]))


def test_a_tokenizer_that_is_none_is_refused(shipped_encoder):
    with pytest.raises(ValueError, match="cannot be read"):
        EncoderVerifier(shipped_encoder.networks["verifier"], "{}")


class Says:
    """A verifier that says the same of every pair."""

    def __init__(self, *probabilities):
        self.probabilities = probabilities

    def predict_proba(self, X):
        return np.array([self.probabilities] * len(X), dtype=float).reshape(-1, 3)


def test_two_verifiers_are_pooled_by_the_geometric_mean_with_the_share_of_the_linear_one():
    network, linear = (0.8, 0.1, 0.1), (0.2, 0.6, 0.2)
    (found,) = PooledVerifier(Says(*network), Says(*linear), share=0.25).predict_proba([("a", "b")])
    mean = np.array(network) ** 0.75 * np.array(linear) ** 0.25
    np.testing.assert_allclose(found, mean / mean.sum(), atol=1e-3)


def test_no_verifier_alone_rules_a_stance_out():
    (found,) = PooledVerifier(Says(1.0, 0.0, 0.0), Says(0.0, 1.0, 0.0), share=0.5).predict_proba([("a", "b")])
    np.testing.assert_allclose(found, [0.5, 0.5, 0.0], atol=0.01)
    assert found[2] > 1e-3


def test_no_pairs_give_no_rows_and_the_likeliest_stance_is_predicted():
    pooled = PooledVerifier(Says(0.1, 0.8, 0.1), Says(0.3, 0.4, 0.3))
    assert pooled.predict_proba([]).shape == (0, 3)
    assert pooled.predict([("a", "b")]).tolist() == ["REFUTES"]
