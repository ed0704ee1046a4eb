"""What every text reader promises, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from memeclip_core.records.meme import TextSource, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrResult:
    """What a reader found on one image.

    Attributes:
        text: the whole text in reading order, one line of the image a line; "" if none.
        words: the same words in the same order, each with its box and confidence.
        engine: the name of the reader.
        unread: lines that were found and could not be read: of another script, or unclear.
    """

    text: str
    words: tuple[Word, ...]
    engine: TextSource
    unread: int = 0

    @property
    def confidence(self) -> float | None:
        """Mean confidence of the words in [0, 1]; ``None`` where there are none."""
        if not self.words:
            return None
        return sum(word.confidence for word in self.words) / len(self.words)


class OcrEngine(Protocol):
    """A text reader. Reading is safe from several threads."""

    @property
    def name(self) -> TextSource:
        """The name under which the reader is chosen."""

    @property
    def fingerprint(self) -> str:
        """Name, version and settings: equal fingerprints read equal text.

        Raises:
            OcrError: if the reader is not installed.
        """

    def read(self, image: Image.Image) -> OcrResult:
        """Read an RGB image; boxes are (left, top, right, bottom) in its pixels.

        Raises:
            OcrError: if the reader is not installed, or fails.
        """
