"""One modality as a sequence: its global vector first, then its tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.batch import TokenBatch
from memeclip_core.heads.checks import refuse
from memeclip_core.heads.parts.assembled import Assembled
from memeclip_core.heads.parts.classifier import ClassifierName
from memeclip_core.records.limits import Count, Positive, Rate, find_faults


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sequence:
    """Vectors (B, L, M) with their mask (B, L); the first place is always there."""

    values: Tensor
    mask: Tensor

    @property
    def first(self) -> Tensor:
        """The global vector: (B, M)."""
        return self.values[:, 0]

    def mean(self) -> Tensor:
        """Return the mean over the places that there are: (B, M)."""
        weights = self.mask.to(self.values.dtype)[:, :, None]
        return (self.values * weights).sum(dim=1) / weights.sum(dim=1)


def map_places(function: Callable[[Tensor], Tensor], values: Tensor, mask: Tensor) -> Tensor:
    """Map (B, L, D) to (B, L, E) by a function of (N, D), zeros where mask (B, L) is false.

    Most places of a batch only fill up short sequences: what is not there costs nothing.
    """
    mapped = function(values[mask])
    places = mapped.new_zeros(*mask.shape, mapped.shape[-1])
    places[mask] = mapped
    return places


class SequenceBranch(Assembled):
    """Map a global vector and tokens into one space of width M.

    Where the modality is missing, a learned vector stands in its first place and no token is
    read, so that attention over the sequence always has something to attend to.
    """

    vector: nn.Linear
    tokens: nn.Linear | None
    missing: nn.Parameter
    norm: nn.LayerNorm
    dropout: nn.Dropout

    def forward(self, vector: Tensor, present: Tensor, tokens: TokenBatch | None) -> Sequence:
        """Map vectors (B, D), their presence (B,) and tokens (B, L, D') to a sequence (B, 1 + L).

        Raises:
            HeadError: if tokens are missing that the head was built to read.
        """
        first = torch.where(present[:, None], vector, 0.0)
        first = torch.where(present[:, None], self.vector(first), self.missing)
        first = self._finish(first)[:, None]
        always = torch.ones_like(present)[:, None]
        if self.tokens is None:
            return Sequence(values=first, mask=always)
        if tokens is None:
            raise HeadError(
                "This head reads sequences of patches or words, and the features have none. "
                "Encode them with sequences."
            )
        mask = tokens.mask & present[:, None]
        rest = map_places(self._map_tokens, tokens.values, mask)
        return Sequence(
            values=torch.cat([first, rest], dim=1), mask=torch.cat([always, mask], dim=1)
        )

    def _map_tokens(self, tokens: Tensor) -> Tensor:
        assert self.tokens is not None
        return self._finish(self.tokens(tokens.to(self.tokens.weight.dtype)))

    def _finish(self, vectors: Tensor) -> Tensor:
        finished: Tensor = self.dropout(self.norm(vectors))
        return finished


def build_sequence_branch(
    *, dim: int, token_dim: int, map_dim: int, dropout: float
) -> SequenceBranch:
    """Build a branch for vectors of width ``dim`` and tokens of ``token_dim`` (0: none)."""
    return SequenceBranch(
        vector=nn.Linear(dim, map_dim),
        tokens=nn.Linear(token_dim, map_dim) if token_dim else None,
        missing=nn.Parameter(torch.zeros(map_dim)),
        norm=nn.LayerNorm(map_dim),
        dropout=nn.Dropout(dropout),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceConfig:
    """Settings that heads with attention have in common.

    Attributes:
        map_dim: width M.
        tokens: whether to read patches and words; without them only global vectors count.
        attention_heads: must divide ``map_dim``.
        classifier: ``linear`` or ``cosine``; ``scale`` is the factor on the cosines.
        dropout, output_dropout: rates, in the branches and before the classifier.

    Raises:
        HeadError: listing every value that cannot be.
    """

    map_dim: Count
    tokens: bool = True
    attention_heads: Count = 4
    classifier: ClassifierName = "linear"
    scale: Positive = 30.0
    dropout: Rate = 0.1
    output_dropout: Rate = 0.2

    def __post_init__(self) -> None:
        faults = find_faults(self)
        if self.map_dim > 0 and self.attention_heads > 0 and self.map_dim % self.attention_heads:
            faults.append(f"attention_heads is {self.attention_heads}, it must divide map_dim")
        refuse(faults)


def build_sequence_branches(
    name: str, dims: FeatureDims, config: SequenceConfig
) -> tuple[SequenceBranch, SequenceBranch]:
    """Build the image's branch and the text's, in this order; without ``tokens``, for vectors.

    Raises:
        HeadError: if the head should read sequences and the encoder gives none.
    """
    if config.tokens and not dims.image_tokens and not dims.text_tokens:
        raise HeadError(
            f"The head '{name}' reads sequences of patches and words, and the encoder gives none. "
            "Choose an encoder that does, or set tokens=false to read the global vectors alone."
        )
    image, text = (
        build_sequence_branch(
            dim=dim,
            token_dim=token_dim if config.tokens else 0,
            map_dim=config.map_dim,
            dropout=config.dropout,
        )
        for dim, token_dim in ((dims.image, dims.image_tokens), (dims.text, dims.text_tokens))
    )
    return image, text
