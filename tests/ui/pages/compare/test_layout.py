"""The layout of the part Compare."""

from __future__ import annotations

import gradio as gr

from memeclip_core.ui.pages.compare.layout import Compare, wire_compare


def test_nothing_is_shown_before_two_models_were_compared(tiny_studio):
    with gr.Blocks() as app:
        with gr.Tab("Models") as tab:
            w = Compare(gr.Radio(["pridemm"], value="pridemm"))
        wire_compare(tiny_studio, w, tab)
    assert w.report.interactive is False
    assert [part.visible for part in (w.curves, w.spread, w.task, w.handing)] == [False] * 4
    assert w.unseen.value is True
    assert all(fn.api_visibility == "private" for fn in app.fns.values())
