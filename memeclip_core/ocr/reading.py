"""Lines found on an image, put into the order in which a person reads them: pure geometry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from memeclip_core.ocr.base import OcrResult
from memeclip_core.records import TextSource, Word

Box = tuple[float, float, float, float]
T = TypeVar("T")

# Chosen on 100 memes with known text, whose order-aware word F1 rose from 0.910 (top to bottom)
# to 0.928 where 0.934 was possible. Lengths are in heights of the smaller line.
_PARAGRAPH_GAP: Final = 1.0
_SIMILAR_HEIGHT: Final = 1.5
_SAME_ROW: Final = 0.5
_ROW_INTRUSION: Final = 0.3
_WORD_GAP: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words that stand on one line, left to right; never empty."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words with blanks between them."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """The smallest upright rectangle around the words."""
        return _around([word.box for word in self.words])


def build_result(lines: Sequence[Line], *, engine: TextSource, unread: int = 0) -> OcrResult:
    """Put the lines in reading order; a row of the image becomes a line of the text."""
    rows = order_rows(lines)
    return OcrResult(
        text="\n".join(" ".join(line.text for line in row) for row in rows),
        words=tuple(word for row in rows for line in row for word in line.words),
        engine=engine,
        unread=unread,
    )


def order_rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines row by row, as read.

    Lines of similar height that stand close together form a block, so that a bubble, a panel
    or a column is read to its end before the next; blocks, and the lines in each, are read
    from the top down and, side by side, from the left.
    """
    blocks = _connect(lines, _belong_together)
    in_order = _rows(blocks, lambda block: _around([line.box for line in block]))
    return [row for band in in_order for block in band for row in _rows(block, _line_box)]


def group_words(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Join loose words that stand side by side, closer than their height, to lines."""
    lines = _connect(words, lambda a, b: _neighbours(a.box, b.box, _WORD_GAP))
    return [tuple(sorted(line, key=lambda word: word.box[0])) for line in lines]


def _belong_together(a: Line, b: Line) -> bool:
    heights = sorted((_height(a.box), _height(b.box)))
    if heights[1] > _SIMILAR_HEIGHT * heights[0]:
        return False
    gap = _PARAGRAPH_GAP * heights[0]
    stacked = _shared(a.box, b.box, axis=0) > 0 and -_shared(a.box, b.box, axis=1) < gap
    return stacked or _neighbours(a.box, b.box, _PARAGRAPH_GAP)


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


def _line_box(line: Line) -> Box:
    return line.box


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )
