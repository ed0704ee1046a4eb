"""A job while it is carried out: what its work says of it, and whether somebody wants it to end.

Invariants: everything may be called from any thread; ``_mutex`` guards the exchange of the job,
which is replaced as a whole, so anybody may read it meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from memeclip_core.errors import JobError, MemeclipError, log_unexpected, without_folders
from memeclip_core.records.job import MAX_FAILURES, MAX_LINES, Job, JobState, Progress
from memeclip_core.records.meme import Failure

UNEXPECTED: Final = "Something unexpected went wrong; the log says what."
STOPPED: Final = "Stopped on request. What was finished stays, and all else is unchanged."
_log = logging.getLogger("memeclip")


class Stopped(JobError):
    """Somebody asked the job to stop."""


class JobHandle:
    """What the work says of itself while it runs; the job that people see follows it.

    Attributes:
        written: the job as it was last written down.
    """

    def __init__(self, job: Job) -> None:
        self._job = self.written = job
        self._mutex = threading.Lock()
        self._stop = threading.Event()

    @property
    def job(self) -> Job:
        """The job as it stands now."""
        return self._job

    def stop(self) -> None:
        """Ask the work to end at its next step."""
        self._stop.set()

    def stopped(self) -> bool:
        """Say whether somebody asked the work to end."""
        return self._stop.is_set()

    def report(self, progress: Progress) -> None:
        """Say how far the work has come; raise Stopped if somebody asked it to end."""
        self.change(progress=progress)
        if self.stopped():
            raise Stopped(STOPPED)

    def say(self, line: str) -> None:
        """Add a line to the log, unless it is long already."""
        with self._mutex:
            if len(self._job.log) < MAX_LINES:
                self._job = self._job.with_line(line)

    def count(self, name: str, more: int = 1) -> None:
        """Add to a count."""
        with self._mutex:
            counts = {**self._job.counts, name: self._job.counts.get(name, 0) + more}
            self._job = replace(self._job, counts=counts)

    def fail(self, filename: str, reason: str, *, counted: str = "failed") -> None:
        """Note something that could not be used or deserves a look."""
        self.count(counted)
        with self._mutex:
            if len(self._job.failures) < MAX_FAILURES:
                failure = Failure(filename=filename, reason=reason)
                self._job = replace(self._job, failures=(*self._job.failures, failure))

    def change(self, **facts: Any) -> None:
        """Exchange attributes of the job."""
        with self._mutex:
            self._job = replace(self._job, **facts)

    def do(self, work: Work) -> tuple[JobState, str]:
        """Do the work and return how it ended, and why."""
        try:
            work(self)
        except MemeclipError as error:
            return "cancelled" if self.stopped() else "failed", without_folders(str(error))
        except Exception as error:
            log_unexpected(_log, error, "the %s %s failed", self._job.kind, self._job.id)
            return "failed", UNEXPECTED
        return "done", ""


Work = Callable[[JobHandle], None]


@contextmanager
def repeating(do: Callable[[], None], seconds: float) -> Iterator[None]:
    """Do something every so many seconds in a thread beside the block, and not behind it."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(seconds):
            do()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
