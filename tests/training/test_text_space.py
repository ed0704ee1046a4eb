import numpy as np
import pytest

from memeclip_core.errors import DatasetError
from memeclip_core.training.text_space import fit_text_space

ANIMALS = ["cat dog", "dog cat cat", "cat horse dog", "horse dog"] * 6
SKY = ["star moon", "moon sun star", "sun star", "sun moon moon"] * 6
TEXTS = ANIMALS + SKY
SENTENCES = np.random.default_rng(0).normal(3, 2, (len(TEXTS), 4)).astype(np.float32)


def fit(**changes):
    settings = {"dim": 4, "min_words": 2, "min_pieces": 2, **changes}
    return fit_text_space(TEXTS, SENTENCES, **settings)


def test_what_occurs_together_lies_together():
    rows = fit(dim=2).project_ngrams(["cat", "horse", "moon"])
    cat_horse, cat_moon = rows[0] @ rows[1] / 2, rows[0] @ rows[2] / 2
    assert cat_horse > 0.9
    assert abs(cat_moon) < 0.2
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), np.sqrt(2), rtol=1e-5)


def test_rounding_to_bytes_keeps_the_columns_orthonormal():
    space = fit()
    columns = space.projection * space.step
    assert np.abs(space.projection).max() == 127
    np.testing.assert_allclose(columns.T @ columns, np.eye(4), atol=0.03)


def test_the_leading_directions_are_those_of_a_full_decomposition():
    space = fit()
    matrix = np.zeros((len(TEXTS), len(space.index.buckets)), np.float32)
    for row, text in zip(matrix, TEXTS, strict=True):
        places, weights = space.index.weigh(text)
        row[places] = weights
    expected = np.linalg.svd(matrix, full_matrices=False)[2][:4].T
    overlap = np.linalg.svd(expected.T @ (space.projection * space.step))[1]
    np.testing.assert_allclose(overlap, 1, atol=0.02)


def test_sentences_are_measured_over_the_texts():
    space = fit()
    np.testing.assert_allclose(space.mean, SENTENCES.mean(0), rtol=1e-5)
    np.testing.assert_allclose(space.std, SENTENCES.std(0), rtol=1e-4)


def test_the_same_texts_give_the_same_space():
    np.testing.assert_array_equal(fit().projection, fit().projection)


def test_too_few_texts_are_refused():
    with pytest.raises(DatasetError, match="too few for 4 dimensions"):
        fit_text_space(["a b"], SENTENCES[:1], dim=4)
