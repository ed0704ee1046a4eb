"""Several heads of one kind that started differently, as one head.

After Lakshminarayanan, Pritzel and Blundell, NeurIPS 2017 (deep ensembles), with the mean of the
logits in place of the mean of the probabilities, so that one temperature calibrates it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import nn

from memeclip_core.heads.batch import Batch, HeadOutput


class Ensemble(nn.Module):
    """Heads whose logits and cosines are averaged; each is trained alone."""

    def __init__(self, members: Iterable[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits and cosines (B, C)."""
        outputs = [member(batch) for member in self.members]
        return HeadOutput(
            logits=torch.stack([output.logits for output in outputs]).mean(dim=0),
            cosines=torch.stack([output.cosines for output in outputs]).mean(dim=0),
        )


def build_ensemble(build: Callable[[int], nn.Module], *, seed: int, members: int) -> nn.Module:
    """Build as many members, each from a seed of its own."""
    return join_members([build(member_seed(seed, place, members)) for place in range(members)])


def join_members(members: Sequence[nn.Module]) -> nn.Module:
    """Return the heads as one; a single one is no ensemble."""
    return members[0] if len(members) == 1 else Ensemble(members)


def list_members(module: nn.Module) -> list[nn.Module]:
    """Return the heads that are trained alone: an ensemble's members, or the head itself."""
    return list(module.members) if isinstance(module, Ensemble) else [module]


def member_seed(seed: int, place: int, members: int) -> int:
    """Return the seed of one member; no two seeds have a member in common."""
    return seed * members + place
