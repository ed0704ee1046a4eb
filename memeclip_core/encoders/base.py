"""What every encoder offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from PIL import Image

from memeclip_core.errors import UnsupportedError


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


@runtime_checkable
class TokenEncoder(Protocol):
    """What an encoder offers beyond ``Encoder`` if heads can read its sequences.

    Attributes:
        image_token_dim, text_token_dim: widths of a patch's and of a word's vector.
    """

    @property
    def image_token_dim(self) -> int: ...

    @property
    def text_token_dim(self) -> int: ...

    def encode_image_tokens(self, images: Sequence[Image.Image]) -> list[np.ndarray]:
        """Return a sequence for each of B images: float16 (patches, image_token_dim)."""
        ...

    def encode_text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return a sequence for each of B texts: float16 (words, text_token_dim)."""
        ...


@runtime_checkable
class LinearSpace(Protocol):
    """What an encoder offers if it shares image and text by linear maps: weights for zero-shot.

    ``share_images(x)`` is ``x @ image_map + image_offset`` at unit length, and texts likewise.

    Attributes:
        image_map: (image_dim, shared_dim) float32; ``image_offset``: (shared_dim,).
        text_map: (text_dim, shared_dim) float32; ``text_offset``: (shared_dim,).
    """

    @property
    def image_map(self) -> np.ndarray: ...

    @property
    def image_offset(self) -> np.ndarray: ...

    @property
    def text_map(self) -> np.ndarray: ...

    @property
    def text_offset(self) -> np.ndarray: ...


def ask_tokens(encoder: Encoder) -> TokenEncoder:
    """Return the encoder as one that gives sequences.

    Raises:
        UnsupportedError: if it gives none.
    """
    if isinstance(encoder, TokenEncoder):
        return encoder
    raise UnsupportedError(
        f"The encoder '{encoder.name}' gives one vector per image and text, no sequences of "
        "patches and words. Choose an encoder that does, or a head that needs none."
    )


def ask_maps(encoder: Encoder) -> LinearSpace:
    """Return the encoder as one whose shared space is reached by linear maps.

    Raises:
        UnsupportedError: if it has none.
    """
    if isinstance(encoder, LinearSpace):
        return encoder
    raise UnsupportedError(
        f"The encoder '{encoder.name}' has no linear maps into a space shared by image and text. "
        "Choose an encoder that has, or a head that needs none."
    )
