"""Lines on end and on their head, read by a reader that knows how each was written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memeclip_core.ocr.decode import Span
from memeclip_core.ocr.lines import FoundLine
from memeclip_core.ocr.turns import Quad, read_turned, stand_up


def box(x0: float, y0: float, x1: float, y1: float) -> Quad:
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)


LEVEL, BELOW, UPRIGHT = box(0, 0, 200, 40), box(0, 60, 200, 100), box(300, 0, 340, 200)
SHORT = box(0, 120, 50, 160)


class Reader:
    """Knows each line's turn by its place, and misreads it in any other, with this confidence."""

    def __init__(
        self, *turns: tuple[Quad, int], misread: float = 0.4, written: float = 0.95
    ) -> None:
        self.turns = {tuple(quad.mean(axis=0)): turn for quad, turn in turns}
        self.misread, self.written = misread, written
        self.reads = 0

    def __call__(self, quads: Sequence[Quad]) -> list[FoundLine]:
        self.reads += len(quads)
        return [self.read(quad) for quad in quads]

    def read(self, quad: Quad) -> FoundLine:
        line = FoundLine(quad=quad, confidence=0.0, spans=())
        right = line.turn == self.turns[tuple(quad.mean(axis=0))]
        text, confidence = ("written", self.written) if right else ("misread", self.misread)
        span = Span(text=text, start=0.0, end=1.0, confidence=confidence)
        return FoundLine(quad=quad, confidence=confidence, spans=(span,))


def texts(lines: Sequence[FoundLine]) -> list[str]:
    return ["".join(span.text for span in line.spans) for line in lines]


def test_level_lines_are_read_once() -> None:
    reader = Reader((LEVEL, 0), (BELOW, 0))
    assert texts(read_turned(reader, [LEVEL, BELOW], sure=0.75)) == ["written"] * 2
    assert reader.reads == 2


def test_a_line_on_end_runs_down_or_up() -> None:
    assert FoundLine(quad=stand_up(UPRIGHT), confidence=1.0, spans=()).turn == 1
    for turn in (1, 3):
        (line,) = read_turned(Reader((UPRIGHT, turn)), [UPRIGHT], sure=0.75)
        assert (texts([line]), line.turn) == (["written"], turn)


def test_a_line_on_its_head_is_turned_round() -> None:
    lines = read_turned(Reader((LEVEL, 0), (BELOW, 2)), [LEVEL, BELOW], sure=0.75)
    assert (texts(lines), [line.turn for line in lines]) == (["written"] * 2, [0, 2])


def test_what_no_turn_makes_sure_stays_as_it_was() -> None:
    (line,) = read_turned(Reader((LEVEL, 7)), [LEVEL], sure=0.75)
    assert (texts([line]), line.confidence, line.turn) == (["misread"], 0.4, 0)


def test_a_line_alone_must_be_surer_on_its_head_than_upright() -> None:
    reader = Reader((LEVEL, 0), (BELOW, 2), written=0.82)
    lines = read_turned(reader, [LEVEL, BELOW], sure=0.75)
    assert (texts(lines), [line.turn for line in lines]) == (["written", "misread"], [0, 0])


def test_a_short_word_of_a_picture_on_end_is_turned_with_the_others() -> None:
    reader = Reader((UPRIGHT, 1), (SHORT, 1), misread=0.8)
    lines = read_turned(reader, [UPRIGHT, SHORT], sure=0.75)
    assert (texts(lines), [line.turn for line in lines]) == (["written"] * 2, [1, 1])
