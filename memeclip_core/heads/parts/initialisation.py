"""Semantic-aware initialisation: class weights that start from the classes' prompts."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from memeclip_core.errors import HeadError


def semantic_weights(
    prompts: Tensor, *, map_dim: int, visual_projection: Tensor | None = None, seed: int = 0
) -> Tensor:
    """Map prompt embeddings to initial class weights (paper, section 4.3).

    The official code multiplies the unit prompt embeddings (C, S) by CLIP's transposed visual
    projection (S, W), which works where the visual width W equals the head's width. Anywhere
    else a seeded matrix with orthonormal columns (or rows, if the head is narrower) takes its
    place: it keeps the angles between the classes exactly when ``map_dim >= S``.

    Args:
        prompts: (C, S), one embedding per class, in the encoder's shared space.
        map_dim: width M of the head.
        visual_projection: (S, W) or ``None``; used only if W = M.
        seed: draws the orthonormal matrix.

    Returns:
        (C, M), each row of unit length.

    Raises:
        HeadError: if the shapes do not fit.
    """
    if prompts.ndim != 2:
        raise HeadError(f"Prompt embeddings must be (classes, dim); got {tuple(prompts.shape)}.")
    shared_dim = prompts.shape[1]
    if visual_projection is not None and visual_projection.shape == (shared_dim, map_dim):
        matrix = visual_projection
    else:
        generator = torch.Generator().manual_seed(seed)
        big, small = max(shared_dim, map_dim), min(shared_dim, map_dim)
        basis, _ = torch.linalg.qr(torch.randn(big, small, generator=generator))
        matrix = basis.T if map_dim >= shared_dim else basis
    return normalize(normalize(prompts.float(), dim=-1) @ matrix.float(), dim=-1)
