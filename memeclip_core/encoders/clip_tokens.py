"""What CLIP's towers hold for every patch and every word, beside one vector per image and text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor


def read_patches(model: Any, pixels: Tensor) -> Tensor:
    """Return the vision tower's last states, of its patches alone: (B, patches, width).

    CLIP ends with a norm of the class token only; here it brings the patches to the same scale.
    SigLIP has no class token and norms its patches itself.
    """
    tower = model.vision_model
    states: Tensor = tower(pixel_values=pixels).last_hidden_state
    if not hasattr(tower.embeddings, "class_embedding"):
        return states
    normed: Tensor = tower.post_layernorm(states[:, 1:])
    return normed


def read_words(model: Any, tokens: Mapping[str, Tensor], special: Collection[int]) -> list[Tensor]:
    """Return the text tower's last states, after its final norm: (words, width) per text.

    Args:
        model: the CLIP model.
        tokens: ``input_ids`` (B, L) and, where the tokenizer makes one, ``attention_mask``.
        special: ids of the signs that start, end and fill up a text; they are no words.
    """
    states = model.text_model(**tokens, return_dict=True).last_hidden_state
    ids = tokens["input_ids"]
    words = ~torch.isin(ids, torch.tensor(sorted(special), device=ids.device))
    return [rows[own] for rows, own in zip(states, words, strict=True)]
