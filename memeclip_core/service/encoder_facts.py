"""What training and checkpoints need to know of an encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.encoders.base import Encoder, LinearSpace, ask_tokens
from memeclip_core.heads.model import EncoderTag
from memeclip_core.tasks import TaskSet
from memeclip_core.training.prepare import SharedSpace

PLAIN = "meme"
"""What stands in a task's sentence instead of a class, for a sentence that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncoderFacts:
    """An encoder's name and widths, its prompts by task key (C, S), and its shared space."""

    tag: EncoderTag
    prompts: dict[str, np.ndarray]
    space: SharedSpace


def tag_encoder(encoder: Encoder, *, tokens: bool = False) -> EncoderTag:
    """Return which encoder this is, and how wide its features are.

    Raises:
        UnsupportedError: if sequences are asked of an encoder that has none.
    """
    giver = ask_tokens(encoder) if tokens else None
    return EncoderTag(
        name=encoder.name,
        fingerprint=encoder.fingerprint,
        image_dim=encoder.image_dim,
        text_dim=encoder.text_dim,
        image_token_dim=giver.image_token_dim if giver else 0,
        text_token_dim=giver.text_token_dim if giver else 0,
        shared_dim=encoder.shared_dim or 0,
    )


def describe_encoder(encoder: Encoder, task_set: TaskSet, *, tokens: bool = False) -> EncoderFacts:
    """Return all that training asks of an encoder; without a shared space there are no prompts.

    Raises:
        UnsupportedError: if sequences are asked of an encoder that has none.
    """
    tag = tag_encoder(encoder, tokens=tokens)
    if not encoder.shared_dim:
        return EncoderFacts(tag=tag, prompts={}, space=SharedSpace())
    plain = {
        task.key: encoder.encode_prompts([task.template.format(PLAIN)])[0] for task in task_set
    }
    maps = {}
    if isinstance(encoder, LinearSpace):
        names = ("image_map", "text_map", "image_offset", "text_offset")
        maps = {name: getattr(encoder, name) for name in names}
    return EncoderFacts(
        tag=tag,
        prompts={task.key: encoder.encode_prompts(task.prompts) for task in task_set},
        space=SharedSpace(plain=plain, visual_projection=encoder.visual_projection, **maps),
    )
