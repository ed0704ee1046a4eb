"""The page's own scripts: ES modules whose addresses change with what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER: Final = "scripts"
ENTRY: Final = "studio.js"
LATER: Final = "explore/"
"""Modules that are fetched when their page is opened."""
_HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
}


class Scripts:
    """Modules in one folder that is named after all of them, so that browsers may keep them.

    They import each other by their places in it, and so from the same folder.

    Args:
        files: what is in each, by its path below the folder.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = dict(files)
        every = "\0".join(f"{name}\0{text}" for name, text in sorted(self._files.items()))
        self._folder = f"{FOLDER}/{sha256(every.encode()).hexdigest()[:16]}"

    def address(self, name: str) -> str:
        """Return where a module is, as seen from the page's own address."""
        return f"{self._folder}/{name}"

    def head(self) -> str:
        """Return what loads all but ``LATER`` at once, with a promise of what the first exports.

        Gradio puts this into the page while that is being built, and builds on meanwhile: whoever
        needs an export waits for ``window.memeclip``.
        """
        now = (name for name in self._files if not name.startswith(LATER))
        links = (f'<link rel="modulepreload" href="{self.address(name)}">' for name in now)
        return f"<script>{self.inline}</script>" + "".join(links)

    @property
    def inline(self) -> str:
        """The one script that stands in the page itself."""
        return f'window.memeclip = import(new URL("{self.address(ENTRY)}", document.baseURI));'

    def route(self) -> Route:
        """Return the route under which they are answered."""
        return Route(f"/{self._folder}/{{name:path}}", self._answer, methods=["GET", "HEAD"])

    async def _answer(self, request: Request) -> Response:
        text = self._files.get(request.path_params["name"])
        if text is None:
            raise HTTPException(404, "There is no such script.")
        return Response(text, media_type="text/javascript", headers=_HEADERS)
