"""The reader for those who type the text themselves."""

from __future__ import annotations

from typing import Final

from PIL import Image

from memeclip_core.ocr.base import OcrResult
from memeclip_core.records.meme import TextSource


class NoOcr:
    """Reads nothing."""

    name: Final[TextSource] = "none"
    fingerprint: Final = "none"

    def read(self, image: Image.Image) -> OcrResult:
        """Return an empty text."""
        return OcrResult(text="", words=(), engine=self.name)
