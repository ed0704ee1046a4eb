"""What is open of all that Gradio's server answers, and to whom; the rest is as if it were not.

Gradio brings routes of its own, some of which run code, follow a developer's files or note what
people did, and more with every release. So the page's are listed, and what is not is closed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from memeclip_core.api.identity import SIGN_IN, Identity
from memeclip_core.api.sign_in import with_query

Audience = Literal["anybody", "signed in", "itself"]
"""Whom a route is open to; ``itself`` asks on its own who comes."""

OPEN: Final[Mapping[str, Audience]] = {
    "GET /": "signed in",
    "GET /api/v1/*": "itself",
    "POST /api/v1/*": "itself",
    "GET /healthz": "anybody",
    "GET /metrics": "itself",
    "GET /login": "anybody",
    "POST /login": "anybody",
    "GET /login/huggingface": "anybody",
    "GET /login/callback": "anybody",
    "GET /logout": "anybody",
    "POST /logout": "anybody",
    "GET /scripts/*": "anybody",
    "GET /assets/*": "anybody",
    "GET /static/*": "anybody",
    "GET /svelte/*": "anybody",
    "GET /theme.css": "anybody",
    "GET /gradio_api/theme.css": "anybody",
    "GET /favicon.ico": "anybody",
    "GET /manifest.json": "anybody",
    "GET /robots.txt": "anybody",
    "GET /config": "signed in",
    "GET /gradio_api/app_id": "signed in",
    "GET /gradio_api/call/*": "signed in",
    "POST /gradio_api/call/*": "signed in",
    "POST /gradio_api/cancel": "signed in",
    "GET /gradio_api/file=*": "signed in",
    "GET /gradio_api/heartbeat/*": "signed in",
    "GET /gradio_api/info": "signed in",
    "GET /gradio_api/login_check": "signed in",
    "GET /gradio_api/queue/data": "signed in",
    "POST /gradio_api/queue/join": "signed in",
    "POST /gradio_api/reset": "signed in",
    # Gradio asks its own page for this when it starts.
    "GET /gradio_api/startup-events": "anybody",
    "POST /gradio_api/upload": "signed in",
    "GET /gradio_api/upload_progress": "signed in",
}
"""By method and path; ``*`` at the end stands for whatever follows. HEAD is as GET."""

_EXACT: Final = {key: who for key, who in OPEN.items() if not key.endswith("*")}
_BELOW: Final = {key[:-1]: who for key, who in OPEN.items() if key.endswith("*")}
CLOSED: Final = "This page does not offer that."
LONGEST_PATH: Final = 2000
LONGEST_PART: Final = 255
"""Bytes of a path and of what stands between its slashes; no file system takes longer names, and
whatever looks for such a file fails."""
_CONTROL: Final = re.compile("[\0-\x1f\x7f]")
"""What stands in no address; Gradio fails to make one of it."""


def find_audience(method: str, path: str) -> Audience | None:
    """Return whom a route is open to; ``None`` for one that is closed."""
    sent = path.encode("utf-8", "surrogateescape")
    longest = max(map(len, sent.split(b"/")))
    if len(sent) > LONGEST_PATH or longest > LONGEST_PART or _CONTROL.search(path):
        return None
    key = f"{'GET' if method == 'HEAD' else method} {path}"
    if key in _EXACT:
        return _EXACT[key]
    return next((who for start, who in _BELOW.items() if key.startswith(start)), None)


class Gate:
    """An ASGI application around another one, of which it opens what is listed.

    Args:
        app: what answers.
        identity: finds who asks.
    """

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app = app
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": CLOSED})
            return
        who = find_audience(scope["method"], scope["path"])
        refusal: Response | None = None
        if who is None:
            refusal = JSONResponse({"detail": CLOSED}, 404)
        elif who == "signed in" and await self._identity.name(HTTPConnection(scope)) is None:
            refusal = _send_to_sign_in(scope)
        await (self._app if refusal is None else refusal)(scope, receive, send)


def _send_to_sign_in(scope: Scope) -> Response:
    """Send who opens the page on to where one signs in; tell programs."""
    if scope["path"] == "/":
        # Relative, so that it leads there behind a proxy too that serves this below a path.
        return RedirectResponse(with_query("login", scope), 303)
    return JSONResponse({"detail": SIGN_IN}, 401)
