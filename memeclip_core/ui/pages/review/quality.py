"""How reliable people are, and the memes on which they are least sure together."""

from __future__ import annotations

from memeclip_core.records.quality import PersonQuality, QualityReport, TaskQuality
from memeclip_core.tasks import TaskSet
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import clock, count, decimal, escape, listed, percent, share

METHODS = {
    "crowdlab": "CROWDLAB, which weighs each person and the model {model} by how well they fit "
    "the others",
    "others": "how often a person says what the others say of the same memes",
}


def render_quality(report: QualityReport, tasks: TaskSet) -> str:
    """Show people's quality task by task, the least reliable first."""
    parts = "".join(_task(task, report.model, tasks) for task in report.tasks)
    return (
        f'<p class="mc-hint">Numbers about people are a reason to talk, not a verdict: whoever '
        "gets the hardest memes looks worst. A model that was trained on these very labels sides "
        f"with them. As of {escape(clock(report.time))}.</p>{parts}"
    )


def _task(task: TaskQuality, model: str, tasks: TaskSet) -> str:
    head = f"<h3>{escape(task.title)}</h3>"
    if task.method == "none":
        return f"{head}<p>Not known yet: {escape(task.why)}.</p>"
    how = METHODS[task.method].format(model=escape(model))
    why = f" ({escape(task.why)})" if task.why else ""
    rows = [_person(person) for person in task.people]
    heads = ("Who", "Quality", "Equals the consensus", "Memes", "Shared", "Most often apart")
    return (
        f'{head}<p class="mc-hint">Measured by {how}{why}, on {count(task.measured, "meme")}, and '
        "corrected for chance: 1 is perfect, 0 is what the same answers get on other memes. "
        f"{_always(task)}{_undefined(task)}</p>"
        f"{render_table(heads, rows, f'Quality on {task.title}')}{_unsure(task, tasks)}"
    )


def _always(task: TaskQuality) -> str:
    answer = f"always “{task.usual}”" if task.usual else "never any label"
    return (
        f"Whoever chooses {escape(answer)} has a quality of 0 and equals the consensus in "
        f"{share(task.always)}."
    )


def _undefined(task: TaskQuality) -> str:
    """Say once why somebody's quality is not a number."""
    own = [one.reason for one in task.people if one.reason and decimal(one.quality, 2) == "n/a"]
    return "".join(f" n/a: {escape(reason)}." for reason in dict.fromkeys(own))


def _person(person: PersonQuality) -> tuple[str, ...]:
    return (
        escape(person.name),
        decimal(person.quality, 2),
        share(person.with_consensus) if person.shared else "",
        f"{person.labelled:,}",
        f"{person.shared:,}",
        escape(person.worst),
    )


def _unsure(task: TaskQuality, tasks: TaskSet) -> str:
    if not task.unsure:
        return ""
    names = {label.name: label.display for label in tasks.task(task.task).labels}
    rows = [
        (
            f'<button type="button" class="mc-open" data-meme="{escape(one.meme)}" '
            f'aria-label="Open the meme {escape(one.meme[:8])}">'
            f"{escape(one.meme[:8])}</button>",
            escape(listed([names.get(name, name) for name in one.labels])) or "none of them",
            percent(one.certainty),
        )
        for one in task.unsure
    ]
    table = render_table(
        ("Meme", "Consensus", "How sure"), rows, f"Least certain memes of {task.title}", wide=False
    )
    return f"<details><summary>The {len(rows)} least certain memes</summary>{table}</details>"
