"""Predictions computed ahead: what is written is what is suggested."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select, update

from memeclip_core.annotation.projects import predictions
from memeclip_core.annotation.projects.predictions import (
    EMPTY,
    KEPT,
    PredictionTable,
    ProjectPredictions,
    TaskTable,
)
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.projects.suggestions import select_prediction
from memeclip_core.database.schema import prediction, suggestion, vector
from memeclip_core.records.project import Suggestion
from tests.factories.project_records import TIME, make_id, make_meme, make_project, suggest
from tests.factories.queues import TASKS, label, make_table, meme_id

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
def store(home, database):
    ProjectStore(home, database).create(make_project())
    return ProjectPredictions(database)


def ask(database, memes, model=None):
    with database.read() as connection:
        row = select_prediction(connection, "cats", model)
        return None if row is None else predictions.suggest(connection, row, memes)


def test_the_likeliest_label_is_suggested_or_all_above_the_threshold(store, database):
    store.write("cats", TABLE)
    said = ask(database, [make_id(number) for number in range(3)], "m-1")
    first, second = said[make_id(0)], said[make_id(1)]
    assert first["hate"] == Suggestion(
        labels=("No",), probabilities={"No": 0.75, "Yes": 0.25}, model="m-1"
    )
    assert first["kinds"].labels == ("a", "c") and first["kinds"].probability == 0.75
    assert second["hate"].labels == ("No",)
    assert second["kinds"].labels == () and second["kinds"].probability == 0.25
    assert make_id(2) not in said


def test_tables_read_back_the_same(store, database):
    store.write("cats", TABLE)
    for found in (store.read("cats", "m-1"), ProjectPredictions(database).read("cats", "m-1")):
        assert (found.model, set(found.ids), list(found.tasks)) == (
            "m-1",
            set(TABLE.ids),
            ["hate", "kinds"],
        )
        for meme in TABLE.ids:
            assert suggest(found, meme) == suggest(TABLE, meme)
            own, before = found.ids.index(meme), TABLE.ids.index(meme)
            np.testing.assert_array_equal(found.vectors[own], TABLE.vectors[before])
    assert store.read("cats", "m-1") is store.read("cats", "m-1")
    assert store.models("cats") == ("m-1",)


def test_one_meme_is_suggested_what_the_table_says(store, database):
    store.write("cats", TABLE)
    assert ask(database, [make_id(0)]) is None
    store.choose("cats", "m-1")
    for model in (None, "m-1"):
        found = ask(database, [make_id(1), make_id(7)], model)
        assert found == {make_id(1): suggest(TABLE, make_id(1))}
    assert ask(database, [make_id(1)], "gone") is None


def test_labels_and_probability_stand_beside_the_probabilities(store, database):
    store.write("cats", TABLE)
    with database.read() as connection:
        found = connection.execute(select(suggestion)).all()
    said = {(row.meme, row.task): (row.labels, row.probability) for row in found}
    assert said == {
        (meme, task): (one.labels, one.probability)
        for meme in TABLE.ids
        for task, one in suggest(TABLE, meme).items()
    }


def test_a_table_without_memes_or_tasks_reads_back(store):
    store.write("cats", replace(EMPTY, model="none"))
    assert len(store.read("cats", "none")) == 0
    store.write("cats", replace(TABLE, model="none", tasks={}))
    assert set(store.read("cats", "none").ids) == set(TABLE.ids)


def test_the_one_in_use_is_chosen(store, database):
    assert store.current("cats") is EMPTY
    store.write("cats", TABLE)
    assert store.current("cats") is EMPTY and store.chosen("cats") == ""
    store.choose("cats", "m-1")
    assert ProjectPredictions(database).current("cats").model == "m-1" == store.chosen("cats")
    for model in ("", "gone"):
        store.choose("cats", model)
        assert store.current("cats") is EMPTY and store.chosen("cats") == ""


def test_what_is_written_later_is_added_or_counts_instead(store, database):
    store.write("cats", TABLE)
    assert len(store.read("cats", "m-1")) == 2
    other = ProjectPredictions(database)
    swapped = replace(TABLE, ids=(make_id(1), make_id(5)))
    other.write("cats", swapped)
    found = store.read("cats", "m-1")
    assert set(found.ids) == {make_id(0), make_id(1), make_id(5)}
    assert suggest(found, make_id(1)) == suggest(TABLE, make_id(0)) == suggest(swapped, make_id(1))


def test_what_was_said_in_other_labels_goes(store):
    store.write("cats", TABLE)
    hate = replace(TABLE.tasks["hate"], labels=("No", "Maybe"))
    fewer = {"ids": (make_id(1),), "vectors": TABLE.vectors[:1]}
    store.write("cats", replace(TABLE, tasks={"hate": first(hate)}, **fewer))
    assert store.read("cats", "m-1").ids == (make_id(1),)
    assert list(store.read("cats", "m-1").tasks) == ["hate"]


def first(part):
    return replace(part, probabilities=part.probabilities[:1])


def test_models_of_one_encoder_share_vectors_and_others_do_not(store, database):
    for model, space in (("m-1", "x"), ("m-2", "x"), ("m-3", "y")):
        store.write("cats", replace(TABLE, model=model, space=space))
    with database.read() as connection:
        spaces = connection.execute(select(vector.c.space)).scalars().all()
    assert sorted(spaces) == ["x", "x", "y", "y"]
    np.testing.assert_array_equal(store.read("cats", "m-2").vectors.sum(axis=0), [1, 1])


def test_the_oldest_of_many_models_is_forgotten_but_not_the_one_in_use(store, database):
    names = [f"m-{n}" for n in range(KEPT + 2)]
    for number, name in enumerate(names):
        table = replace(TABLE, model=name, space=name)
        store.write("cats", table)
        with database.write() as connection:
            own = update(prediction).where(prediction.c.model == name)
            connection.execute(own.values(changed=TIME + timedelta(seconds=number)))
    store.choose("cats", "m-0")
    kept = ("m-0", *names[-KEPT + 1 :])
    assert store.models("cats") == kept and len(store.current("cats")) == 2
    with database.read() as connection:
        assert set(connection.execute(select(suggestion.c.model)).scalars()) == set(kept)
        assert set(connection.execute(select(vector.c.space)).scalars()) == set(kept)


def test_missing_is_what_the_model_says_nothing_of_in_the_labels_of_today(home, database):
    projects, store = ProjectStore(home, database), ProjectPredictions(database)
    project = replace(make_project("dogs"), tasks=TASKS)
    projects.create(project)
    memes = [make_meme(number, id=meme_id(number)) for number in range(3)]
    projects.add("dogs", memes)
    ids = tuple(meme.id for meme in memes)
    assert store.missing(project, "m1") == ids
    store.write("dogs", make_table([0.9], numbers=[1]))
    assert store.missing(project, "m1") == (ids[0], ids[2])
    store.write("dogs", replace(make_table([0.9], numbers=[2]), model="m2", tasks={}))
    assert store.missing(project, "m2") == ids[:2]
    renamed = replace(TASKS.tasks[0], labels=(*TASKS.tasks[0].labels, label("other")))
    later = replace(project, tasks=replace(TASKS, tasks=(renamed, TASKS.tasks[1])))
    assert store.missing(later, "m1") == ids


HATE, TONE = TASKS.tasks
DESK_TABLE = make_table([0.9, 0.2], tone=[[0.7, 0.6], [0.1, 0.5]])
IDS = [meme_id(1), meme_id(0), meme_id(7)]


def test_suggestions_are_those_of_the_table():
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
