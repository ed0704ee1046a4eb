"""Predictions, models and jobs as text for a terminal: pure."""

from __future__ import annotations

from collections.abc import Sequence

from memeclip_core.cli.terminal import printable, render_metric, render_table
from memeclip_core.records.job import Job
from memeclip_core.records.model import Metric, ModelInfo, TaskComparison
from memeclip_core.records.prediction import Prediction, TaskPrediction

SOURCES = {
    "rapidocr": "read by rapidocr",
    "tesseract": "read by tesseract",
    "user": "given",
    "file": "from the list",
    "none": "not read",
}


def render_prediction(prediction: Prediction) -> str:
    """Return a meme's predictions: what was read, then every task with every class."""
    meme = prediction.meme
    size = f" ({meme.width} x {meme.height})" if meme.has_image else " (text only)"
    lines = [
        f"{printable(meme.filename) or 'text'}{size}",
        f"  Text, {SOURCES[meme.text_source]}: {printable(meme.text) or '(none)'}",
        f"  Model {prediction.model}, encoder {prediction.encoder}",
        *(f"  Note: {note}" for note in prediction.notes),
    ]
    for task in prediction.tasks:
        lines += ["", *_task_lines(task)]
    return "\n".join([*lines, ""])


def _task_lines(task: TaskPrediction) -> list[str]:
    chosen = [score for score in task.scores if score.label in task.labels]
    answer = ", ".join(score.display for score in chosen) or "none of them"
    if task.applies:
        title = f"  {task.title}: {answer}"
    else:
        title = f"  {task.title}: does not apply. {task.reason}"
    if task.threshold is not None:
        title += f" (from {task.threshold:.2f})"
    known = any(score.base is not None for score in task.scores)
    rows = [
        (
            "   *" if score in chosen and task.applies else "    ",
            score.display,
            f"{score.probability:.4f}",
            f"{score.cosine:+.4f}",
            *(["" if score.base is None else f"{score.base:.4f}"] if known else []),
        )
        for score in task.scores
    ]
    header = ("    ", "class", "probability", "cosine", *(["in training"] if known else []))
    return [title, *render_table(header, rows).splitlines()]


def render_models(models: Sequence[ModelInfo]) -> str:
    """Return models as a table, one line each."""
    rows = [
        (
            model.version,
            model.state,
            model.origin,
            model.encoder,
            model.reads,
            f"{model.created:%Y-%m-%d %H:%M}",
            ", ".join(_short(task, metrics) for task, metrics in model.metrics.items() if metrics),
        )
        for model in models
    ]
    header = ("version", "state", "origin", "encoder", "reads", "created (UTC)", "validation")
    return render_table(header, rows)


def _short(task: str, metrics: Sequence[Metric]) -> str:
    first = next((m for m in metrics if not m.reason), None)
    return f"{task} {first.name} {first.value:.3f}" if first else f"{task} none"


def render_comparison(comparison: Sequence[TaskComparison]) -> str:
    """Return candidate against active, task by task, on the same rows."""
    lines = []
    for item in comparison:
        where = "held-out corrections" if item.rows == "corrected" else "the starter's validation"
        lines += [
            f"{item.task}, {where} (n = {item.n}): {item.flips} decisions differ",
            f"  active     {render_metric(item.active)}",
            f"  candidate  {render_metric(item.candidate)}",
        ]
        if item.p is not None:
            lines.append(f"  difference p = {item.p:.4f} (paired bootstrap)")
    return "\n".join(lines)


def render_job(job: Job) -> str:
    """Return how a retraining ended, in one line, and what it counted, in another."""
    took = f", {(job.ended - job.started).total_seconds():.1f} s" if job.ended else ""
    reason = f": {job.reason}" if job.reason else ""
    counts = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in job.counts.items())
    return f"Job {job.id} is {job.state}{took}{reason}" + (f"\n{counts}" if counts else "")
