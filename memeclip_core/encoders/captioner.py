"""Captions by an image-to-text model of transformers, by hub id or from a local folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import torch
from PIL import Image
from safetensors import SafetensorError

from memeclip_core.encoders.clip.weights import check_weights, compute_fingerprint, first_line
from memeclip_core.errors import EncoderError

VERSION: Final = "captions 1"
"""Part of the fingerprint; to be raised with every change of how captions are written."""

MAX_TOKENS: Final = 32
"""How long a caption can get."""

BATCH: Final = 8


class ImageCaptioner:
    """A frozen image-to-text model; see ``Captioner``. Built by ``load_captioner``.

    It always takes the likeliest next word, so that the same image has the same caption.
    """

    def __init__(
        self, *, name: str, model: Any, tokenizer: Any, image_processor: Any, device: str
    ) -> None:
        self.name = name
        self._model = model.eval().requires_grad_(False).to(device)
        self._tokenizer = tokenizer
        self._image_processor = image_processor
        self._device = device
        self.fingerprint = compute_fingerprint(
            model, VERSION, str(MAX_TOKENS), image_processor.to_json_string()
        )

    def write_captions(self, images: Sequence[Image.Image]) -> list[str]:
        """Return a sentence for each of B upright RGB images."""
        found: list[str] = []
        for start in range(0, len(images), BATCH):
            found += self._write(images[start : start + BATCH])
        return found

    @torch.inference_mode()
    def _write(self, images: Sequence[Image.Image]) -> list[str]:
        pixels = self._image_processor(images=list(images), return_tensors="pt")["pixel_values"]
        ids = self._model.generate(
            pixel_values=pixels.to(self._device, self._model.dtype),
            max_new_tokens=MAX_TOKENS,
            max_length=None,
            do_sample=False,
            num_beams=1,
        )
        words = self._tokenizer.batch_decode(ids, skip_special_tokens=True)
        return [" ".join(sentence.split()) for sentence in words]


def load_captioner(spec: str, *, device: str = "cpu") -> ImageCaptioner:
    """Load an image-to-text model; a hub id is downloaded unless it is in the cache.

    Args:
        spec: hub id, or the path of a folder that ``save_pretrained`` wrote.

    Raises:
        EncoderError: if it cannot be found or reached, or does not write captions of images.
    """
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    try:
        # The library's types do not say that a pair comes back with this option.
        loaded: Any = AutoModelForImageTextToText.from_pretrained(
            spec,
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
        model, loading = loaded
        check_weights(spec, model, loading)
        captioner = ImageCaptioner(
            name=spec,
            model=model,
            tokenizer=AutoTokenizer.from_pretrained(spec),
            image_processor=AutoImageProcessor.from_pretrained(  # type: ignore[no-untyped-call]
                spec, backend="pil"
            ),
            device=device,
        )
    except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
        raise EncoderError(
            f"The captioner '{spec}' cannot be loaded: {first_line(error)} Use the hub id of an "
            "image-to-text model, such as Salesforce/blip-image-captioning-base, with a network "
            "connection, or a folder that holds one."
        ) from error
    try:
        captioner.write_captions([Image.new("RGB", (8, 8))])
    except (TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise EncoderError(
            f"'{spec}' is a {type(model).__name__}, which cannot write a caption from an image "
            f"alone: {first_line(error)} Use a captioner such as "
            "Salesforce/blip-image-captioning-base."
        ) from error
    return captioner


class Captioner(Protocol):
    """A frozen model that says in a sentence what an image shows; callable from any thread.

    Attributes:
        name: what a person calls it.
        fingerprint: SHA-256 in hexadecimal over weights, preprocessing and how it writes; two
            captioners with the same fingerprint write the same captions.
    """

    name: str
    fingerprint: str

    def write_captions(self, images: Sequence[Image.Image]) -> list[str]:
        """Return a sentence for each of B upright RGB images."""


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
