"""Work that takes a while, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from memeclip_core.records.clock import utc_now
from memeclip_core.records.meme import Failure
from memeclip_core.records.model import TaskComparison

JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted", "refused"]

JobKind = Literal["retrain", "import", "export", "predict", "batch", "explore"]
"""A retraining; memes into a project, labels out of it, its predictions computed ahead; memes that
somebody hands in to be predicted; what Explore shows of many memes."""

RESUMED: Final[tuple[JobKind, ...]] = ("import", "export", "predict")
"""Kinds that another process carries on, or does again, when theirs is gone."""

LIVE: Final[tuple[JobState, ...]] = ("queued", "running")
"""The states of a job that is still under way."""

OF_PROJECT: Final = "decisions in {}"
"""The count of a retraining that says how many decisions there were in a project, by its key."""

MAX_FAILURES = 200
MAX_LINES = 400
"""Lines of a job's log that are kept: the first ones, and that of its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job has come: ``done`` of ``total`` steps, and what it is doing."""

    done: int
    total: int
    message: str
    loss: float | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something that is done in the background, from its start to its end.

    Attributes:
        id: its own name, which sorts by time.
        kind: what it does.
        subject: what it works on: the key of a task set where it is a retraining, of a collection
            where it is for Explore, of a project else.
        by: who started it, or what.
        progress: over everything that it does; ``total`` may grow while files are being listed.
        counts: what came of it so far, such as ``added`` or ``rows``, by name.
        failures: what could not be used or deserves a look, the first ``MAX_FAILURES``; ``counts``
            has all under ``failed``.
        reason: why it ended as it did, in one sentence; "" if all went well.
        arguments: what it was asked, so that an interrupted one can be taken up again.
        file: the name of an export's file, "" while there is none.
        stamp: of an export of everything, which tells whether what it was made from has changed.
        base, candidate: the models that a retraining starts from and ends in.
        comparison: of these two.
        tries: how many processes have taken it up after the one that started it.
        log: what happened when, line by line: times, steps and counts, never a meme's words.
    """

    id: str
    kind: JobKind
    subject: str
    state: JobState
    started: datetime
    by: str
    progress: Progress
    ended: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    reason: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    stamp: str = ""
    base: str = ""
    candidate: str = ""
    comparison: tuple[TaskComparison, ...] = ()
    tries: int = 0
    log: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """Whether it is still under way."""
        return self.state in LIVE

    def for_everybody(self) -> Job:
        """Return the job as everybody may see it: without single memes and projects."""
        own = OF_PROJECT.format("")
        return replace(
            self,
            comparison=tuple(replace(one, flipped=()) for one in self.comparison),
            counts={name: n for name, n in self.counts.items() if not name.startswith(own)},
        )

    def with_line(self, line: str) -> Job:
        """Return the job with one more line in its log, after the time in UTC."""
        return replace(self, log=(*self.log, f"{utc_now():%H:%M:%S} {line}"))

    def wait(self) -> Job:
        """Return the job as it waits for somebody to take it up."""
        progress = Progress(done=0, total=0, message="waiting for a server that can go on with it")
        return replace(self, state="queued", progress=progress)

    def take_up(self) -> Job:
        """Return the job as it begins anew; what it finished before is found, not counted."""
        progress = Progress(done=0, total=0, message="starting")
        again = replace(
            self, state="running", progress=progress, counts={}, failures=(), tries=self.tries + 1
        )
        return again.with_line("taken up: the program that did it had ended")

    def end(self, state: JobState, reason: str) -> Job:
        """Return the job as it ended; only one that is done has a candidate."""
        candidate = self.candidate if state == "done" else ""
        ended = replace(self, state=state, reason=reason, ended=utc_now(), candidate=candidate)
        return ended.with_line(f"{state}: {reason}" if reason else state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """How far a project is from its next retraining.

    Attributes:
        project, title: the project's.
        every: decisions after which a retraining starts by itself; 0 only on demand.
        since: decisions in it since the last retraining of its task set began.
        left: decisions until the next one; ``None`` on demand.
        note: what of the project cannot be learnt, and why; or "".
        demo: whether nothing of it is learnt, as it is a demo.
    """

    project: str
    title: str
    every: int
    since: int
    left: int | None
    note: str = ""
    demo: bool = False
