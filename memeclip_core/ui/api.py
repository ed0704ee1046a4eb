"""The one public endpoint: an image and a text in, a prediction as JSON out."""

from __future__ import annotations

from typing import Any

import gradio as gr

from memeclip_core.errors import InputError, MemeclipError
from memeclip_core.service.studio import Studio
from memeclip_core.ui.guard import sentence
from memeclip_core.ui.wiring import MODEL


def wire_api(studio: Studio) -> None:
    """Offer ``/predict`` to ``gradio_client`` and HTTP; everything else on the page is private."""
    with gr.Column(visible=False):
        image = gr.File(type="binary", label="The meme's image file, or nothing if text is given")
        text = gr.Textbox(value=None, label="The meme's text; nothing has it read from the image")
        task_set = gr.Textbox(value=studio.task_sets[0].key, label="The task set to ask")
        answer = gr.JSON(label="The prediction")
        button = gr.Button("Predict")
    button.click(
        OnPredict(studio).on_predict,
        [image, text, task_set],
        answer,
        api_name="predict",
        api_description="Predict every task of a task set for one meme. Give an image, a text, or "
        "both. Labels, probabilities and the cosine to every class come back with the versions "
        "that answered.",
        concurrency_id=MODEL,
        concurrency_limit=1,
    )


class OnPredict:
    """The handler behind the endpoint."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def on_predict(
        self, image: bytes | None = None, text: str | None = None, task_set: str | None = None
    ) -> dict[str, Any]:
        """Predict one meme; an error reaches the caller as one sentence."""
        # Serialising is imported late: it belongs to the service, which loads on first use.
        from memeclip_core.service.serialise import prediction_to_dict

        try:
            if image is None and not (text or "").strip():
                raise InputError("There is neither an image nor a text. Give at least one.")
            key = task_set or self._studio.task_sets[0].key
            return prediction_to_dict(
                self._studio.predict(image, "image" if image else "text", task_set=key, text=text)
            )
        except MemeclipError as error:
            raise gr.Error(sentence(error), print_exception=False) from None
