"""Lines turned any way, worked out by hand."""

from __future__ import annotations

import numpy as np

from memeclip_core.ocr.decode import Span
from memeclip_core.ocr.lines import FoundLine, cut_quad, drop_marks, drop_small_print, to_line

FLAT = np.array([[10, 20], [110, 20], [110, 40], [10, 40]], np.float64)


def found(height: float, text: str) -> FoundLine:
    quad = np.array([[0, 0], [200, 0], [200, height], [0, height]], np.float64)
    span = Span(text=text, start=0.0, end=1.0, confidence=0.9)
    return FoundLine(quad=quad, confidence=0.9, spans=(span,))


def test_a_part_of_a_level_line() -> None:
    assert cut_quad(FLAT, 0.25, 0.5) == (35, 20, 60, 40)


def test_a_part_of_a_line_that_climbs() -> None:
    climbing = np.array([[0, 20], [100, 0], [100, 10], [0, 30]], np.float64)
    assert cut_quad(climbing, 0.0, 0.5) == (0, 10, 50, 30)


def test_a_line_on_end_is_cut_from_where_it_begins() -> None:
    down = np.array([[30, 0], [30, 100], [10, 100], [10, 0]], np.float64)
    assert cut_quad(down, 0.25, 0.5) == (10, 25, 30, 50)
    assert cut_quad(np.roll(down, 2, axis=0), 0.25, 0.5) == (10, 50, 30, 75)


def test_a_line_says_which_way_it_runs() -> None:
    turns = [
        FoundLine(quad=np.roll(FLAT, -turn, axis=0), confidence=1.0, spans=()).turn
        for turn in range(4)
    ]
    assert turns == [0, 1, 2, 3]


def test_a_sure_reading_of_one_letter_is_none_of_a_long_line() -> None:
    assert found(40, "no").is_read(0.9)
    assert not found(40, "c").is_read(0.9)
    assert not found(40, "no").is_read(0.91)
    assert not FoundLine(quad=FLAT, confidence=1.0, spans=()).is_read(0.0)


def test_height_does_not_depend_on_how_the_line_is_turned() -> None:
    standing = FoundLine(quad=FLAT[:, ::-1].copy(), confidence=1.0, spans=())
    assert standing.height == FoundLine(quad=FLAT, confidence=1.0, spans=()).height == 20


def test_small_print_goes_and_the_caption_stays() -> None:
    caption, stamp = found(40, "CAPTION"), found(13, "stamp")
    both = [caption, stamp]
    assert drop_small_print(both, 0.35, beside=both) == [caption]
    assert drop_small_print(both, 0.3, beside=both) == both
    assert drop_small_print([stamp], 0.35, beside=[stamp]) == [stamp]
    assert drop_small_print([stamp], 0.35, beside=[caption]) == []
    assert drop_small_print([stamp], 0.35, beside=[]) == [stamp]


def test_the_median_letter_decides_so_that_a_long_small_text_is_no_small_print() -> None:
    both = [found(60, "OH"), found(15, "a text that goes on for long")]
    assert drop_small_print(both, 0.35, beside=both) == both


def test_a_word_along_an_edge_that_stands_otherwise_is_a_mark() -> None:
    def standing(x: float, *words: str) -> FoundLine:
        quad = np.array([[x, 150], [x, 50], [x + 20, 50], [x + 20, 150]], np.float64)
        spans = tuple(Span(text=w, start=0.0, end=1.0, confidence=0.9) for w in words)
        return FoundLine(quad=quad, confidence=0.9, spans=spans)

    caption, mark = found(40, "A CAPTION OF SOME LENGTH"), standing(2, "MARK")
    label, note = standing(100, "LABEL"), standing(2, "a", "note")
    lines = [caption, mark, label, note]
    assert drop_marks(lines, width=220, height=200) == [caption, label, note]
    assert drop_marks([mark], width=220, height=200) == [mark]


def test_words_get_their_place_and_a_confidence_that_is_one() -> None:
    spans = (
        Span(text="a", start=0.0, end=0.5, confidence=1.0000001),
        Span(text="b", start=0.6, end=1.0, confidence=0.5),
    )
    line = to_line(FoundLine(quad=FLAT, confidence=0.9, spans=spans))
    assert [(w.text, w.box, w.confidence) for w in line.words] == [
        ("a", (10, 20, 60, 40), 1.0),
        ("b", (70, 20, 110, 40), 0.5),
    ]
