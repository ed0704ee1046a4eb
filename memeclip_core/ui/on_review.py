"""Handlers of the page Review: choose a meme, decide it, send decisions back, see the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, get_args

import gradio as gr

from memeclip_core.errors import InputError
from memeclip_core.labelling import pick_project
from memeclip_core.records import Person
from memeclip_core.service.labelling.adjudicating import Case, CasePage, Which
from memeclip_core.service.studio import Studio
from memeclip_core.ui import views_case, views_page, views_projects
from memeclip_core.ui.guard import Updates, reported
from memeclip_core.ui.views_agreement import render_agreement
from memeclip_core.ui.views_quality import render_quality
from memeclip_core.ui.visitor import identify

SIZE = 20
NO_PROJECT = (
    "There is no project yet. An admin makes one on the page Projects, and people label it on the "
    "page Label."
)
SHOWN: Final = (("Disagreements", "open"), ("Flagged", "flagged"), ("Decided", "adjudicated"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWidgets:
    """The widgets of the page; ``index`` is which of the memes found is open, from 0."""

    index: gr.State
    project: gr.Dropdown
    blind: gr.Checkbox
    message: gr.HTML
    body: gr.Column
    which: gr.Radio
    turner: gr.Row
    back: gr.Button
    position: gr.HTML
    forward: gr.Button
    case: gr.HTML
    cases: gr.HTML
    agreement: gr.HTML
    quality: gr.HTML


class OnReview:
    """What happens on the page Review. The service checks the role and every name once more."""

    def __init__(self, *, studio: Studio, widgets: ReviewWidgets) -> None:
        self._studio = studio
        self._w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self._w.message: views_page.render_error(sentence)}

    @reported
    def on_open(
        self, project: str | None, which: str, blind: bool, index: int, request: gr.Request
    ) -> Updates:
        """Offer the projects and show the first meme, or where the person was before."""
        who = identify(self._studio, request)
        if not self._studio.can(who, "reviewer"):
            why = self._studio.write_reason(who) or (
                "Your role labels memes; deciding disagreements and seeing how people agree needs "
                "the role reviewer."
            )
            return {
                self._w.body: gr.update(visible=False),
                self._w.message: views_page.render_why(why),
            }
        projects = self._studio.projects.list(who)
        chosen = pick_project(projects, project)
        if chosen is None:
            return {
                self._w.body: gr.update(visible=False),
                self._w.project: gr.update(choices=[], value=None),
                self._w.message: views_page.render_why(NO_PROJECT),
            }
        key = chosen.key
        return self._show(who, key, which, blind, index if key == project else 0) | {
            self._w.project: gr.update(choices=views_projects.offer_projects(projects), value=key),
            self._w.body: gr.update(visible=True),
        }

    @reported
    def on_project(
        self, project: str, which: str, blind: bool, index: int, request: gr.Request
    ) -> Updates:
        """Start at the first meme of another project or list, or show names or hide them."""
        return self._show(identify(self._studio, request), project, which, blind, 0)

    @reported
    def on_back(
        self, project: str, which: str, blind: bool, index: int, request: gr.Request
    ) -> Updates:
        """Turn to the meme before."""
        return self._show(identify(self._studio, request), project, which, blind, index - 1)

    @reported
    def on_forward(
        self, project: str, which: str, blind: bool, index: int, request: gr.Request
    ) -> Updates:
        """Turn to the next meme."""
        return self._show(identify(self._studio, request), project, which, blind, index + 1)

    @reported
    def on_pick(
        self, project: str, which: str, blind: bool, index: int, event: gr.EventData,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Open a meme of a list, by its place or by its id."""
        who, data = identify(self._studio, request), _data(event)
        meme = data.get("meme")
        if isinstance(meme, str) and meme:
            case = self._studio.review.case(who, project, meme, blind=blind)
            return {self._w.case: self._render(who, project, case), self._w.message: ""}
        place = data.get("index")
        return self._show(who, project, which, blind, place if isinstance(place, int) else index)

    @reported
    def on_act(
        self, project: str, which: str, blind: bool, index: int, event: gr.EventData,
        request: gr.Request,
    ) -> Updates:  # fmt: skip
        """Decide the open meme for all, or send somebody's decision back."""
        who, data = identify(self._studio, request), _data(event)
        if data.get("act") == "back":
            receipt = self._studio.review.send_back(
                who,
                project,
                save=str(data.get("save")),
                meme=str(data.get("meme")),
                annotator=str(data.get("name")),
                reason=str(data.get("reason") or ""),
                blind=blind,
            )
            said = views_case.render_done("Sent back; it counts again once made anew", receipt.rows)
        else:
            receipt = self._studio.review.adjudicate(
                who,
                project,
                save=str(data.get("save")),
                meme=str(data.get("meme")),
                labels=_labels(data.get("labels")),
                note=str(data.get("note") or ""),
                version=_number(data.get("version")),
                shown=data.get("shown") is True,
                seconds=_seconds(data.get("seconds")),
            )
            said = views_case.render_done("Decided for all", receipt.rows)
        return self._show(who, project, which, blind, index) | {self._w.message: said}

    @reported
    def on_agreement(self, project: str | None, request: gr.Request) -> Updates:
        """Show how people agree."""
        who = identify(self._studio, request)
        if not project or not self._studio.can(who, "reviewer"):
            return {self._w.agreement: ""}
        return {self._w.agreement: render_agreement(self._studio.review.agreement(who, project))}

    @reported
    def on_quality(self, project: str | None, request: gr.Request) -> Updates:
        """Show how reliable each person is."""
        who = identify(self._studio, request)
        if not project or not self._studio.can(who, "reviewer"):
            return {self._w.quality: ""}
        tasks = self._studio.projects.project(who, project).tasks
        return {self._w.quality: render_quality(self._studio.review.quality(who, project), tasks)}

    # --- parts ------------------------------------------------------------------------------

    def _show(self, who: Person, project: str, which: str, blind: bool, index: int) -> Updates:
        """Show the list around a place and the meme there; the ends hold."""
        w, listed = self._w, _which(which)
        tasks = self._studio.projects.project(who, project).tasks
        index = max(0, index)
        found = self._find(who, project, listed, blind, index)
        if index >= found.total:
            index = max(0, found.total - 1)
            found = self._find(who, project, listed, blind, index)
        place = index - (found.page - 1) * found.size
        opened = ""
        if 0 <= place < len(found.cases):
            meme = found.cases[place].meme.id
            case = self._studio.review.case(who, project, meme, blind=blind)
            opened = self._render(who, project, case)
        return {
            w.index: index,
            w.message: "",
            w.turner: gr.update(visible=found.total > 1),
            w.position: views_case.render_position(found, index),
            w.back: gr.update(interactive=index > 0),
            w.forward: gr.update(interactive=index + 1 < found.total),
            w.case: opened,
            w.cases: views_case.render_cases(found, index, tasks, listed),
        }

    def _find(self, who: Person, project: str, which: Which, blind: bool, index: int) -> CasePage:
        return self._studio.review.disagreements(
            who, project, which=which, page=index // SIZE + 1, size=SIZE, blind=blind
        )

    def _render(self, who: Person, project: str, case: Case) -> str:
        tasks = self._studio.projects.project(who, project).tasks
        picture = self._studio.review.preview(who, project, case.meme.id)
        return views_case.render_case(case, tasks, picture)


def _data(event: gr.EventData) -> dict[str, Any]:
    """Return what the browser says was pressed; it may say anything."""
    return event._data if isinstance(event._data, dict) else {}


def _which(which: str) -> Which:
    found = next((known for known in get_args(Which) if known == which), None)
    if found is None:
        raise InputError(f"There is no list '{which[:80]}'. Lists: {', '.join(get_args(Which))}.")
    return found  # type: ignore[no-any-return]


def _labels(said: Any) -> dict[str, tuple[str, ...]]:
    """Return labels by task key; the service checks every name."""
    if not isinstance(said, dict):
        raise InputError("The decision has no labels. Choose them and save once more.")
    return {
        str(task): tuple(str(name) for name in names)
        for task, names in said.items()
        if isinstance(names, list)
    }


def _number(said: Any) -> int:
    if not isinstance(said, int) or isinstance(said, bool):
        raise InputError("The page does not say which label set it shows. Open the meme again.")
    return said


def _seconds(said: Any) -> float | None:
    numeric = isinstance(said, int | float) and not isinstance(said, bool)
    return float(said) if numeric else None
