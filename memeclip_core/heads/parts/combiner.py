"""The combiner: a fusion that weighs image against text and adds what only both together say."""

from __future__ import annotations

from torch import Tensor, nn


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
