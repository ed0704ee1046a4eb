"""Scores of many memes at once: the page's own, in the labels of today."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.projects.scoring import (
    carry_labels,
    make_vectors,
    move_columns,
    score_with_prompts,
)
from memeclip_core.encoders.fake import FakeEncoder
from memeclip_core.records.project import Migration
from tests.factories.project_records import TIME, make_project
from tests.factories.studios import make_rows

PROJECT = make_project()
STANCE = PROJECT.tasks.task("stance")
HATE = PROJECT.tasks.task("hate")


def renamed(*names):
    task = replace(
        STANCE,
        labels=tuple(replace(STANCE.labels[i % 3], name=n, value=n) for i, n in enumerate(names)),
    )
    tasks = replace(
        PROJECT.tasks,
        tasks=tuple(task if t.key == "stance" else t for t in PROJECT.tasks),
    )
    return task, tasks


def migrated(task_set, moves):
    step = Migration(version=2, tasks={"stance": moves}, time=TIME, by="b")
    return replace(PROJECT, tasks=task_set, version=2, migrations=(step,))


def test_a_head_s_labels_lead_to_those_of_today():
    assert carry_labels(PROJECT.lead, STANCE, STANCE.names) == [0, 1, 2]
    task, tasks = renamed("Neither", "For", "Against", "Unsure")
    moves = {"Neutral": "Neither", "Support": "For", "Oppose": "Against"}
    assert carry_labels(migrated(tasks, moves).lead, task, STANCE.names) == [0, 1, 2]
    task, tasks = renamed("Neutral", "Takes a side")
    moves = {"Support": "Takes a side", "Oppose": "Takes a side"}
    assert carry_labels(migrated(tasks, moves).lead, task, STANCE.names) == [0, 1, 1]
    moves = {"Support": None, "Oppose": "Takes a side"}
    assert carry_labels(migrated(tasks, moves).lead, task, STANCE.names) == [0, None, 1]


def test_a_head_for_something_else_answers_nothing():
    assert carry_labels(PROJECT.lead, STANCE, ("a", "b")) is None
    _, tasks = renamed("Neutral", "Takes a side")
    assert carry_labels(migrated(tasks, {}).lead, tasks.task("stance"), STANCE.names) is None


def test_merged_classes_add_up_and_rows_sum_to_one():
    moved = move_columns(np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]]), [0, None, 1], HATE)
    np.testing.assert_allclose(moved, [[2 / 3, 1 / 3], [0.5, 0.5]], rtol=1e-6)
    moved = move_columns(np.array([[0.5, 0.25, 0.25]]), [0, 1, 1], HATE)
    np.testing.assert_allclose(moved, [[0.5, 0.5]])


def test_of_merged_tags_the_likelier_counts():
    tags = replace(STANCE, kind="multilabel")
    moved = move_columns(np.array([[0.5, 0.25, 0.75]]), [0, 1, 1], tags)
    np.testing.assert_allclose(moved, [[0.5, 0.75, 0.0]])


@pytest.fixture(scope="module")
def features():
    return make_rows(PROJECT.tasks, FakeEncoder(), 12).features


def test_prompts_answer_the_same_for_one_meme_as_for_many(features):
    encoder = FakeEncoder()
    assert encoder.shared_dim
    mixed = replace(
        features,
        has_image=np.arange(12) % 3 > 0,
        has_text=np.arange(12) % 3 < 2,
    )
    together = score_with_prompts(PROJECT.tasks, encoder, mixed)
    assert list(together) == list(PROJECT.tasks.keys)
    for place in range(12):
        alone = score_with_prompts(PROJECT.tasks, encoder, mixed.take(np.array([place])))
        for key, table in together.items():
            np.testing.assert_allclose(
                table.probabilities[place], alone[key].probabilities[0], atol=1e-6
            )
            assert table.probabilities[place].sum() == pytest.approx(1, abs=1e-5)


def test_an_encoder_without_a_shared_space_suggests_nothing(features):
    class Apart(FakeEncoder):
        @property
        def shared_dim(self):
            return 0

    assert score_with_prompts(PROJECT.tasks, Apart(), features) == {}


def test_vectors_keep_what_is_near(features):
    vectors = make_vectors(features)
    assert vectors.shape == (12, 256) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(vectors, make_vectors(features))
    twins = features.take(np.array([0, 0, 5]))
    near = make_vectors(twins) @ make_vectors(twins).T
    assert near[0, 1] == pytest.approx(1, abs=1e-5) and near[0, 2] < 0.999
    hidden = replace(features, has_image=np.zeros(12, bool), has_text=np.zeros(12, bool))
    assert not make_vectors(hidden).any()
