"""Readers by name."""

from __future__ import annotations

import pytest
from PIL import Image

from memeclip_core.errors import OcrError
from memeclip_core.ocr import tesseract
from memeclip_core.ocr.base import OcrResult
from memeclip_core.ocr.registry import READERS, NoOcr, build_ocr


@pytest.mark.parametrize("name", READERS)
def test_every_reader_answers_to_its_name(name: str) -> None:
    assert build_ocr(name).name == name


def test_unknown_names_are_told_what_exists() -> None:
    with pytest.raises(OcrError, match=r"'easyocr'\. Known: rapidocr, tesseract, none"):
        build_ocr("easyocr")
    with pytest.raises(OcrError, match="Unknown"):
        build_ocr("rapidocr-defaults")


def test_tesseract_gets_its_language_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "find_version", lambda: "5")
    monkeypatch.setattr(tesseract, "check_languages", lambda languages: None)
    assert "/eng+deu/" in build_ocr("tesseract", languages="eng+deu").fingerprint
    assert build_ocr("none", languages="eng+deu").fingerprint == "none"


def test_the_reader_for_those_who_type_reads_nothing() -> None:
    result = NoOcr().read(Image.new("RGB", (10, 10)))
    assert result == OcrResult(text="", words=(), engine="none")
