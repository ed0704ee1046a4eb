"""Predictions computed ahead: what is written is what is suggested."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.projects.predictions import (
    EMPTY,
    PredictionTable,
    ProjectPredictions,
    TaskTable,
)
from memeclip_core.records.project import Suggestion
from memeclip_core.storage.home import Home
from tests.factories.project_records import make_id
from tests.factories.queues import TASKS, make_table, meme_id

TABLE = PredictionTable(
    model="m-1",
    ids=(make_id(0), make_id(1)),
    tasks={
        "hate": TaskTable(
            labels=("No", "Yes"),
            probabilities=np.array([[0.75, 0.25], [0.5, 0.5]], np.float32),
            threshold=None,
        ),
        "kinds": TaskTable(
            labels=("a", "b", "c"),
            probabilities=np.array([[0.5, 0.25, 0.75], [0.0, 0.125, 0.25]], np.float32),
            threshold=0.5,
        ),
    },
    vectors=np.array([[1, 0], [0, 1]], np.float32),
)


@pytest.fixture
def store(tmp_path):
    return ProjectPredictions(Home(tmp_path))


def test_the_likeliest_label_is_suggested_or_all_above_the_threshold():
    first = TABLE.suggest(make_id(0))
    assert first["hate"] == Suggestion(
        labels=("No",), probabilities={"No": 0.75, "Yes": 0.25}, model="m-1"
    )
    assert first["kinds"].labels == ("a", "c") and first["kinds"].probability == 0.75
    second = TABLE.suggest(make_id(1))
    assert second["hate"].labels == ("No",)
    assert second["kinds"].labels == () and second["kinds"].probability == 0.25
    assert TABLE.suggest(make_id(2)) == {} and TABLE.place(make_id(1)) == 1


def test_tables_read_back_the_same(store, tmp_path):
    store.write("cats", TABLE)
    for found in (
        store.read("cats", "m-1"),
        ProjectPredictions(Home(tmp_path)).read("cats", "m-1"),
    ):
        assert (found.model, found.ids, list(found.tasks)) == ("m-1", TABLE.ids, ["hate", "kinds"])
        assert found.suggest(make_id(0)) == TABLE.suggest(make_id(0))
        np.testing.assert_array_equal(found.vectors, TABLE.vectors)
    assert store.read("cats", "m-1") is store.read("cats", "m-1")
    assert store.models("cats") == ("m-1",)


def test_a_table_without_memes_or_tasks_reads_back(store):
    store.write("cats", replace(EMPTY, model="none"))
    assert len(store.read("cats", "none")) == 0


def test_the_one_in_use_is_chosen(store, tmp_path):
    assert store.current("cats") is EMPTY
    store.write("cats", TABLE)
    assert store.current("cats") is EMPTY
    store.choose("cats", "m-1")
    assert ProjectPredictions(Home(tmp_path)).current("cats").model == "m-1"
    store.choose("cats", "")
    assert store.current("cats") is EMPTY
    store.choose("cats", "gone")
    assert store.current("cats") is EMPTY


def test_a_newer_file_replaces_what_is_remembered(store, tmp_path):
    store.write("cats", TABLE)
    assert len(store.read("cats", "m-1")) == 2
    more = replace(TABLE, tasks={}, ids=(make_id(5),), vectors=np.ones((1, 2), np.float32))
    ProjectPredictions(Home(tmp_path)).write("cats", more)
    assert store.read("cats", "m-1").ids == (make_id(5),)


@pytest.mark.parametrize("keep", [0, 10, 400])
def test_a_damaged_file_counts_as_none(store, tmp_path, keep):
    store.write("cats", TABLE)
    store.choose("cats", "m-1")
    path = tmp_path / "projects" / "cats" / "predictions" / "m-1.npz"
    path.write_bytes(path.read_bytes()[:keep])
    assert store.read("cats", "m-1") is None
    assert store.current("cats") is EMPTY


HATE, TONE = TASKS.tasks
DESK_TABLE = make_table([0.9, 0.2], tone=[[0.7, 0.6], [0.1, 0.5]])
IDS = [meme_id(1), meme_id(0), meme_id(7)]


def test_suggestions_are_those_of_the_table():
    for task in ("hate", "tone"):
        expected = [DESK_TABLE.suggest(meme).get(task) for meme in IDS]
        found = DESK_TABLE.read_suggested(task, IDS)
        assert found == [None if one is None else one.labels for one in expected]
    assert DESK_TABLE.read_suggested("hate", IDS) == [("no",), ("yes",), None]
    assert DESK_TABLE.read_suggested("tone", IDS) == [("slur",), ("irony", "slur"), None]
    assert DESK_TABLE.read_suggested("gone", IDS) == [None, None, None]
    assert EMPTY.read_suggested("hate", IDS) == [None, None, None]


def test_probabilities_are_unknown_where_nothing_is_predicted():
    found = DESK_TABLE.read_probabilities(HATE, IDS)
    np.testing.assert_allclose(found[:2], [[0.8, 0.2], [0.1, 0.9]], rtol=1e-6)
    assert np.isnan(found[2]).all()
    assert EMPTY.read_probabilities(HATE, IDS) is None


def test_counts_are_those_of_the_suggestions():
    counts, n = DESK_TABLE.count_suggested(HATE, IDS)
    assert (counts.tolist(), n) == ([1, 1], 2)
    mostly = make_table([0.9, 0.2, 0.7])
    counts, n = mostly.count_suggested(HATE, [meme_id(place) for place in range(3)])
    assert (counts.tolist(), n) == ([1, 2], 3)
    counts, n = DESK_TABLE.count_suggested(TONE, IDS)
    assert (counts.tolist(), n) == ([1, 2], 2)
    counts, n = EMPTY.count_suggested(TONE, IDS)
    assert (counts.tolist(), n) == ([0, 0], 0)
