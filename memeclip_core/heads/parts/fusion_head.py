"""The frame of every head that fuses one vector per modality."""

from __future__ import annotations

from torch import nn

from memeclip_core.heads.batch import Batch, HeadOutput
from memeclip_core.heads.parts.assembled import Assembled
from memeclip_core.heads.parts.branch import Branch, SharedProjection, Unread
from memeclip_core.heads.parts.classifier import Classifier
from memeclip_core.heads.parts.fusion import Fusion

TRUNK = ("shared", "image", "text")
"""The parts in front of the fusion: heads of several tasks can have them in common."""


class FusionHead(Assembled):
    """A branch per modality, a fusion, pre-output layers and a classifier.

    Everything in it is trained; the encoder in front of it never is.
    """

    image: Branch | Unread
    text: Branch | Unread
    fusion: Fusion
    pre_output: nn.Module
    classifier: Classifier
    shared: SharedProjection | None

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits and cosines (B, C)."""
        image, text = batch.image, batch.text
        if self.shared is not None:
            image, text = self.shared(image), self.shared(text)
        fused = self.fusion(self.image(image, batch.has_image), self.text(text, batch.has_text))
        output: HeadOutput = self.classifier(self.pre_output(fused))
        return output

    def estimate(self, batch: Batch) -> None:
        """Take from training rows what is not learnt by gradient."""
        self.image.estimate(batch.image, batch.has_image)
        self.text.estimate(batch.text, batch.has_text)


def share_trunk(heads: list[FusionHead]) -> None:
    """Give all heads the trunk of the first: one set of weights, learnt by every task."""
    for head in heads[1:]:
        for part in TRUNK:
            setattr(head, part, getattr(heads[0], part))
