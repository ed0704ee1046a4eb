"""Errors as what a caller can act on: one sentence, and a status code for each kind of error."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memeclip_core.errors import (
    CheckpointError,
    ConfigError,
    InputError,
    JobError,
    MemeclipError,
    NotFound,
    NotSignedIn,
    OtherPerson,
    PermissionDenied,
    RateLimited,
    StoreError,
    log_unexpected,
    without_folders,
)
from memeclip_core.marks import mark

logger = logging.getLogger("memeclip")

NEUTRAL: Final = mark(
    "Something went wrong on the server; nothing was saved by this step. Try once more; if it "
    "happens again, its log says where."
)

STATUSES: Final[Mapping[type[MemeclipError], int]] = {
    InputError: 400,
    ConfigError: 400,
    NotSignedIn: 401,
    PermissionDenied: 403,
    NotFound: 404,
    CheckpointError: 404,
    JobError: 409,
    OtherPerson: 412,
    RateLimited: 429,
    MemeclipError: 500,
    StoreError: 503,
}
"""The status of an error is that of the nearest class above it. 429 and 503 pass: the same request
may succeed later; with all others it is the request that must change."""

_MOST_FAULTS: Final = 5


def sentence(error: Exception) -> str:
    """Return what to tell a person; log anything that nobody meant to raise.

    The log gets the place but not the error's own words, which could quote a meme.
    """
    if isinstance(error, MemeclipError):
        return without_folders(str(error))
    log_unexpected(logger, error, "an error while a request was answered")
    return NEUTRAL


def status(error: Exception) -> int:
    """Return the status code of an error."""
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)


class Answered:
    """An ASGI application around another one, whose errors it answers.

    Starlette would log those that it does not know word by word. An answer that has begun when the
    server fails is left as it is, so that the connection breaks off and nobody takes it for whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have a request answered, with an error if need be."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if scope["type"] != "http":
                raise
            if begun:
                # Starlette hides a caller's fault, such as a tab that is gone, behind another.
                if isinstance(error.__cause__ or error, HTTPException):
                    await send({"type": "http.response.body"})
                else:
                    sentence(error)
                return
            answer = await answer_error(Request(scope), error)
            await answer(scope, receive, send)


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """Answer whatever was raised: ``{"detail": sentence}``, no path and no traceback."""
    if isinstance(error, RequestValidationError):
        return JSONResponse({"detail": _name_faults(error)}, 422)
    if isinstance(error, HTTPException):
        return JSONResponse({"detail": error.detail}, error.status_code, headers=error.headers)
    code = status(error)
    headers = {"WWW-Authenticate": "Bearer"} if code == 401 else None
    return JSONResponse({"detail": sentence(error)}, code, headers=headers)


def _name_faults(error: RequestValidationError) -> str:
    """Say which values are not as they must be; what was sent may be anything and is left out."""
    faults = [
        f"'{'.'.join(str(part) for part in fault['loc'][1:]) or fault['loc'][0]}': "
        # Of a sentence of our own, pydantic says first that it is an error of a value.
        + fault["msg"].removeprefix("Value error, ").removesuffix(".")
        for fault in error.errors()
    ]
    more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
    return f"What was sent is not as it must be. {'; '.join(faults[:_MOST_FAULTS])}{more}."
