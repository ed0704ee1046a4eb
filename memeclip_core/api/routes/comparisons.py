"""Two models on the same rows."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Request, UploadFile

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import ComparedModels, Name
from memeclip_core.api.turns import in_turn
from memeclip_core.records.comparison import Rivals

ROUTES = APIRouter(prefix="/comparisons", tags=["models"])
MOST_WAITING: Final = 8
"""Comparisons that may wait: each may encode a whole dataset."""


@ROUTES.post("")
async def compare(request: Request, call: Call, sent: ComparedModels) -> dict[str, Any]:
    """Compare two models on the rows that ship, on corrected memes, or on a dataset of the server.

    The answer is what ``memeclip compare --json`` writes, and a sentence on the rows.
    """
    asked, own = Rivals(**sent.model_dump()), call.studio.comparisons
    own.check(call.who, asked)
    work = partial(own.report, call.who, asked)
    return await in_turn(request, request.app.state.comparing, work)


@ROUTES.post("/file")
async def compare_file(
    request: Request,
    call: Call,
    file: Annotated[UploadFile, File(description="A list of memes with labels, or an archive.")],
    task_set: Annotated[Name, Form()],
    first: Annotated[Name, Form(description="A version, active, candidate or starter.")] = "active",
    second: Annotated[Name, Form()] = "candidate",
    split: Annotated[Name, Form(description="Which of its rows; blank for all.")] = "",
    unseen: Annotated[bool, Form()] = True,
    by: Annotated[Name, Form(description="A column of the data; blank for none.")] = "",
) -> dict[str, Any]:
    """Compare two models on a dataset that is sent; it is deleted when it is answered."""
    asked = Rivals(
        task_set=task_set, first=first, second=second, rows="dataset", split=split, unseen=unseen,
        by=by,
    )  # fmt: skip
    own = call.studio.comparisons
    own.check(call.who, asked)
    work = partial(own.report_file, call.who, asked, file.filename or "", file.file)
    return await in_turn(request, request.app.state.comparing, work)
