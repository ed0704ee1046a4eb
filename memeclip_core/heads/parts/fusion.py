"""How the two modalities' vectors become one: plain functions of two (B, M) batches."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Fusion = Callable[[Tensor, Tensor], Tensor]


def fuse_multiply(image: Tensor, text: Tensor) -> Tensor:
    """Multiply element by element: (B, M) (MemeCLIP, equation 5; HateCLIPper's align)."""
    return image * text


def fuse_concatenate(image: Tensor, text: Tensor) -> Tensor:
    """Put the vectors behind each other: (B, 2M)."""
    return torch.cat([image, text], dim=-1)


def fuse_four_parts(image: Tensor, text: Tensor) -> Tensor:
    """Return text, image, their absolute difference and their product: (B, 4M) (SimCLIP)."""
    return torch.cat([text, image, (text - image).abs(), text * image], dim=-1)


def fuse_outer(image: Tensor, text: Tensor) -> Tensor:
    """Return the flattened outer product: (B, M * M) (HateCLIPper's cross)."""
    return (image[:, :, None] * text[:, None, :]).flatten(1)


def fuse_image(image: Tensor, text: Tensor) -> Tensor:
    """Return the image's vector alone: (B, M)."""
    return image


def fuse_text(image: Tensor, text: Tensor) -> Tensor:
    """Return the text's vector alone: (B, M)."""
    return text


FUSIONS: dict[str, Fusion] = {
    "multiply": fuse_multiply,
    "concatenate": fuse_concatenate,
    "four-part": fuse_four_parts,
    "outer": fuse_outer,
    "image": fuse_image,
    "text": fuse_text,
}
"""Every fusion by name."""


SAME_WIDTH = ("multiply", "four-part")
"""Fusions that need both vectors to be equally wide."""


def fused_dim(fusion: str, image: int, text: int) -> int:
    """Return the width that a fusion makes of vectors of these widths."""
    return {
        "multiply": image,
        "concatenate": image + text,
        "four-part": 4 * image,
        "outer": image * text,
        "image": image,
        "text": text,
    }[fusion]
