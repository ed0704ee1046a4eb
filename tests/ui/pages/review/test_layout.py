"""The layout of the page Review."""

import gradio as gr

from memeclip_core.ui.pages.review.layout import build_review


def test_names_are_hidden_and_nothing_is_shown_at_first(tiny_studio):
    with gr.Blocks() as app, gr.Tabs(), gr.Tab("Review") as tab:
        page = build_review(tiny_studio, tab)
    w = page.w
    assert (w.blind.value, w.which.value, w.body.visible) == (True, "open", False)
    assert [value for _, value in w.which.choices] == ["open", "flagged", "adjudicated"]
    assert all(fn.api_visibility == "private" for fn in app.fns.values())
