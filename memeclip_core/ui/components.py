"""Parts that pages share: the frame above them, tables, and the scripts of single widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.status import StudioStatus
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import IMPORTED
from memeclip_core.marks import mark
from memeclip_core.records.decision import Person
from memeclip_core.records.job import Job
from memeclip_core.records.model import ErrorRate, ModelCard, ModelInfo
from memeclip_core.records.project import Project
from memeclip_core.ui.formats import count, escape, percent
from memeclip_core.ui.messages import render_why

PRESS: Final = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-index]');
  if (button) trigger('press', { index: Number(button.dataset.index) });
});
"""
"""Report which of a widget's buttons was pressed, by its number, as the event ``press``."""

STATUS: Final = """
element.setAttribute('role', 'status');
element.setAttribute('aria-live', 'polite');
"""
"""Have a screen reader speak whatever appears in a widget."""

WORK: Final = "memeclip.then((page) => page.follow(element));"
"""Have a screen reader speak when the work in a widget begins and ends, not at each step."""

READS: Final = {
    "text": mark("text only"),
    "image": mark("picture only"),
    "image+text": mark("picture and text"),
}

LICENCES: Final = {
    "starter": mark(
        "MIT for code and weights; the training data are their authors', under their terms"
    ),
    "retrained": mark("as the model it came from; your corrections are yours"),
}

ROLES: Final = {
    "visitor": mark("visitor"),
    "annotator": mark("annotator"),
    "reviewer": mark("reviewer"),
    "admin": mark("admin"),
}

CLASS_PROMPTS: Final = mark("class prompts")

_FACTS: Final = {
    "rows": mark("Rows of the dataset"),
    "with image": mark("Of these with a picture"),
    "train": mark("Memes trained on"),
    "val": mark("Memes checked on"),
    "dropped as duplicates of val": mark("Left out, as they are among those"),
    "parent": mark("Made from"),
    "job": mark("Retraining"),
}
_FOR_PROGRAMS: Final = {"hash", "contents", "deal", "folds", "replay train", "replay val"}


def list_facts(model: ModelInfo) -> list[tuple[str, str]]:
    """Return what a model's manifest says of how it was made, in words for people."""
    return [
        (_(_FACTS.get(name, name.capitalize())), said)
        for name, said in model.facts.items()
        if name not in _FOR_PROGRAMS
    ]


def render_folder(field: str) -> str:
    """Offer to choose a folder, whose files go into an upload field."""
    return (
        f'<button type="button" class="mc-act" data-folder="{field}" '
        f'data-endings="{" ".join(IMPORTED)}">{escape(_("Choose a folder"))}</button>'
    )


def render_header() -> str:
    """Say what the page is and what it is for."""
    promise = _(
        "Is a meme hateful, at whom, which side does it take, is it meant to be funny? See the "
        "answer and why, correct it, teach the model."
    )
    return (
        '<div class="mc-brand"><span class="mc-mark" aria-hidden="true"></span>'
        f"<div><h1>MemeCLIP Studio</h1><p>{escape(promise)}</p></div></div>"
    )


class Frame:
    """What stands above all pages: the name, who is there, how it looks, and what answers."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        with gr.Row(elem_classes="mc-top"):
            gr.HTML(render_header(), elem_classes="mc-head")
            if studio.settings.hub_sign_in:
                # Off a Space this button would stop the page from starting.
                gr.LoginButton(
                    _("Sign in with Hugging Face"), _("Logout ({})"), size="sm", elem_id="sign-in"
                )
            signs_in = studio.settings.asks_password or studio.settings.hub_sign_in
            self.account = gr.HTML(elem_id="account", visible=signs_in)
            self.blur = gr.Checkbox(
                False, label=_("Blur pictures"), elem_id="blur", container=False
            )
            self.theme = gr.Button(_("Dark"), size="sm", elem_id="theme")
            self.header = gr.HTML(elem_id="header")

    def choose_tasks(self, page: str) -> gr.Radio:
        """Lay out the switch of the task set where it acts; ``link_tasks`` keeps them alike."""
        choices = [(tasks.title, tasks.key) for tasks in self._studio.task_sets]
        return gr.Radio(
            choices,
            value=choices[0][1],
            label=_("Task set"),
            visible=len(choices) > 1,
            elem_id=f"{page}-tasks",
            elem_classes="mc-segments",
        )


def link_tasks(one: gr.Radio, other: gr.Radio) -> None:
    """Keep the task set's two switches alike."""
    for here, there in ((one, other), (other, one)):
        here.input(None, here, there, js="(key) => key")


def render_account(who: Person, *, own: bool) -> str:
    """Say who is signed in and as what; ``own`` accounts can be changed and left here."""
    said = _("<span>Signed in as</span> <strong>{name}</strong>, {role}").format(
        name=escape(who.name), role=escape(_(ROLES[who.role]))
    )
    if not own:
        return said
    return (
        f'{said} · <button type="button" class="mc-link" data-account>'
        f'{escape(_("Account"))}</button> · <a href="logout">{escape(_("Sign out"))}</a>'
    )


def _looks() -> str:
    """Offer below a meme what is the work of ``zoom.js``."""
    return (
        '<span class="mc-looks">'
        f'<button type="button" data-look="zoom">{escape(_("Zoom"))}</button>'
        f'<button type="button" data-look="turn">{escape(_("Turn"))}</button></span>'
    )


def render_frame(inside: str, caption: str) -> str:
    """Show a meme in the frame that blurs it where people want that; both arguments are HTML."""
    name = _(
        "The meme; where images are blurred, the focus or the key v shows it; the keys z, + and - "
        "zoom"
    )
    return (
        '<figure class="mc-picture"><div class="mc-frame" tabindex="0" role="group" '
        f'aria-label="{escape(name)}">{inside}</div>'
        f"<figcaption>{caption}{_looks()}</figcaption></figure>"
    )


def render_status(status: StudioStatus) -> str:
    """Say under "About this model" what answers, what it was trained on, and what it cannot do."""
    suffix = f" <code>{escape(status.fingerprint)}</code>" if status.fingerprint else ""
    model = status.model
    facts = [
        (_("Model"), escape(model.version if model else _("none trained: zero-shot"))),
        (_("Reads"), escape(_(READS.get(model.reads, model.reads) if model else CLASS_PROMPTS))),
        (_("Encoder"), escape(status.encoder) + suffix),
        (_("Text reader"), escape(status.ocr)),
        (_("Corrected"), count(status.corrected, "meme")),
    ]
    if model:
        facts += [(name, escape(said)) for name, said in list_facts(model)]
        facts.append((_("Licence"), escape(_(LICENCES[model.origin]))))
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in facts)
    said = [status.description, *status.notes] if status.description else status.notes
    notes = "".join(f"<li>{escape(note)}</li>" for note in said)
    below = f'<ul class="mc-notes">{notes}</ul>' if notes else ""
    title = _("About this model") if status.warm else _("About this model · loading…")
    return (
        f'<details class="mc-about"><summary>{escape(title)}</summary>'
        f'<div class="mc-panel">{below}<dl class="mc-status">{items}</dl>'
        f"{render_card(status.card)}{render_errors(status.errors)}</div></details>"
    )


def render_card(card: ModelCard | None) -> str:
    """Say what the model is for, what it was taught on, and what it cannot do."""
    if card is None:
        return ""
    parts = ((_("Data"), card.data), (_("Source"), card.source))
    said = "".join(f"<h4>{escape(name)}</h4><p>{escape(text)}</p>" for name, text in parts)
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in card.limits)
    return (
        f"<details><summary>{escape(_('What it is for, its data and its limits'))}</summary>"
        f"<p>{escape(card.use)}</p>{said}<h4>{escape(_('Limits'))}</h4>"
        f'<ul class="mc-notes">{limits}</ul></details>'
    )


def render_errors(errors: Sequence[ErrorRate]) -> str:
    """Say what the model gets wrong, by class and by whom a meme's text is about."""
    if not errors:
        return ""
    about = _("A text is about a group where it has one of that group's words.")
    if not any(one.group for one in errors):
        about = _(
            "No group of people is named by five of them, so that none has a rate of its own."
        )
    title = _("What it gets wrong, by class and by group of people")
    measured = _("Measured on memes that it was not trained on.")
    return (
        f"<details><summary>{escape(title)}</summary>"
        f"<p>{escape(measured)} {escape(about)}</p>"
        f"{''.join(_render_task(task, errors) for task in dict.fromkeys(e.task for e in errors))}"
        "</details>"
    )


def _render_task(task: str, errors: Sequence[ErrorRate]) -> str:
    rows = [
        (
            escape(_say_mistake(one).format(subject=one.subject)),
            _("{rate} <em>({low} to {high})</em>").format(
                rate=percent(one.rate), low=percent(one.low), high=percent(one.high)
            ),
            f"{one.n:,}",
        )
        for one in errors
        if one.task == task
    ]
    heads = (_("The model …"), _("How often (95 %)"), _("Memes"))
    caption = _("{task}: what the model gets wrong").format(task=task)
    table = render_table(heads, rows, caption, wide=False)
    return f"<h4>{escape(task)}</h4>{table}"


def _say_mistake(one: ErrorRate) -> str:
    if not one.group:
        return _("misses {subject}")
    # By whom hate is aimed at, or by whom a text names.
    if ":" in one.subject:
        return _("is wrong on {subject}")
    return _("is wrong on texts about {subject}")


def render_try() -> str:
    """Offer to make the demo and open the page again; what happens is the work of ``demo.js``."""
    words = escape(_("Try it with the samples"))
    return f'<button type="button" class="mc-act" data-demo="make">{words}</button>'


def render_trying() -> str:
    """Say what the demo is."""
    words = _(
        "A demo project of ten sample memes, with made-up votes: nothing in it teaches a model, "
        "and it can be removed again."
    )
    return f'<p class="mc-hint">{escape(words)}</p>'


def render_remove() -> str:
    """Offer to remove the demo."""
    words = escape(_("Remove the demo"))
    return f'<p><button type="button" class="mc-act" data-demo="remove">{words}</button></p>'


def render_way(words: str, page: str) -> str:
    """Offer another page as a button."""
    return f'<button type="button" class="mc-act" data-page="{page}">{escape(words)}</button>'


def render_nothing(title: str, words: str, *ways: str, below: str = "") -> str:
    """Say what a page is for that has nothing to show yet, with buttons that help."""
    buttons = f'<div class="mc-acts">{"".join(ways)}</div>' if ways else ""
    return (
        f'<section class="mc-empty"><h2>{escape(title)}</h2><p>{escape(words)}</p>'
        f"{buttons}{below}</section>"
    )


def render_demo_note(project: Project) -> str:
    """Say of a demo that it is one; nothing of other projects."""
    if not project.demo:
        return ""
    said = _(
        "<strong>This is a demo.</strong> The memes are samples, the people and their votes are "
        "made up. Nothing of it teaches a model or is counted."
    )
    return f'<p class="mc-reason mc-warn">{said}</p>'


def render_meter(share: float, tick: float | None = None, ghost: float | None = None) -> str:
    """Draw a share in [0, 1] that is written beside it, another one as a tick, and what it was."""
    mark = "" if tick is None else f'<b style="left:{tick:.1%}"></b>'
    mark += "" if ghost is None else f'<s style="width:{ghost:.1%}"></s>'
    return f'<div class="mc-meter" aria-hidden="true"><i style="width:{share:.1%}"></i>{mark}</div>'


def render_progress(done: int, total: int, name: str) -> str:
    """Draw how much of something is done; ``name`` says to a screen reader of what."""
    share = done / total if total else 0.0
    return (
        f'<progress max="100" value="{100 * share:.0f}" aria-label="{escape(name)}">{share:.0%}'
        "</progress>"
    )


def render_job(job: Job, title: str, facts: Sequence[str], name: str, more: str = "") -> str:
    """Show a job: its state in words, a bar while it runs, and why it ended.

    Args:
        job: the job.
        title: what it is and how far.
        facts: one after the other on a line.
        name: what its bar is called.
        more: HTML below.
    """
    bar = render_progress(job.progress.done, job.progress.total, name) if job.live else ""
    return (
        f'<section class="mc-job mc-{job.state}" data-state="{job.state}" data-kind="{job.kind}">'
        f'<h3>{title}</h3>{bar}<p class="mc-hint">{escape(" · ".join(facts))}</p>'
        f"{render_why(job.reason)}{more}</section>"
    )


def render_took(job: Job) -> str:
    """Say how long a job took; "" while it runs."""
    if not job.ended:
        return ""
    return _("after {n} s").format(n=f"{(job.ended - job.started).total_seconds():,.0f}")


def render_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str,
    *,
    wide: bool = True,
    chosen: int = -1,
) -> str:
    """Return a table that scrolls inside its own box where a phone is too narrow.

    Args:
        heads: the columns' names, as HTML.
        rows: cells, as HTML; the first of each row names the row.
        caption: what a screen reader calls it; escaped here.
        wide: whether it needs more room than a phone has.
        chosen: the place of a row that is marked.
    """
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    mark = ' class="mc-chosen" aria-current="true"'
    body = "".join(
        f"<tr{mark if n == chosen else ''}>"
        + "".join(_cell(cell, first=not place) for place, cell in enumerate(row))
        + "</tr>"
        for n, row in enumerate(rows)
    )
    name = escape(caption)
    return (
        f'<div class="mc-scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<table class="mc-table{" mc-wide" if wide else ""}"><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: str, *, first: bool) -> str:
    return f'<th scope="row">{cell}</th>' if first else f"<td>{cell}</td>"
