"""Batches: many memes predicted in the background, their small pictures, and their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, File, Form, HTTPException, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel

from memeclip_core.api.identity import Asking, Call
from memeclip_core.api.routes.pictures import ANSWERS, answer_picture
from memeclip_core.api.routes.predictions import TaskSetField
from memeclip_core.api.schemas import JobFacts, Predicted
from memeclip_core.api.threads import listing, picturing
from memeclip_core.api.uploads import find_allowance
from memeclip_core.app.uploads import PICTURE_HEAD, check_picture, name_apart, pick_tasks
from memeclip_core.records.mapping import read_column_map
from memeclip_core.records.meme import Failure
from memeclip_core.records.schemas import prediction_to_dict, to_json

ROUTES = APIRouter(prefix="/batches", tags=["predict"])
BatchId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="A batch's id.")]
KINDS: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}


class BatchFacts(BaseModel):
    """A batch as it stands: its job, how many memes are answered, and which files failed."""

    id: str
    task_set: str
    job: JobFacts
    answered: int
    failed: tuple[Failure, ...]
    until: datetime


@ROUTES.post("", status_code=202)
async def start_batch(
    call: Call,
    files: Annotated[list[UploadFile], File(description="Images, a zip archive, or a list.")],
    task_set: TaskSetField = "",
    columns: Annotated[
        str, Form(max_length=2_000, description="Of a list of one's own: image=file,text=caption.")
    ] = "",
) -> BatchFacts:
    """Predict many memes in the background; visitors may send images alone."""
    await _check(call, files)
    names = name_apart([file.filename or "file" for file in files])

    def start() -> BatchFacts:
        name = call.studio.batches.start(
            call.who,
            {name: file.file for name, file in zip(names, files, strict=True)},
            task_set=pick_tasks(call.studio, task_set),
            columns=dict(read_column_map([columns])) if columns.strip() else None,
        )
        return _tell(call, name)

    return await call.threads.run(call, "many", start)


@ROUTES.get("/{batch}")
@listing
def batch(call: Call, batch: BatchId) -> BatchFacts:
    """Return how far a batch is, and which of its files failed and why."""
    return _tell(call, batch)


@ROUTES.post("/{batch}/stop")
@listing
def stop_batch(call: Call, batch: BatchId) -> BatchFacts:
    """Ask a batch to stop at its next meme; what is answered stays."""
    call.studio.batches.stop(call.who, batch)
    return _tell(call, batch)


@ROUTES.post("/{batch}/resume", status_code=202)
@listing
def resume_batch(call: Call, batch: BatchId) -> BatchFacts:
    """Go on with a batch that was stopped or broke off; what is answered is not asked again."""
    call.studio.batches.resume(call.who, batch)
    return _tell(call, batch)


# What a model does not know is left out.
@ROUTES.get(
    "/{batch}/answers", response_model=list[Predicted | Failure], response_model_exclude_unset=True
)
@listing
def batch_answers(
    call: Call,
    batch: BatchId,
    start: Annotated[int, Query(ge=0)] = 0,
    count: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:
    """Return the answers from ``start`` on, in the order of the memes."""
    found = call.studio.batches.read(call.who, batch).answers[start : start + count]
    told = [
        one.told if isinstance(one.told, Failure) else prediction_to_dict(one.told) for one in found
    ]
    return Response(to_json(told), media_type="application/json")


@ROUTES.get("/{batch}/pictures/{place}", response_class=Response, responses=ANSWERS)
@picturing
def batch_picture(
    request: Request, call: Call, batch: BatchId, place: Annotated[int, Path(ge=0)]
) -> Response:
    """Return the picture of one meme as WebP, at most 160 pixels a side."""
    return answer_picture(request, call.studio.batches.picture(call.who, batch, place))


@ROUTES.get("/{batch}/file", response_class=Response)
@listing
def batch_file(
    call: Call,
    batch: BatchId,
    format: Annotated[Literal["csv", "jsonl", "parquet"], Query()] = "csv",
) -> Response:
    """Return what was predicted, in the shape of ``memeclip predict --out``."""
    data = call.studio.batches.write(call.who, batch, format)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="predictions.{format}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type=KINDS[format], headers=headers)


async def _check(call: Asking, files: list[UploadFile]) -> None:
    """Refuse what somebody of this role may not upload to the page either."""
    allowed = find_allowance(call.studio.settings, call.who.role)
    if len(files) > allowed.files:
        raise HTTPException(413, f"There are more than {allowed.files:,} files. Send fewer.")
    for file in files:
        if (file.size or 0) > allowed.largest:
            most = f"{allowed.largest / 1_000_000:,.0f} MB"
            raise HTTPException(413, f"'{file.filename}' is larger than {most}, which is the most.")
        if allowed.pictures:
            check_picture(await file.read(PICTURE_HEAD))
            await file.seek(0)


def _tell(call: Asking, name: str) -> BatchFacts:
    found = call.studio.batches.read(call.who, name)
    told = [one.told for one in found.answers]
    failed = tuple(one for one in told if isinstance(one, Failure))
    return BatchFacts(
        id=found.id,
        task_set=found.tasks.key,
        job=JobFacts.model_validate(found.job),
        answered=len(told) - len(failed),
        failed=failed,
        until=found.until,
    )
