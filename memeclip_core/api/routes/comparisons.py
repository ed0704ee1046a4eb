"""Two models on the same rows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from starlette.concurrency import run_in_threadpool

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import ComparedModels, Name
from memeclip_core.records.comparison import Rivals

ROUTES = APIRouter(prefix="/comparisons", tags=["models"])


@ROUTES.post("")
def compare(call: Call, sent: ComparedModels) -> dict[str, Any]:
    """Compare two models on the rows that ship, on corrected memes, or on a dataset of the server.

    The answer is what ``memeclip compare --json`` writes, and a sentence on the rows.
    """
    return call.studio.comparisons.report(call.who, Rivals(**sent.model_dump()))


@ROUTES.post("/file")
async def compare_file(
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

    def work() -> dict[str, Any]:
        return own.report_file(call.who, asked, file.filename or "", file.file)

    return await run_in_threadpool(work)
