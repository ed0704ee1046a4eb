"""The readers as their packages ship them."""

from __future__ import annotations

import shutil

import pytest

from memeclip_core.ocr.baseline import PlainRapidOcr, PlainTesseract
from tests.factories.drawings import draw_caption


@pytest.mark.model
def test_rapidocr_reads_with_its_own_defaults() -> None:
    reader = PlainRapidOcr()
    assert reader.read(draw_caption("HELLO", "WORLD")).text.split() == ["HELLO", "WORLD"]
    assert reader.fingerprint.endswith("/defaults")
    assert reader.read(draw_caption("", "")).text == ""


@pytest.mark.model
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_tesseract_runs_with_its_own_defaults() -> None:
    reader = PlainTesseract()
    result = reader.read(draw_caption("HELLO", "WORLD"))
    assert result.text == " ".join(word.text for word in result.words)
    assert reader.fingerprint.endswith("/defaults")
