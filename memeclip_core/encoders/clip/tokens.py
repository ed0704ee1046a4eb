"""What CLIP's towers hold for every patch and every word, beside one vector per image and text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor


def read_patches(model: Any, pixels: Mapping[str, Tensor]) -> list[Tensor]:
    """Return the vision tower's last states, of its patches alone: (patches, width) per image.

    CLIP ends with a norm of the class token only; here it brings the patches to the same scale.
    SigLIP has no class token and norms its patches itself; ALIGN's states are a grid.

    Args:
        model: the CLIP model.
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
        model: the CLIP model.
        tokens: ``input_ids`` (B, L) and, where the tokenizer makes one, ``attention_mask``.
        special: ids of the signs that start, end and fill up a text; they are no words.
    """
    states = model.get_text_features(**tokens).last_hidden_state
    ids = tokens["input_ids"]
    words = ~torch.isin(ids, torch.tensor(sorted(special), device=ids.device))
    return [rows[own] for rows, own in zip(states, words, strict=True)]
