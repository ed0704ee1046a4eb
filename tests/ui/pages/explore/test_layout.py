"""The shell of the page Explore, whose scripts are fetched when it is opened."""

from __future__ import annotations

import gradio as gr

from memeclip_core.ui.pages.explore.layout import START, build_explore


def test_the_shell_starts_the_script():
    with gr.Blocks() as app:
        build_explore()
    [shell] = [block for block in app.blocks.values() if isinstance(block, gr.HTML)]
    assert (shell.elem_id, shell.js_on_load) == ("explore", START)
    assert app.fns == {}
