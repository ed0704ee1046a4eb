"""MemeCLIP (Shah et al., EMNLP 2024), assembled from parts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from memeclip_core.errors import HeadError
from memeclip_core.heads.adapter import build_adapter
from memeclip_core.heads.branch import Branch, StandIn
from memeclip_core.heads.classifier import CosineClassifier
from memeclip_core.heads.fusion import fuse_multiply
from memeclip_core.heads.output import HeadOutput
from memeclip_core.heads.projection import build_projection


@dataclass(frozen=True, slots=True, kw_only=True)
class MemeClipConfig:
    """The head's sizes and rates; the defaults are the published ones.

    Attributes:
        map_dim: width M of the head's space.
        num_layers: projection layers per modality (MemeSense uses more than one).
        reduction: bottleneck of the adapters, M / reduction.
        ratio: alpha, the adapters' share in the residual mixing, in [0, 1].
        scale: sigma, the factor on the cosines.
        projection_dropout, fused_dropout, output_dropout: rates in [0, 1).
        stand_ins: whether learned vectors stand in for missing modalities.

    Raises:
        HeadError: listing every value that cannot be.
    """

    map_dim: int = 1024
    num_layers: int = 1
    reduction: int = 4
    ratio: float = 0.2
    scale: float = 30.0
    projection_dropout: float = 0.1
    fused_dropout: float = 0.4
    output_dropout: float = 0.2
    stand_ins: bool = False

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {getattr(self, name)}, at least 1 is needed"
            for name in ("map_dim", "num_layers", "reduction")
            if getattr(self, name) < 1
        ]
        faults += [
            f"{name} is {getattr(self, name)}, allowed is 0 up to below 1"
            for name in ("projection_dropout", "fused_dropout", "output_dropout")
            if not 0 <= getattr(self, name) < 1
        ]
        if not 0 <= self.ratio <= 1:
            faults.append(f"ratio is {self.ratio}, allowed is 0 to 1")
        if self.scale <= 0:
            faults.append(f"scale is {self.scale}, it must be above 0")
        if faults:
            raise HeadError("The MemeCLIP head cannot be built: " + "; ".join(faults) + ".")


class MemeClipHead(nn.Module):
    """Two branches, multiplied, a pre-output layer and a cosine classifier.

    Everything in it is trained; the encoder in front of it never is.
    """

    def __init__(
        self, *, image: Branch, text: Branch, pre_output: nn.Module, classifier: CosineClassifier
    ) -> None:
        super().__init__()
        self.image = image
        self.text = text
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
        fused = fuse_multiply(self.image(image, has_image), self.text(text, has_text))
        output: HeadOutput = self.classifier(self.pre_output(fused))
        return output


def build_memeclip(
    *,
    image_dim: int,
    text_dim: int,
    num_classes: int,
    config: MemeClipConfig | None = None,
    seed: int = 0,
) -> MemeClipHead:
    """Build a MemeCLIP head with seeded initial weights.

    With the defaults at 768/768 and two classes it has 3,675,136 parameters, as published;
    stand-ins add ``image_dim + text_dim``.
    """
    config = config or MemeClipConfig()

    def branch(dim: int) -> Branch:
        return Branch(
            stand_in=StandIn(dim=dim) if config.stand_ins else None,
            projection=build_projection(
                input_dim=dim,
                map_dim=config.map_dim,
                num_layers=config.num_layers,
                dropout=config.projection_dropout,
            ),
            adapter=build_adapter(
                dim=config.map_dim, reduction=config.reduction, ratio=config.ratio
            ),
        )

    # nn layers draw their initial weights from the global generator only: fork it.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MemeClipHead(
            image=branch(image_dim),
            text=branch(text_dim),
            pre_output=nn.Sequential(
                nn.Dropout(config.fused_dropout),
                nn.Linear(config.map_dim, config.map_dim),
                nn.ReLU(),
                nn.Dropout(config.output_dropout),
            ),
            classifier=CosineClassifier(
                num_classes=num_classes, dim=config.map_dim, scale=config.scale
            ),
        )
