"""Handlers of the queue of what visitors suggest, on the page Review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import gradio as gr

from memeclip_core.api.texts import _, ngettext
from memeclip_core.app.studio import Studio
from memeclip_core.marks import mark
from memeclip_core.records.decision import Person
from memeclip_core.records.proposal import Proposal
from memeclip_core.ui.events import read_event, read_words
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, reported
from memeclip_core.ui.pages.review.proposals import render_proposal, render_waiting
from memeclip_core.ui.pages.review.views import render_done, render_position, render_undo

if TYPE_CHECKING:
    from memeclip_core.ui.pages.review.layout import Visitors

PROJECTS: Final = (mark("Projects"), "projects")
SIZE: Final = 20


class OnVisitors:
    """What happens in the queue. The service checks the role once more.

    Args:
        studio: whom to ask.
        widgets: the queue.
        projects: what is shown in its place otherwise.
    """

    def __init__(self, *, studio: Studio, widgets: Visitors, projects: gr.Column) -> None:
        self._studio = studio
        self.w = widgets
        self.projects = projects

    def failed(self, sentence: str) -> Updates:
        """Show a sentence above the suggestion."""
        return {self.w.message: render_error(sentence)}

    @reported
    def on_look(self, queue: object, index: int, request: gr.Request) -> Updates:
        """Offer the queue where there is one, and show what waits if it is chosen."""
        return self._show(identify(self._studio, request), queue, index)

    @reported
    def on_back(self, queue: object, index: int, request: gr.Request) -> Updates:
        """Turn to the suggestion before."""
        return self._show(identify(self._studio, request), queue, index - 1)

    @reported
    def on_forward(self, queue: object, index: int, request: gr.Request) -> Updates:
        """Turn to the next suggestion."""
        return self._show(identify(self._studio, request), queue, index + 1)

    @reported
    def on_done(
        self, queue: object, index: int, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """Show what follows one that was decided; after an undo, that one again."""
        who, data = identify(self._studio, request), read_event(event)
        act, path = data.get("act"), read_words(data.get("where"))
        said = render_done(act, data.get("rows"), data.get("behind"))
        if act != "undo":
            said += render_undo(f"{path}/undo")
        shown = self._show(who, queue, index, path if act == "undo" else "")
        return shown | {self.w.message: said}

    @reported
    def on_remove(self, queue: object, index: int, request: gr.Request) -> Updates:
        """Delete everything that visitors suggested."""
        who = identify(self._studio, request)
        n = self._studio.proposals.remove_all(who)
        said = ngettext("Deleted {n} suggestion.", "Deleted {n} suggestions.", n)
        return self._show(who, queue, 0) | {self.w.message: render_info(said.format(n=f"{n:,}"))}

    # --- parts ------------------------------------------------------------------------------

    def _show(self, who: Person, queue: object, index: int, path: str = "") -> Updates:
        """Show the queue around a place, or where the suggestion of an API's path stands."""
        w, chosen = self.w, queue == "visitors"
        if not self._studio.can(who, "reviewer"):
            return {w.queue: gr.update(visible=False)}
        index, total, found = self._find(who, max(0, index), path)
        offered = chosen or total > 0 or self._studio.settings.visitors_suggest
        waiting = _("From visitors ({n})").format(n=total)
        choices = [(_(PROJECTS[0]), PROJECTS[1]), (waiting, "visitors")]
        return {
            w.queue: gr.update(
                choices=choices, value="visitors" if chosen else "projects", visible=offered
            ),
            w.index: index,
            self.projects: gr.update(visible=not chosen),
            w.body: gr.update(visible=chosen),
            w.message: "",
            w.turner: gr.update(visible=total > 1),
            w.position: render_position(total, index),
            w.back: gr.update(interactive=index > 0),
            w.forward: gr.update(interactive=index + 1 < total),
            w.case: self._render(found) if chosen else "",
            w.clearing: gr.update(visible=chosen and self._studio.can(who, "admin")),
        }

    def _find(self, who: Person, index: int, path: str) -> tuple[int, int, tuple[Proposal, ...]]:
        """Return a place that there is, how many wait, and those from there on, some at a time."""
        waiting = self._studio.proposals.waiting
        found = waiting(who, page=index // SIZE + 1, size=SIZE)
        if index >= found.total > 0:
            index = found.total - 1
            found = waiting(who, page=index // SIZE + 1, size=SIZE)
        paths = [f"proposals/{one.number}" for one in found.proposals]
        start = (found.page - 1) * SIZE
        if path in paths:
            index = start + paths.index(path)
        return index, found.total, found.proposals[index - start :]

    def _render(self, found: tuple[Proposal, ...]) -> str:
        if not found:
            return render_waiting(self._studio.settings.visitors_suggest)
        first, *others = ((one, self._studio.task_set(one.task_set)) for one in found[:2])
        return render_proposal(*first, following=others[0] if others else None)
