"""Any CLIP-family model of transformers, by hub id or from a local folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from memeclip_core.errors import EncoderError
from memeclip_core.text import normalize_text

Variant = Literal["official", "projected"]
"""Which outputs are the features.

``official`` is what MemeCLIP's released code computes: the projected image embedding beside the
un-projected text state (end-of-text token after the final layer norm). ``projected`` takes both
embeddings from the shared space, as the paper's figure suggests.
"""

VERSION = "clip 1"
"""Part of the fingerprint; to be raised with every change of the preprocessing here."""

BATCH = 16
SAMPLES = 4096
"""How many numbers of each tensor go into the fingerprint."""


class ClipEncoder:
    """Frozen CLIP towers; see ``base.Encoder``. Built by ``load_clip``.

    A model without a text projection, such as SigLIP, has the same features in both variants.
    """

    def __init__(
        self,
        *,
        name: str,
        model: Any,
        tokenizer: Any,
        image_processor: Any,
        variant: Variant,
        device: str,
    ) -> None:
        self.name = name
        self._model = model.eval().requires_grad_(False).to(device)
        self._tokenizer = tokenizer
        self._image_processor = image_processor
        self._device = device
        self._text_projection: Tensor | None = None
        if variant == "official" and hasattr(model, "text_projection"):
            self._text_projection = model.text_projection.weight.detach()
        self._max_length = int(model.config.text_config.max_position_embeddings)
        self.fingerprint = compute_fingerprint(model, image_processor.to_json_string(), variant)
        projection = getattr(model, "visual_projection", None)
        self.visual_projection = None if projection is None else _to_numpy(projection.weight)
        self.image_dim = int(self._embed_images([Image.new("RGB", (8, 8))]).shape[1])
        self.shared_dim = self.image_dim
        self.text_dim = int(self.encode_texts([""]).shape[1])

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, image_dim): the projected image embeddings, not normalised."""
        return self._in_batches(self._embed_images, images, self.image_dim)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (B, text_dim): un-projected states (official) or projected embeddings.

        Texts beyond the model's length are cut at its last position.
        """
        clean = [normalize_text(text) for text in texts]
        project = self._text_projection is None
        return self._in_batches(
            lambda batch: self._embed_texts(batch, project=project),
            clean,
            getattr(self, "text_dim", 0),
        )

    def share_images(self, features: np.ndarray) -> np.ndarray:
        """Return image features at unit length: (B, shared_dim)."""
        return _to_numpy(normalize(torch.from_numpy(np.asarray(features, np.float32)), dim=-1))

    def share_texts(self, features: np.ndarray) -> np.ndarray:
        """Return text features, projected if they are not yet, at unit length: (B, shared_dim)."""
        rows = torch.from_numpy(np.asarray(features, np.float32))
        if self._text_projection is not None:
            rows = rows @ self._text_projection.float().cpu().T
        return _to_numpy(normalize(rows, dim=-1))

    def encode_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        """Return sentences in the shared space at unit length: (P, shared_dim)."""
        rows = self._in_batches(
            lambda batch: self._embed_texts(batch, project=True), prompts, self.shared_dim
        )
        return _to_numpy(normalize(torch.from_numpy(rows), dim=-1))

    def _embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        pixels = self._image_processor(images=list(images), return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            output = self._model.get_image_features(pixel_values=pixels.to(self._device))
        return _to_numpy(output.pooler_output)

    def _embed_texts(self, texts: Sequence[str], *, project: bool) -> np.ndarray:
        tokens = self._tokenizer(
            list(texts),
            padding="max_length" if self._model.config.model_type.startswith("siglip") else True,
            truncation=True,
            max_length=self._max_length,
            return_tensors="pt",
        ).to(self._device)
        known = {k: v for k, v in tokens.items() if k in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            if project:
                output = self._model.get_text_features(**known)
            else:
                output = self._model.text_model(**known, return_dict=True)
        return _to_numpy(output.pooler_output)

    def _in_batches(
        self, embed: Callable[[Sequence[Any]], np.ndarray], items: Sequence[Any], width: int
    ) -> np.ndarray:
        if not items:
            return np.zeros((0, width), np.float32)
        parts = [embed(items[start : start + BATCH]) for start in range(0, len(items), BATCH)]
        return np.concatenate(parts)


def load_clip(spec: str, *, variant: str = "official", device: str = "cpu") -> ClipEncoder:
    """Load a CLIP-family model; a hub id is downloaded unless it is in the cache.

    Args:
        spec: hub id, or the path of a folder that ``save_pretrained`` wrote.
        variant: ``official`` or ``projected``; see ``Variant``.
        device: ``cpu`` or ``cuda``.

    Raises:
        EncoderError: if the variant is unknown, the model cannot be found or reached, or it is
            not of the CLIP family.
    """
    if variant not in get_args(Variant):
        raise EncoderError(
            f"Unknown feature variant '{variant}'. Known: {', '.join(get_args(Variant))}."
        )
    # transformers takes seconds to import, which those who use another encoder need not wait for.
    from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

    try:
        model = AutoModel.from_pretrained(spec, use_safetensors=True)
        if not hasattr(model, "get_image_features") or not hasattr(model, "get_text_features"):
            raise EncoderError(
                f"'{spec}' is a {type(model).__name__}, which has no image and text towers. "
                "Use a model of the CLIP family, such as openai/clip-vit-large-patch14."
            )
        tokenizer = AutoTokenizer.from_pretrained(spec)
        image_processor = AutoImageProcessor.from_pretrained(  # type: ignore[no-untyped-call]
            spec, backend="pil"
        )
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"The encoder '{spec}' cannot be loaded: {_first_line(error)} "
            "Use 'compact', the hub id of a CLIP model with a network connection, or a folder "
            "that holds one."
        ) from error
    return ClipEncoder(
        name=spec,
        model=model,
        tokenizer=tokenizer,
        image_processor=image_processor,
        variant="official" if variant == "official" else "projected",
        device=device,
    )


def compute_fingerprint(model: torch.nn.Module, preprocessing: str, variant: str) -> str:
    """Return SHA-256 over version, variant, preprocessing and evenly spread numbers of each tensor.

    The same weights have the same fingerprint, whether they came from the hub or from a folder.
    """
    digest = hashlib.sha256(json.dumps([VERSION, variant, preprocessing]).encode())
    for key, tensor in sorted(model.state_dict().items()):
        flat = tensor.detach().flatten()
        some = flat[:: max(1, flat.numel() // SAMPLES)].cpu().contiguous()
        digest.update(f"{key} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(some.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _to_numpy(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.detach().float().cpu().numpy()
    return array


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    line = lines[0].strip() if lines else type(error).__name__
    return line if line.endswith(".") else f"{line}."
