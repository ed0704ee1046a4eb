"""The reader that reads nothing."""

from __future__ import annotations

from PIL import Image

from memeclip_core.ocr.base import OcrResult
from memeclip_core.ocr.none import NoOcr


def test_it_reads_nothing() -> None:
    result = NoOcr().read(Image.new("RGB", (10, 10)))
    assert result == OcrResult(text="", words=(), engine="none")
