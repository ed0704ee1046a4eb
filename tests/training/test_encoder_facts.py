"""What training asks of an encoder."""

from __future__ import annotations

import numpy as np
import pytest

from memeclip_core.encoders.fake import FakeCaptioner, FakeEncoder
from memeclip_core.encoders.features import Needs
from memeclip_core.errors import EncoderError, EncoderMismatchError, UnsupportedError
from memeclip_core.heads.model import HeadModel, TaskHead
from memeclip_core.heads.registry import build_head, complete_config
from memeclip_core.training.encoder_facts import describe_encoder, equip_model, tag_encoder
from tests.factories.workbench import NOW, shipped_tasks

TOKENS = Needs(tokens=True)


class BareEncoder:
    """An encoder that gives one vector per image and text, and shares no space."""

    name = "bare"
    fingerprint = "f" * 64
    image_dim, text_dim = 4, 7
    shared_dim = None
    visual_projection = None


def test_the_widths_of_sequences_count_only_where_they_are_asked_for() -> None:
    plain, full = tag_encoder(FakeEncoder()), tag_encoder(FakeEncoder(), needs=TOKENS)
    assert (plain.image_token_dim, plain.text_token_dim) == (0, 0)
    assert (full.image_token_dim, full.text_token_dim) == (4, 7)
    assert (full.image_dim, full.text_dim, full.shared_dim) == (4, 7, 3)
    with pytest.raises(UnsupportedError):
        tag_encoder(BareEncoder(), needs=TOKENS)


def test_prompts_and_maps_are_the_encoders_own() -> None:
    tasks = shipped_tasks("pridemm")
    facts = describe_encoder(FakeEncoder(), tasks)
    assert list(facts.prompts) == list(tasks.keys)
    hate = tasks.task("hate")
    assert np.array_equal(facts.prompts["hate"], FakeEncoder().encode_prompts(hate.prompts))
    assert np.array_equal(facts.space.image_map, FakeEncoder.image_map)
    assert facts.space.plain["hate"].shape == (3,)


def test_without_a_shared_space_there_are_no_prompts() -> None:
    facts = describe_encoder(BareEncoder(), shipped_tasks("pridemm"))
    assert facts.prompts == {}
    assert facts.space.image_map is None


def test_a_text_tower_counts_only_where_it_is_asked_for() -> None:
    words, encoder = Needs(words=True), FakeEncoder()
    assert tag_encoder(encoder).word_dim == 0
    assert tag_encoder(encoder, needs=words).word_dim == 7
    tasks = shipped_tasks("pridemm")
    assert describe_encoder(encoder, tasks).space.text_tower is None
    assert describe_encoder(encoder, tasks, needs=words).space.text_tower is encoder.text_tower
    with pytest.raises(UnsupportedError, match="'bare' has no text tower"):
        tag_encoder(BareEncoder(), needs=words)


def test_captions_name_who_wrote_them() -> None:
    captions, captioner = Needs(captions=True), FakeCaptioner()
    tag = tag_encoder(FakeEncoder(), needs=captions, captioner=captioner)
    assert (tag.captioner, tag.captioner_fingerprint) == ("fake", captioner.fingerprint)
    assert tag_encoder(FakeEncoder(), captioner=captioner).captioner == ""
    with pytest.raises(EncoderError, match="no captioner is named"):
        tag_encoder(FakeEncoder(), needs=captions)


def test_a_model_borrows_the_tower_of_its_own_encoder_and_of_no_other() -> None:
    encoder = FakeEncoder()
    tag = tag_encoder(encoder, needs=Needs(words=True))
    config = complete_config("issues", {"map_dim": 4, "inversion_dim": 4})
    module = build_head("issues", dims=tag.dims, num_classes=2, config=config)
    model = HeadModel(
        version="m",
        task_set="pridemm",
        origin="starter",
        head="issues",
        config=config,
        encoder=tag,
        reads="image+text",
        created=NOW,
        heads={"hate": TaskHead(kind="multiclass", labels=("a", "b"), module=module)},
    )
    with pytest.raises(EncoderMismatchError):
        equip_model(model, BareEncoder())
    equip_model(model, encoder)
    assert module.lent.tower is encoder.text_tower
