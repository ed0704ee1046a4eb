"""What the page Batch shows: how far it is, the table, what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from memeclip_core.api.texts import _, ngettext
from memeclip_core.app.batch_answers import Batch, measure_confidence, measure_disagreement
from memeclip_core.marks import mark
from memeclip_core.records.job import Job
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Answer, Prediction, TaskPrediction
from memeclip_core.tasks import TaskSet, lead_in
from memeclip_core.ui.components import render_job, render_table, render_took
from memeclip_core.ui.formats import escape, listed, percent, shortened, stamp

_TITLES: Final[Mapping[str, str]] = {
    "running": mark("Predicting"),
    "done": mark("All predicted"),
    "cancelled": mark("Stopped"),
    "failed": mark("Not predicted"),
    "interrupted": mark("Broke off"),
}
ORDERS: Final = (
    (mark("As handed in"), ""),
    (mark("Least sure first"), "unsure"),
    (mark("Surest first"), "sure"),
    (mark("Models furthest apart first"), "apart"),
    (mark("By name"), "name"),
    (mark("By text"), "text"),
)
FILES: Final = (("CSV", "csv"), ("JSONL", "jsonl"), ("Parquet", "parquet"))


def render_empty() -> str:
    """Say what the page is for where nothing was handed in yet."""
    title = _("Ask the model about many memes at once")
    words = _(
        "Hand in two memes or more, a folder, a zip archive, or a list such as CSV with its "
        "pictures. The answers come as a table to sort, filter and take home."
    )
    return f'<div class="mc-empty"><h2>{escape(title)}</h2><p>{escape(words)}</p></div>'


def render_batch(batch: Batch) -> str:
    """Say how far a batch is, and until when it is kept."""
    job = batch.job
    there = len(batch.predictions)
    said = ngettext("{n} meme predicted", "{n} memes predicted", there)
    facts = [said.format(n=f"{there:,}")]
    failed = len(batch.answers) - there
    facts += [_("{n} failed").format(n=f"{failed:,}")] if failed else []
    facts += [words for words in (_step(job), render_took(job)) if words]
    asked = {one.model for answer in batch.answers for one in answer.beside}
    facts += [_("compared with {models}").format(models=listed(sorted(asked)))] if asked else []
    facts.append(_("deleted after {time}").format(time=stamp(batch.until)))
    none = job.state == "done" and not batch.predictions
    title = _("None predicted") if none else _(_TITLES.get(job.state, job.state))
    card = render_job(job, escape(title), facts, _("The batch"))
    return f'<h2 class="mc-unseen">{escape(_("This batch"))}</h2>{card}'


def _step(job: Job) -> str:
    step = job.progress
    if not (job.live and step.total):
        return ""
    return _("{n} of {all} read").format(n=f"{step.done:,}", all=f"{step.total:,}")


def render_answers(batch: Batch, rows: Sequence[Answer]) -> str:
    """Show one page of answers as a table."""
    compared = any(one.beside for one in rows)
    said = [*(task.title for task in batch.tasks), _("Confidence")]
    said += [_("Models disagree")] if compared else []
    heads = [escape(head) for head in (_("Meme"), _("Text"), *said)]
    if not rows:
        there = bool(batch.predictions)
        none = _("No answer is found by this filter.") if there else _("No answer yet.")
        return f'<p class="mc-hint">{escape(none)}</p>'
    cells = []
    for one in rows:
        if isinstance(one.told, Prediction):
            meme, text, *answers = _row(batch, one, one.told, compared)
            cells.append([meme, text + _brief(heads[2:], answers), *answers])
    return render_table(heads, cells, _("Answers"))


def _brief(heads: Sequence[str], cells: Sequence[str]) -> str:
    """List a row's answers, for a phone, where their columns would lie off the screen."""
    pairs = zip(heads, cells, strict=True)
    rows = "".join(f"<dt>{head}</dt><dd>{cell}</dd>" for head, cell in pairs)
    return f'<dl class="mc-batch-brief">{rows}</dl>'


def _row(batch: Batch, answer: Answer, told: Prediction, compared: bool) -> list[str]:
    name = escape(told.meme.filename)
    picture = f"api/v1/batches/{batch.id}/pictures/{answer.place}"
    shown = (
        f'<img class="mc-batch-thumb" src="{picture}" alt="" loading="lazy">'
        if told.meme.has_image
        else ""
    )
    doubt = ""
    if told.doubt:
        guess = _("A guess: {why}.").format(why=_(told.doubt))
        doubt = f'<small class="mc-doubt">{escape(guess)}</small>'
    cells = [
        f'<div class="mc-batch-meme">{shown}<span>{name}</span></div>',
        f"<span>{escape(shortened(told.meme.text)) or _('<em>none</em>')}</span>",
        *(_answer(task) for task in told.tasks),
        f"{percent(measure_confidence(answer))}{doubt}",
    ]
    if compared:
        far, apart = measure_disagreement(answer)
        same = escape(_("{share} apart").format(share=percent(far)))
        cells.append(escape(listed(apart)) or f'<span class="mc-quiet">{same}</span>')
    return cells


def _answer(task: TaskPrediction) -> str:
    if not task.applies:
        title, said = escape(_("Does not apply")), escape(_("does not apply"))
        return f'<span class="mc-quiet" title="{title}">{said}</span>'
    shown = [score.display for score in task.scores if score.label in task.labels]
    return f"{escape(listed(shown) or _('none'))} <small>{percent(task.probability)}</small>"


def render_failures(batch: Batch) -> str:
    """List what could not be predicted, with the reasons."""
    failures = [one.told for one in batch.answers if isinstance(one.told, Failure)]
    if not failures:
        return ""
    rows = "".join(
        f"<li><strong>{escape(one.filename)}</strong> {escape(one.reason)}</li>"
        for one in failures[:200]
    )
    n, more = len(failures), ""
    if n > 200:
        more = f"<li>{escape(_('and {n} more').format(n=f'{n - 200:,}'))}</li>"
    said = ngettext("{n} meme could not be predicted", "{n} memes could not be predicted", n)
    summary = escape(said.format(n=f"{n:,}"))
    return f"<details><summary>{summary}</summary><ul>{rows}{more}</ul></details>"


def render_files(batch: Batch) -> str:
    """Offer the answers as files."""
    links = " · ".join(
        f'<a href="api/v1/batches/{batch.id}/file?format={kind}" download>{name}</a>'
        for name, kind in FILES
    )
    return f"<p>{escape(_('Download: {links}')).format(links=links)}</p>"


def offer_labels(tasks: TaskSet) -> list[tuple[str, str]]:
    """Return the answers that can be asked for as choices."""
    return [(_("Any answer"), ""), *_list_labels(tasks)]


def offer_orders(tasks: TaskSet) -> list[tuple[str, str]]:
    """Return the orders of the table as choices, with one for each answer of a task."""
    said = _("{answer} (most probable first)")
    likely = [(said.format(answer=name), key) for name, key in _list_labels(tasks)]
    return [*say_choices(ORDERS), *likely]


def say_choices(choices: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return choices with their titles in the language of the page, by the same values."""
    return [(_(title), value) for title, value in choices]


def _list_labels(tasks: TaskSet) -> list[tuple[str, str]]:
    return [
        (f"{lead_in(task.title)} {label.display}", f"{task.key}\n{label.name}")
        for task in tasks
        for label in task.labels
    ]
