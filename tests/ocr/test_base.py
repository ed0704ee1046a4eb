"""What a reading says of itself."""

from __future__ import annotations

import pytest

from memeclip_core.ocr.base import OcrResult
from memeclip_core.records.meme import Word


def test_confidence_is_the_words_mean() -> None:
    words = tuple(
        Word(text=t, box=(0.0, 0.0, 1.0, 1.0), confidence=c) for t, c in (("a", 0.5), ("b", 1.0))
    )
    assert OcrResult(text="a b", words=words, engine="rapidocr").confidence == pytest.approx(0.75)


def test_no_words_have_no_confidence() -> None:
    assert OcrResult(text="", words=(), engine="none").confidence is None
