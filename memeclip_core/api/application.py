"""The HTTP API as one application, to be mounted beside the page; see docs/api.md."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from memeclip_core import __version__
from memeclip_core.api.identity import Identity
from memeclip_core.api.problems import Answered, answer_error
from memeclip_core.api.routes import (
    accounts,
    amendments,
    batches,
    comments,
    comparisons,
    decisions,
    explanations,
    explorations,
    exports,
    health,
    models,
    pictures,
    predictions,
    projects,
    proposals,
    queue,
    retrainings,
    reviews,
    webhooks,
)
from memeclip_core.api.schemas import Problem
from memeclip_core.api.threads import Threads
from memeclip_core.api.turns import Turns
from memeclip_core.app.explain.explanations import KINDS
from memeclip_core.app.pictures import Pictures
from memeclip_core.app.studio import Studio
from memeclip_core.config import Settings

PREFIX: Final = "/api/v1"
FORM: Final = 1_000_000
"""Bytes of a form around its image."""
MANY: Final = 200_000_000
"""Bytes of a request with several files; they lie on the disk until it is answered."""
PARTS: Final = (
    health, accounts, predictions, batches, explanations, explorations, models, projects, queue,
    pictures, decisions, comments, reviews, proposals, exports, retrainings, comparisons, webhooks,
    amendments,
)  # fmt: skip


def build_api(studio: Studio, identity: Identity) -> FastAPI:
    """Return the routes over a studio. Roles are checked by the studio, on every call."""
    api = FastAPI(
        title="MemeCLIP Studio",
        version=__version__,
        summary="What a meme says to a model, and what people say to that.",
        # Their pages fetch scripts from elsewhere, and this server may have no network.
        docs_url=None,
        redoc_url=None,
        # It would keep what was asked with every error, for programs that nobody runs here.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        responses={"default": {"model": Problem, "description": "What was wrong, in a sentence."}},
        exception_handlers={HTTPException: answer_error, RequestValidationError: answer_error},
        middleware=[Middleware(Answered)],
    )
    for part in PARTS:
        api.include_router(part.ROUTES)
    api.state.studio = studio
    api.state.identity = identity
    api.state.threads = Threads()
    api.state.look = health.watch(studio)
    api.state.pictures = Pictures(studio)
    # Whoever sits at the machine would only slow down their own programs.
    shared = studio.owner().role == "visitor"
    api.state.turns = Turns(shared=shared)
    api.state.explaining = Turns(
        explanations.MOST_WAITING, "memes wait to be explained", shared=shared
    )
    api.state.comparing = Turns(comparisons.MOST_WAITING, "comparisons wait", shared=shared)
    api.state.searching = Turns(explorations.MOST_WAITING, "searches wait", shared=shared)
    return api


def larger_bodies(settings: Settings) -> dict[str, int]:
    """Return how many bytes may be sent to the routes that take images, by their path."""
    one = settings.max_bytes + FORM
    explained = {f"{PREFIX}/explain/{what}": one for what in (*KINDS, "cost")}
    explained[f"{PREFIX}/explain/change"] += settings.max_bytes
    many = dict.fromkeys(("predict_batch", "batches", "comparisons/file"), max(one, MANY))
    largest = {"predict": one, "proposals": one, **many}
    return {f"{PREFIX}/{path}": most for path, most in largest.items()} | explained
