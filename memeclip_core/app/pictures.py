"""The pictures of a project's memes: as the page shows them, and small ones for tables."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from memeclip_core.app.studio import Studio
from memeclip_core.memory import Memory
from memeclip_core.records.decision import Person

THUMB_SIDE: Final = 240
KEPT_THUMBS: Final = 2000
"""Some 7 kB each."""


class Pictures:
    """Pictures as WebP; small ones are made once and kept while they are asked for."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._kept: Memory[tuple[str, str], bytes] = Memory(KEPT_THUMBS)

    def read(self, who: Person, project: str, meme: str, *, small: bool = False) -> bytes:
        """Return a meme's picture, at most ``THUMB_SIDE`` pixels a side if small; b"" without one.

        Whether this person may see it is asked each time.
        """
        whole = self._studio.queue.preview(who, project, meme)
        if not small or not whole:
            return whole
        known = self._kept.get((project, meme))
        if known is None:
            known = make_thumb(whole)
            self._kept.put((project, meme), known)
        return known


def make_thumb(webp: bytes) -> bytes:
    """Return a small version of a picture."""
    with Image.open(io.BytesIO(webp)) as picture:
        return shrink(picture.convert("RGB"), THUMB_SIDE)


def shrink(picture: Image.Image, side: int) -> bytes:
    """Return an RGB picture as WebP, at most ``side`` pixels wide and high."""
    small, sink = picture.copy(), io.BytesIO()
    small.thumbnail((side, side))
    small.save(sink, "WEBP", quality=72)
    return sink.getvalue()
