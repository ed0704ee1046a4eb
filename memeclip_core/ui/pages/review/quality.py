"""How reliable people are, and the memes on which they are least sure together."""

from __future__ import annotations

from memeclip_core.api.texts import _, ngettext
from memeclip_core.marks import mark
from memeclip_core.records.quality import PersonQuality, QualityReport, TaskQuality
from memeclip_core.tasks import TaskSet
from memeclip_core.ui.components import render_table
from memeclip_core.ui.formats import clock, decimal, escape, listed, percent, share

METHODS = {
    "crowdlab": mark(
        "CROWDLAB, which weighs each person and the model {model} by how well they fit the others"
    ),
    "others": mark("how often a person says what the others say of the same memes"),
}


def render_quality(report: QualityReport, tasks: TaskSet) -> str:
    """Show people's quality task by task, the least reliable first."""
    parts = "".join(_task(task, report.model, tasks) for task in report.tasks)
    said = _(
        "Numbers about people are a reason to talk, not a verdict: whoever gets the hardest memes "
        "looks worst. A model that was trained on these very labels sides with them. As of {time}."
    ).format(time=clock(report.time))
    return f'<p class="mc-hint">{escape(said)}</p>{parts}'


def _task(task: TaskQuality, model: str, tasks: TaskSet) -> str:
    head = f"<h3>{escape(task.title)}</h3>"
    if task.method == "none":
        why = _("Not known yet: {reason}.").format(reason=_(task.why))
        return f"{head}<p>{escape(why)}</p>"
    how = _(METHODS[task.method]).format(model=model)
    if task.why:
        how += f" ({_(task.why)})"
    measured = ngettext(
        "Measured by {how}, on {n} meme, and corrected for chance: 1 is perfect, 0 is what the "
        "same answers get on other memes.",
        "Measured by {how}, on {n} memes, and corrected for chance: 1 is perfect, 0 is what the "
        "same answers get on other memes.",
        task.measured,
    ).format(how=how, n=f"{task.measured:,}")
    rows = [_person(person) for person in task.people]
    heads = (
        _("Who"), _("Quality"), _("Equals the consensus"), _("Memes"), _("Shared"),
        _("Most often apart"),
    )  # fmt: skip
    caption = _("Quality on {task}").format(task=task.title)
    said = escape(" ".join([measured, _always(task), *_undefined(task)]))
    return (
        f'{head}<p class="mc-hint">{said}</p>'
        f"{render_table(heads, rows, caption)}{_unsure(task, tasks)}"
    )


def _always(task: TaskQuality) -> str:
    if not task.usual:
        return _(
            "Whoever chooses never any label has a quality of 0 and equals the consensus in "
            "{share}."
        ).format(share=share(task.always))
    return _(
        "Whoever chooses always “{answer}” has a quality of 0 and equals the consensus in {share}."
    ).format(answer=task.usual, share=share(task.always))


def _undefined(task: TaskQuality) -> list[str]:
    """Say once why somebody's quality is not a number."""
    own = [one.reason for one in task.people if one.reason and decimal(one.quality, 2) == _("n/a")]
    return [_("n/a: {reason}.").format(reason=_(reason)) for reason in dict.fromkeys(own)]


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
            f'aria-label="{escape(_("Open the meme {meme}").format(meme=one.meme[:8]))}">'
            f"{escape(one.meme[:8])}</button>",
            escape(listed([names.get(name, name) for name in one.labels]) or _("none of them")),
            percent(one.certainty),
        )
        for one in task.unsure
    ]
    heads = (_("Meme"), _("Consensus"), _("How sure"))
    caption = _("Least certain memes of {task}").format(task=task.title)
    table = render_table(heads, rows, caption, wide=False)
    title = ngettext("The {n} least certain memes", "The {n} least certain memes", len(rows))
    return f"<details><summary>{escape(title.format(n=len(rows)))}</summary>{table}</details>"
