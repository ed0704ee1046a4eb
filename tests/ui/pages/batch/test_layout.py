"""The page Batch: its events are private, and files of every kind can be chosen."""

from __future__ import annotations

import gradio as gr

from memeclip_core.ui.pages.batch.layout import build_batch


def test_every_event_is_private_and_every_ending_is_taken(tiny_studio):
    with gr.Blocks() as app, gr.Tab("Batch") as tab:
        on = build_batch(tiny_studio, tab)
    assert {fn.api_visibility for fn in app.fns.values()} == {"private"}
    assert on.w.files.file_types is None
    assert on.w.tasks.visible is (len(tiny_studio.task_sets) > 1)
