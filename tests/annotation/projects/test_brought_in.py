"""Predictions of other models: taken in whole or not at all, and never overwritten."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from memeclip_core.annotation.projects.brought_in import read_tables
from memeclip_core.annotation.projects.predictions import KEPT, ProjectPredictions
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.errors import InputError, PermissionDenied
from memeclip_core.records.queue import QueueFilter
from tests.factories.project_records import make_id, make_meme, make_project
from tests.factories.projects import make_cats, suggestions
from tests.factories.queues import ANN, make_table
from tests.factories.studios import read_log

MEMES = [make_meme(number) for number in range(3)]
NAME = "gpt (brought in)"


def write(folder, *lines):
    path = folder / "gpt.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def read(folder, *lines, model="", tasks="pridemm"):
    (table,) = read_tables(write(folder, *lines), make_project(tasks=tasks), MEMES, model)
    return table


def test_labels_and_their_probability_become_suggestions(tmp_path):
    table = read(
        tmp_path, "name,hate,hate.probability,stance", "2.png,Hate,0.75,Support",
        "0.png,0,0.5,Oppose",
    )  # fmt: skip
    assert (table.model, table.ids) == (NAME, (make_id(0), make_id(2)))
    hate, stance = table.tasks["hate"], table.tasks["stance"]
    assert hate.probabilities.tolist() == [[0.5, 0.5], [0.25, 0.75]] and hate.threshold is None
    assert table.read_suggested("stance", [make_id(0), make_id(2)]) == [("Oppose",), ("Support",)]
    assert stance.probabilities.max(axis=1).tolist() == [1, 1]


def test_a_line_may_leave_tasks_out(tmp_path):
    first, second = "hate.No Hate.probability", "hate.Hate.probability"
    table = read(
        tmp_path, f"name,{first},{second},humour,humour.probability", "0.png,0.25,0.75,,",
        "1.png,,,1,0.5", "2.png,1,0,0,1",
    )  # fmt: skip
    hate, humour = (table.tasks[task].probabilities for task in ("hate", "humour"))
    assert np.isnan(hate[1]).all() and np.isnan(humour[0]).all()
    assert hate[[0, 2]].tolist() == [[0.25, 0.75], [1, 0]]
    assert humour[1:].tolist() == [[0.5, 0.5], [1, 0]]
    with pytest.raises(InputError, match=r"line 2, column hate.Hate.probability: no number"):
        read(tmp_path, f"name,{first},{second}", "0.png,0.25,", "1.png,0,1")


def test_of_more_classes_the_rest_is_shared_evenly(tmp_path):
    table = read(tmp_path, "meme,target,target.probability", f"{make_id(1)},Organization,0.7")
    (found,) = table.tasks["target"].probabilities
    assert found.sum() == pytest.approx(1) and found.max() == pytest.approx(0.7)
    assert len(set(np.round(found, 6))) == 2


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        read(tmp_path, "name,hate,stance,mood", "0.png,1,Supportive,x", "cat.png,0,Support,x")
    for said in (
        "Nothing of gpt was brought in", "'mood'", "1 of 2 lines name no meme of the project: line",
        "line 2: its answer is no label of 'stance'", "Its tasks: hate, target, stance, humour",
    ):  # fmt: skip
        assert said in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("name,mood", "0.png,x"), "No column answers a task of the project"),
        (("hate", "1"), "none of the columns meme, id, name, image, file_name"),
        (("name,hate", "x.png,1"), "holds none of the project's names"),
        (("name,hate", "0.png,"), "gives no answer for 'hate' in 1"),
        (("name,hate,hate.probability", "0.png,1,0.4"), "not the one that its probabilities say"),
        (("name,hate,model", f"0.png,1,{'x' * 81}"), "name has 81 characters"),
    ],
)
def test_a_file_of_no_use_is_refused(tmp_path, lines, why):
    with pytest.raises(InputError, match=why):
        read(tmp_path, *lines)


def test_a_file_of_several_models_names_them_itself(tmp_path):
    path = write(tmp_path, "name,hate,model", "0.png,1,a", "0.png,0,b")
    found = read_tables(path, make_project(), MEMES)
    assert [table.model for table in found] == ["a (brought in)", "b (brought in)"]
    with pytest.raises(InputError, match="predictions of 2 models"):
        read_tables(path, make_project(), MEMES, "c")


def test_what_is_brought_in_stands_beside_the_studios_own(home, database, tmp_path):
    """On both databases: it shares the vectors, replaces itself, and is never forgotten."""
    ProjectStore(home, database).create(make_project(tasks="pridemm"))
    store = ProjectPredictions(database)
    own = make_table([0.2, 0.4, 0.6], vectors=np.eye(3, 2), numbers=range(3))
    store.write("cats", own)
    for answer in ("0", "1"):
        store.bring_in("cats", [read(tmp_path, "name,hate", f"0.png,{answer}")], own.model)
    table = store.read("cats", NAME)
    assert table.tasks["hate"].probabilities.tolist() == [[0, 1]]
    assert table.space == store.read("cats", own.model).space
    for number in range(KEPT + 2):
        store.write("cats", make_table([0.5], model=f"m{number}", numbers=[0]))
        store.choose("cats", f"m{number}")
    assert NAME in store.models("cats")
    store.choose("cats", NAME)
    assert store.shows_other(make_project())
    assert not store.shows_other(make_project(tasks="propaganda"))


@pytest.fixture
def studio(tiny_studio, tmp_path):
    make_cats(tiny_studio, tmp_path / "in", 3)
    return tiny_studio


def test_people_see_whose_the_admin_chose_whatever_is_computed(studio, tmp_path):
    projects, who = studio.projects, studio.owner()
    path = write(tmp_path, "name,hate", "00000.png,1", "00001.png,0")
    (told,) = studio.suggesters.bring_in(who, "cats", path, model="gpt")
    assert (told.model, told.memes, told.total, told.tasks) == (NAME, 2, 3, ("hate",))
    assert studio.suggesters.shown(who, "cats") == ""
    studio.suggesters.show(who, "cats", "gpt")
    first = projects._store.memes("cats").rows[0].id
    assert suggestions(projects, "cats", first)["hate"].model == NAME
    page = studio.queue.browse(who, "cats", filters=QueueFilter(state=None), size=10)
    assert page.rows
    own = projects._precomputation
    own.on_model("pridemm")
    own.update(projects._store.read("cats"), lambda count: None)
    assert studio.suggesters.shown(who, "cats") == NAME
    studio.suggesters.show(who, "cats", "")
    assert suggestions(projects, "cats", first)["hate"].model == "pridemm-fake"
    with pytest.raises(InputError, match="Brought in: gpt"):
        studio.suggesters.show(who, "cats", "other")


def test_what_a_file_does_not_answer_the_studios_own_model_does(studio, tmp_path):
    projects, who = studio.projects, studio.owner()
    projects.change(who, "cats", hidden_share=0.0)
    path = write(tmp_path, "name,hate,humour", "00000.png,1,", "00002.png,0,1")
    studio.suggesters.bring_in(who, "cats", path)
    studio.suggesters.show(who, "cats", "gpt")
    # Orders go by the memes of which it says everything that it says of any.
    table = projects._predictions.current("cats")
    assert table.ids == (projects._store.memes("cats").rows[2].id,)
    assert table.tasks["humour"].probabilities.tolist() == [[0, 1]]

    def said(item):
        return {task: one.model for task, one in item.suggestions.items()}

    first, second = studio.queue.next(who, "cats", count=2, client="t", order="import")
    own = dict.fromkeys(("hate", "target", "stance", "humour"), "pridemm-fake")
    assert said(first) == {**own, "hate": NAME} and first.suggestions["hate"].labels == ("Hate",)
    assert said(second) == own and second.model == NAME
    labels = {"hate": ("No Hate",), "stance": ("Neutral",), "humour": ("Humour",)}
    studio.queue.save(
        who, "cats", save="save-0001", meme=first.meme.id, labels=labels, shown=True,
        model=first.model, version=1,
    )  # fmt: skip
    models = {row["task"]: row["model"] for row in read_log(studio)}
    assert models == {"hate": NAME, "stance": "pridemm-fake", "humour": "pridemm-fake"}
    # Of the studio's models it is the one that answers now, also after a roll-back.
    other = replace(projects._predictions.read("cats", "pridemm-fake"), model="newer")
    projects._predictions.write("cats", other)
    assert set(said(studio.queue.open(who, "cats", second.meme.id, "t")).values()) == {"newer"}
    projects._precomputation.refresh(projects._store.read("cats"))
    assert said(studio.queue.open(who, "cats", second.meme.id, "t")) == own


def test_it_takes_an_admin(studio, tmp_path):
    for call in (
        lambda: studio.suggesters.bring_in(ANN, "cats", write(tmp_path, "name,hate", "0.png,1")),
        lambda: studio.suggesters.show(ANN, "cats", "gpt"),
    ):
        with pytest.raises(PermissionDenied):
            call()
