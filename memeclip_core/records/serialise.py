"""Predictions as plain values: the same for the command line, the page and the API."""

from __future__ import annotations

from typing import Any

from memeclip_core.records.meme import Meme
from memeclip_core.records.prediction import Prediction, TaskPrediction

SCHEMA = 1


def prediction_to_dict(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction as JSON values; classes stand in the task's order."""
    return {
        "schema": SCHEMA,
        "meme": _meme(prediction.meme),
        "task_set": prediction.task_set,
        "model": prediction.model,
        "encoder": prediction.encoder,
        "notes": list(prediction.notes),
        "tasks": {task.task: _task(task) for task in prediction.tasks},
    }


def _meme(meme: Meme) -> dict[str, Any]:
    return {
        "id": meme.id,
        "filename": meme.filename,
        "text": meme.text,
        "text_source": meme.text_source,
        "width": meme.width,
        "height": meme.height,
        "words": [
            {"text": word.text, "box": list(word.box), "confidence": word.confidence}
            for word in meme.words
        ],
    }


def _task(task: TaskPrediction) -> dict[str, Any]:
    return {
        "title": task.title,
        "kind": task.kind,
        "labels": list(task.labels),
        "label": task.labels[0] if task.labels else None,
        "probability": task.probability,
        "threshold": task.threshold,
        "applies": task.applies,
        "reason": task.reason,
        "reads": task.reads,
        "model": task.model,
        "probabilities": {score.label: score.probability for score in task.scores},
        "cosines": {score.label: score.cosine for score in task.scores},
    } | _base_rates(task)


def _base_rates(task: TaskPrediction) -> dict[str, Any]:
    """Return the classes' shares of the training memes, where they are known."""
    known = {score.label: score.base for score in task.scores if score.base is not None}
    return {"base_rates": known} if known else {}
