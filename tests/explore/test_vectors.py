import numpy as np

from memeclip_core.explore import vectors
from memeclip_core.explore.vectors import Vectors


def make(count=10):
    rows = np.random.default_rng(0)
    image = rows.normal(size=(count, 4)).astype(np.float16)
    text = rows.normal(size=(count, 3)).astype(np.float16)
    has_image, has_text = np.ones(count, bool), np.ones(count, bool)
    has_image[2], has_text[3] = False, False
    image[2], text[3] = 0, 0
    return Vectors(image=image, text=text, has_image=has_image, has_text=has_text)


def test_who_has_features_depends_on_their_kind():
    made = make(5)
    assert made.known("text").tolist() == [0, 1, 2, 4]
    assert made.known("picture").tolist() == [0, 1, 3, 4]
    assert made.known("fused").tolist() == [0, 1, 2, 3, 4]


def test_text_and_picture_weigh_the_same_and_a_missing_one_is_zeros():
    rows = make(5).take("fused", np.array([0, 2, 3]))
    assert rows.shape == (3, 7) and rows.dtype == np.float32
    lengths = np.stack([np.linalg.norm(rows[:, :4], axis=1), np.linalg.norm(rows[:, 4:], axis=1)])
    assert np.allclose(lengths, [[1, 0, 1], [1, 1, 0]], atol=1e-6)


def test_pieces_are_the_whole_in_order(monkeypatch):
    monkeypatch.setattr(vectors, "PIECE", 3)
    made, places = make(), np.array([9, 1, 4, 5, 7, 8, 0])
    parts = list(made.pieces("fused", places))
    assert [len(part) for part, _ in parts] == [3, 3, 1]
    assert np.concatenate([part for part, _ in parts]).tolist() == places.tolist()
    assert np.array_equal(np.concatenate([rows for _, rows in parts]), made.take("fused", places))
