"""Train the two linear maps of a shared space on pictures and their captions.

Both towers stay frozen: only their features come in. The loss is CLIP's (Radford et al., 2021):
cross-entropy over all pairs of a batch, in both directions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from memeclip_core.encoders.compact.alignment import Alignment
from memeclip_core.errors import DatasetError

_MAX_SCALE: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignConfig:
    """How to train; chosen on validation pictures.

    Attributes:
        dim: width of the shared space.
        epochs, batch_size, lr, weight_decay: of AdamW, with a cosine schedule down to 0.
        dropout: chance that a number of either feature is hidden while training.
        scale: what cosines are multiplied by at first; it is learnt.
        seed: of initial weights, shuffling, captions and dropout.
    """

    dim: int = 256
    epochs: int = 20
    batch_size: int = 512
    lr: float = 2e-3
    weight_decay: float = 0.1
    dropout: float = 0.3
    scale: float = 20.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Pictures and their captions as features.

    Attributes:
        images: (N, image width) float32.
        texts: (M, text width) float32.
        owners: (M,) int64, the row in ``images`` that each caption describes.

    Raises:
        DatasetError: if a picture has no caption.
    """

    images: np.ndarray
    texts: np.ndarray
    owners: np.ndarray

    def __post_init__(self) -> None:
        bare = len(self.images) - len(np.unique(self.owners))
        if bare:
            raise DatasetError(f"{bare} of {len(self.images)} pictures have no caption.")

    def take(self, rows: np.ndarray) -> Pairs:
        """Return these pictures with all their captions."""
        place = np.full(len(self.images), -1)
        place[rows] = np.arange(len(rows))
        kept = place[self.owners] >= 0
        return Pairs(
            images=self.images[rows], texts=self.texts[kept], owners=place[self.owners[kept]]
        )


class _Maps(nn.Module):
    """Both maps and the learnt scale."""

    def __init__(self, image_dim: int, text_dim: int, config: AlignConfig) -> None:
        super().__init__()
        self.image = nn.Linear(image_dim, config.dim)
        self.text = nn.Linear(text_dim, config.dim)
        self.log_scale = nn.Parameter(torch.tensor(math.log(config.scale)))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, images: Tensor, texts: Tensor) -> Tensor:
        """Return the loss of B pairs: images (B, I), texts (B, T)."""
        left = normalize(self.image(self.dropout(images)), dim=-1)
        right = normalize(self.text(self.dropout(texts)), dim=-1)
        logits = self.log_scale.exp().clamp(max=_MAX_SCALE) * left @ right.T
        target = torch.arange(len(logits))
        loss: Tensor = (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2
        return loss

    def freeze(self) -> Alignment:
        """Return the maps as arrays."""
        parts = (self.image.weight.T, self.image.bias, self.text.weight.T, self.text.bias)
        arrays = [part.detach().clone().contiguous().numpy() for part in parts]
        return Alignment(
            image_map=arrays[0], image_offset=arrays[1], text_map=arrays[2], text_offset=arrays[3]
        )


def fit_alignment(
    train: Pairs,
    config: AlignConfig,
    *,
    score: Callable[[Alignment], float],
    on_epoch: Callable[[int, float, float], None] | None = None,
) -> tuple[Alignment, float]:
    """Return the maps of the epoch with the best score, and that score.

    Args:
        score: judges the maps after each epoch on other pictures; higher is better.
        on_epoch: called with the epoch, its mean loss and its score.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        maps = _Maps(train.images.shape[1], train.texts.shape[1], config)
        return _run(maps, train, config, score, on_epoch)


def _run(
    maps: _Maps,
    train: Pairs,
    config: AlignConfig,
    score: Callable[[Alignment], float],
    on_epoch: Callable[[int, float, float], None] | None,
) -> tuple[Alignment, float]:
    images, texts = torch.from_numpy(train.images), torch.from_numpy(train.texts)
    captions = _captions_of(train)
    optimizer = torch.optim.AdamW(
        maps.parameters(), lr=config.lr, weight_decay=config.weight_decay, fused=True
    )
    steps = config.epochs * math.ceil(len(images) / config.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    best, best_score = maps.freeze(), -math.inf
    for epoch in range(1, config.epochs + 1):
        total = 0.0
        for rows in torch.split(torch.randperm(len(images)), config.batch_size):
            # One caption of each picture: two of the same would be each other's wrong answers.
            chosen = torch.tensor(
                [captions[i][int(torch.randint(len(captions[i]), ()))] for i in rows.tolist()]
            )
            loss = maps(images[rows], texts[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
        current = maps.freeze()
        reached = score(current)
        # After a loss that is no number the maps are none either, whatever they seem to reach.
        if math.isfinite(total) and reached > best_score:
            best, best_score = current, reached
        if on_epoch is not None:
            on_epoch(epoch, total / len(images), reached)
    return best, best_score


def _captions_of(pairs: Pairs) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(len(pairs.images))]
    for caption, owner in enumerate(pairs.owners.tolist()):
        found[owner].append(caption)
    return found
