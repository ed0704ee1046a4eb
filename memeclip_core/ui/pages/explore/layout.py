"""The page Explore: a shell that the browser's own script fills and drives.

Fifty thousand memes move under the pointer, so the map is drawn by ``assets/ui/explore/*.js``,
which is fetched when the page is opened and asks the HTTP API.
"""

from __future__ import annotations

from typing import Final

import gradio as gr

from memeclip_core.api.texts import _
from memeclip_core.marks import mark
from memeclip_core.ui.formats import escape

START: Final = "memeclip.then((page) => page.explore(element));"

NO_SCRIPT: Final = mark("The map of memes is being opened…")


def build_explore() -> None:
    """Lay out the page inside the current Blocks."""
    gr.HTML(f"<p>{escape(_(NO_SCRIPT))}</p>", js_on_load=START, elem_id="explore")
