"""What a visitor suggests, with everything needed to decide it."""

from __future__ import annotations

import hashlib

from memeclip_core.api.application import PREFIX
from memeclip_core.records.proposal import Proposal
from memeclip_core.tasks import TaskSet
from memeclip_core.ui.components import render_frame, render_table
from memeclip_core.ui.formats import count, escape, percent, stamp
from memeclip_core.ui.pages.review.views import name_answer, render_question


def render_waiting(takes: bool) -> str:
    """Say that nothing waits."""
    more = "" if takes else " Visitors may suggest nothing here at present."
    return f'<p class="mc-lead">No suggestion of a visitor waits.{more}</p>'


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
    shown = '<p class="mc-hint">This meme has no picture.</p>'
    if found.has_image:
        # As seen from the page's own address; see ``api.routes.proposals``.
        address = f"{PREFIX[1:]}/proposals/{found.number}/picture"
        shown = render_frame(f'<img src="{address}" alt="The meme">', "Sent by a visitor")
    return f'{shown}<p class="mc-case-text">{escape(found.text.strip()) or "<em>no text</em>"}</p>'


def _said(found: Proposal, tasks: TaskSet) -> str:
    rows = []
    for task in tasks:
        seen = found.predicted.get(task.key)
        model = "<em>nothing</em>"
        if seen is not None:
            model = f"{name_answer(task, {task.key: seen.labels})} {percent(seen.probability)}"
        suggested = name_answer(task, found.labels)
        changed = seen is not None and found.labels.get(task.key, seen.labels) != seen.labels
        rows.append((escape(task.title), model, f"<strong>{suggested}</strong>" if changed
                     else suggested))  # fmt: skip
    notes = "".join(f"<li>{escape(note)}</li>" for note in found.notes)
    notes = f'<div class="mc-message"><p>They write:</p><ul>{notes}</ul></div>' if notes else ""
    text = " Its text is as they typed it." if found.text_source == "user" else ""
    by = "a visitor" if found.count == 1 else count(found.count, "visitor")
    heads = ("Question", "The model", "Suggested")
    table = render_table(heads, rows, "What is suggested", wide=False)
    return (
        f'<p class="mc-hint">{escape(tasks.title)}: suggested by {by}, first on '
        f"{escape(stamp(found.time))}.{text}</p>{table}{notes}"
    )


def _form(found: Proposal, tasks: TaskSet) -> str:
    groups = "".join(render_question(task, found.labels.get(task.key)) for task in tasks)
    return (
        '<form class="mc-decide"><h3>Decide</h3><p class="mc-hint">What is suggested is filled in; '
        "change what is not right. Accepted, it is a decision of yours.</p>"
        f'{groups}<label class="mc-note">Note<textarea rows="2" maxlength="3000"></textarea>'
        '</label><p class="mc-missing" role="alert"></p><div class="mc-acts">'
        '<button type="button" class="mc-primary" data-act="accept">Accept '
        '<kbd aria-hidden="true">Enter</kbd></button>'
        '<button type="button" data-act="reject">Reject <kbd aria-hidden="true">x</kbd></button>'
        "</div></form>"
    )
