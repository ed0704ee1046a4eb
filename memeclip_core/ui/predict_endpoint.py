"""The public endpoints: an image and a text in, a prediction as JSON out; and many images."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import gradio as gr

from memeclip_core.api.problems import sentence
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import (
    MOST_IMAGES,
    predict_upload,
    predict_uploads,
    read_upload,
)
from memeclip_core.errors import InputError, MemeclipError
from memeclip_core.records.schemas import prediction_to_dict, to_plain
from memeclip_core.ui.events import MODEL

EXAMPLE: Final = "One quick call, three hours later"
"""The text with which the page's API view shows how to call the endpoint."""


def wire_api(studio: Studio) -> None:
    """Offer ``/predict`` to ``gradio_client`` and HTTP; see ``wire_batch`` for many."""
    with gr.Column(visible=False):
        image = gr.File(type="filepath", label="The meme's image file; none for a text alone")
        text = gr.Textbox(
            value=None, label="The meme's text; blank or none has it read from the image"
        )
        task_set = gr.Textbox(value=studio.task_sets[0].key, label="The task set to ask")
        model = gr.Textbox(value="", label="A model's version; blank is the active one")
        no_text = gr.Checkbox(value=False, label="There is no text on the image: read none")
        answer = gr.JSON(label="The prediction")
        button = gr.Button("Predict")
    button.click(
        OnPredict(studio).on_predict,
        [image, text, task_set, model, no_text],
        answer,
        api_name="predict",
        api_description="Predict every task of a task set for one meme. Give an image, a text, or "
        "both; the text of an image is read unless it is given. Labels, probabilities and the "
        "cosine to every class come back with the versions that answered.",
        concurrency_id=MODEL,
        concurrency_limit=1,
    )


def wire_batch(studio: Studio) -> None:
    """Offer ``/predict_batch``: several images in, a list of predictions out."""
    with gr.Column(visible=False):
        images = gr.File(type="filepath", file_count="multiple", label="The memes' image files")
        task_set = gr.Textbox(value=studio.task_sets[0].key, label="The task set to ask")
        model = gr.Textbox(value="", label="A model's version; blank is the active one")
        answer = gr.JSON(label="A prediction, or a file's name with the reason, for each image")
        button = gr.Button("Predict all")
    button.click(
        OnPredict(studio).on_predict_batch,
        [images, task_set, model],
        answer,
        api_name="predict_batch",
        api_description="Predict every task of a task set for up to 100 images. One that fails "
        "says why in its place.",
        concurrency_id=MODEL,
        concurrency_limit=1,
    )


class OnPredict:
    """The handler behind the endpoint."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def on_predict(
        self,
        image: str | None = None,
        text: str | None = None,
        task_set: str | None = None,
        model: str | None = None,
        no_text: bool = False,
    ) -> dict[str, Any]:
        """Predict one meme; an error reaches the caller as one sentence."""
        path, most = Path(image or ""), self._studio.settings.max_bytes
        try:
            data = None if image is None else read_upload(path, max_bytes=most)
            found = predict_upload(
                self._studio, data, path.name, text, task_set=task_set, model=model, no_text=no_text
            )
        except MemeclipError as error:
            raise gr.Error(sentence(error), print_exception=False) from None
        finally:
            self._studio.uploads.drop([path])
        return prediction_to_dict(found)

    def on_predict_batch(
        self, images: list[str] | None, task_set: str | None = None, model: str | None = None
    ) -> list[Any]:
        """Predict many memes; an error that is not about one file reaches the caller."""
        most, paths = self._studio.settings.max_bytes, [Path(image) for image in images or ()]
        try:
            if not 1 <= len(paths) <= MOST_IMAGES:
                raise InputError(f"There are {len(paths)} images; allowed are 1 to {MOST_IMAGES}.")
            files = [(path.name, read_upload(path, max_bytes=most)) for path in paths]
            found = predict_uploads(self._studio, files, task_set=task_set, model=model)
        except MemeclipError as error:
            raise gr.Error(sentence(error), print_exception=False) from None
        finally:
            self._studio.uploads.drop(paths)
        return [to_plain(one) for one in found]


class _Parameter(dict[str, Any]):
    """A parameter that may be left out, and whose example is written out all the same."""

    def get(self, key: str, default: Any = None) -> Any:
        # Gradio's examples ask without a default; those who leave a parameter out ask with one.
        if key == "parameter_has_default" and default is None:
            return False
        return super().get(key, default)


def with_example(info: Any) -> Any:
    """Return what Gradio tells of the endpoints, with an example that runs as it stands.

    Its own would call with defaults alone, which is neither an image nor a text, or with a PDF.
    """
    for endpoint in info["named_endpoints"].values():
        for place, parameter in enumerate(endpoint["parameters"]):
            if parameter["parameter_name"] == "image":
                parameter |= {"component": "Image file", "example_input": None}
            elif parameter["parameter_name"] == "text":
                endpoint["parameters"][place] = _Parameter(parameter, example_input=EXAMPLE)
    return info
