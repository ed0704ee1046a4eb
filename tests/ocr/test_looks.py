"""Which look finds a text, by boxes that a pretended detector gives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memeclip_core.ocr.looks import Quads, find_quads, join_looks


def boxes(*sides: tuple[float, float, float, float]) -> Quads:
    """Upright boxes by left, top, right and bottom."""
    quads = [[(x0, y0), (x1, y0), (x1, y1), (x0, y1)] for x0, y0, x1, y1 in sides]
    return np.array(quads, np.float64).reshape(-1, 4, 2)


def sides_asked(
    size: tuple[int, int], found: Sequence[tuple[float, float, float, float]]
) -> list[int]:
    """The longest sides of the looks taken at a picture in which each look finds the same."""
    asked: list[int] = []

    def detect(side: int) -> Quads:
        asked.append(side)
        return boxes(*found)

    find_quads(detect, width=size[0], height=size[1], longest_side=736)
    return asked


def test_a_common_picture_is_looked_at_once_whatever_is_found() -> None:
    assert sides_asked((900, 700), [(10, 10, 800, 20)]) == [736]
    assert sides_asked((500, 400), []) == [736]


def test_a_picture_shrunk_to_little_is_looked_at_again_though_nothing_is_found() -> None:
    assert sides_asked((1080, 5820), []) == [736, 3283]  # two million pixels
    assert sides_asked((5820, 1080), []) == [736, 3283]
    assert sides_asked((4200, 240), []) == [736, 4200]


def test_small_text_calls_for_a_closer_look_and_a_stamp_does_not() -> None:
    size, scale = (1472, 1000), 0.5
    row = (100.0, 100.0, 900.0, 100.0 + 12 / scale)
    assert sides_asked(size, [row]) == [736, 1472]
    assert sides_asked(size, [(100.0, 100.0, 220.0, 100.0 + 12 / scale)]) == [736]
    assert sides_asked(size, [(100.0, 100.0, 900.0, 100.0 + 40 / scale)]) == [736]


def test_small_text_is_taken_from_the_closer_look() -> None:
    rough, exact = boxes((10, 10, 300, 60)), boxes((12, 22, 290, 48))
    joined = join_looks(rough, exact, scale=0.25)
    assert np.array_equal(joined, exact)


def test_one_lump_of_several_lines_is_parted() -> None:
    lump = boxes((0, 0, 400, 200))
    lines = boxes((10, 10, 390, 60), (10, 70, 390, 120), (10, 130, 390, 180))
    assert np.array_equal(join_looks(lump, lines, scale=0.25), lines)


def test_large_text_is_taken_from_the_first_look_and_its_pieces_are_dropped() -> None:
    title = boxes((0, 0, 900, 200))
    pieces, small = boxes((0, 0, 300, 190), (700, 150, 760, 180)), boxes((10, 300, 300, 330))
    joined = join_looks(title, np.concatenate((pieces, small)), scale=0.4)
    assert np.array_equal(joined, np.concatenate((title, small)))


def test_what_either_look_misses_is_kept() -> None:
    one, other = boxes((0, 0, 300, 100)), boxes((0, 500, 300, 540))
    assert np.array_equal(join_looks(one, other, scale=0.3), np.concatenate((one, other)))
    none = boxes()
    assert np.array_equal(join_looks(one, none, scale=0.3), one)
    assert np.array_equal(join_looks(none, other, scale=0.3), other)
