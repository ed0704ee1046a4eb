"""Explanations that run: how far they are, and their end before the end.

Invariants: of a visitor's counters, each number is handed out once; they only grow. A worker ends
at its next batch after its page was left or it was cancelled.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Final, Generic, TypeVar

from memeclip_core.errors import JobError
from memeclip_core.marks import mark
from memeclip_core.records.job import Progress

T = TypeVar("T")
OnProgress = Callable[[Progress], None]

CANCELLED: Final = mark("Cancelled.")


class Running:
    """How many explanations one visitor's page asked for, and up to which they were cancelled.

    Gradio keeps one for each page. One that still waits for its turn is cancelled too.
    """

    def __init__(self) -> None:
        self.asked = self.cancelled = 0

    def begin(self) -> int:
        """Count an explanation and return its number."""
        self.asked += 1
        return self.asked

    def cancel(self) -> None:
        """End all that were asked for so far."""
        self.cancelled = self.asked

    def is_cancelled(self, number: int) -> bool:
        """Say whether an explanation is wanted no more."""
        return number <= self.cancelled


class Background(Generic[T]):
    """Work in a thread of its own; iterating tells its progress, and ends when the work does.

    Args:
        work: is handed a function to be called between its batches, which ends it by raising.
        ended: says between batches whether the work is wanted no more.
    """

    def __init__(self, work: Callable[[OnProgress], T], ended: Callable[[], bool]) -> None:
        self._work = work
        self._ended = ended
        self._told: SimpleQueue[Progress | None] = SimpleQueue()
        self._left = threading.Event()
        self._found: Future[T] = Future()

    def __iter__(self) -> Iterator[Progress]:
        """Start the work and yield its progress; leaving early ends it at the next batch."""
        threading.Thread(target=self._run, name="explain", daemon=True).start()
        try:
            while (progress := self._told.get()) is not None:
                yield progress
        finally:
            self._left.set()

    @property
    def result(self) -> T:
        """What came of it; raises what it raised, and JobError if it was ended."""
        return self._found.result()

    def _run(self) -> None:
        try:
            self._found.set_result(self._work(self._tell))
        except BaseException as error:
            self._found.set_exception(error)
        finally:
            self._told.put(None)

    def _tell(self, progress: Progress) -> None:
        if self._left.is_set() or self._ended():
            raise JobError(CANCELLED)
        self._told.put(progress)
