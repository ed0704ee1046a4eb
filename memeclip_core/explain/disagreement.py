"""What several models say of one meme, the questions on which they disagree most first."""

from __future__ import annotations

from collections.abc import Mapping

from memeclip_core.records.explanation import ClassRange, ModelBeside, TaskScoresBeside
from memeclip_core.records.model import ModelInfo
from memeclip_core.records.prediction import Prediction, TaskPrediction


def compare_answers(predictions: Mapping[str, Prediction]) -> tuple[TaskScoresBeside, ...]:
    """Return the questions with every model's answer.

    Those come first on which the answers differ, then those whose probabilities are farthest apart.
    Models that do not answer a question are left out there.

    Args:
        predictions: of one meme, by model.
    """
    tasks = dict.fromkeys(task.task for found in predictions.values() for task in found.tasks)
    rows = [
        _compare({m: t for m, found in predictions.items() for t in found.tasks if t.task == key})
        for key in tasks
    ]
    return tuple(sorted(rows, key=lambda row: (not row.differ, -row.spread)))


def describe_model(info: ModelInfo) -> ModelBeside:
    """Return a model as it stands among others: a starter is one, wherever it does not answer."""
    starter = info.state == "retired" and info.origin == "starter"
    return ModelBeside(
        version=info.version,
        role="starter" if starter else info.state,
        head=info.head,
        encoder=info.encoder,
        reads=info.reads,
    )


def _compare(answers: dict[str, TaskPrediction]) -> TaskScoresBeside:
    first = next(iter(answers.values()))
    classes = []
    for place, score in enumerate(first.scores):
        own = {model: answer.scores[place].probability for model, answer in answers.items()}
        spread = max(own.values()) - min(own.values())
        classes.append(
            ClassRange(label=score.label, display=score.display, probabilities=own, spread=spread)
        )
    return TaskScoresBeside(
        task=first.task,
        title=first.title,
        answers=answers,
        classes=tuple(classes),
        differ=len({answer.labels for answer in answers.values()}) > 1,
        spread=max(row.spread for row in classes),
    )
