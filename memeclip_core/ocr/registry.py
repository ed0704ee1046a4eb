"""The text readers by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from memeclip_core.errors import OcrError
from memeclip_core.ocr.base import OcrEngine
from memeclip_core.ocr.baseline import PlainRapidOcr, PlainTesseract
from memeclip_core.ocr.none import NoOcr
from memeclip_core.ocr.rapid import RapidOcr
from memeclip_core.ocr.tesseract import Tesseract

_READERS: Final[dict[str, Callable[[], OcrEngine]]] = {
    "rapidocr": RapidOcr,
    "tesseract": Tesseract,
    "none": NoOcr,
}
_BASELINES: Final[dict[str, Callable[[], OcrEngine]]] = {
    "rapidocr-defaults": PlainRapidOcr,
    "tesseract-defaults": PlainTesseract,
}


def list_ocr() -> tuple[str, ...]:
    """The names of all readers, the default first."""
    return tuple(_READERS)


def build_ocr(name: str, *, languages: str = "eng") -> OcrEngine:
    """Make a reader; its models load on the first reading.

    Args:
        name: one of ``list_ocr``.
        languages: the packs that Tesseract reads with, joined by "+"; no other reader has any.

    Raises:
        OcrError: if there is no reader of this name.
    """
    return _build(name, {**_READERS, "tesseract": lambda: Tesseract(languages=languages)})


def build_benchmarked(name: str) -> OcrEngine:
    """Make a reader, or one as its package ships it (``rapidocr-defaults``), to measure it.

    Raises:
        OcrError: if there is no reader of this name.
    """
    return _build(name, {**_READERS, **_BASELINES})


def _build(name: str, builders: dict[str, Callable[[], OcrEngine]]) -> OcrEngine:
    if name not in builders:
        raise OcrError(
            f"Unknown text reader '{name}'. Known: {', '.join(builders)}. Choose one of them."
        )
    return builders[name]()
