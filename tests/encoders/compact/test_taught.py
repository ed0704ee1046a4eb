"""Layers that were taught: who reads what, and that they lie in a file as they were."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from memeclip_core.encoders.compact.sentence import BASE, LAYERS, WIDTH
from memeclip_core.encoders.compact.taught import (
    TaughtLayers,
    from_arrays,
    hash_texts,
    pool_words,
    to_arrays,
)
from memeclip_core.errors import EncoderError
from tests.factories.small_tower import small_tower

TEXTS = ["old cat", "blue moon dog", "new sun", ""]


@pytest.fixture(scope="module")
def tower():
    return small_tower()


@pytest.fixture(scope="module")
def taught(tower):
    """Two stacks; the first two texts taught, each the other stack than the one it is read by."""
    return TaughtLayers(
        stacks=tuple(copy.deepcopy(small_tower(seed).upper_layers) for seed in (1, 2)),
        parts=(hash_texts(TEXTS[:1]), hash_texts(TEXTS[1:2])),
        mean=np.zeros(WIDTH, np.float32),
        std=np.ones(WIDTH, np.float32),
    )


def test_a_text_that_taught_is_read_by_the_stack_that_never_saw_it(taught):
    assert taught.choose(TEXTS).tolist() == [[1, 0], [0, 1], [0.5, 0.5], [0.5, 0.5]]


def test_the_stacks_stand_behind_the_tower_s_own_layers(tower, taught):
    rows = tower.encode(TEXTS, taught)
    assert rows.shape == (4, (len(LAYERS) + 1) * WIDTH)
    np.testing.assert_array_equal(rows[:, :-WIDTH], tower.encode(TEXTS))
    below = [
        torch.from_numpy(states.astype(np.float32))[None]
        for states in tower.read_below(TEXTS, max_tokens=64)
    ]
    with torch.inference_mode():
        said = [
            torch.cat([pool_words(stack, s, torch.ones(1, s.shape[1])) for s in below]).numpy()
            for stack in taught.stacks
        ]
    expected = [
        said[0][0],
        said[1][1],
        (said[0][2] + said[1][2]) / 2,
        (said[0][3] + said[1][3]) / 2,
    ]
    np.testing.assert_allclose(rows[:, -WIDTH:], expected, atol=2e-3)
    assert np.abs(said[0] - said[1]).max() > 0.01


def test_the_company_a_text_keeps_does_not_change_it(tower, taught):
    alone = np.concatenate([tower.encode([text], taught) for text in TEXTS])
    np.testing.assert_allclose(tower.encode(TEXTS, taught), alone, atol=1e-4)


def test_own_layers_as_a_stack_are_the_tower_s_last_layer(tower, taught):
    own = TaughtLayers(
        stacks=(tower.upper_layers,), parts=(hash_texts([]),), mean=taught.mean, std=taught.std
    )
    rows = tower.encode(TEXTS, own)
    np.testing.assert_allclose(rows[:, -WIDTH:], rows[:, :WIDTH], atol=1e-5)


def test_below_is_read_as_far_as_is_asked(tower):
    short = tower.read_below(["cat dog sun moon"], max_tokens=4)[0]
    assert short.shape == (4, WIDTH)
    assert short.dtype == np.float16
    assert BASE < 6


def test_they_come_back_from_a_file_in_half_precision(tower, taught, tmp_path):
    arrays = to_arrays(taught)
    assert {a.dtype.name for name, a in arrays.items() if name.startswith("stack")} == {"float16"}
    save_file(arrays, tmp_path / "taught.safetensors")
    again = from_arrays(arrays, tower.upper_layers)
    np.testing.assert_allclose(tower.encode(TEXTS, again), tower.encode(TEXTS, taught), atol=5e-3)
    assert not any(word.encode() in b"".join(map(bytes, again.parts)) for word in ("cat", "moon"))


def test_rows_are_scaled_by_what_unseen_texts_said(taught):
    scaled = TaughtLayers(
        stacks=taught.stacks,
        parts=taught.parts,
        mean=np.full(WIDTH, 2.0, np.float32),
        std=np.full(WIDTH, 4.0, np.float32),
    ).standardize(np.full((1, WIDTH), 6.0, np.float32))
    np.testing.assert_allclose(scaled, 1.0, rtol=1e-5)


@pytest.mark.parametrize(
    "lost", ["mean", "stack1.0.attention.self.query.weight"], ids=["scale", "weights"]
)
def test_a_file_that_does_not_fit_says_how_to_make_it(tower, taught, lost):
    arrays = to_arrays(taught)
    del arrays[lost]
    with pytest.raises(EncoderError, match="memeclip tune-text"):
        from_arrays(arrays, tower.upper_layers)
    with pytest.raises(EncoderError, match="holds none"):
        from_arrays({"mean": taught.mean, "std": taught.std}, tower.upper_layers)
