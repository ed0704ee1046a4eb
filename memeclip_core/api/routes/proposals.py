"""Corrections that visitors suggest, and how a reviewer decides them."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import Field, TypeAdapter, ValidationError

from memeclip_core.api.identity import Call, Counted
from memeclip_core.api.routes.pictures import ANSWERS, answer_picture
from memeclip_core.api.routes.predictions import TaskSetField, read_image
from memeclip_core.api.schemas import Labels, Note, SaveId, Seconds, Sent
from memeclip_core.api.threads import picturing, saving
from memeclip_core.api.turns import in_turn
from memeclip_core.app.uploads import predict_upload
from memeclip_core.errors import InputError
from memeclip_core.records.decision import SaveReceipt
from memeclip_core.records.proposal import ProposalPage, Proposed

ROUTES = APIRouter(prefix="/proposals", tags=["proposals"])
Number = Annotated[int, Path(ge=1, le=2**53, description="A suggestion's number.")]
_LABELS: TypeAdapter[dict[str, tuple[str, ...]]] = TypeAdapter(Labels)


class Accepted(Sent):
    """A reviewer's decision: what was suggested, or what is right instead."""

    save: SaveId
    labels: Labels
    note: Annotated[Note, Field(max_length=3000)] = ""
    seconds: Seconds | None = None


@ROUTES.post("")
async def propose(
    request: Request,
    call: Counted,
    labels: Annotated[str, Form(max_length=20_000, description="JSON: label names by task key.")],
    session: Annotated[
        str, Form(max_length=64, description="The caller's own; one counts once. A hash is kept.")
    ],
    image: Annotated[UploadFile | None, File(description="None for a text alone.")] = None,
    text: Annotated[str, Form(description="Blank has it read from the image.")] = "",
    no_text: Annotated[bool, Form(description="There is no text on the image.")] = False,
    task_set: TaskSetField = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Proposed:
    """Suggest a correction as a visitor; image, text, labels and note wait for a reviewer."""
    call.studio.proposals.check(call.who)
    chosen, data = _read_labels(labels), await read_image(call.studio, image) if image else None
    work = partial(
        predict_upload,
        call.studio, data, image.filename or "" if image else "", text,
        task_set=task_set, model="", no_text=no_text,
    )  # fmt: skip
    prediction = await in_turn(request, request.app.state.turns, work)
    keep = partial(
        call.studio.proposals.propose,
        call.who, session=session, prediction=prediction, data=data, labels=chosen, note=note,
    )  # fmt: skip
    return await call.threads.run(call, "save", keep)


@ROUTES.get("")
def proposals(
    call: Call,
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ProposalPage:
    """Return one page of what waits for a reviewer, the oldest first."""
    return call.studio.proposals.waiting(call.who, page=page, size=size)


@ROUTES.post("/remove")
def remove(call: Call) -> int:
    """Delete all suggestions with their memes; return how many there were."""
    return call.studio.proposals.remove_all(call.who)


@ROUTES.get("/{number}/picture", response_class=Response, responses=ANSWERS)
@picturing
def picture(request: Request, call: Call, number: Number) -> Response:
    """Return a suggestion's picture as WebP, at most 1280 pixels a side."""
    return answer_picture(request, call.studio.proposals.picture(call.who, number))


@ROUTES.post("/{number}/accept")
@saving
def accept(call: Call, number: Number, sent: Accepted) -> SaveReceipt:
    """Save a decision of one's own on the meme, which then counts like any other."""
    return call.studio.proposals.accept(call.who, number, **sent.model_dump())


@ROUTES.post("/{number}/reject", status_code=204)
@saving
def reject(call: Call, number: Number) -> None:
    """Let a suggestion count for nothing."""
    call.studio.proposals.reject(call.who, number)


@ROUTES.post("/{number}/undo")
@saving
def undo(call: Call, number: Number) -> SaveReceipt | None:
    """Let what one accepted or rejected wait again; return what was taken back of the log."""
    return call.studio.proposals.undo(call.who, number)


def _read_labels(sent: str) -> dict[str, tuple[str, ...]]:
    try:
        return _LABELS.validate_json(sent)
    except ValidationError:
        raise InputError(
            "The labels are no JSON object of lists of label names by task key, such as "
            '{"hate": ["No Hate"]}.'
        ) from None
