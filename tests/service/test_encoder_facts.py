"""What training asks of an encoder."""

from __future__ import annotations

import numpy as np
import pytest

from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.errors import UnsupportedError
from memeclip_core.service.encoder_facts import describe_encoder, tag_encoder
from tests.workbench import shipped_tasks


class BareEncoder:
    """An encoder that gives one vector per image and text, and shares no space."""

    name = "bare"
    fingerprint = "f" * 64
    image_dim, text_dim = 4, 7
    shared_dim = None
    visual_projection = None


def test_the_widths_of_sequences_count_only_where_they_are_asked_for() -> None:
    plain, full = tag_encoder(FakeEncoder()), tag_encoder(FakeEncoder(), tokens=True)
    assert (plain.image_token_dim, plain.text_token_dim) == (0, 0)
    assert (full.image_token_dim, full.text_token_dim) == (4, 7)
    assert (full.image_dim, full.text_dim, full.shared_dim) == (4, 7, 3)
    with pytest.raises(UnsupportedError):
        tag_encoder(BareEncoder(), tokens=True)


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
