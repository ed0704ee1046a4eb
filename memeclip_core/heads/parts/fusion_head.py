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

    Everything in it is trained; the encoder in front of it never is. ``alone`` are the layers
    after the fusion once more for each modality alone, whose losses count in training
    (HateCLIPper); a ``guided`` head learns from retrieved memes as well (RGCL).
    """

    image: Branch | Unread
    text: Branch | Unread
    fusion: Fusion
    pre_output: nn.Sequential
    classifier: Classifier
    shared: SharedProjection | None
    alone: nn.ModuleDict | None
    guided: bool

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits and cosines (B, C)."""
        image, text = batch.image, batch.text
        if self.shared is not None:
            image, text = self.shared(image), self.shared(text)
        vectors = {
            "image": self.image(image, batch.has_image),
            "text": self.text(text, batch.has_text),
        }
        fused = self.fusion(vectors["image"], vectors["text"])
        output: HeadOutput
        if self.guided:
            embedding = self.pre_output[: self.embeds](fused)
            output = self.classifier(self.pre_output[self.embeds :](embedding))
            output = output._replace(embedding=embedding)
        else:
            output = self.classifier(self.pre_output(fused))
        if self.alone is None or not self.training:
            return output
        present = {"image": batch.has_image, "text": batch.has_text}
        side = [(part(vectors[name]).logits, present[name]) for name, part in self.alone.items()]
        return output._replace(side=tuple(side))

    @property
    def embeds(self) -> int:
        """How many pre-output layers make the embedding: those up to the last linear map."""
        linear = [n for n, part in enumerate(self.pre_output, 1) if isinstance(part, nn.Linear)]
        return linear[-1] if linear else 0

    def estimate(self, batch: Batch) -> None:
        """Take from training rows what is not learnt by gradient."""
        self.image.estimate(batch.image, batch.has_image)
        self.text.estimate(batch.text, batch.has_text)


def share_trunk(heads: list[FusionHead]) -> None:
    """Give all heads the trunk of the first: one set of weights, learnt by every task."""
    for head in heads[1:]:
        for part in TRUNK:
            setattr(head, part, getattr(heads[0], part))
