"""Colours of memes: every kind says what is known, and of how many it is not."""

import numpy as np
import pytest

from memeclip_core.app.explore.opinions import read_table
from memeclip_core.errors import InputError
from memeclip_core.evaluation.active_learning import compute_divergence
from tests.factories.explored import (
    ANN,
    COLLECTION,
    COUNT,
    FLIPPED,
    REV,
    ids_of,
    is_red,
    label,
    quiet,
)

DATASET = "dataset:memes.csv"


@pytest.fixture
def colour(explored):
    def paint(by, who=REV, collection=COLLECTION):
        return explored.explore.colours(who, collection, by, on_progress=quiet)

    return paint


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_labels_are_classes_in_the_order_of_import(colour, explored, collection):
    found = colour("label:hate", collection=collection)
    task = explored.task_set("pridemm").task("hate")
    assert found.names == tuple(one.display for one in task.labels)
    assert found.codes.tolist() == [task.index(label(number)) for number in range(COUNT)]
    assert sum(found.counts) == COUNT and found.unknown == 0


def test_an_annotator_who_decided_nothing_sees_no_label(colour):
    found = colour("label:hate", who=ANN)
    assert found.unknown == COUNT and "own decisions" in found.note


def test_every_choice_that_is_offered_can_be_had(colour, explored):
    for one in explored.explore.collections(REV):
        opened = explored.explore.collection(REV, one.key)
        for choice in opened.colours:
            found = colour(choice.by, collection=one.key)
            values = found.codes if choice.kind == "category" else found.values
            assert (found.kind, len(values)) == (choice.kind, COUNT), choice
            assert found.kind == "number" or found.codes.max() < len(found.names)


@pytest.mark.parametrize("collection", [COLLECTION, DATASET])
def test_right_and_wrong_agree_with_labels_and_predictions(colour, collection):
    said = colour("prediction:hate", collection=collection).codes
    true = colour("label:hate", collection=collection).codes
    right = colour("correct:hate", collection=collection)
    assert sum(right.counts) == COUNT and ("hidden" in right.note) == (collection == COLLECTION)
    assert np.array_equal(right.codes == 1, said != true)
    assert right.names == ("right", "wrong") and "may have learnt" in right.note


def test_two_models_differ_by_their_divergence(tiny_studio, tmp_path):
    from memeclip_core.annotation.projects.predictions import PredictionTable, TaskTable
    from tests.factories.explored import make_explored

    studio = make_explored(tiny_studio, tmp_path / "memes")
    ids, said = ids_of(studio), studio.explore._said
    mine = said.table(studio.explore._library.open(COLLECTION).project)
    sure = mine.tasks["hate"].probabilities.copy()
    sure[3] = 1 - np.round(sure[3])
    other = PredictionTable(
        model="other", ids=mine.ids, vectors=mine.vectors, space=mine.space,
        tasks={"hate": TaskTable(labels=mine.tasks["hate"].labels, probabilities=sure,
                                 threshold=None)},
    )  # fmt: skip
    said.predictions.write("memes", other)
    found = studio.explore.colours(studio.owner(), COLLECTION, "models:other")
    place = ids.index(mine.ids[3])
    assert found.values[place] > 0.05
    assert np.allclose(np.delete(found.values, place), 0, atol=1e-6)
    assert mine.model in found.note and "other" in found.note
    with pytest.raises(InputError, match="the model 'none'"):
        studio.explore.colours(studio.owner(), COLLECTION, "models:none")


def test_two_models_differ_on_a_dataset_as_their_answers_do(colour, explored):
    contents = explored.explore._library.open(DATASET)
    found = colour("models", collection=DATASET)
    same = colour("models:zero-shot", collection=DATASET)
    assert np.array_equal(found.values, same.values) and found.unknown == 0
    assert "pridemm-fake and zero-shot" in found.note
    tables = [
        read_table(contents, name, explored.explore._works.find(contents, f"predictions {name}"))
        for name in ("pridemm-fake", "zero-shot")
    ]
    expected = [
        compute_divergence([t.read_probabilities(task, contents.ids) for t in tables], task.kind)
        for task in contents.tasks
    ]
    assert np.allclose(found.values, np.mean(expected, axis=0), atol=1e-6)
    assert found.values.std() > 0.001
    with pytest.raises(InputError, match="use: zero-shot"):
        colour("models:none", collection=DATASET)


def test_splits_are_classes_of_a_dataset(colour):
    found = colour("split", collection=DATASET)
    assert dict(zip(found.names, found.counts, strict=True)) == {"train": 24, "val": 8}


@pytest.mark.parametrize("by", ["", "smell", "label:mood", "split", "label"])
def test_what_is_no_colour_is_refused_with_those_that_are(colour, by):
    with pytest.raises(InputError, match="By: "):
        colour(by)
    assert is_red(FLIPPED[0])
