"""Memes drawn in the styles that people post, with what is written on them in reading order.

``python -m tests.factories.drawings FOLDER`` writes them with ``drawn.jsonl``, which ``python -m
benchmarks.ocr FOLDER/drawn.jsonl --each`` measures. Latin letters are of Pillow's own font; scripts
that it lacks need DejaVu Sans, and drawings without their font are left out.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

BLUE, INK, PAPER, NIGHT = (70, 110, 160), (20, 20, 24), (250, 250, 248), (22, 24, 30)
VERSE = (  # noqa: SIM905
    "every morning the kettle waits beside the window while a grey cat counts the buses and "
    "nobody asks why the garden gnome has moved two steps closer to the kitchen door again"
).split()

Picture = Image.Image
Pen = ImageDraw.ImageDraw


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A meme as a file, and its text."""

    style: str
    data: bytes
    text: str
    ending: str = "png"


def draw_caption(top: str, bottom: str, size: tuple[int, int] = (480, 360)) -> Picture:
    """White letters with a black outline on a blue ground."""
    image = Image.new("RGB", size, BLUE)
    pen = ImageDraw.Draw(image)
    write(pen, top, (size[0] / 2, 12), 48, "white", anchor="ma", stroke=3)
    write(pen, bottom, (size[0] / 2, size[1] - 12), 48, "white", anchor="md", stroke=3)
    return image


def write(
    pen: Pen,
    text: str,
    at: tuple[float, float],
    size: float,
    fill: object = INK,
    *,
    anchor: str = "la",
    stroke: int = 0,
    font: str = "",
) -> None:
    """Write one line; a stroke is black."""
    face = ImageFont.truetype(font, size) if font else ImageFont.load_default(size)
    pen.text(at, text, font=face, fill=fill, anchor=anchor, stroke_width=stroke, stroke_fill=0)


def photo(size: tuple[int, int], seed: int = 0) -> Picture:
    """A soft many-coloured ground, as behind most captions."""
    spots = np.random.default_rng(seed).integers(40, 200, (7, 9, 3), dtype=np.uint8)
    return Image.fromarray(spots).resize(size, Image.Resampling.BICUBIC)


def rows_of(words: list[str], each: int) -> list[str]:
    return [" ".join(words[i : i + each]) for i in range(0, len(words), each)]


def numbered_rows(n: int) -> list[str]:
    """Rows that differ, so that a row that is read twice or not at all shows."""
    return [f"{VERSE[i % 29]} {VERSE[(i * 7 + 3) % 29]} number {i + 1}" for i in range(n)]


def page(
    size: tuple[int, int], rows: list[str], letters: float, *, ink: object = INK, ground: object = 0
) -> Picture:
    """Rows of text from the top left down, spread over the height."""
    image = Image.new("RGB", size, ground or PAPER)
    pen = ImageDraw.Draw(image)
    step = (size[1] - letters) / len(rows)
    for i, row in enumerate(rows):
        write(pen, row, (letters, letters / 2 + i * step), letters, ink)
    return image


def png(image: Picture) -> bytes:
    sink = BytesIO()
    image.save(sink, "PNG")
    return sink.getvalue()


def _wrapped_capitals() -> tuple[Picture, str]:
    image, rows = photo((800, 600), 1), rows_of([w.upper() for w in VERSE[:12]], 4)
    for i, row in enumerate(rows):
        write(ImageDraw.Draw(image), row, (400, 14 + 62 * i), 56, "white", anchor="ma", stroke=4)
    return image, "\n".join(rows)


def _caption_above(ink: object, ground: object) -> tuple[Picture, str]:
    image = Image.new("RGB", (700, 700), ground)
    image.paste(photo((700, 540), 2), (0, 160))
    rows = rows_of(VERSE[:10], 5)
    for i, row in enumerate(rows):
        write(ImageDraw.Draw(image), row, (24, 20 + 60 * i), 40, ink)
    return image, "\n".join(rows)


def _post(ink: object, faint: object, ground: object) -> tuple[Picture, str]:
    image = Image.new("RGB", (1080, 720), ground)
    pen = ImageDraw.Draw(image)
    pen.ellipse((40, 40, 130, 130), fill=BLUE)
    rows = rows_of(VERSE[:20], 5)
    write(pen, "Garden Watch", (150, 44), 36, ink)
    write(pen, "@gardenwatch", (150, 88), 30, faint)
    for i, row in enumerate(rows):
        write(pen, row, (40, 180 + 66 * i), 44, ink)
    write(pen, "17 replies", (40, 620), 28, faint)
    write(pen, "208 likes", (340, 620), 28, faint)
    return image, "\n".join(("Garden Watch", "@gardenwatch", *rows, "17 replies 208 likes"))


def _chat(ink: object, ground: object, bubbles: tuple[object, object]) -> tuple[Picture, str]:
    image = Image.new("RGB", (720, 1280), ground)
    pen, rows = ImageDraw.Draw(image), rows_of(VERSE[:28], 4)
    for i, row in enumerate(rows):
        left, y = (40, 230)[i % 2], 60 + 165 * i
        pen.rounded_rectangle((left, y, left + 450, y + 110), 30, fill=bubbles[i % 2])
        write(pen, row, (left + 24, y + 36), 30, ink)
    return image, "\n".join(rows)


def _comic(columns: int, rows: int) -> tuple[Picture, str]:
    image = Image.new("RGB", (400 * columns, 400 * rows), "white")
    pen, said = ImageDraw.Draw(image), []
    for i in range(columns * rows):
        x, y = 400 * (i % columns), 400 * (i // columns)
        image.paste(photo((388, 388), i), (x + 6, y + 6))
        pen.ellipse((x + 30, y + 20, x + 370, y + 180), fill="white", outline=INK, width=3)
        lines = rows_of(VERSE[6 * i : 6 * i + 6], 3)
        for j, line in enumerate(lines):
            write(pen, line, (x + 200, y + 66 + 40 * j), 28, anchor="ma")
        said += lines
    return image, "\n".join(said)


def _labels() -> tuple[Picture, str]:
    image, names = photo((900, 600), 3), ("MY GARDEN", "TWO SNAILS", "A NEW GNOME")
    for name, at in zip(names, ((190, 90), (660, 250), (420, 470)), strict=True):
        write(ImageDraw.Draw(image), name, at, 40, "white", anchor="mm", stroke=3)
    return image, "\n".join(names)


def _slanted(degrees: float, lines: int) -> tuple[Picture, str]:
    image, rows = photo((900, 700), 4), rows_of(VERSE[: 4 * lines], 4)
    layer = Image.new("RGBA", image.size)
    for i, row in enumerate(rows):
        y = 350 + 60 * (i - (lines - 1) / 2)
        write(ImageDraw.Draw(layer), row, (450, y), 42, "white", anchor="mm", stroke=3)
    image.paste(turned := layer.rotate(degrees, Image.Resampling.BICUBIC), mask=turned)
    return image, "\n".join(rows)


def _turned(make: Callable[[], tuple[Picture, str]], degrees: int) -> tuple[Picture, str]:
    image, text = make()
    return image.rotate(degrees, expand=True), text


def _side_note() -> tuple[Picture, str]:
    image = draw_caption("ROW THE BOAT", "TO THE SHED", (800, 600))
    note = Image.new("RGB", (420, 44), PAPER)
    write(ImageDraw.Draw(note), "drawn by the snail", (210, 22), 32, anchor="mm")
    image.paste(note.rotate(90, expand=True), (6, 90))
    return image, "ROW THE BOAT\ndrawn by the snail\nTO THE SHED"


def _curved() -> tuple[Picture, str]:
    image, text = photo((800, 600), 5), "THE KETTLE WAITS BESIDE THE WINDOW"
    for i, letter in enumerate(text):
        angle = math.radians(-150 + 120 * i / (len(text) - 1))
        tile = Image.new("RGBA", (80, 80))
        write(ImageDraw.Draw(tile), letter, (40, 40), 40, "white", anchor="mm", stroke=3)
        tile = tile.rotate(-90 - math.degrees(angle), Image.Resampling.BICUBIC)
        at = (400 + 330 * math.cos(angle) - 40, 420 + 330 * math.sin(angle) - 40)
        image.paste(tile, (round(at[0]), round(at[1])), tile)
    return image, text


def _columns(n: int) -> tuple[Picture, str]:
    image, all_rows = Image.new("RGB", (420 * n, 560), PAPER), []
    for c in range(n):
        rows = rows_of((VERSE + VERSE)[c * 14 : c * 14 + 14], 2)
        for i, row in enumerate(rows):
            write(ImageDraw.Draw(image), row, (30 + 420 * c, 30 + 44 * i), 32)
        all_rows += rows
    return image, "\n".join(all_rows)


def _large_beside_small() -> tuple[Picture, str]:
    image, rows = Image.new("RGB", (1000, 800), PAPER), rows_of(VERSE[:24], 8)
    pen = ImageDraw.Draw(image)
    write(pen, "MONDAY", (500, 60), 180, anchor="ma")
    for i, row in enumerate(rows):
        write(pen, row, (120, 480 + 50 * i), 26)
    return image, "\n".join(("MONDAY", *rows))


def _small_in_large() -> tuple[Picture, str]:
    image, rows = photo((3200, 2400), 6), rows_of(VERSE[:15], 5)
    pen = ImageDraw.Draw(image)
    pen.rectangle((1200, 1900, 1900, 2090), fill=PAPER)
    for i, row in enumerate(rows):
        write(pen, row, (1220, 1915 + 54 * i), 34)
    return image, "\n".join(rows)


def _transparent(ink: object) -> tuple[Picture, str]:
    image = Image.new("RGBA", (700, 300))
    for i, row in enumerate(rows := rows_of(VERSE[:8], 4)):
        write(ImageDraw.Draw(image), row, (30, 50 + 90 * i), 48, ink)
    return image, "\n".join(rows)


def _stickers() -> tuple[Picture, str]:
    image, rows = photo((800, 800), 7), rows_of(VERSE[:9], 3)
    for i, row in enumerate(rows):
        box = Image.new("RGB", (460, 70), ((220, 40, 60), (250, 210, 40), (30, 140, 90))[i])
        write(ImageDraw.Draw(box), row, (230, 35), 36, ("white", INK, "white")[i], anchor="mm")
        image.paste(box, (60 + 130 * i, 120 + 220 * i))
    return image, "\n".join(rows)


def _faint() -> tuple[Picture, str]:
    rows = rows_of(VERSE[:12], 4)
    return page((800, 500), rows, 40, ink=(150, 150, 150), ground=(190, 190, 190)), "\n".join(rows)


def _tiny() -> tuple[Picture, str]:
    rows = rows_of(VERSE[:6], 3)
    return page((220, 90), rows, 16), "\n".join(rows)


def _jpeg() -> tuple[bytes, str]:
    image, text = _wrapped_capitals()
    image.save(sink := BytesIO(), "JPEG", quality=12)
    return sink.getvalue(), text


def _frames() -> tuple[bytes, str]:
    rows = rows_of([w.upper() for w in VERSE[:9]], 3)
    frames = [draw_caption(row, "", (600, 300)) for row in rows]
    frames[0].save(
        sink := BytesIO(), "GIF", save_all=True, append_images=frames[1:], duration=900, loop=0
    )
    return sink.getvalue(), "\n".join(rows)


def _script(text: str) -> tuple[Picture, str]:
    image = Image.new("RGB", (900, 300), PAPER)
    for i, row in enumerate(text.split("\n")):
        write(ImageDraw.Draw(image), row, (40, 40 + 90 * i), 48, font="DejaVuSans.ttf")
    return image, text


def _rows(size: tuple[int, int], n: int, letters: float) -> tuple[Picture, str]:
    rows = numbered_rows(n)
    return page(size, rows, letters), "\n".join(rows)


STYLES: dict[str, Callable[[], tuple[Picture | bytes, str]]] = {
    "outlined capitals": lambda: (
        draw_caption("ROW THE BOAT", "TO THE SHED"),
        "ROW THE BOAT\nTO THE SHED",
    ),
    "outlined capitals, three lines": _wrapped_capitals,
    "the same, strongly compressed": _jpeg,
    "caption above, dark on light": lambda: _caption_above(INK, PAPER),
    "caption above, light on dark": lambda: _caption_above(PAPER, NIGHT),
    "post, light": lambda: _post(INK, (110, 120, 130), PAPER),
    "post, dark": lambda: _post(PAPER, (130, 140, 150), NIGHT),
    "chat, light": lambda: _chat(INK, PAPER, ((225, 228, 232), (180, 220, 255))),
    "chat, dark": lambda: _chat(PAPER, NIGHT, ((55, 58, 66), (0, 90, 160))),
    "comic, four panels": lambda: _comic(2, 2),
    "comic, three panels in a strip": lambda: _comic(3, 1),
    "labels on things": _labels,
    "labels on coloured boxes": _stickers,
    "slanted by 12 degrees": lambda: _slanted(12, 3),
    "slanted by -25 degrees": lambda: _slanted(-25, 3),
    "slanted by 40 degrees": lambda: _slanted(40, 2),
    "post turned by 90 degrees": lambda: _turned(STYLES["post, light"], 90),  # type: ignore[arg-type]
    "post turned by 180 degrees": lambda: _turned(STYLES["post, light"], 180),  # type: ignore[arg-type]
    "post turned by 270 degrees": lambda: _turned(STYLES["post, light"], 270),  # type: ignore[arg-type]
    "capitals turned by 90 degrees": lambda: _turned(_wrapped_capitals, 90),
    "capitals turned by 270 degrees": lambda: _turned(_wrapped_capitals, 270),
    "one line turned at the side": _side_note,
    "curved": _curved,
    "two columns": lambda: _columns(2),
    "three columns": lambda: _columns(3),
    "large beside small": _large_beside_small,
    "small in a large picture": _small_in_large,
    "desktop screenshot": lambda: _rows((1920, 1080), 24, 20),
    "tall screenshot, 1080 x 3900": lambda: _rows((1080, 3900), 40, 40),
    "tall screenshot, 1080 x 5820": lambda: _rows((1080, 5820), 60, 40),
    "wide strip, 4200 x 240": lambda: _rows((4200, 240), 3, 40),
    "white letters on no ground": lambda: _transparent("white"),
    "black letters on no ground": lambda: _transparent(INK),
    "faint letters": _faint,
    "tiny picture": _tiny,
    "animation, a text a frame": _frames,
    "accents": lambda: _script("Früh übt sich der Gärtner\nça va très bien à Noël\nmañana más"),
    "Greek": lambda: _script("όταν έρχεται η Δευτέρα\nη γάτα μετρά λεωφορεία"),
    "Cyrillic": lambda: _script("когда приходит понедельник\nкошка считает автобусы"),  # noqa: RUF001
    "Arabic": lambda: _script("عندما يأتي يوم الاثنين"),
}


def draw_memes() -> Iterator[Drawing]:
    """Draw every style whose font is there."""
    for style, make in STYLES.items():
        try:
            drawn, text = make()
        except OSError:  # Pillow's way to say that there is no such font
            continue
        if isinstance(drawn, bytes):
            ending = "gif" if drawn.startswith(b"GIF") else "jpg"
            yield Drawing(style=style, data=drawn, text=text, ending=ending)
        else:
            yield Drawing(style=style, data=png(drawn), text=text)


def write_memes(folder: Path) -> None:
    """Write the drawings to ``folder/images`` and their texts to ``folder/drawn.jsonl``."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    with (folder / "drawn.jsonl").open("w", encoding="utf-8") as rows:
        for drawing in draw_memes():
            name = f"{drawing.style}.{drawing.ending}"
            (folder / "images" / name).write_bytes(drawing.data)
            row = {"id": drawing.style, "labels": [], "text": drawing.text, "image": name}
            rows.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    write_memes(Path(sys.argv[1]))
