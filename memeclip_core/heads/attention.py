"""Attention: what each place of one sequence takes from another sequence."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


class Attention(nn.Module):
    """Scaled dot-product attention with several heads (Vaswani et al., 2017, section 3.2)."""

    def __init__(
        self, *, query: nn.Linear, key: nn.Linear, value: nn.Linear, out: nn.Linear, heads: int
    ) -> None:
        super().__init__()
        self.query = query
        self.key = key
        self.value = value
        self.out = out
        self.heads = heads

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Let queries (B, Q, M) attend to keys (B, K, M) where mask (B, K) is true: (B, Q, M).

        Every row of the mask needs at least one true place.
        """
        attended = scaled_dot_product_attention(
            self._split(self.query(queries)),
            self._split(self.key(keys)),
            self._split(self.value(keys)),
            attn_mask=mask[:, None, None, :],
        )
        # (B, heads, Q, M / heads) -> (B, Q, M)
        mixed: Tensor = self.out(attended.transpose(1, 2).flatten(2))
        return mixed

    def _split(self, vectors: Tensor) -> Tensor:
        """(B, L, M) -> (B, heads, L, M / heads)."""
        batch, length, dim = vectors.shape
        return vectors.view(batch, length, self.heads, dim // self.heads).transpose(1, 2)


def build_attention(*, dim: int, heads: int) -> Attention:
    """Build attention of width ``dim``; ``heads`` must divide it."""
    return Attention(
        query=nn.Linear(dim, dim),
        key=nn.Linear(dim, dim),
        value=nn.Linear(dim, dim),
        out=nn.Linear(dim, dim),
        heads=heads,
    )
