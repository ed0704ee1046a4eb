"""How a project and each person in it come along."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from memeclip_core.records.agreement import AgreementReport
from memeclip_core.records.model import ModelInfo
from memeclip_core.tasks import TaskKind

BINS = (2, 4, 6, 8, 10, 15, 20, 30, 45, 60, 120, math.inf)
"""Upper ends, in seconds, of the groups in which times per meme are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many decisions were made in the hour or day (UTC) from ``start`` on."""

    start: datetime
    decisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpent:
    """Seconds per meme where they are known: quartiles (NaN without any), counts by ``BINS``."""

    n: int
    low: float
    median: float
    high: float
    bins: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonProgress:
    """One person: memes by state, pace, and how suggestions were taken.

    Attributes:
        late: decisions that came after the time to make them had run out, and count all the same.
        today: decisions of the last 24 hours.
        seconds: the median time per meme, or NaN.
        last: when the last decision was made, or ``None``.
        taken: of the answers given with a suggestion in sight, the share that equals it; or NaN.
    """

    name: str
    done: int
    skipped: int
    draft: int
    flagged: int
    returned: int
    late: int
    today: int
    seconds: float
    last: datetime | None
    taken: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelShare:
    """How often one label was chosen: by people (what counts), and by the model of the same."""

    label: str
    display: str
    people: int
    model: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskProgress:
    """One task: its labels, over how many memes, and what became of suggestions.

    Attributes:
        memes: memes with an answer that counts; a tie has none. ``compared`` of them have a
            prediction, too; the model's counts are of these.
        confirmed, corrected, unaided: answers by their verdict.
    """

    task: str
    title: str
    kind: TaskKind
    memes: int
    compared: int
    labels: tuple[LabelShare, ...]
    confirmed: int
    corrected: int
    unaided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What became of one model's suggestions: answers by their verdict."""

    version: str
    confirmed: int
    corrected: int
    unaided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A project, or one person's part in it, as of ``time``.

    Attributes:
        person: whose part, or "" for everybody's.
        memes: of the project.
        wanted: decisions until every meme has as many as it should.
        labelled, complete, adjudicated, flagged: memes with a decision, with enough of them,
            decided by a reviewer, marked for attention; of a person, ``complete`` counts those
            among the labelled ones.
        threads: of comments that nobody has resolved; of a person, those that they began.
        decisions, skipped: that count; memes that were passed over.
        days_left: days until nothing is wanted, at the pace of the last seven; NaN without any.
        hours, days: the last 48 hours and 60 days, oldest first.
        model: the version whose suggestions are shown now, or "".
        uses: by model version, the most used first.
        models: all versions of the task set, oldest first.
        agreement: ``None`` for one person.
    """

    project: str
    title: str
    time: datetime
    person: str
    memes: int
    wanted: int
    labelled: int
    complete: int
    adjudicated: int
    flagged: int
    threads: int
    decisions: int
    skipped: int
    days_left: float
    hours: tuple[Bucket, ...]
    days: tuple[Bucket, ...]
    seconds: TimeSpent
    people: tuple[PersonProgress, ...]
    tasks: tuple[TaskProgress, ...]
    model: str
    uses: tuple[ModelUse, ...]
    models: tuple[ModelInfo, ...]
    agreement: AgreementReport | None
