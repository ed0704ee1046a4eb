"""What every head reads, the features of some memes as tensors, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from memeclip_core.encoders.features import Features, Tokens


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TokenBatch:
    """One sequence per row, as stored; mask bool (B, L).

    Values are vectors of half precision (B, L, D), or ids (B, L).
    """

    values: Tensor
    mask: Tensor


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
        return Batch(
            image=self.image[rows],
            text=self.text[rows],
            has_image=self.has_image[rows],
            has_text=self.has_text[rows],
            image_tokens=_take(self.image_tokens, rows),
            text_tokens=_take(self.text_tokens, rows),
            word_ids=_take(self.word_ids, rows),
        )

    def to(self, device: torch.device) -> Batch:
        """Return the same rows on another device."""
        return Batch(
            image=self.image.to(device),
            text=self.text.to(device),
            has_image=self.has_image.to(device),
            has_text=self.has_text.to(device),
            image_tokens=_move(self.image_tokens, device),
            text_tokens=_move(self.text_tokens, device),
            word_ids=_move(self.word_ids, device),
        )

    def hide(self, has_image: Tensor, has_text: Tensor) -> Batch:
        """Return the same rows with other masks of what there is."""
        return replace(self, has_image=has_image, has_text=has_text)


def to_batch(features: Features) -> Batch:
    """Return features as tensors, all N rows in one batch."""
    return Batch(
        image=torch.from_numpy(np.ascontiguousarray(features.image, dtype=np.float32)),
        text=torch.from_numpy(np.ascontiguousarray(features.text, dtype=np.float32)),
        has_image=torch.from_numpy(np.ascontiguousarray(features.has_image, dtype=np.bool_)),
        has_text=torch.from_numpy(np.ascontiguousarray(features.has_text, dtype=np.bool_)),
        image_tokens=_to_token_batch(features.image_tokens),
        text_tokens=_to_token_batch(features.text_tokens),
        word_ids=_to_token_batch(features.word_ids),
    )


def to_batches(features: Features, size: int) -> tuple[Batch, ...]:
    """Return features as tensors, at most ``size`` rows in each batch; of no rows, one of none."""
    batch = to_batch(features)
    starts = range(0, max(1, len(batch)), size)
    return tuple(batch.take(slice(start, start + size)) for start in starts)


def _to_token_batch(tokens: Tokens | None) -> TokenBatch | None:
    if tokens is None:
        return None
    return TokenBatch(
        values=torch.from_numpy(np.ascontiguousarray(tokens.values)),
        mask=torch.from_numpy(np.ascontiguousarray(tokens.mask)),
    )


def _take(tokens: TokenBatch | None, rows: Tensor | slice) -> TokenBatch | None:
    if tokens is None:
        return None
    mask = tokens.mask[rows]
    # Places that none of these rows has would change nothing, and cost most of the time: one
    # long text among thousands sets the length of all.
    length = int(mask.any(dim=0).nonzero().max()) + 1 if mask.any() else 0
    return TokenBatch(values=tokens.values[rows, :length], mask=mask[:, :length])


def _move(tokens: TokenBatch | None, device: torch.device) -> TokenBatch | None:
    if tokens is None:
        return None
    return TokenBatch(values=tokens.values.to(device), mask=tokens.mask.to(device))


class HeadOutput(NamedTuple):
    """A head's answer for a batch.

    Attributes:
        logits: (B, C), before softmax or sigmoid.
        cosines: (B, C) in [-1, 1], between the fused representation and each class's weight.
        auxiliary: (B,), the head's own loss beside that of its labels; ``None`` without one, and
            outside training.
    """

    logits: Tensor
    cosines: Tensor
    auxiliary: Tensor | None = None
