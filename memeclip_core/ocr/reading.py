"""Lines found on an image, put into the order in which a person reads them: pure geometry."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from itertools import islice
from typing import Final, TypeVar

from memeclip_core.ocr.base import OcrResult
from memeclip_core.records.meme import TextSource, Word

Point = tuple[float, float]
Box = tuple[float, float, float, float]
T = TypeVar("T")

# Chosen on 100 memes with known text, whose order-aware word F1 rose from 0.910 (top to bottom)
# to 0.928 where 0.934 was possible. Lengths are in heights of the smaller line.
_PARAGRAPH_GAP: Final = 1.0
_SIMILAR_HEIGHT: Final = 1.5
_SAME_ROW: Final = 0.5
_ROW_INTRUSION: Final = 0.3
_WORD_GAP: Final = 1.0
_SAME_ANGLE: Final = math.radians(15)
_LEVEL: Final = math.radians(5)
_STUBBY: Final = 2.0
_SAME_LINE: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words that stand on one line, as read; never empty.

    Attributes:
        words: in reading order.
        corners: of the line, clockwise from where it begins, if it may stand askew; empty for a
            level line, whose words' boxes say all.
    """

    words: tuple[Word, ...]
    corners: tuple[Point, ...] = ()

    @property
    def text(self) -> str:
        """The words with blanks between them."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """The smallest upright rectangle around the words."""
        return _around([word.box for word in self.words])

    @property
    def run(self) -> Point:
        """From where the line begins to where it ends."""
        if not self.corners:
            return _width(self.box), 0.0
        (x0, y0), (x1, y1) = self.corners[:2]
        return x1 - x0, y1 - y0

    def box_in(self, angle: float) -> Box:
        """The smallest rectangle around the line in a frame turned by ``angle``, in radians."""
        if angle == 0:
            return self.box
        left, top, right, bottom = self.box
        corners = self.corners or ((left, top), (right, top), (right, bottom), (left, bottom))
        cos, sin = math.cos(angle), math.sin(angle)
        along = [x * cos + y * sin for x, y in corners]
        down = [y * cos - x * sin for x, y in corners]
        return min(along), min(down), max(along), max(down)


def build_result(lines: Sequence[Line], *, engine: TextSource, unread: int = 0) -> OcrResult:
    """Put the lines in reading order; a row of the image becomes a line of the text."""
    rows = order_rows(lines)
    return OcrResult(
        text="\n".join(" ".join(line.text for line in row) for row in rows),
        words=tuple(word for row in rows for line in row for word in line.words),
        engine=engine,
        unread=unread,
    )


def join_results(results: Sequence[OcrResult]) -> OcrResult:
    """Put the readings of an animation's frames one after the other.

    A line that nearly equals one of an earlier frame is the same line, and written once.
    """
    first = results[0]
    rows, words = first.text.splitlines(), [*first.words]
    for result in results[1:]:
        left, before = iter(result.words), [*rows]
        for row in result.text.splitlines():
            own = list(islice(left, len(row.split())))
            if all(SequenceMatcher(None, row, other).ratio() < _SAME_LINE for other in before):
                rows.append(row)
                words += own
    unread = max(result.unread for result in results)
    return OcrResult(text="\n".join(rows), words=tuple(words), engine=first.engine, unread=unread)


def order_rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines row by row, as read.

    Lines of similar height that stand close together form a block, so that a bubble, a panel
    or a column is read to its end before the next; blocks, and the lines in each, are read
    from the top down and, side by side, from the left. Lines that stand askew do so in a frame
    of their own, and all blocks in the frame of most of the text.
    """
    frames = _split_by_angle(lines)
    upright = max(frames, key=lambda frame: _length(frame[1]), default=(0.0, []))[0]
    blocks = [
        (block, angle)
        for angle, askew in frames
        for block in _connect(askew, partial(_belong_together, angle=angle))
    ]
    in_order = _rows(blocks, lambda block: _around([x.box_in(upright) for x in block[0]]))
    return [
        row
        for band in in_order
        for block, angle in band
        for row in _rows(block, partial(Line.box_in, angle=angle))
    ]


def group_words(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Join loose words that stand side by side, closer than their height, to lines."""
    lines = _connect(words, lambda a, b: _neighbours(a.box, b.box, _WORD_GAP))
    return [tuple(sorted(line, key=lambda word: word.box[0])) for line in lines]


def _split_by_angle(lines: Sequence[Line]) -> list[tuple[float, list[Line]]]:
    """Part the lines by how they stand, and return each part with its angle in radians.

    Angles next to a quarter turn are taken for it: corners are exact to some pixels. How a short
    line stands cannot be told from its corners; it goes with the longest.
    """
    parts: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: -_length([line])):
        stubby = _length([line]) < _STUBBY * _height(line.box_in(_mean_angle([line])))
        near = (part for part in parts if stubby or _apart(part[0], line) < _SAME_ANGLE)
        home = next(near, None)
        if home is None:
            parts.append([line])
        else:
            home.append(line)
    return [(_snap(_mean_angle(part)), part) for part in parts]


def _apart(a: Line, b: Line) -> float:
    turned = _mean_angle([a]) - _mean_angle([b])
    return abs(math.remainder(turned, 2 * math.pi))


def _mean_angle(lines: Sequence[Line]) -> float:
    """The angle in which lines run, each weighed by its length; 0 without any."""
    return math.atan2(sum(line.run[1] for line in lines), sum(line.run[0] for line in lines))


def _snap(angle: float) -> float:
    quarter = round(angle / (math.pi / 2)) * (math.pi / 2)
    return quarter if abs(angle - quarter) < _LEVEL else angle


def _length(lines: Sequence[Line]) -> float:
    return sum(math.hypot(*line.run) for line in lines)


def _belong_together(a: Line, b: Line, *, angle: float) -> bool:
    one, other = a.box_in(angle), b.box_in(angle)
    heights = sorted((_height(one), _height(other)))
    if heights[1] > _SIMILAR_HEIGHT * heights[0]:
        return False
    gap = _PARAGRAPH_GAP * heights[0]
    stacked = _shared(one, other, axis=0) > 0 and -_shared(one, other, axis=1) < gap
    return stacked or _neighbours(one, other, _PARAGRAPH_GAP)


def _neighbours(a: Box, b: Box, gap: float) -> bool:
    """Whether two boxes share a row and stand less than ``gap`` heights apart."""
    height = min(_height(a), _height(b))
    return _shared(a, b, axis=1) > _SAME_ROW * height and -_shared(a, b, axis=0) < gap * height


def _rows(items: Sequence[T], box_of: Callable[[T], Box]) -> list[list[T]]:
    """Sort items into rows from the top down, each from the left."""
    rows: list[list[T]] = []
    for item in sorted(items, key=lambda item: box_of(item)[1] + box_of(item)[3]):
        home = next(
            (row for row in reversed(rows) if _fits(box_of(item), [box_of(o) for o in row])), None
        )
        if home is None:
            rows.append([item])
        else:
            home.append(item)
    return [sorted(row, key=lambda item: box_of(item)[0]) for row in rows]


def _fits(box: Box, row: Sequence[Box]) -> bool:
    return all(
        _shared(box, other, axis=1) >= _SAME_ROW * min(_height(box), _height(other))
        and _shared(box, other, axis=0) < _ROW_INTRUSION * min(_width(box), _width(other))
        for other in row
    )


def _connect(items: Sequence[T], linked: Callable[[T, T], bool]) -> list[list[T]]:
    """Split items into groups in which each is linked to another, in their first order."""
    groups: list[list[T]] = []
    for item in items:
        touched = [group for group in groups if any(linked(item, other) for other in group)]
        merged = [other for group in touched for other in group] + [item]
        groups = [group for group in groups if group not in touched] + [merged]
    return groups


def _shared(a: Box, b: Box, *, axis: int) -> float:
    """Length that two boxes share along x (0) or y (1); negative is the gap between them."""
    return min(a[axis + 2], b[axis + 2]) - max(a[axis], b[axis])


def _width(box: Box) -> float:
    return max(box[2] - box[0], 1e-6)


def _height(box: Box) -> float:
    return max(box[3] - box[1], 1e-6)


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
