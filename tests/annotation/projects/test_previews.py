"""Pictures for the page."""

from __future__ import annotations

import io

from PIL import Image

from memeclip_core.annotation.projects.previews import PREVIEW_SIDE, render_preview


def test_large_pictures_get_smaller_previews():
    image = Image.new("RGB", (3000, 1500), "red")
    preview = Image.open(io.BytesIO(render_preview(image)))
    assert (preview.format, preview.size) == ("WEBP", (PREVIEW_SIDE, PREVIEW_SIDE // 2))
    assert image.size == (3000, 1500)


def test_small_pictures_keep_their_size_and_lose_their_metadata():
    image = Image.new("RGB", (40, 30), "red")
    exif = Image.Exif()
    exif[0x010E] = "where this was taken"
    image.info["exif"] = exif.tobytes()
    preview = Image.open(io.BytesIO(render_preview(image)))
    assert preview.size == (40, 30) and "exif" not in preview.info
