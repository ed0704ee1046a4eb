"""Predictions of uploaded memes.

The encoder answers one meme at a time, so requests wait their turn outside of the threads in which
everything else is answered: saves wait for nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.concurrency import run_in_threadpool

from memeclip_core.api.caller import read_caller
from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import Predicted
from memeclip_core.app.studio import Studio
from memeclip_core.app.uploads import MOST_IMAGES, predict_upload, predict_uploads
from memeclip_core.errors import InputError, RateLimited
from memeclip_core.records.meme import Failure
from memeclip_core.records.prediction import Prediction
from memeclip_core.records.schemas import prediction_to_dict

ROUTES = APIRouter(tags=["predict"])
MOST_WAITING: Final = 64
SHARE: Final = 4
"""The part of those who wait that may be of one caller, where several call: a fourth."""
AT_ONCE: Final = 8
"""Images of one request that are predicted before the next in the queue has its turn."""

T = TypeVar("T")


class Turns:
    """A queue in which one is served at a time; whoever would wait too long is told so at once.

    Args:
        most: how many may wait; ``None`` is ``MOST_WAITING``.
        what: what happens to a meme in its turn.
        shared: whether callers share the queue, so that each has a part of it.
        clock: seconds.
    """

    def __init__(
        self,
        most: int | None = None,
        what: str = "predicted",
        *,
        shared: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._serving = asyncio.Lock()
        self._waiting: Counter[str] = Counter()
        self._most, self._what, self._shared, self._clock = most, what, shared, clock
        self._took = 1.0

    @asynccontextmanager
    async def turn(self, caller: str) -> AsyncIterator[None]:
        """Wait for a turn of one's own, and have it.

        Raises:
            RateLimited: if too many wait, or too many of this caller; says how long it may take.
        """
        most = MOST_WAITING if self._most is None else self._most
        own, total = self._waiting[caller], self._waiting.total()
        if total >= most or (self._shared and own >= max(1, most // SHARE)):
            seconds = max(1, round(self._took * (total + 1)))
            raise RateLimited(
                f"Too many memes wait to be {self._what}: {own} of yours, and {total - own} of "
                f"others. Try again in about {seconds} seconds."
            )
        self._waiting[caller] += 1
        try:
            await self._serving.acquire()
        finally:
            self._waiting[caller] -= 1
            self._waiting += Counter()  # drops the callers that are down to nothing
        begun = self._clock()
        try:
            yield
        finally:
            self._took += (self._clock() - begun - self._took) / 8
            self._serving.release()


TaskSetField = Annotated[str, Form(max_length=200, description="Blank is the first on offer.")]
ModelField = Annotated[str, Form(max_length=200, description="A version; blank is the active one.")]


# What a model does not know is left out.
@ROUTES.post("/predict", response_model=Predicted, response_model_exclude_unset=True)
async def predict(
    request: Request,
    call: Call,
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
    call: Call,
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


async def in_turn(request: Request, turns: Turns, work: Callable[[], T]) -> T:
    """Do in a thread what takes the encoder, after those who came before."""
    async with turns.turn(read_caller(request.scope)):
        return await run_in_threadpool(work)
