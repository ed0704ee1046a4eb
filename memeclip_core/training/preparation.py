"""What a head gets before its first step: class weights from prompts, means, shares, maps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from memeclip_core.errors import HeadError
from memeclip_core.heads.batch import to_batch
from memeclip_core.heads.ensemble import list_members
from memeclip_core.heads.parts.classifier import CosineClassifier
from memeclip_core.heads.parts.fusion_head import FusionHead
from memeclip_core.heads.parts.initialisation import semantic_weights
from memeclip_core.heads.published.issues import IssuesHead
from memeclip_core.heads.published.knn import NearestHead
from memeclip_core.heads.published.majority import MajorityHead
from memeclip_core.heads.published.zero_shot import PromptHead
from memeclip_core.training.rows import Examples

if TYPE_CHECKING:
    from memeclip_core.encoders.base import TextTower


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SharedSpace:
    """What an encoder tells of the space that image, text and prompts share.

    Attributes:
        image_map, text_map: (Di, S) and (Dt, S), the linear maps into it.
        image_offset, text_offset: (S,), added after them; ``None`` adds nothing.
        plain: by task key: (S,), a sentence that says nothing about a class.
        visual_projection: (S, W), where the encoder has one.
        text_tower: what reads prompts with a head's own words, where one was asked for.
    """

    image_map: np.ndarray | None = None
    text_map: np.ndarray | None = None
    image_offset: np.ndarray | None = None
    text_offset: np.ndarray | None = None
    plain: dict[str, np.ndarray] = field(default_factory=dict)
    visual_projection: np.ndarray | None = None
    text_tower: TextTower | None = None


def prepare_head(
    module: nn.Module,
    task: str,
    learn: Examples,
    *,
    prompts: np.ndarray | None,
    space: SharedSpace,
) -> None:
    """Set, in place, whatever of a new head does not start at random.

    Args:
        learn: the rows that it will be trained on.
        prompts: (C, S) prompt embeddings, or ``None``: then class weights start at random.
        space: the encoder's.

    Raises:
        HeadError: if a zero-shot head lacks prompts or maps, or its text tower does not fit it.
    """
    for member in list_members(module):
        if isinstance(member, MajorityHead):
            member.estimate(_one_hot(learn), exclusive=learn.kind == "multiclass")
        elif isinstance(member, NearestHead):
            exclusive = learn.kind == "multiclass"
            member.keep(to_batch(learn.features), _one_hot(learn), exclusive=exclusive)
        elif isinstance(member, PromptHead):
            member.set_space(**_collect(task, prompts, space))
        elif isinstance(member, IssuesHead) and space.text_tower is not None:
            member.set_tower(space.text_tower)
        elif isinstance(member, FusionHead):
            member.estimate(to_batch(learn.features))
        classifier = getattr(member, "classifier", None)
        if prompts is not None and isinstance(classifier, CosineClassifier):
            projection = space.visual_projection
            weights = semantic_weights(
                torch.from_numpy(prompts),
                map_dim=classifier.weight.shape[1],
                visual_projection=None if projection is None else torch.from_numpy(projection),
            )
            with torch.no_grad():
                classifier.weight.copy_(weights)


def _collect(task: str, prompts: np.ndarray | None, space: SharedSpace) -> dict[str, Tensor]:
    given = {
        "image_map": space.image_map,
        "text_map": space.text_map,
        "sentences": prompts,
        "plain": space.plain.get(task),
    }
    lacking = [name for name, array in given.items() if array is None]
    if lacking:
        raise HeadError(
            f"The zero-shot head of task '{task}' lacks {', '.join(lacking)}. It needs an encoder "
            "whose space shared by image, text and prompts is reached by linear maps."
        )
    return {name: torch.from_numpy(np.asarray(array, np.float32)) for name, array in given.items()}


def _one_hot(examples: Examples) -> Tensor:
    labels = torch.from_numpy(examples.labels)
    if examples.kind == "multilabel":
        return labels.float()
    return torch.nn.functional.one_hot(labels.long(), examples.num_classes).float()
