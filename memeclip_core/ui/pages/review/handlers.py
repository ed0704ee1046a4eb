"""Handlers of the page Review: choose a meme, decide it, send decisions back, see the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args
from urllib.parse import quote

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.errors import InputError
from memeclip_core.marks import mark
from memeclip_core.records.case import Case, CasePage, Which
from memeclip_core.records.decision import Person
from memeclip_core.records.project import pick_project
from memeclip_core.ui.components import render_demo_note
from memeclip_core.ui.events import read_event, read_key, read_words
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, render_why, reported
from memeclip_core.ui.pages.projects import views as views_projects
from memeclip_core.ui.pages.projects.views import render_no_project
from memeclip_core.ui.pages.review import views as views_case
from memeclip_core.ui.pages.review.agreement import render_agreement
from memeclip_core.ui.pages.review.quality import render_quality

if TYPE_CHECKING:
    from memeclip_core.ui.pages.review.layout import Review

SIZE = 20
SHOWN: Final = (
    (mark("Disagreements"), "open"),
    (mark("Flagged"), "flagged"),
    (mark("Open comments"), "talked"),
    (mark("Decided"), "adjudicated"),
)


class OnReview:
    """What happens on the page Review. The service checks the role and every name once more.

    What the widgets are said to hold may be anything; see ``events``.
    """

    def __init__(self, *, studio: Studio, widgets: Review) -> None:
        self._studio = studio
        self.w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self.w.message: render_error(sentence)}

    @reported
    def on_open(
        self, project: object, which: object, blind: object, index: int, request: gr.Request
    ) -> Updates:
        """Offer the projects and show the first meme, or where the person was before."""
        who = identify(self._studio, request)
        if not self._studio.can(who, "reviewer"):
            why = self._studio.write_reason(who) or _(
                "Your role labels memes; deciding disagreements and seeing how people agree needs "
                "the role reviewer."
            )
            return self._nothing(why)
        projects = self._studio.projects.list(who)
        chosen = pick_project(projects, read_words(project))
        if chosen is None:
            return self._nothing("") | {
                self.w.message: render_no_project(
                    _("Nothing to review yet"),
                    _(
                        "Where people differ on a meme, or flag one, it is decided here. You also "
                        "see how well they agree, and how reliable each of them is."
                    ),
                    admin=self._studio.can(who, "admin"),
                )
            }
        key = chosen.key
        begun = {} if key == project else self._uncounted(chosen.title)
        return (
            self._show(who, key, which, blind, index if key == project else 0)
            | begun
            | {
                self.w.project: gr.update(
                    choices=views_projects.offer_projects(projects), value=key
                ),
                self.w.body: gr.update(visible=True),
            }
        )

    @reported
    def on_choose(
        self, project: object, which: object, blind: object, index: int, request: gr.Request
    ) -> Updates:
        """Turn to another project: nothing of the one before stays on the page."""
        who, key = identify(self._studio, request), read_key(project)
        chosen = self._studio.projects.project(who, key)
        return self._show(who, key, which, blind, 0) | self._uncounted(chosen.title)

    @reported
    def on_project(
        self, project: object, which: object, blind: object, index: int, request: gr.Request
    ) -> Updates:
        """Start at the first meme of another list, or show names or hide them."""
        return self._show(identify(self._studio, request), project, which, blind, 0)

    @reported
    def on_back(
        self, project: object, which: object, blind: object, index: int, request: gr.Request
    ) -> Updates:
        """Turn to the meme before."""
        return self._show(identify(self._studio, request), project, which, blind, index - 1)

    @reported
    def on_forward(
        self, project: object, which: object, blind: object, index: int, request: gr.Request
    ) -> Updates:
        """Turn to the next meme."""
        return self._show(identify(self._studio, request), project, which, blind, index + 1)

    @reported
    def on_pick(
        self, project: object, which: object, blind: object, index: int, event: gr.EventData,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Open a meme of a list, by its place or by its id."""
        who, data, key = identify(self._studio, request), read_event(event), read_key(project)
        meme = data.get("meme")
        if isinstance(meme, str) and meme:
            case = self._studio.review.case(who, key, meme, blind=blind is not False)
            return {self.w.case: self._render(who, key, case), self.w.message: ""}
        place = data.get("index")
        return self._show(who, project, which, blind, place if isinstance(place, int) else index)

    @reported
    def on_done(
        self, project: object, which: object, blind: object, index: int, event: gr.EventData,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Show what follows a decision for all, one sent back, or flags that were taken off.

        The meme that the page shows by now stays open where the list has it; after an undo, the one
        whose decision was taken back is open again.
        """
        who, data = identify(self._studio, request), read_event(event)
        act, meme, key = data.get("act"), read_words(data.get("meme")), read_key(project)
        said = views_case.render_done(act, data.get("rows"), data.get("behind"))
        if act != "undo":
            said += views_case.render_undo(f"projects/{quote(key)}/undo")
        shown = self._show(who, project, which, blind, index, meme, anyway=act == "undo")
        return shown | {self.w.message: said}

    @reported
    def on_agreement(self, project: object, request: gr.Request) -> Updates:
        """Show how people agree."""
        who, project = identify(self._studio, request), read_words(project)
        if not project or not self._studio.can(who, "reviewer"):
            return {self.w.agreement: ""}
        return {self.w.agreement: render_agreement(self._studio.review.agreement(who, project))}

    @reported
    def on_quality(self, project: object, request: gr.Request) -> Updates:
        """Show how reliable each person is."""
        who, project = identify(self._studio, request), read_words(project)
        if not project or not self._studio.can(who, "reviewer"):
            return {self.w.quality: ""}
        tasks = self._studio.projects.project(who, project).tasks
        return {self.w.quality: render_quality(self._studio.review.quality(who, project), tasks)}

    # --- parts ------------------------------------------------------------------------------

    def _nothing(self, why: str) -> Updates:
        """Say why there is nothing to review, and offer no empty choice."""
        return {
            self.w.body: gr.update(visible=False),
            self.w.project: gr.update(choices=[], value=None, visible=False),
            self.w.demo: "",
            self.w.message: render_why(why),
        }

    def _uncounted(self, title: str) -> Updates:
        """Say that the numbers of a project are still to come, in the place of another's."""
        said = _("The numbers of “{title}” are being added up…").format(title=title)
        waiting = render_info(said)
        return {self.w.agreement: waiting, self.w.quality: waiting}

    def _show(
        self, who: Person, chosen: object, which: object, blinded: object, index: int,
        meme: str = "", *, anyway: bool = False,
    ) -> Updates:  # fmt: skip
        """Show the list around a place, or around a meme near it, and the meme there.

        The ends hold. A meme that the list does not have near is shown beside it only ``anyway``.
        """
        w, listed = self.w, _which(which)
        project, blind = read_key(chosen), blinded is not False
        opened_project = self._studio.projects.project(who, project)
        tasks = opened_project.tasks
        index, found = self._find(who, project, listed, blind, max(0, index), meme)
        place = index % SIZE
        memes = [case.meme.id for case in found.cases[place : place + 2]]
        if len(memes) == 1 and index + 1 < found.total:
            after = self._turn(who, project, listed, blind, index + 1)
            memes += [case.meme.id for case in after.cases[:1]]
        if anyway and meme and memes[:1] != [meme]:
            memes = [meme]
        cases = [self._studio.review.case(who, project, one, blind=blind) for one in memes]
        return {
            w.index: index,
            w.message: "",
            w.demo: render_demo_note(opened_project),
            w.turner: gr.update(visible=found.total > 1),
            w.position: views_case.render_position(found.total, index),
            w.back: gr.update(interactive=index > 0),
            w.forward: gr.update(interactive=index + 1 < found.total),
            w.case: self._render(who, project, *cases) if cases else "",
            w.cases: views_case.render_cases(found, index, tasks, listed),
        }

    def _find(
        self, who: Person, project: str, which: Which, blind: bool, index: int, meme: str
    ) -> tuple[int, CasePage]:
        """Return a place that there is, that of the meme if it is near, and its page of the list.

        Near are the pages of the place and of the one after it, and the first.
        """
        found = self._turn(who, project, which, blind, index)
        index = max(0, min(index, found.total - 1))
        for start in (index, index + 1, 0) if meme else ():
            near = found
            if start // SIZE + 1 != found.page:
                near = self._turn(who, project, which, blind, start)
            memes = [case.meme.id for case in near.cases]
            if meme in memes:
                return (near.page - 1) * SIZE + memes.index(meme), near
        return index, found

    def _turn(self, who: Person, project: str, which: Which, blind: bool, index: int) -> CasePage:
        """Return the page of the list on which a place is; beyond the end, the last one."""
        return self._studio.review.disagreements(
            who, project, which=which, page=index // SIZE + 1, size=SIZE, blind=blind
        )

    def _render(self, who: Person, project: str, case: Case, following: Case | None = None) -> str:
        tasks = self._studio.projects.project(who, project).tasks
        return views_case.render_case(case, tasks, project, following)


def _which(which: object) -> Which:
    found = next((known for known in get_args(Which) if known == which), None)
    if found is None:
        raise InputError(
            _("There is no list '{name}'. Lists: {known}.").format(
                name=str(which)[:80], known=", ".join(get_args(Which))
            )
        )
    return found  # type: ignore[no-any-return]
