"""The pictures that the labelling page shows: small, re-encoded, without metadata."""

from __future__ import annotations

import io

from PIL import Image

PREVIEW_SIDE = 1280
_PREVIEW_QUALITY = 82


def render_preview(image: Image.Image) -> bytes:
    """Return a picture as WebP without metadata, at most ``PREVIEW_SIDE`` pixels a side."""
    small = image
    if max(image.size) > PREVIEW_SIDE:
        small = image.copy()
        small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    sink = io.BytesIO()
    small.save(sink, "WEBP", quality=_PREVIEW_QUALITY, method=2)
    return sink.getvalue()
