"""A meme as it was handed in, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TextSource = Literal["rapidocr", "tesseract", "user", "file", "none"]
"""Where a meme's text came from: an OCR engine, a person, a dataset file, or nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that OCR found: its box is (left, top, right, bottom) in pixels."""

    text: str
    box: tuple[float, float, float, float]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meme:
    """A meme as it was handed in.

    Attributes:
        id: SHA-256 of the image's original bytes, or of the text where there is no image.
        filename: the name it came with; never used as a path.
        text: what is written on it; "" if nothing could be read.
        text_source: where the text came from.
        has_image: whether there is an image.
        width, height: in pixels of the upright image; 0 without an image.
        words: the OCR boxes behind the text, in reading order; empty otherwise.
        unread: lines that the text reader found and could not read.
    """

    id: str
    filename: str
    text: str
    text_source: TextSource
    has_image: bool = True
    width: int = 0
    height: int = 0
    words: tuple[Word, ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A meme among many that could not be predicted, and why, in one sentence."""

    filename: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemeChange:
    """What an admin mended of a meme.

    Attributes:
        number: grows with every change of whatever project.
        project, meme, filename: of which meme.
        action: its text was corrected, or it was removed or restored.
        before, after: the texts, where one was corrected.
        reason: why it was removed.
    """

    number: int = 0
    project: str
    meme: str
    filename: str
    time: datetime
    by: str
    action: Literal["text", "remove", "restore"]
    before: str = ""
    after: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoMeme:
    """A sample: its bytes, its name and text, and what the made-up people mostly say of it."""

    data: bytes
    filename: str
    text: str
    labels: Mapping[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
