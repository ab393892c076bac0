"""Questions that are answered together get each its own answer, whoever asked and whatever happens to the others."""

import asyncio
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from factcheck import gathering
from factcheck.checker import FactChecker
from factcheck.gathering import Gathered
from factcheck.records import Reason


class Doubling:
    """Doubles numbers, remembers its batches, fails on 13 and takes its time."""

    def __init__(self, seconds=0.0):
        self.batches = []
        self.seconds = seconds

    def __call__(self, numbers):
        self.batches.append(list(numbers))
        time.sleep(self.seconds)
        if 13 in numbers:
            raise ValueError("thirteen")
        return [2 * number for number in numbers]


def test_ten_thousand_coroutines_get_each_their_own_answer_in_few_batches():
    doubling = Doubling()
    gathered = Gathered(doubling, most=512)

    async def ask(number):
        await asyncio.sleep(number % 7 / 1000)
        return await asyncio.wrap_future(gathered.ask(number))

    async def everything():
        return await asyncio.gather(*(ask(number) for number in range(100, 10_100)))

    assert asyncio.run(everything()) == [2 * number for number in range(100, 10_100)]
    assert len(doubling.batches) < 1_000
    assert max(map(len, doubling.batches)) <= 512
    assert sorted(number for batch in doubling.batches for number in batch) == list(range(100, 10_100))


def test_threads_share_it():
    gathered = Gathered(Doubling(), most=8)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda number: gathered.ask(number).result(), range(100, 1_100))) == [2 * n for n in range(100, 1_100)]


def test_callers_that_wait_read_for_each_other():
    doubling = Doubling(seconds=0.01)
    gathered = Gathered(doubling, most=8)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(gathered.answer, range(100, 400))) == [2 * number for number in range(100, 400)]
    assert sorted(number for batch in doubling.batches for number in batch) == list(range(100, 400))
    assert len(doubling.batches) < 100
    assert max(map(len, doubling.batches)) <= 8


def test_a_caller_alone_reads_at_once_and_in_its_own_thread():
    readers = []
    gathered = Gathered(lambda numbers: readers.append(threading.get_ident()) or numbers, most=8)
    start = time.perf_counter()
    assert gathered.answer(7) == 7
    assert time.perf_counter() - start < gathering.LONGEST_WAIT
    assert readers == [threading.get_ident()]


def test_callers_that_wait_and_such_that_do_not_share_it():
    doubling = Doubling(seconds=0.002)
    gathered = Gathered(doubling, most=4)

    def both(number):
        later = gathered.ask(number)
        return gathered.answer(number + 1_000), later.result(timeout=5)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(both, range(100, 200))) == [(2 * (number + 1_000), 2 * number) for number in range(100, 200)]
    assert sum(map(len, doubling.batches)) == 200


def test_an_error_goes_to_the_caller_that_waits_and_the_next_one_is_answered():
    gathered = Gathered(Doubling(), most=8)
    with pytest.raises(ValueError, match="thirteen"):
        gathered.answer(13)
    assert gathered.answer(14) == 28


def test_a_question_alone_waits_no_longer_than_the_longest_wait(monkeypatch):
    monkeypatch.setattr(gathering, "LONGEST_WAIT", 0.2)
    start = time.perf_counter()
    assert Gathered(Doubling(), most=8).ask(1).result() == 2
    assert 0.2 <= time.perf_counter() - start < 0.6


def test_an_error_goes_to_those_who_asked_and_to_nobody_after_them():
    gathered = Gathered(Doubling(), most=8)
    with pytest.raises(ValueError, match="thirteen"):
        gathered.ask(13).result()
    assert gathered.ask(14).result() == 28


def test_too_few_answers_are_an_error_and_not_mixed_up():
    with pytest.raises(ValueError, match="shorter"):
        Gathered(lambda _: [], most=8).ask(1).result()


def test_a_question_that_was_given_up_is_not_read():
    doubling = Doubling(seconds=0.2)
    gathered = Gathered(doubling, most=1)

    async def give_up():
        first = asyncio.wrap_future(gathered.ask(1))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await asyncio.wrap_future(gathered.ask(2))
        return await first, await asyncio.wrap_future(gathered.ask(3))

    assert asyncio.run(give_up()) == (2, 6)
    assert doubling.batches == [[1], [3]]


def test_no_thread_is_left_when_there_are_no_questions():
    gathered = Gathered(Doubling(), most=8)
    gathered.ask(1).result()
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and any(thread.name == "factcheck-gathering" for thread in threading.enumerate()):
        time.sleep(0.01)
    assert not [thread for thread in threading.enumerate() if thread.name == "factcheck-gathering"]
    assert gathered.ask(2).result() == 4


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_answers_too():
    gathered = Gathered(Doubling(seconds=0.3), most=8)
    asked = gathered.ask(1)
    process = multiprocessing.get_context("fork").Process(target=lambda: gathered.ask(2).result(timeout=5))
    process.start()
    process.join(10)
    assert process.exitcode == 0
    assert asked.result() == 2


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_answers_its_own_questions_only_whatever_was_held_when_it_began(monkeypatch):
    monkeypatch.setattr(gathering, "LONGEST_WAIT", 0.5)
    doubling = Doubling()
    gathered = Gathered(doubling, most=8)
    asked = gathered.ask(1)

    def own():
        assert gathered.ask(2).result(timeout=5) == 4
        assert doubling.batches == [[2]]

    process = multiprocessing.get_context("fork").Process(target=own)
    (queue,) = gathered._queues.values()
    with queue.changed:
        process.start()
    process.join(10)
    assert process.exitcode == 0
    assert asked.result() == 2


# ---------------------------------------------------------------------------------------------------------------------
# The checker's own
# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checker():
    return FactChecker.load("linear")


TEXTS = [
    f"{opener} {claim} ({number})"
    for number in range(20)
    for opener in ("Listen:", "They say")
    for claim in ("5G causes COVID-19", "it rains")
]


def test_acheck_gives_the_verdict_of_check(checker):
    async def everything():
        return await asyncio.gather(*(checker.acheck(text) for text in [*TEXTS, "x" * 6_000]))

    *verdicts, unreadable = asyncio.run(everything())
    assert verdicts == [checker.check(text) for text in TEXTS]
    assert unreadable.reason == Reason.ERROR


def test_predict_gives_the_labels_as_an_array(checker):
    labels = checker.predict([*TEXTS, "x" * 6_000])
    assert labels.tolist() == [*(verdict.label for verdict in checker.check_many(TEXTS)), ""]
    assert labels.dtype.kind == "U"
    assert checker.predict([]).shape == (0,)
    assert isinstance(checker.predict(np.array(TEXTS[:2])), np.ndarray)


def test_the_hook_in_the_docs_answers_myths_errors_and_delays(root):
    page = (root / "docs/batch.md").read_text(encoding="utf-8")
    names = {}
    exec(page.split("```python\n")[1].split("```")[0], names)
    (myth, *_) = [text for text in MYTHS if names["checker"].check(text).label == "REFUTES"]
    seen = asyncio.run(names["needs_a_look"](myth))
    assert seen["post"] == myth
    assert seen["source"].startswith("http")
    assert asyncio.run(names["needs_a_look"]("We had soup, and bread")) is None
    assert "characters" in asyncio.run(names["needs_a_look"]("x" * 6_000))["why"]
    names["checker"].__dict__["_gathered"] = Gathered(lambda claims: time.sleep(0.8) or claims, most=8)
    assert asyncio.run(names["needs_a_look"](myth)) == {"post": myth, "why": "no answer within 0.5 s"}


MYTHS = (
    "5G causes COVID-19",
    "5G masts spread the coronavirus",
    "Vaccines cause autism in children",
    "The Earth is flat",
    "Antibiotics kill viruses",
    "The flu vaccine gives you the flu",
)


@pytest.mark.parametrize(
    "ask",
    [
        lambda checker, text: checker.check(text, timeout=0.05),
        lambda checker, text: asyncio.run(checker.acheck(text, timeout=0.05)),
    ],
    ids=["thread", "coroutine"],
)
def test_an_answer_that_does_not_come_in_time_is_a_verdict_with_an_error(checker, monkeypatch, ask):
    known = checker.check("5G causes COVID-19")

    def slow(claims):
        time.sleep(0.4)
        return [known] * len(claims)

    monkeypatch.setitem(checker.__dict__, "_gathered", Gathered(slow, most=8))
    verdict = ask(checker, "5G causes COVID-19")
    assert (verdict.label, verdict.reason, verdict.claim.text) == ("", Reason.ERROR, "5G causes COVID-19")
    assert verdict.error == "no answer within 0.05 s"


def test_an_answer_that_comes_in_time_is_that_without_a_limit(checker):
    assert checker.check(TEXTS[0], timeout=60) == asyncio.run(checker.acheck(TEXTS[0], timeout=60)) == checker.check(TEXTS[0])
