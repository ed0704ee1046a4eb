"""What the page Batch shows: how far it is, the table, what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from memeclip_core.app.batch_answers import Batch, measure_confidence, measure_disagreement
from memeclip_core.records.job import Job
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer, Prediction, TaskPrediction
from memeclip_core.tasks import TaskSet, lead_in
from memeclip_core.ui.components import render_job, render_table, render_took
from memeclip_core.ui.formats import count, escape, listed, percent, shortened, stamp

EMPTY: Final = (
    '<div class="mc-empty"><h2>Ask the model about many memes at once</h2><p>Hand in two memes or '
    "more, a folder, a zip archive, or a list such as CSV with its pictures. The answers come as a "
    "table to sort, filter and take home.</p></div>"
)
_TITLES: Final[Mapping[str, str]] = {
    "running": "Predicting",
    "done": "All predicted",
    "cancelled": "Stopped",
    "failed": "Not predicted",
    "interrupted": "Broke off",
}
ORDERS: Final = (
    ("As handed in", ""),
    ("Least sure first", "unsure"),
    ("Surest first", "sure"),
    ("Models furthest apart first", "apart"),
    ("By name", "name"),
    ("By text", "text"),
)
FILES: Final = (("CSV", "csv"), ("JSONL", "jsonl"), ("Parquet", "parquet"))


def render_batch(batch: Batch) -> str:
    """Say how far a batch is, and until when it is kept."""
    job = batch.job
    facts = [count(len(batch.predictions), "meme") + " predicted"]
    failed = len(batch.answers) - len(batch.predictions)
    facts += [f"{failed:,} failed"] if failed else []
    facts += [words for words in (_step(job), render_took(job)) if words]
    asked = {one.model for answer in batch.answers for one in answer.beside}
    facts += [f"compared with {listed(sorted(asked))}"] if asked else []
    facts.append(f"deleted after {stamp(batch.until)}")
    none = job.state == "done" and not batch.predictions
    title = "None predicted" if none else _TITLES.get(job.state, job.state)
    card = render_job(job, title, facts, "The batch")
    return f'<h2 class="mc-unseen">This batch</h2>{card}'


def _step(job: Job) -> str:
    step = job.progress
    return f"{step.done:,} of {step.total:,} read" if job.live and step.total else ""


def render_answers(batch: Batch, rows: Sequence[Answer]) -> str:
    """Show one page of answers as a table."""
    compared = any(one.beside for one in rows)
    heads = ["Meme", "Text", *(escape(task.title) for task in batch.tasks), "Confidence"]
    heads += ["Models disagree"] if compared else []
    if not rows:
        said = "No answer is found by this filter." if batch.predictions else "No answer yet."
        return f'<p class="mc-hint">{said}</p>'
    cells = [
        _row(batch, one, one.told, compared) for one in rows if isinstance(one.told, Prediction)
    ]
    return render_table(heads, cells, "Answers")


def _row(batch: Batch, answer: Answer, told: Prediction, compared: bool) -> list[str]:
    name = escape(told.meme.filename)
    picture = f"api/v1/batches/{batch.id}/pictures/{answer.place}"
    shown = (
        f'<img class="mc-batch-thumb" src="{picture}" alt="" loading="lazy">'
        if told.meme.has_image
        else ""
    )
    doubt = f'<small class="mc-doubt">A guess: {escape(told.doubt)}.</small>' if told.doubt else ""
    cells = [
        f'<div class="mc-batch-meme">{shown}<span>{name}</span></div>',
        f"<span>{escape(shortened(told.meme.text)) or '<em>none</em>'}</span>",
        *(_answer(task) for task in told.tasks),
        f"{percent(measure_confidence(answer))}{doubt}",
    ]
    if compared:
        far, apart = measure_disagreement(answer)
        cells.append(
            escape(listed(apart))
            if apart
            else f'<span class="mc-quiet">{percent(far)} apart</span>'
        )
    return cells


def _answer(task: TaskPrediction) -> str:
    if not task.applies:
        return '<span class="mc-quiet" title="Does not apply">does not apply</span>'
    shown = [score.display for score in task.scores if score.label in task.labels]
    return f"{escape(listed(shown) or 'none')} <small>{percent(task.probability)}</small>"


def render_failures(batch: Batch) -> str:
    """List what could not be predicted, with the reasons."""
    failures = [one.told for one in batch.answers if isinstance(one.told, Failure)]
    if not failures:
        return ""
    rows = "".join(
        f"<li><strong>{escape(one.filename)}</strong> {escape(one.reason)}</li>"
        for one in failures[:200]
    )
    more = f"<li>and {len(failures) - 200:,} more</li>" if len(failures) > 200 else ""
    return (
        f"<details><summary>{count(len(failures), 'meme')} could not be predicted</summary>"
        f"<ul>{rows}{more}</ul></details>"
    )


def render_files(batch: Batch) -> str:
    """Offer the answers as files."""
    links = " · ".join(
        f'<a href="api/v1/batches/{batch.id}/file?format={kind}" download>{name}</a>'
        for name, kind in FILES
    )
    return f"<p>Download: {links}</p>"


def offer_labels(tasks: TaskSet) -> list[tuple[str, str]]:
    """Return the answers that can be asked for as choices."""
    return [("Any answer", ""), *_list_labels(tasks)]


def offer_orders(tasks: TaskSet) -> list[tuple[str, str]]:
    """Return the orders of the table as choices, with one for each answer of a task."""
    likely = [(f"{name} (most probable first)", key) for name, key in _list_labels(tasks)]
    return [*ORDERS, *likely]


def _list_labels(tasks: TaskSet) -> list[tuple[str, str]]:
    return [
        (f"{lead_in(task.title)} {label.display}", f"{task.key}\n{label.name}")
        for task in tasks
        for label in task.labels
    ]
