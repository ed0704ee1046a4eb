"""ISSUES: the image as a word in a sentence that the frozen text tower reads.

After Burbi et al., ICCV workshops 2023, and their released code (``text-inv-comb``): a network
maps the image feature to a pseudo-word, the tower reads "a photo of *, text", and a combiner
fuses that with the image. The code starts the network and the projections from weights trained
elsewhere and keeps them as they are; these are not at hand, so here all of them are trained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.batch import Batch, HeadOutput
from memeclip_core.heads.checks import layer_size, refuse
from memeclip_core.heads.parts.assembled import Assembled
from memeclip_core.heads.parts.branch import build_projection
from memeclip_core.heads.parts.classifier import (
    Classifier,
    ClassifierName,
    build_classifier,
    build_pre_output,
)
from memeclip_core.heads.parts.fusion import Combiner, build_combiner
from memeclip_core.records.limits import Count, Natural, Positive, Rate, find_faults

if TYPE_CHECKING:
    from memeclip_core.encoders.base import TextTower


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuesConfig:
    """Settings of ``issues``; the defaults are those of the released code for Hateful Memes.

    Attributes:
        map_dim: width M of what is fused.
        inversion_dim: width of the layers that make the pseudo-word.
        pre_layers: Linear → ReLU layers before the classifier.
        classifier: ``linear`` or ``cosine``; ``scale`` is the factor on the cosines.
        one_logit: whether two classes that exclude each other share a linear classifier's logit.
        inversion_dropout, projection_dropout, combiner_dropout, fused_dropout, output_dropout:
            rates.

    Raises:
        HeadError: listing every value that cannot be.
    """

    map_dim: Count = 1024
    inversion_dim: Count = 3072
    pre_layers: Natural = 1
    classifier: ClassifierName = "linear"
    one_logit: bool = False
    scale: Positive = 30.0
    inversion_dropout: Rate = 0.5
    projection_dropout: Rate = 0.2
    combiner_dropout: Rate = 0.5
    fused_dropout: Rate = 0.4
    output_dropout: Rate = 0.1

    def __post_init__(self) -> None:
        faults = find_faults(self)
        faults += layer_size("the combiner", 8 * self.map_dim**2)
        faults += layer_size("the textual inversion", self.inversion_dim**2)
        refuse(faults)


class _Lent:
    """Holds a tower that belongs to an encoder: copies of a head share it, and none saves it."""

    def __init__(self, tower: TextTower | None) -> None:
        self.tower = tower

    def __deepcopy__(self, memo: dict[int, object]) -> _Lent:
        return self


class IssuesHead(Assembled):
    """Pseudo-word → frozen text tower → projection; combined with the projected image.

    Learned vectors stand in for the pseudo-word and for the image where there is no image; without
    a text the prompt ends behind the pseudo-word.
    """

    inversion: nn.Module
    image: nn.Module
    text: nn.Module
    missing_word: nn.Parameter
    missing_image: nn.Parameter
    combiner: Combiner
    pre_output: nn.Module
    classifier: Classifier
    lent: _Lent

    def set_tower(self, tower: TextTower) -> None:
        """Take the text tower of the encoder whose features the head reads.

        Raises:
            HeadError: if its words have another width than the head's.
        """
        own = len(self.missing_word)
        if tower.word_dim != own:
            raise HeadError(
                f"The head 'issues' makes words of width {own}, and this encoder's text tower "
                f"reads words of width {tower.word_dim}. Use the encoder that it was trained on."
            )
        self.lent = _Lent(tower)

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits and cosines (B, C).

        Raises:
            HeadError: if there is no tower, or the features have no words' ids.
        """
        tower, words = self.lent.tower, batch.word_ids
        if tower is None or words is None:
            lack = "the encoder's text tower" if tower is None else "the ids of the texts' words"
            raise HeadError(
                f"The head 'issues' cannot answer without {lack}. Use it with the CLIP encoder "
                "that it was trained on."
            )
        seen = batch.has_image[:, None]
        image = torch.where(seen, batch.image, 0.0)
        made = torch.where(seen, self.inversion(image), self.missing_word)
        read = tower.read_prompts(made, words.values, words.mask & batch.has_text[:, None])
        mapped = torch.where(seen, self.image(image), self.missing_image)
        fused = self.combiner(mapped, self.text(read))
        output: HeadOutput = self.classifier(self.pre_output(fused))
        return output


def build_issues(*, dims: FeatureDims, num_classes: int, config: IssuesConfig) -> IssuesHead:
    """Build the head, its weights drawn from the global generator; ``set_tower`` completes it.

    Raises:
        HeadError: if the encoder has no text tower for words of the head's own.
    """
    if not dims.words or not dims.shared:
        raise HeadError(
            "The head 'issues' puts a word of its own into the encoder's text tower, and this "
            "encoder has none that takes one. Choose a CLIP encoder, such as "
            "openai/clip-vit-large-patch14, or another head."
        )
    dim = config.map_dim
    return IssuesHead(
        inversion=_build_inversion(dims, config),
        image=_build_map(dims.image, dim, config),
        text=_build_map(dims.shared, dim, config),
        missing_word=nn.Parameter(torch.zeros(dims.words)),
        missing_image=nn.Parameter(torch.zeros(dim)),
        combiner=build_combiner(dim=dim, dropout=config.combiner_dropout),
        pre_output=build_pre_output(
            width=dim,
            map_dim=dim,
            layers=config.pre_layers,
            fused_dropout=config.fused_dropout,
            output_dropout=config.output_dropout,
        ),
        classifier=build_classifier(
            config.classifier,
            num_classes=num_classes,
            dim=dim,
            scale=config.scale,
            one_logit=config.one_logit,
        ),
        lent=_Lent(None),
    )


def _build_inversion(dims: FeatureDims, config: IssuesConfig) -> nn.Sequential:
    """Projection → three layers with GELU (SEARLE's network phi) → projection: (B, Di) → (B, W)."""
    layers: list[nn.Module] = []
    width = dims.words
    for _ in range(2):
        layers += [
            nn.Linear(width, config.inversion_dim),
            nn.GELU(),
            nn.Dropout(config.inversion_dropout),
        ]
        width = config.inversion_dim
    return nn.Sequential(
        _build_map(dims.image, dims.words, config),
        *layers,
        nn.Linear(width, dims.words),
        _build_map(dims.words, dims.words, config),
    )


def _build_map(width: int, dim: int, config: IssuesConfig) -> nn.Module:
    return build_projection(
        input_dim=width, map_dim=dim, num_layers=1, dropout=config.projection_dropout
    )
