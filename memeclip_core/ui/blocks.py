"""The page as Gradio's ``Blocks``, with an example of its API that runs as it stands."""

from __future__ import annotations

from typing import Any

import gradio as gr

from memeclip_core.ui.api import with_example


class StudioBlocks(gr.Blocks):
    """Gradio tells what the endpoints take; this puts an example of ours beside it."""

    def get_api_info(self, *args: Any, **options: Any) -> Any:
        """Return what Gradio tells of the endpoints; see ``api.with_example``."""
        return with_example(super().get_api_info(*args, **options))
