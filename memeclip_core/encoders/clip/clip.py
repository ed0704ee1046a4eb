"""Any CLIP-family model of transformers as an encoder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import signature
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import normalize

from memeclip_core.encoders.base import WordsRead, count_fitting
from memeclip_core.encoders.clip.text_tower import ClipTextTower
from memeclip_core.encoders.clip.weights import compute_fingerprint, take_projection, to_numpy
from memeclip_core.errors import UnsupportedError
from memeclip_core.memes.text import normalize_text

Variant = Literal["official", "projected", "unprojected"]
"""Which outputs are the features.

``official`` is what MemeCLIP's released code computes: the projected image embedding beside the
un-projected text state (end-of-text token after the final layer norm). ``projected`` takes both
embeddings from the shared space, as the paper's figure suggests. ``unprojected`` takes both from
before the projections, as HateCLIPper's and ISSUES' code does.

The released codes squash every picture to 224 x 224 before the model's own preprocessing, and
leave the text as it is; so do ``official`` and ``unprojected``. ``projected`` crops as the model
does, and reads the text as ``normalize_text`` returns it.
"""

VERSION = "clip 1"
"""Part of the fingerprint; to be raised with every change of the preprocessing here."""

SQUASHED = (224, 224)
"""The size that the released codes give every picture, bicubic, whatever its proportions."""

BATCH = 16


class ClipEncoder:
    """Frozen CLIP towers; see ``base.Encoder``. Built by ``clip_load.load_clip``.

    Its projections are taken out of the model and applied here, where a variant asks for them. A
    model without projections, such as SigLIP, has the same vectors in every variant.
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
        self._as_released = variant != "projected"
        self._max_length = int(model.config.text_config.max_position_embeddings)
        preprocessing = [image_processor.to_json_string()]
        if self._as_released:
            preprocessing.append(f"squashed to {SQUASHED}, text as it is")
        self.fingerprint = compute_fingerprint(model, VERSION, variant, *preprocessing)
        self._pixel_names = frozenset(signature(model.get_image_features).parameters)
        self._image_projection = take_projection(model, "visual_projection", "image_projection")
        self._text_projection = take_projection(model, "text_projection")
        self._projects_images = variant != "unprojected"
        self._projects_texts = variant == "projected"
        projection = self._image_projection
        self.visual_projection = None if projection is None else to_numpy(projection.weight)
        self._measure()
        self.image_map, self.image_offset = _read_map(
            None if self._projects_images else projection, self.image_dim
        )
        self.text_map, self.text_offset = _read_map(
            None if self._projects_texts else self._text_projection, self.text_dim
        )
        if model.config.model_type == "clip":
            # Its relatives' text towers read their words otherwise; see ``base.PromptEncoder``.
            self.text_tower = ClipTextTower(
                model=model,
                projection=self._text_projection,
                tokenizer=tokenizer,
                device=device,
            )
            self.word_dim = self.text_tower.word_dim

    def _measure(self) -> None:
        """Learn the widths by running both towers once.

        Raises:
            UnsupportedError: if a tower gives no vector, or the two share no space.
        """
        pictures, texts = [Image.new("RGB", (8, 8))], ["a"]
        image = self._embed_images(pictures, project=True)
        text = self._embed_texts(texts, project=True)
        if image.shape != text.shape:
            raise UnsupportedError(
                f"its image vectors are {image.shape[-1]} wide and its text vectors "
                f"{text.shape[-1]}, so they share no space"
            )
        self.shared_dim = int(image.shape[1])
        self.image_dim = int(self.encode_images(pictures).shape[1])
        self.text_dim = int(self.encode_texts(texts).shape[1])
        self.image_token_dim = int(self.encode_image_tokens(pictures)[0].shape[-1])
        self.text_token_dim = int(self.encode_text_tokens(texts)[0].shape[-1])

    def encode_images(self, images: Sequence[Image.Image]) -> np.ndarray:
        """Return (B, image_dim), not normalised: projected embeddings, or un-projected states."""
        return self._in_batches(
            lambda batch: self._embed_images(batch, project=self._projects_images),
            images,
            getattr(self, "image_dim", 0),
        )

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return (B, text_dim), not normalised: projected embeddings, or un-projected states.

        Texts beyond the model's length are cut at its last position.
        """
        return self._in_batches(
            lambda batch: self._embed_texts(batch, project=self._projects_texts),
            self._clean(texts),
            getattr(self, "text_dim", 0),
        )

    def encode_image_tokens(self, images: Sequence[Image.Image]) -> list[np.ndarray]:
        """Return (patches, image_token_dim) float16 per image; see ``read_patches``."""
        return self._sequences(
            lambda batch: read_patches(self._model, self._to_pixels(batch)), images
        )

    def encode_text_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return (words, text_token_dim) float16 per text; see ``read_words``."""
        special = self._tokenizer.all_special_ids
        return self._sequences(
            lambda batch: read_words(self._model, self._to_ids(batch), special), self._clean(texts)
        )

    def encode_words(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Return each text's words as ids for the text tower: int32 (words,)."""
        return self.text_tower.split_texts(self._clean(texts))

    def count_words(self, text: str) -> WordsRead:
        """Count the words that the tokenizer has whole, and those that fit into the text tower."""
        (clean,) = self._clean([text])
        words = clean.split()
        ids = self._tokenizer(words, add_special_tokens=False).input_ids if words else []
        letters = [len(own) for word, own in zip(words, ids, strict=True) if word.isalpha()]
        marks = self._tokenizer.num_special_tokens_to_add()
        return WordsRead(
            words=len(letters),
            known=letters.count(1),
            length=len(words),
            read=count_fitting([len(own) for own in ids], self._max_length - marks),
        )

    def share_images(self, features: np.ndarray) -> np.ndarray:
        """Return image features, projected if they are not yet, at unit length: (B, shared_dim)."""
        return _unit(np.asarray(features, np.float32) @ self.image_map + self.image_offset)

    def share_texts(self, features: np.ndarray) -> np.ndarray:
        """Return text features, projected if they are not yet, at unit length: (B, shared_dim)."""
        return _unit(np.asarray(features, np.float32) @ self.text_map + self.text_offset)

    def encode_prompts(self, prompts: Sequence[str]) -> np.ndarray:
        """Return sentences in the shared space at unit length: (P, shared_dim)."""
        rows = self._in_batches(
            lambda batch: self._embed_texts(batch, project=True), prompts, self.shared_dim
        )
        return _unit(rows)

    def _clean(self, texts: Sequence[str]) -> list[str]:
        return list(texts) if self._as_released else [normalize_text(text) for text in texts]

    def _embed_images(self, images: Sequence[Image.Image], *, project: bool) -> np.ndarray:
        with torch.inference_mode():
            output = self._model.get_image_features(**self._to_pixels(images))
            return _pool(output, "image", self._image_projection if project else None)

    def _embed_texts(self, texts: Sequence[str], *, project: bool) -> np.ndarray:
        with torch.inference_mode():
            output = self._model.get_text_features(**self._to_ids(texts))
            return _pool(output, "text", self._text_projection if project else None)

    def _to_pixels(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        if self._as_released:
            images = [image.resize(SQUASHED, Image.Resampling.BICUBIC) for image in images]
        made = self._image_processor(images=list(images), return_tensors="pt")
        return {
            name: values.to(self._device, self._model.dtype if values.is_floating_point() else None)
            for name, values in made.items()
            if name in self._pixel_names
        }

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


def _pool(output: Any, side: str, projection: nn.Module | None) -> np.ndarray:
    """Return a tower's vectors (B, D), projected where a projection is given.

    Raises:
        UnsupportedError: if the tower gives none.
    """
    pooled = getattr(output, "pooler_output", None)
    if pooled is None:
        raise UnsupportedError(f"its {side} tower gives no vector of a whole {side}")
    if pooled.ndim == 3:
        pooled = pooled[:, 0]  # FLAVA leaves the choice of its class token to the caller
    return to_numpy(pooled if projection is None else projection(pooled))


def _read_map(projection: nn.Linear | None, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (width, S) and (S,): a projection yet to be applied, or what changes nothing."""
    if projection is None:
        return np.eye(width, dtype=np.float32), np.zeros(width, np.float32)
    matrix, bias = to_numpy(projection.weight.T), projection.bias
    return matrix, np.zeros(matrix.shape[1], np.float32) if bias is None else to_numpy(bias)


def _unit(rows: np.ndarray) -> np.ndarray:
    return to_numpy(normalize(torch.from_numpy(rows), dim=-1))


def read_patches(model: Any, pixels: Mapping[str, Tensor]) -> list[Tensor]:
    """Return the vision tower's last states, of its patches alone: (patches, width) per image.

    CLIP ends with a norm of the class token only; here it brings the patches to the same scale.
    SigLIP has no class token and norms its patches itself; ALIGN's states are a grid.

    Args:
        pixels: what its image processor makes of B images; where that fills images up with
            patches of nothing, ``pixel_attention_mask`` (B, patches) says which are real.
    """
    states: Tensor = model.get_image_features(**pixels).last_hidden_state
    if states.ndim == 4:
        states = states.flatten(2).transpose(1, 2)
    tower = getattr(model, "vision_model", None) or model.image_model
    first = tower.embeddings
    if hasattr(first, "class_embedding"):
        states = tower.post_layernorm(states[:, 1:])
    elif hasattr(first, "cls_token"):
        states = states[:, 1:]
    mask = pixels.get("pixel_attention_mask")
    if mask is None:
        return list(states)
    return [rows[own.bool()] for rows, own in zip(states, mask, strict=True)]


def read_words(model: Any, tokens: Mapping[str, Tensor], special: Collection[int]) -> list[Tensor]:
    """Return the text tower's last states, after its final norm: (words, width) per text.

    Args:
        tokens: ``input_ids`` (B, L) and, where the tokenizer makes one, ``attention_mask``.
        special: ids of the signs that start, end and fill up a text; they are no words.
    """
    states = model.get_text_features(**tokens).last_hidden_state
    ids = tokens["input_ids"]
    words = ~torch.isin(ids, torch.tensor(sorted(special), device=ids.device))
    return [rows[own] for rows, own in zip(states, words, strict=True)]
