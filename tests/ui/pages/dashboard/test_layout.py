"""The layout of the page Dashboard."""

import gradio as gr

from memeclip_core.ui.pages.dashboard.handlers import MAX_TASKS
from memeclip_core.ui.pages.dashboard.layout import build_dashboard


def test_every_widget_is_an_output_and_every_event_is_private(tiny_studio):
    with gr.Blocks() as app, gr.Tabs(), gr.Tab("Dashboard") as tab:
        w = build_dashboard(tiny_studio, tab).w
    assert len(w.labels) == len(w.titles) == len(w.groups) == MAX_TASKS
    assert w.body.visible is False
    shown = list(vars(w))
    single = len([name for name in shown if not isinstance(getattr(w, name), list)])
    for event in app.fns.values():
        assert event.api_visibility == "private"
        assert len(event.outputs) == single + 3 * MAX_TASKS + len(w.cards)
