"""Any CLIP-family model of transformers as an encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from memeclip_core.encoders.clip_tokens import read_patches, read_words
from memeclip_core.encoders.clip_tower import ClipTextTower
from memeclip_core.encoders.clip_weights import compute_fingerprint, to_numpy
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


class ClipEncoder:
    """Frozen CLIP towers; see ``base.Encoder``. Built by ``clip_load.load_clip``.

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
        preprocessing = image_processor.to_json_string()
        self.fingerprint = compute_fingerprint(model, VERSION, variant, preprocessing)
        projection = getattr(model, "visual_projection", None)
        self.visual_projection = None if projection is None else to_numpy(projection.weight)
        self.image_dim = int(self._embed_images([Image.new("RGB", (8, 8))]).shape[1])
        self.shared_dim = self.image_dim
        self.text_dim = int(self.encode_texts([""]).shape[1])
        self.image_token_dim = int(model.config.vision_config.hidden_size)
        self.text_token_dim = int(model.config.text_config.hidden_size)
        if model.config.model_type == "clip":
            # Its relatives' text towers read their words otherwise; see ``base.PromptEncoder``.
            self.text_tower = ClipTextTower(model=model, tokenizer=tokenizer, device=device)
            self.word_dim = self.text_tower.word_dim

    @property
    def image_map(self) -> np.ndarray:
        """(image_dim, shared_dim): the identity, since image features are projected already."""
        return np.eye(self.image_dim, dtype=np.float32)

    @property
    def text_map(self) -> np.ndarray:
        """(text_dim, shared_dim): the text projection, or the identity if it was applied."""
        if self._text_projection is None:
            return np.eye(self.text_dim, dtype=np.float32)
        return to_numpy(self._text_projection.T)

    @property
    def image_offset(self) -> np.ndarray:
        """(shared_dim,): zeros, since CLIP's projections have no bias."""
        return np.zeros(self.shared_dim, np.float32)

    @property
    def text_offset(self) -> np.ndarray:
        """(shared_dim,): zeros; see ``image_offset``."""
        return np.zeros(self.shared_dim, np.float32)

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

    def encode_image_tokens(self, images: Sequence[Image.Image]) -> list[np.ndarray]:
        """Return (patches, image_token_dim) float16 per image; see ``read_patches``."""
        return self._sequences(
            lambda batch: list(read_patches(self._model, self._to_pixels(batch))), images
        )

    def encode_text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return (words, text_token_dim) float16 per text; see ``read_words``."""
        special = self._tokenizer.all_special_ids
        return self._sequences(
            lambda batch: read_words(self._model, self._to_ids(batch), special),
            [normalize_text(text) for text in texts],
        )

    def encode_words(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return each text's words as ids for the text tower: int32 (words,)."""
        return self.text_tower.split_texts([normalize_text(text) for text in texts])

    def share_images(self, features: np.ndarray) -> np.ndarray:
        """Return image features at unit length: (B, shared_dim)."""
        return _unit(np.asarray(features, np.float32))

    def share_texts(self, features: np.ndarray) -> np.ndarray:
        """Return text features, projected if they are not yet, at unit length: (B, shared_dim)."""
        return _unit(np.asarray(features, np.float32) @ self.text_map)

    def encode_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        """Return sentences in the shared space at unit length: (P, shared_dim)."""
        rows = self._in_batches(
            lambda batch: self._embed_texts(batch, project=True), prompts, self.shared_dim
        )
        return _unit(rows)

    def _embed_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        with torch.inference_mode():
            output = self._model.get_image_features(pixel_values=self._to_pixels(images))
        return to_numpy(output.pooler_output)

    def _embed_texts(self, texts: Sequence[str], *, project: bool) -> np.ndarray:
        known = self._to_ids(texts)
        with torch.inference_mode():
            if project:
                output = self._model.get_text_features(**known)
            else:
                output = self._model.text_model(**known, return_dict=True)
        return to_numpy(output.pooler_output)

    def _to_pixels(self, images: Sequence[Image.Image]) -> Tensor:
        made = self._image_processor(images=list(images), return_tensors="pt")
        pixels: Tensor = made["pixel_values"].to(self._device, self._model.dtype)
        return pixels

    def _to_ids(self, texts: Sequence[str]) -> dict[str, Tensor]:
        tokens = self._tokenizer(
            list(texts),
            padding="max_length" if self._model.config.model_type.startswith("siglip") else True,
            truncation=True,
            max_length=self._max_length,
            return_tensors="pt",
        ).to(self._device)
        return {k: v for k, v in tokens.items() if k in ("input_ids", "attention_mask")}

    def _in_batches(
        self, embed: Callable[[Sequence[Any]], np.ndarray], items: Sequence[Any], width: int
    ) -> np.ndarray:
        if not items:
            return np.zeros((0, width), np.float32)
        parts = [embed(items[start : start + BATCH]) for start in range(0, len(items), BATCH)]
        return np.concatenate(parts)

    def _sequences(
        self, read: Callable[[Sequence[Any]], Sequence[Tensor]], items: Sequence[Any]
    ) -> list[np.ndarray]:
        found: list[np.ndarray] = []
        with torch.inference_mode():
            for start in range(0, len(items), BATCH):
                rows = read(items[start : start + BATCH])
                found += [to_numpy(row).astype(np.float16) for row in rows]
        return found


def _unit(rows: np.ndarray) -> np.ndarray:
    return to_numpy(normalize(torch.from_numpy(rows), dim=-1))
