"""Predictions of uploaded memes, one request at a time; see ``api.turns``."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Request, UploadFile

from memeclip_core.api.identity import Counted
from memeclip_core.api.schemas import Predicted
from memeclip_core.api.turns import in_turn
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import MOST_IMAGES, predict_upload, predict_uploads
from memeclip_core.errors import InputError
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.schemas import prediction_to_dict

ROUTES = APIRouter(tags=["predict"])
AT_ONCE: Final = 8
"""Images of one request that are predicted before the next in the queue has its turn."""

TaskSetField = Annotated[str, Form(max_length=200, description="Blank is the first on offer.")]
ModelField = Annotated[str, Form(max_length=200, description="A version; blank is the active one.")]


# What a model does not know is left out.
@ROUTES.post("/predict", response_model=Predicted, response_model_exclude_unset=True)
async def predict(
    request: Request,
    call: Counted,
    image: Annotated[UploadFile | None, File(description="None for a text alone.")] = None,
    text: Annotated[str, Form(description="Blank has it read from the image.")] = "",
    no_text: Annotated[bool, Form(description="There is no text on the image.")] = False,
    task_set: TaskSetField = "",
    model: ModelField = "",
) -> dict[str, Any]:
    """Predict every task of a task set for one meme: an image, a text, or both.

    The answer is what ``memeclip predict --json`` prints.
    """
    data = None if image is None else await read_image(call.studio, image)
    name = "" if image is None else image.filename or ""
    work = partial(
        predict_upload,
        call.studio, data, name, text, task_set=task_set, model=model, no_text=no_text,
    )  # fmt: skip
    return prediction_to_dict(await in_turn(request, request.app.state.turns, work))


@ROUTES.post(
    "/predict_batch", response_model=list[Predicted | Failure], response_model_exclude_unset=True
)
async def predict_batch(
    request: Request,
    call: Counted,
    images: Annotated[list[UploadFile], File(description="1 to 100 image files.")],
    task_set: TaskSetField = "",
    model: ModelField = "",
) -> list[dict[str, Any] | Failure]:
    """Predict many images; one that fails says why in its place."""
    if len(images) > MOST_IMAGES:
        raise InputError(f"There are {len(images)} images; at most {MOST_IMAGES} are allowed.")
    found: list[dict[str, Any] | Failure] = []
    known: dict[str, Prediction | Failure] = {}
    for few in (images[start : start + AT_ONCE] for start in range(0, len(images), AT_ONCE)):
        files = [(image.filename or "", await read_image(call.studio, image)) for image in few]
        work = partial(
            predict_uploads, call.studio, files, task_set=task_set, model=model, known=known
        )
        answers = await in_turn(request, request.app.state.turns, work)
        found += answers
    return found


async def read_image(studio: Studio, image: UploadFile) -> bytes:
    """Return an image's bytes; one more than allowed is enough to refuse it."""
    return await image.read(studio.settings.max_bytes + 1)
