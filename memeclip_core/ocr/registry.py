"""The text readers by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from memeclip_core.errors import OcrError
from memeclip_core.ocr.base import OcrEngine
from memeclip_core.ocr.none import NoOcr
from memeclip_core.ocr.rapid import RapidOcr
from memeclip_core.ocr.tesseract import Tesseract

READERS: Final[dict[str, Callable[[], OcrEngine]]] = {
    "rapidocr": RapidOcr,
    "tesseract": Tesseract,
    "none": NoOcr,
}
"""Name → what makes it; its models load on the first reading. The default is first."""


def build_ocr(name: str, *, languages: str = "eng") -> OcrEngine:
    """Make a reader.

    Args:
        name: a key of ``READERS``.
        languages: the packs that Tesseract reads with, joined by "+"; no other reader has any.

    Raises:
        OcrError: if there is no reader of this name.
    """
    if name not in READERS:
        raise OcrError(
            f"Unknown text reader '{name}'. Known: {', '.join(READERS)}. Choose one of them."
        )
    return Tesseract(languages=languages) if name == "tesseract" else READERS[name]()
