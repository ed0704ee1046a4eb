"""Signing in and out: a page of our own, and the same for programs that send a form.

Invariants: passwords are hashed in threads of their own, away from the event loop, on which every
other answer waits, and away from the threads in which requests are answered.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from memeclip_core.api.identity import cookie_name, hold_key
from memeclip_core.api.problems import NEUTRAL, logger
from memeclip_core.api.texts import _, language
from memeclip_core.app.assets import read_asset
from memeclip_core.app.studio import Studio
from memeclip_core.config import MOST_SIGN_INS
from memeclip_core.errors import MemeclipError, RateLimited
from memeclip_core.marks import mark
from memeclip_core.records.decision import ADDRESS

WRONG: Final = mark(
    "Name and password do not belong together. Check both; after several wrong passwords, wait up "
    "to five minutes before the next try."
)
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class SignIn:
    """The routes ``/login`` and ``/logout``, where people sign in with a password.

    Args:
        studio: who knows them.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._page = read_asset(studio.settings.assets / "ui" / "sign-in.html")
        self._cookie = cookie_name(studio.settings)
        # One more than may be under way, so that whoever is too many is told so at once.
        self._threads = ThreadPoolExecutor(MOST_SIGN_INS + 1, thread_name_prefix="sign-in")

    @property
    def routes(self) -> list[Route]:
        """The routes, which stand before Gradio's own of the same names."""
        return [
            Route("/login", self.show, methods=["GET"]),
            Route("/login", self.sign_in, methods=["POST"]),
            Route("/logout", self.sign_out, methods=["GET", "POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the page."""
        return self._render()

    async def sign_in(self, request: Request) -> Response:
        """Let somebody in who sends the right form; a browser is sent on to what it asked for."""
        form = await request.form()
        name, password = str(form.get("username", "")).strip(), str(form.get("password", ""))
        try:
            key = await self._check(name, password)
        except RateLimited as error:
            return self._refuse(request, name, 429, str(error))
        except MemeclipError as error:
            # About the database, whose place on the server is no stranger's business.
            logger.error("signing in failed: %s", error)
            return self._refuse(request, name, 503, NEUTRAL)
        if not key:
            return self._refuse(request, name, 401, WRONG)
        answer: Response = JSONResponse({"success": True})
        if _is_browser(request):
            answer = RedirectResponse(with_query("./", request.scope), 303)
        hold_key(answer, request, self._studio.settings, key)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the sign-in of this browser."""
        key = request.cookies.get(self._cookie)
        if key:
            await asyncio.to_thread(self._studio.keys.sign_out, key)
        answer = RedirectResponse("login", 303)
        answer.delete_cookie(self._cookie)
        return answer

    async def _check(self, name: str, password: str) -> str:
        check = partial(self._studio.keys.sign_in, name, password, ADDRESS.get())
        return await asyncio.get_running_loop().run_in_executor(self._threads, check)

    def _refuse(self, request: Request, name: str, code: int, why: str) -> Response:
        if not _is_browser(request):
            return JSONResponse({"detail": why}, code)
        return self._render(name, why, code)

    def _render(self, name: str = "", why: str = "", code: int = 200) -> Response:
        parts = {
            "{language}": language(),
            "{title}": _("Sign in"),
            "{promise}": _("Sign in to understand memes and label them."),
            "{name_label}": _("Name"),
            "{password_label}": _("Password"),
            "{hint}": _(
                "Your admin gave you both, and sets a new password if you have forgotten yours."
            ),
            "{error}": f'<p class="error" role="alert">{escape(_(why))}</p>' if why else "",
            "{name}": escape(name[:64]),
            "{first}": "" if name else "autofocus",
            "{second}": "autofocus" if name else "",
        }
        page = self._page
        for place, text in parts.items():
            page = page.replace(place, text)
        return HTMLResponse(page, code, headers=_HEADERS)


def with_query(path: str, scope: Scope) -> str:
    """Return a path with the query of a request, which names a page to open after the sign-in."""
    asked = scope["query_string"].decode("latin-1")
    return f"{path}?{asked}" if asked else path


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
