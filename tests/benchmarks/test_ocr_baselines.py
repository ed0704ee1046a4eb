"""The readers as their packages ship them."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.ocr_baselines import PlainRapidOcr, PlainTesseract, build_benchmarked
from memeclip_core.errors import OcrError
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


def test_readers_and_baselines_go_by_name() -> None:
    assert build_benchmarked("rapidocr-defaults").name == "rapidocr"
    assert build_benchmarked("tesseract-defaults").name == "tesseract"
    assert build_benchmarked("none").name == "none"
    with pytest.raises(OcrError, match=r"'easyocr'\. Known: rapidocr, .*tesseract-defaults"):
        build_benchmarked("easyocr")
