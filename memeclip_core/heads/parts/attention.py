"""Attention: what each place of one sequence takes from another sequence."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from memeclip_core.heads.parts.assembled import Assembled
from memeclip_core.heads.parts.sequence import map_places


class Attention(Assembled):
    """Scaled dot-product attention with several heads (Vaswani et al., 2017, section 3.2)."""

    query: nn.Linear
    key: nn.Linear
    value: nn.Linear
    out: nn.Linear
    heads: int

    def forward(
        self, queries: Tensor, keys: Tensor, mask: Tensor, asking: Tensor | None = None
    ) -> Tensor:
        """Let queries (B, Q, M) attend to keys (B, K, M) where mask (B, K) is true: (B, Q, M).

        Every row of the mask needs at least one true place. Queries count where ``asking``
        (B, Q) is true, everywhere unless given; the others take nothing.
        """
        if asking is None:
            asking = torch.ones(queries.shape[:2], dtype=torch.bool, device=queries.device)
        attended = scaled_dot_product_attention(
            self._split(map_places(self.query, queries, asking)),
            self._split(map_places(self.key, keys, mask)),
            self._split(map_places(self.value, keys, mask)),
            attn_mask=mask[:, None, None, :],
        )
        # (B, heads, Q, M / heads) -> (B, Q, M)
        return map_places(self.out, attended.transpose(1, 2).flatten(2), asking)

    def summarize(self, query: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """Let one query (B, M) attend to keys (B, K, M) where mask (B, K) is true: (B, M).

        The same as ``forward`` with a single query, without a projection of each key: the query
        is taken into the keys' space instead, and what it finds there back.
        """
        batch, dim = query.shape
        # (B, heads, M / heads), and (heads, M / heads, M)
        asked = self.query(query).view(batch, self.heads, dim // self.heads)
        key, value = (
            part.weight.view(self.heads, dim // self.heads, dim) for part in (self.key, self.value)
        )
        # The bias of the keys raises all scores of a head alike: it is here for its gradient.
        raised = (asked * self.key.bias.view(self.heads, -1)).sum(dim=-1, keepdim=True)
        scores = (torch.einsum("bhd,hdm,bkm->bhk", asked, key, keys) + raised) / math.sqrt(
            dim // self.heads
        )
        shares = scores.masked_fill(~mask[:, None], -math.inf).softmax(dim=-1)
        found = torch.einsum("bhm,hdm->bhd", shares @ keys, value)
        taken: Tensor = self.out(found.flatten(1) + self.value.bias)
        return taken

    def _split(self, vectors: Tensor) -> Tensor:
        """(B, L, M) -> (B, heads, L, M / heads)."""
        batch, length, dim = vectors.shape
        return vectors.view(batch, length, self.heads, dim // self.heads).transpose(1, 2)


def build_attention(*, dim: int, heads: int) -> Attention:
    """Build attention of width ``dim``; ``heads`` must divide it."""
    names = ("query", "key", "value", "out")
    return Attention(heads=heads, **{name: nn.Linear(dim, dim) for name in names})
