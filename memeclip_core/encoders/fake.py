"""An encoder for tests, whose features can be worked out by hand; users never meet it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from torch import Tensor

LETTERS = "etaoin"
"""The letters whose shares make up a text's features."""


SHIFT = 1e-3
"""Added to what is shared; it keeps a row of zeros from having no direction."""


class FakeTower:
    """Reads a prompt as the mean of the made word and of the text's letters, each a unit vector.

    A letter's id is its place among ``LETTERS``; any other sign's is the place behind the last.
    """

    word_dim = len(LETTERS) + 1

    def read_prompts(self, made: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the first three entries of the means: (B, 3)."""
        table = made.new_tensor(np.eye(self.word_dim).tolist())
        seen = mask[:, :, None].to(made.dtype)
        total = made + (table[ids.long()] * seen).sum(dim=1)
        return total[:, :3] / (1 + seen.sum(dim=1)) + SHIFT


class FakeEncoder:
    """Image: mean red, green and blue in [0, 1], and 1. Text: shares of six letters, and 1.

    The shared space has three dimensions: an image's colours; the first three letters' shares.
    Image tokens are the features of the left and of the right half; text tokens those of words.
    """

    name = "fake"
    fingerprint = hashlib.sha256(b"memeclip fake encoder 1").hexdigest()
    image_dim = 4
    text_dim = len(LETTERS) + 1
    shared_dim = 3
    visual_projection = None
    image_token_dim = image_dim
    text_token_dim = text_dim
    image_map = np.eye(4, 3, dtype=np.float32)
    text_map = np.eye(7, 3, dtype=np.float32)
    image_offset = text_offset = np.full(3, SHIFT, np.float32)
    text_tower = FakeTower()
    word_dim = FakeTower.word_dim

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, 4): mean red, green, blue, and 1."""
        rows = [np.asarray(image.convert("RGB"), np.float32).mean((0, 1)) / 255 for image in images]
        return np.array([[*row, 1.0] for row in rows], np.float32).reshape(-1, self.image_dim)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (B, 7): the share of each of six letters among all characters, and 1."""
        rows = [
            [text.lower().count(letter) / max(1, len(text)) for letter in LETTERS] + [1.0]
            for text in texts
        ]
        return np.array(rows, np.float32).reshape(-1, self.text_dim)

    def encode_image_tokens(self, images: Sequence[Image.Image]) -> list[np.ndarray]:
        """Return (2, 4) per image: the features of its left and of its right half."""
        halves = []
        for image in images:
            middle = max(1, image.width // 2)
            boxes = ((0, 0, middle, image.height), (image.width - middle, 0, *image.size))
            halves.append(self.encode_images([image.crop(b) for b in boxes]).astype(np.float16))
        return halves

    def encode_text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return (words, 7) per text: the features of each word."""
        return [self.encode_texts(text.split()).astype(np.float16) for text in texts]

    def encode_words(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return each text's signs as ids: int32 (signs,)."""
        other = len(LETTERS)
        places = {letter: place for place, letter in enumerate(LETTERS)}
        return [
            np.array([places.get(sign, other) for sign in text.lower()], np.int32) for text in texts
        ]

    def share_images(self, features: np.ndarray) -> np.ndarray:
        """Return the colours at unit length: (B, 3)."""
        return _unit(features @ self.image_map + self.image_offset)

    def share_texts(self, features: np.ndarray) -> np.ndarray:
        """Return the first three letters' shares at unit length: (B, 3)."""
        return _unit(features @ self.text_map + self.text_offset)

    def encode_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        """Return prompts as texts in the shared space: (P, 3)."""
        return self.share_texts(self.encode_texts(prompts))


class FakeCaptioner:
    """Names the strongest of an image's three colours."""

    name = "fake"
    fingerprint = hashlib.sha256(b"memeclip fake captioner 1").hexdigest()

    def write_captions(self, images: Sequence[Image.Image]) -> list[str]:
        """Return "a red picture" and the like."""
        means = [np.asarray(image.convert("RGB"), np.float32).mean((0, 1)) for image in images]
        return [f"a {('red', 'green', 'blue')[int(mean.argmax())]} picture" for mean in means]


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
