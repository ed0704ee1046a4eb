"""Work that takes a while, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from memeclip_core.records.model import TaskComparison

JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted", "refused"]

LIVE: Final[tuple[JobState, ...]] = ("queued", "running")
"""The states of a job that is still under way."""


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
    """A retraining, from start to verdict.

    ``log`` says what happened when, line by line: times, steps and counts, never a meme's words.
    """

    id: str
    task_set: str
    state: JobState
    started: datetime
    by: str
    progress: Progress
    ended: datetime | None = None
    base: str = ""
    candidate: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    comparison: tuple[TaskComparison, ...] = ()
    log: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """Whether it is still under way."""
        return self.state in LIVE

    def without_flips(self) -> Job:
        """Return the job as everybody may see it: with numbers, without the memes behind them."""
        return replace(self, comparison=tuple(replace(c, flipped=()) for c in self.comparison))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """How far a project is from its next retraining.

    Attributes:
        project, title: the project's.
        every: decisions after which a retraining starts by itself; 0 only on demand.
        since: decisions in it since the last retraining of its task set began.
        left: decisions until the next one; ``None`` on demand.
        note: what of the project cannot be learnt, and why; or "".
    """

    project: str
    title: str
    every: int
    since: int
    left: int | None
    note: str = ""
