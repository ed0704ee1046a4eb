"""Layers that were taught: who reads what, and that they lie in a file as they were."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from memeclip_core.encoders.compact.bert import to_part
from memeclip_core.encoders.compact.compact import ASSETS
from memeclip_core.encoders.compact.sentence import BASE, LAYERS, WIDTH, load_above, mean_words
from memeclip_core.encoders.compact.taught import TaughtLayers, from_arrays, hash_texts, to_arrays
from memeclip_core.errors import EncoderError
from tests.factories.small_tower import load_small_stack, read_weights, small_tower

TEXTS = ["old cat", "blue moon dog", "new sun", ""]


@pytest.fixture(scope="module")
def tower():
    return small_tower()


@pytest.fixture(scope="module")
def layers():
    """Two stacks."""
    return [small_tower(seed).upper_layers for seed in (1, 2)]


@pytest.fixture(scope="module")
def taught(layers):
    """The first two texts taught, each the other stack than the one it is read by."""
    return TaughtLayers(
        stacks=tuple(map(to_part, layers)),
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
    below = [states.astype(np.float32)[None] for states in tower.read_below(TEXTS, max_tokens=64)]
    said = []
    for stack in taught.stacks:
        masks = [np.ones(states.shape[:2], np.int32) for states in below]
        rows_of = [mean_words(stack(s, mask), mask) for s, mask in zip(below, masks, strict=True)]
        said.append(np.concatenate(rows_of))
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
    own = replace(taught, stacks=(to_part(tower.upper_layers),), parts=(hash_texts([]),))
    rows = tower.encode(TEXTS, own)
    np.testing.assert_allclose(rows[:, -WIDTH:], rows[:, :WIDTH], atol=1e-5)


def test_below_is_read_as_far_as_is_asked(tower):
    short = tower.read_below(["cat dog sun moon"], max_tokens=4)[0]
    assert short.shape == (4, WIDTH)
    assert short.dtype == np.float16
    assert BASE < 6


def write(taught, layers):
    weights = list(map(read_weights, layers))
    return to_arrays(weights, parts=taught.parts, mean=taught.mean, std=taught.std)


def test_they_come_back_from_a_file_in_half_precision(tower, taught, layers, tmp_path):
    arrays = write(taught, layers)
    assert {a.dtype.name for name, a in arrays.items() if name.startswith("stack")} == {"float16"}
    save_file(arrays, tmp_path / "taught.safetensors")
    again = from_arrays(load_file(tmp_path / "taught.safetensors"), load_small_stack)
    np.testing.assert_allclose(tower.encode(TEXTS, again), tower.encode(TEXTS, taught), atol=5e-3)
    assert not any(word.encode() in b"".join(map(bytes, again.parts)) for word in ("cat", "moon"))


def test_rows_are_scaled_by_what_unseen_texts_said(taught):
    rows = [np.full(WIDTH, value, np.float32) for value in (2.0, 4.0, 6.0)]
    scaled = replace(taught, mean=rows[0], std=rows[1]).standardize(rows[2][None])
    np.testing.assert_allclose(scaled, 1.0, rtol=1e-5)


@pytest.mark.parametrize(
    "lost", ["mean", "stack1.0.attention.self.query.weight"], ids=["scale", "weights"]
)
def test_a_file_that_does_not_fit_says_how_to_make_it(taught, layers, lost):
    arrays = write(taught, layers)
    del arrays[lost]
    with pytest.raises(EncoderError, match="memeclip tune-text"):
        from_arrays(arrays, load_small_stack)
    with pytest.raises(EncoderError, match="memeclip tune-text"):
        from_arrays(arrays, partial(load_above, ASSETS))
    with pytest.raises(EncoderError, match="holds none"):
        from_arrays({"mean": taught.mean, "std": taught.std}, load_small_stack)
