"""How a project and each person in it come along."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from memeclip_core.annotation.decisions.book import Book
from memeclip_core.annotation.projects.meme_index import MemeIndex
from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.annotation.queue.suggestions import count_suggested
from memeclip_core.annotation.review.agreement import AgreementReport
from memeclip_core.annotation.review.votes import CONFIRMED, CORRECTED, UNAIDED, Votes
from memeclip_core.records.model import ModelInfo
from memeclip_core.records.project import Project
from memeclip_core.tasks import Task, TaskKind

HOURS, DAYS = 48, 60
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


def draw_up(
    project: Project,
    votes: Votes,
    book: Book,
    memes: MemeIndex,
    table: PredictionTable,
    models: tuple[ModelInfo, ...],
    agreement: AgreementReport | None,
    *,
    person: str = "",
    blind: bool = False,
    now: datetime,
) -> Dashboard:
    """Draw up a dashboard; see there. Costs a fraction of a second however much there is.

    ``blind`` counts the labels and verdicts of settled memes alone: those of others would tell what
    people said of memes that are still to be labelled.
    """
    own = np.ones(len(votes.meme), bool)
    if person:
        own = votes.own(person)
    told = own & votes.settled[votes.meme] if blind and not person else own
    touched = np.unique(votes.meme[own])
    decided = votes.decided
    wanted = sum(project.wanted(meme) for meme in memes.ids)
    # What a reviewer has decided needs nobody any more.
    enough = _wanted(project, votes)
    missing = wanted - int(np.where(votes.adjudicated, enough, np.minimum(decided, enough)).sum())
    days = _bucket(votes.time[own], now, timedelta(days=1), DAYS)
    week = sum(day.decisions for day in days[-7:])
    names = [person] if person else [name for name in book.annotators if _did(book, name)]
    return Dashboard(
        project=project.key,
        title=project.title,
        time=now,
        person=person,
        memes=len(memes),
        wanted=missing,
        labelled=len(touched),
        complete=int(votes.complete[touched].sum() if person else votes.complete.sum()),
        adjudicated=book.count.adjudicated,
        flagged=book.count_of(person).flagged if person else book.count.flagged,
        decisions=int(own.sum()),
        skipped=sum(book.count_of(name).skipped for name in names),
        days_left=missing / (week / 7) if week else math.nan,
        hours=_bucket(votes.time[own], now, timedelta(hours=1), HOURS),
        days=days,
        seconds=_spread(votes.seconds[own]),
        people=tuple(_person(votes, book, name, now) for name in names),
        tasks=tuple(
            _task(task, votes, table, told, by_person=bool(person)) for task in project.tasks
        ),
        model=table.model,
        uses=_uses(votes, told),
        models=tuple(sorted(models, key=lambda one: one.created)),
        agreement=agreement,
    )


def hide_others(dashboard: Dashboard, name: str) -> Dashboard:
    """Return a project's dashboard as an annotator sees it: without what single people did."""
    own = tuple(person for person in dashboard.people if person.name == name)
    return replace(dashboard, people=own, agreement=None)


def _did(book: Book, name: str) -> bool:
    counts = book.count_of(name)
    return any((counts.done, counts.skipped, counts.draft, counts.flagged, counts.returned))


def _wanted(project: Project, votes: Votes) -> np.ndarray:
    return np.array([project.wanted(meme) for meme in votes.memes], np.int64)


def _bucket(times: np.ndarray, now: datetime, step: timedelta, count: int) -> tuple[Bucket, ...]:
    """Count decisions in the last hours or days; the last one is under way."""
    seconds = step.total_seconds()
    last = math.floor(now.timestamp() / seconds)
    places = np.floor(times / seconds).astype(np.int64) - (last - count + 1)
    places = places[(places >= 0) & (places < count)]
    counts = np.bincount(places, minlength=count)
    return tuple(
        Bucket(
            start=datetime.fromtimestamp((last - count + 1 + i) * seconds, UTC), decisions=int(n)
        )
        for i, n in enumerate(counts)
    )


def _spread(seconds: np.ndarray) -> TimeSpent:
    known = seconds[~np.isnan(seconds)]
    places = np.searchsorted(BINS, known, side="left")
    low, median, high = np.quantile(known, [0.25, 0.5, 0.75]) if len(known) else [math.nan] * 3
    return TimeSpent(
        n=len(known),
        low=float(low),
        median=float(median),
        high=float(high),
        bins=tuple(int(n) for n in np.bincount(places, minlength=len(BINS))),
    )


def _person(votes: Votes, book: Book, name: str, now: datetime) -> PersonProgress:
    counts, own = book.count_of(name), votes.own(name)
    times = votes.time[own]
    verdicts = np.concatenate([task.verdicts[own] for task in votes.tasks.values()])
    aided = int(np.isin(verdicts, (CONFIRMED, CORRECTED)).sum())
    return PersonProgress(
        name=name,
        done=counts.done,
        skipped=counts.skipped,
        draft=counts.draft,
        flagged=counts.flagged,
        returned=counts.returned,
        today=int((times > (now - timedelta(days=1)).timestamp()).sum()),
        seconds=_spread(votes.seconds[own]).median,
        last=datetime.fromtimestamp(float(times.max()), UTC) if len(times) else None,
        taken=float((verdicts == CONFIRMED).sum() / aided) if aided else math.nan,
    )


def _task(
    task: Task, votes: Votes, table: PredictionTable, own: np.ndarray, *, by_person: bool
) -> TaskProgress:
    part = votes.tasks[task.key]
    given = part.given[own & (part.given > 0)]
    memes = votes.meme[own & (part.given > 0)]
    if not by_person:
        counted = np.zeros(len(votes.memes), bool)
        counted[votes.meme[own]] = True
        memes = np.flatnonzero((counted | votes.adjudicated) & (part.resolved > 0))
        given = part.resolved[memes]
    times = np.bincount(given, minlength=len(part.answers))
    people = dict.fromkeys(task.names, 0)
    for answer, n in zip(part.answers, times, strict=True):
        for name in answer or ():
            people[name] += int(n)
    model, compared = count_suggested(table, task, [votes.memes[meme] for meme in memes])
    verdicts = part.verdicts[own & (part.given > 0)]
    return TaskProgress(
        task=task.key,
        title=task.title,
        kind=task.kind,
        memes=len(memes),
        compared=compared,
        labels=tuple(
            LabelShare(
                label=label.name,
                display=label.display,
                people=people[label.name],
                model=int(model[i]),
            )
            for i, label in enumerate(task.labels)
        ),
        confirmed=int((verdicts == CONFIRMED).sum()),
        corrected=int((verdicts == CORRECTED).sum()),
        unaided=int((verdicts == UNAIDED).sum()),
    )


def _uses(votes: Votes, own: np.ndarray) -> tuple[ModelUse, ...]:
    uses = []
    for number, version in enumerate(votes.models):
        here = own & (votes.model == number)
        if version and here.any():
            verdicts = np.concatenate([task.verdicts[here] for task in votes.tasks.values()])
            counts = [int((verdicts == code).sum()) for code in (CONFIRMED, CORRECTED, UNAIDED)]
            uses.append(
                ModelUse(
                    version=version, confirmed=counts[0], corrected=counts[1], unaided=counts[2]
                )
            )
    return tuple(
        sorted(uses, key=lambda use: -(use.confirmed + use.corrected + use.unaided))
    )  # fmt: skip
