"""Batches that the page has started: their small pictures, and their answers as files."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from memeclip_core.api.identity import Call
from memeclip_core.api.routes.pictures import ANSWERS, answer_picture

ROUTES = APIRouter(prefix="/batches/{batch}", tags=["predict"])
BatchId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="A batch's id.")]
KINDS: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}


@ROUTES.get("/pictures/{place}", response_class=Response, responses=ANSWERS)
def batch_picture(
    request: Request, call: Call, batch: BatchId, place: Annotated[int, Path(ge=0)]
) -> Response:
    """Return the picture of one meme as WebP, at most 160 pixels a side."""
    return answer_picture(request, call.studio.batches.picture(call.who, batch, place))


@ROUTES.get("/file", response_class=Response)
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
