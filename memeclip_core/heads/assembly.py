"""Assemble a head from parts: the published heads are settings of one frame.

``build_fusion_head`` is the only place that knows how wide each part is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

import torch
from torch import nn

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.heads.checks import layer_size, refuse
from memeclip_core.heads.parts.branch import (
    Branch,
    Projection,
    SharedProjection,
    Standardizer,
    StandIn,
    Unit,
    Unread,
    ZeroPad,
    build_adapter,
    build_projection,
)
from memeclip_core.heads.parts.classifier import (
    BlockName,
    Classifier,
    ClassifierName,
    build_classifier,
    build_pre_output,
)
from memeclip_core.heads.parts.fusion import FUSIONS, SAME_WIDTH, FusionName, fused_dim
from memeclip_core.heads.parts.fusion_head import FusionHead
from memeclip_core.records.limits import Count, Limit, Natural, Positive, Rate, Share, find_faults

MOST_MEMBERS = 20
Members = Annotated[
    int, Limit(f"allowed is 1 to {MOST_MEMBERS}", lambda value: 1 <= value <= MOST_MEMBERS)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadConfig:
    """A head's parts, sizes and rates; the defaults are MemeCLIP's published ones.

    Attributes:
        inputs: features as they are (``raw``), of unit length (``normalize``), or less their
            mean and by their deviation over the training rows (``standardize``).
        projection: ``separate`` for each modality, one ``shared`` by both (the narrower features
            are padded with zeros), or ``none`` (padded only where the fusion needs it).
        map_dim: width M of the head's space.
        num_layers: projection layers per modality (MemeSense uses more than one).
        activate_first: whether a GELU stands in front of the projection (SimCLIP).
        adapter: whether a residual adapter follows the projection.
        reduction: bottleneck of the adapters, M / reduction.
        ratio: alpha, the adapters' share in the residual mixing, in [0, 1].
        unit: whether each modality's vector gets unit length before the fusion.
        unit_order: the order of the norm that is that length; SimCLIP's code has -1.
        fusion: a key of ``FUSIONS``.
        pre_layers: Linear → ReLU layers before the classifier.
        block: ``plain``, or ``normed`` for LayerNorm → Linear → GELU in their place (SimCLIP).
        classifier: ``cosine`` or ``linear``.
        one_logit: whether two classes that exclude each other share the one logit of a linear
            classifier: binary cross-entropy.
        unimodal_losses: whether image alone and text alone learn the labels as well, each by
            layers of its own after its projection (HateCLIPper).
        retrieval: whether the head learns from retrieved memes as well (RGCL).
        scale: sigma, the factor on the cosines.
        projection_dropout, fused_dropout, output_dropout: rates in [0, 1).
        stand_ins: whether learned vectors stand in for missing modalities. Else they are rows of
            zeros, as in the published code, and a product with them may be nothing.
        members: how many heads of these settings, started and trained differently, answer
            together; see ``Ensemble``.

    Raises:
        HeadError: listing every value that cannot be.
    """

    inputs: Literal["raw", "normalize", "standardize"] = "raw"
    projection: Literal["separate", "shared", "none"] = "separate"
    map_dim: Count = 1024
    num_layers: Count = 1
    activate_first: bool = False
    adapter: bool = True
    reduction: Count = 4
    ratio: Share = 0.2
    unit: bool = True
    unit_order: float = 2.0
    fusion: FusionName = "multiply"
    pre_layers: Natural = 1
    block: BlockName = "plain"
    classifier: ClassifierName = "cosine"
    one_logit: bool = False
    unimodal_losses: bool = False
    retrieval: bool = False
    scale: Positive = 30.0
    projection_dropout: Rate = 0.1
    fused_dropout: Rate = 0.4
    output_dropout: Rate = 0.2
    stand_ins: bool = False
    members: Members = 1

    def __post_init__(self) -> None:
        faults = find_faults(self)
        if self.projection == "shared" and self.inputs == "standardize":
            faults.append("inputs is 'standardize', with a shared projection raw or normalize")
        if self.projection == "shared" and self.members > 1:
            faults.append(f"members is {self.members}, heads that share a projection have 1")
        if not faults and self.projection != "none":
            faults = _oversized(self, fused_dim(self.fusion, self.map_dim, self.map_dim))
        refuse(faults)


def build_fusion_head(
    *, dims: FeatureDims, num_classes: int, config: HeadConfig, seed: int = 0
) -> FusionHead:
    """Build a head with seeded initial weights; the global generator is left as it is.

    With the default settings at 768/768 and two classes it has 3,675,136 parameters, as
    MemeCLIP; stand-ins add ``image + text``.

    Raises:
        HeadError: if a layer would not fit into memory.
    """
    image_dim, text_dim = _branch_dims(dims, config)
    width = fused_dim(config.fusion, image_dim, text_dim)
    refuse(_oversized(config, width))
    # nn layers draw their initial weights from the global generator only: fork it.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return FusionHead(
            image=_build_branch(dims.image, image_dim, config, read=config.fusion != "text"),
            text=_build_branch(dims.text, text_dim, config, read=config.fusion != "image"),
            fusion=FUSIONS[config.fusion],
            **_build_output(width, num_classes, config),
            shared=_build_shared(dims, config),
            alone=_build_alone({"image": image_dim, "text": text_dim}, num_classes, config),
            guided=config.retrieval,
        )


class _Output(TypedDict):
    """What stands behind a fusion."""

    pre_output: nn.Sequential
    classifier: Classifier


def _build_output(width: int, num_classes: int, config: HeadConfig) -> _Output:
    return {
        "pre_output": build_pre_output(
            width=width,
            map_dim=config.map_dim,
            layers=config.pre_layers,
            fused_dropout=config.fused_dropout,
            output_dropout=config.output_dropout,
            block=config.block,
        ),
        "classifier": build_classifier(
            config.classifier,
            num_classes=num_classes,
            dim=config.map_dim if config.pre_layers and config.block == "plain" else width,
            scale=config.scale,
            one_logit=config.one_logit,
        ),
    }


def _build_alone(
    widths: dict[str, int], num_classes: int, config: HeadConfig
) -> nn.ModuleDict | None:
    """Build the layers of each modality alone, where both are read."""
    if not config.unimodal_losses or config.fusion in widths:
        return None
    outputs = {name: _build_output(widths[name], num_classes, config) for name in widths}
    return nn.ModuleDict(
        {name: nn.Sequential(out["pre_output"], out["classifier"]) for name, out in outputs.items()}
    )


def _branch_dims(dims: FeatureDims, config: HeadConfig) -> tuple[int, int]:
    """Return how wide the two branches' vectors are."""
    if config.projection != "none":
        return config.map_dim, config.map_dim
    widest = max(dims.image, dims.text)
    return (widest, widest) if config.fusion in SAME_WIDTH else (dims.image, dims.text)


def _build_branch(input_dim: int, dim: int, config: HeadConfig, *, read: bool) -> Branch | Unread:
    if not read:
        return Unread()
    # The order of the parts is the order in which they draw their initial weights.
    adapter: nn.Module = nn.Identity()
    if config.adapter:
        adapter = build_adapter(dim=dim, reduction=config.reduction, ratio=config.ratio)
    projection: nn.Module = nn.Identity()
    if config.projection == "separate":
        projection = _build_projection(input_dim, config)
    elif config.projection == "none" and dim > input_dim:
        projection = ZeroPad(dim=dim)
    # What a shared projection hands on is already as wide as the branch.
    seen = dim if config.projection == "shared" else input_dim
    scaler = {"raw": None, "normalize": Unit(), "standardize": Standardizer(dim=seen)}
    return Branch(
        scaler=None if config.projection == "shared" else scaler[config.inputs],
        stand_in=StandIn(dim=seen) if config.stand_ins else None,
        projection=projection,
        adapter=adapter,
        unit=config.unit,
        unit_order=config.unit_order,
    )


def _build_shared(dims: FeatureDims, config: HeadConfig) -> SharedProjection | None:
    if config.projection != "shared":
        return None
    widest = max(dims.image, dims.text)
    projection = _build_projection(widest, config)
    scaler = Unit() if config.inputs == "normalize" else None
    return SharedProjection(pad=ZeroPad(dim=widest), scaler=scaler, projection=projection)


def _build_projection(input_dim: int, config: HeadConfig) -> Projection:
    return build_projection(
        input_dim=input_dim,
        map_dim=config.map_dim,
        num_layers=config.num_layers,
        dropout=config.projection_dropout,
        activate_first=config.activate_first,
    )


def _oversized(config: HeadConfig, width: int) -> list[str]:
    output = width if config.block == "normed" else config.map_dim
    weights = width * (output if config.pre_layers else 1)
    return layer_size(f"the {config.fusion} fusion at map_dim {config.map_dim}", weights)
