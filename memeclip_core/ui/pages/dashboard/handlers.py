"""Handlers of the page Dashboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.marks import mark
from memeclip_core.records.dashboard import Dashboard
from memeclip_core.records.decision import Person
from memeclip_core.records.project import Project, pick_project
from memeclip_core.ui import charts
from memeclip_core.ui.components import render_demo_note
from memeclip_core.ui.events import read_key, read_words
from memeclip_core.ui.identity import identify
from memeclip_core.ui.messages import Updates, render_error, render_info, render_why, reported_steps
from memeclip_core.ui.pages.dashboard import views as views_dashboard
from memeclip_core.ui.pages.projects import views as views_projects
from memeclip_core.ui.pages.projects.views import render_no_project

if TYPE_CHECKING:
    from memeclip_core.ui.pages.dashboard.layout import DashboardPage

EVERYBODY: Final = mark("Everybody")
MAX_TASKS = 6
"""Charts of labels on the page; a task set with more tasks shows its first ones."""


class OnDashboard:
    """What happens on the page Dashboard. The service checks who may see whose numbers."""

    def __init__(self, *, studio: Studio, widgets: DashboardPage) -> None:
        self._studio = studio
        self.w = widgets

    def failed(self, sentence: str) -> Updates:
        """Show a sentence at the top of the page."""
        return {self.w.message: render_error(sentence)}

    def unread(self, sentence: str) -> Updates:
        """Show a sentence in the place of everything else."""
        return self.failed(sentence) | {self.w.body: gr.update(visible=False)}

    @reported_steps
    def on_open(self, project: object, person: object, request: gr.Request) -> Iterator[Updates]:
        """Offer the projects and people, and show the newest project or the one from before."""
        who = identify(self._studio, request)
        why = self._studio.write_reason(who)
        projects = () if why else self._studio.projects.list(who)
        chosen = pick_project(projects, read_words(project))
        if chosen is None:
            yield {
                self.w.body: gr.update(visible=False),
                self.w.project: gr.update(choices=[], value=None, visible=False),
                self.w.person: gr.update(visible=False),
                self.w.message: render_why(why)
                if why
                else render_no_project(
                    _("No numbers yet"),
                    _(
                        "How far a project is and how fast it goes, what people answer, where they "
                        "agree, and what becomes of a model's suggestions."
                    ),
                    admin=self._studio.can(who, "admin"),
                ),
            }
            return
        key = chosen.key
        offered = gr.update(
            choices=views_projects.offer_projects(projects), value=key, visible=True
        )
        yield {self.w.project: offered} | ({} if key == project else self._uncounted(chosen))
        yield self._show(who, key, person if key == project else "")

    @reported_steps
    def on_project(self, project: object, request: gr.Request) -> Iterator[Updates]:
        """Show another project, and nothing of the one before while its numbers are added up."""
        who = identify(self._studio, request)
        chosen = self._studio.projects.project(who, read_key(project))
        yield self._uncounted(chosen)
        yield self._show(who, chosen.key, "")

    @reported_steps
    def on_person(self, project: object, person: object, request: gr.Request) -> Iterator[Updates]:
        """Show one person's part, or everybody's."""
        who = identify(self._studio, request)
        chosen = self._studio.projects.project(who, read_key(project))
        yield self._uncounted(chosen)
        yield self._show(who, chosen.key, person)

    # --- parts ------------------------------------------------------------------------------

    def _uncounted(self, project: Project) -> Updates:
        """Say that the numbers of a project are still to come, in the place of all others."""
        said = _("The numbers of “{title}” are being added up…").format(title=project.title)
        return {self.w.body: gr.update(visible=False), self.w.message: render_info(said)}

    def _show(self, who: Person, project: str, person: object) -> Updates:
        w = self.w
        whole = self._studio.review.dashboard(who, project)
        names = [one.name for one in whole.people]
        chosen = read_words(person) if person in names else ""
        board = self._studio.review.dashboard(who, project, chosen) if chosen else whole
        scores = charts.render_scores(board.models, [(t.task, t.title) for t in board.tasks])
        updates: Updates = {
            w.message: "",
            w.body: gr.update(visible=True),
            w.person: gr.update(
                choices=[(_(EVERYBODY), ""), *((name, name) for name in names)],
                value=chosen,
                visible=True,
            ),
            w.progress: render_demo_note(self._studio.projects.project(who, project))
            + views_dashboard.render_progress(board),
            w.days: charts.render_pace(board.days, hours=False),
            w.hours: charts.render_pace(board.hours, hours=True),
            w.times: charts.render_times(board.seconds),
            w.taken: charts.render_taken(board.tasks),
            **dict(zip(w.cards, map(_visible, _drawn(board)), strict=True)),
            w.people: views_dashboard.render_people(board),
            w.models: views_dashboard.render_models(board),
            w.scores: gr.update(value=scores, visible=scores is not None),
            w.shared: gr.update(visible=board.agreement is not None),
            w.said: views_dashboard.render_agreeing(board),
        }
        if board.agreement is not None:
            updates[w.agreeing] = charts.render_agreeing(board.agreement)
        for place, group in enumerate(w.groups):
            updates[group] = gr.update(visible=place < len(board.tasks))
        for task, title, plot in zip(board.tasks, w.titles, w.labels, strict=False):
            updates[title] = views_dashboard.render_task(task)
            updates[plot] = gr.update(value=charts.render_labels(task), visible=task.memes > 0)
        return updates


def _drawn(board: Dashboard) -> tuple[bool, ...]:
    """Say of each card whether its chart has anything to show."""
    return (
        any(bucket.decisions for bucket in board.days),
        any(bucket.decisions for bucket in board.hours),
        any(board.seconds.bins),
        any(task.confirmed + task.corrected + task.unaided for task in board.tasks),
    )


def _visible(shown: bool) -> Any:
    return gr.update(visible=shown)
