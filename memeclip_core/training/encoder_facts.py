"""What training and checkpoints need to know of an encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from memeclip_core.encoders.base import Encoder, LinearSpace, ask_prompts, ask_tokens
from memeclip_core.encoders.captioner import Captioner, ask_captioner
from memeclip_core.encoders.features import VECTORS, Needs
from memeclip_core.heads.model import EncoderTag, HeadModel, check_encoder
from memeclip_core.heads.published.issues import IssuesHead
from memeclip_core.tasks import TaskSet
from memeclip_core.training.preparation import SharedSpace

PLAIN = "meme"
"""What stands in a task's sentence instead of a class, for a sentence that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncoderFacts:
    """An encoder's name and widths, its prompts by task key (C, S), and its shared space."""

    tag: EncoderTag
    prompts: dict[str, np.ndarray]
    space: SharedSpace


def tag_encoder(
    encoder: Encoder, *, needs: Needs = VECTORS, captioner: Captioner | None = None
) -> EncoderTag:
    """Return which encoder and captioner these are, and how wide the features are.

    Raises:
        UnsupportedError: if more is needed than the encoder can give.
        EncoderError: if captions are needed and there is no captioner.
    """
    giver = ask_tokens(encoder) if needs.tokens else None
    writer = ask_captioner(captioner) if needs.captions else None
    return EncoderTag(
        name=encoder.name,
        fingerprint=encoder.fingerprint,
        image_dim=encoder.image_dim,
        text_dim=encoder.text_dim,
        image_token_dim=giver.image_token_dim if giver else 0,
        text_token_dim=giver.text_token_dim if giver else 0,
        shared_dim=encoder.shared_dim or 0,
        word_dim=ask_prompts(encoder).word_dim if needs.words else 0,
        captioner=writer.name if writer else "",
        captioner_fingerprint=writer.fingerprint if writer else "",
    )


def describe_encoder(
    encoder: Encoder,
    task_set: TaskSet,
    *,
    needs: Needs = VECTORS,
    captioner: Captioner | None = None,
) -> EncoderFacts:
    """Return all that training asks of an encoder; without a shared space there are no prompts.

    Raises:
        EncoderError: as ``tag_encoder``.
    """
    tag = tag_encoder(encoder, needs=needs, captioner=captioner)
    tower = ask_prompts(encoder).text_tower if needs.words else None
    if not encoder.shared_dim:
        return EncoderFacts(tag=tag, prompts={}, space=SharedSpace(text_tower=tower))
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
        space=SharedSpace(
            plain=plain,
            visual_projection=encoder.visual_projection,
            text_tower=tower,
            **maps,
        ),
    )


def equip_model(model: HeadModel, encoder: Encoder) -> None:
    """Give a model that was read from disk what its heads borrow from the encoder.

    Raises:
        EncoderMismatchError: if the model belongs to another encoder.
    """
    check_encoder(model, encoder.fingerprint)
    for head in model.heads.values():
        if isinstance(head.module, IssuesHead):
            head.module.set_tower(ask_prompts(encoder).text_tower)
