"""What people and models say, as far as a person may see it."""

from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.decisions.entry import new_save
from memeclip_core.annotation.projects.predictions import PredictionTable, TaskTable
from memeclip_core.errors import InputError
from tests.factories.explored import (
    ANN,
    BOB,
    COLLECTION,
    COUNT,
    REV,
    ids_of,
    label,
    make_explored,
)

HATE = {"hate": ("Hate",), "target": ("Community",), "stance": ("Oppose",), "humour": ("Humour",)}
NONE = {"hate": ("No Hate",), "stance": ("Oppose",), "humour": ("Humour",)}


@pytest.fixture(scope="module")
def decided(tmp_path_factory, tiny_checkpoints):
    """Ann and Bob differ on meme 0, Ann alone decided meme 1; a third of the answers is hidden."""
    from memeclip_core.config import Settings
    from tests.factories.studios import build_tiny_studio

    root = tmp_path_factory.mktemp("decided")
    settings = Settings(home=root / "home", encoder="fake", checkpoints=tiny_checkpoints, threads=1)
    studio = make_explored(build_tiny_studio(settings), root / "memes", overlap=2, hidden_share=0.3)
    ids = ids_of(studio)
    for who, number, labels in ((ANN, 0, HATE), (BOB, 0, NONE), (ANN, 1, HATE)):
        studio.queue.save(who, "memes", save=new_save(), meme=ids[number], labels=labels, version=1)
    return studio


@pytest.fixture
def said(decided):
    return decided.explore._said


@pytest.fixture
def contents(decided):
    return decided.explore._library.open(COLLECTION)


def test_a_reviewer_sees_what_counts_and_an_annotator_the_own_decisions(said, contents):
    task = contents.tasks.task("hate")
    given = [task.index(label(number)) for number in range(COUNT)]
    hate = task.index("Hate")
    # Where people are even nothing counts.
    assert said.labels(contents, REV)["hate"].tolist() == [-1, hate, *given[2:]]
    assert said.labels(contents, ANN)["hate"].tolist() == [hate, hate] + [-1] * (COUNT - 2)
    no = task.index("No Hate")
    assert said.labels(contents, BOB)["hate"].tolist() == [no] + [-1] * (COUNT - 1)
    assert np.flatnonzero(said.seen(contents, BOB)).tolist() == [0]
    assert np.flatnonzero(said.seen(contents, REV)).tolist() == [0, 1]


def test_hidden_answers_of_a_model_show_once_the_meme_is_decided(said, contents):
    hidden = np.array([contents.project.hides(one) for one in contents.ids])
    assert 0 < hidden.sum() < COUNT
    shown = said.shown(contents, ANN)
    assert np.array_equal(np.flatnonzero(~shown), [n for n in np.flatnonzero(hidden) if n > 1])
    labels, sure = said.predicted(
        contents, contents.tasks.task("hate"), ANN, [said.table(contents.project)]
    )
    assert np.array_equal(labels >= 0, shown) and np.array_equal(~np.isnan(sure), shown)
    assert ((sure[shown] >= 0.5) & (sure[shown] <= 1)).all()


def test_people_differ_where_they_differ(said, contents):
    disputes = said.disputes(contents)
    assert disputes[0] > 0 and np.isnan(disputes[1:]).all()
    people, models = said.deciders(contents)
    assert people[:3] == ["several people", "ann", ""]
    assert len(models) == COUNT


def test_a_gallery_tells_each_person_what_they_may_know(decided, said, contents):
    (ann,), (bob,), (rev,) = (said.describe(contents, [1], who) for who in (ANN, BOB, REV))
    assert ann.labels["hate"] == ("Hate",) == rev.labels["hate"]
    assert bob.labels == {}
    hidden = next(n for n in range(2, COUNT) if contents.project.hides(contents.ids[n]))
    (one,) = said.describe(contents, [hidden], REV)
    assert one.hidden and not one.prediction and not one.probability
    assert one.labels["hate"] == (label(hidden),)


def test_a_dataset_that_no_task_set_knows_has_no_tasks(said, contents):
    from dataclasses import replace

    bare = replace(contents, tasks=None, project=None)
    assert said.labels(bare, REV) == {}
    with pytest.raises(InputError, match="No task set"):
        said.task(bare, "hate")


def test_a_question_that_the_models_own_answers_rule_out_has_no_answer(said, contents):
    table, tasks = said.table(contents.project), contents.tasks
    target, hate = tasks.task("target"), tasks.task("hate")
    asked, sure = said.predicted(contents, target, REV, [table])
    hateful, _ = said.predicted(contents, hate, REV, [table])
    assert np.array_equal(asked >= 0, hateful == hate.index("Hate"))
    assert np.array_equal(asked >= 0, ~np.isnan(sure)) and 0 < (asked >= 0).sum() < COUNT
    anyway, _ = said.predicted(contents, target, REV, [table], unasked=True)
    assert np.array_equal(anyway >= 0, hateful >= 0)
    for meme, code in zip(said.describe(contents, range(COUNT), REV), asked, strict=True):
        assert ("target" in meme.prediction) == ("target" in meme.probability) == (code >= 0)


def test_of_none_of_several_labels_a_model_is_as_sure_as_the_likeliest_is_not(said, contents):
    task = replace(contents.tasks.task("hate"), kind="multilabel")
    sizes = np.full((COUNT, 2), 0.1, np.float32)
    sizes[0, 1] = 0.8
    part = TaskTable(labels=task.names, probabilities=sizes, threshold=0.5)
    table = PredictionTable(
        model="m", ids=contents.ids, tasks={"hate": part}, vectors=np.zeros((0, 0), np.float32)
    )
    labels, sure = said.predicted(contents, task, REV, [table])
    shown = said.shown(contents, REV)
    assert labels[0].tolist() == [0, 1] and sure[0] == np.float32(0.8)
    assert np.allclose(sure[shown][1:], 0.9) and labels[shown][1:].max() == 0
    (none,) = said.describe(replace(contents, project=None), [1], REV, table)
    assert none.prediction == {"hate": ()} and none.probability["hate"] == pytest.approx(0.9)
