"""Nearest neighbours: the training memes that are nearest to a meme vote on its labels.

After Cover and Hart (1967), with votes by nearness as Dudani has them (1976). It is what retrieval
adds to a frozen encoder before anything is learnt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.heads.batch import Batch, HeadOutput
from memeclip_core.heads.checks import refuse
from memeclip_core.records.limits import Count, Positive, find_faults

ROWS = ("image", "text", "has_image", "has_text", "labels")
"""The buffers with one row for each training meme; their length is known once they are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestConfig:
    """Settings of ``knn``.

    Attributes:
        neighbours: how many of the nearest training memes vote.
        temperature: by how much less cosine a vote counts 1/e.

    Raises:
        HeadError: listing every value that cannot be.
    """

    neighbours: Count = 20
    temperature: Positive = 0.1

    def __post_init__(self) -> None:
        refuse(find_faults(self))


class NearestHead(nn.Module):
    """Let the nearest training memes vote; it has no parameters, and keeps those memes' features.

    The nearness of two memes is the mean cosine over the modalities that the asked meme has, with
    0 where the training meme lacks one. A vote weighs exp((cosine - highest cosine) / temperature),
    and the classes' shares among all training memes are one vote more, so that no probability is 0
    or 1. A meme without any modality gets those shares.
    """

    image: Tensor
    text: Tensor
    has_image: Tensor
    has_text: Tensor
    labels: Tensor
    exclusive: Tensor

    def __init__(self, *, dims: FeatureDims, num_classes: int, config: NearestConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("image", torch.zeros(0, dims.image, dtype=torch.float16))
        self.register_buffer("text", torch.zeros(0, dims.text, dtype=torch.float16))
        self.register_buffer("has_image", torch.zeros(0, dtype=torch.bool))
        self.register_buffer("has_text", torch.zeros(0, dtype=torch.bool))
        self.register_buffer("labels", torch.zeros(0, num_classes))
        self.register_buffer("exclusive", torch.tensor(True))

    def keep(self, rows: Batch, targets: Tensor, *, exclusive: bool) -> None:
        """Keep the training memes.

        Args:
            rows: their features.
            targets: their labels (N, C) of 0 and 1.
            exclusive: whether exactly one class holds per row: logits of softmax, not sigmoid.
        """
        self.image = _unit(rows.image, rows.has_image).half()
        self.text = _unit(rows.text, rows.has_text).half()
        self.has_image, self.has_text = rows.has_image.clone(), rows.has_text.clone()
        self.labels = targets.float()
        self.exclusive = torch.tensor(exclusive)

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits (B, C), and the cosine to each class's nearest meme (B, C).

        Without training memes all logits and cosines are 0; so is the cosine of a class that none
        of them has.
        """
        if not len(self.labels):
            nothing = torch.zeros(len(batch), self.labels.shape[1])
            return HeadOutput(logits=nothing, cosines=nothing.clone())
        cosines = self._compare(batch)
        found = cosines.topk(min(self.config.neighbours, len(self.labels)), dim=1)
        weights = ((found.values - found.values[:, :1]) / self.config.temperature).exp()
        weights = weights * (batch.has_image | batch.has_text)[:, None]
        hits, count = self.labels.sum(dim=0) + 1, len(self.labels)
        base = hits / (count + (len(hits) if self.exclusive else 2))
        votes = (weights[:, :, None] * self.labels[found.indices]).sum(dim=1) + base
        shares = votes / (weights.sum(dim=1, keepdim=True) + 1)
        logits = shares.log() if self.exclusive else (shares / (1 - shares)).log()
        return HeadOutput(logits=logits, cosines=self._nearest(cosines))

    def _compare(self, batch: Batch) -> Tensor:
        """Return the cosines (B, N) of a batch to the training memes."""
        image = _unit(batch.image, batch.has_image) @ self.image.float().T
        text = _unit(batch.text, batch.has_text) @ self.text.float().T
        used = batch.has_image.float() + batch.has_text.float()
        cosines: Tensor = ((image + text) / used.clamp(min=1)[:, None]).clamp(-1.0, 1.0)
        return cosines

    def _nearest(self, cosines: Tensor) -> Tensor:
        """Return the highest of some cosines (B, N) for each class: (B, C)."""
        held = self.labels > 0
        best = [
            cosines[:, held[:, place]].amax(dim=1) if held[:, place].any() else cosines[:, 0] * 0
            for place in range(held.shape[1])
        ]
        return torch.stack(best, dim=1)

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *args: Any) -> None:
        """Make room for as many training memes as a checkpoint has."""
        for name in ROWS:
            kept = state_dict.get(prefix + name)
            own = self.get_buffer(name)
            if kept is not None and kept.shape[1:] == own.shape[1:]:
                setattr(self, name, own.new_zeros(kept.shape))
        super()._load_from_state_dict(state_dict, prefix, *args)


def _unit(features: Tensor, present: Tensor) -> Tensor:
    """Return rows of length 1 (B, D), zeros where the modality is missing."""
    return normalize(torch.where(present[:, None], features, 0.0), dim=-1)
