"""The training memes as a head sees them, in which each finds what teaches it (RGCL).

After Mei et al., ACL 2024: the memes are embedded anew at the start of every epoch.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from memeclip_core.heads.batch import to_batches
from memeclip_core.heads.model import CHUNK
from memeclip_core.training.losses import retrieval_losses
from memeclip_core.training.rows import Examples


class Retrieval:
    """All training memes' embeddings and labels; memes of the same labels, all of them, are alike.

    Args:
        train: the rows to learn from, in the order of their places.
        device: ``cpu`` or ``cuda``, where they are kept.
    """

    def __init__(self, train: Examples, device: str) -> None:
        self.device = torch.device(device)
        self.batches = to_batches(train.features, CHUNK)
        _, groups = np.unique(train.labels, axis=0, return_inverse=True)
        self.groups = torch.from_numpy(groups.reshape(-1)).to(self.device)
        self.known = torch.zeros(0)

    def refresh(self, module: nn.Module) -> None:
        """Embed all memes by a head, in eval mode and without gradients."""
        found = [module(batch.to(self.device)).embedding for batch in self.batches]
        self.known = normalize(torch.cat(found), dim=-1)

    def losses(self, embeddings: Tensor, places: Tensor) -> Tensor:
        """Return the losses (B,) of the rows at some places; see ``retrieval_losses``."""
        return retrieval_losses(embeddings, places.to(self.device), self.known, self.groups)
