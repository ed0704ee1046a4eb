from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.explain.neighbours import (
    explain_neighbours,
    find_near_memes,
    find_nearest,
    measure_cosines,
)
from memeclip_core.records.explanation import Neighbours
from memeclip_core.tasks import TaskSet
from tests.factories.explained import TASK, TASKS
from tests.factories.heads import make_features

ASKED = Neighbours(task="t", label="b", model="m")


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize("reads", ["text", "image", "image+text"])
def test_the_ranking_is_that_of_a_brute_force_loop(reads):
    rows, meme = make_features(30, seed=1), make_features(1, seed=2)
    used = [name for name in ("image", "text") if name in reads]
    brute = [
        sum(cosine(getattr(rows, name)[i], getattr(meme, name)[0]) for name in used) / len(used)
        for i in range(30)
    ]
    (cosines,) = measure_cosines(rows, meme, reads)
    assert cosines == pytest.approx(brute, abs=1e-6)
    near = find_nearest(cosines, np.ones(30, bool), 7)
    assert near.places.tolist() == sorted(range(30), key=lambda i: -brute[i])[:7]


def test_a_modality_that_the_meme_lacks_does_not_count_and_one_that_a_row_lacks_counts_nothing():
    rows, meme = make_features(4, seed=1), make_features(1, seed=2)
    assert measure_cosines(rows, meme.without_image(), "image+text") == pytest.approx(
        measure_cosines(rows, meme, "text")
    )
    assert measure_cosines(rows.without_image(), meme, "image+text") == pytest.approx(
        measure_cosines(rows, meme, "text") / 2
    )
    bare = meme.without_image().without_text()
    assert measure_cosines(rows, bare, "image+text").tolist() == [[0.0] * 4]


@pytest.mark.parametrize("several", [False, True])
def test_for_and_against_are_told_by_the_label_and_rows_without_one_stand_for_nothing(several):
    labels = np.array([1, 0, -1, 1, 0])
    tasks = TASKS
    if several:
        labels = np.array([[0, 1], [1, 0], [-1, -1], [1, 1], [0, 0]])
        tasks = TaskSet(key="s", title="S", tasks=(replace(TASK, kind="multilabel"),))
    rows = make_features(5)
    cosines = np.array([0.1, 0.9, 0.95, 0.5, -0.2])
    found = explain_neighbours(
        rows, cosines, {"t": labels}, tasks, ASKED, mine={rows.ids[3]}, count=3
    )
    assert [one.cosine for one in found.nearest] == [0.9, 0.5, 0.1]
    assert [one.distance for one in found.nearest] == pytest.approx([0.1, 0.5, 0.9])
    assert [one.cosine for one in found.supporting] == [0.5, 0.1]
    assert [one.cosine for one in found.opposing] == [0.9, -0.2]
    assert (found.carrying, found.rows, found.base) == (2, 4, 0.5)
    assert [one.meme for one in found.nearest] == ["", rows.ids[3], ""]
    assert found.nearest[1].labels == {"t": ("a", "b") if several else ("b",)}


def test_of_equal_ones_the_first_come_first():
    near = find_nearest(np.array([0.5, 0.5, 0.5]), np.array([True, False, True]), 5)
    assert near.places.tolist() == [0, 2]


def test_what_was_learnt_is_named_by_nearness_but_for_the_meme_itself_and_the_unlabelled():
    rows = make_features(6, seed=1)
    memes = rows.take(np.array([2, 5]))
    labels = np.array([0, 1, 0, -1, 1, 0])
    found = find_near_memes(rows, labels, ("a", "b"), memes, "image+text", count=2)
    for meme, near in zip((2, 5), found, strict=True):
        (cosines,) = measure_cosines(rows, rows.take(np.array([meme])), "image+text")
        allowed = [i for i in range(6) if i not in (meme, 3)]
        best = sorted(allowed, key=lambda i: -cosines[i])[:2]
        assert [one.meme for one in near] == [rows.ids[i] for i in best]
        assert [one.cosine for one in near] == pytest.approx([cosines[i] for i in best])
        assert [one.labels for one in near] == [(("a", "b")[labels[i]],) for i in best]
