"""The frame of every head that fuses one vector per modality."""

from __future__ import annotations

from torch import Tensor, nn

from memeclip_core.heads.classifier import CosineClassifier, LinearClassifier
from memeclip_core.heads.fusion import Fusion
from memeclip_core.heads.output import HeadOutput


class FusionHead(nn.Module):
    """A branch per modality, a fusion, pre-output layers and a classifier.

    Everything in it is trained; the encoder in front of it never is.
    """

    def __init__(
        self,
        *,
        image: nn.Module,
        text: nn.Module,
        fusion: Fusion,
        pre_output: nn.Module,
        classifier: CosineClassifier | LinearClassifier,
    ) -> None:
        super().__init__()
        self.image = image
        self.text = text
        self.fusion = fusion
        self.pre_output = pre_output
        self.classifier = classifier

    def forward(
        self, image: Tensor, text: Tensor, has_image: Tensor, has_text: Tensor
    ) -> HeadOutput:
        """Score a batch.

        Args:
            image: (B, Di) features; ignored where ``has_image`` (B,) is false.
            text: (B, Dt) features; ignored where ``has_text`` (B,) is false.
            has_image, has_text: bool, (B,).
        """
        fused = self.fusion(self.image(image, has_image), self.text(text, has_text))
        output: HeadOutput = self.classifier(self.pre_output(fused))
        return output
