"""Two-way cross-attention, a mixture of experts and contrastive alignment.

The system for depression and anxiety memes (RESTORE, AxiOM): words attend to patches and patches
to words, the two means go through experts weighed by a gate, and text, image and fused vectors
of the same meme are drawn together by a contrastive loss. Multilabel and single-label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.heads.batch import Batch, HeadOutput
from memeclip_core.heads.checks import above_zero, at_least, one_of, rates, refuse
from memeclip_core.heads.parts.attention import Attention, build_attention
from memeclip_core.heads.parts.classifier import (
    CosineClassifier,
    LinearClassifier,
    build_classifier,
)
from memeclip_core.heads.parts.contrast import contrast_rows
from memeclip_core.heads.parts.mixture import Mixture, build_mixture
from memeclip_core.heads.parts.sequence import (
    Sequence,
    SequenceBranch,
    build_sequence_branches,
    require_tokens,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossAttentionConfig:
    """Settings of ``crossattention-moe``.

    Attributes:
        map_dim: width M.
        tokens: whether to read patches and words; without them the sequences have one place.
        attention_heads: must divide ``map_dim``.
        experts, expert_dim: how many experts, and their hidden width.
        alignment: weight of the contrastive loss; 0 leaves it out.
        temperature: of the contrastive loss.
        classifier: ``linear`` or ``cosine``; ``scale`` is the factor on the cosines.
        dropout, output_dropout: rates in [0, 1), in branches and experts and before the
            classifier.

    Raises:
        HeadError: listing every value that cannot be.
    """

    map_dim: int = 256
    tokens: bool = True
    attention_heads: int = 4
    experts: int = 4
    expert_dim: int = 256
    alignment: float = 0.1
    temperature: float = 0.07
    classifier: Literal["cosine", "linear"] = "linear"
    scale: float = 30.0
    dropout: float = 0.1
    output_dropout: float = 0.2

    def __post_init__(self) -> None:
        faults = at_least(
            1,
            map_dim=self.map_dim,
            attention_heads=self.attention_heads,
            experts=self.experts,
            expert_dim=self.expert_dim,
        )
        if not faults and self.map_dim % self.attention_heads:
            faults.append(f"attention_heads is {self.attention_heads}, it must divide map_dim")
        faults += at_least(0, alignment=self.alignment)
        faults += above_zero(temperature=self.temperature, scale=self.scale)
        faults += rates(dropout=self.dropout, output_dropout=self.output_dropout)
        faults += one_of("classifier", self.classifier, ("cosine", "linear"))
        refuse(faults)


class CrossAttentionHead(nn.Module):
    """Sequences → attention both ways → means → experts → classifier."""

    def __init__(
        self,
        *,
        image: SequenceBranch,
        text: SequenceBranch,
        image_to_text: Attention,
        text_to_image: Attention,
        image_norm: nn.LayerNorm,
        text_norm: nn.LayerNorm,
        mixture: Mixture,
        dropout: nn.Dropout,
        classifier: CosineClassifier | LinearClassifier,
        alignment: float,
        temperature: float,
    ) -> None:
        super().__init__()
        self.image = image
        self.text = text
        self.image_to_text = image_to_text
        self.text_to_image = text_to_image
        self.image_norm = image_norm
        self.text_norm = text_norm
        self.mixture = mixture
        self.dropout = dropout
        self.classifier = classifier
        self.alignment = alignment
        self.temperature = temperature

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits and cosines (B, C); in training also the alignment loss (B,)."""
        image = self.image(batch.image, batch.has_image, batch.image_tokens)
        text = self.text(batch.text, batch.has_text, batch.text_tokens)
        image_mean = _attend(self.image_to_text, self.image_norm, image, text).mean()
        text_mean = _attend(self.text_to_image, self.text_norm, text, image).mean()
        fused = self.mixture(torch.cat([text_mean, image_mean], dim=-1))
        logits, cosines, _ = self.classifier(self.dropout(fused))
        if not self.training or self.alignment == 0:
            return HeadOutput(logits=logits, cosines=cosines)
        both = batch.has_image & batch.has_text
        views = ((text_mean, image_mean), (text_mean, fused), (image_mean, fused))
        losses = [self._contrast(one, other, both) for one, other in views]
        auxiliary = self.alignment * torch.stack(losses).mean(dim=0)
        return HeadOutput(logits=logits, cosines=cosines, auxiliary=auxiliary)

    def _contrast(self, one: Tensor, other: Tensor, both: Tensor) -> Tensor:
        return contrast_rows(one, other, both, temperature=self.temperature)


def _attend(
    attention: Attention, norm: nn.LayerNorm, queries: Sequence, keys: Sequence
) -> Sequence:
    """Add to each place of one sequence what it takes from the other, and normalise."""
    taken = attention(queries.values, keys.values, keys.mask, queries.mask)
    return Sequence(values=norm(queries.values + taken), mask=queries.mask)


def build_crossattention(
    *, dims: FeatureDims, num_classes: int, config: CrossAttentionConfig
) -> CrossAttentionHead:
    """Build the head, its weights drawn from the global generator.

    Raises:
        HeadError: if it should read sequences and the encoder gives none.
    """
    if config.tokens:
        require_tokens("crossattention-moe", dims)
    dim = config.map_dim

    image, text = build_sequence_branches(
        dims, tokens=config.tokens, map_dim=dim, dropout=config.dropout
    )
    return CrossAttentionHead(
        image=image,
        text=text,
        image_to_text=build_attention(dim=dim, heads=config.attention_heads),
        text_to_image=build_attention(dim=dim, heads=config.attention_heads),
        image_norm=nn.LayerNorm(dim),
        text_norm=nn.LayerNorm(dim),
        mixture=build_mixture(
            input_dim=2 * dim,
            hidden_dim=config.expert_dim,
            output_dim=dim,
            experts=config.experts,
            dropout=config.dropout,
        ),
        dropout=nn.Dropout(config.output_dropout),
        classifier=build_classifier(
            config.classifier, num_classes=num_classes, dim=dim, scale=config.scale
        ),
        alignment=config.alignment,
        temperature=config.temperature,
    )
