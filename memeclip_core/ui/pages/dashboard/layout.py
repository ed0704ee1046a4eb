"""The page Dashboard: its layout and what triggers which handler."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from memeclip_core.app.studio import Studio
from memeclip_core.ui.latest import EVERY, Latest, last_steps
from memeclip_core.ui.pages.analyse.wiring import RAW
from memeclip_core.ui.pages.dashboard.handlers import (
    EVERYBODY,
    MAX_TASKS,
    DashboardWidgets,
    OnDashboard,
)
from memeclip_core.ui.scripts import STATUS


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardPage:
    """The page and what happens on it."""

    widgets: DashboardWidgets
    on: OnDashboard


def build_dashboard(studio: Studio, tab: gr.Tab) -> DashboardPage:
    """Lay out the page inside the current Blocks and connect its events."""
    w = _lay_out()
    on = OnDashboard(studio=studio, widgets=w)
    shown = _all(w)
    both, every = [w.latest, w.project, w.person], RAW | EVERY
    tab.select(last_steps(on.on_open), both, shown, **every)
    w.project.input(last_steps(on.on_project), [w.latest, w.project], shown, **every)
    w.person.input(last_steps(on.on_person), both, shown, **every)
    return DashboardPage(widgets=w, on=on)


def _lay_out() -> DashboardWidgets:
    with gr.Row(elem_classes="mc-choosing"):
        project = gr.Dropdown(label="Project", choices=[], elem_id="dashboard-project", scale=3)
        person = gr.Dropdown(
            label="Person", choices=[EVERYBODY], value="", elem_id="dashboard-person", scale=2
        )
    message = gr.HTML(elem_id="dashboard-message", js_on_load=STATUS)
    with gr.Column(visible=False) as body:
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML("<h2>Progress</h2>")
            progress = gr.HTML(elem_id="dashboard-progress")
        with gr.Row(elem_classes="mc-charts"):
            days = _chart("Decisions per day", "days")
            hours = _chart("Decisions per hour", "hours")
            times = _chart("Time per meme", "times")
            taken = _chart("What became of suggestions", "taken")
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML("<h2>Labels</h2>")
            with gr.Row(elem_classes="mc-charts mc-inner"):
                groups, titles, labels = [], [], []
                for place in range(MAX_TASKS):
                    with gr.Column(min_width=0, visible=False) as group:
                        titles.append(gr.HTML())
                        labels.append(_plot(f"labels-{place}"))
                    groups.append(group)
        with gr.Column(elem_classes="mc-panel") as shared:
            gr.HTML("<h2>Agreement</h2>")
            agreeing = _plot("agreeing")
            said = gr.HTML(elem_id="dashboard-said")
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML("<h2>People</h2>")
            people = gr.HTML(elem_id="dashboard-people")
        with gr.Column(elem_classes="mc-panel"):
            gr.HTML("<h2>Models</h2>")
            scores = _plot("scores")
            models = gr.HTML(elem_id="dashboard-models")
    return DashboardWidgets(
        latest=gr.State(Latest()),
        project=project,
        person=person,
        message=message,
        body=body,
        progress=progress,
        days=days,
        hours=hours,
        times=times,
        taken=taken,
        groups=tuple(groups),
        titles=tuple(titles),
        labels=tuple(labels),
        shared=shared,
        agreeing=agreeing,
        said=said,
        people=people,
        scores=scores,
        models=models,
    )


def _chart(title: str, name: str) -> gr.Plot:
    with gr.Column(elem_classes="mc-panel", min_width=0):
        gr.HTML(f"<h3>{title}</h3>")
        return _plot(name)


def _plot(name: str) -> gr.Plot:
    return gr.Plot(show_label=False, container=False, elem_id=f"dashboard-{name}")


def _all(w: DashboardWidgets) -> list[Any]:
    """Return every widget that shows something, those in tuples one by one."""
    found: list[Any] = []
    for field in fields(w):
        if field.name == "latest":
            continue
        value = getattr(w, field.name)
        found += value if isinstance(value, tuple) else [value]
    return found
