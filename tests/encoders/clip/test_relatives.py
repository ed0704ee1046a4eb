"""CLIP's relatives: those with an image and a text vector work, the others are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from transformers import AutoTokenizer

from memeclip_core.encoders.base import Encoder, LinearSpace, ask_tokens
from memeclip_core.encoders.clip.loading import load_clip
from memeclip_core.errors import EncoderError
from tests.factories.relative_folders import RELATIVES, make_relative_folder

VARIANTS = ("official", "projected", "unprojected")
TEXTS = ["a cat", "dog"]


def pictures() -> list[Image.Image]:
    generator = np.random.default_rng(0)
    wide = Image.fromarray(generator.integers(0, 255, (40, 90, 3), dtype=np.uint8))
    return [wide, Image.new("RGB", (30, 30), (200, 10, 10))]


@pytest.fixture(scope="module", params=list(RELATIVES))
def relative(request: pytest.FixtureRequest, folder: Path, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("relative")
    return make_relative_folder(made, request.param, AutoTokenizer.from_pretrained(folder))


@pytest.fixture(params=VARIANTS)
def encoder(request: pytest.FixtureRequest, relative: Path) -> Encoder:
    return load_clip(str(relative), variant=request.param)


def test_pictures_and_texts_are_vectors_of_the_widths_it_names(encoder) -> None:
    images, texts = encoder.encode_images(pictures()), encoder.encode_texts(TEXTS)
    assert images.shape == (2, encoder.image_dim)
    assert texts.shape == (2, encoder.text_dim)
    assert np.isfinite(images).all() and np.isfinite(texts).all()
    assert np.abs(images[0] - images[1]).max() > 1e-4
    assert np.abs(texts[0] - texts[1]).max() > 1e-4
    alone = encoder.encode_texts(TEXTS[1:])
    np.testing.assert_allclose(texts[1:], alone, atol=1e-5)


def test_its_maps_lead_into_the_space_of_its_prompts(encoder) -> None:
    texts = encoder.encode_texts(TEXTS) @ encoder.text_map + encoder.text_offset
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    np.testing.assert_allclose(texts, encoder.encode_prompts(TEXTS), atol=1e-5)
    shared = encoder.share_images(encoder.encode_images(pictures()))
    assert shared.shape == (2, encoder.shared_dim)
    assert isinstance(encoder, LinearSpace)


def test_every_variant_has_the_same_shared_space_but_for_the_squashed_picture(relative) -> None:
    encoders = [load_clip(str(relative), variant=name) for name in VARIANTS]
    texts = [one.share_texts(one.encode_texts(TEXTS)) for one in encoders]
    for other in texts[1:]:
        np.testing.assert_allclose(other, texts[0], atol=1e-5)
    official, _, unprojected = (one.share_images(one.encode_images(pictures())) for one in encoders)
    np.testing.assert_allclose(official, unprojected, atol=1e-5)
    assert len({one.fingerprint for one in encoders}) == 3


def test_its_sequences_hold_no_signs_and_no_filling(encoder) -> None:
    patches = ask_tokens(encoder).encode_image_tokens(pictures())
    assert all(rows.shape[1] == encoder.image_token_dim for rows in patches)
    assert all(np.isfinite(rows).all() and len(rows) for rows in patches)
    words = ask_tokens(encoder).encode_text_tokens(["a cat", ""])
    # The tokenizer knows letters only.
    assert [rows.shape for rows in words] == [(4, encoder.text_token_dim), (0, words[0].shape[1])]


def test_a_model_without_a_text_vector_is_refused_in_a_sentence(folder, tmp_path) -> None:
    made = make_relative_folder(tmp_path, "blip-2", AutoTokenizer.from_pretrained(folder))
    with pytest.raises(EncoderError, match=r"is a Blip2Model, which cannot serve.*CLIP family"):
        load_clip(str(made))
