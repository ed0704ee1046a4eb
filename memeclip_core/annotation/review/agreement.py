"""How the people of a project agree: with each other, with the truth, with and without a model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from memeclip_core.annotation.projects.memes import Memes
from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.annotation.review.votes import (
    CONFIRMED,
    TaskVotes,
    Votes,
    known_answer,
    tabulate,
)
from memeclip_core.evaluation.agreement import compute_agreement
from memeclip_core.evaluation.set_agreement import compute_set_agreement
from memeclip_core.evaluation.suggestion_effect import Hits, compute_effect, compute_share
from memeclip_core.marks import mark
from memeclip_core.records.agreement import (
    Agreement,
    AgreementReport,
    Effect,
    TaskAgreement,
    TruthReport,
)
from memeclip_core.records.project import Project
from memeclip_core.tasks import Task

NO_GOLD = mark("no gold meme was decided")
Tables = Callable[[str], PredictionTable | None]
"""What a model of this version says of a project's memes, or ``None`` if that is not kept."""


def report_agreement(
    project: Project, votes: Votes, memes: Memes, tables: Tables
) -> AgreementReport:
    """Measure everything; takes seconds for hundreds of thousands of decisions on many labels."""
    decided = votes.decided
    return AgreementReport(
        project=project.key,
        time=datetime.now(UTC),
        people=votes.people,
        decisions=len(votes.meme),
        memes=int((decided > 0).sum()),
        shared=int((decided > 1).sum()),
        tasks=tuple(_report_task(project, task, votes, memes, tables) for task in project.tasks),
    )


def _report_task(
    project: Project, task: Task, votes: Votes, memes: Memes, tables: Tables
) -> TaskAgreement:
    part = votes.tasks[task.key]
    whole, labels = _measure(task, votes, None)
    shown, _ = _measure(task, votes, part.aided, brief=True)
    hidden, _ = _measure(task, votes, part.unaided, brief=True)
    taken = _count_taken(project, task, votes, tables)
    return TaskAgreement(
        task=task.key,
        title=task.title,
        kind=task.kind,
        whole=whole,
        labels=labels,
        shown=shown,
        hidden=hidden,
        effect=_compare(votes, taken >= 0, taken > 0, part),
        truth=_report_truth(task, votes, memes),
    )


def _measure(
    task: Task, votes: Votes, which: np.ndarray | None, *, brief: bool = False
) -> tuple[Agreement, tuple[tuple[str, Agreement], ...]]:
    """Return agreement on a task, and on each label if several can be chosen."""
    asked = tabulate(votes, task, which)
    if task.kind == "multiclass":
        return compute_agreement(asked.answers, pairs=not brief), ()
    found = compute_set_agreement(asked.answers, asked.sets, whole_only=brief)
    return found.whole, tuple(zip(task.names, found.labels, strict=False))


def _count_taken(project: Project, task: Task, votes: Votes, tables: Tables) -> np.ndarray:
    """Return of each decision whether it equals the model's, (n,): 1, 0, and -1 if unknown.

    Where the suggestion was in sight, the decision's verdict says so. Where it was hidden, what
    that model says of the meme does, if its predictions are kept.
    """
    part = votes.tasks[task.key]
    taken = np.where(part.aided, (part.verdicts == CONFIRMED).astype(np.int8), np.int8(-1))
    for number, model in enumerate(votes.models):
        places = np.flatnonzero(part.unaided & (part.given > 0) & (votes.model == number))
        table = tables(model) if model and len(places) else None
        if table is None:
            continue
        memes, own = np.unique(votes.meme[places], return_inverse=True)
        said = table.read_suggested(task.key, [votes.memes[meme] for meme in memes])
        # The table may be older than the label set, in which the answers are read.
        now = [{} if one is None else project.migrate({task.key: one}, 1) for one in said]
        for place, meme in zip(places, own, strict=True):
            suggested = now[meme].get(task.key)
            if suggested is not None:
                taken[place] = set(part.answers[part.given[place]] or ()) == set(suggested)
    return taken


def _report_truth(task: Task, votes: Votes, memes: Memes) -> TruthReport:
    part = votes.tasks[task.key]
    gold = np.zeros(len(votes.memes), bool)
    right = np.zeros(len(votes.meme), bool)
    numbers = {answer: number for number, answer in enumerate(part.answers)}
    truth = np.zeros(len(votes.memes), np.int64)
    given = memes.gold()
    for place, name in enumerate(votes.memes):
        answer = known_answer(task, given.get(name, {}).get(task.key))
        if answer is not None:
            gold[place] = True
            # An answer that nobody gave has no number; 0 then is equal to none that was given.
            truth[place] = numbers.get(answer, 0)
    judged = gold[votes.meme] & (part.given > 0)
    # Whoever was told the answer is not measured by it.
    told = memes.told()
    for place in np.flatnonzero(judged).tolist() if told else ():
        known = votes.memes[votes.meme[place]], votes.people[votes.person[place]]
        judged[place] = known not in told
    right[judged] = (part.given == truth[votes.meme])[judged]
    people = []
    for person in np.unique(votes.person[judged]):
        own = judged & (votes.person == person)
        hits = Hits(hits=right[own].astype(int), decisions=np.ones(int(own.sum()), int))
        people.append((int(person), compute_share(hits, reason=NO_GOLD)))
    return TruthReport(
        memes=len(np.unique(votes.meme[judged])),
        people=tuple(people),
        effect=_compare(votes, judged, right, part),
    )


def _compare(votes: Votes, counted: np.ndarray, hit: np.ndarray, part: TaskVotes) -> Effect:
    """Compare a share of the counted decisions with the suggestion shown and hidden."""

    def hits(which: np.ndarray) -> Hits:
        size = len(votes.memes)
        return Hits(
            hits=np.bincount(votes.meme[which & hit], minlength=size),
            decisions=np.bincount(votes.meme[which], minlength=size),
        )

    return compute_effect(hits(counted & part.aided), hits(counted & part.unaided))
