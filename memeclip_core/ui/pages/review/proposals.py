"""What a visitor suggests, with everything needed to decide it."""

from __future__ import annotations

import hashlib

from memeclip_core.api.application import PREFIX
from memeclip_core.api.texts import _, ngettext
from memeclip_core.records.proposal import Proposal
from memeclip_core.tasks import TaskSet
from memeclip_core.ui.components import render_frame, render_table
from memeclip_core.ui.formats import escape, percent, stamp
from memeclip_core.ui.pages.review.views import name_answer, render_question


def render_waiting(takes: bool) -> str:
    """Say that nothing waits."""
    said = _("No suggestion of a visitor waits.")
    if not takes:
        said += " " + _("Visitors may suggest nothing here at present.")
    return f'<p class="mc-lead">{escape(said)}</p>'


def render_proposal(
    found: Proposal, tasks: TaskSet, following: tuple[Proposal, TaskSet] | None = None
) -> str:
    """Show a meme, what the model says, what is suggested, and the form to decide it.

    The one that follows is there already, so that it comes at once when this one is decided.
    """
    state = hashlib.sha256(repr(found).encode()).hexdigest()[:16]
    after = f"<template>{render_proposal(*following)}</template>" if following else ""
    return (
        f'<article class="mc-case" data-meme="{escape(found.meme)}" data-state="{state}" '
        f'data-path="proposals/{found.number}"><div class="mc-case-meme">{_meme(found)}</div>'
        f'<div class="mc-case-votes">{_said(found, tasks)}{_form(found, tasks)}</div>{after}'
        "</article>"
    )


def _meme(found: Proposal) -> str:
    shown = f'<p class="mc-hint">{escape(_("This meme has no picture."))}</p>'
    if found.has_image:
        # As seen from the page's own address; see ``api.routes.proposals``.
        address = f"{PREFIX[1:]}/proposals/{found.number}/picture"
        image = f'<img src="{address}" alt="{escape(_("The meme"))}">'
        shown = render_frame(image, escape(_("Sent by a visitor")))
    text = escape(found.text.strip()) or f"<em>{escape(_('no text'))}</em>"
    return f'{shown}<p class="mc-case-text">{text}</p>'


def _said(found: Proposal, tasks: TaskSet) -> str:
    rows = []
    for task in tasks:
        seen = found.predicted.get(task.key)
        model = f"<em>{escape(_('nothing'))}</em>"
        if seen is not None:
            model = f"{name_answer(task, {task.key: seen.labels})} {percent(seen.probability)}"
        suggested = name_answer(task, found.labels)
        changed = seen is not None and found.labels.get(task.key, seen.labels) != seen.labels
        rows.append((escape(task.title), model, f"<strong>{suggested}</strong>" if changed
                     else suggested))  # fmt: skip
    notes = "".join(f"<li>{escape(note)}</li>" for note in found.notes)
    if notes:
        head = escape(_("They write:"))
        notes = f'<div class="mc-message"><p>{head}</p><ul>{notes}</ul></div>'
    by = ngettext(
        "{tasks}: suggested by a visitor, first on {time}.",
        "{tasks}: suggested by {n} visitors, first on {time}.",
        found.count,
    ).format(tasks=tasks.title, n=f"{found.count:,}", time=stamp(found.time))
    if found.text_source == "user":
        by += " " + _("Its text is as they typed it.")
    heads = (_("Question"), _("The model"), _("Suggested"))
    table = render_table(heads, rows, _("What is suggested"), wide=False)
    return f'<p class="mc-hint">{escape(by)}</p>{table}{notes}'


def _form(found: Proposal, tasks: TaskSet) -> str:
    groups = "".join(render_question(task, found.labels.get(task.key)) for task in tasks)
    hint = _(
        "What is suggested is filled in; change what is not right. Accepted, it is a decision of "
        "yours."
    )
    return (
        f'<form class="mc-decide"><h3>{escape(_("Decide"))}</h3>'
        f'<p class="mc-hint">{escape(hint)}</p>{groups}<label class="mc-note">{escape(_("Note"))}'
        '<textarea rows="2" maxlength="3000"></textarea>'
        '</label><p class="mc-missing" role="alert"></p><div class="mc-acts">'
        f'<button type="button" class="mc-primary" data-act="accept">{escape(_("Accept"))} '
        '<kbd aria-hidden="true" data-key="save">⏎</kbd></button>'
        f'<button type="button" data-act="reject">{escape(_("Reject"))} '
        '<kbd aria-hidden="true">x</kbd></button></div></form>'
    )
