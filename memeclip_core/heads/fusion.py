"""How the two modalities' vectors become one."""

from __future__ import annotations

from torch import Tensor


def fuse_multiply(image: Tensor, text: Tensor) -> Tensor:
    """Multiply two (B, M) batches element by element (MemeCLIP, equation 5)."""
    return image * text
