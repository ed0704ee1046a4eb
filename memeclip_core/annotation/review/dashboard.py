"""How a project and each person in it come along."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from memeclip_core.annotation.decisions.queries import Tally, read_tally
from memeclip_core.annotation.decisions.standing import PersonCounts
from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.annotation.projects.queries import count_memes
from memeclip_core.annotation.review.queries import count_missing, count_people
from memeclip_core.annotation.review.threads import count_open
from memeclip_core.annotation.review.votes import CONFIRMED, CORRECTED, UNAIDED, Votes
from memeclip_core.records.agreement import AgreementReport
from memeclip_core.records.dashboard import (
    BINS,
    Bucket,
    Dashboard,
    LabelShare,
    ModelUse,
    PersonProgress,
    TaskProgress,
    TimeSpent,
)
from memeclip_core.records.model import ModelInfo
from memeclip_core.records.project import Project
from memeclip_core.tasks import Task

HOURS, DAYS = 48, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How far a project is.

    Attributes:
        memes: how many it has.
        missing: decisions until every meme has as many as it should.
        tally: what is decided, adjudicated, flagged.
        people: memes by state, of everybody who did something.
        threads: of comments that are open: all, or those that one person began.
    """

    memes: int
    missing: int
    tally: Tally
    people: Mapping[str, PersonCounts]
    threads: int = 0

    @classmethod
    def of(cls, connection: Connection, project: Project, person: str = "") -> Counts:
        """Count what there is in a project now, and the threads of one person or of all."""
        place = project.key, project.tasks.key
        return cls(
            memes=count_memes(connection, project.key),
            missing=count_missing(connection, *place),
            tally=read_tally(connection, *place),
            people=count_people(connection, *place),
            threads=count_open(connection, project.key, person),
        )


def report_dashboard(
    project: Project,
    votes: Votes,
    counts: Counts,
    table: PredictionTable,
    models: tuple[ModelInfo, ...],
    agreement: AgreementReport | None,
    *,
    person: str = "",
    blind: bool = False,
    now: datetime,
) -> Dashboard:
    """Return a dashboard; see there. Costs a fraction of a second however much there is.

    ``blind`` counts the labels and verdicts of settled memes alone: those of others would tell what
    people said of memes that are still to be labelled.
    """
    own = np.ones(len(votes.meme), bool)
    if person:
        own = votes.own(person)
    told = own & votes.settled[votes.meme] if blind and not person else own
    touched = np.unique(votes.meme[own])
    days = _bucket(votes.time[own], now, timedelta(days=1), DAYS)
    week = sum(day.decisions for day in days[-7:])
    missing, tally = counts.missing, counts.tally
    people = {person: counts.people.get(person, PersonCounts())} if person else counts.people
    return Dashboard(
        project=project.key,
        title=project.title,
        time=now,
        person=person,
        memes=counts.memes,
        wanted=missing,
        labelled=len(touched),
        complete=int(votes.complete[touched].sum() if person else votes.complete.sum()),
        adjudicated=tally.adjudicated,
        flagged=people[person].flagged if person else tally.flagged,
        threads=counts.threads,
        decisions=int(own.sum()),
        skipped=sum(one.skipped for one in people.values()),
        days_left=missing / (week / 7) if week else math.nan,
        hours=_bucket(votes.time[own], now, timedelta(hours=1), HOURS),
        days=days,
        seconds=_spread(votes.seconds[own]),
        people=tuple(_person(votes, name, one, now) for name, one in people.items()),
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


def _person(votes: Votes, name: str, counts: PersonCounts, now: datetime) -> PersonProgress:
    own = votes.own(name)
    times = votes.time[own]
    verdicts = np.concatenate([task.verdicts[own] for task in votes.tasks.values()])
    aided = int(np.isin(verdicts, (CONFIRMED, CORRECTED)).sum())
    return PersonProgress(
        name=name,
        **asdict(counts),
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
    model, compared = table.count_suggested(task, [votes.memes[meme] for meme in memes])
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
        **_count_verdicts(verdicts),
    )


def _uses(votes: Votes, own: np.ndarray) -> tuple[ModelUse, ...]:
    uses = {}
    for number, version in enumerate(votes.models):
        here = own & (votes.model == number)
        if version and here.any():
            verdicts = np.concatenate([task.verdicts[here] for task in votes.tasks.values()])
            uses[version] = _count_verdicts(verdicts)
    most = sorted(uses.items(), key=lambda use: -sum(use[1].values()))
    return tuple(ModelUse(version=version, **counts) for version, counts in most)


def _count_verdicts(verdicts: np.ndarray) -> dict[str, int]:
    codes = {"confirmed": CONFIRMED, "corrected": CORRECTED, "unaided": UNAIDED}
    return {name: int((verdicts == code).sum()) for name, code in codes.items()}
