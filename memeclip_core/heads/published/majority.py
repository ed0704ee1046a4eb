"""The majority baseline: the same answer for every meme, as often as training labels say."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from memeclip_core.heads.batch import Batch, HeadOutput


@dataclass(frozen=True, slots=True, kw_only=True)
class MajorityConfig:
    """``majority`` has nothing to set."""


class MajorityHead(nn.Module):
    """Answer with the classes' shares among the training rows; it has no parameters.

    Its cosines are 0: it has no direction for a class. At first all classes are equally likely.
    """

    prior: Tensor

    def __init__(self, *, num_classes: int) -> None:
        super().__init__()
        self.register_buffer("prior", torch.zeros(num_classes))

    def estimate(self, targets: Tensor, *, exclusive: bool) -> None:
        """Set the logits from training labels (N, C) of 0 and 1.

        One row of every class is added (Laplace), so that no probability is 0 or 1.

        Args:
            targets: the labels.
            exclusive: whether exactly one class holds per row: logits of softmax, not sigmoid.
        """
        hits, rows = targets.sum(dim=0) + 1, len(targets) + (targets.shape[1] if exclusive else 2)
        self.prior.copy_(hits.log() if exclusive else (hits / (rows - hits)).log())

    def forward(self, batch: Batch) -> HeadOutput:
        """Return the same logits (B, C) for every row, and cosines of 0."""
        logits = self.prior.expand(len(batch), -1)
        return HeadOutput(logits=logits, cosines=torch.zeros_like(logits))
