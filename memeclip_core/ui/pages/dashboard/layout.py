"""The page Dashboard: its layout and what triggers which handler."""

from __future__ import annotations

from typing import Any

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.app.studio import Studio
from memeclip_core.ui.components import STATUS
from memeclip_core.ui.events import EVERY, RAW, Latest, last_steps
from memeclip_core.ui.formats import escape
from memeclip_core.ui.pages.dashboard.handlers import EVERYBODY, MAX_TASKS, OnDashboard


class DashboardPage:
    """The page Dashboard, laid out inside the current Blocks.

    Attributes:
        cards: the boxes around the first four charts, which are hidden while those are empty.
        labels: one chart per task, as many as may be needed.
    """

    def __init__(self) -> None:
        with gr.Row(elem_classes="mc-choosing"):
            self.project = gr.Dropdown(
                label=_("Project"), choices=[], elem_id="dashboard-project", scale=3
            )
            self.person = gr.Dropdown(
                label=_("Person"),
                choices=[(_(EVERYBODY), "")],
                value="",
                elem_id="dashboard-person",
                scale=2,
            )
        self.message = gr.HTML(elem_id="dashboard-message", js_on_load=STATUS)
        with gr.Column(visible=False) as self.body:
            with gr.Column(elem_classes="mc-panel"):
                gr.HTML(f"<h2>{escape(_('Progress'))}</h2>")
                self.progress = gr.HTML(elem_id="dashboard-progress")
            with gr.Row(elem_classes="mc-charts"):
                self.cards: list[gr.Column] = []
                self.days = self._chart(_("Decisions per day"), "days")
                self.hours = self._chart(_("Decisions per hour"), "hours")
                self.times = self._chart(_("Time per meme"), "times")
                self.taken = self._chart(_("What became of suggestions"), "taken")
            with gr.Column(elem_classes="mc-panel"):
                gr.HTML(f"<h2>{escape(_('Labels'))}</h2>")
                with gr.Row(elem_classes="mc-charts mc-inner"):
                    self.groups, self.titles, self.labels = [], [], []
                    for place in range(MAX_TASKS):
                        with gr.Column(min_width=0, visible=False) as group:
                            self.titles.append(gr.HTML())
                            self.labels.append(_plot(f"labels-{place}"))
                        self.groups.append(group)
            with gr.Column(elem_classes="mc-panel") as self.shared:
                gr.HTML(f"<h2>{escape(_('Agreement'))}</h2>")
                self.agreeing = _plot("agreeing")
                self.said = gr.HTML(elem_id="dashboard-said")
            with gr.Column(elem_classes="mc-panel"):
                gr.HTML(f"<h2>{escape(_('People'))}</h2>")
                self.people = gr.HTML(elem_id="dashboard-people")
            with gr.Column(elem_classes="mc-panel"):
                gr.HTML(f"<h2>{escape(_('Models'))}</h2>")
                self.scores = _plot("scores")
                self.models = gr.HTML(elem_id="dashboard-models")

    def _chart(self, title: str, name: str) -> gr.Plot:
        with gr.Column(elem_classes="mc-panel", min_width=0) as card:
            gr.HTML(f"<h3>{escape(title)}</h3>")
            self.cards.append(card)
            return _plot(name)

    @property
    def shown(self) -> list[Any]:
        """Every widget that shows something, those in lists one by one."""
        return [
            widget
            for value in vars(self).values()
            for widget in (value if isinstance(value, list) else [value])
        ]


def build_dashboard(studio: Studio, tab: gr.Tab) -> OnDashboard:
    """Lay out the page inside the current Blocks and connect its events."""
    w, latest = DashboardPage(), gr.State(Latest())
    on = OnDashboard(studio=studio, widgets=w)
    both, every = [latest, w.project, w.person], RAW | EVERY
    tab.select(last_steps(on.on_open), both, w.shown, **every)
    w.project.input(last_steps(on.on_project), [latest, w.project], w.shown, **every)
    w.person.input(last_steps(on.on_person), both, w.shown, **every)
    return on


def _plot(name: str) -> gr.Plot:
    return gr.Plot(show_label=False, container=False, elem_id=f"dashboard-{name}")
