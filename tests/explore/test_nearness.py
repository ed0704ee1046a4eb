import numpy as np

from memeclip_core.explore.nearness import find_like, find_meant, rank_nearest
from memeclip_core.explore.vectors import Vectors


def make(count=50):
    rows = np.random.default_rng(1)
    has_image, has_text = rows.random(count) < 0.8, rows.random(count) < 0.8
    return Vectors(
        image=(rows.normal(size=(count, 6)) * has_image[:, None]).astype(np.float16),
        text=(rows.normal(size=(count, 5)) * has_text[:, None]).astype(np.float16),
        has_image=has_image,
        has_text=has_text,
    )


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)


def test_the_nearest_are_those_of_the_highest_cosines():
    made = make()
    query = made.take("fused", np.array([7]))[0]
    near = find_like(made, "fused", query, 10)
    places = made.known("fused")
    cosines = unit(made.take("fused", places)) @ unit(query)
    assert near.places.tolist() == places[np.argsort(-cosines, kind="stable")][:10].tolist()
    assert np.allclose(near.cosines, np.sort(cosines)[::-1][:10], atol=1e-6)
    assert near.compared == len(places)
    assert near.places[0] == 7


def test_meaning_is_the_mean_over_what_a_meme_has():
    made = make()
    image_map = np.random.default_rng(2).normal(size=(6, 3))
    text_map = np.random.default_rng(3).normal(size=(5, 3))
    query = unit(np.array([1.0, 2.0, -1.0]))
    near = find_meant(
        made, query, lambda rows: unit(rows @ image_map), lambda rows: unit(rows @ text_map), 50
    )
    expected = {}
    for place in made.known("fused"):
        parts = []
        if made.has_image[place]:
            parts.append(unit(made.image[place].astype(np.float32) @ image_map) @ query)
        if made.has_text[place]:
            parts.append(unit(made.text[place].astype(np.float32) @ text_map) @ query)
        expected[int(place)] = np.mean(parts)
    found = dict(zip(near.places.tolist(), near.cosines, strict=True))
    assert found.keys() == expected.keys()
    assert all(abs(found[place] - expected[place]) < 1e-5 for place in expected)


def test_of_equal_ones_the_first_come_first_and_none_is_none():
    near = rank_nearest(np.array([4, 5, 6]), np.array([0.5, 0.9, 0.5]), 3)
    assert near.places.tolist() == [5, 4, 6]
    nothing = Vectors(
        image=np.zeros((0, 6)),
        text=np.zeros((0, 5)),
        has_image=np.zeros(0, bool),
        has_text=np.zeros(0, bool),
    )
    assert find_like(nothing, "fused", np.ones(11), 3).places.tolist() == []
