"""CTC decoding of matrices small enough to be read by eye."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from memeclip_core.ocr.decode import SpaceAwareDecoder, Span

CHARACTERS = ("blank", "a", "b", " ")


def steps(*rows: tuple[float, float, float, float]) -> npt.NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


A = (0.0, 1.0, 0.0, 0.0)
B = (0.0, 0.0, 0.5, 0.0)
BLANK = (1.0, 0.0, 0.0, 0.0)
SPACE = (0.0, 0.0, 0.0, 1.0)
HALF_SPACE = (0.7, 0.0, 0.0, 0.3)


def decoder(space_threshold: float = 1.0) -> SpaceAwareDecoder:
    return SpaceAwareDecoder(characters=CHARACTERS, space_threshold=space_threshold)


def texts(line: npt.NDArray[np.float32], threshold: float = 1.0) -> list[str]:
    return [span.text for span in decoder(threshold).decode_line(line, steps=len(line))]


def test_repeats_merge_unless_a_blank_stands_between() -> None:
    assert texts(steps(A, A, BLANK, A, B, B)) == ["aab"]


def test_spaces_part_words_and_never_make_empty_ones() -> None:
    assert texts(steps(SPACE, A, SPACE, SPACE, BLANK, SPACE, B, SPACE)) == ["a", "b"]
    assert texts(steps(BLANK, BLANK)) == []
    assert texts(steps(SPACE)) == []


def test_a_likely_space_under_a_blank_is_written_from_the_threshold_on() -> None:
    line = steps(A, HALF_SPACE, B)
    assert texts(line, 0.29) == ["a", "b"]
    assert texts(line, 0.31) == ["ab"]
    assert texts(steps(HALF_SPACE, A, B, HALF_SPACE), 0.1) == ["ab"]


def test_places_are_fractions_of_the_part_that_shows_the_image() -> None:
    line = steps(A, BLANK, SPACE, B, B, BLANK, BLANK, BLANK, BLANK, BLANK)
    spans = decoder().decode_line(line, steps=5)
    assert spans == [
        Span(text="a", start=0.0, end=0.2, confidence=1.0),
        Span(text="b", start=0.6, end=0.8, confidence=0.5),
    ]


def test_a_batch_gives_texts_confidences_and_words() -> None:
    batch = np.stack([steps(A, A, SPACE, B), steps(BLANK, BLANK, BLANK, BLANK)])
    lines, words = decoder()(batch, wh_ratio_list=(2.0, 4.0), max_wh_ratio=4.0)
    assert lines == [("a b", 0.75), ("", 0.0)]
    assert [span.end for span in words[0]] == [0.5, 1.0]
    assert words[1] == []


def test_confidence_of_a_line_weighs_letters() -> None:
    line = steps(A, BLANK, A, BLANK, A, SPACE, B)
    ((text, confidence),) = decoder()(line[None], wh_ratio_list=(1.0,), max_wh_ratio=1.0)[0]
    assert text == "aaa b"
    assert confidence == pytest.approx((3 * 1.0 + 0.5) / 4)
