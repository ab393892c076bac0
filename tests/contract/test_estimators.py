"""What every estimator of the library promises to scikit-learn and to its callers.

`check_estimator` runs next to nothing on estimators of texts, so its promises are tested here one by one.
"""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from threadpoolctl import threadpool_limits

from factcheck.classification import ClaimClassifier
from factcheck.decision import VerdictRule
from factcheck.features import PairFeatures
from factcheck.records import STANCES
from factcheck.retrieval import StatementIndex
from factcheck.verification import LinearVerifier

TEXTS = ["Miracle cure!!! Share now", "Cases rose by 3 % this week", "SHOCKING: they hide it", "The ministry reported 12 cases"] * 3
KINDS = ["fake", "real"] * 6
PAIRS = [("A causes B", "A does not cause B"), ("A causes B", "A causes B"), ("C is D", "A causes B")] * 3
STANCE = ["REFUTES", "SUPPORTS", "NOT ENOUGH INFO"] * 3
STATEMENTS = ["Radio waves do not carry viruses.", "The Earth is nearly a sphere.", "Masks reduce the spread."]
OTHER_STATEMENTS = ["Honey bees collect nectar.", "The Moon circles the Earth."]
CLAIMS = ["the earth is flat", "masks spread it", ""]

_RANDOM = np.random.default_rng(0)
STANCES_GIVEN = _RANDOM.dirichlet([0.5] * 3, size=(90, 2))
SCORES = np.sort(_RANDOM.random((90, 2)))[:, ::-1].copy()
LABELS = [STANCES[row.argmax()] for row in STANCES_GIVEN[:, 0]]
ASSERTS = [True] * 90


def _fit_rule(rule: VerdictRule, probabilities: Any, scores: Any, y: Any, asserts: Any) -> VerdictRule:
    return rule.fit_gate([0.2] * 10).fit(probabilities, scores, y, asserts)


@dataclass(frozen=True)
class Case:
    """An estimator, something to fit it on, something else to fit it on, and what asking it means."""

    make: Callable[[], Any]
    train: tuple[Any, ...]
    other: tuple[Any, ...]
    ask: tuple[Any, ...]
    nothing: tuple[Any, ...]
    answers: dict[str, Callable[..., Any]]
    changed: dict[str, Any] = field(default_factory=dict)
    fit: Callable[..., Any] = lambda estimator, *train: estimator.fit(*train)

    def fitted(self, *train: Any) -> Any:
        return self.fit(self.make(), *(train or self.train))


CASES = {
    "PairFeatures": Case(
        make=PairFeatures,
        train=(PAIRS,),
        other=([("Honey heals", "Honey heals no cough"), ("It is 3", "It is 4")],),
        ask=(PAIRS,),
        nothing=([],),
        answers={"transform": PairFeatures.transform},
    ),
    "LinearVerifier": Case(
        make=lambda: LinearVerifier(C=0.05),  # quick to fit
        train=(PAIRS, STANCE),
        other=([("Honey heals", "Honey heals no cough"), ("It is 3", "It is 3")], ["REFUTES", "SUPPORTS"]),
        ask=(PAIRS,),
        nothing=([],),
        answers={"predict_proba": LinearVerifier.predict_proba, "predict": LinearVerifier.predict},
        changed={"C": 0.01},
    ),
    "StatementIndex": Case(
        make=StatementIndex,
        train=(STATEMENTS,),
        other=(OTHER_STATEMENTS,),
        ask=(CLAIMS,),
        nothing=([],),
        answers={"search": lambda index, claims: np.stack(index.search(claims, 2)), "measure": StatementIndex.measure},
    ),
    "VerdictRule": Case(
        make=VerdictRule,
        train=(STANCES_GIVEN, SCORES, LABELS, ASSERTS),
        other=(STANCES_GIVEN[::-1], SCORES, LABELS, ASSERTS),
        ask=(STANCES_GIVEN, SCORES, ASSERTS),
        nothing=(np.zeros((0, 2, 3)), np.zeros((0, 2)), []),
        answers={
            "predict_proba": VerdictRule.predict_proba,
            "decide": lambda rule, *ask: np.array([row[3] for row in rule.decide(*ask)]),
        },
        changed={"max_error": 0.4, "conflict": 0.9},
        fit=_fit_rule,
    ),
    "ClaimClassifier": Case(
        make=lambda: ClaimClassifier(min_df=1),
        train=(TEXTS, KINDS),
        other=(["tea", "coffee", "milk"], ["a", "b", "c"]),
        ask=(TEXTS,),
        nothing=([],),
        answers={
            "predict_proba": ClaimClassifier.predict_proba,
            "decision_function": ClaimClassifier.decision_function,
            "predict": ClaimClassifier.predict,
        },
        changed={"C": 0.5, "min_df": 2, "word_ngrams": (1, 1)},
    ),
}
QUESTIONS = [(name, answer) for name, case in CASES.items() for answer in case.answers]


def dense(answer):
    return answer.toarray() if sparse.issparse(answer) else np.asarray(answer)


def answers(case, estimator, *ask):
    return {name: dense(answer(estimator, *(ask or case.ask))) for name, answer in case.answers.items()}


def same(one, other):
    for name, answer in one.items():
        np.testing.assert_array_equal(answer, other[name], err_msg=name)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """On a busy machine the threads of a small product wait for one another many times longer than they compute."""
    with threadpool_limits(1):
        yield


_SHARED: dict[str, Any] = {}


def shared(name):
    """Return the estimator of this name, fitted; for tests that only ask. Fitted once, for that takes time."""
    if name not in _SHARED:
        _SHARED[name] = CASES[name].fitted()
    return _SHARED[name]


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


def test_making_one_only_stores_its_parameters(case):
    kind = type(case.make())
    parameters = {name: object() for name in inspect.signature(kind).parameters}
    made = kind(**parameters)
    assert vars(made) == parameters


def test_parameters_are_got_set_and_cloned(case):
    estimator = case.fitted()
    assert case.changed.keys() <= estimator.get_params().keys()
    assert estimator.set_params(**case.changed) is estimator
    twin = clone(estimator)
    assert twin.get_params() == estimator.get_params()
    assert {**twin.get_params(), **case.changed} == twin.get_params()


def test_an_unknown_parameter_is_refused(case):
    with pytest.raises(ValueError, match="Invalid parameter"):
        case.make().set_params(unheard_of=1)


def test_a_clone_is_not_fitted(case):
    twin = clone(case.fitted())
    assert not [name for name in vars(twin) if name.endswith("_")]


def test_fitting_returns_the_estimator_and_leaves_its_parameters_alone(case):
    estimator = case.make()
    before = copy.deepcopy(estimator.get_params())
    assert case.fit(estimator, *case.train) is estimator
    assert estimator.get_params() == before


@pytest.mark.parametrize(("name", "answer"), QUESTIONS)
def test_asking_an_unfitted_one_says_that_it_is_not_fitted(name, answer):
    case = CASES[name]
    with pytest.raises(NotFittedError):
        case.answers[answer](case.make(), *case.ask)


def test_a_second_fit_forgets_the_first(case):
    twice = case.fit(case.fitted(*case.other), *case.train)
    same(answers(case, twice), answers(case, case.fitted()))


def test_asking_twice_gives_the_same_answer(case):
    estimator = case.fitted()
    same(answers(case, estimator), answers(case, estimator))


def test_neither_fitting_nor_asking_alters_what_was_given(case):
    train, ask = copy.deepcopy(case.train), copy.deepcopy(case.ask)
    answers(case, case.fitted(*train), *ask)
    for given, kept in zip([*train, *ask], [*case.train, *case.ask], strict=True):
        np.testing.assert_array_equal(np.asarray(given), np.asarray(kept))


@pytest.mark.parametrize(("name", "answer"), QUESTIONS)
def test_an_empty_question_gets_an_empty_answer(name, answer):
    case, estimator = CASES[name], shared(name)
    whole = dense(case.answers[answer](estimator, *case.ask))
    empty = dense(case.answers[answer](estimator, *case.nothing))
    axis = 1 if answer == "search" else 0  # of the two stacked arrays
    assert empty.shape == (*whole.shape[:axis], 0, *whole.shape[axis + 1 :])


def _column(values):
    """Return an object array, one element an item, whatever the items are."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


CONTAINERS = {
    "tuple": tuple,
    "array of objects": _column,
    "array": np.array,
    "Series": pd.Series,
    "Series with labels out of order": lambda values: pd.Series(list(values), index=range(len(values), 0, -1)),
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", ["PairFeatures", "LinearVerifier", "StatementIndex", "ClaimClassifier"])
def test_texts_and_labels_are_taken_from_any_container(name, container):
    case, hold = CASES[name], CONTAINERS[container]
    estimator = case.fitted(*map(hold, case.train))
    same(answers(case, estimator, *map(hold, case.ask)), answers(case, shared(name)))


@pytest.mark.parametrize("container", CONTAINERS)
def test_an_index_learns_its_weights_from_any_container(container):
    hold = CONTAINERS[container]
    claims, relevant = ["radio virus", "earth is flat", "masks", "my cat"], [0, 1, 2, -1]
    learned = StatementIndex().fit_weights(hold(claims), hold(STATEMENTS), hold(relevant))
    np.testing.assert_array_equal(learned.weights_, StatementIndex().fit_weights(claims, STATEMENTS, relevant).weights_)


def test_an_index_that_learns_its_weights_again_forgets_the_first_ones():
    claims, relevant = ["radio virus", "earth is flat", "masks", "my cat"], [0, 1, 2, -1]
    once = StatementIndex().fit_weights(claims, STATEMENTS, relevant)
    twice = StatementIndex().fit_weights(["bees", "moon"], OTHER_STATEMENTS, [0, -1]).fit_weights(claims, STATEMENTS, relevant)
    assert twice.idf_ == once.idf_
    np.testing.assert_array_equal(twice.search(CLAIMS, 3)[1], once.search(CLAIMS, 3)[1])


@pytest.mark.parametrize("name", ["LinearVerifier", "ClaimClassifier"])
def test_a_classifier_says_the_likeliest_of_its_classes(name):
    case, estimator = CASES[name], shared(name)
    probabilities = estimator.predict_proba(*case.ask)
    assert probabilities.shape == (len(case.ask[0]), len(estimator.classes_))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_array_equal(estimator.predict(*case.ask), estimator.classes_[probabilities.argmax(axis=1)])
    assert estimator.score(*case.train) == 1.0


@pytest.mark.parametrize("labels", [[0, 1, 2], [True, False, True], ["b", "a", "c"]])
def test_the_claim_classifier_gives_labels_back_as_they_came(labels):
    texts = ["tea leaves", "coffee beans", "milk jug"]
    model = ClaimClassifier(min_df=1).fit(texts, labels)
    assert model.classes_.tolist() == sorted(set(labels))
    assert model.predict(texts).tolist() == labels


def test_the_claim_classifier_refuses_one_string_and_what_is_no_text():
    model = ClaimClassifier(min_df=1).fit(TEXTS, KINDS)
    for wrong in ("one string", [1, 2], [None], [float("nan")], [b"bytes"]):
        with pytest.raises(ValueError, match=r"give a list of texts|not text"):
            model.predict(wrong)


def test_the_claim_classifier_can_be_cross_validated_on_lists_arrays_and_series():
    expected = cross_val_score(ClaimClassifier(min_df=1), np.array(TEXTS), KINDS, cv=2)
    for hold in (list, pd.Series, _column):
        np.testing.assert_array_equal(cross_val_score(ClaimClassifier(min_df=1), hold(TEXTS), hold(KINDS), cv=2), expected)
    assert expected.tolist() == [1.0, 1.0]  # each text stands in both halves


def test_the_claim_classifier_can_be_searched_over_a_grid():
    search = GridSearchCV(ClaimClassifier(), {"min_df": [1, 2], "C": [1e-6, 10.0]}, cv=2, scoring="neg_log_loss").fit(TEXTS, KINDS)
    assert search.best_params_["C"] == 10.0
    assert search.predict(TEXTS).tolist() == KINDS
    assert search.best_estimator_.classes_.tolist() == ["fake", "real"]


def test_the_claim_classifier_tells_a_claim_from_its_negation():
    """No stop words: a word model must be able to learn this."""
    texts = [f"{thing} {verb} cause {harm}" for thing in ("tea", "milk") for harm in ("pain", "fever") for verb in ("does", "does not")]
    model = ClaimClassifier(min_df=1).fit(texts, ["myth", "denial"] * 4)
    assert model.predict(["radio does cause pain", "radio does not cause pain"]).tolist() == ["myth", "denial"]
