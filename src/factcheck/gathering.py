"""Questions that come one by one from many sides, answered together: whoever reads takes what has come and answers it as one batch."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

LONGEST_WAIT = 0.005
"""Seconds that a question waits for others before it is read."""

Q = TypeVar("Q")
A = TypeVar("A")


class Gathered(Generic[Q, A]):
    """Answer questions in batches; threads may share it.

    `answer` is for callers that wait, and reads in their threads; `ask` is for those that don't, and reads in one of its own. That thread
    lives while there are questions, so it keeps no process alive. A process that is forked off begins without the questions of the one
    that it comes from, which answers them.

    Parameters
    ----------
    answer_many : callable
        Takes a list of questions, returns as many answers, in their order.
    most : int
        Questions in a batch, >= 1.

    Examples
    --------
    >>> lengths = Gathered(lambda words: [len(word) for word in words], most=8)
    >>> [future.result() for future in (lengths.ask("bee"), lengths.ask("spider"))]
    [3, 6]
    """

    def __init__(self, answer_many: Callable[[list[Q]], Sequence[A]], *, most: int) -> None:
        self._answer_many = answer_many
        self._most = most
        self._queues: dict[int, _Queue[Q, A]] = {}  # by process: a fork may hold a lock that nobody there will release

    def answer(self, question: Q) -> A:
        """Return the answer. A caller alone reads at once; of several, one reads what all of them asked while the last batch was read.

        An error of ``answer_many`` is that of every question of its batch.
        """
        future: Future[A] = Future()
        queue = self._queue()
        with queue.changed:
            queue.waiting.append((question, future))
        while not future.done():
            self._read(queue, future)
        return future.result()

    def ask(self, question: Q) -> Future[A]:
        """Return the future answer; a question whose future is cancelled before it is read is dropped.

        An error of ``answer_many`` is that of every question of its batch.
        """
        future: Future[A] = Future()
        queue = self._queue()
        with queue.changed:
            queue.waiting.append((question, future))
            if queue.thread is None or not queue.thread.is_alive():
                queue.thread = threading.Thread(target=self._work, args=(queue,), name="factcheck-gathering", daemon=True)
                queue.thread.start()
        return future

    def _queue(self) -> _Queue[Q, A]:
        return self._queues.setdefault(os.getpid(), _Queue())

    def _work(self, queue: _Queue[Q, A]) -> None:
        time.sleep(LONGEST_WAIT)  # once: while a batch is read, the next one gathers by itself
        while True:
            with queue.changed:
                if not queue.waiting:
                    queue.thread = None
                    return
            self._read(queue)

    def _read(self, queue: _Queue[Q, A], own: Future[A] | None = None) -> None:
        """Read a batch once nobody else reads; until then wait, but no longer than for one's own answer."""
        with queue.changed:
            while queue.reading:
                queue.changed.wait()
                if own and own.done():
                    return
            queue.reading = True
            taken, queue.waiting = queue.waiting[: self._most], queue.waiting[self._most :]
        try:
            if asked := [(question, future) for question, future in taken if future.set_running_or_notify_cancel()]:
                self._answer(asked)
        finally:
            with queue.changed:
                queue.reading = False
                queue.changed.notify_all()

    def _answer(self, asked: Sequence[tuple[Q, Future[A]]]) -> None:
        try:
            answered = list(zip(asked, self._answer_many([question for question, _ in asked]), strict=True))
        except BaseException as error:  # noqa: BLE001 (who asked gets it; nobody else would see it)
            for _, future in asked:
                future.set_exception(error)
            return
        for (_, future), answer in answered:
            future.set_result(answer)


@dataclass(slots=True)
class _Queue(Generic[Q, A]):
    """The questions of one process, whether somebody reads, and the thread that reads for `Gathered.ask`."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    reading: bool = False
    waiting: list[tuple[Q, Future[A]]] = field(default_factory=list)
    thread: threading.Thread | None = None
