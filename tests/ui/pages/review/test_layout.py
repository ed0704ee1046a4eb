"""The layout of the page Review."""

from typing import get_args

import gradio as gr

from memeclip_core.records.case import Which
from memeclip_core.ui.pages.review.layout import build_review


def test_names_are_hidden_and_nothing_is_shown_at_first(tiny_studio):
    with gr.Blocks() as app, gr.Tabs(), gr.Tab("Review") as tab:
        page = build_review(tiny_studio, tab)
    w = page.w
    assert (w.blind.value, w.which.value, w.body.visible) == (True, "open", False)
    assert [value for _, value in w.which.choices] == list(get_args(Which))
    assert all(fn.api_visibility == "private" for fn in app.fns.values())
