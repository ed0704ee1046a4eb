"""What every encoder offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from PIL import Image

from memeclip_core.errors import UnsupportedError

if TYPE_CHECKING:
    from torch import Tensor


class Encoder(Protocol):
    """A frozen image-text encoder; its methods may be called from any thread.

    Those of the shared space raise UnsupportedError where there is none.

    Attributes:
        name: what a person calls it.
        fingerprint: SHA-256 in hexadecimal over weights, preprocessing and feature variant; two
            encoders with the same fingerprint give the same features.
        image_dim, text_dim: widths of the features that heads read.
        shared_dim: width of the space shared by image, text and prompts; ``None`` without one.
        visual_projection: (shared_dim, W) float32, the transposed map from the visual tower's
            width W into the shared space, where the encoder has one; else ``None``.
    """

    name: str
    image_dim: int
    text_dim: int

    @property
    def fingerprint(self) -> str: ...

    @property
    def shared_dim(self) -> int | None: ...

    @property
    def visual_projection(self) -> np.ndarray | None: ...

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return the features of B upright RGB images: float32 (B, image_dim)."""

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return the features of B meme texts: float32 (B, text_dim)."""

    def share_images(self, features: np.ndarray) -> np.ndarray:
        """Map image features (B, image_dim) into the shared space: unit rows (B, shared_dim)."""

    def share_texts(self, features: np.ndarray) -> np.ndarray:
        """Map text features (B, text_dim) into the shared space: unit rows (B, shared_dim)."""

    def encode_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        """Return P sentences in the shared space: unit rows, float32 (P, shared_dim)."""


@runtime_checkable
class TokenEncoder(Protocol):
    """What an encoder offers beyond ``Encoder`` if heads can read its sequences.

    Attributes:
        image_token_dim, text_token_dim: widths of a patch's and of a word's vector.
    """

    image_token_dim: int
    text_token_dim: int

    def encode_image_tokens(self, images: Sequence[Image.Image]) -> list[np.ndarray]:
        """Return a sequence for each of B images: float16 (patches, image_token_dim)."""

    def encode_text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return a sequence for each of B texts: float16 (words, text_token_dim)."""


@runtime_checkable
class LinearSpace(Protocol):
    """What an encoder offers if it shares image and text by linear maps: weights for zero-shot.

    ``share_images(x)`` is ``x @ image_map + image_offset`` at unit length, and texts likewise.

    Attributes:
        image_map: (image_dim, shared_dim) float32; ``image_offset``: (shared_dim,).
        text_map: (text_dim, shared_dim) float32; ``text_offset``: (shared_dim,).
    """

    image_map: np.ndarray
    image_offset: np.ndarray
    text_map: np.ndarray
    text_offset: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsRead:
    """How much of a text an encoder makes use of.

    Attributes:
        words, known: how many words with a letter there are, and how many of these it knows whole.
        length, read: how many words there are between blanks, and how many of them it reads.
        beyond: what happens to the others, as the start of a sentence that goes on with their
            number.
    """

    words: int
    known: int
    length: int
    read: int
    beyond: str = "the encoder reads"


@runtime_checkable
class WordCounter(Protocol):
    """What an encoder offers if it can tell how much of a text it makes use of."""

    def count_words(self, text: str) -> WordsRead:
        """Count the words of a meme's text."""


class TextTower(Protocol):
    """A frozen text tower that reads "a photo of *, text", where * is a word that a head makes.

    Attributes:
        word_dim: width of a word's embedding.
    """

    word_dim: int

    def read_prompts(self, made: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Read B prompts; gradients reach the made words and nothing else.

        Args:
            made: (B, word_dim), a made word each.
            ids: (B, L), the texts' words, as ``PromptEncoder.encode_words`` writes them.
            mask: bool (B, L), true from the front for as long as there are words.

        Returns:
            (B, shared_dim), not normalised, on the device of ``made``.
        """


@runtime_checkable
class PromptEncoder(Protocol):
    """What an encoder offers if heads can put words of their own into its text tower.

    Attributes:
        word_dim: width of a word's embedding.
        text_tower: what reads the prompts.
    """

    word_dim: int
    text_tower: TextTower

    def encode_words(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return each of B texts as the ids of its words: int32 (words,)."""


def count_fitting(lengths: Sequence[int], room: int) -> int:
    """Return how many words fit into so many tokens, given how many tokens each takes."""
    fitting = 0
    for length in lengths:
        room -= length
        if room < 0:
            break
        fitting += 1
    return fitting


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


def ask_prompts(encoder: Encoder) -> PromptEncoder:
    """Return the encoder as one whose text tower reads prompts with words of a head's making.

    Raises:
        UnsupportedError: if its text tower cannot.
    """
    if isinstance(encoder, PromptEncoder):
        return encoder
    raise UnsupportedError(
        f"The encoder '{encoder.name}' has no text tower that a head can put words of its own "
        "into. Only CLIP models have: choose one, such as openai/clip-vit-large-patch14, or a head "
        "that needs none."
    )
