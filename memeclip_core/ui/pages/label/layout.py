"""The page Label: a shell that the browser's own script fills and drives.

Labelling needs an answer to every key within a frame, so the page is not made of Gradio's widgets:
``assets/ui/label/*.js`` draws it and asks the HTTP API.
"""

from __future__ import annotations

from typing import Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.marks import mark
from memeclip_core.ui.formats import escape

START: Final = "memeclip.then((page) => page.label(element));"

NO_SCRIPT: Final = mark("The page for labelling is being opened…")


def build_label() -> None:
    """Lay out the page inside the current Blocks."""
    gr.HTML(f"<p>{escape(_(NO_SCRIPT))}</p>", js_on_load=START, elem_id="label")
