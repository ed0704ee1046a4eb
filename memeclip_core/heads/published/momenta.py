"""MOMENTA: attention within each modality, then a fusion that weighs one against the other.

After Pramanick et al., Findings of EMNLP 2021: global vectors and regions. Where the paper feeds
detected regions, faces, entities and attributes, this head attends to the encoder's own patches
and words. Without tokens what remains is the cross-modal attention fusion over global vectors
(the "CMAF" baseline of HateCLIPper's paper).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.heads.batch import Batch, HeadOutput
from memeclip_core.heads.parts.assembled import Assembled
from memeclip_core.heads.parts.attention import Attention, build_attention
from memeclip_core.heads.parts.classifier import Classifier, build_classifier
from memeclip_core.heads.parts.sequence import (
    Sequence,
    SequenceBranch,
    SequenceConfig,
    build_sequence_branches,
)
from memeclip_core.records.limits import Count


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentaConfig(SequenceConfig):
    """Settings of ``momenta``."""

    map_dim: Count = 512


class Weighing(Assembled):
    """Cross-modal attention fusion: each modality is raised by its share of the attention.

    ``s = softmax(score([image, text]))``, then ``[(1 + s_i) image, (1 + s_t) text]``.
    """

    score: nn.Module

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        """Fuse two vectors (B, M) into (B, 2M)."""
        shares = self.score(torch.cat([image, text], dim=-1)).softmax(dim=-1)
        return torch.cat([(1 + shares[:, :1]) * image, (1 + shares[:, 1:]) * text], dim=-1)


class MomentaHead(Assembled):
    """Sequences → attention within each → fusion by cross-modal attention → classifier."""

    image: SequenceBranch
    text: SequenceBranch
    image_attention: Attention
    text_attention: Attention
    fusion: Weighing
    pre_output: nn.Module
    classifier: Classifier

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits and cosines (B, C)."""
        image = self.image(batch.image, batch.has_image, batch.image_tokens)
        text = self.text(batch.text, batch.has_text, batch.text_tokens)
        fused = self.fusion(
            summarize(self.image_attention, image), summarize(self.text_attention, text)
        )
        output: HeadOutput = self.classifier(self.pre_output(fused))
        return output


def summarize(attention: Attention, sequence: Sequence) -> Tensor:
    """Return the global vector plus what it takes from its own sequence: (B, M)."""
    return sequence.first + attention.summarize(sequence.first, sequence.values, sequence.mask)


def build_momenta(*, dims: FeatureDims, num_classes: int, config: MomentaConfig) -> MomentaHead:
    """Build the head, its weights drawn from the global generator.

    Raises:
        HeadError: if it should read sequences and the encoder gives none.
    """
    dim = config.map_dim
    image, text = build_sequence_branches("momenta", dims, config)
    return MomentaHead(
        image=image,
        text=text,
        image_attention=build_attention(dim=dim, heads=config.attention_heads),
        text_attention=build_attention(dim=dim, heads=config.attention_heads),
        fusion=Weighing(score=nn.Sequential(nn.Linear(2 * dim, dim), nn.Tanh(), nn.Linear(dim, 2))),
        pre_output=nn.Sequential(
            nn.Linear(2 * dim, dim), nn.ReLU(), nn.Dropout(config.output_dropout)
        ),
        classifier=build_classifier(
            config.classifier, num_classes=num_classes, dim=dim, scale=config.scale
        ),
    )
