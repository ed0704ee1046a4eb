"""The shell of the page Label, and the scripts that drive it."""

from __future__ import annotations

import gradio as gr

from memeclip_core.ui.pages.label.layout import START, build_label


def test_the_shell_starts_the_script():
    with gr.Blocks() as app:
        build_label()
    [shell] = [block for block in app.blocks.values() if isinstance(block, gr.HTML)]
    assert (shell.elem_id, shell.js_on_load) == ("label", START)
    assert app.fns == {}
