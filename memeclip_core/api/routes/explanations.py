"""Why a model answers as it does for an uploaded meme.

Explanations wait for each other in a queue of their own, so that predictions go on meanwhile. Who
hangs up ends theirs at the next batch.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from memeclip_core.api.identity import Call, Counted
from memeclip_core.api.routes.predictions import ModelField, TaskSetField, read_image
from memeclip_core.api.turns import in_turn
from memeclip_core.app.explain.explanations import read_region
from memeclip_core.app.explain.meme_vectors import pack_vectors
from memeclip_core.app.uploads import ask_upload
from memeclip_core.errors import JobError
from memeclip_core.records.explanation import (
    GRID,
    Agreement,
    Asked,
    Change,
    Cost,
    ExplanationKind,
    HeatMap,
    Modalities,
    Neighbours,
    PictureChange,
    Rule,
    ScoresBeside,
    Vectors,
    WordEffects,
)
from memeclip_core.records.job import Progress

ROUTES = APIRouter(prefix="/explain", tags=["explain"])
MOST_WAITING: Final = 16
"""Explanations that may wait: a heat map takes seconds."""
LOOK: Final = 0.5
"""Seconds between two looks whether the caller is still there."""

NPZ: Final = "application/octet-stream"

T = TypeVar("T")
OnProgress = Callable[[Progress], None]


async def read_asked(
    call: Counted,
    image: Annotated[UploadFile | None, File(description="None for a text alone.")] = None,
    text: Annotated[str, Form(description="Blank has it read from the image.")] = "",
    no_text: Annotated[bool, Form(description="There is no text on the image.")] = False,
    task_set: TaskSetField = "",
    model: ModelField = "",
) -> Asked:
    """Return the meme that is sent, and whose answers to it are to be explained."""
    data = None if image is None else await read_image(call.studio, image)
    name = "" if image is None else image.filename or ""
    return ask_upload(
        call.studio, data, name, text, task_set=task_set, model=model, no_text=no_text
    )


Sent = Annotated[Asked, Depends(read_asked)]
TaskField = Annotated[str, Form(max_length=200, description="A task's key; blank is the first.")]
LabelField = Annotated[str, Form(max_length=200, description="A class; blank is the answer.")]
GridField = Annotated[int, Form(ge=2, le=16, description="Cells along either side.")]


@ROUTES.post("/cost")
async def cost(
    request: Request,
    call: Call,
    sent: Sent,
    what: Annotated[ExplanationKind, Form(description="What is to be explained.")],
    grid: GridField = GRID,
) -> Cost:
    """Return what an explanation takes: passes through the encoder, and seconds."""
    return await _explain(request, lambda _: call.studio.explain.cost(sent, what, grid=grid))


@ROUTES.post("/scores")
async def scores(request: Request, call: Call, sent: Sent) -> ScoresBeside:
    """Return the answers of the models that there are, side by side, disagreements first."""
    return await _explain(request, lambda show: call.studio.explain.scores(sent, on_progress=show))


@ROUTES.post("/words")
async def words(request: Request, call: Call, sent: Sent) -> WordEffects:
    """Return what each word adds to each class: the meme with it, less the meme without it."""
    return await _explain(request, lambda show: call.studio.explain.words(sent, on_progress=show))


@ROUTES.post("/picture")
async def picture(request: Request, call: Call, sent: Sent, grid: GridField = GRID) -> HeatMap:
    """Return what each place of the picture adds to each class."""
    return await _explain(
        request, lambda show: call.studio.explain.picture(sent, grid=grid, on_progress=show)
    )


@ROUTES.post("/change")
async def change(
    request: Request,
    call: Call,
    sent: Sent,
    paint_out: Annotated[
        str, Form(max_length=200, description="Left, top, right, bottom: 0.1,0.2,0.5,0.6.")
    ] = "",
    other: Annotated[UploadFile | None, File(description="Takes the image's place.")] = None,
) -> PictureChange:
    """Return what becomes of the answers with a region painted out, or with another picture."""
    data = None if other is None else await read_image(call.studio, other)
    what = Change(region=read_region(paint_out) if paint_out else None, other=data)
    return await _explain(request, lambda _: call.studio.explain.change(sent, what))


@ROUTES.post("/modalities")
async def modalities(request: Request, call: Call, sent: Sent) -> Modalities:
    """Return what text and picture add to each class."""
    return await _explain(
        request, lambda show: call.studio.explain.modalities(sent, on_progress=show)
    )


@ROUTES.post("/agreement")
async def agreement(request: Request, call: Call, sent: Sent) -> Agreement:
    """Return how near picture and text lie, beside the same of training memes."""
    return await _explain(request, lambda _: call.studio.explain.agreement(sent))


@ROUTES.post("/neighbours")
async def neighbours(
    request: Request, call: Call, sent: Sent, task: TaskField = "", label: LabelField = ""
) -> Neighbours:
    """Return the nearest training memes, for and against a class."""
    return await _explain(
        request,
        lambda _: call.studio.explain.neighbours(call.who, sent, task=task, label=label),
    )


@ROUTES.post("/rule")
async def rule(
    request: Request, call: Call, sent: Sent, task: TaskField = "", label: LabelField = ""
) -> dict[str, Rule]:
    """Return by task how the probability of a class follows from cosines; blank is every task."""
    return await _explain(request, lambda _: call.studio.explain.rule(sent, task=task, label=label))


@ROUTES.post(
    "/vectors",
    response_model=Vectors,
    responses={200: {"content": {NPZ: {}}, "description": "The vectors."}},
)
async def vectors(
    request: Request,
    call: Call,
    sent: Sent,
    form: Annotated[Literal["json", "npz"], Form(alias="format")] = "json",
) -> Any:
    """Return what the encoder makes of a meme, as JSON or as a file of NumPy."""
    found = await _explain(request, lambda _: call.studio.explain.vectors(sent))
    if form == "json":
        return found
    return Response(
        pack_vectors(found),
        media_type=NPZ,
        headers={"Content-Disposition": f'attachment; filename="{found.meme[:12]}.npz"'},
    )


async def _explain(request: Request, work: Callable[[OnProgress], T]) -> T:
    """Explain after those who came before, for as long as the caller is there."""
    gone = threading.Event()

    def on_progress(progress: Progress) -> None:
        if gone.is_set():
            raise JobError("Whoever asked for this explanation has hung up.")

    async def watch() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(LOOK)
        gone.set()

    watching = asyncio.create_task(watch())
    try:
        return await in_turn(request, request.app.state.explaining, partial(work, on_progress))
    finally:
        watching.cancel()
