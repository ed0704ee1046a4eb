"""Memes on which people disagree: the list, and one with everything needed to decide it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from memeclip_core.api.application import PREFIX
from memeclip_core.api.texts import _
from memeclip_core.marks import mark
from memeclip_core.records.case import Case, CasePage, Vote, Which
from memeclip_core.records.decision import Verdict
from memeclip_core.records.project import Labels, Suggestion
from memeclip_core.tasks import Task, TaskSet, lead_in
from memeclip_core.ui.components import render_frame, render_table
from memeclip_core.ui.formats import count, escape, listed, percent, shortened, stamp
from memeclip_core.ui.messages import BEHIND, render_info

NOTHING: Mapping[Which, str] = {
    "open": mark(
        "Nothing is in dispute: wherever several people labelled a meme, they agree or a reviewer "
        "has decided."
    ),
    "flagged": mark("Nobody has flagged a meme."),
    "talked": mark("No thread of comments is open."),
    "adjudicated": mark("No reviewer has decided a meme yet."),
}
KEYED: Final = 40
"""Answers that have keys, as on Label."""
_SAID: Mapping[Verdict, str] = {
    "confirmed": mark("as suggested"),
    "corrected": mark("changed the suggestion"),
    "unaided": mark("suggestion hidden"),
    "": "",
}


def render_cases(found: CasePage, index: int, tasks: TaskSet, which: Which) -> str:
    """List the memes of one page as buttons; ``index`` counts from 0 over all pages."""
    if not found.total:
        return f'<p class="mc-lead">{_(NOTHING[which])}</p>'
    first = (found.page - 1) * found.size
    rows = []
    for place, case in enumerate(found.cases, start=first):
        current = ' aria-current="true"' if place == index else ""
        file = shortened(case.meme.filename, 40)
        name = escape(_("{n}: open {file}").format(n=place + 1, file=file))
        rows.append(
            (
                f'<button type="button" class="mc-open" aria-label="{name}" '
                f'data-index="{place}"{current}>{place + 1}</button> {escape(file)}',
                escape(shortened(case.meme.text, 60) or _("no text")),
                escape(listed([tasks.task(key).title for key in case.differ]) or _("nothing")),
                f"{len(case.votes)}",
                f"{len(case.flags) or ''}",
            )
        )
    heads = (_("Meme"), _("Text"), _("In dispute"), _("People"), _("Flags"))
    return render_table(heads, rows, _("Memes to decide"))


def render_position(total: int, index: int) -> str:
    """Say which of the memes is on the page, from 0."""
    if not total:
        return ""
    said = _("{place} of {total}").format(place=f"{index + 1:,}", total=f"{total:,}")
    return f'<p class="mc-position">{escape(said)}</p>'


def render_case(case: Case, tasks: TaskSet, project: str, following: Case | None = None) -> str:
    """Show one meme, who said what, and the form to decide it.

    The meme that follows is there already, so that it comes at once when this one is decided.
    """
    # The script begins anew, with an empty form, when and only when this changes.
    state = hashlib.sha256(repr(case).encode()).hexdigest()[:16]
    return (
        f'<article class="mc-case" aria-label="{escape(case.meme.filename)}" '
        f'data-meme="{escape(case.meme.id)}" data-state="{state}" '
        f'data-project="{escape(project)}" data-blind="{"yes" if case.blind else ""}" '
        f'data-path="projects/{escape(quote(project))}/cases/{case.meme.id}">'
        f'<div class="mc-case-meme">{_picture(case, project)}</div>'
        f'<div class="mc-case-votes">{_votes(case, tasks)}{_flags(case)}'
        f"{_decided(case, tasks)}{_model(case.suggestions, tasks)}{_form(case, tasks)}</div>"
        f"{_template(following, tasks, project)}</article>"
    )


def _template(case: Case | None, tasks: TaskSet, project: str) -> str:
    return "" if case is None else f"<template>{render_case(case, tasks, project)}</template>"


def _picture(case: Case, project: str) -> str:
    shown = f'<p class="mc-hint">{_("This meme has no picture.")}</p>'
    if case.meme.image:
        # As seen from the page's own address; see ``api.routes.pictures``.
        address = f"{PREFIX[1:]}/projects/{quote(project)}/memes/{case.meme.id}/picture"
        alt = escape(_("The meme {file}").format(file=case.meme.filename))
        image = f'<img src="{escape(address)}" alt="{alt}">'
        shown = render_frame(image, escape(case.meme.filename))
    text = escape(case.meme.text.strip()) or f"<em>{_('no text')}</em>"
    return f'{shown}<p class="mc-case-text">{text}</p>'


def _votes(case: Case, tasks: TaskSet) -> str:
    if not case.votes:
        said = _("Nobody has a decision on this meme that counts.")
        return f'<p class="mc-hint">{said}</p>'
    heads = [_("Who"), *(_head(task, case) for task in tasks), _("When"), _("Then")]
    common = {
        key: _common(case, key) for key in case.differ if tasks.task(key).kind == "multilabel"
    }
    rows = []
    for vote in case.votes:
        facts = [stamp(vote.time)]
        if vote.seconds is not None:
            facts.append(f"{vote.seconds:.0f} s")
        if _SAID[vote.verdict]:
            facts.append(_(_SAID[vote.verdict]))
        note = f"<div><em>{escape(shortened(vote.note, 200))}</em></div>" if vote.note else ""
        rows.append(
            (
                f"<strong>{escape(vote.name)}</strong>{note}",
                *(name_answer(task, vote.labels, common.get(task.key)) for task in tasks),
                f"<em>{escape(' · '.join(facts))}</em>",
                _ways(vote),
            )
        )
    return render_table(heads, rows, _("What people said"))


def _head(task: Task, case: Case) -> str:
    if task.key not in case.differ:
        return escape(task.title)
    return (
        f'{escape(task.title)} <span class="mc-differ" title="{escape(_("People differ"))}">'
        f"{escape(_('differ'))}</span>"
    )


def _common(case: Case, task: str) -> frozenset[str]:
    """Return the labels of a task that everybody chose."""
    chosen = [set(vote.labels.get(task, ())) for vote in case.votes]
    return frozenset(set.intersection(*chosen)) if chosen else frozenset()


def name_answer(task: Task, labels: Labels, common: frozenset[str] | None = None) -> str:
    """Name a task's answer; of several labels, those that not everybody chose in bold."""
    if task.key not in labels:
        why = escape(_("It does not apply, or its label is gone from the label set"))
        return f'<em title="{why}">{escape(_("not asked"))}</em>'
    names = {label.name: label.display for label in task.labels}
    said = [
        f"<strong>{escape(names.get(name, name))}</strong>"
        if common is not None and name not in common
        else escape(names.get(name, name))
        for name in labels[task.key]
    ]
    return listed(said) or escape(_("none of them"))


def _ways(vote: Vote) -> str:
    """Offer to take a vote over into the form, or to send it back with a reason."""
    labels = escape(json.dumps({task: list(names) for task, names in vote.labels.items()}))
    use = _("Take over the answers of {name}").format(name=vote.name)
    send = _("Send back to {name}").format(name=vote.name)
    why = _("Why it goes back to {name}").format(name=vote.name)
    back = escape(_("Send back"))
    return (
        f'<div class="mc-ways" data-name="{escape(vote.name)}">'
        f'<button type="button" data-act="use" data-labels="{labels}" '
        f'aria-label="{escape(use)}">{escape(_("Take over"))}</button>'
        f'<details><summary aria-label="{escape(send)}">{back}</summary>'
        f'<label>{escape(_("Why"))} <input type="text" maxlength="500" aria-label="{escape(why)}">'
        f'</label><button type="button" data-act="send-back">{back}</button>'
        '<p class="mc-missing" role="alert"></p></details></div>'
    )


def _flags(case: Case) -> str:
    if not case.flags:
        return ""
    rows = "".join(
        f"<li><strong>{escape(flag.name)}</strong> {escape(flag.note or _('gave no reason'))}</li>"
        for flag in case.flags
    )
    return (
        f'<div class="mc-message mc-ways mc-flags"><p>{escape(_("Flagged:"))}</p><ul>{rows}</ul>'
        f'<label>{escape(_("What came of it"))} <input type="text" maxlength="500"></label>'
        f'<button type="button" data-act="resolve">{escape(_("Resolve without deciding"))}</button>'
        '<p class="mc-missing" role="alert"></p></div>'
    )


def _decided(case: Case, tasks: TaskSet) -> str:
    if case.adjudicated is None:
        return ""
    final = case.adjudicated
    said = " · ".join(
        f"{escape(lead_in(task.title))} {name_answer(task, final.labels)}"
        for task in tasks
        if task.key in final.labels
    )
    note = f" <em>{escape(final.note)}</em>" if final.note else ""
    decided = _("<strong>Decided</strong> by {name}, {time}. {answers}").format(
        name=escape(final.name), time=escape(stamp(final.time)), answers=said
    )
    return f'<div class="mc-message"><p>{decided}{note}</p></div>'


def _model(suggestions: Mapping[str, Suggestion], tasks: TaskSet) -> str:
    rows = [
        f"<li>{escape(lead_in(task.title))} {name_answer(task, {task.key: said.labels})} "
        f"<em>{percent(said.probability)}</em></li>"
        for task in tasks
        if (said := suggestions.get(task.key)) is not None
    ]
    if not rows:
        return ""
    hint = _("Model {version}. Whether this was open goes into the log with your decision.").format(
        version=next(iter(suggestions.values())).model
    )
    return (
        f'<details class="mc-model"><summary>{escape(_("What the model says"))}</summary>'
        f'<ul>{"".join(rows)}</ul><p class="mc-hint">{escape(hint)}</p></details>'
    )


def _form(case: Case, tasks: TaskSet) -> str:
    given = {} if case.adjudicated is None else case.adjudicated.labels
    groups = "".join(
        render_question(task, given.get(task.key) if given else _agreed(case, task))
        for task in tasks
    )
    filled = " checked" in groups and not given
    hint = escape(_("What everybody chose is filled in.")) if filled else ""
    return (
        f'<form class="mc-decide" data-version="{case.version}">'
        f'<h3>{escape(_("Decide for all"))}</h3><p class="mc-hint">{hint}</p>{groups}'
        f'<label class="mc-note">{escape(_("Note"))}'
        '<textarea rows="2" maxlength="4000"></textarea></label>'
        '<p class="mc-missing" role="alert"></p>'
        '<button type="button" class="mc-primary" data-act="adjudicate">'
        f"{escape(_('Save the decision'))}</button></form>"
    )


def _agreed(case: Case, task: Task) -> tuple[str, ...] | None:
    """Return what everybody chose, of several labels those; ``None`` where they chose nothing."""
    common = tuple(_common(case, task.key))
    if common and (task.kind == "multilabel" or task.key not in case.differ):
        return common
    none = bool(case.votes) and all(vote.labels.get(task.key) == () for vote in case.votes)
    return () if none else None


def render_question(task: Task, chosen: tuple[str, ...] | None) -> str:
    """Offer a task's labels; that none of several holds is a choice like the others."""
    several = task.kind == "multilabel"
    kind = "checkbox" if several else "radio"
    name = f"decide-{escape(task.key)}"
    boxes = "".join(
        f'<label title="{escape(label.hint)}"><input type="{kind}" name="{name}" '
        f'aria-description="{escape(label.hint)}" '
        f'value="{escape(label.name)}"{" checked" if label.name in (chosen or ()) else ""}>'
        f"{_key(place)}<span>{escape(label.display)}</span></label>"
        for place, label in enumerate(task.labels)
    )
    if several:
        boxes += (
            f'<label><input type="checkbox" name="{name}" data-none'
            f"{' checked' if chosen == () else ''}>"
            f"{_key(len(task.labels))}<span>{escape(_('None of these'))}</span></label>"
        )
    needs = ""
    if task.applies is not None:
        wanted = escape("\n".join(task.applies.labels))
        needs = f' data-needs="{escape(task.applies.task)}" data-labels="{wanted}"'
    return (
        f'<fieldset data-task="{escape(task.key)}" data-kind="{task.kind}"{needs}>'
        f"<legend>{escape(task.title)}</legend>{boxes}</fieldset>"
    )


def _key(place: int) -> str:
    """Name the keys of an answer; where somebody has changed them, ``review/keys.js`` does so."""
    if place >= KEYED:
        return ""
    named = f"{'m' if place >= 20 else ''}{'⇧' if place % 20 >= 10 else ''}{(place + 1) % 10}"
    return f'<kbd aria-hidden="true" data-place="{place}">{named}</kbd>'


_DONE: Mapping[str, str] = {
    "adjudicate": mark("Decided for all"),
    "send-back": mark("Sent back; it counts again once made anew"),
    "resolve": mark("No flag is open any more"),
    "accept": mark("Accepted, as a decision of yours"),
    "reject": mark("Rejected"),
    "undo": mark("Taken back"),
}


def render_undo(path: str) -> str:
    """Offer to take back what was just done, by a path of the API."""
    return (
        f'<button type="button" class="mc-link" data-act="undo" data-path="{escape(path)}">'
        f'{escape(_("Undo"))} <kbd aria-hidden="true" data-key="undo">u</kbd></button>'
    )


def render_done(act: object, rows: object, behind: object = None) -> str:
    """Say what a press has done, as the page's script tells; what it tells may be anything."""
    what = _(_DONE.get(str(act), mark("Saved")))
    said = f"{what}."
    if rows == 0:
        said = _("This was saved already.")
    elif isinstance(rows, int):
        said = _("{what} ({rows} in the log).").format(what=what, rows=count(rows, "row"))
    return render_info(said + _(BEHIND) * (behind is True))
