"""Every head by name: a preset of settings and what builds it; single settings can change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import torch
from torch import nn

from memeclip_core.encoders.features import FeatureDims, Needs
from memeclip_core.errors import HeadError
from memeclip_core.heads.assembly import HeadConfig, build_fusion_head
from memeclip_core.heads.ensemble import build_ensemble
from memeclip_core.heads.model import HeadModel
from memeclip_core.heads.published.crossattention import CrossAttentionConfig, build_crossattention
from memeclip_core.heads.published.issues import IssuesConfig, build_issues
from memeclip_core.heads.published.knn import NearestConfig, NearestHead
from memeclip_core.heads.published.majority import MajorityConfig, MajorityHead
from memeclip_core.heads.published.momenta import MomentaConfig, build_momenta
from memeclip_core.heads.published.zero_shot import PromptConfig, build_prompts
from memeclip_core.tasks import TaskKind

Config = (
    HeadConfig
    | MomentaConfig
    | CrossAttentionConfig
    | IssuesConfig
    | MajorityConfig
    | NearestConfig
    | PromptConfig
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A published head.

    Attributes:
        config: its settings.
        about: what it is, in one sentence.
        reads: the modalities that it can use: ``text``, ``image`` or ``image+text``.
        together: whether the heads of all tasks share their trunk and are trained at once.
        trained: whether gradients play a part.
        captions: whether captions of the images stand in front of the texts that it reads.
    """

    config: Config
    about: str
    reads: str = "image+text"
    together: bool = False
    trained: bool = True
    captions: bool = False

    @property
    def needs(self) -> Needs:
        """What it reads beyond one vector per image and text."""
        return Needs(
            tokens=bool(getattr(self.config, "tokens", False)),
            words=isinstance(self.config, IssuesConfig),
            captions=self.captions,
        )


HEADS: dict[str, Preset] = {
    "memeclip": Preset(
        config=HeadConfig(),
        about="MemeCLIP: projections, residual adapters, product, cosine classifier.",
    ),
    "memesense": Preset(
        config=HeadConfig(num_layers=2),
        about="MemeSense: MemeCLIP with several projection layers per modality.",
    ),
    "simclip": Preset(
        config=HeadConfig(
            projection="shared",
            inputs="normalize",
            activate_first=True,
            map_dim=128,
            adapter=False,
            unit_order=-1.0,
            fusion="four-part",
            pre_layers=3,
            block="normed",
            classifier="linear",
            projection_dropout=0.0,
            fused_dropout=0.1,
            output_dropout=0.1,
        ),
        about="SimCLIP: one projection for both modalities and all tasks, four-part fusion.",
        together=True,
    ),
    "hateclipper-align": Preset(
        config=HeadConfig(adapter=False, classifier="linear", one_logit=True, unimodal_losses=True),
        about="HateCLIPper: a linear map per modality, their product, a loss for each alone.",
    ),
    "hateclipper-cross": Preset(
        config=HeadConfig(
            adapter=False,
            classifier="linear",
            one_logit=True,
            unimodal_losses=True,
            fusion="outer",
            map_dim=128,
        ),
        about="Like HateCLIPper: a linear map per modality, all products of their features.",
    ),
    "rgcl": Preset(
        config=HeadConfig(
            adapter=False,
            classifier="linear",
            one_logit=True,
            retrieval=True,
            pre_layers=3,
            projection_dropout=0.2,
            output_dropout=0.1,
        ),
        about="RGCL: HateCLIPper's product, taught by the nearest memes of each label.",
    ),
    "momenta": Preset(
        config=MomentaConfig(),
        about="Like MOMENTA: attention over patches and words, cross-modal attention fusion.",
    ),
    "crossattention-moe": Preset(
        config=CrossAttentionConfig(),
        about="Two-way cross-attention of words and patches, experts, contrastive alignment.",
    ),
    "issues": Preset(
        config=IssuesConfig(one_logit=True),
        about="Like ISSUES: the image as a word that CLIP's text tower reads, then a combiner.",
    ),
    "issues-harmeme": Preset(
        config=IssuesConfig(one_logit=True, map_dim=768, pre_layers=3),
        about="Like ISSUES with its settings for HarMeme: narrower, and deeper after the combiner.",
    ),
    "caption": Preset(
        config=HeadConfig(fusion="text", adapter=False, unit=False, classifier="linear"),
        about="A caption of the image and the meme's text, read as one text.",
        captions=True,
    ),
    "linear": Preset(
        config=HeadConfig(
            inputs="standardize",
            projection="none",
            adapter=False,
            unit=False,
            fusion="concatenate",
            pre_layers=0,
            classifier="linear",
            fused_dropout=0.0,
        ),
        about="Logistic regression on the standardised features of both modalities.",
    ),
    "text-only": Preset(
        config=HeadConfig(fusion="text"), about="MemeCLIP without the image.", reads="text"
    ),
    "image-only": Preset(
        config=HeadConfig(fusion="image"), about="MemeCLIP without the text.", reads="image"
    ),
    "knn": Preset(
        config=NearestConfig(),
        about="The nearest training memes vote on the labels; nothing is trained.",
        trained=False,
    ),
    "majority": Preset(
        config=MajorityConfig(),
        about="The same answer for every meme: the shares of the training labels.",
        trained=False,
    ),
    "zero-shot": Preset(
        config=PromptConfig(),
        about="The nearness of a meme to each class's sentence; nothing is trained.",
        trained=False,
    ),
}
"""Head name → its published settings."""


BUILDERS: dict[type[Config], Callable[..., nn.Module]] = {
    MomentaConfig: build_momenta,
    CrossAttentionConfig: build_crossattention,
    IssuesConfig: build_issues,
    MajorityConfig: lambda dims, num_classes, config: MajorityHead(num_classes=num_classes),
    NearestConfig: NearestHead,
    PromptConfig: build_prompts,
}
"""What builds each head that is no setting of the fusion frame."""


def find_preset(name: str) -> Preset:
    """Return a head's preset; raise HeadError listing the known heads if there is none."""
    if name not in HEADS:
        raise HeadError(f"Unknown head '{name}'. Known: {', '.join(sorted(HEADS))}.")
    return HEADS[name]


def resolve_config(name: str, settings: dict[str, Any] | None = None) -> Config:
    """Return a head's settings with some of them changed.

    Raises:
        HeadError: on an unknown head, an unknown setting or a value that cannot be.
    """
    config = find_preset(name).config
    known = [field.name for field in fields(config)]
    unknown = sorted(set(settings or {}) - set(known))
    if unknown:
        raise HeadError(
            f"The head '{name}' has no setting '{unknown[0]}'. "
            f"Its settings: {', '.join(known) or 'none'}."
        )
    return replace(config, **(settings or {}))


def restore_config(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return all settings of a head that was saved with those that there were at the time.

    Later ones have their class's default, which is how heads were before; a preset may have
    another by now.

    Raises:
        HeadError: as ``resolve_config``.
    """
    return complete_config(name, asdict(type(find_preset(name).config)()) | settings)


def find_needs(name: str, settings: dict[str, Any] | None = None) -> Needs:
    """Return what a head with these settings reads beyond one vector per image and text.

    Raises:
        HeadError: as ``resolve_config``.
    """
    return replace(find_preset(name), config=resolve_config(name, settings)).needs


def find_model_needs(model: HeadModel) -> Needs:
    """Return what a model's heads read beyond one vector per image and text."""
    return find_needs(model.head, model.config)


def count_members(name: str, settings: dict[str, Any] | None = None) -> int:
    """Return how many heads of these settings answer together; see ``Ensemble``.

    Raises:
        HeadError: as ``resolve_config``.
    """
    members: int = getattr(resolve_config(name, settings), "members", 1)
    return members


def complete_config(name: str, settings: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return all settings of a head as plain values; see ``resolve_config``."""
    return asdict(resolve_config(name, settings))


def build_head(
    name: str,
    *,
    dims: FeatureDims,
    num_classes: int,
    kind: TaskKind = "multiclass",
    config: dict[str, Any] | None = None,
    seed: int = 0,
) -> nn.Module:
    """Build a head from plain values, such as a manifest's.

    The global generator is left as it is. Labels of which several can hold never share a logit.

    Raises:
        HeadError: as ``resolve_config``, or if the encoder lacks what the head needs.
    """
    settings = resolve_config(name, config)
    if isinstance(settings, HeadConfig | IssuesConfig) and kind == "multilabel":
        settings = replace(settings, one_logit=False)
    sizes: dict[str, Any] = {"dims": dims, "num_classes": num_classes}
    if isinstance(settings, HeadConfig):
        return build_ensemble(
            lambda own: build_fusion_head(**sizes, config=settings, seed=own),
            seed=seed,
            members=settings.members,
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BUILDERS[type(settings)](**sizes, config=settings)
