"""What every head reads, the features of some memes as tensors, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from memeclip_core.encoders.features import ARRAYS, SEQUENCES, Features


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenBatch:
    """One sequence per row, as stored; mask bool (B, L).

    Values are vectors of half precision (B, L, D), or ids (B, L).
    """

    values: Tensor
    mask: Tensor

    def __getitem__(self, rows: Tensor | slice) -> TokenBatch:
        """Return the sequences at these places, as long as need be.

        Places that none of these rows has would change nothing, and cost most of the time: one
        long text among thousands sets the length of all.
        """
        mask = self.mask[rows]
        length = int(mask.any(dim=0).nonzero().max()) + 1 if mask.any() else 0
        return TokenBatch(values=self.values[rows, :length], mask=mask[:, :length])

    def to(self, device: torch.device) -> TokenBatch:
        """Return the same sequences on another device."""
        return TokenBatch(values=self.values.to(device), mask=self.mask.to(device))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Features of B memes; a head reads nothing of a modality where its mask is false.

    Attributes:
        image: (B, Di) float32.
        text: (B, Dt) float32.
        has_image, has_text: bool (B,).
        image_tokens, text_tokens, word_ids: sequences, or ``None``.
    """

    image: Tensor
    text: Tensor
    has_image: Tensor
    has_text: Tensor
    image_tokens: TokenBatch | None = None
    text_tokens: TokenBatch | None = None
    word_ids: TokenBatch | None = None

    def __len__(self) -> int:
        return len(self.image)

    def take(self, rows: Tensor | slice) -> Batch:
        """Return the rows at these places, in this order, their sequences as long as need be."""
        return self._map(lambda part: part[rows])

    def to(self, device: torch.device) -> Batch:
        """Return the same rows on another device."""
        return self._map(lambda part: part.to(device))

    def _map(self, act: Callable[[Any], Any]) -> Batch:
        parts = {name: getattr(self, name) for name in (*ARRAYS, *SEQUENCES)}
        return replace(self, **{k: act(part) for k, part in parts.items() if part is not None})

    def hide(self, has_image: Tensor, has_text: Tensor) -> Batch:
        """Return the same rows with other masks of what there is."""
        return replace(self, has_image=has_image, has_text=has_text)


def to_batch(features: Features) -> Batch:
    """Return features as tensors, all N rows in one batch."""
    kinds = {"image": np.float32, "text": np.float32, "has_image": np.bool_, "has_text": np.bool_}
    parts: dict[str, Any] = {n: _to_tensor(getattr(features, n), kind) for n, kind in kinds.items()}
    for name in SEQUENCES:
        tokens = getattr(features, name)
        if tokens is not None:
            parts[name] = TokenBatch(values=_to_tensor(tokens.values), mask=_to_tensor(tokens.mask))
    return Batch(**parts)


def _to_tensor(array: np.ndarray, kind: type | None = None) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=kind))


def to_batches(features: Features, size: int) -> tuple[Batch, ...]:
    """Return features as tensors, at most ``size`` rows in each batch; of no rows, one of none."""
    batch = to_batch(features)
    starts = range(0, max(1, len(batch)), size)
    return tuple(batch.take(slice(start, start + size)) for start in starts)


class HeadOutput(NamedTuple):
    """A head's answer for a batch.

    Attributes:
        logits: (B, C), before softmax or sigmoid.
        cosines: (B, C) in [-1, 1], between the fused representation and each class's weight.
        auxiliary: (B,), the head's own loss beside that of its labels; ``None`` without one, and
            outside training.
        side: in training, logits (B, C) of further outputs that learn the labels as well, each
            with the rows (B,) that it could see.
        embedding: (B, M), of a head that learns from retrieved memes.
    """

    logits: Tensor
    cosines: Tensor
    auxiliary: Tensor | None = None
    side: tuple[tuple[Tensor, Tensor], ...] = ()
    embedding: Tensor | None = None
