"""How reliable each person of a project is, and on which memes people are least sure together."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np

from memeclip_core.annotation.projects.predictions import PredictionTable
from memeclip_core.annotation.review.votes import Asked, Votes, tabulate
from memeclip_core.evaluation.agreement import ONE_LABEL, Answers
from memeclip_core.evaluation.annotators import NOBODY, AnnotatorQuality, Consensus, find_consensus
from memeclip_core.records.project import Project
from memeclip_core.records.quality import PersonQuality, QualityReport, TaskQuality, UnsureMeme
from memeclip_core.tasks import Task

LEAST_SURE = 50
MAX_MEMES = 10_000
"""Of more shared memes, this many are drawn; people's quality is known well enough from them."""


def report_quality(project: Project, votes: Votes, table: PredictionTable) -> QualityReport:
    """Measure everybody on every task; takes seconds where there is much."""
    return QualityReport(
        project=project.key,
        time=datetime.now(UTC),
        model=table.model,
        tasks=tuple(_report_task(task, votes, table) for task in project.tasks),
    )


def _report_task(task: Task, votes: Votes, table: PredictionTable) -> TaskQuality:
    asked = _sample(tabulate(votes, task))
    memes = [votes.memes[row] for row in asked.rows]
    model = table.read_probabilities(task, memes)
    if task.kind == "multiclass":
        questions = [(asked.answers, model)]
    else:
        questions = [
            (_one_label(asked, label), None if model is None else _yes_no(model[:, label]))
            for label in range(len(task.labels))
        ]
    found = [find_consensus(answers, probabilities) for answers, probabilities in questions]
    certainty = np.min([one.certainty for one in found], axis=0) if memes else np.zeros(0)
    order = [int(row) for row in np.argsort(certainty, kind="stable") if certainty[row] < 1]
    always, usual = _answer_always(task, found, asked.answers.shared)
    return TaskQuality(
        task=task.key,
        title=task.title,
        kind=task.kind,
        method=found[0].method if memes else "none",
        why=next((one.why for one in found if one.why), "") if memes else NOBODY,
        people=_judge(task, votes, found),
        always=always,
        usual=usual,
        unsure=tuple(
            UnsureMeme(
                meme=memes[row], labels=_name(task, found, row), certainty=float(certainty[row])
            )
            for row in order[:LEAST_SURE]
        ),
        measured=len(memes),
    )


def _sample(asked: Asked) -> Asked:
    """Keep all memes, or of very many a random part in which several people labelled each."""
    if len(asked.rows) <= MAX_MEMES:
        return asked
    shared = np.flatnonzero(asked.answers.shared)
    generator = np.random.default_rng(0)
    chosen = np.sort(generator.choice(shared, min(MAX_MEMES, len(shared)), replace=False))
    return Asked(answers=asked.answers.rows(chosen), rows=asked.rows[chosen], sets=asked.sets)


def _one_label(asked: Asked, label: int) -> Answers:
    values = asked.sets[asked.answers.values, label].astype(np.int64)
    return Answers(values=values, given=asked.answers.given, width=2)


def _yes_no(probability: np.ndarray) -> np.ndarray:
    return np.stack([1 - probability, probability], axis=1)


def _name(task: Task, found: list[Consensus], row: int) -> tuple[str, ...]:
    if task.kind == "multiclass":
        return (task.names[found[0].labels[row]],)
    return tuple(name for name, one in zip(task.names, found, strict=True) if one.labels[row])


def _judge(task: Task, votes: Votes, found: list[Consensus]) -> tuple[PersonQuality, ...]:
    people = []
    for person, name in enumerate(votes.people):
        own = [one for each in found for one in each.people if one.person == person]
        if not own:
            continue
        worst = ""
        if task.kind == "multiclass" and own[0].worst is not None:
            worst = task.labels[own[0].worst].display
        elif task.kind == "multilabel":
            least = min(own, key=lambda one: (math.isnan(one.with_consensus), one.with_consensus))
            if least.with_consensus < 1:
                worst = task.labels[own.index(least)].display
        quality = _correct(own)
        people.append(
            PersonQuality(
                name=name,
                labelled=own[0].labelled,
                shared=own[0].shared,
                quality=quality,
                with_consensus=_mean([one.with_consensus for one in own]),
                worst=worst,
                reason=next((one.reason for one in own if one.reason), "")
                or (ONE_LABEL if math.isnan(quality) else ""),
            )
        )
    return tuple(sorted(people, key=lambda one: (math.isnan(one.quality), one.quality)))


def _correct(own: list[AnnotatorQuality]) -> float:
    """Return quality corrected for chance, as Cohen's kappa is; labels weigh what chance leaves."""
    known = [one for one in own if not math.isnan(one.quality)]
    left = sum(1 - one.chance for one in known)
    return sum(one.quality - one.chance for one in known) / left if left > 1e-9 else math.nan


def _answer_always(task: Task, found: list[Consensus], shared: np.ndarray) -> tuple[float, str]:
    """Return how often one and the same answer is the consensus of the shared memes, and which."""
    if not shared.any():
        return math.nan, ""
    if task.kind == "multilabel":
        return _mean([float((one.labels[shared] == 0).mean()) for one in found]), ""
    counts = np.bincount(found[0].labels[shared], minlength=len(task.labels))
    return float(counts.max() / counts.sum()), task.labels[int(counts.argmax())].display


def _mean(values: list[float]) -> float:
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan
