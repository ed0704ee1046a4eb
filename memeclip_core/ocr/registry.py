"""The text readers by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PIL import Image

from memeclip_core.errors import OcrError
from memeclip_core.ocr.base import OcrEngine, OcrResult
from memeclip_core.ocr.rapid import RapidOcr
from memeclip_core.ocr.tesseract import Tesseract
from memeclip_core.records.meme import TextSource


class NoOcr:
    """The reader for those who type the text themselves: it reads nothing."""

    name: Final[TextSource] = "none"
    fingerprint: Final = "none"

    def read(self, image: Image.Image) -> OcrResult:
        """Return an empty text."""
        return OcrResult(text="", words=(), engine=self.name)


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
