"""Layers learn from labels, several tasks at once, and go on where they stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from memeclip_core.encoders.compact.sentence import WIDTH
from memeclip_core.training import taught_layers
from memeclip_core.training.rows import MISSING
from memeclip_core.training.taught_layers import Lesson, Lessons, TeachConfig
from tests.factories.small_tower import small_tower

CONFIG = TeachConfig(epochs=3, batch_size=8, lr=1e-3, head_lr=1e-2)


@pytest.fixture(scope="module")
def tower():
    return small_tower()


@pytest.fixture(scope="module")
def lessons(tower):
    """Cats or dogs; and for half of the texts, whether they are red and whether they are old."""
    texts, labels, signs = [], [], []
    for i in range(64):
        words = ["cat" if i % 2 else "dog", *(["red"] if i % 4 < 2 else []), *["sun"] * (i % 3)]
        texts.append(" ".join(words))
        labels.append(i % 2)
        signs.append([int(i % 4 < 2), 0] if i < 32 else [MISSING, MISSING])
    return Lessons(
        states=tower.read_below(texts, max_tokens=16),
        labels={"animal": np.array(labels), "signs": np.array(signs)},
        widths={"animal": 2, "signs": 2},
        sources=np.repeat([0, 1], 32),
    )


def start(tower, lessons, config=CONFIG):
    return Lesson(tower.upper_layers, lessons, np.arange(48), config, stack=0)


def test_texts_that_taught_nothing_are_told_apart_after_it(tower, lessons):
    lesson, unseen = start(tower, lessons), np.arange(48, 64)
    own = [parameter.clone() for parameter in tower.upper_layers.parameters()]
    losses = [lesson.run_epoch() for _ in range(CONFIG.epochs)]
    assert losses[-1] < losses[0]
    rows = lesson.read(unseen)
    assert rows.shape == (16, WIDTH)
    cats = lessons.labels["animal"][unseen] == 1
    ways = rows[cats].mean(0) - rows[~cats].mean(0)
    said = (rows - rows.mean(0)) @ ways > 0
    np.testing.assert_array_equal(said, cats)
    assert all((a == b).all() for a, b in zip(own, tower.upper_layers.parameters(), strict=True))


def test_the_same_seed_learns_the_same_and_a_kept_state_goes_on_as_if_nothing_was(tower, lessons):
    whole = start(tower, lessons)
    for _ in range(2):
        whole.run_epoch()
    first = start(tower, lessons)
    first.run_epoch()
    later = start(tower, lessons)
    later.load(first.state())
    assert later.epochs == 1
    later.run_epoch()
    rows = np.arange(64)
    np.testing.assert_array_equal(later.read(rows), whole.read(rows))
    other = start(tower, lessons, replace(CONFIG, seed=1))
    other.run_epoch()
    other.run_epoch()
    assert np.abs(other.read(rows) - whole.read(rows)).max() > 1e-4


def test_an_epoch_meets_each_text_once_and_of_a_large_dataset_only_some(tower, lessons):
    steps = []
    start(tower, lessons).run_epoch(lambda done, total, loss: steps.append((done, total)))
    assert steps == [(i + 1, 6) for i in range(6)]
    steps.clear()
    few = replace(CONFIG, most=32)  # sixteen of each dataset, for one stack of two
    start(tower, lessons, few).run_epoch(lambda done, total, loss: steps.append((done, total)))
    assert steps[-1] == (4, 4)


@pytest.mark.parametrize("found", [{"avx512_bf16": True}, {"bf16": True}, {"avx2": True}, {}])
def test_layers_compute_in_bfloat16_where_the_processor_does(tower, lessons, monkeypatch, found):
    seen = []

    def watch(stack, states, mask):
        seen.append(torch.is_autocast_enabled("cpu"))
        return states.mean(1)

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    monkeypatch.setattr(taught_layers, "pool_words", watch)
    start(tower, lessons).read(np.arange(4))
    assert seen == ["avx2" not in found and bool(found)]
