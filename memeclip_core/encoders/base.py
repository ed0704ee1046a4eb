"""What every encoder offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from PIL import Image


class Encoder(Protocol):
    """A frozen image-text encoder; its methods may be called from any thread.

    Attributes:
        name: what a person calls it.
        fingerprint: SHA-256 in hexadecimal over weights, preprocessing and feature variant; two
            encoders with the same fingerprint give the same features.
        image_dim, text_dim: widths of the features that heads read.
        shared_dim: width of the space shared by image, text and prompts; ``None`` without one.
        visual_projection: (shared_dim, W) float32, the transposed map from the visual tower's
            width W into the shared space, where the encoder has one; else ``None``.
    """

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def image_dim(self) -> int: ...

    @property
    def text_dim(self) -> int: ...

    @property
    def shared_dim(self) -> int | None: ...

    @property
    def visual_projection(self) -> np.ndarray | None: ...

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return the features of B upright RGB images: float32 (B, image_dim)."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return the features of B meme texts: float32 (B, text_dim)."""
        ...

    def share_images(self, features: np.ndarray) -> np.ndarray:
        """Map image features (B, image_dim) into the shared space: unit rows (B, shared_dim).

        Raises:
            UnsupportedError: if there is no shared space.
        """
        ...

    def share_texts(self, features: np.ndarray) -> np.ndarray:
        """Map text features (B, text_dim) into the shared space: unit rows (B, shared_dim).

        Raises:
            UnsupportedError: if there is no shared space.
        """
        ...

    def encode_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        """Return P sentences in the shared space: unit rows, float32 (P, shared_dim).

        Raises:
            UnsupportedError: if there is no shared space.
        """
        ...
