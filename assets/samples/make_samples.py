"""Draw the harmless sample memes that the page offers: ``python assets/samples/make_samples.py``.

Everything here is drawn from scratch and given to the public domain (CC0 1.0). The captions are
set in Fjalla One (SIL Open Font License) where the package ``font-fjallaone`` is installed, and
in Pillow's own font otherwise.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parent
SIZE = 720
SCALE = 2  # drawn at twice the size, so that edges come out smooth

Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One meme: its file (the ending is the format), title, captions, picture, and the task set
    whose heads know its kind; "" is none."""

    file: str
    title: str
    top: str
    bottom: str
    task_set: str = ""
    draw: Callable[[Canvas], None]


class Canvas:
    """A square of ``SIZE`` units whose y axis points down."""

    def __init__(self, top: Colour, bottom: Colour) -> None:
        side = SIZE * SCALE
        column = Image.new("RGB", (1, side))
        for y in range(side):
            at = y / (side - 1)
            mixed = [round(a + (b - a) * at) for a, b in zip(top, bottom, strict=True)]
            column.putpixel((0, y), (mixed[0], mixed[1], mixed[2]))
        self.image = column.resize((side, side))
        self.pen = ImageDraw.Draw(self.image)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        """Fill an ellipse around (x, y)."""
        self.pen.ellipse(scaled(x - rx, y - ry, x + rx, y + ry), fill=fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour, r: float = 0) -> None:
        """Fill a rectangle with corners of radius r."""
        self.pen.rounded_rectangle(scaled(x0, y0, x1, y1), radius=r * SCALE, fill=fill)

    def shape(self, fill: Colour, *points: float) -> None:
        """Fill a polygon given as x, y, x, y, ..."""
        self.pen.polygon(scaled(*points), fill=fill)

    def line(self, fill: Colour, width: float, *points: float) -> None:
        """Draw a line with round joints through x, y, x, y, ..."""
        self.pen.line(scaled(*points), fill=fill, width=round(width * SCALE), joint="curve")
        for i in range(0, len(points), 2):
            self.ellipse(points[i], points[i + 1], width / 2, width / 2, fill)

    def arc(
        self, x: float, y: float, r: float, start: float, end: float, fill: Colour, width: float
    ) -> None:
        """Draw a part of a circle, in degrees clockwise from three o'clock."""
        around = scaled(x - r, y - r, x + r, y + r)
        self.pen.arc(around, start, end, fill=fill, width=round(width * SCALE))

    def caption(self, text: str, *, at_top: bool) -> None:
        """Write white capitals with a black outline, as large as the width allows."""
        lines = text.split("\n")
        size = 84 * SCALE
        while size > 20 and any(
            load_font(size).getlength(line) > SIZE * SCALE * 0.9 for line in lines
        ):
            size -= SCALE
        step = size * 1.18
        y = 18 * SCALE if at_top else SIZE * SCALE - 26 * SCALE - step * len(lines)
        for line in lines:
            self.pen.text(
                (SIZE * SCALE / 2, y),
                line,
                font=load_font(size),
                fill="white",
                stroke_width=round(size * 0.07),
                stroke_fill="black",
                anchor="ma",
            )
            y += step


def arc_outside(
    circle: tuple[float, float, float], other: tuple[float, float, float], turn: float
) -> list[float]:
    """Points of a circle (x, y, r) outside another one, starting opposite to ``turn``."""
    return flatten(p for p in points_on(circle, turn) if math.dist(p, other[:2]) >= other[2])


def arc_inside(
    circle: tuple[float, float, float], other: tuple[float, float, float], turn: float
) -> list[float]:
    """Points of a circle (x, y, r) inside another one, running backwards."""
    points = [p for p in points_on(circle, turn) if math.dist(p, other[:2]) <= other[2]]
    return flatten(reversed(points))


def points_on(circle: tuple[float, float, float], turn: float) -> list[tuple[float, float]]:
    """Points of a circle all around, beginning and ending opposite to ``turn``."""
    x, y, r = circle
    angles = [turn + math.radians(degree) for degree in range(-180, 181)]
    return [(x + r * math.cos(angle), y + r * math.sin(angle)) for angle in angles]


def flatten(points: Iterable[tuple[float, float]]) -> list[float]:
    """Return x, y, x, y, ..."""
    return [number for point in points for number in point]


def scaled(*numbers: float) -> list[float]:
    """Return lengths of the canvas in pixels."""
    return [number * SCALE for number in numbers]


def load_font(size: int) -> Font:
    """Return the caption font at a size in pixels."""
    spec = find_spec("font_fjallaone")
    if spec is None or spec.origin is None:
        return ImageFont.load_default(size)
    file = Path(spec.origin).parent / "files" / "FjallaOne-Regular.ttf"
    return ImageFont.truetype(str(file), size)


INK: Colour = (43, 38, 56)
PALE: Colour = (250, 244, 232)
RAINBOW: tuple[Colour, ...] = (
    (226, 62, 62), (242, 146, 56), (248, 214, 80), (86, 176, 96), (70, 120, 206), (140, 84, 178),
)  # fmt: skip


def draw_cat(c: Canvas) -> None:
    """A ginger cat behind a laptop."""
    fur, dark, blush = (238, 153, 73), (209, 120, 44), (247, 190, 150)
    c.ellipse(360, 545, 170, 150, fur)
    c.box(0, 560, 720, 720, (117, 84, 62))
    c.box(0, 560, 720, 574, (141, 104, 78))
    c.shape(fur, 225, 310, 240, 170, 330, 250)
    c.shape(fur, 495, 310, 480, 170, 390, 250)
    c.shape(blush, 245, 280, 253, 200, 305, 250)
    c.shape(blush, 475, 280, 467, 200, 415, 250)
    c.ellipse(360, 335, 150, 125, fur)
    for x in (-34, 0, 34):
        c.line(dark, 11, 360 + x, 222, 360 + x * 0.8, 258)
    for x in (-62, 62):
        c.ellipse(360 + x, 325, 33, 36, PALE)
        c.ellipse(360 + x, 333, 17, 25, INK)
        c.ellipse(366 + x, 322, 6, 7, PALE)
    c.shape((226, 105, 112), 344, 366, 376, 366, 360, 384)
    c.arc(342, 384, 19, 0, 170, INK, 5)
    c.arc(378, 384, 19, 10, 180, INK, 5)
    for side in (-1, 1):
        for dy in (-14, 4, 22):
            c.line(PALE, 3, 360 + side * 70, 376 + dy * 0.4, 360 + side * 178, 366 + dy)
    c.box(205, 440, 515, 610, (72, 80, 98), 16)
    c.box(217, 452, 503, 598, (93, 103, 124), 10)
    c.ellipse(360, 525, 22, 22, (160, 172, 196))
    c.box(165, 606, 555, 626, (150, 160, 180), 9)
    for x in (225, 495):
        c.ellipse(x, 600, 42, 28, fur)
        for toe in (-14, 0, 14):
            c.line(dark, 4, x + toe, 600, x + toe, 616)


def draw_coffee(c: Canvas) -> None:
    """A very large cup of coffee beside a very small one."""
    c.box(0, 520, 720, 720, (104, 67, 52))
    c.box(0, 520, 720, 534, (130, 88, 69))
    c.ellipse(300, 590, 240, 34, (78, 48, 38))
    cup, shade = (246, 238, 224), (224, 210, 190)
    c.ellipse(522, 400, 84, 92, cup)
    c.ellipse(522, 400, 48, 56, (190, 122, 92))
    c.box(105, 260, 505, 590, cup, 70)
    c.box(105, 260, 505, 400, cup)
    c.box(425, 300, 505, 520, shade, 40)
    c.box(105, 300, 470, 500, cup, 40)
    c.ellipse(305, 262, 200, 46, shade)
    c.ellipse(305, 266, 176, 36, (92, 54, 38))
    c.ellipse(262, 260, 60, 12, (142, 92, 62))
    for x in (225, 305, 385):
        for k in range(40):
            at = k / 39
            swing = 15 * math.sin(at * 7)
            c.ellipse(x + swing, 240 - 78 * at, 9 * (1 - at) + 3, 8, (240, 222, 208))
    for x in (235, 375):
        c.ellipse(x, 420, 18, 22, INK)
        c.ellipse(x + 5, 412, 6, 7, PALE)
    c.arc(305, 440, 42, 20, 160, INK, 8)
    for x in (190, 420):
        c.ellipse(x, 462, 24, 14, (242, 176, 160))
    c.ellipse(640, 540, 22, 18, cup)
    c.ellipse(640, 540, 12, 10, (104, 67, 52))
    c.box(578, 505, 640, 585, cup, 14)
    c.ellipse(609, 508, 31, 9, (92, 54, 38))
    for x in (597, 621):
        c.ellipse(x, 545, 4, 5, INK)
    c.arc(609, 566, 9, 200, 340, INK, 3)


def draw_monday(c: Canvas) -> None:
    """An alarm clock in bed, awake against its will."""
    moon, hole, turn = (590.0, 205.0, 74.0), (622.0, 186.0, 66.0), math.atan2(19, -32)
    c.shape((255, 226, 150), *arc_outside(moon, hole, turn), *arc_inside(hole, moon, turn))
    for x, y in ((90, 240), (160, 180), (250, 260), (470, 190), (660, 330), (70, 370)):
        c.ellipse(x, y, 5, 5, (255, 240, 200))
    red, deep = (226, 86, 90), (188, 62, 72)
    c.line(deep, 22, 262, 520, 236, 570)
    c.line(deep, 22, 458, 520, 484, 570)
    c.ellipse(262, 245, 60, 52, deep)
    c.ellipse(458, 245, 60, 52, deep)
    c.line(deep, 16, 360, 200, 360, 250)
    c.ellipse(360, 390, 180, 176, red)
    c.ellipse(360, 390, 146, 142, PALE)
    for hour in range(12):
        angle = math.radians(30 * hour)
        x, y = 360 + 124 * math.sin(angle), 390 - 120 * math.cos(angle)
        c.ellipse(x, y, 7, 7, INK)
    for x in (310, 410):
        c.ellipse(x, 372, 29, 29, (255, 255, 255))
        c.ellipse(x, 380, 13, 13, INK)
        c.box(x - 32, 338, x + 32, 372, PALE)
        c.line(INK, 6, x - 30, 371, x + 30, 371)
        c.arc(x, 392, 28, 30, 150, (170, 150, 160), 5)
    c.arc(360, 478, 36, 215, 325, INK, 8)
    c.box(-30, 530, 750, 740, (108, 140, 196), 60)
    c.box(-30, 530, 750, 584, (150, 178, 222), 27)


def draw_code(c: Canvas) -> None:
    """A screen full of code with one ladybird on it."""
    c.box(0, 600, 720, 720, (44, 62, 80))
    c.box(316, 520, 404, 610, (120, 134, 150))
    c.box(236, 596, 484, 620, (150, 164, 180), 12)
    c.box(90, 160, 630, 540, (60, 70, 86), 22)
    c.box(108, 178, 612, 510, (24, 30, 42), 10)
    colours = ((126, 206, 160), (240, 178, 96), (128, 170, 240), (206, 140, 220), (150, 160, 176))
    plan = ((0, 90, 60), (1, 120, 44, 80), (2, 60, 150), (2, 110, 40, 60), (1, 70, 90), (0, 40))
    y = 206.0
    for row, (indent, *parts) in enumerate(plan):
        x = 140.0 + indent * 36
        for k, width in enumerate(parts):
            c.box(x, y, x + width, y + 20, colours[(row + k) % 5], 10)
            x += width + 16
        y += 47
    c.ellipse(505, 400, 50, 56, (222, 66, 62))
    c.ellipse(505, 344, 30, 24, INK)
    c.line(INK, 6, 505, 350, 505, 455)
    for dx, dy in ((-24, -18), (24, -18), (-26, 22), (26, 22)):
        c.ellipse(505 + dx, 400 + dy, 10, 11, INK)
    for side in (-1, 1):
        c.line(INK, 5, 505 + side * 12, 330, 505 + side * 30, 304)
        c.ellipse(505 + side * 12, 340, 6, 7, PALE)
        for dy in (-30, 0, 30):
            c.line(INK, 6, 505 + side * 44, 400 + dy, 505 + side * 74, 396 + dy * 1.4)


def draw_rain(c: Canvas) -> None:
    """A cheerful umbrella in the rain."""
    for i in range(64):
        # Two irrational steps spread the drops evenly (Roberts, 2018).
        x, y = (i * 0.7548777) % 1 * 760 - 20, (i * 0.5698403) % 1 * 690
        c.line((190, 214, 236), 4, x, y, x - 10, y + 32)
    c.box(0, 600, 720, 720, (74, 104, 128))
    for x, y, r in ((130, 655, 100), (560, 670, 120), (360, 628, 60)):
        c.ellipse(x, y, r, 16, (112, 146, 172))
    c.line((102, 72, 60), 14, 360, 190, 360, 560)
    c.arc(394, 560, 40, 0, 180, (102, 72, 60), 14)
    c.pen.pieslice(scaled(130, 185, 590, 645), 180, 360, fill=(250, 196, 72))
    c.pen.pieslice(scaled(245, 185, 475, 645), 180, 360, fill=(240, 148, 66))
    c.line((200, 112, 50), 4, 360, 190, 360, 415)
    for x in (187, 302, 418, 533):
        c.pen.pieslice(scaled(x - 58, 372, x + 58, 458), 180, 360, fill=(139, 166, 196))
    c.ellipse(360, 188, 14, 16, (102, 72, 60))
    for x in (318, 402):
        c.ellipse(x, 310, 14, 19, INK)
        c.ellipse(x + 4, 303, 5, 6, PALE)
    c.arc(360, 322, 32, 20, 160, INK, 8)
    for x in (284, 436):
        c.ellipse(x, 336, 18, 11, (246, 130, 100))


def draw_plant(c: Canvas) -> None:
    """A house plant that is not well, and its owner's watering can."""
    c.box(0, 560, 720, 720, (202, 170, 138))
    c.box(0, 560, 720, 574, (222, 194, 164))
    c.box(60, 170, 250, 430, (214, 236, 246), 14)
    c.box(72, 182, 238, 418, (164, 212, 238), 8)
    c.ellipse(196, 232, 28, 28, (255, 230, 130))
    c.box(150, 182, 160, 418, (214, 236, 246))
    c.box(72, 296, 238, 306, (214, 236, 246))
    stem, leaf, dry = (110, 142, 78), (132, 168, 88), (192, 166, 92)
    c.line(stem, 13, 410, 440, 404, 350, 420, 270, 462, 236)
    c.line(stem, 10, 406, 390, 350, 330, 310, 342)
    c.line(stem, 10, 408, 350, 470, 320, 506, 344)
    c.shape(leaf, 462, 236, 520, 214, 566, 262, 560, 316, 508, 296)
    c.shape(dry, 310, 342, 268, 350, 250, 412, 280, 436, 318, 392)
    c.shape(leaf, 506, 344, 548, 362, 562, 424, 528, 446, 500, 398)
    c.shape(dry, 250, 574, 300, 560, 330, 580, 290, 592)
    pot, rim = (206, 106, 76), (222, 126, 94)
    c.shape(pot, 318, 440, 502, 440, 474, 610, 346, 610)
    c.box(302, 420, 518, 462, rim, 10)
    for x in (380, 440):
        c.line(INK, 6, x - 15, 506, x + 15, 506)
        c.ellipse(x, 513, 9, 9, INK)
    c.arc(410, 572, 26, 215, 325, INK, 7)
    c.ellipse(452, 536, 7, 10, (150, 206, 240))
    blue, deep = (92, 140, 186), (70, 112, 156)
    c.arc(640, 520, 50, 250, 100, deep, 14)
    c.line(deep, 18, 590, 560, 545, 500)
    c.box(576, 490, 660, 606, blue, 16)
    c.ellipse(545, 498, 20, 13, blue)


def draw_parade(c: Canvas) -> None:
    """A snail with a rainbow for a shell on its way to a parade."""
    c.box(0, 560, 720, 720, (120, 176, 110))
    c.box(0, 560, 720, 574, (146, 200, 132))
    skin, shade = (246, 214, 168), (226, 186, 134)
    c.box(150, 516, 600, 574, skin, 28)
    c.line(skin, 62, 566, 540, 588, 410)
    c.ellipse(590, 390, 52, 46, skin)
    for dx in (-22, 24):
        c.line(shade, 9, 590 + dx * 0.7, 356, 590 + dx * 1.6, 300)
        c.ellipse(590 + dx * 1.6, 296, 12, 12, INK)
        c.ellipse(594 + dx * 1.6, 292, 4, 4, PALE)
    c.arc(596, 398, 24, 10, 150, INK, 6)
    c.ellipse(566, 410, 11, 8, (240, 160, 140))
    for r, colour in zip((182, 154, 126, 98, 70, 42), RAINBOW, strict=True):
        c.ellipse(348, 388, r, r, colour)
    c.line((120, 84, 66), 8, 160, 540, 120, 250)
    for row, colour in enumerate(RAINBOW):
        c.box(20, 226 + row * 15, 122, 241 + row * 15, colour)


def draw_poster(c: Canvas) -> None:
    """A cat on a sofa, under the bunting of its campaign."""
    for x in range(-40, 760, 90):
        c.shape((214, 60, 66), x, 190, x + 44, 190, x + 22, 236)
        c.shape((245, 245, 245), x + 45, 190, x + 89, 190, x + 67, 236)
    c.line((70, 60, 90), 5, 0, 190, 720, 190)
    sofa, dark = (72, 104, 160), (54, 82, 132)
    c.box(90, 330, 630, 590, dark, 40)
    c.box(130, 440, 590, 600, sofa, 26)
    for x in (70, 560):
        c.box(x, 400, x + 92, 610, sofa, 36)
    fur, dim = (96, 92, 104), (70, 66, 80)
    c.ellipse(360, 500, 108, 92, fur)
    c.shape(fur, 276, 360, 284, 262, 346, 318)
    c.shape(fur, 444, 360, 436, 262, 374, 318)
    c.ellipse(360, 380, 102, 84, fur)
    for x in (-40, 40):
        c.ellipse(360 + x, 372, 22, 20, (236, 208, 92))
        c.ellipse(360 + x, 372, 7, 17, INK)
    c.shape((222, 130, 140), 348, 402, 372, 402, 360, 416)
    c.arc(347, 414, 13, 0, 170, INK, 4)
    c.arc(373, 414, 13, 10, 180, INK, 4)
    for side in (-1, 1):
        for dy in (-8, 6):
            c.line(PALE, 3, 360 + side * 50, 406 + dy * 0.4, 360 + side * 128, 400 + dy)
        c.ellipse(360 + side * 56, 572, 30, 20, dim)
    c.ellipse(430, 500, 34, 34, (245, 245, 245))
    c.ellipse(430, 500, 26, 26, (214, 60, 66))
    c.shape((245, 245, 245), 418, 492, 430, 506, 442, 492, 442, 514, 418, 514)


def draw_owl(c: Canvas) -> None:
    """An owl in bed, wide awake under the moon."""
    c.ellipse(590, 250, 62, 62, (255, 236, 170))
    for x, y in ((80, 230), (170, 300), (480, 220), (650, 380), (60, 420)):
        c.ellipse(x, y, 4, 4, (255, 246, 214))
    c.box(60, 330, 660, 620, (122, 84, 66), 26)
    c.box(150, 350, 570, 500, (240, 238, 246), 40)
    body, dim = (150, 116, 92), (120, 90, 72)
    c.ellipse(360, 440, 140, 150, body)
    c.shape(body, 240, 350, 252, 250, 330, 316)
    c.shape(body, 480, 350, 468, 250, 390, 316)
    for x in (-58, 58):
        c.ellipse(360 + x, 386, 62, 62, PALE)
        c.ellipse(360 + x, 386, 44, 44, (240, 178, 72))
        c.ellipse(360 + x, 388, 26, 28, INK)
        c.ellipse(368 + x, 376, 8, 9, PALE)
        c.arc(360 + x, 398, 60, 40, 140, dim, 6)
    c.shape((236, 160, 70), 346, 424, 374, 424, 360, 456)
    c.box(30, 500, 690, 740, (92, 110, 172), 50)
    c.box(30, 500, 690, 552, (136, 154, 212), 26)


def draw_letter(c: Canvas) -> None:
    """A worried envelope that keeps an eye on the clock."""
    c.box(0, 580, 720, 720, (150, 122, 110))
    c.box(0, 580, 720, 594, (176, 148, 134))
    c.ellipse(600, 270, 72, 72, PALE)
    c.ellipse(600, 270, 60, 60, (250, 250, 252))
    c.line(INK, 7, 600, 270, 600, 226)
    c.line(INK, 7, 600, 270, 632, 290)
    paper, fold, edge = (252, 246, 232), (236, 224, 200), (206, 190, 160)
    c.box(140, 310, 560, 590, paper, 18)
    c.shape(fold, 146, 318, 554, 318, 350, 440)
    c.line(edge, 5, 146, 318, 350, 440, 554, 318)
    for x in (-74, 74):
        c.ellipse(350 + x, 474, 32, 34, (255, 255, 255))
        c.ellipse(360 + x, 470, 14, 16, INK)
        c.line(INK, 7, 350 + x - 28 * (x > 0) - 4, 428 - 10 * (x > 0), 350 + x + 30, 418)
    c.arc(350, 566, 34, 215, 325, INK, 8)
    for x, y in ((176, 372), (526, 380), (548, 432)):
        c.ellipse(x, y, 9, 13, (130, 190, 232))
    c.ellipse(520, 556, 24, 24, (216, 70, 72))


SAMPLES = (
    Sample(
        file="parade.png",
        title="A snail with a rainbow",
        top="EVERY COLOUR WELCOME",
        bottom="AT THE PRIDE PARADE",
        task_set="pridemm",
        draw=draw_parade,
    ),
    Sample(
        file="poster.jpg",
        title="A cat that wants your vote",
        top="DOGS WANT TO STEAL YOUR SOFA",
        bottom="VOTE CAT",
        task_set="propaganda",
        draw=draw_poster,
    ),
    Sample(
        file="owl.webp",
        title="An owl that cannot sleep",
        top="WHEN YOU ARE TIRED ALL DAY",
        bottom="AND WIDE AWAKE AT NIGHT",
        task_set="restore",
        draw=draw_owl,
    ),
    Sample(
        file="letter.webp",
        title="A letter that worries",
        top="ME WORRYING ABOUT AN EMAIL",
        bottom="I SENT THREE WEEKS AGO",
        task_set="axiom",
        draw=draw_letter,
    ),
    Sample(
        file="cat-meeting.jpg",
        title="A cat in a meeting",
        top="ONE QUICK CALL",
        bottom="THREE HOURS LATER",
        draw=draw_cat,
    ),
    Sample(
        file="coffee.webp",
        title="A small coffee",
        top="I ONLY DRINK",
        bottom="ONE CUP A DAY",
        draw=draw_coffee,
    ),
    Sample(
        file="monday.png",
        title="An alarm clock on Monday",
        top="IT IS MONDAY",
        bottom="FIVE MORE MINUTES",
        draw=draw_monday,
    ),
    Sample(
        file="code.png",
        title="Code with a bug",
        top="IT WORKS",
        bottom="NOBODY TOUCH ANYTHING",
        draw=draw_code,
    ),
    Sample(
        file="rain.webp",
        title="An umbrella in the rain",
        top="SUMMER HOLIDAY",
        bottom="DAY ONE",
        draw=draw_rain,
    ),
    Sample(
        file="plant.jpg",
        title="A thirsty plant",
        top="I WATERED YOU",
        bottom="IN MARCH",
        draw=draw_plant,
    ),
)
SKIES: dict[str, tuple[Colour, Colour]] = {
    "parade.png": ((150, 200, 236), (220, 238, 246)),
    "poster.jpg": ((236, 224, 196), (222, 200, 164)),
    "owl.webp": ((34, 36, 78), (74, 78, 132)),
    "letter.webp": ((150, 178, 190), (196, 212, 214)),
    "cat-meeting.jpg": ((94, 176, 190), (190, 226, 214)),
    "coffee.webp": ((214, 146, 108), (178, 108, 82)),
    "monday.png": ((52, 48, 104), (130, 112, 178)),
    "code.png": ((44, 150, 146), (28, 92, 112)),
    "rain.webp": ((106, 138, 176), (160, 184, 208)),
    "plant.jpg": ((244, 206, 176), (238, 184, 160)),
}


def render(sample: Sample) -> Image.Image:
    """Return the finished picture, RGB, ``SIZE`` pixels a side."""
    canvas = Canvas(*SKIES[sample.file])
    sample.draw(canvas)
    canvas.caption(sample.top, at_top=True)
    canvas.caption(sample.bottom, at_top=False)
    return canvas.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def main() -> None:
    """Write the pictures and ``samples.json`` beside this file."""
    for sample in SAMPLES:
        image = render(sample)
        if sample.file.endswith(".png"):
            image = image.quantize(128, dither=Image.Dither.NONE)
            image.save(FOLDER / sample.file, optimize=True)
        else:
            image.save(FOLDER / sample.file, quality=88)
    index = [
        {"file": s.file, "title": s.title, "text": f"{s.top}\n{s.bottom}"}
        | ({"task_set": s.task_set} if s.task_set else {})
        for s in SAMPLES
    ]
    text = json.dumps(index, indent=2, ensure_ascii=False) + "\n"
    (FOLDER / "samples.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
