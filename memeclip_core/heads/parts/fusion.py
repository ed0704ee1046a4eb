"""How the two modalities' vectors become one: plain functions of two (B, M) batches, and the
combiner, which weighs image against text and adds what only both together say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from memeclip_core.heads.parts.assembled import Assembled

FusionName = Literal["multiply", "concatenate", "four-part", "outer", "image", "text"]
Fusion = Callable[[Tensor, Tensor], Tensor]
"""Image and text, (B, M) each, to (B, width)."""

FUSIONS: dict[FusionName, Fusion] = {
    # MemeCLIP, equation 5; HateCLIPper's align.
    "multiply": torch.mul,
    "concatenate": lambda image, text: torch.cat([image, text], dim=-1),
    # SimCLIP.
    "four-part": lambda image, text: torch.cat(
        [text, image, (text - image).abs(), text * image], dim=-1
    ),
    # HateCLIPper's cross: the flattened outer product.
    "outer": lambda image, text: (image[:, :, None] * text[:, None, :]).flatten(1),
    "image": lambda image, _: image,
    "text": lambda _, text: text,
}

SAME_WIDTH = ("multiply", "four-part")
"""Fusions that need both vectors to be equally wide."""


def fused_dim(fusion: FusionName, image: int, text: int) -> int:
    """Return the width that a fusion makes of vectors of these widths."""
    return {
        "multiply": image,
        "concatenate": image + text,
        "four-part": 4 * image,
        "outer": image * text,
        "image": image,
        "text": text,
    }[fusion]


class Combiner(Assembled):
    """``central(h) + (1 - s) image + s text``, with ``h`` the product of two wider projections.

    After Baldrati et al. (CVPR workshops 2022), with the product of ISSUES' released code in
    place of the concatenation; the share ``s`` in (0, 1) is one number per row.
    """

    image: nn.Module
    text: nn.Module
    share: nn.Module
    central: nn.Module

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
