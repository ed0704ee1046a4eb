import pytest

from memeclip_core.errors import LabelError, TaskFileError
from memeclip_core.tasks import Condition, Label, Task, TaskSet


def label(name, **changes):
    return Label(**{"name": name, "display": name, "prompt": name, "value": name, **changes})


def task(key="colour", names=("red", "green", "blue"), kind="multiclass", **changes):
    labels = tuple(label(name) for name in names)
    return Task(
        **{"key": key, "title": key, "kind": kind, "labels": labels, "column": key} | changes
    )


def test_a_label_s_place_is_its_id():
    assert [task().index(name) for name in ("red", "green", "blue")] == [0, 1, 2]
    assert task().label("blue").name == "blue"
    with pytest.raises(LabelError, match="Its labels: red, green, blue"):
        task().index("pink")


def test_prompts_are_sentences_around_the_labels():
    assert task(template="it is {}!").prompts == ("it is red!", "it is green!", "it is blue!")
    assert task().prompts[0] == "a photo of a red."


def test_a_multiclass_task_takes_exactly_one_label():
    assert task().check(["green"]) == ("green",)
    assert task().check(["green", "green"]) == ("green",)
    for labels in ([], ["red", "green"]):
        with pytest.raises(LabelError, match="exactly one"):
            task().check(labels)


def test_a_multilabel_task_takes_any_number_in_its_own_order():
    several = task(kind="multilabel")
    assert several.check([]) == ()
    assert several.check(["blue", "red", "blue"]) == ("red", "blue")
    with pytest.raises(LabelError, match="no label 'pink'"):
        several.check(["red", "pink"])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"names": ("red",)}, "needs at least two"),
        ({"names": ("red", "red")}, "two labels with the name 'red'"),
        ({"labels": (label("a"), label("b", value="a"))}, "two labels with the value 'a'"),
        ({"none": ("empty",)}, "has a value that means none, and is multiclass"),
        ({"labels": (label("a", column="x"), label("b"))}, "has columns for its labels, and is"),
        (
            {"labels": (label("a", column="x"), label("b")), "kind": "multilabel"},
            "no column for the label 'b', and one for 'a'",
        ),
        ({"labels": (label("a"), label("b", also=("a",)))}, "'a' means 'b' and 'a'"),
        (
            {
                "labels": (label("a", also=("no",)), label("b")),
                "kind": "multilabel",
                "none": ("no",),
            },
            "'no' means 'a' and none",
        ),
        ({"template": "no place"}, "{} exactly once"),
        ({"template": "{} {}"}, "{} exactly once"),
    ],
)
def test_a_task_that_does_not_hold_together_is_refused(changes, why):
    with pytest.raises(TaskFileError, match=why):
        task(**changes)


SHADE = task("shade", ("dark", "light"), applies=Condition(task="colour", labels=("red", "blue")))


def test_a_task_is_found_by_its_key_and_aliases():
    tasks = TaskSet(key="toys", title="Toys", tasks=(task(aliases=("color",)), SHADE))
    assert tasks.task("color").key == "colour"
    assert tasks.keys == ("colour", "shade")
    assert len(tasks) == 2
    assert [item.key for item in tasks] == ["colour", "shade"]
    with pytest.raises(LabelError, match="Its tasks: colour, shade"):
        tasks.task("size")


@pytest.mark.parametrize(
    ("labels", "applies"),
    [
        ({"colour": ("red",)}, True),
        ({"colour": ("green", "blue")}, True),
        ({"colour": ("green",)}, False),
        ({"colour": ()}, False),
        ({}, False),
    ],
)
def test_a_condition_looks_at_the_labels_of_another_task(labels, applies):
    tasks = TaskSet(key="toys", title="Toys", tasks=(task(), SHADE))
    assert tasks.applies("shade", labels) is applies
    assert tasks.applies("colour", labels)


@pytest.mark.parametrize(
    ("tasks", "why"),
    [
        ((), "needs at least one"),
        ((task(), task()), "'colour' for two tasks"),
        ((task(), task("size", aliases=("colour",))), "'colour' for two tasks"),
        ((SHADE, task()), "no task of that name stands before it"),
        ((task(names=("a", "b")), SHADE), "'red' of 'colour'"),
    ],
)
def test_a_set_that_does_not_hold_together_is_refused(tasks, why):
    with pytest.raises(TaskFileError, match=why):
        TaskSet(key="toys", title="Toys", tasks=tasks)


def hates():
    hate = task("hate", ("no", "yes"), title="Hate")
    target = task("target", title="Target", applies=Condition(task="hate", labels=("yes",)))
    return TaskSet(key="k", title="K", tasks=(hate, target))


def test_a_condition_is_told_in_the_words_of_the_page():
    tasks = hates()
    said = "Target applies only where Hate is “yes”."
    assert tasks.condition(tasks.task("target")) == said
    assert tasks.condition(tasks.task("hate")) == ""


def test_the_labels_of_tasks_that_do_not_apply_are_left_out():
    given = {"hate": ("yes",), "target": ("red",)}
    assert hates().keep_applying(given) == given
    assert hates().keep_applying(given | {"hate": ("no",)}) == {"hate": ("no",)}
    assert hates().keep_applying({"target": ("red",)}) == {}
