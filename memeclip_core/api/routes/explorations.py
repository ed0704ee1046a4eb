"""Many memes at once: maps, colours, searches, lists, queues and corrections.

What takes longer than a moment is answered with 202 and its job: ask again when that has ended.
Arrays are base64 of little-endian numbers, so that 50,000 memes fit into half a megabyte.
"""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field

from memeclip_core.api.identity import Call, Counted
from memeclip_core.api.routes.pictures import ANSWERS, KEPT, answer_picture
from memeclip_core.api.routes.predictions import read_image
from memeclip_core.api.schemas import JobFacts, Name, SaveId, Sent
from memeclip_core.api.threads import listing, picturing
from memeclip_core.api.turns import in_turn
from memeclip_core.records.exploration import (
    MOST_SHOWN,
    Chosen,
    Collection,
    Colouring,
    Copies,
    Corrected,
    CorrectionPreview,
    FeatureKind,
    GalleryMeme,
    Hits,
    MapMethod,
    MemeMap,
    SearchKind,
    Suspects,
)
from memeclip_core.records.job import Job
from memeclip_core.records.schemas import to_json, to_plain

ROUTES = APIRouter(prefix="/explore", tags=["explore"])

Key = Annotated[str, Path(max_length=300, description="project:<key> or dataset:<name>.")]
Ids = Annotated[str, Field(pattern="^[0-9a-f]{12,64}$", description="At least 12 characters.")]
Many = Annotated[tuple[Ids, ...], Field(min_length=1)]
"""How many may be chosen at once is the studio's to say, in a sentence for people."""
OfPath = Annotated[str, Path(pattern="^[0-9a-f]{12,64}$", description="At least 12 characters.")]
Most = Annotated[int, Query(ge=1, le=MOST_SHOWN)]
MOST_WAITING: Final = 32
"""Searches that may wait: each compares all memes of a collection."""
WORKING: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": JobFacts, "description": "The job that works it out; ask again afterwards."}
}
KNOWN: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "What is kept is still the same."}
}


class MapBody(BaseModel):
    """A map; see ``MemeMap``.

    ``ids`` are joined, ``id_length`` characters each; ``x`` and ``y`` are int16, of which 32767 is
    1; ``places`` are int32.
    """

    collection: str
    features: FeatureKind
    method: MapMethod
    total: int
    missing: int
    explained: tuple[float | None, float | None]
    stamp: str
    note: str
    count: int
    id_length: int
    ids: str
    x: str
    y: str
    places: str


class ColourBody(BaseModel):
    """Colours; see ``Colouring``. ``codes`` are int16, ``values`` float32; one of them is ""."""

    collection: str
    by: str
    kind: str
    names: tuple[str, ...]
    counts: tuple[int, ...]
    unknown: int
    note: str
    codes: str
    values: str


class Shown(Sent):
    """Memes of a gallery."""

    ids: Annotated[tuple[Ids, ...], Field(max_length=MOST_SHOWN)]


class Queued(Sent):
    """Memes to be labelled, in this order."""

    ids: Many


class Recoded(Sent):
    """Another answer to a task for many memes."""

    ids: Many
    task: Name
    labels: Annotated[tuple[Name, ...], Field(max_length=500)]
    fill: Annotated[bool, Field(description="Take the model's answers where none counts.")] = False


class RecodedAs(Recoded):
    """The same, to be done: ``save`` names it."""

    save: SaveId


@ROUTES.get("/collections")
def collections(call: Counted) -> tuple[Collection, ...]:
    """Return the projects and datasets that one can explore; visitors have none."""
    return call.studio.explore.collections(call.who)


@ROUTES.get("/{collection}")
@listing
def collection(call: Call, collection: Key) -> Collection:
    """Return one of them; a dataset is read for it."""
    return call.studio.explore.collection(call.who, collection)


@ROUTES.get("/{collection}/map", response_model=MapBody, responses=WORKING | KNOWN)
@listing
def draw(
    call: Call,
    collection: Key,
    features: FeatureKind = "fused",
    method: MapMethod = "pca",
) -> Response:
    """Return where the memes lie on a plane."""
    own = call.studio.explore
    found = own.map(call.who, collection, features=features, method=method)
    return _job(found) if isinstance(found, Job) else _keep(_pack_map(found))


@ROUTES.get("/{collection}/colours", response_model=ColourBody, responses=WORKING | KNOWN)
@listing
def colours(call: Call, collection: Key, by: Annotated[str, Query(max_length=300)]) -> Response:
    """Return the colour of every meme, in the order of import."""
    found = call.studio.explore.colours(call.who, collection, by)
    return _job(found) if isinstance(found, Job) else _keep(_pack_colours(found))


@ROUTES.get("/{collection}/search", response_model=Hits, responses=WORKING)
async def search(
    request: Request,
    call: Call,
    collection: Key,
    text: Annotated[str, Query(max_length=4_000)] = "",
    how: SearchKind = "words",
    like: Annotated[str, Query(max_length=64)] = "",
    n: Most = 50,
) -> Response:
    """Return the memes that words, a sentence's meaning, or a meme of the collection finds."""
    own = call.studio.explore
    own.check(call.who)

    def find() -> Response:
        return _answer(own.search(call.who, collection, text=text, how=how, like=like, n=n))

    if how == "words":
        return await call.threads.run(call, "many", find)
    return await in_turn(request, request.app.state.searching, find)


@ROUTES.post("/{collection}/search", response_model=Hits, responses=WORKING)
async def search_picture(
    request: Request,
    call: Call,
    collection: Key,
    image: Annotated[UploadFile, File(description="The picture that is searched for.")],
    n: Annotated[int, Form(ge=1, le=MOST_SHOWN)] = 50,
) -> Response:
    """Return the memes whose pictures are most like one that is sent."""
    own = call.studio.explore
    own.check(call.who)
    data = await read_image(call.studio, image)

    def find() -> Response:
        return _answer(own.search(call.who, collection, how="picture", image=data, n=n))

    return await in_turn(request, request.app.state.searching, find)


@ROUTES.post("/{collection}/gallery", response_model=tuple[GalleryMeme, ...])
@listing
def gallery(call: Call, collection: Key, sent: Shown) -> Response:
    """Return memes with texts, labels and predictions, in the order given."""
    return _answer(call.studio.explore.gallery(call.who, collection, sent.ids))


@ROUTES.get("/{collection}/memes/{meme}/picture", response_class=Response, responses=ANSWERS)
@picturing
def thumbnail(request: Request, call: Call, collection: Key, meme: OfPath) -> Response:
    """Return a meme's picture as WebP, at most 240 pixels a side."""
    return answer_picture(request, call.studio.explore.thumbnail(call.who, collection, meme))


@ROUTES.get("/{collection}/duplicates", response_model=Copies)
@listing
def duplicates(call: Call, collection: Key) -> Response:
    """Return memes with the same text."""
    return _answer(call.studio.explore.duplicates(call.who, collection))


@ROUTES.get("/{collection}/near_duplicates", response_model=Copies, responses=WORKING)
@listing
def near_duplicates(call: Call, collection: Key) -> Response:
    """Return memes with nearly the same text, or the same or nearly the same picture."""
    return _answer(call.studio.explore.near_duplicates(call.who, collection))


@ROUTES.get("/{collection}/suspects", response_model=Suspects, responses=WORKING)
@listing
def suspects(
    call: Call,
    collection: Key,
    task: Annotated[str, Query(max_length=200)],
    n: Most = MOST_SHOWN,
) -> Response:
    """Return labels that are probably wrong, the worst first."""
    return _answer(call.studio.explore.suspects(call.who, collection, task, n=n))


@ROUTES.get("/{collection}/jobs/{job}", response_model=JobFacts)
def job(call: Call, collection: Key, job: Annotated[str, Path(max_length=100)]) -> Job:
    """Return a job as it stands now."""
    return call.studio.explore.job(call.who, collection, job)


@ROUTES.post("/{collection}/jobs/{job}/stop", response_model=JobFacts)
def stop(call: Call, collection: Key, job: Annotated[str, Path(max_length=100)]) -> Job:
    """Ask a job to stop at its next step."""
    return call.studio.explore.stop(call.who, collection, job)


@ROUTES.post("/{collection}/queue")
@listing
def queue(call: Call, collection: Key, sent: Queued) -> Chosen:
    """Keep memes as a queue in this order: ``selection`` of the queue's filters names it."""
    return call.studio.explore.choose(call.who, collection, sent.ids)


@ROUTES.post("/{collection}/corrections/preview")
@listing
def preview(call: Call, collection: Key, sent: Recoded) -> CorrectionPreview:
    """Return what a correction would do, without doing it."""
    return call.studio.explore.preview_correction(call.who, collection, **sent.model_dump())


@ROUTES.post("/{collection}/corrections")
@listing
def correct(call: Call, collection: Key, sent: RecodedAs) -> Corrected:
    """Give many memes another answer to a task."""
    return call.studio.explore.correct_many(call.who, collection, **sent.model_dump())


@ROUTES.post("/{collection}/corrections/{save}/undo")
@listing
def undo(
    call: Call, collection: Key, save: Annotated[str, Path(pattern="^[A-Za-z0-9-]{8,64}$")]
) -> Corrected:
    """Take a correction back as a whole."""
    return call.studio.explore.undo(call.who, collection, save)


def _job(found: Job) -> Response:
    body = JobFacts.model_validate(found).model_dump_json()
    return Response(body, status_code=202, media_type="application/json")


def _answer(found: Hits | Copies | Suspects | tuple[GalleryMeme, ...] | Job) -> Response:
    if isinstance(found, Job):
        return _job(found)
    return Response(to_json(found), media_type="application/json")


def _keep(body: BaseModel) -> Response:
    """Return a body that a browser keeps, and asks about before it uses it again."""
    return Response(body.model_dump_json(), media_type="application/json", headers=KEPT)


def _pack_map(found: MemeMap) -> MapBody:
    short = 12 if len({one[:12] for one in found.ids}) == len(found.ids) else 64
    first, second = to_plain(found.explained)
    return MapBody(
        collection=found.collection,
        features=found.features,
        method=found.method,
        total=found.total,
        missing=found.missing,
        explained=(first, second),
        stamp=found.stamp,
        note=found.note,
        count=len(found.ids),
        id_length=short,
        ids="".join(one[:short] for one in found.ids),
        x=_encode(np.round(found.x * 32767), "<i2"),
        y=_encode(np.round(found.y * 32767), "<i2"),
        places=_encode(found.places, "<i4"),
    )


def _pack_colours(found: Colouring) -> ColourBody:
    return ColourBody(
        collection=found.collection,
        by=found.by,
        kind=found.kind,
        names=found.names,
        counts=found.counts,
        unknown=found.unknown,
        note=found.note,
        codes=_encode(found.codes, "<i2"),
        values=_encode(found.values, "<f4"),
    )


def _encode(values: np.ndarray, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode()
