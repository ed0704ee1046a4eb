"""Predictions, models, jobs and figures as text for a terminal: pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from memeclip_core.cli.terminal import printable, render_columns, render_metric, render_table
from memeclip_core.records.job import Job
from memeclip_core.records.model import Metric, ModelInfo, TaskComparison
from memeclip_core.records.prediction import Prediction, TaskPrediction
from memeclip_core.tasks import lead_in

if TYPE_CHECKING:
    from memeclip_core.experiments.reports.summary import Spread
    from memeclip_core.experiments.results import Results

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
        title = f"  {lead_in(task.title)} {answer}"
    else:
        title = f"  {lead_in(task.title)} does not apply. {task.reason}"
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


MODEL_COLUMNS: dict[str, Callable[[ModelInfo], str]] = {
    "version": lambda model: model.version,
    "state": lambda model: model.state,
    "origin": lambda model: model.origin,
    "encoder": lambda model: model.encoder,
    "reads": lambda model: model.reads,
    "created (UTC)": lambda model: f"{model.created:%Y-%m-%d %H:%M}",
    "validation": lambda model: ", ".join(
        _short(task, metrics) for task, metrics in model.metrics.items() if metrics
    ),
}


def render_models(models: Sequence[ModelInfo]) -> str:
    """Return models as a table, one line each."""
    return render_columns(MODEL_COLUMNS, models)


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


def render_results(results: Results) -> str:
    """Return a table with a line per cell family and task: mean and deviation over seeds."""
    from memeclip_core.experiments.reports.summary import summarise, title_heads

    lines = []
    results = title_heads(results)
    names = list(dict.fromkeys(m.name for cell in results.cells for m in cell.metrics))
    axes = list(dict.fromkeys(axis for cell in results.cells for axis in cell.axes))
    for row in summarise(results):
        cells = {metric.name: metric for metric in row.metrics}
        values = [render_value(cells[name]) if name in cells else "" for name in names]
        heads = [row.axes.get(axis, "") for axis in axes]
        notes = dict.fromkeys(f"{m.name}: {m.note}" for m in row.metrics if m.note)
        said = row.reason or "; ".join(notes)
        lines.append((*heads, row.task, str(row.n), str(row.seeds), *values, said))
    return render_table((*axes, "task", "n", "seeds", *names, ""), lines)


def render_value(metric: Spread) -> str:
    """Return a mean with its deviation, or a single value."""
    if metric.mean is None:
        return "none"
    return f"{metric.mean:.4f}" if metric.sd is None else f"{metric.mean:.4f} ± {metric.sd:.4f}"


def render_metrics(task: str, metrics: Sequence[Metric]) -> list[tuple[str, ...]]:
    """Return a table's lines: one per metric, with interval and n."""
    return [
        (
            task,
            metric.name,
            *(f"{x:.4f}" for x in (metric.value, metric.low, metric.high)),
            str(metric.n),
            metric.reason or metric.note,
        )
        for metric in metrics
    ]
