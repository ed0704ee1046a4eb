"""Reading order by layouts that memes have."""

from __future__ import annotations

import itertools
import math

import pytest

from memeclip_core.ocr.base import OcrResult
from memeclip_core.ocr.reading import (
    Line,
    build_result,
    group_words,
    join_results,
    order_rows,
)
from memeclip_core.records.meme import Word


def word(text: str, x0: float, y0: float, x1: float, y1: float) -> Word:
    return Word(text=text, box=(x0, y0, x1, y1), confidence=1.0)


def line(text: str, x0: float, y0: float, x1: float, y1: float) -> Line:
    return Line(words=(word(text, x0, y0, x1, y1),))


def askew(text: str, x0: float, y0: float, x1: float, y1: float, *, degrees: float) -> Line:
    """A line of a level page that was turned about the origin, clockwise."""
    turn = math.radians(degrees)
    corners = tuple(
        (x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn))
        for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    )
    xs, ys = zip(*corners, strict=True)
    return Line(words=(word(text, min(xs), min(ys), max(xs), max(ys)),), corners=corners)


def read(*lines: Line) -> list[str]:
    return build_result(lines, engine="rapidocr").text.split("\n")


def read_every_way(*lines: Line) -> list[list[str]]:
    """The readings of all orders in which the lines may be found, without repetitions."""
    readings = [read(*order) for order in itertools.permutations(lines)]
    return [r for i, r in enumerate(readings) if r not in readings[:i]]


def test_nothing_is_nothing() -> None:
    assert build_result([], engine="none") == OcrResult(text="", words=(), engine="none")


def test_top_and_bottom_caption() -> None:
    top, bottom = line("TOP", 10, 10, 200, 50), line("BOTTOM", 10, 300, 200, 340)
    assert read_every_way(bottom, top) == [["TOP", "BOTTOM"]]


def test_words_of_one_row_share_a_line_though_they_slope() -> None:
    left, right = line("left", 10, 10, 90, 40), line("right", 100, 18, 190, 48)
    assert read_every_way(right, left) == [["left right"]]


def test_a_column_is_read_to_its_end_before_the_next() -> None:
    assert read_every_way(
        line("l1", 0, 0, 90, 20),
        line("l2", 0, 25, 90, 45),
        line("r1", 200, 2, 290, 22),
        line("r2", 200, 27, 290, 47),
    ) == [["l1", "l2", "r1", "r2"]]


def test_panels_are_read_row_by_row() -> None:
    assert read_every_way(
        line("a", 0, 0, 90, 20),
        line("b", 200, 0, 290, 20),
        line("c", 0, 100, 90, 120),
        line("d", 200, 100, 290, 120),
    ) == [["a", "b", "c", "d"]]


def test_lines_of_unlike_height_are_no_block() -> None:
    title, left, right = (
        line("TITLE", 0, 0, 300, 60),
        line("left", 0, 65, 90, 80),
        line("right", 200, 65, 300, 80),
    )
    assert [row[0].text for row in order_rows([right, title, left])] == ["TITLE", "left", "right"]


def test_every_word_is_kept_once_and_in_the_order_of_the_text() -> None:
    lines = [
        line(f"w{i}", (i * 37) % 300, (i * 53) % 300, (i * 37) % 300 + 30, (i * 53) % 300 + 9)
        for i in range(40)
    ]
    result = build_result(lines, engine="rapidocr")
    assert result.text.split() == [word.text for word in result.words]
    assert sorted(result.text.split()) == sorted(f"w{i}" for i in range(40))


def test_a_line_spans_its_words() -> None:
    both = Line(words=(word("a", 0, 5, 10, 15), word("b", 12, 3, 20, 14)))
    assert (both.text, both.box) == ("a b", (0, 3, 20, 15))


def test_loose_words_become_lines() -> None:
    words = [
        word("far", 200, 0, 230, 10),
        word("two", 18, 1, 30, 11),
        word("one", 0, 0, 12, 10),
        word("below", 0, 30, 30, 40),
    ]
    lines = {" ".join(w.text for w in found) for found in group_words(words)}
    assert lines == {"one two", "far", "below"}


def test_frames_are_joined_and_a_line_that_stays_is_written_once() -> None:
    twice = [line("CAPTION", 0, 0, 90, 20), line("CAPTION", 0, 300, 90, 320)]
    first = build_result(twice, engine="rapidocr")
    second = build_result(
        [line("CAPTlON", 0, 0, 90, 20), line("new", 0, 60, 90, 80)],
        engine="rapidocr",
        unread=2,
    )
    joined = join_results([first, second])
    assert (joined.text, joined.unread) == ("CAPTION\nCAPTION\nnew", 2)
    assert [w.text for w in joined.words] == ["CAPTION", "CAPTION", "new"]
    assert join_results([first]) == first


@pytest.mark.parametrize("degrees", [0, 3, 12, -25, 40, 90, 180, 270])
def test_a_turned_page_is_read_as_if_it_stood_upright(degrees: float) -> None:
    page = [
        ("title", 0, 0, 600, 40),
        ("l1", 0, 100, 250, 120),
        ("l2", 0, 125, 250, 145),
        ("r1", 400, 102, 650, 122),
        ("r2", 400, 127, 650, 147),
        ("end", 300, 300, 330, 330),
    ]
    lines = [askew(text, *box, degrees=degrees) for text, *box in page]
    assert read_every_way(*lines) == [["title", "l1", "l2", "r1", "r2", "end"]]


def test_a_note_on_end_beside_a_level_text_is_a_block_of_its_own() -> None:
    level = [line("one", 100, 0, 400, 40), line("two", 100, 45, 400, 85)]
    note = [askew(f"n{i}", 300 - 600, 25 * i, 580 - 600, 25 * i + 20, degrees=-90) for i in (0, 1)]
    readings = read_every_way(*level, *note)
    assert [[row for row in r if row in ("n0", "n1")] for r in readings] == [["n0", "n1"]] * len(
        readings
    )
    assert all(r.index("two") == r.index("one") + 1 for r in readings)
