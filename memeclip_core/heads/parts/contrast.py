"""Contrastive alignment: two views of a meme should be nearer than views of different memes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize


def contrast_rows(first: Tensor, second: Tensor, valid: Tensor, *, temperature: float) -> Tensor:
    """Return each row's symmetric InfoNCE loss (Radford et al., 2021, figure 3): (B,).

    Args:
        first, second: two views of the same memes, (B, M), any length but zero.
        valid: bool (B,); rows with both views. The others neither lose nor stand against one.
        temperature: divides the cosines.
    """
    losses = first.new_zeros(len(first))
    places = valid.nonzero().flatten()
    if len(places) < 2:
        return losses
    cosines = normalize(first[places], dim=-1) @ normalize(second[places], dim=-1).T
    own = torch.arange(len(places), device=first.device)
    there = cross_entropy(cosines / temperature, own, reduction="none")
    back = cross_entropy(cosines.T / temperature, own, reduction="none")
    return losses.index_put((places,), (there + back) / 2)
