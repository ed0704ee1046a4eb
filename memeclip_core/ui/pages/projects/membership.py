"""Handlers of a project's team on the page Projects: members, quotas, assignments, rounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import gradio as gr

from memeclip_core.api.texts import _, ngettext
from memeclip_core.app.studio import Studio
from memeclip_core.errors import InputError
from memeclip_core.records.decision import Person
from memeclip_core.records.queue import QueueFilter
from memeclip_core.records.team import Share
from memeclip_core.ui.components import STATUS
from memeclip_core.ui.events import read_key, read_words
from memeclip_core.ui.formats import listed
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, reported
from memeclip_core.ui.pages.projects import views as views_projects

if TYPE_CHECKING:
    from memeclip_core.ui.pages.projects.layout import ProjectPage


class OnTeam:
    """What happens to a project's team. The service checks every call once more."""

    def __init__(self, *, studio: Studio, widgets: ProjectPage) -> None:
        self._studio = studio
        self.w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self.w.message: render_error(sentence)}

    @reported
    def on_add(self, key: object, people: object, quota: object, request: gr.Request) -> Updates:
        """Add members, or change how many memes they decide at most."""
        who, names = identify(self._studio, request), _read_names(people)
        most = int(quota) if isinstance(quota, int | float) else 0
        self._studio.team.change(who, read_key(key), quotas=dict.fromkeys(names, most))
        return self._show(who, key, _("Saved: {names}.").format(names=listed(names)))

    @reported
    def on_remove(self, key: object, people: object, request: gr.Request) -> Updates:
        """Remove members; what they have decided stays."""
        who, names = identify(self._studio, request), _read_names(people)
        self._studio.team.change(who, read_key(key), remove=names)
        said = _("No members any more: {names}. Their decisions stay.")
        return self._show(who, key, said.format(names=listed(names)))

    @reported
    def on_assign(
        self, key: object, people: object, percent: object, words: object, request: gr.Request
    ) -> Updates:
        """Deal memes to people, so that nobody else is given them."""
        who, names = identify(self._studio, request), _read_names(people)
        share = Share(percent=float(percent) if isinstance(percent, int | float) else None)
        filters = QueueFilter(state=None, text=read_words(words))
        done = self._studio.team.assign(who, read_key(key), names, filters=filters, share=share)
        parts = [
            _("{name} has {n} more").format(name=name, n=f"{n:,}")
            for name, n in done.people.items()
        ]
        said = ngettext("{n} meme assigned: {people}.", "{n} memes assigned: {people}.", done.memes)
        return self._show(who, key, said.format(n=f"{done.memes:,}", people=listed(parts)))

    @reported
    def on_unassign(self, key: object, people: object, request: gr.Request) -> Updates:
        """Take what is assigned to people from them."""
        who, names = identify(self._studio, request), _read_names(people)
        freed = self._studio.team.unassign(who, read_key(key), names)
        said = ngettext(
            "{n} meme can go to anybody again. What was decided stays.",
            "{n} memes can go to anybody again. What was decided stays.",
            freed,
        )
        return self._show(who, key, said.format(n=f"{freed:,}"))

    @reported
    def on_let_pass(self, key: object, people: object, request: gr.Request) -> Updates:
        """Let people pass the qualification round."""
        who, names = identify(self._studio, request), _read_names(people)
        self._studio.team.qualification.let_pass(who, read_key(key), names)
        return self._show(who, key, _("Passed: {names}.").format(names=listed(names)))

    @reported
    def on_reset(self, key: object, people: object, request: gr.Request) -> Updates:
        """Let people begin the qualification round anew."""
        who, names = identify(self._studio, request), _read_names(people)
        self._studio.team.qualification.reset(who, read_key(key), names)
        said = _("{names} can begin anew. Earlier decisions stay.").format(names=listed(names))
        return self._show(who, key, said)

    def about_people(self) -> tuple[tuple[gr.Button, Callable[..., Updates]], ...]:
        """Return the buttons that are about the people who are named, and what they do."""
        w = self.w
        return (
            (w.remove, self.on_remove),
            (w.unassign, self.on_unassign),
            (w.let_pass, self.on_let_pass),
            (w.reset, self.on_reset),
        )

    def _show(self, who: Person, key: object, said: str) -> Updates:
        shown = show_team(self._studio, self.w, who, read_key(key))
        return shown | {self.w.message: render_info(said)}


def lay_out_asked() -> dict[str, gr.Number]:
    """Lay out the rules of the qualification round; return their fields by name."""
    with gr.Row():
        qualify = gr.Number(
            label=_("Gold memes to qualify with"), precision=0, minimum=0,
            elem_id="project-qualify",
            info=_("A new annotator answers them before real work; 0: none."),
        )  # fmt: skip
        share = gr.Number(
            label=_("Right answers to pass (%)"), step=5, minimum=0, maximum=100,
            info=_("Of all questions that the gold has an answer to."),
        )  # fmt: skip
        tries = gr.Number(
            label=_("Tries"), precision=0, minimum=1, info=_("Each takes other gold memes.")
        )
    return {"qualify": qualify, "qualify_share": share, "qualify_tries": tries}


def lay_out_round() -> tuple[gr.HTML, gr.Row, gr.Button, gr.Button]:
    """Lay out how people have done in the round, and a row of the buttons that decide it."""
    qualified = gr.HTML(elem_id="project-qualified", js_on_load=STATUS)
    with gr.Row(elem_classes="mc-buttons") as row:
        reset = gr.Button(_("Begin the round anew"), elem_id="project-reset")
        let_pass = gr.Button(_("Let pass"), elem_id="project-let-pass")
    return qualified, row, reset, let_pass


def show_team(studio: Studio, w: ProjectPage, who: Person, key: str) -> Updates:
    """Show a project's members to an admin, and who has qualified."""
    asked = studio.projects.project(who, key).qualify > 0
    results = studio.team.qualification.results(who, key)
    return {
        w.members: views_projects.render_members(studio.team.members(who, key)),
        w.qualified: views_projects.render_qualified(results, asked=asked),
        w.round: gr.update(visible=asked or bool(results)),
    }


def _read_names(people: object) -> list[str]:
    names = [name.strip() for name in read_words(people).split(",")]
    found = [name for name in dict.fromkeys(names) if name]
    if not found:
        raise InputError(_("Nobody is named. Write at least one name under People."))
    return found
