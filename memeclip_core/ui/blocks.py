"""The page as Gradio's ``Blocks``: with an example of its API, and with sentences of our own."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from memeclip_core.ui.api import with_example

REFUSED: Final = (
    "Something was sent that this page does not offer. In a browser, reload the page: it may be "
    "older than the server."
)


class StudioBlocks(gr.Blocks):
    """Where Gradio speaks for the page, this says what it says better."""

    def get_api_info(self, *args: Any, **options: Any) -> Any:
        """Return what Gradio tells of the endpoints; see ``api.with_example``."""
        return with_example(super().get_api_info(*args, **options))

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """Return the values for a handler; whatever is wrong with them is one sentence.

        Public endpoints are called by programs, whose authors need Gradio's own words.
        """
        try:
            return list(await super().preprocess_data(block_fn, inputs, state, explicit_call))
        except Exception as error:
            if block_fn.api_visibility == "public" and isinstance(error, gr.Error):
                raise
            raise gr.Error(REFUSED, print_exception=False) from None
