"""Assemble a head from parts: the published heads are settings of one frame.

``build_fusion_head`` is the only place that knows how wide each part is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from memeclip_core.errors import HeadError
from memeclip_core.heads.adapter import build_adapter
from memeclip_core.heads.branch import Branch, StandIn
from memeclip_core.heads.classifier import CosineClassifier, LinearClassifier
from memeclip_core.heads.fusion import FUSIONS, fused_dim
from memeclip_core.heads.fusion_head import FusionHead
from memeclip_core.heads.projection import build_projection

MAX_WEIGHTS = 100_000_000
"""No head may have more weights in one layer: 400 MB, three times that while it is trained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadConfig:
    """A head's parts, sizes and rates; the defaults are MemeCLIP's published ones.

    Attributes:
        map_dim: width M of the head's space.
        num_layers: projection layers per modality (MemeSense uses more than one).
        adapter: whether a residual adapter follows the projection.
        reduction: bottleneck of the adapters, M / reduction.
        ratio: alpha, the adapters' share in the residual mixing, in [0, 1].
        fusion: a key of ``FUSIONS``.
        pre_layers: Linear → ReLU layers before the classifier.
        classifier: ``cosine`` or ``linear``.
        scale: sigma, the factor on the cosines.
        projection_dropout, fused_dropout, output_dropout: rates in [0, 1).
        stand_ins: whether learned vectors stand in for missing modalities.

    Raises:
        HeadError: listing every value that cannot be.
    """

    map_dim: int = 1024
    num_layers: int = 1
    adapter: bool = True
    reduction: int = 4
    ratio: float = 0.2
    fusion: str = "multiply"
    pre_layers: int = 1
    classifier: Literal["cosine", "linear"] = "cosine"
    scale: float = 30.0
    projection_dropout: float = 0.1
    fused_dropout: float = 0.4
    output_dropout: float = 0.2
    stand_ins: bool = False

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {getattr(self, name)}, at least {least} is needed"
            for name, least in (("map_dim", 1), ("num_layers", 1), ("reduction", 1))
            if getattr(self, name) < least
        ]
        if self.pre_layers < 0:
            faults.append(f"pre_layers is {self.pre_layers}, at least 0 is needed")
        faults += [
            f"{name} is {getattr(self, name)}, allowed is 0 up to below 1"
            for name in ("projection_dropout", "fused_dropout", "output_dropout")
            if not 0 <= getattr(self, name) < 1
        ]
        if not 0 <= self.ratio <= 1:
            faults.append(f"ratio is {self.ratio}, allowed is 0 to 1")
        if self.scale <= 0:
            faults.append(f"scale is {self.scale}, it must be above 0")
        if self.fusion not in FUSIONS:
            faults.append(f"fusion is '{self.fusion}', known are {', '.join(FUSIONS)}")
        if self.classifier not in ("cosine", "linear"):
            faults.append(f"classifier is '{self.classifier}', known are cosine and linear")
        if not faults:
            faults += self._oversized()
        if faults:
            raise HeadError("The head cannot be built: " + "; ".join(faults) + ".")

    def _oversized(self) -> list[str]:
        width = fused_dim(self.fusion, self.map_dim)
        weights = width * (self.map_dim if self.pre_layers else 1)
        if weights <= MAX_WEIGHTS:
            return []
        return [
            f"the {self.fusion} fusion at map_dim {self.map_dim} needs a layer of {weights:,} "
            f"weights, at most {MAX_WEIGHTS:,} fit; choose a smaller map_dim"
        ]


def build_fusion_head(
    *, image_dim: int, text_dim: int, num_classes: int, config: HeadConfig, seed: int = 0
) -> FusionHead:
    """Build a head with seeded initial weights; the global generator is left as it is.

    With the default settings at 768/768 and two classes it has 3,675,136 parameters, as
    MemeCLIP; stand-ins add ``image_dim + text_dim``.
    """

    def branch(dim: int) -> Branch:
        adapter = build_adapter(dim=config.map_dim, reduction=config.reduction, ratio=config.ratio)
        return Branch(
            stand_in=StandIn(dim=dim) if config.stand_ins else None,
            projection=build_projection(
                input_dim=dim,
                map_dim=config.map_dim,
                num_layers=config.num_layers,
                dropout=config.projection_dropout,
            ),
            adapter=adapter if config.adapter else nn.Identity(),
        )

    # nn layers draw their initial weights from the global generator only: fork it.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        image, text = branch(image_dim), branch(text_dim)
        return FusionHead(
            image=image,
            text=text,
            fusion=FUSIONS[config.fusion],
            pre_output=_build_pre_output(config),
            classifier=_build_classifier(config, num_classes),
        )


def _build_pre_output(config: HeadConfig) -> nn.Sequential:
    parts: list[nn.Module] = [nn.Dropout(config.fused_dropout)]
    width = fused_dim(config.fusion, config.map_dim)
    for _ in range(config.pre_layers):
        parts += [
            nn.Linear(width, config.map_dim),
            nn.ReLU(),
            nn.Dropout(config.output_dropout),
        ]
        width = config.map_dim
    return nn.Sequential(*parts)


def _build_classifier(config: HeadConfig, num_classes: int) -> CosineClassifier | LinearClassifier:
    dim = config.map_dim if config.pre_layers else fused_dim(config.fusion, config.map_dim)
    if config.classifier == "cosine":
        return CosineClassifier(num_classes=num_classes, dim=dim, scale=config.scale)
    return LinearClassifier(num_classes=num_classes, dim=dim)
