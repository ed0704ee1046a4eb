"""How the two modalities' vectors become one: plain functions of two (B, M) batches, and the
combiner, which weighs image against text and adds what only both together say.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

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


class Combiner(nn.Module):
    """``central(h) + (1 - s) image + s text``, with ``h`` the product of two wider projections.

    After Baldrati et al. (CVPR workshops 2022), with the product of ISSUES' released code in
    place of the concatenation; the share ``s`` in (0, 1) is one number per row.
    """

    def __init__(
        self, *, image: nn.Module, text: nn.Module, share: nn.Module, central: nn.Module
    ) -> None:
        super().__init__()
        self.image = image
        self.text = text
        self.share = share
        self.central = central

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        """Fuse two vectors (B, M) into (B, M)."""
        both = self.image(image) * self.text(text)
        share = self.share(both).sigmoid()
        fused: Tensor = self.central(both) + (1 - share) * image + share * text
        return fused


def build_combiner(*, dim: int, dropout: float) -> Combiner:
    """Build the combiner for vectors of width ``dim``; its own layers are 2 and 4 times as wide."""

    def widen() -> nn.Sequential:
        return nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Dropout(dropout))

    def branch(width: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Linear(2 * dim, 4 * dim), nn.ReLU(), nn.Dropout(dropout), nn.Linear(4 * dim, width)
        )

    return Combiner(image=widen(), text=widen(), share=branch(1), central=branch(dim))
