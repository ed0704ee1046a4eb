"""The readers as their packages ship them, to measure the tuned ones against."""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np
from PIL import Image

from memeclip_core.errors import OcrError
from memeclip_core.ocr.base import OcrEngine, OcrResult
from memeclip_core.ocr.rapid import build_rapidocr, installed_version
from memeclip_core.ocr.registry import READERS
from memeclip_core.ocr.tesseract import find_version, image_to_words
from memeclip_core.records.meme import TextSource


class PlainRapidOcr:
    """RapidOCR with every default: its text line by line, without word boxes."""

    name: Final[TextSource] = "rapidocr"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: Any = None

    @property
    def fingerprint(self) -> str:
        """The package's version."""
        return f"rapidocr {installed_version()}/defaults"

    def read(self, image: Image.Image) -> OcrResult:
        """Read an RGB image.

        Raises:
            OcrError: if the package or its models are missing.
        """
        with self._lock:
            if self._engine is None:
                self._engine = build_rapidocr({})
        found = self._engine(np.ascontiguousarray(np.asarray(image)[:, :, ::-1]))
        return OcrResult(text="\n".join(found.txts or ()), words=(), engine=self.name)


class PlainTesseract:
    """Tesseract with every default: a page of text on a light ground."""

    name: Final[TextSource] = "tesseract"

    @property
    def fingerprint(self) -> str:
        """The program's version."""
        return f"tesseract {find_version()}/defaults"

    def read(self, image: Image.Image) -> OcrResult:
        """Read an RGB image.

        Raises:
            OcrError: if the program is missing or fails.
        """
        words = image_to_words(image, options="")
        return OcrResult(
            text=" ".join(word.text for word in words), words=tuple(words), engine=self.name
        )


BENCHMARKED = {
    **READERS,
    "rapidocr-defaults": PlainRapidOcr,
    "tesseract-defaults": PlainTesseract,
}
"""Name → what makes it: the readers, and those that their packages ship."""


def build_benchmarked(name: str) -> OcrEngine:
    """Make a reader, or one as its package ships it (``rapidocr-defaults``), to measure it.

    Raises:
        OcrError: if there is no reader of this name.
    """
    if name not in BENCHMARKED:
        raise OcrError(f"Unknown text reader '{name}'. Known: {', '.join(BENCHMARKED)}.")
    return BENCHMARKED[name]()
