"""What every captioner offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from memeclip_core.errors import EncoderError


class Captioner(Protocol):
    """A frozen model that says in a sentence what an image shows; callable from any thread.

    Attributes:
        name: what a person calls it.
        fingerprint: SHA-256 in hexadecimal over weights, preprocessing and how it writes; two
            captioners with the same fingerprint write the same captions.
    """

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def write_captions(self, images: Sequence[Image.Image]) -> list[str]:
        """Return a sentence for each of B upright RGB images."""
        ...


def ask_captioner(captioner: Captioner | None) -> Captioner:
    """Return the captioner.

    Raises:
        EncoderError: if there is none.
    """
    if captioner is not None:
        return captioner
    raise EncoderError(
        "This head reads a caption of the image, and no captioner is named. Name an image-to-text "
        "model of transformers with --captioner: a hub id, such as "
        "Salesforce/blip-image-captioning-base, or a folder that holds one."
    )
