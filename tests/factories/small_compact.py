"""A compact encoder with towers that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from memeclip_core.encoders.compact.alignment import Alignment
from memeclip_core.encoders.compact.compact import SENTENCE_DIM, Towers
from memeclip_core.encoders.compact.efficientnet import WIDTH
from memeclip_core.encoders.compact.ngrams import NgramIndex, count_ngrams
from memeclip_core.encoders.compact.text_space import TextSpace


class FakeImages:
    """A pixel's red value goes to the first number, its green one to the second."""

    def encode(self, images: Sequence[Image.Image]) -> np.ndarray:
        rows = np.zeros((len(images), WIDTH), np.float32)
        for row, image in zip(rows, images, strict=True):
            row[:2] = image.getpixel((0, 0))[:2]
        return rows


class FakeSentences:
    """A text's length goes to the first number of the first layer; all others are one."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], taught: object = None) -> np.ndarray:
        self.seen += texts
        rows = np.ones((len(texts), SENTENCE_DIM), np.float32)
        rows[:, 0] = [len(text) for text in texts]
        return rows

    def count_read(self, text: str) -> int:
        """Read two words."""
        return min(2, len(text.split()))


def fake_towers() -> Towers:
    """Return both fakes."""
    return Towers(image=FakeImages, sentence=lambda: (FakeSentences(), None))  # type: ignore


def small_space() -> TextSpace:
    """One known word, "cat", along the first of two dimensions; sentences as they come."""
    cat = next(iter(count_ngrams("cat")[0]))
    return TextSpace(
        index=NgramIndex(np.array([cat]), np.ones(1, np.float32)),
        projection=np.array([[1, 0]], np.int8),
        step=np.ones(2, np.float32),
        mean=np.zeros(SENTENCE_DIM, np.float32),
        std=np.ones(SENTENCE_DIM, np.float32),
    )


def small_alignment() -> Alignment:
    """Two shared dimensions: the first two numbers of either tower."""
    return Alignment(
        image_map=np.eye(WIDTH, 2, dtype=np.float32),
        image_offset=np.zeros(2, np.float32),
        text_map=np.eye(SENTENCE_DIM, 2, dtype=np.float32),
        text_offset=np.zeros(2, np.float32),
    )
