"""Captions drawn for readers to read."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont


def draw_caption(top: str, bottom: str, size: tuple[int, int] = (480, 360)) -> Image.Image:
    """White letters with a black outline on a blue ground."""
    image = Image.new("RGB", size, (70, 110, 160))
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(48)
    for text, anchor, y in ((top, "ma", 12), (bottom, "md", size[1] - 12)):
        pen.text(
            (size[0] / 2, y),
            text,
            font=font,
            fill="white",
            stroke_width=3,
            stroke_fill="black",
            anchor=anchor,
        )
    return image
