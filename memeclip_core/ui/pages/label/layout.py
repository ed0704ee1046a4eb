"""The page Label: a shell that the browser's own script fills and drives.

Labelling needs an answer to every key within a frame, so the page is not made of Gradio's widgets:
``assets/ui/label/*.js`` draws it and speaks JSON to ``label_api``.
"""

from __future__ import annotations

from typing import Final

import gradio as gr

from memeclip_core.app.studio import Studio
from memeclip_core.ui.pages.label.handlers import wire_label_api

START: Final = "memeclip.then((page) => page.label(element));"

NO_SCRIPT: Final = "<p>The page for labelling is being opened…</p>"


def build_label(studio: Studio) -> None:
    """Lay out the page inside the current Blocks, with its endpoints."""
    gr.HTML(NO_SCRIPT, js_on_load=START, elem_id="label")
    wire_label_api(studio)
