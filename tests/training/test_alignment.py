import itertools
from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.encoders.compact.alignment import to_arrays
from memeclip_core.errors import DatasetError
from memeclip_core.evaluation.ranking import compute_recall
from memeclip_core.training.alignment import AlignConfig, Pairs, fit_alignment

CONFIG = AlignConfig(dim=8, epochs=15, batch_size=32, lr=1e-2, dropout=0.0)


def make_pairs(count: int = 96) -> Pairs:
    """Pictures of six hidden numbers; two captions each tell the same six, otherwise mixed."""
    draw = np.random.default_rng(0)
    hidden = draw.standard_normal((count, 6)).astype(np.float32)
    owners = np.repeat(np.arange(count), 2)
    return Pairs(
        images=hidden @ draw.standard_normal((6, 12)).astype(np.float32),
        texts=hidden[owners] @ draw.standard_normal((6, 10)).astype(np.float32),
        owners=owners,
    )


def recall(alignment, pairs):
    return compute_recall(
        alignment.share_images(pairs.images), alignment.share_texts(pairs.texts), pairs.owners, k=3
    )


def test_taking_pictures_takes_their_captions():
    pairs = make_pairs(4)
    some = pairs.take(np.array([3, 1]))
    np.testing.assert_array_equal(some.images, pairs.images[[3, 1]])
    np.testing.assert_array_equal(some.texts, pairs.texts[[2, 3, 6, 7]])
    assert some.owners.tolist() == [1, 1, 0, 0]


def test_a_picture_needs_a_caption():
    with pytest.raises(DatasetError, match="1 of 2 pictures have no caption"):
        Pairs(images=np.zeros((2, 3)), texts=np.zeros((1, 3)), owners=np.array([0]))


def test_unseen_captions_find_their_pictures():
    pairs = make_pairs()
    train, other = pairs.take(np.arange(64)), pairs.take(np.arange(64, 96))
    alignment, score = fit_alignment(train, CONFIG, score=lambda maps: recall(maps, other))
    assert alignment.dim == 8
    assert alignment.image_map.shape == (12, 8)
    assert score == recall(alignment, other) > 0.9


def test_the_best_epoch_is_kept():
    scores = iter([0.1, 0.9, 0.3])
    seen = []
    _, score = fit_alignment(
        make_pairs(),
        AlignConfig(dim=4, epochs=3, batch_size=32),
        score=lambda maps: next(scores),
        on_epoch=lambda epoch, loss, reached: seen.append((epoch, loss > 0, reached)),
    )
    assert score == 0.9
    assert seen == [(1, True, 0.1), (2, True, 0.9), (3, True, 0.3)]


def test_weights_decay():
    def size(weight_decay: float) -> float:
        config, epochs = replace(CONFIG, weight_decay=weight_decay), itertools.count()
        maps, _ = fit_alignment(make_pairs(), config, score=lambda maps: next(epochs))
        return float(np.abs(maps.image_map).sum())

    assert size(5.0) < 0.7 * size(0.0)


def test_the_seed_decides():
    first, second = (
        to_arrays(fit_alignment(make_pairs(), CONFIG, score=lambda maps: 0.0)[0]) for _ in "ab"
    )
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
