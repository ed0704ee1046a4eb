"""The page's scripts: joined modules whose addresses change with what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from memeclip_core.api.bundle import bundle_modules

FOLDER: Final = "scripts"
ENTRY: Final = "studio.js"
GRADIO: Final = "gradio"
"""The folder below it for what is served instead of Gradio's own."""
_FIRST: Final = '<script type="module"'
_HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
}


class Frontend(Protocol):
    """Scripts and styles that are served instead of some of Gradio's.

    Attributes:
        files: what is in each, by its name.
    """

    @property
    def files(self) -> Mapping[str, str]: ...
    def change(self, page: str, folder: str) -> str:
        """Return a page with them in it, from a folder as the page sees it."""


class Scripts:
    """Scripts in one folder that is named after all of them, so that browsers may keep them.

    They fetch each other by their places in it, and so from the same folder.

    Args:
        files: what is in each module, by its path.
        frontend: Gradio's modules, joined.

    Raises:
        InputError: if a module cannot be joined; see ``bundle_modules``.
    """

    def __init__(self, files: Mapping[str, str], frontend: Frontend | None = None) -> None:
        self._frontend = frontend
        theirs = frontend.files if frontend else {}
        self._files = {f"{GRADIO}/{name}": text for name, text in theirs.items()}
        for bundle in bundle_modules(files, ENTRY):
            self._files[bundle.name] = bundle.text
            self._files[f"{bundle.name}.map"] = bundle.source_map(files)
        every = "\0".join(f"{name}\0{text}" for name, text in sorted(self._files.items()))
        self._folder = f"{FOLDER}/{sha256(every.encode()).hexdigest()[:16]}"

    def address(self, name: str) -> str:
        """Return where a script is, as seen from the page's own address."""
        return f"{self._folder}/{name}"

    def put_into(self, page: bytes) -> bytes:
        """Return Gradio's page with these scripts in it."""
        text = page.decode()
        if self._frontend:
            text = self._frontend.change(text, self.address(GRADIO))
        return text.replace(_FIRST, self.head() + _FIRST, 1).encode()

    def head(self) -> str:
        """Return what fetches the first script at once, and a promise of what it exports.

        It runs when the page's elements are there; whoever needs an export waits for
        ``window.memeclip``.
        """
        address = self.address(ENTRY)
        return (
            f'<link rel="modulepreload" href="{address}"><script>window.memeclip = new Promise('
            '(done) => addEventListener("DOMContentLoaded", done)).then(() => '
            f'import(new URL("{address}", document.baseURI)));</script>'
        )

    def route(self) -> Route:
        """Return the route under which they are answered."""
        return Route(f"/{self._folder}/{{name:path}}", self._answer, methods=["GET", "HEAD"])

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["name"]
        text = self._files.get(name)
        if text is None:
            raise HTTPException(404, "There is no such script.")
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Response(text, media_type=kind, headers=_HEADERS)
