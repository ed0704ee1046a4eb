"""What every head returns."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


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
