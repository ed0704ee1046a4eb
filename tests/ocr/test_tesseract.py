"""Tesseract with its program replaced by a table, and for real where it is installed."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from PIL import Image

from memeclip_core.errors import OcrError
from memeclip_core.ocr import tesseract
from memeclip_core.ocr.tesseract import Tesseract, TesseractSettings, image_to_words, keep_surest
from memeclip_core.records.meme import Word
from tests.factories.drawings import draw_caption

COLUMNS = ("text", "conf", "left", "top", "width", "height")


class FakeModule:
    """As much of pytesseract as is used: each call gives the next table."""

    class TesseractNotFoundError(OSError):
        pass

    class TesseractError(RuntimeError):
        pass

    class Output:
        DICT = "dict"

    def __init__(self, *tables: list[tuple[Any, ...]], error: Exception | None = None) -> None:
        self.tables, self.error = list(tables), error
        self.calls: list[tuple[Image.Image, str]] = []

    def get_languages(self) -> list[str]:
        if self.error:
            raise self.error
        return ["eng", "deu", "osd"]

    def get_tesseract_version(self) -> str:
        if self.error:
            raise self.error
        return "5.3.0"

    def image_to_data(self, image: Image.Image, *, config: str, **_: Any) -> dict[str, list[Any]]:
        if self.error:
            raise self.error
        self.calls.append((image, config))
        rows = self.tables.pop(0)
        return {column: [row[i] for row in rows] for i, column in enumerate(COLUMNS)}


def install(monkeypatch: pytest.MonkeyPatch, module: FakeModule) -> FakeModule:
    monkeypatch.setattr(tesseract, "_module", lambda: module)
    return module


def word(text: str, confidence: float, *box: float) -> Word:
    left, top, right, bottom = box
    return Word(text=text, box=(left, top, right, bottom), confidence=confidence)


def test_rows_without_text_are_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeModule([(" ", -1, 0, 0, 9, 9), (" HI ", 96, 1, 2, 30, 40)]))
    words = image_to_words(Image.new("RGB", (50, 50)), options="")
    assert words == [word("HI", 0.96, 1, 2, 31, 42)]


def test_both_passes_are_joined_in_the_pixels_of_the_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_it_is = [("plain", 90, 0, 80, 40, 10), ("faint", 60, 60, 80, 30, 10)]
    caption = [("BIG", 95, 0, 0, 80, 20)]
    module = install(monkeypatch, FakeModule(as_it_is, caption))
    reader = Tesseract(settings=TesseractSettings(longest_side=200))
    result = reader.read(Image.new("RGB", (100, 100)))
    assert result.text == "BIG\nplain"
    assert [w.box for w in result.words] == [(0, 0, 40, 10), (0, 80, 40, 90)]
    assert [(image.size, config) for image, config in module.calls] == [
        ((100, 100), "-l eng"),
        ((200, 200), "-l eng --psm 11"),
    ]


def test_only_the_brightest_pixels_become_black(monkeypatch: pytest.MonkeyPatch) -> None:
    module = install(monkeypatch, FakeModule([], []))
    picture = Image.new("L", (2, 1), 224)
    picture.putpixel((1, 0), 225)
    Tesseract(settings=TesseractSettings(longest_side=2)).read(picture.convert("RGB"))
    seen = module.calls[1][0]
    assert (seen.getpixel((0, 0)), seen.getpixel((1, 0))) == (255, 0)


def test_of_two_words_in_one_place_the_surer_stays() -> None:
    sure, unsure = word("HELLO", 0.9, 0, 0, 10, 10), word("HELL0", 0.8, 1, 1, 11, 11)
    beside = word("YOU", 0.7, 9, 0, 20, 10)
    assert keep_surest([unsure, beside, sure]) == [sure, beside]


def test_a_missing_program_and_a_failure_are_plain_sentences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = Image.new("RGB", (20, 10))
    install(monkeypatch, FakeModule(error=FakeModule.TesseractNotFoundError()))
    with pytest.raises(OcrError, match="apt-get install tesseract-ocr"):
        Tesseract().read(picture)
    with pytest.raises(OcrError, match="apt-get install tesseract-ocr"):
        _ = Tesseract().fingerprint
    install(monkeypatch, FakeModule(error=RuntimeError("timeout")))
    with pytest.raises(OcrError, match="failed on an image of 20 x 10 pixels"):
        image_to_words(picture, options="")


def test_it_reads_with_the_language_packs_that_it_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = install(monkeypatch, FakeModule([], []))
    reader = Tesseract(languages="deu+eng")
    assert "/deu+eng/" in reader.fingerprint
    reader.read(Image.new("RGB", (20, 10)))
    assert [config for _, config in module.calls] == ["-l deu+eng", "-l deu+eng --psm 11"]


def test_a_language_pack_that_is_missing_is_named_with_those_that_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(monkeypatch, FakeModule())
    said = r"no language pack 'chi_sim'; installed are eng, deu\..*tesseract-ocr-chi-sim"
    with pytest.raises(OcrError, match=said):
        Tesseract(languages="eng+chi_sim").read(Image.new("RGB", (20, 10)))
    with pytest.raises(OcrError, match=said):
        _ = Tesseract(languages="chi_sim").fingerprint


def test_a_missing_package_is_a_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(tesseract.importlib, "import_module", missing)
    with pytest.raises(OcrError, match="package pytesseract is missing"):
        Tesseract().read(Image.new("RGB", (20, 10)))


@pytest.mark.model
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_the_program_reads_a_caption() -> None:
    result = Tesseract().read(draw_caption("HELLO", "WORLD", (320, 200)))
    assert result.text == "HELLO\nWORLD"
    assert [word.box[1] < 100 for word in result.words] == [True, False]
