"""What a part of a meme adds to the answers: scores with it, less scores without it."""

from __future__ import annotations

from collections.abc import Mapping

from memeclip_core.heads.model import TaskScores
from memeclip_core.records.explanation import ClassEffect
from memeclip_core.tasks import Task, TaskSet

Scores = Mapping[str, TaskScores]
"""By task key, scores of N variants of one meme; the first is the meme as it is."""


def explain_part(tasks: TaskSet, scores: Scores, row: int) -> dict[str, tuple[ClassEffect, ...]]:
    """Return by task key what each class loses in the variant at this row."""
    return {task.key: _list_effects(task, scores[task.key], row) for task in tasks}


def _list_effects(task: Task, scores: TaskScores, row: int) -> tuple[ClassEffect, ...]:
    effects = []
    for place, label in enumerate(task.labels):
        probability, without = (float(scores.probabilities[i, place]) for i in (0, row))
        cosine, cosine_without = (float(scores.cosines[i, place]) for i in (0, row))
        effects.append(
            ClassEffect(
                label=label.name,
                display=label.display,
                probability=probability,
                without=without,
                change=probability - without,
                cosine=cosine,
                cosine_without=cosine_without,
                cosine_change=cosine - cosine_without,
            )
        )
    return tuple(effects)
