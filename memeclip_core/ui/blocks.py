"""The page as Gradio's ``Blocks``: with an example of its API, and with sentences of our own."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from memeclip_core.ui.predict_endpoint import with_example

REFUSED: Final = (
    "Something was sent that this page does not offer. In a browser, reload the page: it may be "
    "older than the server."
)

UNFIT: Final = (
    "A value is not what this endpoint takes. An image is a file that was uploaded before, as "
    "handle_file of gradio_client does it; no_text is true or false, all else a text. The view "
    "'API' at the foot of the page shows it."
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

        Public endpoints are called by programs: they may leave out the last values, and their
        authors need Gradio's own words where there are any.
        """
        public = block_fn.api_visibility == "public"
        if public:
            inputs = [*inputs, *(block.value for block in block_fn.inputs[len(inputs) :])]
        try:
            return list(await super().preprocess_data(block_fn, inputs, state, explicit_call))
        except Exception as error:
            if public and isinstance(error, gr.Error):
                raise
            raise gr.Error(UNFIT if public else REFUSED, print_exception=False) from None
