"""A reader for tests: it says what it was told to say."""

from __future__ import annotations

from typing import Final

from PIL import Image

from memeclip_core.ocr.base import OcrResult
from memeclip_core.records.meme import TextSource, Word


class FakeOcr:
    """Finds the given lines on every image.

    Line i of n fills the i-th of n equal bands of the image and its words share the band's
    width equally, so that every box can be worked out by hand.
    """

    name: Final[TextSource] = "rapidocr"

    def __init__(self, *, text: str = "", confidence: float = 1.0, unread: int = 0) -> None:
        self._lines = tuple(line.split() for line in text.splitlines() if line.strip())
        self._confidence = confidence
        self._unread = unread

    @property
    def fingerprint(self) -> str:
        """What it will return."""
        return f"fake:{self._text}/{self._unread}"

    def read(self, image: Image.Image) -> OcrResult:
        """Return the lines it was given."""
        return OcrResult(
            text=self._text,
            words=self._words(image.size),
            engine=self.name,
            unread=self._unread,
        )

    @property
    def _text(self) -> str:
        return "\n".join(" ".join(words) for words in self._lines)

    def _words(self, size: tuple[int, int]) -> tuple[Word, ...]:
        width, height = size
        return tuple(
            Word(
                text=word,
                box=(
                    width * column / len(line),
                    height * row / len(self._lines),
                    width * (column + 1) / len(line),
                    height * (row + 1) / len(self._lines),
                ),
                confidence=self._confidence,
            )
            for row, line in enumerate(self._lines)
            for column, word in enumerate(line)
        )
