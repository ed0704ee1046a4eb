"""Two-way cross-attention, a mixture of experts and contrastive alignment.

The system for depression and anxiety memes (RESTORE, AxiOM): words attend to patches and patches
to words, the two means go through experts weighed by a gate, and text, image and fused vectors
of the same meme are drawn together by a contrastive loss. Multilabel and single-label.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.heads.batch import Batch, HeadOutput
from memeclip_core.heads.parts.assembled import Assembled
from memeclip_core.heads.parts.attention import Attention, build_attention
from memeclip_core.heads.parts.classifier import Classifier, build_classifier
from memeclip_core.heads.parts.mixture import Mixture, build_mixture
from memeclip_core.heads.parts.sequence import (
    Sequence,
    SequenceBranch,
    SequenceConfig,
    build_sequence_branches,
)
from memeclip_core.records.limits import Count, NotNegative, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossAttentionConfig(SequenceConfig):
    """Settings of ``crossattention-moe``; ``dropout`` is in the experts, too.

    Attributes:
        experts, expert_dim: how many experts, and their hidden width.
        alignment: weight of the contrastive loss; 0 leaves it out.
        temperature: of the contrastive loss.
    """

    map_dim: Count = 256
    experts: Count = 4
    expert_dim: Count = 256
    alignment: NotNegative = 0.1
    temperature: Positive = 0.07


class CrossAttentionHead(Assembled):
    """Sequences → attention both ways → means → experts → classifier."""

    image: SequenceBranch
    text: SequenceBranch
    image_to_text: Attention
    text_to_image: Attention
    image_norm: nn.LayerNorm
    text_norm: nn.LayerNorm
    mixture: Mixture
    dropout: nn.Dropout
    classifier: Classifier
    alignment: float
    temperature: float

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits and cosines (B, C); in training also the alignment loss (B,)."""
        image = self.image(batch.image, batch.has_image, batch.image_tokens)
        text = self.text(batch.text, batch.has_text, batch.text_tokens)
        image_mean = _attend(self.image_to_text, self.image_norm, image, text).mean()
        text_mean = _attend(self.text_to_image, self.text_norm, text, image).mean()
        fused = self.mixture(torch.cat([text_mean, image_mean], dim=-1))
        output: HeadOutput = self.classifier(self.dropout(fused))
        if not self.training or self.alignment == 0:
            return output
        both = batch.has_image & batch.has_text
        views = ((text_mean, image_mean), (text_mean, fused), (image_mean, fused))
        losses = [contrast_rows(a, b, both, temperature=self.temperature) for a, b in views]
        auxiliary = self.alignment * torch.stack(losses).mean(dim=0)
        return output._replace(auxiliary=auxiliary)


def _attend(
    attention: Attention, norm: nn.LayerNorm, queries: Sequence, keys: Sequence
) -> Sequence:
    """Add to each place of one sequence what it takes from the other, and normalise."""
    taken = attention(queries.values, keys.values, keys.mask, queries.mask)
    return Sequence(values=norm(queries.values + taken), mask=queries.mask)


def contrast_rows(first: Tensor, second: Tensor, valid: Tensor, *, temperature: float) -> Tensor:
    """Return each row's symmetric InfoNCE loss (Radford et al., 2021, figure 3): (B,).

    Args:
        first, second: two views of the same memes, (B, M), any length but zero.
        valid: bool (B,); rows with both views. The others neither lose nor stand against one.
        temperature: divides the cosines.
    """
    losses = first.new_zeros(len(first))
    places = valid.nonzero().flatten()
    if len(places) < 2:
        return losses
    cosines = normalize(first[places], dim=-1) @ normalize(second[places], dim=-1).T
    own = torch.arange(len(places), device=first.device)
    there = cross_entropy(cosines / temperature, own, reduction="none")
    back = cross_entropy(cosines.T / temperature, own, reduction="none")
    return losses.index_put((places,), (there + back) / 2)


def build_crossattention(
    *, dims: FeatureDims, num_classes: int, config: CrossAttentionConfig
) -> CrossAttentionHead:
    """Build the head, its weights drawn from the global generator.

    Raises:
        HeadError: if it should read sequences and the encoder gives none.
    """
    dim = config.map_dim
    image, text = build_sequence_branches("crossattention-moe", dims, config)
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
