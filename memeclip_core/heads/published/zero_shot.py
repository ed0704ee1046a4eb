"""Zero-shot scores: how near a meme lies to the sentence of each class; and the same as a head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from memeclip_core.encoders.features import FeatureDims
from memeclip_core.errors import HeadError
from memeclip_core.heads.batch import Batch, HeadOutput
from memeclip_core.heads.checks import refuse
from memeclip_core.heads.model import TaskScores
from memeclip_core.records.limits import Positive, find_faults
from memeclip_core.tasks import TaskKind

SCALE = 100.0
"""CLIP's learnt logit scale, which training clips at 100 (Radford et al., 2021, section 2.5)."""


def score_prompts(
    memes: np.ndarray, prompts: np.ndarray, *, kind: TaskKind, plain: np.ndarray
) -> TaskScores:
    """Score memes against class prompts in a space shared by image and text.

    Multiclass probabilities are the softmax of ``SCALE`` times the cosines. A multilabel class
    is weighed alone, against a sentence that says nothing: the sigmoid of ``SCALE`` times (its
    cosine minus that of the plain sentence), so that 0.5 means "as near to one as to the other".

    Args:
        memes: (N, S); any length but zero.
        prompts: (C, S), one per class.
        plain: (S,), the plain sentence.

    Returns:
        probabilities and cosines, float64 (N, C).
    """
    unit = normalize_rows(memes)
    cosines = np.clip(unit @ normalize_rows(prompts).T, -1.0, 1.0)
    if kind == "multiclass":
        logits = SCALE * (cosines - cosines.max(axis=1, keepdims=True))
        odds = np.exp(logits)
        return TaskScores(probabilities=odds / odds.sum(axis=1, keepdims=True), cosines=cosines)
    base = unit @ normalize_rows(plain[None]).T
    return TaskScores(
        probabilities=1.0 / (1.0 + np.exp(-SCALE * (cosines - base))), cosines=cosines
    )


def join_modalities(vectors: list[np.ndarray]) -> np.ndarray:
    """Return the mean direction of the modalities that there are: (N, S) each, and together."""
    return np.asarray(np.mean([normalize_rows(vector) for vector in vectors], axis=0))


def normalize_rows(rows: np.ndarray) -> np.ndarray:
    """Return rows of length 1 in float64; a row of zeros stays one."""
    wide = np.asarray(rows, dtype=np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptConfig:
    """Settings of ``zero-shot``: ``scale`` is the factor on the cosines, CLIP's learnt one."""

    scale: Positive = 100.0

    def __post_init__(self) -> None:
        refuse(find_faults(self))


class PromptHead(nn.Module):
    """Compare memes with sentences in the space that the encoder shares; it has no parameters.

    The numbers are those of ``zero_shot.score_prompts``: logits are the scaled cosines less that
    of a sentence that says nothing, which changes no softmax and is multilabel's zero.
    """

    image_map: Tensor
    image_offset: Tensor
    text_map: Tensor
    text_offset: Tensor
    sentences: Tensor
    plain: Tensor

    def __init__(self, *, dims: FeatureDims, num_classes: int, scale: float) -> None:
        super().__init__()
        self.register_buffer("image_map", torch.zeros(dims.image, dims.shared))
        self.register_buffer("image_offset", torch.zeros(dims.shared))
        self.register_buffer("text_map", torch.zeros(dims.text, dims.shared))
        self.register_buffer("text_offset", torch.zeros(dims.shared))
        self.register_buffer("sentences", torch.zeros(num_classes, dims.shared))
        self.register_buffer("plain", torch.zeros(dims.shared))
        self.scale = scale

    def set_space(self, **parts: Tensor) -> None:
        """Take what the encoder and its sentences are: any of the buffers, by name.

        Args:
            parts: ``image_map`` (Di, S), ``text_map`` (Dt, S), ``image_offset`` and
                ``text_offset`` (S,), ``sentences`` (C, S), ``plain`` (S,).

        Raises:
            HeadError: if a shape does not fit the head.
        """
        for name, tensor in parts.items():
            own = self.get_buffer(name)
            if own.shape != tensor.shape:
                raise HeadError(
                    f"{name} of the zero-shot head must be {tuple(own.shape)}; got "
                    f"{tuple(tensor.shape)}."
                )
            own.copy_(tensor)

    def forward(self, batch: Batch) -> HeadOutput:
        """Score a batch: logits and cosines (B, C). Without any modality all cosines are 0."""
        image = _share(batch.image, batch.has_image, self.image_map, self.image_offset)
        text = _share(batch.text, batch.has_text, self.text_map, self.text_offset)
        meme = normalize(image + text, dim=-1)
        cosines = (meme @ normalize(self.sentences, dim=-1).T).clamp(-1.0, 1.0)
        base = meme @ normalize(self.plain, dim=-1)
        return HeadOutput(logits=self.scale * (cosines - base[:, None]), cosines=cosines)


def _share(features: Tensor, present: Tensor, matrix: Tensor, offset: Tensor) -> Tensor:
    """Map features (B, D) into the shared space: unit rows (B, S), zeros where missing."""
    seen = present[:, None]
    shared = normalize(torch.where(seen, features, 0.0) @ matrix + offset, dim=-1)
    return torch.where(seen, shared, 0.0)


def build_prompts(*, dims: FeatureDims, num_classes: int, config: PromptConfig) -> PromptHead:
    """Build the head for an encoder with a shared space.

    Raises:
        HeadError: if the encoder has none.
    """
    if not dims.shared:
        raise HeadError(
            "The head 'zero-shot' needs an encoder with a space shared by image, text and prompts; "
            "this one has none. Choose another encoder or another head."
        )
    return PromptHead(dims=dims, num_classes=num_classes, scale=config.scale)
