"""Pictures, as images that a browser keeps and asks about before it shows them again."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from memeclip_core.api.identity import Call
from memeclip_core.api.schemas import MemeOfPath, ProjectKey
from memeclip_core.api.threads import picturing
from memeclip_core.app.pictures import Pictures

ROUTES = APIRouter(prefix="/projects/{project}", tags=["pictures"])

KEPT: Final = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
"""A kept picture is shown after the server has said that this person may still see it."""

ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/webp": {}}, "description": "The picture."},
    204: {"description": "The meme has no picture."},
    304: {"description": "The picture that is kept is still the one."},
}


@ROUTES.get("/memes/{meme}/picture", response_class=Response, responses=ANSWERS)
@picturing
def picture(
    request: Request,
    call: Call,
    project: ProjectKey,
    meme: MemeOfPath,
    small: Annotated[bool, Query(description="At most 240 pixels a side, for tables.")] = False,
) -> Response:
    """Return a meme's picture as WebP, at most 1280 pixels a side."""
    pictures: Pictures = request.app.state.pictures
    return answer_picture(request, pictures.read(call.who, project, meme, small=small))


@ROUTES.get("/guidelines/{picture}", response_class=Response, responses=ANSWERS)
@picturing
def illustration(
    request: Request,
    call: Call,
    project: ProjectKey,
    picture: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="Its content id.")],
) -> Response:
    """Return a picture of a project's guidelines as WebP, at most 1280 pixels a side."""
    return answer_picture(request, call.studio.projects.picture(call.who, project, picture))


def answer_picture(request: Request, webp: bytes) -> Response:
    """Return a picture, or that the one which a browser keeps is still it."""
    if not webp:
        return Response(status_code=204, headers=KEPT)
    headers = {**KEPT, "ETag": f'"{hashlib.sha256(webp).hexdigest()[:32]}"'}
    known = request.headers.get("if-none-match", "")
    if headers["ETag"] in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(webp, media_type="image/webp", headers=headers)
