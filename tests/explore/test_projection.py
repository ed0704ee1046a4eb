import importlib.util
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from memeclip_core.errors import InputError
from memeclip_core.explore import projection
from memeclip_core.explore.projection import draw_map
from memeclip_core.explore.vectors import Vectors


def make(count, *, seed=0, width=12, groups=2):
    """Return texts in so many groups, far from each other along one axis."""
    rows = np.random.default_rng(seed)
    text = rows.normal(0, 0.05, (count, width))
    text[:, 0] += 1
    text[:, 1] += np.arange(count) % groups
    has = np.ones(count, bool)
    return Vectors(
        image=np.zeros((count, 2), np.float16),
        text=text.astype(np.float16),
        has_image=~has,
        has_text=has,
    )


def test_the_first_axis_is_the_one_along_which_memes_differ_most():
    plane = draw_map(make(60), "text", "pca")
    first = plane.x[::2], plane.x[1::2]
    assert first[0].max() < first[1].min() or first[1].max() < first[0].min()
    assert plane.explained[0] > 0.8 > plane.explained[1] > 0
    assert max(np.abs(plane.x).max(), np.abs(plane.y).max()) == 1


def test_it_is_the_exact_decomposition_where_there_are_few():
    made = make(40)
    plane = draw_map(made, "text", "pca")
    rows = made.take("text", np.arange(40)).astype(np.float64)
    rows -= rows.mean(axis=0)
    spots = rows @ np.linalg.svd(rows, full_matrices=False)[2][:2].T
    for drawn, exact in zip((plane.x, plane.y), spots.T, strict=True):
        assert abs(np.corrcoef(drawn, exact)[0, 1]) > 0.999


def test_the_same_memes_lie_at_the_same_places_again():
    one, other = draw_map(make(80), "text", "pca"), draw_map(make(80), "text", "pca")
    assert np.array_equal(one.x, other.x) and np.array_equal(one.y, other.y)


def test_many_are_fitted_on_some_and_all_are_placed(monkeypatch):
    monkeypatch.setattr(projection, "FITTED_ON", 50)
    whole = draw_map(make(400), "text", "pca")
    assert len(whole.places) == 400
    assert whole.x[::2].max() < whole.x[1::2].min() or whole.x[1::2].max() < whole.x[::2].min()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_through_few_there_is_no_plane(count):
    plane = draw_map(make(count), "text", "pca")
    assert len(plane.x) == count and np.isfinite(plane.x).all()
    assert np.isnan(plane.explained).all()


def test_memes_that_are_all_alike_lie_in_one_place():
    made = make(20)
    made.text[:] = made.text[0]
    plane = draw_map(made, "text", "pca")
    assert np.isfinite(plane.x).all() and np.ptp(plane.x) < 0.1


def test_steps_are_told_and_may_end_the_work():
    def stop(step):
        raise InterruptedError(step)

    with pytest.raises(InterruptedError, match="principal components"):
        draw_map(make(10), "text", "pca", stop)


def test_without_umap_a_sentence_names_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="takes the package umap-learn"):
        draw_map(make(30), "text", "umap")


def test_umap_begins_with_principal_components_and_a_seed(monkeypatch):
    given = {}

    class Umap:
        def __init__(self, **settings):
            given.update(settings)

        def fit_transform(self, rows):
            given["rows"] = rows
            return rows[:, 2:0:-1]

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Umap))
    plane = draw_map(make(30, width=80), "text", "umap")
    assert given["rows"].shape == (30, 30) and given["n_neighbors"] == 15
    assert given["random_state"] == projection.SEED and given["n_jobs"] == 1
    assert np.isnan(plane.explained).all() and len(plane.x) == 30


def test_memes_that_are_all_alike_have_places_without_umap_which_makes_none(monkeypatch):
    def nowhere(**named):
        raise AssertionError("the coordinates of umap-learn are no numbers here")

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=nowhere))
    vectors = make(30, width=80)
    vectors.text[:] = vectors.text[0]
    plane = draw_map(vectors, "text", "umap")
    assert np.isfinite(plane.x).all() and np.isfinite(plane.y).all() and len(plane.x) == 30
